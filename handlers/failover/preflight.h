/* preflight.h - may this database be failed over as it is now, what would be lost, and what is still to be said? Pure.
 *
 * Judged for whoever looks, for whoever asks, and once more right before the call: by the same rules, of what was read
 * each time. What is not known is said to be unknown, and is never nothing. */
#ifndef OPSGATE_HANDLERS_FAILOVER_PREFLIGHT_H
#define OPSGATE_HANDLERS_FAILOVER_PREFLIGHT_H

#include "handlers/failover/plan.h"

#include "bot/model/outcome.h"

struct preflight {
    const char *method;  /* DATABASE_...; NULL: there is no way to fail it over */
    const char *refusal; /* it cannot go now: a sentence without a full stop, NULL: it can */
    const char *next;    /* refused: what to do, a sentence; NULL: ask again later */
    const char
        *lacks;      /* what has to be typed besides, each with a space before it: " --lose 90s --again"; "": nothing */
    const char *why; /* lacks: because of this, without a full stop */
    const char *loss; /* what may be lost, in words */
    bool is_loss_known;
    int64_t loss_ms; /* known, promotion: so much at most */
};

struct preflight preflight_judge(const struct view *view, const struct failover_plan *plan,
                                 const struct database_seen *seen);

/* What it is and how it stands, a line: "Cloud SQL, POSTGRES_15, RUNNABLE in us-central1-a, REGIONAL: ..." */
const char *preflight_standing(const struct failover_plan *plan, const struct database_seen *seen, struct arena *arena);
/* "standby in us-central1-c", "promotion of replica `db-replica`": for people. */
const char *preflight_method_text(const char *method, const struct failover_plan *plan,
                                  const struct database_seen *seen, struct arena *arena);
/* What it takes from whoever does it, by its method: what cannot be undone, and what to do by hand. */
const char *preflight_afterwards(const char *method, const struct failover_plan *plan, struct arena *arena);
/* "at most 90 s": what is read right before the call may be no more. NULL: it is no promotion. */
const char *preflight_accepted(const char *method, const struct failover_plan *plan, struct arena *arena);
const char *preflight_backup(const struct view *view, const struct failover_plan *plan,
                             const struct database_seen *seen);
const char *preflight_objectives(const struct failover_plan *plan,
                                 struct arena *arena); /* "RTO 15 min, RPO 5 min", or "none named" */
const char *preflight_needed_by(const struct failover_plan *plan,
                                struct arena *arena); /* NULL: by nobody that is configured */
const char *preflight_incidents(const struct failover_plan *plan, struct arena *arena); /* "D9, D12", or NULL */

/* All of it, as whoever looks reads it. */
void preflight_tell(const struct view *view, const struct failover_plan *plan, const struct database_seen *seen,
                    struct outcome *out);

#endif
