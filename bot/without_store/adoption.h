/* adoption.h - what was done without a store, handed to the store once there is one again.
 *
 * Looks at data_dir/without-store.jsonl now and then: an act that has ended, or whose process is dead, becomes an inbox
 * item (source WITHOUT_STORE_SOURCE, its dedupe key the act's id) and is marked as adopted once that is durable. Its verb,
 * handlers/rollback/adopted.c, brings the journal and the target's record up to date: it looks at what serves where that has to be known, and changes
 * nothing outside.
 */
#ifndef OPSGATE_ADOPTION_H
#define OPSGATE_ADOPTION_H

#include "bot/engine/store.h"
#include "bot/model/inbox.h"
#include "bot/model/without_store.h"
#include "bot/shell/loop.h"

struct adoption;

struct adoption_options { /* all borrowed */
    struct loop *loop;
    struct store *store;
    const char *data_dir;
    int64_t (*store_unix_ms)(void *ctx); /* 0: not, or not surely, a store to hand anything to */
    void *ctx;
};

struct adoption *adoption_start(const struct adoption_options *options);
void adoption_cancel(struct adoption *adoption); /* after the store is gone: it may hold an accept of ours */

/* For decode_item. */
bool adoption_decode(const struct inbox_item *item, struct arena *arena, struct request *ret_request,
                     struct error *err);

#endif
