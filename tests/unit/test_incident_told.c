/* What PagerDuty and Alertmanager tell: which event opens an incident, which one it joins, and what it changes there. A
 * small world stands in for the engine: it shows each event to the listeners, and delivers it to those whom it
 * concerns. */
#include "tests/unit/decision_fixture.h"

#include "bot/model/delivery.h"
#include "bot/model/listener.h"
#include "bot/model/pagerduty_event.h"
#include "handlers/incident/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CONFIGURATION                                                                                                  \
    DECISION_CONFIGURATION                                                                                             \
    "pagerduty:\n  webhook_secrets: [s]\n  api_token: t\n  from: a@example.com\n"                                      \
    "alertmanager: { tokens: [t] }\n"                                                                                  \
    "people:\n  - { name: ann, slack: U1, pagerduty: PANN }\n"                                                         \
    "incidents:\n"                                                                                                     \
    "  severities: [{ name: P1 }, { name: P2 }, { name: P3 }]\n"                                                       \
    "  open_on:\n"                                                                                                     \
    "    - { pagerduty: { priority: P1 }, severity: P1 }\n"                                                            \
    "    - { pagerduty: { urgency: high }, severity: P2 }\n"                                                           \
    "    - { pagerduty: { urgency: low, service: PSVC009 }, severity: P3 }\n"                                          \
    "    - { alertmanager: { labels: { severity: critical, environment: production } }, severity: P2 }\n"
#define OPERATIONS_MAX 8
#define UNIX_MS DECISION_NOW_MS

struct world {
    struct decision_fixture *fixture;
    struct operation operations[OPERATIONS_MAX]; /* live ones, oldest first */
    size_t count;
    struct operation ended;
    struct outcome out; /* of the last decision */
    const char *why_not;
};

static struct world world_of(struct decision_fixture *fixture)
{
    return (struct world){ .fixture = fixture };
}

static void show(struct world *world)
{
    world->fixture->operations = world->operations;
    world->fixture->operations_count = world->count;
}

/* As the engine keeps it. */
static void keep(struct world *world, struct operation *operation)
{
    struct arena *arena = world->fixture->arena;
    struct error err;

    if (world->out.state)
        operation->state = world->out.state;
    if (world->out.body) {
        AUTO_JSON cJSON *json = shape_to_json(&incident_body_shape, world->out.body, SHAPE_WHOLE);

        operation->body = json_parse_in(arena, str_of(json_print_in(arena, json)), &err);
    }
}

static struct incident_body body_of(const struct world *world, size_t i)
{
    struct incident_body body;
    struct error err;

    assert_true(shape_from_json(&incident_body_shape, world->operations[i].body, world->fixture->arena, &body, &err));
    return body;
}

static void begin(struct world *world, const struct outside_event *event, const struct wanted_request *want)
{
    struct request request = { .id = "r1",
                               .source = event->source,
                               .principal = want->requester ? *want->requester : event->principal,
                               .verb = want->verb,
                               .words = want->words,
                               .words_count = want->words_count };
    struct question question;
    const void *arguments;
    struct error err;

    assert_string_equal(want->verb, verb_incident_told.name);
    show(world);
    outcome_init(&world->out, world->fixture->arena, arena_printf(world->fixture->arena, "D%zu", world->count + 1),
                 "birth-1");
    if (!verb_incident_told.asks(&world->fixture->view, &request, &question, &arguments, &err))
        fail_msg("%s", err.message);
    verb_incident_told.begin(&world->fixture->view, &request, &question, arguments, &world->out);
    assert_true(world->out.begins && world->count < OPERATIONS_MAX);
    world->operations[world->count] = (struct operation){ .id = world->out.operation_id, .kind = world->out.kind };
    keep(world, &world->operations[world->count++]);
    show(world);
}

static void hear(struct world *world, size_t i, const struct outside_event *outside)
{
    struct operation *operation = &world->operations[i];
    struct event event = { .kind = EVENT_OUTSIDE, .name = outside->name, .outside = outside };
    struct incident_body body = body_of(world, i);

    outcome_init(&world->out, world->fixture->arena, operation->id, "birth-1");
    machine_incident.on_event(&world->fixture->view, operation, &body, &event, &world->out);
    keep(world, operation);
}

static void hear_channel_made(struct world *world, size_t i)
{
    struct operation *operation = &world->operations[i];
    struct event event = { .kind = EVENT_EFFECT,
                           .name = "step:channel",
                           .end = END_DONE,
                           .body =
                               decision_json(world->fixture, "{'channel':'C1','name':'inc-1','is_private':false}") };
    struct incident_body body = body_of(world, i);

    outcome_init(&world->out, world->fixture->arena, operation->id, "birth-1");
    machine_incident.on_event(&world->fixture->view, operation, &body, &event, &world->out);
    keep(world, operation);
}

/* "begins", "told D1", "told D1, D2", "-" */
static const char *tell(struct world *world, const struct outside_event *event)
{
    struct wanted_request want = { 0 };
    const char *concerned = NULL;
    bool concerns[OPERATIONS_MAX], asks;

    show(world);
    for (size_t i = 0; i < world->count; i++)
        concerns[i] = incident_hears(&world->fixture->view, &world->operations[i], event);
    asks = strcmp(event->source, "pagerduty") == 0 ? incident_pagerduty_asks(&world->fixture->view, event, &want)
                                                   : incident_alerts_ask(&world->fixture->view, event, &want);
    world->why_not = want.why_not;
    for (size_t i = 0, count = world->count; i < count; i++) {
        if (!concerns[i])
            continue;
        assert_false(asks);
        hear(world, i, event);
        concerned = arena_printf(world->fixture->arena, "%s%s%s", concerned ? concerned : "told ",
                                 concerned ? ", " : "", world->operations[i].id);
    }
    if (asks)
        begin(world, event, &want);
    return asks ? "begins" : concerned ? concerned : "-";
}

static struct outside_event event_of(struct world *world, const char *name, const char *subject, int64_t at_s,
                                     const char *json)
{
    return (struct outside_event){ .id = "01F7",
                                   .source = strncmp(name, "alerts", 6) == 0 ? "alertmanager" : "pagerduty",
                                   .name = name,
                                   .subject = subject,
                                   .principal = { .system = "pagerduty", .id = "" },
                                   .occurred_at_ms = UNIX_MS + at_s * 1000 + 1,
                                   .received_at_ms = UNIX_MS,
                                   .body = json ? decision_json(world->fixture, json) : NULL };
}

/* A page as its webhook has it: `more` are further members. */
static const char *page(struct world *world, const char *name, const char *id, int64_t at_s, const char *more)
{
    struct outside_event event = event_of(
        world, name, id, at_s,
        arena_printf(world->fixture->arena,
                     "{'about':{'id':'%s'},'incident':{'id':'%s','number':42,'title':'API *down*'%s}}", id, id, more));

    return tell(world, &event);
}

static const char *about(struct world *world, const char *name, const char *id, const char *by, const char *members)
{
    struct outside_event event =
        event_of(world, name, id, 60, arena_printf(world->fixture->arena, "{'about':{'id':'%s'},%s}", id, members));

    event.principal.id = by;
    event.principal.name = "Bea *B*";
    return tell(world, &event);
}

#define CRITICAL "'environment':'production','severity':'critical'"
#define HIGH ",'status':'triggered','urgency':'high','service':{'id':'PSVC001'}"
#define OTHER ",'status':'triggered','urgency':'high','service':{'id':'PSVC002'}"

/* All that was said by the last decision, a line each. */
static const char *said(const struct world *world)
{
    struct message_delivery message;
    const char *text = "";
    struct error err;

    for (size_t i = 0; i < world->out.effects_count; i++) {
        if (strcmp(world->out.effects[i].kind, EFFECT_MESSAGE) != 0)
            continue;
        assert_true(shape_from_json(&message_delivery_shape, world->out.effects[i].args, world->fixture->arena,
                                    &message, &err));
        text = arena_printf(world->fixture->arena, "%s%s\n", text, message.reply.text);
    }
    return text;
}

static void assert_said(const struct world *world, const char *part)
{
    if (!strstr(said(world), part))
        fail_msg("no \"%s\" in\n%s", part, said(world));
}

/* "note by @{slack:U1}: text": the last entry. */
static const char *last_entry(const struct world *world, size_t i)
{
    struct incident_body body = body_of(world, i);
    const struct incident_entry *entry = &body.timeline[body.timeline_count - 1];

    assert_true(body.timeline_count > 0);
    return arena_printf(world->fixture->arena, "%s by %s: %s", entry->kind, entry->who ? entry->who : "-",
                        entry->text ? entry->text : "-");
}

/* ---- what opens one ---- */

static const struct opening {
    const char *name, *event, *members;
    const char *severity; /* NULL: it opens none */
} openings[] = {
    { "a high urgency is one", "incident.triggered", HIGH, "P2" },
    { "the first row that matches counts", "incident.triggered",
      ",'status':'triggered','urgency':'high','priority':{'id':'PP','summary':'p1'},'service':{'id':'PSVC001'}", "P1" },
    { "all of a row has to match", "incident.triggered",
      ",'status':'triggered','urgency':'low','service':{'id':'PSVC009'}", "P3" },
    { "a low one elsewhere is none", "incident.triggered",
      ",'status':'triggered','urgency':'low','service':{'id':'PSVC001'}", NULL },
    { "one that says nothing of itself is none", "incident.triggered", "", NULL },
    { "one that is reopened is one", "incident.reopened", HIGH, "P2" },
    { "one whose priority somebody finds out is one", "incident.priority_updated",
      ",'status':'acknowledged','urgency':'low','priority':{'id':'PP','summary':'P1'}", "P1" },
    { "and nobody has to answer what somebody reopened by acknowledging it", "incident.reopened",
      ",'status':'acknowledged','urgency':'high'", "P2" },
    { "not one that is over by then", "incident.priority_updated",
      ",'status':'resolved','urgency':'low','priority':{'id':'PP','summary':'P1'}", NULL },
    { "a page without a status is what its event says", "incident.triggered", ",'urgency':'high'", "P2" },
    { "what else happens to a page that nobody knows opens none", "incident.acknowledged",
      ",'status':'acknowledged','urgency':'high'", NULL },
    { "nor does its end", "incident.resolved", ",'status':'resolved','urgency':'high'", NULL },
};

static void check_opening(void **state)
{
    const struct opening *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct world world = world_of(fixture);
    bool is_answered = strstr(row->members, "'acknowledged'") != NULL;
    struct incident_body body;

    assert_string_equal(page(&world, row->event, "PINC1", 0, row->members), row->severity ? "begins" : "-");
    if (!row->severity)
        return;
    body = body_of(&world, 0);
    assert_string_equal(body.severity, row->severity);
    assert_string_equal(body.title, "API  down ");
    assert_string_equal(world.operations[0].state, is_answered ? INCIDENT_ACKNOWLEDGED : INCIDENT_OPEN);
    assert_string_equal(last_entry(&world, 0),
                        is_answered ? "acknowledged by PagerDuty: -"
                                    : arena_printf(fixture->arena, "opened by PagerDuty: %s: API  down ", row->severity));
    assert_int_equal(body.pages_count, 1);
    assert_string_equal(body.pages[0].id, "PINC1");
    assert_int_equal(body.pages[0].number, 42);
    assert_int_equal(body.opened_at_ms, DECISION_NOW_MS);
    assert_string_equal(body.timeline[0].who, "PagerDuty");                             /* nobody is known who did it */
    assert_string_equal(page(&world, row->event, "PINC1", 0, row->members), "told D1"); /* once more: the same one */
    assert_int_equal(world.count, 1);
}

static const struct hostile {
    const char *name, *event, *body;
} hostiles[] = {
    { "no body", "incident.triggered", NULL },
    { "no incident in it", "incident.triggered", "{'about':{'id':'PINC1'}}" },
    { "an incident that is a text", "incident.triggered", "{'incident':'PINC1'}" },
    { "one without an id", "incident.triggered", "{'incident':{'urgency':'high','status':'triggered'}}" },
    { "an id that is a number", "incident.triggered", "{'incident':{'id':7,'urgency':'high','status':'triggered'}}" },
    { "an empty id", "incident.triggered", "{'incident':{'id':'','urgency':'high','status':'triggered'}}" },
    { "an urgency that is a list", "incident.triggered", "{'incident':{'id':'PINC1','urgency':['high']}}" },
    { "an event whose name only begins so", "incident.triggeredx", "{'incident':{'id':'PINC1','urgency':'high'}}" },
    { "alerts that are a text", "alerts.firing", "'all of them'" },
    { "alerts without a key", "alerts.firing", "{'is_firing':true}" },
};

static void check_hostile(void **state)
{
    const struct hostile *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct world world = world_of(fixture);
    struct outside_event event = event_of(&world, row->event, "PINC1", 0, row->body);

    assert_string_equal(tell(&world, &event), "-");
    event.subject = NULL;
    assert_string_equal(tell(&world, &event), "-");
    event = event_of(&world, row->event, "PINC9", 1, row->body);
    page(&world, "incident.triggered", "PINC9", 0, HIGH);
    assert_int_equal(world.count, 1);
    tell(&world, &event); /* nor does it do any harm to one that is open */
    assert_string_equal(world.operations[0].state, INCIDENT_OPEN);
    assert_int_equal(body_of(&world, 0).pages_count, 1);
}

static void nobody_asks_for_it(void **state)
{
    static const char *const sources[] = { "slack", "local", "api", "github", "opsgate", "" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct request request =
        decision_request(fixture, "incident-told '{\"title\":\"x\",\"severity\":\"P1\",\"group\":\"g\"}'");
    struct question question;
    const void *arguments;
    struct error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        request.source = sources[i];
        assert_false(verb_incident_told.asks(&fixture->view, &request, &question, &arguments, &err));
    }
    request.source = "alertmanager";
    assert_true(verb_incident_told.asks(&fixture->view, &request, &question, &arguments, &err));
    request.words = (const char *[]){ "{\"title\":\"x\",\"severity\":\"P1\"}" };
    assert_false(verb_incident_told.asks(&fixture->view, &request, &question, &arguments, &err));
    request.words = (const char *[]){ "{" };
    assert_false(verb_incident_told.asks(&fixture->view, &request, &question, &arguments, &err));
    assert_true(verb_incident_told.is_internal);
}

static void without_incidents_there_are_none(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct world world = world_of(fixture);

    (void)state;
    assert_string_equal(page(&world, "incident.triggered", "PINC1", 0, HIGH), "-");
}

/* ---- what joins one ---- */

static void pages_of_one_service_are_one(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct world world = world_of(fixture);

    (void)state;
    assert_string_equal(page(&world, "incident.triggered", "PINC1", 0, HIGH), "begins");
    hear_channel_made(&world, 0);
    assert_string_equal(page(&world, "incident.triggered", "PINC2", 1, HIGH), "told D1");
    assert_said(&world, "PagerDuty pages for this, too: #42 API  down .");
    assert_null(strstr(said(&world), "raises it"));
    assert_string_equal(last_entry(&world, 0), "page by PagerDuty: #42 API  down  joins");
    assert_int_equal(body_of(&world, 0).pages_count, 2);
    assert_string_equal(page(&world, "incident.triggered", "PINC2", 1, HIGH), "told D1"); /* told twice, said once */
    assert_string_equal(said(&world), "");
    assert_int_equal(body_of(&world, 0).pages_count, 2);
    assert_string_equal(page(&world, "incident.triggered", "PINC3", 2, OTHER), "begins");
    assert_string_equal(page(&world, "incident.triggered", "PINC4", 3, ",'urgency':'high'"),
                        "begins"); /* of no service */
    assert_string_equal(page(&world, "incident.triggered", "PINC5", 4, ",'urgency':'high'"), "begins");
    assert_string_equal(page(&world, "incident.triggered", "PINC6", 5, ",'urgency':'low','service':{'id':'PSVC001'}"),
                        "-"); /* none of ours */
    assert_string_equal(page(&world, "incident.triggered", "PINC7", 6, HIGH ",'priority':{'id':'PP','summary':'P1'}"),
                        "told D1");
    assert_said(&world, "By `incidents.open_on` it is P1, and D1 is P2: `incident severity D1 P1` raises it.");
    assert_string_equal(body_of(&world, 0).severity, "P2");
}

static void a_resolved_one_is_not_joined(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct world world = world_of(fixture);

    (void)state;
    page(&world, "incident.triggered", "PINC1", 0, HIGH);
    world.operations[0].state = INCIDENT_RESOLVED;
    assert_string_equal(page(&world, "incident.triggered", "PINC2", 1, HIGH), "begins");
    assert_string_equal(page(&world, "incident.triggered", "PINC3", 2, HIGH), "told D2");
    world.operations[0].is_stuck = world.operations[1].is_stuck = true; /* they hear nothing any more */
    assert_string_equal(page(&world, "incident.triggered", "PINC4", 3, HIGH), "begins");
}

static void of_two_the_older_is_joined(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct world world = world_of(fixture);

    (void)state;
    page(&world, "incident.triggered", "PINC1", 0, HIGH);
    world.operations[0].state = INCIDENT_RESOLVED;
    page(&world, "incident.triggered", "PINC2", 1, HIGH);
    world.operations[0].state = INCIDENT_OPEN; /* reopened */
    assert_string_equal(page(&world, "incident.triggered", "PINC3", 2, HIGH), "told D1");
}

/* ---- a storm ---- */

static void a_storm_of_one_service_is_one_incident(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct world world = world_of(fixture);
    size_t told = 0;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        page(&world, "incident.triggered", arena_printf(fixture->arena, "PINC%d", i), i, HIGH);
        told += i >= INCIDENT_PAGES_MAX && said(&world)[0];
        if (i == INCIDENT_PAGES_MAX)
            assert_said(&world, "PagerDuty pages more than 20 times for this");
    }
    assert_int_equal(world.count, 1);
    assert_int_equal(told, 1);
    assert_int_equal(body_of(&world, 0).pages_count, INCIDENT_PAGES_MAX);
    assert_int_equal(body_of(&world, 0).more_pages, 1000 - INCIDENT_PAGES_MAX);
    assert_true(body_of(&world, 0).timeline_count < 30);
    assert_string_equal(page(&world, "incident.resolved", "PINC900", 2000, ",'status':'resolved','urgency':'high'"),
                        "-");
}

/* Not in the channel for all: the card that comes with its own has them. But what is worse than it seems is said at
 * once. */
static void what_joins_before_there_is_a_channel_is_shown_by_the_card(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct world world = world_of(fixture);

    (void)state;
    assert_string_equal(page(&world, "incident.triggered", "PINC1", 0, HIGH), "begins");
    assert_string_equal(page(&world, "incident.triggered", "PINC2", 1, HIGH), "told D1");
    assert_string_equal(said(&world), "");
    assert_string_equal(last_entry(&world, 0), "page by PagerDuty: #42 API  down  joins");
    assert_int_equal(body_of(&world, 0).pages_count, 2);
    assert_string_equal(page(&world, "incident.triggered", "PINC3", 2, HIGH ",'priority':{'id':'PP','summary':'P1'}"),
                        "told D1");
    assert_said(&world, "By `incidents.open_on` it is P1, and D1 is P2: `incident severity D1 P1` raises it.");
}

/* ---- what is told late, or of what is closed ---- */

static void close_it(struct world *world)
{
    world->ended = world->operations[0];
    world->ended.ended_at_ms = DECISION_NOW_MS;
    world->ended.state = INCIDENT_CLOSED;
    world->ended.result = "done";
    world->fixture->ended = &world->ended;
    world->fixture->ended_count = 1;
    world->count = 0;
}

static void a_page_of_a_closed_one_is_not_opened_again(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct world world = world_of(fixture);

    (void)state;
    page(&world, "incident.triggered", "PINC1", 0, HIGH);
    close_it(&world);
    assert_string_equal(page(&world, "incident.triggered", "PINC1", 0, HIGH), "-");
    assert_string_equal(world.why_not, "D1 had that page, and is closed");
    assert_string_equal(page(&world, "incident.reopened", "PINC1", 9, HIGH), "begins"); /* but it is not over */
}

/* Its last effects are still on their way: it is among the live ones, and hears nothing any more. */
static void one_that_is_ending_is_closed(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct world world = world_of(fixture);

    (void)state;
    page(&world, "incident.triggered", "PINC1", 0, HIGH);
    world.operations[0].state = INCIDENT_CLOSED;
    world.operations[0].ended_at_ms = DECISION_NOW_MS;
    world.operations[0].result = "done";
    assert_string_equal(page(&world, "incident.triggered", "PINC1", 0, HIGH), "-");
    assert_string_equal(world.why_not, "D1 had that page, and is closed");
    assert_string_equal(page(&world, "incident.triggered", "PINC2", 1, HIGH), "begins");
    assert_string_equal(page(&world, "incident.triggered", "PINC3", 2, HIGH), "told D2");
}

/* It is asked for, and about one that is open: that one hears it. */
static void ask_it(struct world *world, const struct wanted_request *want)
{
    struct request request = { .id = "r1",
                               .source = "pagerduty",
                               .principal = *want->requester,
                               .verb = want->verb,
                               .words = want->words,
                               .words_count = want->words_count };
    struct operation *operation = &world->operations[0];
    struct incident_body body = body_of(world, 0);
    struct event event = { .kind = EVENT_REQUEST, .name = want->verb, .request = &request };
    struct question question;
    struct error err;

    show(world);
    if (!verb_incident_told.asks(&world->fixture->view, &request, &question, &event.arguments, &err))
        fail_msg("%s", err.message);
    assert_string_equal(question.operation, operation->id);
    outcome_init(&world->out, world->fixture->arena, operation->id, "birth-1");
    machine_incident.on_event(&world->fixture->view, operation, &body, &event, &world->out);
    keep(world, operation);
}

static void what_is_told_late_opens_nothing_and_is_so_all_the_same(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct world world = world_of(fixture);
    struct outside_event late;
    struct wanted_request want;

    (void)state;
    show(&world);
    late = event_of(&world, "incident.triggered", "PINC1", 0, "{'incident':{'id':'PINC1','urgency':'high'}}");
    late.is_late = true;
    assert_false(incident_pagerduty_asks(&fixture->view, &late, &want));
    page(&world, "incident.triggered", "PINC1", 0, HIGH);
    page(&world, "incident.acknowledged", "PINC1", 50, ",'status':'acknowledged'");
    late.occurred_at_ms -= 1000; /* of before */
    assert_true(incident_pagerduty_asks(&fixture->view, &late, &want));
    ask_it(&world, &want);
    assert_string_equal(world.operations[0].state, INCIDENT_ACKNOWLEDGED);
    late = event_of(&world, "incident.resolved", "PINC1", 100, "{'incident':{'id':'PINC1','number':42}}");
    late.is_late = true;
    late.principal.id = "PANN";
    assert_true(incident_pagerduty_asks(&fixture->view, &late, &want));
    ask_it(&world, &want);
    assert_string_equal(world.operations[0].state, INCIDENT_RESOLVED);
    assert_string_equal(last_entry(&world, 0), "resolved by @{slack:U1}: -");
    late = event_of(&world, "alerts.firing", "g", 0, "{'key':'g','is_firing':true,'labels':{" CRITICAL "}}");
    assert_true(incident_alerts_ask(&fixture->view, &late, &want));
    late.is_late = true;
    assert_false(incident_alerts_ask(&fixture->view, &late, &want));
}

static void what_was_read_there_counts_as_told(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct world world = world_of(fixture);
    const struct pagerduty_reference service = { .id = "PSVC001" };
    struct pagerduty_incident found = { .id = "PINC1",
                                        .status = "triggered",
                                        .title = "down",
                                        .urgency = "high",
                                        .created_at_ms = UNIX_MS - 60 * 1000,
                                        .service = &service };
    struct wanted_request want = { 0 };
    struct outside_event none = event_of(&world, "incident.triggered", "PINC1", 0, NULL);

    (void)state;
    show(&world);
    found.urgency = "low";
    assert_false(incident_page_asks(&fixture->view, &found, &want)); /* none of ours */
    found.urgency = "high";
    found.created_at_ms = UNIX_MS - 2 * 3600 * 1000;
    assert_false(incident_page_asks(&fixture->view, &found, &want)); /* older than automation.max_event_age */
    found.created_at_ms = UNIX_MS - 60 * 1000;
    assert_true(incident_page_asks(&fixture->view, &found, &want));
    begin(&world, &none, &want);
    assert_string_equal(body_of(&world, 0).title, "down");
    assert_string_equal(body_of(&world, 0).pages[0].id, "PINC1");
    found.id = "PINC2"; /* it joins */
    assert_true(incident_page_asks(&fixture->view, &found, &want));
    ask_it(&world, &want);
    assert_int_equal(body_of(&world, 0).pages_count, 2);
    found = (struct pagerduty_incident){ .id = "PINC1", .status = "resolved" };
    assert_true(incident_page_asks(&fixture->view, &found, &want));
    ask_it(&world, &want);
    assert_string_equal(world.operations[0].state, INCIDENT_OPEN);
    found.id = "PINC2";
    assert_true(incident_page_asks(&fixture->view, &found, &want));
    ask_it(&world, &want);
    assert_string_equal(world.operations[0].state, INCIDENT_RESOLVED);
    found.id = "PINC3";
    assert_false(incident_page_asks(&fixture->view, &found, &want));
}

/* ---- what changes there ---- */

static void its_status_there_is_its_status_here(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct world world = world_of(fixture);

    (void)state;
    page(&world, "incident.triggered", "PINC1", 0, HIGH);
    page(&world, "incident.triggered", "PINC2", 1, HIGH);
    assert_string_equal(page(&world, "incident.acknowledged", "PINC2", 10, ",'urgency':'high'"), "told D1");
    assert_string_equal(world.operations[0].state, INCIDENT_ACKNOWLEDGED);
    page(&world, "incident.triggered", "PINC2", 1, HIGH); /* once more, and late */
    assert_string_equal(world.operations[0].state, INCIDENT_ACKNOWLEDGED);
    page(&world, "incident.resolved", "PINC1", 20, ",'status':'resolved'");
    assert_string_equal(world.operations[0].state, INCIDENT_ACKNOWLEDGED);
    page(&world, "incident.resolved", "PINC2", 21, ",'status':'resolved'");
    assert_string_equal(world.operations[0].state, INCIDENT_RESOLVED);
    page(&world, "incident.acknowledged", "PINC2", 10, ",'status':'acknowledged'"); /* late */
    assert_string_equal(world.operations[0].state, INCIDENT_RESOLVED);
    page(&world, "incident.reopened", "PINC1", 30, ",'status':'triggered'");
    assert_string_equal(world.operations[0].state, INCIDENT_OPEN);
}

static void what_it_was_merged_into_goes_on(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct world world = world_of(fixture);

    (void)state;
    page(&world, "incident.triggered", "PINC1", 0, HIGH);
    page(&world, "incident.resolved", "PINC1", 10,
         ",'status':'resolved','is_merged':true,'merged_into':{'id':'PINC2'},'service':{'id':'PSVC001'}");
    assert_string_equal(world.operations[0].state, INCIDENT_OPEN);
    assert_int_equal(body_of(&world, 0).pages_count, 2);
    page(&world, "incident.resolved", "PINC2", 20, ",'status':'resolved'");
    assert_string_equal(world.operations[0].state, INCIDENT_RESOLVED);

    page(&world, "incident.triggered", "PINC3", 30, HIGH);
    page(&world, "incident.triggered", "PINC4", 31, OTHER);
    assert_int_equal(world.count, 3);
    page(&world, "incident.resolved", "PINC4", 40,
         ",'status':'resolved','is_merged':true,'merged_into':{'id':'PINC3'}");
    assert_string_equal(world.operations[2].state, INCIDENT_RESOLVED); /* another one of ours has it */
    assert_int_equal(body_of(&world, 2).pages_count, 1);
}

#define NOTE(text) "'note':{'id':'PNOTE','text':'" text "'}"

static void notes_are_told_and_ours_are_not(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct world world = world_of(fixture);

    (void)state;
    page(&world, "incident.triggered", "PINC1", 0, HIGH);
    assert_string_equal(about(&world, "incident.annotated", "PINC1", "PANN", NOTE(" Rolled *back*.\\nIt falls. ")),
                        "told D1");
    assert_said(&world, "@{slack:U1} notes in PagerDuty: Rolled  back . It falls.");
    assert_string_equal(last_entry(&world, 0), "note by @{slack:U1}: Rolled  back . It falls.");
    about(&world, "incident.annotated", "PINC1", "PBEA",
          NOTE("Rolled  back . It falls. ")); /* as it is written there */
    assert_string_equal(said(&world), "");
    about(&world, "incident.status_update_published", "PINC1", "PANN", "'status_update':{'text':'ask slack:U1'}");
    about(&world, "incident.annotated", "PINC1", "PBEA", NOTE("ask @ann")); /* as a note of ours names people there */
    assert_string_equal(said(&world), "");
    about(&world, "incident.annotated", "PINC1", "PBEA", NOTE("It falls."));
    assert_string_equal(last_entry(&world, 0), "note by Bea  B : It falls.");
    about(&world, "incident.annotated", "PINC1", "PBEA", NOTE(" "));
    assert_string_equal(said(&world), "");
    about(&world, "incident.annotated", "PINC1", "PBEA", "'note':7");
    assert_string_equal(said(&world), "");
    assert_string_equal(about(&world, "incident.annotated", "PINC7", "PBEA", NOTE("x")), "-"); /* of no page of ours */
    about(&world, "incident.status_update_published", "PINC1", "PANN", "'status_update':{'text':'We look.'}");
    assert_string_equal(last_entry(&world, 0), "update by @{slack:U1}: We look.");
    assert_string_equal(body_of(&world, 0).update, "We look.");
    assert_int_equal(body_of(&world, 0).updated_at_ms, DECISION_NOW_MS);
}

static void who_is_called_is_recorded(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct world world = world_of(fixture);

    (void)state;
    page(&world, "incident.triggered", "PINC1", 0, HIGH);
    page(&world, "incident.escalated", "PINC1", 5,
         ",'status':'triggered','assignees':[{'id':'PANN','summary':'Ann'},{'id':'PBEA','summary':'Bea'}]");
    assert_string_equal(last_entry(&world, 0), "called by PagerDuty: @{slack:U1}, Bea");
    about(&world, "incident.responder.added", "PINC1", "PBEA",
          "'responder':{'user':{'id':'PCEM','summary':'Cem'},'state':'pending'}");
    assert_string_equal(last_entry(&world, 0), "responder by Bea  B : Cem is asked to help");
    about(&world, "incident.responder.replied", "PINC1", "PCEM", "'responder':{'user':{'id':'PANN'},'state':'joined'}");
    assert_string_equal(last_entry(&world, 0), "responder by Bea  B : @{slack:U1} joins");
    page(&world, "incident.priority_updated", "PINC1", 6, ",'urgency':'high','priority':{'id':'PP','summary':'P1'}");
    assert_string_equal(last_entry(&world, 0), "priority by PagerDuty: the priority of #42 API  down  is P1 now");
    assert_said(&world, "`incident severity D1 P1` raises it.");
    assert_string_equal(body_of(&world, 0).severity, "P2");
}

/* ---- Alertmanager ---- */

/* `starts_s`: when the newest of its alerts began. */
static const char *alerts(struct world *world, bool is_firing, int64_t at_s, int64_t starts_s, const char *labels)
{
    struct outside_event event = event_of(
        world, is_firing ? "alerts.firing" : "alerts.resolved", "{}:{alertname=HighErrors}", at_s,
        arena_printf(world->fixture->arena,
                     "{'key':'{}:{alertname=HighErrors}','is_firing':%s,'labels':{'alertname':'HighErrors'},"
                     "'common_labels':{%s},'common_annotations':{'summary':'5xx of <api>'},"
                     "'alerts':[{'fingerprint':'c0ffee','is_firing':%s,'starts_at_ms':%" PRId64 "}]}",
                     is_firing ? "true" : "false", labels, is_firing ? "true" : "false", UNIX_MS + starts_s * 1000));

    event.principal.system = "alertmanager";
    return tell(world, &event);
}

static void alerts_open_one_and_people_resolve_it(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct world world = world_of(fixture);

    (void)state;
    assert_string_equal(alerts(&world, true, 0, 0, "'severity':'critical'"), "-"); /* all labels of the row */
    assert_string_equal(alerts(&world, true, 0, 0, "'environment':'production','severity':'warning'"), "-");
    assert_string_equal(alerts(&world, false, 0, 0, CRITICAL), "-");
    assert_string_equal(alerts(&world, true, 0, 0, CRITICAL), "begins");
    assert_string_equal(body_of(&world, 0).severity, "P2");
    assert_string_equal(body_of(&world, 0).title, "5xx of <api>");
    assert_string_equal(alerts(&world, true, 10, 10, CRITICAL), "told D1"); /* one more of the group: nothing new */
    assert_string_equal(said(&world), "");
    assert_int_equal(body_of(&world, 0).alerts[0].services_count, 0);
    alerts(&world, true, 11, 10, CRITICAL ",'service':'api'"); /* but of another service */
    alerts(&world, true, 12, 10, CRITICAL ",'service':'web'");
    alerts(&world, true, 13, 10, CRITICAL ",'service':'web'");
    assert_int_equal(body_of(&world, 0).alerts[0].services_count, 2);
    assert_string_equal(body_of(&world, 0).alerts[0].services[1], "web");
    assert_string_equal(alerts(&world, false, 20, 0, CRITICAL), "told D1");
    assert_said(&world, "*5xx of <api>* is resolved in Alertmanager. If it is over: `incident resolve D1`.");
    assert_string_equal(world.operations[0].state, INCIDENT_OPEN);
    alerts(&world, false, 20, 0, CRITICAL); /* twice */
    assert_string_equal(said(&world), "");
    alerts(&world, true, 10, 10, CRITICAL); /* late */
    assert_string_equal(said(&world), "");
    assert_false(body_of(&world, 0).alerts[0].is_firing);
    alerts(&world, true, 30, 30, CRITICAL);
    assert_said(&world, "*5xx of <api>* fires again, says Alertmanager.");
    world.operations[0].state = INCIDENT_RESOLVED; /* while it fires */
    alerts(&world, true, 40, 40, CRITICAL);
    assert_string_equal(world.operations[0].state, INCIDENT_RESOLVED);
    alerts(&world, false, 50, 0, CRITICAL);
    assert_string_equal(said(&world), "");
    alerts(&world, true, 60, 60, CRITICAL);
    assert_string_equal(world.operations[0].state, INCIDENT_OPEN);
}

static void alerts_of_a_closed_one_open_another_when_they_fire_anew(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct world world = world_of(fixture);

    (void)state;
    alerts(&world, true, -10, -10, CRITICAL);
    close_it(&world);
    assert_string_equal(alerts(&world, true, -5, -5, CRITICAL), "-");
    assert_string_equal(world.why_not, "D1 had those alerts, and is closed");
    assert_string_equal(alerts(&world, true, 5, 5, CRITICAL), "begins");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_asks_for_it),
        cmocka_unit_test(without_incidents_there_are_none),
        cmocka_unit_test(pages_of_one_service_are_one),
        cmocka_unit_test(what_joins_before_there_is_a_channel_is_shown_by_the_card),
        cmocka_unit_test(a_resolved_one_is_not_joined),
        cmocka_unit_test(of_two_the_older_is_joined),
        cmocka_unit_test(a_storm_of_one_service_is_one_incident),
        cmocka_unit_test(a_page_of_a_closed_one_is_not_opened_again),
        cmocka_unit_test(one_that_is_ending_is_closed),
        cmocka_unit_test(what_is_told_late_opens_nothing_and_is_so_all_the_same),
        cmocka_unit_test(what_was_read_there_counts_as_told),
        cmocka_unit_test(its_status_there_is_its_status_here),
        cmocka_unit_test(what_it_was_merged_into_goes_on),
        cmocka_unit_test(notes_are_told_and_ours_are_not),
        cmocka_unit_test(who_is_called_is_recorded),
        cmocka_unit_test(alerts_open_one_and_people_resolve_it),
        cmocka_unit_test(alerts_of_a_closed_one_open_another_when_they_fire_anew),
    };

    return ROWS(openings, check_opening) + ROWS(hostiles, check_hostile) + cmocka_run_group_tests(tests, NULL, NULL);
}
