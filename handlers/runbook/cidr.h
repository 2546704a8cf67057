/* cidr.h - a range of addresses as it is typed: "10.1.0.0/16", "2001:db8::/32". Pure. */
#ifndef OPSGATE_HANDLERS_RUNBOOK_CIDR_H
#define OPSGATE_HANDLERS_RUNBOOK_CIDR_H

#include "bot/base/str.h"

/* IPv4 in four decimal numbers without leading zeros (RFC 4632, 3.1), IPv6 in hexadecimal groups, once with "::"
 * (RFC 4291, 2.2, 2.3). By its first address alone: "10.1.2.3/8" may be a slip. */
bool cidr_is_range(struct str text);

#endif
