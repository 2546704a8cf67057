/* receiver.h - stands where opsgate would: takes what the sandbox's Slack sends and answers one fixed thing. */
#ifndef SANDBOX_TEST_RECEIVER_H
#define SANDBOX_TEST_RECEIVER_H

#include <stdint.h>

struct receiver;

struct received { /* of the last request; owned by the receiver, valid until the next one */
    int count;
    const char *path, *body, *signature, *timestamp, *type;
    const char *retry_num, *retry_reason; /* of an event that is tried again; or NULL */
    const char *body_before;              /* of the request before it, or NULL */
};

/* Answers 200 and application/json with `answer`, a literal. */
struct receiver *receiver_create(const char *answer);
void receiver_destroy(struct receiver *receiver);
const char *receiver_url(const struct receiver *receiver);
struct received receiver_last(struct receiver *receiver); /* only while no request is running */

#endif
