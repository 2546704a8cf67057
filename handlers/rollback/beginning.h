/* beginning.h - a rollback of one place begins: what it would do by the record, the glass that it takes, and what whoever
 * asks is told. Pure. Only for this folder.
 */
#ifndef OPSGATE_HANDLERS_ROLLBACK_BEGINNING_H
#define OPSGATE_HANDLERS_ROLLBACK_BEGINNING_H

#include "bot/model/verb.h"
#include "handlers/place.h"
#include "handlers/rollback/glass.h"

struct rollback_arguments {
    struct place place;
    const char *from, *reason;       /* or NULL */
    const char *mark;                /* of --to: "--irreversible", "--reversible"; or NULL */
    const char *break_glass;         /* why an irreversible release is left; or NULL */
    const char *region;              /* of several; NULL: it has only one, or all of them are meant */
    const char *rest_of;             /* a group that had yet to come there when all regions were to go back; or NULL */
    const struct request *as_deploy; /* --to: what is asked for is this deploy; or NULL */
    const void *deploy_arguments;    /* of that one */
};

/* In one place, of which Cloud Run is the driver; of several regions `given` names one. */
void rollback_begin_place(const struct view *view, const struct request *request,
                          const struct rollback_arguments *given, struct outcome *out);
/* What it would do there now, by the record; of several regions `given` names one. */
struct rollback_body rollback_plan(const struct view *view, const struct rollback_arguments *given);
/* That it would take there now, by the record. */
struct glass rollback_glass_at(const struct view *view, const struct rollback_arguments *given);

/* For what is shown and kept; NULL: none was given. */
const char *rollback_reason_of(const struct view *view, const struct rollback_arguments *given);
const char *rollback_glass_reason_of(const struct view *view, const struct rollback_arguments *given);

#endif
