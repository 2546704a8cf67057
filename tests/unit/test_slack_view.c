/* Modals and shortcuts: what is shown, what comes back, and what is answered. */
#include "tests/unit/rows.h"

#include "bot/model/slack_event.h"
#include "integrations/slack/command.h"
#include "integrations/slack/event.h"
#include "integrations/slack/shortcut.h"
#include "integrations/slack/view.h"
#include "integrations/slack/view_submission.h"

#include <string.h>

#define API_URL "https://slack.com/api/"
#define HOOK "https://hooks.slack.com/app/T0EXAMPLE1/1/abc"
#define USER "'user':{'id':'U0EXAMPLE1','name':'ann','team_id':'T0EXAMPLE1'},'team':{'id':'T0EXAMPLE1'}"
#define META "'private_metadata':'{\\'command\\':\\'deploy\\',\\'channel\\':\\'C0EXAMPLE1\\'}'"
#define VIEW_WITH(meta, values)                                                                                        \
    "'view':{'id':'V0EXAMPLE1','callback_id':'opsgate.modal'," meta ",'state':{'values':{" values "}}}"
#define VIEW(values) VIEW_WITH(META, values)
#define SENT(values) "{'type':'view_submission'," USER ",'trigger_id':'1.2.abc'," VIEW(values) "}"
#define SENT_WITH(meta) "{'type':'view_submission'," USER ",'trigger_id':'1.2.abc'," VIEW_WITH(meta, "") "}"
#define INPUT(number, id, value) "'" number "':{'" id "':{'type':'plain_text_input','value':" value "}}"
#define CHOSEN(number, id, value)                                                                                      \
    "'" number "':{'" id "':{'type':'static_select','selected_option':{'text':{'type':'plain_text','text':'x'},"       \
    "'value':'" value "'}}}"
#define BOX(number, id, options) "'" number "':{'" id "':{'type':'checkboxes','selected_options':[" options "]}}"
#define MESSAGE                                                                                                        \
    "'channel':{'id':'C0EXAMPLE1','name':'ops'},'message_ts':'1700000000.000100','message':{'type':'message',"         \
    "'user':'U0EXAMPLE2','ts':'1700000000.000100','text':'API is <down> &amp; out','thread_ts':'1699999999.000001'}"

/* JSON is written with ' for ", and ^ for ' */
static const char *quoted(const char *text, struct arena *arena)
{
    char *copy = arena_strdup(arena, text);

    for (char *c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c == '^' ? '\'' : *c;
    return copy;
}

static bool accept_raw(const char *payload, struct arena *arena, struct slack_interaction_door *door, struct error *err)
{
    const cJSON *json;

    *err = (struct error){ .code = ERR_NONE };
    json = json_parse_in(arena, str_of(quoted(payload, arena)), err);
    return json && slack_interaction_accept_payload(json, "envelope-1", API_URL, arena, door, err);
}

static void accept(const char *payload, struct arena *arena, struct slack_interaction_door *door)
{
    struct error err;

    if (!accept_raw(payload, arena, door, &err))
        fail_msg("%s", err.message);
}

static struct inbox_item item_of(const struct slack_interaction_door *door)
{
    return (struct inbox_item){
        .request_id = "r1", .received_at = 5, .not_after = 60005, .reply_to = door->reply_to, .body = door->body
    };
}

/* ---- what is sent becomes a line ---- */

static const struct sent_row {
    const char *name, *values;
    const char *words[6];
    const char *text;
    const char *error; /* at the door or for the person */
} sent_rows[] = {
    { "words, in the order of the fields, then options",
      INPUT("3", "option.reason", "'a fix'") "," INPUT("2", "word.version", "'v1.4.2'") "," CHOSEN("1", "word.service",
                                                                                                   "api"),
      { "api", "v1.4.2", "--reason=a fix" },
      "deploy api v1.4.2 --reason=\"a fix\"",
      NULL },
    { "ten comes after nine",
      INPUT("10", "word.b", "'ten'") "," INPUT("9", "word.a", "'nine'"),
      { "nine", "ten" },
      "deploy nine ten",
      NULL },
    { "an option before a word is typed behind it",
      INPUT("1", "option.reason", "'x'") "," INPUT("2", "word.service", "'api'"),
      { "api", "--reason=x" },
      "deploy api --reason=x",
      NULL },
    { "what was left empty is not typed",
      INPUT("1", "word.service", "'api'") "," INPUT("2", "option.reason", "null") "," INPUT(
          "3", "word.x", "''") ",'4':{'word.y':{'type':'static_select','selected_option':null}}",
      { "api" },
      "deploy api",
      NULL },
    { "nothing at all", "", { NULL }, "deploy", NULL },
    { "a value that looks like an option is none",
      INPUT("1", "word.service", "'--strategy=canary'"),
      { "--strategy=canary" },
      "deploy \"--strategy=canary\"",
      NULL },
    { "quotes and backslashes",
      INPUT("1", "option.reason", "'say \\'hi\\' \\\\ it^s'"),
      { "--reason=say \"hi\" \\ it's" },
      NULL,
      NULL },
    { "a value cannot end its quotes",
      INPUT("1", "option.reason", "'x\\\\\\' --force \\\\'"),
      { "--reason=x\\\" --force \\" },
      NULL,
      NULL },
    { "several lines", INPUT("1", "option.reason", "'one\\ntwo'"), { "--reason=one\ntwo" }, NULL, NULL },
    { "people and channels",
      "'1':{'word.who':{'type':'users_select','selected_user':'U0EXAMPLE2'}},"
      "'2':{'word.where':{'type':'channels_select','selected_channel':'C0EXAMPLE2'}}",
      { "slack:U0EXAMPLE2", "C0EXAMPLE2" },
      "deploy slack:U0EXAMPLE2 C0EXAMPLE2",
      NULL },
    { "a box that is checked, behind the words",
      BOX("1", "flag.private", "{'value':'yes'}") "," INPUT("2", "word.a", "'x'"),
      { "x", "--private" },
      "deploy x --private",
      NULL },
    { "and one that is not", BOX("1", "flag.private", "") "," INPUT("2", "word.a", "'x'"), { "x" }, "deploy x", NULL },
    { "what a box says is not typed", BOX("1", "flag.private", "{'value':'x --force'}"), { "--private" }, NULL, NULL },

    { "a block that is no field", INPUT("x", "word.a", "'1'"), { NULL }, NULL, "block_id" },
    { "field 0", INPUT("0", "word.a", "'1'"), { NULL }, NULL, "block_id" },
    { "field 21", INPUT("21", "word.a", "'1'"), { NULL }, NULL, "block_id" },
    { "a field that stands there twice",
      INPUT("1", "word.a", "'1'") "," INPUT("1", "word.b", "'1'"),
      { NULL },
      NULL,
      "twice" },
    { "a field of two values",
      "'1':{'word.a':{'type':'plain_text_input','value':'1'},'word.b':{'type':'plain_text_input','value':'2'}}",
      { NULL },
      NULL,
      "several" },
    { "a field of no value", "'1':{}", { NULL }, NULL, "no value" },
    { "a field that is a list", "'1':['x']", { NULL }, NULL, "no value" },
    { "an action that is none of ours", INPUT("1", "deploy.approve", "'x'"), { NULL }, NULL, "none of ours" },
    { "an element that is none of ours",
      "'1':{'word.a':{'type':'datepicker','selected_date':'2026-11-20'}}",
      { NULL },
      NULL,
      "datepicker" },
    { "an element without a type", "'1':{'word.a':{'value':'x'}}", { NULL }, NULL, "type" },
    { "a person that is no id",
      "'1':{'word.a':{'type':'users_select','selected_user':'U1 x'}}",
      { NULL },
      NULL,
      "no id" },
    { "a name that would be another option", INPUT("1", "option.a --force", "'x'"), { NULL }, NULL, "name is none" },
    { "a name of nothing", INPUT("1", "option.", "'x'"), { NULL }, NULL, "name is none" },
    { "a control character", INPUT("1", "word.a", "'x\\u001b[2J'"), { NULL }, NULL, "control characters" },
};

static bool read_sent(const struct sent_row *row, struct arena *arena, struct request *request, struct error *err)
{
    struct slack_interaction_door door;
    struct inbox_item item;

    if (!accept_raw(arena_printf(arena, SENT("%s"), row->values), arena, &door, err))
        return false;
    assert_int_equal(door.is, SLACK_SUBMITTED);
    assert_string_equal(door.kind, SLACK_SUBMITTED_KIND);
    assert_string_equal(door.keys[0], "slack:T0EXAMPLE1:view:1.2.abc");
    item = item_of(&door);
    return slack_view_decode(&item, arena, request, err);
}

static void check_sent(void **state)
{
    const struct sent_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct request request;
    struct error err;
    size_t count = 0;

    if (read_sent(row, arena, &request, &err) != !row->error)
        fail_msg("%s", row->error ? "it was read" : err.message);
    if (row->error) {
        assert_int_equal(err.code, ERR_INVALID);
        if (!strstr(err.message, row->error))
            fail_msg("no '%s' in: %s", row->error, err.message);
        return;
    }
    assert_string_equal(request.verb, "deploy");
    for (; count < ARRAY_LEN(row->words) && row->words[count]; count++) {
        assert_true(count < request.words_count);
        assert_string_equal(request.words[count], row->words[count]);
    }
    assert_int_equal(request.words_count, count);
    if (row->text)
        assert_string_equal(request.text, row->text);
    assert_string_equal(request.principal.id, "U0EXAMPLE1");
    assert_string_equal(request.principal.team, "T0EXAMPLE1");
    assert_string_equal(request.channel, "C0EXAMPLE1");
    assert_string_equal(request.reply_to.channel, "C0EXAMPLE1");
    assert_true(request.reply_to.is_for_one);
    assert_int_equal(request.not_after_ms, 60005);
}

/* A value that looks like an option is quoted, so that request_read takes it for a word. */
static void a_word_cannot_become_an_option(void **state)
{
    static const struct verb_option options[] = { { .name = "strategy", .takes_value = true } };
    struct modal_value values[] = { { "service", false, false, "--strategy=canary", 1 },
                                    { "strategy", true, false, "--x y", 2 } };
    AUTO(arena) struct arena *arena = arena_create();
    struct request request = { 0 };
    struct typed typed;
    struct error err;

    (void)state;
    assert_true(modal_read("deploy", values, ARRAY_LEN(values), arena, &request, &err));
    assert_true(request_read(&request, options, ARRAY_LEN(options), arena, &typed, &err));
    assert_int_equal(typed.words_count, 1);
    assert_string_equal(typed.words[0], "--strategy=canary");
    assert_string_equal(typed_option(&typed, "strategy"), "--x y");
}

static void a_commands_own_quote_cannot_go_on_in_a_value(void **state)
{
    struct modal_value value = { "x", false, false, "b' --force", 1 };
    AUTO(arena) struct arena *arena = arena_create();
    struct request request = { 0 };
    struct error err;

    (void)state;
    assert_false(modal_read("deploy 'a", &value, 1, arena, &request, &err));
    assert_non_null(strstr(err.message, "quote does not end"));
    assert_false(modal_read("  ", NULL, 0, arena, &request, &err));
    assert_false(modal_read("a\x1b", NULL, 0, arena, &request, &err));
}

/* ---- a draft ---- */

#define META_WITH_DRAFT                                                                                                \
    "'private_metadata':'{\\'command\\':\\'deploy\\',\\'draft\\':\\'deploy --form\\'}'"
#define CHOICE(meta, values)                                                                                           \
    "{'type':'block_actions'," USER ",'trigger_id':'1.2.abc','actions':[{'type':'static_select','block_id':'1',"       \
    "'action_id':'word.service'}]," VIEW_WITH(meta, values) "}"

/* Each value is an option, whatever it would be when the modal is sent: a draft names no place. */
static void a_choice_types_the_draft(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_interaction_door door;
    struct inbox_item item;
    struct request request;
    struct error err;

    (void)state;
    accept(CHOICE(META_WITH_DRAFT, CHOSEN("1", "word.service", "api") "," INPUT(
                                       "4", "word.other#3f2a6c0917de", "'v1 --now'") "," INPUT("5", "option.reason", "null")),
           arena, &door);
    assert_int_equal(door.is, SLACK_CHOSEN);
    assert_string_equal(door.kind, SLACK_CHOSEN_KIND);
    assert_string_equal(door.keys[0], "slack:T0EXAMPLE1:choice:1.2.abc");
    item = item_of(&door);
    assert_true(slack_choice_decode(&item, arena, &request, &err));
    assert_string_equal(request.text, "deploy --form --service=api --other=\"v1 --now\"");
    assert_string_equal(request.form, "V0EXAMPLE1");
    assert_null(request.trigger);
    assert_int_equal(request.values_count, 2);
    assert_int_equal(modal_field_meant(&request, "No service is called `api`."), 1);
    assert_int_equal(modal_field_meant(&request, "`v1 --now` is no version of `api`"), 4);
    assert_int_equal(modal_field_meant(&request, "api"), 0);
}

static void a_choice_that_decides_nothing_is_passed_over(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_interaction_door door;
    struct error err;

    (void)state;
    accept(CHOICE(META, ""), arena, &door); /* of before there were drafts, or a field on which nothing depends */
    assert_int_equal(door.is, SLACK_NOT_OURS);
    accept("{'type':'block_actions'," USER ",'actions':[],'view':{'id':'V0EXAMPLE1','callback_id':'survey'}}", arena,
           &door);
    assert_int_equal(door.is, SLACK_NOT_OURS);
    assert_false(accept_raw(CHOICE("'private_metadata':'{}'", ""), arena, &door, &err));
    assert_false(accept_raw(CHOICE(META_WITH_DRAFT, "'x':{}"), arena, &door, &err));
    assert_false(accept_raw("{'type':'block_actions'," USER ",'actions':[],'view':{'id':'../x','callback_id':'opsgate.modal',"
                            META_WITH_DRAFT "}}", arena, &door, &err));
}

static void another_field_forgets_what_was_filled_in(void **state)
{
    struct modal_choice choice = { "v1", "v1" };
    struct modal_field field = { .name = "version", .label = "Which?", .kind = MODAL_CHOICE, .choices = &choice,
                                 .choices_count = 1, .is_decisive = true, .depends_on = "api/staging" };
    const struct modal modal = { .title = "Deploy", .submit = "Deploy", .command = "deploy", .draft = "deploy --form",
                                 .fields = &field, .fields_count = 1 };
    struct modal without = modal;
    struct error err;
    AUTO_JSON cJSON *one = slack_view(&modal, &err), *other = NULL;

    (void)state;
    assert_true(json_find_bool(one, "blocks.0.dispatch_action", false));
    assert_true(str_starts_with(str_of(json_find_string(one, "blocks.0.element.action_id")), "word.version#"));
    field.depends_on = "api/production";
    other = slack_view(&modal, &err);
    assert_string_not_equal(json_find_string(one, "blocks.0.element.action_id"),
                            json_find_string(other, "blocks.0.element.action_id"));
    without.draft = NULL;
    assert_null(slack_view(&without, &err));
    assert_non_null(strstr(err.message, "decisive"));
}

/* ---- the door ---- */

static const struct door_row {
    const char *name, *payload;
    enum slack_interaction is;
    const char *key;
    enum err_code code;
    const char *error;
} door_rows[] = {
    { "a modal of ours", SENT(""), SLACK_SUBMITTED, "slack:T0EXAMPLE1:view:1.2.abc", ERR_NONE, NULL },
    { "a modal that was left", "{'type':'view_closed'," USER ",'is_cleared':true," VIEW("") "}", SLACK_CLOSED,
      "slack:T0EXAMPLE1:closed:V0EXAMPLE1", ERR_NONE, NULL },
    { "somebody else's modal", "{'type':'view_submission'," USER ",'view':{'callback_id':'survey'}}", SLACK_NOT_BUILT,
      NULL, ERR_NONE, NULL },
    { "somebody else's modal, left", "{'type':'view_closed'," USER ",'view':{'callback_id':'survey'}}", SLACK_NOT_BUILT,
      NULL, ERR_NONE, NULL },
    { "a stranger's",
      "{'type':'view_submission','user':{'id':'U0EXAMPLE1','team_id':'T0STRANGER'},"
      "'team':{'id':'T0EXAMPLE1'},'trigger_id':'1.2.abc'," VIEW("") "}",
      SLACK_SUBMITTED, "slack:T0STRANGER:view:1.2.abc", ERR_NONE, NULL },
    { "a shortcut of the menu",
      "{'type':'shortcut'," USER ",'trigger_id':'1.2.abc','callback_id':'opsgate.incident.declare','action_ts':'1.2'}",
      SLACK_SHORTCUT, "slack:T0EXAMPLE1:shortcut:1.2.abc", ERR_NONE, NULL },
    { "a message's",
      "{'type':'message_action'," USER ",'trigger_id':'1.2.abc','callback_id':'opsgate.incident.declare',"
      "'response_url':'" HOOK "'," MESSAGE "}",
      SLACK_SHORTCUT, "slack:T0EXAMPLE1:shortcut:1.2.abc", ERR_NONE, NULL },
    { "a shortcut that is none of ours", "{'type':'shortcut'," USER ",'callback_id':'open-incident'}", SLACK_NOT_BUILT,
      NULL, ERR_NONE, NULL },
    { "one that names no verb", "{'type':'shortcut'," USER ",'callback_id':'opsgate.'}", SLACK_NOT_BUILT, NULL,
      ERR_NONE, NULL },
    { "one that would be an option", "{'type':'shortcut'," USER ",'callback_id':'opsgate.--force'}", SLACK_NOT_BUILT,
      NULL, ERR_NONE, NULL },
    { "one with blanks", "{'type':'shortcut'," USER ",'callback_id':'opsgate.deploy api'}", SLACK_NOT_BUILT, NULL,
      ERR_NONE, NULL },
    { "a menu's options", "{'type':'block_suggestion'," USER ",'value':'x'}", SLACK_NOT_BUILT, NULL, ERR_NONE, NULL },

    { "no user", "{'type':'view_submission','team':{'id':'T1'}," VIEW("") "}", 0, NULL, ERR_INVALID, "user.id" },
    { "no team", "{'type':'shortcut','user':{'id':'U1'},'team':null,'callback_id':'opsgate.help'}", 0, NULL,
      ERR_INVALID, "team.id" },
    { "a user that is no id", "{'type':'shortcut','user':{'id':'U1:2','team_id':'T1'},'callback_id':'opsgate.help'}", 0,
      NULL, ERR_INVALID, "user.id is no id" },
    { "no metadata", SENT_WITH("'x':1"), 0, NULL, ERR_INVALID, "private_metadata" },
    { "metadata that are no JSON", SENT_WITH("'private_metadata':'deploy'"), 0, NULL, ERR_INVALID, "private_metadata" },
    { "metadata without a command", SENT_WITH("'private_metadata':'{}'"), 0, NULL, ERR_INVALID, "command" },
    { "metadata that name no channel",
      SENT_WITH("'private_metadata':'{\\'command\\':\\'x\\',\\'channel\\':\\'#ops\\'}'"), 0, NULL, ERR_INVALID,
      "no channel" },
    { "values that are a list",
      "{'type':'view_submission'," USER ",'trigger_id':'1.2.abc','view':{"
      "'callback_id':'opsgate.modal'," META ",'state':{'values':[1]}}}",
      0, NULL, ERR_INVALID, "state.values" },
    { "a view without an id, left", "{'type':'view_closed'," USER ",'view':{'callback_id':'opsgate.modal'," META "}}",
      0, NULL, ERR_INVALID, "view.id" },
    { "a message without a time",
      "{'type':'message_action'," USER ",'callback_id':'opsgate.help','channel':{'id':'C1'},"
      "'message_ts':'x'}",
      0, NULL, ERR_INVALID, "message_ts" },
    { "a message nowhere", "{'type':'message_action'," USER ",'callback_id':'opsgate.help','message_ts':'1.2'}", 0,
      NULL, ERR_INVALID, "channel.id" },
    { "a response_url of another host",
      "{'type':'message_action'," USER ",'callback_id':'opsgate.help',"
      "'response_url':'https://evil.example/x'," MESSAGE "}",
      0, NULL, ERR_DENIED, "response_url" },
};

static void check_door(void **state)
{
    const struct door_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_interaction_door door;
    struct error err;
    bool is_taken = accept_raw(row->payload, arena, &door, &err);

    if (is_taken != (row->error == NULL))
        fail_msg("%s", is_taken ? "it was taken" : err.message);
    assert_int_equal(err.code, row->code);
    if (row->error) {
        if (!strstr(err.message, row->error))
            fail_msg("no '%s' in: %s", row->error, err.message);
        return;
    }
    assert_int_equal(door.is, row->is);
    assert_int_equal(door.keys_count, row->key ? 1 : 0);
    if (row->key)
        assert_string_equal(door.keys[0], row->key);
}

static void without_a_trigger_the_envelope_tells_it_apart(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct error err;
    const cJSON *json =
        json_parse_in(arena, str_of(quoted("{'type':'shortcut'," USER ",'callback_id':'opsgate.help'}", arena)), &err);
    struct slack_interaction_door a, b, c;

    (void)state;
    assert_true(slack_interaction_accept_payload(json, "e1", API_URL, arena, &a, &err));
    assert_true(slack_interaction_accept_payload(json, "e2", API_URL, arena, &b, &err));
    assert_true(slack_interaction_accept_payload(json, "e1", API_URL, arena, &c, &err));
    assert_string_not_equal(a.keys[0], b.keys[0]);
    assert_string_equal(a.keys[0], c.keys[0]);
}

static void a_shortcut_is_a_request_with_a_trigger(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_interaction_door door;
    struct inbox_item item;
    struct request request;
    struct error err;

    (void)state;
    accept(door_rows[6].payload, arena, &door);
    assert_string_equal(door.response_url, HOOK);
    item = item_of(&door);
    assert_true(slack_shortcut_decode(&item, arena, &request, &err));
    assert_string_equal(request.verb, "incident");
    assert_int_equal(request.words_count, 1);
    assert_string_equal(request.words[0], "declare");
    assert_string_equal(request.trigger, "1.2.abc");
    assert_string_equal(request.channel, "C0EXAMPLE1");
    assert_string_equal(request.about->ts, "1700000000.000100");
    assert_string_equal(request.about->thread, "1699999999.000001");
    assert_string_equal(request.about->user, "U0EXAMPLE2");
    assert_string_equal(request.about->text, "API is <down> & out");
    accept(door_rows[5].payload, arena, &door);
    item = item_of(&door);
    assert_true(slack_shortcut_decode(&item, arena, &request, &err));
    assert_null(request.about);
    assert_null(request.channel);
    assert_null(request.reply_to.channel);
    assert_string_equal(request.reply_to.user, "U0EXAMPLE1");
}

static void a_long_message_is_cut_on_a_character(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf text = BUF(1 << 20);
    struct slack_interaction_door door;
    struct inbox_item item;
    struct request request;
    struct error err;

    (void)state;
    buf_putc(&text, 'x'); /* so that the limit falls into a character */
    for (int i = 0; i < 2000; i++)
        buf_puts(&text, "é");
    accept(arena_printf(arena,
                        "{'type':'message_action'," USER ",'callback_id':'opsgate.help','channel':{'id':'C1'},"
                        "'message_ts':'1.2','message':{'text':'%s'}}",
                        buf_text(&text)),
           arena, &door);
    item = item_of(&door);
    assert_true(slack_shortcut_decode(&item, arena, &request, &err));
    assert_true(utf8_is_valid(str_of(request.about->text)));
    assert_int_equal(strlen(request.about->text), 2999);
}

static void a_closed_modal_is_a_fact(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_FREE char *body = NULL;
    struct slack_interaction_door door;
    struct outside_event event;
    struct inbox_item item;
    struct error err;

    (void)state;
    accept(door_rows[1].payload, arena, &door);
    assert_string_equal(door.kind, SLACK_TOLD_KIND);
    item = item_of(&door);
    assert_true(slack_event_decode_told(&item, arena, &event, &err));
    assert_string_equal(event.name, SLACK_VIEW_CLOSED);
    assert_string_equal(event.id, "V0EXAMPLE1");
    assert_string_equal(event.principal.id, "U0EXAMPLE1");
    body = json_print(event.body);
    assert_string_equal(
        body, quoted("{'team':'T0EXAMPLE1','user':'U0EXAMPLE1','command':'deploy','is_cleared':true}", arena));
}

static void a_stored_item_that_makes_no_sense_is_refused(void **state)
{
    static const char *const bodies[] = { "",
                                          "x",
                                          "[]",
                                          "{}",
                                          "{\"team\":\"T1\",\"user\":\"U1\"}",
                                          "{\"team\":\"T1\",\"user\":\"U1\",\"command\":7}",
                                          "{\"team\":\"T1\",\"user\":\"U1\",\"command\":\" \"}",
                                          "{\"team\":\"T1\",\"user\":\"U1\",\"command\":\"'\"}" };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        AUTO(arena) struct arena *arena = arena_create();
        struct inbox_item item = { .request_id = "r1", .body = bodies[i] };
        struct request request;
        struct error err;

        assert_false(slack_view_decode(&item, arena, &request, &err));
        assert_int_equal(err.code, ERR_INVALID);
        assert_false(slack_shortcut_decode(&item, arena, &request, &err));
        assert_int_equal(err.code, ERR_INVALID);
    }
}

/* ---- what can be shown ---- */

static struct modal_choice choices[MODAL_CHOICES_MAX + 1];
static struct modal_field fields[MODAL_FIELDS_MAX + 1];

static struct modal a_modal(void)
{
    for (size_t i = 0; i < ARRAY_LEN(choices); i++)
        choices[i] = (struct modal_choice){ "api", "api" };
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        fields[i] = (struct modal_field){ .name = "service", .label = "Service" };
    fields[0].kind = MODAL_CHOICE;
    fields[0].choices = choices;
    fields[0].choices_count = 1;
    return (struct modal){
        .title = "Deploy", .submit = "Deploy", .command = "deploy", .fields = fields, .fields_count = 2
    };
}

static void expect_bad(const struct modal *modal, const char *why)
{
    struct error err;

    assert_null(slack_view(modal, &err));
    assert_int_equal(err.code, ERR_INVALID);
    if (!strstr(err.message, why))
        fail_msg("no '%s' in: %s", why, err.message);
}

static void what_slack_would_refuse_is_not_shown(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf long_text = BUF(4096);
    struct modal modal = a_modal();

    (void)state;
    for (int i = 0; i < MODAL_COMMAND_MAX_BYTES + 1; i++)
        buf_putc(&long_text, 'x');
    modal.fields_count = 0;
    expect_bad(&modal, "0 fields");
    modal.fields_count = MODAL_FIELDS_MAX + 1;
    expect_bad(&modal, "21 fields");
    modal = a_modal();
    fields[0].choices_count = 0;
    expect_bad(&modal, "0 choices");
    fields[0].choices_count = MODAL_CHOICES_MAX + 1;
    expect_bad(&modal, "101 choices");
    fields[0].kind = MODAL_CHECK;
    fields[0].choices_count = 2;
    expect_bad(&modal, "2 choices");
    modal = a_modal();
    choices[0].value = buf_text(&long_text);
    expect_bad(&modal, "choice 1");
    modal = a_modal();
    fields[1].name = "a --force";
    expect_bad(&modal, "field 2");
    modal = a_modal();
    modal.command = "deploy 'api";
    expect_bad(&modal, "quote");
    modal.command = buf_text(&long_text);
    expect_bad(&modal, "command");
    modal = a_modal();
    modal.title = "";
    expect_bad(&modal, "title");
}

static void all_that_slack_takes_is_shown(void **state)
{
    struct modal modal = a_modal();
    struct error err;
    AUTO_JSON cJSON *view = NULL;

    (void)state;
    for (size_t i = 0; i < MODAL_FIELDS_MAX; i++)
        fields[i] = (struct modal_field){
            .name = "x", .label = "x", .kind = MODAL_CHOICE, .choices = choices, .choices_count = MODAL_CHOICES_MAX
        };
    modal.fields_count = MODAL_FIELDS_MAX;
    for (size_t i = 0; i < ARRAY_LEN(choices); i++)
        choices[i].label = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234";
    expect_bad(&modal, "larger than"); /* 20 * 100 of them are more than 250 kB */
    for (size_t i = 0; i < MODAL_FIELDS_MAX; i++)
        fields[i].choices_count = 50;
    view = slack_view(&modal, &err);
    assert_non_null(view);
    assert_int_equal(cJSON_GetArraySize(json_find(view, "blocks")), MODAL_FIELDS_MAX);
    assert_true(strlen(json_find_string(view, "blocks.0.element.options.0.text.text")) <= 75);
}

/* What was made, filled in and sent is what was meant. */
static void a_modal_comes_back_as_it_went(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct modal modal = a_modal();
    struct slack_filled filled;
    struct error err;
    AUTO_JSON cJSON *view = NULL, *values = json_object(), *sent = json_object();

    (void)state;
    modal.command = "deploy --look 7";
    modal.channel = "C0EXAMPLE1";
    modal.thread = "1700000000.000100";
    fields[1] = (struct modal_field){ .name = "reason", .label = "Reason", .is_option = true };
    view = slack_view(&modal, &err);
    assert_non_null(view);
    JSON_EACH(block, json_find(view, "blocks")) {
        cJSON *field = json_set(values, json_find_string(block, "block_id"), json_object());
        cJSON *element = json_set(field, json_find_string(block, "element.action_id"), json_object());

        json_set_string(element, "type", "plain_text_input");
        json_set_string(element, "value", json_find_string(block, "element.action_id"));
    }
    json_set_string(sent, "private_metadata", json_find_string(view, "private_metadata"));
    json_set(json_set(sent, "state", json_object()), "values", TAKE(values));
    assert_true(slack_view_read(sent, arena, &filled, &err));
    assert_string_equal(filled.command, modal.command);
    assert_string_equal(filled.channel, modal.channel);
    assert_string_equal(filled.thread, modal.thread);
    assert_int_equal(filled.values_count, 2);
    assert_string_equal(filled.values[0].name, "service");
    assert_false(filled.values[0].is_option);
    assert_string_equal(filled.values[1].name, "reason");
    assert_true(filled.values[1].is_option);
}

/* ---- answers ---- */

static void check_answer(cJSON *answer, const char *expected)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_FREE char *text = json_print(answer);

    cJSON_Delete(answer);
    assert_string_equal(text, quoted(expected, arena));
}

static void what_is_answered(void **state)
{
    const char *lines[] = { "Ask @{slack:U1}" };
    struct slack_view_error errors[] = { { 0, "No such service" }, { 2, "*Too* late" } };
    struct reply no = { .text = "You may not.", .lines = lines, .lines_count = 1, .is_refusal = true };
    struct reply yes = { .text = "D1 <begins>" };

    (void)state;
    check_answer(slack_view_errors(errors, 2),
                 "{'response_action':'errors','errors':{'1':'No such service','3':'Too late'}}");
    assert_null(slack_view_errors(NULL, 0));
    check_answer(slack_view_clear(), "{'response_action':'clear'}");
    AUTO_JSON cJSON *refused = slack_view_answer(&no), *done = slack_view_answer(&yes);

    assert_string_equal(json_find_string(refused, "response_action"), "errors");
    assert_non_null(strstr(json_find_string(refused, "errors.1"), "You may not. Ask "));
    no.field = 3;
    check_answer(slack_view_answer(&no), "{'response_action':'errors','errors':{'3':'You may not. Ask @U1'}}");
    no.field_text = "Choose one.";
    check_answer(slack_view_answer(&no), "{'response_action':'errors','errors':{'3':'Choose one.'}}");
    assert_string_equal(json_find_string(done, "response_action"), "update");
    assert_string_equal(json_find_string(done, "view.blocks.0.text.text"), "D1 &lt;begins&gt;");
    assert_null(json_find(done, "view.submit"));
}

/* ---- triggers ---- */

static void only_a_request_with_a_trigger_opens_a_modal(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct request request = { .received_at_ms = 1000 };
    struct modal modal = a_modal();
    struct modal_delivery made, delivery;
    AUTO_JSON cJSON *args = NULL, *masked = NULL;
    struct error err;

    (void)state;
    assert_false(modal_deliver(&request, &modal, &made));
    request.trigger = "1.2.abc";
    assert_true(modal_deliver(&request, &modal, &made));
    args = shape_to_json(&modal_delivery_shape, &made, SHAPE_WHOLE);
    assert_true(shape_from_json(&modal_delivery_shape, args, arena, &delivery, &err));
    assert_int_equal(delivery.until_ms, 4000);
    assert_string_equal(delivery.modal.fields[0].choices[0].value, "api");
    masked = shape_to_json(&modal_delivery_shape, &delivery, SHAPE_MASKED);
    assert_string_equal(json_find_string(masked, "trigger"), "***");
}

static void a_slash_command_brings_its_trigger(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct inbox_item item = { .body = "command=%2Fdeploy&team_id=T1&user_id=U1&trigger_id=1.2.abc" };
    struct request request;
    struct error err;

    (void)state;
    assert_true(slack_command_decode(&item, arena, &request, &err));
    assert_string_equal(request.trigger, "1.2.abc");
    item.body = "command=%2Fdeploy&team_id=T1&user_id=U1&trigger_id=";
    assert_true(slack_command_decode(&item, arena, &request, &err));
    assert_null(request.trigger);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(a_word_cannot_become_an_option),
        cmocka_unit_test(a_commands_own_quote_cannot_go_on_in_a_value),
        cmocka_unit_test(a_choice_types_the_draft),
        cmocka_unit_test(a_choice_that_decides_nothing_is_passed_over),
        cmocka_unit_test(another_field_forgets_what_was_filled_in),
        cmocka_unit_test(without_a_trigger_the_envelope_tells_it_apart),
        cmocka_unit_test(a_shortcut_is_a_request_with_a_trigger),
        cmocka_unit_test(a_long_message_is_cut_on_a_character),
        cmocka_unit_test(a_closed_modal_is_a_fact),
        cmocka_unit_test(a_stored_item_that_makes_no_sense_is_refused),
        cmocka_unit_test(what_slack_would_refuse_is_not_shown),
        cmocka_unit_test(all_that_slack_takes_is_shown),
        cmocka_unit_test(a_modal_comes_back_as_it_went),
        cmocka_unit_test(what_is_answered),
        cmocka_unit_test(only_a_request_with_a_trigger_opens_a_modal),
        cmocka_unit_test(a_slash_command_brings_its_trigger),
    };
    int failed = ROWS(sent_rows, check_sent) + ROWS(door_rows, check_door);

    return failed + cmocka_run_group_tests(others, NULL, NULL);
}
