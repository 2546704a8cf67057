/* goal.h - which version a rollback leaves, and which one it goes back to. Pure.
 *
 * One step down the target's stack of good versions, from the newest of them that has traffic. Anything else with traffic (a
 * canary, a rollout that failed, a stranger's revision) is left first: then the newest good version is the goal. What was
 * left as bad is never one: a second rollback in a hurry must not undo the first.
 *
 * Where only deploys without traffic were to be stopped, nothing has to be left as long as what serves is good.
 */
#ifndef OPSGATE_HANDLERS_ROLLBACK_GOAL_H
#define OPSGATE_HANDLERS_ROLLBACK_GOAL_H

#include "bot/base/arena.h"
#include "bot/model/cloud_run.h"
#include "bot/model/target.h"

struct rollback_sight {
    const struct target *target;          /* NULL: nothing is recorded */
    const struct target_version *leaving; /* what is left for certain: a running rollout's; NULL: what serves tells */
    const struct run_share *split;        /* what serves; count 0: not known, the record alone tells */
    size_t split_count;
    bool keeps;           /* a good version that serves is the goal itself */
    const char *version;  /* that the service's annotation names, or NULL */
    const char *previous; /* revision that served before, by the service's annotation or the running rollout; or NULL */
    const char *const *skipped; /* revisions that cannot serve */
    size_t skipped_count;
};

struct rollback_choice {
    struct target_version from; /* revision NULL: not known; or `keeps`, and nothing is left */
    struct target_version to;   /* revision NULL: there is none */
    bool is_recorded;           /* `to` is one of the good versions */
    const char *previous;       /* revision below `to`: where the next rollback would go; or NULL */
    const char *below;          /* its version */
    const char *further;        /* "goes further back: `v1.5.0` was left 5 min ago by D1050"; of a newer try of what is left: "leaves `v1.4.0` of D1041, ..."; or NULL */
};

/* Is that what a card's button, or a person, calls it? By the operation that brought it, its revision, or its version: only
 * the last may name several, as `main` does. */
bool rollback_is_called(const struct target_version *version, const char *name);

/* As people are shown it, without marks: "v1.4.2"; "v1.4.2 (api-00042)" where `beside` bears the same name, and another
 * revision. NULL: it has no name. */
const char *rollback_name(const struct target_version *version, const struct target_version *beside,
                          struct arena *arena);

struct rollback_choice rollback_choose(const struct rollback_sight *sight, int64_t now_ms, struct arena *arena);

#endif
