/* ledger_runbooks.c - what must hold of procedures: a program of one is started for the step that is at work, and again
 * only as its step says or a person does; a step that is over stays so; and a run says of its steps what became of
 * them.
 */
#include "tests/simulation/ledger_internal.h"

#include "handlers/runbook/body.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define REPEATS_MAX 3 /* times a program is run, where nobody has to be asked */

struct step {
    int kind, mark;        /* enum run_kind, enum run_mark */
    bool repeats, is_said; /* said: a person took it as done */
    int starts, asked;     /* asked: so often a person wanted it once more */
    const char *run;       /* its last program: the outside id of its effect */
    const char *child;     /* what its request began */
};
struct procedure {
    struct step *steps;
    size_t steps_count, at;
    const char *again_of; /* it goes on where that one failed; or NULL */
    bool is_doubted, has_ended;
    int64_t moved_ms; /* when it came to another step, or to ask about this one */
    int noted; /* by the commit that is being written: a program is to run once more */
};

static const struct {
    const char *result;
    enum deed deed;
} ends[] = {
    { "done", DEED_RUNBOOK_DONE },
    { "failed", DEED_RUNBOOK_FAILED },
    { "aborted", DEED_RUNBOOK_ABORTED },
};

/* ---- what is read ---- */

static int read_name(const cJSON *json, const char *key, const char *const *names)
{
    const char *name = json_find_string(json, key);
    int found = 0;

    for (int i = 0; name && names[i]; i++)
        found = strcmp(names[i], name) == 0 ? i : found;
    return found;
}

static bool is_over(int mark)
{
    return mark == RUN_DONE || mark == RUN_FAILED || mark == RUN_SKIPPED;
}

static void read_step(struct ledger *ledger, const struct known_operation *operation, size_t at, const cJSON *json)
{
    struct step *step = &operation->procedure->steps[at];
    int mark = read_name(json, "mark", run_mark_names);
    const char *child = json_find_string(json, "child");

    if (is_over(step->mark) && mark != step->mark)
        ledger_complain(ledger, "a step that is over stays so", "step %zu of %s was %s and is %s", at + 1,
                        operation->id, run_mark_names[step->mark], run_mark_names[mark]);
    step->kind = read_name(json, "kind", run_kind_names);
    step->mark = mark;
    step->repeats = json_find_bool(json, "repeats", false);
    step->is_said = json_find_string(json, "by") != NULL;
    if (child && !ledger_is_same(child, step->child))
        step->child = arena_strdup(ledger->arena, child);
}

void runbooks_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json)
{
    const cJSON *steps = json_find(json, "body.steps");
    struct procedure *procedure = operation->procedure;
    bool is_doubted = ledger_is_same(json_find_string(json, "state"), "doubting");
    size_t at = 0;

    if (!ledger_is_same(operation->kind, "runbook"))
        return;
    if (!procedure) {
        procedure = operation->procedure = ARENA_NEW(ledger->arena, struct procedure);
        procedure->steps_count = (size_t)cJSON_GetArraySize(steps);
        procedure->steps = arena_alloc(ledger->arena, procedure->steps_count * sizeof(*procedure->steps));
        memset(procedure->steps, 0, procedure->steps_count * sizeof(*procedure->steps));
        procedure->again_of = arena_strdup(ledger->arena, json_find_string(json, "body.again_of"));
        ledger_count(ledger, DEED_RUNBOOK);
    }
    if (is_doubted && !procedure->is_doubted)
        ledger_count(ledger, DEED_RUNBOOK_ASKED);
    if (is_doubted != procedure->is_doubted || procedure->at != (size_t)json_find_int(json, "body.at", 0))
        procedure->moved_ms = ledger_now_ms(ledger);
    procedure->is_doubted = is_doubted;
    procedure->at = (size_t)json_find_int(json, "body.at", 0);
    JSON_EACH(step, steps)
        read_step(ledger, operation, at++, step);
}

/* ---- a program starts ---- */

static int starts_max(const struct step *step)
{
    return (step->repeats ? REPEATS_MAX : 1) + step->asked;
}

void runbooks_started(struct ledger *ledger, struct known_operation *operation, const char *run)
{
    struct procedure *procedure = operation->procedure;
    struct step *step = procedure->at < procedure->steps_count ? &procedure->steps[procedure->at] : NULL;
    const struct program_seen *before = step ? programs_find(ledger, step->run) : NULL;

    if (!step || operation->result || (step->kind != RUN_PROGRAM && step->kind != RUN_CHECK)) {
        ledger_complain(ledger, "a program is started for the step that is at work", "%s starts %s, and %s",
                        operation->id, run, operation->result ? "has ended" : "is at no such step");
        return;
    }
    /* A check changes nothing, and one on another machine is not waited for; else, in doubt, its limit may seem over.
     */
    if (step->kind == RUN_PROGRAM && before && !before->has_ended && ledger->unsure_ms < before->begun_ms)
        ledger_complain(ledger, "a program does not run twice at once", "%s starts %s, and %s runs", operation->id, run,
                        before->run);
    step->run = run;
    step->starts++;
    if (step->kind == RUN_PROGRAM && step->starts > starts_max(step))
        ledger_complain(ledger, "a program of a procedure is started again only as its step says, or a person does",
                        "step %zu of %s starts its %d., and %d times a person wanted that", procedure->at + 1,
                        operation->id, step->starts, step->asked);
    if (step->kind == RUN_PROGRAM && step->starts > 1)
        ledger_count(ledger, step->repeats ? DEED_RUNBOOK_REPEATED : DEED_RUNBOOK_RETRIED);
}

/* ---- a person wants it once more ---- */

void runbooks_entry(struct ledger *ledger, const char *kind, const cJSON *core)
{
    const struct known_operation *operation = strcmp(kind, "runbook.step_repeated") == 0
                                                  ? ledger_find_operation(ledger, json_find_string(core, "operation"))
                                                  : NULL;

    if (operation && operation->procedure)
        operation->procedure->noted++;
}

static void take_retries(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->accepted_count; i++) {
        const struct accepted *accepted = &ledger->accepted[i];
        struct procedure *procedure = accepted->operation ? accepted->operation->procedure : NULL;

        if (!procedure || procedure->noted == 0 || !ledger_is_same(accepted->verb, "retry") ||
            procedure->at >= procedure->steps_count)
            continue;
        procedure->noted--;
        procedure->steps[procedure->at].asked++;
    }
}

/* By the commit that is being written: what was timed for the step before is let go, and may be set for this one. */
bool runbooks_moved(const struct ledger *ledger, const char *timer)
{
    struct str rest = str_of(timer), id = str_take_until(&rest, '/');
    char text[64];
    const struct known_operation *operation;

    snprintf(text, sizeof(text), STR_FMT, STR_ARG(id));
    operation = ledger_find_operation(ledger, text);
    return operation && operation->procedure && operation->procedure->moved_ms == ledger_now_ms(ledger);
}

/* ---- its end ---- */

/* By the run that it goes on from. */
static bool was_done(const struct ledger *ledger, const struct procedure *procedure, size_t at)
{
    const struct known_operation *before = ledger_find_operation(ledger, procedure->again_of);

    return before && before->procedure && at < before->procedure->steps_count &&
           before->procedure->steps[at].mark == RUN_DONE;
}

/* It is done, and so it was. */
static bool is_true(const struct ledger *ledger, const struct step *step)
{
    const struct program_seen *run = programs_find(ledger, step->run);
    const struct known_operation *child = ledger_find_operation(ledger, step->child);

    switch ((enum run_kind)step->kind) {
    case RUN_PROGRAM:
    case RUN_CHECK:
        return step->is_said || (run && run->is_good);
    case RUN_VERB:
        return child && ledger_is_same(child->result, "done");
    case RUN_MANUAL:
        return step->is_said;
    case RUN_WAIT:
        break;
    }
    return true;
}

static void check_done(struct ledger *ledger, const struct known_operation *operation)
{
    for (size_t i = 0; i < operation->procedure->steps_count; i++) {
        const struct step *step = &operation->procedure->steps[i];

        if (step->mark != RUN_SKIPPED && !was_done(ledger, operation->procedure, i) &&
            (step->mark != RUN_DONE || !is_true(ledger, step)))
            ledger_complain(ledger, "what is said is true", "%s is done, and its step %zu is %s", operation->id, i + 1,
                            step->mark == RUN_DONE ? "not" : run_mark_names[step->mark]);
        if (step->kind == RUN_VERB)
            ledger_count(ledger, DEED_RUNBOOK_REQUEST);
    }
}

static void check_not_done(struct ledger *ledger, const struct known_operation *operation)
{
    bool is_unknown = operation->summary && (strstr(operation->summary, "ended is not known") ||
                                             strstr(operation->summary, "was started on another machine"));

    for (size_t i = 0; i < operation->procedure->steps_count; i++) {
        const struct program_seen *run = programs_find(ledger, operation->procedure->steps[i].run);

        if (run && !run->has_ended && !is_unknown)
            ledger_complain(ledger, "an operation does not end before its program", "%s ends as \"%s\", and %s runs",
                            operation->id, operation->summary ? operation->summary : "-", run->run);
    }
}

static void check_end(struct ledger *ledger, const struct known_operation *operation)
{
    for (size_t k = 0; k < ARRAY_LEN(ends); k++)
        if (ledger_is_same(operation->result, ends[k].result))
            ledger_count(ledger, ends[k].deed);
    if (ledger_is_same(operation->result, "done"))
        check_done(ledger, operation);
    else
        check_not_done(ledger, operation);
}

void runbooks_commit(struct ledger *ledger)
{
    take_retries(ledger);
    for (size_t i = 0; i < ledger->touched_count; i++) {
        struct procedure *procedure = ledger->touched[i]->procedure;

        if (!procedure)
            continue;
        procedure->noted = 0;
        if (procedure->has_ended || !ledger->touched[i]->result || ledger->touched[i]->is_stuck)
            continue;
        procedure->has_ended = true;
        check_end(ledger, ledger->touched[i]);
    }
}
