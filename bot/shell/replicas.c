#include "bot/shell/replicas.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <string.h>

struct guest {
    struct guest *next;
    char server_id[48];
    replicas_waited_fn on_waited;
    void *arg;
};

struct replicas {
    struct redis *redis;
    int64_t wanted;
    struct guest *round, *lobby; /* who this round is for, in order; who comes after, newest first */
    bool is_waiting;
    bool is_elsewhere; /* somebody asked about another server than the one that we are connected to */
    bool has_pong;     /* without it WAIT would wait for nothing */
    bool *is_gone;     /* set while guests are told: they may destroy us */
};

static void start_round(struct replicas *replicas);

static void free_guests(struct guest *guest)
{
    while (guest) {
        struct guest *next = guest->next;

        free(guest);
        guest = next;
    }
}

static struct guest *reversed(struct guest *guest)
{
    struct guest *front = NULL;

    while (guest) {
        struct guest *next = guest->next;

        guest->next = front;
        front = guest;
        guest = next;
    }
    return front;
}

/* True when they are all told and we are still there. */
static bool tell_guests(struct replicas *replicas, bool has_arrived)
{
    char server_id[sizeof(replicas->round->server_id)];
    bool is_gone = false;

    snprintf(server_id, sizeof(server_id), "%s", redis_server_id(replicas->redis));
    replicas->is_gone = &is_gone;
    while (!is_gone && replicas->round) {
        struct guest *guest = replicas->round;
        struct guest told = *guest;

        replicas->round = guest->next;
        free(guest);
        replicas->is_elsewhere = replicas->is_elsewhere || strcmp(told.server_id, server_id) != 0;
        told.on_waited(told.arg, has_arrived && strcmp(told.server_id, server_id) == 0);
    }
    if (!is_gone)
        replicas->is_gone = NULL;
    return !is_gone;
}

static void on_waited(void *arg, const struct redis_answer *answer)
{
    struct replicas *replicas = arg;
    bool is_number = answer->outcome == REDIS_REPLIED && answer->reply->type == REDIS_REPLY_INTEGER;

    if (!tell_guests(replicas, replicas->has_pong && is_number && answer->reply->integer >= replicas->wanted))
        return;
    replicas->is_waiting = false;
    if (replicas->is_elsewhere)
        redis_reconnect(replicas->redis, "the master is another one now");
    replicas->is_elsewhere = false;
    if (replicas->lobby)
        start_round(replicas);
}

static void on_pong(void *arg, const struct redis_answer *answer)
{
    struct replicas *replicas = arg;

    replicas->has_pong = answer->outcome == REDIS_REPLIED;
}

static void start_round(struct replicas *replicas)
{
    struct redis_command ping = REDIS_COMMAND(), wait = REDIS_COMMAND();

    replicas->is_waiting = true;
    replicas->has_pong = false;
    replicas->round = reversed(TAKE(replicas->lobby));
    redis_command_text(&ping, "PING");
    redis_send(replicas->redis, &ping, REPLICAS_WAIT_MS * 2, on_pong, replicas);
    redis_command_text(&wait, "WAIT");
    redis_command_int(&wait, replicas->wanted);
    redis_command_int(&wait, REPLICAS_WAIT_MS);
    redis_send(replicas->redis, &wait, REPLICAS_WAIT_MS * 2, on_waited, replicas);
}

struct replicas *replicas_create(const struct redis_options *options, int64_t wanted)
{
    struct replicas *replicas = xcalloc(1, sizeof(*replicas));

    replicas->redis = redis_create(options);
    replicas->wanted = wanted;
    return replicas;
}

void replicas_destroy(struct replicas *replicas)
{
    if (!replicas)
        return;
    if (replicas->is_gone)
        *replicas->is_gone = true;
    redis_destroy(replicas->redis);
    free_guests(replicas->round);
    free_guests(replicas->lobby);
    free(replicas);
}

void replicas_wait(struct replicas *replicas, const char *server_id, replicas_waited_fn fn, void *arg)
{
    struct guest *guest = xcalloc(1, sizeof(*guest));

    *guest = (struct guest){ .next = replicas->lobby, .on_waited = fn, .arg = arg };
    snprintf(guest->server_id, sizeof(guest->server_id), "%s", server_id);
    replicas->lobby = guest;
    if (!replicas->is_waiting)
        start_round(replicas);
}
