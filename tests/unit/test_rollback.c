/* `rollback`, from the words that begin it to the last move of its machine, one decision at a time. */
#include "tests/unit/decision_fixture.h"

#include "bot/base/time.h"
#include "bot/model/exchange.h"
#include "handlers/rollback/body.h"
#include "handlers/rollback/rollback.h"

#define MINUTES_AGO(n) (DECISION_NOW_MS - (n)*MINUTE_MS)

static struct target_version good[] = {
    { "v1.4.1", "api@sha256:41", "api-41", "D1030", MINUTES_AGO(300) },
    { "v1.4.2", "api@sha256:42", "api-42", "D1041", MINUTES_AGO(200) },
    { "v1.5.0", "api@sha256:50", "api-50", "D1042", MINUTES_AGO(10) },
};
static struct target_version bad[] = { { "v1.5.0", "api@sha256:50", "api-50", "D1050", MINUTES_AGO(5) } };
static const char *waiting[] = { "D1043" };

enum record {
    NOTHING,
    THREE,
    TWO_AND_BAD,
    ONE,
    DOUBT,
    HELD_EARLY,
    HELD_MOVING,
    HELD_ALONE,
    HELD_ROLLBACK,
    WAITING_ROLLBACK,
    EARLY_ALONE,
    SAME_NAME
};
static struct target_version same_name[] = {
    { "main", "api@sha256:41", "api-41", "D1030", MINUTES_AGO(300) },
    { "main", "api@sha256:42", "api-42", "D1041", MINUTES_AGO(200) },
};
static const struct target records[] = {
    [THREE] = { .name = "api/production", .good = good, .good_count = 3 },
    [TWO_AND_BAD] = { .name = "api/production", .good = good, .good_count = 2, .bad = bad, .bad_count = 1 },
    [ONE] = { .name = "api/production", .good = good, .good_count = 1 },
    [DOUBT] = { .name = "api/production", .good = good, .good_count = 2, .doubt = "D1042" },
    [HELD_EARLY] = { .name = "api/production", .good = good, .good_count = 2, .holder = "D1043" },
    [HELD_MOVING] = { .name = "api/production",
                      .good = good,
                      .good_count = 2,
                      .holder = "D1044",
                      .waiting = waiting,
                      .waiting_count = 1 },
    [HELD_ALONE] = { .name = "api/production", .holder = "D1044" },
    [HELD_ROLLBACK] = { .name = "api/production", .good = good, .good_count = 2, .holder = "D1045" },
    [EARLY_ALONE] = { .name = "api/production", .holder = "D1043" },
    [SAME_NAME] = { .name = "api/production", .good = same_name, .good_count = 2 },
    [WAITING_ROLLBACK] = { .name = "api/production",
                           .good = good,
                           .good_count = 2,
                           .holder = "D1044",
                           .waiting = (const char *[]){ "D9", "D1045" },
                           .waiting_count = 2 },
};

#define DEPLOY_BODY                                                                                                    \
    "{'service':'api','environment':'production','version':'v1.6.0','repository':'r','image':'api@sha256:60',"         \
    "'place':{'project':'acme','region':'us-central1','service':'api-prod'},'revision':'api-60','previous':'api-old'}"
#define ROLLBACK_BODY                                                                                                  \
    "{'service':'api','environment':'production','place':{'project':'acme','region':'us-central1',"                    \
    "'service':'api-prod'},'to':{'version':'v1.4.1','revision':'api-41'}}"

static void put_world(struct decision_fixture *fixture, enum record record)
{
    struct operation *operations = arena_alloc(fixture->arena, 3 * sizeof(*operations));

    operations[0] = (struct operation){
        .id = "D1043", .kind = "deploy", .state = "checking", .body = decision_json(fixture, DEPLOY_BODY)
    };
    operations[1] = (struct operation){
        .id = "D1044", .kind = "deploy", .state = "verifying", .body = decision_json(fixture, DEPLOY_BODY)
    };
    operations[2] = (struct operation){
        .id = "D1045", .kind = "rollback", .state = "returning", .body = decision_json(fixture, ROLLBACK_BODY)
    };
    fixture->operations = operations;
    fixture->operations_count = 3;
    fixture->targets = &records[record];
    fixture->targets_count = record != NOTHING;
}

/* ---- what begins it ---- */

#define FOLLOW "\nFollow it in #deployments."

static const struct begin_row {
    const char *name, *line;
    enum record record;
    const char *answer; /* all of it */
    const char *to;     /* revision; NULL: not known, or nothing begins */
    bool begins;
} begin_rows[] = {
    { "back to the version before", "rollback api production", THREE,
      "*D7*: rolling *api* in *production* back from `v1.5.0` to `v1.4.2`." FOLLOW, "api-42", true },
    { "a second time further back, and it says so", "rollback api production", TWO_AND_BAD,
      "*D7*: rolling *api* in *production* back from `v1.4.2` to `v1.4.1`.\n"
      "It goes further back: `v1.5.0` was left 5 min ago by D1050." FOLLOW,
      "api-41", true },
    { "from the version that the card showed", "rollback api production --from v1.5.0", THREE,
      "*D7*: rolling *api* in *production* back from `v1.5.0` to `v1.4.2`." FOLLOW, "api-42", true },
    { "a card that has changed", "rollback api production --from v1.5.0", TWO_AND_BAD,
      "REFUSED The card has changed: `api/production` is at `v1.4.2` now, not at what `v1.5.0` names. Nothing was done.",
      NULL, false },
    { "from what the card's deploy brought", "rollback api production --from D1042", THREE,
      "*D7*: rolling *api* in *production* back from `v1.5.0` to `v1.4.2`." FOLLOW, "api-42", true },
    { "two of the same name are told apart by who brought them", "rollback api production --from D1030", SAME_NAME,
      "REFUSED The card has changed: `api/production` is at `main` now, not at what `D1030` names. Nothing was done.",
      NULL, false },
    { "the newer one of the same name", "rollback api production --from D1041", SAME_NAME,
      "*D7*: rolling *api* in *production* back from `main` to `main`." FOLLOW, "api-41", true },
    { "a rollout without traffic is not aborted for a way back that nobody knows", "rollback api production",
      EARLY_ALONE,
      "REFUSED No good version of `api/production` is recorded to go back to, and D1043, which is under way there, has no "
      "traffic yet. Nothing was done: to stop that one, `abort D1043`.",
      NULL, false },
    { "a card of a rollout that is over", "rollback api production --from v1.5.0", HELD_MOVING,
      "REFUSED The card has changed: `api/production` is at `v1.6.0` now, not at what `v1.5.0` names. Nothing was done.",
      NULL, false },
    { "what is not known is looked up before a card is believed", "rollback api production --from v1.5.0", DOUBT,
      "*D7*: rolling *api* in *production* back to `v1.4.2`." FOLLOW, "api-42", true },
    { "nothing recorded: Cloud Run is asked", "rollback api production", NOTHING,
      "*D7*: rolling *api* in *production* back.\n"
      "No previous good version is recorded: Cloud Run is asked for it." FOLLOW,
      NULL, true },
    { "only what serves is recorded: likewise", "rollback api production", ONE,
      "*D7*: rolling *api* in *production* back from `v1.4.1`.\n"
      "No previous good version is recorded: Cloud Run is asked for it." FOLLOW,
      NULL, true },
    { "a running rollout is left and aborted, and so is who waits", "rollback api production", HELD_MOVING,
      "*D7*: rolling *api* in *production* back from `v1.6.0` to `v1.4.2`.\n"
      "It aborts D1044, D1043." FOLLOW,
      "api-42", true },
    { "a rollout without traffic is aborted, and what serves is left", "rollback api production", HELD_EARLY,
      "*D7*: rolling *api* in *production* back from `v1.4.2` to `v1.4.1`.\n"
      "It aborts D1043." FOLLOW,
      "api-41", true },
    { "the first rollout of all goes back to what served before it", "rollback api production", HELD_ALONE,
      "*D7*: rolling *api* in *production* back from `v1.6.0` to `api-old`.\n"
      "It aborts D1044." FOLLOW,
      "api-old", true },
    { "a double click is one request", "rollback api production", HELD_ROLLBACK,
      "*D1045* does that already: it rolls *api* in *production* back to `v1.4.1`. Nothing more was done.", NULL,
      false },
    { "also while the first one waits", "rollback api production --from v1.6.0", WAITING_ROLLBACK,
      "*D1045* does that already: it rolls *api* in *production* back to `v1.4.1`. Nothing more was done.", NULL,
      false },
    { "a version is never taken for a place to go", "rollback api production v1.4.2", THREE,
      "MISUSED A rollback goes to the last good version by itself. For another one: `rollback api production --to "
      "v1.4.2`. Nothing was done.",
      NULL, false },
    { "--from and --to contradict each other", "rollback api production --from a --to b", THREE,
      "MISUSED `--from` belongs to a way back without `--to`. Nothing was done.", NULL, false },
    { "a slip in an option gets the nearest", "rollback api production --form v1", THREE,
      "MISUSED I do not know the option `--form`. Did you mean `--from`? Nothing was done.", NULL, false },
    { "an empty option is refused", "rollback api production --to", THREE,
      "MISUSED What to? Write `--to \"...\"`. Nothing was done.", NULL, false },
    { "no place", "rollback", THREE, "MISUSED Where? Services: api, web.", NULL, false },
    { "a place that two services have", "rollback production", THREE,
      "MISUSED Which service? These have `production`: api, web.", NULL, false },
    { "hostile words are harmless", "rollback api \"`*prod\"", THREE,
      "MISUSED There is no environment of `api` called `' prod`, so nothing was done. There is: staging, production.",
      NULL, false },
};

static void check_begin(void **state)
{
    const struct begin_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    const struct rollback_body *body;
    struct outcome out;

    put_world(fixture, row->record);
    assert_string_equal(decision_answer(fixture, &verb_rollback, row->line, &out), row->answer);
    assert_int_equal(out.begins, row->begins);
    assert_int_equal(out.effects_count + out.readings_count, 0);
    if (!row->begins)
        return;
    body = out.body;
    assert_string_equal(out.kind, "rollback");
    assert_string_equal(out.state, "queued");
    assert_string_equal(out.claims, "api/production");
    assert_true(out.claims_first);
    assert_string_equal(body->place.service, "api-prod");
    if (row->to)
        assert_string_equal(body->to.revision, row->to);
    else
        assert_null(body->to.revision);
    assert_ptr_equal(body->version, body->to.version); /* what who has to give way is told */
}

static void ask(struct decision_fixture *fixture, const char *line, struct question *question)
{
    struct request request = decision_request(fixture, line);
    const void *arguments;
    struct error err;

    if (!verb_rollback.asks(&fixture->view, &request, question, &arguments, &err))
        fail_msg("%s", err.message);
}

static void the_way_back_is_the_safe_direction(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct question question;

    (void)state;
    ask(fixture, "rollback api production --reason \"it burns\"", &question);
    assert_string_equal(question.verb, "rollback");
    assert_string_equal(question.environment, "production");
    assert_true(question.is_safe_direction && verb_rollback.is_safe_direction);
}

static void another_version_is_asked_as_a_deploy(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct question question;

    (void)state;
    ask(fixture, "rollback api production --to v1.3.0", &question);
    assert_string_equal(question.verb, "deploy");
    assert_string_equal(question.service, "api");
    assert_string_equal(question.environment, "production");
    assert_false(question.is_safe_direction);
}

static void another_version_begins_a_deploy(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct outcome out;
    const char *answer;

    (void)state;
    put_world(fixture, THREE);
    answer = decision_answer(fixture, &verb_rollback, "rollback api production --reason \"--x y\" --to v1.3.0", &out);
    assert_non_null(strstr(answer, "`v1.3.0`"));
    assert_true(out.begins);
    assert_string_equal(out.kind, "deploy");
    assert_string_equal(out.target, "api/production");
}

static void a_version_like_an_option_is_still_no_option(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct outcome out;

    (void)state;
    assert_non_null(strstr(decision_answer(fixture, &verb_rollback, "rollback api production --to=--force", &out),
                           "MISUSED `--force` is no version"));
}

#define OTHER_DRIVERS                                                                                                      \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1 }\n"                                                  \
    "github: { webhook_secrets: [secret], app: { id: 1, private_key: key } }\n"                                            \
    "services:\n"                                                                                                          \
    "  - name: tools\n"                                                                                                    \
    "    repository: acme/tools\n"                                                                                         \
    "    artifact: { image: \"us-docker.pkg.dev/acme/images/tools:{version}\" }\n"                                         \
    "    environments:\n"                                                                                                  \
    "      - { name: ci, driver: { github_actions: { workflow: deploy.yml } } }\n"                                         \
    "      - { name: host, driver: { program: { deploy: [x] } } }\n"                                                       \
    "      - { name: wide, driver: { cloud_run: { project: acme, regions: [europe-west1, us-central1], service: t } } }\n" \
    "policy: { rules: [{ allow: \"*\", to: everyone }] }\n"

/* One member for each region, as if it had been typed; with --region it is one rollback, of a target of its own. */
static void several_regions_go_back_at_once(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(OTHER_DRIVERS);
    struct outcome out;

    (void)state;
    assert_string_equal(decision_answer(fixture, &verb_rollback, "rollback wide --reason 'too slow'", &out),
                        "*D7*: Roll tools in wide back in 2 regions: 2, 2 at once.\nFollow it in #deployments.");
    assert_string_equal(out.kind, "group");
    assert_int_equal(out.requests_count, 2);
    assert_string_equal(out.requests[1].verb, "rollback");
    assert_string_equal(out.requests[1].words[2], "--region=us-central1");
    assert_string_equal(out.requests[1].words[3], "--reason=too slow");
    decision_answer(fixture, &verb_rollback, "rollback wide --region us-central1", &out);
    assert_string_equal(out.target, "tools/wide/us-central1");
    assert_string_equal(((const struct rollback_body *)out.body)->place.region, "us-central1");
    assert_string_equal(
        decision_answer(fixture, &verb_rollback, "rollback wide --region mars", &out),
        "MISUSED `tools/wide` has no region `mars`, but `europe-west1, us-central1`. Nothing was done.");
}

static void what_cannot_be_carried_out_is_said(void **state)
{
    static const struct {
        const char *line, *answer;
    } rows[] = {
        { "rollback ci",
          "REFUSED No good version of `tools/ci` before this one is recorded, so there is none to go back to. "
          "Nothing was done: name one, `rollback tools ci --to VERSION`." },
        { "rollback host",
          "REFUSED No good version of `tools/host` before this one is recorded, so there is none to go "
          "back to. Nothing was done: name one, `rollback tools host --to VERSION`." },
    };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(OTHER_DRIVERS);
    struct outcome out;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_string_equal(decision_answer(fixture, &verb_rollback, rows[i].line, &out), rows[i].answer);
}

/* ---- the machine ---- */

#define SHARE(revision, percent) "{'revision':'" revision "','percent':" #percent "}"
#define SERVICE(wanted, observed)                                                                                      \
    "{'is_settled':true,'is_ready':true,'wanted':[" wanted "],'observed':[" observed "],"                              \
    "'annotations':{'opsgate.dev/version':'v1.5.0','opsgate.dev/previous':'api-prev'}}"
#define ALL(revision) SERVICE(SHARE(revision, 100), SHARE(revision, 100))
#define REVISIONS                                                                                                      \
    "{'revisions':[{'revision':'api-50','image':'x','settings':{'A':'1'}},"                                            \
    "{'revision':'api-42','image':'y','is_ready':true,'min_instances':1}]}"
#define BY_HAND                                                                                                        \
    "By hand: `gcloud run services update-traffic api-prod --project acme --region us-central1 --to-revisions api-42=100`"

enum memory {
    FRESH,
    ASKED,
    COMPARED,
    SEEN,
    TRIED,
    TRIED_OFTEN,
    SILENT_LONG,
    ROLLOUT,
    ROLLOUT_SILENT,
    FENCED,
    EXPECTING,
    TRIED_AND_SILENT
};

static const struct move_row {
    const char *name, *state;
    enum event_kind kind;
    const char *event;
    enum event_end end;
    const char *body, *error;
    enum memory memory;
    enum record record; /* 0: THREE */
    bool is_late;
    /* what must come out of it */
    const char *moves_to;         /* NULL: stays */
    const char *effect;           /* kind; NULL: none */
    const char *readings[2];      /* kinds */
    const char *result, *summary; /* of its end; the summary's part */
    const char *reply;            /* its part */
    const char *good, *bad;       /* revisions */
    bool polls, is_nothing, leaves_doubt;
    int64_t polls_after_ms; /* 0: a second */
} move_rows[] = {
    { "a granted target is looked at, and both revisions are compared", "queued", EVENT_MESSAGE, MESSAGE_GRANTED,
      .moves_to = "looking", .readings = { READING_REVISIONS, READING_SERVICE } },
    { "a newer rollback goes first while it has not begun", "queued", EVENT_MESSAGE, MESSAGE_YIELD,
      .body = "{'by':'D1060'}", .moves_to = "aborted", .result = "aborted",
      .summary = "D1060 took its place. Nothing was changed." },
    { "and says what it had stopped for nothing", "queued", EVENT_MESSAGE, MESSAGE_YIELD, .memory = ROLLOUT,
      .body = "{'by':'D1060'}", .moves_to = "aborted", .result = "aborted",
      .summary = "Nothing was changed. It had aborted D1044: traffic is as that left it.", .leaves_doubt = true },
    { "abort stops one that has not begun", "queued", EVENT_REQUEST, "abort", .moves_to = "aborted",
      .result = "aborted", .summary = "aborted before it began. Nothing was changed.", .reply = "*D1050* is aborted" },
    { "what that leaves of a rollout is not known", "queued", EVENT_REQUEST, "abort", .memory = ROLLOUT,
      .moves_to = "aborted", .result = "aborted", .reply = "*D1050* is aborted", .leaves_doubt = true,
      .summary = "aborted before it began. Nothing was changed. It had aborted D1044: traffic is as that left it." },
    { "while Cloud Run does not answer a person may have enough", "returning", EVENT_REQUEST, "abort",
      .memory = TRIED_AND_SILENT, .moves_to = "aborted", .result = "aborted", .leaves_doubt = true,
      .summary = "aborted while Cloud Run did not answer (no route). Traffic may be on either revision. " BY_HAND,
      .reply = "*D1050* is aborted while Cloud Run did not answer" },
    { "also before it could look", "looking", EVENT_REQUEST, "abort", .memory = ROLLOUT_SILENT, .moves_to = "aborted",
      .result = "aborted", .leaves_doubt = true,
      .summary = "Traffic was not touched. It had aborted D1044: traffic is as that left it. " BY_HAND,
      .reply = "*D1050* is aborted while Cloud Run did not answer" },
    { "a second rollback hears that this one does it", "queued", EVENT_REQUEST, "rollback",
      .reply = "*D1050* does that already" },
    { "a rollback cannot be paused", "returning", EVENT_REQUEST, "pause", .memory = TRIED,
      .reply = "REFUSED *D1050* is a rollback: there is nothing to `pause`." },
    { "nor stopped half-way", "returning", EVENT_REQUEST, "abort", .memory = TRIED,
      .reply = "REFUSED *D1050* cannot be stopped half-way: it returns all traffic in one call. To go forward again: "
               "`deploy api production v1.5.0`." },
    { "once it looks, nobody takes its place", "looking", EVENT_MESSAGE, MESSAGE_YIELD, .is_nothing = true },
    { "nor when it returns", "returning", EVENT_MESSAGE, MESSAGE_YIELD, .memory = TRIED, .is_nothing = true },
    { "a target that is granted twice is granted once", "verifying", EVENT_MESSAGE, MESSAGE_GRANTED,
      .is_nothing = true },

    { "the split is seen, and the comparison still awaited", "looking", EVENT_READING, "service", .body = ALL("api-50"),
      .memory = ASKED },
    { "another pair than the record named is compared anew", "looking", EVENT_READING, "service",
      .body = SERVICE(SHARE("api-50", 50) "," SHARE("api-x", 50), ""), .memory = COMPARED,
      .readings = { READING_REVISIONS } },
    { "with the comparison there it returns at once", "looking", EVENT_READING, "service", .body = ALL("api-50"),
      .memory = COMPARED, .moves_to = "returning", .effect = EFFECT_RETURN },
    { "the comparison comes last", "looking", EVENT_READING, "revisions", .body = REVISIONS, .memory = SEEN,
      .moves_to = "returning", .effect = EFFECT_RETURN },
    { "the comparison comes first", "looking", EVENT_READING, "revisions", .body = REVISIONS, .memory = ASKED },
    { "a comparison that does not come is not waited for", "looking", EVENT_READING, "revisions", END_GAVE_UP,
      .memory = SEEN, .moves_to = "returning", .effect = EFFECT_RETURN },
    { "nor one that is refused", "looking", EVENT_READING, "revisions", END_FAILED, .error = "403", .memory = SEEN,
      .moves_to = "returning", .effect = EFFECT_RETURN },
    { "nor one that makes no sense", "looking", EVENT_READING, "revisions", .body = "{'revisions':7}", .memory = SEEN,
      .moves_to = "returning", .effect = EFFECT_RETURN },
    { "a goal that is gone is passed over, and the next one compared", "looking", EVENT_READING, "revisions",
      .body = "{'revisions':[{'revision':'api-50'}]}", .memory = SEEN, .readings = { READING_REVISIONS } },
    { "so is one that is not ready", "looking", EVENT_READING, "revisions",
      .body = "{'revisions':[{'revision':'api-42','problem':'the image is *gone*'}]}", .memory = SEEN,
      .readings = { READING_REVISIONS } },
    { "a canary is left for the newest good version", "looking", EVENT_READING, "service", .record = TWO_AND_BAD,
      .body = SERVICE(SHARE("api-42", 95) "," SHARE("api-77", 5), SHARE("api-42", 100)),
      .readings = { READING_REVISIONS } },
    { "nothing good below what serves, and no annotation that helps: refused", "looking", EVENT_READING, "service",
      .record = ONE, .body = "{'wanted':[" SHARE("api-41", 100) "],'observed':[]}", .moves_to = "refused",
      .result = "refused",
      .summary = "No previous good version of api in production is known: name one: `rollback api production --to "
                 "VERSION`. Nothing was changed." },
    { "nothing recorded: the annotation names the revision", "looking", EVENT_READING, "service", .record = ONE,
      .body = ALL("api-41"), .readings = { READING_REVISIONS } },
    { "what serves is not what the card showed", "looking", EVENT_READING, "service", .body = ALL("api-42"),
      .memory = EXPECTING, .moves_to = "refused", .result = "refused",
      .summary =
          "The card has changed: api/production is at `v1.4.2` now, not at what `v1.5.0` names. Nothing was changed." },
    { "what serves is what the card showed", "looking", EVENT_READING, "service", .body = ALL("api-50"),
      .memory = EXPECTING },
    { "a rollout that got no traffic may still get some: the return is its fence", "looking", EVENT_READING, "service",
      .body = ALL("api-42"), .memory = ROLLOUT, .record = TWO_AND_BAD, .moves_to = "returning",
      .effect = EFFECT_RETURN },
    { "one fence is enough", "looking", EVENT_READING, "service", .body = ALL("api-42"), .memory = FENCED,
      .record = TWO_AND_BAD, .moves_to = "verifying", .readings = { READING_SERVICE } },
    { "a target in doubt gets its fence too", "looking", EVENT_READING, "service", .body = ALL("api-42"),
      .memory = TRIED, .record = DOUBT, .moves_to = "returning", .effect = EFFECT_RETURN },
    { "Cloud Run that is away is asked again", "looking", EVENT_READING, "service", END_GAVE_UP, .error = "no route",
      .polls = true },
    { "an answer without sense likewise", "looking", EVENT_READING, "service", .body = "{'wanted':3}", .polls = true },
    { "away for too long: the command to type", "looking", EVENT_READING, "service", END_GAVE_UP, .error = "no route",
      .memory = SILENT_LONG, .moves_to = "failed", .result = "failed",
      .summary = "Cloud Run did not tell how api-prod stands for 10 min: no route. Traffic was not touched. " BY_HAND },
    { "a refusal before anything was tried is final", "looking", EVENT_READING, "service", END_FAILED, .error = "*403*",
      .moves_to = "failed", .result = "failed",
      .summary = "Cloud Run did not tell how api-prod stands:  403 . Traffic was not touched. " BY_HAND },
    { "not so when a rollout was aborted: nobody else is on the way back", "looking", EVENT_READING, "service",
      END_FAILED, .error = "403", .memory = ROLLOUT, .polls = true },
    { "nor is a long silence", "looking", EVENT_READING, "service", END_GAVE_UP, .error = "no route",
      .memory = ROLLOUT_SILENT, .polls = true, .polls_after_ms = 30 * SECOND_MS },
    { "after a try it may pass", "looking", EVENT_READING, "service", END_FAILED, .error = "403", .memory = TRIED,
      .polls = true },
    { "however long it takes", "looking", EVENT_READING, "service", END_FAILED, .error = "403",
      .memory = TRIED_AND_SILENT, .polls = true, .polls_after_ms = 30 * SECOND_MS },
    { "also while it is verified", "verifying", EVENT_READING, "service", END_GAVE_UP, .memory = TRIED_AND_SILENT,
      .polls = true, .polls_after_ms = 30 * SECOND_MS },
    { "asked again after a second", "looking", EVENT_TIMER, "poll", .readings = { READING_SERVICE } },

    { "an increase that had landed after all: the new split is expected now", "looking", EVENT_READING, "service",
      .body = SERVICE(SHARE("api-42", 75) "," SHARE("api-50", 25), SHARE("api-42", 100)), .memory = TRIED,
      .moves_to = "returning", .effect = EFFECT_RETURN },
    { "a return that did arrive is recognised", "looking", EVENT_READING, "service", .body = ALL("api-42"),
      .memory = TRIED, .moves_to = "verifying", .readings = { READING_SERVICE } },
    { "somebody else's split without what was left stays", "looking", EVENT_READING, "service", .body = ALL("api-41"),
      .memory = TRIED, .moves_to = "failed", .result = "failed",
      .summary =
          "`v1.5.0` has no traffic any more, but somebody else sent it elsewhere than to `v1.4.2`: `api-41` 100 %. "
          "That was left alone. To go back from there: `rollback api production`.",
      .bad = "api-50", .leaves_doubt = true },
    { "after an outage it is returned again", "looking", EVENT_READING, "service", .body = ALL("api-50"),
      .memory = TRIED_AND_SILENT, .moves_to = "returning", .effect = EFFECT_RETURN },

    { "Cloud Run took it", "returning", EVENT_EFFECT, "return", .body = "{'changed':true}", .memory = TRIED,
      .moves_to = "verifying", .readings = { READING_SERVICE } },
    { "another split was found: it is looked at anew", "returning", EVENT_EFFECT, "return", END_FAILED,
      .error = "its traffic is other", .memory = TRIED, .moves_to = "looking", .polls = true },
    { "in doubt it is looked at", "returning", EVENT_EFFECT, "return", END_UNKNOWN, .memory = TRIED,
      .moves_to = "looking", .readings = { READING_SERVICE } },
    { "given up it is looked at", "returning", EVENT_EFFECT, "return", END_GAVE_UP, .error = "503", .memory = TRIED,
      .moves_to = "looking", .polls = true },
    { "an outage is no try", "returning", EVENT_EFFECT, "return", END_GAVE_UP, .error = "503", .memory = TRIED_OFTEN,
      .moves_to = "looking", .polls = true },
    { "cancelled it is looked at", "returning", EVENT_EFFECT, "return", END_CANCELLED, .memory = TRIED,
      .moves_to = "looking", .readings = { READING_SERVICE } },
    { "five tries are enough", "returning", EVENT_EFFECT, "return", END_FAILED, .error = "its traffic is other",
      .memory = TRIED_OFTEN, .moves_to = "failed", .result = "failed",
      .summary = "traffic is not on `v1.4.2`, in spite of 5 tries: its traffic is other. Traffic may be on either "
                 "revision. " BY_HAND,
      .leaves_doubt = true },
    { "a return that takes long is told of", "returning", EVENT_TIMER, "silence", .memory = TRIED },
    { "a late answer of the comparison changes nothing", "returning", EVENT_READING, "revisions", .body = REVISIONS,
      .memory = TRIED, .is_nothing = true },

    { "it serves: done", "verifying", EVENT_READING, "service", .body = ALL("api-42"), .memory = TRIED,
      .moves_to = "done", .result = "done", .summary = "`v1.4.2` serves all traffic of api/production again after 3 s",
      .good = "api-42", .bad = "api-50" },
    { "asked for, but not shown yet", "verifying", EVENT_READING, "service",
      .body = SERVICE(SHARE("api-42", 100), SHARE("api-50", 100)), .memory = TRIED, .polls = true },
    { "never shown", "verifying", EVENT_READING, "service", .body = SERVICE(SHARE("api-42", 100), SHARE("api-50", 100)),
      .memory = TRIED, .is_late = true, .moves_to = "failed", .result = "failed",
      .summary = "Cloud Run took the return to `v1.4.2`, but does not show it after 5 min. Traffic may be on either "
                 "revision. " BY_HAND,
      .leaves_doubt = true },
    { "changed by somebody before it was shown: looked at anew", "verifying", EVENT_READING, "service",
      .body = ALL("api-50"), .memory = TRIED, .moves_to = "looking", .readings = { READING_SERVICE } },
    { "away while it is verified: asked again", "verifying", EVENT_READING, "service", END_GAVE_UP, .error = "no route",
      .memory = TRIED, .polls = true },
    { "verified again after a second", "verifying", EVENT_TIMER, "poll", .memory = TRIED,
      .readings = { READING_SERVICE } },
    { "a fence is a return", "verifying", EVENT_READING, "service", .body = ALL("api-42"), .memory = FENCED,
      .moves_to = "done", .result = "done", .summary = "`v1.4.2` serves all traffic of api/production again after 3 s",
      .good = "api-42", .bad = "api-50" },
    { "nothing had to be returned", "verifying", EVENT_READING, "service", .body = ALL("api-42"), .memory = SEEN,
      .moves_to = "done", .result = "done",
      .summary = "`v1.4.2` serves all traffic of api/production: `v1.5.0` has none, so nothing had to be changed",
      .good = "api-42", .bad = "api-50" },
};

static struct rollback_body remembered(enum memory memory)
{
    static struct run_share before[] = { { "api-50", 100, NULL, NULL } };
    bool is_silent = memory == SILENT_LONG || memory == TRIED_AND_SILENT || memory == ROLLOUT_SILENT;
    bool is_rollout = memory == ROLLOUT || memory == ROLLOUT_SILENT || memory == FENCED;
    struct rollback_body body = {
        .service = "api",
        .environment = "production",
        .place = { "acme", "us-central1", "api-prod" },
        .aborts = is_rollout ? "D1044" : NULL,
        .aborts_traffic = is_rollout,
        .from = good[2],
        .to = good[1],
        .is_recorded = true,
        .previous = "api-41",
        .heard_at_ms = MINUTES_AGO(is_silent ? 10 : 1),
        .silence = is_silent ? "no route" : NULL,
        .returned_at_ms = memory == FENCED ? MINUTES_AGO(1) : 0,
        .state_deadline_at_ms = DECISION_NOW_MS + HOUR_MS,
    };

    if (memory != FRESH) {
        body.compared_from = "api-50";
        body.compared_to = "api-42";
    }
    body.is_certain =
        memory != FRESH && memory != ASKED && memory != COMPARED && memory != EXPECTING && memory != SILENT_LONG;
    body.is_compared = memory != FRESH && memory != ASKED && memory != SEEN && memory != EXPECTING;
    body.is_seen = memory == SEEN;
    body.was_tried = memory == TRIED || memory == TRIED_OFTEN || memory == FENCED || memory == TRIED_AND_SILENT;
    body.tries = memory == TRIED_OFTEN ? 4 : 0;
    body.expected = memory == EXPECTING ? "v1.5.0" : NULL;
    if (memory == SEEN || body.was_tried) {
        body.before = before;
        body.before_count = 1;
    }
    return body;
}

static struct operation an_operation(const char *state)
{
    return (struct operation){
        .id = "D1050",
        .outside_id = "birth-0000000000000050",
        .kind = "rollback",
        .state = state,
        .target = "api/production",
        .requester = { .system = "slack", .id = "U1", .team = "T1" },
        .created_at_ms = DECISION_NOW_MS - 3 * SECOND_MS,
    };
}

static void check_readings(const struct move_row *row, const struct outcome *out)
{
    size_t expected = row->readings[0] ? row->readings[1] ? 2 : 1 : 0;

    assert_int_equal(out->readings_count, expected);
    for (size_t i = 0; i < expected; i++) {
        bool found = false;

        for (size_t k = 0; k < expected; k++)
            found |= strcmp(out->readings[k].kind, row->readings[i]) == 0;
        if (!found)
            fail_msg("no reading %s", row->readings[i]);
    }
}

static void check_end(const struct move_row *row, const struct outcome *out)
{
    if (row->result)
        assert_string_equal(out->result, row->result);
    else if (out->result)
        fail_msg("it ended: %s", out->summary);
    if (row->summary && !strstr(out->summary, row->summary))
        assert_string_equal(out->summary, row->summary);
    assert_int_equal(out->good != NULL, row->good != NULL);
    assert_int_equal(out->bad != NULL, row->bad != NULL);
    if (row->good)
        assert_string_equal(out->good->revision, row->good);
    if (row->good)
        assert_true(out->is_return);
    if (row->bad)
        assert_string_equal(out->bad->revision, row->bad);
    assert_int_equal(out->leaves_doubt, row->leaves_doubt);
}

static void check_reply(const struct move_row *row, const struct outcome *out, struct arena *arena)
{
    const char *reply;

    assert_int_equal(out->reply != NULL, row->reply != NULL);
    if (!row->reply)
        return;
    reply = arena_printf(arena, "%s%s", out->reply->is_refusal ? "REFUSED " : "", out->reply->text);
    if (!strstr(reply, row->reply))
        assert_string_equal(reply, row->reply);
}

static void check_move(void **state)
{
    const struct move_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = an_operation(row->state);
    struct rollback_body body = remembered(row->memory);
    struct request request = decision_request(fixture, "abort D1050");
    struct event event = {
        .kind = row->kind, .name = row->event, .end = row->end, .error = row->error, .request = &request
    };
    struct outcome out;

    put_world(fixture, row->record ? row->record : THREE);
    event.body = row->body ? decision_json(fixture, row->body) : NULL;
    if (row->is_late)
        body.state_deadline_at_ms = DECISION_NOW_MS;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_rollback.on_event(&fixture->view, &operation, &body, &event, &out);

    check_end(row, &out);
    check_reply(row, &out, fixture->arena);
    check_readings(row, &out);
    if (row->moves_to)
        assert_string_equal(out.state, row->moves_to);
    else
        assert_null(out.state);
    assert_int_equal(out.effects_count, row->effect != NULL);
    if (row->effect)
        assert_string_equal(out.effects[0].kind, row->effect);
    if (row->polls) { /* behind what is cancelled */
        assert_true(out.timers_count > 0);
        assert_string_equal(out.timers[out.timers_count - 1].name, "poll");
        assert_int_equal(out.timers[out.timers_count - 1].at_ms,
                         DECISION_NOW_MS + (row->polls_after_ms ? row->polls_after_ms : SECOND_MS));
    }
    if (row->is_nothing)
        assert_true(!out.body && !out.state && out.timers_count + out.readings_count + out.effects_count == 0);
}

/* ---- what the moves carry ---- */

struct decided {
    struct outcome out;
    struct rollback_body body;
};

static struct decided decide(struct decision_fixture *fixture, const char *state, struct rollback_body body,
                             struct event event)
{
    struct operation operation = an_operation(state);
    struct decided decided;

    outcome_init(&decided.out, fixture->arena, operation.id, operation.outside_id);
    machine_rollback.on_event(&fixture->view, &operation, &body, &event, &decided.out);
    assert_non_null(decided.out.body);
    decided.body = *(const struct rollback_body *)decided.out.body;
    return decided;
}

static struct event answered(struct decision_fixture *fixture, const char *name, const char *body)
{
    return (struct event){ .kind = EVENT_READING, .name = name, .body = decision_json(fixture, body) };
}

static void the_return_expects_what_was_seen_and_takes_no_tags(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct decided decided;
    const cJSON *args;

    (void)state;
    put_world(fixture, THREE);
    decided = decide(fixture, "looking", remembered(COMPARED),
                     answered(fixture, "service", SERVICE(SHARE("api-42", 75) "," SHARE("api-50", 25), "")));
    assert_int_equal(decided.out.effects_count, 1);
    assert_string_equal(decided.out.effects[0].lane, "target:api/production");
    args = decided.out.effects[0].args;
    assert_int_equal(json_find_int(args, "expected.0.percent", 0), 75);
    assert_string_equal(json_find_string(args, "expected.1.revision"), "api-50");
    assert_string_equal(json_find_string(args, "wanted.0.revision"), "api-42");
    assert_int_equal(json_find_int(args, "wanted.0.percent", 0), 100);
    assert_null(json_find(args, "wanted.1"));
    assert_null(json_find(args, "remove_tags.0"));
    assert_string_equal(json_find_string(args, "version"), "v1.4.2");
    assert_string_equal(json_find_string(args, "previous"), "api-41"); /* never what is left: no ping-pong */
}

static void the_preflight_is_told_and_journalled(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct decided decided;

    (void)state;
    put_world(fixture, THREE);
    decided = decide(fixture, "looking", remembered(SEEN), answered(fixture, "revisions", REVISIONS));
    assert_string_equal(decided.body.preflight, "settings −A; scaling min 0→1; warm: yes (ready, min instances 1)");
    assert_int_equal(decided.out.journal_count, 1);
    assert_string_equal(decided.out.journal[0].kind, "rollback.preflight");
    assert_string_equal(json_find_string(decided.out.journal[0].body, "preflight"), decided.body.preflight);
    decided = decide(fixture, "looking", remembered(SEEN),
                     (struct event){ .kind = EVENT_READING, .name = "revisions", .end = END_GAVE_UP });
    assert_string_equal(decided.body.preflight, "not known (Cloud Run did not answer in time)");
}

static void who_aborted_it_is_no_part_of_the_core_journal(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct request request = decision_request(fixture, "abort D1050");
    struct decided decided;

    (void)state;
    put_world(fixture, THREE);
    decided = decide(fixture, "queued", remembered(FRESH),
                     (struct event){ .kind = EVENT_REQUEST, .name = "abort", .request = &request });
    assert_null(strstr(decided.out.summary, "U1"));
    assert_int_equal(decided.out.journal_count, 1);
    assert_null(json_find(decided.out.journal[0].body, "principal"));
    assert_string_equal(json_find_string(decided.out.journal[0].personal, "principal"), "U1");
}

static void giving_up_cuts_the_return_off(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct request request = decision_request(fixture, "abort D1050");
    struct decided decided;

    (void)state;
    put_world(fixture, THREE);
    decided = decide(fixture, "returning", remembered(TRIED_AND_SILENT),
                     (struct event){ .kind = EVENT_REQUEST, .name = "abort", .request = &request });
    assert_int_equal(decided.out.cancels_count, 1);
    assert_string_equal(decided.out.cancels[0], "return");
}

static void a_refusal_tells_what_it_had_stopped(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct rollback_body body = remembered(ROLLOUT);
    struct target_version unknown = { 0 };
    struct decided decided;

    (void)state;
    put_world(fixture, NOTHING);
    body.to = unknown;
    decided = decide(fixture, "looking", body,
                     answered(fixture, "service", "{'wanted':[" SHARE("api-50", 100) "],'observed':[]}"));
    assert_string_equal(decided.out.result, "refused");
    assert_non_null(
        strstr(decided.out.summary, "Nothing was changed. It had aborted D1044: traffic is as that left it."));
    assert_true(decided.out.leaves_doubt);
}

static void a_goal_that_is_gone_is_passed_over_aloud(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct decided decided;

    (void)state;
    put_world(fixture, THREE);
    decided = decide(fixture, "looking", remembered(SEEN),
                     answered(fixture, "revisions", "{'revisions':[{'revision':'api-50'}]}"));
    assert_string_equal(decided.body.to.revision, "api-41");
    assert_string_equal(decided.body.skips[0], "`v1.4.2` cannot serve: its revision `api-42` is gone");
    assert_string_equal(json_find_string(decided.out.readings[0].args, "revisions.1"), "api-41");
    decided = decide(fixture, "looking", decided.body,
                     answered(fixture, "revisions", "{'revisions':[{'revision':'api-41','is_ready':false}]}"));
    assert_string_equal(decided.out.result, "refused");
    assert_string_equal(decided.out.summary,
                        "`v1.4.2` cannot serve: its revision `api-42` is gone. `v1.4.1` cannot serve: its revision "
                        "`api-41` is not ready. No previous good version of api in production is known: name one: "
                        "`rollback api production --to VERSION`. Nothing was changed.");
}

static void a_revision_that_only_cloud_run_knows_gets_its_name(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct rollback_body body = remembered(FRESH);
    struct target_version unknown = { 0 };
    struct decided decided;

    (void)state;
    put_world(fixture, NOTHING);
    body.from = body.to = unknown;
    body.is_recorded = false;
    decided = decide(fixture, "looking", body, answered(fixture, "service", ALL("api-50")));
    assert_string_equal(decided.body.from.version, "v1.5.0");
    assert_string_equal(decided.body.to.revision, "api-prev");
    decided = decide(fixture, "looking", decided.body,
                     answered(fixture, "revisions",
                              "{'revisions':[{'revision':'api-prev','image':'y','version':'v1.4.9',"
                              "'is_ready':true}]}"));
    assert_string_equal(decided.out.state, "returning");
    assert_string_equal(decided.body.to.version, "v1.4.9");
    assert_string_equal(decided.body.version, "v1.4.9");
    assert_null(json_find(decided.out.effects[0].args, "previous")); /* nothing is known below it */
    decided = decide(fixture, "verifying", decided.body, answered(fixture, "service", ALL("api-prev")));
    assert_string_equal(decided.out.result, "done");
    assert_false(decided.out.is_return); /* it is no member of the stack yet */
    assert_string_equal(decided.out.good->image, "y");
}

static void what_was_just_returned_is_looked_at_soon_again(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct rollback_body body = remembered(TRIED);
    struct decided decided;

    (void)state;
    put_world(fixture, THREE);
    body.returned_at_ms = DECISION_NOW_MS - 1;
    decided = decide(fixture, "verifying", body,
                     answered(fixture, "service", SERVICE(SHARE("api-42", 100), SHARE("api-50", 100))));
    assert_int_equal(decided.out.timers[0].at_ms, DECISION_NOW_MS + 200);
}

static void an_old_picture_right_after_the_return_is_given_time(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct rollback_body body = remembered(TRIED);
    struct decided decided;

    (void)state;
    put_world(fixture, THREE);
    body.returned_at_ms = DECISION_NOW_MS - SECOND_MS;
    decided = decide(fixture, "verifying", body, answered(fixture, "service", ALL("api-50")));
    assert_null(decided.out.state);
    assert_int_equal(decided.body.tries, 0);
    decided = decide(fixture, "verifying", body, answered(fixture, "service", ALL("api-41"))); /* that is no old one */
    assert_string_equal(decided.out.state, "looking");
    body.returned_at_ms = DECISION_NOW_MS - 2 * SECOND_MS;
    decided = decide(fixture, "verifying", body, answered(fixture, "service", ALL("api-50")));
    assert_string_equal(decided.out.state, "looking");
    assert_int_equal(decided.body.tries, 1);
}

static void the_body_survives_the_store(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct rollback_body body = remembered(FENCED), again;
    struct error err;
    cJSON *json;

    (void)state;
    body.skips = body.skipped = (const char *[]){ "api-41" };
    body.skips_count = body.skipped_count = 1;
    json = shape_to_json(&rollback_body_shape, &body, SHAPE_WHOLE);
    assert_true(shape_from_json(&rollback_body_shape, json, fixture->arena, &again, &err));
    assert_string_equal(again.to.revision, "api-42");
    assert_string_equal(again.skips[0], "api-41");
    assert_int_equal(again.heard_at_ms, body.heard_at_ms);
    assert_true(again.aborts_traffic && again.was_tried && again.is_certain && again.is_compared && again.is_recorded &&
                !again.is_seen);
    assert_int_equal(again.before_count, 1);
    cJSON_Delete(json);
}

/* ---- its card ---- */

static const struct card_row {
    const char *name, *state;
    enum memory memory;
    const char *result, *summary, *silence;
    bool is_stuck;
    enum card_tone tone;
    const char *status;
    enum step_mark marks[4];
    const char *action;
} card_rows[] = {
    { "waiting", "queued", FRESH, .tone = CARD_WAITING, .status = "D1050: taking the target", .marks = { STEP_NOW } },
    { "returning", "returning", TRIED, .tone = CARD_RUNNING, .status = "D1050: returning all traffic",
      .marks = { STEP_OK, STEP_OK, STEP_NOW, STEP_NEXT } },
    { "Cloud Run is silent", "looking", SILENT_LONG, .silence = "no `route`", .tone = CARD_RUNNING,
      .status =
          "D1050: looking at what serves; Cloud Run has not answered since 2026-11-20T21:50:00.000Z (no 'route'), so it is "
          "tried again and again",
      .marks = { STEP_OK, STEP_NOW }, .action = "abort D1050" },
    { "done", "done", TRIED, .result = "done", .summary = "it serves", .tone = CARD_GOOD, .status = "D1050: it serves",
      .marks = { STEP_OK, STEP_OK, STEP_OK, STEP_OK } },
    { "failed", "failed", TRIED, .result = "failed", .summary = "no", .tone = CARD_BAD, .status = "D1050: no",
      .marks = { STEP_OK, STEP_OK, STEP_BAD, STEP_NEXT } },
    { "stuck", "returning", TRIED, .is_stuck = true, .tone = CARD_BAD,
      .status = "D1050 is stuck: its own event crashed opsgate; its target was given back. Look where the traffic of "
                "api/production goes: `opsgate ops show D1050`",
      .marks = { STEP_OK, STEP_OK, STEP_BAD, STEP_NEXT } },
};

static void check_card(void **state)
{
    const struct card_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = an_operation(row->state);
    struct rollback_body body = remembered(row->memory);
    struct card card = { .operation = operation.id };

    operation.result = row->result;
    operation.summary = row->summary;
    operation.is_stuck = row->is_stuck;
    body.silence = row->silence;
    body.failed_in = row->result && strcmp(row->result, "failed") == 0 ? "returning" : NULL;
    body.preflight = "the same";
    body.reason = "it burns";
    machine_rollback.card(&fixture->view, &operation, &body, &card);
    assert_string_equal(card.title, "Roll back api production to v1.4.2");
    assert_string_equal(card.status, row->status);
    assert_int_equal(card.tone, row->tone);
    assert_int_equal(card.steps_count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(card.steps[i].mark, row->marks[i]);
    assert_string_equal(card.fields[0].value, "`v1.5.0`");
    assert_string_equal(card.fields[1].value, "`v1.4.2`");
    assert_string_equal(card.fields[3].value, "the same");
    assert_string_equal(card.fields[4].value, "it burns");
    assert_int_equal(card.actions_count, row->action != NULL);
    if (row->action)
        assert_string_equal(card.actions[0].command, row->action);
}

static void a_card_without_a_goal_has_a_title(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = an_operation("queued");
    struct rollback_body body = { .service = "api", .environment = "production" };
    struct card card = { .operation = operation.id };

    (void)state;
    machine_rollback.card(&fixture->view, &operation, &body, &card);
    assert_string_equal(card.title, "Roll back api production");
    assert_int_equal(card.fields_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_way_back_is_the_safe_direction),
        cmocka_unit_test(another_version_is_asked_as_a_deploy),
        cmocka_unit_test(another_version_begins_a_deploy),
        cmocka_unit_test(a_version_like_an_option_is_still_no_option),
        cmocka_unit_test(what_cannot_be_carried_out_is_said),
        cmocka_unit_test(several_regions_go_back_at_once),
        cmocka_unit_test(the_return_expects_what_was_seen_and_takes_no_tags),
        cmocka_unit_test(the_preflight_is_told_and_journalled),
        cmocka_unit_test(who_aborted_it_is_no_part_of_the_core_journal),
        cmocka_unit_test(giving_up_cuts_the_return_off),
        cmocka_unit_test(a_refusal_tells_what_it_had_stopped),
        cmocka_unit_test(a_goal_that_is_gone_is_passed_over_aloud),
        cmocka_unit_test(a_revision_that_only_cloud_run_knows_gets_its_name),
        cmocka_unit_test(what_was_just_returned_is_looked_at_soon_again),
        cmocka_unit_test(an_old_picture_right_after_the_return_is_given_time),
        cmocka_unit_test(the_body_survives_the_store),
        cmocka_unit_test(a_card_without_a_goal_has_a_title),
    };

    return ROWS(begin_rows, check_begin) + ROWS(move_rows, check_move) + ROWS(card_rows, check_card) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
