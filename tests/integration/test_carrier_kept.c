/* What the store has kept is put back from a real one: of deliveries only what another system told, whoever asks. */
#include "tests/integration/store_redis_fixture.h"

#include "bot/carrier/carrier.h"
#include "bot/doors/decode.h"
#include "bot/doors/local.h"
#include "bot/model/exchange.h"
#include "bot/model/replay.h"
#include "bot/model/without_store.h"
#include "integrations/github/webhook.h"
#include "integrations/slack/command.h"

#define FORM                                                                                                           \
    "team_id=T0EXAMPLE1&user_id=U0EXAMPLE1&user_name=ann&channel_id=C0EXAMPLE1&command=%2Fdeploy&text=api+production"

static struct {
    struct carrier_shell *shell;
    struct carrier carrier;
    struct settings settings;
    struct credential_source credentials;
    struct arena *arena;
    bool is_done, is_there, is_told;
    enum attempt_result result;
    char error[200];
} kept;

static int enter_kept(void **state)
{
    enter(state);
    memset(&kept, 0, sizeof(kept));
    kept.arena = arena_create();
    kept.shell = carrier_create(&(struct carrier_options){ .loop = world.loop,
                                                           .store = world.shell,
                                                           .settings = &kept.settings,
                                                           .credentials = &kept.credentials,
                                                           .instance = "host-1" });
    kept.carrier = carrier_interface(kept.shell);
    own_the_store();
    return 0;
}

static int leave_kept(void **state)
{
    carrier_destroy(kept.shell);
    arena_destroy(kept.arena);
    return leave(state);
}

/* ---- what was accepted ---- */

static const char *event_body(void)
{
    struct github_webhook webhook = {
        .event = "release",
        .delivery = "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        .content_type = "application/json",
        .body = str_of("{\"action\":\"published\",\"release\":{\"id\":991,\"tag_name\":\"v1\",\"draft\":false,"
                       "\"prerelease\":false,\"published_at\":\"2026-11-20T21:00:00Z\"},\"repository\":{\"id\":1,"
                       "\"full_name\":\"acme/platform\",\"default_branch\":\"main\"},\"sender\":{\"id\":5,\"login\":"
                       "\"mia\",\"type\":\"User\"}}"),
    };
    struct github_webhook_door door;
    struct error err = { 0 };

    if (!github_webhook_accept(&webhook, kept.arena, &door, &err) || door.is != GITHUB_WANTED)
        fail_msg("%s", err.message);
    return door.body;
}

static const char *act_body(void)
{
    struct without_store_act act = { .id = "a1",
                                     .verb = "rollback",
                                     .text = "rollback api production",
                                     .principal = { .system = "local", .id = "root" },
                                     .target = "api/production",
                                     .began_at_ms = 1 };
    AUTO_JSON cJSON *json = shape_to_json(&without_store_act_shape, &act, SHAPE_WHOLE);

    return json_print_in(kept.arena, json);
}

static struct inbox_item item_of(const char *source, const char *kind, const char *body)
{
    return (struct inbox_item){
        .v = INBOX_VERSION, .source = source, .kind = kind, .received_at = 1, .request_id = "r1", .body = body
    };
}

/* Gives its id. */
static const char *keep(const char *key, const struct inbox_item *item)
{
    AUTO_JSON cJSON *json = shape_to_json(&inbox_item_shape, item, SHAPE_WHOLE);

    assert_int_equal(accept_one(key, json_print_in(kept.arena, json)), STORE_OK);
    assert_int_equal(world.results[0], ACCEPT_NEW);
    assert_int_equal(load(), STORE_OK);
    return arena_strdup(kept.arena, world.last_ids[1]);
}

/* ---- and what is done with it ---- */

static bool may_send(void *arg)
{
    (void)arg;
    return true;
}

static void on_ended(void *arg, const char *id, int64_t attempt, const struct attempt_end *end)
{
    (void)arg, (void)id, (void)attempt;
    kept.is_done = true;
    kept.result = end->result;
    kept.is_there = json_find_bool(end->body, "is_there", false);
    kept.is_told = json_find_bool(end->body, "is_told", false);
    snprintf(kept.error, sizeof(kept.error), "%s", end->error ? end->error : "");
}

static void run_until_done(void)
{
    struct loop_timer *patience = loop_timer_start(world.loop, PATIENCE_MS, on_patience_over, NULL);

    while (!kept.is_done)
        loop_run_once(world.loop);
    loop_timer_cancel(patience);
}

static void look_at(const char *id)
{
    struct kept_item args = { .id = id };
    AUTO_JSON cJSON *json = shape_to_json(&kept_item_shape, &args, SHAPE_WHOLE);
    struct awaited awaited = { .name = "kept", .kind = READING_KEPT, .args = json };

    kept.is_done = false;
    kept.carrier.ask(kept.carrier.ctx, &(struct ask){ .operation = "D7",
                                                      .awaited = &awaited,
                                                      .id = "D7/kept/1",
                                                      .now_ms = 1,
                                                      .left_ms = PATIENCE_MS,
                                                      .may_send = may_send,
                                                      .on_done = on_ended });
    run_until_done();
}

static void begin_to_put_back(const char *id)
{
    struct kept_item args = { .id = id, .operation = "D7" };
    AUTO_JSON cJSON *json = shape_to_json(&kept_item_shape, &args, SHAPE_WHOLE);
    struct effect effect = {
        .id = "D7.1", .outside_id = "b-1", .kind = EFFECT_REPLAY, .operation = "D7", .args = json
    };

    kept.is_done = false;
    kept.carrier.attempt(kept.carrier.ctx,
                         &(struct attempt){ .effect = &effect,
                                            .kind = effect_kind_find(effect_kinds, effect_kinds_count, EFFECT_REPLAY),
                                            .number = 1,
                                            .now_ms = 1,
                                            .may_send = may_send,
                                            .on_done = on_ended });
}

static void put_back(const char *id)
{
    begin_to_put_back(id);
    run_until_done();
}

static void assert_inbox(int items)
{
    AUTO_REPLY redisReply *reply = live_ask(&world.redis, "XLEN %s", P "inbox");

    assert_int_equal(reply->integer, items);
}

static void what_another_system_told_is_put_back_once(void **state)
{
    struct inbox_item item = item_of(GITHUB_SOURCE, GITHUB_WEBHOOK_KIND, event_body());
    const char *id = keep("k1", &item);

    (void)state;
    look_at(id);
    assert_true(kept.is_there && kept.is_told);
    put_back(id);
    assert_int_equal(kept.result, ATTEMPT_DONE);
    put_back(id);
    assert_int_equal(kept.result, ATTEMPT_DONE); /* by the same effect: as if it had not been answered */
    assert_inbox(2);
}

/* It was decided, and would be done again, in the name of whoever asked then. */
static void what_somebody_asked_for_is_not(void **state)
{
    const struct inbox_item items[] = {
        item_of(SLACK_SOURCE, SLACK_COMMAND_KIND, FORM),
        item_of(LOCAL_SOURCE, LOCAL_RUN_KIND, "{\"user\":\"ann\",\"words\":[\"deploy\",\"api\",\"production\"]}"),
        item_of(WITHOUT_STORE_SOURCE, WITHOUT_STORE_KIND, act_body()),
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(items); i++) {
        const char *id = keep(items[i].source, &items[i]);
        struct decoded decoded;
        struct error err = { 0 };

        if (!decode_item(&items[i], kept.arena, &decoded, &err))
            fail_msg("%s: %s", items[i].source, err.message);
        assert_int_equal(decoded.kind, DECODED_REQUEST);
        look_at(id);
        assert_true(kept.is_there);
        assert_false(kept.is_told);
        put_back(id);
        assert_int_equal(kept.result, ATTEMPT_NEVER);
        assert_string_equal(kept.error, "it is nothing that another system told");
        assert_inbox((int)i + 1);
    }
}

static void what_nobody_can_read_is_not(void **state)
{
    struct inbox_item item = item_of(GITHUB_SOURCE, GITHUB_WEBHOOK_KIND, "{\"event\":\"release\"}");
    const char *id = keep("k1", &item);

    (void)state;
    look_at(id);
    assert_true(kept.is_there);
    assert_false(kept.is_told);
    put_back(id);
    assert_int_equal(kept.result, ATTEMPT_NEVER);
    put_back("1-1");
    assert_int_equal(kept.result, ATTEMPT_NEVER);
    assert_string_equal(kept.error, "it is not kept any more");
}

/* Whoever stops does not wait for the store: what waits for it there is let go of, as a sanitizer's build shows. */
static void what_the_store_did_not_answer_is_let_go_of(void **state)
{
    struct inbox_item item = item_of(GITHUB_SOURCE, GITHUB_WEBHOOK_KIND, event_body());
    const char *id = keep("k1", &item);
    bool has_begun = false;

    (void)state;
    begin_to_put_back(id);
    loop_timer_start(world.loop, 0, on_pause_over, &has_begun);
    while (!has_begun) /* due after the job's own: by then it has asked the store */
        loop_run_once(world.loop);
    assert_int_equal(carrier_counts(kept.shell).waiting, 1);
    store_redis_destroy(TAKE(world.shell)); /* as bot/serve.c does: no answer comes any more */
    carrier_destroy(TAKE(kept.shell));
    assert_false(kept.is_done);
}

#define WITH_A_CARRIER(test) cmocka_unit_test_setup_teardown(test, enter_kept, leave_kept)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_A_CARRIER(what_another_system_told_is_put_back_once),
        WITH_A_CARRIER(what_somebody_asked_for_is_not),
        WITH_A_CARRIER(what_nobody_can_read_is_not),
        WITH_A_CARRIER(what_the_store_did_not_answer_is_let_go_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
