/* A deploy that waits for people's consent: who can give it, who cannot, how it goes on, and how it ends when nobody
 * does. */
#include "tests/unit/deploy_fixture.h"

#include "handlers/approval.h"

#define PEOPLE                                                                                                         \
    "people:\n"                                                                                                        \
    "  - { name: ann, slack: U1, local: ann }\n"                                                                       \
    "  - { name: bob, slack: U2 }\n"                                                                                   \
    "  - { name: cid, slack: U3 }\n"
#define ROLES                                                                                                          \
    "    - { name: developer, members: [\"slack:U1\"] }\n"                                                             \
    "    - { name: release-manager, members: [\"slack:U1\", \"slack:U2\", \"slack:U3\"] }\n"

#define ONE "    - { require: { approvals: { count: 1, from: release-manager, expires: 4h } }, for: deploy }\n"
#define TWO "    - { require: { approvals: { count: 2, from: release-manager, expires: 4h } }, for: deploy }\n"
#define SECOND_DOOR "    - { require: { second_channel: true }, for: deploy }\n"
#define NO_VERSION_OF_OURS                                                                                             \
    "    - { require: { version: \"v9.*\", approvals: { count: 1, from: release-manager } }, for: deploy }\n"

enum { BOB_GAVE = 1, BOB_GAVE_LONG_AGO = 2, USED = 4 };

/* The fixture's configuration with people and roles of our own. */
static char *configuration(const char *rule)
{
    AUTO_FREE char *base = deploy_with_rule(rule);
    AUTO_BUF struct buf text = BUF(8000);
    const char *roles = strstr(base, "    - { name: developer"), *rules = strstr(base, "  rules:\n");
    const char *policy = strstr(base, "policy:\n");

    buf_add(&text, base, (size_t)(policy - base));
    buf_puts(&text, PEOPLE);
    buf_add(&text, policy, (size_t)(roles - policy));
    buf_puts(&text, ROLES);
    buf_puts(&text, rules);
    return xstrdup(buf_text(&text));
}

static struct deploy_body *body_of(struct decision_fixture *fixture, unsigned is)
{
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, AT_ONCE);
    int64_t age_ms = is & BOB_GAVE_LONG_AGO ? 5 * HOUR_MS : MINUTE_MS;

    body->revision = NULL;
    body->approvals.since_ms = DECISION_NOW_MS - 6 * HOUR_MS;
    body->approvals.until_ms = DECISION_NOW_MS + HOUR_MS;
    body->approvals.used_at_ms = is & USED ? DECISION_NOW_MS - age_ms + MINUTE_MS : 0;
    body->lacking = "consent";
    if (is & (BOB_GAVE | BOB_GAVE_LONG_AGO))
        *ARENA_PUSH(fixture->arena, body->approvals.given, body->approvals.given_count) =
            (struct approval){ { "slack", "U2", "T1", "bob" }, DECISION_NOW_MS - age_ms };
    return body;
}

/* ---- it is pinned ---- */

static const struct pinned_row {
    const char *name, *rule, *outcome, *lacking;
} pinned_rows[] = {
    { "what needs nobody is queued", NULL, "queued", NULL },
    { "what needs one waits for one", ONE, "awaiting-approval !slack.message @unapproved+4h",
      "0 of 1 approval of release-manager" },
    { "two rules add up", ONE SECOND_DOOR, "awaiting-approval !slack.message @unapproved+4h",
      "0 of 1 approval of release-manager; the requester's own `approve` through another door" },
    { "a second door alone is waited for a day", SECOND_DOOR, "awaiting-approval !slack.message @unapproved+1d",
      "through another door" },
    { "what people cannot give is refused at once", NO_VERSION_OF_OURS, "refused =refused", NULL },
};

static void check_pinned(void **state)
{
    const struct pinned_row *row = *state;
    AUTO_FREE char *text = configuration(row->rule);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct operation operation = deploy_operation_in("pinning");
    struct event event = { .kind = EVENT_READING,
                           .name = "digest",
                           .end = END_DONE,
                           .body = decision_json(fixture, "{'image':'" IMAGE "'}") };
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, AT_ONCE);
    const struct deploy_body *after;
    struct outcome out;

    body->image = NULL;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), row->outcome);
    after = out.body;
    deploy_assert_says(after->lacking, row->lacking);
    assert_int_equal(out.claims != NULL, row->rule == NULL);
}

/* ---- people answer ---- */

static const struct answer_row {
    const char *name, *rule, *system, *who, *source;
    unsigned is;
    const char *outcome, *reply;
    size_t given;
} answer_rows[] = {
    { "one of the role is enough", ONE, "slack", "U2", "slack", 0, "queued", "*D1042* is approved, and begins.", 1 },
    { "one of two is not", TWO, "slack", "U2", "slack", 0, "-",
      "*D1042* has your consent. It still waits: 1 of 2 approvals of release-manager.", 1 },
    { "two are", TWO, "slack", "U3", "slack", BOB_GAVE, "queued", "*D1042* is approved, and begins.", 2 },
    { "the same twice is one", TWO, "slack", "U2", "slack", BOB_GAVE, "nothing", "*D1042* has your consent already.",
      1 },
    { "one that is too old counts no more", TWO, "slack", "U3", "slack", BOB_GAVE_LONG_AGO, "-",
      "*D1042* has your consent. It still waits: 1 of 2", 2 },
    { "the requester is not", ONE, "slack", "U1", "slack", 0, "nothing", "Your consent does not count for *D1042*", 0 },
    { "nor by another name of theirs", ONE, "local", "ann", "local", 0, "nothing",
      "Your consent does not count for *D1042*", 0 },
    { "nor is somebody without the role", ONE, "slack", "U9", "slack", 0, "nothing",
      "Your consent does not count for *D1042*", 0 },
    { "the requester confirms through another door", SECOND_DOOR, "slack", "U1", "local", 0, "queued",
      "*D1042* is approved, and begins.", 0 },
    { "by another name, too, if it is the same person", SECOND_DOOR, "local", "ann", "local", 0, "queued",
      "*D1042* is approved, and begins.", 0 },
    { "but not through the same", SECOND_DOOR, "slack", "U1", "slack", 0, "nothing",
      "Your consent does not count for *D1042*", 0 },
    { "nor does somebody else", SECOND_DOOR, "slack", "U2", "local", 0, "nothing",
      "Your consent does not count for *D1042*", 0 },
};

static void check_answer(void **state)
{
    const struct answer_row *row = *state;
    AUTO_FREE char *text = configuration(row->rule);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct operation operation = deploy_operation_in("awaiting-approval");
    struct request request = decision_request(fixture, "approve D1042");
    struct event event = { .kind = EVENT_REQUEST, .name = "approve", .request = &request };
    const struct deploy_body *after;
    struct outcome out;

    request.principal.system = row->system;
    request.principal.id = row->who;
    request.principal.team = strcmp(row->system, "slack") == 0 ? "T1" : NULL;
    request.source = row->source;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body_of(fixture, row->is), &event, &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), row->outcome);
    deploy_assert_says(out.reply->text, row->reply);
    after = out.body;
    if (after)
        assert_int_equal(after->approvals.given_count, row->given);
    assert_int_equal(after != NULL, out.journal_count == 1); /* who did it is in the journal, and who did not is not */
}

/* ---- it goes on, or does not ---- */

static void decide(struct decision_fixture *fixture, const char *state, unsigned is, struct event event,
                   struct outcome *out)
{
    struct operation operation = deploy_operation_in(state);

    outcome_init(out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body_of(fixture, is), &event, out);
}

static void check_queue(void **state)
{
    AUTO_FREE char *text = configuration(ONE);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct event granted = { .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED };
    struct outcome out;

    (void)state;
    decide(fixture, "queued", BOB_GAVE_LONG_AGO | USED, granted, &out); /* it waited for hours behind another */
    assert_string_equal(out.state, "looking");
    decide(fixture, "queued", 0, granted, &out); /* the rule is new, and nobody was asked */
    assert_string_equal(out.result, "refused");
}

static void check_deadline(void **state)
{
    AUTO_FREE char *text = configuration(ONE);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct outcome out;

    (void)state;
    decide(fixture, "awaiting-approval", 0, (struct event){ .kind = EVENT_TIMER, .name = "unapproved" }, &out);
    assert_string_equal(out.result, "refused");
    deploy_assert_says(out.summary, "nobody gave what it waited for within 7 h: consent. Nothing was changed.");
}

static void check_abort(void **state)
{
    static const struct control_arguments given = { .operation = "D1042", .look = CONTROL_ANY_LOOK };
    AUTO_FREE char *text = configuration(ONE);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct request request = decision_request(fixture, "abort D1042");
    struct outcome out;

    (void)state;
    decide(fixture, "awaiting-approval", 0,
           (struct event){ .kind = EVENT_REQUEST, .name = "abort", .request = &request, .arguments = &given }, &out);
    assert_string_equal(out.result, "aborted");
}

static void check_elsewhere(void **state)
{
    AUTO_FREE char *text = configuration(ONE);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct request request = decision_request(fixture, "approve D1042");
    struct outcome out;

    (void)state;
    request.principal.id = "U2";
    decide(fixture, "queued", 0, (struct event){ .kind = EVENT_REQUEST, .name = "approve", .request = &request }, &out);
    assert_null(out.body);
    deploy_assert_says(out.reply->text, "waits for nobody's consent");
}

/* Whose consent it takes is no question while something else is in the way, and nobody is told that theirs is worth
 * nothing. */
static void check_halted(void **state)
{
    AUTO_FREE char *text = configuration(ONE);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct request request = decision_request(fixture, "approve D1042");
    struct operation halt = { .id = "D5",
                              .kind = "halt",
                              .schema = 1,
                              .state = "halted",
                              .requester = { "slack", "U9", "T1", NULL },
                              .body = decision_json(fixture, "{'reason':'a fire'}") };
    struct outcome out;

    (void)state;
    request.principal.id = "U2";
    fixture->operations = &halt;
    fixture->operations_count = 1;
    decide(fixture, "awaiting-approval", 0,
           (struct event){ .kind = EVENT_REQUEST, .name = "approve", .request = &request }, &out);
    assert_null(out.body);
    assert_true(out.reply->is_refusal);
    assert_null(strstr(out.reply->text, "does not count"));
    deploy_assert_says(out.reply->text, "Consent does not help *D1042* now: everything is halted (D5)");
    deploy_assert_says(out.reply->lines[0], "It can go on after `unhalt`.");
}

/* Once they were enough, and are not any more: from now on they age. */
static void check_again(void **state)
{
    AUTO_FREE char *text = configuration(TWO);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    const struct deploy_body *after;
    struct operation operation = deploy_operation_in("pinning");
    struct event event = { .kind = EVENT_READING,
                           .name = "digest",
                           .end = END_DONE,
                           .body = decision_json(fixture, "{'image':'" IMAGE "'}") };
    struct deploy_body *body = body_of(fixture, BOB_GAVE | USED);
    struct outcome out;

    (void)state;
    body->image = NULL;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    after = out.body;
    assert_string_equal(out.state, "awaiting-approval");
    assert_int_equal(after->approvals.given_count, 1);
    assert_int_equal(after->approvals.used_at_ms, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_queue),     cmocka_unit_test(check_deadline), cmocka_unit_test(check_abort),
        cmocka_unit_test(check_elsewhere), cmocka_unit_test(check_halted),   cmocka_unit_test(check_again),
    };

    return ROWS(pinned_rows, check_pinned) + ROWS(answer_rows, check_answer) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
