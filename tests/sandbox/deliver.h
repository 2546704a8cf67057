/* deliver.h - one signed POST to opsgate, as Slack would make it.
 *
 * Waits at most three seconds for the answer, like Slack, unless told otherwise. Blocks the calling thread; never call
 * it with the world's lock.
 */
#ifndef SANDBOX_DELIVER_H
#define SANDBOX_DELIVER_H

#include "tree.h"

#define DELIVER_TIMEOUT_MS 3000

struct deliver_options {
    const char *url;
    const char *signing_secret;
    const char *form;  /* the body */
    const char *type;  /* its Content-Type; NULL: x-www-form-urlencoded */
    int64_t retry_num; /* an event's: 1, 2 or 3; 0: the first time */
    const char *retry_reason;
    int64_t now_s;       /* the signature's timestamp, true or forged */
    int64_t patience_ms; /* how long the answer is waited for; 0: DELIVER_TIMEOUT_MS */
    bool bad_signature;  /* one digit wrong */
    bool no_signature;   /* no signature headers at all */
};

struct deliver_answer {
    int status;   /* 0: no answer at all */
    char *body;   /* owned; NULL when there was no answer */
    bool is_json; /* by its Content-Type */
    bool timed_out;
    int64_t took_ms;
    char error[128];
};

void deliver_init(void); /* once, before any thread */
void deliver_post(const struct deliver_options *options, struct deliver_answer *answer);
void deliver_answer_finish(struct deliver_answer *answer);

#endif
