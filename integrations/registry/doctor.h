/* doctor.h - may we read an image's tags? READING_DIGEST, told as findings (bot/model/finding.h): a tag that is not there is
 * no mistake. An exchange of `opsgate doctor`; args registry_tag. Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_REGISTRY_DOCTOR_H
#define OPSGATE_INTEGRATIONS_REGISTRY_DOCTOR_H

#include "bot/model/finding.h"

struct exchange_step registry_doctor(const struct exchange *exchange);

#endif
