/* showing.h - one card of a deploy being made: what the cards of all drivers say in the same way. Pure. */
#ifndef OPSGATE_HANDLERS_DEPLOY_SHOWING_H
#define OPSGATE_HANDLERS_DEPLOY_SHOWING_H

#include "bot/model/card.h"
#include "bot/model/view.h"
#include "handlers/deploy/body.h"

struct showing {
    const struct view *view;
    const struct operation *operation;
    const struct deploy_body *body;
    struct arena *arena;
    struct card *card;
};

bool showing_is_in(const struct showing *s, const char *state);
bool showing_has_ended_badly(const struct showing *s);
enum card_tone showing_tone(const struct showing *s);

/* ---- stages: what it goes through, a step of the card each ---- */

struct stage {
    const char *text, *now; /* as a step of the card; while it is under way */
    const char *done;       /* when it is over: one word of a line; NULL: its step stays */
    const char *states[4];  /* in which it is */
};

/* Which one `state` is in, or `count`; of an operation: where it is, or where it ended badly. */
size_t showing_stage(const struct stage *stages, size_t count, const char *state);
size_t showing_stage_now(const struct showing *s, const struct stage *stages, size_t count);

/* Not every one waits for checks or consent: those have their steps only while they are under way, or where it ended. */
bool showing_leaves_out(const struct stage *stages, size_t i, size_t now);
void showing_step(const struct showing *s, size_t i, size_t now, const char *text); /* the i-th, while the now-th is under way */

/* ---- words ---- */

const char *showing_code(const struct showing *s, const char *words); /* from outside, made harmless; NULL stays NULL */
const char *showing_instant(const struct showing *s, int64_t at_ms);
int64_t showing_percent(const struct showing *s, size_t step); /* that the plan gives it */
const char *showing_region(const struct showing *s);           /* of a target in several; or "" */

void showing_field(const struct showing *s, const char *name, const char *value); /* none for NULL */

/* "Now": what `--now` will do. "Asked for later": who comes first all the same. */
void showing_line(const struct showing *s);

/* "Held": the lock or the halt that its next increase would meet; `is_to_come`: there is one. */
void showing_hold(const struct showing *s, bool is_to_come);

/* With its id in front: a notification shows title and status alone. `now`: what it does, as long as it has not ended;
 * `besides`: what may go on outside when it is stuck, ", and ...". */
const char *showing_status(const struct showing *s, const char *now, const char *besides);
const char *showing_lacking(const struct showing *s); /* awaiting-approval: "waiting for 1 of 2 approvals of ..., until 14:05" */
void showing_approval(const struct showing *s);       /* fields: what it brings; who was asked for consent, and gave it */
void showing_approve(const struct showing *s);        /* the button for it, as long as it waits */
const char *showing_footer(const struct showing *s); /* when it was asked for, and who did what since */

/* ---- buttons.c: what one may decide now, where Cloud Run is the driver ---- */

void showing_buttons(const struct showing *s);

#endif
