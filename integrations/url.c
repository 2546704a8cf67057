#include "integrations/url.h"

#include <string.h>

void url_add_base(struct buf *buf, const char *base)
{
    struct str text = str_of(base);

    while (text.len > 0 && text.at[text.len - 1] == '/')
        text.len--;
    buf_add_str(buf, text);
}

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~", c));
}

void url_add_encoded(struct buf *buf, struct str text)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.at[i];
        const char escaped[] = { '%', digits[byte >> 4], digits[byte & 15] };

        if (is_unreserved(text.at[i]))
            buf_putc(buf, text.at[i]);
        else
            buf_add(buf, escaped, sizeof(escaped));
    }
}

struct str url_origin(const char *url)
{
    static const char *const schemes[] = { "https://", "http://" };

    for (size_t i = 0; url && i < ARRAY_LEN(schemes); i++) {
        size_t scheme = strlen(schemes[i]), authority;

        if (strncmp(url, schemes[i], scheme) != 0)
            continue;
        authority = strcspn(url + scheme, "/?#\\"); /* a backslash is a slash to browsers and to some libraries */
        return (struct str){ url, authority > 0 ? scheme + authority : 0 };
    }
    return (struct str){ NULL, 0 };
}

struct str url_host(const char *url)
{
    struct str rest = url_origin(url);

    if (!str_take_prefix(&rest, "https://") && !str_take_prefix(&rest, "http://"))
        return (struct str){ NULL, 0 };
    if (str_contains(rest, "@"))
        return (struct str){ NULL, 0 };
    if (str_starts_with(rest, "[")) { /* a literal IPv6 address */
        struct str inside = str_take_until(&rest, ']');

        return (struct str){ inside.at + 1, inside.len - 1 };
    }
    return str_take_until(&rest, ':');
}

bool url_is_address(const char *url)
{
    return url_host(url).len > 0 && strpbrk(url, " \t\r\n") == NULL;
}
