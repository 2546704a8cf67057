/* public_ends.c - what became of what the public was told. Who counts on it is told what is not known, and where to
 * look. */
#include "handlers/incident/status_page.h"

#include "bot/model/card.h"
#include "bot/model/statuspage.h"

#include <string.h>

static const char *why(const struct deciding *d)
{
    const char *error = card_quote(str_of(d->event->error ? d->event->error : "nobody knows why"),
                                   INCIDENT_TEXT_MAX_BYTES, d->view->arena);

    return str_ends_with(str_of(error), ".") ? error : arena_printf(d->view->arena, "%s.", error);
}

static bool may_have_come(const struct deciding *d)
{
    return d->event->end != END_FAILED && d->event->end != END_CANCELLED;
}

static void complain(struct deciding *d, const char *text)
{
    incident_record(d, "public", "opsgate", text);
    incident_say(d, text);
}

static void opening_failed(struct deciding *d)
{
    struct incident_status_page *page = d->body->status_page;
    bool had_more = page->waiting_count > 0;
    struct arena *arena = d->view->arena;

    page->is_unclear = page->is_unclear || may_have_come(d);
    page->wanted = page->text = NULL;
    page->waiting_count = 0;
    if (page->is_unclear)
        complain(d, arena_printf(arena,
                                 "Nobody knows whether the status page shows *%s*: %s Look at %s. `incident public %s "
                                 "TEXT` finds it there, or opens it.%s",
                                 d->id, why(d), status_page_address(d), d->id,
                                 had_more ? " What was to follow was not told." : ""));
    else
        complain(d, arena_printf(arena, "The status page does not show *%s*: %s%s%s", d->id, why(d),
                                 incident_is(d, INCIDENT_RESOLVED)
                                     ? ""
                                     : arena_printf(arena, " `incident public %s TEXT` tries again.", d->id),
                                 had_more ? " What was to follow was not told, either." : ""));
}

static void opened(struct deciding *d, const struct statuspage_told *told)
{
    struct incident_status_page *page = d->body->status_page;
    size_t waiting = page->waiting_count;

    page->id = told->id;
    page->url = told->url;
    page->status = told->status;
    page->is_unclear = false;
    page->waiting_count = 0;
    incident_say(d, arena_printf(d->view->arena,
                                 "The status page shows *%s*: %s. `incident public %s TEXT` tells the public more.",
                                 d->id, status_page_address(d), d->id));
    for (size_t i = 0; i < waiting; i++)
        status_page_update(d, &page->waiting[i]);
    if (waiting == 0)
        page->wanted = NULL;
}

static void update_failed(struct deciding *d, const char *status)
{
    struct incident_status_page *page = d->body->status_page;
    struct arena *arena = d->view->arena;

    if (strcmp(d->event->name, PUBLIC_TAG_COMPONENTS) == 0) {
        complain(d, arena_printf(arena, "The status page has not set back what *%s* affects: %s Look at %s.", d->id,
                                 why(d), status_page_address(d)));
        return;
    }
    if (page->acts == 0)
        page->text = NULL; /* whatever it says now: the same words may be said again */
    page->is_unclear = page->is_unclear || may_have_come(d);
    if (may_have_come(d))
        complain(d, arena_printf(arena,
                                 "Nobody knows whether the status page has what was said of *%s*, as %s: %s Look at %s "
                                 "before you say it again.",
                                 d->id, status, why(d), status_page_address(d)));
    else
        complain(d, arena_printf(arena,
                                 "The status page was not told of *%s*, as %s: %s Say it there, %s, or once more: "
                                 "`incident public %s %s: TEXT`.",
                                 d->id, status, why(d), status_page_address(d), d->id, status));
}

/* Somebody has resolved it there. What it affects is set back all the same. */
static void was_closed(struct deciding *d, const char *status)
{
    if (!status_page_is(status, PUBLIC_RESOLVED)) {
        complain(d, arena_printf(d->view->arena,
                                 "Somebody has resolved *%s* on the status page: what was said, as %s, was not told. "
                                 "`incident public %s %s: TEXT` opens it there again. %s",
                                 d->id, status, d->id, status, status_page_address(d)));
        return;
    }
    status_page_set_back(d);
}

static void updated(struct deciding *d, const struct statuspage_told *told, const char *status)
{
    struct incident_status_page *page = d->body->status_page;

    if (told->status) /* "postmortem" comes behind */
        page->status = status_page_is(told->status, PUBLIC_POST_MORTEM) ? PUBLIC_RESOLVED : told->status;
    page->is_unclear = page->is_unclear && strcmp(d->event->name, PUBLIC_TAG_COMPONENTS) == 0;
    if (told->is_closed)
        was_closed(d, status);
}

void incident_public_ended(struct deciding *d)
{
    struct incident_status_page *page = d->body->status_page;
    const char *status = d->event->name + strlen(PUBLIC_TAG);
    struct statuspage_told told;
    struct error err;
    bool is_done = d->event->end == END_DONE &&
                   shape_from_json(&statuspage_told_shape, d->event->body, d->view->arena, &told, &err);

    if (!page)
        return;
    if (strcmp(d->event->name, PUBLIC_TAG_OPEN) == 0) {
        page->is_opening = false;
        if (is_done)
            opened(d, &told);
        else
            opening_failed(d);
        return;
    }
    if (page->acts > 0)
        page->acts--;
    if (page->acts == 0)
        page->wanted = NULL;
    if (is_done)
        updated(d, &told, status);
    else
        update_failed(d, status);
}
