/* What people ask of a running deploy: from every state, twice, and from a card that is not true any more. */
#include "tests/unit/deploy_fixture.h"

#define TODAY 7 /* the look of the card that shows what is so */

enum who { ANN, BEN };

static const struct row {
    const char *name, *verb, *state;
    int64_t step, percent;
    unsigned is;
    int64_t look;        /* 0: typed by hand */
    const char *outcome; /* all of it: deploy_outcome_text */
    const char *reply;   /* its beginning; "NO " in front of a refusal */
    const char *act;     /* what the card says was done; NULL: nothing is added */
    const char *rule;    /* of policy, added by a reload */
    const char *held;    /* then; NULL: it is not */
} rows[] = {
    /* ---- pause, resume ---- */
    { "a bake is paused", .verb = "pause", "baking", 0, 5, 0, TODAY, "-",
      "*D1042* is paused: it is at 5 % now. It takes no further step until `resume D1042`.", "paused at 5 %" },
    { "before any traffic too", .verb = "pause", "starting", 0, 0, 0, 0, "-",
      "*D1042* is paused: it has no traffic yet.", "paused before any traffic" },
    { "a step on its way is finished first", .verb = "pause", "shifting", 1, 5, 0, 0, "-",
      "*D1042* is paused: the step to 25 % is finished if it is on its way already.", "paused at 5 %" },
    { "a watch is paused", .verb = "pause", "watching", 2, 100, 0, 0, "-", "*D1042* is paused", "paused at 100 %" },
    { "who pauses a held step has answered: silence takes it back no more", .verb = "pause", "baking", 0, 5,
      ANSWER_ASKED, 0, "-", "*D1042* is paused", "paused at 5 %", .held = "of a reason" },
    { "paused twice is paused", .verb = "pause", "baking", 0, 5, PAUSED, 0, "nothing", "D1042 is paused already." },
    { "a way back is not paused", .verb = "pause", "returning", 1, 25, 0, 0, "nothing",
      "NO D1042 gives its traffic back, and that is not paused. Nothing was done." },
    { "a paused one is resumed", .verb = "resume", "baking", 0, 5, PAUSED, TODAY, "-",
      "*D1042* goes on: it is at 5 % now.", "resumed at 5 %" },
    { "one whose first step waited for it gets that step", .verb = "resume", "shifting", 0, 0, PAUSED | DENIED, 0,
      "shifting !run.traffic", "*D1042* goes on to 5 %.", "resumed before any traffic" },
    { "all at once too", .verb = "resume", "shifting", 0, 0, AT_ONCE | PAUSED | DENIED, 0, "shifting !run.traffic",
      "*D1042* goes on to 100 %.", "resumed before any traffic" },
    { "one whose next step waited for it is judged anew", .verb = "resume", "baking", 0, 5, JUDGED | PAUSED | DENIED, 0,
      "baking ?service ?measure @look+10s", "*D1042* goes on: it is at 5 % now.", "resumed at 5 %" },
    { "unless policy denies it", .verb = "resume", "shifting", 0, 0, PAUSED | DENIED, 0, "-",
      "*D1042* is resumed, and still held: the step to 5 % is not allowed now", "resumed before any traffic",
      .rule = FREEZE, .held = "the step to 5 % is not allowed now: deploy of api in staging is denied" },
    { "what is not paused is not resumed", .verb = "resume", "baking", 0, 5, 0, 0, "nothing",
      "D1042 is not paused: it is at 5 % now." },

    /* ---- promote ---- */
    { "a step is taken by hand", .verb = "promote", "baking", 0, 5, 0, TODAY, "shifting !run.traffic",
      "*D1042* goes on to 25 %.", "promoted at 5 %" },
    { "past what holds it", .verb = "promote", "baking", 1, 25, HELD, 0, "shifting !run.traffic",
      "*D1042* goes on to 100 %.", "promoted at 25 %" },
    { "past a verdict that waits for an answer", .verb = "promote", "baking", 0, 5, JUDGED | ANSWER_ASKED, 0,
      "shifting !run.traffic", "*D1042* goes on to 25 %.", "promoted at 5 %" },
    { "a watch is ended as good", .verb = "promote", "watching", 2, 100, JUDGED, 0, "done =done good",
      "*D1042* is good: `v1.4.2` serves all traffic", "promoted at 100 %" },
    { "not past a deny of policy", .verb = "promote", "baking", 0, 5, 0, 0, "-",
      "NO D1042 stays at 5 %: the step to 25 % is not allowed now",
      "asked to promote; not allowed: deploy of api in staging is denied: a freeze (test.yaml:36)", .rule = FREEZE,
      .held = "the step to 25 % is not allowed now" },
    { "the first step that waits for a right is tried", .verb = "promote", "shifting", 0, 0, DENIED, 0,
      "shifting !run.traffic", "*D1042* goes on to 5 %.", "promoted before any traffic" },
    { "a step on its way cannot be promoted", .verb = "promote", "shifting", 1, 5, 0, 0, "nothing",
      "NO D1042 cannot `promote` now: the step to 25 % is being made. Nothing was done." },
    { "nor one without traffic", .verb = "promote", "checking", 0, 0, 0, 0, "nothing",
      "NO D1042 cannot `promote` now: it has no traffic yet. Nothing was done." },
    { "nor one that goes back", .verb = "promote", "returning", 1, 25, 0, 0, "nothing",
      "NO D1042 cannot `promote` now: its traffic goes back. Nothing was done." },
    { "what somebody paused is resumed first", .verb = "promote", "baking", 0, 5, PAUSED, 0, "nothing",
      "NO D1042 is paused: `resume D1042` first. Nothing was done." },

    /* ---- retry ---- */
    { "a held step is judged anew", .verb = "retry", "baking", 0, 5, JUDGED | ANSWER_ASKED, TODAY,
      "baking ?service ?measure @look+10s", "*D1042*: the step at 5 % is judged anew.", "retried at 5 %" },
    { "a held watch too", .verb = "retry", "watching", 2, 100, JUDGED | HELD, 0, "watching ?service ?measure @look+30s",
      "*D1042*: the step at 100 % is judged anew.", "retried at 100 %" },
    { "a denied increase is tried again", .verb = "retry", "baking", 0, 5, DENIED, 0, "shifting !run.traffic",
      "*D1042* goes on to 25 %.", "retried at 5 %" },
    { "and denied again", .verb = "retry", "baking", 0, 5, DENIED, 0, "-", "NO D1042 stays at 5 %",
      "asked to retry; not allowed: deploy of api in staging is denied: a freeze (test.yaml:36)", .rule = FREEZE,
      .held = "the step to 25 % is not allowed now" },
    { "what is not held is not tried again", .verb = "retry", "baking", 0, 5, 0, 0, "nothing",
      "NO D1042 is not held, so there is nothing to try again: it is at 5 % now." },

    /* ---- abort ---- */
    { "before any traffic it ends at once", .verb = "abort", "starting", 0, 0, 0, 0,
      "aborted ~revision ~traffic ~return =aborted", "*D1042* is aborted: it had no traffic yet.",
      "aborted before any traffic" },
    { "also while it waits for its turn", .verb = "abort", "queued", 0, 0, 0, 0,
      "aborted ~revision ~traffic ~return =aborted", "*D1042* is aborted", "aborted before any traffic" },
    { "also in front of a first step that is not allowed", .verb = "abort", "shifting", 0, 0, DENIED, 0,
      "aborted ~revision ~traffic ~return =aborted", "*D1042* is aborted", "aborted before any traffic" },
    { "with traffic it goes back from whatever serves", .verb = "abort", "baking", 1, 25, 0, TODAY,
      "returning ?service ~traffic bad", "*D1042* is aborted: its traffic goes back to `api-old`.", "aborted at 25 %" },
    { "a step on its way is taken back, and ends first", .verb = "abort", "shifting", 1, 5, 0, 0,
      "returning @poll+1m ~traffic bad", "*D1042* is aborted", "aborted at 5 %" },
    { "a step that is verified is looked at", .verb = "abort", "verifying", 1, 5, 0, 0,
      "returning ?service ~traffic bad", "*D1042* is aborted", "aborted at 5 %" },
    { "a paused one too", .verb = "abort", "baking", 1, 25, PAUSED, 0, "returning ?service ~traffic bad",
      "*D1042* is aborted", "aborted at 25 %" },
    { "a watch too", .verb = "abort", "watching", 2, 100, 0, 0, "returning ?service ~traffic bad", "*D1042* is aborted",
      "aborted at 100 %" },
    { "all at once too, while it is verified", .verb = "abort", "verifying", 0, 0, AT_ONCE, 0,
      "returning ?service ~traffic bad", "*D1042* is aborted", "aborted at 0 %" },
    { "what goes back already goes back once", .verb = "abort", "returning", 1, 25, 0, 0, "nothing",
      "D1042 gives its traffic back already." },

    /* ---- cards that are not true any more ---- */
    { "a button of an older card does nothing", .verb = "promote", "baking", 1, 25, 0, TODAY - 1, "nothing",
      "NO The card has changed: it is at 25 % now. Nothing was done." },
    { "nor one of a card that never was", .verb = "retry", "baking", 1, 25, HELD, TODAY + 1, "nothing",
      "NO The card has changed: it is at 25 % now, held. Nothing was done." },
    { "nor does it resume", .verb = "resume", "baking", 1, 25, PAUSED, TODAY - 1, "nothing",
      "NO The card has changed: it is at 25 % now, paused. Nothing was done." },
    { "but who wants to stop is not told to look again", .verb = "abort", "baking", 1, 25, 0, TODAY - 1,
      "returning ?service ~traffic bad", "*D1042* is aborted", "aborted at 25 %" },
    { "nor who wants to pause", .verb = "pause", "baking", 1, 25, 0, TODAY - 1, "-", "*D1042* is paused",
      "paused at 25 %" },
    { "a verb that a deploy does not take", .verb = "rollback", "baking", 1, 25, 0, 0, "nothing",
      "NO D1042 is a deploy, and takes no `rollback`. Nothing was done." },
};

static struct request request_of(enum who who)
{
    return (struct request){
        .id = "r9",
        .source = "slack",
        .principal = { "slack", who == ANN ? "U1" : "U2", "T1", who == ANN ? "ann" : "ben" },
    };
}

static void ask(struct decision_fixture *fixture, const char *state, const char *verb, int64_t look, enum who who,
                const struct deploy_body *body, struct outcome *out)
{
    const struct control_arguments arguments = { .operation = "D1042", .look = look ? look : CONTROL_ANY_LOOK };
    struct operation operation = deploy_operation_in(state);
    struct request request = request_of(who);
    struct event event = { .kind = EVENT_REQUEST, .name = verb, .request = &request, .arguments = &arguments };

    outcome_init(out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, out);
}

static const char *reply_of(const struct outcome *out, struct arena *arena)
{
    assert_non_null(out->reply);
    return arena_printf(arena, "%s%s", out->reply->is_refusal ? "NO " : "", out->reply->text);
}

static void check_act(const struct outcome *out, const struct row *row, struct arena *arena)
{
    const struct deploy_body *body = out->body;
    const char *kind = out->journal_count ? out->journal[0].kind : NULL;

    if (!row->act) {
        assert_null(kind);
        return;
    }
    assert_string_equal(body->acts[0].what, row->act);
    assert_string_equal(body->acts[0].who, "@{slack:U1}");
    if (strncmp(row->act, "asked to ", 9) == 0) /* what was not allowed is not journalled as done */
        assert_string_equal(kind, arena_printf(arena, "deploy.%s_denied", row->verb));
    else
        assert_true(strncmp(kind, "deploy.", 7) == 0 && strncmp(kind + 7, row->act, strlen(kind + 7)) == 0);
    assert_true(json_find_int(out->journal[0].body, "percent", -1) == row->percent);
    assert_null(json_find(out->journal[0].body, "principal"));
    assert_string_equal(json_find_string(out->journal[0].personal, "principal"), "U1");
    if (!out->result)
        assert_true(body->looks > TODAY);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_FREE char *configuration = deploy_with_rule(row->rule);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(configuration);
    struct deploy_body *body = deploy_body_made(fixture, row->step, row->percent, row->is);
    struct outcome out;

    ask(fixture, row->state, row->verb, row->look, ANN, body, &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), row->outcome);
    deploy_assert_says(reply_of(&out, fixture->arena), row->reply);
    check_act(&out, row, fixture->arena);
    if (out.body)
        deploy_assert_says(((const struct deploy_body *)out.body)->held, row->held);
}

/* ---- one after the other ---- */

static void check_double_click(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, 0, 5, HELD);
    struct outcome first, second;

    (void)state;
    ask(fixture, "baking", "promote", TODAY, ANN, body, &first);
    ask(fixture, first.state, "promote", TODAY, ANN, first.body, &second);
    assert_string_equal(deploy_outcome_text(&second, fixture->arena), "nothing");
    assert_string_equal(reply_of(&second, fixture->arena), "That is done already: you promoted at 5 %.");
    ask(fixture, first.state, "promote", TODAY, BEN, first.body, &second);
    assert_string_equal(reply_of(&second, fixture->arena),
                        "NO The card has changed: the step to 25 % is being made. Nothing was done.");
    ask(fixture, first.state, "retry", TODAY, ANN, first.body, &second);
    assert_string_equal(deploy_outcome_text(&second, fixture->arena), "nothing");
}

static void check_double_abort(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct outcome first, second;

    (void)state;
    ask(fixture, "baking", "abort", TODAY, ANN, deploy_body_made(fixture, 0, 5, 0), &first);
    ask(fixture, first.state, "abort", TODAY, ANN, first.body, &second);
    assert_string_equal(deploy_outcome_text(&second, fixture->arena), "nothing");
    assert_string_equal(reply_of(&second, fixture->arena), "D1042 gives its traffic back already.");
}

static void check_late_double_click(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, 0, 5, 0), *later;
    struct outcome first, second;

    (void)state;
    ask(fixture, "baking", "promote", TODAY, ANN, body, &first);
    later = ARENA_NEW(fixture->arena, struct deploy_body);
    *later = *(const struct deploy_body *)first.body;
    later->looks += 2; /* the step was verified, and is baked */
    ask(fixture, "baking", "promote", TODAY, ANN, later, &second);
    assert_string_equal(reply_of(&second, fixture->arena), "That is done already: you promoted at 5 %.");
}

static void check_acts_are_bounded(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    const struct deploy_body *body = deploy_body_made(fixture, 0, 5, 0);
    struct outcome out;

    (void)state;
    for (size_t i = 0; i < 30; i++) {
        ask(fixture, "baking", i % 2 ? "resume" : "pause", 0, i % 2 ? BEN : ANN, body, &out);
        body = out.body;
    }
    assert_int_equal(body->acts_count, DEPLOY_ACTS_MAX);
    assert_string_equal(body->acts[DEPLOY_ACTS_MAX - 1].what, "resumed at 5 %");
    assert_string_equal(body->acts[DEPLOY_ACTS_MAX - 1].who, "@{slack:U2}");
}

/* What was typed is theirs: no summary has it, no target's list of bad versions, and nothing else that is kept for
 * ever. */
static void check_reason_of_abort(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    const struct control_arguments arguments = { .operation = "D1042",
                                                 .look = CONTROL_ANY_LOOK,
                                                 .reason = "ann@example.com has a fever" };
    struct operation operation = deploy_operation_in("baking");
    struct request request = request_of(ANN);
    struct event event = { .kind = EVENT_REQUEST, .name = "abort", .request = &request, .arguments = &arguments };
    const struct deploy_body *after;
    struct outcome out;

    (void)state;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, deploy_body_made(fixture, 1, 25, 0), &event, &out);
    after = out.body;
    assert_string_equal(after->returning, "it was aborted at 25 %");
    assert_string_equal(out.bad->why, "it was aborted at 25 %");
    assert_string_equal(after->acts[0].what, "aborted at 25 %: ann@example.com has a fever"); /* on the card */
    for (size_t i = 0; i < out.journal_count; i++)
        assert_null(strstr(json_print_in(fixture->arena, out.journal[i].body), "fever"));
    assert_string_equal(json_find_string(out.journal[0].personal, "reason"), arguments.reason);
}

static void check_reason(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    const struct control_arguments arguments = { .operation = "D1042",
                                                 .look = CONTROL_ANY_LOOK,
                                                 .reason = "disk is full" };
    struct operation operation = deploy_operation_in("baking");
    struct request request = request_of(ANN);
    struct event event = { .kind = EVENT_REQUEST, .name = "pause", .request = &request, .arguments = &arguments };
    struct outcome out;

    (void)state;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, deploy_body_made(fixture, 0, 5, 0), &event, &out);
    assert_string_equal(((const struct deploy_body *)out.body)->acts[0].what, "paused at 5 %: disk is full");
    assert_null(json_find(out.journal[0].body, "reason"));
    assert_string_equal(json_find_string(out.journal[0].personal, "reason"), "disk is full");
}

static int64_t observed_after_resume(struct decision_fixture *fixture, int64_t seen_s, int64_t jumps)
{
    struct deploy_body *body = deploy_body_made(fixture, 0, 5, JUDGED | PAUSED);
    struct outcome out;

    body->observed_ms = 60 * SECOND_MS;
    body->observed_at_ms = DECISION_NOW_MS - seen_s * SECOND_MS;
    fixture->view.clock_jumps = jumps;
    ask(fixture, "baking", "resume", TODAY, ANN, body, &out);
    body = (struct deploy_body *)(uintptr_t)out.body;
    assert_int_equal(body->observed_at_ms, DECISION_NOW_MS);
    assert_int_equal(body->clock_jumps, jumps);
    return body->observed_ms / SECOND_MS;
}

/* Whoever resumes is no look: it must not make a gap look like one that was bridged. */
static void check_resume_hides_no_gap(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);

    (void)state;
    assert_int_equal(observed_after_resume(fixture, 10, 0), 60); /* none of the pause, all of before */
    assert_int_equal(observed_after_resume(fixture, 31, 0), 0);
    assert_int_equal(observed_after_resume(fixture, 3600, 0), 0);
    assert_int_equal(observed_after_resume(fixture, -5, 0), 0);
    assert_int_equal(observed_after_resume(fixture, 10, 1), 0);
}

/* Pausing takes the deadline away, as somebody is there; with `resume` that is over. */
static void check_deadline_returns(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, 0, 5, JUDGED | ANSWER_ASKED);
    struct outcome paused, resumed;

    (void)state;
    body->verdict = JUDGE_FAIL;
    ask(fixture, "baking", "pause", 0, ANN, body, &paused);
    assert_int_equal(((const struct deploy_body *)paused.body)->held_until_ms, 0);
    ask(fixture, "baking", "resume", 0, ANN, paused.body, &resumed);
    assert_string_equal(deploy_outcome_text(&resumed, fixture->arena), "- @unanswered+1m");
    assert_string_equal(reply_of(&resumed, fixture->arena), "*D1042* is resumed, and still held: of a reason.");
    assert_int_equal(((const struct deploy_body *)resumed.body)->held_until_ms, DECISION_NOW_MS + MINUTE_MS);
}

static void check_no_deadline_comes(void **state)
{
    static const struct {
        unsigned is;
        enum judge_verdict verdict;
        int64_t unanswered_ms;
    } holds[] = {
        { PAUSED | HELD, JUDGE_NONE, MINUTE_MS },   /* nobody judges: it waits as long as it takes */
        { PAUSED | HELD | JUDGED, JUDGE_FAIL, 0 },  /* likewise */
        { PAUSED | JUDGED, JUDGE_WAIT, MINUTE_MS }, /* nothing is held */
    };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(holds); i++) {
        struct deploy_body *body = deploy_body_made(fixture, 0, 5, holds[i].is);
        struct outcome out;

        body->verdict = holds[i].verdict;
        body->limits.unanswered_ms = holds[i].unanswered_ms;
        ask(fixture, "baking", "resume", 0, ANN, body, &out);
        assert_string_equal(deploy_outcome_text(&out, fixture->arena), "-");
        assert_int_equal(((const struct deploy_body *)out.body)->held_until_ms, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "a resume hides no gap", check_resume_hides_no_gap, NULL, NULL, NULL },
        { "a held step that is resumed has its time to answer anew", check_deadline_returns, NULL, NULL, NULL },
        { "one that had none gets none", check_no_deadline_comes, NULL, NULL, NULL },
        { "a double click is done once, and another person's is stale", check_double_click, NULL, NULL, NULL },
        { "a double click on abort gives back once", check_double_abort, NULL, NULL, NULL },
        { "a double click that comes when more has happened too", check_late_double_click, NULL, NULL, NULL },
        { "only the newest acts are kept", check_acts_are_bounded, NULL, NULL, NULL },
        { "a reason is on the card, and in the journal as a person's own words", check_reason, NULL, NULL, NULL },
        { "the reason of an `abort` is nowhere else", check_reason_of_abort, NULL, NULL, NULL },
    };
    int failed = ROWS(rows, check_row);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
