#include "policy/planned.h"

#include "policy/compiled.h"
#include "policy/stretch.h"

#include "bot/base/time.h"

#include <string.h>

#define QUOTED_BYTES 40

/* ---- zones ---- */

/* As a zone finder: nothing is read from anywhere, so a decision may ask it. */
static const struct zone *find_zone(const void *ctx, const char *name)
{
    const struct policy *policy = ctx;

    const struct zone *typed = zones_named(policy->zones, policy->typed_zones_count, name);

    if (typed)
        return typed;
    for (size_t i = 0; i < policy->maintenance.count; i++)
        if (strcmp(zone_name(policy->maintenance.list[i].zone), name) == 0)
            return policy->maintenance.list[i].zone;
    return NULL;
}

static const char *default_zone(const struct policy *policy)
{
    return policy->typed_zones_count > 0 ? zone_name(policy->zones[0]) : zone_name(&zone_utc);
}

/* ---- an instant ---- */

static bool not_written_so(struct str text, struct error *err)
{
    return error_set(err, ERR_INVALID,
                     "When? `" STR_FMT "` is no time: `Wed 22:00 UTC`, `2026-11-25 22:00`, `tomorrow 22:00`, `in 2h`",
                     (int)(text.len < QUOTED_BYTES ? text.len : QUOTED_BYTES), text.at ? text.at : "");
}

/* "today", "tomorrow": as the wall's clock has it there, as a date. */
static const char *day_word(const struct policy *policy, struct str word, const char *zone_word, int64_t now_ms,
                            struct arena *arena)
{
    const struct zone *zone = strcmp(zone_word, zone_name(&zone_utc)) == 0 ? &zone_utc : find_zone(policy, zone_word);
    bool is_tomorrow = str_equal_nocase(word, STR_LIT("tomorrow"));

    if (!is_tomorrow && !str_equal_nocase(word, STR_LIT("today")))
        return arena_copy(arena, word);
    if (!zone)
        return "today"; /* the zone is what is wrong: said where windows are read */
    return arena_printf(
        arena, "%.10s",
        time_format(now_ms + zone_offset(zone, now_ms / SECOND_MS) * SECOND_MS + is_tomorrow * DAY_MS).text);
}

/* "22:00" to the window of its minute, "22:00-22:01". */
static const char *minute_window(struct str word, struct arena *arena)
{
    struct str hour = str_take_until(&word, ':');
    struct error ignored;
    int64_t hours, minutes;

    if (hour.len == 0 || hour.len > 2 || word.len != 2 || !parse_int(hour, 0, 23, &hours, &ignored) ||
        !parse_int(word, 0, 59, &minutes, &ignored))
        return NULL;
    minutes += hours * 60;
    return arena_printf(arena, "%02d:%02d-%02d:%02d", (int)(minutes / 60), (int)(minutes % 60),
                        (int)((minutes + 1) / 60), (int)((minutes + 1) % 60));
}

static const char *known_zones(const struct policy *policy, struct arena *arena)
{
    const char *text = zone_name(&zone_utc);

    for (size_t i = 0; i < policy->typed_zones_count; i++)
        if (policy->zones[i] != &zone_utc)
            text = arena_printf(arena, "%s, %s", text, zone_name(policy->zones[i]));
    return text;
}

static bool is_known(const struct policy *policy, const char *zone)
{
    return strcmp(zone, zone_name(&zone_utc)) == 0 || find_zone(policy, zone);
}

/* Its minute as a window, and as the wall there shows a date ("2026-11-25T22:00"); false: it is not written so. */
static bool read_window(const struct policy *policy, struct str text, int64_t now_ms, struct arena *arena,
                        struct window *window, const char **ret_wall, struct error *err)
{
    const struct zones zones = { .find = find_zone, .ctx = policy };
    struct str rest = text, day = str_take_word(&rest), hour = str_take_word(&rest), zone = str_take_word(&rest);
    const char *minute = minute_window(hour, arena), *zone_word, *day_text;

    if (day.len == 0 || !minute || str_take_word(&rest).len > 0)
        return not_written_so(text, err);
    zone_word = zone.len > 0 ? arena_copy(arena, zone) : default_zone(policy);
    if (!is_known(policy, zone_word))
        return error_set(err, ERR_INVALID, "The zone `%.40s` is not among those of `maintenance.zones`: %.120s",
                         zone_word, known_zones(policy, arena));
    day_text = day_word(policy, day, zone_word, now_ms, arena);
    if (memchr(day_text, ',', strlen(day_text)) || (day_text[0] != '2' && strchr(day_text, '-')))
        return not_written_so(text, err); /* several days */
    *ret_wall = arena_printf(arena, "%sT%.5s", day_text, minute);
    return window_parse(str_of(arena_printf(arena, "%s %s %s", day_text, minute, zone_word)), zones, arena, window,
                        err) ||
           not_written_so(text, err);
}

/* Days of the week come again: only a date may be past, or have no such minute. */
static bool never(const struct window *window, const char *wall, struct str text, int64_t now_ms, struct arena *arena,
                  struct error *err)
{
    struct time_text now = time_format(now_ms + zone_offset(window->zone, now_ms / SECOND_MS) * SECOND_MS);
    bool is_past = strncmp(wall, now.text, strlen(wall)) <= 0;

    return error_set(err, ERR_INVALID, is_past ? "`%.60s` is past" : "`%.60s` is never: the clocks skip it that day",
                     arena_copy(arena, text));
}

/* "in 2h", "now". False: it is not written so, and err is as it was. */
static bool read_relative(struct str text, int64_t now_ms, int64_t *ret_unix_ms)
{
    struct str rest = text, word = str_take_word(&rest);
    struct error ignored;
    int64_t ms = 0;

    if (!str_equal_nocase(word, STR_LIT("now")) &&
        (!str_equal_nocase(word, STR_LIT("in")) || !duration_parse(str_take_word(&rest), &ms, &ignored)))
        return false;
    *ret_unix_ms = now_ms + ms;
    return str_take_word(&rest).len == 0;
}

bool planned_read(const struct policy *policy, struct str text, int64_t now_unix_ms, struct arena *arena,
                  int64_t *ret_unix_ms, struct error *err)
{
    struct window window;
    const char *wall = ""; /* "now" has none */
    int64_t at_ms;

    if (!read_relative(text, now_unix_ms, &at_ms)) {
        if (!read_window(policy, text, now_unix_ms, arena, &window, &wall, err))
            return false;
        at_ms = window_changes_at(&window, now_unix_ms);
        if (at_ms != INT64_MAX && window_holds(&window, now_unix_ms)) /* this very minute: of days, the next one */
            at_ms = window_changes_at(&window, at_ms);
        if (at_ms == INT64_MAX)
            return never(&window, wall, text, now_unix_ms, arena, err);
    }
    if (at_ms - now_unix_ms > PLANNED_AHEAD_MAX_MS)
        return error_set(err, ERR_INVALID, "`%.60s` is more than 400 days away", arena_copy(arena, text));
    *ret_unix_ms = at_ms;
    return true;
}

/* ---- windows ---- */

bool planned_fits(const struct policy *policy, int64_t at_unix_ms, int64_t for_ms, int64_t *ret_next_ms)
{
    const struct compiled_windows *windows = &policy->maintenance;
    const struct window *closes;
    int64_t closes_at_ms, next_ms;

    *ret_next_ms = 0;
    /* it may end as the window does: the last millisecond is within */
    if ((windows->count == 0 && !windows->is_broken) ||
        windows_are_open(windows, at_unix_ms, for_ms - 1, &closes, &closes_at_ms))
        return true;
    if (windows_next(windows, at_unix_ms, for_ms - 1, &next_ms))
        *ret_next_ms = next_ms;
    return false;
}
