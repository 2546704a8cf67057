/* remembered.c - what its target keeps of a rollback that is over: bot/model/target.h. A deploy that it took back ends
 * by itself, and keeps its own end; that it is over is known once this one serves all traffic. */
#include "handlers/rollback/rolling.h"

#include <string.h>

/* When it was done without a store, its host told; what it did not tell, the engine adds. */
static void keep_times(const struct view *view, const struct rollback_act *act, struct target_end *end)
{
    if (act->began_at_ms)
        end->asked_at_ms = act->began_at_ms - view->shift_ms;
    if (act->ended_at_ms)
        end->ended_at_ms = act->ended_at_ms - view->shift_ms;
}

void rollback_be_remembered(const struct view *view, const struct rollback_body *body, struct outcome *out)
{
    bool is_done = out->result && strcmp(out->result, "done") == 0;
    const char *left = body->from.operation;
    struct target_end *end;

    if (!out->result || strcmp(out->result, "refused") == 0 || (is_done && !out->good))
        return; /* without a version it only stopped what had no traffic */
    end = ARENA_NEW(view->arena, struct target_end);
    *end = (struct target_end){
        .version = body->to.version,
        .is_way_back = true,
        .how = is_done             ? ENDED_GOOD
               : out->leaves_doubt ? ENDED_IN_DOUBT
                                   : ENDED_UNTOUCHED,
    };
    if (body->act)
        keep_times(view, body->act, end);
    if (is_done) {
        end->serves_at_ms = end->ended_at_ms ? end->ended_at_ms : view->now_ms;
        end->left = left && left[0] ? left : NULL;
    }
    out->end = end;
}
