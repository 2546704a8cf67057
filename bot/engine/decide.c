/* decide.c - one input, one decision, one commit. */
#include "bot/engine/internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- events ---- */

static void journal_effect(struct batch *b, const struct live_effect *effect)
{
    cJSON *body = json_object();

    json_set_string(body, "effect", effect->record.id);
    json_set_string(body, "kind", effect->record.kind);
    json_set_string(body, "end", event_end_names[effect->end]);
    json_set_string(body, "error", effect->error);
    if (effect->repeats > 0) { /* else it is not worth a word how long it took */
        json_set_int(body, "tries", effect->repeats + 1);
        json_set_int(body, "took_ms", engine_store_now(b->engine) - effect->record.created_at_ms);
        json_set_string(body, "again_why", effect->again_why);
    }
    batch_journal(b, "effect.ended", effect->record.operation, effect->record.request_id, body, NULL);
    cJSON_Delete(body);
}

static struct event event_of(const struct input *input, struct arena *arena)
{
    switch (input->kind) {
    case INPUT_EFFECT: {
        const struct live_effect *effect = input->effect;

        return (struct event){ .kind = EVENT_EFFECT,
                               .name = arena_strdup(arena, effect->record.tag ? effect->record.tag : ""),
                               .effect = arena_strdup(arena, effect->record.id),
                               .effect_outside_id = arena_strdup(arena, effect->record.outside_id),
                               .end = effect->end,
                               .error = arena_strdup(arena, effect->error),
                               .is_refusal = effect->is_refused,
                               .body = effect->result };
    }
    case INPUT_READING:
        return (struct event){ .kind = EVENT_READING,
                               .name = arena_strdup(arena, input->reading->name),
                               .end = input->reading->end,
                               .error = arena_strdup(arena, input->reading->error),
                               .is_refusal = input->reading->is_refused,
                               .body = input->reading->result };
    case INPUT_MESSAGE:
        if (strcmp(input->message->record.name, MESSAGE_OUTSIDE) == 0)
            return events_of_message(&input->message->record, arena);
        return (struct event){ .kind = EVENT_MESSAGE,
                               .name = arena_strdup(arena, input->message->record.name),
                               .from = arena_strdup(arena, input->message->record.from),
                               .body = input->message->record.body };
    case INPUT_TIMER:
        return (struct event){ .kind = EVENT_TIMER, .name = arena_strdup(arena, input->timer->record.name) };
    case INPUT_ITEM:
    case INPUT_RESHOW:
        break;
    }
    assert(!"an input without an event");
    abort();
}

static void keep_body(struct event *event, struct arena *arena)
{
    cJSON *copy = json_copy(event->body); /* batch_consume frees the input that it came with */

    if (copy)
        arena_defer(arena, (void (*)(void *))cJSON_Delete, copy);
    event->body = copy;
}

/* The reading that was answered is no longer awaited. */
void decide_forget_awaited(struct live_operation *live, const struct live_reading *reading)
{
    struct operation *record = &live->record;
    size_t kept = 0;

    for (size_t i = 0; i < record->awaited_count; i++)
        if (record->awaited[i].generation != reading->generation || strcmp(record->awaited[i].name, reading->name) != 0)
            record->awaited[kept++] = record->awaited[i];
    record->awaited_count = kept;
}

static void call_handler(struct batch *b, struct live_operation *live, const struct event *event)
{
    struct view view = records_view(b->engine, b->arena);
    struct outcome out;

    outcome_init(&out, b->arena, live->record.id, live->record.outside_id);
    live->machine->on_event(&view, &live->record, live->body, event, &out);
    batch_consume(b);
    apply(b, &out, live, NULL);
}

/* Not for one that has ended or is stuck; and of the ends of cards and replies no handler hears, they are the engine's.
 */
static bool belongs_to_handler(const struct event *event, const struct live_operation *live)
{
    return live && live->machine && !operation_has_ended(&live->record) && !live->record.is_stuck &&
           (event->kind != EVENT_EFFECT || event->name[0]);
}

/* Nobody decides on it; where a card was posted is kept. */
static void consume_only(struct batch *b, const struct event *event, const char *operation_id, bool is_card)
{
    struct live_operation *live;

    batch_consume(b);
    live = records_find_operation(b->engine, operation_id);
    if (live && is_card) /* a message tells a place too, but the card does not stand there */
        apply_card_place(b, live, json_find_string(event->body, "channel"), json_find_string(event->body, "ts"));
    else if (live)
        apply_card_place(b, live, NULL, NULL);
}

static void decide_event(struct engine *e, const struct input *input, struct arena *arena)
{
    struct live_operation *live = records_find_operation(e, input->operation);
    const char *operation_id = arena_strdup(arena, input->operation);
    struct event event = event_of(input, arena);
    bool is_card = input->kind == INPUT_EFFECT && strcmp(input->effect->record.kind, EFFECT_CARD) == 0;
    struct batch b;

    keep_body(&event, arena);
    batch_init(&b, e, arena, input);
    if (input->kind == INPUT_EFFECT)
        journal_effect(&b, input->effect);
    if (input->kind == INPUT_READING && live)
        decide_forget_awaited(live, input->reading);
    if (belongs_to_handler(&event, live))
        call_handler(&b, live, &event);
    else
        consume_only(&b, &event, operation_id, is_card);
    batch_commit(&b);
}

static void decide_reshow(struct engine *e, const struct input *input, struct arena *arena)
{
    struct batch b;

    batch_init(&b, e, arena, input);
    apply_reshow(&b, records_find_operation(e, input->operation));
    batch_commit(&b);
}

static bool is_for_engine(const struct input *input)
{
    return input->kind == INPUT_MESSAGE && strcmp(input->operation, "engine") == 0;
}

void decide(struct engine *e, const struct input *input, struct arena *arena)
{
    if (input->kind == INPUT_ITEM)
        requests_decide_item(e, input, arena);
    else if (is_for_engine(input))
        requests_decide_child(e, input, arena);
    else if (input->kind == INPUT_RESHOW)
        decide_reshow(e, input, arena);
    else
        decide_event(e, input, arena);
}

/* What had to be done because of something done: nobody waits for its answer, so it is said aloud. */
static void tell_lost(struct batch *b, const struct input *input, const char *why)
{
    const struct verb *verb;
    struct request request;
    struct asker asker;
    struct reply reply;
    const char *lines[1];
    struct error ignored;

    if (!children_read(&input->message->record, b->arena, &request, &asker, &ignored))
        return;
    verb = verb_find(b->engine->config.verbs, request.verb);
    if (!verb || !verb->outlives_asker)
        return;
    lines[0] = arena_printf(b->arena, "Why: %s. Nobody is asked for it now. Look: `opsgate dead list`", why);
    reply = (struct reply){ .text = arena_printf(b->arena, "*`%s` of %s was lost*: %s.", verb->name,
                                                 asker.parent ? asker.parent : "-", verb->summary),
                            .lines = lines,
                            .lines_count = ARRAY_LEN(lines) };
    apply_say(b, NULL, request.id, &reply);
}

void decide_dead(struct engine *e, const struct input *input, struct arena *arena, const char *why)
{
    const char *operation_id = arena_strdup(arena, input->operation);
    struct live_operation *live;
    struct batch b;

    engine_logf(e, ENGINE_LOG_WARN, "input.dead", "%s: %s", input->id, why);
    batch_init(&b, e, arena, input);
    if (is_for_engine(input))
        tell_lost(&b, input, why);
    if (input->kind == INPUT_ITEM || is_for_engine(input))
        requests_decide_dead(&b, input, why);
    else
        batch_consume(&b);
    live = records_find_operation(e, operation_id);
    if (live && (live->record.is_stuck || operation_has_ended(&live->record))) {
        live->wants_reshow = false;             /* its card is what crashed */
        apply_card_place(&b, live, NULL, NULL); /* or the last of its effects: then it is over for good */
    } else if (live) {
        apply_stuck(&b, live, why);
    }
    batch_commit(&b);
}
