/* trigger.c - the internal verb that begins a trigger, and its moves as rows. */
#include "handlers/trigger/trigger.h"

#include "handlers/group/group.h"
#include "handlers/trigger/asked.h"
#include "handlers/trigger/comment.h"
#include "handlers/trigger/deployment.h"
#include "handlers/trigger/places.h"
#include "handlers/trigger/told.h"
#include "handlers/trigger/triggering.h"

#include "bot/model/settings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SCHEMA 1
#define QUOTED_BYTES 200
#define ANSWER_BYTES 600
#define AT_ONCE_MS 1 /* an instant long past */
#define SENTENCE_BYTES 600

/* ---- moves that several states share ---- */

int64_t trigger_age_ms(const struct triggering *t)
{
    int64_t age_ms = view_unix_ms(t->view) - t->body->happened_at_ms;
    int64_t known_ms = t->operation ? t->view->now_ms - t->operation->created_at_ms : 0;

    return age_ms > known_ms ? age_ms : known_ms;
}

void trigger_keep(struct triggering *t)
{
    outcome_move(t->out, NULL, t->body);
}

const char *trigger_quote(const struct triggering *t, const char *words)
{
    return card_quote(str_of(words), QUOTED_BYTES, t->view->arena);
}

/* Sentences go on behind it. */
static struct str without_end(struct str text)
{
    text = str_trim(text);
    while (text.len > 0 && text.at[text.len - 1] == '.')
        text.len--;
    return text;
}

const char *trigger_reason(const struct triggering *t)
{
    if (!t->event->error)
        return "no answer in time";
    return card_quote(without_end(str_of(t->event->error)), QUOTED_BYTES, t->view->arena);
}

const char *trigger_clause(const struct triggering *t, const char *answer)
{
    struct str text = without_end(str_of(answer));
    size_t whole = text.len;
    char *copy, *to;

    if (text.len > ANSWER_BYTES)
        text.len = ANSWER_BYTES;
    while (text.len > 0 && text.len < whole && ((unsigned char)text.at[text.len] & 0xc0) == 0x80)
        text.len--; /* not in the middle of a character */
    copy = to = arena_copy(t->view->arena, text);
    for (const char *from = copy; *from; from++)
        if (*from != '*')
            *to++ = *from == '\n' ? ' ' : *from;
    *to = '\0';
    return text.len < whole ? arena_printf(t->view->arena, "%s...", copy) : copy;
}

void trigger_end(struct triggering *t, const char *result, const char *fmt, ...)
{
    char sentence[SENTENCE_BYTES];
    va_list args;

    va_start(args, fmt);
    vsnprintf(sentence, sizeof(sentence), fmt, args);
    va_end(args);
    outcome_end(t->out, result, result, "%s", sentence);
    t->out->is_forgotten = true;
}

void trigger_end_aloud(struct triggering *t, const char *result, const char *why)
{
    told_nothing(t, why);
    trigger_end(t, result, "%s", why);
}

/* ---- it came too late ---- */

void trigger_end_late(struct triggering *t)
{
    int64_t age_ms = trigger_age_ms(t);
    const char *ignored;

    for (size_t i = 0; i < t->body->places_count; i++) {
        struct trigger_place *place = &t->body->places[i];
        const char *why = place->state == PLACE_FOUND ? places_why_left_out(t->view, t->body, place, &ignored) : NULL;

        place->state = why ? PLACE_LEFT_OUT : place->state;
        place->text = why ? why : place->text;
    }
    if (places_count(t->body, PLACE_LEFT_OUT) == t->body->places_count)
        trigger_end(t, "refused", "it came too late, and nothing was to be done");
    else
        trigger_end_aloud(t, "refused",
                          arena_printf(t->view->arena,
                                       "it was found %s after it happened, and automation acts on nothing that is "
                                       "older than %s (automation.max_event_age)",
                                       duration_about(age_ms).text,
                                       duration_exact(t->view->settings->automation.max_event_age_ms).text));
}

/* Whoever made a deployment waits for what becomes of it there. */
static void on_late(struct triggering *t)
{
    if (t->body->kind == TRIGGER_DEPLOYMENT)
        trigger_on_again(t);
    else
        trigger_end_late(t);
}

/* ---- rows ---- */

static const struct {
    const char *state;
    enum event_kind kind;
    const char *name; /* NULL: any */
    void (*decide)(struct triggering *t);
} moves[] = {
    { "late", EVENT_TIMER, "say", on_late },
    { "late", EVENT_READING, "deployment", deployment_on_read_late },
    { "confirming", EVENT_READING, "release", trigger_on_release },
    { "confirming", EVENT_READING, "commit", trigger_on_commit },
    { "confirming", EVENT_READING, "order", trigger_on_order },
    { "confirming", EVENT_READING, "pull", comment_on_pull },
    { "confirming", EVENT_READING, "deployment", deployment_on_read },
    { "confirming", EVENT_READING, "branch", deployment_on_branch },
    { "confirming", EVENT_READING, "contained", deployment_on_contained },
    { "confirming", EVENT_TIMER, "again", trigger_on_again },
    { "comparing", EVENT_READING, NULL, trigger_on_paths },
    { "asking", EVENT_MESSAGE, MESSAGE_CHILD_BEGUN, trigger_on_begun },
    { "asking", EVENT_MESSAGE, MESSAGE_CHILD_REFUSED, trigger_on_refused },
    { "asking", EVENT_MESSAGE, MESSAGE_CHILD_ENDED, trigger_on_ended },
    { "asking", EVENT_MESSAGE, MESSAGE_MEMBER_REFUSED, trigger_on_member_refused },
    { "following", EVENT_TIMER, "look", trigger_on_look },
    { "following", EVENT_MESSAGE, MESSAGE_MEMBER_REFUSED, trigger_on_member_refused },
    { "following", EVENT_MESSAGE, MESSAGE_CHILD_ENDED, trigger_on_ended },
};

/* The record's list is not ours to change. */
static struct trigger_body *copy_of(const struct trigger_body *body, struct arena *arena)
{
    struct trigger_body *copy = ARENA_NEW(arena, struct trigger_body);
    size_t size = body->places_count * sizeof(body->places[0]);

    *copy = *body;
    copy->places = arena_alloc(arena, size + sizeof(body->places[0]));
    if (size > 0)
        memcpy(copy->places, body->places, size);
    return copy;
}

static void trigger_on_event(const struct view *view, const struct operation *operation, const void *value,
                             const struct event *event, struct outcome *out)
{
    struct triggering t = { view, operation, NULL, event, out };

    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        if (moves[i].kind != event->kind || strcmp(moves[i].state, operation->state) != 0 ||
            (moves[i].name && strcmp(moves[i].name, event->name) != 0))
            continue;
        t.body = copy_of(value, view->arena);
        moves[i].decide(&t);
        return;
    }
}

const struct machine machine_trigger = {
    .kind = "trigger",
    .schema = SCHEMA,
    .body = &trigger_body_shape,
    .on_event = trigger_on_event,
};

/* ---- the verb ---- */

/* Only a listener of GitHub's events asks for it: that door makes events, and no request of anybody has this source. */
static bool trigger_asks(const struct view *view, const struct request *request, struct question *ret_question,
                         const void **ret_arguments, struct error *err)
{
    struct trigger_body *body = ARENA_NEW(view->arena, struct trigger_body);

    if (strcmp(request->source, "github") != 0)
        return error_set(err, ERR_INVALID, "`%s` is opsgate's own. Nothing was done.", request->verb);
    if (!asked_read(request, view->arena, body, err))
        return false;
    *ret_question =
        (struct question){ .principal = request->principal, .verb = request->verb, .source = request->source };
    *ret_arguments = body;
    return true;
}

static void trigger_begin(const struct view *view, const struct request *request, const struct question *question,
                          const void *arguments, struct outcome *out)
{
    struct trigger_body *body = ARENA_NEW(view->arena, struct trigger_body);
    struct triggering t = { .view = view, .body = body, .out = out };
    bool is_comment;

    (void)request, (void)question;
    *body = *(const struct trigger_body *)arguments;
    is_comment = body->kind == TRIGGER_COMMENT; /* it says itself where, and is answered even when it came too late */
    if (!is_comment)
        places_find(view, body);
    if (!is_comment && body->places_count == 0) {
        outcome_refuse(out, "No place listens to the %s. Nothing was done.", trigger_words(body, view->arena));
        return;
    }
    outcome_begin(out, machine_trigger.kind, NULL, body->is_late && !is_comment ? "late" : "confirming", body);
    if (body->is_late && !is_comment)
        outcome_timer(out, "say", AT_ONCE_MS);
    else
        trigger_confirm(&t);
}

const struct verb verb_trigger = {
    .name = "trigger",
    .usage = "trigger KIND OPTION...",
    .summary = "opsgate's own: what happened on GitHub rolls out",
    .options = asked_options,
    .options_count = ASKED_OPTIONS_COUNT,
    .is_internal = true,
    .is_look = true,
    .asks = trigger_asks,
    .begin = trigger_begin,
};
