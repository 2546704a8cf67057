/* `rotate`: what can be rotated, by which runbook, and that it is the run of that one. */
#include "tests/unit/runbook_fixture.h"

#define ROTATED                                                                                                        \
    RUNBOOK_SERVICES                                                                                                   \
    "runbooks:\n"                                                                                                      \
    "  - { name: rotate-db, rotates: db-password, args: [{ name: how, one_of: [now, later], default: now }], steps: "  \
    "[{ run: [rotate, \"{how}\"] }] }\n"                                                                               \
    "  - { name: rotate-key, rotates: api-key, target: api/production, destructive: true, steps: [{ run: [rotate] }] " \
    "}\n"                                                                                                              \
    "  - { name: asks, steps: [{ run: [one] }] }\n"
#define ALLOWS(verbs) ROTATED "policy: { rules: [{ allow: " verbs ", to: everyone }] }\n"

static const struct asked_row {
    const char *name, *line, *answer;
} asked_rows[] = {
    { "what there is", "rotate",
      "Secrets that you may rotate:\n"
      "`rotate db-password`, by the runbook `rotate-db`: when it was last is not known\n"
      "`rotate api-key`, by the runbook `rotate-key`: when it was last is not known" },
    { "a slip", "rotate db-pasword", "MISUSED No runbook rotates `db-pasword`. Did you mean `db-password`?" },
    { "the runbook's name is not the secret's", "rotate rotate-db", "MISUSED No runbook rotates `rotate-db`" },
    { "a runbook that rotates nothing", "rotate asks", "MISUSED No runbook rotates `asks`. Nothing was done" },
    { "a dry run", "rotate db-password how=later --dry-run",
      "`run rotate-db how=later` would do this; nothing was run:\n1: run `rotate later`, for 5 min at most" },
    { "a value that is none", "rotate db-password how=never", "MISUSED `how` cannot be `never`" },
    { "an unknown option", "rotate db-password --dryrun", "MISUSED" },
    { "a destructive one", "rotate api-key", "REFUSED `run rotate-key` is destructive" },
    { "with a slip", "rotate api-key --confirm api/prod", "MISUSED `--confirm api/prod` is not the name" },
};

static void check_asked(void **state)
{
    const struct asked_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(ALLOWS("\"*\""));
    struct outcome out;
    const char *answer = decision_answer(fixture, &verb_rotate, row->line, &out);

    if (!str_starts_with(str_of(answer), row->answer))
        assert_string_equal(answer, row->answer);
    assert_false(out.begins);
}

static void it_is_the_run_of_that_runbook(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(ALLOWS("\"*\""));
    struct outcome out;

    (void)state;
    (void)decision_answer(fixture, &verb_rotate, "rotate db-password", &out);
    assert_true(out.begins);
    assert_string_equal(out.kind, "runbook");
    assert_string_equal(((const struct runbook_body *)out.body)->runbook, "rotate-db");
}

static void its_card_names_the_secret_and_the_schedule(void **state)
{
    struct run_play play = run_begin(ALLOWS("\"*\""), "run rotate-db", NULL);
    struct card card = { .title = NULL };

    (void)state;
    play.operation.requester = (struct principal){ .system = "schedule", .id = "nightly" };
    machine_runbook.card(&play.fixture->view, &play.operation, play.body, &card);
    assert_string_equal(card.title, "Rotate db-password by rotate-db");
    assert_string_equal(card.fields[0].name, "Asked by");
    assert_string_equal(card.fields[0].value, "the schedule `nightly`");
    run_finish(&play);
}

/* ---- policy ---- */

static const struct policy_row {
    const char *name, *configuration;
    const struct verb *verb;
    const char *line, *asked;
    bool is_allowed;
} policy_rows[] = {
    { "rotate is asked for", ALLOWS("rotate"), &verb_rotate, "rotate db-password", "rotate", true },
    { "also of the runbook by its own name", ALLOWS("run"), &verb_run, "run rotate-db", "rotate", false },
    { "and by the secret's", ALLOWS("run"), &verb_rotate, "rotate db-password", "rotate", false },
    { "another runbook is run", ALLOWS("rotate"), &verb_run, "run asks", "run", false },
    { "a list is help", ALLOWS("rotate"), &verb_rotate, "rotate", "help", false },
};

static void check_policy(void **state)
{
    const struct policy_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(row->configuration);
    struct request request = decision_request(fixture, row->line);
    const struct facts facts = view_facts(&fixture->view);
    struct question question;
    const void *arguments;
    struct error err;

    assert_true(row->verb->asks(&fixture->view, &request, &question, &arguments, &err));
    assert_string_equal(question.verb, row->asked);
    assert_int_equal(policy_decide(fixture->view.policy, &question, &facts, POLICY_WHOLE).verdict == VERDICT_ALLOW,
                     row->is_allowed);
}

/* ---- when it was last ---- */

static void the_last_run_is_told_whoever_asked_for_it(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(ALLOWS("\"*\""));
    const struct operation ended[] = {
        { .id = "D9",
          .kind = "runbook",
          .result = "refused",
          .body = decision_json(fixture, "{'runbook':'rotate-db'}") },
        { .id = "D8", .kind = "deploy", .result = "done", .body = decision_json(fixture, "{}") },
        { .id = "D7",
          .kind = "runbook",
          .result = "failed",
          .ended_at_ms = DECISION_NOW_MS - 3 * DAY_MS,
          .body = decision_json(fixture, "{'runbook':'rotate-db'}") },
    };
    struct outcome out;

    (void)state;
    fixture->ended = ended;
    fixture->ended_count = ARRAY_LEN(ended);
    if (!strstr(decision_answer(fixture, &verb_rotate, "rotate", &out), "`rotate-db`: last 3 days ago, *D7*, failed"))
        fail_msg("%s", decision_answer(fixture, &verb_rotate, "rotate", &out));
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(it_is_the_run_of_that_runbook),
        cmocka_unit_test(its_card_names_the_secret_and_the_schedule),
        cmocka_unit_test(the_last_run_is_told_whoever_asked_for_it),
    };

    return ROWS(asked_rows, check_asked) + ROWS(policy_rows, check_policy) +
           cmocka_run_group_tests_name("rotate", others, NULL, NULL);
}
