#include "handlers/history/scope.h"

#include "bot/model/card.h"
#include "handlers/place.h"
#include "policy/decide.h"

#include <inttypes.h>
#include <string.h>

#define QUOTED_BYTES 60

struct reading {
    const struct view *view;
    const struct request *request;
    const struct service_settings *service; /* NULL: every one */
    const char *environment;                /* NULL: every one */
    struct question *question;
    struct scope *scope;
};

/* ---- the places ---- */

static void add(const struct reading *r, const char *name)
{
    *ARENA_PUSH(r->view->arena, r->scope->places, r->scope->count) =
        (struct scope_place){ name, r->view->find_target(r->view->ctx, name) };
}

static void add_regions(const struct reading *r, const struct place *place)
{
    const struct cloud_run_driver *driver = place->environment->driver.cloud_run;

    if (!driver || driver->regions_count == 0)
        add(r, place->target);
    for (size_t i = 0; driver && i < driver->regions_count; i++)
        add(r, arena_printf(r->view->arena, "%s/%s", place->target, driver->regions[i]));
}

static bool may_see(const struct reading *r, const struct question *question)
{
    const struct facts facts = view_facts(r->view);

    return policy_decide(r->view->policy, question, &facts, POLICY_WHOLE).verdict == VERDICT_ALLOW;
}

static void take(const struct reading *r, const struct place *place)
{
    struct question question;

    place_ask(r->request, place, r->view->arena, &question);
    question.verb = r->question->verb;
    if (!may_see(r, &question)) {
        r->scope->hidden++;
        if (!r->question->service)
            *r->question = question;
        return;
    }
    if (r->scope->count == 0)
        *r->question = question;
    add_regions(r, place);
}

static void take_all(const struct reading *r)
{
    const struct settings *settings = r->view->settings;

    for (size_t i = 0; i < settings->services_count; i++) {
        const struct service_settings *service = &settings->services[i];

        for (size_t k = 0; k < service->environments_count && (!r->service || r->service == service); k++) {
            struct place place = { .service = service, .environment = &service->environments[k] };

            if (r->environment && strcmp(place.environment->name, r->environment) != 0)
                continue;
            place.target = settings_target_name(service, place.environment, r->view->arena);
            take(r, &place);
        }
    }
}

/* ---- the words ---- */

static bool has_environment(const struct settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->services_count; i++)
        if (settings_find_environment(&settings->services[i], name))
            return true;
    return false;
}

static bool read_place(struct reading *r, const struct typed *typed, struct error *err)
{
    struct place place;

    if (!place_read(r->view->settings, typed, r->view->arena, &place, err))
        return false;
    if (place.rest)
        return error_set(
            err, ERR_INVALID, "I do not know what `%s` means behind `%s`: `%s` tells of a place, whatever its version.",
            card_quote(str_of(place.rest), QUOTED_BYTES, r->view->arena), place.environment->name, r->request->verb);
    r->service = place.service;
    r->environment = place.environment->name;
    return true;
}

/* One word may be a service, or an environment of several; anything else is said as everywhere. */
static bool read_words(struct reading *r, const struct typed *typed, struct error *err)
{
    const char *word = typed->words_count > 0 ? typed->words[0] : NULL;

    if (!word)
        return true;
    if (typed->words_count > 1)
        return read_place(r, typed, err);
    r->service = settings_find_service(r->view->settings, word);
    if (!r->service && has_environment(r->view->settings, word))
        r->environment = word;
    return r->service || r->environment || read_place(r, typed, err);
}

static const char *about(const struct reading *r, const char *all)
{
    struct arena *arena = r->view->arena;

    if (r->service && r->environment)
        return arena_printf(arena, "*%s* in *%s*", r->service->name, r->environment);
    if (r->service)
        return arena_printf(arena, "*%s*", r->service->name);
    return r->environment ? arena_printf(arena, "%s in *%s*", all, r->environment) : all;
}

static const char *adopted(const struct view *view)
{
    if (view->adoption == 0)
        return NULL;
    return arena_printf(view->arena,
                        "The store was adopted %s ago (%s): what ended between its last backup and then is not in it.",
                        duration_about(view->now_ms - view->adopted_at_ms).text,
                        card_date(view->adopted_at_ms + view->shift_ms, view->arena));
}

bool scope_read(const struct view *view, const struct request *request, const char *verb, const struct typed *typed,
                struct question *ret_question, struct scope *ret_scope, struct error *err)
{
    struct reading reading = { .view = view, .request = request, .question = ret_question, .scope = ret_scope };

    *ret_scope = (struct scope){ .adopted = adopted(view) };
    *ret_question = (struct question){ .principal = request->principal, .verb = verb, .source = request->source };
    if (!read_words(&reading, typed, err))
        return false;
    ret_scope->about = about(&reading, "everything");
    ret_scope->any = about(&reading, "anything");
    take_all(&reading);
    return true;
}

bool scope_number(const struct typed *typed, const char *name, int64_t min, int64_t max, int64_t otherwise,
                  int64_t *ret_number, struct error *err)
{
    const char *value = typed_option(typed, name);
    struct error ignored;

    if (!value)
        *ret_number = otherwise;
    else if (!parse_int(str_of(value), min, max, ret_number, &ignored))
        return error_set(err, ERR_INVALID, "`--%s` takes a number from %" PRId64 " to %" PRId64 ".", name, min, max);
    return true;
}
