/* world_slack.c - Slack: messages and channels by the Web API, late answers by response_url.
 * From https://docs.slack.dev/reference/methods and https://docs.slack.dev/interactivity/handling-user-interaction */
#include "tests/simulation/world_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define RESPONSES_MAX 5

void world_slack_error(struct world_call *call, const char *error)
{
    cJSON *json = json_object();

    json_set_bool(json, "ok", false);
    json_set_string(json, "error", error);
    world_answer_json(call, 200, json);
}

/* Arguments as one object: from JSON, or from a form whose nested values are JSON text. */
static cJSON *slack_arguments(struct world_call *call)
{
    static const char *const names[] = { "channel",
                                         "text",
                                         "ts",
                                         "blocks",
                                         "metadata",
                                         "cursor",
                                         "limit",
                                         "oldest",
                                         "latest",
                                         "inclusive",
                                         "include_all_metadata",
                                         "types",
                                         "exclude_archived",
                                         "user",
                                         "channel_id" };
    const char *type = world_header(&call->call, "Content-Type");
    struct str body = call->call.body, query = world_query(call->call.url);
    struct error err;
    cJSON *json;

    if (type && str_contains(str_of(type), "json"))
        return json_parse(body, &json, &err) ? json : NULL;
    json = json_object();
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *value = world_form_value(body.len > 0 ? body : query, names[i], call->arena);
        cJSON *nested = NULL;

        if (!value)
            continue;
        if ((*value == '{' || *value == '[') && json_parse(str_of(value), &nested, &err))
            json_set(json, names[i], nested);
        else
            json_set_string(json, names[i], value);
    }
    return json;
}

static struct world_change message_change(enum world_change_kind kind, const struct channel *channel, const cJSON *json,
                                          const char *ts)
{
    const cJSON *payload = json_find(json, "metadata.event_payload");

    return (struct world_change){ .kind = kind,
                                  .place = channel->id,
                                  .is_private = channel->is_private,
                                  .effect = json_find_string(payload, "effect"),
                                  .operation = json_find_string(payload, "operation"),
                                  .text = json_find_string(json, "text"),
                                  .ts = ts };
}

static void show_button(struct world *world, const struct message *message, const char *block_id, const cJSON *element)
{
    bool is_ephemeral = !message->channel;

    if (!json_find_string(element, "value"))
        return;
    *ARENA_PUSH(world->arena, world->buttons, world->button_count) = (struct world_button){
        .channel = is_ephemeral ? "C0GENERAL" : message->channel,
        .ts = message->ts ? message->ts : "1700000000.000100",
        .text = arena_strdup(world->arena, json_find_string(message->json, "text")),
        .action_id = arena_strdup(world->arena, json_find_string(element, "action_id")),
        .block_id = arena_strdup(world->arena, block_id),
        .value = arena_strdup(world->arena, json_find_string(element, "value")),
        .label = arena_strdup(world->arena, json_find_string(element, "text.text")),
        .is_ephemeral = is_ephemeral,
    };
}

/* A block without an id of its own is given one. */
static void show_buttons(struct world *world, const struct message *message)
{
    int number = 0;

    JSON_EACH(block, json_find(message->json, "blocks")) {
        const char *type = json_find_string(block, "type"), *id = json_find_string(block, "block_id");

        number++;
        if (!type || strcmp(type, "actions") != 0)
            continue;
        JSON_EACH(element, json_find(block, "elements"))
            show_button(world, message, id ? id : arena_printf(world->arena, "b%d", number), element);
    }
}

size_t world_buttons(const struct world *world, const struct world_button **ret_buttons)
{
    *ret_buttons = world->buttons;
    return world->button_count;
}

void world_show_inline(struct world *world, const cJSON *json)
{
    struct message message = { .json = (cJSON *)(uintptr_t)json };

    show_buttons(world, &message);
}

static bool has_content(const cJSON *arguments)
{
    const char *text = json_find_string(arguments, "text");

    return (text && *text) || cJSON_GetArraySize(json_find(arguments, "blocks")) > 0;
}

static void answer_message(struct world_call *call, const struct message *message)
{
    cJSON *json = json_object();

    json_set_bool(json, "ok", true);
    json_set_string(json, "channel", message->channel);
    json_set_string(json, "ts", message->ts);
    json_set(json, "message", json_copy(message->json));
    world_answer_json(call, 200, json);
}

static void slack_post(struct world_call *call, const cJSON *arguments)
{
    struct world *world = call->world;
    const char *wanted = json_find_string(arguments, "channel");
    const struct channel *channel =
        wanted && wanted[0] == 'U' ? world_get_direct(world, wanted) : world_find_channel(world, wanted);
    struct world_change change;
    struct message *message;

    if (!channel || wanted[0] == '#') {
        world_slack_error(call, "channel_not_found"); /* an id is wanted, a name is not understood */
        return;
    }
    if (!has_content(arguments)) {
        world_slack_error(call, "no_text");
        return;
    }
    world->last_ts = world_unix_ms(world) * 1000 > world->last_ts ? world_unix_ms(world) * 1000 : world->last_ts + 100;
    message = ARENA_PUSH(world->arena, world->messages, world->message_count);
    message->channel = channel->id;
    message->ts =
        arena_printf(world->arena, "%" PRId64 ".%06" PRId64, world->last_ts / 1000000, world->last_ts % 1000000);
    message->json = json_copy(arguments);
    answer_message(call, message);
    show_buttons(world, message);
    change = message_change(CHANGE_POST, channel, message->json, message->ts);
    JSON_EACH(also, json_find(message->json, "metadata.event_payload.also"))
        *ARENA_PUSH(call->arena, change.also, change.also_count) = also->valuestring;
    world_changed(call, &change, "posted a message");
}

static struct message *find_message(struct world *world, const char *channel, const char *ts)
{
    for (size_t i = 0; channel && ts && i < world->message_count; i++)
        if (strcmp(world->messages[i].channel, channel) == 0 && strcmp(world->messages[i].ts, ts) == 0)
            return &world->messages[i];
    return NULL;
}

bool world_has_message(struct world *world, const char *channel, const char *ts)
{
    return find_message(world, channel, ts) != NULL;
}

static void slack_update(struct world_call *call, const cJSON *arguments)
{
    struct message *message =
        find_message(call->world, json_find_string(arguments, "channel"), json_find_string(arguments, "ts"));
    struct world_change change;
    cJSON *json;

    if (!message) {
        world_slack_error(call, "message_not_found");
        return;
    }
    if (!has_content(arguments)) {
        world_slack_error(call, "no_text");
        return;
    }
    json = json_copy(arguments);
    if (!json_find(json, "metadata") && json_find(message->json, "metadata"))
        json_set(json, "metadata", json_copy(json_find(message->json, "metadata"))); /* kept when absent */
    cJSON_Delete(message->json);
    message->json = json;
    answer_message(call, message);
    show_buttons(call->world, message);
    change = message_change(CHANGE_UPDATE, world_find_channel(call->world, message->channel), json, message->ts);
    world_changed(call, &change, "updated a message");
}

static int64_t ts_micros(const char *ts)
{
    struct str rest = str_of(ts);
    struct str seconds = str_take_until(&rest, '.');
    struct error ignored;
    int64_t s = 0, micros = 0;

    if (rest.len > 6)
        rest.len = 6;
    parse_int(seconds, 0, INT64_C(1) << 40, &s, &ignored);
    parse_int(rest, 0, 999999, &micros, &ignored);
    for (size_t i = rest.len; i < 6; i++)
        micros *= 10;
    return s * 1000000 + micros;
}

static int64_t number_of(const cJSON *json, const char *name, int64_t otherwise)
{
    return json_find_int(json, name, otherwise);
}

static bool flag_of(const cJSON *json, const char *name)
{
    const char *text = json_find_string(json, name);

    return text ? strcmp(text, "true") == 0 || strcmp(text, "1") == 0 : json_find_bool(json, name, false);
}

static cJSON *shown_message(const struct message *message, bool with_metadata)
{
    cJSON *json = json_object();

    json_set_string(json, "type", "message");
    json_set_string(json, "ts", message->ts);
    json_set_string(json, "text", json_find_string(message->json, "text"));
    if (with_metadata && json_find(message->json, "metadata")) {
        json_set(json, "metadata", json_copy(json_find(message->json, "metadata")));
    } else if (json_find(message->json, "metadata")) {
        cJSON *metadata = json_set(json, "metadata", json_object());

        json_set_string(metadata, "event_type", json_find_string(message->json, "metadata.event_type"));
    }
    return json;
}

/* A channel's history has none of what was said in threads; a thread has what it is about, too. */
static bool is_listed(const struct message *message, const char *thread)
{
    const char *in = json_find_string(message->json, "thread_ts");

    return thread ? strcmp(message->ts, thread) == 0 || (in && strcmp(in, thread) == 0) : !in;
}

/* The cursor is the ts to go on below. */
static void list_messages(struct world_call *call, const cJSON *arguments, const char *thread)
{
    struct world *world = call->world;
    const struct channel *channel = world_find_channel(world, json_find_string(arguments, "channel"));
    const char *oldest = json_find_string(arguments, "oldest"), *latest = json_find_string(arguments, "latest");
    const char *cursor = json_find_string(arguments, "cursor");
    int64_t limit = number_of(arguments, "limit", 100), below = latest ? ts_micros(latest) : INT64_MAX, shown = 0;
    bool has_more = false;
    cJSON *json, *list;

    if (!channel) {
        world_slack_error(call, "channel_not_found");
        return;
    }
    if (cursor && *cursor)
        below = ts_micros(cursor);
    json = json_object();
    json_set_bool(json, "ok", true);
    list = json_set(json, "messages", json_array());
    for (size_t i = world->message_count; i > 0; i--) {
        const struct message *message = &world->messages[i - 1];
        int64_t micros = ts_micros(message->ts);

        if (message->channel != channel->id || !is_listed(message, thread) || micros >= below || (oldest && micros <= ts_micros(oldest)))
            continue;
        if (shown++ == limit) {
            has_more = true;
            break;
        }
        json_add(list, shown_message(message, flag_of(arguments, "include_all_metadata")));
        if (shown == limit) {
            cJSON *next = json_set(json, "response_metadata", json_object());

            json_set_string(next, "next_cursor", message->ts);
        }
    }
    json_set_bool(json, "has_more", has_more);
    if (!has_more)
        cJSON_DeleteItemFromObjectCaseSensitive(json, "response_metadata");
    world_answer_json(call, 200, json);
}

static void slack_history(struct world_call *call, const cJSON *arguments)
{
    list_messages(call, arguments, NULL);
}

static void slack_replies(struct world_call *call, const cJSON *arguments)
{
    const char *channel = json_find_string(arguments, "channel"), *ts = json_find_string(arguments, "ts");

    if (find_message(call->world, channel, ts))
        list_messages(call, arguments, ts);
    else
        world_slack_error(call, "thread_not_found");
}

static void slack_list(struct world_call *call, const cJSON *arguments)
{
    int64_t limit = number_of(arguments, "limit", 100), from = number_of(arguments, "cursor", 0),
            count = (int64_t)call->world->channel_count;
    cJSON *json = json_object(), *list = json_set(json, "channels", json_array()), *next;
    char cursor[32] = "";

    json_set_bool(json, "ok", true);
    if (limit > 2)
        limit = 2; /* a page may be short */
    for (int64_t i = from; i < count && i < from + limit; i++) {
        const struct channel *channel = call->world->channels[i];
        cJSON *item;

        if (channel->is_direct)
            continue;
        item = json_add(list, json_object());
        json_set_string(item, "id", channel->id);
        json_set_string(item, "name", channel->name);
        json_set_bool(item, "is_archived", false);
        json_set_bool(item, "is_member", !channel->is_theirs);
    }
    if (from + limit < count)
        snprintf(cursor, sizeof(cursor), "%" PRId64, from + limit);
    next = json_set(json, "response_metadata", json_object());
    json_set_string(next, "next_cursor", cursor);
    world_answer_json(call, 200, json);
}

/* Nobody leaves. */
static void slack_user(struct world_call *call, const cJSON *arguments)
{
    cJSON *json = json_object(), *user = json_set(json, "user", json_object());

    json_set_bool(json, "ok", true);
    json_set_string(user, "id", json_find_string(arguments, "user"));
    json_set_bool(user, "deleted", false);
    world_answer_json(call, 200, json);
}

static const struct {
    const char *name;
    void (*answer)(struct world_call *call, const cJSON *arguments);
} slack_methods[] = {
    { "/chat.postMessage", slack_post },
    { "/chat.update", slack_update },
    { "/conversations.history", slack_history },
    { "/conversations.replies", slack_replies },
    { "/conversations.list", slack_list },
    { "/users.info", slack_user },
};

void world_slack_call(struct world_call *call)
{
    struct str path = world_path(call->call.url, WORLD_SLACK_URL);
    const char *authorization = world_header(&call->call, "Authorization");
    AUTO_JSON cJSON *arguments = NULL;

    if (!authorization || strcmp(authorization, "Bearer " WORLD_SLACK_TOKEN) != 0) {
        world_slack_error(call, authorization ? "invalid_auth" : "not_authed");
        return;
    }
    arguments = slack_arguments(call);
    if (!arguments) {
        world_slack_error(call, "invalid_json");
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(slack_methods); i++)
        if (str_is(path, slack_methods[i].name)) {
            slack_methods[i].answer(call, arguments);
            return;
        }
    if (!world_channels_answer(call, path, arguments))
        world_slack_error(call, "unknown_method");
}

static struct response *find_response(const struct world *world, const char *url)
{
    for (size_t i = 0; i < world->response_count; i++)
        if (strcmp(world->responses[i].url, url) == 0)
            return &world->responses[i];
    return NULL;
}

void world_response_call(struct world_call *call)
{
    struct world *world = call->world;
    struct response *response = find_response(world, call->call.url);
    AUTO_JSON cJSON *json = NULL;
    struct error err;
    struct world_change change;

    if (strcmp(call->call.method, "POST") != 0 || !json_parse(call->call.body, &json, &err) || !has_content(json)) {
        world_answer_text(call, 400, "invalid_payload");
        return;
    }
    if (!response) {
        response = ARENA_PUSH(world->arena, world->responses, world->response_count);
        response->url = arena_strdup(world->arena, call->call.url);
    }
    if (response->uses++ >= RESPONSES_MAX) {
        world_answer_text(call, 404, "used_url");
        return;
    }
    response->text = arena_strdup(world->arena, json_find_string(json, "text"));
    world_show_inline(world, json);
    world_answer_text(call, 200, "ok");
    change = (struct world_change){
        .kind = CHANGE_REPLY, .place = response->url, .effect = call->log->sender.effect, .text = response->text
    };
    world_changed(call, &change, "answered by response_url");
}
