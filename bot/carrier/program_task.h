/* program_task.h - one task of programs.h on its way, for the files that carry it out: program_start.c, program_look.c,
 * program_question.c. What a pool thread touches is in the task's arena, and nothing else is.
 */
#ifndef OPSGATE_CARRIER_PROGRAM_TASK_H
#define OPSGATE_CARRIER_PROGRAM_TASK_H

#include "bot/carrier/programs.h"
#include "bot/model/program.h"
#include "bot/model/secrets.h"
#include "bot/shell/child.h"

struct programs {
    struct programs_options options;
    struct arena *arena;
    struct secrets ever; /* of every configuration so far: a program that runs may hold one that a reload took away */
};

struct program_task {
    struct programs *programs;
    struct arena *arena;
    const struct program_row *row;
    const char *directory, *runs; /* this run's; where all are */
    const char *run;
    const char *home;
    bool is_first_try;
    may_send_fn may_send;
    void *may_send_arg;
    bool is_alone; /* the store is ours: no other instance can have tried */
    struct program_start start;
    struct program_look look;
    struct program_question question;
    struct child *child;          /* that answers it */
    const char *said, *complaint; /* its last line so far; of stderr */
    struct secrets secrets;
    struct attempt_end end;
    struct loop_work *work;
    program_ended_fn on_end;
    void *arg;
};

void program_never(struct program_task *task, const char *error);
void program_done(struct program_task *task, cJSON *result); /* takes it over */

const char *program_path(const struct program_task *task, const char *directory, const char *name);
bool program_is_there(const char *path);

/* As execve takes it: a few of ours, and the runbook's own; NULL: none. */
const char *const *program_environment(const struct program_task *task, const struct runbook_settings *runbook);

/* What there is to do: its arguments, a part on a pool thread, and one on the loop. Each ends the task, or goes on. */
bool program_read_start(struct program_task *task, const cJSON *args, struct error *err);
void program_prepare_start(void *task);
void program_begin(struct program_task *task);

bool program_read_look(struct program_task *task, const cJSON *args, struct error *err); /* of a look, and of a stop */
void program_look_now(void *task);
void program_stop_now(void *task);

bool program_read_question(struct program_task *task, const cJSON *args, struct error *err);
void program_ask(struct program_task *task); /* its child ends the task later */
void program_task_release(void *task);       /* not while a child is there */

#endif
