/* A change that others made, as somebody with a token tells it: what is taken, what is refused and how, and the event.
 */
#include "tests/unit/decision_fixture.h"

#include "bot/doors/decode.h"
#include "bot/doors/token.h"
#include "bot/model/change.h"
#include "integrations/api/change.h"

#define NOW INT64_C(1795211996000) /* 2026-11-20T21:59:56Z */
#define TWO                                                                                                            \
    FIXTURE_SLACK "services:\n"                                                                                        \
                  "  - name: api\n    environments:\n"                                                                 \
                  "      - { name: staging, driver: { program: { deploy: [x, \"{version}\"] } } }\n"                   \
                  "      - { name: production, driver: { program: { deploy: [x, \"{version}\"] } } }\n"                \
                  "  - name: web\n    environments:\n"                                                                 \
                  "      - { name: production, driver: { program: { deploy: [x, \"{version}\"] } } }\n"

static bool accept(const struct decision_fixture *fixture, const char *token, struct str body,
                   struct api_change_door *ret_door, struct error *err)
{
    const struct api_change_sent sent = { .body = body, .token = token, .given_id = "given", .now_ms = NOW };

    return api_change_accept(fixture->view.settings, &sent, fixture->arena, ret_door, err);
}

static bool decode(const char *body, struct arena *arena, struct decoded *ret_decoded, struct error *err)
{
    const struct inbox_item item = { .v = INBOX_VERSION,
                                     .source = API_SOURCE,
                                     .kind = API_CHANGE_KIND,
                                     .received_at = NOW + 1,
                                     .request_id = "r1",
                                     .body = body };

    return decode_item(&item, arena, ret_decoded, err);
}

/* ---- what is refused, and with which words ---- */

static const struct refused_row {
    const char *name;
    struct str body;
    const char *said;
} refused[] = {
    { "no JSON", STR_LIT("title=x"), "the body: " },
    { "nothing", STR_LIT(""), "the body: " },
    { "no UTF-8", STR_LIT("{\"title\":\"\xff\"}"), "the body: " },
    { "a NUL", STR_LIT("{\"title\":\"a\\u0000b\"}"), "the body: " },
    { "a list", STR_LIT("[{\"title\":\"x\"}]"), "expected an object" },
    { "no title", STR_LIT("{}"), "title: it is missing" },
    { "a title that is null", STR_LIT("{\"title\":null}"), "title: it is missing" },
    { "a title of blanks", STR_LIT("{\"title\":\" \\n\\t\"}"), "title: it is empty" },
    { "a title that is a number", STR_LIT("{\"title\":5}"), "title: expected a text" },
    { "a title that is an object", STR_LIT("{\"title\":{\"title\":\"x\"}}"), "title: expected a text" },
    { "two titles", STR_LIT("{\"title\":\"x\",\"title\":\"y\"}"), "title" },
    { "a misspelt field", STR_LIT("{\"title\":\"x\",\"envirnoment\":\"production\"}"),
      "envirnoment: there is no such field; there are title, service, environment, url, by, at and id" },
    { "a field whose name is hostile", STR_LIT("{\"title\":\"x\",\"*`@{slack:U1}\\n\":1}"), "there is no such field" },
    { "a service that is a list", STR_LIT("{\"title\":\"x\",\"service\":[\"api\"]}"), "service: expected a text" },
    { "an unknown service", STR_LIT("{\"title\":\"x\",\"service\":\"pay\"}"),
      "service: 'pay' is not configured: known are api, web" },
    { "an unknown environment", STR_LIT("{\"title\":\"x\",\"environment\":\"prod\"}"),
      "environment: 'prod' is not configured: known are staging, production" },
    { "an environment of another service", STR_LIT("{\"title\":\"x\",\"service\":\"web\",\"environment\":\"staging\"}"),
      "environment: 'staging' is not configured: known are production" },
    { "an empty service", STR_LIT("{\"title\":\"x\",\"service\":\"\"}"), "service: it is empty" },
    { "an address without TLS", STR_LIT("{\"title\":\"x\",\"url\":\"http://ci/1\"}"), "url: expected" },
    { "an address that is a script", STR_LIT("{\"title\":\"x\",\"url\":\"javascript:alert(1)\"}"), "url: expected" },
    { "an address with a user", STR_LIT("{\"title\":\"x\",\"url\":\"https://me:pass@ci/1\"}"), "url: expected" },
    { "an address of two lines", STR_LIT("{\"title\":\"x\",\"url\":\"https://ci/1\\nx\"}"), "url: expected" },
    { "an id that is a number", STR_LIT("{\"title\":\"x\",\"id\":7}"), "id: expected a text" },
    { "an id with a blank", STR_LIT("{\"title\":\"x\",\"id\":\"a b\"}"), "id: expected letters" },
    { "an instant that is a number", STR_LIT("{\"title\":\"x\",\"at\":1795211996}"), "at: expected a text" },
    { "an instant that is none", STR_LIT("{\"title\":\"x\",\"at\":\"yesterday\"}"), "at: expected an instant" },
    { "a day without its time", STR_LIT("{\"title\":\"x\",\"at\":\"2026-11-20\"}"), "at: expected an instant" },
    { "six minutes ahead", STR_LIT("{\"title\":\"x\",\"at\":\"2026-11-20T22:05:57Z\"}"),
      "at: it is more than 5 min in the future: here it is 2026-11-20T21:59:56.000Z" },
    { "a day and a second old", STR_LIT("{\"title\":\"x\",\"at\":\"2026-11-19T21:59:55Z\"}"),
      "at: it is more than 24 h ago" },
};

static void check_refused(void **state)
{
    const struct refused_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TWO);
    struct api_change_door door = { .id = "untouched" };
    struct error err;

    assert_false(accept(fixture, "ci", row->body, &door, &err));
    assert_int_equal(err.code, ERR_INVALID);
    if (!strstr(err.message, row->said))
        fail_msg("no \"%s\" in \"%s\"", row->said, err.message);
    assert_true(utf8_is_valid(str_of(err.message)));
    assert_null(strpbrk(err.message, "*\n"));
    assert_string_equal(door.id, "untouched");
}

static void check_long(void **state)
{
    static const struct {
        const char *field, *begin;
        size_t most;
    } rows[] = { { "title", "", 200 }, { "by", "", 100 }, { "id", "", 100 }, { "url", "https://ci/", 300 } };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TWO);
    struct api_change_door door;
    struct error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        for (size_t more = 0; more < 2; more++) {
            AUTO_BUF struct buf body = BUF(1024);

            buf_addf(&body, "{%s\"%s\":\"%s", strcmp(rows[i].field, "title") == 0 ? "" : "\"title\":\"x\",",
                     rows[i].field, rows[i].begin);
            for (size_t k = strlen(rows[i].begin); k < rows[i].most + more; k++)
                buf_puts(&body, "a");
            buf_puts(&body, "\"}");
            assert_int_equal(accept(fixture, "ci", buf_str(&body), &door, &err), more == 0);
            if (more)
                assert_non_null(strstr(err.message, "are the most"));
        }
}

static void check_many_names(void **state)
{
    AUTO_BUF struct buf text = BUF(64 * 1024);
    AUTO_DECISION struct decision_fixture *fixture = NULL;
    struct api_change_door door;
    struct error err;

    (void)state;
    buf_puts(&text, FIXTURE_SLACK "services:\n");
    for (int i = 0; i < 60; i++)
        buf_addf(&text,
                 "  - name: a-service-%02d\n    environments:\n"
                 "      - { name: production, driver: { program: { deploy: [x, \"{version}\"] } } }\n",
                 i);
    fixture = decision_create(buf_text(&text));
    assert_false(accept(fixture, "ci", STR_LIT("{\"title\":\"x\",\"service\":\"pay\"}"), &door, &err));
    assert_non_null(strstr(err.message, "a-service-00, a-service-01"));
    assert_true(str_ends_with(str_of(err.message), " more")); /* and how many, whole */
}

/* ---- what is taken ---- */

static struct outside_event event_of(const struct decision_fixture *fixture, const char *token, struct str body,
                                     struct change_told *ret_told)
{
    struct api_change_door door;
    struct decoded decoded;
    struct error err;

    if (!accept(fixture, token, body, &door, &err) || !decode(door.body, fixture->arena, &decoded, &err))
        fail_msg("%s", err.message);
    assert_int_equal(decoded.kind, DECODED_EVENT);
    assert_true(shape_from_json(&change_told_shape, decoded.event.body, fixture->arena, ret_told, &err));
    return decoded.event;
}

static void check_whole(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TWO);
    struct change_told told;
    struct outside_event event = event_of(
        fixture, "ci",
        STR_LIT(
            "{\"title\":\" drop column total \",\"service\":\"api\",\"environment\":\"production\",\"by\":\"ann\","
            "\"url\":\"https://ci.example.com/812\",\"at\":\"2026-11-20T22:30:00+01:00\",\"id\":\"migration-812\"}"),
        &told);

    (void)state;
    assert_string_equal(event.source, "api");
    assert_string_equal(event.name, CHANGE_TOLD);
    assert_string_equal(event.id, "migration-812");
    assert_string_equal(event.subject, "api/production");
    assert_string_equal(principal_text(&event.principal, fixture->arena), "token:ci");
    assert_int_equal(event.received_at_ms, NOW + 1);
    assert_int_equal(event.occurred_at_ms, 0); /* it is as old as its telling */
    assert_string_equal(outside_event_text(&event, fixture->arena), "drop column total");
    assert_string_equal(told.title, "drop column total");
    assert_string_equal(told.service, "api");
    assert_string_equal(told.environment, "production");
    assert_string_equal(told.url, "https://ci.example.com/812");
    assert_string_equal(told.by, "ann");
    assert_string_equal(told.token, "ci");
    assert_int_equal(told.at_ms, INT64_C(1795210200000));
}

static void check_least(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TWO);
    struct change_told told;
    struct outside_event event =
        event_of(fixture, "ci",
                 STR_LIT("{\"title\":\"x\",\"service\":null,\"url\":null,\"by\":null,\"at\":null,\"id\":null}"), &told);

    (void)state;
    assert_string_equal(event.id, "given");
    assert_null(event.subject);
    assert_null(told.service);
    assert_int_equal(told.at_ms, NOW + 1);
    event = event_of(fixture, "ci", STR_LIT("{\"title\":\"x\",\"environment\":\"staging\"}"), &told);
    assert_string_equal(event.subject, "staging");
    event = event_of(fixture, "ci", STR_LIT("{\"title\":\"x\",\"at\":\"2026-11-20T22:04:56Z\"}"), &told);
    assert_int_equal(told.at_ms, NOW + 1); /* their clock is ahead: no assessment looks there */
    event = event_of(fixture, "ci", STR_LIT("{\"title\":\"x\",\"at\":\"2026-11-19T21:59:56Z\"}"), &told);
    assert_int_equal(told.at_ms, NOW - DAY_MS);
}

static void check_key(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TWO);
    struct api_change_door one, same, other, theirs;
    struct change_told told;
    struct error err;

    (void)state;
    assert_true(accept(fixture, "ci", STR_LIT("{\"title\":\"x\",\"id\":\"7\"}"), &one, &err));
    assert_true(accept(fixture, "ci", STR_LIT("{\"id\":\"7\",\"title\":\"y\"}"), &same, &err));
    assert_true(accept(fixture, "ci", STR_LIT("{\"title\":\"x\",\"id\":\"8\"}"), &other, &err));
    assert_true(accept(fixture, "cd", STR_LIT("{\"title\":\"x\",\"id\":\"7\"}"), &theirs, &err));
    assert_string_equal(one.key, same.key);
    assert_string_not_equal(one.key, other.key);
    assert_string_not_equal(one.key, theirs.key);
    assert_string_equal(event_of(fixture, "ci", STR_LIT("{\"title\":\"x\",\"id\":\"7\"}"), &told).meaning,
                        event_of(fixture, "ci", STR_LIT("{\"title\":\"y\",\"id\":\"7\"}"), &told).meaning);
}

/* An item of ours that was spoilt is a dead letter, and nothing else. */
static void check_spoilt(void **state)
{
    static const char *const bodies[] = { "",
                                          "[]",
                                          "{}",
                                          "{\"token\":\"ci\",\"id\":\"7\"}",
                                          "{\"token\":\"ci\",\"title\":\"x\"}",
                                          "{\"id\":\"7\",\"title\":\"x\"}",
                                          "{\"token\":\"ci\",\"id\":7,\"title\":\"x\"}",
                                          "{\"token\":\"ci\",\"id\":\"7\",\"title\":\"x\",\"at_ms\":\"now\"}" };
    AUTO(arena) struct arena *arena = arena_create();
    struct decoded decoded;
    struct error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        assert_false(decode(bodies[i], arena, &decoded, &err));
        assert_int_equal(err.code, ERR_INVALID);
    }
}

/* ---- whose token ---- */

static const struct token_row {
    const char *name, *authorization, *whose;
} tokens[] = {
    { "a token", "Bearer the-secret-of-ci", "ci" },
    { "its scheme in any case", "bEARER  the-secret-of-ci ", "ci" },
    { "another's", "Bearer the-secret-of-cd", "cd" },
    { "none", NULL, NULL },
    { "an empty one", "Bearer ", NULL },
    { "another scheme", "Basic the-secret-of-ci", NULL },
    { "half of one", "Bearer the-secret-of", NULL },
    { "more than one", "Bearer the-secret-of-cix", NULL },
    { "no scheme", "the-secret-of-ci", NULL },
};

static void check_token(void **state)
{
    static struct api_token known[] = { { "ci", "the-secret-of-ci" }, { "cd", "the-secret-of-cd" }, { "no", "" } };
    const struct api_settings api = { known, ARRAY_LEN(known) };
    const struct token_row *row = *state;
    const struct api_token *found = token_find(&api, row->authorization);

    if (row->whose)
        assert_string_equal(found ? found->name : "nobody's", row->whose);
    else
        assert_null(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "what is too long is refused, and how long it may be is said", check_long, NULL, NULL, NULL },
        { "of very many names some are said, and how many more there are", check_many_names, NULL, NULL, NULL },
        { "all of it is in the event", check_whole, NULL, NULL, NULL },
        { "a title is enough", check_least, NULL, NULL, NULL },
        { "the same id of the same token is the same change", check_key, NULL, NULL, NULL },
        { "what is spoilt is no event", check_spoilt, NULL, NULL, NULL },
    };
    int failed = ROWS(refused, check_refused) + ROWS(tokens, check_token);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
