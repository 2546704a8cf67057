/* What goes wrong on demand in the simulated world, and what has happened then. */
#include "stage.h"

#include <string.h>

static void plant(const struct stage *stage, const char *fault)
{
    cJSON_Delete(sandbox_post(&stage->sandbox, "faults", fault));
}

static const cJSON *last_call(const cJSON *calls)
{
    return calls->child->prev;
}

static void a_lost_answer_still_happened(void **state)
{
    const struct stage *stage = *state;
    AUTO_ANSWER struct answer answer;

    plant(stage, "{\"service\":\"slack\",\"match\":\"chat.postMessage\",\"fault\":\"drop_after\"}");
    sandbox_ask(&stage->sandbox,
                &(struct ask){ .method = "POST",
                               .path = "/slack/api/chat.postMessage",
                               .type = STAGE_JSON,
                               .authorization = STAGE_SLACK,
                               .body = "{\"channel\":\"C0DEPLOYS\",\"text\":\"x\"}" },
                &answer);
    AUTO_JSON cJSON *calls = sandbox_get(&stage->sandbox, "calls");

    assert_int_equal(answer.status, 0);
    assert_int_equal(stage_messages_in(stage, "C0DEPLOYS"), 1);
    assert_true(tree_true(last_call(calls), "applied"));
    assert_int_equal(tree_int(last_call(calls), "status", -1), 0);
    assert_true(tree_has_text(last_call(calls), "fault", "drop_after"));
}

static void a_lost_request_never_happened(void **state)
{
    const struct stage *stage = *state;

    plant(stage, "{\"service\":\"slack\",\"fault\":\"drop_before\"}");
    AUTO_JSON cJSON *lost = stage_post_message(stage, "{\"channel\":\"C0DEPLOYS\",\"text\":\"x\"}");
    AUTO_JSON cJSON *posted = stage_post_message(stage, "{\"channel\":\"C0DEPLOYS\",\"text\":\"x\"}");

    assert_null(lost);
    assert_true(tree_true(posted, "ok"));
    assert_int_equal(stage_messages_in(stage, "C0DEPLOYS"), 1);
}

static void a_pretended_change_answers_success_and_is_not_there(void **state)
{
    const struct stage *stage = *state;

    plant(stage, "{\"service\":\"run\",\"match\":\"PATCH\",\"fault\":\"pretend\"}");
    AUTO_JSON cJSON *operation = stage_patch(stage, "traffic", "{\"traffic\":[" STAGE_PIN_FIRST "]}");
    AUTO_JSON cJSON *done = stage_wait(stage, operation);
    AUTO_JSON cJSON *service = stage_get(stage, STAGE_SERVICE);
    AUTO_JSON cJSON *calls = sandbox_get(&stage->sandbox, "calls");
    const cJSON *patch = tree_find(calls, "method", "PATCH");

    assert_null(tree_get(done, "error"));
    assert_string_equal(tree_text(service, "generation"), "1");
    assert_false(tree_true(patch, "applied"));
    assert_int_equal(tree_int(patch, "status", 0), 200);
}

static void too_many_requests_say_when_to_come_again(void **state)
{
    const struct stage *stage = *state;
    AUTO_ANSWER struct answer answer;

    plant(stage, "{\"service\":\"slack\",\"fault\":\"status\",\"value\":429,\"retry_after\":7,\"count\":1}");
    sandbox_ask(&stage->sandbox,
                &(struct ask){ .method = "POST",
                               .path = "/slack/api/auth.test",
                               .type = STAGE_JSON,
                               .authorization = STAGE_SLACK,
                               .body = "{}" },
                &answer);
    assert_int_equal(answer.status, 429);
    assert_non_null(strstr(answer.headers, "Retry-After: 7"));
    assert_non_null(strstr(answer.body, "ratelimited"));
}

static void faults_wait_for_what_they_match(void **state)
{
    const struct stage *stage = *state;
    AUTO_ANSWER struct answer read, patched;

    plant(stage, "{\"service\":\"run\",\"match\":\"PATCH\",\"fault\":\"status\",\"value\":503}");
    stage_ask(stage, "GET", STAGE_SERVICE, NULL, &read);
    stage_ask(stage, "PATCH", STAGE_SERVICE "?updateMask=traffic", "{\"traffic\":[" STAGE_PIN_FIRST "]}", &patched);
    assert_int_equal(read.status, 200);
    assert_int_equal(patched.status, 503);
    assert_non_null(strstr(patched.body, "UNAVAILABLE"));
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        STORY(a_lost_answer_still_happened),
        STORY(a_lost_request_never_happened),
        STORY(a_pretended_change_answers_success_and_is_not_there),
        STORY(too_many_requests_say_when_to_come_again),
        STORY(faults_wait_for_what_they_match),
    };

    stage_program = argc > 1 ? argv[1] : stage_program;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
