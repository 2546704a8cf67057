#include "integrations/github/teams.h"

#include "bot/model/membership.h"
#include "bot/model/settings.h"
#include "integrations/dialog.h"
#include "integrations/github/api.h"

#include <string.h>

#define PAGES_MAX 60
#define PER_PAGE "100"
#define LOGIN_MAX_BYTES 100

struct team {
    const char *organization, *slug;
};

/* False: *ret_step is the end. */
static bool read_ask(const struct exchange *exchange, struct team *ret_team, struct exchange_step *ret_step)
{
    struct membership_ask ask;
    struct str slug, organization;
    struct error err;

    if (!shape_from_json(&membership_ask_shape, exchange->args, exchange->arena, &ask, &err)) {
        *ret_step = exchange_never(exchange, "GitHub's team: %s", err.message);
        return false;
    }
    slug = str_of(membership_id(ask.source));
    organization = str_take_until(&slug, '/');
    if (!github_name_is_valid(organization) || !github_name_is_valid(slug)) {
        *ret_step =
            exchange_never(exchange, "GitHub: `%.100s` is no team such as github-team:acme/engineering", ask.source);
        return false;
    }
    if (!exchange->settings || !exchange->settings->github) {
        *ret_step = exchange_never(exchange, "GitHub: the configuration has no section `github`");
        return false;
    }
    *ret_team = (struct team){ arena_copy(exchange->arena, organization), arena_copy(exchange->arena, slug) };
    return true;
}

static struct exchange_step refused(const struct exchange *exchange, const struct team *team, const char *what,
                                    const struct http_answer *answer)
{
    if (answer->status == 404)
        return exchange_never(exchange,
                              "GitHub knows no %s, or opsgate may not see it: that needs the organisation permission "
                              "Members: read on %s (a classic token: read:org)",
                              what, team->organization);
    if (answer->status == 301 || answer->status == 302 || answer->status == 307 || answer->status == 308)
        return exchange_never(exchange, "GitHub calls the %s otherwise by now: change its name in the configuration",
                              what);
    return github_refused(exchange, what, team->organization, answer);
}

/* ---- its pages ---- */

struct pages {
    const struct http_answer *answers[PAGES_MAX];
    const char *urls[PAGES_MAX];
    size_t count;
};

static bool has(const struct pages *pages, const char *url)
{
    for (size_t i = 0; i < pages->count; i++)
        if (strcmp(pages->urls[i], url) == 0)
            return true;
    return false;
}

/* By their Link headers alone: their bodies are read once, when all are there. False: dialog->step is what to return.
 */
static bool collect(struct dialog *dialog, const struct team *team, const char *what, struct pages *pages)
{
    const struct exchange *exchange = dialog->exchange;
    const char *path =
        arena_printf(exchange->arena, "/orgs/%s/teams/%s/members?per_page=" PER_PAGE, team->organization, team->slug);
    struct http_call call = github_organization_call(exchange, team->organization, path);
    bool is_elsewhere = false;

    while (call.url && pages->count < PAGES_MAX && !has(pages, call.url)) {
        const struct http_answer *answer = dialog_ask(dialog, call);

        if (!answer)
            return false;
        if (answer->status != 200) {
            dialog->step = refused(exchange, team, what, answer);
            return false;
        }
        pages->urls[pages->count] = call.url;
        pages->answers[pages->count++] = answer;
        call.url = github_next_page(exchange, call.url, answer, &is_elsewhere);
    }
    if (is_elsewhere)
        dialog->step = exchange_never(exchange,
                                      "GitHub's list of the %s goes on at another address: is "
                                      "github.api_url the one that GitHub gives itself?",
                                      what);
    else if (call.url && has(pages, call.url))
        dialog->step = exchange_again(exchange, "GitHub's list of the %s goes round in circles", what);
    else if (call.url)
        dialog->step =
            exchange_never(exchange, "the %s has more than %d members: name a smaller one", what, PAGES_MAX * 100);
    else
        return true;
    return false;
}

static bool is_login(const char *login)
{
    size_t len = login ? strlen(login) : 0;

    return len > 0 && len <= LOGIN_MAX_BYTES &&
           strspn(login, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == len;
}

/* Bots and the like are nobody: their type is another. */
static void take(const struct exchange *exchange, const cJSON *list, struct membership_read *found)
{
    JSON_EACH(item, list) {
        const char *login = json_find_string(item, "login"), *type = json_find_string(item, "type");

        if (is_login(login) && (!type || strcmp(type, "User") == 0))
            *ARENA_PUSH(exchange->arena, found->members, found->members_count) =
                arena_printf(exchange->arena, "github:%s", login);
    }
}

struct exchange_step github_team_read(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct membership_read found = { 0 };
    struct pages pages = { .count = 0 };
    struct team team;
    const char *what;

    if (!read_ask(exchange, &team, &dialog.step))
        return dialog.step;
    what = arena_printf(exchange->arena, "team %s/%s", team.organization, team.slug);
    if (!collect(&dialog, &team, what, &pages))
        return dialog.step;
    for (size_t i = 0; i < pages.count; i++) {
        const cJSON *list = github_json(exchange, what, pages.answers[i], &dialog.step);

        if (!list)
            return dialog.step;
        if (!cJSON_IsArray(list)) /* "nobody is in it" must have been said, not left out */
            return exchange_again(exchange, "GitHub's answer about %s made no sense: no list", what);
        take(exchange, list, &found);
    }
    membership_sort(found.members, &found.members_count);
    return exchange_done(exchange, shape_to_json(&membership_read_shape, &found, SHAPE_WHOLE));
}
