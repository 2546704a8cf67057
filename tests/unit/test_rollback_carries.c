/* What a rollback's moves carry with them: the split that is expected, the preflight, who said so, when it looks again.
 */
#include "tests/unit/rollback_fixture.h"

struct decided {
    struct outcome out;
    struct rollback_body body;
};

static struct decided decide(struct decision_fixture *fixture, const char *state, struct rollback_body body,
                             struct event event)
{
    struct operation operation = an_operation(state);
    struct decided decided;

    outcome_init(&decided.out, fixture->arena, operation.id, operation.outside_id);
    machine_rollback.on_event(&fixture->view, &operation, &body, &event, &decided.out);
    assert_non_null(decided.out.body);
    decided.body = *(const struct rollback_body *)decided.out.body;
    return decided;
}

static struct event answered(struct decision_fixture *fixture, const char *name, const char *body)
{
    return (struct event){ .kind = EVENT_READING, .name = name, .body = decision_json(fixture, body) };
}

static void the_return_expects_what_was_seen_and_takes_no_tags(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct decided decided;
    const cJSON *args;

    (void)state;
    put_world(fixture, THREE);
    decided = decide(fixture, "looking", remembered(COMPARED),
                     answered(fixture, "service", SERVICE(SHARE("api-42", 75) "," SHARE("api-50", 25), "")));
    assert_int_equal(decided.out.effects_count, 1);
    assert_string_equal(decided.out.effects[0].lane, "target:api/production");
    args = decided.out.effects[0].args;
    assert_int_equal(json_find_int(args, "expected.0.percent", 0), 75);
    assert_string_equal(json_find_string(args, "expected.1.revision"), "api-50");
    assert_string_equal(json_find_string(args, "wanted.0.revision"), "api-42");
    assert_int_equal(json_find_int(args, "wanted.0.percent", 0), 100);
    assert_null(json_find(args, "wanted.1"));
    assert_null(json_find(args, "remove_tags.0"));
    assert_string_equal(json_find_string(args, "version"), "v1.4.2");
    assert_string_equal(json_find_string(args, "previous"), "api-41"); /* never what is left: no ping-pong */
}

static void the_preflight_is_told_and_journalled(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct decided decided;

    (void)state;
    put_world(fixture, THREE);
    decided = decide(fixture, "looking", remembered(SEEN), answered(fixture, "revisions", REVISIONS));
    assert_string_equal(decided.body.preflight, "settings −A; scaling min 0→1; warm: yes (ready, min instances 1)");
    assert_int_equal(decided.out.journal_count, 1);
    assert_string_equal(decided.out.journal[0].kind, "rollback.preflight");
    assert_string_equal(json_find_string(decided.out.journal[0].body, "preflight"), decided.body.preflight);
    decided = decide(fixture, "looking", remembered(SEEN),
                     (struct event){ .kind = EVENT_READING, .name = "revisions", .end = END_GAVE_UP });
    assert_string_equal(decided.body.preflight, "not known (Cloud Run did not answer in time)");
}

static void who_aborted_it_is_no_part_of_the_core_journal(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct request request = decision_request(fixture, "abort D1050");
    struct decided decided;

    (void)state;
    put_world(fixture, THREE);
    decided = decide(fixture, "queued", remembered(FRESH),
                     (struct event){ .kind = EVENT_REQUEST, .name = "abort", .request = &request });
    assert_null(strstr(decided.out.summary, "U1"));
    assert_int_equal(decided.out.journal_count, 1);
    assert_null(json_find(decided.out.journal[0].body, "principal"));
    assert_string_equal(json_find_string(decided.out.journal[0].personal, "principal"), "U1");
}

static void giving_up_cuts_the_return_off(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct request request = decision_request(fixture, "abort D1050");
    struct decided decided;

    (void)state;
    put_world(fixture, THREE);
    decided = decide(fixture, "returning", remembered(TRIED_AND_SILENT),
                     (struct event){ .kind = EVENT_REQUEST, .name = "abort", .request = &request });
    assert_int_equal(decided.out.cancels_count, 1);
    assert_string_equal(decided.out.cancels[0], "return");
}

static void a_refusal_tells_what_it_had_stopped(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct rollback_body body = remembered(ROLLOUT);
    struct target_version unknown = { 0 };
    struct decided decided;

    (void)state;
    put_world(fixture, NOTHING);
    body.to = unknown;
    decided = decide(fixture, "looking", body,
                     answered(fixture, "service", "{'wanted':[" SHARE("api-50", 100) "],'observed':[]}"));
    assert_string_equal(decided.out.result, "refused");
    assert_non_null(
        strstr(decided.out.summary, "Nothing was changed. It had aborted D1044: traffic is as that left it."));
    assert_true(decided.out.leaves_doubt);
}

static void a_goal_that_is_gone_is_passed_over_aloud(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct decided decided;

    (void)state;
    put_world(fixture, THREE);
    decided = decide(fixture, "looking", remembered(SEEN),
                     answered(fixture, "revisions", "{'revisions':[{'revision':'api-50'}]}"));
    assert_string_equal(decided.body.to.revision, "api-41");
    assert_string_equal(decided.body.skips[0], "`v1.4.2` cannot serve: its revision `api-42` is gone");
    assert_string_equal(json_find_string(decided.out.readings[0].args, "revisions.1"), "api-41");
    decided = decide(fixture, "looking", decided.body,
                     answered(fixture, "revisions", "{'revisions':[{'revision':'api-41','is_ready':false}]}"));
    assert_string_equal(decided.out.result, "refused");
    assert_string_equal(
        decided.out.summary,
        "`v1.4.2` cannot serve: its revision `api-42` is gone. `v1.4.1` cannot serve: its revision "
        "`api-41` is not ready. No previous good version of api in production is known: name one: "
        "`rollback api production --to VERSION`, or by hand: `gcloud run services "
        "update-traffic api-prod --project acme --region us-central1 --to-revisions REVISION=100`. Nothing was changed.");
}

static void a_revision_that_only_cloud_run_knows_gets_its_name(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct rollback_body body = remembered(FRESH);
    struct target_version unknown = { 0 };
    struct decided decided;

    (void)state;
    put_world(fixture, NOTHING);
    body.from = body.to = unknown;
    body.is_recorded = false;
    decided = decide(fixture, "looking", body, answered(fixture, "service", ALL("api-50")));
    assert_string_equal(decided.body.from.version, "v1.5.0");
    assert_string_equal(decided.body.to.revision, "api-prev");
    decided = decide(fixture, "looking", decided.body,
                     answered(fixture, "revisions",
                              "{'revisions':[{'revision':'api-prev','image':'y','version':'v1.4.9',"
                              "'is_ready':true}]}"));
    assert_string_equal(decided.out.state, "returning");
    assert_string_equal(decided.body.to.version, "v1.4.9");
    assert_string_equal(decided.body.version, "v1.4.9");
    assert_null(json_find(decided.out.effects[0].args, "previous")); /* nothing is known below it */
    decided = decide(fixture, "verifying", decided.body, answered(fixture, "service", ALL("api-prev")));
    assert_string_equal(decided.out.result, "done");
    assert_false(decided.out.is_return); /* it is no member of the stack yet */
    assert_string_equal(decided.out.good->image, "y");
}

static void what_was_just_returned_is_looked_at_soon_again(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct rollback_body body = remembered(TRIED);
    struct decided decided;

    (void)state;
    put_world(fixture, THREE);
    body.returned_at_ms = DECISION_NOW_MS - 1;
    decided = decide(fixture, "verifying", body,
                     answered(fixture, "service", SERVICE(SHARE("api-42", 100), SHARE("api-50", 100))));
    assert_int_equal(decided.out.timers[0].at_ms, DECISION_NOW_MS + 200);
}

static void an_old_picture_right_after_the_return_is_given_time(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct rollback_body body = remembered(TRIED);
    struct decided decided;

    (void)state;
    put_world(fixture, THREE);
    body.returned_at_ms = DECISION_NOW_MS - SECOND_MS;
    decided = decide(fixture, "verifying", body, answered(fixture, "service", ALL("api-50")));
    assert_null(decided.out.state);
    assert_int_equal(decided.body.tries, 0);
    decided = decide(fixture, "verifying", body, answered(fixture, "service", ALL("api-41"))); /* that is no old one */
    assert_string_equal(decided.out.state, "looking");
    body.returned_at_ms = DECISION_NOW_MS - 2 * SECOND_MS;
    decided = decide(fixture, "verifying", body, answered(fixture, "service", ALL("api-50")));
    assert_string_equal(decided.out.state, "looking");
    assert_int_equal(decided.body.tries, 1);
}

static void the_body_survives_the_store(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct rollback_body body = remembered(FENCED), again;
    struct error err;
    cJSON *json;

    (void)state;
    body.skips = body.skipped = (const char *[]){ "api-41" };
    body.skips_count = body.skipped_count = 1;
    json = shape_to_json(&rollback_body_shape, &body, SHAPE_WHOLE);
    assert_true(shape_from_json(&rollback_body_shape, json, fixture->arena, &again, &err));
    assert_string_equal(again.to.revision, "api-42");
    assert_string_equal(again.skips[0], "api-41");
    assert_int_equal(again.heard_at_ms, body.heard_at_ms);
    assert_true(again.aborts_traffic && again.was_tried && again.is_certain && again.is_compared && again.is_recorded &&
                !again.is_seen);
    assert_int_equal(again.before_count, 1);
    cJSON_Delete(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_return_expects_what_was_seen_and_takes_no_tags),
        cmocka_unit_test(the_preflight_is_told_and_journalled),
        cmocka_unit_test(who_aborted_it_is_no_part_of_the_core_journal),
        cmocka_unit_test(giving_up_cuts_the_return_off),
        cmocka_unit_test(a_refusal_tells_what_it_had_stopped),
        cmocka_unit_test(a_goal_that_is_gone_is_passed_over_aloud),
        cmocka_unit_test(a_revision_that_only_cloud_run_knows_gets_its_name),
        cmocka_unit_test(what_was_just_returned_is_looked_at_soon_again),
        cmocka_unit_test(an_old_picture_right_after_the_return_is_given_time),
        cmocka_unit_test(the_body_survives_the_store),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
