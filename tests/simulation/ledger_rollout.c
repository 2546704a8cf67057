/* ledger_rollout.c - what must hold of rollouts and of the way back: more traffic only for a reason, less of it always.
 *
 * A reason is what the metrics source really told, watched for as long as the step asks, or a person's word in the
 * journal. The judge's verdict is none: it may be wrong.
 */
#include "tests/simulation/ledger_internal.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ERRORS_MIN 5 /* fewer may be bad luck */
#define NOT_TOLD (-1)
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

static bool is_looking(const char *state)
{
    return ledger_is_same(state, "baking") || ledger_is_same(state, "watching");
}

static int64_t gap_of(const struct rollout *rollout) /* so long without a look was not watched */
{
    int64_t every_ms = rollout->bake_ms / 10;

    every_ms = every_ms < SECOND_MS ? SECOND_MS : every_ms > 10 * SECOND_MS ? 10 * SECOND_MS : every_ms;
    return 3 * every_ms + 2 * SECOND_MS;
}

static void see(struct ledger *ledger, struct rollout *rollout)
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
    enters = is_looking(state) && !ledger_is_same(state, rollout->state);
    if (!ledger_is_same(state, rollout->state))
        rollout->state = arena_strdup(ledger->arena, state);
    if (enters) {
        rollout->run_ms = rollout->told_ms;
        rollout->look_ms = ledger_now_ms(ledger);
    } else if (is_looking(state) && observed_at_ms != rollout->observed_at_ms) {
        see(ledger, rollout);
    }
    rollout->observed_at_ms = observed_at_ms;
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
    if (strcmp(kind, "deploy.resumed") == 0)
        rollout->is_paused = false;
    if (strcmp(kind, "deploy.promoted") == 0 || strcmp(kind, "deploy.retried") == 0)
        rollout->promoted_ms = ledger_now_ms(ledger);
}

/* ---- evidence ---- */

static struct evidence *evidence_of(struct ledger *ledger, const char *revision)
{
    struct evidence *evidence;

    for (size_t i = ledger->evidence_count; i > 0; i--)
        if (strcmp(ledger->evidence[i - 1].revision, revision) == 0)
            return &ledger->evidence[i - 1];
    evidence = ARENA_PUSH(ledger->arena, ledger->evidence, ledger->evidence_count);
    evidence->revision = arena_strdup(ledger->arena, revision);
    evidence->good_ms = NOT_TOLD;
    for (size_t i = 0; i < ARRAY_LEN(evidence->value); i++)
        evidence->told_ms[i] = NOT_TOLD;
    return evidence;
}

static bool knows(const struct evidence *evidence, enum world_about about, int64_t since_ms)
{
    return evidence->told_ms[about] >= since_ms && evidence->value[about] >= 0;
}

static bool is_good(const struct evidence *evidence, const struct rollout *rollout, int64_t since_ms)
{
    const double *value = evidence->value;

    if (!knows(evidence, ABOUT_REQUESTS, since_ms) || value[ABOUT_REQUESTS] < 1)
        return false;
    if (!knows(evidence, ABOUT_RECENT, since_ms) || value[ABOUT_RECENT] <= 0)
        return false;
    if (rollout->error_rate > 0 &&
        (!knows(evidence, ABOUT_ERRORS, since_ms) || value[ABOUT_ERRORS] > value[ABOUT_REQUESTS] * rollout->error_rate))
        return false;
    return rollout->p95_s <= 0 || (knows(evidence, ABOUT_P95, since_ms) && value[ABOUT_P95] <= rollout->p95_s);
}

static bool is_bad(const struct evidence *evidence, const struct rollout *rollout, int64_t since_ms)
{
    const double *value = evidence->value;

    if (!knows(evidence, ABOUT_REQUESTS, since_ms))
        return false;
    if (rollout->error_rate > 0 && knows(evidence, ABOUT_ERRORS, since_ms) && value[ABOUT_ERRORS] >= ERRORS_MIN &&
        value[ABOUT_ERRORS] > value[ABOUT_REQUESTS] * rollout->error_rate)
        return true;
    return rollout->p95_s > 0 && knows(evidence, ABOUT_P95, since_ms) && value[ABOUT_P95] > rollout->p95_s;
}

static void learn(struct ledger *ledger, const struct world_measured *measured)
{
    struct evidence *evidence = evidence_of(ledger, measured->revision);

    evidence->value[measured->about] = measured->is_known ? measured->value : NOT_TOLD;
    evidence->told_ms[measured->about] = ledger_now_ms(ledger);
    if (measured->about != ABOUT_P95) /* the last that is asked about a revision */
        return;
    for (size_t i = 0; i < ledger->operations_count; i++) {
        const struct rollout *rollout = ledger->operations[i]->rollout;

        if (rollout && ledger_is_same(rollout->revision, measured->revision) &&
            is_good(evidence, rollout, rollout->moved_ms))
            evidence->good_ms = ledger_now_ms(ledger);
    }
}

/* Over a limit, however little it is: whether that is enough is the judge's to say. */
static bool is_over(const struct evidence *evidence, const struct rollout *rollout)
{
    const double *value = evidence->value;

    if (rollout->error_rate > 0 && knows(evidence, ABOUT_REQUESTS, 0) && knows(evidence, ABOUT_ERRORS, 0) &&
        value[ABOUT_ERRORS] > value[ABOUT_REQUESTS] * rollout->error_rate)
        return true;
    return rollout->p95_s > 0 && knows(evidence, ABOUT_P95, 0) && value[ABOUT_P95] > rollout->p95_s;
}

/* What one instance was told, owner or not. */
static struct evidence *told_of(struct ledger *ledger, const char *instance, const char *revision)
{
    char key[200];

    snprintf(key, sizeof(key), "%s to %s", revision, instance);
    return evidence_of(ledger, key);
}

static void hear(struct ledger *ledger, const char *instance, const struct world_measured *measured)
{
    struct evidence *evidence = told_of(ledger, instance, measured->revision);

    evidence->value[measured->about] = measured->is_known ? measured->value : NOT_TOLD;
    evidence->told_ms[measured->about] = ledger_now_ms(ledger);
    for (size_t i = 0; measured->about == ABOUT_P95 && i < ledger->operations_count; i++) {
        const struct rollout *rollout = ledger->operations[i]->rollout;

        if (rollout && ledger_is_same(rollout->revision, measured->revision) && is_over(evidence, rollout))
            evidence->is_bad = true;
    }
}

bool rollouts_told_bad(struct ledger *ledger, const char *instance, const struct rollout *rollout)
{
    return told_of(ledger, instance, rollout->revision)->is_bad;
}

/* .../locations/REGION/services/SERVICE */
static bool is_about(const char *url, const char *place)
{
    const char *at = strstr(url, "/locations/");
    struct str rest = str_of(at ? at + strlen("/locations/") : ""), region = str_take_until(&rest, '/');
    struct str name = str_of(place), wanted = str_take_until(&name, '/');

    return place && str_equal(region, wanted) && str_take_prefix(&rest, "services/") && str_equal(rest, name);
}

void rollouts_told(void *ctx, const struct logged_call *call)
{
    struct ledger *ledger = ctx;
    struct known_effect *effect = ledger_find_effect(ledger, call->sender.effect);

    if (effect && effect->unheard == call)
        effect->unheard = NULL;
    if (call->measured)
        hear(ledger, call->sender.instance, call->measured);
    if (strcmp(ledger->lease_instance, call->sender.instance) != 0 || ledger->is_store_lost)
        return; /* whoever hears it decides nothing any more */
    if (call->measured)
        learn(ledger, call->measured);
    if (!ledger_is_same(call->sender.kind, "run.service") || call->status != 200)
        return;
    for (size_t i = 0; i < ledger->operations_count; i++) {
        struct rollout *rollout = ledger->operations[i]->rollout;

        if (!rollout || !ledger_is_same(ledger->operations[i]->outside_id, call->sender.operation) ||
            !is_about(call->url, rollout->place))
            continue;
        rollout->told_ms = ledger_now_ms(ledger);
        rollout->looker = call->sender.actor;
        if (is_looking(rollout->state))
            see(ledger, rollout);
    }
}

/* ---- more traffic ---- */

static bool was_watched(const struct ledger *ledger, const struct rollout *rollout)
{
    int64_t short_of_ms = rollout->bake_ms / 5 + SECOND_MS; /* answers and commits take their time */

    return (rollout->hidden_ms && rollout->hidden_ms >= rollout->run_ms) ||
           ledger_now_ms(ledger) - rollout->run_ms >= rollout->bake_ms - short_of_ms;
}

/* What a step needs before the next: a good answer about it, so long a look at it; or a person's word. */
static void check_reason(struct ledger *ledger, const struct known_operation *operation, const char *what)
{
    struct rollout *rollout = operation->rollout;
    const struct evidence *evidence = evidence_of(ledger, rollout->revision);

    if (rollout->promoted_ms > rollout->moved_ms) {
        ledger_count(ledger, DEED_RAISED_BY_PERSON);
        return;
    }
    if (rollout->is_judged && is_bad(evidence, rollout, rollout->moved_ms))
        ledger_complain(ledger, "traffic is never above the step last judged safe",
                        "%s %s, while the metrics source tells of %.0f errors in %.0f requests, p95 %.2f s",
                        operation->id, what, evidence->value[ABOUT_ERRORS], evidence->value[ABOUT_REQUESTS],
                        evidence->value[ABOUT_P95]);
    if (rollout->passed_ms > rollout->moved_ms)
        return; /* it was not let go then: what spoke for it is still true */
    if (rollout->is_judged && evidence->good_ms < rollout->moved_ms)
        ledger_complain(ledger, "traffic is never above the step last judged safe",
                        "%s %s, and nothing good was ever told of %s at this step", operation->id, what,
                        rollout->revision);
    else if (!rollout->is_judged && ledger_is_same(rollout->state, "shifting"))
        ledger_complain(ledger, "traffic is never above the step last judged safe",
                        "%s %s, and neither a judge nor a person said so", operation->id, what);
    else if (!was_watched(ledger, rollout))
        ledger_complain(ledger, "a step is watched for as long as it asks", "%s %s, and was watched for %" PRId64 " ms",
                        operation->id, what, ledger_now_ms(ledger) - rollout->run_ms);
    rollout->passed_ms = ledger_now_ms(ledger);
    ledger_count(ledger, DEED_RAISED_BY_VERDICT);
}

/* Asked with the record as it was before: it has moved on by the same commit. */
static int64_t bake_before(const struct known_operation *operation)
{
    AUTO_JSON cJSON *json = NULL;
    struct error ignored;
    const cJSON *body;

    if (!operation->record_before || !json_parse(str_of(operation->record_before), &json, &ignored))
        return 0;
    body = json_find(json, "body");
    if (ledger_is_same(json_find_string(json, "state"), "watching"))
        return json_find_int(body, "watch_ms", 0);
    return json_find_int(cJSON_GetArrayItem(json_find(body, "steps"), (int)json_find_int(body, "step", 0)), "bake_ms",
                         0);
}

/* When somebody asked for it: what a group asks for was asked for with the group. */
static int64_t asked_ms(const struct ledger *ledger, const struct known_operation *operation)
{
    const struct known_operation *parent;

    while ((parent = ledger_find_operation(ledger, operation->parent)) != NULL)
        operation = parent;
    return operation->begun_ms;
}

/* Whoever asks for a rollback wants nothing that was asked for before it, not later either. What has not begun by then
 * never raises anything; what runs has until the rollback is over to hear of it. */
static void check_not_outlived(struct ledger *ledger, const struct known_operation *operation,
                               const struct known_effect *effect)
{
    for (size_t i = 0; i < ledger->operations_count; i++) {
        const struct known_operation *other = ledger->operations[i];

        if (ledger_is_same(other->kind, "rollback") && ledger_is_same(other->target, operation->target) &&
            (other->result || other->begun_ms < operation->begun_ms) &&
            asked_ms(ledger, other) > asked_ms(ledger, operation))
            ledger_complain(ledger, "what was asked for before a rollback raises nothing after it",
                            "%s of %s raises traffic, and %s was asked for later", effect->id, operation->id,
                            other->id);
    }
}

static void check_increase(struct ledger *ledger, const struct known_effect *effect)
{
    struct known_operation *operation = ledger_find_operation(ledger, effect->operation);
    struct rollout *rollout = operation ? operation->rollout : NULL;
    int64_t from, to;

    if (!rollout || !rollout->revision)
        return;
    from = ledger_percent(effect->expected, effect->expected_count, rollout->revision);
    to = ledger_percent(effect->wanted, effect->wanted_count, rollout->revision);
    check_not_outlived(ledger, operation, effect);
    if (rollout->is_paused)
        ledger_complain(ledger, "a paused rollout takes no step", "%s is paused, and %s raises it to %" PRId64 " %%",
                        operation->id, effect->id, to);
    if (from == 0 || to <= from)
        return;
    rollout->bake_ms = bake_before(operation);
    if (rollout->bake_ms > 0)
        check_reason(ledger, operation, arena_printf(ledger->arena, "goes on to %" PRId64 " %%", to));
}

/* A version that was watched is called good. */
static void check_good(struct ledger *ledger, struct known_operation *operation)
{
    struct rollout *rollout = operation->rollout;

    if (!ledger_is_same(operation->result, "done") || !rollout->revision || !operation->is_touched)
        return;
    rollout->bake_ms = bake_before(operation);
    if (rollout->bake_ms == 0 || !operation->record_before)
        return;
    if (strstr(operation->record_before, "\"watching\"")) {
        ledger_count(ledger, DEED_GOOD);
        check_reason(ledger, operation, "is called good");
    }
}

/* ---- less traffic ---- */

static const cJSON *find_version(const cJSON *list, const char *revision)
{
    const cJSON *found = NULL;

    JSON_EACH(item, list)
        if (ledger_is_same(json_find_string(item, "revision"), revision))
            found = item;
    return found;
}

static bool is_bad_version(const cJSON *target, const cJSON *version)
{
    const cJSON *bad = find_version(json_find(target, "bad"), json_find_string(version, "revision"));

    return bad && json_find_int(bad, "at_ms", 0) >= json_find_int(version, "at_ms", 0);
}

/* Back to what was left as bad: only if nothing older is good. */
static void check_goal(struct ledger *ledger, const struct known_operation *operation,
                       const struct known_effect *effect)
{
    const char *goal = effect->wanted_count == 1 ? effect->wanted[0].revision : NULL;
    const struct holder *holder = ledger_get_holder(ledger, operation->target);
    AUTO_JSON cJSON *target = NULL;
    const cJSON *good, *found;
    struct error ignored;

    if (!holder->record || !goal || !json_parse(str_of(holder->record), &target, &ignored))
        return;
    good = json_find(target, "good");
    found = find_version(good, goal);
    if (cJSON_GetArraySize(json_find(target, "bad")) > 0)
        ledger_count(ledger, DEED_ROLLBACK_AGAIN);
    if (!found && find_version(json_find(target, "bad"), goal))
        ledger_complain(ledger, "a rollback never returns to what was left as bad", "%s goes to %s", operation->id,
                        goal);
    if (!found || !is_bad_version(target, found) || operation->has_skipped)
        return;
    JSON_EACH(item, good) {
        if (item == found)
            break;
        if (!is_bad_version(target, item))
            ledger_complain(ledger, "a rollback never returns to what was left as bad", "%s goes to %s, and %s is good",
                            operation->id, goal, json_find_string(item, "revision"));
    }
}

static const struct version_of *find_version_of(const struct ledger *ledger, const char *revision)
{
    for (size_t i = 0; i < ledger->versions_count; i++)
        if (strcmp(ledger->versions[i].revision, revision) == 0)
            return &ledger->versions[i];
    return NULL;
}

/* `--from`: that version, or what that operation brought, is left; or nothing is done. To write the split that stands
 * once more moves nothing: it makes a late increase of what was aborted fail. */
static void check_expected(struct ledger *ledger, const struct known_operation *operation,
                           const struct known_effect *effect)
{
    bool is_unknown = false, is_left = false;

    if (run_split_equal(effect->expected, effect->expected_count, effect->wanted, effect->wanted_count))
        return;
    for (size_t i = 0; operation->expected && i < effect->expected_count; i++) {
        const struct version_of *version = find_version_of(ledger, effect->expected[i].revision);

        is_unknown = is_unknown || !version;
        is_left = is_left || (version && (ledger_is_same(version->version, operation->expected) ||
                                          ledger_is_same(version->operation, operation->expected)));
    }
    if (operation->expected && !is_unknown && !is_left)
        ledger_complain(ledger, "a click on a card that has changed changes nothing",
                        "%s was to leave `%s`, which has no traffic, and moves it all the same", operation->id,
                        operation->expected);
}

/* It was on its way when the rollback was asked for: made by a deploy that had not ended by then. */
static bool is_stopped_by(const struct ledger *ledger, const struct known_operation *rollback, const char *revision)
{
    const struct version_of *version = revision ? find_version_of(ledger, revision) : NULL;
    const struct known_operation *maker = version ? ledger_find_operation(ledger, version->operation) : NULL;

    return maker && maker != rollback && maker->begun_ms <= rollback->begun_ms &&
           (maker->ended_ms == 0 || maker->ended_ms >= rollback->begun_ms);
}

/* Whoever types `rollback` while a deploy without traffic is on its way means that deploy, and not what serves. */
static void check_kept(struct ledger *ledger, const struct known_operation *operation,
                       const struct known_effect *effect)
{
    const struct run_share *serves = effect->expected_count == 1 ? effect->expected : NULL;
    const struct holder *holder = ledger_get_holder(ledger, operation->target);
    AUTO_JSON cJSON *target = NULL;
    const cJSON *found;
    struct error ignored;

    if (!operation->only_stops || !serves || serves->percent != 100 || !holder->record ||
        !json_parse(str_of(holder->record), &target, &ignored))
        return;
    found = find_version(json_find(target, "good"), serves->revision);
    if (found && !is_bad_version(target, found) && !is_stopped_by(ledger, operation, serves->revision) &&
        ledger_percent(effect->wanted, effect->wanted_count, serves->revision) != 100)
        ledger_complain(ledger, "a rollback that stops what has no traffic leaves what serves",
                        "%s of %s takes the traffic from %s, which is good", effect->id, operation->id,
                        serves->revision);
}

static void check_return(struct ledger *ledger, const struct known_effect *effect)
{
    const struct known_operation *operation = ledger_find_operation(ledger, effect->operation);

    if (!operation || !ledger_is_same(operation->kind, "rollback"))
        return;
    check_goal(ledger, operation, effect);
    check_expected(ledger, operation, effect);
    check_kept(ledger, operation, effect);
}

static struct place *find_place(const struct ledger *ledger, const char *service)
{
    for (size_t i = 0; i < ledger->places_count; i++)
        if (ledger_is_same(ledger->places[i].service, service))
            return &ledger->places[i];
    return NULL;
}

/* What a rollback says is true: its goal serves, unless somebody has changed that just now. */
static void check_back(struct ledger *ledger, struct known_operation *operation)
{
    const struct place *place = find_place(ledger, operation->service);

    if (!operation->result || operation->has_told_end)
        return;
    operation->has_told_end = true;
    if (operation->only_stops && ledger_is_same(operation->result, "done"))
        ledger_count(ledger, DEED_ROLLBACK_STOPPED);
    if (ledger_is_same(operation->result, "done") && is_stopped_by(ledger, operation, operation->goal))
        ledger_complain(ledger, "what a rollback stops does not serve when it is done", "%s is done, and went to %s",
                        operation->id, operation->goal);
    if (ledger_is_same(operation->result, "done") && operation->goal && place &&
        place->at_ms + MINUTE_MS < ledger_now_ms(ledger) &&
        ledger_percent(place->shares, place->shares_count, operation->goal) != 100)
        ledger_complain(ledger, "what is said is true", "%s is done, and %s has not all traffic of %s", operation->id,
                        operation->goal ? operation->goal : "nothing", operation->service);
}

/* ---- the commit ---- */

/* All that is on its way to the target: there is something, and none of it was ever to have any traffic. */
static bool finds_no_traffic(const struct ledger *ledger, const struct known_operation *rollback)
{
    bool has_found = false;

    for (size_t i = 0; i < ledger->operations_count; i++) {
        const struct known_operation *other = ledger->operations[i];

        if (other == rollback || other->result || other->is_stuck || ledger_is_same(other->kind, "keep") ||
            !ledger_is_same(other->target, rollback->target))
            continue;
        if (!other->rollout || other->rollout->has_raised)
            return false;
        has_found = true;
    }
    return has_found;
}

static void count_rollback(struct ledger *ledger, struct known_operation *operation)
{
    const struct holder *holder = operation->target ? ledger_get_holder(ledger, operation->target) : NULL;
    const struct known_operation *other = holder ? ledger_find_operation(ledger, holder->operation) : NULL;

    operation->only_stops = !operation->expected && finds_no_traffic(ledger, operation);
    ledger_count(ledger, DEED_ROLLBACK);
    if (other && other != operation && other->rollout && other->rollout->first_effect_ms > 0)
        ledger_count(ledger, DEED_ROLLBACK_OF_ROLLOUT);
}

void rollouts_commit(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->recorded_count; i++) {
        const struct known_effect *effect = ledger->recorded[i];

        if (effect->row && effect->row->is_increase)
            check_increase(ledger, effect);
        if (effect->row && effect->row->is_decrease)
            check_return(ledger, effect);
    }
    for (size_t i = 0; i < ledger->touched_count; i++) {
        struct known_operation *operation = ledger->touched[i];

        if (operation->rollout)
            check_good(ledger, operation);
        else if (ledger_is_same(operation->kind, "rollback") && !operation->record_before)
            count_rollback(ledger, operation);
        if (ledger_is_same(operation->kind, "rollback"))
            check_back(ledger, operation);
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
    if (!effect->row || !effect->row->is_increase)
        return;
    check_superseded(ledger, call, effect);
    if (is_new && operation && operation->rollout && operation->rollout->is_paused)
        ledger_complain(ledger, "a paused rollout takes no step", "%s is tried while %s is paused", effect->id,
                        operation->id);
}

/* ---- what moves ---- */

static void keep_split(struct ledger *ledger, const struct world_change *change, bool is_foreign)
{
    struct place *place = find_place(ledger, change->place);

    if (!place)
        place = ARENA_PUSH(ledger->arena, ledger->places, ledger->places_count);
    *place = (struct place){ .service = arena_strdup(ledger->arena, change->place),
                             .is_foreign = is_foreign,
                             .at_ms = ledger_now_ms(ledger) };
    for (size_t i = 0; i < change->after_count; i++)
        *ARENA_PUSH(ledger->arena, place->shares, place->shares_count) =
            (struct run_share){ .revision = arena_strdup(ledger->arena, change->after[i].revision),
                                .percent = change->after[i].percent };
}

void rollouts_foreign(void *ctx, const struct world_change *change)
{
    struct ledger *ledger = ctx;

    keep_split(ledger, change, true);
    for (size_t i = 0; i < ledger->operations_count; i++)
        if (ledger->operations[i]->rollout && ledger_is_same(ledger->operations[i]->rollout->place, change->place))
            ledger->operations[i]->rollout->met_others = true;
    story_tell(ledger->options.story, "world", "somebody else moves the traffic of %s to %s %" PRId64 " %%",
               change->place, change->after[0].revision, change->after[0].percent);
}

/* An increase that came late, after a rollback took the target and was done with it. */
static void check_taken_back(struct ledger *ledger, const struct known_operation *operation,
                             const struct known_effect *effect)
{
    for (size_t i = 0; i < ledger->operations_count && effect->row && effect->row->is_increase; i++) {
        const struct known_operation *other = ledger->operations[i];

        if (ledger_is_same(other->kind, "rollback") && ledger_is_same(other->target, operation->target) &&
            ledger_is_same(other->result, "done") && other->begun_ms >= effect->recorded_ms)
            ledger_complain(ledger, "what a rollback left does not come back by itself",
                            "%s of %s moves traffic, after %s was done", effect->id, operation->id, other->id);
    }
}

/* A revision that the rollout neither made nor found. */
static bool has_stranger(const struct rollout *rollout, const struct place *place)
{
    for (size_t i = 0; i < place->shares_count; i++)
        if (place->shares[i].percent > 0 && !ledger_is_same(place->shares[i].revision, rollout->revision) &&
            ledger_percent(rollout->before, rollout->before_count, place->shares[i].revision) == 0)
            return true;
    return false;
}

void rollouts_moved(struct ledger *ledger, const struct known_effect *effect, const struct world_change *change)
{
    const struct known_operation *operation = ledger_find_operation(ledger, effect->operation);
    struct rollout *rollout = operation ? operation->rollout : NULL;
    const struct place *place = find_place(ledger, change->place);

    if (operation && ledger_is_same(operation->kind, "rollback"))
        ledger_count(ledger, DEED_ROLLBACK_MOVED);
    if (rollout) {
        rollout->moved_ms = ledger_now_ms(ledger);
        if (place && place->is_foreign && place->at_ms > rollout->first_effect_ms && has_stranger(rollout, place))
            ledger_complain(ledger, "somebody else's split is never overwritten by a rollout", "%s of %s moved %s",
                            effect->id, operation->id, change->place);
        check_taken_back(ledger, operation, effect);
    }
    keep_split(ledger, change, false);
}

void rollouts_moved_alone(struct ledger *ledger, struct known_operation *operation, const struct world_change *change)
{
    const struct place *place = find_place(ledger, change->place);
    struct rollout *rollout = operation->rollout;

    rollout->moved_ms = ledger_now_ms(ledger);
    if (place && place->is_foreign && place->at_ms > rollout->first_effect_ms && has_stranger(rollout, place))
        ledger_complain(ledger, "somebody else's split is never overwritten by a rollout",
                        "%s moved %s without the store", operation->id, change->place);
    keep_split(ledger, change, false);
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
    for (size_t i = 0; i < ledger->effects_count; i++) {
        const struct known_effect *effect = ledger->effects[i];

        if (effect->dropped_ms < 0 && effect->row && effect->row->is_decrease &&
            calm_since(ledger, effect->recorded_ms) > DECREASE_MAX_MS)
            ledger_complain(ledger, "decreases are never blocked", "%s has not come through for minutes", effect->id);
    }
    for (size_t i = 0; i < ledger->operations_count; i++) {
        const struct known_operation *operation = ledger->operations[i];

        if (ledger_is_same(operation->kind, "rollback") && !operation->result &&
            calm_since(ledger, operation->begun_ms) > ROLLBACK_MAX_MS)
            ledger_complain(ledger, "decreases are never blocked", "%s has not come to its end for minutes",
                            operation->id);
    }
}
