#include "deliver.h"

#include "slack/signature.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#define ANSWER_MAX_BYTES (1 << 20)

void deliver_init(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort();
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *arg)
{
    struct buf *body = arg;

    buf_add(body, bytes, size * count);
    return body->failed ? 0 : size * count;
}

static struct curl_slist *add_header(struct curl_slist *headers, const char *name, const char *value)
{
    AUTO_FREE char *line = text_format("%s: %s", name, value);

    return curl_slist_append(headers, line);
}

static struct curl_slist *headers_create(const struct deliver_options *options)
{
    struct curl_slist *headers =
        add_header(NULL, "Content-Type", options->type ? options->type : "application/x-www-form-urlencoded");
    struct slack_signature signature =
        slack_signature_make(options->signing_secret, options->now_s, str_of(options->form));
    AUTO_FREE char *timestamp = text_format("%lld", (long long)options->now_s);

    headers = add_header(headers, "Expect", ""); /* Slack does not ask before it sends */
    if (options->retry_num > 0) {
        AUTO_FREE char *num = text_format("%lld", (long long)options->retry_num);

        headers = add_header(headers, "X-Slack-Retry-Num", num);
        headers = add_header(headers, "X-Slack-Retry-Reason", options->retry_reason);
    }
    if (options->no_signature)
        return headers;
    if (options->bad_signature)
        signature.text[3] = signature.text[3] == '0' ? '1' : '0';
    headers = add_header(headers, "X-Slack-Request-Timestamp", timestamp);
    return add_header(headers, "X-Slack-Signature", signature.text);
}

static void read_answer(CURL *curl, CURLcode code, struct deliver_answer *answer)
{
    long status = 0;
    curl_off_t took_us = 0;
    const char *type = NULL;

    curl_easy_getinfo(curl, CURLINFO_TOTAL_TIME_T, &took_us);
    answer->took_ms = took_us / 1000;
    answer->timed_out = code == CURLE_OPERATION_TIMEDOUT;
    if (code != CURLE_OK) {
        (void)snprintf(answer->error, sizeof answer->error, "%s", curl_easy_strerror(code));
        return;
    }
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
    answer->status = (int)status;
    answer->is_json = type && text_starts(type, "application/json");
}

void deliver_post(const struct deliver_options *options, struct deliver_answer *answer)
{
    AUTO_BUF struct buf body = BUF(ANSWER_MAX_BYTES);
    struct curl_slist *headers = headers_create(options);
    CURL *curl = curl_easy_init();

    *answer = (struct deliver_answer){ 0 };
    if (!curl)
        abort();
    curl_easy_setopt(curl, CURLOPT_URL, options->url);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                     (long)(options->patience_ms > 0 ? options->patience_ms : DELIVER_TIMEOUT_MS));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(options->form));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, options->form);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "Slackbot 1.0 (+https://api.slack.com/robots)");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    read_answer(curl, curl_easy_perform(curl), answer);
    if (answer->status) {
        buf_puts(&body, "");
        answer->body = buf_take(&body);
    }
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
}

void deliver_answer_finish(struct deliver_answer *answer)
{
    free(answer->body);
    *answer = (struct deliver_answer){ 0 };
}
