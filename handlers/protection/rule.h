/* rule.h - what a rule of a security policy takes, and which of several decides. Pure. */
#ifndef OPSGATE_HANDLERS_PROTECTION_RULE_H
#define OPSGATE_HANDLERS_PROTECTION_RULE_H

#include "bot/base/network.h"
#include "bot/model/armor.h"

bool rule_covers(const struct armor_rule *rule, const struct network *range); /* of its ranges one has all of it */
bool rule_denies(const struct armor_rule *rule);
/* Cloud Armor takes the first by priority: of those that have all of the range, that one; or NULL. A preview decides
 * nothing, and what an expression takes nobody here knows. */
const struct armor_rule *rule_deciding(const struct armor_seen *seen, const struct network *range);
bool rule_is_of(const struct armor_rule *rule, const char *range); /* it has this one alone */

#endif
