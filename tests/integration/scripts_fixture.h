/* scripts_fixture.h - the three scripts, called as the store calls them, against a redis-server of the program's own.
 *
 * For tests that are one file each. A group runs between `redis_up` and `redis_down`; every test starts from a store
 * that is `born`, or `owned` by NONCE.
 */
#ifndef OPSGATE_TESTS_SCRIPTS_FIXTURE_H
#define OPSGATE_TESTS_SCRIPTS_FIXTURE_H

#include "bot/base/buf.h"
#include "bot/engine/store.h"
#include "bot/shell/scripts.h"
#include "tests/integration/live_redis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define NONCE "11111111111111111111111111111111"
#define OTHER "22222222222222222222222222222222"
#define COMMIT_1 "c0000000000000000000000000000001"
#define COMMIT_2 "c0000000000000000000000000000002"
#define P "og:{default}:"

static struct live_redis redis = { .args = { "--maxmemory", "64mb", "--maxmemory-policy", "noeviction" } };
static char long_text[120]; /* more than a field or a value of `commit` may have */

/* ---- calling scripts ---- */

struct words {
    const char *at[64];
    size_t len[64];
    size_t count;
};

static inline void add(struct words *words, const char *text)
{
    words->at[words->count] = text;
    words->len[words->count++] = strlen(text);
}

static inline void add_all(struct words *words, const char *const *texts)
{
    for (; *texts; texts++)
        add(words, *texts);
}

static inline redisReply *run(enum script_name script, size_t key_count, struct words *rest)
{
    struct words whole = { .count = 0 };
    char keys[24];

    snprintf(keys, sizeof(keys), "%zu", key_count);
    add(&whole, "EVAL");
    add(&whole, scripts[script].text.at);
    add(&whole, keys);
    for (size_t i = 0; i < rest->count; i++) {
        whole.at[whole.count] = rest->at[i];
        whole.len[whole.count++] = rest->len[i];
    }
    return redisCommandArgv(redis.db, (int)whole.count, whole.at, whole.len);
}

/* The first word of the answer, or the error. */
static inline const char *said(redisReply *reply)
{
    static char text[512];
    const redisReply *first = reply->type == REDIS_REPLY_ARRAY && reply->elements > 0 ? reply->element[0] : reply;

    snprintf(text, sizeof(text), "%s", first->str ? first->str : "");
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements > 1 && strcmp(text, "invalid") == 0)
        snprintf(text, sizeof(text), "invalid: %s", reply->element[1]->str);
    freeReplyObject(reply);
    return text;
}

static inline void add_places(struct words *words)
{
    static char keys[STORE_PLACES][64];

    for (size_t i = 0; i < STORE_PLACES; i++) {
        snprintf(keys[i], sizeof(keys[i]), P "%s", store_place_names[i]);
        add(words, keys[i]);
    }
}

struct head {
    const char *nonce, *before, *seq, *id, *has_heads, *journal_before, *journal_after;
};

#define HEAD() (&(struct head){ NONCE, "0", "1", COMMIT_1, "0", "", "" })

static inline const char *commit(const struct head *head, const char *const *writes)
{
    struct words words = { .count = 0 };

    add_places(&words);
    add_all(&words, (const char *const[]){ "commit", head->nonce, head->before, head->seq, head->id, head->has_heads,
                                           head->journal_before, head->journal_after, "4", "100", "20", NULL });
    add_all(&words, writes);
    return said(run(SCRIPT_COMMIT, STORE_PLACES, &words));
}

static inline const char *mark(const char *nonce, const char *id, const char *value)
{
    struct words words = { .count = 0 };

    add_places(&words);
    add_all(&words, (const char *const[]){ "mark", nonce, id, value, "100", "20", NULL });
    return said(run(SCRIPT_COMMIT, STORE_PLACES, &words));
}

struct leased {
    char result[64], birth[64], nonce[64], instance[64], counter[24], seq[24], unix_ms[24], clean[4], shift[24];
    char adopted[64], confirmed[64], last_operation[24];
};

static inline struct leased lease(const char *action, const char *nonce, const char *schema, const char *counter)
{
    struct leased leased = { .result = "" };
    struct words words = { .count = 0 };
    AUTO_REPLY redisReply *reply = NULL;

    add_all(&words, (const char *const[]){ P "meta", action, nonce, "host-1", schema, counter, NULL });
    reply = run(SCRIPT_LEASE, 1, &words);
    if (reply->type == REDIS_REPLY_ERROR) {
        snprintf(leased.result, sizeof(leased.result), "%s", reply->str);
        return leased;
    }
    assert_int_equal(reply->elements, 12);
#define PART(i, member) snprintf(leased.member, sizeof(leased.member), "%s", reply->element[i]->str)
    PART(0, result), PART(1, birth), PART(2, nonce), PART(3, instance);
    PART(4, counter), PART(5, seq), PART(6, unix_ms), PART(7, clean), PART(8, shift);
    PART(9, adopted), PART(10, confirmed), PART(11, last_operation);
    return leased;
}

/* Keys and items are given as they stand in the call. Gives "0 1 2" or the error. */
static inline const char *accept_with(const char *high, const char *const *keys, const char *const *items)
{
    static char text[256];
    struct words words = { .count = 0 };
    AUTO_REPLY redisReply *reply = NULL;
    size_t key_count = 3, at = 0;

    add_all(&words, (const char *const[]){ P "inbox", P "inbox:safe", P "meta", NULL });
    for (; keys[key_count - 3]; key_count++)
        add(&words, keys[key_count - 3]);
    add_all(&words, (const char *const[]){ high, high, "80", "90", "60000", "1000", "3", NULL });
    add_all(&words, items);
    reply = run(SCRIPT_ACCEPT, key_count, &words);
    text[0] = '\0';
    if (reply->type == REDIS_REPLY_ERROR)
        snprintf(text, sizeof(text), "%s", reply->str);
    for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%lld", i ? " " : "", reply->element[i]->integer);
    return text;
}

#define LIST(...) ((const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })
#define accept_items(keys, items) accept_with("1000", keys, items)

/* ---- the store before each test ---- */

static inline int born(void **state)
{
    (void)state;
    live_do(&redis, "FLUSHALL");
    live_do(&redis, "HSET %s birth b1 schema 1", P "meta");
    return 0;
}

static inline int owned(void **state)
{
    born(state);
    live_do(&redis, "HSET %s nonce %s counter 7 instance host-1 released 0", P "meta", NONCE);
    return 0;
}

static inline void append_with_id(const char *stream, const char *id)
{
    live_do(&redis, "XADD " P "%s %s e entry", stream, id);
}

static inline long long keys_in_store(void)
{
    return atoll(live_text(&redis, "DBSIZE"));
}

static inline int redis_up(void **state)
{
    (void)state;
    memset(long_text, 'x', sizeof(long_text) - 1);
    live_start(&redis);
    return 0;
}

static inline int redis_down(void **state)
{
    (void)state;
    live_stop(&redis);
    return 0;
}

#endif
