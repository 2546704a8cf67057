/* public.c - what the public is told of a maintenance: by the words of maintenance.status_page, and nothing else.
 *
 * The page converges: the record has what it should say, and as long as that did not go the newest of it goes next. Its
 * effects look for what an earlier try has done (bot/model/statuspage.h).
 */
#include "handlers/maintenance/maintaining.h"

#include "handlers/deploy/ending.h"
#include "handlers/incident/incident.h"

#include "bot/model/statuspage.h"

#include <string.h>

#define LANE "statuspage"
#define PUBLIC_SCHEDULED "scheduled"
#define PUBLIC_IN_PROGRESS "in_progress"
#define PUBLIC_VERIFYING "verifying"
#define PUBLIC_COMPLETED "completed"

static const char *const statuses[] = {
    [SAYS_PLANNED] = PUBLIC_SCHEDULED,  [SAYS_STARTED] = PUBLIC_IN_PROGRESS, [SAYS_LONGER] = PUBLIC_IN_PROGRESS,
    [SAYS_CHECKING] = PUBLIC_VERIFYING, [SAYS_OVER] = PUBLIC_COMPLETED,      [SAYS_CANCELLED] = PUBLIC_COMPLETED,
};

/* NULL: by a reload the public is not told any more. */
static const struct maintenance_public *words_of(const struct maintaining *m)
{
    return m->view->settings->statuspage ? m->view->settings->maintenance.status_page : NULL;
}

static const char *text_of(const struct maintenance_public *words, enum maintenance_says what)
{
    const char *const texts[] = {
        [SAYS_PLANNED] = words->planned,   [SAYS_STARTED] = words->started, [SAYS_LONGER] = words->longer,
        [SAYS_CHECKING] = words->checking, [SAYS_OVER] = words->over,       [SAYS_CANCELLED] = words->cancelled,
    };

    return texts[what];
}

/* ---- which components ---- */

static bool is_of(const struct maintenance_body *body, const char *key)
{
    for (size_t i = 0; i < body->targets_count; i++) {
        struct str rest = str_of(body->targets[i]);

        if (strcmp(body->targets[i], key) == 0 || str_is(str_take_until(&rest, '/'), key))
            return true;
    }
    return false;
}

static bool has(const struct shape_pair *list, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].key, id) == 0)
            return true;
    return false;
}

/* "": as they are. What an open incident affects stays so. */
static struct shape_pair *components_as(const struct maintaining *m, const char *status, size_t *ret_count)
{
    const struct statuspage_settings *page = m->view->settings->statuspage;
    const char *now = text_equal(status, PUBLIC_IN_PROGRESS)                               ? "under_maintenance"
                      : text_equal(status, PUBLIC_COMPLETED) && m->body->started_at_ms > 0 ? "operational"
                                                                                           : "";
    struct shape_pair *all = NULL;

    for (size_t i = 0; i < page->components_count; i++) {
        const struct shape_pair *component = &page->components[i];

        if (is_of(m->body, component->key) && !has(all, *ret_count, component->value))
            *ARENA_PUSH(m->view->arena, all, *ret_count) =
                (struct shape_pair){ component->value,
                                     incident_affects_component(m->view, component->value) ? "" : now };
    }
    return all;
}

/* ---- wanted ---- */

static void want(struct maintaining *m, const char *kind, const struct shape *shape, const void *args)
{
    m->page->is_busy = true;
    outcome_effect(m->out, (struct wanted_effect){ .kind = kind,
                                                   .lane = LANE,
                                                   .tag = MAINTENANCE_PUBLIC_TAG,
                                                   .args = shape_to_json(shape, args, SHAPE_WHOLE) });
}

static void open_it(struct maintaining *m)
{
    struct statuspage_open_wish args = { .name = words_of(m)->title,
                                         .status = PUBLIC_SCHEDULED,
                                         .body = words_of(m)->planned,
                                         .is_again = m->page->is_unclear,
                                         .scheduled_for_ms = m->body->at_ms,
                                         .scheduled_until_ms = m->body->until_ms };

    args.components = components_as(m, PUBLIC_SCHEDULED, &args.components_count);
    m->page->sent = 1; /* what else is wanted comes behind it */
    want(m, EFFECT_STATUSPAGE_OPEN, &statuspage_open_wish_shape, &args);
}

static void update_it(struct maintaining *m, bool has_words)
{
    struct statuspage_update_wish args = { .incident = m->page->id,
                                           .status = has_words ? m->page->wanted : NULL,
                                           .body = has_words ? m->page->text : NULL,
                                           .scheduled_until_ms =
                                               text_equal(m->page->wanted, PUBLIC_COMPLETED) ? 0 : m->body->until_ms,
                                           .asked_at_ms = view_unix_ms(m->view) };

    args.components = components_as(m, m->page->wanted, &args.components_count);
    m->page->sent = m->page->wants;
    want(m, EFFECT_STATUSPAGE_UPDATE, &statuspage_update_wish_shape, &args);
}

static void complain(struct maintaining *m, const char *text)
{
    const char *url = m->page->url ? m->page->url : "the status page";

    maintaining_say(m, arena_printf(m->view->arena, "%s Look at %s, and tell it there.", text, url));
}

static void follow(struct maintaining *m)
{
    struct maintenance_page *page = m->page;

    if (page->is_busy || page->is_left || page->sent == page->wants)
        return;
    if (!words_of(m)) { /* by a reload */
        page->is_left = true;
        complain(m, arena_printf(m->view->arena,
                                 "The public is not told any more of *%s*: the configuration has no status page, or "
                                 "no words for it.",
                                 m->operation->id));
    } else if (page->id) {
        update_it(m, true);
    } else {
        open_it(m);
    }
}

void maintaining_public(struct maintaining *m, enum maintenance_says what)
{
    if (!m->page)
        return;
    m->page->wanted = statuses[what];
    if (words_of(m))
        m->page->text = text_of(words_of(m), what);
    m->page->wants++;
    follow(m);
}

bool maintaining_public_is_settled(const struct maintaining *m)
{
    return !m->page || (!m->page->is_busy && (m->page->is_left || m->page->sent == m->page->wants));
}

/* ---- what became of it ---- */

static void on_told(struct maintaining *m, const struct statuspage_told *told)
{
    struct maintenance_page *page = m->page;

    page->id = told->id;
    page->url = told->url ? told->url : page->url;
    page->is_unclear = false;
    if (!told->is_closed || page->is_set_back)
        return;
    if (text_equal(page->wanted, PUBLIC_COMPLETED) &&
        words_of(m)) { /* as it should be; what it affects is set back all the same */
        page->is_set_back = true;
        update_it(m, false);
        return;
    }
    page->is_left = true;
    complain(m, arena_printf(m->view->arena,
                             "Somebody has completed *%s* on the status page, so the public is told no more of it.",
                             m->operation->id));
}

static void on_untold(struct maintaining *m)
{
    struct maintenance_page *page = m->page;
    bool may_have_come = m->event->end != END_FAILED && m->event->end != END_CANCELLED;
    const char *why = deploy_why(m->event, m->view->arena);

    if (!page->id) {
        page->is_unclear = page->is_unclear || may_have_come;
        page->is_left = !may_have_come;
        page->wants = page->sent; /* the next that is wanted looks for it, and opens it where it is not */
    }
    complain(m, arena_printf(m->view->arena,
                             may_have_come ? "Nobody knows whether the status page tells of *%s* as it is: %s."
                                           : "The status page was not told of *%s*: %s.",
                             m->operation->id, why));
}

void maintaining_on_public(struct maintaining *m)
{
    struct statuspage_told told;
    struct error err;

    if (!m->page)
        return;
    m->page->is_busy = false;
    if (m->event->end == END_DONE &&
        shape_from_json(&statuspage_told_shape, m->event->body, m->view->arena, &told, &err))
        on_told(m, &told);
    else
        on_untold(m);
    follow(m);
    maintaining_move(m, NULL);
}

const char *maintenance_public_text(const struct maintenance_body *body, struct arena *arena)
{
    const struct maintenance_page *page = body->page;
    const char *where = page && page->url ? page->url : "not there yet";

    if (!page)
        return NULL;
    if (page->is_left)
        return arena_printf(arena, "told no more: %s", where);
    return arena_printf(arena, "%s%s, %s", page->is_busy ? "soon " : "", page->wanted ? page->wanted : "", where);
}
