/* `status` without asking anybody: what opsgate's own record says of a place, of all places, and of an operation. */
#include "tests/unit/decision_fixture.h"

#include "bot/base/time.h"
#include "handlers/status/status.h"

#define BY_PROGRAM(environment)                                                                                        \
    "      - name: " environment "\n"                                                                                  \
    "        driver: { program: { deploy: [\"/bin/deploy\", \"{version}\"] } }\n"
#define NOT_CLOUD_RUN                                                                                                  \
    "slack:\n"                                                                                                         \
    "  bot_token: xoxb-1\n"                                                                                            \
    "  signing_secrets: [secret]\n"                                                                                    \
    "  team: T1\n"                                                                                                     \
    "services:\n"                                                                                                      \
    "  - name: api\n"                                                                                                  \
    "    environments:\n" BY_PROGRAM("staging")                                                                        \
        BY_PROGRAM("production") "  - name: web\n"                                                                     \
                                 "    environments:\n" BY_PROGRAM(                                                     \
                                     "production") "      - name: preview\n"                                           \
                                                   "        driver: { github_actions: { workflow: preview.yml } }\n"   \
                                                   "    repository: acme/web\n"                                        \
                                                   "github: { token: t }\n"                                            \
                                                   "policy:\n"                                                         \
                                                   "  rules:\n"                                                        \
                                                   "    - { allow: status, to: everyone }\n"

static struct target_version good[] = {
    { "v1.0.0", "img/api@sha256:aaa", "api-d1", "D1", DECISION_NOW_MS - 5 * DAY_MS, NULL, NULL, false },
    { "v1.1.0", "img/api@sha256:bbb", "api-d2", "D2", DECISION_NOW_MS - 3 * HOUR_MS, NULL, NULL, false },
    { "v1.2.0", "img/api@sha256:ccc", "api-d3", "D3", DECISION_NOW_MS - 60 * MINUTE_MS, NULL, NULL, false },
    { "v1.3.0", "us-docker.pkg.dev/acme/api@sha256:ddd0123456789", "api-d4", "D4", DECISION_NOW_MS - 30 * SECOND_MS,
      NULL, NULL, false },
};
static struct target_version bad[] = {
    { "v1.2.5", "img/api@sha256:eee", "api-d31", "D31", DECISION_NOW_MS - 40 * MINUTE_MS, NULL, NULL, false },
    { "v1.2.6", "img/api@sha256:fff", "api-d32", "D32", DECISION_NOW_MS - 30 * MINUTE_MS, NULL, "2.31 % *failed*", false },
    { "v1.2.7", "img/api@sha256:000", "api-d33", "D33", DECISION_NOW_MS - 20 * MINUTE_MS, TARGET_LEFT_BY_ABORT,
      "it was aborted at 25 %: too slow", false },
    { "v1.2.8", "img/api@sha256:111", "api-d34", "D35", DECISION_NOW_MS - 10 * MINUTE_MS, TARGET_LEFT_BY_ROLLBACK,
      "carts are empty", false },
};
static const char *waiting[] = { "D6", "D7" };
static const struct target targets[] = {
    { .name = "api/staging",
      .holder = "D5",
      .waiting = waiting,
      .waiting_count = 2,
      .good = good,
      .good_count = 4,
      .bad = bad,
      .bad_count = 4 },
    { .name = "api/production", .good = good, .good_count = 1 },
    { .name = "web/production", .holder = "D99" }, /* that operation is gone */
};
static const struct operation operations[] = {
    { .id = "D5",
      .kind = "deploy",
      .state = "checking",
      .target = "api/staging",
      .requester = { "slack", "U2" },
      .created_at_ms = DECISION_NOW_MS - 90 * SECOND_MS,
      .changed_at_ms = DECISION_NOW_MS - 8 * SECOND_MS },
    { .id = "D6",
      .kind = "deploy",
      .state = "queued",
      .target = "api/staging",
      .requester = { "slack", "U1" },
      .created_at_ms = DECISION_NOW_MS - 20 * SECOND_MS },
    { .id = "D8", .kind = "deploy", .state = "done", .target = "api/staging", .result = "done", .ended_at_ms = 5 },
    { .id = "D9",
      .kind = "deploy",
      .state = "pinning",
      .target = "web/preview",
      .requester = { "slack", "U1" },
      .created_at_ms = DECISION_NOW_MS - 1 * SECOND_MS },
    { .id = "D10", .kind = "status", .state = "looking", .requester = { "slack", "U1" } }, /* at no place */
};

#define STAGING                                                                                                        \
    "*api/staging*: opsgate last deployed `v1.3.0`, 30 s ago (D4)\n"                                                   \
    "its image: `api@sha256:ddd012345678`\n"                                                                           \
    "before: `v1.2.0`, 60 min ago (D3), `api@sha256:ccc`\n"                                                            \
    "before: `v1.1.0`, 3 h ago (D2), `api@sha256:bbb`\n"                                                               \
    "left: `v1.2.8`, revision `api-d34`, by D35's rollback 10 min ago, because: carts are empty\n"                     \
    "left: `v1.2.7`, revision `api-d33`, by D33 20 min ago: it was aborted at 25 %: too slow\n"                        \
    "found bad: `v1.2.6`, revision `api-d32`, by D32 30 min ago: 2.31 %  failed \n"                                    \
    "D5 deploy by @{slack:U2}, 90 s ago: checking\n"                                                                   \
    "D6 deploy by @{slack:U1}, 20 s ago: queued\n"                                                                     \
    "sources: opsgate's record: 8 s; `program`, which deploys it, is not asked"

static const struct row {
    const char *name, *line, *answer;
} rows[] = {
    { "everything, a line for each place", "status",
      "*What opsgate last deployed where*, at @{time:1795212000000}\n"
      "*api/staging*: `v1.3.0`, 30 s ago (D4); D5 deploy is checking, 2 waiting\n"
      "*api/production*: `v1.0.0`, 5 days ago (D1)\n"
      "*web/production*: nothing deployed by opsgate yet\n"
      "*web/preview*: nothing deployed by opsgate yet\n"
      "sources: opsgate's record alone; `status SERVICE ENVIRONMENT` asks around" },
    { "one place, its last versions and who is at it", "status api staging", STAGING },
    { "a place that was never touched", "status preview",
      "*web/preview*: nothing deployed by opsgate yet\n"
      "D9 deploy by @{slack:U1}, 1 s ago: pinning\n"
      "sources: opsgate's record: now; `github_actions`, which deploys it, is not asked" },
    { "a place of which nothing is written", "status web production",
      "*web/production*: nothing deployed by opsgate yet\n"
      "sources: opsgate's record: nothing of it; `program`, which deploys it, is not asked" },
    { "an environment of several services", "status production",
      "*What opsgate last deployed*: everything in *production*, at @{time:1795212000000}\n"
      "*api/production*: `v1.0.0`, 5 days ago (D1)\n"
      "*web/production*: nothing deployed by opsgate yet\n"
      "more of one: `status SERVICE ENVIRONMENT`\n"
      "sources: opsgate's record alone; `status SERVICE ENVIRONMENT` asks around" },
    { "a service of several environments", "status web",
      "*What opsgate last deployed*: *web*, at @{time:1795212000000}\n"
      "*web/production*: nothing deployed by opsgate yet\n"
      "*web/preview*: nothing deployed by opsgate yet\n"
      "more of one: `status SERVICE ENVIRONMENT`\n"
      "sources: opsgate's record alone; `status SERVICE ENVIRONMENT` asks around" },
    { "a place that is not there", "status api stagin",
      "MISUSED There is no environment of `api` called `stagin`. Did you mean `staging`?" },
    { "a word too many is not passed over", "status api staging v1",
      "MISUSED I do not know what `v1` means behind `staging`: `status` shows a place, whatever its version." },
    { "nor an option", "status --all",
      "MISUSED I do not know the option `--all`: `status` takes none. Nothing was done." },
    { "the two the wrong way round", "status staging api",
      "MISUSED The service comes first. Did you mean `status api staging`?" },
    { "an operation that nobody knows", "status D77", "MISUSED There is no operation `D77`, or it ended long ago." },
    { "in lower case too", "status d77", "MISUSED There is no operation `D77`, or it ended long ago." },
    { "an operation and a word too many", "status D5 `now`", "MISUSED I do not know what `'now'` means behind `D5`." },
    { "what only looks like an operation is a place", "status D5x",
      "MISUSED There is no service or environment `D5x`. There is: api, web, staging, production, "
      "preview." },
};

/* Many operations elsewhere, older than those that are asked about; the last of these is stuck. */
#define ELSEWHERE 15
#define HERE 12

static struct decision_fixture *crowded(struct operation *list)
{
    struct decision_fixture *fixture = decision_create(NOT_CLOUD_RUN);

    for (size_t i = 0; i < ELSEWHERE + HERE; i++)
        list[i] = (struct operation){ .id = arena_printf(fixture->arena, "D%zu", i + 100),
                                      .kind = "deploy",
                                      .state = "checking",
                                      .target = i < ELSEWHERE ? "web/production" : "web/preview",
                                      .requester = { "slack", "U1" },
                                      .created_at_ms = DECISION_NOW_MS - MINUTE_MS };
    fixture->operations = list;
    fixture->operations_count = ELSEWHERE + HERE;
    return fixture;
}

static void check_limit(void **state)
{
    struct operation list[ELSEWHERE + HERE];
    AUTO_DECISION struct decision_fixture *fixture = crowded(list);
    struct outcome out;

    (void)state;
    decision_answer(fixture, &verb_status, "status preview", &out);
    assert_int_equal(out.reply->lines_count, 12);
    assert_string_equal(out.reply->lines[0], "D115 deploy by @{slack:U1}, 60 s ago: checking");
    assert_string_equal(out.reply->lines[9], "D124 deploy by @{slack:U1}, 60 s ago: checking");
    assert_string_equal(out.reply->lines[10], "and 2 more: `opsgate ops list` has them all");
}

static void check_stuck(void **state)
{
    static const struct target here = { .name = "web/preview", .holder = "D100" };
    struct operation list[ELSEWHERE + HERE];
    AUTO_DECISION struct decision_fixture *fixture = crowded(list);
    struct outcome out;

    (void)state;
    fixture->targets = &here;
    fixture->targets_count = 1;
    fixture->operations_count = ELSEWHERE + 1;
    list[ELSEWHERE].is_stuck = true;
    decision_answer(fixture, &verb_status, "status preview", &out);
    assert_string_equal(out.reply->lines[0], "D115 deploy by @{slack:U1}, 60 s ago: stuck");
    assert_string_equal(out.reply->lines[1],
                        "D115 crashed opsgate and goes on no more: look at `opsgate ops show D115`");
    decision_answer(fixture, &verb_status, "status", &out);
    assert_string_equal(
        out.reply->lines[3],
        "*web/preview*: nothing deployed by opsgate yet; D100 deploy is checking; D115 deploy is stuck");
    list[0].is_stuck = true; /* the holder itself: told once, by the place it was for */
    decision_answer(fixture, &verb_status, "status", &out);
    assert_string_equal(out.reply->lines[3], "*web/preview*: nothing deployed by opsgate yet; D115 deploy is stuck");
    assert_string_equal(out.reply->lines[2], "*web/production*: nothing deployed by opsgate yet; D100 deploy is stuck");
}

/* As the engine leaves it: ended, its target given back. It is named until something newer has ended there. */
static void check_stuck_and_ended(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(NOT_CLOUD_RUN);
    struct operation ended[] = {
        { .id = "D6", .kind = "deploy", .target = "web/production", .result = "done" },
        { .id = "D5", .kind = "deploy", .target = "web/preview", .result = "stuck", .is_stuck = true },
        { .id = "D4", .kind = "deploy", .target = "web/preview", .result = "done" },
        { .id = "D3", .kind = "deploy", .target = "web/preview", .result = "stuck", .is_stuck = true },
    };
    struct outcome out;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ended); i++) {
        ended[i].state = "checking";
        ended[i].requester = (struct principal){ "slack", "U1", NULL, NULL };
        ended[i].created_at_ms = ended[i].ended_at_ms = DECISION_NOW_MS - MINUTE_MS;
    }
    fixture->ended = ended;
    fixture->ended_count = ARRAY_LEN(ended);
    decision_answer(fixture, &verb_status, "status preview", &out);
    assert_string_equal(out.reply->lines[0], "D5 deploy by @{slack:U1}, 60 s ago: stuck");
    assert_string_equal(out.reply->lines[1], "D5 crashed opsgate and goes on no more: look at `opsgate ops show D5`");
    assert_string_equal(out.reply->lines[2], "ended: D4 deploy by @{slack:U1}, 60 s ago: done");
    assert_string_equal(out.reply->lines[3], "ended: D3 deploy by @{slack:U1}, 60 s ago: stuck");
    decision_answer(fixture, &verb_status, "status", &out);
    assert_string_equal(out.reply->lines[3], "*web/preview*: nothing deployed by opsgate yet; D5 deploy is stuck");
    fixture->operations = &ended[1]; /* effects of it are still on their way */
    fixture->operations_count = 1;
    fixture->ended = &ended[2];
    fixture->ended_count = 2;
    decision_answer(fixture, &verb_status, "status preview", &out);
    assert_string_equal(out.reply->lines[0], "D5 deploy by @{slack:U1}, 60 s ago: stuck");
}

/* Nobody claims to know what runs there now. */
static void check_doubt(void **state)
{
    static const struct target doubted[] = {
        { .name = "api/staging", .good = good, .good_count = 1, .doubt = "D3" },
        { .name = "web/preview", .doubt = "D4" },
    };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(NOT_CLOUD_RUN);
    struct outcome out;

    (void)state;
    fixture->targets = doubted;
    fixture->targets_count = ARRAY_LEN(doubted);
    decision_answer(fixture, &verb_status, "status staging", &out);
    assert_string_equal(out.reply->text,
                        "*api/staging*: last good `v1.0.0`, 5 days ago (D1); D3 failed after traffic was switched: "
                        "look at Cloud Run");
    decision_answer(fixture, &verb_status, "status", &out);
    assert_string_equal(out.reply->lines[0], "*api/staging*: last good `v1.0.0`, 5 days ago (D1); D3 failed after "
                                             "traffic was switched: look at Cloud Run");
    assert_string_equal(out.reply->lines[3],
                        "*web/preview*: no good version yet; D4 failed after traffic was switched: look at Cloud Run");
}

/* What was rolled back to was not deployed just now: the rollback is named, and what it returned to. */
static void check_rolled_back(void **state)
{
    static struct target_version adopted[] = { { "api-00001", "", "api-00001", "", 5, NULL, NULL, false } };
    static struct target_version then_failed[] = {
        { "v1.2.8", "img/api@sha256:111", "api-d34", "D35", DECISION_NOW_MS - 10 * MINUTE_MS, TARGET_LEFT_BY_ROLLBACK,
          NULL, false },
        { "v1.2.9", "img/api@sha256:222", "api-d36", "D36", DECISION_NOW_MS - 5 * MINUTE_MS, NULL, "p95 900 ms", false },
    };
    static const struct target returned[] = {
        { .name = "api/staging", .good = good, .good_count = 1, .bad = then_failed, .bad_count = 2 },
        { .name = "web/preview", .good = adopted, .good_count = 1, .bad = bad, .bad_count = 1 },
    };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(NOT_CLOUD_RUN);
    struct outcome out;

    (void)state;
    fixture->targets = returned;
    fixture->targets_count = ARRAY_LEN(returned);
    decision_answer(fixture, &verb_status, "status staging", &out);
    assert_string_equal(out.reply->text, "*api/staging*: D35 rolled back to `v1.0.0`, 10 min ago");
    assert_string_equal(out.reply->lines[2], "left: `v1.2.8`, revision `api-d34`, by D35's rollback 10 min ago");
    decision_answer(fixture, &verb_status, "status", &out);
    assert_string_equal(out.reply->lines[0], "*api/staging*: `v1.0.0`, by D35's rollback 10 min ago");
    decision_answer(fixture, &verb_status, "status preview", &out);
    assert_string_equal(out.reply->text, "*web/preview*: `api-00001`, which served before opsgate came");
    assert_string_equal(out.reply->lines[0], "bad: `v1.2.5`, revision `api-d31`, by D31 40 min ago");
}

/* ---- what ended ---- */

#define ENDED 7

static void check_ended(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(NOT_CLOUD_RUN);
    struct operation list[ENDED];
    struct outcome out;

    (void)state;
    for (int64_t i = 0; i < ENDED; i++) /* newest first, the second one elsewhere */
        list[i] = (struct operation){ .id = arena_printf(fixture->arena, "D%d", (int)(70 - i)),
                                      .kind = i == 2 ? "rollback" : "deploy",
                                      .state = "done",
                                      .target = i == 1 ? "web/preview" : "api/production",
                                      .requester = { "slack", "U1" },
                                      .body = i ? decision_json(fixture, "{'version':'v`*1'}") : NULL,
                                      .ended_at_ms = DECISION_NOW_MS - (i + 1) * HOUR_MS,
                                      .result = i == 3 ? "failed" : "done" };
    fixture->ended = list;
    fixture->ended_count = ENDED;
    assert_string_equal(decision_answer(fixture, &verb_status, "status api production", &out),
                        "*api/production*: nothing deployed by opsgate yet\n"
                        "ended: D70 deploy by @{slack:U1}, 60 min ago: done\n"
                        "ended: D68 rollback of `v' 1` by @{slack:U1}, 3 h ago: done\n"
                        "ended: D67 deploy of `v' 1` by @{slack:U1}, 4 h ago: failed\n"
                        "ended: D66 deploy of `v' 1` by @{slack:U1}, 5 h ago: done\n"
                        "ended: D65 deploy of `v' 1` by @{slack:U1}, 6 h ago: done\n"
                        "sources: opsgate's record: 60 min; `program`, which deploys it, is not asked");
}

/* ---- one operation ---- */

static void check_operation_that_ended(void **state)
{
    static const struct operation ended = { .id = "D42",
                                            .kind = "deploy",
                                            .state = "failed",
                                            .target = "api/production",
                                            .requester = { "slack", "U2" },
                                            .created_at_ms = DECISION_NOW_MS - 3 * HOUR_MS,
                                            .ended_at_ms = DECISION_NOW_MS - 2 * HOUR_MS,
                                            .result = "failed",
                                            .summary = "revision `api-d42` does not start" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(NOT_CLOUD_RUN);
    struct outcome out;

    (void)state;
    fixture->ended = &ended;
    fixture->ended_count = 1;
    assert_string_equal(decision_answer(fixture, &verb_status, "status D42", &out),
                        "*D42*: deploy at api/production by @{slack:U2}, asked 3 h ago, ended 2 h ago: failed\n"
                        "revision `api-d42` does not start\n"
                        "its whole story: `opsgate ops show D42`");
    assert_false(out.begins);
}

static void check_group_that_ended(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(NOT_CLOUD_RUN);
    const struct operation ended = {
        .id = "D42",
        .kind = "group",
        .schema = 2,
        .state = "failed",
        .requester = { "slack", "U2" },
        .created_at_ms = DECISION_NOW_MS,
        .ended_at_ms = DECISION_NOW_MS,
        .result = "failed",
        .summary = "1 done, 1 failed, 0 not begun",
        .body = decision_json(fixture, "{'title':'All','max_parallel':4,'on_failure':0,'tag':{'image':'','tag':''},"
                                       "'members':[{'name':'db','verb':'deploy','state':3,'operation':'D43'},"
                                       "{'name':'api','verb':'deploy','state':4,'summary':'no way like this'}]}")
    };
    struct outcome out;

    (void)state;
    fixture->ended = &ended;
    fixture->ended_count = 1;
    assert_string_equal(decision_answer(fixture, &verb_status, "status D42", &out),
                        "*D42*: group by @{slack:U2}, asked 0 ms ago, ended 0 ms ago: failed\n"
                        "1 done, 1 failed, 0 not begun\n"
                        "api: not done: no way like this\n"
                        "its whole story: `opsgate ops show D42`");
}

static void check_operation_that_goes_on(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation live[] = {
        { .id = "D5",
          .kind = "rollback",
          .schema = 1,
          .state = "looking",
          .target = "api/staging",
          .requester = { "slack", "U2" },
          .created_at_ms = DECISION_NOW_MS - 90 * SECOND_MS,
          .body = decision_json(fixture, "{'service':'api','environment':'staging','version':'v1.2.0'}") },
        { .id = "D6", .kind = "deploy", .schema = 77, .state = "pinning", .requester = { "slack", "U2" } },
        { .id = "D7", .kind = "deploy", .schema = 77, .state = "pinning", .requester = { "slack", "U2" } },
    };
    struct outcome out;

    (void)state;
    live[2].is_stuck = true;
    live[1].created_at_ms = live[2].created_at_ms = DECISION_NOW_MS;
    fixture->operations = live;
    fixture->operations_count = ARRAY_LEN(live);
    decision_answer(fixture, &verb_status, "status D5", &out);
    assert_string_equal(out.reply->text,
                        "*D5*: rollback of `v1.2.0` at api/staging by @{slack:U2}, asked 90 s ago: looking");
    assert_true(out.reply->lines_count > 2); /* its card, in words */
    assert_string_equal(decision_answer(fixture, &verb_status, "status D6", &out),
                        "*D6*: deploy by @{slack:U2}, asked 0 ms ago: pinning\n"
                        "its whole story: `opsgate ops show D6`");
    decision_answer(fixture, &verb_status, "status D7", &out);
    assert_string_equal(out.reply->text, "*D7*: deploy by @{slack:U2}, asked 0 ms ago: stuck");
}

/* It is judged by the place of the operation, and decided here: not by the operation, which would take it for a wish.
 */
static void check_question(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(NOT_CLOUD_RUN);
    struct request request = decision_request(fixture, "status D5");
    struct question question;
    const void *arguments;
    struct error err;

    (void)state;
    fixture->operations = operations;
    fixture->operations_count = ARRAY_LEN(operations);
    assert_true(verb_status.asks(&fixture->view, &request, &question, &arguments, &err));
    assert_null(question.operation);
    assert_string_equal(question.service, "api");
    assert_string_equal(question.environment, "staging");
    assert_false(question.is_safe_direction);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(NOT_CLOUD_RUN);
    struct outcome out;

    fixture->targets = targets;
    fixture->targets_count = ARRAY_LEN(targets);
    fixture->operations = operations;
    fixture->operations_count = ARRAY_LEN(operations);
    assert_string_equal(decision_answer(fixture, &verb_status, row->line, &out), row->answer);
    assert_false(out.begins);
}

/* Who may see one service there alone is told of that, and that there are more; of locks elsewhere nothing. */
static void check_hidden(void **state)
{
    static const struct operation locks[] = {
        { .id = "D20", .kind = "lock", .state = "held", .requester = { "slack", "U2" } },
        { .id = "D21", .kind = "lock", .state = "held", .requester = { "slack", "U2" } },
    };
    AUTO_FREE char *text = xstrdup(NOT_CLOUD_RUN "      on: { service: web } }\n");
    char *everyone = strstr(text, "to: everyone }\n");
    struct operation *list;
    AUTO_DECISION struct decision_fixture *fixture = NULL;
    const char *answer;
    struct outcome out;

    (void)state;
    memcpy(everyone, "to: everyone,  ", strlen("to: everyone,  "));
    fixture = decision_create(text);
    list = arena_alloc(fixture->arena, sizeof(locks));
    memcpy(list, locks, sizeof(locks));
    list[0].body = decision_json(fixture, "{'service':'api','environment':'production','reason':'a secret'}");
    list[1].body = decision_json(fixture, "{'service':'web','environment':'production','reason':'a migration'}");
    fixture->operations = list;
    fixture->operations_count = ARRAY_LEN(locks);
    answer = decision_answer(fixture, &verb_status, "status production", &out);
    assert_null(strstr(answer, "api/production"));
    assert_null(strstr(answer, "a secret"));
    assert_non_null(strstr(answer, "a migration"));
    assert_non_null(strstr(answer, "*web/production*: nothing deployed by opsgate yet\n"
                                   "and 1 more that policy does not show to you\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "ten operations of the place are shown, however many older ones there are elsewhere", check_limit, NULL, NULL,
          NULL },
        { "after a deploy that failed late, the last good version is not said to run", check_doubt, NULL, NULL, NULL },
        { "after a rollback, that is what the record tells of", check_rolled_back, NULL, NULL, NULL },
        { "an operation that is stuck is told, in one place and in all", check_stuck, NULL, NULL, NULL },
        { "also when it has ended, which it has as soon as nothing of it is on its way", check_stuck_and_ended, NULL,
          NULL, NULL },
        { "the last five that ended there, newest first", check_ended, NULL, NULL, NULL },
        { "an operation that ended is told by its end", check_operation_that_ended, NULL, NULL, NULL },
        { "a group that ended tells why members came to nothing", check_group_that_ended, NULL, NULL, NULL },
        { "one that goes on by its card, if there is one to read", check_operation_that_goes_on, NULL, NULL, NULL },
        { "of an environment only what policy shows is told", check_hidden, NULL, NULL, NULL },
        { "a question about an operation does not go to it", check_question, NULL, NULL, NULL },
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
