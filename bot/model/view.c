#include "bot/model/view.h"

#include <string.h>

struct facts view_facts(const struct view *view)
{
    return view->facts ? view->facts(view)
                       : (struct facts){ .unix_ms = view_unix_ms(view), .members = view->members };
}

/* Numbers are given in the order of asking. */
static bool is_before(const char *id, const char *other)
{
    size_t len = strlen(id), other_len = strlen(other);

    return len != other_len ? len < other_len : strcmp(id, other) < 0;
}

const char *view_find_later_way_back(const struct view *view, const struct target *target, const char *asker)
{
    const struct operation *operation;

    if (!target || !target->way_back)
        return NULL;
    while ((operation = view->find_operation(view->ctx, asker)) != NULL && operation->parent)
        asker = operation->parent;
    if (operation && target->way_back_at_ms > 0 && operation->created_at_ms > target->way_back_at_ms)
        return NULL; /* the number of an adopted one tells only when it was adopted */
    return is_before(asker, target->way_back) ? target->way_back : NULL;
}
