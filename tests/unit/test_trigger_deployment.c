/* A deployment that somebody made on GitHub: what is asked of GitHub before anything begins, and what GitHub is told of
 * it there: by the deploy itself, or where there is none that could. */
#include "tests/unit/trigger_story.h"

#include "bot/model/deployment.h"
#include "handlers/deploy/triggered.h"

#define LINE_OF(environment, more)                                                                                                \
    "trigger deployment --repository=acme/shop --subject=acme/shop/deployments/31337 --id=31337 --branch=main --sha=" TRIGGER_SHA \
    " --environment=" environment " --initiator=mia --at=1795211990000" more
#define ONE LINE_OF("staging", "")
#define TWO LINE_OF("live-eu", "")

#define IS(sha, environment, task, at, more)                                                                           \
    "{'sha':'" sha "','ref':'main','environment':'" environment "','task':'" task                                      \
    "','default_branch':'main','created_at_ms':" at more "}"
#define AT "1795211990000"
#define MADE(environment) IS(TRIGGER_SHA, environment, "deploy", AT, ",'creator':'mia'")
#define SERVES_IT "{'commit':{'sha':'" TRIGGER_SHA "'}}"

static const struct row {
    const char *name, *answer, *wanted;
} rows[] = {
    { "it is as it was told", MADE("staging"), "- ?branch" },
    { "somebody is at it already", IS(TRIGGER_SHA, "Staging", "deploy", AT, ",'state':'queued'"), "- ?branch" },
    { "ours, as GitHub says", IS(TRIGGER_SHA, "staging", "deploy", AT, ",'operation':'birth-1'"),
      "refused =refused forgotten" },
    { "our App's", IS(TRIGGER_SHA, "staging", "deploy", AT, ",'app':'12345'"), "refused =refused forgotten" },
    { "of another commit", IS(TRIGGER_OTHER_SHA, "staging", "deploy", AT, ""),
      "refused !slack.message =refused forgotten" },
    { "to another environment", IS(TRIGGER_SHA, "production", "deploy", AT, ""),
      "refused !slack.message =refused forgotten" },
    { "of another task", IS(TRIGGER_SHA, "staging", "migrate", AT, ""), "refused !slack.message =refused forgotten" },
    { "older than it was told to be", IS(TRIGGER_SHA, "staging", "deploy", "1795111990000", ""),
      "refused !slack.message =refused forgotten" },
    { "one that has ended", IS(TRIGGER_SHA, "staging", "deploy", AT, ",'state':'inactive'"),
      "refused !slack.message =refused forgotten" },
    { "one that somebody deployed", IS(TRIGGER_SHA, "staging", "deploy", AT, ",'state':'success'"),
      "refused !slack.message =refused forgotten" },
    { "no answer: asked again", "[]", "- @again !slack.message" },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct story story;

    begin(&story, fixture, ONE);
    assert_string_equal(wants(&story), "confirming ?deployment");
    answered(&story, "deployment", row->answer);
    assert_string_equal(wants(&story), row->wanted);
}

/* "success of 31337: words", for each status. */
static const char *tells(const struct story *story)
{
    const char *text = "";

    for (size_t i = 0; i < story->out.effects_count; i++) {
        const cJSON *args = story->out.effects[i].args;

        if (strcmp(story->out.effects[i].kind, EFFECT_DEPLOYMENT_STATUS) != 0)
            continue;
        assert_string_equal(story->out.effects[i].lane, "github:write:acme/shop");
        text = arena_printf(story->fixture->arena, "%s%s%s of %lld: %s", text, text[0] ? "; " : "",
                            json_find_string(args, "state"), (long long)json_find_int(args, "of.deployment", 0),
                            json_find_string(args, "description"));
    }
    return text;
}

#define HEAD_IS(sha) "{'sha':'" sha "'}"

static void confirm(struct story *story, struct decision_fixture *fixture, const char *line, const char *answer)
{
    begin(story, fixture, line);
    answered(story, "deployment", answer);
    answered(story, "branch", HEAD_IS(TRIGGER_SHA));
}

/* ---- which branch contains it ---- */

#define ASKED "asking [deploy shop staging sha:" TRIGGER_SHA " --wait=1800s --by=L7]"
#define NOT_ALLOWED "failure of 31337: It was not allowed, and nothing was begun: the log of opsgate says why (L7)"
#define AT_AN_END "refused !slack.message !github.deployment_status =refused forgotten"

static const struct branch_row {
    const char *name, *order, *wanted, *told;
} branch_rows[] = {
    { "it is behind the head", "{'relation':'ahead'}", ASKED, "" },
    { "a commit of a fork, or of a branch of its own", "{'relation':'diverged'}", AT_AN_END, NOT_ALLOWED },
    { "it is not merged yet", "{'relation':'behind'}", AT_AN_END, NOT_ALLOWED },
    { "GitHub does not tell", "{}", AT_AN_END, NOT_ALLOWED },
};

static void check_branch(void **state)
{
    const struct branch_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct story story;

    begin(&story, fixture, ONE);
    answered(&story, "deployment", MADE("staging"));
    assert_string_equal(json_find_string(story.out.readings[0].args, "ref"), "heads/main");
    answered(&story, "branch", HEAD_IS(TRIGGER_OTHER_SHA));
    assert_string_equal(wants(&story), "- ?contained");
    assert_string_equal(json_find_string(story.out.readings[0].args, "base"), TRIGGER_SHA);
    assert_string_equal(json_find_string(story.out.readings[0].args, "head"), TRIGGER_OTHER_SHA);
    answered(&story, "contained", row->order);
    assert_string_equal(wants(&story), row->wanted);
    assert_string_equal(tells(&story), row->told);
}

/* Cart takes those of `release`, till those of the default branch. */
static void each_place_has_its_branch(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct story story;

    (void)state;
    begin(&story, fixture, LINE_OF("by-branch", ""));
    answered(&story, "deployment", MADE("by-branch"));
    assert_string_equal(json_find_string(story.out.readings[0].args, "ref"), "heads/release/1.x");
    answered(&story, "branch", HEAD_IS(TRIGGER_OTHER_SHA));
    answered(&story, "contained", "{'relation':'diverged'}");
    assert_string_equal(wants(&story), "- ?branch");
    assert_string_equal(json_find_string(story.out.readings[0].args, "ref"), "heads/main");
    answered(&story, "branch", HEAD_IS(TRIGGER_SHA));
    assert_string_equal(wants(&story), "asking [deploy till preview sha:" TRIGGER_SHA " --wait=1800s --by=L7]");
    assert_true(story.body->is_shared);
    told(&story, MESSAGE_CHILD_BEGUN, "{'name':'preview','operation':'D12'}");
    told(&story, MESSAGE_CHILD_ENDED, "{'name':'preview','operation':'D12','result':'done','summary':'x'}");
    assert_string_equal(tells(&story), "failure of 31337: L7: not all was rolled out by D12");
}

static void a_branch_that_is_not_there_is_told(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct story story;

    (void)state;
    begin(&story, fixture, ONE);
    answered(&story, "deployment", MADE("staging"));
    read_as(&story, "branch", "", END_GAVE_UP);
    assert_string_equal(wants(&story), "- @again !slack.message");
    hear(&story, (struct event){ .kind = EVENT_TIMER, .name = "again" });
    assert_string_equal(wants(&story), "- ?deployment");
    fixture->view.now_ms += 10 * MINUTE_MS;
    answered(&story, "deployment", MADE("staging"));
    read_as(&story, "branch", "", END_FAILED);
    assert_string_equal(wants(&story), AT_AN_END);
    assert_string_equal(tells(&story), NOT_ALLOWED);
}

/* ---- what GitHub is told ---- */

static void its_one_deploy_tells_of_it_itself(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct operation ended = { .id = "D12", .kind = "deploy", .state = "done", .result = "done" };
    struct story story;

    (void)state;
    confirm(&story, fixture, ONE, MADE("staging"));
    assert_false(story.body->is_shared);
    told(&story, MESSAGE_CHILD_BEGUN, "{'name':'staging','operation':'D12'}");
    assert_string_equal(tells(&story), "");
    ended.body = decision_json(fixture, "{'github':{'of':{}}}");
    fixture->ended = &ended;
    fixture->ended_count = 1;
    told(&story, MESSAGE_CHILD_ENDED, "{'name':'staging','operation':'D12','result':'done','summary':'it serves'}");
    assert_string_equal(wants(&story), "done =done forgotten");
}

/* By the link that its deploy gets. */
static void its_deploy_knows_its_number_and_whose_it_is(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct request request = decision_request(fixture, "deploy shop staging");
    const struct deploy_trigger *trigger;
    struct story story;
    struct error err;

    (void)state;
    request.source = "github";
    confirm(&story, fixture, ONE, MADE("staging"));
    fixture->operations = &story.operation;
    fixture->operations_count = 1;
    assert_true(triggered_read(&fixture->view, &request, "L7", &trigger, &err));
    assert_string_equal(trigger->deployment, "31337");
    assert_false(trigger->is_shared);
    assert_string_equal(trigger->author, "mia");
    assert_string_equal(trigger->what, "deployment 31337 (`70e4b6c9d315` to staging) of acme/shop");
    confirm(&story, fixture, TWO, MADE("live-eu"));
    assert_true(triggered_read(&fixture->view, &request, "L7", &trigger, &err));
    assert_true(trigger->is_shared);
}

static void one_that_ends_before_it_begins_is_told_here(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct operation ended = { .id = "D12", .kind = "deploy", .state = "refused", .result = "refused" };
    struct story story;

    (void)state;
    confirm(&story, fixture, ONE, MADE("staging"));
    told(&story, MESSAGE_CHILD_BEGUN, "{'name':'staging','operation':'D12'}");
    ended.body = decision_json(fixture, "{}");
    fixture->ended = &ended;
    fixture->ended_count = 1;
    told(&story, MESSAGE_CHILD_ENDED,
         "{'name':'staging','operation':'D12','result':'refused','summary':'@bob said no'}");
    assert_string_equal(tells(&story), "failure of 31337: L7: not all was rolled out by D12");
}

static void what_is_refused_is_told_without_why(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct story story;

    (void)state;
    confirm(&story, fixture, ONE, MADE("staging"));
    told(&story, MESSAGE_CHILD_REFUSED, "{'name':'staging','text':'locked by @bob: a migration'}");
    assert_string_equal(
        tells(&story), "failure of 31337: It was not allowed, and nothing was begun: the log of opsgate says why (L7)");
    assert_string_equal(wants(&story), "refused !slack.message !github.deployment_status =refused forgotten");
}

static void what_serves_already_is_no_deployment_of_ours(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct target_version good = { .version = "sha:70e4b6c9d315", .image = "i", .operation = "D3" };
    struct target target = { .name = "shop/staging", .good = &good, .good_count = 1 };
    struct operation ended = { .id = "D3", .kind = "deploy", .state = "done", .result = "done" },
                     live = { .id = "D4", .kind = "deploy", .target = "shop/staging", .state = "baking" };
    struct story story;

    (void)state;
    ended.body = decision_json(fixture, SERVES_IT);
    live.body = decision_json(fixture, "{'wanted':'sha:" TRIGGER_SHA "'}");
    fixture->ended = &ended;
    fixture->ended_count = 1;
    fixture->targets = &target;
    fixture->targets_count = 1;
    confirm(&story, fixture, ONE, MADE("staging"));
    assert_string_equal(tells(&story), "inactive of 31337: L7: it serves there already");
    fixture->targets_count = 0;
    fixture->operations = &live;
    fixture->operations_count = 1;
    confirm(&story, fixture, ONE, MADE("staging"));
    assert_string_equal(tells(&story),
                        "inactive of 31337: L7: nothing is to be done for it: another rollout brings it, "
                        "or nothing of it has changed");
}

/* A way back that is under way leaves it: so it is asked for, and judged once that is over. */
static void what_is_being_left_does_not_serve(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct target_version good = { .version = "sha:70e4b6c9d315", .image = "i", .operation = "D3" };
    struct target target = { .name = "shop/staging", .good = &good, .good_count = 1, .holder = "D5" };
    struct operation ended = { .id = "D3", .kind = "deploy", .state = "done", .result = "done" },
                     back = { .id = "D5", .kind = "rollback", .target = "shop/staging", .state = "shifting" };
    struct story story;

    (void)state;
    ended.body = decision_json(fixture, SERVES_IT);
    back.body = decision_json(fixture, "{}");
    fixture->ended = &ended;
    fixture->ended_count = 1;
    fixture->targets = &target;
    fixture->targets_count = 1;
    fixture->operations = &back;
    fixture->operations_count = 1;
    confirm(&story, fixture, ONE, MADE("staging"));
    assert_string_equal(wants(&story), ASKED);
    back.kind = "deploy"; /* by a program, or a workflow */
    back.body = decision_json(fixture, "{'is_way_back':true}");
    confirm(&story, fixture, ONE, MADE("staging"));
    assert_string_equal(wants(&story), ASKED);
    back.body = decision_json(fixture, "{}");
    confirm(&story, fixture, ONE, MADE("staging"));
    assert_string_equal(tells(&story), "inactive of 31337: L7: it serves there already");
}

/* Told again by GitHub while its deploy is on its way, or right after that. */
static void what_it_brings_itself_is_told_nothing(void **state)
{
    static const char own[] = "{'wanted':'sha:" TRIGGER_SHA "','trigger':{'subject':'acme/shop/deployments/31337'}}";
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct operation live = { .id = "D12", .kind = "deploy", .target = "shop/staging", .state = "baking" };
    struct story story;

    (void)state;
    live.body = decision_json(fixture, own);
    fixture->operations = &live;
    fixture->operations_count = 1;
    begin(&story, fixture, ONE);
    answered(&story, "deployment", MADE("staging"));
    assert_null(story.out.if_stuck);
    answered(&story, "branch", HEAD_IS(TRIGGER_SHA));
    assert_string_equal(wants(&story), "following @look");
    assert_string_equal(tells(&story), "");
}

static const struct several_row {
    const char *name, *result, *told;
} several_rows[] = {
    { "all are done", "done", "success of 31337: L7: all was rolled out by D12" },
    { "the group failed", "failed", "failure of 31337: L7: not all was rolled out by D12" },
};

static void check_several(void **state)
{
    const struct several_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct story story;

    confirm(&story, fixture, TWO, MADE("live-eu"));
    assert_string_equal(wants(&story), "asking [deploy cart,till production sha:" TRIGGER_SHA " --wait=1800s --by=L7]");
    told(&story, MESSAGE_CHILD_BEGUN, "{'name':'production','operation':'D12'}");
    assert_string_equal(tells(&story), "in_progress of 31337: L7: rolled out by D12");
    told(&story, MESSAGE_CHILD_ENDED,
         arena_printf(fixture->arena, "{'name':'production','operation':'D12','result':'%s','summary':'x'}",
                      row->result));
    assert_string_equal(tells(&story), row->told);
}

/* Till's version is on its way already, by D9, when cart's is begun. */
static void begin_beside(struct story *story, struct decision_fixture *fixture, struct operation *other)
{
    *other = (struct operation){ .id = "D9", .kind = "deploy", .target = "till/production", .state = "baking" };
    other->body = decision_json(fixture, "{'wanted':'sha:" TRIGGER_SHA "'}");
    fixture->operations = other;
    fixture->operations_count = 1;
    confirm(story, fixture, TWO, MADE("live-eu"));
    told(story, MESSAGE_CHILD_BEGUN, "{'name':'production','operation':'D12'}");
}

#define OWN_IS_DONE "{'name':'production','operation':'D12','result':'done','summary':'x'}"

static void look(struct story *story, struct operation *other, const char *result)
{
    other->state = other->result = result;
    other->ended_at_ms = 5;
    hear(story, (struct event){ .kind = EVENT_TIMER, .name = "look" });
}

static const struct beside_row {
    const char *name, *result, *told;
} beside_rows[] = {
    { "what another one was to bring is not there", "failed", "failure of 31337: L7: not all was rolled out by D12" },
    { "what another one brings is done, too", "done", "success of 31337: L7: all was rolled out by D12" },
};

static void check_beside(void **state)
{
    const struct beside_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct operation other;
    struct story story;

    begin_beside(&story, fixture, &other);
    told(&story, MESSAGE_CHILD_ENDED, OWN_IS_DONE);
    assert_string_equal(tells(&story), "");
    look(&story, &other, row->result);
    assert_string_equal(tells(&story), row->told);
    assert_true(story.out.is_forgotten);

    begin_beside(&story, fixture, &other); /* the other way round */
    look(&story, &other, row->result);
    assert_string_equal(tells(&story), "");
    told(&story, MESSAGE_CHILD_ENDED, OWN_IS_DONE);
    assert_string_equal(tells(&story), row->told);
    assert_true(story.out.is_forgotten);
}

static void who_brings_it_next_is_waited_for_too(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct operation other[2];
    struct story story;

    (void)state;
    begin_beside(&story, fixture, other);
    told(&story, MESSAGE_CHILD_ENDED, OWN_IS_DONE);
    other[1] = other[0];
    other[1].id = "D10";
    fixture->operations_count = 2;
    look(&story, other, "aborted");
    assert_string_equal(wants(&story), "following @look");
    look(&story, &other[1], "failed");
    assert_string_equal(tells(&story), "failure of 31337: L7: not all was rolled out by D12");
}

/* Two environments that GitHub calls the same: one was refused, and the other was over at once. */
static void a_refusal_and_a_short_one_are_told_in_any_order(void **state)
{
    static const char ended[] = "{'name':'test','operation':'D12','result':'done','summary':'x'}",
                      refused[] = "{'name':'preview','text':'locked'}";
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct story story;

    (void)state;
    for (int is_refused_first = 0; is_refused_first < 2; is_refused_first++) {
        confirm(&story, fixture, LINE_OF("in-two", ""), MADE("in-two"));
        told(&story, is_refused_first ? MESSAGE_CHILD_REFUSED : MESSAGE_CHILD_ENDED,
             is_refused_first ? refused : ended);
        assert_string_equal(tells(&story), "");
        told(&story, is_refused_first ? MESSAGE_CHILD_ENDED : MESSAGE_CHILD_REFUSED,
             is_refused_first ? ended : refused);
        assert_string_equal(tells(&story), "failure of 31337: L7: not all was rolled out by D12");
        assert_true(story.out.is_forgotten);
    }
}

/* Whatever it was, it is over: nobody else would tell so. */
static void one_that_ended_without_a_name_is_told(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct story story;

    (void)state;
    confirm(&story, fixture, ONE, MADE("staging"));
    told(&story, MESSAGE_CHILD_ENDED, "{'name':'staging'}");
    assert_string_equal(tells(&story), "failure of 31337: L7: not all was rolled out");
    assert_true(story.out.is_forgotten);
}

/* ---- it came too late ---- */

#define LATE LINE_OF("staging", " --late")
#define SAID "refused !slack.message =refused forgotten"
#define SAID_AND_TOLD "refused !slack.message !github.deployment_status =refused forgotten"
#define TOO_LATE "error of 31337: L7: found too late, 3 h after it was made: nothing was begun. Make another one"

static const struct late_row {
    const char *name, *answer; /* NULL: none */
    const char *wanted, *told;
} late_rows[] = {
    { "nobody is at it: whoever made it is told there", MADE("staging"), SAID_AND_TOLD, TOO_LATE },
    { "it was only put into line", IS(TRIGGER_SHA, "staging", "deploy", AT, ",'state':'queued'"), SAID_AND_TOLD,
      TOO_LATE },
    { "somebody is at it", IS(TRIGGER_SHA, "staging", "deploy", AT, ",'state':'in_progress'"), SAID, "" },
    { "it has ended by now", IS(TRIGGER_SHA, "staging", "deploy", AT, ",'state':'success'"), SAID, "" },
    { "it is not what was told", IS(TRIGGER_OTHER_SHA, "staging", "deploy", AT, ""), SAID, "" },
    { "GitHub does not know it", NULL, SAID, "" },
    { "ours", IS(TRIGGER_SHA, "staging", "deploy", AT, ",'app':'12345'"), "refused =refused forgotten", "" },
};

static void check_late(void **state)
{
    const struct late_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct story story;

    begin(&story, fixture, LATE);
    assert_string_equal(wants(&story), "late @say");
    fixture->view.now_ms += 3 * HOUR_MS;
    hear(&story, (struct event){ .kind = EVENT_TIMER, .name = "say" });
    assert_string_equal(wants(&story), "- ?deployment");
    read_as(&story, "deployment", row->answer, row->answer ? END_DONE : END_FAILED);
    assert_string_equal(wants(&story), row->wanted);
    assert_string_equal(tells(&story), row->told);
}

static void what_serves_when_it_came_too_late_is_told_so(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct target_version good = { .version = "sha:70e4b6c9d315", .image = "i", .operation = "D3" };
    struct target target = { .name = "shop/staging", .good = &good, .good_count = 1 };
    struct operation ended = { .id = "D3", .kind = "deploy", .state = "done", .result = "done" };
    struct story story;

    (void)state;
    ended.body = decision_json(fixture, SERVES_IT);
    fixture->ended = &ended;
    fixture->ended_count = 1;
    fixture->targets = &target;
    fixture->targets_count = 1;
    begin(&story, fixture, LATE);
    hear(&story, (struct event){ .kind = EVENT_TIMER, .name = "say" });
    answered(&story, "deployment", MADE("staging"));
    assert_string_equal(wants(&story), "refused !github.deployment_status =refused forgotten");
    assert_string_equal(tells(&story), "inactive of 31337: L7: it serves there already");
}

/* ---- the trigger itself is stuck ---- */

/* What the engine would tell GitHub then; NULL: as before, "": nothing. */
static const char *last_wish(const struct story *story)
{
    const struct wanted_effect *wish = story->out.if_stuck;

    if (!wish || !wish->kind)
        return wish ? "" : NULL;
    assert_string_equal(wish->kind, EFFECT_DEPLOYMENT_STATUS);
    assert_int_equal(json_find_int(wish->args, "of.deployment", 0), 31337);
    return arena_printf(story->fixture->arena, "%s: %s", json_find_string(wish->args, "state"),
                        json_find_string(wish->args, "description"));
}

#define STUCK "error: L7 is stuck: opsgate failed at it. What was begun goes on in Slack"

static void one_that_is_stuck_is_told(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct story story;

    (void)state;
    begin(&story, fixture, TWO);
    assert_null(last_wish(&story)); /* whose it is is not known yet */
    answered(&story, "deployment", MADE("live-eu"));
    assert_string_equal(last_wish(&story), STUCK);
    answered(&story, "branch", HEAD_IS(TRIGGER_SHA));
    told(&story, MESSAGE_CHILD_BEGUN, "{'name':'production','operation':'D12'}");
    assert_null(last_wish(&story)); /* none of its deploys tells of it as a whole */

    begin(&story, fixture, ONE);
    answered(&story, "deployment", MADE("staging"));
    assert_string_equal(last_wish(&story), STUCK);
    answered(&story, "branch", HEAD_IS(TRIGGER_SHA));
    told(&story, MESSAGE_CHILD_BEGUN, "{'name':'staging','operation':'D12'}");
    assert_string_equal(last_wish(&story), ""); /* its deploy tells of it, and goes on */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_one_deploy_tells_of_it_itself),
        cmocka_unit_test(its_deploy_knows_its_number_and_whose_it_is),
        cmocka_unit_test(one_that_ends_before_it_begins_is_told_here),
        cmocka_unit_test(what_is_refused_is_told_without_why),
        cmocka_unit_test(each_place_has_its_branch),
        cmocka_unit_test(a_branch_that_is_not_there_is_told),
        cmocka_unit_test(what_is_being_left_does_not_serve),
        cmocka_unit_test(what_it_brings_itself_is_told_nothing),
        cmocka_unit_test(who_brings_it_next_is_waited_for_too),
        cmocka_unit_test(a_refusal_and_a_short_one_are_told_in_any_order),
        cmocka_unit_test(one_that_ended_without_a_name_is_told),
        cmocka_unit_test(what_serves_already_is_no_deployment_of_ours),
        cmocka_unit_test(what_serves_when_it_came_too_late_is_told_so),
        cmocka_unit_test(one_that_is_stuck_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL) + ROWS(rows, check_row) + ROWS(branch_rows, check_branch) +
           ROWS(late_rows, check_late) + ROWS(several_rows, check_several) + ROWS(beside_rows, check_beside);
}
