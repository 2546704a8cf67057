/* asking.c - what a deploy asks policy: wholly before it begins, and once more before each increase. */
#include "handlers/deploy/asking.h"

#include "handlers/deploy/evidence.h"
#include "handlers/deploy/plan.h"
#include "handlers/deploy/triggered.h"
#include "handlers/hold/hold.h"

#include "bot/model/plant.h"
#include "bot/model/settings.h"

#include <stdio.h>

struct broken deploy_broken(const struct deploy_body *body)
{
    return (struct broken){ body->break_glass, body->glasses, body->glasses_count };
}

const char *deploy_broken_shown(const struct deploy_body *body)
{
    const struct broken broken = deploy_broken(body);

    return broken_shown(&broken);
}

struct asking asking_of(const struct view *view, const struct operation *operation, const struct deploy_body *body)
{
    const struct service_settings *service = settings_find_service(view->settings, body->service);
    const struct environment_settings *environment =
        service ? settings_find_environment(service, body->environment) : NULL;
    const struct broken broken = deploy_broken(body);
    struct label_list labels = { 0 };
    struct asking asking = {
        .view = view,
        .question = {
            .principal = operation->requester,
            .verb = body->is_way_back ? "rollback" : body->tune ? body->tune->verb : "deploy",
            .is_safe_direction = body->is_way_back,
            .service = body->service,
            .environment = body->environment,
            .source = operation->source,
            .version = body->version,
        },
        .facts = view_facts(view),
    };

    if (environment)
        labels = settings_labels(service, environment, view->arena);
    asking.question.labels = labels.labels;
    asking.question.labels_count = labels.labels_count;
    deploy_tell_needs(body, &asking.question, view->arena);
    asking.facts.reason = body->reason;
    broken_tell(&broken, POLICY_INCREASE, view->arena, &asking.facts);
    approvals_tell(view, &body->approvals, &asking.facts);
    triggered_leave_out_own(view, body, &asking.facts);
    evidence_tell(view, operation->state, body, &asking.facts);
    return asking;
}

static struct decision decide(const struct asking *asking, const char *break_glass, enum policy_stage stage)
{
    struct facts facts = asking->facts;

    facts.break_glass = break_glass;
    return policy_decide(asking->view->policy, &asking->question, &facts, stage);
}

/* ---- what no glass passes ---- */

bool asking_is_unknown(const struct view *view, const struct deploy_body *body)
{
    const struct service_settings *service = settings_find_service(view->settings, body->service);

    return !service || !settings_find_environment(service, body->environment);
}

const struct operation *asking_find_hold(const struct asking *asking, const struct deploy_body *body)
{
    if (body->is_way_back || PLANTED(HOLD_IGNORED))
        return NULL;
    return hold_find(asking->view, body->service, body->environment, asking->question.verb,
                     &asking->question.principal);
}

/* ---- the question ---- */

static struct decision deny_unknown(const struct deploy_body *body)
{
    struct decision decision = { .verdict = VERDICT_DENY };

    snprintf(decision.reason, sizeof(decision.reason),
             "%s in %s is in no configuration any more: it can only be paused, aborted or rolled back", body->service,
             body->environment);
    return decision;
}

struct decision deploy_ask_policy(const struct view *view, const struct operation *operation,
                                  const struct deploy_body *body, enum policy_stage stage)
{
    const struct asking asking = asking_of(view, operation, body);
    const struct operation *hold;
    struct decision decision;

    if (!body->is_way_back && asking_is_unknown(view, body))
        return deny_unknown(body);
    /* A glass was broken for what stood in the way when it began, and for nothing that comes later. */
    decision = decide(&asking, stage == POLICY_INCREASE ? NULL : body->break_glass, stage);
    hold = asking_find_hold(&asking, body);
    if (hold && decision.verdict != VERDICT_DENY)
        hold_deny(hold, view->arena, &decision);
    return decision;
}

/* What was required, and is there: "approvals (opsgate.yaml:77), green checks (opsgate.yaml:77)"; NULL: nothing was. */
static const char *met_text(const struct decision *decision, struct arena *arena)
{
    static const char *const names[] = {
        [NEED_APPROVALS] = "approvals",     [NEED_CHECKS] = "green checks",
        [NEED_REASON] = "a reason",         [NEED_WINDOW] = "an open window",
        [NEED_NO_INCIDENT] = "no incident", [NEED_VERSION] = "a version that may go there",
        [NEED_HEALTHY_IN] = "good before",  [NEED_SECOND_CHANNEL] = "a word through a second door",
    };
    const char *text = NULL;

    for (size_t i = 0; i < decision->needs_count && i < POLICY_NEEDS_MAX; i++)
        text = arena_printf(arena, "%s%s%s (%s)", text ? text : "", text ? ", " : "", names[decision->needs[i].kind],
                            decision->needs[i].rule);
    return text;
}

static void journal_allowed(struct deploying *d, const struct decision *decision)
{
    cJSON *body = json_object();

    json_set_string(body, "rule", decision->allowed_by);
    json_set_string(body, "rule_words", decision->allowed_words);
    json_set_string(body, "met", met_text(decision, d->view->arena));
    outcome_journal(d->out, "deploy.allowed", body, NULL);
}

bool deploy_may_start(struct deploying *d)
{
    struct decision decision = deploy_ask_policy(d->view, d->operation, d->body, POLICY_WHOLE);

    if (decision.verdict != VERDICT_ALLOW) {
        deploy_refuse(d, &decision);
        return false;
    }
    journal_allowed(d, &decision);
    deploy_announce_glass(d, &decision);
    return true;
}

bool deploy_may_raise(const struct view *view, const struct operation *operation, const struct deploy_body *body,
                      struct error *err)
{
    struct decision decision;

    if (body->returning)
        return error_set(err, ERR_CONFLICT, "its traffic goes back");
    if (body->is_paused && !PLANTED(PAUSE_IGNORED))
        return error_set(err, ERR_CONFLICT, "it is paused");
    decision = deploy_ask_policy(view, operation, body, POLICY_INCREASE);
    return decision.verdict == VERDICT_ALLOW ||
           error_set(err, ERR_DENIED, "%s%s%s%s", decision.reason, decision.rule ? " (" : "",
                     decision.rule ? decision.rule : "", decision.rule ? ")" : "");
}
