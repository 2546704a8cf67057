/* Teams of an organisation: who is in them, as the API tells it page by page, and as a test changes it. */
#include "github/teams.h"

#include "github/call.h"

#include <string.h>

/* ---- what a test changes ---- */

static cJSON *find_team(const struct github *github, const char *organization, const char *slug)
{
    JSON_EACH(team, github->teams) {
        if (tree_has_text(team, "organization", organization) && tree_has_text(team, "slug", slug))
            return (cJSON *)(uintptr_t)team;
    }
    return NULL;
}

cJSON *github_add_team(struct github *github, const char *organization, const char *slug)
{
    cJSON *team = json_add(github->teams, json_object());

    json_set_int(team, "id", ++github->last_team_id);
    json_set_string(team, "organization", organization);
    json_set_string(team, "slug", slug);
    json_set(team, "members", json_array());
    return team;
}

static void drop_login(cJSON *members, const char *login)
{
    for (int i = cJSON_GetArraySize(members) - 1; i >= 0; i--)
        if (text_is(cJSON_GetStringValue(cJSON_GetArrayItem(members, i)), login))
            cJSON_DeleteItemFromArray(members, i);
}

bool github_team_change(struct github *github, const cJSON *wanted, struct error *err)
{
    const char *organization = tree_text_or(wanted, "organization", "acme"), *slug = tree_text(wanted, "slug");
    cJSON *team = find_team(github, organization, slug);

    if (!slug)
        return error_set(err, ERR_INVALID, "'slug' is missing");
    if (!team)
        team = github_add_team(github, organization, slug);
    tree_copy(team, wanted, "members");
    tree_copy(team, wanted, "hidden");
    JSON_EACH(login, tree_get(wanted, "remove"))
        drop_login(tree_get(team, "members"), cJSON_GetStringValue(login));
    JSON_EACH(login, tree_get(wanted, "add")) {
        drop_login(tree_get(team, "members"), cJSON_GetStringValue(login));
        json_add(tree_get(team, "members"), json_copy(login));
    }
    return true;
}

/* ---- the API ---- */

/* Links go by the numbers of organisation and team, so that whoever builds them instead of following them is found out.
 */
static void add_links(struct call *call, const cJSON *team, const struct page *page, int64_t last)
{
    AUTO_FREE char *base =
        text_format("%s/organizations/%d/team/%lld/members?per_page=%lld&page=", call->github->own_url,
                    GITHUB_ORGANIZATION, (long long)tree_int(team, "id", 0), (long long)page->size);
    AUTO_FREE char *links = text_format("<%s%lld>; rel=\"next\", <%s%lld>; rel=\"last\"", base,
                                        (long long)page->number + 1, base, (long long)last);

    if (page->number < last)
        reply_header(call->reply, "Link", links);
}

void team_members(struct call *call)
{
    const cJSON *team = find_team(call->github, call->params[0], call->params[1]);
    struct page page = call_page(call);
    int64_t count = cJSON_GetArraySize(tree_get(team, "members")), at = 0;
    cJSON *list = NULL;

    if (!team || tree_true(team, "hidden"))
        return call_not_found(call); /* whether it is there nobody tells who may not see it */
    list = json_array();
    JSON_EACH(login, tree_get(team, "members")) {
        if (at++ / page.size == page.number - 1)
            json_add(list, user_shown(cJSON_GetStringValue(login)));
    }
    add_links(call, team, &page, (count + page.size - 1) / page.size);
    reply_json(call->reply, 200, list);
}

void organization_installation_get(struct call *call)
{
    if (!text_is(call->params[0], "acme"))
        return call_not_found(call);
    installation_get(call);
}

char *github_team_path(const struct github *github, const char *path)
{
    struct str rest = str_of(path);
    int64_t organization = 0, id = 0;
    struct error err;

    if (!str_take_prefix(&rest, "/organizations/") ||
        !parse_int(str_take_until(&rest, '/'), GITHUB_ORGANIZATION, GITHUB_ORGANIZATION, &organization, &err) ||
        !str_take_prefix(&rest, "team/") || !parse_int(str_take_until(&rest, '/'), 1, INT64_MAX, &id, &err))
        return NULL;
    JSON_EACH(team, github->teams) {
        if (tree_int(team, "id", 0) == id)
            return text_format("/orgs/%s/teams/%s/" STR_FMT, tree_text(team, "organization"), tree_text(team, "slug"),
                               STR_ARG(rest));
    }
    return NULL;
}
