/* without_store.h - `opsgate run rollback ... --without-store`: the way back when Redis is down too. Refused while the
 * store answers. */
#ifndef OPSGATE_CLI_WITHOUT_STORE_H
#define OPSGATE_CLI_WITHOUT_STORE_H

#include "bot/cli/cli.h"

int cli_without_store(const struct cli *cli);

#endif
