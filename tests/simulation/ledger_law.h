/* ledger_law.h - who was given which configuration and when, what the journal tells of it, and what date it was: for those
 * of the ledger's files that judge by rules.
 */
#ifndef OPSGATE_SIMULATION_LEDGER_LAW_H
#define OPSGATE_SIMULATION_LEDGER_LAW_H

#include "tests/simulation/books.h"
#include "tests/simulation/ledger_internal.h"

struct given { /* to an instance */
    const char *instance, *digest;
    const struct book *book;
    int64_t at_ms;
};
struct date_jump {
    int64_t at_ms, by_ms;
};
struct law {
    struct given *given; /* oldest first */
    size_t given_count;
    struct date_jump *jumps;
    size_t jumps_count;
    const char *digest;      /* of the newest entry of the journal; NULL: there is none yet */
    const struct book *book; /* likewise */
    int64_t seq, decided_ms; /* when that commit was decided */
    struct known_operation *begun[LEDGER_COMMIT_MAX],
        *started[LEDGER_COMMIT_MAX]; /* by the commit that is being written */
    size_t begun_count, started_count;
};

struct law *law_of(struct ledger *ledger);

/* In force at that instance then; of what was given in that very instant, and of what was before it, either may be. From
 * *at on backwards, which begins with law->given_count; NULL: no more. */
const struct given *law_next_in_force(const struct law *law, const char *instance, int64_t at_ms, size_t *at);

/* What the date may have been then for whoever owned the store: as it was, and as it was before each jump of just then.
 * *back begins with 0. False: no more. */
bool law_next_date(const struct law *law, int64_t at_ms, size_t *back, int64_t *ret_unix_ms);

/* An entry of the journal: by what it was decided, and whether that was told before. False: no rule is asked for it. */
bool law_entry(struct ledger *ledger, const cJSON *entry, int64_t decided_ms);

#endif
