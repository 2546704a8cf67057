/* cli_sign.c - `opsgate sign slack`: what Slack would send, to try a configuration with curl. */
#include "bot/cli.h"
#include "bot/shell/clock.h"
#include "integrations/slack/signature.h"

#include <stdio.h>
#include <string.h>

#define BODY_MAX_BYTES (64 * 1024)

static bool get_timestamp(const struct cli *cli, struct arena *arena, const char **ret_timestamp, struct error *err)
{
    struct clock clock = clock_system();
    int64_t seconds = clock.unix_ms(clock.ctx) / 1000;

    if (cli->timestamp && !parse_int(str_of(cli->timestamp), 0, INT64_MAX / 1000, &seconds, err))
        return error_wrap(err, "--timestamp");
    *ret_timestamp = arena_printf(arena, "%lld", (long long)seconds);
    return true;
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
    AUTO(arena) struct arena *arena = arena_create();
    AUTO(configuration) struct configuration *configuration = NULL;
    AUTO_BUF struct buf body = BUF(BODY_MAX_BYTES);
    const char *timestamp;
    struct error err;

    if (strcmp(cli->words[0], "slack") != 0)
        return cli_usage(cli);
    if (!get_timestamp(cli, arena, &timestamp, &err))
        return cli_fail(&err);
    configuration = cli_configuration(cli);
    if (!configuration)
        return CLI_USAGE;
    if (configuration->settings.slack.signing_secrets_count == 0) {
        fprintf(stderr, "opsgate: slack.signing_secrets is empty\n");
        return CLI_USAGE;
    }
    if (!read_body(&body, &err))
        return cli_fail(&err);
    printf("X-Slack-Request-Timestamp: %s\nX-Slack-Signature: %s\n", timestamp,
           slack_signature_make(configuration->settings.slack.signing_secrets[0], timestamp, buf_str(&body)).text);
    return CLI_OK;
}
