/* looking.h - what a look at logs remembers, and what its files share. Only for this folder. */
#ifndef OPSGATE_HANDLERS_LOGS_LOOKING_H
#define OPSGATE_HANDLERS_LOGS_LOOKING_H

#include "bot/model/logs.h"
#include "bot/model/outcome.h"
#include "bot/model/view.h"

#define LOGS_LINES_MAX 50
#define LOGS_MESSAGE_LINES 25 /* in one message: Slack takes so much of a text */

struct logs_body {
    const char *target; /* "api/production" */
    struct logs_look look;
    int64_t since_ms;               /* how long ago */
    const char *channel;            /* whose thread gets the lines; NULL: whoever asked does */
    const struct logs_found *found; /* posting; else NULL */
    int64_t give_up_at_ms;          /* posting: so long its message is waited for */
    int64_t posts;                  /* messages on their way */
};
extern const struct shape logs_body_shape;

/* ---- words.c ---- */

/* "Logs of `api/production`, last 15 min, errors: 3 lines, newest last": the first line of each answer. */
const char *logs_head(const struct logs_body *body, const struct logs_found *found, struct arena *arena);
/* What is behind it: what was left out, and where the rest is. */
void logs_tell_rest(const struct logs_found *found, struct arena *arena, struct reply *reply);
void logs_tell_lines(const struct logs_found *found, size_t from, size_t to, struct arena *arena, struct reply *reply);

#endif
