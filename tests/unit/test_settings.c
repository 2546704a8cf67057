/* What can be found in the settings, and what follows from them. */
#include "configuration_fixture.h"

static const char text[] =
    FIXTURE_SLACK "health_check_timeout: 3s\n"
                  "services:\n"
                  "  - name: api\n"
                  "    labels: { tier: \"1\", team: core }\n"
                  "    artifact: \"registry.example.com/acme/api:{version}\"\n"
                  "    health: { path: /ready }\n"
                  "    environments:\n"
                  "      - name: staging\n"
                  "        driver: { cloud_run: { project: acme, region: r, service: api-staging } }\n"
                  "        health: { path: /health, timeout: 7s }\n"
                  "      - name: production\n"
                  "        labels: { tier: \"0\", paid: \"yes\" }\n"
                  "        driver: { cloud_run: { project: acme, region: r, service: api } }\n"
                  "        strategy: { canary: { steps: [5%, { traffic: 25%, bake: 10m }, 100%] } }\n"
                  "databases: [{ name: db, environment: production, cloud_sql: { project: acme, instance: db } }]\n"
                  "policy: { roles: [{ name: dev, members: \"slack:U1\" }] }\n"
                  "incidents: { severities: [{ name: P1 }] }\n"
                  "runbooks: [{ name: restart, target: api/production, steps: [{ run: [true] }] }]\n";

static struct configuration *configuration;

static int load(void **state)
{
    configuration = fixture_good(text);
    *state = &configuration->settings;
    return 0;
}

static int unload(void **state)
{
    (void)state;
    configuration_destroy(configuration);
    return 0;
}

static void things_are_found_by_their_exact_names(void **state)
{
    const struct settings *settings = *state;
    const struct service_settings *api = settings_find_service(settings, "api");

    assert_non_null(api);
    assert_null(settings_find_service(settings, "API"));
    assert_null(settings_find_service(settings, NULL));
    assert_string_equal(settings_find_environment(api, "production")->driver.cloud_run->service, "api");
    assert_null(settings_find_environment(api, "prod"));
    assert_non_null(settings_find_database(settings, "db"));
    assert_non_null(settings_find_role(settings, "dev"));
    assert_non_null(settings_find_severity(settings, "P1"));
    assert_null(settings_find_severity(settings, "P2"));
    assert_non_null(settings_find_runbook(settings, "restart"));
}

static void a_target_is_called_service_slash_environment(void **state)
{
    const struct settings *settings = *state;
    const struct service_settings *service = NULL;
    const struct environment_settings *environment = NULL;

    assert_true(settings_find_target(settings, "api/production", &service, &environment));
    assert_string_equal(settings_target_name(service, environment, configuration->arena), "api/production");
    assert_false(settings_find_target(settings, "api", &service, &environment));
    assert_false(settings_find_target(settings, "api/production/", &service, &environment));
    assert_false(settings_find_target(settings, "/production", &service, &environment));
}

static void an_environment_s_labels_win_over_the_service_s(void **state)
{
    const struct settings *settings = *state;
    const struct service_settings *api = settings_find_service(settings, "api");
    struct label_list list = settings_labels(api, settings_find_environment(api, "production"), configuration->arena);

    assert_int_equal(list.labels_count, 3);
    assert_string_equal(list.labels[0].key, "tier");
    assert_string_equal(list.labels[0].value, "0");
    assert_string_equal(list.labels[2].key, "paid");
    assert_string_equal(api->labels[0].value, "1"); /* the service's own are as they were */
    assert_int_equal(settings_labels(api, NULL, configuration->arena).labels_count, 2);
}

static void health_is_the_environment_s_then_the_service_s_then_the_common_timeout(void **state)
{
    const struct settings *settings = *state;
    const struct service_settings *api = settings_find_service(settings, "api");
    struct health_settings staging = settings_health(settings, api, settings_find_environment(api, "staging"));
    struct health_settings production = settings_health(settings, api, settings_find_environment(api, "production"));

    assert_string_equal(staging.path, "/health");
    assert_int_equal(staging.timeout_ms, 7000);
    assert_string_equal(production.path, "/ready");
    assert_int_equal(production.timeout_ms, 3000);
    assert_int_equal(production.expect_status, 200);
}

static void steps_may_be_shares_or_mappings(void **state)
{
    const struct settings *settings = *state;
    const struct canary_settings *canary = settings->services[0].environments[1].strategy.canary;

    assert_int_equal(canary->steps_count, 3);
    assert_true(canary->steps[0].traffic > 0.0499 && canary->steps[0].traffic < 0.0501);
    assert_int_equal(canary->steps[0].bake_ms, 0);
    assert_int_equal(canary->steps[1].bake_ms, 600000);
    assert_int_equal(canary->bake_ms, 300000);
    assert_int_equal(strategy_kind(&settings->services[0].environments[0].strategy), STRATEGY_ALL_AT_ONCE);
    assert_int_equal(strategy_kind(&settings->services[0].environments[1].strategy), STRATEGY_CANARY);
}

static void the_image_has_its_version_and_the_socket_its_place(void **state)
{
    const struct settings *settings = *state;

    assert_string_equal(settings_image(&settings->services[0], "v1.4.2", configuration->arena),
                        "registry.example.com/acme/api:v1.4.2");
    assert_string_equal(settings_local_socket(settings, configuration->arena), "/var/lib/opsgate/opsgate.sock");
}

static void what_is_not_written_has_its_default(void **state)
{
    const struct settings *settings = *state;

    assert_string_equal(settings->listen, "127.0.0.1:8080");
    assert_string_equal(settings->store.url, "embedded");
    assert_string_equal(settings->slack.channels.deployments, "#deployments");
    assert_int_equal(settings->slack.request_max_age_ms, 300000);
    assert_int_equal(settings->graceful_shutdown_timeout_ms, 8000);
    assert_true(settings->metrics.enabled);
    assert_null(settings->github);
    assert_string_equal(settings->file, "test.yaml");
    assert_int_equal(settings->policy.roles[0].line, 17);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(things_are_found_by_their_exact_names),
        cmocka_unit_test(a_target_is_called_service_slash_environment),
        cmocka_unit_test(an_environment_s_labels_win_over_the_service_s),
        cmocka_unit_test(health_is_the_environment_s_then_the_service_s_then_the_common_timeout),
        cmocka_unit_test(steps_may_be_shares_or_mappings),
        cmocka_unit_test(the_image_has_its_version_and_the_socket_its_place),
        cmocka_unit_test(what_is_not_written_has_its_default),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
