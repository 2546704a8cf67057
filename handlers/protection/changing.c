/* changing.c - what each change of a policy goes through: looked at, allowed, sent, seen. */
#include "handlers/protection/guarding.h"

#include "handlers/deploy/ending.h"
#include "handlers/thread.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define READ_DEADLINE_MS (25 * SECOND_MS)
#define POLL_MS SECOND_MS
#define VERIFY_DEADLINE_MS (3 * MINUTE_MS)
#define QUOTED_BYTES 300
#define SENTENCE_MAX 1024

/* ---- small moves ---- */

void guarding_move(struct guarding *g, const char *state, int64_t deadline_ms)
{
    g->body->state_deadline_at_ms = deadline_ms > 0 ? g->view->now_ms + deadline_ms : 0;
    outcome_move(g->out, state, g->body);
}

void guarding_keep(struct guarding *g)
{
    outcome_move(g->out, NULL, g->body);
}

bool guarding_is_late(const struct guarding *g)
{
    return g->body->state_deadline_at_ms > 0 && g->view->now_ms >= g->body->state_deadline_at_ms;
}

void guarding_poll(struct guarding *g, int64_t in_ms)
{
    guarding_keep(g);
    outcome_timer(g->out, "poll", g->view->now_ms + in_ms);
}

void guarding_read(struct guarding *g)
{
    struct armor_look look = { .place = g->body->place, .operation = g->body->operation };

    outcome_read(g->out, "policy", READING_ARMOR, shape_to_json(&armor_look_shape, &look, SHAPE_WHOLE),
                 READ_DEADLINE_MS);
}

bool guarding_sees(struct guarding *g, struct armor_seen *ret_seen, const char **ret_why)
{
    struct error err;

    if (g->event->end != END_DONE)
        *ret_why = deploy_why(g->event, g->view->arena);
    else if (shape_from_json(&armor_seen_shape, g->event->body, g->view->arena, ret_seen, &err))
        return true;
    else
        *ret_why = card_quote(str_of(err.message), QUOTED_BYTES, g->view->arena);
    return false;
}

void guarding_journal(struct guarding *g, const char *kind, const struct request *request)
{
    cJSON *body = json_object();

    json_set_string(body, "protection", g->body->protection);
    json_set_string(body, "range", g->body->range);
    json_set_string(body, "becomes", g->body->becomes);
    if (g->body->priority >= 0)
        json_set_int(body, "priority", g->body->priority);
    if (g->body->until_ms)
        json_set_int(body, "until_ms", g->body->until_ms + g->view->shift_ms);
    outcome_journal(g->out, arena_printf(g->view->arena, "%s.%s", g->body->verb, kind), body,
                    request ? principal_personal(&request->principal) : NULL);
}

void guarding_post(struct guarding *g, const char *text)
{
    thread_post(g->view, (struct reply){ .text = text }, g->out);
}

/* ---- how it ends ---- */

void guarding_end(struct guarding *g, const char *result, const char *fmt, ...)
{
    char sentence[SENTENCE_MAX];
    va_list args;

    va_start(args, fmt);
    vsnprintf(sentence, sizeof(sentence), fmt, args);
    va_end(args);
    if (strcmp(result, "done") != 0)
        g->body->failed_in = g->operation->state;
    guarding_keep(g);
    outcome_cancel_timer(g->out, "unapproved");
    outcome_cancel_timer(g->out, "poll");
    outcome_cancel_timer(g->out, "over");
    outcome_end(g->out, result, result, "%s", sentence);
}

void guarding_answer(struct guarding *g, const char *sentence)
{
    guarding_end(g, "done", "%s", sentence);
    outcome_reply(g->out, "%s.", sentence);
    g->out->is_forgotten = true;
}

void guarding_refuse(struct guarding *g, const char *fmt, ...)
{
    char sentence[SENTENCE_MAX];
    va_list args;

    va_start(args, fmt);
    vsnprintf(sentence, sizeof(sentence), fmt, args);
    va_end(args);
    guarding_end(g, "refused", "%s. Nothing was changed", sentence);
    outcome_refuse(g->out, "%s. Nothing was done.", sentence);
    g->out->is_forgotten = strcmp(g->operation->state, "looking") == 0;
}

/* ---- it is looked at, and goes on ---- */

void guarding_on_looked(struct guarding *g)
{
    struct armor_seen seen;
    const char *why;

    if (!guarding_sees(g, &seen, &why))
        guarding_refuse(g, "`%s` could not be read: %s", g->body->protection, why);
    else
        guarding_way_of(g->body)->on_looked(g, &seen);
}

static void refuse_by_policy(struct guarding *g, const struct decision *decision)
{
    guarding_refuse(g, "%s%s%s%s", decision->reason, decision->rule ? " (" : "", decision->rule ? decision->rule : "",
                    decision->rule ? ")" : "");
    if (decision->turn[0])
        outcome_reply_line(g->out, "%s", decision->turn);
}

static void answer_dry_run(struct guarding *g, const struct decision *decision)
{
    const char *verdict = decision->verdict == VERDICT_ALLOW    ? broken_allows(decision, g->view->arena)
                          : decision_waits_for_people(decision) ? approvals_lacking(decision, g->view->arena)
                                                                : decision->reason;

    guarding_answer(g, arena_printf(g->view->arena, "Would be done: %s. %s%s", g->body->becomes,
                                    decision_waits_for_people(decision) ? "It would wait for " : "Now: ", verdict));
    outcome_reply_line(g->out, "Nothing was done: `--dry-run`.");
}

void guarding_go_on(struct guarding *g)
{
    struct decision decision = guarding_ask_policy(g->view, g->operation, g->body, POLICY_WHOLE);

    if (g->body->is_dry_run) {
        answer_dry_run(g, &decision);
    } else if (decision.verdict == VERDICT_ALLOW) {
        guarding_journal(g, "allowed", NULL);
        outcome_reply(g->out, "*%s*: %s.", g->operation->id, g->body->becomes);
        broken_tell_asker(&g->body->glass, &decision, g->out);
        guarding_break_glass(g, &decision);
        guarding_change(g);
    } else if (!decision_waits_for_people(&decision)) {
        refuse_by_policy(g, &decision);
    } else if (guarding_await_approval(g, &decision)) {
        outcome_reply(g->out, "*%s*: %s, once people consent: %s.", g->operation->id, g->body->becomes,
                      g->body->lacking);
        broken_tell_asker(&g->body->glass, &decision, g->out);
    }
}

void guarding_change(struct guarding *g)
{
    guarding_way_of(g->body)->change(g);
    guarding_move(g, "changing", 0);
}

/* ---- it is sent, and seen ---- */

/* Whatever became of it: what stands there tells. */
void guarding_on_changed(struct guarding *g)
{
    const char *operation = json_find_string(g->event->body, "operation");

    g->body->operation = g->event->end == END_DONE ? operation : NULL;
    g->body->doubt = g->event->end == END_DONE ? NULL : event_end_names[g->event->end];
    g->body->problem = g->event->end == END_DONE ? NULL : deploy_why(g->event, g->view->arena);
    guarding_move(g, "verifying", VERIFY_DEADLINE_MS);
    guarding_read(g);
}

/* Google said no, so there is nothing to wait for. */
static bool is_settled(const struct guarding *g)
{
    const char *doubt = g->body->doubt;

    return doubt &&
           (strcmp(doubt, event_end_names[END_FAILED]) == 0 || strcmp(doubt, event_end_names[END_CANCELLED]) == 0);
}

void guarding_fail_unmade(struct guarding *g, const char *why)
{
    guarding_end(g, "failed", "it was not done: %s. Nothing was changed", why);
    guarding_post(g, arena_printf(g->view->arena, "%s: *%s* failed: %s.",
                                  principal_mention(&g->operation->requester, g->view->arena), g->operation->id, why));
}

static void fail_in_doubt(struct guarding *g, const char *why)
{
    guarding_end(g, "failed",
                 "within %s nobody could see whether it was done (%s). `blocks` shows what stands there now",
                 duration_about(VERIFY_DEADLINE_MS).text, why);
    guarding_post(g, arena_printf(g->view->arena,
                                  "%s: *%s* failed: nobody could see whether it was done: %s. `blocks` "
                                  "shows what stands there.",
                                  principal_mention(&g->operation->requester, g->view->arena), g->operation->id, why));
}

static void look_on(struct guarding *g, const struct armor_seen *seen, const char *why)
{
    const struct guarding_way *way = guarding_way_of(g->body);

    if (!guarding_is_late(g))
        guarding_poll(g, POLL_MS);
    else if (way->on_unseen)
        way->on_unseen(g, seen, why);
    else
        fail_in_doubt(g, why);
}

void guarding_on_verified(struct guarding *g)
{
    const struct guarding_way *way = guarding_way_of(g->body);
    struct armor_seen seen;
    const char *why = "";

    if (!guarding_sees(g, &seen, &why)) {
        look_on(g, NULL, why);
    } else if (way->is_made(g->body, &seen)) {
        way->on_made(g);
    } else if (seen.problem) {
        guarding_fail_unmade(g, card_quote(str_of(seen.problem), QUOTED_BYTES, g->view->arena));
    } else if (is_settled(g)) {
        if (!way->tries_again || !way->tries_again(g, &seen))
            guarding_fail_unmade(g, g->body->problem);
    } else {
        look_on(g, &seen, "Cloud Armor shows nothing of it");
    }
}

void guarding_on_poll(struct guarding *g)
{
    guarding_keep(g);
    guarding_read(g);
}
