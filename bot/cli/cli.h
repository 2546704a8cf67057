/* cli.h - what the command line's commands share: their rows, options, the configuration's file.
 *
 * A command is a row in bot/main.c: its name, usage, how many words and which options it takes, and the function that
 * runs it.
 */
#ifndef OPSGATE_CLI_H
#define OPSGATE_CLI_H

#include "bot/cli/exit.h"
#include "bot/configuration/configuration.h"

#define CLI_WORDS_MAX 64

enum cli_option { /* bits; -c FILE is everybody's */
                  CLI_JSON = 1,
                  CLI_REFERENCE = 2,
                  CLI_TIMESTAMP = 4,
                  CLI_WITHOUT_STORE = 8,
                  CLI_EVENTS = 16, /* --source, --since */
                  CLI_OFFLINE = 32,
                  CLI_FOLLOW = 64, /* --follow, --timeout */
                  CLI_AUDIT = 128, /* --since, --until, --person, --csv, --head, --key, --fresh, --confirm, --dry-run */
};

enum cli_manner {
    CLI_PLAIN,    /* every word is ours, in any order with the options */
    CLI_SENTENCE, /* from the first word on, only our own options are ours, up to "--" */
    CLI_RAW,      /* reads argv itself, and no page of help lists it */
};

struct cli;
struct cli_command {
    const char *name, *usage, *summary;
    const char *const *details; /* what its help says besides, a line each; NULL-terminated, or NULL */
    enum cli_manner manner;
    int words_min, words_max;
    unsigned options; /* enum cli_option */
    int (*run)(const struct cli *cli);
};

struct cli {                           /* the command line, taken apart; borrowed from argv */
    const struct cli_command *command; /* NULL: none was named */
    const char *file;                  /* -c FILE, OPSGATE_CONFIG, or opsgate.yaml */
    const char *timestamp;             /* --timestamp SECONDS; NULL: not given */
    const char *source, *since;        /* --source NAME, --since DURATION; NULL: not given */
    const char *until, *person, *head; /* --until DURATION, --person WHO, --head HASH; NULL: not given */
    const char *key, *fresh;           /* --key FILE, --fresh DURATION; NULL: not given */
    const char *confirm;               /* --confirm PERSON; NULL: not given */
    bool is_dry_run;                   /* --dry-run */
    bool is_csv;                       /* --csv */
    bool is_file_given;                /* with -c */
    bool is_json, is_reference;
    bool is_without_store;            /* --without-store */
    bool is_offline;                  /* --offline */
    bool is_follow;                   /* --follow */
    const char *timeout;              /* --timeout DURATION; NULL: not given */
    bool is_warned;                   /* of mistakes in the file: one command asks in the name of another */
    bool wants_help, wants_version;   /* --help, --version: instead of anything else */
    const char *words[CLI_WORDS_MAX]; /* what else was given, in order; the name, when no command has it */
    int words_count;
    int argc; /* as main got them: for CLI_RAW */
    char **argv;
};

/* On false, err says what is wrong, and ret_cli->command is whose usage helps (NULL: nobody's). `file` is what holds
 * without -c. */
bool cli_read(int argc, char **argv, const struct cli_command *commands, size_t commands_count, const char *file,
              struct cli *ret_cli, struct error *err);

/* The configuration, or NULL after its errors were printed to stderr. */
struct configuration *cli_configuration(const struct cli *cli);
/* For commands that only talk with a running opsgate, or read its store: also of a file with mistakes, which are warned of, as
 * long as none is about where these are. What else it says may be missing. */
struct configuration *cli_configuration_to_reach(const struct cli *cli);
bool cli_lacks_file(const char *path); /* then it is told, and how another one is named */
int cli_usage(const struct cli *cli);  /* prints it to stderr; CLI_USAGE */
/* The same, and first the nearest of those `words` (NULL-terminated) that may follow the command's name. */
int cli_usage_of(const struct cli *cli, const char *const *words);
/* A line on stderr, "opsgate: ...", without the marks of a chat. */
void cli_complain(const char *fmt, ...) PRINTF_LIKE(1, 2);
int cli_fail(const struct error *err); /* prints it; CLI_UNREACHABLE for ERR_UNAVAILABLE, else CLI_USAGE */

int cli_audit(const struct cli *cli); /* opsgate audit tail | export | verify [FILE...] | keygen FILE: bot/cli/audit.c */
int cli_run(const struct cli *cli);   /* opsgate run VERB...: bot/cli/run.c */
int cli_ops(const struct cli *cli);   /* opsgate ops list | show ID: bot/cli/ops.c */
int cli_events(const struct cli *cli); /* opsgate events list | show ID | replay ID: bot/cli/events.c */
int cli_dashboard(const struct cli *cli); /* opsgate dashboard: bot/cli/dashboard.c */
int cli_dead(const struct cli *cli);  /* opsgate dead list | show ID | retry ID | drop ID: bot/cli/dead.c */
int cli_doctor(const struct cli *cli); /* opsgate doctor: bot/cli/doctor.c */
int cli_policy(const struct cli *cli); /* opsgate policy lint | explain | who-can | test: bot/cli/policy.c */
int cli_sign(const struct cli *cli);  /* opsgate sign SENDER: bot/cli/sign.c */
int cli_store(const struct cli *cli); /* opsgate store create: bot/cli/store.c */

#endif
