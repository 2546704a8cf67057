/* `approve` of a group: to each member that waits for it, in the name of whoever gives it, as far as it counts there.
 */
#include "tests/unit/deploy_fixture.h"

#include "handlers/approval.h"
#include "handlers/group/group.h"
#include "handlers/group/members.h"

#include "bot/model/card.h"

/* Two services in production: api asks for one of lead (U2, U3), web for one of boss (U3). U1 asked for all; U4 may
 * approve anywhere, and counts nowhere. */
#define RULES                                                                                                          \
    "    - { require: { approvals: { count: 1, from: lead } }, for: deploy, on: { service: api } }\n"                  \
    "    - { require: { approvals: { count: 1, from: boss } }, for: deploy, on: { service: web } }\n"                  \
    "    - { allow: deploy, to: developer }\n"                                                                         \
    "    - { allow: approve, to: clerk }\n"
#define ROLES                                                                                                          \
    "    - { name: lead, members: [\"slack:U2\", \"slack:U3\"] }\n"                                                    \
    "    - { name: boss, members: [\"slack:U3\"] }\n"                                                                  \
    "    - { name: clerk, members: [\"slack:U4\"] }\n"

struct test {
    struct decision_fixture *fixture;
    struct operation operations[4];
    struct outcome out;
};

static struct decision_fixture *fixture_made(void)
{
    AUTO_FREE char *base = deploy_with_rule(RULES);
    AUTO_BUF struct buf text = BUF(8000);
    const char *roles = strstr(base, "    - { name: developer");

    buf_add(&text, base, (size_t)(roles - base));
    buf_puts(&text, ROLES);
    buf_puts(&text, roles);
    return decision_create(buf_text(&text));
}

static struct operation member_of(struct decision_fixture *fixture, const char *group, const char *id,
                                  const char *service, const char *state)
{
    struct operation operation = deploy_operation_in(state);
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, AT_ONCE);
    cJSON *json;

    body->service = service;
    body->environment = "production";
    body->lacking = "consent";
    body->approvals.until_ms = DECISION_NOW_MS + HOUR_MS;
    json = shape_to_json(&deploy_body_shape, body, SHAPE_WHOLE);
    arena_defer(fixture->arena, (void (*)(void *))cJSON_Delete, json);
    operation.id = id;
    operation.target = arena_printf(fixture->arena, "%s/production", service);
    operation.parent = group;
    operation.parent_name = service;
    operation.body = json;
    return operation;
}

static struct group_body group_made(void)
{
    return (struct group_body){ .title = "Deploy all services to production",
                                .tag = { .image = "", .tag = "" },
                                .max_parallel = 2 };
}

static void add_member(struct decision_fixture *fixture, struct group_body *body, const char *name, const char *id)
{
    *ARENA_PUSH(fixture->arena, body->members, body->members_count) =
        (struct group_member){ .name = name, .verb = "deploy", .state = MEMBER_RUNNING, .operation = id };
}

static struct operation group_of(struct decision_fixture *fixture, const char *id, const struct group_body *body)
{
    cJSON *json = shape_to_json(&group_body_shape, body, SHAPE_WHOLE);

    arena_defer(fixture->arena, (void (*)(void *))cJSON_Delete, json);
    return (struct operation){ .id = id, .kind = "group", .schema = 2, .state = "running", .body = json };
}

/* What the engine does with it: policy's no, or the group's own answer, its lines joined. */
static const char *approve(struct test *t, const char *who, const char *group)
{
    struct request request = decision_request(t->fixture, arena_printf(t->fixture->arena, "approve %s", group));
    const struct facts facts = { .unix_ms = DECISION_NOW_MS };
    struct event event = { .kind = EVENT_REQUEST, .name = "approve", .request = &request };
    const struct operation *operation = t->fixture->view.find_operation(t->fixture, group);
    struct group_body body;
    struct question question;
    const void *arguments;
    const char *text;
    struct error err;

    request.principal.id = who;
    outcome_init(&t->out, t->fixture->arena, group, "birth-07");
    if (!verb_approve.asks(&t->fixture->view, &request, &question, &arguments, &err))
        return arena_strdup(t->fixture->arena, err.message);
    assert_string_equal(question.operation, group);
    if (policy_decide(t->fixture->view.policy, &question, &facts, POLICY_WHOLE).verdict != VERDICT_ALLOW)
        return "denied";
    assert_true(shape_from_json(&group_body_shape, operation->body, t->fixture->arena, &body, &err));
    machine_group.on_event(&t->fixture->view, operation, &body, &event, &t->out);
    text = t->out.reply->text;
    for (size_t i = 0; i < t->out.reply->lines_count; i++)
        text = arena_printf(t->fixture->arena, "%s\n%s", text, t->out.reply->lines[i]);
    for (size_t i = 0; i < t->out.requests_count; i++) {
        assert_string_equal(t->out.requests[i].verb, "approve");
        assert_string_equal(t->out.requests[i].requester->id, who);
        assert_string_equal(t->out.requests[i].request_id, "r1");
        text = arena_printf(t->fixture->arena, "%s\n> %s", text, t->out.requests[i].words[0]);
    }
    return text;
}

static const struct row {
    const char *name, *who, *api, *web; /* their states */
    const char *answer;
} rows[] = {
    { "who counts for both gives it to both", "U3", "awaiting-approval", "awaiting-approval",
      "*D7*: 2 of the 2 that wait take your consent.\napi: *D8* is approved, and begins.\nweb: *D9* is approved, and "
      "begins.\n> D8\n> D9" },
    { "who counts for one is told so of the other", "U2", "awaiting-approval", "awaiting-approval",
      "*D7*: 1 of the 2 that wait takes your consent.\napi: *D8* is approved, and begins.\nweb: Denied: " },
    { "whoever waits for nobody is left alone", "U3", "queued", "awaiting-approval",
      "*D7*: 1 of the 1 that wait takes your consent.\nweb: *D9* is approved, and begins.\n> D9" },
    { "one that counts nowhere is taken nowhere", "U4", "awaiting-approval", "awaiting-approval",
      "*D7*: none of its members takes your consent. Nothing was done.\napi: Your consent does not count for *D8*" },
    { "nor is the requester's", "U1", "awaiting-approval", "awaiting-approval", "denied" },
    { "where nobody waits nothing is done", "U3", "queued", "looking",
      "D7 is a group, and none of its members waits for consent. Nothing was done." },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct test t = { .fixture = fixture_made() };
    struct group_body body = group_made();
    const char *answer;

    add_member(t.fixture, &body, "api", "D8");
    add_member(t.fixture, &body, "web", "D9");
    t.operations[0] = group_of(t.fixture, "D7", &body);
    t.operations[1] = member_of(t.fixture, "D7", "D8", "api", row->api);
    t.operations[2] = member_of(t.fixture, "D7", "D9", "web", row->web);
    t.fixture->operations = t.operations;
    t.fixture->operations_count = 3;
    answer = approve(&t, row->who, "D7");
    if (strncmp(answer, row->answer, strlen(row->answer)) != 0)
        assert_string_equal(answer, row->answer);
    assert_null(t.out.body); /* nothing of the group itself changes: its members tell what became of it */
    decision_destroy(t.fixture);
}

static void reaches_the_members_of_a_member(void **state)
{
    struct test t = { .fixture = fixture_made() };
    struct group_body body = group_made(), inner = group_made();

    (void)state;
    add_member(t.fixture, &body, "api", "D8");
    add_member(t.fixture, &inner, "us-central1", "D9");
    t.operations[0] = group_of(t.fixture, "D7", &body);
    t.operations[1] = group_of(t.fixture, "D8", &inner);
    t.operations[1].parent = "D7";
    t.operations[2] = member_of(t.fixture, "D8", "D9", "api", "awaiting-approval");
    t.fixture->operations = t.operations;
    t.fixture->operations_count = 3;
    assert_string_equal(approve(&t, "U2", "D7"),
                        "*D7*: 1 of the 1 that wait takes your consent.\napi: *D8*: 1 of the 1 "
                        "that wait takes your consent.\n> D8");
    decision_destroy(t.fixture);
}

/* ---- the card ---- */

static void tell(struct test *t, const struct group_body *body, const char *json)
{
    struct event event = { .kind = EVENT_MESSAGE,
                           .name = MESSAGE_MEMBER_WAITS,
                           .body = decision_json(t->fixture, json) };

    t->operations[0] = (struct operation){ .id = "D8", .kind = "group", .parent = "D7", .parent_name = "api" };
    outcome_init(&t->out, t->fixture->arena, "D8", "birth-08");
    machine_group.on_event(&t->fixture->view, &t->operations[0], body, &event, &t->out);
}

static void its_card_has_a_button_while_one_waits(void **state)
{
    struct test t = { .fixture = fixture_made() };
    struct group_body body = group_made();
    struct card card = { .title = NULL }, after = { .title = NULL };

    (void)state;
    add_member(t.fixture, &body, "us-central1", "D9");
    add_member(t.fixture, &body, "us-east1", "D10");
    tell(&t, &body, "{'name':'nobody','is_waiting':true}");
    assert_null(t.out.body);
    tell(&t, &body, "{'name':'us-central1','is_waiting':true}");
    assert_int_equal(t.out.messages_count, 1); /* to the group that it is in */
    assert_string_equal(t.out.messages[0].to, "D7");
    machine_group.card(&t.fixture->view, &t.operations[0], t.out.body, &card);
    assert_string_equal(card.steps[0].text, "us-central1, D9: waits for consent");
    assert_string_equal(card.actions[0].command, "approve D8");
    tell(&t, t.out.body, "{'name':'us-east1','is_waiting':true}");
    assert_int_equal(t.out.messages_count, 0); /* that one knows it */
    tell(&t, t.out.body, "{'name':'us-central1','is_waiting':false}");
    assert_int_equal(t.out.messages_count, 0);
    tell(&t, t.out.body, "{'name':'us-east1','is_waiting':false}");
    assert_int_equal(t.out.messages_count, 1);
    machine_group.card(&t.fixture->view, &t.operations[0], t.out.body, &after);
    assert_int_equal(after.actions_count, 1);
    assert_string_equal(after.actions[0].command, "abort D8");
    decision_destroy(t.fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reaches_the_members_of_a_member),
        cmocka_unit_test(its_card_has_a_button_while_one_waits),
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
