/* list.c - what is planned, and what is at work: for `maintenance list`, and for whoever asks how a place is. */
#include "handlers/maintenance/maintaining.h"

#include <stdlib.h>
#include <string.h>

const char *maintenance_when(const cJSON *body, struct arena *arena)
{
    return arena_printf(arena, "%s until %s", card_date(json_find_int(body, "at_ms", 0), arena),
                        card_date(json_find_int(body, "until_ms", 0), arena));
}

static const char *standing(const struct view *view, const struct operation *operation)
{
    int64_t until_ms = json_find_int(operation->body, "until_ms", 0);

    if (operation->is_stuck)
        return ", *stuck*: it stands until somebody ends it";
    if (strcmp(operation->state, APPROVAL_STATE) == 0)
        return ", waits for consent";
    if (strcmp(operation->state, "planned") == 0)
        return ", planned";
    if (strcmp(operation->state, "asking") == 0)
        return ", *due*: waits for somebody to start it";
    if (maintenance_holds(operation))
        return view_unix_ms(view) > until_ms ? ", *at work, over its time*" : ", *at work*";
    return strcmp(operation->state, "closing") == 0 ? ", over; the status page is being told" : ", over, and watched";
}

const char *maintenance_words(const struct view *view, const struct operation *operation)
{
    const char *reason = json_find_string(operation->body, "reason");

    return arena_printf(view->arena, "maintenance of `%s` by %s%s, %s: %s", maintenance_places(operation),
                        principal_mention(&operation->requester, view->arena), standing(view, operation),
                        maintenance_when(operation->body, view->arena), reason ? reason : "");
}

/* The next one first. */
static int by_time(const void *a, const void *b)
{
    const struct operation *const *left = a, *const *right = b;
    int64_t left_ms = json_find_int((*left)->body, "at_ms", 0), right_ms = json_find_int((*right)->body, "at_ms", 0);

    return (left_ms > right_ms) - (left_ms < right_ms);
}

static const struct operation **find(const struct view *view, bool (*is_meant)(const struct operation *),
                                     size_t *ret_count)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    *ret_count = 0;
    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++)
        if (!operation_has_ended(all[i]) && is_meant(all[i]))
            all[(*ret_count)++] = all[i];
    qsort(all, *ret_count, sizeof(*all), by_time);
    return all;
}

const struct operation **maintenance_planned(const struct view *view, size_t *ret_count)
{
    return find(view, maintenance_is_planned, ret_count);
}

void maintenance_say_planned(const struct view *view, const char *service, const char *environment, struct outcome *out)
{
    size_t count;
    const struct operation **list = maintenance_planned(view, &count);

    for (size_t i = 0; i < count; i++)
        if (maintenance_covers(list[i], service, environment))
            outcome_reply_line(out, "*%s*: %s", list[i]->id, maintenance_words(view, list[i]));
}

void maintenance_list(const struct view *view, struct outcome *out)
{
    size_t count;
    const struct operation **list = find(view, maintenance_is, &count);

    if (count == 0) {
        outcome_reply(out, "No maintenance is planned, and none is at work.");
        outcome_reply_line(out, "To plan one: `maintenance plan api production \"Wed 22:00 UTC\" for 1h \"why\"`.");
        return;
    }
    outcome_reply(out, "%zu maintenance%s:", count, count == 1 ? "" : "s");
    for (size_t i = 0; i < count; i++)
        outcome_reply_line(out, "*%s*: %s", list[i]->id, maintenance_words(view, list[i]));
}
