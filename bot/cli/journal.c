#include "bot/cli/journal.h"

#include "bot/cli/cli.h"
#include "bot/cli/text.h"

#include <stdio.h>

static bool tell_page(const struct store_entry *entries, size_t count, struct arena *page, cli_entry_fn on_entry,
                      void *arg, size_t *unreadable)
{
    for (size_t i = 0; i < count; i++) {
        struct error err;
        const cJSON *entry = json_parse_in(page, entries[i].value, &err);

        if (!entry) {
            cli_complain("journal entry %s cannot be read: %s", entries[i].id, err.message);
            ++*unreadable;
        } else if (!on_entry(arg, entry, page)) {
            return false;
        }
    }
    return true;
}

bool cli_journal_walk(struct store_reader *reader, const struct store_range *range, cli_entry_fn on_entry, void *arg,
                      size_t *unreadable, struct error *err)
{
    struct store_range at = { range->from, range->to, CLI_JOURNAL_PAGE, range->is_newest_first };
    char next[80];
    size_t count;

    do {
        AUTO(arena) struct arena *page = arena_create();
        struct store_entry *entries;

        if (!store_reader_entries(reader, STORE_JOURNAL, &at, page, &entries, &count, err))
            return error_wrap(err, "journal");
        if (!tell_page(entries, count, page, on_entry, arg, unreadable))
            return true;
        if (count > 0)
            snprintf(next, sizeof(next), "(%s", entries[count - 1].id);
        if (at.is_newest_first)
            at.to = next;
        else
            at.from = next;
    } while (count == CLI_JOURNAL_PAGE);
    return true;
}

const cJSON *cli_journal_beside(struct store_reader *reader, const cJSON *entry, struct arena *arena)
{
    char number[32];
    struct str value;
    struct error ignored;

    snprintf(number, sizeof(number), "%lld", (long long)json_find_int(entry, "core.n", 0));
    if (!json_find_string(entry, "personal") ||
        !store_reader_field(reader, STORE_PERSONAL, number, arena, &value, &ignored))
        return NULL;
    return json_parse_in(arena, value, &ignored);
}

const cJSON *cli_journal_personal(struct store_reader *reader, const cJSON *entry, struct arena *arena)
{
    return json_find(cli_journal_beside(reader, entry, arena), "values");
}

const char *cli_journal_person(const struct settings *settings, const cJSON *personal, struct arena *arena)
{
    struct principal who = { .system = json_find_string(personal, "system"),
                             .id = json_find_string(personal, "principal"),
                             .name = json_find_string(personal, "name") };

    return who.system && who.id && who.id[0] ? cli_person(settings, &who, arena) : NULL;
}
