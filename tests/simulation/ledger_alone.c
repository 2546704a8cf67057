/* ledger_alone.c - what the last owner does while no store answers: noted before it leaves, only ever less traffic, and
 * part of the record afterwards, once. */
#include "tests/simulation/ledger_internal.h"

#include "bot/base/time.h"
#include "bot/model/without_store.h"

#include <inttypes.h>
#include <string.h>

#define UNHEARD_MS (5 * SECOND_MS) /* after the store was back it may not have heard of it */

static struct alone *find_act(const struct ledger *ledger, const char *id)
{
    for (size_t i = 0; i < ledger->alone_count; i++)
        if (ledger_is_same(ledger->alone[i].id, id))
            return &ledger->alone[i];
    return NULL;
}

void ledger_noted(struct ledger *ledger, const char *instance, const struct without_store_act *act)
{
    struct alone *alone = find_act(ledger, act->id);

    if (!alone) {
        alone = ARENA_PUSH(ledger->arena, ledger->alone, ledger->alone_count);
        *alone = (struct alone){ .id = arena_strdup(ledger->arena, act->id),
                                 .effect = arena_strdup(ledger->arena, act->effect),
                                 .operation = arena_strdup(ledger->arena, act->operation),
                                 .instance = arena_strdup(ledger->arena, instance) };
    }
    alone->result = arena_strdup(ledger->arena, act->result);
}

void alone_lease(struct ledger *ledger, enum lease_action action, const char *instance)
{
    struct owner_before *before = NULL;

    if (action != LEASE_TAKE || !ledger->lease_instance[0] || strcmp(ledger->lease_instance, instance) == 0)
        return;
    for (size_t i = 0; i < ledger->owners_before_count && !before; i++)
        if (ledger_is_same(ledger->owners_before[i].instance, ledger->lease_instance))
            before = &ledger->owners_before[i];
    if (!before) {
        before = ARENA_PUSH(ledger->arena, ledger->owners_before, ledger->owners_before_count);
        before->instance = arena_strdup(ledger->arena, ledger->lease_instance);
    }
    before->taken_ms = ledger_now_ms(ledger);
}

static bool was_owner_just_now(const struct ledger *ledger, const char *instance)
{
    for (size_t i = 0; i < ledger->owners_before_count; i++)
        if (ledger_is_same(ledger->owners_before[i].instance, instance))
            return ledger_now_ms(ledger) < ledger->owners_before[i].taken_ms + UNHEARD_MS;
    return false;
}

void ledger_store_down(struct ledger *ledger, int64_t until_ms)
{
    if (until_ms > ledger->down_until_ms)
        ledger->down_until_ms = until_ms;
}

void ledger_cut_off(struct ledger *ledger, const char *instance, int64_t until_ms)
{
    ledger->cut_off = instance;
    ledger->cut_off_until_ms = until_ms;
}

/* Until when exactly is not to be seen from outside: it may ask until it has *heard* that another one owns the store,
 * and the answer that tells it so may be late, or lost, or wait for it while it is paused. UNHEARD_MS is as long as the
 * call that was out then may take, and the next one. What it asks changes nothing; what it changes has to be noted in
 * any case. */
bool alone_is_cut_off(struct ledger *ledger, const struct logged_call *call)
{
    int64_t now_ms = ledger_now_ms(ledger);

    if (call->sender.effect && !alone_may_call(ledger, call))
        return false;
    return now_ms < ledger->down_until_ms + UNHEARD_MS ||
           (ledger_is_same(ledger->cut_off, call->sender.instance) && now_ms < ledger->cut_off_until_ms) ||
           was_owner_just_now(ledger, call->sender.instance);
}

/* It tells people what it did: once. */
static bool tells_of(struct ledger *ledger, struct alone *alone, const struct logged_call *call)
{
    if (!ledger_is_same(call->sender.kind, EFFECT_MESSAGE))
        return false;
    if (!alone->told)
        alone->told = arena_strdup(ledger->arena, call->sender.effect);
    return ledger_is_same(alone->told, call->sender.effect);
}

bool alone_may_call(struct ledger *ledger, const struct logged_call *call)
{
    for (size_t i = 0; i < ledger->alone_count; i++) {
        struct alone *alone = &ledger->alone[i];

        if (!ledger_is_same(alone->instance, call->sender.instance))
            continue;
        if (ledger_is_same(alone->effect, call->sender.effect) || tells_of(ledger, alone, call))
            return true;
    }
    return false;
}

static struct alone *find_noted(const struct ledger *ledger, const struct logged_call *call)
{
    for (size_t i = ledger->alone_count; i > 0; i--)
        if (ledger_is_same(ledger->alone[i - 1].effect, call->sender.effect))
            return &ledger->alone[i - 1];
    return NULL;
}

/* "U0BOB abort D1 --look 0", "U0BOB abort shop staging"; both of this operation. */
static bool asks_to_abort(const char *line, const struct known_operation *operation)
{
    struct str rest = str_of(line ? line : ""), target = str_of(operation->target), what, where;

    str_take_word(&rest);
    if (!str_is(str_take_word(&rest), "abort"))
        return false;
    what = str_take_word(&rest);
    where = str_take_word(&rest);
    return str_is(what, operation->id) || (str_equal(what, str_take_until(&target, '/')) && str_equal(where, target));
}

/* Accepted while that instance owned the store, and no commit tells of it: it has decided it, and the store went before
 * it could say so. Whoever decides it once more comes to the same. What came later it has never read. */
static bool is_abort_undecided(const struct ledger *ledger, const char *instance,
                               const struct known_operation *operation)
{
    int64_t until_ms = timers_held_until(ledger, instance);

    for (size_t i = 0; i < ledger->inputs_count; i++)
        if (ledger->inputs[i].ends == 0 && ledger->inputs[i].accepted_ms < until_ms &&
            asks_to_abort(ledger->inputs[i].line, operation))
            return true;
    return false;
}

/* Somebody asked for another deploy of its place with `--now`, and that one is on its way: once it is pinned and
 * allowed, this one is aborted for it. Whether that has been decided no commit may tell: the store went before it
 * could. */
static bool is_now_undecided(const struct ledger *ledger, const char *instance, const struct known_operation *operation)
{
    int64_t until_ms = timers_held_until(ledger, instance);

    for (size_t i = 0; i < ledger->inputs_count; i++) {
        const struct input *input = &ledger->inputs[i];

        if (!input->line || !strstr(input->line, " --now") || input->accepted_ms >= until_ms)
            continue;
        for (size_t k = 0; k < ledger->operations_count; k++) {
            const struct known_operation *other = ledger->operations[k];

            if (other != operation && other->is_live && ledger_is_same(other->target, operation->target) &&
                ledger_is_same(other->request_id, input->request_id))
                return true;
        }
    }
    return false;
}

/* It is held for a person, for the record calls it bad: that was checked when it was written. Nobody who is without the
 * store can be answered in time, and whoever looks has been told nothing more of it yet. */
static bool is_held_as_bad(const struct rollout *rollout)
{
    return rollout->is_held && rollout->is_called_bad;
}

/* It goes back to exactly what was found, and gives the new revision no more than it had. */
bool alone_moved(struct ledger *ledger, const struct logged_call *call, const struct world_change *change)
{
    struct alone *alone = find_noted(ledger, call);
    struct known_operation *operation = alone ? ledger_find_operation(ledger, alone->operation) : NULL;
    struct rollout *rollout = operation ? operation->rollout : NULL;
    int64_t before, after;

    if (!rollout || !rollout->revision)
        return false;
    before = ledger_percent(change->before, change->before_count, rollout->revision);
    after = ledger_percent(change->after, change->after_count, rollout->revision);
    if (after > before)
        ledger_complain(ledger, "no increase is made without the store",
                        "%s has %" PRId64 " %% of %s, and had %" PRId64 " %%", operation->id, after, change->place,
                        before);
    else if (!run_split_equal(change->after, change->after_count, rollout->before, rollout->before_count))
        ledger_complain(ledger, "without the store traffic goes back to what was found, and nowhere else", "%s of %s",
                        operation->id, change->place);
    else if (!ledger_is_same(rollout->state, "returning") && !rollout->is_aborted &&
             !is_abort_undecided(ledger, call->sender.instance, operation) &&
             !is_now_undecided(ledger, call->sender.instance, operation) && !is_held_as_bad(rollout) &&
             !rollouts_told_bad(ledger, call->sender.instance, rollout))
        ledger_complain(ledger, "without the store only what is bad goes back, or what people aborted",
                        "%s gives %s back, and was never told that %s is bad", call->sender.instance, operation->id,
                        rollout->revision);
    alone->has_moved = true;
    ledger_count(ledger, DEED_RETURNED_ALONE);
    operation->traffic_changes++;
    rollouts_moved_alone(ledger, operation, change);
    return true;
}

/* Whoever tries an increase of before once more finds the split that it expects. */
void alone_check_raise(struct ledger *ledger, const struct known_operation *operation,
                       const struct world_change *change)
{
    const char *revision = operation && operation->rollout ? operation->rollout->revision : NULL;

    for (size_t i = 0; revision && i < ledger->alone_count; i++)
        if (ledger->alone[i].has_moved && ledger_is_same(ledger->alone[i].operation, operation->id) &&
            ledger_percent(change->after, change->after_count, revision) >
                ledger_percent(change->before, change->before_count, revision))
            ledger_complain(ledger, "what went back without the store is not raised again", "%s of %s raises %s",
                            operation->id, change->place, revision);
}

void alone_entry(struct ledger *ledger, const char *kind, const cJSON *core)
{
    const char *id = json_find_string(core, "body.act");
    struct alone *alone;

    if (strcmp(kind, "without_store.adopted") != 0)
        return;
    alone = find_act(ledger, id);
    if (!alone)
        ledger_complain(ledger, "only what was done is adopted", "nobody has noted %s", id ? id : "it");
    else if (++alone->adopted > 1)
        ledger_complain(ledger, "what was done without the store is adopted once", "%s of %s is adopted again", id,
                        alone->operation);
    ledger_count(ledger, DEED_ADOPTED);
}

/* What opsgate did itself is no stranger's doing. */
void alone_ended(struct ledger *ledger, const struct known_operation *operation)
{
    if (!operation->rollout || operation->rollout->met_others || !operation->summary ||
        !str_starts_with(str_of(operation->summary), "Somebody else changed the traffic"))
        return;
    for (size_t i = 0; i < ledger->alone_count; i++)
        if (ledger_is_same(ledger->alone[i].operation, operation->id))
            ledger_complain(ledger, "a rollout knows what was done for it",
                            "%s takes for somebody else's what %s did for it", operation->id,
                            ledger->alone[i].instance);
}

void alone_check_end(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->alone_count; i++)
        if (ledger->alone[i].adopted == 0)
            ledger_complain(ledger, "what was done without the store becomes part of the record",
                            "%s of %s was noted by %s, and never adopted", ledger->alone[i].id,
                            ledger->alone[i].operation, ledger->alone[i].instance);
}
