/* words.c - schedules and their runs in the words of people. */
#include "handlers/schedule/scheduling.h"

#include "bot/model/card.h"
#include "handlers/operation_words.h"
#include "policy/policy.h"

#include <string.h>

#define SUMMARY_BYTES 200

const char *schedule_wall(const struct view *view, const struct schedule_kept *kept, int64_t unix_ms)
{
    return cron_wall(unix_ms, policy_zone(view->policy, kept->zone), view->arena);
}

static const char *in_words(const struct view *view, int64_t unix_ms)
{
    int64_t left_ms = unix_ms - view_unix_ms(view);

    return left_ms > 0 ? arena_printf(view->arena, "in %s", duration_about(left_ms).text) : "now";
}

const char *schedule_next_words(const struct view *view, const struct schedule_kept *kept)
{
    struct arena *arena = view->arena;

    if (kept->is_paused)
        return arena_printf(arena, "paused by %s%s%s", kept->paused_by,
                            kept->paused_until_ms ? ", until " : " until somebody resumes it",
                            kept->paused_until_ms ? schedule_wall(view, kept, kept->paused_until_ms) : "");
    if (kept->next_ms == CRON_NEVER)
        return "never again";
    return arena_printf(arena, "next %s, %s", schedule_wall(view, kept, kept->next_ms), in_words(view, kept->next_ms));
}

static const char *standing_words(const struct view *view, const struct schedule_run *run)
{
    const struct operation *operation = run->operation ? view->find_operation(view->ctx, run->operation) : NULL;

    return run->result ? run->result : operation ? operation_standing(operation, view->arena) : "asked for";
}

const char *schedule_run_words(const struct view *view, const struct schedule_kept *kept,
                               const struct schedule_run *run)
{
    struct arena *arena = view->arena;
    const char *passed = run->passed > 1 ? arena_printf(arena, ", for %lld due times", (long long)run->passed) : "";
    bool is_long = run->summary && strlen(run->summary) > SUMMARY_BYTES;

    return arena_printf(arena, "due %s%s: %s%s%s%s%s%s", schedule_wall(view, kept, run->due_ms), passed,
                        standing_words(view, run), run->operation ? ", " : "", run->operation ? run->operation : "",
                        run->summary ? ": " : "",
                        run->summary ? card_quote(str_of(run->summary), SUMMARY_BYTES, arena) : "",
                        is_long ? "…" : "");
}
