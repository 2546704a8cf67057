/* exchange.h - one HTTP request to the sandbox, and the answer it gets.
 *
 * Every simulated API is a function from a request to a reply; none of them knows libmicrohttpd. The request is
 * borrowed for the length of the call. The reply starts as an empty 200; reply_json() and reply_text() fill it, the
 * last one wins. `applied` is the API's own word that the request changed its part of the world: it goes to the call
 * log, where tests read it.
 */
#ifndef SANDBOX_EXCHANGE_H
#define SANDBOX_EXCHANGE_H

#include "tree.h"

struct MHD_Connection;
struct MHD_Response;

struct request {
    const char *method;
    const char *path; /* percent-decoded, below the API's own prefix: "/chat.postMessage" */
    struct str body;
    int64_t now_ms;
    bool pretend; /* a planted lie: check everything, answer success, change nothing */
    struct MHD_Connection *connection;
};

#define REPLY_HEADERS_MAX 16

struct reply {
    int status;
    bool applied;
    const char *type; /* Content-Type, a literal */
    char *body;
    struct {
        const char *name;
        char *value;
    } headers[REPLY_HEADERS_MAX];
    struct MHD_Response *stream; /* instead of a body: an answer that goes on */
};

const char *request_header(const struct request *request, const char *name); /* NULL when missing */
const char *request_query(const struct request *request, const char *name);  /* decoded; NULL when missing */
/* Each of them in its turn, one that is given several times likewise. */
void request_each_query(const struct request *request, void (*on_query)(void *arg, const char *name, const char *value),
                        void *arg);
bool request_is(const struct request *request, const char *method);
bool request_has_type(const struct request *request, const char *type); /* Content-Type without its parameters */
const char *request_bearer(const struct request *request); /* the T of "Authorization: Bearer T", or NULL */
cJSON *request_json(const struct request *request);        /* the body parsed, the caller's; NULL when it is not JSON */

void reply_json(struct reply *reply, int status, cJSON *body); /* takes body over */
void reply_text(struct reply *reply, int status, const char *type, const char *text);
void reply_header(struct reply *reply, const char *name, const char *value); /* `name` is a literal */
void reply_finish(struct reply *reply);

#endif
