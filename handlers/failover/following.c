/* following.c - what became of the call: taken, refused, or unknown; then it is looked for, and never sent again alone.
 */
#include "handlers/control.h"
#include "handlers/failover/failing.h"
#include "handlers/thread.h"

#include "bot/model/card.h"
#include "bot/model/exchange.h"
#include "bot/model/plant.h"

#include <string.h>

#define POLL_MS (3 * SECOND_MS)
#define SEEK_MS (5 * SECOND_MS)
#define SEEK_LATER_MS (30 * SECOND_MS)
#define SEEK_DEADLINE_MS (45 * SECOND_MS)  /* a call that was out has come by then, and is listed */
#define BLIND_DEADLINE_MS (10 * MINUTE_MS) /* so much longer it is looked for alone while Google cannot be asked */
#define FOLLOW_DEADLINE_MS HOUR_MS
#define READ_DEADLINE_MS (20 * SECOND_MS)
#define SHOWN_BYTES 100

/* ---- readings ---- */

static void read_progress(struct failing *f)
{
    struct database_look look = { f->body->plan.place, f->body->operation };

    outcome_read(f->out, "progress", READING_DATABASE_OPERATION,
                 shape_to_json(&database_look_shape, &look, SHAPE_WHOLE), READ_DEADLINE_MS);
}

static void seek(struct failing *f)
{
    const struct database_operation *known = f->body->seen.last_failover;
    struct database_sought sought = {
        .place = f->body->plan.place,
        .method = f->body->method,
        .known = known ? known->name : NULL,
        .known_at_ms = known ? known->began_at_ms : 0,
        .from_zone = f->body->seen.zone,
        .since_ms = f->body->sent_at_ms + f->view->shift_ms,
    };

    outcome_read(f->out, "sought", READING_FAILOVER_SOUGHT, shape_to_json(&database_sought_shape, &sought, SHAPE_WHOLE),
                 READ_DEADLINE_MS);
}

static bool reads_progress(struct failing *f, struct database_progress *ret_progress)
{
    struct error ignored;

    return f->event->end == END_DONE &&
           shape_from_json(&database_progress_shape, f->event->body, f->view->arena, ret_progress, &ignored);
}

static void poll_in(struct failing *f, int64_t ms)
{
    failing_keep(f);
    outcome_timer(f->out, "poll", f->view->now_ms + ms);
}

void failing_on_poll(struct failing *f)
{
    failing_keep(f);
    if (failing_is_in(f, "following"))
        read_progress(f);
    else
        seek(f);
}

/* ---- sending ---- */

static void follow(struct failing *f, const char *operation)
{
    f->body->operation = operation;
    f->body->doubt = NULL;
    f->body->is_in_doubt = false;
    failing_move(f, "following", FOLLOW_DEADLINE_MS);
    read_progress(f);
}

void failing_seek(struct failing *f)
{
    failing_move(f, "seeking", SEEK_DEADLINE_MS);
    seek(f);
}

static void doubt(struct failing *f)
{
    f->body->doubt = failing_reason(f);
    f->body->is_in_doubt = true;
    failing_note(f, "in_doubt", "has no answer to the call, and looks whether it began", NULL);
    failing_seek(f);
}

/* Nothing came of it: no later one counts its cool-down from it, unless a call before it may have begun. */
static void end_untouched(struct failing *f, const char *what)
{
    if (!f->body->is_in_doubt)
        f->body->sent_at_ms = 0;
    failing_refuse(f, "%s: %s", what, failing_reason(f));
}

void failing_on_sent(struct failing *f)
{
    const char *operation = f->event->body ? json_find_string(f->event->body, "operation") : NULL;

    switch (f->event->end) {
    case END_DONE:
        if (operation)
            follow(f, operation);
        else
            doubt(f);
        break;
    case END_UNKNOWN:
        if (PLANTED(FAILOVER_UNKNOWN_IS_NONE))
            end_untouched(f, "No call got through to Google");
        else
            doubt(f);
        break;
    case END_FAILED:
        end_untouched(f, "Google refused it");
        break;
    case END_GAVE_UP:
        end_untouched(f, "No call got through to Google");
        break;
    case END_CANCELLED:
        end_untouched(f, "It was not sent");
        break;
    }
}

/* ---- seeking, asking ---- */

static void found(struct failing *f, const struct database_progress *progress)
{
    const char *user = progress->user ? arena_printf(f->view->arena, ", begun by %s",
                                                     card_quote(str_of(progress->user), SHOWN_BYTES, f->view->arena))
                                      : "";

    f->body->is_in_doubt = false;
    f->body->problem = NULL;
    failing_note(f, "found", arena_printf(f->view->arena, "found that it began%s", user), NULL);
    outcome_cancel_timer(f->out, "poll");
    if (progress->operation)
        follow(f, progress->operation);
    else
        failing_verify(f);
}

bool failing_may_have_begun(const struct failing *f, const struct database_seen *seen)
{
    const struct database_operation *before = f->body->seen.last_failover, *last = seen->last_failover;
    bool is_promotion = strcmp(f->body->method, DATABASE_PROMOTION) == 0;

    if (last && strcmp(last->type, is_promotion ? "PROMOTE_REPLICA" : "FAILOVER") == 0 &&
        (!before || strcmp(last->name, before->name) != 0))
        return true;
    if (is_promotion)
        return seen->replica && strcmp(seen->replica->type, "CLOUD_SQL_INSTANCE") == 0;
    return (seen->state && strcmp(seen->state, "FAILING_OVER") == 0) ||
           (seen->zone && f->body->seen.zone && strcmp(seen->zone, f->body->seen.zone) != 0);
}

/* In front of a person: only they can say whether it is to be sent once more. */
void failing_ask(struct failing *f)
{
    f->body->looks++;
    failing_note(f, "asks", "cannot tell whether it began, and asks", NULL);
    failing_move(f, "asking", 0);
    outcome_timer(f->out, "poll", f->view->now_ms + SEEK_LATER_MS);
    thread_post(
        f->view,
        (struct reply){ .text = arena_printf(
                            f->view->arena,
                            "%s: nobody knows whether *%s* began (%s). `%s`: %s. `retry %s` reads it, and sends it "
                            "once more if it is as it was; `abort %s` leaves it.",
                            principal_mention(&f->operation->requester, f->view->arena), f->operation->id,
                            f->body->doubt ? f->body->doubt : "no answer", f->body->plan.database,
                            failing_sought_text(f->body, f->view->arena), f->operation->id, f->operation->id) },
        f->out);
}

void failing_on_sought(struct failing *f)
{
    struct database_progress progress = { 0 };
    bool is_told = reads_progress(f, &progress);
    bool is_blind = f->view->now_ms >= f->body->state_deadline_at_ms + BLIND_DEADLINE_MS;

    f->body->problem = is_told ? NULL : failing_reason(f);
    if (is_told && (progress.operation || progress.has_moved) && !PLANTED(FAILOVER_UNSOUGHT))
        found(f, &progress);
    else if (failing_is_in(f, "asking"))
        poll_in(f, SEEK_LATER_MS);
    else if (PLANTED(FAILOVER_SENT_AGAIN) && failing_is_late(f))
        failing_check(f);
    else if (failing_is_late(f) && (is_told || is_blind))
        failing_ask(f);
    else
        poll_in(f, SEEK_MS);
}

/* ---- following ---- */

void failing_on_progress(struct failing *f)
{
    struct database_progress progress = { 0 };

    if (reads_progress(f, &progress)) {
        f->body->progress = progress.status ? failing_quote(f, progress.status) : NULL;
        f->body->problem = NULL;
        if (progress.is_done && progress.error)
            failing_fail(f, "Google ended the failover of `%s` with an error: %s", f->body->plan.database,
                         failing_quote(f, progress.error));
        else if (progress.is_done)
            failing_verify(f);
    } else if (f->event->end == END_FAILED && strcmp(f->body->method, DATABASE_PROMOTION) != 0 && !f->body->seen.zone) {
        failing_fail(f,
                     "The failover of `%s` was begun, and neither its operation nor a zone tells what became of it: %s",
                     f->body->plan.database, failing_reason(f));
    } else if (f->event->end == END_FAILED) { /* it cannot be followed; but what serves can be seen */
        failing_note(f, "unfollowed",
                     arena_printf(f->view->arena, "cannot follow it (%s), and looks at what serves", failing_reason(f)),
                     NULL);
        failing_verify(f);
    } else {
        f->body->problem = failing_reason(f);
    }
    if (f->out->result || f->out->state)
        return;
    if (failing_is_late(f))
        failing_fail(f, "Google has been at the failover of `%s` for more than %s, and is not done (%s)",
                     f->body->plan.database, duration_about(FOLLOW_DEADLINE_MS).text,
                     f->body->operation ? failing_quote(f, f->body->operation) : "no operation");
    else
        poll_in(f, POLL_MS);
}

/* ---- what people ask ---- */

static bool is_before_call(const struct failing *f)
{
    return failing_is_in(f, "looking") || failing_is_in(f, APPROVAL_STATE) || failing_is_in(f, "queued") ||
           failing_is_in(f, "checking");
}

/* Of one call nobody knows whether it began, and no other is out. */
static bool is_left_open(const struct failing *f)
{
    return f->body->is_in_doubt && (failing_is_in(f, "asking") || failing_is_in(f, "checking"));
}

static void abort_it(struct failing *f)
{
    const char *id = f->operation->id;

    if (is_left_open(f)) {
        control_journal_abort("failover.aborted", f->operation, f->event, f->out);
        failing_fail(f, "It was left at that: nobody knows whether the failover of `%s` began (%s)",
                     f->body->plan.database, f->body->doubt ? f->body->doubt : "no answer");
        outcome_reply(f->out, "*%s* is left: nothing more is done.", id);
    } else if (is_before_call(f)) {
        f->body->is_aborted = true;
        control_journal_abort("failover.aborted", f->operation, f->event, f->out);
        failing_abort(f, "It was aborted before it was sent. Nothing was changed.");
        outcome_reply(f->out, "*%s* is aborted: nothing was changed.", id);
    } else {
        outcome_refuse(f->out,
                       "*%s* cannot be aborted any more: the call is with Google, and nothing takes a failover back. "
                       "Nothing was done.",
                       id);
    }
}

static void retry_it(struct failing *f)
{
    const struct control_arguments *given = f->event->arguments;
    const char *id = f->operation->id;

    if (!failing_is_in(f, "asking")) {
        outcome_refuse(f->out, "*%s* asks nothing: there is nothing to `retry`. Nothing was done.", id);
    } else if (given->look != CONTROL_ANY_LOOK && given->look != f->body->looks) {
        outcome_refuse(f->out, "The card has changed. Nothing was done.");
    } else if (!given->break_glass || failing_break_later(f, given->break_glass)) {
        failing_note(f, "again", "has it sent once more", f->event->request);
        outcome_cancel_timer(f->out, "poll");
        f->body->looks++;
        failing_check(f);
        outcome_reply(f->out, "*%s*: `%s` is read once more, and if it is as it was, the call is sent again.", id,
                      f->body->plan.database);
    }
}

void failing_on_request(struct failing *f)
{
    if (strcmp(f->event->name, "abort") == 0)
        abort_it(f);
    else if (strcmp(f->event->name, "retry") == 0)
        retry_it(f);
    else
        outcome_refuse(f->out, "*%s* is a failover, and takes no `%s`. Nothing was done.", f->operation->id,
                       failing_quote(f, f->event->name));
}
