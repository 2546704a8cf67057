/* What the Events API sends, and the life of a modal: opened by the app, sent by a person, answered. */
#include "process.h"
#include "receiver.h"

#include "form.h"
#include "slack/signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SECRET_IN_TESTS "shh"
#define ANN "U012AB3CD"
#define ROOM "C0DEPLOYS"
#define TITLE "'title':{'type':'plain_text','text':'Deploy'}"
#define SUBMIT "'submit':{'type':'plain_text','text':'Go'}"
#define LABEL "'label':{'type':'plain_text','text':'Service'}"
#define TYPED(id) "{'type':'input','block_id':'" id "'," LABEL ",'element':{'type':'plain_text_input','action_id':'a'}}"
#define CHOSEN                                                                                                         \
    "{'type':'input','block_id':'2','optional':true," LABEL ",'element':{'type':'static_select','action_id':'b',"      \
    "'options':[{'text':{'type':'plain_text','text':'API'},'value':'api'}]}}"
#define PRIVATE "{'text':{'type':'plain_text','text':'Private'},'value':'yes'}"
#define BOX(more)                                                                                                      \
    "{'type':'input','block_id':'3','optional':true," LABEL ",'element':{'type':'checkboxes','action_id':'c',"         \
    "'options':[" PRIVATE "]" more "}}"
#define VIEW(blocks)                                                                                                   \
    "{'type':'modal'," TITLE "," SUBMIT ",'callback_id':'x','private_metadata':'m','notify_on_close':true,"            \
    "'blocks':[" blocks "]}"
#define FORM VIEW(TYPED("1") "," CHOSEN "," BOX(""))
#define FORM_THAT_TELLS_NOTHING "{'type':'modal'," TITLE "," SUBMIT ",'blocks':[" TYPED("1") "]}"

static const char *program;
static struct sandbox sandbox;
static struct receiver *opsgate;

static void begin(const char *answer)
{
    opsgate = receiver_create(answer);
    sandbox_start(&sandbox, program, receiver_url(opsgate));
    cJSON_Delete(sandbox_post(&sandbox, "world", "{\"slack_patience_ms\":60000}")); /* on a slow machine, too */
}

static void end(void)
{
    receiver_destroy(opsgate);
    assert_int_equal(sandbox_stop(&sandbox), 0);
}

static int start(void **state)
{
    (void)state;
    begin("");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    end();
    return 0;
}

/* ---- asking: JSON is written with single quotes ---- */

static char *json_like(const char *fmt, ...) PRINTF_LIKE(1, 2);
static char *json_like(const char *fmt, ...)
{
    va_list args;
    char *text = NULL;

    va_start(args, fmt);
    if (vasprintf(&text, fmt, args) < 0)
        abort();
    va_end(args);
    for (char *c = text; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    return text;
}

static void post(const char *path, const char *body, int status, struct answer *answer)
{
    AUTO_FREE char *whole = text_format("/_sandbox/slack/%s", path);
    AUTO_FREE char *sent = json_like("%s", body);

    sandbox_ask(&sandbox, &(struct ask){ .method = "POST", .path = whole, .type = "application/json", .body = sent },
                answer);
    if (answer->status != status)
        fail_msg("%s: %d %s", body, answer->status, answer->body);
}

static void call_slack(const char *method, const char *body, const char *error)
{
    AUTO_FREE char *path = text_format("/slack/api/%s", method);
    AUTO_FREE char *sent = json_like("%s", body);
    AUTO_ANSWER struct answer answer;

    sandbox_ask(&sandbox,
                &(struct ask){ .method = "POST",
                               .path = path,
                               .type = "application/json; charset=utf-8",
                               .authorization = "Bearer xoxb-sandbox",
                               .body = sent },
                &answer);
    if (error ? !tree_has_text(answer.json, "error", error) : !tree_true(answer.json, "ok"))
        fail_msg("%s: %s", body, answer.body);
}

static cJSON *payload_of(const char *body)
{
    AUTO_JSON cJSON *form = text_starts(body, "payload=") ? form_decode(str_of(body)) : NULL;
    cJSON *payload = NULL;
    struct error err;

    if (!json_parse(str_of(form ? tree_text(form, "payload") : body), &payload, &err))
        fail_msg("%s", body);
    return payload;
}

/* What opsgate got last, and before that; the caller's. */
static cJSON *got(void)
{
    return payload_of(receiver_last(opsgate).body);
}

static cJSON *got_before(void)
{
    return payload_of(receiver_last(opsgate).body_before);
}

/* ---- events ---- */

static void a_mention_is_told_twice_and_is_one_message(void **state)
{
    AUTO_ANSWER struct answer answer;

    (void)state;
    post("say", "{'user':'" ANN "','channel':'" ROOM "','text':'@opsgate status & <api> @bob'}", 200, &answer);
    assert_int_equal(cJSON_GetArraySize(tree_get(answer.json, "answers")), 2);
    AUTO_JSON cJSON *mention = got_before(), *message = got();
    const cJSON *first = tree_get(mention, "event"), *second = tree_get(message, "event");

    assert_string_equal(receiver_last(opsgate).path, "/slack/events");
    assert_true(tree_has_text(mention, "type", "event_callback"));
    assert_true(tree_has_text(mention, "team_id", "T0SANDBOX"));
    assert_string_not_equal(tree_text(mention, "event_id"), tree_text(message, "event_id"));
    assert_true(tree_has_text(tree_get(mention, "authorizations")->child, "user_id", "U0OPSGATE"));
    assert_true(tree_has_text(first, "type", "app_mention"));
    assert_true(tree_has_text(second, "type", "message"));
    assert_true(tree_has_text(second, "channel_type", "channel"));
    assert_true(tree_has_text(first, "text", "<@U0OPSGATE> status &amp; &lt;api&gt; <@U0456EFGH>"));
    assert_true(tree_has_text(first, "user", ANN));
    assert_true(tree_has_text(first, "ts", tree_text(second, "ts")));
    assert_true(tree_has_text(first, "ts", tree_text(answer.json, "ts")));
    assert_null(tree_get(first, "bot_id"));
}

static void the_twin_may_come_first_or_alone(void **state)
{
    AUTO_ANSWER struct answer first, only, nobody;

    (void)state;
    post("say", "{'user':'" ANN "','channel':'" ROOM "','text':'@opsgate help','first':'message'}", 200, &first);
    AUTO_JSON cJSON *last = got();
    assert_true(tree_has_text(tree_get(last, "event"), "type", "app_mention"));
    post("say", "{'user':'" ANN "','channel':'" ROOM "','text':'@opsgate help','only':'app_mention'}", 200, &only);
    assert_int_equal(cJSON_GetArraySize(tree_get(only.json, "answers")), 1);
    post("say", "{'user':'" ANN "','channel':'" ROOM "','text':'hello bob','bot':true,'edited':true}", 200, &nobody);
    AUTO_JSON cJSON *bots = got();
    assert_int_equal(cJSON_GetArraySize(tree_get(nobody.json, "answers")), 1);
    assert_true(tree_has_text(tree_get(bots, "event"), "bot_id", "B0OTHERBOT"));
    assert_non_null(tree_get(tree_get(bots, "event"), "edited"));
}

static void a_direct_message_has_a_channel_of_its_own(void **state)
{
    AUTO_ANSWER struct answer answer;

    (void)state;
    post("say", "{'user':'" ANN "','direct':true,'text':'status'}", 200, &answer);
    AUTO_JSON cJSON *payload = got();
    const cJSON *event = tree_get(payload, "event");

    assert_int_equal(cJSON_GetArraySize(tree_get(answer.json, "answers")), 1);
    assert_true(tree_has_text(event, "channel_type", "im"));
    assert_true(tree_has_text(event, "channel", "D012AB3CD"));
    call_slack("chat.postMessage", "{'channel':'D012AB3CD','text':'here'}", NULL);
    call_slack("chat.postMessage", "{'channel':'" ANN "','text':'a person is a channel too'}", NULL);
    AUTO_JSON cJSON *world = sandbox_get(&sandbox, "state");
    const cJSON *direct = tree_find(tree_get(tree_get(world, "slack"), "channels"), "id", "D012AB3CD");
    assert_int_equal(cJSON_GetArraySize(tree_get(direct, "messages")), 3);
}

static void an_event_is_signed_over_its_json_and_a_retry_says_so(void **state)
{
    AUTO_ANSWER struct answer answer, again;

    (void)state;
    post("event", "{'type':'app_uninstalled','event_id':'Ev0SAME'}", 200, &answer);
    struct received last = receiver_last(opsgate);
    struct slack_signature good =
        slack_signature_make(SECRET_IN_TESTS, strtoll(last.timestamp, NULL, 10), str_of(last.body));
    assert_string_equal(last.signature, good.text);
    assert_string_equal(last.type, "application/json");
    assert_null(last.retry_num);
    post("event", "{'type':'app_uninstalled','event_id':'Ev0SAME','retry_num':2,'retry_reason':'http_timeout'}", 200,
         &again);
    AUTO_JSON cJSON *payload = got();
    assert_string_equal(receiver_last(opsgate).retry_num, "2");
    assert_string_equal(receiver_last(opsgate).retry_reason, "http_timeout");
    assert_true(tree_has_text(payload, "event_id", "Ev0SAME"));
}

static void a_challenge_and_a_limit_have_no_event(void **state)
{
    AUTO_ANSWER struct answer challenge, limit;

    (void)state;
    post("event", "{'type':'url_verification'}", 200, &challenge);
    AUTO_JSON cJSON *asked = got();
    assert_true(tree_has_text(asked, "type", "url_verification"));
    assert_true(tree_has_text(asked, "challenge", tree_text(challenge.json, "challenge")));
    post("event", "{'type':'app_rate_limited'}", 200, &limit);
    AUTO_JSON cJSON *held = got();
    assert_true(tree_has_text(held, "team_id", "T0SANDBOX"));
    assert_int_equal(tree_int(held, "minute_rate_limited", 1) % 60, 0);
    assert_null(tree_get(held, "event"));
}

static void what_happens_to_a_channel_happens_here_too(void **state)
{
    AUTO_ANSWER struct answer renamed, archived, nowhere;

    (void)state;
    cJSON_Delete(sandbox_post(&sandbox, "world", "{\"channel\":{\"id\":\"C0NEW\",\"name\":\"new\"}}"));
    post("event", "{'type':'channel_rename','channel':'C0NEW','fields':{'name':'newer'}}", 200, &renamed);
    AUTO_JSON cJSON *rename = got();
    const cJSON *channel = tree_get(tree_get(rename, "event"), "channel");
    assert_true(tree_has_text(channel, "id", "C0NEW") && tree_has_text(channel, "name", "newer"));
    post("event", "{'type':'channel_archive','channel':'C0NEW','user':'" ANN "'}", 200, &archived);
    call_slack("chat.postMessage", "{'channel':'C0NEW','text':'x'}", "is_archived");
    post("event", "{'type':'channel_archive','channel':'C0NOWHERE'}", 400, &nowhere);
}

static void whoever_is_not_in_a_channel_sees_nothing_there(void **state)
{
    (void)state;
    call_slack("chat.postEphemeral", "{'channel':'" ROOM "','user':'" ANN "','text':'x'}", NULL);
    cJSON_Delete(sandbox_post(&sandbox, "world", "{\"channel\":{\"id\":\"" ROOM "\",\"absent\":[\"" ANN "\"]}}"));
    call_slack("chat.postEphemeral", "{'channel':'" ROOM "','user':'" ANN "','text':'x'}", "user_not_in_channel");
    cJSON_Delete(sandbox_post(&sandbox, "world", "{\"channel\":{\"id\":\"" ROOM "\",\"absent\":[]}}"));
}

/* ---- reactions ---- */

static void a_reaction_is_told_and_stands_below_its_message(void **state)
{
    AUTO_ANSWER struct answer said, answer, again;

    (void)state;
    post("say", "{'user':'" ANN "','channel':'" ROOM "','text':'it is down'}", 200, &said);
    AUTO_FREE char *body =
        text_format("{'type':'reaction_added','user':'" ANN
                    "','fields':{'reaction':'pushpin','item':{'type':'message','channel':'" ROOM "','ts':'%s'}}}",
                    tree_text(said.json, "ts"));
    post("event", body, 200, &answer);
    AUTO_JSON cJSON *payload = NULL, *world = NULL;
    struct error err;

    assert_true(json_parse(str_of(receiver_last(opsgate).body), &payload, &err));
    const cJSON *event = tree_get(payload, "event");

    assert_true(tree_has_text(event, "type", "reaction_added") && tree_has_text(event, "reaction", "pushpin"));
    assert_true(tree_has_text(tree_get(event, "item"), "ts", tree_text(said.json, "ts")));
    post("event", body, 200, &again);
    world = sandbox_get(&sandbox, "state");
    const cJSON *room = tree_find(tree_get(tree_get(world, "slack"), "channels"), "id", ROOM);
    const cJSON *message = tree_find(tree_get(room, "messages"), "ts", tree_text(said.json, "ts"));

    assert_true(tree_has_text(tree_get(message, "reactions")->child, "name", "pushpin"));
    assert_int_equal(tree_int(tree_get(message, "reactions")->child, "count", 0), 1);
}

/* ---- shortcuts, and the triggers they bring ---- */

/* A fresh one; the caller's. */
static char *trigger(void)
{
    AUTO_ANSWER struct answer answer;

    post("shortcut", "{'user':'" ANN "','callback_id':'opsgate.help'}", 200, &answer);
    return xstrdup(tree_text(answer.json, "trigger_id"));
}

static void a_shortcut_is_sent_with_its_message(void **state)
{
    AUTO_ANSWER struct answer said, answer, menu;

    (void)state;
    post("say", "{'user':'" ANN "','channel':'" ROOM "','text':'it is down'}", 200, &said);
    AUTO_FREE char *body =
        text_format("{'user':'" ANN "','callback_id':'opsgate.incident.declare','channel':'" ROOM "','ts':'%s'}",
                    tree_text(said.json, "ts"));
    post("shortcut", body, 200, &answer);
    AUTO_JSON cJSON *payload = got();
    assert_true(tree_has_text(payload, "type", "message_action"));
    assert_true(tree_has_text(payload, "message_ts", tree_text(said.json, "ts")));
    assert_true(tree_has_text(tree_get(payload, "message"), "text", "it is down"));
    assert_non_null(tree_text(payload, "response_url"));
    post("shortcut", "{'user':'" ANN "','callback_id':'opsgate.help'}", 200, &menu);
    AUTO_JSON cJSON *global = got();
    assert_true(tree_has_text(global, "type", "shortcut"));
    assert_null(tree_get(global, "response_url"));
    assert_null(tree_get(global, "channel"));
}

static void open_view(const char *trigger_id, const char *view, const char *error)
{
    AUTO_FREE char *body = text_format("{'trigger_id':'%s','view':%s}", trigger_id, view);

    call_slack("views.open", body, error);
}

static void a_trigger_opens_one_modal(void **state)
{
    AUTO_FREE char *id = trigger();

    (void)state;
    open_view("1.2.abc", FORM, "invalid_trigger_id");
    open_view(id, FORM, NULL);
    open_view(id, FORM, "exchanged_trigger_id");
}

static void a_trigger_is_over_after_three_seconds(void **state)
{
    struct sandbox patient = sandbox;

    (void)state;
    sandbox_start(&sandbox, program, receiver_url(opsgate));
    AUTO_FREE char *id = trigger();
    AUTO_JSON cJSON *before = sandbox_get(&sandbox, "state");
    int64_t since_ms = tree_int(before, "now_ms", 0), now_ms = since_ms;

    while (now_ms <= since_ms + 3000) { /* the sandbox's own clock, however slow this machine is */
        AUTO_JSON cJSON *after = NULL;

        usleep(200000);
        after = sandbox_get(&sandbox, "state");
        now_ms = tree_int(after, "now_ms", 0);
    }
    open_view(id, FORM, "expired_trigger_id");
    assert_int_equal(sandbox_stop(&sandbox), 0);
    sandbox = patient;
}

static const struct refused_view {
    const char *name, *view;
} refused_views[] = {
    { "not a modal", "{'type':'home','blocks':[]}" },
    { "no title", "{'type':'modal'," SUBMIT ",'blocks':[" TYPED("1") "]}" },
    { "a title of 25 characters",
      "{'type':'modal'," SUBMIT
      ",'title':{'type':'plain_text','text':'1234567890123456789012345'},'blocks':[" TYPED("1") "]}" },
    { "an input without submit", "{'type':'modal'," TITLE ",'blocks':[" TYPED("1") "]}" },
    { "an input without a label", VIEW("{'type':'input','element':{'type':'plain_text_input','action_id':'a'}}") },
    { "an input of a button",
      VIEW("{'type':'input'," LABEL ",'element':{'type':'button','text':{'type':'plain_text','text':'x'}}}") },
    { "equal block_ids", VIEW(TYPED("1") "," TYPED("1")) },
    { "a chosen option that is none",
      VIEW("{'type':'input'," LABEL ",'element':{'type':'static_select','action_id':'b','options':[{'text':{'type':"
           "'plain_text','text':'API'},'value':'api'}],'initial_option':{'text':{'type':'plain_text','text':'API'},"
           "'value':'web'}}}") },
    { "a box checked that is none",
      VIEW(BOX(",'initial_options':[{'text':{'type':'plain_text','text':'Private'},'value':'no'}]")) },
    { "boxes, none of them checked, as a list of none", VIEW(BOX(",'initial_options':[]")) },
    { "a length of 3001",
      VIEW("{'type':'input'," LABEL ",'element':{'type':'plain_text_input','action_id':'a','max_length':3001}}") },
    { "no blocks", "{'type':'modal'," TITLE "," SUBMIT "}" },
    { "no view", "7" },
};

static void what_slack_refuses_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(refused_views); i++) {
        AUTO_FREE char *id = trigger();

        open_view(id, refused_views[i].view, "invalid_arguments");
        open_view(id, FORM, NULL); /* a refused one does not use the trigger up */
    }
}

static void too_much_of_anything_is_refused(void **state)
{
    AUTO_FREE char *id = trigger();
    AUTO_BUF struct buf blocks = BUF(1 << 20), meta = BUF(1 << 20);

    (void)state;
    for (int i = 0; i < 101; i++)
        buf_addf(&blocks, "%s{'type':'divider'}", i ? "," : "");
    AUTO_FREE char *many = text_format(VIEW("%s"), buf_text(&blocks));
    open_view(id, many, "invalid_arguments");
    for (int i = 0; i < 3001; i++)
        buf_putc(&meta, 'x');
    AUTO_FREE char *heavy =
        text_format("{'type':'modal'," TITLE ",'private_metadata':'%s','blocks':[]}", buf_text(&meta));
    open_view(id, heavy, "invalid_arguments");
    while (meta.len < 250000)
        buf_putc(&meta, 'x');
    AUTO_FREE char *large =
        text_format("{'type':'modal'," TITLE ",'external_id':'','notes':'%s','blocks':[]}", buf_text(&meta));
    open_view(id, large, "view_too_large");
}

static const cJSON *last_view(const cJSON *world)
{
    const cJSON *views = tree_get(tree_get(world, "slack"), "views");

    return cJSON_GetArrayItem(views, cJSON_GetArraySize(views) - 1);
}

/* ---- the Home tab ---- */

#define PRESSABLE                                                                                                      \
    "{'type':'actions','block_id':'p','elements':[{'type':'button','action_id':'go','value':'deploy',"                 \
    "'text':{'type':'plain_text','text':'Go'}}]}"

static const struct {
    const char *user, *view, *more, *error;
} published[] = {
    { ANN, "{'type':'home','blocks':[" PRESSABLE "]}", "", NULL },
    { ANN, "{'type':'home','blocks':[]}", ",'hash':'1.0'", "hash_conflict" },
    { ANN, "{'type':'home','blocks':[" PRESSABLE "]}", "", NULL },
    { ANN, FORM, "", "invalid_arguments" },
    { ANN, "{'type':'home'," TITLE ",'blocks':[]}", "", "invalid_arguments" },
    { ANN, "{'type':'home'}", "", "invalid_arguments" },
    { "U0NOBODY", "{'type':'home','blocks':[]}", "", "user_not_found" },
};

static void a_home_tab_is_published_and_pressed(void **state)
{
    struct answer answer;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(published); i++) {
        AUTO_FREE char *body =
            text_format("{'user_id':'%s','view':%s%s}", published[i].user, published[i].view, published[i].more);

        call_slack("views.publish", body, published[i].error);
    }
    post("action", "{'user':'" ANN "','home':true,'block':'p','action_id':'go'}", 200, &answer);
    answer_finish(&answer);
    AUTO_JSON cJSON *payload = got();
    assert_true(tree_has_text(payload, "type", "block_actions"));
    assert_true(tree_has_text(tree_get(payload, "container"), "type", "view"));
    assert_true(tree_has_text(tree_get(payload, "view"), "type", "home"));
    assert_true(tree_has_text(tree_get(payload, "actions")->child, "value", "deploy"));
    assert_null(tree_get(payload, "channel"));
    assert_null(tree_get(payload, "response_url"));
    post("action", "{'user':'" ANN "','home':true,'block':'p','action_id':'none'}", 400, &answer);
    answer_finish(&answer);
    cJSON_Delete(sandbox_post(&sandbox, "world", "{\"slack_home\":false}"));
    call_slack("views.publish", "{'user_id':'" ANN "','view':{'type':'home','blocks':[]}}", "not_enabled");
    cJSON_Delete(sandbox_post(&sandbox, "world", "{\"slack_home\":true}"));
}

#define DECISIVE(decisive)                                                                                             \
    VIEW("{'type':'input','block_id':'1'," LABEL decisive                                                              \
         ",'element':{'type':'static_select','action_id':'s','options':[{"                                             \
         "'text':{'type':'plain_text','text':'API'},'value':'api'}]}}," TYPED("2"))

static void a_choice_is_told_and_the_modal_drawn_anew(void **state)
{
    AUTO_FREE char *id = trigger();
    struct answer answer;

    (void)state;
    open_view(id, DECISIVE(",'dispatch_action':true"), NULL);
    AUTO_JSON cJSON *world = sandbox_get(&sandbox, "state");
    const char *view = tree_text(last_view(world), "id");
    AUTO_FREE char *chosen =
        text_format("{'user':'" ANN "','view':'%s','block':'1','value':'api','values':{'2':'typed'}}", view);
    AUTO_FREE char *none = text_format("{'user':'" ANN "','view':'%s','block':'1','value':'web'}", view);
    AUTO_FREE char *update = text_format("{'view_id':'%s','view':%s}", view, DECISIVE(""));
    AUTO_FREE char *stale = text_format("{'view_id':'%s','hash':'1.0','view':%s}", view, FORM);

    post("action", chosen, 200, &answer);
    answer_finish(&answer);
    AUTO_JSON cJSON *payload = got();
    const cJSON *values = tree_get(tree_get(tree_get(payload, "view"), "state"), "values");

    assert_true(tree_has_text(tree_get(tree_get(payload, "actions")->child, "selected_option"), "value", "api"));
    assert_true(tree_has_text(tree_get(tree_get(tree_get(values, "1"), "s"), "selected_option"), "value", "api"));
    assert_true(tree_has_text(tree_get(values, "2")->child, "value", "typed"));
    post("action", none, 400, &answer);
    answer_finish(&answer);
    call_slack("views.update", stale, "hash_conflict");
    call_slack("views.update", update, NULL);
    post("action", chosen, 400, &answer); /* nothing depends on it any more, so nobody is told */
    answer_finish(&answer);
    call_slack("views.update", "{'view_id':'V0NONE','view':" FORM "}", "not_found");
}

/* ---- a modal that is sent ---- */

/* Opens one and sends it; the world then, the caller's. */
static cJSON *send_one(const char *more, int status)
{
    AUTO_FREE char *id = trigger();
    AUTO_ANSWER struct answer answer;

    open_view(id, FORM, NULL);
    AUTO_JSON cJSON *world = sandbox_get(&sandbox, "state");
    AUTO_FREE char *body = text_format("{'user':'" ANN "','view':'%s'%s}", tree_text(last_view(world), "id"), more);

    post("submit", body, status, &answer);
    return sandbox_get(&sandbox, "state");
}

static void a_sent_modal_tells_what_was_filled_in(void **state)
{
    (void)state;
    AUTO_JSON cJSON *world = send_one(",'values':{'1':'api','2':'api','3':'yes'}", 200);
    AUTO_JSON cJSON *payload = got();
    const cJSON *view = tree_get(payload, "view"), *values = tree_get(tree_get(view, "state"), "values");

    assert_true(tree_has_text(payload, "type", "view_submission"));
    assert_true(tree_has_text(view, "private_metadata", "m") && tree_has_text(view, "callback_id", "x"));
    assert_true(tree_has_text(tree_get(tree_get(values, "1"), "a"), "value", "api"));
    assert_true(tree_has_text(tree_get(tree_get(tree_get(values, "2"), "b"), "selected_option"), "value", "api"));
    assert_true(
        tree_has_text(tree_get(tree_get(tree_get(values, "3"), "c"), "selected_options")->child, "value", "yes"));
    assert_non_null(tree_text(payload, "trigger_id"));
    assert_false(tree_true(last_view(world), "is_open")); /* an empty answer closes it */
    AUTO_JSON cJSON *other = send_one(",'values':{'1':'api'}", 200);
    AUTO_JSON cJSON *unchecked = got();

    values = tree_get(tree_get(tree_get(unchecked, "view"), "state"), "values");
    assert_int_equal(cJSON_GetArraySize(tree_get(tree_get(tree_get(values, "3"), "c"), "selected_options")), 0);
}

static void a_field_that_is_needed_cannot_be_left_empty(void **state)
{
    (void)state;
    int before = receiver_last(opsgate).count;
    AUTO_JSON cJSON *world = send_one("", 400);

    assert_int_equal(receiver_last(opsgate).count, before + 1); /* the shortcut alone */
    assert_true(tree_true(last_view(world), "is_open"));
}

static void a_left_modal_is_told(void **state)
{
    (void)state;
    AUTO_JSON cJSON *world = send_one(",'closed':true,'cleared':true", 200);
    AUTO_JSON cJSON *payload = got();

    assert_true(tree_has_text(payload, "type", "view_closed"));
    assert_true(tree_true(payload, "is_cleared"));
    assert_null(tree_get(payload, "trigger_id"));
    assert_false(tree_true(last_view(world), "is_open"));
}

static void a_modal_is_left_without_a_word_where_the_app_wants_none(void **state)
{
    (void)state;
    AUTO_FREE char *id = trigger();
    AUTO_ANSWER struct answer answer;

    open_view(id, FORM_THAT_TELLS_NOTHING, NULL);
    AUTO_JSON cJSON *world = sandbox_get(&sandbox, "state");
    AUTO_FREE char *body =
        text_format("{'user':'" ANN "','view':'%s','closed':true}", tree_text(last_view(world), "id"));
    int before = receiver_last(opsgate).count;

    post("submit", body, 200, &answer);
    AUTO_JSON cJSON *after = sandbox_get(&sandbox, "state");

    assert_int_equal(receiver_last(opsgate).count, before);
    assert_false(tree_true(last_view(after), "is_open"));
}

static const struct answered {
    const char *name, *answer; /* JSON as opsgate would send it */
    bool is_open;
    const char *error; /* of the delivery */
    const char *says;  /* must stand in the view, or NULL */
} answered[] = {
    { "errors keep it open", "{\"response_action\":\"errors\",\"errors\":{\"1\":\"No such service\"}}", true, NULL,
      "No such service" },
    { "errors at no field are none", "{\"response_action\":\"errors\",\"errors\":{\"a\":\"x\"}}", true,
      "invalid_errors", NULL },
    { "an update takes its place",
      "{\"response_action\":\"update\",\"view\":{\"type\":\"modal\",\"title\":{\"type\":\"plain_text\",\"text\":\"Done\"},"
      "\"blocks\":[{\"type\":\"divider\"}]}}",
      true, NULL, "\"Done\"" },
    { "an update to nothing", "{\"response_action\":\"update\"}", true, "invalid_view", NULL },
    { "clear closes it", "{\"response_action\":\"clear\"}", false, NULL, NULL },
    { "an empty object is no empty body", "{}", true, "invalid_response_action", NULL },
    { "an action that is none", "{\"response_action\":\"close\"}", true, "invalid_response_action", NULL },
};

static void check_answered(void **state)
{
    const struct answered *row = *state;

    begin(row->answer);
    AUTO_JSON cJSON *world = send_one(",'values':{'1':'api'}", 200);
    const cJSON *deliveries = tree_get(tree_get(world, "slack"), "deliveries");
    const cJSON *record = cJSON_GetArrayItem(deliveries, cJSON_GetArraySize(deliveries) - 1);
    AUTO_FREE char *view = json_print(last_view(world));
    const char *error = tree_text(record, "error");

    end();
    assert_int_equal(tree_true(last_view(world), "is_open"), row->is_open);
    if (row->says && !strstr(view, row->says))
        fail_msg("no %s in %s", row->says, view);
    if (!text_is(error, row->error) && (error || row->error))
        fail_msg("%s instead of %s", error ? error : "no error", row->error ? row->error : "none");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest stories[] = {
        cmocka_unit_test(a_mention_is_told_twice_and_is_one_message),
        cmocka_unit_test(the_twin_may_come_first_or_alone),
        cmocka_unit_test(a_direct_message_has_a_channel_of_its_own),
        cmocka_unit_test(an_event_is_signed_over_its_json_and_a_retry_says_so),
        cmocka_unit_test(a_challenge_and_a_limit_have_no_event),
        cmocka_unit_test(what_happens_to_a_channel_happens_here_too),
        cmocka_unit_test(whoever_is_not_in_a_channel_sees_nothing_there),
        cmocka_unit_test(a_reaction_is_told_and_stands_below_its_message),
        cmocka_unit_test(a_shortcut_is_sent_with_its_message),
        cmocka_unit_test(a_trigger_opens_one_modal),
        cmocka_unit_test(a_trigger_is_over_after_three_seconds),
        cmocka_unit_test(what_slack_refuses_is_refused),
        cmocka_unit_test(too_much_of_anything_is_refused),
        cmocka_unit_test(a_home_tab_is_published_and_pressed),
        cmocka_unit_test(a_choice_is_told_and_the_modal_drawn_anew),
        cmocka_unit_test(a_sent_modal_tells_what_was_filled_in),
        cmocka_unit_test(a_field_that_is_needed_cannot_be_left_empty),
        cmocka_unit_test(a_left_modal_is_told),
        cmocka_unit_test(a_modal_is_left_without_a_word_where_the_app_wants_none),
    };
    struct CMUnitTest rows[ARRAY_LEN(answered)];
    int failed;

    program = argc > 1 ? argv[1] : "opsgate-sandbox";
    failed = cmocka_run_group_tests(stories, start, stop);
    for (size_t i = 0; i < ARRAY_LEN(answered); i++)
        rows[i] = (struct CMUnitTest){ .name = answered[i].name,
                                       .test_func = check_answered,
                                       .initial_state = (void *)(uintptr_t)&answered[i] };
    return failed + cmocka_run_group_tests(rows, NULL, NULL);
}
