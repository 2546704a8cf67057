/* logging.h - Cloud Logging: what the services of run/ wrote of their users' requests, and entries.list below /logging.
 *
 * Each request is an entry of Cloud Run's own log of requests, of good ones each
 * LOGGING_SAMPLE-th of a revision; one that fails is told
 * by the app, too, in JSON with its request's id. The last LOGGING_KEPT are kept. The world's lock is held.
 * Spec: https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list
 */
#ifndef SANDBOX_LOGGING_LOGGING_H
#define SANDBOX_LOGGING_LOGGING_H

#include "google/tokens.h"
#include "logging/query.h"
#include "run/service.h"

#define LOGGING_KEPT 4096
#define LOGGING_SAMPLE 20

struct logged { /* one request */
    int64_t at_ms, n;
    const char *status; /* "500": a literal */
    double seconds;
    char *parent, *service, *revision;
};
struct logging {
    struct logged kept[LOGGING_KEPT];
    int64_t n;               /* of all time */
    cJSON *others;           /* entries by other hands, whole */
    bool is_denied, is_slow; /* the caller lacks the permission; the first page is empty, with a token */
};

struct logging *logging_create(void);
void logging_destroy(struct logging *logging);
void logging_note(struct logging *logging, const struct service *service, const struct revision *revision,
                  const char *status, double seconds, int64_t at_ms);

/* {deny?: bool, empty_page?: bool, entry?: {service, revision?, severity?, age_ms?, text? | json?, http?, trace?,
 * labels?}} */
bool logging_change(struct logging *logging, const cJSON *value, int64_t now_ms, struct error *err);
void logging_serve(struct logging *logging, const struct tokens *tokens, const struct request *request,
                   struct reply *reply);

/* The request's id, as its app tells it. */
void logging_request_id(int64_t n, char text[static 20]);

#endif
