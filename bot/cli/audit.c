/* audit.c - `opsgate audit ...`: the journal, read and copied out. */
#include "bot/cli/audit.h"
#include "bot/cli/cli.h"
#include "bot/cli/journal.h"
#include "bot/cli/store_url.h"
#include "bot/cli/text.h"

#include "bot/base/buf.h"
#include "bot/base/time.h"
#include "bot/model/journal.h"
#include "bot/shell/clock.h"
#include "handlers/held.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAIL_LISTED 50 /* without --since */
#define ROW "%-8s %-24s %-22s %-8s %-20s %s\n"

struct auditing {
    const struct cli *cli;
    const struct settings *settings; /* NULL: of a file, without a store */
    struct store_reader *reader;
    cJSON *array; /* tail --json; or NULL */
    size_t shown, max;
    int64_t until_ms; /* of the store's clock; 0: now */
    struct held_person person;
};

/* ---- what an entry says ---- */

static const char *who_of(const struct auditing *a, const cJSON *values, struct arena *arena)
{
    const char *who = values && a->settings ? cli_journal_person(a->settings, values, arena) : NULL;

    return who ? who : "";
}

/* Its words in one line: of a request what was typed, else what the entry itself sums up. */
static const char *text_of(const struct auditing *a, const cJSON *entry, const cJSON *values, struct arena *arena)
{
    static const char *const paths[] = { "core.body.summary", "core.body.error", "core.body.why",
                                         "core.body.kind",    "core.body.state", "core.body.name" };
    const char *text = json_find_string(values, "text");

    for (size_t i = 0; i < ARRAY_LEN(paths) && (!text || !text[0]); i++)
        text = json_find_string(entry, paths[i]);
    return text ? cli_plain(a->settings, text, arena) : "";
}

static const char *string_of(const cJSON *entry, const char *path)
{
    const char *text = json_find_string(entry, path);

    return text ? text : "";
}

/* ---- which ones ---- */

static bool is_wanted(const struct auditing *a, const cJSON *entry, const cJSON *values)
{
    if (a->until_ms && json_find_int(entry, "core.at", 0) > a->until_ms)
        return false;
    return !a->cli->person || personal_is_by(values, a->person.ids, a->person.count);
}

/* ---- tail ---- */

static bool list_entry(void *arg, const cJSON *entry, struct arena *page)
{
    struct auditing *a = arg;
    const cJSON *values = cli_journal_personal(a->reader, entry, page);

    if (!is_wanted(a, entry, values))
        return true;
    if (a->array)
        json_add(a->array, json_copy(json_find(entry, "core")));
    else
        printf(ROW, arena_printf(page, "%" PRId64, json_find_int(entry, "core.n", 0)),
               time_format(json_find_int(entry, "core.at", 0)).text, string_of(entry, "core.kind"),
               string_of(entry, "core.operation"), who_of(a, values, page), text_of(a, entry, values, page));
    return ++a->shown < a->max;
}

static int tail(struct auditing *a, const struct store_range *wanted)
{
    struct store_range range = *wanted;
    AUTO_JSON cJSON *array = a->cli->is_json ? json_array() : NULL;
    AUTO_FREE char *text = NULL;
    size_t unreadable = 0;
    struct error err;

    range.is_newest_first = true;
    a->max = a->cli->since ? SIZE_MAX : TAIL_LISTED;
    a->array = array;
    if (!array)
        printf(ROW, "NUMBER", "AT", "WHAT", "ABOUT", "WHO", "TEXT");
    if (!cli_journal_walk(a->reader, &range, list_entry, a, &unreadable, &err))
        return cli_fail(&err);
    if (array) {
        text = cJSON_Print(array);
        printf("%s\n", text);
    }
    return unreadable ? CLI_NO : CLI_OK;
}

/* ---- export ---- */

/* RFC 4180. What a spreadsheet would take for a formula is a text none the less. */
static void print_cell(const char *text, bool is_last)
{
    putchar('"');
    if (text[0] && strchr("=+-@\t\r", text[0]))
        putchar('\'');
    for (; *text; text++) {
        if (*text == '"')
            putchar('"');
        putchar(*text);
    }
    fputs(is_last ? "\"\r\n" : "\",", stdout);
}

static void print_csv(const struct auditing *a, const cJSON *entry, const cJSON *values, struct arena *page)
{
    const char *cells[] = { arena_printf(page, "%" PRId64, json_find_int(entry, "core.n", 0)),
                            time_format(json_find_int(entry, "core.at", 0)).text,
                            string_of(entry, "core.kind"),
                            string_of(entry, "core.operation"),
                            string_of(entry, "core.request_id"),
                            who_of(a, values, page),
                            text_of(a, entry, values, page) };

    for (size_t i = 0; i < ARRAY_LEN(cells); i++)
        print_cell(cells[i], i + 1 == ARRAY_LEN(cells));
}

static bool export_entry(void *arg, const cJSON *entry, struct arena *page)
{
    struct auditing *a = arg;
    const cJSON *beside = cli_journal_beside(a->reader, entry, page);

    if (!is_wanted(a, entry, json_find(beside, "values")))
        return true;
    if (a->cli->is_csv) {
        print_csv(a, entry, json_find(beside, "values"), page);
        return true;
    }
    puts(journal_line(entry, beside, page));
    return true;
}

static int export(struct auditing *a, const struct store_range *range)
{
    size_t unreadable = 0;
    struct error err;

    if (a->cli->is_csv)
        printf("number,at,kind,operation,request_id,who,text\r\n");
    if (!cli_journal_walk(a->reader, range, export_entry, a, &unreadable, &err))
        return cli_fail(&err);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        cli_complain("cannot write: %s", strerror(errno));
        return CLI_USAGE;
    }
    return unreadable ? CLI_NO : CLI_OK;
}

/* ---- the words ---- */

static bool read_ago(const char *option, const char *text, int64_t *ret_unix_ms, struct error *err)
{
    struct clock clock = clock_system();
    int64_t ago_ms;

    if (!text)
        return true;
    if (!duration_parse(str_of(text), &ago_ms, err))
        return error_wrap(err, "%s", option);
    *ret_unix_ms = clock.unix_ms(clock.ctx) - ago_ms;
    return true;
}

static int audit_store(const struct cli *cli, const char *what)
{
    AUTO_STORE_READER struct store_reader *reader = NULL;
    AUTO(configuration) struct configuration *configuration = cli_configuration_to_reach(cli);
    struct auditing a = { .cli = cli };
    struct store_range range = { .from = "-", .to = "+" };
    int64_t since_ms = 0;
    char from[32];
    struct error err;

    if (!configuration)
        return CLI_USAGE;
    if (!read_ago("--since", cli->since, &since_ms, &err) || !read_ago("--until", cli->until, &a.until_ms, &err) ||
        (cli->person &&
         !held_find_person(&configuration->settings, cli->person, configuration->arena, &a.person, &err)))
        return cli_fail(&err);
    reader = cli_store_open(configuration, &err);
    if (!reader)
        return cli_store_fail(configuration, &err);
    a.settings = &configuration->settings;
    a.reader = reader;
    snprintf(from, sizeof(from), "%" PRId64, since_ms > 0 ? since_ms : 0);
    range.from = cli->since ? from : "-";
    if (strcmp(what, "verify") == 0)
        return cli_audit_verify(cli, reader);
    return strcmp(what, "tail") == 0 ? tail(&a, &range) : export(&a, &range);
}

/* The running opsgate does it, and has policy say whether this person may. */
static int erase(const struct cli *cli)
{
    struct cli asked = *cli;

    asked.words[0] = "erase";
    asked.words[asked.words_count++] = cli->is_dry_run ? "--dry-run" : "--confirm";
    if (!cli->is_dry_run)
        asked.words[asked.words_count++] = cli->confirm;
    asked.words_count -= !cli->is_dry_run && !cli->confirm ? 2 : 0; /* it is told what is missing */
    return cli_run(&asked);
}

/* What goes with which word. */
static bool fits(const struct cli *cli, const char *what)
{
    bool is_verify = strcmp(what, "verify") == 0, is_export = strcmp(what, "export") == 0;
    bool is_selecting = cli->since || cli->until || cli->person, has_files = is_verify && cli->words_count > 1;
    bool is_erase = strcmp(what, "erase") == 0, is_plain = !is_selecting && !cli->is_csv && !cli->head && !cli->key;

    if ((cli->confirm || cli->is_dry_run) && !is_erase)
        return false;
    if (strcmp(what, "keygen") == 0 || is_erase)
        return cli->words_count == 2 && is_plain && !cli->fresh && (is_erase || !cli->is_json);
    if (strcmp(what, "redact") == 0)
        return cli->words_count >= 2 && is_plain && !cli->fresh && !cli->is_json;
    return (cli->words_count == 1 || is_verify) && (!cli->is_csv || is_export) && (!cli->head || is_verify) &&
           (!(cli->key || cli->fresh) || has_files) && (!cli->fresh || cli->key) && !(is_verify && is_selecting) &&
           !(is_export && cli->is_json && cli->is_csv);
}

int cli_audit(const struct cli *cli)
{
    static const char *const words[] = { "tail", "export", "verify", "keygen", "erase", "redact", NULL };
    const char *what = cli->words[0];
    size_t known = 0;

    while (words[known] && strcmp(words[known], what) != 0)
        known++;
    if (!words[known])
        return cli_usage_of(cli, words);
    if (!fits(cli, what))
        return cli_usage(cli);
    if (strcmp(what, "keygen") == 0)
        return cli_audit_keygen(cli->words[1]);
    if (strcmp(what, "erase") == 0)
        return erase(cli);
    if (strcmp(what, "redact") == 0)
        return cli_audit_redact((const char *const *)&cli->words[1], cli->words_count - 1);
    return strcmp(what, "verify") == 0 && cli->words_count > 1 ? cli_audit_verify(cli, NULL) : audit_store(cli, what);
}
