#include "policy/zone.h"

#include <string.h>

#define HOUR_S 3600
#define DAY_S INT64_C(86400)
#define CYCLE_YEARS 400
#define CYCLE_S (146097 * DAY_S) /* the Gregorian calendar and its weekdays repeat so */
#define HEADER_BYTES 44
#define OFFSET_MAX_S (26 * HOUR_S)
#define TRANSITIONS_MAX 10000

/* ---- what a zone is ---- */

enum day_form { DAY_OF_MONTH_WEEK, DAY_WITHOUT_LEAP, DAY_OF_YEAR }; /* Mm.w.d, Jn, n */
struct rule_day {
    enum day_form form;
    int day;         /* Jn: 1 to 365; n: 0 to 365; Mm.w.d: 0 to 6, Sunday first */
    int month, week; /* of Mm.w.d; week 5: the last one */
    int64_t time_s;  /* from that day's midnight; may lie days before or after it */
};
struct zone_rule {
    bool is_given, has_summer;
    int64_t offset_s,
        summer_offset_s;        /* east of UTC. "Summer" is what the second name of the rule says: Ireland's is GMT */
    struct rule_day begin, end; /* of summer */
};
struct zone {
    const char *name;
    int64_t first_offset_s;  /* before every transition */
    const int64_t *at_s;     /* transitions, ascending */
    const int64_t *offset_s; /* from each on */
    size_t count;
    struct zone_rule rule; /* behind the last one */
};

const struct zone zone_utc = { .name = "UTC" };

const char *zone_name(const struct zone *zone)
{
    return zone->name;
}

/* ---- the bytes ---- */

enum { COUNT_UT, COUNT_STANDARD, COUNT_LEAPS, COUNT_TIMES, COUNT_TYPES, COUNT_CHARS, COUNTS };
struct header {
    char version;
    size_t counts[COUNTS];
};

static bool take_bytes(struct str *rest, size_t len, const unsigned char **ret_bytes)
{
    if (rest->len < len)
        return false;
    *ret_bytes = (const unsigned char *)rest->at;
    *rest = (struct str){ rest->at + len, rest->len - len };
    return true;
}

static uint32_t get_u32(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int64_t get_i64(const unsigned char *bytes)
{
    return (int64_t)((uint64_t)get_u32(bytes) << 32 | get_u32(bytes + 4));
}

static bool take_header(struct str *rest, struct header *ret, struct error *err)
{
    const unsigned char *bytes;

    if (!take_bytes(rest, HEADER_BYTES, &bytes) || memcmp(bytes, "TZif", 4) != 0)
        return error_set(err, ERR_INVALID, "not a file of the tz database");
    ret->version = (char)bytes[4];
    if (ret->version < '2' || ret->version > '9')
        return error_set(err, ERR_INVALID, "a file of the tz database, but older than version 2");
    for (size_t i = 0; i < COUNTS; i++)
        ret->counts[i] = get_u32(bytes + 20 + 4 * i);
    return true;
}

static size_t block_bytes(const struct header *header, size_t time_bytes)
{
    const size_t *counts = header->counts;

    return counts[COUNT_TIMES] * (time_bytes + 1) + counts[COUNT_TYPES] * 6 + counts[COUNT_CHARS] +
           counts[COUNT_LEAPS] * (time_bytes + 4) + counts[COUNT_STANDARD] + counts[COUNT_UT];
}

static bool check_counts(const struct header *header, struct error *err)
{
    const size_t *counts = header->counts;

    if (counts[COUNT_LEAPS] > 0)
        return error_set(err, ERR_INVALID, "it counts leap seconds, and the system's clock does not");
    if (counts[COUNT_TYPES] == 0 || counts[COUNT_TYPES] > 256 || counts[COUNT_CHARS] == 0 ||
        counts[COUNT_TIMES] > TRANSITIONS_MAX ||
        (counts[COUNT_STANDARD] != 0 && counts[COUNT_STANDARD] != counts[COUNT_TYPES]) ||
        (counts[COUNT_UT] != 0 && counts[COUNT_UT] != counts[COUNT_TYPES]))
        return error_set(err, ERR_INVALID, "its counts make no sense");
    return true;
}

/* A type of local time: offset, is it summer, its name. */
static bool check_type(const unsigned char *type, const unsigned char *names, size_t names_len, struct error *err)
{
    int64_t offset_s = (int32_t)get_u32(type);

    if (offset_s <= -OFFSET_MAX_S || offset_s >= OFFSET_MAX_S)
        return error_set(err, ERR_INVALID, "its clocks differ from UTC by more than a day");
    if (type[4] > 1 || type[5] >= names_len || !memchr(names + type[5], '\0', names_len - type[5]))
        return error_set(err, ERR_INVALID, "a type of local time without a name");
    return true;
}

static bool read_block(struct str *rest, const struct header *header, struct zone *zone, struct arena *arena,
                       struct error *err)
{
    size_t count = header->counts[COUNT_TIMES], types_count = header->counts[COUNT_TYPES];
    const unsigned char *block, *indexes, *types;
    int64_t *at_s, *offset_s;

    if (!take_bytes(rest, block_bytes(header, 8), &block))
        return error_set(err, ERR_INVALID, "it is cut off");
    indexes = block + 8 * count;
    types = indexes + count;
    for (size_t i = 0; i < types_count; i++)
        if (!check_type(types + 6 * i, types + 6 * types_count, header->counts[COUNT_CHARS], err))
            return false;
    at_s = arena_alloc(arena, (count + 1) * sizeof(at_s[0]));
    offset_s = arena_alloc(arena, (count + 1) * sizeof(offset_s[0]));
    for (size_t i = 0; i < count; i++) {
        at_s[i] = get_i64(block + 8 * i);
        if (indexes[i] >= types_count || (i > 0 && at_s[i] <= at_s[i - 1]))
            return error_set(err, ERR_INVALID, "its transitions are out of order");
        offset_s[i] = (int32_t)get_u32(types + 6 * (size_t)indexes[i]);
    }
    zone->first_offset_s = (int32_t)get_u32(types);
    zone->at_s = at_s;
    zone->offset_s = offset_s;
    zone->count = count;
    return true;
}

/* ---- the rule behind them ---- */

static bool is_digit(struct str text)
{
    return text.len > 0 && text.at[0] >= '0' && text.at[0] <= '9';
}

static bool take_number(struct str *rest, int64_t min, int64_t max, int64_t *ret)
{
    struct str digits = { rest->at, 0 };
    struct error ignored;

    while (is_digit(*rest)) {
        digits.len++;
        *rest = (struct str){ rest->at + 1, rest->len - 1 };
    }
    return digits.len <= 3 && parse_int(digits, min, max, ret, &ignored);
}

static bool is_in_name(char c, bool is_quoted)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (is_quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-'));
}

/* "CET", "<+0545>" */
static bool take_abbreviation(struct str *rest)
{
    bool is_quoted = str_take_prefix(rest, "<");
    size_t len = 0;

    while (len < rest->len && is_in_name(rest->at[len], is_quoted))
        len++;
    *rest = (struct str){ rest->at + len, rest->len - len };
    return len >= 3 && (!is_quoted || str_take_prefix(rest, ">"));
}

/* "-5:45", "26", "+3:00:00" */
static bool take_time(struct str *rest, int64_t hours_max, int64_t *ret_s)
{
    bool is_negative = str_take_prefix(rest, "-");
    int64_t hours, minutes = 0, seconds = 0;

    if (!is_negative)
        str_take_prefix(rest, "+");
    if (!take_number(rest, 0, hours_max, &hours))
        return false;
    if (str_take_prefix(rest, ":")) {
        if (!take_number(rest, 0, 59, &minutes))
            return false;
        if (str_take_prefix(rest, ":") && !take_number(rest, 0, 59, &seconds))
            return false;
    }
    *ret_s = (is_negative ? -1 : 1) * (hours * HOUR_S + minutes * 60 + seconds);
    return true;
}

/* ",M3.2.0", ",J60/2:30", ",0/-1" */
static bool take_rule_day(struct str *rest, struct rule_day *ret)
{
    int64_t day, month = 0, week = 0, time_s = 2 * HOUR_S;
    enum day_form form = DAY_OF_YEAR;

    if (!str_take_prefix(rest, ","))
        return false;
    if (str_take_prefix(rest, "M")) {
        form = DAY_OF_MONTH_WEEK;
        if (!take_number(rest, 1, 12, &month) || !str_take_prefix(rest, ".") || !take_number(rest, 1, 5, &week) ||
            !str_take_prefix(rest, ".") || !take_number(rest, 0, 6, &day))
            return false;
    } else if (str_take_prefix(rest, "J")) {
        form = DAY_WITHOUT_LEAP;
        if (!take_number(rest, 1, 365, &day))
            return false;
    } else if (!take_number(rest, 0, 365, &day)) {
        return false;
    }
    if (str_take_prefix(rest, "/") && !take_time(rest, 167, &time_s))
        return false;
    *ret = (struct rule_day){ form, (int)day, (int)month, (int)week, time_s };
    return true;
}

/* "CET-1CEST,M3.5.0,M10.5.0/3": hours are west of UTC here; a rule with a second name says when that begins and ends.
 */
static bool parse_rule(struct str text, struct zone_rule *ret)
{
    struct zone_rule rule = { .is_given = true };
    int64_t west_s;

    if (!take_abbreviation(&text) || !take_time(&text, 24, &west_s))
        return false;
    rule.offset_s = -west_s;
    rule.summer_offset_s = HOUR_S - west_s;
    if (text.len > 0) {
        rule.has_summer = true;
        if (!take_abbreviation(&text))
            return false;
        if (text.len > 0 && text.at[0] != ',') {
            if (!take_time(&text, 24, &west_s))
                return false;
            rule.summer_offset_s = -west_s;
        }
        if (!take_rule_day(&text, &rule.begin) || !take_rule_day(&text, &rule.end))
            return false;
    }
    *ret = rule;
    return text.len == 0;
}

static bool read_footer(struct str rest, struct zone *zone, struct error *err)
{
    struct str rule = rest;

    if (!str_take_prefix(&rule, "\n") || !str_ends_with(rule, "\n"))
        return error_set(err, ERR_INVALID, "its end is missing");
    rule.len--;
    if (rule.len > 0 && !parse_rule(rule, &zone->rule))
        return error_set(err, ERR_INVALID, "its rule for the future cannot be read: %.*s",
                         (int)(rule.len < 60 ? rule.len : 60), rule.at);
    return true;
}

const struct zone *zone_read(struct str bytes, const char *name, struct arena *arena, struct error *err)
{
    struct zone *zone = ARENA_NEW(arena, struct zone);
    const unsigned char *skipped;
    struct header header;

    zone->name = arena_strdup(arena, name);
    if (!take_header(&bytes, &header, err))
        return NULL;
    if (!take_bytes(&bytes, block_bytes(&header, 4), &skipped)) { /* for readers of version 1 */
        error_set(err, ERR_INVALID, "it is cut off");
        return NULL;
    }
    if (!take_header(&bytes, &header, err) || !check_counts(&header, err) ||
        !read_block(&bytes, &header, zone, arena, err) || !read_footer(bytes, zone, err))
        return NULL;
    return zone;
}

/* ---- asked for an instant ---- */

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t year_begins(int64_t year) /* days since 1970-01-01; from 1970 on */
{
    return 365 * (year - 1970) + (year - 1969) / 4 - (year - 1901) / 100 + (year - 1601) / 400;
}

static int64_t month_begins(int64_t year, int month) /* days since 1970-01-01 */
{
    static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365 };

    return year_begins(year) + before[month - 1] + (month > 2 && is_leap(year));
}

/* Days since 1970-01-01, a Thursday. */
static int64_t day_in_year(const struct rule_day *rule, int64_t year)
{
    int64_t first, day;

    if (rule->form == DAY_OF_YEAR)
        return year_begins(year) + rule->day;
    if (rule->form == DAY_WITHOUT_LEAP)
        return year_begins(year) + rule->day - 1 + (rule->day > 59 && is_leap(year));
    first = month_begins(year, rule->month);
    day = first + (rule->day - (first + 4) % 7 + 7) % 7 + 7 * (rule->week - 1);
    return day < month_begins(year, rule->month + 1) ? day : day - 7;
}

static void narrow(struct zone_span *span, int64_t unix_s, int64_t at_s, int64_t offset_s)
{
    if (at_s > unix_s) {
        span->until_s = at_s < span->until_s ? at_s : span->until_s;
    } else if (at_s >= span->from_s) {
        span->from_s = at_s;
        span->offset_s = offset_s;
    }
}

/* The rule's own transitions around an instant: from the year before it to the one after next, for their times may lie
 * days outside of their year. The same every 400 years: asked within [2000, 2400). */
static struct zone_span span_by_rule(const struct zone_rule *rule, int64_t unix_s)
{
    struct zone_span span = { INT64_MIN, INT64_MAX, rule->offset_s };
    int64_t base_s = year_begins(2000) * DAY_S, cycles, within_s, year;

    if (!rule->has_summer)
        return span;
    cycles = (unix_s - base_s) / CYCLE_S - (unix_s < base_s);
    within_s = unix_s - cycles * CYCLE_S;
    year = 1970 + within_s / (366 * DAY_S);
    while (year_begins(year + 1) * DAY_S <= within_s)
        year++;
    for (int64_t i = year - 1; i <= year + 2; i++) {
        narrow(&span, within_s, day_in_year(&rule->begin, i) * DAY_S + rule->begin.time_s - rule->offset_s,
               rule->summer_offset_s);
        narrow(&span, within_s, day_in_year(&rule->end, i) * DAY_S + rule->end.time_s - rule->summer_offset_s,
               rule->offset_s);
    }
    span.from_s += cycles * CYCLE_S;
    span.until_s += cycles * CYCLE_S;
    return span;
}

/* How many transitions lie at the instant or before it. */
static size_t count_passed(const struct zone *zone, int64_t unix_s)
{
    size_t low = 0, high = zone->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (zone->at_s[middle] <= unix_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct zone_span zone_span_at(const struct zone *zone, int64_t unix_s)
{
    const int64_t far_s = INT64_MAX / 4; /* hundreds of times the age of the universe: sums of such do not overflow */
    struct zone_span span = { INT64_MIN, INT64_MAX, zone->first_offset_s };
    size_t passed;

    unix_s = unix_s > far_s ? far_s : unix_s < -far_s ? -far_s : unix_s;
    passed = count_passed(zone, unix_s);
    if (passed == zone->count && zone->rule.is_given) {
        span = span_by_rule(&zone->rule, unix_s);
        if (passed > 0 && span.from_s < zone->at_s[passed - 1])
            span.from_s = zone->at_s[passed - 1];
        return span;
    }
    if (passed > 0) {
        span.from_s = zone->at_s[passed - 1];
        span.offset_s = zone->offset_s[passed - 1];
    }
    if (passed < zone->count)
        span.until_s = zone->at_s[passed];
    return span;
}

int64_t zone_offset(const struct zone *zone, int64_t unix_s)
{
    return zone_span_at(zone, unix_s).offset_s;
}

/* ---- by name ---- */

static const struct zone *no_zone(struct str word, struct zones zones, struct error *err)
{
    const char *nearest = zones.nearest ? zones.nearest(zones.ctx, word) : NULL;

    if (zones.problem)
        error_set(err, ERR_INVALID, "the zone '" STR_FMT "' cannot be found: %s", STR_ARG(word), zones.problem);
    else if (nearest)
        error_set(err, ERR_INVALID, "no such zone '" STR_FMT "'; did you mean '%s'?", STR_ARG(word), nearest);
    else
        error_set(err, ERR_INVALID,
                  "no such zone '" STR_FMT "': UTC, or a name of the tz database such as Europe/Berlin",
                  STR_ARG(word));
    return NULL;
}

const struct zone *zones_find(struct zones zones, struct str word, struct error *err)
{
    const struct zone *zone = str_is(word, "UTC") ? &zone_utc : NULL;
    char name[64] = "";

    if (!zone && word.len < sizeof(name) && zones.find) {
        memcpy(name, word.at, word.len);
        zone = strchr(name, '/') ? zones.find(zones.ctx, name) : NULL;
    }
    return zone ? zone : no_zone(word, zones, err);
}

const struct zone *zones_named(const struct zone *const *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(zone_name(list[i]), name) == 0)
            return list[i];
    return NULL;
}
