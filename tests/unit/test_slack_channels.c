/* Channels of Slack: made once whatever gets lost, described, filled with people, put away; each refusal, each lost answer. */
#include "tests/unit/scripted_exchange.h"

#include "integrations/slack/channel.h"
#include "integrations/slack/channel_change.h"
#include "integrations/slack/invite.h"
#include "integrations/slack/message_read.h"
#include "integrations/slack/upload.h"

#define API "https://slack.com/api/"
#define CREATE "POST " API "conversations.create"
#define POST "POST " API "chat.postMessage"
#define ME_CALL "GET " API "auth.test"
#define OF_BOT_CALL                                                                                                    \
    "GET " API "users.conversations?types=public_channel%2Cprivate_channel&exclude_archived=true&limit=999"
#define HISTORY(channel)                                                                                               \
    "GET " API "conversations.history?channel=" channel "&include_all_metadata=true&limit=200"
#define ERROR(code) "{'ok':false,'error':'" code "'}"
#define OK "{'ok':true}"

#define MAKE "{'name':'inc-x','greeting':'This is D1'}"
#define MAKE_AGAIN "{'name':'inc-x','greeting':'This is D1','is_again':true}"
#define MAKE_PRIVATE "{'name':'inc-x','greeting':'This is D1','is_private':true}"
#define A_CHANNEL(id, name, more)                                                                                      \
    "{'id':'" id "','name':'" name "','creator':'UBOT','created':1700099990,'is_private':false" more "}"
#define MADE(id, name) "{'ok':true,'channel':" A_CHANNEL(id, name, "") "}"
#define GREETED "{'ok':true,'channel':'C1','ts':'170.5'}"
#define IS_MADE "{'channel':'C1','name':'inc-x','greeting_ts':'170.5'}"
#define IS_FOUND(ts) "{'channel':'C1','name':'inc-x','greeting_ts':'" ts "','was_found':true}"
#define ME "{'ok':true,'user_id':'UBOT'}"
#define LIST(channels) "{'ok':true,'channels':[" channels "],'response_metadata':{'next_cursor':''}}"
#define MESSAGES(list) "{'ok':true,'messages':[" list "]}"
#define JOINED "{'ts':'170.1','subtype':'channel_join','text':'x'}"
#define GREETING(ts, operation)                                                                                        \
    "{'ts':'" ts "','metadata':{'event_type':'opsgate_channel','event_payload':{'operation':'" operation "'}}}"
#define OUR_ID "birth-00000000000000a1"
#define OURS(ts) GREETING(ts, OUR_ID)
#define TAKEN { CREATE, { "'name':'inc-x'" }, NULL, 200, ERROR("name_taken") }
#define LOOK(channels) { ME_CALL, { NULL }, NULL, 200, ME }, { OF_BOT_CALL, { NULL }, NULL, 200, LIST(channels) }
#define LOOK_AGAIN(channels) { OF_BOT_CALL, { NULL }, NULL, 200, LIST(channels), .wait_ms = 3000 }
#define CREATED { CREATE, { "'name':'inc-x'", "'is_private':false" }, NULL, 200, MADE("C1", "inc-x") }
#define GREET { POST, { "'channel':'C1'", "'event_type':'opsgate_channel'", "'operation':'" OUR_ID "'", "This is D1" }, NULL, 200, GREETED }

#define TAKEN_N(n) { CREATE, { "'name':'inc-x-" n "'" }, NULL, 200, ERROR("name_taken") }
#define RELOOK { OF_BOT_CALL, { NULL }, NULL, 200, LIST("") }
#define LONG "Fifty characters of a topic, no more and no less: "
#define BOOKMARK "{'channel':'C1','title':'Runbook','link':'https://r'}"
#define ADD_MARK "POST " API "bookmarks.add"
#define LIST_MARKS "GET " API "bookmarks.list?channel_id=C1"
#define MARKED "{'ok':true,'bookmark':{'id':'Bk1'}}"
#define ASK "{'channel':'C1'}"
#define ARCHIVE "POST " API "conversations.archive"
#define UNARCHIVE "POST " API "conversations.unarchive"
#define RENAME "POST " API "conversations.rename"
#define RENAME_ARGS "{'channel':'C1','name':'inc-y'}"
#define INFO "GET " API "conversations.info?channel=C1"
#define MEMBERS "GET " API "conversations.members?channel=C1&limit=500"

#define LINK_CALL "GET " API "chat.getPermalink?channel=C1&message_ts=170.5"
#define LINKED { LINK_CALL, { NULL }, NULL, 200, "{'ok':true,'permalink':'https://a.slack.com/p1'}" }
#define AROUND "latest=170.5&oldest=170.5&inclusive=true&limit=2"
#define STANDS_CALL "GET " API "conversations.history?channel=C1&" AROUND
#define REPLIES_CALL "GET " API "conversations.replies?channel=C1&ts=170.5&" AROUND
#define MESSAGE_OF "{'channel':'C1','ts':'170.5','with_text':true}"
#define INVITE_CALL "POST " API "conversations.invite"
#define INVITE(users) "{'channel':'C1','users':[" users "]}"
#define REFUSED(user, error, why) "{'user':'" user "','error':'" error "','why':'" why "'}"
#define NAMED(user, error) "{'user':'" user "','ok':false,'error':'" error "'}"
#define NO_SUCH "it knows no such user"
#define GUEST "a guest of one channel who is in another one"

#define UPLOAD                                                                                                         \
    "{'channel':'C1','filename':'post-mortem-D1-1.md','title':'Post-mortem','comment':'<it>','content':'# D1'}"
#define ADDRESS_CALL "GET " API "files.getUploadURLExternal?filename=post-mortem-D1-1.md&length=4"
#define ADDRESS "{'ok':true,'upload_url':'https://files.slack.com/upload/v1/abc','file_id':'F1'}"
#define SEND "POST https://files.slack.com/upload/v1/abc"
#define COMPLETE "POST " API "files.completeUploadExternal"
#define SINCE(method, more) "GET " API method "?channel=C1&oldest=1700013600.000000&limit=200" more
#define FILES(name) "{'ok':true,'messages':[{'ts':'1.0'},{'ts':'1.1','files':[{'id':'F9','name':'" name "'}]}]}"
#define SENT                                                                                                           \
    { ADDRESS_CALL, { NULL }, NULL, 200, ADDRESS }, { SEND, { "# D1" }, NULL, 200, "OK", .signature = "none" }
#define COMPLETED                                                                                                      \
    {                                                                                                                  \
        COMPLETE, { "'id':'F1'", "'title':'Post-mortem'", "'channel_id':'C1'", "'initial_comment':'&lt;it&gt;'" },     \
            NULL, 200, OK                                                                                              \
    }

/* clang-format off */
static const struct scripted_row rows[] = {
    /* ---- a channel is made ---- */
    { "a channel is made and greeted", slack_channel_make, MAKE, .is_first_try = true,
      .calls = { CREATED, GREET }, .next = NEXT_DONE, .result = IS_MADE },
    { "a private one", slack_channel_make, MAKE_PRIVATE, .is_first_try = true,
      .calls = { { CREATE, { "'is_private':true" }, NULL, 200,
                   "{'ok':true,'channel':{'id':'C1','name':'inc-x','is_private':true}}" }, GREET },
      .next = NEXT_DONE, .result = "{'channel':'C1','name':'inc-x','is_private':true,'greeting_ts':'170.5'}" },
    { "Slack's own idea of the name is told", slack_channel_make, MAKE, .is_first_try = true,
      .calls = { { CREATE, { NULL }, NULL, 200, MADE("C1", "inc_x") }, GREET }, .next = NEXT_DONE,
      .result = "{'channel':'C1','name':'inc_x','greeting_ts':'170.5'}" },
    { "a name that a stranger has is passed over", slack_channel_make, MAKE, .is_first_try = true,
      .calls = { TAKEN, LOOK("{'id':'C7','name':'inc-x','creator':'UANN','created':1700099990}"),
                 { CREATE, { "'name':'inc-x-2'" }, NULL, 200, MADE("C1", "inc-x-2") }, GREET },
      .next = NEXT_DONE, .result = "{'channel':'C1','name':'inc-x-2','greeting_ts':'170.5'}" },
    { "so is one of an archived or private channel, which is not seen", slack_channel_make, MAKE, .is_first_try = true,
      .calls = { TAKEN, LOOK(""), { CREATE, { "'name':'inc-x-2'" }, NULL, 200, ERROR("name_taken") },
                 { OF_BOT_CALL, { NULL }, NULL, 200, LIST("") },
                 { CREATE, { "'name':'inc-x-3'" }, NULL, 200, MADE("C1", "inc-x-3") }, GREET },
      .next = NEXT_DONE },
    { "so is that of another incident of the day", slack_channel_make, MAKE, .is_first_try = true,
      .calls = { TAKEN, LOOK(A_CHANNEL("C7", "inc-x", "")),
                 { HISTORY("C7"), { NULL }, NULL, 200, MESSAGES(GREETING("170.2", "birth-1") "," JOINED) },
                 { CREATE, { "'name':'inc-x-2'" }, NULL, 200, MADE("C1", "inc-x-2") }, GREET },
      .next = NEXT_DONE },
    { "all names are taken", slack_channel_make, MAKE, .is_first_try = true,
      .calls = { TAKEN, LOOK(""), TAKEN_N("2"), RELOOK, TAKEN_N("3"), RELOOK, TAKEN_N("4"), RELOOK, TAKEN_N("5"), TAKEN_N("6"),
                 TAKEN_N("7"), TAKEN_N("8"), TAKEN_N("9"), TAKEN_N("10"), TAKEN_N("11"), TAKEN_N("12") },
      .next = NEXT_NEVER, .error = "from #inc-x to #inc-x-12" },

    /* ---- answers are lost ---- */
    { "a lost answer is an outage", slack_channel_make, MAKE, .is_first_try = true, .calls = { { CREATE, .status = 0 } },
      .next = NEXT_AGAIN, .is_outage = true },
    { "what the lost try has made is found, and greeted", slack_channel_make, MAKE,
      .calls = { LOOK(A_CHANNEL("C1", "inc-x", "")), { HISTORY("C1"), { NULL }, NULL, 200, MESSAGES(JOINED) }, GREET,
                 { HISTORY("C1"), { NULL }, NULL, 200, MESSAGES(OURS("170.5") "," JOINED) } },
      .next = NEXT_DONE, .result = IS_FOUND("170.5") },
    { "what it has made and greeted is found", slack_channel_make, MAKE,
      .calls = { LOOK(A_CHANNEL("C7", "inc", "") "," A_CHANNEL("C1", "inc-x", "")),
                 { HISTORY("C1"), { NULL }, NULL, 200, MESSAGES(OURS("170.4") "," JOINED) } },
      .next = NEXT_DONE, .result = IS_FOUND("170.4") },
    { "under another number, too", slack_channel_make, MAKE,
      .calls = { LOOK(A_CHANNEL("C1", "inc-x-3", "")), { HISTORY("C1"), { NULL }, NULL, 200, MESSAGES(OURS("170.4")) } },
      .next = NEXT_DONE, .result = "{'channel':'C1','name':'inc-x-3','greeting_ts':'170.4','was_found':true}" },
    { "and renamed meanwhile", slack_channel_make, MAKE,
      .calls = { LOOK(A_CHANNEL("C1", "outage", ",'previous_names':['inc-x']")),
                 { HISTORY("C1"), { NULL }, NULL, 200, MESSAGES(OURS("170.4")) } },
      .next = NEXT_DONE, .result = "{'channel':'C1','name':'outage','greeting_ts':'170.4','was_found':true}" },
    { "on the second page of many", slack_channel_make, MAKE,
      .calls = { { ME_CALL, { NULL }, NULL, 200, ME },
                 { OF_BOT_CALL, { NULL }, NULL, 200, "{'ok':true,'channels':[],'response_metadata':{'next_cursor':'n='}}" },
                 { OF_BOT_CALL "&cursor=n%3D", { NULL }, NULL, 200, LIST(A_CHANNEL("C1", "inc-x", "")) },
                 { HISTORY("C1"), { NULL }, NULL, 200, MESSAGES(OURS("170.4")) } },
      .next = NEXT_DONE, .result = IS_FOUND("170.4") },
    { "nothing is there: it is made now", slack_channel_make, MAKE, .calls = { LOOK(""), CREATED, GREET }, .next = NEXT_DONE,
      .result = IS_MADE },
    { "nothing was seen, yet the name is taken: it is looked again, later", slack_channel_make, MAKE,
      .calls = { LOOK(""), TAKEN, LOOK_AGAIN(A_CHANNEL("C1", "inc-x", "")),
                 { HISTORY("C1"), { NULL }, NULL, 200, MESSAGES(OURS("170.4")) } },
      .next = NEXT_DONE, .result = IS_FOUND("170.4") },
    { "a call that came twice finds what it has made itself", slack_channel_make, MAKE, .is_first_try = true,
      .calls = { TAKEN, LOOK(A_CHANNEL("C1", "inc-x", "")), { HISTORY("C1"), { NULL }, NULL, 200, MESSAGES(JOINED) }, GREET,
                 { HISTORY("C1"), { NULL }, NULL, 200, MESSAGES(OURS("170.5")) } },
      .next = NEXT_DONE, .result = IS_FOUND("170.5") },
    { "a greeting that was lost is no second channel", slack_channel_make, MAKE, .is_first_try = true,
      .calls = { CREATED, { POST, .status = 503 } }, .next = NEXT_AGAIN, .is_outage = true },
    { "a further effect of the operation looks first, if it is told to", slack_channel_make, MAKE_AGAIN, .is_first_try = true,
      .calls = { LOOK(A_CHANNEL("C1", "inc-x", "")), { HISTORY("C1"), { NULL }, NULL, 200, MESSAGES(OURS("170.4")) } },
      .next = NEXT_DONE, .result = IS_FOUND("170.4") },
    { "of two greetings the older one owns it", slack_channel_make, MAKE,
      .calls = { LOOK(A_CHANNEL("C7", "inc-x", "")),
                 { HISTORY("C7"), { NULL }, NULL, 200, MESSAGES(OURS("170.30") "," GREETING("170.4", "birth-1")) },
                 TAKEN, LOOK_AGAIN(A_CHANNEL("C7", "inc-x", "")),
                 { CREATE, { "'name':'inc-x-2'" }, NULL, 200, MADE("C1", "inc-x-2") }, GREET },
      .next = NEXT_DONE },
    { "who greets second while another one did has none of it", slack_channel_make, MAKE,
      .calls = { LOOK(A_CHANNEL("C1", "inc-x", "")), { HISTORY("C1"), { NULL }, NULL, 200, MESSAGES(JOINED) }, GREET,
                 { HISTORY("C1"), { NULL }, NULL, 200, MESSAGES(OURS("170.5") "," GREETING("170.4", "birth-1")) },
                 TAKEN, LOOK_AGAIN(A_CHANNEL("C1", "inc-x", "")),
                 { CREATE, { "'name':'inc-x-2'" }, NULL, 200, MADE("C1", "inc-x-2") }, GREET },
      .next = NEXT_DONE },
    { "a private channel is not taken for a public one, nor the other way round", slack_channel_make, MAKE_PRIVATE,
      .calls = { LOOK(A_CHANNEL("C7", "inc-x", "")), { HISTORY("C7"), { NULL }, NULL, 200, MESSAGES(JOINED) },
                 TAKEN, LOOK_AGAIN(A_CHANNEL("C7", "inc-x", "")),
                 { CREATE, { "'name':'inc-x-2'" }, NULL, 200, MADE("C1", "inc-x-2") }, GREET },
      .next = NEXT_DONE },
    { "an old channel of that name is not ours", slack_channel_make, MAKE,
      .calls = { LOOK("{'id':'C7','name':'inc-x','creator':'UBOT','created':1700013599}"), CREATED, GREET },
      .next = NEXT_DONE },
    { "much that was said there is not read to its end: somebody has it", slack_channel_make, MAKE,
      .calls = { LOOK(A_CHANNEL("C7", "inc-x", "")),
                 { HISTORY("C7"), { NULL }, NULL, 200, "{'ok':true,'messages':[],'response_metadata':{'next_cursor':'a'}}" },
                 { HISTORY("C7") "&cursor=a", { NULL }, NULL, 200,
                   "{'ok':true,'messages':[],'response_metadata':{'next_cursor':'b'}}" },
                 TAKEN, LOOK_AGAIN(A_CHANNEL("C7", "inc-x", "")),
                 { CREATE, { "'name':'inc-x-2'" }, NULL, 200, MADE("C1", "inc-x-2") }, GREET },
      .next = NEXT_DONE },

    { "a greeting that names no operation is somebody else's", slack_channel_make, MAKE,
      .calls = { LOOK(A_CHANNEL("C7", "inc-x", "")),
                 { HISTORY("C7"), { NULL }, NULL, 200,
                   MESSAGES("{'ts':'170.2','metadata':{'event_type':'opsgate_channel','event_payload':{'effect':'birth-e1'}}}") },
                 TAKEN, LOOK_AGAIN(A_CHANNEL("C7", "inc-x", "")),
                 { CREATE, { "'name':'inc-x-2'" }, NULL, 200, MADE("C1", "inc-x-2") }, GREET },
      .next = NEXT_DONE },
    { "one without a greeting, but with a topic, is somebody's: theirs was refused", slack_channel_make, MAKE, .is_first_try = true,
      .calls = { TAKEN, LOOK(A_CHANNEL("C7", "inc-x", ",'topic':{'value':'P1: api'},'purpose':{'value':''}")),
                 { HISTORY("C7"), { NULL }, NULL, 200, MESSAGES(JOINED) },
                 { CREATE, { "'name':'inc-x-2'" }, NULL, 200, MADE("C1", "inc-x-2") }, GREET },
      .next = NEXT_DONE },
    { "an empty topic is none", slack_channel_make, MAKE,
      .calls = { LOOK(A_CHANNEL("C1", "inc-x", ",'topic':{'value':''},'purpose':{'value':''}")),
                 { HISTORY("C1"), { NULL }, NULL, 200, MESSAGES(JOINED) }, GREET,
                 { HISTORY("C1"), { NULL }, NULL, 200, MESSAGES(OURS("170.5")) } },
      .next = NEXT_DONE, .result = IS_FOUND("170.5") },
    { "no list of channels is not taken for none: there would be a second one", slack_channel_make, MAKE,
      .calls = { { ME_CALL, { NULL }, NULL, 200, ME }, { OF_BOT_CALL, { NULL }, NULL, 200, OK } }, .next = NEXT_AGAIN,
      .error = "users.conversations without a list" },
    { "nor no list of messages: it may be somebody's", slack_channel_make, MAKE,
      .calls = { LOOK(A_CHANNEL("C7", "inc-x", "")), { HISTORY("C7"), { NULL }, NULL, 200, OK } }, .next = NEXT_AGAIN,
      .error = "conversations.history without a list" },

    /* ---- refusals ---- */
    { "a bot that may make no channels", slack_channel_make, MAKE, .is_first_try = true,
      .calls = { { CREATE, { NULL }, NULL, 200, ERROR("restricted_action") } }, .next = NEXT_NEVER, .error = "ask its owner" },
    { "a scope that is missing is named", slack_channel_make, MAKE, .is_first_try = true,
      .calls = { { CREATE, { NULL }, NULL, 200, "{'ok':false,'error':'missing_scope','needed':'channels:manage'}" } },
      .next = NEXT_NEVER, .error = "[channels:manage]" },
    { "a limit says for how long", slack_channel_make, MAKE, .is_first_try = true,
      .calls = { { CREATE, .status = 429, .answer = ERROR("ratelimited"), .header = { "retry-after", "30" } } },
      .next = NEXT_AGAIN, .is_outage = true, .after_ms = 30000, .limit = "conversations.create" },
    { "where the bot may not post, the channel is good all the same", slack_channel_make, MAKE, .is_first_try = true,
      .calls = { CREATED, { POST, { NULL }, NULL, 200, ERROR("restricted_action") } }, .next = NEXT_DONE,
      .result = "{'channel':'C1','name':'inc-x','greeting_error':'Slack refused chat.postMessage: restricted_action - the "
                "workspace lets only some people do that: ask its owner'}" },
    { "an answer that does not say which channel", slack_channel_make, MAKE, .is_first_try = true,
      .calls = { { CREATE, { NULL }, NULL, 200, OK } }, .next = NEXT_AGAIN, .error = "will be looked for" },
    { "no JSON", slack_channel_make, MAKE, .is_first_try = true, .calls = { { CREATE, { NULL }, NULL, 200, "<html>" } },
      .next = NEXT_AGAIN, .is_outage = true },
    { "who the bot is must be said", slack_channel_make, MAKE, .calls = { { ME_CALL, { NULL }, NULL, 200, OK } },
      .next = NEXT_AGAIN, .error = "who the bot is" },
    { "a name that Slack does not take is not asked for", slack_channel_make, "{'name':'Inc X','greeting':'g'}",
      .is_first_try = true, .next = NEXT_NEVER, .error = "no name that Slack takes" },
    { "without a greeting it is not made", slack_channel_make, "{'name':'inc-x','greeting':''}", .is_first_try = true,
      .next = NEXT_NEVER, .error = "could not be found again" },

    /* ---- people ---- */
    { "people are invited with one call", slack_channel_invite, INVITE("'U1','U2'"), .is_first_try = true,
      .calls = { { INVITE_CALL, { "'channel':'C1'", "'users':'U1,U2'", "'force':true" }, NULL, 200, OK } },
      .next = NEXT_DONE, .result = "{'invited':['U1','U2']}" },
    { "nobody is invited without a call", slack_channel_invite, INVITE(""), .is_first_try = true, .next = NEXT_DONE,
      .result = "{}" },
    { "each once", slack_channel_invite, INVITE("'U1','U1'"), .is_first_try = true,
      .calls = { { INVITE_CALL, { "'users':'U1'" }, NULL, 200, OK } }, .next = NEXT_DONE, .result = "{'invited':['U1']}" },
    { "who is passed over is named", slack_channel_invite, INVITE("'U1','U2','U3'"), .is_first_try = true,
      .calls = { { INVITE_CALL, { NULL }, NULL, 200,
                   "{'ok':true,'errors':[" NAMED("U2", "already_in_channel") "," NAMED("U3", "ura_max_channels") "]}" } },
      .next = NEXT_DONE,
      .result = "{'invited':['U1'],'present':['U2'],'refused':[" REFUSED("U3", "ura_max_channels", GUEST) "]}" },
    { "refused as a whole, the others are invited again", slack_channel_invite, INVITE("'U1','U2','U3'"), .is_first_try = true,
      .calls = { { INVITE_CALL, { "'users':'U1,U2,U3'" }, NULL, 200,
                   "{'ok':false,'error':'user_not_found','errors':[" NAMED("U1", "user_not_found") ","
                   NAMED("U3", "cant_invite_self") "]}" },
                 { INVITE_CALL, { "'users':'U2'" }, NULL, 200, OK } },
      .next = NEXT_DONE,
      .result = "{'invited':['U2'],'present':['U3'],'refused':[" REFUSED("U1", "user_not_found", NO_SUCH) "]}" },
    { "refused as a whole without a name, each half alone", slack_channel_invite, INVITE("'U1','U2','U3'"), .is_first_try = true,
      .calls = { { INVITE_CALL, { "'users':'U1,U2,U3'" }, NULL, 200, ERROR("user_not_found") },
                 { INVITE_CALL, { "'users':'U1'" }, NULL, 200, OK },
                 { INVITE_CALL, { "'users':'U2,U3'" }, NULL, 200, ERROR("already_in_channel") },
                 { INVITE_CALL, { "'users':'U2'" }, NULL, 200, ERROR("already_in_channel") },
                 { INVITE_CALL, { "'users':'U3'" }, NULL, 200, ERROR("user_not_found") } },
      .next = NEXT_DONE,
      .result = "{'invited':['U1'],'present':['U2'],'refused':[" REFUSED("U3", "user_not_found", NO_SUCH) "]}" },
    { "all refused is done, too", slack_channel_invite, INVITE("'U1'"), .is_first_try = true,
      .calls = { { INVITE_CALL, { NULL }, NULL, 200, ERROR("user_is_restricted") } }, .next = NEXT_DONE,
      .result = "{'refused':[" REFUSED("U1", "user_is_restricted",
                                       "a guest who may not see that channel: add them in Slack, if you may") "]}" },
    { "what is no id is not asked for", slack_channel_invite, INVITE("'@ann','U2'"), .is_first_try = true,
      .calls = { { INVITE_CALL, { "'users':'U2'" }, NULL, 200, OK } }, .next = NEXT_DONE,
      .result = "{'invited':['U2'],'refused':["
                REFUSED("@ann", "invalid_user", "that is no id of a user such as U012AB3CD") "]}" },
    { "a second try finds those of the first", slack_channel_invite, INVITE("'U1','U2'"),
      .calls = { { INVITE_CALL, { NULL }, NULL, 200,
                   "{'ok':false,'error':'already_in_channel','errors':[" NAMED("U1", "already_in_channel") ","
                   NAMED("U2", "already_in_channel") "]}" } },
      .next = NEXT_DONE, .result = "{'present':['U1','U2']}" },
    { "a channel without the bot", slack_channel_invite, INVITE("'U1'"), .is_first_try = true,
      .calls = { { INVITE_CALL, { NULL }, NULL, 200, ERROR("not_in_channel") } }, .next = NEXT_NEVER, .error = "/invite" },
    { "an archived one", slack_channel_invite, INVITE("'U1'"), .is_first_try = true,
      .calls = { { INVITE_CALL, { NULL }, NULL, 200, ERROR("is_archived") } }, .next = NEXT_NEVER, .error = "archived" },
    { "a limit on invitations", slack_channel_invite, INVITE("'U1'"), .is_first_try = true,
      .calls = { { INVITE_CALL, .status = 429, .header = { "retry-after", "7" } } }, .next = NEXT_AGAIN, .is_outage = true,
      .after_ms = 7000, .limit = "conversations.invite" },
    { "an invitation that is lost", slack_channel_invite, INVITE("'U1'"), .is_first_try = true,
      .calls = { { INVITE_CALL, .status = 0 } }, .next = NEXT_AGAIN, .is_outage = true },
    { "a name is no channel to invite to", slack_channel_invite, "{'channel':'#inc-x','users':['U1']}", .next = NEXT_NEVER,
      .error = "an id such as" },

    /* ---- topic and purpose ---- */
    { "a topic, without marks", slack_channel_topic, "{'channel':'C1','text':'*P1* <!channel>'}", .is_first_try = true,
      .calls = { { "POST " API "conversations.setTopic", { "'channel':'C1'", "'topic':'P1 &lt;!channel&gt;'" }, NULL, 200, OK } },
      .next = NEXT_DONE, .result = "{'channel':'C1'}" },
    { "a purpose", slack_channel_purpose, "{'channel':'C1','text':'why'}",
      .calls = { { "POST " API "conversations.setPurpose", { "'purpose':'why'" }, NULL, 200, OK } }, .next = NEXT_DONE },
    { "a long topic is cut", slack_channel_topic,
      "{'channel':'C1','text':'" LONG LONG LONG LONG LONG LONG "'}",
      .calls = { { "POST " API "conversations.setTopic", { "'topic':'" LONG LONG LONG LONG, "…'" }, LONG LONG LONG LONG LONG, 200, OK } },
      .next = NEXT_DONE },
    { "a topic that is refused", slack_channel_topic, "{'channel':'C1','text':'x'}",
      .calls = { { "POST " API "conversations.setTopic", { NULL }, NULL, 200, ERROR("not_in_channel") } }, .next = NEXT_NEVER,
      .error = "not_in_channel" },
    { "a limit on topics", slack_channel_topic, "{'channel':'C1','text':'x'}",
      .calls = { { "POST " API "conversations.setTopic", .status = 429 } }, .next = NEXT_AGAIN, .is_outage = true,
      .limit = "conversations.setTopic" },

    /* ---- pins ---- */
    { "a message is pinned", slack_channel_pin, "{'channel':'C1','ts':'1.5'}",
      .calls = { { "POST " API "pins.add", { "'channel':'C1'", "'timestamp':'1.5'" }, NULL, 200, OK } }, .next = NEXT_DONE,
      .result = "{'channel':'C1','ts':'1.5'}" },
    { "the operation's card, where no message is named", slack_channel_pin, "{}", .card_channel = "C2", .card_ts = "2.5",
      .calls = { { "POST " API "pins.add", { "'channel':'C2'", "'timestamp':'2.5'" }, NULL, 200, OK } }, .next = NEXT_DONE,
      .result = "{'channel':'C2','ts':'2.5'}" },
    { "without a card there is nothing to pin", slack_channel_pin, "{}", .next = NEXT_NEVER, .error = "no card yet" },
    { "what is pinned already is done", slack_channel_pin, "{'channel':'C1','ts':'1.5'}",
      .calls = { { "POST " API "pins.add", { NULL }, NULL, 200, ERROR("already_pinned") } }, .next = NEXT_DONE },
    { "a message that is gone", slack_channel_pin, "{'channel':'C1','ts':'1.5'}",
      .calls = { { "POST " API "pins.add", { NULL }, NULL, 200, ERROR("message_not_found") } }, .next = NEXT_NEVER,
      .error = "message_not_found" },
    { "too many pins", slack_channel_pin, "{'channel':'C1','ts':'1.5'}",
      .calls = { { "POST " API "pins.add", { NULL }, NULL, 200, ERROR("too_many_pins") } }, .next = NEXT_NEVER,
      .error = "unpin one" },

    /* ---- bookmarks ---- */
    { "a bookmark", slack_channel_bookmark, BOOKMARK, .is_first_try = true,
      .calls = { { ADD_MARK, { "'channel_id':'C1'", "'title':'Runbook'", "'link':'https://r'", "'type':'link'" }, "'channel':", 200, MARKED } },
      .next = NEXT_DONE, .result = "{'bookmark':'Bk1'}" },
    { "in doubt it is looked for", slack_channel_bookmark, BOOKMARK,
      .calls = { { LIST_MARKS, { NULL }, NULL, 200, "{'ok':true,'bookmarks':[{'id':'Bk0','title':'x'},{'id':'Bk1','title':'Runbook'}]}" } },
      .next = NEXT_DONE, .result = "{'bookmark':'Bk1','existed':true}" },
    { "and added when it is not there", slack_channel_bookmark, BOOKMARK,
      .calls = { { LIST_MARKS, { NULL }, NULL, 200, "{'ok':true,'bookmarks':[]}" }, { ADD_MARK, { NULL }, NULL, 200, MARKED } },
      .next = NEXT_DONE },
    { "no list of bookmarks is not taken for none", slack_channel_bookmark, BOOKMARK,
      .calls = { { LIST_MARKS, { NULL }, NULL, 200, OK } }, .next = NEXT_AGAIN, .error = "bookmarks.list without a list" },
    { "it must be said which it is", slack_channel_bookmark, BOOKMARK, .is_first_try = true,
      .calls = { { ADD_MARK, { NULL }, NULL, 200, OK } }, .next = NEXT_AGAIN, .error = "will be looked for" },
    { "too many bookmarks", slack_channel_bookmark, BOOKMARK, .is_first_try = true,
      .calls = { { ADD_MARK, { NULL }, NULL, 200, ERROR("too_many_bookmarks") } }, .next = NEXT_NEVER, .error = "remove one" },
    { "a bookmark's scope to read is missing", slack_channel_bookmark, BOOKMARK,
      .calls = { { LIST_MARKS, { NULL }, NULL, 200, ERROR("missing_scope") } }, .next = NEXT_NEVER, .error = "missing_scope" },

    /* ---- archived, and back ---- */
    { "archived", slack_channel_archive, ASK, .calls = { { ARCHIVE, { "'channel':'C1'" }, NULL, 200, OK } }, .next = NEXT_DONE,
      .result = "{'channel':'C1'}" },
    { "archived already", slack_channel_archive, ASK,
      .calls = { { ARCHIVE, { NULL }, NULL, 200, ERROR("already_archived") } }, .next = NEXT_DONE },
    { "the channel of everybody is not", slack_channel_archive, ASK,
      .calls = { { ARCHIVE, { NULL }, NULL, 200, ERROR("cant_archive_general") } }, .next = NEXT_NEVER, .error = "stays" },
    { "out of which the bot was thrown", slack_channel_archive, ASK,
      .calls = { { ARCHIVE, { NULL }, NULL, 200, ERROR("not_in_channel") } }, .next = NEXT_NEVER, .error = "/invite" },
    { "unarchived", slack_channel_unarchive, ASK, .calls = { { UNARCHIVE, { "'channel':'C1'" }, NULL, 200, OK } },
      .next = NEXT_DONE },
    { "not archived at all", slack_channel_unarchive, ASK,
      .calls = { { UNARCHIVE, { NULL }, NULL, 200, ERROR("not_archived") } }, .next = NEXT_DONE },
    { "a bot may not, and people are told what to do", slack_channel_unarchive, ASK,
      .calls = { { UNARCHIVE, { NULL }, NULL, 200, ERROR("not_in_channel") } }, .next = NEXT_NEVER, .error = "do it in Slack" },

    /* ---- a name ---- */
    { "renamed", slack_channel_rename, RENAME_ARGS,
      .calls = { { RENAME, { "'channel':'C1'", "'name':'inc-y'" }, NULL, 200, "{'ok':true,'channel':{'id':'C1','name':'inc-y'}}" } },
      .next = NEXT_DONE, .result = "{'channel':'C1','name':'inc-y'}" },
    { "a name that is taken gets a number", slack_channel_rename, RENAME_ARGS,
      .calls = { { RENAME, { NULL }, NULL, 200, ERROR("name_taken") },
                 { INFO, { NULL }, NULL, 200, "{'ok':true,'channel':{'id':'C1','name':'inc-x'}}" },
                 { RENAME, { "'name':'inc-y-2'" }, NULL, 200, OK } },
      .next = NEXT_DONE, .result = "{'channel':'C1','name':'inc-y-2'}" },
    { "by itself it is done", slack_channel_rename, RENAME_ARGS,
      .calls = { { RENAME, { NULL }, NULL, 200, ERROR("name_taken") },
                 { INFO, { NULL }, NULL, 200, "{'ok':true,'channel':{'id':'C1','name':'inc-y-2'}}" } },
      .next = NEXT_DONE, .result = "{'channel':'C1','name':'inc-y-2'}" },
    { "somebody else's channel is not renamed", slack_channel_rename, RENAME_ARGS,
      .calls = { { RENAME, { NULL }, NULL, 200, ERROR("not_authorized") } }, .next = NEXT_NEVER, .error = "a person does" },
    { "to a name that Slack does not take", slack_channel_rename, "{'channel':'C1','name':'Ü'}", .next = NEXT_NEVER,
      .error = "no name" },

    /* ---- files ---- */
    { "a file is uploaded", slack_file_upload, UPLOAD, .is_first_try = true, .calls = { SENT, COMPLETED }, .next = NEXT_DONE,
      .result = "{'file':'F1'}" },
    { "in doubt it is looked for, later", slack_file_upload, UPLOAD,
      .calls = { { SINCE("conversations.history", ""), { NULL }, NULL, 200, FILES("post-mortem-D1-1.md"), .wait_ms = 3000 } },
      .next = NEXT_DONE, .result = "{'file':'F9','existed':true}" },
    { "in its thread", slack_file_upload,
      "{'channel':'C1','thread_ts':'1.0','filename':'post-mortem-D1-1.md','title':'t','content':'# D1'}",
      .calls = { { SINCE("conversations.replies", "&ts=1.0"), { NULL }, NULL, 200, FILES("post-mortem-D1-1.md"), .wait_ms = 3000 } },
      .next = NEXT_DONE, .result = "{'file':'F9','existed':true}" },
    { "and uploaded when it is not there", slack_file_upload, UPLOAD,
      .calls = { { SINCE("conversations.history", ""), { NULL }, NULL, 200, FILES("post-mortem-D1-2.md"), .wait_ms = 3000 }, SENT,
                 COMPLETED },
      .next = NEXT_DONE, .result = "{'file':'F1'}" },
    { "no list of messages is not taken for none", slack_file_upload, UPLOAD,
      .calls = { { SINCE("conversations.history", ""), { NULL }, NULL, 200, OK, .wait_ms = 3000 } }, .next = NEXT_AGAIN,
      .error = "conversations.history without a list" },
    { "an address elsewhere gets no bytes", slack_file_upload, UPLOAD, .is_first_try = true,
      .calls = { { ADDRESS_CALL, { NULL }, NULL, 200, "{'ok':true,'upload_url':'https://evil.example/','file_id':'F1'}" } },
      .next = NEXT_NEVER, .error = "no address of its own" },
    { "no address at all, too", slack_file_upload, UPLOAD, .is_first_try = true,
      .calls = { { ADDRESS_CALL, { NULL }, NULL, 200, OK } }, .next = NEXT_NEVER, .error = "no address of its own" },
    { "bytes that are not taken are sent again, from the start", slack_file_upload, UPLOAD, .is_first_try = true,
      .calls = { { ADDRESS_CALL, { NULL }, NULL, 200, ADDRESS }, { SEND, .status = 410 } }, .next = NEXT_AGAIN,
      .error = "from the start" },
    { "a lost answer to them is an outage", slack_file_upload, UPLOAD, .is_first_try = true,
      .calls = { { ADDRESS_CALL, { NULL }, NULL, 200, ADDRESS }, { SEND, .status = 0 } }, .next = NEXT_AGAIN, .is_outage = true },
    { "a workspace that takes no files", slack_file_upload, UPLOAD, .is_first_try = true,
      .calls = { { ADDRESS_CALL, { NULL }, NULL, 200, ERROR("file_uploads_disabled") } }, .next = NEXT_NEVER,
      .error = "takes no files" },
    { "a channel without the bot takes none", slack_file_upload, UPLOAD, .is_first_try = true,
      .calls = { SENT, { COMPLETE, { NULL }, NULL, 200, ERROR("not_in_channel") } }, .next = NEXT_NEVER, .error = "/invite" },
    { "an empty file is none", slack_file_upload, "{'channel':'C1','filename':'a','title':'t','content':''}", .next = NEXT_NEVER,
      .error = "contents" },

    /* ---- what it is now ---- */
    { "what a channel is", slack_channel_read, ASK,
      .calls = { { INFO, { NULL }, NULL, 200,
                   "{'ok':true,'channel':{'id':'C1','name':'inc-x','is_member':true,'is_private':true,'creator':'UBOT',"
                   "'topic':{'value':'t'},'purpose':{'value':'p'}}}" } },
      .next = NEXT_DONE,
      .result = "{'exists':true,'is_private':true,'is_member':true,'name':'inc-x','topic':'t','purpose':'p','creator':'UBOT'}" },
    { "who is in it", slack_channel_read, "{'channel':'C1','with_members':true}",
      .calls = { { INFO, { NULL }, NULL, 200, "{'ok':true,'channel':{'id':'C1','name':'inc-x'}}" },
                 { MEMBERS, { NULL }, NULL, 200, "{'ok':true,'members':['U1'],'response_metadata':{'next_cursor':'n'}}" },
                 { MEMBERS "&cursor=n", { NULL }, NULL, 200, "{'ok':true,'members':['U2',7]}" } },
      .next = NEXT_DONE, .result = "{'exists':true,'name':'inc-x','members':['U1','U2']}" },
    { "an archived one without the bot tells of nobody", slack_channel_read, "{'channel':'C1','with_members':true}",
      .calls = { { INFO, { NULL }, NULL, 200, "{'ok':true,'channel':{'id':'C1','name':'inc-x','is_archived':true}}" },
                 { MEMBERS, { NULL }, NULL, 200, ERROR("not_in_channel") } },
      .next = NEXT_DONE, .result = "{'exists':true,'is_archived':true,'name':'inc-x'}" },
    { "one that is not there", slack_channel_read, ASK,
      .calls = { { INFO, { NULL }, NULL, 200, ERROR("channel_not_found") } }, .next = NEXT_DONE, .result = "{'exists':false}" },
    { "a missing scope is no missing channel", slack_channel_read, ASK,
      .calls = { { INFO, { NULL }, NULL, 200, ERROR("missing_scope") } }, .next = NEXT_NEVER, .error = "missing_scope" },
    { "an answer about another channel", slack_channel_read, ASK,
      .calls = { { INFO, { NULL }, NULL, 200, "{'ok':true,'channel':{'id':'C2'}}" } }, .next = NEXT_AGAIN,
      .error = "without that channel" },

    /* ---- a message ---- */
    { "a message's link", slack_message_read, "{'channel':'C1','ts':'170.5'}", .calls = { LINKED }, .next = NEXT_DONE,
      .result = "{'link':'https://a.slack.com/p1'}" },
    { "what it says", slack_message_read, MESSAGE_OF,
      .calls = { LINKED,
                 { STANDS_CALL, { NULL }, NULL, 200,
                   MESSAGES("{'ts':'170.5','user':'U1','text':'<@U2> says 1 &lt; 2'}") } },
      .next = NEXT_DONE, .result = "{'link':'https://a.slack.com/p1','user':'U1','text':'slack:U2 says 1 < 2'}" },
    { "what a program says", slack_message_read, MESSAGE_OF,
      .calls = { LINKED,
                 { STANDS_CALL, { NULL }, NULL, 200,
                   MESSAGES("{'ts':'170.5','bot_id':'B1','bot_profile':{'name':'Grafana'},'text':'High load'}") } },
      .next = NEXT_DONE, .result = "{'link':'https://a.slack.com/p1','name':'Grafana','text':'High load'}" },
    { "whatever user it posts as", slack_message_read, MESSAGE_OF,
      .calls = { LINKED,
                 { STANDS_CALL, { NULL }, NULL, 200,
                   MESSAGES("{'ts':'170.5','user':'U9','bot_id':'B1','bot_profile':{'name':'opsgate'},'text':'x'}") } },
      .next = NEXT_DONE, .result = "{'link':'https://a.slack.com/p1','name':'opsgate','text':'x'}" },
    { "one in a thread is looked for there", slack_message_read, MESSAGE_OF,
      .calls = { LINKED,
                 { STANDS_CALL, { NULL }, NULL, 200, MESSAGES("") },
                 { REPLIES_CALL, { NULL }, NULL, 200,
                   MESSAGES("{'ts':'169.1','user':'U2','text':'above'},{'ts':'170.5','user':'U1','text':'below'}") } },
      .next = NEXT_DONE, .result = "{'link':'https://a.slack.com/p1','user':'U1','text':'below'}" },
    { "one that is in neither is gone", slack_message_read, MESSAGE_OF,
      .calls = { LINKED,
                 { STANDS_CALL, { NULL }, NULL, 200, MESSAGES("{'ts':'170.4','text':'x'}") },
                 { REPLIES_CALL, { NULL }, NULL, 200, ERROR("thread_not_found") } },
      .next = NEXT_DONE, .result = "{'is_gone':true}" },
    { "so is one of which a thread holds others alone", slack_message_read, MESSAGE_OF,
      .calls = { LINKED,
                 { STANDS_CALL, { NULL }, NULL, 200, MESSAGES("") },
                 { REPLIES_CALL, { NULL }, NULL, 200, MESSAGES("{'ts':'169.1','user':'U2','text':'above'}") } },
      .next = NEXT_DONE, .result = "{'is_gone':true}" },
    { "so is one without a link", slack_message_read, MESSAGE_OF,
      .calls = { { LINK_CALL, { NULL }, NULL, 200, ERROR("message_not_found") } }, .next = NEXT_DONE,
      .result = "{'is_gone':true}" },
    { "a channel without the bot is told so", slack_message_read, MESSAGE_OF,
      .calls = { LINKED, { STANDS_CALL, { NULL }, NULL, 200, ERROR("not_in_channel") } }, .next = NEXT_NEVER,
      .error = "invite it with /invite" },
    { "it is read again later", slack_message_read, MESSAGE_OF,
      .calls = { LINKED, { STANDS_CALL, { NULL }, NULL, 429, "" } }, .next = NEXT_AGAIN, .is_outage = true,
      .limit = "conversations.history" },
    { "no message", slack_message_read, "{'channel':'#ops','ts':'170.5'}", .next = NEXT_NEVER, .error = "id and a time such" },
};
/* clang-format on */

/* A hundred people of whom Slack takes none and names none: they are halved until it would never end, and told. */
static void an_invitation_ends_whatever_slack_says(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct http_answer answers[64];
    cJSON *args = json_object(), *users = json_set(args, "users", json_array());
    struct exchange exchange = { .settings = &script_settings, .answers = answers, .arena = arena, .args = args };
    struct exchange_step step;

    (void)state;
    json_set_string(args, "channel", "C1");
    for (int i = 0; i < 300; i++)
        json_add_string(users, arena_printf(arena, "U%d", i));
    while ((step = slack_channel_invite(&exchange)).next == NEXT_CALL) {
        assert_true(exchange.answer_count < 50);
        answers[exchange.answer_count++] = (struct http_answer){
            .status = 200, .body = str_of("{\"ok\":false,\"error\":\"cant_invite\"}")
        };
    }
    assert_int_equal(step.next, NEXT_DONE);
    assert_int_equal(cJSON_GetArraySize(json_find(step.result, "refused")), 300);
    assert_string_equal(json_find_string(step.result, "refused.0.error"), "cant_invite");
    assert_string_equal(json_find_string(step.result, "refused.299.error"), "not_tried");
    cJSON_Delete(args);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(rows) + 1];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[i] = (struct CMUnitTest){ .name = rows[i].name,
                                        .test_func = run_scripted,
                                        .initial_state = (void *)(uintptr_t)&rows[i] };
    tests[ARRAY_LEN(rows)] = (struct CMUnitTest)cmocka_unit_test(an_invitation_ends_whatever_slack_says);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
