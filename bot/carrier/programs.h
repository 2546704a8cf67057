/* programs.h - what the carrier does for a program driver: start a program once, look how it gets on, stop it; and ask one
 * what serves.
 *
 * In place of an exchange, for the kinds of bot/model/program.h. Each run has a directory of its own, data_dir/runs/RUN/,
 * kept by the shim (bot/shell/exec_shim.h); RUN is the outside id of the effect that starts it. A directory that is there
 * says that this run was started: it is never started twice, whoever asks, however often opsgate died meanwhile. The last
 * PROGRAMS_KEPT directories stay, and every one that runs. Loop thread only; files are read on the pool.
 */
#ifndef OPSGATE_PROGRAMS_H
#define OPSGATE_PROGRAMS_H

#include "bot/engine/carrier.h"
#include "bot/carrier/exchange_run.h"
#include "bot/model/settings.h"
#include "bot/shell/loop.h"

#define PROGRAMS_KEPT 100

struct programs;

struct programs_options { /* all borrowed */
    struct loop *loop;
    const struct settings *settings;
    const struct credential_source *credentials; /* whose secrets are masked too */
    const char *shim;                            /* NULL: this program itself */
};

struct programs *programs_create(const struct programs_options *options);
void programs_destroy(struct programs *programs); /* its programs run on */

void programs_reconfigure(struct programs *programs, const struct settings *settings); /* for those that begin now */

bool programs_carry(const char *kind); /* is it one of ours? */

struct program_job { /* borrowed during the call */
    const char *kind;
    const char *effect_id; /* outside id; NULL for a reading */
    const cJSON *args;
    bool is_first_try;
    may_send_fn may_send; /* asked right before a program is started */
    void *may_send_arg;
};

/* Ends once, later, on the loop; after cancel never. What was begun in the world is not undone by it. Never NULL. */
struct program_task;
typedef void (*program_ended_fn)(void *arg, const struct attempt_end *end); /* borrowed */
struct program_task *programs_start(struct programs *programs, const struct program_job *job, program_ended_fn on_end,
                                    void *arg);
void program_task_cancel(struct program_task *task); /* NULL is fine */

#endif
