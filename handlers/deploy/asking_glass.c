/* asking_glass.c - the glass that is broken for a deploy: announced rule by rule, so that no deny is passed in silence;
 * and who could break it.
 */
#include "handlers/deploy/asking.h"

#include "handlers/control.h"
#include "handlers/review.h"

#include "policy/explain.h"
#include "policy/policy.h"

#include <string.h>

/* ---- what denies it ---- */

struct denies {
    struct explained_rule *list;
    size_t count;
};

/* Each once, by what it says: of those on one line of the file each counts, and of those that say the same one. */
static void add_denies(const struct view *view, const struct question *question, const struct facts *facts,
                       enum policy_stage stage, struct denies *denies)
{
    struct explanation all = policy_explain(view->policy, question, facts, stage, view->arena);

    for (size_t i = 0; i < all.rules_count; i++) {
        bool is_there = all.rules[i].outcome != EXPLAIN_DENIES;

        for (size_t k = 0; k < denies->count && !is_there; k++)
            is_there = strcmp(denies->list[k].identity, all.rules[i].identity) == 0;
        if (!is_there)
            *ARENA_PUSH(view->arena, denies->list, denies->count) = all.rules[i];
    }
}

/* Those that deny it, but for what was announced: as long as no glass is broken for them. */
static struct denies denies_unannounced(const struct asking *asking, enum policy_stage stage)
{
    struct denies denies = { NULL, 0 };

    add_denies(asking->view, &asking->question, &asking->facts, stage, &denies);
    return denies;
}

static const char *rules_text(const struct denies *denies, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < denies->count; i++)
        if (i == 0 || strcmp(denies->list[i].rule, denies->list[i - 1].rule) != 0) /* several on one line */
            text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", denies->list[i].rule);
    return text;
}

static bool is_kept(const struct deploy_body *body, const struct explained_rule *deny, const struct principal *by)
{
    for (size_t i = 0; i < body->glasses_count; i++)
        if (strcmp(body->glasses[i].deny, deny->identity) == 0 && principal_equal(&body->glasses[i].by, by))
            return true;
    return false;
}

static void keep_glasses(struct deploying *d, const struct denies *denies, const struct principal *by)
{
    struct deploy_glass *glasses = NULL;
    size_t count = 0;

    for (size_t i = 0; i < d->body->glasses_count; i++) /* the old list belongs to the record */
        *ARENA_PUSH(d->view->arena, glasses, count) = d->body->glasses[i];
    for (size_t i = 0; i < denies->count; i++)
        if (!is_kept(d->body, &denies->list[i], by)) /* what passes the request alone is announced each time */
            *ARENA_PUSH(d->view->arena, glasses, count) =
                (struct deploy_glass){ denies->list[i].identity, denies->list[i].rule, *by };
    d->body->glasses = glasses;
    d->body->glasses_count = count;
}

struct breaking { /* whoever breaks it, why, and by which request */
    const struct principal *who;
    const char *reason, *request_id;
};

/* What the person typed is theirs, and can be erased; the rules are not. */
static void announce(struct deploying *d, const struct denies *denies, const struct breaking *by)
{
    const char *rules = rules_text(denies, d->view->arena);
    cJSON *body = json_object(), *personal = principal_personal(by->who);
    struct review_body review = {
        .service = d->body->service,
        .environment = d->body->environment,
        .version = d->body->version,
        .broken_by = d->operation->id,
        .rule = rules,
        .reason = by->reason,
    };

    json_set_string(body, "rule", rules);
    json_set_string(personal, "reason", by->reason);
    outcome_journal(d->out, "deploy.glass_broken", body, personal);
    deploy_add_act(d,
                   (struct deploy_act){
                       .who = principal_mention(by->who, d->view->arena),
                       .what = arena_printf(d->view->arena, "broke the glass, past the rule %s: %s", rules, by->reason),
                   });
    review_ask(by->who, by->request_id, &review, d->out);
}

void deploy_announce_glass(struct deploying *d, const struct decision *decision)
{
    const struct breaking by = { &d->operation->requester, d->body->break_glass, d->operation->request_id };
    struct asking asking;
    struct denies denies;

    if (!decision->broken)
        return;
    asking = asking_of(d->view, d->operation, d->body);
    denies = denies_unannounced(&asking, POLICY_WHOLE);
    if (denies.count == 0)
        return;
    keep_glasses(d, &denies, by.who);
    announce(d, &denies, &by);
}

/* ---- the glass, while it runs ---- */

/* Policy let the request through by the same glass: what it passed there is told, too. */
static void add_denies_of_request(const struct deploying *d, struct denies *denies)
{
    struct facts facts = view_facts(d->view);
    struct question question;
    struct error ignored;

    if (control_ask_about(d->view, d->event->request, d->operation, false, &question, &ignored))
        add_denies(d->view, &question, &facts, POLICY_WHOLE, denies);
}

static const char *breakers_of(const struct denies *denies, const char *identity)
{
    for (size_t i = 0; identity && i < denies->count; i++)
        if (strcmp(denies->list[i].identity, identity) == 0)
            return denies->list[i].breakers;
    return NULL;
}

static void refuse_to_break(struct deploying *d, const struct denies *denies, const struct decision *decision)
{
    const char *breakers = breakers_of(denies, decision->denied_by);

    outcome_refuse(d->out, "No glass is broken for *%s*: %s%s%s%s. Nothing was done.", d->operation->id,
                   decision->reason, decision->rule ? " (" : "", decision->rule ? decision->rule : "",
                   decision->rule ? ")" : "");
    if (breakers)
        outcome_reply_line(d->out, "It takes %s to break that one.", breakers);
    else if (decision->turn[0])
        outcome_reply_line(d->out, "%s", decision->turn);
}

bool deploy_break_glass(struct deploying *d, const char *reason, bool *ret_is_needless)
{
    const struct request *request = d->event->request;
    const struct breaking by = { &request->principal, reason, request->id };
    const struct deploy_body before = *d->body;
    const struct asking asking = asking_of(d->view, d->operation, d->body);
    struct denies denies = denies_unannounced(&asking, POLICY_INCREASE);
    struct decision decision;

    add_denies_of_request(d, &denies);
    keep_glasses(d, &denies, by.who);
    decision = deploy_ask_policy(d->view, d->operation, d->body, POLICY_INCREASE);
    if (decision.verdict != VERDICT_ALLOW) {
        *d->body = before;
        refuse_to_break(d, &denies, &decision);
        return false;
    }
    *ret_is_needless = denies.count == 0;
    if (denies.count > 0)
        announce(d, &denies, &by);
    return true;
}

/* ---- whom it takes ---- */

static bool has_entry(const char *const *list, size_t count, const char *entry)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], entry) == 0)
            return true;
    return false;
}

/* Of those whom the rule names: the roles of which anybody may `retry` there: they type that, and it is asked of policy
 * like any request, with the glass. NULL: none. */
static const char *breakers_who(const struct view *view, const struct question *retry,
                                const struct explained_rule *deny)
{
    const struct facts facts = view_facts(view);
    const char **names = NULL;
    size_t count = 0;

    for (size_t i = 0; i < deny->breaker_names_count; i++)
        if (policy_can_any(view->policy, retry, &facts, deny->breaker_names[i], view->arena))
            *ARENA_PUSH(view->arena, names, count) = deny->breaker_names[i];
    return count > 0 ? explain_any_of(names, count, view->arena) : NULL;
}

/* Who could break all of them, each said once; NULL: nothing denies it, or nobody could break one of them. */
static const char *who_breaks(const struct view *view, const struct operation *operation, const struct denies *denies)
{
    const struct request request = { .verb = verb_retry.name, .source = "slack", .principal = operation->requester };
    struct arena *arena = view->arena;
    const char **said = arena_alloc(arena, (denies->count + 1) * sizeof(*said)), *text = NULL;
    struct question retry;
    struct error ignored;
    size_t count = 0;

    if (!control_ask_about(view, &request, operation, false, &retry, &ignored))
        return NULL;
    for (size_t i = 0; i < denies->count; i++) {
        const char *breakers = breakers_who(view, &retry, &denies->list[i]);

        if (!breakers)
            return NULL;
        if (has_entry(said, count, breakers))
            continue;
        text = text ? arena_printf(arena, "%s, who is also %s", text, breakers) : breakers;
        said[count++] = breakers;
    }
    return text;
}

static bool is_held_otherwise(const struct asking *asking, const struct deploy_body *body)
{
    const struct view *view = asking->view;
    struct explanation all;

    if (asking_is_unknown(view, body) || asking_find_hold(asking, body))
        return true;
    all = policy_explain(view->policy, &asking->question, &asking->facts, POLICY_INCREASE, view->arena);
    for (size_t i = 0; i < all.rules_count; i++)
        if (all.rules[i].outcome == EXPLAIN_NEEDS)
            return true;
    return false;
}

const char *deploy_glass_text(const struct view *view, const struct operation *operation,
                              const struct deploy_body *body)
{
    struct asking asking;
    struct denies denies;
    const char *who;

    if (!body->is_denied || body->is_paused || body->returning || operation_has_ended(operation))
        return NULL;
    asking = asking_of(view, operation, body);
    denies = denies_unannounced(&asking, POLICY_INCREASE);
    if (denies.count == 0 || is_held_otherwise(&asking, body))
        return NULL;
    who = who_breaks(view, operation, &denies);
    if (!who)
        return NULL;
    return arena_printf(view->arena, "it takes %s: `retry %s --break-glass TEXT`", who, operation->id);
}
