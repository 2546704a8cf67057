/* timers.c - what is to happen by when, by the severity's settings.
 *
 * Each row says when it is due by the record alone, so that it is the same however often it is asked: after a restart,
 * by a timer that comes late, when the severity changes. What a row does changes the record so that it is due later, or
 * no more: nothing is said twice.
 */
#include "handlers/incident/internal.h"

#include "bot/model/plant.h"

#include "policy/policy.h"

#include <string.h>

#define CLOSE_AFTER_MS DAY_MS  /* resolved, and nobody wants a post-mortem */
#define REMIND_AGAIN_MS DAY_MS /* of a post-mortem */
#define PROMPT_OF_STATE "prompt:state"
#define PROMPT_OF_UPDATE "prompt:update"
#define PROMPT_OF_LADDER "prompt:ladder"

/* ---- when ---- */

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t incident_after(const struct deciding *d, int64_t from_ms, int64_t ms)
{
    const struct severity_settings *severity = incident_severity(d);
    int64_t shift_ms = d->view->shift_ms;

    return severity && severity->in_hours ? policy_after_hours(d->view->policy, from_ms + shift_ms, ms) - shift_ms
                                          : from_ms + ms;
}

static int64_t acknowledge_at(const struct deciding *d)
{
    const struct severity_settings *severity = incident_severity(d);
    const struct incident_body *body = d->body;

    if (!severity || severity->acknowledge_ms == 0 || (PLANTED(PROMPT_FORGOTTEN) && body->reopened_at_ms > 0) ||
        body->is_ack_overdue || !incident_is(d, INCIDENT_OPEN))
        return 0;
    return incident_after(d, later(body->opened_at_ms, body->reopened_at_ms), severity->acknowledge_ms);
}

/* Since when nobody has heard anything. */
static int64_t silent_since(const struct incident_body *body)
{
    return later(later(body->opened_at_ms, body->reopened_at_ms), later(body->acknowledged_at_ms, body->updated_at_ms));
}

static int64_t update_at(const struct deciding *d)
{
    const struct severity_settings *severity = incident_severity(d);

    if (!severity || severity->update_every_ms == 0 || incident_is(d, INCIDENT_RESOLVED))
        return 0;
    return incident_after(d, later(silent_since(d->body), d->body->reminded_at_ms), severity->update_every_ms);
}

static int64_t mail_at(const struct deciding *d)
{
    const struct severity_settings *severity = incident_severity(d);

    if (!severity || severity->mail_after_ms == 0 || severity->mail_to_count == 0 || !d->view->settings->smtp ||
        d->body->is_mailed || incident_is(d, INCIDENT_RESOLVED) ||
        (d->body->is_private && !d->view->settings->incidents->mail_private))
        return 0;
    return incident_after(d, d->body->opened_at_ms, severity->mail_after_ms);
}

static int64_t post_mortem_at(const struct deciding *d)
{
    const struct severity_settings *severity = incident_severity(d);
    const struct incident_body *body = d->body;

    if (!severity || severity->post_mortem_ms == 0 || !incident_is(d, INCIDENT_RESOLVED))
        return 0;
    return body->reminded_at_ms > body->resolved_at_ms
               ? body->reminded_at_ms + REMIND_AGAIN_MS
               : incident_after(d, body->resolved_at_ms, severity->post_mortem_ms);
}

static int64_t held_back_at(const struct deciding *d)
{
    return d->body->held_at_ms;
}

static int64_t close_at(const struct deciding *d)
{
    const struct severity_settings *severity = incident_severity(d);

    if (!incident_is(d, INCIDENT_RESOLVED) || (severity && severity->post_mortem_ms > 0))
        return 0;
    return d->body->resolved_at_ms + CLOSE_AFTER_MS;
}

/* ---- what ---- */

/* Asks people for something, in its channel or in all, and is not said any more once it is not true: Slack may have
 * been away. Everything that is said meanwhile ends with that tag, and nobody hears of it. */
static void prompt(struct deciding *d, const char *tag, const char *people, const char *text, bool everywhere)
{
    size_t first = d->out->effects_count;

    text = people ? arena_printf(d->view->arena, "%s: %s", people, text) : text;
    (everywhere ? incident_say_everywhere : incident_say)(d, text);
    for (size_t i = first; i < d->out->effects_count; i++)
        d->out->effects[i].tag = tag;
}

void incident_call_to(struct deciding *d, const char *text)
{
    prompt(d, PROMPT_OF_LADDER, NULL, text, false);
}

void incident_call_off_prompts(struct deciding *d)
{
    outcome_cancel_effects(d->out, PROMPT_OF_STATE);
    outcome_cancel_effects(d->out, PROMPT_OF_UPDATE);
    outcome_cancel_effects(d->out, PROMPT_OF_LADDER);
}

static void take_prompts_back(struct deciding *d)
{
    if (!d->operation)
        return;
    if (!incident_is(d, d->operation->state))
        outcome_cancel_effects(d->out, PROMPT_OF_STATE);
    if (!incident_is(d, d->operation->state) && incident_is(d, INCIDENT_RESOLVED)) {
        incident_call_off_mail(d);
        outcome_cancel_effects(d->out, PROMPT_OF_LADDER);
    }
    if (!incident_is(d, d->operation->state) || d->body->updated_at_ms == incident_now_ms(d))
        outcome_cancel_effects(d->out, PROMPT_OF_UPDATE);
}

static void remind(struct deciding *d)
{
    d->body->reminders++;
    d->body->reminded_at_ms = incident_now_ms(d);
}

static void say_unacknowledged(struct deciding *d)
{
    struct arena *arena = d->view->arena;
    int64_t since_ms = later(d->body->opened_at_ms, d->body->reopened_at_ms);
    const char *time = arena_strdup(arena, duration_about(incident_now_ms(d) - since_ms).text);

    d->body->is_ack_overdue = !PLANTED(PROMPT_AGAIN);
    incident_record(d, "unacknowledged", "opsgate", arena_printf(arena, "nobody acknowledged it for %s", time));
    prompt(d, PROMPT_OF_STATE, incident_whom_to_ask(d),
           arena_printf(arena,
                        "Nobody has acknowledged *%s* (%s: %s) for %s. `incident ack %s` says that you work on it.",
                        d->id, d->body->severity, d->body->title, time, d->id),
           true);
}

static void ask_for_update(struct deciding *d)
{
    struct arena *arena = d->view->arena;
    const char *lead = d->body->lead;

    remind(d);
    outcome_cancel_effects(d->out, PROMPT_OF_UPDATE); /* the one before, if nobody could read it yet */
    prompt(d, PROMPT_OF_UPDATE, lead ? lead : incident_whom_to_ask(d),
           arena_printf(arena, "%s without an update on *%s*%s. %s`incident update %s ...` tells how it stands.",
                        duration_about(incident_now_ms(d) - silent_since(d->body)).text, d->id,
                        lead ? "" : ", and nobody leads",
                        lead ? "" : arena_printf(arena, "`incident lead %s` takes it, ", d->id), d->id),
           false);
}

static void remind_of_post_mortem(struct deciding *d)
{
    remind(d);
    outcome_cancel_effects(d->out, PROMPT_OF_STATE);
    prompt(d, PROMPT_OF_STATE, d->body->lead,
           arena_printf(d->view->arena,
                        "The post-mortem of *%s* (%s: %s) is due, %s after it was resolved. `incident postmortem %s` "
                        "writes the draft, `incident close %s` ends the incident.",
                        d->id, d->body->severity, d->body->title,
                        duration_about(incident_now_ms(d) - d->body->resolved_at_ms).text, d->id, d->id),
           true);
}

static void close_it(struct deciding *d)
{
    incident_close(d, "opsgate");
}

static const struct row {
    const char *name;
    int64_t (*when)(const struct deciding *d); /* steady clock; 0: not */
    void (*act)(struct deciding *d);           /* afterwards `when` says later, or 0 */
} rows[] = {
    { "acknowledge", acknowledge_at, say_unacknowledged },
    { "escalate", incident_rung_at, incident_call_rungs },
    { "update", update_at, ask_for_update },
    { "mail", mail_at, incident_mail },
    { "post-mortem", post_mortem_at, remind_of_post_mortem },
    { INCIDENT_HELD_BACK, held_back_at, incident_tell_held_back },
    { "close", close_at, close_it },
};

void incident_set_timers(struct deciding *d)
{
    take_prompts_back(d);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t at_ms = rows[i].when(d);

        if (at_ms > 0)
            outcome_timer(d->out, rows[i].name, later(at_ms, incident_now_ms(d)));
        else if (d->operation) /* else none stands */
            outcome_cancel_timer(d->out, rows[i].name);
    }
}

/* A timer that is not due any more, or not yet, says nothing: incident_set_timers sets it by what is now. */
void incident_due(struct deciding *d)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t at_ms = rows[i].when(d);

        if (strcmp(rows[i].name, d->event->name) == 0 && at_ms > 0 && at_ms <= incident_now_ms(d))
            rows[i].act(d);
    }
}
