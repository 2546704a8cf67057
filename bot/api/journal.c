/* journal.c - the journal searched: by time, person, operation, request, kind and words. */
#include "bot/api/internal.h"

#include "handlers/operation_words.h"
#include "handlers/person.h"

#include <ctype.h>
#include <string.h>

#define PAGES_MAX 100 /* of one answer; `next` goes on from there */

struct search {
    struct api_entries entries;
    const char *person, *operation, *request, *kind, *text;
    int64_t since_ms, until_ms;
    size_t limit;
    struct api_page page;
};

static bool is_same(const char *wanted, const char *found)
{
    return !wanted || (found && strcmp(wanted, found) == 0);
}

/* By what rules name them. */
static bool is_of_person(const struct search *search, const cJSON *values, struct arena *arena)
{
    const char *system = json_find_string(values, "system"), *id = json_find_string(values, "principal");

    return !search->person || (system && id && strcmp(arena_printf(arena, "%s:%s", system, id), search->person) == 0);
}

static bool contains_word(const char *text, const char *word)
{
    return text && strcasestr(text, word);
}

/* In what stands there, wherever: words of people, reasons, versions. */
static bool has_text(const struct search *search, const cJSON *core, const cJSON *values, struct arena *arena)
{
    if (!search->text)
        return true;
    return contains_word(json_print_in(arena, core), search->text) ||
           (values && contains_word(json_print_in(arena, values), search->text));
}

static bool on_entry(struct api_entries *entries, const char *id, const cJSON *core, const cJSON *values,
                     struct arena *page)
{
    struct search *search = CONTAINER_OF(entries, struct search, entries);

    (void)id;
    if (!is_same(search->operation, json_find_string(core, "operation")) ||
        !is_same(search->request, json_find_string(core, "request_id")) ||
        !is_same(search->kind, json_find_string(core, "kind")) || !json_find_string(core, "kind") ||
        !is_of_person(search, values, page) || !has_text(search, core, values, page) ||
        !api_entry_is_seen(entries->call, core))
        return true;
    json_add(search->page.items, api_entry_json(entries->call, core, values));
    return (size_t)cJSON_GetArraySize(search->page.items) < search->limit;
}

static void on_end(struct api_entries *entries)
{
    struct search *search = CONTAINER_OF(entries, struct search, entries);

    api_set_text(search->page.json, "next", entries->next);
    api_answer(entries->call, TAKE(search->page.json));
}

static void drop(void *arg)
{
    struct search *search = arg;

    cJSON_Delete(search->page.json);
}

/* Answers when what was asked makes no sense. */
static bool read_search(struct api_call *call, struct search *search)
{
    const char *operation = api_parameter(call, "operation"), *person = api_parameter(call, "person");
    struct error err;

    search->request = api_parameter(call, "request");
    search->kind = api_parameter(call, "kind");
    search->text = api_parameter(call, "text");
    search->operation = operation ? operation_typed(call->view.settings, operation, call->arena) : NULL;
    search->person = person ? person_by_name(call->view.settings, person, call->arena, &err) : NULL;
    if (operation && !search->operation) {
        api_problem(call, 400, "operation: expected its id, like D1042");
        return false;
    }
    if (person && !search->person) {
        api_problem(call, 400,
                    arena_printf(call->arena,
                                 "person: expected SYSTEM:ID, like slack:U012AB3CD, or a name of `people`%s%s",
                                 err.code == ERR_CONFLICT ? "; " : "", err.code == ERR_CONFLICT ? err.message : ""));
        return false;
    }
    return api_read_time(call, "since", &search->since_ms) && api_read_time(call, "until", &search->until_ms) &&
           api_read_limit(call, &search->limit);
}

void api_journal(struct api_call *call)
{
    struct search *search = ARENA_NEW(call->arena, struct search);
    const char *before = api_parameter(call, "before");

    search->limit = API_LIMIT_OTHERWISE;
    if (!read_search(call, search))
        return;
    if (before && strspn(before, "0123456789-") != strlen(before)) {
        api_problem(call, 400, "before: expected the `next` of the page before");
        return;
    }
    search->page = api_page();
    arena_defer(call->arena, drop, search);
    search->entries = (struct api_entries){
        .call = call, .is_newest_first = true, .pages_max = PAGES_MAX, .on_entry = on_entry, .on_end = on_end
    };
    search->entries.from = search->since_ms > 0 ? arena_printf(call->arena, "%lld", (long long)search->since_ms) : "-";
    search->entries.to = before                 ? arena_printf(call->arena, "(%s", before)
                         : search->until_ms > 0 ? arena_printf(call->arena, "%lld", (long long)search->until_ms)
                                                : "+";
    api_entries_read(&search->entries);
}
