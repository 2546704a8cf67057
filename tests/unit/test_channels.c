/* Where a channel's name led last. */
#include "tests/unit/rows.h"

#include "bot/carrier/channels.h"

#include <stdio.h>
#include <stdlib.h>

#define NOW INT64_C(1000000)

static void check_learnt(void **state)
{
    struct channels *channels = channels_create();

    (void)state;
    assert_null(channels_find(channels, "#deployments", NOW));
    assert_null(channels_find(channels, NULL, NOW));
    assert_null(channels_find_last(channels, NULL));
    channels_learn(channels, "#deployments", "C1", NOW);
    channels_learn(channels, "#alerts", "C2", NOW);
    channels_learn(channels, "#deployments", "C3", NOW); /* made anew */
    assert_string_equal(channels_find(channels, "#deployments", NOW), "C3");
    assert_string_equal(channels_find(channels, "#alerts", NOW), "C2");
    assert_null(channels_find(channels, "deployments", NOW));
    channels_forget(channels, "#deployments");
    channels_forget(channels, "#nowhere");
    assert_null(channels_find(channels, "#deployments", NOW));
    assert_string_equal(channels_find(channels, "#alerts", NOW), "C2"); /* it is as good as it was */
    channels_forget_all(channels);
    assert_null(channels_find_last(channels, "#alerts"));
    channels_learn(channels, "#alerts", "C2", NOW);
    assert_string_equal(channels_find(channels, "#alerts", NOW), "C2");
    channels_destroy(channels);
    channels_destroy(NULL);
}

static void check_asked_again(void **state)
{
    struct channels *channels = channels_create();

    (void)state;
    channels_learn(channels, "#deployments", "C1", NOW);
    assert_non_null(channels_find(channels, "#deployments", NOW + CHANNELS_TRUSTED_MS - 1));
    assert_null(channels_find(channels, "#deployments", NOW + CHANNELS_TRUSTED_MS));
    assert_string_equal(channels_find_last(channels, "#deployments"), "C1"); /* for who looks for what went there */
    channels_learn(channels, "#deployments", "C1", NOW + CHANNELS_TRUSTED_MS);
    assert_non_null(channels_find(channels, "#deployments", NOW + CHANNELS_TRUSTED_MS));
    channels_destroy(channels);
}

static void check_bounded(void **state)
{
    struct channels *channels = channels_create();
    int known = 0;
    char name[32];

    (void)state;
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "#of-team-%d", i);
        channels_learn(channels, name, "C1", NOW);
    }
    assert_non_null(channels_find(channels, name, NOW)); /* the newest */
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "#of-team-%d", i);
        known += channels_find(channels, name, NOW) != NULL;
    }
    assert_int_equal(known, CHANNELS_KEPT);
    channels_destroy(channels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "the newest that was learnt", check_learnt, NULL, NULL, NULL },
        { "after a while it is asked for again", check_asked_again, NULL, NULL, NULL },
        { "and not too many", check_bounded, NULL, NULL, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
