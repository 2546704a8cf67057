/* Somebody outside is called as long as opsgate decides. */
#include "tests/unit/watch_fixture.h"

#include "bot/model/exchange.h"
#include "handlers/watch/heartbeat.h"
#include "integrations/heartbeat.h"

#define URL "https://hc.example.com/ping/7d1f"
#define BEATS DECISION_CONFIGURATION "heartbeat: { url: \"" URL "\", every: 2m }\n"

static const struct heartbeat_watch *body_of(const struct watch_story *story)
{
    return story->body;
}

static void check_wanted(void **state)
{
    AUTO_DECISION struct decision_fixture *none = decision_create(DECISION_CONFIGURATION),
                                          *fixture = decision_create(BEATS);
    struct watch_story story;

    (void)state;
    watch_begin(&story, none, &machine_heartbeat_watch);
    assert_false(story.out.begins);
    watch_begin(&story, fixture, &machine_heartbeat_watch);
    assert_true(story.out.begins);
    assert_int_equal(story.out.readings_count, 1);
    assert_string_equal(story.out.readings[0].kind, READING_HEARTBEAT);
    assert_null(story.out.readings[0].args); /* the address stays out of records */
    watch_read(&story, "beat", "{}");
    story.fixture = none;
    watch_hear(&story, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_OWNER });
    assert_string_equal(story.out.result, "done");
}

static void check_steady(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(BEATS);
    struct watch_story story;

    (void)state;
    fixture->view.shift_ms = 5000;
    watch_begin(&story, fixture, &machine_heartbeat_watch);
    for (int beat = 0; beat < 3; beat++) {
        watch_hear(&story, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_OWNER });
        assert_int_equal(story.out.readings_count, 0); /* one is on its way */
        watch_read(&story, "beat", "{}");
        assert_int_equal(body_of(&story)->taken_at_ms, fixture->view.now_ms + 5000); /* by the clock of dates */
        assert_int_equal(story.out.timers_count, 1);
        assert_int_equal(story.out.timers[0].at_ms, fixture->view.now_ms + 2 * MINUTE_MS);
        assert_int_equal(story.out.journal_count + story.out.effects_count, 0);
        fixture->view.now_ms += 2 * MINUTE_MS;
        watch_due(&story);
        assert_int_equal(story.out.readings_count, 1);
    }
}

static void check_reload(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(BEATS);
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_heartbeat_watch);
    watch_read(&story, "beat", "{}");
    watch_hear(&story, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_OWNER });
    assert_int_equal(story.out.readings_count, 1); /* another address, another rhythm: at once */
}

static void check_lost(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(BEATS);
    struct watch_story story;
    const cJSON *args = NULL;

    (void)state;
    watch_begin(&story, fixture, &machine_heartbeat_watch);
    for (int lost = 1; lost <= 5; lost++) {
        watch_read(&story, "beat", NULL);
        assert_int_equal(body_of(&story)->failures, lost);
        assert_int_equal(watch_journal(&story, "heartbeat.failed") != NULL, lost == 1);
        assert_int_equal(watch_count(&story, EFFECT_MESSAGE, &args), lost == 3); /* once */
        assert_int_equal(story.out.timers_count, 1);                             /* and it goes on */
        watch_due(&story);
    }
    assert_non_null(strstr(json_find_string(args, "reply.text"), "3 times in a row: it said no"));
    watch_read(&story, "beat", "{}");
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, &args), 1);
    assert_non_null(strstr(json_find_string(args, "reply.text"), "answered again"));
    assert_int_equal(json_find_int(watch_journal(&story, "heartbeat.works"), "failures", 0), 5);
    assert_null(body_of(&story)->problem);
    assert_int_equal(body_of(&story)->failures_ever, 5);
}

static void check_blip(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(BEATS);
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_heartbeat_watch);
    watch_read(&story, "beat", NULL);
    watch_due(&story);
    watch_read(&story, "beat", "{}");
    assert_int_equal(watch_count(&story, EFFECT_MESSAGE, NULL), 0);
    assert_non_null(watch_journal(&story, "heartbeat.works"));
}

static void check_withheld(void **state)
{
    static const struct parked parked[] = { { .seat = "slack", .why = "token_revoked" },
                                            { .seat = "mail", .why = "535" } };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(BEATS),
                                          *mails = decision_create(BEATS "smtp: { url: \"smtp://m.example.com\", from: "
                                                                         "a@example.com }\n"
                                                                         "recovery: { mail_to: b@example.com }\n");
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_heartbeat_watch);
    watch_read(&story, "beat", "{}");
    fixture->view.parked = mails->view.parked = parked;
    fixture->view.parked_count = mails->view.parked_count = 1;
    for (int i = 0; i < 2; i++) {
        watch_due(&story);
        assert_int_equal(story.out.readings_count, 0); /* there is nobody to tell */
        assert_int_equal(story.out.timers_count, 1);
        assert_int_equal(watch_journal(&story, "heartbeat.withheld") != NULL, i == 0);
    }
    story.fixture = mails;
    watch_due(&story);
    assert_int_equal(story.out.readings_count, 1); /* a mail goes */
    watch_read(&story, "beat", "{}");
    mails->view.parked_count = 2;
    watch_due(&story);
    assert_int_equal(story.out.readings_count, 0);
    mails->view.parked_count = 0;
    watch_due(&story);
    assert_int_equal(story.out.readings_count, 1);
}

/* What a page lacks is as good as all of it; what something else lacks is not. */
static void check_lacking(void **state)
{
    static const struct parked parked[] = { { .seat = "slack slack.message slack:#oncall-alerts" },
                                            { .seat = "mail mail mail" } };
    static const struct parked others[] = { { .seat = "slack slack.message slack:#elsewhere" },
                                            { .seat = "slack slack.card slack:#oncall-alerts" } };
    AUTO_DECISION struct decision_fixture *fixture =
        decision_create(BEATS "smtp: { url: \"smtp://m.example.com\", from: a@example.com }\n"
                              "recovery: { mail_to: b@example.com }\n");
    struct operation lost = { .id = "L9", .kind = "watch.credentials", .state = "watching" };
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_heartbeat_watch);
    watch_read(&story, "beat", "{}");
    fixture->view.parked = others;
    fixture->view.parked_count = 2;
    watch_due(&story);
    assert_int_equal(story.out.readings_count, 1);
    watch_read(&story, "beat", "{}");
    fixture->view.parked = parked;
    watch_due(&story);
    assert_int_equal(story.out.readings_count, 0);
    fixture->view.parked_count = 1;
    watch_due(&story);
    assert_int_equal(story.out.readings_count, 1); /* a mail goes */
    watch_read(&story, "beat", "{}");
    lost.body = decision_json(fixture, "{'is_mail_lost':true}");
    fixture->operations = &lost;
    fixture->operations_count = 1;
    watch_due(&story);
    assert_int_equal(story.out.readings_count, 0); /* but the last one did not arrive */
}

/* ---- the call ---- */

static struct exchange_step take(struct decision_fixture *fixture, const struct http_answer *answer)
{
    struct exchange exchange = { .settings = &fixture->configuration->settings,
                                 .answers = answer,
                                 .answer_count = answer ? 1 : 0,
                                 .arena = fixture->arena };

    return heartbeat_send(&exchange);
}

static void check_call(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(BEATS),
                                          *none = decision_create(DECISION_CONFIGURATION);
    struct exchange_step step = take(fixture, NULL);

    (void)state;
    assert_int_equal(step.next, NEXT_CALL);
    assert_string_equal(step.call.method, "POST");
    assert_string_equal(step.call.url, URL);
    assert_int_equal(step.call.body.len, 0);
    assert_int_equal(step.call.credential, HTTP_NO_CREDENTIAL);
    assert_int_equal(take(none, NULL).next, NEXT_NEVER);
}

static void check_answers(void **state)
{
    static const struct {
        int status;
        enum exchange_next next;
    } rows[] = { { 200, NEXT_DONE },  { 204, NEXT_DONE },  { 301, NEXT_AGAIN }, { 404, NEXT_AGAIN },
                 { 401, NEXT_AGAIN }, { 429, NEXT_AGAIN }, { 503, NEXT_AGAIN }, { 0, NEXT_AGAIN } };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(BEATS);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct http_answer answer = { .status = rows[i].status,
                                      .body = STR_LIT("not found: /ping/7d1f"),
                                      .failure = rows[i].status ? NULL : "no way to " URL };
        struct exchange_step step = take(fixture, &answer);

        assert_int_equal(step.next, rows[i].next);
        assert_true(step.next == NEXT_DONE || !strstr(step.error, "7d1f")); /* a secret */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "it is at work where one is configured", check_wanted, NULL, NULL, NULL },
        { "it beats evenly, one at a time, and says nothing", check_steady, NULL, NULL, NULL },
        { "another configuration beats at once", check_reload, NULL, NULL, NULL },
        { "three lost in a row are said once, and that it is well again", check_lost, NULL, NULL, NULL },
        { "one that is lost is journalled only", check_blip, NULL, NULL, NULL },
        { "it is withheld when nobody can be told", check_withheld, NULL, NULL, NULL },
        { "also when it is what pages lack, and not for anything else", check_lacking, NULL, NULL, NULL },
        { "it is an empty POST", check_call, NULL, NULL, NULL },
        { "any 2xx is good, and no answer is quoted", check_answers, NULL, NULL, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
