/* What happens in the simulated world over several requests: deploys, commands, faults. */
#include "process.h"
#include "receiver.h"

#include "form.h"
#include "slack/signature.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "bot/base/digest.h"

#define JSON "application/json; charset=utf-8"
#define SLACK "Bearer xoxb-sandbox"
#define PARENT "/run/v2/projects/acme/locations/us-central1/"
#define SERVICE PARENT "services/api-service"
#define FIRST "api-service-00001-kzt"
#define OCI "Accept: application/vnd.oci.image.manifest.v1+json"
#define PIN_FIRST "{\"type\":\"TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION\",\"revision\":\"" FIRST "\",\"percent\":100}"
#define ANSWER "{\"response_type\":\"ephemeral\",\"text\":\"accepted\"}"

static const char *program;

struct stage {
    struct sandbox sandbox;
    struct receiver *opsgate;
    char *token;
};

static int set_up(void **state)
{
    struct stage *stage = xcalloc(1, sizeof *stage);

    stage->opsgate = receiver_create(ANSWER);
    sandbox_start(&stage->sandbox, program, receiver_url(stage->opsgate));
    stage->token = sandbox_token(&stage->sandbox);
    cJSON_Delete(sandbox_post(&stage->sandbox, "world", "{\"reconcile_ms\":200}"));
    *state = stage;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *stage = *state;
    int status = sandbox_stop(&stage->sandbox);

    receiver_destroy(stage->opsgate);
    free(stage->token);
    free(stage);
    return status;
}

/* ---- asking ---- */

static void run_ask(const struct stage *stage, const char *method, const char *path, const char *body,
                    struct answer *answer)
{
    sandbox_ask(
        &stage->sandbox,
        &(struct ask){
            .method = method, .path = path, .type = body ? JSON : NULL, .authorization = stage->token, .body = body },
        answer);
}

static cJSON *run_get(const struct stage *stage, const char *path)
{
    AUTO_ANSWER struct answer answer;

    run_ask(stage, "GET", path, NULL, &answer);
    assert_int_equal(answer.status, 200);
    return TAKE(answer.json);
}

static cJSON *run_patch(const struct stage *stage, const char *mask, const char *body)
{
    AUTO_FREE char *path = text_format(SERVICE "?updateMask=%s", mask);
    AUTO_ANSWER struct answer answer;

    run_ask(stage, "PATCH", path, body, &answer);
    if (answer.status != 200)
        fail_msg("%d %s", answer.status, answer.body);
    return TAKE(answer.json);
}

static cJSON *run_wait(const struct stage *stage, const cJSON *operation)
{
    AUTO_FREE char *path = text_format("/run/v2/%s:wait", tree_text(operation, "name"));
    AUTO_ANSWER struct answer answer;

    run_ask(stage, "POST", path, "{\"timeout\":\"10s\"}", &answer);
    assert_int_equal(answer.status, 200);
    assert_true(tree_true(answer.json, "done"));
    return TAKE(answer.json);
}

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
    AUTO_JSON cJSON *service = run_get(stage, SERVICE);
    AUTO_FREE char *digest = digest_of(stage, image_tag);
    cJSON *template = tree_get(service, "template");
    cJSON *container = tree_get(template, "containers")->child;

    tree_set_textf(container, "image", "us-docker.pkg.dev/acme/images/api@%s", digest);
    json_set_string(template, "revision", revision);
    AUTO_FREE char *text = json_print(template);
    AUTO_FREE char *body =
        text_format("{\"etag\":\"\\%.*s\\\"\",\"template\":%s,\"traffic\":[" PIN_FIRST ",{\"type\":"
                    "\"TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION\",\"revision\":\"%s\",\"tag\":\"next\"}]}",
                    (int)strlen(tree_text(service, "etag")) - 1, tree_text(service, "etag"), text, revision);
    AUTO_JSON cJSON *operation = run_patch(stage, "template,traffic", body);

    assert_false(tree_true(operation, "done"));
    return run_wait(stage, operation);
}

static cJSON *post_message(const struct stage *stage, const char *body)
{
    AUTO_ANSWER struct answer answer;

    sandbox_ask(&stage->sandbox,
                &(struct ask){ .method = "POST",
                               .path = "/slack/api/chat.postMessage",
                               .type = JSON,
                               .authorization = SLACK,
                               .body = body },
                &answer);
    return TAKE(answer.json);
}

static int messages_in(const struct stage *stage, const char *channel)
{
    AUTO_JSON cJSON *state = sandbox_get(&stage->sandbox, "state");

    return cJSON_GetArraySize(
        tree_get(tree_find(tree_get(tree_get(state, "slack"), "channels"), "id", channel), "messages"));
}

/* ---- Cloud Run ---- */

static void a_deploy_takes_its_time_and_then_serves(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *done = deploy_tagged(stage, "main", "api-service-r2");
    AUTO_JSON cJSON *service = run_get(stage, SERVICE);
    AUTO_ANSWER struct answer tagged, served;

    assert_null(tree_get(done, "error"));
    assert_string_equal(tree_text(tree_get(service, "terminalCondition"), "state"), "CONDITION_SUCCEEDED");
    assert_null(tree_get(service, "reconciling"));
    assert_non_null(strstr(tree_text(service, "latestReadyRevision"), "/revisions/api-service-r2"));
    run_ask(stage, "GET", "/app/api-service/next/health", NULL, &tagged);
    assert_true(tree_has_text(tagged.json, "revision", "api-service-r2"));
    run_ask(stage, "GET", "/app/api-service/health", NULL, &served);
    assert_true(tree_has_text(served.json, "revision", FIRST));
    assert_null(
        tree_get(cJSON_GetArrayItem(tree_get(service, "trafficStatuses"), 1), "percent")); /* zero is left out */
}

static void what_is_observed_lags_behind_what_is_wanted(void **state)
{
    const struct stage *stage = *state;

    cJSON_Delete(sandbox_post(&stage->sandbox, "world", "{\"reconcile_ms\":3000}"));
    AUTO_JSON cJSON *operation = run_patch(stage, "traffic", "{\"traffic\":[" PIN_FIRST "]}");
    AUTO_JSON cJSON *service = run_get(stage, SERVICE);

    assert_true(tree_true(service, "reconciling"));
    assert_string_equal(tree_text(service, "generation"), "2");
    assert_string_equal(tree_text(service, "observedGeneration"), "1");
    assert_string_equal(tree_text(tree_get(service, "terminalCondition"), "state"), "CONDITION_RECONCILING");
    assert_string_equal(tree_text(tree_get(service, "traffic")->child, "revision"), FIRST);
    assert_null(tree_get(tree_get(service, "trafficStatuses")->child, "revision"));
}

static void a_revision_that_never_becomes_ready_fails_the_operation(void **state)
{
    const struct stage *stage = *state;

    cJSON_Delete(sandbox_post(&stage->sandbox, "world", "{\"image\":{\"tag\":\"main\",\"health\":\"never_ready\"}}"));
    AUTO_JSON cJSON *done = deploy_tagged(stage, "main", "api-service-r2");
    AUTO_JSON cJSON *service = run_get(stage, SERVICE);

    assert_int_equal(tree_int(tree_get(done, "error"), "code", 0), 9); /* the gRPC number */
    assert_string_equal(tree_text(tree_get(service, "terminalCondition"), "state"), "CONDITION_FAILED");
    assert_non_null(strstr(tree_text(service, "latestReadyRevision"), FIRST));
    assert_non_null(strstr(tree_text(service, "latestCreatedRevision"), "api-service-r2"));
    assert_int_equal(cJSON_GetArraySize(tree_get(service, "trafficStatuses")), 1);
}

static void a_broken_version_starts_but_is_not_healthy(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *done = deploy_tagged(stage, "v1.4.3-broken", "api-service-r2");
    AUTO_ANSWER struct answer answer;

    assert_null(tree_get(done, "error"));
    run_ask(stage, "GET", "/app/api-service/next/health", NULL, &answer);
    assert_int_equal(answer.status, 503);
}

static void traffic_on_the_latest_follows_a_new_template(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *operation =
        run_patch(stage, "template",
                  "{\"template\":{\"containers\":[{\"image\":\"us-docker.pkg.dev/acme/images/api:v1.4.2\"}]}}");
    AUTO_JSON cJSON *done = run_wait(stage, operation);
    AUTO_ANSWER struct answer answer;

    assert_null(tree_get(done, "error"));
    run_ask(stage, "GET", "/app/api-service/health", NULL, &answer);
    assert_true(tree_has_text(answer.json, "version", "1.4.2"));
}

static void validating_changes_nothing(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *operation = run_patch(stage, "traffic&validateOnly=true", "{\"traffic\":[" PIN_FIRST "]}");
    AUTO_JSON cJSON *service = run_get(stage, SERVICE);

    assert_true(tree_true(operation, "done"));
    assert_string_equal(tree_text(service, "generation"), "1");
}

static void a_foreign_change_makes_our_etag_stale(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *before = run_get(stage, SERVICE);

    cJSON_Delete(sandbox_post(&stage->sandbox, "world",
                              "{\"foreign\":{\"service\":\"api-service\",\"body\":{\"traffic\":[" PIN_FIRST "]}}}"));
    AUTO_JSON cJSON *after = run_get(stage, SERVICE);

    assert_string_not_equal(tree_text(before, "etag"), tree_text(after, "etag"));
    assert_string_equal(tree_text(after, "lastModifier"), "carol@acme.example");
}

static void sending_the_template_back_makes_no_revision(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *before = run_get(stage, SERVICE);
    AUTO_FREE char *template = json_print(tree_get(before, "template"));
    AUTO_FREE char *body = text_format("{\"template\":%s}", template);
    AUTO_JSON cJSON *operation = run_patch(stage, "template", body);
    AUTO_JSON cJSON *done = run_wait(stage, operation);
    AUTO_JSON cJSON *revisions = run_get(stage, SERVICE "/revisions");

    assert_null(tree_get(done, "error"));
    assert_int_equal(cJSON_GetArraySize(tree_get(revisions, "revisions")), 1);
}

/* ---- tokens ---- */

static void the_registry_takes_a_token_as_a_password(void **state)
{
    const struct stage *stage = *state;
    AUTO_FREE char *login = text_format("oauth2accesstoken:%s", stage->token + strlen("Bearer "));
    AUTO_BUF struct buf basic = BUF(4096);
    AUTO_ANSWER struct answer taken, refused;
    struct ask ask = { .method = "HEAD", .path = "/registry/v2/acme/images/api/manifests/main", .header = OCI };

    buf_puts(&basic, "Basic ");
    base64_add(&basic, str_of(login));
    ask.authorization = buf_text(&basic);
    sandbox_ask(&stage->sandbox, &ask, &taken);
    ask.authorization = "Basic b2F1dGgyYWNjZXNzdG9rZW46Zm9yZ2Vk";
    sandbox_ask(&stage->sandbox, &ask, &refused);
    assert_int_equal(taken.status, 200);
    assert_int_equal(refused.status, 401);
}

static void expired_tokens_are_refused_and_replaced(void **state)
{
    struct stage *stage = *state;
    AUTO_ANSWER struct answer refused, taken;

    cJSON_Delete(sandbox_post(&stage->sandbox, "world", "{\"expire_tokens\":true}"));
    run_ask(stage, "GET", SERVICE, NULL, &refused);
    assert_int_equal(refused.status, 401);
    free(stage->token);
    stage->token = sandbox_token(&stage->sandbox);
    run_ask(stage, "GET", SERVICE, NULL, &taken);
    assert_int_equal(taken.status, 200);
}

static void add_coded(struct buf *jwt, const char *text)
{
    base64url_add(jwt, str_of(text));
}

static void sign_jwt(struct buf *jwt, const char *pem)
{
    BIO *memory = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(memory, NULL, NULL, NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char mac[512];
    size_t len = sizeof mac;

    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(EVP_DigestSign(context, mac, &len, (const unsigned char *)jwt->at, jwt->len), 1);
    buf_putc(jwt, '.');
    base64url_add(jwt, (struct str){ (const char *)mac, len });
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    BIO_free(memory);
}

static void ask_with_jwt(const struct stage *stage, const char *claims, struct answer *answer)
{
    AUTO_JSON cJSON *key = sandbox_get(&stage->sandbox, "service-account.json");
    AUTO_BUF struct buf jwt = BUF(8192);

    add_coded(&jwt, "{\"alg\":\"RS256\",\"typ\":\"JWT\"}");
    buf_putc(&jwt, '.');
    add_coded(&jwt, claims);
    sign_jwt(&jwt, tree_text(key, "private_key"));
    AUTO_FREE char *body = text_format(
        "grant_type=urn%%3Aietf%%3Aparams%%3Aoauth%%3Agrant-type%%3Ajwt-bearer&assertion=%s", buf_text(&jwt));

    sandbox_ask(
        &stage->sandbox,
        &(struct ask){ .method = "POST", .path = "/token", .type = "application/x-www-form-urlencoded", .body = body },
        answer);
}

static char *claims_for(const struct stage *stage, int64_t lifetime_s)
{
    long long now_s = (long long)time(NULL);

    return text_format("{\"iss\":\"opsgate@acme.iam.gserviceaccount.com\",\"scope\":\"https://www.googleapis.com/auth/"
                       "cloud-platform\","
                       "\"aud\":\"%s/token\",\"iat\":%lld,\"exp\":%lld}",
                       stage->sandbox.url, now_s, now_s + (long long)lifetime_s);
}

static void a_service_account_gets_a_token_for_a_signed_assertion(void **state)
{
    struct stage *stage = *state;
    AUTO_FREE char *claims = claims_for(stage, 3600);
    AUTO_ANSWER struct answer answer, taken;

    ask_with_jwt(stage, claims, &answer);
    assert_int_equal(answer.status, 200);
    free(stage->token);
    stage->token = text_format("Bearer %s", tree_text(answer.json, "access_token"));
    run_ask(stage, "GET", SERVICE, NULL, &taken);
    assert_int_equal(taken.status, 200);
}

static void an_assertion_that_lives_too_long_is_refused(void **state)
{
    const struct stage *stage = *state;
    AUTO_FREE char *claims = claims_for(stage, 3601);
    AUTO_ANSWER struct answer answer;

    ask_with_jwt(stage, claims, &answer);
    assert_int_equal(answer.status, 400);
    assert_true(tree_has_text(answer.json, "error", "invalid_grant"));
}

static void an_assertion_for_an_audience_gives_an_identity_token(void **state)
{
    struct stage *stage = *state;
    long long now_s = (long long)time(NULL);
    AUTO_FREE char *claims =
        text_format("{\"iss\":\"opsgate@acme.iam.gserviceaccount.com\",\"target_audience\":\"%s/app/api-service\","
                    "\"aud\":\"%s/token\",\"iat\":%lld,\"exp\":%lld}",
                    stage->sandbox.url, stage->sandbox.url, now_s, now_s + 3600);
    AUTO_ANSWER struct answer answer, taken, refused;

    cJSON_Delete(sandbox_post(&stage->sandbox, "world", "{\"private\":{\"service\":\"api-service\",\"value\":true}}"));
    ask_with_jwt(stage, claims, &answer);
    assert_int_equal(answer.status, 200);
    assert_null(tree_get(answer.json, "access_token"));
    run_ask(stage, "GET", "/app/api-service/health", NULL, &refused); /* with an access token */
    free(stage->token);
    stage->token = text_format("Bearer %s", tree_text(answer.json, "id_token"));
    run_ask(stage, "GET", "/app/api-service/health", NULL, &taken);
    assert_int_equal(refused.status, 401);
    assert_int_equal(taken.status, 200);
}

/* ---- Slack ---- */

static void a_command_arrives_signed_and_its_answer_is_shown_to_one(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *sent = sandbox_post(
        &stage->sandbox, "slack/command",
        "{\"user\":\"U012AB3CD\",\"channel\":\"C0GENERAL\",\"command\":\"/deploy\",\"text\":\"api <now> @bob\"}");
    struct received received = receiver_last(stage->opsgate);
    AUTO_JSON cJSON *form = form_decode(str_of(received.body));
    AUTO_JSON cJSON *world = sandbox_get(&stage->sandbox, "state");
    const cJSON *whisper = tree_get(tree_get(world, "slack"), "ephemerals")->child;
    int64_t timestamp_s = 0;
    struct error err;

    assert_int_equal(tree_int(sent, "status", 0), 200);
    assert_true(tree_has_text(sent, "body", ANSWER));
    assert_string_equal(received.path, "/slack/commands");
    assert_string_equal(received.type, "application/x-www-form-urlencoded");
    assert_true(parse_int(str_of(received.timestamp), 1, INT32_MAX * INT64_C(4), &timestamp_s, &err));
    assert_string_equal(received.signature, slack_signature_make("shh", timestamp_s, str_of(received.body)).text);
    assert_true(tree_has_text(form, "text", "api &lt;now&gt; <@U0456EFGH|bob>"));
    assert_true(tree_has_text(form, "user_id", "U012AB3CD"));
    assert_true(tree_has_text(whisper, "for", "U012AB3CD"));
    assert_true(tree_has_text(whisper, "text", "accepted"));
}

static void a_forged_command_carries_another_signature(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *sent = sandbox_post(&stage->sandbox, "slack/command",
                                         "{\"user\":\"ann\",\"channel\":\"#general\",\"command\":\"/"
                                         "deploy\",\"bad_signature\":true,\"skew_s\":-400,\"repeat\":2}");
    struct received received = receiver_last(stage->opsgate);
    int64_t timestamp_s = 0;
    struct error err;

    assert_int_equal(cJSON_GetArraySize(tree_get(sent, "answers")), 2);
    assert_int_equal(received.count, 2);
    assert_true(parse_int(str_of(received.timestamp), 1, INT32_MAX * INT64_C(4), &timestamp_s, &err));
    assert_true(timestamp_s < (int64_t)time(NULL) - 390);
    assert_string_not_equal(received.signature, slack_signature_make("shh", timestamp_s, str_of(received.body)).text);
}

static void a_response_url_works_five_times(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *sent = sandbox_post(&stage->sandbox, "slack/command",
                                         "{\"user\":\"ann\",\"channel\":\"#general\",\"command\":\"/ops\"}");
    const char *path = tree_text(sent, "response_url") + strlen(stage->sandbox.url);

    for (int use = 1; use <= 6; use++) {
        AUTO_ANSWER struct answer answer;

        sandbox_ask(&stage->sandbox,
                    &(struct ask){ .method = "POST",
                                   .path = path,
                                   .type = JSON,
                                   .body = "{\"text\":\"x\",\"response_type\":\"in_channel\"}" },
                    &answer);
        assert_int_equal(answer.status, use <= 5 ? 200 : 404);
    }
    assert_int_equal(messages_in(stage, "C0GENERAL"), 5);
}

static void history_shows_metadata_only_on_demand(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *posted = post_message(stage, "{\"channel\":\"C0DEPLOYS\",\"text\":\"x\",\"metadata\":{\"event_"
                                                  "type\":\"effect\",\"event_payload\":{\"id\":\"e-1\"}}}");
    AUTO_ANSWER struct answer plain, whole;

    sandbox_ask(&stage->sandbox,
                &(struct ask){ .method = "GET",
                               .path = "/slack/api/conversations.history?channel=C0DEPLOYS",
                               .authorization = SLACK },
                &plain);
    sandbox_ask(&stage->sandbox,
                &(struct ask){ .method = "GET",
                               .path = "/slack/api/conversations.history?channel=C0DEPLOYS&include_all_metadata=true",
                               .authorization = SLACK },
                &whole);
    assert_true(tree_true(posted, "ok"));
    assert_null(strstr(plain.body, "e-1"));
    assert_non_null(strstr(plain.body, "\"event_type\":\"effect\""));
    assert_non_null(strstr(whole.body, "e-1"));
}

static void an_update_with_text_alone_removes_the_blocks(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *posted =
        post_message(stage, "{\"channel\":\"C0DEPLOYS\",\"text\":\"x\",\"blocks\":[{\"type\":\"divider\"}]}");
    AUTO_FREE char *body =
        text_format("{\"channel\":\"C0DEPLOYS\",\"ts\":\"%s\",\"text\":\"y\"}", tree_text(posted, "ts"));
    AUTO_ANSWER struct answer answer;

    sandbox_ask(
        &stage->sandbox,
        &(struct ask){
            .method = "POST", .path = "/slack/api/chat.update", .type = JSON, .authorization = SLACK, .body = body },
        &answer);
    assert_true(tree_true(answer.json, "ok"));
    assert_null(tree_get(tree_get(answer.json, "message"), "blocks"));
    assert_true(tree_has_text(tree_get(answer.json, "message"), "text", "y"));
}

static void fifty_blocks_are_taken_and_one_more_is_not(void **state)
{
    const struct stage *stage = *state;
    AUTO_BUF struct buf blocks = BUF(8192);

    for (int i = 0; i < 50; i++)
        buf_addf(&blocks, "%s{\"type\":\"divider\"}", i ? "," : "");
    AUTO_FREE char *fifty = text_format("{\"channel\":\"C0ALERTS\",\"text\":\"x\",\"blocks\":[%s]}", buf_text(&blocks));
    AUTO_FREE char *more = text_format(
        "{\"channel\":\"C0ALERTS\",\"text\":\"x\",\"blocks\":[%s,{\"type\":\"divider\"}]}", buf_text(&blocks));
    AUTO_JSON cJSON *taken = post_message(stage, fifty), *refused = post_message(stage, more);

    assert_true(tree_true(taken, "ok"));
    assert_true(tree_has_text(refused, "error", "invalid_blocks"));
}

/* ---- faults ---- */

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
                               .type = JSON,
                               .authorization = SLACK,
                               .body = "{\"channel\":\"C0DEPLOYS\",\"text\":\"x\"}" },
                &answer);
    AUTO_JSON cJSON *calls = sandbox_get(&stage->sandbox, "calls");

    assert_int_equal(answer.status, 0);
    assert_int_equal(messages_in(stage, "C0DEPLOYS"), 1);
    assert_true(tree_true(last_call(calls), "applied"));
    assert_int_equal(tree_int(last_call(calls), "status", -1), 0);
    assert_true(tree_has_text(last_call(calls), "fault", "drop_after"));
}

static void a_lost_request_never_happened(void **state)
{
    const struct stage *stage = *state;

    plant(stage, "{\"service\":\"slack\",\"fault\":\"drop_before\"}");
    AUTO_JSON cJSON *lost = post_message(stage, "{\"channel\":\"C0DEPLOYS\",\"text\":\"x\"}");
    AUTO_JSON cJSON *posted = post_message(stage, "{\"channel\":\"C0DEPLOYS\",\"text\":\"x\"}");

    assert_null(lost);
    assert_true(tree_true(posted, "ok"));
    assert_int_equal(messages_in(stage, "C0DEPLOYS"), 1);
}

static void a_pretended_change_answers_success_and_is_not_there(void **state)
{
    const struct stage *stage = *state;

    plant(stage, "{\"service\":\"run\",\"match\":\"PATCH\",\"fault\":\"pretend\"}");
    AUTO_JSON cJSON *operation = run_patch(stage, "traffic", "{\"traffic\":[" PIN_FIRST "]}");
    AUTO_JSON cJSON *done = run_wait(stage, operation);
    AUTO_JSON cJSON *service = run_get(stage, SERVICE);
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
    sandbox_ask(
        &stage->sandbox,
        &(struct ask){
            .method = "POST", .path = "/slack/api/auth.test", .type = JSON, .authorization = SLACK, .body = "{}" },
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
    run_ask(stage, "GET", SERVICE, NULL, &read);
    run_ask(stage, "PATCH", SERVICE "?updateMask=traffic", "{\"traffic\":[" PIN_FIRST "]}", &patched);
    assert_int_equal(read.status, 200);
    assert_int_equal(patched.status, 503);
    assert_non_null(strstr(patched.body, "UNAVAILABLE"));
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        STORY(a_deploy_takes_its_time_and_then_serves),
        STORY(what_is_observed_lags_behind_what_is_wanted),
        STORY(a_revision_that_never_becomes_ready_fails_the_operation),
        STORY(a_broken_version_starts_but_is_not_healthy),
        STORY(traffic_on_the_latest_follows_a_new_template),
        STORY(validating_changes_nothing),
        STORY(a_foreign_change_makes_our_etag_stale),
        STORY(sending_the_template_back_makes_no_revision),
        STORY(the_registry_takes_a_token_as_a_password),
        STORY(expired_tokens_are_refused_and_replaced),
        STORY(a_service_account_gets_a_token_for_a_signed_assertion),
        STORY(an_assertion_that_lives_too_long_is_refused),
        STORY(an_assertion_for_an_audience_gives_an_identity_token),
        STORY(a_command_arrives_signed_and_its_answer_is_shown_to_one),
        STORY(a_forged_command_carries_another_signature),
        STORY(a_response_url_works_five_times),
        STORY(history_shows_metadata_only_on_demand),
        STORY(an_update_with_text_alone_removes_the_blocks),
        STORY(fifty_blocks_are_taken_and_one_more_is_not),
        STORY(a_lost_answer_still_happened),
        STORY(a_lost_request_never_happened),
        STORY(a_pretended_change_answers_success_and_is_not_there),
        STORY(too_many_requests_say_when_to_come_again),
        STORY(faults_wait_for_what_they_match),
    };

    program = argc > 1 ? argv[1] : "opsgate-sandbox";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
