/* A rollout that a later deny holds is taken on by somebody who may break its glass: passed like what was passed at the
 * start, announced and reviewed in their name; everything else that is in the way stays there. */
#include "tests/unit/deploy_fixture.h"

#include "handlers/review.h"

#define GLASS "    - { deny: deploy, on: { environment: staging }, reason: a freeze, break_glass: release-manager }\n"
#define OTHER                                                                                                          \
    "    - { deny: deploy, on: { environment: staging }, reason: a fair, break_glass: [release-manager, developer] }\n"
#define WITHOUT_GLASS "    - { deny: deploy, on: { environment: staging }, reason: an audit }\n"
#define EVERYTHING                                                                                                     \
    "    - { deny: \"*\", on: { environment: staging }, reason: a flood, break_glass: release-manager }\n"
#define CLOSED "    - { require: { window: \"Mon UTC\" }, for: deploy }\n"
#define FOR_MANAGERS                                                                                                   \
    "    - { deny: deploy, on: { environment: staging }, reason: a fire, break_glass: release-manager }\n"
#define ONE_OF_THEM "    - { deny: deploy, reason: a freeze, break_glass: "
#define OTHER_OF_THEM "    - { deny: deploy, reason: a fair, break_glass: "
#define NO_RETRY "    - { deny: retry, to: release-manager, on: { environment: staging }, reason: a rest }\n"
#define RETRIES_TO "    - { allow: retry, on: { environment: staging }, to: "
#define FIRST "test.yaml:36" /* where the rules that are added stand */
#define SECOND "test.yaml:37"
#define TYPED "ann@example.com has a fever"
#define DEVELOPER "U1" /* who asked for the deploy, too */
#define MANAGER "U2"

static struct event request_event(struct decision_fixture *fixture, const char *verb, const char *who,
                                  const struct control_arguments *arguments)
{
    struct request *request = ARENA_NEW(fixture->arena, struct request);

    *request = decision_request(fixture, arena_printf(fixture->arena, "%s D1042", verb));
    request->id = "R-" TYPED;
    request->principal.id = who;
    return (struct event){ .kind = EVENT_REQUEST, .name = verb, .request = request, .arguments = arguments };
}

static void ask(struct decision_fixture *fixture, const char *state, const struct deploy_body *body,
                const struct event *event, struct outcome *out)
{
    struct operation operation = deploy_operation_in(state);

    outcome_init(out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, event, out);
}

static const struct row {
    const char *name, *verb, *who, *rules;
    const char *state;
    int64_t step, percent;
    unsigned is;
    const char *outcome, *reply; /* "NO " in front of a refusal */
    const char *turn;            /* its second line; NULL: whatever */
    const char *announced;       /* NULL: nothing was broken */
} rows[] = {
    { "whoever may break it takes it on", .verb = "retry", .who = MANAGER, .rules = GLASS, "baking", 1, 25, DENIED,
      "shifting !run.traffic", "*D1042* goes on to 100 %.", .announced = FIRST },
    { "so does `promote`, held or not", .verb = "promote", .who = MANAGER, .rules = GLASS, "baking", 0, 5, 0,
      "shifting !run.traffic", "*D1042* goes on to 25 %.", .announced = FIRST },
    { "the first step too", .verb = "retry", .who = MANAGER, .rules = GLASS, "shifting", 0, 0, DENIED | HELD,
      "shifting !run.traffic", "*D1042* goes on to 5 %.", .announced = FIRST },
    { "without the role it is refused, with the rule, and who has it", .verb = "retry", .who = DEVELOPER,
      .rules = GLASS, "baking", 1, 25, DENIED, "nothing",
      "NO No glass is broken for *D1042*: deploy of api in staging is denied: a freeze (" FIRST "). Nothing was done.",
      .turn = "It takes a release-manager to break that one." },
    { "who asked for the deploy needs it like anybody", .verb = "promote", .who = DEVELOPER, .rules = OTHER GLASS,
      "baking", 1, 25, DENIED, "nothing",
      "NO No glass is broken for *D1042*: deploy of api in staging is denied: a freeze (" SECOND ")",
      .turn = "It takes a release-manager to break that one." },
    { "several are broken at once", .verb = "retry", .who = MANAGER, .rules = GLASS OTHER, "baking", 1, 25, DENIED,
      "shifting !run.traffic", "*D1042* goes on to 100 %.", .announced = FIRST ", " SECOND },
    { "one without a glass stays", .verb = "retry", .who = MANAGER, .rules = GLASS WITHOUT_GLASS, "baking", 1, 25,
      DENIED, "nothing", "NO No glass is broken for *D1042*: deploy of api in staging is denied: an audit (" SECOND ")",
      .turn = "Nobody may, until the rule " SECOND " is changed." },
    { "a window is not passed, and then no glass is broken", .verb = "retry", .who = MANAGER, .rules = GLASS CLOSED,
      "baking", 1, 25, DENIED, "nothing",
      "NO No glass is broken for *D1042*: deploy of api in staging requires a time within Mon UTC (" SECOND ")",
      .turn = "The window opens Mon 00:00 UTC, in 2 days." },
    { "what denies the request itself is told with it, once", .verb = "retry", .who = MANAGER, .rules = EVERYTHING,
      "baking", 1, 25, DENIED, "shifting !run.traffic", "*D1042* goes on to 100 %.", .announced = FIRST },
    { "nothing is in the way: nothing is broken", .verb = "retry", .who = MANAGER, .rules = "", "baking", 1, 25, DENIED,
      "shifting !run.traffic", "*D1042* goes on to 100 %.",
      .turn = "No glass was needed, and none was broken: no rule denies it." },
    { "nor of a step that is judged anew", .verb = "retry", .who = MANAGER, .rules = "", "baking", 0, 5, JUDGED | HELD,
      "baking ?service ?measure @look+10s", "*D1042*: the step at 5 % is judged anew.",
      .turn = "No glass was needed, and none was broken: no rule denies it." },
    { "a step that is held for its numbers is judged anew, and what comes after it is free", .verb = "retry",
      .who = MANAGER, .rules = GLASS, "baking", 0, 5, JUDGED | HELD, "baking ?service ?measure @look+10s",
      "*D1042*: the step at 5 % is judged anew.", .announced = FIRST },
    { "what gets no more traffic needs none", .verb = "promote", .who = MANAGER, .rules = GLASS, "watching", 2, 100,
      JUDGED, "nothing",
      "NO D1042 gets no more traffic, so no glass is broken for it: it is at 100 % now. Nothing was done." },
    { "a paused one is resumed first", .verb = "retry", .who = MANAGER, .rules = GLASS, "baking", 0, 5, PAUSED | DENIED,
      "nothing", "NO D1042 is paused: `resume D1042` first. Nothing was done." },
    { "nothing is held", .verb = "retry", .who = MANAGER, .rules = GLASS, "baking", 0, 5, 0, "nothing",
      "NO D1042 is not held, so there is nothing to try again" },
    { "what goes back stays so", .verb = "promote", .who = MANAGER, .rules = GLASS, "returning", 1, 25, 0, "nothing",
      "NO D1042 cannot `promote` now: its traffic goes back. Nothing was done." },
};

static const struct wanted_journal *find_note(const struct outcome *out, const char *kind)
{
    for (size_t i = 0; i < out->journal_count; i++)
        if (strcmp(out->journal[i].kind, kind) == 0)
            return &out->journal[i];
    return NULL;
}

/* In the name of whoever broke it; their words are beside the entry, never in it. */
static void assert_announced(const struct outcome *out, const struct row *row, struct arena *arena)
{
    const struct wanted_journal *note = find_note(out, "deploy.glass_broken");
    const struct deploy_body *after = out->body;

    assert_string_equal(json_find_string(note->body, "rule"), row->announced);
    assert_null(strstr(json_print_in(arena, note->body), TYPED));
    assert_string_equal(json_find_string(note->personal, "reason"), TYPED);
    assert_string_equal(json_find_string(note->personal, "principal"), row->who);
    assert_string_equal(out->requests[0].verb, verb_review_opened.name);
    assert_string_equal(out->requests[0].requester->id, row->who);
    assert_string_equal(out->requests[0].request_id, "R-" TYPED);
    deploy_assert_says(out->requests[0].words[0], row->announced);
    assert_string_equal(after->glasses[after->glasses_count - 1].by.id, row->who);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_FREE char *text = deploy_with_rule(row->rules);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    const struct control_arguments arguments = { .operation = "D1042", .look = CONTROL_ANY_LOOK, .break_glass = TYPED };
    struct event event = request_event(fixture, row->verb, row->who, &arguments);
    bool is_refused = strncmp(row->reply, "NO ", 3) == 0;
    struct outcome out;

    ask(fixture, row->state, deploy_body_made(fixture, row->step, row->percent, row->is), &event, &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), row->outcome);
    assert_int_equal(out.reply->is_refusal, is_refused);
    deploy_assert_says(out.reply->text, row->reply + (is_refused ? 3 : 0));
    if (row->turn)
        assert_string_equal(out.reply->lines[0], row->turn);
    assert_int_equal(out.requests_count, row->announced != NULL);
    assert_int_equal(find_note(&out, "deploy.glass_broken") != NULL, row->announced != NULL);
    if (row->announced)
        assert_announced(&out, row, fixture->arena);
}

static const char *field(const struct card *card, const char *name)
{
    for (size_t i = 0; i < card->fields_count; i++)
        if (strcmp(card->fields[i].name, name) == 0)
            return card->fields[i].value;
    return NULL;
}

/* From then on the increases pass it, and the same is not announced twice; what comes later still holds. */
static void it_stays_broken(void **state)
{
    AUTO_FREE char *text = deploy_with_rule(GLASS), *later = deploy_with_rule(OTHER GLASS);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text), *reloaded = decision_create(later);
    const struct control_arguments arguments = { .operation = "D1042", .look = CONTROL_ANY_LOOK, .break_glass = TYPED };
    struct operation operation = deploy_operation_in("baking");
    struct event event = request_event(fixture, "retry", MANAGER, &arguments);
    struct outcome first, again;
    struct error err;

    (void)state;
    ask(fixture, "baking", deploy_body_made(fixture, 0, 5, DENIED), &event, &first);
    assert_true(machine_deploy.may_increase(&fixture->view, &operation, first.body, NULL, &err));
    ask(fixture, "baking", first.body, &event, &again);
    assert_int_equal(again.requests_count, 0);
    assert_false(machine_deploy.may_increase(&reloaded->view, &operation, first.body, NULL, &err));
    deploy_assert_says(err.message, "a fair (" FIRST ")");
}

static struct outcome retry(struct decision_fixture *fixture, const struct deploy_body *body)
{
    const struct control_arguments arguments = { .operation = "D1042", .look = CONTROL_ANY_LOOK, .break_glass = TYPED };
    struct event event = request_event(fixture, "retry", MANAGER, &arguments);
    struct outcome out;

    ask(fixture, "baking", body, &event, &out);
    return out;
}

/* What denies `retry` itself is broken with each one, and kept once. */
static void it_is_kept_once(void **state)
{
    AUTO_FREE char *text = deploy_with_rule(EVERYTHING);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct deploy_body *body = deploy_body_made(fixture, 0, 5, DENIED);

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct outcome out = retry(fixture, body);

        assert_int_equal(out.requests_count, 1);
        body->glasses = ((const struct deploy_body *)out.body)->glasses;
        body->glasses_count = ((const struct deploy_body *)out.body)->glasses_count;
        assert_int_equal(body->glasses_count, 1);
    }
}

/* ---- two denies on one line of the file ---- */

#define ON_ONE_LINE(first, second)                                                                                     \
    "  rules: [ { allow: [deploy, retry], to: [developer, release-manager] }, { deny: deploy, reason: a freeze" first  \
    " }, { deny: deploy, reason: a fair" second " } ]\n"
#define BY_MANAGER ", break_glass: release-manager"
#define BY_DEVELOPER ", break_glass: developer"

static struct decision_fixture *with_rules(const char *rules)
{
    AUTO_FREE char *text = deploy_with_rule(rules);
    char *from = strstr(text, "  rules:\n");

    memmove(from, text + strlen(text) - strlen(rules), strlen(rules) + 1);
    return decision_create(text);
}

static void both_on_one_line_are_broken(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = with_rules(ON_ONE_LINE(BY_MANAGER, BY_MANAGER));
    struct operation operation = deploy_operation_in("baking");
    struct outcome out = retry(fixture, deploy_body_made(fixture, 1, 25, DENIED));
    struct error err;

    (void)state;
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), "shifting !run.traffic");
    assert_int_equal(((const struct deploy_body *)out.body)->glasses_count, 2);
    assert_true(machine_deploy.may_increase(&fixture->view, &operation, out.body, NULL, &err));
}

/* The one that is told, and whom that one takes. */
static void each_on_one_line_has_its_own_glass(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = with_rules(ON_ONE_LINE(BY_MANAGER, BY_DEVELOPER)),
                                          *without = with_rules(ON_ONE_LINE(BY_MANAGER, ""));
    struct operation operation = deploy_operation_in("baking");
    struct outcome out = retry(fixture, deploy_body_made(fixture, 1, 25, DENIED));
    struct card card = { 0 };

    (void)state;
    deploy_assert_says(out.reply->text, "is denied: a fair");
    assert_string_equal(out.reply->lines[0], "It takes a developer to break that one.");
    machine_deploy.card(&without->view, &operation, deploy_body_made(without, 1, 25, DENIED), &card);
    assert_null(field(&card, "To break the glass"));
}

/* ---- the request ---- */

static const struct typed_row {
    const char *name, *line, *kind, *body;
    const char *glass; /* NULL: none was asked for */
    const char *error; /* NULL: it is a good request */
} typed_rows[] = {
    { "with a reason", "retry D1042 --break-glass 'it burns'", "deploy", "{}", "it burns", NULL },
    { "promote too", "promote D1042 --break-glass 'it burns'", "deploy", "{}", "it burns", NULL },
    { "without it nothing is passed", "retry D1042", "deploy", "{}", NULL, NULL },
    { "a blank reason is none", "retry D1042 --break-glass ' '", "deploy", "{}", NULL, "takes a reason" },
    { "no other verb takes it", "resume D1042 --break-glass why", "deploy", "{}", NULL, "break-glass" },
    { "nor `abort`", "abort D1042 --break-glass why", "deploy", "{}", NULL, "break-glass" },
    { "a program is asked about once", "retry D1042 --break-glass why", "deploy", "{'program':{}}", NULL,
      "is for what a rule can hold half-way, such as a rollout or a run: `retry` of D1042 is nothing of that kind" },
    { "so is a workflow", "promote D1042 --break-glass why", "deploy", "{'workflow':{}}", NULL, "of D1042 is nothing of that kind" },
    { "what is no deploy gets no traffic", "retry D1042 --break-glass why", "rollback", "{}", NULL, "of D1042 is nothing of that kind" },
};

static void check_typed(void **state)
{
    const struct typed_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = deploy_operation_in("baking");
    struct request request = decision_request(fixture, row->line);
    const struct verb *verb = verb_find(verbs, request.verb);
    const struct control_arguments *arguments;
    const void *taken = NULL;
    struct question question = { 0 };
    struct error err = { 0 };

    operation.kind = row->kind;
    operation.body = decision_json(fixture, row->body);
    fixture->operations = &operation;
    fixture->operations_count = 1;
    assert_int_equal(verb->asks(&fixture->view, &request, &question, &taken, &err), row->error == NULL);
    if (row->error) {
        deploy_assert_says(err.message, row->error);
        return;
    }
    arguments = taken;
    if (!row->glass) {
        assert_null(arguments->break_glass);
        assert_null(question.break_glass);
        return;
    }
    assert_string_equal(arguments->break_glass, row->glass);
    assert_string_equal(question.break_glass, row->glass);
}

/* ---- the card, and the answer to a `retry` without it ---- */

static const struct told_row {
    const char *name, *rules;
    unsigned is;
    const char *told; /* NULL: nothing */
} told_rows[] = {
    { "whom it may help", GLASS, DENIED, "it takes a release-manager: `retry D1042 --break-glass TEXT`" },
    { "who has to be both", OTHER GLASS, DENIED,
      "it takes release-manager or developer, who is also a release-manager: `retry D1042 --break-glass TEXT`" },
    { "the same is said once", GLASS FOR_MANAGERS, DENIED,
      "it takes a release-manager: `retry D1042 --break-glass TEXT`" },
    { "a role of which nobody may `retry` is not named", NO_RETRY OTHER, DENIED,
      "it takes a developer: `retry D1042 --break-glass TEXT`" },
    { "where none of them may, nobody is sent for", NO_RETRY GLASS, DENIED, NULL },
    { "whose name begins another's is another",
      RETRIES_TO "slack:U12 }\n" ONE_OF_THEM "slack:U12 }\n" OTHER_OF_THEM "slack:U1 }\n", DENIED,
      "it takes slack:U12, who is also slack:U1: `retry D1042 --break-glass TEXT`" },
    { "one of them has none", GLASS WITHOUT_GLASS, DENIED, NULL },
    { "no glass opens a window", GLASS CLOSED, DENIED, NULL },
    { "nothing denies it", "", DENIED, NULL },
    { "it is held for its numbers", GLASS, HELD, NULL },
    { "it is paused", GLASS, DENIED | PAUSED, NULL },
};

static void check_told(void **state)
{
    const struct told_row *row = *state;
    AUTO_FREE char *text = deploy_with_rule(row->rules);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    const struct control_arguments arguments = { .operation = "D1042", .look = CONTROL_ANY_LOOK };
    struct operation operation = deploy_operation_in("baking");
    struct deploy_body *body = deploy_body_made(fixture, 1, 25, row->is);
    struct event event = request_event(fixture, "retry", MANAGER, &arguments);
    struct card card = { 0 };
    struct outcome out;

    machine_deploy.card(&fixture->view, &operation, body, &card);
    if (!row->told) {
        assert_null(field(&card, "To break the glass"));
        return;
    }
    assert_string_equal(field(&card, "To break the glass"), row->told);
    ask(fixture, "baking", body, &event, &out);
    deploy_assert_says(out.reply->lines[0], row->told);
}

static void no_glass_lifts_the_halt(void **state)
{
    AUTO_FREE char *text = deploy_with_rule(GLASS);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct operation operation = deploy_operation_in("baking");
    struct operation halt = { .id = "D5",
                              .kind = "halt",
                              .schema = 1,
                              .state = "halted",
                              .requester = { "slack", "U9", "T1", NULL },
                              .body = decision_json(fixture, "{'reason':'a fire'}") };
    struct deploy_body *body = deploy_body_made(fixture, 1, 25, DENIED);
    struct card held = { 0 }, free = { 0 };

    (void)state;
    machine_deploy.card(&fixture->view, &operation, body, &free);
    assert_non_null(field(&free, "To break the glass"));
    fixture->operations = &halt;
    fixture->operations_count = 1;
    machine_deploy.card(&fixture->view, &operation, body, &held);
    assert_null(field(&held, "To break the glass"));
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(it_stays_broken),
        cmocka_unit_test(it_is_kept_once),
        cmocka_unit_test(both_on_one_line_are_broken),
        cmocka_unit_test(each_on_one_line_has_its_own_glass),
        cmocka_unit_test(no_glass_lifts_the_halt),
    };

    return ROWS(rows, check_row) + ROWS(typed_rows, check_typed) + ROWS(told_rows, check_told) +
           cmocka_run_group_tests(others, NULL, NULL);
}
