/* checks.c - what GitHub has to tell of the pinned commit before policy can judge it: its checks, which are waited for
 * in awaiting-checks, and the authors of what it brings. Only what a requirement asks for is read.
 *
 * Right before the start what has become old is read once more, with the target in our hands: checks that turned red
 * refuse it, and for checks that run again the target is given back.
 */
#include "handlers/deploy/deploying.h"
#include "handlers/deploy/evidence.h"

#include "bot/model/checks.h"
#include "bot/model/exchange.h"

#include <inttypes.h>
#include <string.h>

#define CHECKS_WAIT_MS (30 * MINUTE_MS)
#define NONE_WAIT_MS (5 * MINUTE_MS)  /* as long as GitHub knows of no check at all */
#define NONE_OLD_MS (10 * MINUTE_MS)  /* of a commit as old as that none comes any more, unless it was just pushed: */
#define NONE_OLD_WAIT_MS MINUTE_MS    /* its age does not tell when */
#define CHECKS_OLD_MS (5 * MINUTE_MS) /* at the start; until then they are believed */
#define LOOK_FIRST_MS (10 * SECOND_MS)
#define LOOK_MORE_MS (4 * SECOND_MS)
#define LOOK_MAX_MS (30 * SECOND_MS)
#define SHA_SHOWN 12

/* ---- what is asked for ---- */

static const struct need *find_need(const struct decision *decision, enum need_kind kind)
{
    size_t count = decision->needs_count < POLICY_NEEDS_MAX ? decision->needs_count : POLICY_NEEDS_MAX;

    for (size_t i = 0; i < count; i++)
        if (decision->needs[i].kind == kind &&
            (kind != NEED_APPROVALS || decision->needs[i].require->approvals->exclude_authors))
            return &decision->needs[i];
    return NULL;
}

/* Something that neither GitHub nor people can mend: then nobody is asked. */
static bool is_lost(const struct decision *decision)
{
    size_t count = decision->needs_count < POLICY_NEEDS_MAX ? decision->needs_count : POLICY_NEEDS_MAX;

    for (size_t i = 0; i < count; i++)
        if (decision->needs[i].state == NEED_UNMET && decision->needs[i].kind != NEED_CHECKS)
            return true;
    return decision->verdict == VERDICT_DENY;
}

static const char *short_commit(const struct deploying *d)
{
    const char *sha = evidence_commit(d->view, d->body);

    return arena_printf(d->view->arena, "`%.*s`", SHA_SHOWN, sha ? sha : "?");
}

static struct deploy_checks *change_checks(struct deploying *d) /* ours to change; the old one belongs to the record */
{
    struct deploy_checks *checks = ARENA_NEW(d->view->arena, struct deploy_checks);

    if (d->body->github_checks)
        *checks = *d->body->github_checks;
    d->body->github_checks = checks;
    return checks;
}

/* ---- checks: asked ---- */

/* Still pinned and claimed as it was, or waiting for what comes. */
static void read_checks(struct deploying *d, const char *state)
{
    struct checks_ask ask = { d->body->source, evidence_commit(d->view, d->body) };

    deploy_move(d, state, CHECKS_WAIT_MS);
    outcome_read(d->out, "checks", READING_CHECKS, shape_to_json(&checks_ask_shape, &ask, SHAPE_WHOLE),
                 DEPLOY_PIN_DEADLINE_MS);
}

static void wait_from_now(struct deploying *d)
{
    *change_checks(d) =
        (struct deploy_checks){ .since_ms = d->view->now_ms, .until_ms = d->view->now_ms + CHECKS_WAIT_MS };
    d->body->looks++;
}

/* False: nobody can say of which commit, and the deploy has ended. */
static bool has_commit(struct deploying *d, const char *what, const struct need *need)
{
    if (d->body->source && evidence_commit(d->view, d->body))
        return true;
    deploy_end_refused(d, "policy asks for %s (%s), and %s", what, need->rule,
                       d->body->source ? "of which commit the image was built is not known: name a branch, a commit, a "
                                         "release, or a tag that the repository has, too"
                                       : "the service names no `repository` on GitHub");
    return false;
}

/* ---- authors: asked ---- */

static void read_authors(struct deploying *d, const char *base)
{
    struct authors_ask ask = { d->body->source, base, evidence_commit(d->view, d->body) };
    struct deploy_authors *authors = ARENA_NEW(d->view->arena, struct deploy_authors);

    authors->base = base;
    d->body->authors = authors;
    deploy_keep(d);
    outcome_read(d->out, "authors", READING_AUTHORS, shape_to_json(&authors_ask_shape, &ask, SHAPE_WHOLE),
                 DEPLOY_PIN_DEADLINE_MS);
}

static void refuse_unknown(struct deploying *d, const char *why)
{
    deploy_end_refused(d,
                       "an approval counts only if it is not of an author of what is deployed, and the authors are "
                       "not known, so nobody's counts: %s",
                       why);
}

/* Where nothing was deployed before there is nothing to compare with: then the authors of the last commit and of what
 * it merged are those who cannot approve it, and its card says that the commits before are not known. */
static void ask_authors(struct deploying *d, const struct need *need)
{
    const char *base = evidence_serving_commit(d->view, d->body->service, d->operation->target);
    const struct target *target = d->view->find_target(d->view->ctx, d->operation->target);

    if (!has_commit(d, "approvals by others than the authors", need))
        return;
    if (base || evidence_is_first(d->view, d->operation->target))
        read_authors(d, base ? base : "");
    else if (target && target->doubt)
        refuse_unknown(d, arena_printf(d->view->arena, "what serves %s is in doubt since %s: `rollback` settles that",
                                       d->operation->target, target->doubt));
    else
        refuse_unknown(
            d, arena_printf(d->view->arena,
                            "which commit serves %s now is not on record. Somebody who may change the "
                            "configuration can take `exclude_authors` out of the rule (%s) for this deploy; the "
                            "next one is compared with it",
                            d->operation->target, need->rule));
}

static bool wants_authors(const struct deploying *d)
{
    const struct deploy_authors *authors = d->body->authors;
    const char *base = evidence_serving_commit(d->view, d->body->service, d->operation->target);

    return !authors || !authors->is_known ||
           (deploy_is_in(d, "queued") && strcmp(authors->base, base ? base : "") != 0);
}

/* ---- what comes next ---- */

static bool wants_checks(const struct deploying *d)
{
    const struct deploy_checks *checks = d->body->github_checks;

    if (!checks || checks->state != CHECKED_GREEN)
        return true;
    return deploy_is_in(d, "queued") && d->view->now_ms - checks->read_at_ms > CHECKS_OLD_MS;
}

static void ask_checks(struct deploying *d)
{
    if (deploy_is_in(d, "queued")) {
        read_checks(d, "queued");
        return;
    }
    wait_from_now(d);
    read_checks(d, "awaiting-checks");
}

bool deploy_finds_out(struct deploying *d, const struct decision *decision)
{
    const struct need *checks = find_need(decision, NEED_CHECKS), *approvals = find_need(decision, NEED_APPROVALS);

    if (is_lost(decision))
        return false;
    if (checks && wants_checks(d)) {
        if (has_commit(d, "green checks", checks))
            ask_checks(d);
        return true;
    }
    if (approvals && !d->body->tune && wants_authors(d)) { /* settings are nobody's on GitHub */
        ask_authors(d, approvals);
        return true;
    }
    return false;
}

void deploy_settle(struct deploying *d)
{
    struct decision decision = deploy_ask_policy(d->view, d->operation, d->body, POLICY_WHOLE);

    if (!deploy_goes_forward(d) || deploy_finds_out(d, &decision))
        return;
    if (decision.verdict != VERDICT_ALLOW && !decision_waits_for_people(&decision)) {
        deploy_refuse(d, &decision);
        return;
    }
    if (decision.verdict != VERDICT_ALLOW && !deploy_can_be_approved(d, &decision))
        return;
    deploy_announce_glass(d, &decision);
    if (decision.verdict == VERDICT_ALLOW)
        deploy_queue(d);
    else {
        deploy_await_approval(d, &decision);
        deploy_tell_overtaken(d);
    }
}

/* With the target in our hands, with all the consent that it needs, or before either. */
void deploy_go_on_pinned(struct deploying *d)
{
    if (deploy_is_in(d, "queued"))
        deploy_on_granted(d);
    else if (deploy_is_in(d, APPROVAL_STATE))
        deploy_on_consented(d);
    else
        deploy_settle(d);
}

/* ---- checks: answered ---- */

static const char *named(const struct deploying *d, const struct checks_read *read, int64_t all)
{
    const char *text = "";

    for (size_t i = 0; i < read->names_count; i++)
        text = arena_printf(d->view->arena, "%s%s`%s`", text, i ? ", " : "", deploy_quote(d, read->names[i]));
    if (all > (int64_t)read->names_count)
        text = arena_printf(d->view->arena, "%s and %" PRId64 " more", text, all - (int64_t)read->names_count);
    return text;
}

static const char *undone(const struct deploying *d, const struct checks_read *read)
{
    return arena_printf(d->view->arena, "%" PRId64 " of %" PRId64 " %s not done: %s", read->pending, read->count,
                        read->pending == 1 ? "is" : "are", named(d, read, read->pending));
}

static void refuse_red(struct deploying *d, const char *rule, const struct checks_read *read)
{
    deploy_end_refused(d, "policy asks for green checks (%s), and of commit %s %" PRId64 " of %" PRId64 " failed: %s",
                       rule, short_commit(d), read->failed, read->count, named(d, read, read->failed));
}

static void wait_more(struct deploying *d, const char *rule, const char *undone)
{
    struct deploy_checks *checks;
    int64_t now_ms = d->view->now_ms, wait_ms, left_ms;

    if (deploy_is_in(d, "queued")) { /* they run again: somebody else may have the target meanwhile */
        wait_from_now(d);
        deploy_leave_line(d);
    }
    checks = change_checks(d);
    checks->undone = undone;
    left_ms = checks->until_ms - now_ms;
    if (left_ms <= 0) {
        deploy_end_refused(d, "policy asks for green checks (%s), and those of commit %s were not within %s: %s", rule,
                           short_commit(d), duration_about(checks->until_ms - checks->since_ms).text, undone);
        return;
    }
    wait_ms = LOOK_FIRST_MS + checks->looks++ * LOOK_MORE_MS;
    wait_ms = wait_ms < LOOK_MAX_MS ? wait_ms : LOOK_MAX_MS;
    deploy_move(d, "awaiting-checks", left_ms);
    outcome_timer(d->out, "poll", now_ms + (wait_ms < left_ms ? wait_ms : left_ms));
}

/* GitHub may be late with the checks of a fresh push; but where none was set up none will ever come. */
static void wait_for_first(struct deploying *d, const char *rule)
{
    const struct deploy_checks *checks = d->body->github_checks;
    int64_t commit_ms = d->body->commit && d->body->commit->at_ms ? d->body->commit->at_ms : view_unix_ms(d->view);
    bool is_old = checks->since_ms + d->view->shift_ms - commit_ms >= NONE_OLD_MS;
    int64_t until_ms = checks->since_ms + (is_old ? NONE_OLD_WAIT_MS : NONE_WAIT_MS);

    if (!checks->has_begun && d->view->now_ms >= until_ms)
        deploy_end_refused(d, "GitHub knows no check of %s: `checks: green` cannot be met there (%s)", short_commit(d),
                           rule);
    else
        wait_more(d, rule,
                  checks->has_begun ? "no check has begun yet"
                                    : arena_printf(d->view->arena,
                                                   "no check has begun yet, and without one by %s it is "
                                                   "refused",
                                                   card_time(until_ms + d->view->shift_ms, d->view->arena)));
}

/* A late answer to somebody who waits for the target, and has not got it, changes nothing. */
static bool is_waiting_in_line(const struct deploying *d)
{
    const struct target *target = d->view->find_target(d->view->ctx, d->operation->target);

    return deploy_is_in(d, "queued") && (!target || !target->holder || strcmp(target->holder, d->operation->id) != 0);
}

static void take_checks(struct deploying *d, const char *rule)
{
    struct checks_read read;
    struct error err;

    if (d->event->end == END_FAILED) {
        deploy_end_refused(d, "policy asks for green checks (%s), and those of commit %s cannot be read: %s", rule,
                           short_commit(d), deploy_reason(d));
    } else if (d->event->end != END_DONE ||
               !shape_from_json(&checks_read_shape, d->event->body, d->view->arena, &read, &err)) {
        wait_more(d, rule, arena_printf(d->view->arena, "GitHub did not tell: %s", deploy_reason(d)));
    } else if (read.state == CHECKED_RED) {
        refuse_red(d, rule, &read);
    } else if (read.state == CHECKED_NOTHING) {
        wait_for_first(d, rule);
    } else if (read.state != CHECKED_GREEN) {
        change_checks(d)->has_begun = true;
        wait_more(d, rule, undone(d, &read));
    } else {
        struct deploy_checks *checks = change_checks(d);

        checks->state = CHECKED_GREEN;
        checks->read_at_ms = d->view->now_ms;
        checks->undone = NULL;
        deploy_go_on_pinned(d);
    }
}

/* Whatever they are: when no rule asks for them any more, they hold nothing up. */
void deploy_on_checks(struct deploying *d)
{
    struct decision decision;
    const struct need *need;

    if (is_waiting_in_line(d))
        return;
    decision = deploy_ask_policy(d->view, d->operation, d->body, POLICY_WHOLE);
    need = find_need(&decision, NEED_CHECKS);
    if (need)
        take_checks(d, need->rule);
    else
        deploy_go_on_pinned(d);
}

void deploy_on_checks_poll(struct deploying *d)
{
    read_checks(d, "awaiting-checks");
}

/* ---- authors: answered ---- */

void deploy_on_authors(struct deploying *d)
{
    struct deploy_authors *authors = ARENA_NEW(d->view->arena, struct deploy_authors);
    struct authors_read read;
    struct error err;

    if (is_waiting_in_line(d) || !d->body->authors)
        return;
    if (d->event->end != END_DONE ||
        !shape_from_json(&authors_read_shape, d->event->body, d->view->arena, &read, &err)) {
        refuse_unknown(d, deploy_reason(d));
        return;
    }
    if (!read.is_known) {
        refuse_unknown(d, read.unknown ? deploy_quote(d, read.unknown) : "GitHub did not tell");
        return;
    }
    deploy_keep_commits(d, d->body->authors->base, &read);
    *authors = (struct deploy_authors){ d->body->authors->base, true, read.logins, read.logins_count };
    d->body->authors = authors;
    deploy_go_on_pinned(d);
}

/* ---- for cards ---- */

const char *deploy_checks_text(const struct view *view, const struct deploy_body *body)
{
    const struct deploy_checks *checks = body->github_checks;

    if (!checks)
        return "waiting for checks on GitHub";
    return arena_printf(view->arena, "waiting for green checks on GitHub since %s, until %s at the latest%s%s",
                        card_time(checks->since_ms + view->shift_ms, view->arena),
                        card_time(checks->until_ms + view->shift_ms, view->arena), checks->undone ? ": " : "",
                        checks->undone ? checks->undone : "");
}
