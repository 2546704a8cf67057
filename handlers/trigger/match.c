#include "handlers/trigger/match.h"

#include "bot/model/card.h"
#include "bot/model/paths.h"
#include "handlers/deploy/order.h"
#include "handlers/deploy/version.h"

#include <string.h>

#define QUOTED_BYTES 100
#define SHA_CALLED 12 /* as a deploy calls it */

const char *match_version(const char *prefix, const char *tag)
{
    size_t len = prefix ? strlen(prefix) : 0;

    return strncmp(tag, prefix ? prefix : "", len) == 0 && tag[len] ? tag + len : NULL;
}

static bool takes_kind(const struct release_settings *rule, const struct trigger_body *body)
{
    return rule->versions == VERSIONS_PUBLISHED || body->is_prerelease == (rule->versions == VERSIONS_PRERELEASED);
}

static bool takes_release(const struct release_settings *rule, const struct trigger_body *body, struct arena *arena,
                          struct trigger_place *ret_place, const char **ret_why)
{
    const char *version = match_version(rule->tag_prefix, body->tag);

    if (!takes_kind(rule, body) || !version || (rule->tags && !path_matches(rule->tags, str_of(body->tag))))
        return false;
    if (rule->format == FORMAT_SEMVER && !order_is_version(version))
        *ret_why = arena_printf(arena, "`%s` is no version by semver.org (release.format)",
                                card_quote(str_of(version), QUOTED_BYTES, arena));
    else if (!version_is_ref(body->tag))
        *ret_why = "its tag is no name that git knows";
    else if (strcmp(body->tag, "latest") == 0)
        *ret_why = "`release:latest` is whichever is the newest, so no release by that name is rolled out";
    ret_place->version = arena_printf(arena, "release:%s", body->tag);
    ret_place->called = version;
    return !*ret_why;
}

/* The commit's own image, whatever it was called by. */
static bool as_commit(const struct trigger_body *body, struct arena *arena, struct trigger_place *ret_place)
{
    ret_place->version = arena_printf(arena, "sha:%s", body->sha);
    ret_place->called = arena_printf(arena, "sha:%.*s", SHA_CALLED, body->sha);
    return true;
}

static bool takes_push(const struct release_settings *rule, const struct trigger_body *body, struct arena *arena,
                       struct trigger_place *ret_place)
{
    return rule->branch && strcmp(rule->branch, body->branch) == 0 && as_commit(body, arena, ret_place);
}

/* GitHub tells environments apart without their letters' case. */
static bool takes_deployment(const struct release_settings *rule, const struct trigger_body *body, struct arena *arena,
                             struct trigger_place *ret_place)
{
    const char *called = rule->environment ? rule->environment : ret_place->environment;

    return str_equal_nocase(str_of(called), str_of(body->environment)) && as_commit(body, arena, ret_place);
}

bool match_takes(const struct release_settings *rule, const struct trigger_body *body, struct arena *arena,
                 struct trigger_place *ret_place, const char **ret_why)
{
    *ret_why = NULL;
    switch ((enum release_on)rule->on) {
    case RELEASE_ON_GITHUB_RELEASE:
        return body->kind == TRIGGER_RELEASE && takes_release(rule, body, arena, ret_place, ret_why);
    case RELEASE_ON_GITHUB_PUSH:
        return body->kind == TRIGGER_PUSH && takes_push(rule, body, arena, ret_place);
    case RELEASE_ON_GITHUB_WORKFLOW:
        return body->kind == TRIGGER_WORKFLOW && rule->workflow && strcmp(rule->workflow, body->workflow) == 0 &&
               takes_push(rule, body, arena, ret_place);
    case RELEASE_ON_GITHUB_DEPLOYMENT:
        return body->kind == TRIGGER_DEPLOYMENT && takes_deployment(rule, body, arena, ret_place);
    }
    return false;
}
