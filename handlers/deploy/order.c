#include "handlers/deploy/order.h"

#include "bot/base/str.h"

#include <ctype.h>
#include <string.h>

#define NUMBERS 3 /* major, minor, patch */

struct semver { /* borrows the name */
    struct str numbers[NUMBERS];
    struct str identifiers; /* of a pre-release, with their dots; empty: it is a release */
};

/* ---- reading ---- */

static bool is_number(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!isdigit((unsigned char)text.at[i]))
            return false;
    return text.len > 0;
}

/* Rule 2, and 9 of the identifiers of a pre-release: 01 is no number. */
static bool is_plain_number(struct str text)
{
    return is_number(text) && (text.len == 1 || text.at[0] != '0');
}

static bool is_identifier(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!isalnum((unsigned char)text.at[i]) && text.at[i] != '-')
            return false;
    return text.len > 0;
}

/* Rules 9 and 10: not one of them empty, and none ends the list but the last. */
static bool are_identifiers(struct str rest, bool is_build)
{
    if (rest.len == 0 || rest.at[rest.len - 1] == '.')
        return false;
    while (rest.len > 0) {
        struct str identifier = str_take_until(&rest, '.');

        if (!is_identifier(identifier) || (!is_build && is_number(identifier) && !is_plain_number(identifier)))
            return false;
    }
    return true;
}

static bool read_core(struct str rest, struct semver *ret)
{
    bool is_open = str_ends_with(rest, ".");

    for (size_t i = 0; i < NUMBERS; i++) {
        ret->numbers[i] = str_take_until(&rest, '.');
        if (!is_plain_number(ret->numbers[i]))
            return false;
    }
    return rest.len == 0 && !is_open;
}

/* Takes what stands behind the mark; *ret_has says whether it was there. */
static struct str split_at(struct str *text, char mark, bool *ret_has)
{
    struct str rest = *text;
    struct str front = str_take_until(&rest, mark);

    *ret_has = front.len < text->len;
    *text = front;
    return rest;
}

static bool read(const char *name, struct semver *ret)
{
    struct str rest = str_of(name), text = str_take_until(&rest, '@'), build, identifiers;
    bool has_build, has_identifiers;

    str_take_prefix(&text, "v");
    build = split_at(&text, '+', &has_build);
    identifiers = split_at(&text, '-', &has_identifiers);
    if ((has_build && !are_identifiers(build, true)) || (has_identifiers && !are_identifiers(identifiers, false)))
        return false;
    ret->identifiers = has_identifiers ? identifiers : (struct str){ "", 0 };
    return read_core(text, ret);
}

bool order_is_version(const char *name)
{
    struct semver ignored;

    return !strchr(name, '@') && read(name, &ignored);
}

/* ---- comparing: less than 0, 0, more than 0 ---- */

static int compare_numbers(struct str a, struct str b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return memcmp(a.at, b.at, a.len);
}

static int compare_texts(struct str a, struct str b)
{
    int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);

    return order ? order : a.len < b.len ? -1 : a.len > b.len;
}

/* Rule 11.4.1 to 11.4.3 */
static int compare_identifiers(struct str a, struct str b)
{
    bool is_a = is_number(a), is_b = is_number(b);

    if (is_a && is_b)
        return compare_numbers(a, b);
    return is_a ? -1 : is_b ? 1 : compare_texts(a, b);
}

/* Rules 11.3 and 11.4.4 */
static int compare_pre_releases(struct str a, struct str b)
{
    int order = 0;

    if (a.len == 0 || b.len == 0)
        return (a.len == 0) - (b.len == 0);
    while (order == 0 && a.len > 0 && b.len > 0)
        order = compare_identifiers(str_take_until(&a, '.'), str_take_until(&b, '.'));
    return order ? order : (a.len > 0) - (b.len > 0);
}

enum order order_by_name(const char *name, const char *other)
{
    struct semver a, b;
    int order = 0;

    if (!read(name, &a) || !read(other, &b))
        return ORDER_UNKNOWN;
    for (size_t i = 0; i < NUMBERS && order == 0; i++)
        order = compare_numbers(a.numbers[i], b.numbers[i]);
    if (order == 0)
        order = compare_pre_releases(a.identifiers, b.identifiers);
    return order < 0 ? ORDER_OLDER : order > 0 ? ORDER_NEWER : ORDER_SAME;
}

static const struct {
    const char *relation;
    enum order order;
} relations[] = {
    { "behind", ORDER_OLDER },
    { "identical", ORDER_SAME },
    { "ahead", ORDER_NEWER },
    { "diverged", ORDER_UNKNOWN },
};

enum order order_by_relation(const char *relation)
{
    for (size_t i = 0; relation && i < ARRAY_LEN(relations); i++)
        if (strcmp(relations[i].relation, relation) == 0)
            return relations[i].order;
    return ORDER_UNKNOWN;
}
