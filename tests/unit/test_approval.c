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
    { "what needs one waits for one", ONE, "awaiting-approval !slack.message ?serves @unapproved+4h @ask+10m",
      "0 of 1 approval of release-manager" },
    { "two rules add up", ONE SECOND_DOOR, "awaiting-approval !slack.message ?serves @unapproved+4h @ask+10m",
      "0 of 1 approval of release-manager; the requester's own `approve` through another door" },
    { "a second door alone is waited for a day", SECOND_DOOR,
      "awaiting-approval !slack.message ?serves @unapproved+1d @ask+10m", "through another door" },
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
    { "but may be given anew", ONE, "slack", "U2", "slack", BOB_GAVE_LONG_AGO, "queued",
      "*D1042* is approved, and begins.", 1 },
    { "in the place of the old one", TWO, "slack", "U2", "slack", BOB_GAVE_LONG_AGO, "-",
      "*D1042* has your consent. It still waits: 1 of 2", 1 },
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

/* Where consent was asked for in the thread, the thread has that it was given; half of it is not told of. */
static void check_thread(void **state)
{
    for (unsigned i = 0; i < 3; i++) {
        AUTO_FREE char *text = configuration(i == 1 ? TWO : ONE);
        AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
        struct request request = decision_request(fixture, "approve D1042");
        struct event event = { .kind = EVENT_REQUEST, .name = "approve", .request = &request };
        struct operation operation = deploy_operation_in("awaiting-approval");
        struct deploy_body *body = body_of(fixture, 0);
        struct outcome out;

        (void)state;
        request.principal.id = "U2";
        body->approvals.rounds = i == 2 ? 0 : 1; /* nobody was asked */
        outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
        machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
        assert_int_equal(out.effects_count, i == 0);
        if (i == 0)
            assert_string_equal(json_find_string(out.effects[0].args, "reply.text"),
                                "*D1042*: consent given by @{slack:U2}.");
    }
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

/* A reload took the requirement away: whatever comes next, it goes on, and is not refused for want of nothing. */
static void check_unneeded(void **state)
{
    static const char *const timers[] = { "ask", "unapproved" };
    AUTO_FREE char *text = configuration(NULL);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct request request = decision_request(fixture, "approve D1042");
    const struct deploy_body *after;
    struct outcome out;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(timers); i++) {
        decide(fixture, "awaiting-approval", 0, (struct event){ .kind = EVENT_TIMER, .name = timers[i] }, &out);
        assert_string_equal(deploy_outcome_text(&out, fixture->arena), "queued");
        after = out.body;
        assert_string_equal(after->acts[0].what, "needs no consent any more, and goes on");
    }
    request.principal.id = "U9";
    decide(fixture, "awaiting-approval", 0,
           (struct event){ .kind = EVENT_REQUEST, .name = "approve", .request = &request }, &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), "queued");
    assert_string_equal(out.reply->text, "*D1042* needs nobody's consent any more, and begins.");
    after = out.body;
    assert_int_equal(after->approvals.given_count, 0); /* it took nothing of them */
}

/* All of it was there, and it waits for Cloud Run's word, or GitHub's: whoever comes then is not told that none was
 * needed, and neither is the card. */
static void check_enough(void **state)
{
    AUTO_FREE char *text = configuration(ONE);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct request request = decision_request(fixture, "approve D1042");
    const struct deploy_body *after;
    struct outcome out;

    (void)state;
    request.principal.id = "U3";
    decide(fixture, "awaiting-approval", BOB_GAVE | USED,
           (struct event){ .kind = EVENT_REQUEST, .name = "approve", .request = &request }, &out);
    after = out.body;
    assert_string_equal(out.reply->text, "*D1042* has all the consent it needs, and begins.");
    assert_int_equal(after->acts_count, 0);
}

static void check_behind(void **state)
{
    AUTO_FREE char *text = configuration(ONE);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct operation keeper = { .id = "D10", .kind = "keep", .state = "keeping" };
    struct target target = { .name = "api/staging", .holder = "D10" };
    struct request request = decision_request(fixture, "approve D1042");
    struct outcome out;

    (void)state;
    fixture->operations = &keeper;
    fixture->operations_count = 1;
    fixture->targets = &target;
    fixture->targets_count = 1;
    request.principal.id = "U2";
    decide(fixture, "awaiting-approval", 0,
           (struct event){ .kind = EVENT_REQUEST, .name = "approve", .request = &request }, &out);
    assert_string_equal(out.reply->text, "*D1042* is approved, and waits behind D10 (keep).");
}

/* ---- what serves changed while it waited, and with it what `--image unchanged` brings ---- */

#define OTHER_DIGEST "sha256:2222222222222222222222222222222222222222222222222222222222222222"

static const struct unchanged_row {
    const char *name, *rule, *serves, *state, *summary;
} unchanged_rows[] = {
    { "the image that was consented to is kept", ONE, IMAGE, "creating", NULL },
    { "another one was never consented to", ONE, "us-docker.pkg.dev/acme/images/api@" OTHER_DIGEST, "refused",
      "what serves changed from `v1.4.2` to `" OTHER_DIGEST "` since that was allowed to be kept" },
    { "nor was its version judged", "    - { require: { version: \"v1.*\" }, for: deploy }\n",
      "us-docker.pkg.dev/acme/images/api@" OTHER_DIGEST, "refused", "ask again" },
    { "where nobody has to allow it, it is kept", NULL, "us-docker.pkg.dev/acme/images/api@" OTHER_DIGEST, "creating",
      NULL },
};

static void check_unchanged(void **state)
{
    const struct unchanged_row *row = *state;
    AUTO_FREE char *text = configuration(row->rule);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct target_version good = { .version = "v1.4.2", .image = IMAGE, .revision = "api-old", .operation = "D1" };
    struct target target = { .name = "api/staging", .holder = "D1042", .good = &good, .good_count = 1 };
    struct operation operation = deploy_operation_in("looking");
    struct deploy_body *body = body_of(fixture, BOB_GAVE | USED);
    struct event event = { .kind = EVENT_READING, .name = "service", .end = END_DONE };
    bool is_same = strcmp(row->serves, IMAGE) == 0;
    const struct deploy_body *after;
    struct outcome out;

    event.body = decision_json(
        fixture,
        arena_printf(fixture->arena,
                     "{'is_settled':true,'is_ready':true,'serving':'%s','image':'%s',"
                     "'observed':[{'revision':'%s','percent':100}],'wanted':[{'revision':'%s','percent':100}]}",
                     is_same ? "api-old" : "api-by-hand", row->serves, is_same ? "api-old" : "api-by-hand",
                     is_same ? "api-old" : "api-by-hand"));
    body->keeps_image = true;
    body->built_of = "1111111111111111111111111111111111111111";
    *ARENA_PUSH(fixture->arena, body->env, body->env_count) = (struct shape_pair){ "A", "1" };
    fixture->targets = &target;
    fixture->targets_count = 1;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    assert_string_equal(out.state ? out.state : "-", row->state);
    deploy_assert_says(out.summary, row->summary);
    after = out.body;
    if (!row->summary) {
        assert_string_equal(after->image, row->serves);
        assert_int_equal(after->built_of != NULL, is_same); /* of the other one nothing is known */
    }
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

/* Whoever may not is told who was asked, and what it waits for. */
static void check_refused(void **state)
{
    static const struct {
        const char *state, *line;
    } cases[] = {
        { "awaiting-approval", "D1042 waits for consent: 0 of 1 approval of release-manager; asked: @{slack:U2}, "
                               "@{slack:U3} (on call)." },
        { "queued", NULL },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct operation operation = deploy_operation_in(cases[i].state);
        struct outcome out;

        operation.body =
            decision_json(fixture, "{'lacking':'0 of 1 approval of release-manager',"
                                   "'approvals':{'asked':[{'who':'slack:U2'},{'who':'slack:U3','is_on_call':true}]}}");
        outcome_init(&out, fixture->arena, "D1042", "birth-1");
        outcome_refuse(&out, "Denied");
        verb_approve.refused(&fixture->view, NULL, &operation, false, &out);
        assert_int_equal(out.reply->lines_count, cases[i].line != NULL);
        if (cases[i].line)
            assert_string_equal(out.reply->lines[0], cases[i].line);
    }
}

/* Whoever asks for a deploy is told at once what it will wait for, and by which rule. */
static void check_told_at_once(void **state)
{
    static const struct {
        const char *rule, *line, *says;
    } cases[] = {
        { NULL, "deploy api staging v1.5.0", NULL },
        { ONE, "deploy api staging v1.5.0", "It needs 1 approval of release-manager first (test.yaml:" },
        { TWO, "deploy api staging v1.5.0", "It needs 2 approvals of release-manager first (test.yaml:" },
        { SECOND_DOOR, "deploy api staging v1.5.0",
          "It needs your own `approve D7` through another door first (test." },
        { "    - { deny: deploy, break_glass: developer }\n", "deploy api staging v1.5.0 --break-glass fire",
          "by a broken glass: when it begins that is announced, and a review stays open" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_FREE char *text = configuration(cases[i].rule);
        AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
        struct outcome out;
        const char *answer = decision_answer(fixture, &verb_deploy, cases[i].line, &out);

        deploy_assert_says(answer, "*D7*: deploying");
        if (cases[i].says)
            deploy_assert_says(answer, cases[i].says);
        else
            assert_null(strstr(answer, "needs"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_thread), cmocka_unit_test(check_queue),     cmocka_unit_test(check_deadline),
        cmocka_unit_test(check_abort),  cmocka_unit_test(check_elsewhere), cmocka_unit_test(check_halted),
        cmocka_unit_test(check_again),  cmocka_unit_test(check_unneeded),  cmocka_unit_test(check_enough),
        cmocka_unit_test(check_behind), cmocka_unit_test(check_refused),   cmocka_unit_test(check_told_at_once),
    };

    return ROWS(pinned_rows, check_pinned) + ROWS(answer_rows, check_answer) + ROWS(unchanged_rows, check_unchanged) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
