/* pagerduty_people.h - who is on call for a service or an escalation policy now, and who somebody is in PagerDuty. (REST API,
 * version 2)
 *
 * READING_PAGERDUTY_ONCALL: args pagerduty_oncall_ask; result pagerduty_oncall. Everybody on call by the policy this moment,
 * level by level: level 1 is called first. Nobody on call is a result without levels, no error. Whoever is called by two
 * schedules of one level stands there once.
 * READING_PAGERDUTY_USER: args pagerduty_user_ask; result pagerduty_user_read; that nobody is found is a result, too.
 * Both end with a sentence when the key may not see it (`oncalls.read`, `services.read`, `users.read`), when PagerDuty knows
 * no such service, or for what any call may end with: integrations/pagerduty/api.h. For the members of a role by a schedule
 * there is READING_PAGERDUTY_SCHEDULE, in membership.h.
 * Spec: https://developer.pagerduty.com/api-reference, "On-Calls", "Services", "Users"
 */
#ifndef OPSGATE_MODEL_PAGERDUTY_PEOPLE_H
#define OPSGATE_MODEL_PAGERDUTY_PEOPLE_H

#include "bot/model/pagerduty_event.h"

struct pagerduty_oncall_ask { /* one of them */
    const char *service; /* PagerDuty's id: its policy is asked for first */
    const char *policy;  /* of an escalation policy */
};
extern const struct shape pagerduty_oncall_ask_shape;

struct pagerduty_user {
    const char *id;         /* "PXPGF42" */
    const char *name, *url; /* or NULL */
    const char *email;      /* in lower case; NULL: the key may not see it, or it is none */
};
extern const struct shape pagerduty_user_shape;

struct pagerduty_oncall_level {
    int64_t level; /* from 1 */
    struct pagerduty_user *people;
    size_t people_count;
};
struct pagerduty_oncall {
    const struct pagerduty_reference *policy; /* summary: its name; NULL: asked by id, and nobody is on call by it */
    struct pagerduty_oncall_level *levels;    /* rising; those without anybody are left out */
    size_t levels_count;
};
extern const struct shape pagerduty_oncall_shape;

struct pagerduty_user_ask { /* one of them */
    const char *email; /* any case */
    const char *id;
};
extern const struct shape pagerduty_user_ask_shape;

struct pagerduty_user_read {
    const struct pagerduty_user *user; /* NULL: nobody in PagerDuty is that */
};
extern const struct shape pagerduty_user_read_shape;

#endif
