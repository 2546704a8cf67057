#include "handlers/hold/owner.h"

#include "handlers/hold/lock_place.h"

#include "bot/model/membership.h"
#include "policy/explain.h"

#include <string.h>

#define NAMED_MAX 5 /* persons; of more only a role is named */
#define SCHEDULE "pagerduty-schedule:"

/* ---- who it is ---- */

static const char *id_in(const struct person_settings *person, const char *system)
{
    return text_equal(system, "slack")       ? person->slack
           : text_equal(system, "github")    ? person->github
           : text_equal(system, "pagerduty") ? person->pagerduty
           : text_equal(system, "local")     ? person->local
                                             : NULL;
}

const char *owner_in_slack(const struct view *view, const struct principal *owner)
{
    if (text_equal(owner->system, "slack"))
        return owner->id;
    for (size_t i = 0; i < view->settings->people_count; i++)
        if (text_equal(id_in(&view->settings->people[i], owner->system), owner->id))
            return view->settings->people[i].slack;
    return NULL;
}

static const char *source_of(const char *system)
{
    static const struct {
        const char *system, *source;
    } rows[] = { { "github-app", "github" }, { "token", "api" } };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (text_equal(system, rows[i].system))
            return rows[i].source;
    return system;
}

struct question owner_question(const struct view *view, const struct principal *who, const struct hold_place *place,
                               const char *verb)
{
    const struct service_settings *service =
        place->service ? settings_find_service(view->settings, place->service) : NULL;
    const struct environment_settings *environment =
        service ? settings_find_environment(service, place->environment) : NULL;
    struct label_list labels = { NULL, 0 };

    if (environment)
        labels = settings_labels(service, environment, view->arena);
    return (struct question){ .principal = *who,
                              .verb = verb,
                              .service = place->service,
                              .environment = place->environment,
                              .source = source_of(who->system),
                              .labels = labels.labels,
                              .labels_count = labels.labels_count };
}

/* ---- are they still here ---- */

/* One that was never read gives nobody anything, and says nothing of who left. */
static bool are_groups_known(const struct view *view)
{
    size_t count, known = 0;
    const char **sources = membership_sources(view->settings, view->arena, &count);

    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < view->memberships_count; k++)
            known += text_equal(view->memberships[k].source, sources[i]) && view->memberships[k].read_at_ms != 0;
    return known == count;
}

static bool has_schedule(const char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_starts_with(str_of(names[i]), SCHEDULE))
            return true;
    return false;
}

static bool names_schedule(const struct view *view, const struct rule_settings *rule)
{
    for (size_t i = 0; i < rule->to_count; i++) {
        const struct role_settings *role = settings_find_role(view->settings, rule->to[i]);

        if (role && has_schedule(role->members, role->members_count))
            return true;
    }
    return has_schedule(rule->to, rule->to_count);
}

/* Whoever was on call when they locked has not left when somebody else's shift begins: who is ever on call there nobody
 * can tell. */
static bool is_for_on_call(const struct view *view, const char *rule)
{
    const struct policy_settings *policy = &view->settings->policy;
    const char *colon = strrchr(rule, ':'); /* "opsgate.yaml:12" */
    struct error ignored;
    int64_t line;

    if (!colon || !parse_int(str_of(colon + 1), 1, INT32_MAX, &line, &ignored))
        return false;
    for (size_t i = 0; i < policy->rules_count; i++)
        if (policy->rules[i].line == line && names_schedule(view, &policy->rules[i]))
            return true;
    return false;
}

static bool is_given_by(const struct view *view, const struct explained_rule *rule)
{
    if (rule->kind != RULE_ALLOW || rule->outcome == EXPLAIN_ELSEWHERE)
        return false;
    return rule->outcome != EXPLAIN_OTHERS || is_for_on_call(view, rule->rule);
}

/* Is there an allow for them, whether or not it holds at this hour? As in the safe direction a group counts as it was
 * last read, however long ago, and denies and requirements do not matter. */
static bool is_given(const struct view *view, const struct principal *owner, const struct hold_place *place,
                     const char *verb)
{
    struct question question = owner_question(view, owner, place, verb);
    const struct facts facts = view_facts(view);
    struct explanation explanation;

    question.is_safe_direction = true;
    explanation = policy_explain(view->policy, &question, &facts, POLICY_WHOLE, view->arena);
    for (size_t i = 0; i < explanation.rules_count; i++)
        if (is_given_by(view, &explanation.rules[i]))
            return true;
    return false;
}

const char *owner_left(const struct view *view, const struct principal *owner, const struct hold_place *place,
                       bool is_deactivated)
{
    if (is_deactivated)
        return "their account in Slack is deactivated";
    if (!lock_place_is_known(view->settings, place) || !are_groups_known(view) ||
        is_given(view, owner, place, verb_lock.name) || is_given(view, owner, place, verb_unlock.name))
        return NULL;
    return "no rule lets them lock or unlock there any more";
}

/* ---- who can do something about it ---- */

struct naming {
    const struct view *view;
    const struct hold_place *place;
    const char **named; /* "@{slack:U012AB3CD}" */
    size_t count;
};

static bool may_unlock(const struct naming *n, const struct principal *who)
{
    const struct question question = owner_question(n->view, who, n->place, verb_unlock.name);
    const struct facts facts = view_facts(n->view);

    return policy_decide(n->view->policy, &question, &facts, POLICY_WHOLE).verdict != VERDICT_DENY;
}

static void name(struct naming *n, const char *mention)
{
    for (size_t i = 0; i < n->count; i++)
        if (strcmp(n->named[i], mention) == 0)
            return;
    *ARENA_PUSH(n->view->arena, n->named, n->count) = mention;
}

/* By their name in Slack, where that is known. */
static void name_person(struct naming *n, const struct principal *who)
{
    const char *slack = owner_in_slack(n->view, who);
    const struct principal there = { .system = "slack", .id = slack };

    name(n, principal_mention(slack ? &there : who, n->view->arena));
}

/* Whoever is on call and may. Of a schedule that was read long ago it is told who was on call then: asked in vain is no
 * harm. */
static void name_on_call(struct naming *n)
{
    for (size_t i = 0; i < n->view->memberships_count; i++) {
        const struct membership *read = &n->view->memberships[i];
        struct principal who;

        if (!str_starts_with(str_of(read->source), SCHEDULE))
            continue;
        for (size_t k = 0; k < read->members_count && n->count < NAMED_MAX; k++)
            if (policy_read_principal(n->view->policy, read->members[k], n->view->arena, &who) && may_unlock(n, &who))
                name_person(n, &who);
    }
}

/* How many may, if all whom these names stand for may; 0: not all, or nobody. */
static size_t count_able(const struct naming *n, const char **members, size_t count)
{
    size_t able = 0;

    for (size_t i = 0; i < count; i++) {
        struct principal who;

        if (membership_reading(members[i])) {
            for (size_t k = 0; k < n->view->memberships_count; k++)
                if (text_equal(n->view->memberships[k].source, members[i]))
                    able += count_able(n, n->view->memberships[k].members, n->view->memberships[k].members_count);
        } else if (!policy_read_principal(n->view->policy, members[i], n->view->arena, &who) || !may_unlock(n, &who)) {
            return 0;
        } else {
            able++;
        }
    }
    return able;
}

static const char *widest_role(const struct naming *n)
{
    const struct policy_settings *policy = &n->view->settings->policy;
    const char *widest = NULL;
    size_t most = 0;

    for (size_t i = 0; i < policy->roles_count; i++) {
        size_t able = count_able(n, policy->roles[i].members, policy->roles[i].members_count);

        if (able > most) {
            most = able;
            widest = policy->roles[i].name;
        }
    }
    return widest;
}

static void name_some(struct naming *n)
{
    const struct principal anybody = { .system = "slack", .id = "" };
    const struct question question = owner_question(n->view, &anybody, n->place, verb_unlock.name);
    const struct facts facts = view_facts(n->view);
    struct who_can who = policy_who_can(n->view->policy, &question, &facts, n->view->arena);

    for (size_t i = 0; i < who.persons_count && n->count < NAMED_MAX; i++)
        name_person(n, &who.persons[i].principal);
    if (who.is_everyone && n->count == 0)
        name(n, "everybody here");
}

const char *owner_heirs(const struct view *view, const struct hold_place *place)
{
    struct naming n = { .view = view, .place = place };
    const char *role, *text = "";

    name_on_call(&n);
    if (n.count == 0) {
        role = widest_role(&n);
        if (role)
            return arena_printf(view->arena, "Whoever is `%s`", role);
        name_some(&n);
    }
    if (n.count == 0)
        return "Whoever can change the rules, since they let nobody unlock it";
    for (size_t i = 0; i < n.count; i++)
        text = arena_printf(view->arena, "%s%s%s", text, i > 0 ? ", " : "", n.named[i]);
    return text;
}
