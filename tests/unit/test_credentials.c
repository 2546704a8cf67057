/* Who signs with what: tokens are fetched once, kept apart by what they are for, and dropped when they end. */
#include "tests/unit/rows.h"

#include "bot/carrier/credentials.h"
#include "bot/model/cloud_run.h"
#include "integrations/google/token.h"
#include "integrations/health.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t mono_now;

static int64_t mono(void *ctx)
{
    (void)ctx;
    return mono_now;
}

static int64_t unix_now(void *ctx)
{
    (void)ctx;
    return INT64_C(1700100000000);
}

static const struct clock a_clock = { .mono_ms = mono, .unix_ms = unix_now };
static const struct settings a_settings = {
    .slack = { .bot_token = "xoxb-1" },
    .google = { .credentials = "metadata", .metadata_url = "http://metadata", .token_url = "http://tokens" },
};

struct world {
    struct credentials *credentials;
    struct credential_source source;
    struct arena *arena;
};

static struct world open_world(const struct settings *settings)
{
    struct world world = { .arena = arena_create() };
    struct error err;

    world.credentials = credentials_create(settings, &a_clock);
    if (!credentials_reconfigure(world.credentials, settings, &err))
        fail_msg("%s", err.message);
    world.source = credentials_source(world.credentials);
    return world;
}

static void close_world(struct world *world)
{
    credentials_destroy(world->credentials);
    arena_destroy(world->arena);
}

static struct http_call call_with(enum http_credential credential, const char *audience)
{
    return (struct http_call){ .credential = credential, .audience = audience };
}

static const char *get(const struct world *world, enum http_credential credential, const char *audience)
{
    const struct http_call call = call_with(credential, audience);

    return world->source.get(world->source.ctx, &call, world->arena);
}

static void learn(const struct world *world, enum http_credential credential, const char *audience, const char *token,
                  int64_t expires_s)
{
    const struct http_call call = call_with(credential, audience);
    AUTO_JSON cJSON *result = json_object();
    struct error err;

    json_set_string(result, credential == HTTP_GOOGLE_IDENTITY ? "id_token" : "access_token", token);
    json_set_int(result, "expires_in", expires_s);
    assert_true(world->source.learn(world->source.ctx, &call, result, &err));
}

static exchange_fn fetch(const struct world *world, enum http_credential credential, const char *audience,
                         const cJSON **ret_args, struct error *err)
{
    const struct http_call call = call_with(credential, audience);

    return world->source.fetch(world->source.ctx, &call, world->arena, ret_args, err);
}

static void tokens_are_kept_apart_by_what_they_are_for(void **state)
{
    struct world world = open_world(&a_settings);

    (void)state;
    assert_null(get(&world, HTTP_GOOGLE_ACCESS, NULL));
    learn(&world, HTTP_GOOGLE_ACCESS, NULL, "ya29", 3600);
    learn(&world, HTTP_GOOGLE_IDENTITY, "https://a", "jwt-a", 3600);
    learn(&world, HTTP_GOOGLE_IDENTITY, "https://b", "jwt-b", 3600);
    assert_string_equal(get(&world, HTTP_GOOGLE_ACCESS, NULL), "Bearer ya29");
    assert_string_equal(get(&world, HTTP_GOOGLE_REGISTRY, NULL), "Basic b2F1dGgyYWNjZXNzdG9rZW46eWEyOQ==");
    assert_string_equal(get(&world, HTTP_GOOGLE_IDENTITY, "https://a"), "Bearer jwt-a");
    assert_string_equal(get(&world, HTTP_GOOGLE_IDENTITY, "https://b"), "Bearer jwt-b");
    assert_null(get(&world, HTTP_GOOGLE_IDENTITY, "https://c"));
    assert_string_equal(get(&world, HTTP_SLACK_BOT, NULL), "Bearer xoxb-1");
    assert_null(get(&world, HTTP_GITHUB, "acme/api")); /* never Google's token */
    assert_null(get(&world, HTTP_PAGERDUTY, NULL));
    close_world(&world);
}

static void what_is_refused_is_dropped_alone(void **state)
{
    struct world world = open_world(&a_settings);
    const struct http_call a = call_with(HTTP_GOOGLE_IDENTITY, "https://a");
    const struct http_call images = call_with(HTTP_GOOGLE_REGISTRY, NULL);

    (void)state;
    learn(&world, HTTP_GOOGLE_ACCESS, NULL, "ya29", 3600);
    learn(&world, HTTP_GOOGLE_IDENTITY, "https://a", "jwt-a", 3600);
    learn(&world, HTTP_GOOGLE_IDENTITY, "https://b", "jwt-b", 3600);
    world.source.forget(world.source.ctx, &a);
    world.source.forget(world.source.ctx, &a); /* twice does no harm */
    assert_null(get(&world, HTTP_GOOGLE_IDENTITY, "https://a"));
    assert_string_equal(get(&world, HTTP_GOOGLE_IDENTITY, "https://b"), "Bearer jwt-b");
    assert_string_equal(get(&world, HTTP_GOOGLE_ACCESS, NULL), "Bearer ya29");
    world.source.forget(world.source.ctx, &images); /* the same access token */
    assert_null(get(&world, HTTP_GOOGLE_ACCESS, NULL));
    close_world(&world);
}

static void a_token_is_used_until_shortly_before_its_end(void **state)
{
    struct world world = open_world(&a_settings);

    (void)state;
    mono_now = 1000000;
    learn(&world, HTTP_GOOGLE_IDENTITY, "https://a", "jwt-a", 3600);
    learn(&world, HTTP_GOOGLE_IDENTITY, "https://short", "jwt-s", 60);
    mono_now += 29999;
    assert_non_null(get(&world, HTTP_GOOGLE_IDENTITY, "https://short"));
    mono_now += 1; /* half of its life */
    assert_null(get(&world, HTTP_GOOGLE_IDENTITY, "https://short"));
    mono_now = 1000000 + 3600 * 1000 - GOOGLE_TOKEN_MARGIN_MS - 1;
    assert_non_null(get(&world, HTTP_GOOGLE_IDENTITY, "https://a"));
    mono_now += 1;
    assert_null(get(&world, HTTP_GOOGLE_IDENTITY, "https://a"));
    learn(&world, HTTP_GOOGLE_IDENTITY, "https://a", "jwt-2", 3600); /* in place of the old one */
    assert_string_equal(get(&world, HTTP_GOOGLE_IDENTITY, "https://a"), "Bearer jwt-2");
    close_world(&world);
}

static void more_audiences_than_are_kept_push_out_the_first_to_end(void **state)
{
    struct world world = open_world(&a_settings);
    char audience[40];

    (void)state;
    learn(&world, HTTP_GOOGLE_ACCESS, NULL, "ya29", 3600);
    for (int i = 0; i < 200; i++) {
        snprintf(audience, sizeof(audience), "https://s%d", i);
        learn(&world, HTTP_GOOGLE_IDENTITY, audience, "jwt", 1000 + i);
    }
    assert_null(get(&world, HTTP_GOOGLE_IDENTITY, "https://s0"));
    assert_non_null(get(&world, HTTP_GOOGLE_IDENTITY, "https://s199"));
    assert_non_null(get(&world, HTTP_GOOGLE_ACCESS, NULL));
    close_world(&world);
}

static void the_metadata_server_is_asked_for_what_is_needed(void **state)
{
    struct world world = open_world(&a_settings);
    const cJSON *args = NULL;
    struct error err;

    (void)state;
    assert_true(fetch(&world, HTTP_GOOGLE_ACCESS, NULL, &args, &err) == google_token_metadata);
    assert_null(args);
    assert_true(fetch(&world, HTTP_GOOGLE_IDENTITY, "https://a", &args, &err) == google_identity_metadata);
    assert_string_equal(json_find_string(args, "audience"), "https://a");
    assert_true(fetch(&world, HTTP_GOOGLE_IDENTITY, NULL, &args, &err) == NULL);
    assert_non_null(strstr(err.message, "none is named"));
    assert_true(fetch(&world, HTTP_GOOGLE_IDENTITY, "", &args, &err) == NULL);
    assert_true(fetch(&world, HTTP_GITHUB, "acme/api", &args, &err) == NULL);
    close_world(&world);
}

static void the_app_signs_for_itself(void **state)
{
    static const struct github_app app = { .id = 7, .private_key = "no key" };
    static const struct github_settings github = { .app = &app, .token = "ghp_1" };
    struct settings settings = a_settings;
    struct world nobody = open_world(&a_settings), world;
    const cJSON *args = NULL;
    struct error err;

    (void)state;
    settings.github = &github;
    world = open_world(&settings);
    assert_null(get(&nobody, HTTP_GITHUB_APP, NULL));
    assert_null(fetch(&nobody, HTTP_GITHUB_APP, NULL, &args, &err));
    assert_non_null(strstr(err.message, "no github.app"));
    assert_null(get(&world, HTTP_GITHUB_APP, NULL)); /* never the token, which is a person's */
    assert_null(fetch(&world, HTTP_GITHUB_APP, NULL, &args, &err));
    assert_null(strstr(err.message, "no key")); /* nor is the key shown */
    close_world(&world);
    close_world(&nobody);
}

static void pagerdutys_key_is_in_the_configuration(void **state)
{
    static const struct pagerduty_settings pagerduty = { .api_token = "pd-key" };
    struct settings settings = a_settings;
    struct world world;
    const cJSON *args = NULL;
    struct error err;

    (void)state;
    settings.pagerduty = &pagerduty;
    world = open_world(&settings);
    assert_string_equal(get(&world, HTTP_PAGERDUTY, NULL), "Token token=pd-key");
    close_world(&world);
    world = open_world(&a_settings);
    assert_true(fetch(&world, HTTP_PAGERDUTY, NULL, &args, &err) == NULL);
    assert_non_null(strstr(err.message, "pagerduty.api_token"));
    close_world(&world);
}

static void statuspages_key_is_in_the_configuration(void **state)
{
    static const struct statuspage_settings page = { .page = "pg1", .api_token = "sp-key" };
    struct settings settings = a_settings;
    struct world world;
    const cJSON *args = NULL;
    struct error err;

    (void)state;
    settings.statuspage = &page;
    world = open_world(&settings);
    assert_string_equal(get(&world, HTTP_STATUSPAGE, NULL), "OAuth sp-key");
    close_world(&world);
    world = open_world(&a_settings);
    assert_null(get(&world, HTTP_STATUSPAGE, NULL));
    assert_true(fetch(&world, HTTP_STATUSPAGE, NULL, &args, &err) == NULL);
    assert_non_null(strstr(err.message, "statuspage.api_token"));
    close_world(&world);
}

/* As the mail server is told, in one piece: the first space is the end of the name. */
static void a_mail_servers_login_is_the_configurations(void **state)
{
    static const struct smtp_settings smtp = { .username = "opsgate", .password = "two words" };
    static const struct smtp_settings half = { .username = "opsgate" };
    struct settings settings = a_settings;
    struct world world;
    const cJSON *args = NULL;
    struct error err;

    (void)state;
    settings.smtp = &smtp;
    world = open_world(&settings);
    assert_string_equal(get(&world, HTTP_SMTP, NULL), "opsgate two words");
    close_world(&world);
    settings.smtp = &half;
    world = open_world(&settings);
    assert_null(get(&world, HTTP_SMTP, NULL));
    assert_true(fetch(&world, HTTP_SMTP, NULL, &args, &err) == NULL);
    assert_non_null(strstr(err.message, "smtp.password"));
    close_world(&world);
}

static void write_key_file(const char *path)
{
    EVP_PKEY *key = EVP_RSA_gen(2048);
    BIO *memory = BIO_new(BIO_s_mem());
    AUTO_JSON cJSON *json = json_object();
    AUTO_FREE char *text = NULL;
    char *bytes;
    FILE *file;

    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL), 1);
    BIO_write(memory, "", 1);
    BIO_get_mem_data(memory, &bytes);
    json_set_string(json, "type", "service_account");
    json_set_string(json, "client_email", "o@acme");
    json_set_string(json, "private_key", bytes);
    text = json_print(json);
    file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
    BIO_free(memory);
    EVP_PKEY_free(key);
}

static void a_key_file_makes_assertions_for_either(void **state)
{
    char path[] = "/tmp/opsgate-key-XXXXXX";
    struct settings settings = a_settings;
    const cJSON *access, *identity;
    struct world world;
    struct error err;

    (void)state;
    close(mkstemp(path));
    write_key_file(path);
    settings.google.credentials = path;
    world = open_world(&settings);
    assert_true(fetch(&world, HTTP_GOOGLE_REGISTRY, NULL, &access, &err) == google_token_grant);
    assert_true(fetch(&world, HTTP_GOOGLE_IDENTITY, "https://a", &identity, &err) == google_identity_grant);
    assert_string_not_equal(json_find_string(access, "assertion"), json_find_string(identity, "assertion"));
    close_world(&world);
    unlink(path);
}

/* A person made another key: no start is needed, and a file that is half written does no harm. */
static void a_key_is_read_again(void **state)
{
    char path[] = "/tmp/opsgate-key-XXXXXX";
    struct settings settings = a_settings;
    const cJSON *before, *same, *now;
    struct world world;
    struct error err;
    FILE *file;

    (void)state;
    close(mkstemp(path));
    write_key_file(path);
    settings.google.credentials = path;
    world = open_world(&settings);
    learn(&world, HTTP_GOOGLE_ACCESS, NULL, "ya29", 3600);
    assert_true(fetch(&world, HTTP_GOOGLE_ACCESS, NULL, &before, &err) == google_token_grant);
    file = fopen(path, "w");
    fputs("{\"type\":\"service_account\"", file);
    fclose(file);
    assert_false(credentials_reconfigure(world.credentials, &settings, &err));
    assert_non_null(strstr(err.message, path));
    assert_null(get(&world, HTTP_GOOGLE_ACCESS, NULL)); /* it may be of the key that was taken away */
    assert_true(fetch(&world, HTTP_GOOGLE_ACCESS, NULL, &same, &err) == google_token_grant);
    assert_string_equal(json_find_string(before, "assertion"), json_find_string(same, "assertion"));
    write_key_file(path);
    assert_true(credentials_reconfigure(world.credentials, &settings, &err));
    assert_true(fetch(&world, HTTP_GOOGLE_ACCESS, NULL, &now, &err) == google_token_grant);
    assert_string_not_equal(json_find_string(before, "assertion"), json_find_string(now, "assertion"));
    unlink(path);
    assert_false(credentials_reconfigure(world.credentials, &settings, &err));
    close_world(&world);
}

static exchange_fn fetch_of(const struct world *world, const char *project, const cJSON **ret_args, struct error *err)
{
    const struct http_call call = { .credential = HTTP_GOOGLE_ACCESS, .project = project };

    return world->source.fetch(world->source.ctx, &call, world->arena, ret_args, err);
}

static const char *token_of(const struct world *world, enum http_credential credential, const char *project)
{
    const struct http_call call = { .credential = credential, .project = project };

    return world->source.get(world->source.ctx, &call, world->arena);
}

static void an_environment_s_own_account_signs_for_its_project_alone(void **state)
{
    char path[] = "/tmp/opsgate-key-XXXXXX";
    const struct environment_google own = { .credentials = path };
    const struct cloud_run_driver there = { .project = "acme-prod" }, here = { .project = "acme-staging" };
    struct environment_settings environments[] = { { .name = "staging", .driver.cloud_run = &here },
                                                   { .name = "production", .driver.cloud_run = &there, .google = &own } };
    struct service_settings service = { .name = "api", .environments = environments, .environments_count = 2 };
    struct settings settings = a_settings;
    const struct http_call prod = { .credential = HTTP_GOOGLE_ACCESS, .project = "acme-prod" };
    AUTO_JSON cJSON *result = json_object();
    const cJSON *args;
    struct world world;
    struct error err;

    (void)state;
    close(mkstemp(path));
    write_key_file(path);
    settings.services = &service;
    settings.services_count = 1;
    world = open_world(&settings);
    assert_true(fetch_of(&world, "acme-prod", &args, &err) == google_token_grant);
    assert_true(fetch_of(&world, "acme-staging", &args, &err) == google_token_metadata);
    assert_true(fetch_of(&world, NULL, &args, &err) == google_token_metadata);
    learn(&world, HTTP_GOOGLE_ACCESS, NULL, "common", 3600);
    assert_null(token_of(&world, HTTP_GOOGLE_ACCESS, "acme-prod")); /* never the common one */
    json_set_string(result, "access_token", "own");
    json_set_int(result, "expires_in", 3600);
    assert_true(world.source.learn(world.source.ctx, &prod, result, &err));
    assert_string_equal(token_of(&world, HTTP_GOOGLE_ACCESS, "acme-prod"), "Bearer own");
    assert_string_equal(token_of(&world, HTTP_GOOGLE_ACCESS, "acme-staging"), "Bearer common");
    world.source.forget(world.source.ctx, &prod);
    assert_null(token_of(&world, HTTP_GOOGLE_ACCESS, "acme-prod"));
    assert_string_equal(token_of(&world, HTTP_GOOGLE_ACCESS, NULL), "Bearer common");
    unlink(path);
    assert_false(credentials_reconfigure(world.credentials, &settings, &err)); /* told, and used on as it was */
    assert_true(fetch_of(&world, "acme-prod", &args, &err) == google_token_grant);
    close_world(&world);
    world = (struct world){ .arena = arena_create(), .credentials = credentials_create(&settings, &a_clock) };
    world.source = credentials_source(world.credentials);
    assert_false(credentials_reconfigure(world.credentials, &settings, &err));
    assert_null(fetch_of(&world, "acme-prod", &args, &err)); /* it could never be read: no other one signs in its place */
    assert_non_null(strstr(err.message, path));
    assert_true(fetch_of(&world, "acme-staging", &args, &err) == google_token_metadata);
    close_world(&world);
}

/* ---- a health check of a private service, as the carrier drives it ---- */

static bool may_send(void *arg)
{
    (void)arg;
    return true;
}

/* exp is an hour after unix_now */
#define JWT "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjE3MDAxMDM2MDB9."

/* answers: what the service says to each call, in order: o 200, 1 401. story: t a token is fetched, s the service
 * asked. */
static const struct probe_row {
    const char *name, *answers, *story, *problem;
    bool has_token; /* one is at hand already */
} probe_rows[] = {
    { "a token is fetched, and lets us in", "o", "ts", NULL, false },
    { "a token at hand is used", "o", "s", NULL, true },
    { "a stale one is dropped, and a fresh one lets us in", "1o", "sts", NULL, true },
    { "a fresh one that is refused is an answer", "11", "sts", "a fresh one neither", true },
};

static void drive(struct exchange_run *run, const char *answers, char *story)
{
    static const struct http_header flavor = { "metadata-flavor", "Google" };
    const struct http_call *call;
    size_t fetched = 0;

    while ((call = exchange_run_next(run)) != NULL) {
        bool is_token = strncmp(call->url, "http://metadata/", 16) == 0;
        const char *signature = is_token ? NULL : call->headers[call->header_count - 1].value;
        struct http_answer answer = { .status = 200, .was_sent = true };

        *story++ = is_token ? 't' : 's';
        if (is_token)
            answer = (struct http_answer){ .status = 200,
                                           .headers = &flavor,
                                           .header_count = 1,
                                           .body = str_of(fetched++ ? JWT "second" : JWT "first") };
        else if (*answers++ == '1')
            answer.status = 401;
        if (signature)
            assert_non_null(strstr(signature, "Bearer "));
        exchange_run_answer(run, &answer);
    }
}

static void check_probe(void **state)
{
    const struct probe_row *row = *state;
    struct world world = open_world(&a_settings);
    const struct health_probe probe = {
        .url = "https://d1---a/health", .expect_status = 200, .timeout_ms = 1000, .audience = "https://a"
    };
    AUTO_JSON cJSON *args = shape_to_json(&health_probe_shape, &probe, SHAPE_WHOLE);
    const struct exchange_run_options options = { .step = health_read,
                                                  .settings = &a_settings,
                                                  .args = args,
                                                  .credentials = &world.source,
                                                  .may_send = may_send,
                                                  .unix_ms = INT64_C(1700100000000) };
    struct exchange_run *run = exchange_run_create(&options);
    char story[16] = "";

    if (row->has_token)
        learn(&world, HTTP_GOOGLE_IDENTITY, "https://a", "old", 3600);
    drive(run, row->answers, story);
    assert_string_equal(story, row->story);
    assert_int_equal(exchange_run_end(run)->result, ATTEMPT_DONE);
    if (row->problem)
        assert_non_null(strstr(json_find_string(exchange_run_end(run)->body, "problem"), row->problem));
    else
        assert_true(json_find_bool(exchange_run_end(run)->body, "is_healthy", false));
    exchange_run_destroy(run);
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_kept_apart_by_what_they_are_for),
        cmocka_unit_test(a_mail_servers_login_is_the_configurations),
        cmocka_unit_test(what_is_refused_is_dropped_alone),
        cmocka_unit_test(a_token_is_used_until_shortly_before_its_end),
        cmocka_unit_test(more_audiences_than_are_kept_push_out_the_first_to_end),
        cmocka_unit_test(the_metadata_server_is_asked_for_what_is_needed),
        cmocka_unit_test(the_app_signs_for_itself),
        cmocka_unit_test(pagerdutys_key_is_in_the_configuration),
        cmocka_unit_test(statuspages_key_is_in_the_configuration),
        cmocka_unit_test(a_key_file_makes_assertions_for_either),
        cmocka_unit_test(a_key_is_read_again),
        cmocka_unit_test(an_environment_s_own_account_signs_for_its_project_alone),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    return failed + ROWS(probe_rows, check_probe);
}
