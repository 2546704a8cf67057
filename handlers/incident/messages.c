/* messages.c - messages of Slack's that belong to an incident: the one from which it was declared, those that somebody
 * notes, and those that somebody marks with :pushpin: in its channel. Each stands in the timeline once, as soon as it has been read.
 *
 * Of a message from elsewhere only the link is asked for: whoever may not read it there does not read it here.
 */
#include "handlers/incident/internal.h"

#include "bot/model/exchange.h"
#include "bot/model/outside_event.h"
#include "bot/model/slack_event.h"
#include "bot/model/slack_message.h"

#include <string.h>

#define READING "message:"
#define ID_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define READ_MS (10 * MINUTE_MS)
#define TEXT_MAX_BYTES 500
#define NAME_MAX_BYTES 80
#define ERROR_MAX_BYTES 300

/* ---- which ---- */

static size_t count_of(struct str text, const char *characters)
{
    size_t count = 0;

    while (count < text.len && strchr(characters, text.at[count]))
        count++;
    return count;
}

/* Seconds and a fraction; 0: it is none. */
static int64_t written_ms(struct str ts)
{
    struct str seconds = str_take_until(&ts, '.');
    struct error ignored;
    int64_t at_s = 0;

    return ts.len > 0 && count_of(ts, "0123456789") == ts.len &&
                   parse_int(seconds, 1, INT64_C(1) << 40, &at_s, &ignored)
               ? at_s * SECOND_MS
               : 0;
}

bool incident_is_message(struct str text)
{
    struct str channel = str_take_until(&text, '/');

    return channel.len > 0 && channel.len <= 64 && count_of(channel, ID_CHARACTERS) == channel.len && text.len <= 32 &&
           written_ms(text) > 0;
}

const char *incident_message_of(const struct request *request, const char *typed, struct arena *arena)
{
    const char *message =
        request->about ? arena_printf(arena, "%s/%s", request->about->channel, request->about->ts) : NULL;

    return message && incident_is_message(str_of(message)) ? message : typed;
}

static struct incident_message *find(const struct incident_body *body, const char *id)
{
    for (size_t i = 0; i < body->messages_count; i++)
        if (strcmp(body->messages[i].id, id) == 0)
            return &body->messages[i];
    return NULL;
}

/* ---- it is asked for ---- */

static void ask(struct incident_body *body, const struct incident_message *message, struct arena *arena,
                struct outcome *out)
{
    struct str ts = str_of(message->id), channel = str_take_until(&ts, '/');
    struct slack_message_ask args = { .channel = arena_copy(arena, channel),
                                      .ts = arena_copy(arena, ts),
                                      .with_text = !message->is_origin && !message->is_noted };

    if (body->messages_count == INCIDENT_MESSAGES_MAX) { /* the oldest may be marked anew */
        body->messages_count--;
        memmove(body->messages, body->messages + 1, body->messages_count * sizeof(*body->messages));
    }
    *ARENA_PUSH(arena, body->messages, body->messages_count) = *message;
    outcome_read(out, arena_printf(arena, READING "%s", message->id), READING_SLACK_MESSAGE,
                 shape_to_json(&slack_message_ask_shape, &args, SHAPE_WHOLE), READ_MS);
}

void incident_comes_from(struct incident_body *body, const char *message, const char *who, struct outcome *out)
{
    ask(body, &(struct incident_message){ .id = message, .by = who, .is_origin = true }, out->arena, out);
}

void incident_noted_from(struct deciding *d, const char *message, const char *who)
{
    if (!find(d->body, message))
        ask(d->body, &(struct incident_message){ .id = message, .by = who, .is_noted = true }, d->view->arena, d->out);
}

/* A private one, too: what stands in its channel stands in its own timeline. */
bool incident_hears_mark(const struct view *view, const struct operation *operation, const struct outside_event *event)
{
    const char *channel = json_find_string(operation->body, "channel"),
               *where = json_find_string(event->body, "channel");

    (void)view;
    return strcmp(operation->kind, machine_incident.kind) == 0 && !operation->is_stuck &&
           !operation_has_ended(operation) && text_equal(channel, where);
}

void incident_marked(struct deciding *d)
{
    const struct outside_event *event = d->event->outside;
    struct arena *arena = d->view->arena;
    struct slack_reaction_event mark;
    struct error ignored;
    const char *id;

    if (!shape_from_json(&slack_reaction_event_shape, event->body, arena, &mark, &ignored))
        return;
    id = arena_printf(arena, "%s/%s", mark.channel, mark.ts);
    if (incident_is_message(str_of(id)) && !find(d->body, id))
        ask(d->body, &(struct incident_message){ .id = id, .by = principal_mention(&event->principal, arena) }, arena,
            d->out);
}

/* ---- it was read ---- */

static const char *date_of(const struct deciding *d, const struct incident_message *message)
{
    struct str ts = str_of(message->id);

    str_take_until(&ts, '/');
    return card_date(written_ms(ts), d->view->arena);
}

static const char *author_of(const struct deciding *d, const struct slack_message_read *read)
{
    if (read->user)
        return arena_printf(d->view->arena, "@{slack:%s}", read->user);
    return read->name ? card_quote(str_of(read->name), NAME_MAX_BYTES, d->view->arena) : NULL;
}

static const char *words_of(const struct deciding *d, const struct slack_message_read *read)
{
    struct str text = str_of(read->text ? read->text : "");
    const char *words = incident_mentions(incident_words(text, TEXT_MAX_BYTES, d->view->arena), d->view->arena);

    if (!words)
        return "(no text)";
    return text.len > TEXT_MAX_BYTES ? arena_printf(d->view->arena, "%s…", words) : words;
}

static void record_mark(struct deciding *d, const struct incident_message *message,
                        const struct slack_message_read *read)
{
    const char *author = author_of(d, read);

    incident_record_link(
        d, "marked", author ? author : message->by,
        arena_printf(d->view->arena, "%s (of %s, marked by %s)", words_of(d, read), date_of(d, message), message->by),
        read->link);
}

void incident_message_read(struct deciding *d)
{
    const struct incident_message *message = find(d->body, d->event->name + strlen(READING));
    struct slack_message_read read = { .link = NULL };
    struct arena *arena = d->view->arena;
    const char *what = "a message", *why = "";
    struct error ignored;
    bool is_read;

    if (!message)
        return;
    is_read =
        d->event->end == END_DONE && shape_from_json(&slack_message_read_shape, d->event->body, arena, &read, &ignored);
    if (is_read && !read.is_gone && !message->is_origin && !message->is_noted) {
        record_mark(d, message, &read);
        return;
    }
    if (read.is_gone)
        why = ", which is not there any more";
    else if (!is_read)
        why = arena_printf(arena, ", which could not be read: %s",
                           d->event->error ? card_quote(str_of(d->event->error), ERROR_MAX_BYTES, arena)
                                           : "Slack did not answer");
    if (message->is_origin)
        what = "it was declared from a message";
    if (message->is_noted)
        what = "what was noted stands in a message";
    incident_record_link(d, message->is_origin || message->is_noted ? "message" : "marked", message->by,
                         arena_printf(arena, "%s of %s%s", what, date_of(d, message), why), read.link);
}
