/* sign.c - `opsgate sign slack`, `github`, `pagerduty`: what each would send with a body, to try a configuration
 * with curl. */
#include "bot/cli/cli.h"
#include "bot/shell/clock.h"
#include "integrations/github/webhook.h"
#include "integrations/github/webhook_signature.h"
#include "integrations/pagerduty/signature.h"
#include "integrations/slack/signature.h"

#include <stdio.h>
#include <string.h>

static const char *first_of(const char **secrets, size_t count)
{
    return count > 0 && secrets[0][0] ? secrets[0] : NULL;
}

static const char *slack_secret(const struct settings *settings)
{
    return first_of(settings->slack.signing_secrets, settings->slack.signing_secrets_count);
}

static const char *github_secret(const struct settings *settings)
{
    return settings->github ? first_of(settings->github->webhook_secrets, settings->github->webhook_secrets_count)
                            : NULL;
}

static const char *pagerduty_secret(const struct settings *settings)
{
    return settings->pagerduty
               ? first_of(settings->pagerduty->webhook_secrets, settings->pagerduty->webhook_secrets_count)
               : NULL;
}

static void sign_slack(const char *secret, int64_t seconds, struct str body)
{
    char timestamp[24];

    snprintf(timestamp, sizeof(timestamp), "%lld", (long long)seconds);
    printf("X-Slack-Request-Timestamp: %s\nX-Slack-Signature: %s\n", timestamp,
           slack_signature_make(secret, timestamp, body).text);
}

/* With an id of its own, so that it is no duplicate. The event's name is in no body: it stays with whoever asks. */
static void sign_github(const char *secret, int64_t seconds, struct str body)
{
    struct clock clock = clock_system();
    unsigned char bytes[16];
    AUTO_BUF struct buf hex = BUF(2 * sizeof(bytes));
    const char *id;

    (void)seconds;
    clock.random(clock.ctx, bytes, sizeof(bytes));
    hex_add(&hex, bytes, sizeof(bytes));
    id = buf_text(&hex);
    printf("X-Hub-Signature-256: %s\nX-GitHub-Delivery: %.8s-%.4s-%.4s-%.4s-%.12s\n",
           github_webhook_signature_make(secret, body).text, id, id + 8, id + 12, id + 16, id + 20);
}

static void sign_pagerduty(const char *secret, int64_t seconds, struct str body)
{
    (void)seconds;
    printf("X-PagerDuty-Signature: %s\n", pagerduty_signature_make(secret, body).text);
}

static const struct signer {
    const char *name, *setting;
    const char *(*secret)(const struct settings *settings); /* NULL: none is configured */
    void (*sign)(const char *secret, int64_t seconds, struct str body);
} signers[] = {
    { "slack", "slack.signing_secrets", slack_secret, sign_slack },
    { "github", "github.webhook_secrets", github_secret, sign_github },
    { "pagerduty", "pagerduty.webhook_secrets", pagerduty_secret, sign_pagerduty },
};

static const struct signer *find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(signers); i++)
        if (strcmp(signers[i].name, name) == 0)
            return &signers[i];
    return NULL;
}

static bool get_seconds(const struct cli *cli, int64_t *ret_seconds, struct error *err)
{
    struct clock clock = clock_system();

    *ret_seconds = clock.unix_ms(clock.ctx) / 1000;
    return !cli->timestamp || parse_int(str_of(cli->timestamp), 0, INT64_MAX / 1000, ret_seconds, err) ||
           error_wrap(err, "--timestamp");
}

static bool read_body(struct buf *body, struct error *err)
{
    char part[4096];
    size_t n;

    while ((n = fread(part, 1, sizeof(part), stdin)) > 0)
        buf_add(body, part, n);
    return buf_check(body, err) || error_wrap(err, "the body on standard input");
}

int cli_sign(const struct cli *cli)
{
    AUTO(configuration) struct configuration *configuration = NULL;
    AUTO_BUF struct buf body = BUF(GITHUB_WEBHOOK_BODY_MAX_BYTES);
    const struct signer *signer = find(cli->words[0]);
    const char *secret;
    int64_t seconds;
    struct error err;

    if (!signer)
        return cli_usage(cli);
    if (!get_seconds(cli, &seconds, &err))
        return cli_fail(&err);
    configuration = cli_configuration(cli);
    if (!configuration)
        return CLI_USAGE;
    secret = signer->secret(&configuration->settings);
    if (!secret) {
        fprintf(stderr, "opsgate: %s is empty\n", signer->setting);
        return CLI_USAGE;
    }
    if (!read_body(&body, &err))
        return cli_fail(&err);
    signer->sign(secret, seconds, buf_str(&body));
    return CLI_OK;
}
