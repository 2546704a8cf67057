/* journal.h - the journal's chain: each entry's hash is one of its words and of the entry before, so nobody changes,
 * adds or takes away one without all that follow. Pure.
 *
 * An entry, as it is stored and copied: {previous, seq, configuration, core: {n, at, kind, operation?, request_id?,
 * body?}, personal?, hash}. Who asked and in which words stands beside it, {salt, values}, and the entry has its digest
 * alone: erasing that leaves the chain whole. Digests are SHA-256, 64 hex digits; the first entry's `previous` is "".
 */
#ifndef OPSGATE_MODEL_JOURNAL_H
#define OPSGATE_MODEL_JOURNAL_H

#include "bot/base/arena.h"
#include "bot/base/digest.h"
#include "bot/base/json.h"

/* Of all its members but `hash`. */
struct digest_hex journal_hash(const cJSON *entry, struct arena *arena);

/* What `personal` is of this beside it. */
struct digest_hex journal_digest_beside(const char *salt, const cJSON *values, struct arena *arena);

#define JOURNAL_ERASED "person.erased" /* kind of an entry: what stood beside the entries of body.entries is gone */

/* An entry as a line of a copy, without its end, in the arena: whole, and what stands beside it, or NULL, as `beside`. */
#define JOURNAL_BESIDE "beside"
const char *journal_line(const cJSON *entry, const cJSON *beside, struct arena *arena);

/* ---- a chain, entry by entry, oldest first ---- */

struct journal_chain {    /* zeroed: nothing was seen yet */
    size_t count, erased; /* erased: nothing stands beside it any more, of those that had something */
    int64_t first_n, last_n, first_at_ms, last_at_ms; /* the store's clock */
    char head[65];                                    /* of the newest */
    struct {
        const char *hash; /* of an entry that has to come; NULL or "": none. Borrowed */
        bool has_come;
    } wanted[2];
};

/* False with err: what is wrong with this one, or with its place. `beside`: NULL when there is nothing. */
bool journal_chain_take(struct journal_chain *chain, const cJSON *entry, const cJSON *beside, struct arena *arena,
                        struct error *err);
/* Have those come that have to? */
bool journal_chain_end(const struct journal_chain *chain, struct error *err);

#endif
