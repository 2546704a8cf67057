/* cli_ops.c - `opsgate ops list | show ID`: operations as the store holds them, whoever runs. */
#include "bot/cli.h"
#include "bot/cli_store_url.h"

#include "bot/base/time.h"
#include "bot/model/effect.h"
#include "bot/model/operation.h"
#include "bot/shell/embedded.h"
#include "bot/shell/store_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *cli_store_url(const struct configuration *configuration, struct error *err)
{
    char *url;

    if (strcmp(configuration->settings.store.url, "embedded") != 0)
        return configuration->settings.store.url;
    url = arena_alloc(configuration->arena, EMBEDDED_URL_MAX);
    return embedded_url_of(configuration->settings.data_dir, url, EMBEDDED_URL_MAX, err) ? url : NULL;
}

struct records {
    struct operation *list;
    size_t count;
};

static bool read_operations(struct store_reader *reader, enum store_place place, struct arena *arena, struct records *records,
                            struct error *err)
{
    struct store_pair *pairs;
    size_t count;

    if (!store_reader_hash(reader, place, arena, &pairs, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        const cJSON *json = json_parse_in(arena, pairs[i].value, err);
        struct operation operation;

        if (!json || !shape_from_json(&operation_shape, json, arena, &operation, err))
            return error_wrap(err, "%s", pairs[i].field);
        *ARENA_PUSH(arena, records->list, records->count) = operation;
    }
    return true;
}

static int newest_first(const void *a, const void *b)
{
    const struct operation *x = a, *y = b;

    return (x->created_at_ms < y->created_at_ms) - (x->created_at_ms > y->created_at_ms);
}

static void print_row(const struct operation *operation)
{
    printf("%-8s %-10s %-24s %-10s %-16s %s\n", operation->id, operation->kind, operation->target ? operation->target : "-",
           operation->result ? operation->result : operation->state, operation->requester.id,
           time_format(operation->created_at_ms).text);
}

static void print_json_list(const struct records *records)
{
    cJSON *array = json_array();
    char *text;

    for (size_t i = 0; i < records->count; i++)
        json_add(array, shape_to_json(&operation_shape, &records->list[i], SHAPE_MASKED));
    text = cJSON_Print(array);
    printf("%s\n", text);
    free(text);
    cJSON_Delete(array);
}

static int list(const struct cli *cli, struct store_reader *reader, struct arena *arena)
{
    struct records records = { 0 };
    struct error err;

    if (!read_operations(reader, STORE_OPERATIONS, arena, &records, &err) ||
        !read_operations(reader, STORE_ENDED, arena, &records, &err))
        return cli_fail(&err);
    if (records.count > 0)
        qsort(records.list, records.count, sizeof(records.list[0]), newest_first);
    if (cli->is_json) {
        print_json_list(&records);
        return CLI_OK;
    }
    printf("%-8s %-10s %-24s %-10s %-16s %s\n", "ID", "KIND", "TARGET", "STATE", "ASKED BY", "AT");
    for (size_t i = 0; i < records.count; i++)
        print_row(&records.list[i]);
    return CLI_OK;
}

/* ---- show ---- */

static cJSON *effects_of(struct store_reader *reader, const char *id, struct arena *arena)
{
    cJSON *array = json_array();
    struct store_pair *pairs;
    struct error ignored;
    size_t count;

    if (!store_reader_hash(reader, STORE_EFFECTS, arena, &pairs, &count, &ignored))
        return array;
    for (size_t i = 0; i < count; i++) {
        cJSON *json = json_parse_in(arena, pairs[i].value, &ignored);
        struct effect effect;

        if (!json || !shape_from_json(&effect_shape, json, arena, &effect, &ignored) || !effect.operation ||
            strcmp(effect.operation, id) != 0)
            continue;
        effect.args = NULL; /* may hold secrets of their own shapes */
        json_add(array, shape_to_json(&effect_shape, &effect, SHAPE_MASKED));
    }
    return array;
}

static cJSON *journal_of(struct store_reader *reader, const char *id, struct arena *arena)
{
    struct store_range range = { .from = "-", .to = "+", .count = 10000 };
    cJSON *array = json_array();
    struct store_entry *entries;
    struct error ignored;
    size_t count;

    if (!store_reader_entries(reader, STORE_JOURNAL, &range, arena, &entries, &count, &ignored))
        return array;
    for (size_t i = 0; i < count; i++) {
        const cJSON *core = json_find(json_parse_in(arena, entries[i].value, &ignored), "core");
        const char *operation = json_find_string(core, "operation");

        if (operation && strcmp(operation, id) == 0)
            json_add(array, json_copy(core));
    }
    return array;
}

static bool find_operation(struct store_reader *reader, const char *id, struct arena *arena, struct operation *ret_operation,
                           struct error *err)
{
    struct str value;
    const cJSON *json;

    if (!store_reader_field(reader, STORE_OPERATIONS, id, arena, &value, err) &&
        (err->code != ERR_NOT_FOUND || !store_reader_field(reader, STORE_ENDED, id, arena, &value, err)))
        return false;
    json = json_parse_in(arena, value, err);
    return json && shape_from_json(&operation_shape, json, arena, ret_operation, err);
}

static void print_story(const struct operation *operation, const cJSON *journal)
{
    print_row(operation);
    if (operation->summary)
        printf("\n  %s\n", operation->summary);
    printf("\n");
    JSON_EACH(entry, journal) {
        const char *to = json_find_string(entry, "body.to"), *effect = json_find_string(entry, "body.effect");
        const char *error = json_find_string(entry, "body.error"), *end = json_find_string(entry, "body.end");

        printf("  %s  %-18s %s%s%s%s%s\n", time_format(json_find_int(entry, "at", 0)).text, json_find_string(entry, "kind"),
               to ? to : "", effect ? effect : "", end ? " " : "", end ? end : "", error ? error : "");
    }
}

static int show(const struct cli *cli, struct store_reader *reader, struct arena *arena, const char *id)
{
    struct operation operation;
    struct error err;
    cJSON *json, *journal;
    char *text;

    if (!find_operation(reader, id, arena, &operation, &err)) {
        if (err.code != ERR_NOT_FOUND)
            return cli_fail(&err);
        fprintf(stderr, "opsgate: there is no operation %s\n", id);
        return CLI_NO;
    }
    journal = journal_of(reader, id, arena);
    if (!cli->is_json) {
        print_story(&operation, journal);
        cJSON_Delete(journal);
        return CLI_OK;
    }
    json = shape_to_json(&operation_shape, &operation, SHAPE_MASKED);
    json_set(json, "effects", effects_of(reader, id, arena));
    json_set(json, "journal", journal);
    text = cJSON_Print(json);
    printf("%s\n", text);
    free(text);
    cJSON_Delete(json);
    return CLI_OK;
}

int cli_ops(const struct cli *cli)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO(configuration) struct configuration *configuration = NULL;
    AUTO_STORE_READER struct store_reader *reader = NULL;
    bool is_list = cli->words_count == 1 && strcmp(cli->words[0], "list") == 0;
    bool is_show = cli->words_count == 2 && strcmp(cli->words[0], "show") == 0;
    const char *url;
    struct error err;

    if (!is_list && !is_show)
        return cli_usage(cli, "ops list [--json] | ops show ID [--json]");
    configuration = cli_configuration(cli);
    if (!configuration)
        return CLI_USAGE;
    url = cli_store_url(configuration, &err);
    reader = url ? store_reader_open(url, configuration->settings.store.name, &err) : NULL;
    if (!reader)
        return cli_fail(&err);
    return is_list ? list(cli, reader, arena) : show(cli, reader, arena, cli->words[1]);
}
