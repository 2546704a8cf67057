/* ending.c - after the work: are its places well, then they are free again, and watched for a while. */
#include "handlers/maintenance/maintaining.h"

#include "handlers/thread.h"

#include <string.h>

#define LOOKS_IN_A_ROW 2 /* one bad look is none */

static const char *id(const struct maintaining *m)
{
    return m->operation->id;
}

/* In the thread, and to whoever planned it. */
static void tell(struct maintaining *m, const char *text)
{
    thread_post(m->view, (struct reply){ .text = text }, m->out);
    maintaining_tell_planner(m, text, NULL, NULL);
}

/* ---- is it well? ---- */

void maintaining_verify(struct maintaining *m)
{
    maintaining_look(m);
    maintaining_move(m, "verifying");
    maintaining_public(m, SAYS_CHECKING);
}

static void on_verified(struct maintaining *m)
{
    const char *unchecked, *bad = maintaining_unwell(m, false, &unchecked);

    m->body->looking = NULL;
    m->body->unchecked = unchecked;
    if (!bad) {
        maintaining_release(m, NULL);
        return;
    }
    maintaining_note(m, "not_well", arena_printf(m->view->arena, "did not end it: %s", bad), NULL);
    maintaining_public(m, SAYS_LONGER);
    maintaining_move(m, "running");
    tell(m, arena_printf(
                m->view->arena,
                "%s: *%s* is not ended, and still holds `%s`, which is not well: %s. `maintenance end %s` looks "
                "again; `maintenance end %s --anyway \"why\"` ends it as it is.",
                principal_mention(&m->operation->requester, m->view->arena), id(m), m->body->where, bad, id(m), id(m)));
}

/* ---- free again ---- */

static int64_t every_ms(const struct maintaining *m)
{
    int64_t third_ms = m->body->watch_ms / 3;

    return third_ms < MINUTE_MS ? third_ms : MINUTE_MS;
}

void maintaining_release(struct maintaining *m, const struct request *request)
{
    const char *took = arena_strdup(m->view->arena, duration_about(m->view->now_ms - m->body->started_at_ms).text);

    outcome_cancel_timer(m->out, "over");
    outcome_cancel_timer(m->out, MAINTENANCE_LOOK_OVER);
    m->body->looking = NULL;
    m->body->ended_at_ms = m->view->now_ms;
    m->body->watch_until_ms = m->view->now_ms + m->body->watch_ms;
    maintaining_note(m, "ended", "freed its places", request);
    maintaining_say(m,
                    arena_printf(m->view->arena,
                                 "*Maintenance* of `%s` is over, after %s (*%s*)%s%s. Everybody may deploy there "
                                 "again; it is watched for %s.",
                                 m->body->where, took, id(m), m->body->unchecked ? "; " : "",
                                 m->body->unchecked ? m->body->unchecked : "", duration_exact(m->body->watch_ms).text));
    maintaining_mail(m, "over", NULL);
    maintaining_public(m, SAYS_OVER);
    maintaining_tell_rollouts(m);
    maintaining_move(m, "watching");
    outcome_timer(m->out, "watch", m->view->now_ms + every_ms(m));
}

/* ---- watched ---- */

void maintaining_on_watch(struct maintaining *m)
{
    maintaining_look(m);
    maintaining_move(m, NULL);
    m->out->card_can_wait = true;
}

/* `bad` names those that are, "`api/production`: ..." or by a region of theirs. */
static bool is_bad(const struct maintaining *m, const char *bad, const char *target)
{
    const char *name = arena_printf(m->view->arena, "`%s", target), *at = strstr(bad, name);

    return at && strchr("`/", at[strlen(name)]);
}

static const char *rollback_lines(const struct maintaining *m, const char *bad)
{
    const char *text = NULL;

    for (size_t i = 0; i < m->body->targets_count; i++) {
        struct str rest = str_of(m->body->targets[i]), service = str_take_until(&rest, '/');

        if (is_bad(m, bad, m->body->targets[i]))
            text = arena_printf(m->view->arena, "%s%s`rollback " STR_FMT " " STR_FMT "`", text ? text : "",
                                text ? ", " : "", STR_ARG(service), STR_ARG(rest));
    }
    return text ? text : "`rollback`";
}

/* Silence is no calm. */
static void tell_better(struct maintaining *m, const char *unchecked)
{
    struct arena *arena = m->view->arena;

    m->body->worse = NULL;
    maintaining_note(m, "calm", unchecked ? "finds nothing worse any more" : "found it calm again", NULL);
    tell(m, unchecked ? arena_printf(arena,
                                     "After the maintenance *%s* nothing worse is seen any more, but not all could be "
                                     "looked at: %s.",
                                     id(m), unchecked)
                      : arena_printf(arena, "After the maintenance *%s* it is calm again.", id(m)));
}

static void compare(struct maintaining *m, const char *bad, const char *unchecked)
{
    struct arena *arena = m->view->arena;

    m->body->bad_looks = bad ? m->body->bad_looks + 1 : 0;
    if (bad && m->body->bad_looks >= LOOKS_IN_A_ROW && !m->body->worse) {
        m->body->worse = bad;
        m->body->was_worse = true;
        maintaining_note(m, "worse", arena_printf(arena, "found it worse: %s", bad), NULL);
        tell(m, arena_printf(arena, "%s: after the maintenance *%s* it is *worse*: %s. If a deploy did it: %s.",
                             principal_mention(&m->operation->requester, arena), id(m), bad, rollback_lines(m, bad)));
    } else if (!bad && m->body->worse) {
        tell_better(m, unchecked);
    }
}

/* How it was in the end, with what nobody could see. */
static const char *found(const struct maintaining *m)
{
    const char *unchecked = m->body->unchecked,
               *how = m->body->worse        ? arena_printf(m->view->arena, "worse at its end: %s", m->body->worse)
                      : !m->body->was_worse ? unchecked ? "nothing worse was seen" : "calm"
                      : unchecked           ? "nothing worse was seen at its end, and worse in between"
                                            : "calm at its end, and worse in between";

    return unchecked ? arena_printf(m->view->arena, "%s; %s", how, unchecked) : how;
}

static void on_watched(struct maintaining *m)
{
    struct arena *arena = m->view->arena;
    const char *unchecked, *bad = maintaining_unwell(m, true, &unchecked), *how;

    compare(m, bad, unchecked);
    m->body->unchecked = unchecked;
    m->body->looking = NULL;
    if (m->view->now_ms < m->body->watch_until_ms) {
        maintaining_move(m, NULL);
        outcome_timer(m->out, "watch", m->view->now_ms + every_ms(m));
        return;
    }
    how = found(m);
    tell(m, arena_printf(arena, "*%s* is done: `%s` was watched for %s after it: %s.", id(m), m->body->where,
                         duration_exact(m->body->watch_ms).text, how));
    maintaining_end(m, "done",
                    arena_printf(arena, "Maintained %s for %s; watched afterwards: %s", m->body->where,
                                 duration_about(m->body->ended_at_ms - m->body->started_at_ms).text, how));
}

void maintaining_looked(struct maintaining *m)
{
    if (maintaining_is_in(m, "verifying")) {
        on_verified(m);
    } else if (maintaining_is_in(m, "watching")) {
        on_watched(m);
    } else {
        if (maintaining_is_in(m, "running") && !m->body->is_looked_before)
            maintaining_keep_before(m);
        m->body->looking = NULL;
        maintaining_move(m, NULL);
    }
}
