/* Every zone of the tz database against the C library's localtime_r, which knows the same files by other code: offsets
 * at random instants and around every change of the clocks; windows against a judge that only looks at localtime_r. A
 * process of its own: it moves TZ. */
#include "policy/window.h"

#include "bot/base/time.h"
#include "bot/configuration/zones.h"
#include "rows.h"
#include "tests/seed.h"

#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROOT "/usr/share/zoneinfo/"
#define FIRST_S INT64_C(-631152000) /* 1950 */
#define LAST_S INT64_C(2840140800)  /* 2060 */
#define INSTANTS 1000               /* of each zone */

static struct arena *arena;
static struct zones zones;
static const char **names;
static size_t names_count;
static uint64_t seed, random_state;

static int64_t pick(int64_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (int64_t)(random_state >> 1) % below;
}

static int on_file(const char *path, const struct stat *stat, int kind, struct FTW *where)
{
    const char *name = path + strlen(ROOT);

    (void)stat;
    (void)where;
    if ((kind == FTW_F || kind == FTW_SL) && name[0] >= 'A' && name[0] <= 'Z')
        *ARENA_PUSH(arena, names, names_count) = arena_strdup(arena, name);
    return 0;
}

static struct tm local_time(int64_t unix_s)
{
    time_t t = (time_t)unix_s;
    struct tm parts;

    assert_non_null(localtime_r(&t, &parts));
    return parts;
}

static void enter(const char *name)
{
    setenv("TZ", name, 1);
    tzset();
}

static void compare(const char *name, const struct zone *zone, int64_t unix_s)
{
    struct tm parts = local_time(unix_s);

    if (zone_offset(zone, unix_s) != parts.tm_gmtoff)
        fail_msg("SEED=%" PRIu64 ": %s at %s: %" PRId64 ", but localtime_r has %ld", seed, name,
                 time_format(unix_s * SECOND_MS).text, zone_offset(zone, unix_s), parts.tm_gmtoff);
}

static void offsets_are_those_of_the_c_library(void **state)
{
    (void)state;
    for (size_t i = 0; i < names_count; i++) {
        const struct zone *zone = zones.find(zones.ctx, names[i]);
        int64_t at_s = FIRST_S;

        if (!zone)
            fail_msg("%s was not found", names[i]);
        enter(names[i]);
        for (size_t k = 0; k < INSTANTS; k++)
            compare(names[i], zone, FIRST_S + pick(LAST_S - FIRST_S));
        while (at_s < LAST_S) {
            compare(names[i], zone, at_s - 1);
            compare(names[i], zone, at_s);
            at_s = zone_span_at(zone, at_s).until_s;
        }
    }
    print_message("%zu zones\n", names_count);
}

/* What the text of a window says, by hand. */
struct naive {
    int first_weekday, last_weekday; /* 0: Sunday */
    int from_minute, to_minute;
};

static bool has_weekday(const struct naive *naive, int weekday)
{
    int day = naive->first_weekday;

    while (day != weekday && day != naive->last_weekday)
        day = (day + 1) % 7;
    return day == weekday;
}

static bool naive_holds(const struct naive *naive, int64_t unix_s)
{
    struct tm parts = local_time(unix_s);
    int minute = parts.tm_hour * 60 + parts.tm_min;

    if (naive->from_minute < naive->to_minute)
        return has_weekday(naive, parts.tm_wday) && minute >= naive->from_minute && minute < naive->to_minute;
    if (minute >= naive->from_minute && has_weekday(naive, parts.tm_wday))
        return true;
    return minute < naive->to_minute && has_weekday(naive, (parts.tm_wday + 6) % 7);
}

static void windows_hold_by_the_c_library_s_clock(void **state)
{
    static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

    (void)state;
    for (size_t i = 0; i < names_count; i++) {
        const struct naive naive = { (int)pick(7), (int)pick(7), (int)pick(1440), (int)pick(1441) };
        const char *text = arena_printf(arena, "%s-%s %02d:%02d-%02d:%02d %s", days[naive.first_weekday],
                                        days[naive.last_weekday], naive.from_minute / 60, naive.from_minute % 60,
                                        naive.to_minute / 60, naive.to_minute % 60, names[i]);
        struct window window;
        struct error err;

        if (!strchr(names[i], '/'))
            continue;
        if (!window_parse(str_of(text), zones, arena, &window, &err))
            fail_msg("'%s': %s", text, err.message);
        enter(names[i]);
        for (size_t k = 0; k < INSTANTS; k++) {
            int64_t unix_s = FIRST_S + pick(LAST_S - FIRST_S);

            if (window_holds(&window, unix_s * SECOND_MS) != naive_holds(&naive, unix_s))
                fail_msg("SEED=%" PRIu64 ": '%s' at %s", seed, text, time_format(unix_s * SECOND_MS).text);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(offsets_are_those_of_the_c_library),
        cmocka_unit_test(windows_hold_by_the_c_library_s_clock),
    };
    int failed;

    seed = seed_of_run();
    random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    printf("SEED=%" PRIu64 "\n", seed);
    arena = arena_create();
    zones = zones_create(arena);
    if (nftw(ROOT, on_file, 8, FTW_PHYS) != 0 || names_count < 300) {
        fprintf(stderr, "no tz database in %s\n", ROOT);
        return 1;
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_destroy(arena);
    return failed;
}
