/* webhook_events.h - which of GitHub's events are wanted, and what of each: rows in webhook_events.c, which webhook_type.c
 * walks from a payload to a typed event, and webhook_tell.c says what that is about. Pure; any thread. */
#ifndef OPSGATE_INTEGRATIONS_GITHUB_WEBHOOK_EVENTS_H
#define OPSGATE_INTEGRATIONS_GITHUB_WEBHOOK_EVENTS_H

#include "bot/model/github_event.h"
#include "bot/model/outside_event.h"

enum webhook_take_as {
    TAKE_NAME,  /* a string that counts as a whole; over 1000 bytes: as if it were not there */
    TAKE_TEXT,  /* a string of people's, cut at 1 KiB */
    TAKE_BODY,  /* a long one, cut where webhook_json_prune cuts */
    TAKE_SHA,   /* 40 hex digits, or 64 */
    TAKE_PAGE,  /* an address, if it is one of a page */
    TAKE_ID,    /* a number of up to 64 bits, as digits */
    TAKE_INT,   /* a number within +-2^53 */
    TAKE_BOOL,
    TAKE_TIME,  /* RFC 3339, or seconds: unix milliseconds */
    TAKE_JSON,  /* as it is */
    TAKE_LIST,  /* of objects, of which the last part of the path is kept */
    TAKE_IS_IN, /* true: there is something, and it is not null */
};

struct webhook_take {
    const char *from; /* path in the payload */
    const char *to;   /* member of the typed event, or "member.member" */
    enum webhook_take_as as;
};

struct webhook_event {
    const char *name;
    const char *const *actions; /* wanted ones, NULL-terminated; NULL: the event has none */
    const struct webhook_take *takes;
    size_t takes_count;
    bool needs_repository;
    void (*add)(struct str payload, struct arena *arena, cJSON *typed); /* what no row can say; or NULL */
    /* name, subject, meaning, occurred_at_ms, by the typed event */
    void (*tell)(const void *typed, struct arena *arena, struct outside_event *event);
};

const struct webhook_event *webhook_event_find(const char *name); /* NULL: not wanted, whatever its action */
bool webhook_event_wants(const struct webhook_event *event, struct str action);

#define WEBHOOK_TAKES_MAX 48
size_t webhook_event_takes(const struct webhook_event *event, struct webhook_take *ret_takes); /* what all have, too */

/* What the rows take of it, not looked at as a whole yet: for webhook_event_tell. `payload` is checked JSON; NULL on error. */
const cJSON *webhook_event_take(const struct webhook_event *event, struct str payload, struct arena *arena,
                                struct error *err);

/* The typed event, as JSON by its shape; it goes with the arena. `payload` is checked JSON. ERR_INVALID, ERR_TOO_LARGE. */
cJSON *webhook_event_type(const struct webhook_event *event, struct str payload, struct arena *arena,
                          struct error *err); /* NULL on error */

/* Fills all of *ret_event but what the item says. `typed` is checked by its shape: it may come from the store. */
bool webhook_event_tell(const struct webhook_event *event, const cJSON *typed, struct arena *arena,
                        struct outside_event *ret_event, struct error *err);

/* What no row can say. `typed` is changed; `payload` is checked JSON. */
void webhook_add_fork(struct str payload, struct arena *arena, cJSON *typed);
void webhook_add_paths(struct str payload, struct arena *arena, cJSON *typed); /* of a push: webhook_push.c */

#endif
