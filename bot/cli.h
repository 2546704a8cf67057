/* cli.h - what the command line's commands share: options, the configuration's file, exit codes.
 *
 * A command is a row in bot/main.c: its name, usage, and the function that runs it.
 */
#ifndef OPSGATE_CLI_H
#define OPSGATE_CLI_H

#include "bot/configuration.h"

enum cli_exit {
    CLI_OK = 0,
    CLI_NO = 1,          /* the answer is no */
    CLI_USAGE = 2,       /* usage or configuration */
    CLI_UNREACHABLE = 3,
};

#define CLI_WORDS_MAX 64

struct cli { /* the command line, taken apart; borrowed from argv */
    const char *command;
    const char *file;  /* -c FILE, OPSGATE_CONFIG, or opsgate.yaml */
    bool is_json;      /* --json */
    bool is_reference; /* --reference */
    const char *words[CLI_WORDS_MAX]; /* what else was given, in order */
    int words_count;
    int argc; /* as main got them: for exec-shim */
    char **argv;
};

/* The configuration, or NULL after its errors were printed to stderr. */
struct configuration *cli_configuration(const struct cli *cli);
int cli_usage(const struct cli *cli, const char *usage); /* prints it to stderr; CLI_USAGE */
int cli_fail(const struct error *err);                   /* prints it; CLI_UNREACHABLE for ERR_UNAVAILABLE, else CLI_USAGE */

int cli_run(const struct cli *cli);  /* opsgate run VERB...: bot/cli_run.c */
int cli_ops(const struct cli *cli);  /* opsgate ops list | show ID: bot/cli_ops.c */
int cli_sign(const struct cli *cli); /* opsgate sign slack: bot/cli_sign.c */
int cli_store(const struct cli *cli); /* opsgate store create: bot/cli_store.c */

#endif
