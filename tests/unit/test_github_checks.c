/* GitHub's checks of a commit, and the authors of commits: what counts as green, and what proves nothing. */
#include "tests/unit/scripted_exchange.h"

#include "integrations/github/authors.h"
#include "integrations/github/checks.h"

#define SHA "70e4b6c9d315f8a2701c4be59d3260f8a1c7e4b6"
#define BASE "1111111111111111111111111111111111111111"
#define COMMIT "GET https://api.github.com/repos/acme/platform/commits/" SHA
#define RUNS COMMIT "/check-runs?filter=latest&per_page=100"
#define STATUSES COMMIT "/status?per_page=100"
#define SECOND "https://api.github.com/repositories/42/commits/" SHA "/check-runs?filter=latest&per_page=100&page=2"
#define ASK "{'repository':'acme/platform','sha':'" SHA "'}"

#define RUN_AS(name, rest) "{'name':'" name "'," rest "}"
#define RUN(name, conclusion) RUN_AS(name, "'status':'completed','conclusion':'" conclusion "'")
#define RUNNING(name) RUN_AS(name, "'status':'in_progress','conclusion':null")
#define OURS RUN_AS("opsgate", "'status':'queued','app':{'id':12345}")
#define STATUS(context, state) "{'context':'" context "','state':'" state "'}"

#define LIST(total, runs) "{'total_count':" #total ",'check_runs':[" runs "]}"
#define STATE(total, statuses) "{'state':'pending','total_count':" #total ",'statuses':[" statuses "]}"
#define NO_RUN LIST(0, "")
#define NO_STATUS STATE(0, "")

#define TELL(runs, statuses)                                                                                           \
    .calls = { { RUNS, .status = 200, .answer = runs }, { STATUSES, .status = 200, .answer = statuses } },             \
    .next = NEXT_DONE

#define COMPARE "GET https://api.github.com/repos/acme/platform/compare/" BASE "..." SHA
#define ASK_AUTHORS "{'repository':'acme/platform','base':'" BASE "','head':'" SHA "'}"
#define BY(login) "{'sha':'" SHA "','author':{'login':'" login "'}}"
#define TOLD(login) "{'sha':'" SHA "','author':'" login "'}"
#define PARENT "2222222222222222222222222222222222222222"
#define ASK_FIRST "{'repository':'acme/platform','base':'','head':'" SHA "'}"
#define SINCE_PARENT "GET https://api.github.com/repos/acme/platform/compare/" PARENT "..." SHA
#define COMMITS(total, commits) "{'status':'ahead','total_commits':" #total ",'commits':[" commits "]}"

static const struct github_app app = { .id = 12345 };
static const struct github_settings github = { .api_url = "https://api.github.com", .app = &app };
static const struct settings settings = { .github = &github };

static const struct scripted_row rows[] = {
    { "what succeeded, did not matter or was skipped is green", github_checks_read, ASK,
      TELL(LIST(3, RUN("a", "success") "," RUN("b", "neutral") "," RUN("c", "skipped")), NO_STATUS),
      .result = "{'state':3,'count':3}" },
    { "statuses alone are enough", github_checks_read, ASK, TELL(NO_RUN, STATE(1, STATUS("ci/lint", "success"))),
      .result = "{'state':3,'count':1}" },
    { "nothing at all is not", github_checks_read, ASK, TELL(NO_RUN, NO_STATUS), .result = "{'state':0,'count':0}" },
    { "one that runs is waited for", github_checks_read, ASK,
      TELL(LIST(2, RUN("a", "success") "," RUNNING("b")), NO_STATUS),
      .result = "{'state':1,'count':2,'pending':1,'names':['b']}" },
    { "so is a status that says so", github_checks_read, ASK,
      TELL(LIST(1, RUN("a", "success")), STATE(1, STATUS("ci", "pending"))),
      .result = "{'state':1,'count':2,'pending':1,'names':['ci']}" },
    { "one that failed is red, whatever still runs", github_checks_read, ASK,
      TELL(LIST(2, RUNNING("a") "," RUN("b", "failure")), STATE(1, STATUS("ci", "error"))),
      .result = "{'state':2,'count':3,'failed':2,'pending':1,'names':['b','ci']}" },
    { "so is whatever else ended without success", github_checks_read, ASK,
      TELL(LIST(4,
                RUN("a", "cancelled") "," RUN("b", "timed_out") "," RUN("c", "action_required") "," RUN("d", "stale")),
           NO_STATUS),
      .result = "{'state':2,'count':4,'failed':4,'names':['a','b','c','d']}" },
    { "and one that ended as nobody knows", github_checks_read, ASK,
      TELL(LIST(1, RUN_AS("a", "'status':'completed','conclusion':null")), STATE(1, "{'context':'x'}")),
      .result = "{'state':2,'count':2,'failed':2,'names':['a','x']}" },
    { "an entry that is none has not ended", github_checks_read, ASK, TELL(LIST(2, "7,{}"), NO_STATUS),
      .result = "{'state':1,'count':2,'pending':2,'names':['one without a name','one without a name']}" },
    { "no more than five are named", github_checks_read, ASK,
      TELL(LIST(6, RUNNING("a") "," RUNNING("b") "," RUNNING("c") "," RUNNING("d") "," RUNNING("e") "," RUNNING("f")),
           NO_STATUS),
      .result = "{'state':1,'count':6,'pending':6,'names':['a','b','c','d','e']}" },
    { "a name from outside is made harmless", github_checks_read, ASK,
      TELL(LIST(1, RUNNING("`x` <!channel>\\n*b*")), NO_STATUS),
      .result = "{'state':1,'count':1,'pending':1,'names':['^x^ <!channel>  b ']}" },
    { "what opsgate reported itself does not count", github_checks_read, ASK,
      TELL(LIST(2, RUN("a", "success") "," OURS),
           STATE(2, STATUS("opsgate", "pending") "," STATUS("opsgate/production", "failure"))),
      .result = "{'state':3,'count':1}" },
    { "and alone is nothing", github_checks_read, ASK, TELL(LIST(1, OURS), NO_STATUS),
      .result = "{'state':0,'count':0}" },
    { "who is only called like it does", github_checks_read, ASK,
      TELL(LIST(1, RUN("opsgate", "success")), STATE(1, STATUS("opsgates", "failure"))),
      .result = "{'state':2,'count':2,'failed':1,'names':['opsgates']}" },
    { "all pages count", github_checks_read, ASK,
      .calls = { { RUNS, .status = 200, .answer = LIST(2, RUN("a", "success")),
                   .header = { "link", "<" SECOND ">; rel=\"next\"" } },
                 { "GET " SECOND, .status = 200, .answer = LIST(2, RUN("b", "failure")) },
                 { STATUSES, .status = 200, .answer = NO_STATUS } },
      .next = NEXT_DONE, .result = "{'state':2,'count':2,'failed':1,'names':['b']}" },
    { "a list that is not whole proves nothing", github_checks_read, ASK,
      .calls = { { RUNS, .status = 200, .answer = LIST(2, RUN("a", "success")) } }, .next = NEXT_AGAIN,
      .error = "is not whole" },
    { "nor does one that goes on somewhere else", github_checks_read, ASK,
      .calls = { { RUNS, .status = 200, .answer = LIST(1, RUN("a", "success")),
                   .header = { "link", "<https://evil.example/2>; rel=\"next\"" } } },
      .next = NEXT_NEVER, .error = "another address" },
    { "nor an answer without a list", github_checks_read, ASK,
      .calls = { { RUNS, .status = 200, .answer = "{'total_count':0}" } }, .next = NEXT_AGAIN, .error = "no list" },
    { "nor one that does not say how many", github_checks_read, ASK,
      .calls = { { RUNS, .status = 200, .answer = "{'check_runs':[]}" } }, .next = NEXT_AGAIN, .error = "no list" },
    { "nor one that is no JSON", github_checks_read, ASK, .calls = { { RUNS, .status = 200, .answer = "<html>" } },
      .next = NEXT_AGAIN, .error = "made no sense" },
    { "a permission that is missing is named", github_checks_read, ASK,
      .calls = { { RUNS, .status = 200, .answer = NO_RUN },
                 { STATUSES, .status = 403, .answer = "{'message':'Resource not accessible by integration'}",
                   .header = { "x-accepted-github-permissions", "statuses=read" } } },
      .next = NEXT_NEVER, .error = "statuses=read" },
    { "GitHub limits us", github_checks_read, ASK,
      .calls = { { RUNS, .status = 429, .header = { "retry-after", "7" } } }, .next = NEXT_AGAIN,
      .error = "limits how much", .after_ms = 7000, .is_outage = true },
    { "no answer is no answer", github_checks_read, ASK, .calls = { { RUNS, .status = 0 } }, .next = NEXT_AGAIN,
      .is_outage = true },
    { "a name that is no sha could mean another commit tomorrow", github_checks_read,
      "{'repository':'acme/platform','sha':'main'}", .next = NEXT_NEVER, .error = "no commit's whole sha" },
    { "a repository whose name would lead elsewhere", github_checks_read, "{'repository':'acme/../x','sha':'" SHA "'}",
      .next = NEXT_NEVER, .error = "is no repository" },

    { "each author once", github_authors_read, ASK_AUTHORS,
      .calls = { { COMPARE, .status = 200, .answer = COMMITS(3, BY("zoe") "," BY("dependabot[bot]") "," BY("zoe")) } },
      .next = NEXT_DONE,
      .result = "{'is_known':true,'logins':['dependabot[bot]','zoe'],'commits_total':3,'commits':[" TOLD(
          "zoe") "," TOLD("dependabot[bot]") "," TOLD("zoe") "],'relation':'ahead'}" },
    { "how the two stand to each other is told besides", github_authors_read, ASK_AUTHORS,
      .calls = { { COMPARE, .status = 200, .answer = "{'status':'behind','total_commits':0,'commits':[]}" } },
      .next = NEXT_DONE, .result = "{'is_known':true,'relation':'behind'}" },
    { "also of too many", github_authors_read, ASK_AUTHORS,
      .calls = { { COMPARE, .status = 200, .answer = "{'status':'ahead','total_commits':251,'commits':[]}" } },
      .next = NEXT_DONE,
      .result = "{'is_known':false,'unknown':'it brings 251 commits, and of more than 250 nobody is asked',"
                "'commits_total':251,'relation':'ahead'}" },
    { "a word that GitHub does not have says nothing", github_authors_read, ASK_AUTHORS,
      .calls = { { COMPARE, .status = 200, .answer = "{'status':'beside','total_commits':0,'commits':[]}" } },
      .next = NEXT_DONE, .result = "{'is_known':true}" },
    { "the same commit brings nobody's", github_authors_read, ASK_AUTHORS,
      .calls = { { COMPARE, .status = 200, .answer = COMMITS(0, "") } }, .next = NEXT_DONE,
      .result = "{'is_known':true,'relation':'ahead'}" },
    { "an author without an account may be anybody", github_authors_read, ASK_AUTHORS,
      .calls = { { COMPARE, .status = 200, .answer = COMMITS(2, BY("zoe") ",{'sha':'" SHA "','author':null}") } },
      .next = NEXT_DONE,
      .result = "{'is_known':false,'unknown':'the author of commit 70e4b6c9d315 has no account that GitHub knows',"
                "'commits_total':2,'commits':[{'sha':'" SHA "'}," TOLD("zoe") "],'relation':'ahead'}" },
    { "so may one whose name is none", github_authors_read, ASK_AUTHORS,
      .calls = { { COMPARE, .status = 200, .answer = COMMITS(1, "{'author':{'login':'a b'}}") } }, .next = NEXT_DONE,
      .result = "{'is_known':false,'unknown':'the author of commit (no sha) has no account that GitHub knows',"
                "'commits_total':1,'relation':'ahead'}" },
    { "too many are not counted", github_authors_read, ASK_AUTHORS,
      .calls = { { COMPARE, .status = 200, .answer = COMMITS(251, BY("zoe")) } }, .next = NEXT_DONE,
      .result = "{'is_known':false,'unknown':'it brings 251 commits, and of more than 250 nobody is asked',"
                "'commits_total':251,'relation':'ahead'}" },
    { "fewer than GitHub says there are are not all", github_authors_read, ASK_AUTHORS,
      .calls = { { COMPARE, .status = 200, .answer = COMMITS(2, BY("zoe")) } }, .next = NEXT_AGAIN,
      .error = "is not whole" },
    { "an answer without commits is none", github_authors_read, ASK_AUTHORS,
      .calls = { { COMPARE, .status = 200, .answer = "{'total_commits':0}" } }, .next = NEXT_AGAIN,
      .error = "no commits" },
    { "a base that GitHub does not know", github_authors_read, ASK_AUTHORS,
      .calls = { { COMPARE, .status = 404, .answer = "{'message':'Not Found'}" } }, .next = NEXT_DONE,
      .result = "{'is_known':false,'unknown':'GitHub cannot compare 111111111111, which serves, with 70e4b6c9d315'}" },
    { "a comparison larger than anybody reads", github_authors_read, ASK_AUTHORS,
      .calls = { { COMPARE, .status = 0, .is_too_large = true } }, .next = NEXT_DONE,
      .result = "{'is_known':false,'unknown':'it changes more than GitHub^s comparison can tell'}" },
    { "one that GitHub cannot make just now", github_authors_read, ASK_AUTHORS, .calls = { { COMPARE, .status = 503 } },
      .next = NEXT_AGAIN, .is_outage = true },
    { "people see the newest five, in their first lines, harmless", github_authors_read, ASK_AUTHORS,
      .calls = { { COMPARE, .status = 200,
                   .answer = COMMITS(6, BY("a") "," BY("b") "," BY("c") "," BY("d") "," BY(
                                            "e") ",{'sha':'" SHA
                                                 "','author':{'login':'f'},'html_url':'javascript:x','commit':"
                                                 "{'message':'<!channel> @{slack:U1}\\nmore'}}") } },
      .next = NEXT_DONE,
      .result = "{'is_known':true,'logins':['a','b','c','d','e','f'],'commits_total':6,'commits':["
                "{'sha':'" SHA "','message':'<!channel>  {slack:U1}','author':'f'}," TOLD("e") "," TOLD("d") "," TOLD(
                    "c") "," TOLD("b") "],'relation':'ahead'}" },
    { "without a base it is the last commit, and what it merged", github_authors_read, ASK_FIRST,
      .calls = { { COMMIT, .status = 200,
                   .answer = "{'sha':'" SHA "','parents':[{'sha':'" PARENT "'},{'sha':'" BASE "'}]}" },
                 { SINCE_PARENT, .status = 200, .answer = COMMITS(1, BY("zoe")) } },
      .next = NEXT_DONE,
      .result = "{'is_known':true,'logins':['zoe'],'commits_total':1,'commits':[" TOLD("zoe") "],'relation':'ahead'}" },
    { "the first of all is its author's", github_authors_read, ASK_FIRST,
      .calls = { { COMMIT, .status = 200, .answer = "{'sha':'" SHA "','author':{'login':'zoe'},'parents':[]}" } },
      .next = NEXT_DONE, .result = "{'is_known':true,'logins':['zoe'],'commits_total':1,'commits':[" TOLD("zoe") "]}" },
    { "that it is the first must be said", github_authors_read, ASK_FIRST,
      .calls = { { COMMIT, .status = 200, .answer = "{'sha':'" SHA "','author':{'login':'zoe'}}" } },
      .next = NEXT_AGAIN, .error = "no parents" },
    { "a parent that is none", github_authors_read, ASK_FIRST,
      .calls = { { COMMIT, .status = 200, .answer = "{'sha':'" SHA "','parents':[{'sha':'main'}]}" } },
      .next = NEXT_AGAIN, .error = "no parents" },
    { "a commit that GitHub does not know", github_authors_read, ASK_FIRST,
      .calls = { { COMMIT, .status = 422, .answer = "{'message':'No commit found'}" } }, .next = NEXT_NEVER },
    { "names that move are not compared", github_authors_read,
      "{'repository':'acme/platform','base':'main','head':'" SHA "'}", .next = NEXT_NEVER, .error = "whole shas" },
};

static void check_row(void **state)
{
    run_scripted_with(*state, &settings);
}

/* A thousand are read, and not one more. */
static void a_list_without_an_end_is_left(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct http_header link = { "link", "<" SECOND ">; rel=\"next\"" };
    struct http_answer answers[20];
    struct error err;
    struct exchange exchange = { .settings = &settings, .answers = answers, .arena = arena };
    struct exchange_step step;

    (void)state;
    exchange.args = json_parse_in(arena, str_of(quoted(ASK, arena)), &err);
    for (size_t i = 0; i < ARRAY_LEN(answers); i++)
        answers[i] = (struct http_answer){ .status = 200,
                                           .headers = &link,
                                           .header_count = 1,
                                           .body = str_of(quoted(LIST(1, RUN("a", "success")), arena)) };
    while ((step = github_checks_read(&exchange)).next == NEXT_CALL && exchange.answer_count < ARRAY_LEN(answers))
        exchange.answer_count++;
    assert_int_equal(step.next, NEXT_NEVER);
    assert_int_equal(exchange.answer_count, 10);
    assert_non_null(strstr(step.error, "more than 1000"));
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(rows) + 1];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[i] = (struct CMUnitTest){ .name = rows[i].name,
                                        .test_func = rows[i].step == github_checks_read ? check_row : run_scripted,
                                        .initial_state = (void *)(uintptr_t)&rows[i] };
    tests[ARRAY_LEN(rows)] = (struct CMUnitTest)cmocka_unit_test(a_list_without_an_end_is_left);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
