/* alone_internal.h - what the two files of one request without a store share: alone.c decides, alone_waits.c waits. */
#ifndef OPSGATE_ALONE_INTERNAL_H
#define OPSGATE_ALONE_INTERNAL_H

#include "bot/without_store/alone.h"

#include "bot/carrier/carrier.h"
#include "bot/model/event.h"
#include "handlers/rollback/source.h"

#define WAITS_MAX 64

enum wait_kind { WAIT_NOTHING, WAIT_EFFECT, WAIT_READING, WAIT_TIMER, WAIT_GRANT };

struct alone;

struct wait { /* something the operation waits for; a slot is free again once its event was told */
    enum wait_kind kind;
    struct alone *alone;
    const char *id, *name; /* of the attempt or reading; as the handler calls it */
    int64_t number, tries, deadline_mono;
    bool is_out; /* an attempt or reading is with the carrier */
    const struct effect_kind *effect_kind;
    struct effect effect;
    struct awaited awaited;
    const char *error; /* of the last try */
    struct loop_timer *timer;
};

struct alone {
    const struct alone_options *options;
    struct arena *arena; /* of the whole run: it is short */
    struct loop *loop;
    struct carrier carrier;
    struct policy *policy;
    const struct members *members; /* as the copy of the records last knew them */
    struct without_store_hold hold;
    struct operation operation;
    const struct machine *machine;
    const void *body;
    bool is_judged;                /* what serves was seen, and so it is known by what to choose */
    struct rollback_source source; /* is_judged */
    struct without_store_act act;
    struct wait waits[WAITS_MAX];
    int64_t made; /* ids of waits */
    bool has_failed;
    struct error failure; /* the file could not be written: nothing may go out */
};

/* ---- alone.c ---- */

int64_t alone_unix_now(const struct alone *alone);
const char *alone_outside_id(const struct alone *alone); /* a new one */
void alone_tell(const struct alone *alone, const char *text);
bool alone_note(struct alone *alone, const char *what, const cJSON *more); /* a line of the file; false: nothing may go out */
void alone_before_effect(struct alone *alone, const struct wanted_effect *want); /* likewise, before it is tried */
void alone_decide(struct alone *alone, const struct event *event);

/* ---- alone_waits.c ---- */

/* Each becomes one event, told to alone_decide. What people are shown is printed instead; any other essential effect is
 * done, one after the other. */
void alone_want_effect(struct alone *alone, const struct wanted_effect *want);
void alone_want_reading(struct alone *alone, const struct wanted_reading *want);
void alone_want_timer(struct alone *alone, const struct wanted_timer *want);
void alone_want_target(struct alone *alone);
void alone_start_next_effect(struct alone *alone);
void alone_cancel_effects(struct alone *alone, const char *tag);
void alone_drop_waits(struct alone *alone);

#endif
