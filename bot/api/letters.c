/* letters.c - what waits to be decided or was decided lately, and what could not be: the newest, without what is secret
 * in it. */
#include "bot/api/internal.h"

#include "bot/doors/decode.h"
#include "bot/engine/engine.h"
#include "bot/model/inbox.h"
#include "handlers/replay.h"

#include <string.h>

struct letters { /* one page of a stream */
    struct api_call *call;
    size_t limit;
    void (*tell)(struct letters *letters, const struct store_entry *list, size_t count);
};

/* Who asked, in which words: as the codec of its source reads it, so nothing of the body goes out that is no words of
 * theirs. */
static void add_words(const struct api_call *call, const struct inbox_item *item, struct arena *arena, cJSON *json)
{
    struct decoded decoded;
    const struct verb *verb;
    struct error ignored;
    bool is_read = decode_item(item, arena, &decoded, &ignored), is_asked = is_read && decoded.kind == DECODED_REQUEST;
    const char *text = NULL;

    verb = is_asked ? verb_find(call->view.verbs, decoded.request.verb) : NULL;
    if (verb)
        text = verb->hides_values
                   ? request_text_without_values(&decoded.request, verb->options, verb->options_count, arena)
                   : request_text_shown(&decoded.request, verb->options, verb->options_count, arena);
    if (verb && strcmp(verb->name, "incident") == 0)
        text = verb->name; /* it may be a private one */
    api_set_person(call, json, "by",
                   is_asked  ? &decoded.request.principal
                   : is_read ? &decoded.event.principal
                             : &(struct principal){ NULL });
    api_set_plain(call, json, "words", text);
    api_set_text(json, "event", is_read && !is_asked ? decoded.event.name : NULL);
    api_set_plain(call, json, "subject", is_read && !is_asked ? decoded.event.subject : NULL);
}

static void add_item(const struct api_call *call, const cJSON *json_item, cJSON *json)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct inbox_item item = { .source = NULL };
    struct error ignored;

    if (!json_item || !shape_from_json(&inbox_item_shape, json_item, arena, &item, &ignored))
        item = (struct inbox_item){ .source = NULL };
    api_set_text(json, "source", item.source);
    api_set_text(json, "kind", item.kind);
    api_set_text(json, "request", item.request_id);
    api_set_unix(json, "received_at", item.received_at);
    api_set_unix(json, "not_after", item.not_after);
    if (item.source && item.kind && item.body) {
        add_words(call, &item, arena, json);
        return;
    }
    json_set(json, "by", cJSON_CreateNull());
    json_set(json, "words", cJSON_CreateNull());
    json_set(json, "event", cJSON_CreateNull());
    json_set(json, "subject", cJSON_CreateNull());
}

/* ---- the inbox ---- */

static bool is_later(const char *id, const char *other) /* both "<ms>-<n>" */
{
    return strlen(id) != strlen(other) ? strlen(id) > strlen(other) : strcmp(id, other) > 0;
}

static void tell_inbox(struct letters *letters, const struct store_entry *list, size_t count)
{
    struct api_call *call = letters->call;
    struct engine_status engine;
    struct api_page page;

    engine = engine_status(call->api->engine);
    page = api_page();
    json_set_int(page.json, "depth", (int64_t)engine.inputs_waiting);
    json_set_int(page.json, "oldest_ms", engine.oldest_input_ms);
    json_set_int(page.json, "effects", (int64_t)engine.effects);
    json_set_int(page.json, "oldest_effect_ms", engine.oldest_effect_ms);
    json_set_int(page.json, "parked", (int64_t)engine.parked);
    for (size_t i = 0; i < count; i++) {
        struct error ignored;
        cJSON *one = json_add(page.items, json_object());
        const char *cursor = engine_inbox_cursor(call->api->engine);

        json_set_string(one, "id", list[i].id);
        json_set_bool(one, "waits", is_later(list[i].id, cursor));
        add_item(call, json_parse_in(call->arena, list[i].value, &ignored), one);
    }
    api_answer(call, page.json);
}

static void on_page(void *arg, enum store_status status, const struct store_entry *list, size_t count)
{
    struct letters *letters = arg;

    if (status != STORE_OK)
        api_store_is_away(letters->call);
    else if (api_look(letters->call))
        letters->tell(letters, list, count);
}

static void read_page(struct letters wanted, const struct store_page *page)
{
    struct api_call *call = wanted.call;
    struct letters *letters = ARENA_NEW(call->arena, struct letters);

    *letters = wanted;
    if (call->api->store)
        store_redis_page(call->api->store, page, on_page, letters);
    else
        api_store_is_away(call);
}

void api_inbox(struct api_call *call)
{
    size_t limit = API_LIMIT_OTHERWISE;

    if (!api_read_limit(call, &limit))
        return;
    if (!api_may(call, verb_events.name, NULL))
        api_denied(call, verb_events.name);
    else
        read_page((struct letters){ call, limit, tell_inbox },
                  &(struct store_page){ STORE_INBOX, "-", "+", limit, true });
}

/* ---- dead letters ---- */

static cJSON *letter_json(const struct api_call *call, const struct store_entry *entry)
{
    struct error ignored;
    const cJSON *letter = json_parse_in(call->arena, entry->value, &ignored);
    const char *item = json_find_string(letter, "item");
    cJSON *json = json_object();

    json_set_string(json, "id", entry->id);
    api_set_unix(json, "at", json_find_int(letter, "at", 0));
    api_set_plain(call, json, "why", json_find_string(letter, "why"));
    add_item(call, item ? json_parse_in(call->arena, str_of(item), &ignored) : NULL, json);
    return json;
}

static void tell_dead(struct letters *letters, const struct store_entry *list, size_t count)
{
    struct api_call *call = letters->call;
    struct api_page page;

    page = api_page();
    for (size_t i = 0; i < count && i < letters->limit; i++)
        json_add(page.items, letter_json(call, &list[i]));
    if (count > letters->limit)
        json_set_string(page.json, "next", list[letters->limit - 1].id);
    api_answer(call, page.json);
}

static void tell_letter(struct letters *letters, const struct store_entry *list, size_t count)
{
    struct api_call *call = letters->call;
    cJSON *json, *actions, *action;

    if (count == 0) {
        api_not_found(call, "dead letter");
        return;
    }
    json = letter_json(call, &list[0]);
    actions = json_set(json, "actions", json_array());
    for (size_t i = 0; i < 2; i++) {
        static const char *const words[] = { "retry", "drop" }, *const labels[] = { "Decide it once more", "Drop it" };

        action = json_add(actions, json_object());
        json_set_string(action, "label", labels[i]);
        json_set_string(action, "text", arena_printf(call->arena, "dead %s %s", words[i], list[0].id));
        json_set_string(action, "style", i == 0 ? "plain" : "danger");
        api_set_text(action, "confirm", i == 0 ? NULL : "What it says is not kept then.");
        json_set_bool(action, "allowed", true);
    }
    api_answer(call, json);
}

/* "1795212000000-5" */
static bool is_entry(const char *id)
{
    return strspn(id, "0123456789-") == strlen(id) && strlen(id) < 48 && id[0] >= '0' && id[0] <= '9';
}

void api_dead(struct api_call *call)
{
    const char *before = api_parameter(call, "before");
    size_t limit = API_LIMIT_OTHERWISE;

    if (!api_read_limit(call, &limit))
        return;
    if (!api_may(call, verb_dead.name, NULL))
        api_denied(call, verb_dead.name);
    else if (before && !is_entry(before))
        api_problem(call, 400, "before: expected the `next` of the page before");
    else
        read_page((struct letters){ call, limit, tell_dead },
                  &(struct store_page){ STORE_DEAD, "-", before ? arena_printf(call->arena, "(%s", before) : "+",
                                        limit + 1, true });
}

void api_dead_letter(struct api_call *call)
{
    if (!api_may(call, verb_dead.name, NULL))
        api_denied(call, verb_dead.name);
    else if (!is_entry(call->word))
        api_not_found(call, "dead letter");
    else
        read_page((struct letters){ call, 1, tell_letter },
                  &(struct store_page){ STORE_DEAD, call->word, call->word, 1, false });
}
