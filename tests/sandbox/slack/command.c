#include "slack/command.h"

#include "form.h"

#define TEXT_MAX_BYTES 100000

/* As the app's manifest would list them. */
static const struct {
    const char *command, *usage, *summary;
} commands[] = {
    { "/deploy", "[service] [environment] [version]", "Deploy a version" },
    { "/rollback", "[service] [environment]", "Back to the last good version" },
    { "/ops", "status | help | pause | promote | abort | ...", "Status, and everything else" },
    { "/status", "[service] [environment]", "What runs where; a real workspace has a /status of its own" },
    { "/failover", "[database]", "Fail a database over" },
    { "/incident", "declare P1 [what] | ack | resolve", "Declare and lead an incident" },
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

static cJSON *command_form(struct slack *slack, const struct slack_place *place, const cJSON *wanted, int64_t now_ms)
{
    cJSON *form = json_object();
    const char *text = tree_text_or(wanted, "text", ""), *user = tree_text(place->user, "id");
    const char *channel = tree_text(place->channel, "id");
    AUTO_FREE char *escaped = cJSON_IsFalse(tree_get(wanted, "escape")) ? xstrdup(text) : escape(slack, text);
    AUTO_FREE char *response_url = slack_response_url_create(slack, user, channel, NULL, now_ms);
    AUTO_FREE char *trigger = slack_trigger_create(slack, user, now_ms);

    json_set_string(form, "token", SLACK_VERIFICATION_TOKEN);
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

bool slack_command_prepare(struct slack *slack, const cJSON *wanted, int64_t now_ms, struct slack_delivery *delivery,
                           struct error *err)
{
    const char *command = tree_text(wanted, "command");
    struct slack_place place;

    if (!slack_place_find(slack, wanted, &place, err))
        return false;
    if (!command || command[0] != '/')
        return error_set(err, ERR_INVALID, "'command' begins with a slash");
    AUTO_JSON cJSON *form = command_form(slack, &place, wanted, now_ms);

    delivery->path = "/slack/commands";
    delivery->form = form_encode(form);
    delivery->record = slack_record_create("command", &place, now_ms);
    json_set_string(delivery->record, "command", command);
    json_set_string(delivery->record, "text", tree_text_or(wanted, "text", ""));
    json_set_string(delivery->record, "trigger_id", tree_text(form, "trigger_id"));
    json_set_string(delivery->record, "response_url", tree_text(form, "response_url"));
    return true;
}
