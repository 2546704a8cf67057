/* api.h - what Google's APIs say when they say no. (AIP-193) Pure. */
#ifndef OPSGATE_INTEGRATIONS_GOOGLE_API_H
#define OPSGATE_INTEGRATIONS_GOOGLE_API_H

#include "bot/model/exchange.h"

enum google_refusal {
    GOOGLE_OTHER,          /* whatever exchange_refused makes of it */
    GOOGLE_NOT_FOUND,      /* 404 */
    GOOGLE_ALREADY_EXISTS, /* 409, not to be repeated */
    GOOGLE_ABORTED,        /* 409 or 412: somebody changed it meanwhile; read and decide again */
};

/* Of an answer that is not 2xx. */
enum google_refusal google_refusal_of(const struct http_answer *answer);

/* "Cloud Run refused the new revision: 403 PERMISSION_DENIED: ..." -> never, or again when time may help. */
struct exchange_step google_refused(const struct exchange *exchange, const char *what,
                                    const struct http_answer *answer);

/* A google.rpc.Status, as long-running operations hold it: `code` is gRPC's number. */
enum google_refusal google_status_refusal(const cJSON *status);
struct exchange_step google_status_refused(const struct exchange *exchange, const char *what, const cJSON *status);

#endif
