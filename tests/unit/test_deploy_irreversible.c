/* What is irreversible keeps the traffic that it has, whatever is said of it; before that it is like anything else. */
#include "tests/unit/deploy_fixture.h"

#include "handlers/rollback/rollback.h"

#define NUMBERS_ARE(answer) EVENT_READING, "measure", .body = answer
#define UNANSWERED EVENT_TIMER, "unanswered"
#define INCREASE(how) EVENT_EFFECT, "traffic", .end = how
#define SERVICE(answer) EVENT_READING, "service", .body = answer
#define NO_SERVICE EVENT_READING, "service", .end = END_GAVE_UP
#define YIELD(by) EVENT_MESSAGE, MESSAGE_YIELD, .body = "{'target':'api/staging','by':'" by "','version':'v1.4.1'}"
#define OVER(by) EVENT_MESSAGE, MESSAGE_YIELD, .body = "{'target':'api/staging','by':'" by "','is_over':true}"
#define ABORT EVENT_REQUEST, "abort"
#define GLASS "`rollback api staging --break-glass TEXT` by `release-manager`"
#define KEPT "It is irreversible, so its traffic stays: `promote` or `retry` it, or " GLASS
#define REFUSED                                                                                                        \
    "D1042 (`v1.4.2`) is irreversible: older code cannot run on what it has changed, so its traffic goes "             \
    "back by nothing but " GLASS ". Nothing was done: `pause D1042` keeps it where it is."

static const struct row {
    const char *name, *state;
    int64_t step, percent;
    unsigned is; /* besides IRREVERSIBLE */
    enum event_kind kind;
    const char *event;
    enum event_end end;
    const char *body;
    const char *outcome; /* all of it: deploy_outcome_text */
    const char *held;    /* part of it; NULL: it is not */
    const char *said;    /* the reply, or the newest act */
    bool is_like_others; /* the very same becomes of what is not irreversible */
} rows[] = {
    /* ---- verdicts ---- */
    { "bad numbers hold it at 5 %", "baking", 0, 5, JUDGED, NUMBERS_ARE(ILL), .outcome = "- !slack.message",
      .held = KEPT },
    { "and at 25 %", "baking", 1, 25, JUDGED, NUMBERS_ARE(ILL), .outcome = "- !slack.message", .held = KEPT },
    { "and at 100 %", "watching", 2, 100, JUDGED, NUMBERS_ARE(ILL), .outcome = "- !slack.message", .held = KEPT },
    { "also while it is paused", "baking", 1, 25, JUDGED | PAUSED, NUMBERS_ARE(ILL), .outcome = "- !slack.message",
      .held = KEPT },
    { "what is held is held on, and nobody's silence counts any more", "baking", 1, 25, JUDGED | ANSWER_ASKED,
      NUMBERS_ARE(ILL), .outcome = "- !slack.message", .held = "of a reason" },
    { "what a right holds is held by its numbers", "baking", 1, 25, JUDGED | DENIED, NUMBERS_ARE(ILL),
      .outcome = "- !slack.message", .held = KEPT },
    { "where bad numbers hold anyway, they hold without a deadline", "baking", 1, 25, JUDGED | ON_FAIL_HOLDS,
      NUMBERS_ARE(ILL), .outcome = "- !slack.message", .held = "requests failed" },
    { "good numbers raise it like any other", "baking", 1, 25, JUDGED, NUMBERS_ARE(WELL), .outcome = "-",
      .is_like_others = true },
    { "nobody answers: it stays", "baking", 1, 25, JUDGED | ANSWER_ASKED | UNANSWERED_LONG, UNANSWERED,
      .outcome = "- !slack.message", .held = "of a reason" },

    /* ---- steps that are not made ---- */
    { "a step that is refused leaves it at the one before", "shifting", 1, 5, JUDGED, INCREASE(END_FAILED),
      .outcome = "baking !slack.message ?service ?measure @look+10s", .held = "the step to 25 % failed" },
    { "the first one ends it, like any other", "shifting", 0, 0, JUDGED, INCREASE(END_FAILED),
      .outcome = "failed =failed", .is_like_others = true },
    { "a step that never shows is people's to look at", "verifying", 1, 5, JUDGED | LATE, SERVICE(SERVES(AT_5)),
      .outcome = "failed =failed doubt" },
    { "also when nothing tells", "verifying", 1, 5, JUDGED | LATE, NO_SERVICE, .outcome = "failed =failed doubt" },
    { "one that no try made leaves it at the one before", "verifying", 1, 5, JUDGED | LATE | IN_DOUBT,
      SERVICE(SERVES(AT_5)), .outcome = "baking !slack.message ?service ?measure @look+10s",
      .held = "no try to switch it got through" },
    { "somebody else's split is left alone, like any other's", "baking", 1, 25, JUDGED, SERVICE(SERVES(FOREIGN)),
      .outcome = "failed ~revision ~traffic ~return =failed doubt", .is_like_others = true },

    /* ---- people ---- */
    { "nobody aborts it", "baking", 1, 25, JUDGED, ABORT, .outcome = "nothing", .said = REFUSED },
    { "nor while a step is made", "shifting", 1, 25, JUDGED, ABORT, .outcome = "nothing", .said = "is irreversible" },
    { "nor the first one", "shifting", 0, 0, JUDGED, ABORT, .outcome = "nothing", .said = "is irreversible" },
    { "nor while it is verified", "verifying", 0, 0, AT_ONCE, ABORT, .outcome = "nothing", .said = "is irreversible" },
    { "nor at the end of it", "handing-over", 2, 100, 0, ABORT, .outcome = "nothing", .said = "is irreversible" },
    { "before its first traffic anybody does who may", "checking", 0, 0, JUDGED, ABORT,
      .outcome = "aborted ~revision ~traffic ~return =aborted", .is_like_others = true },
    { "also in front of a first step that is not allowed", "shifting", 0, 0, DENIED, ABORT,
      .outcome = "aborted ~revision ~traffic ~return =aborted", .is_like_others = true },

    /* ---- a rollback ---- */
    { "one that breaks the glass takes it", "baking", 1, 25, JUDGED, YIELD("D1050"),
      .outcome = "aborted ~revision ~traffic ~return =aborted bad", .is_like_others = true },
    { "one that saw it without traffic does not: it is paused", "baking", 0, 5, JUDGED, YIELD("D1051"),
      .outcome = "- !slack.message", .said = "paused it at 5 %: D1051 was to roll it back, and broke no glass" },
    { "nor while its first step is made", "shifting", 0, 0, JUDGED, YIELD("D1051"), .outcome = "- !slack.message",
      .said = "paused it at 0 %" },
    { "nor one that nobody knows", "baking", 0, 5, JUDGED, YIELD("D9999"), .outcome = "- !slack.message",
      .said = "paused it at 5 %" },
    { "before its first traffic it gives way to any", "checking", 0, 0, JUDGED, YIELD("D1051"),
      .outcome = "aborted ~revision ~traffic ~return =aborted", .is_like_others = true },
    { "what was done without the store, with a glass, takes it", "baking", 1, 25, JUDGED, OVER("D1050"),
      .outcome = "returning ?service ~traffic bad", .is_like_others = true },
    { "what was done without one does not", "baking", 1, 25, JUDGED, OVER("D1051"), .outcome = "- !slack.message",
      .said = "paused it at 25 %" },
    { "what goes back already goes on", "returning", 1, 25, JUDGED, OVER("D1051"), .outcome = "nothing",
      .is_like_others = true },
};

#define CONFIGURATION DECISION_CONFIGURATION "  irreversible_glass: [release-manager]\n"

static void put_rollbacks(struct decision_fixture *fixture)
{
    struct operation *operations = arena_alloc(fixture->arena, 2 * sizeof(*operations));

    operations[0] = (struct operation){ .id = "D1050",
                                        .kind = "rollback",
                                        .state = "queued",
                                        .body = decision_json(fixture, "{'break_glass':'it eats the orders'}") };
    operations[1] = (struct operation){
        .id = "D1051", .kind = "rollback", .state = "queued", .body = decision_json(fixture, "{}")
    };
    fixture->operations = operations;
    fixture->operations_count = 2;
}

static void decide(const struct row *row, unsigned is, struct decision_fixture *fixture, struct outcome *out)
{
    const struct control_arguments arguments = { .operation = "D1042", .look = CONTROL_ANY_LOOK };
    struct deploy_body *body = deploy_body_made(fixture, row->step, row->percent, row->is | is);
    struct operation operation = deploy_operation_in(row->state);
    struct request request = { .id = "r9", .source = "slack", .principal = { "slack", "U1", "T1", "ann" } };
    struct event event = { .kind = row->kind, .name = row->event, .from = "engine", .end = row->end };

    body->observed_ms = 50 * SECOND_MS;
    body->observed_at_ms = DECISION_NOW_MS - SECOND_MS;
    deploy_body_judged(fixture, body);
    if (row->kind == EVENT_REQUEST) {
        event.request = &request;
        event.arguments = &arguments;
    }
    if (row->body)
        event.body = decision_json(fixture, row->body);
    if (strcmp(row->state, "returning") == 0)
        body->returning = "it failed";
    outcome_init(out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, out);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    const struct deploy_body *body;
    struct outcome out, others;
    const char *said;

    put_rollbacks(fixture);
    decide(row, IRREVERSIBLE, fixture, &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), row->outcome);
    body = out.body;
    if (row->held) {
        deploy_assert_says(body->held, row->held);
        assert_int_equal(body->held_until_ms, 0);
    }
    said = out.reply ? out.reply->text : body && body->acts_count ? body->acts[body->acts_count - 1].what : NULL;
    if (row->said)
        deploy_assert_says(said, row->said);
    decide(row, 0, fixture, &others);
    assert_int_equal(strcmp(deploy_outcome_text(&others, fixture->arena), row->outcome) == 0 &&
                         !(row->held && ((const struct deploy_body *)others.body)->held_until_ms == 0),
                     row->is_like_others);
}

/* It stayed for traffic that it might have had: it has none, so what waits for it goes first after all. */
static void without_traffic_it_gives_way_after_all(void **state)
{
    static const struct row yield = { "", "shifting", 0, 0, JUDGED, YIELD("D1051"), .outcome = "" };
    const char *first[] = { "D1051" };
    struct target target = { .name = "api/staging", .holder = "D1042", .waiting = first, .waiting_count = 1 };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct operation operation = deploy_operation_in("shifting");
    struct event unmade = { .kind = EVENT_EFFECT, .name = "traffic", .from = "engine", .end = END_CANCELLED };
    struct outcome out, second;

    (void)state;
    put_rollbacks(fixture);
    decide(&yield, IRREVERSIBLE, fixture, &out);
    outcome_init(&second, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, out.body, &unmade, &second);
    assert_null(second.result); /* nobody waits */
    fixture->targets = &target;
    fixture->targets_count = 1;
    outcome_init(&second, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, out.body, &unmade, &second);
    assert_string_equal(second.result, "aborted");
    deploy_assert_says(second.summary,
                       "D1051 rolls api/staging back, so this deploy gave way before it had any traffic");
    assert_null(second.bad);
}

/* It waits for what gives no way: whoever asked for it has to know, and what to type. */
static void the_rollback_that_waits_is_told(void **state)
{
    static const struct told_row {
        struct row row;
        const char *to; /* NULL: nobody */
    } told_rows[] = {
        { { "", "baking", 1, 25, JUDGED, YIELD("D1051"), .outcome = "" }, "D1051" },
        { { "", "baking", 1, 25, JUDGED, YIELD("D1050"), .outcome = "" }, NULL }, /* with a glass it gets its way */
        { { "", "baking", 1, 25, JUDGED, YIELD("D9999"), .outcome = "" }, NULL }, /* nobody knows it */
        { { "", "checking", 0, 0, JUDGED, YIELD("D1051"), .outcome = "" }, NULL },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(told_rows); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
        struct outcome out;

        put_rollbacks(fixture);
        decide(&told_rows[i].row, IRREVERSIBLE, fixture, &out);
        assert_int_equal(out.messages_count, told_rows[i].to != NULL);
        if (!told_rows[i].to)
            continue;
        assert_string_equal(out.messages[0].to, told_rows[i].to);
        assert_string_equal(out.messages[0].name, MESSAGE_KEPT_WAITING);
        assert_string_equal(json_find_string(out.messages[0].body, "text"),
                            "D1042 (`v1.4.2`) is irreversible: older code cannot run on what it has changed, so its "
                            "traffic goes back by nothing but " GLASS);
    }
}

/* Nobody would look at it again otherwise; but once is enough. */
static void whoever_is_on_call_is_told_once(void **state)
{
    static const struct row ill = { "", "baking", 1, 25, JUDGED, NUMBERS_ARE(ILL), .outcome = "" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct operation operation = deploy_operation_in("baking");
    struct event again = {
        .kind = EVENT_READING, .name = "measure", .from = "engine", .body = decision_json(fixture, ILL)
    };
    struct outcome out, second;

    (void)state;
    decide(&ill, IRREVERSIBLE, fixture, &out);
    assert_int_equal(out.effects_count, 1);
    assert_string_equal(out.effects[0].tag, "page");
    deploy_assert_says(json_find_string(out.effects[0].args, "reply.text"), "to api/staging is held: ");
    deploy_assert_says(json_find_string(out.effects[0].args, "reply.text"), KEPT);
    outcome_init(&second, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, out.body, &again, &second);
    assert_int_equal(second.effects_count, 0);
}

/* Its version is remembered as what it is, good or left. */
static void it_is_remembered(void **state)
{
    static const struct row good = { "", "watching", 2, 100, 0, EVENT_REQUEST, "promote", .outcome = "" };
    static const struct row left = { "", "baking", 1, 25, JUDGED, YIELD("D1050"), .outcome = "" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct outcome out;

    (void)state;
    put_rollbacks(fixture);
    decide(&good, IRREVERSIBLE, fixture, &out);
    assert_true(out.good->is_irreversible);
    decide(&good, 0, fixture, &out);
    assert_false(out.good->is_irreversible);
    decide(&left, IRREVERSIBLE, fixture, &out);
    assert_true(out.bad->is_irreversible);
}

static void the_last_owner_leaves_it_alone(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct operation operation = deploy_operation_in("baking");
    struct deploy_body *body = deploy_body_made(fixture, 1, 25, JUDGED | IRREVERSIBLE);
    const char *why;

    (void)state;
    operation.changed_at_ms = DECISION_NOW_MS;
    body->verdict = JUDGE_FAIL;
    assert_false(machine_deploy.may_go_on_alone(&fixture->view, &operation, body, "baking", NULL, &why));
    body->is_irreversible = false;
    assert_true(machine_deploy.may_go_on_alone(&fixture->view, &operation, body, "baking", NULL, &why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "without traffic it gives way after all", without_traffic_it_gives_way_after_all, NULL, NULL, NULL },
        { "the rollback that waits is told", the_rollback_that_waits_is_told, NULL, NULL, NULL },
        { "whoever is on call is told once", whoever_is_on_call_is_told_once, NULL, NULL, NULL },
        { "it is remembered as what it is", it_is_remembered, NULL, NULL, NULL },
        { "the last owner without a store leaves it alone", the_last_owner_leaves_it_alone, NULL, NULL, NULL },
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
