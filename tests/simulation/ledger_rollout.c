/* ledger_rollout.c - what must hold of rollouts: what their records and the journal say of them, each commit, and how
 * long it takes until traffic has come back. Why traffic may grow is in ledger_increase.c, how it comes back in
 * ledger_rollback.c.
 */
#include "tests/simulation/ledger_internal.h"

#include "bot/base/time.h"
#include "handlers/judge/judge.h"

#include <inttypes.h>
#include <string.h>

#define UNNOTICED_MS (5 * SECOND_MS)    /* so long an owner may live on after a jump of the clock, and not know of it */
#define DECREASE_MAX_MS (3 * MINUTE_MS) /* of calm */
#define ROLLBACK_MAX_MS (8 * MINUTE_MS) /* likewise, with the looks before it and behind it */

const char *const deed_names[DEED_COUNT] = {
#define DEED_NAME(name, about) [DEED_##name] = (about),
    DEEDS(DEED_NAME)
#undef DEED_NAME
};

int64_t ledger_percent(const struct run_share *shares, size_t count, const char *revision)
{
    int64_t percent = 0;

    for (size_t i = 0; i < count; i++)
        if (ledger_is_same(shares[i].revision, revision))
            percent += shares[i].percent;
    return percent;
}

static struct rollout *rollout_of(const struct ledger *ledger, const char *operation)
{
    struct known_operation *known = ledger_find_operation(ledger, operation);

    return known ? known->rollout : NULL;
}

/* ---- what is read ---- */

bool rollouts_is_looking(const char *state)
{
    return ledger_is_same(state, "baking") || ledger_is_same(state, "watching");
}

static int64_t gap_of(const struct rollout *rollout) /* so long without a look was not watched */
{
    int64_t every_ms = rollout->bake_ms / 10;

    every_ms = every_ms < SECOND_MS ? SECOND_MS : every_ms > 10 * SECOND_MS ? 10 * SECOND_MS : every_ms;
    return 3 * every_ms + 2 * SECOND_MS;
}

void rollouts_see(struct ledger *ledger, struct rollout *rollout)
{
    int64_t now_ms = ledger_now_ms(ledger);
    bool has_jumped = ledger->jumped_ms >= 0 && ledger->jumped_ms + UNNOTICED_MS >= rollout->look_ms;

    if (now_ms - rollout->look_ms > gap_of(rollout)) {
        ledger_count(ledger, DEED_GAP);
        rollout->run_ms = now_ms;
    }
    if (has_jumped && !ledger_is_witness(ledger, rollout->looker))
        rollout->hidden_ms = now_ms;
    rollout->look_ms = now_ms;
}

/* As the world names it. */
static const char *place_of(struct ledger *ledger, const cJSON *body)
{
    const char *region = json_find_string(body, "place.region"), *service = json_find_string(body, "place.service");

    return region && service ? arena_printf(ledger->arena, "%s/%s", region, service) : NULL;
}

static void read_plan(struct ledger *ledger, struct rollout *rollout, const cJSON *body)
{
    const cJSON *limits = json_find(body, "limits");

    rollout->place = place_of(ledger, body);
    rollout->is_judged = json_find_bool(limits, "is_judged", false);
    rollout->error_rate = cJSON_GetNumberValue(json_find(limits, "error_rate"));
    rollout->p95_s = (double)json_find_int(limits, "latency_p95_ms", 0) / 1000;
    if (!(rollout->error_rate > 0))
        rollout->error_rate = 0;
}

static void read_before(struct ledger *ledger, struct rollout *rollout, const cJSON *list)
{
    if (rollout->before_count > 0)
        return;
    JSON_EACH(item, list)
        *ARENA_PUSH(ledger->arena, rollout->before, rollout->before_count) = (struct run_share){
            .revision = arena_strdup(ledger->arena, json_find_string(item, "revision")),
            .percent = json_find_int(item, "percent", 0),
        };
}

static void read_rollout(struct ledger *ledger, struct rollout *rollout, const cJSON *json)
{
    const cJSON *body = json_find(json, "body");
    const char *state = json_find_string(json, "state");
    int64_t observed_at_ms = json_find_int(body, "observed_at_ms", 0);
    bool enters;

    if (!rollout->place)
        read_plan(ledger, rollout, body);
    if (!rollout->revision)
        rollout->revision = arena_strdup(ledger->arena, json_find_string(body, "revision"));
    read_before(ledger, rollout, json_find(body, "before"));
    rollout->looks = json_find_int(body, "looks", 0);
    rollout->is_held = json_find_string(body, "held") != NULL;
    rollout->step = json_find_int(body, "step", 0);
    rollout->bake_ms = json_find_int(cJSON_GetArrayItem(json_find(body, "steps"), (int)rollout->step), "bake_ms", 0);
    if (ledger_is_same(state, "watching"))
        rollout->bake_ms = json_find_int(body, "watch_ms", 0);
    enters = rollouts_is_looking(state) && !ledger_is_same(state, rollout->state);
    if (!ledger_is_same(state, rollout->state))
        rollout->state = arena_strdup(ledger->arena, state);
    if (enters) {
        rollout->run_ms = rollout->verified_ms = rollout->told_ms;
        rollout->look_ms = ledger_now_ms(ledger);
    } else if (rollouts_is_looking(state) && observed_at_ms != rollout->observed_at_ms) {
        rollouts_see(ledger, rollout);
    }
    rollout->observed_at_ms = observed_at_ms;
}

/* A deploy whose record calls its revision bad now, and did not before. */
static void read_verdict(struct ledger *ledger, struct known_operation *operation, const cJSON *json)
{
    struct rollout *rollout = operation->rollout;
    bool was_called_bad = rollout->is_called_bad;

    rollout->is_called_bad = json_find_int(json, "body.verdict", JUDGE_NONE) == JUDGE_FAIL;
    if (rollout->is_called_bad && !was_called_bad)
        evidence_check_verdict(ledger, operation);
}

static void touch(struct ledger *ledger, struct known_operation *operation, struct str text)
{
    if (!operation->is_touched && ledger->touched_count < LEDGER_COMMIT_MAX) {
        operation->is_touched = true;
        free(operation->record_before);
        operation->record_before = operation->record;
        operation->record = NULL;
        ledger->touched[ledger->touched_count++] = operation;
    }
    free(operation->record);
    operation->record = str_copy(text);
}

void rollouts_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json, struct str text)
{
    touch(ledger, operation, text);
    if (ledger_is_same(operation->kind, "deploy") &&
        (json_find(json, "body.program") || json_find(json, "body.workflow"))) {
        programs_operation(ledger, operation, json_find(json, "body"));
    } else if (ledger_is_same(operation->kind, "deploy")) {
        if (!operation->rollout)
            operation->rollout = ARENA_NEW(ledger->arena, struct rollout);
        read_rollout(ledger, operation->rollout, json);
        read_verdict(ledger, operation, json);
    } else if (ledger_is_same(operation->kind, "lock") || ledger_is_same(operation->kind, "halt")) {
        holds_operation(ledger, operation, json);
    } else if (ledger_is_same(operation->kind, "keep")) {
        keeps_operation(ledger, operation, json);
    } else if (ledger_is_same(operation->kind, "rollback")) {
        operation->service = place_of(ledger, json_find(json, "body"));
        operation->goal = arena_strdup(ledger->arena, json_find_string(json, "body.to.revision"));
        operation->expected = arena_strdup(ledger->arena, json_find_string(json, "body.expected"));
        operation->has_skipped = cJSON_GetArraySize(json_find(json, "body.skipped")) > 0;
    }
}

void rollouts_effect(struct ledger *ledger, struct known_effect *effect, const cJSON *json)
{
    struct rollout *rollout = rollout_of(ledger, effect->operation);
    const char *revision = json_find_string(json, "args.revision"), *version = json_find_string(json, "args.version");

    if (json_find_string(json, "cancelled")) {
        if (!effect->is_cut_off && effect->row && effect->row->is_increase && effect->unheard)
            ledger_count(ledger, DEED_CUT_OFF);
        effect->is_cut_off = true;
    }
    if (effect->recorded_ms < ledger_now_ms(ledger))
        return;
    if (ledger->recorded_count < LEDGER_COMMIT_MAX)
        ledger->recorded[ledger->recorded_count++] = effect;
    if (ledger_is_same(effect->kind, EFFECT_NEW_REVISION) && revision && version)
        *ARENA_PUSH(ledger->arena, ledger->versions, ledger->versions_count) =
            (struct version_of){ arena_strdup(ledger->arena, revision), arena_strdup(ledger->arena, version),
                                 effect->operation };
    if (rollout && ledger_is_same(effect->kind, EFFECT_TRAFFIC))
        rollout->has_raised = true;
    if (rollout && rollout->first_effect_ms == 0 && str_starts_with(str_of(effect->lane), "target:"))
        rollout->first_effect_ms = ledger_now_ms(ledger);
}

static void accept(struct ledger *ledger, const cJSON *core)
{
    struct accepted *accepted = &ledger->accepted[ledger->accepted_count];
    const char *request_id = json_find_string(core, "request_id");

    if (ledger->accepted_count == LEDGER_COMMIT_MAX || json_find_string(core, "body.parent"))
        return;
    *accepted = (struct accepted){ .operation = ledger_find_operation(ledger, json_find_string(core, "operation")),
                                   .verb = arena_strdup(ledger->arena, json_find_string(core, "body.verb")) };
    for (size_t i = ledger->inputs_count; i > 0 && !accepted->input; i--)
        if (ledger_is_same(ledger->inputs[i - 1].request_id, request_id))
            accepted->input = &ledger->inputs[i - 1];
    ledger->accepted_count++;
}

void rollouts_entry(struct ledger *ledger, const char *kind, const cJSON *core)
{
    static const struct {
        const char *kind;
        enum deed deed;
    } rows[] = {
        { "deploy.paused", DEED_PAUSED },     { "deploy.resumed", DEED_RESUMED }, { "deploy.promoted", DEED_PROMOTED },
        { "deploy.retried", DEED_RETRIED },   { "deploy.aborted", DEED_ABORTED }, { "deploy.held", DEED_HELD },
        { "deploy.returned", DEED_RETURNED },
    };
    struct rollout *rollout = rollout_of(ledger, json_find_string(core, "operation"));
    const struct known_effect *effect;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].kind, kind) == 0)
            ledger_count(ledger, rows[i].deed);
    if (strcmp(kind, "request.accepted") == 0)
        accept(ledger, core);
    if (strcmp(kind, "request.misused") == 0 && ledger_is_same(json_find_string(core, "body.verb"), "promote"))
        ledger_count(ledger, DEED_FORGED);
    if (strcmp(kind, "effect.ended") == 0 && ledger_is_same(json_find_string(core, "body.end"), "failed")) {
        effect = ledger_find_effect_by_id(ledger, json_find_string(core, "body.effect"));
        if (effect && effect->row && (effect->row->is_increase || effect->row->is_decrease))
            ledger_count(ledger, DEED_REFUSED_SPLIT);
    }
    if (!rollout)
        return;
    if (strcmp(kind, "deploy.paused") == 0)
        rollout->is_paused = true;
    if (strcmp(kind, "deploy.resumed") == 0) {
        rollout->is_paused = false;
        rollout->urged_ms = ledger_now_ms(ledger);
    }
    if (strcmp(kind, "deploy.stayed") == 0)
        rollout->stayed_ms = ledger_now_ms(ledger);
    if (strcmp(kind, "deploy.aborted") == 0)
        rollout->is_aborted = true;
    if (strcmp(kind, "deploy.promoted") == 0 || strcmp(kind, "deploy.retried") == 0)
        rollout->promoted_ms = rollout->urged_ms = ledger_now_ms(ledger);
}

/* ---- the commit ---- */

void rollouts_commit(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->recorded_count; i++) {
        const struct known_effect *effect = ledger->recorded[i];

        if (effect->row && effect->row->is_increase)
            increases_check(ledger, effect);
        if (effect->row && effect->row->is_decrease)
            rollbacks_check_return(ledger, effect);
    }
    for (size_t i = 0; i < ledger->touched_count; i++) {
        struct known_operation *operation = ledger->touched[i];

        if (operation->rollout)
            increases_check_good(ledger, operation);
        else if (ledger_is_same(operation->kind, "rollback") && !operation->record_before)
            rollbacks_begun(ledger, operation);
        if (ledger_is_same(operation->kind, "rollback"))
            rollbacks_check_end(ledger, operation);
    }
    for (size_t i = 0; i < ledger->touched_count; i++)
        ledger->touched[i]->is_touched = false;
    ledger->recorded_count = ledger->accepted_count = ledger->touched_count = 0;
}

/* ---- what leaves ---- */

static void check_superseded(struct ledger *ledger, const struct logged_call *call, const struct known_effect *effect)
{
    for (size_t i = ledger->effects_count; i > 0; i--) {
        const struct known_effect *other = ledger->effects[i - 1];

        if (other->row && other->row->is_decrease && other->order > effect->order &&
            ledger_is_same(other->lane, effect->lane))
            ledger_complain(ledger, "no increase leaves after a later decrease", "%s %s leaves for %s, after %s",
                            call->method, call->url, effect->id, other->id);
    }
}

void rollouts_left(struct ledger *ledger, const struct logged_call *call, struct known_effect *effect)
{
    const struct known_operation *operation = ledger_find_operation(ledger, effect->operation);
    bool is_new = effect->attempt != call->sender.attempt || effect->actor != call->sender.actor;

    effect->attempt = call->sender.attempt;
    effect->actor = call->sender.actor;
    effect->unheard = call;
    if (is_new)
        refused_left(ledger, effect);
    if (!effect->row || !effect->row->is_increase)
        return;
    check_superseded(ledger, call, effect);
    if (is_new && operation && operation->rollout && operation->rollout->is_paused)
        ledger_complain(ledger, "a paused rollout takes no step", "%s is tried while %s is paused", effect->id,
                        operation->id);
    if (is_new && operation && operation->rollout)
        holds_check(ledger, operation, effect);
    if (is_new && operation && operation->rollout)
        policy_check(ledger, operation, call);
}

/* ---- time ---- */

void ledger_is_calm(struct ledger *ledger)
{
    ledger->calm_ms = ledger_now_ms(ledger);
}

static int64_t calm_since(const struct ledger *ledger, int64_t begun_ms)
{
    return ledger_now_ms(ledger) - (begun_ms > ledger->calm_ms ? begun_ms : ledger->calm_ms);
}

void ledger_check_time(struct ledger *ledger)
{
    if (ledger->calm_ms < 0 || ledger->is_store_lost)
        return;
    timers_check(ledger);
    blocks_check_time(ledger);
    for (size_t i = 0; i < ledger->effects_count; i++) {
        const struct known_effect *effect = ledger->effects[i];

        if (effect->dropped_ms < 0 && effect->row && effect->row->is_decrease &&
            calm_since(ledger, effect->recorded_ms) > DECREASE_MAX_MS)
            ledger_complain(ledger, "decreases are never blocked", "%s has not come through for minutes", effect->id);
    }
    for (size_t i = 0; i < ledger->operations_count; i++) {
        const struct known_operation *operation = ledger->operations[i];

        if (ledger_is_same(operation->kind, "rollback") && !operation->result &&
            calm_since(ledger, operation->begun_ms) > ROLLBACK_MAX_MS &&
            !irreversible_keeps_waiting(ledger, operation))
            ledger_complain(ledger, "decreases are never blocked", "%s has not come to its end for minutes",
                            operation->id);
    }
}
