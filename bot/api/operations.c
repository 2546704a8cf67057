/* operations.c - the list: what runs, and what ended last, newest first. */
#include "bot/api/internal.h"

#include "bot/model/operation.h"

#include <stdlib.h>
#include <string.h>

struct filter {
    const char *state, *kind, *target, *before;
    size_t limit;
};

static int64_t number_of(const char *id)
{
    int64_t number = 0;
    struct error ignored;

    return id[0] && parse_int(str_of(id + 1), 0, INT64_MAX, &number, &ignored) ? number : 0;
}

bool api_is_before(const char *id, const char *before)
{
    return number_of(id) < number_of(before);
}

static int newest_first(const void *a, const void *b)
{
    int64_t left = number_of((*(const struct operation *const *)a)->id),
            right = number_of((*(const struct operation *const *)b)->id);

    return (left < right) - (left > right);
}

/* A look is nobody's business, but where it is stuck. */
static void take(const struct operation **from, size_t count, const struct operation **list, size_t *ret_count)
{
    for (size_t i = 0; i < count; i++)
        if (!operation_is_look(from[i]->id) || from[i]->is_stuck)
            list[(*ret_count)++] = from[i];
}

const struct operation **api_all_operations(const struct api_call *call, size_t *ret_count)
{
    const struct view *view = &call->view;
    size_t live = view->list_operations(view->ctx, NULL, 0), ended = view->list_ended(view->ctx, NULL, 0), count = 0;
    const struct operation **from = arena_alloc(call->arena, (live + ended + 1) * sizeof(*from)),
                           **list = arena_alloc(call->arena, (live + ended + 1) * sizeof(*list));

    take(from, view->list_operations(view->ctx, from, live), list, &count);
    take(from, view->list_ended(view->ctx, from, ended), list, &count);
    if (count > 0)
        qsort(list, count, sizeof(list[0]), newest_first);
    *ret_count = count;
    return list;
}

/* "api/production" is its regions, too; "api" every environment of it. */
static bool is_at(const char *target, const char *wanted)
{
    struct str rest = str_of(target);

    return target && str_take_prefix(&rest, wanted) && (rest.len == 0 || rest.at[0] == '/');
}

static bool fits(const struct filter *filter, const struct operation *operation)
{
    bool is_running = filter->state && strcmp(filter->state, "running") == 0;

    return (!filter->state || is_running != operation_has_ended(operation)) &&
           (!filter->kind || strcmp(filter->kind, operation->kind) == 0) &&
           (!filter->target || is_at(operation->target, filter->target)) &&
           (!filter->before || api_is_before(operation->id, filter->before));
}

static bool read_filter(struct api_call *call, struct filter *filter)
{
    static const char *const states[] = { "running", "ended", NULL };
    filter->kind = api_parameter(call, "kind");
    filter->target = api_parameter(call, "target");
    return api_read_before(call, &filter->before) && api_read_limit(call, &filter->limit) &&
           api_read_choice(call, "state", states, &filter->state);
}

void api_operations(struct api_call *call)
{
    struct filter filter = { .limit = API_LIMIT_OTHERWISE };
    const struct operation **list;
    const char *last = NULL;
    struct api_page page;
    size_t count, taken = 0;

    if (!read_filter(call, &filter))
        return;
    page = api_page();
    list = api_all_operations(call, &count);
    for (size_t i = 0; i < count; i++) {
        if (!fits(&filter, list[i]) || !api_may_see(call, list[i]))
            continue;
        if (taken++ == filter.limit) {
            json_set_string(page.json, "next", last);
            break;
        }
        last = list[i]->id;
        json_add(page.items, api_operation_brief(call, list[i]));
    }
    api_answer(call, page.json);
}
