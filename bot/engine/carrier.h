/* carrier.h - who carries effects out and asks readings, as the engine sees it.
 *
 * An interface: bot/carrier/carrier.c runs the exchanges over HTTP; the simulation runs the same exchanges over a fake world. Each
 * attempt and each reading ends exactly once, later, never inside the call - or was cancelled, and stays silent. Before
 * *every* call of an exchange the carrier asks may_send.
 */
#ifndef OPSGATE_ENGINE_CARRIER_H
#define OPSGATE_ENGINE_CARRIER_H

#include "bot/model/effect.h"
#include "bot/model/exchange.h"
#include "bot/model/operation.h"

enum attempt_result {
    ATTEMPT_DONE,
    ATTEMPT_AGAIN, /* try later: `error`, `after_ms`, `is_outage` */
    ATTEMPT_NEVER, /* refused for good: `error` */
};

struct attempt_end { /* borrowed during the callback */
    enum attempt_result result;
    const cJSON *body;  /* DONE: the exchange's result, or NULL */
    const char *error;
    int64_t after_ms;
    bool is_outage;
    const char *limit;      /* AGAIN: which one was hit, or NULL: exchange.h */
    bool may_have_happened; /* AGAIN: some call of it left, and its answer did not come */
    enum exchange_refusal refusal; /* AGAIN, NEVER */
    bool is_unclear;        /* NEVER: exchange.h */
    const char *seat; /* whose credential its last call went with: "slack", "google", "github:acme/platform"; NULL: nobody's */
};
typedef void (*attempt_ended_fn)(void *arg, const char *id, int64_t attempt, const struct attempt_end *end);
typedef bool (*may_send_fn)(void *arg);

struct attempt { /* borrowed during the call */
    const struct effect *effect;
    const struct effect_kind *kind;
    int64_t number; /* given back, so that an old answer is known */
    const char *card_channel, *card_ts;  /* of the effect's operation, or NULL */
    const char *operation_outside_id;    /* or NULL */
    bool is_first_try;
    bool is_untried; /* by this owner */
    bool is_in_doubt; /* an earlier try may have got through: nobody knows */
    int64_t now_ms; /* store's clock */
    int64_t ahead_ms; /* by so much that clock may be ahead of a peer's: exchange.h */
    may_send_fn may_send;
    attempt_ended_fn on_done;
    void *arg;
};

struct ask { /* borrowed during the call */
    const char *operation; /* id */
    const char *operation_outside_id;
    const struct awaited *awaited;
    const char *id; /* "D1042/digest/3": given back */
    int64_t now_ms;  /* store's clock */
    int64_t left_ms; /* until the reading's deadline */
    may_send_fn may_send;
    attempt_ended_fn on_done; /* AGAIN and NEVER both mean that it was not answered */
    void *arg;
};

struct carrier {
    void *ctx;
    void (*attempt)(void *ctx, const struct attempt *attempt);
    void (*ask)(void *ctx, const struct ask *ask);
    void (*cancel)(void *ctx, const char *effect_id, int64_t number); /* this attempt: cut off, and silent from now on */
    void (*cancel_all)(void *ctx); /* nothing more goes out and nothing more comes back */
    size_t (*in_flight)(void *ctx); /* attempts, not readings */
};

#endif
