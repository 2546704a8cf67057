/* What is irreversible keeps the traffic that it has, whatever is said of it; before that it is like anything else. */
#include "tests/unit/deploy_fixture.h"

#include "handlers/deploy/deploying.h"
#include "handlers/deploy/irreversible.h"
#include "handlers/rollback/rollback.h"

#define NUMBERS_ARE(answer) EVENT_READING, "measure", .body = answer
#define UNANSWERED EVENT_TIMER, "unanswered"
#define INCREASE(how) EVENT_EFFECT, "traffic", .end = how
#define SERVICE(answer) EVENT_READING, "service", .body = answer
#define NO_SERVICE EVENT_READING, "service", .end = END_GAVE_UP
#define YIELD(by) EVENT_MESSAGE, MESSAGE_YIELD, .body = "{'target':'api/staging','by':'" by "','version':'v1.4.1'}"
#define OVER(by) EVENT_MESSAGE, MESSAGE_YIELD, .body = "{'target':'api/staging','by':'" by "','is_over':true}"
#define ABORT EVENT_REQUEST, "abort"
#define GLASS "`rollback api staging --break-glass TEXT` by `release-manager`"
#define KEPT "It is irreversible, so its traffic stays: `promote` or `retry` it, or " GLASS
#define REFUSED                                                                                                        \
    "D1042 (`v1.4.2`) is irreversible: older code cannot run on what it has changed, so its traffic goes "             \
    "back by nothing but " GLASS ". Nothing was done: `pause D1042` keeps it where it is."

static const struct row {
    const char *name, *state;
    int64_t step, percent;
    unsigned is; /* besides IRREVERSIBLE */
    enum event_kind kind;
    const char *event;
    enum event_end end;
    const char *body;
    const char *outcome; /* all of it: deploy_outcome_text */
    const char *held;    /* part of it; NULL: it is not */
    const char *said;    /* the reply, or the newest act */
    bool is_like_others; /* the very same becomes of what is not irreversible */
} rows[] = {
    /* ---- verdicts ---- */
    { "bad numbers hold it at 5 %", "baking", 0, 5, JUDGED, NUMBERS_ARE(ILL), .outcome = "- !slack.message",
      .held = KEPT },
    { "and at 25 %", "baking", 1, 25, JUDGED, NUMBERS_ARE(ILL), .outcome = "- !slack.message", .held = KEPT },
    { "and at 100 %", "watching", 2, 100, JUDGED, NUMBERS_ARE(ILL), .outcome = "- !slack.message", .held = KEPT },
    { "also while it is paused", "baking", 1, 25, JUDGED | PAUSED, NUMBERS_ARE(ILL), .outcome = "- !slack.message",
      .held = KEPT },
    { "what is held is held on, and nobody's silence counts any more", "baking", 1, 25, JUDGED | ANSWER_ASKED,
      NUMBERS_ARE(ILL), .outcome = "- !slack.message", .held = "of a reason" },
    { "what a right holds is held by its numbers", "baking", 1, 25, JUDGED | DENIED, NUMBERS_ARE(ILL),
      .outcome = "- !slack.message", .held = KEPT },
    { "where bad numbers hold anyway, they hold without a deadline", "baking", 1, 25, JUDGED | ON_FAIL_HOLDS,
      NUMBERS_ARE(ILL), .outcome = "- !slack.message", .held = "requests failed" },
    { "good numbers raise it like any other", "baking", 1, 25, JUDGED, NUMBERS_ARE(WELL), .outcome = "-",
      .is_like_others = true },
    { "nobody answers: it stays", "baking", 1, 25, JUDGED | ANSWER_ASKED | UNANSWERED_LONG, UNANSWERED,
      .outcome = "- !slack.message", .held = "of a reason" },

    /* ---- steps that are not made ---- */
    { "a step that is refused leaves it at the one before", "shifting", 1, 5, JUDGED, INCREASE(END_FAILED),
      .outcome = "baking !slack.message ?service ?measure @look+10s", .held = "the step to 25 % failed" },
    { "the first one ends it, like any other", "shifting", 0, 0, JUDGED, INCREASE(END_FAILED),
      .outcome = "failed =failed", .is_like_others = true },
    { "a step that never shows is people's to look at", "verifying", 1, 5, JUDGED | LATE, SERVICE(SERVES(AT_5)),
      .outcome = "failed =failed doubt" },
    { "also when nothing tells", "verifying", 1, 5, JUDGED | LATE, NO_SERVICE, .outcome = "failed =failed doubt" },
    { "one that no try made leaves it at the one before", "verifying", 1, 5, JUDGED | LATE | IN_DOUBT,
      SERVICE(SERVES(AT_5)), .outcome = "baking !slack.message ?service ?measure @look+10s",
      .held = "no try to switch it got through" },
    { "somebody else's split is left alone, like any other's", "baking", 1, 25, JUDGED, SERVICE(SERVES(FOREIGN)),
      .outcome = "failed ~revision ~traffic ~return =failed doubt", .is_like_others = true },

    /* ---- people ---- */
    { "nobody aborts it", "baking", 1, 25, JUDGED, ABORT, .outcome = "nothing", .said = REFUSED },
    { "nor while a step is made", "shifting", 1, 25, JUDGED, ABORT, .outcome = "nothing", .said = "is irreversible" },
    { "nor the first one", "shifting", 0, 0, JUDGED, ABORT, .outcome = "nothing", .said = "is irreversible" },
    { "nor while it is verified", "verifying", 0, 0, AT_ONCE, ABORT, .outcome = "nothing", .said = "is irreversible" },
    { "nor at the end of it", "handing-over", 2, 100, 0, ABORT, .outcome = "nothing", .said = "is irreversible" },
    { "before its first traffic anybody does who may", "checking", 0, 0, JUDGED, ABORT,
      .outcome = "aborted ~revision ~traffic ~return =aborted", .is_like_others = true },
    { "also in front of a first step that is not allowed", "shifting", 0, 0, DENIED, ABORT,
      .outcome = "aborted ~revision ~traffic ~return =aborted", .is_like_others = true },

    /* ---- a rollback ---- */
    { "one that breaks the glass takes it", "baking", 1, 25, JUDGED, YIELD("D1050"),
      .outcome = "aborted ~revision ~traffic ~return =aborted bad", .is_like_others = true },
    { "one that saw it without traffic does not: it is paused", "baking", 0, 5, JUDGED, YIELD("D1051"),
      .outcome = "- !slack.message", .said = "paused it at 5 %: D1051 was to roll it back, and broke no glass" },
    { "nor while its first step is made", "shifting", 0, 0, JUDGED, YIELD("D1051"), .outcome = "- !slack.message",
      .said = "paused it at 0 %" },
    { "nor one that nobody knows", "baking", 0, 5, JUDGED, YIELD("D9999"), .outcome = "- !slack.message",
      .said = "paused it at 5 %" },
    { "before its first traffic it gives way to any", "checking", 0, 0, JUDGED, YIELD("D1051"),
      .outcome = "aborted ~revision ~traffic ~return =aborted", .is_like_others = true },
    { "what was done without the store, with a glass, takes it", "baking", 1, 25, JUDGED, OVER("D1050"),
      .outcome = "returning ?service ~traffic bad", .is_like_others = true },
    { "what was done without one does not", "baking", 1, 25, JUDGED, OVER("D1051"), .outcome = "- !slack.message",
      .said = "paused it at 25 %" },
    { "what goes back already goes on", "returning", 1, 25, JUDGED, OVER("D1051"), .outcome = "nothing",
      .is_like_others = true },
};

#define CONFIGURATION DECISION_CONFIGURATION "  irreversible_glass: [release-manager]\n"

static void put_rollbacks(struct decision_fixture *fixture)
{
    struct operation *operations = arena_alloc(fixture->arena, 2 * sizeof(*operations));

    operations[0] = (struct operation){ .id = "D1050",
                                        .kind = "rollback",
                                        .state = "queued",
                                        .body = decision_json(fixture, "{'break_glass':'it eats the orders'}") };
    operations[1] = (struct operation){
        .id = "D1051", .kind = "rollback", .state = "queued", .body = decision_json(fixture, "{}")
    };
    fixture->operations = operations;
    fixture->operations_count = 2;
}

static void decide(const struct row *row, unsigned is, struct decision_fixture *fixture, struct outcome *out)
{
    const struct control_arguments arguments = { .operation = "D1042", .look = CONTROL_ANY_LOOK };
    struct deploy_body *body = deploy_body_made(fixture, row->step, row->percent, row->is | is);
    struct operation operation = deploy_operation_in(row->state);
    struct request request = { .id = "r9", .source = "slack", .principal = { "slack", "U1", "T1", "ann" } };
    struct event event = { .kind = row->kind, .name = row->event, .from = "engine", .end = row->end };

    body->observed_ms = 50 * SECOND_MS;
    body->observed_at_ms = DECISION_NOW_MS - SECOND_MS;
    deploy_body_judged(fixture, body);
    if (row->kind == EVENT_REQUEST) {
        event.request = &request;
        event.arguments = &arguments;
    }
    if (row->body)
        event.body = decision_json(fixture, row->body);
    if (strcmp(row->state, "returning") == 0)
        body->returning = "it failed";
    outcome_init(out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, out);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    const struct deploy_body *body;
    struct outcome out, others;
    const char *said;

    put_rollbacks(fixture);
    decide(row, IRREVERSIBLE, fixture, &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), row->outcome);
    body = out.body;
    if (row->held) {
        deploy_assert_says(body->held, row->held);
        assert_int_equal(body->held_until_ms, 0);
    }
    said = out.reply ? out.reply->text : body && body->acts_count ? body->acts[body->acts_count - 1].what : NULL;
    if (row->said)
        deploy_assert_says(said, row->said);
    decide(row, 0, fixture, &others);
    assert_int_equal(strcmp(deploy_outcome_text(&others, fixture->arena), row->outcome) == 0 &&
                         !(row->held && ((const struct deploy_body *)others.body)->held_until_ms == 0),
                     row->is_like_others);
}

/* It stayed for traffic that it might have had: it has none, so what waits for it goes first after all. */
static void without_traffic_it_gives_way_after_all(void **state)
{
    static const struct row yield = { "", "shifting", 0, 0, JUDGED, YIELD("D1051"), .outcome = "" };
    const char *first[] = { "D1051" };
    struct target target = { .name = "api/staging", .holder = "D1042", .waiting = first, .waiting_count = 1 };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct operation operation = deploy_operation_in("shifting");
    struct event unmade = { .kind = EVENT_EFFECT, .name = "traffic", .from = "engine", .end = END_CANCELLED };
    struct outcome out, second;

    (void)state;
    put_rollbacks(fixture);
    decide(&yield, IRREVERSIBLE, fixture, &out);
    outcome_init(&second, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, out.body, &unmade, &second);
    assert_null(second.result); /* nobody waits */
    fixture->targets = &target;
    fixture->targets_count = 1;
    outcome_init(&second, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, out.body, &unmade, &second);
    assert_string_equal(second.result, "aborted");
    deploy_assert_says(second.summary,
                       "D1051 rolls api/staging back, so this deploy gave way before it had any traffic");
    assert_null(second.bad);
}

/* It waits for what gives no way: whoever asked for it has to know, and what to type. */
static void the_rollback_that_waits_is_told(void **state)
{
    static const struct told_row {
        struct row row;
        const char *to; /* NULL: nobody */
    } told_rows[] = {
        { { "", "baking", 1, 25, JUDGED, YIELD("D1051"), .outcome = "" }, "D1051" },
        { { "", "baking", 1, 25, JUDGED, YIELD("D1050"), .outcome = "" }, NULL }, /* with a glass it gets its way */
        { { "", "baking", 1, 25, JUDGED, YIELD("D9999"), .outcome = "" }, NULL }, /* nobody knows it */
        { { "", "checking", 0, 0, JUDGED, YIELD("D1051"), .outcome = "" }, NULL },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(told_rows); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
        struct outcome out;

        put_rollbacks(fixture);
        decide(&told_rows[i].row, IRREVERSIBLE, fixture, &out);
        assert_int_equal(out.messages_count, told_rows[i].to != NULL);
        if (!told_rows[i].to)
            continue;
        assert_string_equal(out.messages[0].to, told_rows[i].to);
        assert_string_equal(out.messages[0].name, MESSAGE_KEPT_WAITING);
        assert_string_equal(json_find_string(out.messages[0].body, "text"),
                            "D1042 (`v1.4.2`) is irreversible: older code cannot run on what it has changed, so its "
                            "traffic goes back by nothing but " GLASS);
    }
}

/* Nobody would look at it again otherwise; but once is enough. */
static void whoever_is_on_call_is_told_once(void **state)
{
    static const struct row ill = { "", "baking", 1, 25, JUDGED, NUMBERS_ARE(ILL), .outcome = "" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct operation operation = deploy_operation_in("baking");
    struct event again = {
        .kind = EVENT_READING, .name = "measure", .from = "engine", .body = decision_json(fixture, ILL)
    };
    struct outcome out, second;

    (void)state;
    decide(&ill, IRREVERSIBLE, fixture, &out);
    assert_int_equal(out.effects_count, 1);
    assert_string_equal(out.effects[0].tag, "page");
    deploy_assert_says(json_find_string(out.effects[0].args, "reply.text"), "to api/staging is held: ");
    deploy_assert_says(json_find_string(out.effects[0].args, "reply.text"), KEPT);
    outcome_init(&second, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, out.body, &again, &second);
    assert_int_equal(second.effects_count, 0);
}

/* Its version is remembered as what it is, good or left. */
static void it_is_remembered(void **state)
{
    static const struct row good = { "", "watching", 2, 100, 0, EVENT_REQUEST, "promote", .outcome = "" };
    static const struct row left = { "", "baking", 1, 25, JUDGED, YIELD("D1050"), .outcome = "" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct outcome out;

    (void)state;
    put_rollbacks(fixture);
    decide(&good, IRREVERSIBLE, fixture, &out);
    assert_true(out.good->is_irreversible);
    decide(&good, 0, fixture, &out);
    assert_false(out.good->is_irreversible);
    decide(&left, IRREVERSIBLE, fixture, &out);
    assert_true(out.bad->is_irreversible);
}

static void the_last_owner_leaves_it_alone(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct operation operation = deploy_operation_in("baking");
    struct deploy_body *body = deploy_body_made(fixture, 1, 25, JUDGED | IRREVERSIBLE);
    const char *why;

    (void)state;
    operation.changed_at_ms = DECISION_NOW_MS;
    body->verdict = JUDGE_FAIL;
    assert_false(machine_deploy.may_go_on_alone(&fixture->view, &operation, body, "baking", NULL, &why));
    body->is_irreversible = false;
    assert_true(machine_deploy.may_go_on_alone(&fixture->view, &operation, body, "baking", NULL, &why));
}

/* ---- it ended in doubt, and somebody waits behind it ---- */

#define DOUBT_ENDED_AT_MS (DECISION_NOW_MS - 10 * SECOND_MS)
#define IN_DOUBT_TEXT                                                                                                  \
    "*D1000* (`v2.0.0`) ended and left open what serves in api/staging: it is irreversible, so older code cannot run " \
    "on what it has changed"

static const struct doubt_row {
    const char *name;
    unsigned is; /* of the one that ended */
    bool has_served, is_now, is_later, is_in_group, has_program;
    const char *result; /* NULL: it begins */
    bool is_told;       /* that what is irreversible may serve */
} doubt_rows[] = {
    { "who waited for its place does not take that unasked", IRREVERSIBLE, .has_served = true, .result = "refused",
      .is_told = true },
    { "nor does a member whose group was asked for before", IRREVERSIBLE, .has_served = true, .is_later = true,
      .is_in_group = true, .result = "refused", .is_told = true },
    { "nor after a program, which may have done anything", IRREVERSIBLE, .has_program = true, .result = "refused",
      .is_told = true },
    { "what was asked for with that known does, and says so", IRREVERSIBLE, .has_served = true, .is_later = true,
      .is_told = true },
    { "so does --now", IRREVERSIBLE, .has_served = true, .is_now = true, .is_told = true },
    { "without any traffic it leaves nothing behind", IRREVERSIBLE, .has_served = false },
    { "what is not irreversible is gone over by whoever comes next", 0, .has_served = true },
};

struct doubt_scene {
    struct operation ended, waiting[2]; /* D1000; the group D1001, and a deploy of it or of its own */
    struct target target;
};

static const struct deploy_body *set_doubt(struct decision_fixture *fixture, const struct doubt_row *row,
                                           struct doubt_scene *scene)
{
    struct deploy_body *ended = deploy_body_made(fixture, 0, 0, row->is), *own = deploy_body_made(fixture, 0, 0, 0);
    cJSON *json;

    ended->version = "v2.0.0";
    ended->serves_at_ms = row->has_served ? DOUBT_ENDED_AT_MS - MINUTE_MS : 0;
    ended->program = row->has_program ? ARENA_NEW(fixture->arena, struct deploy_program) : NULL;
    json = shape_to_json(&deploy_body_shape, ended, SHAPE_WHOLE);
    arena_defer(fixture->arena, (void (*)(void *))cJSON_Delete, json);
    scene->ended = deploy_operation_in("failed");
    scene->ended.id = "D1000";
    scene->ended.body = json;
    scene->ended.changed_at_ms = DOUBT_ENDED_AT_MS - HOUR_MS; /* one that got stuck changed no more */
    scene->ended.ended_at_ms = DOUBT_ENDED_AT_MS;
    scene->waiting[0] = (struct operation){ .id = "D1001", .kind = "group", .state = "running" };
    scene->waiting[0].created_at_ms = DOUBT_ENDED_AT_MS - MINUTE_MS;
    scene->waiting[1] = deploy_operation_in("queued");
    scene->waiting[1].created_at_ms = DOUBT_ENDED_AT_MS + (row->is_later ? SECOND_MS : 0);
    scene->waiting[1].parent = row->is_in_group ? "D1001" : NULL;
    scene->target = (struct target){ .name = "api/staging", .holder = "D1042", .doubt = "D1000" };
    fixture->ended = &scene->ended;
    fixture->operations = scene->waiting;
    fixture->operations_count = 2;
    fixture->targets = &scene->target;
    fixture->ended_count = fixture->targets_count = 1;
    own->is_now = row->is_now;
    return own;
}

static void check_doubt(void **state)
{
    const struct doubt_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct doubt_scene scene;
    const struct deploy_body *own = set_doubt(fixture, row, &scene), *after;
    struct event granted = { .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED, .from = "engine" };
    struct outcome out;

    outcome_init(&out, fixture->arena, "D1042", scene.waiting[1].outside_id);
    machine_deploy.on_event(&fixture->view, &scene.waiting[1], own, &granted, &out);
    after = out.body;
    if (!row->result) {
        assert_null(out.result);
        assert_string_equal(out.state, "looking");
        assert_int_equal(after->acts_count, row->is_told);
        deploy_assert_says(row->is_told ? after->acts[0].what : NULL, row->is_told ? IN_DOUBT_TEXT : NULL);
        return;
    }
    assert_string_equal(out.result, row->result);
    deploy_assert_says(out.summary, IN_DOUBT_TEXT ". This was asked for before that, and does not take its place");
    deploy_assert_says(
        out.summary,
        "Look there first: `status api staging`; back leads " GLASS
        ". Nothing was changed. Mend that, then ask again: `deploy api staging v1.4.2 --strategy canary`.");
    assert_int_equal(out.effects_count, 1); /* and whoever asked reads it in the thread */
    assert_true(json_find_bool(out.effects[0].args, "is_in_thread", false));
    deploy_assert_says(json_find_string(out.effects[0].args, "reply.text"),
                       "@{slack:U1}: *D1042* does not begin. " IN_DOUBT_TEXT);
}

static struct operation ended_deploy(struct decision_fixture *fixture, const char *id, const struct deploy_body *body)
{
    cJSON *json = shape_to_json(&deploy_body_shape, body, SHAPE_WHOLE);
    struct operation operation = deploy_operation_in("failed");

    arena_defer(fixture->arena, (void (*)(void *))cJSON_Delete, json);
    operation.id = id;
    operation.body = json;
    operation.ended_at_ms = DOUBT_ENDED_AT_MS;
    return operation;
}

/* What ended in doubt as well, over it, does not hide it; whether that was irreversible and never served, or was not.
 */
static void one_doubt_does_not_hide_another(void **state)
{
    (void)state;
    for (unsigned is = 0; is <= IRREVERSIBLE; is += IRREVERSIBLE) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
        struct event granted = { .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED, .from = "engine" };
        const struct deploy_body *begun;
        struct deploy_body *over = deploy_body_made(fixture, 0, 0, is);
        struct operation ended[2];
        struct doubt_scene scene;
        struct outcome out;

        outcome_init(&out, fixture->arena, "D1042", "birth-0000000000000001");
        begun = set_doubt(fixture, &doubt_rows[3], &scene);
        machine_deploy.on_event(&fixture->view, &scene.waiting[1], begun, &granted, &out);
        begun = out.body;
        assert_string_equal(begun->begun_over, "D1000");
        over->begun_over = begun->begun_over;
        ended[0] = ended_deploy(fixture, "D1041", over);
        ended[1] = scene.ended;
        fixture->ended = ended;
        fixture->ended_count = 2;
        scene.target.doubt = "D1041";
        deploy_assert_says(decision_answer(fixture, &verb_deploy, "deploy api staging v1.5.0", &out), IN_DOUBT_TEXT);
    }
}

/* Whoever asks then is told at once. */
static void the_answer_says_what_it_goes_over(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct doubt_scene scene;
    struct outcome out;

    (void)state;
    set_doubt(fixture, &doubt_rows[0], &scene);
    deploy_assert_says(decision_answer(fixture, &verb_deploy, "deploy api staging v1.5.0", &out),
                       IN_DOUBT_TEXT ". Look there first: this takes its place.");
    scene.target.doubt = NULL;
    assert_null(strstr(decision_answer(fixture, &verb_deploy, "deploy api staging v1.5.0", &out), "Look there first"));
}

/* ---- how it is known ---- */

static struct deploy_body pin(struct decision_fixture *fixture, bool keeps_image, bool is_marked, bool is_typed,
                              struct outcome *out)
{
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, 0);
    struct operation operation = deploy_operation_in("pinning");
    struct event event = { .kind = EVENT_READING,
                           .name = keeps_image ? "service" : "digest",
                           .from = "engine",
                           .body = decision_json(fixture, keeps_image ? "{'serving':'api-2','image':'" IMAGE "'}"
                                                                      : "{'image':'" IMAGE "'}") };

    body->image = NULL;
    body->keeps_image = keeps_image;
    body->is_marked = is_marked;
    body->is_irreversible = is_typed;
    outcome_init(out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, out);
    return *(const struct deploy_body *)out->body;
}

static struct deploy_body pinned(struct decision_fixture *fixture, bool keeps_image, struct outcome *out)
{
    return pin(fixture, keeps_image, false, false, out);
}

static struct deploy_body pinned_marked(struct decision_fixture *fixture, bool is_typed, struct outcome *out)
{
    return pin(fixture, false, true, is_typed, out);
}

static void what_was_said_of_the_image_before_counts(void **state)
{
    static struct target_version left = { .image = IMAGE, .revision = "api-2", .is_irreversible = true, .at_ms = 2 };
    static struct target_version stack[] = { { .image = IMAGE, .revision = "api-2", .is_irreversible = true },
                                             { .image = "other@sha256:1", .revision = "api-3" } };
    struct target target = { .name = "api/staging", .bad = &left, .bad_count = 1 };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct outcome out;

    (void)state;
    assert_false(pinned(fixture, false, &out).is_irreversible);
    fixture->targets = &target;
    fixture->targets_count = 1;
    assert_true(pinned(fixture, false, &out).is_irreversible);
    target = (struct target){ .name = "api/staging", .good = stack, .good_count = 2 };
    assert_true(pinned(fixture, false, &out).is_irreversible);
    target.good_count = 1; /* it serves: what brings it once more changes nothing that had not been changed */
    assert_false(pinned(fixture, false, &out).is_irreversible);
    assert_false(pinned(fixture, true, &out).is_irreversible);
    assert_false(pinned_marked(fixture, false, &out).is_irreversible); /* nor does what its release says */
    assert_true(pinned_marked(fixture, true, &out).is_irreversible);   /* but for what a person says */
    target.doubt = "D9";                                               /* nobody knows what serves */
    assert_true(pinned(fixture, false, &out).is_irreversible);
    target.good_count = 0;
    target.good = NULL;
    assert_true(pinned_marked(fixture, false, &out).is_irreversible);
    fixture->targets_count = 0; /* nothing was ever there */
    assert_true(pinned_marked(fixture, false, &out).is_irreversible);
}

#define DIGEST "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define WITH_RELEASES                                                                                                  \
    "slack:\n"                                                                                                         \
    "  bot_token: xoxb-1\n"                                                                                            \
    "  signing_secrets: [secret]\n"                                                                                    \
    "  team: T1\n"                                                                                                     \
    "automation: { as: \"github-app:12345\" }\n"                                                                       \
    "github: { token: ghp_1, webhook_secrets: [secret] }\n"                                                            \
    "services:\n"                                                                                                      \
    "  - name: api\n"                                                                                                  \
    "    repository: acme/platform\n"                                                                                  \
    "    artifact: { image: \"us-docker.pkg.dev/acme/images/api:{version}\" }\n"                                       \
    "    environments:\n"                                                                                              \
    "      - name: staging\n"                                                                                          \
    "        driver: { cloud_run: { project: acme, region: us-central1, service: api-service } }\n"                    \
    "        strategy: all-at-once\n"                                                                                  \
    "        release: { on: github-release, tags: \"v*\", irreversible: \"NO WAY BACK\" }\n"                           \
    "      - name: production\n"                                                                                       \
    "        driver: { cloud_run: { project: acme, region: us-central1, service: api-prod } }\n"                       \
    "        strategy: all-at-once\n"                                                                                  \
    "policy:\n"                                                                                                        \
    "  roles: [{ name: developer, members: [\"slack:U1\"] }]\n"                                                        \
    "  rules: [{ allow: \"*\", to: developer }]\n"                                                                     \
    "  irreversible_glass: [developer]\n"

static void asks_for_its_release(struct decision_fixture *fixture, const char *line, const char *name, const char *ref,
                                 bool may_be_missing)
{
    struct outcome out;

    decision_answer(fixture, line[0] == 'r' ? &verb_rollback : &verb_deploy, line, &out);
    assert_int_equal(out.readings_count, 1);
    assert_string_equal(out.readings[0].name, name);
    if (!ref) {
        assert_null(json_find(out.readings[0].args, "marker"));
        return;
    }
    assert_string_equal(json_find_string(out.readings[0].args, "ref"), ref);
    assert_string_equal(json_find_string(out.readings[0].args, "marker"), "NO WAY BACK");
    assert_int_equal(out.readings[0].deadline_ms, DEPLOY_PIN_DEADLINE_MS); /* it is no matter of taste */
    assert_int_equal(json_find_bool(out.readings[0].args, "may_be_missing", false), may_be_missing);
}

static void the_text_of_a_release_is_looked_at(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_RELEASES);

    (void)state;
    asks_for_its_release(fixture, "deploy api staging release:v1.5.0", "release", "v1.5.0", false);
    asks_for_its_release(fixture, "deploy api staging v1.5.0", "marker", "v1.5.0", true);
    asks_for_its_release(fixture, "deploy api staging v1.5.0@" DIGEST, "marker", "v1.5.0",
                         true); /* as regions get it */
    asks_for_its_release(fixture, "deploy api staging release:v1.5.0@" DIGEST, "release", "v1.5.0", false);
    asks_for_its_release(fixture, "deploy api staging v1.5.0 --irreversible", "commit", NULL,
                         0); /* it is said already */
    asks_for_its_release(fixture, "deploy api staging v1.5.0 --reversible", "commit", NULL, 0);
    asks_for_its_release(fixture, "deploy api staging nightly-7", "commit", NULL,
                         0); /* no release that would roll out */
    asks_for_its_release(fixture, "rollback api staging --to v1.5.0", "marker", "v1.5.0", true);
    asks_for_its_release(fixture, "rollback api staging --to v1.5.0 --reversible", "commit", NULL, 0);
    asks_for_its_release(fixture, "rollback api staging --to v1.5.0 --irreversible", "commit", NULL, 0);
    asks_for_its_release(fixture, "deploy api staging branch:main", "commit", NULL, 0);
    asks_for_its_release(fixture, "deploy api staging " DIGEST, "digest", NULL, 0);   /* an image has no text */
    asks_for_its_release(fixture, "deploy api production v1.5.0", "commit", NULL, 0); /* no release rolls out there */
}

static const struct marker_row {
    const char *name, *reading, *body;
    bool is_irreversible;
} marker_rows[] = {
    { "words in its text", "release", "{'tag':'v1.4.2','is_marked':true}", .is_irreversible = true },
    { "no such words", "release", "{'tag':'v1.4.2'}", .is_irreversible = false },
    { "words in that of its tag", "marker", "{'tag':'v1.4.2','is_marked':true}", .is_irreversible = true },
    { "a tag without a release", "marker", "{'missing':true}", .is_irreversible = false },
};

/* Then what comes next is the commit, or the image. */
static void check_marker(void **state)
{
    const struct marker_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_RELEASES);
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, 0);
    struct operation operation = deploy_operation_in("pinning");
    struct event event = {
        .kind = EVENT_READING, .name = row->reading, .from = "engine", .body = decision_json(fixture, row->body)
    };
    struct outcome out;

    body->source = "acme/platform";
    body->image = NULL;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), "- ?commit");
    assert_int_equal(((const struct deploy_body *)out.body)->is_marked, row->is_irreversible);
}

/* ---- GitHub does not tell ---- */

static const struct untold_row {
    const char *name, *body;
    enum event_end end;
    const char *why;
} untold_rows[] = {
    { "nobody tells in time", NULL, END_GAVE_UP, "no answer in time" },
    { "GitHub refuses to tell", NULL, END_FAILED, "it was refused without a reason" },
    { "an answer of another kind", "{'is_marked':'yes'}", END_DONE, "the answer made no sense" },
    { "an answer without the tag", "{'is_marked':false}", END_DONE, "the answer made no sense" },
};

/* A deploy of a bare tag, from its first answer on. */
struct pinning {
    struct decision_fixture *fixture;
    struct operation operation;
    const struct deploy_body *body;
    struct outcome out;
};

static struct pinning pinning_of(struct decision_fixture *fixture)
{
    struct pinning pinning = { fixture, deploy_operation_in("pinning"), NULL, { 0 } };
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, AT_ONCE);

    body->source = "acme/platform";
    body->irreversible_release = "v1.4.2";
    body->image = NULL;
    pinning.body = body;
    return pinning;
}

static const char *hears(struct pinning *pinning, const char *reading, enum event_end end, const char *answer)
{
    struct event event = { .kind = EVENT_READING,
                           .name = reading,
                           .from = "engine",
                           .end = end,
                           .body = answer ? decision_json(pinning->fixture, answer) : NULL };

    outcome_init(&pinning->out, pinning->fixture->arena, pinning->operation.id, pinning->operation.outside_id);
    machine_deploy.on_event(&pinning->fixture->view, &pinning->operation, pinning->body, &event, &pinning->out);
    pinning->body = pinning->out.body;
    return deploy_outcome_text(&pinning->out, pinning->fixture->arena);
}

/* GitHub tells nothing, and the registry does. */
static const char *hears_of_the_image_alone(struct pinning *pinning, const struct untold_row *row)
{
    assert_string_equal(hears(pinning, "marker", row->end, row->body), "- ?commit");
    assert_string_equal(hears(pinning, "commit", END_GAVE_UP, NULL), "- ?digest");
    return hears(pinning, "digest", END_DONE, "{'image':'" IMAGE "'}");
}

#define UNTOLD                                                                                                         \
    "GitHub did not tell whether its release `v1.4.2` is irreversible: %s. Nothing was changed. Say it yourself, and " \
    "it is not asked: `deploy api staging v1.4.2 --irreversible`, if it may be; else `deploy api staging v1.4.2 "      \
    "--reversible`."

/* It could be irreversible, so it is not rolled out as if it were not; and how to go on is said. */
static void check_untold(void **state)
{
    const struct untold_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_RELEASES);
    struct pinning pinning = pinning_of(fixture);

    assert_string_equal(hears_of_the_image_alone(&pinning, row), "failed =failed");
    assert_string_equal(pinning.out.summary, arena_printf(fixture->arena, UNTOLD, row->why));
}

/* What was there before is known without GitHub, with its mark: a way back is never held for want of it. */
static void what_is_on_record_needs_no_github(void **state)
{
    static struct target_version was = { .version = "v1.4.2", .image = IMAGE, .revision = "api-2" };

    (void)state;
    for (int i = 0; i < 4; i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_RELEASES);
        struct pinning pinning = pinning_of(fixture);
        struct target target = { .name = "api/staging" };
        struct outcome out;

        was.is_irreversible = i % 2;
        *(i < 2 ? &target.good : &target.bad) = &was;
        *(i < 2 ? &target.good_count : &target.bad_count) = 1;
        target.doubt = "D9"; /* nobody knows that it serves */
        fixture->targets = &target;
        fixture->targets_count = 1;
        decision_answer(fixture, &verb_deploy, "deploy api staging v1.4.2", &out);
        assert_int_equal(out.readings[0].deadline_ms, 5 * SECOND_MS); /* so it is not waited for long, either */
        assert_string_equal(hears_of_the_image_alone(&pinning, &untold_rows[0]), "queued");
        assert_int_equal(pinning.body->is_irreversible, i % 2);
        assert_null(pinning.body->irreversible_untold);
        assert_true(json_find_bool(pinning.out.journal[0].body, "irreversible_by_record", false));
    }
}

/* Its tag was moved: what the record knows by that name is another image, so GitHub is asked once more, for longer. */
static void what_was_moved_is_asked_for_once_more(void **state)
{
    static struct target_version other = { .version = "v1.4.2", .image = "other@sha256:1", .revision = "api-2" };
    struct target target = { .name = "api/staging", .good = &other, .good_count = 1 };

    (void)state;
    for (int is_told = 0; is_told < 2; is_told++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_RELEASES);
        struct pinning pinning = pinning_of(fixture);

        fixture->targets = &target;
        fixture->targets_count = 1;
        assert_string_equal(hears_of_the_image_alone(&pinning, &untold_rows[0]), "- ?marker");
        assert_int_equal(pinning.out.readings[0].deadline_ms, DEPLOY_PIN_DEADLINE_MS);
        if (is_told) {
            assert_string_equal(hears(&pinning, "marker", END_DONE, "{'tag':'v1.4.2','is_marked':true}"), "queued");
            assert_true(pinning.body->is_irreversible);
        } else {
            assert_string_equal(hears(&pinning, "marker", END_GAVE_UP, NULL), "failed =failed");
        }
    }
}

/* Without an image no record knows it, so nothing else is looked for. */
static void without_an_image_nobody_else_knows(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_RELEASES);
    struct pinning pinning = pinning_of(fixture);
    struct deploy_body body = *pinning.body;

    (void)state;
    body.repository = "";
    pinning.body = &body;
    assert_string_equal(hears(&pinning, "marker", END_GAVE_UP, NULL), "failed =failed");
}

/* From the first moment on, and not for longer than it is so. */
static void the_card_names_what_goes_on(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_RELEASES);
    struct pinning pinning = pinning_of(fixture);

    (void)state;
    assert_string_equal(
        irreversible_asked_text(&fixture->view, &pinning.operation, pinning.body),
        "whether its release `v1.4.2` is irreversible; `deploy api staging v1.4.2 --irreversible`, if it "
        "may be, or `deploy api staging v1.4.2 --reversible` goes on without that");
    hears(&pinning, "marker", END_DONE, "{'missing':true}");
    assert_null(irreversible_asked_text(&fixture->view, &pinning.operation, pinning.body));
}

/* One that waits for GitHub's word is not the same as one that need not. */
static void what_waits_for_github_stops_nobody_who_need_not(void **state)
{
    static const struct {
        const char *line;
        bool is_told, goes_on;
    } asked[] = {
        { "deploy api staging v1.4.2", false, false },
        { "deploy api staging v1.4.2 --irreversible", false, true },
        { "deploy api staging v1.4.2 --reversible", false, true },
        { "deploy api staging v1.4.2 --reversible", true, false },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_RELEASES);
        struct pinning pinning = pinning_of(fixture);
        struct deploy_body body = *pinning.body;
        struct outcome out;
        const char *answer;
        cJSON *json;

        body.is_release_told = asked[i].is_told;
        pinning.operation.id = "D1000";
        json = shape_to_json(&deploy_body_shape, &body, SHAPE_WHOLE);
        arena_defer(fixture->arena, (void (*)(void *))cJSON_Delete, json);
        pinning.operation.body = json;
        fixture->operations = &pinning.operation;
        fixture->operations_count = 1;
        answer = decision_answer(fixture, &verb_deploy, asked[i].line, &out);
        assert_int_equal(strstr(answer, "D1000 does that already") == NULL, asked[i].goes_on);
    }
}

/* Whoever types them again asks for the same, and not for a slower or a safer thing. */
static void words_to_ask_again_leave_nothing_out(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_RELEASES);
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, BLUE_GREEN);

    (void)state;
    body->is_now = body->is_reversible = true;
    body->reason = body->break_glass = "a fire";
    assert_string_equal(
        deploy_words(&fixture->view, "api/staging", body),
        "deploy api staging v1.4.2 --strategy blue-green --now --reversible --reason ... --break-glass ...");
}

static void both_words_contradict(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_RELEASES);
    struct outcome out;

    (void)state;
    deploy_assert_says(
        decision_answer(fixture, &verb_deploy, "deploy api staging v1.5.0 --reversible --irreversible", &out),
        "`--irreversible` and `--reversible` contradict");
    deploy_assert_says(decision_answer(fixture, &verb_rollback, "rollback api staging --reversible", &out),
                       "`--reversible` belongs to `--to VERSION`");
}

static void whoever_asks_is_told(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_RELEASES);
    struct outcome out;

    (void)state;
    deploy_assert_says(decision_answer(fixture, &verb_deploy, "deploy api production v1.5.0 --irreversible", &out),
                       "It is irreversible: from its first traffic on nothing takes that back but `rollback api "
                       "production --break-glass TEXT` by `developer`.");
    assert_true(((const struct deploy_body *)out.body)->is_irreversible);
    assert_null(strstr(decision_answer(fixture, &verb_deploy, "deploy api production v1.5.0", &out), "irreversible"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "without traffic it gives way after all", without_traffic_it_gives_way_after_all, NULL, NULL, NULL },
        { "the rollback that waits is told", the_rollback_that_waits_is_told, NULL, NULL, NULL },
        { "whoever is on call is told once", whoever_is_on_call_is_told_once, NULL, NULL, NULL },
        { "it is remembered as what it is", it_is_remembered, NULL, NULL, NULL },
        { "the last owner without a store leaves it alone", the_last_owner_leaves_it_alone, NULL, NULL, NULL },
        { "what was said of the image before counts", what_was_said_of_the_image_before_counts, NULL, NULL, NULL },
        { "the text of a release is looked at", the_text_of_a_release_is_looked_at, NULL, NULL, NULL },
        { "whoever asks is told", whoever_asks_is_told, NULL, NULL, NULL },
        { "what is on record needs no GitHub", what_is_on_record_needs_no_github, NULL, NULL, NULL },
        { "what was moved is asked for once more", what_was_moved_is_asked_for_once_more, NULL, NULL, NULL },
        { "without an image nobody else knows", without_an_image_nobody_else_knows, NULL, NULL, NULL },
        { "the card names what goes on", the_card_names_what_goes_on, NULL, NULL, NULL },
        { "what waits for GitHub stops nobody who need not", what_waits_for_github_stops_nobody_who_need_not, NULL,
          NULL, NULL },
        { "words to ask again leave nothing out", words_to_ask_again_leave_nothing_out, NULL, NULL, NULL },
        { "both words contradict", both_words_contradict, NULL, NULL, NULL },
        { "one doubt does not hide another", one_doubt_does_not_hide_another, NULL, NULL, NULL },
        { "the answer says what it goes over", the_answer_says_what_it_goes_over, NULL, NULL, NULL },
    };
    int failed = ROWS(rows, check_row) + ROWS(doubt_rows, check_doubt) + ROWS(marker_rows, check_marker) +
                 ROWS(untold_rows, check_untold);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
