#include "bot/cli/ops.h"

#include "bot/cli/store_url.h"
#include "bot/cli/text.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "handlers/image.h"
#include "handlers/operation_words.h"
#include "handlers/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cli_ops_tell_unreadable(const char *what, const char *name, const struct error *err)
{
    cli_complain("%s %s cannot be read: %s", what, name, err->message);
}

static bool read_place(struct store_reader *reader, enum store_place place, struct arena *arena,
                       struct operation_records *records, struct error *err)
{
    struct store_pair *pairs;
    size_t count;

    if (!store_reader_hash(reader, place, arena, &pairs, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        const cJSON *json = json_parse_in(arena, pairs[i].value, err);
        struct operation operation;

        if (json && shape_from_json(&operation_shape, json, arena, &operation, err)) {
            *ARENA_PUSH(arena, records->list, records->count) = operation;
        } else {
            records->unreadable++;
            cli_ops_tell_unreadable("operation", pairs[i].field, err);
        }
    }
    return true;
}

static int newest_first(const void *a, const void *b)
{
    const struct operation *x = a, *y = b;

    return (x->created_at_ms < y->created_at_ms) - (x->created_at_ms > y->created_at_ms);
}

bool cli_ops_read(struct store_reader *reader, struct arena *arena, struct operation_records *ret_records,
                  struct error *err)
{
    struct operation_records records = { 0 };

    if (!read_place(reader, STORE_OPERATIONS, arena, &records, err) ||
        !read_place(reader, STORE_ENDED, arena, &records, err))
        return false;
    if (records.count > 0)
        qsort(records.list, records.count, sizeof(records.list[0]), newest_first);
    *ret_records = records;
    return true;
}

#define ROW "%-8s %-10s %-24s %-15s %-24s %-20s %s\n"
#define VERSION_COLUMNS 15
#define VERSION_BYTES 80 /* more than is shown of any */
#define STATE_COLUMNS 24

/* Of what something on GitHub began: whoever made that there, and not the program in whose name it rolls out. */
static const char *asked_by(const struct operation *operation, const struct settings *settings, struct arena *arena)
{
    const char *author = json_find_string(operation->body, "trigger.author"),
               *initiator = json_find_string(operation->body, "trigger.initiator.id");
    struct principal there = { .system = "github", .id = author && *author ? author : initiator };

    return cli_person(settings, there.id && there.id[0] ? &there : &operation->requester, arena);
}

static const char *find_first(const struct operation *operation, const char *const *paths)
{
    for (; *paths; paths++) {
        const char *text = json_find_string(operation->body, *paths);

        if (text && text[0])
            return text;
    }
    return NULL;
}

/* As it was asked for, where a machine is of several verbs. */
static const char *kind_of(const struct operation *operation)
{
    static const char *const paths[] = { "tune.verb", "verb", NULL };
    const char *verb = find_first(operation, paths);

    return verb ? verb : operation->kind;
}

/* Where it has no place: which address, which runbook. */
static const char *target_of(const struct operation *operation, struct arena *arena)
{
    static const char *const paths[] = { "range", "protection", "runbook", NULL };
    const char *place = operation_place(operation, arena), *other = place ? NULL : find_first(operation, paths);

    return place ? place : other ? other : "-";
}

void cli_ops_print_row(const struct operation *operation, const struct settings *settings, struct arena *arena)
{
    const char *version = json_find_string(operation->body, "version");

    printf(
        ROW, operation->id, kind_of(operation), target_of(operation, arena),
        cli_cell(settings,
                 version && version[0] ? card_quote(str_of(version_short(version, arena)), VERSION_BYTES, arena) : "-",
                 VERSION_COLUMNS, arena),
        cli_cell(settings, operation_standing(operation, arena), STATE_COLUMNS, arena),
        asked_by(operation, settings, arena), time_format(operation->created_at_ms + operation->shift_ms).text);
}

static cJSON *mask_body(const struct operation *operation, struct arena *arena)
{
    struct error ignored;

    for (const struct machine *const *m = machines; *m; m++) {
        void *body = arena_alloc(arena, (*m)->body->size);

        if (strcmp((*m)->kind, operation->kind) == 0 && (*m)->schema == operation->schema &&
            shape_from_json((*m)->body, operation->body, arena, body, &ignored))
            return shape_to_json((*m)->body, body, SHAPE_MASKED);
    }
    return cJSON_CreateString("***");
}

cJSON *cli_ops_json(const struct operation *operation, struct arena *arena)
{
    cJSON *json = shape_to_json(&operation_shape, operation, SHAPE_MASKED);

    if (operation->body)
        json_set(json, "body", mask_body(operation, arena));
    return json;
}

/* A look is over within seconds, and only one that is stuck is worth anybody's. */
static void leave_out_looks(struct operation_records *records)
{
    size_t kept = 0;

    for (size_t i = 0; i < records->count; i++)
        if (!operation_is_look(records->list[i].id) || records->list[i].is_stuck)
            records->list[kept++] = records->list[i];
    records->count = kept;
}

static void print_json_list(const struct operation_records *records, struct arena *arena)
{
    cJSON *array = json_array();
    char *text;

    for (size_t i = 0; i < records->count; i++)
        json_add(array, cli_ops_json(&records->list[i], arena));
    text = cJSON_Print(array);
    printf("%s\n", text);
    free(text);
    cJSON_Delete(array);
}

static int list(const struct cli_ops *ops)
{
    struct operation_records records;
    struct error err;

    if (!cli_ops_read(ops->reader, ops->arena, &records, &err))
        return cli_fail(&err);
    leave_out_looks(&records);
    if (ops->cli->is_json) {
        print_json_list(&records, ops->arena);
        return records.unreadable ? CLI_NO : CLI_OK;
    }
    printf(ROW, "ID", "KIND", "TARGET", "VERSION", "STATE", "ASKED BY", "AT");
    for (size_t i = 0; i < records.count; i++)
        cli_ops_print_row(&records.list[i], ops->settings, ops->arena);
    return records.unreadable ? CLI_NO : CLI_OK;
}

int cli_ops(const struct cli *cli)
{
    static const char *const words[] = { "list", "show", NULL };
    AUTO(arena) struct arena *arena = arena_create();
    AUTO(configuration) struct configuration *configuration = NULL;
    AUTO_STORE_READER struct store_reader *reader = NULL;
    bool is_list = cli->words_count == 1 && strcmp(cli->words[0], "list") == 0;
    bool is_show = cli->words_count == 2 && strcmp(cli->words[0], "show") == 0;
    struct cli_ops ops;
    struct error err;

    if (!is_list && !is_show)
        return cli_usage_of(cli, words);
    configuration = cli_configuration_to_reach(cli);
    if (!configuration)
        return CLI_USAGE;
    reader = cli_store_open(configuration, &err);
    if (!reader)
        return cli_store_fail(configuration, &err);
    ops = (struct cli_ops){ cli, &configuration->settings, reader, arena };
    return is_list ? list(&ops) : cli_ops_show(&ops, cli->words[1]);
}
