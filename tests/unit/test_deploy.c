/* `deploy`, from the words that begin it to the last move of its machine, one decision at a time. */
#include "tests/unit/decision_fixture.h"

#include "bot/base/time.h"
#include "bot/model/exchange.h"
#include "handlers/deploy.h"
#include "handlers/deploy_body.h"

/* ---- what begins it ---- */

static const struct begin_row {
    const char *name, *line;
    const char *version; /* NULL: nothing begins */
    const char *answer;  /* its beginning */
    const char *reason;
} begin_rows[] = {
    { "the environment's own version", "deploy staging", "main", "*D7*: deploying `main` of *api* to *staging*.\nFollow", NULL },
    { "a version that is named", "deploy api staging v1.4.2", "v1.4.2", "*D7*: deploying `v1.4.2`", NULL },
    { "a tag that says so", "deploy api staging tag:v1", "v1", "*D7*", NULL },
    { "a version by digest",
      "deploy api staging sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
      "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "*D7*", NULL },
    { "a reason is kept, harmless", "deploy staging --reason \"*hot* fix\"", "main", "*D7*", " hot  fix" },
    { "an empty reason is none", "deploy staging --reason", "main", "*D7*", NULL },
    { "no version where none is the default", "deploy api production", NULL,
      "MISUSED Which version? `api/production` has no default_version, so say one: `deploy api production v1.4.2`.", NULL },
    { "a branch", "deploy api staging branch:main", NULL, "MISUSED Versions by branch are not built yet", NULL },
    { "no version at all behind tag:", "deploy api staging tag:", NULL, "MISUSED `` is no version", NULL },
    { "a version that cannot be a tag", "deploy api staging v1/../x", NULL, "MISUSED `v1/../x` is no version", NULL },
    { "a digest cut short", "deploy api staging sha256:9f86", NULL, "MISUSED `sha256:9f86` is no version", NULL },
    { "a tag that begins with a dot", "deploy api staging .hidden", NULL, "MISUSED `.hidden` is no version", NULL },
    { "a rollout step by step is not built", "deploy web production v1", NULL,
      "REFUSED `web/production` rolls out step by step", NULL },
    { "an option that we do not know is never passed over", "deploy api staging v1 --strategy canary", NULL,
      "MISUSED I do not know the option `--strategy` here. Nothing was done.", NULL },
    { "nor one with a value of its own", "deploy staging --dry-run=yes", NULL,
      "MISUSED I do not know the option `--dry-run` here.", NULL },
    { "no place", "deploy", NULL, "MISUSED Where?", NULL },
};

static void check_begin(void **state)
{
    const struct begin_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct outcome out;
    const char *answer = decision_answer(fixture, &verb_deploy, row->line, &out);
    const struct deploy_body *body = out.body;

    if (strncmp(answer, row->answer, strlen(row->answer)) != 0)
        assert_string_equal(answer, row->answer);
    assert_int_equal(out.begins, row->version != NULL);
    if (!row->version)
        return;
    assert_string_equal(out.kind, "deploy");
    assert_string_equal(out.target, "api/staging");
    assert_string_equal(out.state, "pinning");
    assert_string_equal(body->version, row->version);
    assert_string_equal(body->repository, "us-docker.pkg.dev/acme/images/api");
    assert_string_equal(body->place.service, "api-service");
    assert_true(body->health_status == 200 && body->health_timeout_ms == 3000 && body->health_deadline_ms == 30000);
    assert_null(body->image);
    assert_int_equal(out.effects_count, 0);
    assert_int_equal(out.readings_count, 1);
    assert_string_equal(out.readings[0].kind, READING_DIGEST);
    assert_string_equal(json_find_string(out.readings[0].args, "tag"), row->version);
    if (row->reason)
        assert_string_equal(body->reason, row->reason);
    else
        assert_null(body->reason);
}

/* ---- the machine ---- */

#define IMAGE "us-docker.pkg.dev/acme/images/api@sha256:9f86d081884c7d659a2feaa0c55ad015"
#define REVISION "api-service-d1042-0000d7"
#define OLD "{'revision':'api-old','percent':100}"
#define NEW "{'revision':'" REVISION "','percent':100}"
#define TAGGED "{'revision':'" REVISION "','percent':0,'tag':'d1042','uri':'https://d1042---api.run.app'}"
#define SERVICE(flags, observed)                                                                                       \
    "{" flags ",'serving':'api-old','wanted':[" OLD "],'observed':[" observed "],'latest_ready':'" REVISION "'}"
#define SETTLED "'is_settled':true,'is_ready':true"
#define MOVING "'is_settled':false"

/* How long the state has lasted: its deadline is an hour away, or now. */
enum lateness { IN_TIME, LATE };

static const struct move_row {
    const char *name, *state;
    enum event_kind kind;
    const char *event;
    enum event_end end;
    const char *body, *error; /* of the event; NULL: none */
    enum lateness lateness;
    bool is_in_doubt;   /* whether the traffic was switched */
    const char *person; /* NULL: "U1", a developer */
    /* what must come out of it */
    const char *moves_to;           /* NULL: stays */
    const char *effect, *reading;   /* kinds; NULL: none */
    const char *result, *summary;   /* how it ended: result, and what its sentence says; NULL: it goes on */
    bool polls, is_nothing;         /* asks again in a second; does not even write */
} move_rows[] = {
    { "a digest pins the image, and the target is asked for", "pinning", EVENT_READING, "digest", END_DONE,
      "{'digest':'sha256:9f86','image':'" IMAGE "'}", .moves_to = "queued" },
    { "a tag that is not there fails it", "pinning", EVENT_READING, "digest", END_FAILED, NULL, "no image tagged main",
      .moves_to = "failed", .result = "failed", .summary = "`v1.4.2` could not be pinned: no image tagged main" },
    { "a registry that is away too long fails it", "pinning", EVENT_READING, "digest", END_GAVE_UP, NULL, NULL,
      .moves_to = "failed", .result = "failed", .summary = "could not be pinned: gave-up" },
    { "an answer without an image fails it", "pinning", EVENT_READING, "digest", END_DONE, "{}", NULL,
      .moves_to = "failed", .result = "failed", .summary = "could not be pinned" },
    { "a person who has lost the right is refused at the pin", "pinning", EVENT_READING, "digest", END_DONE,
      "{'image':'" IMAGE "'}", .person = "U9", .moves_to = "refused", .result = "refused",
      .summary = "deploy of api in staging is for developer, release-manager; slack:U9 is none of them. " },

    { "a granted target is looked at", "queued", EVENT_MESSAGE, MESSAGE_GRANTED, END_DONE, "{'target':'api/staging'}",
      .moves_to = "looking", .reading = READING_SERVICE },

    { "a settled service gets a new revision", "looking", EVENT_READING, "service", END_DONE, SERVICE(SETTLED, OLD),
      .moves_to = "creating", .effect = EFFECT_NEW_REVISION },
    { "a service that somebody is changing is waited for", "looking", EVENT_READING, "service", END_DONE,
      SERVICE(MOVING, OLD), .polls = true },
    { "but not for ever", "looking", EVENT_READING, "service", END_DONE, SERVICE(MOVING, OLD), .lateness = LATE,
      .moves_to = "failed", .result = "failed", .summary = "changing the service for too long; nothing was changed" },
    { "a service that serves nothing has nothing to copy", "looking", EVENT_READING, "service", END_DONE,
      "{" SETTLED "}", .moves_to = "failed", .result = "failed", .summary = "no revision serves" },
    { "a service that is not there fails it", "looking", EVENT_READING, "service", END_FAILED, NULL, "Cloud Run: no such",
      .moves_to = "failed", .result = "failed",
      .summary = "Cloud Run did not tell how api-service stands: Cloud Run: no such" },
    { "no answer this time is no failure yet", "looking", EVENT_READING, "service", END_GAVE_UP, NULL, NULL, .polls = true },
    { "no answer for too long is one", "looking", EVENT_READING, "service", END_GAVE_UP, NULL, NULL, .lateness = LATE,
      .moves_to = "failed", .result = "failed", .summary = "did not tell how api-service stands: gave-up" },
    { "an answer that makes no sense is asked for again", "looking", EVENT_READING, "service", END_DONE,
      "{'is_settled':'perhaps'}", .polls = true },
    { "the poll looks again", "looking", EVENT_TIMER, "poll", END_DONE, .reading = READING_SERVICE },

    { "a made revision is waited for", "creating", EVENT_EFFECT, "revision", END_DONE, "{'existed':false}",
      .moves_to = "starting", .reading = READING_SERVICE },
    { "a revision that Cloud Run refuses", "creating", EVENT_EFFECT, "revision", END_FAILED, NULL, "403: no right",
      .moves_to = "failed", .result = "failed", .summary = "the new revision could not be made: 403: no right" },
    { "a revision that could not be made in time", "creating", EVENT_EFFECT, "revision", END_GAVE_UP, NULL, NULL,
      .moves_to = "failed", .result = "failed", .summary = "could not be made: gave-up" },
    { "a revision of which nothing can tell", "creating", EVENT_EFFECT, "revision", END_UNKNOWN, NULL, NULL,
      .moves_to = "failed", .result = "failed", .summary = "could not be made: unknown" },

    { "a ready revision is asked for its health", "starting", EVENT_READING, "service", END_DONE,
      SERVICE(SETTLED, OLD "," TAGGED), .moves_to = "checking", .reading = READING_HEALTH },
    { "one whose tag has no address yet is waited for", "starting", EVENT_READING, "service", END_DONE,
      SERVICE(SETTLED, OLD), .polls = true },
    { "one that is not ready yet is waited for", "starting", EVENT_READING, "service", END_DONE,
      SERVICE("'is_settled':true,'is_ready':false", OLD "," TAGGED), .polls = true },
    { "another one that is ready is not ours", "starting", EVENT_READING, "service", END_DONE,
      "{" SETTLED ",'serving':'api-old','observed':[" TAGGED "],'latest_ready':'api-foreign'}", .polls = true },
    { "one that is never ready fails it", "starting", EVENT_READING, "service", END_DONE, SERVICE(MOVING, OLD),
      .lateness = LATE, .moves_to = "failed", .result = "failed", .summary = "was not ready in time. Traffic was not touched" },
    { "one that cannot start fails it in Cloud Run's words", "starting", EVENT_READING, "service", END_DONE,
      "{'is_settled':true,'is_ready':false,'problem':'container *failed*','serving':'api-old'}", .moves_to = "failed",
      .result = "failed", .summary = "does not start: container  failed . Traffic was not touched." },
    { "the poll of a start looks again", "starting", EVENT_TIMER, "poll", END_DONE, .reading = READING_SERVICE },

    { "a healthy revision gets the traffic", "checking", EVENT_READING, "health", END_DONE,
      "{'status':200,'is_healthy':true}", .moves_to = "switching", .effect = EFFECT_TRAFFIC },
    { "an unhealthy one is asked again", "checking", EVENT_READING, "health", END_DONE,
      "{'status':500,'is_healthy':false,'problem':'answered 500'}", .polls = true },
    { "one that stays unhealthy fails it", "checking", EVENT_READING, "health", END_DONE,
      "{'status':500,'is_healthy':false,'problem':'answered 500'}", .lateness = LATE, .moves_to = "failed",
      .result = "failed", .summary = "not healthy after 3 checks: answered 500. Traffic was not touched." },
    { "one that does not answer is asked again", "checking", EVENT_READING, "health", END_GAVE_UP, NULL, NULL, .polls = true },
    { "one that never answers fails it", "checking", EVENT_READING, "health", END_FAILED, NULL, "refused", .lateness = LATE,
      .moves_to = "failed", .result = "failed", .summary = "not healthy after 3 checks: refused" },
    { "an answer that says nothing of health is not healthy", "checking", EVENT_READING, "health", END_DONE, "{}",
      .polls = true },
    { "the poll checks again", "checking", EVENT_TIMER, "poll", END_DONE, .reading = READING_HEALTH },

    { "switched traffic is verified", "switching", EVENT_EFFECT, "traffic", END_DONE, "{'changed':true}",
      .moves_to = "verifying", .reading = READING_SERVICE },
    { "a split that is not the one seen stops it", "switching", EVENT_EFFECT, "traffic", END_FAILED, NULL,
      "someone else changed the traffic", .moves_to = "failed", .result = "failed",
      .summary = "traffic is not on the new revision: someone else changed the traffic" },
    { "a switch that was taken back before it went", "switching", EVENT_EFFECT, "traffic", END_CANCELLED, NULL, NULL,
      .moves_to = "failed", .result = "failed", .summary = "traffic is not on the new revision: cancelled" },
    { "a switch in doubt is looked at before it is called failed", "switching", EVENT_EFFECT, "traffic", END_GAVE_UP,
      NULL, "no answer", .moves_to = "verifying", .reading = READING_SERVICE },
    { "one of which nothing can tell too", "switching", EVENT_EFFECT, "traffic", END_UNKNOWN, NULL, NULL,
      .moves_to = "verifying", .reading = READING_SERVICE },

    { "a service that serves it all is done", "verifying", EVENT_READING, "service", END_DONE, SERVICE(SETTLED, NEW),
      .moves_to = "done", .result = "done", .summary = "`v1.4.2` serves all traffic of api/staging after 60 s" },
    { "a service that is still moving is waited for", "verifying", EVENT_READING, "service", END_DONE,
      SERVICE(MOVING, NEW), .polls = true },
    { "a service that still serves the old one too", "verifying", EVENT_READING, "service", END_DONE,
      SERVICE(SETTLED, "{'revision':'api-old','percent':50},{'revision':'" REVISION "','percent':50}"), .polls = true },
    { "a service that never serves it fails, saying so", "verifying", EVENT_READING, "service", END_DONE,
      SERVICE(SETTLED, OLD), .lateness = LATE, .moves_to = "failed", .result = "failed",
      .summary = "took the change of traffic, but does not serve it after 5 min" },
    { "a switch in doubt that never shows did not happen", "verifying", EVENT_READING, "service", END_DONE,
      SERVICE(SETTLED, OLD), .lateness = LATE, .is_in_doubt = true, .moves_to = "failed", .result = "failed",
      .summary = "traffic is not on the new revision: no try got through" },
    { "a switch in doubt that shows is done", "verifying", EVENT_READING, "service", END_DONE, SERVICE(SETTLED, NEW),
      .is_in_doubt = true, .moves_to = "done", .result = "done" },
    { "the poll of a verification looks again", "verifying", EVENT_TIMER, "poll", END_DONE, .reading = READING_SERVICE },

    { "a second grant changes nothing", "looking", EVENT_MESSAGE, MESSAGE_GRANTED, END_DONE, "{}", .is_nothing = true },
    { "a digest that comes late changes nothing", "queued", EVENT_READING, "digest", END_DONE, "{'image':'x'}",
      .is_nothing = true },
    { "a poll that was left behind changes nothing", "switching", EVENT_TIMER, "poll", END_DONE, NULL, .is_nothing = true },
    { "a message nobody knows changes nothing", "queued", EVENT_MESSAGE, "hello", END_DONE, "{}", .is_nothing = true },
};

static struct run_share before[] = { { "api-old", 100, NULL, NULL } };

/* A deploy in any state has all that the states before gave it. */
static struct deploy_body body_of(const struct move_row *row)
{
    return (struct deploy_body){
        .service = "api",
        .environment = "staging",
        .version = "v1.4.2",
        .repository = "us-docker.pkg.dev/acme/images/api",
        .image = strcmp(row->state, "pinning") == 0 ? NULL : IMAGE,
        .place = { "acme", "us-central1", "api-service" },
        .health_path = "/health",
        .health_status = 200,
        .health_timeout_ms = 3000,
        .health_deadline_ms = 30000,
        .revision = REVISION,
        .tag = "d1042",
        .previous = "api-old",
        .before = before,
        .before_count = 1,
        .uri = "https://d1042---api.run.app",
        .state_deadline_at_ms = DECISION_NOW_MS + (row->lateness == LATE ? 0 : HOUR_MS),
        .checks = 3,
        .switched_at_ms = row->is_in_doubt ? 0 : DECISION_NOW_MS - SECOND_MS,
    };
}

static struct operation operation_of(const struct move_row *row)
{
    return (struct operation){
        .id = "D1042",
        .outside_id = "birth-00000000000000d7",
        .kind = "deploy",
        .schema = DEPLOY_SCHEMA,
        .state = row->state,
        .target = "api/staging",
        .source = "slack",
        .requester = { "slack", row->person ? row->person : "U1", "T1", "ann" },
        .created_at_ms = DECISION_NOW_MS - MINUTE_MS,
    };
}

static void decide_row(const struct move_row *row, struct decision_fixture *fixture, struct outcome *out)
{
    struct operation operation = operation_of(row);
    struct deploy_body body = body_of(row);
    struct event event = { .kind = row->kind, .name = row->event, .from = "engine", .end = row->end, .error = row->error };

    if (row->body)
        event.body = decision_json(fixture, row->body);
    outcome_init(out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, &body, &event, out);
}

static bool sets_poll(const struct outcome *out)
{
    return out->timers_count == 1 && strcmp(out->timers[0].name, "poll") == 0 &&
           out->timers[0].at_ms == DECISION_NOW_MS + SECOND_MS;
}

static void check_same(const char *found, const char *expected)
{
    if (expected)
        assert_string_equal(found ? found : "(none)", expected);
    else
        assert_null(found);
}

static void check_move(void **state)
{
    const struct move_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct outcome out;

    decide_row(row, fixture, &out);
    check_same(out.state, row->moves_to);
    check_same(out.result, row->result);
    check_same(out.effects_count ? out.effects[0].kind : NULL, row->effect);
    check_same(out.readings_count ? out.readings[0].kind : NULL, row->reading);
    assert_true(out.effects_count <= 1 && out.readings_count <= 1);
    assert_int_equal(sets_poll(&out), row->polls);
    assert_int_equal(out.body == NULL, row->is_nothing);
    if (row->summary && !strstr(out.summary, row->summary))
        assert_string_equal(out.summary, row->summary);
    if (row->result && strcmp(row->result, "done") != 0)
        assert_string_equal(((const struct deploy_body *)out.body)->failed_in, row->state);
    check_same(out.claims, row->moves_to && strcmp(row->moves_to, "queued") == 0 ? "api/staging" : NULL);
    assert_int_equal(out.good != NULL, row->result && strcmp(row->result, "done") == 0);
}

static const struct move_row *find_row(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(move_rows); i++)
        if (strcmp(move_rows[i].name, name) == 0)
            return &move_rows[i];
    fail_msg("no row: %s", name);
    return NULL;
}

static void check_args(void **state)
{
    static const struct {
        const char *row, *args;
    } rows[] = {
        { "a settled service gets a new revision",
          "{'place':{'project':'acme','region':'us-central1','service':'api-service'},'image':'" IMAGE "',"
          "'revision':'" REVISION "','tag':'d1042','version':'v1.4.2'}" },
        { "a healthy revision gets the traffic",
          "{'place':{'project':'acme','region':'us-central1','service':'api-service'},'expected':[" OLD "],"
          "'wanted':[{'revision':'" REVISION "','percent':100,'tag':'d1042'}],'version':'v1.4.2','previous':'api-old'}" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct outcome out;

        decide_row(find_row(rows[i].row), fixture, &out);
        assert_string_equal(out.effects[0].lane, "target:api/staging");
        if (!cJSON_Compare(out.effects[0].args, decision_json(fixture, rows[i].args), true)) {
            AUTO_FREE char *found = json_print(out.effects[0].args);

            fail_msg("%s", found);
        }
    }
}

static void check_names(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    const struct move_row *row = find_row("a settled service gets a new revision");
    struct operation operation = operation_of(row);
    struct deploy_body body = body_of(row);
    struct event event = { .kind = EVENT_READING, .name = "service", .end = END_DONE };
    const struct deploy_body *after;
    struct outcome out;

    (void)state;
    body.place.service = "a-service-with-a-name-as-long-as-cloud-run-allows-it-to-be-long"; /* 63 */
    event.body = decision_json(fixture, row->body);
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, &body, &event, &out);
    after = out.body;
    assert_int_equal(strlen(after->revision), 63);
    assert_string_equal(after->revision + 63 - strlen("-d1042-0000d7"), "-d1042-0000d7");
}

static void check_probe(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct outcome out;

    (void)state;
    decide_row(find_row("the poll checks again"), fixture, &out);
    assert_string_equal(json_find_string(out.readings[0].args, "url"), "https://d1042---api.run.app/health");
    assert_true(out.readings[0].deadline_ms > 3000);
    assert_true(((const struct deploy_body *)out.body)->checks == 4);
}

static void check_good(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct outcome out;

    (void)state;
    decide_row(find_row("a service that serves it all is done"), fixture, &out);
    assert_string_equal(out.good->version, "v1.4.2");
    assert_string_equal(out.good->image, IMAGE);
    assert_string_equal(out.good->revision, REVISION);
    assert_string_equal(out.good->operation, "D1042");
    assert_true(out.good->at_ms == DECISION_NOW_MS);
}

static void check_pinned(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct outcome out;

    (void)state;
    decide_row(find_row("a digest pins the image, and the target is asked for"), fixture, &out);
    assert_string_equal(((const struct deploy_body *)out.body)->image, IMAGE);
    assert_int_equal(out.journal_count, 1);
    assert_string_equal(out.journal[0].kind, "deploy.pinned");
    assert_string_equal(json_find_string(out.journal[0].body, "image"), IMAGE);
    assert_null(out.journal[0].personal);
}

/* ---- the card ---- */

static const struct card_row {
    const char *name, *state, *result, *failed_in, *steps; /* a letter each: '+' ok, '>' now, '-' bad, '.' next */
    bool is_stuck;
    enum card_tone tone;
} card_rows[] = {
    { "pinning", "pinning", NULL, NULL, ">......", false, CARD_RUNNING },
    { "waiting for its turn", "queued", NULL, NULL, "+>.....", false, CARD_WAITING },
    { "looking", "looking", NULL, NULL, "++>....", false, CARD_RUNNING },
    { "creating is the same step", "creating", NULL, NULL, "++>....", false, CARD_RUNNING },
    { "starting", "starting", NULL, NULL, "+++>...", false, CARD_RUNNING },
    { "checking", "checking", NULL, NULL, "++++>..", false, CARD_RUNNING },
    { "switching", "switching", NULL, NULL, "+++++>.", false, CARD_RUNNING },
    { "verifying", "verifying", NULL, NULL, "++++++>", false, CARD_RUNNING },
    { "done", "done", "done", NULL, "+++++++", false, CARD_GOOD },
    { "failed while starting", "failed", "failed", "starting", "+++-...", false, CARD_BAD },
    { "refused at the pin", "refused", "refused", "pinning", "-......", false, CARD_BAD },
    { "stuck", "checking", NULL, NULL, "++++>..", true, CARD_BAD },
};

static void check_card(void **state)
{
    static const char letters[] = { [STEP_NEXT] = '.', [STEP_NOW] = '>', [STEP_OK] = '+', [STEP_BAD] = '-' };
    const struct card_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    const struct move_row made = { .state = row->state };
    struct operation operation = operation_of(&made);
    struct deploy_body body = body_of(&made);
    struct card card = { .title = NULL };
    char steps[16] = "";

    operation.result = row->result;
    operation.is_stuck = row->is_stuck;
    operation.summary = row->result ? "how it ended" : NULL;
    body.failed_in = row->failed_in;
    machine_deploy.card(&fixture->view, &operation, &body, &card);
    for (size_t i = 0; i < card.steps_count; i++)
        steps[i] = letters[card.steps[i].mark];
    assert_string_equal(steps, row->steps);
    assert_int_equal(card.tone, row->tone);
    assert_string_equal(card.title, "Deploy api to staging");
    assert_string_equal(card.status, row->result ? "how it ended"
                                                 : arena_printf(fixture->arena, "D1042 is %s", row->state));
}

static void check_fields(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    const struct move_row made = { .state = "checking" };
    struct operation operation = operation_of(&made);
    struct deploy_body body = body_of(&made);
    struct card card = { .title = NULL };
    AUTO_BUF struct buf all = BUF(2000);

    (void)state;
    body.reason = "hotfix";
    machine_deploy.card(&fixture->view, &operation, &body, &card);
    for (size_t i = 0; i < card.fields_count; i++)
        buf_addf(&all, "%s=%s|", card.fields[i].name, card.fields[i].value);
    assert_string_equal(buf_text(&all), "Version=`v1.4.2`|Asked by=@{slack:U1}|Image=`api@sha256:9f86d081884c`|"
                                        "Before=`api-old`|Reason=hotfix|");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "effects carry exactly what was seen and what is wanted", check_args, NULL, NULL, NULL },
        { "a revision's name fits, and ends in what makes it unique", check_names, NULL, NULL, NULL },
        { "health is asked at the tag's own address", check_probe, NULL, NULL, NULL },
        { "what was done becomes the target's good version", check_good, NULL, NULL, NULL },
        { "the pin is journalled", check_pinned, NULL, NULL, NULL },
        { "the card's fields are those a person looks for", check_fields, NULL, NULL, NULL },
    };
    int failed = ROWS(begin_rows, check_begin) + ROWS(move_rows, check_move) + ROWS(card_rows, check_card);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
