/* ops.h - `opsgate ops list | show ID`: operations as the store holds them, whoever runs. */
#ifndef OPSGATE_CLI_OPS_H
#define OPSGATE_CLI_OPS_H

#include "bot/cli/cli.h"
#include "bot/model/operation.h"
#include "bot/shell/store_reader.h"

struct cli_ops { /* what both commands work with; all borrowed */
    const struct cli *cli;
    const struct settings *settings;
    struct store_reader *reader;
    struct arena *arena;
};

struct operation_records { /* in the arena; the newest first */
    struct operation *list;
    size_t count, unreadable;
};

/* All of them, running and ended. What cannot be read is told, never left out in silence. */
bool cli_ops_read(struct store_reader *reader, struct arena *arena, struct operation_records *ret_records,
                  struct error *err);
void cli_ops_tell_unreadable(const char *what, const char *name, const struct error *err);
/* The record as JSON without its secrets; the caller's. A body that no machine of this binary can read could hide one
 * anywhere: of it "***" is left. */
cJSON *cli_ops_json(const struct operation *operation, struct arena *arena);
void cli_ops_print_row(const struct operation *operation, const struct settings *settings, struct arena *arena);

/* What the journal has of one, oldest first: a line for each, with whoever did it as `by` beside the entry's own core, and
 * their words. bot/cli/ops_entries.c */
void cli_ops_print_entries(const struct settings *settings, const cJSON *entries, struct arena *arena);

int cli_ops_show(const struct cli_ops *ops, const char *word); /* gives the exit code: bot/cli/ops_show.c */

#endif
