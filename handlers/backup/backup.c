/* backup.c - the machine of a `backup`: which event in which state does what. */
#include "handlers/backup/backup.h"

#include "handlers/backup/working.h"

#include <string.h>

static const struct {
    const char *state; /* NULL: any */
    enum event_kind kind;
    const char *name; /* its first letters; NULL: any */
    void (*decide)(struct working *w);
} moves[] = {
    { NULL, EVENT_REQUEST, "approve", backup_on_approve },
    { NULL, EVENT_REQUEST, NULL, backup_on_request },
    { "looking", EVENT_READING, "seen", backup_on_looked },
    { APPROVAL_STATE, EVENT_TIMER, "unapproved", backup_on_unapproved },
    { "queued", EVENT_MESSAGE, MESSAGE_GRANTED, backup_on_granted },
    { "queued", EVENT_MESSAGE, MESSAGE_YIELD, backup_on_yield },
    { "checking", EVENT_READING, "seen", backup_on_checked },
    { "sending", EVENT_EFFECT, "backup", backup_on_sent },
    { "seeking", EVENT_READING, "sought", backup_on_sought },
    { "seeking", EVENT_TIMER, "poll", backup_on_poll },
    { "asking", EVENT_READING, "sought", backup_on_sought },
    { "asking", EVENT_TIMER, "poll", backup_on_poll },
    { "following", EVENT_READING, "progress", backup_on_progress },
    { "following", EVENT_TIMER, "poll", backup_on_poll },
    { "inspecting", EVENT_READING, "seen", backup_on_inspected },
    { "inspecting", EVENT_TIMER, "poll", backup_on_inspect_poll },
    { "proving", EVENT_MESSAGE, "child.", backup_on_child },
    { "stopping", EVENT_MESSAGE, "child.", backup_on_child },
    { "proved", EVENT_TIMER, "remind", backup_on_remind },
    { "services", EVENT_TIMER, "poll", backup_on_needs_poll },
    { "services", EVENT_READING, NEEDS_SERVICE, backup_on_need },
    { "services", EVENT_READING, NEEDS_HEALTH, backup_on_need },
};

static void backup_on_event(const struct view *view, const struct operation *operation, const void *body,
                            const struct event *event, struct outcome *out)
{
    struct working w = { view, operation, NULL, event, out };

    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        if (moves[i].kind != event->kind || (moves[i].state && strcmp(moves[i].state, operation->state) != 0) ||
            (moves[i].name && !str_starts_with(str_of(event->name), moves[i].name)))
            continue;
        w.body = ARENA_NEW(view->arena, struct backup_body);
        *w.body = *(const struct backup_body *)body;
        moves[i].decide(&w);
        return;
    }
}

const struct machine machine_backup = {
    .kind = "backup",
    .schema = 1,
    .body = &backup_body_shape,
    .on_event = backup_on_event,
    .may_increase = backup_may_send,
    .card = backup_card,
};
