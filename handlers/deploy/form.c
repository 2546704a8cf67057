/* form.c - the form that asks for a deploy, where somebody left out where to: which service, where, which version of
 * those that are known, how, why. What is chosen above decides what can be chosen below; sent, it types what people
 * type, and verb.c reads it.
 */
#include "handlers/deploy/form.h"

#include "handlers/deploy/deploying.h"
#include "handlers/hold/hold.h"
#include "handlers/image.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/modal.h"

#include <string.h>

#define VERSIONS_MAX 30
#define REASON_MAX_CHARS 300
#define VERSION_MAX_CHARS 150
#define ENDED_LOOKED_AT 200                    /* the newest */
#define ANY_REASON "it is asked for by a form" /* where a rule wants one: the form has a field for it */

struct deploy_form {
    const struct service_settings *service;         /* chosen so far, or NULL */
    const struct environment_settings *environment; /* likewise, and one of the service's */
};

/* ---- is it wanted ---- */

bool deploy_wants_form(const struct view *view, const struct request *request, const struct typed *typed)
{
    bool lacks_place =
        typed->words_count == 0 || (typed->words_count == 1 && settings_find_service(view->settings, typed->words[0]));

    for (size_t i = 0; i < typed->options_count && lacks_place; i++)
        lacks_place = !typed->values[i];
    return typed_option(typed, "form") || (lacks_place && request->trigger);
}

static struct decision judge(const struct view *view, const struct question *question, const char *reason)
{
    struct facts facts = view_facts(view);

    facts.reason = reason;
    return policy_decide(view->policy, question, &facts, POLICY_STATIC);
}

/* Policy is asked for a place where they may, if there is one: what is chosen in the form it is asked when that is
 * sent. */
static bool ask_for_any(const struct view *view, const struct request *request, struct question *ret_question,
                        struct error *err)
{
    const struct settings *settings = view->settings;
    bool is_found = false;

    for (size_t i = 0; i < settings->services_count; i++)
        for (size_t k = 0; k < settings->services[i].environments_count; k++) {
            const struct place place = { .service = &settings->services[i],
                                         .environment = &settings->services[i].environments[k] };
            struct question question;
            struct decision decision;

            place_ask(request, &place, view->arena, &question);
            question.reason = ANY_REASON;
            decision = judge(view, &question, ANY_REASON);
            if (!is_found || !decision_refuses(&decision))
                *ret_question = question;
            if (!decision_refuses(&decision))
                return true;
            is_found = true;
        }
    return is_found ||
           error_set(err, ERR_INVALID, "No service is configured that could be deployed. Nothing was done.");
}

/* What is not there any more, a reload having taken it, is as if it had not been chosen. */
bool deploy_read_form(const struct view *view, const struct request *request, const struct typed *typed,
                      struct deploy_arguments *arguments, struct question *ret_question, struct error *err)
{
    struct deploy_form *form = ARENA_NEW(view->arena, struct deploy_form);
    const char *service = typed_option(typed, "service"), *environment = typed_option(typed, "environment");

    service = service ? service : typed->words_count > 0 ? typed->words[0] : NULL;
    form->service = service ? settings_find_service(view->settings, service) : NULL;
    if (!form->service && view->settings->services_count == 1)
        form->service = &view->settings->services[0];
    form->environment = form->service && environment ? settings_find_environment(form->service, environment) : NULL;
    arguments->form = form;
    return ask_for_any(view, request, ret_question, err);
}

/* ---- its fields ---- */

struct making {
    const struct view *view;
    const struct request *request;
    const struct deploy_form *form;
    struct modal *modal;
};

static struct modal_field *add(struct making *m, struct modal_field field)
{
    struct modal_field *added = ARENA_PUSH(m->view->arena, m->modal->fields, m->modal->fields_count);

    *added = field;
    return added;
}

static bool has_choice(const struct modal_field *field, const char *value)
{
    for (size_t i = 0; i < field->choices_count; i++)
        if (strcmp(field->choices[i].value, value) == 0)
            return true;
    return false;
}

static void add_choice(struct making *m, struct modal_field *field, const char *value, const char *label)
{
    if (field->choices_count < MODAL_CHOICES_MAX && strlen(value) <= MODAL_VALUE_MAX_BYTES && !has_choice(field, value))
        *ARENA_PUSH(m->view->arena, field->choices, field->choices_count) = (struct modal_choice){ label, value };
}

static void add_service(struct making *m)
{
    const struct settings *settings = m->view->settings;
    struct modal_field field = {
        .name = "service", .label = "Which service?", .kind = MODAL_CHOICE, .is_decisive = true
    };

    for (size_t i = 0; i < settings->services_count; i++)
        add_choice(m, &field, settings->services[i].name, settings->services[i].name);
    field.initial = m->form->service ? m->form->service->name : NULL;
    add(m, field);
}

static void add_environment(struct making *m)
{
    const struct settings *settings = m->view->settings;
    const struct service_settings *service = m->form->service;
    struct modal_field field = {
        .name = "environment", .label = "Where to?", .kind = MODAL_CHOICE, .is_decisive = true
    };

    for (size_t i = 0; i < settings->services_count; i++)
        for (size_t k = 0; k < settings->services[i].environments_count; k++)
            if (!service || service == &settings->services[i])
                add_choice(m, &field, settings->services[i].environments[k].name,
                           settings->services[i].environments[k].name);
    field.depends_on = service ? service->name : "";
    field.initial = m->form->environment ? m->form->environment->name : NULL;
    add(m, field);
}

/* ---- versions that are known ---- */

static void add_version(struct making *m, struct modal_field *field, const struct target_version *version,
                        const char *about)
{
    if (version->version && version->image && field->choices_count < VERSIONS_MAX)
        add_choice(m, field, deploy_version_word(version, m->view->arena),
                   arena_printf(m->view->arena, "%s: %s, %s ago", version_short(version->version, m->view->arena),
                                about, duration_about(m->view->now_ms - version->at_ms).text));
}

static void add_good(struct making *m, struct modal_field *field, const char *target_name)
{
    const struct target *target = m->view->find_target(m->view->ctx, target_name);

    for (size_t i = target ? target->good_count : 0; i-- > 0;)
        add_version(m, field, &target->good[i], i + 1 == target->good_count ? "serves here" : "was good here");
}

/* What was deployed of the service lately, wherever: by the name that it was asked by. */
static void add_deployed(struct making *m, struct modal_field *field)
{
    const struct operation **list = arena_alloc(m->view->arena, ENDED_LOOKED_AT * sizeof(*list));
    size_t count = m->view->list_ended(m->view->ctx, list, ENDED_LOOKED_AT);

    for (size_t i = 0; i < count && i < ENDED_LOOKED_AT && field->choices_count < VERSIONS_MAX; i++) {
        const char *version = json_find_string(list[i]->body, "version");
        const char *service = json_find_string(list[i]->body, "service");

        if (strcmp(list[i]->kind, machine_deploy.kind) == 0 && service && version && list[i]->target &&
            list[i]->result && strcmp(service, m->form->service->name) == 0 && version_is_tag(version))
            add_choice(m, field, version,
                       arena_printf(m->view->arena, "%s: to %s, %s (%s)", version_short(version, m->view->arena),
                                    list[i]->target, list[i]->result, list[i]->id));
    }
}

static void add_versions(struct making *m, const struct place *place)
{
    struct modal_field field = { .name = "version",
                                 .label = "Which version?",
                                 .kind = MODAL_CHOICE,
                                 .is_optional = true,
                                 .depends_on = place->target };
    struct deploy_arguments proposing = { .place = *place };

    if (place->environment->default_version)
        add_choice(
            m, &field, place->environment->default_version,
            arena_printf(m->view->arena, "%s: what is deployed there by default", place->environment->default_version));
    if (deploy_propose(m->view, place, &proposing))
        add_version(m, &field, proposing.proposed, arena_printf(m->view->arena, "runs in %s", proposing.proposed_from));
    add_good(m, &field, place->target);
    add_deployed(m, &field);
    if (field.choices_count > 0)
        add(m, field);
}

static void add_other(struct making *m, const struct place *place)
{
    bool is_default = place && place->environment->default_version;
    bool is_offered = strcmp(m->modal->fields[m->modal->fields_count - 1].name, "version") == 0;

    add(m, (struct modal_field){ .name = "other",
                                 .label = is_offered ? "Or another version" : "Which version?",
                                 .hint = is_default ? arena_printf(m->view->arena, "Without any it is %s.",
                                                                   place->environment->default_version)
                                                    : NULL,
                                 .placeholder = "v1.4.2, branch:main, sha:3f2a9c1, release:latest",
                                 .is_optional = true,
                                 .max_chars = VERSION_MAX_CHARS });
}

static void add_how(struct making *m, const struct place *place)
{
    static const struct modal_choice strategies[] = { { "In steps: canary", "canary" },
                                                      { "Switched and watched: blue-green", "blue-green" },
                                                      { "All at once", "all-at-once" } };
    struct modal_field field = { .name = "strategy",
                                 .label = "How?",
                                 .hint = "Left empty, as the environment has it.",
                                 .kind = MODAL_CHOICE,
                                 .is_option = true,
                                 .is_optional = true };

    for (size_t i = 0; i < ARRAY_LEN(strategies); i++)
        add_choice(m, &field, strategies[i].value, strategies[i].label);
    if (place && place->environment->driver.cloud_run)
        add(m, field);
    add(m, (struct modal_field){ .name = "reason",
                                 .label = "Why?",
                                 .hint = "On the card and in the journal.",
                                 .is_option = true,
                                 .is_optional = true,
                                 .max_chars = REASON_MAX_CHARS });
}

/* What would happen to it now: better before than after it is sent. */
static const char *intro_of(const struct making *m, const struct place *place)
{
    const struct operation *hold =
        hold_find(m->view, place->service->name, place->environment->name, "deploy", &m->request->principal);
    struct question question;
    struct decision decision;

    place_ask(m->request, place, m->view->arena, &question);
    decision = judge(m->view, &question, ANY_REASON);
    if (decision_refuses(&decision))
        return arena_printf(m->view->arena, "⛔ As it stands policy would refuse it: %s. %s", decision.reason,
                            decision.turn);
    if (hold)
        return arena_printf(m->view->arena, "🔒 %s (%s).", hold_words(m->view, hold), hold->id);
    return approvals_lack(&decision, NEED_APPROVALS) || decision.counts[NEED_PENDING] > 0
               ? "It will wait until what policy requires is there: its card tells."
               : NULL;
}

void deploy_ask_by_form(const struct view *view, const struct request *request, const struct deploy_form *form,
                        struct outcome *out)
{
    struct modal *modal = ARENA_NEW(view->arena, struct modal);
    struct making m = { view, request, form, modal };
    struct place place = { form->service, form->environment, NULL, NULL };
    bool has_place = form->service && form->environment;

    *modal = (struct modal){ .title = "Deploy",
                             .submit = "Deploy",
                             .command = "deploy",
                             .draft = "deploy --form",
                             .channel = request->channel };
    if (has_place) {
        place.target = settings_target_name(form->service, form->environment, view->arena);
        modal->intro = intro_of(&m, &place);
    }
    add_service(&m);
    add_environment(&m);
    if (has_place)
        add_versions(&m, &place);
    add_other(&m, has_place ? &place : NULL);
    add_how(&m, has_place ? &place : NULL);
    outcome_misused(out, "Which service, and where to? Say it as in `deploy %s %s VERSION`. Nothing was done.",
                    view->settings->services[0].name,
                    view->settings->services[0].environments_count > 0
                        ? view->settings->services[0].environments[0].name
                        : "ENVIRONMENT");
    outcome_reply_line(out, "Usage: `%s`", verb_deploy.usage);
    out->form = modal;
}
