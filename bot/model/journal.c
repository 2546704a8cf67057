#include "bot/model/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *text_of(const cJSON *entry, const char *name)
{
    const char *text = json_find_string(entry, name);

    return text ? text : "";
}

struct digest_hex journal_hash(const cJSON *entry, struct arena *arena)
{
    const cJSON *core = json_find(entry, "core");
    const char *chained = arena_printf(arena, "%s\n%" PRId64 "\n%s\n%s\n%s", text_of(entry, "previous"),
                                       json_find_int(entry, "seq", 0), text_of(entry, "configuration"),
                                       core ? json_print_in(arena, core) : "", text_of(entry, "personal"));

    return digest_hex(digest_sha256(str_of(chained)));
}

struct digest_hex journal_digest_beside(const char *salt, const cJSON *values, struct arena *arena)
{
    const char *text = arena_printf(arena, "%s\n%s", salt, values ? json_print_in(arena, values) : "");

    return digest_hex(digest_sha256(str_of(text)));
}

const char *journal_line(const cJSON *entry, const cJSON *beside, struct arena *arena)
{
    AUTO_JSON cJSON *line = json_copy(entry);

    if (beside)
        json_set(line, JOURNAL_BESIDE, json_copy(beside));
    return json_print_in(arena, line);
}

/* ---- a chain ---- */

static bool check_place(const struct journal_chain *chain, const cJSON *entry, int64_t n, struct error *err)
{
    if (chain->count == 0)
        return true;
    if (n == chain->last_n + 1 && strcmp(text_of(entry, "previous"), chain->head) == 0)
        return true;
    if (n > chain->last_n + 1)
        return error_set(err, ERR_INVALID, "entries %" PRId64 " to %" PRId64 " are missing", chain->last_n + 1, n - 1);
    if (n <= chain->last_n)
        return error_set(err, ERR_INVALID, "entry %" PRId64 " stands behind entry %" PRId64, n, chain->last_n);
    return error_set(err, ERR_INVALID,
                     "entry %" PRId64 " does not follow from entry %" PRId64
                     ": one of them was put in place of another",
                     n, chain->last_n);
}

static bool check_beside(struct journal_chain *chain, const cJSON *entry, int64_t n, const cJSON *beside,
                         struct arena *arena, struct error *err)
{
    const char *wanted = json_find_string(entry, "personal");

    if (!wanted)
        return !beside ||
               error_set(err, ERR_INVALID, "entry %" PRId64 " has nobody's words, and some stand beside it", n);
    if (!beside) {
        chain->erased++;
        return true;
    }
    return strcmp(journal_digest_beside(text_of(beside, "salt"), json_find(beside, "values"), arena).text, wanted) ==
               0 ||
           error_set(err, ERR_INVALID, "entry %" PRId64 ": who asked, or what they said, was changed", n);
}

bool journal_chain_take(struct journal_chain *chain, const cJSON *entry, const cJSON *beside, struct arena *arena,
                        struct error *err)
{
    const char *hash = text_of(entry, "hash");
    int64_t n = json_find_int(entry, "core.n", 0);

    if (n <= 0 || !hash[0])
        return error_set(err, ERR_INVALID, "behind entry %" PRId64 " stands what is no entry of a journal",
                         chain->last_n);
    if (strcmp(journal_hash(entry, arena).text, hash) != 0)
        return error_set(err, ERR_INVALID, "entry %" PRId64 " was changed: its hash is not that of its words", n);
    if (!check_place(chain, entry, n, err) || !check_beside(chain, entry, n, beside, arena, err))
        return false;
    if (chain->count++ == 0) {
        chain->first_n = n;
        chain->first_at_ms = json_find_int(entry, "core.at", 0);
    }
    chain->last_n = n;
    chain->last_at_ms = json_find_int(entry, "core.at", 0);
    snprintf(chain->head, sizeof(chain->head), "%s", hash);
    for (size_t i = 0; i < ARRAY_LEN(chain->wanted); i++)
        if (chain->wanted[i].hash && strcmp(chain->wanted[i].hash, hash) == 0)
            chain->wanted[i].has_come = true;
    return true;
}

bool journal_chain_end(const struct journal_chain *chain, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(chain->wanted); i++) {
        const char *hash = chain->wanted[i].hash;

        if (hash && hash[0] && !chain->wanted[i].has_come)
            return error_set(err, ERR_INVALID,
                             "the entry with the hash %.64s is not there: what followed entry %" PRId64 " was cut off",
                             hash, chain->last_n);
    }
    return true;
}
