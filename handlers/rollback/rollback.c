/* rollback.c - the machine of a rollback: which event in which state does what. */
#include "handlers/rollback/rollback.h"

#include "handlers/control.h"
#include "handlers/deploy/doubt.h"
#include "handlers/place.h"
#include "handlers/rollback/card.h"
#include "handlers/rollback/rolling.h"
#include "handlers/thread.h"

#include "bot/base/time.h"
#include "bot/model/exchange.h"

#include <inttypes.h>
#include <string.h>

#define VERIFY_DEADLINE_MS (5 * MINUTE_MS)
#define SILENCE_MS (10 * SECOND_MS) /* of Cloud Run, until the card says so; and again */
#define SILENCE_AGAIN_MS MINUTE_MS
#define OLD_PICTURE_MS (2 * SECOND_MS)

/* ---- queued ---- */

static void on_granted(struct rolling *r)
{
    r->body->heard_at_ms = r->view->now_ms;
    r->body->kept_waiting = NULL;
    r->body->begun_over = doubt_begins_over(r->view, r->operation->target);
    rollback_learn_stopped(r);
    if (rollback_ends_gone_on(r))
        return;
    if (rollback_has_traffic(r->body))
        rollback_look(r);
    else
        rollback_end_done(r); /* what it stopped was to run a program, or a workflow, and never did */
}

static void on_kept_waiting(struct rolling *r)
{
    const char *text = json_find_string(r->event->body, "text");
    bool is_first = !r->body->kept_waiting;

    if (!text)
        return;
    r->body->kept_waiting = text;
    outcome_move(r->out, NULL, r->body);
    if (is_first)
        thread_post(r->view,
                    (struct reply){ .text = arena_printf(r->view->arena, "%s: *%s* waits: %s",
                                                         principal_mention(&r->operation->requester, r->view->arena),
                                                         r->operation->id, text) },
                    r->out);
}

/* A newer rollback took its place in the line. Once it holds the target one call is all that is left, and that is made.
 */
static void on_yield(struct rolling *r)
{
    const char *by = json_find_string(r->event->body, "by");

    rollback_end_aborted(r, arena_printf(r->view->arena, "%s took its place. Nothing was changed.",
                                         by ? rollback_quote(r, by) : "a newer rollback"));
}

void rollback_note_abort(struct rolling *r)
{
    r->body->aborted_by = principal_mention(&r->event->request->principal, r->view->arena);
    r->body->aborted_at_ms = r->view->now_ms;
    control_journal_abort("rollback.aborted", r->operation, r->event, r->out);
}

static void on_abort(struct rolling *r)
{
    rollback_note_abort(r);
    rollback_end_aborted(r, "aborted before it began. Nothing was changed.");
    outcome_reply(r->out, "*%s* is aborted: it had not begun, so nothing was changed.", r->operation->id);
}

static void on_request(struct rolling *r)
{
    if (r->body->act)
        rollback_adopted_on_request(r);
    else if (strcmp(r->event->name, "abort") == 0 && r->body->silence) {
        rollback_note_abort(r);
        rollback_give_up(r);
        outcome_reply(r->out, "*%s* is %s", r->operation->id, r->out->summary);
    } else if (strcmp(r->event->name, "abort") == 0)
        outcome_refuse(
            r->out,
            "*%s* cannot be stopped half-way: it returns all traffic in one call. To go forward again: `deploy "
            "%s %s %s%s`.",
            r->operation->id, r->body->service, r->body->environment,
            r->body->from.version ? rollback_quote(r, r->body->from.version) : "VERSION",
            place_region_option(r->operation->target, r->view->arena));
    else if (strcmp(r->event->name, "rollback") == 0)
        outcome_reply(r->out, "*%s* does that already. Nothing more was done.", r->operation->id);
    else
        outcome_refuse(r->out, "*%s* is a rollback: there is nothing to `%s`. Nothing was done.", r->operation->id,
                       rollback_quote(r, r->event->name));
}

/* ---- returning ---- */

static void journal_preflight(const struct rolling *r)
{
    const struct rollback_body *body = r->body;
    cJSON *entry = json_object();

    json_set_string(entry, "target", r->operation->target);
    json_set_string(entry, "from", body->from.version);
    json_set_string(entry, "from_revision", body->from.revision);
    json_set_string(entry, "to", body->to.version);
    json_set_string(entry, "to_revision", body->to.revision);
    json_set_string(entry, "preflight", body->preflight);
    json_set_string(entry, "further", body->further);
    for (size_t i = 0; i < body->skips_count; i++)
        json_add_string(i == 0 ? json_set(entry, "skips", json_array())
                               : cJSON_GetObjectItemCaseSensitive(entry, "skips"),
                        body->skips[i]);
    outcome_journal(r->out, "rollback.preflight", entry, NULL);
}

void rollback_return(struct rolling *r)
{
    struct run_share wanted = { .revision = r->body->to.revision, .percent = 100 };
    struct run_traffic args = {
        .place = r->body->place,
        .expected = r->body->before,
        .expected_count = r->body->before_count,
        .wanted = &wanted,
        .wanted_count = 1,
        .version = r->body->to.version,
        .previous = r->body->previous,
    };

    if (r->body->gives_back) {
        args.wanted = r->body->rollout_before;
        args.wanted_count = r->body->rollout_before_count;
    }
    if (!r->body->was_tried)
        journal_preflight(r);
    r->body->was_tried = true;
    rollback_move(r, "returning", 0);
    outcome_timer(r->out, "silence", r->view->now_ms + SILENCE_MS);
    outcome_effect(r->out, (struct wanted_effect){
                               .kind = EFFECT_RETURN,
                               .lane = arena_printf(r->view->arena, "target:%s", r->operation->target),
                               .tag = "return",
                               .args = shape_to_json(&run_traffic_shape, &args, SHAPE_WHOLE),
                           });
}

/* The engine tries it again by itself; people should see that it does. */
static void on_silence(struct rolling *r)
{
    r->body->silence = "no try to return the traffic has got through yet";
    outcome_move(r->out, NULL, r->body);
    outcome_timer(r->out, "silence", r->view->now_ms + SILENCE_AGAIN_MS);
}

static void journal_again(const struct rolling *r, const char *why)
{
    cJSON *entry = json_object();

    json_set_int(entry, "try", r->body->tries);
    json_set_string(entry, "why", why);
    outcome_journal(r->out, "rollback.again", entry, NULL);
}

/* Another split than the one expected: what serves decides, and is looked at anew. */
static void look_again(struct rolling *r, const char *why)
{
    r->body->tries++;
    if (r->body->tries >= ROLLBACK_TRIES_MAX) {
        rollback_fail(r, "traffic is not on `%s`, in spite of %" PRId64 " tries: %s",
                      rollback_goal_name(r), r->body->tries, why);
        return;
    }
    journal_again(r, why);
    if (r->event->end == END_FAILED)
        rollback_look_soon(r); /* what refused it stands for a moment, and the tries are few */
    else
        rollback_look(r);
}

/* No outage ends it, nor counts as a try: it goes on when Cloud Run tells what serves. */
static void wait_out(struct rolling *r)
{
    r->body->silence = rollback_why(r);
    rollback_look_soon(r);
}

static void on_returned(struct rolling *r)
{
    outcome_cancel_timer(r->out, "silence");
    if (r->event->end == END_DONE) {
        r->body->heard_at_ms = r->body->returned_at_ms = r->view->now_ms;
        r->body->silence = NULL;
        rollback_verify(r);
    } else if (r->event->end == END_GAVE_UP) {
        wait_out(r);
    } else {
        look_again(r, rollback_why(r));
    }
}

/* ---- verifying ---- */

void rollback_verify(struct rolling *r)
{
    rollback_move(r, "verifying", VERIFY_DEADLINE_MS);
    rollback_read_service(r);
}

/* An answer from before the change: right after it, that is given a moment to pass. */
static bool is_old_picture(const struct rolling *r, const struct run_service *service)
{
    return r->body->returned_at_ms && r->view->now_ms - r->body->returned_at_ms < OLD_PICTURE_MS &&
           run_split_equal(service->wanted, service->wanted_count, r->body->before, r->body->before_count);
}

static void on_verified(struct rolling *r)
{
    struct run_service service;

    if (!rollback_sees(r, &service))
        return;
    if (r->body->act)
        rollback_adopted_on_seen(r, &service);
    else if (is_old_picture(r, &service))
        rollback_poll_again(r);
    else if (!rollback_is_goal(r, service.wanted, service.wanted_count))
        look_again(r, "somebody else changed the traffic meanwhile");
    else if (service.is_settled && rollback_is_goal(r, service.observed, service.observed_count))
        rollback_end_done(r);
    else if (r->view->now_ms >= r->body->state_deadline_at_ms)
        rollback_fail(r, "Cloud Run took the return to `%s`, but does not show it after %s",
                      rollback_goal_name(r), duration_about(VERIFY_DEADLINE_MS).text);
    else
        rollback_poll_again(r);
}

/* ---- the rows ---- */

static const struct {
    const char *state; /* NULL: any */
    enum event_kind kind;
    const char *name; /* NULL: any */
    void (*decide)(struct rolling *r);
} moves[] = {
    { "queued", EVENT_MESSAGE, MESSAGE_GRANTED, on_granted },
    { "queued", EVENT_MESSAGE, MESSAGE_YIELD, on_yield },
    { "queued", EVENT_MESSAGE, MESSAGE_KEPT_WAITING, on_kept_waiting },
    { "queued", EVENT_REQUEST, "abort", on_abort },
    { "looking", EVENT_READING, "service", rollback_on_seen },
    { "looking", EVENT_READING, "revisions", rollback_on_compared },
    { "looking", EVENT_TIMER, "poll", rollback_read_service },
    { "returning", EVENT_EFFECT, "return", on_returned },
    { "returning", EVENT_TIMER, "silence", on_silence },
    { "verifying", EVENT_READING, "service", on_verified },
    { "verifying", EVENT_TIMER, "poll", rollback_read_service },
    { NULL, EVENT_REQUEST, NULL, on_request },
};

static void rollback_on_event(const struct view *view, const struct operation *operation, const void *body,
                              const struct event *event, struct outcome *out)
{
    struct rolling r = { view, operation, NULL, event, out };

    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        if (moves[i].kind != event->kind || (moves[i].state && strcmp(moves[i].state, operation->state) != 0) ||
            (moves[i].name && strcmp(moves[i].name, event->name) != 0))
            continue;
        r.body = ARENA_NEW(view->arena, struct rollback_body);
        *r.body = *(const struct rollback_body *)body;
        moves[i].decide(&r);
        rollback_tell_change(&r);
        rollback_be_remembered(view, r.body, out);
        return;
    }
}

static bool looks_for_way_back(const struct operation *operation, const struct awaited *awaited)
{
    (void)operation; /* all of it is */
    return strcmp(awaited->kind, READING_SERVICE) == 0;
}

const struct machine machine_rollback = {
    .kind = "rollback",
    .schema = ROLLBACK_SCHEMA,
    .body = &rollback_body_shape,
    .on_event = rollback_on_event,
    .looks_for_way_back = looks_for_way_back,
    .card = rollback_card,
};
