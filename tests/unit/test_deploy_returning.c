/* Traffic goes back, whatever happens on the way; and a deploy that a rollback or a person stops. */
#include "tests/unit/deploy_fixture.h"

#define RETURN(how) EVENT_EFFECT, "return", how, .body = NULL
#define INCREASE(how) EVENT_EFFECT, "traffic", how, .body = NULL
#define SERVICE(answer) EVENT_READING, "service", END_DONE, .body = answer
#define NO_SERVICE(how) EVENT_READING, "service", how, .body = NULL
#define POLL EVENT_TIMER, "poll", END_DONE, .body = NULL
#define YIELD EVENT_MESSAGE, MESSAGE_YIELD, END_DONE, .body = "{'target':'api/staging','by':'D1050','version':'v1.4.1'}"

#define OVER                                                                                                           \
    EVENT_MESSAGE, MESSAGE_YIELD, END_DONE,                                                                            \
        .body = "{'target':'api/staging','by':'D1050','version':'v1.4.1','is_over':true}"

static const struct row {
    const char *name, *state;
    int64_t percent; /* ours, as last verified */
    unsigned is;
    enum event_kind kind;
    const char *event;
    enum event_end end;
    const char *body;
    const char *outcome; /* all of it: deploy_outcome_text */
    const char *error;   /* of the event */
    const char *summary; /* part of it */
    int64_t given_back;  /* how often it was already */
} rows[] = {
    { "traffic that went back is verified", "returning", 25, 0, RETURN(END_DONE), "reverifying ?service" },
    { "a way back in doubt is looked at, and tried again", "returning", 25, 0, RETURN(END_UNKNOWN), "- @poll+10s" },
    { "an outage never ends it", "returning", 25, LATE, RETURN(END_GAVE_UP), "- @poll+10s" },
    { "a refusal is tried again", "returning", 25, 0, RETURN(END_FAILED), "- @poll+10s", .error = "403" },
    { "but not for ever: then people have to", "returning", 25, LATE, RETURN(END_FAILED), "failed =failed doubt",
      .error = "403: *no*",
      .summary = "it failed; and traffic could not be given back: 403:  no . Traffic may still be on the new revision. "
                 "Look where the traffic of api-service goes in Cloud Run: `api-old` served before." },
    { "a way back that was never tried is tried again", "returning", 25, 0, RETURN(END_CANCELLED), "- @poll+10s" },
    { "the poll looks at the service", "returning", 25, 0, POLL, "- ?service" },

    { "from the split that is found it goes back", "returning", 5, 0, SERVICE(SERVES(AT_25)), "- !run.return" },
    { "from a split that is still settling too", "returning", 5, 0, SERVICE(TURNS_TO(AT_25, AT_5)), "- !run.return" },
    { "the old split is written once more: a late try finds it changed", "returning", 0, 0, SERVICE(SERVES(ALL_OLD)),
      "- !run.return" },
    { "a foreign split is left alone", "returning", 25, 0, SERVICE(SERVES(FOREIGN)),
      "failed ~revision ~traffic ~return =failed doubt",
      .summary = "Somebody else changed the traffic: it is `api-old` 50 %, `api-theirs` 50 %, and `api-old` 100 % was "
                 "expected. opsgate did not touch it." },
    { "a service that serves nothing by name too", "returning", 25, 0, SERVICE("{'is_settled':true}"),
      "failed ~revision ~traffic ~return =failed doubt" },
    { "a service that does not tell is asked again", "returning", 25, LATE, NO_SERVICE(END_GAVE_UP), "- @poll+10s" },
    { "one that refuses to the end is given up", "returning", 25, LATE, NO_SERVICE(END_FAILED), "failed =failed doubt",
      .error = "403", .summary = "traffic could not be given back: 403." },
    { "an increase that was out when a person aborted has ended: now it is looked at", "returning", 5, ABORTED,
      INCREASE(END_DONE), "- ?service" },
    { "also when it was never tried", "returning", 5, ABORTED, INCREASE(END_CANCELLED), "- ?service" },

    { "when the old one serves again, it has failed, and says why", "reverifying", 25, 0, SERVICE(SERVES(ALL_OLD)),
      "failed =failed",
      .summary =
          "`v1.4.2` was taken back: it failed. Traffic is on `api-old` 100 % again. The new revision stays "
          "without traffic. Look at the logs of revision `" OURS "`, and bring a version that mends it." },
    { "or it was aborted", "reverifying", 25, ABORTED, SERVICE(SERVES(ALL_OLD)), "aborted =aborted",
      .summary = "it failed. Traffic is on `api-old` 100 % again; the new revision stays without traffic." },
    { "traffic on its way back is waited for", "reverifying", 25, 0, SERVICE(TURNS_TO(ALL_OLD, AT_25)), "- @poll+1s" },
    { "an old answer is waited out", "reverifying", 25, 0, SERVICE(SERVES(AT_25)), "- @poll+1s" },
    { "no answer too", "reverifying", 25, 0, NO_SERVICE(END_FAILED), "- @poll+1s" },
    { "traffic that is raised again afterwards goes back once more", "reverifying", 25, LATE, SERVICE(SERVES(AT_5)),
      "returning !run.return", .given_back = 2 },
    { "but not for ever", "reverifying", 25, LATE, SERVICE(SERVES(AT_25)), "failed =failed doubt", .given_back = 3 },
    { "an answer of right after the way back is not taken for that", "reverifying", 25, 0, SERVICE(SERVES(AT_25)),
      "- @poll+1s", .given_back = 1 },
    { "a way back that never shows leaves doubt", "reverifying", 25, LATE, SERVICE(TURNS_TO(ALL_OLD, AT_25)),
      "failed =failed doubt",
      .summary = "it failed; Cloud Run took the way back, but does not show it after 5 min. Traffic may still be on" },
    { "no answer to the end too", "reverifying", 25, LATE, NO_SERVICE(END_GAVE_UP), "failed =failed doubt" },
    { "a foreign split on the way back is left alone", "reverifying", 25, 0, SERVICE(SERVES(FOREIGN)),
      "failed ~revision ~traffic ~return =failed doubt", .summary = "opsgate did not touch it" },
    { "the poll of it looks again", "reverifying", 25, 0, POLL, "- ?service" },
    { "a second end of the way back changes nothing", "reverifying", 25, 0, RETURN(END_DONE), "nothing" },

    /* ---- a rollback takes the target ---- */
    { "a rollback ends a deploy that waits", "queued", 0, 0, YIELD, "aborted ~revision ~traffic ~return =aborted",
      .summary = "D1050 rolls api/staging back to `v1.4.1`, so this deploy gave way before it had any traffic. If it is "
                 "still wanted, ask again: `deploy api staging v1.4.2 --strategy canary`." },
    { "one that is being pinned", "pinning", 0, 0, YIELD, "aborted ~revision ~traffic ~return =aborted" },
    { "one that waits for its image", "awaiting-artifact", 0, 0, YIELD, "aborted ~revision ~traffic ~return =aborted",
      .summary = "still wanted, ask again: `deploy api staging v1.4.2 --strategy canary`." },
    { "one that makes its revision", "creating", 0, 0, YIELD, "aborted ~revision ~traffic ~return =aborted" },
    { "one whose first step waits for a right", "shifting", 0, DENIED, YIELD,
      "aborted ~revision ~traffic ~return =aborted", .summary = "before it had any traffic" },
    { "one whose step is on its way; what it brought is bad", "shifting", 5, 0, YIELD,
      "aborted ~revision ~traffic ~return =aborted bad" },
    { "one that bakes", "baking", 25, JUDGED, YIELD, "aborted ~revision ~traffic ~return =aborted bad",
      .summary = "so this deploy gave way at 25 %." },
    { "one that is held", "baking", 25, ANSWER_ASKED, YIELD, "aborted ~revision ~traffic ~return =aborted bad" },
    { "one that is watched", "watching", 100, 0, YIELD, "aborted ~revision ~traffic ~return =aborted bad" },
    { "one that goes back: its own way back is not tried any more", "returning", 25, 0, YIELD,
      "aborted ~revision ~traffic ~return =aborted" },
    { "all at once too", "verifying", 0, AT_ONCE, YIELD, "aborted ~revision ~traffic ~return =aborted bad" },

    /* ---- one that was done without the store ---- */
    { "what has no traffic ends", "creating", 0, 0, OVER, "aborted ~revision ~traffic ~return =aborted" },
    { "what bakes gives back what it has", "baking", 25, JUDGED, OVER, "returning ?service ~traffic bad" },
    { "what makes a step waits for its end", "shifting", 5, 0, OVER, "returning @poll+1m ~traffic bad" },
    { "what goes back goes on", "returning", 25, 0, OVER, "nothing" },
};

static struct deploy_body *body_of(struct decision_fixture *fixture, const struct row *row)
{
    struct deploy_body *body = deploy_body_made(fixture,
                                                row->percent < 5     ? 0
                                                : row->percent < 100 ? 1
                                                                     : 2,
                                                row->percent, row->is);

    if (strcmp(row->state, "returning") == 0 || strcmp(row->state, "reverifying") == 0)
        body->returning = "it failed";
    body->given_back = row->given_back;
    return body;
}

static void decide(const struct row *row, struct decision_fixture *fixture, struct outcome *out)
{
    struct operation operation = deploy_operation_in(row->state);
    struct event event = {
        .kind = row->kind, .name = row->event, .from = "engine", .end = row->end, .error = row->error
    };

    if (row->body)
        event.body = decision_json(fixture, row->body);
    outcome_init(out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body_of(fixture, row), &event, out);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct outcome out;

    decide(row, fixture, &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), row->outcome);
    if (row->summary)
        deploy_assert_says(out.summary, row->summary);
}

static void check_args(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    const struct row row = { "", "returning", 5, 0, SERVICE(SERVES(AT_25)), "" };
    struct outcome out;

    (void)state;
    decide(&row, fixture, &out);
    assert_string_equal(out.effects[0].lane, "target:api/staging");
    assert_true(cJSON_Compare(json_find(out.effects[0].args, "expected"), decision_json(fixture, "[" AT_25 "]"), true));
    assert_true(cJSON_Compare(json_find(out.effects[0].args, "wanted"), decision_json(fixture, "[" ALL_OLD "]"), true));
    assert_null(json_find(out.effects[0].args, "remove_tags"));
}

#define AT_40 SHARE("api-old", 60) "," SHARE(OURS, 40)
#define MOVED "somebody else had moved it to 40 %: given back, too"

static const struct stranger_row {
    const char *name;
    int64_t percent; /* as last verified */
    const char *split;
    const char *moved;
} stranger_rows[] = {
    { "a share that nobody of ours made", 25, "{'wanted':[" AT_40 "]}", MOVED },
    { "of the step before, too", 5, "{'wanted':[" AT_40 "]}", MOVED },
    { "the one that was verified", 25, "{'wanted':[" AT_25 "]}", NULL },
    { "the one of the step on its way", 5, "{'wanted':[" AT_25 "]}", NULL },
    { "the one of the step before, as a late picture shows it", 25, "{'wanted':[" AT_5 "]}", NULL },
    { "what served before", 25, "{'wanted':[" ALL_OLD "]}", NULL },
};

/* Told once, on the card at once and in the end. */
static void check_stranger(void **state)
{
    const struct stranger_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    const struct row look = { "", "returning", row->percent, 0, SERVICE(row->split), "" };
    struct operation operation = deploy_operation_in("reverifying");
    struct event back = { .kind = EVENT_READING, .name = "service", .from = "engine",
                          .body = decision_json(fixture, SERVES(ALL_OLD)) };
    struct outcome first, last;
    struct deploy_body body;
    struct card card = { 0 };

    decide(&look, fixture, &first);
    assert_int_equal(first.effects_count, 1);
    body = *(const struct deploy_body *)first.body;
    assert_int_equal(body.acts_count, row->moved ? 1 : 0);
    operation.state = "returning";
    machine_deploy.card(&fixture->view, &operation, &body, &card);
    assert_int_equal(strstr(card.status, "it failed; " MOVED) != NULL, row->moved != NULL);
    operation.state = "reverifying";
    outcome_init(&last, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, &body, &back, &last);
    deploy_assert_says(last.summary, row->moved ? "was taken back: it failed; " MOVED ". Traffic is on `api-old` 100 %"
                                                : "was taken back: it failed. Traffic is on `api-old` 100 %");
}

static void check_split_after(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    const struct row row = { "", "reverifying", 25, 0, SERVICE(SERVES(ALL_OLD)), "" };
    const struct deploy_body *body;
    struct outcome out;

    (void)state;
    decide(&row, fixture, &out);
    body = out.body;
    assert_true(run_split_equal(body->split, body->split_count, body->before, body->before_count));
}

static void check_is_counted(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    const struct row row = { "", "returning", 25, 0, RETURN(END_DONE), "", .given_back = 1 };
    struct outcome out;

    (void)state;
    decide(&row, fixture, &out);
    assert_int_equal(((const struct deploy_body *)out.body)->given_back, 2);
}

/* Two reasons to look, and the change is on its way already. */
static void check_given_once(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    const struct row row = { "", "returning", 25, 0, SERVICE(SERVES(AT_25)), "" };
    struct operation operation = deploy_operation_in("returning");
    struct event event = { .kind = EVENT_READING, .name = "service", .from = "engine", .end = END_DONE,
                           .body = decision_json(fixture, SERVES(AT_25)) };
    struct outcome first, second;

    (void)state;
    decide(&row, fixture, &first);
    assert_int_equal(first.effects_count, 1);
    outcome_init(&second, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, first.body, &event, &second);
    assert_int_equal(second.effects_count, 0);
}

/* It was left for another operation: that is why, and nobody found it bad. */
static void check_left_by_rollback(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    const struct row row = { "", "baking", 25, 0, YIELD, "" };
    struct outcome out;

    (void)state;
    decide(&row, fixture, &out);
    assert_string_equal(out.bad->left, TARGET_LEFT_BY_ABORT);
    assert_string_equal(out.bad->why, "D1050 rolled it back");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "a way back expects the split that was found, and takes no tag away", check_args, NULL, NULL, NULL },
        { "a way back that was taken is counted", check_is_counted, NULL, NULL, NULL },
        { "and recorded once, however often it is looked at", check_given_once, NULL, NULL, NULL },
        { "what is verified to serve again is remembered", check_split_after, NULL, NULL, NULL },
        { "what a rollback stops is left, and not found bad", check_left_by_rollback, NULL, NULL, NULL },
    };
    int failed = ROWS(rows, check_row) + ROWS(stranger_rows, check_stranger);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
