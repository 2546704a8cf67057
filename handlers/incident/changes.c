/* changes.c - what opsgate itself changed around an incident: for its assessment, and for its post-mortem. */
#include "handlers/incident/internal.h"

#include "handlers/deploy/deploy.h"
#include "handlers/hold/halt.h"
#include "handlers/hold/lock.h"
#include "handlers/image.h"
#include "handlers/operation_words.h"
#include "handlers/rollback/rollback.h"

#include "bot/model/card.h"

#include <stdlib.h>
#include <string.h>

#define VERSION_MAX_BYTES 80

static bool is_kind(const struct operation *operation, const struct machine *machine)
{
    return strcmp(operation->kind, machine->kind) == 0;
}

/* What moves a version lasts until it has ended; what holds changes something when it begins, and when it ends. */
static bool is_within(const struct view *view, const struct incident_span *span, const struct operation *operation)
{
    int64_t over_ms = operation_has_ended(operation) ? operation->ended_at_ms : view->now_ms;

    if (is_kind(operation, &machine_deploy) || is_kind(operation, &machine_rollback))
        return operation->created_at_ms <= span->until_ms && over_ms >= span->from_ms;
    if (!span->has_holds || (!is_kind(operation, &machine_lock) && !is_kind(operation, &machine_halt)))
        return false;
    return (operation->created_at_ms >= span->from_ms && operation->created_at_ms <= span->until_ms) ||
           (operation_has_ended(operation) && over_ms >= span->from_ms && over_ms <= span->until_ms);
}

static void collect(const struct view *view, const struct incident_span *span,
                    size_t (*list)(const void *, const struct operation **, size_t), struct incident_changes *changes)
{
    size_t count = list(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    count = list(view->ctx, all, count);
    for (size_t i = 0; i < count; i++)
        if (is_within(view, span, all[i]))
            *ARENA_PUSH(view->arena, changes->list, changes->count) = all[i];
    if (list == view->list_ended && count >= INCIDENT_ENDED_KEPT && all[count - 1]->ended_at_ms > span->from_ms)
        changes->is_cut = true;
}

static int compare(const void *a, const void *b)
{
    const struct operation *left = *(const struct operation *const *)a, *right = *(const struct operation *const *)b;

    return (left->created_at_ms > right->created_at_ms) - (left->created_at_ms < right->created_at_ms);
}

struct incident_changes incident_changes(const struct view *view, const struct incident_span *span)
{
    struct incident_changes changes = { .list = NULL };

    collect(view, span, view->list_ended, &changes);
    collect(view, span, view->list_operations, &changes);
    if (changes.count > 0)
        qsort(changes.list, changes.count, sizeof(changes.list[0]), compare);
    return changes;
}

const char *incident_change_text(const struct operation *operation, struct arena *arena)
{
    const char *version = json_find_string(operation->body, "version"), *place = operation_place(operation, arena);

    return arena_printf(
        arena, "%s%s%s%s%s", operation->kind, version ? is_kind(operation, &machine_rollback) ? " to " : " of " : "",
        version ? card_quote(str_of(version_short(version, arena)), VERSION_MAX_BYTES, arena) : "",
        place ? is_kind(operation, &machine_lock) || is_kind(operation, &machine_halt) ? " of " : ", " : "",
        place ? place : "");
}
