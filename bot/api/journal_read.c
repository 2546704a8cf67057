/* journal_read.c - the journal as the store has it, a page in each turn of the loop; and with each page whatever stands
 * beside its entries until somebody erases it. */
#include "bot/api/internal.h"

#include "handlers/history/scope.h"
#include "handlers/incident/incident.h"
#include "handlers/operation_words.h"

#include <string.h>

struct page { /* one that is being read: its own arena, since there may be very many */
    struct api_entries *entries;
    struct arena *arena;
    size_t count;
    const char **ids;
    const cJSON **cores;
    const char **numbers; /* of those with something beside them */
    size_t *of;           /* which entry that is */
    size_t numbers_count;
};

static void read_next(struct api_entries *entries);

static void destroy(struct page *page)
{
    page->entries->page = NULL;
    arena_destroy(page->arena);
    free(page);
}

static void drop_unread(void *arg) /* the store has gone while it was awaited */
{
    struct api_entries *entries = arg;

    if (entries->page)
        destroy(entries->page);
}

static void tell(struct page *page, const struct store_entry *beside, size_t count)
{
    struct api_entries *entries = page->entries;
    const cJSON **values = arena_alloc(page->arena, (page->count + 1) * sizeof(*values));
    bool is_enough = false, is_last = page->count < API_JOURNAL_PAGE;
    struct error ignored;

    for (size_t i = 0; i < count && i < page->numbers_count; i++)
        values[page->of[i]] = json_find(json_parse_in(page->arena, beside[i].value, &ignored), "values");
    if (!api_look(entries->call)) /* what was seen when the page was asked for may be gone */
        return;
    entries->next = NULL;
    for (size_t i = 0; i < page->count && !is_enough; i++) {
        entries->next = arena_strdup(entries->call->arena, page->ids[i]);
        is_enough = page->cores[i] && !entries->on_entry(entries, page->ids[i], page->cores[i], values[i], page->arena);
    }
    destroy(page);
    if (!is_enough && is_last)
        entries->next = NULL;
    if (is_enough || is_last || ++entries->pages >= entries->pages_max)
        entries->on_end(entries);
    else
        read_next(entries);
}

static void on_beside(void *arg, enum store_status status, const struct store_entry *beside, size_t count)
{
    struct page *page = arg;
    struct api_call *call = page->entries->call;

    if (status == STORE_OK) {
        tell(page, beside, count);
        return;
    }
    destroy(page);
    api_store_is_away(call);
}

static void keep(struct page *page, const struct store_entry *entry)
{
    struct error ignored;
    const cJSON *json = json_parse_in(page->arena, entry->value, &ignored);
    size_t at = page->count++;

    page->ids[at] = arena_strdup(page->arena, entry->id);
    page->cores[at] = json_find(json, "core");
    if (!json_find_string(json, "personal"))
        return;
    page->of[page->numbers_count] = at;
    page->numbers[page->numbers_count++] =
        arena_printf(page->arena, "%lld", (long long)json_find_int(json, "core.n", 0));
}

static void on_page(void *arg, enum store_status status, const struct store_entry *list, size_t count)
{
    struct page *page = arg;
    struct api_call *call = page->entries->call;

    if (status != STORE_OK) {
        destroy(page);
        api_store_is_away(call);
        return;
    }
    page->ids = arena_alloc(page->arena, (count + 1) * sizeof(*page->ids));
    page->cores = arena_alloc(page->arena, (count + 1) * sizeof(*page->cores));
    page->numbers = arena_alloc(page->arena, (count + 1) * sizeof(*page->numbers));
    page->of = arena_alloc(page->arena, (count + 1) * sizeof(*page->of));
    for (size_t i = 0; i < count; i++)
        keep(page, &list[i]);
    if (page->numbers_count > 0)
        store_redis_fields(call->api->store, STORE_PERSONAL, page->numbers, page->numbers_count, on_beside, page);
    else
        tell(page, NULL, 0);
}

static void read_next(struct api_entries *entries)
{
    struct page *page = xcalloc(1, sizeof(*page));
    const char *behind = entries->next ? arena_printf(entries->call->arena, "(%s", entries->next) : NULL;
    struct store_page wanted = { .place = STORE_JOURNAL,
                                 .from = behind && !entries->is_newest_first ? behind : entries->from,
                                 .to = behind && entries->is_newest_first ? behind : entries->to,
                                 .count = API_JOURNAL_PAGE,
                                 .is_newest_first = entries->is_newest_first };

    entries->page = page;
    page->entries = entries;
    page->arena = arena_create();
    store_redis_page(entries->call->api->store, &wanted, on_page, page);
}

void api_entries_read(struct api_entries *entries)
{
    entries->next = NULL;
    arena_defer(entries->call->arena, drop_unread, entries);
    if (entries->call->api->store)
        read_next(entries);
    else
        api_store_is_away(entries->call);
}

/* ---- one of them ---- */

static const char *find_first(const cJSON *json, const char *const *paths)
{
    const char *text = NULL;

    for (; !text && *paths; paths++)
        text = json_find_string(json, *paths);
    return text;
}

/* What people wrote themselves goes before our own words; else what says most of its kind. */
static const char *words_of(const cJSON *core, const cJSON *values, struct arena *arena)
{
    static const char *const own[] = { "text", "reason", "found", NULL }, *const ours[] = { "body.summary",
                                                                                            "body.why",
                                                                                            "body.error",
                                                                                            "body.verdict",
                                                                                            "body.preflight",
                                                                                            "body.text",
                                                                                            NULL },
                             *const things[] = { "body.version", "body.target", "body.rule", NULL };
    const char *text = find_first(values, own), *from = json_find_string(core, "body.from"),
               *to = json_find_string(core, "body.to"), *kind = json_find_string(core, "body.kind"),
               *end = json_find_string(core, "body.end");

    text = text ? text : find_first(core, ours);
    if (!text && kind && end)
        return arena_printf(arena, "%s: %s", kind, end);
    if (!text && to)
        return from ? arena_printf(arena, "%s → %s", from, to) : to;
    return text ? text : find_first(core, things);
}

/* Is anything of it about a private incident that they do not see? */
static bool is_private(const struct api_call *call, const char *id)
{
    const struct operation *operation = id ? operation_find(&call->view, id) : NULL;
    struct request request = api_request(call);

    return operation && !incident_is_seen(&call->view, operation, &request);
}

/* The operations that an event concerns, which others tell of, too. */
static void leave_private_out(const struct api_call *call, cJSON *body)
{
    cJSON *list = cJSON_GetObjectItemCaseSensitive(body, "operations"), *one = list ? list->child : NULL, *next;

    for (; one; one = next) {
        next = one->next;
        if (cJSON_IsString(one) && is_private(call, one->valuestring))
            cJSON_Delete(cJSON_DetachItemViaPointer(list, one));
    }
}

cJSON *api_entry_json(const struct api_call *call, const cJSON *core, const cJSON *values)
{
    const struct principal by = { .system = json_find_string(values, "system"),
                                  .id = json_find_string(values, "principal"),
                                  .name = json_find_string(values, "name") };
    const cJSON *body = json_find(core, "body");
    cJSON *json = json_object(), *shown = body ? json_copy(body) : json_object();

    leave_private_out(call, shown);

    json_set_int(json, "n", json_find_int(core, "n", 0));
    api_set_unix(json, "at", json_find_int(core, "at", 0));
    api_set_text(json, "kind", json_find_string(core, "kind"));
    api_set_text(json, "operation", json_find_string(core, "operation"));
    api_set_text(json, "request", json_find_string(core, "request_id"));
    api_set_person(call, json, "by", &by);
    api_set_plain(call, json, "words", words_of(core, values, call->arena));
    json_set(json, "body", shown);
    return json;
}

/* Something of Slack's is told where it happened: in the channel of the private incident. */
static bool is_of_private_channel(const struct api_call *call, const cJSON *core)
{
    const char *source = json_find_string(core, "body.source");

    JSON_EACH(one, source && strcmp(source, "slack") == 0 ? json_find(core, "body.operations") : NULL)
        if (cJSON_IsString(one) && is_private(call, one->valuestring))
            return true;
    return false;
}

/* Of what ended long ago nobody can tell any more where it was, or whether it was private. */
bool api_entry_is_seen(const struct api_call *call, const cJSON *core)
{
    const char *id = json_find_string(core, "operation");
    const struct operation *operation = id ? operation_find(&call->view, id) : NULL;

    if (operation)
        return api_may_see(call, operation);
    if (str_starts_with(str_of(json_find_string(core, "kind")), "incident.") ||
        str_starts_with(str_of(json_find_string(core, "body.verb")), verb_incident.name) ||
        is_of_private_channel(call, core))
        return false;
    return api_may(call, SCOPE_VERB, NULL);
}
