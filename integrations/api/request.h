/* request.h - what somebody asks for by POST /api/v1/requests: first what the door must know of it, later the request
 * that it is.
 *
 *   {"text": "deploy api staging v1.4.2"}, or
 *   {"verb": "deploy", "words": ["api", "staging", "v1.4.2"], "options": {"reason": "a fix", "now": true}}
 *   and with either {"not_after": "2026-11-20T22:00:00Z"}: void then, if it was not decided before; without it after 60
 * s
 *
 * `text` is split as a line that is typed; `words` are taken as they are, so none of them is an option, whatever it
 * looks like. A member that nobody knows is refused. What is stored is our reading of it, with whoever asks, as the
 * door knows them. With a key (the header Idempotency-Key) it is the same request as long as dedupe keys last: asked
 * again with another body it is no request at all, and after not_after it is none but one that was sent before. Pure; safe on any thread.
 */
#ifndef OPSGATE_INTEGRATIONS_API_REQUEST_H
#define OPSGATE_INTEGRATIONS_API_REQUEST_H

#include "bot/base/time.h"
#include "bot/model/inbox.h"

#define API_REQUEST_KIND "request" /* inbox_item.kind; its source is API_SOURCE */
#define API_REQUEST_PATH "/api/v1/requests"
#define API_REQUEST_BODY_MAX_BYTES (16 * 1024)
#define API_REQUEST_TEXT_MAX_BYTES 4000
#define API_REQUEST_KEY_MAX_BYTES 200
#define API_REQUEST_AHEAD_MAX_MS DAY_MS /* of not_after */

struct api_request_sent {
    struct str body;
    const struct principal *who; /* who asks */
    const char *source;          /* as policy is told it: "api" */
    const char *key;             /* as it came, or NULL */
    const char *id;              /* of a request without a key */
    const char *fresh;           /* nobody else has it: what tells one without a key from all others */
    int64_t now_ms;              /* unix */
};
struct api_request_door {
    const char *id;      /* of the request; of one with a key always the same */
    const char *keys[2]; /* dedupe keys: of the key, and of the key with this body; without a key the first alone */
    size_t keys_count;
    int64_t not_after_ms; /* unix; 0: none was given */
    bool is_over;         /* that time is, and it has a key: it is nothing new, but may have been sent before */
    const char *body;     /* what is stored */
};

/* What it gives lives in the arena. ERR_INVALID names the member, and what was expected. */
bool api_request_accept(const struct api_request_sent *sent, struct arena *arena, struct api_request_door *ret_door,
                        struct error *err);

/* The request in an accepted item. ERR_INVALID. */
bool api_request_decode(const struct inbox_item *item, struct arena *arena, struct request *ret_request,
                        struct error *err);

#endif
