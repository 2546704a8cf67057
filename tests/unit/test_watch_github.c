/* Catching up with GitHub's logs: what is looked at, handed in, remembered, and said. */
#include "tests/unit/watch_fixture.h"

#include "bot/model/exchange.h"
#include "handlers/watch/github.h"

#define GITHUB(more) DECISION_CONFIGURATION "github:\n  webhook_secrets: [s]\n" more
#define KEY "  app: { id: 7, private_key: k }\n"
#define TWO_HOOKS                                                                                                      \
    "  token: t\n  catch_up: 2m\n  hooks:\n"                                                                           \
    "    - { repository: acme/platform, id: 5 }\n"                                                                     \
    "    - { repository: acme/platform, organization: acme, id: 6 }\n"
#define KNOWN(mark) "'known':{'since_ms':1,'watermark_ms':" mark "}"
#define FOUND(mark, missed) "{'missed':[" missed "]," KNOWN(mark) ",'is_gap':false}"
#define MISSED(id) "{'id':'" id "','guid':'g" id "','event':'push','at_ms':5,'status':503}"

static const struct github_watch *body_of(const struct watch_story *story)
{
    return story->body;
}

static const char *asked(const struct watch_story *story, const char *path)
{
    assert_int_equal(story->out.readings_count, 1);
    assert_string_equal(story->out.readings[0].kind, READING_GITHUB_DELIVERIES);
    return json_find_string(story->out.readings[0].args, path);
}

static int64_t watermark_asked(const struct watch_story *story)
{
    return json_find_int(story->out.readings[0].args, "known.watermark_ms", -1);
}

static const char *handed_in(const struct watch_story *story)
{
    const cJSON *args = NULL;

    assert_int_equal(watch_count(story, EFFECT_CATCH_UP, &args), 1);
    return json_find_string(args, "id");
}

static void check_wanted(void **state)
{
    static const struct wanted_row {
        const char *configuration;
        bool stands;
    } wanted[] = {
        { DECISION_CONFIGURATION, false },
        { DECISION_CONFIGURATION "github:\n" KEY, false }, /* no webhook is taken */
        { GITHUB("  token: t\n"), false },                 /* no log is known */
        { GITHUB(KEY), true },
        { GITHUB(TWO_HOOKS), true },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(wanted[i].configuration);
        struct watch_story story;

        watch_begin(&story, fixture, &machine_github_watch);
        assert_int_equal(story.out.begins, wanted[i].stands);
        assert_int_equal(story.out.readings_count, wanted[i].stands);
    }
}

static void check_logs_in_turn(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(GITHUB(TWO_HOOKS));
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_github_watch);
    assert_string_equal(asked(&story, "log.hook_id"), "5");
    assert_int_equal(watermark_asked(&story), 0);
    watch_read(&story, "deliveries", FOUND("1000", ""));
    assert_string_equal(asked(&story, "log.organization"), "acme");
    assert_int_equal(watermark_asked(&story), 0);
    watch_read(&story, "deliveries", FOUND("2000", ""));
    assert_int_equal(story.out.readings_count, 0);
    assert_int_equal(story.out.journal_count + story.out.effects_count, 0);
    assert_int_equal(story.out.timers_count, 1);
    assert_int_equal(story.out.timers[0].at_ms, DECISION_NOW_MS + 2 * MINUTE_MS);
    assert_int_equal(body_of(&story)->logs[1].looked_at_ms, DECISION_NOW_MS);
    watch_due(&story);
    assert_int_equal(watermark_asked(&story), 1000);
}

static void check_app(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(GITHUB(KEY));
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_github_watch);
    assert_null(asked(&story, "log.hook_id"));
    assert_null(
        strstr(json_print_in(fixture->arena, story.out.readings[0].args), "private")); /* it stands in the record */
}

/* The watermark goes on when all were handed in, and not before. */
static void check_handed_in(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(GITHUB(KEY));
    struct watch_story story;
    const cJSON *args = NULL;

    (void)state;
    watch_begin(&story, fixture, &machine_github_watch);
    watch_read(&story, "deliveries", FOUND("1000", MISSED("1") "," MISSED("2")));
    assert_int_equal(watch_count(&story, EFFECT_CATCH_UP, &args), 1);
    assert_string_equal(json_find_string(args, "id"), "1");
    assert_int_equal(story.out.timers_count, 0);
    watch_due(&story); /* not twice at once */
    watch_hear(&story, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_OWNER, .from = "engine" });
    assert_int_equal(story.out.readings_count + story.out.effects_count, 0);
    watch_effect(&story, "delivery", END_DONE, "{'is_wanted':true,'is_new':true}");
    assert_int_equal(watch_count(&story, EFFECT_CATCH_UP, &args), 1);
    assert_string_equal(json_find_string(args, "id"), "2");
    assert_int_equal(body_of(&story)->logs[0].known.watermark_ms, 0);
    watch_effect(&story, "delivery", END_DONE, "{'is_wanted':true,'is_new':false}");
    assert_int_equal(body_of(&story)->logs[0].known.watermark_ms, 1000);
    assert_int_equal(body_of(&story)->logs[0].caught_up, 1); /* the other had come by the webhook */
    assert_int_equal(story.out.timers_count, 1);
    watch_effect(&story, "delivery", END_DONE, "{'is_new':true}"); /* late, and once more: nothing waits for it */
    assert_int_equal(story.out.effects_count + story.out.timers_count, 0);
}

static void check_more_of_it(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(GITHUB(KEY));
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_github_watch);
    watch_read(&story, "deliveries", "{'missed':[" MISSED("9") "]," KNOWN("7") ",'cursor':'c1'}");
    watch_effect(&story, "delivery", END_DONE, "{'is_new':true}");
    assert_string_equal(asked(&story, "cursor"), "c1");
    assert_int_equal(watermark_asked(&story), 7);
    watch_read(&story, "deliveries", FOUND("8", ""));
    assert_int_equal(story.out.timers_count, 1);
    watch_due(&story);
    assert_null(asked(&story, "cursor"));
    assert_int_equal(watermark_asked(&story), 8);
}

/* What GitHub refuses is lost, and said; the others are not held up by it. */
static void check_lost(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(GITHUB(KEY));
    struct watch_story story;
    const cJSON *args = NULL;

    (void)state;
    watch_begin(&story, fixture, &machine_github_watch);
    watch_read(&story, "deliveries", FOUND("1000", MISSED("1") "," MISSED("2")));
    watch_effect(&story, "delivery", END_FAILED, NULL);
    assert_string_equal(json_find_string(watch_journal(&story, "catch_up.lost"), "delivery"), "1");
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 1);
    assert_int_equal(watch_count(&story, EFFECT_CATCH_UP, &args), 1);
    assert_string_equal(json_find_string(args, "id"), "2");
    watch_effect(&story, "delivery", END_DONE, "{'is_new':true}");
    assert_int_equal(body_of(&story)->logs[0].lost, 1);
    assert_int_equal(body_of(&story)->logs[0].known.watermark_ms, 1000);
}

/* What could not be had now is looked for again. */
static void check_put_off(void **state)
{
    static const enum event_end ends[] = { END_GAVE_UP, END_CANCELLED, END_UNKNOWN };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(GITHUB(KEY));
        struct watch_story story;

        watch_begin(&story, fixture, &machine_github_watch);
        watch_read(&story, "deliveries", FOUND("1000", MISSED("1") "," MISSED("2")));
        watch_effect(&story, "delivery", ends[i], NULL);
        assert_string_equal(handed_in(&story), "2"); /* it does not wait for the other */
        assert_non_null(watch_journal(&story, "catch_up.failed"));
        watch_effect(&story, "delivery", END_DONE, "{'is_new':true}");
        assert_int_equal(story.out.timers_count, 1);
        assert_null(watch_journal(&story, "catch_up.works"));
        assert_int_equal(body_of(&story)->logs[0].caught_up, 1);
        watch_due(&story);
        assert_int_equal(watermark_asked(&story), 0);
    }
}

/* One that can never be had holds up none of those that come after it, and is said once. */
static void check_stuck(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(GITHUB(KEY));
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_github_watch);
    watch_read(&story, "deliveries", FOUND("1000", MISSED("1")));
    watch_effect(&story, "delivery", END_GAVE_UP, NULL);
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 1);
    for (int round = 0; round < 3; round++) {
        watch_due(&story);
        watch_read(&story, "deliveries", FOUND("1000", MISSED("1") "," MISSED("2") "," MISSED("3")));
        if (round == 0) { /* first, and not again */
            assert_string_equal(handed_in(&story), "2");
            watch_effect(&story, "delivery", END_DONE, "{'is_new':true}");
            assert_string_equal(handed_in(&story), "3");
            watch_effect(&story, "delivery", END_FAILED, NULL);
            assert_non_null(watch_journal(&story, "catch_up.lost"));
        }
        assert_string_equal(handed_in(&story), "1");
        watch_effect(&story, "delivery", END_GAVE_UP, NULL);
        assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL) + story.out.journal_count, 0);
        assert_int_equal(body_of(&story)->logs[0].put_off_count, 1);
        assert_int_equal(story.out.timers_count, 1);
    }
    watch_due(&story);
    watch_read(&story, "deliveries", FOUND("2000", MISSED("1")));
    watch_effect(&story, "delivery", END_DONE, "{'is_new':true}");
    assert_non_null(watch_journal(&story, "catch_up.works"));
    assert_int_equal(body_of(&story)->logs[0].put_off_count + body_of(&story)->logs[0].settled_count, 0);
    assert_int_equal(body_of(&story)->logs[0].lost, 1);
    assert_int_equal(body_of(&story)->logs[0].known.watermark_ms, 2000);
}

/* Each takes minutes: after three it is GitHub that cannot be had. The next round begins with those not tried yet. */
static void check_many_put_off(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(GITHUB(KEY));
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_github_watch);
    for (int round = 0; round < 2; round++) {
        watch_read(&story, "deliveries", FOUND("1000", MISSED("1") "," MISSED("2") "," MISSED("3") "," MISSED("4")));
        assert_string_equal(handed_in(&story), round == 0 ? "1" : "4");
        for (int i = 0; i < 3; i++) {
            assert_int_equal(watch_count(&story, EFFECT_CATCH_UP, NULL), 1);
            watch_effect(&story, "delivery", END_GAVE_UP, NULL);
        }
        assert_int_equal(watch_count(&story, EFFECT_CATCH_UP, NULL), 0);
        assert_int_equal(story.out.timers_count, 1);
        watch_due(&story);
        assert_int_equal(watermark_asked(&story), 0);
    }
}

/* What lies further back is looked at nevertheless, and after it nothing is remembered as seen. */
static void check_put_off_with_more(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(GITHUB(KEY));
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_github_watch);
    watch_read(&story, "deliveries", "{'missed':[" MISSED("9") "]," KNOWN("7") ",'cursor':'c1'}");
    watch_effect(&story, "delivery", END_GAVE_UP, NULL);
    assert_string_equal(asked(&story, "cursor"), "c1");
    assert_int_equal(watermark_asked(&story), 7);
    watch_read(&story, "deliveries", FOUND("8", MISSED("5")));
    watch_effect(&story, "delivery", END_DONE, "{'is_new':true}");
    assert_int_equal(story.out.timers_count, 1);
    assert_int_equal(body_of(&story)->logs[0].known.watermark_ms, 0);
    watch_due(&story);
    assert_null(asked(&story, "cursor"));
    assert_int_equal(watermark_asked(&story), 0);
}

/* A problem further back in the log is not solved by the part before it. */
static void check_problem_further_back(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(GITHUB(KEY));
    struct watch_story story;
    size_t said = 0;

    (void)state;
    watch_begin(&story, fixture, &machine_github_watch);
    for (int round = 0; round < 3; round++) {
        watch_read(&story, "deliveries", "{'missed':[]," KNOWN("7") ",'cursor':'c1'}");
        assert_int_equal(story.out.journal_count, 0);
        watch_read(&story, "deliveries", NULL);
        said += watch_count(&story, EFFECT_MESSAGE, NULL);
        watch_due(&story);
    }
    assert_int_equal(said, 1);
}

static void check_unread(void **state)
{
    static const char odd[] = "{'missed':[" MISSED("1") "]," KNOWN("1000") ",'unread':2}";
    AUTO_DECISION struct decision_fixture *fixture = decision_create(GITHUB(KEY));
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_github_watch);
    watch_read(&story, "deliveries", odd);
    assert_int_equal(json_find_int(watch_journal(&story, "catch_up.unread"), "entries", 0), 2);
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 1);
    assert_string_equal(handed_in(&story), "1");
    watch_effect(&story, "delivery", END_DONE, "{'is_new':true}");
    assert_int_equal(body_of(&story)->logs[0].unread, 2);
    watch_due(&story);
    watch_read(&story, "deliveries", odd); /* it stands there still */
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL) + story.out.journal_count, 0);
    watch_effect(&story, "delivery", END_DONE, "{'is_new':false}");
    watch_due(&story);
    watch_read(&story, "deliveries", FOUND("2000", ""));
    assert_int_equal(body_of(&story)->logs[0].unread, 0);
}

static void check_said_once(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(GITHUB(KEY));
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_github_watch);
    watch_read(&story, "deliveries", NULL);
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 1);
    assert_string_equal(json_find_string(watch_journal(&story, "catch_up.failed"), "error"), "it said no");
    assert_int_equal(story.out.timers_count, 1);
    watch_due(&story);
    watch_read(&story, "deliveries", NULL);
    assert_int_equal(story.out.effects_count + story.out.journal_count, 0);
    watch_due(&story);
    watch_read(&story, "deliveries", FOUND("5", ""));
    assert_non_null(watch_journal(&story, "catch_up.works"));
    watch_due(&story);
    watch_read(&story, "deliveries", FOUND("6", ""));
    assert_int_equal(story.out.journal_count, 0);
}

static void check_gap(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(GITHUB(KEY));
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_github_watch);
    watch_read(&story, "deliveries", FOUND("1000", ""));
    watch_due(&story);
    watch_read(&story, "deliveries", "{'missed':[]," KNOWN("2000") ",'is_gap':true}");
    assert_int_equal(json_find_int(watch_journal(&story, "catch_up.gap"), "since", 0), 1000);
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 1);
    assert_int_equal(body_of(&story)->logs[0].known.watermark_ms, 2000);
}

static void check_gap_said_once(void **state)
{
    static const char gap[] = "{'missed':[" MISSED("1") "]," KNOWN("2000") ",'is_gap':true}";
    AUTO_DECISION struct decision_fixture *fixture = decision_create(GITHUB(KEY));
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_github_watch);
    watch_read(&story, "deliveries", FOUND("1000", ""));
    for (int round = 0; round < 3; round++) {
        watch_due(&story);
        watch_read(&story, "deliveries", gap);
        assert_int_equal(watch_journal(&story, "catch_up.gap") != NULL, round == 0);
        watch_effect(&story, "delivery", END_GAVE_UP, NULL); /* so the watermark stays */
    }
}

static void check_nonsense(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(GITHUB(KEY));
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_github_watch);
    watch_read(&story, "deliveries", "{'missed':7}");
    assert_non_null(watch_journal(&story, "catch_up.failed"));
    assert_int_equal(story.out.timers_count, 1);
}

static void check_another_configuration(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(GITHUB(TWO_HOOKS)),
                                          *app = decision_create(GITHUB(KEY)),
                                          *none = decision_create(DECISION_CONFIGURATION);
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_github_watch);
    watch_read(&story, "deliveries", FOUND("1000", ""));
    story.fixture = none; /* in the middle of it */
    watch_read(&story, "deliveries", FOUND("2000", ""));
    assert_int_equal(story.out.timers_count, 1);
    story.fixture = app;
    watch_due(&story);
    assert_int_equal(watermark_asked(&story), 0); /* a log of its own */
    watch_read(&story, "deliveries", FOUND("3000", ""));
    story.fixture = none;
    watch_due(&story);
    assert_string_equal(story.out.result, "done");
    assert_int_equal(story.out.readings_count, 0);
}

/* What came before a store was adopted is not handed in once more: neither by the next look, nor by one under way. */
static void check_adopted(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(GITHUB(KEY));
    int64_t adopted_at_ms = DECISION_NOW_MS - MINUTE_MS;
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_github_watch);
    watch_read(&story, "deliveries", FOUND("100", MISSED("1") "," MISSED("2")));
    assert_string_equal(handed_in(&story), "1");
    fixture->view.adoption = 7;
    fixture->view.adopted_at_ms = adopted_at_ms - HOUR_MS;
    fixture->view.shift_ms = HOUR_MS; /* GitHub's clock is the one that people see */
    watch_hear(&story, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_OWNER, .from = "engine" });
    assert_int_equal(story.out.cancels_count, 1);
    assert_int_equal(watermark_asked(&story), adopted_at_ms);
    assert_int_equal(json_find_int(story.out.readings[0].args, "known.since_ms", -1), adopted_at_ms);
    watch_effect(&story, "delivery", END_CANCELLED, NULL);
    assert_int_equal(watch_count(&story, EFFECT_CATCH_UP, NULL), 0);
    watch_hear(&story, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_OWNER, .from = "engine" });
    assert_int_equal(story.out.readings_count, 0); /* once is enough */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "it is at work where there is something to read", check_wanted, NULL, NULL, NULL },
        { "logs are looked at one after another, by their watermarks", check_logs_in_turn, NULL, NULL, NULL },
        { "the App's log is asked for without its key", check_app, NULL, NULL, NULL },
        { "what was missed is handed in, one by one", check_handed_in, NULL, NULL, NULL },
        { "a long log is read on", check_more_of_it, NULL, NULL, NULL },
        { "what cannot be had is said", check_lost, NULL, NULL, NULL },
        { "what cannot be had now is looked for again", check_put_off, NULL, NULL, NULL },
        { "one that can never be had holds up no other", check_stuck, NULL, NULL, NULL },
        { "many that cannot be had end the round", check_many_put_off, NULL, NULL, NULL },
        { "a log is read on behind what was put off", check_put_off_with_more, NULL, NULL, NULL },
        { "the part before it ends no problem", check_problem_further_back, NULL, NULL, NULL },
        { "entries that make no sense are counted, and said once", check_unread, NULL, NULL, NULL },
        { "what is wrong is said once", check_said_once, NULL, NULL, NULL },
        { "a gap is said", check_gap, NULL, NULL, NULL },
        { "a gap is said once", check_gap_said_once, NULL, NULL, NULL },
        { "nonsense is a failure", check_nonsense, NULL, NULL, NULL },
        { "another configuration has other logs", check_another_configuration, NULL, NULL, NULL },
        { "what came before an adoption is not handed in", check_adopted, NULL, NULL, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
