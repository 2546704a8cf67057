/* working.h - one event's decision about a `backup`, and the moves that several states share. Only for this folder.
 *
 * A function called backup_on_... is a row of backup.c.
 */
#ifndef OPSGATE_HANDLERS_BACKUP_WORKING_H
#define OPSGATE_HANDLERS_BACKUP_WORKING_H

#include "handlers/backup/backup.h"
#include "handlers/backup/body.h"
#include "handlers/backup/judge.h"

#include "bot/model/event.h"
#include "policy/decide.h"

struct working {
    const struct view *view;
    const struct operation *operation;
    struct backup_body *body; /* ours to change */
    const struct event *event;
    struct outcome *out;
};

/* ---- working.c ---- */

void backup_move(struct working *w, const char *state, int64_t deadline_ms); /* 0: it has none */
void backup_keep(struct working *w);
void backup_next_errand(struct working *w); /* of its stages; nothing of it is sent yet */
void backup_poll_in(struct working *w, int64_t ms);
bool backup_is_in(const struct working *w, const char *state);
bool backup_is_late(const struct working *w);
const char *backup_reason(const struct working *w); /* why the event brought nothing, quoted */
const char *backup_quote(const struct working *w, const char *words);
const char *backup_here(const struct working *w); /* the instance of this stage */
/* "seen": that instance, and the backup that the plan names, or the one of that description. */
void backup_see(struct working *w, const char *instance, const char *description);
bool backup_sees(struct working *w, struct backups_seen *ret_seen, const char **ret_why);
/* Into the card's footer and the journal ("backup.KIND"); request NULL: opsgate's own. */
void backup_note(struct working *w, const char *kind, const char *what, const struct request *request);

/* It never began, or not this errand; the sentence says why, and what was touched is added. */
void backup_refuse(struct working *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
void backup_abort(struct working *w, const char *sentence);
/* It was sent; the sentence says what happened, and what was touched and what to do next is added. */
void backup_fail(struct working *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
void backup_end(struct working *w, const char *fmt, ...) PRINTF_LIKE(2, 3); /* done */
/* " To go back: `...`."; "" when nothing was overwritten, or nothing goes back. */
const char *backup_way_back(const struct working *w);

/* ---- consenting.c ---- */

struct decision backup_ask_policy(const struct view *view, const struct operation *operation,
                                  const struct backup_body *body, enum policy_stage stage);
/* Of a decision that is followed: what it passes by a broken glass is announced. */
void backup_break_glass(struct working *w, const struct decision *decision);
/* It has begun, and whoever has it go on goes past what denies it now. False: not theirs to pass; the answer says so. */
bool backup_break_later(struct working *w, const char *reason);
const char *backup_denial(const struct decision *decision, struct arena *arena); /* "REASON (RULE)" */
/* Before each try of a call. */
bool backup_may_send(const struct view *view, const struct operation *operation, const void *body,
                     const struct effect *effect, struct error *err);
bool backup_await(struct working *w,
                  const struct decision *decision); /* false: nobody could give it, and it has ended */
void backup_on_approve(struct working *w);
void backup_on_unapproved(struct working *w);

/* ---- beginning.c ---- */

void backup_on_looked(struct working *w);
void backup_go(struct working *w); /* to the errand of its stage: in line for the database, if that is changed */
void backup_on_granted(struct working *w);
void backup_on_yield(struct working *w);
void backup_check(struct working *w);
void backup_on_checked(struct working *w);

/* ---- following.c ---- */

void backup_on_sent(struct working *w);
void backup_seek(struct working *w); /* into that state */
void backup_ask(struct working *w);  /* a person; into "asking" */
void backup_on_poll(struct working *w);
void backup_on_sought(struct working *w);
void backup_on_progress(struct working *w);

/* ---- proving.c: what came of it ---- */

void backup_inspect(struct working *w);
void backup_on_inspected(struct working *w);
void backup_on_inspect_poll(struct working *w);
void backup_on_child(struct working *w);
void backup_stop_child(struct working *w);
void backup_on_remind(struct working *w);
void backup_on_need(struct working *w);
void backup_on_needs_poll(struct working *w);

/* ---- control.c ---- */

void backup_on_request(struct working *w);

/* ---- card.c ---- */

void backup_card(const struct view *view, const struct operation *operation, const void *body, struct card *ret_card);

#endif
