/* beginning.c - what comes before the call: looked at, in line, checked once more, and sent. */
#include "handlers/failover/arguments.h"
#include "handlers/failover/failing.h"

#include "bot/model/card.h"
#include "bot/model/exchange.h"
#include "bot/model/plant.h"

#include <string.h>

void failover_begin(const struct view *view, const struct failover_plan *plan, struct outcome *out)
{
    struct failover_body *body = ARENA_NEW(view->arena, struct failover_body);
    struct failing f = { .view = view, .body = body, .out = out };

    body->plan = *plan;
    body->glass.reason = plan->break_glass;
    outcome_begin(out, machine_failover.kind, plan->database, "looking", body);
    failing_read(&f);
}

static void keep_seen(struct failing *f, const struct database_seen *seen, const struct preflight *found)
{
    f->body->seen = *seen;
    f->body->loss = found->loss;
    f->body->backup = preflight_backup(f->view, &f->body->plan, seen);
}

/* ---- looking ---- */

static void answer_lack(struct failing *f, const struct preflight *found)
{
    outcome_refuse(f->out, "`%s` was not failed over: %s.", f->body->plan.database, found->why);
    outcome_reply_line(f->out, "Data you may lose: %s.", found->loss);
    outcome_reply_line(f->out, "Nothing was done. To do it all the same: `%s`",
                       failover_line(&f->body->plan, found->lacks, f->view->arena));
    failing_refuse(f, "It takes more than its name: %s", found->why);
}

static void answer_refusal(struct failing *f, const struct preflight *found)
{
    outcome_refuse(f->out, "`%s` cannot be failed over now: %s. %s Nothing was done.", f->body->plan.database,
                   found->refusal, found->next ? found->next : "Ask again later.");
    failing_refuse(f, "It cannot be failed over now: %s", found->refusal);
}

static void answer_denied(struct failing *f, const struct decision *decision)
{
    const char *rule = decision->rule ? arena_printf(f->view->arena, " (%s)", decision->rule) : "";

    outcome_refuse(f->out, "*Denied*: %s%s. Nothing was done.", decision->reason, rule);
    if (decision->turn[0])
        outcome_reply_line(f->out, "%s", decision->turn);
    broken_tell_refused(&f->body->glass, decision, f->out);
    failing_refuse(f, "%s%s", decision->reason, rule);
}

/* What whoever asked reads at once, of what goes on. */
static void answer_begun(struct failing *f, const struct preflight *found, const struct decision *decision,
                         const char *how)
{
    const struct failover_plan *plan = &f->body->plan;

    outcome_reply(f->out, "*%s* fails `%s` over%s: %s.", f->operation->id, plan->database, how,
                  preflight_method_text(found->method, plan, &f->body->seen, f->view->arena));
    outcome_reply_line(f->out, "Data you may lose: %s. Last backup: %s.", found->loss, f->body->backup);
    outcome_reply_line(f->out, "%s", preflight_afterwards(found->method, plan, f->view->arena));
    broken_tell_asker(&f->body->glass, decision, f->out);
}

static void decide(struct failing *f, const struct preflight *found)
{
    struct decision decision = failing_ask_policy(f->view, f->operation, f->body, POLICY_WHOLE);

    f->body->method = found->method;
    if (decision.verdict == VERDICT_ALLOW) {
        answer_begun(f, found, &decision, "");
        failing_break_glass(f, &decision);
        failing_queue(f);
    } else if (decision_waits_for_people(&decision)) {
        if (failing_await(f, &decision))
            answer_begun(f, found, &decision,
                         arena_printf(f->view->arena, " once it has consent (%s)", f->body->lacking));
        else
            outcome_refuse(f->out, "*%s* ended: %s", f->operation->id, f->out->summary);
    } else {
        answer_denied(f, &decision);
    }
}

void failing_on_looked(struct failing *f)
{
    struct database_seen seen;
    struct preflight found;
    const char *why;

    if (!failing_sees(f, &seen, &why)) {
        outcome_refuse(f->out, "`%s` cannot be read: %s. Nothing was done.", f->body->plan.database, why);
        failing_refuse(f, "It cannot be read: %s", why);
        return;
    }
    found = preflight_judge(f->view, &f->body->plan, &seen);
    keep_seen(f, &seen, &found);
    if (found.refusal)
        answer_refusal(f, &found);
    else if (found.lacks[0])
        answer_lack(f, &found);
    else
        decide(f, &found);
}

/* ---- queued ---- */

void failing_queue(struct failing *f)
{
    failing_move(f, "queued", 0);
    f->out->claims = f->operation->target;
}

void failing_on_yield(struct failing *f)
{
    const char *by = json_find_string(f->event->body, "by");

    failing_abort(f, arena_printf(f->view->arena, "%s took its place. Nothing was changed.",
                                  by ? failing_quote(f, by) : "another operation"));
}

void failing_check(struct failing *f)
{
    failing_move(f, "checking", 0);
    failing_read(f);
}

void failing_on_granted(struct failing *f)
{
    failing_check(f);
}

/* ---- checking ---- */

static void journal_judged(const struct failing *f, const struct decision *decision)
{
    const struct failover_body *body = f->body;
    cJSON *entry = json_object();

    json_set_string(entry, "database", body->plan.database);
    json_set_string(entry, "method", body->method);
    json_set_string(entry, "state", body->seen.state);
    json_set_string(entry, "zone", body->seen.zone);
    json_set_string(entry, "loss", body->loss);
    json_set_string(entry, "backup", body->backup);
    json_set_string(entry, "rule", decision->allowed_by);
    outcome_journal(f->out, "failover.judged", entry, NULL);
}

static void send_call(struct failing *f)
{
    struct database_order order = {
        .place = f->body->plan.place,
        .method = f->body->method,
        .settings_version = f->body->seen.settings_version,
        .mode = !f->body->plan.place.region ? NULL
                : f->body->plan.forces      ? DATABASE_FORCED_LOSS
                                            : DATABASE_LIMITED_LOSS,
    };

    f->body->sent_at_ms = f->view->now_ms;
    f->body->sends++;
    f->body->operation = NULL;
    failing_move(f, "sending", 0);
    outcome_effect(f->out, (struct wanted_effect){
                               .kind = EFFECT_FAILOVER,
                               .lane = arena_printf(f->view->arena, "target:%s", f->operation->target),
                               .tag = "failover",
                               .args = shape_to_json(&database_order_shape, &order, SHAPE_WHOLE),
                           });
}

/* Nobody consented to what is worse than what they were told. */
static bool is_worse(struct failing *f, const struct preflight *found)
{
    if (found->refusal)
        failing_refuse(f, "It was stopped right before the call, for something has changed: %s", found->refusal);
    else if (strcmp(found->method, f->body->method) != 0)
        failing_refuse(f, "It was stopped right before the call: by now %s, which is not what was asked for",
                       preflight_method_text(found->method, &f->body->plan, &f->body->seen, f->view->arena));
    else if (found->lacks[0])
        failing_refuse(f,
                       "It was stopped right before the call, for it has become worse: %s. To do it all the same: `%s`",
                       found->why, failover_line(&f->body->plan, found->lacks, f->view->arena));
    return f->out->result != NULL;
}

static void on_unreadable(struct failing *f, const char *why)
{
    if (f->body->is_in_doubt) { /* as before somebody had it sent again */
        f->body->problem = why;
        failing_ask(f);
    } else {
        failing_refuse(f, "It was stopped right before the call, for it cannot be read any more: %s", why);
    }
}

static void send_if_allowed(struct failing *f)
{
    struct decision decision = failing_ask_policy(f->view, f->operation, f->body, POLICY_WHOLE);

    if (decision.verdict != VERDICT_ALLOW) {
        failing_refuse(f, "%s%s%s%s", decision.reason, decision.rule ? " (" : "", decision.rule ? decision.rule : "",
                       decision.rule ? ")" : "");
        return;
    }
    failing_break_glass(f, &decision);
    f->body->allowed_by = decision.allowed_by;
    journal_judged(f, &decision);
    send_call(f);
}

void failing_on_checked(struct failing *f)
{
    struct database_seen seen;
    struct preflight found;
    const char *why;

    if (!failing_sees(f, &seen, &why)) {
        on_unreadable(f, why);
        return;
    }
    if (f->body->is_in_doubt && failing_may_have_begun(f, &seen) && !PLANTED(FAILOVER_UNSOUGHT)) {
        failing_seek(f);
        return;
    }
    found = preflight_judge(f->view, &f->body->plan, &seen);
    keep_seen(f, &seen, &found);
    if (!is_worse(f, &found))
        send_if_allowed(f);
}
