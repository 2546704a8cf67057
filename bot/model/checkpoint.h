/* checkpoint.h - signed words of opsgate in a copy of the journal: up to here it is what I wrote. And whether a copy is
 * whole, from its lines alone. Pure.
 *
 * A copy's line is an entry with what stands beside it (journal_line), or
 *     {"checkpoint": {store, n, head, at, instance, why, key}, "signature": base64}
 * A checkpoint is of the entry before it: number n, hash head. The first line of a file is one of the entry that the
 * file does not have, `why` "begin": so its beginning is proven, too. Signed by Ed25519, in UTF-8: "opsgate checkpoint
 * 1\n" store "\n" n "\n" head "\n" at "\n" instance "\n" why "\n"
 */
#ifndef OPSGATE_MODEL_CHECKPOINT_H
#define OPSGATE_MODEL_CHECKPOINT_H

#include "bot/base/ed25519.h"
#include "bot/base/shape.h"
#include "bot/model/journal.h"

#define CHECKPOINT_BEGIN "begin"

struct checkpoint {
    const char *store, *head, *instance; /* store: its birth; head: "" before the first entry */
    const char *why;                     /* CHECKPOINT_BEGIN, "time", "entries", "stop" */
    const char *key;                     /* the name of the one that signs it */
    int64_t n, at_ms;                    /* at: the writer's clock */
};

/* The line, without its end, in the arena; NULL with err: the key is none. */
const char *checkpoint_line(const struct checkpoint *checkpoint, const char *pem, struct arena *arena,
                            struct error *err);

/* ---- a copy, line by line, file by file, oldest first ---- */

struct copy_proof {                  /* zeroed but for its keys: nothing was seen yet */
    const struct ed25519_keys *keys; /* NULL: signatures are not looked at. Borrowed */
    struct journal_chain chain;      /* of this file; .wanted is the caller's */
    size_t entries, erased;          /* of the files before it */
    int64_t first_n, first_at_ms;    /* of all */
    bool is_beginning_signed;        /* of the first file */
    size_t lines;                    /* of this file */
    struct {
        bool is_there;
        int64_t n;
        char head[65];
    } begin, before; /* this file's first checkpoint; the newest entry of the files before, until it was met here */
    size_t checkpoints;
    struct { /* the newest that is good */
        int64_t n, at_ms;
        char instance[80], key[17], store[40], why[16];
    } proven;
};

/* False with err: what is wrong with it, or with its place. */
bool copy_proof_take(struct copy_proof *proof, const cJSON *line, struct arena *arena, struct error *err);
/* Another file follows: it goes on behind this one, or has some of its entries again. */
bool copy_proof_next_file(struct copy_proof *proof, struct error *err);
/* Have those come that have to? And with keys: is anything signed, and the beginning? */
bool copy_proof_end(struct copy_proof *proof, struct error *err);
size_t copy_proof_unproven(const struct copy_proof *proof); /* entries behind the newest checkpoint */

#endif
