#include "tests/unit/scripted_exchange.h"

#include "integrations/slack/exchanges.h"

#define API "https://slack.com/api/"
#define LIST "GET " API "conversations.list?types=public_channel%2Cprivate_channel&exclude_archived=true&limit=500"
#define HISTORY /* 24 h before 1700100000 */                                                                           \
    "GET " API "conversations.history?channel=C1&oldest=1700013600.000000&include_all_metadata=true&limit=200"
#define POST "POST " API "chat.postMessage"
#define UPDATE "POST " API "chat.update"
#define CARD(channel)                                                                                                  \
    "{'channel':'" channel "','card':{'operation':'D1','outside_id':'birth-00000000000000a1','title':'Deploy'}}"
#define MESSAGE "{'channel':'C1','reply':{'text':'Hello'}}"
#define CHANNELS "{'ok':true,'channels':[{'id':'C0','name':'general'},{'id':'C1','name':'deployments'}]}"
#define POSTED "{'ok':true,'channel':'C1','ts':'170.5'}"
#define NOTHING "{'ok':true,'messages':[],'response_metadata':{'next_cursor':''}}"
#define OURS                                                                                                           \
    "{'ok':true,'messages':[{'ts':'171.0','text':'x'}," METADATA("opsgate_card", "operation",                          \
                                                                 "birth-00000000000000a1", "169.1") "]}"
#define METADATA(event, key, id, ts)                                                                                   \
    "{'ts':'" ts "','metadata':{'event_type':'" event "','event_payload':{'" key "':'" id "'}}}"
#define ERROR(code) "{'ok':false,'error':'" code "'}"
#define REPLY(url) "{'address':{'door':'slack','url':'" url "'},'reply':{'text':'Done & over'}}"
#define HOOK "https://hooks.slack.com/commands/T1/1/abc"
#define AT(channel_id, at) .card_channel = (channel_id), .card_ts = (at)

static const struct scripted_row rows[] = {
    /* ---- cards ---- */
    { "a first card is posted", slack_exchange_card, CARD("C1"), .is_first_try = true,
      .calls = { { POST,
                   { "'channel':'C1'", "'event_type':'opsgate_card'", "'operation':'birth-00000000000000a1'",
                     "'effect':'birth-00000000000000e1'" },
                   "'ts'",
                   200,
                   POSTED } },
      .next = NEXT_DONE, .result = "{'channel':'C1','ts':'170.5'}" },
    { "a channel's name is looked up", slack_exchange_card, CARD("#deployments"), .is_first_try = true,
      .calls = { { LIST, { NULL }, NULL, 200, CHANNELS }, { POST, { "'channel':'C1'" }, NULL, 200, POSTED } },
      .next = NEXT_DONE, .result = "{'channel':'C1','ts':'170.5'}" },
    { "a channel on the second page is found", slack_exchange_card, CARD("#deployments"), .is_first_try = true,
      .calls = { { LIST,
                   { NULL },
                   NULL,
                   200,
                   "{'ok':true,'channels':[],'response_metadata':{'next_cursor':'dGVhbQ=='}}" },
                 { LIST "&cursor=dGVhbQ%3D%3D", { NULL }, NULL, 200, CHANNELS },
                 { POST, { "'channel':'C1'" }, NULL, 200, POSTED } },
      .next = NEXT_DONE },
    { "a channel that is not there", slack_exchange_card, CARD("#deploys"), .is_first_try = true,
      .calls = { { LIST, { NULL }, NULL, 200, CHANNELS } }, .next = NEXT_NEVER,
      .error = "no channel #deploys that the bot sees" },
    { "a known card is updated", slack_exchange_card, CARD("#deployments"), AT("C1", "169.1"), .is_first_try = true,
      .calls = { { UPDATE, { "'channel':'C1'", "'ts':'169.1'", "'blocks':[" }, NULL, 200, POSTED } }, .next = NEXT_DONE,
      .result = "{'channel':'C1','ts':'169.1'}" },
    { "a known card is updated again after doubt", slack_exchange_card, CARD("C1"), AT("C1", "169.1"),
      .calls = { { UPDATE, { NULL }, NULL, 200, POSTED } }, .next = NEXT_DONE },
    { "a deleted card is posted anew", slack_exchange_card, CARD("C1"), AT("C1", "169.1"), .is_first_try = true,
      .calls = { { UPDATE, { NULL }, NULL, 200, ERROR("message_not_found") }, { POST, { NULL }, "'ts'", 200, POSTED } },
      .next = NEXT_DONE, .result = "{'channel':'C1','ts':'170.5'}" },
    { "a card too old to change is posted anew", slack_exchange_card, CARD("C1"), AT("C1", "169.1"),
      .is_first_try = true,
      .calls = { { UPDATE, { NULL }, NULL, 200, ERROR("edit_window_closed") }, { POST, { NULL }, NULL, 200, POSTED } },
      .next = NEXT_DONE },
    { "a card in doubt is looked for, found and updated", slack_exchange_card, CARD("C1"),
      .calls = { { HISTORY, { NULL }, NULL, 200, OURS }, { UPDATE, { "'ts':'169.1'" }, NULL, 200, POSTED } },
      .next = NEXT_DONE, .result = "{'channel':'C1','ts':'169.1'}" },
    { "a card in doubt that was not posted is posted", slack_exchange_card, CARD("C1"),
      .calls = { { HISTORY, { NULL }, NULL, 200, NOTHING }, { POST, { NULL }, NULL, 200, POSTED } },
      .next = NEXT_DONE },
    { "history is read to its end", slack_exchange_card, CARD("C1"),
      .calls = { { HISTORY,
                   { NULL },
                   NULL,
                   200,
                   "{'ok':true,'messages':[{'ts':'1.0'}],'response_metadata':{'next_cursor':'a'}}" },
                 { HISTORY "&cursor=a", { NULL }, NULL, 200, OURS },
                 { UPDATE, { "'ts':'169.1'" }, NULL, 200, POSTED } },
      .next = NEXT_DONE },
    { "the card that was given up is not found again", slack_exchange_card, CARD("C1"), AT("C1", "169.1"),
      .calls = { { UPDATE, { NULL }, NULL, 200, ERROR("cant_update_message") },
                 { HISTORY, { NULL }, NULL, 200, OURS },
                 { POST, { NULL }, NULL, 200, POSTED } },
      .next = NEXT_DONE },
    { "another operation's card is not ours", slack_exchange_card, CARD("C1"),
      .calls = { { HISTORY,
                   { NULL },
                   NULL,
                   200,
                   "{'ok':true,'messages':[" METADATA("opsgate_card", "operation", "birth-00000000000000a2",
                                                      "169.1") "]}" },
                 { POST, { NULL }, NULL, 200, POSTED } },
      .next = NEXT_DONE },
    { "a message of the operation is not its card", slack_exchange_card, CARD("C1"),
      .calls = { { HISTORY,
                   { NULL },
                   NULL,
                   200,
                   "{'ok':true,'messages':[" METADATA("opsgate_message", "operation", "birth-00000000000000a1",
                                                      "169.1") "]}" },
                 { POST, { NULL }, NULL, 200, POSTED } },
      .next = NEXT_DONE },
    { "hostile history finds nothing", slack_exchange_card, CARD("C1"),
      .calls = { { HISTORY,
                   { NULL },
                   NULL,
                   200,
                   "{'ok':true,'messages':{'ts':5,'metadata':[1,{}]},'response_metadata':7}" },
                 { POST, { NULL }, NULL, 200, POSTED } },
      .next = NEXT_DONE },
    { "a lost answer is tried again", slack_exchange_card, CARD("C1"), .is_first_try = true,
      .calls = { { POST, { NULL }, NULL, 0, NULL } }, .next = NEXT_AGAIN, .error = "connection refused",
      .is_outage = true },
    { "429 waits as long as it says", slack_exchange_card, CARD("C1"), .is_first_try = true,
      .calls = { { POST, { NULL }, NULL, 429, ERROR("ratelimited"), { "retry-after", "30" } } }, .next = NEXT_AGAIN,
      .after_ms = 30000, .is_outage = true },
    { "a limit told with 200", slack_exchange_card, CARD("C1"), .is_first_try = true,
      .calls = { { POST, { NULL }, NULL, 200, ERROR("rate_limited"), { "retry-after", "2" } } }, .next = NEXT_AGAIN,
      .after_ms = 2000, .is_outage = true },
    { "a server's error is tried again", slack_exchange_card, CARD("C1"), .is_first_try = true,
      .calls = { { POST, { NULL }, NULL, 503, "busy" } }, .next = NEXT_AGAIN, .is_outage = true },
    { "fatal_error may have posted it", slack_exchange_card, CARD("C1"), .is_first_try = true,
      .calls = { { POST, { NULL }, NULL, 200, ERROR("fatal_error") } }, .next = NEXT_AGAIN,
      .error = "part may have been done", .is_outage = true },
    { "an answer that is no JSON", slack_exchange_card, CARD("C1"), .is_first_try = true,
      .calls = { { POST, { NULL }, NULL, 200, "<html>" } }, .next = NEXT_AGAIN, .error = "no JSON", .is_outage = true },
    { "an answer without ok", slack_exchange_card, CARD("C1"), .is_first_try = true,
      .calls = { { POST, { NULL }, NULL, 200, "[]" } }, .next = NEXT_AGAIN, .error = "whether it is ok",
      .is_outage = true },
    { "an answer without a ts", slack_exchange_card, CARD("C1"), .is_first_try = true,
      .calls = { { POST, { NULL }, NULL, 200, "{'ok':true}" } }, .next = NEXT_AGAIN, .error = "looked for" },
    { "a channel without the bot", slack_exchange_card, CARD("C1"), .is_first_try = true,
      .calls = { { POST, { NULL }, NULL, 200, ERROR("not_in_channel") } }, .next = NEXT_NEVER,
      .error = "invite it with /invite" },
    { "a missing scope is named", slack_exchange_card, CARD("C1"),
      .calls = { { HISTORY, { NULL }, NULL, 200, "{'ok':false,'error':'missing_scope','needed':'channels:history'}" } },
      .next = NEXT_NEVER, .error = "[channels:history]" },
    { "an unknown error is told as it is", slack_exchange_card, CARD("C1"), .is_first_try = true,
      .calls = { { POST, { NULL }, NULL, 200, ERROR("no_such_thing") } }, .next = NEXT_NEVER,
      .error = "Slack refused chat.postMessage: no_such_thing" },
    { "a bad token is a person's affair", slack_exchange_card, CARD("C1"), .is_first_try = true,
      .calls = { { POST, { NULL }, NULL, 401, "" } }, .next = NEXT_AGAIN },
    { "a card that nothing could find again", slack_exchange_card, "{'channel':'C1','card':{'title':'x'}}",
      .is_first_try = true, .next = NEXT_NEVER, .error = "outside id" },
    { "args that are no card", slack_exchange_card, "{'card':7}", .is_first_try = true, .next = NEXT_NEVER,
      .error = "channel: missing" },

    /* ---- messages ---- */
    { "a message is posted", slack_exchange_message, MESSAGE, .is_first_try = true,
      .calls = { { POST,
                   { "'text':'Hello'", "'event_type':'opsgate_message'", "'effect':'birth-00000000000000e1'" },
                   NULL,
                   200,
                   POSTED } },
      .next = NEXT_DONE, .result = "{'channel':'C1','ts':'170.5'}" },
    { "a message in doubt that was posted is done", slack_exchange_message, MESSAGE,
      .calls = { { HISTORY,
                   { NULL },
                   NULL,
                   200,
                   "{'ok':true,'messages':[" METADATA("opsgate_message", "effect", "birth-00000000000000e1",
                                                      "169.1") "]}" } },
      .next = NEXT_DONE, .result = "{'channel':'C1','ts':'169.1'}" },
    { "a message in doubt that was not posted is posted", slack_exchange_message, MESSAGE,
      .calls = { { HISTORY, { NULL }, NULL, 200, NOTHING }, { POST, { NULL }, NULL, 200, POSTED } },
      .next = NEXT_DONE },

    /* ---- replies ---- */
    { "a reply goes to its response_url", slack_exchange_reply, REPLY(HOOK),
      .calls = { { "POST " HOOK,
                   { "'response_type':'ephemeral'", "'replace_original':false", "Done &amp; over" },
                   NULL,
                   200,
                   "ok" } },
      .next = NEXT_DONE, .result = "{'how':'response_url'}" },
    { "a reply without an address goes nowhere", slack_exchange_reply,
      "{'address':{'door':'slack'},'reply':{'text':'x'}}", .next = NEXT_DONE, .result = "{'how':'nowhere'}" },
    { "a reply to another host is never sent", slack_exchange_reply, REPLY("https://evil.example/x"),
      .next = NEXT_NEVER, .error = "not Slack's" },
    { "an address that is used up", slack_exchange_reply, REPLY(HOOK),
      .calls = { { "POST " HOOK, { NULL }, NULL, 404, "used_url" } }, .next = NEXT_NEVER, .error = "5 in 30 minutes" },
    { "a limited address", slack_exchange_reply, REPLY(HOOK),
      .calls = { { "POST " HOOK, { NULL }, NULL, 429, "", { "retry-after", "1" } } }, .next = NEXT_AGAIN,
      .after_ms = 1000, .is_outage = true },
    { "a reply whose answer was lost", slack_exchange_reply, REPLY(HOOK),
      .calls = { { "POST " HOOK, { NULL }, NULL, 0, NULL } }, .next = NEXT_AGAIN, .is_outage = true },
};

int main(void)
{
    return RUN_SCRIPTED(rows);
}
