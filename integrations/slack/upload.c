#include "integrations/slack/upload.h"

#include "bot/base/time.h"
#include "bot/model/effect.h"
#include "bot/model/settings.h"
#include "bot/model/slack_channel.h"
#include "integrations/slack/api.h"
#include "integrations/slack/mrkdwn.h"
#include "integrations/slack/response_url.h"
#include "integrations/slack/typed_text.h"

#include <inttypes.h>
#include <string.h>

#define HISTORY_PAGES_MAX 10 /* of 200 messages */
#define SHARE_LAG_MS (3 * SECOND_MS)
#define SEND_TIMEOUT_MS (15 * SECOND_MS)
#define COMMENT_MAX_BYTES 3000

struct uploading {
    struct dialog dialog;
    struct slack_upload args;
};

static struct exchange_step uploaded(const struct exchange *exchange, const char *file, bool existed)
{
    return exchange_done(exchange,
                         shape_to_json(&slack_uploaded_shape,
                                       &(struct slack_uploaded){ .file = file, .existed = existed }, SHAPE_WHOLE));
}

/* The answer's JSON, or NULL with dialog.step set. */
static const cJSON *ask(struct uploading *uploading, const char *method, struct http_call call)
{
    struct slack_answer answer;

    if (!slack_api_ask(&uploading->dialog, method, call, &answer))
        return NULL;
    uploading->dialog.step = answer.step;
    return answer.meaning == SLACK_OK ? answer.json : NULL;
}

/* ---- is it there already ---- */

static const char *find_file(const cJSON *page, const char *filename)
{
    JSON_EACH(message, json_find(page, "messages")) {
        JSON_EACH(file, json_find(message, "files")) {
            const char *name = json_find_string(file, "name");

            if (name && strcmp(name, filename) == 0 && json_find_string(file, "id"))
                return json_find_string(file, "id");
        }
    }
    return NULL;
}

static const char *oldest_ts(const struct exchange *exchange)
{
    const struct effect_kind *kind = effect_kind_find(effect_kinds, effect_kinds_count, EFFECT_UPLOAD);
    int64_t unix_s = (exchange->unix_ms - exchange->ahead_ms - kind->give_up_ms) / SECOND_MS;

    return arena_printf(exchange->arena, "%" PRId64 ".000000", unix_s > 0 ? unix_s : 0);
}

/* *ret_file is NULL when it is not there. False: dialog.step is what to return. */
static bool look_up(struct uploading *uploading, const char **ret_file)
{
    const struct exchange *exchange = uploading->dialog.exchange;
    const char *method = uploading->args.thread_ts ? "conversations.replies" : "conversations.history", *cursor = NULL;

    *ret_file = NULL;
    for (int page = 0; page < HISTORY_PAGES_MAX; page++) {
        const struct slack_query query[] = { { "channel", uploading->args.channel },
                                             { "oldest", oldest_ts(exchange) },
                                             { "limit", "200" },
                                             { "cursor", cursor },
                                             { "ts", uploading->args.thread_ts } };
        struct http_call call = slack_api_get(exchange, method, query, ARRAY_LEN(query));
        const cJSON *json;

        call.wait_ms = page == 0 ? SHARE_LAG_MS : 0;
        json = ask(uploading, method, call);
        if (!json)
            return false;
        if (!cJSON_IsArray(json_find(json, "messages"))) { /* that there are none must have been said, not left out */
            uploading->dialog.step = exchange_again(exchange, "Slack answered %s without a list", method);
            return false;
        }
        *ret_file = find_file(json, uploading->args.filename);
        cursor = slack_next_cursor(json);
        if (*ret_file || !cursor)
            return true;
    }
    return true;
}

/* ---- three calls ---- */

static struct http_call get_address(const struct uploading *uploading)
{
    const struct exchange *exchange = uploading->dialog.exchange;
    const struct slack_query query[] = {
        { "filename", uploading->args.filename },
        { "length", arena_printf(exchange->arena, "%zu", strlen(uploading->args.content)) },
    };

    return slack_api_get(exchange, "files.getUploadURLExternal", query, ARRAY_LEN(query));
}

static struct http_call send_bytes(const struct uploading *uploading, const char *url)
{
    static const struct http_header headers[] = { { "Content-Type", "application/octet-stream" } };

    return (struct http_call){
        .method = "POST",
        .url = url,
        .headers = headers,
        .header_count = ARRAY_LEN(headers),
        .body = str_of(uploading->args.content),
        .timeout_ms = SEND_TIMEOUT_MS,
        .drops_body = true,
        .credential = HTTP_NO_CREDENTIAL, /* the address is the credential */
    };
}

static struct http_call complete(const struct uploading *uploading, const char *file)
{
    AUTO_BUF struct buf comment = BUF(COMMENT_MAX_BYTES);
    cJSON *body = json_object(), *item = json_add(json_set(body, "files", json_array()), json_object());

    json_set_string(item, "id", file);
    json_set_string(item, "title", uploading->args.title);
    json_set_string(body, "channel_id", uploading->args.channel);
    json_set_string(body, "thread_ts", uploading->args.thread_ts);
    if (uploading->args.comment) {
        slack_mrkdwn_add(&comment, str_of(uploading->args.comment), COMMENT_MAX_BYTES);
        json_set_string(body, "initial_comment", buf_text(&comment));
    }
    return slack_api_post(uploading->dialog.exchange, "files.completeUploadExternal", body);
}

static struct exchange_step upload(struct uploading *uploading)
{
    const struct exchange *exchange = uploading->dialog.exchange;
    const cJSON *json = ask(uploading, "files.getUploadURLExternal", get_address(uploading));
    const char *url = json_find_string(json, "upload_url"), *file = json_find_string(json, "file_id");
    const struct http_answer *answer;

    if (!json)
        return uploading->dialog.step;
    if (!file || !slack_response_url_is_allowed(url, exchange->settings->slack.api_url))
        return exchange_never(exchange, "Slack gave no address of its own to upload the file to");
    answer = dialog_ask(&uploading->dialog, send_bytes(uploading, url));
    if (!answer)
        return uploading->dialog.step;
    if (answer->status == 0 || answer->status == 429 || answer->status >= 500)
        return exchange_refused(exchange, "Slack", answer);
    if (answer->status != 200)
        return exchange_again(exchange, "Slack did not take the file's bytes (status %d): it is tried from the start",
                              answer->status);
    if (!ask(uploading, "files.completeUploadExternal", complete(uploading, file)))
        return uploading->dialog.step;
    return uploaded(exchange, file, false);
}

struct exchange_step slack_file_upload(const struct exchange *exchange)
{
    struct uploading uploading = { .dialog = DIALOG(exchange) };
    const struct slack_upload *args = &uploading.args;
    const char *file;
    struct error err;

    if (!exchange->settings ||
        !shape_from_json(&slack_upload_shape, exchange->args, exchange->arena, &uploading.args, &err) ||
        !args->channel || !slack_id_is_valid(str_of(args->channel)))
        return exchange_never(exchange,
                              "Slack's file: a channel's id such as C012AB3CD is needed, a name and contents");
    if (!args->filename || !args->filename[0] || !args->content || !args->content[0] ||
        strlen(args->content) > SLACK_UPLOAD_MAX_BYTES)
        return exchange_never(exchange, "Slack's file: it needs a name, and contents of at most %d KiB",
                              SLACK_UPLOAD_MAX_BYTES / 1024);
    if (!exchange->is_first_try) {
        if (!look_up(&uploading, &file))
            return uploading.dialog.step;
        if (file)
            return uploaded(exchange, file, true);
    }
    return upload(&uploading);
}
