#include "bot/cli/cli.h"

#include "bot/cli/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ERRORS_MAX_BYTES (256 * 1024)
#define COMPLAINT_MAX_BYTES 8192

void cli_complain(const char *fmt, ...)
{
    static const struct settings nobody = { .file = NULL };
    AUTO(arena) struct arena *arena = arena_create();
    char text[COMPLAINT_MAX_BYTES];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    fprintf(stderr, "opsgate: %s\n", cli_plain(&nobody, text, arena));
}

/* ---- the configuration ---- */

bool cli_lacks_file(const char *path)
{
    if (access(path, F_OK) == 0 || errno != ENOENT)
        return false;
    cli_complain("there is no file %s: give -c FILE, or set OPSGATE_CONFIG", path);
    return true;
}

static void print_errors(const struct cli *cli, const struct configuration_errors *errors)
{
    AUTO_BUF struct buf out = BUF(ERRORS_MAX_BYTES);

    if (cli_lacks_file(cli->file))
        return;
    configuration_errors_print(errors, &out);
    fputs(buf_text(&out), stderr);
}

struct configuration *cli_configuration(const struct cli *cli)
{
    struct configuration_errors errors = { 0 };
    struct configuration *configuration = NULL;

    if (!configuration_load(cli->file, &configuration, &errors))
        print_errors(cli, &errors);
    configuration_errors_finish(&errors);
    return configuration;
}

static void warn(const struct cli *cli, const struct configuration_errors *errors)
{
    const char *slash = strrchr(cli->file, '/');
    size_t count = errors->count + errors->left_out;

    if (count > 0 && !cli->is_warned)
        cli_complain("%s has %zu %s (`opsgate check` tells %s); going on by what of it can be read",
                     slash ? slash + 1 : cli->file, count, count == 1 ? "mistake" : "mistakes",
                     count == 1 ? "it" : "them");
}

struct configuration *cli_configuration_to_reach(const struct cli *cli)
{
    struct configuration_errors errors = { 0 };
    struct configuration *configuration = NULL;

    if (configuration_load_to_reach(cli->file, &configuration, &errors))
        warn(cli, &errors);
    else
        print_errors(cli, &errors);
    configuration_errors_finish(&errors);
    return configuration;
}

/* ---- how it ends ---- */

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
    cli_complain("%s", err->message);
    return err->code == ERR_UNAVAILABLE ? CLI_UNREACHABLE : CLI_USAGE;
}
