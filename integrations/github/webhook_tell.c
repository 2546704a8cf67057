#include "integrations/github/webhook_tell.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

/* "release:991:published:2026-11-20T10:00:00.000Z", without an instant where none is told. */
static const char *meaning(struct arena *arena, const char *what, const char *action, int64_t at_ms)
{
    return arena_printf(arena, "%s%s%s%s%s", what, action ? ":" : "", action ? action : "", at_ms > 0 ? ":" : "",
                        at_ms > 0 ? time_format(at_ms).text : "");
}

static int64_t first_known(int64_t at_ms, int64_t otherwise_ms)
{
    return at_ms > 0 ? at_ms : otherwise_ms;
}

/* A full release and the pre-release that it was are two things, published at one instant: GitHub keeps that date. */
static const char *fact_of(const struct github_release *release, struct arena *arena)
{
    return arena_printf(arena, "release:%s:%s:%s", release->id, release->is_prerelease ? "pre" : "full",
                        time_format(release->published_at_ms).text);
}

/* What publishing told is told once for each publishing; the rest, once for each change. */
void webhook_tell_release(const void *typed, struct arena *arena, struct outside_event *event)
{
    const struct github_release *release = typed;
    const char *action = release->about.action;
    bool is_published =
        strcmp(action, "published") == 0 || strcmp(action, "released") == 0 || strcmp(action, "prereleased") == 0;

    event->occurred_at_ms = is_published ? first_known(release->published_at_ms, release->updated_at_ms)
                                         : first_known(release->updated_at_ms, release->published_at_ms);
    event->subject = arena_printf(arena, "%s/releases/%s", release->about.repository, release->id);
    event->meaning = meaning(arena, arena_printf(arena, "release:%s", release->id), action, event->occurred_at_ms);
    if (is_published && !release->is_draft && release->published_at_ms > 0)
        event->fact = fact_of(release, arena);
    if (strcmp(action, "released") == 0 && release->updated_at_ms > event->occurred_at_ms)
        event->changed_at_ms = release->updated_at_ms; /* a pre-release that was published long before */
}

void webhook_tell_deployment(const void *typed, struct arena *arena, struct outside_event *event)
{
    const struct github_deployment *made = typed;

    event->occurred_at_ms = made->deployment.created_at_ms;
    event->subject = arena_printf(arena, "%s/deployments/%s", made->about.repository, made->deployment.id);
    event->meaning = meaning(arena, arena_printf(arena, "deployment:%s", made->deployment.id), made->about.action, 0);
}

void webhook_tell_status(const void *typed, struct arena *arena, struct outside_event *event)
{
    const struct github_deployment_status *status = typed;

    event->occurred_at_ms = status->created_at_ms;
    event->subject = arena_printf(arena, "%s/deployments/%s", status->about.repository, status->deployment.id);
    event->meaning = meaning(arena, arena_printf(arena, "deployment_status:%s", status->id), status->about.action, 0);
}

/* "requested" happens when the attempt is made, the others when the run was last changed. */
void webhook_tell_run(const void *typed, struct arena *arena, struct outside_event *event)
{
    const struct github_workflow_run *run = typed;

    event->occurred_at_ms = first_known(run->updated_at_ms, first_known(run->started_at_ms, run->created_at_ms));
    event->subject = arena_printf(arena, "%s/runs/%s", run->about.repository, run->id);
    event->meaning =
        meaning(arena, arena_printf(arena, "workflow_run:%s:%" PRId64, run->id, run->attempt), run->about.action, 0);
}

/* A suite can be completed again, after it was requested again. */
void webhook_tell_suite(const void *typed, struct arena *arena, struct outside_event *event)
{
    const struct github_check_suite *suite = typed;

    event->occurred_at_ms = first_known(suite->updated_at_ms, suite->created_at_ms);
    event->subject = arena_printf(arena, "%s/check-suites/%s", suite->about.repository, suite->id);
    event->meaning =
        meaning(arena, arena_printf(arena, "check_suite:%s", suite->id), suite->about.action, event->occurred_at_ms);
}

void webhook_tell_push(const void *typed, struct arena *arena, struct outside_event *event)
{
    const struct github_push *push = typed;
    const struct github_about *about = &push->about;

    event->occurred_at_ms = push->pushed_at_ms;
    event->subject = arena_printf(arena, "%s/%s", about->repository, push->ref);
    event->meaning =
        meaning(arena,
                arena_printf(arena, "push:%s:%s:%s:%s", about->repository_id ? about->repository_id : about->repository,
                             push->ref, push->before, push->after),
                NULL, event->occurred_at_ms);
    if (!event->principal.id[0] && push->pusher)
        event->principal.id = push->pusher;
}

void webhook_tell_comment(const void *typed, struct arena *arena, struct outside_event *event)
{
    const struct github_issue_comment *comment = typed;

    event->occurred_at_ms = comment->created_at_ms;
    event->subject = arena_printf(arena, "%s/%s/%" PRId64, comment->about.repository,
                                  comment->is_pull_request ? "pulls" : "issues", comment->number);
    event->meaning = meaning(arena, arena_printf(arena, "issue_comment:%s", comment->id), comment->about.action, 0);
}

void webhook_tell_pull(const void *typed, struct arena *arena, struct outside_event *event)
{
    const struct github_pull_request *pull = typed;

    event->occurred_at_ms = first_known(pull->updated_at_ms, pull->merged_at_ms);
    event->subject = arena_printf(arena, "%s/pulls/%" PRId64, pull->about.repository, pull->number);
    event->meaning = meaning(arena, arena_printf(arena, "pull_request:%s:%s", pull->id, pull->sha), pull->about.action,
                             event->occurred_at_ms);
}

void webhook_tell_installation(const void *typed, struct arena *arena, struct outside_event *event)
{
    const struct github_installation *installation = typed;

    event->occurred_at_ms = first_known(installation->updated_at_ms, installation->suspended_at_ms);
    event->subject = arena_printf(arena, "installations/%s", installation->id);
    event->meaning = meaning(arena, arena_printf(arena, "installation:%s", installation->id),
                             installation->about.action, event->occurred_at_ms);
}
