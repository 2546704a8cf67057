/* body.h - what `scale` and `traffic` remember. */
#ifndef OPSGATE_HANDLERS_ADJUST_BODY_H
#define OPSGATE_HANDLERS_ADJUST_BODY_H

#include "bot/model/cloud_run.h"
#include "handlers/approval.h"
#include "handlers/broken.h"

#define ADJUST_SCHEMA 1

struct adjust_range { /* of instances; 0: not set */
    int64_t min, max;
};

struct adjust_body {
    const char *verb; /* "scale", "traffic" */
    const char *service, *environment;
    struct run_place place;
    const char *reason;                      /* the person's own words, or NULL */
    bool only_tells;                         /* how it stands now */
    bool is_dry_run;                         /* what would be; nothing is changed */
    struct adjust_range range, range_before; /* scale */
    struct run_share *wanted;                /* traffic: what is asked for, each revision once */
    size_t wanted_count;
    struct run_share *before; /* what was seen; the change expects it */
    size_t before_count;
    const char *serving;    /* revision that served most then */
    const char **confirmed; /* --confirm: revisions that may be raised though they are bad or unknown */
    size_t confirmed_count;
    const char *version, *previous; /* traffic: for the service's annotations; or NULL */
    const char *becomes;            /* "2–20 → 10–100", once it was looked at */
    const char *back;               /* what to type to go back; NULL: nothing does */
    struct broken glass;
    struct approvals approvals;
    const char *lacking;   /* awaiting-approval: what people have yet to give */
    const char *problem;   /* verifying: why the change itself told no good end; or NULL */
    const char *failed_in; /* the state in which it ended badly */
    const char *yields_to; /* changing: the way back that called it off, and waits for its end; or NULL */
    bool was_sent;         /* the change may have arrived */
    bool is_change_told;   /* PagerDuty, of its beginning: handlers/change_told.h */
    int64_t state_deadline_at_ms;
};
extern const struct shape adjust_body_shape;

#endif
