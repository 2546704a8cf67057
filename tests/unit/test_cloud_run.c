#include "tests/unit/scripted_exchange.h"

#include "bot/model/cloud_run.h"
#include "integrations/google/cloud_run.h"

#define SERVICE "https://run.googleapis.com/v2/projects/acme/locations/us-central1/services/api-service"
#define GET_SERVICE "GET " SERVICE
#define GET_REVISION(name) "GET " SERVICE "/revisions/" name
#define PATCH_TEMPLATE "PATCH " SERVICE "?updateMask=template,traffic,annotations"
#define PATCH_TAG "PATCH " SERVICE "?updateMask=traffic"
#define PATCH_TRAFFIC "PATCH " SERVICE "?updateMask=traffic,annotations"
#define NO { NULL }, NULL /* nothing is looked for in the body */

/* clang-format off */

/* ---- args ---- */

#define READ "{'project':'acme','region':'us-central1','service':'api-service'}"
#define PLACE "'place':" READ
#define REPOSITORY "us-docker.pkg.dev/acme/images/api"
#define IMAGE REPOSITORY "@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define OLD_IMAGE REPOSITORY "@sha256:0000000000000000000000000000000000000000000000000000000000000000"
#define NEW_REVISION_OF(image) \
    "{" PLACE ",'image':'" image "','revision':'api-service-d1','tag':'d1','version':'main'}"
#define NEW_REVISION NEW_REVISION_OF(IMAGE)
#define NEW_IRREVERSIBLE \
    "{" PLACE ",'image':'" IMAGE "','revision':'api-service-d1','tag':'d1','version':'main','is_irreversible':true}"
#define NEW_REVISION_ENV(env) \
    "{" PLACE ",'image':'" IMAGE "','revision':'api-service-d1','tag':'d1','version':'main','env':{" env "}}"
#define NEW_REVISION_KEEPING(instances) \
    "{" PLACE ",'image':'" IMAGE "','revision':'api-service-d1','tag':'d1','version':'main','min_instances':" #instances "}"
#define UNTAG_ON(tags, revision) "{" PLACE ",'tags':[" tags "],'revision':'" revision "'}"
#define UNTAG(tags) "{" PLACE ",'tags':[" tags "]}"
#define COMPARE(revisions) "{" PLACE ",'revisions':[" revisions "]}"
#define SHIFT_WITH(wanted, more) \
    "{" PLACE ",'expected':[{'revision':'api-1','percent':100}],'wanted':[" wanted "],'version':'main'," \
    "'previous':'api-1'" more "}"
#define SHIFT(wanted) SHIFT_WITH(wanted, "")
#define TRAFFIC SHIFT("{'revision':'api-service-d1','percent':100,'tag':'d1'}")
#define CANARY(new, old) \
    SHIFT("{'revision':'api-service-d1','percent':" new ",'tag':'d1'},{'revision':'api-1','percent':" old "}")

#define SCALE(was_min, was_max, min, max) \
    "{" PLACE ",'expected_min':" #was_min ",'expected_max':" #was_max ",'min':" #min ",'max':" #max "}"
#define PATCH_SCALING "PATCH " SERVICE "?updateMask=scaling,annotations"

/* ---- answers ---- */

#define SCALED(min, max, more, annotations) \
    "{'etag':'\\'e7\\'','latestReadyRevision':'" FULL("api-1") "','traffic':[" REVISION("api-1") ",'percent':100}]," \
    "'trafficStatuses':[" REVISION("api-1") ",'percent':100}],'annotations':{" annotations "}," \
    "'scaling':{'minInstanceCount':" #min ",'maxInstanceCount':" #max more "}}"

#define WENT_BACK "'opsgate.dev/effect':'birth-00000000000000a1-back'"
#define LATEST "{'type':'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST'"
#define REVISION(name) "{'type':'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION','revision':'" name "'"
#define FULL(name) "projects/acme/locations/us-central1/services/api-service/revisions/" name
#define SERVING(traffic, statuses, annotations) \
    "{'name':'projects/acme/locations/us-central1/services/api-service','etag':'\\'e7\\''," \
    "'generation':'5','observedGeneration':'5','uri':'https://api.a.run.app'," \
    "'latestCreatedRevision':'" FULL("api-2") "','latestReadyRevision':'" FULL("api-1") "'," \
    "'traffic':[" traffic "],'trafficStatuses':[" statuses "],'annotations':{" annotations "}," \
    "'terminalCondition':{'type':'Ready','state':'CONDITION_SUCCEEDED'}}"
#define USUAL \
    SERVING(LATEST ",'percent':100}", LATEST ",'percent':100}", "'owner':'team-a','run.googleapis.com/x':'y'")
#define AFTER(annotations) \
    SERVING(REVISION("api-service-d1") ",'percent':100,'tag':'d1'}", REVISION("api-service-d1") ",'percent':100}", annotations)
#define REVISION_WITH(image) \
    "{'name':'" FULL("api-1") "','uid':'u1','service':'api-service','createTime':'2026-01-01T00:00:00Z'," \
    "'annotations':{'keep':'me','serving.knative.dev/creator':'x','opsgate.dev/version':'v0'}," \
    "'labels':{'team':'a'},'timeout':'300s','serviceAccount':'api@acme.iam','maxInstanceRequestConcurrency':80," \
    "'conditions':[],'containers':[{'name':'proxy','image':'sidecar@sha256:1'}," \
    "{'name':'app','image':'" image "','ports':[{'containerPort':8080}],'env':[{'name':'A','value':'1'}]}]}"
#define OLD REVISION_WITH(OLD_IMAGE)
#define FULL_REVISION \
    "{'name':'" FULL("api-1") "','annotations':{'opsgate.dev/version':'v1.4.2'},'timeout':'300s','serviceAccount':'api@acme'," \
    "'maxInstanceRequestConcurrency':80,'scaling':{'minInstanceCount':1,'maxInstanceCount':20}," \
    "'conditions':[{'type':'Active','state':'CONDITION_FAILED'},{'type':'Ready','state':'CONDITION_SUCCEEDED'}]," \
    "'containers':[{'name':'proxy','env':[{'name':'MODE','value':'on'}]},{'name':'app','image':'" OLD_IMAGE "'," \
    "'ports':[{'containerPort':8080}],'resources':{'limits':{'cpu':'1','memory':'512Mi','gpu':'0'}},'env':[" \
    "{'name':'MODE','value':'on'},{'name':'EMPTY'},{'name':'DB','valueSource':{'secretKeyRef':{'secret':'db','version':'3'}}}," \
    "{'name':'KEY','valueSource':{'secretKeyRef':{'secret':'projects/77/secrets/key'}}}]}],'volumes':[{'name':'tmp'}," \
    "{'name':'certs','secret':{'secret':'tls','items':[{'path':'key.pem','version':'2'},{'path':'ca.pem'}]}}," \
    "{'name':'whole','secret':{'secret':'all'}}]}"
#define OPERATION "{'name':'projects/acme/locations/us-central1/operations/1'}"
#define FAILED(code) "{'name':'o','done':true,'error':{'code':" code ",'message':'because'}}"
#define ERROR(code, status) "{'error':{'code':" code ",'status':'" status "','message':'because'}}"
#define OUR_EFFECT "'opsgate.dev/effect':'birth-00000000000000e1'"
#define OUR_OPERATION "'opsgate.dev/operation':'birth-00000000000000a1'"

#define TEMPLATE(created, template) \
    "{'name':'projects/acme/locations/us-central1/services/api-service','etag':'\\'e7\\'','generation':'5','observedGeneration':'5'," \
    created ",'latestReadyRevision':'" FULL("api-1") "','traffic':[" REVISION("api-1") ",'percent':100}]," \
    "'trafficStatuses':[" REVISION("api-1") ",'percent':100}],'terminalCondition':{'type':'Ready','state':'CONDITION_SUCCEEDED'}," \
    "'scaling':{'minInstanceCount':1,'maxInstanceCount':9},'lastModifier':'terraform@acme','updateTime':'2026-11-20T22:00:00Z'," \
    "'template':{" template "}}"

/* ---- results ---- */
#define NOBODYS \
    "{'wanted':{'revision':'','settings':{},'secrets':{},'limits':{},'min_instances':0,'max_instances':0,'is_ready':false}," \
    "'serving':{'revision':'','settings':{},'secrets':{},'limits':{},'min_instances':0,'max_instances':0,'is_ready':false}}"

#define MADE "{'revision':'api-service-d1','existed':false}"
#define EXISTED "{'revision':'api-service-d1','existed':true}"
#define CHANGED "{'changed':true,'effect':'birth-00000000000000e1'}"
#define DIGEST_OF_ON "12f4a387d07edfa1" /* printf on | openssl dgst -sha256 -hmac api-service | cut -c1-16 */
#define DIGEST_OF_NOTHING "58abd7132e2ff285"

static const struct scripted_row rows[] = {
    /* ---- reading ---- */
    { "a service as it stands", cloud_run_read, READ,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { GET_REVISION("api-1"), NO, 200, OLD } },
      .next = NEXT_DONE,
      .result = "{'etag':'\\'e7\\'','uri':'https://api.a.run.app','is_settled':true,'is_ready':true,"
                "'latest_created':'api-2','latest_ready':'api-1','image':'" OLD_IMAGE "','serving':'api-1',"
                "'wanted':[{'revision':'api-1','percent':100}],'observed':[{'revision':'api-1','percent':100}],"
                "'annotations':{'owner':'team-a','run.googleapis.com/x':'y'}}" },
    { "a split with tags, observed apart from what was asked for", cloud_run_read, READ,
      .calls = { { GET_SERVICE, NO, 200,
                   "{'etag':'e','generation':6,'observedGeneration':'5','reconciling':true,"
                   "'latestReadyRevision':'" FULL("api-1") "',"
                   "'traffic':[" REVISION("api-1") ",'percent':40}," REVISION("api-2") ",'percent':60},"
                   REVISION("api-2") ",'tag':'t'}],"
                   "'trafficStatuses':[" REVISION("api-1") ",'percent':100},"
                   REVISION("api-2") ",'tag':'t','uri':'https://t---api.a.run.app'}],"
                   "'terminalCondition':{'state':'CONDITION_RECONCILING','message':'wait'}}" },
                 { GET_REVISION("api-1"), NO, 404, "" } },
      .next = NEXT_DONE,
      .result = "{'etag':'e','uri':null,'is_settled':false,'is_ready':false,'latest_created':null,'latest_ready':'api-1',"
                "'serving':'api-1','wanted':[{'revision':'api-1','percent':40},{'revision':'api-2','percent':60},"
                "{'revision':'api-2','percent':0,'tag':'t'}],'observed':[{'revision':'api-1','percent':100},"
                "{'revision':'api-2','percent':0,'tag':'t','uri':'https://t---api.a.run.app'}],'annotations':{}}" },
    { "a service that failed says why", cloud_run_read, READ,
      .calls = { { GET_SERVICE, NO, 200,
                   "{'etag':'e','traffic':[" LATEST ",'percent':100}],"
                   "'terminalCondition':{'state':'CONDITION_FAILED','message':'Container failed to start.'}}" } },
      .next = NEXT_DONE,
      .result = "{'etag':'e','uri':null,'is_settled':true,'is_ready':false,'problem':'Container failed to start.',"
                "'latest_created':null,'latest_ready':null,'wanted':[],'observed':[],'annotations':{}}" },
    { "a service that is not there", cloud_run_read, READ,
      .calls = { { GET_SERVICE, NO, 404, ERROR("404", "NOT_FOUND") } },
      .next = NEXT_NEVER, .error = "Cloud Run, api-service in acme/us-central1: there is no such service" },
    { "a token that has run out", cloud_run_read, READ,
      .calls = { { GET_SERVICE, NO, 401, ERROR("401", "UNAUTHENTICATED") } },
      .next = NEXT_AGAIN, .needs_fresh_credential = true },
    { "no right to look", cloud_run_read, READ,
      .calls = { { GET_SERVICE, NO, 403, ERROR("403", "PERMISSION_DENIED") } },
      .next = NEXT_NEVER, .error = "403 PERMISSION_DENIED: because" },
    { "too many questions", cloud_run_read, READ,
      .calls = { { GET_SERVICE, NO, 429, "", { "retry-after", "7" } } },
      .next = NEXT_AGAIN, .after_ms = 7000, .is_outage = true },
    { "no answer", cloud_run_read, READ,
      .calls = { { GET_SERVICE, NO, 0, NULL } },
      .next = NEXT_AGAIN, .is_outage = true },
    { "an answer that is no JSON", cloud_run_read, READ,
      .calls = { { GET_SERVICE, NO, 200, "<html>" } },
      .next = NEXT_AGAIN, .error = "no JSON" },
    { "an answer that is no service", cloud_run_read, READ,
      .calls = { { GET_SERVICE, NO, 200, "[1,2]" } },
      .next = NEXT_AGAIN, .error = "not a service" },
    { "a share that is no share", cloud_run_read, READ,
      .calls = { { GET_SERVICE, NO, 200, "{'etag':'e','traffic':[" REVISION("a") ",'percent':1000}]}" } },
      .next = NEXT_AGAIN, .error = "0 to 100" },
    { "members of other types are passed over", cloud_run_read, READ,
      .calls = { { GET_SERVICE, NO, 200, "{'etag':'e','traffic':[7,null,'x',[]],'trafficStatuses':{'a':1},"
                                         "'annotations':[1],'terminalCondition':[]}" } },
      .next = NEXT_DONE },
    { "a revision whose name would be another address", cloud_run_read, READ,
      .calls = { { GET_SERVICE, NO, 200, "{'etag':'e','trafficStatuses':[" REVISION("a?b") ",'percent':100}]}" } },
      .next = NEXT_NEVER },
    { "a place that is no place", cloud_run_read, "{'project':'a/b','region':'r','service':'s'}",
      .next = NEXT_NEVER, .error = "names as Google" },

    /* ---- a new revision ---- */
    { "a new revision is like the one that serves, without traffic", cloud_run_new_revision, NEW_REVISION,
      .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { GET_REVISION("api-1"), NO, 200, OLD },
                 { PATCH_TEMPLATE,
                   { "{'template':{'revision':'api-service-d1','labels':{'team':'a'},'annotations':{'keep':'me',"
                     OUR_OPERATION "," OUR_EFFECT ",'opsgate.dev/version':'main'},'timeout':'300s','serviceAccount':",
                     "'containers':[{'name':'proxy','image':'sidecar@sha256:1'},{'name':'app','ports':[{'containerPort':"
                     "8080}],'env':[{'name':'A','value':'1'}],'image':'" IMAGE "'}],'maxInstanceRequestConcurrency':80}",
                     "'traffic':[" REVISION("api-1") ",'percent':100}," REVISION("api-service-d1") ",'tag':'d1'}]",
                     "'annotations':{'owner':'team-a'," OUR_OPERATION "},'etag':'\\'e7\\''" },
                   "LATEST", 200, OPERATION } },
      .next = NEXT_DONE, .result = MADE },
    { "one that has to keep instances up of its own", cloud_run_new_revision, NEW_REVISION_KEEPING(2),
      .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { GET_REVISION("api-1"), NO, 200, FULL_REVISION },
                 { PATCH_TEMPLATE, { "'scaling':{'maxInstanceCount':20,'minInstanceCount':2}" }, NULL, 200, OPERATION } },
      .next = NEXT_DONE, .result = MADE },
    { "one that is irreversible says so of itself", cloud_run_new_revision, NEW_IRREVERSIBLE, .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { GET_REVISION("api-1"), NO, 200, OLD },
                 { PATCH_TEMPLATE, { "'opsgate.dev/version':'main','opsgate.dev/irreversible':'true'}" }, NULL, 200, OPERATION } },
      .next = NEXT_DONE, .result = MADE },
    { "one that is made from such a one does not", cloud_run_new_revision, NEW_REVISION, .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL },
                 { GET_REVISION("api-1"), NO, 200, "{'annotations':{'opsgate.dev/irreversible':'true'},'containers':[{'image':'i'}]}" },
                 { PATCH_TEMPLATE, { "'opsgate.dev/version':'main'}" }, "irreversible", 200, OPERATION } },
      .next = NEXT_DONE, .result = MADE },
    { "a minimum is never made less", cloud_run_new_revision, NEW_REVISION_KEEPING(1), .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { GET_REVISION("api-1"), NO, 200, FULL_REVISION },
                 { PATCH_TEMPLATE, { "'scaling':{'minInstanceCount':1,'maxInstanceCount':20}" }, NULL, 200, OPERATION } },
      .next = NEXT_DONE, .result = MADE },
    { "where there was none, there is one", cloud_run_new_revision, NEW_REVISION_KEEPING(2), .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { GET_REVISION("api-1"), NO, 200, OLD },
                 { PATCH_TEMPLATE, { "'scaling':{'minInstanceCount':2}" }, NULL, 200, OPERATION } },
      .next = NEXT_DONE, .result = MADE },
    { "more than the maximum is nobody's wish", cloud_run_new_revision, NEW_REVISION_KEEPING(21), .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { GET_REVISION("api-1"), NO, 200, FULL_REVISION } },
      .next = NEXT_NEVER, .error = "keep 21 instances, and the revision that serves allows 20 at the most" },
    { "no traffic list means everything to the latest: that is pinned", cloud_run_new_revision, NEW_REVISION,
      .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, SERVING("", "", "") }, { GET_REVISION("api-1"), NO, 200, OLD },
                 { PATCH_TEMPLATE,
                   { "'traffic':[" REVISION("api-1") ",'percent':100}," REVISION("api-service-d1") ",'tag':'d1'}]" },
                   NULL, 200, OPERATION } },
      .next = NEXT_DONE, .result = MADE },
    { "others' tags stay, our old one moves", cloud_run_new_revision, NEW_REVISION, .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, SERVING(REVISION("api-1") ",'percent':100,'tag':'stable'},"
                                                 REVISION("api-0") ",'tag':'old'}," REVISION("api-0") ",'tag':'d1'}", "", "") },
                 { GET_REVISION("api-1"), NO, 200, OLD },
                 { PATCH_TEMPLATE,
                   { "'traffic':[" REVISION("api-1") ",'percent':100,'tag':'stable'}," REVISION("api-0") ",'tag':'old'},"
                     REVISION("api-service-d1") ",'tag':'d1'}]" },
                   NULL, 200, OPERATION } },
      .next = NEXT_DONE, .result = MADE },
    { "after doubt it is looked for, and found", cloud_run_new_revision, NEW_REVISION,
      .calls = { { GET_SERVICE, NO, 200, SERVING(REVISION("api-1") ",'percent':100},"
                                                 REVISION("api-service-d1") ",'tag':'d1'}", "", "") },
                 { GET_REVISION("api-service-d1"), NO, 200, REVISION_WITH(IMAGE) } },
      .next = NEXT_DONE, .result = EXISTED },
    { "found without its tag, it is tagged", cloud_run_new_revision, NEW_REVISION,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { GET_REVISION("api-service-d1"), NO, 200, REVISION_WITH(IMAGE) },
                 { PATCH_TAG,
                   { "{'traffic':[" REVISION("api-1") ",'percent':100}," REVISION("api-service-d1") ",'tag':'d1'}],"
                     "'etag':'\\'e7\\''}" },
                   NULL, 200, OPERATION } },
      .next = NEXT_DONE, .result = EXISTED },
    { "found with another image, it is not ours", cloud_run_new_revision, NEW_REVISION,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { GET_REVISION("api-service-d1"), NO, 200, OLD } },
      .next = NEXT_NEVER, .error = "with another image" },
    { "after doubt and not there, it is made", cloud_run_new_revision, NEW_REVISION,
      .calls = { { GET_SERVICE, NO, 200, USUAL },
                 { GET_REVISION("api-service-d1"), NO, 404, ERROR("404", "NOT_FOUND") },
                 { GET_REVISION("api-1"), NO, 200, OLD }, { PATCH_TEMPLATE, NO, 200, OPERATION } },
      .next = NEXT_DONE, .result = MADE },
    { "a stale etag is read again", cloud_run_new_revision, NEW_REVISION, .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { GET_REVISION("api-1"), NO, 200, OLD },
                 { PATCH_TEMPLATE, NO, 409, ERROR("409", "ABORTED") } },
      .next = NEXT_AGAIN, .error = "at the same moment" },
    { "a name that is taken is looked at", cloud_run_new_revision, NEW_REVISION, .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { GET_REVISION("api-1"), NO, 200, OLD },
                 { PATCH_TEMPLATE, NO, 409, ERROR("409", "ALREADY_EXISTS") } },
      .next = NEXT_AGAIN, .error = "there already: looking again" },
    { "the same told by the operation", cloud_run_new_revision, NEW_REVISION, .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { GET_REVISION("api-1"), NO, 200, OLD },
                 { PATCH_TEMPLATE, NO, 200, FAILED("6") } },
      .next = NEXT_AGAIN, .error = "there already: looking again" },
    { "an operation that failed", cloud_run_new_revision, NEW_REVISION, .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { GET_REVISION("api-1"), NO, 200, OLD },
                 { PATCH_TEMPLATE, NO, 200, FAILED("3") } },
      .next = NEXT_NEVER, .error = "INVALID_ARGUMENT: because" },
    { "an operation that failed for now", cloud_run_new_revision, NEW_REVISION, .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { GET_REVISION("api-1"), NO, 200, OLD },
                 { PATCH_TEMPLATE, NO, 200, FAILED("14") } },
      .next = NEXT_AGAIN, .error = "UNAVAILABLE" },
    { "a lost answer is looked for later", cloud_run_new_revision, NEW_REVISION, .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { GET_REVISION("api-1"), NO, 200, OLD },
                 { PATCH_TEMPLATE, NO, 0, NULL } },
      .next = NEXT_AGAIN, .is_outage = true },
    { "a request that is refused", cloud_run_new_revision, NEW_REVISION, .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { GET_REVISION("api-1"), NO, 200, OLD },
                 { PATCH_TEMPLATE, NO, 400, ERROR("400", "INVALID_ARGUMENT") } },
      .next = NEXT_NEVER, .error = "400 INVALID_ARGUMENT: because" },
    { "a serving revision that is gone meanwhile", cloud_run_new_revision, NEW_REVISION, .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { GET_REVISION("api-1"), NO, 404, "" } },
      .next = NEXT_AGAIN, .error = "revision api-1 serves, and is not there" },
    { "a service that never served", cloud_run_new_revision, NEW_REVISION, .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, "{'etag':'e','traffic':[" LATEST ",'percent':100}]}" } },
      .next = NEXT_NEVER, .error = "deploy it once by hand" },
    { "a serving revision without containers", cloud_run_new_revision, NEW_REVISION, .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { GET_REVISION("api-1"), NO, 200, "{'containers':{'a':1}}" } },
      .next = NEXT_NEVER, .error = "no container" },
    { "an image by tag is not deployed", cloud_run_new_revision, NEW_REVISION_OF(REPOSITORY ":main"),
      .next = NEXT_NEVER, .error = "not pinned" },

    { "what is asked for goes over the environment of the one that serves", cloud_run_new_revision, NEW_REVISION_ENV("'B':'x','A':'2','EMPTY':''"),
      .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { GET_REVISION("api-1"), NO, 200, OLD },
                 { PATCH_TEMPLATE,
                   { "'env':[{'name':'A','value':'2'},{'name':'B','value':'x'},{'name':'EMPTY','value':''}]",
                     "{'name':'proxy','image':'sidecar@sha256:1'}" },
                   NULL, 200, OPERATION } },
      .next = NEXT_DONE, .result = MADE },
    { "a container without an environment gets one", cloud_run_new_revision, NEW_REVISION_ENV("'B':'x'"), .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { GET_REVISION("api-1"), NO, 200, "{'containers':[{'image':'x'}]}" },
                 { PATCH_TEMPLATE, { "'env':[{'name':'B','value':'x'}]" }, NULL, 200, OPERATION } },
      .next = NEXT_DONE, .result = MADE },
    { "an environment that is no list is replaced, not walked", cloud_run_new_revision, NEW_REVISION_ENV("'B':'x'"), .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { GET_REVISION("api-1"), NO, 200, "{'containers':[{'env':{'name':'B'}}]}" },
                 { PATCH_TEMPLATE, { "'env':[{'name':'B','value':'x'}]" }, NULL, 200, OPERATION } },
      .next = NEXT_DONE, .result = MADE },
    { "what comes from a secret is not set as plain text", cloud_run_new_revision, NEW_REVISION_ENV("'A':'2','DB_URL':'postgres://'"),
      .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL },
                 { GET_REVISION("api-1"), NO, 200,
                   "{'containers':[{'env':[{'name':'A','value':'1'},7,{'name':'DB_URL','valueSource':{'secretKeyRef':"
                   "{'secret':'db','version':'3'}}}]}]}" } },
      .next = NEXT_NEVER, .error = "us-central1: DB_URL comes from a secret: it is not set as plain text" },

    /* ---- traffic ---- */
    { "the expected split is changed", cloud_run_traffic, TRAFFIC, .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200,
                   SERVING(REVISION("api-1") ",'percent':100}," REVISION("api-service-d1") ",'tag':'d1'},"
                           REVISION("api-0") ",'tag':'old'}", "", "'owner':'team-a','opsgate.dev/version':'v0'") },
                 { PATCH_TRAFFIC,
                   { "{'traffic':[" REVISION("api-service-d1") ",'percent':100,'tag':'d1'},"
                     REVISION("api-0") ",'tag':'old'}],",
                     "'annotations':{'owner':'team-a'," OUR_OPERATION "," OUR_EFFECT
                     ",'opsgate.dev/version':'main','opsgate.dev/previous':'api-1'}",
                     "'etag':'\\'e7\\''" },
                   "template", 200, OPERATION } },
      .next = NEXT_DONE, .result = CHANGED },
    { "a split that floats is what it resolves to", cloud_run_traffic, TRAFFIC, .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL },
                 { PATCH_TRAFFIC, { "'traffic':[" REVISION("api-service-d1") ",'percent':100,'tag':'d1'}]" }, NULL,
                   200, OPERATION } },
      .next = NEXT_DONE, .result = CHANGED },
    { "tags to be removed go with the same change, wherever they point; all others stay", cloud_run_traffic,
      SHIFT_WITH("{'revision':'api-service-d9','percent':100,'tag':'d9'}", ",'remove_tags':['d7','d6','d5','d9']"),
      .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200,
                   SERVING(REVISION("api-1") ",'percent':100,'tag':'d8'}," REVISION("api-service-d9") ",'tag':'d9'},"
                           REVISION("api-0") ",'tag':'d7'}," REVISION("api-0") ",'tag':'old'}," LATEST ",'tag':'d6'}",
                           "", "") },
                 { PATCH_TRAFFIC,
                   { "{'traffic':[" REVISION("api-service-d9") ",'percent':100,'tag':'d9'},"
                     REVISION("api-1") ",'tag':'d8'}," REVISION("api-0") ",'tag':'old'}]," },
                   NULL, 200, OPERATION } },
      .next = NEXT_DONE, .result = CHANGED },
    { "a tag that floats goes on floating", cloud_run_traffic, TRAFFIC, .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, SERVING(REVISION("api-1") ",'percent':100}," LATEST ",'tag':'next'}", "", "") },
                 { PATCH_TRAFFIC,
                   { REVISION("api-service-d1") ",'percent':100,'tag':'d1'}," LATEST ",'tag':'next'}" }, NULL,
                   200, OPERATION } },
      .next = NEXT_DONE, .result = CHANGED },
    { "a canary's first step", cloud_run_traffic, CANARY("5", "95"), .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200,
                   SERVING(REVISION("api-1") ",'percent':100}," REVISION("api-service-d1") ",'tag':'d1'},"
                           REVISION("api-0") ",'tag':'old'}", "", "") },
                 { PATCH_TRAFFIC,
                   { "{'traffic':[" REVISION("api-service-d1") ",'percent':5,'tag':'d1'},"
                     REVISION("api-1") ",'percent':95}," REVISION("api-0") ",'tag':'old'}]," },
                   NULL, 200, OPERATION } },
      .next = NEXT_DONE, .result = CHANGED },
    { "a canary's step whose answer was lost is done already", cloud_run_traffic, CANARY("5", "95"),
      .calls = { { GET_SERVICE, NO, 200,
                   SERVING(REVISION("api-1") ",'percent':95}," REVISION("api-service-d1") ",'percent':5,'tag':'d1'},"
                           REVISION("api-0") ",'tag':'old'}," REVISION("api-0") "}", "", OUR_EFFECT) } },
      .next = NEXT_DONE, .result = "{'changed':false,'effect':'birth-00000000000000e1'}" },
    { "shares of one revision count together", cloud_run_traffic, CANARY("5", "95"),
      .calls = { { GET_SERVICE, NO, 200,
                   SERVING(REVISION("api-1") ",'percent':50}," REVISION("api-1") ",'percent':45,'tag':'t'},"
                           REVISION("api-service-d1") ",'percent':5,'tag':'d1'}", "", OUR_EFFECT) } },
      .next = NEXT_DONE, .result = "{'changed':false,'effect':'birth-00000000000000e1'}" },
    { "one percent more is another split", cloud_run_traffic, CANARY("5", "95"),
      .calls = { { GET_SERVICE, NO, 200,
                   SERVING(REVISION("api-1") ",'percent':94}," REVISION("api-service-d1") ",'percent':6,'tag':'d1'}",
                           "", OUR_EFFECT) } },
      .next = NEXT_NEVER, .error = "expected api-1 100 %, found api-1 94 %, api-service-d1 6 %" },
    { "a return from 5 to nothing keeps the canary's tag", cloud_run_return,
      "{" PLACE ",'expected':[{'revision':'api-1','percent':95},{'revision':'api-service-d1','percent':5}],"
      "'wanted':[{'revision':'api-1','percent':100},{'revision':'api-service-d1','percent':0,'tag':'d1'}],"
      "'version':'v1','previous':'api-0'}",
      .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200,
                   SERVING(REVISION("api-1") ",'percent':95}," REVISION("api-service-d1") ",'percent':5,'tag':'d1'}",
                           "", "'opsgate.dev/effect':'birth-00000000000000e0'") },
                 { PATCH_TRAFFIC,
                   { "{'traffic':[" REVISION("api-1") ",'percent':100}," REVISION("api-service-d1") ",'tag':'d1'}],",
                     OUR_EFFECT ",'opsgate.dev/version':'v1','opsgate.dev/previous':'api-0'" },
                   NULL, 200, OPERATION } },
      .next = NEXT_DONE, .result = CHANGED },
    { "a split that is expected and wanted is written still: a late change loses to its etag", cloud_run_traffic,
      SHIFT("{'revision':'api-1','percent':100}"), .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, SERVING(REVISION("api-1") ",'percent':100}", "", "") },
                 { PATCH_TRAFFIC, { "'traffic':[" REVISION("api-1") ",'percent':100}]" }, NULL, 200, OPERATION } },
      .next = NEXT_DONE, .result = CHANGED },
    { "the wanted split by our effect is done already", cloud_run_traffic, TRAFFIC,
      .calls = { { GET_SERVICE, NO, 200, AFTER(OUR_EFFECT) } },
      .next = NEXT_DONE, .result = "{'changed':false,'effect':'birth-00000000000000e1'}" },
    { "the wanted split by somebody else is foreign", cloud_run_traffic, TRAFFIC,
      .calls = { { GET_SERVICE, NO, 200, AFTER("'opsgate.dev/effect':'birth-00000000000000e0'") } },
      .next = NEXT_NEVER, .error = "somebody else changed it" },
    { "any other split is left alone, and both are told", cloud_run_traffic, TRAFFIC, .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200,
                   SERVING(REVISION("api-1") ",'percent':90}," REVISION("api-9") ",'percent':10}", "", "") } },
      .next = NEXT_NEVER, .error = "expected api-1 100 %, found api-1 90 %, api-9 10 %: somebody else" },
    { "our annotation on another split is foreign", cloud_run_traffic, TRAFFIC,
      .calls = { { GET_SERVICE, NO, 200, SERVING(REVISION("api-9") ",'percent':100}", "", OUR_EFFECT) } },
      .next = NEXT_NEVER, .error = "api-9 100 %" },
    { "what went back while no store answered is not raised again", cloud_run_traffic, TRAFFIC,
      .calls = { { GET_SERVICE, NO, 200, SERVING(REVISION("api-1") ",'percent':100}", "", WENT_BACK) } },
      .next = NEXT_NEVER, .error = "its traffic went back while no store answered" },
    { "what went back for another operation may be", cloud_run_traffic, TRAFFIC,
      .calls = { { GET_SERVICE, NO, 200,
                   SERVING(REVISION("api-1") ",'percent':100}", "", "'opsgate.dev/effect':'birth-00000000000000a2-back'") },
                 { PATCH_TRAFFIC, NO, 200, OPERATION } },
      .next = NEXT_DONE, .result = CHANGED },
    { "it goes back once more: a late change loses to its etag", cloud_run_return,
      SHIFT("{'revision':'api-1','percent':100}"), .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, SERVING(REVISION("api-1") ",'percent':100}", "", WENT_BACK) },
                 { PATCH_TRAFFIC, { "'traffic':[" REVISION("api-1") ",'percent':100}]", OUR_EFFECT }, NULL, 200, OPERATION } },
      .next = NEXT_DONE, .result = CHANGED },
    { "a change at the same moment is read again", cloud_run_traffic, TRAFFIC, .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { PATCH_TRAFFIC, NO, 409, ERROR("409", "ABORTED") } },
      .next = NEXT_AGAIN, .error = "at the same moment" },
    { "a revision that is gone", cloud_run_traffic, TRAFFIC, .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { PATCH_TRAFFIC, NO, 400, ERROR("400", "FAILED_PRECONDITION") } },
      .next = NEXT_NEVER, .error = "FAILED_PRECONDITION" },
    { "an operation that aborted at once", cloud_run_traffic, TRAFFIC, .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { PATCH_TRAFFIC, NO, 200, FAILED("10") } },
      .next = NEXT_AGAIN, .error = "at the same moment" },
    { "a lost answer of a traffic change", cloud_run_traffic, TRAFFIC, .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL }, { PATCH_TRAFFIC, NO, 504, "" } },
      .next = NEXT_AGAIN, .is_outage = true },
    { "a service without an etag is not changed", cloud_run_traffic, TRAFFIC, .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, "{'traffic':[" REVISION("api-1") ",'percent':100}]}" } },
      .next = NEXT_AGAIN, .error = "etag: missing" },
    { "shares that are not 100 %", cloud_run_traffic, SHIFT("{'revision':'a','percent':90}"),
      .next = NEXT_NEVER, .error = "not 100 %" },
    { "shares below nothing", cloud_run_traffic, SHIFT("{'revision':'a','percent':-10},{'revision':'b','percent':110}"),
      .next = NEXT_NEVER },

    /* ---- tags taken away ---- */
    { "tags go, shares stay, LATEST floats on", cloud_run_untag, UNTAG("'d1','d2','gone'"),
      .calls = { { GET_SERVICE, NO, 200,
                   SERVING(LATEST ",'percent':60,'tag':'d1'}," REVISION("api-0") ",'percent':40}," REVISION("api-0") ",'tag':'d2'},"
                           REVISION("api-0") ",'tag':'old'}," LATEST ",'revision':'api-1','tag':'next'}," REVISION("api-9") "}", "", "") },
                 { PATCH_TAG,
                   { "{'traffic':[" LATEST ",'percent':60}," REVISION("api-0") ",'percent':40}," REVISION("api-0") ",'tag':'old'},"
                     LATEST ",'tag':'next'}],'etag':'\\'e7\\''}" },
                   "annotations", 200, OPERATION } },
      .next = NEXT_DONE, .result = CHANGED },
    { "tags that are not there need no change", cloud_run_untag, UNTAG("'d1'"),
      .calls = { { GET_SERVICE, NO, 200, SERVING(REVISION("api-1") ",'percent':100,'tag':'old'}", "", "") } },
      .next = NEXT_DONE, .result = "{'changed':false,'effect':'birth-00000000000000e1'}" },
    { "no traffic list has no tags", cloud_run_untag, UNTAG("'d1'"),
      .calls = { { GET_SERVICE, NO, 200, SERVING("", "", "") } },
      .next = NEXT_DONE, .result = "{'changed':false,'effect':'birth-00000000000000e1'}" },
    { "a list of nothing but the tag is left alone", cloud_run_untag, UNTAG("'d1'"),
      .calls = { { GET_SERVICE, NO, 200, SERVING(REVISION("api-1") ",'tag':'d1'}", "", "") } },
      .next = NEXT_NEVER, .error = "no share but tags" },
    { "a change at the same moment as the untagging is read again", cloud_run_untag, UNTAG("'d1'"),
      .calls = { { GET_SERVICE, NO, 200, SERVING(REVISION("api-1") ",'percent':100,'tag':'d1'}", "", "") },
                 { PATCH_TAG, NO, 409, ERROR("409", "ABORTED") } },
      .next = NEXT_AGAIN, .error = "at the same moment" },
    { "a tag goes from the revision that was meant", cloud_run_untag, UNTAG_ON("'d1'", "api-0"),
      .calls = { { GET_SERVICE, NO, 200,
                   SERVING(REVISION("api-1") ",'percent':100,'tag':'d2'}," REVISION("api-0") ",'tag':'d1'}", "", "") },
                 { PATCH_TAG,
                   { "{'traffic':[" REVISION("api-1") ",'percent':100,'tag':'d2'}],'etag':'\\'e7\\''}" },
                   "annotations", 200, OPERATION } },
      .next = NEXT_DONE, .result = CHANGED },
    { "a tag that somebody moved is theirs", cloud_run_untag, UNTAG_ON("'d1'", "api-0"),
      .calls = { { GET_SERVICE, NO, 200,
                   SERVING(REVISION("api-1") ",'percent':100}," REVISION("api-9") ",'tag':'d1'}", "", "") } },
      .next = NEXT_DONE, .result = "{'changed':false,'effect':'birth-00000000000000e1'}" },
    { "one that was put on LATEST, too", cloud_run_untag, UNTAG_ON("'d1'", "api-1"),
      .calls = { { GET_SERVICE, NO, 200,
                   SERVING(REVISION("api-0") ",'percent':100}," LATEST ",'revision':'api-1','tag':'d1'}", "", "") } },
      .next = NEXT_DONE, .result = "{'changed':false,'effect':'birth-00000000000000e1'}" },
    { "what has traffic again keeps its tag", cloud_run_untag, UNTAG_ON("'d1'", "api-0"),
      .calls = { { GET_SERVICE, NO, 200,
                   SERVING(REVISION("api-1") ",'percent':99}," REVISION("api-0") ",'percent':1},"
                           REVISION("api-0") ",'tag':'d1'}", "", "") } },
      .next = NEXT_DONE, .result = "{'changed':false,'effect':'birth-00000000000000e1'}" },
    { "nothing to take away is no untagging", cloud_run_untag, "{" PLACE "}", .next = NEXT_NEVER, .error = "tags" },

    /* ---- scaling ---- */
    { "bounds of the service are changed, and nothing else of it", cloud_run_scale, SCALE(2, 20, 10, 100),
      .calls = { { GET_SERVICE, NO, 200, SCALED(2, 20, ",'scalingMode':'AUTOMATIC'", "'owner':'team-a'") },
                 { PATCH_SCALING,
                   { "'scaling':{'scalingMode':'AUTOMATIC','minInstanceCount':10,'maxInstanceCount':100}",
                     "'owner':'team-a','opsgate.dev/scaled':'birth-00000000000000e1'", "'etag':'\\'e7\\''" },
                   "template", 200, OPERATION } },
      .next = NEXT_DONE, .result = "{'changed':true}" },
    { "none is left out", cloud_run_scale, SCALE(2, 20, 0, 0),
      .calls = { { GET_SERVICE, NO, 200, SCALED(2, 20, "", "") },
                 { PATCH_SCALING, { "'scaling':{}" }, "InstanceCount", 200, OPERATION } },
      .next = NEXT_DONE, .result = "{'changed':true}" },
    { "what is so already takes no change", cloud_run_scale, SCALE(2, 20, 10, 100),
      .calls = { { GET_SERVICE, NO, 200, SCALED(10, 100, "", "") } },
      .next = NEXT_DONE, .result = "{'changed':false}" },
    { "what somebody else scaled meanwhile is left alone", cloud_run_scale, SCALE(2, 20, 10, 100),
      .calls = { { GET_SERVICE, NO, 200, SCALED(7, 70, "", "") } },
      .next = NEXT_NEVER, .error = "expected 2 to 20 instances, found 7 to 70: somebody else scaled it" },
    { "what somebody put back after us, too", cloud_run_scale, SCALE(2, 20, 10, 100),
      .calls = { { GET_SERVICE, NO, 200, SCALED(2, 20, "", "'opsgate.dev/scaled':'birth-00000000000000e1'") } },
      .next = NEXT_NEVER, .error = "somebody else scaled it" },
    { "a fixed number is no range", cloud_run_scale, SCALE(2, 20, 10, 100),
      .calls = { { GET_SERVICE, NO, 200, SCALED(2, 20, ",'scalingMode':'MANUAL','manualInstanceCount':4", "") } },
      .next = NEXT_NEVER, .error = "a fixed number of instances" },
    { "a change at the same moment as the scaling is read again", cloud_run_scale, SCALE(2, 20, 10, 100),
      .calls = { { GET_SERVICE, NO, 200, SCALED(2, 20, "", "") }, { PATCH_SCALING, NO, 409, ERROR("409", "ABORTED") } },
      .next = NEXT_AGAIN, .error = "at the same moment" },
    { "a refused scaling says why", cloud_run_scale, SCALE(2, 20, 10, 100),
      .calls = { { GET_SERVICE, NO, 200, SCALED(2, 20, "", "") }, { PATCH_SCALING, NO, 400, ERROR("400", "INVALID_ARGUMENT") } },
      .next = NEXT_NEVER, .error = "because" },
    { "more at the least than at the most", cloud_run_scale, SCALE(2, 20, 100, 10),
      .next = NEXT_NEVER, .error = "no range of instances" },

    /* ---- other resources ---- */
    { "what serves, with other resources and less in its environment", cloud_run_new_revision,
      "{" PLACE ",'image':'" IMAGE "','revision':'api-service-d1','tag':'d1','version':'main','removed':['A','GONE'],'env':{'B':'2'},"
      "'resources':{'cpu':'2','memory':'4Gi','concurrency':40,'timeout_s':600,'has_min':true,'min_instances':0,'max_instances':30}}",
      .is_first_try = true,
      .calls = { { GET_SERVICE, NO, 200, USUAL },
                 { GET_REVISION("api-1"), NO, 200, OLD },
                 { PATCH_TEMPLATE,
                   { "'limits':{'cpu':'2','memory':'4Gi'}", "'maxInstanceRequestConcurrency':40", "'timeout':'600s'",
                     "'env':[{'name':'B','value':'2'}]" },
                   "'name':'A'", 200, OPERATION } },
      .next = NEXT_DONE, .result = MADE },

    /* ---- revisions ---- */
    { "two revisions, compared without a value of theirs", cloud_run_read_revisions, COMPARE("'api-1','api-2'"),
      .calls = { { GET_REVISION("api-1"), NO, 200, FULL_REVISION }, { GET_REVISION("api-2"), NO, 200, "{'conditions':[{'type':'Ready',"
                   "'state':'CONDITION_FAILED','message':'The container failed to start.'}],'containers':[{'image':'i@sha256:2'}]}" } },
      .next = NEXT_DONE,
      .result = "{'revisions':[{'revision':'api-1','image':'" OLD_IMAGE "','version':'v1.4.2','settings':{"
                "'MODE':'" DIGEST_OF_ON "','EMPTY':'" DIGEST_OF_NOTHING "','proxy/MODE':'" DIGEST_OF_ON "'},'secrets':{"
                "'DB':'projects/acme/secrets/db:3','KEY':'projects/77/secrets/key:latest','certs/key.pem':'projects/acme/secrets/tls:2',"
                "'certs/ca.pem':'projects/acme/secrets/tls:latest','whole':'projects/acme/secrets/all:latest'},'limits':{'cpu':'1','memory':'512Mi',"
                "'concurrency':'80','timeout':'300s','service account':'api@acme'},'min_instances':1,'max_instances':20,'is_ready':true},"
                "{'revision':'api-2','image':'i@sha256:2','settings':{},'secrets':{},'limits':{},'min_instances':0,'max_instances':0,"
                "'is_ready':false,'problem':'The container failed to start.'}]}" },
    { "what is out of reach has nothing up", cloud_run_read_revisions, COMPARE("'api-1','api-2'"),
      .calls = { { GET_REVISION("api-1"), NO, 200, "{'scaling':{'minInstanceCount':2},'scalingStatus':{}}" },
                 { GET_REVISION("api-2"), NO, 200, "{'scaling':{'minInstanceCount':2},'scalingStatus':{'desiredMinInstanceCount':2}}" } },
      .next = NEXT_DONE,
      .result = "{'revisions':[{'revision':'api-1','settings':{},'secrets':{},'limits':{},'min_instances':2,'max_instances':0,"
                "'is_minimum_known':true,'is_ready':false,'problem':'Cloud Run does not say whether it is ready'},"
                "{'revision':'api-2','settings':{},'secrets':{},'limits':{},'min_instances':2,'max_instances':0,"
                "'is_minimum_known':true,'minimum_now':2,'is_ready':false,'problem':'Cloud Run does not say whether it is ready'}]}" },
    { "the mark of what is irreversible is believed of what the operation named there has made", cloud_run_read_revisions,
      COMPARE("'api-d7-0000a1','api-00042-abc'"),
      .calls = { { GET_REVISION("api-d7-0000a1"), NO, 200, "{'annotations':{'opsgate.dev/irreversible':'true'," OUR_OPERATION "}}" },
                 { GET_REVISION("api-00042-abc"), NO, 200, "{'annotations':{'opsgate.dev/irreversible':'true'," OUR_OPERATION "}}" } },
      .next = NEXT_DONE,
      .result = "{'revisions':[{'revision':'api-d7-0000a1','is_irreversible':true,'settings':{},'secrets':{},'limits':{},"
                "'min_instances':0,'max_instances':0,'is_ready':false,'problem':'Cloud Run does not say whether it is ready'},"
                "{'revision':'api-00042-abc','settings':{},'secrets':{},'limits':{},'min_instances':0,'max_instances':0,"
                "'is_ready':false,'problem':'Cloud Run does not say whether it is ready'}]}" },
    { "one that is not there is left out", cloud_run_read_revisions, COMPARE("'gone','api-2'"),
      .calls = { { GET_REVISION("gone"), NO, 404, ERROR("404", "NOT_FOUND") },
                 { GET_REVISION("api-2"), NO, 200, "{'conditions':[{'type':'Ready','state':'CONDITION_FAILED',"
                   "'revisionReason':'MIN_INSTANCES_NOT_PROVISIONED'}]}" } },
      .next = NEXT_DONE,
      .result = "{'revisions':[{'revision':'api-2','settings':{},'secrets':{},'limits':{},'min_instances':0,'max_instances':0,"
                "'is_ready':true}]}" },
    { "a revision of nothing but wrong types", cloud_run_read_revisions, COMPARE("'api-1'"),
      .calls = { { GET_REVISION("api-1"), NO, 200,
                   "{'containers':[{'ports':[1],'env':[1,{'name':2},{'name':'S','valueSource':{'secretKeyRef':[]}},"
                   "{'name':'T','valueSource':{'other':1}}],'resources':7}],'annotations':[],'scaling':'x',"
                   "'conditions':{'type':'Ready'},'volumes':[7,{'secret':{'secret':'x'}},"
                   "{'name':'v','secret':{'secret':'s','items':[3]}}]}" } },
      .next = NEXT_DONE,
      .result = "{'revisions':[{'revision':'api-1','settings':{},'secrets':{'v/':'projects/acme/secrets/s:latest'},'limits':{},'min_instances':0,'max_instances':0,"
                "'is_ready':false,'problem':'Cloud Run does not say whether it is ready'}]}" },
    { "no right to look at a revision", cloud_run_read_revisions, COMPARE("'api-1','api-2'"),
      .calls = { { GET_REVISION("api-1"), NO, 403, ERROR("403", "PERMISSION_DENIED") } },
      .next = NEXT_NEVER, .error = "403 PERMISSION_DENIED: because" },
    { "a revision under another address", cloud_run_read_revisions, COMPARE("'../../x'"), .next = NEXT_NEVER },
    /* ---- the template ---- */
    { "somebody else's template, beside what serves", cloud_run_read_template, READ,
      .calls = { { GET_SERVICE, NO, 200, TEMPLATE("'latestCreatedRevision':'" FULL("api-2") "'", "'containers':[{'image':'i@sha256:2',"
                   "'ports':[{}],'env':[{'name':'MODE','value':'on'}]}],'scaling':{'minInstanceCount':3}") },
                 { GET_REVISION("api-1"), NO, 200, "{'containers':[{'image':'i@sha256:1','ports':[{}]}],"
                   "'conditions':[{'type':'Ready','state':'CONDITION_SUCCEEDED'}]}" } },
      .next = NEXT_DONE,
      .result = "{'is_others':true,'wanted':{'revision':'','image':'i@sha256:2','settings':{'MODE':'" DIGEST_OF_ON "'},'secrets':{},"
                "'limits':{},'min_instances':3,'max_instances':0,'is_ready':false},'serving':{'revision':'api-1','image':'i@sha256:1',"
                "'settings':{},'secrets':{},'limits':{},'min_instances':0,'max_instances':0,'is_ready':true},'service_min':1,"
                "'service_max':9,'modified_by':'terraform@acme','modified_at_ms':1795212000000}" },
    { "what serves is the newest: nothing is compared", cloud_run_read_template, READ,
      .calls = { { GET_SERVICE, NO, 200, TEMPLATE("'latestCreatedRevision':'" FULL("api-1") "'", "'containers':[]") } },
      .next = NEXT_DONE, .result = NOBODYS },
    { "a template of opsgate's own", cloud_run_read_template, READ,
      .calls = { { GET_SERVICE, NO, 200, TEMPLATE("'latestCreatedRevision':'" FULL("api-2") "'", "'revision':'api-2',"
                   "'annotations':{'opsgate.dev/effect':'e1'}") } },
      .next = NEXT_DONE, .result = NOBODYS },
    { "whoever changed it took the name away, and left our mark", cloud_run_read_template, READ,
      .calls = { { GET_SERVICE, NO, 200, TEMPLATE("'latestCreatedRevision':'" FULL("api-2") "'", "'annotations':{'opsgate.dev/effect':'e1'}") },
                 { GET_REVISION("api-1"), NO, 404, ERROR("404", "NOT_FOUND") } },
      .next = NEXT_DONE, .result = NOBODYS },
    { "a template of another kind", cloud_run_read_template, READ,
      .calls = { { GET_SERVICE, NO, 200, SERVING(REVISION("api-1") ",'percent':100}", REVISION("api-1") ",'percent':100}", "") } },
      .next = NEXT_DONE, .result = NOBODYS },
    { "no right to look at the service", cloud_run_read_template, READ,
      .calls = { { GET_SERVICE, NO, 403, ERROR("403", "PERMISSION_DENIED") } },
      .next = NEXT_NEVER, .error = "403 PERMISSION_DENIED: because" },
    { "the service of nowhere", cloud_run_read_template, "{'project':7}", .next = NEXT_NEVER },

    { "nothing to compare", cloud_run_read_revisions, COMPARE(""), .next = NEXT_NEVER, .error = "from 1 to 20" },
    { "more than anybody compares", cloud_run_read_revisions,
      COMPARE("'a','a','a','a','a','a','a','a','a','a','a','a','a','a','a','a','a','a','a','a','a'"),
      .next = NEXT_NEVER, .error = "from 1 to 20" },
};
/* clang-format on */

int main(void)
{
    return RUN_SCRIPTED(rows);
}
