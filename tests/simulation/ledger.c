#include "tests/simulation/ledger_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- complaints ---- */

void ledger_complain(struct ledger *ledger, const char *invariant, const char *fmt, ...)
{
    char text[400];
    va_list args;

    if (ledger->complaint[0])
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    snprintf(ledger->complaint, sizeof(ledger->complaint), "%s: %s", invariant, text);
    story_tell(ledger->options.story, "BROKEN", "%s", ledger->complaint);
}

bool ledger_is_good(const struct ledger *ledger)
{
    return ledger->complaint[0] == '\0';
}

const char *ledger_complaint(const struct ledger *ledger)
{
    return ledger->complaint;
}

void ledger_count(struct ledger *ledger, enum deed deed)
{
    ledger->counts.deeds[deed]++;
}

int64_t ledger_now_ms(const struct ledger *ledger)
{
    return scheduler_now_ms(ledger->options.scheduler);
}

/* ---- finding ---- */

bool ledger_is_same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

struct known_effect *ledger_find_effect(const struct ledger *ledger, const char *outside_id)
{
    for (size_t i = ledger->effects_count; outside_id && i > 0; i--)
        if (strcmp(ledger->effects[i - 1]->outside_id, outside_id) == 0)
            return ledger->effects[i - 1];
    return NULL;
}

struct known_effect *ledger_find_effect_by_id(const struct ledger *ledger, const char *id)
{
    for (size_t i = ledger->effects_count; i > 0; i--)
        if (strcmp(ledger->effects[i - 1]->id, id) == 0)
            return ledger->effects[i - 1];
    return NULL;
}

struct known_operation *ledger_find_operation(const struct ledger *ledger, const char *id)
{
    for (size_t i = ledger->operations_count; id && i > 0; i--)
        if (strcmp(ledger->operations[i - 1]->id, id) == 0)
            return ledger->operations[i - 1];
    return NULL;
}

struct known_operation *ledger_find_operation_outside(const struct ledger *ledger, const char *outside_id)
{
    for (size_t i = ledger->operations_count; outside_id && i > 0; i--)
        if (ledger_is_same(ledger->operations[i - 1]->outside_id, outside_id))
            return ledger->operations[i - 1];
    return NULL;
}

struct known_operation *ledger_get_operation(struct ledger *ledger, const char *id)
{
    struct known_operation *operation = ledger_find_operation(ledger, id);

    if (operation)
        return operation;
    operation = ARENA_NEW(ledger->arena, struct known_operation);
    operation->id = arena_strdup(ledger->arena, id);
    operation->is_live = true;
    *ARENA_PUSH(ledger->arena, ledger->operations, ledger->operations_count) = operation;
    ledger->counts.operations++;
    return operation;
}

const struct input *ledger_find_input(const struct ledger *ledger, const char *request_id)
{
    for (size_t i = ledger->inputs_count; request_id && i > 0; i--)
        if (ledger_is_same(ledger->inputs[i - 1].request_id, request_id))
            return &ledger->inputs[i - 1];
    return NULL;
}

struct holder *ledger_get_holder(struct ledger *ledger, const char *target)
{
    struct holder *holder;

    for (size_t i = 0; i < ledger->holders_count; i++)
        if (strcmp(ledger->holders[i].target, target) == 0)
            return &ledger->holders[i];
    holder = ARENA_PUSH(ledger->arena, ledger->holders, ledger->holders_count);
    holder->target = arena_strdup(ledger->arena, target);
    return holder;
}

/* ---- create ---- */

struct ledger *ledger_create(const struct ledger_options *options)
{
    struct ledger *ledger = xcalloc(1, sizeof(*ledger));

    ledger->options = *options;
    ledger->calm_ms = ledger->jumped_ms = ledger->unsure_ms = -1;
    ledger->arena = arena_create();
    timers_begin(ledger);
    return ledger;
}

void ledger_destroy(struct ledger *ledger)
{
    if (!ledger)
        return;
    free(ledger->open);
    for (size_t i = 0; i < ledger->operations_count; i++) {
        free(ledger->operations[i]->record);
        free(ledger->operations[i]->record_before);
    }
    for (size_t i = 0; i < ledger->holders_count; i++)
        free(ledger->holders[i].record);
    arena_destroy(ledger->arena);
    free(ledger);
}

struct twin_watch ledger_twin_watch(struct ledger *ledger)
{
    return (struct twin_watch){ .ctx = ledger,
                                .on_accepted = ledger_saw_accept,
                                .on_write = ledger_saw_write,
                                .on_commit = ledger_saw_commit,
                                .on_lease = ledger_saw_lease,
                                .on_mark = ledger_saw_mark };
}

struct world_watch ledger_world_watch(struct ledger *ledger)
{
    return (struct world_watch){ .ctx = ledger,
                                 .on_left = ledger_saw_call,
                                 .on_change = ledger_saw_change,
                                 .on_told = rollouts_told,
                                 .on_foreign = rollouts_foreign,
                                 .on_rule = blocks_rule,
                                 .on_work = ledger_saw_work,
                                 .on_program = programs_seen,
                                 .on_page = pages_seen };
}

void ledger_store_is_lost(struct ledger *ledger)
{
    ledger->is_store_lost = true;
    ledger->store_lost_ms = scheduler_now_ms(ledger->options.scheduler);
}

void ledger_adopted(struct ledger *ledger)
{
    ledger_count(ledger, DEED_STORE_ADOPTED);
}

struct ledger_counts ledger_counts(const struct ledger *ledger)
{
    return ledger->counts;
}
