/* socket_policy.h - how many Socket Mode connections there are, and when which one is opened or closed: a pure machine.
 *
 * It wants `wanted` good connections (one that has said hello). What happens is given to slack_sockets_step, which says
 * what is to be done; whoever does it calls again with what came of it, and with SOCKET_TICK at slack_sockets_wake_at_ms.
 * Its rules, whatever comes:
 *   - never more than wanted + 1 connections, and never more than Slack's ten; a tenth is replaced after its end;
 *   - one that Slack ends (warning, refresh) goes on until another has said hello and what it is owed is acknowledged;
 *   - failures are answered with exponential back-off and full jitter, reset by a hello and nothing else;
 *   - too many connections: for an hour none is opened before one has closed;
 *   - after SOCKET_LEAVE none is opened any more;
 *   - what no second try can mend (a bad token, Socket Mode switched off) raises an alarm and is tried slowly.
 * Pure: time comes as an argument (a monotonic clock), chance from the seed. Any thread, one at a time.
 */
#ifndef OPSGATE_INTEGRATIONS_SLACK_SOCKET_POLICY_H
#define OPSGATE_INTEGRATIONS_SLACK_SOCKET_POLICY_H

#include "integrations/slack/socket.h"

#define SLACK_SOCKETS_MAX 10 /* Slack's limit for an app */
#define SLACK_SOCKET_HELLO_MS 10000
#define SLACK_SOCKET_DRAIN_MS 3000             /* how long acknowledgements are waited for: Slack waits no longer */
#define SLACK_SOCKET_BACKOFF_MS 1000           /* the first ceiling of a wait; doubled by each failure */
#define SLACK_SOCKET_BACKOFF_MAX_MS 60000
#define SLACK_SOCKET_SLOW_MS (5 * 60 * 1000)   /* between tries of what only a person can mend */
#define SLACK_SOCKET_RETRY_AFTER_MS 30000      /* ratelimited, and Slack does not say for how long */
#define SLACK_SOCKET_CROWDED_MS (60 * 60 * 1000)

enum slack_socket_state {
    SOCKET_FREE,
    SOCKET_WAITING,  /* for its turn, and the end of its wait */
    SOCKET_ASKING,   /* apps.connections.open */
    SOCKET_OPENING,  /* the WebSocket */
    SOCKET_GREETING, /* open, no hello yet */
    SOCKET_GOOD,
    SOCKET_LEAVING,  /* good still, but Slack ends it soon: its successor is on the way */
    SOCKET_DRAINING, /* replaced: closed as soon as nothing is owed */
    SOCKET_CLOSING,
};

struct slack_sockets { /* in the caller's storage; read it, change it by the calls below */
    int wanted; /* 0: they leave */
    uint64_t chance;
    int failures; /* since the last hello */
    int64_t hold_until_ms, crowded_until_ms;
    bool is_alarmed;
    struct slack_socket {
        enum slack_socket_state state;
        int64_t until_ms; /* WAITING: from then; GREETING, DRAINING: at the latest */
        int64_t since_ms;
        size_t owed; /* acknowledgements */
        bool waits_for_room;
    } slots[SLACK_SOCKETS_MAX + 1];
};

enum slack_socket_input {
    SOCKET_TICK,       /* time has passed; slot is not looked at */
    SOCKET_ANSWERED,   /* apps.connections.open gave an address */
    SOCKET_REFUSED,    /* it did not: `error`, `retry_after_ms` */
    SOCKET_OPENED,     /* the WebSocket stands */
    SOCKET_HELLO,      /* Slack said hello */
    SOCKET_DISCONNECT, /* Slack said disconnect: `reason` */
    SOCKET_OWED,       /* this many acknowledgements are owed now: `owed` */
    SOCKET_CLOSED,     /* the WebSocket is gone, or never came to be */
    SOCKET_RENEW,      /* another token: each is replaced, and nothing that went wrong by the old one is waited for */
    SOCKET_LEAVE,      /* none is wanted any more: each is closed once what it is owed is acknowledged */
};

struct slack_socket_happening {
    enum slack_socket_input what;
    int slot;
    const char *error;      /* REFUSED: Slack's word; NULL: no answer, or one without sense */
    int64_t retry_after_ms; /* REFUSED: 0: not said */
    enum slack_disconnect reason;
    size_t owed;
};

enum slack_socket_act {
    SOCKET_ASK,        /* apps.connections.open for this slot */
    SOCKET_CONNECT,    /* to the address that was answered */
    SOCKET_CLOSE,      /* politely; SOCKET_CLOSED comes */
    SOCKET_ALARM,      /* `why`: a person has to do something */
    SOCKET_ALARM_OVER, /* it works again */
};

struct slack_socket_order {
    enum slack_socket_act act;
    int slot;
    const char *why; /* constant text, or the happening's error */
};
#define SLACK_SOCKET_ORDERS_MAX (SLACK_SOCKETS_MAX + 4)

void slack_sockets_init(struct slack_sockets *sockets, int wanted, uint64_t seed); /* wanted: 1 to SLACK_SOCKETS_MAX */

/* Returns how many orders there are. What does not fit a slot's state is ignored: it came late. */
size_t slack_sockets_step(struct slack_sockets *sockets, const struct slack_socket_happening *happening, int64_t now_ms,
                          struct slack_socket_order orders[SLACK_SOCKET_ORDERS_MAX]);

int64_t slack_sockets_wake_at_ms(const struct slack_sockets *sockets); /* INT64_MAX: nothing waits for time */
size_t slack_sockets_good(const struct slack_sockets *sockets);        /* LEAVING ones too: they still bring work */
size_t slack_sockets_connections(const struct slack_sockets *sockets); /* from the first byte to the last */

#endif
