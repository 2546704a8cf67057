/* A store that was adopted: what serves is read everywhere, said once, and read again until a person confirms. */
#include "tests/unit/watch_fixture.h"

#include "bot/model/exchange.h"
#include "handlers/watch/observed.h"

#define SHARE(revision) "[{'revision':'" revision "','percent':100}]"
#define SERVES(revision)                                                                                               \
    "{'is_settled':true,'is_ready':true,'uri':'https://a.run.app','serving':'" revision                                \
    "','image':'img/api@sha256:ccc','wanted':" SHARE(revision) ",'observed':" SHARE(revision) "}"

static struct target_version good[] = {
    { "v1.3.0", "img/api@sha256:ddd", "api-d4", "D4", DECISION_NOW_MS - 3 * HOUR_MS, NULL, NULL, false },
};
static const struct target targets[] = {
    { .name = "api/staging", .good = good, .good_count = 1 },
    { .name = "api/production", .good = good, .good_count = 1 },
};

static const struct observed_watch *body_of(const struct watch_story *story)
{
    return story->body;
}

static struct decision_fixture *observing(const char *configuration)
{
    struct decision_fixture *fixture = decision_create(configuration);

    fixture->targets = targets;
    fixture->targets_count = ARRAY_LEN(targets);
    fixture->view.is_observing = true;
    fixture->view.adoption = 7;
    fixture->view.adopted_at_ms = DECISION_NOW_MS - MINUTE_MS;
    fixture->view.adopted_by = "ann";
    return fixture;
}

/* The fixture's four places: as recorded, another one, silent, unknown to the record. */
static void answer_all(struct watch_story *story)
{
    watch_read(story, "service.0", SERVES("api-d4"));
    watch_read(story, "service.1", SERVES("api-d9"));
    watch_read(story, "service.2", NULL);
    watch_read(story, "service.3", SERVES("web-d1"));
}

static const char *said(const struct watch_story *story)
{
    const cJSON *args = NULL;

    assert_int_equal(watch_count(story, EFFECT_MESSAGE, &args), 1);
    return json_find_string(args, "reply.text");
}

static void check_wanted(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = observing(DECISION_CONFIGURATION);
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_observed_watch);
    assert_true(story.out.begins);
    assert_int_equal(story.out.readings_count, 4); /* every place */
    assert_string_equal(story.out.readings[0].kind, READING_SERVICE);
    assert_string_equal(json_find_string(story.out.readings[1].args, "service"), "api-prod");
    fixture->view.is_observing = false;
    watch_begin(&story, fixture, &machine_observed_watch);
    assert_false(story.out.begins);
}

static void check_told(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = observing(DECISION_CONFIGURATION);
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_observed_watch);
    answer_all(&story);
    assert_true(body_of(&story)->is_done);
    assert_null(body_of(&story)->places[0].differs);
    assert_non_null(
        strstr(body_of(&story)->places[1].differs, "the record has all of it on `api-d4`; 100 % on `api-d9`"));
    assert_non_null(body_of(&story)->places[2].problem);
    assert_non_null(strstr(body_of(&story)->places[3].differs, "the record does not say what should serve"));
    assert_int_equal(json_find_int(watch_journal(&story, "store.read"), "differ", -1), 2);
    assert_int_equal(json_find_int(watch_journal(&story, "store.read"), "unread", -1), 1);
    assert_non_null(
        strstr(said(&story), "2 of 4 places serve something else than the record says; 1 could not be read"));
    assert_non_null(strstr(said(&story), "`api/production`: the record has all of it on `api-d4`"));
    assert_int_equal(story.out.timers[0].at_ms, fixture->view.now_ms + MINUTE_MS);
}

static void check_again(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = observing(DECISION_CONFIGURATION);
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_observed_watch);
    answer_all(&story);
    for (int round = 0; round < 3; round++) {
        fixture->view.now_ms += MINUTE_MS;
        watch_due(&story);
        assert_int_equal(story.out.readings_count, 4);
        watch_hear(&story, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_OWNER, .from = "engine" });
        assert_int_equal(story.out.readings_count, 0); /* one look at a time */
        watch_read(&story, "service.0", SERVES("api-d4"));
        watch_read(&story, "service.1", SERVES("api-d4")); /* somebody has mended it */
        assert_true(body_of(&story)->is_done);             /* what was read before is not taken back meanwhile */
        watch_read(&story, "service.2", SERVES("web-d1"));
        watch_read(&story, "service.3", NULL);
        assert_int_equal(story.out.journal_count + story.out.effects_count, 0); /* said once */
    }
    assert_null(body_of(&story)->places[1].differs);
    assert_non_null(body_of(&story)->places[3].serves); /* what it said last */
    assert_non_null(body_of(&story)->places[3].problem);
}

static void check_end(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = observing(DECISION_CONFIGURATION);
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_observed_watch);
    fixture->view.is_observing = false;
    watch_hear(&story, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_OWNER, .from = "engine" });
    assert_string_equal(story.out.result, "done");
}

static void check_another_adoption(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = observing(DECISION_CONFIGURATION);
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_observed_watch);
    answer_all(&story);
    fixture->view.adoption = 8;
    watch_hear(&story, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_OWNER, .from = "engine" });
    assert_int_equal(story.out.readings_count, 4);
    assert_false(body_of(&story)->is_done);
    assert_null(body_of(&story)->places[1].serves);
    answer_all(&story);
    assert_non_null(watch_journal(&story, "store.read"));
}

/* Answers that nobody waits for: twice, of nothing, of nonsense. */
static void check_strangers(void **state)
{
    static const char *const names[] = { "service.4", "service.-1", "service.x", "service.",
                                         "service.99999999999999999999" };
    AUTO_DECISION struct decision_fixture *fixture = observing(DECISION_CONFIGURATION);
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_observed_watch);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        watch_read(&story, names[i], SERVES("api-d4"));
    watch_read(&story, "service.0", SERVES("api-d4"));
    watch_read(&story, "service.0", SERVES("api-d9"));
    assert_null(body_of(&story)->places[0].differs);
    watch_read(&story, "service.1", "{'is_settled':'no'}");
    assert_non_null(body_of(&story)->places[1].problem);
    assert_false(body_of(&story)->is_done);
}

#define MANY(name)                                                                                                     \
    "      - name: " name                                                                                              \
    "\n        driver: { cloud_run: { project: a, regions: [r1, r2, r3, r4, r5, r6], service: s-" name                 \
    " } }\n        strategy: all-at-once\n"
#define MANY_PLACES                                                                                                    \
    "slack:\n  bot_token: xoxb-1\n  signing_secrets: [secret]\n  team: T1\n"                                           \
    "services:\n  - name: wide\n    artifact: { image: \"r.io/acme/wide:{version}\" }\n    environments:\n" MANY("one")   \
        MANY("two") "policy:\n  rules:\n    - { allow: status, to: everyone }\n"

static void check_many(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = observing(MANY_PLACES);
    struct watch_story story;
    size_t asked;

    (void)state;
    watch_begin(&story, fixture, &machine_observed_watch);
    asked = story.out.readings_count;
    assert_int_equal(asked, 8);
    for (size_t i = 0; i < 12; i++) {
        assert_false(body_of(&story)->is_done);
        watch_read(&story, arena_printf(fixture->arena, "service.%zu", i), SERVES("w-1"));
        asked += story.out.readings_count;
    }
    assert_int_equal(asked, 12);
    assert_true(body_of(&story)->is_done);
}

static void check_words(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = observing(DECISION_CONFIGURATION);
    struct operation operation = { .id = "L1", .kind = "watch.observed", .state = "watching" };
    struct watch_story story;

    (void)state;
    assert_non_null(strstr(observed_words(&fixture->view), " by ann, "));
    assert_non_null(strstr(observed_words(&fixture->view), "what serves is being read"));
    watch_begin(&story, fixture, &machine_observed_watch);
    answer_all(&story);
    operation.body = shape_to_json(&observed_watch_shape, story.body, SHAPE_WHOLE);
    fixture->operations = &operation;
    fixture->operations_count = 1;
    assert_non_null(strstr(observed_words(&fixture->view), "2 of 4 places serve something else"));
    fixture->view.is_observing = false;
    assert_null(observed_words(&fixture->view));
    cJSON_Delete((cJSON *)(uintptr_t)operation.body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "it is at work while a store is only observed", check_wanted, NULL, NULL, NULL },
        { "what differs from the record is said", check_told, NULL, NULL, NULL },
        { "it is read again, and said once", check_again, NULL, NULL, NULL },
        { "a confirmation ends it", check_end, NULL, NULL, NULL },
        { "another adoption begins it anew", check_another_adoption, NULL, NULL, NULL },
        { "answers of nobody change nothing", check_strangers, NULL, NULL, NULL },
        { "many places are asked some at a time", check_many, NULL, NULL, NULL },
        { "a look begins with it", check_words, NULL, NULL, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
