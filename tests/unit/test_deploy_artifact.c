/* Pinning, waiting for an image, and the run of a workflow: what one event makes of a deploy, in one line. */
#include "tests/unit/decision_fixture.h"

#include "bot/base/time.h"
#include "bot/model/exchange.h"
#include "bot/model/workflow.h"
#include "handlers/control.h"
#include "handlers/deploy/body.h"
#include "handlers/deploy/deploy.h"

#define REPOSITORY "us-docker.pkg.dev/acme/images/api"
#define IMAGE REPOSITORY "@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define SHA "8c1f2e6b94d7a03f5e1c8b62d09a47f3e5b1c0d7"
#define COMMIT "{'sha':'" SHA "','message':'Begin'}"
#define MISSING "{'missing':true}"
#define FREEZE "    - { deny: deploy, on: { environment: staging }, reason: a freeze }\n"
#define RUNS "{'run':7,'status':'in_progress','url':'https://g/7','step':'deploy: Out'}"
#define ENDED(how) "{'run':7,'status':'completed','conclusion':'" how "','url':'https://g/7','step':'deploy: Out'}"

enum {
    WAITS = 1,   /* for its image */
    FLOW = 2,    /* a workflow */
    LATE = 4,    /* over its deadline */
    CANCELS = 8, /* because it was aborted */
    NO_IMAGE = 16,
    WANTS_SHA = 32,
    KEEPS = 64,  /* settings alone */
    KNOWN = 128, /* the dispatch's id */
    BUILT = 256, /* of a commit, which is known */
};

static const struct row {
    const char *name, *state, *wanted, *version;
    unsigned is;
    enum event_kind kind;
    const char *event;
    enum event_end end;
    const char *body;
    const char *line; /* "STATE: what is wanted" or "RESULT: summary", its beginning */
} rows[] = {
    { "a release is its tag", "pinning", "release:latest", "release:latest", 0, EVENT_READING, "release", END_DONE,
      "{'tag':'v1.5.0'}", "-: github.commit tags/v1.5.0" },
    { "a release that no image can be called", "pinning", "release:latest", "release:latest", 0, EVENT_READING,
      "release", END_DONE, "{'tag':'v1/5'}", "failed: release `v1/5` has the tag of no image" },
    { "a release that is not there", "pinning", "release:latest", "release:latest", 0, EVENT_READING, "release",
      END_FAILED, NULL,
      "failed: `release:latest` could not be pinned: why. Nothing was changed. Mend that, then ask again: `deploy api "
      "staging release:latest`." },
    { "a release without a tag", "pinning", "release:latest", "release:latest", 0, EVENT_READING, "release", END_DONE,
      "{}", "failed:" },
    { "a branch is the image that was built of it", "pinning", "branch:main", "branch:main", 0, EVENT_READING, "commit",
      END_DONE, COMMIT, "-: registry.digest " SHA " or none" },
    { "a branch that is not there", "pinning", "branch:main", "branch:main", 0, EVENT_READING, "commit", END_FAILED,
      NULL, "failed: `branch:main` could not be pinned: why" },
    { "a commit that is none", "pinning", "branch:main", "branch:main", 0, EVENT_READING, "commit", END_DONE, "{}",
      "failed:" },
    { "a tag's commit", "pinning", NULL, "v1", 0, EVENT_READING, "commit", END_DONE, COMMIT, "-: registry.digest v1" },
    { "a tag needs none", "pinning", NULL, "v1", 0, EVENT_READING, "commit", END_GAVE_UP, NULL,
      "-: registry.digest v1" },
    { "nor does a release, once its tag is known", "pinning", "release:v1", "v1", 0, EVENT_READING, "commit",
      END_FAILED, NULL, "-: registry.digest v1" },
    { "an image that is there", "pinning", NULL, "v1", WAITS, EVENT_READING, "digest", END_DONE,
      "{'image':'" IMAGE "'}", "queued: claims api/staging" },
    { "an image that is not there is waited for", "pinning", NULL, "v1", WAITS, EVENT_READING, "digest", END_DONE,
      MISSING, "awaiting-artifact: poll in 5 s" },
    { "unless nobody waits for it", "pinning", NULL, "v1", 0, EVENT_READING, "digest", END_FAILED, NULL,
      "failed: `v1` of " REPOSITORY " could not be pinned: why" },
    { "nor for a branch's, whose tag its build has to agree with", "pinning", "branch:main", "sha:8c1f2e6b94d7", BUILT,
      EVENT_READING, "digest", END_DONE, MISSING,
      "failed: no image tagged `" SHA "` (so `artifact.branch_tag` of api calls the build of this commit) is in "
      REPOSITORY ": was it built, and pushed under that tag? Nothing was changed. Mend that, then ask again: "
      "`deploy api staging branch:main`." },
    { "a branch's that never came", "awaiting-artifact", "branch:main", "sha:8c1f2e6b94d7", BUILT | WAITS | LATE,
      EVENT_READING, "digest", END_DONE, MISSING,
      "failed: no image tagged `" SHA "` (so `artifact.branch_tag` of api calls the build of this commit) appeared in "
      REPOSITORY " within 60 min: look at the build." },
    { "and not for ever", "awaiting-artifact", NULL, "v1", WAITS | LATE, EVENT_READING, "digest", END_DONE, MISSING,
      "failed: no image tagged `v1` appeared in " REPOSITORY " within 60 min: look at the build. Nothing was changed. "
      "Mend that, then ask again: `deploy api staging v1 --wait ...`." },
    { "a tag that is no commit's name is none's failure", "pinning", NULL, "v1", 0, EVENT_READING, "commit", END_DONE,
      "{'missing':true}", "-: registry.digest v1" },
    { "it is looked for again", "awaiting-artifact", NULL, "v1", WAITS, EVENT_TIMER, "poll", END_DONE, NULL,
      "-: registry.digest v1" },
    { "it came", "awaiting-artifact", NULL, "v1", WAITS, EVENT_READING, "digest", END_DONE, "{'image':'" IMAGE "'}",
      "queued: claims api/staging" },
    { "a registry that is down meanwhile ends nothing", "awaiting-artifact", NULL, "v1", WAITS, EVENT_READING, "digest",
      END_GAVE_UP, NULL, "awaiting-artifact: poll in" },
    { "one that says no does", "awaiting-artifact", NULL, "v1", WAITS, EVENT_READING, "digest", END_FAILED, NULL,
      "failed:" },
    { "settings keep the image that serves", "pinning", NULL, "unchanged", KEEPS, EVENT_READING, "service", END_DONE,
      "{'serving':'r1','image':'" IMAGE "'}", "queued: claims api/staging" },
    { "one that is not known by digest cannot be kept", "pinning", NULL, "unchanged", KEEPS, EVENT_READING, "service",
      END_DONE, "{'serving':'r1','image':'" REPOSITORY ":v1'}", "failed: Cloud Run does not tell by digest" },
    { "nothing serves", "pinning", NULL, "unchanged", KEEPS, EVENT_READING, "service", END_DONE, "{}", "failed:" },

    { "whoever is told the commit is not pinned without it", "pinning", NULL, "v1", FLOW | WANTS_SHA, EVENT_READING,
      "commit", END_GAVE_UP, NULL, "failed: `v1` could not be pinned: why" },
    { "nor without that of a release", "pinning", "release:v1", "v1", FLOW | WANTS_SHA, EVENT_READING, "commit",
      END_DONE, MISSING, "failed: `v1` could not be pinned:" },
    { "a workflow is dispatched", "queued", NULL, "v1", FLOW, EVENT_MESSAGE, MESSAGE_GRANTED, END_DONE, NULL,
      "dispatching: github.dispatch {\"v\":\"v1 in staging\",\"i\":\"" IMAGE "\"}" },
    { "one that wants the commit gets it first", "queued", NULL, "v1", FLOW | WANTS_SHA, EVENT_MESSAGE, MESSAGE_GRANTED,
      END_DONE, NULL, "-: github.commit tags/v1" },
    { "and then is dispatched", "queued", NULL, "v1", FLOW | WANTS_SHA, EVENT_READING, "commit", END_DONE, COMMIT,
      "dispatching: github.dispatch {\"v\":\"v1 in staging\",\"i\":\"" SHA "\"}" },
    { "never with an empty one", "queued", NULL, "v1", FLOW | WANTS_SHA, EVENT_READING, "commit", END_FAILED, NULL,
      "failed: `deploy.yml` asks for {sha}, and the commit of `v1` is not known: why" },
    { "its run is followed", "dispatching", NULL, "v1", FLOW, EVENT_EFFECT, "dispatch", END_DONE,
      "{'run':7,'effect':'b-1'}", "running: github.run" },
    { "one that was refused", "dispatching", NULL, "v1", FLOW, EVENT_EFFECT, "dispatch", END_FAILED, NULL,
      "failed: `deploy.yml` in acme/platform was not dispatched: why" },
    { "one that something forbids by now", "dispatching", NULL, "v1", FLOW, EVENT_EFFECT, "dispatch", END_CANCELLED,
      NULL, "refused: `deploy.yml` in acme/platform was not dispatched: why. Nothing was changed." },
    { "one that nobody knows of", "dispatching", NULL, "v1", FLOW, EVENT_EFFECT, "dispatch", END_GAVE_UP, NULL,
      "failed doubt: nothing can tell whether a run of `deploy.yml` began" },
    { "it runs", "running", NULL, "v1", FLOW | KNOWN, EVENT_READING, "run", END_DONE, RUNS, "-: poll in 5 s" },
    { "GitHub is down: it runs on", "running", NULL, "v1", FLOW | KNOWN, EVENT_READING, "run", END_GAVE_UP, NULL,
      "-: poll in 5 s" },
    { "it succeeded", "running", NULL, "v1", FLOW | KNOWN, EVENT_READING, "run", END_DONE, ENDED("success"),
      "done good run-7: `v1` is in staging: run 7 of `deploy.yml`: https://g/7" },
    { "it failed, somewhere", "running", NULL, "v1", FLOW | KNOWN, EVENT_READING, "run", END_DONE, ENDED("failure"),
      "failed doubt: run 7 of `deploy.yml`: https://g/7 ended as `failure` at `deploy: Out`. It may have changed anything" },
    { "it cannot be seen any more", "running", NULL, "v1", FLOW | KNOWN, EVENT_READING, "run", END_FAILED, NULL,
      "failed doubt: the run of `deploy.yml` in acme/platform cannot be followed: why" },
    { "an answer that is none", "running", NULL, "v1", FLOW | KNOWN, EVENT_READING, "run", END_DONE, "{}",
      "-: poll in" },
    { "it takes too long", "running", NULL, "v1", FLOW | KNOWN | LATE, EVENT_READING, "run", END_DONE, RUNS,
      "cancelling: github.cancel" },
    { "somebody aborts it", "running", NULL, "v1", FLOW | KNOWN, EVENT_REQUEST, "abort", END_DONE, NULL,
      "cancelling: github.cancel" },
    { "before GitHub has answered", "dispatching", NULL, "v1", FLOW, EVENT_REQUEST, "abort", END_DONE, NULL,
      "cancelling: cancels dispatch" },
    { "it never left then", "cancelling", NULL, "v1", FLOW | CANCELS, EVENT_EFFECT, "dispatch", END_CANCELLED, NULL,
      "aborted: It was aborted before the workflow was asked to run. Nothing was changed." },
    { "or it did: its run is cancelled", "cancelling", NULL, "v1", FLOW | CANCELS, EVENT_EFFECT, "dispatch", END_DONE,
      "{'run':7,'effect':'b-1'}", "-: github.cancel" },
    { "or nobody can tell", "cancelling", NULL, "v1", FLOW | CANCELS, EVENT_EFFECT, "dispatch", END_UNKNOWN, NULL,
      "aborted doubt: nothing can tell" },
    { "an abort twice is one", "cancelling", NULL, "v1", FLOW | CANCELS | KNOWN, EVENT_REQUEST, "abort", END_DONE, NULL,
      "-: says D1042 is being cancelled already." },
    { "a workflow is not paused", "running", NULL, "v1", FLOW | KNOWN, EVENT_REQUEST, "pause", END_DONE, NULL,
      "-: refuses D1042 is carried out by a workflow" },
    { "nor before it runs", "queued", NULL, "v1", FLOW, EVENT_REQUEST, "pause", END_DONE, NULL,
      "-: refuses D1042 is carried out by a workflow" },
    { "an abort before that is the end", "queued", NULL, "v1", FLOW, EVENT_REQUEST, "abort", END_DONE, NULL,
      "aborted:" },
    { "its end is waited for", "cancelling", NULL, "v1", FLOW | CANCELS | KNOWN, EVENT_EFFECT, "cancel", END_DONE,
      "{'cancelled':true}", "-: github.run" },
    { "it was cancelled", "cancelling", NULL, "v1", FLOW | CANCELS | KNOWN, EVENT_READING, "run", END_DONE,
      ENDED("cancelled"), "aborted doubt: It was aborted: run 7" },
    { "it was done before", "cancelling", NULL, "v1", FLOW | CANCELS | KNOWN, EVENT_READING, "run", END_DONE,
      ENDED("success"), "done good run-7: `v1` is in staging, for it could not be cancelled any more" },
    { "it does not end", "cancelling", NULL, "v1", FLOW | CANCELS | KNOWN | LATE, EVENT_READING, "run", END_DONE, RUNS,
      "aborted doubt: It was aborted: run 7" },
    { "a rollback takes its place", "running", NULL, "v1", FLOW | KNOWN, EVENT_MESSAGE, MESSAGE_YIELD, END_DONE,
      "{'by':'D1050'}", "cancelling: github.cancel" },
};

static struct deploy_body *body_of(struct decision_fixture *fixture, const struct row *row)
{
    static struct shape_pair inputs[] = { { "v", "{version} in {environment}" }, { "i", "{image}" } },
                             with_sha[] = { { "v", "{version} in {environment}" }, { "i", "{sha}" } },
                             env[] = { { "A", "1" } };
    struct deploy_body *body = ARENA_NEW(fixture->arena, struct deploy_body);
    struct deploy_workflow *workflow = ARENA_NEW(fixture->arena, struct deploy_workflow);
    int64_t deadline_at_ms = DECISION_NOW_MS + (row->is & LATE ? 0 : HOUR_MS);

    *workflow = (struct deploy_workflow){
        .repository = "acme/platform",
        .workflow = "deploy.yml",
        .ref = "main",
        .inputs = row->is & WANTS_SHA ? with_sha : inputs,
        .inputs_count = 2,
        .timeout_ms = HOUR_MS,
        .effect = row->is & KNOWN ? "b-1" : NULL,
        .dispatched_at_ms = DECISION_NOW_MS,
        .cancelled = row->is & CANCELS ? "It was aborted" : NULL,
    };
    *body = (struct deploy_body){
        .service = "api",
        .environment = "staging",
        .version = row->version,
        .wanted = row->wanted,
        .image_tag = row->is & BUILT ? SHA : NULL,
        .repository = REPOSITORY,
        .image = row->is & FLOW ? IMAGE : NULL,
        .source = "acme/platform",
        .place = { "", "", "" },
        .artifact_deadline_at_ms = row->is & WAITS ? deadline_at_ms : 0,
        .state_deadline_at_ms = deadline_at_ms,
        .workflow = row->is & FLOW ? workflow : NULL,
        .keeps_image = row->is & KEEPS,
        .env = env,
        .env_count = row->is & KEEPS ? 1 : 0,
        .is_aborted = row->is & CANCELS,
    };
    return body;
}

static const char *wants(const struct outcome *out, struct arena *arena)
{
    if (out->claims)
        return arena_printf(arena, "claims %s", out->claims);
    if (out->readings_count > 0) {
        const char *ref = json_find_string(out->readings[0].args, "ref"),
                   *tag = json_find_string(out->readings[0].args, "tag"), *asked = ref ? ref : tag;

        return arena_printf(arena, "%s%s%s%s", out->readings[0].kind, asked ? " " : "", asked ? asked : "",
                            json_find_bool(out->readings[0].args, "may_be_missing", false) ? " or none" : "");
    }
    if (out->effects_count > 0) {
        const cJSON *inputs = json_find(out->effects[0].args, "inputs");

        return arena_printf(arena, "%s%s%s", out->effects[0].kind, inputs ? " " : "",
                            inputs ? json_print_in(arena, inputs) : "");
    }
    if (out->cancels_count > 0)
        return arena_printf(arena, "cancels %s", out->cancels[0]);
    if (out->timers_count > 0)
        return arena_printf(arena, "%s in %s", out->timers[0].name,
                            duration_about(out->timers[0].at_ms - DECISION_NOW_MS).text);
    if (out->reply)
        return arena_printf(arena, "%s %s", out->reply->is_refusal ? "refuses" : "says", out->reply->text);
    return "nothing";
}

static const char *line_of(const struct outcome *out, struct arena *arena)
{
    if (out->result)
        return arena_printf(arena, "%s%s%s%s: %s", out->result, out->leaves_doubt ? " doubt" : "",
                            out->good ? " good " : "", out->good ? out->good->revision : "", out->summary);
    return arena_printf(arena, "%s: %s", out->state ? out->state : "-", wants(out, arena));
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct control_arguments arguments = { .operation = "D1042", .look = CONTROL_ANY_LOOK };
    struct request request = decision_request(fixture, "abort D1042");
    struct operation operation = {
        .id = "D1042",
        .outside_id = "birth-00000000000000d7",
        .kind = "deploy",
        .state = row->state,
        .target = "api/staging",
        .source = "slack",
        .requester = request.principal,
        .created_at_ms = DECISION_NOW_MS - HOUR_MS,
    };
    struct event event = {
        .kind = row->kind, .name = row->event, .end = row->end, .request = &request, .arguments = &arguments
    };
    struct outcome out;
    const char *line;

    event.error = row->end == END_DONE ? NULL : "why";
    event.body = row->body ? decision_json(fixture, row->body) : NULL;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body_of(fixture, row), &event, &out);
    line = line_of(&out, fixture->arena);
    if (strncmp(line, row->line, strlen(row->line)) != 0)
        assert_string_equal(line, row->line);
    if (out.body) { /* what is written can be read again, and shown */
        cJSON *json = shape_to_json(machine_deploy.body, out.body, SHAPE_WHOLE);
        struct deploy_body again;
        struct card card = { 0 };
        struct error err;

        if (!shape_from_json(machine_deploy.body, json, fixture->arena, &again, &err))
            fail_msg("%s", err.message);
        cJSON_Delete(json);
        operation.state = out.state ? out.state : operation.state;
        machine_deploy.card(&fixture->view, &operation, &again, &card);
        assert_true(card.title[0] && card.status[0]);
    }
}

static void a_freeze_stops_what_was_waited_for(void **state)
{
    static const struct row row = { "",       "awaiting-artifact",     NULL, "v1", WAITS, EVENT_READING, "digest",
                                    END_DONE, "{'image':'" IMAGE "'}", NULL };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION FREEZE);
    struct request request = decision_request(fixture, "abort D1042");
    struct operation operation = { .id = "D1042",
                                   .kind = "deploy",
                                   .state = row.state,
                                   .target = "api/staging",
                                   .source = "slack",
                                   .requester = request.principal };
    struct event event = { .kind = row.kind, .name = row.event, .body = decision_json(fixture, row.body) };
    struct outcome out;

    (void)state;
    outcome_init(&out, fixture->arena, "D1042", "birth-1");
    machine_deploy.on_event(&fixture->view, &operation, body_of(fixture, &row), &event, &out);
    assert_string_equal(out.result, "refused");
    assert_null(out.claims);
}

/* GitHub told the commit a while after the target was granted. A way back waits for nobody. */
static void a_freeze_stops_what_waited_for_its_commit(void **state)
{
    static const struct row row = { "",       "queued", NULL,   "v1", FLOW | WANTS_SHA, EVENT_READING,
                                    "commit", END_DONE, COMMIT, NULL };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION FREEZE);
    struct request request = decision_request(fixture, "abort D1042");
    struct operation operation = { .id = "D1042",
                                   .kind = "deploy",
                                   .state = row.state,
                                   .target = "api/staging",
                                   .source = "slack",
                                   .requester = request.principal };
    struct event event = { .kind = row.kind, .name = row.event, .body = decision_json(fixture, row.body) };
    struct deploy_body *body = body_of(fixture, &row);
    struct outcome out;

    (void)state;
    outcome_init(&out, fixture->arena, "D1042", "birth-1");
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    assert_string_equal(out.result, "refused");
    assert_int_equal(out.effects_count, 0);
    body->is_way_back = true;
    outcome_init(&out, fixture->arena, "D1042", "birth-1");
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    assert_string_equal(out.state, "dispatching");
}

/* Before anybody is asked for consent: so it is asked for as what must be there. */
static void the_commit_of_a_release_must_be_there(void **state)
{
    static const struct row rows_of[] = {
        { "", "pinning", "release:latest", "v1", FLOW, EVENT_READING, "release", END_DONE, "{'tag':'v1.5.0'}", NULL },
        { "", "pinning", "release:latest", "v1", FLOW | WANTS_SHA, EVENT_READING, "release", END_DONE,
          "{'tag':'v1.5.0'}", NULL },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows_of); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct operation operation = { .id = "D1042", .kind = "deploy", .state = "pinning", .target = "api/staging" };
        struct event event = { .kind = EVENT_READING,
                               .name = "release",
                               .body = decision_json(fixture, rows_of[i].body) };
        struct outcome out;

        outcome_init(&out, fixture->arena, "D1042", "birth-1");
        machine_deploy.on_event(&fixture->view, &operation, body_of(fixture, &rows_of[i]), &event, &out);
        assert_string_equal(out.readings[0].name, "commit");
        assert_int_equal(json_find_bool(out.readings[0].args, "may_be_missing", false), i == 0);
    }
}

/* Its tag may have moved since, or be another build's. */
static void a_release_with_a_digest_is_that_image(void **state)
{
    static const struct row named = { "",        "pinning", "release:v1.5.0",   "v1.5.0", 0, EVENT_READING,
                                      "release", END_DONE,  "{'tag':'v1.5.0'}", NULL };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = { .id = "D1042", .kind = "deploy", .state = "pinning", .target = "api/staging" };
    struct event event = { .kind = EVENT_READING, .name = "release", .body = decision_json(fixture, named.body) };
    struct deploy_body *body = body_of(fixture, &named);
    struct outcome out;

    (void)state;
    outcome_init(&out, fixture->arena, "D1042", "birth-1");
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    assert_string_equal(((const struct deploy_body *)out.body)->image_tag, "v1.5.0");
    body->image_tag = "sha256:1";
    outcome_init(&out, fixture->arena, "D1042", "birth-1");
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    assert_string_equal(((const struct deploy_body *)out.body)->image_tag, "sha256:1");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_freeze_stops_what_was_waited_for),
                                        cmocka_unit_test(a_freeze_stops_what_waited_for_its_commit),
                                        cmocka_unit_test(the_commit_of_a_release_must_be_there),
                                        cmocka_unit_test(a_release_with_a_digest_is_that_image) };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
