/* ops_show.c - `opsgate ops show ID`: one operation, from its request to its end, as the journal tells it. */
#include "bot/cli/ops.h"

#include "bot/cli/journal.h"
#include "bot/cli/text.h"
#include "bot/without_store/without_store_file.h"

#include "bot/base/time.h"
#include "bot/model/effect.h"
#include "handlers/group/group.h"
#include "handlers/operation_words.h"
#include "handlers/runbook/plan.h"
#include "handlers/runbook/runbook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOURNAL_PAGE 1000
#define CLOCK_SLACK_MS 2000 /* between the clock that an operation's times are from, and the store's at that moment */

/* Everything that is known of one operation; the arrays are the caller's. */
struct story {
    const struct cli_ops *ops;
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

static bool read_effects(struct story *story, struct error *err)
{
    struct arena *arena = story->ops->arena;
    struct store_pair *pairs;
    size_t count;

    if (!store_reader_hash(story->ops->reader, STORE_EFFECTS, arena, &pairs, &count, err))
        return error_wrap(err, "effects");
    for (size_t i = 0; i < count; i++) {
        cJSON *json = json_parse_in(arena, pairs[i].value, err);
        struct effect effect;

        if (!json || !shape_from_json(&effect_shape, json, arena, &effect, err)) {
            story->unreadable++;
            cli_ops_tell_unreadable("effect", pairs[i].field, err);
        } else if (effect.operation && strcmp(effect.operation, story->operation.id) == 0) {
            effect.args = NULL; /* may hold secrets of their own shapes */
            json_add(story->effects, shape_to_json(&effect_shape, &effect, SHAPE_MASKED));
        }
    }
    return true;
}

/* What they said themselves, which can be erased: as they typed it, why, and what they found. */
static const char *const own_words[] = { "text", "reason", "found", "who" };

static void keep_entry(struct story *story, const struct store_entry *entry)
{
    AUTO_JSON cJSON *json = NULL;
    const cJSON *personal;
    const char *operation;
    struct error err;
    cJSON *core;

    if (!json_parse(entry->value, &json, &err)) {
        story->unreadable++;
        cli_ops_tell_unreadable("journal entry", entry->id, &err);
        return;
    }
    operation = json_find_string(json, "core.operation");
    if (!operation || strcmp(operation, story->operation.id) != 0)
        return;
    core = json_copy(json_find(json, "core"));
    personal = cli_journal_personal(story->ops->reader, json, story->ops->arena);
    json_set_string(core, "by", cli_journal_person(story->ops->settings, personal, story->ops->arena));
    for (size_t i = 0; i < ARRAY_LEN(own_words); i++)
        json_set_string(core, own_words[i], json_find_string(personal, own_words[i]));
    json_add(story->journal, core);
}

/* Page by page, from shortly before the operation began: an entry's id is the store's clock when it was written. */
static bool read_journal(struct story *story, struct error *err)
{
    int64_t from_ms = story->operation.created_at_ms + story->operation.shift_ms - CLOCK_SLACK_MS;
    char from[64];
    size_t count;

    snprintf(from, sizeof(from), "%lld", (long long)(from_ms > 0 ? from_ms : 0));
    do {
        AUTO(arena) struct arena *page = arena_create();
        struct store_range range = { .from = from, .to = "+", .count = JOURNAL_PAGE };
        struct store_entry *entries;

        if (!store_reader_entries(story->ops->reader, STORE_JOURNAL, &range, page, &entries, &count, err))
            return error_wrap(err, "journal");
        for (size_t i = 0; i < count; i++)
            keep_entry(story, &entries[i]);
        if (count > 0)
            snprintf(from, sizeof(from), "(%s", entries[count - 1].id);
    } while (count == JOURNAL_PAGE);
    return true;
}

/* The store keeps the last entries only: was this operation's beginning among those that went? */
static bool tell_lost_beginning(const struct story *story, struct error *err)
{
    struct store_range range = { .from = "-", .to = "+", .count = 1 };
    struct store_entry *first;
    struct str ms;
    int64_t first_ms;
    size_t count;

    if (!store_reader_entries(story->ops->reader, STORE_JOURNAL, &range, story->ops->arena, &first, &count, err))
        return error_wrap(err, "journal");
    if (count == 0)
        return true;
    ms = str_of(first->id);
    if (parse_int(str_take_until(&ms, '-'), 0, INT64_MAX, &first_ms, err) &&
        first_ms > story->operation.created_at_ms + story->operation.shift_ms + CLOCK_SLACK_MS)
        cli_complain("the journal begins at %s; what %s did before is not in it any more", time_format(first_ms).text,
                     story->operation.id);
    return true;
}

/* ---- as text ---- */

/* How it stands, in full; and what was asked for, as far as this kind of operation keeps it. */
static void print_wish(const struct story *story)
{
    static const struct {
        const char *name, *path;
    } wishes[] = { { "version", "version" }, { "reason", "reason" }, { "by", "trigger.what" } };
    const char *standing = operation_standing(&story->operation, story->ops->arena);

    if (!story->operation.result && strcmp(standing, story->operation.state) != 0) /* its row may have cut it */
        printf("  %-7s %s\n", "state", cli_plain(story->ops->settings, standing, story->ops->arena));

    for (size_t i = 0; i < ARRAY_LEN(wishes); i++) {
        const char *text = json_find_string(story->operation.body, wishes[i].path);

        if (text && *text)
            printf("  %-7s %s\n", wishes[i].name, cli_plain(story->ops->settings, text, story->ops->arena));
    }
}

/* What it asked for itself: the members of a group. */
static bool print_children(const struct story *story, struct error *err)
{
    const struct cli_ops *ops = story->ops;
    struct operation_records records;
    bool is_any = false;

    if (!cli_ops_read(ops->reader, ops->arena, &records, err))
        return false;
    for (size_t i = records.count; i-- > 0;) {
        const struct operation *child = &records.list[i];

        if (!child->parent || strcmp(child->parent, story->operation.id) != 0)
            continue;
        printf("%s", is_any ? "" : "\n");
        cli_ops_print_row(child, ops->settings, ops->arena);
        is_any = true;
    }
    return true;
}

/* Why members of a group came to nothing: one that was refused has no story of its own. */
static void print_failed_members(const struct story *story)
{
    JSON_EACH(member, json_find(story->operation.body, "members")) {
        const char *name = json_find_string(member, "name"), *summary = json_find_string(member, "summary");
        int64_t state = json_find_int(member, "state", MEMBER_WAITING);

        if (name && summary && (state == MEMBER_FAILED || state == MEMBER_SKIPPED))
            printf("  %s: %s: %s\n", cli_plain(story->ops->settings, name, story->ops->arena),
                   state == MEMBER_FAILED ? "not done" : "not begun",
                   cli_plain(story->ops->settings, summary, story->ops->arena));
    }
}

/* Each step of a runbook: what it does, when, how it ended, and its last lines. */
static void print_run(const struct story *story)
{
    const struct settings *settings = story->ops->settings;
    struct arena *arena = story->ops->arena;
    struct runbook_body body;
    struct error ignored;

    if (!shape_from_json(&runbook_body_shape, story->operation.body, arena, &body, &ignored))
        return;
    printf("\n");
    for (size_t i = 0; i < body.steps_count; i++) {
        const struct run_step *step = &body.steps[i];
        const char *told = step->told ? arena_printf(arena, ", %s", step->told) : "";

        printf("  %s: %s: %s%s\n", cli_plain(settings, run_step_called(&body, i, arena), arena),
               run_mark_names[step->mark], cli_plain(settings, run_step_words(step, arena), arena),
               cli_plain(settings, told, arena));
        if (step->began_at_ms)
            printf("     %s - %s\n", time_format(step->began_at_ms + story->operation.shift_ms).text,
                   step->ended_at_ms ? time_format(step->ended_at_ms + story->operation.shift_ms).text : "");
        for (size_t k = 0; k < step->tail_count; k++)
            printf("     | %s\n", cli_plain(settings, step->tail[k], arena));
    }
}

static void print_story(const struct story *story)
{
    const struct operation *operation = &story->operation;

    cli_ops_print_row(operation, story->ops->settings, story->ops->arena);
    print_wish(story);
    if (operation->is_stuck)
        printf("\n  stuck in %s: an event of its own crashed opsgate again and again, so nothing more runs for it\n",
               operation->state);
    if (operation->summary)
        printf("\n  %s\n", cli_plain(story->ops->settings, operation->summary, story->ops->arena));
    if (strcmp(operation->kind, machine_group.kind) == 0)
        print_failed_members(story);
    if (strcmp(operation->kind, machine_runbook.kind) == 0)
        print_run(story);
    printf("\n");
    cli_ops_print_entries(story->ops->settings, story->journal, story->ops->arena);
}

static void print_story_json(struct story *story)
{
    AUTO_JSON cJSON *json = cli_ops_json(&story->operation, story->ops->arena);
    char *text;

    json_set(json, "effects", TAKE(story->effects));
    json_set(json, "journal", TAKE(story->journal));
    text = cJSON_Print(json);
    printf("%s\n", text);
    free(text);
}

static int tell(const struct cli_ops *ops, const struct operation *operation)
{
    AUTO_STORY struct story story = {
        .ops = ops, .operation = *operation, .effects = json_array(), .journal = json_array()
    };
    struct error err;

    if (!read_effects(&story, &err) || !read_journal(&story, &err) || !tell_lost_beginning(&story, &err))
        return cli_fail(&err);
    if (ops->cli->is_json) {
        print_story_json(&story);
    } else {
        print_story(&story);
        if (!print_children(&story, &err))
            return cli_fail(&err);
    }
    return story.unreadable ? CLI_NO : CLI_OK;
}

/* ---- what was done without a store: W1 until it was adopted, and then an operation like any other ---- */

static bool is_without_store(const char *id)
{
    return id[0] == 'W' && id[1] && strspn(id + 1, "0123456789") == strlen(id + 1);
}

/* Several hosts may have given the same name; what older versions did has none, and may be any. */
static bool is_called(const char *name, const char *id)
{
    return !name || strcmp(name, id) == 0;
}

static bool was_done_as(const struct operation *operation, const char *id)
{
    const char *returned_as = json_find_string(operation->body, "returned_as");

    if (returned_as && strcmp(returned_as, id) == 0)
        return true;
    return operation->source && strcmp(operation->source, WITHOUT_STORE_SOURCE) == 0 &&
           is_called(json_find_string(operation->body, "act.name"), id);
}

/* It waits in data_dir until the store has it. */
static int tell_unadopted(const struct cli_ops *ops, const char *id)
{
    const char *data_dir = ops->settings->data_dir;
    struct without_store_acts acts;
    bool is_waiting = false;
    struct error err;

    if (!without_store_read(data_dir, ops->arena, &acts, &err))
        return cli_fail(&err);
    for (size_t i = 0; i < acts.count; i++)
        is_waiting |= is_called(acts.acts[i].name, id);
    if (is_waiting)
        cli_complain("%s is not part of the record yet: `opsgate serve` takes it from %s/without-store.jsonl", id,
                     data_dir);
    else
        cli_complain("nothing that was done without a store is called %s", id);
    return CLI_NO;
}

static int show_without_store(const struct cli_ops *ops, const char *id)
{
    const struct operation *found = NULL;
    struct operation_records records;
    struct error err;
    size_t count = 0;

    if (!cli_ops_read(ops->reader, ops->arena, &records, &err))
        return cli_fail(&err);
    for (size_t i = 0; i < records.count; i++)
        if (was_done_as(&records.list[i], id)) {
            found = &records.list[i];
            count++;
        }
    if (count == 0)
        return tell_unadopted(ops, id);
    if (count == 1) {
        cli_complain("%s was adopted as %s", id, found->id);
        return tell(ops, found);
    }
    cli_complain("each of these may be %s; `opsgate ops show D...` tells one", id);
    for (size_t i = 0; i < records.count; i++)
        if (was_done_as(&records.list[i], id))
            cli_ops_print_row(&records.list[i], ops->settings, ops->arena);
    return CLI_NO;
}

/* ---- which one ---- */

static bool find_operation(const struct cli_ops *ops, const char *id, struct operation *ret_operation,
                           struct error *err)
{
    struct str value;
    const cJSON *json;

    if (!store_reader_field(ops->reader, STORE_OPERATIONS, id, ops->arena, &value, err) &&
        (err->code != ERR_NOT_FOUND || !store_reader_field(ops->reader, STORE_ENDED, id, ops->arena, &value, err)))
        return false;
    json = json_parse_in(ops->arena, value, err);
    return (json && shape_from_json(&operation_shape, json, ops->arena, ret_operation, err)) ||
           error_wrap(err, "operation %s cannot be read", id);
}

/* "2" may be D2. */
static const char *suggestion(const struct cli_ops *ops, const char *word)
{
    bool is_number = word[0] && strspn(word, "0123456789") == strlen(word);

    return is_number ? arena_printf(ops->arena, ". Did you mean 'D%s'?", word) : "";
}

/* Its number was given. */
static bool was_once(const struct cli_ops *ops, const char *id)
{
    int64_t number, last;
    struct str newest;
    struct error ignored;

    return id[0] == 'D' && parse_int(str_of(id + 1), 1, INT64_MAX, &number, &ignored) &&
           store_reader_field(ops->reader, STORE_META, "last:operation", ops->arena, &newest, &ignored) &&
           parse_int(newest, 1, INT64_MAX, &last, &ignored) && number <= last;
}

int cli_ops_show(const struct cli_ops *ops, const char *word)
{
    const char *read = operation_id_read(word, ops->arena), *id = read ? read : word;
    struct operation operation;
    struct error err;

    if (is_without_store(id))
        return show_without_store(ops, id);
    if (find_operation(ops, id, &operation, &err))
        return tell(ops, &operation);
    if (err.code != ERR_NOT_FOUND)
        return cli_fail(&err);
    if (was_once(ops, id))
        cli_complain("%s is not kept any more: only the newest operations that have ended are (retention.operations), and "
                     "what only looked is not; `opsgate audit tail --since 30d` tells what the journal has of it", id);
    else
        cli_complain("there is no operation %s%s (`opsgate ops list` has them all; what only looked is not kept)", id,
                     suggestion(ops, id));
    return CLI_NO;
}
