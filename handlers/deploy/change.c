/* change.c - the commits that it brings; and for those who are asked to consent, where `rollback` would lead after it.
 * Both are asked for while it waits, else the commits when it begins, for people alone: nothing is decided by them, and
 * what cannot be read is said to be unknown.
 */
#include "handlers/deploy/deploying.h"
#include "handlers/deploy/drift.h"
#include "handlers/deploy/evidence.h"
#include "handlers/rollback/goal.h"
#include "handlers/rollback/preflight.h"

#include "bot/model/checks.h"
#include "bot/model/exchange.h"
#include "bot/model/settings.h"

#include <inttypes.h>
#include <string.h>

#define SHA_SHOWN 12

static struct deploy_change *change_of(struct deploying *d) /* ours to change; the old one belongs to the record */
{
    struct deploy_change *change = ARENA_NEW(d->view->arena, struct deploy_change);

    if (d->body->change)
        *change = *d->body->change;
    d->body->change = change;
    return change;
}

static const struct target_version *serving_at(const struct view *view, const struct operation *operation)
{
    const struct target *target = view->find_target(view->ctx, operation->target);

    return target && target->good_count > 0 && !target->doubt ? &target->good[target->good_count - 1] : NULL;
}

static const struct target_version *serving(const struct deploying *d)
{
    return serving_at(d->view, d->operation);
}

/* ---- what serves changes while it waits ---- */

static const char *against_now(const struct view *view, const struct operation *operation)
{
    const struct target_version *good = serving_at(view, operation);
    const char *version = good && good->version ? good->version : "?", *of = good ? good->operation : NULL;

    if (!good)
        return "nothing that is on record";
    return arena_printf(view->arena, "`%s`%s%s", card_quote(str_of(version), DEPLOY_QUOTED_BYTES, view->arena),
                        of && of[0] ? " of " : "", of ? of : "");
}

const char *deploy_change_before(const struct view *view, const struct operation *operation,
                                 const struct deploy_body *body)
{
    const char *against = body->change ? body->change->against : NULL;

    return against && strcmp(against, against_now(view, operation)) != 0 ? against : NULL;
}

/* An answer to what was asked when something else served tells nothing of today: it is asked for again. */
static bool is_told_too_late(struct deploying *d)
{
    if (!deploy_change_before(d->view, d->operation, d->body))
        return false;
    deploy_read_change(d);
    deploy_keep(d);
    return true;
}

/* ---- the commits ---- */

void deploy_keep_commits(struct deploying *d, const char *base, const struct authors_read *read)
{
    struct deploy_change *change = change_of(d);

    change->is_told = read->commits_count > 0 || read->is_known;
    change->base = base && base[0] ? base : NULL;
    change->commits = read->commits;
    change->commits_count = read->commits_count;
    change->commits_total = read->commits_total;
    change->unknown = change->is_told ? NULL : read->unknown ? deploy_quote(d, read->unknown) : "GitHub did not tell";
}

static bool is_told_of(const struct deploy_change *change, const char *base)
{
    return change && change->is_told && strcmp(change->base ? change->base : "", base ? base : "") == 0;
}

static void forget_commits(struct deploying *d)
{
    struct deploy_change *change = change_of(d);

    change->is_told = false;
    change->base = NULL;
    change->commits = NULL;
    change->commits_count = 0;
    change->commits_total = 0;
    change->unknown = NULL;
}

static void read_commits(struct deploying *d)
{
    const char *base = evidence_serving_commit(d->view, d->body->service, d->operation->target);
    struct authors_ask ask = { d->body->source, base ? base : "", evidence_commit(d->view, d->body) };

    if (!ask.repository || !ask.head || is_told_of(d->body->change, base))
        return;
    forget_commits(d); /* those since another one are of no use */
    if (!base && !evidence_is_first(d->view, d->operation->target))
        change_of(d)->unknown = "which commit serves now is not on record";
    else
        outcome_read(d->out, "commits", READING_AUTHORS, shape_to_json(&authors_ask_shape, &ask, SHAPE_WHOLE),
                     DEPLOY_PIN_DEADLINE_MS);
}

bool deploy_has_begun(const struct deploying *d)
{
    static const char *const states[] = { "looking", "launching", "dispatching" };

    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        if (deploy_is_in(d, "queued") && d->out->state && strcmp(d->out->state, states[i]) == 0)
            return true;
    return false;
}

bool deploy_can_ask_github(const struct view *view)
{
    const struct github_settings *github = view->settings->github;

    return github && (github->app || github->token); /* it may be there for its webhooks alone */
}

void deploy_read_commits_once(struct deploying *d)
{
    if (!deploy_has_begun(d) || d->body->is_way_back || !deploy_can_ask_github(d->view))
        return;
    read_commits(d);
    if (d->body->change)
        change_of(d)->against = against_now(d->view, d->operation);
    outcome_move(d->out, NULL, d->body);
}

/* Once it is in the line nobody consents to it any more: what served before is of no use then, and they are asked for
 * anew when it begins. */
void deploy_on_commits_told(struct deploying *d)
{
    struct authors_read read;
    struct error err;

    if (deploy_is_in(d, "awaiting-approval") ? is_told_too_late(d)
                                             : deploy_change_before(d->view, d->operation, d->body) != NULL)
        return;
    if (d->event->end == END_DONE && shape_from_json(&authors_read_shape, d->event->body, d->view->arena, &read, &err))
        deploy_keep_commits(d, evidence_serving_commit(d->view, d->body->service, d->operation->target), &read);
    else
        change_of(d)->unknown = deploy_reason(d);
    deploy_keep(d);
}

/* ---- the way back ---- */

static const char *name_of(const struct deploying *d, const struct target_version *version)
{
    bool is_named = version->version && (!version->revision || strcmp(version->version, version->revision) != 0);

    if (!is_named)
        return arena_printf(d->view->arena, "`%s`, which opsgate did not bring", deploy_quote(d, version->revision));
    return arena_printf(d->view->arena, "`%s`%s%s%s", deploy_quote(d, version->version), version->revision ? " (`" : "",
                        version->revision ? deploy_quote(d, version->revision) : "", version->revision ? "`)" : "");
}

/* A way back by a program or a workflow deploys the last good version again; Cloud Run's goes where `rollback` would go
 * once this is there. `version` NULL: nowhere, as far as is known. */
static struct target_version goal_of(const struct deploying *d)
{
    const struct target_version *good = serving(d), ours = { .revision = d->body->revision ? d->body->revision : "" };
    const struct rollback_sight sight = {
        .target = d->view->find_target(d->view->ctx, d->operation->target),
        .leaving = &ours,
        .previous = d->body->change ? d->body->change->serves : NULL,
    };

    if (d->body->program || d->body->workflow)
        return good ? *good : (struct target_version){ 0 };
    return rollback_choose(&sight, d->view->now_ms, d->view->arena).to;
}

static void compare_with(struct deploying *d, const struct target_version *goal)
{
    struct run_revisions_ask ask = { .place = d->body->place };

    if (d->body->program || d->body->workflow || !goal->revision)
        return;
    *ARENA_PUSH(d->view->arena, ask.revisions, ask.revisions_count) = goal->revision;
    outcome_read(d->out, "way-back", READING_REVISIONS, shape_to_json(&run_revisions_ask_shape, &ask, SHAPE_WHOLE),
                 DEPLOY_PIN_DEADLINE_MS);
}

static void read_way_back(struct deploying *d)
{
    struct target_version goal = goal_of(d);

    if (goal.version) {
        change_of(d)->way_back = name_of(d, &goal);
        compare_with(d, &goal);
    } else if (d->body->program || d->body->workflow) {
        change_of(d)->way_back =
            "none yet: `rollback` deploys an earlier version again, and opsgate has brought none here";
    } else {
        change_of(d)->way_back = "what serves now: Cloud Run is asked which that is";
        outcome_read(d->out, "serves", READING_SERVICE, shape_to_json(&run_place_shape, &d->body->place, SHAPE_WHOLE),
                     DEPLOY_PIN_DEADLINE_MS);
    }
}

/* The record knows no good version: what serves becomes the one before, unless it was left as bad. */
void deploy_on_serves_told(struct deploying *d)
{
    struct target_version goal;
    struct run_service service;
    const char *why;

    if (is_told_too_late(d))
        return;
    if (!deploy_sees(d, &service, &why)) {
        change_of(d)->way_back = arena_printf(d->view->arena, "what serves now; which that is is not known: %s", why);
        deploy_keep(d);
        return;
    }
    change_of(d)->serves = service.serving && service.serving[0] ? service.serving : NULL;
    goal = goal_of(d);
    if (goal.version) {
        change_of(d)->way_back = name_of(d, &goal);
        compare_with(d, &goal);
    } else if (d->body->change->serves) {
        change_of(d)->way_back = arena_printf(d->view->arena, "none: `%s`, which serves now, was left as bad",
                                              deploy_quote(d, d->body->change->serves));
    } else {
        change_of(d)->way_back = "none: nothing serves there yet";
    }
    deploy_keep(d);
}

/* The new revision is made like the one that serves, with our image and settings: as it would be left. */
static struct run_revision revision_to_come(const struct deploying *d, const struct run_revision *like)
{
    struct run_revision made = *like;

    made.image = d->body->image;
    made.settings = NULL;
    made.settings_count = 0;
    for (size_t i = 0; i < like->settings_count; i++) {
        bool is_set = false;

        for (size_t k = 0; k < d->body->env_count && !is_set; k++)
            is_set = strcmp(d->body->env[k].key, like->settings[i].key) == 0;
        if (!is_set)
            *ARENA_PUSH(d->view->arena, made.settings, made.settings_count) = like->settings[i];
    }
    for (size_t i = 0; i < d->body->env_count; i++) /* to which value is nobody's to compare */
        *ARENA_PUSH(d->view->arena, made.settings, made.settings_count) =
            (struct shape_pair){ d->body->env[i].key, "another" };
    if (d->body->min_instances > 0)
        made.min_instances = d->body->min_instances;
    return made;
}

void deploy_on_way_back_told(struct deploying *d)
{
    const struct target_version goal = goal_of(d);
    const struct run_revision *to;
    struct run_revisions revisions;
    struct run_revision from;
    const char *told;
    struct error err;

    if (is_told_too_late(d) || !goal.revision)
        return;
    if (d->event->end != END_DONE ||
        !shape_from_json(&run_revisions_shape, d->event->body, d->view->arena, &revisions, &err)) {
        told = arena_printf(d->view->arena, "what it would change is not known: %s", deploy_reason(d));
    } else if ((to = rollback_find_revision(&revisions, goal.revision)) == NULL) {
        told = "that revision is gone";
    } else {
        from = revision_to_come(d, to);
        told = rollback_preflight(&from, to, d->view->arena);
    }
    change_of(d)->way_back = arena_printf(d->view->arena, "%s: %s", name_of(d, &goal), told);
    deploy_keep(d);
}

/* ---- both ---- */

void deploy_read_change(struct deploying *d)
{
    if (deploy_change_before(d->view, d->operation, d->body))
        d->body->change = NULL;
    change_of(d)->against = against_now(d->view, d->operation);
    read_commits(d);
    read_way_back(d);
    drift_ask(d);
}

/* ---- for cards ---- */

static const char *commit_line(const struct source_commit *commit, struct arena *arena)
{
    return arena_printf(arena, "`%.*s` %s%s%s%s", SHA_SHOWN, commit->sha, commit->message ? commit->message : "",
                        commit->author ? " (" : "", commit->author ? commit->author : "", commit->author ? ")" : "");
}

static const char *all_lines(const struct deploy_change *change, struct arena *arena)
{
    int64_t more = change->commits_total - (int64_t)change->commits_count;
    const char *text = "";

    for (size_t i = 0; i < change->commits_count; i++)
        text = arena_printf(arena, "%s%s%s", text, text[0] ? "\n" : "", commit_line(&change->commits[i], arena));
    if (more <= 0)
        return text;
    return text[0] ? arena_printf(arena, "%s\nand %" PRId64 " more", text, more)
                   : arena_printf(arena, "%" PRId64 " commits", more);
}

const char *deploy_commits_text(const struct deploy_body *body, struct arena *arena)
{
    const struct deploy_change *change = body->change;

    if (!change || (!change->is_told && !change->unknown))
        return NULL;
    if (!change->is_told)
        return arena_printf(arena, "not known: %s", change->unknown);
    if (change->commits_total == 0)
        return "none that does not serve already";
    return change->base ? all_lines(change, arena)
                        : arena_printf(arena, "%s\nThose before are not known: opsgate has deployed nothing here yet",
                                       all_lines(change, arena));
}
