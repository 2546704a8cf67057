/* dialog.h - an exchange written as if every call returned at once.
 *
 * A step function is called anew with all answers so far. A dialog walks through them: each dialog_ask gives the next
 * answer, or NULL when it is not there yet, and then dialog->step is the call to make:
 *
 *     answer = dialog_ask(&dialog, call);
 *     if (!answer)
 *         return dialog.step;
 *
 * So the same calls must be asked in the same order each time: they depend on args and answers alone. Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_DIALOG_H
#define OPSGATE_INTEGRATIONS_DIALOG_H

#include "bot/model/exchange.h"

struct dialog {
    const struct exchange *exchange; /* borrowed */
    size_t used;                     /* answers looked at */
    struct exchange_step step;       /* what to return when dialog_ask gave NULL */
};

#define DIALOG(of) ((struct dialog){ .exchange = (of) })

const struct http_answer *dialog_ask(struct dialog *dialog, struct http_call call);

#endif
