/* ledger_increase.c - traffic only ever grows for a reason.
 *
 * A reason is what the metrics source really told, watched for as long as the step asks, or a person's word in the
 * journal. The judge's verdict is none: it may be wrong.
 */
#include "tests/simulation/ledger_internal.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

static bool was_watched(const struct ledger *ledger, const struct rollout *rollout)
{
    int64_t short_of_ms = rollout->bake_ms / 5 + SECOND_MS; /* answers and commits take their time */

    return (rollout->hidden_ms && rollout->hidden_ms >= rollout->run_ms) ||
           ledger_now_ms(ledger) - rollout->run_ms >= rollout->bake_ms - short_of_ms;
}

/* Of what the rollout found with most of the traffic; NULL: it found nothing. */
static const struct evidence *evidence_before(struct ledger *ledger, const struct rollout *rollout)
{
    const struct run_share *most = rollout->before;

    for (size_t i = 1; i < rollout->before_count; i++)
        most = rollout->before[i].percent > most->percent ? &rollout->before[i] : most;
    return rollout->before_count > 0 && most->revision ? evidence_of(ledger, most->revision) : NULL;
}

/* What a step needs before the next: a good answer about it, so long a look at it; or a person's word. */
static void check_reason(struct ledger *ledger, const struct known_operation *operation, const char *what)
{
    struct rollout *rollout = operation->rollout;
    const struct evidence *evidence = evidence_of(ledger, rollout->revision);
    /* what was counted before the step was seen to stand is of another split, in part at least */
    int64_t known_ms = evidence_known_ms(evidence, rollout, rollout->verified_ms);

    if (rollout->promoted_ms > rollout->moved_ms) {
        ledger_count(ledger, DEED_RAISED_BY_PERSON);
        return;
    }
    if (rollout->is_judged && evidence_is_bad(evidence, rollout, rollout->moved_ms))
        ledger_complain(ledger, "traffic is never above the step last judged safe",
                        "%s %s, while the metrics source tells of too many failed or slow requests at this step",
                        operation->id, what);
    if (rollout->passed_ms > rollout->moved_ms)
        return; /* it was not let go then: what spoke for it is still true */
    if (rollout->is_judged &&
        evidence_has_just_broken(evidence, evidence_before(ledger, rollout), rollout, rollout->verified_ms))
        ledger_complain(ledger, "traffic is never above the step last judged safe",
                        "%s %s, and the last that was told of %s looks broken", operation->id, what, rollout->revision);
    if (rollout->is_judged && known_ms < rollout->bake_ms)
        ledger_complain(ledger, "traffic is never above the step last judged safe",
                        "%s %s, and of %s at this step %" PRId64 " ms of %" PRId64 " are known", operation->id, what,
                        rollout->revision, known_ms, rollout->bake_ms);
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

/* It left what is irreversible where it was, and since then a person has asked for more of that. */
static bool is_left_to_people(const struct rollout *rollout, const struct known_operation *rollback)
{
    return rollout && rollout->stayed_ms >= rollback->begun_ms && rollout->urged_ms > rollout->stayed_ms &&
           !ledger_is_same(rollback->result, "done");
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
            asked_ms(ledger, other) > asked_ms(ledger, operation) && !is_left_to_people(operation->rollout, other))
            ledger_complain(ledger, "what was asked for before a rollback raises nothing after it",
                            "%s of %s raises traffic, and %s was asked for later", effect->id, operation->id,
                            other->id);
    }
}

void increases_check(struct ledger *ledger, const struct known_effect *effect)
{
    struct known_operation *operation = ledger_find_operation(ledger, effect->operation);
    struct rollout *rollout = operation ? operation->rollout : NULL;
    int64_t from, to;

    if (!rollout || !rollout->revision)
        return;
    from = ledger_percent(effect->expected, effect->expected_count, rollout->revision);
    to = ledger_percent(effect->wanted, effect->wanted_count, rollout->revision);
    check_not_outlived(ledger, operation, effect);
    holds_check_consent(ledger, operation, effect);
    if (rollout->is_paused)
        ledger_complain(ledger, "a paused rollout takes no step", "%s is paused, and %s raises it to %" PRId64 " %%",
                        operation->id, effect->id, to);
    if (from == 0 && to > 0)
        releases_raised(ledger, operation, effect);
    if (from == 0 || to <= from)
        return;
    rollout->bake_ms = bake_before(operation);
    if (rollout->bake_ms > 0)
        check_reason(ledger, operation, arena_printf(ledger->arena, "goes on to %" PRId64 " %%", to));
}

/* A version that was watched is called good. */
void increases_check_good(struct ledger *ledger, struct known_operation *operation)
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
