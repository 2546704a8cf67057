#include "integrations/pagerduty/change.h"

#include "integrations/pagerduty/act.h"
#include "integrations/pagerduty/incident.h"

#include <inttypes.h>
#include <string.h>

#define LEVEL_MAX 1000

static const char *status_of(const struct pagerduty_seen *seen)
{
    return seen->incident->status ? seen->incident->status : "";
}

/* ---- title, urgency, priority ---- */

/* Only what is not so already; and its priority by its name, of which PagerDuty takes the highest. */
static struct pagerduty_plan plan_change(const struct pagerduty_seen *seen, const void *arg)
{
    const struct pagerduty_change_wish *wish = arg;
    const struct pagerduty_incident *now = seen->incident;
    struct pagerduty_plan plan = { .end = PAGERDUTY_ALREADY, .method = "PUT", .path = "" };
    const struct {
        const char *name, *wanted, *now;
    } rows[] = {
        { "title", wish->title, json_find_string(seen->json, "title") }, /* whole: what is read of it may be cut */
        { "urgency", wish->urgency, now->urgency },
        { "priority", wish->priority, now->priority ? now->priority->summary : NULL },
    };
    cJSON *incident;

    plan.body = pagerduty_incident_body(seen->exchange, &incident);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (!rows[i].wanted || text_equal(rows[i].wanted, rows[i].now))
            continue;
        json_set_string(incident, rows[i].name, rows[i].wanted);
        plan.end = PAGERDUTY_WRITTEN;
    }
    plan.said = arena_printf(seen->exchange->arena, "%s %s", seen->name,
                             plan.end == PAGERDUTY_WRITTEN ? "was changed as wanted" : "was as wanted already");
    return plan;
}

/* NULL: all is well. */
static const char *what_is_wrong(const struct pagerduty_change_wish *wish)
{
    if (!wish->title && !wish->urgency && !wish->priority)
        return "nothing to change is named";
    if (wish->title && (!wish->title[0] || strlen(wish->title) > PAGERDUTY_TITLE_MAX_BYTES))
        return "its title has to have 1 to 1024 bytes";
    if (wish->urgency && !text_equal(wish->urgency, "high") && !text_equal(wish->urgency, "low"))
        return "its urgency is high or low";
    return wish->priority && !wish->priority[0] ? "a priority has a name" : NULL;
}

struct exchange_step pagerduty_change_make(const struct exchange *exchange)
{
    struct pagerduty_change_wish wish;
    const char *wrong;
    struct error err;

    if (!shape_from_json(&pagerduty_change_wish_shape, exchange->args, exchange->arena, &wish, &err))
        return exchange_never(exchange, "PagerDuty's incident: %s", err.message);
    wrong = what_is_wrong(&wish);
    if (wrong)
        return exchange_never(exchange, "PagerDuty's incident: %s", wrong);
    return pagerduty_act(exchange, &wish.of, &wish, plan_change);
}

/* ---- who is called ---- */

static bool is_assigned_to(const struct pagerduty_incident *incident, const struct pagerduty_assign_wish *wish)
{
    for (size_t i = 0; i < wish->users_count; i++) {
        bool is_there = false;

        for (size_t k = 0; k < incident->assignees_count; k++)
            is_there = is_there || text_equal(incident->assignees[k].id, wish->users[i]);
        if (!is_there)
            return false;
    }
    return wish->users_count > 0 && incident->assignees_count == wish->users_count;
}

static void add_reference(cJSON *object, const char *name, const char *id, const char *type)
{
    cJSON *reference = json_set(object, name, json_object());

    json_set_string(reference, "id", id);
    json_set_string(reference, "type", type);
}

static void add_assignment(cJSON *incident, const struct pagerduty_assign_wish *wish)
{
    cJSON *list;

    if (wish->level > 0) {
        json_set_int(incident, "escalation_level", wish->level);
        return;
    }
    if (wish->policy) {
        add_reference(incident, "escalation_policy", wish->policy, "escalation_policy_reference");
        return;
    }
    list = json_set(incident, "assignments", json_array());
    for (size_t i = 0; i < wish->users_count; i++)
        add_reference(json_add(list, json_object()), "assignee", wish->users[i], "user_reference");
}

static const char *said_of(const struct pagerduty_seen *seen, const struct pagerduty_assign_wish *wish)
{
    struct arena *arena = seen->exchange->arena;

    if (wish->level > 0)
        return arena_printf(arena, "%s calls level %" PRId64, seen->name, wish->level);
    return arena_printf(arena, "%s %s", seen->name,
                        wish->policy ? "goes by another escalation policy now" : "was assigned");
}

static struct pagerduty_plan plan_assign(const struct pagerduty_seen *seen, const void *arg)
{
    const struct pagerduty_assign_wish *wish = arg;
    const struct pagerduty_incident *now = seen->incident;
    struct pagerduty_plan plan = { .end = PAGERDUTY_UNFIT, .method = "PUT", .path = "" };
    struct arena *arena = seen->exchange->arena;
    cJSON *incident;

    if (!text_equal(status_of(seen), "triggered") && !text_equal(status_of(seen), "acknowledged")) {
        plan.said = arena_printf(arena, "%s is not open: nobody can be called for it", seen->name);
        return plan;
    }
    if (is_assigned_to(now, wish) ||
        (wish->policy && now->escalation_policy && text_equal(now->escalation_policy->id, wish->policy))) {
        plan.end = PAGERDUTY_ALREADY;
        plan.said = arena_printf(arena, "%s was assigned so already", seen->name);
        return plan;
    }
    plan.end = PAGERDUTY_WRITTEN;
    plan.said = said_of(seen, wish);
    plan.changed_at_ms = now->assigned_at_ms;
    plan.slack_ms = 0; /* a try before may have done it within the second, and nobody has to be called twice */
    plan.body = pagerduty_incident_body(seen->exchange, &incident);
    add_assignment(incident, wish);
    return plan;
}

static bool are_ids(const struct pagerduty_assign_wish *wish)
{
    for (size_t i = 0; i < wish->users_count; i++)
        if (!pagerduty_id_is_valid(wish->users[i]))
            return false;
    return wish->users_count <= PAGERDUTY_USERS_MAX && (!wish->policy || pagerduty_id_is_valid(wish->policy));
}

struct exchange_step pagerduty_assign_make(const struct exchange *exchange)
{
    struct pagerduty_assign_wish wish;
    struct error err;

    if (!shape_from_json(&pagerduty_assign_wish_shape, exchange->args, exchange->arena, &wish, &err))
        return exchange_never(exchange, "PagerDuty's incident: %s", err.message);
    if ((wish.users_count > 0) + (wish.level != 0) + (wish.policy != NULL) != 1 || !are_ids(&wish) || wish.level < 0 ||
        wish.level > LEVEL_MAX)
        return exchange_never(exchange, "PagerDuty's incident: it is assigned to users, to a level, or to a policy");
    return pagerduty_act(exchange, &wish.of, &wish, plan_assign);
}
