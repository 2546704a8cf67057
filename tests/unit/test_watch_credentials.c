/* Credentials that are lost: tried each hour, told by the engine, said once, and paged. */
#include "tests/unit/watch_fixture.h"

#include "bot/model/exchange.h"
#include "bot/model/self_test.h"
#include "handlers/watch/credentials.h"
#include "handlers/watch/page.h"

#define PAGES                                                                                                          \
    DECISION_CONFIGURATION                                                                                             \
    "smtp: { url: \"smtp://mail.example.com\", from: a@example.com }\nrecovery: { mail_to: oncall@example.com, "       \
    "self_test: 2h }\n"
#define GOOD "{'findings':[{'mark':'good','subject':'Slack token','text':'it is ours'}]}"
#define BAD                                                                                                            \
    "{'findings':[{'mark':'good','subject':'x','text':'y'},"                                                           \
    "{'mark':'bad','subject':'Slack token','text':'*token_revoked*','mend':'install the app again'}]}"
#define AWAY "{'findings':[{'mark':'unreachable','subject':'Slack','text':'no answer'}]}"
#define REFUSED(seat) "{'seat':'" seat "','why':'token_revoked','since_ms':1,'effects':3}"

static const struct credentials_watch *body_of(const struct watch_story *story)
{
    return story->body;
}

static void begin(struct watch_story *story, struct decision_fixture *fixture)
{
    watch_begin(story, fixture, &machine_credentials_watch);
    assert_true(story->out.begins);
    assert_int_equal(story->out.readings_count, 0); /* not in the first minutes */
    assert_int_equal(story->out.timers[0].at_ms, fixture->view.now_ms + 5 * MINUTE_MS);
}

/* All tests of a round: Slack's answer, and good ones of the others. What was paged and said on the way. */
static size_t round_of(struct watch_story *story, const char *slack, size_t *ret_mails)
{
    size_t messages = 0, mails = 0;

    watch_due(story);
    for (int i = 0; story->out.readings_count > 0; i++) {
        const char *name = story->out.readings[0].name;

        assert_true(i < SELF_TESTS_MAX);
        assert_int_equal(story->out.readings_count, 1); /* one after the other */
        assert_string_equal(story->out.readings[0].kind, READING_SELF_TEST);
        watch_read(story, name, strcmp(name, "test:Slack") == 0 ? slack : GOOD);
        messages += watch_count(story, EFFECT_MESSAGE, NULL);
        mails += watch_count(story, EFFECT_MAIL, NULL);
    }
    if (ret_mails)
        *ret_mails = mails;
    return messages;
}

static int64_t timer_in_ms(const struct watch_story *story, const char *name)
{
    for (size_t i = 0; i < story->out.timers_count; i++)
        if (strcmp(story->out.timers[i].name, name) == 0 && story->out.timers[i].at_ms)
            return story->out.timers[i].at_ms - story->fixture->view.now_ms;
    return -1;
}

static void hear(struct watch_story *story, const char *name, const char *json)
{
    watch_hear(story, (struct event){ .kind = EVENT_MESSAGE,
                                      .name = name,
                                      .from = "engine",
                                      .body = decision_json(story->fixture, json) });
}

static const char *text_of(const struct watch_story *story, const char *kind, const char *path)
{
    const cJSON *args = NULL;

    watch_count(story, kind, &args);
    return args ? json_find_string(args, path) : "";
}

/* ---- the self-test ---- */

static void check_plan(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(
        PAGES "github: { token: ghp_1 }\npagerduty: { webhook_secrets: [s], api_token: t, from: a@example.com }\n");
    size_t count;
    const struct self_test *tests = self_tests(fixture->view.settings, fixture->arena, &count);

    (void)state;
    assert_int_equal(count, 4); /* a project is asked once, however many services are in it */
    assert_string_equal(tests[0].subject, "Slack");
    assert_string_equal(tests[1].subject, "PagerDuty");
    assert_string_equal(tests[2].subject, "mail");
    assert_string_equal(tests[3].subject, "Google Cloud acme");
    assert_string_equal(json_find_string(tests[3].ask.args, "service"), "api-service");
}

static void check_all_good(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PAGES);
    struct watch_story story;

    (void)state;
    begin(&story, fixture);
    assert_int_equal(round_of(&story, GOOD, NULL), 0);
    assert_int_equal(timer_in_ms(&story, "look"), 2 * HOUR_MS);
    assert_int_equal(body_of(&story)->troubles_count, 0);
}

static void check_bad_twice(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PAGES);
    struct watch_story story;
    size_t mails;

    (void)state;
    begin(&story, fixture);
    assert_int_equal(round_of(&story, BAD, NULL), 0); /* once may be anything */
    assert_int_equal(timer_in_ms(&story, "look"), 5 * MINUTE_MS);
    assert_int_equal(round_of(&story, BAD, &mails), 2); /* said, and paged */
    assert_int_equal(mails, 1);
    assert_int_equal(timer_in_ms(&story, "look"), 2 * HOUR_MS);
    assert_true(body_of(&story)->troubles[0].is_told);
    assert_null(strstr(body_of(&story)->troubles[0].text, "*token_revoked*")); /* a stranger's words are no markup */
    assert_int_equal(round_of(&story, BAD, &mails) + mails, 0);                /* once */
    assert_int_equal(round_of(&story, GOOD, &mails), 1);
    assert_int_equal(mails, 0);
    assert_int_equal(body_of(&story)->troubles_count, 0);
}

static void check_blip(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PAGES);
    struct watch_story story;

    (void)state;
    begin(&story, fixture);
    round_of(&story, BAD, NULL);
    assert_int_equal(round_of(&story, GOOD, NULL), 0);
    assert_int_equal(round_of(&story, BAD, NULL), 0); /* not in a row */
}

static void check_away(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PAGES);
    struct watch_story story;

    (void)state;
    begin(&story, fixture);
    for (int i = 0; i < 3; i++)
        assert_int_equal(round_of(&story, AWAY, NULL), 0);
    assert_int_equal(body_of(&story)->troubles_count, 0);
    round_of(&story, BAD, NULL);
    round_of(&story, BAD, NULL);
    assert_int_equal(round_of(&story, AWAY, NULL), 0);
    assert_int_equal(body_of(&story)->troubles_count, 1); /* nor does it mend anything */
}

static void check_sentences(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PAGES);
    struct watch_story story;

    (void)state;
    begin(&story, fixture);
    round_of(&story, NULL, NULL); /* a reading that failed is as bad as a finding */
    assert_int_equal(round_of(&story, NULL, NULL), 2);
    assert_non_null(strstr(body_of(&story)->troubles[0].text, "it said no"));
}

static void check_reload(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PAGES);
    struct watch_story story;

    (void)state;
    begin(&story, fixture);
    round_of(&story, BAD, NULL);
    watch_hear(&story, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_OWNER });
    assert_int_equal(story.out.readings_count, 1); /* that may have mended it: at once */
    watch_hear(&story, (struct event){ .kind = EVENT_READING, .name = "test:PagerDuty", .end = END_FAILED });
    assert_int_equal(story.out.readings_count, 0); /* of a round of before */
}

static void check_not_configured_any_more(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PAGES),
                                          *less = decision_create(DECISION_CONFIGURATION);
    struct watch_story story;

    (void)state;
    begin(&story, fixture);
    watch_due(&story);
    watch_read(&story, "test:Slack", GOOD);
    watch_read(&story, "test:mail", BAD);
    assert_int_equal(body_of(&story)->troubles_count, 1);
    story.fixture = less;
    watch_hear(&story, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_OWNER });
    watch_read(&story, "test:Slack", GOOD);
    watch_read(&story, "test:Google Cloud acme", GOOD);
    assert_int_equal(body_of(&story)->troubles_count, 0);
}

/* ---- what the engine tells ---- */

static void check_refused(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PAGES);
    struct watch_story story;

    (void)state;
    begin(&story, fixture);
    hear(&story, MESSAGE_REFUSED, REFUSED("google target:api/production"));
    assert_non_null(
        strstr(text_of(&story, EFFECT_MESSAGE, "reply.text"), "`google target:api/production` refuses opsgate"));
    assert_string_equal(text_of(&story, EFFECT_MESSAGE, "channel"), "#oncall-alerts");
    assert_string_equal(text_of(&story, EFFECT_MAIL, "to.0"), "oncall@example.com");
    assert_null(strchr(text_of(&story, EFFECT_MAIL, "text"), '`'));
    assert_int_equal(timer_in_ms(&story, "remind"), 30 * MINUTE_MS);
    hear(&story, MESSAGE_REFUSED, REFUSED("google target:api/production"));
    assert_int_equal(story.out.effects_count, 0); /* another owner finds the same */
    hear(&story, MESSAGE_REFUSED, "{'seat':'google target:api/production','why':'403','is_way_back':true}");
    assert_non_null(strstr(text_of(&story, EFFECT_MESSAGE, "reply.text"), "Traffic cannot be given back"));
    hear(&story, MESSAGE_ACCEPTED, REFUSED("google target:api/production"));
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 1);
    assert_int_equal(body_of(&story)->refused_count, 0);
}

/* What flaps is said once, and by the reminder while it lasts. */
static void check_flapping(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PAGES);
    struct watch_story story;
    size_t mails = 0, messages = 0;

    (void)state;
    begin(&story, fixture);
    for (int i = 0; i < 5; i++) {
        hear(&story, MESSAGE_REFUSED, REFUSED("google"));
        mails += watch_count(&story, EFFECT_MAIL, NULL);
        messages += watch_count(&story, EFFECT_MESSAGE, NULL);
        hear(&story, MESSAGE_ACCEPTED, REFUSED("google"));
        messages += watch_count(&story, EFFECT_MESSAGE, NULL);
        fixture->view.now_ms += MINUTE_MS;
    }
    assert_int_equal(mails, 1);
    assert_int_equal(messages, 2);
    hear(&story, MESSAGE_REFUSED, "{'seat':'google','why':'403','is_way_back':true}");
    assert_int_equal(watch_count(&story, EFFECT_MAIL, NULL), 1); /* but the way back is another thing */
    hear(&story, MESSAGE_ACCEPTED, REFUSED("google"));
    hear(&story, MESSAGE_REFUSED, "{'seat':'google','why':'403','is_way_back':true}");
    assert_int_equal(watch_count(&story, EFFECT_MAIL, NULL), 0);
    hear(&story, MESSAGE_ACCEPTED, REFUSED("google"));
    fixture->view.now_ms += HOUR_MS;
    hear(&story, MESSAGE_REFUSED, REFUSED("google"));
    assert_int_equal(watch_count(&story, EFFECT_MAIL, NULL), 1); /* another time */
    assert_int_equal(body_of(&story)->paged_count, 1);
}

/* Nobody is woken since a deployment is not told to GitHub. */
static void check_courtesy(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PAGES);
    struct watch_story story;

    (void)state;
    begin(&story, fixture);
    hear(&story, MESSAGE_REFUSED,
         "{'seat':'github:acme/api github.deployment target:a','why':'403','is_courtesy':true,'effects':1}");
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 1);
    assert_int_equal(watch_count(&story, EFFECT_MAIL, NULL), 0);
    assert_int_equal(timer_in_ms(&story, "remind"), -1);
    hear(&story, MESSAGE_REFUSED,
         "{'seat':'github:acme/api github.deployment target:b','why':'403','is_courtesy':true,'effects':1}");
    assert_int_equal(story.out.effects_count, 0); /* the same, in another place */
    assert_int_equal(body_of(&story)->refused_count, 2);
    watch_hear(&story, (struct event){ .kind = EVENT_TIMER, .name = "remind" });
    assert_int_equal(story.out.effects_count, 0);
}

/* Each place where traffic cannot be given back. */
static void check_places(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PAGES);
    struct watch_story story;

    (void)state;
    begin(&story, fixture);
    hear(&story, MESSAGE_REFUSED, "{'seat':'google run.return target:a','why':'403','is_way_back':true}");
    assert_int_equal(watch_count(&story, EFFECT_MAIL, NULL), 1);
    hear(&story, MESSAGE_REFUSED, "{'seat':'google run.return target:b','why':'403','is_way_back':true}");
    assert_int_equal(watch_count(&story, EFFECT_MAIL, NULL), 1);
}

static void check_mail_lost(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PAGES);
    struct watch_story story;

    (void)state;
    begin(&story, fixture);
    watch_effect(&story, PAGE_MAIL_TAG, END_FAILED, NULL);
    assert_true(body_of(&story)->is_mail_lost);
    watch_effect(&story, PAGE_TAG, END_DONE, NULL);
    watch_effect(&story, PAGE_MAIL_TAG, END_CANCELLED, NULL);
    assert_true(body_of(&story)->is_mail_lost);
    watch_effect(&story, PAGE_MAIL_TAG, END_DONE, NULL);
    assert_false(body_of(&story)->is_mail_lost);
}

static void check_lost_channels(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PAGES);
    struct watch_story story;

    (void)state;
    begin(&story, fixture);
    hear(&story, MESSAGE_REFUSED, REFUSED("slack slack.card slack:C1"));
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 1); /* a message is another thing, and another place */
    hear(&story, MESSAGE_REFUSED, REFUSED("slack slack.message slack:#oncall-alerts"));
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 0);
    hear(&story, MESSAGE_REFUSED, REFUSED("slack"));
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 0); /* it would wait, too */
    assert_int_equal(watch_count(&story, EFFECT_MAIL, NULL), 1);
    hear(&story, MESSAGE_REFUSED, REFUSED("mail"));
    assert_int_equal(story.out.effects_count, 0); /* nothing is left: who waits for the heartbeat notices */
}

/* What is known of Slack may be old, and nothing else is there. */
static void check_no_mail(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    static const struct parked parked = { .seat = "slack", .why = "token_revoked" };
    struct watch_story story;

    (void)state;
    fixture->view.parked = &parked;
    fixture->view.parked_count = 1;
    begin(&story, fixture);
    hear(&story, MESSAGE_REFUSED, REFUSED("slack"));
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 1);
    hear(&story, MESSAGE_REFUSED, REFUSED("google target:api/production"));
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 1);
    assert_non_null(
        strstr(text_of(&story, EFFECT_MESSAGE, "reply.text"), "`google target:api/production` refuses opsgate"));
    fixture->view.now_ms += 30 * MINUTE_MS;
    watch_hear(&story, (struct event){ .kind = EVENT_TIMER, .name = "remind" });
    assert_int_equal(story.out.effects_count, 0); /* a day of them would be read at once */
    assert_int_equal(timer_in_ms(&story, "remind"), 30 * MINUTE_MS);
}

static void check_reminded(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PAGES);
    static const struct parked parked = { .seat = "mail", .why = "535" };
    struct watch_story story;

    (void)state;
    fixture->view.parked = &parked;
    fixture->view.parked_count = 1;
    begin(&story, fixture);
    hear(&story, MESSAGE_REFUSED, REFUSED("mail"));
    for (int i = 0; i < 3; i++) {
        fixture->view.now_ms += 30 * MINUTE_MS;
        watch_hear(&story, (struct event){ .kind = EVENT_TIMER, .name = "remind" });
        assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 1);
        assert_int_equal(timer_in_ms(&story, "remind"), 30 * MINUTE_MS);
    }
    fixture->view.parked_count = 0; /* a new owner has not met it again */
    watch_hear(&story, (struct event){ .kind = EVENT_TIMER, .name = "remind" });
    assert_int_equal(story.out.effects_count + body_of(&story)->refused_count, 0);
    assert_int_equal(timer_in_ms(&story, "remind"), -1);
}

static void check_not_paged(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PAGES);
    struct watch_story story;

    (void)state;
    begin(&story, fixture);
    watch_effect(&story, PAGE_TAG, END_FAILED, NULL);
    assert_non_null(strstr(text_of(&story, EFFECT_MESSAGE, "reply.text"), "Nobody could be paged"));
    watch_effect(&story, PAGE_TAG, END_DONE, NULL);
    assert_int_equal(story.out.effects_count, 0);
}

static void check_strangers(void **state)
{
    static const char *const bodies[] = { "{}", "[]", "7", "{'seat':7}", "{'seat':'nobody'}" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PAGES);
    struct watch_story story;

    (void)state;
    begin(&story, fixture);
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
        hear(&story, MESSAGE_ACCEPTED, bodies[i]);
    for (size_t i = 0; i + 1 < ARRAY_LEN(bodies); i++)
        hear(&story, MESSAGE_REFUSED, bodies[i]);
    assert_int_equal(body_of(&story)->refused_count, 0);
    watch_due(&story);
    watch_read(&story, "test:Slack", "{'findings':7}");
    assert_int_equal(body_of(&story)->troubles_count, 0);
    assert_int_equal(story.out.readings_count, 1); /* and it goes on */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "each system, repository and project is tried once", check_plan, NULL, NULL, NULL },
        { "while all is good nothing is said", check_all_good, NULL, NULL, NULL },
        { "bad twice in a row is said and paged once, and good again is said", check_bad_twice, NULL, NULL, NULL },
        { "bad once is not told", check_blip, NULL, NULL, NULL },
        { "away is neither good nor bad", check_away, NULL, NULL, NULL },
        { "a test that fails is bad", check_sentences, NULL, NULL, NULL },
        { "another configuration tries at once what was bad", check_reload, NULL, NULL, NULL },
        { "what is not configured any more is no trouble", check_not_configured_any_more, NULL, NULL, NULL },
        { "what a peer refuses is paged at once, and once", check_refused, NULL, NULL, NULL },
        { "what flaps is told once, and once of the way back", check_flapping, NULL, NULL, NULL },
        { "nobody is woken for a courtesy", check_courtesy, NULL, NULL, NULL },
        { "each place where traffic cannot be given back is paged", check_places, NULL, NULL, NULL },
        { "whether the last page by mail arrived is known", check_mail_lost, NULL, NULL, NULL },
        { "nobody is paged by what is lost", check_lost_channels, NULL, NULL, NULL },
        { "where no mail is configured a page waits in Slack", check_no_mail, NULL, NULL, NULL },
        { "it is paged again while it lasts", check_reminded, NULL, NULL, NULL },
        { "a page that did not arrive is said", check_not_paged, NULL, NULL, NULL },
        { "what makes no sense changes nothing", check_strangers, NULL, NULL, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
