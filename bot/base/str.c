#include "bot/base/str.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#define DISTANCE_MAX_BYTES 64

struct str str_of(const char *text)
{
    return (struct str){ text, text ? strlen(text) : 0 };
}

bool str_is_empty(struct str text)
{
    return text.len == 0;
}

bool str_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool text_equal(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

bool text_equal_or_none(const char *a, const char *b)
{
    return a ? text_equal(a, b) : !b;
}

bool str_is(struct str text, const char *literal)
{
    return str_equal(text, str_of(literal));
}

bool str_equal_nocase(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || strncasecmp(a.at, b.at, a.len) == 0);
}

bool str_starts_with(struct str text, const char *prefix)
{
    size_t len = strlen(prefix);

    return text.len >= len && (len == 0 || memcmp(text.at, prefix, len) == 0);
}

bool str_ends_with(struct str text, const char *suffix)
{
    size_t len = strlen(suffix);

    return text.len >= len && (len == 0 || memcmp(text.at + text.len - len, suffix, len) == 0);
}

bool str_contains(struct str text, const char *needle)
{
    return text.len > 0 && memmem(text.at, text.len, needle, strlen(needle)) != NULL;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str text)
{
    while (text.len > 0 && is_space(text.at[0]))
        text = (struct str){ text.at + 1, text.len - 1 };
    while (text.len > 0 && is_space(text.at[text.len - 1]))
        text.len--;
    return text;
}

char *str_copy(struct str text)
{
    char *copy = xcalloc(text.len + 1, 1);

    if (text.len > 0)
        memcpy(copy, text.at, text.len);
    return copy;
}

void str_lower(char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text | 0x20);
}

/* What follows the first n bytes. Nothing may be NULL, and C lets nobody add to NULL, not even 0. */
static struct str behind(struct str text, size_t n)
{
    return (struct str){ n > 0 ? text.at + n : text.at, text.len - n };
}

static bool is_same_byte(char a, char b, bool is_any_case)
{
    return a == b || (is_any_case && str_equal_nocase((struct str){ &a, 1 }, (struct str){ &b, 1 }));
}

bool str_fits(struct str text, const char *pattern, bool is_any_case)
{
    const char *star = NULL; /* the last one, which takes one byte more whenever what follows does not fit */
    size_t at = 0, from = 0;

    while (at < text.len) {
        if (*pattern == '*') {
            star = ++pattern;
            from = at;
        } else if (*pattern && (*pattern == '?' || is_same_byte(*pattern, text.at[at], is_any_case))) {
            pattern++, at++;
        } else if (star) {
            pattern = star;
            at = ++from;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

bool str_take_prefix(struct str *rest, const char *prefix)
{
    if (!str_starts_with(*rest, prefix))
        return false;
    *rest = behind(*rest, strlen(prefix));
    return true;
}

struct str str_take_until(struct str *rest, char separator)
{
    const char *found = rest->len > 0 ? memchr(rest->at, separator, rest->len) : NULL;
    struct str piece = { rest->at, found ? (size_t)(found - rest->at) : rest->len };

    *rest = behind(*rest, piece.len + (found ? 1 : 0));
    return piece;
}

struct str str_take_word(struct str *rest)
{
    struct str word;

    while (rest->len > 0 && is_space(rest->at[0]))
        *rest = (struct str){ rest->at + 1, rest->len - 1 };
    word = (struct str){ rest->at, 0 };
    while (word.len < rest->len && !is_space(rest->at[word.len]))
        word.len++;
    *rest = behind(*rest, word.len);
    return word;
}

static bool not_in_range(struct str text, int64_t min, int64_t max, struct error *err)
{
    return error_set(err, ERR_INVALID, "'%.*s' is not a whole number from %" PRId64 " to %" PRId64,
                     (int)(text.len < 40 ? text.len : 40), text.at ? text.at : "", min, max);
}

bool parse_int(struct str text, int64_t min, int64_t max, int64_t *ret_value, struct error *err)
{
    struct str digits = text;
    bool negative = str_take_prefix(&digits, "-");
    int64_t value = 0;

    if (digits.len == 0)
        return not_in_range(text, min, max, err);
    for (size_t i = 0; i < digits.len; i++) {
        int digit = digits.at[i] - '0';

        if (digit < 0 || digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value)) /* counted downwards: INT64_MIN has no positive twin */
            return not_in_range(text, min, max, err);
    }
    if ((!negative && value == INT64_MIN) || (value = negative ? value : -value) < min || value > max)
        return not_in_range(text, min, max, err);
    *ret_value = value;
    return true;
}

/* Bytes of the valid sequence that starts at `at`, or 0. */
static size_t utf8_sequence(const unsigned char *at, size_t left)
{
    static const struct {
        unsigned char lead_min, lead_max, second_min, second_max;
        size_t bytes;
    } forms[] = {
        { 0x01, 0x7f, 0x00, 0x00, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
        { 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
        { 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
    };

    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        size_t n = forms[i].bytes;

        if (at[0] < forms[i].lead_min || at[0] > forms[i].lead_max)
            continue;
        if (n > left || (n > 1 && (at[1] < forms[i].second_min || at[1] > forms[i].second_max)))
            return 0;
        for (size_t k = 2; k < n; k++)
            if ((at[k] & 0xc0) != 0x80)
                return 0;
        return n;
    }
    return 0;
}

/* Eight bytes of ASCII without NUL: most of what comes is that. */
static bool is_plain_word(const char *at)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = UINT64_C(0x8080808080808080);
    uint64_t word;

    memcpy(&word, at, sizeof(word));
    return ((word | (word - ones)) & tops) == 0; /* of a NUL, 1 less has its top bit set */
}

bool utf8_is_valid(struct str text)
{
    size_t at = 0;

    while (at < text.len) {
        size_t n;

        if (text.len - at >= sizeof(uint64_t) && is_plain_word(text.at + at)) {
            at += sizeof(uint64_t);
            continue;
        }
        n = utf8_sequence((const unsigned char *)text.at + at, text.len - at);

        if (n == 0)
            return false;
        at += n;
    }
    return true;
}

char *utf8_repair(struct str text)
{
    char *copy = str_copy(text);

    for (size_t at = 0; at < text.len;) {
        size_t n = utf8_sequence((const unsigned char *)text.at + at, text.len - at);

        if (n == 0)
            copy[at] = '?';
        at += n ? n : 1;
    }
    return copy;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t edit_distance(struct str a, struct str b)
{
    size_t rows[DISTANCE_MAX_BYTES + 1][DISTANCE_MAX_BYTES + 1];

    if (a.len > DISTANCE_MAX_BYTES || b.len > DISTANCE_MAX_BYTES)
        return SIZE_MAX;
    for (size_t i = 0; i <= a.len; i++)
        rows[i][0] = i;
    for (size_t k = 0; k <= b.len; k++)
        rows[0][k] = k;
    for (size_t i = 1; i <= a.len; i++) {
        for (size_t k = 1; k <= b.len; k++) {
            size_t cost = a.at[i - 1] == b.at[k - 1] ? 0 : 1;

            rows[i][k] = least(least(rows[i - 1][k], rows[i][k - 1]) + 1, rows[i - 1][k - 1] + cost);
            if (i > 1 && k > 1 && a.at[i - 1] == b.at[k - 2] && a.at[i - 2] == b.at[k - 1])
                rows[i][k] = least(rows[i][k], rows[i - 2][k - 2] + 1);
        }
    }
    return rows[a.len][b.len];
}

const char *str_nearest(struct str text, const char *const *candidates, size_t count)
{
    size_t limit = text.len <= 3 ? 1 : text.len <= 7 ? 2 : 3; /* mistakes that still look like the same word */
    const char *nearest = NULL;

    for (size_t i = 0; i < count; i++) {
        size_t distance = edit_distance(text, str_of(candidates[i]));

        if (distance <= limit && distance < strlen(candidates[i])) {
            limit = distance == 0 ? 0 : distance - 1;
            nearest = candidates[i];
        }
        if (distance == 0)
            break;
    }
    return nearest;
}
