/* What happens on the simulated Cloud Run over several requests: deploys, traffic, a stranger. */
#include "stage.h"

#include <string.h>

#include "bot/base/digest.h"

#define OCI "Accept: application/vnd.oci.image.manifest.v1+json"

static char *digest_of(const struct stage *stage, const char *tag)
{
    AUTO_FREE char *path = text_format("/registry/v2/acme/images/api/manifests/%s", tag);
    AUTO_ANSWER struct answer answer;
    const char *at = NULL;

    sandbox_ask(&stage->sandbox,
                &(struct ask){ .method = "GET", .path = path, .authorization = stage->token, .header = OCI }, &answer);
    at = strstr(answer.headers, "Docker-Content-Digest: ");
    assert_non_null(at);
    assert_memory_equal(at + 23 + 7, digest_hex(digest_sha256(str_of(answer.body))).text, 64);
    return text_format("%.71s", at + 23);
}

/* A new revision of an image, with no traffic and a tag; the finished operation. */
static cJSON *deploy_tagged(const struct stage *stage, const char *image_tag, const char *revision)
{
    AUTO_JSON cJSON *service = stage_get(stage, STAGE_SERVICE);
    AUTO_FREE char *digest = digest_of(stage, image_tag);
    cJSON *template = tree_get(service, "template");
    cJSON *container = tree_get(template, "containers")->child;

    tree_set_textf(container, "image", "us-docker.pkg.dev/acme/images/api@%s", digest);
    json_set_string(template, "revision", revision);
    AUTO_FREE char *text = json_print(template);
    AUTO_FREE char *body =
        text_format("{\"etag\":\"\\%.*s\\\"\",\"template\":%s,\"traffic\":[" STAGE_PIN_FIRST ",{\"type\":"
                    "\"TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION\",\"revision\":\"%s\",\"tag\":\"next\"}]}",
                    (int)strlen(tree_text(service, "etag")) - 1, tree_text(service, "etag"), text, revision);
    AUTO_JSON cJSON *operation = stage_patch(stage, "template,traffic", body);

    assert_false(tree_true(operation, "done"));
    return stage_wait(stage, operation);
}

/* ---- stories ---- */

static void a_deploy_takes_its_time_and_then_serves(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *done = deploy_tagged(stage, "main", "api-service-r2");
    AUTO_JSON cJSON *service = stage_get(stage, STAGE_SERVICE);
    AUTO_ANSWER struct answer tagged, served;

    assert_null(tree_get(done, "error"));
    assert_string_equal(tree_text(tree_get(service, "terminalCondition"), "state"), "CONDITION_SUCCEEDED");
    assert_null(tree_get(service, "reconciling"));
    assert_non_null(strstr(tree_text(service, "latestReadyRevision"), "/revisions/api-service-r2"));
    stage_ask(stage, "GET", "/app/api-service/next/health", NULL, &tagged);
    assert_true(tree_has_text(tagged.json, "revision", "api-service-r2"));
    stage_ask(stage, "GET", "/app/api-service/health", NULL, &served);
    assert_true(tree_has_text(served.json, "revision", STAGE_FIRST));
    assert_null(
        tree_get(cJSON_GetArrayItem(tree_get(service, "trafficStatuses"), 1), "percent")); /* zero is left out */
}

static void what_is_observed_lags_behind_what_is_wanted(void **state)
{
    const struct stage *stage = *state;

    cJSON_Delete(sandbox_post(&stage->sandbox, "world", "{\"reconcile_ms\":60000}"));
    AUTO_JSON cJSON *operation = stage_patch(stage, "traffic", "{\"traffic\":[" STAGE_PIN_FIRST "]}");
    AUTO_JSON cJSON *service = stage_get(stage, STAGE_SERVICE);

    assert_true(tree_true(service, "reconciling"));
    assert_string_equal(tree_text(service, "generation"), "2");
    assert_string_equal(tree_text(service, "observedGeneration"), "1");
    assert_string_equal(tree_text(tree_get(service, "terminalCondition"), "state"), "CONDITION_RECONCILING");
    assert_string_equal(tree_text(tree_get(service, "traffic")->child, "revision"), STAGE_FIRST);
    assert_null(tree_get(tree_get(service, "trafficStatuses")->child, "revision"));
}

static void what_is_at_work_is_done_when_it_is_to_settle(void **state)
{
    const struct stage *stage = *state;

    cJSON_Delete(sandbox_post(&stage->sandbox, "world", "{\"reconcile_ms\":600000}"));
    AUTO_JSON cJSON *operation = stage_patch(stage, "traffic", "{\"traffic\":[" STAGE_PIN_FIRST "]}");
    cJSON_Delete(sandbox_post(&stage->sandbox, "world", "{\"settle\":true}"));
    AUTO_JSON cJSON *done = stage_wait(stage, operation);
    AUTO_JSON cJSON *service = stage_get(stage, STAGE_SERVICE);

    assert_null(tree_get(done, "error"));
    assert_string_equal(tree_text(tree_get(service, "trafficStatuses")->child, "revision"), STAGE_FIRST);
}

static void a_revision_that_never_becomes_ready_fails_the_operation(void **state)
{
    const struct stage *stage = *state;

    cJSON_Delete(sandbox_post(&stage->sandbox, "world", "{\"image\":{\"tag\":\"main\",\"health\":\"never_ready\"}}"));
    AUTO_JSON cJSON *done = deploy_tagged(stage, "main", "api-service-r2");
    AUTO_JSON cJSON *service = stage_get(stage, STAGE_SERVICE);

    assert_int_equal(tree_int(tree_get(done, "error"), "code", 0), 9); /* the gRPC number */
    assert_string_equal(tree_text(tree_get(service, "terminalCondition"), "state"), "CONDITION_FAILED");
    assert_non_null(strstr(tree_text(service, "latestReadyRevision"), STAGE_FIRST));
    assert_non_null(strstr(tree_text(service, "latestCreatedRevision"), "api-service-r2"));
    assert_int_equal(cJSON_GetArraySize(tree_get(service, "trafficStatuses")), 1);
}

static void a_broken_version_starts_but_is_not_healthy(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *done = deploy_tagged(stage, "v1.4.3-broken", "api-service-r2");
    AUTO_ANSWER struct answer answer;

    assert_null(tree_get(done, "error"));
    stage_ask(stage, "GET", "/app/api-service/next/health", NULL, &answer);
    assert_int_equal(answer.status, 503);
}

static void traffic_on_the_latest_follows_a_new_template(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *operation =
        stage_patch(stage, "template",
                    "{\"template\":{\"containers\":[{\"image\":\"us-docker.pkg.dev/acme/images/api:v1.4.2\"}]}}");
    AUTO_JSON cJSON *done = stage_wait(stage, operation);
    AUTO_ANSWER struct answer answer;

    assert_null(tree_get(done, "error"));
    stage_ask(stage, "GET", "/app/api-service/health", NULL, &answer);
    assert_true(tree_has_text(answer.json, "version", "1.4.2"));
}

static void validating_changes_nothing(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *operation = stage_patch(stage, "traffic&validateOnly=true", "{\"traffic\":[" STAGE_PIN_FIRST "]}");
    AUTO_JSON cJSON *service = stage_get(stage, STAGE_SERVICE);

    assert_true(tree_true(operation, "done"));
    assert_string_equal(tree_text(service, "generation"), "1");
}

static void a_foreign_change_makes_our_etag_stale(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *before = stage_get(stage, STAGE_SERVICE);

    cJSON_Delete(sandbox_post(&stage->sandbox, "world",
                              "{\"foreign\":{\"service\":\"api-service\",\"body\":{\"traffic\":[" STAGE_PIN_FIRST
                              "]}}}"));
    AUTO_JSON cJSON *after = stage_get(stage, STAGE_SERVICE);

    assert_string_not_equal(tree_text(before, "etag"), tree_text(after, "etag"));
    assert_string_equal(tree_text(after, "lastModifier"), "carol@acme.example");
}

static void sending_the_template_back_makes_no_revision(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *before = stage_get(stage, STAGE_SERVICE);
    AUTO_FREE char *template = json_print(tree_get(before, "template"));
    AUTO_FREE char *body = text_format("{\"template\":%s}", template);
    AUTO_JSON cJSON *operation = stage_patch(stage, "template", body);
    AUTO_JSON cJSON *done = stage_wait(stage, operation);
    AUTO_JSON cJSON *revisions = stage_get(stage, STAGE_SERVICE "/revisions");

    assert_null(tree_get(done, "error"));
    assert_int_equal(cJSON_GetArraySize(tree_get(revisions, "revisions")), 1);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        STORY(a_deploy_takes_its_time_and_then_serves),
        STORY(what_is_observed_lags_behind_what_is_wanted),
        STORY(what_is_at_work_is_done_when_it_is_to_settle),
        STORY(a_revision_that_never_becomes_ready_fails_the_operation),
        STORY(a_broken_version_starts_but_is_not_healthy),
        STORY(traffic_on_the_latest_follows_a_new_template),
        STORY(validating_changes_nothing),
        STORY(a_foreign_change_makes_our_etag_stale),
        STORY(sending_the_template_back_makes_no_revision),
    };

    stage_program = argc > 1 ? argv[1] : stage_program;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
