#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "integrations/slack/command.h"
#include "integrations/slack/response_url.h"

#include <stdio.h>
#include <string.h>

#define API_URL "https://slack.com/api/"
#define WHO "team_id=T0EXAMPLE1&user_id=U0EXAMPLE1"
#define HOOK "response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT0EXAMPLE1%2F1%2Fabc"

/* ---- what was typed ---- */

static const struct typed_row {
    const char *name;
    const char *command, *text; /* form-encoded */
    const char *verb;
    const char *words[4];
    const char *line; /* NULL: not looked at */
    const char *error;
} typed_rows[] = {
    { "a verb's own command", "%2Fdeploy", "api+staging", "deploy", { "api", "staging" }, "deploy api staging", NULL },
    { "no words", "%2Fstatus", "", "status", { NULL }, "status", NULL },
    { "/ops VERB", "%2Fops", "deploy+api+staging", "deploy", { "api", "staging" }, "deploy api staging", NULL },
    { "/ops alone asks for help", "%2Fops", "++", "help", { NULL }, "help", NULL },
    { "a verb in capitals", "%2Fops", "Deploy+staging", "deploy", { "staging" }, "Deploy staging", NULL },
    { "a command in capitals", "%2FDeploy", "staging", "deploy", { "staging" }, NULL, NULL },
    { "a verb that nobody knows goes on", "%2Fops", "dpeloy+api", "dpeloy", { "api" }, NULL, NULL },
    { "quotes", "%2Fdeploy", "api+--reason+%22a+hot+fix%22", "deploy", { "api", "--reason", "a hot fix" }, NULL, NULL },
    { "smart double quotes",
      "%2Fdeploy",
      "--reason+%E2%80%9Ca+hot+fix%E2%80%9D",
      "deploy",
      { "--reason", "a hot fix" },
      NULL,
      NULL },
    { "smart single quotes",
      "%2Fdeploy",
      "--reason+%E2%80%98a+hot+fix%E2%80%99",
      "deploy",
      { "--reason", "a hot fix" },
      NULL,
      NULL },
    { "a smart apostrophe is no quote",
      "%2Fdeploy",
      "it%E2%80%99s+fine",
      "deploy",
      { "it\u2019s", "fine" },
      NULL,
      NULL },
    { "an apostrophe inside smart quotes",
      "%2Fdeploy",
      "%E2%80%98don%E2%80%99t+stop%E2%80%99+x",
      "deploy",
      { "don\u2019t stop", "x" },
      NULL,
      NULL },
    { "a dash that a phone made",
      "%2Fdeploy",
      "api+%E2%80%94reason+x",
      "deploy",
      { "api", "--reason", "x" },
      NULL,
      NULL },
    { "a dash between words stays", "%2Fdeploy", "api+%E2%80%94+x", "deploy", { "api", "\u2014", "x" }, NULL, NULL },
    { "a no-break space", "%2Fdeploy", "api%C2%A0staging", "deploy", { "api", "staging" }, NULL, NULL },
    { "entities, once",
      "%2Fdeploy",
      "a%26amp%3Bb+%26amp%3Blt%3B+%26lt%3Bx%26gt%3B",
      "deploy",
      { "a&b", "&lt;", "<x>" },
      NULL,
      NULL },
    { "an entity does not begin a mention", "%2Fdeploy", "%26lt%3B%40U1%26gt%3B", "deploy", { "<@U1>" }, NULL, NULL },
    { "a person",
      "%2Fincident",
      "lead+%3C%40U012AB3CD%7Cann%3E",
      "incident",
      { "lead", "slack:U012AB3CD" },
      NULL,
      NULL },
    { "a person without a name", "%2Fincident", "%3C%40W012AB3CD%3E", "incident", { "slack:W012AB3CD" }, NULL, NULL },
    { "a channel", "%2Fops", "x+%3C%23C012AB3CD%7Cops%3E", "x", { "C012AB3CD" }, NULL, NULL },
    { "a private channel", "%2Fops", "x+%3C%23C012AB3CD%7C%3E", "x", { "C012AB3CD" }, NULL, NULL },
    { "a group", "%2Fops", "x+%3C%21subteam%5ES012%7C%40eng%3E", "x", { "slack-group:S012" }, NULL, NULL },
    { "everybody here", "%2Fops", "x+%3C%21here%3E", "x", { "@here" }, NULL, NULL },
    { "a link", "%2Fops", "x+%3Chttps%3A%2F%2Fx.example%2Fa%7Ca+label%3E", "x", { "https://x.example/a" }, NULL, NULL },
    { "a link that Slack made",
      "%2Fops",
      "x+%3Chttp%3A%2F%2Fapi.example%7Capi.example%3E",
      "x",
      { "api.example" },
      NULL,
      NULL },
    { "a link with an ampersand",
      "%2Fops",
      "x+%3Chttps%3A%2F%2Fx.example%2F%3Fa%26amp%3Bb%3E",
      "x",
      { "https://x.example/?a&b" },
      NULL,
      NULL },
    { "a quote in a link does not open",
      "%2Fops",
      "x+%3Chttps%3A%2F%2Fx.example%2F%27%3E+y",
      "x",
      { "https://x.example/%27", "y" },
      NULL,
      NULL },
    { "a mail address",
      "%2Fops",
      "x+%3Cmailto%3Aa%40x.example%7Ca%40x.example%3E",
      "x",
      { "a@x.example" },
      NULL,
      NULL },
    { "something else in brackets", "%2Fops", "x+%3Cservice%3E", "x", { "<service>" }, NULL, NULL },
    { "a bracket that does not end", "%2Fops", "x+a%3Cb", "x", { "a<b" }, NULL, NULL },
    { "a mention of nobody", "%2Fops", "x+%3C%40%3E", "x", { "<@>" }, NULL, NULL },
    { "a quote that does not end", "%2Fdeploy", "%22api", NULL, { NULL }, NULL, "quote does not end" },
    { "an empty verb", "%2Fops", "%22%22+x", NULL, { NULL }, NULL, "no verb" },
    { "no slash", "deploy", "api", NULL, { NULL }, NULL, "command is not like /deploy" },
    { "a command with blanks", "%2Fde+ploy", "api", NULL, { NULL }, NULL, "command is not like /deploy" },
    { "an empty command", "", "api", NULL, { NULL }, NULL, "command is missing" },
};

static void check_typed(void **state)
{
    const struct typed_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct inbox_item item = { .source = "slack", .request_id = "r1", .received_at = 5, .not_after = 60005 };
    struct error err = { .code = ERR_NONE };
    struct request request;
    size_t count = 0;

    item.body =
        arena_printf(arena, WHO "&channel_id=C0EXAMPLE1&user_name=ann&command=%s&text=%s", row->command, row->text);
    assert_int_equal(slack_command_decode(&item, arena, &request, &err), row->error == NULL);
    if (row->error) {
        assert_int_equal(err.code, ERR_INVALID);
        assert_non_null(strstr(err.message, row->error));
        return;
    }
    assert_string_equal(request.verb, row->verb);
    for (; count < ARRAY_LEN(row->words) && row->words[count]; count++) {
        assert_true(count < request.words_count);
        assert_string_equal(request.words[count], row->words[count]);
    }
    assert_int_equal(request.words_count, count);
    if (row->line)
        assert_string_equal(request.text, row->line);
    assert_string_equal(request.principal.system, "slack");
    assert_string_equal(request.principal.id, "U0EXAMPLE1");
    assert_string_equal(request.principal.team, "T0EXAMPLE1");
    assert_string_equal(request.channel, "C0EXAMPLE1");
    assert_string_equal(request.id, "r1");
    assert_int_equal(request.not_after_ms, 60005);
}

/* ---- at the door ---- */

static const struct door_row {
    const char *name, *body;
    const char *key, *response_url;
    enum err_code code;
    const char *error;
} door_rows[] = {
    { "trigger_id is the key", WHO "&command=%2Fdeploy&trigger_id=1.2.abc&" HOOK, "slack:T0EXAMPLE1:command:1.2.abc",
      "https://hooks.slack.com/commands/T0EXAMPLE1/1/abc", ERR_NONE, NULL },
    { "without it, response_url's digest", WHO "&command=%2Fdeploy&" HOOK,
      "slack:T0EXAMPLE1:command:5fbd81f971104a39e5a8d268c08486af163df83d0ee9d8074d0628e09522a09e",
      "https://hooks.slack.com/commands/T0EXAMPLE1/1/abc", ERR_NONE, NULL },
    { "no response_url is no error", WHO "&command=%2Fdeploy&trigger_id=1.2.abc", "slack:T0EXAMPLE1:command:1.2.abc",
      NULL, ERR_NONE, NULL },
    { "a response_url of another host", WHO "&command=%2Fdeploy&response_url=https%3A%2F%2Fevil.example%2Fx", NULL,
      NULL, ERR_DENIED, "response_url" },
    { "no team", "user_id=U1&command=%2Fdeploy", NULL, NULL, ERR_INVALID, "team_id is missing" },
    { "no user", "team_id=T1&command=%2Fdeploy", NULL, NULL, ERR_INVALID, "user_id is missing" },
    { "no command", WHO, NULL, NULL, ERR_INVALID, "command is missing" },
    { "a user that is no id", "team_id=T1&user_id=U1%3A2&command=%2Fdeploy", NULL, NULL, ERR_INVALID,
      "user_id is no id" },
    { "JSON is no command", "{\"command\":\"/deploy\"}", NULL, NULL, ERR_INVALID, "command is missing" },
    { "a malformed form", "command=%zz", NULL, NULL, ERR_INVALID, "malformed %-escape" },
    { "an ssl_check asks for nothing", WHO "&command=%2Fdeploy&ssl_check=1", NULL, NULL, ERR_INVALID, "ssl_check" },
};

static void check_door(void **state)
{
    const struct door_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_command_door door;
    struct error err = { .code = ERR_NONE };

    assert_int_equal(slack_command_accept(str_of(row->body), "1700000000", API_URL, arena, &door, &err),
                     row->error == NULL);
    assert_int_equal(err.code, row->code);
    if (row->error) {
        assert_non_null(strstr(err.message, row->error));
        return;
    }
    assert_int_equal(door.keys_count, 1);
    assert_string_equal(door.keys[0], row->key);
    assert_string_equal(door.team, "T0EXAMPLE1");
    assert_string_equal(door.user, "U0EXAMPLE1");
    assert_string_equal(door.command, "/deploy");
    if (row->response_url)
        assert_string_equal(door.response_url, row->response_url);
    else
        assert_null(door.response_url);
}

/* So that a reason may begin with two dashes. */
static void words_in_quotes_are_known_whichever_way_the_verb_was_typed(void **state)
{
    static const char *const bodies[] = {
        WHO "&channel_id=C0EXAMPLE1&command=%2Fdeploy&text=staging+--reason+%22--x%22",
        WHO "&channel_id=C0EXAMPLE1&command=%2Fops&text=deploy+staging+--reason+%22--x%22",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        AUTO(arena) struct arena *arena = arena_create();
        struct inbox_item item = { .source = "slack", .request_id = "r1", .body = bodies[i] };
        struct request request;
        struct error err;

        assert_true(slack_command_decode(&item, arena, &request, &err));
        assert_string_equal(request.words[2], "--x");
        assert_int_equal(request.quoted_words, 1 << 2);
    }
}

static void the_same_words_at_another_time_are_another_command(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct str body = STR_LIT(WHO "&command=%2Fdeploy");
    struct slack_command_door a, again, later;
    struct error err;

    (void)state;
    assert_true(slack_command_accept(body, "1700000000", API_URL, arena, &a, &err));
    assert_true(slack_command_accept(body, "1700000000", API_URL, arena, &again, &err));
    assert_true(slack_command_accept(body, "1700000001", API_URL, arena, &later, &err));
    assert_string_equal(a.keys[0], again.keys[0]);
    assert_string_not_equal(a.keys[0], later.keys[0]);
}

/* An envelope without a trigger or an address is known by its own id. */
static void an_envelope_is_a_command_of_its_own(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_command_door one, again, other;
    struct error err;
    const cJSON *payload =
        json_parse_in(arena, STR_LIT("{\"team_id\":\"T1\",\"user_id\":\"U1\",\"command\":\"/deploy\"}"), &err);

    (void)state;
    assert_true(slack_command_accept_payload(payload, "e1", API_URL, arena, &one, &err));
    assert_true(slack_command_accept_payload(payload, "e1", API_URL, arena, &again, &err));
    assert_true(slack_command_accept_payload(payload, "e2", API_URL, arena, &other, &err));
    assert_string_equal(one.keys[0], again.keys[0]);
    assert_string_not_equal(one.keys[0], other.keys[0]);
    assert_string_equal(one.body, "team_id=T1&user_id=U1&command=%2Fdeploy");
}

static void an_ssl_check_is_known_by_its_field(void **state)
{
    (void)state;
    assert_true(slack_command_is_ssl_check(STR_LIT("ssl_check=1&token=x")));
    assert_true(slack_command_is_ssl_check(STR_LIT("command=%2Fdeploy&ssl_check=1")));
    assert_false(slack_command_is_ssl_check(STR_LIT("command=%2Fdeploy&text=ssl_check%3D1")));
    assert_false(slack_command_is_ssl_check(STR_LIT("ssl_check=")));
    assert_false(slack_command_is_ssl_check(STR_LIT("")));
}

/* ---- addresses ---- */

static const struct url_row {
    const char *url, *api_url;
    bool is_allowed;
    const char *name; /* NULL: the url */
} url_rows[] = {
    { "https://hooks.slack.com/commands/T/1/a", API_URL, true, NULL },
    { "https://acme.slack.com/commands/T/1/a", API_URL, true, NULL },
    { "https://slack.com/x", API_URL, true, NULL },
    { "https://hooks.slack-gov.com/x", API_URL, true, NULL },
    { "http://127.0.0.1:9000/response/1", "http://127.0.0.1:9000/api/", true, NULL },
    { "http://127.0.0.1:9000/response/2", API_URL, false, NULL },
    { "http://127.0.0.1:9001/response/3", "http://127.0.0.1:9000/api/", false, NULL },
    { "https://127.0.0.1:9000/response/4", "http://127.0.0.1:9000/api/", false, NULL },
    { "http://127.0.0.1:90001/response/5", "http://127.0.0.1:9000/api/", false, NULL },
    { "http://hooks.slack.com/x", API_URL, false, NULL },
    { "https://hooks.slack.com:8443/x", API_URL, false, NULL },
    { "https://hooks.slack.com", API_URL, false, NULL },
    { "https://evilslack.com/x", API_URL, false, NULL },
    { "https://slack.com.evil.example/x", API_URL, false, NULL },
    { "https://.slack.com/x", API_URL, false, NULL },
    { "https://hooks.slack.com@evil.example/x", API_URL, false, NULL },
    { "https://evil.example#.slack.com/x", API_URL, false, NULL },
    { "https://evil.example?.slack.com/x", API_URL, false, NULL },
    { "https://evil.example\\.slack.com/x", API_URL, false, NULL },
    { "https://hooks.slack.com/x y", API_URL, false, NULL },
    { "https://hooks.slack.com/x\r\nHost: y", API_URL, false, "an address with a line break" },
    { "ftp://hooks.slack.com/x", API_URL, false, NULL },
    { "//hooks.slack.com/x", API_URL, false, NULL },
    { "HTTPS://hooks.slack.com/x", API_URL, false, NULL },
    { "https:///x", API_URL, false, NULL },
    { "", API_URL, false, "an empty address" },
    { "http://x/", "", false, NULL },
};

static void check_url(void **state)
{
    const struct url_row *row = *state;

    assert_int_equal(slack_response_url_is_allowed(row->url, row->api_url), row->is_allowed);
}

#define TESTS (ARRAY_LEN(typed_rows) + ARRAY_LEN(door_rows) + ARRAY_LEN(url_rows) + 4)

int main(void)
{
    struct CMUnitTest tests[TESTS];
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_LEN(typed_rows); i++)
        tests[n++] =
            (struct CMUnitTest){ typed_rows[i].name, check_typed, NULL, NULL, (void *)(uintptr_t)&typed_rows[i] };
    for (size_t i = 0; i < ARRAY_LEN(door_rows); i++)
        tests[n++] = (struct CMUnitTest){ door_rows[i].name, check_door, NULL, NULL, (void *)(uintptr_t)&door_rows[i] };
    for (size_t i = 0; i < ARRAY_LEN(url_rows); i++)
        tests[n++] = (struct CMUnitTest){ url_rows[i].name ? url_rows[i].name : url_rows[i].url, check_url, NULL, NULL,
                                          (void *)(uintptr_t)&url_rows[i] };
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(the_same_words_at_another_time_are_another_command);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(words_in_quotes_are_known_whichever_way_the_verb_was_typed);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(an_envelope_is_a_command_of_its_own);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(an_ssl_check_is_known_by_its_field);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
