/* armor.h - security policies of Cloud Armor: read, a rule added and taken away, the adaptive protection switched. The
 * exchanges of bot/model/armor.h; and doctor's.
 *
 * Compute Engine API v1. A 200 is an operation that may yet fail: whoever changed something reads again. Pure.
 * Spec: https://cloud.google.com/compute/docs/reference/rest/v1/securityPolicies
 */
#ifndef OPSGATE_INTEGRATIONS_GOOGLE_ARMOR_H
#define OPSGATE_INTEGRATIONS_GOOGLE_ARMOR_H

#include "bot/model/exchange.h"

struct exchange_step armor_read(const struct exchange *exchange);
struct exchange_step armor_block_add(const struct exchange *exchange);
struct exchange_step armor_block_remove(const struct exchange *exchange);
struct exchange_step armor_ddos_switch(const struct exchange *exchange);
/* Args armor_place: is it there, and may it be read? */
struct exchange_step armor_doctor(const struct exchange *exchange);

#endif
