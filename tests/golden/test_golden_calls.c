/* Every body that goes to Cloud Run, Prometheus, GitHub, the mail server and, of channels, to Slack, whole. */
#include "golden.h"

#include "bot/base/digest.h"
#include "bot/model/settings.h"
#include "integrations/github/deployment.h"
#include "integrations/github/workflow.h"
#include "integrations/google/armor.h"
#include "integrations/google/backup.h"
#include "integrations/google/cloud_run.h"
#include "integrations/google/database.h"
#include "integrations/google/logging.h"
#include "integrations/health.h"
#include "integrations/mail/send.h"
#include "integrations/pagerduty/change.h"
#include "integrations/pagerduty/change_event.h"
#include "integrations/pagerduty/incidents.h"
#include "integrations/pagerduty/note.h"
#include "integrations/pagerduty/people.h"
#include "integrations/pagerduty/status.h"
#include "integrations/pagerduty/subscription.h"
#include "integrations/pagerduty/trigger.h"
#include "integrations/probes.h"
#include "integrations/prometheus/measure.h"
#include "integrations/slack/channel.h"
#include "integrations/slack/channel_change.h"
#include "integrations/slack/home.h"
#include "integrations/slack/invite.h"
#include "integrations/slack/upload.h"
#include "integrations/statuspage/incident.h"

#include <string.h>

#define CALLS_MAX 12

#define PLACE "'place':{'project':'acme','region':'us-central1','service':'api-service'}"
#define FULL(name) "'projects/acme/locations/us-central1/services/api-service/revisions/" name "'"
#define DIGEST "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define IMAGE "us-docker.pkg.dev/acme/images/api@" DIGEST
#define ENTRY(name) "{'type':'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION','revision':'" name "'"
#define LATEST "{'type':'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST'"

/* clang-format off */
#define SERVICE                                                                                                        \
    "{'etag':'\\'e7\\'','latestReadyRevision':" FULL("api-service-d7")                                                 \
    ",'traffic':[" ENTRY("api-service-d7") ",'percent':95,'tag':'d7'},"                                                \
    ENTRY("api-service-d8") ",'percent':5,'tag':'d8'}," ENTRY("api-service-d5") ",'tag':'d5'},"                        \
    LATEST ",'tag':'next'}],"                                                                                          \
    "'trafficStatuses':[" ENTRY("api-service-d7") ",'percent':95}," ENTRY("api-service-d8") ",'percent':5}],"          \
    "'annotations':{'owner':'team-a','run.googleapis.com/ingress':'all','opsgate.dev/effect':'birth-0',"               \
    "'opsgate.dev/version':'v1.4.1','opsgate.dev/previous':'api-service-d5'}}"
#define REVISION                                                                                                       \
    "{'name':" FULL("api-service-d7") ",'uid':'u','annotations':{'keep':'me','serving.knative.dev/creator':'x'},"      \
    "'labels':{'team':'a','serving.knative.dev/x':'y'},'scaling':{'minInstanceCount':1,'maxInstanceCount':20},"        \
    "'timeout':'300s','serviceAccount':'api@acme','maxInstanceRequestConcurrency':80,'conditions':[],"                 \
    "'containers':[{'name':'proxy','image':'proxy@sha256:1','env':[{'name':'MODE','value':'proxy'}]},"                 \
    "{'name':'app','image':'old@sha256:0','ports':[{'name':'http1','containerPort':8080}],"                            \
    "'resources':{'limits':{'cpu':'1','memory':'512Mi'}},'env':[{'name':'MODE','value':'slow'},"                       \
    "{'name':'DB','valueSource':{'secretKeyRef':{'secret':'db','version':'3'}}}]}],"                                   \
    "'volumes':[{'name':'v','secret':{'secret':'s'}}]}"
/* clang-format on */
#define OPERATION "{'name':'projects/acme/locations/us-central1/operations/1'}"
#define WINDOW                                                                                                         \
    "{'status':'success','data':{'resultType':'vector','result':["                                                     \
    "{'metric':{'opsgate_part':'now'},'value':[1795168840.123,'1']},"                                                  \
    "{'metric':{'opsgate_part':'bound','revision':'api-service-d7','le':'0.25'},'value':[1795168840.123,'2']},"        \
    "{'metric':{'opsgate_part':'bound','revision':'api-service-d7','le':'+Inf'},'value':[1795168840.123,'2']}]}}"
#define NO_BLOCKS "{'status':'success','data':{'resultType':'matrix','result':[]}}"
#define NUMBER "{'status':'success','data':{'resultType':'scalar','result':[1795168800.123,'12']}}"

#define DEPLOYMENT                                                                                                     \
    "'of':{'repository':'acme/platform','sha':'5d2a81f7469c0be3d8f57a1246e90cb38d14f7a3','environment':'production',"  \
    "'task':'deploy','operation':'birth-00000000000000a1'"

#define ARMOR_PLACE "'place':{'project':'acme','policy':'edge-policy'}"
#define SQL_PLACE "'project':'acme','instance':'platform-prod-db','replica':'platform-prod-db-eu'"
#define REDIS_PLACE "'project':'acme','instance':'session-cache','region':'us-central1'"

#define PAGED "{'incident':{'id':'PINC001','status':'acknowledged','urgency':'low'}}"

static const struct row {
    const char *file;
    exchange_fn step;
    const char *args;
    const char *answers[CALLS_MAX]; /* each a good one; the last one stands for all that follow */
} rows[] = {
    { "cloud-run-new-revision.txt",
      cloud_run_new_revision,
      "{" PLACE ",'image':'" IMAGE "','revision':'api-service-d9','tag':'d9','version':'v1.4.2'}",
      { SERVICE, REVISION, OPERATION } },
    { "cloud-run-new-settings.txt",
      cloud_run_new_revision,
      "{" PLACE ",'image':'" IMAGE "','revision':'api-service-d9','tag':'d9','version':'v1.4.2',"
      "'env':{'MODE':'fast','GREETING':'say \\'hi\\''}}",
      { SERVICE, REVISION, OPERATION } },
    { "cloud-run-traffic.txt",
      cloud_run_traffic,
      "{" PLACE ",'expected':[{'revision':'api-service-d7','percent':95},{'revision':'api-service-d8','percent':5}],"
      "'wanted':[{'revision':'api-service-d8','percent':25,'tag':'d8'},{'revision':'api-service-d7','percent':75}],"
      "'version':'v1.4.2','previous':'api-service-d7'}",
      { SERVICE, OPERATION } },
    { "cloud-run-return.txt",
      cloud_run_traffic,
      "{" PLACE ",'expected':[{'revision':'api-service-d7','percent':95},{'revision':'api-service-d8','percent':5}],"
      "'wanted':[{'revision':'api-service-d7','percent':100}],'remove_tags':['d8'],'version':'v1.4.1',"
      "'previous':'api-service-d5'}",
      { SERVICE, OPERATION } },
    { "cloud-run-untag.txt", cloud_run_untag, "{" PLACE ",'tags':['d5','d7']}", { SERVICE, OPERATION } },
    { "cloud-run-scale.txt", cloud_run_scale, "{" PLACE ",'min':10,'max':100}", { SERVICE, OPERATION } },
    { "cloud-run-changed-revision.txt",
      cloud_run_new_revision,
      "{" PLACE ",'image':'" IMAGE "','revision':'api-service-d9','tag':'d9','version':'v1.4.2','removed':['MODE'],"
      "'env':{'LOG_LEVEL':'debug'},'resources':{'cpu':'2','memory':'4Gi','concurrency':40,'timeout_s':600,"
      "'max_instances':30}}",
      { SERVICE, REVISION, OPERATION } },
    { "cloud-run-revisions.txt",
      cloud_run_read_revisions,
      "{" PLACE ",'revisions':['api-service-d7','api-service-d8']}",
      { REVISION } },
    { "cloud-run-template.txt",
      cloud_run_read_template,
      "{'project':'acme','region':'us-central1','service':'api-service'}",
      { "{'etag':'\\'e7\\'','latestReadyRevision':" FULL("api-service-d7") ",'latestCreatedRevision':" FULL("api-service-d9") ",'traffic':[" ENTRY(
          "api-service-d7") ",'percent':100}],'trafficStatuses':[" ENTRY("api-service-d7") ",'percent':100}],'template':{'containers':[]}}" } },
    { "database-read.txt",
      database_read,
      "{" SQL_PLACE "}",
      { "{'state':'RUNNABLE','instanceType':'READ_REPLICA_INSTANCE'}" } },
    { "database-failover.txt",
      database_fail_over,
      "{'place':{" SQL_PLACE "},'method':'standby','settings_version':'12'}",
      { "{'name':'op-9'}" } },
    { "database-promotion.txt",
      database_fail_over,
      "{'place':{" SQL_PLACE "},'method':'promotion'}",
      { "{'name':'op-9'}" } },
    { "database-sought.txt",
      database_seek,
      "{'place':{" SQL_PLACE "},'method':'standby','from_zone':'us-central1-a','since_ms':1700099960000}",
      { "{'gceZone':'us-central1-a'}" } },
    { "database-followed.txt",
      database_follow,
      "{'place':{" SQL_PLACE "},'operation':'op-9'}",
      { "{'status':'RUNNING'}" } },
    { "backups-read.txt",
      backups_read,
      "{'place':{" SQL_PLACE "},'instance':'platform-scratch-db','kind':'restore','id':'17'}",
      { "{'state':'RUNNABLE','databaseVersion':'POSTGRES_15','id':'17','status':'SUCCESSFUL'}" } },
    { "backup-create.txt",
      backups_change,
      "{'place':{" SQL_PLACE "},'kind':'create','into':'platform-prod-db','description':'before v2 (opsgate D7)'}",
      { "{'name':'op-9'}" } },
    { "backup-restore.txt",
      backups_change,
      "{'place':{" SQL_PLACE "},'kind':'restore','into':'platform-scratch-db','id':'1763000000001'}",
      { "{'name':'op-9'}" } },
    { "backup-export.txt",
      backups_change,
      "{'place':{" SQL_PLACE "},'kind':'export','into':'platform-prod-db','file':'gs://b/x.sql.gz','database':'app'}",
      { "{'name':'op-9'}" } },
    { "backup-import.txt",
      backups_change,
      "{'place':{" SQL_PLACE "},'kind':'import','into':'platform-prod-db','file':'gs://b/x.sql.gz','database':'app'}",
      { "{'name':'op-9'}" } },
    { "backup-sought.txt",
      backups_seek,
      "{'errand':{'place':{" SQL_PLACE "},'kind':'restore','into':'platform-scratch-db'},'since_ms':1700099960000}",
      { "{}" } },
    { "memorystore-read.txt", database_read, "{" REDIS_PLACE "}", { "{'state':'READY','tier':'STANDARD_HA'}" } },
    { "memorystore-failover.txt",
      database_fail_over,
      "{'place':{" REDIS_PLACE "},'method':'memorystore','mode':'LIMITED_DATA_LOSS'}",
      { "{'name':'projects/acme/locations/us-central1/operations/op-9'}" } },
    { "memorystore-followed.txt",
      database_follow,
      "{'place':{" REDIS_PLACE "},'operation':'projects/acme/locations/us-central1/operations/op-9'}",
      { "{'done':false}" } },
    { "armor-block.txt",
      armor_block_add,
      "{" ARMOR_PLACE
      ",'priority':9000,'range':'203.0.113.7/32','description':'opsgate D7, by slack:U1 [birth-1]','mark':"
      "'birth-1'}",
      { "{'fingerprint':'fp1=','rules':[]}", "{'name':'operation-9'}" } },
    { "armor-unblock.txt",
      armor_block_remove,
      "{" ARMOR_PLACE ",'priority':9000,'range':'203.0.113.7/32','mark':'birth-1'}",
      { "{'rules':[{'priority':9000,'description':'[birth-1]','match':{'config':{'srcIpRanges':['203.0.113.7/32']}}}]}",
        "{'name':'operation-9'}" } },
    { "armor-ddos.txt",
      armor_ddos_switch,
      "{" ARMOR_PLACE ",'is_on':true}",
      { "{'fingerprint':'fp1=','rules':[]}", "{'name':'operation-9'}" } },
    { "armor-followed.txt",
      armor_read,
      "{" ARMOR_PLACE ",'operation':'operation-9'}",
      { "{'status':'RUNNING'}", "{'rules':[]}" } },
    { "logging-entries.txt",
      logging_read,
      "{'project':'acme','region':'us-central1','service':'api-service','is_errors':true,'since_ms':1700099100000,"
      "'request':'req-42','max':50}",
      { "{}" } },
    { "github-dispatch.txt",
      github_dispatch,
      "{'repository':'acme/platform','workflow':'deploy.yml','ref':'main','inputs':{'version':'v1.4.2',"
      "'image':'" IMAGE "'}}",
      { "{'workflow_runs':[]}", "{'workflow_run_id':31000000007}" } },
    { "github-deployment.txt",
      github_deployment_make,
      "{" DEPLOYMENT "},'name':'D1042','service':'api','version':'v1.5.0'}",
      { "{'id':31337}" } },
    { "github-deployment-status.txt",
      github_deployment_status_make,
      "{" DEPLOYMENT ",'deployment':31337},'state':'in_progress','description':'D1042: api v1.5.0 is at 25 %',"
      "'environment_url':'https://api.acme.example','log_url':'https://ops.acme.example/D1042'}",
      { "{'id':91}" } },
    { "github-deployment-found.txt",
      github_deployment_status_make,
      "{" DEPLOYMENT "},'state':'success','description':'D1042: api v1.5.0 serves'}",
      { "[{'id':31337,'payload':{'opsgate':'birth-00000000000000a1'}}]", "{'id':91}" } },
    { "prometheus-measure.txt",
      prometheus_measure,
      "{'canary':'api-service-d8','baseline':'api-service-d7','window_ms':300000,'names':{'requests':'http_requests_total',"
      "'latency':'http_request_duration_seconds','revision_label':'revision','code_label':'code','errors':'5..',"
      "'match':{'service':'api','path':'C:\\\\x'}},'queries':[{'name':'hits','query':"
      "'sum(rate(hits{revision=\\'{revision}\\'}[1m]))'}],'from_ms':1795168800000,'block_ms':15000,'slow_s':0.2}",
      { WINDOW, NO_BLOCKS, NUMBER } },
    { "pagerduty-enable.txt",
      pagerduty_subscription_enable,
      "{'subscription':'PSUB001'}",
      { "{'webhook_subscription':{'id':'PSUB001','delivery_method':{'temporarily_disabled':true}}}" } },
    { "pagerduty-incidents.txt",
      pagerduty_incidents_read,
      "{'services':['PSVC001']}",
      { "{'incidents':[],'more':true}", "{'incidents':[],'more':false}" } },
    { "pagerduty-oncall.txt",
      pagerduty_oncall_read,
      "{'service':'PSVC001'}",
      { "{'service':{'id':'PSVC001','escalation_policy':{'id':'PPOL001'}}}", "{'oncalls':[]}" } },
    { "pagerduty-status.txt",
      pagerduty_status_set,
      "{'of':{'incident':'PINC001','by':'pagerduty:PUSER01'},'intent':'resolve','resolution':'rolled back'}",
      { "{'user':{'id':'PUSER01','email':'ann@example.com'}}", PAGED, PAGED } },
    { "pagerduty-change.txt",
      pagerduty_change_make,
      "{'of':{'incident':'PINC001'},'title':'API is down','urgency':'high','priority':'P1'}",
      { PAGED } },
    { "pagerduty-escalate.txt", pagerduty_assign_make, "{'of':{'incident':'PINC001'},'level':2}", { PAGED } },
    { "pagerduty-snooze.txt", pagerduty_snooze_set, "{'of':{'incident':'PINC001'},'seconds':3600}", { PAGED } },
    { "pagerduty-note.txt",
      pagerduty_note_make,
      "{'of':{'incident':'PINC001','asked_at_ms':1},'text':'Rolled back to v1.4.1.'}",
      { "{'note':{'id':'PNOTE1'}}" } },
    { "pagerduty-tell.txt",
      pagerduty_status_update_make,
      "{'of':{'incident':'PINC001'},'text':'Errors are down; we watch.'}",
      { "{'status_update':{'id':'PUPD1'}}" } },
    { "pagerduty-trigger.txt",
      pagerduty_trigger_make,
      "{'of':{},'service':'PSVC001','title':'API is down','details':'errors 7.2 % (limit 1 %)','urgency':'high','policy':'PPOL001'}",
      { PAGED } },
    { "pagerduty-change-event.txt",
      pagerduty_change_event_send,
      "{'target':'api/production','summary':'Rolling out api v1.4.2 to production (from v1.4.1), by ann','at_ms':1795212000000,"
      "'operation':'D1042','state':'began','service':'api','environment':'production','version':'v1.4.2','before':'v1.4.1',"
      "'by':'ann','reason':'the cart','url':'https://ops.example.com/D1042'}",
      { "" } },
    { "statuspage-open.txt",
      statuspage_open,
      "{'name':'Checkout slow','body':'Some orders take long. We look into it.','impact':'minor',"
      "'components':{'8kbf7d35c070':'degraded_performance'}}",
      { "{'id':'p31zjtct2jer'}" } },
    { "statuspage-resolve.txt",
      statuspage_update,
      "{'incident':'p31zjtct2jer','status':'resolved','body':'It works again.','components':{'8kbf7d35c070':'operational'},"
      "'asked_at_ms':1}",
      { "{'id':'p31zjtct2jer'}" } },
    { "mail.txt",
      mail_send,
      "{'to':['security@example.com','boss@example.com'],'subject':'Broken glass: api/production, review D1043 – Rücksprache',"
      "'text':'Somebody broke the glass.\\n\\n  reason  a fire = 1 über\\n','at_ms':1795212000000}",
      { "" } },
    { "probes-private.txt",
      probes_read,
      "{'url':'https://d8---api.a.run.app/health','baseline_url':'https://d7---api.a.run.app/health','rounds':2,'every_ms':5000,"
      "'timeout_ms':2000,'audience':'https://api.a.run.app'}",
      { "" } },
    { "slack-channel.txt",
      slack_channel_make,
      "{'name':'inc-20261122-api-down','greeting':'*D1042* P1: API <down>'}",
      { "{'ok':false,'error':'name_taken'}", "{'ok':true,'user_id':'U0OPSGATE'}", "{'ok':true,'channels':[]}",
        "{'ok':true,'channel':{'id':'C012AB3CD','name':'inc-20261122-api-down-2'}}",
        "{'ok':true,'ts':'1795305600.000100'}" } },
    { "slack-invite.txt",
      slack_channel_invite,
      "{'channel':'C012AB3CD','users':['U012AB3CD','U0456EFGH']}",
      { "{'ok':true}" } },
    { "slack-home.txt",
      slack_exchange_home,
      "{'user':'U012AB3CD','intro':'*opsgate*','actions':[{'label':'Deploy…','command':'deploy','style':'plain'}],"
      "'sections':[{'title':'Waits for you','items':[{'text':'*D7*  Deploy <api> by @{slack:U0456EFGH}\n*waits*',"
      "'actions':[{'label':'Approve','command':'approve D7 --look 2','style':'primary'}]}],'more':'1 more: `/ops status`'}],"
      "'footer':'as of @{time:1795305600000}'}",
      { "{'ok':true}" } },
    { "slack-topic.txt",
      slack_channel_topic,
      "{'channel':'C012AB3CD','text':'*P1* investigating, led by @{slack:U012AB3CD} & co'}",
      { "{'ok':true}" } },
    { "slack-bookmark.txt",
      slack_channel_bookmark,
      "{'channel':'C012AB3CD','title':'Runbook','link':'https://runbooks.acme.example/api','emoji':':book:'}",
      { "{'ok':true,'bookmark':{'id':'Bk012'}}" } },
    { "slack-upload.txt",
      slack_file_upload,
      "{'channel':'C012AB3CD','thread_ts':'1795305600.000100','filename':'post-mortem-D1042-1.md','title':'Post-mortem: API "
      "down','comment':'As *Markdown*','content':'# API down\n\n- 22:00 \u00fcberlastet\n'}",
      { "{'ok':true,'upload_url':'https://files.slack.com/upload/v1/abc','file_id':'F012AB3CD'}", "OK",
        "{'ok':true}" } },
    { "health-private.txt",
      health_read,
      "{'url':'https://d8---api.a.run.app/health','audience':'https://api.a.run.app'}",
      { "" } },
};

static const char *quoted(const char *text, struct arena *arena)
{
    char *copy = arena_strdup(arena, text);

    for (char *c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    return copy;
}

/* JSON with its indents; a form as people read it. */
static void show_body(struct str body, struct arena *arena, struct buf *out)
{
    struct error ignored;
    cJSON *json = body.len > 0 && body.at[0] == '{' ? json_parse_in(arena, body, &ignored) : NULL;
    AUTO_FREE char *text = json ? cJSON_Print(json) : NULL;

    if (text) {
        buf_addf(out, "%s\n", text);
        return;
    }
    for (size_t i = 0; i < body.len; i++) {
        unsigned char byte;

        if (body.at[i] == '%' && i + 2 < body.len && hex_decode((struct str){ body.at + i + 1, 2 }, &byte, 1)) {
            buf_putc(out, (char)byte);
            i += 2;
        } else {
            buf_putc(out, body.at[i] == '&' ? '\n' : body.at[i]);
        }
    }
    if (body.len > 0)
        buf_putc(out, '\n');
}

/* The envelope, and the lines without their CR. */
static void show_mail(const struct http_call *call, struct buf *out)
{
    buf_addf(out, "from %s\n", call->mail->from);
    for (size_t i = 0; i < call->mail->to_count; i++)
        buf_addf(out, "to %s\n", call->mail->to[i]);
    for (size_t i = 0; i < call->body.len; i++)
        if (call->body.at[i] != '\r')
            buf_putc(out, call->body.at[i]);
}

static void show_call(const struct http_call *call, struct arena *arena, struct buf *out)
{
    static const char *const credentials[] = {
        [HTTP_NO_CREDENTIAL] = "unsigned",
        [HTTP_GOOGLE_ACCESS] = "access token",
        [HTTP_GOOGLE_IDENTITY] = "identity token",
        [HTTP_GITHUB] = "installation token",
        [HTTP_PAGERDUTY] = "PagerDuty's key",
        [HTTP_SMTP] = "smtp.username and smtp.password",
        [HTTP_SLACK_BOT] = "bot token",
        [HTTP_STATUSPAGE] = "Statuspage's key",
    };

    buf_addf(out, "%s %s\n%s%s%s\n", call->method, call->url, credentials[call->credential],
             call->audience ? " for " : "", call->audience ? call->audience : "");
    for (size_t i = 0; i < call->header_count; i++)
        buf_addf(out, "%s: %s\n", call->headers[i].name, call->headers[i].value);
    if (call->mail)
        show_mail(call, out);
    else
        show_body(call->body, arena, out);
    buf_putc(out, '\n');
}

/* What is made on GitHub is answered so; but a workflow is dispatched. */
static int status_of(const struct http_call *call)
{
    bool is_made = strcmp(call->method, "POST") == 0 && strstr(call->url, "/deployments");

    return call->mail ? 250 : is_made ? 201 : 200;
}

static void calls_are_what_the_file_says(void **state)
{
    static const struct pagerduty_settings pagerduty = { .api_url = "https://api.pagerduty.com",
                                                         .events_url = "https://events.pagerduty.com",
                                                         .from = "ops@example.com" };
    static const struct statuspage_settings statuspage = { .api_url = "https://api.statuspage.io", .page = "pg1" };
    static const struct smtp_settings smtp = { .url = "smtp://mail.example.com:587",
                                               .from = "opsgate@example.com",
                                               .username = "opsgate" };
    static struct environment_settings environment = { .name = "production",
                                                       .pagerduty_integration_key = "0123456789abcdef0123456789abcdef" };
    static struct service_settings service = { .name = "api", .environments = &environment, .environments_count = 1 };
    static const struct settings settings = { .slack = { .api_url = "https://slack.com/api" },
                                              .services = &service,
                                              .services_count = 1,
                                              .pagerduty = &pagerduty,
                                              .statuspage = &statuspage,
                                              .smtp = &smtp,
                                              .google = { .run_url = "https://run.googleapis.com",
                                                          .sqladmin_url = "https://sqladmin.googleapis.com",
                                                          .redis_url = "https://redis.googleapis.com",
                                                          .compute_url = "https://compute.googleapis.com",
                                                          .logging_url = "https://logging.googleapis.com",
                                                          .monitoring_url = "https://monitoring.googleapis.com" },
                                              .metrics = { .prometheus = "http://prometheus:9090" } };
    const struct row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf out = BUF(GOLDEN_MAX_BYTES);
    struct http_answer answers[CALLS_MAX];
    const char *answer = NULL;
    struct error err;
    struct exchange exchange = { .settings = &settings,
                                 .effect_id = "birth-00000000000000e1",
                                 .operation_id = "birth-00000000000000a1",
                                 .answers = answers,
                                 .is_first_try = true,
                                 .arena = arena };
    struct exchange_step step;

    exchange.args = json_parse_in(arena, str_of(quoted(row->args, arena)), &err);
    assert_non_null(exchange.args);
    while ((step = row->step(&exchange)).next == NEXT_CALL) {
        assert_true(exchange.answer_count < CALLS_MAX);
        show_call(&step.call, arena, &out);
        answer = row->answers[exchange.answer_count] ? quoted(row->answers[exchange.answer_count], arena) : answer;
        answers[exchange.answer_count++] =
            (struct http_answer){ .status = status_of(&step.call), .body = str_of(answer) };
    }
    if (step.next != NEXT_DONE)
        fail_msg("%s: %s", row->file, step.error);
    golden_check(row->file, buf_text(&out));
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(rows)];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[i] = (struct CMUnitTest){ .name = rows[i].file,
                                        .test_func = calls_are_what_the_file_says,
                                        .initial_state = (void *)(uintptr_t)&rows[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
