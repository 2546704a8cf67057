/* A deny that somebody passes by breaking its glass: only what was announced is passed, each rule is reviewed once, and
 * what people typed stays erasable. */
#include "tests/unit/deploy_fixture.h"

#include "handlers/review.h"

#define GLASS "    - { deny: deploy, on: { environment: staging }, reason: a freeze, break_glass: developer }\n"
#define OTHER "    - { deny: deploy, on: { environment: staging }, reason: a fair, break_glass: developer }\n"
#define NOT_THEIRS                                                                                                     \
    "    - { deny: deploy, on: { environment: staging }, reason: an audit, break_glass: release-manager }\n"
#define NO_VERSION_OF_OURS "    - { require: { version: \"v9.*\" }, for: deploy }\n"
#define CONSENT "    - { require: { approvals: { count: 1, from: release-manager } }, for: deploy }\n"
#define FIRST "test.yaml:36" /* where the rules that are added stand */
#define SECOND "test.yaml:37"
#define TYPED "ann@example.com has a fever"

static struct deploy_body *body_of(struct decision_fixture *fixture, unsigned is, const char *const *broken,
                                   size_t count)
{
    struct deploy_body *body = deploy_body_made(fixture, is & AT_ONCE ? 0 : 1, is & AT_ONCE ? 0 : 25, is);

    body->break_glass = TYPED;
    for (size_t i = 0; i < count && broken[i]; i++)
        *ARENA_PUSH(fixture->arena, body->broken, body->broken_count) = broken[i];
    return body;
}

static void decide(struct decision_fixture *fixture, const char *state, const struct deploy_body *body,
                   struct event event, struct outcome *out)
{
    struct operation operation = deploy_operation_in(state);

    outcome_init(out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, out);
}

/* ---- an increase ---- */

static const struct increase_row {
    const char *name, *rules;
    const char *broken[2];
    const char *why; /* NULL: it may */
} increase_rows[] = {
    { "what was announced stays passed", GLASS, { FIRST }, NULL },
    { "what nobody was told of denies", GLASS, { NULL }, "deploy of api in staging is denied: a freeze (" FIRST ")" },
    { "a glass broken for another rule is another's", GLASS, { SECOND }, "a freeze (" FIRST ")" },
    { "one that came later denies beside one that was passed", GLASS OTHER, { FIRST }, "a fair (" SECOND ")" },
    { "both stay passed", GLASS OTHER, { SECOND, FIRST }, NULL },
    { "whoever may not break it, does not", NOT_THEIRS, { FIRST }, "an audit (" FIRST ")" },
    { "nothing is in the way", "", { FIRST }, NULL },
};

static void check_increase(void **state)
{
    const struct increase_row *row = *state;
    AUTO_FREE char *text = deploy_with_rule(row->rules);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct deploy_body *body = body_of(fixture, 0, row->broken, ARRAY_LEN(row->broken));
    struct operation operation = deploy_operation_in("baking");
    struct error err = { 0 };

    assert_int_equal(machine_deploy.may_increase(&fixture->view, &operation, body, NULL, &err), row->why == NULL);
    if (row->why)
        deploy_assert_says(err.message, row->why);
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
      "awaiting-approval !slack.message @unapproved+4h",
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
    assert_int_equal(after->broken_count, row->broken_count);
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
    assert_string_equal(json_find_string(find_note(&out, "review.closed")->personal, "found"), TYPED);
    assert_true(shape_find(&review_body_shape, str_of("found"))->flags & SHAPE_PERSONAL);
    assert_true(shape_find(&review_body_shape, str_of("reason"))->flags & SHAPE_PERSONAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_approved),
        cmocka_unit_test(check_review),
    };

    return ROWS(increase_rows, check_increase) + ROWS(begun_rows, check_begun) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
