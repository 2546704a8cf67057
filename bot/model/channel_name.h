/* channel_name.h - what an incident's channel is called: a name that Slack takes, whatever people have written. Pure.
 *
 * Slack takes lower case letters a to z, digits, '-' and '_', 80 characters at most. Latin letters with marks are written
 * without them, as their languages do ("Zürich" is "zuerich", "Łódź" is "lodz"); of what has no such letters (Chinese,
 * emoji) nothing is left. Slack's own program takes some of those, too; that its API does is written nowhere.
 * Spec: https://docs.slack.dev/reference/methods/conversations.create (invalid_name_specials, invalid_name_maxlength)
 */
#ifndef OPSGATE_MODEL_CHANNEL_NAME_H
#define OPSGATE_MODEL_CHANNEL_NAME_H

#include "bot/base/arena.h"

#include <stdint.h>

#define CHANNEL_NAME_MAX 80 /* characters, each a byte */

struct channel_name_parts {
    const char *pattern;  /* incidents.channel: "inc-{date}-{slug}", with {id} and {severity} too */
    int64_t at_ms;        /* {date}: that day in UTC, "20261122" */
    const char *slug;     /* any text: "API down in Zürich!" becomes "api-down-in-zuerich" */
    const char *id;       /* "D1042"; {slug} too, where nothing is left of its own text */
    const char *severity; /* "P1" */
};

/* Never empty, and never without a letter or digit: "incident" at the worst. Where it would be too long, the slug is cut. The
 * same parts give the same name. In the arena, or static. */
const char *channel_name(struct arena *arena, const struct channel_name_parts *parts);

/* Where that is taken: number 1 is the name itself, 2 is "name-2", with the name cut as far as that needs. In the arena. */
const char *channel_name_numbered(struct arena *arena, const char *name, int number);

bool channel_name_is_good(const char *name); /* could Slack take it? */

#endif
