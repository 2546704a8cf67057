/* PagerDuty's subscriptions: what is found silent is said and enabled, and what was not told meanwhile is read. */
#include "tests/unit/watch_fixture.h"

#include "bot/model/exchange.h"
#include "bot/model/outside_event.h"
#include "handlers/watch/pagerduty.h"

#define PAGERDUTY(more)                                                                                                \
    DECISION_CONFIGURATION "pagerduty:\n  webhook_secrets: [s]\n  api_token: t\n  from: a@example.com\n" more
#define WATCHED PAGERDUTY("  subscriptions: PSUB1\n  watch: 2m\n")
#define FOUND(id, active, silent)                                                                                      \
    "{'subscriptions':[{'id':'POTHER','is_active':true,'is_silent':true,'events':[]},"                                 \
    "{'id':'" id "','is_active':" active ",'is_silent':" silent ",'events':[]}]}"
#define WELL FOUND("PSUB1", "true", "false")
#define SILENT FOUND("PSUB1", "true", "true")
#define INCIDENT(id, status) "{'id':'" id "','status':'" status "'}"
#define OPEN(list) "{'incidents':[" list "],'is_cut':false}"

static const struct pagerduty_watch *body_of(const struct watch_story *story)
{
    return story->body;
}

static bool asks(const struct watch_story *story, const char *kind)
{
    return story->out.readings_count == 1 && strcmp(story->out.readings[0].kind, kind) == 0;
}

/* It has looked for the first time, all was well, and P1 was open. */
static void begin_well(struct watch_story *story, struct decision_fixture *fixture)
{
    watch_begin(story, fixture, &machine_pagerduty_watch);
    assert_true(asks(story, READING_PAGERDUTY_SUBSCRIPTIONS));
    watch_read(story, "subscriptions", WELL);
    assert_int_equal(story->out.journal_count + story->out.effects_count, 0);
    assert_true(asks(story, READING_PAGERDUTY_INCIDENTS));
    watch_read(story, "incidents", OPEN(INCIDENT("P1", "triggered")));
    assert_int_equal(story->out.journal_count + story->out.effects_count, 0);
    assert_int_equal(story->out.timers[0].at_ms, fixture->view.now_ms + 2 * MINUTE_MS);
}

static void tell(struct watch_story *story, const char *id, const char *status)
{
    struct outside_event outside = {
        .id = "e",
        .source = "pagerduty",
        .name = "incident.any",
        .body = decision_json(story->fixture,
                              arena_printf(story->fixture->arena, "{'incident':{'id':'%s','status':'%s'}}", id, status))
    };
    struct operation operation = { .id = "L1", .kind = "watch.pagerduty" };

    assert_true(pagerduty_watch_hears(&story->fixture->view, &operation, &outside));
    watch_hear(story, (struct event){ .kind = EVENT_OUTSIDE, .name = outside.name, .outside = &outside });
}

static void check_wanted(void **state)
{
    AUTO_DECISION struct decision_fixture *none = decision_create(DECISION_CONFIGURATION),
                                          *unnamed = decision_create(PAGERDUTY("")),
                                          *fixture = decision_create(WATCHED);
    struct watch_story story;

    (void)state;
    watch_begin(&story, none, &machine_pagerduty_watch);
    assert_false(story.out.begins);
    watch_begin(&story, unnamed, &machine_pagerduty_watch);
    assert_false(story.out.begins);
    watch_begin(&story, fixture, &machine_pagerduty_watch);
    assert_true(story.out.begins);
}

static void check_well(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WATCHED);
    struct watch_story story;

    (void)state;
    begin_well(&story, fixture);
    watch_due(&story);
    watch_hear(&story, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_OWNER, .from = "engine" });
    assert_int_equal(story.out.readings_count, 0); /* one look at a time */
    watch_read(&story, "subscriptions", WELL);
    assert_int_equal(story.out.readings_count, 0); /* nothing was missed */
    assert_int_equal(story.out.timers_count, 1);
}

static void check_silent(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WATCHED);
    struct watch_story story;
    const cJSON *args = NULL;

    (void)state;
    begin_well(&story, fixture);
    watch_due(&story);
    watch_read(&story, "subscriptions", SILENT);
    assert_int_equal(watch_count(&story, EFFECT_PAGERDUTY_ENABLE, &args), 1); /* ours, and not the other */
    assert_string_equal(json_find_string(args, "subscription"), "PSUB1");
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 1);
    assert_string_equal(json_find_string(watch_journal(&story, "subscription.failed"), "trouble"), "silenced");
    assert_int_equal(story.out.readings_count, 0); /* enabled first */
    watch_effect(&story, "enable:PSUB1", END_DONE, "{'enabled':true}");
    assert_non_null(watch_journal(&story, "subscription.works"));
    assert_true(asks(&story, READING_PAGERDUTY_INCIDENTS));
    watch_read(&story, "incidents", OPEN(INCIDENT("P2", "triggered") "," INCIDENT("P3", "acknowledged")));
    assert_int_equal(story.out.journal_count, 3);
    assert_string_equal(json_find_string(story.out.journal[0].body, "incident"), "P2");
    assert_string_equal(json_find_string(story.out.journal[1].body, "is"), "acknowledged");
    assert_string_equal(json_find_string(story.out.journal[2].body, "incident"), "P1");
    assert_string_equal(json_find_string(story.out.journal[2].body, "is"), "resolved");
    assert_false(body_of(&story)->is_gap);
    watch_due(&story);
    watch_read(&story, "subscriptions", WELL);
    assert_int_equal(story.out.readings_count + story.out.journal_count, 0);
}

#define OURS                                                                                                           \
    WATCHED                                                                                                            \
        "incidents:\n  severities: [{ name: P1 }]\n  open_on:\n    - { pagerduty: { urgency: high }, severity: P1 }\n"
#define NEW(id, urgency, at) "{'id':'" id "','status':'triggered','urgency':'" urgency "','created_at_ms':" at "}"

/* What a webhook would have told an incident of ours is asked for instead. */
static void check_incidents(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(OURS);
    const struct operation ours[] = {
        { .id = "D12", .kind = "incident", .state = "open", .body = decision_json(fixture, "{'pages':[{'id':'P1'}]}") }
    };
    const struct wanted_request *want;
    struct watch_story story;

    (void)state;
    fixture->operations = ours;
    fixture->operations_count = ARRAY_LEN(ours);
    begin_well(&story, fixture);
    for (int i = 0; i < 2; i++) { /* the second time the store is only observed */
        fixture->view.is_observing = i == 1;
        watch_due(&story);
        watch_read(&story, "subscriptions", FOUND("PSUB1", "false", "false"));
        watch_read(&story, "incidents",
                   i == 0 ? OPEN(NEW("P2", "high", "1795212000000") "," NEW("P3", "low", "1795212000000") "," NEW(
                                "P4", "high", "1795000000000"))
                          : OPEN(NEW("P5", "high", "1795212000000")));
        assert_int_equal(story.out.requests_count, i == 0 ? 2 : 0);
        if (i > 0)
            continue;
        want = story.out.requests;
        assert_string_equal(want[0].verb, "incident-told");
        assert_string_equal(want[0].source, "pagerduty");
        assert_non_null(strstr(want[0].words[0], "\"id\":\"P2\""));
        assert_non_null(strstr(want[1].words[0], "\"id\":\"P1\""));
        assert_non_null(strstr(want[1].words[0], "\"status\":\"resolved\""));
    }
}

static void check_not_enabled(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WATCHED);
    struct watch_story story;

    (void)state;
    begin_well(&story, fixture);
    watch_due(&story);
    watch_read(&story, "subscriptions", SILENT);
    watch_effect(&story, "enable:PSUB1", END_FAILED, NULL);
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 1);
    assert_true(asks(&story, READING_PAGERDUTY_INCIDENTS));
    watch_read(&story, "incidents", OPEN(INCIDENT("P1", "triggered")));
    assert_true(body_of(&story)->is_gap);
    watch_due(&story);
    watch_read(&story, "subscriptions", SILENT);
    assert_int_equal(watch_count(&story, EFFECT_PAGERDUTY_ENABLE, NULL), 1); /* again */
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 0);          /* and it was said */
    watch_effect(&story, "enable:PSUB1", END_GAVE_UP, NULL);
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 0); /* and so was this */
    watch_read(&story, "incidents", OPEN(INCIDENT("P1", "triggered")));
    watch_due(&story);
    watch_read(&story, "subscriptions", WELL); /* PagerDuty did it by itself */
    watch_read(&story, "incidents", OPEN(INCIDENT("P1", "triggered")));
    watch_due(&story);
    watch_read(&story, "subscriptions", SILENT);
    watch_effect(&story, "enable:PSUB1", END_FAILED, NULL);
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 1); /* another time */
}

static void check_left_alone(void **state)
{
    static const struct left_row {
        const char *found, *trouble;
    } left[] = {
        { FOUND("PSUB1", "false", "true"), "switched off" },
        { FOUND("PSUB1", "false", "false"), "switched off" },
        { FOUND("PNEW", "true", "true"), "not there" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(left); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(WATCHED);
        struct watch_story story;

        begin_well(&story, fixture);
        watch_due(&story);
        watch_read(&story, "subscriptions", left[i].found);
        assert_int_equal(watch_count(&story, EFFECT_PAGERDUTY_ENABLE, NULL), 0);
        assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 1);
        assert_string_equal(json_find_string(watch_journal(&story, "subscription.failed"), "trouble"), left[i].trouble);
        assert_true(asks(&story, READING_PAGERDUTY_INCIDENTS)); /* each time: nothing else tells */
        watch_read(&story, "incidents", OPEN(INCIDENT("P1", "acknowledged")));
        assert_int_equal(story.out.journal_count, 1);
        watch_due(&story);
        watch_read(&story, "subscriptions", WELL);
        assert_non_null(watch_journal(&story, "subscription.works"));
        assert_true(asks(&story, READING_PAGERDUTY_INCIDENTS)); /* once more, after the gap */
        watch_read(&story, "incidents", OPEN(INCIDENT("P1", "acknowledged")));
        assert_int_equal(story.out.journal_count, 0);
        assert_false(body_of(&story)->is_gap);
    }
}

/* What was told in time does not differ. */
static void check_long_priority(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WATCHED);
    struct watch_story story;
    const char *priority;

    (void)state;
    begin_well(&story, fixture);
    fixture->view.now_ms += 3 * DAY_MS;
    watch_due(&story);
    watch_read(&story, "subscriptions", WELL);
    assert_true(asks(&story, READING_PAGERDUTY_INCIDENTS));
    watch_read(
        &story, "incidents",
        arena_printf(
            fixture->arena,
            "{'incidents':[{'id':'P1','status':'triggered','priority':{'id':'P9','summary':'%099d\xc3\xa9%0400d'}}],'is_cut':false}",
            0, 0));
    assert_int_equal(body_of(&story)->incidents_count, 1);
    priority = body_of(&story)->incidents[0].priority;
    assert_int_equal(strlen(priority), 99); /* no half of a character */
}

static void check_told(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WATCHED);
    struct watch_story story;

    (void)state;
    begin_well(&story, fixture);
    tell(&story, "P1", "resolved");
    tell(&story, "P2", "triggered");
    tell(&story, "P2", "acknowledged");
    tell(&story, "P3", "resolved");     /* never heard of */
    fixture->view.now_ms += 3 * DAY_MS; /* PagerDuty gave up trying meanwhile */
    watch_due(&story);
    watch_read(&story, "subscriptions", WELL);
    assert_true(asks(&story, READING_PAGERDUTY_INCIDENTS));
    watch_read(&story, "incidents", OPEN(INCIDENT("P2", "acknowledged")));
    assert_int_equal(story.out.journal_count, 0);
}

/* What is told while the list is read may be newer than the list. */
static void check_told_meanwhile(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WATCHED);
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_pagerduty_watch);
    watch_read(&story, "subscriptions", WELL);
    tell(&story, "P1", "triggered");
    watch_read(&story, "incidents", OPEN(""));
    assert_true(asks(&story, READING_PAGERDUTY_INCIDENTS));
    watch_read(&story, "incidents", OPEN(INCIDENT("P1", "triggered")));
    assert_int_equal(body_of(&story)->incidents_count, 1);
    assert_int_equal(body_of(&story)->rereads, 1);
    assert_int_equal(story.out.timers_count, 1);
}

/* But it is not read for ever. */
static void check_told_all_the_time(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WATCHED);
    struct watch_story story;
    int reads = 0;

    (void)state;
    watch_begin(&story, fixture, &machine_pagerduty_watch);
    watch_read(&story, "subscriptions", WELL);
    while (asks(&story, READING_PAGERDUTY_INCIDENTS)) {
        assert_true(++reads < 10);
        tell(&story, "P1", "triggered");
        watch_read(&story, "incidents", OPEN(""));
    }
    assert_int_equal(reads, 4);
    assert_int_equal(story.out.timers_count, 1);
}

static void check_cut(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WATCHED);
    struct watch_story story;

    (void)state;
    begin_well(&story, fixture);
    fixture->view.now_ms += 3 * DAY_MS;
    watch_due(&story);
    watch_read(&story, "subscriptions", WELL);
    watch_read(&story, "incidents", "{'incidents':[" INCIDENT("P2", "triggered") "],'is_cut':true}");
    assert_int_equal(story.out.journal_count, 1); /* P1 may be among those that were cut */
    assert_string_equal(json_find_string(story.out.journal[0].body, "incident"), "P2");
}

static void check_unseen(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WATCHED);
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_pagerduty_watch);
    watch_read(&story, "subscriptions", NULL);
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 1);
    assert_non_null(watch_journal(&story, "pagerduty.unseen"));
    assert_int_equal(story.out.timers_count, 1);
    watch_due(&story);
    watch_read(&story, "subscriptions", "{'subscriptions':7}");
    assert_int_equal(story.out.effects_count + story.out.journal_count, 0);
    for (int round = 0; round < 3; round++) { /* no round ends well */
        watch_due(&story);
        watch_read(&story, "subscriptions", WELL);
        watch_read(&story, "incidents", NULL);
        assert_int_equal(story.out.effects_count + story.out.journal_count, 0);
        assert_false(body_of(&story)->has_read);
        assert_int_equal(story.out.timers_count, 1);
    }
}

static void check_unseen_again(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WATCHED);
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_pagerduty_watch);
    watch_read(&story, "subscriptions", WELL);
    watch_read(&story, "incidents", NULL);
    assert_non_null(watch_journal(&story, "pagerduty.unseen"));
    watch_due(&story);
    watch_read(&story, "subscriptions", WELL);
    watch_read(&story, "incidents", OPEN(""));
    assert_null(body_of(&story)->problem);
    for (int round = 0; round < 2; round++) { /* with and without one that ends well without incidents */
        watch_due(&story);
        watch_read(&story, "subscriptions", NULL);
        assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 1);
        watch_due(&story);
        watch_read(&story, "subscriptions", WELL);
        assert_int_equal(story.out.readings_count, 0);
        assert_null(body_of(&story)->problem);
    }
}

/* A store that was adopted: nothing is switched on until a person has confirmed it, and that is said once. */
static void check_observing(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WATCHED);
    struct watch_story story;
    const cJSON *args = NULL;
    size_t said = 0;

    (void)state;
    begin_well(&story, fixture);
    fixture->view.is_observing = true;
    for (int round = 0; round < 3; round++) {
        watch_due(&story);
        watch_read(&story, "subscriptions", SILENT);
        assert_int_equal(watch_count(&story, EFFECT_PAGERDUTY_ENABLE, NULL), 0);
        if (watch_count(&story, EFFECT_MESSAGE, &args) && ++said)
            assert_non_null(strstr(json_find_string(args, "reply.text"), "`opsgate store confirm`"));
        watch_read(&story, "incidents", OPEN(INCIDENT("P1", "triggered")));
        assert_int_equal(story.out.timers_count, 1);
    }
    assert_int_equal(said, 1);
    fixture->view.is_observing = false;
    watch_hear(&story, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_OWNER, .from = "engine" });
    watch_read(&story, "subscriptions", SILENT);
    assert_int_equal(watch_count(&story, EFFECT_PAGERDUTY_ENABLE, NULL), 1);
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 0);
    watch_effect(&story, "enable:PSUB1", END_DONE, "{'enabled':true}");
    assert_non_null(watch_journal(&story, "subscription.works"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "it is at work where subscriptions are named", check_wanted, NULL, NULL, NULL },
        { "nothing is said while all is well", check_well, NULL, NULL, NULL },
        { "a silenced one is said, enabled, and made up for", check_silent, NULL, NULL, NULL },
        { "what it would have told of incidents of ours is asked for", check_incidents, NULL, NULL, NULL },
        { "one that cannot be enabled is tried again", check_not_enabled, NULL, NULL, NULL },
        { "what people switched off or took away stays so", check_left_alone, NULL, NULL, NULL },
        { "of a long priority its beginning is kept", check_long_priority, NULL, NULL, NULL },
        { "what was told in time does not differ", check_told, NULL, NULL, NULL },
        { "what is told meanwhile may be newer", check_told_meanwhile, NULL, NULL, NULL },
        { "but there is an end to that", check_told_all_the_time, NULL, NULL, NULL },
        { "a list that is cut says nothing of the others", check_cut, NULL, NULL, NULL },
        { "what cannot be seen is said once", check_unseen, NULL, NULL, NULL },
        { "and again after it could be seen", check_unseen_again, NULL, NULL, NULL },
        { "while a store is only observed none is enabled; then it is", check_observing, NULL, NULL, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
