/* Somebody moved the traffic by hand: what a machine asks for is compared with what really serves, and that is what is
 * said. */
#include "tests/unit/deploy_fixture.h"

#include "bot/model/checks.h"

#define OLDER_IMAGE "us-docker.pkg.dev/acme/images/api@sha256:40000000000000000000000000000000"
#define NEWEST_IMAGE "us-docker.pkg.dev/acme/images/api@sha256:50000000000000000000000000000000"
#define SHA "70e4b6c9d315f8a2701c4be59d3260f8a1c7e4b6"
#define OLDER_SHA "4444444444444444444444444444444444444444"
#define NEWEST_SHA "5555555555555555555555555555555555555555"
#define CONFIGURATION                                                                                                  \
    "api: { tokens: [ { name: ci, secret: 0123456789abcdef0123456789abcdef } ] }\n" DECISION_CONFIGURATION             \
    "    - { allow: deploy, to: \"token:ci\", on: { environment: staging } }\n"
#define BY_HAND                                                                                                        \
    "`v1.4.0` has it. A machine does not undo that; nothing was changed. A person may: `deploy api staging v1.5.0 --strategy canary`."

/* The record: v1.4.0, then v1.5.0, which it takes for what serves; v1.6.0 was left as bad. */
static const struct row {
    const char *name, *version;
    const char *image;  /* NULL: one that was never there */
    const char *split;  /* what Cloud Run says; NULL: it does not tell */
    const char *wanted; /* once all that was asked for is told: deploy_outcome_text */
    const char *says;
    bool is_asked; /* Cloud Run, before the line */
    bool is_a_persons;
} rows[] = {
    /* ---- nobody moved it ---- */
    { "what serves is no rollout", "v1.5.0", NEWEST_IMAGE, SHARE("api-50", 100), .wanted = "refused =refused",
      .says = "`v1.5.0` serves in api/staging already. Nothing was changed.", .is_asked = true },
    { "what is older is none", "v1.4.1", NULL, SHARE("api-50", 100), .wanted = "refused =refused",
      .says = "`v1.4.1` is older than the `v1.5.0` that serves in api/staging", .is_asked = true },
    { "what goes forward is not asked about before its turn", "v1.5.1", NULL, SHARE("api-50", 100),
      .wanted = "creating !run.revision" },

    /* ---- it serves v1.4.0 ---- */
    { "what is newer than what serves goes on, though it is older than what did", "v1.4.1", NULL, SHARE("api-40", 100),
      .wanted = "creating !run.revision", .is_asked = true },
    { "what somebody moved the traffic away from does not come back by itself", "v1.5.0", NEWEST_IMAGE,
      SHARE("api-40", 100), .wanted = "refused =refused",
      .says = "`v1.5.0` was good in api/staging, and somebody has moved its traffic since: " BY_HAND,
      .is_asked = true },
    { "a person brings it back", "v1.5.0", NEWEST_IMAGE, SHARE("api-40", 100), .wanted = "creating !run.revision",
      .is_a_persons = true },
    { "what comes after it comes", "v1.5.1", NULL, SHARE("api-40", 100), .wanted = "creating !run.revision" },
    { "what is older than what serves does not", "v1.3.9", NULL, SHARE("api-40", 100), .wanted = "refused =refused",
      .says = "`v1.3.9` is older than the `v1.4.0` that serves in api/staging", .is_asked = true },
    { "what serves now is no rollout", "v1.4.0", OLDER_IMAGE, SHARE("api-40", 100), .wanted = "refused =refused",
      .says = "`v1.4.0` serves in api/staging already", .is_asked = true },
    { "both serve: the newer one counts", "v1.4.1", NULL, SHARE("api-40", 60) "," SHARE("api-50", 40),
      .wanted = "refused =refused", .says = "`v1.4.1` is older than the `v1.5.0` that serves in api/staging",
      .is_asked = true },

    /* ---- it serves something else ---- */
    { "what is bad and serves all the same is what it is", "v1.5.1", NULL, SHARE("api-60", 100),
      .wanted = "refused =refused", .says = "`v1.5.1` is older than the `v1.6.0` that serves in api/staging" },
    { "of a revision that nobody knows nobody knows either: what was good last counts", "v1.4.1", NULL,
      SHARE("api-theirs", 100), .wanted = "refused =refused",
      .says = "`v1.4.1` is older than the `v1.5.0` that was good last in api/staging", .is_asked = true },
    { "forward from that it goes", "v1.5.1", NULL, SHARE("api-theirs", 100), .wanted = "creating !run.revision" },

    /* ---- Cloud Run does not tell ---- */
    { "then the record counts, and is named", "v1.5.0", NEWEST_IMAGE, NULL, .wanted = "refused =refused",
      .says = "`v1.5.0` serves in api/staging already by the record; Cloud Run did not tell. Nothing was changed.",
      .is_asked = true },
    { "also of what is older", "v1.4.1", NULL, NULL, .wanted = "refused =refused",
      .says = "`v1.4.1` is older than the `v1.5.0` that serves by the record in api/staging", .is_asked = true },
};

struct scene {
    struct decision_fixture *fixture;
    struct operation own;
    struct target target;
    struct target_version good[2], bad[1];
    const struct deploy_body *body;
    struct outcome out;
};

static void set(struct scene *scene, struct decision_fixture *fixture, bool is_a_persons)
{
    static const struct target_version versions[] = {
        { .version = "v1.4.0", .image = OLDER_IMAGE, .revision = "api-40", .operation = "D1", .at_ms = 1 },
        { .version = "v1.5.0", .image = NEWEST_IMAGE, .revision = "api-50", .operation = "D2", .at_ms = 2 },
        { .version = "v1.6.0", .image = "bad@sha256:6", .revision = "api-60", .operation = "D3", .at_ms = 3 },
    };

    scene->fixture = fixture;
    memcpy(scene->good, versions, sizeof(scene->good));
    scene->bad[0] = versions[2];
    scene->target = (struct target){
        .name = "api/staging", .good = scene->good, .good_count = 2, .bad = scene->bad, .bad_count = 1
    };
    scene->own = deploy_operation_in("pinning");
    scene->own.source = is_a_persons ? "slack" : "api";
    if (!is_a_persons)
        scene->own.requester = (struct principal){ "token", "ci", NULL, NULL };
    fixture->operations = &scene->own;
    fixture->targets = &scene->target;
    fixture->operations_count = fixture->targets_count = 1;
}

static void decide(struct scene *scene, struct event event)
{
    struct outcome *out = &scene->out;
    cJSON *json;

    outcome_init(out, scene->fixture->arena, scene->own.id, scene->own.outside_id);
    machine_deploy.on_event(&scene->fixture->view, &scene->own, scene->body, &event, out);
    if (out->state)
        scene->own.state = out->state;
    if (!out->body)
        return;
    scene->body = out->body;
    json = shape_to_json(&deploy_body_shape, out->body, SHAPE_WHOLE);
    arena_defer(scene->fixture->arena, (void (*)(void *))cJSON_Delete, json);
    scene->own.body = json;
}

static bool asks(const struct outcome *out, const char *reading)
{
    for (size_t i = 0; i < out->readings_count; i++)
        if (strcmp(out->readings[i].name, reading) == 0)
            return true;
    return false;
}

/* What it waits to know of the service. */
static void answer(struct scene *scene, const char *reading, const char *split)
{
    struct event told = { .kind = EVENT_READING, .name = reading, .end = split ? END_DONE : END_GAVE_UP };

    if (split)
        told.body = decision_json(scene->fixture, arena_printf(scene->fixture->arena,
                                                               "{'is_settled':true,'is_ready':true,'serving':'api-40',"
                                                               "'wanted':[%s],'observed':[%s]}",
                                                               split, split));
    decide(scene, told);
}

/* From its pinned image to its turn, and until it has seen the service. */
static void walk(struct scene *scene, const struct row *row, bool *ret_is_asked)
{
    struct deploy_body *body = deploy_body_made(scene->fixture, 0, 0, 0);
    const char *image = row->image ? row->image : IMAGE;

    body->version = row->version;
    body->image = NULL;
    scene->body = body;
    decide(scene, (struct event){ .kind = EVENT_READING,
                                  .name = "digest",
                                  .body = decision_json(
                                      scene->fixture, arena_printf(scene->fixture->arena, "{'image':'%s'}", image)) });
    *ret_is_asked = asks(&scene->out, "serving");
    if (*ret_is_asked)
        answer(scene, "serving", row->split);
    if (scene->out.result)
        return;
    scene->fixture->view.now_ms += HOUR_MS; /* what was told then is old by now */
    scene->target.holder = scene->own.id;
    decide(scene, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED });
    if (asks(&scene->out, "serving"))
        answer(scene, "serving", row->split);
    if (!scene->out.result)
        answer(scene, "service", row->split);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct scene scene;
    bool is_asked;

    set(&scene, fixture, row->is_a_persons);
    walk(&scene, row, &is_asked);
    assert_string_equal(deploy_outcome_text(&scene.out, fixture->arena), row->wanted);
    assert_int_equal(is_asked, row->is_asked);
    if (row->says)
        deploy_assert_says(scene.out.summary, row->says);
    assert_false(scene.out.leaves_doubt);
}

/* ---- by commits ---- */

static struct operation brought(struct decision_fixture *fixture, const char *id, const char *sha)
{
    struct operation operation = deploy_operation_in("done");

    operation.id = id;
    operation.result = "done";
    operation.body = decision_json(
        fixture, arena_printf(fixture->arena, "{'commit':{'sha':'%s','message':'m','author':'ann'}}", sha));
    return operation;
}

/* Names tell nothing: GitHub compares with the commit that serves, and once it has, what serves is looked at again. */
static void commits_are_compared_with_what_serves(void **state)
{
    static const struct {
        const char *relation, *wanted;
    } answers[] = { { "behind", "refused =refused" }, { "ahead", "creating !run.revision" } };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
        struct deploy_compared *compared = ARENA_NEW(fixture->arena, struct deploy_compared);
        struct source_commit *commit = ARENA_NEW(fixture->arena, struct source_commit);
        struct deploy_body *body = deploy_body_made(fixture, 0, 0, 0);
        struct operation ended[2];
        struct scene scene;

        set(&scene, fixture, false);
        ended[0] = brought(fixture, "D1", OLDER_SHA);
        ended[1] = brought(fixture, "D2", NEWEST_SHA);
        fixture->ended = ended;
        fixture->ended_count = 2;
        scene.good[0].version = scene.good[1].version = "main";
        scene.own.state = "looking";
        scene.target.holder = scene.own.id;
        commit->sha = SHA;
        *compared = (struct deploy_compared){ NEWEST_SHA, SHA, "ahead" }; /* before it was its turn */
        body->version = "main";
        body->source = "acme/platform";
        body->commit = commit;
        body->compared = compared;
        body->compared_count = 1;
        scene.body = body;
        answer(&scene, "service", SHARE("api-40", 100));
        assert_string_equal(deploy_outcome_text(&scene.out, fixture->arena), "- ?order");
        assert_string_equal(scene.body->comparing, OLDER_SHA);
        decide(&scene, (struct event){ .kind = EVENT_READING,
                                       .name = "order",
                                       .body = decision_json(fixture, arena_printf(fixture->arena,
                                                                                   "{'is_known':true,'relation':'%s'}",
                                                                                   answers[i].relation)) });
        assert_true(asks(&scene.out, "service"));
        answer(&scene, "service", SHARE("api-40", 100));
        assert_string_equal(deploy_outcome_text(&scene.out, fixture->arena), answers[i].wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "commits are compared with what serves", commits_are_compared_with_what_serves, NULL, NULL, NULL },
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
