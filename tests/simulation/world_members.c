/* world_members.c - who is in a user group of Slack, a team of GitHub, a schedule of PagerDuty: they come and go, and
 * now and then one of the three cannot be asked. From https://docs.slack.dev/reference/methods/usergroups.users.list,
 * https://docs.github.com/en/rest/teams/members and https://developer.pagerduty.com/api-reference, "Schedules",
 * "On-Calls".
 */
#include "tests/simulation/world_internal.h"

#include <string.h>

#define SOURCES 3
#define PERSONS 3

struct source {
    const char *name;
    const char *ids[PERSONS]; /* there: of Carol, of Erin, of somebody whom nobody knows */
    bool is_in[PERSONS];
    bool fails, is_shift_based; /* the latter: a schedule that only the list of who is on call knows */
};

static const struct source as_it_begins[SOURCES] = {
    { "slack-group:" WORLD_GROUP, { "U0CAROL", "U0ERIN", "U0STRANGER" }, { true, false, true }, false, false },
    { "github-team:" WORLD_TEAM, { "carol", "erin", "stranger" }, { false, true, false }, false, false },
    { "pagerduty-schedule:" WORLD_SCHEDULE, { "PCAROL", "PERIN", "PSTRANGER" }, { true, true, false }, false, false },
};

static struct source *sources_of(struct world *world)
{
    if (!world->sources) {
        world->sources = arena_alloc(world->arena, sizeof(as_it_begins));
        memcpy(world->sources, as_it_begins, sizeof(as_it_begins));
        world->sources[2].is_shift_based = dice_hit(scheduler_dice(world->scheduler), 500);
    }
    return world->sources;
}

const char *world_change_members(struct world *world)
{
    struct dice *dice = scheduler_dice(world->scheduler);
    struct source *source = &sources_of(world)[dice_between(dice, 0, SOURCES - 1)];
    int64_t person = dice_between(dice, 0, PERSONS - 1);

    if (dice_hit(dice, 80)) {
        for (size_t i = 0; i < SOURCES; i++)
            world->sources[i].fails = true;
        world_count(world, FAULT_SOURCE_FAILED);
        return "no group, team or schedule can be asked";
    }
    if (dice_hit(dice, source->fails ? 700 : 250)) {
        source->fails = !source->fails;
        world_count(world, source->fails ? FAULT_SOURCE_FAILED : FAULT_SOURCE_WORKS);
        return arena_printf(world->arena, "%s %s", source->name,
                            source->fails ? "cannot be asked" : "can be asked again");
    }
    source->is_in[person] = !source->is_in[person];
    world_count(world, source->is_in[person] ? FAULT_MEMBER_CAME : FAULT_MEMBER_WENT);
    return arena_printf(world->arena, "%s %s %s", source->ids[person], source->is_in[person] ? "comes into" : "leaves",
                        source->name);
}

/* ---- answers ---- */

/* What was told, for the log; whatever JSON the peer makes of each id goes into `list`. */
static void tell(struct world_call *call, const struct source *source, cJSON *list,
                 void (*add)(cJSON *list, const char *id))
{
    struct arena *arena = call->world->arena;
    struct world_members *told = ARENA_NEW(arena, struct world_members);

    told->source = source->name;
    for (size_t i = 0; i < PERSONS; i++)
        if (source->is_in[i]) {
            *ARENA_PUSH(arena, told->members, told->members_count) = source->ids[i];
            add(list, source->ids[i]);
        }
    call->log->members = told;
}

static void add_id(cJSON *list, const char *id)
{
    json_add_string(list, id);
}

static void add_login(cJSON *list, const char *id)
{
    cJSON *user = json_add(list, json_object());

    json_set_string(user, "login", id);
    json_set_string(user, "type", "User");
}

static void add_user(cJSON *list, const char *id)
{
    json_set_string(json_add(list, json_object()), "id", id);
}

static void add_on_call(cJSON *list, const char *id)
{
    json_set_string(json_set(json_add(list, json_object()), "user", json_object()), "id", id);
}

static bool is_authorized(const struct world_call *call, const char *wanted)
{
    const char *authorization = world_header(&call->call, "Authorization");

    return authorization && strcmp(authorization, wanted) == 0;
}

void world_group_call(struct world_call *call)
{
    const struct source *source = &sources_of(call->world)[0];
    const char *group = world_form_value(world_query(call->call.url), "usergroup", call->arena);
    cJSON *json;

    if (!is_authorized(call, "Bearer " WORLD_SLACK_TOKEN)) {
        world_answer_text(call, 200, "{\"ok\":false,\"error\":\"invalid_auth\"}");
    } else if (!group || strcmp(group, WORLD_GROUP) != 0) {
        world_answer_text(call, 200, "{\"ok\":false,\"error\":\"no_such_subteam\"}");
    } else if (source->fails) {
        world_answer_text(call, 200, "{\"ok\":false,\"error\":\"missing_scope\"}");
    } else {
        json = json_object();
        json_set_bool(json, "ok", true);
        tell(call, source, json_set(json, "users", json_array()), add_id);
        world_answer_json(call, 200, json);
    }
}

void world_team_call(struct world_call *call)
{
    const struct source *source = &sources_of(call->world)[1];
    struct str path = world_path(call->call.url, WORLD_GITHUB_URL);
    cJSON *json;

    if (!is_authorized(call, "Bearer " WORLD_GITHUB_TOKEN)) {
        world_answer_text(call, 401, "{\"message\":\"Bad credentials\"}");
    } else if (!str_is(path, "/orgs/acme/teams/till/members") || source->fails) {
        world_answer_text(call, 404, "{\"message\":\"Not Found\"}");
    } else {
        json = json_array();
        tell(call, source, json, add_login);
        world_answer_json(call, 200, json);
    }
}

void world_schedule_call(struct world_call *call)
{
    const struct source *source = &sources_of(call->world)[2];
    struct str path = world_path(call->call.url, WORLD_PAGERDUTY_URL);
    bool is_on_call = str_is(path, "/oncalls");
    cJSON *json;

    if (!is_authorized(call, "Token token=" WORLD_PAGERDUTY_TOKEN)) {
        world_answer_text(call, 401, "{\"error\":{\"message\":\"Authentication failed\",\"code\":2006}}");
    } else if (source->fails) {
        world_answer_text(call, 403, "{\"error\":{\"message\":\"Access Denied\",\"code\":2010}}");
    } else if (!is_on_call && (!str_is(path, "/schedules/" WORLD_SCHEDULE "/users") || source->is_shift_based)) {
        world_answer_text(call, 404, "{\"error\":{\"message\":\"Not Found\",\"code\":2100}}");
    } else {
        json = json_object();
        tell(call, source, json_set(json, is_on_call ? "oncalls" : "users", json_array()),
             is_on_call ? add_on_call : add_user);
        if (is_on_call)
            json_set_bool(json, "more", false);
        world_answer_json(call, 200, json);
    }
}
