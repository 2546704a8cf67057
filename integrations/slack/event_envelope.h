/* event_envelope.h - what stands around an event of Slack's. For event*.c only. */
#ifndef OPSGATE_INTEGRATIONS_SLACK_EVENT_ENVELOPE_H
#define OPSGATE_INTEGRATIONS_SLACK_EVENT_ENVELOPE_H

#include "integrations/slack/event.h"

struct slack_envelope { /* checked; borrowed from the payload */
    const cJSON *event; /* an object */
    const char *type;   /* of the event */
    const char *team;   /* the workspace that is told */
    const char *id;
    const char *bot_user; /* our own user, as far as it is known; or NULL */
    bool is_shared;       /* with another organisation */
    int64_t event_at_ms;  /* unix; 0: not told */
};

/* event_asked.c: a message. Sets of the door: is, why; body, keys and reply_to when it asks. */
bool slack_event_accept_message(const struct slack_envelope *envelope, struct arena *arena,
                                struct slack_event_door *door, struct error *err);

/* event_told.c: a fact. Sets is, and body of one that is wanted. */
bool slack_event_accept_fact(const struct slack_envelope *envelope, struct arena *arena, struct slack_event_door *door,
                             struct error *err);

#endif
