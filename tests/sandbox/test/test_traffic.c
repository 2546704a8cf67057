/* Users come, revisions answer, Prometheus counts: what happens over time, and what a private service asks for. */
#include "form.h"
#include "process.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define JSON "application/json; charset=utf-8"
#define FORM "application/x-www-form-urlencoded"
#define ID "api-prod-service"
#define SERVICE "/run/v2/projects/acme/locations/us-central1/services/" ID
#define FIRST ID "-00001-kzt"
#define IMAGE "us-docker.pkg.dev/acme/images/api"
#define IDENTITY "/metadata/computeMetadata/v1/instance/service-accounts/default/identity"
#define PATIENCE_MS 60000

static const char *program;

struct stage {
    struct sandbox sandbox;
    char *token;
};

static void change(const struct stage *stage, const char *changes)
{
    cJSON_Delete(sandbox_post(&stage->sandbox, "world", changes));
}

static int set_up(void **state)
{
    struct stage *stage = xcalloc(1, sizeof *stage);

    sandbox_start(&stage->sandbox, program, "http://127.0.0.1:9");
    stage->token = sandbox_token(&stage->sandbox);
    change(stage, "{\"reconcile_ms\":0,\"metrics\":{\"scrape_ms\":100}}");
    *state = stage;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *stage = *state;
    int status = sandbox_stop(&stage->sandbox);

    free(stage->token);
    free(stage);
    return status;
}

/* ---- looking ---- */

static cJSON *service_state(const struct stage *stage)
{
    AUTO_JSON cJSON *state = sandbox_get(&stage->sandbox, "state");

    return json_copy(tree_find(tree_get(tree_get(state, "run"), "services"), "id", ID));
}

static cJSON *revision_state(const struct stage *stage, const char *name)
{
    AUTO_JSON cJSON *service = service_state(stage);
    const cJSON *revision = tree_find(tree_get(service, "revisions"), "id", name);

    assert_non_null(revision);
    return json_copy(revision);
}

/* The result of a query as of then, checked to be a good answer. NULL: as of now. */
static cJSON *query_at(const struct stage *stage, const char *text, const char *at_s)
{
    AUTO_JSON cJSON *fields = json_object();
    AUTO_ANSWER struct answer answer;

    json_set_string(fields, "query", text);
    if (at_s)
        json_set_string(fields, "time", at_s);
    AUTO_FREE char *form = form_encode(fields);

    sandbox_ask(&stage->sandbox,
                &(struct ask){ .method = "POST", .path = "/prometheus/api/v1/query", .type = FORM, .body = form },
                &answer);
    if (answer.status != 200 || !tree_has_text(answer.json, "status", "success"))
        fail_msg("%d %s", answer.status, answer.body);
    return json_copy(tree_get(tree_get(answer.json, "data"), "result"));
}

static cJSON *query(const struct stage *stage, const char *text)
{
    return query_at(stage, text, NULL);
}

/* The one number of a vector of one; NaN when the result is empty. */
static double number(const struct stage *stage, const char *text)
{
    AUTO_JSON cJSON *result = query(stage, text);
    const cJSON *value = tree_get(result->child, "value");

    assert_true(cJSON_GetArraySize(result) <= 1);
    if (!value)
        return NAN;
    assert_true(cJSON_IsNumber(value->child));
    assert_true(cJSON_IsString(value->child->next));
    return strtod(value->child->next->valuestring, NULL);
}

static void wait_for_at(const struct stage *stage, const char *text, const char *at_s)
{
    const struct timespec pause = { .tv_nsec = 100000000 };

    for (int left_ms = PATIENCE_MS; left_ms > 0; left_ms -= 100) {
        AUTO_JSON cJSON *result = query_at(stage, text, at_s);

        if (cJSON_GetArraySize(result) > 0)
            return;
        nanosleep(&pause, NULL);
    }
    fail_msg("never came true: %s", text);
}

static void wait_for(const struct stage *stage, const char *text)
{
    wait_for_at(stage, text, NULL);
}

/* That revision's state, the caller's, once so many come to it in the second before. */
static cJSON *wait_for_rps(const struct stage *stage, const char *name, double low, double high)
{
    for (int left_ms = PATIENCE_MS; left_ms > 0; left_ms -= 100) {
        AUTO_JSON cJSON *revision = revision_state(stage, name);
        double rps = tree_get(revision, "rps")->valuedouble;

        if (rps >= low && rps <= high)
            return TAKE(revision);
        nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
    }
    fail_msg("never between %g and %g a second", low, high);
    return NULL;
}

static void assert_between(double value, double low, double high)
{
    if (!(value >= low && value <= high))
        fail_msg("%g is not between %g and %g", value, low, high);
}

/* A second revision of another image, without traffic; its name is the caller's. */
static char *deploy(const struct stage *stage)
{
    change(stage, "{\"foreign\":{\"service\":\"" ID "\",\"image\":\"" IMAGE ":v1.4.2\"}}");
    AUTO_JSON cJSON *service = service_state(stage);

    return xstrdup(tree_text(tree_get(service, "revisions")->child, "id"));
}

static void split(const struct stage *stage, const char *canary, int percent)
{
    AUTO_FREE char *changes =
        text_format("{\"foreign\":{\"service\":\"" ID "\",\"split\":{\"" FIRST "\":%d,\"%s\":%d}}}", 100 - percent,
                    canary, percent);

    change(stage, changes);
}

/* ---- users ---- */

static void nobody_comes_unless_told(void **state)
{
    const struct stage *stage = *state;

    wait_for(stage, "up{service=\"" ID "\"}");
    AUTO_JSON cJSON *all = query(stage, "{__name__=~\".+\"}");

    JSON_EACH(element, all) {
        assert_string_equal(tree_text(tree_get(element, "metric"), "__name__"), "up");
    }
}

static void a_split_of_95_to_5_is_what_is_counted(void **state)
{
    const struct stage *stage = *state;
    AUTO_FREE char *canary = deploy(stage);

    split(stage, canary, 5);
    change(stage, "{\"traffic\":{\"service\":\"*\",\"rps\":3000}}");
    wait_for(stage, "sum(http_requests_total{service=\"" ID "\"}) > 12000"); /* so that the rate has a whole window */
    AUTO_FREE char *share =
        text_format("sum(http_requests_total{revision=\"%s\"}) / sum(http_requests_total{service=\"" ID "\"})", canary);

    assert_between(number(stage, share), 0.03, 0.07); /* 3000 draws: 0.05 give or take 0.012 at three sigma */
    /* 3000 a second, once a busy machine, which catches up in lumps, is asked in time */
    wait_for(stage, "sum(rate(http_requests_total{service=\"" ID "\"}[2s])) > 300 < 30000");
    AUTO_JSON cJSON *revision = wait_for_rps(stage, canary, 90, 210); /* 150 a second, give or take 36 */
    AUTO_JSON cJSON *service = service_state(stage);

    assert_between(tree_get(tree_get(revision, "served"), "requests")->valuedouble, 400, 40000);
    assert_int_equal(tree_int(tree_get(revision, "served"), "errors", -1), 0);
    assert_int_equal(tree_int(service, "rps", -1), 3000);
    assert_int_equal(tree_int(tree_get(revision, "behaviour"), "latency_ms", 0), 40);
}

static void errors_and_latency_show_in_the_numbers(void **state)
{
    const struct stage *stage = *state;
    AUTO_FREE char *canary = NULL;

    change(stage, "{\"behaviour\":{\"image\":\"v1.4.2\",\"error_rate\":0.2,\"latency_ms\":400}}");
    canary = deploy(stage);
    split(stage, canary, 50);
    change(stage, "{\"traffic\":{\"service\":\"" ID "\",\"rps\":3000}}");
    AUTO_FREE char *ready = text_format("sum(http_requests_total{revision=\"%s\"}) > 1500", canary);
    AUTO_FREE char *ratio = text_format("(sum(rate(http_requests_total{revision=\"%s\",code=~\"5..\"}[5m])) or "
                                        "vector(0)) / sum(rate(http_requests_total{revision=\"%s\"}[5m]))",
                                        canary, canary);
    AUTO_FREE char *latency = text_format("histogram_quantile(0.95, sum by (revision, le) "
                                          "(rate(http_request_duration_seconds_bucket{revision=\"%s\"}[5m])))",
                                          canary);

    wait_for(stage, ready);
    assert_between(number(stage, ratio), 0.15, 0.25);
    assert_between(number(stage, latency), 0.75, 1.5);
    assert_between(number(stage, "histogram_quantile(0.95, sum by (le) "
                                 "(rate(http_request_duration_seconds_bucket{revision=\"" FIRST "\"}[5m])))"),
                   0.075, 0.15);
    assert_between(number(stage, "histogram_quantile(0.5, sum by (le) "
                                 "(rate(http_request_duration_seconds_bucket{revision=\"" FIRST "\"}[5m])))"),
                   0.025, 0.05);
    assert_true(isnan(number(stage, "sum(http_requests_total{revision=\"" FIRST "\",code=~\"5..\"})")));
    assert_between(number(stage, "sum(http_request_duration_seconds_bucket{le=\"+Inf\"}) - "
                                 "sum(http_request_duration_seconds_count) + sum(http_requests_total) - "
                                 "sum(http_request_duration_seconds_count)"),
                   0, 0);
}

static void errors_may_begin_at_a_share(void **state)
{
    const struct stage *stage = *state;
    AUTO_FREE char *canary = deploy(stage);

    change(stage, "{\"behaviour\":{\"image\":\"v1.4.2\",\"error_rate\":0.5,\"from_percent\":25}}");
    split(stage, canary, 24);
    change(stage, "{\"traffic\":{\"service\":\"" ID "\",\"rps\":1000}}");
    AUTO_FREE char *served = text_format("sum(http_requests_total{revision=\"%s\"}) > 300", canary);
    AUTO_FREE char *failed = text_format("sum(http_requests_total{revision=\"%s\",code=~\"5..\"}) > 10", canary);

    wait_for(stage, served);
    AUTO_JSON cJSON *below = revision_state(stage, canary);

    assert_int_equal(tree_int(tree_get(below, "served"), "errors", -1), 0);
    split(stage, canary, 25);
    wait_for(stage, failed);
}

static void a_restart_does_not_fool_increase(void **state)
{
    const struct stage *stage = *state;

    change(stage, "{\"traffic\":{\"service\":\"" ID "\",\"rps\":500}}");
    wait_for(stage, "sum(http_requests_total) > 500");
    change(stage, "{\"traffic\":{\"service\":\"" ID "\",\"rps\":5},\"restart\":{\"service\":\"" ID "\"}}");
    wait_for(stage, "sum(http_requests_total) < 400");
    assert_between(number(stage, "sum(increase(http_requests_total[1m]))"), 400, 10000);
    change(stage, "{\"traffic\":{\"service\":\"" ID "\",\"rps\":500}}");
    wait_for(stage, "sum(http_requests_total) > 100");
    AUTO_JSON cJSON *revision = revision_state(stage, FIRST);

    assert_true(tree_int(tree_get(revision, "served"), "requests", 0) > 600);
}

static void metrics_that_stand_still_grow_old(void **state)
{
    const struct stage *stage = *state;

    change(stage, "{\"traffic\":{\"service\":\"" ID "\",\"rps\":500}}");
    wait_for(stage, "sum(http_requests_total) > 50");
    change(stage, "{\"metrics\":{\"stale\":true}}");
    double frozen = number(stage, "sum(http_requests_total)");
    const struct timespec pause = { .tv_nsec = 400000000 };

    nanosleep(&pause, NULL);
    assert_between(number(stage, "sum(http_requests_total)"), frozen, frozen);
    change(stage, "{\"metrics\":{\"stale\":false}}");
    AUTO_FREE char *more = text_format("sum(http_requests_total) > %g", frozen);

    wait_for(stage, more);
}

static void who_is_woken_late_has_scraped_in_time(void **state)
{
    const struct stage *stage = *state;
    struct timespec now;

    change(stage, "{\"traffic\":{\"service\":\"" ID "\",\"rps\":100}}");
    wait_for(stage, "count_over_time(http_request_duration_seconds_count{revision=\"" FIRST "\"}[2s]) > 5");
    kill(stage->sandbox.pid, SIGSTOP);
    nanosleep(&(struct timespec){ .tv_sec = 3 }, NULL);
    clock_gettime(CLOCK_REALTIME, &now);
    kill(stage->sandbox.pid, SIGCONT);
    AUTO_FREE char *then_s = text_format("%lld", (long long)now.tv_sec);

    wait_for_at(stage, "count_over_time(http_request_duration_seconds_count{revision=\"" FIRST "\"}[2s]) > 15", then_s);
    wait_for_at(stage, "increase(http_request_duration_seconds_count{revision=\"" FIRST "\"}[2s]) > 150", then_s);
}

static void a_reset_forgets_everything(void **state)
{
    const struct stage *stage = *state;

    change(stage, "{\"traffic\":{\"service\":\"" ID "\",\"rps\":500},\"behaviour\":{\"service\":\"" ID
                  "\",\"error_rate\":1}}");
    wait_for(stage, "http_requests_total{code=\"500\"}");
    cJSON_Delete(sandbox_post(&stage->sandbox, "reset", "{}"));
    assert_true(isnan(number(stage, "sum(http_requests_total)")));
    AUTO_JSON cJSON *service = service_state(stage);

    assert_int_equal(tree_int(service, "rps", -1), 0);
}

static void what_always_holds_is_there_after_a_reset(void **state)
{
    const struct stage *stage = *state;

    change(stage, "{\"always\":{\"service\":{\"id\":\"one-more\"}}}");
    change(stage, "{\"always\":{\"traffic\":{\"service\":\"*\",\"rps\":20}}}");
    change(stage, "{\"always\":{\"github\":{\"hook\":{\"secret\":\"s\"}}},\"latency_ms\":1}");
    for (int i = 0; i < 2; i++) {
        AUTO_JSON cJSON *before = sandbox_get(&stage->sandbox, "state");
        AUTO_JSON cJSON *answer = sandbox_post(&stage->sandbox, "reset", "{}");
        AUTO_JSON cJSON *world = sandbox_get(&stage->sandbox, "state");

        assert_true(tree_true(answer, "ok"));
        assert_int_equal(cJSON_GetArraySize(json_find(before, "run.services")), 3);
        assert_int_equal(cJSON_GetArraySize(json_find(world, "run.services")), 3);
        JSON_EACH(service, json_find(world, "run.services"))
            assert_int_equal(tree_int(service, "rps", -1), 20);
        assert_int_equal(cJSON_GetArraySize(json_find(world, "github.hooks")), 1);
        assert_int_equal(tree_int(world, "latency_ms", -1), 0); /* what stood beside it was for once */
    }
}

static void a_range_has_a_point_for_each_step(void **state)
{
    const struct stage *stage = *state;
    AUTO_ANSWER struct answer answer;
    int64_t now_s = (int64_t)time(NULL);

    wait_for(stage, "up");
    AUTO_FREE char *path = text_format("/prometheus/api/v1/query_range?query=vector(2)&start=%lld&end=%lld&step=15s",
                                       (long long)now_s - 60, (long long)now_s);

    sandbox_ask(&stage->sandbox, &(struct ask){ .method = "GET", .path = path }, &answer);
    const cJSON *data = tree_get(answer.json, "data"), *first = tree_get(data, "result")->child;

    assert_string_equal(tree_text(data, "resultType"), "matrix");
    assert_int_equal(cJSON_GetArraySize(tree_get(first, "values")), 5); /* both ends belong to it */
    assert_true(cJSON_IsNumber(tree_get(first, "values")->child->child));
}

/* ---- what runs ---- */

static void a_behaviour_follows_its_image(void **state)
{
    const struct stage *stage = *state;

    change(stage, "{\"behaviour\":[{\"image\":\"v1.4.2\",\"error_rate\":0.05},"
                  "{\"revision\":\"" FIRST "\",\"latency_ms\":90},{\"image\":\"main\",\"error_rate\":1}]}");
    AUTO_FREE char *canary = deploy(stage);
    AUTO_JSON cJSON *second = revision_state(stage, canary), *first = revision_state(stage, FIRST);

    assert_float_equal(tree_get(tree_get(second, "behaviour"), "error_rate")->valuedouble, 0.05, 1e-9);
    assert_int_equal(tree_int(tree_get(second, "behaviour"), "latency_ms", 0), 40);
    assert_float_equal(tree_get(tree_get(first, "behaviour"), "error_rate")->valuedouble, 0, 1e-9);
    assert_int_equal(tree_int(tree_get(first, "behaviour"), "latency_ms", 0), 90);
}

static cJSON *get_revision(const struct stage *stage, const char *name)
{
    AUTO_FREE char *path = text_format(SERVICE "/revisions/%s", name);
    AUTO_ANSWER struct answer answer;

    sandbox_ask(&stage->sandbox, &(struct ask){ .method = "GET", .path = path, .authorization = stage->token },
                &answer);
    assert_int_equal(answer.status, 200);
    return TAKE(answer.json);
}

static const cJSON *env_of(const cJSON *revision, const char *name)
{
    return tree_find(tree_get(tree_get(revision, "containers")->child, "env"), "name", name);
}

static void two_revisions_can_be_compared(void **state)
{
    const struct stage *stage = *state;

    change(stage, "{\"foreign\":{\"service\":\"" ID "\",\"env\":{\"ENVIRONMENT\":\"moon\",\"FEATURE_CHECKOUT_V2\":null,"
                  "\"DATABASE_PASSWORD\":{\"secret\":\"api-database-password\",\"version\":\"4\"}},"
                  "\"scaling\":{\"minInstanceCount\":3}}}");
    AUTO_JSON cJSON *service = service_state(stage);
    const char *name = tree_text(tree_get(service, "revisions")->child, "id");
    AUTO_JSON cJSON *before = get_revision(stage, FIRST), *after = get_revision(stage, name);

    assert_string_equal(tree_text(env_of(before, "ENVIRONMENT"), "value"), "production");
    assert_string_equal(tree_text(env_of(after, "ENVIRONMENT"), "value"), "moon");
    assert_null(env_of(after, "FEATURE_CHECKOUT_V2"));
    assert_string_equal(json_find_string(env_of(before, "DATABASE_PASSWORD"), "valueSource.secretKeyRef.version"), "3");
    assert_string_equal(json_find_string(env_of(after, "DATABASE_PASSWORD"), "valueSource.secretKeyRef.version"), "4");
    assert_int_equal(json_find_int(before, "scaling.minInstanceCount", 0), 1);
    assert_int_equal(json_find_int(after, "scaling.minInstanceCount", 0), 3);
    assert_int_equal(json_find_int(after, "scaling.maxInstanceCount", 0), 20);
    assert_int_equal(json_find_int(before, "scalingStatus.desiredMinInstanceCount", 0), 1); /* it serves */
    assert_int_equal(json_find_int(after, "scalingStatus.desiredMinInstanceCount", 0), 0);  /* not yet */
    assert_non_null(strstr(json_find_string(before, "containers.0.image"), "@sha256:"));
    assert_string_equal(json_find_string(before, "conditions.0.state"), "CONDITION_SUCCEEDED");
    assert_non_null(tree_text(before, "createTime"));
    assert_string_equal(tree_text(before, "serviceAccount"), "api@acme.iam.gserviceaccount.com");
}

static void revisions_come_in_pages_newest_first(void **state)
{
    const struct stage *stage = *state;
    AUTO_FREE char *canary = deploy(stage);
    AUTO_ANSWER struct answer one, two;

    sandbox_ask(
        &stage->sandbox,
        &(struct ask){ .method = "GET", .path = SERVICE "/revisions?pageSize=1", .authorization = stage->token }, &one);
    AUTO_FREE char *next =
        text_format(SERVICE "/revisions?pageSize=1&pageToken=%s", tree_text(one.json, "nextPageToken"));

    sandbox_ask(&stage->sandbox, &(struct ask){ .method = "GET", .path = next, .authorization = stage->token }, &two);
    assert_int_equal(cJSON_GetArraySize(tree_get(one.json, "revisions")), 1);
    assert_non_null(strstr(json_find_string(one.json, "revisions.0.name"), canary));
    assert_non_null(strstr(json_find_string(two.json, "revisions.0.name"), FIRST));
    assert_null(tree_get(two.json, "nextPageToken"));
}

static void a_patch_of_env_makes_a_revision_that_has_it(void **state)
{
    const struct stage *stage = *state;
    AUTO_ANSWER struct answer got, patched;

    sandbox_ask(&stage->sandbox, &(struct ask){ .method = "GET", .path = SERVICE, .authorization = stage->token },
                &got);
    AUTO_JSON cJSON *body = json_object();
    cJSON *template = json_set(body, "template", json_copy(tree_get(got.json, "template")));

    json_set_string(template, "revision", ID "-with-env");
    json_set_string(json_add(tree_get(tree_get(template, "containers")->child, "env"), json_object()), "name", "EMPTY");
    AUTO_FREE char *text = json_print(body);

    sandbox_ask(&stage->sandbox,
                &(struct ask){ "PATCH", SERVICE "?updateMask=template", JSON, stage->token, NULL, text }, &patched);
    assert_int_equal(patched.status, 200);
    AUTO_JSON cJSON *revision = get_revision(stage, ID "-with-env"), *first = get_revision(stage, FIRST);

    assert_non_null(env_of(revision, "EMPTY"));
    assert_null(env_of(first, "EMPTY"));
    AUTO_JSON cJSON *service = service_state(stage);

    assert_string_equal(json_find_string(service, "serving.0.revision"), FIRST); /* pinned: nothing has moved */
}

static void a_foreign_split_keeps_tags(void **state)
{
    const struct stage *stage = *state;
    AUTO_FREE char *canary = deploy(stage);
    AUTO_FREE char *tagged =
        text_format("{\"foreign\":{\"service\":\"" ID "\",\"mask\":\"traffic\",\"body\":{\"traffic\":[{\"type\":"
                    "\"TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION\",\"revision\":\"" FIRST "\",\"percent\":100},{\"type\":"
                    "\"TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION\",\"revision\":\"%s\",\"tag\":\"next\"}]}}}",
                    canary);

    change(stage, tagged);
    split(stage, canary, 5);
    AUTO_JSON cJSON *service = service_state(stage);
    const cJSON *entry = tree_find(tree_get(service, "serving"), "tag", "next");

    assert_string_equal(tree_text(entry, "revision"), canary);
    assert_int_equal(tree_int(entry, "percent", 0), 5);
    assert_int_equal(cJSON_GetArraySize(tree_get(service, "serving")), 2);
}

/* ---- the door ---- */

static void visit(const struct stage *stage, const char *path, const char *authorization, struct answer *answer)
{
    sandbox_ask(&stage->sandbox, &(struct ask){ .method = "GET", .path = path, .authorization = authorization },
                answer);
}

static int status_of(const struct stage *stage, const char *path, const char *authorization)
{
    AUTO_ANSWER struct answer answer;

    visit(stage, path, authorization, &answer);
    return answer.status;
}

/* "Bearer JWT" for an audience below the sandbox's address; the caller frees. */
static char *identity(const struct stage *stage, const char *audience_path)
{
    AUTO_JSON cJSON *fields = json_object();
    AUTO_ANSWER struct answer answer;

    tree_set_textf(fields, "audience", "%s%s", stage->sandbox.url, audience_path);
    json_set_string(fields, "format", "full");
    AUTO_FREE char *form = form_encode(fields);
    AUTO_FREE char *path = text_format(IDENTITY "?%s", form);

    sandbox_ask(&stage->sandbox, &(struct ask){ .method = "GET", .path = path, .header = "Metadata-Flavor: Google" },
                &answer);
    assert_int_equal(answer.status, 200);
    assert_true(text_starts(answer.body, "eyJ")); /* {" in base64url */
    assert_non_null(strstr(answer.headers, "Metadata-Flavor: Google"));
    return text_format("Bearer %s", answer.body);
}

static void a_private_service_asks_for_an_identity_token(void **state)
{
    const struct stage *stage = *state;
    AUTO_FREE char *good = identity(stage, "/app/" ID), *other = identity(stage, "/app/api-service");
    AUTO_FREE char *with_path = identity(stage, "/app/" ID "/health"), *again = identity(stage, "/app/" ID);
    AUTO_ANSWER struct answer refused;

    assert_int_equal(status_of(stage, "/app/" ID "/health", NULL), 200);
    change(stage, "{\"private\":{\"service\":\"" ID "\",\"value\":true}}");
    visit(stage, "/app/" ID "/health", NULL, &refused);
    assert_int_equal(refused.status, 403);
    assert_non_null(strstr(refused.body, "<h1>Error: Forbidden</h1>"));
    assert_int_equal(status_of(stage, "/app/" ID "/health", good), 200);
    assert_int_equal(status_of(stage, "/app/" ID "/" FIRST "/health", good), 200);
    assert_int_equal(status_of(stage, "/app/" ID "/health", other), 401);
    assert_int_equal(status_of(stage, "/app/" ID "/health", with_path), 401);
    assert_int_equal(status_of(stage, "/app/" ID "/health", stage->token), 401); /* an access token is no identity */
    assert_int_equal(status_of(stage, "/app/" ID "/health", "Bearer eyJ.eyJ.x"), 401);
    assert_int_equal(status_of(stage, SERVICE, good), 401); /* nor the other way round */
    assert_int_equal(status_of(stage, "/app/api-service/health", NULL), 200);
    assert_string_equal(good, again); /* cached, as the metadata server does */
    change(stage, "{\"expire_tokens\":true}");
    assert_int_equal(status_of(stage, "/app/" ID "/health", good), 401);
}

static void health_says_what_a_test_wants(void **state)
{
    const struct stage *stage = *state;
    AUTO_ANSWER struct answer as_is, changed, text, back;

    visit(stage, "/app/" ID "/health", NULL, &as_is);
    change(stage, "{\"health\":{\"revision\":\"" FIRST "\",\"status\":503,\"body\":{\"status\":\"degraded\","
                  "\"service\":null,\"checks\":{\"db\":\"down\"}}}}");
    visit(stage, "/app/" ID "/health", NULL, &changed);
    change(stage, "{\"health\":{\"service\":\"" ID "\",\"body\":\"fine\"}}");
    visit(stage, "/app/" ID "/health", NULL, &text);
    change(stage, "{\"health\":{\"service\":\"" ID "\"}}");
    visit(stage, "/app/" ID "/health", NULL, &back);

    assert_string_equal(tree_text(as_is.json, "status"), "healthy");
    assert_string_equal(tree_text(as_is.json, "version"), "1.4.1");
    assert_string_equal(tree_text(as_is.json, "revision"), FIRST);
    assert_int_equal(changed.status, 503);
    assert_string_equal(tree_text(changed.json, "status"), "degraded");
    assert_string_equal(tree_text(changed.json, "version"), "1.4.1");
    assert_string_equal(json_find_string(changed.json, "checks.db"), "down");
    assert_null(tree_get(changed.json, "service"));
    assert_int_equal(text.status, 200);
    assert_string_equal(text.body, "fine");
    assert_int_equal(back.status, 200);
    assert_string_equal(back.body, as_is.body);
}

static void faults_come_at_prometheus_door_too(void **state)
{
    const struct stage *stage = *state;
    static const char *const faults[] = {
        "{\"service\":\"prometheus\",\"fault\":\"status\",\"value\":503}",
        "{\"service\":\"prometheus\",\"fault\":\"drop_before\",\"match\":\"/query\"}",
        "{\"service\":\"prometheus\",\"fault\":\"garbage\"}",
    };
    static const int statuses[] = { 503, 0, 200 };

    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        AUTO_ANSWER struct answer answer;

        cJSON_Delete(sandbox_post(&stage->sandbox, "faults", faults[i]));
        visit(stage, "/prometheus/api/v1/query?query=1", NULL, &answer);
        assert_int_equal(answer.status, statuses[i]);
        assert_null(answer.json);
    }
    assert_int_equal(status_of(stage, "/prometheus/api/v1/query?query=1", NULL), 200);
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        STORY(nobody_comes_unless_told),
        STORY(a_split_of_95_to_5_is_what_is_counted),
        STORY(errors_and_latency_show_in_the_numbers),
        STORY(errors_may_begin_at_a_share),
        STORY(a_restart_does_not_fool_increase),
        STORY(metrics_that_stand_still_grow_old),
        STORY(who_is_woken_late_has_scraped_in_time),
        STORY(a_reset_forgets_everything),
        STORY(what_always_holds_is_there_after_a_reset),
        STORY(a_range_has_a_point_for_each_step),
        STORY(a_behaviour_follows_its_image),
        STORY(two_revisions_can_be_compared),
        STORY(revisions_come_in_pages_newest_first),
        STORY(a_patch_of_env_makes_a_revision_that_has_it),
        STORY(a_foreign_split_keeps_tags),
        STORY(a_private_service_asks_for_an_identity_token),
        STORY(health_says_what_a_test_wants),
        STORY(faults_come_at_prometheus_door_too),
    };

    program = argc > 1 ? argv[1] : "opsgate-sandbox";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
