/* github_deliveries.h - GitHub's log of what it sent, which is how we hear of what did not come: it never sends twice.
 *
 * READING_GITHUB_DELIVERIES (args github_deliveries_ask, result github_deliveries_found) looks which were missed since the
 * last look. EFFECT_CATCH_UP (args github_delivery_ask, result {is_wanted, is_new}) reads one of them whole and hands it in at
 * the inbox, under the same key as the webhook has: what came both ways is one. When all of `missed` were handed in, or GitHub
 * refused one for good, and not before, `known` is remembered.
 */
#ifndef OPSGATE_MODEL_GITHUB_DELIVERIES_H
#define OPSGATE_MODEL_GITHUB_DELIVERIES_H

#include "bot/base/shape.h"

struct github_log { /* whose log */
    const char *repository;   /* "acme/platform": of its hook; for an organisation's, one that the token is good for */
    const char *organization; /* "acme": of its hook; NULL: not one */
    const char *hook_id;      /* digits; NULL: the App's log */
};
extern const struct shape github_log_shape;

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
    int64_t unread;     /* entries that made no sense: what they tell of is not known */
    bool is_gap;        /* the last look was more than three days ago: what came before cannot be had */
};
extern const struct shape github_deliveries_found_shape;

struct github_delivery_ask { /* args of github_delivery_read */
    struct github_log log;
    const char *id;
};
extern const struct shape github_delivery_ask_shape;

struct github_delivery_item { /* its exchange's result: what goes into the inbox */
    bool is_wanted; /* false: nothing that is stored after all */
    const char *delivery, *event, *action;
    const char *kind, *key, *body;
};
extern const struct shape github_delivery_item_shape;

#endif
