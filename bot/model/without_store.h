/* without_store.h - what was done while no store answered, as it is handed to the store later.
 *
 * The body of inbox items with this source and kind, and a line of data_dir/without-store.jsonl.
 */
#ifndef OPSGATE_MODEL_WITHOUT_STORE_H
#define OPSGATE_MODEL_WITHOUT_STORE_H

#include "bot/model/inbox.h"
#include "bot/model/operation.h"
#include "bot/model/target.h"

#define WITHOUT_STORE_SOURCE "without-store" /* no door gives it to anybody: only adopted acts have it */
#define WITHOUT_STORE_KIND "act"
#define WITHOUT_STORE_VERB "adopted"
#define WITHOUT_STORE_RETURN "return" /* verb of an act: the last owner gave back what an operation had raised */

struct without_store_act {
    const char *id;          /* "{birth}-{16 hex}": the operation's outside id, in the service's annotations too */
    const char *name;        /* "W3": as whoever did it was told; unique on this host. NULL: written by an older version */
    const char *host;        /* where it was done, or NULL */
    bool is_locked;          /* its process holds a lock on the file as long as it lives: bot/without_store/without_store_file.h */
    const char *verb, *text; /* as typed */
    struct principal principal;
    const char *target;      /* "api/production" */
    const char *operation;   /* "D7": for which the last owner acted; NULL: a person did, and it becomes one */
    const char *operation_outside_id; /* operation: an id begins anew with another store; NULL: written by an older version */
    const char *effect;      /* operation: outside id of the change that was asked for */
    const cJSON *args;       /* operation: of that change: from what to what; NULL: written by an older version */
    const char *why;         /* operation: a sentence */
    const char *irreversible, *break_glass; /* of a rollback: the irreversible release that it left, and why; or NULL */
    int64_t began_at_ms, ended_at_ms;     /* unix */
    const char *result, *summary;         /* NULL: it has not ended, or died */
    bool is_sent;                            /* traffic was asked to change: without a result nobody knows whether it did */
    const struct target_version *from, *to;  /* is_sent: from what to what */
    const struct target_version *good, *bad; /* what serves now; what was left; or NULL */
};
extern const struct shape without_store_act_shape;

/* The mark of the one change that the last owner may make for an operation while no store answers: known from the start, so
 * that whoever loads the record knows it when it stands outside. */
const char *without_store_way_back(const char *operation_outside_id, struct arena *arena);

/* An act as an inbox item (bot/model/inbox.h), its one dedupe key, and back. */
const char *without_store_key(const struct without_store_act *act, struct arena *arena);
const char *without_store_item(const struct without_store_act *act, int64_t now_ms, struct arena *arena);
bool without_store_request(const struct inbox_item *item, struct arena *arena, struct request *ret_request,
                           struct error *err);

#endif
