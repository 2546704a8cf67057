/* The page in a real browser: what it shows, and that it works by keyboard. Pictures go to $SANDBOX_PICTURES if that is
 * set. */
#include "browser.h"
#include "mail_client.h"
#include "process.h"
#include "receiver.h"

#include "form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WIDE ((struct browser_view){ .width = 1440, .height = 900 })
#define DARK ((struct browser_view){ .width = 1440, .height = 900, .dark = true })
#define LAPTOP ((struct browser_view){ .width = 1280, .height = 800 })
#define NARROW ((struct browser_view){ .width = 420, .height = 760 })
#define ANSWER "{\"response_type\":\"ephemeral\",\"text\":\"*accepted* as `D1`, see <#C0DEPLOYS>\"}"
#define HAS(selector, text)                                                                                            \
    "[...document.querySelectorAll('" selector "')].some(node => node.textContent.includes('" text "'))"
#define BUTTON(action) "document.querySelector('[data-action=\"" action "\"]')"
#define SLIDER(name) "document.querySelector('[data-slider=\"" name "\"]')"
/* `world` is /_sandbox/state, asked for anew at every look. */
#define WORLD(condition)                                                                                                \
    "(fetch('_sandbox/state').then(answer => answer.json()).then(state => { window.world = state; }), window.world && " \
    "(" condition "))"
#define SERVICE "world.run.services.find(service => service.id === 'api-service')"
#define VALUE "document.getElementById('composer').value"
#define SKIPPED 77 /* what CTest reads as skipped */

static const char *program;
static struct sandbox sandbox;
static struct receiver *opsgate;
static struct browser *browser;

static int start(void **state)
{
    (void)state;
    opsgate = receiver_create(ANSWER);
    sandbox_start(&sandbox, program, receiver_url(opsgate));
    cJSON_Delete(
        sandbox_post(&sandbox, "world", "{\"always\":{\"slack_patience_ms\":60000}}")); /* on a slow machine, too */
    browser = browser_start();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    browser_stop(browser);
    receiver_destroy(opsgate);
    return sandbox_stop(&sandbox);
}

static int fresh(void **state)
{
    (void)state;
    cJSON_Delete(sandbox_post(&sandbox, "reset", "{}"));
    return 0;
}

static void look(const char *channel, struct browser_view view)
{
    AUTO_FREE char *url = text_format("%s/#%s", sandbox.url, channel);

    browser_open(browser, url, &view);
    assert_true(browser_until(browser, "document.querySelectorAll('.service').length === 2"));
}

static void keep_picture(const char *name)
{
    const char *folder = getenv("SANDBOX_PICTURES");
    AUTO_FREE char *path = text_format("%s/%s.png", folder ? folder : "", name);

    if (folder)
        browser_save_picture(browser, path);
}

/* A body may be written with single quotes for double ones. Answers the message's ts, the caller's. */
static char *bot_calls(const char *method, const char *body)
{
    AUTO_ANSWER struct answer answer;
    AUTO_FREE char *path = text_format("/slack/api/%s", method);
    AUTO_FREE char *sent = xstrdup(body);

    for (char *c = sent; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    sandbox_ask(&sandbox,
                &(struct ask){ .method = "POST",
                               .path = path,
                               .type = "application/json; charset=utf-8",
                               .authorization = "Bearer xoxb-sandbox",
                               .body = sent },
                &answer);
    if (!tree_true(answer.json, "ok"))
        fail_msg("%s", answer.body);
    return xstrdup(tree_text_or(answer.json, "ts", ""));
}

static void bot_posts(const char *body)
{
    free(bot_calls("chat.postMessage", body));
}

static void focus(const char *what)
{
    AUTO_FREE char *script = text_format("%s.focus()", what);

    free(browser_eval(browser, script));
}

/* clang-format off */
/* A running deploy, as opsgate's card would show it. */
#define PLAIN(text) "{'type':'plain_text','text':'" text "'}"
#define MRKDWN(text) "{'type':'mrkdwn','text':'" text "'}"
#define NUMBERS \
    "            requests  errors     p50     p95\\n" \
    "canary           412   0.7 %   38 ms  140 ms\\n" \
    "baseline       1 236   0.1 %   36 ms  122 ms"
#define CONFIRM \
    "{'title':" PLAIN("Promote to 50 %?") ",'text':" MRKDWN("The canary has *0.7 %* errors.") \
    ",'confirm':" PLAIN("Promote") ",'deny':" PLAIN("Wait") "}"
#define CARD(promote_value) \
    "{'type':'header','text':" PLAIN("Deploy api v1.4.2 to production") "}," \
    "{'type':'section','fields':[" MRKDWN("*Asked by*\\n<@U012AB3CD>") "," MRKDWN("*Step*\\n2 of 4, 25 %") "," \
    MRKDWN("*Version*\\n`v1.4.2` `9f8e7d6c`") "," MRKDWN("*Now*\\n:hourglass_flowing_sand: 4 min to go") "]}," \
    "{'type':'section','text':" MRKDWN("Last 5 minutes:\\n```\\n" NUMBERS "\\n```\\nLimits: errors 0.5 %, p95 200 ms") "}," \
    "{'type':'context','elements':[" MRKDWN(":warning: errors are above the limit") "," MRKDWN("op `D1042`") "]}," \
    "{'type':'actions','elements':[" \
    "{'type':'button','action_id':'op.promote','style':'primary','value':'" promote_value "','text':" \
    PLAIN("Promote to 50 %") ",'confirm':" CONFIRM "}," \
    "{'type':'button','action_id':'op.pause','value':'v1','text':" PLAIN("Pause") "}," \
    "{'type':'button','action_id':'op.rollback','style':'danger','value':'v1','text':" PLAIN("Roll back") "}," \
    "{'type':'button','action_id':'op.open','url':'http://127.0.0.1:9/','text':" PLAIN("Open in Cloud Run") "}]}"
/* clang-format on */
#define POST_CARD "{'channel':'C0DEPLOYS','text':'x','blocks':[" CARD("D1042.2") "]}"

/* The last press that opsgate got: its first action; the caller's. */
static cJSON *last_action(void)
{
    AUTO_JSON cJSON *form = form_decode(str_of(receiver_last(opsgate).body));
    cJSON *payload = NULL, *action = NULL;
    struct error err;

    assert_true(json_parse(str_of(tree_text_or(form, "payload", "")), &payload, &err));
    action = json_copy(tree_get(payload, "actions")->child);
    json_set(action, "user", json_copy(tree_get(payload, "user")));
    cJSON_Delete(payload);
    return action;
}

static void a_command_is_typed_completed_sent_and_answered(void **state)
{
    (void)state;
    look("C0GENERAL", WIDE);
    browser_type(browser, "/de");
    assert_true(browser_until(browser, HAS("#suggestions li[aria-selected=true]", "[service] [environment]")));
    keep_picture("suggestions");
    browser_key(browser, "Tab");
    assert_true(browser_until(browser, VALUE " === '/deploy '"));
    browser_type(browser, "staging");
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, HAS(".whisper", "You used /deploy staging")));
    assert_true(browser_until(browser, HAS(".whisper strong", "accepted")));
    keep_picture("answered");
    AUTO_JSON cJSON *form = form_decode(str_of(receiver_last(opsgate).body));
    assert_true(tree_has_text(form, "command", "/deploy"));
    assert_true(tree_has_text(form, "text", "staging"));
    assert_true(tree_has_text(form, "user_id", "U012AB3CD"));
}

static cJSON *last_event(void) /* the caller's */
{
    cJSON *payload = NULL, *event = NULL;
    struct error err;

    assert_true(json_parse(str_of(receiver_last(opsgate).body), &payload, &err));
    event = json_copy(tree_get(payload, "event"));
    cJSON_Delete(payload);
    return event;
}

static void a_mention_is_sent_and_its_answer_stands_below_it(void **state)
{
    AUTO_FREE char *reply = NULL;
    AUTO_JSON cJSON *event = NULL;

    (void)state;
    look("C0GENERAL", WIDE);
    browser_type(browser, "@opsgate help");
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, HAS("#messages .mention", "@opsgate")));
    assert_true(browser_until(browser, WORLD("world.slack.deliveries.length === 2")));
    event = last_event();
    assert_true(tree_has_text(event, "user", "U012AB3CD"));
    assert_true(tree_has_text(event, "text", "<@U0OPSGATE> help"));
    reply = text_format("{'channel':'C0GENERAL','thread_ts':'%s','text':'I know *deploy*'}", tree_text(event, "ts"));
    bot_posts(reply);
    assert_true(browser_until(browser, HAS("#messages .thread strong", "deploy"))); /* the thread is open already */
    keep_picture("mention");
}

static void what_is_said_to_others_is_not_told(void **state)
{
    (void)state;
    look("C0GENERAL", WIDE);
    browser_type(browser, "good morning @bob");
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, HAS("#messages .mention", "@bob")));
    assert_true(browser_until(browser, WORLD("world.slack.deliveries.length === 0")));
}

static void direct_messages_are_commands_and_ones_own(void **state)
{
    AUTO_JSON cJSON *event = NULL;

    (void)state;
    look("D012AB3CD", WIDE);
    assert_true(browser_until(browser, HAS("nav button[aria-current=page]", "opsgate")));
    assert_true(browser_until(browser, "document.querySelectorAll('nav button.direct').length === 1"));
    browser_type(browser, "status");
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, HAS("#messages .message", "status")));
    assert_true(browser_until(browser, WORLD("world.slack.deliveries.length === 1")));
    event = last_event();
    assert_true(tree_has_text(event, "channel_type", "im"));
    assert_true(tree_has_text(event, "text", "status"));
    keep_picture("direct");
    look("D0456EFGH", WIDE); /* Bob's */
    assert_true(browser_until(browser, HAS("nav button[aria-current=page]", "general")));
}

static void what_one_person_is_told_another_does_not_see(void **state)
{
    (void)state;
    cJSON_Delete(
        sandbox_post(&sandbox, "slack/command", "{\"user\":\"bob\",\"channel\":\"#general\",\"command\":\"/status\"}"));
    look("C0GENERAL", WIDE);
    assert_true(browser_until(browser, "document.querySelectorAll('.whisper').length === 0"));
    free(browser_eval(browser, "{ const user = document.getElementById('user'); user.value = 'U0456EFGH'; "
                               "user.dispatchEvent(new Event('change')); }"));
    assert_true(browser_until(browser, HAS(".whisper", "You used /status")));
    free(browser_eval(browser, "localStorage.clear()"));
}

static void the_up_arrow_recalls_what_was_typed(void **state)
{
    (void)state;
    look("C0GENERAL", WIDE);
    browser_type(browser, "/ops help");
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, VALUE " === ''"));
    browser_key(browser, "ArrowUp");
    assert_true(browser_until(browser, VALUE " === '/ops help'"));
}

static void arrow_keys_walk_through_the_channels(void **state)
{
    (void)state;
    look("C0GENERAL", WIDE);
    free(browser_eval(browser, "document.querySelector('nav [aria-current]').focus()"));
    browser_key(browser, "ArrowDown");
    assert_true(browser_until(browser, "document.activeElement.textContent.includes('deployments') && "
                                       "document.activeElement.hasAttribute('aria-current')"));
    browser_key(browser, "ArrowUp");
    browser_key(browser, "ArrowUp");
    assert_true(
        browser_until(browser, "document.activeElement.textContent.includes('opsgate')")); /* round to the last */
}

static void a_card_is_shown_and_its_button_reaches_opsgate(void **state)
{
    (void)state;
    look("C0DEPLOYS", DARK);
    bot_posts("{\"channel\":\"C0DEPLOYS\",\"text\":\"x\",\"blocks\":[{\"type\":\"header\",\"text\":{\"type\":\"plain_"
              "text\",\"text\":\"Deploy api\"}},"
              "{\"type\":\"section\",\"fields\":[{\"type\":\"mrkdwn\",\"text\":\"*By*\\n<@U012AB3CD>\"}]},{\"type\":"
              "\"divider\"},"
              "{\"type\":\"context\",\"elements\":[{\"type\":\"mrkdwn\",\"text\":\":white_check_mark: op `D1`\"}]},"
              "{\"type\":\"actions\",\"elements\":[{\"type\":\"button\",\"action_id\":\"op.abort\",\"value\":\"v1\","
              "\"text\":{\"type\":\"plain_text\",\"text\":\"Abort\"}}]}]}");
    assert_true(browser_until(browser, HAS(".block-header", "Deploy api")));
    assert_true(browser_until(browser, HAS(".fields .mention", "@ann")));
    assert_true(browser_until(browser, "document.querySelector('.block-context svg')"));
    keep_picture("card-dark");
    free(browser_eval(browser, "document.querySelector('[data-action=\"op.abort\"]').focus()"));
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, "fetch('_sandbox/state').then(answer => answer.json()).then(state => "
                                       "window.sent = state.slack.deliveries.length) && window.sent === 1"));
    AUTO_JSON cJSON *form = form_decode(str_of(receiver_last(opsgate).body));
    assert_non_null(strstr(tree_text(form, "payload"), "\"type\":\"block_actions\""));
}

static void a_confirm_dialog_is_answered_by_keyboard(void **state)
{
    int before = receiver_last(opsgate).count;

    (void)state;
    bot_posts(POST_CARD);
    look("C0DEPLOYS", WIDE);
    assert_true(browser_until(browser, BUTTON("op.promote")));
    focus(BUTTON("op.promote"));
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, HAS("#confirm[open] h2", "Promote to 50 %?") " && " HAS(
                                           "#confirm strong", "0.7 %") " && document.activeElement.textContent === "
                                                                       "'Wait'"));
    keep_picture("confirm");
    browser_key(browser, "Enter"); /* Wait */
    assert_true(browser_until(
        browser, "!document.getElementById('confirm').open && document.activeElement === " BUTTON("op.promote")));
    assert_int_equal(receiver_last(opsgate).count, before);

    browser_key(browser, "Space");
    assert_true(browser_until(browser, "document.getElementById('confirm').open"));
    browser_key(browser, "Tab");
    browser_key(browser, "Enter"); /* Promote */
    assert_true(browser_until(browser, WORLD("world.slack.deliveries.length === 1")));
    assert_true(browser_until(browser,
                              "document.activeElement === " BUTTON("op.promote") " && !document.activeElement"
                                                                                 ".hasAttribute('aria-busy')"));
    AUTO_JSON cJSON *action = last_action();
    assert_true(tree_has_text(action, "action_id", "op.promote"));
    assert_true(tree_has_text(action, "value", "D1042.2"));
    assert_true(tree_has_text(tree_get(action, "user"), "id", "U012AB3CD"));
}

/* The trigger that came with the last shortcut; the caller's. */
static char *last_trigger(void)
{
    AUTO_JSON cJSON *form = form_decode(str_of(receiver_last(opsgate).body));
    AUTO_JSON cJSON *payload = NULL;
    struct error err;

    assert_true(json_parse(str_of(tree_text_or(form, "payload", "")), &payload, &err));
    assert_true(tree_has_text(payload, "callback_id", "opsgate.incident.declare"));
    return xstrdup(tree_text(payload, "trigger_id"));
}

/* clang-format off */
#define FIELD(id, optional, element) "{'type':'input','block_id':'" id "','optional':" optional ",'label':" PLAIN("Field") ",'element':" element "}"
#define MODAL "'view':{'type':'modal','title':" PLAIN("Declare") ",'submit':" PLAIN("Go") ",'close':" PLAIN("Cancel") ",'blocks':[" \
    FIELD("1", "false", "{'type':'static_select','action_id':'a','options':[{'text':" PLAIN("P1: bad") ",'value':'P1'}]}") "," \
    FIELD("2", "true", "{'type':'plain_text_input','action_id':'b','initial_value':'API down'}") "," \
    FIELD("3", "true", "{'type':'checkboxes','action_id':'c','options':[{'text':" PLAIN("Private") ",'value':'yes'}]}") "]}"
/* clang-format on */

static void a_modal_opens_from_a_message_is_filled_in_and_sent(void **state)
{
    (void)state;
    AUTO_FREE char *ts = bot_calls("chat.postMessage", "{'channel':'C0DEPLOYS','text':'500s everywhere'}");
    AUTO_FREE char *declare = text_format("document.querySelector('[data-action=\"declare %s\"]')", ts);
    AUTO_FREE char *mark = text_format("document.querySelector('[data-action=\"mark %s\"]')", ts);

    look("C0DEPLOYS", WIDE);
    assert_true(browser_until(browser, mark));
    focus(mark);
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, HAS(".reactions .chip", "1")));
    focus(declare);
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, WORLD("world.slack.deliveries.some(one => one.kind === 'shortcut')")));
    AUTO_FREE char *trigger = last_trigger();
    AUTO_FREE char *view = text_format("{'trigger_id':'%s'," MODAL "}", trigger);
    free(bot_calls("views.open", view));
    assert_true(browser_until(
        browser, HAS("#modal[open] h2", "Declare") " && " HAS(
                     "#modal option", "P1: bad") " && "
                                                 "document.getElementById('field-2').value === 'API down'"));
    keep_picture("modal");
    focus("document.getElementById('modal-send')");
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, HAS("[data-error=\"1\"]", "Please complete this required field.")));
    assert_true(browser_until(browser, WORLD("!world.slack.deliveries.some(one => one.kind === 'view')")));
    free(browser_eval(browser, "document.getElementById('field-1').value = 'P1'"));
    focus("document.getElementById('field-3')");
    browser_key(browser, "Space");
    focus("document.getElementById('modal-send')");
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, WORLD("world.slack.deliveries.some(one => one.kind === 'view')")));
    AUTO_JSON cJSON *form = form_decode(str_of(receiver_last(opsgate).body));
    const char *payload = tree_text_or(form, "payload", "");

    assert_non_null(strstr(payload, "view_submission"));
    assert_non_null(strstr(payload, "\"API down\""));
    assert_non_null(strstr(payload, "\"selected_options\":[{"));
    focus("document.getElementById('modal-close')"); /* what opsgate answered closes none */
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, "!document.getElementById('modal').open"));
    assert_true(browser_until(browser, WORLD("world.slack.views.every(one => !one.is_open)"))); /* nor does it come again */
}

#define HOME_OF(user, text)                                                                                                    \
    "{'user_id':'" user "','view':{'type':'home','blocks':[{'type':'header','text':" PLAIN(                                    \
        text) "},"                                                                                                             \
              "{'type':'actions','block_id':'p','elements':[{'type':'button','action_id':'go','value':'status','text':" PLAIN( \
                  "Look") "}]}]}}"

static void a_home_tab_is_opened_drawn_and_pressed(void **state)
{
    (void)state;
    free(bot_calls("views.publish", HOME_OF("U012AB3CD", "Nothing waits")));
    look("home", WIDE);
    assert_true(browser_until(browser, HAS("#home .block-header", "Nothing waits")));
    assert_true(
        browser_until(browser, "document.getElementById('scroller').hidden && document.getElementById('form').hidden"));
    assert_true(browser_until(browser, WORLD("world.slack.deliveries.length === 1")));
    AUTO_JSON cJSON *event = last_event();
    assert_true(tree_has_text(event, "type", "app_home_opened"));
    assert_true(tree_has_text(event, "tab", "home"));
    keep_picture("home");
    free(bot_calls("views.publish", HOME_OF("U012AB3CD", "One waits")));
    assert_true(
        browser_until(browser, HAS("#home .block-header", "One waits"))); /* it is drawn anew where it is open */
    focus("document.querySelector('#home button')");
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, WORLD("world.slack.deliveries.some(one => one.kind === 'view_action')")));
    focus("document.querySelector('[data-channel=C0GENERAL]')");
    browser_key(browser, "Enter");
    assert_true(
        browser_until(browser, "document.getElementById('home').hidden && !document.getElementById('form').hidden"));
}

static void a_card_that_changed_under_its_dialog_is_pressed_as_it_was(void **state)
{
    (void)state;
    AUTO_FREE char *ts = bot_calls("chat.postMessage", POST_CARD);
    AUTO_FREE char *update =
        text_format("%s%s%s", "{'channel':'C0DEPLOYS','ts':'", ts, "','text':'x','blocks':[" CARD("D1042.3") "]}");
    look("C0DEPLOYS", WIDE);
    assert_true(browser_until(browser, BUTTON("op.promote")));
    focus(BUTTON("op.promote"));
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, "document.getElementById('confirm').open"));
    free(bot_calls("chat.update", update));
    assert_true(browser_until(browser, "document.querySelector('.message.flash')"));
    browser_key(browser, "Tab");
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, WORLD("world.slack.deliveries.length === 1")));
    AUTO_JSON cJSON *action = last_action();
    assert_true(tree_has_text(action, "value", "D1042.2"));
}

static void a_press_that_fails_is_told_to_the_person(void **state)
{
    struct sandbox usual = sandbox;

    (void)state;
    sandbox_start(&sandbox, program, "http://127.0.0.1:9"); /* where nobody listens */
    bot_posts(POST_CARD);
    look("C0DEPLOYS", DARK);
    bool is_drawn = browser_until(browser, BUTTON("op.pause"));
    focus(BUTTON("op.pause"));
    browser_key(browser, "Enter");
    bool is_told = browser_until(browser, HAS(".whisper", "The button \"Pause\" failed with the error"));
    bool is_shown = browser_until(browser, BUTTON("op.pause") ".classList.contains('failed') && document.activeElement "
                                                              "=== " BUTTON("op.pause"));
    keep_picture("failed-press");
    int status = sandbox_stop(&sandbox);
    sandbox = usual;
    assert_true(is_drawn && is_told && is_shown);
    assert_int_equal(status, 0);
}

static void an_ephemeral_button_is_seen_and_pressed_by_one_person(void **state)
{
    (void)state;
    free(bot_calls("chat.postEphemeral",
                   "{'channel':'C0DEPLOYS','user':'U0456EFGH','text':'x','blocks':[{'type':"
                   "'actions','elements':[{'type':'button','action_id':'op.mine','text':" PLAIN("Only mine") "}]}]}"));
    look("C0DEPLOYS", WIDE);
    assert_true(browser_until(browser, "document.querySelector('nav [aria-current]') && !" BUTTON("op.mine")));
    free(browser_eval(browser, "{ const user = document.getElementById('user'); user.value = 'U0456EFGH'; "
                               "user.dispatchEvent(new Event('change')); }"));
    assert_true(browser_until(browser, BUTTON("op.mine")));
    focus(BUTTON("op.mine"));
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, WORLD("world.slack.deliveries.length === 1")));
    free(browser_eval(browser, "localStorage.clear()"));
    AUTO_JSON cJSON *action = last_action();
    assert_true(tree_has_text(tree_get(action, "user"), "id", "U0456EFGH"));
}

static void a_thread_opens_below_its_message(void **state)
{
    (void)state;
    AUTO_FREE char *ts = bot_calls("chat.postMessage", POST_CARD);
    for (int i = 1; i <= 3; i++) {
        AUTO_FREE char *reply = text_format("{'channel':'C0DEPLOYS','thread_ts':'%s','text':'reply %d'}", ts, i);

        bot_posts(reply);
    }
    look("C0DEPLOYS", WIDE);
    assert_true(
        browser_until(browser, HAS(".thread-bar", "3 replies") " && !document.querySelector('.message.thread')"));
    focus("document.querySelector('.thread-bar button')");
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, "document.querySelectorAll('.thread-bar ~ .message.thread').length === 3 && "
                                       "document.activeElement.getAttribute('aria-expanded') === 'true'"));
    keep_picture("thread");
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, "!document.querySelector('.message.thread') && "
                                       "document.activeElement.getAttribute('aria-expanded') === 'false'"));
}

/* In a channel that everybody may see; who is in a private one sees it, others do not; what is archived is marked. */
static void channels_come_with_what_stands_on_top_of_them(void **state)
{
    AUTO_FREE char *ts = bot_calls("chat.postMessage", "{'channel':'C0ALERTS','text':'read this first'}"), *pin = NULL;

    (void)state;
    pin = text_format("{'channel':'C0ALERTS','timestamp':'%s'}", ts);
    free(bot_calls("pins.add", pin));
    free(bot_calls("conversations.setTopic", "{'channel':'C0ALERTS','topic':'What burns'}"));
    free(bot_calls("bookmarks.add",
                   "{'channel_id':'C0ALERTS','title':'Runbook','type':'link','link':'https://r.example/'}"));
    free(bot_calls("conversations.create", "{'name':'inc-secret','is_private':true}"));
    free(bot_calls("conversations.archive", "{'channel':'C0ONCALL'}"));
    look("C0ALERTS", WIDE);
    assert_true(browser_until(browser, HAS("#channel-topic", "What burns")));
    assert_true(browser_until(browser, HAS("#marks .chip", "1 pinned")));
    assert_true(browser_until(browser, HAS("#marks a[href]", "Runbook")));
    assert_true(browser_until(browser, HAS(".message", "Pinned")));
    assert_true(browser_until(browser, HAS(".message.told", "set the channel topic: What burns")));
    assert_true(browser_until(browser, HAS("nav button.archived", "oncall-alerts")));
    assert_true(browser_until(browser, "!" HAS("nav button", "inc-secret"))); /* it was drawn with all of that */
    keep_picture("channel");
}

static void a_mail_comes(const char *id, const char *text)
{
    AUTO_FREE char *said = text_format("EHLO me\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"
                                       "Date: Fri, 20 Nov 2026 22:00:00 +0000\r\nFrom: a@b.example\r\n"
                                       "Message-ID: <%s@b.example>\r\nSubject: The %s one\r\n\r\n%s\r\n.\r\n",
                                       id, id, text);
    AUTO_FREE char *heard = mail_talk(&sandbox, said);

    assert_non_null(strstr(heard, "250 2.0.0 taken"));
}

#define MAIL_TEXT(subject)                                                                                             \
    "[...document.querySelectorAll('#mail details')].some(mail => mail.textContent.includes('" subject                 \
    "') && mail.open && mail.querySelector('pre').checkVisibility())"

static void a_mail_opens_on_a_click_and_stays_open(void **state)
{
    AUTO_FREE char *still = text_format("%s/?still=mail#C0GENERAL", sandbox.url);

    (void)state;
    look("C0GENERAL", WIDE);
    assert_true(browser_until(browser, "document.getElementById('mail-section').hidden"));
    a_mail_comes("first", "The glass was broken.");
    assert_true(browser_until(browser, HAS("#mail summary", "The first one") " && !" MAIL_TEXT("The first one")));
    free(browser_eval(browser, "document.querySelector('#mail summary').click()"));
    assert_true(browser_until(browser, MAIL_TEXT("The first one") " && " HAS("#mail pre", "The glass was broken.")));
    keep_picture("mail");
    a_mail_comes("second", "And once more.");
    assert_true(browser_until(browser, HAS("#mail summary", "The second one") " && " MAIL_TEXT("The first one")));
    assert_true(browser_until(browser, "!" MAIL_TEXT("The second one")));
    browser_open(browser, still, &WIDE);
    assert_true(browser_until(browser, MAIL_TEXT("The first one") " && " MAIL_TEXT("The second one")));
    assert_true(
        browser_until(browser, "document.getElementById('mail').getBoundingClientRect().bottom <= innerHeight"));
    keep_picture("mails-still");
}

static void start_over_sets_the_world_up_again(void **state)
{
    struct sandbox usual = sandbox;

    (void)state;
    sandbox_start(&sandbox, program, receiver_url(opsgate)); /* what always holds shall hold for no other test */
    cJSON_Delete(sandbox_post(&sandbox, "world", "{\"always\":{\"traffic\":{\"service\":\"api-service\",\"rps\":7}}}"));
    cJSON_Delete(sandbox_post(&sandbox, "world", "{\"traffic\":{\"service\":\"api-service\",\"rps\":9}}"));
    bot_posts(POST_CARD);
    look("C0DEPLOYS", WIDE);
    bool is_drawn = browser_until(browser, BUTTON("op.promote") " && " WORLD(SERVICE ".rps === 9"));
    free(browser_eval(browser, "document.getElementById('reset').click()"));
    bool is_asked = browser_until(browser, "document.getElementById('confirm').open");
    free(browser_eval(browser, "document.getElementById('confirm-yes').click()"));
    bool is_anew = browser_until(browser, "!" BUTTON("op.promote") " && " WORLD(SERVICE ".rps === 7"));
    int status = sandbox_stop(&sandbox);
    sandbox = usual;
    assert_true(is_drawn && is_asked && is_anew);
    assert_int_equal(status, 0);
}

static void numbers_in_a_code_block_stay_in_their_columns(void **state)
{
    (void)state;
    bot_posts(POST_CARD);
    look("C0DEPLOYS", WIDE);
    assert_true(browser_until(browser, "document.querySelector('.blocks pre')"));
    AUTO_FREE char *text = browser_eval(browser, "document.querySelector('.blocks pre').textContent");
    assert_string_equal(text, "\"" NUMBERS "\"");
    /* It is a block: the line breaks beside it are its own. */
    assert_true(browser_until(browser, "!document.querySelector('.blocks pre').parentNode.querySelector('br')"));
    /* Every character is as wide as every other one. */
    assert_true(browser_until(
        browser, "(() => { const pre = document.querySelector('.blocks pre'), widths = new Set(); for (const c of "
                 "'iW0 ') { const range = document.createRange(); pre.firstChild.textContent = c.repeat(20) + '.'; "
                 "range.setStart(pre.firstChild, 0); range.setEnd(pre.firstChild, 20); "
                 "widths.add(Math.round(range.getBoundingClientRect().width)); } return widths.size === 1; })()"));
}

static void nothing_is_wider_than_the_screen(void **state)
{
    const struct browser_view views[] = { LAPTOP, NARROW, { .width = 360, .height = 640, .dark = true } };

    (void)state;
    bot_posts(POST_CARD);
    for (size_t i = 0; i < ARRAY_LEN(views); i++) {
        AUTO_FREE char *name = text_format("card-%d", views[i].width);

        look("C0DEPLOYS", views[i]);
        assert_true(browser_until(browser, BUTTON("op.promote")));
        AUTO_FREE char *wide = browser_eval(
            browser,
            "[...document.querySelectorAll('body, .channel, .scroller, .message, .blocks, .cloud, .service, .knob')]"
            ".filter(node => node.scrollWidth > node.clientWidth + 1 || node.getBoundingClientRect().right > "
            "innerWidth + 1).map(node => node.className).join(', ')");
        keep_picture(name);
        assert_string_equal(wide, "\"\"");
    }
}

static void a_slider_moves_the_world(void **state)
{
    (void)state;
    look("C0DEPLOYS", WIDE);
    assert_true(browser_until(browser, SLIDER("api-service traffic") " && " WORLD(SERVICE ".rps >= 0")));
    AUTO_FREE char *was = browser_eval(browser, "window.was = " SERVICE ".rps");
    focus(SLIDER("api-service traffic"));
    for (int i = 0; i < 2; i++)
        browser_key(browser, "ArrowRight");
    assert_true(browser_until(browser, WORLD(SERVICE ".rps > window.was")));
    assert_true(browser_until(browser, SLIDER("api-service traffic") ".getAttribute('aria-valuetext') === `${" SERVICE
                                                                     ".rps} requests per "
                                                                     "second`"));
    assert_true(browser_until(browser, "document.activeElement === " SLIDER("api-service traffic")));

    free(browser_eval(browser, "window.before = " SERVICE ".revisions[0].behaviour.latency_ms; window.slide = kind => "
                               "document.querySelector(`[data-slider^=\"api-service-\"][data-slider$=\"${kind}\"]`)"));
    focus("slide('errors')");
    browser_key(browser, "ArrowRight");
    focus("slide('latency')");
    browser_key(browser, "ArrowRight");
    assert_true(browser_until(browser, WORLD(SERVICE ".revisions[0].behaviour.error_rate > 0 && " SERVICE
                                                     ".revisions[0].behaviour.latency_ms > window.before")));
    assert_true(browser_until(browser, HAS(".service .served", " requests, "))); /* and they come */
    keep_picture("sliders");
}

static void somebody_else_changes_the_traffic(void **state)
{
    (void)state;
    cJSON_Delete(sandbox_post(
        &sandbox, "world",
        "{\"reconcile_ms\":100,\"foreign\":{\"service\":\"api-service\",\"mask\":\"template,traffic\",\"body\":"
        "{\"template\":{\"revision\":\"api-service-next\",\"containers\":[{\"image\":\"us-docker.pkg.dev/acme/"
        "images/api:v1.4.2\"}]},\"traffic\":[{\"type\":\"TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION\",\"revision\":"
        "\"api-service-00001-kzt\",\"percent\":100},{\"type\":\"TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION\","
        "\"revision\":\"api-service-next\",\"tag\":\"canary\"}]}}}"));
    look("C0DEPLOYS", WIDE);
    assert_true(browser_until(browser, WORLD("!" SERVICE ".reconciling")));
    assert_true(browser_until(browser, HAS(".service .tag", "canary") " && document.querySelector('[aria-label=\"api-"
                                                                      "service\"] .service-foot button').title."
                                                                      "includes('moves 10 %')"));
    focus("document.querySelector('[aria-label=\"api-service\"] .service-foot button')");
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, WORLD(SERVICE ".serving.some(entry => entry.revision === 'api-service-next' && "
                                                     "entry.percent === 10)")));
    assert_true(browser_until(browser, HAS(".service .percent", "90 %") " && " HAS(".service .tag", "canary")));
    assert_true(browser_until(browser, "[...document.querySelectorAll('[aria-label=\"api-service\"] .bar i')].map(part "
                                       "=> part.style.width).join() === '90%,10%'"));
    keep_picture("split");
}

static void what_happens_elsewhere_is_told_to_opsgate(void **state)
{
    static const struct row {
        const char *who, *says, *says_then;
    } rows[] = {
        { "GitHub", "Release v1.", "Release v1." },
        { "PagerDuty", "Page: API is down", "Resolve the page" },
        { "Alertmanager", "Alert: HighErrors", "The alert ends" },
    };

    (void)state;
    look("C0DEPLOYS", WIDE);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_FREE char *row = text_format(
            "[...document.querySelectorAll('#outside li')].find(row => row.textContent.startsWith('%s'))", rows[i].who);
        AUTO_FREE char *button = text_format("%s.querySelector('button')", row);
        AUTO_FREE char *before = text_format("%s.textContent.includes('%s')", button, rows[i].says);
        AUTO_FREE char *after = text_format("%s.querySelector('.state.good').textContent === 'accepted' && "
                                            "%s.textContent.includes('%s')",
                                            row, button, rows[i].says_then);

        assert_true(browser_until(browser, before));
        focus(button);
        browser_key(browser, "Enter");
        if (!browser_until(browser, after)) {
            AUTO_FREE char *text = text_format("%s.textContent", row);
            AUTO_FREE char *shown = browser_eval(browser, text);

            fail_msg("after a click: %s", shown);
        }
    }
    assert_true(browser_until(browser, WORLD("world.github.deliveries.some(told => told.action === 'published' && "
                                             "told.status_code === 200)")));
    keep_picture("elsewhere");
}

/* The form pages; whoever looks acknowledges and resolves, as the user of PagerDuty that they are. */
static void somebody_is_paged_and_the_page_is_answered(void **state)
{
    static const struct step {
        const char *status, *then;
    } steps[] = {
        { "acknowledged", "acknowledged by Ann Example" },
        { "resolved", "Reopen" },
    };

    (void)state;
    look("C0INCIDENTS", WIDE);
    focus("document.getElementById('page-title')");
    browser_type(browser, "Checkout <b>slow</b>");
    browser_key(browser, "Enter");
    assert_true(browser_until(
        browser, HAS("#pages .told", "Checkout <b>slow</b>") " && " HAS("#pages li", "calls Ann Example")));
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        AUTO_FREE char *button = text_format("document.querySelector('#pages [data-act$=\"%s\"]')", steps[i].status);
        AUTO_FREE char *after = text_format(HAS("#pages li", "%s"), steps[i].then);

        focus(button);
        browser_key(browser, "Enter");
        assert_true(browser_until(browser, after));
    }
    assert_true(browser_until(browser, WORLD("world.pagerduty.incidents[0].last_status_change_by.id === 'PUSER01'")));
    keep_picture("paged");
}

static void text_from_outside_never_becomes_html(void **state)
{
    (void)state;
    look("C0GENERAL", WIDE);
    bot_posts("{\"channel\":\"C0GENERAL\",\"text\":\"<b>bold</b> &lt;img src=x onerror=alert(1)&gt; "
              "<javascript:alert(1)|here>\"}");
    assert_true(browser_until(browser, HAS(".message .text", "<img src=x onerror=alert(1)>")));
    assert_true(browser_until(browser, "document.querySelectorAll('.text img, .text b, .text a').length === 0"));
    bot_posts("{\"channel\":\"C0GENERAL\",\"text\":\"x\",\"blocks\":[{\"type\":\"header\",\"text\":"
              "{\"type\":\"plain_text\",\"text\":\"R&amp;D &lt;b&gt;\"}}]}");
    assert_true(browser_until(browser, HAS(".block-header", "R&D <b>")));
}

static void a_long_name_of_a_channel_stays_on_the_screen(void **state)
{
    (void)state;
    cJSON_Delete(
        sandbox_post(&sandbox, "world",
                     "{\"channel\":{\"id\":\"C0LONG\",\"name\":\"inc-20261122-"
                     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\",\"is_member\":true}}"));
    look("C0LONG", NARROW);
    assert_true(browser_until(
        browser, HAS("#channel-name", "inc-20261122-xxx") " && "
                                                          "document.documentElement.scrollWidth <= innerWidth"));
}

static void a_change_on_cloud_run_is_seen_live(void **state)
{
    (void)state;
    look("C0GENERAL", WIDE);
    cJSON_Delete(sandbox_post(
        &sandbox, "world",
        "{\"reconcile_ms\":600000,\"foreign\":{\"service\":\"api-service\",\"mask\":\"template,traffic\",\"body\":{\"template\":"
        "{\"revision\":\"api-service-next\",\"containers\":[{\"image\":\"us-docker.pkg.dev/acme/images/"
        "api:v1.4.2\"}]},\"traffic\":["
        "{\"type\":\"TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION\",\"revision\":\"api-service-00001-kzt\",\"percent\":75},"
        "{\"type\":\"TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION\",\"revision\":\"api-service-next\",\"percent\":25,"
        "\"tag\":\"canary\"}]}}}"));
    assert_true(browser_until(browser, HAS(".service .state.busy", "changing")));
    cJSON_Delete(sandbox_post(&sandbox, "world", /* the same once more, which takes no time */
                              "{\"reconcile_ms\":0,\"foreign\":{\"service\":\"api-service\",\"split\":{"
                              "\"api-service-00001-kzt\":75,\"api-service-next\":25}}}"));
    assert_true(browser_until(browser, HAS(".service .tag", "canary") " && " HAS(".service .percent", "25 %")));
    keep_picture("canary");
}

static void nothing_is_fetched_from_elsewhere(void **state)
{
    (void)state;
    look("C0GENERAL", WIDE);
    assert_true(browser_until(
        browser,
        "performance.getEntriesByType('resource').every(entry => entry.name.startsWith(location.origin + '/'))"));
}

static void on_a_narrow_screen_the_cloud_opens_and_closes(void **state)
{
    (void)state;
    look("C0GENERAL", NARROW);
    assert_true(browser_until(browser, "getComputedStyle(document.getElementById('cloud')).visibility === 'hidden'"));
    keep_picture("narrow");
    free(browser_eval(browser, "document.getElementById('cloud-toggle').focus()"));
    browser_key(browser, "Enter");
    assert_true(browser_until(browser, "getComputedStyle(document.getElementById('cloud')).visibility === 'visible'"));
    browser_key(browser, "Escape");
    assert_true(browser_until(browser, "getComputedStyle(document.getElementById('cloud')).visibility === 'hidden' && "
                                       "document.activeElement.id === 'cloud-toggle'"));
}

/* WCAG's ratio for every pair of colours that carries text; answers those below 4.5. */
/* clang-format off */
static const char weak_contrasts[] =
    "(() => {"
    "  const probe = document.body.appendChild(document.createElement('i'));"
    "  const linear = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;"
    "  const light = name => {"
    "    probe.style.color = `var(${name})`;"
    "    const [r, g, b] = getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map(c => linear(Number(c)));"
    "    return 0.2126 * r + 0.7152 * g + 0.0722 * b;"
    "  };"
    "  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);"
    "  const pairs = { '--bg': ['text', 'dim', 'link'], '--panel': ['dim'], '--chip': ['dim'], '--whisper': ['dim', 'text'],"
    "    '--card': ['dim', 'link', 'good', 'bad', 'busy'], '--code-bg': ['code'], '--mention': ['mention-text'],"
    "    '--side': ['side-dim'], '--side-on': ['side-text'], '--accent': ['accent-text'], '--danger': ['danger-text'] };"
    "  const weak = Object.entries(pairs).flatMap(([under, over]) => over.map(name => [`--${name}`, under]))"
    "    .filter(([a, b]) => ratio(a, b) < 4.5).map(([a, b]) => `${a} on ${b}: ${ratio(a, b).toFixed(2)}`);"
    "  probe.remove();"
    "  return weak.join(', ');"
    "})()";
/* clang-format on */

static void text_is_readable_in_light_and_dark(void **state)
{
    (void)state;
    look("C0GENERAL", WIDE);
    AUTO_FREE char *light = browser_eval(browser, weak_contrasts);
    assert_string_equal(light, "\"\"");
    look("C0GENERAL", DARK);
    AUTO_FREE char *dark = browser_eval(browser, weak_contrasts);
    assert_string_equal(dark, "\"\"");
}

#define PAGE(test) cmocka_unit_test_setup(test, fresh)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PAGE(a_command_is_typed_completed_sent_and_answered),
        PAGE(a_mention_is_sent_and_its_answer_stands_below_it),
        PAGE(what_is_said_to_others_is_not_told),
        PAGE(direct_messages_are_commands_and_ones_own),
        PAGE(what_one_person_is_told_another_does_not_see),
        PAGE(the_up_arrow_recalls_what_was_typed),
        PAGE(arrow_keys_walk_through_the_channels),
        PAGE(a_modal_opens_from_a_message_is_filled_in_and_sent),
        PAGE(a_home_tab_is_opened_drawn_and_pressed),
        PAGE(a_card_is_shown_and_its_button_reaches_opsgate),
        PAGE(a_confirm_dialog_is_answered_by_keyboard),
        PAGE(a_card_that_changed_under_its_dialog_is_pressed_as_it_was),
        PAGE(a_press_that_fails_is_told_to_the_person),
        PAGE(an_ephemeral_button_is_seen_and_pressed_by_one_person),
        PAGE(a_thread_opens_below_its_message),
        PAGE(channels_come_with_what_stands_on_top_of_them),
        PAGE(a_mail_opens_on_a_click_and_stays_open),
        PAGE(start_over_sets_the_world_up_again),
        PAGE(numbers_in_a_code_block_stay_in_their_columns),
        PAGE(nothing_is_wider_than_the_screen),
        PAGE(a_slider_moves_the_world),
        PAGE(somebody_else_changes_the_traffic),
        PAGE(what_happens_elsewhere_is_told_to_opsgate),
        PAGE(somebody_is_paged_and_the_page_is_answered),
        PAGE(text_from_outside_never_becomes_html),
        PAGE(a_long_name_of_a_channel_stays_on_the_screen),
        PAGE(a_change_on_cloud_run_is_seen_live),
        PAGE(nothing_is_fetched_from_elsewhere),
        PAGE(on_a_narrow_screen_the_cloud_opens_and_closes),
        PAGE(text_is_readable_in_light_and_dark),
    };

    program = argc > 1 ? argv[1] : "opsgate-sandbox";
    if (!browser_is_installed()) {
        puts("skipped: chromium is not installed");
        return SKIPPED;
    }
    return cmocka_run_group_tests(tests, start, stop);
}
