/* complete.h - what may follow on the command line, for shells: deploy/completion/opsgate.bash asks.
 *
 * From the rows of the commands, the verbs' entries, and the names in the configuration, as far as it can be read;
 * never from a store or a running opsgate, and without a word of complaint.
 */
#ifndef OPSGATE_CLI_COMPLETE_H
#define OPSGATE_CLI_COMPLETE_H

#include "bot/base/buf.h"
#include "bot/cli/cli.h"

/* `words`: those before the one that is being typed, without the program's name. A line for each that may follow, in no
 * order, some of them twice. */
void complete(const struct cli_command *commands, size_t commands_count, const char *const *words, size_t words_count,
              const char *file, struct buf *out);

#endif
