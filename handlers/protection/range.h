/* range.h - may these addresses be blocked? By what they are, by what is configured, and by what stands in the policy.
 * Pure.
 *
 * Each gives NULL where nothing speaks against it, else a sentence without its full stop, in the arena.
 */
#ifndef OPSGATE_HANDLERS_PROTECTION_RANGE_H
#define OPSGATE_HANDLERS_PROTECTION_RANGE_H

#include "bot/base/network.h"
#include "bot/model/armor.h"
#include "bot/model/settings.h"

/* "203.0.113.7", "203.0.113.0/24", "2001:db8::/32": a range by its first address. ERR_INVALID says what it is not. */
bool range_parse(struct str text, struct network *ret_range, struct error *err);

/* Too wide, private, the load balancer's own, one of `never` or of trusted_proxies, or with a part of those in it. */
const char *range_refusal(const struct settings *settings, const struct protection_settings *protection,
                          const struct network *range, struct arena *arena);
/* The first rule that has all of it blocks it already, or decides about it before ours, of `priority`, would be asked.
 */
const char *range_in_vain(const struct armor_seen *seen, int64_t priority, const struct network *range,
                          struct arena *arena);

#endif
