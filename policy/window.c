#include "policy/window.h"

#include "bot/base/time.h"

#include <ctype.h>
#include <string.h>

#define DAY_MINUTES 1440
#define DAY_S INT64_C(86400)
#define DAYS_AHEAD 3653 /* ten years */
#define DAYS_BEHIND 3
#define ALL_DAYS 0x7FU

/* ---- as it is written ---- */

/* 0: Monday; -1: none. */
static int day_of(struct str word)
{
    static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };

    for (size_t i = 0; i < ARRAY_LEN(days); i++)
        if (str_is(word, days[i]))
            return (int)i;
    return -1;
}

/* "Mon", "Fri-Mon" */
static bool parse_day_range(struct str word, unsigned *days)
{
    bool is_range = str_contains(word, "-");
    int first = day_of(str_take_until(&word, '-')), last = is_range ? day_of(word) : first;

    if (first < 0 || last < 0)
        return false;
    for (int day = first; day != last; day = (day + 1) % 7)
        *days |= 1U << day;
    *days |= 1U << last;
    return true;
}

/* "Mon", "Mon-Thu", "Sat,Sun" */
static bool parse_days(struct str word, unsigned *ret)
{
    unsigned days = 0;

    if (str_ends_with(word, ","))
        return false;
    while (word.len > 0)
        if (!parse_day_range(str_take_until(&word, ','), &days))
            return false;
    *ret = days;
    return days != 0;
}

static bool parse_date(struct str word, int64_t *ret_day)
{
    char text[] = "2000-01-01T00:00:00Z";
    struct error ignored;
    int64_t unix_ms;

    if (word.len != 10 || word.at[0] != '2') /* 2000 to 2999 */
        return false;
    memcpy(text, word.at, word.len);
    if (!time_parse(str_of(text), &unix_ms, &ignored))
        return false;
    *ret_day = unix_ms / DAY_MS;
    return true;
}

static bool parse_number(struct str text, int64_t max, int *ret)
{
    struct error ignored;
    int64_t value;

    if (text.len != 2 || !parse_int(text, 0, max, &value, &ignored))
        return false;
    *ret = (int)value;
    return true;
}

static bool parse_minute(struct str word, int *ret)
{
    struct str hour = str_take_until(&word, ':');
    int hours, minutes;

    if (!parse_number(hour, 24, &hours) || !parse_number(word, hours == 24 ? 0 : 59, &minutes))
        return false;
    *ret = hours * 60 + minutes;
    return true;
}

/* "22:00-02:00"; nothing begins at 24:00: that is 00:00 of the day after. */
static bool parse_hours(struct str word, struct window *window)
{
    struct str from = str_take_until(&word, '-');

    return parse_minute(from, &window->from_minute) && window->from_minute < DAY_MINUTES &&
           parse_minute(word, &window->to_minute);
}

static bool take_dates(struct str *rest, struct window *window)
{
    struct str copy = *rest, after;

    if (!parse_date(str_take_word(&copy), &window->first_day))
        return false;
    window->last_day = window->first_day;
    after = copy;
    if (str_is(str_take_word(&after), "-")) {
        if (!parse_date(str_take_word(&after), &window->last_day))
            return false;
        copy = after;
    }
    *rest = copy;
    return true;
}

static bool take_days(struct str *rest, struct window *window)
{
    struct str copy = *rest;

    if (!parse_days(str_take_word(&copy), &window->days))
        return false;
    *rest = copy;
    return true;
}

static bool looks_like_zone(struct str word)
{
    if (word.len < 3 || word.len > 60 || !isupper((unsigned char)word.at[0]))
        return false;
    for (size_t i = 0; i < word.len; i++)
        if (!isalnum((unsigned char)word.at[i]) && !memchr("_+-/", word.at[i], 4))
            return false;
    return true;
}

bool window_parse(struct str text, struct zones zones, struct arena *arena, struct window *ret, struct error *err)
{
    struct window window = { .from_minute = 0, .to_minute = DAY_MINUTES };
    struct str rest = text, peek, zone;

    if (!take_dates(&rest, &window) && !take_days(&rest, &window))
        return error_set(err, ERR_INVALID,
                         "expected days or dates, hours and a zone, such as 'Wed 22:00-24:00 UTC' or "
                         "'2026-12-20 - 2027-01-02 Europe/Berlin'");
    if (window.last_day < window.first_day)
        return error_set(err, ERR_INVALID, "ends before it begins");
    peek = rest;
    if (parse_hours(str_take_word(&peek), &window))
        rest = peek;
    else if (rest.len > 0 && memchr(rest.at, ':', rest.len))
        return error_set(err, ERR_INVALID, "expected hours such as 09:00-16:00 after the days");
    else
        window.from_minute = 0, window.to_minute = DAY_MINUTES;
    zone = str_take_word(&rest);
    if (!looks_like_zone(zone) || str_take_word(&rest).len > 0)
        return error_set(err, ERR_INVALID, "expected a zone at the end, such as UTC or Europe/Berlin");
    window.zone = zones_find(zones, zone, err);
    if (!window.zone)
        return false;
    window.text = arena_copy(arena, text);
    *ret = window;
    return true;
}

/* ---- judged ---- */

static int64_t floor_div(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

static bool has_day(const struct window *window, int64_t day)
{
    if (window->days == 0)
        return day >= window->first_day && day <= window->last_day;
    return (window->days >> (((day + 3) % 7 + 7) % 7)) & 1; /* 1970-01-01 was a Thursday */
}

/* The wall's clock, as seconds since it showed 1970-01-01 00:00. */
static bool holds_on_wall(const struct window *window, int64_t wall_s)
{
    int64_t day = floor_div(wall_s, DAY_S), second = wall_s - day * DAY_S;
    bool has_begun = second >= window->from_minute * 60, is_before_end = second < window->to_minute * 60;

    if (window->to_minute > window->from_minute)
        return has_begun && is_before_end && has_day(window, day);
    return (has_begun && has_day(window, day)) || (is_before_end && has_day(window, day - 1));
}

bool window_holds(const struct window *window, int64_t unix_ms)
{
    int64_t unix_s = floor_div(unix_ms, SECOND_MS);

    return holds_on_wall(window, unix_s + zone_offset(window->zone, unix_s));
}

/* Where one day's hours end, those of the next begin. */
static bool is_without_gap(const struct window *window)
{
    return window->from_minute % DAY_MINUTES == window->to_minute % DAY_MINUTES;
}

/* No clock is ever set back so far that one of its days comes again. */
static bool is_over(const struct window *window, int64_t wall_s)
{
    return window->days == 0 && floor_div(wall_s, DAY_S) > window->last_day + DAYS_BEHIND;
}

static bool is_always(const struct window *window)
{
    return window->days == ALL_DAYS && is_without_gap(window);
}

/* The first after this at which anything may change: midnight, where hours begin, where they end. Of dates only the
 * first and the last matter, if there is nothing between their hours. */
static int64_t next_mark(const struct window *window, int64_t wall_s)
{
    int64_t day = floor_div(wall_s, DAY_S), midnight = day * DAY_S, next = midnight + DAY_S;
    const int64_t marks[] = { midnight + window->from_minute * 60, midnight + window->to_minute * 60 };

    if (window->days == 0 && day < window->first_day)
        return window->first_day * DAY_S;
    if (window->days == 0 && day > window->first_day && day < window->last_day && is_without_gap(window))
        return window->last_day * DAY_S;
    for (size_t i = 0; i < ARRAY_LEN(marks); i++)
        if (marks[i] > wall_s && marks[i] < next)
            next = marks[i];
    return next;
}

int64_t window_changes_at(const struct window *window, int64_t unix_ms)
{
    int64_t at_s = floor_div(unix_ms, SECOND_MS), limit_s = at_s + DAYS_AHEAD * DAY_S;
    bool holds = window_holds(window, unix_ms);

    if (is_always(window))
        return INT64_MAX;
    while (at_s < limit_s) {
        struct zone_span span = zone_span_at(window->zone, at_s);
        int64_t until_s = span.until_s < limit_s ? span.until_s : limit_s;
        int64_t wall_s = at_s + span.offset_s;

        if (is_over(window, wall_s))
            return INT64_MAX;
        do {
            if (holds_on_wall(window, wall_s) != holds)
                return (wall_s - span.offset_s) * SECOND_MS;
            wall_s = next_mark(window, wall_s);
        } while (wall_s < until_s + span.offset_s && !is_over(window, wall_s));
        at_s = until_s; /* the clocks are changed: what they show now may be another day and hour */
    }
    return INT64_MAX;
}
