/* network.h - IP addresses, and ranges of them such as 192.30.252.0/22 or 2a0a:a440::/29. Pure; safe on any thread.
 * Spec: RFC 4632 (CIDR), RFC 4291 (IPv6, and IPv4 inside of it)
 */
#ifndef OPSGATE_BASE_NETWORK_H
#define OPSGATE_BASE_NETWORK_H

#include "bot/base/str.h"

struct address { /* IPv6; an IPv4 one as ::ffff:a.b.c.d, so both forms of one are equal */
    unsigned char bytes[16];
};
struct network {
    struct address first;
    int bits; /* 0 to 128 */
};

/* With or without a port: "192.0.2.7", "192.0.2.7:4711", "2001:db8::7", "[2001:db8::7]:4711". False: it is none. */
bool address_parse(struct str text, struct address *ret_address);

/* An address alone is a range of one. ERR_INVALID: it is none, or has bits behind its range: 10.0.0.1/8 is a mistake.
 */
bool network_parse(struct str text, struct network *ret_network, struct error *err);
bool network_has(const struct network *network, const struct address *address);
/* As it is typed where a range is wanted: its length has to be there, without a zero in front: "10.1.0.0/16". */
bool network_is_range(struct str text);
bool network_is_v4(const struct network *network);
int network_prefix(const struct network *network); /* as it is written: 0 to 32 of IPv4, else 0 to 128 */
bool network_covers(const struct network *wide,
                    const struct network *narrow); /* all of the narrow one is in the wide one */

struct network_text {
    char text[64];
};
/* The one way of writing it, with its length: "203.0.113.7/32", "2001:db8::/32". (RFC 5952) */
struct network_text network_format(const struct network *network);

#endif
