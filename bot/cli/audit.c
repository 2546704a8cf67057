/* audit.c - `opsgate audit tail | export | verify [FILE]`: the journal, read, copied out, and proven to be whole. */
#include "bot/cli/cli.h"
#include "bot/cli/journal.h"
#include "bot/cli/store_url.h"
#include "bot/cli/text.h"

#include "bot/base/buf.h"
#include "bot/base/time.h"
#include "bot/model/journal.h"
#include "bot/shell/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAIL_LISTED 50 /* without --since */
#define BESIDE "beside"
#define ROW "%-8s %-24s %-22s %-8s %-20s %s\n"

struct auditing {
    const struct cli *cli;
    const struct settings *settings; /* NULL: of a file, without a store */
    struct store_reader *reader;
    cJSON *array; /* tail --json; or NULL */
    size_t shown, max;
    int64_t until_ms; /* of the store's clock; 0: now */
    struct journal_chain chain;
    struct error broken; /* what is wrong with it */
    bool is_broken;
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

static bool is_wanted(const struct auditing *a, const cJSON *entry, const cJSON *values, struct arena *arena)
{
    const char *person = a->cli->person;

    if (a->until_ms && json_find_int(entry, "core.at", 0) > a->until_ms)
        return false;
    return !person || strcmp(arena_printf(arena, "%s:%s", string_of(values, "system"), string_of(values, "principal")),
                             person) == 0;
}

/* ---- tail ---- */

static bool list_entry(void *arg, const cJSON *entry, struct arena *page)
{
    struct auditing *a = arg;
    const cJSON *values = cli_journal_personal(a->reader, entry, page);

    if (!is_wanted(a, entry, values, page))
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
    AUTO_JSON cJSON *line = NULL;
    AUTO_FREE char *text = NULL;

    if (!is_wanted(a, entry, json_find(beside, "values"), page))
        return true;
    if (a->cli->is_csv) {
        print_csv(a, entry, json_find(beside, "values"), page);
        return true;
    }
    line = json_copy(entry);
    if (beside)
        json_set(line, BESIDE, json_copy(beside));
    text = json_print(line);
    puts(text);
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

/* ---- verify ---- */

static bool verify_entry(void *arg, const cJSON *entry, struct arena *page)
{
    struct auditing *a = arg;

    a->is_broken = !journal_chain_take(&a->chain, entry, cli_journal_beside(a->reader, entry, page), page, &a->broken);
    return !a->is_broken;
}

static bool verify_store(struct auditing *a, char head[static 65], size_t *unreadable, struct error *err)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct str newest = { NULL, 0 };

    /* read first: what is written from now on stands behind it */
    if (!store_reader_field(a->reader, STORE_META, "journal", arena, &newest, err) && err->code != ERR_NOT_FOUND)
        return false;
    snprintf(head, 65, STR_FMT, STR_ARG(newest));
    a->chain.wanted[0].hash = head;
    a->chain.wanted[1].hash = a->cli->head;
    return cli_journal_walk(a->reader, &(struct store_range){ .from = "-", .to = "+" }, verify_entry, a, unreadable,
                            err);
}

static bool verify_line(struct auditing *a, struct str line)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct error err;
    const cJSON *entry = json_parse_in(arena, line, &err);

    a->is_broken =
        entry ? !journal_chain_take(&a->chain, entry, json_find(entry, BESIDE), arena, &a->broken)
              : !error_set(&a->broken, ERR_INVALID, "behind entry %" PRId64 " stands what is no entry of a journal: %s",
                           a->chain.last_n, err.message);
    return !a->is_broken;
}

static bool verify_file(struct auditing *a, const char *path, struct error *err)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    char *line = NULL;
    size_t room = 0;
    ssize_t len;

    if (!file)
        return error_set(err, ERR_INVALID, "%s: %s", path, strerror(errno));
    while ((len = getline(&line, &room, file)) > 0)
        if (!verify_line(a, (struct str){ line, (size_t)len }))
            break;
    free(line);
    if (file != stdin)
        fclose(file);
    return true;
}

static void print_whole(const struct auditing *a)
{
    const struct journal_chain *chain = &a->chain;

    printf("%s %zu entries, %" PRId64 " to %" PRId64 ", %s to %s",
           a->is_broken ? "Good before that:" : "Whole:", chain->count, chain->first_n, chain->last_n,
           time_format(chain->first_at_ms).text, time_format(chain->last_at_ms).text);
    if (chain->erased > 0)
        printf("; of %zu it is erased who asked", chain->erased);
    printf("\nhead %s\n", chain->head);
}

static int tell_verdict(struct auditing *a)
{
    const struct journal_chain *chain = &a->chain;
    AUTO_JSON cJSON *json = json_object();
    AUTO_FREE char *text = NULL;

    a->is_broken = a->is_broken || !journal_chain_end(chain, &a->broken);
    json_set_bool(json, "whole", !a->is_broken);
    json_set_string(json, "broken", a->is_broken ? a->broken.message : NULL);
    json_set_int(json, "entries", (int64_t)chain->count);
    json_set_int(json, "first", chain->first_n);
    json_set_int(json, "last", chain->last_n);
    json_set_int(json, "erased", (int64_t)chain->erased);
    json_set_string(json, "head", chain->head);
    text = cJSON_Print(json);
    if (a->cli->is_json)
        puts(text);
    else if (a->is_broken)
        printf("NOT WHOLE: %s.\n", a->broken.message);
    if (!a->cli->is_json && chain->count > 0)
        print_whole(a);
    else if (!a->cli->is_json && !a->is_broken)
        printf("Nothing is in it.\n");
    return a->is_broken ? CLI_NO : CLI_OK;
}

static int verify_copy(const struct cli *cli, const char *path)
{
    struct auditing a = { .cli = cli, .chain.wanted[0].hash = cli->head };
    struct error err;

    if (!verify_file(&a, path, &err))
        return cli_fail(&err);
    return tell_verdict(&a);
}

static int verify(struct auditing *a)
{
    char head[65] = "";
    size_t unreadable = 0;
    struct error err;
    int code;

    if (!verify_store(a, head, &unreadable, &err))
        return cli_fail(&err);
    code = tell_verdict(a);
    return unreadable ? CLI_NO : code;
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
    if (!read_ago("--since", cli->since, &since_ms, &err) || !read_ago("--until", cli->until, &a.until_ms, &err))
        return cli_fail(&err);
    reader = cli_store_open(configuration, &err);
    if (!reader)
        return cli_store_fail(configuration, &err);
    a.settings = &configuration->settings;
    a.reader = reader;
    snprintf(from, sizeof(from), "%" PRId64, since_ms > 0 ? since_ms : 0);
    range.from = cli->since ? from : "-";
    if (strcmp(what, "verify") == 0)
        return verify(&a);
    return strcmp(what, "tail") == 0 ? tail(&a, &range) : export(&a, &range);
}

int cli_audit(const struct cli *cli)
{
    static const char *const words[] = { "tail", "export", "verify", NULL };
    const char *what = cli->words[0];
    bool is_verify = strcmp(what, "verify") == 0, is_export = strcmp(what, "export") == 0;

    if (!is_verify && !is_export && strcmp(what, "tail") != 0)
        return cli_usage_of(cli, words);
    if ((cli->words_count > 1 && !is_verify) || (cli->is_csv && !is_export) || (cli->head && !is_verify) ||
        (is_verify && (cli->since || cli->until || cli->person)) || (is_export && cli->is_json && cli->is_csv))
        return cli_usage(cli);
    return is_verify && cli->words_count > 1 ? verify_copy(cli, cli->words[1]) : audit_store(cli, what);
}
