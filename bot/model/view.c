#include "bot/model/view.h"

#include <string.h>

static const struct operation *find_no_operation(const void *ctx, const char *id)
{
    (void)ctx, (void)id;
    return NULL;
}

static const struct target *find_no_target(const void *ctx, const char *name)
{
    (void)ctx, (void)name;
    return NULL;
}

static size_t list_none(const void *ctx, const struct operation **list, size_t max)
{
    (void)ctx, (void)list, (void)max;
    return 0;
}

struct view view_of_file(const struct settings *settings, const struct policy *policy, int64_t now_ms,
                         struct arena *arena)
{
    return (struct view){ .settings = settings,
                          .policy = policy,
                          .now_ms = now_ms,
                          .arena = arena,
                          .find_operation = find_no_operation,
                          .find_ended = find_no_operation,
                          .find_target = find_no_target,
                          .list_operations = list_none,
                          .list_ended = list_none };
}

struct facts view_facts(const struct view *view)
{
    return view->facts ? view->facts(view) : (struct facts){ .unix_ms = view_unix_ms(view), .members = view->members };
}

const struct operation *view_find_standing(const struct view *view, const char *kind)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **list = arena_alloc(view->arena, (count + 1) * sizeof(*list));

    view->list_operations(view->ctx, list, count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i]->kind, kind) == 0 && !operation_has_ended(list[i]))
            return list[i];
    return NULL;
}

/* Numbers are given in the order of asking. */
static bool is_before(const char *id, const char *other)
{
    size_t len = strlen(id), other_len = strlen(other);

    return len != other_len ? len < other_len : strcmp(id, other) < 0;
}

const char *view_find_later_way_back(const struct view *view, const struct target *target, const char *asker)
{
    const struct operation *operation, *first = NULL; /* that stands: who asked for it may be gone */

    if (!target || !target->way_back)
        return NULL;
    while (asker && (operation = view->find_operation(view->ctx, asker)) != NULL) {
        first = operation;
        asker = operation->parent;
    }
    if (first && target->way_back_at_ms > 0 && first->created_at_ms > target->way_back_at_ms)
        return NULL; /* the number of an adopted one tells only when it was adopted */
    if (first)
        asker = first->id;
    if (asker[0] != target->way_back[0]) /* a look: those are counted apart, so its time alone tells */
        return first && target->way_back_at_ms > 0 ? target->way_back : NULL;
    return is_before(asker, target->way_back) ? target->way_back : NULL;
}
