/* adjust.c - the machine of `scale` and `traffic`: which event in which state does what. */
#include "handlers/adjust/adjust.h"

#include "handlers/adjust/adjusting.h"
#include "handlers/change_told.h"
#include "handlers/control.h"
#include "handlers/deploy/ending.h"
#include "handlers/thread.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define READ_DEADLINE_MS (15 * SECOND_MS)
#define POLL_MS (500)
#define VERIFY_DEADLINE_MS (3 * MINUTE_MS)
#define SHOWN_BYTES 150
#define SENTENCE_MAX 1024

const struct adjust_way *adjust_way_of(const struct adjust_body *body)
{
    return strcmp(body->verb, adjust_scale.verb) == 0 ? &adjust_scale : &adjust_traffic;
}

/* ---- small moves ---- */

const char *adjust_quote(const struct adjusting *a, const char *words)
{
    return card_quote(str_of(words ? words : ""), SHOWN_BYTES, a->view->arena);
}

void adjust_move(struct adjusting *a, const char *state, int64_t deadline_ms)
{
    a->body->state_deadline_at_ms = deadline_ms > 0 ? a->view->now_ms + deadline_ms : 0;
    outcome_move(a->out, state, a->body);
}

void adjust_keep(struct adjusting *a)
{
    outcome_move(a->out, NULL, a->body);
}

static void read_service(struct adjusting *a)
{
    outcome_read(a->out, "service", READING_SERVICE, shape_to_json(&run_place_shape, &a->body->place, SHAPE_WHOLE),
                 READ_DEADLINE_MS);
}

static void poll_again(struct adjusting *a)
{
    adjust_keep(a);
    outcome_timer(a->out, "poll", a->view->now_ms + POLL_MS);
}

static bool is_late(const struct adjusting *a)
{
    return a->body->state_deadline_at_ms > 0 && a->view->now_ms >= a->body->state_deadline_at_ms;
}

static const char *why(const struct adjusting *a)
{
    return deploy_why(a->event, a->view->arena);
}

/* ---- how it ends ---- */

/* Names of revisions are long: of a split what it becomes is enough. */
static const char *told_shortly(const struct adjusting *a)
{
    static const char arrow[] = " → ";
    const char *at = a->body->becomes && a->body->wanted_count > 0 ? strstr(a->body->becomes, arrow) : NULL;

    if (at)
        return arena_printf(a->view->arena, "to %s", at + strlen(arrow));
    return a->body->becomes ? a->body->becomes : "";
}

/* In the journal and in `history`, where nothing personal stands. */
static struct target_end *end_of(struct adjusting *a, enum target_end_how how)
{
    struct target_end *end = ARENA_NEW(a->view->arena, struct target_end);

    *end = (struct target_end){ .version = told_shortly(a),
                                .verb = adjust_way_of(a->body)->verb,
                                .is_aside = true,
                                .how = how,
                                .serves_at_ms = how == ENDED_GOOD ? a->view->now_ms : 0 };
    return end;
}

void adjust_answer(struct adjusting *a, const char *result, const char *sentence)
{
    adjust_keep(a);
    outcome_end(a->out, result, result, "%s", sentence);
    outcome_reply(a->out, "%s.", sentence);
    a->out->is_forgotten = true;
}

void adjust_refuse(struct adjusting *a, const char *fmt, ...)
{
    char sentence[SENTENCE_MAX];
    va_list args;

    va_start(args, fmt);
    vsnprintf(sentence, sizeof(sentence), fmt, args);
    va_end(args);
    a->body->failed_in = a->operation->state;
    adjust_keep(a);
    outcome_end(a->out, "refused", "refused", "%s. Nothing was changed", sentence);
    outcome_refuse(a->out, "%s. Nothing was done.", sentence);
    a->out->is_forgotten = strcmp(a->operation->state, "looking") == 0 || strcmp(a->operation->state, "comparing") == 0;
}

/* Whoever asked was told that it begins, so they are told that it came to nothing. */
static void fail(struct adjusting *a, enum target_end_how how, const char *sentence)
{
    struct arena *arena = a->view->arena;

    a->body->failed_in = a->operation->state;
    adjust_keep(a);
    a->out->end = end_of(a, how);
    a->out->leaves_doubt = how == ENDED_IN_DOUBT && adjust_way_of(a->body)->takes_target;
    outcome_end(a->out, "failed", "failed", "%s", sentence);
    thread_post(a->view,
                (struct reply){ .text = arena_printf(arena, "%s: *%s* failed: %s.",
                                                     principal_mention(&a->operation->requester, arena),
                                                     a->operation->id, sentence) },
                a->out);
}

/* ---- it goes on ---- */

static void say_begun(struct adjusting *a, const char *how)
{
    outcome_reply(a->out, "*%s*: %s: %s%s%s%s%s.", a->operation->id, a->operation->target, a->body->becomes, how,
                  a->body->back ? "; back: `" : "", a->body->back ? a->body->back : "", a->body->back ? "`" : "");
}

static void journal_planned(struct adjusting *a, const struct decision *decision)
{
    cJSON *body = json_object();

    json_set_string(body, "becomes", a->body->becomes);
    json_set_string(body, "rule", decision->allowed_by);
    outcome_journal(a->out, arena_printf(a->view->arena, "%s.allowed", a->body->verb), body, NULL);
}

static void answer_dry_run(struct adjusting *a, const struct decision *decision)
{
    const char *verdict = decision->verdict == VERDICT_ALLOW    ? broken_allows(decision, a->view->arena)
                          : decision_waits_for_people(decision) ? approvals_lacking(decision, a->view->arena)
                                                                : decision->reason;

    adjust_answer(a, "done",
                  arena_printf(a->view->arena, "Would change %s: %s. %s%s", a->operation->target, a->body->becomes,
                               decision_waits_for_people(decision) ? "It would wait for " : "Now: ", verdict));
    outcome_reply_line(a->out, "Nothing was done: `--dry-run`.");
}

static void refuse_by_policy(struct adjusting *a, const struct decision *decision)
{
    adjust_refuse(a, "%s%s%s%s", decision->reason, decision->rule ? " (" : "", decision->rule ? decision->rule : "",
                  decision->rule ? ")" : "");
    if (decision->turn[0])
        outcome_reply_line(a->out, "%s", decision->turn);
    broken_tell_refused(&a->body->glass, decision, a->out);
}

void adjust_go_on(struct adjusting *a)
{
    struct decision decision = adjust_ask_policy(a->view, a->operation, a->body, POLICY_WHOLE);

    if (a->body->is_dry_run) {
        answer_dry_run(a, &decision);
    } else if (decision.verdict == VERDICT_ALLOW) {
        journal_planned(a, &decision);
        say_begun(a, "");
        broken_tell_asker(&a->body->glass, &decision, a->out);
        adjust_break_glass(a, &decision);
        adjust_change(a);
    } else if (!decision_waits_for_people(&decision)) {
        refuse_by_policy(a, &decision);
    } else if (adjust_can_be_approved(a, &decision)) {
        adjust_break_glass(a, &decision);
        adjust_await_approval(a, &decision);
        say_begun(a, arena_printf(a->view->arena, ", once people consent: %s", a->body->lacking));
        broken_tell_asker(&a->body->glass, &decision, a->out);
    }
}

/* The target is asked for first, where it takes one. */
void adjust_change(struct adjusting *a)
{
    const struct adjust_way *way = adjust_way_of(a->body);
    const struct target *target = a->view->find_target(a->view->ctx, a->operation->target);
    bool is_ours = target && target->holder && strcmp(target->holder, a->operation->id) == 0;

    if (way->takes_target && !is_ours) {
        adjust_move(a, "queued", 0);
        a->out->claims = a->operation->target;
        return;
    }
    adjust_move(a, "changing", 0);
    way->change(a);
}

static const char *find_objection(const struct view *view, const struct operation *operation,
                                  const struct adjust_body *body)
{
    const struct adjust_way *way = adjust_way_of(body);

    return way->find_objection ? way->find_objection(view, operation->target, body) : NULL;
}

/* It may have waited for long behind others, and what was known of it then may be so no more. */
static void on_granted(struct adjusting *a)
{
    struct decision decision = adjust_ask_policy(a->view, a->operation, a->body, POLICY_WHOLE);
    const char *objection = find_objection(a->view, a->operation, a->body);

    if (decision.verdict != VERDICT_ALLOW) {
        refuse_by_policy(a, &decision);
        return;
    }
    if (objection) {
        adjust_refuse(a, "%s", objection);
        return;
    }
    adjust_break_glass(a, &decision);
    adjust_move(a, "changing", 0);
    adjust_way_of(a->body)->change(a);
}

/* ---- looking ---- */

/* The answer about the service; false: there is none, and `*ret_why` says why. */
static bool sees(const struct adjusting *a, struct run_service *ret_service, const char **ret_why)
{
    struct error err;

    if (a->event->end != END_DONE) {
        *ret_why = why(a);
        return false;
    }
    if (shape_from_json(&run_service_shape, a->event->body, a->view->arena, ret_service, &err))
        return true;
    *ret_why = adjust_quote(a, err.message);
    return false;
}

static void on_looked(struct adjusting *a)
{
    struct run_service service;
    const char *silence;

    if (!sees(a, &service, &silence))
        adjust_refuse(a, "Cloud Run did not tell how %s stands: %s", a->body->place.service, silence);
    else
        adjust_way_of(a->body)->on_looked(a, &service);
}

static void on_compared(struct adjusting *a)
{
    adjust_way_of(a->body)->on_compared(a);
}

/* ---- changing, verifying ---- */

/* Nothing is verified: who waits for the target looks itself. */
static void give_way(struct adjusting *a, bool is_unchanged)
{
    a->body->failed_in = a->operation->state;
    adjust_keep(a);
    outcome_end(a->out, "superseded", "superseded",
                is_unchanged ? "%s goes first; nothing was changed" : "%s takes the traffic from here",
                a->body->yields_to);
}

/* Whatever became of it: what stands there tells. */
static void on_changed(struct adjusting *a)
{
    a->body->was_sent = a->event->end != END_CANCELLED;
    a->body->problem = a->event->end == END_DONE ? NULL : why(a);
    if (a->body->yields_to) {
        give_way(a, a->event->end == END_CANCELLED);
        return;
    }
    if (a->event->end == END_CANCELLED) {
        fail(a, ENDED_UNTOUCHED, arena_printf(a->view->arena, "it was not changed: %s", a->body->problem));
        return;
    }
    adjust_move(a, "verifying", VERIFY_DEADLINE_MS);
    read_service(a);
}

static void end_done(struct adjusting *a)
{
    adjust_keep(a);
    a->out->end = end_of(a, ENDED_GOOD);
    adjust_way_of(a->body)->on_made(a);
    outcome_end(a->out, "done", "done", "%s%s%s%s", a->body->becomes, a->body->back ? "; back: `" : "",
                a->body->back ? a->body->back : "", a->body->back ? "`" : "");
}

static void fail_unseen(struct adjusting *a, const char *silence)
{
    fail(a, ENDED_IN_DOUBT,
         arena_printf(a->view->arena,
                      "%s%sCloud Run did not show within %s whether it was changed (%s): look at %s there",
                      a->body->problem ? a->body->problem : "", a->body->problem ? "; " : "",
                      duration_about(VERIFY_DEADLINE_MS).text, silence, a->body->place.service));
}

static void fail_unfinished(struct adjusting *a, const char *problem)
{
    fail(a, ENDED_IN_DOUBT,
         arena_printf(a->view->arena,
                      "Cloud Run took the change, and has not made it so within %s (%s): look at %s there",
                      duration_about(VERIFY_DEADLINE_MS).text, problem ? adjust_quote(a, problem) : "it is still at it",
                      a->body->place.service));
}

static void on_verified(struct adjusting *a)
{
    const struct adjust_way *way = adjust_way_of(a->body);
    struct run_service service;
    const char *silence = "";

    if (!sees(a, &service, &silence)) {
        if (is_late(a))
            fail_unseen(a, silence);
        else
            poll_again(a);
    } else if (way->is_made(a->body, &service)) {
        if (service.is_settled && (!way->is_shown || way->is_shown(a->body, &service)))
            end_done(a);
        else if (is_late(a))
            fail_unfinished(a, service.problem);
        else
            poll_again(a);
    } else if (a->body->problem && way->is_as_before(a->body, &service)) {
        fail(a, ENDED_UNTOUCHED,
             arena_printf(a->view->arena, "%s. It is as it was: %s", a->body->problem, way->now(a, &service)));
    } else {
        fail(a, a->body->problem ? ENDED_UNTOUCHED : ENDED_BACK,
             arena_printf(a->view->arena, "%s%ssomebody else changed it: it is at %s now, and was left alone",
                          a->body->problem ? a->body->problem : "", a->body->problem ? "; " : "",
                          way->now(a, &service)));
    }
}

static void on_poll(struct adjusting *a)
{
    adjust_keep(a);
    read_service(a);
}

/* ---- what people and others ask of it ---- */

static bool is_before_change(const struct adjusting *a)
{
    return strcmp(a->operation->state, "changing") != 0 && strcmp(a->operation->state, "verifying") != 0;
}

static void on_request(struct adjusting *a)
{
    if (strcmp(a->event->name, verb_abort.name) != 0) {
        outcome_refuse(a->out, "*%s* is one change, without steps: it takes no `%s`. Nothing was done.",
                       a->operation->id, a->event->name);
        return;
    }
    if (!is_before_change(a)) {
        outcome_refuse(a->out, "*%s* is being made just now, and cannot be stopped half-way.%s%s%s", a->operation->id,
                       a->body->back ? " To go back: `" : "", a->body->back ? a->body->back : "",
                       a->body->back ? "`" : "");
        return;
    }
    control_journal_abort(arena_printf(a->view->arena, "%s.aborted", a->body->verb), a->operation, a->event, a->out);
    a->body->failed_in = a->operation->state;
    adjust_keep(a);
    outcome_end(a->out, "aborted", "aborted", "aborted; nothing was changed");
    outcome_reply(a->out, "*%s* is aborted: nothing was changed.", a->operation->id);
}

/* A way back takes the target, and looks at what serves itself. A change that is out is cut off, and its end is
 * awaited. */
static void on_yield(struct adjusting *a)
{
    const char *by = json_find_string(a->event->body, "by");

    if (!adjust_way_of(a->body)->takes_target)
        return;
    a->body->yields_to = by ? by : "a way back";
    if (strcmp(a->operation->state, "changing") == 0) {
        adjust_keep(a);
        outcome_cancel_effects(a->out, "change");
    } else {
        give_way(a, is_before_change(a));
    }
}

/* ---- what PagerDuty is told ---- */

static void tell_change(struct adjusting *a)
{
    struct adjust_body *body = a->body;
    const struct adjust_way *way = adjust_way_of(body);
    struct change_words words = { .doing = way->doing,
                                  .done = way->done,
                                  .service = body->service,
                                  .environment = body->environment,
                                  .reason = body->reason };

    if (!change_told_wants(a->view, a->operation, a->out, body->is_change_told))
        return;
    words.what = arena_printf(a->view->arena, "%s in %s: %s", body->service, change_told_place(a->operation),
                              body->becomes ? body->becomes : "");
    body->is_change_told = change_told_follow(a->view, a->operation, &words, body->is_change_told, a->out);
    adjust_keep(a);
}

/* ---- the rows ---- */

static const struct move {
    const char *state; /* NULL: any */
    enum event_kind kind;
    const char *name; /* NULL: any */
    void (*decide)(struct adjusting *a);
} moves[] = {
    { NULL, EVENT_REQUEST, "approve", adjust_on_approve },
    { NULL, EVENT_REQUEST, NULL, on_request },
    { NULL, EVENT_MESSAGE, MESSAGE_YIELD, on_yield },
    { "looking", EVENT_READING, "service", on_looked },
    { "comparing", EVENT_READING, "revisions", on_compared },
    { APPROVAL_STATE, EVENT_TIMER, "unapproved", adjust_on_unapproved },
    { "queued", EVENT_MESSAGE, MESSAGE_GRANTED, on_granted },
    { "changing", EVENT_EFFECT, "change", on_changed },
    { "verifying", EVENT_READING, "service", on_verified },
    { "verifying", EVENT_TIMER, "poll", on_poll },
};

static void adjust_on_event(const struct view *view, const struct operation *operation, const void *body,
                            const struct event *event, struct outcome *out)
{
    struct adjusting a = { view, operation, ARENA_NEW(view->arena, struct adjust_body), event, out };

    *a.body = *(const struct adjust_body *)body;
    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        if (moves[i].kind != event->kind || (moves[i].state && strcmp(moves[i].state, operation->state) != 0) ||
            (moves[i].name && strcmp(moves[i].name, event->name) != 0))
            continue;
        moves[i].decide(&a);
        tell_change(&a);
        return;
    }
}

static bool adjust_may_increase(const struct view *view, const struct operation *operation, const void *value,
                                const struct effect *effect, struct error *err)
{
    const struct adjust_body *body = value;
    struct decision decision = adjust_ask_policy(view, operation, body, POLICY_INCREASE);
    const char *objection = find_objection(view, operation, body);

    (void)effect;
    if (objection)
        return error_set(err, ERR_DENIED, "%s", objection);
    return decision.verdict == VERDICT_ALLOW ||
           error_set(err, ERR_DENIED, "%s%s%s%s", decision.reason, decision.rule ? " (" : "",
                     decision.rule ? decision.rule : "", decision.rule ? ")" : "");
}

const struct machine machine_adjust = {
    .kind = "adjust",
    .schema = ADJUST_SCHEMA,
    .body = &adjust_body_shape,
    .stands_aside = true,
    .on_event = adjust_on_event,
    .may_increase = adjust_may_increase,
    .card = adjust_card,
};
