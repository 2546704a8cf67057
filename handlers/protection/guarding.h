/* guarding.h - one event's decision about a `block`, an `unblock` or a `ddos`, and what its files share. Only for this
 * folder.
 *
 * protection.c has the moves, changing.c what all three go through, standing.c a block until its end; block.c,
 * unblock.c and ddos.c what the verbs differ in.
 */
#ifndef OPSGATE_HANDLERS_PROTECTION_GUARDING_H
#define OPSGATE_HANDLERS_PROTECTION_GUARDING_H

#include "bot/base/network.h"
#include "bot/model/settings.h"
#include "bot/model/verb.h"
#include "handlers/protection/body.h"
#include "policy/decide.h"

struct guarding {
    const struct view *view;
    const struct operation *operation;
    struct protection_body *body; /* ours to change */
    const struct event *event;
    struct outcome *out;
};

struct guarding_way { /* what the three verbs differ in */
    const char *verb, *title;
    void (*on_looked)(struct guarding *g, const struct armor_seen *seen); /* refused, told, or guarding_go_on */
    void (*change)(struct guarding *g);                                   /* wants the effect, with the tag "change" */
    bool (*is_made)(const struct protection_body *body, const struct armor_seen *seen);
    void (*on_made)(struct guarding *g);
    /* It was not made, and will not be as it was asked. True: it goes on in another way. NULL: there is none. */
    bool (*tries_again)(struct guarding *g, const struct armor_seen *seen);
    /* For minutes nobody could see whether it was made; seen NULL: nor read anything. NULL: it has failed. */
    void (*on_unseen)(struct guarding *g, const struct armor_seen *seen, const char *why);
};
extern const struct guarding_way guarding_block, guarding_unblock, guarding_ddos;
const struct guarding_way *guarding_way_of(const struct protection_body *body);

/* ---- words.c: what the verbs read ---- */

/* Which protection: the first word, where that is one's name, or the only one there is. ret_taken: how many words. */
bool guarding_read_protection(const struct view *view, const struct typed *typed,
                              const struct protection_settings **ret_protection, size_t *ret_taken, struct error *err);
bool guarding_read_range(const struct view *view, const char *word, struct network *ret_range, struct error *err);
void guarding_fill(const struct protection_settings *protection, const char *verb, struct protection_body *body);
/* The rest of the words from `taken` on, or --reason, and --break-glass; quoted. What is no reason is none: a second
 * range, a time. */
bool guarding_read_reason(const struct view *view, const struct typed *typed, size_t taken,
                          struct protection_body *body, struct error *err);
struct question guarding_question(const struct protection_body *body, const struct principal *principal,
                                  const char *source);
void guarding_begin(const struct view *view, const struct protection_body *body, struct outcome *out);
bool guarding_is_block(const struct operation *operation); /* a live one */
/* The live block of this range there, or the preview of one; protection NULL: anywhere. ret_count: how many there are.
 */
const struct operation *guarding_find_block(const struct view *view, const char *protection, const char *range,
                                            bool is_preview, size_t *ret_count);
const char *guarding_handle(const struct operation *block, const struct protection_body *body); /* for `unblock` */

/* ---- owner.c: whose rule is it ---- */

/* The live block there whose rule this is; NULL: nobody's. */
const struct operation *guarding_owner(const struct view *view, const char *protection, const struct armor_rule *rule);
const struct operation *guarding_owner_at(const struct view *view, const char *protection, int64_t priority);
/* What keeps all of the range away, and how that is ended: "blocked by *D65*, as part of ..."; NULL: nothing does. */
const char *guarding_blocked_by(const struct view *view, const char *protection, const struct armor_seen *seen,
                                const char *range);
/* Likewise while nothing was read: by another live block of more than this range. */
const char *guarding_blocked_by_wider(const struct view *view, const char *protection, const char *range);

/* ---- changing.c ---- */

void guarding_move(struct guarding *g, const char *state, int64_t deadline_ms); /* 0: none */
void guarding_keep(struct guarding *g);
bool guarding_is_late(const struct guarding *g);
void guarding_poll(struct guarding *g, int64_t in_ms);
void guarding_read(struct guarding *g); /* the policy: "policy" */
bool guarding_sees(struct guarding *g, struct armor_seen *ret_seen, const char **ret_why);
void guarding_journal(struct guarding *g, const char *kind, const struct request *request); /* "block.KIND" */
void guarding_post(struct guarding *g, const char *text);                                   /* under its card */
void guarding_answer(struct guarding *g, const char *sentence);                   /* it is over, nothing was changed */
void guarding_refuse(struct guarding *g, const char *fmt, ...) PRINTF_LIKE(2, 3); /* likewise, and the answer is no */
void guarding_end(struct guarding *g, const char *result, const char *fmt, ...) PRINTF_LIKE(3, 4);
void guarding_fail_unmade(struct guarding *g,
                          const char *why); /* it is over, nothing was changed, and people are told */
void guarding_go_on(struct guarding *g);    /* policy is asked; then people, then Google. Whoever asked is answered */
void guarding_change(struct guarding *g);
void guarding_on_looked(struct guarding *g);
void guarding_on_changed(struct guarding *g);
void guarding_on_verified(struct guarding *g);
void guarding_on_poll(struct guarding *g);

/* ---- consenting.c ---- */

struct decision guarding_ask_policy(const struct view *view, const struct operation *operation,
                                    const struct protection_body *body, enum policy_stage stage);
/* Of a decision that is followed: what it passes by a broken glass is announced. */
void guarding_break_glass(struct guarding *g, const struct decision *decision);
bool guarding_await_approval(struct guarding *g,
                             const struct decision *decision); /* false: nobody could; it has ended */
void guarding_on_approve(struct guarding *g);
void guarding_on_unapproved(struct guarding *g);
/* Whoever asks for the end of a block, and by what decision; false: they were told why not. */
bool guarding_may_end(struct guarding *g, struct decision *ret_decision);
bool guarding_may_change(const struct view *view, const struct operation *operation, const void *body,
                         const struct effect *effect, struct error *err);

/* ---- standing.c: a block until its end ---- */

void guarding_stand(struct guarding *g);
/* It is looked for on, and ends as if it stood. */
void guarding_stay_unseen(struct guarding *g, const struct armor_seen *seen, const char *why);
#define BLOCK_GONE "block.gone" /* message: an `unblock` with its number took its rule away */
void guarding_on_gone(struct guarding *g);
void guarding_on_over(struct guarding *g);
void guarding_on_unblock(struct guarding *g);
void guarding_on_removed(struct guarding *g);
void guarding_on_leaving(struct guarding *g);
void guarding_on_overdue(struct guarding *g);

/* ---- card.c ---- */

void guarding_card(const struct view *view, const struct operation *operation, const void *value, struct card *card);

#endif
