/* event_told.h - a fact as it is stored, whoever told it: the Events API, or a modal that was closed. */
#ifndef OPSGATE_INTEGRATIONS_SLACK_EVENT_TOLD_H
#define OPSGATE_INTEGRATIONS_SLACK_EVENT_TOLD_H

#include "bot/base/json.h"
#include "bot/base/shape.h"

struct slack_told { /* a promise to every later version */
    const char *id;        /* the event's */
    const char *name;      /* bot/model/slack_event.h */
    const char *team;      /* that was told */
    const char *user_team; /* the person's, where it is told */
    const char *user;      /* who did it, or NULL */
    const char *about;     /* the channel, group or person it is about; or NULL */
    const char *event_ts;  /* or NULL */
    int64_t at_ms;         /* unix; 0: not told */
    const cJSON *body;     /* by the shape of its name */
};
extern const struct shape slack_told_shape;

const char *slack_told_print(const struct slack_told *told, struct arena *arena);

#endif
