/* A fact: at the door, and for the owner. One row for each that is wanted. */
#include "integrations/slack/event_envelope.h"

#include "bot/base/time.h"
#include "bot/model/slack_event.h"
#include "integrations/slack/command.h"
#include "integrations/slack/event_told.h"
#include "integrations/slack/payload.h"
#include "integrations/slack/typed_text.h"

#include <string.h>

#define NAME_MAX_BYTES 320 /* of a channel: 80 characters */
#define TAB_MAX_BYTES 32
#define IDS_MAX 300 /* of those who came into a group, and of those who went: 40 KiB at worst */

static const struct shape_field told_rows[] = {
    ROW_STRING(slack_told, id, .flags = SHAPE_REQUIRED),
    ROW_STRING(slack_told, name, .flags = SHAPE_REQUIRED),
    ROW_STRING(slack_told, team, .flags = SHAPE_REQUIRED),
    ROW_STRING(slack_told, user_team, .flags = SHAPE_NONZERO),
    ROW_STRING(slack_told, user, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(slack_told, about, .flags = SHAPE_NONZERO),
    ROW_STRING(slack_told, event_ts, .flags = SHAPE_NONZERO),
    { .name = "at_ms", .type = SHAPE_INT, .offset = offsetof(struct slack_told, at_ms), .flags = SHAPE_NONZERO },
    ROW_JSON(slack_told, body, .flags = SHAPE_REQUIRED),
};
const struct shape slack_told_shape = SHAPE("an event", slack_told, told_rows);

const char *slack_told_print(const struct slack_told *told, struct arena *arena)
{
    AUTO_JSON cJSON *json = shape_to_json(&slack_told_shape, told, SHAPE_WHOLE);

    return json_print_in(arena, json);
}

/* ---- at the door: each reads what is its own, gives its body, and says what it is about ---- */

struct reading {
    const struct slack_envelope *envelope;
    const cJSON *event;
    struct arena *arena;
    struct slack_told *told; /* id, name, team, time are set */
};

static bool give(struct reading *reading, const void *body)
{
    reading->told->body = shape_to_json(slack_event_shape(reading->told->name), body, SHAPE_WHOLE);
    return true;
}

static bool read_archived(struct reading *reading, struct error *err)
{
    struct slack_channel_event body = { .team = reading->told->team };

    body.is_private = strcmp(reading->envelope->type, "group_archive") == 0;
    if (!slack_payload_get_id(reading->event, "channel", &body.channel, err))
        return false;
    reading->told->about = body.channel;
    return give(reading, &body);
}

static bool read_renamed(struct reading *reading, struct error *err)
{
    struct slack_channel_event body = { .team = reading->told->team };

    if (!slack_payload_get_id(reading->event, "channel.id", &body.channel, err) ||
        !json_get_string(reading->event, "channel.name", &body.name, err))
        return false;
    if (!body.name[0] || strlen(body.name) > NAME_MAX_BYTES)
        return error_set(err, ERR_INVALID, "channel.name is none that a channel can have");
    reading->told->about = body.channel;
    return give(reading, &body);
}

static bool read_moved(struct reading *reading, struct error *err)
{
    struct slack_channel_event body = { .team = reading->told->team };

    if (!slack_payload_get_id(reading->event, "old_channel_id", &body.old_channel, err) ||
        !slack_payload_get_id(reading->event, "new_channel_id", &body.channel, err))
        return false;
    reading->told->about = body.old_channel;
    return give(reading, &body);
}

static bool read_joined(struct reading *reading, struct error *err)
{
    struct slack_member_event body = { .team = reading->told->team };

    if (!slack_payload_get_id(reading->event, "channel", &body.channel, err) ||
        !slack_payload_get_id(reading->event, "user", &body.user, err) ||
        !slack_payload_find_id(reading->event, "inviter", &body.inviter, err))
        return false;
    body.is_bot = reading->envelope->bot_user && strcmp(reading->envelope->bot_user, body.user) == 0;
    reading->told->about = body.channel;
    return give(reading, &body);
}

static bool read_home(struct reading *reading, struct error *err)
{
    struct slack_home_event body = { .team = reading->told->team, .tab = json_find_string(reading->event, "tab") };

    if (!slack_payload_get_id(reading->event, "user", &body.user, err) ||
        !slack_payload_find_id(reading->event, "channel", &body.channel, err))
        return false;
    if (body.tab && strlen(body.tab) > TAB_MAX_BYTES)
        body.tab = NULL;
    reading->told->about = body.user;
    return give(reading, &body);
}

/* Ids in a list; what is none refuses all of it. More than IDS_MAX are left out, and *is_partial says so. */
static bool read_ids(const struct reading *reading, const char *path, const char ***ret_ids, size_t *ret_count,
                     bool *is_partial, struct error *err)
{
    const cJSON *list = json_find(reading->event, path);

    if (list && !cJSON_IsArray(list))
        return error_set(err, ERR_INVALID, "%s: expected a list", path);
    JSON_EACH(item, list) {
        const char *id = cJSON_GetStringValue(item);

        if (!id || !slack_id_is_valid(str_of(id)))
            return error_set(err, ERR_INVALID, "%s: not all are ids of Slack's", path);
        if (*ret_count == IDS_MAX) {
            *is_partial = true;
            break;
        }
        *ARENA_PUSH(reading->arena, *ret_ids, *ret_count) = id;
    }
    return true;
}

/* Slack lists users in both: whose tokens they were. */
static bool read_revoked(struct reading *reading, struct error *err)
{
    struct slack_access_event body = { .team = reading->told->team };
    bool ignored;

    if (!read_ids(reading, "tokens.oauth", &body.users, &body.users_count, &ignored, err) ||
        !read_ids(reading, "tokens.bot", &body.bots, &body.bots_count, &ignored, err))
        return false;
    reading->told->about = reading->told->team;
    return give(reading, &body);
}

static bool read_uninstalled(struct reading *reading, struct error *err)
{
    struct slack_access_event body = { .team = reading->told->team };

    (void)err;
    reading->told->about = reading->told->team;
    return give(reading, &body);
}

static int64_t seconds(const struct reading *reading, const char *path)
{
    int64_t at_s = json_find_int(reading->event, path, 0);

    return at_s > 0 && at_s < INT64_MAX / SECOND_MS ? at_s * SECOND_MS : 0;
}

static bool read_group(struct reading *reading, struct error *err)
{
    struct slack_group_event body = { .team = reading->told->team,
                                      .before_at_ms = seconds(reading, "date_previous_update"),
                                      .updated_at_ms = seconds(reading, "date_update") };

    if (!slack_payload_get_id(reading->event, "subteam_id", &body.group, err) ||
        !read_ids(reading, "added_users", &body.added, &body.added_count, &body.is_partial, err) ||
        !read_ids(reading, "removed_users", &body.removed, &body.removed_count, &body.is_partial, err))
        return false;
    body.is_partial = body.is_partial ||
                      json_find_int(reading->event, "added_users_count", 0) > (int64_t)body.added_count ||
                      json_find_int(reading->event, "removed_users_count", 0) > (int64_t)body.removed_count;
    reading->told->about = body.group;
    return give(reading, &body);
}

/* People react to messages all day long: what is no mark is not stored. */
static bool is_mark(const cJSON *event)
{
    const char *reaction = json_find_string(event, "reaction"), *type = json_find_string(event, "item.type");

    return reaction && strcmp(reaction, SLACK_MARK) == 0 && type && strcmp(type, "message") == 0;
}

static bool read_reaction(struct reading *reading, struct error *err)
{
    struct slack_reaction_event body = { .team = reading->told->team,
                                         .ts = json_find_string(reading->event, "item.ts") };

    if (!slack_payload_get_id(reading->event, "item.channel", &body.channel, err))
        return false;
    if (!slack_ts_is_valid(body.ts))
        return error_set(err, ERR_INVALID, "item.ts is no time of Slack's");
    reading->told->about = body.channel;
    return give(reading, &body);
}

static const struct fact {
    const char *type, *name;
    bool (*read)(struct reading *reading, struct error *err);
    bool (*is_wanted)(const cJSON *event); /* NULL: each of them is */
} facts[] = {
    { "channel_archive", SLACK_CHANNEL_ARCHIVED, read_archived, NULL },
    { "group_archive", SLACK_CHANNEL_ARCHIVED, read_archived, NULL },
    { "channel_rename", SLACK_CHANNEL_RENAMED, read_renamed, NULL },
    { "channel_id_changed", SLACK_CHANNEL_MOVED, read_moved, NULL },
    { "member_joined_channel", SLACK_MEMBER_JOINED, read_joined, NULL },
    { "app_home_opened", SLACK_HOME_OPENED, read_home, NULL },
    { "tokens_revoked", SLACK_TOKENS_REVOKED, read_revoked, NULL },
    { "app_uninstalled", SLACK_APP_UNINSTALLED, read_uninstalled, NULL },
    { "subteam_members_changed", SLACK_GROUP_CHANGED, read_group, NULL },
    { "reaction_added", SLACK_REACTION_ADDED, read_reaction, is_mark },
};

static const struct fact *find_fact(const char *type)
{
    for (size_t i = 0; i < ARRAY_LEN(facts); i++)
        if (strcmp(facts[i].type, type) == 0)
            return &facts[i];
    return NULL;
}

static const char *event_ts(const cJSON *event)
{
    const char *ts = json_find_string(event, "event_ts");

    return slack_ts_is_valid(ts) ? ts : NULL;
}

/* Who did it. Some events say it in `user`, and "team" is that person's own. */
static bool read_person(const struct slack_envelope *envelope, struct slack_told *told, struct error *err)
{
    if (!cJSON_IsString(json_find(envelope->event, "user")))
        return true;
    return slack_payload_get_id(envelope->event, "user", &told->user, err) &&
           slack_payload_find_id(envelope->event, "team", &told->user_team, err);
}

bool slack_event_accept_fact(const struct slack_envelope *envelope, struct arena *arena, struct slack_event_door *door,
                             struct error *err)
{
    const struct fact *fact = find_fact(envelope->type);
    struct slack_told told = { .id = envelope->id, .team = envelope->team };
    struct reading reading = { envelope, envelope->event, arena, &told };
    AUTO_JSON cJSON *body = NULL;
    bool is_good;

    if (!fact || (fact->is_wanted && !fact->is_wanted(envelope->event)))
        return true;
    told.name = fact->name;
    told.event_ts = event_ts(envelope->event);
    told.at_ms = told.event_ts ? slack_ts_unix_ms(told.event_ts) : 0;
    if (told.at_ms == 0)
        told.at_ms = envelope->event_at_ms;
    is_good = read_person(envelope, &told, err) && fact->read(&reading, err);
    body = (cJSON *)(uintptr_t)told.body;
    if (!is_good)
        return false;
    door->is = SLACK_EVENT_TOLD;
    door->body = slack_told_print(&told, arena);
    return true;
}

/* ---- for the owner ---- */

bool slack_event_decode_told(const struct inbox_item *item, struct arena *arena, struct outside_event *ret_event,
                             struct error *err)
{
    const cJSON *json = json_parse_in(arena, str_of(item->body), err);
    const struct shape *shape;
    struct slack_told told;
    void *body;

    if (!json || !shape_from_json(&slack_told_shape, json, arena, &told, err))
        return error_wrap(err, "Slack's event");
    shape = slack_event_shape(told.name);
    if (!shape)
        return error_set(err, ERR_INVALID, "Slack's event: nothing here wants '%.60s'", told.name);
    body = arena_alloc(arena, shape->size);
    if (!shape_from_json(shape, told.body, arena, body, err))
        return error_wrap(err, "Slack's event %s", told.name);
    *ret_event = (struct outside_event){
        .id = told.id,
        .source = SLACK_SOURCE,
        .name = told.name,
        .subject = told.about ? arena_printf(arena, "%s/%s", told.team, told.about) : told.team,
        .meaning = told.event_ts ? arena_printf(arena, "%s:%s:%s:%s", told.name, told.team,
                                                told.about ? told.about : "", told.event_ts)
                                 : NULL,
        .principal = { .system = SLACK_SOURCE,
                       .id = told.user ? told.user : "",
                       .team = told.user_team ? told.user_team : told.team },
        .occurred_at_ms = told.at_ms,
        .received_at_ms = item->received_at,
        .body = told.body,
    };
    return true;
}
