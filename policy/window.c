#include "policy/window.h"

#include <ctype.h>
#include <string.h>

static bool is_day(struct str word)
{
    static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };

    for (size_t i = 0; i < ARRAY_LEN(days); i++)
        if (str_is(word, days[i]))
            return true;
    return false;
}

/* "Mon", "Mon-Thu", "Sat,Sun" */
static bool are_days(struct str word)
{
    while (word.len > 0) {
        struct str range = str_take_until(&word, ',');
        struct str first = str_take_until(&range, '-');

        if (!is_day(first) || (range.len > 0 && !is_day(range)))
            return false;
    }
    return true;
}

static bool is_number(struct str text, size_t digits, int64_t min, int64_t max)
{
    struct error ignored;
    int64_t value;

    return text.len == digits && parse_int(text, min, max, &value, &ignored);
}

static bool is_date(struct str word)
{
    struct str year = str_take_until(&word, '-'), month = str_take_until(&word, '-');

    return is_number(year, 4, 2000, 2999) && is_number(month, 2, 1, 12) && is_number(word, 2, 1, 31);
}

static bool is_time(struct str word)
{
    struct str hour = str_take_until(&word, ':');

    return is_number(hour, 2, 0, 24) && is_number(word, 2, 0, str_is(hour, "24") ? 0 : 59);
}

static bool are_hours(struct str word)
{
    struct str from = str_take_until(&word, '-');

    return is_time(from) && is_time(word);
}

static bool is_zone(struct str word)
{
    if (word.len < 3 || word.len > 60 || !((word.at[0] >= 'A' && word.at[0] <= 'Z')))
        return false;
    for (size_t i = 0; i < word.len; i++)
        if (!isalnum((unsigned char)word.at[i]) && !memchr("_+-/", word.at[i], 4))
            return false;
    return str_is(word, "UTC") || memchr(word.at, '/', word.len) != NULL;
}

static bool take_dates(struct str *rest)
{
    struct str copy = *rest, first = str_take_word(&copy), after = copy;

    if (!is_date(first))
        return false;
    if (str_is(str_take_word(&after), "-")) {
        if (!is_date(str_take_word(&after)))
            return false;
        copy = after;
    }
    *rest = copy;
    return true;
}

static bool take_days(struct str *rest)
{
    struct str copy = *rest, word = str_take_word(&copy);

    if (word.len == 0 || !are_days(word))
        return false;
    *rest = copy;
    return true;
}

bool window_check(struct str text, struct error *err)
{
    struct str rest = text, peek;

    if (!take_dates(&rest) && !take_days(&rest))
        return error_set(err, ERR_INVALID,
                         "expected days or dates, hours and a zone, such as 'Wed 22:00-24:00 UTC' or "
                         "'2026-12-20 - 2027-01-02 Europe/Berlin'");
    peek = rest;
    if (are_hours(str_take_word(&peek)))
        rest = peek;
    else if (memchr(rest.at, ':', rest.len))
        return error_set(err, ERR_INVALID, "expected hours such as 09:00-16:00 after the days");
    if (!is_zone(str_take_word(&rest)) || str_take_word(&rest).len > 0)
        return error_set(err, ERR_INVALID, "expected a zone at the end, such as UTC or Europe/Berlin");
    return true;
}
