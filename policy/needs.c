#include "policy/needs.h"

#include "bot/model/plant.h"
#include "policy/stretch.h"

#include <string.h>

bool is_given(const char *text)
{
    return text && !str_is_empty(str_trim(str_of(text)));
}

/* ---- which ---- */

bool needs_no_version(const char *verb)
{
    static const char *const verbs[] = { "scale",  "restart", "set",         "traffic", "failover",  "run",
                                         "backup", "restore", "maintenance", "rotate",  "schedules", "logs",
                                         "block",  "unblock", "blocks",      "ddos" };

    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        if (strcmp(verbs[i], verb) == 0)
            return true;
    return false;
}

static bool is_of_version(enum need_kind kind)
{
    return kind == NEED_CHECKS || kind == NEED_VERSION || kind == NEED_HEALTHY_IN;
}

bool need_applies(const struct asked *asked, const struct compiled_rule *rule, enum need_kind kind)
{
    const struct require_settings *require = rule->settings->require;

    if (asked->stage == POLICY_INCREASE && kind != NEED_WINDOW && kind != NEED_NO_INCIDENT)
        return false;
    if (is_of_version(kind) && needs_no_version(asked->question->verb))
        return false;
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

/* ---- approvals ---- */

/* An author who is nobody we know may be any approver: so only when all are known does it say who is none. */
static bool is_author(const struct asked *asked, const struct principal *principal)
{
    for (size_t i = 0; i < asked->facts->authors_count; i++) {
        struct who author = who_find(asked->policy, asked->facts, &asked->facts->authors[i]);

        if (!who_is_known(asked->policy, &author) ||
            policy_is_same_person(asked->policy, asked->facts->members, principal, &asked->facts->authors[i]))
            return true;
    }
    return !asked->facts->are_authors_known;
}

static bool is_counted(const struct asked *asked, const struct compiled_rule *rule,
                       const struct approval_fact *approval)
{
    const struct require_approvals *wanted = rule->settings->require->approvals;
    struct who who;

    if (age_ms(asked->facts->unix_ms, approval->at_ms) > wanted->expires_ms ||
        (policy_is_same_person(asked->policy, asked->facts->members, &approval->by, &asked->question->principal) &&
         !PLANTED(OWN_CONSENT)) ||
        (wanted->exclude_authors && !needs_no_version(asked->question->verb) && is_author(asked, &approval->by)))
        return false;
    who = who_find(asked->policy, asked->facts, &approval->by);
    return who_is_known(asked->policy, &who) && who_is_among(asked->policy, asked->facts, &who, &rule->approvers);
}

/* Persons, whatever they approved with and however often. */
static int64_t count_approvals(const struct asked *asked, const struct compiled_rule *rule)
{
    const struct approval_fact *approvals = asked->facts->approvals;
    int64_t count = 0;

    for (size_t i = 0; i < asked->facts->approvals_count; i++) {
        bool is_again = false;

        if (!is_counted(asked, rule, &approvals[i]))
            continue;
        for (size_t k = 0; k < i && !is_again; k++)
            is_again =
                policy_is_same_person(asked->policy, asked->facts->members, &approvals[k].by, &approvals[i].by) &&
                is_counted(asked, rule, &approvals[k]);
        count += is_again ? 0 : 1;
    }
    return count;
}

/* ---- the others ---- */

const struct health_fact *need_health(const struct asked *asked, const char *environment)
{
    for (size_t i = 0; environment && i < asked->facts->health_count; i++)
        if (strcmp(asked->facts->health[i].environment, environment) == 0)
            return &asked->facts->health[i];
    return NULL;
}

static enum need_state yes_or_no(bool is_met)
{
    return is_met ? NEED_MET : NEED_UNMET;
}

/* What nobody knows yet comes with pinning; what nobody knows afterwards is not met. */
static enum need_state unknown(const struct asked *asked)
{
    return asked->stage == POLICY_STATIC ? NEED_PENDING : NEED_UNMET;
}

static enum need_state by_people(const struct asked *asked, bool is_met)
{
    return is_met ? NEED_MET : asked->stage == POLICY_STATIC ? NEED_PENDING : NEED_PEOPLE;
}

/* It has to be open when the last increase is asked: a rollout that stops half-way because it closes helps nobody. What
 * has begun goes on as long as it is open. */
static void judge_window(const struct asked *asked, const struct compiled_windows *windows, struct need *need)
{
    int64_t now_ms = asked->facts->unix_ms, at_ms, ignored_ms;
    int64_t needs_ms = asked->stage == POLICY_INCREASE ? 0 : asked->question->needs_ms;

    need->state = yes_or_no(windows_are_open(windows, now_ms, needs_ms, &need->closes, &need->closes_at_ms));
    if (need->state == NEED_MET) {
        need->closes = NULL;
        return;
    }
    need->opens = windows_next(windows, now_ms, needs_ms, &at_ms);
    if (need->opens) {
        need->turns_at_ms = at_ms;
        return;
    }
    need->is_too_long = need->closes || windows_next(windows, now_ms, 0, &ignored_ms);
    need->looked_until_ms = at_ms == INT64_MAX ? 0 : at_ms;
}

static void judge_health(const struct asked *asked, const struct require_healthy *wanted, struct need *need)
{
    const struct health_fact *health = need_health(asked, wanted->environment);

    if (!health) {
        need->state = unknown(asked);
        return;
    }
    need->state = yes_or_no(health->since_ms > 0 && age_ms(asked->facts->unix_ms, health->since_ms) >= wanted->for_ms);
    if (need->state == NEED_MET || health->since_ms <= 0 ||
        __builtin_add_overflow(health->since_ms, wanted->for_ms, &need->turns_at_ms))
        need->turns_at_ms = 0;
}

struct need need_judge(const struct asked *asked, const struct compiled_rule *rule, enum need_kind kind)
{
    const struct require_settings *require = rule->settings->require;
    const struct facts *facts = asked->facts;
    struct need need = { .kind = kind, .state = NEED_UNMET, .rule = rule->text, .require = require };

    switch (kind) {
    case NEED_APPROVALS:
        need.counted = count_approvals(asked, rule);
        need.state = by_people(asked, need.counted >= require->approvals->count);
        break;
    case NEED_CHECKS:
        need.state = facts->checks == KNOWN_NOT ? unknown(asked) : yes_or_no(facts->checks == KNOWN_YES);
        break;
    case NEED_REASON:
        need.state = yes_or_no(is_given(facts->reason));
        break;
    case NEED_WINDOW:
        judge_window(asked, &rule->window, &need);
        break;
    case NEED_NO_INCIDENT:
        need.state = yes_or_no(asked_incident(asked, rule->no_incident) == TRUTH_NO);
        break;
    case NEED_VERSION:
        need.state = asked->question->version
                         ? yes_or_no(str_fits(str_of(asked->question->version), require->version, false))
                         : unknown(asked);
        break;
    case NEED_HEALTHY_IN:
        judge_health(asked, require->healthy_in, &need);
        break;
    case NEED_SECOND_CHANNEL:
        need.state = by_people(asked, facts->is_confirmed_elsewhere);
        break;
    default:
        break;
    }
    return need;
}
