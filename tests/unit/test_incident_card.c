/* How an incident looks in each of its states, and where it stands. */
#include "tests/unit/incident_texts.h"

#define CONFIGURATION                                                                                                  \
    DECISION_CONFIGURATION                                                                                             \
    "incidents:\n"                                                                                                     \
    "  severities:\n"                                                                                                  \
    "    - { name: P1, about: users cannot work, acknowledge: 15m, post_mortem: 48h }\n"                               \
    "    - { name: P2 }\n"

static struct incident_entry entry(const char *kind, const char *who)
{
    return (struct incident_entry){ .at_ms = 1, .kind = kind, .who = who };
}

static struct incident_body a_body(struct decision_fixture *fixture)
{
    struct incident_body body = { .title = "API down",
                                  .severity = "P1",
                                  .opened_at_ms = AGO(10 * MINUTE_MS),
                                  .channel = "C12",
                                  .channel_name = "inc-api-down" };

    *ARENA_PUSH(fixture->arena, body.timeline, body.timeline_count) = entry("opened", "@{slack:U1}");
    return body;
}

static struct card draw(struct decision_fixture *fixture, const char *state, const struct incident_body *body)
{
    struct operation operation = an_incident(fixture, "D12", state, body);
    struct card card = { .title = NULL };

    if (operation.result)
        operation.summary = "P1, resolved after 9 min";
    incident_card(&fixture->view, &operation, body, &card);
    return card;
}

/* "Severity=P1, users cannot work|Lead=nobody|" */
static const char *fields_of(const struct decision_fixture *fixture, const struct card *card)
{
    const char *all = "";

    for (size_t i = 0; i < card->fields_count; i++)
        all = arena_printf(fixture->arena, "%s%s=%s|", all, card->fields[i].name, card->fields[i].value);
    return all;
}

/* "+opened by ..., >acknowledged, .resolved" */
static const char *steps_of(const struct decision_fixture *fixture, const struct card *card)
{
    static const char marks[] = { [STEP_NEXT] = '.', [STEP_NOW] = '>', [STEP_OK] = '+', [STEP_BAD] = '!' };
    const char *all = "";

    for (size_t i = 0; i < card->steps_count; i++)
        all = arena_printf(fixture->arena, "%s%c%s|", all, marks[card->steps[i].mark], card->steps[i].text);
    return all;
}

static const char *actions_of(const struct decision_fixture *fixture, const struct card *card)
{
    const char *all = "";

    for (size_t i = 0; i < card->actions_count; i++)
        all = arena_printf(fixture->arena, "%s%s=%s|", all, card->actions[i].label, card->actions[i].command);
    return all;
}

/* ---- where it stands ---- */

static void check_place(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct incident_body body = a_body(fixture);
    struct card card = draw(fixture, INCIDENT_OPEN, &body);

    (void)state;
    assert_string_equal(card.channel, "C12");
    assert_string_equal(card.title, "P1: API down");
    body.channel = NULL; /* it comes */
    card = draw(fixture, INCIDENT_OPEN, &body);
    assert_null(card.title);
    assert_null(card.channel);
    assert_non_null(card.status); /* `incident show` tells it all the same */
    body.channel_problem = "Slack refused conversations.create: restricted_action";
    card = draw(fixture, INCIDENT_OPEN, &body);
    assert_string_equal(card.channel, "#incidents");
    assert_string_equal(card.title, "P1: API down");
    assert_in(fields_of(fixture, &card),
              "No channel of its own=Slack refused conversations.create: restricted_action|");
}

/* ---- its states ---- */

static void check_open(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct incident_body body = a_body(fixture);
    struct card card = draw(fixture, INCIDENT_OPEN, &body);

    (void)state;
    assert_int_equal(card.tone, CARD_BAD);
    assert_string_equal(card.status,
                        "nobody works on it yet: to be acknowledged by @{date:1795212300000}, with `incident ack "
                        "D12`");
    assert_string_equal(fields_of(fixture, &card), "Severity=P1, users cannot work|Lead=nobody|");
    assert_string_equal(steps_of(fixture, &card),
                        "+opened by @{slack:U1}, @{date:1795211400000}|>acknowledged|.resolved|.closed|");
    assert_string_equal(actions_of(fixture, &card),
                        "Acknowledge=incident ack D12|Lead it=incident lead D12|Resolve=incident resolve D12|");
    assert_string_equal(card.actions[2].confirm, "It is over for users.");
    body.is_ack_overdue = true;
    card = draw(fixture, INCIDENT_OPEN, &body);
    assert_in(card.status, "*nobody has acknowledged it* since @{date:1795211400000}");
    body.is_ack_overdue = false;
    body.severity = "P2"; /* without a time */
    card = draw(fixture, INCIDENT_OPEN, &body);
    assert_string_equal(card.status, "nobody works on it yet: `incident ack D12` says that you do");
    assert_in(fields_of(fixture, &card), "Severity=P2|");
}

/* The clock was set by an hour: instants are as people's clocks tell them. */
static void check_acknowledged(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct incident_body body = a_body(fixture);
    struct card card;

    (void)state;
    fixture->view.shift_ms = HOUR_MS;
    body.acknowledged_at_ms = AGO(5 * MINUTE_MS);
    body.lead = "@{slack:U2}";
    body.update = "half of it is back";
    body.updated_at_ms = AGO(MINUTE_MS);
    *ARENA_PUSH(fixture->arena, body.timeline, body.timeline_count) = entry("acknowledged", "@{slack:U9}");
    *ARENA_PUSH(fixture->arena, body.timeline, body.timeline_count) = entry("acknowledged", "@{slack:U2}");
    card = draw(fixture, INCIDENT_ACKNOWLEDGED, &body);
    assert_int_equal(card.tone, CARD_RUNNING);
    assert_string_equal(card.status,
                        "acknowledged by @{slack:U2}, @{date:1795215300000}: `incident update D12 ...` tells how it "
                        "stands");
    assert_in(fields_of(fixture, &card), "Lead=@{slack:U2}|Last update=@{date:1795215540000}: half of it is back|");
    assert_in(steps_of(fixture, &card), "|+acknowledged by @{slack:U2}, @{date:1795215300000}|>resolved|.closed|");
    assert_string_equal(actions_of(fixture, &card), "Lead it=incident lead D12|Resolve=incident resolve D12|");
}

static void check_resolved(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct incident_body body = a_body(fixture);
    struct card card;

    (void)state;
    body.resolved_at_ms = AGO(MINUTE_MS); /* never acknowledged */
    *ARENA_PUSH(fixture->arena, body.timeline, body.timeline_count) = entry("resolved", "PagerDuty");
    card = draw(fixture, INCIDENT_RESOLVED, &body);
    assert_int_equal(card.tone, CARD_WAITING);
    assert_string_equal(card.status, "resolved by PagerDuty, @{date:1795211940000}; its post-mortem is due "
                                     "@{date:1795384740000}, and then `incident close D12`");
    assert_string_equal(steps_of(fixture, &card),
                        "+opened by @{slack:U1}, @{date:1795211400000}|+resolved by PagerDuty, "
                        "@{date:1795211940000}|>closed|");
    assert_string_equal(actions_of(fixture, &card),
                        "Post-mortem=incident postmortem D12|Close=incident close D12|Reopen=incident reopen D12|");
    body.severity = "P2";
    card = draw(fixture, INCIDENT_RESOLVED, &body);
    assert_string_equal(card.status, "resolved by PagerDuty, @{date:1795211940000}: `incident close D12` ends it");
}

static void check_closed(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct incident_body body = a_body(fixture);
    struct card card;

    (void)state;
    body.resolved_at_ms = AGO(MINUTE_MS);
    card = draw(fixture, INCIDENT_CLOSED, &body);
    assert_int_equal(card.tone, CARD_GOOD);
    assert_string_equal(card.status, "closed; it was resolved after 9 min");
    assert_in(steps_of(fixture, &card), "|+closed, @{date:1795212000000}|");
    assert_int_equal(card.actions_count, 0);
    body.severity = "gone"; /* from the configuration */
    assert_string_equal(draw(fixture, INCIDENT_CLOSED, &body).title, "gone: API down");
}

static void check_stuck(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct incident_body body = a_body(fixture);
    struct operation operation = an_incident(fixture, "D12", INCIDENT_OPEN, &body);
    struct card card = { .title = NULL };

    (void)state;
    operation.is_stuck = true;
    incident_card(&fixture->view, &operation, &body, &card);
    assert_in(card.status, "stuck, nothing reminds of it: nobody works on it yet");
}

/* ---- what belongs to it ---- */

static void check_lists(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct incident_body body = a_body(fixture);
    struct card card;

    (void)state;
    *ARENA_PUSH(fixture->arena, body.pages, body.pages_count) =
        (struct incident_page){ .id = "PINC1", .number = 7, .status = "triggered", .url = "https://x.example/7" };
    *ARENA_PUSH(fixture->arena, body.pages, body.pages_count) = (struct incident_page){ .id = "PINC2" };
    for (int i = 0; i < 7; i++) {
        *ARENA_PUSH(fixture->arena, body.alerts, body.alerts_count) =
            (struct incident_alerts){ .key = "k", .title = i ? NULL : "HighErrors", .is_firing = i < 2 };
        *ARENA_PUSH(fixture->arena, body.uninvited, body.uninvited_count) =
            arena_printf(fixture->arena, "@{slack:U%d}: why", i);
    }
    card = draw(fixture, INCIDENT_OPEN, &body);
    assert_in(fields_of(fixture, &card), "|PagerDuty=#7 triggered, PINC2|");
    assert_in(fields_of(fixture, &card),
              "|Alerts=HighErrors firing, alerts firing, alerts resolved, alerts resolved, alerts "
              "resolved, and 2 more|");
    assert_in(fields_of(fixture, &card), "|Not invited=@{slack:U0}: why; @{slack:U1}: why; ");
    assert_in(card.actions[2].confirm, "resolved in PagerDuty, too");
    body.channel = NULL; /* which has a bookmark of it */
    card = draw(fixture, INCIDENT_OPEN, &body);
    assert_in(fields_of(fixture, &card), "|PagerDuty=#7 triggered https://x.example/7, PINC2|");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_place),    cmocka_unit_test(check_open),   cmocka_unit_test(check_acknowledged),
        cmocka_unit_test(check_resolved), cmocka_unit_test(check_closed), cmocka_unit_test(check_stuck),
        cmocka_unit_test(check_lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
