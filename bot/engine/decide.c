/* decide.c - one input, one decision, one commit. */
#include "bot/engine/internal.h"

#include "bot/model/delivery.h"
#include "policy/decide.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- requests ---- */

/* `rule` of policy decided it, `why` says what was wrong with it; either may be NULL. */
static void journal_request(struct batch *b, const char *kind, const struct request *request, const char *operation,
                            const char *rule, const char *why)
{
    cJSON *body = json_object(), *personal = json_object();

    json_set_string(body, "verb", request->verb);
    json_set_string(body, "source", request->source);
    json_set_string(body, "rule", rule);
    json_set_string(body, "why", why);
    json_set_string(personal, "system", request->principal.system);
    json_set_string(personal, "principal", request->principal.id);
    json_set_string(personal, "name", request->principal.name);
    json_set_string(personal, "text", request->text);
    batch_journal(b, kind, operation, request->id, body, personal);
    cJSON_Delete(body);
    cJSON_Delete(personal);
}

static void answer_unknown_verb(struct batch *b, const struct request *request, struct outcome *out)
{
    const struct verb *nearest = verb_nearest(b->engine->config.verbs, request->verb);
    const char *typed = card_quote(str_of(request->verb), 40, b->arena);

    if (nearest) {
        outcome_refuse(out, "I do not know `%s`. Did you mean `%s`? Nothing was done.", typed, nearest->name);
        outcome_reply_line(out, "Usage: `%s`", nearest->usage);
    } else {
        outcome_refuse(out, "I do not know `%s`. Nothing was done; `help` lists what you can ask for.", typed);
    }
    journal_request(b, "request.unknown", request, NULL, NULL, NULL);
}

static void answer_denied(struct batch *b, const struct request *request, const struct question *question,
                          const struct decision *decision, struct outcome *out)
{
    outcome_refuse(out, "*Denied*: you may not `%s`%s%s%s%s.", request->verb, question->service ? " " : "",
                   question->service ? question->service : "", question->environment ? " in " : "",
                   question->environment ? question->environment : "");
    outcome_reply_line(out, "%s%s%s%s", decision->reason, decision->rule ? " (" : "",
                       decision->rule ? decision->rule : "", decision->rule ? ")" : "");
    if (decision->turn[0])
        outcome_reply_line(out, "%s", decision->turn);
    outcome_reply_line(out, "You are `%s` here.",
                       policy_name_of(b->engine->config.policy, &request->principal, b->arena));
    journal_request(b, "request.denied", request, NULL, decision->rule, decision->reason);
}

/* Everything between a decoded request and its end: each way out is one journal entry and one reply. */
static void decide_request(struct batch *b, const struct request *request, struct outcome *out)
{
    struct engine *e = b->engine;
    struct view view = records_view(e, b->arena);
    const struct verb *verb = verb_find(e->config.verbs, request->verb);
    struct question question = { 0 };
    struct decision decision;
    const void *arguments = NULL;
    struct error err;

    if (!verb) {
        answer_unknown_verb(b, request, out);
        return;
    }
    if (!verb->asks(&view, request, &question, &arguments, &err)) {
        outcome_refuse(out, "%s", err.message);
        outcome_reply_line(out, "Usage: `%s`", verb->usage);
        journal_request(b, "request.misused", request, NULL, NULL, NULL); /* err has their words, which are personal */
        return;
    }
    decision = policy_decide(e->config.policy, &question, POLICY_STATIC, view.now_ms);
    if (decision.verdict == VERDICT_DENY) {
        answer_denied(b, request, &question, &decision, out);
        return;
    }
    verb->begin(&view, request, &question, arguments, out);
    if (!out->reply)
        outcome_reply(out, "Done.");
    journal_request(b, "request.accepted", request, out->begins ? out->operation_id : NULL, decision.rule, NULL);
}

static void dead_letter(struct batch *b, const struct input *input, const char *why)
{
    cJSON *letter = json_object();

    json_set_string(letter, "input", input->id);
    json_set_string(letter, "why", why);
    json_set_int(letter, "at", engine_store_now(b->engine));
    if (input->kind == INPUT_ITEM)
        json_set_str(letter, "item", (struct str){ input->entry->bytes, input->entry->len });
    batch_append(b, STORE_DEAD, json_print_in(b->arena, letter));
    cJSON_DeleteItemFromObjectCaseSensitive(letter, "item");
    batch_journal(b, "request.dead", NULL, NULL, letter, NULL);
    cJSON_Delete(letter);
}

static void set_outcome_ids(struct engine *e, struct outcome *out, struct arena *arena)
{
    char hex[17];

    engine_random_hex(e, hex, 16);
    outcome_init(out, arena, arena_printf(arena, "D%lld", (long long)e->last_operation + 1),
                 arena_printf(arena, "%s-%s", e->memory.birth, hex));
}

static bool read_item(struct arena *arena, const struct inbox_entry *entry, struct inbox_item *item, struct error *err)
{
    cJSON *json = json_parse_in(arena, (struct str){ entry->bytes, entry->len }, err);

    return json && shape_from_json(&inbox_item_shape, json, arena, item, err);
}

/* What little can be said of a request that could not be decoded: enough to answer and to journal it. */
static struct request from_item(const struct inbox_item *item)
{
    return (struct request){
        .id = item->request_id,
        .source = item->source,
        .principal = { .system = item->source, .id = "" },
        .verb = "",
        .text = "",
        .received_at_ms = item->received_at,
        .not_after_ms = item->not_after,
        .reply_to = item->reply_to,
    };
}

static void decide_item(struct engine *e, const struct input *input, struct arena *arena)
{
    struct inbox_item item;
    struct request request = { 0 };
    struct outcome out;
    struct batch b;
    struct error err;

    batch_init(&b, e, arena, input);
    set_outcome_ids(e, &out, arena);
    if (!read_item(arena, input->entry, &item, &err)) {
        dead_letter(&b, input, err.message);
    } else if (item.v > INBOX_VERSION) {
        engine_logf(e, ENGINE_LOG_WARN, "inbox.newer", "item %s has version %lld: a newer opsgate must decide it",
                    input->id, (long long)item.v);
        e->yield_until_mono = engine_mono(e) + 10 * STORE_LEASE_MS;
        arena_destroy(arena);
        ownership_lose(e, "the inbox holds what only a newer opsgate can decide");
        return;
    } else if (item.not_after && engine_store_now(e) > item.not_after) {
        request = from_item(&item);
        outcome_refuse(&out, "That came too late to be done: it was void after %s. Please ask again.",
                       duration_about(item.not_after - item.received_at).text);
        journal_request(&b, "request.void", &request, NULL, NULL, NULL);
    } else if (!e->config.decode(&item, arena, &request, &err)) {
        request = from_item(&item);
        if (item.reply_to.door) /* a person is told, and can type it again; a machine's words are kept */
            journal_request(&b, "request.unreadable", &request, NULL, NULL, err.message);
        else
            dead_letter(&b, input, err.message);
        outcome_refuse(&out, "I could not read that: %s. Nothing was done.", err.message);
    } else {
        decide_request(&b, &request, &out);
    }
    batch_consume(&b);
    apply(&b, &out, NULL, &request);
    batch_commit(&b);
}

/* ---- events ---- */

static void journal_effect(struct batch *b, const struct live_effect *effect)
{
    cJSON *body = json_object();

    json_set_string(body, "effect", effect->record.id);
    json_set_string(body, "kind", effect->record.kind);
    json_set_string(body, "end", event_end_names[effect->end]);
    json_set_string(body, "error", effect->error);
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
                               .end = effect->end,
                               .error = arena_strdup(arena, effect->error),
                               .body = effect->result };
    }
    case INPUT_READING:
        return (struct event){ .kind = EVENT_READING,
                               .name = arena_strdup(arena, input->reading->name),
                               .end = input->reading->end,
                               .error = arena_strdup(arena, input->reading->error),
                               .body = input->reading->result };
    case INPUT_MESSAGE:
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
static void forget_awaited(struct live_operation *live, const struct live_reading *reading)
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

/* Not for one that has ended or is stuck; and of the ends of cards and replies no handler hears, they are the engine's. */
static bool belongs_to_handler(const struct event *event, const struct live_operation *live)
{
    return live && live->machine && !operation_has_ended(&live->record) && !live->record.is_stuck &&
           (event->kind != EVENT_EFFECT || event->name[0]);
}

/* Nobody decides on it; where a card was posted is kept. */
static void consume_only(struct batch *b, const struct event *event, const char *operation_id)
{
    struct live_operation *live;

    batch_consume(b);
    live = records_find_operation(b->engine, operation_id);
    if (live)
        apply_card_place(b, live, json_find_string(event->body, "channel"), json_find_string(event->body, "ts"));
}

static void decide_event(struct engine *e, const struct input *input, struct arena *arena)
{
    struct live_operation *live = records_find_operation(e, input->operation);
    const char *operation_id = arena_strdup(arena, input->operation);
    struct event event = event_of(input, arena);
    struct batch b;

    keep_body(&event, arena);
    batch_init(&b, e, arena, input);
    if (input->kind == INPUT_EFFECT)
        journal_effect(&b, input->effect);
    if (input->kind == INPUT_READING && live)
        forget_awaited(live, input->reading);
    if (belongs_to_handler(&event, live))
        call_handler(&b, live, &event);
    else
        consume_only(&b, &event, operation_id);
    batch_commit(&b);
}

static void decide_reshow(struct engine *e, const struct input *input, struct arena *arena)
{
    struct batch b;

    batch_init(&b, e, arena, input);
    apply_reshow(&b, records_find_operation(e, input->operation));
    batch_commit(&b);
}

void decide(struct engine *e, const struct input *input, struct arena *arena)
{
    if (input->kind == INPUT_ITEM)
        decide_item(e, input, arena);
    else if (input->kind == INPUT_RESHOW)
        decide_reshow(e, input, arena);
    else
        decide_event(e, input, arena);
}

void decide_dead(struct engine *e, const struct input *input, struct arena *arena, const char *why)
{
    const char *operation_id = arena_strdup(arena, input->operation);
    struct live_operation *live;
    struct request request;
    struct inbox_item item;
    struct outcome out;
    struct error err;
    struct batch b;

    engine_logf(e, ENGINE_LOG_WARN, "input.dead", "%s: %s", input->id, why);
    batch_init(&b, e, arena, input);
    set_outcome_ids(e, &out, arena);
    if (input->kind == INPUT_ITEM) {
        dead_letter(&b, input, why);
        if (!trying_kills_on(e, input->id) && read_item(arena, input->entry, &item, &err)) { /* its frame alone */
            request = from_item(&item);
            outcome_refuse(&out, "That could not be carried out: %s. Nothing was done.", why);
        }
    }
    batch_consume(&b);
    if (out.reply)
        apply(&b, &out, NULL, &request);
    live = records_find_operation(e, operation_id);
    if (live && !operation_has_ended(&live->record))
        apply_stuck(&b, live, why);
    batch_commit(&b);
}
