#include "handlers/trigger/listen.h"

#include "handlers/trigger/asked.h"
#include "handlers/trigger/deployment.h"
#include "handlers/trigger/places.h"

#include "bot/model/deployment.h"
#include "bot/model/github_event.h"

#include <string.h>

#define SHA_DIGITS 40

static bool read_event(const struct view *view, const struct outside_event *event, void *ret_typed)
{
    struct error ignored;

    return shape_from_json(github_event_shape(event->name), event->body, view->arena, ret_typed, &ignored);
}

void trigger_listen_about(const struct outside_event *event, struct trigger_body *body)
{
    body->subject = event->subject;
    body->initiator = event->principal;
    body->happened_at_ms = event->changed_at_ms    ? event->changed_at_ms
                           : event->occurred_at_ms ? event->occurred_at_ms
                                                   : event->received_at_ms;
    body->is_late = event->is_late;
}

/* Only where a rule listens: most of what is told concerns nobody. */
static bool ask(const struct view *view, const struct outside_event *event, struct trigger_body *body,
                struct wanted_request *ret_request)
{
    struct principal *requester = ARENA_NEW(view->arena, struct principal);

    trigger_listen_about(event, body);
    places_find(view, body);
    if (body->places_count == 0 || !trigger_principal(view->settings, view->arena, requester))
        return false;
    *ret_request = asked_write(body, requester, view->arena);
    return true;
}

bool trigger_release_asks(const struct view *view, const struct outside_event *event,
                          struct wanted_request *ret_request)
{
    struct trigger_body body = { .kind = TRIGGER_RELEASE };
    struct github_release release;

    if (!read_event(view, event, &release) || release.is_draft || !release.tag || !release.about.repository)
        return false;
    body.repository = release.about.repository;
    body.id = release.id;
    body.tag = release.tag;
    body.is_prerelease = release.is_prerelease;
    return ask(view, event, &body, ret_request);
}

static bool is_sha(const char *text)
{
    return text && strlen(text) == SHA_DIGITS && strspn(text, "0123456789abcdef") == SHA_DIGITS;
}

bool trigger_push_asks(const struct view *view, const struct outside_event *event, struct wanted_request *ret_request)
{
    struct trigger_body body = { .kind = TRIGGER_PUSH };
    struct github_push push;
    struct str ref;

    if (!read_event(view, event, &push) || push.is_deleted || !is_sha(push.after) || !push.about.repository)
        return false;
    ref = str_of(push.ref);
    if (!str_take_prefix(&ref, "refs/heads/"))
        return false;
    body.repository = push.about.repository;
    body.branch = ref.at;
    body.sha = push.after;
    return ask(view, event, &body, ret_request);
}

/* A fork's branch may be called as ours is, and so may that of a pull request's run. */
static bool is_of_our_branch(const struct github_workflow_run *run)
{
    return run->branch && !run->is_from_fork && run->event &&
           (strcmp(run->event, "push") == 0 || strcmp(run->event, "workflow_dispatch") == 0);
}

bool trigger_run_asks(const struct view *view, const struct outside_event *event, struct wanted_request *ret_request)
{
    struct trigger_body body = { .kind = TRIGGER_WORKFLOW };
    struct github_workflow_run run;
    const char *file;
    struct str path;

    if (!read_event(view, event, &run) || !is_of_our_branch(&run) || !is_sha(run.sha) || !run.path ||
        !run.about.repository || !run.conclusion || strcmp(run.conclusion, "success") != 0)
        return false;
    path = str_of(run.path);
    file = arena_copy(view->arena, str_take_until(&path, '@')); /* a ref may stand behind it */
    body.repository = run.about.repository;
    body.id = run.id;
    body.branch = run.branch;
    body.sha = run.sha;
    body.workflow = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
    return ask(view, event, &body, ret_request);
}

/* Ours come back: told apart by their payload. And one that a job of Actions made by its `environment` is of a deploy
 * that runs there, under whoever's name: GitHub shows by it what that job does. */
bool trigger_deployment_asks(const struct view *view, const struct outside_event *event,
                             struct wanted_request *ret_request)
{
    struct trigger_body body = { .kind = TRIGGER_DEPLOYMENT };
    const struct github_deployment_facts *facts;
    struct github_deployment made;

    if (!read_event(view, event, &made) || !made.about.repository)
        return false;
    facts = &made.deployment;
    if (!facts->id || !is_sha(facts->sha) || !facts->ref || !facts->environment || !facts->task ||
        strcmp(facts->task, DEPLOYMENT_TASK) != 0 || made.workflow_run_id ||
        deployment_is_ours(view, facts->app_id, deployment_operation(facts->payload, view->arena)))
        return false;
    body.repository = made.about.repository;
    body.id = facts->id;
    body.branch = facts->ref;
    body.sha = facts->sha;
    body.environment = facts->environment;
    return ask(view, event, &body, ret_request);
}
