/* faults.h - what goes wrong on demand.
 *
 * A fault waits for calls of one service whose "METHOD path" contains `match`, and happens `count` times. Each kind is
 * a row: is the change made, what is answered, and when. Not thread-safe: the world's lock covers it.
 */
#ifndef SANDBOX_FAULTS_H
#define SANDBOX_FAULTS_H

#include "exchange.h"

enum fault_answer {
    ANSWER_TRUE,    /* what the service says */
    ANSWER_STATUS,  /* the HTTP status `value` */
    ANSWER_NOT_OK,  /* Slack's {"ok":false,"error":value} */
    ANSWER_GARBAGE, /* 200, and half a JSON text */
    ANSWER_ECHO,    /* the HTTP status `value`, and whatever the request came with */
    ANSWER_NOTHING, /* the connection is closed */
};

struct fault_kind {
    const char *name;
    bool happens;                   /* the service sees the request... */
    bool pretends;                  /* ...but only pretends to do it */
    bool waits_before, waits_after; /* `value` milliseconds */
    enum fault_answer answer;
    const char *meaning;
};

/* One fault, taken: a copy that needs no freeing. `kind` is never NULL; the row "none" means all is well. */
struct fault {
    const struct fault_kind *kind;
    int64_t value;
    char text[64]; /* the value of ok_false */
    int64_t retry_after_s;
};

struct faults {
    cJSON *waiting; /* array of what was asked for, each with its `count` left */
};

void faults_init(struct faults *faults);
void faults_finish(struct faults *faults);
void faults_clear(struct faults *faults);
bool faults_add(struct faults *faults, const cJSON *wanted, struct error *err); /* copies */
struct fault faults_take(struct faults *faults, const char *service, const char *method, const char *path);

/* Puts the fault's answer in the reply's place, in the shape of that service. */
void fault_answer(const struct fault *fault, const char *service, const struct request *request, struct reply *reply);

#endif
