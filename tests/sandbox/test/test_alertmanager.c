/* The sandbox's Alertmanager: groups and repeats, twins, and what becomes of a notification that is not taken. */
#include "process.h"
#include "webhook_receiver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define TRIES_MAX 2400
#define AGAIN_NS 25000000
#define AT_ONCE "\"group_wait_ms\":0,\"retry_ms\":10"
#define LABELS(instance) "{\"labels\":{\"alertname\":\"HighErrors\",\"service\":\"api\",\"instance\":\"" instance "\"}}"
#define FIRE(instance) "\"fire\":" LABELS(instance)

static const char *program;
static struct sandbox sandbox;
static struct webhook_receiver *opsgate;

/* One for each test: over a reset, a notification that is on its way still arrives. */
static int start(void **state)
{
    (void)state;
    opsgate = webhook_receiver_create();
    sandbox_start(&sandbox, program, webhook_receiver_url(opsgate));
    return 0;
}

static int stop(void **state)
{
    int status = sandbox_stop(&sandbox);

    (void)state;
    webhook_receiver_destroy(opsgate);
    return status;
}

static void change(const char *changes)
{
    AUTO_FREE char *body = text_format("{\"alertmanager\":%s}", changes);

    cJSON_Delete(sandbox_post(&sandbox, "world", body));
}

static cJSON *wait_delivered(int count)
{
    for (int i = 0; i < TRIES_MAX; i++) {
        AUTO_JSON cJSON *state = sandbox_get(&sandbox, "state?messages=0");

        if (cJSON_GetArraySize(tree_get(tree_get(state, "alertmanager"), "delivered")) >= count)
            return json_copy(tree_get(state, "alertmanager"));
        nanosleep(&(struct timespec){ .tv_nsec = AGAIN_NS }, NULL);
    }
    fail_msg("%d notifications were never settled", count);
    return NULL;
}

static cJSON *body_at(const cJSON *received, int i)
{
    cJSON *json = NULL;
    struct error err;

    if (!json_parse(str_of(tree_text(cJSON_GetArrayItem(received, i), "body")), &json, &err))
        fail_msg("no JSON: %s", err.message);
    return json;
}

static void a_group_is_told_whole(void **state)
{
    AUTO_JSON cJSON *received = NULL, *body = NULL;
    const cJSON *alert = NULL;

    (void)state;
    change("{\"config\":{" AT_ONCE "},\"fire\":[" LABELS("a") "," LABELS("b") "]}");
    received = webhook_receiver_wait(opsgate, 1);
    body = body_at(received, 0);
    assert_string_equal(tree_text(received->child, "path"), "/alertmanager/webhook");
    assert_string_equal(tree_text(received->child, "authorization"), "Bearer sandbox-alertmanager-token");
    assert_true(text_starts(tree_text(received->child, "agent"), "Alertmanager/"));
    assert_string_equal(tree_text(body, "version"), "4");
    assert_string_equal(tree_text(body, "status"), "firing");
    assert_string_equal(tree_text(body, "groupKey"), "{}:{alertname=\"HighErrors\"}");
    assert_string_equal(tree_text(tree_get(body, "commonLabels"), "service"), "api");
    assert_null(tree_get(tree_get(body, "commonLabels"), "instance"));
    assert_int_equal(cJSON_GetArraySize(tree_get(body, "alerts")), 2);
    alert = tree_get(body, "alerts")->child;
    assert_string_equal(tree_text(alert, "endsAt"), "0001-01-01T00:00:00Z");
    assert_int_equal(strlen(tree_text(alert, "fingerprint")), 16);
}

static void it_repeats_itself_with_the_same_words(void **state)
{
    AUTO_JSON cJSON *received = NULL, *first = NULL, *third = NULL;

    (void)state;
    change("{\"config\":{" AT_ONCE ",\"repeat_ms\":50}," FIRE("a") "}");
    received = webhook_receiver_wait(opsgate, 3);
    first = body_at(received, 0);
    third = body_at(received, 2);
    assert_string_equal(tree_text(third, "notification_reason"), "repeat interval elapsed");
    assert_true(tree_equal(tree_get(first, "alerts"), tree_get(third, "alerts")));
}

static void an_alert_that_ended_is_told_once(void **state)
{
    AUTO_JSON cJSON *received = NULL, *second = NULL, *third = NULL;

    (void)state;
    change("{\"config\":{" AT_ONCE ",\"group_interval_ms\":20000},\"fire\":[" LABELS("a") "," LABELS("b") "]}");
    cJSON_Delete(webhook_receiver_wait(opsgate, 1));
    change("{\"resolve\":" LABELS("a") "}");
    change("{\"config\":{\"group_interval_ms\":0}}");
    received = webhook_receiver_wait(opsgate, 2);
    second = body_at(received, 1);
    assert_string_equal(tree_text(second, "status"), "firing"); /* b still does */
    assert_int_equal(cJSON_GetArraySize(tree_get(second, "alerts")), 2);
    assert_string_equal(tree_text(tree_get(second, "alerts")->child, "status"), "resolved");
    change("{\"resolve\":" LABELS("b") "}");
    cJSON_Delete(received);
    received = webhook_receiver_wait(opsgate, 3);
    third = body_at(received, 2);
    assert_string_equal(tree_text(third, "status"), "resolved");
    assert_int_equal(cJSON_GetArraySize(tree_get(third, "alerts")), 1);
}

static void twins_tell_the_same(void **state)
{
    AUTO_JSON cJSON *received = NULL;

    (void)state;
    change("{\"config\":{" AT_ONCE ",\"twins\":2}," FIRE("a") "}");
    received = webhook_receiver_wait(opsgate, 2);
    assert_string_equal(tree_text(received->child, "body"), tree_text(received->child->next, "body"));
}

static void what_is_answered_5xx_comes_again(void **state)
{
    static const int answers[] = { 503, 500, 0 };
    AUTO_JSON cJSON *received = NULL, *done = NULL;

    (void)state;
    webhook_receiver_answers(opsgate, answers, 202);
    change("{\"config\":{" AT_ONCE "}," FIRE("a") "}");
    received = webhook_receiver_wait(opsgate, 3);
    done = wait_delivered(1);
    assert_int_equal(tree_int(tree_get(done, "delivered")->child, "tries", 0), 3);
    assert_string_equal(tree_text(tree_get(done, "delivered")->child, "outcome"), "delivered");
}

static void what_is_answered_4xx_is_lost(void **state)
{
    static const int refusals[] = { 401, 429 };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        AUTO_JSON cJSON *done = NULL;

        cJSON_Delete(sandbox_post(&sandbox, "reset", "{}"));
        webhook_receiver_answers(opsgate, NULL, refusals[i]);
        change("{\"config\":{" AT_ONCE "}," FIRE("a") "}");
        done = wait_delivered(1);
        assert_int_equal(tree_int(tree_get(done, "delivered")->child, "tries", 0), 1);
        assert_string_equal(tree_text(tree_get(done, "delivered")->child, "outcome"), "dropped");
    }
}

static void a_payload_of_ones_own_is_sent_as_it_is(void **state)
{
    AUTO_JSON cJSON *received = NULL;

    (void)state;
    change("{\"config\":{" AT_ONCE ",\"payload\":{\"text\":\"it is on fire\"},\"token\":\"\"}," FIRE("a") "}");
    received = webhook_receiver_wait(opsgate, 1);
    assert_string_equal(tree_text(received->child, "body"), "{\"text\":\"it is on fire\"}");
    assert_null(tree_get(received->child, "authorization"));
}

static void more_alerts_than_it_may_tell_are_counted(void **state)
{
    AUTO_JSON cJSON *received = NULL, *body = NULL;

    (void)state;
    change("{\"config\":{" AT_ONCE ",\"max_alerts\":1},\"fire\":[" LABELS("a") "," LABELS("b") "," LABELS("c") "]}");
    received = webhook_receiver_wait(opsgate, 1);
    body = body_at(received, 0);
    assert_int_equal(cJSON_GetArraySize(tree_get(body, "alerts")), 1);
    assert_int_equal(tree_int(body, "truncatedAlerts", 0), 2);
}

static void wrong_wishes_are_refused(void **state)
{
    static const char *const wishes[] = { "7",
                                          "{\"nonsense\":1}",
                                          "{\"fire\":{}}",
                                          "{\"resolve\":" LABELS("nobody") "}",
                                          "{\"config\":{\"twins\":3}}",
                                          "{\"config\":{\"repeat_ms\":-1}}" };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wishes); i++) {
        AUTO_FREE char *body = text_format("{\"alertmanager\":%s}", wishes[i]);
        AUTO_ANSWER struct answer answer;

        sandbox_ask(&sandbox, &(struct ask){ .method = "POST", .path = "/_sandbox/world", .body = body }, &answer);
        assert_int_equal(answer.status, 400);
    }
}

#define TOLD(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TOLD(a_group_is_told_whole),
        TOLD(it_repeats_itself_with_the_same_words),
        TOLD(an_alert_that_ended_is_told_once),
        TOLD(twins_tell_the_same),
        TOLD(what_is_answered_5xx_comes_again),
        TOLD(what_is_answered_4xx_is_lost),
        TOLD(a_payload_of_ones_own_is_sent_as_it_is),
        TOLD(more_alerts_than_it_may_tell_are_counted),
        TOLD(wrong_wishes_are_refused),
    };

    if (argc != 2)
        return 2;
    program = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
