/* usergroups.list, usergroups.users.list, users.info, users.lookupByEmail; and how a test changes groups and people. */
#include "slack/groups.h"

#include "slack/call.h"

#include "bot/base/time.h"

#include <stdio.h>
#include <string.h>

/* ---- groups ---- */

cJSON *slack_find_group(const struct slack *slack, const char *id)
{
    return tree_find(slack->groups, "id", id);
}

cJSON *slack_add_group(struct slack *slack, const char *id, const char *handle, const char *name)
{
    cJSON *group = json_add(slack->groups, json_object());

    json_set_string(group, "id", id);
    json_set_string(group, "team_id", SLACK_TEAM);
    json_set_bool(group, "is_usergroup", true);
    json_set_string(group, "name", name);
    json_set_string(group, "handle", handle);
    json_set_int(group, "date_delete", 0);
    json_set(group, "users", json_array());
    return group;
}

static bool is_disabled(const cJSON *group)
{
    return tree_int(group, "date_delete", 0) != 0;
}

const char *usergroups_list(struct call *call)
{
    cJSON *list = json_set(call->out, "usergroups", json_array());

    JSON_EACH(group, call->slack->groups) {
        cJSON *shown = NULL;

        if (is_disabled(group) && !call_flag(call, "include_disabled"))
            continue;
        shown = json_add(list, json_copy(group));
        if (call_flag(call, "include_count"))
            tree_set_textf(shown, "user_count", "%d", cJSON_GetArraySize(tree_get(group, "users"))); /* as a text */
        if (!call_flag(call, "include_users"))
            cJSON_DeleteItemFromObjectCaseSensitive(shown, "users");
    }
    return NULL;
}

const char *usergroups_users_list(struct call *call)
{
    const cJSON *group = slack_find_group(call->slack, call_text(call, "usergroup"));

    if (!group || (is_disabled(group) && !call_flag(call, "include_disabled")))
        return "no_such_subteam";
    json_set(call->out, "users", json_copy(tree_get(group, "users")));
    return NULL;
}

/* ---- people ---- */

/* Without its scope an address is not told. */
static cJSON *user_told(struct call *call, const cJSON *user)
{
    cJSON *told = json_copy(user);

    if (call_check_scope(call, "users:read.email"))
        cJSON_DeleteItemFromObjectCaseSensitive(tree_get(told, "profile"), "email");
    call->needed = NULL;
    return told;
}

const char *users_info(struct call *call)
{
    const cJSON *user = slack_find_user(call->slack, call_text(call, "user"));

    if (!user)
        return "user_not_found";
    json_set(call->out, "user", user_told(call, user));
    return NULL;
}

const char *users_lookup_by_email(struct call *call)
{
    const char *email = call_text(call, "email");

    JSON_EACH(user, call->slack->users) {
        const char *theirs = tree_text(tree_get(user, "profile"), "email");

        if (!theirs || !str_equal_nocase(str_of(theirs), str_of(email)) || tree_true(user, "deleted"))
            continue;
        json_set(call->out, "user", json_copy(user));
        return NULL;
    }
    return "users_not_found";
}

/* ---- what a test changes ---- */

static void drop_user(cJSON *users, const char *id)
{
    for (int i = cJSON_GetArraySize(users) - 1; i >= 0; i--)
        if (text_is(cJSON_GetStringValue(cJSON_GetArrayItem(users, i)), id))
            cJSON_DeleteItemFromArray(users, i);
}

static void change_users(cJSON *users, const cJSON *ids, bool come)
{
    JSON_EACH(id, ids) {
        drop_user(users, cJSON_GetStringValue(id));
        if (come)
            json_add(users, json_copy(id));
    }
}

void slack_group_change_users(cJSON *group, const cJSON *come, const cJSON *go)
{
    change_users(tree_get(group, "users"), come, true);
    change_users(tree_get(group, "users"), go, false);
}

bool slack_group_change(struct slack *slack, const cJSON *wanted, int64_t now_ms, struct error *err)
{
    const char *id = tree_text(wanted, "id");
    cJSON *group = slack_find_group(slack, id);

    if (!id)
        return error_set(err, ERR_INVALID, "'id' is missing");
    if (!group)
        group = slack_add_group(slack, id, tree_text_or(wanted, "handle", "group"),
                                tree_text_or(wanted, "name", "A group"));
    tree_copy(group, wanted, "handle");
    tree_copy(group, wanted, "name");
    tree_copy(group, wanted, "users");
    slack_group_change_users(group, tree_get(wanted, "add"), tree_get(wanted, "remove"));
    if (tree_get(wanted, "disabled"))
        json_set_int(group, "date_delete", tree_true(wanted, "disabled") ? now_ms / SECOND_MS : 0);
    return true;
}

bool slack_user_change(struct slack *slack, const cJSON *wanted, struct error *err)
{
    static const char *const members[] = {
        "deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_email_confirmed", "team_id"
    };
    const char *id = tree_text(wanted, "id");
    cJSON *user = slack_find_user(slack, id);

    if (!user && (!id || !tree_text(wanted, "name")))
        return error_set(err, ERR_NOT_FOUND, "no such user; a new one needs 'id' and 'name'");
    if (!user)
        user = slack_add_user(slack, id, tree_text(wanted, "name"));
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        tree_copy(user, wanted, members[i]);
    tree_copy(tree_get(user, "profile"), wanted, "email");
    return true;
}
