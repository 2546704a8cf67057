#include "bot/doors/replies.h"

#include "bot/base/buf.h"

#include <stdio.h>
#include <string.h>

#include <uthash.h>

struct waiting {
    char id[24];
    struct replies *replies;
    struct sender sender;
    const struct reply_door *door;
    struct reply_doubt doubt;
    struct loop_timer *timer;
    UT_hash_handle hh;
};

struct replies {
    struct loop *loop;
    struct waiting *waiting;
    uint64_t count;
};

struct replies *replies_create(struct loop *loop)
{
    struct replies *replies = xcalloc(1, sizeof(*replies));

    replies->loop = loop;
    return replies;
}

static struct waiting *find(const struct replies *replies, const char *connection)
{
    struct waiting *waiting = NULL;

    if (connection)
        HASH_FIND_STR(replies->waiting, connection, waiting);
    return waiting;
}

/* The one way out: the sender is answered, and nobody waits any more. */
static void answer(struct waiting *waiting, const struct http_reply *reply)
{
    HASH_DEL(waiting->replies->waiting, waiting);
    loop_timer_cancel(waiting->timer);
    sender_answer(&waiting->sender, reply);
    free(waiting);
}

static void answer_status(struct waiting *waiting, int status)
{
    struct http_reply empty = { .status = status };

    answer(waiting, &empty);
}

static void let_go(struct waiting *waiting)
{
    answer_status(waiting, waiting->door->late_status);
}

static void refuse(struct waiting *waiting, int status, const char *text)
{
    struct reply reply = { .text = text, .is_refusal = true };
    AUTO_FREE char *body = waiting->door->write(&reply);
    struct http_reply written = { .status = status, .content_type = waiting->door->content_type, .body = str_of(body) };

    answer(waiting, &written);
}

static void on_late(void *arg)
{
    struct waiting *waiting = arg;

    waiting->timer = NULL;
    if (waiting->doubt.text)
        refuse(waiting, waiting->doubt.status, waiting->doubt.text);
    else
        answer_status(waiting, waiting->doubt.status ? waiting->doubt.status : waiting->door->late_status);
}

void replies_destroy(struct replies *replies)
{
    struct waiting *waiting, *next;

    if (!replies)
        return;
    HASH_ITER(hh, replies->waiting, waiting, next)
        let_go(waiting);
    free(replies);
}

const char *replies_wait(struct replies *replies, const struct sender *sender, const struct reply_door *door,
                         int64_t wait_ms, struct reply_doubt doubt)
{
    struct waiting *waiting = xcalloc(1, sizeof(*waiting));

    snprintf(waiting->id, sizeof(waiting->id), "c%llu", (unsigned long long)++replies->count);
    waiting->replies = replies;
    waiting->sender = *sender;
    waiting->door = door;
    waiting->doubt = doubt;
    waiting->timer = loop_timer_start(replies->loop, wait_ms, on_late, waiting);
    HASH_ADD_STR(replies->waiting, id, waiting);
    return waiting->id;
}

void replies_confirm(struct replies *replies, const char *connection)
{
    struct waiting *waiting = find(replies, connection);

    if (waiting)
        waiting->doubt = (struct reply_doubt){ 0 };
}

bool replies_deliver(struct replies *replies, const char *connection, const struct reply *reply, reply_sent_fn on_sent,
                     void *arg)
{
    struct waiting *waiting = find(replies, connection);
    AUTO_FREE char *body = NULL;
    struct http_reply written;

    if (!waiting || waiting->sender.is_deaf || !waiting->sender.is_waiting(waiting->sender.arg))
        return false;
    body = waiting->door->write(reply);
    written = (struct http_reply){
        .status = 200, .content_type = waiting->door->content_type, .body = str_of(body), .on_sent = on_sent, .arg = arg
    };
    answer(waiting, &written);
    return true;
}

void replies_refuse(struct replies *replies, const char *connection, int status, const char *text)
{
    struct waiting *waiting = find(replies, connection);

    if (waiting)
        refuse(waiting, status, text);
}

void replies_fail(struct replies *replies, const char *connection, int status)
{
    struct waiting *waiting = find(replies, connection);

    if (waiting)
        answer_status(waiting, status);
}

void replies_let_go(struct replies *replies, const char *connection)
{
    struct waiting *waiting = find(replies, connection);

    if (waiting)
        let_go(waiting);
}

size_t replies_waiting(const struct replies *replies)
{
    return HASH_COUNT(replies->waiting);
}
