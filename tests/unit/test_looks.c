/* What Slack is asked before something is posted once more goes one after the other, and not over its limits. */
#include "tests/unit/rows.h"

#include "bot/carrier/looks.h"

#include "bot/base/time.h"

#define START INT64_C(1000000)
#define LIST "conversations.list"
#define HISTORY "conversations.history"

static const struct http_header thirty = { "Retry-After", "30" };
static const struct http_answer good = { .status = 200 },
                                limited = { .status = 429, .headers = &thirty, .header_count = 1 };

static bool goes(struct looks *looks, const char *limit, int64_t mono_ms)
{
    bool is_free = looks_take(looks, limit, false, mono_ms) == 0;

    if (is_free)
        looks_answered(looks, limit, &good, mono_ms);
    return is_free;
}

static void no_more_of_them_than_slack_takes_in_a_minute(void **state)
{
    struct looks *looks = looks_create();
    int lists = 0, histories = 0;

    (void)state;
    for (int64_t at = START; at < START + MINUTE_MS; at += 10) {
        lists += goes(looks, LIST, at);
        histories += goes(looks, HISTORY, at);
        assert_true(goes(looks, "users.list", at)); /* which nobody asks often */
        assert_true(goes(looks, NULL, at));
    }
    assert_int_equal(lists, 19);
    assert_int_equal(histories, 49);
    looks_destroy(looks);
    looks_destroy(NULL);
}

static void a_limit_is_hit_once_by_all_of_them(void **state)
{
    struct looks *looks = looks_create();

    (void)state;
    assert_int_equal(looks_take(looks, HISTORY, false, START), 0);
    assert_int_equal(looks_take(looks, HISTORY, false, START), 2 * SECOND_MS); /* until that is answered */
    assert_int_equal(looks_take(looks, LIST, false, START), 0);
    looks_answered(looks, HISTORY, &limited, START);
    assert_int_equal(looks_take(looks, HISTORY, false, START), 30 * SECOND_MS);
    looks_answered(looks, LIST, &good, START);
    assert_int_equal(looks_take(looks, LIST, false, START), 0); /* another limit */
    assert_int_equal(looks_take(looks, HISTORY, false, START + 30 * SECOND_MS), 0);
    looks_destroy(looks);
}

static void a_further_page_goes_at_once_and_counts(void **state)
{
    struct looks *looks = looks_create();

    (void)state;
    for (int page = 0; page < 8; page++) {
        assert_int_equal(looks_take(looks, LIST, page > 0, START), 0);
        looks_answered(looks, LIST, &good, START);
    }
    assert_int_equal(looks_take(looks, LIST, false, START), 5 * MINUTE_MS / 16); /* five too many */
    looks_destroy(looks);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_more_of_them_than_slack_takes_in_a_minute),
        cmocka_unit_test(a_limit_is_hit_once_by_all_of_them),
        cmocka_unit_test(a_further_page_goes_at_once_and_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
