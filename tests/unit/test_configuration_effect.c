/* What a file comes to: what is filled in, warned of and not built, and a file that is none. */
#include "configuration_texts.h"

#include <unistd.h>

/* ---- what is filled in ---- */

static void secrets_lose_one_newline_at_their_end(void **state)
{
    AUTO(configuration)
    struct configuration *configuration = fixture_good(
        "slack: { bot_token: \"${file:/secrets/one}\", signing_secrets: [\"a${env:SMTP_PASSWORD}z\"], team: T0 }\n");

    (void)state;
    assert_string_equal(configuration->settings.slack.bot_token, "top-secret");
    assert_string_equal(configuration->settings.slack.signing_secrets[0], "apassword-of-smtpz");
    assert_int_equal(configuration->warnings_count, 1); /* no policy */
}

static bool warns(const char *more, const char *text)
{
    AUTO_BUF struct buf whole = BUF(4096);
    AUTO(configuration) struct configuration *configuration = NULL;

    buf_addf(&whole, "%s%s", FIXTURE_SLACK, more);
    configuration = fixture_good(buf_text(&whole));
    for (size_t i = 0; i < configuration->warnings_count; i++)
        if (strstr(configuration->warnings[i], text))
            return true;
    return false;
}

static void local_users_who_cannot_connect_are_warned_of(void **state)
{
#define ROLES(member) "policy: { roles: [{ name: ops, members: [\"slack:U1\", \"" member "\"] }] }\n"
    (void)state;
    assert_true(warns(ROLES("local:alice"), "alice can use `opsgate run` only if opsgate runs as that user"));
    assert_false(warns(ROLES("local:root"), "opsgate run"));
    assert_true(warns(ROLES("local:alice") "local_socket_group: ops\n", "needs a local_socket"));
    assert_false(warns(ROLES("local:alice") "local_socket_group: ops\nlocal_socket: /run/opsgate/sock\n", "local"));
#undef ROLES
}

#define GITHUB "github: { webhook_secrets: [\"${env:GITHUB_WEBHOOK_SECRET}\"] }\n"
#define BODIES(size) "limits: { bodies_max: " size " }\n"

static void too_little_room_for_what_github_sends_is_warned_of(void **state)
{
    (void)state;
    assert_true(
        warns(GITHUB BODIES("33MiB"), "bodies_max: GitHub may send 25 MiB at once, and there is room for 25344 KiB"));
    assert_false(warns(GITHUB BODIES("34MiB"), "bodies_max"));
    assert_false(warns(GITHUB, "bodies_max"));
    assert_false(warns(BODIES("1MiB"), "bodies_max")); /* whoever does not take its webhooks needs no room */
}

static void tokens_that_share_a_secret_are_warned_of(void **state)
{
#define TOKENS(first, second)                                                                                          \
    "api:\n  tokens:\n    - { name: ci, secret: " first " }\n    - { name: cd, secret: " second " }\n"
    (void)state;
    assert_true(warns(TOKENS("0123456789abcdef", "0123456789abcdef"),
                      "api.tokens[cd].secret: it is that of token 'ci', too: whoever sends it counts as 'ci'"));
    assert_false(warns(TOKENS("0123456789abcdef", "0123456789abcdef"), "0123456789"));
    assert_false(warns(TOKENS("0123456789abcdef", "0123456789abcdeg"), "counts as"));
#undef TOKENS
}

static void a_workflow_for_a_deployment_is_warned_of(void **state)
{
#define RELEASING(on, driver)                                                                                          \
    "github: { webhook_secrets: [s], app: { id: 1, private_key: k } }\n"                                               \
    "services:\n  - name: api\n    repository: acme/api\n    environments:\n      - { name: production, "              \
    "strategy: all-at-once, release: " on ", driver: { " driver " } }\n"
#define WORKFLOW "github_actions: { workflow: deploy.yml, ref: main }"
#define SENTENCE "the workflow runs at driver.github_actions.ref, not at the deployment's commit"
    (void)state;
    assert_true(warns(RELEASING("{ on: github-deployment }", WORKFLOW), SENTENCE));
    assert_false(warns(RELEASING("{ on: github-push, branch: main }", WORKFLOW), SENTENCE));
    assert_false(warns(RELEASING("{ on: github-deployment }", "program: { deploy: [x] }"), SENTENCE));
#undef RELEASING
#undef WORKFLOW
#undef SENTENCE
}

static void an_analysis_without_a_source_is_warned_of(void **state)
{
#define CANARY(analysis)                                                                                               \
    API "      - { name: production, " RUN("b") ", strategy: { canary: { steps: [100%] } }, analysis: " analysis " }\n"
#define SENTENCE                                                                                                       \
    "nothing can be judged without metrics.prometheus, metrics.google_cloud_monitoring or probes: steps will wait for people"
    (void)state;
    assert_true(warns(CANARY("{ error_rate: 1% }"), SENTENCE));
    assert_false(warns(METRICS CANARY("{ error_rate: 1% }"), SENTENCE));
    assert_true(warns(CANARY("{ error_rate: 1%, probes: false }"), SENTENCE));
    assert_false(warns(CANARY("{ error_rate: 1%, probes: true }"), SENTENCE));
    assert_false(warns(CANARY("{ max_bake: 1h }"), SENTENCE)); /* it asks for no judgement */
#undef CANARY
#undef SENTENCE
}

static void what_probes_do_not_know_is_warned_of(void **state)
{
#define CANARY(bake, analysis)                                                                                         \
    API "      - { name: production, " RUN("b") ", strategy: { canary: { steps: [5%, 100%], bake: " bake               \
                                                " } }, analysis: { " analysis " } }\n"
#define UNUSED(key) key ": has no effect beside probes: they are judged in the place of users' requests"
#define FEW "a step needs 20 probes, so each bake of 1m will take 1m40s"
    (void)state;
    assert_true(warns(METRICS CANARY("5m", "probes: true, latency_vs_baseline: 2"), UNUSED("latency_vs_baseline")));
    assert_true(warns(METRICS CANARY("5m", "probes: true, traffic: false"), UNUSED("traffic")));
    assert_true(warns(CANARY("5m", "probes: true, min_requests: 50"), UNUSED("min_requests")));
    assert_true(warns(CANARY("5m", "probes: true, metrics: { requests: a }"), UNUSED("metrics")));
    assert_false(warns(METRICS CANARY("5m", "probes: false, latency_vs_baseline: 2"), "has no effect"));
    assert_false(
        warns(METRICS CANARY("5m", "probes: true, error_rate: 1%, latency_p95: 1s, block: 20s"), "has no effect"));
    assert_true(warns(CANARY("1m", "probes: true"), FEW));
    assert_true(warns(METRICS CANARY("1m", "probes: true, error_rate: 1%"), FEW));
    assert_false(warns(CANARY("1m", "probes: { every: 3s }"), FEW));
    assert_false(warns(CANARY("1m", "probes: false"), FEW));
#undef CANARY
#undef UNUSED
#undef FEW
}

static void a_detection_below_the_limit_is_warned_of(void **state)
{
#define CANARY(analysis)                                                                                               \
    METRICS API                                                                                                        \
        "      - { name: production, " RUN("b") ", strategy: { canary: { steps: [100%] } }, analysis: " analysis       \
                                                " }\n"
#define SENTENCE "is not above error_rate"
    (void)state;
    assert_false(warns(CANARY("{ error_rate: 5% }"), SENTENCE)); /* it follows the limit */
    assert_true(warns(CANARY("{ error_rate: 5%, detect: 5% }"), SENTENCE));
    assert_true(warns(CANARY("{ error_rate: 1%, detect: 0.5% }"), SENTENCE));
    assert_false(warns(CANARY("{ error_rate: 1% }"), SENTENCE));
    assert_false(warns(CANARY("{ latency_p95: 1s, detect: 0.5% }"), SENTENCE));
#undef CANARY
#undef SENTENCE
}

static void a_glass_that_nobody_is_mailed_of_is_warned_of(void **state)
{
#define SMTP "smtp: { url: \"smtp://mail.example.com:587\", from: ops@example.com }\n"
#define GLASS(to)                                                                                                      \
    "policy: { " to "roles: [{ name: dev, members: \"slack:U1\" }], rules: [{ deny: deploy, break_glass: dev }] }\n"
#define SENTENCE "nobody gets a mail when it is broken"
    (void)state;
    assert_true(warns(SMTP GLASS(""), SENTENCE));
    assert_false(warns(SMTP GLASS("glass_mail_to: boss@example.com, "), SENTENCE));
    assert_false(warns(GLASS(""), SENTENCE)); /* they have no mail at all */
    assert_false(warns(SMTP, SENTENCE));
#undef SMTP
#undef GLASS
#undef SENTENCE
}

static void a_secret_in_the_file_itself_is_warned_about_without_showing_it(void **state)
{
    AUTO(configuration)
    struct configuration *configuration = fixture_good(
        "slack: { bot_token: xoxb-in-clear, signing_secrets: \"${env:SLACK_SIGNING_SECRET}\", team: T0 }\n");

    (void)state;
    assert_string_equal(configuration->warnings[0],
                        "/etc/opsgate/test.yaml:1:21: slack.bot_token: a secret stands in the file "
                        "itself; ${env:NAME} or ${file:PATH} keep it out");
}

/* ---- the digest ---- */

static bool digests_equal(const char *a, const char *b)
{
    AUTO(configuration) struct configuration *x = fixture_good(a), *y = fixture_good(b);

    return strcmp(x->digest.text, y->digest.text) == 0;
}

static void the_digest_tells_what_is_in_effect_and_nothing_else(void **state)
{
    (void)state;
    assert_true(digests_equal(SLACK API, "# a comment\n" SLACK API));
    assert_true(digests_equal(SLACK, SLACK "listen: 0.0.0.0:80\ndata_dir: /x\nlocal_socket_group: ops\n"));
    assert_true(digests_equal(SLACK, SLACK "store: { url: embedded }\n")); /* a default, written down */
    assert_true(digests_equal(SLACK "store: { url: \"redis://h\", password: \"${env:SMTP_PASSWORD}\" }\n",
                              SLACK "store: { url: \"redis://h\", password: \"${env:GCP_PROJECT_ID}\" }\n"));
    assert_false(digests_equal(SLACK, SLACK API));
    assert_false(digests_equal(RULE("{ allow: deploy, to: dev }"), RULE("{ allow: rollback, to: dev }")));
}

/* ---- from disk ---- */

static void check_load(const char *path, const char *words)
{
    struct configuration_errors errors = { 0 };
    struct configuration *configuration = NULL;

    assert_false(configuration_load(path, &configuration, &errors));
    assert_null(configuration);
    assert_int_equal(errors.count, 1);
    assert_non_null(strstr(errors.items[0].message, words));
    configuration_errors_finish(&errors);
}

static void a_file_that_cannot_be_one_is_told(void **state)
{
    char large[] = "/tmp/opsgate-large-XXXXXX";
    int fd = mkstemp(large);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, CONFIGURATION_MAX_BYTES + 1), 0);
    close(fd);
    check_load("/nowhere/opsgate.yaml", "No such file");
    check_load("/tmp", "no regular file");
    check_load("/dev/null", "no regular file");
    check_load(large, "larger than");
    unlink(large);
}

static void a_mapping_without_end_is_cut_off(void **state)
{
    AUTO_BUF struct buf text = BUF(CONFIGURATION_MAX_BYTES);
    struct configuration_errors errors = { 0 };

    (void)state;
    buf_puts(&text, SLACK);
    for (int i = 0; i < 2000; i++)
        buf_addf(&text, "k%d: 1\n", i);
    assert_null(fixture_read(buf_str(&text), &errors));
    assert_true(errors.count > 0 && errors.count <= CONFIGURATION_ERRORS_MAX);
    configuration_errors_finish(&errors);
}

static void more_errors_than_anybody_reads_are_counted(void **state)
{
    AUTO_BUF struct buf text = BUF(CONFIGURATION_MAX_BYTES), all = BUF(CONFIGURATION_MAX_BYTES);
    struct configuration_errors errors = { 0 };

    (void)state;
    buf_puts(&text, SLACK "people:\n");
    for (int i = 0; i < 700; i++)
        buf_puts(&text, "  - { slak: U1 }\n");
    assert_null(fixture_read(buf_str(&text), &errors));
    assert_int_equal(errors.count, CONFIGURATION_ERRORS_MAX);
    assert_int_equal(errors.left_out, 200);
    configuration_errors_print(&errors, &all);
    assert_non_null(strstr(buf_text(&all), "and 200 more\n"));
    configuration_errors_finish(&errors);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_lose_one_newline_at_their_end),
        cmocka_unit_test(local_users_who_cannot_connect_are_warned_of),
        cmocka_unit_test(too_little_room_for_what_github_sends_is_warned_of),
        cmocka_unit_test(tokens_that_share_a_secret_are_warned_of),
        cmocka_unit_test(a_workflow_for_a_deployment_is_warned_of),
        cmocka_unit_test(an_analysis_without_a_source_is_warned_of),
        cmocka_unit_test(what_probes_do_not_know_is_warned_of),
        cmocka_unit_test(a_detection_below_the_limit_is_warned_of),
        cmocka_unit_test(a_glass_that_nobody_is_mailed_of_is_warned_of),
        cmocka_unit_test(a_secret_in_the_file_itself_is_warned_about_without_showing_it),
        cmocka_unit_test(the_digest_tells_what_is_in_effect_and_nothing_else),
        cmocka_unit_test(a_file_that_cannot_be_one_is_told),
        cmocka_unit_test(a_mapping_without_end_is_cut_off),
        cmocka_unit_test(more_errors_than_anybody_reads_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
