/* confirm.c - what was told is asked of GitHub: is the release still published, is the commit on the branch? An event
 * is a reason to look, and never the truth.
 */
#include "handlers/trigger/comment.h"
#include "handlers/trigger/deployment.h"
#include "handlers/trigger/told.h"
#include "handlers/trigger/triggering.h"

#include "bot/model/checks.h"
#include "bot/model/exchange.h"
#include "bot/model/plant.h"
#include "bot/model/settings.h"
#include "bot/model/source.h"

#include <string.h>

#define SETTLED_MS (5 * MINUTE_MS) /* so long after it happened GitHub's no is not its last word */

void trigger_ask_source(struct triggering *t, const char *name, const char *kind, const char *ref)
{
    struct source_ask ask = { .repository = t->body->repository, .ref = ref };

    outcome_read(t->out, name, kind, shape_to_json(&source_ask_shape, &ask, SHAPE_WHOLE), TRIGGER_READ_MS);
}

static void ask_commit(struct triggering *t)
{
    const char *ref = t->body->kind == TRIGGER_RELEASE ? arena_printf(t->view->arena, "tags/%s", t->body->tag)
                                                       : arena_printf(t->view->arena, "heads/%s", t->body->branch);

    trigger_ask_source(t, "commit", READING_COMMIT, ref);
}

void trigger_confirm(struct triggering *t)
{
    if (t->body->kind == TRIGGER_COMMENT)
        comment_ask(t);
    else if (t->body->kind == TRIGGER_DEPLOYMENT)
        deployment_confirm(t);
    else if (t->body->kind == TRIGGER_RELEASE && !t->body->is_release_told && !PLANTED(RELEASE_UNCONFIRMED))
        trigger_ask_source(t, "release", READING_RELEASE, t->body->tag);
    else
        ask_commit(t);
}

/* ---- GitHub is silent ---- */

void trigger_on_again(struct triggering *t)
{
    trigger_keep(t);
    trigger_confirm(t);
}

void trigger_ask_again(struct triggering *t)
{
    if (trigger_age_ms(t) > t->view->settings->automation.max_event_age_ms) {
        trigger_end_aloud(
            t, "failed",
            arena_printf(t->view->arena, "GitHub did not confirm it within automation.max_event_age (%s): %s",
                         duration_exact(t->view->settings->automation.max_event_age_ms).text, trigger_reason(t)));
        return;
    }
    if (!t->body->is_wait_told)
        told_waiting(t);
    t->body->is_wait_told = true;
    trigger_keep(t);
    outcome_timer(t->out, "again", t->view->now_ms + TRIGGER_AGAIN_MS);
}

/* Who asks right after it happened may be told of yesterday; and who lacks a right may be given it. */
static bool may_be_told_yet(const struct triggering *t)
{
    return t->event->is_refusal || trigger_age_ms(t) < SETTLED_MS;
}

bool trigger_read_answer(struct triggering *t, const struct shape *shape, void *ret_value)
{
    struct error err;

    if (t->event->end == END_DONE && shape_from_json(shape, t->event->body, t->view->arena, ret_value, &err))
        return true;
    if (t->event->end == END_FAILED && !may_be_told_yet(t))
        trigger_end_aloud(t, "refused",
                          arena_printf(t->view->arena, "GitHub does not confirm it: %s", trigger_reason(t)));
    else
        trigger_ask_again(t);
    return false;
}

/* ---- a release ---- */

/* Its age was judged by the date that was told: when it was published, or, of a pre-release that became a full one,
 * when it was changed. So GitHub has to say the same; or that
 * it was changed since, which it does not tell everywhere. */
static bool is_as_old(const struct triggering *t, const struct source_release *release)
{
    int64_t told_ms = t->body->happened_at_ms;

    if (release->published_at_ms == 0 || told_ms == release->published_at_ms)
        return true;
    return told_ms > release->published_at_ms && (release->updated_at_ms == 0 || release->updated_at_ms >= told_ms);
}

void trigger_on_release(struct triggering *t)
{
    struct source_release release;
    const char *why = NULL;

    if (!trigger_read_answer(t, &source_release_shape, &release))
        return;
    if (strcmp(release.tag, t->body->tag) != 0)
        why = "GitHub knows another release by its tag";
    else if (release.is_draft)
        why = "it is a draft by now";
    else if (release.is_prerelease != t->body->is_prerelease)
        why = release.is_prerelease ? "it is a pre-release by now" : "it is no pre-release any more";
    else if (!is_as_old(t, &release))
        why = "GitHub knows it as published at another time";
    if (why) {
        trigger_end_aloud(t, "refused", why);
        return;
    }
    t->body->is_release_told = true;
    t->body->title = release.name ? trigger_quote(t, release.name) : NULL;
    t->body->url = release.url;
    t->body->author = release.author;
    trigger_keep(t);
    ask_commit(t);
}

/* ---- a commit ---- */

void trigger_ask_order(struct triggering *t, const char *name, const char *head)
{
    struct authors_ask ask = { t->body->repository, t->body->sha, head };

    trigger_keep(t);
    outcome_read(t->out, name, READING_AUTHORS, shape_to_json(&authors_ask_shape, &ask, SHAPE_WHOLE), TRIGGER_READ_MS);
}

/* The tag's commit, once for all places; or the branch's head: what was pushed is that, or before it. */
void trigger_on_commit(struct triggering *t)
{
    struct source_commit commit;

    if (!trigger_read_answer(t, &source_commit_shape, &commit))
        return;
    if (t->body->kind == TRIGGER_RELEASE)
        t->body->sha = commit.sha;
    else if (strcmp(commit.sha, t->body->sha) != 0) {
        trigger_ask_order(t, "order", commit.sha);
        return;
    }
    t->body->url = t->body->url ? t->body->url : commit.url;
    trigger_compare(t);
}

/* A commit that another push has taken away from the branch is nobody's wish any more; and one of a fork, which GitHub
 * shows as if it were here, never was. */
void trigger_on_order(struct triggering *t)
{
    struct authors_read read;

    if (!trigger_read_answer(t, &authors_read_shape, &read))
        return;
    if (read.relation && strcmp(read.relation, "ahead") == 0)
        trigger_compare(t);
    else if (!read.relation)
        trigger_end_aloud(t, "refused", "GitHub does not tell whether its branch contains that commit");
    else
        trigger_end(t, "refused", "the branch does not contain that commit any more");
}
