/* The mails about a broken glass: when it is broken, and from the third reminder on; nobody is named, none goes; and
 * one that did not go is said aloud. */
#include "tests/unit/decision_fixture.h"

#include "bot/model/delivery.h"
#include "bot/model/effect.h"
#include "bot/model/mail.h"
#include "handlers/review.h"

#define SMTP "smtp: { url: \"smtp://mail.example.com:587\", from: opsgate@example.com }\n"
#define TO "  glass_mail_to: [security@example.com, boss@example.com]\n"
#define WHY "the fix for \xc3\xbc, \xe2\x82\xac and <@U1>\r\nBcc: x@example.com"

/* The fixture's, with somebody to mail to. */
static struct decision_fixture *create(bool is_mailed)
{
    AUTO_BUF struct buf text = BUF(64 * 1024);
    const char *policy = strstr(DECISION_CONFIGURATION, "policy:\n");

    buf_add(&text, DECISION_CONFIGURATION, (size_t)(policy - DECISION_CONFIGURATION));
    buf_addf(&text, "%spolicy:\n%s%s", is_mailed ? SMTP : "", is_mailed ? TO : "", policy + strlen("policy:\n"));
    return decision_create(buf_text(&text));
}

static const struct wanted_effect *find_effect(const struct outcome *out, const char *kind)
{
    for (size_t i = 0; i < out->effects_count; i++)
        if (strcmp(out->effects[i].kind, kind) == 0)
            return &out->effects[i];
    return NULL;
}

static struct mail_delivery mail_of(const struct outcome *out, struct arena *arena)
{
    const struct wanted_effect *effect = find_effect(out, EFFECT_MAIL);
    struct mail_delivery mail;
    struct error err;

    assert_non_null(effect);
    assert_string_equal(effect->lane, MAIL_LANE);
    assert_string_equal(effect->tag, "mail");
    assert_true(shape_from_json(&mail_delivery_shape, effect->args, arena, &mail, &err));
    assert_int_equal(mail.to_count, 2);
    assert_string_equal(mail.to[1], "boss@example.com");
    assert_int_equal(mail.at_ms, DECISION_NOW_MS);
    return mail;
}

static void assert_says(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no '%s' in: %s", part, text);
}

static struct review_body body_of(const char *version)
{
    return (struct review_body){ .service = "api",
                                 .environment = "staging",
                                 .version = version,
                                 .broken_by = "D1042",
                                 .rule = "test.yaml:31",
                                 .reason = WHY };
}

/* ---- it is opened ---- */

static void open_review(struct decision_fixture *fixture, const struct review_body *body, struct outcome *out)
{
    struct request request = decision_request(fixture, "review-opened");
    AUTO_JSON cJSON *json = shape_to_json(&review_body_shape, body, SHAPE_WHOLE);
    const char *words[] = { json_print_in(fixture->arena, json) };
    struct question question;
    const void *arguments;
    struct error err;

    request.source = "opsgate";
    request.words = words;
    request.words_count = 1;
    outcome_init(out, fixture->arena, "D7", "birth-00000000000000d7");
    assert_true(verb_review_opened.asks(&fixture->view, &request, &question, &arguments, &err));
    verb_review_opened.begin(&fixture->view, &request, &question, arguments, out);
}

static void a_broken_glass_is_mailed(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = create(true);
    const struct review_body body = body_of("v1.5.1");
    struct mail_delivery mail;
    struct outcome out;

    (void)state;
    open_review(fixture, &body, &out);
    mail = mail_of(&out, fixture->arena);
    assert_string_equal(mail.subject, "Broken glass: api/staging, review D7");
    assert_says(mail.text, "ann (slack:U1)");
    assert_says(mail.text, "D1042 of api in staging, v1.5.1\n");
    assert_says(mail.text, "test.yaml:31\n");
    assert_says(mail.text, WHY);
    assert_says(mail.text, "/ops review D7 \"what you found\"\n");
}

/* Its date is of the wall clock, whatever ours goes by. */
static void its_date_is_the_world_s(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = create(true);
    const struct review_body body = body_of("v1.5.1");
    struct mail_delivery mail;
    struct outcome out;
    struct error err;

    (void)state;
    fixture->view.shift_ms = 3 * HOUR_MS;
    open_review(fixture, &body, &out);
    assert_true(
        shape_from_json(&mail_delivery_shape, find_effect(&out, EFFECT_MAIL)->args, fixture->arena, &mail, &err));
    assert_int_equal(mail.at_ms, DECISION_NOW_MS + 3 * HOUR_MS);
}

static void a_review_of_an_older_version_of_ours_names_none(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = create(true);
    const struct review_body body = body_of(NULL);
    struct outcome out;

    (void)state;
    open_review(fixture, &body, &out);
    assert_says(mail_of(&out, fixture->arena).text, "D1042 of api in staging\n");
}

/* No rule denied that: nobody is to look for one. */
static void an_irreversible_version_is_no_rule(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = create(true);
    struct review_body body = body_of("v1.5.1");
    struct operation operation = { .id = "D7", .kind = "review", .state = "open" };
    struct card card = { 0 };
    struct outcome out;

    (void)state;
    body.rule = REVIEW_RULE_IRREVERSIBLE;
    open_review(fixture, &body, &out);
    assert_says(mail_of(&out, fixture->arena).text, "past what holds an irreversible version.");
    assert_says(mail_of(&out, fixture->arena).text, "past    no rule, but that `v1.5.1` is irreversible\n");
    machine_review.card(&fixture->view, &operation, &body, &card);
    assert_string_equal(card.title, "Broken glass: D1042, api in staging, v1.5.1");
}

static void nobody_to_mail_to(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = create(false);
    const struct review_body body = body_of("v1.5.1");
    struct outcome out;

    (void)state;
    open_review(fixture, &body, &out);
    assert_null(find_effect(&out, EFFECT_MAIL));
}

/* ---- it stays open ---- */

static void happens(struct decision_fixture *fixture, int64_t reminders, struct event event, struct outcome *out)
{
    struct review_body body = body_of("v1.5.1");
    struct operation operation = { .id = "D7",
                                   .kind = "review",
                                   .state = "open",
                                   .requester = { "slack", "U1", "T1", "ann" },
                                   .created_at_ms = DECISION_NOW_MS - (reminders + 1) * DAY_MS };

    body.reminders = reminders;
    outcome_init(out, fixture->arena, operation.id, "birth-00000000000000d7");
    machine_review.on_event(&fixture->view, &operation, &body, &event, out);
}

static void reminders_are_mailed_from_the_third_on(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = create(true);
    const struct event due = { .kind = EVENT_TIMER, .name = "remind" };
    struct mail_delivery mail;
    struct outcome out;

    (void)state;
    for (int64_t before = 0; before < 2; before++) {
        happens(fixture, before, due, &out);
        assert_null(find_effect(&out, EFFECT_MAIL));
    }
    for (int64_t before = 2; before < 5; before++) {
        happens(fixture, before, due, &out);
        mail = mail_of(&out, fixture->arena);
        assert_string_equal(mail.subject, "Still open: Broken glass: api/staging, review D7");
        assert_says(mail.text, "The review D7 is open for ");
        assert_says(mail.text, "ann (slack:U1)");
    }
}

/* ---- it did not go ---- */

static const struct ended_row {
    const char *name;
    enum event_end end;
    const char *error;
    const char *said; /* NULL: nothing */
} ended_rows[] = {
    { "one that went is not talked about", END_DONE, NULL, NULL },
    { "nor one that was called off", END_CANCELLED, "its operation has ended", NULL },
    { "one that was refused is", END_FAILED, "the mail server refuses it: `*550*`", "refuses it: ' 550 '" },
    { "one that was given up, too", END_GAVE_UP, "the mail server: connection refused", "connection refused" },
    { "even when nobody knows why", END_GAVE_UP, NULL, "nobody knows why" },
};

static void check_ended(void **state)
{
    const struct ended_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = create(true);
    const struct wanted_effect *message;
    struct outcome out;

    happens(fixture, 0, (struct event){ .kind = EVENT_EFFECT, .name = "mail", .end = row->end, .error = row->error },
            &out);
    message = find_effect(&out, EFFECT_MESSAGE);
    assert_int_equal(message != NULL, row->said != NULL);
    assert_null(find_effect(&out, EFFECT_MAIL)); /* none about mails */
    if (row->said)
        assert_says(json_print_in(fixture->arena, message->args), row->said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_broken_glass_is_mailed),
        cmocka_unit_test(its_date_is_the_world_s),
        cmocka_unit_test(a_review_of_an_older_version_of_ours_names_none),
        cmocka_unit_test(an_irreversible_version_is_no_rule),
        cmocka_unit_test(nobody_to_mail_to),
        cmocka_unit_test(reminders_are_mailed_from_the_third_on),
    };

    return ROWS(ended_rows, check_ended) + cmocka_run_group_tests(tests, NULL, NULL);
}
