#include "webhook_receiver.h"

#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#define BODY_MAX_BYTES (1 << 20)
#define STATUSES_MAX 32
#define PATIENCE_S 60

struct webhook_receiver {
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    struct MHD_Daemon *daemon;
    char url[64];
    cJSON *received;
    int statuses[STATUSES_MAX], next, otherwise;
    int64_t stall_ms;
};

struct visit {
    struct buf body;
};

static void keep(cJSON *entry, const char *as, struct MHD_Connection *connection, const char *name)
{
    json_set_string(entry, as, MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name));
}

static int next_status(struct webhook_receiver *receiver)
{
    int status = receiver->next < STATUSES_MAX ? receiver->statuses[receiver->next] : 0;

    if (status == 0)
        return receiver->otherwise;
    receiver->next++;
    return status;
}

/* The status to answer. */
static int take(struct webhook_receiver *receiver, struct MHD_Connection *connection, const char *url,
                const struct visit *visit)
{
    cJSON *entry = NULL;
    int status = 0;

    pthread_mutex_lock(&receiver->lock);
    entry = json_add(receiver->received, json_object());
    status = next_status(receiver);
    json_set_string(entry, "path", url);
    json_set_string(entry, "body", buf_text(&visit->body));
    json_set_int(entry, "status", status);
    keep(entry, "id", connection, "X-Webhook-Id");
    keep(entry, "subscription", connection, "X-Webhook-Subscription");
    keep(entry, "signature", connection, "X-PagerDuty-Signature");
    keep(entry, "event", connection, "X-GitHub-Event");
    keep(entry, "delivery", connection, "X-GitHub-Delivery");
    keep(entry, "hub_signature", connection, "X-Hub-Signature-256");
    keep(entry, "authorization", connection, "Authorization");
    keep(entry, "agent", connection, "User-Agent");
    keep(entry, "type", connection, "Content-Type");
    keep(entry, "custom", connection, "X-Custom");
    pthread_cond_broadcast(&receiver->arrived);
    pthread_mutex_unlock(&receiver->lock);
    return status;
}

static void stall(struct webhook_receiver *receiver)
{
    int64_t ms = 0;

    pthread_mutex_lock(&receiver->lock);
    ms = receiver->stall_ms;
    pthread_mutex_unlock(&receiver->lock);
    nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *bytes, size_t *len, void **context)
{
    struct webhook_receiver *receiver = arg;
    struct visit *visit = *context;
    struct MHD_Response *response = NULL;
    enum MHD_Result result = MHD_NO;
    int status = 0;

    (void)method;
    (void)version;
    if (!visit) {
        visit = xcalloc(1, sizeof *visit);
        visit->body = BUF(BODY_MAX_BYTES);
        *context = visit;
        return MHD_YES;
    }
    if (*len > 0) {
        buf_add(&visit->body, bytes, *len);
        *len = 0;
        return MHD_YES;
    }
    status = take(receiver, connection, url, visit);
    if (status < 0)
        stall(receiver);
    response = MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
    result = MHD_queue_response(connection, (unsigned)(status < 0 ? 202 : status), response);
    MHD_destroy_response(response);
    return result;
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode why)
{
    struct visit *visit = *context;

    (void)arg;
    (void)connection;
    (void)why;
    if (!visit)
        return;
    buf_finish(&visit->body);
    free(visit);
    *context = NULL;
}

struct webhook_receiver *webhook_receiver_create(void)
{
    struct webhook_receiver *receiver = xcalloc(1, sizeof *receiver);
    const union MHD_DaemonInfo *info = NULL;

    pthread_mutex_init(&receiver->lock, NULL);
    pthread_cond_init(&receiver->arrived, NULL);
    receiver->received = json_array();
    receiver->otherwise = 202;
    receiver->daemon =
        MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL, NULL,
                         on_request, receiver, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
    info = receiver->daemon ? MHD_get_daemon_info(receiver->daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (!info)
        abort();
    (void)snprintf(receiver->url, sizeof receiver->url, "http://127.0.0.1:%u", info->port);
    return receiver;
}

void webhook_receiver_destroy(struct webhook_receiver *receiver)
{
    if (!receiver)
        return;
    MHD_stop_daemon(receiver->daemon);
    cJSON_Delete(receiver->received);
    pthread_cond_destroy(&receiver->arrived);
    pthread_mutex_destroy(&receiver->lock);
    free(receiver);
}

const char *webhook_receiver_url(const struct webhook_receiver *receiver)
{
    return receiver->url;
}

void webhook_receiver_answers(struct webhook_receiver *receiver, const int *statuses, int otherwise)
{
    pthread_mutex_lock(&receiver->lock);
    for (int i = 0; i < STATUSES_MAX; i++)
        receiver->statuses[i] = 0;
    for (int i = 0; statuses && i < STATUSES_MAX && statuses[i]; i++)
        receiver->statuses[i] = statuses[i];
    receiver->next = 0;
    receiver->otherwise = otherwise;
    cJSON_Delete(receiver->received);
    receiver->received = json_array();
    pthread_mutex_unlock(&receiver->lock);
}

void webhook_receiver_stall(struct webhook_receiver *receiver, int64_t stall_ms)
{
    pthread_mutex_lock(&receiver->lock);
    receiver->stall_ms = stall_ms;
    pthread_mutex_unlock(&receiver->lock);
}

cJSON *webhook_receiver_wait(struct webhook_receiver *receiver, int count)
{
    struct timespec until;
    cJSON *received = NULL;
    int waited = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&receiver->lock);
    while (cJSON_GetArraySize(receiver->received) < count && waited != ETIMEDOUT)
        waited = pthread_cond_timedwait(&receiver->arrived, &receiver->lock, &until);
    received = json_copy(receiver->received);
    pthread_mutex_unlock(&receiver->lock);
    return received;
}
