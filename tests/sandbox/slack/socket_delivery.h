/* socket_delivery.h - what Slack would post to an app, sent through Socket Mode; and how a test has that go wrong. */
#ifndef SANDBOX_SLACK_SOCKET_DELIVERY_H
#define SANDBOX_SLACK_SOCKET_DELIVERY_H

#include "slack/delivery.h"
#include "slack/socket.h"

/* As deliver_post: waits for the acknowledgement, which is the answer, for patience_ms (0: DELIVER_TIMEOUT_MS). Nobody
 * connected, or no acknowledgement: no answer. Never with the world's lock. */
void slack_socket_deliver(struct slack_socket *home, const struct slack_delivery *delivery, int64_t retry_num,
                          const char *retry_reason, int64_t patience_ms, struct deliver_answer *answer);

/* {disconnect?: "warning" | "refresh_requested" | ..., all?, close?, cut?, off?, conduct?: {disabled?, silent?,
 * no_hello?, loses_answers?, fragment_bytes?}} */
bool slack_socket_change(struct slack_socket *home, const cJSON *wanted, struct error *err);

#endif
