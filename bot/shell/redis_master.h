/* redis_master.h - where the sentinels say the master is, for command line tools. Never for the loop: it blocks. */
#ifndef OPSGATE_SHELL_REDIS_MASTER_H
#define OPSGATE_SHELL_REDIS_MASTER_H

#include "bot/shell/redis_address.h"

/* Sets the host and port of an address with sentinels; any other is left as it is. They are asked one after another, each
 * for at most timeout_ms. ERR_UNAVAILABLE: none answers, or none knows the master. ERR_DENIED: one of them is
 * there, and refuses us. */
bool redis_master_find(struct redis_address *address, int64_t timeout_ms, struct error *err);

#endif
