/* doctor.h - is Statuspage's key good, and does the page have the components that the configuration names?
 *
 * An exchange of `opsgate doctor`: it reads, and ends with findings (bot/model/finding.h). No args. Whether the key may write
 * nothing tells but a write. Pure. Spec: https://developer.statuspage.io, "Components"
 */
#ifndef OPSGATE_INTEGRATIONS_STATUSPAGE_DOCTOR_H
#define OPSGATE_INTEGRATIONS_STATUSPAGE_DOCTOR_H

#include "bot/model/finding.h"

struct exchange_step statuspage_doctor(const struct exchange *exchange);

#endif
