/* which.c - which incident somebody means: by its number, by its own channel, or because there is only one. */
#include "handlers/incident/internal.h"

#include <string.h>

static bool is_incident(const struct operation *operation)
{
    return operation && strcmp(operation->kind, machine_incident.kind) == 0;
}

size_t incident_list_seen(const struct view *view, const struct request *request, const struct operation ***ret_list)
{
    size_t all = view->list_operations(view->ctx, NULL, 0), count = 0;
    const struct operation **list = arena_alloc(view->arena, (all + 1) * sizeof(*list));

    view->list_operations(view->ctx, list, all);
    for (size_t i = 0; i < all; i++)
        if (is_incident(list[i]) && !operation_has_ended(list[i]) && incident_is_seen(view, list[i], request))
            list[count++] = list[i];
    *ret_list = list;
    return count;
}

static bool is_its_channel(const struct operation *operation, const char *channel)
{
    const char *own = json_find_string(operation->body, "channel");

    return text_equal(own, channel);
}

static const struct operation *find_ended_of_channel(const struct view *view, const char *channel)
{
    size_t count = view->list_ended(view->ctx, NULL, 0);
    const struct operation **list = arena_alloc(view->arena, (count + 1) * sizeof(*list));

    count = channel ? view->list_ended(view->ctx, list, count) : 0;
    for (size_t i = 0; i < count; i++)
        if (is_incident(list[i]) && is_its_channel(list[i], channel))
            return list[i];
    return NULL;
}

const struct operation *incident_find_meant(const struct view *view, const struct request *request)
{
    const struct operation **open, *ended;
    size_t count = incident_list_seen(view, request, &open);

    for (size_t i = 0; i < count; i++)
        if (is_its_channel(open[i], request->channel))
            return open[i];
    if ((ended = find_ended_of_channel(view, request->channel)) != NULL)
        return ended;
    return count == 1 ? open[0] : NULL;
}

void incident_ask_which(const struct view *view, const struct request *request, const char *deed, struct outcome *out)
{
    const struct operation **open;
    size_t count = incident_list_seen(view, request, &open);

    if (count == 0) {
        outcome_refuse(out, "No incident is open. `incident declare` opens one. Nothing was done.");
        return;
    }
    outcome_misused(out, "Which one? Name it, as in `incident %s %s`. Nothing was done. Open are:", deed, open[0]->id);
    for (size_t i = 0; i < count; i++)
        outcome_reply_line(out, "*%s*, %s: %s", open[i]->id, json_find_string(open[i]->body, "severity"),
                           json_find_string(open[i]->body, "title"));
}
