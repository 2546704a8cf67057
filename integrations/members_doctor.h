/* members_doctor.h - can a group, team or schedule that a role names be read, and how many are in it?
 *
 * An exchange of `opsgate doctor`: args membership_ask (bot/model/membership.h); asks as the reading of that source does, and
 * ends with a finding (bot/model/finding.h). Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_MEMBERS_DOCTOR_H
#define OPSGATE_INTEGRATIONS_MEMBERS_DOCTOR_H

#include "bot/model/finding.h"

struct exchange_step members_doctor(const struct exchange *exchange);

#endif
