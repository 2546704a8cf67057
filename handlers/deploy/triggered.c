/* triggered.c - a deploy that something on GitHub began (handlers/trigger/): who did it there, what it stands for, and
 * what follows from that. The link is the internal option `--by`, believed of a living trigger alone.
 */
#include "handlers/deploy/triggered.h"

#include "handlers/deploy/evidence.h"
#include "handlers/deploy/irreversible.h"
#include "handlers/trigger/match.h"
#include "handlers/trigger/trigger.h"

#include "bot/model/exchange.h"
#include "bot/model/plant.h"
#include "bot/model/settings.h"
#include "policy/policy.h"

#include <string.h>

#define SHA_SHOWN 12
#define FRESH_MS MINUTE_MS /* what GitHub said so recently is not asked for again */

/* ---- the link ---- */

bool triggered_read(const struct view *view, const struct request *request, const char *by,
                    const struct deploy_trigger **ret, struct error *err)
{
    const struct operation *operation = by ? view->find_operation(view->ctx, by) : NULL;
    bool is_trigger =
        operation && strcmp(operation->kind, machine_trigger.kind) == 0 && !operation_has_ended(operation);
    const struct trigger_body *body = is_trigger ? trigger_of(view, operation) : NULL;
    struct deploy_trigger *trigger;

    *ret = NULL;
    if (!by)
        return true;
    if (strcmp(request->source, "github") != 0)
        return error_set(err, ERR_INVALID, "`--by` is opsgate's own. Nothing was done.");
    if (!body)
        return error_set(err, ERR_NOT_FOUND, "The trigger that asked for it is over. Nothing was done.");
    trigger = ARENA_NEW(view->arena, struct deploy_trigger);
    *trigger = (struct deploy_trigger){
        .what = trigger_words(body, view->arena),
        .subject = body->subject,
        .url = body->url,
        .title = body->title,
        .sha = body->sha,
        .release = body->kind == TRIGGER_RELEASE ? body->tag : NULL,
        .is_prerelease = body->is_prerelease,
        .deployment = body->kind == TRIGGER_DEPLOYMENT ? body->id : NULL,
        .is_shared = body->is_shared,
        .initiator = body->initiator,
        .author = body->author,
    };
    *ret = trigger;
    return true;
}

const char *triggered_prefix(const struct place *place)
{
    return place->environment->release ? place->environment->release->tag_prefix : NULL;
}

const char *triggered_strip(const char *prefix, const char *tag)
{
    const char *version = match_version(prefix, tag);

    return version ? version : tag;
}

/* ---- it was made again ---- */

static bool is_login(const char *known, const char *login)
{
    return known && str_equal_nocase(str_of(known), str_of(login));
}

static bool is_known(const struct deploy_trigger *trigger, const char *login)
{
    bool is_known = is_login(trigger->author, login) || is_login(trigger->initiator.id, login);

    for (size_t i = 0; i < trigger->authors_count; i++)
        is_known = is_known || is_login(trigger->authors[i], login);
    return is_known;
}

/* Under the same tag, of the same commit: whoever made the release as it is now is one of its authors, too. */
static void learn_author(struct deploying *d, const char *author)
{
    struct deploy_trigger *trigger;

    if (!author || is_known(d->body->trigger, author))
        return;
    trigger = ARENA_NEW(d->view->arena, struct deploy_trigger);
    *trigger = *d->body->trigger; /* the old one belongs to the record, and so does its list */
    trigger->authors = NULL;
    trigger->authors_count = 0;
    for (size_t i = 0; i < d->body->trigger->authors_count; i++)
        *ARENA_PUSH(d->view->arena, trigger->authors, trigger->authors_count) = d->body->trigger->authors[i];
    *ARENA_PUSH(d->view->arena, trigger->authors, trigger->authors_count) = author;
    d->body->trigger = trigger;
    deploy_note(d, "release_remade",
                arena_printf(d->view->arena,
                             "found that its release was made again by %s: their consent does not count",
                             deploy_quote(d, author)),
                NULL, NULL);
}

/* ---- its tag was moved ---- */

const char *triggered_release(const struct deploy_body *body)
{
    return body->trigger && body->source ? body->trigger->release : NULL;
}

void triggered_plan(const struct version *version, struct deploy_body *body)
{
    if (body->trigger && version->digest)
        body->built_of = body->trigger->sha;
}

static bool is_of_trigger(struct deploying *d, const char *sha)
{
    const struct deploy_trigger *trigger = d->body->trigger;

    if (strcmp(trigger->sha, sha) == 0)
        return true;
    deploy_fail(d, "`%s` was moved since it began this: it was commit %.*s then, and is %.*s now",
                deploy_quote(d, trigger->release ? trigger->release : d->body->wanted), SHA_SHOWN, trigger->sha,
                SHA_SHOWN, sha);
    return false;
}

bool triggered_is_told(struct deploying *d)
{
    const struct deploy_trigger *trigger = d->body->trigger;
    const char *sha = d->body->commit ? d->body->commit->sha : NULL;

    if (!trigger || !trigger->sha || !sha || (!trigger->release && !d->body->wanted))
        return true;
    d->body->told_at_ms = d->view->now_ms;
    return is_of_trigger(d, sha);
}

bool triggered_release_is_told(struct deploying *d, const struct source_release *release)
{
    const struct deploy_trigger *trigger = d->body->trigger;

    if (!triggered_release(d->body))
        return true;
    if (strcmp(release->tag, trigger->release) == 0 && !release->is_draft &&
        release->is_prerelease == trigger->is_prerelease) {
        learn_author(d, release->author);
        return true;
    }
    deploy_fail(d, "release `%s` is not what began this any more: it is %s", deploy_quote(d, trigger->release),
                strcmp(release->tag, trigger->release) != 0 ? "another one"
                : release->is_draft                         ? "a draft"
                : release->is_prerelease                    ? "a pre-release"
                                                            : "no pre-release");
    return false;
}

/* ---- once more ---- */

static void ask(struct deploying *d, const char *name, const char *kind, const char *ref)
{
    struct source_ask ask = { .repository = d->body->source, .ref = ref, .marker = d->body->irreversible_marker };

    deploy_keep(d);
    outcome_read(d->out, name, kind, shape_to_json(&source_ask_shape, &ask, SHAPE_WHOLE), DEPLOY_PIN_DEADLINE_MS);
}

bool triggered_looks_again(struct deploying *d)
{
    const char *release = triggered_release(d->body);

    if (!release || d->view->now_ms - d->body->told_at_ms < FRESH_MS)
        return false;
    ask(d, "release-again", READING_RELEASE, release);
    return true;
}

/* False: it is not there in time, or any more, and the deploy has failed. */
static bool read_again(struct deploying *d, const struct shape *shape, void *ret)
{
    struct error err;

    if (d->event->end == END_DONE && shape_from_json(shape, d->event->body, d->view->arena, ret, &err))
        return true;
    deploy_fail(d, "GitHub does not say any more that release `%s` is as it was: %s",
                deploy_quote(d, d->body->trigger->release), deploy_reason(d));
    return false;
}

void triggered_on_release_again(struct deploying *d)
{
    struct source_release release;

    if (!triggered_release(d->body) || !read_again(d, &source_release_shape, &release) ||
        !triggered_release_is_told(d, &release))
        return;
    d->body->is_marked = d->body->is_marked || release.is_marked; /* its text may have been mended meanwhile */
    ask(d, "commit-again", READING_COMMIT, arena_printf(d->view->arena, "tags/%s", release.tag));
}

void triggered_on_commit_again(struct deploying *d)
{
    struct source_commit commit;

    if (!triggered_release(d->body) || !read_again(d, &source_commit_shape, &commit) || !is_of_trigger(d, commit.sha))
        return;
    d->body->told_at_ms = d->view->now_ms;
    if (!deploy_is_in(d, "awaiting-approval")) {
        deploy_on_as_typed(d);
        return;
    }
    irreversible_learn(d);
    deploy_on_consented(d);
}

/* ---- whoever did it there does not consent to it ---- */

static bool is_named(const struct view *view, const char *system, const char *login, const struct principal *who)
{
    const struct principal named = { .system = system,
                                     .id = login ? evidence_as_people_write(view->settings, login) : "" };

    return named.id[0] && policy_is_same_person(view->policy, view->members, who, &named);
}

/* Whoever sent the event may be a program that somebody told to publish what they made. */
static bool is_initiator(const struct view *view, const struct deploy_trigger *trigger, const struct principal *who)
{
    for (size_t i = 0; i < trigger->authors_count; i++)
        if (is_named(view, "github", trigger->authors[i], who))
            return true;
    return is_named(view, trigger->initiator.system, trigger->initiator.id, who) ||
           is_named(view, "github", trigger->author, who);
}

/* Whoever published the same release again: the trigger of that lives as long as it waits for this deploy. */
static bool is_initiator_since(const struct view *view, const struct deploy_body *body, const struct principal *who)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));
    const char *release = triggered_release(body);

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; release && i < count; i++) {
        bool is_trigger = strcmp(all[i]->kind, machine_trigger.kind) == 0 && !operation_has_ended(all[i]);
        const struct trigger_body *other = is_trigger ? trigger_of(view, all[i]) : NULL;

        if (other && other->kind == TRIGGER_RELEASE && other->tag && strcmp(other->tag, release) == 0 &&
            str_equal_nocase(str_of(body->source), str_of(other->repository)) &&
            (is_named(view, other->initiator.system, other->initiator.id, who) ||
             is_named(view, "github", other->author, who)))
            return true;
    }
    return false;
}

bool triggered_by(const struct view *view, const struct deploy_body *body, const struct principal *who)
{
    return body->trigger && !PLANTED(OWN_RELEASE_APPROVED) &&
           (is_initiator(view, body->trigger, who) || is_initiator_since(view, body, who));
}

void triggered_leave_out_own(const struct view *view, const struct deploy_body *body, struct facts *facts)
{
    struct approval_fact *told = NULL;
    size_t count = 0;

    if (!body->trigger)
        return;
    for (size_t i = 0; i < facts->approvals_count; i++)
        if (!triggered_by(view, body, &facts->approvals[i].by))
            *ARENA_PUSH(view->arena, told, count) = facts->approvals[i];
    facts->approvals = told;
    facts->approvals_count = count;
}

/* ---- for people ---- */

const char *triggered_asked_by(const struct view *view, const struct operation *operation,
                               const struct deploy_trigger *trigger)
{
    const char *who;

    if (!trigger)
        return principal_mention(&operation->requester, view->arena);
    who = trigger_person(&trigger->initiator, view->arena);
    return arena_printf(view->arena, "the %s%s%s", trigger->what, who[0] ? ", by " : "", who);
}
