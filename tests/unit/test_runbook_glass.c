/* A run past a deny, by a broken glass: as it begins, as its target is granted, before each step, and once it is held.
 */
#include "tests/unit/runbook_fixture.h"

#include "handlers/review.h"

#include <string.h>

#define POLICY(rules)                                                                                                  \
    RUNBOOK_SERVICES RUNBOOKS "policy:\n"                                                                              \
                              "  roles:\n"                                                                             \
                              "    - { name: lead, members: [\"slack:U1\"] }\n"                                        \
                              "    - { name: captain, members: [\"slack:U2\"] }\n"                                     \
                              "  rules:\n"                                                                             \
                              "    - { allow: [run, retry, abort, approve], to: everyone }\n" rules
#define FREEZE(who) "    - { deny: run, reason: a freeze, break_glass: " who " }\n"
#define FAIR(who) "    - { deny: run, on: { runbook: asks }, reason: a fair, break_glass: " who " }\n"
#define CONSENT "    - { require: { approvals: { from: captain } }, for: run }\n"
#define TYPED "carol has a fever"
#define FIRE " --break-glass '" TYPED "'"

/* ---- as it begins ---- */

static const struct begun_row {
    const char *name, *rules, *line;
    const char *wants; /* NULL: it does not begin */
    const char *says;
    bool is_broken;
} begun_rows[] = {
    { "a freeze refuses it", FREEZE("lead"), "run asks", NULL, "You may break the glass: `--break-glass \"why\"`",
      false },
    { "a broken glass passes it", FREEZE("lead"), "run asks" FIRE, "launching !program.start +review-opened",
      "by a broken glass: that is announced", true },
    { "for somebody with the role alone", FREEZE("captain"), "run asks" FIRE, NULL,
      "It takes a captain to break the glass", false },
    { "one that nothing needs is told so", "", "run asks" FIRE, "launching !program.start",
      "No glass was needed, and none was broken", false },
    { "it takes a reason", FREEZE("lead"), "run asks --break-glass ' '", NULL, "`--break-glass` takes a reason",
      false },
    { "it gives no consent", FREEZE("lead") CONSENT, "run asks" FIRE,
      "awaiting-approval +review-opened @unapproved @ask", "by a broken glass: when it begins that is announced",
      true },
    { "it waits for its target like any", FREEZE("lead"), "run placed" FIRE, "queued +review-opened claims",
      "by a broken glass", true },
    { "a dry run breaks none", FREEZE("lead"), "run asks --dry-run" FIRE, NULL, "nothing was run", false },
};

static size_t noted(const struct run_play *play)
{
    size_t count = 0;

    for (size_t i = 0; i < play->out.journal_count; i++)
        if (strcmp(play->out.journal[i].kind, "runbook.glass_broken") == 0) {
            assert_null(strstr(json_print_in(play->fixture->arena, play->out.journal[i].body), TYPED));
            assert_non_null(json_find_string(play->out.journal[i].personal, "reason"));
            count++;
        }
    return count;
}

/* It outlives the call that asked for it. */
static void check_reviewed(const struct run_play *play)
{
    assert_int_equal(play->out.requests_count, 1);
    assert_string_equal(play->out.requests[0].requester->system, "slack");
    assert_string_equal(play->out.requests[0].requester->id, "U1");
}

static void check_begun(void **state)
{
    const struct begun_row *row = *state;
    char text[8192];
    struct card card = { 0 };
    const char *answer;
    struct run_play play;

    snprintf(text, sizeof(text), "%s%s", POLICY(""), row->rules);
    play = run_begin(text, row->line, &answer);
    if (!strstr(answer, row->says))
        fail_msg("no '%s' in: %s", row->says, answer);
    assert_int_equal(play.out.begins, row->wants != NULL);
    assert_int_equal(noted(&play), row->is_broken);
    if (row->is_broken)
        check_reviewed(&play);
    if (row->wants) {
        assert_string_equal(run_wants(&play), row->wants);
        assert_int_equal(play.body->glass.denies_count, row->is_broken);
        machine_runbook.card(&play.fixture->view, &play.operation, play.body, &card);
        if (row->is_broken)
            assert_string_equal(decision_field(&card, "Broken glass"), TYPED);
        else
            assert_null(decision_field(&card, "Broken glass"));
    }
    run_finish(&play);
}

/* ---- once it has begun ---- */

static struct run_play frozen_later(const char *line, const char *before, const char *after,
                                    struct decision_fixture **ret_later)
{
    struct run_play play = run_begin(before, line, NULL);

    *ret_later = decision_create(after);
    play.fixture->view.policy = (*ret_later)->view.policy; /* a reload */
    return play;
}

static void tell(struct run_play *play, const char *story)
{
    struct str rest = str_of(story);

    while (!str_is_empty(rest))
        run_tell(play, str_take_word(&rest));
}

static void what_was_passed_is_passed_at_each_step(void **state)
{
    struct run_play play = run_begin(POLICY(FREEZE("lead")), "run asks" FIRE, NULL);
    struct error err;

    (void)state;
    assert_int_equal(noted(&play), 1);
    assert_true(machine_runbook.may_increase(&play.fixture->view, &play.operation, play.body, NULL, &err));
    tell(&play, "started exit:0");
    assert_string_equal(run_wants(&play), "launching !program.start");
    assert_int_equal(noted(&play), 0);
    assert_true(machine_runbook.may_increase(&play.fixture->view, &play.operation, play.body, NULL, &err));
    run_finish(&play);
}

/* While it waits for its target nothing of it has begun: by the same reason. */
static void what_came_while_it_waited_is_passed_and_announced(void **state)
{
    struct decision_fixture *later;
    struct run_play play = frozen_later("run placed" FIRE, POLICY(""), POLICY(FREEZE("lead")), &later);

    (void)state;
    tell(&play, "granted");
    assert_string_equal(run_wants(&play), "launching !program.start +review-opened");
    assert_int_equal(noted(&play), 1);
    run_finish(&play);
    decision_destroy(later);
}

static const char *retried(struct run_play *play, const char *user, const char *reason)
{
    struct request request = decision_request(play->fixture, "retry D7");
    struct control_arguments arguments = { .operation = "D7", .look = CONTROL_ANY_LOOK, .break_glass = reason };
    const char *text;

    request.principal.id = user;
    run_send(play,
             (struct event){ .kind = EVENT_REQUEST, .name = "retry", .request = &request, .arguments = &arguments },
             NULL);
    text = play->out.reply->text;
    for (size_t i = 0; i < play->out.reply->lines_count; i++)
        text = arena_printf(play->fixture->arena, "%s\n%s", text, play->out.reply->lines[i]);
    return text;
}

static void a_deny_that_comes_later_holds_it_until_its_glass_is_broken(void **state)
{
    struct decision_fixture *later;
    struct run_play play = frozen_later("run asks" FIRE, POLICY(""), POLICY(FREEZE("captain") FAIR("captain")), &later);
    struct card card = { 0 };
    struct error err;

    (void)state;
    assert_false(machine_runbook.may_increase(&play.fixture->view, &play.operation, play.body, NULL, &err));
    tell(&play, "started exit:0");
    assert_string_equal(run_wants(&play), "held");
    machine_runbook.card(&play.fixture->view, &play.operation, play.body, &card);
    assert_string_equal(decision_field(&card, "To break the glass"),
                        "it takes a captain: `retry D7 --break-glass TEXT`");
    assert_non_null(strstr(retried(&play, "U1", TYPED), "It takes a captain to break that one."));
    assert_string_equal(run_wants(&play), "held");
    assert_int_equal(noted(&play), 0);
    retried(&play, "U2", TYPED);
    assert_string_equal(run_wants(&play), "launching !program.start +review-opened");
    assert_int_equal(noted(&play), 1);
    assert_int_equal(play.body->glass.denies_count, 2);
    assert_string_equal(play.body->glass.denies[0].by.id, "U2");
    assert_true(machine_runbook.may_increase(&play.fixture->view, &play.operation, play.body, NULL, &err));
    run_finish(&play);
    decision_destroy(later);
}

static void a_glass_that_a_held_step_does_not_need_is_told_so(void **state)
{
    struct decision_fixture *later;
    struct run_play play = frozen_later("run asks", POLICY(""), POLICY(FREEZE("lead")), &later);
    const struct policy *frozen = play.fixture->view.policy;
    AUTO_DECISION struct decision_fixture *free_again = decision_create(POLICY(""));

    (void)state;
    tell(&play, "started exit:0");
    assert_ptr_equal(play.fixture->view.policy, frozen);
    assert_string_equal(play.operation.state, "held");
    play.fixture->view.policy = free_again->view.policy;
    assert_non_null(strstr(retried(&play, "U1", TYPED), "No glass was needed, and none was broken"));
    assert_string_equal(run_wants(&play), "launching !program.start");
    assert_int_equal(noted(&play), 0);
    run_finish(&play);
    decision_destroy(later);
}

/* A program that is made once more, as nobody knows how it ended: what policy let the request pass by a glass is told. */
static void a_step_in_doubt_is_made_again_past_a_deny(void **state)
{
    static const char *const rules[] = { FREEZE("captain"),
                                         "    - { deny: retry, reason: a freeze, break_glass: captain }\n" };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        char after[8192];
        struct decision_fixture *later;
        struct run_play play;

        snprintf(after, sizeof(after), "%s%s", POLICY(""), rules[i]);
        play = frozen_later("run asks", POLICY(""), after, &later);
        tell(&play, "started lost");
        assert_string_equal(play.operation.state, "doubting");
        if (i == 0) /* the request itself the engine refuses */
            assert_non_null(strstr(retried(&play, "U1", TYPED), "It takes a captain to break that one."));
        assert_string_equal(play.operation.state, "doubting");
        assert_int_equal(noted(&play), 0);
        assert_non_null(strstr(retried(&play, "U2", TYPED), "runs step 1 again"));
        assert_string_equal(run_wants(&play), "launching !program.start +review-opened");
        assert_int_equal(noted(&play), 1);
        assert_int_equal(play.body->glass.denies_count, 1);
        assert_string_equal(play.body->glass.denies[0].by.id, "U2");
        run_finish(&play);
        decision_destroy(later);
    }
}

/* As it is typed: `retry` takes a glass for a run, `promote` for none. */
static void who_types_it_is_asked_like_any(void **state)
{
    struct run_play play = run_begin(POLICY(""), "run asks", NULL);
    struct question question;
    const void *arguments;
    struct request request;
    struct error err;

    (void)state;
    play.operation.body = shape_to_json(&runbook_body_shape, play.body, SHAPE_WHOLE);
    play.fixture->operations = &play.operation;
    play.fixture->operations_count = 1;
    request = decision_request(play.fixture, "retry D7" FIRE);
    if (!verb_retry.asks(&play.fixture->view, &request, &question, &arguments, &err))
        fail_msg("%s", err.message);
    assert_string_equal(question.break_glass, TYPED);
    request = decision_request(play.fixture, "promote D7" FIRE);
    assert_false(verb_promote.asks(&play.fixture->view, &request, &question, &arguments, &err));
    assert_non_null(strstr(err.message, "is for what a rule can hold half-way"));
    cJSON_Delete((cJSON *)(uintptr_t)play.operation.body);
    run_finish(&play);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(what_was_passed_is_passed_at_each_step),
        cmocka_unit_test(what_came_while_it_waited_is_passed_and_announced),
        cmocka_unit_test(a_deny_that_comes_later_holds_it_until_its_glass_is_broken),
        cmocka_unit_test(a_glass_that_a_held_step_does_not_need_is_told_so),
        cmocka_unit_test(a_step_in_doubt_is_made_again_past_a_deny),
        cmocka_unit_test(who_types_it_is_asked_like_any),
    };

    return ROWS(begun_rows, check_begun) + cmocka_run_group_tests_name("later", others, NULL, NULL);
}
