/* ledger_failovers.c - databases whose primary moves: the one that was named, once, for nobody sends such a call again
 * who does not know what became of it; and what is told of it is true.
 */
#include "tests/simulation/ledger_internal.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

struct failing_over {  /* an operation's */
    const char *moves; /* the instance that is to move; NULL: not judged yet */
    int sends, agains; /* its records of the call; a person had it sent once more */
    int taken;         /* by Google */
    int64_t idle_ms;   /* the last of those ended badly, or somebody else has moved it since; 0: neither */
    bool has_ended;
};
struct moved { /* an instance's primary, the last time */
    const char *instance;
    int64_t at_ms;
};

static struct moved *find_moved(struct ledger *ledger, const char *instance)
{
    struct moved *moved;

    for (size_t i = 0; i < ledger->moved_count; i++)
        if (ledger_is_same(ledger->moved[i].instance, instance))
            return &ledger->moved[i];
    moved = ARENA_PUSH(ledger->arena, ledger->moved, ledger->moved_count);
    *moved = (struct moved){ arena_strdup(ledger->arena, instance), -1 };
    return moved;
}

void failovers_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json)
{
    const char *method = json_find_string(json, "body.method");

    if (!ledger_is_same(operation->kind, "failover"))
        return;
    if (!operation->failing_over)
        operation->failing_over = ARENA_NEW(ledger->arena, struct failing_over);
    if (method)
        operation->failing_over->moves = arena_strdup(
            ledger->arena, json_find_string(json, ledger_is_same(method, "promotion") ? "body.plan.place.replica"
                                                                                      : "body.plan.place.instance"));
}

void failovers_effect(struct ledger *ledger, const struct known_effect *effect)
{
    struct known_operation *operation = ledger_find_operation(ledger, effect->operation);

    if (strcmp(effect->kind, EFFECT_FAILOVER) == 0 && operation && operation->failing_over)
        operation->failing_over->sends++;
}

void failovers_entry(struct ledger *ledger, const char *kind, const cJSON *core)
{
    struct known_operation *operation = ledger_find_operation(ledger, json_find_string(core, "operation"));

    if (!operation || !operation->failing_over)
        return;
    if (ledger_is_same(kind, "failover.in_doubt"))
        ledger_count(ledger, DEED_FAILOVER_DOUBTED);
    if (ledger_is_same(kind, "failover.found"))
        ledger_count(ledger, DEED_FAILOVER_FOUND);
    if (!ledger_is_same(kind, "failover.again"))
        return;
    operation->failing_over->agains++;
    ledger_count(ledger, DEED_FAILOVER_AGAIN);
}

/* ---- outside ---- */

static bool says_nothing(const struct known_operation *operation)
{
    return operation->summary && strstr(operation->summary, "Nothing was changed.");
}

/* "U0ALICE failover ledger --confirm ledger": the name was typed twice. */
static bool names(const struct ledger *ledger, const struct known_operation *operation)
{
    const struct input *input = ledger_find_input(ledger, operation->request_id);
    struct str rest = str_of(input && input->line ? input->line : ""), word;
    int times = 0;

    while (!str_is_empty(word = str_take_word(&rest)))
        times += operation->target && str_is(word, operation->target) ? 1 : 0;
    return times == 2;
}

static void taken(struct ledger *ledger, const struct world_work *work)
{
    struct known_effect *effect = ledger_find_effect(ledger, work->log->sender.effect);
    struct known_operation *operation = effect ? ledger_find_operation(ledger, effect->operation) : NULL;
    struct failing_over *failing = operation ? operation->failing_over : NULL;

    if (!failing) {
        ledger_complain(ledger, "only who was asked to fails a database over", "%s begins %s of %s",
                        effect ? effect->id : "nobody", work->type, work->instance);
        return;
    }
    effect->has_changed = true;
    if (!ledger_is_same(failing->moves, work->instance) ||
        !str_starts_with(str_of(work->instance), operation->target ? operation->target : "-") ||
        !names(ledger, operation))
        ledger_complain(ledger, "a failover moves the database that was named twice", "%s, of %s, moves %s",
                        operation->id, operation->target ? operation->target : "nothing", work->instance);
    if (failing->taken > 0 && !failing->idle_ms)
        ledger_complain(ledger, "a failover is begun once", "%s begins another of %s", operation->id, work->instance);
    if (operation->result && says_nothing(operation))
        ledger_complain(ledger, "what is said is true", "%s says \"%s\", and %s fails over", operation->id,
                        operation->summary, work->instance);
    failing->taken++;
    failing->idle_ms = 0;
    ledger_count(ledger, DEED_FAILED_OVER);
}

static struct failing_over *failing_of(const struct ledger *ledger, const struct world_work *work)
{
    const struct known_effect *effect = work->log ? ledger_find_effect(ledger, work->log->sender.effect) : NULL;
    const struct known_operation *operation = effect ? ledger_find_operation(ledger, effect->operation) : NULL;

    return operation ? operation->failing_over : NULL;
}

/* What somebody else moves may be back where it was: then it looks to whoever seeks as if nothing had been. */
static void moved_by_others(struct ledger *ledger, const char *instance)
{
    for (size_t i = 0; i < ledger->operations_count; i++) {
        struct failing_over *failing = ledger->operations[i]->failing_over;

        if (failing && ledger_is_same(failing->moves, instance))
            failing->idle_ms = ledger_now_ms(ledger);
    }
}

void failovers_work(struct ledger *ledger, const struct world_work *work)
{
    struct failing_over *failing;

    if (strcmp(work->type, "FAILOVER") != 0 && strcmp(work->type, "PROMOTE_REPLICA") != 0)
        return;
    failing = failing_of(ledger, work);
    switch (work->phase) {
    case WORK_TAKEN:
        if (work->log)
            taken(ledger, work);
        break;
    case WORK_ENDED:
        if (failing && !work->is_good)
            failing->idle_ms = ledger_now_ms(ledger);
        break;
    case WORK_SHOWN:
        find_moved(ledger, work->instance)->at_ms = ledger_now_ms(ledger);
        if (!work->log)
            moved_by_others(ledger, work->instance);
        break;
    }
}

/* ---- its end ---- */

static void check_end(struct ledger *ledger, const struct known_operation *operation)
{
    const struct failing_over *failing = operation->failing_over;
    bool is_done = ledger_is_same(operation->result, "done");

    if (is_done && find_moved(ledger, failing->moves)->at_ms < operation->begun_ms)
        ledger_complain(ledger, "a failover is done when another machine serves", "%s is done, and %s has not moved",
                        operation->id, failing->moves ? failing->moves : "nothing");
    if (is_done)
        ledger_count(ledger, DEED_FAILOVER_DONE);
    if (failing->taken > 0 && says_nothing(operation))
        ledger_complain(ledger, "what is said is true", "%s says \"%s\", and %s failed over", operation->id,
                        operation->summary, failing->moves);
}

void failovers_commit(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->touched_count; i++) {
        const struct known_operation *operation = ledger->touched[i];
        struct failing_over *failing = operation->failing_over;

        if (!failing)
            continue;
        if (failing->sends > 1 + failing->agains)
            ledger_complain(ledger, "a failover in doubt is sent again by a person alone",
                            "%s has %d calls, and %d times somebody said so", operation->id, failing->sends,
                            failing->agains);
        if (!operation->result || failing->has_ended || operation->is_stuck)
            continue;
        failing->has_ended = true;
        check_end(ledger, operation);
    }
}
