#include "bot/model/change_event.h"

#include "bot/base/str.h"

#include <string.h>

static const struct shape_field rows[] = {
    ROW_STRING(change_event, target, .flags = SHAPE_REQUIRED),
    ROW_STRING(change_event, summary, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_INT(change_event, at_ms),
    ROW_STRING(change_event, operation, .flags = SHAPE_REQUIRED),
    ROW_STRING(change_event, state, .flags = SHAPE_REQUIRED),
    ROW_STRING(change_event, service, .flags = SHAPE_REQUIRED),
    ROW_STRING(change_event, environment, .flags = SHAPE_NONZERO),
    ROW_STRING(change_event, version, .flags = SHAPE_NONZERO),
    ROW_STRING(change_event, before, .flags = SHAPE_NONZERO),
    ROW_STRING(change_event, by, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(change_event, reason, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(change_event, url, .flags = SHAPE_NONZERO),
};
const struct shape change_event_shape = SHAPE("a change event", change_event, rows);

const char *change_event_key_objection(const char *key)
{
    for (const char *c = key; *c; c++)
        if (!strchr("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", *c))
            return "expected letters and digits alone: the Integration Key of an Events API v2 integration";
    if (strlen(key) != CHANGE_EVENT_KEY_BYTES)
        return "expected 32 characters: the Integration Key of an Events API v2 integration";
    if (key[0] == 'R')
        return "is the key of a ruleset, which takes no change events: name that of an Events API v2 integration of the "
               "service";
    return NULL;
}
