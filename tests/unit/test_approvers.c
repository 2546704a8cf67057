/* Who is asked for consent: those first who are on call now, then the others who could give it, once; and what becomes
 * of a deploy to which nobody could. */
#include "tests/unit/deploy_fixture.h"

#include "bot/model/delivery.h"
#include "handlers/watch/members.h"
#include "policy/members.h"

#define NOW DECISION_NOW_MS
#define GROUP "slack-group:S0ENG"
#define SCHEDULE "pagerduty-schedule:PABC123"
#define TEAM "github-team:acme/leads"

#define ROLE(members) "    - { name: lead, members: [" members "] }\n"
#define ONE_OF_LEAD "    - { require: { approvals: { count: 1, from: lead, expires: 4h } }, for: deploy }\n"
#define TWO_OF_LEAD "    - { require: { approvals: { count: 2, from: lead, expires: 4h } }, for: deploy }\n"
#define SOON "    - { require: { approvals: { count: 1, from: lead, expires: 20m } }, for: deploy }\n"
#define OF_ANYBODY "    - { require: { approvals: { count: 1, from: everyone } }, for: deploy }\n"
#define OF_GROUP "    - { require: { approvals: { count: 1, from: \"" GROUP "\" } }, for: deploy }\n"
#define CONFIRMED "    - { require: { second_channel: true }, for: deploy }\n"

static char *configuration(const char *role, const char *rule)
{
    AUTO_FREE char *base = deploy_with_rule(rule);
    AUTO_BUF struct buf text = BUF(8000);
    const char *roles = strstr(base, "    - { name: developer"), *policy = strstr(base, "policy:\n");

    buf_puts(&text,
             "github: { token: t }\npagerduty:\n  webhook_secrets: [s]\n  api_token: t\n  from: a@example.com\n");
    buf_add(&text, base, (size_t)(policy - base));
    buf_puts(&text, "people:\n"
                    "  - { name: ann, slack: U1, local: ann, pagerduty: P1 }\n"
                    "  - { name: cid, slack: U3, github: Cid, pagerduty: P3 }\n");
    buf_add(&text, policy, (size_t)(roles - policy));
    buf_puts(&text, role);
    buf_puts(&text, roles);
    return xstrdup(buf_text(&text));
}

/* ---- what was read ---- */

struct read {                     /* of a source, so many minutes ago; -1: never */
    const char *source, *members; /* with commas between */
    int64_t age_min;
};

static struct membership membership_of(struct decision_fixture *fixture, const struct read *read)
{
    struct membership membership = { .source = read->source,
                                     .read_at_ms = read->age_min < 0 ? 0 : NOW - read->age_min * MINUTE_MS };
    struct str rest = str_of(read->members);

    while (rest.len > 0)
        *ARENA_PUSH(fixture->arena, membership.members, membership.members_count) =
            arena_copy(fixture->arena, str_take_until(&rest, ','));
    return membership;
}

static void give_sources(struct decision_fixture *fixture, const struct read *reads, size_t max)
{
    struct membership *list = NULL;
    size_t count = 0;

    for (size_t i = 0; i < max && reads[i].source; i++)
        *ARENA_PUSH(fixture->arena, list, count) = membership_of(fixture, &reads[i]);
    fixture->view.memberships = list;
    fixture->view.memberships_count = count;
    fixture->view.members = members_compile(fixture->view.policy, list, count, fixture->arena);
}

/* ---- what is posted ---- */

static const char *posted(const struct outcome *out, struct arena *arena)
{
    struct message_delivery message;
    const char *text;
    struct error err;

    if (out->effects_count == 0)
        return NULL;
    assert_true(shape_from_json(&message_delivery_shape, out->effects[0].args, arena, &message, &err));
    assert_true(message.is_in_thread);
    text = message.reply.text;
    for (size_t i = 0; i < message.reply.lines_count; i++)
        text = arena_printf(arena, "%s\n%s", text, message.reply.lines[i]);
    return text;
}

#define THREE "\"slack:U1\", \"slack:U2\", \"slack:U3\""
#define MANY "\"slack:U1\", \"slack:U21\", \"slack:U22\", \"slack:U23\", \"slack:U24\", \"slack:U25\", \"slack:U26\""

static const struct row {
    const char *name, *role, *rule;
    struct read reads[3];
    const char *asked; /* as the card says it; NULL: nobody */
    const char *says;  /* in the message; or, of a refused one, in the refusal */
    bool is_refused;
} rows[] = {
    { "without a schedule those whom the role names, but never the requester",
      ROLE(THREE),
      ONE_OF_LEAD,
      { { NULL, NULL, 0 } },
      "@{slack:U2}, @{slack:U3}",
      "*D1042* waits for consent: 0 of 1 approval of lead (test.yaml:",
      false },
    { "one who is on call goes before all of them",
      ROLE(THREE ", \"" SCHEDULE "\""),
      ONE_OF_LEAD,
      { { SCHEDULE, "pagerduty:P3", 1 } },
      "@{slack:U3} (on call)",
      "\nAsked: @{slack:U3} (on call)",
      false },
    { "also by a schedule that gives another role",
      ROLE(THREE) "    - { name: oncall, members: [\"" SCHEDULE "\"] }\n",
      ONE_OF_LEAD,
      { { SCHEDULE, "pagerduty:P3", 1 } },
      "@{slack:U3} (on call)",
      NULL,
      false },
    { "and by the address that joined them",
      ROLE("\"" SCHEDULE "\""),
      ONE_OF_LEAD,
      { { SCHEDULE, "pagerduty:P7,slack:U7", 1 } },
      "@{slack:U7} (on call)",
      NULL,
      false },
    { "who is on call and has not the role is nobody",
      ROLE(THREE) "    - { name: oncall, members: [\"" SCHEDULE "\"] }\n",
      ONE_OF_LEAD,
      { { SCHEDULE, "pagerduty:P7,slack:U7", 1 } },
      "@{slack:U2}, @{slack:U3}",
      NULL,
      false },
    { "nor is the requester, who is on call",
      ROLE(THREE ", \"" SCHEDULE "\""),
      ONE_OF_LEAD,
      { { SCHEDULE, "pagerduty:P1", 1 } },
      "@{slack:U2}, @{slack:U3}",
      NULL,
      false },
    { "who was on call hours ago may be asleep",
      ROLE(THREE ", \"" SCHEDULE "\""),
      ONE_OF_LEAD,
      { { SCHEDULE, "pagerduty:P3", 120 } },
      "@{slack:U2}, @{slack:U3}",
      NULL,
      false },
    { "five at most",
      ROLE(MANY),
      ONE_OF_LEAD,
      { { NULL, NULL, 0 } },
      "@{slack:U21}, @{slack:U22}, @{slack:U23}, @{slack:U24}, @{slack:U25}",
      NULL,
      false },
    { "a group of Slack is asked as a group",
      ROLE("\"slack:U2\", \"" GROUP "\""),
      ONE_OF_LEAD,
      { { GROUP, "slack:U8,slack:U9", 5 } },
      "@{slack:U2}, @{slack-group:S0ENG}",
      NULL,
      false },
    { "in place of a role, too",
      ROLE("\"slack:U2\""),
      OF_GROUP,
      { { GROUP, "slack:U8", 5 } },
      "@{slack-group:S0ENG}",
      NULL,
      false },
    { "but not one in which is nobody else",
      ROLE("\"slack:U2\", \"" GROUP "\""),
      ONE_OF_LEAD,
      { { GROUP, "slack:U1", 5 } },
      "@{slack:U2}",
      NULL,
      false },
    { "of a team those whom people know in Slack",
      ROLE("\"" TEAM "\""),
      ONE_OF_LEAD,
      { { TEAM, "github:cid,github:zed", 5 } },
      "@{slack:U3}",
      NULL,
      false },
    { "who is nobody in Slack is not asked, and may approve all the same",
      ROLE("\"github:zed\""),
      ONE_OF_LEAD,
      { { NULL, NULL, 0 } },
      NULL,
      "waits for consent",
      false },
    { "everybody is nobody in particular",
      ROLE(THREE),
      OF_ANYBODY,
      { { NULL, NULL, 0 } },
      NULL,
      "waits for consent",
      false },
    { "a second door is for whoever asked",
      ROLE(THREE),
      CONFIRMED,
      { { NULL, NULL, 0 } },
      "@{slack:U1}",
      "`opsgate run approve D1042` on the host confirms it",
      false },
    { "both are asked where both are lacking",
      ROLE(THREE),
      ONE_OF_LEAD CONFIRMED,
      { { NULL, NULL, 0 } },
      "@{slack:U2}, @{slack:U3}, @{slack:U1}",
      NULL,
      false },

    { "a source that was never read may bring somebody",
      ROLE("\"" GROUP "\""),
      ONE_OF_LEAD,
      { { GROUP, "", -1 } },
      NULL,
      "Nobody of slack-group:S0ENG could be asked: it was not read yet.",
      false },
    { "so may one of which nothing is known",
      ROLE("\"" GROUP "\""),
      ONE_OF_LEAD,
      { { NULL, NULL, 0 } },
      NULL,
      "it was not read yet",
      false },
    { "one that was read too long ago does not",
      ROLE("\"" GROUP "\""),
      ONE_OF_LEAD,
      { { GROUP, "slack:U8", 13 * 60 } },
      NULL,
      "it lacks consent (0 of 1 approval of lead, test.yaml:45), and nobody who could approve is known: role lead is empty, "
      "slack-group:S0ENG was last read 13 h ago. Nothing was changed.",
      true },
    { "nor does one without anybody",
      ROLE("\"" GROUP "\""),
      ONE_OF_LEAD,
      { { GROUP, "", 5 } },
      NULL,
      "nobody who could approve is known: role lead is empty.",
      true },
    { "nor a role of the requester alone",
      ROLE("\"slack:U1\""),
      ONE_OF_LEAD,
      { { NULL, NULL, 0 } },
      NULL,
      "nobody else is in role lead.",
      true },
    { "by whichever of their names",
      ROLE("\"local:ann\", \"pagerduty:P1\""),
      ONE_OF_LEAD,
      { { NULL, NULL, 0 } },
      NULL,
      "nobody else is in role lead.",
      true },
    { "one other is not two",
      ROLE("\"slack:U1\", \"slack:U2\""),
      TWO_OF_LEAD,
      { { NULL, NULL, 0 } },
      NULL,
      "it lacks consent (0 of 2 approvals of lead",
      true },
    { "and two names of one person are not",
      ROLE("\"slack:U3\", \"github:Cid\""),
      TWO_OF_LEAD,
      { { NULL, NULL, 0 } },
      NULL,
      "it lacks consent (0 of 2 approvals of lead",
      true },
    { "two others are", ROLE(THREE), TWO_OF_LEAD, { { NULL, NULL, 0 } }, "@{slack:U2}, @{slack:U3}", NULL, false },
};

static void digest_told(struct decision_fixture *fixture, struct outcome *out)
{
    struct operation operation = deploy_operation_in("pinning");
    struct event event = { .kind = EVENT_READING,
                           .name = "digest",
                           .end = END_DONE,
                           .body = decision_json(fixture, "{'image':'" IMAGE "'}") };
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, AT_ONCE);

    body->image = NULL;
    outcome_init(out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, out);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_FREE char *text = configuration(row->role, row->rule);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    const struct deploy_body *after;
    struct outcome out;

    give_sources(fixture, row->reads, ARRAY_LEN(row->reads));
    digest_told(fixture, &out);
    after = out.body;
    if (row->is_refused) {
        assert_string_equal(out.result, "refused");
        deploy_assert_says(out.summary, row->says);
        assert_int_equal(out.effects_count, 0); /* nobody is troubled */
        return;
    }
    assert_string_equal(out.state, "awaiting-approval");
    if (row->says)
        deploy_assert_says(posted(&out, fixture->arena), row->says);
    if (row->asked)
        assert_string_equal(approvals_asked(&after->approvals, 0, fixture->arena), row->asked);
    else
        assert_int_equal(after->approvals.asked_count, 0);
}

/* ---- later ---- */

static void check_stale_is_read_again(void **state)
{
    AUTO_FREE char *text = configuration(ROLE("\"" GROUP "\""), ONE_OF_LEAD);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    const struct read reads[] = { { GROUP, "slack:U8", 13 * 60 } };
    struct operation watch = { .id = "O1", .kind = machine_members_watch.kind, .state = "watching" };
    struct outcome out;

    (void)state;
    give_sources(fixture, reads, ARRAY_LEN(reads));
    fixture->operations = &watch;
    fixture->operations_count = 1;
    digest_told(fixture, &out);
    assert_int_equal(out.messages_count, 1);
    assert_string_equal(out.messages[0].to, "O1");
    assert_string_equal(out.messages[0].name, MESSAGE_STALE);
    assert_string_equal(json_find_string(out.messages[0].body, "source"), GROUP);
}

/* The same operation, some time later: what `timer` does. */
static const struct deploy_body *later(struct decision_fixture *fixture, const struct deploy_body *body,
                                       int64_t after_ms, struct outcome *out)
{
    struct operation operation = deploy_operation_in("awaiting-approval");
    struct event event = { .kind = EVENT_TIMER, .name = "ask" };
    AUTO_JSON cJSON *record = shape_to_json(&deploy_body_shape, body, SHAPE_WHOLE); /* as the store has it */
    struct deploy_body read;
    struct error err;

    assert_true(shape_from_json(&deploy_body_shape, record, fixture->arena, &read, &err));
    fixture->view.now_ms += after_ms;
    outcome_init(out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, &read, &event, out);
    return out->body;
}

static int64_t timer_after(const struct outcome *out, const struct decision_fixture *fixture)
{
    for (size_t i = 0; i < out->timers_count; i++)
        if (strcmp(out->timers[i].name, "ask") == 0)
            return out->timers[i].at_ms - fixture->view.now_ms;
    return -1;
}

static void check_rounds(void **state)
{
    AUTO_FREE char *text = configuration(ROLE(MANY ", \"" GROUP "\", \"" SCHEDULE "\""), ONE_OF_LEAD);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    const struct read reads[] = { { GROUP, "slack:U8", 1 }, { SCHEDULE, "pagerduty:P3", 1 } };
    const struct deploy_body *body;
    struct outcome out;

    (void)state;
    give_sources(fixture, reads, ARRAY_LEN(reads));
    digest_told(fixture, &out);
    assert_int_equal(timer_after(&out, fixture), 10 * MINUTE_MS);
    body = later(fixture, out.body, 10 * MINUTE_MS, &out);
    deploy_assert_says(posted(&out, fixture->arena),
                       "*D1042* still waits: 0 of 1 approval of lead. `approve D1042` gives it.\nAsked: @{slack:U21}, "
                       "@{slack:U22}, @{slack:U23}, @{slack:U24}, @{slack:U25}, @{slack-group:S0ENG}");
    assert_string_equal(approvals_asked(&body->approvals, 0, fixture->arena),
                        "@{slack:U3} (on call), @{slack:U21}, @{slack:U22}, @{slack:U23}, @{slack:U24}, @{slack:U25}, "
                        "@{slack-group:S0ENG}");
    assert_int_equal(timer_after(&out, fixture), 115 * MINUTE_MS); /* half of what is left of four hours */
    body = later(fixture, body, 115 * MINUTE_MS, &out);
    deploy_assert_says(posted(&out, fixture->arena), "\nAsked: @{slack:U3} (on call), @{slack:U21}");
    deploy_assert_says(posted(&out, fixture->arena), "\nVoid at @{date:1795226400000}.");
    assert_int_equal(timer_after(&out, fixture), -1); /* and no more */
    assert_int_equal(body->approvals.rounds, 3);
}

static void check_no_rest(void **state)
{
    AUTO_FREE char *text = configuration(ROLE("\"slack:U2\""), SOON);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct outcome out;

    (void)state;
    digest_told(fixture, &out);
    assert_int_equal(timer_after(&out, fixture), 5 * MINUTE_MS); /* a quarter of what it has */
    later(fixture, out.body, 5 * MINUTE_MS, &out);
    assert_int_equal(out.effects_count, 0); /* all were asked */
    assert_int_equal(timer_after(&out, fixture), 15 * MINUTE_MS / 2);
}

/* Of two that are needed one has given theirs: nobody reminds them. */
static void check_answered(void **state)
{
    AUTO_FREE char *text = configuration(ROLE(THREE), TWO_OF_LEAD);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct deploy_body given;
    struct outcome out;

    (void)state;
    digest_told(fixture, &out);
    given = *(const struct deploy_body *)out.body;
    given.approvals.rounds = 2;
    approvals_add(&given.approvals, &(struct principal){ "github", "Cid", NULL, NULL }, NOW, fixture->arena);
    later(fixture, &given, HOUR_MS, &out);
    deploy_assert_says(posted(&out, fixture->arena),
                       "1 of 2 approvals of lead. `approve D1042` gives it.\nAsked: @{slack:U2}\n");
}

/* Theirs is void by now: they are asked like all who have not answered. */
static void check_void(void **state)
{
    AUTO_FREE char *text = configuration(ROLE(THREE), TWO_OF_LEAD);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct deploy_body given;
    struct outcome out;

    (void)state;
    digest_told(fixture, &out);
    given = *(const struct deploy_body *)out.body;
    given.approvals.rounds = 2;
    approvals_add(&given.approvals, &(struct principal){ "slack", "U3", "T1", NULL }, NOW - 5 * HOUR_MS,
                  fixture->arena);
    later(fixture, &given, HOUR_MS, &out);
    deploy_assert_says(posted(&out, fixture->arena),
                       "0 of 2 approvals of lead. `approve D1042` gives it.\nAsked: @{slack:U2}, @{slack:U3}\n");
}

/* A freeze that came meanwhile: whose consent is asked for in vain is left alone. */
static void check_in_vain(void **state)
{
    AUTO_FREE char *text = configuration(ROLE(MANY), ONE_OF_LEAD);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct operation halt = { .id = "D5",
                              .kind = "halt",
                              .schema = 1,
                              .state = "halted",
                              .requester = { "slack", "U9", "T1", NULL },
                              .body = decision_json(fixture, "{'reason':'a fire'}") };
    const struct deploy_body *body;
    struct outcome out;

    (void)state;
    digest_told(fixture, &out);
    body = out.body;
    fixture->operations = &halt;
    fixture->operations_count = 1;
    body = later(fixture, body, 10 * MINUTE_MS, &out);
    assert_int_equal(out.effects_count, 0);
    assert_int_equal(timer_after(&out, fixture), 10 * MINUTE_MS);
    fixture->operations_count = 0; /* it is over, and they are asked as if it had not been */
    body = later(fixture, body, 10 * MINUTE_MS, &out);
    deploy_assert_says(posted(&out, fixture->arena), "\nAsked: @{slack:U26}");
    assert_int_equal(body->approvals.rounds, 2);
    fixture->operations_count = 1;
    later(fixture, body, 211 * MINUTE_MS, &out); /* nine minutes are left of its four hours */
    assert_int_equal(timer_after(&out, fixture), -1);
}

/* As older binaries wrote it: nobody is asked twice because of that, and nothing breaks. */
static void check_old_record(void **state)
{
    AUTO_FREE char *text = configuration(ROLE(THREE), ONE_OF_LEAD);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct deploy_body old, *body = deploy_body_made(fixture, 0, 0, AT_ONCE);
    AUTO_JSON cJSON *record = NULL;
    struct error err;

    (void)state;
    body->approvals.since_ms = NOW;
    body->approvals.until_ms = NOW + HOUR_MS;
    record = shape_to_json(&deploy_body_shape, body, SHAPE_WHOLE);
    assert_null(json_find(record, "approvals.asked"));
    assert_null(json_find(record, "change"));
    assert_true(shape_from_json(&deploy_body_shape, record, fixture->arena, &old, &err));
    assert_int_equal(old.approvals.rounds, 0);
    assert_null(approvals_asked(&old.approvals, 0, fixture->arena));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_stale_is_read_again),
        cmocka_unit_test(check_rounds),
        cmocka_unit_test(check_no_rest),
        cmocka_unit_test(check_answered),
        cmocka_unit_test(check_in_vain),
        cmocka_unit_test(check_void),
        cmocka_unit_test(check_old_record),
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
