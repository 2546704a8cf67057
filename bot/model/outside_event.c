#include "bot/model/outside_event.h"

#include "bot/model/card.h"

#include <string.h>

static const struct shape_field rows[] = {
    ROW_STRING(outside_event, id, .flags = SHAPE_REQUIRED),
    ROW_STRING(outside_event, source, .flags = SHAPE_REQUIRED),
    ROW_STRING(outside_event, name, .flags = SHAPE_REQUIRED),
    ROW_STRING(outside_event, subject, .flags = SHAPE_NONZERO),
    ROW_STRING(outside_event, meaning, .flags = SHAPE_NONZERO),
    ROW_STRING(outside_event, fact, .flags = SHAPE_NONZERO),
    ROW_OBJECT(outside_event, principal, &principal_shape),
    ROW_INT(outside_event, occurred_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(outside_event, changed_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(outside_event, received_at_ms, .flags = SHAPE_NONZERO),
    ROW_BOOL(outside_event, is_caught_up, .flags = SHAPE_NONZERO),
    ROW_BOOL(outside_event, is_late, .flags = SHAPE_NONZERO),
    ROW_JSON(outside_event, body, .flags = SHAPE_NONZERO),
};
const struct shape outside_event_shape = SHAPE("an outside event", outside_event, rows);

/* Where people's words stand in the bodies: the first that is there. */
static const struct {
    const char *source, *path;
} words[] = {
    { "github", "title" },
    { "github", "name" },
    { "github", "body" },
    { "github", "head_message" },
    { "github", "description" },
    { "pagerduty", "note.text" },
    { "pagerduty", "status_update.text" },
    { "pagerduty", "responder.message" },
    { "pagerduty", "incident.title" },
    { "pagerduty", "about.summary" },
    { "alertmanager", "common_annotations.summary" },
    { "alertmanager", "common_annotations.description" },
    { "alertmanager", "labels.alertname" },
    { "slack", "name" },
    { "api", "title" },
};

const char *outside_event_text(const struct outside_event *event, struct arena *arena)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        const char *text =
            strcmp(words[i].source, event->source) == 0 ? json_find_string(event->body, words[i].path) : NULL;

        if (text && text[0])
            return card_quote(str_of(text), OUTSIDE_EVENT_TEXT_MAX_BYTES, arena);
    }
    return NULL;
}

bool outside_event_is(const struct outside_event *event, const char *source, const char *name)
{
    size_t len = name ? strlen(name) : 0;

    if (strcmp(event->source, source) != 0)
        return false;
    return !name || (strncmp(event->name, name, len) == 0 && (!event->name[len] || event->name[len] == '.'));
}
