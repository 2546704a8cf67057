#include "bot/cli/complete.h"

#include "handlers/registry.h"

#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyz-"

struct completing {
    const struct cli_command *commands;
    size_t commands_count;
    const char *file;                  /* -c FILE, or what holds without it */
    const struct cli_command *command; /* NULL: none yet */
    const struct verb *verb;           /* NULL: none yet, or the command takes none */
    struct buf *out;
};

static void offer(struct completing *c, const char *word)
{
    buf_addf(c->out, "%s\n", word);
}

/* The words that a usage has in small letters are what is typed: "ops [--json] list | show ID". What it holds in
 * capitals people name; in front stands what was typed before. */
static void offer_words_of(struct completing *c, const char *usage)
{
    for (const char *at = usage; *at;) {
        size_t len = strspn(at, LETTERS);
        bool is_part = at > usage && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ./=_", at[-1]);

        if (len > 1 && !is_part && !strchr("=_.", at[len] ? at[len] : ' '))
            buf_addf(c->out, "%.*s\n", (int)len, at);
        at += len ? len : 1;
    }
}

static const char *behind_name(const char *usage)
{
    return usage + strspn(usage, LETTERS);
}

/* Options stand in front of what the lines of a help say of them. */
static void offer_options_of(struct completing *c, const char *const *lines)
{
    for (; lines && *lines; lines++) {
        const char *option = strstr(*lines, "--");

        if (option && strspn(option, LETTERS) > 2)
            buf_addf(c->out, "%.*s\n", (int)strspn(option, LETTERS), option);
    }
}

static void offer_commands(struct completing *c)
{
    for (size_t i = 0; i < c->commands_count; i++)
        if (c->commands[i].manner != CLI_RAW)
            offer(c, c->commands[i].name);
    offer_words_of(c, "-c --help --version");
}

static void offer_verbs(struct completing *c)
{
    for (const struct verb *const *verb = verbs; *verb; verb++)
        if (!(*verb)->is_internal)
            offer(c, (*verb)->name);
}

/* What a verb may be about. A file that is not there, or not good, names nothing. */
static void offer_names(struct completing *c)
{
    AUTO(configuration) struct configuration *configuration = NULL;
    struct configuration_errors errors = { .arena = NULL };
    const struct settings *settings;

    if (!configuration_load_to_reach(c->file, &configuration, &errors)) {
        configuration_errors_finish(&errors);
        return;
    }
    settings = &configuration->settings;
    for (size_t i = 0; i < settings->services_count; i++) {
        const struct service_settings *service = &settings->services[i];

        if (service->name)
            offer(c, service->name);
        for (size_t j = 0; j < service->environments_count; j++)
            if (service->environments[j].name)
                offer(c, service->environments[j].name);
    }
    for (size_t i = 0; i < settings->databases_count; i++)
        if (settings->databases[i].name)
            offer(c, settings->databases[i].name);
    configuration_errors_finish(&errors);
}

static const struct cli_command *find_command(const struct completing *c, const char *name)
{
    for (size_t i = 0; i < c->commands_count; i++)
        if (c->commands[i].manner != CLI_RAW && strcmp(c->commands[i].name, name) == 0)
            return &c->commands[i];
    return NULL;
}

static bool takes_verbs(const struct cli_command *command)
{
    return strcmp(command->name, "run") == 0 || strcmp(command->name, "help") == 0;
}

static void read_word(struct completing *c, const char *word)
{
    if (word[0] == '-')
        return;
    if (!c->command)
        c->command = find_command(c, word);
    else if (!c->verb && takes_verbs(c->command))
        c->verb = verb_find(verbs, word);
}

void complete(const struct cli_command *commands, size_t commands_count, const char *const *words, size_t words_count,
              const char *file, struct buf *out)
{
    struct completing c = { .commands = commands, .commands_count = commands_count, .file = file, .out = out };

    for (size_t i = 0; i < words_count; i++) {
        if (strcmp(words[i], "-c") == 0 && i + 1 < words_count)
            c.file = words[++i];
        else
            read_word(&c, words[i]);
    }
    if (!c.command) {
        offer_commands(&c);
    } else if (c.verb) {
        offer_words_of(&c, behind_name(c.verb->usage));
        offer_options_of(&c, c.verb->details);
        offer_names(&c);
    } else {
        offer_words_of(&c, behind_name(c.command->usage));
        offer_options_of(&c, c.command->details);
        if (takes_verbs(c.command))
            offer_verbs(&c);
    }
}
