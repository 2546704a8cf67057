/* A rollback waits behind what is irreversible and got traffic after all, and that goes on: the whole chain, both of
 * them. */
#include "tests/unit/deploy_fixture.h"

#include "handlers/rollback/body.h"
#include "handlers/rollback/rollback.h"
#include "handlers/rollback/rolling.h"

#define CONFIGURATION                                                                                                  \
    DECISION_CONFIGURATION                                                                                             \
    "  irreversible_glass: [release-manager]\n"
#define GLASS "`rollback api staging --break-glass TEXT` by `release-manager`"
#define IT_TAKES                                                                                                       \
    "`v1.4.2` is irreversible: older code cannot run on what it has changed, so to go back from it takes " GLASS

struct scene {
    struct decision_fixture *fixture;
    struct target target;
    struct target_version good[3];
    struct operation operations[2]; /* the deploy D1042, the rollback D1050 */
    const struct deploy_body *deploy;
    const struct rollback_body *rollback;
    struct outcome out; /* of the last decision */
};

enum { DEPLOY, ROLLBACK };

static void keep(struct scene *scene, int which, const struct shape *shape)
{
    struct operation *operation = &scene->operations[which];
    cJSON *json;

    if (scene->out.state)
        operation->state = scene->out.state;
    if (scene->out.result) {
        operation->result = scene->out.result;
        operation->summary = scene->out.summary;
    }
    if (!scene->out.body)
        return;
    json = shape_to_json(shape, scene->out.body, SHAPE_WHOLE);
    arena_defer(scene->fixture->arena, (void (*)(void *))cJSON_Delete, json);
    operation->body = json;
    if (which == DEPLOY)
        scene->deploy = scene->out.body;
    else
        scene->rollback = scene->out.body;
}

static void tell(struct scene *scene, int which, struct event event)
{
    const struct operation *operation = &scene->operations[which];
    const struct machine *machine = which == DEPLOY ? &machine_deploy : &machine_rollback;

    outcome_init(&scene->out, scene->fixture->arena, operation->id, operation->outside_id);
    machine->on_event(&scene->fixture->view, operation, which == DEPLOY ? scene->deploy : (const void *)scene->rollback,
                      &event, &scene->out);
    keep(scene, which, machine->body);
}

static void ask(struct scene *scene, const char *verb)
{
    static const struct control_arguments arguments = { .operation = "D1042", .look = CONTROL_ANY_LOOK };
    struct request request = decision_request(scene->fixture, verb);

    tell(scene, DEPLOY,
         (struct event){ .kind = EVENT_REQUEST, .name = verb, .request = &request, .arguments = &arguments });
}

/* Of the deploy, from here on. */
static void put_deploy(struct scene *scene, const char *state, int64_t step, int64_t percent)
{
    struct deploy_body *body = deploy_body_made(scene->fixture, step, percent, IRREVERSIBLE | JUDGED);

    body->serves_at_ms = strcmp(state, "checking") == 0 ? 0 : DECISION_NOW_MS - MINUTE_MS;
    scene->out = (struct outcome){ .state = state, .body = body };
    keep(scene, DEPLOY, &deploy_body_shape);
}

static const char *said(const struct outcome *out, const char *tag)
{
    for (size_t i = 0; i < out->effects_count; i++)
        if (tag ? out->effects[i].tag && strcmp(out->effects[i].tag, tag) == 0
                : json_find_bool(out->effects[i].args, "is_in_thread", false))
            return json_find_string(out->effects[i].args, "reply.text");
    return NULL;
}

/* It is asked for while the deploy has no traffic; until it is heard, that has. */
static void begin(struct scene *scene, struct decision_fixture *fixture, const char *line, const char *state)
{
    static const char *const waiting[] = { "D1050" };

    memset(scene, 0, sizeof(*scene));
    scene->fixture = fixture;
    scene->good[0] = (struct target_version){ .version = "v1.4.0", .image = "a", .revision = "api-older", .at_ms = 1 };
    scene->good[1] = (struct target_version){ .version = "v1.4.1", .image = "b", .revision = "api-old", .at_ms = 2 };
    scene->target = (struct target){ .name = "api/staging", .good = scene->good, .good_count = 2, .holder = "D1042" };
    scene->operations[DEPLOY] = deploy_operation_in("checking");
    fixture->targets = &scene->target;
    fixture->operations = scene->operations;
    fixture->targets_count = fixture->operations_count = 1;
    put_deploy(scene, "checking", 0, 0);
    deploy_assert_says(decision_answer(fixture, &verb_rollback, line, &scene->out), "*D7*: ");
    scene->operations[ROLLBACK] = deploy_operation_in("queued");
    scene->operations[ROLLBACK].id = "D1050";
    scene->operations[ROLLBACK].kind = "rollback";
    keep(scene, ROLLBACK, &rollback_body_shape);
    fixture->operations_count = 2;
    scene->target.waiting = (const char **)waiting;
    scene->target.waiting_count = 1;
    put_deploy(scene, state, strcmp(state, "watching") == 0 ? 2 : 0, strcmp(state, "watching") == 0 ? 100 : 0);
    tell(scene, DEPLOY,
         (struct event){ .kind = EVENT_MESSAGE,
                         .name = MESSAGE_YIELD,
                         .body = decision_json(fixture, "{'target':'api/staging','by':'D1050','version':'v1.4.1'}") });
    assert_null(scene->out.result);
    assert_int_equal(scene->out.messages_count, 1);
    tell(scene, ROLLBACK,
         (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_KEPT_WAITING, .body = scene->out.messages[0].body });
    deploy_assert_says(said(&scene->out, NULL), "@{slack:U1}: *D1050* waits: D1042 (`v1.4.2`) is irreversible");
}

/* What held the target has ended. */
static void grant(struct scene *scene)
{
    scene->target.holder = "D1050";
    scene->target.waiting_count = 0;
    tell(scene, ROLLBACK,
         (struct event){ .kind = EVENT_MESSAGE,
                         .name = MESSAGE_GRANTED,
                         .body = decision_json(scene->fixture, "{'target':'api/staging'}") });
}

static void promote(struct scene *scene)
{
    ask(scene, "resume");
    ask(scene, "promote");
    assert_string_equal(scene->out.result, "done");
    assert_true(scene->out.good->is_irreversible);
    scene->good[2] = *scene->out.good;
    scene->target.good_count = 3;
}

static const struct card *card_of(struct scene *scene)
{
    struct card *card = ARENA_NEW(scene->fixture->arena, struct card);

    machine_rollback.card(&scene->fixture->view, &scene->operations[ROLLBACK], scene->rollback, card);
    return card;
}

static const char *field(const struct card *card, const char *name)
{
    for (size_t i = 0; i < card->fields_count; i++)
        if (strcmp(card->fields[i].name, name) == 0)
            return card->fields[i].value;
    return NULL;
}

#define GONE_ON                                                                                                        \
    "D1042 was not stopped: it went on while this waited, and `v1.4.2` is good now and serves all traffic of "         \
    "api/staging. " IT_TAKES ". Nothing was changed."

static void what_was_promoted_meanwhile_is_left_where_it_is(void **state)
{
    static const struct {
        const char *line, *title;
    } asked[] = {
        { "rollback api staging", "Roll back api staging to v1.4.1" },
        { "rollback api staging --from v1.4.1", "Roll back api staging to v1.4.0" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
        const struct card *card;
        struct scene scene;

        begin(&scene, fixture, asked[i].line, "watching");
        promote(&scene);
        grant(&scene);
        assert_string_equal(scene.out.result, "refused");
        assert_string_equal(scene.out.summary, GONE_ON);
        assert_true(!scene.out.bad && !scene.out.good && !scene.out.leaves_doubt && scene.out.readings_count == 0);
        assert_string_equal(said(&scene.out, NULL), "@{slack:U1}: *D1050* waits no more. " GONE_ON);
        assert_null(said(&scene.out, "page")); /* it is judged, and good */
        card = card_of(&scene);
        assert_string_equal(card->title, asked[i].title);
        assert_string_equal(card->status, "D1050: " GONE_ON);
        assert_string_equal(field(card, "From"), "`v1.4.2`");
        assert_string_equal(field(card, "Irreversible"), "`v1.4.2`");
        assert_null(field(card, "Aborts"));
        assert_null(field(card, "Stops"));
    }
}

/* While it waits. */
static void its_card_says_what_to_type(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct scene scene;

    (void)state;
    begin(&scene, fixture, "rollback api staging", "watching");
    assert_string_equal(card_of(&scene)->status,
                        "D1050 waits: D1042 (`v1.4.2`) is irreversible: older code cannot run on what it has changed, "
                        "so its traffic goes back by nothing but " GLASS);
    deploy_assert_says(decision_answer(fixture, &verb_rollback, "rollback api staging", &scene.out),
                       "REFUSED *D1050* waits: D1042 (`v1.4.2`, paused at 100 %) is irreversible");
}

/* It told nobody to stop who did: whoever has enough of waiting is not told otherwise. */
static void to_abort_it_says_what_it_did_not_do(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct request request = decision_request(fixture, "abort");
    struct scene scene;

    (void)state;
    begin(&scene, fixture, "rollback api staging", "watching");
    assert_null(field(card_of(&scene), "Stops"));
    ask(&scene, "abort"); /* the deploy */
    assert_string_equal(scene.out.reply->text,
                        "D1042 (`v1.4.2`, paused at 100 %) is irreversible: older code cannot run on what it has "
                        "changed, so its traffic goes back by nothing but " GLASS
                        ". Nothing was done: it is paused, and stays where it is.");
    tell(&scene, ROLLBACK, (struct event){ .kind = EVENT_REQUEST, .name = "abort", .request = &request });
    assert_string_equal(scene.out.result, "aborted");
    assert_string_equal(scene.out.summary, "aborted before it began. Nothing was changed.");
    assert_string_equal(scene.out.reply->text, "*D1050* is aborted: it had not begun, so nothing was changed.");
    assert_false(scene.out.leaves_doubt);
}

/* Nobody stopped it, and nobody knows what serves: that is not the rollback's doing, and is still irreversible. */
static void what_ended_in_doubt_meanwhile_is_not_said_to_be_stopped(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct scene scene;

    (void)state;
    begin(&scene, fixture, "rollback api staging", "verifying");
    fixture->view.now_ms += 2 * HOUR_MS;
    tell(&scene, DEPLOY, (struct event){ .kind = EVENT_READING, .name = "service", .end = END_GAVE_UP });
    assert_string_equal(scene.out.result, "failed");
    assert_true(scene.out.leaves_doubt);
    scene.operations[DEPLOY].ended_at_ms = fixture->view.now_ms;
    scene.target.doubt = "D1042";
    grant(&scene);
    assert_string_equal(scene.rollback->begun_over, "D1042");
    tell(&scene, ROLLBACK,
         (struct event){ .kind = EVENT_READING, .name = "service", .body = decision_json(fixture, SERVES(AT_5)) });
    tell(&scene, ROLLBACK, (struct event){ .kind = EVENT_READING, .name = "revisions", .end = END_GAVE_UP });
    assert_string_equal(scene.out.result, "refused");
    assert_string_equal(scene.out.summary, IT_TAKES ". Nothing was changed.");
    deploy_assert_says(said(&scene.out, "page"),
                       "D1042 has ended, and its traffic stays on api/staging, judged by nobody: " IT_TAKES);
}

/* Of several one ended before it could be stopped: the others were. */
static void what_was_stopped_beside_it_is_said(void **state)
{
    static const struct {
        const char *aborts, *text;
    } rows[] = {
        { "D7", "D7 ended by itself" },
        { "D7, api of D8", "D7 ended by itself, and api of D8 was stopped before it had traffic" },
        { "D7, api of D8, api of D9",
          "D7 ended by itself, and api of D8, api of D9 were stopped before they had traffic" },
    };
    const struct target_version stopped = { .operation = "D7" };
    AUTO(arena) struct arena *arena = arena_create();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct rollback_body body = {
            .aborts = rows[i].aborts, .stopped = &stopped, .has_ended_alone = true, .place = { .service = "api" }
        };

        assert_string_equal(rollback_stopped_text(&body, arena), rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "what was promoted meanwhile is left where it is", what_was_promoted_meanwhile_is_left_where_it_is, NULL,
          NULL, NULL },
        { "to abort it says what it did not do", to_abort_it_says_what_it_did_not_do, NULL, NULL, NULL },
        { "its card says what to type", its_card_says_what_to_type, NULL, NULL, NULL },
        { "what ended in doubt meanwhile is not said to be stopped",
          what_ended_in_doubt_meanwhile_is_not_said_to_be_stopped, NULL, NULL, NULL },
        { "what was stopped beside it is said", what_was_stopped_beside_it_is_said, NULL, NULL, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
