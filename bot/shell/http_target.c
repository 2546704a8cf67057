#include "bot/shell/http_target.h"

#include "bot/base/digest.h"

#include <string.h>

#define REQUEST_ID_MAX 64

/* Takes one character off the front of *rest, undoing %41 (and '+', in queries); false when an escape is broken. */
static bool take_decoded(struct str *rest, bool plus_is_blank, unsigned char *ret_byte)
{
    unsigned char first = (unsigned char)rest->at[0];
    size_t taken = 1;

    *ret_byte = first == '+' && plus_is_blank ? ' ' : first;
    if (first == '%') {
        if (rest->len < 3 || !hex_decode((struct str){ rest->at + 1, 2 }, ret_byte, 1))
            return false;
        taken = 3;
    }
    rest->at += taken;
    rest->len -= taken;
    return *ret_byte != '\0';
}

static bool decode(struct str text, bool plus_is_blank, char **ret_text)
{
    AUTO_FREE char *decoded = xcalloc(1, text.len + 1);
    size_t len = 0;

    while (text.len > 0) {
        unsigned char byte;

        if (!take_decoded(&text, plus_is_blank, &byte))
            return false;
        decoded[len++] = (char)byte;
    }
    if (!utf8_is_valid((struct str){ decoded, len }))
        return false;
    *ret_text = TAKE(decoded);
    return true;
}

/* The absolute form is for proxies, but a server has to take it: the authority is left to Host. */
static void skip_origin(struct str *target)
{
    struct str rest = *target;

    if (!str_take_prefix(&rest, "http://") && !str_take_prefix(&rest, "https://"))
        return;
    while (rest.len > 0 && rest.at[0] != '/') {
        rest.at++;
        rest.len--;
    }
    *target = rest;
}

static bool has_blank(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] <= ' ' || text.at[i] == 127)
            return true;
    return false;
}

bool http_target_parse(struct str target, char **ret_path, struct str *ret_query, struct error *err)
{
    struct str path;

    if (has_blank(target))
        return error_set(err, ERR_INVALID, "the request's target has a blank or a control character");
    skip_origin(&target);
    path = str_take_until(&target, '?');
    if (!str_starts_with(path, "/"))
        return error_set(err, ERR_INVALID, "the request names no path");
    if (!decode(path, false, ret_path))
        return error_set(err, ERR_INVALID, "the path has a broken escape, a NUL byte, or is no UTF-8");
    *ret_query = target;
    return true;
}

bool http_target_parameter(struct str query, const char *name, char **ret_value)
{
    while (query.len > 0) {
        struct str value = str_take_until(&query, '&');
        struct str key = str_take_until(&value, '=');

        if (str_is(key, name))
            return decode(value, true, ret_value);
    }
    return false;
}

bool http_target_is_request_id(const char *text)
{
    size_t len = text ? strlen(text) : 0;

    return len > 0 && len <= REQUEST_ID_MAX &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == len;
}

bool http_target_is_type(const char *header, const char *type)
{
    struct str rest = str_of(header);

    return str_equal_nocase(str_trim(str_take_until(&rest, ';')), str_of(type));
}
