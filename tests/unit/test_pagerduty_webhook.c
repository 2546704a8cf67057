/* PagerDuty's webhooks at the door and for the owner: every type, and everything that one could send wrong. */
#include "tests/unit/rows.h"

#include "bot/model/pagerduty_event.h"
#include "integrations/pagerduty/webhook.h"

#include <string.h>

#define AT "'occurred_at':'2026-11-20T22:04:05.678Z'"
#define ENVELOPE(type, data) "{'event':{'id':'01EX','event_type':'" type "'," AT ",'data':" data "}}"
#define ABOUT "'incident':{'id':'PINC1'}"
#define INCIDENT(more) "{'id':'PINC1','type':'incident'" more "}"

/* JSON with 'single' quotes, of any length. */
static const char *quoted(const char *text, struct arena *arena)
{
    char *copy = arena_strdup(arena, text);

    for (char *c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    return copy;
}

static bool accept_text(const char *body, struct arena *arena, struct pagerduty_door *door, struct error *err)
{
    const struct pagerduty_headers headers = { "wh-1", "PSUB001" };

    return pagerduty_webhook_accept(str_of(body), &headers, arena, door, err);
}

static bool decode_text(const char *kind, const char *body, struct arena *arena, struct outside_event *event,
                        struct error *err)
{
    struct inbox_item item = { .kind = kind, .body = body, .received_at = 7 };

    return pagerduty_webhook_decode(&item, arena, event, err);
}

/* ---- every type is wanted, and is about what it says ---- */

static const struct known {
    const char *name;
    const char *data, *subject;
} known[] = {
    { "incident.triggered", INCIDENT(), "PINC1" },
    { "incident.acknowledged", INCIDENT(), "PINC1" },
    { "incident.unacknowledged", INCIDENT(), "PINC1" },
    { "incident.resolved", INCIDENT(), "PINC1" },
    { "incident.reopened", INCIDENT(), "PINC1" },
    { "incident.escalated", INCIDENT(), "PINC1" },
    { "incident.delegated", INCIDENT(), "PINC1" },
    { "incident.reassigned", INCIDENT(), "PINC1" },
    { "incident.priority_updated", INCIDENT(), "PINC1" },
    { "incident.service_updated", INCIDENT(), "PINC1" },
    { "incident.incident_type.changed", INCIDENT(), "PINC1" },
    { "incident.annotated", "{'type':'incident_note'," ABOUT "}", "PINC1" },
    { "incident.status_update_published", "{'type':'incident_status_update'," ABOUT "}", "PINC1" },
    { "incident.responder.added", "{'type':'incident_responder'," ABOUT "}", "PINC1" },
    { "incident.responder.replied", "{'type':'incident_responder'," ABOUT "}", "PINC1" },
    { "incident.conference_bridge.updated", "{'type':'incident_conference_bridge'," ABOUT "}", "PINC1" },
    { "incident.custom_field_values.updated", "{'type':'incident_field_values'," ABOUT "}", "PINC1" },
    { "incident.role.assigned",
      "{'type':'incident_role_assignment','incident_role_assignments':[7,{'id':'R1'},{" ABOUT "}]}", "PINC1" },
    { "incident.task.created", "{'type':'incident_task'," ABOUT "}", "PINC1" },
    { "incident.task.updated", "{'type':'incident_task'," ABOUT "}", "PINC1" },
    { "incident.task.completed", "{'type':'incident_task'," ABOUT "}", "PINC1" },
    { "incident.action_invocation.created", "{'type':'incident_action_invocation'," ABOUT "}", "PINC1" },
    { "incident.action_invocation.updated", "{'type':'incident_action_invocation'," ABOUT "}", "PINC1" },
    { "incident.action_invocation.terminated", "{'type':'incident_action_invocation'," ABOUT "}", "PINC1" },
    { "incident.workflow.started", "{'type':'incident_workflow_instance'," ABOUT "}", "PINC1" },
    { "incident.workflow.completed", "{'type':'incident_workflow_instance'," ABOUT "}", "PINC1" },
    { "service.created", "{'id':'PSVC1','type':'service'}", "PSVC1" },
    { "service.updated", "{'id':'PSVC1','type':'service'}", "PSVC1" },
    { "service.deleted", "{'id':'PSVC1','type':'service','teams':null}", "PSVC1" },
    { "service.custom_field_values.updated", "{'type':'service_field_values','service':{'id':'PSVC1'}}", "PSVC1" },
    { "pagey.ping", "{'message':'hi','type':'ping'}", "ping" },
};

static void check_known(void **state)
{
    const struct known *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    const char *text = arena_printf(arena, "{'event':{'id':'01EX','event_type':'%s'," AT ",'agent':null,'data':%s}}",
                                    row->name, row->data);
    struct pagerduty_door door;
    struct outside_event event;
    struct error err;

    text = quoted(text, arena);
    assert_true(accept_text(text, arena, &door, &err));
    assert_true(door.is_wanted);
    assert_int_equal(door.is_ping, strcmp(row->name, "pagey.ping") == 0);
    assert_string_equal(door.kind, PAGERDUTY_EVENT_KIND);
    assert_string_equal(door.body, text);
    assert_int_equal(door.keys_count, 2);
    assert_string_equal(door.keys[0], "pagerduty:wh-1");
    assert_string_equal(door.keys[1], "pagerduty-event:01EX");
    assert_string_equal(door.subscription, "PSUB001");
    if (!decode_text(door.kind, door.body, arena, &event, &err))
        fail_msg("%s", err.message);
    assert_string_equal(event.name, row->name);
    assert_string_equal(event.subject, row->subject);
    assert_string_equal(event.id, "01EX");
    assert_string_equal(event.principal.id, "");
    assert_int_equal(event.occurred_at_ms, INT64_C(1795212245678));
    assert_int_equal(event.received_at_ms, 7);
}

/* ---- what cannot be decoded, at the door or by the owner ---- */

static const struct bad {
    const char *name;
    const char *body;
    bool is_for_the_owner; /* the door takes it: its envelope is good */
    const char *says;
} bad[] = {
    { "nothing", "", false, "JSON" },
    { "no JSON", "event=1", false, "JSON" },
    { "half of it", "{'event':{'id':'01EX'", false, "JSON" },
    { "two of them", ENVELOPE("incident.triggered", INCIDENT()) "{}", false, "JSON" },
    { "bytes that are no UTF-8", "{'event':'\xff'}", false, "UTF-8" },
    { "a NUL in a text", "{'event':{'id':'a\\u0000b'}}", false, "u0000" },
    { "a list", "[]", false, "event: expected an object" },
    { "a batch", "{'messages':[]}", false, "event: expected an object" },
    { "no event", "{'event':null}", false, "event: expected an object" },
    { "an event that is a text", "{'event':'x'}", false, "event: expected an object" },
    { "no id", "{'event':{'event_type':'incident.triggered'}}", false, "id" },
    { "an id that is a number", "{'event':{'id':7,'event_type':'incident.triggered'}}", false, "id" },
    { "an empty id", "{'event':{'id':'','event_type':'incident.triggered'}}", false, "id" },
    { "no type", "{'event':{'id':'01EX'}}", false, "event_type" },
    { "no data", "{'event':{'id':'01EX','event_type':'incident.triggered'}}", true, "data: expected an object" },
    { "data that is a list", ENVELOPE("incident.triggered", "[]"), true, "data: expected an object" },
    { "data of another type", ENVELOPE("incident.triggered", "{'id':'PINC1','type':'incident_note'}"), true,
      "data.type: expected incident" },
    { "an incident without an id", ENVELOPE("incident.resolved", "{'type':'incident'}"), true, "id" },
    { "an incident's id that leads elsewhere", ENVELOPE("incident.resolved", "{'id':'../users','type':'incident'}"),
      true, "not like one of PagerDuty's" },
    { "a note on nothing", ENVELOPE("incident.annotated", "{'type':'incident_note','incident':null}"), true,
      "does not say which incident" },
    { "roles in nothing", ENVELOPE("incident.role.assigned", "{'incident_role_assignments':[]}"), true,
      "does not say which incident" },
    { "fields of nothing", ENVELOPE("service.custom_field_values.updated", "{'custom_fields':[]}"), true,
      "does not say which service" },
};

static void check_bad(void **state)
{
    const struct bad *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    const char *text = quoted(row->body, arena);
    struct pagerduty_door door;
    struct outside_event event;
    struct error err;

    assert_int_equal(accept_text(text, arena, &door, &err), row->is_for_the_owner);
    assert_false(decode_text(PAGERDUTY_EVENT_KIND, text, arena, &event, &err));
    assert_int_equal(err.code, ERR_INVALID);
    assert_non_null(strstr(err.message, "PagerDuty's webhook"));
    if (!strstr(err.message, row->says))
        fail_msg("no '%s' in: %s", row->says, err.message);
}

/* ---- one by one ---- */

static void an_event_of_a_new_type_is_not_stored(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct pagerduty_door door;
    struct error err;

    (void)state;
    assert_true(accept_text(quoted(ENVELOPE("incident.\\u001b*teleported*", "7"), arena), arena, &door, &err));
    assert_false(door.is_wanted);
    assert_null(door.body);
    assert_string_equal(door.keys[1], "pagerduty-event:01EX");
    assert_null(strchr(door.type, '\x1b'));
    assert_null(strchr(door.type, '*'));
}

static void ids_that_would_not_look_well_in_a_key_stand_there_as_their_digest(void **state)
{
    static const char *const ids[] = { "a b", "tab\there", "\xc3\xa9",
                                       "0123456789012345678901234567890123456789012345678901234567890123456789"
                                       "0123456789012345678901234567890123456789012345678901234567890123456789" };
    AUTO(arena) struct arena *arena = arena_create();
    struct pagerduty_headers headers = { 0 };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        const char *key;

        headers.webhook_id = ids[i];
        key = pagerduty_webhook_key(str_of("x"), &headers, arena);
        assert_int_equal(strlen(key), strlen("pagerduty:") + 64);
        assert_int_equal(strspn(key + strlen("pagerduty:"), "0123456789abcdef"), 64);
    }
}

static void without_a_webhook_id_the_event_alone_is_the_key(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const struct pagerduty_headers none = { .webhook_id = "", .subscription = "../x" };
    const char *text = quoted(ENVELOPE("incident.triggered", INCIDENT()), arena);
    struct pagerduty_door door;
    struct error err;

    (void)state;
    assert_true(pagerduty_webhook_accept(str_of(text), &none, arena, &door, &err));
    assert_int_equal(door.keys_count, 1);
    assert_string_equal(door.keys[0], "pagerduty-event:01EX");
    assert_null(door.subscription);
    assert_true(str_starts_with(str_of(pagerduty_webhook_key(str_of(text), &none, arena)), "pagerduty-body:"));
}

static void only_a_user_is_somebody(void **state)
{
    static const struct {
        const char *agent, *id;
    } agents[] = {
        { "{'id':'PUSER1','type':'user_reference','summary':'Ann'}", "PUSER1" },
        { "{'id':'PUSER1','type':'service_reference','summary':'Ann'}", "" },
        { "{'id':'PUSER1','type':null}", "" },
        { "{'id':null,'type':'user_reference'}", "" },
        { "{'id':'a b','type':'user_reference'}", "" },
        { "'PUSER1'", "" },
        { "[]", "" },
    };
    AUTO(arena) struct arena *arena = arena_create();
    struct outside_event event;
    struct error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(agents); i++) {
        const char *text = arena_printf(
            arena, "{'event':{'id':'1','event_type':'incident.triggered','client':7,'agent':%s,'data':%s}}",
            agents[i].agent, INCIDENT());

        assert_true(decode_text(PAGERDUTY_EVENT_KIND, quoted(text, arena), arena, &event, &err));
        assert_string_equal(event.principal.id, agents[i].id);
        assert_string_equal(event.principal.system, PAGERDUTY_SOURCE);
        assert_int_equal(event.occurred_at_ms, 0); /* it does not say */
    }
}

/* A body of so many bytes: a note with that long a text. */
static const char *note_of(size_t bytes, const char *filler, struct arena *arena)
{
    const char *head = quoted("{'event':{'id':'01EX','event_type':'incident.annotated','data':{'type':'incident_note',"
                              "'incident':{'id':'PINC1'},'content':'",
                              arena);
    AUTO_BUF struct buf text = BUF(512 * 1024);

    buf_puts(&text, head);
    while (text.len + strlen(filler) + 4 <= bytes)
        buf_puts(&text, filler);
    buf_puts(&text, "\"}}}");
    while (text.len < bytes)
        buf_putc(&text, ' ');
    return arena_copy(arena, buf_str(&text));
}

static void a_body_larger_than_an_item_is_stored_as_it_was_read(void **state)
{
    static const char *const fillers[] = { "x", "\xe2\x82\xac", "\\u0001", "\\\"" };
    AUTO(arena) struct arena *arena = arena_create();
    struct pagerduty_door door;
    struct pagerduty_event body;
    struct outside_event event, raw;
    struct error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(fillers); i++) {
        const char *text = note_of(200 * 1024, fillers[i], arena);

        assert_true(accept_text(text, arena, &door, &err));
        assert_string_equal(door.kind, PAGERDUTY_TYPED_KIND);
        assert_true(strlen(door.body) <= INBOX_BODY_MAX_BYTES);
        assert_true(decode_text(door.kind, door.body, arena, &event, &err));
        assert_true(decode_text(PAGERDUTY_EVENT_KIND, text, arena, &raw, &err));
        assert_true(cJSON_Compare(event.body, raw.body, true));
        assert_true(shape_from_json(&pagerduty_event_shape, event.body, arena, &body, &err));
        assert_true(body.is_cut);
        assert_true(strlen(body.note->text) > 100);
        assert_true(utf8_is_valid(str_of(body.note->text)));
        assert_string_equal(event.subject, "PINC1");
    }
}

/* Each text fits alone, and all of them do not: a task of six times as many bytes as there is room for. */
static void many_long_texts_are_cut_until_all_of_them_fit(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf text = BUF(512 * 1024);
    struct pagerduty_door door;
    struct pagerduty_event body;
    struct outside_event event;
    struct error err;

    (void)state;
    buf_puts(&text, quoted("{'event':{'id':'01EX','event_type':'incident.task.created','data':{'type':'incident_task',"
                           "'incident':{'id':'PINC1'},'assignees':[",
                           arena));
    for (int i = 0; i < 120; i++) {
        buf_addf(&text, "%s{\"id\":\"P%d\",\"summary\":\"", i ? "," : "", i);
        for (int k = 0; k < 300; k++)
            buf_puts(&text, "\\u0001");
        buf_puts(&text, "\"}");
    }
    buf_puts(&text, quoted("],'name':'Tell the customers'}}}", arena));
    assert_true(accept_text(buf_text(&text), arena, &door, &err));
    assert_string_equal(door.kind, PAGERDUTY_TYPED_KIND);
    assert_true(strlen(door.body) <= INBOX_BODY_MAX_BYTES);
    assert_true(decode_text(door.kind, door.body, arena, &event, &err));
    assert_true(shape_from_json(&pagerduty_event_shape, event.body, arena, &body, &err));
    assert_true(body.is_cut);
    assert_string_equal(body.task->name, "Tell the customers");
    assert_true(body.task->assignees_count >= 8);
}

static void the_limits_are_where_they_are_said_to_be(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct pagerduty_door door;
    struct error err;

    (void)state;
    assert_true(accept_text(note_of(INBOX_BODY_MAX_BYTES, "x", arena), arena, &door, &err));
    assert_string_equal(door.kind, PAGERDUTY_EVENT_KIND);
    assert_true(accept_text(note_of(INBOX_BODY_MAX_BYTES + 1, "x", arena), arena, &door, &err));
    assert_string_equal(door.kind, PAGERDUTY_TYPED_KIND);
    assert_true(accept_text(note_of(PAGERDUTY_BODY_MAX_BYTES, "x", arena), arena, &door, &err));
    assert_false(accept_text(note_of(PAGERDUTY_BODY_MAX_BYTES + 1, "x", arena), arena, &door, &err));
    assert_int_equal(err.code, ERR_TOO_LARGE);
}

static void a_large_one_that_makes_no_sense_is_told_at_the_door(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf text = BUF(512 * 1024);
    struct pagerduty_door door;
    struct error err;

    (void)state;
    buf_puts(&text, quoted("{'event':{'id':'1','event_type':'incident.triggered','data':{'id':null}}}", arena));
    while (text.len <= INBOX_BODY_MAX_BYTES)
        buf_putc(&text, '\n');
    assert_false(accept_text(buf_text(&text), arena, &door, &err));
    assert_int_equal(err.code, ERR_INVALID);
}

static void a_list_without_end_is_cut(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf text = BUF(512 * 1024);
    struct pagerduty_event body;
    struct outside_event event;
    struct error err;

    (void)state;
    buf_puts(&text,
             quoted("{'event':{'id':'1','event_type':'incident.triggered','data':{'id':'P1','assignees':[7", arena));
    for (int i = 0; i < 3000; i++)
        buf_addf(&text, ",{\"id\":\"P%d\",\"summary\":\"somebody\"}", i);
    buf_puts(&text, "]}}}");
    assert_true(decode_text(PAGERDUTY_EVENT_KIND, buf_text(&text), arena, &event, &err));
    assert_true(shape_from_json(&pagerduty_event_shape, event.body, arena, &body, &err));
    assert_true(body.is_cut);
    assert_int_equal(body.incident->assignees_count, 100);
    assert_string_equal(body.incident->assignees[0].id, "P0");
}

static void an_item_of_the_typed_kind_may_hold_anything(void **state)
{
    static const char *const bodies[] = { "",
                                          "[]",
                                          "{}",
                                          "{'id':'1','name':'incident.triggered','event':[]}",
                                          "{'id':'1','name':'incident.triggered'}",
                                          "{'id':'1','name':'incident.triggered','event':{}}",
                                          "{'id':'1','name':'incident.teleported','event':{}}",
                                          "{'id':'1','name':'pagey.ping','event':{'agent':{}}}" };
    AUTO(arena) struct arena *arena = arena_create();
    struct outside_event event;
    struct error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        assert_false(decode_text(PAGERDUTY_TYPED_KIND, quoted(bodies[i], arena), arena, &event, &err));
        assert_int_equal(err.code, ERR_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_of_a_new_type_is_not_stored),
        cmocka_unit_test(ids_that_would_not_look_well_in_a_key_stand_there_as_their_digest),
        cmocka_unit_test(without_a_webhook_id_the_event_alone_is_the_key),
        cmocka_unit_test(only_a_user_is_somebody),
        cmocka_unit_test(a_body_larger_than_an_item_is_stored_as_it_was_read),
        cmocka_unit_test(many_long_texts_are_cut_until_all_of_them_fit),
        cmocka_unit_test(the_limits_are_where_they_are_said_to_be),
        cmocka_unit_test(a_large_one_that_makes_no_sense_is_told_at_the_door),
        cmocka_unit_test(a_list_without_end_is_cut),
        cmocka_unit_test(an_item_of_the_typed_kind_may_hold_anything),
    };

    return ROWS(known, check_known) + ROWS(bad, check_bad) + cmocka_run_group_tests(tests, NULL, NULL);
}
