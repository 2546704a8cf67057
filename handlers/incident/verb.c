/* verb.c - `incident`: what people type, and which incident they mean. */
#include "handlers/incident/internal.h"

#include "handlers/operation_words.h"
#include "handlers/person.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "policy/policy.h"

#include <inttypes.h>
#include <string.h>

#define QUOTED_BYTES 40
#define STATS_DAYS 30
#define STATS_MAX_MS (365 * DAY_MS)
#define ACKNOWLEDGE "acknowledge" /* what rules call it: whoever may do nothing else may stop the paging */

enum text_taken { TEXT_NONE, TEXT_MAY, TEXT_MUST };

static const struct deed {
    const char *name;
    enum incident_deed deed;
    bool is_about_one;    /* names an incident */
    enum text_taken text; /* behind it */
    const char *question; /* TEXT_MUST: asked where there is none, with an example to answer by */
    const char *example;
} deeds[] = {
    { "declare", DEED_DECLARE, false, TEXT_MUST, "What is it?", "API down" },
    { "ack", DEED_ACKNOWLEDGE, true, TEXT_NONE, NULL, NULL },
    { "acknowledge", DEED_ACKNOWLEDGE, true, TEXT_NONE, NULL, NULL },
    { "lead", DEED_LEAD, true, TEXT_MAY, NULL, NULL },
    { "severity", DEED_SEVERITY, true, TEXT_MAY, NULL, NULL }, /* why */
    { "update", DEED_UPDATE, true, TEXT_MUST, "What is new?", "half of it is back" },
    { "note", DEED_NOTE, true, TEXT_MUST, "What is to be noted?", "restarted db-1 at 14:03" },
    { "resolve", DEED_RESOLVE, true, TEXT_MAY, NULL, NULL },
    { "reopen", DEED_REOPEN, true, TEXT_MAY, NULL, NULL },
    { "close", DEED_CLOSE, true, TEXT_NONE, NULL, NULL },
    { "postmortem", DEED_POST_MORTEM, true, TEXT_NONE, NULL, NULL },
    { "list", DEED_LIST, false, TEXT_NONE, NULL, NULL },
    { "stats", DEED_STATS, false, TEXT_MAY, NULL, NULL },
    { "show", DEED_SHOW, true, TEXT_NONE, NULL, NULL },
};

/* What cannot be said in one sentence is answered by begin(), which has lines for it. */
enum unclear { CLEAR, WHICH_INCIDENT, WHICH_SEVERITY, WHICH_TEXT };

struct asked {
    struct incident_arguments one; /* what the incident that is meant gets to see: the first member */
    const struct deed *typed;      /* what was typed for it: one deed may have two names */
    const char *no_severity;       /* WHICH_SEVERITY: the word that is none, quoted; NULL: there was none */
    enum unclear unclear;
    const struct operation *meant; /* or NULL */
};

struct words { /* what was typed: no options, for a text is taken as it is */
    const char *const *all;
    size_t count;
};

static const char *take_word(struct words *words)
{
    words->count--;
    return *words->all++;
}

static const char *joined(struct words words, struct arena *arena)
{
    const char *text = NULL;

    for (size_t i = 0; i < words.count; i++)
        text = text ? arena_printf(arena, "%s %s", text, words.all[i]) : words.all[i];
    return text;
}

static const char *quoted(const char *word, struct arena *arena)
{
    return card_quote(str_of(word), QUOTED_BYTES, arena);
}

/* Marks that were taken away leave spaces; NULL: nothing else was there. */
static const char *cleaned(const char *text, size_t max_bytes, struct arena *arena)
{
    struct str clean = str_trim(str_of(card_quote(str_of(text), max_bytes, arena)));

    return clean.len > 0 ? arena_copy(arena, clean) : NULL;
}

/* ---- which deed ---- */

static const struct deed *find_deed(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(deeds); i++)
        if (str_equal_nocase(str_of(deeds[i].name), str_of(name)))
            return &deeds[i];
    return NULL;
}

static bool unknown_deed(const char *name, struct arena *arena, struct error *err)
{
    const char *names[ARRAY_LEN(deeds)], *nearest;

    for (size_t i = 0; i < ARRAY_LEN(deeds); i++)
        names[i] = deeds[i].name;
    nearest = str_nearest(str_of(name), names, ARRAY_LEN(deeds));
    if (nearest)
        return error_set(err, ERR_INVALID, "I do not know `incident %s`. Did you mean `incident %s`? Nothing was done.",
                         quoted(name, arena), nearest);
    return error_set(
        err, ERR_INVALID,
        "I do not know `incident %s`. `incident declare` opens one, `help incident` tells the rest. Nothing "
        "was done.",
        quoted(name, arena));
}

/* `incident` alone lists, `incident D12` shows it, and the number may stand before the deed as well as behind it. */
static bool read_deed(const struct view *view, struct words *words, const struct deed **ret_deed, const char **ret_id,
                      struct error *err)
{
    *ret_id = words->count > 0 ? operation_typed(view->settings, words->all[0], view->arena) : NULL;
    if (*ret_id)
        take_word(words);
    if (words->count == 0) {
        *ret_deed = find_deed(*ret_id ? "show" : "list");
        return true;
    }
    *ret_deed = find_deed(words->all[0]);
    if (!*ret_deed)
        return unknown_deed(words->all[0], view->arena, err);
    take_word(words);
    if (!*ret_id && (*ret_deed)->is_about_one && words->count > 0) {
        *ret_id = operation_typed(view->settings, words->all[0], view->arena);
        if (*ret_id)
            take_word(words);
    }
    return true;
}

/* ---- which incident ---- */

static bool read_which(const struct view *view, const struct request *request, const char *id, struct asked *asked,
                       struct error *err)
{
    if (!id) {
        asked->meant = incident_find_meant(view, request->channel);
        if (!asked->meant)
            asked->unclear = WHICH_INCIDENT;
        return true;
    }
    asked->meant = incident_find(view, id);
    if (!asked->meant)
        return error_set(
            err, ERR_NOT_FOUND,
            "There is no `%s`, or it ended long ago: `incident list` shows those that are open. Nothing was done.",
            quoted(id, view->arena));
    if (strcmp(asked->meant->kind, machine_incident.kind) != 0)
        return error_set(err, ERR_NOT_FOUND,
                         "%s is no incident, but a %s: `incident list` shows those that are open. Nothing was done.",
                         id, asked->meant->kind);
    return true;
}

/* ---- what belongs to it ---- */

static const char *severity_named(const struct incidents_settings *incidents, const char *word)
{
    for (size_t i = 0; incidents && i < incidents->severities_count; i++)
        if (str_equal_nocase(str_of(incidents->severities[i].name), str_of(word)))
            return incidents->severities[i].name;
    return NULL;
}

/* "P9": meant for one, and no part of a title. */
static bool is_like_a_severity(const struct incidents_settings *incidents, const char *word)
{
    for (size_t i = 0; incidents && i < incidents->severities_count; i++)
        if (str_nearest(str_of(word), (const char *const[]){ incidents->severities[i].name }, 1))
            return true;
    return false;
}

/* The first word. Without one there is no guess: begin() tells which there are. */
static void read_severity(const struct view *view, struct words *words, struct asked *asked)
{
    const char *word = words->count > 0 ? words->all[0] : NULL;

    asked->one.severity = word ? severity_named(view->settings->incidents, word) : NULL;
    if (asked->one.severity) {
        take_word(words);
        return;
    }
    asked->no_severity = word ? quoted(word, view->arena) : NULL;
    if (word && is_like_a_severity(view->settings->incidents, word))
        take_word(words);
    if (asked->unclear == CLEAR)
        asked->unclear = WHICH_SEVERITY;
}

static bool read_lead(const struct view *view, struct words *words, struct asked *asked, struct error *err)
{
    struct principal *lead = ARENA_NEW(view->arena, struct principal);
    const char *who = words->count > 0 ? take_word(words) : NULL, *id;

    if (words->count > 0)
        return error_set(err, ERR_INVALID, "One person leads: name one, as in `incident lead @ann`. Nothing was done.");
    if (!who || str_equal_nocase(str_of(who), str_of("me")))
        return true;
    id = person_by_name(view->settings, who, view->arena, err);
    if (!id && err->code == ERR_CONFLICT)
        return error_set(err, ERR_INVALID, "Who? %s. Nothing was done.", arena_strdup(view->arena, err->message));
    if (!id || !policy_read_principal(view->policy, id, view->arena, lead))
        return error_set(
            err, ERR_INVALID,
            "I do not know who `%s` is: mention them in Slack, or name them as `people` in the configuration "
            "does, or as in `incident lead slack:U012AB3CD`. Nothing was done.",
            quoted(who, view->arena));
    asked->one.lead = lead;
    return true;
}

static bool read_days(struct words *words, struct asked *asked, struct arena *arena, struct error *err)
{
    const char *word = words->count > 0 ? take_word(words) : NULL;
    int64_t ms = STATS_DAYS * DAY_MS;

    if (word && (words->count > 0 || !duration_parse(str_of(word), &ms, err) || ms < DAY_MS || ms > STATS_MAX_MS))
        return error_set(err, ERR_INVALID,
                         "`incident stats` takes a time from 1d to 365d, such as `90d`, and not `%s`.",
                         quoted(words->count > 0 ? words->all[0] : word, arena));
    asked->one.days = ms / DAY_MS;
    return true;
}

static bool read_text(const struct deed *deed, struct words words, struct asked *asked, struct arena *arena,
                      struct error *err)
{
    const char *text = cleaned(joined(words, arena),
                               deed->deed == DEED_DECLARE ? INCIDENT_TITLE_MAX_BYTES : INCIDENT_TEXT_MAX_BYTES, arena);

    if (words.count > 0 && deed->text == TEXT_NONE)
        return error_set(err, ERR_INVALID, "`incident %s` takes %s, and no `%s`. Nothing was done.", deed->name,
                         deed->is_about_one ? "an incident's number, such as `D12`" : "no words",
                         quoted(words.all[0], arena));
    if (!text && deed->text == TEXT_MUST && asked->unclear == CLEAR)
        asked->unclear = WHICH_TEXT;
    asked->one.text = text;
    return true;
}

static bool read_rest(const struct view *view, const struct deed *deed, struct words *words, struct asked *asked,
                      struct error *err)
{
    switch (deed->deed) {
    case DEED_DECLARE:
    case DEED_SEVERITY:
        read_severity(view, words, asked);
        break;
    case DEED_LEAD:
        return read_lead(view, words, asked, err);
    case DEED_STATS:
        return read_days(words, asked, view->arena, err);
    default:
        break;
    }
    return read_text(deed, *words, asked, view->arena, err);
}

static bool incident_asks(const struct view *view, const struct request *request, struct question *ret_question,
                          const void **ret_arguments, struct error *err)
{
    struct asked *asked = ARENA_NEW(view->arena, struct asked);
    struct words words = { request->words, request->words_count };
    const struct deed *deed;
    const char *id;

    if (!read_deed(view, &words, &deed, &id, err))
        return false;
    if (id && !deed->is_about_one)
        return error_set(err, ERR_INVALID,
                         "`incident %s` is about no incident that is there, such as %s. Nothing was done.", deed->name,
                         id);
    if (deed->deed == DEED_DECLARE && !view->settings->incidents)
        return error_set(err, ERR_INVALID,
                         "opsgate knows no severities: add a section `incidents` to its configuration, and `reload`. "
                         "Nothing was done.");
    asked->one.deed = deed->deed;
    asked->typed = deed;
    if ((deed->is_about_one && !read_which(view, request, id, asked, err)) ||
        !read_rest(view, deed, &words, asked, err))
        return false;
    *ret_question = (struct question){
        .principal = request->principal,
        .verb = deed->deed == DEED_ACKNOWLEDGE ? ACKNOWLEDGE : request->verb,
        .source = request->source,
        .operation = asked->meant && asked->unclear == CLEAR && deed->deed != DEED_SHOW ? asked->meant->id : NULL,
        .is_safe_direction = deed->deed == DEED_ACKNOWLEDGE,
    };
    *ret_arguments = asked;
    return true;
}

/* ---- what nobody said ---- */

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
        outcome_misused(out, "How bad is it? %sSay it before the title: `incident declare %s %s`. Nothing was done.",
                        no_severity, first, asked->one.text ? asked->one.text : asked->typed->example);
    else
        outcome_misused(out, "How bad is it now? %sSay it as in `incident severity %s %s`. Nothing was done.",
                        no_severity, asked->meant->id, first);
    for (size_t i = 0; incidents && i < incidents->severities_count; i++)
        outcome_reply_line(out, "`%s`%s%s", incidents->severities[i].name, incidents->severities[i].about ? ": " : "",
                           incidents->severities[i].about ? incidents->severities[i].about : "");
}

static void ask_for_text(const struct asked *asked, struct outcome *out)
{
    outcome_misused(out, "%s Say it as in `incident %s %s %s`. Nothing was done.", asked->typed->question,
                    asked->typed->name, asked->meant ? asked->meant->id : asked->one.severity, asked->typed->example);
}

/* ---- it begins ---- */

void incident_begin(const struct view *view, struct incident_body *body, const char *who, struct outcome *out)
{
    struct deciding d = { .view = view, .id = out->operation_id, .state = INCIDENT_OPEN, .body = body, .out = out };

    body->opened_at_ms = view->now_ms;
    outcome_begin(out, machine_incident.kind, NULL, INCIDENT_OPEN, body);
    incident_record(&d, "opened", who, arena_printf(view->arena, "%s: %s", body->severity, body->title));
    incident_open(&d);
    incident_set_timers(&d);
}

static void declare(const struct view *view, const struct request *request, const struct incident_arguments *arguments,
                    struct outcome *out)
{
    struct incident_body *body =
        ARENA_NEW(view->arena, struct incident_body); /* outlives this call, as what begins does */

    body->severity = arguments->severity;
    body->title = arguments->text;
    incident_begin(view, body, principal_mention(&request->principal, view->arena), out);
    outcome_reply(out, "*%s* is open, %s: %s. Its channel is on its way. `incident ack %s` says that you work on it.",
                  out->operation_id, body->severity, body->title, out->operation_id);
}

/* ---- looks, and what has ended ---- */

static const char *text_of(const struct operation *operation, const char *name)
{
    return json_find_string(operation->body, name);
}

static const struct incident_body *body_of(const struct view *view, const struct operation *operation)
{
    struct incident_body *body = ARENA_NEW(view->arena, struct incident_body);
    struct error err;

    return shape_from_json(&incident_body_shape, operation->body, view->arena, body, &err) ? body : NULL;
}

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
    outcome_refuse(out, "*%s* is closed: %s (%s). Nothing was done.", operation->id,
                   operation->summary ? operation->summary : "it is over",
                   card_date(operation->ended_at_ms + view->shift_ms, view->arena));
    outcome_reply_line(out, "Is it back? `incident declare %s %s` opens a new one.", text_of(operation, "severity"),
                       text_of(operation, "title"));
}

static void incident_begin_asked(const struct view *view, const struct request *request,
                                 const struct question *question, const void *arguments, struct outcome *out)
{
    const struct asked *asked = arguments;

    (void)question;
    if (asked->unclear == WHICH_INCIDENT)
        incident_ask_which(view, asked->typed->name, out);
    else if (asked->unclear == WHICH_SEVERITY)
        ask_which_severity(view, asked, out);
    else if (asked->unclear == WHICH_TEXT)
        ask_for_text(asked, out);
    else if (asked->one.deed == DEED_DECLARE)
        declare(view, request, &asked->one, out);
    else if (asked->one.deed == DEED_LIST)
        incident_list(view, out);
    else if (asked->one.deed == DEED_STATS)
        incident_stats(view, asked->one.days, out);
    else if (asked->one.deed == DEED_SHOW)
        show(view, asked->meant, out);
    else if (asked->one.deed == DEED_POST_MORTEM)
        tell_post_mortem(view, asked->meant, out);
    else
        tell_closed(view, asked->meant, out);
}

static const char *const details[] = {
    "`incident declare P1 API down`: opens one, with a channel of its own; the severities are those of the configuration",
    "`incident ack D12`, `incident lead D12 @ann` (without a name: you), `incident severity D12 P2 fewer users`",
    "`incident update D12 half of the pods are back`: for everybody; `incident note D12 TEXT`: for the timeline alone",
    "`incident resolve D12 rolled back`, `incident reopen D12`, `incident close D12` (it is over, and nothing reminds of it)",
    "`incident postmortem D12`: what is known of it, as a file to go on writing",
    "`incident list`, `incident show D12`, `incident stats 90d`",
    "The number can be left out in the incident's own channel, and where only one is open.",
    NULL,
};

const struct verb verb_incident = {
    .name = "incident",
    .usage = "incident declare SEVERITY TITLE | ack|lead|severity|update|note|resolve|reopen|close|postmortem|show "
             "[D12] [WORDS] | list | stats [30d]",
    .summary = "declare an incident, and lead it to its end",
    .details = details,
    .safe_word = "ack",
    .asks = incident_asks,
    .begin = incident_begin_asked,
};
