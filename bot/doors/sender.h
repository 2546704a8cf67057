/* sender.h - whoever stands at a door and waits: an HTTP request, or an envelope of Socket Mode.
 *
 * A door treats both alike. What answers an envelope is its acknowledgement: a body of JSON rides on it where Slack lets it,
 * and a status that is no success leaves it unacknowledged, so that Slack does what it does after a failed request.
 * Loop thread only.
 */
#ifndef OPSGATE_SENDER_H
#define OPSGATE_SENDER_H

#include "bot/shell/http_in.h"

struct sender {
    const char *id;         /* of the request, for logs and the journal; borrowed until it is answered */
    int64_t received_at_ms; /* loop_now_ms */
    bool is_deaf;           /* nothing that is answered reaches the person: words go by the address that lasts */
    void (*answer)(void *arg, const struct http_reply *reply); /* once; the end of it for whoever answers */
    bool (*is_waiting)(const void *arg);                       /* a hint, as http_in_is_waiting */
    void *arg;
};

struct sender sender_http(struct http_request *request); /* takes the request */

void sender_answer(const struct sender *sender, const struct http_reply *reply);
void sender_status(const struct sender *sender, int status); /* answers with nothing but that */

#endif
