/* person.c - who has signed in, as policy knows people. */
#include "integrations/oidc/sign_in.h"

#include <string.h>

#define SLACK_USER "https://slack.com/user_id"
#define SLACK_TEAM "https://slack.com/team_id"
#define NAME_MAX_BYTES 100

/* A claim by its whole name: these have dots. */
static const char *claim(const cJSON *claims, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(claims, name);

    return cJSON_IsString(value) && value->valuestring[0] ? value->valuestring : NULL;
}

static const char *name_of(const cJSON *claims, const char *otherwise, struct arena *arena)
{
    const char *name = claim(claims, "name");

    return arena_printf(arena, "%.*s", NAME_MAX_BYTES, name ? name : otherwise);
}

static bool by_slack(const struct settings *settings, const cJSON *claims, struct arena *arena,
                     struct principal *ret_principal, struct error *err)
{
    const char *user = claim(claims, SLACK_USER), *team = claim(claims, SLACK_TEAM), *ours = settings->slack.team;

    if (!user || !team)
        return error_set(
            err, ERR_NOT_FOUND,
            "the token names no user of Slack: for another provider say `person: email` in dashboard.oidc");
    if (!ours || strcmp(team, ours) != 0)
        return error_set(err, ERR_NOT_FOUND, "%.40s is of another workspace, %.40s", user, team);
    *ret_principal = (struct principal){ .system = "slack",
                                         .id = arena_strdup(arena, user),
                                         .team = arena_strdup(arena, team),
                                         .name = name_of(claims, user, arena) };
    return true;
}

/* As rules most likely name them. */
static bool name_person(const struct settings *settings, const struct person_settings *person, struct arena *arena,
                        struct principal *principal)
{
    const struct {
        const char *system, *id, *team;
    } rows[] = { { "slack", person->slack, settings->slack.team },
                 { "github", person->github, NULL },
                 { "local", person->local, NULL } };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].id) {
            principal->system = rows[i].system;
            principal->id = arena_strdup(arena, rows[i].id);
            principal->team = arena_strdup(arena, rows[i].team);
            return true;
        }
    return false;
}

static bool by_email(const struct settings *settings, const cJSON *claims, struct arena *arena,
                     struct principal *ret_principal, struct error *err)
{
    const char *email = claim(claims, "email");

    if (!email || !json_find_bool(claims, "email_verified", false))
        return error_set(err, ERR_NOT_FOUND, "the token has no verified e-mail address");
    for (size_t i = 0; i < settings->people_count; i++) {
        const struct person_settings *person = &settings->people[i];
        struct principal principal = { .name = name_of(claims, person->name ? person->name : email, arena) };

        if (!person->email || !str_equal_nocase(str_of(person->email), str_of(email)))
            continue;
        if (!name_person(settings, person, arena, &principal))
            return error_set(err, ERR_NOT_FOUND, "%.100s stands in people with nothing else to be known by", email);
        *ret_principal = principal;
        return true;
    }
    return error_set(err, ERR_NOT_FOUND, "%.100s does not stand in people", email);
}

bool oidc_person(const struct settings *settings, const cJSON *claims, struct arena *arena,
                 struct principal *ret_principal, struct error *err)
{
    if (settings->dashboard.oidc->person == OIDC_BY_EMAIL)
        return by_email(settings, claims, arena, ret_principal, err);
    return by_slack(settings, claims, arena, ret_principal, err);
}

static bool stands_in_people(const struct settings *settings, const struct principal *who)
{
    AUTO(arena) struct arena *arena = arena_create();

    for (size_t i = 0; i < settings->people_count; i++) {
        struct principal principal = { .name = NULL };

        if (settings->people[i].email && name_person(settings, &settings->people[i], arena, &principal) &&
            principal_equal(&principal, who))
            return true;
    }
    return false;
}

bool oidc_knows(const struct settings *settings, const struct principal *who)
{
    if (settings->dashboard.oidc->person == OIDC_BY_EMAIL)
        return stands_in_people(settings, who);
    return strcmp(who->system, "slack") == 0 && settings->slack.team && who->team &&
           strcmp(who->team, settings->slack.team) == 0;
}
