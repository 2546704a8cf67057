/* body.h - what a maintenance remembers. The plan is in it: a reload changes nothing under it. */
#ifndef OPSGATE_HANDLERS_MAINTENANCE_BODY_H
#define OPSGATE_HANDLERS_MAINTENANCE_BODY_H

#include "handlers/approval.h"
#include "handlers/status/body.h"

#define MAINTENANCE_TARGETS_MAX 20

struct maintenance_page {      /* what the public is told of it */
    const char *id, *url;      /* Statuspage's; NULL: not known there yet */
    const char *wanted, *text; /* as it should stand there, in these words */
    int64_t wants, sent;       /* grows with whatever is to be told; the last of them that went */
    bool is_busy;              /* one is on its way */
    bool is_unclear;           /* nobody knows whether it was opened there */
    bool is_left;              /* it is not told any more: why was said */
    bool is_set_back;          /* somebody closed it there, and its components are set back alone */
};

struct maintenance_before { /* a place, as it was when it began */
    const char *target;     /* "api/production/us-east1" of a region */
    int64_t errors_ppm;     /* of its requests; -1: not known */
    int64_t p95_ms;         /* likewise */
};

struct maintenance_body {
    const char **targets; /* "api/production" */
    size_t targets_count;
    const char *where;       /* the same as one text */
    const char *reason;      /* quoted */
    const char *hurry;       /* why it is told so late; or NULL */
    int64_t at_ms, until_ms; /* unix */
    const char **announce;   /* "24h": so long before */
    size_t announce_count;
    struct approvals approvals;
    const char *lacking;  /* what people have yet to give before it is planned; NULL: nothing */
    int64_t announced_ms; /* unix: the last of these that was told */
    const char *channel;  /* NULL: nowhere */
    const char **mail_to;
    size_t mail_to_count;
    bool starts_itself;
    int64_t watch_ms;
    const char **work; /* words of `run`; or none */
    size_t work_count;
    const char *work_id;                /* what that began; or NULL */
    const char *work_told;              /* how it stands, in words; or NULL */
    int64_t started_at_ms, ended_at_ms; /* steady clock; 0: not yet. Ended: its places are free again */
    int64_t watch_until_ms;             /* steady clock */
    int64_t reminders;
    const struct maintenance_page *page; /* NULL: the public is not told */
    const struct status_body *looking;   /* its places are looked at; NULL: they are not */
    struct maintenance_before *before;
    size_t before_count;
    bool is_looked_before; /* before is what was found then; else not known yet */
    int64_t bad_looks;     /* in a row */
    const char *worse;     /* as it was found and told; NULL: calm */
    bool was_worse;
    const char *unchecked;        /* what could not be looked at, in words; or NULL */
    const char *result, *summary; /* closing: how it ends */
    int64_t looks;                /* what its card showed: a button's --look */
    const char *acts;             /* who did what, lines; or NULL */
};
extern const struct shape maintenance_body_shape;

#endif
