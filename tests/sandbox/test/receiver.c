#include "receiver.h"

#include "bot/base/buf.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>

#define BODY_MAX_BYTES 65536

struct receiver {
    pthread_mutex_t lock;
    struct MHD_Daemon *daemon;
    const char *answer;
    char url[64];
    int count;
    char *path, *signature, *timestamp, *type, *retry_num, *retry_reason, *body_before;
    struct buf body;
};

static void keep(struct MHD_Connection *connection, const char *name, char **value)
{
    free(*value);
    *value = xstrdup(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name));
}

static enum MHD_Result answer(struct receiver *receiver, struct MHD_Connection *connection, const char *url)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        str_of(receiver->answer).len, (void *)(uintptr_t)receiver->answer, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result = MHD_NO;

    receiver->count++;
    free(receiver->path);
    receiver->path = xstrdup(url);
    keep(connection, "X-Slack-Signature", &receiver->signature);
    keep(connection, "X-Slack-Request-Timestamp", &receiver->timestamp);
    keep(connection, "Content-Type", &receiver->type);
    keep(connection, "X-Slack-Retry-Num", &receiver->retry_num);
    keep(connection, "X-Slack-Retry-Reason", &receiver->retry_reason);
    MHD_add_response_header(response, "Content-Type", "application/json");
    result = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result take(struct receiver *receiver, struct MHD_Connection *connection, const char *url,
                            const char *bytes, size_t *len, void **context)
{
    if (!*context) {
        *context = receiver;
        free(receiver->body_before);
        receiver->body_before = receiver->count > 0 ? xstrdup(buf_text(&receiver->body)) : NULL;
        buf_clear(&receiver->body);
        return MHD_YES;
    }
    if (*len > 0) {
        buf_add(&receiver->body, bytes, *len);
        *len = 0;
        return MHD_YES;
    }
    return answer(receiver, connection, url);
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *bytes, size_t *len, void **context)
{
    struct receiver *receiver = arg;
    enum MHD_Result result = MHD_NO;

    (void)method;
    (void)version;
    pthread_mutex_lock(&receiver->lock);
    result = take(receiver, connection, url, bytes, len, context);
    pthread_mutex_unlock(&receiver->lock);
    return result;
}

struct receiver *receiver_create(const char *fixed)
{
    struct receiver *receiver = xcalloc(1, sizeof *receiver);
    const union MHD_DaemonInfo *info = NULL;

    pthread_mutex_init(&receiver->lock, NULL);
    receiver->answer = fixed;
    receiver->body = BUF(BODY_MAX_BYTES);
    receiver->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL, NULL, on_request,
                                        receiver, MHD_OPTION_END);
    info = receiver->daemon ? MHD_get_daemon_info(receiver->daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (!info)
        abort();
    (void)snprintf(receiver->url, sizeof receiver->url, "http://127.0.0.1:%u", info->port);
    return receiver;
}

void receiver_destroy(struct receiver *receiver)
{
    if (!receiver)
        return;
    MHD_stop_daemon(receiver->daemon);
    free(receiver->path);
    free(receiver->signature);
    free(receiver->timestamp);
    free(receiver->type);
    free(receiver->retry_num);
    free(receiver->retry_reason);
    free(receiver->body_before);
    buf_finish(&receiver->body);
    pthread_mutex_destroy(&receiver->lock);
    free(receiver);
}

const char *receiver_url(const struct receiver *receiver)
{
    return receiver->url;
}

struct received receiver_last(struct receiver *receiver)
{
    struct received last;

    pthread_mutex_lock(&receiver->lock);
    last = (struct received){ .count = receiver->count,
                              .path = receiver->path,
                              .body = buf_text(&receiver->body),
                              .signature = receiver->signature,
                              .timestamp = receiver->timestamp,
                              .type = receiver->type,
                              .retry_num = receiver->retry_num,
                              .retry_reason = receiver->retry_reason,
                              .body_before = receiver->body_before };
    pthread_mutex_unlock(&receiver->lock);
    return last;
}
