/* credentials_refused.c - what a peer refuses because of our credential, as the engine tells it: paged at once, and
 * each once. What is refused, taken and refused again within half an hour is told once.
 */
#include "handlers/watch/credentials_watching.h"

#include "handlers/watch/say.h"

#include "bot/model/card.h"

#include <inttypes.h>
#include <string.h>

#define SETTLE_MS (2 * MINUTE_MS) /* until a new owner has tried what the one before found refused */
#define REFUSED_MAX 64
#define PAGED_MAX 128
#define AGAIN_MS (30 * MINUTE_MS)
#define TEXT_BYTES 400

/* ---- words ---- */

const char *credentials_refused_words(const struct parked *refused, struct arena *arena)
{
    const char *seat = card_quote(str_of(refused->seat), TEXT_BYTES, arena);
    const char *why = card_quote(str_of(refused->why ? refused->why : "no reason given"), TEXT_BYTES, arena);
    const char *waits = "";

    if (refused->is_way_back)
        waits = " *Traffic cannot be given back there*: that is tried on and on, every ten seconds.";
    else if (refused->effects > 0)
        waits = arena_printf(arena, " What is to be shown there waits (%" PRId64 ").", refused->effects);
    return arena_printf(arena, "`%s` refuses opsgate: %s.%s", seat, why, waits);
}

/* ---- what is refused ---- */

static struct parked *find_refused(const struct watching *w, const char *seat)
{
    for (size_t i = 0; i < w->body->refused_count; i++)
        if (strcmp(w->body->refused[i].seat, seat) == 0)
            return &w->body->refused[i];
    return NULL;
}

static void drop_refused(struct watching *w, const struct parked *refused)
{
    size_t at = (size_t)(refused - w->body->refused);

    w->body->refused_count--;
    memmove(&w->body->refused[at], &w->body->refused[at + 1],
            (w->body->refused_count - at) * sizeof(*w->body->refused));
}

/* The lane comes last, and a permission that is lacking in many places is paged once: but each place where traffic
 * cannot be given back is. */
static bool is_alike(const struct parked *a, const struct parked *b)
{
    const char *a_lane = strrchr(a->seat, ' '), *b_lane = strrchr(b->seat, ' ');

    return a_lane && b_lane && !a->is_way_back && a_lane - a->seat == b_lane - b->seat &&
           strncmp(a->seat, b->seat, (size_t)(a_lane - a->seat)) == 0;
}

static bool is_told_already(const struct watching *w, const struct parked *refused)
{
    for (size_t i = 0; i < w->body->refused_count; i++)
        if (is_alike(refused, &w->body->refused[i]))
            return true;
    return false;
}

static struct credential_paged *find_paged(const struct watching *w, const char *seat)
{
    for (size_t i = 0; i < w->body->paged_count; i++)
        if (strcmp(w->body->paged[i].seat, seat) == 0)
            return &w->body->paged[i];
    return NULL;
}

static bool was_paged_lately(const struct watching *w, const struct parked *refused)
{
    const struct credential_paged *paged = find_paged(w, refused->seat);

    return paged && w->view->now_ms - paged->at_ms < AGAIN_MS && (paged->is_way_back || !refused->is_way_back);
}

static void forget_paged(struct watching *w)
{
    size_t kept = 0;

    for (size_t i = 0; i < w->body->paged_count; i++)
        if (w->view->now_ms - w->body->paged[i].at_ms < AGAIN_MS || find_refused(w, w->body->paged[i].seat))
            w->body->paged[kept++] = w->body->paged[i];
    w->body->paged_count = kept;
}

void credentials_note_paged(struct watching *w, const struct parked *refused)
{
    struct credential_paged *paged = find_paged(w, refused->seat);

    if (!paged && w->body->paged_count == PAGED_MAX)
        return;
    if (!paged)
        paged = ARENA_PUSH(w->view->arena, w->body->paged, w->body->paged_count);
    *paged = (struct credential_paged){ .seat = refused->seat,
                                        .at_ms = w->view->now_ms,
                                        .is_way_back = refused->is_way_back };
}

static void tell_refused(struct watching *w, const struct parked *refused)
{
    const char *text = arena_printf(w->view->arena, "%s Mend it there or in the configuration, then `reload`.",
                                    credentials_refused_words(refused, w->view->arena));

    credentials_note_paged(w, refused);
    if (refused->is_courtesy)
        watch_say(w->view, w->out, text);
    else
        credentials_page(w, arena_printf(w->view->arena, "%s refuses it", refused->seat), text);
}

void credentials_on_refused(struct watching *w)
{
    struct parked refused, *known;
    bool is_known, is_worse;
    struct error ignored;

    if (!shape_from_json(&parked_shape, w->event->body, w->view->arena, &refused, &ignored))
        return;
    known = find_refused(w, refused.seat);
    is_worse = refused.is_way_back && !(known && known->is_way_back);
    is_known = known || is_told_already(w, &refused);
    forget_paged(w);
    if (known)
        *known = refused;
    else if (w->body->refused_count < REFUSED_MAX)
        *ARENA_PUSH(w->view->arena, w->body->refused, w->body->refused_count) = refused;
    if ((is_worse || !is_known) && !was_paged_lately(w, &refused))
        tell_refused(w, &refused);
}

void credentials_on_accepted(struct watching *w)
{
    const char *seat = json_find_string(w->event->body, "seat");
    struct parked *known = seat ? find_refused(w, seat) : NULL;
    struct credential_paged *paged = known ? find_paged(w, seat) : NULL;

    if (!known)
        return;
    if (!json_find_bool(w->event->body, "is_forgotten", false) && !(paged && paged->is_taken))
        watch_say(w->view, w->out,
                  arena_printf(w->view->arena, "`%s` takes what opsgate asks again; what waited goes.",
                               credentials_quote(w, seat)));
    if (paged)
        paged->is_taken = true;
    drop_refused(w, known);
}

void credentials_forget_refused(struct watching *w)
{
    size_t i = 0;

    if (w->view->now_ms - w->body->owner_at_ms < SETTLE_MS)
        return;
    while (i < w->body->refused_count) {
        bool is_now = false;

        for (size_t k = 0; k < w->view->parked_count; k++)
            is_now = is_now || strcmp(w->view->parked[k].seat, w->body->refused[i].seat) == 0;
        if (is_now)
            i++;
        else
            drop_refused(w, &w->body->refused[i]);
    }
}
