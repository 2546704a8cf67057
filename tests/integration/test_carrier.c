/* An owner that was paused while it connected does not send what it may not send any more. */
#include "bot/base/time.h"
#include "bot/carrier/internal.h"
#include "bot/model/cloud_run.h"
#include "bot/model/delivery.h"
#include "bot/model/probes.h"
#include "bot/model/slack_channel.h"
#include "tests/integration/raw.h"

static struct world {
    struct loop *loop;
    struct resolve *resolve;
    struct http_out *http_out;
    struct replies *replies;
    struct carrier_shell *shell;
    struct carrier carrier;
    struct settings settings;
    struct credential_source credentials; /* a health check needs none */
    int listening, port;
    int asked, allowed; /* how often may_send was asked; how often it says yes */
    bool is_done;
    enum attempt_result result;
    char error[200];
} world;

static int enter(void **state)
{
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(here);
    struct error err;

    (void)state;
    memset(&world, 0, sizeof(world));
    world.loop = loop_create(&err);
    world.resolve = resolve_create(&(struct resolve_options){ .loop = world.loop });
    world.http_out = http_out_create(
        &(struct http_out_options){ .loop = world.loop, .resolve = world.resolve, .connect_ms = RAW_WAIT_MS }, &err);
    world.replies = replies_create(world.loop);
    world.shell = carrier_create(&(struct carrier_options){ .loop = world.loop,
                                                            .http_out = world.http_out,
                                                            .replies = world.replies,
                                                            .settings = &world.settings,
                                                            .credentials = &world.credentials,
                                                            .instance = "host-1" });
    world.carrier = carrier_interface(world.shell);
    world.listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(world.listening, (struct sockaddr *)&here, len), 0);
    assert_int_equal(listen(world.listening, 8), 0);
    getsockname(world.listening, (struct sockaddr *)&here, &len);
    world.port = ntohs(here.sin_port);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    carrier_destroy(world.shell);
    replies_destroy(world.replies);
    http_out_destroy(world.http_out);
    resolve_destroy(world.resolve);
    close(world.listening);
    loop_destroy(world.loop);
    return 0;
}

static bool may_send(void *arg)
{
    (void)arg;
    return world.asked++ < world.allowed;
}

static void on_done(void *arg, const char *id, int64_t attempt, const struct attempt_end *end)
{
    (void)arg, (void)id, (void)attempt;
    world.is_done = true;
    world.result = end->result;
    snprintf(world.error, sizeof(world.error), "%s", end->error ? end->error : "");
}

static void ask_health(void)
{
    AUTO_BUF struct buf url = BUF(100);
    struct health_probe probe = { .timeout_ms = RAW_WAIT_MS };
    struct awaited awaited = { .name = "health", .kind = READING_HEALTH };
    cJSON *args;

    buf_addf(&url, "http://127.0.0.1:%d/health", world.port);
    probe.url = buf_text(&url);
    args = shape_to_json(&health_probe_shape, &probe, SHAPE_WHOLE);
    awaited.args = args;
    world.is_done = false;
    world.carrier.ask(world.carrier.ctx, &(struct ask){ .operation = "D1",
                                                        .awaited = &awaited,
                                                        .id = "D1/health/1",
                                                        .now_ms = 1,
                                                        .may_send = may_send,
                                                        .on_done = on_done });
    cJSON_Delete(args);
}

static void what_lost_its_leave_while_it_connected_never_arrives(void **state)
{
    char bytes[100];
    int peer;

    (void)state;
    world.allowed = 1; /* when the call is made; not any more when it is connected */
    ask_health();
    raw_wait(world.loop, &world.is_done);
    assert_int_equal(world.asked, 2);
    assert_int_equal(world.result, ATTEMPT_AGAIN); /* not "unhealthy": nobody looked */
    assert_string_equal(world.error, "this instance may not send any more");
    peer = accept4(world.listening, NULL, NULL, SOCK_CLOEXEC);
    assert_true(peer >= 0);
    assert_int_equal(read(peer, bytes, sizeof(bytes)), 0); /* it was connected, and closed without a word */
    close(peer);
}

static void what_lost_its_leave_while_it_waited_is_not_made(void **state)
{
    AUTO_BUF struct buf url = BUF(100);
    struct probes_ask probes = { .rounds = 2, .every_ms = 30, .timeout_ms = 20000, .expect_status = 200 };
    struct awaited awaited = { .name = "probes", .kind = READING_PROBES };
    AUTO_JSON cJSON *args = NULL;
    char bytes[100];
    int peer;

    (void)state;
    world.allowed = 1; /* when the first call is asked for; not any more when it has waited */
    buf_addf(&url, "http://127.0.0.1:%d/health", world.port);
    probes.url = buf_text(&url);
    awaited.args = args = shape_to_json(&probes_ask_shape, &probes, SHAPE_WHOLE);
    world.carrier.ask(world.carrier.ctx, &(struct ask){ .operation = "D1",
                                                        .awaited = &awaited,
                                                        .id = "D1/probes/1",
                                                        .now_ms = 1,
                                                        .may_send = may_send,
                                                        .on_done = on_done });
    raw_wait(world.loop, &world.is_done);
    assert_int_equal(world.asked, 2);
    assert_int_equal(world.result, ATTEMPT_AGAIN); /* neither good nor failed: nobody looked */
    assert_string_equal(world.error, "this instance may not send any more");
    peer = accept4(world.listening, NULL, NULL, SOCK_CLOEXEC);
    assert_true(peer >= 0);
    assert_int_equal(read(peer, bytes, sizeof(bytes)), 0);
    close(peer);
}

/* A timeout of minutes may be configured for a health check; any other asking is short, and comes again. */
static void probe_has_the_time_that_its_reading_has(void **state)
{
    static const struct {
        const char *kind;
        int64_t left_ms, asking_ms;
    } rows[] = {
        { READING_HEALTH, 65000, 65000 },  { READING_HEALTH, 305000, 305000 },
        { READING_PROBES, 65000, 65000 },  { READING_HEALTH, 8000, 20000 }, /* its own timeout ends it before */
        { READING_SERVICE, 65000, 20000 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct awaited awaited = { .kind = rows[i].kind };
        struct ask ask = { .awaited = &awaited, .left_ms = rows[i].left_ms };

        assert_int_equal(carrier_asking_ms(&ask), rows[i].asking_ms);
    }
}

/* ---- what Slack counts ---- */

static struct looked { /* one attempt of a message whose answer was lost */
    bool is_done;
    enum attempt_result result;
    int64_t after_ms;
    char error[200];
} looked[2];

static void on_looked(void *arg, const char *id, int64_t attempt, const struct attempt_end *end)
{
    struct looked *one = &looked[attempt];

    (void)arg, (void)id;
    *one = (struct looked){ .is_done = true, .result = end->result, .after_ms = end->after_ms };
    snprintf(one->error, sizeof(one->error), "%s", end->error ? end->error : "");
}

static const char *authorization(void *ctx, const struct http_call *call, struct arena *arena)
{
    (void)ctx, (void)call, (void)arena;
    return "Bearer x";
}

static void post_once_more(int64_t number, const char *channel)
{
    struct message_delivery delivery = { .channel = channel, .reply = { .text = "hello" } };
    AUTO_JSON cJSON *args = shape_to_json(&message_delivery_shape, &delivery, SHAPE_WHOLE);
    const struct effect effect = { .id = "D1.1", .outside_id = "b-1", .kind = EFFECT_MESSAGE, .args = args };

    world.carrier.attempt(world.carrier.ctx,
                          &(struct attempt){ .effect = &effect,
                                             .kind = effect_kind_find(effect_kinds, effect_kinds_count, EFFECT_MESSAGE),
                                             .number = number,
                                             .now_ms = DAY_MS,
                                             .may_send = may_send,
                                             .on_done = on_looked });
}

static void what_slack_counts_hits_its_limit_once(void **state)
{
    AUTO_BUF struct buf url = BUF(100);
    struct raw peer = { .got = BUF(64 << 10) };

    (void)state;
    memset(looked, 0, sizeof(looked));
    world.allowed = 100;
    world.credentials.get = authorization;
    buf_addf(&url, "http://127.0.0.1:%d", world.port);
    world.settings.slack.api_url = buf_text(&url);
    post_once_more(0, "C1");
    post_once_more(1, "C2"); /* in another lane, at the same moment */
    while ((peer.fd = accept4(world.listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) < 0)
        raw_turn(world.loop, world.listening, POLLIN);
    assert_true(raw_expect(&peer, world.loop, "GET /conversations.history?channel=C1"));
    raw_puts(&peer, world.loop, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 300\r\nContent-Length: 0\r\n\r\n");
    raw_wait(world.loop, &looked[0].is_done);
    raw_wait(world.loop, &looked[1].is_done);
    assert_int_equal(looked[0].after_ms, 5 * MINUTE_MS);
    assert_int_equal(looked[1].result, ATTEMPT_AGAIN);
    assert_true(looked[1].after_ms > 4 * MINUTE_MS && looked[1].after_ms <= 5 * MINUTE_MS);
    assert_non_null(strstr(looked[1].error, "it waits for its turn"));
    assert_int_equal(accept4(world.listening, NULL, NULL, SOCK_CLOEXEC), -1); /* nobody asked once more */
    assert_null(strstr(buf_text(&peer.got), "C2"));
    raw_close(&peer);
}

/* Attempt 1: a file whose answer was lost, which Slack shows only some seconds after it has it. */
static struct carrier_job *upload_once_more(const char *channel)
{
    struct slack_upload upload = { .channel = channel, .filename = "a.md", .title = "a", .content = "a" };
    AUTO_JSON cJSON *args = shape_to_json(&slack_upload_shape, &upload, SHAPE_WHOLE);
    const struct effect effect = { .id = "D1.2", .outside_id = "b-2", .kind = EFFECT_UPLOAD, .args = args };

    world.carrier.attempt(world.carrier.ctx,
                          &(struct attempt){ .effect = &effect,
                                             .kind = effect_kind_find(effect_kinds, effect_kinds_count, EFFECT_UPLOAD),
                                             .number = 1,
                                             .now_ms = DAY_MS,
                                             .may_send = may_send,
                                             .on_done = on_looked });
    return carrier_job_find(world.shell, "D1.2", 1);
}

static void what_waited_for_its_turn_goes_then(void **state)
{
    AUTO_BUF struct buf url = BUF(100);
    struct raw peer = { .got = BUF(64 << 10) };
    struct carrier_job *job;

    (void)state;
    memset(looked, 0, sizeof(looked));
    world.allowed = 100;
    world.credentials.get = authorization;
    buf_addf(&url, "http://127.0.0.1:%d", world.port);
    world.settings.slack.api_url = buf_text(&url);
    job = upload_once_more("C2");
    while (!job->has_waited)
        raw_turn(world.loop, -1, 0);
    post_once_more(0, "C1");
    while ((peer.fd = accept4(world.listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) < 0)
        raw_turn(world.loop, world.listening, POLLIN);
    assert_true(raw_expect(&peer, world.loop, "GET /conversations.history?channel=C1"));
    loop_timer_cancel(TAKE(job->later)); /* those seconds are over */
    carrier_job_go_on(job);
    assert_string_equal(job->awaits, "conversations.history");
    raw_puts(&peer, world.loop, "HTTP/1.1 500 Sorry\r\nContent-Length: 0\r\n\r\n");
    while (job->awaits)
        raw_turn(world.loop, -1, 0);
    assert_non_null(job->call); /* it does not wait those seconds once more, while others go before it */
    raw_close(&peer);
}

/* ---- a form ---- */

static int let_go_status = -1;

static bool still_waits(const void *arg)
{
    (void)arg;
    return true;
}

static void on_let_go(void *arg, const struct http_reply *reply)
{
    (void)arg;
    assert_int_equal(reply->body.len, 0);
    let_go_status = reply->status;
}

static char *write_words(const struct reply *reply)
{
    return xstrdup(reply->text);
}

/* It is opened by a call of its own, for which there are three seconds: the connection has nothing to say. */
static void a_form_is_opened_and_the_connection_let_go(void **state)
{
    static struct modal_field field = { .name = "title", .label = "What is it?" };
    const struct reply_door door = { .name = "slack", .write = write_words, .late_status = 200 };
    const struct sender sender = { .id = "r1", .is_waiting = still_waits, .answer = on_let_go };
    struct modal_delivery form = { .trigger = "1.2.abc", .until_ms = DAY_MS + 1000 };
    struct reply_delivery delivery = { .form = &form, .reply = { .text = "What is it?" } };
    struct effect effect = { .id = "X1", .outside_id = "b-3", .kind = EFFECT_REPLY };
    AUTO_BUF struct buf url = BUF(100);
    AUTO_JSON cJSON *args = NULL;
    struct raw peer = { .got = BUF(64 << 10) };

    (void)state;
    memset(looked, 0, sizeof(looked));
    world.allowed = 100;
    world.credentials.get = authorization;
    buf_addf(&url, "http://127.0.0.1:%d", world.port);
    world.settings.slack.api_url = buf_text(&url);
    form.modal = (struct modal){
        .title = "Declare", .submit = "Declare", .command = "incident", .fields = &field, .fields_count = 1
    };
    delivery.address =
        (struct reply_address){ .door = "slack", .instance = "host-1", .inline_until_ms = DAY_MS + 1000 };
    delivery.address.connection =
        replies_wait(world.replies, &sender, &door, 60 * SECOND_MS, (struct reply_doubt){ 0 });
    effect.args = args = shape_to_json(&reply_delivery_shape, &delivery, SHAPE_WHOLE);
    world.carrier.attempt(world.carrier.ctx,
                          &(struct attempt){ .effect = &effect,
                                             .kind = effect_kind_find(effect_kinds, effect_kinds_count, EFFECT_REPLY),
                                             .now_ms = DAY_MS,
                                             .is_first_try = true,
                                             .may_send = may_send,
                                             .on_done = on_looked });
    while ((peer.fd = accept4(world.listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) < 0)
        raw_turn(world.loop, world.listening, POLLIN);
    assert_int_equal(let_go_status, 200);
    assert_int_equal(replies_waiting(world.replies), 0);
    assert_true(raw_expect(&peer, world.loop, "POST /views.open"));
    raw_puts(&peer, world.loop, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"ok\":true}");
    raw_wait(world.loop, &looked[0].is_done);
    assert_int_equal(looked[0].result, ATTEMPT_DONE);
    raw_close(&peer);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_A_WORLD(what_lost_its_leave_while_it_connected_never_arrives),
        IN_A_WORLD(what_lost_its_leave_while_it_waited_is_not_made),
        IN_A_WORLD(what_slack_counts_hits_its_limit_once),
        IN_A_WORLD(what_waited_for_its_turn_goes_then),
        IN_A_WORLD(a_form_is_opened_and_the_connection_let_go),
        cmocka_unit_test(probe_has_the_time_that_its_reading_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
