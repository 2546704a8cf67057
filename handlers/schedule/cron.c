#include "handlers/schedule/cron.h"

#include "bot/base/time.h"

#include <string.h>
#include <time.h>

#define DAY_S INT64_C(86400)
#define MINUTE_S 60
#define EVERY_HOUR UINT64_C(0xFFFFFF)
#define DAYS_AHEAD 3000 /* more than eight years: from the 29th of February 2096 to the next one */

/* ---- as it is written ---- */

static const char *const months[] = {
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"
};
static const char *const weekdays[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };

static const struct field {
    const char *name;
    int64_t min, max;
    const char *const *names;
    size_t names_count;
    int64_t first; /* what the first name stands for */
} fields[] = {
    { "minute", 0, 59, NULL, 0, 0 },
    { "hour", 0, 23, NULL, 0, 0 },
    { "day of the month", 1, 31, NULL, 0, 0 },
    { "month", 1, 12, months, ARRAY_LEN(months), 1 },
    { "day of the week", 0, 7, weekdays, ARRAY_LEN(weekdays), 0 },
};

static bool wrong(const struct field *field, struct str word, struct error *err)
{
    return error_set(err, ERR_INVALID,
                     "'%.*s' is no %s: expected %lld to %lld%s, *, a range, a list, or a step such as */5",
                     (int)(word.len < 30 ? word.len : 30), word.at, field->name, (long long)field->min,
                     (long long)field->max, field->names ? " or its name" : "");
}

static bool parse_value(const struct field *field, struct str word, int64_t *ret)
{
    struct error ignored;
    char lower[4] = "";

    if (parse_int(word, field->min, field->max, ret, &ignored))
        return true;
    if (word.len != 3)
        return false;
    memcpy(lower, word.at, 3);
    str_lower(lower);
    for (size_t i = 0; i < field->names_count; i++)
        if (strcmp(lower, field->names[i]) == 0) {
            *ret = field->first + (int64_t)i;
            return true;
        }
    return false;
}

/* "*", "5", "1-5", each with "/2"; a step takes more than one value to step through. */
static bool parse_part(const struct field *field, struct str part, uint64_t *bits)
{
    bool has_step = str_contains(part, "/"), is_range;
    struct str range = str_take_until(&part, '/'), rest;
    int64_t first = field->min, last = field->max, step = 1;
    struct error ignored;

    if (has_step && !parse_int(part, 1, field->max, &step, &ignored))
        return false;
    rest = range;
    is_range = str_contains(range, "-");
    if (!str_is(range, "*")) {
        if (!parse_value(field, str_take_until(&rest, '-'), &first))
            return false;
        last = first;
        if ((is_range && !parse_value(field, rest, &last)) || last < first || (has_step && !is_range))
            return false;
    }
    for (int64_t value = first; value <= last; value += step)
        *bits |= UINT64_C(1) << value;
    return true;
}

static bool parse_field(const struct field *field, struct str word, uint64_t *ret_bits, struct error *err)
{
    struct str rest = word;

    *ret_bits = 0;
    if (str_ends_with(word, ","))
        return wrong(field, word, err);
    while (rest.len > 0)
        if (!parse_part(field, str_take_until(&rest, ','), ret_bits))
            return wrong(field, word, err);
    return true;
}

bool cron_parse(struct str text, struct cron *ret, struct error *err)
{
    uint64_t bits[ARRAY_LEN(fields)];
    bool is_star[ARRAY_LEN(fields)];
    struct str rest = text;

    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        struct str word = str_take_word(&rest);

        if (word.len == 0)
            return error_set(err, ERR_INVALID,
                             "expected five fields, as in \"0 2 * * *\": minute, hour, day of the month, month, day of "
                             "the week; the %s is missing",
                             fields[i].name);
        is_star[i] = word.at[0] == '*';
        if (!parse_field(&fields[i], word, &bits[i], err))
            return false;
    }
    if (str_trim(rest).len > 0)
        return error_set(err, ERR_INVALID, "expected five fields, and there are more");
    *ret = (struct cron){ .minutes = bits[0],
                          .hours = (uint32_t)bits[1],
                          .days = (uint32_t)bits[2],
                          .months = (uint32_t)bits[3],
                          .weekdays = (uint32_t)((bits[4] | bits[4] >> 7) & 0x7F),
                          .is_any_day = is_star[2],
                          .is_any_weekday = is_star[4],
                          .is_every_hour = bits[1] == EVERY_HOUR };
    return true;
}

/* ---- on the wall: seconds since 1970-01-01 00:00 as the clock there shows them ---- */

static bool has(uint64_t bits, int value)
{
    return (bits >> value) & 1;
}

static struct tm date_of(int64_t wall_s)
{
    time_t seconds = (time_t)wall_s;
    struct tm parts;

    gmtime_r(&seconds, &parts);
    return parts;
}

static bool is_day(const struct cron *cron, int64_t day)
{
    struct tm date = date_of(day * DAY_S);
    bool is_date = has(cron->days, date.tm_mday), is_weekday = has(cron->weekdays, date.tm_wday);

    if (!has(cron->months, date.tm_mon + 1))
        return false;
    return cron->is_any_day || cron->is_any_weekday ? is_date && is_weekday : is_date || is_weekday;
}

/* The first minute of the day that fits, from that one on; -1: none. */
static int minute_from(const struct cron *cron, int from)
{
    for (int minute = from; minute < (int)(DAY_S / MINUTE_S); minute++) {
        if (!has(cron->hours, minute / 60))
            minute += 59 - minute % 60; /* to the end of that hour */
        else if (has(cron->minutes, minute % 60))
            return minute;
    }
    return -1;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* The first time on the wall from `from_s` on and before `until_s`; CRON_NEVER: none. */
static int64_t next_on_wall(const struct cron *cron, int64_t from_s, int64_t until_s)
{
    int64_t day = floor_div(from_s, DAY_S);
    int minute = (int)((from_s - day * DAY_S + MINUTE_S - 1) / MINUTE_S);

    for (; day * DAY_S < until_s; day++, minute = 0) {
        int found = is_day(cron, day) ? minute_from(cron, minute) : -1;

        if (found >= 0)
            return day * DAY_S + found * MINUTE_S < until_s ? day * DAY_S + found * MINUTE_S : CRON_NEVER;
    }
    return CRON_NEVER;
}

/* ---- in a zone ---- */

/* What clocks that were put forward leave out; it comes as the time goes on behind that. */
static bool is_left_out(const struct cron *cron, const struct zone *zone, const struct zone_span *span)
{
    int64_t before_s = span->from_s + zone_offset(zone, span->from_s - 1), after_s = span->from_s + span->offset_s;

    return !cron->is_every_hour && after_s > before_s && next_on_wall(cron, before_s, after_s) != CRON_NEVER;
}

/* Where what this stretch shows for the first time begins: clocks that were put back show some once more. */
static int64_t first_shown(const struct cron *cron, const struct zone *zone, const struct zone_span *span)
{
    int64_t begins_s = span->from_s + span->offset_s, shown_s;

    if (cron->is_every_hour || span->from_s == INT64_MIN)
        return INT64_MIN;
    shown_s = span->from_s + zone_offset(zone, span->from_s - 1);
    return shown_s > begins_s ? shown_s : begins_s;
}

/* Between two changes of the clocks there. */
static int64_t next_in_span(const struct cron *cron, const struct zone *zone, const struct zone_span *span,
                            int64_t from_s, int64_t until_s)
{
    int64_t wall_s = from_s + span->offset_s, first_s, found_s;

    if (from_s == span->from_s && is_left_out(cron, zone, span))
        return from_s;
    first_s = first_shown(cron, zone, span);
    found_s = next_on_wall(cron, wall_s > first_s ? wall_s : first_s, until_s + span->offset_s);
    return found_s == CRON_NEVER ? CRON_NEVER : found_s - span->offset_s;
}

int64_t cron_next(const struct cron *cron, const struct zone *zone, int64_t after_ms)
{
    int64_t at_s = floor_div(after_ms, SECOND_MS) + 1, end_s = at_s + DAYS_AHEAD * DAY_S;

    while (at_s < end_s) {
        struct zone_span span = zone_span_at(zone, at_s);
        int64_t until_s = span.until_s < end_s ? span.until_s : end_s;
        int64_t found_s = next_in_span(cron, zone, &span, at_s, until_s);

        if (found_s != CRON_NEVER)
            return found_s * SECOND_MS;
        at_s = until_s;
    }
    return CRON_NEVER;
}

int64_t cron_last(const struct cron *cron, const struct zone *zone, int64_t from_ms, int64_t until_ms)
{
    static const int64_t looks_ms[] = { HOUR_MS, DAY_MS, 32 * DAY_MS, 367 * DAY_MS, DAYS_AHEAD * DAY_MS };
    int64_t last_ms = CRON_NEVER;

    for (size_t i = 0; i < ARRAY_LEN(looks_ms) && last_ms == CRON_NEVER; i++) {
        int64_t begin_ms = until_ms - looks_ms[i] > from_ms ? until_ms - looks_ms[i] : from_ms;
        int64_t at_ms = cron_next(cron, zone, begin_ms - 1);

        for (; at_ms <= until_ms; at_ms = cron_next(cron, zone, at_ms))
            last_ms = at_ms;
        if (begin_ms == from_ms)
            break;
    }
    return last_ms;
}

int64_t cron_count(const struct cron *cron, const struct zone *zone, int64_t from_ms, int64_t until_ms, int64_t max)
{
    int64_t count = 0;

    for (int64_t at_ms = cron_next(cron, zone, from_ms - 1); at_ms <= until_ms && count < max;
         at_ms = cron_next(cron, zone, at_ms))
        count++;
    return count;
}

const char *cron_wall(int64_t unix_ms, const struct zone *zone, struct arena *arena)
{
    int64_t unix_s = floor_div(unix_ms, SECOND_MS);
    struct tm date = date_of(unix_s + zone_offset(zone, unix_s));
    char day[8], time[24];

    strftime(day, sizeof(day), "%a", &date);
    strftime(time, sizeof(time), "%b %Y %H:%M", &date);
    return arena_printf(arena, "%s %d %s %s", day, date.tm_mday, time, zone_name(zone));
}
