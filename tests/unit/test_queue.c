/* The line of a place: who gives way to a deploy that enters it, who is told, what `--now` aborts, and what people
 * read. */
#include "tests/unit/deploy_fixture.h"

#include "handlers/deploy/queue.h"

#define IMAGE_OF_OTHER "us-docker.pkg.dev/acme/images/api@sha256:00000000000000000000000000000000"
#define IMAGE_OF_RUNNING "us-docker.pkg.dev/acme/images/api@sha256:11111111111111111111111111111111"
#define DIGEST "{'image':'" IMAGE "'}"
#define RUNNING_DIGEST "{'image':'" IMAGE_OF_RUNNING "'}"
#define SAME_DIGEST "{'image':'" IMAGE_OF_OTHER "'}"

enum {
    IS_NOW = 1,
    IS_WAY_BACK = 2,
    HAS_SETTING = 4,       /* A=1 */
    HAS_OTHER_SETTING = 8, /* A=2 */
    KEEPS_IMAGE = 16,
    IN_GROUP = 32,     /* D5's */
    HAS_TARGET = 64,   /* else D10 has it */
    NOT_IN_LINE = 128, /* asked for again after it let go, or it is not that far */
    IS_STUCK = 256,
    IS_RETURNING = 512,
    ELSEWHERE = 1024,      /* another target */
    IS_LATER = 2048,       /* D2000 */
    IN_LATER_GROUP = 4096, /* D30's */
    IS_GOOD = 8192,        /* it ended well, and serves */
    HAS_FAILED = 16384,
    SAME_IMAGE = 32768, /* ours: as all others */
    AS_RUNNING = 65536, /* ours and the other one: the image of D10, which runs */
    TRIGGERED = 131072, /* L7's, which is no group */
};

static void give_settings(struct decision_fixture *fixture, struct deploy_body *body, unsigned is)
{
    if (is & (HAS_SETTING | HAS_OTHER_SETTING))
        *ARENA_PUSH(fixture->arena, body->env, body->env_count) =
            (struct shape_pair){ "A", is & HAS_SETTING ? "1" : "2" };
}

static struct deploy_body *body_of(struct decision_fixture *fixture, const char *version, int64_t percent, unsigned is)
{
    struct deploy_body *body = deploy_body_made(fixture, 0, percent, 0);

    body->version = version;
    body->image = is & AS_RUNNING ? IMAGE_OF_RUNNING : IMAGE_OF_OTHER;
    body->is_now = is & IS_NOW;
    body->is_way_back = is & IS_WAY_BACK;
    body->keeps_image = is & KEEPS_IMAGE;
    body->returning = is & IS_RETURNING ? "it was aborted" : NULL;
    give_settings(fixture, body, is);
    return body;
}

static struct operation operation_of(struct decision_fixture *fixture, const char *id, const char *state,
                                     const struct deploy_body *body, unsigned is)
{
    struct operation operation = deploy_operation_in(state);
    cJSON *json = shape_to_json(&deploy_body_shape, body, SHAPE_WHOLE); /* as the record keeps it */

    arena_defer(fixture->arena, (void (*)(void *))cJSON_Delete, json);
    operation.id = id;
    operation.body = json;
    operation.target = is & ELSEWHERE ? "api/production" : operation.target;
    operation.parent = is & IN_GROUP ? "D5" : is & IN_LATER_GROUP ? "D30" : is & TRIGGERED ? "L7" : NULL;
    operation.is_stuck = is & IS_STUCK;
    operation.ended_at_ms = is & IS_STUCK ? DECISION_NOW_MS : 0;
    operation.requester = (struct principal){ "slack", "U2", "T1", "bob" };
    return operation;
}

struct scene { /* D5 and D30: groups; D10: has the target, at 25 %; then the other one, ours, and L7: a trigger */
    struct decision_fixture *fixture;
    struct operation operations[6];
    struct target target;
    const char *waiting[3];
    struct target_version good;
    struct outcome out;
};

static void set(struct scene *scene, const char *other_id, const char *state, const struct deploy_body *other,
                unsigned other_is, const struct operation *own)
{
    struct decision_fixture *fixture = scene->fixture;
    struct deploy_body *running = body_of(fixture, "v1.4.0", 25, 0);

    scene->operations[0] = (struct operation){ .id = "D30", .kind = "group", .state = "running" };
    scene->operations[1] = (struct operation){ .id = "D5", .kind = "group", .state = "running" };
    running->image = IMAGE_OF_RUNNING;
    scene->operations[2] = operation_of(fixture, "D10", "baking", running, 0);
    scene->operations[3] = operation_of(fixture, other_id, state, other, other_is);
    scene->operations[4] = *own;
    scene->operations[5] = (struct operation){ .id = "L7", .kind = "trigger", .state = "running" };
    scene->target = (struct target){ .name = "api/staging",
                                     .holder = other_is & HAS_TARGET ? other_id : "D10",
                                     .waiting = scene->waiting };
    if (!(other_is & (HAS_TARGET | NOT_IN_LINE | IS_GOOD | HAS_FAILED)))
        scene->waiting[scene->target.waiting_count++] = other_id;
    if (other_is & IS_GOOD) {
        scene->good = (struct target_version){ .version = other->version, .operation = other_id };
        scene->target.good = &scene->good;
        scene->target.good_count = 1;
    }
    fixture->operations = scene->operations;
    fixture->operations_count = ARRAY_LEN(scene->operations);
    if (other_is & (IS_GOOD | HAS_FAILED)) {
        scene->operations[3].ended_at_ms = DECISION_NOW_MS;
        scene->operations[3].result = other_is & IS_GOOD ? "done" : "failed";
        fixture->ended = &scene->operations[3];
        fixture->ended_count = 1;
        scene->operations[3].target = "api/staging";
    }
    fixture->targets = &scene->target;
    fixture->targets_count = 1;
}

static void decide(struct scene *scene, const struct deploy_body *body, struct event event)
{
    const struct operation *own = &scene->operations[4];

    outcome_init(&scene->out, scene->fixture->arena, own->id, own->outside_id);
    machine_deploy.on_event(&scene->fixture->view, own, body, &event, &scene->out);
}

/* "queued claims ahead >D20 ?abort D10 @line+30s" */
static const char *wanted(const struct scene *scene)
{
    struct arena *arena = scene->fixture->arena;
    const struct outcome *out = &scene->out;
    const char *text = arena_printf(arena, "%s%s%s", out->state ? out->state : "-", out->claims ? " claims" : "",
                                    out->claims_ahead ? " ahead" : "");

    for (size_t i = 0; i < out->messages_count; i++)
        text = arena_printf(arena, "%s >%s", text, out->messages[i].to);
    for (size_t i = 0; i < out->requests_count; i++)
        text = arena_printf(arena, "%s ?%s %s", text, out->requests[i].verb, out->requests[i].words[0]);
    for (size_t i = 0; i < out->timers_count; i++)
        if (out->timers[i].at_ms)
            text = arena_printf(arena, "%s @%s+%s", text, out->timers[i].name,
                                duration_format(out->timers[i].at_ms - DECISION_NOW_MS).text);
    return text;
}

/* ---- it enters the line ---- */

static const struct enter_row {
    const char *name, *state; /* of the other one, D20 */
    unsigned other, own;
    const char *wanted;
    const char *version; /* of ours; NULL: v1.5.0 */
} enter_rows[] = {
    { "an older one that waits in the line is told", "queued", 0, 0, .wanted = "queued claims >D20 @line+30s" },
    { "not one that was asked for later", "queued", IS_LATER, 0, .wanted = "queued claims @line+30s" },
    { "not one that has the target", "queued", HAS_TARGET, 0, .wanted = "queued claims @line+30s" },
    { "nor one that is on its way", "baking", HAS_TARGET, 0, .wanted = "queued claims @line+30s" },
    { "nor a way back", "queued", IS_WAY_BACK, 0, .wanted = "queued claims @line+30s" },
    { "nor one of another place", "queued", ELSEWHERE | NOT_IN_LINE, 0, .wanted = "queued claims @line+30s" },
    { "nor one that is stuck", "queued", IS_STUCK, 0, .wanted = "queued claims @line+30s" },
    { "nor one that is not in the line any more", "queued", NOT_IN_LINE, 0, .wanted = "queued claims @line+30s" },
    { "a group keeps its word", "queued", IN_GROUP, 0, .wanted = "queued claims @line+30s" },
    { "a member was asked for with its group, which came before", "queued", 0, IN_GROUP,
      .wanted = "queued claims @line+30s" },
    { "a member of a later group takes its place", "queued", 0, IN_LATER_GROUP,
      .wanted = "queued claims >D20 @line+30s" },
    { "what a trigger asked for is no member", "queued", TRIGGERED, 0, .wanted = "queued claims >D20 @line+30s" },
    { "and is as late as its own number says", "queued", 0, TRIGGERED, .wanted = "queued claims >D20 @line+30s" },
    { "settings would be lost", "queued", HAS_SETTING, 0, .wanted = "queued claims @line+30s" },
    { "but for the same", "queued", HAS_SETTING, HAS_SETTING, .wanted = "queued claims >D20 @line+30s" },
    { "another value is another setting", "queued", HAS_SETTING, HAS_OTHER_SETTING,
      .wanted = "queued claims @line+30s" },
    { "more settings lose nothing", "queued", 0, HAS_SETTING, .wanted = "queued claims >D20 @line+30s" },
    { "settings alone bring no version", "queued", 0, HAS_SETTING | KEEPS_IMAGE, .wanted = "queued claims @line+30s" },
    { "but the same settings", "queued", HAS_SETTING | KEEPS_IMAGE, HAS_SETTING | KEEPS_IMAGE,
      .wanted = "queued claims >D20 @line+30s" },
    { "an older version is taken as it was asked for", "queued", 0, 0, .wanted = "queued claims >D20 @line+30s",
      "v1.4.0" },

    /* ---- who is not that far is told, and stays ---- */
    { "one that waits for consent", "awaiting-approval", NOT_IN_LINE, 0, .wanted = "queued claims >D20 @line+30s" },
    { "one that waits for its image", "awaiting-artifact", NOT_IN_LINE, 0, .wanted = "queued claims >D20 @line+30s" },
    { "one that waits for checks", "awaiting-checks", NOT_IN_LINE, 0, .wanted = "queued claims >D20 @line+30s" },
    { "one that is being pinned", "pinning", NOT_IN_LINE, 0, .wanted = "queued claims >D20 @line+30s" },
    { "not one that would go forward from ours", "awaiting-approval", NOT_IN_LINE, 0,
      .wanted = "queued claims @line+30s", "v1.4.0" },
    { "nor one of another place", "awaiting-approval", NOT_IN_LINE | ELSEWHERE, 0,
      .wanted = "queued claims @line+30s" },
    { "nor one that is stuck", "awaiting-approval", NOT_IN_LINE | IS_STUCK, 0, .wanted = "queued claims @line+30s" },
    { "nor one that was asked for later", "awaiting-approval", NOT_IN_LINE | IS_LATER, 0,
      .wanted = "queued claims @line+30s" },

    /* ---- --now ---- */
    { "--now stands ahead, and has what runs aborted", "queued", 0, IS_NOW,
      .wanted = "queued claims ahead >D20 ?abort D10 @line+30s" },
    { "not what was asked for later", "baking", HAS_TARGET | IS_LATER, IS_NOW,
      .wanted = "queued claims ahead @line+30s" },
    { "nor a way back", "running", HAS_TARGET | IS_WAY_BACK, IS_NOW, .wanted = "queued claims ahead @line+30s" },
    { "nor what gives its traffic back already", "returning", HAS_TARGET | IS_RETURNING, IS_NOW,
      .wanted = "queued claims ahead @line+30s" },
    { "nor what is stuck", "baking", HAS_TARGET | IS_STUCK, IS_NOW, .wanted = "queued claims ahead @line+30s" },
    { "another --now of before gives way to it", "queued", IS_NOW, IS_NOW,
      .wanted = "queued claims ahead >D20 ?abort D10 @line+30s" },
    { "the very same that only waits gives way to it", "queued", 0, IS_NOW | SAME_IMAGE,
      .wanted = "queued claims ahead >D20 ?abort D10 @line+30s" },
    { "the very same that runs does not", "baking", HAS_TARGET, IS_NOW | SAME_IMAGE, .wanted = "refused" },
    { "nor when another one waits for the same", "queued", AS_RUNNING, IS_NOW | AS_RUNNING, .wanted = "refused" },
    { "the very same that waits for consent stays, and is told", "awaiting-approval", NOT_IN_LINE, IS_NOW | SAME_IMAGE,
      .wanted = "queued claims ahead >D20 ?abort D10 @line+30s" },
    { "nor does anything without --now", "queued", 0, SAME_IMAGE, .wanted = "refused" },
    { "but not to one without", "queued", IS_NOW, 0, .wanted = "queued claims @line+30s" },
};

static void check_enter(void **state)
{
    const struct enter_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct scene scene = { .fixture = fixture };
    struct deploy_body *own_body = body_of(fixture, row->version ? row->version : "v1.5.0", 0, row->own);
    struct operation own;

    own_body->image = NULL;
    own_body->keeps_image = false; /* it is being pinned by a digest here; it keeps what it says below */
    own = operation_of(fixture, "D1042", "pinning", own_body, row->own);
    own.requester = (struct principal){ "slack", "U1", "T1", "ann" };
    set(&scene, row->other & IS_LATER ? "D2000" : "D20", row->state, body_of(fixture, "v1.4.1", 0, row->other),
        row->other, &own);
    own_body->keeps_image = row->own & KEEPS_IMAGE;
    decide(&scene, own_body,
           (struct event){ .kind = EVENT_READING,
                           .name = "digest",
                           .body = decision_json(fixture, row->own & SAME_IMAGE   ? SAME_DIGEST
                                                          : row->own & AS_RUNNING ? RUNNING_DIGEST
                                                                                  : DIGEST) });
    assert_string_equal(wanted(&scene), row->wanted);
}

static void check_free(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct scene scene = { .fixture = fixture };
    struct deploy_body *body = body_of(fixture, "v1.5.0", 0, IS_NOW);
    struct operation own = operation_of(fixture, "D1042", "pinning", body, 0);

    (void)state;
    own.requester = (struct principal){ "slack", "U1", "T1", "ann" };
    set(&scene, "D20", "queued", body_of(fixture, "v1.4.1", 0, 0), NOT_IN_LINE, &own);
    fixture->targets_count = 0;
    body->image = NULL;
    decide(&scene, body,
           (struct event){ .kind = EVENT_READING, .name = "digest", .body = decision_json(fixture, DIGEST) });
    assert_string_equal(wanted(&scene), "queued claims ahead");
}

/* ---- it hears of one that was asked for later: D1050, of bob's ---- */

static const struct hear_row {
    const char *name, *state; /* ours: D1042, v1.4.2 */
    unsigned own, other;
    const char *wanted;
    const char *summary;   /* NULL: it goes on */
    const char *overtaken; /* on its card; NULL: nothing */
} hear_rows[] = {
    { "it is superseded", "queued", 0, 0, .wanted = "superseded",
      "superseded by D1050 (`v1.5.0`); nothing was changed" },
    { "not when it has the target by now", "queued", HAS_TARGET, 0, .wanted = "-" },
    { "nor when it let go of it", "queued", NOT_IN_LINE, 0, .wanted = "-" },
    { "nor when that one has ended meanwhile", "queued", 0, HAS_FAILED, .wanted = "-" },
    { "nor a member of a group", "queued", IN_GROUP, 0, .wanted = "-" },
    { "nor one with settings of its own", "queued", HAS_SETTING, 0, .wanted = "-" },
    { "settings alone by settings and a version", "queued", HAS_SETTING | KEEPS_IMAGE, HAS_SETTING,
      .wanted = "superseded", "superseded by D1050 (`v1.5.0`); nothing was changed" },
    { "one that is on its way goes on", "baking", HAS_TARGET, 0, .wanted = "-" },
    { "one that waits for consent stays, and says so", "awaiting-approval", NOT_IN_LINE, 0, .wanted = "-", NULL,
      "D1050 (`v1.5.0`) was asked for later, and goes first: this comes after it" },
    { "so does one that waits for its image", "awaiting-artifact", NOT_IN_LINE, 0, .wanted = "-", NULL,
      "D1050 (`v1.5.0`) was asked for later, and goes first: this comes after it" },
    { "and one that is being pinned", "pinning", NOT_IN_LINE, 0, .wanted = "-", NULL,
      "D1050 (`v1.5.0`) was asked for later, and goes first: this comes after it" },
};

static void check_hear(void **state)
{
    const struct hear_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct scene scene = { .fixture = fixture };
    struct deploy_body *body = body_of(fixture, "v1.4.2", 0, row->own);
    struct operation own = operation_of(fixture, "D1042", row->state, body, row->own), shown;
    const char *overtaken;

    set(&scene, "D1050", "queued", body_of(fixture, "v1.5.0", 0, row->other), row->other, &own);
    if (row->own & HAS_TARGET)
        scene.target.holder = "D1042";
    else if (!(row->own & NOT_IN_LINE))
        scene.waiting[scene.target.waiting_count++] = "D1042";
    decide(&scene, body,
           (struct event){
               .kind = EVENT_MESSAGE, .name = MESSAGE_OVERTAKEN, .body = decision_json(fixture, "{'by':'D1050'}") });
    assert_string_equal(wanted(&scene), row->wanted);
    deploy_assert_says(scene.out.summary, row->summary);
    if (row->summary) { /* in the journal's own words nobody is named; in the thread they are */
        assert_null(strstr(scene.out.summary, "U1"));
        assert_int_equal(scene.out.effects_count, 1);
        deploy_assert_says(json_find_string(scene.out.effects[0].args, "reply.text"), "@{slack:U2}: *D1042* (");
        deploy_assert_says(json_find_string(scene.out.effects[0].args, "reply.text"),
                           "is superseded by *D1050* (`v1.5.0`, asked by @{slack:U2}). Nothing was changed.");
    }
    if (row->overtaken) /* who is asked for consent has to know it; else the card tells */
        assert_int_equal(scene.out.effects_count, strcmp(row->state, "awaiting-approval") == 0);
    shown = own;
    overtaken = queue_overtaken(&fixture->view, (struct queued){ &shown, scene.out.body ? scene.out.body : body });
    if (!row->overtaken)
        assert_null(row->summary ? NULL : overtaken);
    else
        assert_string_equal(overtaken, row->overtaken);
}

static void check_forged(void **state)
{
    static const char *const bodies[] = {
        "{}", "{'by':''}", "{'by':'D9'}", "{'by':7}", "{'by':'D5'}", "{'by':'D1042'}"
    };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = body_of(fixture, "v1.4.2", 0, 0);
    struct operation own = operation_of(fixture, "D1042", "queued", body, 0);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct scene scene = { .fixture = fixture };

        set(&scene, "D1050", "queued", body_of(fixture, "v1.5.0", 0, 0), 0, &own);
        scene.waiting[scene.target.waiting_count++] = "D1042";
        decide(&scene, body,
               (struct event){
                   .kind = EVENT_MESSAGE, .name = MESSAGE_OVERTAKEN, .body = decision_json(fixture, bodies[i]) });
        assert_null(scene.out.result);
    }
}

/* ---- it comes to the line after one that was asked for later ---- */

static const struct late_row {
    const char *name, *state;
    unsigned own, other;
    const char *wanted;
    const char *act; /* the last one; NULL: none */
} late_rows[] = {
    { "while that one waits it is superseded", "awaiting-artifact", 0, 0, .wanted = "superseded", "asked for D1050" },
    { "while it runs, too", "awaiting-artifact", 0, HAS_TARGET, .wanted = "superseded", "asked for D1050" },
    { "and when it has become good", "awaiting-artifact", 0, IS_GOOD, .wanted = "superseded", "asked for D1050" },
    { "not when it failed", "awaiting-artifact", 0, HAS_FAILED, .wanted = "queued claims @line+30s" },
    { "nor when it goes back", "awaiting-artifact", 0, HAS_TARGET | IS_RETURNING, .wanted = "queued claims @line+30s" },
    { "a group keeps its word, and it is noted", "awaiting-artifact", IN_GROUP, 0, .wanted = "queued claims @line+30s",
      "goes on all the same" },
    { "so are settings that would be lost", "awaiting-artifact", HAS_SETTING, 0, .wanted = "queued claims @line+30s",
      "goes on all the same" },
};

static void check_late(void **state)
{
    const struct late_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct scene scene = { .fixture = fixture };
    struct deploy_body *body = body_of(fixture, "v1.4.2", 0, row->own);
    const struct deploy_body *after;
    struct operation own;

    body->image = NULL;
    body->overtaken_by = "D1050";
    own = operation_of(fixture, "D1042", row->state, body, row->own);
    own.requester = (struct principal){ "slack", "U1", "T1", "ann" };
    set(&scene, "D1050", "baking", body_of(fixture, "v1.5.0", 0, row->other), row->other, &own);
    decide(&scene, body,
           (struct event){ .kind = EVENT_READING, .name = "digest", .body = decision_json(fixture, DIGEST) });
    assert_string_equal(wanted(&scene), row->wanted);
    after = scene.out.body;
    deploy_assert_says(after->acts_count ? after->acts[after->acts_count - 1].what : NULL, row->act);
}

/* People who were told consent to it all the same. */
static void check_consented(void **state)
{
    AUTO_FREE char *configuration =
        deploy_with_rule("    - { require: { approvals: { count: 1, from: release-manager } }, for: deploy }\n");
    AUTO_DECISION struct decision_fixture *fixture = decision_create(configuration);
    struct scene scene = { .fixture = fixture };
    struct deploy_body *body = body_of(fixture, "v1.4.2", 0, 0);
    struct request request = decision_request(fixture, "approve D1042");
    const struct deploy_body *after;
    struct operation own;

    (void)state;
    request.principal = (struct principal){ "slack", "U2", "T1", "bob" };
    body->overtaken_by = "D1050";
    own = operation_of(fixture, "D1042", "awaiting-approval", body, 0);
    own.requester = (struct principal){ "slack", "U1", "T1", "ann" };
    set(&scene, "D1050", "queued", body_of(fixture, "v1.5.0", 0, 0), 0, &own);
    decide(&scene, body, (struct event){ .kind = EVENT_REQUEST, .name = "approve", .request = &request });
    assert_string_equal(wanted(&scene), "queued claims @line+30s");
    after = scene.out.body;
    assert_string_equal(
        after->acts[after->acts_count - 1].what,
        "goes on all the same: D1050 (`v1.5.0`) was asked for later, and goes first: this comes after it");
}

/* It is decided then: its checks may run again, it does not give way to whom people sent it past. */
static void check_decided(void **state)
{
    AUTO_FREE char *configuration =
        deploy_with_rule("    - { require: { approvals: { count: 1, from: release-manager } }, for: deploy }\n");
    AUTO_DECISION struct decision_fixture *fixture = decision_create(configuration);
    struct scene scene = { .fixture = fixture };
    struct deploy_body *body = body_of(fixture, "v1.4.2", 0, 0), again;
    struct request request = decision_request(fixture, "approve D1042");
    struct operation own;

    (void)state;
    request.principal = (struct principal){ "slack", "U2", "T1", "bob" };
    body->overtaken_by = "D1050";
    own = operation_of(fixture, "D1042", "awaiting-approval", body, 0);
    own.requester = (struct principal){ "slack", "U1", "T1", "ann" };
    set(&scene, "D1050", "queued", body_of(fixture, "v1.5.0", 0, 0), 0, &own);
    decide(&scene, body, (struct event){ .kind = EVENT_REQUEST, .name = "approve", .request = &request });
    again = *(const struct deploy_body *)scene.out.body;
    own.state = "awaiting-checks";
    set(&scene, "D1050", "done", body_of(fixture, "v1.5.0", 0, IS_GOOD), IS_GOOD, &own);
    decide(&scene, &again, (struct event){ .kind = EVENT_READING, .name = "checks" });
    assert_string_equal(scene.out.state, "queued");
}

/* ---- it lets go of the target, for its checks run again ---- */

static const struct leave_row {
    const char *name, *version; /* of D1050 */
    unsigned own, other;
    const char *overtaken;
} leave_rows[] = {
    { "who waits for it was asked for later, and comes first", "v1.5.0", 0, 0, "D1050" },
    { "not if something would be lost", "v1.5.0", IN_GROUP, 0, NULL },
    { "nor if that one is the older version", "v1.4.0", 0, 0, NULL },
    { "nor if nobody waits", "v1.5.0", 0, NOT_IN_LINE, NULL },
};

static void check_leave(void **state)
{
    const struct leave_row *row = *state;
    AUTO_FREE char *rest = deploy_with_rule("    - { require: { checks: green }, for: deploy }\n");
    AUTO_BUF struct buf text = BUF(9000);
    static const struct source_commit commit = { .sha = "70e4b6c9d315f8a2701c4be59d3260f8a1c7e4b6" };
    struct deploy_body *body;
    const struct deploy_body *after;
    struct operation own;

    buf_puts(&text, "github: { token: t }\n");
    buf_puts(&text, rest);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(buf_text(&text));
    struct scene scene = { .fixture = fixture };

    body = body_of(fixture, "v1.4.2", 0, row->own);
    body->commit = &commit;
    body->source = "acme/platform";
    own = operation_of(fixture, "D1042", "queued", body, row->own);
    own.requester = (struct principal){ "slack", "U1", "T1", "ann" };
    set(&scene, "D1050", "queued", body_of(fixture, row->version, 0, row->other), row->other, &own);
    scene.target.holder = "D1042";
    decide(&scene, body,
           (struct event){ .kind = EVENT_READING,
                           .name = "checks",
                           .body = decision_json(fixture, "{'state':1,'count':4,'pending':2,'names':['build']}") });
    assert_string_equal(scene.out.state, "awaiting-checks");
    assert_true(scene.out.releases);
    after = scene.out.body;
    deploy_assert_says(after->overtaken_by, row->overtaken);
}

/* ---- whoever consents to --now knows what it does ---- */

static const char *field_of(const struct card *card, const char *name)
{
    for (size_t i = 0; i < card->fields_count; i++)
        if (strcmp(card->fields[i].name, name) == 0)
            return card->fields[i].value;
    return NULL;
}

static const struct now_row {
    const char *name, *state; /* NULL: as it becomes once it is pinned */
    unsigned own, other;
    const char *now; /* NULL: nothing */
} now_rows[] = {
    { "what runs is named", NULL, IS_NOW, NOT_IN_LINE,
      "aborts what runs there, now D10 (`v1.4.0`, at 25 %), and goes before all who wait" },
    { "also before it is pinned", "pinning", IS_NOW, NOT_IN_LINE,
      "aborts what runs there, now D10 (`v1.4.0`, at 25 %), and goes before all who wait" },
    { "what it does not abort is not", NULL, IS_NOW, HAS_TARGET | IS_WAY_BACK,
      "aborts what runs there by then, and goes before all who wait" },
    { "in the line it has been done", "queued", IS_NOW, NOT_IN_LINE, NULL },
    { "without --now there is nothing to tell", NULL, 0, NOT_IN_LINE, NULL },
};

static void check_now_told(void **state)
{
    const struct now_row *row = *state;
    AUTO_FREE char *configuration =
        deploy_with_rule("    - { require: { approvals: { count: 1, from: release-manager } }, for: deploy }\n");
    AUTO_DECISION struct decision_fixture *fixture = decision_create(configuration);
    struct scene scene = { .fixture = fixture };
    struct deploy_body *body = body_of(fixture, "v1.5.0", 0, row->own);
    struct operation own;
    struct card card = { 0 };
    const char *posted;

    body->image = NULL;
    own = operation_of(fixture, "D1042", "pinning", body, row->own);
    own.requester = (struct principal){ "slack", "U1", "T1", "ann" };
    set(&scene, "D20", "running", body_of(fixture, "v1.4.1", 0, row->other), row->other, &own);
    decide(&scene, body,
           (struct event){ .kind = EVENT_READING, .name = "digest", .body = decision_json(fixture, DIGEST) });
    assert_string_equal(scene.out.state, "awaiting-approval");
    posted = json_find(scene.out.effects[0].args, "reply.lines")->child->valuestring;
    scene.operations[4].state = row->state ? row->state : scene.out.state;
    machine_deploy.card(&fixture->view, &scene.operations[4], scene.out.body, &card);
    deploy_assert_says(field_of(&card, "Now"), row->now);
    if (row->state)
        return;
    assert_int_equal(card.actions_count > 0, 1);
    deploy_assert_says(card.actions[0].confirm,
                       row->now ? arena_printf(fixture->arena, "goes to api/staging; it %s.", row->now)
                                : "What this card shows goes to api/staging.");
    deploy_assert_says(posted,
                       row->now ? arena_printf(fixture->arena, "By `--now` it %s.", row->now) : "Asked: @{slack:U2}");
}

/* Who is asked for consent afterwards is told at once. */
static void check_asked(void **state)
{
    AUTO_FREE char *configuration =
        deploy_with_rule("    - { require: { approvals: { count: 1, from: release-manager } }, for: deploy }\n");
    AUTO_DECISION struct decision_fixture *fixture = decision_create(configuration);
    struct scene scene = { .fixture = fixture };
    struct deploy_body *body = body_of(fixture, "v1.4.2", 0, 0);
    struct operation own;

    (void)state;
    body->image = NULL;
    body->overtaken_by = "D1050";
    own = operation_of(fixture, "D1042", "pinning", body, 0);
    own.requester = (struct principal){ "slack", "U1", "T1", "ann" };
    set(&scene, "D1050", "queued", body_of(fixture, "v1.5.0", 0, 0), 0, &own);
    decide(&scene, body,
           (struct event){ .kind = EVENT_READING, .name = "digest", .body = decision_json(fixture, DIGEST) });
    assert_string_equal(scene.out.state, "awaiting-approval");
    deploy_assert_says(json_find_string(scene.out.effects[scene.out.effects_count - 1].args, "reply.text"),
                       "*D1050* (`v1.5.0`) was asked for later and goes first. If *D1042* goes on all the same, "
                       "`v1.4.2` takes its place.");
}

/* ---- while it waits ---- */

static void check_line(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct scene scene = { .fixture = fixture };
    struct deploy_body *body = body_of(fixture, "v1.5.0", 0, 0);
    struct operation own = operation_of(fixture, "D1042", "queued", body, 0);
    struct card card = { 0 };

    (void)state;
    set(&scene, "D20", "queued", body_of(fixture, "v1.4.1", 0, IN_GROUP), IN_GROUP, &own);
    scene.waiting[scene.target.waiting_count++] = "D1042";
    decide(&scene, body, (struct event){ .kind = EVENT_TIMER, .name = "line" });
    assert_string_equal(wanted(&scene), "- @line+30s");
    machine_deploy.card(&fixture->view, &own, body, &card);
    assert_string_equal(card.status, "D1042: waits behind D10 (`v1.4.0`, at 25 %), 1 more before it");
    scene.target.holder = "D1042"; /* its turn has come: nothing more is shown by the clock */
    decide(&scene, body, (struct event){ .kind = EVENT_TIMER, .name = "line" });
    assert_string_equal(wanted(&scene), "-");
    machine_deploy.card(&fixture->view, &own, body, &card);
    assert_string_equal(card.status, "D1042: waiting for the target");
}

static const struct refused_row {
    const char *name, *body;
    const char *act; /* NULL: none */
} refused_rows[] = {
    { "an abort that was refused is told", "{'name':'abort D10','text':'*Denied*: no (x.yaml:1).\\nYou are ann'}",
      "did not abort D10, and waits behind it: no (x.yaml:1)." },
    { "without a reason too", "{'name':'abort D10'}", "did not abort D10, and waits behind it: no reason was given" },
    { "not of one that has gone meanwhile", "{'name':'abort D9','text':'D9 has ended'}", NULL },
    { "nor of anything else that it asked for", "{'name':'review','text':'no'}", NULL },
    { "nor of nothing", "{}", NULL },
};

static void check_refused(void **state)
{
    const struct refused_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct scene scene = { .fixture = fixture };
    struct deploy_body *body = body_of(fixture, "v1.5.0", 0, IS_NOW);
    struct operation own = operation_of(fixture, "D1042", "queued", body, 0);
    const struct deploy_body *after;

    set(&scene, "D20", "queued", body_of(fixture, "v1.4.1", 0, 0), NOT_IN_LINE, &own);
    decide(&scene, body,
           (struct event){
               .kind = EVENT_MESSAGE, .name = MESSAGE_CHILD_REFUSED, .body = decision_json(fixture, row->body) });
    after = scene.out.body;
    deploy_assert_says(after && after->acts_count ? after->acts[0].what : NULL, row->act);
}

/* ---- what is answered at once ---- */

static const struct answer_row {
    const char *name, *line;
    unsigned other;               /* D20, v1.4.1, in the line */
    const char *answer, *besides; /* parts of it; NULL: no other */
    bool is_free;                 /* nobody is there */
} answer_rows[] = {
    { "behind whom it waits", "deploy api staging v1.5.0", IN_GROUP,
      .answer = "It waits behind D10 (`v1.4.0`, at 25 %), 1 more before it.", NULL },
    { "whom it will supersede", "deploy api staging v1.5.0", 0, .answer = "It waits behind D10 (`v1.4.0`, at 25 %).",
      "Once it is pinned and allowed, it supersedes D20 (`v1.4.1`)." },
    { "what bears the same name and is pinned is told, and nothing that would not come of it",
      "deploy api staging v1.4.0", 0,
      .answer = "D10 brings `v1.4.0` there already: if that still means the very same image, this one ends at once",
      NULL, .is_free = false },
    { "a free place needs no word", "deploy api staging v1.5.0", 0, .answer = "*D2042*: deploying", NULL,
      .is_free = true },
    { "--now names what it aborts", "deploy api staging v1.5.0 --now", 0,
      .answer =
          "Once it is pinned and allowed, D10 (`v1.4.0`, at 25 %) is aborted for it: its traffic goes back first.",
      "it supersedes D20" },
    { "and who comes after it all the same", "deploy api staging v1.5.0 --now", HAS_SETTING,
      .answer = "is aborted for it", "D20 (`v1.4.1`) still waits, and comes after it: `abort D20` if it should not." },
    { "of a group it names that, too", "deploy api staging v1.5.0 --now", IN_GROUP | HAS_TARGET,
      .answer = "D20 of D5 (`v1.4.1`, at 0 %) is aborted for it", NULL },
    { "of a trigger it names no number", "deploy api staging v1.5.0 --now", TRIGGERED | HAS_TARGET,
      .answer = "D20 (`v1.4.1`, at 0 %) is aborted for it", NULL },
    { "a way back is not aborted", "deploy api staging v1.5.0 --now", HAS_TARGET | IS_WAY_BACK,
      .answer = "It waits behind D20 (`v1.4.1`, at 0 %), which `--now` does not abort.", NULL },
    { "without anything running it is a plain deploy", "deploy api staging v1.5.0 --now", 0,
      .answer = "*D2042*: deploying", NULL, .is_free = true },
    { "who may not abort is refused", "deploy api production v1.5.0 --now", 0,
      .answer = "REFUSED *Denied*: `--now` aborts what runs, and ", "Without `--now` it waits for its turn." },
    { "the very same that only waits may be hastened", "deploy api staging v1.4.1 --now", 0,
      .answer = "is aborted for it", "it supersedes D20" },
    { "without --now it is done already", "deploy api staging v1.4.1", 0, .answer = "REFUSED D20 does that already",
      NULL },
    { "--now is of one place", "deploy all staging v1.5.0 --now", 0,
      .answer = "MISUSED `--now` aborts what runs at one place", NULL },
    { "and takes no value", "deploy api staging v1.5.0 --now=yes", 0, .answer = "MISUSED ", NULL },
    { "a strategy that there is none of, for all", "deploy all staging --strategy NONSENSE", 0,
      .answer = "MISUSED There is no strategy `NONSENSE`: it is `canary`, `blue-green` or `all-at-once`.", NULL },
    { "for some", "deploy web,api preview --strategy=canary,", 0, .answer = "MISUSED There is no strategy `canary,`",
      NULL },
    { "a wait that is none, for all", "deploy all staging --wait soon", 0,
      .answer = "MISUSED `--wait` takes a duration", NULL },
};

static void check_answer(void **state)
{
    const struct answer_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct scene scene = { .fixture = fixture };
    struct deploy_body *other = body_of(fixture, "v1.4.1", 0, row->other);
    struct operation nobody = { .id = "D1", .kind = "keep", .state = "keeping" };
    struct request request = decision_request(fixture, row->line);
    struct question question;
    const void *arguments;
    const char *text;
    struct error err;

    other->image = NULL; /* by a tag alone nobody can tell whether it is the same */
    set(&scene, "D20", "queued", other, row->other, &nobody);
    if (row->is_free) {
        fixture->operations_count = 0;
        fixture->targets_count = 0;
    }
    outcome_init(&scene.out, fixture->arena, "D2042", "birth-00000000000000d7");
    if (!verb_deploy.asks(&fixture->view, &request, &question, &arguments, &err)) {
        deploy_assert_says(arena_printf(fixture->arena, "MISUSED %s", err.message), row->answer);
        return;
    }
    verb_deploy.begin(&fixture->view, &request, &question, arguments, &scene.out);
    text = arena_printf(fixture->arena, "%s%s", scene.out.reply->is_refusal ? "REFUSED " : "", scene.out.reply->text);
    for (size_t i = 0; i < scene.out.reply->lines_count; i++)
        text = arena_printf(fixture->arena, "%s\n%s", text, scene.out.reply->lines[i]);
    deploy_assert_says(text, row->answer);
    if (row->besides)
        deploy_assert_says(text, row->besides);
    if (row->is_free || strstr(text, "there already"))
        assert_true(!strstr(text, "waits") && !strstr(text, "supersedes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_free),   cmocka_unit_test(check_asked), cmocka_unit_test(check_consented),
        cmocka_unit_test(check_forged), cmocka_unit_test(check_line),  cmocka_unit_test(check_decided),
    };

    return ROWS(enter_rows, check_enter) + ROWS(hear_rows, check_hear) + ROWS(late_rows, check_late) +
           ROWS(refused_rows, check_refused) + ROWS(answer_rows, check_answer) + ROWS(leave_rows, check_leave) +
           ROWS(now_rows, check_now_told) + cmocka_run_group_tests(tests, NULL, NULL);
}
