#include "slack/command.h"

#include "form.h"
#include "random.h"
#include "slack/blocks.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX_BYTES 100000
#define DELIVERIES_KEPT 20000

/* As the app's manifest would list them. */
static const struct {
    const char *command, *usage, *summary;
} commands[] = {
    { "/deploy", "[service] [environment] [version]", "Deploy a version" },
    { "/rollback", "[service] [environment]", "Back to the last good version" },
    { "/status", "[service] [environment]", "What runs where, and how it is" },
    { "/failover", "[database]", "Fail a database over" },
    { "/incident", "declare P1 [what] | ack | resolve", "Declare and lead an incident" },
    { "/ops", "help | lock | approve | halt | ...", "Everything else" },
};

cJSON *slack_command_list(void)
{
    cJSON *list = json_array();

    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        cJSON *shown = json_add(list, json_object());

        json_set_string(shown, "command", commands[i].command);
        json_set_string(shown, "usage", commands[i].usage);
        json_set_string(shown, "summary", commands[i].summary);
    }
    return list;
}

/* ---- escaping, as `should_escape: true` asks for ---- */

static void add_entities(struct buf *out, struct str word)
{
    for (size_t i = 0; i < word.len; i++) {
        char c = word.at[i];

        if (c == '&')
            buf_puts(out, "&amp;");
        else if (c == '<')
            buf_puts(out, "&lt;");
        else if (c == '>')
            buf_puts(out, "&gt;");
        else
            buf_putc(out, c);
    }
}

static void add_word(struct buf *out, const struct slack *slack, struct str word)
{
    AUTO_FREE char *name = str_copy(word);
    const cJSON *user = *name == '@' ? tree_find(slack->users, "name", name + 1) : NULL;
    const cJSON *channel = *name == '#' ? slack_find_channel_named(slack, name) : NULL;

    if (user)
        buf_addf(out, "<@%s|%s>", tree_text(user, "id"), name + 1);
    else if (channel)
        buf_addf(out, "<#%s|%s>", tree_text(channel, "id"), name + 1);
    else if (text_starts(name, "https://") || text_starts(name, "http://"))
        buf_addf(out, "<%s>", name);
    else
        add_entities(out, word);
}

static char *escape(const struct slack *slack, const char *text)
{
    AUTO_BUF struct buf out = BUF(TEXT_MAX_BYTES);
    struct str rest = str_of(text);

    while (!str_is_empty(rest)) {
        add_word(&out, slack, str_take_until(&rest, ' '));
        if (!str_is_empty(rest))
            buf_putc(&out, ' ');
    }
    buf_puts(&out, "");
    return buf_take(&out);
}

/* ---- preparing ---- */

struct place { /* who acts where */
    const cJSON *user, *channel;
};

static bool find_place(const struct slack *slack, const cJSON *wanted, struct place *place, struct error *err)
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

static char *trigger_create(int64_t now_ms)
{
    return text_format("%lld.1234567890.%s", (long long)now_ms, random_hex().text);
}

static cJSON *command_form(struct slack *slack, const struct place *place, const cJSON *wanted, int64_t now_ms)
{
    cJSON *form = json_object();
    const char *text = tree_text_or(wanted, "text", ""), *user = tree_text(place->user, "id");
    const char *channel = tree_text(place->channel, "id");
    AUTO_FREE char *escaped = cJSON_IsFalse(tree_get(wanted, "escape")) ? xstrdup(text) : escape(slack, text);
    AUTO_FREE char *response_url = slack_response_url_create(slack, user, channel, now_ms);
    AUTO_FREE char *trigger = trigger_create(now_ms);

    json_set_string(form, "token", "sandbox-verification-token");
    json_set_string(form, "team_id", SLACK_TEAM);
    json_set_string(form, "team_domain", "acme");
    json_set_string(form, "channel_id", channel);
    json_set_string(form, "channel_name", tree_text(place->channel, "name"));
    json_set_string(form, "user_id", user);
    json_set_string(form, "user_name", tree_text(place->user, "name"));
    json_set_string(form, "command", tree_text(wanted, "command"));
    json_set_string(form, "text", escaped);
    json_set_string(form, "api_app_id", SLACK_APP);
    json_set_string(form, "is_enterprise_install", "false");
    json_set_string(form, "response_url", response_url);
    json_set_string(form, "trigger_id", trigger);
    JSON_EACH(field, tree_get(wanted, "fields")) {
        json_set(form, field->string, json_copy(field));
    }
    return form;
}

static cJSON *record_create(const char *kind, const struct place *place, int64_t now_ms)
{
    cJSON *record = json_object();

    json_set_string(record, "kind", kind);
    json_set_int(record, "at_ms", now_ms);
    json_set_string(record, "user", tree_text(place->user, "id"));
    json_set_string(record, "channel", tree_text(place->channel, "id"));
    return record;
}

bool slack_command_prepare(struct slack *slack, const cJSON *wanted, int64_t now_ms, struct slack_delivery *delivery,
                           struct error *err)
{
    const char *command = tree_text(wanted, "command");
    struct place place;

    if (!find_place(slack, wanted, &place, err))
        return false;
    if (!command || command[0] != '/')
        return error_set(err, ERR_INVALID, "'command' begins with a slash");
    AUTO_JSON cJSON *form = command_form(slack, &place, wanted, now_ms);

    delivery->path = "/slack/commands";
    delivery->form = form_encode(form);
    delivery->record = record_create("command", &place, now_ms);
    json_set_string(delivery->record, "command", command);
    json_set_string(delivery->record, "text", tree_text_or(wanted, "text", ""));
    json_set_string(delivery->record, "trigger_id", tree_text(form, "trigger_id"));
    json_set_string(delivery->record, "response_url", tree_text(form, "response_url"));
    return true;
}

/* The button with this action_id in a message's actions blocks; NULL when there is none. */
static const cJSON *find_button(const cJSON *message, const char *action_id, const cJSON **ret_block)
{
    JSON_EACH(block, tree_get(message, "blocks")) {
        const cJSON *button = tree_find(tree_get(block, "elements"), "action_id", action_id);
        const cJSON *accessory = tree_get(block, "accessory");

        if (!button && tree_has_text(accessory, "action_id", action_id))
            button = accessory;
        if (button) {
            *ret_block = block;
            return button;
        }
    }
    return NULL;
}

static cJSON *action_payload(const struct place *place, const cJSON *message, const cJSON *block, const cJSON *button,
                             int64_t now_ms)
{
    cJSON *payload = json_object();
    cJSON *team = json_set(payload, "team", json_object()), *user = json_set(payload, "user", json_object());
    cJSON *container = json_set(payload, "container", json_object());
    cJSON *channel = json_set(payload, "channel", json_object()), *state = json_set(payload, "state", json_object());
    cJSON *action = json_add(json_set(payload, "actions", json_array()), json_copy(button));
    AUTO_FREE char *trigger = trigger_create(now_ms);

    json_set_string(payload, "type", "block_actions");
    json_set_string(payload, "api_app_id", SLACK_APP);
    json_set_string(payload, "token", "sandbox-verification-token");
    json_set_string(team, "id", SLACK_TEAM);
    json_set_string(team, "domain", "acme");
    json_set_string(user, "id", tree_text(place->user, "id"));
    json_set_string(user, "username", tree_text(place->user, "name"));
    json_set_string(user, "team_id", SLACK_TEAM);
    json_set_string(container, "type", "message");
    json_set_string(container, "message_ts", tree_text(message, "ts"));
    json_set_string(container, "channel_id", tree_text(place->channel, "id"));
    json_set_bool(container, "is_ephemeral", false);
    json_set_string(channel, "id", tree_text(place->channel, "id"));
    json_set_string(channel, "name", tree_text(place->channel, "name"));
    json_set(payload, "message", json_copy(message));
    cJSON_DeleteItemFromObjectCaseSensitive(tree_get(payload, "message"), "edits");
    json_set(state, "values", json_object());
    json_set_string(payload, "trigger_id", trigger);
    json_set_string(action, "block_id", tree_text_or(block, "block_id", "auto"));
    tree_set_textf(action, "action_ts", "%lld.%03lld000", (long long)(now_ms / 1000), (long long)(now_ms % 1000));
    return payload;
}

bool slack_action_prepare(struct slack *slack, const cJSON *wanted, int64_t now_ms, struct slack_delivery *delivery,
                          struct error *err)
{
    const cJSON *message = NULL, *block = NULL, *button = NULL;
    struct place place;

    if (!find_place(slack, wanted, &place, err))
        return false;
    message = slack_find_message(place.channel, tree_text(wanted, "ts"));
    button = find_button(message, tree_text(wanted, "action_id"), &block);
    if (!button)
        return error_set(err, ERR_NOT_FOUND, "no such message, or no such button on it");
    AUTO_JSON cJSON *payload = action_payload(&place, message, block, button, now_ms);
    AUTO_JSON cJSON *form = json_object();
    AUTO_FREE char *response_url =
        slack_response_url_create(slack, tree_text(place.user, "id"), tree_text(place.channel, "id"), now_ms);

    json_set_string(payload, "response_url", response_url);
    AUTO_FREE char *text = json_print(payload);
    json_set_string(form, "payload", text);
    delivery->path = "/slack/interactions";
    delivery->form = form_encode(form);
    delivery->record = record_create("action", &place, now_ms);
    json_set_string(delivery->record, "action_id", tree_text(wanted, "action_id"));
    json_set_string(delivery->record, "ts", tree_text(message, "ts"));
    return true;
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

    tree_copy(message, answer, "blocks");
    tree_copy(message, record, "command");
    if (tree_get(record, "command"))
        json_set_string(message, "command_text", tree_text(record, "text"));
    slack_whisper(slack, tree_text(record, "user"), tree_text(record, "channel"), source, message);
}

static void show_failure(struct slack *slack, const cJSON *record, const char *error, int64_t now_ms)
{
    AUTO_JSON cJSON *answer = json_object();

    tree_set_textf(answer, "text", "%s failed with the error \"%s\"", tree_text_or(record, "command", "That button"),
                   error);
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
    tree_copy(message, answer, "blocks");
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
