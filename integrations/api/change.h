/* change.h - a change that others made, as POST /api/v1/changes takes it: first what the door must know of it, later
 * the event that it is.
 *
 *   {"title": "orders: drop column total", "service": "api", "environment": "production", "url": "https://…",
 *    "by": "ann", "at": "2026-11-20T22:00:00Z", "id": "migration-812"}
 *
 * Only `title` must be there. What is null is not there; a member that nobody knows is refused, so that a misspelt one
 * is not lost in silence. What is stored is our reading of it, with the name of the token that told it. The same `id`
 * of the same token is the same change; without one each is another. Pure; safe on any thread.
 */
#ifndef OPSGATE_INTEGRATIONS_API_CHANGE_H
#define OPSGATE_INTEGRATIONS_API_CHANGE_H

#include "bot/base/time.h"
#include "bot/model/change.h"
#include "bot/model/inbox.h"
#include "bot/model/outside_event.h"

#define API_SOURCE CHANGE_SOURCE /* inbox_item.source, outside_event.source */
#define API_CHANGE_KIND "change" /* inbox_item.kind */
#define API_CHANGE_PATH "/api/v1/changes"
#define API_CHANGE_BODY_MAX_BYTES (16 * 1024)
#define API_CHANGE_TITLE_MAX_BYTES 200
#define API_CHANGE_AHEAD_MAX_MS (5 * MINUTE_MS) /* a clock may be wrong */
#define API_CHANGE_AGE_MAX_MS DAY_MS            /* what is older explains nothing any more */

struct settings;

struct api_change_sent {
    struct str body;
    const char *token;    /* whose it is: its name */
    const char *given_id; /* of a change without one of its own: nobody else has it */
    int64_t now_ms;       /* unix */
};
struct api_change_door {
    const char *id;   /* for the answer */
    const char *key;  /* dedupe key: "api-change:<sha256>" of token and id */
    const char *body; /* what is stored */
};

/* What it gives lives in the arena. ERR_INVALID names the field, what was expected, and of services and environments
 * those that are known. */
bool api_change_accept(const struct settings *settings, const struct api_change_sent *sent, struct arena *arena,
                       struct api_change_door *ret_door, struct error *err);

/* The event in an accepted item: CHANGE_TOLD, by the token. It happened when it was told, which is what opsgate goes
 * by; when the change was made stands in its body, of change_told_shape, always, and never after that. Lives in the arena.
 * ERR_INVALID. */
bool api_change_decode(const struct inbox_item *item, struct arena *arena, struct outside_event *ret_event,
                       struct error *err);

#endif
