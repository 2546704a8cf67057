#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bot/base/buf.h"
#include "integrations/slack/interaction.h"

#include <string.h>

#define API_URL "https://slack.com/api/"
#define USER "'user':{'id':'U0EXAMPLE1','username':'ann','name':'ann.b','team_id':'T0EXAMPLE1'}"
#define TEAM "'team':{'id':'T0EXAMPLE1','domain':'acme'}"
#define CHANNEL "'channel':{'id':'C0EXAMPLE1','name':'ops'}"
#define TRIGGER "'trigger_id':'1.2.abc'"
#define HOOK "https://hooks.slack.com/actions/T0EXAMPLE1/1/abc"
#define URL "'response_url':'" HOOK "'"
#define BUTTON(value)                                                                                                  \
    "{'type':'button','action_id':'opsgate.1.promote','block_id':'b','action_ts':'1.5','value':" value "}"
#define ACTIONS(list) "'actions':[" list "]"
#define PRESSED BUTTON("'promote D1042 --look 7'")
#define LINK "{'type':'button','action_id':'opsgate.1.open','url':'https://x.example/'}"
#define OTHERS "{'type':'button','action_id':'deploy.approve','value':'deploy api production'}"
#define PAYLOAD(more) "{'type':'block_actions'," more "}"
#define WHO USER "," TEAM "," CHANNEL "," TRIGGER "," URL

/* The form that Slack would send: every byte but letters and digits escaped; ' is " */
static struct str form_of(const char *payload, struct arena *arena)
{
    AUTO_BUF struct buf form = BUF(4 << 20);

    buf_puts(&form, "payload=");
    for (const char *c = payload; *c; c++) {
        char byte = *c == '\'' ? '"' : *c;

        if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9'))
            buf_putc(&form, byte);
        else
            buf_addf(&form, "%%%02X", (unsigned)(unsigned char)byte);
    }
    return (struct str){ arena_copy(arena, buf_str(&form)), form.len };
}

static const char *repeat(struct arena *arena, const char *piece, size_t count, const char *end)
{
    AUTO_BUF struct buf text = BUF(4 << 20);

    for (size_t i = 0; i < count; i++)
        buf_puts(&text, piece);
    buf_puts(&text, end);
    return arena_copy(arena, buf_str(&text));
}

/* ---- at the door ---- */

static const struct door_row {
    const char *name, *payload;
    enum slack_interaction is;
    const char *key, *team;
    const char *response_url; /* NULL: none */
    enum err_code code;
    const char *error;
} door_rows[] = {
    { "a button of ours", PAYLOAD(WHO "," ACTIONS(PRESSED)), SLACK_PRESSED, "slack:T0EXAMPLE1:action:1.2.abc",
      "T0EXAMPLE1", HOOK, ERR_NONE, NULL },
    { "installed for a whole organisation, the team is the person's",
      PAYLOAD(USER ",'team':null," CHANNEL "," TRIGGER "," URL "," ACTIONS(PRESSED)), SLACK_PRESSED,
      "slack:T0EXAMPLE1:action:1.2.abc", "T0EXAMPLE1", HOOK, ERR_NONE, NULL },
    { "in a shared channel too: a stranger is no colleague",
      PAYLOAD("'user':{'id':'U0EXAMPLE1','team_id':'T0STRANGER'}," TEAM "," TRIGGER "," URL "," ACTIONS(PRESSED)),
      SLACK_PRESSED, "slack:T0STRANGER:action:1.2.abc", "T0STRANGER", HOOK, ERR_NONE, NULL },
    { "without the person's team, the workspace's",
      PAYLOAD("'user':{'id':'U0EXAMPLE1'}," TEAM "," TRIGGER "," ACTIONS(PRESSED)), SLACK_PRESSED,
      "slack:T0EXAMPLE1:action:1.2.abc", "T0EXAMPLE1", NULL, ERR_NONE, NULL },
    { "without trigger_id, response_url's digest is the key", PAYLOAD(USER "," TEAM "," URL "," ACTIONS(PRESSED)),
      SLACK_PRESSED, "slack:T0EXAMPLE1:action:2d6d71e17f9033448f88ddf2827216cdf9e49c4886e9d0b0bc10afa70ebd341e",
      "T0EXAMPLE1", HOOK, ERR_NONE, NULL },
    { "one of ours among those of others", PAYLOAD(WHO "," ACTIONS(OTHERS "," PRESSED "," LINK)), SLACK_PRESSED,
      "slack:T0EXAMPLE1:action:1.2.abc", "T0EXAMPLE1", HOOK, ERR_NONE, NULL },

    { "a link is no command", PAYLOAD(WHO "," ACTIONS(LINK)), SLACK_NOT_OURS, NULL, NULL, NULL, ERR_NONE, NULL },
    { "nor is an empty value", PAYLOAD(WHO "," ACTIONS(BUTTON("''"))), SLACK_NOT_OURS, NULL, NULL, NULL, ERR_NONE,
      NULL },
    { "nor a value that is no text", PAYLOAD(WHO "," ACTIONS(BUTTON("['promote','D1']"))), SLACK_NOT_OURS, NULL, NULL,
      NULL, ERR_NONE, NULL },
    { "nor a button without our mark", PAYLOAD(WHO "," ACTIONS(OTHERS)), SLACK_NOT_OURS, NULL, NULL, NULL, ERR_NONE,
      NULL },
    { "nor a menu",
      PAYLOAD(WHO "," ACTIONS("{'type':'static_select','action_id':'opsgate.1.x','selected_option':{'value':'x'}}")),
      SLACK_NOT_OURS, NULL, NULL, NULL, ERR_NONE, NULL },
    { "nothing pressed", PAYLOAD(WHO "," ACTIONS("")), SLACK_NOT_OURS, NULL, NULL, NULL, ERR_NONE, NULL },
    { "actions that are none", PAYLOAD(WHO "," ACTIONS("7,null,[],'x',{'type':5,'action_id':{},'value':true}")),
      SLACK_NOT_OURS, NULL, NULL, NULL, ERR_NONE, NULL },
    { "a modal", "{'type':'view_submission'," WHO ",'view':{}}", SLACK_NOT_BUILT, NULL, NULL, NULL, ERR_NONE, NULL },
    { "a shortcut", "{'type':'shortcut','callback_id':'x'}", SLACK_NOT_BUILT, NULL, NULL, NULL, ERR_NONE, NULL },
    { "a message's shortcut", "{'type':'message_action'}", SLACK_NOT_BUILT, NULL, NULL, NULL, ERR_NONE, NULL },
    { "a kind that nobody knows", "{'type':''}", SLACK_NOT_BUILT, NULL, NULL, NULL, ERR_NONE, NULL },

    { "no payload", "", 0, NULL, NULL, NULL, ERR_INVALID, "payload is missing" },
    { "not JSON", "command=/deploy", 0, NULL, NULL, NULL, ERR_INVALID, "payload" },
    { "JSON that does not end", "{'type':'block_actions'", 0, NULL, NULL, NULL, ERR_INVALID, "payload" },
    { "something behind it", "{'type':'shortcut'}{}", 0, NULL, NULL, NULL, ERR_INVALID, "payload" },
    { "a NUL that is escaped", PAYLOAD(WHO "," ACTIONS(BUTTON("'promote\\u0000 D1'"))), 0, NULL, NULL, NULL,
      ERR_INVALID, "u0000" },
    { "half a character", PAYLOAD(WHO "," ACTIONS(BUTTON("'\\ud800'"))), 0, NULL, NULL, NULL, ERR_INVALID, "payload" },
    { "bytes that are no UTF-8", "{'type':'\xff'}", 0, NULL, NULL, NULL, ERR_INVALID, "UTF-8" },
    { "no object", "[]", 0, NULL, NULL, NULL, ERR_INVALID, "type" },
    { "no type", "{}", 0, NULL, NULL, NULL, ERR_INVALID, "type" },
    { "a type that is no text", "{'type':['block_actions']}", 0, NULL, NULL, NULL, ERR_INVALID, "type" },
    { "no actions", PAYLOAD(WHO), 0, NULL, NULL, NULL, ERR_INVALID, "actions" },
    { "actions that are no list", PAYLOAD(WHO ",'actions':{'0':" PRESSED "}"), 0, NULL, NULL, NULL, ERR_INVALID,
      "actions" },
    { "two commands at once", PAYLOAD(WHO "," ACTIONS(PRESSED "," BUTTON("'abort D1042'"))), 0, NULL, NULL, NULL,
      ERR_INVALID, "two commands" },
    { "no user", PAYLOAD(TEAM "," TRIGGER "," ACTIONS(PRESSED)), 0, NULL, NULL, NULL, ERR_INVALID, "user.id" },
    { "a user that is a list", PAYLOAD("'user':['U1']," TEAM "," ACTIONS(PRESSED)), 0, NULL, NULL, NULL, ERR_INVALID,
      "user.id" },
    { "a user that is no id", PAYLOAD("'user':{'id':'U1:2'}," TEAM "," ACTIONS(PRESSED)), 0, NULL, NULL, NULL,
      ERR_INVALID, "user.id is no id" },
    { "no team at all", PAYLOAD("'user':{'id':'U1'},'team':null," ACTIONS(PRESSED)), 0, NULL, NULL, NULL, ERR_INVALID,
      "team.id" },
    { "a team that is a number", PAYLOAD("'user':{'id':'U1','team_id':7}," TEAM "," ACTIONS(PRESSED)), 0, NULL, NULL,
      NULL, ERR_INVALID, "user.team_id" },
    { "a channel that is no id", PAYLOAD(USER "," TEAM ",'channel':{'id':'#ops'}," ACTIONS(PRESSED)), 0, NULL, NULL,
      NULL, ERR_INVALID, "channel.id" },
    { "a response_url of another host",
      PAYLOAD(USER "," TEAM ",'response_url':'https://evil.example/x'," ACTIONS(PRESSED)), 0, NULL, NULL, NULL,
      ERR_DENIED, "response_url" },
};

static void check_door(void **state)
{
    const struct door_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_interaction_door door;
    struct error err = { .code = ERR_NONE };
    bool is_taken = slack_interaction_accept(form_of(row->payload, arena), "1700000000", API_URL, arena, &door, &err);

    if (is_taken != (row->error == NULL))
        fail_msg("%s", is_taken ? "it was taken" : err.message);
    assert_int_equal(err.code, row->code);
    if (row->error) {
        if (!strstr(err.message, row->error))
            fail_msg("no '%s' in: %s", row->error, err.message);
        return;
    }
    assert_int_equal(door.is, row->is);
    if (row->is != SLACK_PRESSED)
        return;
    assert_int_equal(door.keys_count, 1);
    assert_string_equal(door.keys[0], row->key);
    assert_string_equal(door.team, row->team);
    assert_string_equal(door.user, "U0EXAMPLE1");
    assert_string_equal(door.kind, SLACK_ACTION_KIND);
    assert_string_equal(door.reply_to.user, "U0EXAMPLE1"); /* whatever else it lacks, that person can be told */
    assert_null(door.reply_to.url);
    if (row->response_url)
        assert_string_equal(door.response_url, row->response_url);
    else
        assert_null(door.response_url);
}

static void expect_refused_as(struct str body, enum err_code code, const char *why)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_interaction_door door;
    struct error err;

    assert_false(slack_interaction_accept(body, "1700000000", API_URL, arena, &door, &err));
    assert_int_equal(err.code, code);
    if (!strstr(err.message, why))
        fail_msg("no '%s' in: %s", why, err.message);
}

static void expect_refused(struct str body, const char *why)
{
    expect_refused_as(body, ERR_INVALID, why);
}

static void what_is_too_deep_or_too_large_is_refused(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *deep = arena_printf(arena, "{'type':'block_actions','message':%s", repeat(arena, "[", 5000, ""));
    const char *large = arena_printf(arena, PAYLOAD(WHO "," ACTIONS(PRESSED) ",'message':'%s'"),
                                     repeat(arena, "x", SLACK_INTERACTION_PAYLOAD_MAX_BYTES, ""));
    const char *value = arena_printf(arena, PAYLOAD(WHO "," ACTIONS(BUTTON("'%s'"))), repeat(arena, "x", 2001, ""));

    (void)state;
    expect_refused(form_of(deep, arena), "nested");
    expect_refused_as(form_of(large, arena), ERR_TOO_LARGE, "larger than 262144");
    expect_refused(form_of(value, arena), "longer than any of ours");
    expect_refused(STR_LIT("payload=%7"), "malformed %-escape");
    expect_refused(STR_LIT("payload={}&payload={}"), "earlier one");
    expect_refused(STR_LIT(""), "payload is missing");
    expect_refused(STR_LIT("command=%2Fdeploy&text=api"), "payload is missing");
}

static void accept(struct str body, const char *timestamp, struct arena *arena, struct slack_interaction_door *door)
{
    struct error err;

    if (!slack_interaction_accept(body, timestamp, API_URL, arena, door, &err))
        fail_msg("%s", err.message);
}

/* Slack gives every click a trigger of its own; the same one again is the same delivery. */
static void a_second_click_is_another_one_and_a_second_delivery_is_not(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct str click = form_of(PAYLOAD(WHO "," ACTIONS(PRESSED)), arena);
    struct str next = form_of(PAYLOAD(USER "," TEAM "," URL ",'trigger_id':'1.3.abd'," ACTIONS(PRESSED)), arena);
    struct str bare = form_of(PAYLOAD(USER "," TEAM "," ACTIONS(PRESSED)), arena);
    struct slack_interaction_door a, b;

    (void)state;
    accept(click, "1700000000", arena, &a);
    accept(click, "1700000060", arena, &b);
    assert_string_equal(a.keys[0], b.keys[0]);
    accept(next, "1700000000", arena, &b);
    assert_string_not_equal(a.keys[0], b.keys[0]);
    accept(bare, "1700000000", arena, &a);
    accept(bare, "1700000001", arena, &b);
    assert_string_not_equal(a.keys[0], b.keys[0]);
}

/* ---- for the owner ---- */

static const struct command_row {
    const char *name, *value; /* as JSON, with ' for " */
    const char *verb;
    const char *words[4];
    const char *text;
    const char *error;
} command_rows[] = {
    { "verb and words",
      "'promote D1042 --look 7'",
      "promote",
      { "D1042", "--look", "7" },
      "promote D1042 --look 7",
      NULL },
    { "a verb alone", "' help '", "help", { NULL }, "help", NULL },
    { "a verb in capitals", "'Promote D1'", "promote", { "D1" }, "Promote D1", NULL },
    { "a verb that nobody knows goes on", "'rm -rf /'", "rm", { "-rf", "/" }, NULL, NULL },
    { "quotes", "'deploy api --reason \\'a fix\\''", "deploy", { "api", "--reason", "a fix" }, NULL, NULL },
    { "it was written here: nothing is undone in it",
      "'x <@U1|ann> &lt; \u201ca\u201d'",
      "x",
      { "<@U1|ann>", "&lt;", "\u201ca\u201d" },
      NULL,
      NULL },
    { "a quote that does not end", "'deploy \\'api'", NULL, { NULL }, NULL, "quote does not end" },
    { "blanks only", "'   '", NULL, { NULL }, NULL, "no verb" },
    { "two lines", "'promote D1\\nabort D2'", NULL, { NULL }, NULL, "control characters" },
    { "a control character", "'promote \\u001b[2J D1'", NULL, { NULL }, NULL, "control characters" },
    { "a DEL", "'promote\\u007f D1'", NULL, { NULL }, NULL, "control characters" },
};

static void check_command(void **state)
{
    const struct command_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    const char *payload = arena_printf(arena, PAYLOAD(WHO "," ACTIONS(BUTTON("%s"))), row->value);
    struct inbox_item item = { .source = "slack", .request_id = "r1", .received_at = 5, .not_after = 60005 };
    struct error err = { .code = ERR_NONE };
    struct slack_interaction_door door;
    struct request request;
    size_t count = 0;

    accept(form_of(payload, arena), "1700000000", arena, &door);
    item.body = door.body;
    item.reply_to.url = door.response_url;
    assert_int_equal(slack_interaction_decode(&item, arena, &request, &err), row->error == NULL);
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
    if (row->text)
        assert_string_equal(request.text, row->text);
    assert_string_equal(request.source, "slack");
    assert_string_equal(request.principal.system, "slack");
    assert_string_equal(request.principal.id, "U0EXAMPLE1");
    assert_string_equal(request.principal.team, "T0EXAMPLE1");
    assert_string_equal(request.principal.name, "ann");
    assert_string_equal(request.channel, "C0EXAMPLE1");
    assert_string_equal(request.id, "r1");
    assert_string_equal(request.reply_to.url, HOOK);
    assert_int_equal(request.received_at_ms, 5);
    assert_int_equal(request.not_after_ms, 60005);
}

/* Stored is what was pressed and by whom: not the message around it, and no secret but the trigger, which is void soon. */
static void little_of_the_payload_is_stored(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_interaction_door door;

    (void)state;
    accept(form_of(PAYLOAD(WHO ",'token':'x','message':{'text':'much'}," ACTIONS(PRESSED)), arena), "1", arena, &door);
    assert_string_equal(door.body, "{\"team\":\"T0EXAMPLE1\",\"user\":\"U0EXAMPLE1\",\"name\":\"ann\","
                                   "\"channel\":\"C0EXAMPLE1\",\"command\":\"promote D1042 --look 7\","
                                   "\"trigger\":\"1.2.abc\"}");
}

static void a_stored_item_that_makes_no_sense_is_refused(void **state)
{
    static const char *const bodies[] = { "",
                                          "payload=x",
                                          "[]",
                                          "{}",
                                          "{\"team\":\"T1\",\"user\":\"U1\"}",
                                          "{\"team\":\"T1\",\"user\":\"U1\",\"command\":7}" };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        AUTO(arena) struct arena *arena = arena_create();
        struct inbox_item item = { .source = "slack", .request_id = "r1", .body = bodies[i] };
        struct request request;
        struct error err;

        assert_false(slack_interaction_decode(&item, arena, &request, &err));
        assert_int_equal(err.code, ERR_INVALID);
    }
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(what_is_too_deep_or_too_large_is_refused),
        cmocka_unit_test(a_second_click_is_another_one_and_a_second_delivery_is_not),
        cmocka_unit_test(little_of_the_payload_is_stored),
        cmocka_unit_test(a_stored_item_that_makes_no_sense_is_refused),
    };
    struct CMUnitTest tests[ARRAY_LEN(door_rows) + ARRAY_LEN(command_rows) + ARRAY_LEN(others)];
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_LEN(door_rows); i++)
        tests[n++] = (struct CMUnitTest){ door_rows[i].name, check_door, NULL, NULL, (void *)(uintptr_t)&door_rows[i] };
    for (size_t i = 0; i < ARRAY_LEN(command_rows); i++)
        tests[n++] =
            (struct CMUnitTest){ command_rows[i].name, check_command, NULL, NULL, (void *)(uintptr_t)&command_rows[i] };
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        tests[n++] = others[i];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
