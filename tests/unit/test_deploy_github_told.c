/* What GitHub is told of a rollout: a deployment once it has its target, each step once, and how it ends; of whatever
 * has no repository, no commit or no target yet nothing at all. */
#include "tests/unit/deploy_fixture.h"

#include "handlers/deploy/deploying.h"
#include "handlers/deploy/github_told.h"

#include "bot/model/deployment.h"

#define SHA "70e4b6c9d315f8a2701c4be59d3260f8a1c7e4b6"
#define OLD_SHA "1111111111111111111111111111111111111111"

#define CONFIGURATION_WITH(github, more)                                                                                      \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1, channels: { deployments: \"#deployments\" } }\n" github \
        more "services:\n"                                                                                                    \
    "  - name: api\n"                                                                                                         \
    "    repository: Acme/platform\n"                                                                                         \
    "    artifact: { image: \"us-docker.pkg.dev/acme/images/api:{version}\" }\n"                                              \
    "    environments:\n"                                                                                                     \
    "      - { name: staging, url: \"https://staging.acme.example\", strategy: all-at-once,\n"                                \
    "          driver: { cloud_run: { project: acme, region: us-central1, service: api-service } } }\n"                       \
    "policy: { rules: [ { allow: \"*\", to: everyone } ] }\n"
#define CONFIGURATION                                                                                                  \
    CONFIGURATION_WITH("github: { token: ghp_1 }\n", "links: { operation: \"https://ops.example/{operation}/log\" }\n")
#define HEARD_ALONE CONFIGURATION_WITH("github: { webhook_secrets: [secret] }\n", "")
#define WITHOUT_GITHUB CONFIGURATION_WITH("", "")
enum {
    NO_GITHUB = 1, /* is configured */
    NO_SOURCE = 2, /* the service has no repository */
    NO_COMMIT = 4,
    TOLD = 8, /* of a new revision */
    TOLD_AT_5 = 16,
    NUMBERED = 32, /* GitHub's number is known */
    BY_PROGRAM = 64,
    BY_WORKFLOW = 128,
    BACK = 256, /* a way back */
    RUNS = 512, /* the workflow's page is known */
    TAKEN_BACK = 1024,
    PREVIOUS_TOLD = 2048,
    NO_TOKEN = 4096,
    TRIGGERED = 8192,   /* by a deployment that somebody made on GitHub */
    STRANGE_ID = 16384, /* which is no number */
    SHARED = 32768,     /* with others */
};

#define GRANTED EVENT_MESSAGE, MESSAGE_GRANTED, END_DONE, NULL
#define SERVICE(answer) EVENT_READING, "service", END_DONE, answer
#define MADE EVENT_EFFECT, "deployment", END_DONE, "{'deployment':31337}"
#define AT_5_WORDS "D1042: api v1.4.2 is at 5 %"

#define MAKE(task) "make " task " staging " SHA " as D1042"
#define TELLS(state) state " of birth-00000000000000d7: D1042: api v1.4.2 "
#define TELLS_IT(state) state " of 31337: D1042: api v1.4.2 "

static const struct row {
    const char *name;
    unsigned is;
    const char *state;
    int64_t step, percent;
    unsigned how; /* deploy_fixture.h */
    enum event_kind kind;
    const char *event;
    enum event_end end;
    const char *body;
    const char *told; /* all of it, but what follows a ": " at its end; "": nothing */
} rows[] = {
    { "it has its target", 0, "queued", 0, 0, 0, GRANTED, MAKE("deploy") },
    { "a program is told of, too", BY_PROGRAM, "queued", 0, 0, AT_ONCE, GRANTED, MAKE("deploy") },
    { "and a workflow", BY_WORKFLOW, "queued", 0, 0, AT_ONCE, GRANTED, MAKE("deploy") },
    { "a way back is a deployment of its own", BY_PROGRAM | BACK, "queued", 0, 0, AT_ONCE, GRANTED,
      "make rollback staging " OLD_SHA " as D1042" },
    { "a deployment that somebody made, and that began it, is told of in place of one of ours", TRIGGERED, "queued", 0,
      0, 0, GRANTED, "in_progress of 777: D1042: api v1.4.2 gets a new revision, no traffic yet" },
    { "also without a commit", TRIGGERED | NO_COMMIT, "queued", 0, 0, 0, GRANTED,
      "in_progress of 777: D1042: api v1.4.2 gets a new revision, no traffic yet" },
    { "one whose id is no number is none", TRIGGERED | STRANGE_ID, "queued", 0, 0, 0, GRANTED, MAKE("deploy") },
    { "of one that it shares with others it tells nothing alone", TRIGGERED | SHARED, "queued", 0, 0, 0, GRANTED, "" },
    { "nor at a step", TOLD | TRIGGERED | SHARED, "verifying", 0, 0, JUDGED, SERVICE(SERVES(AT_5)), "" },
    { "nor when it is good", TOLD | TRIGGERED | SHARED, "verifying", 0, 0, AT_ONCE, SERVICE(SERVES(ALL_OURS)), "" },
    { "but that what served before is active no more", TOLD | TRIGGERED | SHARED | PREVIOUS_TOLD, "verifying", 0, 0,
      AT_ONCE, SERVICE(SERVES(ALL_OURS)), "inactive of 31001: D1000: replaced by D1042" },
    { "without GitHub nobody is told", NO_GITHUB, "queued", 0, 0, 0, GRANTED, "" },
    { "nor where its webhooks are heard, and no more", NO_TOKEN, "queued", 0, 0, 0, GRANTED, "" },
    { "nor without a repository", NO_SOURCE, "queued", 0, 0, 0, GRANTED, "" },
    { "nor without a commit", NO_COMMIT, "queued", 0, 0, 0, GRANTED, "" },
    { "nor of what has no target yet", 0, "queued", 0, 0, 0, EVENT_TIMER, "line", END_DONE, NULL, "" },

    { "it was made: its number is known now", TOLD, "creating", 0, 0, JUDGED, MADE,
      TELLS_IT("in_progress") "gets a new revision, no traffic yet" },
    { "a program runs on meanwhile", TOLD | BY_PROGRAM, "executing", 0, 0, AT_ONCE, MADE,
      TELLS_IT("in_progress") "is brought by a program" },
    { "a workflow, too", TOLD | BY_WORKFLOW, "running", 0, 0, AT_ONCE, MADE,
      TELLS_IT("in_progress") "is brought by a workflow" },
    { "in whatever state it is then", TOLD, "baking", 0, 5, JUDGED, MADE, TELLS_IT("in_progress") "is at 5 %" },
    { "what it was told already it is not told again", TOLD | TOLD_AT_5, "baking", 0, 5, JUDGED, MADE, "" },
    { "before its number is known nothing is looked for", TOLD, "verifying", 0, 0, JUDGED, SERVICE(SERVES(AT_5)), "" },
    { "a step that was made", TOLD | NUMBERED, "verifying", 0, 0, JUDGED, SERVICE(SERVES(AT_5)),
      TELLS_IT("in_progress") "is at 5 %" },
    { "not one that is on its way", TOLD | NUMBERED, "shifting", 0, 0, JUDGED, EVENT_EFFECT, "traffic", END_DONE, NULL,
      "" },
    { "a look at it tells nothing new", TOLD | TOLD_AT_5 | NUMBERED, "baking", 0, 5, JUDGED, SERVICE(SERVES(AT_5)),
      "" },
    { "nor do its numbers", TOLD | TOLD_AT_5 | NUMBERED, "baking", 0, 5, JUDGED, EVENT_READING, "measure", END_DONE,
      WELL, "" },
    { "nor that it is held", TOLD | TOLD_AT_5 | NUMBERED, "shifting", 1, 5, JUDGED, EVENT_EFFECT, "traffic",
      END_CANCELLED, NULL, "" },
    { "the watch", TOLD | TOLD_AT_5 | NUMBERED, "verifying", 2, 25, JUDGED, SERVICE(SERVES(ALL_OURS)),
      TELLS_IT("in_progress") "has all traffic, watched for 16 min" },
    { "of a rollout that an older opsgate began nobody was told", 0, "verifying", 0, 0, JUDGED, SERVICE(SERVES(AT_5)),
      "" },
    { "the page of a run is worth one more", TOLD | NUMBERED | BY_WORKFLOW, "running", 0, 0, AT_ONCE, EVENT_READING,
      "run", END_DONE, "{'run':7,'status':'in_progress','url':'https://github.com/acme/platform/actions/runs/7'}",
      TELLS_IT("in_progress") "is brought by a workflow, which runs" },

    { "it is good", TOLD, "verifying", 0, 0, AT_ONCE, SERVICE(SERVES(ALL_OURS)), TELLS("success") "serves" },
    { "what served before is active no more", TOLD | PREVIOUS_TOLD, "verifying", 0, 0, AT_ONCE,
      SERVICE(SERVES(ALL_OURS)), TELLS("success") "serves; inactive of 31001: D1000: replaced by D1042" },
    { "a way back ends with a failure of what it left", TOLD | BY_WORKFLOW | BACK | PREVIOUS_TOLD, "running", 0, 0,
      AT_ONCE, EVENT_READING, "run", END_DONE, "{'run':7,'status':'completed','conclusion':'success'}",
      TELLS("success") "serves; failure of 31001: D1000: rolled back by D1042" },
    { "it was taken back", TOLD | TAKEN_BACK, "reverifying", 0, 5, JUDGED, SERVICE(SERVES(ALL_OLD)),
      TELLS("failure") "was taken back: too many failed" },
    { "by a person", TOLD | TAKEN_BACK, "reverifying", 0, 5, JUDGED | ABORTED, SERVICE(SERVES(ALL_OLD)),
      TELLS("failure") "was taken back: too many failed" },
    { "it failed before any traffic", TOLD, "creating", 0, 0, 0, EVENT_EFFECT, "revision", END_FAILED, NULL,
      TELLS("failure") "failed: revision `" OURS "` could not be made: " },
    { "somebody else's traffic: nobody knows what serves", TOLD | TOLD_AT_5, "baking", 0, 5, JUDGED,
      SERVICE(SERVES(FOREIGN)), TELLS("error") "ended, and what serves now is not known" },
    { "a run that failed: likewise", TOLD | BY_WORKFLOW, "running", 0, 0, AT_ONCE, EVENT_READING, "run", END_DONE,
      "{'run':7,'status':'completed','conclusion':'failure'}",
      TELLS("error") "ended, and what serves now is not known" },
    { "who ends before it has its target tells nothing", 0, "queued", 0, 0, 0, EVENT_MESSAGE, MESSAGE_YIELD, END_DONE,
      "{'by':'D1050'}", "" },

};

static void give_previous(struct decision_fixture *fixture, unsigned is)
{
    struct target_version *good = arena_alloc(fixture->arena, 2 * sizeof(*good));
    struct operation *ended = arena_alloc(fixture->arena, 2 * sizeof(*ended));
    struct target *target = ARENA_NEW(fixture->arena, struct target);
    const char *told = "{'commit':{'sha':'" SHA "'},'github':{'of':{'repository':'Acme/platform','sha':'" SHA
                       "','environment':'staging','task':'deploy','operation':'birth-0001','deployment':31001}}}";

    good[0] = (struct target_version){ .version = "v1.4.0", .image = "", .revision = "D0990", .operation = "D990" };
    good[1] = (struct target_version){ .version = "v1.4.1", .image = "", .revision = "D1000", .operation = "D1000" };
    ended[0] = (struct operation){ .id = "D1000",
                                   .outside_id = "birth-0001",
                                   .kind = "deploy",
                                   .target = "api/staging",
                                   .state = "done",
                                   .result = "done",
                                   .body = decision_json(fixture, is & PREVIOUS_TOLD ? told : "{}") };
    ended[1] = (struct operation){ .id = "D990",
                                   .outside_id = "birth-0000",
                                   .kind = "deploy",
                                   .target = "api/staging",
                                   .state = "done",
                                   .result = "done",
                                   .body = decision_json(fixture, "{'commit':{'sha':'" OLD_SHA "'}}") };
    *target = (struct target){ .name = "api/staging", .good = good, .good_count = 2 };
    fixture->ended = ended;
    fixture->ended_count = 2;
    fixture->targets = target;
    fixture->targets_count = 1;
}

static const struct deployment_told *told_so_far(struct decision_fixture *fixture, unsigned is)
{
    struct deployment_told *told = ARENA_NEW(fixture->arena, struct deployment_told);

    *told = (struct deployment_told){ .of = { .repository = "Acme/platform",
                                              .sha = SHA,
                                              .environment = "staging",
                                              .task = DEPLOYMENT_TASK,
                                              .operation = "birth-00000000000000d7",
                                              .deployment = is & NUMBERED ? 31337 : 0 },
                                      .words = is & TOLD_AT_5 ? AT_5_WORDS : "D1042: so far",
                                      .is_shared = is & SHARED };
    return is & TOLD ? told : NULL;
}

static struct deploy_body *body_of(struct decision_fixture *fixture, const struct row *row)
{
    static struct source_commit commit = { .sha = SHA };
    static const char *argv[] = { "deploy.sh" };
    static struct deploy_program program = { .argv = argv, .argv_count = 1, .timeout_ms = MINUTE_MS };
    static struct deploy_workflow workflow = { .repository = "Acme/platform",
                                               .workflow = "deploy.yml",
                                               .ref = "main",
                                               .effect = "birth-e",
                                               .run = 7,
                                               .timeout_ms = MINUTE_MS };
    static const struct deploy_trigger trigger = { .what = "a deployment", .subject = "s", .deployment = "777" },
                                       shared = { .what = "a deployment",
                                                  .subject = "s",
                                                  .deployment = "777",
                                                  .is_shared = true },
                                       strange = { .what = "a deployment", .subject = "s", .deployment = "../7" };
    struct deploy_body *body = deploy_body_made(fixture, row->step, row->percent, row->how);

    body->source = row->is & NO_SOURCE ? NULL : "Acme/platform";
    body->commit = row->is & (NO_COMMIT | BACK) ? NULL : &commit;
    body->program = row->is & BY_PROGRAM ? &program : NULL;
    body->workflow = row->is & BY_WORKFLOW ? &workflow : NULL;
    body->is_way_back = row->is & BACK;
    if (row->is & BACK)
        body->revision = "D0990";
    body->trigger = row->is & STRANGE_ID  ? &strange
                    : row->is & SHARED    ? &shared
                    : row->is & TRIGGERED ? &trigger
                                          : NULL;
    body->returning = row->is & TAKEN_BACK ? "too many failed" : NULL;
    body->github = told_so_far(fixture, row->is);
    return body;
}

/* "make deploy staging SHA as D1042; in_progress of 31337: words". */
static const char *told_text(const struct outcome *out, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < out->effects_count; i++) {
        const cJSON *args = out->effects[i].args;
        const char *kind = out->effects[i].kind, *comma = text[0] ? "; " : "";
        int64_t number = json_find_int(args, "of.deployment", 0);
        const char *of =
            number ? arena_printf(arena, "%lld", (long long)number) : json_find_string(args, "of.operation");

        if (strncmp(kind, "github.deployment", 17) == 0)
            assert_string_equal(out->effects[i].lane, "github:write:acme/platform");
        if (strcmp(kind, EFFECT_DEPLOYMENT) == 0)
            text = arena_printf(arena, "%s%smake %s %s %s as %s", text, comma, json_find_string(args, "of.task"),
                                json_find_string(args, "of.environment"), json_find_string(args, "of.sha"),
                                json_find_string(args, "name"));
        else if (strcmp(kind, EFFECT_DEPLOYMENT_STATUS) == 0)
            text = arena_printf(arena, "%s%s%s of %s: %s", text, comma, json_find_string(args, "state"), of,
                                json_find_string(args, "description"));
    }
    return text;
}

static void play(struct decision_fixture *fixture, const struct row *row, struct outcome *out)
{
    struct operation operation = deploy_operation_in(row->state);
    struct event event = { .kind = row->kind, .name = row->event, .end = row->end, .error = "403" };

    event.body = row->body ? decision_json(fixture, row->body) : NULL;
    give_previous(fixture, row->is);
    outcome_init(out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body_of(fixture, row), &event, out);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(row->is & NO_GITHUB  ? WITHOUT_GITHUB
                                                                     : row->is & NO_TOKEN ? HEARD_ALONE
                                                                                          : CONFIGURATION);
    struct outcome out;
    const char *told;

    play(fixture, row, &out);
    told = told_text(&out, fixture->arena);
    if (!str_ends_with(str_of(row->told), ": ") || strncmp(told, row->told, strlen(row->told)) != 0)
        assert_string_equal(told, row->told);
}

/* ---- what it remembers ---- */

static const struct deploy_body *remembered(const struct outcome *out)
{
    assert_non_null(out->body);
    return out->body;
}

static void a_status_is_told_once(void **state)
{
    static const struct row step = { "", TOLD | NUMBERED, "verifying", 0, 0, JUDGED, SERVICE(SERVES(AT_5)), "" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct outcome out;

    (void)state;
    play(fixture, &step, &out);
    assert_string_equal(remembered(&out)->github->words, AT_5_WORDS);
}

/* When it is replaced or rolled back that very deployment is told so. */
static void one_that_it_shares_with_others_is_remembered(void **state)
{
    static const struct row granted = { "", TRIGGERED | SHARED, "queued", 0, 0, 0, GRANTED, "" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct outcome out;

    (void)state;
    play(fixture, &granted, &out);
    assert_int_equal(remembered(&out)->github->of.deployment, 777);
    assert_true(remembered(&out)->github->is_shared);
    assert_null(out.if_stuck);
}

static void a_deployment_that_cannot_be_made_is_told_of_no_more(void **state)
{
    static const struct row made = { "", TOLD | TOLD_AT_5, "baking", 0, 5, JUDGED, MADE, "" };
    static const struct row refused = { "",           TOLD | TOLD_AT_5, "baking",   0,    5, JUDGED,
                                        EVENT_EFFECT, "deployment",     END_FAILED, NULL, "" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct outcome out;

    (void)state;
    play(fixture, &made, &out);
    assert_int_equal(remembered(&out)->github->of.deployment, 31337);
    assert_string_equal(told_text(&out, fixture->arena), "");
    play(fixture, &refused, &out);
    assert_null(remembered(&out)->github);
}

/* It says so once GitHub's number of it is known: the engine keeps it for the day when nobody can be asked. */
static void what_is_told_when_it_is_stuck_is_named_in_time(void **state)
{
    static const struct row made = { "", TOLD, "creating", 0, 0, JUDGED, MADE, "" };
    static const struct row granted = { "", 0, "queued", 0, 0, 0, GRANTED, "" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct outcome out;

    (void)state;
    play(fixture, &granted, &out);
    assert_null(out.if_stuck); /* it cannot be found yet */
    play(fixture, &made, &out);
    assert_non_null(out.if_stuck);
    assert_string_equal(out.if_stuck->kind, EFFECT_DEPLOYMENT_STATUS);
    assert_string_equal(json_find_string(out.if_stuck->args, "state"), "error");
    assert_int_equal(json_find_int(out.if_stuck->args, "of.deployment", 0), 31337);
    assert_non_null(strstr(json_find_string(out.if_stuck->args, "description"), "D1042: api v1.4.2 is stuck"));
}

static void it_leads_to_its_log_and_to_what_runs(void **state)
{
    static const struct row step = { "", TOLD | NUMBERED, "verifying", 0, 0, JUDGED, SERVICE(SERVES(AT_5)), "" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    const cJSON *args = NULL;
    struct outcome out;

    (void)state;
    play(fixture, &step, &out);
    for (size_t i = 0; i < out.effects_count; i++)
        if (strcmp(out.effects[i].kind, EFFECT_DEPLOYMENT_STATUS) == 0)
            args = out.effects[i].args;
    assert_non_null(args);
    assert_string_equal(json_find_string(args, "log_url"), "https://ops.example/D1042/log");
    assert_string_equal(json_find_string(args, "environment_url"), "https://staging.acme.example");
    assert_int_equal(json_find_int(args, "asked_at_ms", 0), DECISION_NOW_MS);
}

/* ---- a rollback on Cloud Run ---- */

static void a_rollback_is_a_deployment_of_its_own(void **state)
{
    static const struct target_version to = {
        .version = "v1.4.0", .image = "", .revision = "D0990", .operation = "D990"
    };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct operation operation = deploy_operation_in("verifying");
    const struct deployment_told *told;
    struct outcome out;

    (void)state;
    give_previous(fixture, PREVIOUS_TOLD);
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    told = github_told_returned(&fixture->view, &operation, "api", "staging", &to, "D1000", &out);
    assert_string_equal(told_text(&out, fixture->arena),
                        "make rollback staging " OLD_SHA
                        " as D1042; success of birth-00000000000000d7: D1042: api v1.4.0 "
                        "serves again; failure of 31001: D1000: rolled back by D1042");
    assert_non_null(told);
    assert_string_equal(told->of.task, "rollback");
}

static void a_rollback_to_what_nobody_knows_tells_what_it_left(void **state)
{
    static const struct target_version to = {
        .version = "api-old", .image = "", .revision = "api-old", .operation = "D7"
    };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct operation operation = deploy_operation_in("verifying");
    struct outcome out;

    (void)state;
    give_previous(fixture, PREVIOUS_TOLD);
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    assert_null(github_told_returned(&fixture->view, &operation, "api", "staging", &to, "D1000", &out));
    assert_string_equal(told_text(&out, fixture->arena), "failure of 31001: D1000: rolled back by D1042");
}

/* It has failed: that something is active there no more would say less. */
static void what_a_rollback_left_is_not_made_inactive_later(void **state)
{
    static const struct row good = { "", TOLD, "verifying", 0, 0, AT_ONCE, SERVICE(SERVES(ALL_OURS)), "" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct operation ended[2] = { { .id = "D1001",
                                    .kind = "rollback",
                                    .target = "api/staging",
                                    .result = "done",
                                    .body = decision_json(fixture, "{'from':{'operation':'D1000'}}") } };
    struct operation operation = deploy_operation_in("verifying");
    struct event event = { .kind = good.kind, .name = good.event, .body = decision_json(fixture, good.body) };
    struct outcome out;

    (void)state;
    give_previous(fixture, PREVIOUS_TOLD);
    ended[1] = fixture->ended[0];
    fixture->ended = ended;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body_of(fixture, &good), &event, &out);
    assert_string_equal(told_text(&out, fixture->arena), "success of birth-00000000000000d7: D1042: api v1.4.2 serves");
    ended[0].body = decision_json(fixture, "{'from':{'operation':'D998'}}");
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body_of(fixture, &good), &event, &out);
    assert_non_null(strstr(told_text(&out, fixture->arena), "inactive of 31001"));
}

/* Its card is still to be shown, so it is not among the ended ones yet; GitHub calls it active all the same. */
static void what_is_over_and_still_to_be_shown_is_made_inactive(void **state)
{
    static const struct row good = { "", TOLD, "verifying", 0, 0, AT_ONCE, SERVICE(SERVES(ALL_OURS)), "" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct operation operation = deploy_operation_in("verifying"), ended, live[2];
    struct event event = { .kind = good.kind, .name = good.event, .body = decision_json(fixture, good.body) };
    struct outcome out;

    (void)state;
    give_previous(fixture, PREVIOUS_TOLD);
    live[0] = operation;
    live[1] = fixture->ended[0];
    live[1].ended_at_ms = DECISION_NOW_MS - SECOND_MS;
    ended = fixture->ended[1];
    ended.ended_at_ms = DECISION_NOW_MS - MINUTE_MS;
    ended.body = decision_json(fixture, "{'github':{'of':{'repository':'Acme/platform','sha':'" OLD_SHA
                                        "','environment':'staging','task':'deploy','operation':'birth-0000','deployment':30990}}}");
    fixture->ended = &ended;
    fixture->ended_count = 1;
    fixture->operations = live;
    fixture->operations_count = ARRAY_LEN(live);
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body_of(fixture, &good), &event, &out);
    assert_non_null(strstr(told_text(&out, fixture->arena), "inactive of 31001"));
    assert_null(strstr(told_text(&out, fixture->arena), "inactive of 30990"));
    live[1].ended_at_ms = ended.ended_at_ms - MINUTE_MS; /* it has waited for longer than the other one ran */
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body_of(fixture, &good), &event, &out);
    assert_non_null(strstr(told_text(&out, fixture->arena), "inactive of 30990"));
}

int main(void)
{
    const struct CMUnitTest more[] = {
        cmocka_unit_test(a_status_is_told_once),
        cmocka_unit_test(one_that_it_shares_with_others_is_remembered),
        cmocka_unit_test(a_deployment_that_cannot_be_made_is_told_of_no_more),
        cmocka_unit_test(what_is_told_when_it_is_stuck_is_named_in_time),
        cmocka_unit_test(it_leads_to_its_log_and_to_what_runs),
        cmocka_unit_test(a_rollback_is_a_deployment_of_its_own),
        cmocka_unit_test(a_rollback_to_what_nobody_knows_tells_what_it_left),
        cmocka_unit_test(what_a_rollback_left_is_not_made_inactive_later),
        cmocka_unit_test(what_is_over_and_still_to_be_shown_is_made_inactive),
    };
    struct CMUnitTest tests[ARRAY_LEN(rows)];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[i] = (struct CMUnitTest){ .name = rows[i].name,
                                        .test_func = check_row,
                                        .initial_state = (void *)(uintptr_t)&rows[i] };
    return cmocka_run_group_tests(tests, NULL, NULL) + cmocka_run_group_tests(more, NULL, NULL);
}
