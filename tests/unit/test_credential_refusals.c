/* Which noes of a peer are about our credential: those alone wait for a person. */
#include "tests/unit/rows.h"

#include "bot/base/arena.h"
#include "bot/model/settings.h"
#include "integrations/github/api.h"
#include "integrations/google/api.h"
#include "integrations/pagerduty/api.h"
#include "integrations/slack/api.h"

static struct exchange_step of_slack(const struct exchange *exchange, const struct http_answer *answer)
{
    return slack_api_read(exchange, "chat.update", answer).step;
}

static struct exchange_step of_github(const struct exchange *exchange, const struct http_answer *answer)
{
    return github_refused(exchange, "a deployment", "acme/platform", answer);
}

static struct exchange_step of_google(const struct exchange *exchange, const struct http_answer *answer)
{
    return google_refused(exchange, "Cloud Run", answer);
}

static struct exchange_step of_pagerduty(const struct exchange *exchange, const struct http_answer *answer)
{
    return pagerduty_refused(exchange, "a subscription", answer);
}

#define OK_FALSE(error) "{\"ok\":false,\"error\":\"" error "\"}"
#define SAYS(message) "{\"message\":\"" message "\"}"

static const struct row {
    const char *name;
    struct exchange_step (*step)(const struct exchange *exchange, const struct http_answer *answer);
    int status;
    const char *body;
    struct http_header header;
    enum exchange_refusal refusal;
} rows[] = {
    { "a token of Slack's that was revoked", of_slack, 200, OK_FALSE("token_revoked"), { 0 }, REFUSAL_CREDENTIAL },
    { "one that is none", of_slack, 200, OK_FALSE("invalid_auth"), { 0 }, REFUSAL_CREDENTIAL },
    { "one whose time is over", of_slack, 200, OK_FALSE("token_expired"), { 0 }, REFUSAL_CREDENTIAL },
    { "a bot that is switched off", of_slack, 200, OK_FALSE("account_inactive"), { 0 }, REFUSAL_CREDENTIAL },
    { "a scope that is lacking", of_slack, 200, OK_FALSE("missing_scope"), { 0 }, REFUSAL_PERMISSION },
    { "a channel that is not there", of_slack, 200, OK_FALSE("channel_not_found"), { 0 }, REFUSAL_NONE },
    { "a channel where the bot is not", of_slack, 200, OK_FALSE("not_in_channel"), { 0 }, REFUSAL_NONE },
    { "a message that is gone", of_slack, 200, OK_FALSE("message_not_found"), { 0 }, REFUSAL_NONE },
    { "a code that nobody knows", of_slack, 200, OK_FALSE("invalid_auth_of_sorts"), { 0 }, REFUSAL_NONE },
    { "Slack that limits us", of_slack, 429, "", { "retry-after", "3" }, REFUSAL_NONE },
    { "Slack in trouble", of_slack, 503, "", { 0 }, REFUSAL_NONE },
    { "GitHub's 401", of_github, 401, SAYS("Bad credentials"), { 0 }, REFUSAL_CREDENTIAL },
    { "GitHub's 403 of a permission",
      of_github,
      403,
      SAYS("Resource not accessible by integration"),
      { "x-accepted-github-permissions", "deployments=write" },
      REFUSAL_PERMISSION },
    { "GitHub's 403 of a thing that is locked",
      of_github,
      403,
      SAYS("Unable to create comment because issue is locked."),
      { "x-accepted-github-permissions", "issues=write" },
      REFUSAL_NONE },
    { "GitHub's 403 of an archive",
      of_github,
      403,
      SAYS("Repository was archived so is read-only."),
      { 0 },
      REFUSAL_NONE },
    { "any other", of_github, 403, SAYS("Forbidden"), { 0 }, REFUSAL_NONE },
    { "GitHub's 403 of a limit",
      of_github,
      403,
      SAYS("API rate limit exceeded"),
      { "x-ratelimit-remaining", "0" },
      REFUSAL_NONE },
    { "GitHub's 403 of a secondary limit",
      of_github,
      403,
      SAYS("You have exceeded a secondary rate limit"),
      { 0 },
      REFUSAL_NONE },
    { "GitHub's 404, which may be no access", of_github, 404, SAYS("Not Found"), { 0 }, REFUSAL_NONE },
    { "what GitHub refuses of itself", of_github, 422, SAYS("Validation Failed"), { 0 }, REFUSAL_NONE },
    { "Google's 401", of_google, 401, "{}", { 0 }, REFUSAL_CREDENTIAL },
    { "Google's 403",
      of_google,
      403,
      "{\"error\":{\"status\":\"PERMISSION_DENIED\",\"message\":\"no\"}}",
      { 0 },
      REFUSAL_PERMISSION },
    { "Google that limits us", of_google, 429, "{}", { 0 }, REFUSAL_NONE },
    { "Google's 409", of_google, 409, "{\"error\":{\"status\":\"ABORTED\",\"message\":\"no\"}}", { 0 }, REFUSAL_NONE },
    { "PagerDuty's 401", of_pagerduty, 401, "{}", { 0 }, REFUSAL_CREDENTIAL },
    { "PagerDuty's 403", of_pagerduty, 403, "{}", { 0 }, REFUSAL_PERMISSION },
    { "PagerDuty's 402, of the plan", of_pagerduty, 402, "{}", { 0 }, REFUSAL_NONE },
    { "no answer at all", of_google, 0, NULL, { 0 }, REFUSAL_NONE },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct settings settings = { .slack.api_url = "https://slack.com/api" };
    struct http_answer answer = { .status = row->status,
                                  .body = str_of(row->body),
                                  .headers = &row->header,
                                  .header_count = row->header.name ? 1 : 0,
                                  .failure = row->status ? NULL : "connection refused" };
    struct exchange exchange = {
        .settings = &settings, .answers = &answer, .answer_count = 1, .unix_ms = 1795212000000, .arena = arena
    };
    struct exchange_step step = row->step(&exchange, &answer);

    assert_true(step.next == NEXT_AGAIN || step.next == NEXT_NEVER);
    assert_int_equal(step.refusal, row->refusal);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(rows)];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[i] = (struct CMUnitTest){ .name = rows[i].name,
                                        .test_func = check_row,
                                        .initial_state = (void *)(uintptr_t)&rows[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
