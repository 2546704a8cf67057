/* How often somebody may ask within an hour. */
#include "bot/doors/rates.h"

#include "bot/base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define BEGIN_MS (5 * DAY_MS)

/* Asks, if they may. */
static int64_t take(struct rates *rates, const char *who, int64_t mono_ms)
{
    int64_t wait_ms = rates_wait(rates, who, mono_ms);

    if (wait_ms == 0)
        rates_count(rates, who, mono_ms);
    return wait_ms;
}

static void without_a_limit_everybody_may(void **state)
{
    AUTO(rates) struct rates *rates = rates_create(0);

    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(take(rates, "slack:T0:U0", BEGIN_MS), 0);
}

static void so_many_at_once_and_then_one_after_another(void **state)
{
    AUTO(rates) struct rates *rates = rates_create(10);
    int64_t wait_ms;

    (void)state;
    for (int i = 0; i < 10; i++)
        assert_int_equal(take(rates, "slack:T0:U0", BEGIN_MS), 0);
    wait_ms = take(rates, "slack:T0:U0", BEGIN_MS);
    assert_in_range(wait_ms, 6 * MINUTE_MS, 6 * MINUTE_MS + 1);
    assert_int_equal(take(rates, "slack:T0:U0", BEGIN_MS), wait_ms); /* what is refused counts for nothing */
    assert_true(take(rates, "slack:T0:U0", BEGIN_MS + wait_ms - 2) > 0);
    assert_int_equal(take(rates, "slack:T0:U0", BEGIN_MS + wait_ms), 0);
    assert_true(take(rates, "slack:T0:U0", BEGIN_MS + wait_ms) > 0);
}

static void what_is_taken_back_may_be_asked_again(void **state)
{
    AUTO(rates) struct rates *rates = rates_create(1);

    (void)state;
    assert_int_equal(take(rates, "slack:T0:U0", BEGIN_MS), 0);
    rates_take_back(rates, "slack:T0:U0");
    rates_take_back(rates, "slack:T0:U1"); /* forgotten meanwhile */
    assert_int_equal(take(rates, "slack:T0:U0", BEGIN_MS), 0);
    assert_true(take(rates, "slack:T0:U0", BEGIN_MS) > 0);
}

static void each_for_themselves(void **state)
{
    AUTO(rates) struct rates *rates = rates_create(1);

    (void)state;
    assert_int_equal(take(rates, "slack:T0:U0", BEGIN_MS), 0);
    assert_true(take(rates, "slack:T0:U0", BEGIN_MS) > 0);
    assert_int_equal(take(rates, "slack:T0:U1", BEGIN_MS), 0);
    assert_int_equal(take(rates, "slack:T0:U0", BEGIN_MS + HOUR_MS), 0);
}

static void of_very_many_the_one_who_asked_first_is_forgotten(void **state)
{
    AUTO(rates) struct rates *rates = rates_create(1);
    char who[32];

    (void)state;
    for (int i = 0; i <= RATES_PEOPLE_MAX; i++) {
        snprintf(who, sizeof(who), "local:%d", i);
        assert_int_equal(take(rates, who, BEGIN_MS), 0);
    }
    assert_true(take(rates, "local:1", BEGIN_MS) > 0);
    assert_int_equal(take(rates, "local:0", BEGIN_MS), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_limit_everybody_may),
        cmocka_unit_test(so_many_at_once_and_then_one_after_another),
        cmocka_unit_test(what_is_taken_back_may_be_asked_again),
        cmocka_unit_test(each_for_themselves),
        cmocka_unit_test(of_very_many_the_one_who_asked_first_is_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
