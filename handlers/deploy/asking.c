/* asking.c - what a deploy asks policy: wholly before it begins, and once more before each increase; and the glass that
 * was broken for it, which is announced rule by rule, so that no deny is passed in silence.
 */
#include "handlers/deploy/deploying.h"
#include "handlers/deploy/evidence.h"
#include "handlers/hold/hold.h"
#include "handlers/review.h"

#include "bot/model/plant.h"
#include "bot/model/settings.h"

#include "policy/explain.h"

#include <stdio.h>
#include <string.h>

struct asking {
    const struct view *view;
    const struct deploy_body *body;
    struct question question;
    struct facts facts; /* without any glass broken */
};

static struct asking asking_of(const struct view *view, const struct operation *operation,
                               const struct deploy_body *body)
{
    const struct service_settings *service = settings_find_service(view->settings, body->service);
    const struct environment_settings *environment =
        service ? settings_find_environment(service, body->environment) : NULL;
    struct label_list labels = { 0 };
    struct asking asking = {
        .view = view,
        .body = body,
        .question = {
            .principal = operation->requester,
            .verb = body->is_way_back ? "rollback" : "deploy",
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
    asking.facts.reason = body->reason;
    approvals_tell(view, &body->approvals, &asking.facts);
    evidence_tell(view, operation->state, body, &asking.facts);
    return asking;
}

/* ---- the glass ---- */

static bool is_announced(const struct deploy_body *body, const char *rule)
{
    for (size_t i = 0; i < body->broken_count; i++)
        if (strcmp(body->broken[i], rule) == 0)
            return true;
    return false;
}

/* Those that deny it as long as no glass is broken, and were not announced. */
static const struct explained_rule *denies_unannounced(const struct asking *asking, enum policy_stage stage,
                                                       size_t *ret_count)
{
    struct explanation all =
        policy_explain(asking->view->policy, &asking->question, &asking->facts, stage, asking->view->arena);
    struct explained_rule *found = NULL;

    *ret_count = 0;
    for (size_t i = 0; i < all.rules_count; i++)
        if (all.rules[i].outcome == EXPLAIN_DENIES && !is_announced(asking->body, all.rules[i].rule))
            *ARENA_PUSH(asking->view->arena, found, *ret_count) = all.rules[i];
    return found;
}

static struct decision decide(const struct asking *asking, const char *break_glass, enum policy_stage stage)
{
    struct facts facts = asking->facts;

    facts.break_glass = break_glass;
    return policy_decide(asking->view->policy, &asking->question, &facts, stage);
}

/* A glass was broken for what stood in the way when it began, and for nothing that comes later. */
static struct decision decide_increase(const struct asking *asking)
{
    const struct explained_rule *denies = NULL;
    struct decision decision;
    size_t count = 0;

    if (asking->body->break_glass)
        denies = denies_unannounced(asking, POLICY_INCREASE, &count);
    decision = decide(asking, count > 0 ? NULL : asking->body->break_glass, POLICY_INCREASE);
    if (count > 0 && decision.verdict == VERDICT_DENY) {
        decision.rule = denies[0].rule;
        snprintf(decision.reason, sizeof(decision.reason), "%s", denies[0].sentence);
    }
    return decision;
}

static const char *rules_text(const struct explained_rule *rules, size_t count, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < count; i++)
        text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", rules[i].rule);
    return text;
}

static void keep_announced(struct deploying *d, const struct explained_rule *rules, size_t count)
{
    const char **broken = NULL;
    size_t broken_count = 0;

    for (size_t i = 0; i < d->body->broken_count; i++) /* the old list belongs to the record */
        *ARENA_PUSH(d->view->arena, broken, broken_count) = d->body->broken[i];
    for (size_t i = 0; i < count; i++)
        *ARENA_PUSH(d->view->arena, broken, broken_count) = rules[i].rule;
    d->body->broken = broken;
    d->body->broken_count = broken_count;
}

/* What the person typed is theirs, and can be erased; the rules are not. */
static void announce(struct deploying *d, const char *rules)
{
    const struct principal *who = &d->operation->requester;
    cJSON *body = json_object(), *personal = principal_personal(who);
    struct review_body review = {
        .service = d->body->service,
        .environment = d->body->environment,
        .broken_by = d->operation->id,
        .rule = rules,
        .reason = d->body->break_glass,
    };

    json_set_string(body, "rule", rules);
    json_set_string(personal, "reason", d->body->break_glass);
    outcome_journal(d->out, "deploy.glass_broken", body, personal);
    deploy_add_act(d, (struct deploy_act){
                          .who = principal_mention(who, d->view->arena),
                          .what = arena_printf(d->view->arena, "broke the glass, past the rule %s: %s", rules,
                                               d->body->break_glass),
                      });
    review_ask(d->operation, &review, d->out);
}

void deploy_announce_glass(struct deploying *d, const struct decision *decision)
{
    const struct explained_rule *rules;
    struct asking asking;
    size_t count;

    if (!decision->broken)
        return;
    asking = asking_of(d->view, d->operation, d->body);
    rules = denies_unannounced(&asking, POLICY_WHOLE, &count);
    if (count == 0)
        return;
    keep_announced(d, rules, count);
    announce(d, rules_text(rules, count, d->view->arena));
}

/* ---- the question ---- */

/* A reload took it away: no rule can tell any more what it is about, by label or otherwise. */
static bool is_unknown(const struct view *view, const struct deploy_body *body)
{
    const struct service_settings *service = settings_find_service(view->settings, body->service);

    return !service || !settings_find_environment(service, body->environment);
}

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
    const struct operation *hold = NULL;
    struct decision decision;

    if (!body->is_way_back && is_unknown(view, body))
        return deny_unknown(body);
    decision = stage == POLICY_INCREASE ? decide_increase(&asking) : decide(&asking, body->break_glass, stage);
    if (!body->is_way_back && !PLANTED(HOLD_IGNORED))
        hold = hold_find(view, body->service, body->environment, asking.question.verb, &operation->requester);
    if (hold && decision.verdict != VERDICT_DENY)
        hold_deny(hold, view->arena, &decision);
    return decision;
}

bool deploy_may_start(struct deploying *d)
{
    struct decision decision = deploy_ask_policy(d->view, d->operation, d->body, POLICY_WHOLE);

    if (decision.verdict != VERDICT_ALLOW) {
        deploy_refuse(d, &decision);
        return false;
    }
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
