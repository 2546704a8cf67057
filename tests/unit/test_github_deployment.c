/* Deployments and their statuses on GitHub: made once however often it is tried, found by what stands in the payload,
 * and told in words that GitHub takes. */
#include "tests/unit/scripted_exchange.h"

#include "integrations/github/deployment.h"
#include "integrations/github/deployment_read.h"

#define API "https://api.github.com"
#define REPO API "/repos/acme/platform"
#define SHA "3f2a9c1d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b"
#define OURS "birth-00000000000000a1"

#define OF_MORE(more)                                                                                                  \
    "'of':{'repository':'acme/platform','sha':'" SHA "','environment':'production','task':'deploy','operation':'" OURS \
    "'" more "}"
#define OF OF_MORE("")
#define MAKE "{" OF ",'name':'D1042','service':'api','version':'v1.5.0'}"
#define LIST "GET " REPO "/deployments?sha=" SHA "&environment=production&task=deploy&per_page=100"
#define POST "POST " REPO "/deployments"
#define HAS(id, payload) "{'id':" id ",'payload':" payload "}"
#define MINE HAS("31337", "{'opsgate':'" OURS "','operation':'D1042'}")
#define THEIRS HAS("31001", "{'opsgate':'birth-00000000000000ff'}")
#define MADE "{'deployment':31337}"
#define NEXT_PAGE(page)                                                                                                \
    {                                                                                                                  \
        "link", "<" API "/" page ">; rel=\"next\""                                                                     \
    }

#define TELL_AT(of, words, at)                                                                                         \
    "{" of ",'state':'in_progress','description':'" words                                                              \
    "','environment_url':'https://api.acme.example','log_url':'https://ops.acme.example/D1042','asked_at_ms':" at "}"
#define JUST_NOW "1700099999000" /* the scripts' now is a second later */
#define LONG_AGO "1700099880000"
#define KNOWN OF_MORE(",'deployment':31337")
#define TELL TELL_AT(KNOWN, "D1042: at 25 %", JUST_NOW)
#define STATUSES "GET " REPO "/deployments/31337/statuses?per_page=100"
#define POST_STATUS "POST " REPO "/deployments/31337/statuses"
#define TOLD "{'status':91}"
#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define CUT_AT_139                                                                                                     \
    HUNDRED TEN TEN TEN "012345678" /* and then a character of two bytes, which would be the 140th and 141st */

#define LOOK "{'repository':'acme/platform','deployment':31337}"
#define ONE "GET " REPO "/deployments/31337"
#define AS_IT_IS(id, more)                                                                                             \
    "{'id':" id ",'sha':'" SHA "','ref':'main','task':'deploy','environment':'production','created_at':"               \
    "'2026-11-20T10:00:00Z'" more "}"
#define NOW(more)                                                                                                      \
    "{'sha':'" SHA "','ref':'main','environment':'production','task':'deploy'" more                             \
    ",'default_branch':'main','created_at_ms':1795168800000}"
#define REPOSITORY                                                                                                     \
    {                                                                                                                  \
        "GET " REPO, .status = 200, .answer = "{'id':42,'default_branch':'main'}"                                      \
    }
#define STATE(id, state) "{'id':" id ",'state':'" state "'}"

static const struct scripted_row rows[] = {
    { "the first try makes it, without a branch merged or a check asked for", github_deployment_make, MAKE,
      .is_first_try = true,
      .calls = { { POST,
                   { "'ref':'" SHA "'", "'auto_merge':false", "'required_contexts':[]",
                     "'payload':{'opsgate':'" OURS "','operation':'D1042','service':'api','version':'v1.5.0'}" },
                   .status = 201,
                   .answer = "{'id':31337}",
                   .not_body = "production_environment" } },
      .next = NEXT_DONE, .result = MADE },
    { "a lost answer: looked for, but not at once", github_deployment_make, MAKE, .is_first_try = true,
      .calls = { { POST, .status = 0 } }, .next = NEXT_AGAIN, .after_ms = 10000, .is_outage = true },
    { "an answer that breaks off likewise", github_deployment_make, MAKE, .is_first_try = true,
      .calls = { { POST, .status = 201, .answer = "{}" } }, .next = NEXT_AGAIN, .after_ms = 10000, .error = "no id" },
    { "a second try finds it among others, and makes none", github_deployment_make, MAKE,
      .calls = { { LIST, .status = 200, .answer = "[" THEIRS "," MINE "]" } }, .next = NEXT_DONE, .result = MADE },
    { "its payload may be a text", github_deployment_make, MAKE,
      .calls = { { LIST, .status = 200, .answer = "[{'id':31337,'payload':'{\\'opsgate\\':\\'" OURS "\\'}'}]" } },
      .next = NEXT_DONE, .result = MADE },
    { "it may be on the second page", github_deployment_make, MAKE,
      .calls = { { LIST, .status = 200, .answer = "[" THEIRS "]", .header = NEXT_PAGE("p2") },
                 { "GET " API "/p2", .status = 200, .answer = "[" MINE "]" } },
      .next = NEXT_DONE, .result = MADE },
    { "a next page elsewhere is not asked for", github_deployment_make, MAKE,
      .calls = { { LIST, .status = 200, .answer = "[" THEIRS "]",
                   .header = { "link", "<https://evil.example/p2>; rel=\"next\"" } },
                 { POST, .status = 201, .answer = "{'id':31337}" } },
      .next = NEXT_DONE, .result = MADE },
    { "behind three pages it is not said that there is none", github_deployment_make, MAKE,
      .calls = { { LIST, .status = 200, .answer = "[" THEIRS "]", .header = NEXT_PAGE("p2") },
                 { "GET " API "/p2", .status = 200, .answer = "[]", .header = NEXT_PAGE("p3") },
                 { "GET " API "/p3", .status = 200, .answer = "[]", .header = NEXT_PAGE("p4") } },
      .next = NEXT_NEVER, .error = "more than 300 deployments" },
    { "not there: it never came there, and is made", github_deployment_make, MAKE,
      .calls = { { LIST, .status = 200, .answer = "[" THEIRS "]" }, { POST, .status = 201, .answer = "{'id':31337}" } },
      .next = NEXT_DONE, .result = MADE },
    { "payloads that are no object, no JSON, or name nobody are others'", github_deployment_make, MAKE,
      .calls = { { LIST, .status = 200,
                   .answer =
                       "[{'id':1,'payload':''},{'id':2,'payload':'{\\'opsgate\\''},{'id':3,'payload':{'opsgate':7}},"
                       "{'id':4,'payload':['" OURS "']},{'id':5},7,null,'x',{'id':0,'payload':{'opsgate':'" OURS
                       "'}}]" },
                 { POST, .status = 201, .answer = "{'id':31337}" } },
      .next = NEXT_DONE, .result = MADE },
    { "a list that is no JSON tells nothing: nothing is made", github_deployment_make, MAKE,
      .calls = { { LIST, .status = 200, .answer = "<html>" } }, .next = NEXT_AGAIN, .error = "made no sense" },
    { "a list that cannot be had neither", github_deployment_make, MAKE, .calls = { { LIST, .status = 502 } },
      .next = NEXT_AGAIN, .is_outage = true },
    { "a branch that was merged is no deployment", github_deployment_make, MAKE, .is_first_try = true,
      .calls = { { POST, .status = 202, .answer = "{'message':'Auto-merged main into topic'}" } }, .next = NEXT_NEVER,
      .error = "merged a branch" },
    { "a conflict", github_deployment_make, MAKE, .is_first_try = true,
      .calls = { { POST, .status = 409, .answer = "{'message':'Conflict merging main'}" } }, .next = NEXT_NEVER,
      .error = "Conflict" },
    { "a commit that GitHub does not know", github_deployment_make, MAKE, .is_first_try = true,
      .calls = { { POST, .status = 422, .answer = "{'message':'No ref found for: 3f2a'}" } }, .next = NEXT_NEVER,
      .error = "No ref found" },
    { "a permission that is missing is named", github_deployment_make, MAKE, .is_first_try = true,
      .calls = { { POST, .status = 403, .answer = "{'message':'Resource not accessible by integration'}",
                   .header = { "x-accepted-github-permissions", "deployments=write" } } },
      .next = NEXT_NEVER, .error = "give it deployments=write on acme/platform" },
    { "a secondary limit is waited for", github_deployment_make, MAKE, .is_first_try = true,
      .calls = { { POST, .status = 403, .answer = "{'message':'You have exceeded a secondary rate limit.'}" } },
      .next = NEXT_AGAIN, .after_ms = 60000, .is_outage = true },
    { "a repository that cannot be seen", github_deployment_make, MAKE, .is_first_try = true,
      .calls = { { POST, .status = 404, .answer = "{'message':'Not Found'}" } }, .next = NEXT_NEVER,
      .error = "or opsgate has no access to acme/platform" },
    { "a branch is no commit: it may move", github_deployment_make,
      "{'of':{'repository':'acme/platform','sha':'main','environment':'production','task':'deploy','operation':'o'},"
      "'name':'D1','service':'api','version':'main'}",
      .is_first_try = true, .next = NEXT_NEVER, .error = "whole commit's sha" },
    { "nor is a repository that leads elsewhere asked", github_deployment_make,
      "{'of':{'repository':'acme/..','sha':'" SHA "','environment':'production','task':'deploy','operation':'o'},"
      "'name':'D1','service':'api','version':'main'}",
      .is_first_try = true, .next = NEXT_NEVER },
    { "an environment may be called anything", github_deployment_make,
      "{'of':{'repository':'acme/platform','sha':'" SHA "','environment':'eu & us/#1','task':'deploy','operation':'o'},"
      "'name':'D1','service':'api','version':'main'}",
      .calls = { { "GET " REPO "/deployments?sha=" SHA "&environment=eu%20%26%20us%2F%231&task=deploy&per_page=100",
                   .status = 200, .answer = "[]" },
                 { POST, { "'environment':'eu & us/#1'" }, .status = 201, .answer = "{'id':31337}" } },
      .next = NEXT_DONE, .result = MADE },

    { "a status goes where the number says", github_deployment_status_make, TELL, .is_first_try = true,
      .calls = { { POST_STATUS,
                   { "'state':'in_progress'", "'description':'D1042: at 25 %'",
                     "'environment_url':'https://api.acme.example'", "'log_url':'https://ops.acme.example/D1042'" },
                   .status = 201,
                   .answer = "{'id':91}" } },
      .next = NEXT_DONE, .result = TOLD },
    { "GitHub makes no other service's deployment inactive", github_deployment_status_make, TELL, .is_first_try = true,
      .calls = { { POST_STATUS, { "'auto_inactive':false" }, .status = 201, .answer = "{'id':91}" } },
      .next = NEXT_DONE },
    { "without the number it is looked for", github_deployment_status_make, TELL_AT(OF, "D1042: at 25 %", JUST_NOW),
      .is_first_try = true,
      .calls = { { LIST, .status = 200, .answer = "[" THEIRS "," MINE "]" },
                 { POST_STATUS, .status = 201, .answer = "{'id':91}" } },
      .next = NEXT_DONE, .result = TOLD },
    { "lists lag: it is looked for again", github_deployment_status_make, TELL_AT(OF, "D1042: at 25 %", LONG_AGO),
      .is_first_try = true, .calls = { { LIST, .status = 200, .answer = "[" THEIRS "]" } }, .next = NEXT_AGAIN,
      .after_ms = 10000, .error = "does not show the deployment" },
    { "and again, as long as it may appear", github_deployment_status_make, TELL_AT(OF, "D1042: at 25 %", JUST_NOW),
      .calls = { { LIST, .status = 200, .answer = "[]" } }, .next = NEXT_AGAIN, .after_ms = 10000 },
    { "but what was never made keeps nobody waiting", github_deployment_status_make,
      TELL_AT(OF, "D1042: at 25 %", LONG_AGO), .calls = { { LIST, .status = 200, .answer = "[]" } }, .next = NEXT_NEVER,
      .error = "that is ours" },
    { "a lost answer of a status is looked for later", github_deployment_status_make, TELL, .is_first_try = true,
      .calls = { { POST_STATUS, .status = 0 } }, .next = NEXT_AGAIN, .after_ms = 10000, .is_outage = true },
    { "and found, it is not told again", github_deployment_status_make, TELL,
      .calls = { { STATUSES, .status = 200,
                   .answer = "[{'id':92,'state':'in_progress','description':'D1042: at 5 %'},"
                             "{'id':91,'state':'in_progress','description':'D1042: at 25 %'}]" } },
      .next = NEXT_DONE, .result = TOLD },
    { "the same words in another state are another status", github_deployment_status_make, TELL,
      .calls = { { STATUSES, .status = 200, .answer = "[{'id':92,'state':'failure','description':'D1042: at 25 %'}]" },
                 { POST_STATUS, .status = 201, .answer = "{'id':91}" } },
      .next = NEXT_DONE, .result = TOLD },
    { "statuses that make no sense are nobody's", github_deployment_status_make, TELL,
      .calls = { { STATUSES, .status = 200, .answer = "[7,null,{},{'state':7,'description':null}]" },
                 { POST_STATUS, .status = 201, .answer = "{'id':91}" } },
      .next = NEXT_DONE, .result = TOLD },
    { "a deployment that is gone", github_deployment_status_make, TELL, .is_first_try = true,
      .calls = { { POST_STATUS, .status = 404, .answer = "{}" } }, .next = NEXT_NEVER,
      .error = "GitHub knows no deployment 31337 in acme/platform" },
    { "a description is cut to what GitHub takes, and not within a character", github_deployment_status_make,
      TELL_AT(KNOWN, CUT_AT_139 "\xc3\xa4 and more", JUST_NOW), .is_first_try = true,
      .calls = { { POST_STATUS, { "'description':'" CUT_AT_139 "'" }, .status = 201, .answer = "{'id':91}" } },
      .next = NEXT_DONE },
    { "one of exactly as many is whole", github_deployment_status_make,
      TELL_AT(KNOWN, HUNDRED TEN TEN TEN TEN, JUST_NOW), .is_first_try = true,
      .calls = { { POST_STATUS,
                   { "'description':'" HUNDRED TEN TEN TEN TEN "'" },
                   .status = 201,
                   .answer = "{'id':91}" } },
      .next = NEXT_DONE },
    { "and what was cut is found again", github_deployment_status_make,
      TELL_AT(KNOWN, CUT_AT_139 "\xc3\xa4 and more", JUST_NOW),
      .calls = { { STATUSES, .status = 200,
                   .answer = "[{'id':91,'state':'in_progress','description':'" CUT_AT_139 "'}]" } },
      .next = NEXT_DONE, .result = TOLD },
    { "an address that is none is left out", github_deployment_status_make,
      "{" KNOWN
      ",'state':'success','description':'D1','environment_url':'javascript:alert(1)','log_url':'https://a b'}",
      .is_first_try = true, .calls = { { POST_STATUS, .status = 201, .answer = "{'id':91}", .not_body = "_url" } },
      .next = NEXT_DONE },
    { "of a deployment that somebody else made the number is enough", github_deployment_status_make,
      "{'of':{'repository':'acme/platform','environment':'x','task':'deploy','operation':'o','deployment':31337},"
      "'state':'success','description':'D1'}",
      .is_first_try = true, .calls = { { POST_STATUS, .status = 201, .answer = "{'id':91}" } }, .next = NEXT_DONE },
    { "without it and without a commit there is none to look for", github_deployment_status_make,
      "{'of':{'repository':'acme/platform','environment':'x','task':'deploy','operation':'o'},'state':'success',"
      "'description':'D1'}",
      .next = NEXT_NEVER, .error = "whole commit's sha" },
    { "one of somebody else's", github_deployment_read, LOOK,
      .calls = { { ONE, .status = 200,
                   .answer = AS_IT_IS("31337", ",'creator':{'login':'ann'},'payload':'','performed_via_github_app':null") },
                 { STATUSES, .status = 200, .answer = "[]" }, REPOSITORY },
      .next = NEXT_DONE, .result = NOW(",'creator':'ann'") },
    { "the newest of its statuses, in whatever order", github_deployment_read, LOOK,
      .calls = { { ONE, .status = 200, .answer = AS_IT_IS("31337", ",'creator':null") },
                 { STATUSES, .status = 200,
                   .answer = "[7,{}," STATE("92", "success") "," STATE("93", "inactive") "," STATE("91", "queued") "]" }, REPOSITORY },
      .next = NEXT_DONE, .result = NOW(",'state':'inactive'") },
    { "one of ours, by its payload and its App", github_deployment_read, LOOK,
      .calls = { { ONE, .status = 200,
                   .answer = AS_IT_IS("31337", ",'payload':{'opsgate':'" OURS
                                               "'},'performed_via_github_app':{'id':12345,'slug':'opsgate'}") },
                 { STATUSES, .status = 200, .answer = "[]" }, REPOSITORY },
      .next = NEXT_DONE, .result = NOW(",'operation':'" OURS "','app':'12345'") },
    { "another one's answer", github_deployment_read, LOOK,
      .calls = { { ONE, .status = 200, .answer = AS_IT_IS("31338", "") } }, .next = NEXT_AGAIN,
      .error = "made no sense" },
    { "one without a date", github_deployment_read, LOOK,
      .calls = { { ONE, .status = 200,
                   .answer = "{'id':31337,'sha':'" SHA "','ref':'main','task':'deploy','environment':'production'}" } },
      .next = NEXT_AGAIN, .error = "made no sense" },
    { "one of no commit", github_deployment_read, LOOK,
      .calls = { { ONE, .status = 200,
                   .answer = "{'id':31337,'sha':'main','ref':'main','task':'deploy','environment':'production',"
                             "'created_at':'2026-11-20T10:00:00Z'}" } },
      .next = NEXT_AGAIN, .error = "made no sense" },
    { "statuses that are none", github_deployment_read, LOOK,
      .calls = { { ONE, .status = 200, .answer = AS_IT_IS("31337", "") }, { STATUSES, .status = 200, .answer = "{}" } },
      .next = NEXT_AGAIN, .error = "no statuses" },
    { "a repository without a branch", github_deployment_read, LOOK,
      .calls = { { ONE, .status = 200, .answer = AS_IT_IS("31337", "") }, { STATUSES, .status = 200, .answer = "[]" },
                 { "GET " REPO, .status = 200, .answer = "{'default_branch':7}" } },
      .next = NEXT_AGAIN, .error = "no default branch" },
    { "one that may not be seen any more", github_deployment_read, LOOK,
      .calls = { { ONE, .status = 200, .answer = AS_IT_IS("31337", "") }, { STATUSES, .status = 200, .answer = "[]" },
                 { "GET " REPO, .status = 404, .answer = "{}" } },
      .next = NEXT_NEVER, .error = "acme/platform" },
    { "a page in the place of an answer", github_deployment_read, LOOK,
      .calls = { { ONE, .status = 200, .answer = "<html>" } }, .next = NEXT_AGAIN },
    { "one that GitHub does not know", github_deployment_read, LOOK, .calls = { { ONE, .status = 404, .answer = "{}" } },
      .next = NEXT_NEVER, .error = "GitHub knows no deployment 31337 in acme/platform" },
    { "GitHub is away", github_deployment_read, LOOK, .calls = { { ONE, .status = 502 } }, .next = NEXT_AGAIN,
      .is_outage = true },
    { "no number", github_deployment_read, "{'repository':'acme/platform','deployment':0}", .next = NEXT_NEVER,
      .error = "is no deployment" },
    { "no repository", github_deployment_read, "{'repository':'acme/../x','deployment':7}", .next = NEXT_NEVER,
      .error = "is no deployment" },
    { "a number that is none", github_deployment_status_make,
      "{'of':{'repository':'acme/platform','environment':'x','task':'deploy','operation':'o','deployment':-1},"
      "'state':'success','description':'D1'}",
      .next = NEXT_NEVER },
};

int main(void)
{
    return RUN_SCRIPTED(rows);
}
