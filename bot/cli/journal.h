/* journal.h - the journal as the store holds it: page by page, and what is kept beside an entry until it is erased.
 */
#ifndef OPSGATE_CLI_JOURNAL_H
#define OPSGATE_CLI_JOURNAL_H

#include "bot/base/json.h"
#include "bot/model/settings.h"
#include "bot/shell/store_reader.h"

#define CLI_JOURNAL_PAGE 1000

/* An entry, whole: {core: {n, at, kind, body...}, ...}; borrowed, like `page`, until the next page. False: enough. */
typedef bool (*cli_entry_fn)(void *arg, const cJSON *entry, struct arena *page);

/* From one store id to another ("-", "+"), oldest or newest first. What cannot be read is told, and counted. */
bool cli_journal_walk(struct store_reader *reader, const struct store_range *range, cli_entry_fn on_entry, void *arg,
                      size_t *unreadable, struct error *err);

/* What stands beside it, {salt, values}; NULL: nothing does, or it was erased. */
const cJSON *cli_journal_beside(struct store_reader *reader, const cJSON *entry, struct arena *arena);
/* Of that the values: who, and their words. NULL: nothing does, or it was erased. */
const cJSON *cli_journal_personal(struct store_reader *reader, const cJSON *entry, struct arena *arena);
/* Of that, who it was; NULL: nobody is named. */
const char *cli_journal_person(const struct settings *settings, const cJSON *personal, struct arena *arena);

#endif
