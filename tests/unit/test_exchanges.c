#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bot/carrier/internal.h"
#include "bot/carrier/programs.h"
#include "bot/model/effect.h"
#include "integrations/exchanges.h"

#include <string.h>

static void every_kind_of_effect_is_carried_by_something(void **state)
{
    (void)state;
    for (size_t i = 0; i < effect_kinds_count; i++)
        if (!exchanges_find(effect_kinds[i].name) && !programs_carry(effect_kinds[i].name) &&
            !carrier_kept_carries(effect_kinds[i].name))
            fail_msg("nothing carries %s", effect_kinds[i].name);
}

static void every_kind_of_reading_is_carried_by_something(void **state)
{
    static const char *const readings[] = { READING_DIGEST,
                                            READING_SERVICE,
                                            READING_HEALTH,
                                            READING_PROBES,
                                            READING_HEARTBEAT,
                                            READING_SELF_TEST,
                                            READING_REVISIONS,
                                            READING_TEMPLATE,
                                            READING_MEASURE,
                                            READING_COMMIT,
                                            READING_RELEASE,
                                            READING_RUN,
                                            READING_CHECKS,
                                            READING_AUTHORS,
                                            READING_SLACK_CHANNEL,
                                            READING_PAGERDUTY_SUBSCRIPTIONS,
                                            READING_PAGERDUTY_INCIDENTS,
                                            READING_PAGERDUTY_INCIDENT,
                                            READING_PAGERDUTY_ONCALL,
                                            READING_PAGERDUTY_USER,
                                            READING_STATUSPAGE };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(readings); i++)
        assert_non_null(exchanges_find(readings[i]));
    assert_true(programs_carry(READING_PROGRAM));
    assert_true(carrier_kept_carries(READING_KEPT));
    assert_true(carrier_personal_carries(READING_PERSONAL));
    assert_true(carrier_reload_carries(READING_CONFIGURATION));
}

static void no_kind_is_carried_twice(void **state)
{
    (void)state;
    for (size_t i = 0; i < exchange_rows_count; i++)
        assert_ptr_equal(exchanges_find(exchange_rows[i].kind), &exchange_rows[i]);
}

static void an_unknown_kind_is_carried_by_nothing(void **state)
{
    (void)state;
    assert_null(exchanges_find("slack.telepathy"));
    assert_null(exchanges_find(NULL));
}

/* Records may hold anything that an older or newer binary wrote: no exchange may trip over its args. */
static void args_of_another_shape_end_it_with_a_sentence(void **state)
{
    static const char *const args[] = { "{}", "[]", "7", "null", "{\"place\":null,\"channel\":[],\"card\":{}}" };
    AUTO(arena) struct arena *arena = arena_create();
    struct error err;

    (void)state;
    for (size_t i = 0; i < exchange_rows_count; i++) {
        for (size_t k = 0; k < ARRAY_LEN(args); k++) {
            struct exchange exchange = { .args = json_parse_in(arena, str_of(args[k]), &err), .arena = arena };
            struct exchange_step step = exchange_rows[i].step(&exchange); /* without settings: nobody is called */

            assert_true(step.next == NEXT_NEVER || step.next == NEXT_DONE);
            assert_true(step.next == NEXT_DONE || step.error[0]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_effect_is_carried_by_something),
        cmocka_unit_test(every_kind_of_reading_is_carried_by_something),
        cmocka_unit_test(no_kind_is_carried_twice),
        cmocka_unit_test(an_unknown_kind_is_carried_by_nothing),
        cmocka_unit_test(args_of_another_shape_end_it_with_a_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
