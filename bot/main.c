/* main.c - the opsgate program: which command was meant, and its row. */
#include "bot/cli/check.h"
#include "bot/cli/cli.h"
#include "bot/cli/complete.h"
#include "bot/cli/help.h"
#include "bot/log.h"
#include "bot/serve.h"
#include "bot/shell/clock.h"
#include "bot/shell/exec_shim.h"
#include "bot/shell/harden.h"

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
    struct error err;
    int code;

    if (!configuration)
        return CLI_USAGE;
    start_log(&configuration->settings);
    if (!harden_calls(&err))
        log_warn("server.not_hardened", LOG_STR("error", err.message));
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
        cli_complain("%s or -c %s: which of them?", cli->words[0], cli->file);
        return cli_usage(cli);
    }
    code = check_run(
        &(struct check_options){ .path = path, .is_json = cli->is_json, .is_reference = cli->is_reference }, &out);
    fputs(buf_text(&out), stdout);
    if (code == CLI_USAGE)
        cli_lacks_file(path);
    return (int)code;
}

/* A verb that is a command, too: `opsgate halt` is what one types in a hurry. */
static int run_as_verb(const struct cli *cli)
{
    struct cli asked = *cli;

    asked.words[0] = cli->command->name;
    for (int i = 0; i < cli->words_count; i++)
        asked.words[i + 1] = cli->words[i];
    asked.words_count = cli->words_count + 1;
    return cli_run(&asked);
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
static int run_complete(const struct cli *cli);

static const char *const run_details[] = {
    "--follow         until what it began has ended, each state a line, as it sees them:",
    "                 it looks twice a second, and what is over sooner is not told;",
    "                 exit code 0: it is done; 1: it ended otherwise, or was refused;",
    "                 3: nobody can tell, or not within --timeout. It needs the store",
    "--timeout 30m    how long; what is followed goes on",
    "--json           the answer as one JSON object; with --follow each line is one",
    "--without-store  only for rollback, while Redis is down: done by this process,",
    "                 by the same policy, and part of the record later",
    "--               what follows is the verb's, whatever it looks like",
    NULL,
};
static const char *const ops_details[] = {
    "list      the newest first, running or ended",
    "show ID   what was asked, by whom, and all that came of it; ID is D7, or W1 for",
    "          what was done without a store",
    "--json    the records themselves, with effects on their way and the journal",
    NULL,
};

static const char *const dashboard_details[] = {
    "Printed by the opsgate that serves on this host, for whoever may use `opsgate run`",
    "here: there you are local:YOU, as with that. Good for five minutes.",
    NULL,
};

static const char *const doctor_details[] = {
    "A line for each thing that was asked, and how to mend what is not good; while",
    "opsgate serves, too. Its exit code is 0 when nothing is wrong, 1 when something",
    "is, 3 when all that is wrong is that somebody could not be reached.",
    NULL,
};
static const char *const sign_details[] = {
    "slack                its signature, of now or of --timestamp",
    "github               its signature, and a new X-GitHub-Delivery; X-GitHub-Event is",
    "                     yours to say",
    "pagerduty            its signature",
    "opsgate sign github <body.json >headers && curl -H @headers \\",
    "    -H 'X-GitHub-Event: release' -H 'Content-Type: application/json' \\",
    "    --data-binary @body.json http://127.0.0.1:8080/github/webhook",
    NULL,
};

static const char *const events_details[] = {
    "list      the last that were told, newest first",
    "  --source NAME      only what github, pagerduty, alertmanager, slack or api told",
    "  --since DURATION   of the last 1h, 7d, ...",
    "show ID   one of them: who, when, and what came of it",
    "replay ID decides its delivery once more, while that is kept (500 of them, a day);",
    "          asked of the running opsgate, as `opsgate run events replay` is",
    "--json    the journal's own entries",
    NULL,
};
static const char *const audit_details[] = {
    "tail           the newest entries, newest first: when, what, about what, who",
    "export         all of them, oldest first, a line of JSON each: as they are stored,",
    "               with who asked and in which words under `beside`",
    "  --csv              in columns: number, time, kind, operation, request, who, text",
    "verify [FILE...]  is the chain whole? Of the store, or of copies, the oldest first;",
    "               exit code 1: no, and which entry is the first that is wrong",
    "  --head HASH        that one has to be in it: so verify ended an earlier time",
    "  --key PUBLIC       its checkpoints have to be signed with one of these keys",
    "  --fresh 2h         and the newest of them is no older",
    "erase PERSON   it forgets who that was and what they said: slack:U012AB3CD, or a name",
    "               of `people`. --dry-run counts; --confirm PERSON does it. Asked of the",
    "               running opsgate, as `opsgate run erase` is",
    "redact FILE    a copy to stdout, without what the journal has erased since,",
    "               as it says itself, or the LATER files that go on behind it",
    "keygen FILE    a new key that signs checkpoints (audit.signing_key), into FILE; the",
    "               public one to stdout",
    "--since, --until     of the last 30d; until 7d ago",
    "--person WHO         only of slack:U012AB3CD, github:octocat, or a name of `people`",
    NULL,
};
static const char *const dead_details[] = {
    "list      the oldest first",
    "show ID   why, and what it says",
    "retry ID  puts it back to be decided once more, under a name of its own",
    "drop ID   takes it away for good; the journal says who did. `drop all`: every one",
    "          both are asked of the running opsgate, as `opsgate run dead retry` is",
    "          16 MiB of them are kept at most: the oldest go, and the journal says so",
    NULL,
};

static const char *const check_details[] = {
    "FILE         instead of the one that -c or $OPSGATE_CONFIG names",
    "--json       the same as one JSON object",
    "--reference  no file at all: every key that there is, with its default and range, as",
    "             in docs/configuration.md",
    "Exit code 0: it is good; 2: it is not, and each line says where",
    NULL,
};
static const char *const policy_details[] = {
    "lint                   what cannot be meant: rules that never apply, that another one",
    "                       makes pointless or contradicts, that nobody can meet, roles",
    "                       without anybody, releases that no rule lets roll out, no way",
    "                       back while groups cannot be read",
    "explain WHO VERB...    what each rule has to do with it; WHO is slack:U012AB3CD,",
    "                       github:octocat, token:ci, local:ann; of any version, unless",
    "                       one is named",
    "who-can VERB...        who may do it, asked from Slack; and who could by --break-glass",
    "test FILE              worked examples: a YAML list of { who, asks, at, stage, facts,",
    "                       expect: allow | needs | deny, rule }",
    "--offline              by the file alone; else groups, teams and schedules count as",
    "                       opsgate last read them, while its store can be asked",
    "Exit code 0: good (notes are no fault), allowed, somebody; 1: no; 2: misused",
    NULL,
};
static const char *const store_details[] = {
    "create             an empty Redis is to be ours",
    "adopt              the one that is there, older than data_dir knows, another or",
    "                   empty, takes the place of that; opsgate only observes it then",
    "confirm            somebody has looked at what serves: everything goes on",
    "backup FILE        a copy of the embedded store, while opsgate serves",
    "restore FILE [ID]  that copy takes its place, while opsgate does not serve; ID is",
    "                   the newest operation that anybody has seen, so that no number",
    "                   is given twice",
    "restored [ID]      your own Redis was restored from a copy: say so before opsgate",
    "                   serves on it, on each host",
    NULL,
};

static const struct cli_command commands[] = {
    { "serve", "serve", "run the bot and gateway until a signal", NULL, CLI_PLAIN, 0, 0, 0, run_serve },
    { "check", "check [--json] [FILE] | --reference",
      "is the configuration good, and what does it say? Or: what can be configured?", check_details, CLI_PLAIN, 0, 1,
      CLI_JSON | CLI_REFERENCE, run_check },
    { "doctor", "doctor [--json]", "does what the configuration names work? Asks it all, and changes nothing",
      doctor_details, CLI_PLAIN, 0, 0, CLI_JSON, cli_doctor },
    { "run", "run [--json] [--follow [--timeout TIME]] [--without-store] [--] VERB [WORD...]",
      "ask opsgate from its own host, through the same policy; a rollback also while the store is down", run_details,
      CLI_SENTENCE, 1, CLI_WORDS_MAX, CLI_JSON | CLI_WITHOUT_STORE | CLI_FOLLOW, cli_run },
    { "halt", "halt [--json] [REASON...]", "nothing begins or gets more traffic from now on, as `opsgate run halt`",
      NULL, CLI_SENTENCE, 0, CLI_WORDS_MAX - 1, CLI_JSON, run_as_verb },
    { "unhalt", "unhalt [--json]", "end that, as `opsgate run unhalt`", NULL, CLI_PLAIN, 0, 0, CLI_JSON, run_as_verb },
    { "dashboard", "dashboard [--json]", "a link that lets you into the dashboard, once", dashboard_details, CLI_PLAIN, 0,
      0, CLI_JSON, cli_dashboard },
    { "ops", "ops [--json] list | show ID", "operations, as the store holds them", ops_details, CLI_PLAIN, 1, 2,
      CLI_JSON, cli_ops },
    { "events", "events [--json] [--source NAME] [--since DURATION] list | show ID | replay ID",
      "what other systems told, and what came of it", events_details, CLI_PLAIN, 1, 2, CLI_JSON | CLI_EVENTS,
      cli_events },
    { "audit", "audit [--json] [--since TIME] [--until TIME] [--person WHO] tail |\n        export [--csv] | keygen FILE | redact FILE [LATER...] |\n        verify [--head HASH] [--key PUBLIC [--fresh TIME]] [FILE...] |\n        erase PERSON --dry-run | --confirm PERSON",
      "the journal: read, copied out, and proven to be whole", audit_details, CLI_PLAIN, 1, CLI_WORDS_MAX,
      CLI_JSON | CLI_AUDIT,
      cli_audit },
    { "dead", "dead [--json] list | show ID | retry ID | drop ID|all", "what was accepted and could not be decided",
      dead_details, CLI_PLAIN, 1, 2, CLI_JSON, cli_dead },
    { "policy", "policy [--json] [--offline] lint | explain WHO VERB... | who-can VERB... |\n         test FILE",
      "what the policy of the file means", policy_details, CLI_SENTENCE, 1, CLI_WORDS_MAX, CLI_JSON | CLI_OFFLINE,
      cli_policy },
    { "sign", "sign slack | github | pagerduty [--timestamp SECONDS] < BODY",
      "the headers that one of them would send with a body", sign_details, CLI_PLAIN, 1, 1, CLI_TIMESTAMP, cli_sign },
    { "store", "store create | adopt | confirm | backup FILE |\n        restore FILE [ID] | restored [ID]",
      "say whose a Redis is; copy the embedded one, and bring it back", store_details, CLI_PLAIN, 1, 3, 0, cli_store },
    { "exec-shim", "exec-shim", NULL, NULL, CLI_RAW, 0, 0, 0, run_exec_shim }, /* what programs are started under */
    { "complete", "complete", NULL, NULL, CLI_RAW, 0, 0, 0, run_complete }, /* what may follow: for shells */
    { "version", "version", "which opsgate this is", NULL, CLI_PLAIN, 0, 0, 0, run_version },
    { "help", "help [COMMAND | VERB]", "this page, or how one of them is used", NULL, CLI_PLAIN, 0, 1, 0, run_help },
};

static int run_help(const struct cli *cli)
{
    const char *name = cli->words_count > 0 ? cli->words[0] : NULL;
    const struct verb *verb = name ? cli_help_find(name) : NULL;

    for (size_t i = 0; i < ARRAY_LEN(commands) && name; i++)
        if (commands[i].manner != CLI_RAW && strcmp(commands[i].name, name) == 0) {
            cli_help_command(&commands[i]);
            return CLI_OK;
        }
    if (verb) {
        cli_help_verb(verb);
    } else if (name) {
        fprintf(stderr, "opsgate: there is no command and no verb '%s'\nTry: opsgate help\n", name);
        return CLI_USAGE;
    } else {
        cli_help_page(commands, ARRAY_LEN(commands));
    }
    return CLI_OK;
}

static int run_complete(const struct cli *cli)
{
    AUTO_BUF struct buf out = BUF(CHECK_OUTPUT_MAX_BYTES);
    int at = 1;

    while (at < cli->argc && strcmp(cli->argv[at], "complete") != 0)
        at++;
    at = at < cli->argc ? at + 1 : at;
    complete(commands, ARRAY_LEN(commands), (const char *const *)cli->argv + at, (size_t)(cli->argc - at), cli->file,
             &out);
    fputs(buf_text(&out), stdout);
    return CLI_OK;
}

/* Whoever forgot the `run` before a verb is told. */
static int refuse(const struct cli *cli, const struct error *err)
{
    if (err->code == ERR_NOT_FOUND && cli_help_find(cli->words[0])) {
        fprintf(stderr, "opsgate: '%s' is a verb: opsgate run %s ...\nTry: opsgate help %s\n", cli->words[0],
                cli->words[0], cli->words[0]);
        return CLI_USAGE;
    }
    cli_complain("%s", err->message);
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

    harden_memory();
    if (!cli_read(argc, argv, commands, ARRAY_LEN(commands), from_environment ? from_environment : "opsgate.yaml", &cli,
                  &err))
        return refuse(&cli, &err);
    if (cli.wants_version)
        return run_version(&cli);
    if (cli.command && cli.wants_help) {
        cli_help_command(cli.command);
        return CLI_OK;
    }
    if (cli.command)
        return cli.command->run(&cli);
    if (!cli.wants_help)
        fprintf(stderr, "opsgate: which command?\nTry: opsgate help\n");
    else
        cli_help_page(commands, ARRAY_LEN(commands));
    return cli.wants_help ? CLI_OK : CLI_USAGE;
}
