/* A rollback that ended in doubt hides nothing of what it was to leave: where that is irreversible, the next one needs
 * a glass, too, whatever the revisions tell of themselves. */
#include "tests/unit/rollback_fixture.h"

#include "handlers/deploy/body.h"
#include "handlers/deploy/deploy.h"
#include "handlers/explain.h"

#define CONFIGURED                                                                                                     \
    DECISION_CONFIGURATION                                                                                             \
    "    - { allow: [rollback, deploy], to: everyone, on: { environment: production } }\n"                             \
    "  irreversible_glass: [developer]\n"
#define LINE "rollback api production"
#define GLASS " --break-glass \"it eats the orders\""
#define ROLLOUT_BODY(more)                                                                                             \
    "{'service':'api','environment':'production','version':'v1.6.0','repository':'r','image':'api@sha256:60',"         \
    "'place':{'project':'acme','region':'us-central1','service':'api-prod'},'revision':'api-60',"                      \
    "'previous':'api-50','before':[" SHARE("api-50", 100) "],'split':[" SHARE("api-50", 75) "," SHARE("api-60",        \
                                                                                                      25) "]" more "}"
#define AT_25 SHARE("api-50", 75) "," SHARE("api-60", 25)
#define READY(revision, more) "{'revision':'" revision "','image':'x','is_ready':true" more "}"
#define MARK ",'is_irreversible':true"
#define TELLS(marks) "{'revisions':[" READY("api-60", marks) "," READY("api-50", "") "," READY("api-42", "") "]}"

static void says(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        assert_string_equal(text ? text : "(nothing)", part);
}

/* A place, what ended there, and one rollback of it under way. */
struct scene {
    struct decision_fixture *fixture;
    struct target target;
    struct target_version good[3];
    struct operation ended[4]; /* newest first */
    struct operation rollback;
    const struct rollback_body *body;
    struct outcome out;
};

static void set(struct scene *scene, struct decision_fixture *fixture)
{
    memset(scene, 0, sizeof(*scene));
    scene->fixture = fixture;
    memcpy(scene->good, good, sizeof(scene->good));
    scene->target = (struct target){ .name = "api/production", .good = scene->good, .good_count = 3 };
    fixture->targets = &scene->target;
    fixture->targets_count = 1;
    fixture->ended = scene->ended;
}

static void add_ended(struct scene *scene, struct operation operation)
{
    struct decision_fixture *fixture = scene->fixture;

    memmove(scene->ended + 1, scene->ended, fixture->ended_count * sizeof(*scene->ended));
    scene->ended[0] = operation;
    fixture->ended_count++;
}

/* D44 was at 25 % when it ended, and nobody knows what serves. */
static void end_rollout_in_doubt(struct scene *scene, const char *body)
{
    add_ended(scene, (struct operation){ .id = "D44",
                                         .kind = "deploy",
                                         .state = "failed",
                                         .result = "failed",
                                         .target = "api/production",
                                         .body = decision_json(scene->fixture, body),
                                         .ended_at_ms = MINUTES_AGO(30) });
    scene->target.doubt = "D44";
}

static void decide(struct scene *scene, struct event event)
{
    struct arena *arena = scene->fixture->arena;
    struct outcome *out = &scene->out;
    cJSON *json;

    outcome_init(out, arena, scene->rollback.id, scene->rollback.outside_id);
    machine_rollback.on_event(&scene->fixture->view, &scene->rollback, scene->body, &event, out);
    if (out->state)
        scene->rollback.state = out->state;
    if (!out->body)
        return;
    scene->body = out->body;
    json = shape_to_json(&rollback_body_shape, out->body, SHAPE_WHOLE);
    arena_defer(arena, (void (*)(void *))cJSON_Delete, json);
    scene->rollback.body = json;
}

static void see(struct scene *scene, bool is_settled, const char *wanted, const char *observed)
{
    const char *text = arena_printf(scene->fixture->arena, "{'is_settled':%s,'wanted':[%s],'observed':[%s]}",
                                    is_settled ? "true" : "false", wanted, observed);

    decide(scene,
           (struct event){ .kind = EVENT_READING, .name = "service", .body = decision_json(scene->fixture, text) });
}

/* It gets the target, and looks. `revisions` NULL: nothing is told of them in time. */
static void roll_back(struct scene *scene, const char *id, const char *line, const char *split, const char *revisions)
{
    struct decision_fixture *fixture = scene->fixture;
    struct event told = { .kind = EVENT_READING, .name = "revisions", .end = revisions ? END_DONE : END_GAVE_UP };

    decision_answer(fixture, &verb_rollback, line, &scene->out);
    assert_true(scene->out.begins);
    scene->rollback = an_operation("queued");
    scene->rollback.id = id;
    scene->body = scene->out.body;
    scene->target.holder = id;
    decide(scene, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED });
    see(scene, true, split, split);
    if (revisions)
        told.body = decision_json(fixture, revisions);
    if (!scene->out.result && !scene->body->is_compared)
        decide(scene, told);
}

static void keep_end(struct scene *scene)
{
    assert_non_null(scene->out.result);
    scene->rollback.result = scene->out.result;
    scene->rollback.ended_at_ms = scene->fixture->view.now_ms;
    add_ended(scene, scene->rollback);
    scene->target.holder = NULL;
    if (scene->out.leaves_doubt)
        scene->target.doubt = scene->rollback.id;
    if (!scene->out.bad)
        return;
    scene->target.bad = scene->out.bad;
    scene->target.bad_count = 1;
}

/* Cloud Run takes the return, and never shows it. */
static void fail_to_return(struct scene *scene)
{
    assert_string_equal(scene->rollback.state, "returning");
    decide(scene, (struct event){ .kind = EVENT_EFFECT, .name = "return", .end = END_DONE });
    scene->fixture->view.now_ms += HOUR_MS;
    see(scene, false, SHARE("api-50", 100), AT_25);
    assert_string_equal(scene->out.result, "failed");
    assert_true(scene->out.leaves_doubt);
    keep_end(scene);
}

/* The first one broke the glass for D44, and nobody knows what serves since. */
static void the_next_one_needs_a_glass_as_well(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURED);
    struct scene scene;

    (void)state;
    set(&scene, fixture);
    end_rollout_in_doubt(&scene, ROLLOUT_BODY(",'is_irreversible':true,'serves_at_ms':1"));
    says(decision_answer(fixture, &verb_rollback, LINE, &scene.out),
         "It ends by itself, and changes nothing, if that still serves: `v1.6.0` is irreversible");
    says(decision_answer(fixture, &verb_explain, "explain " LINE, &scene.out),
         "*No, unless you break the glass*: `v1.6.0` is irreversible");
    roll_back(&scene, "D50", LINE GLASS, AT_25, NULL);
    fail_to_return(&scene);
    assert_true(scene.target.bad[0].is_irreversible);
    scene.target.bad_count = 0; /* only so many are remembered */
    roll_back(&scene, "D51", LINE, AT_25, NULL);
    says(scene.out.result, "refused");
    says(scene.out.summary, "`v1.6.0` is irreversible");
    keep_end(&scene);
    assert_string_equal(scene.target.doubt, "D50"); /* it changed nothing */
    roll_back(&scene, "D52", LINE GLASS, AT_25, NULL);
    fail_to_return(&scene);
    scene.target.bad_count = 0;
    roll_back(&scene, "D53", LINE, SHARE("api-50", 100), NULL); /* nothing of it serves any more */
    assert_null(scene.out.result);
    assert_string_equal(scene.rollback.state, "returning");
}

/* It had stopped the rollout before the revision told of itself, and stands on the record alone. */
static void what_only_its_revision_tells_is_not_forgotten(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURED);
    struct operation rollout;
    struct scene scene;

    (void)state;
    set(&scene, fixture);
    rollout = (struct operation){ .id = "D44", .kind = "deploy", .state = "baking", .target = "api/production" };
    rollout.body = decision_json(fixture, ROLLOUT_BODY(""));
    fixture->operations = &rollout;
    fixture->operations_count = 1;
    scene.target.holder = "D44";
    roll_back(&scene, "D50", LINE, AT_25, TELLS(MARK));
    says(scene.out.result, "refused");
    assert_true(scene.out.leaves_doubt);
    fixture->operations_count = 0;
    keep_end(&scene);
    roll_back(&scene, "D51", LINE, AT_25, NULL);
    says(scene.out.result, "refused");
    says(scene.out.summary, "`v1.6.0` is irreversible");
}

/* What was to be left, and was not for certain, has perhaps served all the time: so to go back past it takes a glass.
 */
static void a_way_back_that_failed_has_left_nothing(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURED);
    struct target_version left = good[2];
    struct target_end end = { .operation = "D50", .is_way_back = true };

    (void)state;
    for (int64_t how = ENDED_GOOD; how <= ENDED_IN_DOUBT; how++) {
        struct target_version stack[4];
        struct scene scene;

        set(&scene, fixture);
        memcpy(stack, good, sizeof(good));
        stack[2].is_irreversible = true;
        stack[3] = (struct target_version){ .version = "v1.6.0", .revision = "api-60", .at_ms = DECISION_NOW_MS };
        left.operation = "D50";
        left.at_ms = stack[2].at_ms + MINUTE_MS;
        end.how = how;
        scene.target.good = stack;
        scene.target.good_count = 4;
        scene.target.bad = &left;
        scene.target.ends = &end;
        scene.target.bad_count = scene.target.ends_count = 1;
        roll_back(&scene, "D51", LINE, SHARE("api-60", 100), TELLS(""));
        assert_string_equal(scene.body->to.revision, "api-42");
        if (how == ENDED_UNTOUCHED || how == ENDED_IN_DOUBT) {
            says(scene.out.result, "refused");
            says(scene.out.summary, "`v1.5.0` is irreversible");
        } else {
            assert_null(scene.out.result);
        }
    }
}

/* One that was asked for while it was under way does not know what became of it. */
static void a_deploy_behind_it_does_not_begin_unasked(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURED);
    struct operation behind = { .id = "D60",
                                .kind = "deploy",
                                .state = "queued",
                                .target = "api/production",
                                .source = "slack",
                                .requester = { "slack", "U1", "T1", "ann" } };
    struct event granted = { .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED };
    const struct deploy_body *body;
    struct outcome out;
    struct scene scene;

    (void)state;
    set(&scene, fixture);
    end_rollout_in_doubt(&scene, ROLLOUT_BODY(",'is_irreversible':true,'serves_at_ms':1"));
    roll_back(&scene, "D50", LINE GLASS, AT_25, NULL);
    fail_to_return(&scene);
    says(decision_answer(fixture, &verb_deploy, "deploy api production v1.7.0", &out),
         "*D50* was to go back from `v1.6.0` and left open what serves in api/production: that is "
         "irreversible, so older code cannot run on what it has changed. Look there first");
    body = out.body;
    scene.target.holder = behind.id;
    behind.created_at_ms = scene.rollback.ended_at_ms - MINUTE_MS;
    outcome_init(&out, fixture->arena, behind.id, "birth-0000000000000060");
    machine_deploy.on_event(&fixture->view, &behind, body, &granted, &out);
    assert_string_equal(out.result, "refused");
    says(out.summary, "This was asked for before that, and does not take its place unasked");
    behind.created_at_ms = scene.rollback.ended_at_ms + MINUTE_MS;
    outcome_init(&out, fixture->arena, behind.id, "birth-0000000000000060");
    machine_deploy.on_event(&fixture->view, &behind, body, &granted, &out);
    assert_null(out.result);
    assert_string_equal(((const struct deploy_body *)out.body)->begun_over, "D50");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "what only its revision tells is not forgotten", what_only_its_revision_tells_is_not_forgotten, NULL, NULL,
          NULL },
        { "a way back that failed has left nothing", a_way_back_that_failed_has_left_nothing, NULL, NULL, NULL },
        { "a deploy behind it does not begin unasked", a_deploy_behind_it_does_not_begin_unasked, NULL, NULL, NULL },
        { "the next one needs a glass as well", the_next_one_needs_a_glass_as_well, NULL, NULL, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
