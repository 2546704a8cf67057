#include "bot/model/view.h"

#include <string.h>

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
