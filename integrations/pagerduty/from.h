/* from.h - as whom something is written: the e-mail address in `From`, which PagerDuty wants of a user of the account.
 *
 * Of the person who asked for it, as bot/model/pagerduty_act.h says; else pagerduty.from. Found before anything is
 * written, and corrected once, when PagerDuty knows no user of that address. Pure. Spec:
 * https://developer.pagerduty.com/docs/rest-api-overview, "From"
 */
#ifndef OPSGATE_INTEGRATIONS_PAGERDUTY_FROM_H
#define OPSGATE_INTEGRATIONS_PAGERDUTY_FROM_H

#include "bot/model/pagerduty_act.h"
#include "integrations/dialog.h"

struct pagerduty_from {
    const char *email;
    bool is_stand_in; /* pagerduty.from, in place of a person */
};

/* May ask PagerDuty for the person's address. False: dialog->step is what to return. */
bool pagerduty_from_find(struct dialog *dialog, const struct pagerduty_act *act, struct pagerduty_from *ret_from);

/* One write, and another one as pagerduty.from where PagerDuty knows no such user: then *from is that. NULL:
 * dialog->step is the call to make. */
const struct http_answer *pagerduty_write_as(struct dialog *dialog, struct pagerduty_from *from, const char *method,
                                             const char *path, const cJSON *body);

/* A refusal of a write, with what to do about it where it is pagerduty.from that is no user. */
struct exchange_step pagerduty_write_refused(const struct exchange *exchange, const char *what,
                                             const struct http_answer *answer);

#endif
