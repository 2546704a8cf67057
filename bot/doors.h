/* doors.h - what the doors share: how an arrival becomes an inbox item, and its sender waits. For bot/door_*.c only. */
#ifndef OPSGATE_DOORS_H
#define OPSGATE_DOORS_H

#include "bot/ingress.h"

struct door { /* what a door needs; one for all of them */
    struct ingress *ingress;
    const struct settings *settings;
    const char *instance;
    int64_t (*unix_ms)(void *ctx); /* our own clock: for signatures */
    void *ctx;
    struct ingress_counts *counts;
    struct local_callers *callers; /* whose names are being looked up */
};

struct arrival { /* borrowed during door_accept */
    const char *source, *kind;
    const char *const *keys; /* dedupe keys */
    size_t keys_count;
    const char *url;  /* where a late answer goes, and every answer of a silent door; or NULL */
    const char *body; /* terminated; as it is stored */
    int64_t wait_ms;  /* how long the connection waits for its answer; never longer than limits.answer_timeout lets it */
};

/* Takes the request: it is gathered for this turn's accept, and its connection waits for the reply. */
void door_accept(struct door *door, struct http_request *request, const struct reply_door *how,
                 const struct arrival *arrival);

/* Slack's own signature. False: the request has been answered with 401, and counted. */
bool door_slack_knows(struct door *door, struct http_request *request);
extern const struct reply_door door_slack_button;

void door_slack_command(void *arg, struct http_request *request); /* http_handler_fn's; arg is a struct door */
void door_slack_interaction(void *arg, struct http_request *request);
void door_local_run(void *arg, struct http_request *request);

/* Users of this machine that wait for their names: looked up on the pool, since a directory service may take seconds. */
struct local_callers *local_callers_create(struct loop *loop, user_name_fn user_name); /* NULL: the system's */
void local_callers_destroy(struct local_callers *callers); /* who waits is refused */

#endif
