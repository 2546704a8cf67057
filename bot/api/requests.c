/* requests.c - what came of a request: the operation that it began, or why it began none, or that it still waits. */
#include "bot/api/internal.h"

#include "bot/doors/decode.h"
#include "bot/engine/engine.h"
#include "bot/model/inbox.h"
#include "bot/model/operation.h"

#include <string.h>

#define PAGES_MAX 50     /* of the journal, newest first */
#define INBOX_LOOKED 500 /* items, newest first */

struct finding {
    struct api_entries entries;
    const char *id;
    bool is_asked_again;    /* by whoever sent it: another's is none of theirs, whatever they may read */
    cJSON *found;           /* what the journal said of it; NULL: nothing, or not yet */
    bool is_own;            /* and it is theirs */
    enum store_place inbox; /* that is looked into */
};

/* How each way out is called by a program. */
static const struct {
    const char *kind, *state;
} states[] = {
    { "request.accepted", "accepted" }, { "request.denied", "refused" }, { "request.unknown", "refused" },
    { "request.misused", "refused" },   { "request.void", "void" },      { "request.unreadable", "refused" },
    { "request.dead", "dead" },
};

static const char *state_of(const char *kind)
{
    for (size_t i = 0; kind && i < ARRAY_LEN(states); i++)
        if (strcmp(states[i].kind, kind) == 0)
            return states[i].state;
    return NULL;
}

/* ---- what it is in an answer ---- */

static void add_operation(const struct api_call *call, const char *id, cJSON *json)
{
    const struct operation *operation = id ? api_find_operation(call, id) : NULL;

    api_set_text(json, "operation", operation ? operation->id : id);
    json_set_bool(json, "ended", operation && operation_has_ended(operation));
    api_set_text(json, "outcome", operation ? operation->result : NULL);
    json_set_bool(json, "succeeded", operation && operation->result && strcmp(operation->result, "done") == 0);
}

static cJSON *request_json(const struct api_call *call, const char *id, const char *state, const char *operation)
{
    cJSON *json = json_object();

    json_set_string(json, "request", id);
    json_set_string(json, "state", state);
    add_operation(call, operation, json);
    return json;
}

void api_request_pending(struct api_call *call, const char *id)
{
    api_answer_as(call, 202, request_json(call, id, "pending", NULL));
}

static bool is_theirs(const struct api_call *call, const struct principal *who)
{
    return who->system && who->id && principal_equal(&call->caller.who, who);
}

/* ---- in the inbox: nobody has decided it yet ---- */

/* Who sends a request names it, so others may bear the same name: theirs is the one that they asked for. */
static bool is_it(const struct finding *finding, const struct store_entry *entry)
{
    struct api_call *call = finding->entries.call;
    struct inbox_item item;
    struct decoded decoded;
    struct error ignored;
    const cJSON *json = json_parse_in(call->arena, entry->value, &ignored);
    const char *id = json_find_string(json, "request_id");

    return id && strcmp(id, finding->id) == 0 &&
           shape_from_json(&inbox_item_shape, json, call->arena, &item, &ignored) &&
           decode_item(&item, call->arena, &decoded, &ignored) && decoded.kind == DECODED_REQUEST &&
           is_theirs(call, &decoded.request.principal);
}

static void look_into_inbox(struct finding *finding, enum store_place inbox);

static void on_inbox(void *arg, enum store_status status, const struct store_entry *list, size_t count)
{
    struct finding *finding = arg;
    struct api_call *call = finding->entries.call;

    if (status != STORE_OK) {
        api_store_is_away(call);
        return;
    }
    if (!api_look(call))
        return;
    for (size_t i = 0; i < count; i++)
        if (is_it(finding, &list[i])) {
            api_request_pending(call, finding->id);
            return;
        }
    if (finding->inbox == STORE_INBOX)
        look_into_inbox(finding, STORE_INBOX_SAFE);
    else if (finding->found)
        api_answer(call, TAKE(finding->found));
    else
        api_not_found(call, "request");
}

static void look_into_inbox(struct finding *finding, enum store_place inbox)
{
    struct api_call *call = finding->entries.call;
    const struct store_page page = { inbox, "-", "+", INBOX_LOOKED, true };

    finding->inbox = inbox;

    store_redis_page(call->api->store, &page, on_inbox, finding);
}

/* ---- in the journal ---- */

static bool on_entry(struct api_entries *entries, const char *id, const cJSON *core, const cJSON *values,
                     struct arena *page)
{
    struct finding *finding = CONTAINER_OF(entries, struct finding, entries);
    const char *request = json_find_string(core, "request_id"), *state = state_of(json_find_string(core, "kind"));
    const struct principal who = { .system = json_find_string(values, "system"),
                                   .id = json_find_string(values, "principal"),
                                   .team = entries->call->caller.who.team };
    bool is_own = is_theirs(entries->call, &who), is_known = who.system && who.id; /* else they were erased */

    (void)id, (void)page;
    if (!request || !state || strcmp(request, finding->id) != 0 || json_find_string(core, "body.parent"))
        return true;
    if (!is_own && (finding->found || (finding->is_asked_again && is_known) || !api_entry_is_seen(entries->call, core)))
        return true;
    cJSON_Delete(finding->found);
    finding->is_own = is_own;
    finding->found = request_json(entries->call, finding->id, state, json_find_string(core, "operation"));
    api_set_plain(entries->call, finding->found, "text", json_find_string(values, "text"));
    api_set_plain(entries->call, finding->found, "why", json_find_string(core, "body.why"));
    api_set_text(finding->found, "rule", json_find_string(core, "body.rule"));
    return !is_own; /* another's is told only where theirs is nowhere */
}

static void on_end(struct api_entries *entries)
{
    struct finding *finding = CONTAINER_OF(entries, struct finding, entries);

    if (finding->is_own)
        api_answer(entries->call, TAKE(finding->found));
    else
        look_into_inbox(finding, STORE_INBOX);
}

static void drop(void *arg)
{
    struct finding *finding = arg;

    cJSON_Delete(finding->found);
}

static void look_for(struct api_call *call, const char *id, bool is_asked_again)
{
    struct finding *finding = ARENA_NEW(call->arena, struct finding);

    finding->id = id;
    finding->is_asked_again = is_asked_again;
    finding->entries = (struct api_entries){ .call = call,
                                             .from = "-",
                                             .to = "+",
                                             .is_newest_first = true,
                                             .pages_max = PAGES_MAX,
                                             .on_entry = on_entry,
                                             .on_end = on_end };
    arena_defer(call->arena, drop, finding);
    api_entries_read(&finding->entries);
}

void api_request_find_own(struct api_call *call, const char *id)
{
    look_for(call, id, true);
}

void api_request_told(struct api_call *call)
{
    look_for(call, call->word, false);
}
