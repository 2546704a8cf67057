/* replies.h - people who wait at a door for their answer: the connection gets it inline, or is let go.
 *
 * A door leaves its sender here until the answer comes or the time for it is over; then the connection is answered
 * empty, and the answer goes by the address that lasts. Loop thread only.
 */
#ifndef OPSGATE_REPLIES_H
#define OPSGATE_REPLIES_H

#include "bot/base/arena.h"
#include "bot/model/delivery.h"
#include "bot/doors/sender.h"

struct replies;

struct replies *replies_create(struct loop *loop);
void replies_destroy(struct replies *replies); /* lets everybody go first */
AUTO_DEFINE(replies)

/* How a door writes: the answer's body for its kind of sender, the caller frees it. And what it says when nothing came. */
struct reply_door {
    const char *name; /* "slack", "local" */
    const char *content_type;
    char *(*write)(const struct reply *reply);
    /* Its sender sees nothing of what the connection says: that is answered empty as soon as the store has the request,
     * and words go by the address that came with it. */
    bool is_silent;
    int late_status; /* when no answer came in time: Slack 200 with nothing, a local caller 504 */
    int refused_status, too_large_status; /* of an answer that says "NOT accepted" in words */
    const char *in_doubt; /* what it says when it is not even known that the store has the request: REPLY_IN_DOUBT */
    /* What the door says when the store is down: its kind of sender cannot do what others can. `why` in `arena`. */
    const char *(*store_is_down)(const char *why, struct arena *arena);
};

#define REPLY_IN_DOUBT(status_command)                                                                                 \
    "*Unknown*: the store did not confirm in time. It may still be done, but not after 60 s: then it is void. "        \
    "`" status_command "` shows what happens."

struct reply_doubt { /* what is said when the time is over and it is not even known that the store has the request */
    int status;       /* 0: there is none, it is answered empty */
    const char *text; /* constant; NULL: the status alone */
};

/* Takes what the sender waits with. Gives the connection's id for the reply address, borrowed while it waits. */
const char *replies_wait(struct replies *replies, const struct sender *sender, const struct reply_door *door,
                         int64_t wait_ms, struct reply_doubt doubt);
void replies_confirm(struct replies *replies, const char *connection); /* the store has it: no doubt any more */

/* on_sent runs once, later: did the whole answer reach a peer who was still there? false at once, and no callback, when
 * nobody waits under this id any more. */
typedef void (*reply_sent_fn)(void *arg, bool was_sent);
bool replies_deliver(struct replies *replies, const char *connection, const struct reply *reply, reply_sent_fn on_sent,
                     void *arg);

/* Ends the wait with a text of the door's own: "NOT accepted: ...". Nothing happens when nobody waits. */
void replies_refuse(struct replies *replies, const char *connection, int status, const char *text);
void replies_fail(struct replies *replies, const char *connection, int status); /* with a status alone */
void replies_let_go(struct replies *replies, const char *connection); /* answered empty */
size_t replies_waiting(const struct replies *replies);

#endif
