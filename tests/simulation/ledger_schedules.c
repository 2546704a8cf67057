/* ledger_schedules.c - procedures that are run by themselves: each due time begins one run at most, none is lost, and
 * what a schedule says of its runs is true.
 *
 * The one that is configured is due each minute, and `overlap: skip`, `missed: once`: so the journal tells of each of
 * them, by itself or as one of several that were due meanwhile; also when the date was set, for what was due already is
 * not due again.
 */
#include "tests/simulation/ledger_internal.h"

#include "bot/base/time.h"
#include "handlers/schedule/schedule.h"

#include <inttypes.h>
#include <string.h>

#define LATE_MAX_MS (110 * SECOND_MS) /* of calm, from one due time to the next */

struct due_seen {
    const char *due;
    int64_t at_ms, seen_ms;   /* by its date; virtual */
    bool has_begun, is_ended; /* a run of it; or it never comes to one */
};

static struct due_seen *find(const struct ledger *ledger, const char *due)
{
    for (size_t i = ledger->dues_count; due && i > 0; i--)
        if (strcmp(ledger->dues[i - 1].due, due) == 0)
            return &ledger->dues[i - 1];
    return NULL;
}

/* Nobody has set the date since the one before was used. */
static bool is_date_steady(const struct ledger *ledger, const struct due_seen *before)
{
    return ledger->jumped_ms < before->seen_ms;
}

static void use(struct ledger *ledger, const char *due, int64_t passed, bool is_run)
{
    const struct due_seen *before = ledger->dues_count > 0 ? &ledger->dues[ledger->dues_count - 1] : NULL;
    struct error ignored;
    int64_t at_ms;

    if (!due || !time_parse(str_of(due), &at_ms, &ignored)) {
        ledger_complain(ledger, "a schedule says when it was due", "%s", due ? due : "nothing");
        return;
    }
    if (find(ledger, due))
        ledger_complain(ledger, "each due time of a schedule is used once", "%s is, again", due);
    if (before && !ledger->is_unplanned && at_ms - before->at_ms != passed * MINUTE_MS)
        ledger_complain(ledger, "no due time of a schedule is lost", "%s stands for %" PRId64 " of them, after %s", due,
                        passed, before->due);
    ledger->is_unplanned = false;
    *ARENA_PUSH(ledger->arena, ledger->dues, ledger->dues_count) = (struct due_seen){
        .due = arena_strdup(ledger->arena, due), .at_ms = at_ms, .seen_ms = ledger_now_ms(ledger), .is_ended = !is_run
    };
    ledger_count(ledger, is_run ? DEED_SCHEDULED : DEED_SCHEDULE_SKIPPED);
}

static void end(struct ledger *ledger, const char *due, const char *id, const char *result)
{
    struct due_seen *seen = find(ledger, due);
    const struct known_operation *operation = ledger_find_operation(ledger, id);

    if (!seen || seen->is_ended) {
        ledger_complain(ledger, "a run of a schedule ends once", "that of %s is %s", due ? due : "-", result);
        return;
    }
    seen->is_ended = true;
    if (operation && !ledger_is_same(operation->result, result))
        ledger_complain(ledger, "what is said is true", "%s of %s is %s, and its schedule says %s", id, due,
                        operation->result ? operation->result : "at work", result);
}

void schedules_entry(struct ledger *ledger, const char *kind, const cJSON *core)
{
    const char *due = json_find_string(core, "body.due"), *result = json_find_string(core, "body.result");
    int64_t passed = json_find_int(core, "body.passed", 0);

    if (strcmp(kind, "schedule.planned") == 0)
        ledger->is_unplanned = true; /* its times are reckoned anew */
    else if (strcmp(kind, "schedule.due") == 0)
        use(ledger, due, passed, true);
    else if (strcmp(kind, "schedule.ended") == 0 &&
             (ledger_is_same(result, "skipped") || ledger_is_same(result, "missed")))
        use(ledger, due, passed, false);
    else if (strcmp(kind, "schedule.ended") == 0)
        end(ledger, due, json_find_string(core, "body.operation"), result ? result : "-");
}

/* "tidy@2026-05-28T20:31:00.000Z" */
void schedules_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json)
{
    const char *name = json_find_string(json, "parent_name"), *at = name ? strchr(name, '@') : NULL;
    struct due_seen *seen;

    if (operation->is_scheduled || !ledger_is_same(operation->kind, "runbook") ||
        !ledger_is_same(json_find_string(json, "source"), SCHEDULE_SYSTEM))
        return;
    operation->is_scheduled = true;
    seen = at ? find(ledger, at + 1) : NULL;
    if (!seen || seen->has_begun)
        ledger_complain(ledger, "each due time of a schedule begins one run at most", "%s is %s of %s", operation->id,
                        seen ? "another run" : "a run", name ? name : "nothing");
    else
        seen->has_begun = true;
}

void ledger_check_schedules(struct ledger *ledger)
{
    const struct due_seen *last = ledger->dues_count > 0 ? &ledger->dues[ledger->dues_count - 1] : NULL;

    if (last && !ledger->is_store_lost && is_date_steady(ledger, last) &&
        ledger_now_ms(ledger) - (last->seen_ms > ledger->calm_ms ? last->seen_ms : ledger->calm_ms) > LATE_MAX_MS)
        ledger_complain(ledger, "no due time of a schedule is lost", "nothing was due since %s", last->due);
}

void schedules_check_end(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->dues_count; i++)
        if (!ledger->dues[i].has_begun && !ledger->dues[i].is_ended)
            ledger_complain(ledger, "no due time of a schedule is lost", "%s was asked for, and nothing came of it",
                            ledger->dues[i].due);
}
