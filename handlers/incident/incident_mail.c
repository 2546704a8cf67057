/* incident_mail.c - stakeholders get a mail when an incident lasts. */
#include "handlers/incident/internal.h"

#include "bot/model/mail.h"

#include <string.h>

#define MAIL_TAG "mail"
#define ERROR_MAX_BYTES 300

/* "2026-11-20 22:00 UTC": nobody knows the reader's zone. */
static const char *date(const struct deciding *d, int64_t steady_ms)
{
    struct card_instant instant = { 0 };
    const char *mark = arena_printf(d->view->arena, "date:%lld", (long long)(steady_ms + d->view->shift_ms));

    card_instant_read(str_of(mark), &instant);
    return arena_printf(d->view->arena, "%s UTC", instant.text);
}

static const char *ago(const struct deciding *d, int64_t at_ms)
{
    return arena_printf(d->view->arena, "%s ago", duration_about(incident_now_ms(d) - at_ms).text);
}

/* "ann (slack:U012AB3CD)": a mention is nothing in a mail. */
static const char *lead(const struct deciding *d)
{
    const struct settings *settings = d->view->settings;
    const char *id = d->body->lead_principal;

    if (!id)
        return "nobody yet";
    for (size_t i = 0; i < settings->people_count; i++) {
        const struct person_settings *person = &settings->people[i];

        if (person->slack && person->name && strcmp(arena_printf(d->view->arena, "slack:%s", person->slack), id) == 0)
            return arena_printf(d->view->arena, "%s (%s)", person->name, id);
    }
    return id;
}

static const char *text_of(const struct deciding *d)
{
    const struct incident_body *body = d->body;
    struct arena *arena = d->view->arena;
    const char *words = incident_names(d->view->settings, body->update, arena);
    const char *update = words ? arena_printf(arena, "%s, %s", words, ago(d, body->updated_at_ms)) : "none yet";
    const char *channel = body->channel_name ? arena_printf(arena, "#%s", body->channel_name) : "none";

    return arena_printf(arena,
                        "The incident %s is not resolved.\n"
                        "\n"
                        "  what         %s\n"
                        "  severity     %s\n"
                        "  since        %s, %s\n"
                        "  state        %s\n"
                        "  lead         %s\n"
                        "  last update  %s\n"
                        "  in Slack     %s\n"
                        "\n"
                        "This is sent once. What comes next is told in Slack.\n",
                        d->id, body->title, body->severity, date(d, body->opened_at_ms), ago(d, body->opened_at_ms),
                        d->state, lead(d), update, channel);
}

void incident_mail(struct deciding *d)
{
    const struct severity_settings *severity = incident_severity(d);
    struct arena *arena = d->view->arena;
    struct mail_delivery mail = {
        .to = severity->mail_to,
        .to_count = severity->mail_to_count,
        .subject = arena_printf(arena, "%s: %s (%s)", d->body->severity, d->body->title, d->id),
        .text = text_of(d),
        .at_ms = view_unix_ms(d->view),
    };

    d->body->is_mailed = true;
    outcome_effect(d->out, (struct wanted_effect){ .kind = EFFECT_MAIL,
                                                   .lane = MAIL_LANE,
                                                   .tag = MAIL_TAG,
                                                   .args = shape_to_json(&mail_delivery_shape, &mail, SHAPE_WHOLE) });
    incident_record(d, "mailed", "opsgate",
                    arena_printf(arena, "%zu stakeholder%s", mail.to_count, mail.to_count == 1 ? "" : "s"));
}

void incident_call_off_mail(struct deciding *d)
{
    outcome_cancel_effects(d->out, MAIL_TAG);
}

/* Whoever counts on it must not wait for it. What was called off goes once it is open again. */
void incident_mail_ended(struct deciding *d)
{
    struct arena *arena = d->view->arena;
    const char *why = d->event->error ? d->event->error : "nobody knows why";

    if (d->event->end == END_CANCELLED) {
        d->body->is_mailed = false;
        incident_record(d, "not-mailed", "opsgate", "it was resolved before the mail went");
    }
    if (d->event->end == END_DONE || d->event->end == END_CANCELLED)
        return;
    incident_say(d, arena_printf(arena,
                                 "The mail about *%s* did not go, or not to all of the severity's `mail_to`: %s Tell "
                                 "them yourself.",
                                 d->id, card_quote(str_of(why), ERROR_MAX_BYTES, arena)));
}
