/* exchange_run.h - one attempt of an effect, or one reading, driven through its exchange: what to call next, or how it
 * ended.
 *
 * No I/O and no clock of its own: the carrier makes the calls and keeps the deadlines, over HTTP in production and over
 * a fake world in the simulation. Before *every* call, those that fetch a credential too, it asks may_send. Loop thread
 * only.
 */
#ifndef OPSGATE_EXCHANGE_RUN_H
#define OPSGATE_EXCHANGE_RUN_H

#include "bot/engine/carrier.h"
#include "bot/model/exchange.h"

#define EXCHANGE_CALLS_MAX 64 /* an exchange that asks for more goes round in circles */
/* Each step reads all answers of its run anew, on the loop: of what is larger together than this, none is read. */
#define EXCHANGE_ANSWERS_MAX_BYTES (2 * HTTP_ANSWER_MAX_BYTES)

struct credential_source { /* who signs; shared by all runs of a carrier. Secrets never leave it but as a header's value
                            */
    void *ctx;
    /* A call says which: by its credential and its audience. Here is the Authorization header's value, in the arena;
     * NULL: none is at hand, fetch it first. */
    const char *(*get)(void *ctx, const struct http_call *call, struct arena *arena);
    /* The exchange that brings it: its step, and its args in the arena (or NULL). NULL: there is no way to get it. */
    exchange_fn (*fetch)(void *ctx, const struct http_call *call, struct arena *arena, const cJSON **ret_args,
                         struct error *err);
    bool (*learn)(void *ctx, const struct http_call *call, const cJSON *result, struct error *err);
    void (*forget)(void *ctx, const struct http_call *call); /* the peer says that it is no good */
    /* Tells every secret it holds now, so that nobody shows it; borrowed during the call. NULL: it holds none. */
    void (*tell)(void *ctx, void (*tell_secret)(void *arg, const char *secret), void *arg);
};

struct exchange_run_options { /* all is copied but step, settings, credentials and may_send_arg */
    exchange_fn step;
    const struct settings *settings;
    const struct credential_source *credentials;
    const char *effect_id, *operation_id; /* outside ids; NULL when there is none */
    const cJSON *args;
    const char *card_channel, *card_ts;
    const char *channel_id; /* exchange.h; NULL: not known */
    int64_t unix_ms, ahead_ms;
    bool is_first_try, is_untried, is_in_doubt;
    may_send_fn may_send;
    void *may_send_arg;
};

struct exchange_run;

struct exchange_run *exchange_run_create(const struct exchange_run_options *options);
void exchange_run_destroy(struct exchange_run *run);
AUTO_DEFINE(exchange_run)

/* The call to make now, its credential among the headers, borrowed until the run is destroyed; or NULL: the run has
 * ended. After a call its answer is told before the next one is asked for. */
const struct http_call *exchange_run_next(struct exchange_run *run);
void exchange_run_answer(struct exchange_run *run, const struct http_answer *answer); /* copied */

/* The call was not sent after all: may_send said no while it waited for its connection. The run ends as if it had been
 * asked then. */
void exchange_run_hold_back(struct exchange_run *run);

/* The attempt's deadline has passed, with a call out or not: it ends now, to be tried again. */
void exchange_run_expire(struct exchange_run *run);

const struct attempt_end *exchange_run_end(const struct exchange_run *run); /* borrowed; NULL while it runs */

#endif
