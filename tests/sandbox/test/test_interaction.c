/* What Slack sends when a button is pressed, who may press it, and what its response_url can do. */
#include "process.h"
#include "receiver.h"

#include "form.h"
#include "slack/signature.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define SECRET_IN_TESTS "shh"
#define ANN "U012AB3CD"
#define ROOM "C0DEPLOYS"
#define BUTTON(id, value)                                                                                              \
    "{'type':'button','action_id':'" id "','value':'" value "','text':{'type':'plain_text','text':'Promote'}}"
#define CARD(elements) "[{'type':'actions','block_id':'b1','elements':[" elements "]}]"
#define POST_CARD "{'channel':'" ROOM "','text':'a card','blocks':" CARD(BUTTON("op.promote", "D1.2")) "}"

static const char *program;
static struct sandbox sandbox;
static struct receiver *opsgate;

static int start(void **state)
{
    (void)state;
    opsgate = receiver_create("{}");
    sandbox_start(&sandbox, program, receiver_url(opsgate));
    cJSON_Delete(
        sandbox_post(&sandbox, "world", "{\"always\":{\"slack_patience_ms\":60000}}")); /* on a slow machine, too */
    return 0;
}

static int stop(void **state)
{
    (void)state;
    receiver_destroy(opsgate);
    return sandbox_stop(&sandbox);
}

static int fresh(void **state)
{
    (void)state;
    cJSON_Delete(sandbox_post(&sandbox, "reset", "{}"));
    return 0;
}

/* ---- asking ---- */

/* JSON is written with single quotes here; %s takes texts without any. The caller frees. */
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

static void call_slack(const char *method, const char *body, struct answer *answer)
{
    AUTO_FREE char *path = text_format("/slack/api/%s", method);
    AUTO_FREE char *sent = json_like("%s", body);

    sandbox_ask(&sandbox,
                &(struct ask){ .method = "POST",
                               .path = path,
                               .type = "application/json; charset=utf-8",
                               .authorization = "Bearer xoxb-sandbox",
                               .body = sent },
                answer);
}

/* Posts or whispers as the bot; the message's ts, the caller's. */
static char *bot_says(const char *method, const char *body)
{
    AUTO_ANSWER struct answer answer;
    const char *ts = NULL;

    call_slack(method, body, &answer);
    ts = tree_text_or(answer.json, "ts", tree_text(answer.json, "message_ts"));
    if (!ts)
        fail_msg("%s", answer.body);
    return xstrdup(ts);
}

static void press(const char *user, const char *ts, const char *more, struct answer *answer)
{
    AUTO_FREE char *body =
        json_like("{'user':'%s','channel':'" ROOM "','ts':'%s','action_id':'op.promote'%s}", user, ts, more);

    sandbox_ask(
        &sandbox,
        &(struct ask){ .method = "POST", .path = "/_sandbox/slack/action", .type = "application/json", .body = body },
        answer);
}

static void press_well(const char *user, const char *ts, const char *more)
{
    AUTO_ANSWER struct answer answer;

    press(user, ts, more, &answer);
    if (tree_int(answer.json, "status", 0) != 200)
        fail_msg("%s", answer.body);
}

/* The payload that opsgate got last; the caller's. */
static cJSON *last_payload(void)
{
    AUTO_JSON cJSON *form = form_decode(str_of(receiver_last(opsgate).body));
    cJSON *payload = NULL;
    struct error err;

    assert_int_equal(cJSON_GetArraySize(form), 1);
    assert_true(json_parse(str_of(tree_text(form, "payload")), &payload, &err));
    return payload;
}

static int respond(const char *url, const char *body)
{
    AUTO_ANSWER struct answer answer;
    AUTO_FREE char *sent = json_like("%s", body);

    assert_true(text_starts(url, sandbox.url));
    sandbox_ask(
        &sandbox,
        &(struct ask){ .method = "POST", .path = url + strlen(sandbox.url), .type = "application/json", .body = sent },
        &answer);
    return answer.status;
}

/* ---- looking ---- */

static const cJSON *messages_in(const cJSON *world)
{
    return tree_get(tree_find(tree_get(tree_get(world, "slack"), "channels"), "id", ROOM), "messages");
}

static const cJSON *whispers_in(const cJSON *world)
{
    return tree_get(tree_get(world, "slack"), "ephemerals");
}

static const cJSON *last_of(const cJSON *list)
{
    return cJSON_GetArrayItem(list, cJSON_GetArraySize(list) - 1);
}

/* Puts a fixed text where every press has another one, after a look at its shape. */
static void settle(cJSON *tree, const char *key, const char *shape)
{
    const char *text = tree_text(tree, key);

    if (!text || strspn(text, "0123456789abcdef.") < strlen(shape))
        fail_msg("%s is %s", key, text ? text : "missing");
    json_set_string(tree, key, "*");
}

/* ---- what is sent ---- */

static void a_pressed_button_is_sent_as_slack_sends_it(void **state)
{
    AUTO_FREE char *ts = bot_says("chat.postMessage", POST_CARD);
    AUTO_FREE char *expected = json_like(
        "{'type':'block_actions','user':{'id':'" ANN "','username':'ann','name':'ann','team_id':'T0SANDBOX'},"
        "'api_app_id':'A0OPSGATE','token':'sandbox-verification-token','container':{'type':'message','message_ts':'%s',"
        "'channel_id':'" ROOM "','is_ephemeral':false},'trigger_id':'*','team':{'id':'T0SANDBOX','domain':'acme'},"
        "'enterprise':null,'is_enterprise_install':false,'channel':{'id':'" ROOM "','name':'deployments'},"
        "'message':{'type':'message','user':'U0OPSGATE','bot_profile':{'id':'B0OPSGATE','app_id':'A0OPSGATE',"
        "'name':'opsgate','team_id':'T0SANDBOX'},'bot_id':'B0OPSGATE','app_id':'A0OPSGATE','team':'T0SANDBOX',"
        "'ts':'%s','text':'a card','blocks':[{'type':'actions','block_id':'b1','elements':[{'type':'button','action_id'"
        ":'op.promote','value':'D1.2','text':{'type':'plain_text','text':'Promote','emoji':true}}]}]},"
        "'state':{'values':{}},'actions':[{'action_id':'op.promote','block_id':'b1','text':{'type':'plain_text',"
        "'text':'Promote','emoji':true},'value':'D1.2','type':'button','action_ts':'*'}]}",
        ts, ts);

    (void)state;
    press_well("ann", ts, "");
    AUTO_JSON cJSON *payload = last_payload();
    const char *url = tree_text(payload, "response_url");

    assert_non_null(strstr(url, "/slack/response/"));
    cJSON_DeleteItemFromObjectCaseSensitive(payload, "response_url");
    settle(payload, "trigger_id", "1700000000000.1234567890.00112233445566778899aabbccddeeff");
    settle(tree_get(payload, "actions")->child, "action_ts", "1700000000.000000");
    AUTO_FREE char *actual = json_print(payload);
    AUTO_JSON cJSON *wanted = cJSON_Parse(expected);
    if (!tree_equal(payload, wanted))
        fail_msg("%s is not %s", actual, expected);
    assert_string_equal(receiver_last(opsgate).path, "/slack/interactions");
    assert_string_equal(receiver_last(opsgate).type, "application/x-www-form-urlencoded");
}

static void a_press_is_signed_over_its_form(void **state)
{
    AUTO_FREE char *ts = bot_says("chat.postMessage", POST_CARD);

    (void)state;
    press_well(ANN, ts, "");
    struct received got = receiver_last(opsgate);
    struct slack_signature good =
        slack_signature_make(SECRET_IN_TESTS, strtoll(got.timestamp, NULL, 10), str_of(got.body));
    assert_string_equal(got.signature, good.text);
    assert_true(text_starts(got.body, "payload=%7B"));
}

static void a_forged_press_passes_on_unsigned(void **state)
{
    AUTO_FREE char *ts = bot_says("chat.postMessage", POST_CARD);

    (void)state;
    press_well(ANN, ts, ",'no_signature':true,'value':'D1.9'");
    AUTO_JSON cJSON *payload = last_payload();
    assert_null(receiver_last(opsgate).signature);
    assert_true(tree_has_text(tree_get(payload, "actions")->child, "value", "D1.9"));

    press_well(ANN, ts, ",'bad_signature':true,'skew_s':-400");
    struct received got = receiver_last(opsgate);
    int64_t signed_at_s = strtoll(got.timestamp, NULL, 10);
    struct slack_signature good = slack_signature_make(SECRET_IN_TESTS, signed_at_s, str_of(got.body));
    AUTO_JSON cJSON *world = sandbox_get(&sandbox, "state");
    assert_string_not_equal(got.signature, good.text);
    assert_true(tree_int(world, "now_ms", 0) / 1000 - signed_at_s >= 400);
}

static void a_repeated_press_is_the_same_bytes(void **state)
{
    AUTO_FREE char *ts = bot_says("chat.postMessage", POST_CARD);
    AUTO_ANSWER struct answer answer;

    (void)state;
    int before = receiver_last(opsgate).count;
    press(ANN, ts, ",'repeat':3", &answer);
    assert_int_equal(receiver_last(opsgate).count, before + 3);
    assert_int_equal(cJSON_GetArraySize(tree_get(answer.json, "answers")), 3);
    AUTO_JSON cJSON *payload = last_payload();
    assert_true(tree_has_text(payload, "trigger_id", tree_text(answer.json, "trigger_id")));
    assert_true(tree_has_text(payload, "response_url", tree_text(answer.json, "response_url")));
}

static void a_link_and_an_accessory_are_buttons_too(void **state)
{
    AUTO_FREE char *ts = bot_says("chat.postMessage",
                                  "{'channel':'" ROOM "','text':'x','blocks':[{'type':'section','text':{'type':"
                                  "'mrkdwn','text':'see'},'accessory':{'type':'button','action_id':'op.promote',"
                                  "'style':'danger','url':'https://x.example/run','text':{'type':'plain_text','text':"
                                  "'Open'},'confirm':{'title':{'type':'plain_text','text':'Sure?'},'text':{'type':"
                                  "'plain_text','text':'x'},'confirm':{'type':'plain_text','text':'Yes'},'deny':"
                                  "{'type':'plain_text','text':'No'}}}}]}");

    (void)state;
    press_well(ANN, ts, "");
    AUTO_JSON cJSON *payload = last_payload();
    const cJSON *action = tree_get(payload, "actions")->child;
    assert_true(tree_has_text(action, "url", "https://x.example/run"));
    assert_true(tree_has_text(action, "style", "danger"));
    assert_null(tree_get(action, "value"));
    assert_int_equal(strlen(tree_text_or(action, "block_id", "")), 5); /* given none, Slack makes one up */
}

static void a_press_in_a_thread_says_so(void **state)
{
    AUTO_FREE char *parent = bot_says("chat.postMessage", "{'channel':'" ROOM "','text':'parent'}");
    AUTO_FREE char *reply = json_like(
        "{'channel':'" ROOM "','thread_ts':'%s','text':'x','blocks':" CARD(BUTTON("op.promote", "v")) "}", parent);
    AUTO_FREE char *ts = bot_says("chat.postMessage", reply);

    (void)state;
    press_well(ANN, ts, "");
    AUTO_JSON cJSON *payload = last_payload();
    assert_true(tree_has_text(tree_get(payload, "container"), "thread_ts", parent));
}

static void an_older_rendition_can_be_pressed(void **state)
{
    AUTO_FREE char *ts = bot_says("chat.postMessage", POST_CARD);
    AUTO_FREE char *update = text_format("{'channel':'" ROOM "','ts':'%s','text':'over'}", ts);
    AUTO_ANSWER struct answer updated, gone;

    (void)state;
    call_slack("chat.update", update, &updated);
    assert_true(tree_true(updated.json, "ok"));
    press(ANN, ts, "", &gone);
    assert_int_equal(gone.status, 400);
    press_well(ANN, ts, ",'edits':0");
    AUTO_JSON cJSON *payload = last_payload();
    assert_true(tree_has_text(tree_get(payload, "actions")->child, "value", "D1.2"));
    assert_true(tree_has_text(tree_get(payload, "message"), "text", "over"));
}

/* ---- what is refused, and never sent ---- */

static const struct refusal {
    const char *name, *wanted, *why; /* %s is the ts of a card, with a select beside its button */
} refusals[] = {
    { "nobody of that name", "{'user':'mallory','channel':'C0DEPLOYS','ts':'%s','action_id':'op.promote'}",
      "no such user" },
    { "no such channel", "{'user':'ann','channel':'C0NOWHERE','ts':'%s','action_id':'op.promote'}", "no such channel" },
    { "the message is in another channel", "{'user':'ann','channel':'C0GENERAL','ts':'%s','action_id':'op.promote'}",
      "no such message" },
    { "no such button", "{'user':'ann','channel':'C0DEPLOYS','ts':'%s','action_id':'op.other'}", "no such button" },
    { "no action_id", "{'user':'ann','channel':'C0DEPLOYS','ts':'%s'}", "no such button" },
    { "a select is no button", "{'user':'ann','channel':'C0DEPLOYS','ts':'%s','action_id':'op.more'}",
      "no such button" },
    { "older than the message", "{'user':'ann','channel':'C0DEPLOYS','ts':'%s','action_id':'op.promote','edits':-1}",
      "no such button" },
    { "a rendition to come", "{'user':'ann','channel':'C0DEPLOYS','ts':'%s','action_id':'op.promote','edits':1}",
      "no such button" },
    { "a value that is no text", "{'user':'ann','channel':'C0DEPLOYS','ts':'%s','action_id':'op.promote','value':7}",
      "'value' is a text" },
};

static void check_refusal(void **state)
{
    const struct refusal *row = *state;
    AUTO_FREE char *ts =
        bot_says("chat.postMessage",
                 "{'channel':'" ROOM "','text':'x','blocks':" CARD(
                     BUTTON("op.promote", "v") ",{'type':'static_select','action_id':'op.more','options':[{'text':"
                                               "{'type':'plain_text','text':'a'},'value':'a'}]}") "}");
    AUTO_FREE char *format = xstrdup(row->wanted);
    AUTO_BUF struct buf body = BUF(1000);
    AUTO_ANSWER struct answer answer;
    const char *hole = strstr(row->wanted, "%s");
    int before = receiver_last(opsgate).count;

    format[hole - row->wanted] = '\0';
    buf_addf(&body, "%s%s%s", format, ts, hole + 2);
    AUTO_FREE char *sent = json_like("%s", buf_text(&body));
    sandbox_ask(
        &sandbox,
        &(struct ask){ .method = "POST", .path = "/_sandbox/slack/action", .type = "application/json", .body = sent },
        &answer);
    assert_int_equal(answer.status, 400);
    if (!strstr(tree_text_or(answer.json, "error", ""), row->why))
        fail_msg("%s", answer.body);
    assert_int_equal(receiver_last(opsgate).count, before);
}

static void a_button_that_is_gone_is_not_pressed(void **state)
{
    AUTO_FREE char *ts = bot_says("chat.postMessage", POST_CARD);
    AUTO_FREE char *deletion = text_format("{'channel':'" ROOM "','ts':'%s'}", ts);
    AUTO_ANSWER struct answer deleted, answer;
    int before = receiver_last(opsgate).count;

    (void)state;
    call_slack("chat.delete", deletion, &deleted);
    press(ANN, ts, "", &answer);
    assert_int_equal(answer.status, 400);
    assert_int_equal(receiver_last(opsgate).count, before);
}

/* ---- what only one person sees ---- */

static char *whisper_card(void)
{
    return bot_says("chat.postEphemeral",
                    "{'channel':'" ROOM "','user':'" ANN "','text':'x','blocks':" CARD(BUTTON("op.promote", "e1")) "}");
}

static void an_ephemeral_is_pressed_by_her_who_sees_it_only(void **state)
{
    AUTO_FREE char *ts = whisper_card();
    AUTO_ANSWER struct answer answer;
    int before = receiver_last(opsgate).count;

    (void)state;
    press("bob", ts, "", &answer);
    assert_int_equal(answer.status, 400);
    assert_non_null(strstr(answer.body, "only visible to"));
    assert_int_equal(receiver_last(opsgate).count, before);

    press_well("ann", ts, "");
    AUTO_JSON cJSON *payload = last_payload();
    AUTO_JSON cJSON *world = sandbox_get(&sandbox, "state");
    assert_null(tree_get(payload, "message")); /* the app is not shown it */
    assert_true(tree_true(tree_get(payload, "container"), "is_ephemeral"));
    assert_true(tree_has_text(tree_get(payload, "container"), "message_ts", ts));
    assert_true(tree_has_text(last_of(whispers_in(world)), "ts", ts));
}

static void an_ephemeral_is_replaced_and_deleted_by_its_url(void **state)
{
    AUTO_FREE char *ts = whisper_card();

    (void)state;
    press_well("ann", ts, "");
    AUTO_JSON cJSON *payload = last_payload();
    const char *url = tree_text(payload, "response_url");

    /* It stays visible to her alone, whatever the answer says. */
    assert_int_equal(respond(url, "{'replace_original':true,'response_type':'in_channel','text':'thanks'}"), 200);
    AUTO_JSON cJSON *replaced = sandbox_get(&sandbox, "state");
    assert_int_equal(cJSON_GetArraySize(messages_in(replaced)), 0);
    assert_int_equal(cJSON_GetArraySize(whispers_in(replaced)), 1);
    assert_true(tree_has_text(whispers_in(replaced)->child, "text", "thanks"));
    assert_true(tree_has_text(whispers_in(replaced)->child, "ts", ts));
    assert_null(tree_get(whispers_in(replaced)->child, "blocks"));

    assert_int_equal(respond(url, "{'delete_original':true}"), 200);
    AUTO_JSON cJSON *deleted = sandbox_get(&sandbox, "state");
    assert_int_equal(cJSON_GetArraySize(whispers_in(deleted)), 0);
    assert_int_equal(respond(url, "{'delete_original':true}"), 400);
}

static void a_button_in_a_commands_answer_can_be_pressed(void **state)
{
    (void)state;
    AUTO_JSON cJSON *sent =
        sandbox_post(&sandbox, "slack/command",
                     "{\"user\":\"ann\",\"channel\":\"" ROOM "\",\"command\":\"/ops\",\"text\":\"help\"}");
    const char *url = tree_text(sent, "response_url");

    assert_int_equal(respond(url, "{'text':'x','blocks':" CARD(BUTTON("op.promote", "e2")) "}"), 200);
    AUTO_JSON cJSON *world = sandbox_get(&sandbox, "state");
    press_well(ANN, tree_text(last_of(whispers_in(world)), "ts"), "");
    AUTO_JSON cJSON *payload = last_payload();
    assert_true(tree_has_text(tree_get(payload, "actions")->child, "value", "e2"));
    assert_int_equal(respond(url, "{'delete_original':true}"), 400); /* a command has no message to delete */
}

/* ---- the response_url of a press ---- */

static void the_url_of_a_press_replaces_posts_and_deletes(void **state)
{
    AUTO_FREE char *ts = bot_says("chat.postMessage", POST_CARD);

    (void)state;
    press_well(ANN, ts, "");
    AUTO_JSON cJSON *payload = last_payload();
    const char *url = tree_text(payload, "response_url");

    assert_int_equal(respond(url, "{'text':'for you'}"), 200);
    assert_int_equal(respond(url, "{'replace_original':false,'response_type':'in_channel','text':'for all'}"), 200);
    assert_int_equal(respond(url, "{'replace_original':true,'text':'promoted'}"), 200);
    AUTO_JSON cJSON *world = sandbox_get(&sandbox, "state");
    const cJSON *card = messages_in(world)->child;
    assert_true(tree_has_text(last_of(whispers_in(world)), "text", "for you"));
    assert_true(tree_has_text(last_of(whispers_in(world)), "for", ANN));
    assert_true(tree_has_text(last_of(messages_in(world)), "text", "for all"));
    assert_int_equal(cJSON_GetArraySize(messages_in(world)), 2);
    assert_true(tree_has_text(card, "text", "promoted"));
    assert_null(tree_get(card, "blocks"));
    assert_int_equal(tree_int(card, "edit_count", 0), 1);

    assert_int_equal(respond(url, "{'delete_original':true,'text':'gone'}"), 200);
    AUTO_JSON cJSON *after = sandbox_get(&sandbox, "state");
    assert_int_equal(cJSON_GetArraySize(messages_in(after)), 1);
    assert_true(tree_has_text(last_of(whispers_in(after)), "text", "gone"));
    assert_int_equal(respond(url, "{'replace_original':true,'text':'back'}"), 400);
}

static void the_url_of_a_press_has_five_uses_in_thirty_minutes(void **state)
{
    AUTO_FREE char *ts = bot_says("chat.postMessage", POST_CARD);

    (void)state;
    press_well(ANN, ts, "");
    AUTO_JSON cJSON *payload = last_payload();
    const char *url = tree_text(payload, "response_url");

    assert_int_equal(respond(url, "{'replace_original':true}"), 400); /* a refused one is no use */
    for (int i = 0; i < 5; i++)
        assert_int_equal(respond(url, "{'replace_original':true,'text':'again'}"), 200);
    assert_int_equal(respond(url, "{'replace_original':true,'text':'once more'}"), 404);
    AUTO_JSON cJSON *world = sandbox_get(&sandbox, "state");
    const cJSON *entry = last_of(tree_get(tree_get(world, "slack"), "response_urls"));
    const cJSON *delivery = last_of(tree_get(tree_get(world, "slack"), "deliveries"));
    assert_int_equal(tree_int(entry, "expires_at_ms", 0) - tree_int(delivery, "at_ms", 0), 30 * 60 * 1000);
    assert_true(tree_has_text(messages_in(world)->child, "text", "again"));
}

/* ---- when the app does not answer ---- */

/* How long Slack waited; `changes` are the world's before, or NULL. */
static int64_t check_failure_shown(const char *opsgate_url, const char *changes, const char *error)
{
    struct sandbox outer = sandbox;

    sandbox_start(&sandbox, program, opsgate_url);
    if (changes)
        cJSON_Delete(sandbox_post(&sandbox, "world", changes));
    AUTO_FREE char *ts = bot_says("chat.postMessage", POST_CARD);
    AUTO_ANSWER struct answer answer;
    press(ANN, ts, "", &answer);
    AUTO_JSON cJSON *world = sandbox_get(&sandbox, "state");
    const cJSON *shown = last_of(whispers_in(world));
    AUTO_FREE char *text = text_format("The button \"Promote\" failed with the error \"%s\"", error);

    assert_int_equal(sandbox_stop(&sandbox), 0);
    sandbox = outer;
    assert_int_equal(answer.status, 200);
    assert_int_equal(tree_int(answer.json, "status", -1), 0);
    assert_true(tree_has_text(shown, "for", ANN));
    assert_true(tree_has_text(shown, "text", text));
    return tree_int(answer.json, "took_ms", -1);
}

static void an_app_that_is_not_there_is_an_error_to_the_person(void **state)
{
    (void)state;
    check_failure_shown("http://127.0.0.1:9", NULL, "dispatch_failed");
}

static void an_app_that_takes_longer_than_slack_waits_is_an_error_to_the_person(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    int silent = socket(AF_INET, SOCK_STREAM, 0); /* connects, and never says a word */

    (void)state;
    assert_int_equal(bind(silent, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(silent, 4), 0);
    assert_int_equal(getsockname(silent, (struct sockaddr *)&address, &len), 0);
    AUTO_FREE char *url = text_format("http://127.0.0.1:%d", ntohs(address.sin_port));
    check_failure_shown(url, NULL, "operation_timeout");
    assert_true(check_failure_shown(url, "{\"slack_patience_ms\":5000}", "operation_timeout") > 4000);
    close(silent);
}

/* ---- threads ---- */

static void a_thread_is_counted_where_it_begins(void **state)
{
    AUTO_FREE char *parent = bot_says("chat.postMessage", "{'channel':'" ROOM "','text':'parent'}");
    AUTO_FREE char *reply = text_format("{'channel':'" ROOM "','thread_ts':'%s','text':'reply'}", parent);
    AUTO_FREE char *first = bot_says("chat.postMessage", reply);
    AUTO_FREE char *second = bot_says("chat.postMessage", reply);

    (void)state;
    AUTO_JSON cJSON *two = sandbox_get(&sandbox, "state");
    assert_int_equal(tree_int(messages_in(two)->child, "reply_count", 0), 2);
    assert_true(tree_has_text(messages_in(two)->child, "latest_reply", second));

    AUTO_FREE char *deletion = text_format("{'channel':'" ROOM "','ts':'%s'}", second);
    AUTO_ANSWER struct answer deleted, nested, lost;
    call_slack("chat.delete", deletion, &deleted);
    AUTO_JSON cJSON *one = sandbox_get(&sandbox, "state");
    assert_int_equal(tree_int(messages_in(one)->child, "reply_count", 0), 1);
    assert_true(tree_has_text(messages_in(one)->child, "latest_reply", first));

    AUTO_FREE char *to_reply = text_format("{'channel':'" ROOM "','thread_ts':'%s','text':'x'}", first);
    call_slack("chat.postMessage", to_reply, &nested);
    assert_true(tree_has_text(nested.json, "error", "cannot_reply_to_message"));
    call_slack("chat.postEphemeral", "{'channel':'" ROOM "','user':'" ANN "','thread_ts':'1.2','text':'x'}", &lost);
    assert_true(tree_has_text(lost.json, "error", "thread_not_found"));
}

#define FRESH(test) cmocka_unit_test_setup(test, fresh)

int main(int argc, char **argv)
{
    const struct CMUnitTest stories[] = {
        FRESH(a_pressed_button_is_sent_as_slack_sends_it),
        FRESH(a_press_is_signed_over_its_form),
        FRESH(a_forged_press_passes_on_unsigned),
        FRESH(a_repeated_press_is_the_same_bytes),
        FRESH(a_link_and_an_accessory_are_buttons_too),
        FRESH(a_press_in_a_thread_says_so),
        FRESH(an_older_rendition_can_be_pressed),
        FRESH(a_button_that_is_gone_is_not_pressed),
        FRESH(an_ephemeral_is_pressed_by_her_who_sees_it_only),
        FRESH(an_ephemeral_is_replaced_and_deleted_by_its_url),
        FRESH(a_button_in_a_commands_answer_can_be_pressed),
        FRESH(the_url_of_a_press_replaces_posts_and_deletes),
        FRESH(the_url_of_a_press_has_five_uses_in_thirty_minutes),
        FRESH(an_app_that_is_not_there_is_an_error_to_the_person),
        FRESH(an_app_that_takes_longer_than_slack_waits_is_an_error_to_the_person),
        FRESH(a_thread_is_counted_where_it_begins),
    };
    struct CMUnitTest tests[ARRAY_LEN(stories) + ARRAY_LEN(refusals)];

    program = argc > 1 ? argv[1] : "opsgate-sandbox";
    memcpy(tests, stories, sizeof stories);
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
        tests[ARRAY_LEN(stories) + i] = (struct CMUnitTest){ .name = refusals[i].name,
                                                             .test_func = check_refusal,
                                                             .initial_state = (void *)(uintptr_t)&refusals[i] };
    return cmocka_run_group_tests(tests, start, stop);
}
