/* inbox.h - an inbox item: what was accepted at the door, stored raw, decoded later by the owner.
 *
 * Its JSON form is a promise to every later version: {v, source, kind, keys[], received_at, not_after, request_id,
 * reply_to, body}. An owner that meets a higher v than it knows yields the lease.
 */
#ifndef OPSGATE_MODEL_INBOX_H
#define OPSGATE_MODEL_INBOX_H

#include "bot/model/request.h"

#define INBOX_VERSION 1
#define INBOX_BODY_MAX_BYTES (64 * 1024)
#define PERSON_REQUEST_VOID_MS (60 * INT64_C(1000)) /* a person's request is void after this: they have moved on */
#define INLINE_REPLY_MS 1500                        /* how long a connection waits for its inline reply */

struct inbox_item {
    int64_t v;
    const char *source;     /* "slack", "local", "github"...: which codec decodes it */
    const char *kind;       /* "command", "run"...: of that source */
    const char **keys;      /* dedupe keys */
    size_t keys_count;
    int64_t received_at;    /* unix ms, store's clock */
    int64_t not_after;      /* unix ms, store's clock; 0: never void */
    const char *request_id;
    struct reply_address reply_to;
    const char *replayed_by; /* the operation that put it back, since a person wanted that; NULL: it came by a door */
    const char *body;       /* as it came: the codec of its source reads it. Valid UTF-8 without NUL */
};
extern const struct shape inbox_item_shape;

/* What can be said of its request without its body: enough to answer it, and to journal it. Its person has no id yet, and it
 * no words. Borrows from the item. */
struct request request_from_item(const struct inbox_item *item);

#endif
