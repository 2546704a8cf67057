#include "tests/unit/scripted_exchange.h"

#include "integrations/health.h"
#include "integrations/registry/digest.h"

#define HEX "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define DIGEST "sha256:" HEX
#define REPOSITORY "us-docker.pkg.dev/acme/images/api"
#define ARGS(image, tag) "{'image':'" image "','tag':'" tag "'}"
#define HEAD(tag) "HEAD https://us-docker.pkg.dev/v2/acme/images/api/manifests/" tag
#define RESULT "{'digest':'" DIGEST "','image':'" REPOSITORY "@" DIGEST "'}"
#define NAMED                                                                                                          \
    {                                                                                                                  \
        "docker-content-digest", DIGEST                                                                                \
    }
#define PROBE "{'url':'https://d1---api.a.run.app/health','expect_status':200,'timeout_ms':3000}"
#define GET "GET https://d1---api.a.run.app/health"

static const struct scripted_row rows[] = {
    { "a tag becomes a digest", registry_digest_read, ARGS(REPOSITORY, "main"),
      .calls = { { HEAD("main"), { NULL }, NULL, 200, NULL, NAMED } }, .next = NEXT_DONE, .result = RESULT },
    { "the tag asked for wins over the image's own", registry_digest_read, ARGS(REPOSITORY ":old", "main"),
      .calls = { { HEAD("main"), { NULL }, NULL, 200, NULL, NAMED } }, .next = NEXT_DONE, .result = RESULT },
    { "without one, the image's own tag", registry_digest_read, ARGS(REPOSITORY ":old", ""),
      .calls = { { HEAD("old"), { NULL }, NULL, 200, NULL, NAMED } }, .next = NEXT_DONE, .result = RESULT },
    { "an image by digest needs no call", registry_digest_read, ARGS(REPOSITORY "@" DIGEST, "main"), .next = NEXT_DONE,
      .result = RESULT },
    { "an image with tag and digest neither", registry_digest_read, ARGS(REPOSITORY ":v1@" DIGEST, "x"),
      .next = NEXT_DONE, .result = RESULT },
    { "a tag that is a digest neither", registry_digest_read, ARGS(REPOSITORY, DIGEST), .next = NEXT_DONE,
      .result = RESULT },
    { "a tag that is not there", registry_digest_read, ARGS(REPOSITORY, "nope"),
      .calls = { { HEAD("nope"), { NULL }, NULL, 404, NULL } }, .next = NEXT_NEVER,
      .error = "no image tagged nope in " REPOSITORY },
    { "a token that has run out", registry_digest_read, ARGS(REPOSITORY, "main"),
      .calls = { { HEAD("main"), { NULL }, NULL, 401, NULL } }, .next = NEXT_AGAIN, .needs_fresh_credential = true },
    { "a repository that is not ours to read", registry_digest_read, ARGS(REPOSITORY, "main"),
      .calls = { { HEAD("main"), { NULL }, NULL, 403, NULL } }, .next = NEXT_NEVER, .error = "does not let us read" },
    { "another registry that wants a login", registry_digest_read, ARGS("quay.io/acme/api", "main"),
      .calls = { { "HEAD https://quay.io/v2/acme/api/manifests/main", { NULL }, NULL, 401, NULL } }, .next = NEXT_NEVER,
      .error = "quay.io does not let us" },
    { "a registry that is down", registry_digest_read, ARGS(REPOSITORY, "main"),
      .calls = { { HEAD("main"), { NULL }, NULL, 503, NULL, { "retry-after", "5" } } }, .next = NEXT_AGAIN,
      .after_ms = 5000, .is_outage = true },
    { "a registry that does not answer", registry_digest_read, ARGS(REPOSITORY, "main"),
      .calls = { { HEAD("main"), { NULL }, NULL, 0, NULL } }, .next = NEXT_AGAIN, .is_outage = true },
    { "an answer without a digest", registry_digest_read, ARGS(REPOSITORY, "main"),
      .calls = { { HEAD("main"), { NULL }, NULL, 200, NULL } }, .next = NEXT_NEVER, .error = "Docker-Content-Digest" },
    { "a digest cut short", registry_digest_read, ARGS(REPOSITORY, "main"),
      .calls = { { HEAD("main"), { NULL }, NULL, 200, NULL, { "docker-content-digest", "sha256:9f86" } } },
      .next = NEXT_NEVER },
    { "a digest of another kind", registry_digest_read, ARGS(REPOSITORY, "main"),
      .calls = { { HEAD("main"), { NULL }, NULL, 200, NULL, { "docker-content-digest", "md5:" HEX } } },
      .next = NEXT_NEVER },
    { "a tag that cannot be one", registry_digest_read, ARGS(REPOSITORY, "a/../b"), .next = NEXT_NEVER,
      .error = "cannot be the tag" },
    { "a tag with a query", registry_digest_read, ARGS(REPOSITORY, "a?b"), .next = NEXT_NEVER },
    { "no tag at all", registry_digest_read, ARGS(REPOSITORY, ""), .next = NEXT_NEVER },
    { "an image without a host", registry_digest_read, ARGS("library/nginx", "1"), .next = NEXT_NEVER,
      .error = "expected one like" },
    { "an image with a path that climbs", registry_digest_read, ARGS("gcr.io/../x", "1"), .next = NEXT_NEVER },
    { "an image with a user", registry_digest_read, ARGS("a@gcr.io/x", "1"), .next = NEXT_NEVER },

    { "a service that answers is healthy", health_read, PROBE, .calls = { { GET, { NULL }, NULL, 200, "ok" } },
      .next = NEXT_DONE, .result = "{'status':200,'is_healthy':true}" },
    { "another status is an answer", health_read, PROBE, .calls = { { GET, { NULL }, NULL, 503, "down" } },
      .next = NEXT_DONE, .result = "{'status':503,'is_healthy':false,'problem':'answered 503, expected 200'}" },
    { "no answer is one too", health_read, PROBE, .calls = { { GET, { NULL }, NULL, 0, NULL } }, .next = NEXT_DONE,
      .result = "{'status':0,'is_healthy':false,'problem':'connection refused'}" },
    { "what is no address is not called", health_read, "{'url':'file:///etc/passwd'}", .next = NEXT_NEVER,
      .error = "no http address" },
};

static void credential_of(const char *args, const char *registry_url, enum http_credential expected, const char *url)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct settings settings = { .registry = { .url = registry_url } };
    struct error err;
    struct exchange exchange = { .settings = &settings,
                                 .args = json_parse_in(arena, str_of(quoted(args, arena)), &err),
                                 .arena = arena };
    struct exchange_step step = registry_digest_read(&exchange);

    assert_int_equal(step.next, NEXT_CALL);
    assert_int_equal(step.call.credential, expected);
    assert_string_equal(step.call.url, url);
}

static void googles_token_goes_to_google_only(void **state)
{
    (void)state;
    credential_of(ARGS(REPOSITORY, "v1"), NULL, HTTP_GOOGLE_REGISTRY,
                  "https://us-docker.pkg.dev/v2/acme/images/api/manifests/v1");
    credential_of(ARGS("gcr.io/acme/api", "v1"), NULL, HTTP_GOOGLE_REGISTRY, "https://gcr.io/v2/acme/api/manifests/v1");
    credential_of(ARGS("eu.gcr.io/acme/api", "v1"), "", HTTP_GOOGLE_REGISTRY,
                  "https://eu.gcr.io/v2/acme/api/manifests/v1");
    credential_of(ARGS("ghcr.io/acme/api", "v1"), NULL, HTTP_NO_CREDENTIAL, "https://ghcr.io/v2/acme/api/manifests/v1");
    credential_of(ARGS("evilgcr.io/acme/api", "v1"), NULL, HTTP_NO_CREDENTIAL,
                  "https://evilgcr.io/v2/acme/api/manifests/v1");
    credential_of(ARGS("x.pkg.dev.evil.example/acme/api", "v1"), NULL, HTTP_NO_CREDENTIAL,
                  "https://x.pkg.dev.evil.example/v2/acme/api/manifests/v1");
    credential_of(ARGS("ghcr.io/acme/api", "v1"), "http://127.0.0.1:5000/", HTTP_GOOGLE_REGISTRY,
                  "http://127.0.0.1:5000/v2/acme/api/manifests/v1");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(googles_token_goes_to_google_only) };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    return failed + RUN_SCRIPTED(rows);
}
