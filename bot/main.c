/* main.c - the opsgate program: which command was meant, and its row. */
#include "bot/check.h"
#include "bot/cli.h"
#include "bot/log.h"
#include "bot/serve.h"
#include "bot/shell/clock.h"
#include "bot/shell/exec_shim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t unix_ms(void *ctx)
{
    struct clock clock = clock_system();

    (void)ctx;
    return clock.unix_ms(clock.ctx);
}

static void start_log(const struct settings *settings)
{
    log_init(&(struct log_options){ .level = (enum log_level)settings->log_level, .fd = STDERR_FILENO, .unix_ms = unix_ms });
}

static int run_serve(const struct cli *cli)
{
    AUTO(configuration) struct configuration *configuration = cli_configuration(cli);
    int code;

    if (!configuration)
        return CLI_USAGE;
    start_log(&configuration->settings);
    code = serve(configuration);
    log_finish(1000);
    return code;
}

static int run_check(const struct cli *cli)
{
    AUTO_BUF struct buf out = BUF(CHECK_OUTPUT_MAX_BYTES);
    enum check_exit code = check_run(
        &(struct check_options){ .path = cli->file, .is_json = cli->is_json, .is_reference = cli->is_reference }, &out);

    fputs(buf_text(&out), stdout);
    return (int)code;
}

static int run_version(const struct cli *cli)
{
    (void)cli;
    printf("opsgate %s\n", OPSGATE_VERSION);
    return CLI_OK;
}

static int run_exec_shim(const struct cli *cli)
{
    return exec_shim_main(cli->argc, cli->argv);
}

static int run_help(const struct cli *cli);

static const struct command {
    const char *name, *usage, *summary;
    int (*run)(const struct cli *cli);
} commands[] = {
    { "serve", "serve", "run the bot and gateway until a signal", run_serve },
    { "check", "check [--json]", "is the configuration good, and what does it say?", run_check },
    { "run", "run VERB [WORD...]", "ask opsgate from its own host, through the same policy", cli_run },
    { "ops", "ops list | ops show ID", "operations, as the store holds them", cli_ops },
    { "sign", "sign slack [--timestamp SECONDS] < BODY", "the headers Slack would send with a body", cli_sign },
    { "store", "store create", "make an empty Redis ours", cli_store },
    { "exec-shim", "exec-shim DIR -- PROGRAM [ARGUMENT...]", "run one program so that a restart finds it", run_exec_shim },
    { "version", "version", "which opsgate this is", run_version },
    { "help", "help", "this page", run_help },
};

static int run_help(const struct cli *cli)
{
    (void)cli;
    printf("opsgate - ChatOps bot and webhook gateway\n\nUsage: opsgate [-c FILE] COMMAND\n\n");
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        printf("  %-42s %s\n", commands[i].usage, commands[i].summary);
    printf("\n  -c FILE   the configuration (default: $OPSGATE_CONFIG, else opsgate.yaml)\n"
           "  --json    machine-readable output\n\n"
           "Exit codes: 0 ok, 1 the answer is no, 2 usage or configuration, 3 unreachable.\n");
    return CLI_OK;
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int unknown_command(const char *name)
{
    const char *names[ARRAY_LEN(commands)], *nearest;

    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        names[i] = commands[i].name;
    nearest = str_nearest(str_of(name), names, ARRAY_LEN(commands));
    fprintf(stderr, "opsgate: there is no command '%s'.%s%s%s Try: opsgate help\n", name, nearest ? " Did you mean '" : "",
            nearest ? nearest : "", nearest ? "'?" : "");
    return CLI_USAGE;
}

static bool read_arguments(int argc, char **argv, struct cli *cli)
{
    const char *from_environment = getenv("OPSGATE_CONFIG");

    *cli = (struct cli){ .file = from_environment ? from_environment : "opsgate.yaml", .argc = argc, .argv = argv };
    for (int i = 1; i < argc; i++) {
        bool is_verbatim = cli->command && (strcmp(cli->command, "run") == 0 || strcmp(cli->command, "exec-shim") == 0);

        if (strcmp(argv[i], "-c") == 0 && i + 1 < argc && !is_verbatim) {
            cli->file = argv[++i];
        } else if (strcmp(argv[i], "--json") == 0 && !(is_verbatim && cli->words_count > 0)) {
            cli->is_json = true;
        } else if (strcmp(argv[i], "--reference") == 0 && !is_verbatim) {
            cli->is_reference = true;
        } else if (!is_verbatim && (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)) {
            cli->command = "help";
        } else if (!is_verbatim && strcmp(argv[i], "--version") == 0) {
            cli->command = "version";
        } else if (!cli->command) {
            cli->command = argv[i];
        } else if (cli->words_count < CLI_WORDS_MAX) {
            cli->words[cli->words_count++] = argv[i];
        } else {
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    const struct command *command;
    struct cli cli;

    if (!read_arguments(argc, argv, &cli)) {
        fprintf(stderr, "opsgate: too many arguments\n");
        return CLI_USAGE;
    }
    if (!cli.command) {
        run_help(&cli);
        return CLI_USAGE;
    }
    command = find_command(cli.command);
    return command ? command->run(&cli) : unknown_command(cli.command);
}
