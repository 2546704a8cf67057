#include "handlers/watch/credentials.h"

#include "handlers/watch/credentials_watching.h"
#include "handlers/watch/page.h"
#include "handlers/watch/say.h"

#include "bot/model/card.h"
#include "bot/model/settings.h"

#include <string.h>

#define STATE "watching"
#define FIRST_MS (5 * MINUTE_MS) /* after an owner began */
#define REMIND_MS (30 * MINUTE_MS)
#define TEXT_BYTES 400

static const struct shape_field trouble_rows[] = {
    ROW_STRING(credential_trouble, subject, .flags = SHAPE_REQUIRED),
    ROW_STRING(credential_trouble, text, .flags = SHAPE_NONZERO),
    ROW_INT(credential_trouble, since_ms),
    ROW_INT(credential_trouble, times),
    ROW_BOOL(credential_trouble, is_told),
};
static const struct shape trouble_shape = SHAPE("a credential that is not good", credential_trouble, trouble_rows);

static const struct shape_field paged_rows[] = {
    ROW_STRING(credential_paged, seat, .flags = SHAPE_REQUIRED),
    ROW_INT(credential_paged, at_ms),
    ROW_BOOL(credential_paged, is_taken, .flags = SHAPE_NONZERO),
    ROW_BOOL(credential_paged, is_way_back, .flags = SHAPE_NONZERO),
};
static const struct shape paged_shape = SHAPE("a credential that was told", credential_paged, paged_rows);

static const struct shape_field rows[] = {
    ROW_OBJECTS(credentials_watch, troubles, &trouble_shape),
    ROW_OBJECTS(credentials_watch, refused, &parked_shape),
    ROW_OBJECTS(credentials_watch, paged, &paged_shape, .flags = SHAPE_NONZERO),
    ROW_STRING(credentials_watch, asked, .flags = SHAPE_NONZERO),
    ROW_INT(credentials_watch, next, .flags = SHAPE_NONZERO),
    ROW_INT(credentials_watch, next_at_ms),
    ROW_INT(credentials_watch, owner_at_ms),
    ROW_INT(credentials_watch, tested_at_ms, .flags = SHAPE_NONZERO),
    ROW_BOOL(credentials_watch, is_mail_lost, .flags = SHAPE_NONZERO),
};
const struct shape credentials_watch_shape = SHAPE("credentials", credentials_watch, rows);

/* ---- paged ---- */

const char *credentials_quote(const struct watching *w, const char *words)
{
    return card_quote(str_of(words ? words : "no reason given"), TEXT_BYTES, w->view->arena);
}

void credentials_page(struct watching *w, const char *subject, const char *text)
{
    watch_page(
        w->view, w->out,
        &(struct page){ .subject = arena_printf(w->view->arena, "opsgate: %s", subject),
                        .text = text,
                        .is_without_slack = !watch_slack_takes_pages(w->view, w->body->refused, w->body->refused_count),
                        .is_without_mail = !watch_mail_takes_pages(w->body->refused, w->body->refused_count),
                        .is_reminder = strcmp(w->event->name, CREDENTIALS_REMINDER) == 0 });
    outcome_timer(w->out, CREDENTIALS_REMINDER, w->view->now_ms + REMIND_MS);
}

static const char *all_words(const struct watching *w)
{
    const char *text = NULL;

    for (size_t i = 0; i < w->body->refused_count; i++)
        if (!w->body->refused[i].is_courtesy)
            text = arena_printf(w->view->arena, "%s%s• %s", text ? text : "", text ? "\n" : "",
                                credentials_refused_words(&w->body->refused[i], w->view->arena));
    for (size_t i = 0; i < w->body->troubles_count; i++)
        if (w->body->troubles[i].is_told)
            text = arena_printf(w->view->arena, "%s%s• *%s*: %s", text ? text : "", text ? "\n" : "",
                                w->body->troubles[i].subject, w->body->troubles[i].text);
    return text;
}

/* ---- what comes ---- */

/* Another owner, or another configuration: with trouble, which that may have mended, at once. */
static void on_owner(struct watching *w)
{
    w->body->owner_at_ms = w->view->now_ms;
    if (w->body->troubles_count > 0)
        credentials_begin_round(w);
    else if (!w->body->asked && w->body->next_at_ms > w->view->now_ms + FIRST_MS)
        credentials_rest(w, FIRST_MS);
}

static void on_due(struct watching *w)
{
    credentials_forget_refused(w);
    if (!w->body->asked)
        credentials_begin_round(w);
}

static void on_reminder(struct watching *w)
{
    const char *text;

    credentials_forget_refused(w);
    text = all_words(w);
    for (size_t i = 0; text && i < w->body->refused_count; i++)
        if (!w->body->refused[i].is_courtesy)
            credentials_note_paged(w, &w->body->refused[i]);
    if (text)
        credentials_page(w, "something is still refused", arena_printf(w->view->arena, "*Still so*:\n%s", text));
}

static void on_paged(struct watching *w)
{
    if (w->event->end != END_CANCELLED && strcmp(w->event->name, PAGE_MAIL_TAG) == 0)
        w->body->is_mail_lost = w->event->end != END_DONE;
    if (w->event->end != END_DONE && w->event->end != END_CANCELLED)
        watch_say(w->view, w->out,
                  arena_printf(w->view->arena, "*Nobody could be paged*, by Slack or mail: %s",
                               credentials_quote(w, w->event->error)));
}

static const struct move {
    enum event_kind kind;
    const char *name; /* how it begins */
    void (*decide)(struct watching *w);
} moves[] = {
    { EVENT_TIMER, CREDENTIALS_ROUND, on_due },
    { EVENT_TIMER, CREDENTIALS_REMINDER, on_reminder },
    { EVENT_MESSAGE, MESSAGE_OWNER, on_owner },
    { EVENT_MESSAGE, MESSAGE_REFUSED, credentials_on_refused },
    { EVENT_MESSAGE, MESSAGE_ACCEPTED, credentials_on_accepted },
    { EVENT_READING, CREDENTIALS_ASK, credentials_on_answered },
    { EVENT_EFFECT, PAGE_TAG, on_paged },
};

/* The record's lists are not ours to change. */
static struct credentials_watch *own_body(const struct view *view, const struct credentials_watch *body)
{
    struct credentials_watch *own = ARENA_NEW(view->arena, struct credentials_watch);

    *own = *body;
    own->troubles = NULL;
    own->refused = NULL;
    own->paged = NULL;
    own->troubles_count = own->refused_count = own->paged_count = 0;
    for (size_t i = 0; i < body->troubles_count; i++)
        *ARENA_PUSH(view->arena, own->troubles, own->troubles_count) = body->troubles[i];
    for (size_t i = 0; i < body->refused_count; i++)
        *ARENA_PUSH(view->arena, own->refused, own->refused_count) = body->refused[i];
    for (size_t i = 0; i < body->paged_count; i++)
        *ARENA_PUSH(view->arena, own->paged, own->paged_count) = body->paged[i];
    return own;
}

static void watch_on_event(const struct view *view, const struct operation *operation, const void *value,
                           const struct event *event, struct outcome *out)
{
    struct watching w = { view, own_body(view, value), event, out };

    (void)operation;
    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        if (moves[i].kind != event->kind || strncmp(moves[i].name, event->name, strlen(moves[i].name)) != 0)
            continue;
        moves[i].decide(&w);
        outcome_move(out, out->state, w.body);
        return;
    }
}

static void watch_stand(const struct view *view, struct outcome *out)
{
    struct watching w = { view, ARENA_NEW(view->arena, struct credentials_watch), NULL, out };

    outcome_begin(out, machine_credentials_watch.kind, NULL, STATE, w.body);
    w.body->owner_at_ms = view->now_ms;
    credentials_rest(&w, FIRST_MS);
}

bool credentials_words(const struct view *view, const char ***ret_lines, size_t *ret_count)
{
    *ret_lines = NULL;
    *ret_count = 0;
    for (size_t i = 0; i < view->parked_count; i++)
        *ARENA_PUSH(view->arena, *ret_lines, *ret_count) =
            arena_printf(view->arena, "%s Since %s.", credentials_refused_words(&view->parked[i], view->arena),
                         card_date(view->parked[i].since_ms + view->shift_ms, view->arena));
    return *ret_count > 0;
}

bool credentials_mail_is_lost(const struct view *view)
{
    const struct operation *watch = view_find_standing(view, machine_credentials_watch.kind);

    return watch && json_find_bool(watch->body, "is_mail_lost", false);
}

const struct machine machine_credentials_watch = {
    .kind = "watch.credentials",
    .schema = 1,
    .body = &credentials_watch_shape,
    .stand = watch_stand,
    .hears_refusals = true,
    .on_event = watch_on_event,
};
