/* verb.c - `incident`: what is answered, and what begins. */
#include "handlers/incident/typed.h"

#include "bot/model/card.h"

#include <string.h>

#define AGAIN_MS (5 * MINUTE_MS)

static const struct incident_body *body_of(const struct view *view, const struct operation *operation)
{
    struct incident_body *body = ARENA_NEW(view->arena, struct incident_body);
    struct error err;

    return shape_from_json(&incident_body_shape, operation->body, view->arena, body, &err) ? body : NULL;
}

/* ---- what nobody said ---- */

static void tell_word(const char *name, const char *about, struct outcome *out)
{
    outcome_reply_line(out, "`%s`%s%s", name, about ? ": " : "", about ? about : "");
}

/* With all that was understood: whoever repeats it is to get no other one, above all none that is public. */
static const char *line_to_declare(const struct view *view, const struct asked *asked, const char *severity)
{
    const struct incident_body meant = { .type = asked->one.type,
                                         .is_private = asked->one.is_private,
                                         .severity = severity,
                                         .title = asked->one.text ? asked->one.text : asked->typed->example };

    return incident_line_to_declare(view, &meant);
}

static void ask_which_severity(const struct view *view, const struct asked *asked, struct outcome *out)
{
    const struct incidents_settings *incidents = view->settings->incidents;
    const char *first = incidents && incidents->severities_count > 0 ? incidents->severities[0].name : "P1";
    const char *current = asked->meant ? json_find_string(asked->meant->body, "severity") : NULL;
    const char *no_severity =
        asked->no_severity ? arena_printf(view->arena, "`%s` is no severity. ", asked->no_severity) : "";

    if (current && strcmp(current, first) == 0 && incidents && incidents->severities_count > 1)
        first = incidents->severities[1].name;
    if (asked->one.deed == DEED_DECLARE)
        outcome_misused(out, "How bad is it? %sSay it before the title: `%s`. Nothing was done.", no_severity,
                        line_to_declare(view, asked, first));
    else
        outcome_misused(out, "How bad is it now? %sSay it as in `incident severity %s %s`. Nothing was done.",
                        no_severity, asked->meant->id, first);
    for (size_t i = 0; incidents && i < incidents->severities_count; i++)
        tell_word(incidents->severities[i].name, incidents->severities[i].about, out);
    for (size_t i = 0; incidents && asked->one.deed == DEED_DECLARE && i < incidents->types_count; i++)
        tell_word(incidents->types[i].name, incidents->types[i].about, out);
}

static void ask_for_text(const struct view *view, const struct asked *asked, struct outcome *out)
{
    const char *line = asked->meant ? arena_printf(view->arena, "incident %s %s %s", asked->typed->name,
                                                   asked->meant->id, asked->typed->example)
                                    : line_to_declare(view, asked, asked->one.severity);

    outcome_misused(out, "%s Say it as in `%s`. Nothing was done.", asked->typed->question, line);
}

static void ask_back(const struct view *view, const struct request *request, const struct asked *asked,
                     struct outcome *out)
{
    if (asked->unclear == WHICH_INCIDENT)
        incident_ask_which(view, request, asked->typed->name, out);
    else if (asked->unclear == WHICH_SEVERITY)
        ask_which_severity(view, asked, out);
    else
        ask_for_text(view, asked, out);
    if (asked->one.deed == DEED_DECLARE)
        incident_ask_by_form(view, request, asked, out);
    else if (asked->one.deed == DEED_NOTE)
        incident_note_by_form(view, request, asked, out);
}

/* ---- it begins ---- */

/* Nobody has to be asked to answer what somebody has acknowledged there already. */
static void begin_answered(struct deciding *d)
{
    const char *said;

    for (size_t i = 0; i < d->body->pages_count; i++)
        if (d->body->pages[i].status && strcmp(d->body->pages[i].status, INCIDENT_ACKNOWLEDGED) == 0)
            incident_acknowledge(d, "PagerDuty", &said);
    outcome_move(d->out, d->state, NULL);
}

void incident_begin(const struct view *view, struct incident_body *body, const char *who, struct outcome *out)
{
    struct deciding d = { .view = view, .id = out->operation_id, .state = INCIDENT_OPEN, .body = body, .out = out };

    body->opened_at_ms = view->now_ms;
    outcome_begin(out, machine_incident.kind, NULL, INCIDENT_OPEN, body);
    incident_record(&d, "opened", who, arena_printf(view->arena, "%s: %s", body->severity, body->title));
    incident_open(&d);
    incident_join_held_back(&d);
    begin_answered(&d);
    incident_set_timers(&d);
}

/* What this person has declared just now in these very words: whoever got no answer in time says it again, or presses again. */
static const struct operation *find_declared(const struct view *view, const struct request *request,
                                             const struct incident_arguments *arguments)
{
    const struct operation **open;
    size_t count = incident_list_seen(view, request, &open);

    for (size_t i = 0; i < count; i++) {
        const struct incident_body *body = body_of(view, open[i]);

        if (body && strcmp(open[i]->state, INCIDENT_RESOLVED) != 0 && view->now_ms - body->opened_at_ms < AGAIN_MS &&
            principal_equal(&open[i]->requester, &request->principal) && body->is_private == arguments->is_private &&
            text_equal_or_none(body->severity, arguments->severity) &&
            text_equal_or_none(body->type, arguments->type) && text_equal_or_none(body->title, arguments->text))
            return open[i];
    }
    return NULL;
}

static void declare(const struct view *view, const struct request *request, const struct incident_arguments *arguments,
                    struct outcome *out)
{
    struct incident_body *body =
        ARENA_NEW(view->arena, struct incident_body); /* outlives this call, as what begins does */
    const char *who = principal_mention(&request->principal, view->arena);
    struct deciding d = { .view = view, .id = out->operation_id, .state = INCIDENT_OPEN, .body = body, .out = out };
    const struct operation *declared = find_declared(view, request, arguments);

    if (declared) {
        outcome_reply(out,
                      "*%s* is open already: you have declared it in the same words just now, so nothing more was done. "
                      "Is this another one? Say it in other words.",
                      declared->id);
        return;
    }
    body->severity = arguments->severity;
    body->type = arguments->type;
    body->is_private = arguments->is_private;
    body->title = arguments->text;
    incident_begin(view, body, who, out);
    if (arguments->known)
        incident_record(&d, "note", who, arguments->known);
    if (arguments->message)
        incident_comes_from(body, arguments->message, who, out);
    if (body->is_private) /* the answer may be read by others */
        outcome_reply(
            out,
            "*%s* is open, %s, and private: nobody sees it but you and those who are invited. Its channel is on its "
            "way. `incident invite %s @ann` brings people in.",
            out->operation_id, body->severity, out->operation_id);
    else
        outcome_reply(out,
                      "*%s* is open, %s: %s. Its channel is on its way. `incident ack %s` says that you work on it.",
                      out->operation_id, body->severity, body->title, out->operation_id);
}

/* ---- looks, and what has ended ---- */

static void refuse_unreadable(const struct operation *operation, struct outcome *out)
{
    outcome_refuse(out, "What is recorded of %s cannot be read. Nothing was done.", operation->id);
}

/* Its card, as lines: wherever it is asked for. */
static void show(const struct view *view, const struct operation *operation, struct outcome *out)
{
    const struct incident_body *body = body_of(view, operation);
    struct card card = { .title = NULL };

    if (!body) {
        refuse_unreadable(operation, out);
        return;
    }
    incident_card(view, operation, body, &card);
    outcome_reply(out, "*%s*, %s: %s", operation->id, body->severity, body->title);
    if (card.status)
        outcome_reply_line(out, "%s", card.status);
    for (size_t i = 0; i < card.fields_count; i++)
        outcome_reply_line(out, "%s: %s", card.fields[i].name, card.fields[i].value);
    if (body->channel_name)
        outcome_reply_line(out, "Channel: #%s", body->channel_name);
    for (size_t i = 0; i < card.actions_count; i++)
        outcome_reply_action(out, card.actions[i]);
}

/* As it is uploaded while it stands: one that is closed has nothing that could be uploaded for it. */
static void tell_post_mortem(const struct view *view, const struct operation *operation, struct outcome *out)
{
    const struct incident_body *body = body_of(view, operation);

    if (body)
        incident_print_post_mortem(view, operation, body, out);
    else
        refuse_unreadable(operation, out);
}

static void tell_closed(const struct view *view, const struct operation *operation, struct outcome *out)
{
    const struct incident_body *body = body_of(view, operation);

    outcome_refuse(out, "*%s* is closed: %s (%s). Nothing was done.", operation->id,
                   operation->summary ? operation->summary : "it is over",
                   card_date(operation->ended_at_ms + view->shift_ms, view->arena));
    if (body)
        outcome_reply_line(out, "Is it back? `%s` opens a new one.", incident_line_to_declare(view, body));
}

static void incident_begin_asked(const struct view *view, const struct request *request,
                                 const struct question *question, const void *arguments, struct outcome *out)
{
    const struct asked *asked = arguments;

    (void)question;
    if (asked->unclear != CLEAR)
        ask_back(view, request, asked, out);
    else if (asked->one.deed == DEED_DECLARE)
        declare(view, request, &asked->one, out);
    else if (asked->one.deed == DEED_LIST)
        incident_list(view, request, out);
    else if (asked->one.deed == DEED_STATS)
        incident_stats(view, request, asked->one.days, out);
    else if (asked->one.deed == DEED_SHOW)
        show(view, asked->meant, out);
    else if (asked->one.deed == DEED_POST_MORTEM)
        tell_post_mortem(view, asked->meant, out);
    else
        tell_closed(view, asked->meant, out);
}

static const char *const details[] = {
    "`incident declare P1 API down`: opens one, with a channel of its own; severities and types are those of the "
    "configuration. In Slack `incident declare` alone opens a form",
    "`incident declare --private P1 TITLE`: nobody sees anything of it but you and those who are invited",
    "`incident invite D12 @ann @bob`: into its channel, and into what is private",
    "`incident ack D12`, `incident lead D12 @ann` (without a name: you), `incident severity D12 P2 fewer users`",
    "`incident update D12 half of the pods are back`: for everybody; `incident note D12 TEXT`: for the timeline alone",
    "`incident public D12 identified: Some logins fail, a fix is on its way.`: what users read on the status page, and "
    "nothing else is; without a status and its colon, the status stays",
    "`incident resolve D12 rolled back`, `incident reopen D12`, `incident close D12` (it is over, and nothing reminds of it)",
    "`incident assess D12`: what changed, what is not well, and what may mend it, anew in its channel",
    "`incident postmortem D12`: what is known of it, as a file to go on writing",
    "`incident list`, `incident show D12`, `incident stats 90d`",
    "The number can be left out in the incident's own channel, and where only one is open.",
    NULL,
};

const struct verb verb_incident = {
    .name = "incident",
    .usage =
        "incident declare [--private] [TYPE] SEVERITY TITLE | ack|lead|severity|update|note|invite|public|resolve|reopen|close|assess|postmortem|show "
        "[D12] [WORDS] | list | stats [30d]",
    .summary = "declare an incident, and lead it to its end",
    .details = details,
    .safe_word = "ack",
    .asks = incident_asks,
    .begin = incident_begin_asked,
};
