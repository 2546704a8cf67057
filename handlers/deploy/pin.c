/* pin.c - pinning: what was asked for becomes a commit and one image, by its digest; a name that moves later changes
 * nothing.
 *
 * release -> its tag; tag, branch, sha -> the commit; commit or tag -> the image. A commit that GitHub does not tell
 * stops only what needs one: an image tag alone is enough. An image that is not there yet may be waited for.
 */
#include "handlers/deploy/deploying.h"

#include "handlers/deploy/evidence.h"
#include "handlers/deploy/irreversible.h"
#include "handlers/deploy/triggered.h"
#include "handlers/deploy/version.h"

#include "bot/model/exchange.h"

#include <string.h>

#define OPTIONAL_DEADLINE_MS (5 * SECOND_MS) /* what is only good to know is not waited for longer */
#define LOOK_FIRST_MS (5 * SECOND_MS)        /* for an image that is not there yet; then less and less often */
#define LOOK_MAX_MS (30 * SECOND_MS)
#define SHA_SHOWN 12
#define AT_ONCE_MS 1 /* an instant long past */

/* ---- what is asked for ---- */

/* Without it nothing is pinned: its image is known by the commit alone, or whoever deploys it is told the commit. */
static bool needs_commit(const struct deploy_body *body, const struct version *version)
{
    return (version_needs_github(version) && version->kind != VERSION_RELEASE) || deploy_needs_commit(body) ||
           triggered_release(body);
}

static struct version version_of(const struct deploy_body *body, struct arena *arena)
{
    struct version version = { .kind = VERSION_TAG, .text = body->version, .name = body->version };
    struct error ignored;

    version_read(body->wanted ? body->wanted : body->version, arena, &version, &ignored); /* it was read before */
    return version;
}

/* Its image is called by artifact.branch_tag, which the build has to agree with. */
static bool is_built_of_commit(const struct version *version)
{
    return !version->digest && (version->kind == VERSION_BRANCH || version->kind == VERSION_SHA);
}

static void ask_commit(const struct deploy_body *body, const char *ref, bool is_needed, struct outcome *out)
{
    struct source_ask ask = { .repository = body->source, .ref = ref, .may_be_missing = !is_needed };

    outcome_read(out, "commit", READING_COMMIT, shape_to_json(&source_ask_shape, &ask, SHAPE_WHOLE),
                 is_needed ? DEPLOY_PIN_DEADLINE_MS : OPTIONAL_DEADLINE_MS);
}

/* What may be irreversible is not rolled out like something else for want of an answer. */
static void ask_release(const struct deploy_body *body, const char *name, const char *tag, bool may_be_missing,
                        int64_t deadline_ms, struct outcome *out)
{
    struct source_ask ask = {
        .repository = body->source, .ref = tag, .may_be_missing = may_be_missing, .marker = body->irreversible_marker
    };

    outcome_read(out, name, READING_RELEASE, shape_to_json(&source_ask_shape, &ask, SHAPE_WHOLE), deadline_ms);
}

static void ask_digest(const struct deploy_body *body, bool may_be_missing, struct outcome *out)
{
    struct registry_tag tag = { .image = body->repository,
                                .tag = body->image_tag ? body->image_tag : body->version,
                                .may_be_missing = may_be_missing };

    outcome_read(out, "digest", READING_DIGEST, shape_to_json(&registry_tag_shape, &tag, SHAPE_WHOLE),
                 DEPLOY_PIN_DEADLINE_MS);
}

static void ask_commit_or_digest(const struct deploy_body *body, const struct version *version, const char *ref,
                                 struct outcome *out)
{
    if (body->source && ref)
        ask_commit(body, ref, needs_commit(body, version), out);
    else if (body->repository[0])
        ask_digest(body, body->artifact_deadline_at_ms > 0, out);
    else
        outcome_timer(out, "pinned", AT_ONCE_MS);
}

/* A tag of which there is no release is one without such words. */
static void ask_marker(const struct deploy_body *body, int64_t deadline_ms, struct outcome *out)
{
    ask_release(body, "marker", body->irreversible_release, true, deadline_ms, out);
}

void deploy_pin_start(const struct view *view, const char *target, const struct deploy_body *body, struct outcome *out)
{
    struct version version = version_of(body, out->arena);

    if (body->keeps_image)
        outcome_read(out, "service", READING_SERVICE, shape_to_json(&run_place_shape, &body->place, SHAPE_WHOLE),
                     DEPLOY_PIN_DEADLINE_MS);
    else if (version.kind == VERSION_RELEASE && version_needs_github(&version))
        ask_release(body, "release", version.name, false, DEPLOY_PIN_DEADLINE_MS, out);
    else if (triggered_release(body)) /* one of several regions: its image is pinned, its release is what it was */
        ask_release(body, "marker", triggered_release(body), false, DEPLOY_PIN_DEADLINE_MS, out);
    else if (body->irreversible_release && body->source)
        ask_marker(body,
                   irreversible_is_on_record(view, target, body->version) ? OPTIONAL_DEADLINE_MS
                                                                          : DEPLOY_PIN_DEADLINE_MS,
                   out);
    else
        ask_commit_or_digest(body, &version, version_ref(&version, out->arena), out);
}

static void fail_source(struct deploying *d)
{
    deploy_fail(d, "`%s` could not be pinned: %s", d->body->version, deploy_reason(d));
}

/* ---- pinned ---- */

static void journal_pin(struct deploying *d)
{
    cJSON *body = json_object(), *names = NULL;

    json_set_string(body, "version", d->body->version);
    json_set_string(body, "wanted", d->body->wanted);
    json_set_string(body, "image", d->body->image);
    json_set_string(body, "commit", d->body->commit ? d->body->commit->sha : NULL);
    json_set_string(body, "trigger", d->body->trigger ? d->body->trigger->subject : NULL);
    if (d->body->is_irreversible)
        json_set_bool(body, "irreversible", true);
    if (d->body->is_reversible)
        json_set_bool(body, "said_to_be_reversible", true);
    if (d->body->irreversible_untold)
        json_set_bool(body, "irreversible_by_record", true);
    if (d->body->env_count > 0)
        names = json_set(body, "settings", json_array());
    for (size_t i = 0; i < d->body->env_count; i++) /* values may be secrets */
        json_add_string(names, d->body->env[i].key);
    outcome_journal(d->out, "deploy.pinned", body, NULL);
}

/* What GitHub did not tell the record of the very image does, or nobody: then the deploy has failed, or it is asked
 * once more, where it was not waited for long. */
static bool is_mark_known(struct deploying *d)
{
    if (!d->body->irreversible_untold || irreversible_is_image_on_record(d))
        return true;
    if (!d->body->is_release_asked_again &&
        (deploy_is_in(d, "awaiting-artifact") ||
         irreversible_is_on_record(d->view, d->operation->target, d->body->version))) {
        d->body->is_release_asked_again = true;
        deploy_keep(d);
        ask_marker(d->body, DEPLOY_PIN_DEADLINE_MS, d->out);
        return false;
    }
    deploy_fail(d, "GitHub did not tell whether its release `%s` is irreversible: %s",
                deploy_quote(d, d->body->irreversible_release), d->body->irreversible_untold);
    return false;
}

void deploy_pinned(struct deploying *d)
{
    const char *commit = evidence_commit(d->view, d->body);

    if (commit && (!d->body->commit || strcmp(commit, d->body->commit->sha) != 0))
        d->body->built_of = commit; /* the record forgets */
    if (!is_mark_known(d))
        return;
    irreversible_learn(d);
    journal_pin(d);
    d->body->irreversible_untold = NULL;
    if (deploy_is_the_only_one(d))
        deploy_settle(d);
}

/* No image, and nobody who knows of commits: the version is what was typed. */
void deploy_on_as_typed(struct deploying *d)
{
    deploy_pinned(d);
}

/* ---- release, commit ---- */

static void ask_digest_next(struct deploying *d)
{
    struct version version = version_of(d->body, d->view->arena);
    bool may_wait = d->view->now_ms < d->body->artifact_deadline_at_ms;

    if (!d->body->repository[0]) { /* a workflow that needs no image */
        deploy_pinned(d);
        return;
    }
    deploy_keep(d);
    ask_digest(d->body, may_wait || is_built_of_commit(&version), d->out);
}

void deploy_on_release(struct deploying *d)
{
    struct source_release release;
    const char *version;
    struct error err;

    if (d->event->end != END_DONE ||
        !shape_from_json(&source_release_shape, d->event->body, d->view->arena, &release, &err)) {
        fail_source(d);
        return;
    }
    if (!triggered_release_is_told(d, &release))
        return;
    version = triggered_strip(d->body->tag_prefix, release.tag);
    if (d->body->repository[0] && !version_is_tag(version)) {
        deploy_fail(d,
                    "release `%s` has the tag of no image: its name has other characters than letters, digits, `.`, "
                    "`_` and `-`",
                    deploy_quote(d, release.tag));
        return;
    }
    d->body->version = version;
    if (!d->body->image_tag) /* else it was named by its digest, too */
        d->body->image_tag = version;
    d->body->is_marked = release.is_marked;
    deploy_keep(d);
    ask_commit(d->body, arena_printf(d->view->arena, "tags/%s", release.tag),
               deploy_needs_commit(d->body) || triggered_release(d->body), d->out);
}

static bool is_release_missing(const struct deploying *d)
{
    return d->event->end == END_DONE && !triggered_release(d->body) && json_find_bool(d->event->body, "missing", false);
}

/* False: the release that began it is not told, or not what it was, and the deploy has failed. */
static bool take_release(struct deploying *d)
{
    struct source_release release = { 0 };
    struct error err;
    bool is_told = is_release_missing(d) ||
                   (d->event->end == END_DONE &&
                    shape_from_json(&source_release_shape, d->event->body, d->view->arena, &release, &err));

    d->body->is_release_told = is_told;
    d->body->is_marked = release.is_marked;
    d->body->irreversible_untold = NULL;
    if (is_told)
        return is_release_missing(d) || triggered_release_is_told(d, &release);
    if (triggered_release(d->body) || !d->body->irreversible_release) {
        fail_source(d);
        return false;
    }
    d->body->irreversible_untold = deploy_reason(d);
    return true;
}

/* A tag that is no release is what it was typed as. */
void deploy_on_marker(struct deploying *d)
{
    struct version version = version_of(d->body, d->view->arena);
    const char *release = triggered_release(d->body);

    if (!take_release(d))
        return;
    /* Its image is known by now; or there is none by which the record could know it. */
    if (d->body->is_release_asked_again || (d->body->irreversible_untold && !d->body->repository[0])) {
        deploy_pinned(d);
        return;
    }
    deploy_keep(d);
    ask_commit_or_digest(
        d->body, &version,
        release ? arena_printf(d->view->arena, "tags/%s", release) : version_ref(&version, d->view->arena), d->out);
}

/* What was built of the commit; what was named by a tag or digest keeps that name. */
static bool take_commit(struct deploying *d, const struct version *version)
{
    const char *sha = d->body->commit ? d->body->commit->sha : version->name, *tag;

    if (!is_built_of_commit(version))
        return true;
    if (!d->body->commit)
        d->body->built_of = sha; /* it was named whole: GitHub's silence takes nothing of that */
    tag = version_tag_of_commit(d->body->branch_tag ? d->body->branch_tag : "{sha}", sha, d->view->arena);
    d->body->version = arena_printf(d->view->arena, "sha:%.*s", SHA_SHOWN, sha);
    d->body->image_tag = tag;
    if (!d->body->repository[0] || version_is_tag(tag))
        return true;
    deploy_fail(d, "`%s` cannot be the tag of an image: look at artifact.branch_tag of `%s`", deploy_quote(d, tag),
                d->body->service);
    return false;
}

void deploy_on_commit(struct deploying *d)
{
    struct version version = version_of(d->body, d->view->arena);
    struct source_commit *commit = ARENA_NEW(d->view->arena, struct source_commit);
    struct error err;

    if (d->event->end == END_DONE &&
        shape_from_json(&source_commit_shape, d->event->body, d->view->arena, commit, &err))
        d->body->commit = commit;
    else if (needs_commit(d->body, &version)) {
        fail_source(d);
        return;
    }
    if (triggered_is_told(d) && take_commit(d, &version))
        ask_digest_next(d);
}

/* ---- the image ---- */

static void wait_for_image(struct deploying *d)
{
    int64_t wait_ms = LOOK_FIRST_MS + d->body->artifact_looks * SECOND_MS * 2;

    if (d->body->artifact_since_ms == 0)
        d->body->artifact_since_ms = d->view->now_ms;
    d->body->artifact_looks++;
    deploy_move(d, "awaiting-artifact", d->body->artifact_deadline_at_ms - d->view->now_ms);
    outcome_timer(d->out, "poll", d->view->now_ms + (wait_ms < LOOK_MAX_MS ? wait_ms : LOOK_MAX_MS));
}

void deploy_on_artifact_poll(struct deploying *d)
{
    deploy_keep(d);
    ask_digest(d->body, true, d->out);
}

static void fail_missing(struct deploying *d)
{
    struct version version = version_of(d->body, d->view->arena);
    const char *tag = d->body->image_tag ? d->body->image_tag : d->body->version, *called = "";

    if (is_built_of_commit(&version))
        called = arena_printf(d->view->arena, " (so `artifact.branch_tag` of %s calls the build of this commit)",
                              d->body->service);
    if (deploy_is_in(d, "awaiting-artifact"))
        deploy_fail(d, "no image tagged `%s`%s appeared in %s within %s: look at the build", tag, called,
                    d->body->repository, duration_about(d->view->now_ms - d->operation->created_at_ms).text);
    else
        deploy_fail(d, "no image tagged `%s`%s is in %s: was it built, and pushed under that tag?", tag, called,
                    d->body->repository);
}

void deploy_on_digest(struct deploying *d)
{
    const char *image = d->event->end == END_DONE ? json_find_string(d->event->body, "image") : NULL;
    bool is_missing = d->event->end == END_DONE && json_find_bool(d->event->body, "missing", false);
    bool may_wait = d->view->now_ms < d->body->artifact_deadline_at_ms;

    if (d->body->image)
        return; /* it is known already, and GitHub is asked once more */
    if (image) {
        d->body->image = image;
        if (!triggered_looks_again(d))
            deploy_pinned(d);
    } else if (may_wait && (is_missing || (deploy_is_in(d, "awaiting-artifact") && d->event->end == END_GAVE_UP))) {
        wait_for_image(d);
    } else if (is_missing) {
        fail_missing(d);
    } else {
        deploy_fail(d, "`%s` of %s could not be pinned: %s", d->body->version, d->body->repository, deploy_reason(d));
    }
}

/* ---- for cards ---- */

const char *deploy_awaiting_text(const struct view *view, const struct deploy_body *body)
{
    return arena_printf(view->arena, "waiting for the image `%s` since %s, until %s at the latest",
                        body->image_tag ? body->image_tag : body->version,
                        card_time(body->artifact_since_ms + view->shift_ms, view->arena),
                        card_time(body->artifact_deadline_at_ms + view->shift_ms, view->arena));
}

const char *deploy_commit_text(const struct deploy_body *body, struct arena *arena)
{
    const struct source_commit *commit = body->commit;

    if (!commit)
        return NULL;
    return arena_printf(arena, "`%.*s` %s%s%s%s%s%s", SHA_SHOWN, commit->sha, commit->message ? commit->message : "",
                        commit->author ? " (" : "", commit->author ? commit->author : "", commit->author ? ")" : "",
                        body->wanted ? ", of " : "",
                        body->wanted ? card_quote(str_of(body->wanted), DEPLOY_QUOTED_BYTES, arena) : "");
}
