/* control.h - `pause`, `resume`, `promote`, `abort`, `retry`: what people ask of a running operation.
 *
 * The operation is named by its id (D1042) or by where it runs ([SERVICE] ENVIRONMENT: whoever holds that target; where there
 * are several regions, handlers/control_meant.h says who is meant). Several at once are a group of requests, one for each.
 * Policy judges by the place of the operation, whatever was typed. The operation itself decides what becomes of it
 * (EVENT_REQUEST with these arguments); what is here answers only when it has ended.
 */
#ifndef OPSGATE_HANDLERS_CONTROL_H
#define OPSGATE_HANDLERS_CONTROL_H

#include "bot/model/verb.h"

#define CONTROL_ANY_LOOK (-1)

struct control_arguments {
    const char *operation; /* "D1042" */
    int64_t look;          /* of the card whose button was pressed: --look; CONTROL_ANY_LOOK: typed by hand */
    const char *reason;    /* quoted, or NULL */
    const char *break_glass; /* why what denies more traffic is to be passed, quoted; or NULL */
};

/* What policy is asked about a verb on this operation: by its place, whatever was typed. False: the place is in no
 * configuration any more, policy would be asked without its labels, and a rule that denies by them would not see it; to
 * stop something (`is_safe`) is allowed all the same. */
bool control_ask_about(const struct view *view, const struct request *request, const struct operation *operation,
                       bool is_safe, struct question *ret_question, struct error *err);

/* An `abort` that the operation took, into the journal: in which state, and who said so. */
void control_journal_abort(const char *kind, const struct operation *operation, const struct event *event,
                           struct outcome *out);

extern const struct verb verb_pause, verb_resume, verb_promote, verb_abort, verb_retry;

#endif
