#include "slack/socket.h"

#include "random.h"
#include "slack/socket_frame.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define TICKETS_MAX 1000
#define SEND_TIMEOUT_S 3

struct link { /* one connection; its thread frees it */
    struct slack_socket *home;
    int fd;
    bool is_greeted;
    struct link *next; /* in the order of connections */
};

struct waiter { /* one envelope that is out; on its sender's stack */
    const char *id;
    const struct link *link; /* that it went by, and its answer comes by; NULL once that has ended */
    bool is_acknowledged;
    cJSON *payload;
    struct waiter *next;
};

struct slack_socket {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t acceptor;
    int listener, port;
    bool is_ending, is_on;
    struct slack_socket_conduct conduct;
    struct link *links;
    size_t link_count;
    struct waiter *waiters;
    cJSON *tickets;
    int64_t strays;
};

/* ---- what is said; with the lock ---- */

static bool say(struct link *link, cJSON *json) /* takes json */
{
    AUTO_FREE char *text = json_print(json);

    cJSON_Delete(json);
    return socket_frame_text(link->fd, text, link->home->conduct.fragment_bytes);
}

static cJSON *message(const char *type)
{
    cJSON *json = json_object();

    json_set_string(json, "type", type);
    return json;
}

static void say_disconnect(struct link *link, const char *reason)
{
    cJSON *json = message("disconnect");

    json_set_string(json, "reason", reason);
    json_set_string(json_set(json, "debug_info", json_object()), "host", "sandbox");
    say(link, json);
}

static size_t count_greeted(const struct slack_socket *home)
{
    size_t count = 0;

    for (const struct link *link = home->links; link; link = link->next)
        count += link->is_greeted;
    return count;
}

static bool greet(struct link *link)
{
    struct slack_socket *home = link->home;
    cJSON *hello;

    if (count_greeted(home) >= SLACK_SOCKETS_MAX) {
        say_disconnect(link, "too_many_websockets");
        socket_frame_close(link->fd, 1000);
        return false;
    }
    if (home->conduct.has_no_hello)
        return true;
    link->is_greeted = true;
    hello = message("hello");
    json_set_int(hello, "num_connections", (int64_t)count_greeted(home));
    json_set_string(json_set(hello, "connection_info", json_object()), "app_id", "A0OPSGATE");
    json_set_int(json_set(hello, "debug_info", json_object()), "approximate_connection_time", 18060);
    return say(link, hello);
}

/* ---- what is heard; with the lock ---- */

static void hear(struct slack_socket *home, struct str text)
{
    AUTO_JSON cJSON *json = NULL;
    struct error err;
    const char *id = json_parse(text, &json, &err) ? tree_text(json, "envelope_id") : NULL;
    struct waiter *waiter = home->waiters;

    if (home->conduct.loses_answers)
        return;
    while (waiter && (!id || strcmp(waiter->id, id) != 0))
        waiter = waiter->next;
    if (!waiter || waiter->is_acknowledged) {
        home->strays++;
        return;
    }
    waiter->is_acknowledged = true;
    waiter->payload = json_copy(tree_get(json, "payload"));
    pthread_cond_broadcast(&home->changed);
}

/* ---- a connection's thread ---- */

static bool take_ticket(struct slack_socket *home, const char *path)
{
    static const char before[] = "/link/?ticket=";

    if (!text_starts(path, before))
        return false;
    JSON_EACH(ticket, home->tickets) {
        if (strcmp(ticket->valuestring, path + strlen(before)) != 0)
            continue;
        cJSON_Delete(cJSON_DetachItemViaPointer(home->tickets, (cJSON *)(uintptr_t)ticket));
        return true;
    }
    return false;
}

/* False: it is over already. A silent one stays, unanswered, until it goes by itself. */
static bool begin_link(struct link *link)
{
    struct slack_socket *home = link->home;
    struct socket_handshake handshake;
    bool goes_on = socket_handshake_read(link->fd, &handshake);

    pthread_mutex_lock(&home->lock);
    if (goes_on && home->conduct.is_silent) {
        pthread_mutex_unlock(&home->lock);
        return socket_wait_for_end(link->fd), false;
    }
    goes_on = goes_on && take_ticket(home, handshake.path);
    if (!goes_on)
        socket_handshake_refuse(link->fd);
    goes_on = goes_on && socket_handshake_answer(link->fd, &handshake) && greet(link);
    pthread_cond_broadcast(&home->changed);
    pthread_mutex_unlock(&home->lock);
    return goes_on;
}

static void attend(struct link *link)
{
    AUTO_BUF struct buf got = BUF(SOCKET_FRAME_MAX_BYTES);
    enum socket_opcode opcode;

    while (socket_frame_read(link->fd, &opcode, &got)) {
        pthread_mutex_lock(&link->home->lock);
        if (opcode == SOCKET_TEXT)
            hear(link->home, buf_str(&got));
        else if (opcode == SOCKET_PING || opcode == SOCKET_CLOSE)
            socket_frame_control(link->fd, opcode == SOCKET_PING ? SOCKET_PONG : SOCKET_CLOSE, buf_str(&got));
        pthread_mutex_unlock(&link->home->lock);
        if (opcode == SOCKET_CLOSE)
            break;
    }
}

static void *run_link(void *arg)
{
    struct link *link = arg, **at;
    struct slack_socket *home = link->home;

    if (begin_link(link))
        attend(link);
    pthread_mutex_lock(&home->lock);
    for (at = &home->links; *at != link; at = &(*at)->next)
        ;
    *at = link->next;
    home->link_count--;
    for (struct waiter *waiter = home->waiters; waiter; waiter = waiter->next) {
        if (waiter->link == link)
            waiter->link = NULL;
    }
    close(link->fd);
    pthread_cond_broadcast(&home->changed);
    pthread_mutex_unlock(&home->lock);
    free(link);
    return NULL;
}

static void add_link(struct slack_socket *home, int fd)
{
    struct timeval limit = { .tv_sec = SEND_TIMEOUT_S };
    struct link *link = xcalloc(1, sizeof(*link)), **at;
    pthread_t thread;

    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit,
               sizeof(limit)); /* a peer that reads nothing holds the lock no longer */
    *link = (struct link){ .home = home, .fd = fd };
    pthread_mutex_lock(&home->lock);
    for (at = &home->links; *at; at = &(*at)->next)
        ;
    *at = link;
    home->link_count++;
    if (pthread_create(&thread, NULL, run_link, link) != 0)
        abort();
    pthread_detach(thread);
    if (home->is_ending)
        shutdown(fd, SHUT_RDWR);
    pthread_mutex_unlock(&home->lock);
}

static void *run_acceptor(void *arg)
{
    struct slack_socket *home = arg;
    int fd;

    while ((fd = accept(home->listener, NULL, NULL)) >= 0 || errno == EINTR || errno == ECONNABORTED)
        if (fd >= 0)
            add_link(home, fd);
    return NULL;
}

/* ---- for the others ---- */

static bool listen_somewhere(struct slack_socket *home, struct error *err)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    socklen_t len = sizeof(at);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    home->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (home->listener < 0 || bind(home->listener, (struct sockaddr *)&at, len) != 0 ||
        listen(home->listener, 64) != 0 || getsockname(home->listener, (struct sockaddr *)&at, &len) != 0)
        return error_errno(err, "a port for Socket Mode");
    home->port = ntohs(at.sin_port);
    return true;
}

struct slack_socket *slack_socket_create(struct error *err)
{
    struct slack_socket *home = xcalloc(1, sizeof(*home));
    pthread_condattr_t monotonic;

    if (!listen_somewhere(home, err)) {
        if (home->listener >= 0)
            close(home->listener);
        free(home);
        return NULL;
    }
    home->tickets = json_array();
    pthread_mutex_init(&home->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&home->changed, &monotonic);
    if (pthread_create(&home->acceptor, NULL, run_acceptor, home) != 0)
        abort();
    return home;
}

void slack_socket_destroy(struct slack_socket *home)
{
    if (!home)
        return;
    shutdown(home->listener, SHUT_RDWR); /* wakes the acceptor */
    pthread_join(home->acceptor, NULL);
    pthread_mutex_lock(&home->lock);
    home->is_ending = true;
    for (struct link *link = home->links; link; link = link->next)
        shutdown(link->fd, SHUT_RDWR);
    while (home->link_count > 0)
        pthread_cond_wait(&home->changed, &home->lock);
    pthread_mutex_unlock(&home->lock);
    close(home->listener);
    cJSON_Delete(home->tickets);
    pthread_cond_destroy(&home->changed);
    pthread_mutex_destroy(&home->lock);
    free(home);
}

void slack_socket_conduct(struct slack_socket *home, const struct slack_socket_conduct *conduct)
{
    pthread_mutex_lock(&home->lock);
    home->conduct = *conduct;
    pthread_mutex_unlock(&home->lock);
}

char *slack_socket_open(struct slack_socket *home)
{
    struct random_hex ticket = random_hex();
    char *url = NULL;

    pthread_mutex_lock(&home->lock);
    if (!home->conduct.is_disabled) {
        json_add_string(home->tickets, ticket.text);
        tree_keep_last(home->tickets, TICKETS_MAX);
        home->is_on = true;
        url = text_format("ws://127.0.0.1:%d/link/?ticket=%s", home->port, ticket.text);
    }
    pthread_mutex_unlock(&home->lock);
    return url;
}

bool slack_socket_is_on(struct slack_socket *home)
{
    bool is_on;

    pthread_mutex_lock(&home->lock);
    is_on = home->is_on;
    pthread_mutex_unlock(&home->lock);
    return is_on;
}

void slack_socket_switch_off(struct slack_socket *home)
{
    pthread_mutex_lock(&home->lock);
    home->is_on = false;
    pthread_mutex_unlock(&home->lock);
}

/* Any greeted connection; NULL: there is none. */
static struct link *pick(struct slack_socket *home)
{
    struct random_hex dice = random_hex();
    size_t count = count_greeted(home), wanted = 0;

    dice.text[8] = '\0';
    if (count > 0)
        wanted = strtoul(dice.text, NULL, 16) % count;

    for (struct link *link = home->links; link; link = link->next)
        if (link->is_greeted && wanted-- == 0)
            return link;
    return NULL;
}

static cJSON *write_envelope(const struct slack_socket_envelope *envelope, const char *id)
{
    cJSON *json = message(envelope->type);

    json_set_string(json, "envelope_id", id);
    json_set_bool(json, "accepts_response_payload", envelope->accepts_payload);
    json_set(json, "payload", json_copy(envelope->payload));
    if (text_is(envelope->type, "events_api")) {
        json_set_int(json, "retry_attempt", envelope->retry_attempt);
        json_set_string(json, "retry_reason", envelope->retry_reason ? envelope->retry_reason : "");
    }
    return json;
}

/* With the lock, which is let go while it waits. */
static void await(struct slack_socket *home, struct waiter *waiter, int64_t timeout_ms)
{
    struct waiter **at = &home->waiters;
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while (!waiter->is_acknowledged && waiter->link &&
           pthread_cond_timedwait(&home->changed, &home->lock, &until) == 0)
        ;
    while (*at != waiter)
        at = &(*at)->next;
    *at = waiter->next;
}

enum slack_socket_fate slack_socket_send(struct slack_socket *home, const struct slack_socket_envelope *envelope,
                                         int64_t timeout_ms, cJSON **ret_payload)
{
    struct random_hex id = random_hex();
    struct waiter waiter = { .id = id.text };
    struct link *link;

    *ret_payload = NULL;
    pthread_mutex_lock(&home->lock);
    link = pick(home);
    if (link) {
        waiter.link = link;
        waiter.next = home->waiters;
        home->waiters = &waiter;
        say(link, write_envelope(envelope, id.text));
        await(home, &waiter, timeout_ms);
    }
    pthread_mutex_unlock(&home->lock);
    if (envelope->accepts_payload)
        *ret_payload = waiter.payload;
    else
        cJSON_Delete(waiter.payload);
    if (!link)
        return SLACK_SOCKET_NOBODY;
    return waiter.is_acknowledged ? SLACK_SOCKET_ACKNOWLEDGED : SLACK_SOCKET_UNANSWERED;
}

size_t slack_socket_disconnect(struct slack_socket *home, const char *reason, bool is_for_all, bool and_closes)
{
    size_t told = 0;

    pthread_mutex_lock(&home->lock);
    for (struct link *link = home->links; link && (is_for_all || told == 0); link = link->next) {
        if (!link->is_greeted)
            continue;
        link->is_greeted = !and_closes;
        told++;
        say_disconnect(link, reason);
        if (and_closes)
            socket_frame_close(link->fd, 1000);
    }
    pthread_mutex_unlock(&home->lock);
    return told;
}

void slack_socket_cut(struct slack_socket *home)
{
    pthread_mutex_lock(&home->lock);
    for (struct link *link = home->links; link; link = link->next) {
        link->is_greeted = false;
        shutdown(link->fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&home->lock);
}

size_t slack_socket_count(struct slack_socket *home)
{
    size_t count;

    pthread_mutex_lock(&home->lock);
    count = count_greeted(home);
    pthread_mutex_unlock(&home->lock);
    return count;
}

int64_t slack_socket_strays(struct slack_socket *home)
{
    int64_t strays;

    pthread_mutex_lock(&home->lock);
    strays = home->strays;
    pthread_mutex_unlock(&home->lock);
    return strays;
}

cJSON *slack_socket_state(struct slack_socket *home)
{
    cJSON *state = json_object();

    json_set_bool(state, "is_on", slack_socket_is_on(home));
    json_set_int(state, "connections", (int64_t)slack_socket_count(home));
    json_set_int(state, "strays", slack_socket_strays(home));
    return state;
}
