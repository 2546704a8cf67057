#include "policy/sentences.h"

#include "bot/base/time.h"
#include "policy/stretch.h"
#include "policy/words.h"

#include <string.h>

/* ---- allowed ---- */

void tell_allowed(const struct asked *asked, const struct compiled_rule *rule, const struct grant *stale,
                  struct decision *decision)
{
    struct sentence reason = SENTENCE(decision->reason);

    decision->verdict = VERDICT_ALLOW;
    decision->rule = rule->text;
    decision->allowed_by = rule->text;
    decision->allowed_words = rule->words;
    say_what(&reason, asked->question);
    say(&reason, " is allowed to ");
    say_names(&reason, rule->to.names, rule->to.count);
    if (!stale)
        return;
    decision->stale_source = asked->policy->sources.list[stale->source];
    decision->stale_read_at_ms = stale->read_at_ms;
    say(&reason, ", as %s was when it was last read, %s ago: in the safe direction that counts", decision->stale_source,
        duration_about(age_ms(asked->facts->unix_ms, stale->read_at_ms)).text);
}

void tell_approvers(const struct asked *asked, const struct compiled_rule *rule, struct decision *decision)
{
    struct sentence reason = SENTENCE(decision->reason);

    decision->verdict = VERDICT_ALLOW;
    decision->rule = rule->text;
    decision->allowed_by = rule->text;
    decision->allowed_words = rule->words;
    say_what(&reason, asked->question);
    say(&reason, " is for ");
    if (rule->approvers.count > 0)
        say_names(&reason, rule->approvers.names, rule->approvers.count);
    else
        say(&reason, "whoever asked for it, through another door");
}

void tell_going_on(const struct asked *asked, struct decision *decision)
{
    struct sentence reason = SENTENCE(decision->reason);

    decision->verdict = VERDICT_ALLOW;
    say_what(&reason, asked->question);
    say(&reason, " may go on: nothing forbids it now");
}

void tell_broken(const struct compiled_rule *rule, struct decision *decision)
{
    struct sentence reason = SENTENCE(decision->reason);

    decision->broken = rule->text;
    reason.len = strlen(decision->reason);
    say(&reason, "; the glass of %s was broken for it", rule->text);
}

/* ---- no allow ---- */

static void say_severity(struct sentence *sentence, const char *severity)
{
    say(sentence, "an incident of %s or worse", severity);
}

static void say_opening(struct sentence *sentence, const struct asked *asked, const struct compiled_windows *windows)
{
    int64_t at_ms;
    const struct window *first = windows_next(windows, asked->facts->unix_ms, 0, &at_ms);

    if (!first) {
        say(sentence, "No such time comes again: somebody has to change the rule.");
        return;
    }
    say(sentence, "The window opens ");
    say_when(sentence, first->zone, at_ms, asked->facts->unix_ms);
    say(sentence, ".");
}

void tell_not_now(const struct asked *asked, const struct compiled_rule *rule, struct decision *decision)
{
    const struct rule_when *when = rule->settings->when;
    struct sentence reason = SENTENCE(decision->reason), turn = SENTENCE(decision->turn);
    bool has_windows = rule->during.count > 0 || rule->during.is_broken;
    enum truth window = has_windows ? asked_in_window(asked, &rule->during) : TRUTH_YES;

    decision->verdict = VERDICT_DENY;
    decision->rule = rule->text;
    say_what(&reason, asked->question);
    say(&reason, " would be allowed by %s, but ", rule->text);
    if (window == TRUTH_NO) {
        say(&reason, "only during ");
        say_windows(&reason, &rule->during);
        say_opening(&turn, asked, &rule->during);
    } else if (rule->incident == NAMES_NONE || asked_incident(asked, rule->incident) == TRUTH_YES) {
        say(&reason, "its window cannot be judged, so it does not count");
        say(&turn, "It takes an allow without when.during.");
    } else if (asked_incident(asked, rule->incident) == TRUTH_NO) {
        say(&reason, "only while ");
        say_severity(&reason, when->incident_at_least);
        say(&reason, " is open");
        say(&turn, "It takes such an incident, or an allow without when.incident_at_least.");
    } else {
        say(&reason, "whether ");
        say_severity(&reason, when->incident_at_least);
        say(&reason, " is open is not known, so it does not count");
        say(&turn, "It takes an allow without when.incident_at_least, or that open incidents can be read.");
    }
}

static const char *say_too_old(const struct asked *asked, size_t source, size_t role, int64_t read_at_ms,
                               struct sentence *sentence)
{
    say(sentence, "; %s was last read %s ago, and counts as empty after %s", asked->policy->sources.list[source],
        duration_about(age_ms(asked->facts->unix_ms, read_at_ms)).text,
        duration_format(asked->policy->roles_of[role].max_age_ms).text);
    return asked->policy->sources.list[source];
}

/* The source by which they were meant, else the first one of its roles that counts as empty; NULL: none does. */
static const char *say_empty_source(const struct asked *asked, const struct compiled_names *to,
                                    struct sentence *sentence)
{
    const struct policy *policy = asked->policy;
    const struct grant *stale = who_was_among(&asked->who, to);

    if (stale)
        return say_too_old(asked, stale->source, stale->role, stale->read_at_ms, sentence);
    for (size_t i = 0; i < to->count; i++) {
        size_t at = names_find(&policy->roles, to->names[i]);
        const struct compiled_role *role = at == NAMES_NONE ? NULL : &policy->roles_of[at];

        for (size_t k = 0; role && k < role->sources_count; k++) {
            int64_t read_at_ms = members_read_at(asked->facts->members, policy, role->sources[k]);
            const char *source = policy->sources.list[role->sources[k]];

            if (read_at_ms <= 0)
                say(sentence, "; %s was never read, so it counts as empty", source);
            else if (!asked->question->is_safe_direction &&
                     age_ms(asked->facts->unix_ms, read_at_ms) > role->max_age_ms)
                say_too_old(asked, role->sources[k], at, read_at_ms, sentence);
            else
                continue;
            return source;
        }
    }
    return NULL;
}

void tell_only_others(const struct asked *asked, const struct compiled_rule *rule, const struct compiled_names *to,
                      struct decision *decision)
{
    const char *team = policy_foreign_team(asked->policy, &asked->question->principal);
    struct sentence reason = SENTENCE(decision->reason), turn = SENTENCE(decision->turn);

    decision->verdict = VERDICT_DENY;
    decision->rule = rule->text;
    say(&reason, "only ");
    say_any_of(&reason, to->names, to->count);
    say(&reason, " may ");
    say_doing(&reason, asked->question);
    if (team) /* no name: the sentence goes into journals and cards */
        say(&reason, ", and the one who asked is of another workspace, %s", team);
    say(&turn, "Ask ");
    say_any_of(&turn, to->names, to->count);
    say(&turn, " to do it, or have a rule name you.");
    decision->empty_source = say_empty_source(asked, to, &reason);
    if (decision->empty_source)
        say(&turn, " Or ask again once the group can be read.");
}

/* It is the door that is in the way only where a rule of that place lets somebody through another one. */
static bool is_by_door(const struct asked *asked)
{
    struct rule_walk walk = asked->walk;
    const struct compiled_rule *rule;

    rules_begin(&walk, RULE_ALLOW);
    while ((rule = rules_next(&walk)) != NULL)
        if (asked_is_there(asked, rule) && !asked_is_from(asked, rule))
            return true;
    return false;
}

void tell_no_rule(const struct asked *asked, struct decision *decision)
{
    struct sentence reason = SENTENCE(decision->reason), turn = SENTENCE(decision->turn);

    decision->verdict = VERDICT_DENY;
    say(&reason, "no rule allows ");
    say_what(&reason, asked->question);
    if (asked->question->source && is_by_door(asked))
        say(&reason, " from %s", asked->question->source);
    say(&turn, "Somebody has to write a rule that allows %s.", asked->question->verb ? asked->question->verb : "it");
}

/* ---- denied ---- */

/* When of those windows that hold the last one ends. */
static void say_ending(struct sentence *sentence, const struct asked *asked, const struct compiled_windows *windows)
{
    const int64_t now_ms = asked->facts->unix_ms;
    const struct window *last = NULL;
    int64_t last_at_ms = 0;

    for (size_t i = 0; i < windows->count; i++) {
        int64_t at_ms = window_changes_at(&windows->list[i], now_ms);

        if (!window_holds(&windows->list[i], now_ms) || at_ms < last_at_ms)
            continue;
        last = &windows->list[i];
        last_at_ms = at_ms;
    }
    if (!last || last_at_ms == INT64_MAX)
        return;
    say(sentence, "%sIts window %s ends ", sentence->len > 0 ? " " : "", last->text);
    say_when(sentence, last->zone, last_at_ms, now_ms);
    say(sentence, ".");
}

static void say_what_ends_it(struct sentence *turn, const struct asked *asked, const struct compiled_rule *rule,
                             bool can_break_glass)
{
    if (can_break_glass) {
        say(turn,
            "You may break the glass: `--break-glass \"why\"`. It passes rules that deny, and no requirement, lock or "
            "halt. That is announced, and reviewed afterwards.");
    } else if (rule->break_glass.count > 0 && asked->question->takes_no_glass) {
        say(turn, "No glass is broken for it: `%s` takes no `--break-glass`, whatever %s says.",
            asked->question->verb ? asked->question->verb : "it", rule->text);
    } else if (rule->break_glass.count > 0) {
        say(turn, "It takes ");
        say_any_of(turn, rule->break_glass.names, rule->break_glass.count);
        say(turn, " to break the glass, with a reason.");
    }
    say_ending(turn, asked, &rule->during);
    if (rule->incident != NAMES_NONE && asked_incident(asked, rule->incident) == TRUTH_YES)
        say(turn, "%sIt holds until no incident of %s or worse is open.", turn->len > 0 ? " " : "",
            rule->settings->when->incident_at_least);
    if (turn->len == 0)
        say(turn, "Nobody may, until the rule %s is changed.", rule->text);
}

void tell_denied(const struct asked *asked, const struct compiled_rule *rule, struct decision *decision)
{
    struct sentence reason = SENTENCE(decision->reason), turn = SENTENCE(decision->turn);

    decision->verdict = VERDICT_DENY;
    decision->rule = rule->text;
    decision->denied_by = rule->identity;
    say_what(&reason, asked->question);
    say(&reason, " is denied");
    if (rule->settings->reason)
        say(&reason, ": %s", rule->settings->reason);
    if (rule->incident != NAMES_NONE && asked_incident(asked, rule->incident) == TRUTH_UNKNOWN)
        say(&reason, " (whether an incident of %s or worse is open is not known, so it denies)",
            rule->settings->when->incident_at_least);
    else if (asked_conditions(asked, rule) == TRUTH_UNKNOWN)
        say(&reason, " (its window cannot be judged, so it denies)");
    say_what_ends_it(&turn, asked, rule, decision->can_break_glass);
}
