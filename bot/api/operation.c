/* operation.c - one operation, whole; with what happened, as the journal has it, and its effects. With `wait` it is
 * answered once it has ended, or changed, or that time is over. */
#include "bot/api/internal.h"

#include "bot/engine/engine.h"
#include "handlers/operation_words.h"

#include <string.h>

#define CLOCK_SLACK_MS                                                                                                 \
    2000 /* between the clock that an operation's times are from, and that of the store's entries                      \
          */
#define AFTER_ITS_END_MS (10 * MINUTE_MS) /* its effects end, too */
#define PAGES_MAX 100
#define TIMELINE_MAX 1000
#define ANSWER_SHARE                                                                                                   \
    2 /* it waits no longer than one of so many parts of limits.answer_timeout, of which the rest is for the answer */

struct story {
    struct api_entries entries;
    const struct operation *operation; /* while the view is good */
    const char *id;
    int64_t changed_at_ms; /* as it was when it was asked for; -1: only its end is waited for */
    cJSON *timeline, *effects;
    bool is_cut;
};

/* ---- what happened ---- */

static void add_effect(struct story *story, const cJSON *core)
{
    cJSON *one;

    if (strcmp(json_find_string(core, "kind"), "effect.ended") != 0 || !json_find_string(core, "body.effect"))
        return;
    one = json_add(story->effects, json_object());
    json_set_string(one, "id", json_find_string(core, "body.effect"));
    api_set_text(one, "kind", json_find_string(core, "body.kind"));
    json_set_string(one, "state", "ended");
    api_set_text(one, "end", json_find_string(core, "body.end"));
    api_set_plain(story->entries.call, one, "error", json_find_string(core, "body.error"));
    json_set_int(one, "tries", json_find_int(core, "body.tries", 1));
    api_set_unix(one, "at", json_find_int(core, "at", 0));
}

static bool on_entry(struct api_entries *entries, const char *id, const cJSON *core, const cJSON *values,
                     struct arena *page)
{
    struct story *story = CONTAINER_OF(entries, struct story, entries);
    const char *operation = json_find_string(core, "operation");

    (void)id, (void)page;
    if (!operation || strcmp(operation, story->id) != 0 || !json_find_string(core, "kind"))
        return true;
    if (cJSON_GetArraySize(story->timeline) == TIMELINE_MAX) {
        story->is_cut = true;
        return false;
    }
    json_add(story->timeline, api_entry_json(entries->call, core, values));
    add_effect(story, core);
    return true;
}

/* Those that have not ended: the engine has them. */
static void add_live_effects(struct story *story)
{
    struct api_call *call = story->entries.call;
    size_t count;
    const struct engine_effect *effects = engine_effects(call->api->engine, story->id, call->arena, &count);

    for (size_t i = 0; i < count; i++) {
        cJSON *one = json_add(story->effects, json_object());

        json_set_string(one, "id", effects[i].record->id);
        json_set_string(one, "kind", effects[i].record->kind);
        json_set_string(one, "state", effects[i].is_in_flight ? "in-flight" : "waiting");
        json_set(one, "end", cJSON_CreateNull());
        api_set_plain(call, one, "error", effects[i].again_why);
        json_set_int(one, "tries", effects[i].tries);
        api_set_unix(one, "at", effects[i].record->created_at_ms);
    }
}

static void on_end(struct api_entries *entries)
{
    struct story *story = CONTAINER_OF(entries, struct story, entries);
    struct api_call *call = entries->call;
    const struct operation *operation;
    cJSON *json;

    operation = api_find_operation(call, story->id);
    if (!operation) {
        api_not_found(call, "operation");
        return;
    }
    json = api_operation_whole(call, operation);
    add_live_effects(story);
    json_set(json, "timeline", story->timeline);
    json_set_bool(json, "timeline_is_cut", story->is_cut || entries->next);
    json_set(json, "effects", story->effects);
    story->timeline = story->effects = NULL; /* the answer's now */
    api_answer(call, json);
}

static void drop(void *arg)
{
    struct story *story = arg;

    cJSON_Delete(story->timeline);
    cJSON_Delete(story->effects);
}

/* An entry's id is the store's clock when it was written. */
static void tell(struct story *story)
{
    struct api_call *call = story->entries.call;
    const struct operation *operation = story->operation;
    int64_t from_ms = operation->created_at_ms + operation->shift_ms - CLOCK_SLACK_MS,
            to_ms = operation->ended_at_ms ? operation->ended_at_ms + call->view.shift_ms + AFTER_ITS_END_MS : 0;

    story->timeline = json_array();
    story->effects = json_array();
    arena_defer(call->arena, drop, story);
    story->entries.from = arena_printf(call->arena, "%lld", (long long)(from_ms > 0 ? from_ms : 0));
    story->entries.to = to_ms ? arena_printf(call->arena, "%lld", (long long)to_ms) : "+";
    story->entries.pages_max = PAGES_MAX;
    story->entries.on_entry = on_entry;
    story->entries.on_end = on_end;
    api_entries_read(&story->entries);
}

/* ---- waited for ---- */

/* It is told once, and waited for no more. */
static void tell_now(struct story *story)
{
    struct api_call *call = story->entries.call;

    call->on_change = NULL;
    loop_timer_cancel(TAKE(call->timer));
    tell(story);
}

static void on_change(struct api_call *call)
{
    struct story *story = call->own;
    bool is_time_over = !call->timer;

    if (!api_look(call))
        return;
    story->operation = api_find_operation(call, story->id);
    if (!story->operation)
        api_not_found(call, "operation");
    else if (is_time_over || operation_has_ended(story->operation) ||
             (story->changed_at_ms >= 0 && story->operation->changed_at_ms != story->changed_at_ms))
        tell_now(story);
}

/* Answers when what was asked makes no sense. */
static bool read_wait(struct api_call *call, struct story *story, int64_t *ret_wait_ms)
{
    static const char *const untils[] = { "ended", "changed", NULL };
    int64_t most_ms = call->api->settings->limits.answer_timeout_ms / ANSWER_SHARE;
    const char *until = "ended";

    if (!api_read_duration(call, "wait", ret_wait_ms) || !api_read_choice(call, "until", untils, &until))
        return false;
    if (*ret_wait_ms > most_ms)
        *ret_wait_ms = most_ms;
    story->changed_at_ms = strcmp(until, "changed") == 0 ? story->operation->changed_at_ms : -1;
    return true;
}

void api_operation(struct api_call *call)
{
    struct story *story = ARENA_NEW(call->arena, struct story);
    const char *id = operation_typed(call->view.settings, call->word, call->arena);
    int64_t wait_ms = 0;

    call->own = story;
    story->entries.call = call;
    story->id = id ? id : call->word;
    story->operation = api_find_operation(call, story->id);
    if (!story->operation) {
        api_not_found(call, "operation");
        return;
    }
    if (!read_wait(call, story, &wait_ms))
        return;
    if (wait_ms == 0 || operation_has_ended(story->operation) || !api_wait(call, wait_ms, on_change))
        tell(story);
}
