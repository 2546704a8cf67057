/* ledger_programs.c - what must hold of programs, and of workflows' runs, that carry a deploy out: each is started
 * once, for an operation that is under way; a second one only where the configuration says so, when nobody knows how
 * the first ended; and an operation says of its program what that program did.
 */
#include "tests/simulation/ledger_internal.h"

#include <string.h>

void programs_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *body)
{
    if (!operation->worker)
        operation->worker = ARENA_NEW(ledger->arena, struct worker);
    operation->worker->is_workflow = json_find(body, "workflow") != NULL;
    operation->worker->may_repeat = json_find_bool(body, "program.repeats", false);
    operation->worker->is_way_back = json_find_bool(body, "is_way_back", false);
}

static struct program_seen *find_run(const struct ledger *ledger, const char *run)
{
    for (size_t i = ledger->programs_count; i > 0; i--)
        if (ledger_is_same(ledger->programs[i - 1].run, run))
            return &ledger->programs[i - 1];
    return NULL;
}

const struct program_seen *programs_find(const struct ledger *ledger, const char *run)
{
    return run ? find_run(ledger, run) : NULL;
}

bool programs_run(const struct ledger *ledger, const struct known_operation *operation)
{
    const struct program_seen *seen = operation->worker->run ? find_run(ledger, operation->worker->run) : NULL;

    return seen && !seen->has_ended;
}

static bool says(const struct known_operation *operation, const char *words)
{
    return operation->summary && strstr(operation->summary, words);
}

/* A run's end that nobody can tell is said so. */
static bool is_unknown(const struct known_operation *operation)
{
    return says(operation, "ended is not known") || says(operation, "Nothing can tell") ||
           says(operation, "nothing can tell") || says(operation, "cannot be followed") ||
           says(operation, "did not end within") || says(operation, "may be the run that was asked for");
}

static void count(struct ledger *ledger, const struct known_operation *operation, enum deed program, enum deed workflow)
{
    ledger_count(ledger, operation->worker->is_workflow ? workflow : program);
}

static void begin_run(struct ledger *ledger, const char *run)
{
    const struct known_effect *effect = ledger_find_effect(ledger, run);
    struct known_operation *operation = effect ? ledger_find_operation(ledger, effect->operation) : NULL;
    struct worker *worker = operation ? operation->worker : NULL;
    const struct program_seen *before = worker && worker->run ? find_run(ledger, worker->run) : NULL;

    if (find_run(ledger, run))
        ledger_complain(ledger, "a program is started once for one effect", "%s runs twice", effect ? effect->id : run);
    *ARENA_PUSH(ledger->arena, ledger->programs, ledger->programs_count) = (struct program_seen){
        .run = arena_strdup(ledger->arena, run), .operation = operation, .begun_ms = ledger_now_ms(ledger)
    };
    if (operation && operation->procedure)
        runbooks_started(ledger, operation, ledger->programs[ledger->programs_count - 1].run);
    if (!worker)
        return;
    if (before && !before->has_ended && ledger->unsure_ms < before->begun_ms) /* else its limit may seem to be over */
        ledger_complain(ledger, "a program does not run twice at once", "%s starts %s, and %s runs", operation->id, run,
                        before->run);
    count(ledger, operation, DEED_PROGRAM, DEED_WORKFLOW);
    worker->run = ledger->programs[ledger->programs_count - 1].run;
    if (++worker->runs > (worker->may_repeat ? 2 : 1))
        ledger_complain(ledger, "a program is not started again unless that was asked for", "%s starts its %d.",
                        operation->id, worker->runs);
    if (worker->runs > 1)
        ledger_count(ledger, DEED_PROGRAM_REPEATED);
    if (operation->result && !is_unknown(operation)) /* a dispatch that was out may arrive late: that was said */
        ledger_complain(ledger, "nothing is started for what has ended", "%s has ended, and its program starts",
                        operation->id);
}

void programs_seen(void *ctx, const struct world_program *program)
{
    struct ledger *ledger = ctx;
    struct program_seen *seen;

    story_tell(ledger->options.story, "world", "program %s on %s %s", program->run, program->machine,
               !program->has_ended ? "starts"
               : program->is_good  ? "ends well"
                                   : "ends");
    if (ledger->is_store_lost)
        return;
    if (!program->has_ended) {
        begin_run(ledger, program->run);
        return;
    }
    seen = find_run(ledger, program->run);
    if (seen) {
        seen->has_ended = true;
        seen->is_good = program->is_good;
    }
}

void programs_effect(struct ledger *ledger, const struct known_effect *effect)
{
    struct known_operation *operation = ledger_find_operation(ledger, effect->operation);

    if (operation && operation->worker &&
        (strcmp(effect->kind, EFFECT_PROGRAM_STOP) == 0 || strcmp(effect->kind, EFFECT_CANCEL_RUN) == 0))
        operation->worker->is_stop_sent = true;
}

/* ---- its end ---- */

static void check_done(struct ledger *ledger, const struct known_operation *operation, const struct program_seen *run)
{
    if (operation->worker->is_way_back)
        count(ledger, operation, DEED_PROGRAM_BACK, DEED_WORKFLOW_BACK);
    else
        count(ledger, operation, DEED_PROGRAM_DONE, DEED_WORKFLOW_DONE);
    if (!run || !run->has_ended || !run->is_good)
        ledger_complain(ledger, "what is said is true", "%s is done, and its program %s", operation->id,
                        !run             ? "never ran"
                        : run->has_ended ? "did not end well"
                                         : "runs");
}

static void check_not_done(struct ledger *ledger, const struct known_operation *operation,
                           const struct program_seen *run)
{
    const char *summary = operation->summary ? operation->summary : "-";
    bool is_aborted = ledger_is_same(operation->result, "aborted");

    if (is_unknown(operation))
        count(ledger, operation, DEED_PROGRAM_UNKNOWN, DEED_WORKFLOW_UNKNOWN);
    if (!run)
        return;
    if (says(operation, "Nothing was started") || says(operation, "Nothing was changed") ||
        (says(operation, "was not dispatched") && !is_unknown(operation)))
        ledger_complain(ledger, "what is said is true", "%s says \"%s\", and %s ran", operation->id, summary, run->run);
    if (is_unknown(operation))
        return;
    if (is_aborted)
        count(ledger, operation, DEED_PROGRAM_ABORTED, DEED_WORKFLOW_ABORTED);
    else
        count(ledger, operation, DEED_PROGRAM_FAILED, DEED_WORKFLOW_FAILED);
    if (!run->has_ended)
        ledger_complain(ledger, "an operation does not end before its program", "%s ends as \"%s\", and %s runs",
                        operation->id, summary, run->run);
    if (is_aborted && !operation->worker->is_stop_sent)
        ledger_complain(ledger, "an aborted program is stopped", "%s is aborted, and nothing told %s to stop",
                        operation->id, run->run);
    if (run->is_good && !is_aborted)
        ledger_complain(ledger, "what is said is true", "%s failed with \"%s\", and its program ended well",
                        operation->id, summary);
}

void programs_commit(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->touched_count; i++) {
        struct known_operation *operation = ledger->touched[i];

        if (!operation->worker || !operation->result || operation->ended_ms || operation->is_stuck)
            continue;
        if (ledger_is_same(operation->result, "done"))
            check_done(ledger, operation, find_run(ledger, operation->worker->run));
        else
            check_not_done(ledger, operation, find_run(ledger, operation->worker->run));
    }
}
