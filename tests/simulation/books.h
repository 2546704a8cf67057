/* books.h - the rule books: configurations that the simulation's instances are given in turn, by a start or a reload.
 *
 * All share the house's services but for one that a book may leave out; they differ in their policy. What each of them
 * means stands beside it in plain facts, for the ledger: it judges by these, and never by policy/.
 */
#ifndef OPSGATE_SIMULATION_BOOKS_H
#define OPSGATE_SIMULATION_BOOKS_H

#include "bot/model/settings.h"
#include "bot/model/verb.h"
#include "policy/policy.h"
#include "policy/rights.h"
#include "tests/simulation/world.h"

#define BOOKS_COPIES 2 /* files that say the same in other words: not all instances have the same one */

/* The market: where groups tell who sells, a window when, and a freeze can be passed by breaking the glass. */
#define BOOKS_MARKET "market"
#define BOOKS_MARKET_SERVICE "till"
#define BOOKS_CAPTAIN "U0ALICE" /* of these two, by name */
#define BOOKS_OTHER_CAPTAIN "U0DAN"
#define BOOKS_GROUP "slack-group:" WORLD_GROUP
#define BOOKS_TEAM "github-team:" WORLD_TEAM
#define BOOKS_SCHEDULE "pagerduty-schedule:" WORLD_SCHEDULE
#define BOOKS_MAX_AGE_MS 35000 /* a reading that fails once is missed soon */

enum book_name {
    BOOK_USUAL,
    BOOK_FROZEN,  /* as usual in every other scenario: a freeze at the market from the beginning */
    BOOK_TAKEN,   /* the developer deploys nothing in staging any more */
    BOOK_DENIED,  /* nobody deploys shop */
    BOOK_REASON,  /* whoever deploys web to staging says why */
    BOOK_NARROW,  /* the market's window is short */
    BOOK_REMOVED, /* there is no blog */
    BOOK_CLOSING, /* as usual, and no source is read: what stands ends */
    BOOK_COUNT
};

struct book {
    const char *name; /* in words */
    const struct settings *settings;
    const struct policy *policy;
    const struct rights *rights;
    char digests[BOOKS_COPIES][17];
    /* what it means */
    bool takes_staging;
    const char *denied, *gone; /* services: that nobody deploys in staging; that is in no configuration; or NULL */
    const char *wants_reason;  /* likewise: in staging, by who says why */
    int opens, closes, freezes, thaws; /* the market's window and freeze: minutes of a day, by UTC */
};

/* Made once, from the house's settings without a policy. */
void books_make(const struct settings *settings, const struct verb *const *verbs, struct arena *arena);
const struct book *books_get(enum book_name name);
const struct book *books_find(const char *digest); /* or NULL */
void books_schedule(size_t count); /* so many schedules of each runbook, in all but the last one */
void books_watch(const struct github_settings *github); /* in all of them */
/* A file that says nothing that can be read: the sentence that tells why. */
const char *books_read_bad(struct arena *arena);
bool books_is_captain(const char *user); /* who may break a glass; Slack's id */

#endif
