/* The sandbox's PagerDuty: what its REST API refuses, and how its webhooks come: signed, in order, again, or no more.
 */
#include "process.h"
#include "webhook_receiver.h"

#include "bot/base/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define KEY "Token token=pd-sandbox"
#define READ_KEY "Token token=pd-sandbox-read"
#define ANN "From: ann@example.com"
#define SECRET "sandbox-pagerduty-secret"
#define TRIES_MAX 2400
#define AGAIN_NS 25000000
#define ACKNOWLEDGE "{\"incident\":{\"type\":\"incident_reference\",\"status\":\"acknowledged\"}}"
#define RESOLVE "{\"incident\":{\"type\":\"incident_reference\",\"status\":\"resolved\"}}"
#define NOTE "{\"note\":{\"content\":\"rolled back\"}}"
#define LEVEL(level) "{\"incident\":{\"type\":\"incident\",\"escalation_level\":" level "}}"
#define CHANGE(summary, at)                                                                                            \
    "{\"routing_key\":\"sandbox0routing0key0of0the0api00\",\"payload\":{\"summary\":" summary                          \
    ",\"timestamp\":" at ",\"source\":\"me\"}}"
#define ALERT(action, severity)                                                                                        \
    "{\"routing_key\":\"sandbox0routing0key0of0the0api00\",\"event_action\":\"" action                                 \
    "\",\"dedup_key\":\"k1\",\"payload\":{\"summary\":\"errors\",\"source\":\"prometheus\",\"severity\":" severity     \
    "}}"
#define NEW_INCIDENT(more)                                                                                             \
    "{\"incident\":{\"type\":\"incident\",\"title\":\"x\",\"service\":{\"id\":\"PSVC001\"}" more "}}"
#define NEW_SUBSCRIPTION(more)                                                                                         \
    "{\"webhook_subscription\":{\"type\":\"webhook_subscription\",\"delivery_method\":{\"type\":"                      \
    "\"http_delivery_method\",\"url\":\"http://127.0.0.1:9/x\"}" more "}}"

static const char *program;
static struct sandbox sandbox;
static struct webhook_receiver *opsgate;

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
    AUTO_FREE char *body = text_format("{\"pagerduty\":%s}", changes);

    cJSON_Delete(sandbox_post(&sandbox, "world", body));
}

/* A sandbox and a receiver of its own: over a reset, a webhook that is on its way still arrives. */
static int fresh(void **state)
{
    (void)start(state);
    change("{\"retry_ms\":10,\"timeout_ms\":60000}"); /* a slow machine is no fault of opsgate's */
    return 0;
}

static cJSON *pagerduty_state(void)
{
    AUTO_JSON cJSON *state = sandbox_get(&sandbox, "state?messages=0");

    return json_copy(tree_get(state, "pagerduty"));
}

static void ask(const char *method, const char *path, const char *from, const char *body, struct answer *answer)
{
    AUTO_FREE char *full = text_format("/pagerduty%s", path);

    sandbox_ask(&sandbox,
                &(struct ask){ .method = method,
                               .path = full,
                               .type = body ? "application/json" : NULL,
                               .authorization = KEY,
                               .header = from,
                               .body = body },
                answer);
}

static int status_of(const char *method, const char *path, const char *body)
{
    AUTO_ANSWER struct answer answer;

    ask(method, path, ANN, body, &answer);
    return answer.status;
}

/* Until so many webhooks have been settled, one way or another. */
static cJSON *wait_delivered(int count)
{
    for (int i = 0; i < TRIES_MAX; i++) {
        AUTO_JSON cJSON *state = pagerduty_state();

        if (cJSON_GetArraySize(tree_get(state, "delivered")) >= count)
            return TAKE(state);
        nanosleep(&(struct timespec){ .tv_nsec = AGAIN_NS }, NULL);
    }
    fail_msg("%d webhooks were never settled", count);
    return NULL;
}

static cJSON *body_of(const cJSON *received)
{
    cJSON *json = NULL;
    struct error err;

    if (!json_parse(str_of(tree_text(received, "body")), &json, &err))
        fail_msg("no JSON: %s", err.message);
    return json;
}

static const char *type_of(const cJSON *received, char *text, size_t room)
{
    AUTO_JSON cJSON *body = body_of(received);

    (void)snprintf(text, room, "%s", tree_text_or(tree_get(body, "event"), "event_type", ""));
    return text;
}

static void assert_type(const cJSON *received, int i, const char *type)
{
    char text[80];

    assert_string_equal(type_of(cJSON_GetArrayItem(received, i), text, sizeof text), type);
}

/* ---- refusals: every row is one request ---- */

#define INCIDENT "/incidents/PINC000042"

/* clang-format off */
static const struct row {
    const char *name;
    const char *method, *path, *authorization, *from, *body;
    int status;
    const char *says;
} rows[] = {
    { "no key", "GET", "/incidents", NULL, NULL, NULL, 401, "2006" },
    { "another key", "GET", "/incidents", "Token token=nope", NULL, NULL, 401, "2006" },
    { "a key in another form", "GET", "/incidents", "Bearer pd-sandbox", NULL, NULL, 401, "2006" },
    { "a key that may read, and writes", "PUT", INCIDENT, READ_KEY, ANN, ACKNOWLEDGE, 403, "2010" },
    { "a key that may read", "GET", INCIDENT, READ_KEY, NULL, NULL, 200, "\"triggered\"" },
    { "no such path", "GET", "/nothing", KEY, NULL, NULL, 404, "2100" },
    { "another method", "DELETE", INCIDENT, KEY, ANN, NULL, 404, "2100" },
    { "no such incident", "GET", "/incidents/PNOPE", KEY, NULL, NULL, 404, "2100" },
    { "an incident by its number", "GET", "/incidents/42", KEY, NULL, NULL, 200, "PINC000042" },
    { "a page too far", "GET", "/incidents?offset=9990&limit=100", KEY, NULL, NULL, 400, "10000" },
    { "a limit that is no number", "GET", "/incidents?limit=x", KEY, NULL, NULL, 400, "2001" },
    { "open ones", "GET", "/incidents?statuses%5B%5D=acknowledged&statuses%5B%5D=triggered", KEY, NULL, NULL, 200,
      "PINC000042" },
    { "those of another service", "GET", "/incidents?service_ids%5B%5D=PSVC002", KEY, NULL, NULL, 200,
      "\"incidents\":[]" },
    { "a write without From", "PUT", INCIDENT, KEY, NULL, ACKNOWLEDGE, 400, "From header" },
    { "a write From nobody", "PUT", INCIDENT, KEY, "From: nobody@example.com", ACKNOWLEDGE, 400, "1008" },
    { "a write without its root", "PUT", INCIDENT, KEY, ANN, "{\"status\":\"acknowledged\"}", 400, "2001" },
    { "no JSON", "PUT", INCIDENT, KEY, ANN, "status=x", 400, "Invalid JSON" },
    { "a status that there is not", "PUT", INCIDENT, KEY, ANN,
      "{\"incident\":{\"type\":\"incident\",\"status\":\"closed\"}}", 400, "1003" },
    { "assigned to nobody", "PUT", INCIDENT, KEY, ANN,
      "{\"incident\":{\"type\":\"incident\",\"assignments\":[{\"assignee\":{\"id\":\"PNOPE\"}}]}}", 400, "1007" },
    { "an incident without a service", "POST", "/incidents", KEY, ANN,
      "{\"incident\":{\"type\":\"incident\",\"title\":\"x\"}}", 400, "2001" },
    { "an incident", "POST", "/incidents", KEY, ANN, NEW_INCIDENT(""), 201, "\"triggered\"" },
    { "a note without a text", "POST", INCIDENT "/notes", KEY, ANN, "{\"note\":{}}", 400, "2001" },
    { "a subscription without events", "POST", "/webhook_subscriptions", KEY, NULL, NEW_SUBSCRIPTION(""), 400, "2001" },
    { "a secret is told once", "POST", "/webhook_subscriptions", KEY, NULL,
      NEW_SUBSCRIPTION(",\"events\":[\"incident.triggered\"],\"filter\":{\"type\":\"account_reference\"}"), 201,
      "\"secret\":\"" },
    { "and never again", "GET", "/webhook_subscriptions/PSUB001", KEY, NULL, NULL, 200, "\"secret\":null" },
    { "who is on call", "GET", "/schedules/PSCHED1/users?since=2026-11-20T10:00:00Z&until=2026-11-20T10:00:01Z", KEY,
      NULL, NULL, 200, "\"email\":\"ann@example.com\"" },
    { "who is on call in a time that ends before it begins", "GET",
      "/schedules/PSCHED1/users?since=2026-11-20T10:00:01Z&until=2026-11-20T10:00:00Z", KEY, NULL, NULL, 400, "2001" },
    { "who is on call by no schedule", "GET", "/schedules/PNOPE/users", KEY, NULL, NULL, 404, "2100" },
    { "on-calls of one schedule", "GET", "/oncalls?schedule_ids%5B%5D=PSCHED1", KEY, NULL, NULL, 200,
      "\"type\":\"user_reference\"" },
    { "with the users whole", "GET", "/oncalls?schedule_ids%5B%5D=PSCHED1&include%5B%5D=users&limit=1", KEY, NULL, NULL,
      200, "\"more\":true" },
    { "on-calls of another schedule", "GET", "/oncalls?schedule_ids%5B%5D=PNOPE", KEY, NULL, NULL, 200,
      "\"oncalls\":[]" },
    { "on-calls of one policy: above the schedule Bob", "GET", "/oncalls?escalation_policy_ids%5B%5D=PPOL001", KEY, NULL, NULL,
      200, "\"schedule\":null,\"escalation_level\":2" },
    { "on-calls of no policy", "GET", "/oncalls?escalation_policy_ids%5B%5D=PNOPE", KEY, NULL, NULL, 200, "\"oncalls\":[]" },
    { "a service, with its policy", "GET", "/services/PSVC001", KEY, NULL, NULL, 200, "\"escalation_policy\":{\"id\":\"PPOL001\"" },
    { "no such service", "GET", "/services/PNOPE", KEY, NULL, NULL, 404, "2100" },
    { "a user by an address", "GET", "/users?query=BOB%40example.com", KEY, NULL, NULL, 200, "\"email\":\"bob@example.com\"" },
    { "nobody of that address", "GET", "/users?query=eve%40example.com", KEY, NULL, NULL, 200, "\"users\":[]" },
    { "a user", "GET", "/users/PUSER01", KEY, NULL, NULL, 200, "\"name\":\"Ann Example\"" },
    { "no such user", "GET", "/users/PNOPE", KEY, NULL, NULL, 404, "2100" },
    { "priorities, from worst to least", "GET", "/priorities", KEY, NULL, NULL, 200, "\"name\":\"P1\"" },
    { "a new one with a priority by its name", "POST", "/incidents", KEY, ANN, NEW_INCIDENT(",\"priority\":\"P1\""), 400, "2001" },
    { "a new one to a user and a policy", "POST", "/incidents", KEY, ANN,
      NEW_INCIDENT(",\"assignments\":[],\"escalation_policy\":{\"id\":\"PPOL001\"}"), 400, "2001" },
    { "those made since", "GET", "/incidents?since=2100-01-01T00%3A00%3A00Z", KEY, NULL, NULL, 200, "\"incidents\":[]" },
    { "to a level", "PUT", INCIDENT, KEY, ANN, LEVEL("2"), 200, "PUSER02" },
    { "to a level where nobody is", "PUT", INCIDENT, KEY, ANN, LEVEL("3"), 400, "1015" },
    { "snoozed before it is acknowledged", "POST", INCIDENT "/snooze", KEY, ANN, "{\"duration\":60}", 400, "1012" },
    { "snoozed for no time", "POST", INCIDENT "/snooze", KEY, ANN, "{\"duration\":0}", 400, "1013" },
    { "a status update", "POST", INCIDENT "/status_updates", KEY, ANN, "{\"message\":\"on it\"}", 200, "\"message\":\"on it\"" },
    { "a status update that is wrapped", "POST", INCIDENT "/status_updates", KEY, ANN,
      "{\"status_update\":{\"message\":\"on it\"}}", 400, "2001" },
    { "a status update From nobody", "POST", INCIDENT "/status_updates", KEY, NULL, "{\"message\":\"on it\"}", 400, "From header" },
    { "an alert", "POST", "/v2/enqueue", NULL, NULL, ALERT("trigger", "\"critical\""), 202, "\"dedup_key\":\"k1\"" },
    { "an alert with another key", "POST", "/v2/enqueue", NULL, NULL, "{\"routing_key\":\"x\"}", 400, "Invalid routing key" },
    { "an alert of no severity", "POST", "/v2/enqueue", NULL, NULL, ALERT("trigger", "\"bad\""), 400, "payload.severity" },
    { "an alert that does nothing", "POST", "/v2/enqueue", NULL, NULL, ALERT("close", "\"info\""), 400, "event_action" },
    { "a change", "POST", "/v2/change/enqueue", NULL, NULL, CHANGE("\"x\"", "\"2026-01-02T03:04:05Z\""), 202, "Change event processed" },
    { "a change has no key to find it by", "POST", "/v2/change/enqueue", NULL, NULL, CHANGE("\"x\"", "null"), 202, "\"success\"" },
    { "a change with another key", "POST", "/v2/change/enqueue", NULL, NULL, "{\"routing_key\":\"R1\",\"payload\":{\"summary\":\"x\"}}", 400,
      "Invalid routing key" },
    { "a change without a summary", "POST", "/v2/change/enqueue", NULL, NULL, CHANGE("null", "null"), 400, "payload.summary" },
    { "a change at no time", "POST", "/v2/change/enqueue", NULL, NULL, CHANGE("\"x\"", "\"today\""), 400, "payload.timestamp" },
    { "changes are told, not asked for", "GET", "/v2/change/enqueue", NULL, NULL, NULL, 405, "POST" },
    { "no such subscription", "POST", "/webhook_subscriptions/PNOPE/enable", KEY, NULL, NULL, 404, "2100" },
};
/* clang-format on */

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_FREE char *full = text_format("/pagerduty%s", row->path);
    AUTO_ANSWER struct answer answer;

    cJSON_Delete(sandbox_post(&sandbox, "reset", "{}"));
    change("{\"incident\":{\"title\":\"api is down\"}}"); /* PINC000042 */
    sandbox_ask(&sandbox,
                &(struct ask){ .method = row->method,
                               .path = full,
                               .type = row->body ? "application/json" : NULL,
                               .authorization = row->authorization,
                               .header = row->from,
                               .body = row->body },
                &answer);
    assert_int_equal(answer.status, row->status);
    if (!strstr(answer.body, row->says))
        fail_msg("no %s in %s", row->says, answer.body);
}

/* ---- webhooks ---- */

static void a_webhook_is_signed_and_says_whose_it_is(void **state)
{
    AUTO_JSON cJSON *received = NULL, *body = NULL;
    const cJSON *first = NULL, *event = NULL;
    AUTO_FREE char *signature = NULL;
    struct str text;

    (void)state;
    change("{\"subscription\":{\"id\":\"PSUB001\",\"custom_headers\":[{\"name\":\"X-Custom\",\"value\":\"7\"}]},"
           "\"incident\":{\"title\":\"api is down\",\"priority\":\"P1\"}}");
    received = webhook_receiver_wait(opsgate, 1);
    first = received->child;
    text = str_of(tree_text(first, "body"));
    signature = text_format("v1=%s", digest_hex(digest_hmac(str_of(SECRET), &text, 1)).text);
    assert_string_equal(tree_text(first, "signature"), signature);
    assert_string_equal(tree_text(first, "path"), "/pagerduty/webhook");
    assert_string_equal(tree_text(first, "type"), "application/json");
    assert_string_equal(tree_text(first, "agent"), "PagerDuty-Webhook/V3.0");
    assert_string_equal(tree_text(first, "subscription"), "PSUB001");
    assert_string_equal(tree_text(first, "custom"), "7");
    assert_non_null(tree_text(first, "id"));
    body = body_of(first);
    event = tree_get(body, "event");
    assert_string_equal(tree_text(event, "event_type"), "incident.triggered");
    assert_string_equal(tree_text(event, "resource_type"), "incident");
    assert_true(cJSON_IsNull(tree_get(event, "agent")));
    assert_int_equal(tree_int(tree_get(event, "data"), "number", 0), 42);
    assert_string_equal(tree_text(tree_get(tree_get(event, "data"), "priority"), "summary"), "P1");
    assert_string_equal(tree_text(tree_get(tree_get(event, "data"), "assignees")->child, "id"), "PUSER01");
}

static void while_a_secret_is_rotated_there_are_two_signatures(void **state)
{
    AUTO_JSON cJSON *received = NULL;
    AUTO_FREE char *signature = NULL;
    struct str text;

    (void)state;
    change("{\"rotate\":{\"id\":\"PSUB001\",\"secret\":\"new\"},\"incident\":{}}");
    received = webhook_receiver_wait(opsgate, 1);
    text = str_of(tree_text(received->child, "body"));
    signature = text_format("v1=%s,v1=%s", digest_hex(digest_hmac(str_of("new"), &text, 1)).text,
                            digest_hex(digest_hmac(str_of(SECRET), &text, 1)).text);
    assert_string_equal(tree_text(received->child, "signature"), signature);
}

static void what_people_and_callers_do_is_told(void **state)
{
    static const char *const types[] = { "incident.triggered", "incident.acknowledged", "incident.reassigned",
                                         "incident.annotated", "incident.resolved",     "incident.reopened",
                                         "incident.delegated" };
    AUTO_JSON cJSON *received = NULL, *body = NULL;

    (void)state;
    change("{\"incident\":{}}");
    assert_int_equal(status_of("PUT", INCIDENT, ACKNOWLEDGE), 200);
    assert_int_equal(status_of("PUT", INCIDENT, ACKNOWLEDGE), 400); /* it is already */
    change("{\"act\":{\"incident\":\"PINC000042\",\"by\":\"PUSER02\",\"assignments\":[{\"assignee\":{\"id\":"
           "\"PUSER02\"}}]}}");
    assert_int_equal(status_of("POST", INCIDENT "/notes", NOTE), 200);
    assert_int_equal(status_of("PUT", INCIDENT, RESOLVE), 200);
    assert_int_equal(status_of("PUT", INCIDENT, ACKNOWLEDGE), 200); /* a late one reopens it */
    change("{\"act\":{\"incident\":\"42\",\"escalation_policy\":{\"id\":\"PPOL002\"}}}");
    received = webhook_receiver_wait(opsgate, (int)ARRAY_LEN(types));
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        assert_type(received, (int)i, types[i]);
    body = body_of(cJSON_GetArrayItem(received, 2));
    assert_string_equal(tree_text(tree_get(tree_get(body, "event"), "agent"), "id"), "PUSER02");
}

static cJSON *incident_now(void)
{
    AUTO_JSON cJSON *now = pagerduty_state();

    return json_copy(cJSON_GetArrayItem(tree_get(now, "incidents"), 0));
}

/* What no webhook tells, and REST does. */
static void who_acknowledged_it_and_when_it_changed_is_known(void **state)
{
    AUTO_JSON cJSON *first = NULL, *acknowledged = NULL, *resolved = NULL;

    (void)state;
    change("{\"incident\":{}}");
    first = incident_now();
    assert_string_equal(tree_text(first, "last_status_change_at"), tree_text(first, "created_at"));
    change("{\"advance_ms\":60000}");
    assert_int_equal(status_of("PUT", INCIDENT, ACKNOWLEDGE), 200);
    acknowledged = incident_now();
    assert_string_not_equal(tree_text(acknowledged, "last_status_change_at"), tree_text(first, "created_at"));
    assert_string_equal(tree_text(tree_get(acknowledged, "last_status_change_by"), "id"), "PUSER01");
    assert_string_equal(tree_text(tree_get(tree_get(acknowledged, "acknowledgements")->child, "acknowledger"), "id"),
                        "PUSER01");
    assert_int_equal(status_of("PUT", INCIDENT, RESOLVE), 200);
    resolved = incident_now();
    assert_int_equal(cJSON_GetArraySize(tree_get(resolved, "acknowledgements")), 0);
    assert_int_equal(cJSON_GetArraySize(tree_get(resolved, "assignments")), 0);
    assert_non_null(tree_text(resolved, "resolved_at"));
}

static void a_snooze_ends_and_it_is_triggered_again(void **state)
{
    static const char *const types[] = { "incident.triggered", "incident.acknowledged", "incident.escalated",
                                         "incident.status_update_published", "incident.unacknowledged" };
    AUTO_JSON cJSON *received = NULL;

    (void)state;
    change("{\"incident\":{}}");
    assert_int_equal(status_of("PUT", INCIDENT, ACKNOWLEDGE), 200);
    assert_int_equal(status_of("PUT", INCIDENT, LEVEL("2")), 200);
    assert_int_equal(status_of("POST", INCIDENT "/snooze", "{\"duration\":3600}"), 201);
    change("{\"act\":{\"incident\":\"42\",\"by\":\"PUSER02\",\"update\":\"We watch.\"},\"advance_ms\":3600000}");
    received = webhook_receiver_wait(opsgate, (int)ARRAY_LEN(types));
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        assert_type(received, (int)i, types[i]);
}

/* The Events API: an alert opens one incident, however often it comes, and its end resolves it. */
static void an_alert_opens_one_incident_and_ends_it(void **state)
{
    AUTO_JSON cJSON *now = NULL, *again = NULL;

    (void)state;
    for (int i = 0; i < 2; i++)
        assert_int_equal(status_of("POST", "/v2/enqueue", ALERT("trigger", "\"warning\"")), 202);
    now = pagerduty_state();
    assert_int_equal(cJSON_GetArraySize(tree_get(now, "incidents")), 1);
    assert_string_equal(tree_text(tree_get(now, "incidents")->child, "incident_key"), "k1");
    assert_string_equal(tree_text(tree_get(now, "incidents")->child, "urgency"), "low");
    assert_int_equal(status_of("POST", "/v2/enqueue", ALERT("resolve", "null")), 202);
    assert_int_equal(status_of("POST", "/v2/enqueue", ALERT("acknowledge", "null")), 202); /* of nothing: no word */
    again = incident_now();
    assert_string_equal(tree_text(again, "status"), "resolved");
}

static void what_is_not_taken_now_comes_again_and_what_is_behind_it_waits(void **state)
{
    static const int answers[] = { 503, 429, 500, 0 };
    AUTO_JSON cJSON *received = NULL, *done = NULL;

    (void)state;
    webhook_receiver_answers(opsgate, answers, 202);
    change("{\"incident\":{}}");
    assert_int_equal(status_of("PUT", INCIDENT, ACKNOWLEDGE), 200);
    received = webhook_receiver_wait(opsgate, 5);
    for (int i = 0; i < 4; i++) {
        assert_type(received, i, "incident.triggered");
        assert_string_equal(tree_text(cJSON_GetArrayItem(received, i), "id"), tree_text(received->child, "id"));
        assert_string_equal(tree_text(cJSON_GetArrayItem(received, i), "body"), tree_text(received->child, "body"));
    }
    assert_type(received, 4, "incident.acknowledged");
    assert_string_not_equal(tree_text(cJSON_GetArrayItem(received, 4), "id"), tree_text(received->child, "id"));
    done = wait_delivered(2);
    assert_int_equal(tree_int(tree_get(done, "delivered")->child, "tries", 0), 4);
}

static void one_incident_does_not_wait_for_another(void **state)
{
    AUTO_JSON cJSON *received = NULL, *state_now = NULL;

    (void)state;
    webhook_receiver_answers(opsgate, NULL, 503);
    change("{\"retry_ms\":3600000,\"incident\":[{},{},{}]}");
    received = webhook_receiver_wait(opsgate, 3);
    assert_int_equal(cJSON_GetArraySize(received), 3);
    state_now = pagerduty_state();
    assert_int_equal(cJSON_GetArraySize(tree_get(state_now, "waiting")), 3);
}

static void an_answer_that_takes_too_long_is_none(void **state)
{
    static const int answers[] = { -1, 0 };
    AUTO_JSON cJSON *received = NULL, *done = NULL;

    (void)state;
    webhook_receiver_answers(opsgate, answers, 202);
    webhook_receiver_stall(opsgate, 3000);
    change("{\"timeout_ms\":300,\"incident\":{}}");
    received = webhook_receiver_wait(opsgate, 2);
    change("{\"timeout_ms\":60000}");
    assert_string_equal(tree_text(cJSON_GetArrayItem(received, 1), "id"), tree_text(received->child, "id"));
    done = wait_delivered(1);
    assert_true(tree_int(tree_get(done, "delivered")->child, "tries", 0) >= 2); /* a slow machine may need more */
}

/* ---- silence ---- */

static bool is_silent(void)
{
    AUTO_ANSWER struct answer answer;

    ask("GET", "/webhook_subscriptions/PSUB001", NULL, NULL, &answer);
    return tree_true(tree_get(tree_get(answer.json, "webhook_subscription"), "delivery_method"),
                     "temporarily_disabled");
}

/* Three webhooks in a row that were answered 4xx. */
static void make_silent(void)
{
    webhook_receiver_answers(opsgate, NULL, 401);
    for (int i = 1; i <= 3; i++) {
        change("{\"incident\":{}}");
        cJSON_Delete(wait_delivered(i));
    }
    assert_true(is_silent());
    webhook_receiver_answers(opsgate, NULL, 202);
}

static void three_refused_in_a_row_and_it_is_silent_for_a_day(void **state)
{
    AUTO_JSON cJSON *received = NULL, *done = NULL;

    (void)state;
    make_silent();
    change("{\"incident\":{\"title\":\"nobody hears of it\"}}");
    change("{\"advance_ms\":86340000}"); /* a day but for a minute, in which time goes on here as well */
    assert_true(is_silent());
    change("{\"incident\":{\"title\":\"nor of this\"}}");
    change("{\"advance_ms\":60000}");
    assert_false(is_silent());
    change("{\"incident\":{\"title\":\"it is over\"}}");
    received = webhook_receiver_wait(opsgate, 1);
    assert_non_null(strstr(tree_text(received->child, "body"), "it is over"));
    done = wait_delivered(4);
    assert_int_equal(cJSON_GetArraySize(tree_get(done, "delivered")), 4);
}

static void one_that_is_taken_ends_the_row(void **state)
{
    static const int answers[] = { 401, 404, 202, 400, 410, 0 };

    (void)state;
    webhook_receiver_answers(opsgate, answers, 202);
    for (int i = 1; i <= 5; i++) {
        change("{\"incident\":{}}");
        cJSON_Delete(wait_delivered(i));
    }
    assert_false(is_silent());
}

static void its_queue_is_lost_with_it(void **state)
{
    static const int answers[] = { 503, 400, 400, 400, 0 };
    AUTO_JSON cJSON *received = NULL, *done = NULL;

    (void)state;
    webhook_receiver_answers(opsgate, answers, 202);
    change("{\"retry_ms\":3600000,\"incident\":{}}"); /* waits for an hour */
    cJSON_Delete(webhook_receiver_wait(opsgate, 1));
    for (int i = 1; i <= 3; i++) {
        change("{\"incident\":{}}");
        done = (cJSON_Delete(done), wait_delivered(i));
    }
    assert_int_equal(cJSON_GetArraySize(tree_get(done, "waiting")), 0);
    received = webhook_receiver_wait(opsgate, 4);
    assert_int_equal(cJSON_GetArraySize(received), 4);
}

static void enabled_again_it_speaks_again(void **state)
{
    AUTO_JSON cJSON *received = NULL;

    (void)state;
    make_silent();
    assert_int_equal(status_of("POST", "/webhook_subscriptions/PSUB001/enable", NULL), 200);
    assert_false(is_silent());
    assert_int_equal(status_of("POST", "/webhook_subscriptions/PSUB001/ping", NULL), 202);
    received = webhook_receiver_wait(opsgate, 1);
    assert_type(received, 0, "pagey.ping");
}

static void after_two_days_it_is_tried_no_more(void **state)
{
    AUTO_JSON cJSON *done = NULL;

    (void)state;
    webhook_receiver_answers(opsgate, NULL, 503);
    change("{\"retry_ms\":20,\"incident\":{}}");
    cJSON_Delete(webhook_receiver_wait(opsgate, 2));
    change("{\"advance_ms\":172800000}");
    done = wait_delivered(1);
    assert_string_equal(tree_text(tree_get(done, "delivered")->child, "outcome"), "dropped");
}

/* ---- several who are told ---- */

static void each_subscription_is_told_what_it_asked_for(void **state)
{
    AUTO_JSON cJSON *received = NULL;
    int ours = 0;

    (void)state;
    change(
        "{\"subscription\":[{\"id\":\"PSUB002\",\"url\":\"http://127.0.0.1:9/never\",\"events\":[\"incident.resolved\"]},"
        "{\"id\":\"PSUB003\",\"url\":\"http://127.0.0.1:9/never\",\"filter\":{\"type\":\"service_reference\",\"id\":"
        "\"PSVC002\"}},{\"id\":\"PSUB004\",\"url\":\"http://127.0.0.1:9/never\",\"active\":false}]}");
    change("{\"incident\":{\"service\":\"PSVC001\"}}");
    change("{\"event\":{\"type\":\"service.updated\",\"data\":{\"id\":\"PSVC001\",\"type\":\"service\"}}}");
    received = webhook_receiver_wait(opsgate, 2);
    JSON_EACH(one, received)
        ours += tree_has_text(one, "subscription", "PSUB001");
    assert_int_equal(ours, 2);
    AUTO_JSON cJSON *now = wait_delivered(2);
    assert_int_equal(cJSON_GetArraySize(tree_get(now, "waiting")), 0); /* nobody else is told */
}

static void two_subscriptions_tell_the_same_event(void **state)
{
    AUTO_JSON cJSON *received = NULL, *one = NULL, *other = NULL;
    AUTO_FREE char *wanted =
        text_format("{\"subscription\":{\"id\":\"PSUB002\",\"url\":\"%s/other\",\"secret\":\"s2\"},\"incident\":{}}",
                    webhook_receiver_url(opsgate));

    (void)state;
    change(wanted);
    received = webhook_receiver_wait(opsgate, 2);
    one = body_of(received->child);
    other = body_of(received->child->next);
    assert_string_not_equal(tree_text(received->child, "id"), tree_text(received->child->next, "id"));
    assert_string_not_equal(tree_text(received->child, "signature"), tree_text(received->child->next, "signature"));
    assert_string_equal(tree_text(tree_get(one, "event"), "id"), tree_text(tree_get(other, "event"), "id"));
}

static void a_new_service_can_be_paged(void **state)
{
    AUTO_JSON cJSON *received = NULL, *body = NULL;

    (void)state;
    change("{\"service\":{\"id\":\"PSVC009\",\"name\":\"search\"},\"incident\":{\"service\":\"PSVC009\"}}");
    received = webhook_receiver_wait(opsgate, 1);
    body = body_of(received->child);
    assert_string_equal(tree_text(tree_get(tree_get(tree_get(body, "event"), "data"), "service"), "id"), "PSVC009");
}

/* ---- limits, faults, changes ---- */

static void too_many_calls_are_told_when_to_come_again(void **state)
{
    AUTO_ANSWER struct answer answer;

    (void)state;
    change("{\"rate_left\":1}");
    assert_int_equal(status_of("GET", "/incidents", NULL), 200);
    ask("GET", "/incidents", NULL, NULL, &answer);
    assert_int_equal(answer.status, 429);
    assert_non_null(strstr(answer.headers, "ratelimit-reset: 1"));
    change("{\"rate_left\":null}");
    assert_int_equal(status_of("GET", "/incidents", NULL), 200);
}

static void it_has_faults_on_demand(void **state)
{
    AUTO_ANSWER struct answer answer;

    (void)state;
    cJSON_Delete(sandbox_post(&sandbox, "faults",
                              "{\"service\":\"pagerduty\",\"match\":\"/enable\",\"fault\":\"status\",\"value\":429}"));
    ask("POST", "/webhook_subscriptions/PSUB001/enable", NULL, NULL, &answer);
    assert_int_equal(answer.status, 429);
    assert_non_null(strstr(answer.body, "2020"));
    assert_int_equal(status_of("POST", "/webhook_subscriptions/PSUB001/enable", NULL), 200);
}

static void wrong_wishes_are_refused(void **state)
{
    static const char *const wishes[] = { "7",
                                          "{\"nonsense\":1}",
                                          "{\"advance_ms\":-1}",
                                          "{\"advance_ms\":\"x\"}",
                                          "{\"rotate\":{\"id\":\"PNOPE\",\"secret\":\"x\"}}",
                                          "{\"subscription\":{}}",
                                          "{\"act\":{\"incident\":\"PNOPE\"}}",
                                          "{\"levels\":{\"policy\":\"PPOL001\",\"levels\":[[\"PNOPE\"]]}}",
                                          "{\"service\":{\"id\":\"PSVC001\"}}",
                                          "{\"event\":{\"type\":\"x\"}}" };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wishes); i++) {
        AUTO_FREE char *body = text_format("{\"pagerduty\":%s}", wishes[i]);
        AUTO_ANSWER struct answer answer;

        sandbox_ask(&sandbox, &(struct ask){ .method = "POST", .path = "/_sandbox/world", .body = body }, &answer);
        assert_int_equal(answer.status, 400);
    }
}

static void a_new_world_forgets_what_was_on_its_way(void **state)
{
    AUTO_JSON cJSON *now = NULL;

    (void)state;
    webhook_receiver_answers(opsgate, NULL, 503);
    change("{\"incident\":[{},{}]}");
    cJSON_Delete(webhook_receiver_wait(opsgate, 2));
    cJSON_Delete(sandbox_post(&sandbox, "reset", "{}"));
    now = pagerduty_state();
    assert_int_equal(cJSON_GetArraySize(tree_get(now, "waiting")), 0);
    assert_int_equal(cJSON_GetArraySize(tree_get(now, "delivered")), 0);
}

#define TOLD(test) cmocka_unit_test_setup_teardown(test, fresh, stop)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TOLD(a_webhook_is_signed_and_says_whose_it_is),
        TOLD(while_a_secret_is_rotated_there_are_two_signatures),
        TOLD(what_people_and_callers_do_is_told),
        TOLD(who_acknowledged_it_and_when_it_changed_is_known),
        TOLD(a_snooze_ends_and_it_is_triggered_again),
        TOLD(an_alert_opens_one_incident_and_ends_it),
        TOLD(what_is_not_taken_now_comes_again_and_what_is_behind_it_waits),
        TOLD(one_incident_does_not_wait_for_another),
        TOLD(an_answer_that_takes_too_long_is_none),
        TOLD(three_refused_in_a_row_and_it_is_silent_for_a_day),
        TOLD(one_that_is_taken_ends_the_row),
        TOLD(its_queue_is_lost_with_it),
        TOLD(enabled_again_it_speaks_again),
        TOLD(after_two_days_it_is_tried_no_more),
        TOLD(each_subscription_is_told_what_it_asked_for),
        TOLD(two_subscriptions_tell_the_same_event),
        TOLD(a_new_service_can_be_paged),
        TOLD(too_many_calls_are_told_when_to_come_again),
        TOLD(it_has_faults_on_demand),
        TOLD(wrong_wishes_are_refused),
        TOLD(a_new_world_forgets_what_was_on_its_way),
    };
    struct CMUnitTest refusals[ARRAY_LEN(rows)];

    if (argc != 2)
        return 2;
    program = argv[1];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        refusals[i] = (struct CMUnitTest){ .name = rows[i].name,
                                           .test_func = check_row,
                                           .initial_state = (void *)(uintptr_t)&rows[i] };
    return cmocka_run_group_tests_name("refusals", refusals, start, stop) +
           cmocka_run_group_tests_name("webhooks", tests, NULL, NULL);
}
