#include "handlers/runbook/asked.h"

#include "bot/model/request.h"
#include "handlers/blanks.h"
#include "handlers/registry.h"
#include "handlers/runbook/plan.h"

#include <string.h>

static const char *value_of(const struct runbook_arg *arg, const struct runbook_schedule *schedule)
{
    for (size_t i = 0; i < schedule->args_count; i++)
        if (strcmp(schedule->args[i].key, arg->name) == 0)
            return schedule->args[i].value;
    return arg->otherwise;
}

/* Everything is of the file, and was checked by its rows. What is given to nobody is asked for by no placeholder. */
static bool fill(const struct view *view, const struct runbook_settings *runbook,
                 const struct runbook_schedule *schedule, struct request *request, struct error *err)
{
    struct blank *blanks = NULL;
    size_t count = 0;

    *ARENA_PUSH(view->arena, blanks, count) = (struct blank){ RUNBOOK_TODAY, run_today(view), true };
    for (size_t i = 0; i < runbook->args_count; i++) {
        const char *value = value_of(&runbook->args[i], schedule);

        if (value)
            *ARENA_PUSH(view->arena, blanks, count) = (struct blank){ runbook->args[i].name, value, true };
    }
    return blanks_fill_all(request->words, request->words_count, blanks, count, view->arena, &request->words, err);
}

bool runbook_step_asks(const struct view *view, const struct runbook_settings *runbook, const struct runbook_step *step,
                       const struct runbook_schedule *schedule, struct question *ret_question, struct error *err)
{
    struct view with_verbs = *view;
    struct str rest = str_of(step->verb), name = str_take_word(&rest);
    struct request request = { .source = "schedule",
                               .principal = { .system = "schedule", .id = schedule_name(runbook, schedule) },
                               .verb = arena_copy(view->arena, name),
                               .text = step->verb,
                               .received_at_ms = view->now_ms };
    const struct verb *verb = verb_find(verbs, request.verb);
    const void *ignored;

    with_verbs.verbs = verbs;
    if (!request_split(rest, view->arena, &request, err) || (schedule && !fill(view, runbook, schedule, &request, err)))
        return false;
    return verb ? verb->asks(&with_verbs, &request, ret_question, &ignored, err)
                : error_set(err, ERR_INVALID, "There is no verb `%s`.", request.verb);
}
