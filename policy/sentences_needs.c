/* sentences_needs.c - what is still required: "2 approvals of manager (1 is there)", and what would meet it. */
#include "policy/needs.h"
#include "policy/sentences.h"
#include "policy/words.h"

#include "bot/base/time.h"

#include <inttypes.h>

/* ---- what ---- */

static void say_approvals(struct sentence *reason, const struct asked *asked, const struct need *need)
{
    const struct require_approvals *wanted = need->require->approvals;

    say(reason, "%" PRId64 " approval%s of ", wanted->count, wanted->count == 1 ? "" : "s");
    say_each_of(reason, wanted->from, wanted->from_count);
    if (wanted->exclude_authors && !asked->facts->are_authors_known && asked->stage != POLICY_STATIC)
        say(reason, " (the authors of its commits are not known, so nobody counts)");
    else if (need->counted == 0)
        say(reason, " (none is there)");
    else
        say(reason, " (%" PRId64 " of %" PRId64 " %s there)", need->counted, wanted->count,
            need->counted == 1 ? "is" : "are");
}

static bool is_one_open(const struct asked *asked, const struct need *need)
{
    size_t severity = severity_find(asked->policy->settings, need->require->no_incident_at_least);

    return asked_incident(asked, severity) == TRUTH_YES;
}

static void say_incident(struct sentence *reason, const struct asked *asked, const struct need *need)
{
    say(reason, "no open incident of %s or worse", need->require->no_incident_at_least);
    if (is_one_open(asked, need))
        say(reason, " (%s is open)", asked->facts->worst_incident);
    else
        say(reason, " (what is open is not known)");
}

static void say_health(struct sentence *reason, const struct asked *asked, const struct need *need)
{
    const struct require_healthy *wanted = need->require->healthy_in;
    const struct health_fact *health = need_health(asked, wanted->environment);

    say(reason, "the same version good in %s for %s", wanted->environment, duration_format(wanted->for_ms).text);
    if (!health)
        say(reason, " (how it is there is not known)");
    else if (health->since_ms <= 0)
        say(reason, " (it is not)");
    else if (health->since_ms <= asked->facts->unix_ms)
        say(reason, " (it has been for %s)", duration_about(asked->facts->unix_ms - health->since_ms).text);
}

static void say_too_short(struct sentence *reason, const struct asked *asked, const struct need *need)
{
    const char *needing = asked->question->needing;

    say(reason, "a window that is open long enough (the window closes ");
    say_when(reason, need->closes->zone, need->closes_at_ms, asked->facts->unix_ms);
    say(reason, ", and %s at least %s)", needing ? needing : "it needs",
        duration_exact(asked->question->needs_ms).text);
}

static void say_windows_of(struct sentence *reason, const struct asked *asked, const struct need *need)
{
    if (need->closes) {
        say_too_short(reason, asked, need);
        return;
    }
    say(reason, "a time within ");
    for (size_t i = 0; i < need->require->window_count; i++)
        say(reason, "%s%s", i ? " or " : "", need->require->window[i]);
}

static void say_need(struct sentence *reason, const struct asked *asked, const struct need *need)
{
    switch (need->kind) {
    case NEED_APPROVALS:
        say_approvals(reason, asked, need);
        return;
    case NEED_CHECKS:
        say(reason, "green checks on GitHub (they are not%s)", asked->facts->checks == KNOWN_NOT ? " known" : "");
        return;
    case NEED_REASON:
        say(reason, "a reason (none is given)");
        return;
    case NEED_WINDOW:
        say_windows_of(reason, asked, need);
        return;
    case NEED_NO_INCIDENT:
        say_incident(reason, asked, need);
        return;
    case NEED_VERSION:
        say(reason, "a version like %s (%s)", need->require->version,
            asked->question->version ? "this is none" : "which it is, is not known");
        return;
    case NEED_HEALTHY_IN:
        say_health(reason, asked, need);
        return;
    default:
        say(reason, "a word through a second door");
    }
}

/* ---- what would meet it ---- */

static void say_too_long(struct sentence *turn, const struct asked *asked, const struct need *need)
{
    say(turn, "No window ");
    if (need->looked_until_ms > 0)
        say(turn, "of the next %" PRId64 " days ", (need->looked_until_ms - asked->facts->unix_ms) / DAY_MS);
    say(turn, "is longer than %s: change `steps` or `bake`, or the window in %s.",
        duration_exact(asked->question->needs_ms).text, need->rule);
}

static void say_meeting_window(struct sentence *turn, const struct asked *asked, const struct need *need)
{
    if (need->is_too_long) {
        say_too_long(turn, asked, need);
        return;
    }
    if (!need->opens) {
        say(turn, "No such time comes again: the rule %s has to be changed.", need->rule);
        return;
    }
    say(turn, need->closes ? "It can begin " : "The window opens ");
    say_when(turn, need->opens->zone, need->turns_at_ms, asked->facts->unix_ms);
    say(turn, ".");
}

static void say_meeting_health(struct sentence *turn, const struct asked *asked, const struct need *need)
{
    const char *environment = need->require->healthy_in->environment;

    if (need->turns_at_ms > asked->facts->unix_ms)
        say(turn, "It has been good in %s long enough in %s.", environment,
            duration_about(need->turns_at_ms - asked->facts->unix_ms).text);
    else
        say(turn, "It has to be deployed to %s first, and stay good there.", environment);
}

static void say_meeting(struct sentence *turn, const struct asked *asked, const struct need *need)
{
    switch (need->kind) {
    case NEED_APPROVALS:
        say(turn, "It takes %" PRId64 " more approval%s.", need->require->approvals->count - need->counted,
            need->require->approvals->count - need->counted == 1 ? "" : "s");
        return;
    case NEED_CHECKS:
        say(turn, "The checks on its commit have to turn green.");
        return;
    case NEED_REASON:
        say(turn, "Give --reason.");
        return;
    case NEED_WINDOW:
        say_meeting_window(turn, asked, need);
        return;
    case NEED_NO_INCIDENT:
        say(turn, asked->facts->incidents == KNOWN_YES || is_one_open(asked, need)
                      ? "The incident has to be resolved first."
                      : "It takes that open incidents can be read.");
        return;
    case NEED_VERSION:
        say(turn, "Ask for a version like %s.", need->require->version);
        return;
    case NEED_HEALTHY_IN:
        say_meeting_health(turn, asked, need);
        return;
    default:
        say(turn, "Confirm it through a second door.");
    }
}

/* ---- all of them ---- */

/* Two rules that ask for the same reason ask for one. */
static bool is_said(const struct decision *decision, size_t at)
{
    const struct need *need = &decision->needs[at];

    for (size_t i = 0; i < at; i++)
        if (decision->needs[i].kind == need->kind && decision->needs[i].state != NEED_MET &&
            (need->kind == NEED_REASON || need->kind == NEED_CHECKS || need->kind == NEED_SECOND_CHANNEL))
            return true;
    return false;
}

void tell_needs(const struct asked *asked, const struct compiled_rule *rule, struct decision *decision)
{
    struct sentence reason = SENTENCE(decision->reason), turn = SENTENCE(decision->turn);

    decision->verdict = VERDICT_NEEDS;
    decision->rule = rule->text;
    say_what(&reason, asked->question);
    say(&reason, " requires ");
    for (size_t i = 0, said = 0; i < decision->needs_count && i < POLICY_NEEDS_MAX; i++) {
        const struct need *need = &decision->needs[i];

        if (need->state == NEED_MET || is_said(decision, i))
            continue;
        say(&reason, "%s", said ? ", " : "");
        say_need(&reason, asked, need);
        say(&turn, "%s", said++ ? " " : "");
        say_meeting(&turn, asked, need);
    }
    if (rule->settings->reason)
        say(&reason, ": %s", rule->settings->reason);
}
