/* deliveries.h - what GitHub sent and we did not get: read from its own log of deliveries, for it never sends twice.
 *
 * A hook of a repository or an organisation has a log, and so has the App (which is asked with its own JWT). Catching up is
 *   1. github_deliveries_list: the log's pages, newest first, back to what is known; github_deliveries_decide says which
 *      deliveries were missed. With `cursor` in its result there is more: ask again with that and the new `known`, later.
 *   2. for each of `missed`, oldest first, github_delivery_read: an inbox item with the same key as the webhook had.
 *   3. when the store has all of them (or GitHub refused one for good), and not before, `known` is remembered.
 * Dying in between asks for the same again; the keys make one of what came twice, by the webhook and by the log too.
 *
 * Missed is what was answered with anything but 2xx: no answer in ten seconds, a door that was not there, 401 (our secret
 * was wrong: what GitHub's API says needs none), 400 (a newer version may understand it: it is tried once), 503. An answer
 * of 2xx left us only after the store had the delivery. A delivery that was sent again has the same guid and another id; if
 * any of them got through, none was missed. What nothing here is made of (webhook_events.c) is not asked for.
 *
 * Limits of GitHub's: the log goes back three days; what is older is told as is_gap. A surge is delivered late, and an entry
 * may stand in the log later than its time says: so a look goes back GITHUB_DELIVERIES_OVERLAP_MS behind the watermark, and
 * what was fetched is remembered for as long. Payloads whose answer is over HTTP_ANSWER_MAX_BYTES cannot be had.
 * The first look ever (watermark 0) misses nothing: what was before is not replayed.
 * Pure. Spec: https://docs.github.com/en/rest/repos/webhooks (…/orgs/webhooks, …/apps/webhooks)
 */
#ifndef OPSGATE_INTEGRATIONS_GITHUB_DELIVERIES_H
#define OPSGATE_INTEGRATIONS_GITHUB_DELIVERIES_H

#include "bot/base/time.h"
#include "bot/model/exchange.h"

#define GITHUB_DELIVERIES_KEPT_MS (3 * DAY_MS)
#define GITHUB_DELIVERIES_OVERLAP_MS (15 * MINUTE_MS)
#define GITHUB_DELIVERIES_SETTLE_MS (30 * SECOND_MS) /* younger ones may still be under way, at our door or in the log */

struct github_log { /* whose log */
    const char *repository;   /* "acme/platform": of its hook; for an organisation's, one that the token is good for */
    const char *organization; /* "acme": of its hook; NULL: not one */
    const char *hook_id;      /* digits; NULL: the App's log */
    const char *assertion;    /* the App's log: github_assertion_make, for this attempt. Secret */
};

struct github_delivery_fetched {
    const char *guid;
    int64_t at_ms; /* when it was last sent */
};
struct github_deliveries_known { /* remembered between two looks, for each log */
    int64_t since_ms;     /* nothing before this is caught up with: when the first look was */
    int64_t watermark_ms; /* all until then was looked at; GitHub's clock. 0: never looked */
    int64_t reach_ms;     /* while there is more: the watermark to be */
    struct github_delivery_fetched *fetched; /* of the overlap */
    size_t fetched_count;
};
extern const struct shape github_deliveries_known_shape;

struct github_delivery { /* as the log lists it */
    const char *id;   /* of this attempt, digits */
    const char *guid; /* of the delivery, in lower case */
    const char *event, *action; /* action: NULL when it has none */
    int64_t at_ms;    /* when it was sent */
    int64_t status;   /* what was answered; 0 and others outside 100-599: nothing */
};
extern const struct shape github_delivery_shape;

struct github_deliveries_ask { /* args of github_deliveries_list */
    struct github_log log;
    struct github_deliveries_known known;
    const char *cursor; /* NULL: from the newest on */
};
extern const struct shape github_deliveries_ask_shape;

struct github_deliveries_found { /* its result */
    struct github_delivery *missed; /* oldest first, each guid once */
    size_t missed_count;
    struct github_deliveries_known known; /* after these were taken in */
    const char *cursor; /* there is more, further back; NULL: that was all */
    bool is_gap;        /* the last look was more than three days ago: what came before cannot be had */
};
extern const struct shape github_deliveries_found_shape;

/* `entries`: of one look, newest first. `is_end`: the log was read back to github_deliveries_floor(), or to its end. */
void github_deliveries_decide(const struct github_delivery *entries, size_t count, bool is_end,
                              const struct github_deliveries_known *known, int64_t unix_ms, struct arena *arena,
                              struct github_deliveries_found *ret_found);
int64_t github_deliveries_floor(const struct github_deliveries_known *known, int64_t unix_ms);

struct exchange_step github_deliveries_list(const struct exchange *exchange);

struct github_delivery_ask { /* args of github_delivery_read */
    struct github_log log;
    const char *id;
};
extern const struct shape github_delivery_ask_shape;

struct github_delivery_item { /* its result: what goes into the inbox, with GITHUB_SOURCE */
    bool is_wanted; /* false: nothing that is stored after all */
    const char *delivery, *event, *action;
    const char *kind, *key, *body;
};
extern const struct shape github_delivery_item_shape;

struct exchange_step github_delivery_read(const struct exchange *exchange);

#endif
