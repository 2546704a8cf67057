#include "bot/base/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static const struct {
    const char *name;
    int64_t ms;
} units[] = {
    { "d", DAY_MS }, { "h", HOUR_MS }, { "m", MINUTE_MS }, { "s", SECOND_MS }, { "ms", 1 },
};

struct time_text time_format(int64_t unix_ms)
{
    struct time_text out;
    struct tm parts = { 0 };
    int64_t ms = unix_ms % SECOND_MS;
    time_t seconds = (time_t)(unix_ms / SECOND_MS);
    char date[32];

    if (ms < 0) {
        ms += SECOND_MS;
        seconds--;
    }
    gmtime_r(&seconds, &parts);
    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(out.text, sizeof(out.text), "%s.%03dZ", date, (int)ms);
    return out;
}

struct time_text duration_format(int64_t duration_ms)
{
    struct time_text out = { "" };
    size_t used = 0;

    if (duration_ms <= 0)
        return (struct time_text){ "0s" };
    for (size_t i = 0; i < ARRAY_LEN(units) && used < sizeof(out.text); i++) {
        int64_t n = duration_ms / units[i].ms;

        duration_ms %= units[i].ms;
        if (n > 0)
            used += (size_t)snprintf(out.text + used, sizeof(out.text) - used, "%" PRId64 "%s", n, units[i].name);
    }
    return out;
}

struct time_text duration_about(int64_t duration_ms)
{
    static const struct {
        int64_t below_ms, unit_ms;
        const char *name;
    } rows[] = {
        { SECOND_MS, 1, "ms" },       { 2 * MINUTE_MS, SECOND_MS, "s" }, { 2 * HOUR_MS, MINUTE_MS, "min" },
        { 2 * DAY_MS, HOUR_MS, "h" }, { INT64_MAX, DAY_MS, "days" },
    };
    struct time_text out = { "" };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (duration_ms < rows[i].below_ms || i == ARRAY_LEN(rows) - 1) {
            snprintf(out.text, sizeof(out.text), "%" PRId64 " %s", duration_ms / rows[i].unit_ms, rows[i].name);
            break;
        }
    }
    return out;
}

struct time_text duration_exact(int64_t duration_ms)
{
    int64_t unit_ms = duration_ms < 2 * MINUTE_MS ? SECOND_MS
                      : duration_ms < 2 * HOUR_MS ? MINUTE_MS
                      : duration_ms < 2 * DAY_MS  ? HOUR_MS
                                                  : DAY_MS;

    return duration_ms % unit_ms == 0 ? duration_about(duration_ms) : duration_format(duration_ms);
}

static size_t count_digits(struct str text)
{
    size_t n = 0;

    while (n < text.len && text.at[n] >= '0' && text.at[n] <= '9')
        n++;
    return n;
}

/* Takes "5m" off the front; *unit is the first unit that may follow, and moves behind the one taken. */
static bool take_part(struct str *rest, size_t *unit, int64_t *total_ms)
{
    struct error ignored;
    size_t digits = count_digits(*rest);
    struct str number = { rest->at, digits }, name;
    int64_t n, part_ms;

    if (digits == 0 || !parse_int(number, 0, INT64_MAX, &n, &ignored))
        return false;
    *rest = (struct str){ rest->at + digits, rest->len - digits };
    name = *rest;
    for (name.len = 0; name.len < rest->len && (rest->at[name.len] < '0' || rest->at[name.len] > '9');)
        name.len++;
    for (size_t i = *unit; i < ARRAY_LEN(units); i++) {
        if (!str_is(name, units[i].name))
            continue;
        *unit = i + 1;
        *rest = (struct str){ rest->at + name.len, rest->len - name.len };
        return !__builtin_mul_overflow(n, units[i].ms, &part_ms) &&
               !__builtin_add_overflow(*total_ms, part_ms, total_ms);
    }
    return false;
}

bool duration_parse(struct str text, int64_t *ret_ms, struct error *err)
{
    struct str rest = text;
    int64_t total_ms = 0;
    size_t unit = 0;

    do {
        if (!take_part(&rest, &unit, &total_ms))
            return error_set(err, ERR_INVALID, "'%.*s' is not a duration such as 30s, 5m or 48h",
                             (int)(text.len < 40 ? text.len : 40), text.at ? text.at : "");
    } while (rest.len > 0);
    *ret_ms = total_ms;
    return true;
}

static bool take_number(struct str *rest, size_t digits, int64_t min, int64_t max, int *ret)
{
    struct error ignored;
    int64_t value;

    if (rest->len < digits || count_digits((struct str){ rest->at, digits }) != digits ||
        !parse_int((struct str){ rest->at, digits }, min, max, &value, &ignored))
        return false;
    *rest = (struct str){ rest->at + digits, rest->len - digits };
    *ret = (int)value;
    return true;
}

static bool take_offset(struct str *rest, int64_t *ret_ms)
{
    int hours, minutes, sign;

    if (str_take_prefix(rest, "Z") || str_take_prefix(rest, "z")) {
        *ret_ms = 0;
        return true;
    }
    sign = str_take_prefix(rest, "+") ? 1 : str_take_prefix(rest, "-") ? -1 : 0;
    if (sign == 0 || !take_number(rest, 2, 0, 23, &hours) || !str_take_prefix(rest, ":") ||
        !take_number(rest, 2, 0, 59, &minutes))
        return false;
    *ret_ms = sign * (hours * HOUR_MS + minutes * MINUTE_MS);
    return true;
}

static bool take_fraction(struct str *rest, int64_t *ret_ms)
{
    size_t digits;

    *ret_ms = 0;
    if (!str_take_prefix(rest, "."))
        return true;
    digits = count_digits(*rest);
    if (digits == 0 || digits > 9)
        return false;
    for (size_t i = 0; i < 3; i++)
        *ret_ms = *ret_ms * 10 + (i < digits ? rest->at[i] - '0' : 0);
    *rest = (struct str){ rest->at + digits, rest->len - digits };
    return true;
}

static int days_of(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

bool time_parse(struct str text, int64_t *ret_unix_ms, struct error *err)
{
    struct str rest = text;
    struct tm parts = { 0 };
    int64_t fraction_ms, offset_ms;

    if (!take_number(&rest, 4, 1970, 9999, &parts.tm_year) || !str_take_prefix(&rest, "-") ||
        !take_number(&rest, 2, 1, 12, &parts.tm_mon) || !str_take_prefix(&rest, "-") ||
        !take_number(&rest, 2, 1, 31, &parts.tm_mday) ||
        !(str_take_prefix(&rest, "T") || str_take_prefix(&rest, "t")) ||
        !take_number(&rest, 2, 0, 23, &parts.tm_hour) || !str_take_prefix(&rest, ":") ||
        !take_number(&rest, 2, 0, 59, &parts.tm_min) || !str_take_prefix(&rest, ":") ||
        !take_number(&rest, 2, 0, 60, &parts.tm_sec) || !take_fraction(&rest, &fraction_ms) ||
        !take_offset(&rest, &offset_ms) || rest.len > 0 || parts.tm_mday > days_of(parts.tm_year, parts.tm_mon))
        return error_set(err, ERR_INVALID, "'%.*s' is not a time as in RFC 3339", (int)(text.len < 40 ? text.len : 40),
                         text.at ? text.at : "");
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    *ret_unix_ms = (int64_t)timegm(&parts) * SECOND_MS + fraction_ms - offset_ms;
    return true;
}
