/* Messages of Slack's in an incident: marked in its channel, read once, and in the timeline with their link. */
#include "tests/unit/incident_texts.h"

#include "bot/model/exchange.h"
#include "bot/model/outside_event.h"
#include "bot/model/slack_event.h"

#define LINK "https://acme.slack.com/archives/C12/p1700000000000100"
#define ONE "C12/1700000000.000100"
#define TWO "C12/1700000050.000200"

struct life { /* of D12 */
    struct decision_fixture *fixture;
    struct operation operation;
    struct incident_body body;
    struct outcome out;
};

static struct life *life_create(void)
{
    struct life *life = xcalloc(1, sizeof(*life));

    life->fixture = decision_create(INCIDENT_CONFIGURATION);
    life->body = (struct incident_body){
        .title = "API down", .severity = "P1", .channel = "C12", .opened_at_ms = AGO(MINUTE_MS)
    };
    life->operation = an_incident(life->fixture, "D12", INCIDENT_OPEN, &life->body);
    return life;
}

static void life_finish(struct life **life)
{
    decision_destroy((*life)->fixture);
    free(*life);
}
#define AUTO_LIFE __attribute__((cleanup(life_finish)))

static void hear(struct life *life, const struct event *event)
{
    const struct incident_body *before = ARENA_NEW(life->fixture->arena, struct incident_body);

    *(struct incident_body *)(uintptr_t)before = life->body;
    outcome_init(&life->out, life->fixture->arena, "D12", "birth-1");
    machine_incident.on_event(&life->fixture->view, &life->operation, before, event, &life->out);
    if (life->out.body)
        life->body = *(const struct incident_body *)life->out.body;
}

/* Somebody marks that message. */
static struct outside_event mark(struct life *life, const char *channel, const char *ts, const char *user)
{
    return (struct outside_event){
        .source = "slack",
        .name = SLACK_REACTION_ADDED,
        .principal = { .system = "slack", .id = user, .team = "T1" },
        .body = decision_json(life->fixture,
                              arena_printf(life->fixture->arena, "{'team':'T1','channel':'%s','ts':'%s'}", channel, ts))
    };
}

static void marks(struct life *life, const char *ts, const char *user)
{
    struct outside_event event = mark(life, "C12", ts, user);

    hear(life, &(struct event){ .kind = EVENT_OUTSIDE, .name = event.name, .outside = &event });
}

static void read_as(struct life *life, const char *message, const char *body)
{
    hear(life, &(struct event){ .kind = EVENT_READING,
                                .name = arena_printf(life->fixture->arena, "message:%s", message),
                                .end = END_DONE,
                                .body = decision_json(life->fixture, body) });
}

static const struct incident_entry *last(const struct life *life)
{
    assert_true(life->body.timeline_count > 0);
    return &life->body.timeline[life->body.timeline_count - 1];
}

/* ---- marked ---- */

static void check_marked(void **state)
{
    AUTO_LIFE struct life *life = life_create();
    const char *markdown;

    (void)state;
    marks(life, "1700000000.000100", "U2");
    assert_int_equal(life->out.readings_count, 1);
    assert_string_equal(life->out.readings[0].name, "message:" ONE);
    assert_string_equal(life->out.readings[0].kind, READING_SLACK_MESSAGE);
    assert_string_equal(json_find_string(life->out.readings[0].args, "channel"), "C12");
    assert_string_equal(json_find_string(life->out.readings[0].args, "ts"), "1700000000.000100");
    assert_true(json_find_bool(life->out.readings[0].args, "with_text", false));
    assert_int_equal(life->body.timeline_count, 0);
    read_as(life, ONE, "{'link':'" LINK "','user':'U1','text':'500s since 14:02,\n*all* of eu'}");
    assert_int_equal(life->body.timeline_count, 1);
    assert_string_equal(last(life)->kind, "marked");
    assert_string_equal(last(life)->who, "@{slack:U1}");
    assert_string_equal(last(life)->text,
                        "500s since 14:02, all of eu (of @{date:1700000000000}, marked by @{slack:U2})");
    assert_string_equal(last(life)->link, LINK);
    assert_int_equal(last(life)->at_ms, DECISION_NOW_MS);
    assert_string_equal(life->out.journal[0].kind, "incident.marked");
    assert_int_equal(life->out.effects_count, 0); /* nobody is disturbed */
    markdown = incident_post_mortem(&life->fixture->view, &life->operation, &life->body, life->fixture->arena);
    assert_in(markdown, "| @ann | marked: 500s since 14:02, all of eu (of 2023-11-14 22:13 UTC, marked by slack:U2), "
                        "[message](" LINK ") |");
}

static void check_once(void **state)
{
    AUTO_LIFE struct life *life = life_create();

    (void)state;
    marks(life, "1700000000.000100", "U2");
    marks(life, "1700000000.000100", "U3"); /* while it is read */
    assert_int_equal(life->out.readings_count, 0);
    read_as(life, ONE, "{'link':'" LINK "','user':'U1','text':'x'}");
    marks(life, "1700000000.000100", "U2"); /* taken away, and set again */
    assert_int_equal(life->out.readings_count, 0);
    marks(life, "1700000050.000200", "U2");
    assert_int_equal(life->out.readings_count, 1);
    read_as(life, TWO, "{'link':'" LINK "','name':'Grafana *x*','text':'y'}");
    assert_int_equal(life->body.timeline_count, 2);
    assert_string_equal(last(life)->who, "Grafana  x ");
}

static const struct end_row {
    const char *name, *body, *error, *who, *text;
} end_rows[] = {
    { "a message without words", "{'link':'" LINK "','user':'U1'}", NULL, "@{slack:U1}",
      "(no text) (of @{date:1700000000000}, marked by @{slack:U2})" },
    { "of nobody", "{'link':'" LINK "','text':'x'}", NULL, "@{slack:U2}",
      "x (of @{date:1700000000000}, marked by @{slack:U2})" },
    { "that mentions people", "{'link':'" LINK "','user':'U1','text':'slack:U2, slack:W3: ask slack:T9 slack:U'}", NULL,
      "@{slack:U1}",
      "@{slack:U2}, @{slack:W3}: ask slack:T9 @{slack:U} (of @{date:1700000000000}, marked by @{slack:U2})" },
    { "that was removed meanwhile", "{'is_gone':true}", NULL, "@{slack:U2}",
      "a message of @{date:1700000000000}, which is not there any more" },
    { "that cannot be read", NULL, "Slack refused conversations.history: not_in_channel", "@{slack:U2}",
      "a message of @{date:1700000000000}, which could not be read: Slack refused conversations.history: "
      "not_in_channel" },
    { "of which nobody heard", NULL, NULL, "@{slack:U2}",
      "a message of @{date:1700000000000}, which could not be read: Slack did not answer" },
};

static void check_end(void **state)
{
    const struct end_row *row = *state;
    AUTO_LIFE struct life *life = life_create();

    marks(life, "1700000000.000100", "U2");
    if (row->body)
        read_as(life, ONE, row->body);
    else
        hear(life, &(struct event){ .kind = EVENT_READING,
                                    .name = "message:" ONE,
                                    .end = row->error ? END_FAILED : END_GAVE_UP,
                                    .error = row->error });
    assert_string_equal(last(life)->kind, "marked");
    assert_string_equal(last(life)->who, row->who);
    assert_string_equal(last(life)->text, row->text);
}

static void check_long(void **state)
{
    AUTO_LIFE struct life *life = life_create();
    AUTO_BUF struct buf text = BUF(8192);

    (void)state;
    for (int i = 0; i < 499; i++)
        buf_putc(&text, 'x');
    buf_puts(&text, "éé");
    marks(life, "1700000000.000100", "U2");
    read_as(life, ONE, arena_printf(life->fixture->arena, "{'user':'U1','text':'%s'}", buf_text(&text)));
    assert_in(last(life)->text, "xxx… (of ");
    assert_not_in(last(life)->text, "é");
}

static void check_many(void **state)
{
    AUTO_LIFE struct life *life = life_create();

    (void)state;
    for (int i = 0; i < INCIDENT_MESSAGES_MAX + 50; i++)
        marks(life, arena_printf(life->fixture->arena, "17000%05d.000100", i), "U2");
    assert_int_equal(life->body.messages_count, INCIDENT_MESSAGES_MAX);
    assert_string_equal(life->body.messages[0].id, "C12/1700000050.000100");
}

/* ---- whose mark it is ---- */

static void check_hears(void **state)
{
    AUTO_LIFE struct life *life = life_create();
    struct outside_event here = mark(life, "C12", "1.1", "U2"), there = mark(life, "C9", "1.1", "U2");
    const struct view *view = &life->fixture->view;
    struct operation stuck = life->operation, other = life->operation, closed;

    (void)state;
    assert_true(incident_hears_mark(view, &life->operation, &here));
    assert_false(incident_hears_mark(view, &life->operation, &there));
    stuck.is_stuck = true;
    assert_false(incident_hears_mark(view, &stuck, &here));
    other.kind = "deploy";
    assert_false(incident_hears_mark(view, &other, &here));
    closed = an_incident(life->fixture, "D12", INCIDENT_CLOSED, &life->body);
    assert_false(incident_hears_mark(view, &closed, &here));
    life->body.is_private = true; /* in its own channel: in its own timeline */
    life->operation = an_incident(life->fixture, "D12", INCIDENT_RESOLVED, &life->body);
    assert_true(incident_hears_mark(view, &life->operation, &here));
    life->body.channel = NULL;
    life->operation = an_incident(life->fixture, "D12", INCIDENT_OPEN, &life->body);
    assert_false(incident_hears_mark(view, &life->operation, &here));
}

/* It only stands in a timeline: what was taken, and decided after hours, is not lost. */
static void check_late(void **state)
{
    size_t count = 0;

    (void)state;
    for (const struct listener *l = listeners; l->source; l++)
        if (l->concerns == incident_hears_mark) {
            assert_string_equal(l->name, SLACK_REACTION_ADDED);
            assert_true(l->keeps_late);
            count++;
        }
    assert_int_equal(count, 1);
}

/* ---- from which it was declared ---- */

static const struct origin_row {
    const char *name, *body, *error, *text;
} origin_rows[] = {
    { "its link", "{'link':'" LINK "'}", NULL, "it was declared from a message of @{date:1700000000000}" },
    { "removed meanwhile", "{'is_gone':true}", NULL,
      "it was declared from a message of @{date:1700000000000}, which is not there any more" },
    { "where the bot is not", NULL, "Slack refused chat.getPermalink: channel_not_found",
      "it was declared from a message of @{date:1700000000000}, which could not be read: Slack refused "
      "chat.getPermalink: channel_not_found" },
};

static void check_origin(void **state)
{
    const struct origin_row *row = *state;
    AUTO_LIFE struct life *life = life_create();
    struct outcome begun;

    outcome_init(&begun, life->fixture->arena, "D12", "birth-1");
    incident_comes_from(&life->body, "C9/1700000000.000100", "@{slack:U1}", &begun);
    assert_int_equal(begun.readings_count, 1);
    hear(life, &(struct event){ .kind = EVENT_READING,
                                .name = "message:C9/1700000000.000100",
                                .end = row->body ? END_DONE : END_FAILED,
                                .error = row->error,
                                .body = row->body ? decision_json(life->fixture, row->body) : NULL });
    assert_string_equal(last(life)->kind, "message");
    assert_string_equal(last(life)->who, "@{slack:U1}");
    assert_string_equal(last(life)->text, row->text);
    assert_int_equal(last(life)->link != NULL, row->body && strstr(row->body, "link"));
}

/* The record keeps all of it over a new owner. */
static void check_kept(void **state)
{
    AUTO_LIFE struct life *life = life_create();
    AUTO_JSON cJSON *json = NULL;
    struct incident_body again;
    struct error err;

    (void)state;
    marks(life, "1700000000.000100", "U2");
    read_as(life, ONE, "{'link':'" LINK "','user':'U1','text':'x'}");
    json = shape_to_json(&incident_body_shape, &life->body, SHAPE_WHOLE);
    assert_true(shape_from_json(&incident_body_shape, json, life->fixture->arena, &again, &err));
    assert_int_equal(again.messages_count, 1);
    assert_string_equal(again.messages[0].id, ONE);
    assert_string_equal(again.timeline[0].link, LINK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_marked), cmocka_unit_test(check_once),  cmocka_unit_test(check_long),
        cmocka_unit_test(check_many),   cmocka_unit_test(check_hears), cmocka_unit_test(check_kept),
        cmocka_unit_test(check_late),
    };

    return ROWS(end_rows, check_end) + ROWS(origin_rows, check_origin) + cmocka_run_group_tests(tests, NULL, NULL);
}
