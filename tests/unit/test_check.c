/* `opsgate check`: what it prints, and how it ends. */
#include "bot/cli/check.h"

#include "configuration_fixture.h"

#include <stdlib.h>
#include <unistd.h>

#define EXAMPLE SOURCE_DIR "/deploy/examples/consultantos.yaml"
#define REFERENCE SOURCE_DIR "/docs/configuration.md"

static int set_variables(void **state)
{
    static const char *const names[] = { "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "GCP_PROJECT_ID" };
    static const char *const overrides[] = {
        "LOG_LEVEL",          "PORT", "ENABLE_METRICS", "HEALTH_CHECK_TIMEOUT", "GRACEFUL_SHUTDOWN_TIMEOUT",
        "RATE_LIMIT_PER_HOUR"
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        setenv(names[i], fixture_variable(NULL, names[i]), 1);
    for (size_t i = 0; i < ARRAY_LEN(overrides); i++)
        unsetenv(overrides[i]);
    return 0;
}

static void a_good_file_ends_with_0_and_a_summary(void **state)
{
    const struct check_options options = { .path = EXAMPLE };
    AUTO_BUF struct buf out = BUF(CHECK_OUTPUT_MAX_BYTES);

    (void)state;
    assert_int_equal(check_run(&options, &out), 0);
    assert_non_null(strstr(buf_text(&out), "consultantos.yaml is good."));
    assert_non_null(strstr(buf_text(&out), "consultantos/production: cloud_run, canary 10% 100%"));
    assert_non_null(strstr(buf_text(&out), "rules: 6 allow, 4 deny, 1 require"));
}

/* Replaces the XXXXXX of the path. */
static void make_file(char *path, const char *text)
{
    int fd = mkstemp(path);

    assert_true(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static void a_bad_file_ends_with_2_and_every_problem(void **state)
{
    char path[] = "/tmp/opsgate-check-XXXXXX";
    const struct check_options options = { .path = path };
    AUTO_BUF struct buf out = BUF(CHECK_OUTPUT_MAX_BYTES), expected = BUF(10000);

    (void)state;
    make_file(path, "listn: x\nlog_level: loud\n");
    assert_int_equal(check_run(&options, &out), 2);
    buf_addf(&expected,
             "%s:1:1: missing key 'slack' in the configuration; it is for: the workspace\n"
             "%s:1:1: listn: unknown key 'listn' in the configuration; did you mean 'listen'?\n"
             "%s:2:12: log_level: expected one of debug, info, warn, error, found 'loud'\n"
             "3 problems; nothing was started or changed.\n",
             path, path, path);
    assert_int_equal(strlen(buf_text(&out)), strlen(buf_text(&expected))); /* two stand at 1:1, in either order */
    assert_non_null(strstr(buf_text(&out), "2:12: log_level: expected one of"));
    assert_non_null(strstr(buf_text(&out), "3 problems; nothing was started or changed."));
    unlink(path);
}

/* What cannot be meant as a whole, what merely does nothing as a number; the file is good all the same. */
static void what_lint_has_against_the_policy_is_shown(void **state)
{
    static const char text[] = FIXTURE_SLACK
        "github: { webhook_secrets: [z], app: { id: 7, private_key: k } }\n"
        "services:\n"
        "  - name: web\n"
        "    repository: acme/web\n"
        "    artifact: \"r.example.com/web:{version}\"\n"
        "    environments:\n"
        "      - name: staging\n"
        "        driver: { cloud_run: { project: p, region: r, service: b } }\n"
        "        release: { on: github-push, branch: main }\n"
        "policy:\n"
        "  roles: [{ name: pipeline, members: 'github-app:7' }, { name: spare, members: 'slack:U1' }]\n"
        "  rules: [{ allow: '*', to: everyone }]\n";
    char path[] = "/tmp/opsgate-check-XXXXXX";
    const struct check_options options = { .path = path }, for_programs = { .path = path, .is_json = true };
    AUTO_BUF struct buf out = BUF(CHECK_OUTPUT_MAX_BYTES), object = BUF(CHECK_OUTPUT_MAX_BYTES);
    AUTO_JSON cJSON *json = NULL;
    int fd = mkstemp(path);
    struct error err;

    (void)state;
    assert_true(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    assert_int_equal(check_run(&options, &out), 0);
    assert_non_null(strstr(buf_text(&out), "the policy, by `opsgate policy lint`:\n"));
    assert_non_null(strstr(buf_text(&out), ":10: wrong: web rolls out to staging by itself, as github-app:7, and no rule "
                                           "allows it to deploy there"));
    assert_non_null(strstr(buf_text(&out), "  `opsgate policy lint` shows 2 more notes about the policy.\n"));
    assert_int_equal(check_run(&for_programs, &object), 0);
    assert_true(json_parse(buf_str(&object), &json, &err));
    assert_true(json_find_bool(json, "good", false));
    assert_string_equal(json_find_string(json, "findings.2.severity"), "wrong");
    unlink(path);
}

static void all_that_people_may_ask_for_is_listed(void **state)
{
    static const char text[] = FIXTURE_SLACK
        "services: [{ name: web, artifact: \"r.example.com/web:{version}\", environments: [{ name: production, driver: { "
        "cloud_run: { project: p, region: r, service: b } } }] }]\n"
        "databases: [{ name: main, environment: production, cloud_sql: { project: p, instance: i } }, { name: hand, runbook: move }]\n"
        "protections: [{ name: edge, environment: production, project: acme, policy: edge-policy }]\n"
        "runbooks:\n"
        "  - { name: move, target: hand, destructive: true, steps: [{ wait: 1s }] }\n"
        "  - { name: renew, rotates: key, steps: [{ wait: 1s }, { wait: 1s }] }\n"
        "maintenance: { least: 12h, windows: [\"Wed 22:00-24:00 UTC\"], places: [{ name: all-of-it, of: [web/production] }] }\n";
    static const char *const lines[] = { "databases\n  main: cloud_sql, production\n  hand: runbook\n",
                                         "protections\n  edge: edge-policy of acme, production\n",
                                         "runbooks\n  move: 1 step, changes hand, destructive\n  renew: 2 steps, rotates key\n",
                                         "maintenance\n  planned at least 12h ahead, watched for 1h\n  only Wed 22:00-24:00 UTC\n"
                                         "  all-of-it: web/production\n" };
    char path[] = "/tmp/opsgate-check-XXXXXX";
    const struct check_options options = { .path = path }, for_programs = { .path = path, .is_json = true };
    AUTO_BUF struct buf out = BUF(CHECK_OUTPUT_MAX_BYTES), object = BUF(CHECK_OUTPUT_MAX_BYTES);
    AUTO_JSON cJSON *json = NULL;
    struct error err;

    (void)state;
    make_file(path, text);
    check_run(&options, &out);
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        if (!strstr(buf_text(&out), lines[i]))
            fail_msg("no %s in %s", lines[i], buf_text(&out));
    assert_int_equal(check_run(&for_programs, &object), 0);
    assert_true(json_parse(buf_str(&object), &json, &err));
    assert_string_equal(json_find_string(json, "runbooks.1"), "renew");
    assert_string_equal(json_find_string(json, "protections.0"), "edge");
    unlink(path);
}

static void for_programs_it_is_json(void **state)
{
    const struct check_options good = { .path = EXAMPLE, .is_json = true },
                               bad = { .path = "/nowhere", .is_json = true };
    AUTO_BUF struct buf out = BUF(CHECK_OUTPUT_MAX_BYTES), problems = BUF(CHECK_OUTPUT_MAX_BYTES);
    AUTO_JSON cJSON *json = NULL, *errors = NULL;
    struct error err;

    (void)state;
    assert_int_equal(check_run(&good, &out), 0);
    assert_true(json_parse(buf_str(&out), &json, &err));
    assert_true(json_find_bool(json, "good", false));
    assert_string_equal(json_find_string(json, "targets.0"), "consultantos/production");
    assert_int_equal(strlen(json_find_string(json, "digest")), 64);
    assert_int_equal(check_run(&bad, &problems), 2);
    assert_true(json_parse(buf_str(&problems), &errors, &err));
    assert_false(json_find_bool(errors, "good", true));
    assert_non_null(strstr(json_find_string(errors, "errors.0.message"), "No such file"));
}

static void the_reference_page_is_what_the_rows_say(void **state)
{
    const struct check_options options = { .is_reference = true };
    AUTO_BUF struct buf out = BUF(CHECK_OUTPUT_MAX_BYTES);
    AUTO_FREE char *page = NULL;

    (void)state;
    assert_int_equal(check_run(&options, &out), 0);
    if (getenv("UPDATE_GOLDEN")) {
        FILE *file = fopen(REFERENCE, "w");

        assert_non_null(file);
        assert_int_equal(fwrite(out.at, 1, out.len, file), out.len);
        fclose(file);
    }
    page = fixture_load(REFERENCE);
    if (strcmp(page, buf_text(&out)) != 0)
        fail_msg("docs/configuration.md is not what the rows say: run this test with UPDATE_GOLDEN=1 and read the "
                 "difference");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_file_ends_with_0_and_a_summary),
        cmocka_unit_test(a_bad_file_ends_with_2_and_every_problem),
        cmocka_unit_test(what_lint_has_against_the_policy_is_shown),
        cmocka_unit_test(all_that_people_may_ask_for_is_listed),
        cmocka_unit_test(for_programs_it_is_json),
        cmocka_unit_test(the_reference_page_is_what_the_rows_say),
    };

    return cmocka_run_group_tests(tests, set_variables, NULL);
}
