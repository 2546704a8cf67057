/* arguments.c - the command line, taken apart: which command, and is everything there that it takes, and no more?
 */
#include "bot/cli/cli.h"

#include <string.h>

#define ALWAYS 0u

enum what {
    SETS_FILE,
    SETS_TIMESTAMP,
    SETS_SOURCE,
    SETS_SINCE,
    SETS_UNTIL,
    SETS_PERSON,
    SETS_HEAD,
    SETS_KEY,
    SETS_FRESH,
    SETS_CONFIRM,
    SETS_DRY_RUN,
    SETS_CSV,
    SETS_JSON,
    SETS_REFERENCE,
    SETS_WITHOUT_STORE,
    SETS_OFFLINE,
    SETS_FOLLOW,
    SETS_TIMEOUT,
    ASKS_HELP,
    ASKS_VERSION
};

static const struct option {
    const char *name, *value; /* value: what comes after it; NULL: nothing does */
    unsigned bit;             /* which commands take it */
    enum what what;
} options[] = {
    { "-c", "a file", ALWAYS, SETS_FILE },
    { "--timestamp", "seconds", CLI_TIMESTAMP, SETS_TIMESTAMP },
    { "--source", "a system's name", CLI_EVENTS, SETS_SOURCE },
    { "--since", "a duration, as 1h", CLI_EVENTS | CLI_AUDIT, SETS_SINCE },
    { "--until", "a duration, as 1h", CLI_AUDIT, SETS_UNTIL },
    { "--person", "somebody, as slack:U012AB3CD", CLI_AUDIT, SETS_PERSON },
    { "--head", "a hash", CLI_AUDIT, SETS_HEAD },
    { "--key", "a file with public keys", CLI_AUDIT, SETS_KEY },
    { "--fresh", "a duration, as 2h", CLI_AUDIT, SETS_FRESH },
    { "--confirm", "the person, once more", CLI_AUDIT, SETS_CONFIRM },
    { "--dry-run", NULL, CLI_AUDIT, SETS_DRY_RUN },
    { "--csv", NULL, CLI_AUDIT, SETS_CSV },
    { "--json", NULL, CLI_JSON, SETS_JSON },
    { "--reference", NULL, CLI_REFERENCE, SETS_REFERENCE },
    { "--help", NULL, ALWAYS, ASKS_HELP },
    { "-h", NULL, ALWAYS, ASKS_HELP },
    { "--version", NULL, ALWAYS, ASKS_VERSION },
    { "--without-store", NULL, CLI_WITHOUT_STORE, SETS_WITHOUT_STORE },
    { "--offline", NULL, CLI_OFFLINE, SETS_OFFLINE },
    { "--follow", NULL, CLI_FOLLOW, SETS_FOLLOW },
    { "--timeout", "a duration, as 30m", CLI_FOLLOW, SETS_TIMEOUT },
};

struct reading {
    int argc, at; /* at: the next argument */
    char **argv;
    struct cli *cli;
    const struct option *given[CLI_WORDS_MAX]; /* until the command is known */
    int given_count;
    bool is_over; /* "--" was there: no more options */
};

static const struct option *find_option(const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(options); i++)
        if (strcmp(options[i].name, word) == 0)
            return &options[i];
    return NULL;
}

static bool no_such_option(const char *word, struct error *err)
{
    const char *names[ARRAY_LEN(options)], *nearest;

    for (size_t i = 0; i < ARRAY_LEN(options); i++)
        names[i] = options[i].name;
    nearest = strcmp(word, "-v") == 0 || strcmp(word, "-V") == 0 ? "--version"
                                                                 : str_nearest(str_of(word), names, ARRAY_LEN(options));
    return error_set(err, ERR_INVALID, "there is no option '%s'.%s%s%s", word, nearest ? " Did you mean '" : "",
                     nearest ? nearest : "", nearest ? "'?" : "");
}

static bool take_option(struct reading *reading, const struct option *option, struct error *err)
{
    struct cli *cli = reading->cli;
    const char *value = NULL;

    if (option->value) {
        if (reading->at == reading->argc)
            return error_set(err, ERR_INVALID, "%s needs %s", option->name, option->value);
        value = reading->argv[reading->at++];
    }
    if (reading->given_count == CLI_WORDS_MAX)
        return error_set(err, ERR_INVALID, "too many options");
    reading->given[reading->given_count++] = option;
    cli->file = option->what == SETS_FILE ? value : cli->file;
    cli->is_file_given |= option->what == SETS_FILE;
    cli->timestamp = option->what == SETS_TIMESTAMP ? value : cli->timestamp;
    cli->source = option->what == SETS_SOURCE ? value : cli->source;
    cli->since = option->what == SETS_SINCE ? value : cli->since;
    cli->until = option->what == SETS_UNTIL ? value : cli->until;
    cli->person = option->what == SETS_PERSON ? value : cli->person;
    cli->head = option->what == SETS_HEAD ? value : cli->head;
    cli->key = option->what == SETS_KEY ? value : cli->key;
    cli->fresh = option->what == SETS_FRESH ? value : cli->fresh;
    cli->confirm = option->what == SETS_CONFIRM ? value : cli->confirm;
    cli->is_dry_run |= option->what == SETS_DRY_RUN;
    cli->is_csv |= option->what == SETS_CSV;
    cli->is_json |= option->what == SETS_JSON;
    cli->is_without_store |= option->what == SETS_WITHOUT_STORE;
    cli->is_offline |= option->what == SETS_OFFLINE;
    cli->is_follow |= option->what == SETS_FOLLOW;
    cli->timeout = option->what == SETS_TIMEOUT ? value : cli->timeout;
    cli->is_reference |= option->what == SETS_REFERENCE;
    cli->wants_help |= option->what == ASKS_HELP;
    cli->wants_version |= option->what == ASKS_VERSION;
    return true;
}

static bool no_such_command(const char *name, const struct cli_command *commands, size_t count, struct error *err)
{
    const char *names[32], *nearest;
    size_t listed = 0;

    for (size_t i = 0; i < count && listed < ARRAY_LEN(names); i++)
        if (commands[i].manner != CLI_RAW)
            names[listed++] = commands[i].name;
    nearest = str_nearest(str_of(name), names, listed);
    return error_set(err, ERR_NOT_FOUND, "there is no command '%s'.%s%s%s", name, nearest ? " Did you mean '" : "",
                     nearest ? nearest : "", nearest ? "'?" : "");
}

static bool take_command(struct cli *cli, const char *name, const struct cli_command *commands, size_t count,
                         struct error *err)
{
    for (size_t i = 0; i < count && !cli->command; i++)
        if (strcmp(commands[i].name, name) == 0)
            cli->command = &commands[i];
    if (cli->command)
        return true;
    cli->words[0] = name;
    cli->words_count = 1;
    return no_such_command(name, commands, count, err);
}

/* Is this word, after the verb of a sentence, one of our options all the same? The verb has options of its own. */
static bool is_ours(const struct option *option, const struct cli_command *command)
{
    return option->what == SETS_FILE || option->what == SETS_JSON || option->what == SETS_WITHOUT_STORE ||
           (option->bit & (CLI_OFFLINE | CLI_FOLLOW) & command->options);
}

static bool take_word(struct reading *reading, const char *word, struct error *err)
{
    struct cli *cli = reading->cli;
    bool is_sentence = cli->command && cli->command->manner == CLI_SENTENCE;
    bool is_option = !reading->is_over && word[0] == '-' && word[1];
    const struct option *option = is_option ? find_option(word) : NULL;

    if (is_option && strcmp(word, "--") == 0) {
        reading->is_over = true;
        return true;
    }
    if (is_option && is_sentence && cli->words_count > 0 && (!option || !is_ours(option, cli->command)))
        option = NULL; /* the verb's */
    else if (is_option)
        return option ? take_option(reading, option, err) : no_such_option(word, err);
    if (cli->words_count == CLI_WORDS_MAX)
        return error_set(err, ERR_INVALID, "more than %d words", CLI_WORDS_MAX);
    cli->words[cli->words_count++] = word;
    return true;
}

/* Whatever came before its name, too. */
static bool check_command(const struct reading *reading, struct error *err)
{
    const struct cli *cli = reading->cli;
    const struct cli_command *command = cli->command;

    for (int i = 0; i < reading->given_count; i++) {
        const struct option *option = reading->given[i];

        if (option->bit && (!command || !(command->options & option->bit)))
            return error_set(err, ERR_INVALID, "%s%s does not take %s",
                             command ? "opsgate " : "opsgate without a command", command ? command->name : "",
                             option->name);
    }
    if (!command || cli->wants_help || cli->wants_version)
        return true;
    if (cli->words_count < command->words_min)
        return error_set(err, ERR_INVALID, "opsgate %s needs more words", command->name);
    return cli->words_count <= command->words_max ||
           error_set(err, ERR_INVALID, "opsgate %s does not take '%s'", command->name, cli->words[command->words_max]);
}

bool cli_read(int argc, char **argv, const struct cli_command *commands, size_t commands_count, const char *file,
              struct cli *ret_cli, struct error *err)
{
    struct reading reading = { .argc = argc, .at = 1, .argv = argv, .cli = ret_cli };

    *ret_cli = (struct cli){ .file = file, .argc = argc, .argv = argv };
    while (reading.at < argc) {
        const char *word = argv[reading.at++];
        bool is_name = !ret_cli->command && word[0] != '-';

        if (is_name ? !take_command(ret_cli, word, commands, commands_count, err) : !take_word(&reading, word, err))
            return false;
        if (is_name && ret_cli->command->manner == CLI_RAW)
            return true;
    }
    return check_command(&reading, err);
}
