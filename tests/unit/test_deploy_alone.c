/* No store answers: what the last owner may do for a rollout, and what the rollout makes of it afterwards. */
#include "tests/unit/deploy_fixture.h"

#include "bot/model/without_store.h"

#define BACK "birth-00000000000000d7-back"

/* ---- may it go on, and give back ---- */

#define TO_OLD "],'wanted':[" ALL_OLD "]}"
#define FROM_5 "{'place':{'project':'acme','region':'us-central1','service':'api-service'},'expected':[" AT_5 TO_OLD
#define FROM_25 "{'place':{'project':'acme','region':'us-central1','service':'api-service'},'expected':[" AT_25 TO_OLD
#define FROM_NOTHING                                                                                                   \
    "{'place':{'project':'acme','region':'us-central1','service':'api-service'},'expected':[" ALL_OLD TO_OLD
#define FURTHER                                                                                                        \
    "{'place':{'project':'acme','region':'us-central1','service':'api-service'},'expected':[" AT_5                     \
    "],'wanted':[" AT_25 "]}"
#define ELSEWHERE                                                                                                      \
    "{'place':{'project':'acme','region':'us-central1','service':'api-service'},'expected':[" AT_5                     \
    "],'wanted':[" FOREIGN "]}"

static const struct may_row {
    const char *name, *state;
    unsigned is;
    const char *giving_back; /* NULL: it looks on */
    bool may;
    int64_t age_ms;           /* of the record */
    const char *stored_state; /* in which the store knows it; NULL: in the same */
    bool is_unjudged;         /* nobody found it bad */
} may_rows[] = {
    { "a step that bakes is looked at", "baking", JUDGED, NULL, .may = true },
    { "one that is being verified too", "verifying", JUDGED, NULL, .may = true },
    { "and one that is being made", "shifting", JUDGED, NULL, .may = true },
    { "and the watch", "watching", JUDGED, NULL, .may = true },
    { "and blue-green", "watching", JUDGED | BLUE_GREEN, NULL, .may = true },
    { "a paused one too: bad is bad", "baking", JUDGED | PAUSED, NULL, .may = true },
    { "nothing that has no traffic", "checking", JUDGED, NULL, .may = false },
    { "nor what is back already", "reverifying", JUDGED, NULL, .may = false },
    { "nor what nobody judges", "baking", 0, NULL, .may = false },
    { "nor all at once", "verifying", JUDGED | AT_ONCE, NULL, .may = false },
    { "from the split that was verified it goes back", "baking", JUDGED, FROM_5, .may = true },
    { "from the one of the step on its way too", "returning", JUDGED, FROM_25, .may = true },
    { "also what nobody judges, once it is on its way back", "returning", 0, FROM_5, .may = true },
    { "not from what nobody asked for", "baking", JUDGED, FROM_NOTHING, .may = false },
    { "not to more", "baking", JUDGED, FURTHER, .may = false },
    { "nor to anywhere else", "baking", JUDGED, ELSEWHERE, .may = false },
    { "nor to nonsense", "baking", JUDGED, "{'expected':17}", .may = false },
    { "as long as the step may bake", "baking", JUDGED, FROM_5, .may = true, .age_ms = 299000 },
    { "and no longer: nobody knows what became of it since", "baking", JUDGED, FROM_5, .may = false, .age_ms = 301000 },
    { "going back before anything was lost needs no judge", "returning", JUDGED, FROM_5, .may = true,
      .is_unjudged = true },
    { "that nobody answered here is no reason: somebody may have, elsewhere", "returning", JUDGED, FROM_5, .may = false,
      .stored_state = "baking", .is_unjudged = true },
    { "nor that it was decided and nobody knows whether that was recorded", "returning", JUDGED, FROM_5, .may = false,
      .stored_state = "", .is_unjudged = true },
    { "but a person's word is", "returning", JUDGED | ABORTED, FROM_5, .may = true, .stored_state = "",
      .is_unjudged = true },
    { "and bad numbers are", "returning", JUDGED, FROM_5, .may = true, .stored_state = "baking" },
    { "a held one until nobody has answered", "baking", JUDGED | ANSWER_ASKED, NULL, .may = true, .age_ms = 359000 },
};

static void check_may(void **state)
{
    const struct may_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body =
        deploy_body_made(fixture, row->giving_back && strstr(row->giving_back, "75") ? 1 : 0, 5, row->is);
    struct operation operation = deploy_operation_in(row->state);
    const cJSON *args = row->giving_back ? decision_json(fixture, row->giving_back) : NULL;
    const char *why = "untouched";

    operation.changed_at_ms = DECISION_NOW_MS - row->age_ms;
    body->returning = strcmp(row->state, "returning") == 0 ? "it failed" : NULL;
    body->verdict = row->is_unjudged ? JUDGE_INCONCLUSIVE : JUDGE_FAIL;
    assert_int_equal(machine_deploy.may_go_on_alone(&fixture->view, &operation, body,
                                                    row->stored_state ? row->stored_state : row->state, args, &why),
                     row->may);
    if (row->may)
        assert_ptr_equal(why, body->returning);
}

/* ---- afterwards ---- */

#define SEEN(split, effect) EVENT_READING, "service", MARKED(split, effect)
#define ADOPTED(result) EVENT_REQUEST, WITHOUT_STORE_VERB, result

static const struct heard_row {
    const char *name, *state;
    unsigned is;
    enum event_kind kind;
    const char *event, *what; /* reading: its body; request: the act's result, "none" */
    const char *outcome;
    const char *returning;           /* part of it, or NULL */
    const char *args;                /* of the change that the act asked for, or NULL: an older version did not tell */
    const char *outside_id, *target; /* of whom the act speaks; NULL: of this one */
} heard_rows[] = {
    { "its mark outside is no stranger's: the note has its time to come", "baking", JUDGED, SEEN(ALL_OLD, BACK),
      "returning @poll+1m ~traffic bad", .returning = "the last owner" },
    { "while it watches too", "watching", JUDGED, SEEN(ALL_OLD, BACK), "returning @poll+1m ~traffic bad",
      .returning = "the last owner" },
    { "or verifies", "verifying", JUDGED, SEEN(ALL_OLD, BACK), "returning @poll+1m ~traffic bad",
      .returning = "the last owner" },
    { "somebody who did the same by hand is a stranger", "baking", JUDGED, SEEN(ALL_OLD, "birth-0000000000000001"),
      .outcome = "failed ~revision ~traffic ~return =failed doubt" },
    { "and so is whoever moved it on from there", "baking", JUDGED, SEEN(FOREIGN, BACK),
      .outcome = "failed ~revision ~traffic ~return =failed doubt" },

    { "told what was done, it goes back by its own rows", "baking", JUDGED, ADOPTED("done"),
      "returning ?service ~traffic bad", .returning = "2 of 10 failed; that was" },
    { "also where nobody knows how that ended", "baking", JUDGED, ADOPTED("unknown"), "returning ?service ~traffic bad",
      .returning = "2 of 10 failed" },
    { "or where its process died", "watching", JUDGED, ADOPTED("none"), "returning ?service ~traffic bad",
      .returning = "2 of 10 failed" },
    { "what is where it was asked from may have got through", "baking", JUDGED, ADOPTED("unknown"),
      "returning ?service ~traffic bad", .returning = "2 of 10 failed", .args = FROM_5 },
    { "what somebody moved on since is left alone: nobody knows that anything was changed", "baking", JUDGED,
      ADOPTED("unknown"), .outcome = "-", .args = FROM_25 },
    { "also where its process died", "baking", JUDGED, ADOPTED("none"), .outcome = "-", .args = FROM_25 },
    { "what was done counts wherever the record stands", "baking", JUDGED, ADOPTED("done"),
      "returning ?service ~traffic bad", .returning = "2 of 10 failed", .args = FROM_25 },
    { "what is about to end well goes back too", "handing-over", JUDGED, ADOPTED("done"),
      "returning ?service ~traffic bad", .returning = "2 of 10 failed" },
    { "another store's operation of that name is another one", "baking", JUDGED, ADOPTED("done"), .outcome = "nothing",
      .outside_id = "other-00000000000000d7" },
    { "and so is one of another target", "baking", JUDGED, ADOPTED("done"), .outcome = "nothing",
      .target = "web/staging" },
    { "an increase that is out ends first", "shifting", JUDGED, ADOPTED("done"), "returning @poll+1m ~traffic bad",
      .returning = "2 of 10 failed" },
    { "a step that was not allowed has none", "shifting", JUDGED | DENIED, ADOPTED("done"),
      "returning ?service ~traffic bad", .returning = "2 of 10 failed" },
    { "what found another split changes nothing", "baking", JUDGED, ADOPTED("failed"), .outcome = "-" },
    { "what is back already stays so", "reverifying", JUDGED, ADOPTED("done"), "-", .returning = "it failed" },
    { "what was aborted keeps its reason", "returning", JUDGED | ABORTED, ADOPTED("done"), "-",
      .returning = "it failed" },
};

static const struct without_store_act act = { .id = "birth-0000000000000001",
                                              .name = "W3",
                                              .operation = "D1042",
                                              .verb = WITHOUT_STORE_RETURN,
                                              .target = "api/staging",
                                              .why = "2 of 10 failed",
                                              .summary = "another split was found",
                                              .is_sent = true };

static void check_heard(void **state)
{
    const struct heard_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, 0, 5, row->is);
    struct operation operation = deploy_operation_in(row->state);
    struct request request = { .principal = { .system = "opsgate", .id = "one" } };
    struct event event = { .kind = row->kind, .name = row->event, .end = END_DONE, .request = &request };
    struct without_store_act adopted = act;
    struct outcome out;

    adopted.result = strcmp(row->what, "none") == 0 ? NULL : row->what;
    adopted.args = row->args ? decision_json(fixture, row->args) : NULL;
    adopted.operation_outside_id = row->outside_id ? row->outside_id : operation.outside_id;
    adopted.target = row->target ? row->target : operation.target;
    if (row->kind == EVENT_READING)
        event.body = decision_json(fixture, row->what);
    else
        event.arguments = &adopted;
    if (strcmp(row->state, "returning") == 0 || strcmp(row->state, "reverifying") == 0)
        body->returning = "it failed";
    outcome_init(&out, fixture->arena, "D1042", operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), row->outcome);
    if (out.body)
        deploy_assert_says(((const struct deploy_body *)out.body)->returning, row->returning);
    if (row->kind == EVENT_REQUEST) {
        if (out.body)
            assert_string_equal(((const struct deploy_body *)out.body)->returned_as, "W3");
        assert_string_equal(out.journal[0].kind, "without_store.adopted");
        assert_string_equal(out.reply->text, "Adopted.");
    }
}

/* Its mark came first: the note says why, and it need not wait any more. */
static void check_late_note(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, 0, 5, JUDGED);
    struct operation operation = deploy_operation_in("baking");
    struct request request = { .principal = { .system = "opsgate", .id = "one" } };
    struct event seen = { .kind = EVENT_READING,
                          .name = "service",
                          .end = END_DONE,
                          .body = decision_json(fixture, MARKED(ALL_OLD, BACK)) },
                 told = { .kind = EVENT_REQUEST, .name = WITHOUT_STORE_VERB, .request = &request, .arguments = &act };
    struct outcome first, second;

    (void)state;
    outcome_init(&first, fixture->arena, "D1042", operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &seen, &first);
    operation.state = "returning";
    outcome_init(&second, fixture->arena, "D1042", operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, first.body, &told, &second);
    assert_string_equal(deploy_outcome_text(&second, fixture->arena), "- ?service bad");
    assert_string_equal(second.bad->why, "2 of 10 failed; that was while no store answered");
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(may_rows) + ARRAY_LEN(heard_rows) + 1] = { 0 };
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LEN(may_rows); i++)
        tests[count++] = (struct CMUnitTest){ .name = may_rows[i].name,
                                              .test_func = check_may,
                                              .initial_state = (void *)(uintptr_t)&may_rows[i] };
    for (size_t i = 0; i < ARRAY_LEN(heard_rows); i++)
        tests[count++] = (struct CMUnitTest){ .name = heard_rows[i].name,
                                              .test_func = check_heard,
                                              .initial_state = (void *)(uintptr_t)&heard_rows[i] };
    tests[count++] =
        (struct CMUnitTest){ .name = "a note that comes after the mark says why", .test_func = check_late_note };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
