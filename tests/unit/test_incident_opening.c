/* How an incident gets its channel, and the people in it: each step wanted once, and none that fails stops it. */
#include "tests/unit/incident_texts.h"

#include "bot/model/delivery.h"
#include "bot/model/effect.h"
#include "bot/model/exchange.h"

#define CONFIGURATION                                                                                                  \
    "slack:\n"                                                                                                         \
    "  bot_token: xoxb-1\n"                                                                                            \
    "  signing_secrets: [secret]\n"                                                                                    \
    "  team: T1\n"                                                                                                     \
    "pagerduty: { webhook_secrets: [secret], api_token: token, from: ops@example.com }\n"                              \
    "people:\n"                                                                                                        \
    "  - { name: ann, slack: U1, pagerduty: PANN }\n"                                                                  \
    "  - { name: bob, slack: U2, email: bob@example.com }\n"                                                           \
    "  - { name: cat, local: cat }\n"                                                                                  \
    "  - { name: dan, local: dan, slack: U4 }\n"                                                                       \
    "incidents:\n"                                                                                                     \
    "  severities: [{ name: P1 }, { name: P2 }]\n"                                                                     \
    "policy: { roles: [{ name: developer, members: [\"slack:U1\"] }], rules: [{ allow: incident, to: developer }] }\n"

struct story {
    struct decision_fixture *fixture;
    struct operation operation;
    struct incident_body body;
    struct outcome out;
};

static struct story begin(struct decision_fixture *fixture, const struct incident_page *page, const char *who)
{
    struct incident_body *body = ARENA_NEW(fixture->arena, struct incident_body);
    struct story story = { .fixture = fixture };

    body->severity = "P1";
    body->title = "API down";
    if (page)
        *ARENA_PUSH(fixture->arena, body->pages, body->pages_count) = *page;
    outcome_init(&story.out, fixture->arena, "D12", "birth-1");
    incident_begin(&fixture->view, body, who, &story.out);
    story.body = *body;
    story.operation = an_incident(fixture, "D12", INCIDENT_OPEN, body);
    story.operation.requester = (struct principal){ .system = "slack", .id = "U1", .team = "T1", .name = "ann" };
    return story;
}

static void hear(struct story *story, enum event_kind kind, const char *name, enum event_end end, const char *error,
                 const char *json)
{
    struct event event = { .kind = kind,
                           .name = name,
                           .end = end,
                           .error = error,
                           .body = json ? decision_json(story->fixture, json) : NULL };

    outcome_init(&story->out, story->fixture->arena, "D12", "birth-1");
    machine_incident.on_event(&story->fixture->view, &story->operation, &story->body, &event, &story->out);
    if (story->out.body)
        story->body = *(const struct incident_body *)story->out.body;
}

#define MADE "{'channel':'C12','name':'inc-20261120-api-down','is_private':false}"

static void hear_made(struct story *story)
{
    hear(story, EVENT_EFFECT, "step:channel", END_DONE, NULL, MADE);
}

static const struct wanted_effect *wanted(const struct story *story, const char *kind)
{
    for (size_t i = 0; i < story->out.effects_count; i++)
        if (strcmp(story->out.effects[i].kind, kind) == 0)
            return &story->out.effects[i];
    return NULL;
}

static const char *args_of(const struct story *story, const char *kind)
{
    const struct wanted_effect *effect = wanted(story, kind);

    return effect ? json_print_in(story->fixture->arena, effect->args) : "-";
}

/* What is said, a line each: "CHANNEL text". */
static const char *said(const struct story *story)
{
    const char *all = "";

    for (size_t i = 0; i < story->out.effects_count; i++)
        if (strcmp(story->out.effects[i].kind, EFFECT_MESSAGE) == 0)
            all = arena_printf(story->fixture->arena, "%s%s %s\n", all,
                               json_find_string(story->out.effects[i].args, "channel"),
                               json_find_string(story->out.effects[i].args, "reply.text"));
    return all;
}

static const char *uninvited(const struct story *story)
{
    const char *all = "";

    for (size_t i = 0; i < story->body.uninvited_count; i++)
        all = arena_printf(story->fixture->arena, "%s%s|", all, story->body.uninvited[i]);
    return all;
}

/* ---- it begins ---- */

static void check_begins(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture, NULL, "@{slack:U1}");
    const struct wanted_effect *channel = wanted(&story, EFFECT_CHANNEL);

    (void)state;
    assert_string_equal(channel->lane, "slack:channels");
    assert_string_equal(channel->tag, "step:channel");
    assert_string_equal(json_find_string(channel->args, "name"), "inc-20261120-api-down");
    assert_string_equal(json_find_string(channel->args, "greeting"),
                        "*P1: API down*. This is the channel of incident *D12*, declared by @{slack:U1}.");
    assert_false(json_find_bool(channel->args, "is_again", false));
    assert_true(channel->goes_first); /* before all that a storm of pages has asked for */
    assert_string_equal(said(&story), "#incidents *D12* (P1: API down) is declared by @{slack:U1}.\n");
    assert_int_equal(story.out.readings_count, 0);
    assert_int_equal(story.out.effects_count, 2);
}

static void check_paged(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    const struct incident_page page = { .id = "PINC1", .number = 7, .service = "PSVC1", .url = "https://x.example/7" };
    struct story story = begin(fixture, &page, "@{pagerduty:PagerDuty}");

    (void)state;
    assert_string_equal(said(&story), "#incidents *D12* (P1: API down) is opened by @{pagerduty:PagerDuty}.\n");
    assert_false(wanted(&story, EFFECT_CHANNEL)->goes_first);
    assert_int_equal(story.out.readings_count, 1);
    assert_string_equal(story.out.readings[0].name, "step:oncall");
    assert_string_equal(story.out.readings[0].kind, READING_PAGERDUTY_ONCALL);
    assert_string_equal(json_find_string(story.out.readings[0].args, "service"), "PSVC1");
    story.operation.requester = (struct principal){ .system = "token", .id = "pagerduty" };
    hear_made(&story);
    assert_null(wanted(&story, EFFECT_INVITE)); /* nobody yet */
    assert_string_equal(json_find_string(wanted(&story, EFFECT_BOOKMARK)->args, "link"), "https://x.example/7");
    assert_string_equal(json_find_string(wanted(&story, EFFECT_BOOKMARK)->args, "title"), "PagerDuty #7");
}

/* To one that a person has declared. */
static void check_page_comes(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    const struct incident_page page = { .id = "PINC1", .number = 7, .service = "PSVC1", .url = "https://x.example/7" };
    struct story story = begin(fixture, NULL, "@{slack:U1}");
    struct deciding d = { .view = &fixture->view, .id = "D12", .state = INCIDENT_OPEN, .out = &story.out };

    (void)state;
    hear_made(&story);
    d.body = &story.body;
    for (int i = 0; i < 2; i++) {
        outcome_init(&story.out, fixture->arena, "D12", "birth-1");
        *ARENA_PUSH(fixture->arena, story.body.pages, story.body.pages_count) = page;
        incident_page_came(&d);
        assert_string_equal(json_find_string(wanted(&story, EFFECT_BOOKMARK)->args, "title"), "PagerDuty #7");
        assert_int_equal(story.out.readings_count, i == 0); /* who is on call is asked once */
    }
    *ARENA_PUSH(fixture->arena, story.body.pages, story.body.pages_count) = page;
    *ARENA_PUSH(fixture->arena, story.body.pages, story.body.pages_count) = page;
    outcome_init(&story.out, fixture->arena, "D12", "birth-1");
    incident_page_came(&d);
    assert_null(wanted(&story, EFFECT_BOOKMARK)); /* of the fourth */
}

/* ---- it has a channel ---- */

static void check_made(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture, NULL, "@{slack:U1}");

    (void)state;
    hear_made(&story);
    assert_string_equal(story.body.channel, "C12");
    assert_string_equal(story.body.channel_name, "inc-20261120-api-down");
    assert_string_equal(args_of(&story, EFFECT_TOPIC),
                        "{\"channel\":\"C12\",\"text\":\"P1 · open · nobody leads · API down\"}");
    assert_string_equal(wanted(&story, EFFECT_TOPIC)->key, "topic:C12");
    assert_string_equal(wanted(&story, EFFECT_TOPIC)->lane, "slack:C12:about"); /* what is said does not wait for it */
    assert_string_equal(wanted(&story, EFFECT_INVITE)->lane, "slack:C12:people"); /* nor do people for the card */
    assert_string_equal(wanted(&story, EFFECT_PIN)->lane, "slack:C12");           /* behind the card */
    assert_in(args_of(&story, EFFECT_PURPOSE), "Incident D12, opened @{date:");
    assert_in(args_of(&story, EFFECT_PURPOSE), "What is new: /incident update TEXT");
    assert_string_equal(args_of(&story, EFFECT_INVITE), "{\"channel\":\"C12\",\"users\":[\"U1\"]}");
    assert_string_equal(wanted(&story, EFFECT_INVITE)->tag, "step:invite");
    assert_null(json_find_string(wanted(&story, EFFECT_PIN)->args, "channel")); /* its own card */
    assert_null(wanted(&story, EFFECT_BOOKMARK));
    assert_in(said(&story), "#incidents The channel of *D12* (P1: API down) is @{slack-channel:C12}.\n");
    hear_made(&story); /* told twice */
    assert_int_equal(story.out.effects_count, 0);
}

static void check_lead_is_invited(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture, NULL, "@{slack:U1}");

    (void)state;
    story.body.lead = "@{slack:U2}";
    story.body.lead_principal = "slack:U2";
    hear_made(&story);
    assert_string_equal(args_of(&story, EFFECT_INVITE), "{\"channel\":\"C12\",\"users\":[\"U1\",\"U2\"]}");
    assert_in(args_of(&story, EFFECT_TOPIC), "P1 · open · lead bob · API down");
}

/* On the host, as whoever `people` says that they are in Slack. */
static void check_declarer_is_invited(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture, NULL, "@{local:dan}");

    (void)state;
    story.operation.requester = (struct principal){ .system = "local", .id = "dan", .name = "dan" };
    hear_made(&story);
    assert_string_equal(args_of(&story, EFFECT_INVITE), "{\"channel\":\"C12\",\"users\":[\"U4\"]}");
}

static const struct lead_row {
    const char *name, *lead, *topic;
} lead_rows[] = {
    { "by the name of people", "slack:U2", "lead bob" },
    { "also of another system", "pagerduty:PANN", "lead ann" },
    { "whom nobody knows", "slack:U9", "· led ·" },
    { "nor a local user", "local:cat", "· led ·" },
};

static void check_lead_name(void **state)
{
    const struct lead_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture, NULL, "@{slack:U1}");

    story.body.lead = arena_printf(fixture->arena, "@{%s}", row->lead);
    story.body.lead_principal = row->lead;
    hear_made(&story);
    assert_in(args_of(&story, EFFECT_TOPIC), row->topic);
}

/* ---- it has none ---- */

static void check_refused(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture, NULL, "@{slack:U1}");

    (void)state;
    hear(&story, EVENT_EFFECT, "step:channel", END_FAILED, "Slack refused `conversations.create`: *restricted_action*",
         NULL);
    assert_string_equal(story.body.channel_problem, "Slack refused 'conversations.create':  restricted_action ");
    assert_null(story.body.channel);
    assert_null(story.out.result); /* it lives on */
    assert_string_equal(said(&story),
                        "#incidents *D12* gets no channel of its own: Slack refused 'conversations.create':  "
                        "restricted_action . It goes on here.\n");
    hear(&story, EVENT_EFFECT, "step:channel", END_FAILED, "once more", NULL);
    assert_string_equal(said(&story), "");
}

static const enum event_end doubts[] = { END_GAVE_UP, END_UNKNOWN };

static void check_again(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(doubts); i++) {
        struct story story = begin(fixture, NULL, "@{slack:U1}");

        for (int tries = 2; tries <= 6; tries++) {
            hear(&story, EVENT_EFFECT, "step:channel", doubts[i], "Slack did not answer", NULL);
            assert_true(json_find_bool(wanted(&story, EFFECT_CHANNEL)->args, "is_again", false));
            assert_string_equal(json_find_string(wanted(&story, EFFECT_CHANNEL)->args, "name"),
                                "inc-20261120-api-down");
            assert_null(story.body.channel_problem);
            assert_string_equal(said(&story), "");
        }
        hear(&story, EVENT_EFFECT, "step:channel", doubts[i], "Slack did not answer", NULL);
        assert_null(wanted(&story, EFFECT_CHANNEL));
        assert_string_equal(story.body.channel_problem, "Slack did not answer");
    }
}

/* Whatever else has changed since: what an earlier try has made is found by its name. */
static void check_same_name(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture, NULL, "@{slack:U1}");

    (void)state;
    fixture->view.shift_ms = 3 * DAY_MS; /* the pattern has the day in it */
    story.body.title = "API up and down";
    hear(&story, EVENT_EFFECT, "step:channel", END_GAVE_UP, "Slack did not answer", NULL);
    assert_string_equal(json_find_string(wanted(&story, EFFECT_CHANNEL)->args, "name"), "inc-20261120-api-down");
}

/* Pages of other services often have the same title: nobody has to ask Slack which name is free. */
static void check_name_of_another(void **state)
{
    static const struct {
        const char *id, *state, *wanted, *name;
    } others[] = {
        { "D11", INCIDENT_OPEN, "inc-20261120-api-down", "inc-20261120-api-down-d12" },
        { "D11", INCIDENT_CLOSED, "inc-20261120-api-down", "inc-20261120-api-down-d12" },
        { "D11", INCIDENT_OPEN, "inc-20261120-api-slow", "inc-20261120-api-down" },
        { "D12", INCIDENT_OPEN, "inc-20261120-api-down", "inc-20261120-api-down" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
        struct incident_body body = { .severity = "P1", .title = "API down", .channel_wanted = others[i].wanted };
        struct operation other = an_incident(fixture, others[i].id, others[i].state, &body);
        bool is_closed = strcmp(others[i].state, INCIDENT_CLOSED) == 0;
        struct story story;

        *(is_closed ? &fixture->ended : &fixture->operations) = &other;
        *(is_closed ? &fixture->ended_count : &fixture->operations_count) = 1;
        story = begin(fixture, NULL, "@{slack:U1}");
        assert_string_equal(json_find_string(wanted(&story, EFFECT_CHANNEL)->args, "name"), others[i].name);
    }
}

static bool calls_off(const struct outcome *out, const char *tag)
{
    for (size_t i = 0; i < out->cancels_count; i++)
        if (strcmp(out->cancels[i], tag) == 0)
            return true;
    return false;
}

static void check_closed_without(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture, NULL, "@{slack:U1}");
    struct deciding d = { .view = &fixture->view,
                          .operation = &story.operation,
                          .id = "D12",
                          .state = INCIDENT_RESOLVED,
                          .body = incident_own_body(&story.body, fixture->arena),
                          .out = &story.out };

    (void)state;
    outcome_init(&story.out, fixture->arena, "D12", "birth-1");
    incident_close(&d, "@{slack:U1}");
    assert_true(calls_off(&story.out, "step:channel"));
    d.body->channel = "C12";
    outcome_init(&story.out, fixture->arena, "D12", "birth-1");
    incident_close(&d, "@{slack:U1}");
    assert_false(calls_off(&story.out, "step:channel"));
}

/* ---- who comes ---- */

#define ON_CALL                                                                                                        \
    "{'levels':[{'level':1,'people':[{'id':'PANN','name':'Ann'},{'id':'PBOB','email':'Bob@example.com'},"              \
    "{'id':'PZOE','name':'Zoe *'}]},{'level':2,'people':[{'id':'PBOSS','name':'Boss'}]}]}"

static void check_on_call_first(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture, NULL, "PagerDuty");

    (void)state;
    story.operation.requester = (struct principal){ .system = "token", .id = "pagerduty" };
    hear(&story, EVENT_READING, "step:oncall", END_DONE, NULL, ON_CALL);
    assert_null(wanted(&story, EFFECT_INVITE)); /* there is no channel yet */
    assert_string_equal(uninvited(&story), "Zoe  : on call, but `people` names no Slack user for PagerDuty's `PZOE`|");
    assert_int_equal(story.body.on_call_count, 3);
    assert_string_equal(story.body.on_call[1], "@{slack:U2}");
    assert_string_equal(story.body.on_call[2], "Zoe  ");
    hear_made(&story);
    assert_string_equal(args_of(&story, EFFECT_INVITE), "{\"channel\":\"C12\",\"users\":[\"U1\",\"U2\"]}");
}

static void check_on_call_later(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture, NULL, "PagerDuty");

    (void)state;
    hear_made(&story); /* with Ann, who declared it */
    hear(&story, EVENT_READING, "step:oncall", END_DONE, NULL, ON_CALL);
    assert_string_equal(args_of(&story, EFFECT_INVITE), "{\"channel\":\"C12\",\"users\":[\"U2\"]}");
    assert_string_equal(wanted(&story, EFFECT_INVITE)->lane, "slack:C12:people");
    assert_int_equal(story.body.people_count, 2);
}

static void check_on_call_unknown(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture, NULL, "PagerDuty");

    (void)state;
    hear(&story, EVENT_READING, "step:oncall", END_FAILED, "PagerDuty refused the key", NULL);
    assert_string_equal(uninvited(&story), "whoever is on call: PagerDuty refused the key|");
}

static void check_refused_people(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture, NULL, "@{slack:U1}");
    const char *invited = "{'invited':['U1'],'present':[],'refused':[{'user':'U9','error':'ura_max_channels',"
                          "'why':'a guest of one channel who is in another one'}]}";

    (void)state;
    hear_made(&story);
    hear(&story, EVENT_EFFECT, "step:invite", END_DONE, NULL, invited);
    hear(&story, EVENT_EFFECT, "step:invite", END_DONE, NULL, invited); /* and once more, with the next who comes */
    assert_string_equal(uninvited(&story), "@{slack:U9}: a guest of one channel who is in another one|");
    hear(&story, EVENT_EFFECT, "step:invite", END_FAILED, "Slack refused `conversations.invite`: @{slack:U1}", NULL);
    assert_in(uninvited(&story), "|some: Slack refused 'conversations.invite':  {slack:U1}|");
    for (size_t i = 0; i < 2 * INCIDENT_UNINVITED_MAX; i++)
        hear(&story, EVENT_EFFECT, "step:invite", END_FAILED, arena_printf(fixture->arena, "once more, %zu", i), NULL);
    assert_int_equal(story.body.uninvited_count, INCIDENT_UNINVITED_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_begins),
        cmocka_unit_test(check_paged),
        cmocka_unit_test(check_made),
        cmocka_unit_test(check_page_comes),
        cmocka_unit_test(check_lead_is_invited),
        cmocka_unit_test(check_declarer_is_invited),
        cmocka_unit_test(check_refused),
        cmocka_unit_test(check_again),
        cmocka_unit_test(check_same_name),
        cmocka_unit_test(check_name_of_another),
        cmocka_unit_test(check_closed_without),
        cmocka_unit_test(check_on_call_first),
        cmocka_unit_test(check_on_call_later),
        cmocka_unit_test(check_on_call_unknown),
        cmocka_unit_test(check_refused_people),
    };

    return cmocka_run_group_tests(tests, NULL, NULL) + ROWS(lead_rows, check_lead_name);
}
