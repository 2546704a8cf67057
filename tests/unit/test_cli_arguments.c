/* The command line, taken apart: nothing is taken that no command knows, and nothing of a verb's is ours. */
#include "bot/cli/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int never(const struct cli *cli)
{
    (void)cli;
    return 0;
}

static const struct cli_command commands[] = {
    { "serve", "serve", "s", NULL, CLI_PLAIN, 0, 0, 0, never },
    { "check", "check", "c", NULL, CLI_PLAIN, 0, 1, CLI_JSON | CLI_REFERENCE, never },
    { "run", "run", "r", NULL, CLI_SENTENCE, 1, CLI_WORDS_MAX, CLI_JSON | CLI_FOLLOW, never },
    { "halt", "halt", "h", NULL, CLI_SENTENCE, 0, CLI_WORDS_MAX, CLI_JSON, never },
    { "ops", "ops", "o", NULL, CLI_PLAIN, 1, 2, CLI_JSON, never },
    { "events", "events", "e", NULL, CLI_PLAIN, 1, 2, CLI_JSON | CLI_EVENTS, never },
    { "sign", "sign", "g", NULL, CLI_PLAIN, 1, 1, CLI_TIMESTAMP, never },
    { "exec-shim", "exec-shim", NULL, NULL, CLI_RAW, 0, 0, 0, never },
};

static const struct row {
    const char *name, *line; /* the line is split at spaces */
    const char *wrong;       /* part of what is said; NULL: it is taken */
    const char *words;       /* joined by spaces */
    const char *file;
    bool is_json, wants_help;
} rows[] = {
    { "a file to check is a word", "check a.yaml", NULL, "a.yaml", "default", false, false },
    { "a file to check may stand behind -c", "check -c a.yaml", NULL, "", "a.yaml", false, false },
    { "options may come before the command", "-c a.yaml --json ops list", NULL, "list", "a.yaml", true, false },
    { "or behind it", "ops list --json -c a.yaml", NULL, "list", "a.yaml", true, false },
    { "a second file is too many", "check a b", "opsgate check does not take 'b'", NULL, NULL, false, false },
    { "a misspelt option is no word", "check --jsn", "no option '--jsn'. Did you mean '--json'?", NULL, NULL, false,
      false },
    { "a misspelt option before the command", "--jsn check", "no option '--jsn'", NULL, NULL, false, false },
    { "-v is not the version, and names it", "-v", "no option '-v'. Did you mean '--version'?", NULL, NULL, false,
      false },
    { "-c needs a file", "check -c", "-c needs a file", NULL, NULL, false, false },
    { "--timestamp needs seconds", "sign slack --timestamp", "--timestamp needs seconds", NULL, NULL, false, false },
    { "--timestmp is told", "sign slack --timestmp 5", "Did you mean '--timestamp'?", NULL, NULL, false, false },
    { "events may be asked for by source and age", "events list --source github --since 1h", NULL, "list", "default",
      false, false },
    { "--since needs a duration", "events list --since", "--since needs a duration, as 1h", NULL, NULL, false, false },
    { "operations may not", "ops list --since 1h", "opsgate ops does not take --since", NULL, NULL, false, false },
    { "behind a verb they are the verb's", "run deploy api --since 1h --source x", NULL,
      "deploy api --since 1h --source x", "default", false, false },
    { "a command takes its own options alone", "serve --json", "opsgate serve does not take --json", NULL, NULL, false,
      false },
    { "also when they come first", "--reference ops list", "opsgate ops does not take --reference", NULL, NULL, false,
      false },
    { "serve takes no words", "serve now", "opsgate serve does not take 'now'", NULL, NULL, false, false },
    { "too few words are told", "ops", "opsgate ops needs more words", NULL, NULL, false, false },
    { "a command that is not there gets the nearest", "serv", "Did you mean 'serve'?", NULL, NULL, false, false },
    { "run takes options before the verb", "run --json -c a.yaml status", NULL, "status", "a.yaml", true, false },
    { "run takes --json behind the verb", "run status --json", NULL, "status", "default", true, false },
    { "what is begun may be followed", "run --follow --timeout 30m deploy api", NULL, "deploy api", "default", false,
      false },
    { "also behind the verb", "run deploy api --wait 15m --follow --timeout 30m", NULL, "deploy api --wait 15m",
      "default", false, false },
    { "how long takes a duration", "run deploy api --timeout", "--timeout needs a duration, as 30m", NULL, NULL, false,
      false },
    { "a command that follows nothing leaves it to its words", "halt no --follow today", NULL, "no --follow today",
      "default", false, false },
    { "but not before them", "halt --follow", "opsgate halt does not take --follow", NULL, NULL, false, false },
    { "after -- it is the verb's", "run say -- --follow", NULL, "say --follow", "default", false, false },
    { "what is not ours is the verb's", "run deploy api --reason x --help", NULL, "deploy api --reason x --help",
      "default", false, false },
    { "after -- everything is the verb's", "run -- say --json -c x", NULL, "say --json -c x", "default", false, false },
    { "also after the verb", "run say -- --json", NULL, "say --json", "default", false, false },
    { "a stray option before the verb is told", "run --jsn status", "no option '--jsn'", NULL, NULL, false, false },
    { "run alone needs a verb", "run --json", "opsgate run needs more words", NULL, NULL, false, false },
    { "--help is about the command", "run --help", NULL, "", "default", false, true },
    { "--help needs no words", "ops -h", NULL, "", "default", false, true },
    { "exec-shim reads its own", "exec-shim --detach -c dir -- true --json", NULL, "", "default", false, false },
    { "exec-shim is nobody's nearest", "exec-shi", "there is no command 'exec-shi'.", NULL, NULL, false, false },
};

static int split(char *line, char **argv, int max)
{
    int argc = 0;

    argv[argc++] = (char *)"opsgate";
    for (char *rest = line, *word; argc < max && (word = strsep(&rest, " "));)
        argv[argc++] = word;
    return argc;
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_BUF struct buf words = BUF(1000);
    char line[200], *argv[32];
    struct error err = { .message = "" };
    struct cli cli;
    bool is_taken;

    snprintf(line, sizeof(line), "%s", row->line);
    is_taken = cli_read(split(line, argv, 32), argv, commands, ARRAY_LEN(commands), "default", &cli, &err);
    if (is_taken != !row->wrong || (row->wrong && !strstr(err.message, row->wrong)))
        fail_msg("%s: %s", row->line, is_taken ? "taken" : err.message);
    if (row->wrong)
        return;
    for (int i = 0; i < cli.words_count; i++)
        buf_addf(&words, "%s%s", i ? " " : "", cli.words[i]);
    assert_string_equal(buf_text(&words), row->words);
    assert_string_equal(cli.file, row->file);
    assert_int_equal(cli.is_json, row->is_json);
    assert_int_equal(cli.wants_help, row->wants_help);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(rows)];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[i] =
            (struct CMUnitTest){ .name = rows[i].name, .test_func = check_row, .initial_state = (void *)&rows[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
