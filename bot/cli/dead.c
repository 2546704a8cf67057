/* dead.c - `opsgate dead list | show ID | retry ID | drop ID|all`: what was accepted, and could not be decided. */
#include "bot/cli/cli.h"
#include "bot/cli/store_url.h"

#include "bot/base/time.h"
#include "bot/model/inbox.h"
#include "bot/shell/store_reader.h"
#include "integrations/alertmanager/group.h"
#include "integrations/api/change.h"
#include "integrations/github/webhook.h"
#include "integrations/pagerduty/webhook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 1000
#define WHY_MAX_BYTES 200

struct letter { /* in the arena */
    const char *id, *why, *source;
    int64_t at_ms;
};

/* The item inside is a text of its own; one that could not be read at all has no source. */
static const char *source_of(const cJSON *letter, struct arena *arena)
{
    const char *item = json_find_string(letter, "item"), *source;
    struct error ignored;

    source = item ? json_find_string(json_parse_in(arena, str_of(item), &ignored), "source") : NULL;
    return source ? source : "-";
}

static bool read_letter(const struct store_entry *entry, struct arena *arena, struct letter *ret_letter)
{
    struct error err;
    const cJSON *json = json_parse_in(arena, entry->value, &err);
    const char *why = json_find_string(json, "why");

    if (!json) {
        cli_complain("dead letter %s cannot be read: %s", entry->id, err.message);
        return false;
    }
    *ret_letter = (struct letter){ .id = arena_strdup(arena, entry->id),
                                   .why = why ? why : "-",
                                   .source = source_of(json, arena),
                                   .at_ms = json_find_int(json, "at", 0) };
    return true;
}

static void print_text(const struct letter *letter)
{
    printf("%-18s %-24s %-10s %.*s\n", letter->id, time_format(letter->at_ms).text, letter->source, WHY_MAX_BYTES,
           letter->why);
}

static void print_json(const struct letter *letter, cJSON *array)
{
    cJSON *json = json_object();

    json_set_string(json, "id", letter->id);
    json_set_int(json, "at", letter->at_ms);
    json_set_string(json, "source", letter->source);
    json_set_string(json, "why", letter->why);
    json_add(array, json);
}

/* Page by page, oldest first. */
static bool print_letters(struct store_reader *reader, cJSON *array, size_t *unreadable, struct error *err)
{
    char from[64] = "-";
    size_t count;

    do {
        AUTO(arena) struct arena *page = arena_create();
        struct store_range range = { .from = from, .to = "+", .count = PAGE };
        struct store_entry *entries;
        struct letter letter;

        if (!store_reader_entries(reader, STORE_DEAD, &range, page, &entries, &count, err))
            return error_wrap(err, "dead letters");
        for (size_t i = 0; i < count; i++)
            if (!read_letter(&entries[i], page, &letter))
                ++*unreadable;
            else if (array)
                print_json(&letter, array);
            else
                print_text(&letter);
        if (count > 0)
            snprintf(from, sizeof(from), "(%s", entries[count - 1].id);
    } while (count == PAGE);
    return true;
}

static int list(const struct cli *cli, struct store_reader *reader)
{
    AUTO_JSON cJSON *array = cli->is_json ? json_array() : NULL;
    AUTO_FREE char *text = NULL;
    size_t unreadable = 0;
    struct error err;

    if (!array)
        printf("%-18s %-24s %-10s %s\n", "ID", "AT", "SOURCE", "WHY");
    if (!print_letters(reader, array, &unreadable, &err))
        return cli_fail(&err);
    if (array) {
        text = cJSON_Print(array);
        printf("%s\n", text);
    }
    return unreadable ? CLI_NO : CLI_OK;
}

/* ---- show ---- */

/* What a person sent carries the address of the answer, which is a secret; a machine's words are there to be read. */
static bool is_machine(const char *source)
{
    static const char *const machines[] = { GITHUB_SOURCE, PAGERDUTY_SOURCE, ALERTMANAGER_SOURCE, API_SOURCE };

    for (size_t i = 0; source && i < ARRAY_LEN(machines); i++)
        if (strcmp(machines[i], source) == 0)
            return true;
    return false;
}

static cJSON *item_shown(const cJSON *letter, struct arena *arena)
{
    const char *text = json_find_string(letter, "item");
    struct inbox_item item;
    struct error err;
    const cJSON *json = text ? json_parse_in(arena, str_of(text), &err) : NULL;
    cJSON *shown;

    if (!json || !shape_from_json(&inbox_item_shape, json, arena, &item, &err))
        return json_string("***"); /* it could hold a secret anywhere */
    shown = shape_to_json(&inbox_item_shape, &item, SHAPE_MASKED);
    if (is_machine(item.source))
        json_set_string(shown, "body", item.body);
    return shown;
}

static void print_letter(const struct letter *letter, const cJSON *json, bool is_json, struct arena *arena)
{
    AUTO_JSON cJSON *shown = json_object();
    AUTO_FREE char *text = NULL;

    json_set_string(shown, "id", letter->id);
    json_set_int(shown, "at", letter->at_ms);
    json_set_string(shown, "input", json_find_string(json, "input"));
    json_set_string(shown, "why", letter->why);
    json_set(shown, "item", item_shown(json, arena));
    if (!is_json) {
        printf("%-18s %-24s %-10s %s\n", "ID", "AT", "SOURCE", "WHY");
        print_text(letter);
        printf("\n");
    }
    text = cJSON_Print(is_json ? shown : json_find(shown, "item"));
    printf("%s\n", text);
}

static int show(const struct cli *cli, struct store_reader *reader, const char *id)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct store_range range = { .from = id, .to = id, .count = 1 };
    struct store_entry *entries;
    struct letter letter;
    struct error err;
    size_t count;

    if (!store_reader_entries(reader, STORE_DEAD, &range, arena, &entries, &count, &err))
        return cli_fail(&err);
    if (count == 0) {
        cli_complain("there is no dead letter %s (`opsgate dead list` has them all)", id);
        return CLI_NO;
    }
    if (!read_letter(&entries[0], arena, &letter))
        return CLI_NO;
    print_letter(&letter, json_parse_in(arena, entries[0].value, &err), cli->is_json, arena);
    return CLI_OK;
}

/* ---- retry, drop: the running opsgate does it, and has policy say whether this person may ---- */

static int ask(const struct cli *cli)
{
    struct cli asked = *cli;

    asked.words[0] = "dead";
    asked.words[1] = cli->words[0];
    asked.words[2] = cli->words[1];
    asked.words_count = 3;
    return cli_run(&asked);
}

int cli_dead(const struct cli *cli)
{
    static const char *const words[] = { "list", "show", "retry", "drop", NULL };
    AUTO(configuration) struct configuration *configuration = NULL;
    AUTO_STORE_READER struct store_reader *reader = NULL;
    bool is_list = cli->words_count == 1 && strcmp(cli->words[0], "list") == 0;
    bool is_show = cli->words_count == 2 && strcmp(cli->words[0], "show") == 0;
    struct error err;

    if (cli->words_count == 2 && (strcmp(cli->words[0], "retry") == 0 || strcmp(cli->words[0], "drop") == 0))
        return ask(cli);
    if (!is_list && !is_show)
        return cli_usage_of(cli, words);
    configuration = cli_configuration_to_reach(cli);
    if (!configuration)
        return CLI_USAGE;
    reader = cli_store_open(configuration, &err);
    if (!reader)
        return cli_store_fail(configuration, &err);
    return is_list ? list(cli, reader) : show(cli, reader, cli->words[1]);
}
