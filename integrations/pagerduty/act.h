/* act.h - what is common to all that is done to an incident: it is read, judged, written as somebody, and told. Pure.
 *
 * Args, results and promises: bot/model/pagerduty_act.h. A kind is a function that says of the incident as it was seen
 * what it would write (or why not), as in status.c; all else is here. Spec:
 * https://developer.pagerduty.com/api-reference, "Incidents"
 */
#ifndef OPSGATE_INTEGRATIONS_PAGERDUTY_ACT_H
#define OPSGATE_INTEGRATIONS_PAGERDUTY_ACT_H

#include "bot/model/pagerduty_act.h"
#include "integrations/dialog.h"

struct pagerduty_plan {     /* what a kind makes of what it saw */
    enum pagerduty_end end; /* WRITTEN: `body` is to be written */
    const char *said;       /* for people, in the arena; when it is written: what was done: "acknowledged" */
    const char *method;     /* "PUT", "POST" */
    const char *path;       /* below the incident's own: "", "/snooze" */
    const cJSON *body;      /* in the arena */
    int64_t changed_at_ms;  /* PagerDuty's clock: when what the wish is about was changed last; 0: it does not tell */
    int64_t slack_ms;       /* so much younger than the wish it has to be, to be somebody else's */
};

struct pagerduty_seen {
    const struct exchange *exchange;
    const struct pagerduty_incident *incident;
    const cJSON *json; /* the same, as PagerDuty told it */
    const char *name;  /* for people: "PINC001", or "#42" */
};

/* PagerDuty's Date is of whole seconds, and what it tells is on its way for a while: what people saw is not younger. */
#define PAGERDUTY_SLACK_MS 3000

/* `wish` is the kind's own, already checked. */
typedef struct pagerduty_plan (*pagerduty_plan_fn)(const struct pagerduty_seen *seen, const void *wish);

/* The whole exchange. */
struct exchange_step pagerduty_act(const struct exchange *exchange, const struct pagerduty_act *act, const void *wish,
                                   pagerduty_plan_fn plan);

/* False: *ret_step says what is wrong: no incident, an id that is none, no section in the configuration. */
bool pagerduty_act_check(const struct exchange *exchange, const struct pagerduty_act *act,
                         struct exchange_step *ret_step);

bool pagerduty_act_is_too_late(const struct exchange *exchange, const struct pagerduty_act *act);

/* `step`, unless it wants to try again what it is too late for: then a refusal. `what` it was about: "incident PINC001";
 * `done` is what may have been done to it: "changed". */
struct exchange_step pagerduty_act_in_time(const struct exchange *exchange, const struct pagerduty_act *act,
                                           const char *what, const char *done, struct exchange_step step);

/* {"incident": {"type": "incident_reference"}}, in the arena; `ret_incident` is its inner object, to be filled. */
const cJSON *pagerduty_incident_body(const struct exchange *exchange, cJSON **ret_incident);

#endif
