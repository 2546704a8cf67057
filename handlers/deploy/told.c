#include "handlers/deploy/told.h"

#include "handlers/deploy/deploying.h"

#include "bot/model/checks.h"
#include "bot/model/github_event.h"

#include <string.h>
#include <strings.h>

static bool is_deploy_in(const struct operation *operation, const char *state)
{
    return strcmp(operation->kind, "deploy") == 0 && strcmp(operation->state, state) == 0;
}

/* GitHub takes a repository's name in upper and lower case alike. */
static bool is_of_repository(const struct operation *operation, const char *path, const struct outside_event *event)
{
    const char *ours = json_find_string(operation->body, path);
    const char *theirs = json_find_string(event->body, "about.repository");

    return ours && theirs && strcasecmp(ours, theirs) == 0;
}

/* By its number; before that is known, by the id in its title that the dispatch gave it. */
bool deploy_hears_run(const struct view *view, const struct operation *operation, const struct outside_event *event)
{
    const char *told = json_find_string(event->body, "workflow_run_id");
    const char *title = json_find_string(event->body, "title");
    const char *effect = json_find_string(operation->body, "workflow.effect");
    int64_t run = json_find_int(operation->body, "workflow.run", 0);

    (void)view;
    if ((!is_deploy_in(operation, "running") && !is_deploy_in(operation, "cancelling")) ||
        !is_of_repository(operation, "workflow.repository", event))
        return false;
    if (!told && outside_event_is(event, "github", "workflow_run"))
        told = json_find_string(event->body, "id");
    if (run > 0)
        return github_id(told) == run;
    return effect && title && strstr(title, effect);
}

bool deploy_hears_build(const struct view *view, const struct operation *operation, const struct outside_event *event)
{
    (void)view;
    return is_deploy_in(operation, "awaiting-artifact") && is_of_repository(operation, "source", event);
}

bool deploy_hears_checks(const struct view *view, const struct operation *operation, const struct outside_event *event)
{
    const char *told = json_find_string(event->body, "sha"), *ours = json_find_string(operation->body, "built_of");

    (void)view;
    ours = ours ? ours : json_find_string(operation->body, "commit.sha");
    return is_deploy_in(operation, "awaiting-checks") && is_of_repository(operation, "source", event) &&
           (!told || !ours || strcmp(told, ours) == 0);
}

/* ---- and what it does ---- */

/* A question asked once more takes the place of the one that is out: events that come faster than answers do would keep
 * every answer away. Whatever came after that one was asked is seen by the next look. */
static void look_now(struct deploying *d, const char *reading, void (*look)(struct deploying *d))
{
    for (size_t i = 0; i < d->operation->awaited_count; i++)
        if (strcmp(d->operation->awaited[i].name, reading) == 0)
            return;
    outcome_cancel_timer(d->out, "poll");
    look(d);
}

void deploy_on_told_of_run(struct deploying *d)
{
    look_now(d, "run", deploy_on_run_poll);
}

void deploy_on_told_of_build(struct deploying *d)
{
    look_now(d, "digest", deploy_on_artifact_poll);
}

/* They are green already while the authors are asked for. */
void deploy_on_told_of_checks(struct deploying *d)
{
    if (d->body->github_checks && d->body->github_checks->state != CHECKED_GREEN)
        look_now(d, "checks", deploy_on_checks_poll);
}
