/* people.h - users, and who is on call by an escalation policy. Args and results: bot/model/pagerduty_people.h. Pure.
 *
 * The list of on-calls repeats people, one entry for each schedule and level, and wants paging. Of a service it is
 * asked by the policy that the service has. PagerDuty's search for users is by name; by their address it happens to
 * find them as well, so what it finds is compared here. Spec: https://developer.pagerduty.com/api-reference,
 * "On-Calls", "Services", "Users"
 */
#ifndef OPSGATE_INTEGRATIONS_PAGERDUTY_PEOPLE_H
#define OPSGATE_INTEGRATIONS_PAGERDUTY_PEOPLE_H

#include "bot/model/exchange.h"
#include "bot/model/pagerduty_people.h"
#include "integrations/bounds.h"

struct exchange_step pagerduty_oncall_read(const struct exchange *exchange);
struct exchange_step pagerduty_user_find(const struct exchange *exchange);

/* One that may stand in a header: printable ASCII, a name, an @ and a host. NULL is none. */
bool pagerduty_email_is_good(const char *email);

/* False: `json` is no user. What is read lives in the bounds' arena or in the JSON. */
bool pagerduty_user_read_json(struct bounds *bounds, const cJSON *json, struct pagerduty_user *ret_user);

#endif
