/* cli_ops.c - `opsgate ops list | show ID`: operations as the store holds them, whoever runs. */
#include "bot/cli.h"
#include "bot/cli_store_url.h"

#include "bot/base/time.h"
#include "bot/model/effect.h"
#include "bot/model/operation.h"
#include "bot/shell/store_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOURNAL_PAGE 1000
#define CLOCK_SLACK_MS 2000 /* between the clock that an operation's times are from, and the store's at that moment */

struct records {
    struct operation *list;
    size_t count, unreadable;
};

/* What cannot be read is told, never left out in silence. */
static void tell_unreadable(const char *what, const char *name, const struct error *err)
{
    fprintf(stderr, "opsgate: %s %s cannot be read: %s\n", what, name, err->message);
}

static bool read_operations(struct store_reader *reader, enum store_place place, struct arena *arena,
                            struct records *records, struct error *err)
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
            tell_unreadable("operation", pairs[i].field, err);
        }
    }
    return true;
}

static int newest_first(const void *a, const void *b)
{
    const struct operation *x = a, *y = b;

    return (x->created_at_ms < y->created_at_ms) - (x->created_at_ms > y->created_at_ms);
}

#define ROW "%-8s %-10s %-24s %-10s %-20s %s\n"

static void print_row(const struct operation *operation)
{
    const char *state = operation->is_stuck ? "stuck" : operation->result ? operation->result : operation->state;
    char who[128];

    snprintf(who, sizeof(who), "%s:%s", operation->requester.system, operation->requester.id);
    printf(ROW, operation->id, operation->kind, operation->target ? operation->target : "-", state, who,
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
        return records.unreadable ? CLI_NO : CLI_OK;
    }
    printf(ROW, "ID", "KIND", "TARGET", "STATE", "ASKED BY", "AT");
    for (size_t i = 0; i < records.count; i++)
        print_row(&records.list[i]);
    return records.unreadable ? CLI_NO : CLI_OK;
}

/* ---- show ---- */

/* Everything that is known of one operation; the arrays are the caller's. */
struct story {
    struct operation operation;
    cJSON *effects, *journal;
    size_t unreadable;
};

static void finish_story(struct story *story)
{
    cJSON_Delete(story->effects);
    cJSON_Delete(story->journal);
}
#define AUTO_STORY __attribute__((cleanup(finish_story)))

static bool read_effects(struct store_reader *reader, struct arena *arena, struct story *story, struct error *err)
{
    struct store_pair *pairs;
    size_t count;

    if (!store_reader_hash(reader, STORE_EFFECTS, arena, &pairs, &count, err))
        return error_wrap(err, "effects");
    for (size_t i = 0; i < count; i++) {
        cJSON *json = json_parse_in(arena, pairs[i].value, err);
        struct effect effect;

        if (!json || !shape_from_json(&effect_shape, json, arena, &effect, err)) {
            story->unreadable++;
            tell_unreadable("effect", pairs[i].field, err);
        } else if (effect.operation && strcmp(effect.operation, story->operation.id) == 0) {
            effect.args = NULL; /* may hold secrets of their own shapes */
            json_add(story->effects, shape_to_json(&effect_shape, &effect, SHAPE_MASKED));
        }
    }
    return true;
}

static void keep_entry(struct story *story, const struct store_entry *entry)
{
    AUTO_JSON cJSON *json = NULL;
    const cJSON *core;
    const char *operation;
    struct error err;

    if (!json_parse(entry->value, &json, &err)) {
        story->unreadable++;
        tell_unreadable("journal entry", entry->id, &err);
        return;
    }
    core = json_find(json, "core");
    operation = json_find_string(core, "operation");
    if (operation && strcmp(operation, story->operation.id) == 0)
        json_add(story->journal, json_copy(core));
}

/* Page by page, from shortly before the operation began: an entry's id is the store's clock when it was written. */
static bool read_journal(struct store_reader *reader, struct story *story, struct error *err)
{
    int64_t from_ms = story->operation.created_at_ms - CLOCK_SLACK_MS;
    char from[64];
    size_t count;

    snprintf(from, sizeof(from), "%lld", (long long)(from_ms > 0 ? from_ms : 0));
    do {
        AUTO(arena) struct arena *page = arena_create();
        struct store_range range = { .from = from, .to = "+", .count = JOURNAL_PAGE };
        struct store_entry *entries;

        if (!store_reader_entries(reader, STORE_JOURNAL, &range, page, &entries, &count, err))
            return error_wrap(err, "journal");
        for (size_t i = 0; i < count; i++)
            keep_entry(story, &entries[i]);
        if (count > 0)
            snprintf(from, sizeof(from), "(%s", entries[count - 1].id);
    } while (count == JOURNAL_PAGE);
    return true;
}

/* The store keeps the last entries only: was this operation's beginning among those that went? */
static bool tell_lost_beginning(struct store_reader *reader, struct arena *arena, const struct story *story,
                                struct error *err)
{
    struct store_range range = { .from = "-", .to = "+", .count = 1 };
    struct store_entry *first;
    struct str ms;
    int64_t first_ms;
    size_t count;

    if (!store_reader_entries(reader, STORE_JOURNAL, &range, arena, &first, &count, err))
        return error_wrap(err, "journal");
    if (count == 0)
        return true;
    ms = str_of(first->id);
    if (parse_int(str_take_until(&ms, '-'), 0, INT64_MAX, &first_ms, err) &&
        first_ms > story->operation.created_at_ms + CLOCK_SLACK_MS)
        fprintf(stderr, "opsgate: the journal begins at %s; what %s did before is not in it any more\n",
                time_format(first_ms).text, story->operation.id);
    return true;
}

static bool find_operation(struct store_reader *reader, const char *id, struct arena *arena,
                           struct operation *ret_operation, struct error *err)
{
    struct str value;
    const cJSON *json;

    if (!store_reader_field(reader, STORE_OPERATIONS, id, arena, &value, err) &&
        (err->code != ERR_NOT_FOUND || !store_reader_field(reader, STORE_ENDED, id, arena, &value, err)))
        return false;
    json = json_parse_in(arena, value, err);
    return (json && shape_from_json(&operation_shape, json, arena, ret_operation, err)) ||
           error_wrap(err, "operation %s cannot be read", id);
}

/* What an entry says beside its kind: the parts of its body that it has, in this order. */
static const struct {
    const char *path, *before;
} parts[] = {
    { "body.to", " " },   { "body.effect", " " },   { "body.kind", " " },
    { "body.end", ": " }, { "body.version", " " },  { "body.image", " " },
    { "body.verb", " " }, { "body.rule", ", by " }, { "body.error", ": " },
};

static void print_entry(const cJSON *entry)
{
    const char *kind = json_find_string(entry, "kind");

    printf("  %s  %-18s", time_format(json_find_int(entry, "at", 0)).text, kind ? kind : "");
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const char *text = json_find_string(entry, parts[i].path);

        if (text && *text)
            printf("%s%s", parts[i].before, text);
    }
    printf("\n");
}

/* What was asked for, as far as this kind of operation keeps it. */
static void print_wish(const struct operation *operation)
{
    const char *version = json_find_string(operation->body, "version"),
               *reason = json_find_string(operation->body, "reason");

    if (version && *version)
        printf("  version %s\n", version);
    if (reason && *reason)
        printf("  reason  %s\n", reason);
}

static void print_story(const struct story *story)
{
    const struct operation *operation = &story->operation;

    print_row(operation);
    print_wish(operation);
    if (operation->is_stuck)
        printf("\n  stuck in %s: an event of its own crashed opsgate again and again, so nothing more runs for it\n",
               operation->state);
    if (operation->summary)
        printf("\n  %s\n", operation->summary);
    printf("\n");
    JSON_EACH(entry, story->journal)
        print_entry(entry);
}

static void print_story_json(struct story *story)
{
    AUTO_JSON cJSON *json = shape_to_json(&operation_shape, &story->operation, SHAPE_MASKED);
    char *text;

    json_set(json, "effects", TAKE(story->effects));
    json_set(json, "journal", TAKE(story->journal));
    text = cJSON_Print(json);
    printf("%s\n", text);
    free(text);
}

static int show(const struct cli *cli, struct store_reader *reader, struct arena *arena, const char *id)
{
    AUTO_STORY struct story story = { .effects = json_array(), .journal = json_array() };
    struct error err;

    if (!find_operation(reader, id, arena, &story.operation, &err)) {
        if (err.code != ERR_NOT_FOUND)
            return cli_fail(&err);
        fprintf(stderr, "opsgate: there is no operation %s\n", id);
        return CLI_NO;
    }
    if (!read_effects(reader, arena, &story, &err) || !read_journal(reader, &story, &err) ||
        !tell_lost_beginning(reader, arena, &story, &err))
        return cli_fail(&err);
    if (cli->is_json)
        print_story_json(&story);
    else
        print_story(&story);
    return story.unreadable ? CLI_NO : CLI_OK;
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
        return cli_usage(cli);
    configuration = cli_configuration(cli);
    if (!configuration)
        return CLI_USAGE;
    url = cli_store_url(configuration, &err);
    reader = url ? store_reader_open(url, configuration->settings.store.name, &err) : NULL;
    if (!reader)
        return cli_fail(&err);
    return is_list ? list(cli, reader, arena) : show(cli, reader, arena, cli->words[1]);
}
