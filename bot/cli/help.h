/* help.h - how opsgate, its commands and its verbs are used: told by the program alone, so also while nothing runs.
 * What a person may ask for is another question; `opsgate run help` asks it.
 */
#ifndef OPSGATE_CLI_HELP_H
#define OPSGATE_CLI_HELP_H

#include "bot/cli/cli.h"
#include "bot/model/verb.h"

void cli_help_page(const struct cli_command *commands, size_t count);
void cli_help_command(const struct cli_command *command);
void cli_help_verb(const struct verb *verb);

/* A verb that people type; NULL: there is none of that name. */
const struct verb *cli_help_find(const char *name);

/* `opsgate run VERB --help`: CLI_OK, or CLI_USAGE when there is no such verb; told in both cases. */
int cli_help_run(const char *name);

#endif
