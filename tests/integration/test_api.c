/* POST /api/v1/changes, from the first byte to the answer: who may, what is stored of it, what the store's answer
 * becomes, and how often; and GET /api/v1/ where nobody decides. */
#include "tests/integration/ingress_fixture.h"

#include "bot/api/api.h"
#include "bot/doors/decode.h"
#include "integrations/api/change.h"

#define GOOD "{\"title\":\"flag on\",\"service\":\"api\",\"id\":\"7\"}"
#define CI "Authorization: Bearer the-secret-of-ci\r\n"
#define CD "Authorization: Bearer the-secret-of-cd\r\n"

static struct api_token tokens[] = { { "ci", "the-secret-of-ci" }, { "cd", "the-secret-of-cd" } };
static struct service_settings services[] = { { .name = "api" } };

static int enter_api(void **state)
{
    enter(state);
    world.settings.api = (struct api_settings){ tokens, ARRAY_LEN(tokens) };
    world.settings.services = services;
    world.settings.services_count = 1;
    return 0;
}

static struct raw tell_as(const char *who, const char *type, struct str body)
{
    struct raw raw = raw_connect(http_in_port(world.in));

    post(&raw, API_CHANGE_PATH, type, who, body);
    return raw;
}

static struct raw tell(const char *who, const char *body)
{
    return tell_as(who, "application/json", str_of(body));
}

/* ---- what is refused at once ---- */

static const struct refused_row {
    const char *name, *who, *type;
    struct str body;
    const char *status, *text;
} refused_rows[] = {
    { "without a token", "", "application/json", STR_LIT(GOOD), "HTTP/1.1 401 ", "Send an API token as bearer" },
    { "with somebody's guess", "Authorization: Bearer the-secret-of-xy\r\n", "application/json", STR_LIT(GOOD),
      "HTTP/1.1 401 ", "application/problem+json" },
    { "what is no JSON by its type", CI, "text/plain", STR_LIT(GOOD), "HTTP/1.1 415 ", "application/problem+json" },
    { "what is no JSON", CI, "application/json", STR_LIT("{"), "HTTP/1.1 400 ", "the body: " },
    { "a field of another type", CI, "application/json", STR_LIT("{\"title\":7}"), "HTTP/1.1 400 ",
      "title: expected a text" },
    { "a service that nobody knows", CI, "application/json", STR_LIT("{\"title\":\"x\",\"service\":\"pay\"}"),
      "HTTP/1.1 400 ", "known are api" },
    { "what happened long ago, by our own clock", CI, "application/json",
      STR_LIT("{\"title\":\"x\",\"at\":\"2001-01-01T00:00:00Z\"}"), "HTTP/1.1 400 ", "at: it is more than 24 h ago" },
};

static void check_refused(void **state)
{
    const struct refused_row *row = *state;
    struct raw raw;

    enter_api(state);
    raw = tell_as(row->who, row->type, row->body);
    assert_true(raw_expect(&raw, world.loop, row->text));
    assert_null(strstr(buf_text(&raw.got), "the-secret"));
    expect(&raw, row->status, row->text);
    assert_int_equal(world.items, 0);
    leave(state);
}

static void what_is_too_large_is_refused(void **state)
{
    AUTO_BUF struct buf body = BUF(64 * 1024);
    struct raw raw;

    (void)state;
    buf_puts(&body, "{\"title\":\"");
    while (body.len <= API_CHANGE_BODY_MAX_BYTES)
        buf_puts(&body, "a");
    buf_puts(&body, "\"}");
    raw = tell_as(CI, "application/json", buf_str(&body));
    expect(&raw, "HTTP/1.1 413 ", "application/problem+json");
    assert_int_equal(world.items, 0);
}

static void nobody_has_a_token_where_none_is_configured(void **state)
{
    struct raw raw;

    (void)state;
    world.settings.api.tokens_count = 0;
    raw = tell(CI, GOOD);
    expect(&raw, "HTTP/1.1 401 ", "api.tokens");
}

/* ---- what is stored ---- */

static void what_is_told_is_stored_with_who_told_it(void **state)
{
    struct raw raw = tell(CD, GOOD);
    AUTO(arena) struct arena *arena = arena_create();
    struct inbox_item item;
    struct decoded decoded;
    struct error err;

    (void)state;
    wait_for_items(1);
    answer_held(STORE_OK, ACCEPT_NEW);
    expect(&raw, "HTTP/1.1 202 ", "{\"id\":\"7\",\"status\":\"accepted\"}");
    assert_true(
        shape_from_json(&inbox_item_shape, json_parse_in(arena, str_of(world.last_item), &err), arena, &item, &err));
    assert_int_equal(item.not_after, 0); /* a fact is never void */
    assert_int_equal(item.received_at, STORE_MS);
    assert_int_equal(item.keys_count, 1);
    assert_true(decode_item(&item, arena, &decoded, &err));
    assert_string_equal(decoded.event.principal.id, "cd");
    assert_string_equal(decoded.event.subject, "api");
    assert_null(strstr(world.last_item, "the-secret"));
}

static void without_an_id_each_is_another_one(void **state)
{
    char first[STORE_ITEM_MAX_BYTES / 64] = "";

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct raw raw = tell(CI "X-Request-Id: same\r\n", "{\"title\":\"flag on\"}");
        AUTO_JSON cJSON *item = NULL;
        const char *key;
        struct error err;

        wait_for_items(i + 1);
        assert_true(json_parse(str_of(world.last_item), &item, &err));
        key = cJSON_GetArrayItem(json_find(item, "keys"), 0)->valuestring;
        assert_string_not_equal(key, first);
        snprintf(first, sizeof(first), "%s", key);
        answer_held(STORE_OK, ACCEPT_NEW);
        expect(&raw, "HTTP/1.1 202 ", "\"id\":\"");
    }
}

static void what_the_store_says_is_the_status(void **state)
{
    static const struct row {
        enum store_status store;
        enum accept_result result;
        const char *status, *text;
    } rows[] = {
        { STORE_OK, ACCEPT_NEW, "HTTP/1.1 202 ", "\"accepted\"" },
        { STORE_OK, ACCEPT_DUPLICATE, "HTTP/1.1 200 ", "\"accepted before\"" },
        { STORE_OK, ACCEPT_FULL, "HTTP/1.1 503 ", "Retry-After: " },
        { STORE_UNAVAILABLE, ACCEPT_NEW, "HTTP/1.1 503 ", "did not confirm" },
        { STORE_NOT_NOW, ACCEPT_NEW, "HTTP/1.1 503 ", "Retry-After: " },
    };
    struct raw raw;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        raw = tell(CI, GOOD);
        wait_for_items(i + 1);
        answer_held(rows[i].store, rows[i].result);
        expect(&raw, rows[i].status, rows[i].text);
    }
    world.state = (struct ingress_store){ INGRESS_STORE_DOWN, "Connection refused" };
    raw = tell(CI, GOOD);
    expect(&raw, "HTTP/1.1 503 ", "store is down");
    assert_int_equal(world.items, ARRAY_LEN(rows));
}

/* ---- how often ---- */

static void a_token_tells_as_often_as_it_may(void **state)
{
    struct settings often = world.settings;
    struct raw raw;

    (void)state;
    often.limits.requests_per_hour = 2;
    ingress_reconfigure(world.ingress, &often);
    for (size_t i = 0; i < 3; i++) { /* the same once more does not count */
        raw = tell(CI, i < 2 ? GOOD : "{\"title\":\"flag off\"}");
        wait_for_items(i + 1);
        answer_held(STORE_OK, i == 1 ? ACCEPT_DUPLICATE : ACCEPT_NEW);
        expect(&raw, i == 1 ? "HTTP/1.1 200 " : "HTTP/1.1 202 ", "accepted");
    }
    raw = tell(CI, "{\"title\":\"once more\"}");
    assert_true(raw_expect(&raw, world.loop, "Retry-After: 1")); /* seconds: 1,800 less what this test takes */
    expect(&raw, "HTTP/1.1 429 ", "limits.requests_per_hour lets it. Ask again in ");
    raw = tell(CD, GOOD); /* each has its own */
    wait_for_items(4);
    answer_held(STORE_OK, ACCEPT_NEW);
    expect(&raw, "HTTP/1.1 202 ", "accepted");
    assert_int_equal(ingress_counts(world.ingress).too_often, 1);
}

/* ---- what is read ---- */

static struct raw read_as(struct http_in *in, const char *who, const char *path)
{
    struct raw raw = raw_connect(http_in_port(in));
    AUTO_BUF struct buf text = BUF(4096);

    buf_addf(&text, "GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n", path, who);
    assert_true(raw_send(&raw, world.loop, buf_str(&text)));
    return raw;
}

struct reader {
    struct api api;
    struct http_routes routes;
    struct http_in *in;
};

static void begin_reader(struct reader *reader)
{
    struct error err;

    reader->api = (struct api){ .settings = &world.settings, .loop = world.loop, .ingress = world.ingress };
    reader->routes = api_routes(&reader->api);
    reader->in = http_in_create(
        &(struct http_in_options){ .loop = world.loop, .routes = &reader->routes, .routes_count = 1 }, &err);
    assert_non_null(reader->in);
    assert_true(http_in_listen(reader->in, "127.0.0.1:0", &err));
}

static void what_nobody_may_read_or_has_is_said(void **state)
{
    static const struct row {
        const char *who, *path, *status, *text;
    } rows[] = {
        { "", "/api/v1/incidents/D1/postmortem.md", "HTTP/1.1 401 ", "Send an API token" },
        { "", "/api/v1/incidents/", "HTTP/1.1 401 ", "Send an API token" },
        { CI, "/api/v1/incidents//", "HTTP/1.1 404 ", "openapi.json says what there is" },
        { CI, "/api/v1/incidents//postmortem.md", "HTTP/1.1 404 ", "openapi.json" },
        { CI, "/api/v1/incidents/D1/x/postmortem.md", "HTTP/1.1 404 ", "openapi.json" },
        { CI, "/api/v1/targets/", "HTTP/1.1 404 ", "openapi.json" },
        { CI, "/api/v1/", "HTTP/1.1 404 ", "openapi.json" },
        { CI, "/api/v1/operations?stat=running", "HTTP/1.1 400 ", "stat: there is no such parameter" },
        { CI, "/api/v1/me?x=1", "HTTP/1.1 400 ", "there is none" },
        { CI, "/api/v1/incidents/D1", "HTTP/1.1 503 ", "not ready" },
        { CI, "/api/v1/targets/api/production/us-east1", "HTTP/1.1 503 ", "not ready" },
        { CI, "/api/v1/journal?since=x", "HTTP/1.1 503 ", "not ready" },
        { CI, "/api/v1/incidents/D1/postmortem.md", "HTTP/1.1 503 ", "not ready" },
        { CI, "/api/v1/changes", "HTTP/1.1 404 ", "application/problem+json" },
    };
    struct reader reader;

    (void)state;
    begin_reader(&reader);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct raw raw = read_as(reader.in, rows[i].who, rows[i].path);

        expect(&raw, rows[i].status, rows[i].text);
    }
    http_in_destroy(reader.in);
    api_finish(&reader.api);
}

static void a_token_reads_as_often_as_it_may(void **state)
{
    static const char path[] = "/api/v1/incidents/D1/postmortem.md";
    struct settings often = world.settings;
    struct reader reader;
    struct raw raw;

    (void)state;
    often.limits.requests_per_hour = 2;
    ingress_reconfigure(world.ingress, &often);
    begin_reader(&reader);
    raw = tell(CI, GOOD); /* both count */
    wait_for_items(1);
    answer_held(STORE_OK, ACCEPT_NEW);
    expect(&raw, "HTTP/1.1 202 ", "accepted");
    raw = read_as(reader.in, CI, path);
    expect(&raw, "HTTP/1.1 503 ", "not ready");
    raw = read_as(reader.in, CI, path);
    assert_true(raw_expect(&raw, world.loop, "Retry-After: 1"));
    expect(&raw, "HTTP/1.1 429 ", "application/problem+json");
    raw = read_as(reader.in, CD, path);
    expect(&raw, "HTTP/1.1 503 ", "not ready");
    raw = read_as(reader.in, "", path);
    expect(&raw, "HTTP/1.1 401 ", "Send an API token");
    assert_int_equal(ingress_counts(world.ingress).too_often, 1);
    http_in_destroy(reader.in);
    api_finish(&reader.api);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, enter_api, leave)

int main(void)
{
    struct CMUnitTest rows[ARRAY_LEN(refused_rows)];
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(what_is_too_large_is_refused),
        IN_A_WORLD(nobody_has_a_token_where_none_is_configured),
        IN_A_WORLD(what_is_told_is_stored_with_who_told_it),
        IN_A_WORLD(without_an_id_each_is_another_one),
        IN_A_WORLD(what_the_store_says_is_the_status),
        IN_A_WORLD(a_token_tells_as_often_as_it_may),
        IN_A_WORLD(what_nobody_may_read_or_has_is_said),
        IN_A_WORLD(a_token_reads_as_often_as_it_may),
    };

    for (size_t i = 0; i < ARRAY_LEN(refused_rows); i++)
        rows[i] = (struct CMUnitTest){ .name = refused_rows[i].name,
                                       .test_func = check_refused,
                                       .initial_state = (void *)(uintptr_t)&refused_rows[i] };
    return cmocka_run_group_tests(rows, NULL, NULL) + cmocka_run_group_tests(tests, NULL, NULL);
}
