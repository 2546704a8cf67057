/* call.h - one call of the REST API while it is answered: shared by the files that serve its routes. */
#ifndef SANDBOX_PAGERDUTY_CALL_H
#define SANDBOX_PAGERDUTY_CALL_H

#include "pagerduty/pagerduty.h"

struct pagerduty_call {
    struct pagerduty *pagerduty;
    const struct request *request;
    struct reply *reply;
    char *id;            /* of the path, or NULL */
    cJSON *body;         /* parsed, or NULL */
    const cJSON *caller; /* the user of From, or NULL */
};

void pagerduty_refuse(struct pagerduty_call *call, int status, int code, const char *message);
void pagerduty_answer(struct pagerduty_call *call, int status, const char *name, cJSON *value); /* takes value over */
void pagerduty_answer_page(struct pagerduty_call *call, const char *name, cJSON *all);          /* takes all over */
/* Is `value` among the query's NAMEs? None given: anything is. */
bool pagerduty_is_asked_for(const struct pagerduty_call *call, const char *name, const char *value);
cJSON *pagerduty_call_incident(struct pagerduty_call *call); /* NULL: refused */

/* people.c: who is on call, users; services and priorities. */
void pagerduty_schedule_users(struct pagerduty_call *call);
void pagerduty_oncall_list(struct pagerduty_call *call);
void pagerduty_user_list(struct pagerduty_call *call);
void pagerduty_user_get(struct pagerduty_call *call);
void pagerduty_service_list(struct pagerduty_call *call);
void pagerduty_service_get(struct pagerduty_call *call);
void pagerduty_priority_list(struct pagerduty_call *call);

#endif
