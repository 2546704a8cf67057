#include "random.h"

#include <inttypes.h>

static void print_list(const char *name, const char **list, size_t count, struct buf *out)
{
    if (count == 0)
        return;
    buf_addf(out, " %s: [", name);
    for (size_t i = 0; i < count; i++)
        buf_addf(out, "%s%s", i > 0 ? ", " : "", list[i]);
    buf_puts(out, "]");
}

static void print_labels(const struct shape_pair *labels, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++)
        buf_addf(out, " %s=%s", labels[i].key, labels[i].value);
}

static void print_circumstances(const struct rule_settings *rule, struct buf *out)
{
    print_list("to", rule->to, rule->to_count, out);
    if (rule->on) {
        print_list("service", rule->on->service, rule->on->service_count, out);
        print_list("environment", rule->on->environment, rule->on->environment_count, out);
        print_list("database", rule->on->database, rule->on->database_count, out);
        print_list("runbook", rule->on->runbook, rule->on->runbook_count, out);
        print_labels(rule->on->labels, rule->on->labels_count, out);
    }
    if (rule->when) {
        print_list("source", rule->when->source, rule->when->source_count, out);
        print_list("during", rule->when->during, rule->when->during_count, out);
        if (rule->when->incident_at_least)
            buf_addf(out, " incident_at_least: %s", rule->when->incident_at_least);
    }
    print_list("break_glass", rule->break_glass, rule->break_glass_count, out);
}

static void print_require(const struct require_settings *require, struct buf *out)
{
    if (require->approvals) {
        buf_addf(out, " approvals: %" PRId64 "%s, expires %" PRId64 " ms", require->approvals->count,
                 require->approvals->exclude_authors ? ", no authors" : "", require->approvals->expires_ms);
        print_list("from", require->approvals->from, require->approvals->from_count, out);
    }
    buf_addf(out, "%s%s%s", require->checks == CHECKS_GREEN ? " checks" : "", require->reason ? " reason" : "",
             require->second_channel ? " second_channel" : "");
    print_list("window", require->window, require->window_count, out);
    if (require->no_incident_at_least)
        buf_addf(out, " no_incident_at_least: %s", require->no_incident_at_least);
    if (require->version)
        buf_addf(out, " version: %s", require->version);
    if (require->healthy_in)
        buf_addf(out, " healthy_in: %s for %" PRId64 " ms", require->healthy_in->environment,
                 require->healthy_in->for_ms);
}

static void print_rule(const struct rule_settings *rule, struct buf *out)
{
    buf_addf(out, "line %d:", rule->line);
    print_list("allow", rule->allow, rule->allow_count, out);
    print_list("deny", rule->deny, rule->deny_count, out);
    if (rule->require) {
        buf_puts(out, " require:");
        print_require(rule->require, out);
        print_list("for", rule->verbs, rule->verbs_count, out);
    }
    print_circumstances(rule, out);
    buf_puts(out, "\n");
}

static const char *or_nothing(const char *text)
{
    return text ? text : "-";
}

void random_policy_print(const struct random_policy *policy, struct buf *out)
{
    const struct settings *settings = &policy->settings;

    for (size_t i = 0; i < settings->people_count; i++)
        buf_addf(out, "person: slack %s, github %s, pagerduty %s, local %s\n", or_nothing(settings->people[i].slack),
                 or_nothing(settings->people[i].github), or_nothing(settings->people[i].pagerduty),
                 or_nothing(settings->people[i].local));
    for (size_t i = 0; i < settings->policy.roles_count; i++) {
        buf_addf(out, "role %s, max_age %" PRId64 " ms:", settings->policy.roles[i].name,
                 settings->policy.roles[i].max_age_ms);
        print_list("members", settings->policy.roles[i].members, settings->policy.roles[i].members_count, out);
        buf_puts(out, "\n");
    }
    for (size_t i = 0; i < policy->sources_count; i++) {
        buf_addf(out, "%s: ", policy->sources[i].source);
        if (policy->sources[i].read_at_ms == 0)
            buf_puts(out, "never read");
        else
            buf_addf(out, "%" PRId64 " ms old", policy->now_ms - policy->sources[i].read_at_ms);
        print_list("members", policy->sources[i].members, policy->sources[i].members_count, out);
        buf_puts(out, "\n");
    }
    for (size_t i = 0; i < settings->policy.rules_count; i++)
        print_rule(&settings->policy.rules[i], out);
}

static void print_principal(const struct principal *principal, struct buf *out)
{
    buf_addf(out, " %s:%s%s%s", principal->system, principal->team ? principal->team : "", principal->team ? "/" : "",
             principal->id);
}

void random_question_print(const struct question *question, const struct facts *facts, struct buf *out)
{
    static const char *const known[] = { [KNOWN_NOT] = "not known", [KNOWN_NO] = "no", [KNOWN_YES] = "yes" };

    buf_puts(out, "asks:");
    print_principal(&question->principal, out);
    buf_addf(out, " %s service %s environment %s database %s runbook %s source %s version %s%s", question->verb,
             or_nothing(question->service), or_nothing(question->environment), or_nothing(question->database),
             or_nothing(question->runbook), or_nothing(question->source), or_nothing(question->version),
             question->is_safe_direction ? " in the safe direction" : "");
    print_labels(question->labels, question->labels_count, out);
    buf_addf(out, "\nat %" PRId64 " ms; incidents %s %s; reason %s; break_glass %s; checks %s; confirmed %d\n",
             facts->unix_ms, known[facts->incidents], or_nothing(facts->worst_incident), or_nothing(facts->reason),
             or_nothing(facts->break_glass), known[facts->checks], facts->is_confirmed_elsewhere);
    buf_addf(out, "it needs %" PRId64 " ms\n", question->needs_ms);
    for (size_t i = 0; i < facts->broken_count; i++) {
        buf_addf(out, "broken before: %.8s by", facts->broken[i].deny);
        print_principal(&facts->broken[i].by, out);
        buf_puts(out, "\n");
    }
    for (size_t i = 0; i < facts->health_count; i++)
        buf_addf(out, "healthy in %s since %" PRId64 " ms (%" PRId64 " ms ago)\n", facts->health[i].environment,
                 facts->health[i].since_ms, facts->unix_ms - facts->health[i].since_ms);
    for (size_t i = 0; i < facts->approvals_count; i++) {
        buf_puts(out, "approved by");
        print_principal(&facts->approvals[i].by, out);
        buf_addf(out, " %" PRId64 " ms ago\n", facts->unix_ms - facts->approvals[i].at_ms);
    }
    buf_addf(out, "authors %s:", facts->are_authors_known ? "known" : "not known");
    for (size_t i = 0; i < facts->authors_count; i++)
        print_principal(&facts->authors[i], out);
    buf_puts(out, "\n");
}
