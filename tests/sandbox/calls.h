/* calls.h - the log of every call that the outside world saw, in order of arrival.
 *
 * An entry is made when a call arrives and completed when it ends, so a caller that was killed in between shows too. It
 * is what tests judge by: {n, at_ms, service, method, path, query?, body?, status, applied, fault?, ended_at_ms?}. A
 * status of null is a call not answered yet (`applied` may be true already), 0 a connection closed without an answer.
 * Not thread-safe: the world's lock covers it.
 */
#ifndef SANDBOX_CALLS_H
#define SANDBOX_CALLS_H

#include "exchange.h"

struct calls {
    cJSON *log;
    int64_t last_n;
};

struct call_end {
    int status;
    bool applied;
    const char *fault; /* NULL or the fault's name */
    int64_t now_ms;
};

void calls_init(struct calls *calls);
void calls_finish(struct calls *calls);
int64_t calls_begin(struct calls *calls, const char *service, const struct request *request);
void calls_body(struct calls *calls, int64_t n, const cJSON *body); /* copies; for calls that the world itself makes */
void calls_applied(struct calls *calls, int64_t n, bool applied);   /* known before the answer leaves */
void calls_end(struct calls *calls, int64_t n, const struct call_end *end);
cJSON *calls_since(const struct calls *calls, int64_t n, int64_t limit); /* copies of those after n, oldest first */

#endif
