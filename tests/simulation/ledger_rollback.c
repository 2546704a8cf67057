/* ledger_rollback.c - the way back: to what is good, from what was meant, and with nothing that comes after it.
 */
#include "tests/simulation/ledger_internal.h"

#include "bot/base/time.h"

#include <string.h>

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

void rollbacks_check_return(struct ledger *ledger, const struct known_effect *effect)
{
    const struct known_operation *operation = ledger_find_operation(ledger, effect->operation);

    if (!operation || !ledger_is_same(operation->kind, "rollback"))
        return;
    check_goal(ledger, operation, effect);
    check_expected(ledger, operation, effect);
    check_kept(ledger, operation, effect);
}

/* What a rollback says is true: its goal serves, unless somebody has changed that just now. */
void rollbacks_check_end(struct ledger *ledger, struct known_operation *operation)
{
    const struct place *place = traffic_find_place(ledger, operation->service);

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

void rollbacks_begun(struct ledger *ledger, struct known_operation *operation)
{
    const struct holder *holder = operation->target ? ledger_get_holder(ledger, operation->target) : NULL;
    const struct known_operation *other = holder ? ledger_find_operation(ledger, holder->operation) : NULL;

    operation->only_stops = !operation->expected && finds_no_traffic(ledger, operation);
    ledger_count(ledger, DEED_ROLLBACK);
    if (other && other != operation && other->rollout && other->rollout->first_effect_ms > 0)
        ledger_count(ledger, DEED_ROLLBACK_OF_ROLLOUT);
}
