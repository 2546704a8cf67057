/* world_channels.c - Slack's channels: who is in them, what they say of themselves. One of a name, whoever made it and
 * however; a new one is in the list of the bot's own only after a moment. From
 * https://docs.slack.dev/reference/methods/conversations.create, conversations.invite, users.conversations, pins.add
 * and bookmarks.add */
#include "tests/simulation/world_internal.h"

#include "bot/base/time.h"

#include <string.h>

#define BOT "U0OPSGATE"
#define LIST_LAG_MAX_MS 2000
#define NAME_MAX_BYTES 80

struct bookmark {
    const char *id, *title, *link;
};

static const struct channel as_it_begins[] = {
    { .id = "C0GENERAL", .name = "general" },      { .id = "C0DEPLOYS", .name = "deployments" },
    { .id = "C0INCIDENT", .name = "incidents" },   { .id = "C0ALERTS", .name = "alerts" },
    { .id = "C0ONCALL", .name = "oncall-alerts" },
};

static struct channel *add_channel(struct world *world, struct channel like)
{
    struct channel *channel = ARENA_NEW(world->arena, struct channel);

    *channel = like;
    *ARENA_PUSH(world->arena, world->channels, world->channel_count) = channel;
    return channel;
}

void world_channels_begin(struct world *world)
{
    for (size_t i = 0; i < ARRAY_LEN(as_it_begins); i++)
        add_channel(world, as_it_begins[i]);
}

struct channel *world_find_channel(const struct world *world, const char *text)
{
    for (size_t i = 0; text && i < world->channel_count; i++)
        if (strcmp(world->channels[i]->id, text) == 0 ||
            (text[0] == '#' && strcmp(world->channels[i]->name, text + 1) == 0))
            return world->channels[i];
    return NULL;
}

struct channel *world_get_direct(struct world *world, const char *user)
{
    const char *id = arena_printf(world->arena, "D%s", user + 1);
    struct channel *channel = world_find_channel(world, id);

    if (channel)
        return channel;
    channel = add_channel(world, (struct channel){ .id = id, .name = "", .is_private = true, .is_direct = true });
    *ARENA_PUSH(world->arena, channel->members, channel->members_count) = arena_strdup(world->arena, user);
    return channel;
}

static bool is_in(const struct channel *channel, const char *user)
{
    for (size_t i = 0; i < channel->members_count; i++)
        if (strcmp(channel->members[i], user) == 0)
            return true;
    return false;
}

bool world_may_read(const struct world *world, const char *channel, const char *user)
{
    const struct channel *found = world_find_channel(world, channel);

    return found && (!found->is_private || is_in(found, user));
}

void world_take_name(struct world *world, const char *name)
{
    if (!world_find_channel(world, arena_printf(world->arena, "#%s", name)))
        add_channel(world, (struct channel){ .id = arena_printf(world->arena, "C0THEIRS%zu", world->channel_count),
                                             .name = arena_strdup(world->arena, name),
                                             .creator = "U0ALICE",
                                             .is_theirs = true });
}

/* ---- answers ---- */

static void answer_ok(struct world_call *call)
{
    world_answer_text(call, 200, "{\"ok\":true}");
}

static void set_text(cJSON *json, const char *name, const char *value)
{
    json_set_string(json_set(json, name, json_object()), "value", value ? value : "");
}

static cJSON *channel_json(const struct channel *channel)
{
    cJSON *json = json_object();

    json_set_string(json, "id", channel->id);
    json_set_string(json, "name", channel->name);
    json_set_bool(json, "is_channel", true);
    json_set_bool(json, "is_private", channel->is_private);
    json_set_bool(json, "is_archived", false);
    json_set_bool(json, "is_member", !channel->is_theirs);
    json_set_int(json, "created", channel->created_ms / SECOND_MS);
    json_set_string(json, "creator", channel->creator ? channel->creator : "U0ADMIN");
    set_text(json, "topic", channel->topic);
    set_text(json, "purpose", channel->purpose);
    json_set(json, "previous_names", json_array());
    return json;
}

static void answer_channel(struct world_call *call, const struct channel *channel)
{
    cJSON *json = json_object();

    json_set_bool(json, "ok", true);
    json_set(json, "channel", channel_json(channel));
    world_answer_json(call, 200, json);
}

static struct channel *find_named(struct world_call *call, const cJSON *arguments, const char *member)
{
    struct channel *channel = world_find_channel(call->world, json_find_string(arguments, member));

    if (!channel || channel->is_direct || channel->is_theirs)
        world_slack_error(call, !channel             ? "channel_not_found"
                                : channel->is_theirs ? "not_in_channel"
                                                     : "method_not_supported_for_channel_type");
    return channel && !channel->is_direct && !channel->is_theirs ? channel : NULL;
}

static void on_auth_test(struct world_call *call, const cJSON *arguments)
{
    (void)arguments;
    world_answer_text(call, 200, "{\"ok\":true,\"team_id\":\"T0SIM\",\"user_id\":\"" BOT "\",\"bot_id\":\"B0SIM\"}");
}

static bool is_good_name(const char *name)
{
    size_t len = name ? strlen(name) : 0;

    return len > 0 && len <= NAME_MAX_BYTES && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == len;
}

/* Names are one's own whether or not others see the channel. */
static void on_create(struct world_call *call, const cJSON *arguments)
{
    struct world *world = call->world;
    const char *name = json_find_string(arguments, "name");
    struct channel *channel;
    struct world_change change;

    if (!is_good_name(name)) {
        world_slack_error(call, "invalid_name_specials");
        return;
    }
    if (world_find_channel(world, arena_printf(call->arena, "#%s", name))) {
        world_count(world, FAULT_NAME_TAKEN);
        world_slack_error(call, "name_taken");
        return;
    }
    channel = add_channel(
        world, (struct channel){ .id = arena_printf(world->arena, "C0INC%zu", world->channel_count),
                                 .name = arena_strdup(world->arena, name),
                                 .is_private = json_find_bool(arguments, "is_private", false),
                                 .creator = BOT,
                                 .created_ms = world_unix_ms(world),
                                 .listed_ms = world_unix_ms(world) +
                                              dice_between(scheduler_dice(world->scheduler), 0, LIST_LAG_MAX_MS) });
    answer_channel(call, channel);
    change = (struct world_change){ .kind = CHANGE_CHANNEL,
                                    .place = channel->id,
                                    .effect = call->log->sender.effect,
                                    .operation = call->log->sender.operation,
                                    .text = channel->name,
                                    .is_private = channel->is_private };
    world_changed(call, &change, "made a channel");
}

static void on_conversations(struct world_call *call, const cJSON *arguments)
{
    const struct world *world = call->world;
    cJSON *json = json_object(), *list;

    (void)arguments;
    json_set_bool(json, "ok", true);
    list = json_set(json, "channels", json_array());
    for (size_t i = 0; i < world->channel_count; i++)
        if (!world->channels[i]->is_direct && !world->channels[i]->is_theirs &&
            world->channels[i]->listed_ms <= world_unix_ms(world))
            json_add(list, channel_json(world->channels[i]));
    world_answer_json(call, 200, json);
}

static void on_info(struct world_call *call, const cJSON *arguments)
{
    const struct channel *channel = find_named(call, arguments, "channel");

    if (channel)
        answer_channel(call, channel);
}

static void describe(struct world_call *call, const struct channel *channel, const char *text)
{
    struct world_change change = { .kind = CHANGE_ABOUT,
                                   .place = channel->id,
                                   .effect = call->log->sender.effect,
                                   .operation = call->log->sender.operation,
                                   .text = text,
                                   .is_private = channel->is_private };

    answer_ok(call);
    world_changed(call, &change, "described a channel");
}

static void on_topic(struct world_call *call, const cJSON *arguments)
{
    struct channel *channel = find_named(call, arguments, "channel");

    if (!channel)
        return;
    channel->topic = arena_strdup(call->world->arena, json_find_string(arguments, "topic"));
    describe(call, channel, channel->topic);
}

static void on_purpose(struct world_call *call, const cJSON *arguments)
{
    struct channel *channel = find_named(call, arguments, "channel");

    if (!channel)
        return;
    channel->purpose = arena_strdup(call->world->arena, json_find_string(arguments, "purpose"));
    describe(call, channel, channel->purpose);
}

/* Those who can come are in; of the others each is named. */
static void on_invite(struct world_call *call, const cJSON *arguments)
{
    struct channel *channel = find_named(call, arguments, "channel");
    struct str rest = str_of(json_find_string(arguments, "users"));
    cJSON *json, *errors;

    if (!channel)
        return;
    json = json_object();
    errors = json_array();
    while (rest.len > 0) {
        const char *user = arena_copy(call->world->arena, str_take_until(&rest, ','));
        struct world_change change = { .kind = CHANGE_MEMBER,
                                       .place = channel->id,
                                       .effect = call->log->sender.effect,
                                       .operation = call->log->sender.operation,
                                       .text = user,
                                       .is_private = channel->is_private };
        const char *error = is_in(channel, user)              ? "already_in_channel"
                            : strcmp(user, "U0STRANGER") == 0 ? "user_disabled"
                                                              : NULL;

        if (error) {
            cJSON *item = json_add(errors, json_object());

            json_set_string(item, "user", user);
            json_set_bool(item, "ok", false);
            json_set_string(item, "error", error);
            continue;
        }
        *ARENA_PUSH(call->world->arena, channel->members, channel->members_count) = user;
        world_changed(call, &change, "invited somebody");
    }
    json_set_bool(json, "ok", cJSON_GetArraySize(errors) == 0);
    if (cJSON_GetArraySize(errors) > 0)
        json_set_string(json, "error", json_find_string(cJSON_GetArrayItem(errors, 0), "error"));
    json_set(json, "errors", errors);
    world_answer_json(call, 200, json);
}

static void on_pin(struct world_call *call, const cJSON *arguments)
{
    struct channel *channel = find_named(call, arguments, "channel");
    const char *ts = json_find_string(arguments, "timestamp");

    if (!channel)
        return;
    if (!world_has_message(call->world, channel->id, ts)) {
        world_slack_error(call, "message_not_found");
        return;
    }
    for (size_t i = 0; i < channel->pins_count; i++)
        if (strcmp(channel->pins[i], ts) == 0) {
            world_slack_error(call, "already_pinned");
            return;
        }
    *ARENA_PUSH(call->world->arena, channel->pins, channel->pins_count) = arena_strdup(call->world->arena, ts);
    answer_ok(call);
}

static cJSON *bookmark_json(const struct bookmark *bookmark)
{
    cJSON *json = json_object();

    json_set_string(json, "id", bookmark->id);
    json_set_string(json, "title", bookmark->title);
    json_set_string(json, "link", bookmark->link);
    json_set_string(json, "type", "link");
    return json;
}

static void on_bookmarks(struct world_call *call, const cJSON *arguments)
{
    const struct channel *channel = find_named(call, arguments, "channel_id");
    cJSON *json, *list;

    if (!channel)
        return;
    json = json_object();
    json_set_bool(json, "ok", true);
    list = json_set(json, "bookmarks", json_array());
    for (size_t i = 0; i < channel->bookmarks_count; i++)
        json_add(list, bookmark_json(&channel->bookmarks[i]));
    world_answer_json(call, 200, json);
}

static void on_bookmark(struct world_call *call, const cJSON *arguments)
{
    struct arena *arena = call->world->arena;
    struct channel *channel = find_named(call, arguments, "channel_id");
    struct bookmark *bookmark;
    struct world_change change;
    cJSON *json;

    if (!channel)
        return;
    bookmark = ARENA_PUSH(arena, channel->bookmarks, channel->bookmarks_count);
    *bookmark = (struct bookmark){ .id = arena_printf(arena, "Bk%zu", channel->bookmarks_count),
                                   .title = arena_strdup(arena, json_find_string(arguments, "title")),
                                   .link = arena_strdup(arena, json_find_string(arguments, "link")) };
    json = json_object();
    json_set_bool(json, "ok", true);
    json_set(json, "bookmark", bookmark_json(bookmark));
    world_answer_json(call, 200, json);
    change = (struct world_change){ .kind = CHANGE_BOOKMARK,
                                    .place = channel->id,
                                    .effect = call->log->sender.effect,
                                    .operation = call->log->sender.operation,
                                    .text = bookmark->title,
                                    .is_private = channel->is_private };
    world_changed(call, &change, "added a bookmark");
}

static const struct {
    const char *name;
    void (*answer)(struct world_call *call, const cJSON *arguments);
} methods[] = {
    { "/auth.test", on_auth_test },
    { "/conversations.create", on_create },
    { "/users.conversations", on_conversations },
    { "/conversations.info", on_info },
    { "/conversations.setTopic", on_topic },
    { "/conversations.setPurpose", on_purpose },
    { "/conversations.invite", on_invite },
    { "/pins.add", on_pin },
    { "/bookmarks.list", on_bookmarks },
    { "/bookmarks.add", on_bookmark },
};

bool world_channels_answer(struct world_call *call, struct str path, const cJSON *arguments)
{
    for (size_t i = 0; i < ARRAY_LEN(methods); i++)
        if (str_is(path, methods[i].name)) {
            methods[i].answer(call, arguments);
            return true;
        }
    return false;
}
