/* adjusting.h - one event's decision about a `scale` or a `traffic`, and what its files share. Only for this folder.
 *
 * adjust.c has the states, scale.c and traffic.c what the two verbs differ in, consenting.c people's consent.
 */
#ifndef OPSGATE_HANDLERS_ADJUST_ADJUSTING_H
#define OPSGATE_HANDLERS_ADJUST_ADJUSTING_H

#include "bot/model/verb.h"
#include "handlers/adjust/body.h"
#include "handlers/place.h"
#include "policy/decide.h"

struct adjusting {
    const struct view *view;
    const struct operation *operation;
    struct adjust_body *body; /* ours to change */
    const struct event *event;
    struct outcome *out;
};

struct adjust_way { /* what the two verbs differ in */
    const char *verb;
    bool takes_target;
    const char *title, *changing; /* of the card: "Scale", "scaling it" */
    const char *doing, *done;     /* before the name of the service: "Scaling", "Scaled" */
    /* The service as it is now: it is answered and over, or adjust_go_on. */
    void (*on_looked)(struct adjusting *a, const struct run_service *service);
    void (*on_compared)(struct adjusting *a); /* the revisions that were asked about; NULL: none are */
    void (*change)(struct adjusting *a);      /* wants the effect, with the tag "change" */
    bool (*is_made)(const struct adjust_body *body, const struct run_service *service); /* it is asked for there */
    bool (*is_shown)(const struct adjust_body *body,
                     const struct run_service *service); /* and so; NULL: it is at once */
    bool (*is_as_before)(const struct adjust_body *body, const struct run_service *service);
    const char *(*now)(const struct adjusting *a, const struct run_service *service); /* how it stands, in words */
    /* NULL: no lock and no halt is in its way. */
    const struct operation *(*find_hold)(const struct view *view, const struct adjust_body *body,
                                         const struct principal *requester);
    /* What the record says against it by now, as a sentence without its full stop, or NULL; asked again before every
     * try. NULL: never anything. */
    const char *(*find_objection)(const struct view *view, const char *target, const struct adjust_body *body);
    void (*on_made)(struct adjusting *a); /* what the target's record keeps of it */
};
extern const struct adjust_way adjust_scale, adjust_traffic;
const struct adjust_way *adjust_way_of(const struct adjust_body *body);

/* ---- words.c: what both verbs read ---- */

/* Of the words those that name the place are gone from `ret_rest`. False: err; also where Cloud Run is not the driver,
 * or one of several regions has to be named. */
bool adjust_read_place(const struct view *view, const struct typed *typed, struct place *ret_place,
                       struct adjust_body *body, struct typed *ret_rest, struct error *err);
void adjust_ask(const struct view *view, const struct request *request, const struct place *place,
                const struct adjust_body *body, struct question *ret_question);
void adjust_begin(const struct view *view, const struct place *place, const struct adjust_body *body,
                  struct outcome *out);

/* ---- adjust.c ---- */

void adjust_answer(struct adjusting *a, const char *result, const char *sentence); /* it is over, nothing was changed */
void adjust_refuse(struct adjusting *a, const char *fmt, ...) PRINTF_LIKE(2, 3);   /* likewise, and the answer is no */
/* Policy is asked; then people, the target, and Cloud Run. Whoever asked is answered. */
void adjust_go_on(struct adjusting *a);
void adjust_change(struct adjusting *a);                                       /* all that it needs is there */
void adjust_move(struct adjusting *a, const char *state, int64_t deadline_ms); /* 0: none */
void adjust_keep(struct adjusting *a);
const char *adjust_quote(const struct adjusting *a, const char *words);

/* ---- traffic.c ---- */

/* Whoever has the target, but for `id` itself; or NULL. */
const struct operation *adjust_find_holder(const struct view *view, const char *target, const char *id);
const char *adjust_holder_words(const struct operation *holder, const char *target, struct arena *arena);

/* ---- consenting.c ---- */

struct decision adjust_ask_policy(const struct view *view, const struct operation *operation,
                                  const struct adjust_body *body, enum policy_stage stage);
/* Of a decision that is followed: what it passes by a broken glass is announced. */
void adjust_break_glass(struct adjusting *a, const struct decision *decision);
bool adjust_can_be_approved(struct adjusting *a,
                            const struct decision *decision); /* false: nobody could; it has ended */
void adjust_await_approval(struct adjusting *a, const struct decision *decision);
void adjust_on_approve(struct adjusting *a);
void adjust_on_unapproved(struct adjusting *a);

/* ---- card.c ---- */

void adjust_card(const struct view *view, const struct operation *operation, const void *value, struct card *card);

#endif
