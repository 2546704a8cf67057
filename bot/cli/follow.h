/* follow.h - `opsgate run --follow`: the operation that a request began is looked at in the store until it ends, for scripts
 * that have to know how. Nothing is asked of opsgate itself, so it may restart meanwhile, and another instance take over.
 */
#ifndef OPSGATE_CLI_FOLLOW_H
#define OPSGATE_CLI_FOLLOW_H

#include "bot/cli/cli.h"
#include "bot/shell/store_reader.h"

struct follow {
    const struct cli *cli;
    const struct configuration *configuration;
    struct store_reader *reader; /* ours; NULL: it has to be opened again */
    int64_t timeout_ms;          /* 0: none */
};
/* Before anything is asked: what could not be followed is not begun. The exit code; else the caller finishes it. */
int follow_begin(const struct cli *cli, const struct configuration *configuration, struct follow *ret_follow);
void follow_finish(struct follow *follow);

/* Tells each change of its state. CLI_OK: it is done; CLI_NO: it ended otherwise; CLI_UNREACHABLE: nobody can tell, or not
 * within the time. */
int follow_operation(struct follow *follow, const char *id);

#endif
