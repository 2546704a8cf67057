/* A rollback that leaves an irreversible release, or goes back past one, takes a broken glass; no other one does. */
#include "tests/unit/rollback_fixture.h"

#include "handlers/deploy/split.h"
#include "handlers/explain.h"
#include "handlers/rollback/glass.h"
#include "policy/members.h"

#define ALLOWED DECISION_CONFIGURATION "    - { allow: rollback, to: everyone, on: { environment: production } }\n"
#define ANNS ALLOWED "  irreversible_glass: [developer]\n"           /* whoever asks in these tests */
#define ANOTHERS ALLOWED "  irreversible_glass: [release-manager]\n" /* not her */
#define LINE "rollback api production"
#define GLASS " --break-glass \"it eats the orders\""
#define HOW "takes `rollback api production --break-glass TEXT` by `developer`"
#define ROLLS "*D7*: rolling *api* in *production* back from `v1.5.0` to `v1.4.2`.\nFollow it in #deployments.\n"
#define NEEDLESS "No glass was needed, and none was broken: by what is known nothing irreversible is left or passed."
#define ENDS                                                                                                           \
    "*D7*: rolling *api* in *production* back from `v1.5.0` to `v1.4.2`.\nIt ends by itself, and changes nothing, if that still serves: `v1.5.0` is irreversible"

enum { V1 = 1, V2 = 2, V3 = 4, ROLLOUTS = 8 }; /* which of them is irreversible */

static struct target_version *stack_of(struct decision_fixture *fixture, unsigned irreversible)
{
    struct target_version *stack = arena_alloc(fixture->arena, 3 * sizeof(*stack));

    for (size_t i = 0; i < 3; i++) {
        stack[i] = good[i];
        stack[i].is_irreversible = irreversible & (1u << i);
    }
    return stack;
}

/* `state` of a rollout that has the place; NULL: none has. */
static void put(struct decision_fixture *fixture, unsigned irreversible, size_t count, const char *state)
{
    struct operation *operation = ARENA_NEW(fixture->arena, struct operation);
    struct target *target = ARENA_NEW(fixture->arena, struct target);
    const char *body = arena_printf(
        fixture->arena,
        "{'service':'api','environment':'production','version':'v1.6.0','repository':'r','image':'api@sha256:60',"
        "'place':{'project':'acme','region':'us-central1','service':'api-prod'},'revision':'api-60',"
        "'previous':'api-50','before':[" SHARE("api-50", 93) "," SHARE("api-41", 7) "],"
                                                                                    "'split':[" SHARE("api-60",
                                                                                                      25) "]%s%s}",
        irreversible & ROLLOUTS ? ",'is_irreversible':true" : "",
        state && strcmp(state, "returning") == 0 ? ",'returning':'it was aborted'" : "");

    *operation = (struct operation){
        .id = "D44", .kind = "deploy", .state = state, .target = "api/production", .body = decision_json(fixture, body)
    };
    *target = (struct target){ .name = "api/production",
                               .good = stack_of(fixture, irreversible),
                               .good_count = count,
                               .holder = state ? "D44" : NULL };
    fixture->operations = operation;
    fixture->operations_count = state != NULL;
    fixture->targets = target;
    fixture->targets_count = 1;
}

static const struct row {
    const char *name, *line;
    unsigned irreversible;
    size_t good_count;
    const char *state; /* of a rollout that holds the place; NULL: none */
    const char *answer;
    bool is_announced;
    const char *configuration; /* NULL: ANNS */
} rows[] = {
    { "as long as nothing is irreversible none is needed", LINE, 0, 3, NULL, .answer = "*D7*: rolling" },
    { "what serves is only looked at, for something else may have been put on top", LINE, V3, 3, NULL,
      .answer = ENDS ": older code cannot run on what it has changed, so to go back from it " HOW ".\nFollow" },
    { "with a glass nothing is said or announced before that", LINE GLASS, V3, 3, NULL,
      .answer = "*D7*: rolling *api* in *production* back from `v1.5.0` to `v1.4.2`.\nFollow" },
    { "not by anybody", LINE GLASS, V3, 3, NULL, .answer = ENDS, .configuration = ANOTHERS },
    { "nor a rollout, by anybody", LINE GLASS, ROLLOUTS, 3, "baking",
      .answer = "REFUSED *Denied*: `v1.6.0` is irreversible", .configuration = ANOTHERS },
    { "by whoever may roll back, where nobody is named", LINE GLASS, ROLLOUTS, 3, "baking", .answer = "*D7*: rolling",
      .is_announced = true, .configuration = ALLOWED },
    { "then it is broken all the same", LINE, ROLLOUTS, 3, "baking", .answer = "REFUSED `v1.6.0` is irreversible",
      .configuration = ALLOWED },
    { "an empty reason is none", LINE " --break-glass \" \"", V3, 3, NULL,
      .answer = "MISUSED `--break-glass` takes a reason" },
    { "to leave what came after it is no matter", LINE, V2, 3, NULL, .answer = "*D7*: rolling" },
    { "nor is what lies deeper", LINE, V1 | V2, 3, NULL, .answer = "*D7*: rolling" },
    { "a glass that is not needed is not broken, whoever names it, and they are told", LINE GLASS, V2, 3, NULL,
      .answer = ROLLS NEEDLESS, .configuration = ANOTHERS },
    { "nor by who may, as far as is known before it is looked at", LINE GLASS, V2, 3, NULL,
      .answer = ROLLS NEEDLESS " If it is once that is looked at, it is broken then, with your reason." },
    { "a rollout with traffic is not left without one", LINE, ROLLOUTS, 3, "baking",
      .answer = "REFUSED `v1.6.0` is irreversible" },
    { "nor while its first step is made", LINE, ROLLOUTS, 3, "shifting", .answer = "REFUSED `v1.6.0` is irreversible" },
    { "nor when it is named", LINE " --from D44", ROLLOUTS, 3, "watching",
      .answer = "REFUSED `v1.6.0` is irreversible" },
    { "with one it is", LINE GLASS, ROLLOUTS, 3, "baking", .answer = "*D7*: rolling", .is_announced = true },
    { "before its first traffic it is stopped like any other", LINE, ROLLOUTS, 3, "checking",
      .answer = "*D7*: stopping D44" },
    { "to what serves beside a rollout the way is open", LINE, V3, 3, "baking", .answer = "*D7*: rolling" },
    { "once its traffic goes back nothing is left of it", LINE, ROLLOUTS, 3, "returning", .answer = "*D7*: rolling" },
    { "`--to` is a deploy, with the rules for one", LINE " --to v1.4.2", V3, 3, NULL, .answer = "*D7*: deploying" },
};

static bool is_announced(const struct outcome *out)
{
    bool is_told = false, is_reviewed = out->requests_count > 0;

    for (size_t i = 0; i < out->journal_count; i++)
        is_told = is_told || strcmp(out->journal[i].kind, "rollback.glass_broken") == 0;
    assert_int_equal(is_told, is_reviewed);
    return is_told;
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(row->configuration ? row->configuration : ANNS);
    struct outcome out = { 0 };
    const char *answer;

    put(fixture, row->irreversible, row->good_count, row->state);
    answer = decision_answer(fixture, &verb_rollback, row->line, &out);
    if (strncmp(answer, row->answer, strlen(row->answer)) != 0)
        assert_string_equal(answer, row->answer);
    assert_int_equal(is_announced(&out), row->is_announced);
    assert_int_equal(out.begins, answer[0] == '*');
}

/* It was asked for while the rollout had no traffic, and waits now that it has. */
static void what_waits_already_is_told_the_truth(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(ANNS);
    const char *first[] = { "D45" };
    struct operation operations[2] = { 0 };
    struct target target;
    struct outcome out;
    const char *answer;

    (void)state;
    put(fixture, ROLLOUTS, 3, "checking");
    decision_answer(fixture, &verb_rollback, LINE, &out);
    operations[1] = (struct operation){ .id = "D45",
                                        .kind = "rollback",
                                        .state = "queued",
                                        .target = "api/production",
                                        .body = shape_to_json(&rollback_body_shape, out.body, SHAPE_WHOLE) };
    for (int i = 0; i < 2; i++) {
        put(fixture, i == 0 ? ROLLOUTS : 0, 3, i == 0 ? "baking" : "checking");
        operations[0] = fixture->operations[0];
        target = fixture->targets[0];
        target.waiting = first;
        target.waiting_count = 1;
        fixture->targets = &target;
        fixture->operations = operations;
        fixture->operations_count = 2;
        answer = decision_answer(fixture, &verb_rollback, LINE, &out);
        assert_non_null(strstr(answer, i == 0 ? "REFUSED *D45* waits: D44" : "*D45* does that already"));
        answer = decision_answer(fixture, &verb_rollback, LINE GLASS, &out);
        assert_non_null(strstr(answer, i == 0 ? "from `v1.6.0` to `v1.5.0`" : "stopping D44"));
    }
    cJSON_Delete((cJSON *)operations[1].body);
}

static void what_is_kept_of_it_names_nobody(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(ANNS);
    const struct rollback_body *body;
    struct outcome out;

    (void)state;
    put(fixture, ROLLOUTS, 3, "baking");
    decision_answer(fixture, &verb_rollback, LINE GLASS, &out);
    body = out.body;
    assert_string_equal(body->break_glass, "it eats the orders");
    assert_string_equal(body->irreversible, "v1.6.0");
    assert_null(json_find(out.journal[0].body, "reason"));
    assert_string_equal(json_find_string(out.journal[0].personal, "reason"), "it eats the orders");
    assert_non_null(strstr(out.requests[0].words[0], "irreversible release"));
}

/* ---- whom it may name ---- */

static const struct form_row {
    const char *name, *names; /* policy.irreversible_glass */
    const char *source;       /* a group that whoever asks is in; NULL: none */
    int hours;                /* since it was read */
    bool breaks;
    const char *says; /* besides; NULL: nothing */
} form_rows[] = {
    { "a role", "[developer]", .breaks = true },
    { "another role", "[release-manager]", .breaks = false },
    { "everyone", "[everyone]", .breaks = true },
    { "a person", "[\"slack:U1\"]", .breaks = true },
    { "somebody else", "[\"slack:U2\"]", .breaks = false },
    { "a group of Slack", "[\"slack-group:S0ENG\"]", "slack-group:S0ENG", 1, .breaks = true },
    { "a group that they are not in", "[\"slack-group:S0ENG\"]", "slack-group:S0OPS", 1, .breaks = false },
    { "one that was read long ago counts, as in all that is safe", "[\"slack-group:S0ENG\"]", "slack-group:S0ENG", 900,
      .breaks = true, .says = "by a group as it was when it was last read, 37 days ago" },
    { "which matters to nobody who may anyway", "[\"slack-group:S0ENG\", developer]", "slack-group:S0ENG", 900,
      .breaks = true },
};

static void check_form(void **state)
{
    const struct form_row *row = *state;
    char configuration[4096];
    AUTO_DECISION struct decision_fixture *fixture = NULL;
    const char *members[] = { "slack:U1" }, *answer;
    struct membership read = { .source = row->source,
                               .read_at_ms = DECISION_NOW_MS - row->hours * HOUR_MS,
                               .members = members,
                               .members_count = 1 };
    struct outcome out;

    snprintf(configuration, sizeof(configuration), "%s  irreversible_glass: %s\n", ALLOWED, row->names);
    fixture = decision_create(configuration);
    fixture->view.members = members_compile(fixture->view.policy, &read, row->source != NULL, fixture->arena);
    put(fixture, ROLLOUTS, 3, "baking");
    answer = decision_answer(fixture, &verb_rollback, LINE GLASS, &out);
    assert_int_equal(out.begins, row->breaks);
    assert_int_equal(strstr(answer, row->says ? row->says : "last read") != NULL, row->says != NULL);
    put(fixture, V3, 3, NULL);
    decision_answer(fixture, &verb_rollback, LINE GLASS, &out);
    assert_int_equal(((const struct rollback_body *)out.body)->break_glass != NULL, row->breaks);
}

/* ---- what is found only while it looks ---- */

#define TOLD(revision, flag)                                                                                           \
    "{'revisions':[{'revision':'" revision "','image':'x'" flag "},{'revision':'api-42','image':'y','is_ready':true}]}"
#define MARK ",'is_irreversible':true"

static const struct looking_row {
    const char *name;
    unsigned irreversible; /* by the record */
    const char *split, *revisions;
    const char *glass; /* of whoever asked */
    bool goes, is_announced;
} looking_rows[] = {
    { "neither record nor revision says so", 0, SHARE("api-50", 100), TOLD("api-50", ""), NULL, .goes = true },
    { "the revision says so of itself", 0, SHARE("api-50", 100), TOLD("api-50", MARK), NULL, .goes = false },
    { "a glass was broken: that is told now", 0, SHARE("api-50", 100), TOLD("api-50", MARK), "it hurts", .goes = true,
      .is_announced = true },
    { "nothing says so in time: the way back is not lost for that", 0, SHARE("api-50", 100), NULL, NULL, .goes = true },
    { "the record says so of what has a part of the traffic", V3, SHARE("api-42", 40) "," SHARE("api-50", 60),
      TOLD("api-50", ""), NULL, .goes = false },
};

static struct outcome *look(struct decision_fixture *fixture, const struct looking_row *row)
{
    struct rollback_body body = remembered(ASKED);
    struct operation operation = an_operation("looking");
    const char *service = arena_printf(fixture->arena, "{'wanted':[%s],'observed':[%s]}", row->split, row->split);
    struct event seen = { .kind = EVENT_READING, .name = "service", .body = decision_json(fixture, service) };
    struct event told = { .kind = EVENT_READING, .name = "revisions", .end = row->revisions ? END_DONE : END_GAVE_UP };
    struct outcome first, *last = ARENA_NEW(fixture->arena, struct outcome);

    if (row->revisions)
        told.body = decision_json(fixture, row->revisions);
    body.from = stack_of(fixture, row->irreversible)[2];
    body.break_glass = row->glass;
    outcome_init(&first, fixture->arena, operation.id, operation.outside_id);
    machine_rollback.on_event(&fixture->view, &operation, &body, &seen, &first);
    assert_null(first.result);
    outcome_init(last, fixture->arena, operation.id, operation.outside_id);
    machine_rollback.on_event(&fixture->view, &operation, first.body, &told, last);
    return last;
}

static void check_looking(void **state)
{
    const struct looking_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(ANNS);
    const struct outcome *out;

    put(fixture, row->irreversible, 3, NULL);
    out = look(fixture, row);
    assert_int_equal(out->effects_count, row->goes ? 1 : 0);
    assert_int_equal(is_announced(out), row->is_announced);
    if (row->goes)
        return;
    assert_string_equal(out->result, "refused");
    assert_non_null(strstr(out->summary, "--break-glass TEXT` by `developer`. Nothing was changed."));
}

/* ---- from what was asked to what is done ---- */

#define TOLD_READY(revision, more) "{'revision':'" revision "','image':'x','is_ready':true" more "}"
#define BOTH(from, to) "{'revisions':[" TOLD_READY(from, "") "," TOLD_READY(to, "") "]}"

static const struct way_row {
    const char *name;
    unsigned irreversible, left; /* by the record; left as bad since */
    const char *state;           /* of the rollout; NULL: none */
    const char *line, *split, *revisions;
    const char *then;  /* a second answer about the revisions; NULL: none is asked for */
    const char *wants; /* the split that is made; NULL: none */
    const char *ends;  /* a part of how it ended instead */
} way_rows[] = {
    { "what is older than the goal does not hold a rollout that is not irreversible", V1, 0, "baking", LINE,
      SHARE("api-60", 25) "," SHARE("api-50", 68) "," SHARE("api-41", 7), BOTH("api-60", "api-50"),
      .wants = "`api-50` 100 %" },
    { "what serves beside it was left as bad: it goes back there, for no glass is broken to go further", V3, V3,
      "baking", LINE, SHARE("api-60", 25) "," SHARE("api-50", 70) "," SHARE("api-41", 5), BOTH("api-60", "api-42"),
      .wants = "`api-50` 93 %, `api-41` 7 %" },
    { "with a glass it goes further", V3, V3, "baking", LINE GLASS, SHARE("api-60", 25) "," SHARE("api-50", 75),
      BOTH("api-60", "api-42"), .wants = "`api-42` 100 %" },
    { "where what served before it is gone, to go further takes one", V3, 0, "watching", LINE, SHARE("api-60", 100),
      "{'revisions':[" TOLD_READY("api-60", "") "]}", BOTH("api-60", "api-42"), .ends = "`v1.5.0` is irreversible" },
    { "what somebody else gave traffic is not taken for what was before", V3, V3, "baking", LINE,
      SHARE("api-60", 25) "," SHARE("api-50", 65) "," SHARE("api-x", 10), BOTH("api-60", "api-42"),
      .ends = "`v1.5.0` is irreversible" },
    { "a rollout whose revision says that it is irreversible stays", 0, 0, "baking", LINE,
      SHARE("api-60", 25) "," SHARE("api-50", 75),
      "{'revisions':[" TOLD_READY("api-60", MARK) "," TOLD_READY("api-50", "") "]}",
      .ends = "`v1.6.0` is irreversible" },
    { "what was put on top by hand is left without one", V3, 0, NULL, LINE, SHARE("api-hand", 100),
      BOTH("api-hand", "api-50"), .wants = "`api-50` 100 %" },
    { "what serves is not", V3, 0, NULL, LINE, SHARE("api-50", 100), BOTH("api-50", "api-42"),
      .ends = "`v1.5.0` is irreversible" },
};

static struct outcome *decide(struct decision_fixture *fixture, const char *state, const void *body,
                              struct event *event)
{
    struct operation operation = an_operation(state);
    struct outcome *out = ARENA_NEW(fixture->arena, struct outcome);

    outcome_init(out, fixture->arena, operation.id, operation.outside_id);
    machine_rollback.on_event(&fixture->view, &operation, body, event, out);
    return out;
}

static struct outcome *see(struct decision_fixture *fixture, const void *body, const char *split)
{
    struct event seen = {
        .kind = EVENT_READING,
        .name = "service",
        .body = decision_json(
            fixture, arena_printf(fixture->arena, "{'is_settled':true,'wanted':[%s],'observed':[%s]}", split, split)),
    };

    return decide(fixture, "looking", body, &seen);
}

static struct outcome *compare(struct decision_fixture *fixture, const void *body, const char *revisions)
{
    struct event told = { .kind = EVENT_READING, .name = "revisions", .body = decision_json(fixture, revisions) };

    return decide(fixture, "looking", body, &told);
}

static void mark_left(struct decision_fixture *fixture, unsigned left)
{
    struct target *target = ARENA_NEW(fixture->arena, struct target);

    *target = fixture->targets[0];
    for (size_t i = 0; i < target->good_count; i++)
        if (left & (1u << i)) {
            *ARENA_PUSH(fixture->arena, target->bad, target->bad_count) = target->good[i];
            target->bad[target->bad_count - 1].at_ms = MINUTES_AGO(1);
        }
    fixture->targets = target;
}

static const char *wanted_text(struct decision_fixture *fixture, const struct outcome *out)
{
    struct run_traffic args;
    struct error err;

    assert_int_equal(out->effects_count, 1);
    assert_true(shape_from_json(&run_traffic_shape, out->effects[0].args, fixture->arena, &args, &err));
    return split_text((struct split){ args.wanted, args.wanted_count }, fixture->arena);
}

static struct outcome *go(struct decision_fixture *fixture, const struct way_row *row)
{
    struct outcome begun, *out;
    const char *answer;

    put(fixture, row->irreversible, 3, row->state);
    mark_left(fixture, row->left);
    answer = decision_answer(fixture, &verb_rollback, row->line, &begun);
    if (!begun.begins)
        assert_string_equal(answer, "begun");
    out = compare(fixture, see(fixture, begun.body, row->split)->body, row->revisions);
    return row->then ? compare(fixture, out->body, row->then) : out;
}

static void check_way(void **state)
{
    const struct way_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(ANNS);
    const struct outcome *out = go(fixture, row);

    if (row->wants) {
        assert_string_equal(wanted_text(fixture, out), row->wants);
        return;
    }
    assert_int_equal(out->effects_count, row->state ? 1 : 0); /* what it stopped has traffic: that is told */
    if (row->state)
        assert_string_equal(out->effects[0].tag, "page");
    assert_string_equal(out->result, "refused");
    assert_non_null(strstr(out->summary, row->ends));
}

static void what_goes_back_only_that_far_says_so(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(ANNS);
    struct event returned = { .kind = EVENT_EFFECT, .name = "return", .end = END_DONE };
    const char *there = "{'is_settled':true,'wanted':[" SHARE("api-50", 93) "," SHARE(
        "api-41", 7) "],"
                     "'observed':[" SHARE("api-50", 93) "," SHARE("api-41", 7) "]}";
    struct event seen = { .kind = EVENT_READING, .name = "service", .body = decision_json(fixture, there) };
    const struct outcome *out = go(fixture, &way_rows[1]);

    (void)state;
    out = decide(fixture, "returning", out->body, &returned);
    out = decide(fixture, "verifying", out->body, &seen);
    assert_string_equal(out->result, "done");
    assert_null(out->good); /* it is no better for that */
    assert_string_equal(out->bad->revision, "api-60");
    assert_non_null(strstr(out->summary,
                           "back where it was before it: `api-50` 93 %, `api-41` 7 %. No further: `v1.5.0` "
                           "is irreversible"));
}

/* Its record says only that it ended, and left open what serves. */
static void what_ended_in_doubt_is_still_irreversible(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(ANNS);
    struct rollback_body body = remembered(ASKED);
    const char *split = SHARE("api-60", 25) "," SHARE("api-50", 75);
    struct operation ended;
    struct target target;

    (void)state;
    put(fixture, ROLLOUTS, 3, "baking");
    ended = fixture->operations[0];
    target = fixture->targets[0];
    ended.result = ended.state = "failed";
    target.holder = NULL;
    target.doubt = ended.id;
    fixture->operations_count = 0;
    fixture->ended = &ended;
    fixture->ended_count = 1;
    fixture->targets = &target;
    body = *(const struct rollback_body *)see(fixture, &body, split)->body;
    assert_string_equal(compare(fixture, &body, BOTH("api-60", "api-50"))->result, "refused");
    body.before_count = 0; /* it has no traffic any more */
    assert_null(compare(fixture, &body, BOTH("api-60", "api-50"))->result);
}

static void the_answers_may_come_in_any_order(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(ANNS);
    struct rollback_body body = remembered(ASKED);
    const struct outcome *out;

    (void)state;
    put(fixture, 0, 3, NULL);
    out = see(fixture, compare(fixture, &body, TOLD("api-50", MARK))->body, SHARE("api-50", 100));
    assert_string_equal(out->result, "refused");
}

/* ---- past one ---- */

static struct run_share served[] = { { "api-50", 100, NULL, NULL } };

/* v1.4.2 cannot serve any more, so the way would lead to v1.4.1. */
static void past_one_it_takes_a_glass_too(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(ANNS);
    struct rollback_body body = remembered(SEEN);
    struct target_version left = good[1];
    struct target target;

    (void)state;
    put(fixture, V2, 3, NULL);
    target = fixture->targets[0];
    body.before = served;
    body.to = target.good[0];
    assert_string_equal(glass_version(&target, &body), "v1.4.2");
    body.to = target.good[1];
    assert_null(glass_version(&target, &body));
    body.to = target.good[0];
    left.at_ms = MINUTES_AGO(1); /* it was left since, so old code has run since */
    target.bad = &left;
    target.bad_count = 1;
    assert_null(glass_version(&target, &body));
}

static void explain_says_so(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(ANNS);
    struct outcome out;

    (void)state;
    put(fixture, V3, 3, NULL);
    assert_non_null(strstr(decision_answer(fixture, &verb_explain, "explain " LINE, &out),
                           "*No, unless you break the glass*: `v1.5.0` is irreversible"));
    assert_non_null(strstr(decision_answer(fixture, &verb_explain, "explain " LINE GLASS, &out), "*Yes*: "));
    put(fixture, V2, 3, NULL);
    assert_non_null(strstr(decision_answer(fixture, &verb_explain, "explain " LINE, &out), "*Yes*: "));
    assert_null(strstr(decision_answer(fixture, &verb_explain, "explain " LINE, &out), "irreversible"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "what waits already is told the truth", what_waits_already_is_told_the_truth, NULL, NULL, NULL },
        { "what is kept of it names nobody", what_is_kept_of_it_names_nobody, NULL, NULL, NULL },
        { "what goes back only that far says so", what_goes_back_only_that_far_says_so, NULL, NULL, NULL },
        { "what ended in doubt is still irreversible", what_ended_in_doubt_is_still_irreversible, NULL, NULL, NULL },
        { "the answers may come in any order", the_answers_may_come_in_any_order, NULL, NULL, NULL },
        { "past one it takes a glass, too", past_one_it_takes_a_glass_too, NULL, NULL, NULL },
        { "`explain` says so", explain_says_so, NULL, NULL, NULL },
    };
    int failed = ROWS(rows, check_row) + ROWS(looking_rows, check_looking) + ROWS(way_rows, check_way) +
                 ROWS(form_rows, check_form);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
