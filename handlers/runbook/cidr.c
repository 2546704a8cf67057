#include "handlers/runbook/cidr.h"

#include <string.h>

#define GROUPS 8 /* of 16 bits, of an IPv6 address */

struct address {
    unsigned char bytes[2 * GROUPS];
    size_t count;
};

static bool read_4(struct str text, struct address *address)
{
    struct error ignored;

    while (address->count < 4) {
        struct str part = str_take_until(&text, '.');
        int64_t number;

        if (!parse_int(part, 0, 255, &number, &ignored) || (part.len > 1 && part.at[0] == '0'))
            return false;
        address->bytes[address->count++] = (unsigned char)number;
        if (address->count < 4 && text.len == 0)
            return false;
    }
    return text.len == 0;
}

static int digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    char lower[] = { c, '\0' };
    const char *at;

    str_lower(lower);
    at = c ? strchr(digits, lower[0]) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* "2001:db8": groups and nothing else; "" is none of them. */
static bool read_groups(struct str text, struct address *address)
{
    bool is_more = text.len > 0;

    while (is_more) {
        size_t before = text.len;
        struct str group = str_take_until(&text, ':');
        unsigned value = 0;

        if (group.len == 0 || group.len > 4 || address->count == sizeof(address->bytes))
            return false;
        for (size_t i = 0; i < group.len; i++) {
            if (digit(group.at[i]) < 0)
                return false;
            value = value << 4 | (unsigned)digit(group.at[i]);
        }
        address->bytes[address->count++] = (unsigned char)(value >> 8);
        address->bytes[address->count++] = (unsigned char)value;
        is_more = before > group.len; /* a colon stood behind it */
    }
    return true;
}

static bool read_6(struct str text, struct address *address)
{
    const char *gap = memmem(text.at, text.len, "::", 2);
    struct address behind = { .count = 0 };
    struct str head = text, tail = { NULL, 0 };

    if (gap) {
        head.len = (size_t)(gap - text.at);
        tail = (struct str){ gap + 2, text.len - head.len - 2 };
    }
    if (!read_groups(head, address) || !read_groups(tail, &behind))
        return false;
    if (!gap)
        return address->count == sizeof(address->bytes);
    if (address->count + behind.count > sizeof(address->bytes) - 2)
        return false;
    memset(address->bytes + address->count, 0, sizeof(address->bytes) - address->count);
    memcpy(address->bytes + sizeof(address->bytes) - behind.count, behind.bytes, behind.count);
    address->count = sizeof(address->bytes);
    return true;
}

bool cidr_is_range(struct str text)
{
    struct str address = str_take_until(&text, '/');
    struct address first = { .count = 0 };
    bool is_6 = memchr(address.at, ':', address.len) != NULL;
    struct error ignored;
    int64_t bits;

    if (address.len == 0 || !(is_6 ? read_6(address, &first) : read_4(address, &first)) ||
        !parse_int(text, 0, (int64_t)first.count * 8, &bits, &ignored) || (text.len > 1 && text.at[0] == '0'))
        return false;
    for (size_t i = (size_t)bits; i < first.count * 8; i++)
        if (first.bytes[i / 8] & (0x80 >> i % 8))
            return false;
    return true;
}
