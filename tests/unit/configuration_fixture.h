/* configuration_fixture.h - a configuration out of a text, with an environment of its own. Only for tests. */
#ifndef OPSGATE_TESTS_CONFIGURATION_FIXTURE_H
#define OPSGATE_TESTS_CONFIGURATION_FIXTURE_H

#include "bot/configuration/configuration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Every variable that an example asks for. */
static inline const char *fixture_variable(void *arg, const char *name)
{
    static const struct {
        const char *name, *value;
    } rows[] = {
        { "SLACK_BOT_TOKEN", "xoxb-secret-of-slack" },
        { "SLACK_SIGNING_SECRET", "signing-secret-of-slack" },
        { "SLACK_APP_TOKEN", "xapp-secret-of-slack" },
        { "GITHUB_WEBHOOK_SECRET", "webhook-secret-of-github" },
        { "GITHUB_APP_PRIVATE_KEY", "private-key-of-github" },
        { "PAGERDUTY_WEBHOOK_SECRET", "webhook-secret-of-pagerduty" },
        { "PAGERDUTY_TOKEN", "token-of-pagerduty" },
        { "PAGERDUTY_INTEGRATION_KEY", "0000integration0key0of0pagerduty" },
        { "ALERTMANAGER_TOKEN", "token-of-alertmanager" },
        { "STATUSPAGE_TOKEN", "token-of-statuspage" },
        { "DATABASE_URL", "postgresql://opsgate:password-of-production@db/roadtrip" },
        { "STAGING_DATABASE_URL", "postgresql://opsgate:password-of-staging@db/roadtrip" },
        { "SMTP_PASSWORD", "password-of-smtp" },
        { "OPSGATE_CI_TOKEN", "0123456789abcdef" },
        { "GCP_PROJECT_ID", "consultantos-prod" },
        { "EMPTY", "" },
    };

    (void)arg;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].name, name) == 0)
            return rows[i].value;
    return NULL;
}

/* Files: /secrets/one holds "top-secret" and a newline, /secrets/empty nothing, /secrets/blank blanks; there are no others. */
static inline bool fixture_file(void *arg, const char *path, char **ret_text, size_t *ret_len, struct error *err)
{
    const char *text = strcmp(path, "/secrets/one") == 0     ? "top-secret\n"
                       : strcmp(path, "/secrets/empty") == 0 ? "\n"
                       : strcmp(path, "/secrets/blank") == 0 ? " \n\n"
                                                             : NULL;

    (void)arg;
    if (!text)
        return error_set(err, ERR_NOT_FOUND, "cannot read %s: No such file or directory", path);
    *ret_text = xstrdup(text);
    *ret_len = strlen(text);
    return true;
}

static inline struct configuration *fixture_read(struct str text, struct configuration_errors *errors)
{
    const struct configuration_source source = {
        .path = "/etc/opsgate/test.yaml", .text = text, .find_variable = fixture_variable, .read_file = fixture_file
    };
    struct configuration *configuration = NULL;

    return configuration_read(&source, &configuration, errors) ? configuration : NULL;
}

/* Must be good; says what was wrong otherwise. */
static inline struct configuration *fixture_good(const char *text)
{
    struct configuration_errors errors = { 0 };
    struct configuration *configuration = fixture_read(str_of(text), &errors);
    AUTO_BUF struct buf all = BUF(100000);

    if (!configuration) {
        configuration_errors_print(&errors, &all);
        fail_msg("%s", buf_text(&all));
    }
    configuration_errors_finish(&errors);
    return configuration;
}

static inline char *fixture_load(const char *path) /* the caller frees it */
{
    FILE *file = fopen(path, "rb");
    char *text = xcalloc(1, CONFIGURATION_MAX_BYTES);

    if (!file)
        fail_msg("cannot open %s", path);
    text[fread(text, 1, CONFIGURATION_MAX_BYTES - 1, file)] = '\0';
    fclose(file);
    return text;
}

#define FIXTURE_SLACK                                                                                                  \
    "slack: { bot_token: \"${env:SLACK_BOT_TOKEN}\", signing_secrets: \"${env:SLACK_SIGNING_SECRET}\", team: T0 }\n"

#endif
