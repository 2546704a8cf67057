/* Windows, incidents, and what a require asks for. */
#include "reference_internal.h"

#include "bot/base/time.h"

#include <string.h>

/* ---- windows and incidents ---- */

static int two_digits(const char *text)
{
    return (text[0] - '0') * 10 + text[1] - '0';
}

static int weekday_of(const char *text) /* 0: Thursday, as 1970-01-01 was */
{
    static const char *const days[] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };

    for (int i = 0; i < 7; i++)
        if (reference_begins(text, days[i]))
            return i;
    return -1;
}

/* "Mon-Thu 09:00-16:00 UTC" */
static bool is_window_now(const char *text, int64_t now_ms)
{
    int first = weekday_of(text), last = weekday_of(text + 4);
    int from = two_digits(text + 8) * 60 + two_digits(text + 11),
        to = two_digits(text + 14) * 60 + two_digits(text + 17);
    int today = (int)(now_ms / DAY_MS % 7), minute = (int)(now_ms % DAY_MS / MINUTE_MS);
    int day = from < to || minute >= from ? today : (today + 6) % 7;

    if (from < to ? minute < from || minute >= to : minute < from && minute >= to)
        return false;
    for (int i = first; i != last; i = (i + 1) % 7)
        if (i == day)
            return true;
    return day == last;
}

bool reference_is_any_window_now(const char **windows, size_t count, int64_t now_ms, bool first_only, bool last_only)
{
    for (size_t i = 0; i < count; i++)
        if ((!first_only || i == 0) && (!last_only || i == count - 1) && is_window_now(windows[i], now_ms))
            return true;
    return false;
}

/* All the time from now until the last increase; looked at each quarter of an hour, for none of these windows opens or
 * closes in between. */
static bool is_open_for(const struct reference_world *world, const char **windows, size_t count, int64_t now_ms,
                        int64_t for_ms)
{
    int64_t last_ms = FLIPPED(LASTING_EDGE) ? now_ms + for_ms - 1 : now_ms + for_ms;
    int64_t step_ms = FLIPPED(LASTING_ANY) && for_ms > 15 * MINUTE_MS ? for_ms - 15 * MINUTE_MS : 15 * MINUTE_MS;

    if (!reference_is_any_window_now(windows, count, now_ms, FLIPPED(WINDOW_FIRST), FLIPPED(WINDOW_LAST)))
        return false;
    for (int64_t at_ms = now_ms; at_ms <= last_ms; at_ms += step_ms)
        if (!reference_is_any_window_now(windows, count, at_ms, FLIPPED(WINDOW_FIRST), FLIPPED(WINDOW_LAST)))
            return false;
    return true;
}

static bool is_any_open_for(const struct reference_world *world, const char **windows, size_t count, int64_t now_ms,
                            int64_t for_ms)
{
    if (!FLIPPED(LASTING_ONE))
        return is_open_for(world, windows, count, now_ms, for_ms);
    for (size_t i = 0; i < count; i++)
        if (is_open_for(world, &windows[i], 1, now_ms, for_ms))
            return true;
    return false;
}

/* How long it takes at least until its last increase is asked before it begins; what has begun is asked about now. */
static int64_t time_needed(const struct reference_world *world, const struct question *question,
                           enum policy_stage stage)
{
    if (FLIPPED(LASTING_IGNORED) || (stage == POLICY_INCREASE && !FLIPPED(INCREASE_LASTING)) ||
        (stage == POLICY_STATIC && FLIPPED(LASTING_LATER)))
        return 0;
    return question->needs_ms;
}

bool reference_are_all_windows_now(const char **windows, size_t count, int64_t now_ms)
{
    for (size_t i = 0; i < count; i++)
        if (!is_window_now(windows[i], now_ms))
            return false;
    return true;
}

static size_t severity_of(const struct reference_world *world, const char *name) /* 0: the worst */
{
    const struct incidents_settings *incidents = world->settings->incidents;

    for (size_t i = 0; i < incidents->severities_count; i++)
        if (reference_same(incidents->severities[i].name, name))
            return i;
    return SIZE_MAX;
}

enum judged reference_is_incident_so_bad(const struct reference_world *world, const char *severity,
                                         const struct facts *facts, bool is_inverted)
{
    size_t open, asked;

    if (facts->incidents == KNOWN_NOT)
        return ERRS;
    if (facts->incidents == KNOWN_NO)
        return HOLDS_NOT;
    open = severity_of(world, facts->worst_incident);
    asked = severity_of(world, severity);
    if (is_inverted)
        return open >= asked ? HOLDS : HOLDS_NOT;
    if (FLIPPED(INCIDENT_EXACT))
        return open == asked ? HOLDS : HOLDS_NOT;
    return open <= asked ? HOLDS : HOLDS_NOT;
}

/* ---- needs ---- */

static bool fits(const char *pattern, const char *text, bool is_prefix_enough)
{
    if (pattern[0] == '\0')
        return text[0] == '\0' || is_prefix_enough;
    if (pattern[0] == '*') {
        for (size_t i = 0; i <= strlen(text); i++)
            if (fits(pattern + 1, text + i, is_prefix_enough))
                return true;
        return false;
    }
    if (text[0] == '\0' || (pattern[0] != '?' && pattern[0] != text[0]))
        return false;
    return fits(pattern + 1, text + 1, is_prefix_enough);
}

static bool is_author(const struct reference_world *world, const struct principal *by, const struct facts *facts)
{
    for (size_t i = 0; i < facts->authors_count; i++)
        if (reference_is_same_person(world, by, &facts->authors[i]))
            return true;
    return false;
}

/* Who wrote something and is nobody that anybody knows may be any approver. */
static bool is_any_author_unknown(const struct reference_world *world, const struct facts *facts)
{
    for (size_t i = 0; i < facts->authors_count; i++)
        if (!reference_is_known_person(world, &facts->authors[i]))
            return true;
    return false;
}

static bool is_by_requester(const struct reference_world *world, const struct question *question,
                            const struct principal *by)
{
    if (FLIPPED(APPROVE_ONESELF))
        return false;
    if (FLIPPED(APPROVE_ONESELF_ELSEWHERE))
        return reference_is_same_principal(world, by, &question->principal);
    return reference_is_same_person(world, by, &question->principal);
}

static bool is_void(const struct reference_world *world, const struct require_approvals *approvals, int64_t at_ms,
                    int64_t now_ms)
{
    if (FLIPPED(EXPIRY_IGNORED))
        return false;
    return FLIPPED(EXPIRY_EDGE) ? now_ms - at_ms >= approvals->expires_ms : now_ms - at_ms > approvals->expires_ms;
}

static bool counts(const struct reference_world *world, const struct require_approvals *approvals,
                   const struct question *question, const struct facts *facts, const struct approval_fact *approval)
{
    bool excludes = (approvals->exclude_authors && !FLIPPED(APPROVE_AS_AUTHOR)) || FLIPPED(APPROVE_AUTHORS_ALWAYS);

    if (is_by_requester(world, question, &approval->by))
        return false;
    if (excludes && (!facts->are_authors_known || is_any_author_unknown(world, facts)) &&
        !FLIPPED(APPROVE_AUTHORS_UNKNOWN))
        return false;
    if (excludes && facts->are_authors_known && is_author(world, &approval->by, facts))
        return false;
    if (!FLIPPED(APPROVE_WITHOUT_ROLE) &&
        !reference_holds_any_role(world, approvals->from, approvals->from_count, &approval->by, false, facts->unix_ms))
        return false;
    if (is_void(world, approvals, approval->at_ms, facts->unix_ms))
        return false;
    return FLIPPED(APPROVE_UNMAPPED) || reference_is_known_person(world, &approval->by);
}

static bool is_approved(const struct reference_world *world, const struct require_approvals *approvals,
                        const struct question *question, const struct facts *facts)
{
    int64_t persons = 0;

    for (size_t i = 0; i < facts->approvals_count; i++) {
        bool is_again = false;

        if (!counts(world, approvals, question, facts, &facts->approvals[i]))
            continue;
        for (size_t k = 0; k < i; k++)
            if (counts(world, approvals, question, facts, &facts->approvals[k]) &&
                reference_is_same_person(world, &facts->approvals[i].by, &facts->approvals[k].by))
                is_again = true;
        if (!is_again || FLIPPED(APPROVE_TWICE))
            persons++;
    }
    return persons >= approvals->count + FLIPPED(COUNT_MORE) - FLIPPED(COUNT_LESS);
}

static enum reference_state met_or(bool is_met, enum reference_state otherwise)
{
    return is_met ? REFERENCE_MET : otherwise;
}

static enum reference_state judge_checks(const struct reference_world *world, enum known checks, bool is_static)
{
    if (checks == KNOWN_YES || (checks == KNOWN_NOT && FLIPPED(CHECKS_UNKNOWN)))
        return REFERENCE_MET;
    return is_static && (checks == KNOWN_NOT || FLIPPED(CHECKS_RED)) ? REFERENCE_PENDING : REFERENCE_UNMET;
}

static enum reference_state judge_no_incident(const struct reference_world *world, const char *severity,
                                              const struct facts *facts)
{
    enum judged judged = reference_is_incident_so_bad(world, severity, facts, FLIPPED(NO_INCIDENT_INVERTED));

    return met_or(judged == HOLDS_NOT || (judged == ERRS && FLIPPED(NO_INCIDENT_UNKNOWN)), REFERENCE_UNMET);
}

static enum reference_state judge_version(const struct reference_world *world, const char *pattern, const char *version,
                                          bool is_static)
{
    if (!version && FLIPPED(VERSION_UNKNOWN))
        return REFERENCE_MET;
    if (!version)
        return is_static ? REFERENCE_PENDING : REFERENCE_UNMET;
    return met_or(fits(pattern, version, FLIPPED(VERSION_PREFIX)), REFERENCE_UNMET);
}

static enum reference_state judge_healthy(const struct reference_world *world, const struct require_healthy *healthy,
                                          const struct facts *facts, bool is_static)
{
    for (size_t i = 0; i < facts->health_count; i++) {
        const struct health_fact *health = &facts->health[i];
        int64_t for_ms = facts->unix_ms - health->since_ms;

        if (!reference_same(health->environment, healthy->environment) && !FLIPPED(HEALTHY_ELSEWHERE))
            continue;
        if (health->since_ms == 0)
            return REFERENCE_UNMET;
        if (FLIPPED(HEALTHY_SHORT))
            return REFERENCE_MET;
        return met_or(FLIPPED(HEALTHY_EDGE) ? for_ms > healthy->for_ms : for_ms >= healthy->for_ms, REFERENCE_UNMET);
    }
    return is_static ? REFERENCE_PENDING : REFERENCE_UNMET;
}

static void add_need(const struct rule_settings *rule, enum need_kind kind, enum reference_state state,
                     struct reference_decision *decision)
{
    decision->needs[decision->needs_count++] = (struct reference_need){ rule->line, kind, state };
}

/* What still counts when traffic is increased. */
void reference_add_lasting_needs(const struct reference_world *world, const struct rule_settings *rule,
                                 const struct question *question, const struct facts *facts, enum policy_stage stage,
                                 struct reference_decision *decision)
{
    const struct require_settings *require = rule->require;
    bool is_increase = stage == POLICY_INCREASE;

    if (require->window_count > 0 && !FLIPPED(WINDOW_IGNORED) && !(is_increase && FLIPPED(INCREASE_NO_WINDOW)))
        add_need(rule, NEED_WINDOW,
                 met_or(is_any_open_for(world, require->window, require->window_count, facts->unix_ms,
                                        time_needed(world, question, stage)),
                        REFERENCE_UNMET),
                 decision);
    if (require->no_incident_at_least && !FLIPPED(NO_INCIDENT_IGNORED) &&
        !(is_increase && FLIPPED(INCREASE_NO_INCIDENT)))
        add_need(rule, NEED_NO_INCIDENT, judge_no_incident(world, require->no_incident_at_least, facts), decision);
}

void reference_add_needs(const struct reference_world *world, const struct rule_settings *rule,
                         const struct question *question, const struct facts *facts, bool is_static,
                         struct reference_decision *decision)
{
    const struct require_settings *require = rule->require;
    enum reference_state people = is_static ? REFERENCE_PENDING : REFERENCE_PEOPLE;

    if (require->approvals && !FLIPPED(APPROVALS_IGNORED))
        add_need(rule, NEED_APPROVALS, met_or(is_approved(world, require->approvals, question, facts), people),
                 decision);
    if (require->checks == CHECKS_GREEN && !FLIPPED(CHECKS_IGNORED))
        add_need(rule, NEED_CHECKS, judge_checks(world, facts->checks, is_static), decision);
    if (require->reason && !FLIPPED(REASON_IGNORED))
        add_need(rule, NEED_REASON, met_or(facts->reason != NULL, REFERENCE_UNMET), decision);
    if (require->version && !FLIPPED(VERSION_IGNORED))
        add_need(rule, NEED_VERSION, judge_version(world, require->version, question->version, is_static), decision);
    if (require->healthy_in && !FLIPPED(HEALTHY_IGNORED))
        add_need(rule, NEED_HEALTHY_IN, judge_healthy(world, require->healthy_in, facts, is_static), decision);
    if (require->second_channel && !FLIPPED(SECOND_CHANNEL_IGNORED))
        add_need(rule, NEED_SECOND_CHANNEL, met_or(facts->is_confirmed_elsewhere, people), decision);
}
