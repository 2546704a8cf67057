/* doctor.h - is a service there on Cloud Run, and may we read it? (So the credentials are good, too.)
 *
 * An exchange of `opsgate doctor`: READING_SERVICE, told as findings (bot/model/finding.h). Args run_place. That it may
 * be changed, too, no reading tells. Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_GOOGLE_DOCTOR_H
#define OPSGATE_INTEGRATIONS_GOOGLE_DOCTOR_H

#include "bot/model/finding.h"

struct exchange_step google_doctor_service(const struct exchange *exchange);

/* The same question for the self-test: is the credential taken? How the service is, and whether it is there yet, others tell. */
struct exchange_step google_doctor_credential(const struct exchange *exchange);

#endif
