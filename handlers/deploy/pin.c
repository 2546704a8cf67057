/* pin.c - pinning: what was asked for becomes a commit and one image, by its digest; a name that moves later changes
 * nothing.
 *
 * release -> its tag; tag, branch, sha -> the commit; commit or tag -> the image. A commit that GitHub does not tell
 * stops only what needs one: an image tag alone is enough. An image that is not there yet may be waited for.
 */
#include "handlers/deploy/deploying.h"

#include "handlers/deploy/evidence.h"
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
    return (version_needs_github(version) && version->kind != VERSION_RELEASE) || deploy_needs_commit(body);
}

static struct version version_of(const struct deploy_body *body, struct arena *arena)
{
    struct version version = { .kind = VERSION_TAG, .text = body->version, .name = body->version };
    struct error ignored;

    version_read(body->wanted ? body->wanted : body->version, arena, &version, &ignored); /* it was read before */
    return version;
}

static void ask_source(const struct deploy_body *body, const char *name, const char *kind, const char *ref,
                       bool is_needed, struct outcome *out)
{
    struct source_ask ask = { .repository = body->source, .ref = ref, .may_be_missing = !is_needed };

    outcome_read(out, name, kind, shape_to_json(&source_ask_shape, &ask, SHAPE_WHOLE),
                 is_needed ? DEPLOY_PIN_DEADLINE_MS : OPTIONAL_DEADLINE_MS);
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
        ask_source(body, "commit", READING_COMMIT, ref, needs_commit(body, version), out);
    else if (body->repository[0])
        ask_digest(body, body->artifact_deadline_at_ms > 0, out);
    else
        outcome_timer(out, "pinned", AT_ONCE_MS);
}

void deploy_pin_start(const struct deploy_body *body, struct outcome *out)
{
    struct version version = version_of(body, out->arena);

    if (body->keeps_image)
        outcome_read(out, "service", READING_SERVICE, shape_to_json(&run_place_shape, &body->place, SHAPE_WHOLE),
                     DEPLOY_PIN_DEADLINE_MS);
    else if (version.kind == VERSION_RELEASE && version_needs_github(&version))
        ask_source(body, "release", READING_RELEASE, version.name, true, out);
    else
        ask_commit_or_digest(body, &version, version_ref(&version, out->arena), out);
}

static void fail_source(struct deploying *d)
{
    deploy_fail(d, "`%s` could not be pinned: %s", d->body->version, deploy_reason(d));
}

/* ---- the same twice ---- */

static bool is_equal(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

bool deploy_is_being_aborted(const struct operation *operation)
{
    return json_find(operation->body, "returning") || json_find(operation->body, "program.stopping") ||
           is_equal(operation->state, "cancelling");
}

/* A tag may move between two deploys of it, so only images tell once they are known; a digest never moves. Other
 * settings make another deploy. */
static bool brings_the_same(const struct operation *operation, const char *version, const char *image)
{
    const cJSON *body = operation->body;
    const char *their_image = json_find_string(body, "image");

    if (deploy_is_being_aborted(operation) || json_find(body, "env"))
        return false;
    if (image && their_image)
        return is_equal(image, their_image);
    return is_equal(version, json_find_string(body, "version")) &&
           (!their_image || strncmp(version, "sha256:", 7) == 0);
}

const struct operation *deploy_find_same(const struct view *view, const char *id, const char *target,
                                         const char *version, const char *image)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++) {
        if (id && strcmp(all[i]->id, id) == 0)
            return NULL; /* those after it are younger: they are the ones that give way */
        if (strcmp(all[i]->kind, "deploy") == 0 && is_equal(all[i]->target, target) && !all[i]->is_stuck &&
            !operation_has_ended(all[i]) && brings_the_same(all[i], version, image))
            return all[i];
    }
    return NULL;
}

/* False: an older one brings it already, and this one has ended. */
static bool is_the_only_one(struct deploying *d)
{
    const struct operation *same =
        d->body->env_count > 0
            ? NULL
            : deploy_find_same(d->view, d->operation->id, d->operation->target, d->body->version, d->body->image);

    if (!same)
        return true;
    d->body->failed_in = d->state;
    d->body->same = same->id;
    deploy_keep(d);
    outcome_end(d->out, "refused", "refused",
                "%s does that already: the same image to %s. Nothing was changed; the card of %s tells the rest.",
                same->id, d->operation->target, same->id);
    return false;
}

/* ---- pinned ---- */

static void journal_pin(struct deploying *d)
{
    cJSON *body = json_object(), *names = NULL;

    json_set_string(body, "version", d->body->version);
    json_set_string(body, "wanted", d->body->wanted);
    json_set_string(body, "image", d->body->image);
    json_set_string(body, "commit", d->body->commit ? d->body->commit->sha : NULL);
    if (d->body->env_count > 0)
        names = json_set(body, "settings", json_array());
    for (size_t i = 0; i < d->body->env_count; i++) /* values may be secrets */
        json_add_string(names, d->body->env[i].key);
    outcome_journal(d->out, "deploy.pinned", body, NULL);
}

static void pinned(struct deploying *d)
{
    const char *commit = evidence_commit(d->view, d->body);

    if (commit && (!d->body->commit || strcmp(commit, d->body->commit->sha) != 0))
        d->body->built_of = commit; /* the record forgets */
    journal_pin(d);
    if (is_the_only_one(d))
        deploy_settle(d);
}

void deploy_queue(struct deploying *d)
{
    deploy_move(d, "queued", DEPLOY_NO_DEADLINE_MS);
    d->out->claims = d->operation->target;
}

/* No image, and nobody who knows of commits: the version is what was typed. */
void deploy_on_as_typed(struct deploying *d)
{
    pinned(d);
}

/* ---- release, commit ---- */

static void ask_digest_next(struct deploying *d)
{
    if (!d->body->repository[0]) { /* a workflow that needs no image */
        pinned(d);
        return;
    }
    deploy_keep(d);
    ask_digest(d->body, d->view->now_ms < d->body->artifact_deadline_at_ms, d->out);
}

void deploy_on_release(struct deploying *d)
{
    struct source_release release;
    struct error err;

    if (d->event->end != END_DONE ||
        !shape_from_json(&source_release_shape, d->event->body, d->view->arena, &release, &err)) {
        fail_source(d);
        return;
    }
    if (d->body->repository[0] && !version_is_tag(release.tag)) {
        deploy_fail(d,
                    "release `%s` has the tag of no image: its name has other characters than letters, digits, `.`, "
                    "`_` and `-`",
                    deploy_quote(d, release.tag));
        return;
    }
    d->body->version = release.tag;
    d->body->image_tag = release.tag;
    deploy_keep(d);
    ask_source(d->body, "commit", READING_COMMIT, arena_printf(d->view->arena, "tags/%s", release.tag),
               deploy_needs_commit(d->body), d->out);
}

/* What was built of the commit; what was named by a tag or digest keeps that name. */
static bool take_commit(struct deploying *d, const struct version *version)
{
    const char *sha = d->body->commit ? d->body->commit->sha : version->name, *tag;

    if (version->digest || (version->kind != VERSION_BRANCH && version->kind != VERSION_SHA))
        return true;
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
    if (take_commit(d, &version))
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
    const char *tag = d->body->image_tag ? d->body->image_tag : d->body->version;

    deploy_fail(d, "no image tagged `%s` appeared in %s within %s: look at the build", tag, d->body->repository,
                duration_about(d->view->now_ms - d->operation->created_at_ms).text);
}

void deploy_on_digest(struct deploying *d)
{
    const char *image = d->event->end == END_DONE ? json_find_string(d->event->body, "image") : NULL;
    bool is_missing = d->event->end == END_DONE && json_find_bool(d->event->body, "missing", false);
    bool may_wait = d->view->now_ms < d->body->artifact_deadline_at_ms;

    if (image) {
        d->body->image = image;
        pinned(d);
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

/* ---- settings alone: the image that serves ---- */

static const char *version_that_serves(const struct deploying *d, const struct run_service *service)
{
    const struct target *target = d->view->find_target(d->view->ctx, d->operation->target);
    const char *digest = strchr(service->image, '@');

    for (size_t i = target ? target->good_count : 0; i > 0; i--)
        if (is_equal(target->good[i - 1].revision, service->serving))
            return target->good[i - 1].version;
    return digest ? digest + 1 : d->body->version;
}

bool deploy_take_serving_image(struct deploying *d, const struct run_service *service)
{
    if (!service->serving || !service->image || !strchr(service->image, '@')) {
        deploy_fail(d,
                    "Cloud Run does not tell by digest which image of %s serves, so it cannot be kept: name a version",
                    d->body->place.service);
        return false;
    }
    d->body->image = service->image;
    d->body->version = version_that_serves(d, service);
    return true;
}

void deploy_on_serving(struct deploying *d)
{
    struct run_service service;
    const char *why;

    if (!deploy_sees(d, &service, &why))
        deploy_fail(d, "Cloud Run did not tell what serves %s: %s", d->body->place.service, why);
    else if (deploy_take_serving_image(d, &service))
        pinned(d);
}
