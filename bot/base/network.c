#include "bot/base/network.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX_BYTES 64 /* an address has 45 at most */
#define V4_BITS 96        /* of ::ffff:0:0/96 */

static const unsigned char v4_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static bool is_v4(const struct address *address)
{
    return memcmp(address->bytes, v4_prefix, sizeof(v4_prefix)) == 0;
}

static bool parse_bare(struct str text, struct address *address)
{
    char copy[TEXT_MAX_BYTES];

    if (text.len == 0 || text.len >= sizeof(copy) || memchr(text.at, '\0', text.len))
        return false;
    memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    memcpy(address->bytes, v4_prefix, sizeof(v4_prefix));
    return inet_pton(AF_INET, copy, address->bytes + sizeof(v4_prefix)) == 1 ||
           inet_pton(AF_INET6, copy, address->bytes) == 1;
}

static bool is_port(struct str text)
{
    struct error ignored;
    int64_t port;

    return parse_int(text, 0, 65535, &port, &ignored);
}

bool address_parse(struct str text, struct address *ret_address)
{
    struct address address;
    struct str rest = text, host;

    if (str_take_prefix(&rest, "[")) {
        host = str_take_until(&rest, ']');
        if (host.at + host.len == text.at + text.len || (rest.len > 0 && !str_take_prefix(&rest, ":")))
            return false; /* no bracket at the end, or something else behind it */
    } else {
        host = str_take_until(&rest, ':');
        if (rest.len > 0 && memchr(rest.at, ':', rest.len))
            host = text, rest.len = 0; /* several colons: IPv6 without a port */
    }
    if ((rest.len > 0 && !is_port(rest)) || !parse_bare(host, &address))
        return false;
    *ret_address = address;
    return true;
}

static bool bit_of(const struct address *address, int bit)
{
    return (address->bytes[bit / 8] >> (7 - bit % 8)) & 1;
}

bool network_parse(struct str text, struct network *ret_network, struct error *err)
{
    struct str rest = text, host = str_take_until(&rest, '/');
    bool has_bits = host.len < text.len;
    struct network network;
    int64_t bits;

    if (!parse_bare(host, &network.first))
        return error_set(err, ERR_INVALID, "expected an address or a range such as 192.0.2.0/24 or 2001:db8::/32");
    bits = is_v4(&network.first) && memchr(host.at, '.', host.len) ? 32 : 128;
    if (has_bits && !parse_int(rest, 0, bits, &bits, err))
        return error_wrap(err, "bits of the range");
    network.bits = (int)bits + (is_v4(&network.first) && memchr(host.at, '.', host.len) ? V4_BITS : 0);
    for (int bit = network.bits; bit < 128; bit++)
        if (bit_of(&network.first, bit))
            return error_set(err, ERR_INVALID, "expected a range that begins with its first address");
    *ret_network = network;
    return true;
}

bool network_has(const struct network *network, const struct address *address)
{
    for (int bit = 0; bit < network->bits; bit++)
        if (bit_of(&network->first, bit) != bit_of(address, bit))
            return false;
    return true;
}

bool network_is_range(struct str text)
{
    struct str bits = text;
    struct network ignored;
    struct error err;

    str_take_until(&bits, '/');
    return bits.len > 0 && (bits.len == 1 || bits.at[0] != '0') && network_parse(text, &ignored, &err);
}

bool network_is_v4(const struct network *network)
{
    return network->bits >= V4_BITS && is_v4(&network->first);
}

int network_prefix(const struct network *network)
{
    return network->bits - (network_is_v4(network) ? V4_BITS : 0);
}

bool network_covers(const struct network *wide, const struct network *narrow)
{
    return wide->bits <= narrow->bits && network_has(wide, &narrow->first);
}

struct network_text network_format(const struct network *network)
{
    bool is_short = network_is_v4(network);
    struct network_text text;
    char address[INET6_ADDRSTRLEN] = "";

    inet_ntop(is_short ? AF_INET : AF_INET6, network->first.bytes + (is_short ? sizeof(v4_prefix) : 0), address,
              sizeof(address));
    snprintf(text.text, sizeof(text.text), "%s/%d", address, network_prefix(network));
    return text;
}
