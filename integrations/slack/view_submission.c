#include "integrations/slack/view_submission.h"

#include "bot/model/slack_event.h"
#include "integrations/slack/command.h"
#include "integrations/slack/event.h"
#include "integrations/slack/event_told.h"
#include "integrations/slack/identity.h"
#include "integrations/slack/payload.h"
#include "integrations/slack/view.h"

#include <string.h>

struct submitted { /* what is stored: a promise to every later version */
    const char *team, *user;
    const char *name;    /* or NULL */
    const char *channel; /* where the modal was asked for, or NULL */
    const char *command; /* of a choice: the draft */
    const char *view;    /* of a choice: which modal is open; else NULL */
    struct modal_value *values;
    size_t values_count;
};

static const struct shape_field submitted_rows[] = {
    ROW_STRING(submitted, team, .flags = SHAPE_REQUIRED),
    ROW_STRING(submitted, user, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(submitted, name, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(submitted, channel, .flags = SHAPE_NONZERO),
    ROW_STRING(submitted, command, .flags = SHAPE_REQUIRED),
    ROW_STRING(submitted, view, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(submitted, values, &modal_value_shape, .flags = SHAPE_NONZERO),
};
static const struct shape submitted_shape = SHAPE("a sent modal", submitted, submitted_rows);

/* ---- at the door ---- */

static bool is_ours(const cJSON *payload)
{
    const char *callback = json_find_string(payload, "view.callback_id");

    return callback && strcmp(callback, SLACK_VIEW_CALLBACK) == 0;
}

static bool read_person(const cJSON *payload, struct slack_interaction_door *door, struct error *err)
{
    return slack_payload_get_id(payload, "user.id", &door->user, err) &&
           slack_payload_get_team(payload, &door->team, err);
}

/* Where Slack shows what is wrong with a modal that we know nothing of: at its first field. */
static const char *first_field(const cJSON *payload)
{
    JSON_EACH(block, json_find(payload, "view.blocks")) {
        const char *type = json_find_string(block, "type");

        if (type && strcmp(type, "input") == 0)
            return json_find_string(block, "block_id");
    }
    return NULL;
}

/* Where the modal was asked for, and to that person alone: the modal itself says the answer, unless it comes late. */
static struct reply_address reply_to(const struct slack_interaction_door *door, const struct slack_filled *filled)
{
    return (struct reply_address){ .door = SLACK_SOURCE,
                                   .channel = filled->channel,
                                   .thread = filled->thread,
                                   .user = door->user,
                                   .is_for_one = true };
}

/* What both store; `what` tells their keys apart. */
static void keep(const cJSON *payload, const struct slack_delivery_of *of, const struct submitted *submitted,
                 const char *what, const struct slack_filled *filled, struct arena *arena,
                 struct slack_interaction_door *door)
{
    AUTO_JSON cJSON *json = shape_to_json(&submitted_shape, submitted, SHAPE_WHOLE);

    door->keys[door->keys_count++] =
        arena_printf(arena, "slack:%s:%s:%s", door->team, what,
                     slack_identity(json_find_string(payload, "trigger_id"), NULL, of->body, of->timestamp, arena));
    door->reply_to = reply_to(door, filled);
    door->body = json_print_in(arena, json);
}

static struct submitted submitted_by(const cJSON *payload, const struct slack_interaction_door *door,
                                     const struct slack_filled *filled)
{
    return (struct submitted){ .team = door->team,
                               .user = door->user,
                               .name = slack_payload_name(payload),
                               .channel = filled->channel,
                               .command = filled->command,
                               .values = filled->values,
                               .values_count = filled->values_count };
}

bool slack_view_accept_submission(const cJSON *payload, const struct slack_delivery_of *of, struct arena *arena,
                                  struct slack_interaction_door *door, struct error *err)
{
    struct submitted submitted;
    struct slack_filled filled;

    if (!is_ours(payload)) {
        door->is_strange_view = true;
        door->field = first_field(payload);
        return true;
    }
    if (!read_person(payload, door, err) || !slack_view_read(json_find(payload, "view"), arena, &filled, err))
        return false;
    submitted = submitted_by(payload, door, &filled);
    door->is = SLACK_SUBMITTED;
    door->kind = SLACK_SUBMITTED_KIND;
    keep(payload, of, &submitted, "view", &filled, arena, door);
    return true;
}

/* Of what is no field of ours the view says nothing that could be read. */
bool slack_view_accept_choice(const cJSON *payload, const struct slack_delivery_of *of, struct arena *arena,
                              struct slack_interaction_door *door, struct error *err)
{
    struct submitted submitted;
    struct slack_filled filled;
    const char *view;

    if (!is_ours(payload))
        return true;
    if (!read_person(payload, door, err) || !slack_payload_get_id(payload, "view.id", &view, err) ||
        !slack_view_read(json_find(payload, "view"), arena, &filled, err))
        return false;
    if (!filled.draft)
        return true;
    submitted = submitted_by(payload, door, &filled);
    submitted.command = filled.draft;
    submitted.view = view;
    door->is = SLACK_CHOSEN;
    door->kind = SLACK_CHOSEN_KIND;
    keep(payload, of, &submitted, "choice", &filled, arena, door);
    return true;
}

bool slack_view_accept_closed(const cJSON *payload, const struct slack_delivery_of *of, struct arena *arena,
                              struct slack_interaction_door *door, struct error *err)
{
    struct slack_view_event closed = { .is_cleared = json_find_bool(payload, "is_cleared", false) };
    struct slack_told told = { .name = SLACK_VIEW_CLOSED };
    AUTO_JSON cJSON *body = NULL;
    struct slack_filled filled;

    (void)of;
    if (!is_ours(payload))
        return true;
    if (!read_person(payload, door, err) || !slack_view_read(json_find(payload, "view"), arena, &filled, err) ||
        !slack_payload_get_id(payload, "view.id", &told.id, err))
        return false;
    closed.team = told.team = door->team;
    closed.user = told.user = told.about = door->user;
    closed.command = filled.command;
    told.body = body = shape_to_json(&slack_view_event_shape, &closed, SHAPE_WHOLE);
    door->is = SLACK_CLOSED;
    door->kind = SLACK_TOLD_KIND;
    door->keys[door->keys_count++] = arena_printf(arena, "slack:%s:closed:%s", door->team, told.id);
    door->body = slack_told_print(&told, arena);
    return true;
}

/* ---- for the owner ---- */

typedef bool (*read_fn)(const char *command, const struct modal_value *values, size_t count, struct arena *arena,
                        struct request *request, struct error *err);

static bool decode(const struct inbox_item *item, read_fn read, struct arena *arena, struct request *ret_request,
                   struct error *err)
{
    struct request request = {
        .id = item->request_id,
        .source = SLACK_SOURCE,
        .received_at_ms = item->received_at,
        .not_after_ms = item->not_after,
        .reply_to = item->reply_to,
    };
    const cJSON *json = json_parse_in(arena, str_of(item->body), err);
    struct submitted submitted;

    if (!json || !shape_from_json(&submitted_shape, json, arena, &submitted, err))
        return error_wrap(err, "the modal");
    if (!read(submitted.command, submitted.values, submitted.values_count, arena, &request, err))
        return false;
    request.principal = (struct principal){
        .system = SLACK_SOURCE, .id = submitted.user, .team = submitted.team, .name = submitted.name
    };
    request.channel = submitted.channel;
    request.form = submitted.view;
    *ret_request = request;
    return true;
}

bool slack_view_decode(const struct inbox_item *item, struct arena *arena, struct request *ret_request,
                       struct error *err)
{
    return decode(item, modal_read, arena, ret_request, err);
}

bool slack_choice_decode(const struct inbox_item *item, struct arena *arena, struct request *ret_request,
                         struct error *err)
{
    return decode(item, modal_read_draft, arena, ret_request, err);
}
