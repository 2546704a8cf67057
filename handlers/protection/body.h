/* body.h - what `block`, `unblock` and `ddos` remember. */
#ifndef OPSGATE_HANDLERS_PROTECTION_BODY_H
#define OPSGATE_HANDLERS_PROTECTION_BODY_H

#include "bot/model/armor.h"
#include "handlers/approval.h"
#include "handlers/broken.h"

struct protection_body {
    const char *verb;                     /* "block", "unblock", "ddos" */
    const char *protection, *environment; /* environment NULL: none is configured */
    struct armor_place place;
    int64_t priorities_from, priorities_to;
    const char *range;  /* "203.0.113.7/32"; ddos: NULL */
    const char *reason; /* quoted, or NULL */
    int64_t for_ms;     /* block */
    bool is_preview, is_dry_run;
    bool is_on;        /* ddos */
    int64_t confirmed; /* unblock: the priority that was typed; -1: none */
    struct broken glass;
    struct approvals approvals;
    const char *lacking;   /* awaiting-approval: what people have yet to give */
    const char *becomes;   /* "203.0.113.7/32 blocked for 1 h", once it was looked at; NULL: it was not */
    int64_t priority;      /* of the rule that comes or goes */
    const char *mark;      /* in its description: our outside id; NULL: it is a stranger's */
    int64_t tries;         /* of priorities, each taken by somebody else meanwhile */
    int64_t until_ms;      /* block: its end, steady clock; 0: it has not begun */
    const char *operation; /* Google's, that is followed; or NULL */
    const char *doubt;     /* how the change ended, where that was not well: event_end_names; or NULL */
    const char *problem;   /* why; overdue: why it still stands */
    bool was_seen;         /* block: its rule stood */
    const char *ended_by;  /* a person's mention, and why; NULL: its time was over */
    bool is_still_blocked; /* its rule is gone, and another keeps its addresses away */
    const char *failed_in; /* the state in which it ended badly */
    int64_t state_deadline_at_ms;
};
extern const struct shape protection_body_shape;

#endif
