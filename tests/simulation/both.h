/* both.h - one store twice: in a redis-server of our own, and in the twin. What is done is done to both; then all must be the same.
 */
#ifndef OPSGATE_SIMULATION_BOTH_H
#define OPSGATE_SIMULATION_BOTH_H

#include "tests/simulation/scheduler.h"
#include "tests/simulation/twin.h"

#include <hiredis/hiredis.h>

#define ARGUMENTS_MAX 256
#define DEDUPE_KEYS 8

enum script { ACCEPT, COMMIT, LEASE, SCRIPTS };

struct both { /* the same store twice */
    redisContext *redis;
    char *sha[SCRIPTS];
    struct twin *twin;
    struct dice dice;
    struct arena *arena; /* of this call */
    uint64_t seed;
    int call;
    char last_commit[40];
    char story[4096]; /* the call, in words */
};

struct arguments {
    const char *at[ARGUMENTS_MAX];
    size_t len[ARGUMENTS_MAX];
    int count;
};

_Noreturn void both_die(const char *what, const char *why);
redisContext *both_start_server(void); /* it ends with the process */
void both_load_scripts(struct both *both);
redisReply *both_command(struct both *both, const char *fmt, ...);
void both_run(struct both *both, const char *fmt, const char *a, const char *b); /* its reply is dropped */

void arguments_add_str(struct arguments *arguments, struct str text);
void arguments_add(struct arguments *arguments, const char *text);
void arguments_add_int(struct both *both, struct arguments *arguments, int64_t value);
redisReply *both_call(struct both *both, enum script script, int keys, const struct arguments *rest);

/* Ends the process, with the call that made the difference. */
void both_same(struct both *both, const char *what, const char *redis, const char *twin);
void both_same_state(struct both *both);
void both_learn_clock(struct both *both); /* the twin's is the server's */
const char *both_number(struct both *both, int64_t value);
void both_say(struct both *both, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* both_calls.c */
int64_t both_draw(struct both *both, int64_t low, int64_t high); /* both inclusive */
bool both_rarely(struct both *both, int64_t per_cent);
void both_call_accept(struct both *both);
void both_call_commit(struct both *both);
void both_call_mark(struct both *both);
void both_call_lease(struct both *both);

#endif
