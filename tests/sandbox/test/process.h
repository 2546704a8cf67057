/* process.h - a sandbox of our own for one test program: started on a free port, spoken to over HTTP, ended cleanly.
 *
 * Every call must succeed as a call; a failure ends the test program with a sentence. What the sandbox answers is the
 * test's business.
 */
#ifndef SANDBOX_TEST_PROCESS_H
#define SANDBOX_TEST_PROCESS_H

#include "tree.h"

struct sandbox {
    int pid;
    char url[64];
};

struct answer {
    int status; /* 0: the connection ended without an answer */
    char *body; /* owned */
    char *headers;
    cJSON *json; /* the body parsed; NULL when it is not JSON */
};

struct ask {
    const char *method, *path; /* the path below the sandbox's address */
    const char *type;          /* Content-Type, or NULL */
    const char *authorization; /* the whole header's value, or NULL */
    const char *header;        /* one more "Name: value", or several with \n between them, or NULL */
    const char *body;          /* or NULL */
};

void sandbox_start(struct sandbox *sandbox, const char *program, const char *opsgate_url);
int sandbox_stop(struct sandbox *sandbox); /* the program's exit status */

void sandbox_ask(const struct sandbox *sandbox, const struct ask *ask, struct answer *answer);
void answer_finish(struct answer *answer);
#define AUTO_ANSWER __attribute__((cleanup(answer_finish)))

/* Short ways of asking; the tree is the caller's. */
cJSON *sandbox_get(const struct sandbox *sandbox, const char *path);                    /* of the control API */
cJSON *sandbox_post(const struct sandbox *sandbox, const char *path, const char *body); /* to the control API */
char *sandbox_token(const struct sandbox *sandbox); /* "Bearer ya29..." from the metadata server; the caller frees */

#endif
