/* doctor.h - does the provider of sign-in say where people sign in? An exchange of `opsgate doctor`: it reads, and ends
 * with findings (bot/model/finding.h). No args. Whether opsgate's own id and secret are good shows a sign-in alone.
 * Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_OIDC_DOCTOR_H
#define OPSGATE_INTEGRATIONS_OIDC_DOCTOR_H

#include "bot/model/finding.h"

struct exchange_step oidc_doctor(const struct exchange *exchange);

#endif
