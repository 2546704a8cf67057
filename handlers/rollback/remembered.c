/* remembered.c - what its target keeps of a rollback that is over: bot/model/target.h. A deploy that it took back ends
 * by itself, and keeps its own end; that it is over is known once this one serves all traffic. */
#include "handlers/rollback/rolling.h"

#include <string.h>

static const char *brought_by(const struct target_version *version, const char *but_not)
{
    const char *operation = version->operation;

    return operation && operation[0] && (!but_not || strcmp(operation, but_not) != 0) ? operation : NULL;
}

const char *rollback_what_it_leaves(const struct rollback_body *before, const struct rollback_body *after,
                                    const char *id)
{
    const char *left = before ? brought_by(&before->from, id) : NULL;

    return left ? left : brought_by(&after->from, id);
}

void rollback_be_remembered(const struct view *view, const struct rollback_body *body, const char *left,
                            struct outcome *out)
{
    bool is_done = out->result && strcmp(out->result, "done") == 0;
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
    if (is_done) {
        end->serves_at_ms =
            body->act && body->act->ended_at_ms ? body->act->ended_at_ms - view->shift_ms : view->now_ms;
        end->left = left;
    }
    out->end = end;
}
