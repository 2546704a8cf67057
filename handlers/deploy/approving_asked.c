/* approving_asked.c - who could consent to a deploy, who did, and whom it asks: those on call first, the rest once, and
 * all who have not answered once more. */
#include "handlers/deploy/approving.h"

#include "handlers/approvers.h"
#include "handlers/deploy/evidence.h"
#include "handlers/deploy/queue.h"
#include "handlers/thread.h"

#include <string.h>

/* Who is not on call is asked then, or after a quarter of the time that there is. */
#define REST_AFTER_MS (10 * MINUTE_MS)

/* ---- who could give it ---- */

static struct decision decide_with(const void *ctx, const struct approvals *approvals)
{
    const struct deploying *d = ctx;
    struct deploy_body body = *d->body;

    body.approvals = *approvals;
    return deploy_ask_policy(d->view, d->operation, &body, POLICY_WHOLE);
}

static struct approvers approvers_of(const struct deploying *d, const struct decision *decision)
{
    return (struct approvers){ d->view, &d->body->approvals, *decision, decide_with, d, 0 };
}

bool deploy_can_be_approved(struct deploying *d, const struct decision *decision)
{
    struct approvers approvers = approvers_of(d, decision);
    struct approvers_gap gap;
    const char *author;

    if (!approvals_lack(decision, NEED_APPROVALS))
        return true;
    gap = approvers_gap(&approvers);
    if (!gap.why)
        return true;
    if (gap.stale)
        approvers_tell_stale(d->view, gap.stale, d->out);
    author = evidence_unknown_author(d->view, d->body);
    deploy_end_refused(d, "it lacks consent (%s, %s), and nobody who could approve is known: %s%s%s%s",
                       approvals_lacking(decision, d->view->arena), decision->rule ? decision->rule : "policy", gap.why,
                       author ? "; where authors are excluded nobody counts as long as one of them is nobody whom the "
                                "policy knows, as `"
                              : "",
                       author ? deploy_quote(d, author) : "", author ? "` is" : "");
    return false;
}

bool approving_take(const struct deploying *d, const struct decision *decision, const struct request *request)
{
    struct approvers approvers = approvers_of(d, decision);
    struct approvals given;

    if (!approvers_take(&approvers, d->operation, request, &given))
        return false;
    d->body->approvals = given;
    return true;
}

/* ---- they are asked ---- */

static int64_t rest_after_ms(const struct approvals *approvals)
{
    int64_t quarter_ms = (approvals->until_ms - approvals->since_ms) / 4;

    return quarter_ms < REST_AFTER_MS ? quarter_ms : REST_AFTER_MS;
}

static void add_line(const struct deploying *d, struct reply *reply, const char *line)
{
    *ARENA_PUSH(d->view->arena, reply->lines, reply->lines_count) = line;
}

/* Through which door depends on the one by which they asked. */
static const char *confirm_text(const struct deploying *d)
{
    return strcmp(d->operation->source, "slack") == 0
               ? arena_printf(d->view->arena,
                              "`opsgate run approve %s` on the host confirms it, by whoever asked for it.",
                              d->operation->id)
               : arena_printf(d->view->arena, "`approve %s` confirms it, by whoever asked for it.",
                              d->operation->id);
}

/* Those who are on call, or, if none of them can, the others who could. */
static void choose_first(struct deploying *d, const struct decision *decision)
{
    struct approvers approvers = approvers_of(d, decision);
    struct approvals *approvals = &d->body->approvals;

    approvals->asked = NULL;
    approvals->asked_count = 0;
    approvers_ask_on_call(&approvers, approvals);
    if (approvals->asked_count == 0)
        approvers_ask_others(&approvers, approvals);
    if (approvals_lack(decision, NEED_SECOND_CHANNEL))
        approvers_ask_requester(d->view, &d->operation->requester, approvals);
}

void approving_ask_first(struct deploying *d, const struct decision *decision)
{
    struct approvers approvers = approvers_of(d, decision);
    struct reply reply = { .text =
                               arena_printf(d->view->arena, "*%s* waits for consent: %s (%s). `approve %s` gives it.",
                                            d->operation->id, d->body->lacking,
                                            decision->rule ? decision->rule : "policy", d->operation->id) };
    const char *unread = approvers_gap(&approvers).unread, *asked;
    const char *now = queue_now(d->view, (struct queued){ d->operation, d->body });

    if (!d->view->settings->slack.channels.deployments)
        return;
    choose_first(d, decision);
    if (now)
        add_line(d, &reply, arena_printf(d->view->arena, "By `--now` it %s.", now));
    asked = approvals_asked(&d->body->approvals, 0, d->view->arena);
    if (asked)
        add_line(d, &reply, arena_printf(d->view->arena, "Asked: %s", asked));
    if (approvals_lack(decision, NEED_SECOND_CHANNEL))
        add_line(d, &reply, confirm_text(d));
    if (unread)
        add_line(d, &reply, arena_printf(d->view->arena, "Nobody of %s could be asked: it was not read yet.", unread));
    thread_post(d->view, reply, d->out);
    d->body->approvals.rounds = 1;
    outcome_timer(d->out, "ask", d->view->now_ms + rest_after_ms(&d->body->approvals));
}

/* Of all who were asked those who have not answered, or whose answer is void by now; a group never has. */
static const char *unanswered(const struct deploying *d, const struct decision *decision)
{
    const struct approvals *approvals = &d->body->approvals;
    const struct approvers approvers = approvers_of(d, decision);
    struct approvals left = { 0 };

    for (size_t i = 0; i < approvals->asked_count; i++) {
        struct str id = str_of(approvals->asked[i].who), system = str_take_until(&id, ':');
        const struct principal who = { .system = arena_copy(d->view->arena, system),
                                       .id = arena_copy(d->view->arena, id),
                                       .team = d->view->settings->slack.team };

        struct approvals with = approvals_with(d->view, approvals, &who);

        if (!approvals_has_given(d->view, approvals, &who) || approvers_help(&approvers, &with))
            *ARENA_PUSH(d->view->arena, left.asked, left.asked_count) = approvals->asked[i];
    }
    return approvals_asked(&left, 0, d->view->arena);
}

/* The rest, once; then all who were asked, once more, half of what is left before it is void. */
static void ask_again(struct deploying *d, const struct decision *decision)
{
    struct approvers approvers = approvers_of(d, decision);
    struct approvals *approvals = &d->body->approvals;
    size_t before = approvals->asked_count;
    struct reply reply = { .text = arena_printf(d->view->arena, "*%s* still waits: %s. `approve %s` gives it.",
                                                d->operation->id, d->body->lacking, d->operation->id) };
    const char *asked;

    if (approvals->rounds == 1) {
        approvers_ask_others(&approvers, approvals);
        if (approvals->asked_count == before)
            return; /* there is no rest */
    }
    asked = approvals->rounds == 1 ? approvals_asked(approvals, before, d->view->arena) : unanswered(d, decision);
    if (asked)
        add_line(d, &reply, arena_printf(d->view->arena, "Asked: %s", asked));
    if (approvals->rounds > 1)
        add_line(d, &reply,
                 arena_printf(d->view->arena, "Void at %s.",
                              card_date(approvals->until_ms + d->view->shift_ms, d->view->arena)));
    thread_post(d->view, reply, d->out);
}

void approving_ask_round(struct deploying *d, const struct decision *decision)
{
    struct approvals *approvals = &d->body->approvals;

    d->body->lacking = approvals_lacking(decision, d->view->arena);
    if (deploy_change_before(d->view, d->operation, d->body))
        deploy_read_change(d);
    ask_again(d, decision);
    approvals->rounds++;
    if (approvals->rounds == 2)
        outcome_timer(d->out, "ask", d->view->now_ms + (approvals->until_ms - d->view->now_ms) / 2);
}

/* Not while something else is in the way: consent would help nothing. They are asked when it is gone. */
void approving_ask_later(struct deploying *d)
{
    int64_t at_ms = d->view->now_ms + REST_AFTER_MS;

    if (at_ms < d->body->approvals.until_ms)
        outcome_timer(d->out, "ask", at_ms);
}
