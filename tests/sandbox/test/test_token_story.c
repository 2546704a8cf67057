/* Tokens of the simulated Google: what takes them, when they expire, what they are given for. */
#include "signed_jwt.h"
#include "stage.h"

#include <string.h>
#include <time.h>

#include "bot/base/digest.h"

#define OCI "Accept: application/vnd.oci.image.manifest.v1+json"

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
    stage_ask(stage, "GET", STAGE_SERVICE, NULL, &refused);
    assert_int_equal(refused.status, 401);
    free(stage->token);
    stage->token = sandbox_token(&stage->sandbox);
    stage_ask(stage, "GET", STAGE_SERVICE, NULL, &taken);
    assert_int_equal(taken.status, 200);
}

static void ask_with_jwt(const struct stage *stage, const char *claims, struct answer *answer)
{
    AUTO_JSON cJSON *key = sandbox_get(&stage->sandbox, "service-account.json");
    EVP_PKEY *private_key = signed_jwt_key(tree_text(key, "private_key"));
    AUTO_BUF struct buf jwt = BUF(8192);

    signed_jwt_add(&jwt, "{\"alg\":\"RS256\",\"typ\":\"JWT\"}", claims, private_key);
    EVP_PKEY_free(private_key);
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

    return text_format("{\"iss\":\"opsgate-key@acme.iam.gserviceaccount.com\",\"scope\":\"https://www.googleapis.com/auth/"
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
    stage_ask(stage, "GET", STAGE_SERVICE, NULL, &taken);
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
        text_format("{\"iss\":\"opsgate-key@acme.iam.gserviceaccount.com\",\"target_audience\":\"%s/app/api-service\","
                    "\"aud\":\"%s/token\",\"iat\":%lld,\"exp\":%lld}",
                    stage->sandbox.url, stage->sandbox.url, now_s, now_s + 3600);
    AUTO_ANSWER struct answer answer, taken, refused;

    cJSON_Delete(sandbox_post(&stage->sandbox, "world", "{\"private\":{\"service\":\"api-service\",\"value\":true}}"));
    ask_with_jwt(stage, claims, &answer);
    assert_int_equal(answer.status, 200);
    assert_null(tree_get(answer.json, "access_token"));
    stage_ask(stage, "GET", "/app/api-service/health", NULL, &refused); /* with an access token */
    free(stage->token);
    stage->token = text_format("Bearer %s", tree_text(answer.json, "id_token"));
    stage_ask(stage, "GET", "/app/api-service/health", NULL, &taken);
    assert_int_equal(refused.status, 401);
    assert_int_equal(taken.status, 200);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        STORY(the_registry_takes_a_token_as_a_password),
        STORY(expired_tokens_are_refused_and_replaced),
        STORY(a_service_account_gets_a_token_for_a_signed_assertion),
        STORY(an_assertion_that_lives_too_long_is_refused),
        STORY(an_assertion_for_an_audience_gives_an_identity_token),
    };

    stage_program = argc > 1 ? argv[1] : stage_program;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
