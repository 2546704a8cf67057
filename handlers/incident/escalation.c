/* escalation.c - who is called besides: the roles of its type at once, and those of its severity's ladder, as long as
 * it lasts.
 *
 * A private one is no affair of a severity's: who comes is for its type to say, and for those who are in it.
 */
#include "handlers/incident/internal.h"

#include "handlers/approvers.h"

#include <string.h>

#define ASKED_MAX 5
#define CHANNEL_PATIENCE_MS MINUTE_MS /* a channel that is on its way is waited for: who is called is invited there */

/* ---- whom ---- */

static const char *mentions(const struct principal *people, size_t count, struct arena *arena)
{
    const char *text = NULL;

    for (size_t i = 0; i < count; i++)
        text = arena_printf(arena, "%s%s%s", text ? text : "", text ? ", " : "", principal_mention(&people[i], arena));
    return text;
}

/* By the policy's schedules; where it has none, as PagerDuty told of the page's service. */
const char *incident_on_call(const struct deciding *d)
{
    struct approvals none = { 0 }, found = { 0 };
    struct approvers approvers = { .view = d->view, .approvals = &none };
    const char *text = NULL;

    if (!d->body->is_private)
        approvers_ask_on_call(&approvers, &found);
    for (size_t i = 0; i < found.asked_count; i++)
        text = arena_printf(d->view->arena, "%s%s@{%s}", text ? text : "", text ? ", " : "", found.asked[i].who);
    if (text || d->body->is_private)
        return text;
    for (size_t i = 0; i < d->body->on_call_count && i < ASKED_MAX; i++)
        text = arena_printf(d->view->arena, "%s%s%s", text ? text : "", text ? ", " : "", d->body->on_call[i]);
    return text;
}

const char *incident_whom_to_ask(const struct deciding *d)
{
    const struct severity_settings *severity = incident_severity(d);
    const char *text = incident_on_call(d), *invited = NULL;
    struct approvers_called called;

    if (!text && !d->body->is_private && severity && severity->escalate_count > 0) {
        called = approvers_call(d->view, severity->escalate[0].to);
        text = mentions(called.people, called.count < ASKED_MAX ? called.count : ASKED_MAX, d->view->arena);
    }
    for (size_t i = 0; !text && i < d->body->people_count && i < ASKED_MAX; i++)
        invited = arena_printf(d->view->arena, "%s%s@{slack:%s}", invited ? invited : "", invited ? ", " : "",
                               d->body->people[i]);
    return text ? text : invited;
}

/* ---- when ---- */

struct rung {
    const char *to;
    int64_t after_ms;
    bool is_at_once; /* at whatever hour */
};
struct ladder {
    struct rung *rungs; /* in rising time */
    size_t count;
};

static struct ladder ladder_of(const struct deciding *d)
{
    const struct incident_type *type = incident_find_type(d->view->settings->incidents, d->body->type);
    const struct severity_settings *severity = d->body->is_private ? NULL : incident_severity(d);
    struct ladder ladder = { NULL, 0 };

    for (size_t i = 0; type && i < type->call_count; i++)
        *ARENA_PUSH(d->view->arena, ladder.rungs, ladder.count) =
            (struct rung){ .to = type->call[i], .is_at_once = true };
    for (size_t i = 0; severity && i < severity->escalate_count; i++)
        *ARENA_PUSH(d->view->arena, ladder.rungs, ladder.count) =
            (struct rung){ .to = severity->escalate[i].to, .after_ms = severity->escalate[i].after_ms };
    return ladder;
}

static int64_t at_of(const struct deciding *d, const struct rung *rung)
{
    return rung->is_at_once ? d->body->opened_at_ms : incident_after(d, d->body->opened_at_ms, rung->after_ms);
}

static size_t count_of(const struct incident_body *body, const char *role)
{
    size_t count = 0;

    for (size_t i = 0; i < body->called_count; i++)
        count += strcmp(body->called[i], role) == 0;
    return count;
}

/* A ladder may name a role twice, and another severity's ladder goes on where this one was: what counts is how often
 * each role has to have been called by then. */
static bool was_called(const struct deciding *d, const struct ladder *ladder, size_t rung)
{
    size_t wanted = 0;

    for (size_t i = 0; i <= rung; i++)
        wanted += strcmp(ladder->rungs[i].to, ladder->rungs[rung].to) == 0;
    return count_of(d->body, ladder->rungs[rung].to) >= wanted;
}

int64_t incident_rung_at(const struct deciding *d)
{
    const struct incident_body *body = d->body;
    const struct ladder ladder = ladder_of(d);
    int64_t patient_at =
        body->wants_channel && !body->channel && !body->channel_problem ? body->opened_at_ms + CHANNEL_PATIENCE_MS : 0;

    if (incident_is(d, INCIDENT_RESOLVED))
        return 0;
    for (size_t i = 0; i < ladder.count; i++) {
        int64_t at = at_of(d, &ladder.rungs[i]);

        if (!was_called(d, &ladder, i))
            return at > patient_at ? at : patient_at;
    }
    return 0;
}

/* ---- they are called ---- */

/* ", @{slack:U1} and 3 more (slack-group:S0 was last read 13 h ago)"; or why nobody is. */
static const char *whom(const struct approvers_called *called, struct arena *arena)
{
    const char *text = mentions(called->people, called->count, arena);

    if (!text)
        return arena_printf(arena, ", but nobody of it is known in Slack%s%s%s: call them yourself",
                            called->unread ? " (" : "", called->unread ? called->unread : "",
                            called->unread ? " was never read)" : "");
    text = arena_printf(arena, ", %s", text);
    if (called->left_out)
        text = arena_printf(arena, "%s and %zu more", text, called->left_out);
    if (called->unread || called->stale)
        text = arena_printf(arena, "%s (%s%s)", text, called->unread ? called->unread : called->stale,
                            called->unread ? " was never read" : "");
    return text;
}

static void call(struct deciding *d, const struct rung *rung)
{
    struct arena *arena = d->view->arena;
    struct approvers_called called = approvers_call(d->view, rung->to);
    const char *role = card_quote(str_of(rung->to), strlen(rung->to), arena), *people = whom(&called, arena);
    const char *what = rung->after_ms > 0
                           ? arena_printf(arena, "*%s* is not resolved after %s: escalated to the role %s", d->id,
                                          duration_about(incident_now_ms(d) - d->body->opened_at_ms).text, role)
                           : arena_printf(arena, "*%s* calls the role %s", d->id, role);
    const char *next =
        incident_is(d, INCIDENT_OPEN) ? arena_printf(arena, " `incident ack %s` says that you work on it.", d->id) : "";

    *ARENA_PUSH(arena, d->body->called, d->body->called_count) = rung->to;
    for (size_t i = 0; i < called.count; i++)
        incident_invite(d, called.people[i].id);
    incident_record(d, "escalated", "opsgate", arena_printf(arena, "to the role %s%s", role, people));
    incident_call_to(d, arena_printf(arena, "%s%s.%s", what, people, next));
}

void incident_call_rungs(struct deciding *d)
{
    const struct ladder ladder = ladder_of(d);

    for (size_t i = 0; i < ladder.count; i++)
        if (!was_called(d, &ladder, i) && at_of(d, &ladder.rungs[i]) <= incident_now_ms(d))
            call(d, &ladder.rungs[i]);
}
