/* ledger_blocks.c - addresses that are blocked for a while: by one rule each, not before somebody wants it, until its
 * time is over or somebody wants that; then it goes, and what is told of it is true.
 */
#include "tests/simulation/ledger_internal.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

#define EARLY_MS (12 * SECOND_MS)    /* so much the clocks of those who count may be off by */
#define LATE_MS MINUTE_MS            /* a try that was on its way then */
#define GONE_MAX_MS (12 * MINUTE_MS) /* of calm, behind its time: two tries by which an overdue one goes */

struct block {
    int64_t for_ms, begun_ms; /* begun: its rule was wanted; virtual */
    int64_t gone_ms;          /* its rule is; 0: it is not */
    int made;
    bool is_there, is_ended_by_person, has_ended;
};

void blocks_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json)
{
    const cJSON *body = json_find(json, "body");
    struct block *block;

    if (!ledger_is_same(operation->kind, "protection") || !ledger_is_same(json_find_string(body, "verb"), "block"))
        return;
    block = operation->block ? operation->block : ARENA_NEW(ledger->arena, struct block);
    operation->block = block;
    block->for_ms = json_find_int(body, "for_ms", 0);
    if (json_find_int(body, "until_ms", 0) && !block->begun_ms)
        block->begun_ms = ledger_now_ms(ledger);
    if (json_find_string(body, "ended_by"))
        block->is_ended_by_person = true;
}

/* The clock by which it is timed was right all the while. */
static bool is_time_sure(const struct ledger *ledger, const struct block *block)
{
    return ledger->unsure_ms < block->begun_ms && ledger->jumped_ms < block->begun_ms;
}

static bool says(const struct known_operation *operation, const char *words)
{
    return operation->summary && strstr(operation->summary, words);
}

static void made(struct ledger *ledger, struct known_operation *operation, const struct known_effect *effect,
                 const struct world_change *change)
{
    struct block *block = operation ? operation->block : NULL;

    if (!block || !effect || !ledger_is_same(effect->operation, operation->id)) {
        ledger_complain(ledger, "only who was asked to blocks addresses", "%s blocked %s",
                        effect ? effect->id : "nobody", change->place);
        return;
    }
    block->made++;
    if (block->is_there)
        ledger_complain(ledger, "a block has one rule", "%s has another of %s", operation->id, change->place);
    if (operation->result && says(operation, "Nothing was changed"))
        ledger_complain(ledger, "what is said is true", "%s says \"%s\", and blocked %s", operation->id,
                        operation->summary, change->place);
    if (ledger_now_ms(ledger) > block->begun_ms + block->for_ms + LATE_MS && is_time_sure(ledger, block))
        ledger_complain(ledger, "nothing is blocked after its time", "%s blocked %s %" PRId64 " ms too late",
                        operation->id, change->place, ledger_now_ms(ledger) - block->begun_ms - block->for_ms);
    block->is_there = true;
    block->gone_ms = 0;
    ledger_count(ledger, DEED_BLOCKED);
}

static void gone(struct ledger *ledger, const struct known_operation *operation, const struct known_effect *effect,
                 const struct world_change *change)
{
    struct block *block = operation ? operation->block : NULL;
    int64_t now_ms = ledger_now_ms(ledger);

    if (!block) {
        ledger_complain(ledger, "only what opsgate blocked is let in by it", "%s let %s in",
                        effect ? effect->id : "nobody", change->place);
        return;
    }
    block->gone_ms = now_ms;
    block->is_there = false;
    if (!effect)
        return;
    ledger_count(ledger, DEED_LET_IN);
    if (ledger_is_same(effect->operation, operation->id) && !block->is_ended_by_person &&
        now_ms + EARLY_MS < block->begun_ms + block->for_ms && is_time_sure(ledger, block))
        ledger_complain(ledger, "what is blocked stays so for its time", "%s let %s in %" PRId64 " ms too early",
                        operation->id, change->place, block->begun_ms + block->for_ms - now_ms);
}

void blocks_rule(void *ctx, const struct logged_call *call, const struct world_change *change)
{
    struct ledger *ledger = ctx;
    struct known_effect *effect = call ? ledger_find_effect(ledger, call->sender.effect) : NULL;
    struct known_operation *operation = ledger_find_operation_outside(ledger, change->operation);

    story_tell(ledger->options.story, "world", "%s is %s%s", change->place,
               change->is_there ? "blocked" : "let in again", call ? "" : ", by hand");
    if (ledger->is_store_lost)
        return;
    if (effect)
        effect->has_changed = true;
    if (change->is_there)
        made(ledger, operation, effect, change);
    else
        gone(ledger, operation, effect, change);
}

void blocks_commit(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->touched_count; i++) {
        const struct known_operation *operation = ledger->touched[i];
        struct block *block = operation->block;

        if (!block || !operation->result || block->has_ended || operation->is_stuck)
            continue;
        block->has_ended = true;
        if (block->made > 0 && !block->gone_ms && !says(operation, "nobody could see whether it was done"))
            ledger_complain(ledger, "a block does not end before its rule is gone", "%s ends as \"%s\"", operation->id,
                            operation->summary ? operation->summary : operation->result);
    }
}

void blocks_check_time(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->operations_count; i++) {
        const struct known_operation *operation = ledger->operations[i];
        const struct block *block = operation->block;
        int64_t since_ms = block ? block->begun_ms + block->for_ms : 0;

        since_ms = since_ms > ledger->calm_ms ? since_ms : ledger->calm_ms;
        if (block && block->made > 0 && !block->gone_ms && !block->has_ended && !operation->is_stuck &&
            ledger_now_ms(ledger) - since_ms > GONE_MAX_MS)
            ledger_complain(ledger, "what is blocked is let in again when its time is over", "%s is at it still",
                            operation->id);
    }
}
