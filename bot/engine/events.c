/* events.c - something happened outside, and was told to us: one journal entry, and what the listeners make of it.
 *
 * Operations that it concerns hear of it by a message each: one decision changes one operation, and one that cannot
 * bear to hear of it takes none of the others along.
 */
#include "bot/engine/internal.h"

#include "bot/model/settings.h"

#include <inttypes.h>

#define TOLD_MAX_BYTES 300 /* of an id or a subject */

struct heeding { /* what comes of one event */
    const struct listener *asks;
    struct wanted_request request; /* asks */
    const struct operation *concerned[CONCERNED_MAX];
    size_t concerned_count;
    const char *why_not; /* nobody may act on it; NULL: they may */
    bool is_late;        /* asks: that it is too old, and nothing else */
    const struct inbox_item *item;
};

/* ---- is it the first time, and in time? ---- */

/* `meaning`: where nothing tells better. */
static const char *told_twice(const struct outside_event *event, const char *meaning, struct arena *arena)
{
    if (event->subject && event->fact && !PLANTED(RELEASE_TWICE))
        return arena_printf(arena, "%s: %s", event->subject, event->fact);
    if (event->subject && event->occurred_at_ms && !event->fact)
        return arena_printf(arena, "%s at %" PRId64, event->subject, event->occurred_at_ms);
    return meaning;
}

static const char *key_of(const struct engine *e, const struct outside_event *event, struct arena *arena)
{
    const char *meaning = event->meaning ? event->meaning : event->id;

    for (const struct listener *l = e->config.listeners; l && l->source; l++)
        if (l->is_told_twice && outside_event_is(event, l->source, l->name))
            meaning = told_twice(event, meaning, arena);
    meaning = arena_printf(arena, "%s\n%s", event->source, meaning);
    return arena_strdup(arena, digest_hex(digest_sha256(str_of(meaning))).text);
}

/* What its source does not date happened when it came. */
static int64_t happened_at_ms(const struct engine *e, const struct outside_event *event)
{
    return event->occurred_at_ms ? event->occurred_at_ms : store_clock_moved(e, event->received_at_ms);
}

static bool is_too_old(const struct engine *e, const struct outside_event *event)
{
    int64_t at_ms = event->changed_at_ms > 0 ? event->changed_at_ms : happened_at_ms(e, event);

    return at_ms > 0 && engine_store_now(e) - at_ms > e->config.settings->automation.max_event_age_ms &&
           !PLANTED(OLD_EVENT_TAKEN);
}

/* ---- whom it concerns ---- */

static void find_concerned(struct batch *b, const struct view *view, const struct listener *listener,
                           const struct outside_event *event, struct heeding *heeding)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(b->arena, (count + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; listener->concerns && i < count; i++) {
        bool is_known = !records_find_running(b->engine, all[i]->id);

        for (size_t k = 0; k < heeding->concerned_count && !is_known; k++)
            is_known = heeding->concerned[k] == all[i];
        if (is_known || !listener->concerns(view, all[i], event))
            continue;
        if (heeding->concerned_count == CONCERNED_MAX) {
            engine_logf(b->engine, ENGINE_LOG_WARN, "event.crowded", "%s %s concerns more than %d operations",
                        event->source, event->name, CONCERNED_MAX);
            return;
        }
        heeding->concerned[heeding->concerned_count++] = all[i];
    }
}

static void ask_listener(const struct view *view, const struct listener *listener, const struct outside_event *event,
                         struct heeding *heeding)
{
    struct wanted_request request = { .verb = NULL };

    if (listener->asks(view, event, &request)) {
        heeding->request = request;
        heeding->asks = listener;
        heeding->why_not = NULL;
    } else if (request.why_not) {
        heeding->why_not = request.why_not;
    }
}

static void ask_listeners(struct batch *b, const struct outside_event *event, struct heeding *heeding)
{
    struct view view = records_view(b->engine, b->arena);

    for (const struct listener *l = b->engine->config.listeners; l && l->source; l++) {
        if (!outside_event_is(event, l->source, l->name))
            continue;
        find_concerned(b, &view, l, event, heeding);
        if (!heeding->asks && l->asks)
            ask_listener(&view, l, event, heeding);
    }
}

/* Nothing is done, but somebody may have to say so, or to know. */
static void ask_who_hears_late(struct batch *b, const struct outside_event *event, struct heeding *heeding)
{
    struct view view = records_view(b->engine, b->arena);
    struct outside_event late = *event;

    late.is_late = true;
    for (const struct listener *l = b->engine->config.listeners; l && l->source; l++) {
        if (!outside_event_is(event, l->source, l->name))
            continue;
        if (l->keeps_late)
            find_concerned(b, &view, l, &late, heeding);
        if (!heeding->asks && l->hears_late && l->asks && l->asks(&view, &late, &heeding->request))
            heeding->asks = l;
    }
    heeding->is_late = heeding->asks != NULL;
    heeding->why_not = heeding->concerned_count > 0 ? NULL : heeding->why_not;
}

/* ---- what is written ---- */

/* The journal is kept for long: what a sender calls things may not fill it. */
static void set_cut(cJSON *body, const char *name, const char *text, struct arena *arena)
{
    size_t len = text ? strlen(text) : 0;

    if (len > TOLD_MAX_BYTES) {
        len = TOLD_MAX_BYTES;
        while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
            len--; /* not in the middle of a character */
        text = arena_printf(arena, "%s...", arena_copy(arena, (struct str){ text, len }));
    }
    json_set_string(body, name, text);
}

static void journal_event(struct batch *b, const char *kind, const struct outside_event *event,
                          const struct heeding *heeding, const struct heard *before)
{
    cJSON *body = json_object(), *personal = principal_personal(&event->principal), *operations = NULL;

    json_set_string(body, "source", event->source);
    json_set_string(body, "name", event->name);
    set_cut(body, "subject", event->subject, b->arena);
    set_cut(body, "id", event->id, b->arena);
    json_set_string(body, "item", b->input->entry->id);
    json_set_string(body, "replay", heeding->item->replayed_by);
    if (event->occurred_at_ms)
        json_set_int(body, "occurred_at", event->occurred_at_ms);
    if (event->is_caught_up)
        json_set_bool(body, "caught_up", true);
    if (before)
        json_set_int(body, "as", before->n);
    json_set_string(body, "why_not", heeding->why_not);
    if (heeding->concerned_count > 0)
        operations = json_set(body, "operations", json_array());
    for (size_t i = 0; i < heeding->concerned_count; i++)
        json_add_string(operations, heeding->concerned[i]->id);
    if (heeding->is_late)
        json_set_bool(body, "late", true);
    else if (heeding->asks)
        json_set_string(body, "asks", heeding->request.verb);
    json_set_string(personal, "text", outside_event_text(event, b->arena));
    batch_journal(b, kind, NULL, heeding->item->request_id, body, personal);
    engine_logf(b->engine, ENGINE_LOG_INFO, kind, "%s %s, entry %" PRId64 "%s%s", event->source, event->name,
                b->engine->last_journal, heeding->why_not ? ": " : "", heeding->why_not ? heeding->why_not : "");
    cJSON_Delete(body);
    cJSON_Delete(personal);
}

static void tell_concerned(struct batch *b, const struct outside_event *event, const struct heeding *heeding)
{
    cJSON *body = shape_to_json(&outside_event_shape, event, SHAPE_WHOLE);

    for (size_t i = 0; i < heeding->concerned_count; i++)
        wishes_message(b, "engine", heeding->concerned[i]->id, MESSAGE_OUTSIDE, body);
    cJSON_Delete(body);
}

static struct request request_of(const struct outside_event *event, const struct heeding *heeding, struct arena *arena)
{
    const struct wanted_request *want = &heeding->request;
    struct request request = {
        .id = heeding->item->request_id,
        .source = event->source,
        .principal = want->requester ? *want->requester : event->principal,
        .verb = want->verb,
        .words = want->words,
        .words_count = want->words_count,
        .text = want->verb,
        .received_at_ms = event->received_at_ms,
    };

    for (size_t i = 0; i < want->words_count; i++)
        request.text = arena_printf(arena, "%s %s", request.text, want->words[i]);
    return request;
}

bool events_decide(struct batch *b, const struct outside_event *event, const struct inbox_item *item,
                   struct request *ret_request)
{
    struct engine *e = b->engine;
    const char *key = key_of(e, event, b->arena);
    const struct heard *before = PLANTED(EVENT_FORGOTTEN) ? NULL : heard_find(e, key);
    bool is_late = !item->replayed_by && is_too_old(e, event);
    struct heeding heeding = { .item = item };

    if (before && !item->replayed_by) {
        journal_event(b, "event.repeated", event, &heeding, before);
        return false;
    }
    if (is_late)
        heeding.why_not = "it is older than automation.max_event_age";
    else if (!item->replayed_by && observing_is_before(e, happened_at_ms(e, event)))
        heeding.why_not = "it happened before the store was adopted";
    else if (observing_is_on(e))
        heeding.why_not = "the store was adopted, and nobody has confirmed it";
    else
        ask_listeners(b, event, &heeding);
    if (is_late && !observing_is_on(e) && !observing_is_before(e, happened_at_ms(e, event)))
        ask_who_hears_late(b, event, &heeding);
    journal_event(b, "event.received", event, &heeding, NULL);
    if (heeding.asks || heeding.concerned_count > 0)
        heard_keep(b, key, e->last_journal);
    tell_concerned(b, event, &heeding);
    if (heeding.asks)
        *ret_request = request_of(event, &heeding, b->arena);
    return heeding.asks != NULL;
}

struct event events_of_message(const struct message *message, struct arena *arena)
{
    struct outside_event *outside = ARENA_NEW(arena, struct outside_event);
    cJSON *body = json_copy(message->body); /* the message is used up before anybody hears of it */
    struct error ignored;

    arena_defer(arena, (void (*)(void *))cJSON_Delete, body);
    if (!shape_from_json(&outside_event_shape, body, arena, outside, &ignored))
        return (struct event){ .kind = EVENT_MESSAGE, .name = arena_strdup(arena, message->name) };
    return (struct event){ .kind = EVENT_OUTSIDE, .name = outside->name, .outside = outside };
}
