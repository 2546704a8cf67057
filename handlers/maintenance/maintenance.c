/* maintenance.c - the machine of a maintenance: which event in which state does what; and what others ask of its
 * record. */
#include "handlers/maintenance/maintaining.h"

#include <string.h>

static const struct {
    const char *state; /* NULL: any */
    enum event_kind kind;
    const char *name; /* its first letters; NULL: any */
    void (*decide)(struct maintaining *m);
} moves[] = {
    { NULL, EVENT_REQUEST, "approve", maintaining_on_approve },
    { NULL, EVENT_REQUEST, NULL, maintaining_on_request },
    { APPROVAL_STATE, EVENT_TIMER, "unapproved", maintaining_on_unapproved },
    { APPROVAL_STATE, EVENT_TIMER, "ask", maintaining_on_ask_again },
    { "closing", EVENT_EFFECT, MAINTENANCE_PUBLIC_TAG, maintaining_on_settled },
    { NULL, EVENT_EFFECT, MAINTENANCE_PUBLIC_TAG, maintaining_on_public },
    { NULL, EVENT_EFFECT, "mail", maintaining_on_mailed },
    { "planned", EVENT_TIMER, "announce", maintaining_on_announce },
    { "planned", EVENT_TIMER, "start", maintaining_on_time },
    { "asking", EVENT_TIMER, "remind", maintaining_on_remind },
    { "asking", EVENT_TIMER, "missed", maintaining_on_missed },
    { "running", EVENT_TIMER, "over", maintaining_on_over },
    { "verifying", EVENT_TIMER, "over", maintaining_on_over },
    { "watching", EVENT_TIMER, "watch", maintaining_on_watch },
    { NULL, EVENT_TIMER, MAINTENANCE_LOOK_OVER, maintaining_on_look },
    { NULL, EVENT_READING, MAINTENANCE_LOOK, maintaining_on_look },
    { NULL, EVENT_MESSAGE, MESSAGE_CHILD_BEGUN, maintaining_on_child_begun },
    { NULL, EVENT_MESSAGE, MESSAGE_CHILD_REFUSED, maintaining_on_child_refused },
    { NULL, EVENT_MESSAGE, MESSAGE_CHILD_ENDED, maintaining_on_child_ended },
};

static void on_event(const struct view *view, const struct operation *operation, const void *value,
                     const struct event *event, struct outcome *out)
{
    struct maintaining m = { .view = view, .operation = operation, .event = event, .out = out };
    const struct maintenance_body *body = value;

    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        if (moves[i].kind != event->kind || (moves[i].state && strcmp(moves[i].state, operation->state) != 0) ||
            (moves[i].name && !str_starts_with(str_of(event->name), moves[i].name)))
            continue;
        m.body = ARENA_NEW(view->arena, struct maintenance_body);
        *m.body = *body;
        if (body->page) {
            m.page = ARENA_NEW(view->arena, struct maintenance_page);
            *m.page = *body->page;
        }
        moves[i].decide(&m);
        return;
    }
}

const struct machine machine_maintenance = {
    .kind = "maintenance",
    .schema = 1,
    .body = &maintenance_body_shape,
    .holds_on = "It stands as it was: nothing is told of it, and no time ends it. `maintenance end` or `maintenance "
                "cancel` does.",
    .on_event = on_event,
    .card = maintenance_card,
};

/* ---- its record, for others ---- */

static bool is_in(const struct operation *operation, const char *state)
{
    return strcmp(operation->state, state) == 0;
}

bool maintenance_is(const struct operation *operation)
{
    return strcmp(operation->kind, machine_maintenance.kind) == 0;
}

bool maintenance_holds(const struct operation *operation)
{
    return maintenance_is(operation) && (is_in(operation, "running") || is_in(operation, "verifying"));
}

bool maintenance_is_planned(const struct operation *operation)
{
    return maintenance_is(operation) &&
           (is_in(operation, APPROVAL_STATE) || is_in(operation, "planned") || is_in(operation, "asking"));
}

static bool is_at(struct str target, const char *service, const char *environment)
{
    struct str name = str_take_until(&target, '/');

    return str_equal(name, str_of(service)) && str_equal(target, str_of(environment));
}

bool maintenance_covers(const struct operation *operation, const char *service, const char *environment)
{
    JSON_EACH(target, json_find(operation->body, "targets"))
        if (cJSON_IsString(target) && is_at(str_of(target->valuestring), service, environment))
            return true;
    return false;
}

const char *maintenance_places(const struct operation *operation)
{
    const char *where = json_find_string(operation->body, "where");

    return where ? where : "?";
}

const char *maintenance_first_target(const struct operation *operation)
{
    const cJSON *targets = maintenance_is(operation) ? json_find(operation->body, "targets") : NULL;

    return targets ? cJSON_GetStringValue(targets->child) : NULL;
}
