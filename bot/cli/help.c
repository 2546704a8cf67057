#include "bot/cli/help.h"

#include "bot/cli/text.h"
#include "handlers/registry.h"

#include <stdio.h>

#define COMMAND_COLUMNS 29
#define VERB_COLUMNS 13

static const struct settings nobody = { 0 }; /* help names no person */

static void print_plain(const char *before, int columns, const char *text)
{
    AUTO(arena) struct arena *arena = arena_create();

    cli_print_row(before, columns, cli_plain(&nobody, text, arena));
}

static void print_verbs(void)
{
    for (const struct verb *const *verb = verbs; *verb; verb++) {
        AUTO(arena) struct arena *arena = arena_create();

        if (!(*verb)->is_internal)
            cli_print_row(arena_printf(arena, "  %s", (*verb)->name), VERB_COLUMNS,
                          cli_plain(&nobody, (*verb)->summary, arena));
    }
}

void cli_help_page(const struct cli_command *commands, size_t count)
{
    printf("opsgate - ChatOps bot and webhook gateway\n\nUsage: opsgate [-c FILE] COMMAND\n\n");
    for (size_t i = 0; i < count; i++) {
        AUTO(arena) struct arena *arena = arena_create();

        if (commands[i].manner != CLI_RAW)
            cli_print_row(arena_printf(arena, "  %s", commands[i].usage), COMMAND_COLUMNS, commands[i].summary);
    }
    printf("\nVerbs, for `opsgate run VERB`; in Slack they are `/ops VERB`:\n\n");
    print_verbs();
    printf("\n  -c FILE   the configuration (default: $OPSGATE_CONFIG, else opsgate.yaml)\n"
           "  --json    machine-readable output\n"
           "  --help    how a command or a verb is used; so does `opsgate help NAME`\n\n"
           "Exit codes: 0 ok, 1 the answer is no, 2 usage or configuration, 3 unreachable.\n");
}

void cli_help_command(const struct cli_command *command)
{
    printf("Usage: opsgate [-c FILE] %s\n\n", command->usage);
    cli_print_row("", 2, command->summary);
    for (const char *const *line = command->details; line && *line; line++)
        printf("%s  %s\n", line == command->details ? "\n" : "", *line);
    if (command->manner != CLI_SENTENCE)
        return;
    printf("\nVerbs; `opsgate help VERB` tells more of each:\n\n");
    print_verbs();
}

void cli_help_verb(const struct verb *verb)
{
    print_plain("Usage: opsgate run", sizeof("Usage: opsgate run"), verb->usage);
    printf("       in Slack: /ops %s ...\n\n", verb->name);
    print_plain("", 2, verb->summary);
    for (const char *const *line = verb->details; line && *line; line++) {
        printf("%s", line == verb->details ? "\n" : "");
        print_plain("", 4, *line);
    }
    printf("\n  `opsgate run` takes --json, and --follow [--timeout TIME]: until what it\n"
           "  began has ended (opsgate help run)\n");
}

const struct verb *cli_help_find(const char *name)
{
    const struct verb *verb = verb_find(verbs, name);

    return verb && !verb->is_internal ? verb : NULL;
}

int cli_help_run(const char *name)
{
    const struct verb *verb = cli_help_find(name), *nearest = verb ? NULL : verb_nearest(verbs, name);

    if (verb) {
        cli_help_verb(verb);
        return CLI_OK;
    }
    fprintf(stderr, "opsgate: there is no verb '%s'.%s%s%s\nTry: opsgate help run\n", name,
            nearest ? " Did you mean '" : "", nearest ? nearest->name : "", nearest ? "'?" : "");
    return CLI_USAGE;
}
