/* body.h - what a look remembers: whom it asked about which place, and what they said.
 *
 * Texts of others are kept harmless (card_quote) and short.
 */
#ifndef OPSGATE_HANDLERS_STATUS_BODY_H
#define OPSGATE_HANDLERS_STATUS_BODY_H

#include "bot/model/cloud_run.h"
#include "bot/model/measure.h"

#define STATUS_SCHEMA 1

enum status_source_state {
    SOURCE_UNUSED,   /* nobody wants to know, or there is none */
    SOURCE_WAITING,  /* to be asked once another has answered */
    SOURCE_ASKED,
    SOURCE_ANSWERED,
    SOURCE_SILENT,   /* failed, refused, or too late: `problem` */
};
struct status_source {
    int64_t state; /* enum status_source_state */
    int64_t asked_at_ms;
    int64_t at_ms;       /* ANSWERED: what it said is of then */
    const char *problem; /* SILENT: why */
};

struct status_sight { /* one place as it was found */
    const char *target; /* "api/production", or of a region "api/production/us-east1" */
    const char *region; /* NULL: it has only one */
    struct run_place place;
    struct status_source run, health, metrics;
    struct status_source template; /* asked where what serves is not what was made last */
    struct status_source program;  /* of an environment that a program deploys: nothing else is asked there */
    const char *said;              /* by `program`: the version that serves, in its words */

    bool is_settled, is_ready; /* by `run`, down to `seen` */
    const char *problem;       /* not ready: Cloud Run's words, or NULL */
    const char *serving;       /* the revision that serves most, or NULL */
    const char *image;         /* of it: "api@sha256:1a2b3c4d5e6f" */
    const char *version;       /* by the annotation, or NULL */
    struct run_share *asked;   /* as traffic should be: shares above 0 % first, then tags without traffic */
    size_t asked_count;
    int64_t tags_left_out;     /* of those tags, beyond SIGHT_TAGS_MAX */
    struct run_share *seen;    /* as traffic is: shares above 0 % */
    size_t seen_count;

    bool is_healthy; /* by `health` */
    int64_t health_status;
    const char *health_problem;

    const char *unserved; /* by `template`: what somebody put there that does not serve; or NULL */

    const char *measured;      /* the revision that `metrics` is asked about; NULL: none yet */
    const char *measured_too;  /* the one with the next largest share, when traffic is shared; or NULL */
    struct measured numbers;   /* of the two, as canary and baseline */
};
#define SIGHT_SHARES_MAX 100 /* whole percents: there cannot be more */
#define SIGHT_TAGS_MAX 10

struct status_body {
    bool is_overview;      /* of every place, or of those in `only`; else `target` */
    const char *target;
    const char *about;     /* overview: "everything in *production*"; NULL: everything */
    const char **only;     /* then: the places that are shown, each region one */
    size_t only_count;
    int64_t hidden;        /* and how many policy does not show to whoever asks */
    const char **incidents; /* ids of those that are open and that whoever asks can see: who asks is not known any more later */
    size_t incidents_count;
    int64_t answer_at_ms;  /* the person gets what is known by then */
    struct status_sight *sights;
    size_t sights_count;
    int64_t left_out;      /* regions that were not asked about: too many */
};
extern const struct shape status_body_shape;

#endif
