/* life.c - a state, whoever wants it: a person by a command or a button, or PagerDuty by what it tells.
 *
 * The moves change the state, its times, the timeline, and say so; they know nothing of who else has to follow. What
 * people ask for is wanted in PagerDuty as well, behind its move. What is so already is answered as such, and nothing
 * is done.
 */
#include "handlers/incident/internal.h"

#include "bot/base/time.h"
#include "bot/model/plant.h"

#include <string.h>

/* ---- said ---- */

/* What somebody said of it. */
static const char *words(const struct deciding *d, const char *text)
{
    return text ? arena_printf(d->view->arena, ": %s", incident_mentions(text, d->view->arena)) : "";
}

static const char *behind(const struct deciding *d, const char *mark, const char *text)
{
    return text ? arena_printf(d->view->arena, "%s%s", mark, text) : "";
}

static const char *after(const struct deciding *d, int64_t ms)
{
    return arena_strdup(d->view->arena, duration_about(ms).text);
}

static const char *ago(const struct deciding *d, int64_t at_ms)
{
    int64_t ms = incident_now_ms(d) - at_ms;

    return ms < SECOND_MS ? "just now" : arena_printf(d->view->arena, "%s ago", after(d, ms));
}

/* ", by @{slack:U1}, 3 min ago": as it was recorded last. */
static const char *since(const struct deciding *d, const char *kind)
{
    const struct incident_entry *last = NULL;

    for (size_t i = 0; i < d->body->timeline_count; i++)
        if (strcmp(d->body->timeline[i].kind, kind) == 0)
            last = &d->body->timeline[i];
    if (!last)
        return "";
    return arena_printf(d->view->arena, "%s, %s", behind(d, ", by ", last->who),
                        ago(d, last->at_ms - d->view->shift_ms));
}

static const char *already(const struct deciding *d, const char *what, const char *kind)
{
    return arena_printf(d->view->arena, "*%s* is %s already%s.", d->id, what, since(d, kind));
}

/* ---- the moves ---- */

static void lead(struct deciding *d, const char *mention, const char *principal)
{
    d->body->lead = mention;
    d->body->lead_principal = principal;
    incident_invite(d, incident_slack_id(d, principal));
}

/* "slack:U1" of a mention; NULL: it is none, but a name of somebody whom nobody here knows. */
static const char *principal_of(const char *who, struct arena *arena)
{
    struct str rest = str_of(who);

    if (!str_take_prefix(&rest, "@{") || !str_ends_with(rest, "}"))
        return NULL;
    return arena_copy(arena, (struct str){ rest.at, rest.len - 1 });
}

bool incident_acknowledge(struct deciding *d, const char *who, const char **ret_said)
{
    const char *principal = principal_of(who, d->view->arena);
    bool leads = !d->body->lead && principal;

    if (incident_is(d, INCIDENT_ACKNOWLEDGED)) {
        *ret_said = already(d, "acknowledged", "acknowledged");
        return false;
    }
    if (!incident_is(d, INCIDENT_OPEN)) {
        *ret_said = arena_printf(
            d->view->arena,
            "*%s* is resolved%s: nobody has to answer. If it is not over, `incident reopen %s` opens it again.", d->id,
            since(d, "resolved"), d->id);
        return false;
    }
    d->state = INCIDENT_ACKNOWLEDGED;
    d->body->acknowledged_at_ms = incident_now_ms(d);
    if (leads)
        lead(d, who, principal);
    incident_record(d, "acknowledged", who, NULL);
    incident_say(d, arena_printf(d->view->arena, "Acknowledged by %s%s.", who, leads ? ", who leads now" : ""));
    incident_describe(d);
    return true;
}

bool incident_unacknowledge(struct deciding *d, const char *who)
{
    if (!incident_is(d, INCIDENT_ACKNOWLEDGED))
        return false;
    d->state = INCIDENT_OPEN;
    d->body->acknowledged_at_ms = 0;
    d->body->reopened_at_ms = incident_now_ms(d);
    d->body->is_ack_overdue = false;
    incident_record(d, "acknowledgement_ended", who, NULL);
    incident_say(
        d, arena_printf(d->view->arena,
                        "PagerDuty goes on calling: it is not acknowledged there. `incident ack %s` says that you work "
                        "on it.",
                        d->id));
    incident_describe(d);
    return true;
}

bool incident_resolve(struct deciding *d, const char *who, const char *text, const char **ret_said)
{
    const char *time;

    if (incident_is(d, INCIDENT_RESOLVED)) {
        *ret_said = already(d, "resolved", "resolved");
        return false;
    }
    d->state = INCIDENT_RESOLVED;
    d->body->resolved_at_ms = incident_now_ms(d);
    time = after(d, d->body->resolved_at_ms - d->body->opened_at_ms);
    incident_record(d, "resolved", who, text);
    incident_say_everywhere(d,
                            arena_printf(d->view->arena, "*%s* (%s: %s) is resolved by %s, %s after it was opened%s.",
                                         d->id, d->body->severity, d->body->title, who, time, words(d, text)));
    incident_describe(d);
    incident_public_follow(d);
    return true;
}

bool incident_reopen(struct deciding *d, const char *who, const char *text, const char **ret_said)
{
    if (!incident_is(d, INCIDENT_RESOLVED)) {
        *ret_said = incident_is(d, INCIDENT_ACKNOWLEDGED)
                        ? already(d, "open, and acknowledged", "acknowledged")
                        : already(d, "open", d->body->reopened_at_ms > 0 ? "reopened" : "opened");
        return false;
    }
    d->state = INCIDENT_OPEN;
    d->body->resolved_at_ms = d->body->acknowledged_at_ms = 0; /* somebody has to answer anew */
    d->body->reopened_at_ms = incident_now_ms(d);
    d->body->is_ack_overdue = false;
    incident_record(d, "reopened", who, text);
    incident_say_everywhere(
        d, arena_printf(d->view->arena,
                        "*%s* (%s: %s) is open again, by %s%s. `incident ack %s` says that you work on it.", d->id,
                        d->body->severity, d->body->title, who, words(d, text), d->id));
    incident_describe(d);
    incident_public_follow(d);
    return true;
}

void incident_close(struct deciding *d, const char *who)
{
    const char *time = after(d, d->body->resolved_at_ms - d->body->opened_at_ms);

    incident_record(d, "closed", who, NULL);
    incident_call_off_opening(d);
    incident_call_off_prompts(d);
    incident_hand_on_held_back(d);
    incident_say_everywhere(d, arena_printf(d->view->arena, "*%s* (%s: %s) is closed by %s. It was resolved after %s.",
                                            d->id, d->body->severity, d->body->title, who, time));
    if (incident_public_left(d))
        incident_say(d, incident_public_left(d));
    outcome_move(d->out, NULL, d->body); /* nothing is after an end */
    if (d->body->is_private)             /* other verbs tell anybody how an operation ended */
        outcome_end(d->out, INCIDENT_CLOSED, "done", "it is over");
    else
        outcome_end(d->out, INCIDENT_CLOSED, "done", "%s, resolved after %s", d->body->severity, time);
}

/* ---- what people ask for ---- */

struct asking {
    struct deciding *d;
    const struct incident_arguments *arguments;
    const struct principal *principal;
    const char *who; /* a mention */
    const char *by;  /* "slack:U1" */
};

static void refuse(const struct deciding *d, const char *said)
{
    outcome_refuse(d->out, "%s Nothing was done.", said);
}

/* A move that was made, or not: then PagerDuty may still have to hear of it, where an intent failed or a page came
 * later. */
static void answer(const struct asking *a, bool is_done, const char *intent, const char *done, const char *said)
{
    bool is_told = incident_want_pages(a->d, intent, a->by) > 0;

    if (is_done)
        outcome_reply(a->d->out, "%s%s", done, is_told ? " PagerDuty is told, too." : "");
    else if (is_told)
        outcome_reply(a->d->out, "%s But not all of it in PagerDuty: that is asked for now.", said);
    else
        refuse(a->d, said);
}

static void asked_to_acknowledge(const struct asking *a)
{
    struct deciding *d = a->d;
    const char *said = NULL;
    bool is_done = incident_acknowledge(d, a->who, &said);

    if (incident_is(d, INCIDENT_RESOLVED)) { /* there, it would open it again */
        refuse(d, said);
        return;
    }
    answer(a, is_done, "acknowledge",
           arena_printf(d->view->arena, "*%s* is acknowledged%s.", d->id,
                        d->body->lead && strcmp(d->body->lead, a->who) == 0 ? ", and you lead it" : ""),
           said);
}

static void asked_to_lead(const struct asking *a)
{
    struct deciding *d = a->d;
    const struct principal *whom = a->arguments->lead ? a->arguments->lead : a->principal;
    const char *mention = principal_mention(whom, d->view->arena), *principal = principal_text(whom, d->view->arena);
    bool is_other = strcmp(mention, a->who) != 0;

    if (d->body->lead_principal && strcmp(d->body->lead_principal, principal) == 0) {
        outcome_refuse(d->out, "%s %s *%s* already. Nothing was done.", is_other ? mention : "You",
                       is_other ? "leads" : "lead", d->id);
        return;
    }
    lead(d, mention, principal);
    incident_record(d, "lead", a->who, mention);
    incident_say(d, arena_printf(d->view->arena, "%s leads now%s%s.", mention, is_other ? ", says " : "",
                                 is_other ? a->who : ""));
    incident_describe(d);
    outcome_reply(d->out, "%s %s *%s* now.", is_other ? mention : "You", is_other ? "leads" : "lead", d->id);
}

static void asked_for_severity(const struct asking *a)
{
    struct deciding *d = a->d;
    const char *before = d->body->severity, *now = a->arguments->severity, *change;

    if (strcmp(before, now) == 0) {
        refuse(d, already(d, now, "severity"));
        return;
    }
    change = arena_printf(d->view->arena, "%s, was %s%s", now, before, behind(d, ": ", a->arguments->text));
    d->body->severity = now;
    incident_record(d, "severity", a->who, change);
    incident_say_everywhere(d, arena_printf(d->view->arena, "*%s* (%s) is %s now, and was %s, says %s%s.", d->id,
                                            d->body->title, now, before, a->who, words(d, a->arguments->text)));
    incident_describe(d);
    incident_public_open(d);
    incident_public_hint(d);
    outcome_reply(d->out, "*%s* is %s now.", d->id, now);
}

static void asked_to_update(const struct asking *a)
{
    struct deciding *d = a->d;
    const char *text = a->arguments->text;

    d->body->update = text;
    d->body->updated_at_ms = incident_now_ms(d);
    incident_record(d, "update", a->who, text);
    incident_say(d, arena_printf(d->view->arena, "*Update* by %s%s", a->who, words(d, text)));
    incident_note_pages(d, text, a->by);
    outcome_reply(d->out, "Your update of *%s* is said, and stands on its card.", d->id);
}

static void asked_to_note(const struct asking *a)
{
    struct deciding *d = a->d;

    incident_record(d, "note", a->who, a->arguments->text);
    if (PLANTED(WORD_TWICE) && d->body->pages_count > 0)
        incident_record(d, "note", a->who, a->arguments->text);
    if (a->arguments->message)
        incident_noted_from(d, a->arguments->message, a->who);
    incident_note_pages(d, a->arguments->text, a->by);
    outcome_reply(d->out, "Noted in the timeline of *%s*.", d->id);
}

static void asked_to_tell_public(const struct asking *a)
{
    incident_public_say(a->d, a->arguments, a->who);
}

static void asked_to_resolve(const struct asking *a)
{
    struct deciding *d = a->d;
    const char *said = NULL;
    bool is_done = incident_resolve(d, a->who, a->arguments->text, &said);

    answer(a, is_done, "resolve",
           arena_printf(
               d->view->arena,
               "*%s* is resolved. `incident postmortem %s` writes a draft of its story, `incident close %s` ends it.",
               d->id, d->id, d->id),
           said);
}

static size_t open_pages(const struct incident_body *body)
{
    size_t count = 0;

    for (size_t i = 0; i < body->pages_count; i++)
        count += !body->pages[i].status || strcmp(body->pages[i].status, "resolved") != 0;
    return count;
}

/* Open here, and over there: reopening it there has failed. */
static bool is_over_there(const struct deciding *d)
{
    return incident_is(d, INCIDENT_OPEN) && d->body->pages_count > 0 && open_pages(d->body) == 0;
}

/* One page of several may be over, and stays so. */
static void asked_to_reopen(const struct asking *a)
{
    struct deciding *d = a->d;
    const char *said = NULL;
    bool is_done = incident_reopen(d, a->who, a->arguments->text, &said);

    if (is_done || is_over_there(d))
        answer(a, is_done, "reopen", arena_printf(d->view->arena, "*%s* is open again.", d->id), said);
    else
        refuse(d, said);
}

static void asked_to_close(const struct asking *a)
{
    struct deciding *d = a->d;
    size_t open = open_pages(d->body);

    if (!incident_is(d, INCIDENT_RESOLVED)) {
        outcome_refuse(d->out, "*%s* is not resolved: `incident resolve %s` first. Nothing was done.", d->id, d->id);
        return;
    }
    if (incident_public_is_opening(d)) {
        outcome_refuse(d->out,
                       "The status page has not answered yet whether it shows *%s*: close it once it has. It is asked "
                       "for an hour at most. Nothing was done.",
                       d->id);
        return;
    }
    incident_close(d, a->who);
    outcome_reply(d->out, "*%s* is closed.", d->id);
    if (incident_public_left(d))
        outcome_reply_line(d->out, "%s", incident_public_left(d));
    if (open > 0) /* and nobody hears of them any more */
        outcome_reply_line(d->out,
                           "In PagerDuty %zu of its %zu incidents %s not resolved yet, as far as is known: look there.",
                           open, d->body->pages_count, open == 1 ? "is" : "are");
}

/* "@{slack:U1}, @{slack:U2}"; NULL: Slack does not know all of them, and that is answered. */
static const char *invited_text(const struct asking *a)
{
    struct arena *arena = a->d->view->arena;
    const char *text = NULL;

    for (size_t i = 0; i < a->arguments->invited_count; i++) {
        const struct principal *who = &a->arguments->invited[i];

        if (!incident_slack_id(a->d, principal_text(who, arena))) {
            outcome_refuse(a->d->out,
                           "`%s` cannot be invited: `people` names no Slack user for them. Nothing was done.",
                           principal_text(who, arena));
            return NULL;
        }
        text = arena_printf(arena, "%s%s%s", text ? text : "", text ? ", " : "", principal_mention(who, arena));
    }
    return text;
}

/* Where they find no card, this says what it is about. */
static const char *called_to(const struct deciding *d)
{
    return d->body->channel ? ""
                            : arena_printf(d->view->arena, " It is %s: %s. `incident show %s` shows it.",
                                           d->body->severity, d->body->title, d->id);
}

static void asked_to_invite(const struct asking *a)
{
    const char *text = invited_text(a);
    struct deciding *d = a->d;

    if (!text)
        return;
    for (size_t i = 0; i < a->arguments->invited_count; i++)
        incident_invite_again(d, incident_slack_id(d, principal_text(&a->arguments->invited[i], d->view->arena)));
    incident_record(d, "invited", a->who, text);
    incident_say(d, arena_printf(d->view->arena, "%s invites %s.%s", a->who, text, called_to(d)));
    outcome_reply(d->out, "%s %s invited to *%s*%s.", text, a->arguments->invited_count == 1 ? "is" : "are", d->id,
                  d->body->is_private ? ", and can see all of it from now on" : "");
}

static void asked_to_be_private(const struct asking *a)
{
    struct deciding *d = a->d;

    if (d->body->is_private)
        outcome_refuse(d->out, "*%s* is private already. Nothing was done.", d->id);
    else
        outcome_refuse(d->out,
                       "*%s* is public, and stays so: what was said of it stands in `#incidents` and in its channel, "
                       "where everybody may have read it, and Slack makes no public channel private for us. `incident "
                       "declare --private %s TITLE` opens a private one. Nothing was done.",
                       d->id, d->body->severity);
}

static void asked_for_post_mortem(const struct asking *a)
{
    incident_upload_post_mortem(a->d);
}

static void asked_to_assess(const struct asking *a)
{
    incident_assess_asked(a->d);
}

static void (*const deeds[])(const struct asking *a) = {
    [DEED_ACKNOWLEDGE] = asked_to_acknowledge,
    [DEED_LEAD] = asked_to_lead,
    [DEED_SEVERITY] = asked_for_severity,
    [DEED_UPDATE] = asked_to_update,
    [DEED_NOTE] = asked_to_note,
    [DEED_PUBLIC] = asked_to_tell_public,
    [DEED_RESOLVE] = asked_to_resolve,
    [DEED_REOPEN] = asked_to_reopen,
    [DEED_CLOSE] = asked_to_close,
    [DEED_INVITE] = asked_to_invite,
    [DEED_PRIVATE] = asked_to_be_private,
    [DEED_POST_MORTEM] = asked_for_post_mortem,
    [DEED_ASSESS] = asked_to_assess,
};

/* Words that other operations take, and what was meant by them here. */
static const char *const meant[][2] = {
    { "abort", "resolve" },   { "approve", "ack" },   { "pause", "ack" },
    { "promote", "resolve" }, { "resume", "reopen" }, { "retry", "reopen" },
};

static void refuse_verb(struct deciding *d)
{
    const char *deed = "show";

    for (size_t i = 0; i < ARRAY_LEN(meant); i++)
        if (strcmp(meant[i][0], d->event->name) == 0)
            deed = meant[i][1];
    outcome_refuse(d->out, "*%s* is an incident, and takes no `%s`: perhaps `incident %s %s`? Nothing was done.", d->id,
                   d->event->name, deed, d->id);
}

void incident_asked(struct deciding *d)
{
    struct asking asking = { .d = d,
                             .arguments = d->event->arguments,
                             .principal = &d->event->request->principal,
                             .who = principal_mention(&d->event->request->principal, d->view->arena),
                             .by = principal_text(&d->event->request->principal, d->view->arena) };
    size_t deed;

    if (!incident_is_seen(d->view, d->operation, d->event->request)) { /* who found it has looked already */
        outcome_refuse(d->out, "There is no operation `%s`, or it ended long ago. Nothing was done.", d->id);
        return;
    }
    if (strcmp(d->event->name, verb_incident.name) != 0) {
        refuse_verb(d);
        return;
    }
    deed = (size_t)asking.arguments->deed;
    if (deed < ARRAY_LEN(deeds) && deeds[deed])
        deeds[deed](&asking);
    else
        outcome_refuse(d->out, "`help incident` tells what *%s* takes. Nothing was done.", d->id);
}
