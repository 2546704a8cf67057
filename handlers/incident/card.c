/* card.c - how an incident looks: what stands pinned in its channel. Instants instead of ages, so that it changes only
 * when the incident does. */
#include "handlers/incident/internal.h"

#include <inttypes.h>
#include <string.h>

#define PAGES_SHOWN 5
#define UNINVITED_SHOWN 10

struct drawing {
    struct deciding d; /* to ask by: `out` and `event` are NULL, and nothing of it is changed */
    struct arena *arena;
    struct card *card;
};

static const char *time_of(const struct drawing *w, int64_t steady_ms)
{
    return card_date(steady_ms + w->d.view->shift_ms, w->arena);
}

/* The last entry of that kind; NULL: there is none any more, or it is cut. */
static const struct incident_entry *last_entry(const struct incident_body *body, const char *kind)
{
    for (size_t i = body->timeline_count; i > 0; i--)
        if (strcmp(body->timeline[i - 1].kind, kind) == 0)
            return &body->timeline[i - 1];
    return NULL;
}

/* " by @ann" */
static const char *by(const struct drawing *w, const char *kind)
{
    const struct incident_entry *entry = last_entry(w->d.body, kind);

    return entry && entry->who ? arena_printf(w->arena, " by %s", entry->who) : "";
}

/* ---- one sentence ---- */

static const char *open_status(const struct drawing *w)
{
    const struct severity_settings *severity = incident_severity(&w->d);
    const struct incident_body *body = w->d.body;
    int64_t since_ms = body->reopened_at_ms > body->opened_at_ms ? body->reopened_at_ms : body->opened_at_ms;

    if (body->is_ack_overdue)
        return arena_printf(w->arena,
                            "*nobody has acknowledged it* since %s: `incident ack %s` says that you work on it",
                            time_of(w, since_ms), w->d.id);
    if (severity && severity->acknowledge_ms > 0)
        return arena_printf(w->arena, "nobody works on it yet: to be acknowledged by %s, with `incident ack %s`",
                            time_of(w, incident_after(&w->d, since_ms, severity->acknowledge_ms)), w->d.id);
    return arena_printf(w->arena, "nobody works on it yet: `incident ack %s` says that you do", w->d.id);
}

static const char *acknowledged_status(const struct drawing *w)
{
    return arena_printf(w->arena, "acknowledged%s, %s: `incident update %s ...` tells how it stands",
                        by(w, "acknowledged"), time_of(w, w->d.body->acknowledged_at_ms), w->d.id);
}

static const char *resolved_status(const struct drawing *w)
{
    const struct severity_settings *severity = incident_severity(&w->d);
    const struct incident_body *body = w->d.body;
    const char *resolved =
        arena_printf(w->arena, "resolved%s, %s", by(w, "resolved"), time_of(w, body->resolved_at_ms));

    if (!severity || severity->post_mortem_ms == 0)
        return arena_printf(w->arena, "%s: `incident close %s` ends it", resolved, w->d.id);
    return arena_printf(w->arena, "%s; its post-mortem is due %s, and then `incident close %s`", resolved,
                        time_of(w, incident_after(&w->d, body->resolved_at_ms, severity->post_mortem_ms)), w->d.id);
}

static const char *closed_status(const struct drawing *w)
{
    const struct incident_body *body = w->d.body;

    if (body->resolved_at_ms == 0)
        return "closed";
    return arena_printf(w->arena, "closed; it was resolved after %s",
                        duration_about(body->resolved_at_ms - body->opened_at_ms).text);
}

/* ---- fields ---- */

static void add_field(struct drawing *w, const char *name, const char *value)
{
    if (value)
        *ARENA_PUSH(w->arena, w->card->fields, w->card->fields_count) = (struct card_field){ name, value };
}

static const char *with(const struct drawing *w, const char *all, const char *more)
{
    return all ? arena_printf(w->arena, "%s, %s", all, more) : more;
}

/* "#1234 triggered"; its address stands in the channel's bookmarks, and here where there is no channel. */
static const char *pages_text(const struct drawing *w)
{
    const struct incident_body *body = w->d.body;
    const char *all = NULL;

    for (size_t i = 0; i < body->pages_count && i < PAGES_SHOWN; i++) {
        const struct incident_page *page = &body->pages[i];
        const char *name = page->number ? arena_printf(w->arena, "#%" PRId64, page->number) : page->id;

        if (page->status)
            name = arena_printf(w->arena, "%s %s", name, page->status);
        if (page->url && !body->channel)
            name = arena_printf(w->arena, "%s %s", name, page->url);
        all = with(w, all, name);
    }
    if (body->pages_count > PAGES_SHOWN)
        all = with(w, all, arena_printf(w->arena, "and %zu more", body->pages_count - PAGES_SHOWN));
    return all;
}

static const char *alerts_text(const struct drawing *w)
{
    const struct incident_body *body = w->d.body;
    const char *all = NULL;

    for (size_t i = 0; i < body->alerts_count && i < PAGES_SHOWN; i++)
        all = with(w, all,
                   arena_printf(w->arena, "%s %s", body->alerts[i].title ? body->alerts[i].title : "alerts",
                                body->alerts[i].is_firing ? "firing" : "resolved"));
    if (body->alerts_count > PAGES_SHOWN)
        all = with(w, all, arena_printf(w->arena, "and %zu more", body->alerts_count - PAGES_SHOWN));
    return all;
}

static const char *uninvited_text(const struct drawing *w)
{
    const struct incident_body *body = w->d.body;
    const char *all = NULL;

    for (size_t i = 0; i < body->uninvited_count && i < UNINVITED_SHOWN; i++)
        all = all ? arena_printf(w->arena, "%s; %s", all, body->uninvited[i]) : body->uninvited[i];
    if (body->uninvited_count > UNINVITED_SHOWN)
        all = arena_printf(w->arena, "%s; and %zu more", all, body->uninvited_count - UNINVITED_SHOWN);
    return all;
}

static void add_fields(struct drawing *w)
{
    const struct severity_settings *severity = incident_severity(&w->d);
    const struct incident_body *body = w->d.body;
    bool has_about = severity && severity->about;

    add_field(
        w, "Severity",
        arena_printf(w->arena, "%s%s%s", body->severity, has_about ? ", " : "", has_about ? severity->about : ""));
    add_field(w, "Type", incident_type_text(w->d.view, body));
    if (body->is_private)
        add_field(
            w, "Private",
            arena_printf(w->arena, "seen by those who are in it: `incident invite %s @ann` brings people", w->d.id));
    add_field(w, "Lead", body->lead ? body->lead : "nobody");
    add_field(w, "PagerDuty", pages_text(w));
    add_field(w, "Alerts", alerts_text(w));
    if (body->update)
        add_field(w, "Last update",
                  arena_printf(w->arena, "%s: %s", time_of(w, body->updated_at_ms),
                               incident_mentions(body->update, w->arena)));
    add_field(w, "Status page", incident_public_text(&w->d));
    add_field(w, "Not invited", uninvited_text(w));
    if (body->channel_problem)
        add_field(w, "No channel of its own", body->channel_problem);
}

/* ---- how far it is ---- */

static void add_steps(struct drawing *w)
{
    const struct incident_body *body = w->d.body;
    const struct {
        const char *name;
        int64_t at_ms; /* 0: not yet */
    } steps[] = { { "opened", body->opened_at_ms },
                  { "acknowledged", body->acknowledged_at_ms },
                  { "resolved", body->resolved_at_ms },
                  { "closed", w->d.operation->ended_at_ms } };
    size_t next = 0; /* behind the last that is done: what was passed over is left out */

    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        next = steps[i].at_ms > 0 ? i + 1 : next;
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        bool is_done = steps[i].at_ms > 0;
        struct card_step step = { is_done ? STEP_OK : i == next ? STEP_NOW : STEP_NEXT, steps[i].name };

        if (is_done)
            step.text =
                arena_printf(w->arena, "%s%s, %s", steps[i].name, by(w, steps[i].name), time_of(w, steps[i].at_ms));
        if (is_done || i >= next)
            *ARENA_PUSH(w->arena, w->card->steps, w->card->steps_count) = step;
    }
}

/* ---- buttons ---- */

static void add_action(struct drawing *w, const char *label, const char *deed, enum action_style style,
                       const char *confirm)
{
    *ARENA_PUSH(w->arena, w->card->actions, w->card->actions_count) =
        (struct card_action){ .label = label,
                              .command = arena_printf(w->arena, "incident %s %s", deed, w->d.id),
                              .style = style,
                              .confirm = confirm };
}

static void add_actions(struct drawing *w)
{
    if (incident_is(&w->d, INCIDENT_OPEN))
        add_action(w, "Acknowledge", "ack", ACTION_PRIMARY, NULL);
    if (incident_is(&w->d, INCIDENT_RESOLVED)) {
        add_action(w, "Post-mortem", "postmortem", ACTION_PRIMARY, NULL);
        add_action(w, "Close", "close", ACTION_PLAIN, "Nothing reminds of it any more.");
        add_action(w, "Reopen", "reopen", ACTION_PLAIN,
                   w->d.body->pages_count > 0 ? "It is not over: PagerDuty calls people again." : "It is not over.");
        return;
    }
    add_action(w, "Lead it", "lead", ACTION_PLAIN, NULL);
    add_action(w, "Resolve", "resolve", ACTION_PLAIN,
               w->d.body->pages_count > 0 ? "It is over for users. It gets resolved in PagerDuty, too."
                                          : "It is over for users.");
}

static const struct look {
    const char *state;
    enum card_tone tone;
    const char *(*status)(const struct drawing *w);
} looks[] = {
    { INCIDENT_OPEN, CARD_BAD, open_status },
    { INCIDENT_ACKNOWLEDGED, CARD_RUNNING, acknowledged_status },
    { INCIDENT_RESOLVED, CARD_WAITING, resolved_status },
};

/* It has one once its channel is there, or will never be. That of a private one is then whoever declared it. */
static const char *place_of(const struct drawing *w)
{
    const struct channels_settings *channels = &w->d.view->settings->slack.channels;

    if (w->d.body->channel || !w->d.body->channel_problem)
        return w->d.body->channel;
    if (w->d.body->is_private)
        return incident_declarer(&w->d);
    return channels->incidents ? channels->incidents : channels->alerts;
}

void incident_card(const struct view *view, const struct operation *operation, const void *value, struct card *ret_card)
{
    const struct incident_body *body = value;
    struct drawing w = { .d = { .view = view,
                                .operation = operation,
                                .id = operation->id,
                                .state = operation->state,
                                .body = incident_own_body(body, view->arena) },
                         .arena = view->arena,
                         .card = ret_card };

    ret_card->channel = place_of(&w);
    if (ret_card->channel) /* else it is not shown yet */
        ret_card->title = arena_printf(view->arena, "%s: %s", body->severity, body->title);
    add_fields(&w);
    add_steps(&w);
    if (operation_has_ended(operation)) {
        ret_card->tone = CARD_GOOD;
        ret_card->status = closed_status(&w);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(looks); i++)
        if (incident_is(&w.d, looks[i].state)) {
            ret_card->tone = looks[i].tone;
            ret_card->status = looks[i].status(&w);
        }
    if (operation->is_stuck) {
        ret_card->tone = CARD_BAD;
        ret_card->status = arena_printf(view->arena, "stuck, nothing reminds of it: %s", ret_card->status);
    }
    add_actions(&w);
}
