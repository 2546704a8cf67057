/* plan.h - what is to be done with backups, as it was typed and configured; it never changes. And what policy is asked
 * of it. */
#ifndef OPSGATE_HANDLERS_BACKUP_PLAN_H
#define OPSGATE_HANDLERS_BACKUP_PLAN_H

#include "bot/model/backup.h"
#include "bot/model/question.h"
#include "bot/model/settings.h"
#include "bot/model/view.h"
#include "handlers/needs.h"

#define BACKUP_TRIAL "trial"
#define BACKUP_SAFETY "safety"
#define BACKUP_REAL "real"

struct backup_plan {
    const char *action;                 /* BACKUP_... */
    const char *database, *environment; /* environment NULL: none is configured */
    struct database_place place;
    const char *trial;   /* restore: the instance that it goes into first; or NULL */
    bool is_trial_alone; /* --into: there, and nowhere else */
    const char *id;      /* restore: of the backup, or BACKUP_LATEST */
    const char *file;    /* export, import: gs://... */
    const char *name;    /* export, import: the database in the instance */
    const char *verify;  /* the runbook that checks what was restored or imported; or NULL */
    bool tells_instance; /* it takes the instance as its argument */
    bool is_unsaved;     /* --no-safety-backup */
    const char *why;     /* create: in its description; or NULL */
    const char *reason;  /* quoted, or NULL */
    const char *break_glass; /* why a deny is to be passed, quoted; or NULL */
    struct service_need *needs;
    size_t needs_count;
};
extern const struct shape backup_plan_shape;

/* Without what is typed. The database is one of Cloud SQL. */
struct backup_plan backup_plan_of(const struct view *view, const struct database_settings *database,
                                  const char *action);

/* What rules call it: `restore` is what changes the database itself, `backup` all else. */
const char *backup_verb(const struct backup_plan *plan);
struct question backup_question(const struct view *view, const struct backup_plan *plan,
                                const struct principal *principal, const char *source);

/* ---- its stages ---- */

/* "before v2 (opsgate D7, birth-00000000000000d7)": the description of a backup that is ours */
#define BACKUP_MARK "opsgate "

const char *backup_first_stage(const struct backup_plan *plan);
const char *backup_next_stage(const struct backup_plan *plan, const char *stage); /* NULL: it was the last one */
const char *backup_kind(const struct backup_plan *plan, const char *stage);       /* BACKUP_...: of its errand */
const char *backup_instance(const struct backup_plan *plan, const char *stage);   /* that it changes */
bool backup_overwrites(const struct backup_plan *plan);                           /* the database itself */

/* ---- in words ---- */

/* "restore backup `17` of `main` into `main-scratch`", "back `main` up": for "D7 is to ...". */
const char *backup_words(const struct backup_plan *plan, struct arena *arena);
/* The line that asks for it: "backup restore main 17 --confirm main". */
const char *backup_line(const struct backup_plan *plan, struct arena *arena);
/* "`17` (ON_DEMAND, SUCCESSFUL, 20 h ago, at most 5.0 GB): before v2" */
const char *backup_run_text(const struct view *view, const struct backup_run *run);
/* The same for what stays as it is, such as a card: with the day in place of the age. */
const char *backup_run_dated(const struct view *view, const struct backup_run *run);
const char *backup_age(const struct view *view, const struct backup_run *run); /* "20 h ago"; "at an unknown time" */
/* "20 h ago (2026-11-22)", "*there is none*": of the newest good one. */
const char *backup_last_text(const struct view *view, const struct backups_seen *seen);

#endif
