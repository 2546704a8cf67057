#include "bot/cli.h"

#include <stdio.h>

#define ERRORS_MAX_BYTES (256 * 1024)

struct configuration *cli_configuration(const struct cli *cli)
{
    struct configuration_errors errors = { 0 };
    struct configuration *configuration = NULL;

    if (!configuration_load(cli->file, &configuration, &errors)) {
        AUTO_BUF struct buf out = BUF(ERRORS_MAX_BYTES);

        configuration_errors_print(&errors, &out);
        fputs(buf_text(&out), stderr);
    }
    configuration_errors_finish(&errors);
    return configuration;
}

int cli_usage(const struct cli *cli)
{
    fprintf(stderr, "Usage: opsgate [-c FILE] %s\n       (opsgate help lists every command)\n", cli->command->usage);
    return CLI_USAGE;
}

int cli_fail(const struct error *err)
{
    fprintf(stderr, "opsgate: %s\n", err->message);
    return err->code == ERR_UNAVAILABLE ? CLI_UNREACHABLE : CLI_USAGE;
}
