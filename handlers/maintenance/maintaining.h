/* maintaining.h - one event's decision about a maintenance, and the moves that several states share. Only for this
 * folder.
 *
 * telling.c says what is to be said, public.c tells the status page, working.c is from the plan to the end of the work,
 * ending.c what comes after it, looking.c how its places are; maintenance.c the rows.
 */
#ifndef OPSGATE_HANDLERS_MAINTENANCE_MAINTAINING_H
#define OPSGATE_HANDLERS_MAINTENANCE_MAINTAINING_H

#include "handlers/maintenance/body.h"
#include "handlers/maintenance/maintenance.h"

#include "bot/model/question.h"
#include "policy/decide.h"

#define MAINTENANCE_REMIND_MS (15 * MINUTE_MS)
#define MAINTENANCE_FOR_MIN_MS MINUTE_MS
#define MAINTENANCE_FOR_MAX_MS (3 * DAY_MS)
#define MAINTENANCE_ANY_LOOK (-1)

enum maintenance_deed {
    MAINTENANCE_LIST,
    MAINTENANCE_PLAN,
    MAINTENANCE_START,
    MAINTENANCE_EXTEND,
    MAINTENANCE_NOTE,
    MAINTENANCE_END,
    MAINTENANCE_CANCEL,
};
struct maintenance_arguments { /* what the words mean */
    enum maintenance_deed deed;
    const struct maintenance_body *plan; /* PLAN */
    bool is_dry_run;                     /* PLAN */
    const char *operation;               /* of all that follow the plan */
    const char *text;                    /* why, or a note: quoted. END: why it ends though it is not well; or NULL */
    int64_t for_ms;                      /* EXTEND */
    int64_t look;                        /* START, END: of the card whose button was pressed */
};

struct maintaining {
    const struct view *view;
    const struct operation *operation;
    struct maintenance_body *body; /* ours to change */
    struct maintenance_page *page; /* likewise; NULL: the public is not told */
    const struct event *event;     /* NULL: it begins */
    struct outcome *out;
};

/* ---- maintaining.c ---- */

bool maintaining_is_in(const struct maintaining *m, const char *state);
void maintaining_move(struct maintaining *m, const char *state); /* NULL: stays in it */
int64_t maintaining_steady(const struct maintaining *m, int64_t unix_ms);
/* Into the card's footer and the journal, "maintenance.KIND"; request NULL: opsgate's own. */
void maintaining_note(struct maintaining *m, const char *kind, const char *what, const struct request *request);
/* As soon as the status page has heard of it. */
void maintaining_end(struct maintaining *m, const char *result, const char *summary);
void maintaining_on_settled(struct maintaining *m);    /* closing: has it? */
void maintaining_tell_rollouts(struct maintaining *m); /* something begins or ceases to hold */

/* ---- verb.c ---- */

/* What policy is asked of one of its places. */
struct question maintenance_question(const struct view *view, const struct principal *principal, const char *source,
                                     const char *target, const char *reason);

/* ---- consent.c ---- */

/* Of all its places: a deny, else what is lacking somewhere; allowed, it is everywhere. */
struct decision maintaining_decide(const struct maintaining *m);
void maintaining_await_consent(struct maintaining *m, const struct decision *decision);
void maintaining_on_approve(struct maintaining *m);
void maintaining_on_ask_again(struct maintaining *m);
void maintaining_on_unapproved(struct maintaining *m);

/* ---- plan.c ---- */

/* What stands behind `plan`. */
bool maintenance_plan_read(const struct view *view, const struct typed *typed, struct maintenance_body *ret_plan,
                           struct error *err);
/* Another one at the same time in one of its places; or NULL. `own`: not this. */
const struct operation *maintenance_overlapping(const struct view *view, const struct maintenance_body *plan,
                                                const char *own);
/* ---- telling.c ---- */

const char *maintenance_utc(int64_t unix_ms, struct arena *arena); /* "2026-11-25 22:00 UTC" */
const char *maintaining_when(const struct maintaining *m);         /* "DATE until DATE", as marks */
void maintaining_say(struct maintaining *m, const char *text);     /* in its channel */
void maintaining_say_with(struct maintaining *m, const char *text, const char *label, const char *command);
void maintaining_tell_planner(struct maintaining *m, const char *text, const char *label, const char *command);
void maintaining_mail(struct maintaining *m, const char *what, const char *more);
void maintaining_announce(struct maintaining *m, const char *what); /* to all who are told ahead; and when again */
void maintaining_on_announce(struct maintaining *m);
void maintaining_on_mailed(struct maintaining *m);
const char *maintenance_ahead(const struct maintenance_body *plan, struct arena *arena); /* "at once, 24h before" */
void maintaining_tell_plan(const struct view *view, const struct maintenance_body *plan, struct outcome *out);

/* ---- public.c ---- */

#define MAINTENANCE_PUBLIC_TAG "public"

enum maintenance_says { /* to the public; what that reads is the configuration's */
                        SAYS_PLANNED,
                        SAYS_STARTED,
                        SAYS_LONGER,
                        SAYS_CHECKING,
                        SAYS_OVER,
                        SAYS_CANCELLED,
};
void maintaining_public(struct maintaining *m, enum maintenance_says what); /* nothing, where it is not told */
void maintaining_on_public(struct maintaining *m);
bool maintaining_public_is_settled(const struct maintaining *m);
const char *maintenance_public_text(const struct maintenance_body *body, struct arena *arena); /* NULL: not told */

/* ---- working.c ---- */

void maintaining_begin(struct maintaining *m); /* it is planned */
void maintaining_on_time(struct maintaining *m);
void maintaining_on_remind(struct maintaining *m);
void maintaining_on_missed(struct maintaining *m);
void maintaining_on_over(struct maintaining *m);
void maintaining_on_child_begun(struct maintaining *m);
void maintaining_on_child_refused(struct maintaining *m);
void maintaining_on_child_ended(struct maintaining *m);
void maintaining_start(struct maintaining *m, const struct request *request);

/* ---- control.c ---- */

void maintaining_on_request(struct maintaining *m);

/* ---- looking.c, ending.c ---- */

#define MAINTENANCE_LOOK "look:"       /* what its readings begin with */
#define MAINTENANCE_LOOK_OVER "looked" /* the timer: no longer than that */
void maintaining_look(struct maintaining *m);
void maintaining_on_look(struct maintaining *m);
void maintaining_looked(struct maintaining *m); /* what was asked has answered: ending.c */
/* Not well, in words, with what was not found out; NULL: well, as far as could be seen (ret_unchecked). `compares`:
 * with before. */
const char *maintaining_unwell(const struct maintaining *m, bool compares, const char **ret_unchecked);
void maintaining_keep_before(struct maintaining *m);

void maintaining_verify(struct maintaining *m);
void maintaining_release(struct maintaining *m, const struct request *request); /* its places are free, and watched */
void maintaining_on_watch(struct maintaining *m);

/* ---- card.c, list.c ---- */

void maintenance_card(const struct view *view, const struct operation *operation, const void *body, struct card *card);
void maintenance_list(const struct view *view, struct outcome *out);
const char *maintenance_when(const cJSON *body, struct arena *arena); /* "DATE until DATE", as marks */

#endif
