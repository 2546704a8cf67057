/* The sandbox's public status page: what its API refuses, and what becomes of what is told. */
#include "process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define KEY "OAuth sp-sandbox"
#define PAGE "/v1/pages/sandboxpage"
#define INCIDENT PAGE "/incidents/inc000000001"
#define NEW(more) "{\"incident\":{\"name\":\"Slow\",\"body\":\"We look.\"" more "}}"
#define PLANNED(from, until)                                                                                           \
    ",\"scheduled_for\":\"2026-11-25T" from ":00:00Z\",\"scheduled_until\":\"2026-11-25T" until ":00:00Z\""
#define OURS ",\"metadata\":{\"opsgate\":{\"operation\":\"b-1\"}}"
#define BROKEN ",\"component_ids\":[\"cmpapi000001\"],\"components\":{\"cmpapi000001\":\"major_outage\"}"

static const char *program;
static struct sandbox sandbox;

static int start(void **state)
{
    (void)state;
    sandbox_start(&sandbox, program, "http://127.0.0.1:9");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return sandbox_stop(&sandbox);
}

static void ask(const char *method, const char *path, const char *key, const char *body, struct answer *answer)
{
    AUTO_FREE char *full = text_format("/statuspage%s", path);

    sandbox_ask(&sandbox,
                &(struct ask){ .method = method,
                               .path = full,
                               .type = body ? "application/json" : NULL,
                               .authorization = key,
                               .body = body },
                answer);
}

static void tell(const char *method, const char *path, const char *body, int status)
{
    AUTO_ANSWER struct answer answer;

    ask(method, path, KEY, body, &answer);
    assert_int_equal(answer.status, status);
}

static int fresh(void **state)
{
    (void)state;
    cJSON_Delete(sandbox_post(&sandbox, "reset", "{}"));
    return 0;
}

/* clang-format off */
static const struct row {
    const char *name, *method, *path, *key, *body;
    int status;
    const char *says;
} rows[] = {
    { "no key", "GET", PAGE "/incidents", NULL, NULL, 401, "Could not authenticate" },
    { "a key in another form", "GET", PAGE "/incidents", "Bearer sp-sandbox", NULL, 401, "Could not authenticate" },
    { "another page", "GET", "/v1/pages/other/incidents", KEY, NULL, 404, "Not found" },
    { "no version", "GET", "/pages/sandboxpage/incidents", KEY, NULL, 404, "Not found" },
    { "no such incident", "GET", PAGE "/incidents/nope", KEY, NULL, 404, "Not found" },
    { "another method", "DELETE", INCIDENT, KEY, NULL, 404, "Not found" },
    { "components", "GET", PAGE "/components", KEY, NULL, 200, "cmpapi000001" },
    { "all", "GET", PAGE "/incidents", KEY, NULL, 200, "inc000000001" },
    { "one", "GET", INCIDENT, KEY, NULL, 200, "\"investigating\"" },
    { "unresolved ones tell their metadata", "GET", PAGE "/incidents/unresolved", KEY, NULL, 200, "\"operation\":\"b-1\"" },
    { "a new one", "POST", PAGE "/incidents", KEY, NEW(BROKEN), 201, "\"status\":\"major_outage\"" },
    { "without a name", "POST", PAGE "/incidents", KEY, "{\"incident\":{\"body\":\"x\"}}", 422, "Name" },
    { "without its root", "POST", PAGE "/incidents", KEY, "{\"name\":\"x\"}", 422, "incident is missing" },
    { "a status that there is not", "POST", PAGE "/incidents", KEY, NEW(",\"status\":\"broken\""), 422, "Status" },
    { "an impact that there is not", "POST", PAGE "/incidents", KEY, NEW(",\"impact_override\":\"huge\""), 422, "Impact" },
    { "another page's component", "POST", PAGE "/incidents", KEY, NEW(",\"components\":{\"x\":\"operational\"}"), 422, "Component" },
    { "metadata that is no map of objects", "POST", PAGE "/incidents", KEY, NEW(",\"metadata\":{\"a\":\"b\"}"), 422, "Metadata" },
    { "maintenance", "POST", PAGE "/incidents", KEY, NEW(PLANNED("22", "23")), 201, "\"scheduled\"" },
    { "that ends before it begins", "POST", PAGE "/incidents", KEY, NEW(PLANNED("23", "22")), 422, "Scheduled until" },
    { "that never ends", "POST", PAGE "/incidents", KEY, NEW(",\"scheduled_for\":\"2026-11-25T22:00:00Z\""), 422, "Scheduled until" },
    { "with the status of an incident", "POST", PAGE "/incidents", KEY, NEW(PLANNED("22", "23") ",\"status\":\"resolved\""), 422, "Status" },
    { "an incident with the status of maintenance", "PATCH", INCIDENT, KEY, "{\"incident\":{\"status\":\"in_progress\"}}", 422, "Status" },
    { "what is scheduled", "GET", PAGE "/incidents/scheduled", KEY, NULL, 200, "[]" },
    { "what is in progress", "GET", PAGE "/incidents/active_maintenance", KEY, NULL, 200, "[]" },
    { "an update", "PATCH", INCIDENT, KEY, "{\"incident\":{\"status\":\"identified\",\"body\":\"Found.\"}}", 200, "Found." },
};
/* clang-format on */

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_ANSWER struct answer answer;

    fresh(NULL);
    tell("POST", PAGE "/incidents", NEW(OURS), 201);
    ask(row->method, row->path, row->key, row->body, &answer);
    assert_int_equal(answer.status, row->status);
    if (!strstr(answer.body, row->says))
        fail_msg("no %s in %s", row->says, answer.body);
}

static cJSON *page_now(void)
{
    AUTO_JSON cJSON *state = sandbox_get(&sandbox, "state?messages=0");

    return json_copy(tree_get(state, "statuspage"));
}

/* As on the real one, what was broken stays so until somebody sets it back. */
static void resolved_does_not_set_components_back(void **state)
{
    AUTO_JSON cJSON *resolved = NULL, *mended = NULL;

    (void)state;
    tell("POST", PAGE "/incidents", NEW(BROKEN), 201);
    tell("PATCH", INCIDENT,
         "{\"incident\":{\"status\":\"resolved\",\"body\":\"Done.\",\"deliver_notifications\":false}}", 200);
    resolved = page_now();
    assert_string_equal(tree_text(tree_get(resolved, "components")->child, "status"), "major_outage");
    assert_int_equal(tree_int(resolved, "mails", 0), 1); /* of the first update alone */
    tell("PATCH", INCIDENT, "{\"incident\":{\"components\":{\"cmpapi000001\":\"operational\"}}}", 200);
    mended = page_now();
    assert_string_equal(tree_text(tree_get(mended, "components")->child, "status"), "operational");
    assert_int_equal(cJSON_GetArraySize(tree_get(tree_get(mended, "incidents")->child, "incident_updates")), 2);
}

static void has_in(const char *path, const char *says)
{
    AUTO_ANSWER struct answer answer;

    ask("GET", path, KEY, NULL, &answer);
    if (!strstr(answer.body, says))
        fail_msg("no %s in %s", says, answer.body);
}

static void maintenance_goes_from_list_to_list(void **state)
{
    (void)state;
    tell("POST", PAGE "/incidents", NEW(PLANNED("22", "23") OURS), 201);
    has_in(PAGE "/incidents/scheduled", "\"operation\":\"b-1\"");
    has_in(PAGE "/incidents/unresolved", "[]");
    tell("PATCH", INCIDENT, "{\"incident\":{\"status\":\"in_progress\",\"body\":\"It begins.\"}}", 200);
    has_in(PAGE "/incidents/scheduled", "[]");
    has_in(PAGE "/incidents/active_maintenance", "\"operation\":\"b-1\"");
    tell("PATCH", INCIDENT, "{\"incident\":{\"status\":\"completed\",\"body\":\"Over.\"}}", 200);
    has_in(PAGE "/incidents/active_maintenance", "[]");
}

static void one_call_a_second_when_it_is_told_to(void **state)
{
    (void)state;
    cJSON_Delete(sandbox_post(&sandbox, "world", "{\"statuspage\":{\"limit_ms\":600000}}"));
    tell("GET", PAGE "/incidents", NULL, 200);
    tell("GET", PAGE "/incidents", NULL, 429);
}

static void somebody_acts_there_by_hand(void **state)
{
    AUTO_JSON cJSON *now = NULL;

    (void)state;
    tell("POST", PAGE "/incidents", NEW(""), 201);
    cJSON_Delete(
        sandbox_post(&sandbox, "world",
                     "{\"statuspage\":{\"component\":{\"id\":\"cmp3\",\"name\":\"Mail\"},\"update\":{\"incident\":"
                     "\"inc000000001\",\"status\":\"resolved\"}}}"));
    now = page_now();
    assert_int_equal(cJSON_GetArraySize(tree_get(now, "components")), 3);
    assert_string_equal(tree_text(tree_get(now, "incidents")->child, "status"), "resolved");
}

/* It may run for weeks. */
static void no_more_is_kept_than_the_newest(void **state)
{
    AUTO_JSON cJSON *now = NULL;
    const cJSON *incidents = NULL;

    (void)state;
    for (int i = 0; i < 203; i++)
        tell("POST", PAGE "/incidents", NEW(""), 201);
    for (int i = 0; i < 103; i++)
        tell("PATCH", PAGE "/incidents/inc000000405", "{\"incident\":{\"body\":\"On it.\"}}", 200);
    now = page_now();
    incidents = tree_get(now, "incidents");
    assert_int_equal(cJSON_GetArraySize(incidents), 200);
    assert_string_equal(tree_text(incidents->child, "id"), "inc000000405");
    assert_int_equal(cJSON_GetArraySize(tree_get(incidents->child, "incident_updates")), 100);
    tell("GET", INCIDENT, NULL, 404);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(resolved_does_not_set_components_back, fresh),
        cmocka_unit_test_setup(maintenance_goes_from_list_to_list, fresh),
        cmocka_unit_test_setup(one_call_a_second_when_it_is_told_to, fresh),
        cmocka_unit_test_setup(somebody_acts_there_by_hand, fresh),
        cmocka_unit_test_setup(no_more_is_kept_than_the_newest, fresh),
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
           cmocka_run_group_tests_name("tests", tests, start, stop);
}
