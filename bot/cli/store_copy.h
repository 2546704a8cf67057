/* store_copy.h - `opsgate store backup FILE | restore FILE [ID] | restored [ID]`, for store.c alone. */
#ifndef OPSGATE_CLI_STORE_COPY_H
#define OPSGATE_CLI_STORE_COPY_H

#include "bot/cli/cli.h"

/* words[0] is one of the three. Prints; enum cli_exit. */
int cli_store_copy(const struct cli *cli, const struct configuration *configuration);

#endif
