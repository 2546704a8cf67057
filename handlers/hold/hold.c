#include "handlers/hold/hold.h"

#include "handlers/hold/halt.h"
#include "handlers/hold/lock.h"
#include "handlers/hold/lock_place.h"
#include "handlers/hold/owner.h"
#include "handlers/maintenance/maintenance.h"

#include "bot/base/time.h"
#include "bot/model/card.h"

#include <stdio.h>
#include <string.h>

#define TOLD_MAX                                                                                                       \
    100 /* a card more that does not show it at once is no harm; a halt that does not fit into a commit is */

bool hold_is_halt(const struct operation *operation)
{
    return strcmp(operation->kind, machine_halt.kind) == 0;
}

static bool is_hold(const struct operation *operation)
{
    return !operation_has_ended(operation) &&
           (hold_is_halt(operation) || strcmp(operation->kind, machine_lock.kind) == 0 || maintenance_holds(operation));
}

/* Of the record itself: it is asked about before every increase. */
static struct hold_place place_of(const struct operation *hold)
{
    return (struct hold_place){ json_find_string(hold->body, "service"), json_find_string(hold->body, "environment") };
}

static bool covers(const struct hold_place *place, const char *service, const char *environment)
{
    return (!place->service || text_equal(place->service, service)) &&
           (!place->environment || text_equal(place->environment, environment));
}

/* A maintenance has several places. */
static bool is_over(const struct operation *hold, const char *service, const char *environment)
{
    const struct hold_place place = place_of(hold);

    return maintenance_is(hold) ? maintenance_covers(hold, service, environment)
                                : covers(&place, service, environment);
}

size_t hold_list(const struct view *view, const struct operation **list, size_t max)
{
    size_t count = view->list_operations(view->ctx, NULL, 0), found = 0;
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++) {
        if (!is_hold(all[i]))
            continue;
        if (found < max)
            list[found] = all[i];
        found++;
    }
    return found;
}

struct principal hold_owner(const struct operation *hold)
{
    const cJSON *owner = json_find(hold->body, "owner");

    return owner ? (struct principal){ json_find_string(owner, "system"), json_find_string(owner, "id"),
                                       json_find_string(owner, "team"), json_find_string(owner, "name") }
                 : hold->requester;
}

/* ---- what it holds ---- */

/* What a lock on deploys is meant for: whatever changes what users meet. */
static bool brings_traffic(const char *verb)
{
    static const char *const verbs[] = { "deploy", "set", "restart", "traffic" };

    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        if (text_equal(verb, verbs[i]))
            return true;
    return false;
}

/* What a lock on a database alone is meant for. */
static bool changes_database(const char *verb)
{
    return text_equal(verb, "failover") || text_equal(verb, "restore");
}

static bool holds(const struct view *view, const struct operation *hold, const char *service, const char *environment,
                  const char *verb, const struct principal *requester)
{
    const struct hold_place place = place_of(hold);
    const struct principal owner = hold_owner(hold);

    if (hold_is_halt(hold))
        return true;
    if (!is_over(hold, service, environment))
        return false;
    if (text_equal(json_find_string(hold->body, "blocks"), lock_blocks_names[LOCK_ALL]))
        return true;
    return (brings_traffic(verb) || (changes_database(verb) && text_equal(place.service, service))) &&
           !policy_is_same_person(view->policy, NULL, &owner, requester);
}

static int width(const struct operation *hold)
{
    struct hold_place place = place_of(hold);

    if (maintenance_is(hold))
        return 0;
    return hold_is_halt(hold) ? 3 : !place.environment ? 2 : !place.service ? 1 : 0;
}

const struct operation *hold_find(const struct view *view, const char *service, const char *environment,
                                  const char *verb, const struct principal *requester)
{
    size_t count = hold_list(view, NULL, 0);
    const struct operation **list = arena_alloc(view->arena, (count + 1) * sizeof(*list)), *widest = NULL;

    hold_list(view, list, count);
    for (size_t i = 0; i < count; i++)
        if (holds(view, list[i], service, environment, verb, requester) && (!widest || width(list[i]) > width(widest)))
            widest = list[i];
    return widest;
}

void hold_tell_rollouts(const struct view *view, const struct hold_place *place, struct outcome *out)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));
    size_t told = 0;

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count && told < TOLD_MAX; i++) {
        if (operation_has_ended(all[i]) || strcmp(all[i]->kind, "deploy") != 0 ||
            !covers(place, json_find_string(all[i]->body, "service"), json_find_string(all[i]->body, "environment")))
            continue;
        outcome_message(out, all[i]->id, MESSAGE_HOLD, NULL);
        told++;
    }
}

/* ---- in words ---- */

static const char *name_of(const struct hold_place *place, struct arena *arena)
{
    if (!place->environment)
        return "everything";
    return place->service ? arena_printf(arena, "%s/%s", place->service, place->environment) : place->environment;
}

const char *hold_place_text(const struct hold_place *place, struct arena *arena)
{
    return place->environment ? arena_printf(arena, "`%s`", name_of(place, arena)) : "everything";
}

const char *hold_reason(const struct operation *hold, struct arena *arena)
{
    struct hold_place place = place_of(hold);

    if (maintenance_is(hold))
        return arena_printf(arena, "%s: maintenance is at work (%s)", maintenance_places(hold), hold->id);
    return arena_printf(arena, "%s is %s (%s)", name_of(&place, arena), hold_is_halt(hold) ? "halted" : "locked", hold->id);
}

static const char *until(const struct view *view, const struct operation *hold)
{
    int64_t until_ms = json_find_int(hold->body, "until_ms", 0);

    return until_ms && !hold->is_stuck
               ? arena_printf(view->arena, ", until %s", card_date(until_ms + view->shift_ms, view->arena))
               : "";
}

/* Of one that was handed over: to whom. */
static const char *handed_over(const struct view *view, const struct operation *hold)
{
    struct principal owner = hold_owner(hold);

    return json_find(hold->body, "owner")
               ? arena_printf(view->arena, ", now of %s", principal_mention(&owner, view->arena))
               : "";
}

static const char *what_is_wrong(const struct view *view, const struct operation *hold)
{
    const struct hold_place place = place_of(hold);
    const struct principal owner = hold_owner(hold);
    bool has_left =
        !hold_is_halt(hold) && owner_left(view, &owner, &place, json_find_bool(hold->body, "deactivated", false));

    return arena_printf(view->arena, "%s%s", has_left ? "; *owner left*" : "",
                        hold->is_stuck ? "; *stuck*: it holds until somebody ends it" : "");
}

static const char *words(const struct view *view, const struct operation *hold, const char *when)
{
    struct hold_place place = place_of(hold);
    const char *reason = json_find_string(hold->body, "reason");
    bool blocks_all = text_equal(json_find_string(hold->body, "blocks"), lock_blocks_names[LOCK_ALL]);

    if (maintenance_is(hold))
        return maintenance_words(view, hold);
    return arena_printf(view->arena, "%s %s %s%s %s%s%s%s%s%s", principal_mention(&hold->requester, view->arena),
                        hold_is_halt(hold) ? "halted" : "locked", hold_place_text(&place, view->arena),
                        blocks_all ? " for all changes" : "", when, handed_over(view, hold), reason ? ": " : "",
                        reason ? reason : "", until(view, hold), what_is_wrong(view, hold));
}

const char *hold_words(const struct view *view, const struct operation *hold)
{
    return words(view, hold,
                 arena_printf(view->arena, "%s ago", duration_about(view->now_ms - hold->created_at_ms).text));
}

const char *hold_words_that_stay(const struct view *view, const struct operation *hold)
{
    return words(view, hold,
                 arena_printf(view->arena, "on %s", card_date(hold->created_at_ms + view->shift_ms, view->arena)));
}

const char *hold_turn(const struct operation *hold, struct arena *arena)
{
    struct hold_place place = place_of(hold);

    if (maintenance_is(hold))
        return arena_printf(arena, "It can go on after `maintenance end %s`.", hold->id);
    return hold_is_halt(hold) ? "It can go on after `unhalt`."
                         : arena_printf(arena, "It can go on after `unlock %s`.", lock_place_typed(&place, arena));
}

bool hold_covers(const struct operation *hold, const char *service, const char *environment)
{
    return is_over(hold, service, environment);
}

void hold_say(const struct view *view, const char *service, const char *environment, struct outcome *out)
{
    size_t count = hold_list(view, NULL, 0);
    const struct operation **list = arena_alloc(view->arena, (count + 1) * sizeof(*list));

    hold_list(view, list, count);
    for (size_t i = 0; i < count; i++)
        if (!service || is_over(list[i], service, environment))
            outcome_reply_line(out, "*%s*: %s", list[i]->id, hold_words(view, list[i]));
}

void hold_say_others(const struct view *view, const struct operation *hold, struct outcome *out)
{
    size_t count = hold_list(view, NULL, 0);
    const struct operation **list = arena_alloc(view->arena, (count + 1) * sizeof(*list));
    struct hold_place place = place_of(hold);

    hold_list(view, list, count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i]->id, hold->id) != 0 && is_over(list[i], place.service, place.environment))
            outcome_reply_line(out, "It is held still: %s (%s).", hold_words(view, list[i]), list[i]->id);
    }
}

void hold_deny(const struct operation *hold, struct arena *arena, struct decision *decision)
{
    *decision = (struct decision){ .verdict = VERDICT_DENY };
    snprintf(decision->reason, sizeof(decision->reason), "%s", hold_reason(hold, arena));
    snprintf(decision->turn, sizeof(decision->turn), "%s", hold_turn(hold, arena));
}
