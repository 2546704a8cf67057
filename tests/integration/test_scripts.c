/* The three scripts against a real Redis: every answer, and that a refusal writes nothing. */

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

/* --- calling scripts -----------------------------------------------------------------------------------------------
 */

struct words {
    const char *at[64];
    size_t len[64];
    size_t count;
};

static void add(struct words *words, const char *text)
{
    words->at[words->count] = text;
    words->len[words->count++] = strlen(text);
}

static void add_all(struct words *words, const char *const *texts)
{
    for (; *texts; texts++)
        add(words, *texts);
}

static redisReply *run(enum script_name script, size_t key_count, struct words *rest)
{
    struct words whole = { .count = 0 };
    char keys[24];

    snprintf(keys, sizeof(keys), "%zu", key_count);
    add(&whole, "EVAL");
    add(&whole, scripts[script].text);
    add(&whole, keys);
    for (size_t i = 0; i < rest->count; i++) {
        whole.at[whole.count] = rest->at[i];
        whole.len[whole.count++] = rest->len[i];
    }
    return redisCommandArgv(redis.db, (int)whole.count, whole.at, whole.len);
}

/* The first word of the answer, or the error. */
static const char *said(redisReply *reply)
{
    static char text[512];
    const redisReply *first = reply->type == REDIS_REPLY_ARRAY && reply->elements > 0 ? reply->element[0] : reply;

    snprintf(text, sizeof(text), "%s", first->str ? first->str : "");
    if (reply->type == REDIS_REPLY_ARRAY && reply->elements > 1 && strcmp(text, "invalid") == 0)
        snprintf(text, sizeof(text), "invalid: %s", reply->element[1]->str);
    freeReplyObject(reply);
    return text;
}

static void add_places(struct words *words)
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

static const char *commit(const struct head *head, const char *const *writes)
{
    struct words words = { .count = 0 };

    add_places(&words);
    add_all(&words, (const char *const[]){ "commit", head->nonce, head->before, head->seq, head->id, head->has_heads,
                                           head->journal_before, head->journal_after, "4", "100", "20", NULL });
    add_all(&words, writes);
    return said(run(SCRIPT_COMMIT, STORE_PLACES, &words));
}

static const char *mark(const char *nonce, const char *id, const char *value)
{
    struct words words = { .count = 0 };

    add_places(&words);
    add_all(&words, (const char *const[]){ "mark", nonce, id, value, "100", "20", NULL });
    return said(run(SCRIPT_COMMIT, STORE_PLACES, &words));
}

struct leased {
    char result[64], birth[64], nonce[64], instance[64], counter[24], seq[24], unix_ms[24], clean[4];
};

static struct leased lease(const char *action, const char *nonce, const char *schema, const char *counter)
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
    assert_int_equal(reply->elements, 8);
#define PART(i, member) snprintf(leased.member, sizeof(leased.member), "%s", reply->element[i]->str)
    PART(0, result), PART(1, birth), PART(2, nonce), PART(3, instance);
    PART(4, counter), PART(5, seq), PART(6, unix_ms), PART(7, clean);
    return leased;
}

/* Keys and items are given as they stand in the call. Gives "0 1 2" or the error. */
static const char *accept_with(const char *high, const char *const *keys, const char *const *items)
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

/* --- the store before each test ------------------------------------------------------------------------------------
 */

static int born(void **state)
{
    (void)state;
    live_do(&redis, "FLUSHALL");
    live_do(&redis, "HSET %s birth b1 schema 1", P "meta");
    return 0;
}

static int owned(void **state)
{
    born(state);
    live_do(&redis, "HSET %s nonce %s counter 7 instance host-1 released 0", P "meta", NONCE);
    return 0;
}

static void append_with_id(const char *stream, const char *id)
{
    live_do(&redis, "XADD " P "%s %s e entry", stream, id);
}

static long long keys_in_store(void)
{
    return atoll(live_text(&redis, "DBSIZE"));
}

/* --- commit --------------------------------------------------------------------------------------------------------
 */

static void a_commit_writes_everything_and_counts(void **state)
{
    (void)state;
    append_with_id("inbox", "5-1");
    assert_string_equal(commit(&(struct head){ NONCE, "0", "1", COMMIT_1, "1", "", "h1" },
                               LIST("put", "operations", "D1", "{}", "append", "journal", "", "entry", "cursor",
                                    "inbox", "5-1", "", "put", "targets", "t", "")),
                        "ok");
    assert_string_equal(live_text(&redis, "HGET %s D1", P "operations"), "{}");
    assert_string_equal(live_text(&redis, "XLEN %s", P "journal"), "1");
    assert_string_equal(live_text(&redis, "HGET %s cursor:inbox", P "meta"), "5-1");
    assert_string_equal(live_text(&redis, "HGET %s seq", P "meta"), "1");
    assert_string_equal(live_text(&redis, "HGET %s journal", P "meta"), "h1");
    assert_string_equal(live_text(&redis, "HGET %s commit", P "meta"), COMMIT_1);
    assert_string_equal(live_text(&redis, "HEXISTS %s t", P "targets"), "1");
}

static void a_drop_and_a_trim_take_away(void **state)
{
    (void)state;
    live_do(&redis, "HSET %s D1 x", P "operations");
    append_with_id("dead", "1-1");
    append_with_id("dead", "2-1");
    assert_string_equal(commit(HEAD(), LIST("drop", "operations", "D1", "", "drop", "operations", "D2", "", "trim",
                                            "dead", "2-1", "", "trim", "inbox", "0-0", "")),
                        "ok");
    assert_string_equal(live_text(&redis, "HLEN %s", P "operations"), "0");
    assert_string_equal(live_text(&redis, "XLEN %s", P "dead"), "1");
    assert_string_equal(live_text(&redis, "EXISTS %s", P "inbox"), "0");
}

static void an_inbox_is_trimmed_up_to_its_cursor(void **state)
{
    (void)state;
    append_with_id("inbox", "8-1");
    append_with_id("inbox", "9-9");
    append_with_id("inbox", "9-10");
    assert_string_equal(commit(HEAD(), LIST("trim", "inbox", "9-9", "", "cursor", "inbox", "9-9", "")),
                        "invalid: write 1: a trim beyond the cursor of inbox");
    assert_string_equal(live_text(&redis, "XLEN %s", P "inbox"), "3");
    assert_string_equal(commit(HEAD(), LIST("cursor", "inbox", "9-9", "", "trim", "inbox", "9-9", "")), "ok");
    assert_string_equal(live_text(&redis, "XLEN %s", P "inbox"), "2");
    assert_string_equal(commit(&(struct head){ NONCE, "1", "2", COMMIT_2, "0", "", "" },
                               LIST("trim", "inbox", "9-9", "", "trim", "inbox", "9-10", "")),
                        "invalid: write 2: a trim beyond the cursor of inbox");
    assert_string_equal(commit(&(struct head){ NONCE, "1", "2", COMMIT_2, "0", "", "" },
                               LIST("trim", "inbox", "9-9", "", "trim", "inbox", "8-1", "")),
                        "ok");
}

static void a_cursor_may_follow_what_was_trimmed_away(void **state)
{
    (void)state;
    append_with_id("inbox", "7-0");
    live_do(&redis, "XTRIM %s MAXLEN 0", P "inbox");
    assert_string_equal(commit(HEAD(), LIST("cursor", "inbox", "7-1", "")),
                        "invalid: write 1: a cursor beyond the last entry of inbox");
    assert_string_equal(commit(HEAD(), LIST("cursor", "inbox", "7-0", "")), "ok");
}

static void an_append_keeps_as_many_as_it_says(void **state)
{
    static const struct {
        const char *id, *kept, *len;
    } rows[] = {
        { "c0000000000000000000000000000011", "", "2" },
        { "c0000000000000000000000000000012", "", "4" },
        { "c0000000000000000000000000000013", "2", "2" },
        { "c0000000000000000000000000000014", "1", "1" },
        { "c0000000000000000000000000000015", "999999999999999", "3" },
    };
    char before[8], after[8];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        snprintf(before, sizeof(before), "%zu", i);
        snprintf(after, sizeof(after), "%zu", i + 1);
        assert_string_equal(
            commit(&(struct head){ NONCE, before, after, rows[i].id, "0", "", "" },
                   LIST("append", "dead", rows[i].kept, "older", "append", "dead", rows[i].kept, after)),
            "ok");
        assert_string_equal(live_text(&redis, "XLEN %s", P "dead"), rows[i].len);
    }
    assert_string_equal(commit(&(struct head){ NONCE, "5", "6", COMMIT_1, "1", "", "h1" },
                               LIST("append", "journal", "1", "older", "append", "journal", "1", "newer")),
                        "ok");
    assert_string_equal(live_text(&redis, "XLEN %s", P "journal"), "1");
    assert_string_equal(
        live_text(&redis, "EVAL %s 1 %s", "return redis.call('XRANGE', KEYS[1], '-', '+')[1][2][2]", P "journal"),
        "newer");
}

static void a_resend_is_ok_and_writes_nothing_again(void **state)
{
    const char *const *writes = LIST("append", "dead", "", "letter");

    (void)state;
    assert_string_equal(commit(HEAD(), writes), "ok");
    assert_string_equal(commit(HEAD(), writes), "ok");
    assert_string_equal(live_text(&redis, "XLEN %s", P "dead"), "1");
    assert_string_equal(live_text(&redis, "HGET %s seq", P "meta"), "1");
    assert_string_equal(commit(&(struct head){ NONCE, "1", "2", COMMIT_2, "0", "", "" }, writes), "ok");
    assert_string_equal(commit(HEAD(), writes), "stale seq"); /* only the last commit is remembered */
}

static void only_the_owner_commits(void **state)
{
    (void)state;
    assert_string_equal(commit(&(struct head){ OTHER, "0", "1", COMMIT_1, "0", "", "" }, LIST()), "stale nonce");
    assert_string_equal(commit(&(struct head){ "", "0", "1", COMMIT_1, "0", "", "" }, LIST()), "stale nonce");
    assert_string_equal(mark(OTHER, "i", "v"), "stale nonce");
    live_do(&redis, "HSET %s nonce %s", P "meta", "");
    assert_string_equal(commit(&(struct head){ "", "0", "1", COMMIT_1, "0", "", "" }, LIST()), "stale nonce");
    live_do(&redis, "DEL %s", P "meta");
    assert_string_equal(commit(&(struct head){ "", "0", "1", COMMIT_1, "0", "", "" }, LIST()), "stale nonce");
    assert_int_equal(keys_in_store(), 0);
}

static void the_nonce_is_asked_before_the_commit_id_and_that_before_seq(void **state)
{
    (void)state;
    assert_string_equal(commit(HEAD(), LIST()), "ok");
    assert_string_equal(commit(&(struct head){ NONCE, "8", "9", COMMIT_1, "0", "", "" }, LIST()), "ok");
    assert_string_equal(commit(&(struct head){ OTHER, "0", "1", COMMIT_1, "0", "", "" }, LIST()), "stale nonce");
    assert_string_equal(commit(&(struct head){ NONCE, "0", "1", "no id", "0", "", "" }, LIST()), "stale seq");
    assert_string_equal(commit(&(struct head){ NONCE, "2", "3", COMMIT_2, "0", "", "" }, LIST()), "stale seq");
}

static void the_journal_is_a_chain(void **state)
{
    const char *const *entry = LIST("append", "journal", "", "entry");

    (void)state;
    assert_string_equal(commit(&(struct head){ NONCE, "0", "1", COMMIT_1, "1", "h0", "h1" }, entry),
                        "invalid: the journal has another head");
    assert_string_equal(commit(&(struct head){ NONCE, "0", "1", COMMIT_1, "1", "", "" }, entry),
                        "invalid: a field of the wrong size");
    assert_string_equal(commit(HEAD(), entry), "invalid: write 1: a journal entry without heads");
    assert_string_equal(commit(&(struct head){ NONCE, "0", "1", COMMIT_1, "1", "", "h1" }, entry), "ok");
    assert_string_equal(commit(&(struct head){ NONCE, "1", "2", COMMIT_2, "1", "", "h2" }, entry),
                        "invalid: the journal has another head");
    assert_string_equal(commit(&(struct head){ NONCE, "1", "2", COMMIT_2, "1", "h1", "h2" }, entry), "ok");
}

static char long_text[120];

static const struct refusal {
    const char *name, *reason, *writes[5];
} refusals[] = {
    { "an unknown verb", "no such verb", { "set", "operations", "D1", "x" } },
    { "an unknown place", "no such place", { "put", "nowhere", "D1", "x" } },
    { "put into a stream", "journal is no hash", { "put", "journal", "D1", "x" } },
    { "drop from a stream", "inbox is no hash", { "drop", "inbox", "D1", "" } },
    { "a field without a name", "a field of the wrong size", { "put", "operations", "", "x" } },
    { "a field that is too long", "a field of the wrong size", { "put", "operations", "123456789012345678901", "x" } },
    { "a value that is too large", "a value that is too large", { "put", "operations", "D1", long_text } },
    { "an entry that is too large", "a value that is too large", { "append", "dead", "", long_text } },
    { "append to a hash", "nothing is appended to operations", { "append", "operations", "", "x" } },
    { "keeping none of a stream", "a length that is no number", { "append", "dead", "0", "x" } },
    { "a length with a leading zero", "a length that is no number", { "append", "dead", "01", "x" } },
    { "a length that is no number", "a length that is no number", { "append", "dead", "x", "x" } },
    { "a length below zero", "a length that is no number", { "append", "dead", "-1", "x" } },
    { "a length of 16 digits", "a length that is no number", { "append", "dead", "1000000000000000", "x" } },
    { "append to the inbox", "nothing is appended to inbox", { "append", "inbox", "", "x" } },
    { "a cursor of a hash", "meta has no cursor", { "cursor", "meta", "6-0", "" } },
    { "a cursor of the journal", "journal has no cursor", { "cursor", "journal", "6-0", "" } },
    { "a cursor that is no id", "a cursor that is no id", { "cursor", "inbox", "6", "" } },
    { "a cursor with leading zeros", "a cursor that is no id", { "cursor", "inbox", "06-0", "" } },
    { "a cursor beyond 64 bits", "a cursor that is no id", { "cursor", "inbox", "18446744073709551616-0", "" } },
    { "a cursor that stands still", "the cursor of inbox is at 5-0 already", { "cursor", "inbox", "5-0", "" } },
    { "a cursor that goes back", "the cursor of inbox is at 5-0 already", { "cursor", "inbox", "4-9", "" } },
    { "a first cursor at 0-0", "the cursor of inbox:safe is at 0-0 already", { "cursor", "inbox:safe", "0-0", "" } },
    { "a cursor just beyond the last entry",
      "a cursor beyond the last entry of inbox",
      { "cursor", "inbox", "7-1", "" } },
    { "a cursor far beyond the last entry",
      "a cursor beyond the last entry of inbox",
      { "cursor", "inbox", "10-0", "" } },
    { "a cursor in a stream that gave nothing",
      "a cursor beyond the last entry of inbox:safe",
      { "cursor", "inbox:safe", "0-1", "" } },
    { "a trim just beyond the cursor", "a trim beyond the cursor of inbox", { "trim", "inbox", "5-1", "" } },
    { "a trim of all that waits", "a trim beyond the cursor of inbox", { "trim", "inbox", "10-0", "" } },
    { "a trim before there is a cursor",
      "a trim beyond the cursor of inbox:safe",
      { "trim", "inbox:safe", "0-1", "" } },
    { "a trim of a hash", "operations is no stream", { "trim", "operations", "1-0", "" } },
    { "a trim to no id", "a trim to something that is no id", { "trim", "dead", "x", "" } },
    { "a hash that is stored as a text", "effects is stored as something else", { "put", "effects", "E1", "x" } },
    { "a drop from what is stored as a text", "effects is stored as something else", { "drop", "effects", "E1", "" } },
    { "a stream that is stored as a text", "journal is stored as something else", { "trim", "journal", "1-0", "" } },
    { "meta birth", "meta birth is for the scripts alone", { "put", "meta", "birth", "x" } },
    { "meta schema", "meta schema is for the scripts alone", { "put", "meta", "schema", "x" } },
    { "meta seq", "meta seq is for the scripts alone", { "put", "meta", "seq", "x" } },
    { "meta commit", "meta commit is for the scripts alone", { "put", "meta", "commit", "x" } },
    { "meta nonce", "meta nonce is for the scripts alone", { "put", "meta", "nonce", "x" } },
    { "meta instance", "meta instance is for the scripts alone", { "put", "meta", "instance", "x" } },
    { "meta counter", "meta counter is for the scripts alone", { "put", "meta", "counter", "x" } },
    { "meta released", "meta released is for the scripts alone", { "put", "meta", "released", "x" } },
    { "meta journal", "meta journal is for the scripts alone", { "put", "meta", "journal", "x" } },
    { "meta cursor:inbox", "meta cursor:inbox is for the scripts alone", { "put", "meta", "cursor:inbox", "x" } },
    { "meta cursor:inbox:safe",
      "meta cursor:inbox:safe is for the scripts alone",
      { "put", "meta", "cursor:inbox:safe", "x" } },
    { "dropping meta seq", "meta seq is for the scripts alone", { "drop", "meta", "seq", "" } },
};

/* The refused write comes second: had the script written as it goes, the first would be there. */
static void check_refusal(void **state)
{
    const struct refusal *row = *state;
    char expected[200];

    live_do(&redis, "HSET %s cursor:inbox 5-0", P "meta");
    append_with_id("inbox", "7-0");
    live_do(&redis, "SET %s text", P "effects");
    live_do(&redis, "SET %s text", P "journal");
    snprintf(expected, sizeof(expected), "invalid: write 2: %s", row->reason);
    assert_string_equal(commit(HEAD(), LIST("put", "operations", "D1", "{}", row->writes[0], row->writes[1],
                                            row->writes[2], row->writes[3])),
                        expected);
    assert_string_equal(live_text(&redis, "EXISTS %s", P "operations"), "0");
    assert_string_equal(live_text(&redis, "HGET %s seq", P "meta"), "");
}

static void two_cursors_in_one_commit_go_on(void **state)
{
    (void)state;
    append_with_id("inbox", "10-0");
    append_with_id("inbox:safe", "1-0");
    assert_string_equal(commit(HEAD(), LIST("cursor", "inbox", "5-1", "", "cursor", "inbox", "5-1", "")),
                        "invalid: write 2: the cursor of inbox is at 5-1 already");
    assert_string_equal(commit(HEAD(), LIST("cursor", "inbox", "9-1", "", "cursor", "inbox", "10-0", "", "cursor",
                                            "inbox:safe", "1-0", "")),
                        "ok");
    assert_string_equal(live_text(&redis, "HGET %s cursor:inbox", P "meta"), "10-0");
    assert_string_equal(live_text(&redis, "HGET %s cursor:inbox:safe", P "meta"), "1-0");
}

static void a_commit_out_of_shape_is_invalid(void **state)
{
    const char *const *five = LIST("drop", "ended", "a", "", "drop", "ended", "a", "", "drop", "ended", "a", "", "drop",
                                   "ended", "a", "", "drop", "ended", "a", "");

    (void)state;
    assert_string_equal(commit(HEAD(), five), "invalid: the wrong number of writes");
    assert_string_equal(commit(HEAD(), LIST("drop", "ended", "a")), "invalid: the wrong number of writes");
    assert_string_equal(commit(&(struct head){ NONCE, "0", "1", "xyz", "0", "", "" }, LIST()),
                        "invalid: a commit id that is not 32 hex digits");
    assert_string_equal(said(run(SCRIPT_COMMIT, 0, &(struct words){ .at = { "commit" }, .len = { 6 }, .count = 1 })),
                        "invalid: no such way to call commit");
    live_do(&redis, "SET %s text", P "meta");
    assert_string_equal(commit(HEAD(), LIST()), "invalid: meta is stored as something else");
}

static void numbers_and_ids_beyond_a_double_stay_exact(void **state)
{
    (void)state;
    live_do(&redis, "HSET %s seq 9007199254740993", P "meta");
    append_with_id("inbox", "18446744073709551615-18446744073709551614");
    assert_string_equal(commit(&(struct head){ NONCE, "9007199254740992", "1", COMMIT_1, "0", "", "" }, LIST()),
                        "stale seq");
    assert_string_equal(commit(&(struct head){ NONCE, "9007199254740993", "9007199254740994", COMMIT_1, "0", "", "" },
                               LIST("cursor", "inbox", "18446744073709551615-18446744073709551614", "")),
                        "ok");
    assert_string_equal(commit(&(struct head){ NONCE, "9007199254740994", "9007199254740995", COMMIT_2, "0", "", "" },
                               LIST("cursor", "inbox", "18446744073709551615-18446744073709551615", "")),
                        "invalid: write 1: a cursor beyond the last entry of inbox");
    append_with_id("inbox", "18446744073709551615-18446744073709551615");
    assert_string_equal(commit(&(struct head){ NONCE, "9007199254740994", "9007199254740995", COMMIT_2, "0", "", "" },
                               LIST("cursor", "inbox", "18446744073709551615-18446744073709551615", "")),
                        "ok");
}

static void a_mark_is_no_commit(void **state)
{
    (void)state;
    assert_string_equal(mark(NONCE, "i1", "{\"n\":1}"), "ok");
    assert_string_equal(live_text(&redis, "HGET %s i1", P "trying"), "{\"n\":1}");
    assert_string_equal(live_text(&redis, "HGET %s seq", P "meta"), "");
    assert_string_equal(mark(NONCE, "", "v"), "invalid: a field of the wrong size");
    assert_string_equal(mark(NONCE, "i2", long_text), "invalid: a value that is too large");
    live_do(&redis, "DEL %s", P "trying");
    live_do(&redis, "SET %s text", P "trying");
    assert_string_equal(mark(NONCE, "i2", "v"), "invalid: trying is stored as something else");
}

/* --- lease ---------------------------------------------------------------------------------------------------------
 */

static void the_first_take_is_clean(void **state)
{
    struct leased before = lease("look", "", "1", "0");
    struct leased taken = lease("take", NONCE, "1", "99");

    (void)state;
    assert_string_equal(before.result, "done");
    assert_string_equal(before.nonce, "");
    assert_string_equal(before.counter, "0");
    assert_string_equal(before.seq, "0");
    assert_string_equal(before.clean, "1");
    assert_string_equal(taken.result, "done");
    assert_string_equal(taken.birth, "b1");
    assert_string_equal(taken.nonce, NONCE);
    assert_string_equal(taken.instance, "host-1");
    assert_string_equal(taken.counter, "1");
    assert_string_equal(taken.clean, "1");
    assert_int_equal(strlen(taken.unix_ms), 13);
    assert_string_equal(lease("look", "", "1", "0").clean, "0");
}

static void a_standing_counter_may_be_taken_over(void **state)
{
    struct leased taken;

    (void)state;
    assert_string_equal(lease("take", OTHER, "1", "6").result, "held");
    assert_string_equal(lease("renew", NONCE, "1", "0").counter, "8");
    assert_string_equal(lease("take", OTHER, "1", "7").result, "held");
    assert_string_equal(live_text(&redis, "HGET %s nonce", P "meta"), NONCE);
    taken = lease("take", OTHER, "1", "8");
    assert_string_equal(taken.result, "done");
    assert_string_equal(taken.counter, "9");
    assert_string_equal(taken.clean, "0");
    assert_string_equal(lease("renew", NONCE, "1", "0").result, "held");
    assert_string_equal(lease("release", NONCE, "1", "0").result, "held");
    assert_string_equal(live_text(&redis, "HGET %s nonce", P "meta"), OTHER);
}

static void a_release_hands_over_at_once(void **state)
{
    struct leased released = lease("release", NONCE, "1", "0");
    struct leased again = lease("release", NONCE, "1", "0");
    struct leased taken;

    (void)state;
    assert_string_equal(released.result, "done");
    assert_string_equal(released.nonce, "");
    assert_string_equal(released.instance, "host-1");
    assert_string_equal(released.counter, "7");
    assert_string_equal(released.clean, "1");
    assert_string_equal(again.result, "done");
    assert_string_equal(lease("renew", NONCE, "1", "0").result, "held");
    assert_string_equal(lease("renew", "", "1", "0").result, "held");
    assert_string_equal(live_text(&redis, "HGET %s released", P "meta"), "1");
    taken = lease("take", OTHER, "1", "0");
    assert_string_equal(taken.result, "done");
    assert_string_equal(taken.clean, "1");
    assert_string_equal(live_text(&redis, "HGET %s released", P "meta"), "0");
}

static void a_store_without_birth_is_nobodys(void **state)
{
    static const char *const actions[] = { "look", "take", "renew", "release" };

    (void)state;
    live_do(&redis, "FLUSHALL");
    for (size_t i = 0; i < ARRAY_LEN(actions); i++)
        assert_string_equal(lease(actions[i], NONCE, "1", "0").result, "no birth");
    assert_int_equal(keys_in_store(), 0);
}

static void a_newer_store_refuses_and_an_older_is_raised(void **state)
{
    static const char *const actions[] = { "look", "take", "renew", "release" };

    (void)state;
    live_do(&redis, "HSET %s schema 12", P "meta");
    for (size_t i = 0; i < ARRAY_LEN(actions); i++)
        assert_string_equal(lease(actions[i], NONCE, "9", "7").result, "too new");
    assert_string_equal(live_text(&redis, "HGET %s counter", P "meta"), "7");
    assert_string_equal(lease("look", "", "13", "7").result, "done");
    assert_string_equal(lease("renew", NONCE, "13", "7").result, "done");
    assert_string_equal(live_text(&redis, "HGET %s schema", P "meta"), "12");
    assert_string_equal(lease("take", OTHER, "13", "8").result, "done");
    assert_string_equal(live_text(&redis, "HGET %s schema", P "meta"), "13");
    live_do(&redis, "HDEL %s schema", P "meta");
    assert_string_equal(lease("take", NONCE, "13", "9").result, "done");
    assert_string_equal(live_text(&redis, "HGET %s schema", P "meta"), "13");
}

static void a_lease_out_of_shape_is_an_error(void **state)
{
    (void)state;
    assert_string_equal(lease("steal", NONCE, "1", "7").result, "ERR lease: no such action");
    assert_string_equal(lease("take", "short", "1", "7").result, "ERR lease: a nonce that is not 32 hex digits");
    assert_string_equal(lease("take", OTHER, "x", "7").result, "ERR lease: counter or schema is no number");
    live_do(&redis, "HSET %s counter x", P "meta");
    assert_string_equal(lease("take", OTHER, "1", "x").result, "ERR lease: counter or schema is no number");
    live_do(&redis, "SET %s text", P "meta");
    assert_string_equal(lease("look", OTHER, "1", "x").result, "ERR lease: meta is a string");
}

/* --- accept --------------------------------------------------------------------------------------------------------
 */

static void new_items_are_appended_with_their_keys(void **state)
{
    (void)state;
    assert_string_equal(accept_items(LIST("k1", "k2", "k3"), LIST("inbox", "2", "a", "inbox:safe", "1", "b")), "0 0");
    assert_string_equal(live_text(&redis, "XLEN %s", P "inbox"), "1");
    assert_string_equal(live_text(&redis, "XLEN %s", P "inbox:safe"), "1");
    assert_true(atol(live_text(&redis, "PTTL k3")) > 50000);
    assert_string_equal(accept_items(LIST(), LIST()), "");
}

static void one_old_key_of_three_makes_a_duplicate(void **state)
{
    (void)state;
    live_do(&redis, "SET k1 1");
    live_do(&redis, "SET k2 1");
    assert_string_equal(accept_items(LIST("k1", "k2", "k3"), LIST("inbox", "3", "a")), "1");
    assert_string_equal(accept_items(LIST("k4", "k5", "k2"), LIST("inbox", "3", "a")), "1");
    assert_string_equal(live_text(&redis, "EXISTS k3 k4 k5"), "0");
    assert_string_equal(live_text(&redis, "EXISTS %s", P "inbox"), "0");
}

static void items_of_one_call_see_each_other(void **state)
{
    (void)state;
    assert_string_equal(
        accept_items(LIST("k1", "k2", "k1", "k3", "k3"),
                     LIST("inbox", "1", "a", "inbox", "2", "b", "inbox:safe", "1", "c", "inbox", "1", "d")),
        "0 1 0 1");
    assert_string_equal(live_text(&redis, "EXISTS k2"), "0");
}

static void ids_count_the_entries(void **state)
{
    AUTO_REPLY redisReply *reply = NULL;

    (void)state;
    assert_string_equal(accept_items(LIST("k1", "k2"), LIST("inbox", "1", "a", "inbox", "1", "b")), "0 0");
    live_do(&redis, "XTRIM %s MAXLEN 0", P "inbox");
    assert_string_equal(accept_items(LIST("k3"), LIST("inbox", "1", "c")), "0");
    reply = live_ask(&redis, "XRANGE %s - +", P "inbox");
    assert_int_equal(reply->elements, 1);
    assert_string_equal(strchr(reply->element[0]->element[0]->str, '-'), "-3");
}

static void the_clock_may_go_back(void **state)
{
    AUTO_REPLY redisReply *reply = NULL;

    (void)state;
    live_do(&redis, "XADD %s 9000000000000-5 e future", P "inbox");
    assert_string_equal(accept_items(LIST("k1"), LIST("inbox", "1", "a")), "0");
    reply = live_ask(&redis, "XRANGE %s - +", P "inbox");
    assert_string_equal(reply->element[1]->element[0]->str, "9000000000000-6");
}

static void the_high_water_counts_what_no_commit_consumed(void **state)
{
    AUTO_REPLY redisReply *reply = NULL;
    const char *id;

    (void)state;
    assert_string_equal(
        accept_with("2", LIST("k1", "k2", "k3"), LIST("inbox", "1", "a", "inbox", "1", "b", "inbox", "1", "c")),
        "0 0 2");
    assert_string_equal(live_text(&redis, "EXISTS k3"), "0");
    assert_string_equal(accept_with("2", LIST("k1"), LIST("inbox", "1", "a")), "2"); /* a duplicate is told so too */
    assert_string_equal(accept_with("2", LIST("k4"), LIST("inbox:safe", "1", "s")), "0"); /* its own reserve */
    reply = live_ask(&redis, "XRANGE %s - +", P "inbox");
    id = reply->element[0]->element[0]->str;
    assert_string_equal(commit(HEAD(), LIST("cursor", "inbox", id, "")), "ok");
    assert_string_equal(accept_with("2", LIST("k3", "k5"), LIST("inbox", "1", "c", "inbox", "1", "d")), "0 2");
    live_do(&redis, "XTRIM %s MAXLEN 0", P "inbox"); /* trimming what is not consumed consumes nothing */
    assert_string_equal(accept_with("2", LIST("k5"), LIST("inbox", "1", "d")), "2");
}

static void a_cursor_beyond_the_end_means_none_waits(void **state)
{
    (void)state;
    assert_string_equal(accept_with("1", LIST("k1"), LIST("inbox", "1", "a")), "0");
    live_do(&redis, "HSET %s cursor:inbox 9000000000000-0", P "meta"); /* no commit moves it there */
    assert_string_equal(accept_with("1", LIST("k2"), LIST("inbox", "1", "a")), "0");
}

static void an_accept_out_of_shape_writes_nothing(void **state)
{
    char *large = xcalloc(1, 1002);

    (void)state;
    memset(large, 'x', 1001);
    assert_string_equal(accept_items(LIST("k1", "k2"), LIST("inbox", "1", "a", "inbox", "1", large)),
                        "ERR accept: an item of the wrong size");
    free(large);
    assert_string_equal(accept_items(LIST("k1", "k2"), LIST("inbox", "1", "a", "dead", "1", "b")),
                        "ERR accept: no such inbox");
    assert_string_equal(accept_items(LIST("k1"), LIST("inbox", "1", "a", "inbox", "0", "b")),
                        "ERR accept: an item with the wrong number of keys");
    assert_string_equal(accept_items(LIST("k1", "k2", "k3", "k4"), LIST("inbox", "4", "a")),
                        "ERR accept: an item with the wrong number of keys");
    assert_string_equal(accept_items(LIST("k1"), LIST("inbox", "2", "a")),
                        "ERR accept: an item with the wrong number of keys");
    assert_string_equal(accept_items(LIST("k1"), LIST("inbox", "x", "a")),
                        "ERR accept: an item with the wrong number of keys");
    assert_string_equal(accept_items(LIST("k1", "k2"), LIST("inbox", "1", "a")), "ERR accept: more keys than items");
    assert_string_equal(accept_items(LIST("k1"), LIST("inbox", "1")), "ERR accept: an item of the wrong size");
    assert_string_equal(accept_with("many", LIST("k1"), LIST("inbox", "1", "a")), "ERR accept: limit 1 is no number");
    live_do(&redis, "SET %s text", P "inbox:safe");
    assert_string_equal(accept_items(LIST("k1"), LIST("inbox", "1", "a")), "ERR accept: the inbox is a string");
    live_do(&redis, "SET %s text", P "meta");
    assert_string_equal(accept_items(LIST("k1"), LIST("inbox", "1", "a")), "ERR accept: meta is a string");
    assert_string_equal(live_text(&redis, "EXISTS k1 k2 k3 k4 %s", P "inbox"), "0");
}

/* --- memory --------------------------------------------------------------------------------------------------------
 */

static void limit_so_that_used_is(int percent)
{
    AUTO_REPLY redisReply *info = live_ask(&redis, "INFO memory");
    long long used = atoll(strstr(info->str, "used_memory:") + strlen("used_memory:"));

    live_do(&redis, "CONFIG SET maxmemory %lld", used * 100 / percent);
}

static void accept_refuses_early_so_that_commits_have_room(void **state)
{
    (void)state;
    live_do(&redis, "SET ballast %s", live_text(&redis, "ECHO %s", long_text));
    live_do(&redis, "EVAL %s 0", "for i = 1, 100 do redis.call('SET', 'b' .. i, string.rep('x', 100000)) end");
    limit_so_that_used_is(70);
    assert_string_equal(accept_items(LIST("k1"), LIST("inbox", "1", "a")), "0");
    limit_so_that_used_is(85);
    assert_string_equal(accept_items(LIST("k2", "k3"), LIST("inbox", "1", "a", "inbox:safe", "1", "b")), "2 0");
    limit_so_that_used_is(95);
    assert_string_equal(accept_items(LIST("k4"), LIST("inbox:safe", "1", "b")), "2");
    limit_so_that_used_is(110);
    assert_string_equal(accept_items(LIST("k4"), LIST("inbox:safe", "1", "b")), "2");
    assert_true(strncmp(live_text(&redis, "SET x y"), "OOM", 3) == 0);
    assert_string_equal(commit(HEAD(), LIST("put", "operations", "D1", "{}")), "ok");
    assert_string_equal(mark(NONCE, "i1", "1"), "ok");
    assert_string_equal(lease("renew", NONCE, "1", "0").result, "done");
    live_do(&redis, "CONFIG SET maxmemory 0");
    assert_string_equal(accept_items(LIST("k5"), LIST("inbox", "1", "a")), "0");
    live_do(&redis, "CONFIG SET maxmemory 64mb");
}

int main(void)
{
    static const struct CMUnitTest plain[] = {
        cmocka_unit_test_setup(a_commit_writes_everything_and_counts, owned),
        cmocka_unit_test_setup(a_drop_and_a_trim_take_away, owned),
        cmocka_unit_test_setup(an_inbox_is_trimmed_up_to_its_cursor, owned),
        cmocka_unit_test_setup(a_cursor_may_follow_what_was_trimmed_away, owned),
        cmocka_unit_test_setup(an_append_keeps_as_many_as_it_says, owned),
        cmocka_unit_test_setup(a_resend_is_ok_and_writes_nothing_again, owned),
        cmocka_unit_test_setup(only_the_owner_commits, owned),
        cmocka_unit_test_setup(the_nonce_is_asked_before_the_commit_id_and_that_before_seq, owned),
        cmocka_unit_test_setup(the_journal_is_a_chain, owned),
        cmocka_unit_test_setup(two_cursors_in_one_commit_go_on, owned),
        cmocka_unit_test_setup(a_commit_out_of_shape_is_invalid, owned),
        cmocka_unit_test_setup(numbers_and_ids_beyond_a_double_stay_exact, owned),
        cmocka_unit_test_setup(a_mark_is_no_commit, owned),
        cmocka_unit_test_setup(the_first_take_is_clean, born),
        cmocka_unit_test_setup(a_standing_counter_may_be_taken_over, owned),
        cmocka_unit_test_setup(a_release_hands_over_at_once, owned),
        cmocka_unit_test_setup(a_store_without_birth_is_nobodys, born),
        cmocka_unit_test_setup(a_newer_store_refuses_and_an_older_is_raised, owned),
        cmocka_unit_test_setup(a_lease_out_of_shape_is_an_error, owned),
        cmocka_unit_test_setup(new_items_are_appended_with_their_keys, owned),
        cmocka_unit_test_setup(one_old_key_of_three_makes_a_duplicate, owned),
        cmocka_unit_test_setup(items_of_one_call_see_each_other, owned),
        cmocka_unit_test_setup(ids_count_the_entries, owned),
        cmocka_unit_test_setup(the_clock_may_go_back, owned),
        cmocka_unit_test_setup(the_high_water_counts_what_no_commit_consumed, owned),
        cmocka_unit_test_setup(a_cursor_beyond_the_end_means_none_waits, owned),
        cmocka_unit_test_setup(an_accept_out_of_shape_writes_nothing, owned),
        cmocka_unit_test_setup(accept_refuses_early_so_that_commits_have_room, owned),
    };
    struct CMUnitTest tests[ARRAY_LEN(plain) + ARRAY_LEN(refusals)];
    int failed;

    memset(long_text, 'x', sizeof(long_text) - 1);
    memcpy(tests, plain, sizeof(plain));
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
        tests[ARRAY_LEN(plain) + i] = (struct CMUnitTest){ .name = refusals[i].name,
                                                           .test_func = check_refusal,
                                                           .setup_func = owned,
                                                           .initial_state = (void *)&refusals[i] };
    live_start(&redis);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    live_stop(&redis);
    return failed;
}
