/* GitHub's exchanges, through answers written down: tokens, commits, releases, workflows, and every way to say no. */
#include "tests/unit/scripted_exchange.h"

#include "integrations/github/api.h"
#include "integrations/github/source.h"
#include "integrations/github/token.h"
#include "integrations/github/workflow.h"

#define API "https://api.github.com"
#define REPO API "/repos/acme/platform"
#define SHA "3f2a9c1d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b"
#define EFFECT "birth-00000000000000e1" /* of scripted_exchange.h */

#define MAIN "{'repository':'acme/platform','ref':'heads/main'}"
#define MAIN_CALL "GET " REPO "/commits/heads%2Fmain"
#define COMMIT                                                                                                         \
    "{'sha':'" SHA "','html_url':'https://github.com/acme/platform/commit/3f2a','author':{'login':'ann'},"             \
    "'commit':{'message':'Fix the login\\n\\nlong story','author':{'name':'Ann'}}}"
#define COMMIT_RESULT                                                                                                  \
    "{'sha':'" SHA "','message':'Fix the login','author':'ann','url':'https://github.com/acme/platform/commit/3f2a'}"

#define LATEST "{'repository':'acme/platform','ref':'latest'}"
#define V150 "{'repository':'acme/platform','ref':'v1.5.0'}"
#define MARKED "{'repository':'acme/platform','ref':'v1.5.0','may_be_missing':true,'marker':'[irreversible]'}"

#define DISPATCH                                                                                                       \
    "{'repository':'acme/platform','workflow':'deploy.yml','ref':'main','inputs':{'version':'v1','image':'i@sha256:1'}}"
#define DISPATCH_CALL "POST " REPO "/actions/workflows/deploy.yml/dispatches"
#define LIST "GET " REPO "/actions/workflows/deploy.yml/runs?event=workflow_dispatch&per_page=30"
#define NEXT(page)                                                                                                     \
    {                                                                                                                  \
        "link", "<" API "/" page ">; rel=\"next\""                                                                     \
    }
#define RUN(id, title, status, conclusion)                                                                             \
    "{'id':" id ",'display_title':'" title "','status':'" status "','conclusion':" conclusion                          \
    ",'html_url':'https://github.com/acme/platform/actions/runs/" id "'}"
#define OURS RUN("31000000007", "deploy v1 " EFFECT, "queued", "null")
#define THEIRS RUN("31000000006", "deploy v0 birth-00000000000000aa", "completed", "'success'")
#define NAMELESS RUN("31000000005", "deploy by hand", "queued", "null")
#define OURS_AT(at)                                                                                                    \
    "{'id':31000000007,'display_title':'deploy v1 " EFFECT "','status':'queued','conclusion':null,'created_at':"       \
    "'2023-11-16T" at "Z','html_url':'https://github.com/acme/platform/actions/runs/31000000007'}"
#define OLD_AT(at) /* before the scripts' now, 02:00 */                                                                \
    "{'id':31000000004,'display_title':'by hand','status':'queued','created_at':'2023-11-16T" at "Z'}"
#define FOUND "{'run':31000000007,'effect':'" EFFECT "'}"

#define LOOK                                                                                                           \
    "{'repository':'acme/platform','workflow':'deploy.yml','effect':'" EFFECT "','run':7,'since_ms':1700099400000}"
#define LOOK_FOR                                                                                                       \
    "{'repository':'acme/platform','workflow':'deploy.yml','effect':'" EFFECT "','run':0,'since_ms':1700099400000}"
#define RUN_CALL "GET " REPO "/actions/runs/7"
#define JOBS_CALL "GET " REPO "/actions/runs/7/jobs?per_page=100"
#define JOBS                                                                                                           \
    "{'jobs':[{'name':'build','status':'completed','conclusion':'success','steps':[]},{'name':'deploy','status':"      \
    "'completed','conclusion':'failure','steps':[{'name':'Check out','status':'completed','conclusion':'success'},"    \
    "{'name':'Roll *out*','status':'completed','conclusion':'failure'}]}]}"
#define JOBS_NOW                                                                                                       \
    "{'jobs':[{'name':'deploy','status':'in_progress','conclusion':null,'steps':[{'name':'Check out','status':"        \
    "'completed'},{'name':'Deploy','status':'in_progress'}]}]}"

#define MINT "POST " API "/app/installations/880088/access_tokens"
#define TOKEN_ARGS "{'assertion':'aa.bb.cc','repository':'acme/platform'}"
#define INSTALLATION "GET " REPO "/installation"

static const struct scripted_row rows[] = {
    { "a branch's commit", github_commit_read, MAIN, .calls = { { MAIN_CALL, .status = 200, .answer = COMMIT } },
      .next = NEXT_DONE, .result = COMMIT_RESULT },
    { "a commit of somebody without an account", github_commit_read, MAIN,
      .calls = { { MAIN_CALL, .status = 200,
                   .answer = "{'sha':'" SHA "','author':null,'commit':{'message':'x','author':{'name':'A *b*'}}}" } },
      .next = NEXT_DONE, .result = "{'sha':'" SHA "','message':'x','author':'A  b '}" },
    { "an address that is none is not shown", github_commit_read, MAIN,
      .calls = { { MAIN_CALL, .status = 200, .answer = "{'sha':'" SHA "','html_url':'javascript:alert(1)'}" } },
      .next = NEXT_DONE, .result = "{'sha':'" SHA "'}" },
    { "a branch with a slash is one name", github_commit_read,
      "{'repository':'acme/platform','ref':'heads/feature/x/status'}",
      .calls = { { "GET " REPO "/commits/heads%2Ffeature%2Fx%2Fstatus", .status = 404, .answer = "{}" } },
      .next = NEXT_NEVER, .error = "or opsgate has no access to acme/platform" },
    { "a sha that is not there", github_commit_read, "{'repository':'acme/platform','ref':'3f2a9c1'}",
      .calls = { { "GET " REPO "/commits/3f2a9c1", .status = 422, .answer = "{'message':'No commit found for SHA'}" } },
      .next = NEXT_NEVER, .error = "GitHub knows no commit called `3f2a9c1` in acme/platform" },
    { "a commit that need not be there", github_commit_read,
      "{'repository':'acme/platform','ref':'tags/main','may_be_missing':true}",
      .calls = { { "GET " REPO "/commits/tags%2Fmain", .status = 422, .answer = "{'message':'No commit found'}" } },
      .next = NEXT_DONE, .result = "{'missing':true}" },
    { "a repository that may not be seen is a failure all the same", github_commit_read,
      "{'repository':'acme/platform','ref':'tags/main','may_be_missing':true}",
      .calls = { { "GET " REPO "/commits/tags%2Fmain", .status = 404, .answer = "{}" } }, .next = NEXT_NEVER,
      .error = "or opsgate has no access to acme/platform" },
    { "a commit without a sha", github_commit_read, MAIN, .calls = { { MAIN_CALL, .status = 200, .answer = "{}" } },
      .next = NEXT_AGAIN, .error = "no sha" },
    { "a sha that would be another path", github_commit_read, MAIN,
      .calls = { { MAIN_CALL, .status = 200, .answer = "{'sha':'../../../../../../../../../../../../x'}" } },
      .next = NEXT_AGAIN, .error = "no sha" },
    { "no JSON", github_commit_read, MAIN, .calls = { { MAIN_CALL, .status = 200, .answer = "<html>" } },
      .next = NEXT_AGAIN, .error = "made no sense" },
    { "a repository that leads elsewhere is not asked for", github_commit_read, "{'repository':'acme/..','ref':'main'}",
      .next = NEXT_NEVER, .error = "is no repository" },
    { "nor one with a query", github_commit_read, "{'repository':'acme/x?y=1','ref':'main'}", .next = NEXT_NEVER },
    { "nor one of three parts", github_commit_read, "{'repository':'acme/x/y','ref':'main'}", .next = NEXT_NEVER },
    { "nor nobody's", github_commit_read, "{'repository':'/x','ref':'main'}", .next = NEXT_NEVER },
    { "an empty name", github_commit_read, "{'repository':'acme/platform','ref':''}", .next = NEXT_NEVER },

    { "no token any more", github_commit_read, MAIN,
      .calls = { { MAIN_CALL, .status = 401, .answer = "{'message':'Bad credentials'}" } }, .next = NEXT_AGAIN,
      .needs_fresh_credential = true },
    { "a limit that says how long", github_commit_read, MAIN,
      .calls = { { MAIN_CALL, .status = 403, .answer = "{}", .header = { "retry-after", "7" } } }, .next = NEXT_AGAIN,
      .after_ms = 7000, .is_outage = true, .error = "GitHub limits" },
    { "a secondary limit that does not", github_commit_read, MAIN,
      .calls = { { MAIN_CALL, .status = 403, .answer = "{'message':'You have exceeded a secondary rate limit.'}" } },
      .next = NEXT_AGAIN, .after_ms = 60000, .is_outage = true },
    { "429 alone", github_commit_read, MAIN, .calls = { { MAIN_CALL, .status = 429 } }, .next = NEXT_AGAIN,
      .after_ms = 60000, .is_outage = true },
    { "an empty limit without its end", github_commit_read, MAIN,
      .calls = { { MAIN_CALL, .status = 403, .answer = "{}", .header = { "x-ratelimit-remaining", "0" } } },
      .next = NEXT_AGAIN, .after_ms = 60000, .is_outage = true },
    { "a limit of two hours is looked at every hour", github_commit_read, MAIN,
      .calls = { { MAIN_CALL, .status = 429, .header = { "retry-after", "7200" } } }, .next = NEXT_AGAIN,
      .after_ms = 3600000, .is_outage = true },
    { "a permission that is missing is named", github_commit_read, MAIN,
      .calls = { { MAIN_CALL, .status = 403, .answer = "{'message':'Resource not accessible by integration'}",
                   .header = { "x-accepted-github-permissions", "contents=read" } } },
      .next = NEXT_NEVER, .error = "give it contents=read on acme/platform" },
    { "a repository that was renamed", github_commit_read, MAIN,
      .calls = { { MAIN_CALL, .status = 301, .answer = "{'message':'Moved Permanently'}" } }, .next = NEXT_NEVER,
      .error = "another name on GitHub" },
    { "GitHub is down", github_commit_read, MAIN, .calls = { { MAIN_CALL, .status = 502 } }, .next = NEXT_AGAIN,
      .is_outage = true },
    { "no answer", github_commit_read, MAIN, .calls = { { MAIN_CALL, .status = 0 } }, .next = NEXT_AGAIN,
      .is_outage = true },

    { "the latest release", github_release_read, LATEST,
      .calls = { { "GET " REPO "/releases/latest", .status = 200,
                   .answer =
                       "{'tag_name':'v1.5.0','name':'Spring','draft':false,'prerelease':true,'html_url':'https://g/x',"
                       "'author':{'login':'mia'}}" } },
      .next = NEXT_DONE,
      .result = "{'tag':'v1.5.0','name':'Spring','url':'https://g/x','author':'mia','is_prerelease':true}" },
    { "no release yet", github_release_read, LATEST,
      .calls = { { "GET " REPO "/releases/latest", .status = 404, .answer = "{}" } }, .next = NEXT_NEVER,
      .error = "GitHub knows no latest release of acme/platform" },
    { "a draft is no release", github_release_read, V150,
      .calls = { { "GET " REPO "/releases/tags/v1.5.0", .status = 200,
                   .answer = "{'tag_name':'v1.5.0','draft':true}" } },
      .next = NEXT_NEVER, .error = "is a draft" },
    { "words in its text", github_release_read, MARKED,
      .calls = { { "GET " REPO "/releases/tags/v1.5.0", .status = 200,
                   .answer = "{'tag_name':'v1.5.0','body':'drops a column [irreversible]'}" } },
      .next = NEXT_DONE, .result = "{'tag':'v1.5.0','is_marked':true}" },
    { "none of those", github_release_read, MARKED,
      .calls = { { "GET " REPO "/releases/tags/v1.5.0", .status = 200,
                   .answer = "{'tag_name':'v1.5.0','name':'[irreversible]','body':'irreversible'}" } },
      .next = NEXT_DONE, .result = "{'tag':'v1.5.0','name':'[irreversible]'}" },
    { "a text of another kind", github_release_read, MARKED,
      .calls = { { "GET " REPO "/releases/tags/v1.5.0", .status = 200, .answer = "{'tag_name':'v1.5.0','body':7}" } },
      .next = NEXT_DONE, .result = "{'tag':'v1.5.0'}" },
    { "a tag may be no release", github_release_read, MARKED,
      .calls = { { "GET " REPO "/releases/tags/v1.5.0", .status = 404, .answer = "{}" },
                 { "GET " REPO, .status = 200, .answer = "{'full_name':'acme/platform'}" } },
      .next = NEXT_DONE, .result = "{'missing':true}" },
    { "in a repository that may not be seen nobody knows", github_release_read, MARKED,
      .calls = { { "GET " REPO "/releases/tags/v1.5.0", .status = 404, .answer = "{}" },
                 { "GET " REPO, .status = 404, .answer = "{'message':'Not Found'}" } },
      .next = NEXT_NEVER, .error = "or opsgate has no access to acme/platform" },
    { "nor while GitHub does not tell of that", github_release_read, MARKED,
      .calls = { { "GET " REPO "/releases/tags/v1.5.0", .status = 404, .answer = "{}" },
                 { "GET " REPO, .status = 502 } },
      .next = NEXT_AGAIN, .is_outage = true },
    { "a release without a tag", github_release_read, V150,
      .calls = { { "GET " REPO "/releases/tags/v1.5.0", .status = 200, .answer = "{'tag_name':''}" } },
      .next = NEXT_AGAIN, .error = "no tag_name" },

    { "a workflow is dispatched, and its run is known", github_dispatch, DISPATCH, .is_first_try = true,
      .calls = { { DISPATCH_CALL,
                   { "'ref':'main'", "'version':'v1'", "'opsgate':'" EFFECT "'", "'return_run_details':true" },
                   .status = 200,
                   .answer = "{'workflow_run_id':31000000007}" } },
      .next = NEXT_DONE, .result = FOUND },
    { "an older GitHub does not tell its run", github_dispatch, DISPATCH, .is_first_try = true,
      .calls = { { DISPATCH_CALL, .status = 204 } }, .next = NEXT_DONE, .result = "{'run':0,'effect':'" EFFECT "'}" },
    { "a number that is none", github_dispatch, DISPATCH, .is_first_try = true,
      .calls = { { DISPATCH_CALL, .status = 200, .answer = "{'workflow_run_id':1e300}" } }, .next = NEXT_DONE,
      .result = "{'run':0,'effect':'" EFFECT "'}" },
    { "a lost answer: looked for, but not at once", github_dispatch, DISPATCH, .is_first_try = true,
      .calls = { { DISPATCH_CALL, .status = 0 } }, .next = NEXT_AGAIN, .after_ms = 10000, .is_outage = true },
    { "the second try finds its run, and dispatches nothing", github_dispatch, DISPATCH,
      .calls = { { LIST, .status = 200, .answer = "{'workflow_runs':[" NAMELESS "," THEIRS "," OURS "]}" } },
      .next = NEXT_DONE, .result = FOUND },
    { "a store an hour ahead of GitHub: as far back as GitHub's own clock says", github_dispatch, DISPATCH,
      .calls = { { LIST, .status = 200, .answer = "{'workflow_runs':[" OURS_AT("00:59:00") "]}",
                   .header = { "date", "Thu, 16 Nov 2023 01:00:00 GMT" } } },
      .next = NEXT_DONE, .result = FOUND },
    { "what is older than the effect ends the search", github_dispatch, DISPATCH,
      .calls = { { LIST, .status = 200, .answer = "{'workflow_runs':[" THEIRS "," OLD_AT("01:39:00") "]}",
                   .header = NEXT("p2") },
                 { DISPATCH_CALL, .status = 200, .answer = "{'workflow_run_id':31000000007}" } },
      .next = NEXT_DONE, .result = FOUND },
    { "and what is not old enough may be ours", github_dispatch, DISPATCH,
      .calls = { { LIST, .status = 200, .answer = "{'workflow_runs':[" OLD_AT("01:41:00") "]}" } }, .next = NEXT_NEVER,
      .error = "So nothing was dispatched again" },
    { "only others' runs: it never came there", github_dispatch, DISPATCH,
      .calls = { { LIST, .status = 200, .answer = "{'workflow_runs':[" THEIRS "]}" },
                 { DISPATCH_CALL, .status = 200, .answer = "{'workflow_run_id':31000000007}" } },
      .next = NEXT_DONE, .result = FOUND },
    { "a run that does not say whose it is might be ours", github_dispatch, DISPATCH,
      .calls = { { LIST, .status = 200, .answer = "{'workflow_runs':[" THEIRS "," NAMELESS "]}" } }, .next = NEXT_NEVER,
      .error = "So nothing was dispatched again" },
    { "our run is on the second page", github_dispatch, DISPATCH,
      .calls = { { LIST, .status = 200, .answer = "{'workflow_runs':[" THEIRS "]}",
                   .header = { "link", "<" API "/p2>; rel=\"next\", <" API "/p9>; rel=\"last\"" } },
                 { "GET " API "/p2", .status = 200, .answer = "{'workflow_runs':[" OURS "]}" } },
      .next = NEXT_DONE, .result = FOUND },
    { "behind the newest pages it may be: nothing is dispatched blindly", github_dispatch, DISPATCH,
      .calls = { { LIST, .status = 200, .answer = "{'workflow_runs':[" THEIRS "]}", .header = NEXT("p2") },
                 { "GET " API "/p2", .status = 200, .answer = "{'workflow_runs':[" NAMELESS "]}",
                   .header = NEXT("p3") },
                 { "GET " API "/p3", .status = 200, .answer = "{'workflow_runs':[]}", .header = NEXT("p4") } },
      .next = NEXT_AGAIN, .error = "more than 90 newer runs of workflow `deploy.yml` in acme/platform" },
    { "a page elsewhere does not get our token", github_dispatch, DISPATCH,
      .calls = { { LIST, .status = 200, .answer = "{'workflow_runs':[]}",
                   .header = { "link", "<https://evil.example/p2>; rel=\"next\"" } },
                 { DISPATCH_CALL, .status = 204 } },
      .next = NEXT_DONE },
    { "a list that cannot be had: nothing is dispatched blindly", github_dispatch, DISPATCH,
      .calls = { { LIST, .status = 503 } }, .next = NEXT_AGAIN, .is_outage = true },
    { "a workflow that does not take our input", github_dispatch, DISPATCH, .is_first_try = true,
      .calls = { { DISPATCH_CALL, .status = 422,
                   .answer = "{'message':'Unexpected inputs provided: [\\'opsgate\\']'}" } },
      .next = NEXT_NEVER, .error = "declare it in deploy.yml" },
    { "a ref that is not there", github_dispatch, DISPATCH, .is_first_try = true,
      .calls = { { DISPATCH_CALL, .status = 422, .answer = "{'message':'No ref found for: main'}" } },
      .next = NEXT_NEVER, .error = "No ref found for: main" },
    { "errors that are texts", github_dispatch, DISPATCH, .is_first_try = true,
      .calls = { { DISPATCH_CALL, .status = 422, .answer = "{'message':'Validation Failed','errors':['not today']}" } },
      .next = NEXT_NEVER, .error = "Validation Failed (not today)" },
    { "errors that are objects", github_dispatch, DISPATCH, .is_first_try = true,
      .calls = { { DISPATCH_CALL, .status = 422,
                   .answer = "{'message':'Validation Failed','errors':[{'field':'ref','code':'missing'}]}" } },
      .next = NEXT_NEVER, .error = "Validation Failed (ref: missing)" },
    { "no such workflow", github_dispatch, DISPATCH, .is_first_try = true,
      .calls = { { DISPATCH_CALL, .status = 404, .answer = "{'message':'Not Found'}" } }, .next = NEXT_NEVER,
      .error = "or opsgate has no access to" },
    { "a workflow that is a path", github_dispatch, "{'repository':'acme/platform','workflow':'../../x','ref':'main'}",
      .is_first_try = true, .next = NEXT_NEVER, .error = "is no workflow" },

    { "a run that waits", github_run_read, LOOK,
      .calls = { { RUN_CALL, .status = 200, .answer = RUN("7", "x", "queued", "null") } }, .next = NEXT_DONE,
      .result = "{'run':7,'status':'queued','url':'https://github.com/acme/platform/actions/runs/7'}" },
    { "a run at its step", github_run_read, LOOK,
      .calls = { { RUN_CALL, .status = 200, .answer = RUN("7", "x", "in_progress", "null") },
                 { JOBS_CALL, .status = 200, .answer = JOBS_NOW } },
      .next = NEXT_DONE,
      .result =
          "{'run':7,'status':'in_progress','url':'https://github.com/acme/platform/actions/runs/7','step':'deploy: "
          "Deploy'}" },
    { "a run that failed names its step, harmless", github_run_read, LOOK,
      .calls = { { RUN_CALL, .status = 200, .answer = RUN("7", "x", "completed", "'failure'") },
                 { JOBS_CALL, .status = 200, .answer = JOBS } },
      .next = NEXT_DONE,
      .result = "{'run':7,'status':'completed','conclusion':'failure','url':'https://github.com/acme/platform/actions/"
                "runs/7','step':'deploy: Roll  out '}" },
    { "jobs that cannot be had do not hide the end", github_run_read, LOOK,
      .calls = { { RUN_CALL, .status = 200, .answer = RUN("7", "x", "completed", "'failure'") },
                 { JOBS_CALL, .status = 500 } },
      .next = NEXT_DONE },
    { "a run that succeeded needs no jobs", github_run_read, LOOK,
      .calls = { { RUN_CALL, .status = 200, .answer = RUN("7", "x", "completed", "'success'") } }, .next = NEXT_DONE },
    { "a run that is gone", github_run_read, LOOK, .calls = { { RUN_CALL, .status = 404, .answer = "{}" } },
      .next = NEXT_NEVER, .error = "GitHub knows no run 7 in acme/platform" },
    { "a run without a status", github_run_read, LOOK, .calls = { { RUN_CALL, .status = 200, .answer = "{'id':7}" } },
      .next = NEXT_AGAIN },
    { "a run is looked for by our id", github_run_read, LOOK_FOR,
      .calls = { { LIST, .status = 200, .answer = "{'workflow_runs':[" THEIRS "," OURS "]}" } }, .next = NEXT_DONE },
    { "and is not there yet", github_run_read, LOOK_FOR,
      .calls = { { LIST, .status = 200, .answer = "{'workflow_runs':[" THEIRS "]}" } }, .next = NEXT_AGAIN,
      .error = "shows no run" },

    { "a run is cancelled", github_run_cancel, LOOK,
      .calls = { { "POST " REPO "/actions/runs/7/cancel", .status = 202, .answer = "{}" } }, .next = NEXT_DONE,
      .result = "{'cancelled':true}" },
    { "one that has ended is left alone", github_run_cancel, LOOK,
      .calls = { { "POST " REPO "/actions/runs/7/cancel", .status = 409, .answer = "{}" } }, .next = NEXT_DONE,
      .result = "{'cancelled':false}" },
    { "a run is looked for before it is cancelled", github_run_cancel, LOOK_FOR,
      .calls = { { LIST, .status = 200, .answer = "{'workflow_runs':[" OURS "]}" },
                 { "POST " REPO "/actions/runs/31000000007/cancel", .status = 202, .answer = "{}" } },
      .next = NEXT_DONE, .result = "{'cancelled':true}" },
};

static const struct scripted_row token_rows[] = {
    { "the App gets a token for a repository", github_token_installation, TOKEN_ARGS,
      .calls = { { INSTALLATION, .status = 200, .answer = "{'id':880088}", .signature = "none" },
                 { MINT, .status = 201, .answer = "{'token':'ghs_1.2-3_x','expires_at':'2023-11-16T03:00:00Z'}" } },
      .next = NEXT_DONE, .result = "{'access_token':'ghs_1.2-3_x','expires_in':3600}" },
    { "and one for an organisation", github_token_installation, "{'assertion':'aa.bb.cc','repository':'acme'}",
      .calls = { { "GET " API "/orgs/acme/installation", .status = 200, .answer = "{'id':880088}",
                   .signature = "none" },
                 { MINT, .status = 201, .answer = "{'token':'ghs_1.2-3_x','expires_at':'2023-11-16T03:00:00Z'}" } },
      .next = NEXT_DONE, .result = "{'access_token':'ghs_1.2-3_x','expires_in':3600}" },
    { "an organisation that would lead elsewhere", github_token_installation,
      "{'assertion':'aa.bb.cc','repository':'acme?x='}", .next = NEXT_NEVER, .error = "or for an organisation" },
    { "an App that is not installed there", github_token_installation, TOKEN_ARGS,
      .calls = { { INSTALLATION, .status = 404, .answer = "{}" } }, .next = NEXT_NEVER,
      .error = "is not installed on" },
    { "a key of another App", github_token_installation, TOKEN_ARGS,
      .calls = { { INSTALLATION, .status = 401, .answer = "{'message':'A JSON web token could not be decoded'}" } },
      .next = NEXT_AGAIN, .error = "refuses the App's key" },
    { "an installation without a number", github_token_installation, TOKEN_ARGS,
      .calls = { { INSTALLATION, .status = 200, .answer = "{'id':'../x'}" } }, .next = NEXT_AGAIN, .error = "no id" },
    { "a token that would break a header", github_token_installation, TOKEN_ARGS,
      .calls = { { INSTALLATION, .status = 200, .answer = "{'id':880088}" },
                 { MINT, .status = 201, .answer = "{'token':'a\\r\\nX: y','expires_at':'2023-11-16T03:00:00Z'}" } },
      .next = NEXT_AGAIN, .error = "no token that can be used" },
    { "a token that has ended already", github_token_installation, TOKEN_ARGS,
      .calls = { { INSTALLATION, .status = 200, .answer = "{'id':880088}" },
                 { MINT, .status = 201, .answer = "{'token':'ghs_1','expires_at':'2023-11-16T01:00:00Z'}" } },
      .next = NEXT_AGAIN, .error = "is this machine's clock right" },
    { "no repository", github_token_installation, "{'assertion':'a'}", .next = NEXT_NEVER },
};

static const struct github_settings github = { .api_url = API "/" };
static const struct settings with_github = { .github = &github };

static void run_with_github(void **state)
{
    run_scripted_with(*state, &with_github);
}

static void a_jwt_is_the_apps_own(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *jwt;
    struct error err;

    (void)state;
    assert_false(github_assertion_make(7, "no key", 1700100000000, arena, &jwt, &err));
    assert_non_null(strstr(err.message, "github.app.private_key: expected an RSA key"));
    assert_null(strstr(err.message, "no key"));
}

static void repositories_are_two_names(void **state)
{
    static const struct {
        const char *name;
        bool is_good;
    } names[] = { { "acme/platform", true }, { "a/.github", true }, { "acme", false },      { "", false },
                  { "acme/", false },        { "acme/a b", false }, { "acme/a%2f", false }, { "acme/.", false },
                  { "acme/..", false },      { "ac.me/x", false },  { "acme/x#y", false } };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        assert_int_equal(github_repository_is_valid(str_of(names[i].name)), names[i].is_good);
}

int main(void)
{
    const struct CMUnitTest more[] = {
        cmocka_unit_test(a_jwt_is_the_apps_own),
        cmocka_unit_test(repositories_are_two_names),
    };
    struct CMUnitTest tests[ARRAY_LEN(token_rows)];

    for (size_t i = 0; i < ARRAY_LEN(tests); i++)
        tests[i] = (struct CMUnitTest){ .name = token_rows[i].name,
                                        .test_func = run_with_github,
                                        .initial_state = (void *)(uintptr_t)&token_rows[i] };
    return RUN_SCRIPTED(rows) + cmocka_run_group_tests(tests, NULL, NULL) + cmocka_run_group_tests(more, NULL, NULL);
}
