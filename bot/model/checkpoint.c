#include "bot/model/checkpoint.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct shape_field rows[] = {
    ROW_STRING(checkpoint, store, .max = 39),    ROW_INT(checkpoint, n),
    ROW_STRING(checkpoint, head, .max = 64),     ROW_MS(checkpoint, at),
    ROW_STRING(checkpoint, instance, .max = 79), ROW_STRING(checkpoint, why, .max = 15),
    ROW_STRING(checkpoint, key, .max = 16),
};
static const struct shape checkpoint_shape = SHAPE("a checkpoint", checkpoint, rows);

static const char *signed_text(const struct checkpoint *c, struct arena *arena)
{
    return arena_printf(arena, "opsgate checkpoint 1\n%s\n%" PRId64 "\n%s\n%" PRId64 "\n%s\n%s\n", c->store, c->n,
                        c->head, c->at_ms, c->instance, c->why);
}

const char *checkpoint_line(const struct checkpoint *checkpoint, const char *pem, struct arena *arena,
                            struct error *err)
{
    struct checkpoint named = *checkpoint;
    AUTO_JSON cJSON *line = json_object();
    const char *signature = ed25519_sign(pem, str_of(signed_text(checkpoint, arena)), arena, err);
    struct ed25519_key key;

    if (!signature || !ed25519_public_of(pem, &key, err))
        return NULL;
    named.key = key.name.text;
    json_set(line, "checkpoint", shape_to_json(&checkpoint_shape, &named, SHAPE_WHOLE));
    json_set_string(line, "signature", signature);
    return json_print_in(arena, line);
}

/* ---- a copy ---- */

static const struct ed25519_key *find_key(const struct ed25519_keys *keys, const char *name)
{
    for (size_t i = 0; i < keys->count; i++)
        if (strcmp(keys->keys[i].name.text, name) == 0)
            return &keys->keys[i];
    return NULL;
}

static bool check_signature(const struct copy_proof *proof, const struct checkpoint *c, const char *signature,
                            struct arena *arena, struct error *err)
{
    const struct ed25519_key *key = find_key(proof->keys, c->key);
    struct time_text at = time_format(c->at_ms);

    if (!key)
        return error_set(err, ERR_INVALID,
                         "the checkpoint of %s behind entry %" PRId64
                         " is signed with the key %s, which is not among the "
                         "%zu given",
                         at.text, c->n, c->key, proof->keys->count);
    return ed25519_verify(key, str_of(signed_text(c, arena)), signature ? signature : "") ||
           error_set(err, ERR_INVALID,
                     "the checkpoint of %s behind entry %" PRId64 " was changed: its signature is not of these words",
                     at.text, c->n);
}

/* Of the entry before it; or of the one that this file does not have. */
static bool check_place(struct copy_proof *proof, const struct checkpoint *c, struct error *err)
{
    if (proof->chain.count == 0 && !proof->begin.is_there) {
        proof->begin.is_there = true;
        proof->begin.n = c->n;
        snprintf(proof->begin.head, sizeof(proof->begin.head), "%s", c->head);
        return proof->lines == 0 ||
               error_set(err, ERR_INVALID, "the checkpoint of entry %" PRId64 " stands where no entry is", c->n);
    }
    if (proof->chain.count > 0 ? c->n == proof->chain.last_n && strcmp(c->head, proof->chain.head) == 0
                               : c->n == proof->begin.n && strcmp(c->head, proof->begin.head) == 0)
        return true;
    return error_set(err, ERR_INVALID,
                     "the checkpoint of %s is of entry %" PRId64 ", and stands behind entry %" PRId64
                     ": what is between them was cut out, changed or made anew",
                     time_format(c->at_ms).text, c->n, proof->chain.count > 0 ? proof->chain.last_n : proof->begin.n);
}

static void remember(struct copy_proof *proof, const struct checkpoint *c)
{
    proof->proven.n = c->n;
    proof->proven.at_ms = c->at_ms;
    snprintf(proof->proven.instance, sizeof(proof->proven.instance), "%s", c->instance);
    snprintf(proof->proven.key, sizeof(proof->proven.key), "%s", c->key);
    snprintf(proof->proven.store, sizeof(proof->proven.store), "%s", c->store);
    snprintf(proof->proven.why, sizeof(proof->proven.why), "%s", c->why);
}

static bool take_checkpoint(struct copy_proof *proof, const cJSON *line, struct arena *arena, struct error *err)
{
    struct checkpoint c;

    if (!shape_from_json(&checkpoint_shape, json_find(line, "checkpoint"), arena, &c, err) || !c.store || !c.head ||
        !c.instance || !c.why || !c.key)
        return error_set(err, ERR_INVALID, "behind entry %" PRId64 " stands what is no checkpoint",
                         proof->chain.last_n);
    if (proof->keys && !check_signature(proof, &c, json_find_string(line, "signature"), arena, err))
        return false;
    if (proof->proven.store[0] && strcmp(proof->proven.store, c.store) != 0)
        return error_set(err, ERR_INVALID,
                         "the checkpoint of %s is of another store: a copy of one was put behind a copy of another",
                         time_format(c.at_ms).text);
    if (!check_place(proof, &c, err))
        return false;
    proof->is_beginning_signed |=
        proof->entries == 0 && proof->chain.count == 0 && strcmp(c.why, CHECKPOINT_BEGIN) == 0;
    proof->checkpoints++;
    if (c.n >= proof->proven.n)
        remember(proof, &c);
    return true;
}

static bool follows(const cJSON *entry, int64_t n, const char *head)
{
    const char *previous = json_find_string(entry, "previous");

    return json_find_int(entry, "core.n", 0) == n + 1 && strcmp(previous ? previous : "", head) == 0;
}

/* The first of a file: behind what its beginning says, and no later than behind the file before. */
static bool check_first(struct copy_proof *proof, const cJSON *entry, struct error *err)
{
    int64_t n = json_find_int(entry, "core.n", 0);

    if (proof->begin.is_there && !follows(entry, proof->begin.n, proof->begin.head))
        return error_set(err, ERR_INVALID,
                         "the file begins behind entry %" PRId64
                         ", as its first line says, and then comes entry %" PRId64
                         ": what is between them was cut out, or changed",
                         proof->begin.n, n);
    if (proof->before.is_there && n > proof->before.n + 1)
        return error_set(err, ERR_INVALID, "entries %" PRId64 " to %" PRId64 " are missing between two files",
                         proof->before.n + 1, n - 1);
    if (proof->before.is_there && n == proof->before.n + 1 && !follows(entry, proof->before.n, proof->before.head))
        return error_set(err, ERR_INVALID, "entry %" PRId64 " does not follow from the end of the file before", n);
    return true;
}

/* Those that a file before had, too: the newest of them has to be the same. */
static bool check_again(struct copy_proof *proof, struct error *err)
{
    if (!proof->before.is_there || proof->chain.last_n != proof->before.n)
        return true;
    proof->before.is_there = false;
    return strcmp(proof->chain.head, proof->before.head) == 0 ||
           error_set(err, ERR_INVALID, "entry %" PRId64 " is another one than in the file before", proof->before.n);
}

static bool take_entry(struct copy_proof *proof, const cJSON *line, struct arena *arena, struct error *err)
{
    bool is_first = proof->chain.count == 0;

    if (is_first && !check_first(proof, line, err))
        return false;
    if (!journal_chain_take(&proof->chain, line, json_find(line, JOURNAL_BESIDE), arena, err))
        return false;
    if (is_first && proof->before.is_there && proof->chain.last_n == proof->before.n + 1)
        proof->before.is_there = false;
    if (is_first && proof->first_n == 0) {
        proof->first_n = proof->chain.first_n;
        proof->first_at_ms = proof->chain.first_at_ms;
    }
    return check_again(proof, err);
}

bool copy_proof_take(struct copy_proof *proof, const cJSON *line, struct arena *arena, struct error *err)
{
    bool is_good = true;

    if (json_find(line, "checkpoint"))
        is_good = take_checkpoint(proof, line, arena, err);
    else
        is_good = take_entry(proof, line, arena, err);
    proof->lines++;
    return is_good;
}

bool copy_proof_next_file(struct copy_proof *proof, struct error *err)
{
    struct journal_chain *chain = &proof->chain;

    if (proof->before.is_there && chain->count > 0)
        return error_set(err, ERR_INVALID,
                         "a file ends with entry %" PRId64 ", and one before it with entry %" PRId64
                         ": name them in the order of their ends",
                         chain->last_n, proof->before.n);
    proof->entries += chain->count;
    proof->erased += chain->erased;
    if (chain->count > 0) {
        proof->before.is_there = true;
        proof->before.n = chain->last_n;
        memcpy(proof->before.head, chain->head, sizeof(proof->before.head));
    }
    chain->count = chain->erased = 0;
    proof->begin.is_there = false;
    proof->lines = 0;
    return true;
}

bool copy_proof_end(struct copy_proof *proof, struct error *err)
{
    if (!copy_proof_next_file(proof, err) || !journal_chain_end(&proof->chain, err))
        return false;
    if (!proof->keys)
        return true;
    if (proof->checkpoints == 0)
        return error_set(err, ERR_INVALID, "no checkpoint is in it: nothing of it is proven");
    return proof->is_beginning_signed || proof->first_n <= 1 ||
           error_set(err, ERR_INVALID,
                     "it begins with entry %" PRId64 ", and no checkpoint says so: what was before it was cut off, or "
                     "stands in an earlier file",
                     proof->first_n);
}

size_t copy_proof_unproven(const struct copy_proof *proof)
{
    return proof->chain.last_n > proof->proven.n ? (size_t)(proof->chain.last_n - proof->proven.n) : 0;
}
