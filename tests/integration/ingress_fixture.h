/* ingress_fixture.h - the doors over real HTTP, before a store that holds what it is given until the test lets it
 * answer. */
#ifndef OPSGATE_TESTS_INGRESS_FIXTURE_H
#define OPSGATE_TESTS_INGRESS_FIXTURE_H

#include "bot/doors/doors.h"
#include "handlers/registry.h"
#include "integrations/slack/signature.h"
#include "tests/integration/raw.h"

#include <semaphore.h>
#include <stdlib.h>
#include <utlist.h>

#define SECRET "signing-secret-of-slack"
#define STORE_MS INT64_C(1732147200000)

/* A store that holds what it is given until the test lets it answer. */
struct held {
    store_accepted_fn on_done;
    void *arg;
    size_t count;
    struct held *next;
};

static struct world {
    char dir[64], socket[96];
    struct loop *loop;
    struct replies *replies;
    struct ingress *ingress;
    struct http_routes routes;
    struct http_in *in;
    struct settings settings;
    struct ingress_store state;
    struct store store;
    struct held *held;
    size_t items, largest;
    char last_item[STORE_ITEM_MAX_BYTES + 1];
    size_t refusals; /* said by an address */
    char refusal_url[256], refusal[1024];
    const char *user_name; /* NULL: it has none; "?": cannot be known now */
    bool is_name_late;
    int64_t alarm_after_ms; /* 0: people are not told */
    sem_t name_asked, name_known;
} world;

static inline void hold_accept(void *ctx, const struct store_item *items, size_t count, store_accepted_fn on_done,
                               void *arg)
{
    struct held *held = xcalloc(1, sizeof(*held));

    (void)ctx;
    *held = (struct held){ .on_done = on_done, .arg = arg, .count = count };
    LL_APPEND(world.held, held);
    for (size_t i = 0; i < count; i++) {
        world.items++;
        world.largest = items[i].bytes.len > world.largest ? items[i].bytes.len : world.largest;
        snprintf(world.last_item, sizeof(world.last_item), STR_FMT, STR_ARG(items[i].bytes));
    }
}

static inline void answer_held(enum store_status status, enum accept_result result)
{
    enum accept_result results[256];
    struct held *held = world.held;

    assert_non_null(held);
    for (size_t i = 0; i < ARRAY_LEN(results); i++)
        results[i] = result;
    LL_DELETE(world.held, held);
    held->on_done(held->arg, status, results, held->count);
    free(held);
}

static inline int64_t store_unix_ms(void *ctx)
{
    (void)ctx;
    return STORE_MS;
}

static inline struct ingress_store store_state(void *ctx)
{
    (void)ctx;
    return world.state;
}

static inline bool name_of(uid_t uid, char *ret_name, size_t room, struct error *err) /* on the pool */
{
    sem_post(&world.name_asked);
    if (world.is_name_late)
        sem_wait(&world.name_known);
    if (!world.user_name)
        return error_set(err, ERR_NOT_FOUND, "user %u has no name", (unsigned)uid);
    if (strcmp(world.user_name, "?") == 0)
        return error_set(err, ERR_INTERNAL, "the name of user %u: no answer", (unsigned)uid);
    snprintf(ret_name, room, "%s", world.user_name);
    return true;
}

static inline void hear_refusal(void *arg, const char *request_id, const char *url, const char *content_type,
                                struct str body)
{
    (void)arg;
    assert_true(request_id && request_id[0]);
    assert_string_equal(content_type, "application/json; charset=utf-8");
    world.refusals++;
    snprintf(world.refusal_url, sizeof(world.refusal_url), "%s", url);
    snprintf(world.refusal, sizeof(world.refusal), STR_FMT, STR_ARG(body));
}

static inline void say_hello(void *arg, struct http_request *request)
{
    (void)arg;
    http_in_answer(request, &(struct http_reply){ .status = 200, .body = STR_LIT("hello") });
}

static inline void start_doors(void)
{
    static const char *secrets[] = { SECRET };
    static const struct http_route hello[] = { { "GET", "/hello", 0, NULL, say_hello, 0, NULL } };
    static struct http_routes routes[2];
    struct error err;

    world.settings.slack.signing_secrets = secrets;
    world.settings.slack.signing_secrets_count = 1;
    world.settings.slack.request_max_age_ms = 300000;
    world.settings.slack.api_url = "https://slack.com/api";
    world.store = (struct store){ .accept = hold_accept };
    world.replies = replies_create(world.loop);
    world.ingress = ingress_create(&(struct ingress_options){ .loop = world.loop,
                                                              .store = &world.store,
                                                              .replies = world.replies,
                                                              .settings = &world.settings,
                                                              .verbs = verbs,
                                                              .instance = "host-1",
                                                              .store_unix_ms = store_unix_ms,
                                                              .store_state = store_state,
                                                              .user_name = name_of,
                                                              .refuse = hear_refusal,
                                                              .alarm_after_ms = world.alarm_after_ms });
    routes[0] = ingress_routes(world.ingress);
    routes[1] = (struct http_routes){ hello, ARRAY_LEN(hello), NULL };
    world.in = http_in_create(
        &(struct http_in_options){ .loop = world.loop,
                                   .routes = routes,
                                   .routes_count = 2,
                                   .on_turn = ingress_flush,
                                   .on_turn_arg = world.ingress,
                                   .limits = { .requests_max = (unsigned)world.settings.limits.requests_in_flight,
                                               .request_ms = RAW_WAIT_MS * 2,
                                               .answer_ms = world.settings.limits.answer_timeout_ms } },
        &err);
    assert_non_null(world.in);
    assert_true(http_in_listen(world.in, "127.0.0.1:0", &err) && http_in_listen(world.in, world.socket, &err));
}

static inline int enter(void **state)
{
    struct error err;

    (void)state;
    memset(&world, 0, sizeof(world));
    snprintf(world.dir, sizeof(world.dir), "/tmp/opsgate-test-XXXXXX");
    assert_non_null(mkdtemp(world.dir));
    snprintf(world.socket, sizeof(world.socket), "%s/s", world.dir);
    world.loop = loop_create(&err);
    world.user_name = "alice";
    world.settings.limits.answer_timeout_ms = RAW_WAIT_MS * 2;
    world.state = (struct ingress_store){ .is = INGRESS_STORE_UP };
    sem_init(&world.name_asked, 0, 0);
    sem_init(&world.name_known, 0, 0);
    start_doors();
    return 0;
}

/* In the order in which opsgate takes itself apart. */
static inline void stop_doors(void)
{
    ingress_destroy(world.ingress);
    replies_destroy(world.replies);
    http_in_destroy(world.in);
    unlink(world.socket);
}

/* The store has gone before, and never answers what it holds. */
static inline int leave(void **state)
{
    struct held *held;

    (void)state;
    while ((held = world.held)) {
        LL_DELETE(world.held, held);
        free(held);
    }
    stop_doors();
    loop_destroy(world.loop);
    sem_destroy(&world.name_asked);
    sem_destroy(&world.name_known);
    rmdir(world.dir);
    return 0;
}

static inline void post(struct raw *raw, const char *path, const char *type, const char *more, struct str body)
{
    AUTO_BUF struct buf text = BUF(32 << 20);

    buf_addf(&text, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: %s\r\n%sContent-Length: %zu\r\n\r\n", path, type,
             more, body.len);
    buf_add_str(&text, body);
    assert_true(raw_send(raw, world.loop, buf_str(&text)));
}

static inline struct raw slack_post(const char *path, const char *body)
{
    struct raw raw = raw_connect(http_in_port(world.in));
    char more[512], timestamp[32];

    snprintf(timestamp, sizeof(timestamp), "%lld", (long long)time(NULL));
    snprintf(more, sizeof(more), "X-Slack-Request-Timestamp: %s\r\nX-Slack-Signature: %s\r\n", timestamp,
             slack_signature_make(SECRET, timestamp, str_of(body)).text);
    post(&raw, path, "application/x-www-form-urlencoded", more, str_of(body));
    return raw;
}

static inline void wait_for_items(size_t count)
{
    int64_t end_ms = loop_now_ms(world.loop) + RAW_WAIT_MS;

    while (world.items < count && loop_now_ms(world.loop) < end_ms)
        raw_turn(world.loop, -1, 0);
    assert_int_equal(world.items, count);
}

static inline void expect(struct raw *raw, const char *status, const char *text)
{
    if (!raw_expect(raw, world.loop, text) || !str_contains(buf_str(&raw->got), status))
        fail_msg("expected %s and '%s' in: %s", status, text, buf_text(&raw->got));
    raw_close(raw);
}

#endif
