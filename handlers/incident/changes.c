/* changes.c - what was changed around an incident, by opsgate itself and as others told: for its assessment, for its
 * post-mortem, and of what is told while it is open for its timeline. */
#include "handlers/incident/internal.h"

#include "handlers/backup/backup.h"
#include "handlers/deploy/deploy.h"
#include "handlers/failover/failover.h"
#include "handlers/hold/halt.h"
#include "handlers/hold/lock.h"
#include "handlers/image.h"
#include "handlers/operation_words.h"
#include "handlers/rollback/rollback.h"
#include "handlers/runbook/runbook.h"
#include "handlers/watch/changes.h"

#include "bot/model/card.h"

#include <stdlib.h>
#include <string.h>

#define VERSION_MAX_BYTES 80
#define TOLD_MAX 50          /* in one timeline: it is for what people do, too */
#define AT_ONCE_MS MINUTE_MS /* what was told so soon was told as it was made */
#define TOLD "change"        /* their entries */

static bool is_kind(const struct operation *operation, const struct machine *machine)
{
    return strcmp(operation->kind, machine->kind) == 0;
}

/* Of what was done with backups only that, once it was: the rest changes nothing that users meet. */
static bool is_restore(const struct operation *operation)
{
    return is_kind(operation, &machine_backup) && json_find_bool(operation->body, "has_overwritten", false);
}

static bool is_failover_by_runbook(const struct operation *operation)
{
    return is_kind(operation, &machine_runbook) && json_find_bool(operation->body, "is_failover", false);
}

/* What moves a version lasts until it has ended; what holds changes something when it begins, and when it ends. */
static bool is_within(const struct view *view, const struct incident_span *span, const struct operation *operation)
{
    int64_t over_ms = operation_has_ended(operation) ? operation->ended_at_ms : view->now_ms;

    if (is_kind(operation, &machine_deploy) || is_kind(operation, &machine_rollback) ||
        is_kind(operation, &machine_failover) || is_restore(operation) || is_failover_by_runbook(operation))
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

/* They stand in their order: those within are one piece. */
static void collect_told(const struct view *view, const struct incident_span *span, struct incident_changes *changes)
{
    size_t count;
    const struct change_kept *all = changes_list(view, &count);

    while (count > 0 && all[0].at_ms < span->from_ms)
        all++, count--;
    while (count > 0 && all[count - 1].at_ms > span->until_ms)
        count--;
    changes->told = all;
    changes->told_count = count;
}

struct incident_changes incident_changes(const struct view *view, const struct incident_span *span)
{
    struct incident_changes changes = { .list = NULL };

    collect(view, span, view->list_ended, &changes);
    collect(view, span, view->list_operations, &changes);
    if (changes.count > 0)
        qsort(changes.list, changes.count, sizeof(changes.list[0]), compare);
    collect_told(view, span, &changes);
    return changes;
}

static const char *name_of(const struct operation *operation)
{
    const char *action = is_restore(operation) ? json_find_string(operation->body, "plan.action") : NULL;

    if (is_failover_by_runbook(operation))
        return machine_failover.kind;
    return action ? action : operation->kind;
}

const char *incident_change_text(const struct operation *operation, struct arena *arena)
{
    const char *version = json_find_string(operation->body, "version"), *place = operation_place(operation, arena);

    return arena_printf(
        arena, "%s%s%s%s%s", name_of(operation), version ? is_kind(operation, &machine_rollback) ? " to " : " of " : "",
        version ? card_quote(str_of(version_short(version, arena)), VERSION_MAX_BYTES, arena) : "",
        place ? is_kind(operation, &machine_lock) || is_kind(operation, &machine_halt) ? " of " : ", " : "",
        place ? place : "");
}

/* ---- what took back what was brought ---- */

/* A rollback that was done, or a deploy that gave its traffic back. */
static bool is_way_back(const struct operation *operation)
{
    if (!operation->result)
        return false;
    if (strcmp(operation->result, "done") == 0)
        return is_kind(operation, &machine_rollback) || json_find_bool(operation->body, "is_way_back", false);
    return is_kind(operation, &machine_deploy) && json_find_string(operation->body, "returning") &&
           (strcmp(operation->result, "failed") == 0 || strcmp(operation->result, "aborted") == 0);
}

const struct operation *incident_mitigation(const struct view *view, const struct incident_body *body)
{
    const struct operation *last = NULL, **all;
    int64_t until_ms = body->resolved_at_ms > 0 ? body->resolved_at_ms : view->now_ms;
    size_t count = view->list_ended(view->ctx, NULL, 0);
    bool is_known = incident_concern_text(view, body) != NULL;

    all = arena_alloc(view->arena, (count + 1) * sizeof(*all));
    count = view->list_ended(view->ctx, all, count);
    for (size_t i = 0; i < count; i++) {
        bool is_meanwhile = all[i]->ended_at_ms >= body->opened_at_ms && all[i]->ended_at_ms <= until_ms;

        if (is_meanwhile && is_way_back(all[i]) && (!is_known || incident_concerns(view, body, all[i]->target)) &&
            (!last || all[i]->ended_at_ms > last->ended_at_ms))
            last = all[i];
    }
    return last;
}

/* ---- told while it is open ---- */

bool incident_hears_change(const struct view *view, const struct operation *operation,
                           const struct outside_event *event)
{
    (void)view, (void)event;
    return is_kind(operation, &machine_incident) && !operation->is_stuck && !operation_has_ended(operation) &&
           strcmp(operation->state, INCIDENT_RESOLVED) != 0;
}

static size_t count_told(const struct incident_body *body)
{
    size_t count = 0;

    for (size_t i = 0; i < body->timeline_count; i++)
        count += strcmp(body->timeline[i].kind, TOLD) == 0;
    return count;
}

/* It is told anew by hand: `opsgate events replay`. */
static bool stands_there(const struct incident_body *body, const char *change)
{
    for (size_t i = 0; i < body->timeline_count; i++)
        if (body->timeline[i].change && strcmp(body->timeline[i].change, change) == 0)
            return true;
    return false;
}

static const char *told_text(const struct deciding *d, const struct change_kept *change)
{
    struct arena *arena = d->view->arena;
    const char *text = changes_text(change, arena);

    if (change->at_ms < d->view->now_ms - AT_ONCE_MS)
        text = arena_printf(arena, "%s, made %s", text, card_date(change->at_ms + d->view->shift_ms, arena));
    return change->url ? arena_printf(arena, "%s: %s", text, change->url) : text;
}

void incident_change_told(struct deciding *d)
{
    struct change_kept change;
    size_t count = count_told(d->body);
    const char *key;

    if (incident_is(d, INCIDENT_RESOLVED) || count >= TOLD_MAX || !changes_read(d->view, d->event->outside, &change))
        return;
    key = arena_printf(d->view->arena, "%s %s", change.id, change.token);
    if (stands_there(d->body, key))
        return;
    if (count + 1 < TOLD_MAX)
        incident_record_entry(d, (struct incident_entry){ .kind = TOLD,
                                                          .who = changes_who(&change, d->view->arena),
                                                          .text = told_text(d, &change),
                                                          .change = key });
    else
        incident_record(d, TOLD, "opsgate", "more changes are told than stand here: the journal has them");
}
