/* What a reload leaves as it is until the next start, and says so. */
#include "bot/configuration/restart.h"

#include "configuration_fixture.h"
#include "rows.h"

#define SLACK(more) "slack: { bot_token: x, signing_secrets: [y], team: T0" more " }\n"
#define FIRST "listen: 127.0.0.1:8080\ndata_dir: /var/lib/one\n" SLACK("")

static const struct row {
    const char *name, *next;
    const char *keys; /* that differ, each with a space behind it */
    bool has_same_digest;
} rows[] = {
    { "the same", FIRST, "", true },
    { "an address", "listen: 127.0.0.1:9090\ndata_dir: /var/lib/one\n" SLACK(""), "listen ", true },
    { "a directory, and a store",
      "listen: 127.0.0.1:8080\ndata_dir: /var/lib/two\nstore: { url: \"redis://r:6379\", name: x }\n" SLACK(""),
      "data_dir store.url store.name ", true },
    { "a limit of the door; how much one may ask changes at once",
      FIRST "limits: { connections_max: 7, requests_per_hour: 3 }\n", "limits.connections_max ", false },
    { "Socket Mode", "listen: 127.0.0.1:8080\ndata_dir: /var/lib/one\n" SLACK(", socket_mode: { app_token: xapp-1 }"),
      "slack.socket_mode ", true },
    { "a token changes at once",
      "listen: 127.0.0.1:8080\ndata_dir: /var/lib/one\nslack: { bot_token: z, signing_secrets: [y], team: T0 }\n", "",
      true },
    { "so does a rule", FIRST "policy: { rules: [ { allow: help, to: everyone } ] }\n", "", false },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(configuration) struct configuration *running = fixture_good(FIRST);
    AUTO(configuration) struct configuration *next = fixture_good(row->next);
    const char **keys;
    size_t count = configuration_keep_running(next, &running->settings, &keys);
    AUTO_BUF struct buf text = BUF(1000);

    for (size_t i = 0; i < count; i++)
        buf_addf(&text, "%s ", keys[i]);
    assert_string_equal(buf_text(&text), row->keys);
    assert_string_equal(next->settings.listen, "127.0.0.1:8080");
    assert_string_equal(next->settings.data_dir, "/var/lib/one");
    assert_string_equal(next->settings.store.url, "embedded");
    assert_null(next->settings.slack.socket_mode);
    assert_int_equal(next->settings.limits.connections_max, 1024);
    assert_int_equal(strcmp(next->digest.text, running->digest.text) == 0, row->has_same_digest);
}

static bool knows(const cJSON *json, const char *name)
{
    struct str rest = str_of(name);

    while (json && rest.len > 0) {
        AUTO_FREE char *key = str_copy(str_take_until(&rest, '.'));

        json = cJSON_GetObjectItemCaseSensitive(json, key);
    }
    return json != NULL;
}

/* A key that was renamed would be told of no more. */
static void check_keys(void **state)
{
    AUTO(configuration)
    struct configuration *all = fixture_good("local_socket: /run/o.sock\nlocal_socket_group: ops\n" SLACK(
        ", socket_mode: { app_token: xapp-1 }") "google: { credentials: metadata }\n");
    AUTO_JSON cJSON *json = shape_to_json(&settings_shape, &all->settings, SHAPE_WHOLE);
    const char *key;

    (void)state;
    for (size_t i = 0; (key = configuration_restart_key(i)) != NULL; i++)
        if (!knows(json, key))
            fail_msg("%s is no key of the configuration", key);
}

static void check_app_token(void **state)
{
    AUTO(configuration)
    struct configuration *running = fixture_good(SLACK(", socket_mode: { app_token: xapp-1, connections: 3 }"));
    AUTO(configuration)
    struct configuration *next = fixture_good(SLACK(", socket_mode: { app_token: xapp-2, connections: 4 }"));
    const char **keys;

    (void)state;
    assert_int_equal(configuration_keep_running(next, &running->settings, &keys), 1);
    assert_string_equal(keys[0], "slack.socket_mode.connections");
    assert_string_equal(next->settings.slack.socket_mode->app_token, "xapp-2");
    assert_int_equal(next->settings.slack.socket_mode->connections, 3);
}

/* It stays until the next start, and the configuration that it was of goes before that. */
static void check_app_token_kept(void **state)
{
    AUTO(configuration) struct configuration *running = fixture_good(SLACK(", socket_mode: { app_token: xapp-1 }"));
    AUTO(configuration) struct configuration *next = fixture_good(SLACK(", socket_mode: { app_token: xapp-2 }"));
    AUTO(configuration) struct configuration *last = fixture_good(SLACK(""));
    const struct socket_mode_settings *kept;
    const char **keys;

    (void)state;
    configuration_keep_running(next, &running->settings, &keys);
    configuration_keep_running(last, &next->settings, &keys);
    kept = last->settings.slack.socket_mode;
    assert_ptr_not_equal(kept, next->settings.slack.socket_mode);
    assert_ptr_not_equal(kept->app_token, next->settings.slack.socket_mode->app_token);
    configuration_destroy(TAKE(next));
    assert_string_equal(kept->app_token, "xapp-2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "each key that waits for a start is one", check_keys, NULL, NULL, NULL },
        { "the token of Socket Mode is taken, and not how many connections", check_app_token, NULL, NULL, NULL },
        { "without Socket Mode the last token is kept, and owned", check_app_token_kept, NULL, NULL, NULL },
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
