/* `deploy`, from the words that begin it to the last move of its machine, all at once, one decision at a time. */
#include "tests/unit/decision_fixture.h"

#include "bot/base/time.h"
#include "bot/model/exchange.h"
#include "handlers/deploy/body.h"
#include "handlers/deploy/deploy.h"

/* ---- what begins it ---- */

static const struct begin_row {
    const char *name, *line;
    const char *version; /* NULL: nothing begins */
    const char *answer;  /* its beginning */
    const char *reason;
} begin_rows[] = {
    { "the environment's own version", "deploy staging", "main",
      "*D7*: deploying `main` of *api* to *staging*.\nFollow", NULL },
    { "a version that is named", "deploy api staging v1.4.2", "v1.4.2", "*D7*: deploying `v1.4.2`", NULL },
    { "a tag that says so", "deploy api staging tag:v1", "v1", "*D7*", NULL },
    { "a version by digest",
      "deploy api staging sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
      "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "*D7*", NULL },
    { "a reason is kept, harmless", "deploy staging --reason \"*hot* fix\"", "main", "*D7*", " hot  fix" },
    { "a reason may begin like an option in quotes", "deploy staging --reason \"--now was wrong\"", "main", "*D7*",
      "--now was wrong" },
    { "an empty reason is refused", "deploy staging --reason", NULL,
      "MISUSED `--reason` needs a value: write `--reason \"...\"`. Nothing was done.", NULL },
    { "a reason without quotes becomes no version", "deploy staging --reason hot fix", NULL,
      "MISUSED I do not know what `fix` means behind the value of `--reason`: options stand last, and a value of "
      "several words in quotes. Nothing was done.",
      NULL },
    { "a slip in an option gets the nearest", "deploy staging --raeson=x", NULL,
      "MISUSED I do not know the option `--raeson`. Did you mean `--reason`? Nothing was done.", NULL },
    { "a service behind its environment becomes no version", "deploy staging api", NULL,
      "MISUSED The service comes first. Did you mean `deploy api staging`? Nothing was done.", NULL },
    { "no version where none is the default", "deploy api production", NULL,
      "MISUSED Which version? `api/production` has no default_version, so say one: `deploy api production v1.4.2`. Nothing was done.",
      NULL },
    { "a branch", "deploy api staging branch:main", NULL,
      "MISUSED `branch:main` is a name on GitHub, and `api` is not connected to it", NULL },
    { "no version at all behind tag:", "deploy api staging tag:", NULL,
      "MISUSED `tag:` is no version: behind `tag:` comes an image tag: letters, digits, `.`, `_` and `-`. Nothing was done.",
      NULL },
    { "a version that cannot be a tag", "deploy api staging v1/../x", NULL, "MISUSED `v1/../x` is no version", NULL },
    { "a digest cut short", "deploy api staging sha256:9f86", NULL, "MISUSED `sha256:9f86` is no version", NULL },
    { "a tag that begins with a dot", "deploy api staging .hidden", NULL, "MISUSED `.hidden` is no version", NULL },
    { "a strategy for this once", "deploy api staging v1 --strategy canary", "v1",
      "*D7*: deploying `v1` of *api* to *staging* in steps of 5, 25, 50 and 100 %.", NULL },
    { "a strategy that is none", "deploy api staging v1 --strategy \"*yolo*\"", NULL,
      "MISUSED There is no strategy ` yolo `: it is `canary`, `blue-green` or `all-at-once`. Nothing was done.", NULL },
    { "an option that we do not know is never passed over", "deploy api staging v1 --force yes", NULL,
      "MISUSED I do not know the option `--force`", NULL },
    { "nor one with a value of its own", "deploy staging --dry-run=yes", NULL,
      "MISUSED I do not know the option `--dry-run`", NULL },
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

#define FREEZE "    - { deny: deploy, on: { environment: staging }, reason: a freeze }\n"
#define NEEDS_REASON "    - { require: { reason: true }, for: deploy, on: { environment: staging } }\n"

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
    const char *rule;   /* of policy, added by a reload; NULL: none */
    /* what must come out of it */
    const char *moves_to;         /* NULL: stays */
    const char *effect, *reading; /* kinds; NULL: none */
    const char *result, *summary; /* how it ended: result, and what its sentence says; NULL: it goes on */
    bool polls, is_nothing;       /* asks again in a second; does not even write */
    bool leaves_doubt;            /* of what the target runs now */
} move_rows[] = {
    { "a digest pins the image, and the target is asked for", "pinning", EVENT_READING, "digest", END_DONE,
      "{'digest':'sha256:9f86','image':'" IMAGE "'}", .moves_to = "queued" },
    { "a tag that is not there fails it", "pinning", EVENT_READING, "digest", END_FAILED, NULL, "no image tagged main",
      .moves_to = "failed", .result = "failed",
      .summary = "`v1.4.2` of us-docker.pkg.dev/acme/images/api could not be pinned: no image tagged main. Nothing was "
                 "changed. Mend that, then ask again: `deploy api staging v1.4.2`." },
    { "a question of the registry's stays one sentence", "pinning", EVENT_READING, "digest", END_FAILED, NULL,
      "no image tagged v9: was it pushed?", .moves_to = "failed", .result = "failed",
      .summary = "was it pushed? Nothing was changed." },
    { "a peer's words neither ping nor format", "pinning", EVENT_READING, "digest", END_FAILED, NULL,
      "*no*\n`image` for @{slack:U0BOSS}", .moves_to = "failed", .result = "failed",
      .summary = "could not be pinned:  no  'image' for  {slack:U0BOSS}. Nothing" },
    { "a registry that is away too long fails it", "pinning", EVENT_READING, "digest", END_GAVE_UP, NULL, NULL,
      .moves_to = "failed", .result = "failed",
      .summary = "could not be pinned: no answer in time. Nothing was changed." },
    { "an answer without an image fails it", "pinning", EVENT_READING, "digest", END_DONE, "{}", NULL,
      .moves_to = "failed", .result = "failed",
      .summary = "could not be pinned: the answer made no sense. Nothing was changed." },
    { "a person who has lost the right is refused at the pin", "pinning", EVENT_READING, "digest", END_DONE,
      "{'image':'" IMAGE "'}", .person = "U9", .moves_to = "refused", .result = "refused",
      .summary = "only developer or release-manager may deploy api in staging (test.yaml:34). "
                 "Nothing was changed. Ask developer or release-manager to do it, or have a rule name you." },
    { "a requirement that nothing meets refuses it at the pin", "pinning", EVENT_READING, "digest", END_DONE,
      "{'image':'" IMAGE "'}", .rule = NEEDS_REASON, .moves_to = "refused", .result = "refused",
      .summary = "deploy of api in staging requires a reason" },

    { "a granted target is looked at", "queued", EVENT_MESSAGE, MESSAGE_GRANTED, END_DONE, "{'target':'api/staging'}",
      .moves_to = "looking", .reading = READING_SERVICE },
    { "a deny that came while it waited refuses it", "queued", EVENT_MESSAGE, MESSAGE_GRANTED, END_DONE, "{}",
      .rule = FREEZE, .moves_to = "refused", .result = "refused",
      .summary = "deploy of api in staging is denied: a freeze (test.yaml:36). Nothing was changed. Nobody may, "
                 "until the rule test.yaml:36 is changed." },
    { "a person who lost the right while it waited is refused", "queued", EVENT_MESSAGE, MESSAGE_GRANTED, END_DONE,
      "{}", .person = "U9", .moves_to = "refused", .result = "refused",
      .summary = "only developer or release-manager may" },
    { "a requirement that came while it waited counts: this is the start", "queued", EVENT_MESSAGE, MESSAGE_GRANTED,
      END_DONE, "{}", .rule = NEEDS_REASON, .moves_to = "refused", .result = "refused",
      .summary = "requires a reason" },

    { "a settled service gets a new revision", "looking", EVENT_READING, "service", END_DONE, SERVICE(SETTLED, OLD),
      .moves_to = "creating", .effect = EFFECT_NEW_REVISION },
    { "a service that somebody is changing is waited for", "looking", EVENT_READING, "service", END_DONE,
      SERVICE(MOVING, OLD), .polls = true },
    { "but not for ever", "looking", EVENT_READING, "service", END_DONE, SERVICE(MOVING, OLD), .lateness = LATE,
      .moves_to = "failed", .result = "failed",
      .summary =
          "api-service was being changed by somebody else, and did not settle within 2 min. Nothing was changed." },
    { "a service that serves nothing has nothing to copy", "looking", EVENT_READING, "service", END_DONE,
      "{" SETTLED "}", .moves_to = "failed", .result = "failed",
      .summary = "no revision of api-service serves, so there is none to make a new one from: deploy it once by hand" },
    { "a service that is not there fails it", "looking", EVENT_READING, "service", END_FAILED, NULL,
      "Cloud Run: no such", .moves_to = "failed", .result = "failed",
      .summary = "Cloud Run did not tell how api-service stands: Cloud Run: no such. Nothing was changed." },
    { "Google's words are quoted too", "looking", EVENT_READING, "service", END_FAILED, NULL,
      "403: ask @{slack:U0BOSS}", .moves_to = "failed", .result = "failed",
      .summary = "stands: 403: ask  {slack:U0BOSS}. Nothing" },
    { "no answer this time is no failure yet", "looking", EVENT_READING, "service", END_GAVE_UP, NULL, NULL,
      .polls = true },
    { "no answer for too long is one", "looking", EVENT_READING, "service", END_GAVE_UP, NULL, NULL, .lateness = LATE,
      .moves_to = "failed", .result = "failed",
      .summary = "did not tell how api-service stands: no answer in time. Nothing" },
    { "an answer that makes no sense is asked for again", "looking", EVENT_READING, "service", END_DONE,
      "{'is_settled':'perhaps'}", .polls = true },
    { "the poll looks again", "looking", EVENT_TIMER, "poll", END_DONE, .reading = READING_SERVICE },

    { "a made revision is waited for", "creating", EVENT_EFFECT, "revision", END_DONE, "{'existed':false}",
      .moves_to = "starting", .reading = READING_SERVICE },
    { "a revision that Cloud Run refuses", "creating", EVENT_EFFECT, "revision", END_FAILED, NULL, "403: no right",
      .moves_to = "failed", .result = "failed",
      .summary = "revision `" REVISION "` could not be made: 403: no right. Traffic was not touched." },
    { "a refusal with markup is quoted", "creating", EVENT_EFFECT, "revision", END_FAILED, NULL, "*403* `no`",
      .moves_to = "failed", .result = "failed", .summary = "could not be made:  403  'no'. Traffic" },
    { "a revision that could not be made in time", "creating", EVENT_EFFECT, "revision", END_GAVE_UP, NULL, NULL,
      .moves_to = "failed", .result = "failed",
      .summary = "could not be made: no answer in time. Traffic was not touched." },
    { "a revision of which nothing can tell", "creating", EVENT_EFFECT, "revision", END_UNKNOWN, NULL, NULL,
      .moves_to = "failed", .result = "failed",
      .summary = "could not be made: nothing can tell whether it happened. Traffic was not touched." },

    { "a ready revision is asked for its health", "starting", EVENT_READING, "service", END_DONE,
      SERVICE(SETTLED, OLD "," TAGGED), .moves_to = "checking", .reading = READING_HEALTH },
    { "one whose tag has no address yet is waited for", "starting", EVENT_READING, "service", END_DONE,
      SERVICE(SETTLED, OLD), .polls = true },
    { "one that is not ready yet is waited for", "starting", EVENT_READING, "service", END_DONE,
      SERVICE("'is_settled':true,'is_ready':false", OLD "," TAGGED), .polls = true },
    { "another one that is ready is not ours", "starting", EVENT_READING, "service", END_DONE,
      "{" SETTLED ",'serving':'api-old','observed':[" TAGGED "],'latest_ready':'api-foreign'}", .polls = true },
    { "one that is never ready fails it", "starting", EVENT_READING, "service", END_DONE, SERVICE(MOVING, OLD),
      .lateness = LATE, .moves_to = "failed", .result = "failed",
      .summary = "revision `" REVISION "` was not ready within 10 min. Traffic was not touched. Look at the logs of "
                 "revision `" REVISION "`, then ask again: `deploy api staging v1.4.2`." },
    { "no answer about a start says that traffic was not touched", "starting", EVENT_READING, "service", END_GAVE_UP,
      NULL, NULL, .lateness = LATE, .moves_to = "failed", .result = "failed",
      .summary = "stands: no answer in time. Traffic was not touched." },
    { "one that cannot start fails it in Cloud Run's words", "starting", EVENT_READING, "service", END_DONE,
      "{'is_settled':true,'is_ready':false,'problem':'container *failed*','serving':'api-old','latest_created':'" REVISION
      "'}",
      .moves_to = "failed", .result = "failed",
      .summary = "does not start: container  failed . Traffic was not touched." },
    { "an older one that could not start says nothing of ours", "starting", EVENT_READING, "service", END_DONE,
      "{'is_settled':true,'is_ready':false,'problem':'container failed','serving':'api-old',"
      "'latest_created':'api-service-d1041-0000c1'}",
      .polls = true },
    { "nor does one of which nobody knows whose it is", "starting", EVENT_READING, "service", END_DONE,
      "{'is_settled':true,'is_ready':false,'problem':'container failed','serving':'api-old'}", .polls = true },
    { "the poll of a start looks again", "starting", EVENT_TIMER, "poll", END_DONE, .reading = READING_SERVICE },

    { "a healthy revision gets the traffic", "checking", EVENT_READING, "health", END_DONE,
      "{'status':200,'is_healthy':true}", .moves_to = "shifting", .effect = EFFECT_TRAFFIC },
    { "an unhealthy one is asked again", "checking", EVENT_READING, "health", END_DONE,
      "{'status':500,'is_healthy':false,'problem':'answered 500'}", .polls = true },
    { "one that stays unhealthy fails it", "checking", EVENT_READING, "health", END_DONE,
      "{'status':500,'is_healthy':false,'problem':'answered 500'}", .lateness = LATE, .moves_to = "failed",
      .result = "failed",
      .summary =
          "revision `" REVISION "` is not healthy after 3 checks of https://d1042---api.run.app/health: answered "
          "500. Traffic was not touched. Look at the logs of revision `" REVISION "`" },
    { "one that does not answer is asked again", "checking", EVENT_READING, "health", END_GAVE_UP, NULL, NULL,
      .polls = true },
    { "one that never answers fails it", "checking", EVENT_READING, "health", END_FAILED, NULL, "refused",
      .lateness = LATE, .moves_to = "failed", .result = "failed",
      .summary = "after 3 checks of https://d1042---api.run.app/health: refused. Traffic was not touched." },
    { "one that says nothing of health to the end", "checking", EVENT_READING, "health", END_DONE, "{}", NULL,
      .lateness = LATE, .moves_to = "failed", .result = "failed", .summary = "/health: the answer made no sense." },
    { "a deny that came meanwhile is asked for right before the switch", "checking", EVENT_READING, "health", END_DONE,
      "{'status':200,'is_healthy':true}", .rule = FREEZE, .moves_to = "refused", .result = "refused",
      .summary = "deploy of api in staging is denied: a freeze (test.yaml:36). Traffic was not touched. Nobody "
                 "may, until the rule test.yaml:36 is changed." },
    { "a right that was lost meanwhile does not stop what has started", "checking", EVENT_READING, "health", END_DONE,
      "{'status':200,'is_healthy':true}", .person = "U9", .moves_to = "shifting", .effect = EFFECT_TRAFFIC },
    { "a requirement that came meanwhile does not stop what has started", "checking", EVENT_READING, "health", END_DONE,
      "{'status':200,'is_healthy':true}", .rule = NEEDS_REASON, .moves_to = "shifting", .effect = EFFECT_TRAFFIC },
    { "an answer that says nothing of health is not healthy", "checking", EVENT_READING, "health", END_DONE, "{}",
      .polls = true },
    { "the poll checks again", "checking", EVENT_TIMER, "poll", END_DONE, .reading = READING_HEALTH },

    { "switched traffic is verified", "shifting", EVENT_EFFECT, "traffic", END_DONE, "{'changed':true}",
      .moves_to = "verifying", .reading = READING_SERVICE },
    { "a split that is not the one seen stops it", "shifting", EVENT_EFFECT, "traffic", END_FAILED, NULL,
      "someone else changed the traffic", .moves_to = "failed", .result = "failed",
      .summary = "traffic is not on revision `" REVISION "`: someone else changed the traffic. The new revision "
                 "stays. Look where the traffic of api-service goes in Cloud Run: `api-old` served before." },
    { "a switch that was taken back before it went", "shifting", EVENT_EFFECT, "traffic", END_CANCELLED, NULL, NULL,
      .moves_to = "failed", .result = "failed", .summary = "`: it was taken back before it was tried. The new" },
    { "a switch in doubt is looked at before it is called failed", "shifting", EVENT_EFFECT, "traffic", END_GAVE_UP,
      NULL, "no answer", .moves_to = "verifying", .reading = READING_SERVICE },
    { "one of which nothing can tell too", "shifting", EVENT_EFFECT, "traffic", END_UNKNOWN, NULL, NULL,
      .moves_to = "verifying", .reading = READING_SERVICE },

    { "a service that serves it all is done", "verifying", EVENT_READING, "service", END_DONE, SERVICE(SETTLED, NEW),
      .moves_to = "done", .result = "done", .summary = "`v1.4.2` serves all traffic of api/staging after 60 s" },
    { "a service that is still moving is waited for", "verifying", EVENT_READING, "service", END_DONE,
      SERVICE(MOVING, NEW), .polls = true },
    { "a service that still serves the old one too", "verifying", EVENT_READING, "service", END_DONE,
      SERVICE(SETTLED, "{'revision':'api-old','percent':50},{'revision':'" REVISION "','percent':50}"), .polls = true },
    { "a service that never serves it fails, saying so", "verifying", EVENT_READING, "service", END_DONE,
      SERVICE(SETTLED, OLD), .lateness = LATE, .moves_to = "failed", .result = "failed", .leaves_doubt = true,
      .summary =
          "Cloud Run took the switch of traffic to revision `" REVISION "`, but does not show it after 5 min. The new "
          "revision stays, and traffic may be on it. Look where" },
    { "a switch in doubt that never shows did not happen", "verifying", EVENT_READING, "service", END_DONE,
      SERVICE(SETTLED, OLD), .lateness = LATE, .is_in_doubt = true, .moves_to = "returning",
      .reading = READING_SERVICE },
    { "a switch in doubt that shows is done", "verifying", EVENT_READING, "service", END_DONE, SERVICE(SETTLED, NEW),
      .is_in_doubt = true, .moves_to = "done", .result = "done" },
    { "a refused look after the switch is no failure yet", "verifying", EVENT_READING, "service", END_FAILED, NULL,
      "Cloud Run: 403", .polls = true },
    { "a look that is refused to the end is one, and leaves doubt", "verifying", EVENT_READING, "service", END_FAILED,
      NULL, "Cloud Run: 403", .lateness = LATE, .moves_to = "failed", .result = "failed", .leaves_doubt = true,
      .summary =
          "did not tell how api-service stands: Cloud Run: 403. The new revision stays, and traffic may be on it." },
    { "a switch in doubt of which nothing is seen leaves doubt", "verifying", EVENT_READING, "service", END_DONE,
      SERVICE(MOVING, OLD), .lateness = LATE, .is_in_doubt = true, .moves_to = "failed", .result = "failed",
      .leaves_doubt = true },
    { "the poll of a verification looks again", "verifying", EVENT_TIMER, "poll", END_DONE,
      .reading = READING_SERVICE },

    { "a second grant changes nothing", "looking", EVENT_MESSAGE, MESSAGE_GRANTED, END_DONE, "{}", .is_nothing = true },
    { "a digest that comes late changes nothing", "queued", EVENT_READING, "digest", END_DONE, "{'image':'x'}",
      .is_nothing = true },
    { "a poll that was left behind changes nothing", "shifting", EVENT_TIMER, "poll", END_DONE, NULL,
      .is_nothing = true },
    { "a message nobody knows changes nothing", "queued", EVENT_MESSAGE, "hello", END_DONE, "{}", .is_nothing = true },
};

static struct run_share before[] = { { "api-old", 100, NULL, NULL } };
static struct deploy_step one_step[] = { { .percent = 100 } };

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
        .split = before,
        .split_count = 1,
        .steps = one_step,
        .steps_count = 1,
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
    struct event event = {
        .kind = row->kind, .name = row->event, .from = "engine", .end = row->end, .error = row->error
    };

    if (row->body)
        event.body = decision_json(fixture, row->body);
    outcome_init(out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, &body, &event, out);
}

static char *with_rule(const char *rule) /* the rules stand at the end */
{
    AUTO_BUF struct buf text = BUF(8000);

    buf_puts(&text, DECISION_CONFIGURATION);
    buf_puts(&text, rule ? rule : "");
    return xstrdup(buf_text(&text));
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
    AUTO_FREE char *configuration = with_rule(row->rule);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(configuration);
    struct outcome out;

    decide_row(row, fixture, &out);
    check_same(out.state, row->moves_to);
    check_same(out.result, row->result);
    check_same(out.effects_count && !out.result ? out.effects[0].kind : NULL, row->effect); /* an end is told of */
    check_same(out.readings_count ? out.readings[0].kind : NULL, row->reading);
    assert_true(out.effects_count <= 1);
    assert_true(out.readings_count <= 1 || strcmp(out.readings[1].name, "template") == 0); /* test_deploy_drift */
    assert_int_equal(sets_poll(&out), row->polls);
    assert_int_equal(out.body == NULL, row->is_nothing);
    assert_int_equal(out.leaves_doubt, row->leaves_doubt);
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
          "'wanted':[{'revision':'" REVISION
          "','percent':100,'tag':'d1042'}],'version':'v1.4.2','previous':'api-old'}" },
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

/* What stands on the service after many deploys: ours that serves, ours that served, one that failed, people's own. */
#define CROWDED                                                                                                        \
    "{" SETTLED ",'serving':'api-service-d1041-0000c1','wanted':["                                                     \
    "{'revision':'api-service-d1041-0000c1','percent':90,'tag':'d1041'},"                                              \
    "{'revision':'api-service-d1040-0000c0','percent':10},"                                                            \
    "{'revision':'api-service-d1040-0000c0','percent':0,'tag':'d1040'},"                                               \
    "{'revision':'api-service-d1039-0000b9','percent':0,'tag':'d1039'},"                                               \
    "{'revision':'api-service-d7-0000b7','percent':0,'tag':'d7'},"                                                     \
    "{'revision':'api-service-d6-0000b6','percent':0,'tag':'blue'},"                                                   \
    "{'revision':'api-service-d5-0000b5','percent':0},"                                                                \
    "{'revision':'api-service-handmade','percent':0,'tag':'d4'},"                                                      \
    "{'revision':'api-service-dx-0000b3','percent':0,'tag':'dx'},"                                                     \
    "{'revision':'api-service-d-0000b2','percent':0,'tag':'d'},"                                                       \
    "{'revision':'api-service-d3x-0000b1','percent':0,'tag':'d3x'}]}"

static void check_split(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct move_row row = *find_row("a settled service gets a new revision");
    const struct deploy_body *body;
    struct operation operation;
    struct outcome out, after;
    struct event healthy = { .kind = EVENT_READING, .name = "health", .end = END_DONE };
    const cJSON *args;

    (void)state;
    row.body = CROWDED;
    decide_row(&row, fixture, &out);
    body = out.body;
    assert_int_equal(body->before_count, 2);
    assert_string_equal(body->before[0].revision, "api-service-d1041-0000c1");
    assert_string_equal(body->before[1].revision, "api-service-d1040-0000c0");
    assert_string_equal(body->previous, "api-service-d1041-0000c1");

    row.state = "checking";
    operation = operation_of(&row);
    healthy.body = decision_json(fixture, "{'is_healthy':true}");
    outcome_init(&after, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &healthy, &after);
    args = after.effects[0].args;
    assert_int_equal(cJSON_GetArraySize(json_find(args, "expected")), 2);
    assert_true(cJSON_Compare(json_find(args, "remove_tags"), decision_json(fixture, "['d1039','d7']"), true));
}

static void check_split_is_remembered(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct move_row row = *find_row("a settled service gets a new revision");
    AUTO_JSON cJSON *record = NULL;
    struct deploy_body body;
    struct outcome out;
    struct error err;

    (void)state;
    row.body = CROWDED;
    decide_row(&row, fixture, &out);
    record = shape_to_json(&deploy_body_shape, out.body, SHAPE_WHOLE);
    assert_true(shape_from_json(&deploy_body_shape, record, fixture->arena, &body, &err));
    assert_int_equal(body.remove_tags_count, 2);
    assert_string_equal(body.remove_tags[1], "d7");
}

#define SHARED(bad_percent, good_percent)                                                                              \
    "{" SETTLED ",'serving':'api-old','wanted':[{'revision':'api-bad','percent':" #bad_percent                         \
    "},{'revision':'api-old','percent':" #good_percent "}]}"

#define TWO_ROWS(one, good_percent, other)                                                                             \
    "{" SETTLED ",'serving':'api-bad','wanted':[{'revision':'api-bad','percent':" #one                                 \
    "},{'revision':'api-old','percent':" #good_percent "},{'revision':'api-bad','percent':" #other "}]}"
#define TOLD                                                                                                           \
    "began on a bad version, to which its way back goes too: 100 % of the traffic of api-service is on `api-bad`, "    \
    "which D5 left as bad: 12 % failed"

/* What stands there is what an aborted deploy gives back. */
static void check_bad_share(void **state)
{
    static struct target_version bad[] = {
        { .revision = "api-bad", .operation = "D5", .at_ms = 100, .why = "12 % failed" }
    };
    static const struct {
        const char *service, *doubt;
        int64_t good_at_ms; /* 0: it never was */
        const char *says;   /* NULL: it begins */
        const char *told;   /* on its card, then; or NULL */
    } cases[] = {
        { SHARED(25, 75), "D5", 0,
          "25 % of the traffic of api-service is on `api-bad`, which D5 left as bad: 12 % failed. `rollback api staging` "
          "gives all of it to the last good version; where none could serve, give all of it to one revision by hand. "
          "Nothing was changed. Mend that, then ask again: `deploy api staging v1.4.2`.",
          NULL },
        { SHARED(25, 75), NULL, 0, "25 % of the traffic", NULL },
        { SHARED(100, 0), NULL, 0, NULL, NULL }, /* somebody gave it all: that is what serves */
        { SHARED(100, 0), "D5", 0, NULL, TOLD }, /* it ends no worse than it is */
        { TWO_ROWS(60, 0, 40), NULL, 0, NULL, NULL },
        { TWO_ROWS(60, 0, 40), "D5", 0, NULL, TOLD },
        { TWO_ROWS(60, 25, 15), NULL, 0, "75 % of the traffic", NULL },
        { SHARED(0, 100), "D5", 0, NULL, NULL },
        { SHARED(25, 75), "D5", 50, "25 % of the traffic", NULL },
        { SHARED(25, 75), "D5", 101, NULL, NULL }, /* good since */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct target_version good[] = { { .revision = "api-bad", .at_ms = cases[i].good_at_ms } };
        struct target target = { .name = "api/staging", .bad = bad, .bad_count = 1, .doubt = cases[i].doubt };
        struct move_row row = *find_row("a settled service gets a new revision");
        const struct deploy_body *body;
        struct outcome out;

        target.good = good;
        target.good_count = cases[i].good_at_ms ? 1 : 0;
        fixture->targets = &target;
        fixture->targets_count = 1;
        row.body = cases[i].service;
        decide_row(&row, fixture, &out);
        body = out.body;
        assert_string_equal(out.state, cases[i].says ? "failed" : "creating");
        assert_int_equal(body->acts_count, cases[i].told ? 1 : 0);
        if (cases[i].told)
            assert_string_equal(body->acts[0].what, cases[i].told);
        assert_int_equal(out.leaves_doubt, false);
        if (cases[i].says && !strstr(out.summary, cases[i].says))
            assert_string_equal(out.summary, cases[i].says);
    }
}

/* The first good version takes what served before with it, as one to go back to: never what is known as bad. */
static void check_bad_before(void **state)
{
    static struct target_version bad[] = { { .revision = "api-old", .operation = "D5", .at_ms = 100 } };
    static const struct {
        const char *doubt;
        size_t bad_count;
        bool is_good_before;
    } cases[] = { { "D5", 1, false }, { "D5", 0, true }, { NULL, 1, true } };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct target target = { .name = "api/staging", .bad = bad, .doubt = cases[i].doubt };
        struct outcome out;

        target.bad_count = cases[i].bad_count;
        fixture->targets = &target;
        fixture->targets_count = 1;
        decide_row(find_row("a service that serves it all is done"), fixture, &out);
        assert_non_null(out.good);
        assert_int_equal(out.before != NULL, cases[i].is_good_before);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "effects carry exactly what was seen and what is wanted", check_args, NULL, NULL, NULL },
        { "only shares of traffic are expected, and only tags of ours that serve no more are removed", check_split,
          NULL, NULL, NULL },
        { "tags to be removed are in the record, for an owner that comes later", check_split_is_remembered, NULL, NULL,
          NULL },
        { "nothing starts beside a share that is known as bad", check_bad_share, NULL, NULL, NULL },
        { "nor becomes what is known as bad a way back", check_bad_before, NULL, NULL, NULL },
        { "a revision's name fits, and ends in what makes it unique", check_names, NULL, NULL, NULL },
        { "health is asked at the tag's own address", check_probe, NULL, NULL, NULL },
        { "what was done becomes the target's good version", check_good, NULL, NULL, NULL },
        { "the pin is journalled", check_pinned, NULL, NULL, NULL },
    };
    int failed = ROWS(begin_rows, check_begin) + ROWS(move_rows, check_move);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
