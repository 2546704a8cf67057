/* ledger_calls.c - what leaves for the world, what it changes there, and what people are told. */
#include "tests/simulation/ledger_internal.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

#define LOST_STORE_MS (STORE_LEASE_MS + SECOND_MS) /* a lease that was good when the store went may be used up */

/* ---- what leaves ---- */

static void check_lease(struct ledger *ledger, const struct logged_call *call)
{
    int64_t now_ms = scheduler_now_ms(ledger->options.scheduler);

    if (ledger->is_store_lost) {
        if (call->sender.effect && now_ms > ledger->store_lost_ms + LOST_STORE_MS)
            ledger_complain(ledger, "a store that is not the known one is never used", "%s sends %s %s on its behalf",
                            call->sender.instance, call->method, call->url);
        return;
    }
    if (strcmp(ledger->lease_instance, call->sender.instance) != 0 && !alone_is_cut_off(ledger, call))
        ledger_complain(ledger, "no call leaves an instance after another took the lease",
                        "%s sends %s %s while %s owns the store", call->sender.instance, call->method, call->url,
                        ledger->lease_instance[0] ? ledger->lease_instance : "nobody");
}

static bool changes_something(const struct logged_call *call)
{
    return strcmp(call->method, "GET") != 0 && strcmp(call->method, "HEAD") != 0;
}

/* A decrease waits for nothing but another one that its own sender has out: whatever else was out there is cut off. Who
 * is called is called before anything else is shown, but for others who are. */
static bool passes(const struct ledger *ledger, const struct logged_call *call, const struct known_effect *effect,
                   const struct known_effect *other)
{
    if (effect->goes_first && !other->goes_first)
        return true;
    if (!effect->row || !effect->row->is_decrease)
        return false;
    if (other->row && !other->row->is_decrease)
        return true;
    for (size_t i = 0; i < ledger->open_count; i++)
        if (ledger->open[i]->ended_ms < 0 && ledger->open[i]->sender.actor == call->sender.actor &&
            ledger_is_same(ledger->open[i]->sender.effect, other->outside_id))
            return false;
    return true;
}

static bool is_update(const struct ledger *ledger, const struct known_effect *effect)
{
    const struct known_operation *operation =
        strcmp(effect->kind, EFFECT_CARD) == 0 ? ledger_find_operation(ledger, effect->operation) : NULL;

    return operation && operation->has_card;
}

/* Those of a card that stands follow each other, in whatever lane, and nothing else; nor does anything follow them. */
static bool is_in_order_with(const struct ledger *ledger, const struct known_effect *effect,
                             const struct known_effect *other)
{
    if (is_update(ledger, effect) || is_update(ledger, other))
        return strcmp(effect->kind, other->kind) == 0 && ledger_is_same(effect->operation, other->operation);
    return strcmp(other->lane, effect->lane) == 0;
}

/* First in first out: whatever stands before it in its lane has ended, and that is committed. */
/* An attempt goes on when what it has passed, which was refused, waits for nothing any more. */
static void check_lane(struct ledger *ledger, const struct logged_call *call, const struct known_effect *effect)
{
    bool is_new = effect->attempt != call->sender.attempt || effect->actor != call->sender.actor;

    for (size_t i = 0; is_new && i < ledger->effects_count; i++) {
        const struct known_effect *other = ledger->effects[i];

        if (other->dropped_ms < 0 && other->order < effect->order && is_in_order_with(ledger, effect, other) &&
            !passes(ledger, call, effect, other) && !refused_passes(ledger, call, effect, other))
            ledger_complain(ledger, "calls of one lane follow the order of their records",
                            "%s %s leaves for %s while %s is before it in lane %s", call->method, call->url, effect->id,
                            other->id, effect->lane);
    }
    for (size_t i = 0; i < ledger->open_count; i++) {
        const struct logged_call *open = ledger->open[i];
        const struct known_effect *other = ledger_find_effect(ledger, open->sender.effect);

        if (open->ended_ms < 0 && open->sender.actor == call->sender.actor && other &&
            is_in_order_with(ledger, effect, other))
            ledger_complain(ledger, "calls of one lane never overlap", "%s %s leaves for %s while %s %s of %s is out",
                            call->method, call->url, effect->id, open->method, open->url, other->id);
    }
}

static void check_ask(struct ledger *ledger, const struct logged_call *call, const struct known_effect *effect)
{
    for (size_t i = 0; i < effect->calls_count; i++) {
        const struct logged_call *before = effect->calls[i];
        bool was_refused = before->ended_ms >= 0 && before->status >= 400 && before->status < 500;

        if (!was_refused)
            ledger_complain(ledger, "an effect that nothing can look up is not tried twice",
                            "%s %s leaves again for %s, and nobody knows how the first ended", call->method, call->url,
                            effect->id);
    }
}

static void check_holder(struct ledger *ledger, const struct logged_call *call, const struct known_effect *effect)
{
    const struct known_operation *operation = ledger_find_operation(ledger, effect->operation);
    const struct holder *holder = operation && operation->target ? ledger_get_holder(ledger, operation->target) : NULL;

    if (!str_starts_with(str_of(effect->lane), "target:") || effect->is_elsewhere || strcmp(effect->kind, EFFECT_CANCEL_RUN) == 0)
        return; /* to cancel its own run is nothing to anybody else, even after its end */
    if (!holder || !ledger_is_same(holder->operation, operation->id))
        ledger_complain(ledger, "one operation at a time changes a target", "%s %s leaves for %s, but %s is held by %s",
                        call->method, call->url, effect->id,
                        operation && operation->target ? operation->target : "its target",
                        holder && holder->operation ? holder->operation : "nobody");
}

static void keep_open(struct ledger *ledger, const struct logged_call *call)
{
    size_t kept = 0;

    for (size_t i = 0; i < ledger->open_count; i++)
        if (ledger->open[i]->ended_ms < 0)
            ledger->open[kept++] = ledger->open[i];
    ledger->open_count = kept;
    if (kept == ledger->open_room) {
        ledger->open_room = ledger->open_room ? ledger->open_room * 2 : 16;
        ledger->open = xrealloc(ledger->open, ledger->open_room * sizeof(const struct logged_call *));
    }
    ledger->open[ledger->open_count++] = call;
}

void ledger_saw_call(void *ctx, const struct logged_call *call)
{
    struct ledger *ledger = ctx;
    struct known_effect *effect = ledger_find_effect(ledger, call->sender.effect);

    check_lease(ledger, call);
    private_left(ledger, call);
    if (!call->sender.effect || ledger->is_store_lost)
        return; /* a reading changes nothing */
    if ((!effect || effect->dropped_ms >= 0) && alone_may_call(ledger, call))
        return;
    if (!effect || effect->dropped_ms >= 0) {
        ledger_complain(ledger, "nothing is tried without a record of it in the store", "%s sends %s %s for %s, %s",
                        call->sender.instance, call->method, call->url, effect ? effect->id : call->sender.effect,
                        effect ? "which has ended" : "which no commit has recorded");
        return;
    }
    check_lane(ledger, call, effect);
    together_left(ledger, call);
    effect->first_attempt = effect->first_attempt ? effect->first_attempt : call->sender.attempt;
    rollouts_left(ledger, call, effect);
    if (changes_something(call)) {
        check_holder(ledger, call, effect);
        if (effect->row && effect->row->in_doubt == DOUBT_ASK)
            check_ask(ledger, call, effect);
        *ARENA_PUSH(ledger->arena, effect->calls, effect->calls_count) = call;
    }
    keep_open(ledger, call);
}

/* ---- what changes ---- */

static void check_traffic(struct ledger *ledger, const struct logged_call *call, const struct world_change *change)
{
    const struct known_effect *effect = ledger_find_effect(ledger, call->sender.effect);
    struct known_operation *operation = effect ? ledger_find_operation(ledger, effect->operation) : NULL;

    if ((!effect || effect->dropped_ms >= 0) && alone_moved(ledger, call, change))
        return;
    if (!effect || (strcmp(effect->kind, EFFECT_TRAFFIC) != 0 && strcmp(effect->kind, EFFECT_RETURN) != 0)) {
        ledger_complain(ledger, "only a traffic effect moves traffic", "%s moved traffic of %s",
                        effect ? effect->id : "nobody", change->place);
        return;
    }
    if (!run_split_equal(change->before, change->before_count, effect->expected, effect->expected_count))
        ledger_complain(ledger, "traffic moves only from the split that was expected",
                        "%s of %s found %s at %" PRId64 " %%", effect->id, change->place,
                        change->before_count ? change->before[0].revision : "nothing",
                        change->before_count ? change->before[0].percent : 0);
    if (!run_split_equal(change->after, change->after_count, effect->wanted, effect->wanted_count))
        ledger_complain(ledger, "traffic moves only to the split that was wanted", "%s of %s", effect->id,
                        change->place);
    if (!ledger_is_same(change->effect, effect->outside_id))
        ledger_complain(ledger, "the truth is also outside", "%s moved traffic of %s without its annotation",
                        effect->id, change->place);
    if (operation)
        operation->traffic_changes++;
    alone_check_raise(ledger, operation, change);
    rollouts_moved(ledger, effect, change);
}

static void check_post(struct ledger *ledger, const struct world_change *change)
{
    struct known_effect *effect = ledger_find_effect(ledger, change->effect);
    struct known_operation *operation = ledger_find_operation_outside(ledger, change->operation);
    bool is_card = effect && strcmp(effect->kind, EFFECT_CARD) == 0;

    if (change->kind == CHANGE_POST)
        together_posted(ledger, change);
    if (!is_card || !operation)
        return;
    if (change->kind == CHANGE_POST && ++operation->card_posts > 1)
        ledger_complain(ledger, "an operation has one card", "%s has another in %s", operation->id, change->place);
    operation->card_shown = effect->outside_id;
}

/* The connection and the response_url show what follows the first line in their own ways. */
static bool begins_alike(const char *a, const char *b)
{
    size_t len = strcspn(a, "\n");

    return b && len == strcspn(b, "\n") && strncmp(a, b, len) == 0;
}

static void told(struct ledger *ledger, const char *connection, const char *url, const char *text)
{
    for (size_t i = 0; i < ledger->inputs_count; i++) {
        struct input *input = &ledger->inputs[i];

        if (!ledger_is_same(input->connection, connection) && !ledger_is_same(input->url, url))
            continue;
        if (input->was_told && !begins_alike(input->text, text))
            ledger_complain(ledger, "one request has one answer", "%s was told \"%s\" and then \"%s\"",
                            input->request_id, input->text, text);
        input->was_told = true;
        irreversible_told(ledger, input, text);
        private_told(ledger, input, text);
        input->text = arena_strdup(ledger->arena, text ? text : "");
        return;
    }
    ledger_complain(ledger, "only who asked is answered", "\"%s\" was told to nobody who asked", text);
}

void ledger_told(struct ledger *ledger, const char *connection, const char *text)
{
    told(ledger, connection, NULL, text);
}

void ledger_saw_change(void *ctx, const struct logged_call *call, const struct world_change *change)
{
    struct ledger *ledger = ctx;

    struct known_effect *effect = ledger_find_effect(ledger, call->sender.effect);

    story_tell(ledger->options.story, "world", "%s for %s%s%s%s", call->change ? call->change : "changes",
               call->sender.instance, call->ended_ms >= 0 ? ", which gave up on it" : "", change->text ? ": " : "",
               change->text ? change->text : "");
    if (ledger->is_store_lost)
        return;
    if (effect && (change->kind == CHANGE_TRAFFIC || change->kind == CHANGE_REVISION || change->kind == CHANGE_SCALING ||
                   change->kind == CHANGE_RING))
        effect->has_changed = true;
    incidents_changed(ledger, change);
    switch (change->kind) {
    case CHANGE_TRAFFIC:
        check_traffic(ledger, call, change);
        break;
    case CHANGE_POST:
    case CHANGE_UPDATE:
        check_post(ledger, change);
        glass_told(ledger, change->text);
        releases_posted(ledger, effect ? effect->operation : NULL, change->text);
        refused_posted(ledger, change->kind == CHANGE_POST ? change->text : NULL);
        break;
    case CHANGE_SCALING:
        scaling_changed(ledger, effect, change);
        break;
    case CHANGE_REPLY:
        told(ledger, NULL, change->place, change->text);
        break;
    case CHANGE_REVISION:
    case CHANGE_RING:
    case CHANGE_RULE: /* blocks_rule */
    case CHANGE_CHANNEL:
    case CHANGE_MEMBER:
    case CHANGE_ABOUT:
    case CHANGE_BOOKMARK:
        break;
    case CHANGE_PAGE:
    case CHANGE_PAGE_NOTE:
        pages_changed(ledger, call, change);
        break;
    }
}

void ledger_saw_work(void *ctx, const struct world_work *work)
{
    static const char *const phases[] = { [WORK_TAKEN] = "begins", [WORK_ENDED] = "ends", [WORK_SHOWN] = "shows" };
    struct ledger *ledger = ctx;

    story_tell(ledger->options.story, "world", "%s of %s %s%s%s", work->type, work->instance, phases[work->phase],
               work->phase == WORK_ENDED && !work->is_good ? " badly" : "", work->log ? "" : ", by hand");
    if (ledger->is_store_lost)
        return;
    failovers_work(ledger, work);
    backups_work(ledger, work);
}
