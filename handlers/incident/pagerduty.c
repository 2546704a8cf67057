/* pagerduty.c - the pages of an incident: what is so there becomes so here, and what was wanted here is wanted there.
 *
 * Nobody asks who wrote a state, so nothing echoes: what we did comes back as what is so already. While an intent of
 * ours is on its way, what is told meanwhile moves nothing here if the intent will be written over it: its end decides,
 * with the state that it saw. Nothing that was seen there is ever written back to PagerDuty.
 */
#include "handlers/incident/internal.h"

#include "bot/base/time.h"
#include "bot/model/exchange.h"
#include "bot/model/pagerduty.h"
#include "bot/model/pagerduty_act.h"
#include "bot/model/plant.h"

#include <inttypes.h>
#include <string.h>

#define TRIGGERED "triggered"
#define ACKNOWLEDGED "acknowledged"
#define RESOLVED "resolved"

#define TAG "page:" /* "page:PINC001:resolve", "page:PINC001:note"; of a reading "page:PINC001" */
#define TAG_NOTE "note"
#define LOOK_MS MINUTE_MS

/* Each is written from these states, as integrations/pagerduty/status.c has them; any other stays. */
static const struct intent {
    const char *name;
    const char *from[2];
    const char *again; /* what asks for it once more */
} intents[] = {
    [PAGERDUTY_ACKNOWLEDGE] = { "acknowledge", { TRIGGERED }, "incident ack" },
    [PAGERDUTY_RESOLVE] = { "resolve", { TRIGGERED, ACKNOWLEDGED }, "incident resolve" },
    [PAGERDUTY_REOPEN] = { "reopen", { RESOLVED }, "incident reopen" },
};

static const struct intent *find_intent(const char *name)
{
    for (size_t i = 0; name && i < ARRAY_LEN(intents); i++)
        if (strcmp(intents[i].name, name) == 0)
            return &intents[i];
    return NULL;
}

static bool is_intent(const struct intent *intent, enum pagerduty_intent which)
{
    return intent == &intents[which];
}

static bool is_written_from(const struct intent *intent, const char *status)
{
    for (size_t i = 0; i < ARRAY_LEN(intent->from); i++)
        if (intent->from[i] && text_equal(status, intent->from[i]))
            return true;
    return false;
}

/* ---- the pages ---- */

static struct incident_page *find_page(const struct incident_body *body, struct str id)
{
    for (size_t i = 0; i < body->pages_count; i++)
        if (str_equal(str_of(body->pages[i].id), id))
            return &body->pages[i];
    return NULL;
}

static const char *page_name(const struct incident_page *page, struct arena *arena)
{
    return page->number > 0 ? arena_printf(arena, "incident #%" PRId64, page->number)
                            : arena_printf(arena, "incident %s", page->id);
}

bool incident_has_page(const struct incident_body *body, const char *id)
{
    return id && find_page(body, str_of(id)) != NULL;
}

bool incident_add_page(struct deciding *d, const struct pagerduty_incident *page)
{
    struct incident_body *body = d->body;

    if (incident_has_page(body, page->id))
        return true;
    if (body->pages_count >= INCIDENT_PAGES_MAX)
        return false;
    *ARENA_PUSH(d->view->arena, body->pages, body->pages_count) = (struct incident_page){
        .id = page->id,
        .url = page->url,
        .title = page->title ? card_quote(str_of(page->title), INCIDENT_TITLE_MAX_BYTES, d->view->arena) : NULL,
        .number = page->number,
        .service = page->service ? page->service->id : NULL,
        .status = page->status,
        .status_at_ms = page->status_at_ms,
        .is_merged = page->is_merged,
    };
    return true;
}

/* A service or an integration is nobody. */
static const char *changed_by(const struct deciding *d, const struct pagerduty_incident *seen)
{
    const struct pagerduty_reference *by = seen->status_by;

    return by && str_starts_with(str_of(by->type), "user")
               ? incident_who(d->view, &(struct principal){ "pagerduty", by->id, NULL, by->summary })
               : "PagerDuty";
}

/* ---- wanted there ---- */

static bool is_wanted_of(const struct incident_page *page, const struct intent *intent)
{
    if (page->is_merged)
        return false;
    if (page->acts > 0)
        return strcmp(page->wanted, intent->name) != 0;
    return !page->status || is_written_from(intent, page->status); /* not known: the exchange reads it */
}

static struct wanted_effect page_effect(const struct deciding *d, const struct incident_page *page, const char *kind,
                                        const char *what, cJSON *args)
{
    return (struct wanted_effect){ .kind = kind,
                                   .lane = arena_printf(d->view->arena, "pagerduty:%s", page->id),
                                   .tag = arena_printf(d->view->arena, TAG "%s:%s", page->id, what),
                                   .args = args };
}

/* What a person said of the end of it. */
static const char *resolution(const struct deciding *d, const struct intent *intent)
{
    const struct incident_arguments *arguments;

    if (!is_intent(intent, PAGERDUTY_RESOLVE) || !d->event || d->event->kind != EVENT_REQUEST ||
        strcmp(d->event->name, verb_incident.name) != 0)
        return NULL;
    arguments = d->event->arguments;
    return incident_names(d->view->settings, arguments->text, d->view->arena);
}

size_t incident_want_pages(struct deciding *d, const char *intent_name, const char *by)
{
    const struct intent *intent = find_intent(intent_name);
    int64_t now_ms = view_unix_ms(d->view);
    size_t count = 0;

    for (size_t i = 0; intent && d->view->settings->pagerduty && i < d->body->pages_count; i++) {
        struct incident_page *page = &d->body->pages[i];
        struct pagerduty_status_wish wish = { .of = { .incident = page->id,
                                                      .by = by,
                                                      .asked_at_ms = now_ms,
                                                      .not_after_ms = now_ms + PAGERDUTY_INTENT_MS },
                                              .intent = (int)(intent - intents),
                                              .resolution = resolution(d, intent) };

        if (!is_wanted_of(page, intent))
            continue;
        page->is_unsettled =
            page->is_unsettled && page->acts > 0; /* whatever was open: now somebody says what should be */
        page->wanted = intent->name;
        page->acts++;
        outcome_effect(d->out, page_effect(d, page, EFFECT_PAGERDUTY_STATUS, intent->name,
                                           shape_to_json(&pagerduty_status_wish_shape, &wish, SHAPE_WHOLE)));
        count++;
    }
    return count;
}

/* Those where somebody still reads along: the open ones; once there is none, all. */
static bool is_noted_in(const struct incident_body *body, const struct incident_page *page)
{
    bool is_any_open = false;

    for (size_t i = 0; i < body->pages_count; i++)
        is_any_open = is_any_open || !text_equal(body->pages[i].status, RESOLVED);
    return !page->is_merged && (!is_any_open || !text_equal(page->status, RESOLVED));
}

void incident_note_pages(struct deciding *d, const char *text, const char *by)
{
    for (size_t i = 0; d->view->settings->pagerduty && i < d->body->pages_count; i++) {
        const struct incident_page *page = &d->body->pages[i];
        struct pagerduty_note_wish wish = {
            .of = { .incident = page->id, .by = by, .asked_at_ms = view_unix_ms(d->view) },
            .text = incident_names(d->view->settings, text, d->view->arena), /* told.c knows it by that */
        };

        if (is_noted_in(d->body, page))
            outcome_effect(d->out, page_effect(d, page, EFFECT_PAGERDUTY_NOTE, TAG_NOTE,
                                               shape_to_json(&pagerduty_note_wish_shape, &wish, SHAPE_WHOLE)));
    }
}

/* ---- what is so there becomes so here ---- */

/* It is over when all of them are; one that is being reopened is not, and of those that are not followed nobody knows.
 */
static void become_resolved(struct deciding *d, const struct incident_page *page, const char *who)
{
    const char *said;

    if (d->body->more_pages > 0)
        return;
    for (size_t i = 0; i < d->body->pages_count; i++)
        if (!text_equal(d->body->pages[i].status, RESOLVED) ||
            is_intent(find_intent(d->body->pages[i].wanted), PAGERDUTY_REOPEN))
            return;
    incident_resolve(d, who,
                     page->is_merged ? arena_printf(d->view->arena, "%s was merged into another one in PagerDuty",
                                                    page_name(page, d->view->arena))
                                     : NULL,
                     &said);
}

static const char *open_there(const struct deciding *d, const struct incident_page *page)
{
    return arena_printf(d->view->arena, "%s is %s in PagerDuty", page_name(page, d->view->arena), page->status);
}

static void become_acknowledged(struct deciding *d, const struct incident_page *page, const char *who)
{
    const char *said;

    if (incident_is(d, INCIDENT_RESOLVED))
        incident_reopen(d, who, open_there(d, page), &said);
    if (incident_is(d, INCIDENT_OPEN))
        incident_acknowledge(d, who, &said);
}

/* Reopened; or nobody is at it any more, when the others are not acknowledged either. */
static void become_triggered(struct deciding *d, const struct incident_page *page, const char *who)
{
    const char *said;

    if (incident_is(d, INCIDENT_RESOLVED) && !PLANTED(REOPENED_UNHEARD))
        incident_reopen(d, who, open_there(d, page), &said);
    for (size_t i = 0; i < d->body->pages_count; i++)
        if (text_equal(d->body->pages[i].status, ACKNOWLEDGED) ||
            is_intent(find_intent(d->body->pages[i].wanted), PAGERDUTY_ACKNOWLEDGE))
            return;
    incident_unacknowledge(d, who);
}

static const struct become {
    const char *status;
    void (*become)(struct deciding *d, const struct incident_page *page, const char *who);
} becomes[] = {
    { RESOLVED, become_resolved },
    { ACKNOWLEDGED, become_acknowledged },
    { TRIGGERED, become_triggered },
};

/* Of several intents the last one decides, and nobody knows yet from which state it will be written. */
static bool is_overwritten(const struct incident_page *page)
{
    return page->acts > 1 || (page->acts == 1 && is_written_from(find_intent(page->wanted), page->status));
}

static void settle(struct deciding *d, struct incident_page *page, const char *who)
{
    if (!page->is_unsettled || !page->status || is_overwritten(page))
        return;
    page->is_unsettled = false;
    for (size_t i = 0; i < ARRAY_LEN(becomes); i++)
        if (text_equal(page->status, becomes[i].status))
            becomes[i].become(d, page, who);
}

/* ---- seen ---- */

enum age { AGE_NEWER, AGE_OLDER, AGE_UNCLEAR };

/* REST tells whole seconds, a webhook milliseconds: within one second nobody knows which was first. */
static enum age age_of(const struct incident_page *page, const char *status, int64_t at_ms)
{
    int64_t known_ms = page->status_at_ms;
    bool is_rough = at_ms % SECOND_MS == 0 || known_ms % SECOND_MS == 0;

    if (PLANTED(OLD_PAGE_TAKEN) || at_ms == 0 || known_ms == 0 || at_ms == known_ms || text_equal(page->status, status))
        return AGE_NEWER;
    if (is_rough && at_ms / SECOND_MS == known_ms / SECOND_MS)
        return AGE_UNCLEAR;
    return at_ms < known_ms ? AGE_OLDER : AGE_NEWER;
}

static void take(struct incident_page *page, const struct pagerduty_incident *seen)
{
    if (!text_equal(page->status, seen->status))
        page->is_unsettled = true;
    page->status = seen->status;
    page->is_merged = seen->is_merged && text_equal(seen->status, RESOLVED);
    if (seen->status_at_ms > page->status_at_ms)
        page->status_at_ms = seen->status_at_ms;
}

/* Once nothing of ours is on its way: what is read then is newer than whatever is known. Asked again, the answer to the
 * question before is dropped. */
static void look(struct deciding *d, const struct incident_page *page)
{
    struct pagerduty_incident_ask ask = { page->id };

    if (page->is_unclear && page->acts == 0)
        outcome_read(d->out, arena_printf(d->view->arena, TAG "%s", page->id), READING_PAGERDUTY_INCIDENT,
                     shape_to_json(&pagerduty_incident_ask_shape, &ask, SHAPE_WHOLE), LOOK_MS);
}

static enum age see(struct deciding *d, struct incident_page *page, const struct pagerduty_incident *seen,
                    const char *who)
{
    enum age age = age_of(page, seen->status, seen->status_at_ms);

    if (age == AGE_UNCLEAR)
        page->is_unclear = true;
    if (age == AGE_NEWER) {
        take(page, seen);
        settle(d, page, who ? who : changed_by(d, seen));
    }
    return age;
}

void incident_see_page(struct deciding *d, const struct pagerduty_incident *seen, const char *who)
{
    struct incident_page *page = find_page(d->body, str_of(seen->id));
    const char *before = page ? page->status : NULL;

    if (!page || !seen->status)
        return;
    if (see(d, page, seen, who) == AGE_UNCLEAR || !text_equal(before, page->status))
        look(d, page);
}

void incident_page_read(struct deciding *d)
{
    struct str id = str_of(d->event->name);
    struct pagerduty_incident seen;
    struct incident_page *page;
    struct error err;

    str_take_prefix(&id, TAG);
    page = find_page(d->body, id);
    if (!page || page->acts > 0 || d->event->end != END_DONE ||
        !shape_from_json(&pagerduty_incident_shape, d->event->body, d->view->arena, &seen, &err) || !seen.status)
        return;
    page->is_unclear = false;
    take(page, &seen);
    settle(d, page, changed_by(d, &seen));
}

/* ---- what became of our own intents ---- */

static void complain(struct deciding *d, const char *what, const char *next)
{
    incident_record(d, "pagerduty", "opsgate", what);
    incident_say(d, arena_printf(d->view->arena, "%s.%s%s", what, next ? " " : "", next ? next : ""));
}

static const char *without_stop(const char *text, struct arena *arena)
{
    struct str rest = str_trim(str_of(text ? text : "it did not answer"));

    while (rest.len > 0 && rest.at[rest.len - 1] == '.')
        rest.len--;
    return card_quote(rest, INCIDENT_TEXT_MAX_BYTES, arena);
}

/* Here it stays as somebody wants it, until PagerDuty tells something else. */
static void tell_failed(struct deciding *d, const struct incident_page *page, const struct intent *intent)
{
    struct arena *arena = d->view->arena;

    complain(d,
             arena_printf(arena, "PagerDuty does not %s %s: %s", intent->name, page_name(page, arena),
                          without_stop(d->event->error, arena)),
             arena_printf(arena, "Do it there, or ask again: `%s %s`.", intent->again, d->id));
}

static void tell_dropped(struct deciding *d, const struct intent *intent, const struct pagerduty_acted *acted)
{
    struct arena *arena = d->view->arena;
    const char *next = NULL;

    if (acted->end != PAGERDUTY_UNFIT)
        next = arena_printf(arena, "`%s %s` asks again.", intent->again, d->id);
    else if (is_intent(intent, PAGERDUTY_ACKNOWLEDGE))
        next = arena_printf(arena, "If it is not over, `incident reopen %s` opens it again.", d->id);
    complain(d, arena_printf(arena, "PagerDuty: %s", without_stop(acted->said, arena)), next);
}

/* Done or not, what was seen is what is so, and when nothing else is on its way it becomes so here: what is dropped is
 * not wanted any more. */
static void follow(struct deciding *d, struct incident_page *page, const struct intent *intent,
                   const struct pagerduty_acted *acted)
{
    bool is_dropped = acted->end != PAGERDUTY_WRITTEN && acted->end != PAGERDUTY_ALREADY;
    const struct pagerduty_incident *seen = acted->incident;

    page->is_unsettled = page->is_unsettled || page->acts == 0;
    if (is_dropped && page->acts == 0)
        tell_dropped(d, intent, acted);
    if (!seen || !seen->status)
        return;
    if (is_dropped && is_intent(intent, PAGERDUTY_REOPEN) && seen->is_merged) {
        take(page, seen);
        page->is_unsettled = false; /* nobody can open that one again: here it is open all the same */
        return;
    }
    if (see(d, page, seen, acted->end == PAGERDUTY_TOO_LATE ? "PagerDuty" : NULL) == AGE_OLDER)
        settle(d, page, "PagerDuty"); /* what was told meanwhile is newer */
}

static void note_ended(struct deciding *d, const struct incident_page *page)
{
    struct arena *arena = d->view->arena;

    if (d->event->end != END_DONE && d->event->end != END_CANCELLED)
        complain(d,
                 arena_printf(arena, "A note did not get into PagerDuty's %s: %s", page_name(page, arena),
                              without_stop(d->event->error, arena)),
                 "It stands in the timeline here.");
}

/* Nobody knows what it is there. */
static void leave(struct deciding *d, struct incident_page *page, const struct intent *intent)
{
    if (d->event->end != END_CANCELLED)
        tell_failed(d, page, intent);
    if (page->is_unsettled) /* but it was told meanwhile */
        settle(d, page, "PagerDuty");
    else
        page->is_unsettled = true;
}

void incident_page_acted(struct deciding *d)
{
    struct str rest = str_of(d->event->name), id;
    const struct intent *intent;
    struct pagerduty_acted acted;
    struct incident_page *page;
    struct error err;

    str_take_prefix(&rest, TAG);
    id = str_take_until(&rest, ':');
    page = find_page(d->body, id);
    intent = find_intent(arena_copy(d->view->arena, rest));
    if (page && str_is(rest, TAG_NOTE))
        note_ended(d, page);
    if (!page || !intent)
        return;
    if (page->acts > 0)
        page->acts--;
    if (page->acts == 0)
        page->wanted = NULL;
    if (d->event->end == END_DONE &&
        shape_from_json(&pagerduty_acted_shape, d->event->body, d->view->arena, &acted, &err))
        follow(d, page, intent, &acted);
    else if (page->acts == 0)
        leave(d, page, intent);
    look(d, page);
}
