/* failing.h - one event's decision about a failover, and the moves that several states share. Only for this folder.
 *
 * beginning.c holds what comes before the call, approving.c people's consent, following.c what became of the call,
 * verifying.c what serves afterwards; failover.c the rows.
 */
#ifndef OPSGATE_HANDLERS_FAILOVER_FAILING_H
#define OPSGATE_HANDLERS_FAILOVER_FAILING_H

#include "handlers/failover/body.h"
#include "handlers/failover/failover.h"
#include "handlers/failover/preflight.h"

#include "bot/model/event.h"

struct failing {
    const struct view *view;
    const struct operation *operation;
    struct failover_body *body; /* ours to change */
    const struct event *event;
    struct outcome *out;
};

/* ---- failing.c ---- */

void failing_move(struct failing *f, const char *state, int64_t deadline_ms); /* 0: it has none */
void failing_keep(struct failing *f);
bool failing_is_in(const struct failing *f, const char *state);
bool failing_is_late(const struct failing *f);
const char *failing_reason(const struct failing *f); /* why the event brought nothing, quoted */
const char *failing_quote(const struct failing *f, const char *words);
void failing_read(struct failing *f); /* the database: "seen" */
bool failing_sees(struct failing *f, struct database_seen *ret_seen, const char **ret_why);
/* Into the card's footer and the journal ("failover.KIND"); request NULL: opsgate's own. */
void failing_note(struct failing *f, const char *kind, const char *what, const struct request *request);

/* It never began; the sentence says why, and "Nothing was changed." is added. While of an earlier call nobody knows
 * whether that began, it has failed, and says so. */
void failing_refuse(struct failing *f, const char *fmt, ...) PRINTF_LIKE(2, 3);
void failing_abort(struct failing *f, const char *sentence);
/* It was sent; the sentence says what happened, and what to do next is added. */
void failing_fail(struct failing *f, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* ---- asking.c ---- */

struct decision failing_ask_policy(const struct view *view, const struct operation *operation,
                                   const struct failover_body *body, enum policy_stage stage);
/* Of a decision that is followed: what it passes by a broken glass is announced. */
void failing_break_glass(struct failing *f, const struct decision *decision);
/* It was sent, and is to be sent again: whoever asks for that goes past what denies it now. False: it is not theirs to
 * pass, and the answer says so. */
bool failing_break_later(struct failing *f, const char *reason);
/* Before each try of the call. */
bool failing_may_send(const struct view *view, const struct operation *operation, const void *body,
                      const struct effect *effect, struct error *err);

/* ---- approving.c ---- */

bool failing_await(struct failing *f,
                   const struct decision *decision); /* false: nobody could give it, and it has ended */
void failing_on_approve(struct failing *f);
void failing_on_unapproved(struct failing *f);
void failing_on_ask_again(struct failing *f);

/* ---- beginning.c ---- */

void failing_on_looked(struct failing *f);
void failing_queue(struct failing *f);
void failing_on_granted(struct failing *f);
void failing_on_checked(struct failing *f);
void failing_check(struct failing *f); /* into that state */
void failing_on_yield(struct failing *f);

/* ---- following.c ---- */

void failing_on_sent(struct failing *f);
void failing_on_poll(struct failing *f);
void failing_on_sought(struct failing *f);
void failing_on_progress(struct failing *f);
void failing_on_request(struct failing *f);
/* An earlier call is in doubt. By what is seen now, as against what was seen before it: it may have begun. */
bool failing_may_have_begun(const struct failing *f, const struct database_seen *seen);
void failing_seek(struct failing *f); /* into that state */
void failing_ask(struct failing *f);  /* a person; into "asking" */

/* ---- verifying.c ---- */

void failing_verify(struct failing *f); /* into that state */
void failing_on_verified(struct failing *f);
void failing_on_verify_poll(struct failing *f);
void failing_on_need(struct failing *f);

/* ---- card.c ---- */

void failing_card(const struct view *view, const struct operation *operation, const void *body, struct card *ret_card);
/* Why nobody knows whether it began: what was found, or that nobody could look. */
const char *failing_sought_text(const struct failover_body *body, struct arena *arena);
/* "4 min of 15 min", "4 min (no RTO is named)": since it was asked for. */
const char *failing_time_text(const struct view *view, const struct operation *operation,
                              const struct failover_body *body, int64_t until_ms);

#endif
