/* body.c - what a trigger remembers; in whose name it asks; and the trigger behind an operation. */
#include "handlers/trigger/trigger.h"

#include "bot/model/settings.h"

#include <inttypes.h>
#include <string.h>

#define DEPTH_MAX 4 /* a deploy in a group of regions in a group in a trigger */
#define QUOTED_BYTES 100
#define SHA_SHOWN 12

static const struct shape_field place_rows[] = {
    ROW_STRING(trigger_place, service, .flags = SHAPE_REQUIRED),
    ROW_STRING(trigger_place, environment, .flags = SHAPE_REQUIRED),
    ROW_STRING(trigger_place, version, .flags = SHAPE_NONZERO),
    ROW_STRING(trigger_place, called, .flags = SHAPE_NONZERO),
    ROW_STRING(trigger_place, branch, .flags = SHAPE_NONZERO),
    ROW_STRING(trigger_place, serving, .flags = SHAPE_NONZERO),
    ROW_INT(trigger_place, wait_ms, .flags = SHAPE_NONZERO),
    ROW_INT(trigger_place, state, .flags = SHAPE_NONZERO),
    ROW_STRING(trigger_place, operation, .flags = SHAPE_NONZERO),
    ROW_STRING(trigger_place, awaited, .flags = SHAPE_NONZERO),
    ROW_STRING(trigger_place, text, .flags = SHAPE_NONZERO),
};
static const struct shape place_shape = SHAPE("a place of a trigger", trigger_place, place_rows);

static const struct shape_field rows[] = {
    ROW_INT(trigger_body, kind, .flags = SHAPE_NONZERO),
    ROW_STRING(trigger_body, repository, .flags = SHAPE_REQUIRED),
    ROW_STRING(trigger_body, subject, .flags = SHAPE_NONZERO),
    ROW_STRING(trigger_body, id, .flags = SHAPE_NONZERO),
    ROW_STRING(trigger_body, tag, .flags = SHAPE_NONZERO),
    ROW_STRING(trigger_body, branch, .flags = SHAPE_NONZERO),
    ROW_STRING(trigger_body, workflow, .flags = SHAPE_NONZERO),
    ROW_STRING(trigger_body, sha, .flags = SHAPE_NONZERO),
    ROW_STRING(trigger_body, title, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(trigger_body, url, .flags = SHAPE_NONZERO),
    ROW_OBJECT(trigger_body, initiator, &principal_shape),
    ROW_STRING(trigger_body, author, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_INT(trigger_body, happened_at_ms, .flags = SHAPE_NONZERO),
    ROW_BOOL(trigger_body, is_prerelease, .flags = SHAPE_NONZERO),
    ROW_BOOL(trigger_body, is_late, .flags = SHAPE_NONZERO),
    ROW_BOOL(trigger_body, is_private, .flags = SHAPE_NONZERO),
    ROW_BOOL(trigger_body, is_wait_told, .flags = SHAPE_NONZERO),
    ROW_BOOL(trigger_body, is_release_told, .flags = SHAPE_NONZERO),
    ROW_INT(trigger_body, number, .flags = SHAPE_NONZERO),
    ROW_STRING(trigger_body, environment, .flags = SHAPE_NONZERO),
    ROW_STRING(trigger_body, service, .flags = SHAPE_NONZERO),
    ROW_BOOL(trigger_body, is_shared, .flags = SHAPE_NONZERO),
    ROW_BOOL(trigger_body, has_failed, .flags = SHAPE_NONZERO),
    ROW_BOOL(trigger_body, is_cut, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(trigger_body, places, &place_shape, .flags = SHAPE_NONZERO),
};
const struct shape trigger_body_shape = SHAPE("a trigger", trigger_body, rows);

/* ---- in whose name ---- */

bool trigger_principal(const struct settings *settings, struct arena *arena, struct principal *ret_principal)
{
    struct str rest = str_of(settings->automation.as), system = str_take_until(&rest, ':');

    *ret_principal = (struct principal){ .system = "github-app", .id = "" };
    if (settings->automation.as)
        *ret_principal = (struct principal){ .system = arena_copy(arena, system), .id = arena_copy(arena, rest) };
    else if (settings->github && settings->github->app)
        ret_principal->id = arena_printf(arena, "%" PRId64, settings->github->app->id);
    return ret_principal->id[0] != '\0';
}

/* ---- behind an operation ---- */

static const struct operation *find(const struct view *view, const char *id)
{
    const struct operation *live = id ? view->find_operation(view->ctx, id) : NULL;

    return live || !id ? live : view->find_ended(view->ctx, id);
}

const struct trigger_body *trigger_of(const struct view *view, const struct operation *operation)
{
    struct trigger_body *body = ARENA_NEW(view->arena, struct trigger_body);
    struct error ignored;

    for (int depth = 0; operation && depth <= DEPTH_MAX; depth++) {
        if (strcmp(operation->kind, machine_trigger.kind) == 0)
            return shape_from_json(&trigger_body_shape, operation->body, view->arena, body, &ignored) ? body : NULL;
        operation = find(view, operation->parent);
    }
    return NULL;
}

/* ---- for people ---- */

static const char *quote(const char *words, struct arena *arena)
{
    return card_quote(str_of(words), QUOTED_BYTES, arena);
}

const char *trigger_person(const struct principal *who, struct arena *arena)
{
    static const char in_login[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

    if (!who->id || !who->id[0])
        return "";
    return strspn(who->id, in_login) == strlen(who->id) ? principal_mention(who, arena) : quote(who->id, arena);
}

const char *trigger_words(const struct trigger_body *body, struct arena *arena)
{
    const char *where = quote(body->repository, arena);

    switch ((enum trigger_kind)body->kind) {
    case TRIGGER_RELEASE:
        return arena_printf(arena, "%s `%s` of %s", body->is_prerelease ? "pre-release" : "release",
                            quote(body->tag, arena), where);
    case TRIGGER_PUSH:
        return arena_printf(arena, "push of `%.*s` to `%s` of %s", SHA_SHOWN, body->sha, quote(body->branch, arena),
                            where);
    case TRIGGER_WORKFLOW:
        return arena_printf(arena, "success of %s on `%s` (`%.*s`) of %s", quote(body->workflow, arena),
                            quote(body->branch, arena), SHA_SHOWN, body->sha, where);
    case TRIGGER_DEPLOYMENT:
        return arena_printf(arena, "deployment %s (`%.*s` to %s) of %s", quote(body->id, arena), SHA_SHOWN, body->sha,
                            quote(body->environment, arena), where);
    case TRIGGER_COMMENT:
        return arena_printf(arena, "comment on #%" PRId64 " of %s", body->number, where);
    }
    return arena_printf(arena, "something in %s", where);
}

const char *trigger_asked_by(const struct view *view, const struct operation *operation)
{
    const struct trigger_body *body = trigger_of(view, operation);
    const char *who;

    if (!body)
        return principal_mention(&operation->requester, view->arena);
    who = trigger_person(&body->initiator, view->arena);
    return arena_printf(view->arena, "the %s%s%s", trigger_words(body, view->arena), who[0] ? ", by " : "", who);
}
