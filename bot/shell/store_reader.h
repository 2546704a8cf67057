/* store_reader.h - a look into the store for command line tools: connects, asks, waits. Never for the loop: it blocks,
 * at most STORE_READER_MS for each call. Changes nothing.
 */
#ifndef OPSGATE_SHELL_STORE_READER_H
#define OPSGATE_SHELL_STORE_READER_H

#include "bot/base/arena.h"
#include "bot/engine/store.h"
#include "bot/shell/redis_address.h"

#define STORE_READER_MS 5000

struct store_reader;
struct store_reader_options {
    const char *url;          /* as store_redis.h takes it */
    struct redis_login login; /* NULL: none, or it stands in the url */
    const char *name;         /* NULL: "default" */
};
struct store_reader *store_reader_open(const struct store_reader_options *options, struct error *err);
void store_reader_close(struct store_reader *reader);
static inline void auto_store_reader_close(struct store_reader **reader)
{
    store_reader_close(*reader);
}
#define AUTO_STORE_READER __attribute__((cleanup(auto_store_reader_close)))

/* All results live in `arena`. ERR_UNAVAILABLE: no answer; ERR_INVALID: the place is something else than asked for. */
bool store_reader_hash(struct store_reader *reader, enum store_place place, struct arena *arena,
                       struct store_pair **ret_pairs, size_t *ret_count, struct error *err);
/* ERR_NOT_FOUND when the field is not there. */
bool store_reader_field(struct store_reader *reader, enum store_place place, const char *field, struct arena *arena,
                        struct str *ret_value, struct error *err);
/* At most `count` entries of a stream from one id to another, both included (without the one that '(' stands
 * before); "-" and "+" are its ends. Newest first when `is_newest_first`. */
struct store_range {
    const char *from, *to;
    size_t count;
    bool is_newest_first;
};
bool store_reader_entries(struct store_reader *reader, enum store_place place, const struct store_range *range,
                          struct arena *arena, struct store_entry **ret_entries, size_t *ret_count, struct error *err);

#endif
