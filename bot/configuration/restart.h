/* restart.h - what of a configuration takes effect at the next start only.
 *
 * Whatever a running opsgate has opened, bound or begun by its settings goes on by them. Secrets are taken at once. Pure.
 */
#ifndef OPSGATE_CONFIGURATION_RESTART_H
#define OPSGATE_CONFIGURATION_RESTART_H

#include "bot/configuration/configuration.h"

/* Puts what is running in the place of what `next` says, and makes its digest of that. What it puts there is borrowed from
 * `running`, which has to live as long. Gives the keys that differ, "store.url", in the arena of `next`. */
size_t configuration_keep_running(struct configuration *next, const struct settings *running, const char ***ret_keys);

/* Every such key, as a file has it ("store": all of it), in the order of the reference page. NULL behind the last. */
const char *configuration_restart_key(size_t index);

#endif
