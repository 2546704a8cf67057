/* doors.h - what the doors share: how an arrival becomes an inbox item, and its sender waits. For bot/doors/ only. */
#ifndef OPSGATE_DOORS_H
#define OPSGATE_DOORS_H

#include "bot/doors/alarm.h"
#include "bot/doors/ingress.h"

struct door { /* what a door needs; one for all of them */
    struct ingress *ingress;
    const struct ingress_options *options;
    const struct settings *settings;
    const char *instance;
    int64_t (*unix_ms)(void *ctx); /* our own clock: for signatures */
    void *ctx;
    struct ingress_counts *counts;
    struct local_callers *callers; /* whose names are being looked up */
    struct alarm slack_forged;
    struct rates *told_too_often;  /* who was told so where they asked: once an hour */
    struct large_bodies *large_bodies; /* large.h */
    struct webhooks *webhooks;     /* what doors for machines share: webhook.h */
    struct door_refused *refused;  /* refused.h */
    uint64_t changes_named;        /* that were told without an id of their own */
    uint64_t sessions_told;        /* session.h */
};

struct arrival { /* borrowed during door_accept and door_offer */
    const char *source, *kind;
    const char *request_id; /* of what brought it; door_accept takes its request's */
    const char *const *keys; /* dedupe keys */
    size_t keys_count;
    bool is_fact; /* nobody asks for anything: it happened, and is never void */
    const struct principal *teller; /* of a fact: who tells it, and no oftener than they may ask; NULL: any number */
    const char *url;  /* where a late answer goes, and every answer of a silent door; or NULL */
    const char *channel, *thread, *user; /* where one without a url was asked: struct reply_address; or NULL */
    bool is_for_one;                     /* likewise */
    int64_t not_after_ms; /* store's clock: void afterwards; 0: PERSON_REQUEST_VOID_MS from now, of a fact never */
    const char *body; /* terminated; as it is stored */
    const char *connection;  /* that waits, and how long: door_accept's own */
    int64_t inline_until_ms;
    int64_t wait_ms;  /* how long the connection waits for its answer; never longer than limits.answer_timeout lets it */
};

/* Takes the request: it is gathered for this turn's accept, and its connection waits for the reply. */
void door_accept(struct door *door, struct http_request *request, const struct reply_door *how,
                 const struct arrival *arrival);
/* The same of any sender. Outside of an http_handler_fn it is sent by the next ingress_flush. */
void door_accept_from(struct door *door, const struct sender *sender, const struct reply_door *how,
                      const struct arrival *arrival);

enum arrival_is { /* what became of one */
    ARRIVAL_NEW,       /* durable */
    ARRIVAL_DUPLICATE, /* so is the first one */
    ARRIVAL_FULL,      /* too much waits: nothing was done */
    ARRIVAL_IN_DOUBT,  /* the store did not answer: it may have it, or not */
    ARRIVAL_NO_STORE,  /* it is down, or cannot write for a while: nothing was done */
    ARRIVAL_FOREIGN,   /* it is not the store that we know: nothing was done */
    ARRIVAL_TOO_LARGE, /* for the store, once it is quoted: nothing was done */
    ARRIVAL_TOO_OFTEN, /* more than limits.requests_per_hour of one person or token: nothing was done. Not of webhooks */
    ARRIVAL_MALFORMED, /* the body is not UTF-8: nothing was done */
};
/* why: of NO_STORE and FOREIGN, and of TOO_OFTEN when again ("6 min"), borrowed; else NULL. */
typedef void (*arrival_told_fn)(void *arg, enum arrival_is is, const char *why);

/* For senders of whom no connection waits for words: gathered for this turn's accept, and on_told runs exactly once, maybe
 * before this returns. `how` says by which door an answer is written; NULL: nobody is answered. What is offered outside of
 * an http_handler_fn is sent by the next ingress_flush. */
void door_offer(struct door *door, const struct reply_door *how, const struct arrival *arrival, arrival_told_fn on_told,
                void *arg);

/* So long `who` has to wait until they may ask once more, as limits.requests_per_hour has it; 0: not at all. Counts nothing. */
int64_t door_wait_ms(const struct door *door, const struct principal *who);

/* What a machine is told when it was not: nothing of the store, which is none of a stranger's business. Static. */
const char *door_not_now(enum arrival_is is);

/* What a person is told when it was not accepted, as `how` says it; NULL: it was. In the arena, or constant. */
const char *door_refusal(const struct reply_door *how, enum arrival_is is, const char *why, struct arena *arena);

/* Slack's own signature. False: the request has been answered with 401, and counted. */
bool door_slack_knows(struct door *door, struct http_request *request);
/* The same in two steps, for what is verified on the pool: the first one on any thread. */
struct slack_proof {
    const char *timestamp, *signature; /* raw header values, NULL when missing */
    int64_t now_ms;                    /* our own clock */
};
struct slack_proof door_slack_proof(const struct door *door, const struct http_request *request); /* borrowed from it */
bool door_slack_is_genuine(const struct settings *settings, const struct slack_proof *proof, struct str body,
                           struct error *err);
void door_slack_refuse(struct door *door, struct http_request *request, const struct error *err);
/* Counts and logs what is genuine and makes no sense. */
void door_slack_malformed(struct door *door, const char *request_id, const struct error *err);
/* Tells of a fact, or of what asks without a connection that waits for words: answered with a status alone. The arrival's
 * request_id is the sender's. `team`: whose user asks. */
void door_slack_tell(struct door *door, const struct sender *sender, const struct reply_door *how, const char *team,
                     const struct arrival *arrival);
#define SLACK_JSON "application/json; charset=utf-8"
extern const struct reply_door door_slack, door_slack_view;
extern const struct reply_door door_slack_silent; /* buttons and shortcuts: the connection shows nothing */

void door_slack_command(void *arg, struct http_request *request); /* http_handler_fn's; arg is a struct door */
void door_slack_interaction(void *arg, struct http_request *request);
void door_slack_event(void *arg, struct http_request *request);
void door_local_run(void *arg, struct http_request *request);
void door_github(void *arg, struct http_request *request);
void door_pagerduty(void *arg, struct http_request *request);
void door_alertmanager(void *arg, struct http_request *request);
void door_api_change(void *arg, struct http_request *request);
/* Whom they let send a body at all; arg is a struct door. */
extern const struct http_gate door_slack_gate, door_github_gate, door_pagerduty_gate, door_alertmanager_gate,
    door_api_gate;

/* The same doors for what Socket Mode brings: nothing is signed there, the connection itself is genuine. */
struct door *ingress_door(struct ingress *ingress);
void door_slack_command_envelope(struct door *door, const struct sender *sender, const cJSON *payload);
void door_slack_interaction_envelope(struct door *door, const struct sender *sender, const cJSON *payload);
void door_slack_event_envelope(struct door *door, const struct sender *sender, const cJSON *payload);

/* Users of this machine that wait for their names: looked up on the pool, since a directory service may take seconds. */
struct local_callers *local_callers_create(struct loop *loop, user_name_fn user_name); /* NULL: the system's */
void local_callers_destroy(struct local_callers *callers); /* who waits is refused */
void local_callers_ask(struct local_callers *callers, struct http_request *request, user_named_fn on_named, void *arg);

#endif
