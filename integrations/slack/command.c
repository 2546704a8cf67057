#include "integrations/slack/command.h"

#include "integrations/slack/form.h"
#include "integrations/slack/identity.h"
#include "integrations/slack/line.h"
#include "integrations/slack/response_url.h"
#include "integrations/slack/typed_text.h"

#include <string.h>

#define NAME_MAX_BYTES 64

/* ---- what both read ---- */

struct fields {
    struct slack_form form;
    const char *command, *team, *user;
};

static bool get_field(const struct slack_form *form, const char *name, const char **ret_value, struct error *err)
{
    const char *value = slack_form_find(form, name);

    if (!value || !value[0])
        return error_set(err, ERR_INVALID, "slash command: %s is missing", name);
    *ret_value = value;
    return true;
}

static bool get_id(const struct slack_form *form, const char *name, const char **ret_id, struct error *err)
{
    if (!get_field(form, name, ret_id, err))
        return false;
    return slack_id_is_valid(str_of(*ret_id)) ||
           error_set(err, ERR_INVALID, "slash command: %s is no id of Slack's", name);
}

static bool is_command_name(const char *text) /* "/deploy" */
{
    size_t len = strlen(text);

    return text[0] == '/' && len > 1 && len <= NAME_MAX_BYTES &&
           strspn(text + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == len - 1;
}

/* Of fields->form. */
static bool check_fields(struct fields *fields, struct error *err)
{
    const char *ssl_check = slack_form_find(&fields->form, "ssl_check");

    if (ssl_check && ssl_check[0])
        return error_set(err, ERR_INVALID, "slash command: an ssl_check asks for nothing");
    if (!get_field(&fields->form, "command", &fields->command, err) ||
        !get_id(&fields->form, "team_id", &fields->team, err) || !get_id(&fields->form, "user_id", &fields->user, err))
        return false;
    return is_command_name(fields->command) ||
           error_set(err, ERR_INVALID, "slash command: command is not like /deploy");
}

static bool read_fields(struct str body, struct arena *arena, struct fields *fields, struct error *err)
{
    if (!slack_form_decode(body, arena, &fields->form, err))
        return error_wrap(err, "slash command");
    return check_fields(fields, err);
}

/* ---- at the door ---- */

bool slack_command_is_ssl_check(struct str body)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_form form;
    struct error ignored;
    const char *value;

    if (!slack_form_decode(body, arena, &form, &ignored))
        return false;
    value = slack_form_find(&form, "ssl_check");
    return value && value[0];
}

/* `body` and `timestamp` tell it from every other when its fields do not. */
static bool accept(const struct fields *fields, struct str body, const char *timestamp, const char *api_url,
                   struct arena *arena, struct slack_command_door *ret_door, struct error *err)
{
    const char *url = slack_form_find(&fields->form, "response_url"), *identity;

    if (url && !url[0])
        url = NULL;
    if (url && !slack_response_url_is_allowed(url, api_url))
        return error_set(err, ERR_DENIED, "slash command: response_url is neither Slack's nor on slack.api_url's host");
    identity = slack_identity(slack_form_find(&fields->form, "trigger_id"), url, body, timestamp, arena);
    *ret_door = (struct slack_command_door){
        .keys = { arena_printf(arena, "slack:%s:command:%s", fields->team, identity) },
        .keys_count = 1,
        .response_url = url,
        .team = fields->team,
        .user = fields->user,
        .command = fields->command,
    };
    return true;
}

bool slack_command_accept(struct str body, const char *timestamp, const char *api_url, struct arena *arena,
                          struct slack_command_door *ret_door, struct error *err)
{
    struct fields fields;

    if (!read_fields(body, arena, &fields, err) || !accept(&fields, body, timestamp, api_url, arena, ret_door, err))
        return false;
    ret_door->body = arena_copy(arena, body);
    return true;
}

bool slack_command_accept_payload(const cJSON *payload, const char *envelope_id, const char *api_url,
                                  struct arena *arena, struct slack_command_door *ret_door, struct error *err)
{
    struct fields fields;

    if (!slack_form_read(payload, arena, &fields.form, err))
        return error_wrap(err, "slash command");
    if (!check_fields(&fields, err) || !accept(&fields, str_of(envelope_id), "", api_url, arena, ret_door, err))
        return false;
    ret_door->body = slack_form_encode(&fields.form, arena);
    return true;
}

/* ---- for the owner ---- */

static const char *lower(const char *text, struct arena *arena)
{
    char *copy = arena_strdup(arena, text);

    str_lower(copy);
    return copy;
}

/* The line that was meant: "deploy api staging", whichever way it was typed. */
static struct str whole_line(const struct fields *fields, struct arena *arena)
{
    const char *text = slack_form_find(&fields->form, "text");
    struct str typed = str_trim(slack_typed_text(str_of(text), arena));
    const char *verb = lower(fields->command + 1, arena);

    if (strcmp(verb, "ops") != 0)
        return str_trim(str_of(arena_printf(arena, "%s " STR_FMT, verb, STR_ARG(typed))));
    return typed.len > 0 ? typed : STR_LIT("help");
}

bool slack_command_decode(const struct inbox_item *item, struct arena *arena, struct request *ret_request,
                          struct error *err)
{
    struct request request = request_from_item(item);
    struct fields fields;

    if (!read_fields(str_of(item->body), arena, &fields, err))
        return false;
    request.principal = (struct principal){
        .system = SLACK_SOURCE,
        .id = fields.user,
        .team = fields.team,
        .name = slack_form_find(&fields.form, "user_name"),
    };
    request.channel = slack_form_find(&fields.form, "channel_id");
    request.trigger = slack_form_find(&fields.form, "trigger_id");
    if (request.trigger && !request.trigger[0])
        request.trigger = NULL;
    if (!slack_line_read(whole_line(&fields, arena), arena, &request, err))
        return false;
    *ret_request = request;
    return true;
}
