/* `dora`: four numbers from ends that are few, old, odd or missing; and the interval of a share. */
#include "tests/unit/history_fixture.h"

#include "handlers/history/numbers.h"

#include <math.h>

static struct target_end ends[TARGET_ENDS_MAX];
static struct target target = { .name = "api/production", .ends = ends };
static const struct target *const one[] = { &target };

static void put(struct target_end end)
{
    ends[target.ends_count++] = end;
}

static int empty(void **state)
{
    (void)state;
    target.ends_count = 0;
    return 0;
}

static struct numbers count(int64_t days)
{
    AUTO_DECISION struct decision_fixture *fixture = history_create(NULL, 0);

    return numbers_count(&fixture->view, one, 1, DECISION_NOW_MS - days * DAY_MS);
}

static void check_empty(void **state)
{
    const struct target *const none[] = { NULL };
    AUTO_DECISION struct decision_fixture *fixture = history_create(NULL, 0);
    struct numbers n = numbers_count(&fixture->view, none, 1, AGO(DAY_MS));
    struct outcome out;
    const char *text;

    (void)state;
    assert_int_equal(n.deploys + n.failed + n.lead.count + n.restore.count + n.open, 0);
    text = decision_answer(fixture, &verb_dora, "dora api production", &out);
    assert_in(text, "*api* in *production*, the last 30 days.\n"
                    "Deploys: 0 deploys in 30 days\n"
                    "Lead time: not known\n"
                    "Change failure rate: not known: nothing was deployed\n"
                    "Time to restore: nothing had to be\n"
                    "What counts: a deploy, when it served");
}

static void check_one_of_each(void **state)
{
    struct numbers n;

    (void)state;
    put(an_end("D1", "v1", ENDED_GOOD, 20 * DAY_MS));
    put(an_end("D2", "v2", ENDED_BACK, 10 * DAY_MS));
    put(an_end("D3", "v3", ENDED_LEFT, 5 * DAY_MS));
    put(a_way_back("D4", "v1", "D3", 5 * DAY_MS - 5 * MINUTE_MS));
    put(an_end("D5", "v5", ENDED_UNTOUCHED, 4 * DAY_MS));
    n = count(30);
    assert_int_equal(n.deploys, 3);
    assert_int_equal(n.failed, 2);
    assert_int_equal(n.untouched, 1);
    assert_int_equal(n.lead.count, 2);
    assert_int_equal(n.lead.median_ms, HOUR_MS);
    assert_int_equal(n.restore.count, 2);
    assert_int_equal(n.restore.min_ms, 8 * MINUTE_MS);
    assert_int_equal(n.restore.max_ms, 13 * MINUTE_MS);
    assert_int_equal(n.strangers, 0);
    assert_true(n.is_young && !n.is_cut);
    assert_int_equal(n.since_ms, AGO(20 * DAY_MS));
}

static void check_window(void **state)
{
    struct numbers n;

    (void)state;
    put(an_end("D1", "v1", ENDED_GOOD, 20 * DAY_MS));
    put(an_end("D2", "v2", ENDED_GOOD, 3 * DAY_MS));
    n = count(7);
    assert_int_equal(n.deploys, 1);
    assert_int_equal(n.since_ms, AGO(7 * DAY_MS));
    assert_false(n.is_young || n.is_cut);
}

/* What was there before is forgotten: the window begins with what is kept. */
static void check_full(void **state)
{
    struct numbers n;

    (void)state;
    for (int i = 0; i < TARGET_ENDS_MAX; i++)
        put(an_end("D1", "v1", ENDED_GOOD, (int64_t)(TARGET_ENDS_MAX - i) * HOUR_MS));
    n = count(30);
    assert_true(n.is_cut && !n.is_young);
    assert_int_equal(n.since_ms, AGO(TARGET_ENDS_MAX * HOUR_MS));
    assert_int_equal(n.deploys, TARGET_ENDS_MAX);
    n = count(1); /* the window is within it */
    assert_false(n.is_cut);
    assert_int_equal(n.deploys, 24);
}

/* The clock was set by a day since: what is stored is steady, and a commit has the world's time. */
static void check_clock(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = history_create(NULL, 0);
    struct numbers n;

    (void)state;
    put(an_end("D1", "v1", ENDED_GOOD, HOUR_MS));
    ends[0].commit_at_unix_ms += DAY_MS;
    fixture->view.shift_ms = DAY_MS;
    n = numbers_count(&fixture->view, one, 1, AGO(DAY_MS));
    assert_int_equal(n.lead.median_ms, HOUR_MS);
}

static const struct lead_row {
    const char *name;
    int64_t commit_before_end_ms; /* of the second deploy; the first one's is an hour before its end */
    bool is_settings;
    size_t known, unknown, old, settings; /* of the second alone */
} lead_rows[] = {
    { "a newer commit", 2 * HOUR_MS, false, 1, 0, 0, 0 },
    { "no commit on record", -1, false, 0, 1, 0, 0 },
    { "the commit of before once more", DAY_MS + HOUR_MS, false, 0, 0, 1, 0 },
    { "an older one", 3 * DAY_MS, false, 0, 0, 1, 0 },
    { "from the future", -HOUR_MS, false, 0, 1, 0, 0 },
    { "older than a year", 366 * DAY_MS, false, 0, 1, 0, 0 },
    { "settings alone", 2 * HOUR_MS, true, 0, 0, 0, 1 },
};

static void check_lead(void **state)
{
    const struct lead_row *row = *state;
    struct numbers n;

    empty(NULL);
    put(an_end("D1", "v1", ENDED_GOOD, 2 * DAY_MS));
    put(an_end("D2", "v2", ENDED_GOOD, DAY_MS));
    ends[1].commit_at_unix_ms = row->commit_before_end_ms == -1 ? 0 : ends[1].ended_at_ms - row->commit_before_end_ms;
    ends[1].is_settings = row->is_settings;
    n = count(30);
    assert_int_equal(n.lead.count, 1 + row->known);
    assert_int_equal(n.leads_unknown, row->unknown);
    assert_int_equal(n.leads_old, row->old);
    assert_int_equal(n.leads_settings, row->settings);
}

/* A restart brings nothing new, and what only moved instances or traffic nothing at all. */
static void check_no_changes(void **state)
{
    struct numbers n;

    (void)state;
    empty(NULL);
    put(an_end("D1", "v1", ENDED_GOOD, 2 * DAY_MS));
    put(an_end("D2", "v1", ENDED_BACK, DAY_MS));
    ends[1].verb = "restart";
    put(an_end("D3", "2–20 → 10–100", ENDED_IN_DOUBT, DAY_MS));
    ends[2].verb = "scale";
    ends[2].is_aside = true;
    n = count(30);
    assert_int_equal(n.deploys, 1);
    assert_int_equal(n.failed, 0);
    put(an_end("D4", "v1", ENDED_GOOD, HOUR_MS));
    ends[3].verb = "set";
    ends[3].is_settings = true;
    n = count(30);
    assert_int_equal(n.deploys, 2);
    assert_int_equal(n.leads_settings, 1);
}

/* A commit of the future would make every later one old. */
static void check_future_is_no_measure(void **state)
{
    struct numbers n;

    (void)state;
    put(an_end("D1", "v1", ENDED_GOOD, 2 * DAY_MS));
    ends[0].commit_at_unix_ms = DECISION_NOW_MS + DAY_MS;
    put(an_end("D2", "v2", ENDED_GOOD, DAY_MS));
    n = count(30);
    assert_int_equal(n.leads_unknown, 1);
    assert_int_equal(n.lead.count, 1);
}

/* The version that was taken back came again, mended by settings: only then it was good. */
static void check_taken_back_is_not_good(void **state)
{
    struct numbers n;

    (void)state;
    put(an_end("D1", "v1", ENDED_BACK, 2 * DAY_MS));
    put(an_end("D2", "v1", ENDED_GOOD, DAY_MS));
    ends[1].commit_at_unix_ms = ends[0].commit_at_unix_ms;
    n = count(30);
    assert_int_equal(n.lead.count, 1);
    assert_int_equal(n.lead.median_ms, DAY_MS + HOUR_MS);
}

static void check_open(void **state)
{
    struct numbers n;

    (void)state;
    put(an_end("D1", "v1", ENDED_IN_DOUBT, 2 * DAY_MS));
    ends[0].serves_at_ms = 0;
    put(an_end("D2", "v2", ENDED_BACK, DAY_MS));
    ends[1].left_at_ms = 0;
    n = count(30);
    assert_int_equal(n.failed, 2);
    assert_int_equal(n.open, 2);
    ends[0].left_at_ms = ends[0].ended_at_ms + MINUTE_MS; /* a program: from its end */
    n = count(30);
    assert_int_equal(n.restore.median_ms, MINUTE_MS);
    ends[0].left_at_ms = ends[0].ended_at_ms - MINUTE_MS; /* a host's clock */
    n = count(30);
    assert_int_equal(n.restore.median_ms, 0);
}

static void check_strangers(void **state)
{
    struct numbers n;

    (void)state;
    put(a_way_back("D1", "v1", NULL, DAY_MS));
    put(a_way_back("D2", "v1", "D0", HOUR_MS));
    n = count(30);
    assert_int_equal(n.strangers, 1);
    assert_int_equal(n.deploys + n.failed, 0);
}

static void check_ranks(void **state)
{
    struct numbers n;

    (void)state;
    for (int i = 1; i <= 20; i++) {
        put(an_end("D1", "v1", ENDED_GOOD, (int64_t)(30 - i) * HOUR_MS));
        ends[i - 1].commit_at_unix_ms = ends[i - 1].ended_at_ms - i * MINUTE_MS;
    }
    n = count(30);
    assert_int_equal(n.lead.count, 20);
    assert_int_equal(n.lead.min_ms, MINUTE_MS);
    assert_int_equal(n.lead.median_ms, 10 * MINUTE_MS + 30 * SECOND_MS); /* between the two in the middle */
    assert_int_equal(n.lead.p90_ms, 18 * MINUTE_MS);
    assert_int_equal(n.lead.max_ms, 20 * MINUTE_MS);
}

/* ---- Wilson's interval: Wilson 1927; the values of R's prop.test(..., correct = FALSE) ---- */

static const struct interval_row {
    const char *name;
    size_t hits, of;
    double low, high;
} interval_rows[] = {
    { "2 of 14", 2, 14, 0.0401, 0.3994 }, { "0 of 10", 0, 10, 0, 0.2775 }, { "10 of 10", 10, 10, 0.7225, 1 },
    { "1 of 1", 1, 1, 0.2065, 1 },        { "0 of 1", 0, 1, 0, 0.7935 },   { "15 of 30", 15, 30, 0.3315, 0.6685 },
};

static void check_interval(void **state)
{
    const struct interval_row *row = *state;
    double low, high;

    numbers_interval(row->hits, row->of, &low, &high);
    if (fabs(low - row->low) > 0.0002 || fabs(high - row->high) > 0.0002)
        fail_msg("%.4f to %.4f", low, high);
}

/* ---- the answer ---- */

static void check_answer(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = history_create(&target, 1);
    struct outcome out;
    const char *text;

    (void)state;
    for (int i = 0; i < 12; i++)
        put(an_end("D1", "v1", ENDED_GOOD, (int64_t)(24 - i) * DAY_MS));
    put(an_end("D2", "v2", ENDED_BACK, 10 * DAY_MS));
    put(an_end("D3", "v3", ENDED_LEFT, 5 * DAY_MS));
    put(an_end("D4", "v4", ENDED_UNTOUCHED, 4 * DAY_MS));
    put(a_way_back("D5", "v1", NULL, DAY_MS));
    text = decision_answer(fixture, &verb_dora, "dora api production", &out);
    assert_in(text, "*api* in *production*, since @{date:");
    assert_in(text, "}: nothing older is on record.\n"
                    "Deploys: 0.58 a day (14 deploys in 24 days)\n"
                    "Lead time: median 60 min, 90 % within 60 min, of 13\n"
                    "Change failure rate: 2 of 14 (so few: 4 to 40 %)\n"
                    "Time to restore: median 10 min, from 8 min to 13 min, of 2\n"
                    "1 more ended before anything of it served: no deploys, and no failed changes.\n"
                    "1 way back led from what opsgate had not brought: no deploy of its own failed there.\n");
    assert_false(out.begins);
    text = decision_answer(fixture, &verb_dora, "dora api production --days 6", &out);
    assert_in(text, "*api* in *production*, the last 6 days.\n"
                    "Deploys: 0.17 a day (1 deploy in 6 days)\n"
                    "Lead time: 60 min, of 1\n"
                    "Change failure rate: 1 of 1 (so few: 21 to 100 %)\n");
}

static void check_few(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = history_create(&target, 1);
    struct outcome out;

    (void)state;
    put(an_end("D1", "v1", ENDED_GOOD, 5 * MINUTE_MS));
    ends[0].commit_at_unix_ms = 0;
    assert_in(decision_answer(fixture, &verb_dora, "dora api production", &out),
              "Deploys: 1 deploy in less than a day\n" /* and no rate for a whole one */
              "Lead time: not known; 1 without a time of their commit on record\n");
}

static void check_many(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = history_create(&target, 1);
    struct outcome out;
    const char *text;

    (void)state;
    for (int i = 0; i < TARGET_ENDS_MAX; i++)
        put(an_end("D1", "v1", i % 16 ? ENDED_GOOD : ENDED_BACK, (int64_t)(TARGET_ENDS_MAX - i) * HOUR_MS));
    text = decision_answer(fixture, &verb_dora, "dora api production", &out);
    assert_in(text,
              "}: of a place no more than its last 64 ends are kept.\nDeploys: 24.0 a day (64 deploys in 2 days)");
    assert_in(text, "Change failure rate: 6 % (4 of 64)\n");
}

static void check_several(void **state)
{
    struct target both[] = { target, target };
    AUTO_DECISION struct decision_fixture *fixture = history_create(both, 2);
    struct outcome out;
    const char *text;

    (void)state;
    put(an_end("D1", "v1", ENDED_GOOD, 3 * DAY_MS));
    put(an_end("D2", "v2", ENDED_BACK, 2 * DAY_MS));
    both[0].ends_count = 2;
    both[1].ends_count = 1;
    both[1].name = "web/production";
    text = decision_answer(fixture, &verb_dora, "dora production", &out);
    assert_in(text, "everything in *production*, since ");
    assert_in(text, "Deploys: 1.0 a day (3 deploys in 3 days)");
    assert_in(text,
              "\napi/production: 2 deploys · lead 60 min · failed 1 of 2 (so few: 9 to 91 %) · restored in 8 min\n"
              "web/production: 1 deploy · lead 60 min · failed 0 of 1 (so few: 0 to 79 %)\n");
    text = decision_answer(fixture, &verb_dora, "dora", &out);
    assert_in(text, "\n2 places without a deploy.\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "nothing is on record", check_empty, empty, NULL, NULL },
        { "a good one, one taken back, one rolled back, and one that never served", check_one_of_each, empty, NULL,
          NULL },
        { "what ended before the window does not count", check_window, empty, NULL, NULL },
        { "a record that is full begins where it begins", check_full, empty, NULL, NULL },
        { "a clock that was set", check_clock, empty, NULL, NULL },
        { "a restart, and what moved instances or traffic, are no deploys", check_no_changes, empty, NULL, NULL },
        { "a commit of the future makes no other one old", check_future_is_no_measure, empty, NULL, NULL },
        { "what was taken back has not come yet", check_taken_back_is_not_good, empty, NULL, NULL },
        { "what is not known to be restored is counted apart", check_open, empty, NULL, NULL },
        { "a way back from what somebody else brought is no failure", check_strangers, empty, NULL, NULL },
        { "medians and the ninetieth percent, by rank", check_ranks, empty, NULL, NULL },
        { "one place, in words", check_answer, empty, NULL, NULL },
        { "few of them", check_few, empty, NULL, NULL },
        { "many", check_many, empty, NULL, NULL },
        { "several places, a line for each", check_several, empty, NULL, NULL },
    };

    return ROWS(lead_rows, check_lead) + ROWS(interval_rows, check_interval) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
