#include "integrations/slack/api.h"

#include "bot/base/time.h"
#include "bot/model/settings.h"
#include "integrations/url.h"

#include <string.h>

#define CALL_TIMEOUT_MS (8 * SECOND_MS)
#define CODE_SHOWN_BYTES 60

/* ---- calls ---- */

static void add_method(const struct exchange *exchange, struct buf *url, const char *method)
{
    url_add_base(url, exchange->settings->slack.api_url);
    buf_putc(url, '/');
    buf_puts(url, method);
}

struct http_call slack_api_get(const struct exchange *exchange, const char *method, const struct slack_query *query,
                               size_t count)
{
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);
    char separator = '?';

    add_method(exchange, &url, method);
    for (size_t i = 0; i < count; i++) {
        if (!query[i].value)
            continue;
        buf_putc(&url, separator);
        buf_puts(&url, query[i].name);
        buf_putc(&url, '=');
        url_add_encoded(&url, str_of(query[i].value));
        separator = '&';
    }
    return (struct http_call){
        .method = "GET",
        .url = arena_copy(exchange->arena, buf_str(&url)),
        .timeout_ms = CALL_TIMEOUT_MS,
        .limit = method,
        .credential = HTTP_SLACK_BOT,
    };
}

struct http_call slack_api_post(const struct exchange *exchange, const char *method, cJSON *body)
{
    static const struct http_header headers[] = { { "Content-Type", "application/json; charset=utf-8" } };
    AUTO_JSON cJSON *owned = body;
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);

    add_method(exchange, &url, method);
    return (struct http_call){
        .method = "POST",
        .url = arena_copy(exchange->arena, buf_str(&url)),
        .headers = headers,
        .header_count = ARRAY_LEN(headers),
        .body = str_of(json_print_in(exchange->arena, owned)),
        .timeout_ms = CALL_TIMEOUT_MS,
        .credential = HTTP_SLACK_BOT,
    };
}

/* ---- answers ---- */

static const struct meaning {
    const char *error;
    enum slack_meaning meaning;
    const char *sentence; /* what it is, and what to do */
} meanings[] = {
    { "message_not_found", SLACK_GONE, "the message is not there any more" },
    { "cant_update_message", SLACK_GONE, "the message is not the bot's own" },
    { "edit_window_closed", SLACK_GONE, "the message is too old to be changed" },
    { "thread_not_found", SLACK_GONE, "the card of the thread is not there any more" },
    { "cannot_reply_to_message", SLACK_GONE, "the card of the thread takes no replies" },
    { "exchanged_trigger_id", SLACK_GONE, "its trigger has opened something already" },
    { "trigger_exchanged", SLACK_GONE, "its trigger has opened something already" },
    { "hash_conflict", SLACK_AGAIN, "it was changed meanwhile" },
    { "not_enabled", SLACK_NEVER, "the app's Home tab is off: switch it on under App Home" },
    { "update_failed", SLACK_AGAIN, "the update failed there" },
    { "ratelimited", SLACK_AGAIN, "it limits us" },
    { "rate_limited", SLACK_AGAIN, "it limits us" },
    { "message_limit_exceeded", SLACK_AGAIN, "the workspace has used up its messages" },
    { "internal_error", SLACK_AGAIN, "it is in trouble, and part may have been done" },
    { "fatal_error", SLACK_AGAIN, "it is in trouble, and part may have been done" },
    { "service_unavailable", SLACK_AGAIN, "it is in trouble" },
    { "request_timeout", SLACK_AGAIN, "our request did not arrive whole" },
    { "token_expired", SLACK_AGAIN, "the bot token has expired: give a new one in slack.bot_token" },
    { "invalid_cursor", SLACK_AGAIN, "the list changed while it was read" },
    { "not_in_channel", SLACK_NEVER, "the bot is not in the channel: invite it with /invite" },
    { "user_not_in_channel", SLACK_NEVER, "that person is not in the channel" },
    { "channel_not_found", SLACK_NEVER, "the bot sees no such channel: is the name right, and is the bot invited?" },
    { "is_archived", SLACK_NEVER, "the channel is archived: unarchive it, or name another one under slack.channels" },
    { "is_inactive", SLACK_NEVER, "the channel is archived: unarchive it, or name another one under slack.channels" },
    { "missing_scope", SLACK_NEVER, "the app lacks a permission: add the scope it names and install the app again" },
    { "restricted_action", SLACK_NEVER, "the workspace lets only some people do that: ask its owner" },
    { "restricted_action_read_only_channel", SLACK_NEVER, "the channel is read-only: let the bot post there" },
    { "restricted_action_thread_only_channel", SLACK_NEVER, "the channel takes threads only: let the bot post there" },
    { "invalid_auth", SLACK_NEVER, "the bot token is not good: put the app's current one into slack.bot_token" },
    { "not_authed", SLACK_NEVER, "there was no bot token: set slack.bot_token" },
    { "token_revoked", SLACK_NEVER, "the bot token was revoked: install the app again and set slack.bot_token" },
    { "account_inactive", SLACK_NEVER, "the bot's account is switched off: install the app again" },
    { "not_allowed_token_type", SLACK_NEVER, "slack.bot_token is no bot token: it begins with xoxb-" },
    { "team_access_not_granted", SLACK_NEVER, "the app is not installed in this workspace" },
    { "accesslimited", SLACK_NEVER, "the workspace limits access to it: ask its owner" },
    { "ekm_access_denied", SLACK_NEVER, "the workspace's own encryption keys forbid it: ask its owner" },
    { "user_not_found", SLACK_NEVER, "it knows no such user" },
    { "user_not_visible", SLACK_NEVER, "the app may not see that user" },
    { "no_such_subteam", SLACK_NEVER, "there is no such user group: is its id right, S...?" },
    { "plan_upgrade_required", SLACK_NEVER, "user groups need a paid plan of Slack" },
    { "invalid_blocks", SLACK_NEVER, "it does not understand our blocks: this is a bug of opsgate" },
    { "invalid_blocks_format", SLACK_NEVER, "it does not understand our blocks: this is a bug of opsgate" },
    { "msg_blocks_too_long", SLACK_NEVER, "the message is too long: this is a bug of opsgate" },
    { "msg_too_long", SLACK_NEVER, "the message is too long: this is a bug of opsgate" },
    { "expired_trigger_id", SLACK_NEVER, "the three seconds that it gives for opening a form were over" },
    { "trigger_expired", SLACK_NEVER, "the three seconds that it gives for opening a form were over" },
    { "view_too_large", SLACK_NEVER, "the form is too large: this is a bug of opsgate" },
    { "name_taken", SLACK_NEVER, "another channel has that name, perhaps one that is archived or private" },
    { "invalid_name", SLACK_NEVER, "it does not take that name for a channel: this is a bug of opsgate" },
    { "invalid_name_specials", SLACK_NEVER, "it does not take that name for a channel: this is a bug of opsgate" },
    { "invalid_name_punctuation", SLACK_NEVER, "it does not take that name for a channel: this is a bug of opsgate" },
    { "invalid_name_maxlength", SLACK_NEVER, "the channel's name is too long: this is a bug of opsgate" },
    { "invalid_name_required", SLACK_NEVER, "the channel has no name: this is a bug of opsgate" },
    { "cannot_create_channel", SLACK_NEVER, "the workspace makes no such channel: ask its owner" },
    { "not_authorized", SLACK_NEVER, "only who made the channel may rename it: a person does, in Slack" },
    { "cant_archive_general", SLACK_NEVER, "that channel is everybody's, and stays" },
    { "cant_archive_required", SLACK_NEVER, "the workspace requires that channel, and it stays" },
    { "method_not_supported_for_channel_type", SLACK_NEVER, "that is no channel but a direct message" },
    { "too_long", SLACK_NEVER, "the text is too long: this is a bug of opsgate" },
    { "already_in_channel", SLACK_NEVER, "who is in the channel already" },
    { "cant_invite_self", SLACK_NEVER, "that is the bot itself" },
    { "cant_invite", SLACK_NEVER, "who cannot be invited there: add them in Slack, if you may" },
    { "user_is_restricted", SLACK_NEVER, "a guest who may not see that channel: add them in Slack, if you may" },
    { "ura_max_channels", SLACK_NEVER, "a guest of one channel who is in another one" },
    { "user_disabled", SLACK_NEVER, "whose account is switched off" },
    { "org_user_not_in_team", SLACK_NEVER, "who is not in this workspace of the organisation" },
    { "invitee_cant_see_channel", SLACK_NEVER, "who is in no workspace that has the channel" },
    { "no_permission", SLACK_NEVER, "whom the bot may not invite: add them in Slack, if you may" },
    { "no_external_invite_permission", SLACK_NEVER, "who is of another organisation: add them in Slack, if you may" },
    { "not_pinnable", SLACK_NEVER, "such a message cannot be pinned" },
    { "too_many_pins", SLACK_NEVER, "the channel has as many pins as it may have: unpin one" },
    { "too_many_bookmarks", SLACK_NEVER, "the channel has as many bookmarks as it may have: remove one" },
    { "invalid_link", SLACK_NEVER, "it takes no such link: this is a bug of opsgate" },
    { "invalid_emoji", SLACK_NEVER, "it knows no such emoji: this is a bug of opsgate" },
    { "file_uploads_disabled", SLACK_NEVER, "the workspace takes no files: ask its owner" },
    { "file_type_not_allowed", SLACK_NEVER, "the workspace takes no such files: ask its owner" },
    { "file_upload_size_restricted", SLACK_NEVER, "the workspace takes no file so large: ask its owner" },
    { "storage_limit_reached", SLACK_NEVER, "the workspace has no room for more files: remove some" },
    { "posting_to_channel_denied", SLACK_NEVER, "the bot may not post there: ask the workspace's owner" },
    { "file_not_found", SLACK_AGAIN, "the file that was uploaded is not there" },
    { "file_update_failed", SLACK_AGAIN, "the file could not be finished there" },
    { "metadata_too_large", SLACK_NEVER, "the metadata is too long: this is a bug of opsgate" },
};

/* What a person has to mend. */
static const struct {
    const char *error;
    enum exchange_refusal refusal;
} refusals[] = {
    { "invalid_auth", REFUSAL_CREDENTIAL },     { "not_authed", REFUSAL_CREDENTIAL },
    { "token_revoked", REFUSAL_CREDENTIAL },    { "token_expired", REFUSAL_CREDENTIAL },
    { "account_inactive", REFUSAL_CREDENTIAL }, { "not_allowed_token_type", REFUSAL_CREDENTIAL },
    { "missing_scope", REFUSAL_PERMISSION },    { "team_access_not_granted", REFUSAL_PERMISSION },
};

static enum exchange_refusal refusal_of(const char *error)
{
    for (size_t i = 0; error && i < ARRAY_LEN(refusals); i++)
        if (strcmp(refusals[i].error, error) == 0)
            return refusals[i].refusal;
    return REFUSAL_NONE;
}

static bool is_limited(const char *error)
{
    return strcmp(error, "ratelimited") == 0 || strcmp(error, "rate_limited") == 0;
}

static const struct meaning *find_meaning(const char *error)
{
    for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
        if (strcmp(meanings[i].error, error) == 0)
            return &meanings[i];
    return NULL;
}

static struct slack_answer again(struct exchange_step step, bool is_outage)
{
    step.is_outage = is_outage;
    return (struct slack_answer){ .meaning = SLACK_AGAIN, .step = step };
}

static struct slack_answer never(struct exchange_step step)
{
    return (struct slack_answer){ .meaning = SLACK_NEVER, .step = step };
}

/* "Slack refused chat.update: missing_scope (the app lacks ...) [chat:write]" */
static struct slack_answer refused(const struct exchange *exchange, const char *method, const cJSON *json,
                                   const struct http_answer *answer)
{
    const char *error = json_find_string(json, "error"), *needed = json_find_string(json, "needed");
    const struct meaning *meaning = find_meaning(error ? error : "");
    const char *sentence =
        arena_printf(exchange->arena, "Slack refused %s: %.*s%s%s%s%.*s%s", method, CODE_SHOWN_BYTES,
                     error ? error : "no error code", meaning ? " - " : "", meaning ? meaning->sentence : "",
                     needed ? " [" : "", CODE_SHOWN_BYTES, needed ? needed : "", needed ? "]" : "");
    struct exchange_step step;

    if (meaning && meaning->meaning == SLACK_AGAIN) {
        step = exchange_again(exchange, "%s", sentence);
        step.after_ms = http_answer_retry_after_ms(answer);
        step.refusal = refusal_of(error);
        step.limit = is_limited(error) ? method : NULL;
        return again(step, true);
    }
    if (meaning && meaning->meaning == SLACK_GONE)
        return (struct slack_answer){ .meaning = SLACK_GONE, .step = exchange_never(exchange, "%s", sentence) };
    step = exchange_never(exchange, "%s", sentence);
    step.refusal = refusal_of(error);
    return never(step);
}

/* No answer, or a status that says nothing: 429 and 5xx are an outage, anything else is no Slack. */
static struct slack_answer unknown(const struct exchange *exchange, const char *method,
                                   const struct http_answer *answer)
{
    struct exchange_step step = exchange_refused(exchange, "Slack", answer);

    step.limit = answer->status == 429 ? method : NULL;
    step.needs_fresh_credential = false; /* a bot token is not fetched: a person sets it */
    return step.next == NEXT_AGAIN ? again(step, step.is_outage) : never(step);
}

struct slack_answer slack_api_read(const struct exchange *exchange, const char *method, const struct http_answer *raw)
{
    struct slack_answer answer;
    struct error err;
    const cJSON *json;

    if (raw->status != 200)
        return unknown(exchange, method, raw);
    json = json_parse_in(exchange->arena, raw->body, &err);
    if (!json)
        return again(exchange_again(exchange, "Slack answered %s with no JSON: %s", method, err.message), true);
    if (!cJSON_IsBool(json_find(json, "ok")))
        return again(exchange_again(exchange, "Slack answered %s without saying whether it is ok", method), true);
    if (json_find_bool(json, "ok", false))
        return (struct slack_answer){ .meaning = SLACK_OK, .json = json };
    answer = refused(exchange, method, json, raw);
    answer.json = json;
    answer.error = json_find_string(json, "error");
    return answer;
}

/* ---- in a dialog ---- */

bool slack_api_ask(struct dialog *dialog, const char *method, struct http_call call, struct slack_answer *ret_answer)
{
    const struct http_answer *raw = dialog_ask(dialog, call);

    if (raw)
        *ret_answer = slack_api_read(dialog->exchange, method, raw);
    return raw != NULL;
}

bool slack_answer_is(const struct slack_answer *answer, const char *error)
{
    return answer->error && strcmp(answer->error, error) == 0;
}

const char *slack_api_sentence(const char *error)
{
    const struct meaning *meaning = find_meaning(error);

    return meaning ? meaning->sentence : NULL;
}

const char *slack_next_cursor(const cJSON *page)
{
    const char *cursor = json_find_string(page, "response_metadata.next_cursor");

    return cursor && cursor[0] ? cursor : NULL;
}
