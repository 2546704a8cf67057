/* webhook_receiver.h - stands where opsgate would: keeps every webhook that comes, and answers as it was told to. */
#ifndef SANDBOX_TEST_WEBHOOK_RECEIVER_H
#define SANDBOX_TEST_WEBHOOK_RECEIVER_H

#include "tree.h"

struct webhook_receiver;

struct webhook_receiver *webhook_receiver_create(void);
void webhook_receiver_destroy(struct webhook_receiver *receiver);
const char *webhook_receiver_url(const struct webhook_receiver *receiver);

/* The statuses of the next answers, one after another, ending at 0; -1 keeps that one waiting for `stall_ms`. Those behind
 * are answered `otherwise`. Forgets what has come. */
void webhook_receiver_answers(struct webhook_receiver *receiver, const int *statuses, int otherwise);
void webhook_receiver_stall(struct webhook_receiver *receiver, int64_t stall_ms);

/* All that has come: [{path, body, status, id?, subscription?, signature?, authorization?, agent?, type?,
 * event?, delivery?, hub_signature?}]; waits until there
 * are `count` of them, for a generous while. The caller's. */
cJSON *webhook_receiver_wait(struct webhook_receiver *receiver, int count);

#endif
