/* apply.c - an outcome becomes writes, and memory is what was written. */
#include "bot/engine/internal.h"

#include "bot/model/delivery.h"
#include "bot/model/settings.h"

/* ---- readings ---- */

/* What it awaited, less the one that was just answered, plus what it wants to know now. A new question of the same name
 * takes the place of the older one. */
void apply_awaited(struct batch *b, struct operation *next, const struct outcome *out)
{
    struct awaited *awaited = NULL;
    size_t count = 0;

    for (size_t i = 0; i < next->awaited_count; i++) {
        bool is_replaced = false;

        for (size_t k = 0; k < out->readings_count; k++)
            is_replaced = is_replaced || strcmp(out->readings[k].name, next->awaited[i].name) == 0;
        if (!is_replaced)
            *ARENA_PUSH(b->arena, awaited, count) = next->awaited[i];
    }
    for (size_t k = 0; k < out->readings_count; k++)
        *ARENA_PUSH(b->arena, awaited, count) = (struct awaited){
            .name = out->readings[k].name,
            .kind = out->readings[k].kind,
            .generation = ++next->generation,
            .deadline_at_ms = engine_steady_now(b->engine) + out->readings[k].deadline_ms,
            .args = out->readings[k].args,
        };
    next->awaited = awaited;
    next->awaited_count = count;
}

/* ---- the card ---- */

/* Where the card itself says, or the configuration; but behind what is on its way already: that may say another by now, and
 * what is older must not come later. */
static const char *card_channel(const struct engine *e, const char *operation, const struct card *card,
                                struct arena *arena)
{
    const char *channel = card->channel ? card->channel : e->config.settings->slack.channels.deployments;
    const struct live_effect *before = channel ? lanes_find_card(e, operation) : NULL;

    return before ? arena_strdup(arena, json_find_string(before->record.args, "channel")) : channel;
}

/* Of one that was stuck, in the engine's own words: its machine's may be what crashed, and its end must not crash. So
 * it is shown where its card stands already, and nowhere else: where that may be seen only its machine knows. */
static struct card plain_card(const struct engine *e, const struct operation *next)
{
    if (!next->card_channel && !lanes_find_card(e, next->id))
        return (struct card){ .title = NULL };
    return (struct card){ .channel = next->card_channel,
                          .title = next->kind,
                          .tone = strcmp(next->result, "done") == 0 ? CARD_GOOD : CARD_BAD,
                          .status = next->summary };
}

enum showing { SHOW_CHANGES, SHOW_NUMBERS, SHOW_ALWAYS }; /* NUMBERS: nothing else has changed */

/* Shows the card again if it looks different from what was last recorded, or always. One that is stuck is shown as
 * that once, and when it ends. */
static void show_card(struct batch *b, const struct live_operation *live, struct operation *next, const void *body,
                      enum showing showing)
{
    struct engine *e = b->engine;
    const struct machine *machine = live->machine;
    struct card_delivery delivery = { .channel = NULL };
    struct view view = records_view(e, b->arena);
    struct digest_hex digest;
    cJSON *args;

    if (!machine || !machine->card || (next->is_stuck && showing != SHOW_ALWAYS))
        return;
    if (live->record.is_stuck && operation_has_ended(next))
        delivery.card = plain_card(e, next);
    else
        machine->card(&view, next, body, &delivery.card);
    delivery.channel = card_channel(e, next->id, &delivery.card, b->arena);
    if (!delivery.channel || !delivery.card.title)
        return;
    delivery.card.operation = next->id;
    delivery.card.outside_id = next->outside_id;
    args = shape_to_json(&card_delivery_shape, &delivery, SHAPE_WHOLE);
    digest = digest_hex(digest_sha256(str_of(json_print_in(b->arena, args))));
    if (showing == SHOW_ALWAYS || !next->card_shown || strcmp(next->card_shown, digest.text) != 0) {
        struct wanted_effect want = {
            .kind = EFFECT_CARD,
            .lane = arena_printf(b->arena, "slack:%s", delivery.channel),
            .key = next->id,
            .can_wait = showing == SHOW_NUMBERS || (showing == SHOW_ALWAYS && !next->is_stuck),
            .args = args,
        };

        next->card_shown = arena_strdup(b->arena, digest.text);
        wishes_effect(b, next, &want, next->request_id, true);
    }
    cJSON_Delete(args);
}

/* ---- the operation itself ---- */

static void move_to_ended(struct batch *b, struct live_operation *live, const char *text)
{
    batch_drop(b, STORE_OPERATIONS, live->record.id);
    if (live->record.is_forgotten) {
        records_drop_operation(b->engine, live);
    } else {
        batch_put(b, STORE_ENDED, live->record.id, text);
        ended_take(b, live);
    }
}

/* Writes the record; one that ended and has nothing on its way any more goes to the ended ones. */
static struct live_operation *write_operation(struct batch *b, const struct operation *next)
{
    struct engine *e = b->engine;
    const char *text = batch_print(b, &operation_shape, next);
    struct live_operation *live;
    struct error err;

    live = records_put_operation(e, text, &err);
    engine_must(live != NULL, e, "operation", &err);
    if (operation_has_ended(&live->record) && live->effects == 0) {
        readings_sync(e, live);
        move_to_ended(b, live, text);
        return NULL;
    }
    batch_put(b, STORE_OPERATIONS, live->record.id, text);
    readings_sync(e, live);
    return live;
}

static struct operation new_operation(struct batch *b, const struct outcome *out, const struct asker *asker)
{
    struct engine *e = b->engine;
    const struct request *request = asker->request;

    if (operation_is_look(out->operation_id))
        e->last_look++;
    else
        e->last_operation++;
    return (struct operation){
        .id = out->operation_id,
        .outside_id = out->outside_id,
        .kind = out->kind,
        .target = out->target,
        .request_id = request->id,
        .source = request->source,
        .requester = request->principal,
        .parent = asker->parent,
        .parent_name = asker->parent_name,
        .created_at_ms = engine_steady_now(e),
        .shift_ms = engine_store_now(e) - engine_steady_now(e),
        .adoption = b->adoption,
    };
}

static const struct machine *machine_of(const struct engine *e, const char *kind)
{
    for (const struct machine *const *m = e->config.machines; *m; m++)
        if (strcmp((*m)->kind, kind) == 0)
            return *m;
    return NULL;
}

static void journal_move(struct batch *b, const struct operation *next, const char *before)
{
    cJSON *body = json_object();

    json_set_string(body, "from", before);
    json_set_string(body, "to", next->state);
    json_set_string(body, "result", next->result);
    json_set_string(body, "summary", next->summary);
    batch_journal(b,
                  next->result ? "operation.ended"
                  : before     ? "operation.moved"
                               : "operation.begun",
                  next->id, next->request_id, body, NULL);
    cJSON_Delete(body);
}

/* In the record: a handler that crashes can be asked for nothing. */
static const cJSON *kept_wish(struct batch *b, const struct wanted_effect *want)
{
    cJSON *json = json_object();

    arena_defer(b->arena, (void (*)(void *))cJSON_Delete, json);
    json_set_string(json, "kind", want->kind);
    json_set_string(json, "lane", want->lane);
    json_set_string(json, "key", want->key);
    json_set(json, "args", json_copy(want->args));
    return json;
}

static void end_operation(struct batch *b, struct operation *next, const struct outcome *out)
{
    next->ended_at_ms = engine_steady_now(b->engine);
    next->result = out->result;
    next->summary = out->summary;
    next->is_stuck = false; /* one that held on was ended by somebody */
    next->is_forgotten = out->is_forgotten;
    next->awaited = NULL;
    next->awaited_count = 0;
    next->if_stuck = NULL;
    wishes_drop_timers(b, next->id);
    if (b->engine->config.observer.ended)
        b->engine->config.observer.ended(b->engine->config.observer.ctx, next->kind, next->result);
}

static void apply_to_target(struct batch *b, const struct operation *next, const struct outcome *out)
{
    if (out->claims && out->claims_first)
        targets_claim_first(b, next->id, out->claims, json_find_string(next->body, "version"));
    else if (out->claims)
        targets_claim(b, next->id, out->claims, out->claims_ahead);
    if (!next->target)
        return;
    if (out->good)
        targets_add_good(b, next->target, out);
    if (out->bad)
        targets_add_bad(b, next->target, out->bad);
    if (out->leaves_doubt)
        targets_doubt(b, next->id, next->target);
    if (out->end && out->result)
        targets_add_end(b, next->target, out->end);
    if (out->turns_away_at_ms)
        targets_turn_away(b, next->id, next->target, json_find_string(next->body, "version"), out->turns_away_at_ms);
    if (out->releases || out->result)
        targets_release(b, next->id, next->target);
}

static void apply_wishes(struct batch *b, const struct operation *next, const struct outcome *out)
{
    for (size_t i = 0; i < out->cancels_count; i++)
        cancels_by_tag(b, next->id, out->cancels[i], out->result != NULL);
    for (size_t i = 0; i < out->timers_count && !out->result; i++)
        wishes_timer(b, next->id, &out->timers[i]);
    for (size_t i = 0; i < out->messages_count; i++)
        wishes_message(b, next->id, out->messages[i].to, out->messages[i].name, out->messages[i].body);
    for (size_t i = 0; i < out->requests_count; i++)
        children_ask(b, next, &out->requests[i]);
    for (size_t i = 0; i < out->journal_count; i++)
        batch_journal(b, out->journal[i].kind, next->id, next->request_id, out->journal[i].body,
                      out->journal[i].personal);
    apply_to_target(b, next, out);
    if (out->drops_dead)
        batch_drop(b, STORE_DEAD, out->drops_dead);
    if (out->drops_all_dead)
        batch_drop_all_dead(b);
    for (size_t i = 0; i < out->erases_count; i++)
        batch_drop(b, STORE_PERSONAL, arena_printf(b->arena, "%lld", (long long)out->erases[i]));
}

/* Its first card goes before everything else that it posts: what is posted in the card's thread comes after it. */
static void apply_effects(struct batch *b, const struct live_operation *live, struct operation *next,
                          const struct outcome *out, const void *body)
{
    bool is_first = !next->card_shown, can_wait = out->card_can_wait && !out->state && !out->result;

    if (is_first)
        show_card(b, live, next, body, SHOW_CHANGES);
    for (size_t i = 0; i < out->effects_count; i++)
        wishes_effect(b, next, &out->effects[i], next->request_id, true);
    if (!is_first)
        show_card(b, live, next, body, can_wait ? SHOW_NUMBERS : SHOW_CHANGES);
}

static struct target_version *copy_version(struct batch *b, const struct target_version *version)
{
    struct target_version *copy;

    if (!version)
        return NULL;
    copy = ARENA_NEW(b->arena, struct target_version);
    *copy = (struct target_version){ .version = arena_strdup(b->arena, version->version),
                                     .image = arena_strdup(b->arena, version->image),
                                     .revision = arena_strdup(b->arena, version->revision),
                                     .operation = arena_strdup(b->arena, version->operation),
                                     .at_ms = version->at_ms,
                                     .left = arena_strdup(b->arena, version->left),
                                     .why = arena_strdup(b->arena, version->why),
                                     .is_irreversible = version->is_irreversible };
    return copy;
}

static struct target_end *copy_end(struct batch *b, const struct operation *next, const struct target_end *end)
{
    struct target_end *copy;

    if (!end)
        return NULL;
    copy = ARENA_NEW(b->arena, struct target_end);
    *copy = *end;
    copy->operation = next->id;
    copy->version = arena_strdup(b->arena, end->version);
    copy->verb = arena_strdup(b->arena, end->verb);
    copy->left = arena_strdup(b->arena, end->left);
    if (copy->asked_at_ms == 0)
        copy->asked_at_ms = next->created_at_ms;
    if (copy->ended_at_ms == 0)
        copy->ended_at_ms = engine_steady_now(b->engine);
    return copy;
}

/* What a handler read in its view, above all in a target's record, stands in memory that goes as soon as that record is
 * written anew: the outcome must not point there. */
static void own_versions(struct batch *b, const struct operation *next, struct outcome *out)
{
    out->good = copy_version(b, out->good);
    out->before = copy_version(b, out->before);
    out->bad = copy_version(b, out->bad);
    out->end = copy_end(b, next, out->end);
}

static const void *own_body(struct batch *b, const struct machine *machine, const cJSON *json)
{
    void *body = arena_alloc(b->arena, machine->body->size);
    struct error err;

    engine_must(shape_from_json(machine->body, json, b->arena, body, &err), b->engine, "body", &err);
    return body;
}

static void apply_to_operation(struct batch *b, struct outcome *out, struct live_operation *live,
                               struct operation *next, const struct asker *asker)
{
    struct engine *e = b->engine;
    const struct machine *machine = live ? live->machine : machine_of(e, next->kind);
    const void *body = out->body ? out->body : live ? live->body : NULL;
    const char *before = next->state;
    struct live_operation stand_in = { .machine = machine };

    next->schema = machine->schema;
    next->changed_at_ms = engine_steady_now(e);
    if (out->state)
        next->state = out->state;
    if (out->body) {
        cJSON *json = shape_to_json(machine->body, out->body, SHAPE_WHOLE);

        arena_defer(b->arena, (void (*)(void *))cJSON_Delete, json);
        next->body = json;
        body = own_body(b, machine, json);
    }
    if (out->if_stuck)
        next->if_stuck = out->if_stuck->kind ? kept_wish(b, out->if_stuck) : NULL;
    own_versions(b, next, out);
    if (out->result)
        end_operation(b, next, out);
    else
        apply_awaited(b, next, out);
    if (!before || out->result || (out->state && strcmp(before, out->state) != 0))
        journal_move(b, next, before);
    apply_wishes(b, next, out);
    apply_effects(b, live ? live : &stand_in, next, out, body);
    answers_later(b, next, out, asker);
    if (out->begins)
        children_tell_begun(b, next);
    if (out->result)
        children_tell_ended(b, next);
    write_operation(b, next);
}

/* Records own their strings in their arenas, and an operation's arena goes when its new record is read: what a decision
 * keeps of the old one must not point there any more. Reading a copy of it settles that for all fields at once. */
static struct operation copy_record(struct batch *b, const struct live_operation *live)
{
    struct operation copy, head = live->record;
    cJSON *body = json_copy(head.body), *json; /* most of a record, and copied once that way */
    struct error err;

    head.body = NULL;
    json = shape_to_json(&operation_shape, &head, SHAPE_WHOLE);
    engine_must(shape_from_json(&operation_shape, json, b->arena, &copy, &err), b->engine, "operation", &err);
    cJSON_Delete(json);
    if (body)
        arena_defer(b->arena, (void (*)(void *))cJSON_Delete, body);
    copy.body = body;
    return copy;
}

void apply(struct batch *b, struct outcome *out, struct live_operation *live, const struct asker *asker)
{
    struct operation next;

    if (live) {
        next = copy_record(b, live);
        apply_to_operation(b, out, live, &next, asker);
    } else if (out->begins) {
        next = new_operation(b, out, asker);
        apply_to_operation(b, out, NULL, &next, asker);
    }
    for (size_t i = 0; !live && !out->begins && i < out->journal_count; i++)
        batch_journal(b, out->journal[i].kind, NULL, asker ? asker->request->id : NULL, out->journal[i].body,
                      out->journal[i].personal);
    if (asker)
        answers_now(b, asker, out);
}

void apply_card_place(struct batch *b, struct live_operation *live, const char *channel, const char *ts)
{
    struct operation next = copy_record(b, live);

    if (channel && ts) {
        next.card_channel = channel;
        next.card_ts = ts;
    }
    write_operation(b, &next);
}

void apply_reshow(struct batch *b, struct live_operation *live)
{
    struct operation next = copy_record(b, live);

    live->wants_reshow = false;
    show_card(b, live, &next, live->body, SHOW_ALWAYS);
    write_operation(b, &next);
}

/* What it still meant to change is not changed any more, but for traffic on its way back; what is out already ends by
 * itself. */
static void drop_waiting_effects(struct batch *b, const char *operation)
{
    struct live_effect *effect, *tmp;

    HASH_ITER(hh, b->engine->effects, effect, tmp) {
        if (effect->phase != EFFECT_WAITING || !effect->kind->is_essential || effect->kind->is_decrease ||
            !effect->record.operation || strcmp(effect->record.operation, operation) != 0)
            continue;
        batch_drop(b, STORE_EFFECTS, effect->record.id);
        lanes_drop(b->engine, effect);
    }
}

void apply_say(struct batch *b, struct operation *next, const char *request_id, const struct reply *reply)
{
    const struct channels_settings *channels = &b->engine->config.settings->slack.channels;
    struct message_delivery delivery = { .channel = channels->alerts ? channels->alerts : channels->deployments,
                                         .reply = *reply };
    struct wanted_effect want = { .kind = EFFECT_MESSAGE, .goes_first = true };

    if (!delivery.channel)
        return;
    want.lane = arena_printf(b->arena, "slack:%s", delivery.channel);
    want.args = shape_to_json(&message_delivery_shape, &delivery, SHAPE_WHOLE);
    wishes_effect(b, next, &want, request_id, false);
    cJSON_Delete(want.args);
}

/* Told in the engine's own words: the handler that crashed is not asked for a card. */
static void tell_stuck(struct batch *b, struct operation *next, const char *why, const char *holds_on)
{
    const char *left = holds_on ? holds_on : "Its target was given back; what it had begun there is as it left it.";
    const char *lines[] = {
        arena_printf(b->arena, "Why: %s. It was last `%s`.", why, next->state),
        arena_printf(b->arena, "%s Look: `opsgate ops show %s`", left, next->id),
    };
    const struct reply reply = { .text = arena_printf(b->arena, "*%s is stuck*: %s%s%s", next->id, next->kind,
                                                      next->target ? " of " : "", next->target ? next->target : ""),
                                 .lines = lines,
                                 .lines_count = ARRAY_LEN(lines) };

    apply_say(b, next, next->request_id, &reply);
}

static void want_as_kept(struct batch *b, struct operation *next)
{
    struct wanted_effect want = { .kind = json_find_string(next->if_stuck, "kind"),
                                  .lane = json_find_string(next->if_stuck, "lane"),
                                  .key = json_find_string(next->if_stuck, "key") };

    if (!want.kind ||
        !effect_kind_find(b->engine->config.effect_kinds, b->engine->config.effect_kinds_count, want.kind))
        return;
    want.args = json_copy(json_find(next->if_stuck, "args"));
    wishes_effect(b, next, &want, next->request_id, false);
    cJSON_Delete(want.args);
    next->if_stuck = NULL;
}

static bool held_target(struct batch *b, const struct operation *operation)
{
    const struct live_target *target = records_find_target(b->engine, operation->target);

    return target && target->record.holder && strcmp(target->record.holder, operation->id) == 0;
}

static void end_stuck(struct batch *b, struct operation *next, const char *why)
{
    next->ended_at_ms = engine_steady_now(b->engine);
    next->result = "stuck";
    next->summary = why;
    journal_move(b, next, next->state);
    answers_end(b, next);
    children_tell_ended(b, next);
}

void apply_stuck(struct batch *b, struct live_operation *live, const char *why)
{
    const char *holds_on = live->machine ? live->machine->holds_on : NULL;
    struct operation next = copy_record(b, live);
    cJSON *body = json_object();

    json_set_string(body, "why", why);
    batch_journal(b, "operation.stuck", next.id, next.request_id, body, NULL);
    cJSON_Delete(body);
    live->wants_reshow = holds_on && live->machine->card; /* it stands on, and its card has to say how */
    next.is_stuck = true;
    next.awaited = NULL;
    next.awaited_count = 0;
    wishes_drop_timers(b, next.id);
    drop_waiting_effects(b, next.id);
    tell_stuck(b, &next, why, holds_on);
    want_as_kept(b, &next);
    if (!holds_on)
        end_stuck(b, &next, why);
    if (next.target) {
        if (held_target(b, &next)) {
            targets_doubt(b, next.id, next.target); /* what it had begun there is as it left it */
            if (!holds_on)
                targets_add_stuck(b, &next);
        }
        targets_release(b, next.id, next.target);
    }
    write_operation(b, &next);
}
