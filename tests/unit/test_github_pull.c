/* A pull request as GitHub has it, and what is written there: since when its head is what it is, and nothing said
 * twice. */
#include "tests/unit/scripted_exchange.h"

#include "integrations/github/pull.h"

#define SHA "70e4b6c9d315f8a2701c4be59d3260f8a1c7e4b6"
#define OLD "1111111111111111111111111111111111111111"
#define API "https://api.github.com/repos/acme/platform"
#define PULL "GET " API "/pulls/128"
#define LOG "GET " API "/activity?ref=refs%2Fheads%2Ffeature%2Fcart&per_page=30"
#define COMMIT "GET " API "/commits/" SHA
#define ASK "{'repository':'acme/platform','number':128}"

#define REPO(name) "{'full_name':'" name "','private':true}"
#define ANSWER_AS(state, head, base, more)                                                                             \
    "{'number':128,'state':'" state "','head':{'ref':'feature/cart','sha':'" SHA "','repo':" head                      \
    "},'base':{'ref':'main','sha':'" OLD "','repo':" base "}" more "}"
#define ANSWER(state, head) ANSWER_AS(state, head, REPO("acme/platform"), "")
#define OPEN ANSWER("open", REPO("acme/platform"))
#define PUSHED(at, after) "{'ref':'refs/heads/feature/cart','after':'" after "','timestamp':'" at "'}"
#define DATED(at) "{'sha':'" SHA "','commit':{'committer':{'date':'" at "'}}}"
#define READ(more)                                                                                                     \
    "{'state':'open','is_public':false,'is_fork':false,'head_sha':'" SHA                                               \
    "','head_branch':'feature/cart','base_branch':'main'" more "}"
#define SAY(call_, text)                                                                                               \
    {                                                                                                                  \
        call_, .status = 200, .answer = text                                                                           \
    }

#define ONE "GET " API "/issues/comments/3300000001"
#define ASK_WITH(comment) "{'repository':'acme/platform','number':128,'comment':'" comment "'}"
#define AT "2026-11-20T10:05:00Z"
#define SAID(on, body, type, edited, more)                                                                             \
    "{'issue_url':'" API "/" on "','body':'" body "','user':{'login':'mia','type':'" type "'},'created_at':'" AT       \
    "','updated_at':'" edited "'" more "}"
#define CLOSED ANSWER("closed", REPO("acme/platform"))
#define TOLD(comment)                                                                                                  \
    "{'state':'closed','is_public':false,'is_fork':false,'head_sha':'" SHA                                             \
    "','head_branch':'feature/cart','base_branch':'main','comment':" comment "}"

#define REACT "POST " API "/issues/comments/3300000001/reactions"
#define REACTION_OF(comment, content) "{'repository':'acme/platform','comment':'" comment "','content':'" content "'}"
#define REACTION REACTION_OF("3300000001", "eyes")

#define POST "POST " API "/issues/128/comments"
#define MARK "<!-- opsgate:birth-00000000000000e1 -->"
#define FIND "GET " API "/issues/128/comments?since=2023-11-16T00:00:00Z&per_page=100"
#define SECOND "https://api.github.com/repositories/42/issues/128/comments?page=2"
#define COMMENT_OF(text) "{'repository':'acme/platform','number':128,'text':'" text "'}"
#define COMMENT COMMENT_OF("D12 deploys it.")
#define OTHERS "[{'id':1,'body':'" MARK " is what opsgate writes'},{'id':2,'body':null},{'id':3}]"

static const struct scripted_row rows[] = {
    { "the push is later than the commit", github_pull_read, ASK,
      .calls = { SAY(PULL, OPEN),
                 SAY(LOG, "[" PUSHED("2026-11-20T10:04:00Z", SHA) "," PUSHED("2026-11-20T09:00:00Z", OLD) "]"),
                 SAY(COMMIT, DATED("2026-11-20T08:00:00Z")) },
      .next = NEXT_DONE, .result = READ(",'head_at_ms':1795169040000,'is_push_known':true") },
    { "the commit says that it is later than its push", github_pull_read, ASK,
      .calls = { SAY(PULL, OPEN), SAY(LOG, "[" PUSHED("2026-11-20T10:04:00Z", SHA) "]"),
                 SAY(COMMIT, DATED("2026-11-20T10:06:00Z")) },
      .next = NEXT_DONE, .result = READ(",'head_at_ms':1795169160000,'is_push_known':true") },
    { "a branch that went there, away and back again: the last time counts", github_pull_read, ASK,
      .calls = { SAY(PULL, OPEN),
                 SAY(LOG, "[" PUSHED("2026-11-20T09:00:00Z", SHA) "," PUSHED("2026-11-20T10:00:00Z", OLD) "," PUSHED(
                              "2026-11-20T10:04:00Z", SHA) "]"),
                 SAY(COMMIT, DATED("2026-11-20T08:00:00Z")) },
      .next = NEXT_DONE, .result = READ(",'head_at_ms':1795169040000,'is_push_known':true") },
    { "the log does not know of the head yet: whoever waits is told nothing old", github_pull_read, ASK,
      .calls = { SAY(PULL, OPEN),
                 SAY(LOG, "[" PUSHED("2026-11-20T10:04:00Z", OLD) "," PUSHED("2026-11-20T09:00:00Z", SHA) "]") },
      .next = NEXT_AGAIN, .error = "does not tell of its head yet" },
    { "a log without the branch: the commit's word alone", github_pull_read, ASK,
      .calls = { SAY(PULL, OPEN), SAY(LOG, "[]"), SAY(COMMIT, DATED("2026-11-20T08:00:00Z")) }, .next = NEXT_DONE,
      .result = READ(",'head_at_ms':1795161600000") },
    { "a log that may not be read, likewise", github_pull_read, ASK,
      .calls = { SAY(PULL, OPEN),
                 { LOG, .status = 403, .answer = "{'message':'Resource not accessible'}" },
                 SAY(COMMIT, DATED("2026-11-20T08:00:00Z")) },
      .next = NEXT_DONE, .result = READ(",'head_at_ms':1795161600000") },
    { "one that cannot be read now is waited for", github_pull_read, ASK,
      .calls = { SAY(PULL, OPEN), { LOG, .status = 502 } }, .next = NEXT_AGAIN, .is_outage = true },
    { "nonsense is no log", github_pull_read, ASK, .calls = { SAY(PULL, OPEN), SAY(LOG, "<html>") }, .next = NEXT_AGAIN,
      .error = "made no sense" },
    { "a commit without a date proves nothing", github_pull_read, ASK,
      .calls = { SAY(PULL, OPEN), SAY(LOG, "[]"), SAY(COMMIT, "{'sha':'" SHA "'}") }, .next = NEXT_AGAIN,
      .error = "no date" },
    { "nor does one whose date is none", github_pull_read, ASK,
      .calls = { SAY(PULL, OPEN), SAY(LOG, "[]"), SAY(COMMIT, DATED("yesterday")) }, .next = NEXT_AGAIN,
      .error = "no date" },
    { "a fork's head is not looked at", github_pull_read, ASK,
      .calls = { SAY(PULL, ANSWER("open", REPO("mallory/platform"))) }, .next = NEXT_DONE,
      .result = "{'state':'open','is_public':false,'is_fork':true,'head_sha':'" SHA
                "','head_branch':'feature/cart','base_branch':'main'}" },
    { "a fork that is gone is one", github_pull_read, ASK, .calls = { SAY(PULL, ANSWER("open", "null")) },
      .next = NEXT_DONE,
      .result = "{'state':'open','is_public':false,'is_fork':true,'head_sha':'" SHA
                "','head_branch':'feature/cart','base_branch':'main'}" },
    { "letters' case is no fork", github_pull_read, ASK,
      .calls = { SAY(PULL, ANSWER("open", REPO("Acme/Platform"))), SAY(LOG, "[]"),
                 SAY(COMMIT, DATED("2026-11-20T08:00:00Z")) },
      .next = NEXT_DONE, .result = READ(",'head_at_ms':1795161600000") },
    { "a closed one is not looked at", github_pull_read, ASK,
      .calls = { SAY(PULL, ANSWER_AS("closed", REPO("acme/platform"), REPO("acme/platform"), ",'merged':true")) },
      .next = NEXT_DONE,
      .result = "{'state':'closed','is_merged':true,'is_public':false,'is_fork':false,'head_sha':'" SHA
                "','head_branch':'feature/cart','base_branch':'main'}" },
    { "of which nobody says that it is private, it is public", github_pull_read, ASK,
      .calls = { SAY(PULL, ANSWER_AS("closed", REPO("acme/platform"), "{'full_name':'acme/platform'}", "")) },
      .next = NEXT_DONE,
      .result = "{'state':'closed','is_public':true,'is_fork':false,'head_sha':'" SHA
                "','head_branch':'feature/cart','base_branch':'main'}" },
    { "another number is another's answer", github_pull_read, "{'repository':'acme/platform','number':129}",
      .calls = { SAY("GET " API "/pulls/129", OPEN) }, .next = NEXT_AGAIN, .error = "made no sense" },
    { "a state that GitHub does not have", github_pull_read, ASK,
      .calls = { SAY(PULL, ANSWER("ajar", REPO("acme/platform"))) }, .next = NEXT_AGAIN, .error = "made no sense" },
    { "a head that is no commit", github_pull_read, ASK,
      .calls = { SAY(PULL, "{'number':128,'state':'open','head':{'sha':'main','ref':'x'},'base':{'ref':'main'}}") },
      .next = NEXT_AGAIN, .error = "made no sense" },
    { "no such pull request", github_pull_read, ASK, .calls = { { PULL, .status = 404 } }, .next = NEXT_NEVER,
      .error = "knows no pull request 128" },
    { "a permission that is missing is named", github_pull_read, ASK,
      .calls = { { PULL, .status = 403, .answer = "{'message':'Resource not accessible by integration'}",
                   .header = { "x-accepted-github-permissions", "pull_requests=read" } } },
      .next = NEXT_NEVER, .error = "pull_requests=read" },
    { "no number is asked about", github_pull_read, "{'repository':'acme/platform','number':0}", .next = NEXT_NEVER,
      .error = "no number" },
    { "a repository whose name would lead elsewhere", github_pull_read, "{'repository':'acme/../x','number':1}",
      .next = NEXT_NEVER, .error = "is no repository" },

    { "a comment on it is read besides, its first line alone", github_pull_read, ASK_WITH("3300000001"),
      .calls = { SAY(ONE, SAID("issues/128", ".deploy staging\\r\\nplease", "User", AT, "")), SAY(PULL, CLOSED) },
      .next = NEXT_DONE, .result = TOLD("{'author':'mia','line':'.deploy staging','at_ms':1795169100000}") },
    { "what it was made of since is told", github_pull_read, ASK_WITH("3300000001"),
      .calls = { SAY(ONE, SAID("issues/128", ".deploy staging", "User", "2026-11-20T10:05:01Z", "")),
                 SAY(PULL, CLOSED) },
      .next = NEXT_DONE,
      .result = TOLD("{'author':'mia','line':'.deploy staging','at_ms':1795169100000,'is_edited':true}") },
    { "a program has no name", github_pull_read, ASK_WITH("3300000001"),
      .calls = { SAY(ONE, SAID("issues/128", ".deploy staging", "Bot", AT, "")), SAY(PULL, CLOSED) }, .next = NEXT_DONE,
      .result = TOLD("{'line':'.deploy staging','at_ms':1795169100000}") },
    { "nor has one that writes for a person", github_pull_read, ASK_WITH("3300000001"),
      .calls = { SAY(ONE, SAID("issues/128", ".deploy staging", "User", AT, ",'performed_via_github_app':{'id':1}")),
                 SAY(PULL, CLOSED) },
      .next = NEXT_DONE, .result = TOLD("{'line':'.deploy staging','at_ms':1795169100000}") },
    { "a comment on another one is none on this one", github_pull_read, ASK_WITH("3300000001"),
      .calls = { SAY(ONE, SAID("issues/1128", ".deploy staging", "User", AT, "")), SAY(PULL, CLOSED) },
      .next = NEXT_DONE,
      .result = "{'state':'closed','is_public':false,'is_fork':false,'head_sha':'" SHA
                "','head_branch':'feature/cart','base_branch':'main'}" },
    { "a comment without a date", github_pull_read, ASK_WITH("3300000001"),
      .calls = { SAY(ONE, "{'issue_url':'" API "/issues/128'}") }, .next = NEXT_AGAIN, .error = "no date" },
    { "a comment that is gone, or never was", github_pull_read, ASK_WITH("3300000001"),
      .calls = { { ONE, .status = 404 }, SAY(PULL, CLOSED) }, .next = NEXT_DONE,
      .result = "{'state':'closed','is_public':false,'is_fork':false,'head_sha':'" SHA
                "','head_branch':'feature/cart','base_branch':'main'}" },
    { "one that may not be read", github_pull_read, ASK_WITH("3300000001"), .calls = { { ONE, .status = 410 } },
      .next = NEXT_NEVER, .error = "410" },
    { "the name of a comment that would lead elsewhere", github_pull_read, ASK_WITH("1/reactions"), .next = NEXT_NEVER,
      .error = "no number of a comment" },

    { "a reaction is made", github_reaction_make, REACTION,
      .calls = { { REACT, .body = { "'eyes'" }, .status = 201, .answer = "{'id':1}" } }, .next = NEXT_DONE,
      .result = "{'existed':false}" },
    { "or is there already", github_reaction_make, REACTION,
      .calls = { { REACT, .status = 200, .answer = "{'id':1}" } }, .next = NEXT_DONE, .result = "{'existed':true}" },
    { "the comment is gone", github_reaction_make, REACTION, .calls = { { REACT, .status = 404 } }, .next = NEXT_NEVER,
      .error = "knows no comment" },
    { "GitHub wants fewer of them", github_reaction_make, REACTION,
      .calls = { { REACT, .status = 403, .answer = "{'message':'You have exceeded a secondary rate limit'}" } },
      .next = NEXT_AGAIN, .error = "limits how much", .after_ms = 60000, .is_outage = true },
    { "one that GitHub does not have", github_reaction_make, REACTION_OF("3300000001", "sad"), .next = NEXT_NEVER,
      .error = "is no reaction" },
    { "a comment whose name would lead elsewhere", github_reaction_make, REACTION_OF("1/../2", "eyes"),
      .next = NEXT_NEVER, .error = "is no reaction" },

    { "a first comment is not looked for", github_comment_make, COMMENT, .is_first_try = true,
      .calls = { { POST, .body = { "D12 deploys it.\\n\\n" MARK }, .status = 201, .answer = "{'id':3300000009}" } },
      .next = NEXT_DONE, .result = "{'comment':'3300000009'}" },
    { "a lost answer: it is looked for, and was made", github_comment_make, COMMENT,
      .calls = { SAY(FIND, "[{'id':7,'body':'D12 deploys it.\\n\\n" MARK "\\n'}]") }, .next = NEXT_DONE,
      .result = "{'comment':'7'}" },
    { "it was not made; who quotes the mark is not us", github_comment_make, COMMENT,
      .calls = { SAY(FIND, OTHERS), { POST, .status = 201, .answer = "{'id':8}" } }, .next = NEXT_DONE,
      .result = "{'comment':'8'}" },
    { "all pages are looked at", github_comment_make, COMMENT,
      .calls = { { FIND, .status = 200, .answer = OTHERS, .header = { "link", "<" SECOND ">; rel=\"next\"" } },
                 SAY("GET " SECOND, "[{'id':9,'body':'" MARK "'}]") },
      .next = NEXT_DONE, .result = "{'comment':'9'}" },
    { "who cannot look makes none", github_comment_make, COMMENT, .calls = { { FIND, .status = 502 } },
      .next = NEXT_AGAIN, .is_outage = true },
    { "an answer that is none: it may have been made, and lists lag", github_comment_make, COMMENT,
      .is_first_try = true, .calls = { { POST, .status = 0 } }, .next = NEXT_AGAIN, .after_ms = 10000,
      .is_outage = true },
    { "what was made without an id was made", github_comment_make, COMMENT, .is_first_try = true,
      .calls = { { POST, .status = 201, .answer = "<html>" } }, .next = NEXT_DONE, .result = "{}" },
    { "a locked conversation", github_comment_make, COMMENT, .is_first_try = true,
      .calls = { { POST, .status = 403, .answer = "{'message':'Unable to create comment because issue is locked.'}" } },
      .next = NEXT_NEVER, .error = "is locked" },
    { "no words", github_comment_make, COMMENT_OF(""), .is_first_try = true, .next = NEXT_NEVER, .error = "no words" },
};

int main(void)
{
    return RUN_SCRIPTED(rows);
}
