/* program.h - a program as a driver: started once under the shim, followed by its output, stopped with its whole group.
 *
 * EFFECT_PROGRAM (args program_start; result {run}) starts it in a directory of its own in data_dir, named after the
 * effect's outside id: found there again, it is not started twice. READING_PROGRAM (args program_look; result
 * program_progress) tells what it wrote since `from_byte` and how it ended. EFFECT_PROGRAM_STOP (args program_look) sends
 * TERM to its group, and KILL after a grace. On another machine than the one it was started on nothing can be said of it,
 * and nothing can stop it: the reading says so (is_elsewhere), and nothing else.
 */
#ifndef OPSGATE_MODEL_PROGRAM_H
#define OPSGATE_MODEL_PROGRAM_H

#include "bot/base/shape.h"

#define PROGRAM_OUTPUT_MAX_BYTES (1024 * 1024) /* kept of one run; the rest is counted and dropped */
#define PROGRAM_CHUNK_MAX_BYTES 3000           /* told at once: it goes into a message */

/* READING_PROGRAM_SAYS (args program_question; result {said}) runs a program that only tells something, here and now, without
 * the shim: what it said is its last line that is not empty, secrets masked. Any other end than with 0 is a failure. */
#define PROGRAM_SAID_MAX_BYTES 200
struct program_question {
    const char **argv;
    size_t argv_count;
    int64_t timeout_ms;
};
extern const struct shape program_question_shape;

struct program_start {
    const char **argv; /* filled in; never a shell */
    size_t argv_count;
    const char *runbook; /* whose `environment` it gets, as it stands in the configuration when it begins: its values are
                          * secrets, and in no record. NULL: beside PATH, HOME, LANG and TZ nothing is there */
    int64_t timeout_ms;
};
extern const struct shape program_start_shape;

struct program_look {
    const char *run; /* outside id of the effect that started it */
    int64_t from_byte;
    bool is_tail; /* of what is left, only the last: nobody reads the rest */
};
extern const struct shape program_look_shape;

struct program_progress {
    bool is_elsewhere;   /* nothing is known of it here: it may run where it was started, up to its time limit */
    bool has_ended;
    int64_t exit_status; /* ended by itself */
    int64_t signal;      /* ended by this; 0: not */
    bool is_timed_out;
    bool is_lost; /* it runs no more, and nobody knows how it ended: its shim was killed, or the machine went down */
    const char *output;  /* since from_byte, whole lines, secrets masked, valid UTF-8; or NULL */
    int64_t to_byte;     /* where the next one begins */
    bool is_all;         /* it has ended, and nothing is left to tell */
    int64_t dropped_bytes; /* beyond PROGRAM_OUTPUT_MAX_BYTES */
};
extern const struct shape program_progress_shape;

#endif
