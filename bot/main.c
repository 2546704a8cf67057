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
    log_init(
        &(struct log_options){ .level = (enum log_level)settings->log_level, .fd = STDERR_FILENO, .unix_ms = unix_ms });
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
    const char *path = cli->words_count > 0 ? cli->words[0] : cli->file;
    enum cli_exit code;

    if (cli->words_count > 0 && cli->is_file_given) {
        fprintf(stderr, "opsgate: %s or -c %s: which of them?\n", cli->words[0], cli->file);
        return cli_usage(cli);
    }
    code = check_run(
        &(struct check_options){ .path = path, .is_json = cli->is_json, .is_reference = cli->is_reference }, &out);
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

static const struct cli_command commands[] = {
    { "serve", "serve", "run the bot and gateway until a signal", CLI_PLAIN, 0, 0, 0, run_serve },
    { "check", "check [--json] [FILE]", "is the configuration good, and what does it say?", CLI_PLAIN, 0, 1,
      CLI_JSON | CLI_REFERENCE, run_check },
    { "run", "run [--json] [--without-store] [--] VERB [WORD...]",
      "ask opsgate from its own host, through the same policy; a rollback also while the store is down", CLI_SENTENCE, 1,
      CLI_WORDS_MAX, CLI_JSON | CLI_WITHOUT_STORE, cli_run },
    { "ops", "ops [--json] list | ops [--json] show ID", "operations, as the store holds them", CLI_PLAIN, 1, 2,
      CLI_JSON, cli_ops },
    { "dead", "dead [--json] list", "what was accepted and could not be decided", CLI_PLAIN, 1, 1, CLI_JSON, cli_dead },
    { "sign", "sign slack [--timestamp SECONDS] < BODY", "the headers Slack would send with a body", CLI_PLAIN, 1, 1,
      CLI_TIMESTAMP, cli_sign },
    { "store", "store create", "make an empty Redis ours", CLI_PLAIN, 1, 1, 0, cli_store },
    { "exec-shim", "exec-shim", NULL, CLI_RAW, 0, 0, 0, run_exec_shim }, /* what programs are started under */
    { "version", "version", "which opsgate this is", CLI_PLAIN, 0, 0, 0, run_version },
    { "help", "help [COMMAND]", "this page, or how one command is used", CLI_PLAIN, 0, 1, 0, run_help },
};

static void print_usage(const struct cli_command *command)
{
    printf("Usage: opsgate [-c FILE] %s\n\n  %s\n", command->usage, command->summary);
}

static void print_page(void)
{
    printf("opsgate - ChatOps bot and webhook gateway\n\nUsage: opsgate [-c FILE] COMMAND\n\n");
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (commands[i].manner != CLI_RAW)
            printf("  %-42s %s\n", commands[i].usage, commands[i].summary);
    printf("\n  -c FILE   the configuration (default: $OPSGATE_CONFIG, else opsgate.yaml)\n"
           "  --json    machine-readable output\n"
           "  --help    how a command is used\n\n"
           "Exit codes: 0 ok, 1 the answer is no, 2 usage or configuration, 3 unreachable.\n");
}

static int run_help(const struct cli *cli)
{
    for (size_t i = 0; i < ARRAY_LEN(commands) && cli->words_count > 0; i++)
        if (commands[i].manner != CLI_RAW && strcmp(commands[i].name, cli->words[0]) == 0) {
            print_usage(&commands[i]);
            return CLI_OK;
        }
    if (cli->words_count > 0) {
        fprintf(stderr, "opsgate: there is no command '%s'\n", cli->words[0]);
        return cli_usage(cli);
    }
    print_page();
    return CLI_OK;
}

static int refuse(const struct cli *cli, const struct error *err)
{
    fprintf(stderr, "opsgate: %s\n", err->message);
    if (cli->command)
        return cli_usage(cli);
    fprintf(stderr, "Try: opsgate help\n");
    return CLI_USAGE;
}

int main(int argc, char **argv)
{
    const char *from_environment = getenv("OPSGATE_CONFIG");
    struct error err;
    struct cli cli;

    if (!cli_read(argc, argv, commands, ARRAY_LEN(commands), from_environment ? from_environment : "opsgate.yaml", &cli,
                  &err))
        return refuse(&cli, &err);
    if (cli.wants_version)
        return run_version(&cli);
    if (cli.command && cli.wants_help) {
        print_usage(cli.command);
        return CLI_OK;
    }
    if (cli.command)
        return cli.command->run(&cli);
    print_page();
    return cli.wants_help ? CLI_OK : CLI_USAGE;
}
