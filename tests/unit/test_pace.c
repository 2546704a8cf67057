/* A limit is kept to; once it was hit all that go there wait, and go slower for a while. */
#include "tests/unit/page.h"

#include "bot/engine/pace.h"

#include "bot/base/time.h"

#include <stdio.h>
#include <string.h>

#define SEAT "chat.update"
#define START INT64_C(1000000)

static const struct effect_limit ten = { SEAT, .per_minute = 60, .burst = 10 };
static const struct effect_limit three = { SEAT, .per_minute = 60, .burst = 3 };
static const struct effect_limit one = { SEAT, .per_minute = 60, .burst = 1 };
static const struct effect_limit four_a_minute = { SEAT, .per_minute = 4, .a_minute = 4, .burst = 3 };
static const struct effect_limit twenty_a_minute = { SEAT, .per_minute = 20, .a_minute = 20, .burst = 10 };

/* What happens, in order: '?' one may go, and goes; '!' none may; 'n' and 'N' likewise of one that can wait; 'o' the
 * one that is out is answered; '.' a second passes; '_' half a minute; '~' the time of being slow; 'x' the one that is
 * out hits the limit for ten seconds, 's' for one, 'D' for a day, 'X' without a word of how long; '*' another seat's
 * goes. */
static const struct row {
    const char *name;
    const struct effect_limit *limit;
    const char *story;
} rows[] = {
    { "some at once", &three, "?o?o?o!" },
    { "then one after the other", &three, "?o?o?o!.?o!.?o!" },
    { "who let some time pass may hurry again", &three, "?o?o?o!...?o?o?o!" },
    { "but no more than that", &three, "?o__?o?o?o!" },
    { "one alone, once a second", &one, "?o!.?o!" },
    { "each waits for the answer of the one before", &three, "?!o?!" },
    { "for two seconds", &three, "?!.!.?" },
    { "another seat waits for nobody", &three, "?!****" },
    { "a limit that is hit keeps all away", &ten, "?x!........!..?" },
    { "what it does not say is half a minute", &ten, "?X!....................!__?" },
    { "after that it is half as fast", &three, "?x..........?o!.!.?o!" },
    { "and has half as much in hand", &ten, "?x..........?o?o?o?o?o!" },
    { "for ten minutes", &three, "?X_?o____________?o!.!.?o____~?o?o?o!.?" },
    { "but for a short while after a hit of a second", &three, "?s.?o!.!.?o________?o?o?o!.?" },
    { "hit so again and again, too", &three, "?s.?s..?s....?o!.......!.?o_?o?o?o!.?" },
    { "a short one does not end what a long one began", &three, "?X_?s..?o!.!.!.!.?o________?o!.!.!.!.?" },
    { "however long it says, ten minutes are enough", &three, "?D_______!~?" },
    { "hit again, it is slower still", &three, "?x..........?x..........?o!.!.!.!.?" },
    { "but never stops", &three, "?x..........?x..........?x..........?x..........?x..........?o!........?" },
    { "two that were out together hit it once", &three, "?..?xx..........?o!.!.?" },
    { "what can wait leaves half to others", &ten, "nononononoN?o?o?o?o?o!" },
    { "and goes when that is there again", &ten, "nononononoN.noN" },
    { "it waits as long when the limit is hit", &ten, "?x.........N.n" },
    { "of a small limit it takes what nobody else wants", &three, "noN?oN..noN" },
    { "of so many a minute all but the last at once", &four_a_minute, "?o?o?o!" },
    { "the last when it is its turn, and then none", &four_a_minute, "?o?o?o!...............?o!_!" },
    { "until the minute of the first is over", &four_a_minute, "?o?o?o!...............?o!_!...............?o?o?o!" },
    { "which begins with its answer", &four_a_minute, "?..o_?o?o?o!.............................!.?o!" },
    { "half of them after a hit", &four_a_minute, "?x...............?o!_!_?o!" },
};

static bool may_go(const struct pace *pace, const char *seat, const struct effect_limit *limit, bool can_wait,
                   int64_t now)
{
    return pace_free_mono(pace, seat, limit, can_wait, now) <= now;
}

static int64_t hit_ms(char c)
{
    return c == 'x' ? 10 * SECOND_MS : c == 's' ? SECOND_MS : c == 'D' ? DAY_MS : 0;
}

static void check_row(void **state)
{
    const struct row *row = *state;
    struct pace *pace = pace_create();
    int64_t now = START;

    for (const char *c = row->story; *c; c++) {
        bool can_wait = *c == 'n' || *c == 'N';

        now += *c == '.' ? SECOND_MS : *c == '_' ? MINUTE_MS / 2 : *c == '~' ? PACE_SLOW_MS : 0;
        if (*c == '*')
            assert_true(may_go(pace, "chat.postMessage slack:C1", row->limit, false, now));
        else if (*c == 'o')
            pace_give_back(pace, SEAT, now);
        else if (strchr("xXsD", *c)) {
            pace_give_back(pace, SEAT, now);
            pace_hit(pace, SEAT, hit_ms(*c), now);
        } else if (*c == '?' || *c == '!' || can_wait) {
            bool is_to_go = *c == '?' || *c == 'n';

            if (may_go(pace, SEAT, row->limit, can_wait, now) != is_to_go)
                fail_msg("at %zu of %s", (size_t)(c - row->story), row->story);
            if (is_to_go)
                pace_take(pace, SEAT, row->limit, now);
        }
    }
    pace_destroy(pace);
}

/* Whenever one looks, a minute has no more than the limit and what goes at once. */
static void check_any_minute_of(const struct effect_limit *limit, int64_t at_most)
{
    struct pace *pace = pace_create();
    int64_t went[1000], count = 0, first = 0;

    for (int64_t now = START; now < START + 10 * MINUTE_MS; now += 50) {
        if (!may_go(pace, SEAT, limit, false, now))
            continue;
        pace_take(pace, SEAT, limit, now);
        pace_give_back(pace, SEAT, now);
        assert_true(count < (int64_t)ARRAY_LEN(went));
        went[count++] = now;
        while (went[first] <= now - MINUTE_MS)
            first++;
        assert_true(count - first <= at_most);
    }
    assert_in_range(count, 9 * limit->per_minute, 10 * limit->per_minute + limit->burst);
    pace_destroy(pace);
}

static void check_any_minute(void **state)
{
    (void)state;
    check_any_minute_of(&ten, ten.per_minute + ten.burst);
    check_any_minute_of(&twenty_a_minute, twenty_a_minute.a_minute);
}

/* As many as a minute takes wait for nothing, for as long as they come one by one. */
static void check_steady(void **state)
{
    struct pace *pace = pace_create();

    (void)state;
    for (int64_t now = START; now < START + 10 * MINUTE_MS; now += MINUTE_MS / twenty_a_minute.a_minute) {
        assert_true(may_go(pace, SEAT, &twenty_a_minute, false, now));
        pace_take(pace, SEAT, &twenty_a_minute, now);
        pace_give_back(pace, SEAT, now);
    }
    pace_destroy(pace);
}

static void check_forgotten(void **state)
{
    struct pace *pace = pace_create();

    (void)state;
    for (int64_t i = 0; i < 1000; i++) {
        char seat[32];

        snprintf(seat, sizeof(seat), "chat.postMessage slack:C%d", (int)i);
        pace_take(pace, seat, &three, START + i * SECOND_MS);
    }
    assert_in_range(pace_seats(pace), 1, 10);
    pace_destroy(pace);
}

static void the_page_says_so(const char *slack_takes, const struct effect_limit *limit)
{
    char row[300];

    snprintf(row, sizeof(row), "| %s | %d a minute; after a pause %d at once |", slack_takes, (int)limit->per_minute,
             (int)limit->burst);
    page_assert_says("docs/rollouts.md", row);
}

static void the_page_says_how_many_cards_go(void **state)
{
    const struct effect_kind *card = effect_kind_find(effect_kinds, effect_kinds_count, EFFECT_CARD);

    (void)state;
    the_page_says_so("some 50 changes of messages a minute, of all channels together", card->limit_of_update);
    the_page_says_so("about 60 messages a minute in each channel: first cards, and what is said in threads",
                     card->limit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "no minute has more than its limit", check_any_minute, NULL, NULL, NULL },
        { "as many as a minute takes wait for nothing", check_steady, NULL, NULL, NULL },
        { "a seat that nobody uses is forgotten", check_forgotten, NULL, NULL, NULL },
        { "the page says how many cards go", the_page_says_how_many_cards_go, NULL, NULL, NULL },
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
