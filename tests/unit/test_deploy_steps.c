/* More and more traffic: each step made, verified, baked, judged; and what comes late, twice, foreign or never. */
#include "tests/unit/deploy_fixture.h"

#define HEALTHY "{'status':200,'is_healthy':true}"
#define DONE EVENT_EFFECT, "traffic", END_DONE, .body = "{'changed':true}"
#define TRAFFIC(how) EVENT_EFFECT, "traffic", how, .body = NULL
#define HEALTH(answer) EVENT_READING, "health", END_DONE, .body = answer
#define SERVICE(answer) EVENT_READING, "service", END_DONE, .body = answer
#define NO_SERVICE(how) EVENT_READING, "service", how, .body = NULL
#define MEASURE(answer) EVENT_READING, "measure", END_DONE, .body = answer
#define NO_MEASURE(how) EVENT_READING, "measure", how, .body = NULL
#define LOOK EVENT_TIMER, "look", END_DONE, .body = NULL
#define JUMPS 3 /* of the clock, so far */
#define UNANSWERED EVENT_TIMER, "unanswered", END_DONE, .body = NULL

static const struct row {
    const char *name, *state;
    int64_t step, percent; /* ours, as last verified */
    unsigned is;
    int64_t observed_s, seen_s; /* observed so far, and how long ago it was last looked at */
    enum event_kind kind;
    const char *event;
    enum event_end end;
    const char *body;
    const char *outcome; /* all of it: deploy_outcome_text */
    const char *error;   /* of the event */
    const char *rule;    /* of policy, added by a reload */
    const char *summary; /* part of it */
    const char *held;    /* why it is held then, a part; NULL: it is not */
    const char *returning;
    const char *judged;      /* journalled: "passed", with its numbers; NULL: no verdict was */
    int64_t observed_then_s; /* 0: not asked for */
    int64_t step_then;       /* 0: not asked for */
    int64_t jumps;           /* of the clock, counted since the last look */
} rows[] = {
    /* ---- the first step ---- */
    { "a healthy canary gets its first step", "checking", 0, 0, 0, 0, 0, HEALTH(HEALTHY), "shifting !run.traffic" },
    { "a deny before the first step ends it: nothing was touched", "checking", 0, 0, 0, 0, 0, HEALTH(HEALTHY),
      "refused =refused", .rule = FREEZE, .summary = "Traffic was not touched." },
    { "paused before any traffic, it waits in front of the first step", "checking", 0, 0, PAUSED, 0, 0, HEALTH(HEALTHY),
      "shifting", .held = "the step to 5 % is not allowed now: it is paused" },
    { "a first step that is taken back before its try is held, not failed", "shifting", 0, 0, 0, 0, 0,
      TRAFFIC(END_CANCELLED), "shifting", .error = "a freeze", .held = "the step to 5 % is not allowed now: a freeze" },
    { "all at once it fails, as there is nothing to hold", "shifting", 0, 0, AT_ONCE, 0, 0, TRAFFIC(END_CANCELLED),
      "failed =failed", .error = "a freeze", .summary = "a freeze. The new revision stays." },
    { "unless it was paused: then it waits", "shifting", 0, 0, AT_ONCE | PAUSED, 0, 0, TRAFFIC(END_CANCELLED),
      "shifting", .error = "it is paused", .held = "the step to 100 % is not allowed now: it is paused" },
    { "also when it was seen not to have been made", "verifying", 0, 0, AT_ONCE | PAUSED | LATE | IN_DOUBT, 0, 0,
      SERVICE(SERVES(ALL_OLD)), "shifting", .held = "the step to 100 % is not allowed now: it is paused" },
    { "a first step that is refused fails: no traffic was given", "shifting", 0, 0, 0, 0, 0, TRAFFIC(END_FAILED),
      "failed =failed", .error = "somebody else changed it", .summary = "somebody else changed it" },
    { "a step that was made is verified", "shifting", 0, 0, 0, 0, 0, DONE, "verifying ?service" },
    { "a step in doubt too", "shifting", 0, 0, 0, 0, 0, TRAFFIC(END_GAVE_UP), "verifying ?service" },
    { "one that nothing can tell of too", "shifting", 1, 5, 0, 0, 0, TRAFFIC(END_UNKNOWN), "verifying ?service" },
    { "a later step that is taken back leaves it at the step before, held", "shifting", 1, 5, JUDGED, 0, 0,
      TRAFFIC(END_CANCELLED), "baking ?service ?measure @look+10s", .error = "a freeze",
      .held = "the step to 25 % is not allowed now: a freeze", .step_then = 0 },
    { "a later step that is refused goes back from whatever serves", "shifting", 1, 5, 0, 0, 0, TRAFFIC(END_FAILED),
      "returning ?service ~traffic bad", .error = "403", .returning = "the step to 25 % failed: 403" },

    /* ---- verifying ---- */
    { "a verified step is baked", "verifying", 0, 0, 0, 0, 0, SERVICE(SERVES(AT_5)), "baking ?service @look+10s" },
    { "where there is a judge, its numbers are asked for", "verifying", 0, 0, JUDGED, 0, 0, SERVICE(SERVES(AT_5)),
      "baking ?service ?measure @look+10s" },
    { "the last step is watched", "verifying", 2, 25, 0, 0, 0, SERVICE(SERVES(ALL_OURS)),
      "watching ?service @look+30s" },
    { "blue-green is watched after its only step", "verifying", 0, 0, BLUE_GREEN, 0, 0, SERVICE(SERVES(ALL_OURS)),
      "watching ?service @look+30s" },
    { "all at once is done", "verifying", 0, 0, AT_ONCE, 0, 0, SERVICE(SERVES(ALL_OURS)), "done =done good",
      .summary = "`v1.4.2` serves all traffic of api/staging" },
    { "traffic on its way is waited for", "verifying", 0, 0, 0, 0, 0, SERVICE(TURNS_TO(AT_5, ALL_OLD)), "- @poll+1s" },
    { "the old split may still be read for a while", "verifying", 1, 5, 0, 0, 0, SERVICE(SERVES(AT_5)), "- @poll+1s" },
    { "a foreign split stops it, and is not overwritten", "verifying", 1, 5, 0, 0, 0, SERVICE(SERVES(FOREIGN)),
      "failed ~revision ~traffic ~return =failed doubt",
      .summary = "Somebody else changed the traffic: it is `api-old` 50 %, `api-theirs` 50 %, and `" OURS
                 "` 25 %, `api-old` 75 % was expected. opsgate did not touch it. Look where" },
    { "what was there before, with the mark of our change, is somebody else's answer to it", "verifying", 1, 5, 0, 0, 0,
      SERVICE(MARKED(AT_5, "birth-000000000000000e")), "failed ~revision ~traffic ~return =failed doubt",
      .summary = "Somebody else changed the traffic: it is `api-old` 95 %, `" OURS "` 5 %, and `" OURS },
    { "also at the first step", "verifying", 0, 0, 0, 0, 0, SERVICE(MARKED(ALL_OLD, "birth-000000000000000e")),
      "failed ~revision ~traffic ~return =failed doubt", .summary = "Somebody else changed the traffic" },
    { "with the mark of an earlier change it may still be on its way", "verifying", 1, 5, 0, 0, 0,
      SERVICE(MARKED(AT_5, "birth-000000000000000d")), "- @poll+1s" },
    { "in doubt nobody knows the mark", "verifying", 1, 5, IN_DOUBT, 0, 0,
      SERVICE(MARKED(AT_5, "birth-000000000000000e")), "- @poll+1s" },
    { "a foreign split that is still settling too", "verifying", 1, 5, 0, 0, 0, SERVICE(TURNS_TO(FOREIGN, AT_5)),
      "failed ~revision ~traffic ~return =failed doubt", .summary = "Somebody else" },
    { "a first step in doubt that never shows did not happen", "verifying", 0, 0, LATE | IN_DOUBT, 0, 0,
      SERVICE(SERVES(ALL_OLD)), "returning ?service ~traffic",
      .returning = "no try to switch it got through to Cloud Run" },
    { "also all at once: a try that is still out finds the service changed", "verifying", 0, 0,
      AT_ONCE | LATE | IN_DOUBT, 0, 0, SERVICE(SERVES(ALL_OLD)), "returning ?service ~traffic",
      .returning = "no try to switch it got through" },
    { "a later step in doubt that never shows goes back", "verifying", 1, 5, LATE | IN_DOUBT, 0, 0,
      SERVICE(SERVES(AT_5)), "returning ?service ~traffic bad", .returning = "no try to switch it got through" },
    { "one that a pause cut short is held where it was", "verifying", 1, 5, LATE | IN_DOUBT | PAUSED, 0, 0,
      SERVICE(SERVES(AT_5)), "baking ?service @look+10s", .held = "the step to 25 % is not allowed now: it is paused" },
    { "also the first one", "verifying", 0, 0, LATE | IN_DOUBT | PAUSED, 0, 0, SERVICE(SERVES(ALL_OLD)), "shifting",
      .held = "the step to 5 % is not allowed now: it is paused" },
    { "one that a deny cut short too", "verifying", 1, 5, LATE | IN_DOUBT, 0, 0, SERVICE(SERVES(AT_5)),
      "baking ?service @look+10s", .rule = FREEZE, .held = "a freeze" },
    { "a step that Cloud Run took and never shows goes back", "verifying", 0, 0, LATE, 0, 0,
      SERVICE(TURNS_TO(AT_5, ALL_OLD)), "returning ?service ~traffic bad",
      .returning = "Cloud Run took the step to 5 %" },
    { "a step in doubt that shows goes on", "verifying", 1, 5, IN_DOUBT, 0, 0, SERVICE(SERVES(AT_25)),
      "baking ?service @look+10s" },
    { "no answer is waited for", "verifying", 0, 0, 0, 0, 0, NO_SERVICE(END_FAILED), "- @poll+1s", .error = "403" },
    { "but not for ever", "verifying", 0, 0, LATE, 0, 0, NO_SERVICE(END_GAVE_UP), "returning ?service ~traffic bad",
      .returning = "did not tell how api-service stands: no answer in time" },

    /* ---- looks ---- */
    { "a look asks both, and for the next look", "baking", 0, 5, JUDGED, 10, 10, LOOK,
      "- ?service ?measure @look+10s" },
    { "without a judge it asks for the service alone", "baking", 0, 5, 0, 10, 10, LOOK, "- ?service @look+10s" },
    { "time between two looks is observed", "baking", 0, 5, JUDGED, 30, 10, SERVICE(SERVES(AT_5)), "-",
      .observed_then_s = 40 },
    { "a gap of three looks still counts", "baking", 0, 5, JUDGED, 30, 30, SERVICE(SERVES(AT_5)), "-",
      .observed_then_s = 60 },
    { "a longer gap lets the step be judged anew", "baking", 0, 5, JUDGED, 90, 31, SERVICE(SERVES(AT_5)), "-",
      .observed_then_s = -1 },
    { "a clock that jumped hides how long a gap was", "baking", 0, 5, JUDGED, 90, 10, SERVICE(SERVES(AT_5)), "-",
      .observed_then_s = -1, .jumps = 1 },
    { "also to where it was", "watching", 2, 100, 0, 990, 0, SERVICE(SERVES(ALL_OURS)), "-", .observed_then_s = -1,
      .jumps = 1 },
    { "a clock that went back too", "baking", 0, 5, JUDGED, 90, -5, SERVICE(SERVES(AT_5)), "-", .observed_then_s = -1 },
    { "time does not count while it is paused", "baking", 0, 5, JUDGED | PAUSED, 30, 10, SERVICE(SERVES(AT_5)), "-",
      .observed_then_s = 30 },
    { "nor while it is held", "baking", 0, 5, JUDGED | HELD, 30, 10, SERVICE(SERVES(AT_5)), "-", .observed_then_s = 30,
      .held = "of a reason" },
    { "no answer about the service counts no time", "baking", 0, 5, JUDGED, 30, 10, NO_SERVICE(END_GAVE_UP), "-",
      .observed_then_s = 30 },
    { "an answer that makes no sense neither", "baking", 0, 5, JUDGED, 30, 10, SERVICE("{'is_settled':'perhaps'}"), "-",
      .observed_then_s = 30 },
    { "a foreign split stops a bake", "baking", 1, 25, JUDGED, 30, 10, SERVICE(SERVES(FOREIGN)),
      "failed ~revision ~traffic ~return =failed doubt", .summary = "opsgate did not touch it" },
    { "traffic that somebody gave back is foreign too", "baking", 1, 25, 0, 30, 10, SERVICE(SERVES(ALL_OLD)),
      "failed ~revision ~traffic ~return =failed doubt",
      .summary = "it is `api-old` 100 %, and `api-old` 75 %, `" OURS "` 25 % was expected" },
    { "a foreign split stops it also while it is held", "baking", 1, 25, HELD, 30, 10, SERVICE(SERVES(FOREIGN)),
      "failed ~revision ~traffic ~return =failed doubt", .held = "of a reason", .summary = "Somebody else" },
    { "a foreign split stops a watch", "watching", 2, 100, 0, 30, 10, SERVICE(SERVES(FOREIGN)),
      "failed ~revision ~traffic ~return =failed doubt", .summary = "Somebody else" },

    /* ---- without a judge ---- */
    { "a step that is not baked yet goes on baking", "baking", 0, 5, 0, 80, 10, SERVICE(SERVES(AT_5)), "-",
      .observed_then_s = 90 },
    { "a baked step without a judge waits for a person, however long", "baking", 0, 5, 0, 90, 10, SERVICE(SERVES(AT_5)),
      "-", .held = "baked 100 s without a judge: promote it or roll it back" },
    { "paused it is not even that", "baking", 0, 5, PAUSED, 100, 10, SERVICE(SERVES(AT_5)), "-" },
    { "a watch without a judge is over by time", "watching", 2, 100, 0, 990, 10, SERVICE(SERVES(ALL_OURS)),
      "done =done good", .judged = "100 not judged: " },
    { "but not before", "watching", 2, 100, 0, 900, 10, SERVICE(SERVES(ALL_OURS)), "-", .observed_then_s = 910 },
    { "nor while it is paused", "watching", 2, 100, PAUSED, 1000, 10, SERVICE(SERVES(ALL_OURS)), "-" },

    /* ---- judged ---- */
    { "a well step goes on when it is baked", "baking", 0, 5, JUDGED, 100, 1, MEASURE(WELL), "shifting !run.traffic",
      .step_then = 1, .judged = "5 passed: 0." },
    { "not before", "baking", 0, 5, JUDGED, 50, 1, MEASURE(WELL), "-" },
    { "a well watch is good", "watching", 2, 100, JUDGED, 1000, 1, MEASURE(WELL), "done =done good",
      .judged = "100 passed: 0." },
    { "an ill step goes back at once, in the verdict's own commit", "baking", 1, 25, JUDGED, 50, 1, MEASURE(ILL),
      "returning !run.return ~traffic bad", .returning = "8,000 requests failed, over the limit of 0.5 %",
      .judged = "25 failed: " },
    { "an ill watch too", "watching", 2, 100, JUDGED, 50, 1, MEASURE(ILL), "returning !run.return ~traffic bad",
      .returning = "failed", .judged = "100 failed: " },
    { "ill is ill while it is paused", "baking", 1, 25, JUDGED | PAUSED, 50, 1, MEASURE(ILL),
      "returning !run.return ~traffic bad", .returning = "failed", .judged = "25 failed: " },
    { "and while it is held for another reason", "baking", 1, 25, JUDGED | DENIED, 50, 1, MEASURE(ILL),
      "returning !run.return ~traffic bad", .returning = "failed", .judged = "25 failed: " },
    { "an ill step can be held for a person", "baking", 1, 25, JUDGED | ON_FAIL_HOLDS, 50, 1, MEASURE(ILL),
      "- @unanswered+1m", .held = "failed", .judged = "25 failed: " },
    { "a second bad look gives no new time to answer", "baking", 1, 25, JUDGED | ON_FAIL_HOLDS | ANSWER_ASKED, 50, 1,
      MEASURE(ILL), "-", .held = "of a reason", .judged = "25 failed: " },
    { "a step that was held for policy is held for its numbers now", "baking", 1, 25, JUDGED | ON_FAIL_HOLDS | DENIED,
      50, 1, MEASURE(ILL), "- @unanswered+1m", .held = "failed", .judged = "25 failed: " },
    { "a well step waits for whoever paused it", "baking", 0, 5, JUDGED | PAUSED, 100, 1, MEASURE(WELL), "-" },
    { "and for whoever has to answer", "baking", 0, 5, JUDGED | ANSWER_ASKED, 100, 1, MEASURE(WELL), "-",
      .held = "of a reason" },
    { "numbers whose newest sample is old are no pass", "baking", 0, 5, JUDGED, 100, 1, MEASURE(OLD_NUMBERS), "-" },
    { "no numbers are no pass", "baking", 0, 5, JUDGED, 100, 1, MEASURE(EMPTY_NUMBERS), "-" },
    { "a source that does not answer neither", "baking", 0, 5, JUDGED, 100, 1, NO_MEASURE(END_GAVE_UP), "-" },
    { "nor one that talks nonsense", "baking", 0, 5, JUDGED, 100, 1, MEASURE("{'canary':7}"), "-" },
    { "what cannot be judged in time is held", "baking", 0, 5, JUDGED, 300, 1, MEASURE(EMPTY_NUMBERS),
      "- @unanswered+1m", .held = "", .judged = "5 inconclusive: it cannot be judged after" },
    { "or goes back", "baking", 0, 5, JUDGED | INCONCLUSIVE_ROLLS_BACK, 300, 1, NO_MEASURE(END_GAVE_UP),
      "returning !run.return ~traffic bad", .returning = "", .judged = "5 inconclusive: " },
    { "or goes on, where somebody wrote that down", "baking", 0, 5, JUDGED | INCONCLUSIVE_PROMOTES, 300, 1,
      NO_MEASURE(END_GAVE_UP), "shifting !run.traffic", .step_then = 1, .judged = "5 inconclusive: " },
    { "a watch with missing numbers goes on until its own end", "watching", 2, 100, JUDGED, 500, 1,
      NO_MEASURE(END_GAVE_UP), "-" },
    { "numbers from before a gap pass nothing", "baking", 0, 5, JUDGED, 100, 3600, MEASURE(WELL), "-",
      .observed_then_s = -1 },
    { "nor do those from before a jump of the clock", "baking", 0, 5, JUDGED, 100, 1, MEASURE(WELL), "-",
      .observed_then_s = -1, .jumps = 1 },
    { "but fail it", "baking", 0, 5, JUDGED, 100, 3600, MEASURE(ILL), "returning !run.return ~traffic bad",
      .returning = "failed", .judged = "5 failed: " },
    { "a deny stops the next step, and it is held where it is", "baking", 0, 5, JUDGED, 100, 1, MEASURE(WELL), "-",
      .rule = FREEZE, .held = "the step to 25 % is not allowed now: deploy of api in staging is denied: a freeze",
      .judged = "5 passed: " },

    /* ---- nobody answers ---- */
    { "a held step that nobody answers goes back", "baking", 1, 25, JUDGED | ANSWER_ASKED | UNANSWERED_LONG, 0, 0,
      UNANSWERED, "returning !run.return ~traffic bad", .returning = "nobody answered within 60 s: of a reason" },
    { "not before its time", "baking", 1, 25, JUDGED | ANSWER_ASKED, 0, 0, UNANSWERED, "nothing @unanswered+1m",
      .held = "of a reason" },
    { "not when somebody answered", "baking", 1, 25, JUDGED, 0, 0, UNANSWERED, "nothing" },
    { "not when it waits as long as it takes", "baking", 1, 25, HELD, 0, 0, UNANSWERED, "nothing",
      .held = "of a reason" },

    /* ---- late and unknown ---- */
    { "a measure that comes while a step is made changes nothing", "shifting", 1, 5, JUDGED, 100, 1, MEASURE(ILL),
      "nothing" },
    { "nor does a look that was left behind", "shifting", 1, 5, JUDGED, 0, 0, LOOK, "nothing" },
    { "nor the end of an effect that nobody waits for", "baking", 1, 25, JUDGED, 0, 0, DONE, "nothing" },
    { "nor an answer while it goes back", "returning", 1, 25, JUDGED, 0, 0, MEASURE(WELL), "nothing" },
    { "a deploy of the first schema that was switching goes on", "switching", 0, 0, AT_ONCE, 0, 0, DONE,
      "verifying ?service" },
};

static struct deploy_body *body_of(struct decision_fixture *fixture, const struct row *row)
{
    struct deploy_body *body = deploy_body_made(fixture, row->step, row->percent, row->is);

    body->observed_ms = row->observed_s * SECOND_MS;
    body->observed_at_ms = DECISION_NOW_MS - row->seen_s * SECOND_MS;
    body->clock_jumps = JUMPS;
    deploy_body_judged(fixture, body);
    return body;
}

static void decide(const struct row *row, struct decision_fixture *fixture, struct outcome *out)
{
    struct operation operation = deploy_operation_in(row->state);
    struct event event = { .kind = row->kind, .name = row->event, .end = row->end, .error = row->error };

    if (row->body)
        event.body = decision_json(fixture, row->body);
    fixture->view.clock_jumps = JUMPS + row->jumps;
    outcome_init(out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body_of(fixture, row), &event, out);
}

/* "25 passed: 0.00 % of ..."; NULL: none is journalled, or several are. */
static const char *verdict_of(const struct outcome *out, struct arena *arena)
{
    const char *text = NULL;
    size_t count = 0;

    for (size_t i = 0; i < out->journal_count; i++) {
        const cJSON *body = out->journal[i].body;

        if (strcmp(out->journal[i].kind, "deploy.judged") != 0)
            continue;
        text = arena_printf(arena, "%lld %s: %s", (long long)json_find_int(body, "percent", 0),
                            json_find_string(body, "verdict"), json_find_string(body, "why"));
        count++;
    }
    assert_true(count <= 1);
    return text;
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_FREE char *configuration = deploy_with_rule(row->rule);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(configuration);
    const struct deploy_body *body;
    struct outcome out;

    decide(row, fixture, &out);
    body = out.body ? out.body : body_of(fixture, row);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), row->outcome);
    deploy_assert_says(body->held, row->held);
    if (row->summary)
        deploy_assert_says(out.summary, row->summary);
    deploy_assert_says(body->returning, row->returning);
    deploy_assert_says(verdict_of(&out, fixture->arena), row->judged);
    if (row->observed_then_s)
        assert_int_equal(body->observed_ms, row->observed_then_s < 0 ? 0 : row->observed_then_s * SECOND_MS);
    if (row->step_then)
        assert_int_equal(body->step, row->step_then);
}

/* Who cannot read the service sees no end of a gap: it is one all the same, and what comes in it adds up. */
static void a_gap_that_goes_on_is_one(void **state)
{
    static const struct row row = { "", "baking", 0, 5, JUDGED, 100, 3600, MEASURE(WELL), "" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = deploy_operation_in("baking");
    struct event event = { .kind = row.kind, .name = row.event, .end = row.end };
    struct deploy_body *body = body_of(fixture, &row);
    const struct deploy_body *then;
    int64_t blocks = body->judging->state.blocks;
    struct outcome out;

    (void)state;
    assert_true(blocks > 0);
    body->observed_ms = 0; /* it was begun anew when the gap was seen first */
    event.body = decision_json(fixture, WELL);
    fixture->view.clock_jumps = JUMPS;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    then = out.body;
    assert_int_equal(then->verdict, JUDGE_WAIT);
    assert_true(then->judging->state.blocks > blocks);
    assert_int_equal(then->judging->state.step_from_ms, body_of(fixture, &row)->judging->state.step_from_ms);
}

/* ---- what the effects carry ---- */

#define PLACE "'place':{'project':'acme','region':'us-central1','service':'api-service'}"

static void check_args(void **state)
{
    static const struct {
        const char *row, *args;
    } args[] = {
        { "a healthy canary gets its first step",
          "{" PLACE ",'expected':[" ALL_OLD "],'wanted':[{'revision':'" OURS
          "','percent':5,'tag':'d1042'},{'revision':'api-old','percent':95}],'version':'v1.4.2',"
          "'previous':'api-old'}" },
        { "a well step goes on when it is baked",
          "{" PLACE ",'expected':[{'revision':'api-old','percent':95},{'revision':'" OURS
          "','percent':5,'tag':'d1042'}],'wanted':[{'revision':'" OURS
          "','percent':25,'tag':'d1042'},{'revision':'api-old','percent':75}],'version':'v1.4.2',"
          "'previous':'api-old'}" },
        { "an ill step goes back at once, in the verdict's own commit",
          "{" PLACE ",'expected':[{'revision':'api-old','percent':75},{'revision':'" OURS
          "','percent':25,'tag':'d1042'}],'wanted':[{'revision':'api-old','percent':100}],'version':null,'previous':null}" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(args); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct outcome out;

        for (size_t k = 0; k < ARRAY_LEN(rows); k++)
            if (strcmp(rows[k].name, args[i].row) == 0)
                decide(&rows[k], fixture, &out);
        assert_string_equal(out.effects[0].lane, "target:api/staging");
        if (!cJSON_Compare(out.effects[0].args, decision_json(fixture, args[i].args), true))
            fail_msg("%s", json_print_in(fixture->arena, out.effects[0].args));
    }
}

static const struct row last_step = { "", "baking", 1, 25, JUDGED, 100, 1, MEASURE(WELL), "" };

static void check_last_step(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct outcome out;

    (void)state;
    decide(&last_step, fixture, &out);
    assert_true(
        cJSON_Compare(json_find(out.effects[0].args, "remove_tags"), decision_json(fixture, "['d1039']"), true));
    assert_int_equal(cJSON_GetArraySize(json_find(out.effects[0].args, "wanted")), 1);
}

static void check_return_is_annotated(void **state)
{
    static struct target_version good[] = { { "v1.4.0", "i", "api-older", "D1", 1, NULL, NULL, false },
                                            { "v1.4.1", "i", "api-old", "D2", 2, NULL, NULL, false } };
    static const struct target target = { .name = "api/staging", .good = good, .good_count = 2 };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct row row = last_step;
    struct outcome out;

    (void)state;
    fixture->targets = &target;
    fixture->targets_count = 1;
    row.body = ILL;
    decide(&row, fixture, &out);
    assert_string_equal(json_find_string(out.effects[0].args, "version"), "v1.4.1");
    assert_string_equal(json_find_string(out.effects[0].args, "previous"), "api-older");
    assert_string_equal(out.bad->version, "v1.4.2");
    assert_string_equal(out.bad->revision, OURS);
    assert_string_equal(out.bad->operation, "D1042");
    assert_null(out.bad->left); /* nobody wanted to: it was found bad */
    assert_string_equal(out.bad->why, "4.02 % of 10,000 requests failed, over the limit of 0.5 %");
}

static void check_measure(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct row row = { "", "baking", 0, 5, JUDGED, 70, 10, LOOK, "" };
    struct outcome out;

    (void)state;
    decide(&row, fixture, &out);
    assert_string_equal(json_find_string(out.readings[1].args, "canary"), OURS);
    assert_string_equal(json_find_string(out.readings[1].args, "baseline"), "api-old");
    assert_int_equal(json_find_int(out.readings[1].args, "window_ms", 0), 70000);
    row.observed_s = 1;
    decide(&row, fixture, &out);
    assert_int_equal(json_find_int(out.readings[1].args, "window_ms", 0), 60000);
    row.state = "watching";
    row.step = 2;
    decide(&row, fixture, &out);
    assert_null(json_find_string(out.readings[1].args, "baseline")); /* none serves any more */
}

/* To ask again would take the place of the question that is out, and a slow source would never be heard. */
static void check_slow_answer(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct row row = { "", "baking", 0, 5, JUDGED, 70, 10, LOOK, "" };
    struct awaited awaited[] = { { .name = "measure" } };
    struct operation operation = deploy_operation_in("baking");
    struct event event = { .kind = EVENT_TIMER, .name = "look" };
    struct outcome out;

    (void)state;
    operation.awaited = awaited;
    operation.awaited_count = 1;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body_of(fixture, &row), &event, &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), "- ?service @look+10s");
}

/* ---- may it go now? ---- */

static const struct may_row {
    const char *name;
    unsigned is;
    const char *returning, *rule;
    const char *why; /* NULL: it may */
} may_rows[] = {
    { "an increase goes while nothing speaks against it", 0, NULL, NULL, NULL },
    { "a deny stops one that waits", 0, NULL, FREEZE, "deploy of api in staging is denied: a freeze (test.yaml:36)" },
    { "a pause stops one that waits", PAUSED, NULL, NULL, "it is paused" },
    { "nothing goes up while traffic goes back", 0, "it failed", NULL, "its traffic goes back" },
};

static void check_may(void **state)
{
    const struct may_row *row = *state;
    AUTO_FREE char *configuration = deploy_with_rule(row->rule);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(configuration);
    struct operation operation = deploy_operation_in("shifting");
    struct deploy_body *body = deploy_body_made(fixture, 1, 5, row->is);
    struct effect effect = { .kind = EFFECT_TRAFFIC };
    struct error err;
    bool may;

    body->returning = row->returning;
    may = machine_deploy.may_increase(&fixture->view, &operation, body, &effect, &err);
    assert_int_equal(may, row->why == NULL);
    if (row->why)
        assert_string_equal(err.message, row->why);
}

/* By a reload: what its labels were, nobody can tell any more. The way back is not asked. */
static void check_left(void **state)
{
    static const struct {
        const char *service, *environment, *why;
        bool is_way_back;
    } left[] = {
        { "gone", "staging", "gone in staging is in no configuration any more: it can only be paused, aborted or",
          false },
        { "api", "gone", "api in gone is in no configuration any more", false },
        { "gone", "staging", NULL, true },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(left); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct operation operation = deploy_operation_in("baking");
        struct deploy_body *body = deploy_body_made(fixture, 1, 25, 0);
        struct effect effect = { .kind = EFFECT_TRAFFIC };
        struct error err = { 0 };

        body->service = left[i].service;
        body->environment = left[i].environment;
        body->is_way_back = left[i].is_way_back;
        assert_int_equal(machine_deploy.may_increase(&fixture->view, &operation, body, &effect, &err), !left[i].why);
        deploy_assert_says(left[i].why ? err.message : NULL, left[i].why);
    }
}

static void check_left_at_start(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = deploy_operation_in("queued");
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, AT_ONCE);
    struct event event = { .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED };
    struct outcome out;

    (void)state;
    body->environment = "gone";
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    assert_string_equal(out.result, "refused");
    deploy_assert_says(out.summary, "is in no configuration any more");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "effects carry exactly the split that was verified and the one wanted", check_args, NULL, NULL, NULL },
        { "old tags go with the last step, which is ours alone", check_last_step, NULL, NULL, NULL },
        { "a return names the version that serves again, and the one before", check_return_is_annotated, NULL, NULL,
          NULL },
        { "numbers are asked for over the observed time", check_measure, NULL, NULL, NULL },
        { "a place that left the configuration gets no more traffic", check_left, NULL, NULL, NULL },
        { "and nothing begins there", check_left_at_start, NULL, NULL, NULL },
        { "a question that is out is not asked again", check_slow_answer, NULL, NULL, NULL },
        { "a gap that goes on is one, whatever is told in it", a_gap_that_goes_on_is_one, NULL, NULL, NULL },
    };
    int failed = ROWS(rows, check_row) + ROWS(may_rows, check_may);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
