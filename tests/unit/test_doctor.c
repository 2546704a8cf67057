/* What `opsgate doctor` makes of answers: good ones, refusals, and what makes no sense. */
#include "scripted_exchange.h"

#include "integrations/github/doctor.h"
#include "integrations/google/doctor.h"
#include "integrations/pagerduty/doctor.h"
#include "integrations/prometheus/doctor.h"
#include "integrations/registry/doctor.h"
#include "integrations/slack/doctor.h"

#define NOW_S 1700100000 /* the scripted exchange's: Thu, 16 Nov 2023 02:00:00 GMT */
#define ALL_SCOPES                                                                                                     \
    "chat:write,commands,app_mentions:read,im:history,channels:read,channels:history,groups:read,groups:history,"      \
    "usergroups:read,users:read,users:read.email"
#define ME                                                                                                             \
    "{'ok':true,'user':'opsgate','team':'Acme','team_id':'T1','user_id':'U1','bot_id':'B1',"                           \
    "'response_metadata':{'ignored':[1]}}"
#define GOOD(subject, text) "{'mark':'good','subject':'" subject "','text':'" text "'}"
#define OPEN(subject, text) "{'mark':'open','subject':'" subject "','text':'" text "'}"
#define MENDED(mark, subject, text, mend)                                                                              \
    "{'mark':'" mark "','subject':'" subject "','text':'" text "','mend':'" mend "'}"
#define FOUND(list) "{'findings':[" list "]}"
#define BOT GOOD("Slack token", "the bot opsgate of Acme (T1)")
#define NO_TIME OPEN("Clock", "Slack^s answer had no time to compare with")
#define NO_SCOPES OPEN("Slack scopes", "Slack did not say which are granted (no X-OAuth-Scopes in its answer)")

#define LIST_CALL "GET https://slack.com/api/conversations.list?types=public_channel%2Cprivate_channel&limit=500"
#define INFO_CALL "GET https://slack.com/api/conversations.info?channel=C0HERE"
#define NO_CHANNEL(subject)                                                                                            \
    MENDED("bad", subject, "the bot sees no such channel",                                                             \
           "create it, or correct slack.channels; a private one has to invite the bot first: /invite @opsgate")

static const struct github_settings github = { .api_url = "https://api.github.com" };
static const char *pagerduty_secrets[] = { "s" };
static const struct pagerduty_settings pagerduty = { .api_url = "https://api.pagerduty.com",
                                                     .from = "ops@example.com",
                                                     .webhook_secrets = pagerduty_secrets,
                                                     .webhook_secrets_count = 1 };
static const char *named_subscriptions[] = { "PSUB001", "PGONE" };
static const struct pagerduty_settings pagerduty_named = { .api_url = "https://api.pagerduty.com",
                                                           .webhook_secrets = pagerduty_secrets,
                                                           .webhook_secrets_count = 1,
                                                           .subscriptions = named_subscriptions,
                                                           .subscriptions_count = 2 };
static const struct settings settings = {
    .slack = { .api_url = "https://slack.com/api/", .team = "T1" },
    .github = &github,
    .pagerduty = &pagerduty,
    .google = { .run_url = "https://run.googleapis.com/" },
    .metrics = { .prometheus = "http://prometheus:9090/" },
};

#define REPOSITORY "https://api.github.com/repos/acme/platform"
#define AS_TOKEN "{'repository':'acme/platform'}"
#define AS_APP "{'repository':'acme/platform','is_app':true,'needs_actions':true}"
#define WEBHOOKS "GitHub webhooks of acme/platform"
#define OUR_HOOK "{'id':7,'active':true,'config':{'url':'https://h.example.com/github/webhook'}}"
#define OTHER_HOOK "{'id':8,'active':false,'config':{'url':'https://elsewhere.example.com/'}}"
#define SUBSCRIPTIONS_CALL "GET https://api.pagerduty.com/webhook_subscriptions?limit=100&offset=0"
#define SUBSCRIPTION(more)                                                                                             \
    "{'id':'PSUB001','type':'webhook_subscription','events':['incident.triggered'],"                                   \
    "'delivery_method':{'type':'http_delivery_method','url':'https://h.example.com/pagerduty/webhook'" more            \
    ",'filter':{'type':'account_reference'}}"
#define KEY GOOD("PagerDuty key", "it can read")
#define USERS_CALL "GET https://api.pagerduty.com/users?query=ops%40example.com&limit=100&offset=0"
#define WRITES                                                                                                         \
    MENDED("open", "PagerDuty key", "PagerDuty does not tell whether it may write",                                    \
           "Integrations, API Access Keys: a key that is not Read-only")
#define QUERY "GET http://prometheus:9090/api/v1/query?query="
#define SCALAR(value) "{'status':'success','data':{'resultType':'scalar','result':[1700100000," value "]}}"
#define NAMES                                                                                                          \
    "{'target':'api/production','names':{'requests':'r_total','latency':'l_seconds','revision_label':'rev',"           \
    "'code_label':'code','errors':'5..','match':{'job':'a\\\"b'}}}"
#define OFTEN                                                                                                          \
    "{'target':'api/production','names':{'requests':'r_total','latency':'l_seconds','revision_label':'rev',"           \
    "'code_label':'code','errors':'5..','match':{'job':'a\\\"b'}},'block_ms':15000}"
#define LABELS "%7Brev%21%3D%22%22%2Cjob%3D%22a%5C%22b%22%7D"
#define SAMPLES                                                                                                        \
    QUERY "max%28count_over_time%28r_total" LABELS "%5B300000ms%5D%29%20and%20r_total" LABELS "%20offset%20300000ms%20and%20r_total" LABELS "%29"
#define BOTH_THERE                                                                                                     \
    { COUNT("r_total"), .status = 200, .answer = SCALAR("'4'") },                                                      \
    {                                                                                                                  \
        COUNT("l_seconds_bucket"), .status = 200, .answer = SCALAR("'44'")                                             \
    }
#define HAS_BOTH "it has 4 series of requests and 44 of latency"
#define SELDOM                                                                                                         \
    "of a block without a sample nothing is known, so each rollout has to find that out, and loses minutes over it. Set "  \
    "analysis.block to what Prometheus collects at, or let it collect more often"
#define COUNT(metric) QUERY "count%28" metric "%7Brev%21%3D%22%22%2Cjob%3D%22a%5C%22b%22%7D%29"

static const struct scripted_row rows[] = {
    /* ---- Slack's token ---- */
    { "a token that may do it all is good", slack_doctor_token, "{}",
      .calls = { { "GET https://slack.com/api/auth.test", .status = 200, .answer = ME,
                   .header = { "x-oauth-scopes", ALL_SCOPES } } },
      .next = NEXT_DONE,
      .result = FOUND(BOT "," GOOD("Slack scopes", "all that opsgate uses are granted") "," NO_TIME) },
    { "each scope that is missing is named, and what it is for", slack_doctor_token, "{}",
      .calls = { { "GET https://slack.com/api/auth.test", .status = 200, .answer = ME,
                   .header = { "x-oauth-scopes",
                               "chat:write, commands,app_mentions:readx,im:history,channels:read,channels:history,"
                               "groups:read,usergroups:read,users:read,users:read.email" } } },
      .next = NEXT_DONE,
      .result = FOUND(BOT "," MENDED("bad", "Slack scopes",
                                     "some are missing: app_mentions:read (being asked as @opsgate), groups:history "
                                     "(finding a card in a private channel again)",
                                     "add them under OAuth & Permissions, Bot Token Scopes, or take "
                                     "deploy/slack/manifest.yaml; then Install App again") "," NO_TIME) },
    { "a clock that is right is good", slack_doctor_token, "{}",
      .calls = { { "GET https://slack.com/api/auth.test", .status = 200, .answer = ME,
                   .header = { "date", "Thu, 16 Nov 2023 02:00:30 GMT" } } },
      .next = NEXT_DONE, .result = FOUND(BOT "," NO_SCOPES "," GOOD("Clock", "within 30 s of Slack^s")) },
    { "a clock that is behind is told, with what it breaks", slack_doctor_token, "{}",
      .calls = { { "GET https://slack.com/api/auth.test", .status = 200, .answer = ME,
                   .header = { "date", "Thu, 16 Nov 2023 02:00:31 GMT" } } },
      .next = NEXT_DONE,
      .result = FOUND(BOT "," NO_SCOPES "," MENDED("bad", "Clock",
                                                   "31 s behind Slack^s: what it signs is refused once that is five "
                                                   "minutes",
                                                   "set this machine^s clock, and keep it set: timedatectl set-ntp "
                                                   "true")) },
    { "a clock that is ahead, too", slack_doctor_token, "{}",
      .calls = { { "GET https://slack.com/api/auth.test", .status = 200, .answer = ME,
                   .header = { "date", "Thu, 16 Nov 2023 01:00:00 GMT" } } },
      .next = NEXT_DONE,
      .result = FOUND(BOT "," NO_SCOPES "," MENDED("bad", "Clock",
                                                   "3600 s ahead of Slack^s: what it signs is refused once that is "
                                                   "five minutes",
                                                   "set this machine^s clock, and keep it set: timedatectl set-ntp "
                                                   "true")) },
    { "a token of another workspace is not good", slack_doctor_token, "{}",
      .calls = { { "GET https://slack.com/api/auth.test", .status = 200,
                   .answer = "{'ok':true,'user':'opsgate','team':'Other','team_id':'T2','bot_id':'B1'}" } },
      .next = NEXT_DONE,
      .result = FOUND(MENDED("bad", "Slack token", "the bot opsgate of Other (T2), but slack.team is T1",
                             "take the token of the right workspace, or write its id into slack.team") "," NO_SCOPES
                                                                                                       "," NO_TIME) },
    { "nor is a person's", slack_doctor_token, "{}",
      .calls = { { "GET https://slack.com/api/auth.test", .status = 200,
                   .answer = "{'ok':true,'user':'ann','team':'Acme','team_id':'T1'}" } },
      .next = NEXT_DONE,
      .result = FOUND(MENDED("bad", "Slack token", "the bot ann of Acme (T1) is a person^s token",
                             "slack.bot_token is the Bot User OAuth Token of Install App (xoxb-...)") "," NO_SCOPES
                                                                                                      "," NO_TIME) },
    { "a token that was revoked is a refusal, with what to do", slack_doctor_token, "{}",
      .calls = { { "GET https://slack.com/api/auth.test", .status = 200,
                   .answer = "{'ok':false,'error':'token_revoked'}" } },
      .next = NEXT_NEVER, .error = "token_revoked - the bot token was revoked: install the app again" },
    { "an answer of no sense is an outage", slack_doctor_token, "{}",
      .calls = { { "GET https://slack.com/api/auth.test", .status = 200, .answer = "{'ok':true,'us" } },
      .next = NEXT_AGAIN, .error = "no JSON", .is_outage = true },
    { "so is none", slack_doctor_token, "{}", .calls = { { "GET https://slack.com/api/auth.test" } },
      .next = NEXT_AGAIN, .error = "connection refused", .is_outage = true },

    /* ---- Slack's channels ---- */
    { "channels are found by name on any page, and by id", slack_doctor_channels,
      "{'channels':['#deploys','C0HERE','alerts']}",
      .calls = { { LIST_CALL, .status = 200,
                   .answer = "{'ok':true,'channels':[{'id':'C1','name':'alerts','is_member':false},null,7],"
                             "'response_metadata':{'next_cursor':'p2'}}" },
                 { LIST_CALL "&cursor=p2", .status = 200,
                   .answer = "{'ok':true,'channels':[{'id':'C2','name':'deploys','is_member':true}],"
                             "'response_metadata':{'next_cursor':'p3'}}" },
                 { INFO_CALL, .status = 200,
                   .answer = "{'ok':true,'channel':{'is_archived':true,'is_member':true}}" } },
      .next = NEXT_DONE,
      .result = FOUND(GOOD("Slack #deploys", "the bot is in it") "," MENDED(
          "bad", "Slack C0HERE", "it is archived: nothing can be posted there",
          "unarchive it, or name another one under slack.channels") "," MENDED("bad", "Slack #alerts",
                                                                               "the bot is not in it",
                                                                               "say there: /invite @opsgate")) },
    { "one that is not there is told, by name and by id", slack_doctor_channels, "{'channels':['#gone','C0HERE']}",
      .calls = { { LIST_CALL, .status = 200, .answer = "{'ok':true,'channels':{'not':'a list'}}" },
                 { INFO_CALL, .status = 200, .answer = "{'ok':false,'error':'channel_not_found'}" } },
      .next = NEXT_DONE, .result = FOUND(NO_CHANNEL("Slack #gone") "," NO_CHANNEL("Slack C0HERE")) },
    { "one that nobody has named is a hint", slack_doctor_channels,
      "{'channels':['#gone','#alerts'],'by_default':['#alerts']}",
      .calls = { { LIST_CALL, .status = 200, .answer = "{'ok':true,'channels':[]}" } }, .next = NEXT_DONE,
      .result = FOUND(NO_CHANNEL("Slack #gone") "," MENDED(
          "open", "Slack #alerts", "the bot sees no such channel; it is a default, the file does not name it",
          "create it, or correct slack.channels; a private one has to invite the bot first: /invite @opsgate")) },
    { "a scope that is missing for it is named by Slack", slack_doctor_channels, "{'channels':['#deploys']}",
      .calls = { { LIST_CALL, .status = 200,
                   .answer = "{'ok':false,'error':'missing_scope','needed':'groups:read'}" } },
      .next = NEXT_NEVER, .error = "[groups:read]" },

    /* ---- Socket Mode ---- */
    { "an app token that opens connections is good", slack_doctor_socket, "{'app_token':'xapp-1'}",
      .calls = { { "POST https://slack.com/api/apps.connections.open", .status = 200,
                   .answer = "{'ok':true,'url':'wss://wss-primary.slack.com/link/?ticket=t'}", .signature = "none" } },
      .next = NEXT_DONE, .result = FOUND(GOOD("Slack Socket Mode", "the app token opens connections")) },
    { "one that does not is told, with what is needed", slack_doctor_socket, "{'app_token':'xapp-1'}",
      .calls = { { "POST https://slack.com/api/apps.connections.open", .status = 200,
                   .answer = "{'ok':false,'error':'not_allowed_token_type'}" } },
      .next = NEXT_DONE,
      .result = FOUND(MENDED("bad", "Slack Socket Mode", "apps.connections.open: not_allowed_token_type",
                             "slack.socket_mode.app_token is the app^s own (xapp-...), of Basic Information, App-Level "
                             "Tokens, with connections:write; and Socket Mode has to be switched on for the app")) },
    { "an address that is not Slack's is none", slack_doctor_socket, "{'app_token':'xapp-1'}",
      .calls = { { "POST https://slack.com/api/apps.connections.open", .status = 200,
                   .answer = "{'ok':true,'url':'wss://evil.example.com/'}" } },
      .next = NEXT_DONE,
      .result = FOUND(MENDED("bad", "Slack Socket Mode", "apps.connections.open: no address in its answer",
                             "slack.socket_mode.app_token is the app^s own (xapp-...), of Basic Information, App-Level "
                             "Tokens, with connections:write; and Socket Mode has to be switched on for the app")) },

    /* ---- GitHub ---- */
    { "a repository that a token reads is good", github_doctor_repository, AS_TOKEN,
      .calls = { { "GET " REPOSITORY, .status = 200, .answer = "{'id':1}" } }, .next = NEXT_DONE,
      .result = FOUND(GOOD("GitHub acme/platform", "it can be read")) },
    { "an App wants to be installed with all that is needed", github_doctor_repository, AS_APP,
      .calls = { { "GET " REPOSITORY "/installation", .status = 200,
                   .answer = "{'id':1,'suspended_at':'2026-01-01T00:00:00Z','permissions':{'contents':'read',"
                             "'actions':'read','deployments':'write'}}" },
                 { "GET " REPOSITORY, .status = 200, .answer = "{}" } },
      .next = NEXT_DONE,
      .result = FOUND(
          MENDED("bad", "GitHub acme/platform", "the App^s installation is suspended", "unsuspend it: the organisation^s settings, GitHub Apps") "," MENDED(
              "bad", "GitHub acme/platform", "Actions: write is missing: workflows cannot be started",
              "give the GitHub App that permission, and accept it where it is installed") "," GOOD("GitHub acme/platform",
                                                                                                   "it can be read")) },
    { "and with what comments on pull requests need", github_doctor_repository,
      "{'repository':'acme/platform','is_app':true,'needs_comments':true}",
      .calls = { { "GET " REPOSITORY "/installation", .status = 200,
                   .answer = "{'id':1,'permissions':{'contents':'read','issues':'read','deployments':'write'}}" },
                 { "GET " REPOSITORY, .status = 200, .answer = "{}" } },
      .next = NEXT_DONE,
      .result = FOUND(
          MENDED("bad", "GitHub acme/platform", "Pull requests: read is missing: no comment on one is obeyed",
                 "give the GitHub App that permission, and accept it where it is installed") "," MENDED(
              "bad", "GitHub acme/platform", "Issues: write is missing: no comment is read, reacted to or answered",
              "give the GitHub App that permission, and accept it where it is installed") "," GOOD("GitHub acme/platform",
                                                                                                   "it can be read")) },
    { "and with what green checks need, where policy asks for them", github_doctor_repository,
      "{'repository':'acme/platform','is_app':true,'needs_checks':true}",
      .calls = { { "GET " REPOSITORY "/installation", .status = 200,
                   .answer = "{'id':1,'permissions':{'contents':'read','checks':'write','deployments':'write'}}" },
                 { "GET " REPOSITORY, .status = 200, .answer = "{}" } },
      .next = NEXT_DONE,
      .result = FOUND(MENDED(
          "bad", "GitHub acme/platform",
          "Commit statuses: read is missing: the green checks that policy asks for cannot be seen",
          "give the GitHub App that permission, and accept it where it is installed") "," GOOD("GitHub acme/platform",
                                                                                               "it can be read")) },
    { "without Deployments its rollouts are not shown there", github_doctor_repository, AS_APP,
      .calls = { { "GET " REPOSITORY "/installation", .status = 200,
                   .answer = "{'id':1,'permissions':{'contents':'read','actions':'write','deployments':'read'}}" },
                 { "GET " REPOSITORY, .status = 200, .answer = "{}" } },
      .next = NEXT_DONE,
      .result = FOUND(MENDED(
          "open", "GitHub acme/platform", "Deployments: write is missing: its rollouts are not shown on GitHub",
          "give the GitHub App that permission, and accept it where it is installed") "," GOOD("GitHub acme/platform",
                                                                                               "it can be read")) },
    { "and where deployments that are made there roll out, they do not", github_doctor_repository,
      "{'repository':'acme/platform','is_app':true,'needs_deployments':true}",
      .calls = { { "GET " REPOSITORY "/installation", .status = 200,
                   .answer = "{'id':1,'permissions':{'contents':'read','deployments':'read'}}" },
                 { "GET " REPOSITORY, .status = 200, .answer = "{}" } },
      .next = NEXT_DONE,
      .result = FOUND(MENDED(
          "bad", "GitHub acme/platform",
          "Deployments: write is missing: no deployment that is made there rolls out, or is told how it goes",
          "give the GitHub App that permission, and accept it where it is installed") "," GOOD("GitHub acme/platform",
                                                                                               "it can be read")) },
    { "an App that is not installed there is told", github_doctor_repository, AS_APP,
      .calls = { { "GET " REPOSITORY "/installation", .status = 404, .answer = "{'message':'Not Found'}" } },
      .next = NEXT_NEVER, .error = "not installed there: install it on acme/platform" },
    { "and so is a key of another", github_doctor_repository, AS_APP,
      .calls = { { "GET " REPOSITORY "/installation", .status = 401, .answer = "<html>" } }, .next = NEXT_NEVER,
      .error = "of one App" },
    { "a repository that cannot be seen is a refusal", github_doctor_repository, AS_TOKEN,
      .calls = { { "GET " REPOSITORY, .status = 404, .answer = "{'message':'Not Found'}" } }, .next = NEXT_NEVER,
      .error = "no access to acme/platform" },
    { "no path leads out of a repository's name", github_doctor_repository, "{'repository':'acme/../../user'}",
      .next = NEXT_NEVER, .error = "no repository such as acme/platform" },
    { "the last webhook of our hook was taken", github_doctor_deliveries, AS_TOKEN,
      .calls = { { "GET " REPOSITORY "/hooks?per_page=100", .status = 200,
                   .answer = "[" OTHER_HOOK "," OUR_HOOK ",5]" },
                 { "GET " REPOSITORY "/hooks/7/deliveries?per_page=10", .status = 200,
                   .answer = "[{'id':2,'status_code':202},{'id':1,'status_code':401}]" } },
      .next = NEXT_DONE, .result = FOUND(GOOD(WEBHOOKS, "the last one was answered 202")) },
    { "one that was refused is told by its status", github_doctor_deliveries, AS_APP,
      .calls = { { "GET https://api.github.com/app/hook/deliveries?per_page=10", .status = 200,
                   .answer = "[{'id':2,'status_code':401}]" } },
      .next = NEXT_DONE,
      .result = FOUND(MENDED("bad", "GitHub webhooks", "the last one was answered 401",
                             "its secret is none of github.webhook_secrets: let both have the same, and redeliver")) },
    { "one that nobody answered, too", github_doctor_deliveries, AS_APP,
      .calls = { { "GET https://api.github.com/app/hook/deliveries?per_page=10", .status = 200,
                   .answer = "[{'id':2,'status_code':null}]" } },
      .next = NEXT_DONE,
      .result = FOUND(MENDED("bad", "GitHub webhooks", "the last one was not answered",
                             "GitHub got no answer: can its address be reached from outside, and is its certificate "
                             "good?")) },
    { "one that was answered by a redirect, which GitHub does not follow", github_doctor_deliveries, AS_APP,
      .calls = { { "GET https://api.github.com/app/hook/deliveries?per_page=10", .status = 200,
                   .answer = "[{'id':2,'status_code':308}]" } },
      .next = NEXT_DONE,
      .result = FOUND(MENDED("bad", "GitHub webhooks", "the last one was answered 308",
                             "GitHub follows no redirect: its address has to be the one that answers")) },
    { "a status that is none has its words, too", github_doctor_deliveries, AS_APP,
      .calls = { { "GET https://api.github.com/app/hook/deliveries?per_page=10", .status = 200,
                   .answer = "[{'id':2,'status_code':8008}]" } },
      .next = NEXT_DONE,
      .result = FOUND(MENDED("bad", "GitHub webhooks", "the last one was answered 8008",
                             "GitHub shows the answer under Recent Deliveries: what does it say?")) },
    { "hooks that opsgate may not see are no mistake", github_doctor_deliveries, AS_TOKEN,
      .calls = { { "GET " REPOSITORY "/hooks?per_page=100", .status = 404, .answer = "{'message':'Not Found'}" } },
      .next = NEXT_DONE,
      .result = FOUND(MENDED("open", WEBHOOKS, "GitHub does not let opsgate see its hooks",
                             "with the permission Webhooks: read, what was missed is caught up with")) },
    { "a hook that is named has its log, of an organisation too", github_doctor_deliveries,
      "{'repository':'acme/platform','is_app':true,'hook':9007199254740,'organization':'acme'}",
      .calls = { { "GET https://api.github.com/orgs/acme/hooks/9007199254740/deliveries?per_page=10", .status = 200,
                   .answer = "[]" } },
      .next = NEXT_DONE,
      .result = FOUND(OPEN("GitHub webhooks of acme", "nothing was delivered in the last three days")) },
    { "no path leads out of an organisation's name", github_doctor_deliveries,
      "{'repository':'acme/platform','hook':1,'organization':'../user'}", .next = NEXT_NEVER,
      .error = "no repository such as acme/platform" },
    { "a limit is no refusal", github_doctor_deliveries, AS_TOKEN,
      .calls = { { "GET " REPOSITORY "/hooks?per_page=100", .status = 403,
                   .answer = "{'message':'API rate limit exceeded'}", .header = { "x-ratelimit-remaining", "0" } } },
      .next = NEXT_AGAIN, .error = "limits how much", .after_ms = 60000, .is_outage = true },
    { "a list of hooks that is none has no hook of ours", github_doctor_deliveries, AS_TOKEN,
      .calls = { { "GET " REPOSITORY "/hooks?per_page=100", .status = 200, .answer = "{'a':" OUR_HOOK "}" } },
      .next = NEXT_DONE,
      .result = FOUND(MENDED("open", WEBHOOKS, "the repository has no hook that leads to /github/webhook",
                             "unless an organisation^s does: the repository^s settings, Webhooks, Add")) },

    /* ---- PagerDuty ---- */
    { "a subscription that tells us is good", pagerduty_doctor, "{}",
      .calls = { { SUBSCRIPTIONS_CALL, .status = 200, .answer = "{'webhook_subscriptions':[" SUBSCRIPTION("}") "]}" } },
      .next = NEXT_DONE, .result = FOUND(KEY "," GOOD("PagerDuty webhooks", "the subscription PSUB001 is active")) },
    { "one that PagerDuty has silenced is told", pagerduty_doctor, "{}",
      .calls = { { SUBSCRIPTIONS_CALL, .status = 200,
                   .answer = "{'webhook_subscriptions':[" SUBSCRIPTION(",'temporarily_disabled':true}") "]}" } },
      .next = NEXT_DONE,
      .result = FOUND(KEY "," MENDED("bad", "PagerDuty webhooks",
                                     "PagerDuty has silenced the subscription PSUB001 for a day: three webhooks in a "
                                     "row were refused",
                                     "is its secret one of pagerduty.webhook_secrets? Then enable it: Integrations, "
                                     "Generic Webhooks (v3)")) },
    { "and one that a person switched off", pagerduty_doctor, "{}",
      .calls = { { SUBSCRIPTIONS_CALL, .status = 200,
                   .answer = "{'webhook_subscriptions':[" SUBSCRIPTION("},'active':false") "]}" } },
      .next = NEXT_DONE,
      .result = FOUND(KEY "," MENDED("bad", "PagerDuty webhooks", "the subscription PSUB001 was switched off",
                                     "switch it on: Integrations, Generic Webhooks (v3)")) },
    { "and that there is none", pagerduty_doctor, "{}",
      .calls = { { SUBSCRIPTIONS_CALL, .status = 200, .answer = "{'webhook_subscriptions':'none'}" } },
      .next = NEXT_DONE,
      .result = FOUND(KEY "," MENDED("bad", "PagerDuty webhooks", "no subscription leads to /pagerduty/webhook",
                                     "add one: Integrations, Generic Webhooks (v3), with every incident event; its "
                                     "secret is shown once")) },
    { "the user as whom incidents are changed", pagerduty_doctor_from, "{}",
      .calls = { { USERS_CALL, .status = 200, .answer = "{'users':[{'id':'PUSER01','email':'Ops@example.com'}]}" } },
      .next = NEXT_DONE,
      .result = FOUND(GOOD("PagerDuty from", "incidents are changed as ops@example.com") "," WRITES) },
    { "who is no user there", pagerduty_doctor_from, "{}",
      .calls = { { USERS_CALL, .status = 200, .answer = "{'users':[]}" } }, .next = NEXT_DONE,
      .result = FOUND(MENDED("bad", "PagerDuty from", "ops@example.com is no user there: no incident can be changed",
                             "pagerduty.from: the e-mail address of a user of the account") "," WRITES) },
    { "a key that may not see users", pagerduty_doctor_from, "{}", .calls = { { USERS_CALL, .status = 403 } },
      .next = NEXT_NEVER, .error = "give the key more access" },
    { "a key that is no good is a refusal", pagerduty_doctor, "{}",
      .calls = { { SUBSCRIPTIONS_CALL, .status = 401, .answer = "{'error':{'message':'Unauthorized'}}" } },
      .next = NEXT_AGAIN, .error = "PagerDuty refuses the key", .needs_fresh_credential = true },

    /* ---- Cloud Run, the registry ---- */
    { "a service that is not there is a refusal", google_doctor_service,
      "{'project':'acme','region':'us-central1','service':'api'}",
      .calls = { { "GET https://run.googleapis.com/v2/projects/acme/locations/us-central1/services/api", .status = 404,
                   .answer = "{'error':{'status':'NOT_FOUND'}}" } },
      .next = NEXT_NEVER, .error = "there is no such service" },
    { "but not of the credential", google_doctor_credential,
      "{'project':'acme','region':'us-central1','service':'api'}",
      .calls = { { "GET https://run.googleapis.com/v2/projects/acme/locations/us-central1/services/api", .status = 404,
                   .answer = "{'error':{'status':'NOT_FOUND'}}" } },
      .next = NEXT_DONE, .result = FOUND(GOOD("Google Cloud", "it tells opsgate what it asks")) },
    { "a permission that is lacking is", google_doctor_credential,
      "{'project':'acme','region':'us-central1','service':'api'}",
      .calls = { { "GET https://run.googleapis.com/v2/projects/acme/locations/us-central1/services/api", .status = 403,
                   .answer =
                       "{'error':{'status':'PERMISSION_DENIED','message':'Permission ^run.services.get^ denied'}}" } },
      .next = NEXT_NEVER, .error = "run.services.get" },
    { "one that we may not read says which permission", google_doctor_service,
      "{'project':'acme','region':'us-central1','service':'api'}",
      .calls = { { "GET https://run.googleapis.com/v2/projects/acme/locations/us-central1/services/api", .status = 403,
                   .answer =
                       "{'error':{'status':'PERMISSION_DENIED','message':'Permission ^run.services.get^ denied'}}" } },
      .next = NEXT_NEVER, .error = "run.services.get" },
    { "an image's tag that is not there shows that it may be read", registry_doctor,
      "{'image':'us-docker.pkg.dev/acme/images/api:latest','tag':'','may_be_missing':true}",
      .calls = { { "HEAD https://us-docker.pkg.dev/v2/acme/images/api/manifests/latest", .status = 404 } },
      .next = NEXT_DONE, .result = FOUND(GOOD("Registry acme/images/api", "it can be read on us-docker.pkg.dev")) },
    { "one that may not be read is a refusal", registry_doctor,
      "{'image':'us-docker.pkg.dev/acme/images/api:latest','tag':'','may_be_missing':true}",
      .calls = { { "HEAD https://us-docker.pkg.dev/v2/acme/images/api/manifests/latest", .status = 403 } },
      .next = NEXT_NEVER, .error = "does not let us read" },

    /* ---- Prometheus ---- */
    { "Prometheus knows that 1 is 1", prometheus_doctor, "{}",
      .calls = { { QUERY "1", .status = 200, .answer = SCALAR("'1'") } }, .next = NEXT_DONE,
      .result = FOUND(GOOD("Prometheus", "it answers queries")) },
    { "whoever does not is none", prometheus_doctor, "{}",
      .calls = { { QUERY "1", .status = 200, .answer = SCALAR("'NaN'") } }, .next = NEXT_NEVER,
      .error = "does not know that 1 is 1" },
    { "nor is a page", prometheus_doctor, "{}",
      .calls = { { QUERY "1", .status = 200, .answer = "<html>Grafana</html>" } }, .next = NEXT_NEVER,
      .error = "this is no Prometheus" },
    { "series are counted, with the labels that are asked for", prometheus_doctor, NAMES,
      .calls = { { COUNT("r_total"), .status = 200, .answer = SCALAR("'4'") },
                 { COUNT("l_seconds_bucket"), .status = 200,
                   .answer = "{'status':'success','data':{'resultType':'vector','result':[]}}" } },
      .next = NEXT_DONE,
      .result = FOUND(MENDED(
          "bad", "Prometheus api/production", "nothing matches l_seconds_bucket{rev!=\\\"\\\",job=\\\"a\\\\\\\"b\\\"}",
          "is the service scraped, and are analysis.metrics and its match as they are called there? A rollout "
          "cannot be judged without")) },
    { "both have to be there", prometheus_doctor, NAMES,
      .calls = { { COUNT("r_total"), .status = 200, .answer = SCALAR("'4'") },
                 { COUNT("l_seconds_bucket"), .status = 200, .answer = SCALAR("'44'") } },
      .next = NEXT_DONE,
      .result = FOUND(GOOD("Prometheus api/production", "it has 4 series of requests and 44 of latency")) },
    { "a sample in each block is often enough", prometheus_doctor, OFTEN,
      .calls = { BOTH_THERE, { SAMPLES, .status = 200, .answer = SCALAR("'20'") } }, .next = NEXT_DONE,
      .result = FOUND(GOOD("Prometheus api/production", HAS_BOTH)) },
    { "one that is late now and then, too", prometheus_doctor, OFTEN,
      .calls = { BOTH_THERE, { SAMPLES, .status = 200, .answer = SCALAR("'16'") } }, .next = NEXT_DONE,
      .result = FOUND(GOOD("Prometheus api/production", HAS_BOTH)) },
    { "one each minute is told, with what it means", prometheus_doctor, OFTEN,
      .calls = { BOTH_THERE, { SAMPLES, .status = 200, .answer = SCALAR("'5'") } }, .next = NEXT_DONE,
      .result = FOUND(MENDED("open", "Prometheus api/production",
                             HAS_BOTH "; a sample comes about every 60 s, and its analysis counts in blocks of 15s",
                             SELDOM)) },
    { "of series that have just begun it is not known", prometheus_doctor, OFTEN,
      .calls = { BOTH_THERE,
                 { SAMPLES, .status = 200,
                   .answer = "{'status':'success','data':{'resultType':'vector','result':[]}}" } },
      .next = NEXT_DONE, .result = FOUND(GOOD("Prometheus api/production", HAS_BOTH)) },
    { "nor of a number that is none", prometheus_doctor, OFTEN,
      .calls = { BOTH_THERE, { SAMPLES, .status = 200, .answer = SCALAR("'NaN'") } }, .next = NEXT_DONE,
      .result = FOUND(GOOD("Prometheus api/production", HAS_BOTH)) },
    { "hostile: less than one sample", prometheus_doctor, OFTEN,
      .calls = { BOTH_THERE, { SAMPLES, .status = 200, .answer = SCALAR("'1e-300'") } }, .next = NEXT_DONE,
      .result = FOUND(GOOD("Prometheus api/production", HAS_BOTH)) },
    { "a Prometheus that does not tell is a refusal", prometheus_doctor, OFTEN,
      .calls = { BOTH_THERE, { SAMPLES, .status = 503, .answer = "{}" } }, .next = NEXT_AGAIN, .error = "503",
      .is_outage = true },
    { "a name that would end the query is none", prometheus_doctor,
      "{'target':'api/production','names':{'requests':'r) or (x','latency':'l','revision_label':'rev',"
      "'code_label':'code'}}",
      .next = NEXT_NEVER, .error = "is not the name of a metric" },
};

static void run_row(void **state)
{
    run_scripted_with(*state, &settings);
}

static void a_subscription_that_the_configuration_names_and_is_not_there_is_told(void **state)
{
    static const struct settings named = { .pagerduty = &pagerduty_named };
    static const struct scripted_row row = {
        .step = pagerduty_doctor,
        .args = "{}",
        .calls = { { SUBSCRIPTIONS_CALL, .status = 200,
                     .answer = "{'webhook_subscriptions':[{'id':'PSUB001','events':[],'delivery_method':{'url':"
                               "'https://proxy.example.com/elsewhere'}}]}" } },
        .next = NEXT_DONE,
        .result = FOUND(KEY "," MENDED("bad", "PagerDuty webhooks", "there is no subscription PGONE",
                                       "correct pagerduty.subscriptions: the id stands in the address of its "
                                       "page") "," GOOD("PagerDuty webhooks", "the subscription PSUB001 is active")),
    };

    (void)state;
    run_scripted_with(&row, &named);
}

static void scopes_of_incidents_are_asked_for_where_there_are_some(void **state)
{
    static const struct incidents_settings incidents = { .channel = "inc-{date}-{slug}" };
    static const struct settings with_incidents = { .slack = { .api_url = "https://slack.com/api/" },
                                                    .incidents = &incidents };
    static const struct scripted_row row = {
        .step = slack_doctor_token,
        .args = "{}",
        .calls = { { "GET https://slack.com/api/auth.test", .status = 200, .answer = ME,
                     .header = { "x-oauth-scopes",
                                 ALL_SCOPES ",channels:manage,pins:write,bookmarks:read,bookmarks:write" } } },
        .next = NEXT_DONE,
        .result = FOUND(BOT "," MENDED("bad", "Slack scopes",
                                       "some are missing: groups:write (making a private channel for an incident), "
                                       "files:write (uploading a post-mortem), "
                                       "reactions:read (hearing which messages are marked for a timeline)",
                                       "add them under OAuth & Permissions, Bot Token Scopes, or take "
                                       "deploy/slack/manifest.yaml; then Install App again") "," NO_TIME),
    };

    (void)state;
    run_scripted_with(&row, &with_incidents);
}

static const struct date_row {
    const char *name, *text;
    int64_t unix_s; /* 0: it is none */
} dates[] = {
    { "a date as servers send it", "Thu, 16 Nov 2023 02:00:00 GMT", NOW_S },
    { "no date", NULL, 0 },
    { "another zone", "Thu, 16 Nov 2023 02:00:00 CET", 0 },
    { "a month that is none", "Thu, 16 Nox 2023 02:00:00 GMT", 0 },
    { "a day that is none", "Thu, 99 Nov 2023 02:00:00 GMT", 0 },
    { "one that ends early", "Thu, 16 Nov 2023 02:0", 0 },
    { "one with more behind it", "Thu, 16 Nov 2023 02:00:00 GMT!", 0 },
    { "signs where digits belong", "Thu, -1 Nov 2023 02:00:00 GMT", 0 },
    { "nothing", "", 0 },
};

static void check_date(void **state)
{
    const struct date_row *row = *state;
    int64_t unix_s = 0;

    assert_int_equal(slack_doctor_date(row->text, &unix_s), row->unix_s != 0);
    assert_int_equal(unix_s, row->unix_s);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(dates) + 2];

    (void)run_scripted; /* these rows have settings of their own */
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[i] = (struct CMUnitTest){ .name = rows[i].name,
                                        .test_func = run_row,
                                        .initial_state = (void *)(uintptr_t)&rows[i] };
    for (size_t i = 0; i < ARRAY_LEN(dates); i++)
        tests[ARRAY_LEN(rows) + i] = (struct CMUnitTest){ .name = dates[i].name,
                                                          .test_func = check_date,
                                                          .initial_state = (void *)(uintptr_t)&dates[i] };
    tests[ARRAY_LEN(tests) - 2] =
        (struct CMUnitTest)cmocka_unit_test(scopes_of_incidents_are_asked_for_where_there_are_some);
    tests[ARRAY_LEN(tests) - 1] =
        (struct CMUnitTest)cmocka_unit_test(a_subscription_that_the_configuration_names_and_is_not_there_is_told);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
