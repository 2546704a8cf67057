/* Every kind of effect says why a second try does no harm, and how long it is worth trying. */
#include "tests/unit/rows.h"

#include "bot/base/time.h"
#include "bot/engine/pace.h"
#include "bot/model/effect.h"

#include <string.h>

/* Runs `check` for every kind, and names the one that fails. */
static void for_each(bool (*check)(const struct effect_kind *kind))
{
    assert_true(effect_kinds_count > 0);
    for (size_t i = 0; i < effect_kinds_count; i++)
        if (!check(&effect_kinds[i]))
            fail_msg("%s", effect_kinds[i].name);
}

static bool has_reason(const struct effect_kind *kind)
{
    return kind->why && strlen(kind->why) >= 20 && strchr(kind->why, ' ');
}

static bool has_sane_times(const struct effect_kind *kind)
{
    return kind->attempt_ms >= SECOND_MS && kind->attempt_ms <= MINUTE_MS && kind->give_up_ms >= 2 * kind->attempt_ms &&
           kind->give_up_ms <= 2 * DAY_MS;
}

/* A traffic change that comes late is worse than none; what Slack is shown may wait for Slack. */
static bool is_patient_or_essential(const struct effect_kind *kind)
{
    return !kind->is_essential || kind->give_up_ms <= 10 * MINUTE_MS;
}

/* Raising traffic without being essential, or replaceable by a newer wish in the queue, would be a contradiction. */
static bool is_increase_strict(const struct effect_kind *kind)
{
    return !kind->is_increase || (kind->is_essential && !kind->is_latest_wins);
}

static bool is_found_by_name(const struct effect_kind *kind)
{
    return effect_kind_find(effect_kinds, effect_kinds_count, kind->name) == kind; /* so no name stands twice */
}

static void check_reasons(void **state)
{
    (void)state;
    for_each(has_reason);
}

static void check_times(void **state)
{
    (void)state;
    for_each(has_sane_times);
    for_each(is_patient_or_essential);
}

/* Only what is shown to people may come hours late; what has to be done, or is waited for, never waits for a person. */
static bool parks_only_what_is_shown(const struct effect_kind *kind)
{
    return kind->refused != REFUSED_PARKS || (!kind->is_essential && !kind->is_increase && !kind->is_decrease &&
                                              !kind->is_asked_first && kind->give_up_ms >= HOUR_MS);
}

static bool tries_on_if_it_lowers(const struct effect_kind *kind)
{
    return !kind->is_decrease || kind->refused == REFUSED_TRIES_ON;
}

static void check_refused(void **state)
{
    (void)state;
    for_each(parks_only_what_is_shown);
    for_each(tries_on_if_it_lowers);
    assert_int_equal(effect_kind_find(effect_kinds, effect_kinds_count, EFFECT_CARD)->refused, REFUSED_PARKS);
    assert_int_equal(effect_kind_find(effect_kinds, effect_kinds_count, EFFECT_MESSAGE)->refused, REFUSED_PARKS);
    assert_int_equal(effect_kind_find(effect_kinds, effect_kinds_count, EFFECT_CATCH_UP)->refused, REFUSED_TRIES_ON);
    assert_int_equal(effect_kind_find(effect_kinds, effect_kinds_count, EFFECT_TRAFFIC)->refused, REFUSED_FAILS);
}

/* Whatever stands waits for these, and looks at nothing else meanwhile. */
static void check_waited_for(void **state)
{
    static const char *const kinds[] = { EFFECT_CATCH_UP, EFFECT_PAGERDUTY_ENABLE };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        assert_true(effect_kind_find(effect_kinds, effect_kinds_count, kinds[i])->give_up_ms <= 10 * MINUTE_MS);
}

static void check_increases(void **state)
{
    (void)state;
    for_each(is_increase_strict);
    assert_true(effect_kind_find(effect_kinds, effect_kinds_count, EFFECT_TRAFFIC)->is_increase);
    assert_true(effect_kind_find(effect_kinds, effect_kinds_count, EFFECT_PROGRAM)->is_asked_first);
    assert_true(effect_kind_find(effect_kinds, effect_kinds_count, EFFECT_DISPATCH)->is_asked_first);
}

/* removeRule names a number, and another rule may have it next. */
static void check_late(void **state)
{
    (void)state;
    assert_int_equal(effect_kind_find(effect_kinds, effect_kinds_count, EFFECT_UNBLOCK)->in_doubt, DOUBT_LOOK_UP);
}

/* In any minute at most what is let through at once and what follows evenly, or `a_minute`: the tier of its method. */
static void check_tiers(void **state)
{
    static const struct {
        const char *kind, *method;
        int64_t per_minute; /* of its tier */
    } rows[] = {
        { EFFECT_CHANNEL, "conversations.create", 20 },    { EFFECT_TOPIC, "conversations.setTopic", 20 },
        { EFFECT_PURPOSE, "conversations.setPurpose", 20 }, { EFFECT_INVITE, "conversations.invite", 50 },
        { EFFECT_PIN, "pins.add", 20 },                    { EFFECT_BOOKMARK, "bookmarks.add", 20 },
        { EFFECT_ARCHIVE, "conversations.archive", 20 },   { EFFECT_UNARCHIVE, "conversations.unarchive", 20 },
        { EFFECT_RENAME, "conversations.rename", 20 },     { EFFECT_UPLOAD, "files.completeUploadExternal", 100 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct effect_kind *kind = effect_kind_find(effect_kinds, effect_kinds_count, rows[i].kind);

        assert_non_null(kind->limit);
        assert_string_equal(kind->limit->name, rows[i].method);
        assert_in_range(kind->limit->a_minute, 0, PACE_A_MINUTE_MAX);
        assert_true((kind->limit->a_minute ? kind->limit->a_minute : kind->limit->per_minute + kind->limit->burst) <=
                    rows[i].per_minute);
        assert_true(rows[i].per_minute > 20 || kind->limit->per_minute == 20); /* where that is little, all of it is taken */
        assert_false(kind->limit->is_of_lane); /* the tier is of the workspace */
        assert_true(kind->waits_for_confirm && !kind->is_essential);
    }
}

static void check_names(void **state)
{
    (void)state;
    for_each(is_found_by_name);
    assert_null(effect_kind_find(effect_kinds, effect_kinds_count, "slack.carrier-pigeon"));
    assert_null(effect_kind_find(NULL, 0, EFFECT_CARD));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "every kind says why a second try does no harm", check_reasons, NULL, NULL, NULL },
        { "a try is shorter than the patience, and both are sane", check_times, NULL, NULL, NULL },
        { "what a watch waits for is given up within minutes", check_waited_for, NULL, NULL, NULL },
        { "what waits for a credential to be mended is only shown, and the way back never waits", check_refused, NULL,
          NULL, NULL },
        { "what raises traffic is essential and never replaced in the queue", check_increases, NULL, NULL, NULL },
        { "what names a rule by its number waits until all calls of a dead owner have arrived", check_late, NULL, NULL, NULL },
        { "what Slack counts by method keeps below its tier", check_tiers, NULL, NULL, NULL },
        { "every kind is found by its name, and nothing else is", check_names, NULL, NULL, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
