/* store_redis_fixture.h - a store over a redis-server of its own, and its calls as calls that wait.
 *
 * For tests that are one file each: there is one world, and IN_A_WORLD makes it anew for every test.
 */
#ifndef OPSGATE_TESTS_STORE_REDIS_FIXTURE_H
#define OPSGATE_TESTS_STORE_REDIS_FIXTURE_H

#include "bot/base/buf.h"
#include "bot/shell/store_redis.h"
#include "tests/integration/live_redis.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define NONCE "11111111111111111111111111111111"
#define OTHER "22222222222222222222222222222222"
#define BIRTH "b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1"
#define P "og:{default}:"
#define PATIENCE_MS 60000
#define COMMITS_MAX 512
#ifndef DEADLINE_MS
#define DEADLINE_MS 20000 /* of every call: a busy disk may take seconds. Tests of deadlines have a shorter one */
#endif

static struct world {
    struct live_redis redis;
    struct loop *loop;
    struct store_redis *shell;
    struct store store;
    int answers; /* callbacks so far */
    enum store_status status;
    enum accept_result results[8];
    struct lease_answer lease;
    char nonce[40], birth[40], reason[200], last_ids[2][32], entries[1024], told[64];
    size_t operations, meta;
    enum store_status commits[COMMITS_MAX];
    int64_t receivers;
    struct store_probe probe;
    void (*tell_more)(void); /* of what stands around it, when something is waited for in vain; NULL: nothing */
} world;

/* ---- running the loop until something happened ---- */

/* A timer's function: `arg` says for what was waited, NULL: something. */
static inline void on_patience_over(void *arg)
{
    if (world.tell_more)
        world.tell_more();
    fail_msg("waited in vain for %s: %d answers came, the last status is %d, the store is %s, its trouble '%s'",
             arg ? (const char *)arg : "something", world.answers, (int)world.status,
             world.shell && store_redis_is_up(world.shell) ? "up" : "away",
             world.shell ? store_redis_trouble(world.shell) : "");
}

static inline void run_until_answers(int wanted)
{
    char what[32];
    struct loop_timer *patience = loop_timer_start(world.loop, PATIENCE_MS, on_patience_over, what);

    snprintf(what, sizeof(what), "%d answers", wanted);
    while (world.answers < wanted)
        loop_run_once(world.loop);
    loop_timer_cancel(patience);
}

static inline void on_pause_over(void *arg)
{
    *(bool *)arg = true;
}

static inline void run_for_ms(int64_t ms)
{
    bool is_over = false;

    loop_timer_start(world.loop, ms, on_pause_over, &is_over);
    while (!is_over)
        loop_run_once(world.loop);
}

static inline void run_until_up(bool is_up)
{
    struct loop_timer *patience =
        loop_timer_start(world.loop, PATIENCE_MS, on_patience_over, is_up ? "a store that is up" : "one that is away");

    while (store_redis_is_up(world.shell) != is_up)
        loop_run_once(world.loop);
    loop_timer_cancel(patience);
}

static inline void run_until_trouble(const char *text)
{
    char what[128];
    struct loop_timer *patience = loop_timer_start(world.loop, PATIENCE_MS, on_patience_over, what);

    snprintf(what, sizeof(what), "the trouble '%s'", text);
    while (!strstr(store_redis_trouble(world.shell), text))
        run_for_ms(10);
    loop_timer_cancel(patience);
}

static inline void begin(void)
{
    world.answers = 0;
    world.status = STORE_UNAVAILABLE;
}

/* Whether what has not worked is tried again, now: on a busy machine a replica's answer may come too late, and while
 * the store is away every call fails at once. Never when the store answered. */
static inline bool is_tried_again(enum store_status status, int64_t until_ms)
{
    if ((status != STORE_UNAVAILABLE && status != STORE_NOT_NOW) || loop_now_ms(world.loop) >= until_ms)
        return false;
    run_for_ms(100);
    return true;
}

static inline int64_t patience_ends_ms(void)
{
    return loop_now_ms(world.loop) + PATIENCE_MS;
}

static inline void must_be_ok(const char *what)
{
    if (world.status == STORE_OK)
        return;
    if (world.tell_more)
        world.tell_more();
    fail_msg("%s: status %d instead of %d; %s %s", what, (int)world.status, (int)STORE_OK, world.reason,
             store_redis_trouble(world.shell));
}

/* ---- calls that wait ---- */

static inline void on_accepted(void *arg, enum store_status status, const enum accept_result *results, size_t count)
{
    (void)arg;
    world.answers++;
    world.status = status;
    for (size_t i = 0; i < count && i < ARRAY_LEN(world.results); i++)
        world.results[i] = results[i];
}

static inline void start_accept(const char *key, bool is_safe, const char *bytes)
{
    struct store_item item = { .keys = &key, .key_count = 1, .bytes = str_of(bytes), .is_safe = is_safe };

    world.store.accept(world.store.ctx, &item, 1, on_accepted, NULL);
}

static inline enum store_status accept_one(const char *key, const char *bytes)
{
    begin();
    start_accept(key, false, bytes);
    run_until_answers(1);
    return world.status;
}

static inline void on_leased(void *arg, const struct lease_answer *answer)
{
    (void)arg;
    world.answers++;
    world.status = answer->status;
    world.lease = *answer;
    snprintf(world.nonce, sizeof(world.nonce), "%s", answer->nonce);
    snprintf(world.birth, sizeof(world.birth), "%s", answer->birth);
    world.lease.birth = world.lease.nonce = world.lease.instance = NULL;
}

static inline enum store_status lease(enum lease_action action, const char *nonce, int64_t counter)
{
    begin();
    world.store.lease(world.store.ctx, &(struct lease_call){ action, nonce, "host-1", STORE_SCHEMA, counter },
                      on_leased, NULL);
    run_until_answers(1);
    return world.status;
}

static inline void on_committed(void *arg, enum store_status status, const char *reason)
{
    world.answers++;
    world.status = status;
    snprintf(world.reason, sizeof(world.reason), "%s", reason);
    if (arg)
        *(enum store_status *)arg = status;
}

/* Commit number `seq` puts operation D<seq>; always the same bytes for the same number. */
static inline void start_commit(const char *nonce, int64_t seq)
{
    char id[40], operation[24], value[] = "{}";
    struct store_write write = {
        .verb = STORE_PUT, .place = STORE_OPERATIONS, .field = operation, .value = str_of(value)
    };
    struct store_commit commit = { .nonce = nonce, .seq = seq, .id = id, .writes = &write, .count = 1 };

    snprintf(id, sizeof(id), "%032" PRIx64, (uint64_t)seq);
    snprintf(operation, sizeof(operation), "D%" PRId64, seq);
    world.store.commit(world.store.ctx, &commit, on_committed, &world.commits[seq]);
}

static inline enum store_status commit(const char *nonce, int64_t seq)
{
    begin();
    start_commit(nonce, seq);
    run_until_answers(1);
    return world.status;
}

static inline void on_loaded(void *arg, enum store_status status, const struct store_snapshot *snapshot)
{
    (void)arg;
    world.answers++;
    world.status = status;
    if (!snapshot)
        return;
    world.operations = snapshot->places[STORE_OPERATIONS].count;
    world.meta = snapshot->places[STORE_META].count;
    snprintf(world.last_ids[0], sizeof(world.last_ids[0]), "%s", snapshot->inbox_safe_last_id);
    snprintf(world.last_ids[1], sizeof(world.last_ids[1]), "%s", snapshot->inbox_last_id);
}

static inline enum store_status load(void)
{
    begin();
    world.store.load(world.store.ctx, on_loaded, NULL);
    run_until_answers(1);
    return world.status;
}

static inline void note_entries(const struct store_entry *entries, size_t count, const char *name)
{
    size_t at = strlen(world.entries);

    for (size_t i = 0; i < count && at < sizeof(world.entries); i++)
        at += (size_t)snprintf(world.entries + at, sizeof(world.entries) - at, "%s=" STR_FMT " ", name,
                               STR_ARG(entries[i].value));
}

static inline void on_read(void *arg, enum store_status status, const struct store_entries *entries)
{
    (void)arg;
    world.answers++;
    world.status = status;
    world.entries[0] = '\0';
    if (!entries)
        return;
    note_entries(entries->safe, entries->safe_count, "safe");
    note_entries(entries->inbox, entries->inbox_count, "inbox");
}

static inline void on_done(void *arg, enum store_status status)
{
    (void)arg;
    world.answers++;
    world.status = status;
}

static inline void on_born(void *arg, enum store_status status, const char *birth)
{
    (void)arg;
    world.answers++;
    world.status = status;
    snprintf(world.birth, sizeof(world.birth), "%s", birth);
}

/* Asked again when it is not confirmed. */
static inline void give_birth(void)
{
    int64_t until_ms = patience_ends_ms();

    do {
        begin();
        store_redis_birth_create(world.shell, BIRTH, on_born, NULL);
        run_until_answers(1);
    } while (is_tried_again(world.status, until_ms));
    must_be_ok("birth");
    assert_string_equal(world.birth, BIRTH);
}

static inline void lease_confirmed(enum lease_action action)
{
    int64_t until_ms = patience_ends_ms();

    while (is_tried_again(lease(action, NONCE, 0), until_ms))
        continue;
    must_be_ok("lease");
}

static inline void commit_confirmed(int64_t seq)
{
    int64_t until_ms = patience_ends_ms();

    while (is_tried_again(commit(NONCE, seq), until_ms))
        continue;
    must_be_ok("commit");
}

static inline void accept_confirmed(const char *key, const char *bytes)
{
    int64_t until_ms = patience_ends_ms();

    while (is_tried_again(accept_one(key, bytes), until_ms))
        continue;
    must_be_ok("accept");
}

static inline void load_confirmed(void)
{
    int64_t until_ms = patience_ends_ms();

    while (is_tried_again(load(), until_ms))
        continue;
    must_be_ok("load");
}

/* A take that was not confirmed may have taken it all the same: then it is renewed. */
static inline void own_the_store(void)
{
    give_birth();
    lease_confirmed(LEASE_TAKE);
    if (world.lease.result == LEASE_HELD && strcmp(world.nonce, NONCE) == 0)
        lease_confirmed(LEASE_RENEW);
    assert_int_equal(world.lease.result, LEASE_DONE);
}

/* ---- a world for each test ---- */

static inline void on_told(void *arg, struct str message)
{
    (void)arg;
    world.answers++;
    snprintf(world.told, sizeof(world.told), STR_FMT, STR_ARG(message));
}

static inline struct store_redis_options usual_options(void)
{
    return (struct store_redis_options){
        .loop = world.loop, .url = world.redis.url, .instance = "me", .on_told = on_told, .deadline_ms = DEADLINE_MS
    };
}

static inline void close_store(void)
{
    store_redis_destroy(TAKE(world.shell));
}

static inline void open_store(const struct store_redis_options *options)
{
    struct error err;

    world.shell = store_redis_create(options, &err);
    assert_non_null(world.shell);
    world.store = store_redis_interface(world.shell);
}

static inline int enter_empty(void **state)
{
    struct error err;

    (void)state;
    memset(&world, 0, sizeof(world));
    live_start(&world.redis);
    world.loop = loop_create(&err);
    return 0;
}

static inline int enter(void **state)
{
    struct store_redis_options options;

    enter_empty(state);
    options = usual_options();
    open_store(&options);
    return 0;
}

static inline int leave(void **state)
{
    (void)state;
    store_redis_destroy(world.shell);
    loop_destroy(world.loop);
    live_stop(&world.redis);
    return 0;
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, enter, leave)

/* ---- the server ---- */

static inline void restart_redis(void)
{
    live_run_again(&world.redis);
    live_wait_until_loaded(&world.redis);
}

/* A socket that has a port of its own and does not listen. The caller closes it. */
static inline int bound_socket(int *ret_port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    live_must(bind(fd, (struct sockaddr *)&address, len) == 0);
    live_must(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

/* Whether the port is ours: until this program ends no other one of these tests gets it. */
static inline bool claim_port(int port)
{
    struct sockaddr_un claim = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int len = snprintf(claim.sun_path + 1, sizeof(claim.sun_path) - 1, "opsgate-test-port-%d", port);

    live_must(fd >= 0);
    if (bind(fd, (struct sockaddr *)&claim, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len)) == 0)
        return true; /* it stays open: the name is of no file, and goes with us */
    close(fd);
    return false;
}

/* Nobody listens there, nor will anybody by chance: below the ports that the kernel gives to whoever does not care, and
 * above those of tests/e2e. Never the same one twice. */
static inline int free_port(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    unsigned start = (unsigned)getpid() * 31;

    for (unsigned i = 0; i < 10000; i++) {
        int port = 21000 + (int)((start + i) % 10000), fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), result;

        address.sin_port = htons((uint16_t)port);
        result = bind(fd, (struct sockaddr *)&address, sizeof(address));
        close(fd);
        if (result == 0 && claim_port(port))
            return port;
    }
    live_must(!"a free port");
    return 0;
}

#endif
