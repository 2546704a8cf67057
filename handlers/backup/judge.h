/* judge.h - may that errand go now, and what would be lost? Pure.
 *
 * Judged for whoever looks, for whoever asks, and once more right before each call, of what was read then. */
#ifndef OPSGATE_HANDLERS_BACKUP_JUDGE_H
#define OPSGATE_HANDLERS_BACKUP_JUDGE_H

#include "handlers/backup/plan.h"

#include "bot/model/outcome.h"

struct backup_judged {
    const char *refusal; /* it cannot go now: a sentence without a full stop, NULL: it can */
    const char *next;    /* refused: what to do, a sentence; NULL: ask again later */
    const char *loss;    /* what is lost by it, in words; NULL: nothing */
};

struct backup_judged backup_judge(const struct view *view, const struct backup_plan *plan, const char *stage,
                                  const struct backups_seen *seen);

/* What whoever looks at a restore or an import reads. */
void backup_tell(const struct view *view, const struct backup_plan *plan, const struct backups_seen *seen,
                 struct outcome *out);
/* Lines: what it does besides, step by step. */
void backup_tell_steps(const struct backup_plan *plan, struct outcome *out);

#endif
