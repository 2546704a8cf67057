/* credentials.h - credentials that are lost are noticed before they are needed, told, and somebody is paged.
 *
 * One operation, "watch.credentials", is always at work. It hears two things:
 * - what it asks itself: every recovery.self_test each system, by the exchanges of `opsgate doctor` (bot/model/self_test.h), one
 *   after the other. What is bad twice in a row, five minutes apart, is said and paged; being away is not being bad.
 * - what the engine tells: a peer refused what was to be done there (bot/engine/parking.c). That is paged at once.
 * Each is told once, and again when it is good; while something is bad it is paged every half an hour.
 */
#ifndef OPSGATE_HANDLERS_WATCH_CREDENTIALS_H
#define OPSGATE_HANDLERS_WATCH_CREDENTIALS_H

#include "bot/model/verb.h"

struct credential_trouble { /* a self-test that found something */
    const char *subject;    /* "Slack", "GitHub acme/platform" */
    const char *text;       /* what, and how to mend it */
    int64_t since_ms;       /* the steady clock */
    int64_t times;          /* in a row */
    bool is_told;
};

struct credential_paged { /* what was told lately */
    const char *seat;
    int64_t at_ms;        /* the steady clock */
    bool is_taken;        /* and since then that it is taken again */
    bool is_way_back;
};

struct credentials_watch {
    struct credential_trouble *troubles;
    size_t troubles_count;
    struct parked *refused; /* as the engine told: bot/model/parked.h */
    size_t refused_count;
    struct credential_paged *paged;
    size_t paged_count;
    const char *asked;      /* the subject that is asked for now; NULL: it rests */
    int64_t next;           /* of the round's tests */
    int64_t next_at_ms;     /* the next round; the steady clock */
    int64_t owner_at_ms;    /* since when this owner may have told what is refused */
    int64_t tested_at_ms;   /* the last whole round; 0: none yet */
    bool is_mail_lost;      /* the last page by mail did not arrive */
};
extern const struct shape credentials_watch_shape;

extern const struct machine machine_credentials_watch;

/* For who asks how things are: a line for each that is refused now; false: there are none. */
bool credentials_words(const struct view *view, const char ***ret_lines, size_t *ret_count);

/* Did the last page by mail not arrive? By what stands for it in the record. */
bool credentials_mail_is_lost(const struct view *view);

#endif
