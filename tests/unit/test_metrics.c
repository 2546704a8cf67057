/* What Prometheus reads: names, labels and values as the format wants them; counts that stay few, whatever comes. */
#include "tests/unit/rows.h"

#include "bot/metrics/counters.h"
#include "bot/metrics/text.h"

#include <stdio.h>
#include <string.h>

#define ROOM (1024 * 1024)

/* ---- values and labels ---- */

static const struct row {
    const char *name, *label;
    double value;
    const char *text;
} rows[] = {
    { "a whole number has no point", "a", 12, "m{l=\"a\"} 12\n" },
    { "a large counter keeps its last digits", "a", 9007199254740.0, "m{l=\"a\"} 9007199254740\n" },
    { "a date with a part of a second keeps it", "a", 1795438060.25, "m{l=\"a\"} 1795438060.25\n" },
    { "a fraction", "a", 0.00025, "m{l=\"a\"} 0.00025\n" },
    { "less than nothing", "a", -1.5, "m{l=\"a\"} -1.5\n" },
    { "quotes, backslashes and line ends are written as such", "\"\\\n", 1, "m{l=\"\\\"\\\\\\n\"} 1\n" },
    { "an end of a label is text in it", "x\"} 7\nother 8", 1, "m{l=\"x\\\"} 7\\nother 8\"} 1\n" },
    { "no word is an empty one", NULL, 1, "m{l=\"\"} 1\n" },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    const struct metric_label label = { "l", row->label };
    AUTO_BUF struct buf buf = BUF(ROOM);

    metric_labelled(&buf, "m", &label, 1, row->value);
    assert_string_equal(buf_text(&buf), row->text);
}

static void a_name_has_its_head_before_it(void **state)
{
    AUTO_BUF struct buf buf = BUF(ROOM);

    (void)state;
    metric_gauge(&buf, "opsgate_owner", "1 when it owns.", 1);
    metric_counter(&buf, "opsgate_calls_total", "Calls.", 2);
    assert_string_equal(buf_text(&buf),
                        "# HELP opsgate_owner 1 when it owns.\n# TYPE opsgate_owner gauge\nopsgate_owner 1\n"
                        "# HELP opsgate_calls_total Calls.\n# TYPE opsgate_calls_total counter\n"
                        "opsgate_calls_total 2\n");
}

/* ---- how long ---- */

static void check_line(const struct buf *buf, const char *line)
{
    if (!strstr(buf_text(buf), line))
        fail_msg("no %sin:\n%s", line, buf_text(buf));
}

static void buckets_hold_what_took_at_most_so_long(void **state)
{
    struct histograms times = { NULL };
    AUTO_BUF struct buf buf = BUF(ROOM);

    (void)state;
    histograms_add(&times, "a", 1000000);                  /* 1 ms: on the bound itself */
    histograms_add(&times, "a", 1000001);                  /* a little more */
    histograms_add(&times, "a", INT64_C(60) * 1000000000); /* beyond all bounds */
    histograms_add(&times, "a", -5);                       /* a clock that went back */
    metric_histograms(&buf, "t", "Time.", "of", &times);
    check_line(&buf, "# TYPE t histogram\n");
    check_line(&buf, "t_bucket{of=\"a\",le=\"5e-05\"} 1\n");
    check_line(&buf, "t_bucket{of=\"a\",le=\"0.001\"} 2\n");
    check_line(&buf, "t_bucket{of=\"a\",le=\"0.0025\"} 3\n");
    check_line(&buf, "t_bucket{of=\"a\",le=\"30\"} 3\n");
    check_line(&buf, "t_bucket{of=\"a\",le=\"+Inf\"} 4\n");
    check_line(&buf, "t_count{of=\"a\"} 4\n");
    check_line(&buf, "t_sum{of=\"a\"} 60.002000001\n");
    histograms_clear(&times);
}

static void without_a_label_there_is_one(void **state)
{
    struct histograms times = { NULL };
    AUTO_BUF struct buf buf = BUF(ROOM);

    (void)state;
    metric_histograms(&buf, "t", "Time.", "", &times);
    assert_string_equal(buf_text(&buf), ""); /* nothing was counted yet */
    histograms_add(&times, "", 1);
    metric_histograms(&buf, "t", "Time.", "", &times);
    check_line(&buf, "t_bucket{le=\"5e-05\"} 1\n");
    check_line(&buf, "t_count 1\n");
    histograms_clear(&times);
}

static void names_stay_few(void **state)
{
    struct histograms times = { NULL };
    uint64_t count = 0;

    (void)state;
    for (int i = 0; i < 3 * HISTOGRAMS_MAX; i++) {
        char name[20];

        snprintf(name, sizeof(name), "kind-%d", i);
        histograms_add(&times, name, 1);
    }
    assert_int_equal(times.count, HISTOGRAMS_MAX);
    assert_string_equal(times.list[HISTOGRAMS_MAX - 1].name, "other");
    for (size_t i = 0; i < times.count; i++)
        count += times.list[i].count;
    assert_int_equal(count, 3 * HISTOGRAMS_MAX); /* none is forgotten */
    histograms_clear(&times);
}

/* ---- how often ---- */

static void counters_are_told_in_order(void **state)
{
    struct counters counters = { NULL };
    AUTO_BUF struct buf buf = BUF(ROOM);

    (void)state;
    counters_add(&counters, "run.traffic", "done");
    counters_add(&counters, "card", "never");
    counters_add(&counters, "run.traffic", "done");
    counters_add(&counters, "card", "done");
    counters_add(&counters, "card", NULL);
    counters_write(&counters, &buf, "c", METRIC_COUNTER, "C.", "kind", "end");
    assert_string_equal(buf_text(&buf), "# HELP c C.\n# TYPE c counter\nc{kind=\"card\",end=\"\"} 1\n"
                                        "c{kind=\"card\",end=\"done\"} 1\nc{kind=\"card\",end=\"never\"} 1\n"
                                        "c{kind=\"run.traffic\",end=\"done\"} 2\n");
    counters_clear(&counters);
}

static void counters_stay_few(void **state)
{
    struct counters counters = { NULL };
    AUTO_BUF struct buf buf = BUF(ROOM);
    size_t lines = 0;

    (void)state;
    for (int i = 0; i < 3 * COUNTERS_MAX; i++) {
        char word[20];

        snprintf(word, sizeof(word), "word-%d", i);
        counters_add(&counters, word, NULL);
    }
    counters_write(&counters, &buf, "c", METRIC_COUNTER, "C.", "kind", NULL);
    for (const char *c = buf_text(&buf); *c; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 2 + COUNTERS_MAX);
    check_line(&buf, "c{kind=\"other\"} 513\n");
    counters_clear(&counters);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(a_name_has_its_head_before_it), cmocka_unit_test(buckets_hold_what_took_at_most_so_long),
        cmocka_unit_test(without_a_label_there_is_one),  cmocka_unit_test(names_stay_few),
        cmocka_unit_test(counters_are_told_in_order),    cmocka_unit_test(counters_stay_few),
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(others, NULL, NULL);
}
