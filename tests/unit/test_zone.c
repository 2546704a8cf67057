/* Time zones out of the tz database's files: offsets, bytes that are none, names that lead elsewhere. */
#include "policy/zone.h"

#include "bot/base/buf.h"
#include "bot/base/time.h"
#include "bot/configuration/zones.h"
#include "rows.h"

#include <stdlib.h>
#include <string.h>

static struct arena *arena;
static struct zones zones;

static int64_t seconds_of(const char *text)
{
    struct error err;
    int64_t unix_ms;

    if (!time_parse(str_of(text), &unix_ms, &err))
        fail_msg("%s", err.message);
    return unix_ms / SECOND_MS;
}

/* ---- the machine's own database ---- */

static const struct offset_row {
    const char *name, *zone, *at;
    int hours, minutes, seconds;
} offset_rows[] = {
    { "Berlin in winter", "Europe/Berlin", "2026-01-15T12:00:00Z", 1, 0, 0 },
    { "Berlin, the last second of winter", "Europe/Berlin", "2026-03-29T00:59:59Z", 1, 0, 0 },
    { "Berlin, the first second of summer", "Europe/Berlin", "2026-03-29T01:00:00Z", 2, 0, 0 },
    { "Berlin, the last second of summer", "Europe/Berlin", "2026-10-25T00:59:59Z", 2, 0, 0 },
    { "Berlin, winter again", "Europe/Berlin", "2026-10-25T01:00:00Z", 1, 0, 0 },
    { "Berlin in the years without summer time", "Europe/Berlin", "1970-01-01T00:00:00Z", 1, 0, 0 },
    { "Berlin in 2040 goes by the rule", "Europe/Berlin", "2040-03-25T00:59:59Z", 1, 0, 0 },
    { "which begins summer", "Europe/Berlin", "2040-03-25T01:00:00Z", 2, 0, 0 },
    { "and ends it", "Europe/Berlin", "2040-10-28T01:00:00Z", 1, 0, 0 },
    { "also in 2400, a leap year", "Europe/Berlin", "2400-03-26T01:00:00Z", 2, 0, 0 },
    { "New York, the first second of summer", "America/New_York", "2026-03-08T07:00:00Z", -4, 0, 0 },
    { "New York, winter again", "America/New_York", "2026-11-01T06:00:00Z", -5, 0, 0 },
    { "New York in 2040", "America/New_York", "2040-11-04T05:59:59Z", -4, 0, 0 },
    { "Lord Howe, half an hour of summer", "Australia/Lord_Howe", "2026-04-04T14:59:59Z", 11, 0, 0 },
    { "Lord Howe in winter", "Australia/Lord_Howe", "2026-04-04T15:00:00Z", 10, 30, 0 },
    { "Lord Howe in 2040, the south's summer", "Australia/Lord_Howe", "2040-01-01T00:00:00Z", 11, 0, 0 },
    { "Kathmandu", "Asia/Kathmandu", "2026-06-01T00:00:00Z", 5, 45, 0 },
    { "Casablanca", "Africa/Casablanca", "2026-02-15T01:59:59Z", 1, 0, 0 },
    { "Casablanca in Ramadan", "Africa/Casablanca", "2026-02-15T02:00:00Z", 0, 0, 0 },
    { "Dublin's winter is what its rule calls the second time", "Europe/Dublin", "2040-01-15T00:00:00Z", 0, 0, 0 },
    { "and its summer the first", "Europe/Dublin", "2040-07-15T00:00:00Z", 1, 0, 0 },
    { "Apia before the day it skipped", "Pacific/Apia", "2011-12-30T09:59:59Z", -10, 0, 0 },
    { "Apia after it", "Pacific/Apia", "2011-12-30T10:00:00Z", 14, 0, 0 },
    { "UTC by another name", "Etc/UTC", "2026-01-01T00:00:00Z", 0, 0, 0 },
    { "hours in a name are west", "Etc/GMT+5", "2026-01-01T00:00:00Z", -5, 0, 0 },
    { "Monrovia's seconds", "Africa/Monrovia", "1971-06-01T00:00:00Z", 0, -44, -30 },
};

static void check_offset(void **state)
{
    const struct offset_row *row = *state;
    const struct zone *zone = zones.find(zones.ctx, row->zone);

    assert_non_null(zone);
    assert_string_equal(zone_name(zone), row->zone);
    assert_int_equal(zone_offset(zone, seconds_of(row->at)), row->hours * 3600 + row->minutes * 60 + row->seconds);
}

/* ---- bytes ---- */

struct file { /* what a file is made of; what is not said is as a good one has it */
    const char *magic;
    char version;
    uint32_t counts[6]; /* UT, standard, leaps, times, types, chars */
    const int64_t *times;
    const char *indexes;
    int32_t offset_s;
    const char *type_end; /* is it summer, where its name begins: two bytes, in hexadecimal */
    const char *footer;
    size_t cut; /* so many bytes of the end are missing */
};
static const int64_t good_times[] = { -1000, 1000 };
static const int64_t backward_times[] = { 1000, -1000 };
static const int64_t equal_times[] = { 1000, 1000 };

static struct file filled(struct file file)
{
    static const uint32_t good_counts[6] = { 0, 0, 0, 2, 1, 4 };
    static const uint32_t none[6];

    file.magic = file.magic ? file.magic : "TZif";
    file.version = file.version ? file.version : '2';
    if (memcmp(file.counts, none, sizeof(none)) == 0)
        memcpy(file.counts, good_counts, sizeof(good_counts));
    file.times = file.times ? file.times : good_times;
    file.indexes = file.indexes ? file.indexes : "0000";
    file.offset_s = file.offset_s ? file.offset_s : 3600;
    file.type_end = file.type_end ? file.type_end : "0000";
    file.footer = file.footer ? file.footer : "\n<+01>-1\n";
    return file;
}

static const struct file_row {
    const char *name;
    struct file file;
    const char *wrong; /* part of the sentence; NULL: it is good */
} file_rows[] = {
    { "a small file", { 0 }, NULL },
    { "a version that has yet to come", { .version = '4' }, NULL },
    { "another file", { .magic = "PK\3\4" }, "not a file of the tz database" },
    { "version 1", { .version = '1' }, "older than version 2" },
    { "leap seconds", { .counts = { 0, 0, 1, 2, 1, 4 } }, "leap seconds" },
    { "no types", { .counts = { 0, 0, 0, 2, 0, 4 } }, "no sense" },
    { "more types than an index can name", { .counts = { 0, 0, 0, 2, 257, 4 } }, "no sense" },
    { "no names", { .counts = { 0, 0, 0, 2, 1, 0 } }, "no sense" },
    { "indicators for other types", { .counts = { 2, 0, 0, 2, 1, 4 } }, "no sense" },
    { "as many transitions as a number holds", { .counts = { 0, 0, 0, UINT32_MAX, 1, 4 } }, "no sense" },
    { "as many names as a number holds", { .counts = { 0, 0, 0, 2, 1, UINT32_MAX } }, "cut off" },
    { "transitions that go back", { .times = backward_times }, "out of order" },
    { "two at the same time", { .times = equal_times }, "out of order" },
    { "a transition to a type that is not there", { .indexes = "0001" }, "out of order" },
    { "clocks a week away", { .offset_s = 7 * 86400 }, "more than a day" },
    { "the least number of all", { .offset_s = INT32_MIN }, "more than a day" },
    { "neither summer nor not", { .type_end = "0200" }, "without a name" },
    { "a name behind all names", { .type_end = "0004" }, "without a name" },
    { "cut off in the footer", { .cut = 1 }, "its end is missing" },
    { "cut off before it", { .cut = 9 }, "its end is missing" },
    { "cut off in the block", { .cut = 12 }, "cut off" },
    { "cut off in the second header", { .cut = 60 }, "not a file" },
    { "no rule: the last transition's time goes on", { .footer = "\n\n" }, NULL },
    { "something behind the rule", { .footer = "\n<+01>-1\nmore\n" }, "cannot be read" },
};

static void add_number(struct buf *out, uint64_t value, size_t bytes)
{
    while (bytes-- > 0)
        buf_putc(out, (char)(value >> (8 * bytes)));
}

static int nibble(char c)
{
    return c >= 'a' ? c - 'a' + 10 : c - '0';
}

static void add_hex(struct buf *out, const char *hex)
{
    for (; hex[0]; hex += 2)
        buf_putc(out, (char)(nibble(hex[0]) << 4 | nibble(hex[1])));
}

static void add_header(struct buf *out, const struct file *file, const uint32_t *counts)
{
    static const char reserved[15];

    buf_puts(out, file->magic);
    buf_putc(out, file->version);
    buf_add(out, reserved, sizeof(reserved));
    for (size_t i = 0; i < 6; i++)
        add_number(out, counts ? counts[i] : 0, 4);
}

/* The first block is empty; of the second there is what two transitions and a type take, whatever its counts say. */
static void add_file(struct buf *out, const struct file *file)
{
    add_header(out, file, NULL);
    add_header(out, file, file->counts);
    for (size_t i = 0; i < 2; i++)
        add_number(out, (uint64_t)file->times[i], 8);
    add_hex(out, file->indexes);
    add_number(out, (uint32_t)file->offset_s, 4);
    add_hex(out, file->type_end);
    buf_add(out, "+01", 4);
    buf_puts(out, file->footer);
    out->len -= file->cut;
}

static void check_file(void **state)
{
    const struct file_row *row = *state;
    const struct file file = filled(row->file);
    AUTO_BUF struct buf bytes = BUF(10000);
    AUTO_FREE char *exact = NULL;
    const struct zone *zone;
    struct error err;

    add_file(&bytes, &file);
    exact = malloc(bytes.len); /* so that a sanitizer sees a byte read too far */
    memcpy(exact, bytes.at, bytes.len);
    zone = zone_read((struct str){ exact, bytes.len }, "Test/Zone", arena, &err);
    assert_int_equal(zone != NULL, row->wrong == NULL);
    if (!zone && !strstr(err.message, row->wrong))
        fail_msg("%s", err.message);
    if (zone)
        assert_int_equal(zone_offset(zone, 2000), file.offset_s);
}

/* ---- rules ---- */

static const struct rule_row {
    const char *name, *rule;
    const char *at; /* NULL: it is refused */
    int offset_s;
} rule_rows[] = {
    { "a zone without summer", "EST5", "2040-07-01T00:00:00Z", -5 * 3600 },
    { "minutes and seconds", "<-004430>0:44:30", "2040-07-01T00:00:00Z", -2670 },
    { "a plus sign is west as well", "EST+5", "2040-07-01T00:00:00Z", -5 * 3600 },
    { "summer is an hour more when nothing is said", "EST5EDT,M3.2.0,M11.1.0", "2040-07-01T00:00:00Z", -4 * 3600 },
    { "or what is said", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2040-01-01T00:00:00Z", 11 * 3600 },
    { "J60 is the first of March in a leap year", "AAA0BBB,J60/0,J61/0", "2040-03-01T00:00:00Z", 3600 },
    { "and J59 the last day before", "AAA0BBB,J59/0,J60/0", "2040-02-28T00:00:00Z", 3600 },
    { "a leap day has no J number", "AAA0BBB,J60/0,J61/0", "2040-02-29T12:00:00Z", 0 },
    { "day 59 is the leap day", "AAA0BBB,59/0,60/0", "2040-02-29T12:00:00Z", 3600 },
    { "and the first of March else", "AAA0BBB,59/0,60/0", "2041-03-01T12:00:00Z", 3600 },
    { "the fifth week is the last", "AAA0BBB,M2.5.0/0,M3.1.1/0", "2041-02-24T00:00:00Z", 3600 },
    { "in its last hour before", "AAA0BBB,M2.5.0/0,M3.1.1/0", "2041-02-23T23:59:59Z", 0 },
    { "summer the whole year", "EST5EDT,0/0,J365/25", "2040-12-31T23:59:59Z", -4 * 3600 },
    { "also at its turn", "EST5EDT,0/0,J365/25", "2041-01-01T05:00:00Z", -4 * 3600 },
    { "a time before its day", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2041-03-31T01:00:00Z", -3600 },
    { "and an hour earlier", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2041-03-31T00:59:59Z", -2 * 3600 },
    { "a time days after its day", "IST-2IDT,M3.4.4/50,M10.4.4/50", "2040-03-24T00:00:00Z", 3 * 3600 },
    { "summer without when is refused", "EST5EDT", NULL, 0 },
    { "a begin without an end", "EST5EDT,M3.2.0", NULL, 0 },
    { "month 13", "EST5EDT,M13.2.0,M11.1.0", NULL, 0 },
    { "week 0", "EST5EDT,M3.0.0,M11.1.0", NULL, 0 },
    { "weekday 7", "EST5EDT,M3.2.7,M11.1.0", NULL, 0 },
    { "day J0", "EST5EDT,J0,J300", NULL, 0 },
    { "day 366", "EST5EDT,366,J300", NULL, 0 },
    { "an hour beyond all", "EST5EDT,M3.2.0/168,M11.1.0", NULL, 0 },
    { "25 hours from UTC", "EST25", NULL, 0 },
    { "minute 60", "EST5:60", NULL, 0 },
    { "a number of a thousand digits' kind", "EST00000000000000000005", NULL, 0 },
    { "two letters", "ES5", NULL, 0 },
    { "an open bracket", "<+01-1", NULL, 0 },
    { "no offset", "EST", NULL, 0 },
    { "something behind it", "EST5EDT,M3.2.0,M11.1.0,M1.1.1", NULL, 0 },
    { "white space", " EST5", NULL, 0 },
    { "a file's name", ":America/New_York", NULL, 0 },
};

static void check_rule(void **state)
{
    const struct rule_row *row = *state;
    struct file file = filled((struct file){ .footer = arena_printf(arena, "\n%s\n", row->rule) });
    AUTO_BUF struct buf bytes = BUF(10000);
    const struct zone *zone;
    struct error err;

    add_file(&bytes, &file);
    zone = zone_read(buf_str(&bytes), "Test/Rule", arena, &err);
    assert_int_equal(zone != NULL, row->at != NULL);
    if (zone)
        assert_int_equal(zone_offset(zone, seconds_of(row->at)), row->offset_s);
    else
        assert_non_null(strstr(err.message, "its rule for the future cannot be read"));
}

/* ---- names ---- */

static const struct name_row {
    const char *name;
    bool is_there;
} name_rows[] = {
    { "Europe/Berlin", true },
    { "America/Argentina/Buenos_Aires", true },
    { "NZ", true },
    { "Europe/Berln", false },
    { "Europe", false },
    { "", false },
    { "Europe/", false },
    { "Europe//Berlin", false },
    { "/usr/share/zoneinfo/Europe/Berlin", false },
    { "Europe/../Europe/Berlin", false },
    { "../../../etc/passwd", false },
    { "./Europe/Berlin", false },
    { "posix/Europe/Berlin", false },
    { "right/Europe/Berlin", false },
    { "tzdata.zi", false },
    { "localtime", false },
    { "Europe/Berlin ", false },
    { "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", false },
};

static void check_name(void **state)
{
    const struct name_row *row = *state;

    assert_int_equal(zones.find(zones.ctx, row->name) != NULL, row->is_there);
}

static void a_zone_is_read_once_and_from_nowhere_else(void **state)
{
    struct zones fresh;

    (void)state;
    setenv("TZDIR", "/nowhere", 1);
    fresh = zones_create(arena);
    assert_null(fresh.problem);
    assert_non_null(fresh.find(fresh.ctx, "Europe/Paris"));
    assert_ptr_equal(fresh.find(fresh.ctx, "Europe/Paris"), fresh.find(fresh.ctx, "Europe/Paris"));
    unsetenv("TZDIR");
}

static void what_was_meant_is_found(void **state)
{
    static const struct {
        const char *text, *nearest;
    } meant[] = {
        { "Europe/Berln", "Europe/Berlin" },   { "Amerika/New_York", "America/New_York" },
        { "europe/berlin", "Europe/Berlin" },  { "Berlin", "Europe/Berlin" },
        { "Asia/Kathmadu", "Asia/Kathmandu" }, { "Nowhere/Atall", NULL },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(meant); i++) {
        const char *nearest = zones.nearest(zones.ctx, str_of(meant[i].text));

        if ((nearest == NULL) != (meant[i].nearest == NULL) || (nearest && strcmp(nearest, meant[i].nearest) != 0))
            fail_msg("'%s': '%s'", meant[i].text, nearest ? nearest : "nothing");
    }
}

static void spans_meet_and_never_end(void **state)
{
    const char *const names[] = { "Europe/Berlin", "Pacific/Apia", "Etc/UTC", "Africa/Casablanca" };
    static const int64_t far[] = { INT64_MIN, INT64_MIN + 1, -(INT64_C(1) << 40), INT64_C(1) << 40, INT64_MAX };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct zone *zone = zones.find(zones.ctx, names[i]);
        struct zone_span span = zone_span_at(zone, INT64_MIN);

        for (size_t k = 0; k < 1000 && span.until_s != INT64_MAX; k++) {
            struct zone_span next = zone_span_at(zone, span.until_s);

            assert_int_equal(next.from_s, span.until_s);
            assert_true(next.until_s > next.from_s);
            assert_int_equal(zone_offset(zone, next.until_s - 1), next.offset_s);
            span = next;
        }
        for (size_t k = 0; k < ARRAY_LEN(far); k++)
            assert_in_range(zone_offset(zone, far[k]) + 86400, 0, 2 * 86400);
    }
    assert_int_equal(zone_offset(&zone_utc, 0), 0);
    assert_string_equal(zone_name(&zone_utc), "UTC");
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(a_zone_is_read_once_and_from_nowhere_else),
        cmocka_unit_test(what_was_meant_is_found),
        cmocka_unit_test(spans_meet_and_never_end),
    };
    int failed;

    arena = arena_create();
    zones = zones_create(arena);
    failed = ROWS(offset_rows, check_offset) + ROWS(file_rows, check_file) + ROWS(rule_rows, check_rule) +
             ROWS(name_rows, check_name) + cmocka_run_group_tests_name("zones", others, NULL, NULL);
    arena_destroy(arena);
    return failed;
}
