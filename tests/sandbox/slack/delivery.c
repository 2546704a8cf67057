#include "slack/delivery.h"

#include "random.h"
#include "slack/blocks.h"
#include "slack/view.h"

#define DELIVERIES_KEPT 20000

bool slack_place_find(const struct slack *slack, const cJSON *wanted, struct slack_place *place, struct error *err)
{
    const char *user = tree_text(wanted, "user"), *channel = tree_text(wanted, "channel");

    place->user = slack_find_user(slack, user);
    place->user = place->user ? place->user : tree_find(slack->users, "name", user);
    place->channel = slack_find_channel(slack, channel);
    place->channel = place->channel ? place->channel : slack_find_channel_named(slack, channel);
    if (!place->user)
        return error_set(err, ERR_NOT_FOUND, "no such user '%.60s'", user ? user : "");
    if (!place->channel)
        return error_set(err, ERR_NOT_FOUND, "no such channel '%.60s'", channel ? channel : "");
    return true;
}

char *slack_trigger_create(struct slack *slack, const char *user, int64_t now_ms)
{
    char *id = text_format("%lld.1234567890.%s", (long long)now_ms, random_hex().text);
    cJSON *trigger = json_add(slack->triggers, json_object());

    json_set_string(trigger, "id", id);
    json_set_string(trigger, "user", user);
    json_set_int(trigger, "at_ms", now_ms);
    tree_keep_last(slack->triggers, DELIVERIES_KEPT);
    return id;
}

cJSON *slack_record_create(const char *kind, const struct slack_place *place, int64_t now_ms)
{
    cJSON *record = json_object();

    json_set_string(record, "kind", kind);
    json_set_int(record, "at_ms", now_ms);
    json_set_string(record, "user", tree_text(place->user, "id"));
    json_set_string(record, "channel", tree_text(place->channel, "id"));
    return record;
}

/* ---- the answer ---- */

/* Slack's own word for what went wrong; NULL when the app answered well. */
static const char *slack_error_of(const struct deliver_answer *answer)
{
    if (answer->timed_out)
        return "operation_timeout";
    if (answer->status == 0)
        return "dispatch_failed";
    return answer->status == 200 ? NULL : "dispatch_unknown_error";
}

static void whisper(struct slack *slack, const cJSON *record, const char *from, const cJSON *answer, const char *source,
                    int64_t now_ms)
{
    cJSON *message = slack_message_create(slack, from, tree_text_or(answer, "text", ""), now_ms);

    if (cJSON_GetArraySize(tree_get(answer, "blocks")) > 0)
        json_set(message, "blocks", slack_blocks_kept(tree_get(answer, "blocks")));
    tree_copy(message, record, "command");
    if (tree_get(record, "command"))
        json_set_string(message, "command_text", tree_text(record, "text"));
    slack_whisper(slack, tree_text(record, "user"), tree_text(record, "channel"), source, message);
}

static void show_failure(struct slack *slack, const cJSON *record, const char *error, int64_t now_ms)
{
    AUTO_JSON cJSON *answer = json_object();
    const char *button = tree_text(record, "button");

    if (!button && !tree_text(record, "command"))
        return; /* of an event nobody is told; a modal shows it itself */
    if (button)
        tree_set_textf(answer, "text", "The button \"%s\" failed with the error \"%s\"", button, error);
    else
        tree_set_textf(answer, "text", "%s failed with the error \"%s\"", tree_text_or(record, "command", ""), error);
    whisper(slack, record, "USLACKBOT", answer, "slackbot", now_ms);
}

/* A public answer shows what was typed, then the answer. */
static void show_in_channel(struct slack *slack, const cJSON *record, const cJSON *answer, int64_t now_ms)
{
    cJSON *channel = slack_find_channel(slack, tree_text(record, "channel"));
    AUTO_FREE char *typed = text_format("%s %s", tree_text_or(record, "command", ""), tree_text_or(record, "text", ""));
    cJSON *message = NULL;

    if (!channel)
        return;
    slack_post(channel, slack_message_create(slack, tree_text(record, "user"), typed, now_ms));
    if (!tree_text(answer, "text") && !tree_get(answer, "blocks"))
        return;
    message = slack_message_create(slack, SLACK_BOT_USER, tree_text_or(answer, "text", ""), now_ms);
    if (cJSON_GetArraySize(tree_get(answer, "blocks")) > 0)
        json_set(message, "blocks", slack_blocks_kept(tree_get(answer, "blocks")));
    slack_post(channel, message);
}

static cJSON *decode_answer(const struct deliver_answer *answer)
{
    cJSON *json = NULL;
    struct error err;

    if (answer->is_json)
        return json_parse(str_of(answer->body), &json, &err) && cJSON_IsObject(json) ? json
                                                                                     : (cJSON_Delete(json), NULL);
    json = json_object();
    json_set_string(json, "text", answer->body);
    return json;
}

static void show_answer(struct slack *slack, const cJSON *record, const struct deliver_answer *answer, int64_t now_ms)
{
    AUTO_JSON cJSON *shown = decode_answer(answer);
    const cJSON *blocks = tree_get(shown, "blocks");
    struct error err;

    if (!shown || (blocks && !slack_blocks_check(blocks, &err)))
        return show_failure(slack, record, shown ? "invalid_blocks" : "invalid_command_response", now_ms);
    if (tree_has_text(shown, "response_type", "in_channel"))
        return show_in_channel(slack, record, shown, now_ms);
    if (tree_text(shown, "text") || blocks)
        whisper(slack, record, SLACK_BOT_USER, shown, "command", now_ms);
}

void slack_delivery_answered(struct slack *slack, const struct slack_delivery *delivery,
                             const struct deliver_answer *answer, int64_t now_ms)
{
    cJSON *record = json_add(slack->deliveries, json_copy(delivery->record));
    const char *error = slack_error_of(answer);

    json_set_int(record, "status", answer->status);
    json_set_int(record, "took_ms", answer->took_ms);
    json_set_string(record, "error", error);
    tree_keep_last(slack->deliveries, DELIVERIES_KEPT);
    if (text_is(tree_text(record, "kind"), "view"))
        slack_view_answered(slack, record, error, answer->is_json ? answer->body : NULL);
    if (error)
        show_failure(slack, record, error, now_ms);
    else if (answer->body && *answer->body && text_is(tree_text(record, "kind"), "command"))
        show_answer(slack, record, answer, now_ms);
}

void slack_delivery_finish(struct slack_delivery *delivery)
{
    free(delivery->form);
    cJSON_Delete(delivery->record);
    *delivery = (struct slack_delivery){ 0 };
}
