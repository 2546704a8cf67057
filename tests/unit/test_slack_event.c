#include "tests/unit/rows.h"

#include "bot/base/buf.h"
#include "bot/base/time.h"
#include "bot/model/slack_event.h"
#include "integrations/slack/event.h"

#include <string.h>

#define BOT "U0BOTUSER1"
#define TS "1700000000.000100"
#define RECEIVED_MS INT64_C(1700000001000)
#define AUTHORIZED                                                                                                     \
    "'authorizations':[{'enterprise_id':null,'team_id':'T0EXAMPLE1','user_id':'" BOT                                   \
    "','is_bot':true,'is_enterprise_install':false}]"
#define OUTER(more, event)                                                                                             \
    "{'type':'event_callback','token':'x','team_id':'T0EXAMPLE1','api_app_id':'A0EXAMPLE1','event_id':'Ev0EXAMPLE1',"  \
    "'event_time':1700000001," more "'event':{" event "}}"
#define REACTION(name, item)                                                                                           \
    "'type':'reaction_added','user':'U1','reaction':'" name "','item_user':'U2','item':{" item "}"
#define EVENT(event) OUTER(AUTHORIZED ",", event)
#define SAID(text) "'user':'U0EXAMPLE1','text':" text ",'ts':'" TS "','event_ts':'" TS "'"
#define MENTION(text) "'type':'app_mention','channel':'C0EXAMPLE1'," SAID(text)
#define IN_CHANNEL(text) "'type':'message','channel_type':'channel','channel':'C0EXAMPLE1'," SAID(text)
#define DIRECT(text) "'type':'message','channel_type':'im','channel':'D0EXAMPLE1'," SAID(text)
#define STATUS "'<@" BOT "> status api'"

/* JSON is written with ' for ", and ^ for ' */
static const char *quoted(const char *text, struct arena *arena)
{
    char *copy = arena_strdup(arena, text);

    for (char *c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c == '^' ? '\'' : *c;
    return copy;
}

static bool accept_as(const char *body, const char *bot_user, struct arena *arena, struct slack_event_door *door,
                      struct error *err)
{
    *err = (struct error){ .code = ERR_NONE };
    return slack_event_accept(str_of(quoted(body, arena)), bot_user, arena, door, err);
}

static void accept(const char *body, struct arena *arena, struct slack_event_door *door)
{
    struct error err;

    if (!accept_as(body, NULL, arena, door, &err))
        fail_msg("%s", err.message);
}

/* ---- at the door ---- */

static const struct door_row {
    const char *name, *body;
    enum slack_event is;
    const char *first_key; /* ASKED, TOLD */
    const char *says;      /* IGNORED: why; refused: the error */
    bool is_refused;
} door_rows[] = {
    { "a mention asks", EVENT(MENTION(STATUS)), SLACK_EVENT_ASKED, "slack-message:T0EXAMPLE1:C0EXAMPLE1:" TS, NULL, 0 },
    { "the same message, told as one of the channel, has its key", EVENT(IN_CHANNEL(STATUS)), SLACK_EVENT_ASKED,
      "slack-message:T0EXAMPLE1:C0EXAMPLE1:" TS, NULL, 0 },
    { "a direct message asks", EVENT(DIRECT("'status api'")), SLACK_EVENT_ASKED,
      "slack-message:T0EXAMPLE1:D0EXAMPLE1:" TS, NULL, 0 },
    { "so does one without a channel_type, in a D channel",
      EVENT("'type':'message','channel':'D0EXAMPLE1'," SAID("'help'")), SLACK_EVENT_ASKED,
      "slack-message:T0EXAMPLE1:D0EXAMPLE1:" TS, NULL, 0 },
    { "a mention in a private channel",
      EVENT("'type':'message','channel_type':'group','channel':'G0EXAMPLE1'," SAID(STATUS)), SLACK_EVENT_ASKED,
      "slack-message:T0EXAMPLE1:G0EXAMPLE1:" TS, NULL, 0 },
    { "a mention beside a picture", EVENT(MENTION(STATUS) ",'subtype':'file_share'"), SLACK_EVENT_ASKED,
      "slack-message:T0EXAMPLE1:C0EXAMPLE1:" TS, NULL, 0 },
    { "a mention without authorizations is one all the same", OUTER("", MENTION(STATUS)), SLACK_EVENT_ASKED,
      "slack-message:T0EXAMPLE1:C0EXAMPLE1:" TS, NULL, 0 },

    { "what people say to each other", EVENT(IN_CHANNEL("'status api'")), SLACK_EVENT_IGNORED, NULL, "to others", 0 },
    { "a group's message without a mention",
      EVENT("'type':'message','channel_type':'mpim','channel':'G0EXAMPLE1'," SAID("'status'")), SLACK_EVENT_IGNORED,
      NULL, "to others", 0 },
    { "a mention of somebody else", EVENT(IN_CHANNEL("'<@U0EXAMPLE2> status api'")), SLACK_EVENT_IGNORED, NULL,
      "to others", 0 },
    { "a channel's message, while nobody knows who we are", OUTER("", IN_CHANNEL(STATUS)), SLACK_EVENT_IGNORED, NULL,
      "to others", 0 },
    { "our own message",
      EVENT("'type':'message','channel_type':'channel','channel':'C0EXAMPLE1','user':'" BOT "','text':" STATUS
            ",'ts':'1.2'"),
      SLACK_EVENT_IGNORED, NULL, "no person's", 0 },
    { "a bot's, without a subtype", EVENT(MENTION(STATUS) ",'bot_id':'B0EXAMPLE1'"), SLACK_EVENT_IGNORED, NULL,
      "no person's", 0 },
    { "an app's, in somebody's name", EVENT(DIRECT("'deploy api production'") ",'app_id':'A0EXAMPLE2'"),
      SLACK_EVENT_IGNORED, NULL, "no person's", 0 },
    { "one with a bot's profile", EVENT(MENTION(STATUS) ",'bot_profile':{}"), SLACK_EVENT_IGNORED, NULL, "no person's",
      0 },
    { "Slackbot's reminder",
      EVENT("'type':'app_mention','channel':'C0EXAMPLE1','user':'USLACKBOT','text':" STATUS ",'ts':'1.2'"),
      SLACK_EVENT_IGNORED, NULL, "no person's", 0 },
    { "nobody's", EVENT("'type':'app_mention','channel':'C0EXAMPLE1','text':" STATUS ",'ts':'1.2'"),
      SLACK_EVENT_IGNORED, NULL, "no person's", 0 },
    { "a bot_message", EVENT(MENTION(STATUS) ",'subtype':'bot_message'"), SLACK_EVENT_IGNORED, NULL, "subtype", 0 },
    { "an edit",
      EVENT("'type':'message','subtype':'message_changed','hidden':true,'channel':'C0EXAMPLE1','ts':'1.2',"
            "'user':'U0EXAMPLE1','message':{" SAID(STATUS) "}"),
      SLACK_EVENT_IGNORED, NULL, "subtype", 0 },
    { "a deletion",
      EVENT("'type':'message','subtype':'message_deleted','channel':'C0EXAMPLE1','ts':'1.2',"
            "'user':'U0EXAMPLE1','deleted_ts':'1.1'"),
      SLACK_EVENT_IGNORED, NULL, "subtype", 0 },
    { "a subtype that nobody knows", EVENT(DIRECT("'deploy'") ",'subtype':'ekm_access_denied'"), SLACK_EVENT_IGNORED,
      NULL, "subtype", 0 },
    { "a subtype that is no text", EVENT(DIRECT("'deploy'") ",'subtype':7"), SLACK_EVENT_IGNORED, NULL, "subtype", 0 },
    { "a hidden one", EVENT(DIRECT("'deploy'") ",'hidden':true"), SLACK_EVENT_IGNORED, NULL, "subtype", 0 },
    { "a mention put in later", EVENT(MENTION(STATUS) ",'edited':{'user':'U0EXAMPLE1','ts':'1.3'}"),
      SLACK_EVENT_IGNORED, NULL, "an edit", 0 },
    { "no words", EVENT(DIRECT("' \\n '")), SLACK_EVENT_IGNORED, NULL, "without words", 0 },
    { "no text at all", EVENT("'type':'message','channel':'D0EXAMPLE1','user':'U0EXAMPLE1','ts':'1.2'"),
      SLACK_EVENT_IGNORED, NULL, "without words", 0 },
    { "an event that nobody wants", EVENT("'type':'reaction_added','user':'U0EXAMPLE1'"), SLACK_EVENT_IGNORED, NULL,
      "nothing here wants", 0 },
    { "a type that nobody knows", "{'type':'event_from_the_future'}", SLACK_EVENT_IGNORED, NULL, "nothing here wants",
      0 },

    { "a challenge", "{'type':'url_verification','token':'x','challenge':'3eZbrw1aB10-_.'}", SLACK_EVENT_CHALLENGE,
      NULL, NULL, 0 },
    { "events held back", "{'type':'app_rate_limited','team_id':'T0EXAMPLE1','minute_rate_limited':1700000040}",
      SLACK_EVENT_LIMITED, NULL, NULL, 0 },
    { "a fact", EVENT("'type':'channel_archive','channel':'C0EXAMPLE1','user':'U0EXAMPLE1'"), SLACK_EVENT_TOLD,
      "slack-event:T0EXAMPLE1:Ev0EXAMPLE1", NULL, 0 },

    { "no JSON", "payload={}", 0, NULL, "event", 1 },
    { "nothing", "", 0, NULL, "event", 1 },
    { "half of it", "{'type':'event_callback','team_id':'T0EXAMPLE1','event_id'", 0, NULL, "event", 1 },
    { "bytes that are no UTF-8", "{'type':'\xff'}", 0, NULL, "UTF-8", 1 },
    { "a NUL that is escaped", EVENT(MENTION("'a\\u0000b'")), 0, NULL, "u0000", 1 },
    { "half a character", EVENT(MENTION("'\\ud83d'")), 0, NULL, "event", 1 },
    { "a list", "[]", 0, NULL, "type", 1 },
    { "no type", "{}", 0, NULL, "type", 1 },
    { "no event", "{'type':'event_callback','team_id':'T0EXAMPLE1','event_id':'Ev1'}", 0, NULL, "expected an object",
      1 },
    { "an event that is a text", "{'type':'event_callback','team_id':'T0EXAMPLE1','event_id':'Ev1','event':'x'}", 0,
      NULL, "expected an object", 1 },
    { "an event without a type", EVENT("'user':'U1'"), 0, NULL, "type", 1 },
    { "no team", "{'type':'event_callback','event_id':'Ev1','event':{'type':'app_uninstalled'}}", 0, NULL, "team_id",
      1 },
    { "a team that would break a key",
      "{'type':'event_callback','team_id':'T1:x','event_id':'Ev1','event':{'type':'x'}}", 0, NULL, "team_id is no id",
      1 },
    { "no event_id", "{'type':'event_callback','team_id':'T1','event':{'type':'app_uninstalled'}}", 0, NULL, "event_id",
      1 },
    { "a user that is no id", EVENT("'type':'app_mention','channel':'C1','user':'U1>','text':" STATUS ",'ts':'1.2'"), 0,
      NULL, "user is no id", 1 },
    { "no channel", EVENT("'type':'app_mention','user':'U1','text':" STATUS ",'ts':'1.2'"), 0, NULL, "channel", 1 },
    { "a channel by name", EVENT("'type':'app_mention','user':'U1','channel':'#ops','text':" STATUS ",'ts':'1.2'"), 0,
      NULL, "channel is no id", 1 },
    { "a ts that is a number", EVENT("'type':'app_mention','user':'U1','channel':'C1','text':" STATUS ",'ts':1700.1"),
      0, NULL, "ts", 1 },
    { "a ts that would break a key",
      EVENT("'type':'app_mention','user':'U1','channel':'C1','text':" STATUS ",'ts':'1:2'"), 0, NULL,
      "no time of Slack^s", 1 },
    { "a thread that is no ts", EVENT(MENTION(STATUS) ",'thread_ts':'x'"), 0, NULL, "no time of Slack^s", 1 },
    { "a person's team that is no id", EVENT(MENTION(STATUS) ",'user_team':'T 1'"), 0, NULL, "user_team is no id", 1 },
    { "a challenge that is a page", "{'type':'url_verification','challenge':'<script>1</script>'}", 0, NULL,
      "challenge", 1 },
    { "a challenge that is none", "{'type':'url_verification','challenge':7}", 0, NULL, "challenge", 1 },
    { "held back, of no team", "{'type':'app_rate_limited'}", 0, NULL, "team_id", 1 },
    { "a fact about no channel", EVENT("'type':'channel_archive','user':'U1'"), 0, NULL, "channel_archive: channel",
      1 },
    { "a rename to nothing", EVENT("'type':'channel_rename','channel':{'id':'C1','name':''}"), 0, NULL, "channel.name",
      1 },
    { "a group whose members are no ids",
      EVENT("'type':'subteam_members_changed','subteam_id':'S1','added_users':['U 1']"), 0, NULL, "added_users", 1 },
    { "tokens that are no list", EVENT("'type':'tokens_revoked','tokens':{'bot':'U1'}"), 0, NULL, "tokens.bot", 1 },
    { "a reaction that is no mark", EVENT(REACTION("thumbsup", "'type':'message','channel':'C1','ts':'1.2'")),
      SLACK_EVENT_IGNORED, NULL, "nothing here wants", 0 },
    { "a mark of a file", EVENT(REACTION("pushpin", "'type':'file','file':'F1'")), SLACK_EVENT_IGNORED, NULL,
      "nothing here wants", 0 },
    { "a mark in no channel", EVENT(REACTION("pushpin", "'type':'message','ts':'1.2'")), 0, NULL, "item.channel", 1 },
    { "a mark of a message at no time", EVENT(REACTION("pushpin", "'type':'message','channel':'C1','ts':'x'")), 0, NULL,
      "item.ts", 1 },
};

static void check_door(void **state)
{
    const struct door_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_event_door door;
    struct error err;
    bool is_taken = accept_as(row->body, NULL, arena, &door, &err);

    if (is_taken == row->is_refused)
        fail_msg("%s", is_taken ? "it was taken" : err.message);
    if (row->is_refused) {
        assert_int_equal(err.code, ERR_INVALID);
        if (!strstr(err.message, quoted(row->says, arena)))
            fail_msg("no '%s' in: %s", row->says, err.message);
        return;
    }
    assert_int_equal(door.is, row->is);
    assert_int_equal(door.keys_count, row->first_key ? (row->is == SLACK_EVENT_ASKED ? 2 : 1) : 0);
    if (row->first_key) {
        assert_string_equal(door.keys[0], row->first_key);
        assert_string_equal(door.keys[door.keys_count - 1], "slack-event:T0EXAMPLE1:Ev0EXAMPLE1");
        assert_non_null(door.body);
        assert_string_equal(door.kind, row->is == SLACK_EVENT_ASKED ? "message" : "event");
    }
    if (row->is == SLACK_EVENT_IGNORED && !strstr(door.why, row->says))
        fail_msg("no '%s' in: %s", row->says, door.why);
    if (row->is == SLACK_EVENT_CHALLENGE)
        assert_string_equal(door.challenge, "3eZbrw1aB10-_.");
    if (row->is == SLACK_EVENT_LIMITED)
        assert_int_equal(door.limited_at_ms, INT64_C(1700000040000));
}

/* ---- what is asked ---- */

static const struct asked_row {
    const char *name, *event; /* inner */
    const char *verb;
    const char *words[5];
    const char *error; /* for the person */
} asked_rows[] = {
    { "what follows the mention", MENTION(STATUS), "status", { "api" }, NULL },
    { "with the name in it", MENTION("'<@" BOT "|opsgate> status api'"), "status", { "api" }, NULL },
    { "with a colon", MENTION("'<@" BOT ">: Status api'"), "status", { "api" }, NULL },
    { "with a comma, after blanks", MENTION("'  <@" BOT ">, status'"), "status", { NULL }, NULL },
    { "the mention alone", MENTION("'<@" BOT ">'"), "help", { NULL }, NULL },
    { "the mention alone, with a colon", MENTION("'<@" BOT ">:  '"), "help", { NULL }, NULL },
    { "several lines are one",
      MENTION("'<@" BOT ">\\ndeploy api staging\\n--reason \\'a fix\\''"),
      "deploy",
      { "api", "staging", "--reason", "a fix" },
      NULL },
    { "entities, smart quotes and dashes",
      MENTION("'<@" BOT "> deploy api \u2014reason \u201ca &amp; b\u201d'"),
      "deploy",
      { "api", "--reason", "a & b" },
      NULL },
    { "people, channels and links",
      MENTION("'<@" BOT "> x <@U0EXAMPLE2> <#C0EXAMPLE2|ops> <http://api.dev|api.dev>'"),
      "x",
      { "slack:U0EXAMPLE2", "C0EXAMPLE2", "api.dev" },
      NULL },
    { "the twin of a mention", IN_CHANNEL(STATUS), "status", { "api" }, NULL },
    { "a direct message", DIRECT("'status api'"), "status", { "api" }, NULL },
    { "a direct message with a mention", DIRECT(STATUS), "status", { "api" }, NULL },
    { "a direct message may name others",
      DIRECT("'x <@U0EXAMPLE2> <@U0EXAMPLE3>'"),
      "x",
      { "slack:U0EXAMPLE2", "slack:U0EXAMPLE3" },
      NULL },
    { "a tab is a blank, a control character too", DIRECT("'status\\tapi\\u001bx'"), "status", { "api", "x" }, NULL },

    { "a mention in the middle of a sentence",
      MENTION("'please do not let <@" BOT "> deploy api production'"),
      NULL,
      { NULL },
      "begins with the mention" },
    { "quoted", MENTION("'&gt; <@" BOT "> deploy api production'"), NULL, { NULL }, "begins with the mention" },
    { "in a block of code", MENTION("'```<@" BOT "> deploy api```'"), NULL, { NULL }, "begins with the mention" },
    { "somebody else first",
      MENTION("'<@U0EXAMPLE2> <@" BOT "> deploy api'"),
      NULL,
      { NULL },
      "begins with the mention" },
    { "a mention that does not end",
      MENTION("'<@" BOT " deploy api <@" BOT ">'"),
      NULL,
      { NULL },
      "begins with the mention" },
    { "two commands",
      MENTION("'<@" BOT "> status api\\n<@" BOT "> deploy api production'"),
      NULL,
      { NULL },
      "mentions me twice" },
    { "a quote that does not end", MENTION("'<@" BOT "> deploy \\'api'"), NULL, { NULL }, "quote does not end" },
};

static void check_words(const char *const *words, size_t most, const struct request *request)
{
    size_t count = 0;

    for (; count < most && words[count]; count++) {
        assert_true(count < request->words_count);
        assert_string_equal(request->words[count], words[count]);
    }
    assert_int_equal(request->words_count, count);
}

static struct inbox_item item_of(const struct slack_event_door *door)
{
    return (struct inbox_item){ .source = "slack",
                                .kind = door->kind,
                                .request_id = "r1",
                                .received_at = RECEIVED_MS,
                                .not_after = RECEIVED_MS + 60000,
                                .reply_to = door->reply_to,
                                .body = door->body };
}

static void check_asked(void **state)
{
    const struct asked_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct error err = { .code = ERR_NONE };
    struct slack_event_door door;
    struct inbox_item item;
    struct request request;

    accept(arena_printf(arena, EVENT("%s"), row->event), arena, &door);
    assert_int_equal(door.is, SLACK_EVENT_ASKED);
    item = item_of(&door);
    if (slack_event_decode_asked(&item, arena, &request, &err) != !row->error)
        fail_msg("%s", row->error ? "it was read" : err.message);
    if (row->error) {
        assert_int_equal(err.code, ERR_INVALID);
        if (!strstr(err.message, row->error))
            fail_msg("no '%s' in: %s", row->error, err.message);
        return;
    }
    assert_string_equal(request.verb, row->verb);
    check_words(row->words, ARRAY_LEN(row->words), &request);
    assert_string_equal(request.id, "r1");
    assert_string_equal(request.source, "slack");
    assert_string_equal(request.principal.system, "slack");
    assert_string_equal(request.principal.id, "U0EXAMPLE1");
    assert_string_equal(request.principal.team, "T0EXAMPLE1");
    assert_int_equal(request.received_at_ms, RECEIVED_MS);
    assert_int_equal(request.not_after_ms, RECEIVED_MS + 60000);
}

static void expect_refused_as(const struct inbox_item *item, enum err_code code, const char *why)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct request request;
    struct error err;

    assert_false(slack_event_decode_asked(item, arena, &request, &err));
    assert_int_equal(err.code, code);
    if (!strstr(err.message, why))
        fail_msg("no '%s' in: %s", why, err.message);
}

static void expect_refused(const struct inbox_item *item, const char *why)
{
    expect_refused_as(item, ERR_INVALID, why);
}

static void what_comes_late_is_not_done(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_event_door door;
    struct inbox_item item;
    struct request request;
    struct error err;

    (void)state;
    accept(EVENT(MENTION(STATUS)), arena, &door);
    assert_int_equal(door.written_at_ms, INT64_C(1700000000000));
    item = item_of(&door);
    assert_true(slack_event_decode_asked(&item, arena, &request, &err));
    item.received_at = door.written_at_ms + 24 * HOUR_MS; /* the store's clock is another than Slack's */
    assert_true(slack_event_decode_asked(&item, arena, &request, &err));
    item.received_at = door.written_at_ms - 24 * HOUR_MS;
    assert_true(slack_event_decode_asked(&item, arena, &request, &err));
    item.body = slack_event_asked_late(door.body, 2 * HOUR_MS, arena);
    expect_refused_as(&item, ERR_STALE, "2 h after it was written, which is too late");
}

static void what_is_asked_too_often_is_not_done(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_event_door door;
    struct inbox_item item;

    (void)state;
    accept(EVENT(MENTION(STATUS)), arena, &door);
    item = item_of(&door);
    item.body = slack_event_asked_too_often(door.body, "6 min", arena);
    expect_refused_as(&item, ERR_UNAVAILABLE, "too often within the hour, and may again in 6 min;");
}

static void a_text_without_end_is_refused_and_not_stored(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf text = BUF(2 << 20);
    struct slack_event_door door;
    struct inbox_item item;
    struct error err;

    (void)state;
    for (int i = 0; i < SLACK_ASKED_TEXT_MAX_BYTES; i++)
        buf_putc(&text, 'x');
    accept(arena_printf(arena, EVENT(MENTION("'<@" BOT "> %s'")), buf_text(&text)), arena, &door);
    assert_true(strlen(door.body) < 1000);
    item = item_of(&door);
    expect_refused(&item, "longer than");
    while (text.len < SLACK_EVENT_BODY_MAX_BYTES)
        buf_putc(&text, 'x');
    assert_false(accept_as(arena_printf(arena, EVENT(MENTION("'%s'")), buf_text(&text)), NULL, arena, &door, &err));
    assert_int_equal(err.code, ERR_INVALID);
    assert_non_null(strstr(err.message, "larger than"));
    buf_clear(&text);
    for (int i = 0; i < 5000; i++)
        buf_putc(&text, '[');
    assert_false(accept_as(arena_printf(arena, "{'type':%s", buf_text(&text)), NULL, arena, &door, &err));
}

/* ---- whose, and where the answer goes ---- */

static void where_the_answer_goes(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_event_door door;

    (void)state;
    accept(EVENT(MENTION(STATUS)), arena, &door); /* under the question */
    assert_string_equal(door.reply_to.door, "slack");
    assert_string_equal(door.reply_to.channel, "C0EXAMPLE1");
    assert_string_equal(door.reply_to.thread, TS);
    assert_string_equal(door.reply_to.user, "U0EXAMPLE1");
    assert_false(door.reply_to.is_for_one);
    assert_null(door.reply_to.url);
    assert_null(door.reply_to.instance);
    accept(EVENT(MENTION(STATUS) ",'thread_ts':'1699999999.000001'"), arena, &door); /* in its thread */
    assert_string_equal(door.reply_to.thread, "1699999999.000001");
    accept(EVENT(DIRECT("'help'")), arena, &door);
    assert_string_equal(door.reply_to.channel, "D0EXAMPLE1");
    assert_null(door.reply_to.thread);
    accept(OUTER("'is_ext_shared_channel':true," AUTHORIZED ",", MENTION(STATUS)), arena, &door); /* strangers listen */
    assert_true(door.reply_to.is_for_one);
}

static void check_team(const char *body, const char *team)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_event_door door;
    struct inbox_item item;
    struct request request;
    struct error err;

    accept(body, arena, &door);
    item = item_of(&door);
    assert_true(slack_event_decode_asked(&item, arena, &request, &err));
    assert_string_equal(request.principal.team, team);
    assert_string_equal(door.keys[0], "slack-message:T0EXAMPLE1:C0EXAMPLE1:" TS);
}

#define SHARED(event) OUTER("'is_ext_shared_channel':true," AUTHORIZED ",", event)

static void a_stranger_in_a_shared_channel_is_no_colleague(void **state)
{
    (void)state;
    check_team(SHARED(MENTION(STATUS) ",'user_team':'T0STRANGER','team':'T0EXAMPLE1'"), "T0STRANGER");
    check_team(SHARED(MENTION(STATUS) ",'source_team':'T0STRANGER'"), "T0STRANGER");
    check_team(SHARED(MENTION(STATUS) ",'team':'T0STRANGER'"), "T0STRANGER");
    check_team(SHARED(MENTION(STATUS) ",'team':'T0EXAMPLE1'"), "T0EXAMPLE1");
    check_team(SHARED(MENTION(STATUS)), "unknown"); /* which nobody's workspace is called */
    check_team(EVENT(MENTION(STATUS) ",'user_team':null"), "T0EXAMPLE1");
}

static void the_bots_name_may_be_known_already(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_event_door door;
    struct inbox_item item;
    struct request request;
    struct error err;

    (void)state;
    assert_true(accept_as(OUTER("", IN_CHANNEL(STATUS)), BOT, arena, &door, &err));
    assert_int_equal(door.is, SLACK_EVENT_ASKED);
    assert_true(accept_as(EVENT(MENTION(STATUS)), "U0OTHERBOT", arena, &door, &err)); /* ours is not the one named */
    item = item_of(&door);
    expect_refused(&item, "begins with the mention");
    /* nobody knows: then the one mention is ours, and of two it could not be said which */
    accept(OUTER("", MENTION(STATUS)), arena, &door);
    item = item_of(&door);
    assert_true(slack_event_decode_asked(&item, arena, &request, &err));
    assert_string_equal(request.verb, "status");
    accept(OUTER("", MENTION("'<@U0EXAMPLE2> deploy api production (cc <@" BOT ">)'")), arena, &door);
    item = item_of(&door);
    expect_refused(&item, "several people");
}

static void a_tree_gives_what_its_text_gives(void **state)
{
    static const char *const bodies[] = { EVENT(MENTION(STATUS)), EVENT(DIRECT("'help'")),
                                          EVENT("'type':'app_uninstalled'") };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        AUTO(arena) struct arena *arena = arena_create();
        struct slack_event_door text, tree;
        struct error err;
        const cJSON *payload = json_parse_in(arena, str_of(quoted(bodies[i], arena)), &err);

        accept(bodies[i], arena, &text);
        assert_true(slack_event_accept_payload(payload, NULL, arena, &tree, &err));
        assert_int_equal(text.is, tree.is);
        assert_string_equal(text.body, tree.body);
        assert_string_equal(text.keys[0], tree.keys[0]);
    }
}

static void little_is_stored(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_event_door door;

    (void)state;
    accept(EVENT(MENTION(STATUS) ",'blocks':[{'type':'rich_text'}],'client_msg_id':'x'"), arena, &door);
    assert_string_equal(door.body,
                        quoted("{'id':'Ev0EXAMPLE1','team':'T0EXAMPLE1','user_team':'T0EXAMPLE1','user':'U0EXAMPLE1',"
                               "'channel':'C0EXAMPLE1','ts':'" TS "','bot_user':'" BOT "','text':" STATUS "}",
                               arena));
}

/* ---- facts ---- */

static const struct told_row {
    const char *name, *event;
    const char *called, *subject, *meaning, *user, *body;
    int64_t at_ms;
} told_rows[] = {
    { "an archived channel", "'type':'channel_archive','channel':'C1','user':'U1','event_ts':'1700000002.000100'",
      "channel_archive", "T0EXAMPLE1/C1", "channel_archive:T0EXAMPLE1:C1:1700000002.000100", "U1",
      "{'team':'T0EXAMPLE1','channel':'C1'}", INT64_C(1700000002000) },
    { "a private one, without a time", "'type':'group_archive','channel':'G1'", "channel_archive", "T0EXAMPLE1/G1",
      NULL, "", "{'team':'T0EXAMPLE1','channel':'G1','is_private':true}", INT64_C(1700000001000) },
    { "a renamed channel",
      "'type':'channel_rename','channel':{'id':'C1','name':'ops-2','created':1},'event_ts':'1700000002000100'",
      "channel_rename", "T0EXAMPLE1/C1", "channel_rename:T0EXAMPLE1:C1:1700000002000100", "",
      "{'team':'T0EXAMPLE1','channel':'C1','name':'ops-2'}", INT64_C(1700000002000) },
    { "a channel with another id", "'type':'channel_id_changed','old_channel_id':'G1','new_channel_id':'C1'",
      "channel_id_changed", "T0EXAMPLE1/G1", NULL, "", "{'team':'T0EXAMPLE1','channel':'C1','old_channel':'G1'}",
      INT64_C(1700000001000) },
    { "a member",
      "'type':'member_joined_channel','channel':'C1','user':'U1','channel_type':'C','team':'T0OTHER','inviter':'U2'",
      "member_joined_channel", "T0EXAMPLE1/C1", NULL, "U1",
      "{'team':'T0EXAMPLE1','channel':'C1','user':'U1','inviter':'U2'}", INT64_C(1700000001000) },
    { "ourselves", "'type':'member_joined_channel','channel':'C1','user':'" BOT "'", "member_joined_channel",
      "T0EXAMPLE1/C1", NULL, BOT, "{'team':'T0EXAMPLE1','channel':'C1','user':'" BOT "','is_bot':true}",
      INT64_C(1700000001000) },
    { "the Home tab", "'type':'app_home_opened','user':'U1','channel':'D1','tab':'home','view':{'id':'V1'}",
      "app_home_opened", "T0EXAMPLE1/U1", NULL, "U1", "{'team':'T0EXAMPLE1','user':'U1','channel':'D1','tab':'home'}",
      INT64_C(1700000001000) },
    { "tokens", "'type':'tokens_revoked','tokens':{'oauth':['U1'],'bot':['" BOT "']}", "tokens_revoked",
      "T0EXAMPLE1/T0EXAMPLE1", NULL, "", "{'team':'T0EXAMPLE1','users':['U1'],'bots':['" BOT "']}",
      INT64_C(1700000001000) },
    { "the app itself", "'type':'app_uninstalled'", "app_uninstalled", "T0EXAMPLE1/T0EXAMPLE1", NULL, "",
      "{'team':'T0EXAMPLE1'}", INT64_C(1700000001000) },
    { "a group",
      "'type':'subteam_members_changed','subteam_id':'S1','team_id':'T0EXAMPLE1','date_previous_update':5,"
      "'date_update':7,'added_users':['U1','W2'],'added_users_count':'2','removed_users':[],"
      "'removed_users_count':0",
      "subteam_members_changed", "T0EXAMPLE1/S1", NULL, "",
      "{'team':'T0EXAMPLE1','group':'S1','added':['U1','W2'],'before_at_ms':5000,'updated_at_ms':7000}",
      INT64_C(1700000001000) },
    { "a group of which not all is told", "'type':'subteam_members_changed','subteam_id':'S1','removed_users_count':3",
      "subteam_members_changed", "T0EXAMPLE1/S1", NULL, "", "{'team':'T0EXAMPLE1','group':'S1','is_partial':true}",
      INT64_C(1700000001000) },
    { "a marked message",
      REACTION("pushpin", "'type':'message','channel':'C1','ts':'1700000000.000100'") ",'event_ts':'1700000002.000100'",
      "reaction_added", "T0EXAMPLE1/C1", "reaction_added:T0EXAMPLE1:C1:1700000002.000100", "U1",
      "{'team':'T0EXAMPLE1','channel':'C1','ts':'1700000000.000100'}", INT64_C(1700000002000) },
};

static void check_told(void **state)
{
    const struct told_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_FREE char *body = NULL;
    struct slack_event_door door;
    struct outside_event event;
    struct inbox_item item;
    struct error err;

    accept(arena_printf(arena, EVENT("%s"), row->event), arena, &door);
    assert_int_equal(door.is, SLACK_EVENT_TOLD);
    item = item_of(&door);
    if (!slack_event_decode_told(&item, arena, &event, &err))
        fail_msg("%s", err.message);
    assert_string_equal(event.id, "Ev0EXAMPLE1");
    assert_string_equal(event.source, "slack");
    assert_string_equal(event.name, row->called);
    assert_non_null(slack_event_shape(event.name));
    assert_string_equal(event.subject, row->subject);
    assert_int_equal(event.meaning != NULL, row->meaning != NULL);
    if (row->meaning)
        assert_string_equal(event.meaning, row->meaning);
    assert_string_equal(event.principal.id, row->user);
    assert_string_equal(event.principal.team, strstr(row->event, "T0OTHER") ? "T0OTHER" : "T0EXAMPLE1");
    assert_int_equal(event.occurred_at_ms, row->at_ms);
    assert_int_equal(event.received_at_ms, RECEIVED_MS);
    body = json_print(event.body);
    assert_string_equal(body, quoted(row->body, arena));
}

static void a_group_of_thousands_is_partial_and_fits(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf users = BUF(1 << 20);
    struct slack_event_door door;

    (void)state;
    for (int i = 0; i < 4000; i++)
        buf_addf(&users, "%s'U%063d'", i > 0 ? "," : "", i);
    accept(arena_printf(
               arena,
               EVENT("'type':'subteam_members_changed','subteam_id':'S1','added_users':[%s],'removed_users':[%s]"),
               buf_text(&users), buf_text(&users)),
           arena, &door);
    assert_non_null(strstr(door.body, "\"is_partial\":true"));
    assert_true(strlen(door.body) < INBOX_BODY_MAX_BYTES);
}

static void a_stored_item_that_makes_no_sense_is_refused(void **state)
{
    static const char *const bodies[] = {
        "",
        "x",
        "[]",
        "{}",
        "{'id':'Ev1','name':'app_uninstalled','team':'T1'}",
        "{'id':'Ev1','name':'app_uninstalled','team':'T1','body':7}",
        "{'id':'Ev1','name':'x','team':'T1','body':{'team':'T1'}}",
        "{'id':'Ev1','name':'channel_archive','team':'T1','body':{'team':'T1'}}",
        "{'id':'Ev1','team':'T1','user_team':'T1','user':'U1','channel':'C1','ts':'x','text':'help','is_direct':true}",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        AUTO(arena) struct arena *arena = arena_create();
        struct inbox_item item = { .request_id = "r1", .body = quoted(bodies[i], arena) };
        struct outside_event event;
        struct request request;
        struct error err;

        assert_false(slack_event_decode_told(&item, arena, &event, &err));
        assert_int_equal(err.code, ERR_INVALID);
        assert_false(slack_event_decode_asked(&item, arena, &request, &err));
        assert_int_equal(err.code, ERR_INVALID);
    }
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(what_comes_late_is_not_done),
        cmocka_unit_test(what_is_asked_too_often_is_not_done),
        cmocka_unit_test(a_text_without_end_is_refused_and_not_stored),
        cmocka_unit_test(where_the_answer_goes),
        cmocka_unit_test(a_stranger_in_a_shared_channel_is_no_colleague),
        cmocka_unit_test(the_bots_name_may_be_known_already),
        cmocka_unit_test(a_tree_gives_what_its_text_gives),
        cmocka_unit_test(little_is_stored),
        cmocka_unit_test(a_group_of_thousands_is_partial_and_fits),
        cmocka_unit_test(a_stored_item_that_makes_no_sense_is_refused),
    };
    int failed = ROWS(door_rows, check_door) + ROWS(asked_rows, check_asked) + ROWS(told_rows, check_told);

    return failed + cmocka_run_group_tests(others, NULL, NULL);
}
