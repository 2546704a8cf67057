#include "handlers/maintenance/maintaining.h"

#include "handlers/hold/hold.h"

#include <string.h>

#define ACTS_SHOWN 12

bool maintaining_is_in(const struct maintaining *m, const char *state)
{
    return strcmp(m->operation->state, state) == 0;
}

void maintaining_move(struct maintaining *m, const char *state)
{
    if (state)
        m->body->looks++;
    m->body->page = m->page;
    outcome_move(m->out, state, m->body);
}

int64_t maintaining_steady(const struct maintaining *m, int64_t unix_ms)
{
    return unix_ms - m->view->shift_ms;
}

/* The last of them: what people note stands in its thread, too. */
static const char *last_acts(const char *acts)
{
    size_t lines = 0;

    for (size_t i = strlen(acts); i > 0; i--)
        if (acts[i - 1] == '\n' && ++lines == ACTS_SHOWN)
            return acts + i;
    return acts;
}

void maintaining_note(struct maintaining *m, const char *kind, const char *what, const struct request *request)
{
    struct arena *arena = m->view->arena;
    const char *who = request ? principal_mention(&request->principal, arena) : "opsgate";
    cJSON *body = json_object();

    m->body->acts =
        last_acts(arena_printf(arena, "%s%s%s %s %s", m->body->acts ? m->body->acts : "", m->body->acts ? "\n" : "",
                               card_date(view_unix_ms(m->view), arena), who, what));
    json_set_string(body, "state", m->operation->state);
    json_set_string(body, "where", m->body->where);
    outcome_journal(m->out, arena_printf(arena, "maintenance.%s", kind), body,
                    request ? principal_personal(&request->principal) : NULL);
}

void maintaining_tell_rollouts(struct maintaining *m)
{
    for (size_t i = 0; i < m->body->targets_count; i++) {
        struct str rest = str_of(m->body->targets[i]), service = str_take_until(&rest, '/');
        struct hold_place place = { arena_copy(m->view->arena, service), arena_copy(m->view->arena, rest) };

        hold_tell_rollouts(m->view, &place, m->out);
    }
}

/* ---- its end ---- */

static void end(struct maintaining *m)
{
    bool is_done = strcmp(m->body->result, "done") == 0;

    outcome_end(m->out, is_done ? "done" : "cancelled", m->body->result, "%s", m->body->summary);
}

void maintaining_end(struct maintaining *m, const char *result, const char *summary)
{
    static const char *const timers[] = { "announce",   "start", "remind",
                                          "missed",     "over",  "watch",
                                          "unapproved", "ask",   MAINTENANCE_LOOK_OVER };

    for (size_t i = 0; i < ARRAY_LEN(timers); i++)
        outcome_cancel_timer(m->out, timers[i]);
    m->body->looking = NULL;
    m->body->result = result;
    m->body->summary = summary;
    if (maintaining_public_is_settled(m)) {
        maintaining_move(m, NULL);
        end(m);
    } else {
        maintaining_move(m, "closing");
    }
}

void maintaining_on_settled(struct maintaining *m)
{
    maintaining_on_public(m);
    maintaining_move(m, NULL);
    if (maintaining_public_is_settled(m))
        end(m);
}
