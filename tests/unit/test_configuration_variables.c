/* The environment goes before the file: the variables that do, and what is wrong with them. */
#include "configuration_fixture.h"
#include "rows.h"

static const struct override {
    const char *name, *variable, *value, *error; /* error NULL: `is_good` looks at the outcome */
    bool (*is_good)(const struct settings *settings);
} * override_now;

static const char *override_variable(void *arg, const char *name)
{
    return strcmp(name, override_now->variable) == 0 ? override_now->value : fixture_variable(arg, name);
}

static bool is_log_level_warn(const struct settings *settings)
{
    return settings->log_level == SETTINGS_LOG_WARN;
}

static bool are_metrics_off(const struct settings *settings)
{
    return !settings->metrics.enabled;
}

static bool is_health_7_s(const struct settings *settings)
{
    return settings->health_check_timeout_ms == 7000;
}

static bool is_shutdown_30_s(const struct settings *settings)
{
    return settings->graceful_shutdown_timeout_ms == 30000;
}

static bool is_port_9000(const struct settings *settings)
{
    return strcmp(settings->listen, "0.0.0.0:9000") == 0;
}

static bool is_limit_10(const struct settings *settings)
{
    return settings->limits.requests_per_hour == 10;
}

static bool is_as_written(const struct settings *settings)
{
    return strcmp(settings->listen, "0.0.0.0:8080") == 0 && settings->log_level == SETTINGS_LOG_INFO;
}

static const struct override overrides[] = {
    { "LOG_LEVEL in capitals", "LOG_LEVEL", "WARN", NULL, is_log_level_warn },
    { "LOG_LEVEL that is none", "LOG_LEVEL", "loud", "expected one of debug, info, warn, error, found 'loud'", NULL },
    { "ENABLE_METRICS", "ENABLE_METRICS", "false", NULL, are_metrics_off },
    { "ENABLE_METRICS that is neither", "ENABLE_METRICS", "perhaps", "expected true or false, found 'perhaps'", NULL },
    { "HEALTH_CHECK_TIMEOUT in seconds", "HEALTH_CHECK_TIMEOUT", "7", NULL, is_health_7_s },
    { "HEALTH_CHECK_TIMEOUT of nothing", "HEALTH_CHECK_TIMEOUT", "0",
      "expected whole seconds from 1 to 3600, found '0'", NULL },
    { "GRACEFUL_SHUTDOWN_TIMEOUT in seconds", "GRACEFUL_SHUTDOWN_TIMEOUT", "30", NULL, is_shutdown_30_s },
    { "GRACEFUL_SHUTDOWN_TIMEOUT with a unit", "GRACEFUL_SHUTDOWN_TIMEOUT", "30s",
      "expected whole seconds from 0 to 3600, found '30s'", NULL },
    { "PORT replaces the port alone", "PORT", "9000", NULL, is_port_9000 },
    { "PORT that is none", "PORT", "65536", "expected a port from 1 to 65535, found '65536'", NULL },
    { "RATE_LIMIT_PER_HOUR", "RATE_LIMIT_PER_HOUR", "10", NULL, is_limit_10 },
    { "RATE_LIMIT_PER_HOUR below zero", "RATE_LIMIT_PER_HOUR", "-1",
      "expected a whole number from 0 to 1000000, found '-1'", NULL },
    { "an empty variable says nothing", "PORT", "", NULL, is_as_written },
};

static void check_override(void **state)
{
    const struct configuration_source source = { .path = "x.yaml",
                                                 .text = STR_LIT(FIXTURE_SLACK "listen: 0.0.0.0:8080\n"),
                                                 .find_variable = override_variable,
                                                 .read_file = fixture_file };
    AUTO(configuration) struct configuration *configuration = NULL;
    struct configuration_errors errors = { 0 };

    override_now = *state;
    assert_int_equal(configuration_read(&source, &configuration, &errors), override_now->error == NULL);
    if (override_now->error) {
        assert_int_equal(errors.count, 1);
        assert_string_equal(errors.items[0].message, override_now->error);
        assert_non_null(strstr(errors.items[0].path, override_now->variable));
    } else {
        assert_true(override_now->is_good(&configuration->settings));
    }
    configuration_errors_finish(&errors);
}

int main(void)
{
    return ROWS(overrides, check_override);
}
