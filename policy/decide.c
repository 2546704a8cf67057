#include "policy/decide.h"

#include "policy/compiled.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct asked { /* one question, looked up once */
    const struct policy *policy;
    const struct question *question;
    const struct compiled_person *person; /* NULL: nobody the policy knows */
    bool is_everyone;
    const struct compiled_verb *verb;
};

/* ---- sentences, without allocation; a longer one is cut ---- */

struct sentence {
    char *at;
    size_t room, len;
};
#define SENTENCE(array) ((struct sentence){ (array), sizeof(array), 0 })

static void say(struct sentence *sentence, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void say(struct sentence *sentence, const char *fmt, ...)
{
    va_list args;
    int added;

    va_start(args, fmt);
    added = vsnprintf(sentence->at + sentence->len, sentence->room - sentence->len, fmt, args);
    va_end(args);
    if (added > 0)
        sentence->len += (size_t)added;
    if (sentence->len >= sentence->room)
        sentence->len = sentence->room - 1;
}

#define NAMES_SHOWN 6

static const char *called(const char *name)
{
    return strcmp(name, POLICY_EVERYONE) == 0 ? "members of the workspace" : name;
}

static void say_names(struct sentence *sentence, const char **names, size_t count)
{
    for (size_t i = 0; i < count && i < NAMES_SHOWN; i++)
        say(sentence, "%s%s", i ? ", " : "", called(names[i]));
    if (count > NAMES_SHOWN)
        say(sentence, " and %zu more", count - NAMES_SHOWN);
}

/* "a release-manager", "slack:U1", "manager or engineering", "a, b, c, d, e, f or 3 more" */
static void say_any_of(struct sentence *sentence, const char **names, size_t count)
{
    if (count == 1 && strcmp(names[0], POLICY_EVERYONE) != 0 && !strchr(names[0], ':'))
        say(sentence, "%s ", strchr("aeiouAEIOU", names[0][0]) ? "an" : "a");
    for (size_t i = 0; i < count && i < NAMES_SHOWN; i++)
        say(sentence, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", called(names[i]));
    if (count > NAMES_SHOWN)
        say(sentence, " or %zu more", count - NAMES_SHOWN);
}

static void say_what(struct sentence *sentence, const struct question *question) /* "deploy of api in production" */
{
    say(sentence, "%s", question->verb ? question->verb : "this");
    if (question->service)
        say(sentence, " of %s", question->service);
    if (question->environment)
        say(sentence, " in %s", question->environment);
}

static void say_doing(struct sentence *sentence, const struct question *question) /* "deploy api in production" */
{
    if (question->service || question->environment)
        say(sentence, "%s", question->verb ? question->verb : "change");
    else
        say(sentence, "ask for %s", question->verb ? question->verb : "this");
    if (question->service)
        say(sentence, " %s", question->service);
    if (question->environment)
        say(sentence, " in %s", question->environment);
}

/* ---- does a rule speak about this? ---- */

static bool is_in(const char *name, const char **names, size_t count)
{
    for (size_t i = 0; name && i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static bool is_listed(const char *name, const char **names, size_t count) /* an empty list holds for all */
{
    return count == 0 || is_in(name, names, count);
}

static bool has_label(const struct question *question, const struct shape_pair *wanted)
{
    for (size_t i = 0; i < question->labels_count; i++)
        if (strcmp(question->labels[i].key, wanted->key) == 0 && strcmp(question->labels[i].value, wanted->value) == 0)
            return true;
    return false;
}

static bool is_there(const struct rule_place *on, const struct question *question)
{
    if (!on)
        return true;
    for (size_t i = 0; i < on->labels_count; i++)
        if (!has_label(question, &on->labels[i]))
            return false;
    return is_listed(question->service, on->service, on->service_count) &&
           is_listed(question->environment, on->environment, on->environment_count);
}

/* A source that is not known is none that an allow names, and may be any that a deny names. */
static bool is_from(const struct rule_settings *rule, const struct question *question)
{
    if (!rule->when || (!question->source && rule_kind(rule) != RULE_ALLOW))
        return true;
    return is_listed(question->source, rule->when->source, rule->when->source_count);
}

static bool speaks_of(const struct compiled_rule *rule, const struct question *question)
{
    return is_there(rule->settings->on, question) && is_from(rule->settings, question);
}

static bool shares_bit(const struct asked *asked, const uint64_t *bits)
{
    for (size_t i = 0; asked->person && bits && i < asked->policy->role_words; i++)
        if (asked->person->roles[i] & bits[i])
            return true;
    return false;
}

/* Is the person among those that an allow is for? */
static bool is_meant(const struct asked *asked, const struct compiled_rule *rule)
{
    return (rule->to_everyone && asked->is_everyone) || shares_bit(asked, rule->to);
}

/* A deny or requirement without `to` is for all. */
static bool is_hit(const struct asked *asked, const struct compiled_rule *rule)
{
    return rule->settings->to_count == 0 || is_meant(asked, rule);
}

/* ---- allow ---- */

struct search { /* the first allow that holds, and the first of those that nearly did */
    const struct compiled_rule *holds, *for_others, *cannot_be_judged;
};

static struct search search_allow(const struct asked *asked)
{
    struct search search = { NULL, NULL, NULL };

    for (size_t i = 0; i < asked->verb->counts[RULE_ALLOW]; i++) {
        const struct compiled_rule *rule = asked->verb->rules[RULE_ALLOW][i];

        if (!speaks_of(rule, asked->question))
            continue;
        if (!is_meant(asked, rule)) {
            search.for_others = search.for_others ? search.for_others : rule;
        } else if (rule->has_unbuilt_condition) {
            search.cannot_be_judged = search.cannot_be_judged ? search.cannot_be_judged : rule;
        } else {
            search.holds = rule;
            return search;
        }
    }
    return search;
}

static const char *unbuilt_condition(const struct rule_settings *rule)
{
    if (rule->when && rule->when->during_count > 0)
        return "when.during";
    if (rule->when && rule->when->incident_at_least)
        return "when.incident_at_least";
    return "on.database";
}

static void refuse_unjudged(const struct asked *asked, const struct compiled_rule *rule, struct decision *decision)
{
    struct sentence reason = SENTENCE(decision->reason), turn = SENTENCE(decision->turn);

    decision->rule = rule->text;
    say_what(&reason, asked->question);
    say(&reason, " would be allowed by %s, but its %s is not built yet, so it does not count", rule->text,
        unbuilt_condition(rule->settings));
    say(&turn, "It takes an allow without %s.", unbuilt_condition(rule->settings));
}

static void refuse_others(const struct asked *asked, const struct compiled_rule *rule, struct decision *decision)
{
    const char *team = policy_foreign_team(asked->policy, &asked->question->principal);
    struct sentence reason = SENTENCE(decision->reason), turn = SENTENCE(decision->turn);

    decision->rule = rule->text;
    say(&reason, "only ");
    say_any_of(&reason, rule->settings->to, rule->settings->to_count);
    say(&reason, " may ");
    say_doing(&reason, asked->question);
    if (team) /* no name: the sentence goes into journals and cards */
        say(&reason, ", and the one who asked is of another workspace, %s", team);
    say(&turn, "Ask ");
    say_any_of(&turn, rule->settings->to, rule->settings->to_count);
    say(&turn, " to do it, or have a rule name you.");
}

static void refuse_unknown(const struct asked *asked, struct decision *decision)
{
    struct sentence reason = SENTENCE(decision->reason), turn = SENTENCE(decision->turn);

    say(&reason, "no rule allows ");
    say_what(&reason, asked->question);
    if (asked->question->source)
        say(&reason, " from %s", asked->question->source);
    say(&turn, "Somebody has to write a rule that allows %s.", asked->question->verb ? asked->question->verb : "it");
}

static void refuse(const struct asked *asked, const struct search *search, struct decision *decision)
{
    decision->verdict = VERDICT_DENY;
    if (search->cannot_be_judged)
        refuse_unjudged(asked, search->cannot_be_judged, decision);
    else if (search->for_others)
        refuse_others(asked, search->for_others, decision);
    else
        refuse_unknown(asked, decision);
}

static void allow(const struct asked *asked, const struct compiled_rule *rule, struct decision *decision)
{
    struct sentence reason = SENTENCE(decision->reason);

    decision->verdict = VERDICT_ALLOW;
    decision->rule = rule->text;
    say_what(&reason, asked->question);
    say(&reason, " is allowed to ");
    say_names(&reason, rule->settings->to, rule->settings->to_count);
}

/* ---- deny ---- */

/* The first deny, or rather the first that this person could not break the glass of: that is the one to talk about. */
static const struct compiled_rule *search_deny(const struct asked *asked)
{
    const struct compiled_rule *first = NULL;

    for (size_t i = 0; i < asked->verb->counts[RULE_DENY]; i++) {
        const struct compiled_rule *rule = asked->verb->rules[RULE_DENY][i];

        if (!speaks_of(rule, asked->question) || !is_hit(asked, rule))
            continue; /* whatever else it asks cannot be judged yet, so it denies */
        if (!shares_bit(asked, rule->break_glass))
            return rule;
        first = first ? first : rule;
    }
    return first;
}

static void deny(const struct asked *asked, const struct compiled_rule *rule, struct decision *decision)
{
    struct sentence reason = SENTENCE(decision->reason), turn = SENTENCE(decision->turn);

    decision->verdict = VERDICT_DENY;
    decision->rule = rule->text;
    decision->needs_count = 0;
    say_what(&reason, asked->question);
    say(&reason, " is denied");
    if (rule->settings->reason)
        say(&reason, ": %s", rule->settings->reason);
    if (rule->has_unbuilt_condition)
        say(&reason, " (its %s is not built yet, so it always denies)", unbuilt_condition(rule->settings));
    if (rule->settings->break_glass_count > 0) {
        decision->can_break_glass = shares_bit(asked, rule->break_glass);
        say(&turn, "Breaking the glass is not built yet; with it, ");
        say_any_of(&turn, rule->settings->break_glass, rule->settings->break_glass_count);
        say(&turn, " could, with a reason.");
    } else {
        say(&turn, "Nobody may, until the rule %s is changed.", rule->text);
    }
}

/* ---- require ---- */

static const struct need_kind_row {
    const char *name;
    bool is_built;
} need_kinds[NEED_KINDS] = {
    [NEED_APPROVALS] = { "approvals", false },
    [NEED_CHECKS] = { "green checks on GitHub", false },
    [NEED_REASON] = { "a reason", false },
    [NEED_WINDOW] = { "its window of time", false },
    [NEED_NO_INCIDENT] = { "no open incident", false },
    [NEED_VERSION] = { "a version of its pattern", false },
    [NEED_HEALTHY_IN] = { "the same version healthy elsewhere", false },
    [NEED_SECOND_CHANNEL] = { "a second channel", false },
};

static bool is_required(const struct require_settings *require, enum need_kind kind)
{
    switch (kind) {
    case NEED_APPROVALS:
        return require->approvals != NULL;
    case NEED_CHECKS:
        return require->checks == CHECKS_GREEN;
    case NEED_REASON:
        return require->reason;
    case NEED_WINDOW:
        return require->window_count > 0;
    case NEED_NO_INCIDENT:
        return require->no_incident_at_least != NULL;
    case NEED_VERSION:
        return require->version != NULL;
    case NEED_HEALTHY_IN:
        return require->healthy_in != NULL;
    case NEED_SECOND_CHANNEL:
        return require->second_channel;
    default:
        return false;
    }
}

static void add_needs(const struct compiled_rule *rule, struct decision *decision)
{
    for (int kind = 0; kind < NEED_KINDS; kind++) {
        if (!is_required(rule->settings->require, (enum need_kind)kind))
            continue;
        if (decision->needs_count < POLICY_NEEDS_MAX)
            decision->needs[decision->needs_count] =
                (struct need){ (enum need_kind)kind, rule->text, rule->settings->require, need_kinds[kind].is_built };
        decision->needs_count++;
    }
}

static const struct compiled_rule *collect_needs(const struct asked *asked, struct decision *decision)
{
    const struct compiled_rule *first = NULL;

    for (size_t i = 0; i < asked->verb->counts[RULE_REQUIRE]; i++) {
        const struct compiled_rule *rule = asked->verb->rules[RULE_REQUIRE][i];

        if (!speaks_of(rule, asked->question) || !is_hit(asked, rule))
            continue;
        first = first ? first : rule;
        add_needs(rule, decision);
    }
    return first;
}

static void say_need(struct sentence *sentence, const struct need *need)
{
    if (need->kind != NEED_APPROVALS) {
        say(sentence, "%s", need_kinds[need->kind].name);
        return;
    }
    say(sentence, "%" PRId64 " approval%s of ", need->require->approvals->count,
        need->require->approvals->count == 1 ? "" : "s");
    say_names(sentence, need->require->approvals->from, need->require->approvals->from_count);
}

static void require(const struct asked *asked, const struct compiled_rule *first, struct decision *decision)
{
    struct sentence reason = SENTENCE(decision->reason), turn = SENTENCE(decision->turn);

    decision->verdict = VERDICT_NEEDS;
    decision->rule = first->text;
    say_what(&reason, asked->question);
    say(&reason, " requires ");
    for (size_t i = 0; i < decision->needs_count && i < POLICY_NEEDS_MAX; i++) {
        say(&reason, "%s", i ? ", " : "");
        say_need(&reason, &decision->needs[i]);
    }
    say(&reason, ", and this version of opsgate cannot see to that yet");
    say(&turn, "Nobody may, until the rule %s is changed or opsgate can meet it.", first->text);
}

/* ---- the question ---- */

static struct asked look_up(const struct policy *policy, const struct question *question)
{
    struct asked asked = {
        .policy = policy,
        .question = question,
        .person = policy_find_person(policy, &question->principal),
        .verb = policy_find_verb(policy, question->verb),
    };

    asked.is_everyone = policy_is_everyone(policy, &question->principal, asked.person);
    return asked;
}

/* Nothing that is built so far depends on the pinned version or on time, so both stages come out alike; what is not
 * built will not change by waiting, so the refusal comes at once. */
struct decision policy_decide(const struct policy *policy, const struct question *question, enum policy_stage stage,
                              int64_t now_ms)
{
    struct asked asked = look_up(policy, question);
    struct search found = search_allow(&asked);
    const struct compiled_rule *denying, *requiring;
    struct decision decision;

    (void)stage;
    (void)now_ms;
    memset(&decision, 0, sizeof(decision));
    if (!found.holds) {
        refuse(&asked, &found, &decision);
        return decision;
    }
    allow(&asked, found.holds, &decision);
    if (question->is_safe_direction)
        return decision;
    denying = search_deny(&asked);
    requiring = denying ? NULL : collect_needs(&asked, &decision);
    if (denying)
        deny(&asked, denying, &decision);
    else if (requiring)
        require(&asked, requiring, &decision);
    return decision;
}

bool policy_help_for(const struct policy *policy, const struct principal *principal, const char *source,
                     const char *verb)
{
    const struct question question = { .principal = *principal, .verb = verb, .source = source };
    struct asked asked = look_up(policy, &question);
    bool may = false;

    for (size_t i = 0; i < asked.verb->counts[RULE_ALLOW] && !may; i++) {
        const struct compiled_rule *rule = asked.verb->rules[RULE_ALLOW][i];

        may = is_from(rule->settings, &question) && is_meant(&asked, rule) && !rule->has_unbuilt_condition;
    }
    for (size_t i = 0; i < asked.verb->counts[RULE_DENY] && may; i++) {
        const struct compiled_rule *rule = asked.verb->rules[RULE_DENY][i];

        may = rule->settings->on || !is_from(rule->settings, &question) || !is_hit(&asked, rule);
    }
    return may;
}
