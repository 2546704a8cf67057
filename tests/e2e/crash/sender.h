/* sender.h - what GitHub, PagerDuty and Alertmanager would send: golden bodies, each time with an id of its own, signed.
 *
 * Secrets come from the environment (SANDBOX_GITHUB_SECRET, SANDBOX_PAGERDUTY_SECRET, SANDBOX_ALERTMANAGER_TOKEN), as
 * deploy/demo.sh sets them.
 */
#ifndef OPSGATE_TESTS_E2E_CRASH_SENDER_H
#define OPSGATE_TESTS_E2E_CRASH_SENDER_H

#include "bot/base/arena.h"
#include "bot/model/http.h"

#define DELIVERY_HEADERS_MAX 4

enum sender { SENDER_GITHUB, SENDER_PAGERDUTY, SENDER_ALERTMANAGER, SENDERS };
extern const char *const sender_names[SENDERS];
extern const char *const sender_paths[SENDERS];

struct senders;

struct delivery {
    enum sender sender;
    char id[72]; /* by which the journal knows it */
    char event[32], signature[80];
    const struct str *body; /* of the senders' own; NULL: own_body */
    char *own_body;
    struct http_header headers[DELIVERY_HEADERS_MAX];
    size_t header_count;
};

/* Reads the bodies in `golden`, tests/golden. */
struct senders *senders_create(const char *golden, struct error *err);
void senders_destroy(struct senders *senders);
AUTO_DEFINE(senders)

/* The next one: of GitHub most often, of the others now and then; with `large_bytes`, GitHub's, so large. The caller
 * finishes it, and leaves it where it is: headers point into it. */
void delivery_init(struct senders *senders, size_t large_bytes, struct delivery *ret_delivery);
void delivery_finish(struct delivery *delivery);
struct str delivery_body(const struct delivery *delivery);

#endif
