/* doctor.h - `opsgate doctor`: asks whatever the configuration names, by reading only, what is good and what is not.
 *
 * plan.c makes the list: a check for each thing, with the exchange that asks it (integrations/SYSTEM/doctor.h).
 * host.c looks at this machine, store.c at Redis, record.c at what stands there. ask.c carries the exchanges, several at a time,
 * each within DOCTOR_CHECK_MS. It takes no lock and no lease: opsgate may serve meanwhile. Loop thread only.
 */
#ifndef OPSGATE_DOCTOR_H
#define OPSGATE_DOCTOR_H

#include "bot/configuration/configuration.h"
#include "bot/engine/store.h"
#include "bot/model/finding.h"
#include "bot/model/secrets.h"
#include "bot/shell/loop.h"
#include "bot/shell/resolve.h"

#define DOCTOR_CHECK_MS 5000

struct doctor_check {
    const char *subject;   /* what it is about, when it ends without findings of its own */
    exchange_fn step;      /* NULL: what was found stands in `found` already, or the store is asked */
    const cJSON *args;     /* of the step, in the doctor's arena; may hold a secret */
    const char *mend;      /* when it ends without findings of its own; NULL: its sentence says it */
    bool is_store;
    struct findings found; /* in the doctor's arena */
};

struct doctor {
    const struct configuration *configuration; /* borrowed */
    struct arena *arena;                       /* borrowed */
    struct doctor_check *checks;
    size_t checks_count;
    bool is_serving;        /* somebody listens at the local socket */
    struct secrets secrets; /* which nothing shown may hold */
};

/* Everything to be asked, in the order shown. */
void doctor_plan(struct doctor *doctor);
void doctor_plan_host(struct doctor *doctor); /* its part about this machine: bot/doctor/host.c */
/* For the parts of the plan: one more check, zeroed; and one more that is answered already. */
struct doctor_check *doctor_add(struct doctor *doctor, const char *subject);
void doctor_add_finding(struct doctor *doctor, struct finding finding);

/* Asks, and calls `on_over` once every check has its findings, before it takes anything apart: a resolver that hangs
 * delays the end, and not the answer. Texts are free of secrets and control characters. False with err: it could not
 * begin. */
bool doctor_ask(struct doctor *doctor, loop_fn on_over, void *arg, struct error *err);

/* The store, asked on its own connections: bot/doctor/store.c. on_done runs once, later, when check->found is filled,
 * unless it is destroyed before. */
struct doctor_store;
struct doctor_store *doctor_store_start(struct doctor *doctor, struct doctor_check *check, struct loop *loop,
                                        struct resolve *resolve, loop_fn on_done, void *arg);
void doctor_store_destroy(struct doctor_store *store); /* NULL is fine */
/* What its own record tells: bot/doctor/record.c. now_ms: of the clock by which people read dates. */
void doctor_record_tell(struct doctor *doctor, struct doctor_check *check, const struct store_snapshot *snapshot,
                        int64_t now_ms);

#endif
