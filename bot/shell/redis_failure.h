/* redis_failure.h - what an error reply of Redis means for the command and for the connection. Pure. */
#ifndef OPSGATE_SHELL_REDIS_FAILURE_H
#define OPSGATE_SHELL_REDIS_FAILURE_H

#include "bot/shell/redis.h"

enum redis_follow {
    FOLLOW_NOTHING,
    FOLLOW_RECONNECT, /* this server is the wrong one now */
    FOLLOW_AGAIN,     /* it did not run, and will once the server is greeted again */
};

struct redis_failure {
    const char *word; /* the first of the error; NULL: any other */
    enum redis_outcome outcome;
    enum redis_follow follow;
};

struct redis_failure redis_failure_of(const struct redisReply *reply); /* reply is an error */

#endif
