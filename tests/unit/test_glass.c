/* A deny that somebody passes by breaking its glass: only what was announced is passed, each rule is reviewed once, and
 * what people typed stays erasable. */
#include "tests/unit/deploy_fixture.h"

#include "handlers/review.h"

#include "policy/explain.h"

#define GLASS "    - { deny: deploy, on: { environment: staging }, reason: a freeze, break_glass: developer }\n"
#define OTHER "    - { deny: deploy, on: { environment: staging }, reason: a fair, break_glass: developer }\n"
#define NOT_THEIRS                                                                                                     \
    "    - { deny: deploy, on: { environment: staging }, reason: an audit, break_glass: release-manager }\n"
#define NO_VERSION_OF_OURS "    - { require: { version: \"v9.*\" }, for: deploy }\n"
#define CONSENT "    - { require: { approvals: { count: 1, from: release-manager } }, for: deploy }\n"
#define FIRST "test.yaml:36" /* where the rules that are added stand */
#define SECOND "test.yaml:37"
#define TYPED "ann@example.com has a fever"

/* Which deny stands there; another than any that does, where there is none. */
static const char *identity_at(const struct decision_fixture *fixture, const char *rule)
{
    const struct question question = { .principal = { "slack", "U1", "T1", "ann" }, .verb = "deploy" };
    const struct facts facts = { .unix_ms = DECISION_NOW_MS };
    struct explanation all = policy_explain(fixture->view.policy, &question, &facts, POLICY_INCREASE, fixture->arena);

    for (size_t i = 0; i < all.rules_count; i++)
        if (strcmp(all.rules[i].rule, rule) == 0 && all.rules[i].identity)
            return all.rules[i].identity;
    return "of another";
}

static struct deploy_body *body_of(struct decision_fixture *fixture, unsigned is, const char *const *broken,
                                   size_t count)
{
    struct deploy_body *body = deploy_body_made(fixture, is & AT_ONCE ? 0 : 1, is & AT_ONCE ? 0 : 25, is);

    body->break_glass = TYPED;
    for (size_t i = 0; i < count && broken[i]; i++)
        *ARENA_PUSH(fixture->arena, body->glasses, body->glasses_count) =
            (struct broken_deny){ identity_at(fixture, broken[i]), broken[i],
                                   deploy_operation_in("queued").requester };
    return body;
}

static const char *shape_text(struct decision_fixture *fixture, const struct deploy_body *body)
{
    cJSON *json = shape_to_json(&deploy_body_shape, body, SHAPE_WHOLE);
    const char *text = json_print_in(fixture->arena, json);

    cJSON_Delete(json);
    return text;
}

static void decide(struct decision_fixture *fixture, const char *state, const struct deploy_body *body,
                   struct event event, struct outcome *out)
{
    struct operation operation = deploy_operation_in(state);

    outcome_init(out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, out);
}

/* ---- an increase ---- */

#define SAME_IN_OTHER_WORDS                                                                                            \
    "    # a line more\n    - deny: [deploy]\n      break_glass: [developer]\n      on: { environment: [staging] }\n"  \
    "      reason: \"a freeze\"\n"
#define FOR_ANOTHER_REASON                                                                                             \
    "    - { deny: deploy, on: { environment: staging }, reason: a fire, break_glass: developer }\n"
#define FOR_MORE                                                                                                       \
    "    - { deny: [deploy, lock], on: { environment: staging }, reason: a freeze, break_glass: developer }\n"
#define BY_MORE                                                                                                        \
    "    - { deny: deploy, on: { environment: staging }, reason: a freeze, break_glass: [developer, slack:U9] }\n"

static const struct increase_row {
    const char *name, *rules;
    const char *broken[2];
    const char *why;    /* NULL: it may */
    const char *before; /* the rules as they were when it was broken, if a reload came since */
} increase_rows[] = {
    { "what was announced stays passed", GLASS, { FIRST }, .why = NULL },
    { "what nobody was told of denies",
      GLASS,
      { NULL },
      .why = "deploy of api in staging is denied: a freeze (" FIRST ")" },
    { "a glass broken for another rule is another's", GLASS, { SECOND }, .why = "a freeze (" FIRST ")" },
    { "one that came later denies beside one that was passed", GLASS OTHER, { FIRST }, .why = "a fair (" SECOND ")" },
    { "both stay passed", GLASS OTHER, { SECOND, FIRST }, .why = NULL },
    { "whoever may not break it, does not", NOT_THEIRS, { FIRST }, .why = "an audit (" FIRST ")" },
    { "nothing is in the way", "", { FIRST }, .why = NULL },
    { "a reload moved it down", OTHER GLASS, { FIRST, SECOND }, NULL, GLASS OTHER },
    { "a reload moved it, and it is written in another way", SAME_IN_OTHER_WORDS, { FIRST }, NULL, GLASS },
    { "another deny stands where it stood", OTHER, { FIRST }, .why = "a fair (" FIRST ")", GLASS },
    { "they changed places, and one was not announced",
      OTHER GLASS,
      { FIRST },
      .why = "a fair (" FIRST ")",
      GLASS OTHER },
    { "for another reason it is another", FOR_ANOTHER_REASON, { FIRST }, .why = "a fire (" FIRST ")", GLASS },
    { "for more verbs it is another", FOR_MORE, { FIRST }, .why = "a freeze (" FIRST ")", GLASS },
    { "by whom it may be broken is told with it", BY_MORE, { FIRST }, .why = "a freeze (" FIRST ")", GLASS },
    { "two that say the same are the same", GLASS GLASS, { FIRST }, NULL, GLASS },
    { "and one of them is gone", GLASS, { FIRST, SECOND }, NULL, GLASS GLASS },
};

static void check_increase(void **state)
{
    const struct increase_row *row = *state;
    AUTO_FREE char *text = deploy_with_rule(row->rules),
                   *before = deploy_with_rule(row->before ? row->before : row->rules);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    AUTO_DECISION struct decision_fixture *of_before = decision_create(before);
    struct deploy_body *body = body_of(of_before, 0, row->broken, ARRAY_LEN(row->broken));
    struct operation operation = deploy_operation_in("baking");
    struct error err = { 0 };

    assert_int_equal(machine_deploy.may_increase(&fixture->view, &operation, body, NULL, &err), row->why == NULL);
    if (row->why)
        deploy_assert_says(err.message, row->why);
}

/* The glass was broken by somebody else than whoever asked for the deploy, and lasts as long as they have the role. */
static void check_breaker(void **state)
{
    static const struct {
        const char *by;
        bool may;
    } rows[] = { { "U2", true }, { "U1", false }, { "U3", false } };
    AUTO_FREE char *text = deploy_with_rule(NOT_THEIRS);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct operation operation = deploy_operation_in("baking");
    struct error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct deploy_body *body = body_of(fixture, 0, (const char *const[]){ FIRST }, 1);

        body->glasses[0].by.id = rows[i].by;
        assert_int_equal(machine_deploy.may_increase(&fixture->view, &operation, body, NULL, &err), rows[i].may);
    }
}

/* A record of before has where its rules stood, which says nothing: it is announced again, and never passed in silence.
 */
static void check_old_record(void **state)
{
    static const char *const stood[] = { FIRST };
    AUTO_FREE char *text = deploy_with_rule(GLASS);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct deploy_body *body = body_of(fixture, AT_ONCE, NULL, 0), read;
    struct operation operation = deploy_operation_in("baking");
    const cJSON *json;
    struct outcome out;
    struct error err;

    (void)state;
    body->broken = (const char **)stood;
    body->broken_count = 1;
    json = decision_json(fixture, shape_text(fixture, body));
    assert_true(shape_from_json(&deploy_body_shape, json, fixture->arena, &read, &err));
    assert_string_equal(read.broken[0], FIRST);
    assert_false(machine_deploy.may_increase(&fixture->view, &operation, &read, NULL, &err));
    deploy_assert_says(err.message, "a freeze (" FIRST ")");
    decide(fixture, "queued", &read, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED }, &out);
    assert_string_equal(out.state, "looking");
    assert_int_equal(out.requests_count, 1);
    assert_int_equal(((const struct deploy_body *)out.body)->glasses_count, 1);
}

/* ---- it begins, or goes on ---- */

static const struct begun_row {
    const char *name, *state, *rules;
    const char *broken[2];
    const char *outcome;
    const char *announced; /* to be reviewed now; or NULL */
    size_t broken_count;   /* afterwards */
} begun_rows[] = {
    { "pinned, all that deny it are announced", "pinning", GLASS OTHER, { NULL }, "queued", FIRST ", " SECOND, 2 },
    { "nothing denies it: nothing is announced", "pinning", "", { NULL }, "queued", NULL, 0 },
    { "what is refused all the same was not passed",
      "pinning",
      GLASS NO_VERSION_OF_OURS,
      { NULL },
      "refused =refused",
      NULL,
      0 },
    { "what waits for consent says so before",
      "pinning",
      GLASS CONSENT,
      { NULL },
      "awaiting-approval !slack.message ?serves @unapproved+4h @ask+10m",
      FIRST,
      1 },
    { "a deny that came while it waited in line", "queued", GLASS, { NULL }, "looking ?service", FIRST, 1 },
    { "only what is new", "queued", GLASS OTHER, { FIRST }, "looking ?service", SECOND, 2 },
    { "what was announced is not announced twice", "queued", GLASS, { FIRST }, "looking ?service", NULL, 1 },
    { "the first step under a deny of later", "checking", GLASS, { NULL }, "refused =refused", NULL, 0 },
};

static struct event event_of(struct decision_fixture *fixture, const char *state)
{
    if (strcmp(state, "queued") == 0)
        return (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED };
    if (strcmp(state, "checking") == 0)
        return (struct event){ .kind = EVENT_READING,
                               .name = "health",
                               .end = END_DONE,
                               .body = decision_json(fixture, "{'is_healthy':true}") };
    return (struct event){ .kind = EVENT_READING,
                           .name = "digest",
                           .end = END_DONE,
                           .body = decision_json(fixture, "{'image':'" IMAGE "'}") };
}

static const struct wanted_journal *find_note(const struct outcome *out, const char *kind)
{
    for (size_t i = 0; i < out->journal_count; i++)
        if (strcmp(out->journal[i].kind, kind) == 0)
            return &out->journal[i];
    return NULL;
}

/* Their words are beside the entry, never in it. */
static void assert_noted(const struct outcome *out, const char *rules, struct arena *arena)
{
    const struct wanted_journal *note = find_note(out, "deploy.glass_broken");
    const struct deploy_body *after = out->body;

    assert_non_null(note);
    assert_string_equal(json_find_string(note->body, "rule"), rules);
    assert_null(strstr(json_print_in(arena, note->body), TYPED));
    assert_string_equal(json_find_string(note->personal, "reason"), TYPED);
    assert_string_equal(json_find_string(note->personal, "principal"), "U1");
    assert_string_equal(after->acts[after->acts_count - 1].who, "@{slack:U1}");
    deploy_assert_says(after->acts[after->acts_count - 1].what, rules);
}

static void check_begun(void **state)
{
    const struct begun_row *row = *state;
    AUTO_FREE char *text = deploy_with_rule(row->rules);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct deploy_body *body = body_of(fixture, AT_ONCE, row->broken, ARRAY_LEN(row->broken));
    const struct deploy_body *after;
    struct outcome out;

    body->image = strcmp(row->state, "pinning") == 0 ? NULL : body->image;
    body->health_successes = 1;
    decide(fixture, row->state, body, event_of(fixture, row->state), &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), row->outcome);
    after = out.body;
    assert_int_equal(after->glasses_count, row->broken_count);
    assert_int_equal(out.requests_count, row->announced != NULL);
    assert_int_equal(find_note(&out, "deploy.glass_broken") != NULL, row->announced != NULL);
    if (!row->announced)
        return;
    assert_string_equal(out.requests[0].verb, verb_review_opened.name);
    deploy_assert_says(out.requests[0].words[0], row->announced);
    assert_noted(&out, row->announced, fixture->arena);
}

/* A deny that came while people were asked is passed with their consent, and not in silence either. */
static void check_approved(void **state)
{
    AUTO_FREE char *text = deploy_with_rule(GLASS CONSENT);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct request request = decision_request(fixture, "approve D1042");
    struct deploy_body *body = body_of(fixture, AT_ONCE, NULL, 0);
    struct outcome out;

    (void)state;
    request.principal.id = "U2";
    decide(fixture, "awaiting-approval", body,
           (struct event){ .kind = EVENT_REQUEST, .name = "approve", .request = &request }, &out);
    assert_string_equal(out.state, "queued");
    assert_int_equal(out.requests_count, 1);
    assert_noted(&out, FIRST, fixture->arena);
}

/* ---- its review ---- */

static void check_review(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct request request = decision_request(fixture, "review D7 ...");
    struct review_body body = { .broken_by = "D1042", .rule = FIRST, .reason = TYPED };
    struct operation operation = { .id = "D7",
                                   .kind = "review",
                                   .state = "open",
                                   .requester = { "slack", "U1", "T1", "ann" },
                                   .created_at_ms = DECISION_NOW_MS - HOUR_MS };
    struct event event = { .kind = EVENT_REQUEST, .name = "review", .request = &request, .arguments = TYPED };
    const struct review_body *after;
    struct outcome out;

    (void)state;
    request.principal.id = "U2";
    outcome_init(&out, fixture->arena, operation.id, "birth-7");
    machine_review.on_event(&fixture->view, &operation, &body, &event, &out);
    after = out.body;
    assert_string_equal(out.result, "done");
    assert_null(strstr(out.summary, TYPED)); /* the journal keeps it for ever */
    assert_string_equal(after->found, TYPED);
    assert_string_equal(after->closed_by, "@{slack:U2}");
    assert_string_equal(json_find_string(find_note(&out, "review.closed")->personal, "found"), TYPED);
    assert_true(shape_find(&review_body_shape, str_of("found"))->flags & SHAPE_PERSONAL);
    assert_true(shape_find(&review_body_shape, str_of("reason"))->flags & SHAPE_PERSONAL);
}

/* Who comes later reads who has done it; and the journal gets nothing more. */
static void check_closed_twice(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct request request = decision_request(fixture, "review D7");
    struct operation closed = { .id = "D7",
                                .kind = "review",
                                .state = "closed",
                                .result = "done",
                                .requester = { "slack", "U1", "T1", "ann" },
                                .created_at_ms = DECISION_NOW_MS - HOUR_MS,
                                .ended_at_ms = DECISION_NOW_MS - 5 * MINUTE_MS };
    struct question question;
    const void *arguments;
    struct outcome out;
    struct error err;

    (void)state;
    closed.body = decision_json(fixture, "{'broken_by':'D1042','rule':'x','reason':'y','found':'all well',"
                                         "'closed_by':'@{slack:U2}'}");
    fixture->ended = &closed;
    fixture->ended_count = 1;
    if (!verb_review.asks(&fixture->view, &request, &question, &arguments, &err))
        fail_msg("%s", err.message);
    assert_string_equal(question.operation, "D7"); /* judged like the review of an open one */
    outcome_init(&out, fixture->arena, "D8", "birth-8");
    verb_review.begin(&fixture->view, &request, &question, arguments, &out);
    assert_true(out.reply->is_refusal);
    deploy_assert_says(out.reply->text, "*D7* is closed already, by @{slack:U2}, 5 min ago (@{date:");
    deploy_assert_says(out.reply->text, "Nothing was done.");
    assert_string_equal(out.reply->lines[0], "Found: all well");
    assert_int_equal(out.journal_count, 0);
    assert_false(out.begins);
}

/* It holds on when an event of its own crashed its owner: nobody has looked yet. */
static void check_stuck(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct request request = decision_request(fixture, "review D7 all well");
    struct review_body body = { .broken_by = "D1042", .rule = FIRST, .reason = TYPED };
    struct operation operation = { .id = "D7",
                                   .kind = "review",
                                   .state = "open",
                                   .is_stuck = true,
                                   .requester = { "slack", "U1", "T1", "ann" },
                                   .created_at_ms = DECISION_NOW_MS - HOUR_MS };
    struct question question;
    const void *arguments;
    struct card card = { 0 };
    struct outcome out;
    struct error err;

    (void)state;
    fixture->operations = &operation;
    fixture->operations_count = 1;
    deploy_assert_says(machine_review.holds_on, "`review`");
    machine_review.card(&fixture->view, &operation, &body, &card);
    deploy_assert_says(card.status, "stuck");
    deploy_assert_says(card.status, "review D7");
    assert_int_equal(card.tone, CARD_BAD);
    request.principal.id = "U2";
    assert_true(verb_review.asks(&fixture->view, &request, &question, &arguments, &err));
    assert_string_equal(question.operation, "D7");
    outcome_init(&out, fixture->arena, operation.id, "birth-7");
    machine_review.on_event(
        &fixture->view, &operation, &body,
        &(struct event){ .kind = EVENT_REQUEST, .name = "review", .request = &request, .arguments = arguments }, &out);
    assert_string_equal(out.state, "closed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_breaker),      cmocka_unit_test(check_old_record), cmocka_unit_test(check_approved),
        cmocka_unit_test(check_closed_twice), cmocka_unit_test(check_review),     cmocka_unit_test(check_stuck),
    };

    return ROWS(increase_rows, check_increase) + ROWS(begun_rows, check_begun) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
