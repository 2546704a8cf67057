#include "bot/cli.h"

#include <stdio.h>
#include <string.h>

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

int cli_usage_of(const struct cli *cli, const char *const *words)
{
    const char *word = cli->words_count > 0 ? cli->words[0] : NULL, *nearest;
    size_t count = 0;

    while (words[count] && !(word && strcmp(words[count], word) == 0))
        count++;
    if (!word || words[count])
        return cli_usage(cli);
    nearest = str_nearest(str_of(word), words, count);
    fprintf(stderr, "opsgate: there is no '%s %s'.%s%s%s\n", cli->command->name, word, nearest ? " Did you mean '" : "",
            nearest ? nearest : "", nearest ? "'?" : "");
    return cli_usage(cli);
}

int cli_fail(const struct error *err)
{
    fprintf(stderr, "opsgate: %s\n", err->message);
    return err->code == ERR_UNAVAILABLE ? CLI_UNREACHABLE : CLI_USAGE;
}
