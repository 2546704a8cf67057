/* What the sandbox's GitHub tells its hooks, how it is signed, and what stands in the log afterwards. */
#include "github_client.h"
#include "webhook_receiver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#define TRIES_MAX 2400 /* of 25 ms: a minute, on a machine that is busy */
#define AGAIN_NS 25000000
#define LOG_OF_HOOK GITHUB_REPO "/hooks/5550001/deliveries"
#define HOOK "{\"hook\":{\"secret\":\"s3cret\",\"content_type\":\"json\",\"events\":[\"*\"]}}"
#define RELEASE(more) "{\"release\":{\"tag\":\"v2.0.0\"" more "}}"

static const char *program;

struct stage {
    struct sandbox sandbox;
    struct webhook_receiver *receiver;
    char *token;
};

static int set_up(void **state)
{
    struct stage *stage = xcalloc(1, sizeof *stage);

    stage->receiver = webhook_receiver_create();
    webhook_receiver_answers(stage->receiver, NULL, 202);
    sandbox_start(&stage->sandbox, program, webhook_receiver_url(stage->receiver));
    cJSON_Delete(sandbox_post(&stage->sandbox, "world", "{\"github\":{\"hook_timeout_ms\":60000}}"));
    stage->token = github_token(&stage->sandbox, NULL);
    *state = stage;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *stage = *state;
    int status = sandbox_stop(&stage->sandbox);

    webhook_receiver_destroy(stage->receiver);
    free(stage->token);
    free(stage);
    return status;
}

static void change(const struct stage *stage, const char *changes)
{
    AUTO_FREE char *body = text_format("{\"github\":%s}", changes);
    AUTO_JSON cJSON *answer = sandbox_post(&stage->sandbox, "world", body);

    if (!tree_true(answer, "ok"))
        fail_msg("%s: %s", changes, tree_text_or(answer, "error", "?"));
}

static void pause_a_little(void)
{
    const struct timespec again = { .tv_nsec = AGAIN_NS };

    nanosleep(&again, NULL);
}

/* "event action" of all that arrived without the ping, in the order of the alphabet: deliveries have no order. */
static void describe(const cJSON *log, char *text, size_t size)
{
    const char *seen[32];
    size_t count = 0;
    AUTO_JSON cJSON *lines = json_array();

    JSON_EACH(entry, log) {
        const char *event = tree_text_or(entry, "event", "?");
        AUTO_JSON cJSON *body = NULL;
        AUTO_FREE char *line = NULL;
        struct error err;

        (void)json_parse(str_of(tree_text(entry, "body")), &body, &err);
        line = text_format("%s%s%s", event, tree_text(body, "action") ? "." : "", tree_text_or(body, "action", ""));
        if (!text_is(event, "ping"))
            json_add_string(lines, line);
    }
    JSON_EACH(line, lines) {
        size_t at = count++;

        for (; at > 0 && strcmp(seen[at - 1], line->valuestring) > 0; at--)
            seen[at] = seen[at - 1];
        seen[at] = line->valuestring;
    }
    text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        (void)snprintf(text + strlen(text), size - strlen(text), "%s%s", i ? " " : "", seen[i]);
}

/* The ping among them; the caller's. */
static cJSON *wait_for(const struct stage *stage, int count)
{
    return webhook_receiver_wait(stage->receiver, count);
}

static cJSON *read_log(const struct stage *stage, const char *authorization, const char *path, int count)
{
    for (int i = 0; i < TRIES_MAX; i++) {
        cJSON *log = github_read(&stage->sandbox, authorization, path);

        if (cJSON_GetArraySize(log) >= count)
            return log;
        cJSON_Delete(log);
        pause_a_little();
    }
    fail_msg("no %d entries in %s", count, path);
    return NULL;
}

/* ---- what is told ---- */

static const struct row {
    const char *name;
    const char *before, *change; /* of the world; `before` may be NULL */
    int before_count, count;     /* deliveries that these make */
    const char *told;            /* by `before` and `change` */
} rows[] = {
    { "a release, published at once", NULL, RELEASE(""), 0, 4,
      "push release.created release.published release.released" },
    { "a pre-release", NULL, RELEASE(",\"prerelease\":true"), 0, 4,
      "push release.created release.prereleased release.published" },
    { "a draft", NULL, RELEASE(",\"draft\":true"), 0, 1, "release.created" },
    { "a draft that is published", RELEASE(",\"draft\":true"), RELEASE(""), 1, 3,
      "push release.created release.published release.released" },
    { "the draft of a pre-release, published", RELEASE(",\"draft\":true,\"prerelease\":true"),
      RELEASE(",\"prerelease\":true"), 1, 2, "push release.created release.published" },
    { "a pre-release that becomes one", RELEASE(",\"prerelease\":true"), RELEASE(""), 4, 2,
      "push release.created release.edited release.prereleased release.published release.released" },
    { "a release taken back", RELEASE(""), RELEASE(",\"draft\":true"), 4, 1,
      "push release.created release.published release.released release.unpublished" },
    { "a commit", NULL, "{\"commit\":{\"message\":\"x\",\"files\":{\"added\":[\"a.c\"]}}}", 0, 1, "push" },
    { "a run from end to end", NULL, "{\"run\":{\"file\":\"ci.yml\",\"event\":\"push\"}}", 0, 4,
      "check_suite.completed workflow_run.completed workflow_run.in_progress workflow_run.requested" },
    { "a deployment and its status", "{\"deployment\":{\"environment\":\"staging\",\"payload\":{\"x\":1}}}",
      "{\"deployment_status\":{\"id\":31337,\"state\":\"success\"}}", 1, 1,
      "deployment.created deployment_status.created" },
    { "of an inactive deployment nobody hears", "{\"deployment\":{}}",
      "{\"deployment_status\":{\"id\":31337,\"state\":\"inactive\"},\"comment\":{\"body\":\"x\"}}", 1, 1,
      "deployment.created issue_comment.created" },
    { "a pull request", NULL, "{\"pull\":{\"action\":\"opened\",\"branch\":\"feature/wish-list\",\"fork\":true}}", 0, 1,
      "pull_request.opened" },
    { "anything else", NULL, "{\"event\":{\"event\":\"discussion\",\"action\":\"created\"}}", 0, 1,
      "discussion.created" },
    { "sent twice", "{\"hook_fault\":{\"fault\":\"twice\",\"event\":\"issue_comment\"}}",
      "{\"comment\":{\"body\":\".deploy staging\"}}", 0, 2, "issue_comment.created issue_comment.created" },
    { "sent late", "{\"hook_fault\":{\"fault\":\"late\",\"value\":300,\"event\":\"issue_comment\"}}",
      "{\"comment\":{\"body\":\".deploy staging\"}}", 0, 1, "issue_comment.created" },
};

static void check_told(void **state)
{
    const struct row *row = *state;
    struct stage *stage = NULL;
    AUTO_JSON cJSON *log = NULL;
    char told[1000];

    set_up((void **)&stage);
    change(stage, HOOK);
    if (row->before)
        change(stage, row->before);
    cJSON_Delete(wait_for(stage, 1 + row->before_count));
    change(stage, row->change);
    log = wait_for(stage, 1 + row->before_count + row->count);
    describe(log, told, sizeof told);
    assert_string_equal(told, row->told);
    assert_int_equal(tear_down((void **)&stage), 0);
}

/* ---- how ---- */

static char *signature(const char *secret, const char *body)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    AUTO_BUF struct buf text = BUF(200);

    HMAC(EVP_sha256(), secret, (int)strlen(secret), (const unsigned char *)body, strlen(body), mac, &len);
    buf_puts(&text, "sha256=");
    for (unsigned int i = 0; i < len; i++)
        buf_addf(&text, "%02x", mac[i]);
    return buf_take(&text);
}

static void a_webhook_is_signed_over_what_is_sent(void **state)
{
    static const char *const types[] = { "json", "form" };
    struct stage *stage = *state;

    for (int i = 0; i < 2; i++) {
        AUTO_FREE char *hook =
            text_format("{\"hook\":{\"secret\":\"s3cret\",\"content_type\":\"%s\",\"events\":[\"%s\"]}}", types[i],
                        i ? "push" : "release");
        AUTO_JSON cJSON *log = NULL;
        const cJSON *last = NULL;

        change(stage, hook);
        log = wait_for(stage, i + 1);
        last = cJSON_GetArrayItem(log, i);
        AUTO_FREE char *good = signature("s3cret", tree_text(last, "body"));
        assert_string_equal(tree_text(last, "path"), "/github/webhook");
        assert_string_equal(tree_text(last, "hub_signature"), good);
        assert_string_equal(tree_text(last, "event"), "ping");
        assert_int_equal(strlen(tree_text(last, "delivery")), 36);
        assert_true(text_starts(tree_text(last, "agent"), "GitHub-Hookshot/"));
        assert_string_equal(tree_text(last, "type"), i ? "application/x-www-form-urlencoded" : "application/json");
        assert_true(text_starts(tree_text(last, "body"), i ? "payload=%7B" : "{"));
    }
}

static void all_hooks_hear_of_one_thing_by_one_guid(void **state)
{
    struct stage *stage = *state;
    AUTO_JSON cJSON *log = NULL;
    const cJSON *one = NULL, *other = NULL;

    change(stage, "{\"hook\":[{\"kind\":\"app\"},{\"events\":[\"issue_comment\"],\"content_type\":\"json\"}]}");
    cJSON_Delete(wait_for(stage, 2));
    change(stage, "{\"comment\":{\"body\":\"x\"}}");
    log = wait_for(stage, 4);
    one = cJSON_GetArrayItem(log, 2);
    other = cJSON_GetArrayItem(log, 3);
    assert_string_equal(tree_text(one, "delivery"), tree_text(other, "delivery"));
    /* only the App hears which installation it is */
    assert_int_equal(strstr(tree_text(one, "body"), "\"installation\"") != NULL,
                     strstr(tree_text(other, "body"), "\"installation\"") == NULL);
}

/* ---- the log ---- */

static void what_was_not_taken_is_in_the_log_and_not_sent_again(void **state)
{
    static const int statuses[] = { 200, 503, 0 };
    struct stage *stage = *state;
    AUTO_JSON cJSON *log = NULL, *whole = NULL, *again = NULL, *received = NULL;
    AUTO_ANSWER struct answer raw = { 0 };
    const char *digits = NULL;
    struct str rest;

    webhook_receiver_answers(stage->receiver, statuses, 202);
    change(stage, HOOK);
    cJSON_Delete(read_log(stage, stage->token, LOG_OF_HOOK, 1));
    change(stage, "{\"comment\":{\"body\":\"one\"}}");
    cJSON_Delete(read_log(stage, stage->token, LOG_OF_HOOK, 2));
    webhook_receiver_answers(stage->receiver, NULL, 202);
    change(stage, "{\"comment\":{\"body\":\"two\"},\"hook_fault\":{\"fault\":\"lost\",\"event\":\"issue_comment\"}}");
    log = read_log(stage, stage->token, LOG_OF_HOOK, 3);
    assert_int_equal(tree_int(cJSON_GetArrayItem(log, 0), "status_code", 0), 502);
    assert_int_equal(tree_int(cJSON_GetArrayItem(log, 1), "status_code", 0), 503);
    assert_int_equal(tree_int(cJSON_GetArrayItem(log, 2), "status_code", 0), 200);
    assert_string_equal(tree_text(cJSON_GetArrayItem(log, 0), "action"), "created");

    /* its id is beyond what a double can count, so it is taken as text */
    github_ask(&stage->sandbox, stage->token, "GET", LOG_OF_HOOK, NULL, &raw);
    digits = strstr(raw.body, "\"id\":");
    assert_non_null(digits);
    rest = str_of(digits + 5);
    AUTO_FREE char *id = str_copy(str_take_until(&rest, ','));
    AUTO_FREE char *path = text_format(LOG_OF_HOOK "/%s", id);
    AUTO_FREE char *attempts = text_format(LOG_OF_HOOK "/%s/attempts", id);
    assert_int_equal(strlen(id), 18);
    whole = github_read(&stage->sandbox, stage->token, path);
    assert_string_equal(json_find_string(whole, "request.payload.comment.body"), "two");
    assert_string_equal(tree_text(json_find(whole, "request.headers"), "X-GitHub-Event"), "issue_comment");

    {
        AUTO_ANSWER struct answer accepted = { 0 };

        github_ask(&stage->sandbox, stage->token, "POST", attempts, "{}", &accepted);
        assert_int_equal(accepted.status, 202);
    }
    received = wait_for(stage, 1);
    assert_string_equal(tree_text(received->child, "delivery"), tree_text(whole, "guid"));
    again = read_log(stage, stage->token, LOG_OF_HOOK, 4);
    assert_true(tree_true(cJSON_GetArrayItem(again, 0), "redelivery"));
    assert_string_equal(tree_text(cJSON_GetArrayItem(again, 0), "guid"), tree_text(whole, "guid"));
}

static void a_door_that_does_not_answer_is_left_after_the_timeout(void **state)
{
    struct stage *stage = *state;
    AUTO_JSON cJSON *log = NULL;

    change(stage, "{\"hook_timeout_ms\":200,\"hook\":{\"url\":\"http://127.0.0.1:9/\",\"content_type\":\"json\"}}");
    log = read_log(stage, stage->token, LOG_OF_HOOK, 1);
    assert_int_equal(tree_int(log->child, "status_code", -1), 0);
    assert_false(tree_has_text(log->child, "status", "OK"));
}

static void the_log_has_pages(void **state)
{
    struct stage *stage = *state;
    AUTO_ANSWER struct answer first = { 0 };
    AUTO_FREE char *cursor = NULL, *next = NULL;
    AUTO_JSON cJSON *log = NULL;
    const char *at = NULL;
    struct str rest;

    change(stage, HOOK);
    change(stage, "{\"comment\":[{\"body\":\"1\"},{\"body\":\"2\"},{\"body\":\"3\"}]}");
    cJSON_Delete(read_log(stage, stage->token, LOG_OF_HOOK, 4));
    github_ask(&stage->sandbox, stage->token, "GET", LOG_OF_HOOK "?per_page=3", NULL, &first);
    assert_int_equal(cJSON_GetArraySize(first.json), 3);
    at = strstr(first.headers, "cursor=");
    assert_non_null(at);
    rest = str_of(at + strlen("cursor="));
    cursor = str_copy(str_take_until(&rest, '>'));
    next = text_format(LOG_OF_HOOK "?per_page=3&cursor=%s", cursor);
    log = github_read(&stage->sandbox, stage->token, next);
    assert_int_equal(cJSON_GetArraySize(log), 1);
}

/* ---- what is refused ---- */

static const struct refusal_row {
    const char *name, *method, *path, *body;
    bool as_app;
    int status;
} refusals[] = {
    { "a hook that is not there", "GET", GITHUB_REPO "/hooks/99/deliveries", NULL, false, 404 },
    { "a delivery that is not there", "GET", LOG_OF_HOOK "/1", NULL, false, 404 },
    { "the App's log without its own token", "GET", "/app/hook/deliveries", NULL, false, 401 },
    { "the App's log, and it has no hook", "GET", "/app/hook/deliveries", NULL, true, 404 },
    { "a repository's log with the App's token", "GET", LOG_OF_HOOK, NULL, true, 401 },
    { "another organisation", "GET", "/orgs/evil/hooks/5550001/deliveries", NULL, false, 404 },
    { "a cursor that is none", "GET", LOG_OF_HOOK "?cursor=2", NULL, false, 422 },
    { "a hook without address", "POST", GITHUB_REPO "/hooks", "{\"config\":{}}", false, 422 },
    { "a hook that exists", "POST", GITHUB_REPO "/hooks",
      "{\"events\":[\"*\"],\"config\":{\"url\":\"http://127.0.0.1:9/\"}}", false, 422 },
    { "a kind of body that there is not", "POST", GITHUB_REPO "/hooks",
      "{\"config\":{\"url\":\"http://127.0.0.1:9/\",\"content_type\":\"xml\"}}", false, 422 },
};

static void refusals_are_github_s_own(void **state)
{
    struct stage *stage = *state;
    AUTO_FREE char *jwt = github_app_jwt(&stage->sandbox);

    change(stage, "{\"hook\":{\"url\":\"http://127.0.0.1:9/\",\"events\":[\"*\"]}}");
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        const struct refusal_row *row = &refusals[i];
        AUTO_ANSWER struct answer answer = { 0 };

        github_ask(&stage->sandbox, row->as_app ? jwt : stage->token, row->method, row->path, row->body, &answer);
        if (answer.status != row->status)
            fail_msg("%s: %d %s", row->name, answer.status, answer.body ? answer.body : "");
    }
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest alone[] = {
        cmocka_unit_test_setup_teardown(a_webhook_is_signed_over_what_is_sent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(all_hooks_hear_of_one_thing_by_one_guid, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_not_taken_is_in_the_log_and_not_sent_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_door_that_does_not_answer_is_left_after_the_timeout, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_log_has_pages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refusals_are_github_s_own, set_up, tear_down),
    };
    struct CMUnitTest tests[ARRAY_LEN(alone) + ARRAY_LEN(rows)];
    size_t count = 0;

    if (argc != 2)
        return 2;
    program = argv[1];
    for (size_t i = 0; i < ARRAY_LEN(alone); i++)
        tests[count++] = alone[i];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[count++] = (struct CMUnitTest){ .name = rows[i].name,
                                              .test_func = check_told,
                                              .initial_state = (void *)(uintptr_t)&rows[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
