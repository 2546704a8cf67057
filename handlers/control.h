/* control.h - `pause`, `resume`, `promote`, `abort`, `retry`: what people ask of a running operation.
 *
 * The operation is named by its id (D1042) or by where it runs ([SERVICE] ENVIRONMENT: whoever holds that target). Policy
 * judges by the place of the operation, whatever was typed. The operation itself decides what becomes of it
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
};

extern const struct verb verb_pause, verb_resume, verb_promote, verb_abort, verb_retry;

#endif
