/* `set` and `restart`: their words, and what they make of what serves. */
#include "tests/unit/deploy_fixture.h"

#include "handlers/deploy/tune.h"

#include <string.h>

/* ---- words ---- */

static const struct word_row {
    const char *name, *line;
    const char *error; /* NULL: it begins */
} word_rows[] = {
    { "resources and settings", "set api staging cpu=2 memory=4Gi concurrency=80 timeout=300 LOG_LEVEL=debug OLD-",
      NULL },
    { "of the only service there", "set staging cpu=1", NULL },
    { "a part of a CPU", "set api staging cpu=500m concurrency=1", NULL },
    { "the same as a fraction", "set api staging cpu=0.5 concurrency=1", NULL },
    { "a timeout as a duration", "set api staging timeout=5m", NULL },
    { "an empty value", "set api staging EMPTY=", NULL },
    { "a value with signs", "set api staging A=b=c", NULL },
    { "nothing", "set api staging", "Set what?" },
    { "three CPUs", "set api staging cpu=3", "cpu takes 1, 2, 4, 6 or 8" },
    { "too small a part", "set api staging cpu=50m", "cpu takes" },
    { "a CPU that is none", "set api staging cpu=two", "cpu takes" },
    { "memory without a unit", "set api staging memory=4", "memory takes" },
    { "too much of it", "set api staging memory=33Gi", "memory takes" },
    { "too little", "set api staging memory=64Mi", "memory takes" },
    { "no request at once", "set api staging concurrency=0", "concurrency takes" },
    { "too many", "set api staging concurrency=1001", "concurrency takes" },
    { "longer than Cloud Run lets", "set api staging timeout=3601", "timeout takes" },
    { "a part of a second", "set api staging timeout=1500ms", "timeout takes" },
    { "one twice", "set api staging cpu=1 cpu=2", "set twice" },
    { "a setting twice", "set api staging A=1 A-", "named twice" },
    { "a slip", "set api staging memry=4Gi", "Did you mean `memory`?" },
    { "a name in lower case", "set api staging log_level=debug", "in upper case" },
    { "a name that begins with a digit", "set api staging 1A=x", "in upper case" },
    { "a word alone", "set api staging FAST", "in upper case" },
    { "what Cloud Run sets itself", "set api staging PORT=80", "set by Cloud Run itself" },
    { "its removal", "set api staging K_SERVICE-", "set by Cloud Run itself" },
    { "a token of Slack", "set api staging A=xoxb-1-2-3", "Secret Manager" },
    { "a token of GitHub", "set api staging A=ghp_0123456789", "Secret Manager" },
    { "a private key", "set api staging \"A=-----BEGIN PRIVATE KEY-----\"", "Secret Manager" },
    { "an address with a password", "set api staging A=postgres://me:hunter2@db/x", "Secret Manager" },
    { "a webhook of Slack", "set api staging A=https://hooks.slack.com/services/T1/B1/x", "Secret Manager" },
    { "an address without one", "set api staging A=postgres://db:5432/x", NULL },
    { "a resource without a value", "set api staging cpu", "What `cpu`? Write `cpu=...`: it takes 1, 2, 4" },
    { "both strategies", "set api staging cpu=1 --fast --strategy canary", "contradict" },
    { "a restart", "restart api staging", NULL },
    { "at once", "restart api staging --fast", NULL },
    { "a restart of a version", "restart api staging v1.4.2", "a restart changes nothing" },
    { "a dry restart", "restart api staging --dry-run", "no" },
};

#define CONFIGURATION DECISION_CONFIGURATION "    - { allow: [set, restart], to: developer }\n"

static void check_words(void **state)
{
    const struct word_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct request request = decision_request(fixture, row->line);
    const struct verb *verb = verb_find(verbs, request.verb);
    const struct deploy_body *body;
    struct question question;
    const void *arguments;
    struct outcome out;
    struct error err;

    outcome_init(&out, fixture->arena, "D7", "birth-00000000000000d7");
    if (!verb->asks(&fixture->view, &request, &question, &arguments, &err)) {
        if (!row->error || !strstr(err.message, row->error))
            fail_msg("%s", err.message);
        assert_null(strstr(err.message, "hunter2"));
        return;
    }
    assert_null(row->error);
    assert_string_equal(question.verb, request.verb);
    verb->begin(&fixture->view, &request, &question, arguments, &out);
    assert_true(out.begins);
    assert_string_equal(out.kind, "deploy");
    body = out.body;
    assert_true(body->keeps_image && body->tune);
    assert_int_equal(body->strategy, STRATEGY_ALL_AT_ONCE);
    assert_int_equal(out.reply != NULL, verb == &verb_restart);
    assert_null(strstr(request_text_without_values(&request, NULL, 0, fixture->arena), "debug"));
}

/* What the journal keeps of it, also of a slip. */
static void check_journalled(void **state)
{
    static const struct {
        const char *line, *text;
    } cases[] = {
        { "set api staging cpu=2 memory=4Gi A=b", "set api staging cpu=2 memory=4Gi A=***" },
        { "set api staging db_password=hunter2", "set api staging db_password=***" },
        { "set api staging pin=12345678", "set api staging pin=***" },
        { "set api staging cpu=2 --reason=a=b", "set api staging cpu=2 --reason=a=b" },
        { "sett api staging A=b", "sett api staging A=***" },
        { "traffic api staging api-a=10 api-b=90", "traffic api staging api-a=10 api-b=90" },
    };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct request request = decision_request(fixture, cases[i].line);

        assert_string_equal(request_text_without_values(&request, NULL, 0, fixture->arena), cases[i].text);
    }
}

/* ---- what fits together ---- */

static const struct fit_row {
    const char *name;
    struct run_resources wanted;
    const char *cpu, *memory, *concurrency; /* of what serves */
    const char *error;
} fit_rows[] = {
    { "four CPUs and two GiB", { .cpu = "4" }, "1", "2Gi", "80", NULL },
    { "four CPUs and less", { .cpu = "4" }, "1", "1Gi", "80", "at least 2Gi" },
    { "eight CPUs and less than four GiB", { .cpu = "8" }, "1", "2Gi", "80", "at least 4Gi" },
    { "four GiB and one CPU", { .memory = "4Gi" }, "1", "1Gi", "80", NULL },
    { "more than that", { .memory = "5Gi" }, "1", "1Gi", "80", "at least 2 CPUs" },
    { "sixteen and four", { .memory = "16Gi" }, "4", "4Gi", "80", NULL },
    { "seventeen and four", { .memory = "17Gi" }, "4", "4Gi", "80", "at least 6 CPUs" },
    { "all there is", { .memory = "32Gi", .cpu = "8" }, "1", "1Gi", "80", NULL },
    { "half a CPU and half a GiB", { .cpu = "0.5" }, "1", "512Mi", "1", NULL },
    { "half a CPU and a GiB", { .cpu = "0.5" }, "1", "1Gi", "1", NULL },
    { "less than a half", { .cpu = "0.4" }, "1", "1Gi", "1", "at least half a CPU" },
    { "and more", { .cpu = "0.5" }, "1", "2Gi", "1", "at least 1 CPU," },
    { "half a CPU and many at once", { .cpu = "500m" }, "1", "512Mi", "80", "concurrency=1" },
    { "half a CPU and one at once", { .cpu = "500m", .concurrency = 1 }, "1", "512Mi", "80", NULL },
    { "amounts that nobody can read are Cloud Run's", { .cpu = "4" }, "1", "much", "80", NULL },
    { "nothing is known of what serves", { .memory = "5Gi" }, NULL, NULL, NULL, NULL },
};

static void check_fits(void **state)
{
    const struct fit_row *row = *state;
    const struct shape_pair all[] = { { "cpu", row->cpu },
                                      { "memory", row->memory },
                                      { "concurrency", row->concurrency } };
    struct error err = { 0 };
    bool fits = tune_fits(&row->wanted, all, row->cpu ? ARRAY_LEN(all) : 0, &err);

    if (fits != !row->error || (!fits && !strstr(err.message, row->error)))
        fail_msg("%s", fits ? "it fits" : err.message);
}

/* ---- what becomes of it ---- */

#define SERVES_NOW(limits, settings, secrets)                                                                          \
    "{'revisions':[{'revision':'api-old','limits':{" limits "},'settings':{" settings "},'secrets':{" secrets "},"     \
    "'min_instances':1,'max_instances':20,'is_ready':true}]}"
#define TAGGED "{'serving':'api-old','image':'registry/api:latest','is_settled':true,'is_ready':true}"
#define USUAL                                                                                                          \
    SERVES_NOW("'cpu':'1','memory':'512Mi','concurrency':'80','timeout':'300s'", "'MODE':'12f4a387d07edfa1'",          \
               "'DB':'projects/p/secrets/db:3'")

static const struct told_row {
    const char *name, *line;
    enum event_end end;
    const char *body;
    const char *result; /* NULL: it goes on */
    const char *says;
} told_rows[] = {
    { "what changes is told", "set api staging cpu=2 memory=4Gi timeout=5m", END_DONE, USUAL, NULL,
      "cpu 1 → 2, memory 512Mi → 4Gi" },
    { "a new setting, with its value", "set api staging LOG_LEVEL=debug", END_DONE, USUAL, NULL,
      "+`LOG_LEVEL` → `debug`" },
    { "unless it sounds like a secret's", "set api staging API_TOKEN=debug", END_DONE, USUAL, NULL,
      "+`API_TOKEN` → `***`" },
    { "a password by a shorter name", "set api staging DB_PASS=debug", END_DONE, USUAL, NULL, "+`DB_PASS` → `***`" },
    { "a variable that is called as a resource is", "set api staging CPU=2", END_DONE, USUAL, NULL,
      "+`CPU` → `2` (a variable; the resource is `cpu`)" },
    { "also of two words", "set api staging MAX_INSTANCES=2", END_DONE, USUAL, NULL, "the resource is `max-instances`" },
    { "another value", "set api staging MODE=off", END_DONE, USUAL, NULL, "~`MODE` → `off`" },
    { "one that goes", "set api staging MODE-", END_DONE, USUAL, NULL, "-`MODE`" },
    { "all of it is so already", "set api staging cpu=1 MODE=on timeout=300 min-instances=1", END_DONE, USUAL, "done",
      "nothing to do" },
    { "a dry run", "set api staging cpu=2 --dry-run", END_DONE, USUAL, "done", "Would set at api/staging: cpu 1 → 2" },
    { "plain text over a secret", "set api staging DB=x", END_DONE, USUAL, "refused", "comes from Secret Manager" },
    { "a secret's name may go", "set api staging DB-", END_DONE, USUAL, NULL, "-`DB`" },
    { "what is not there cannot go", "set api staging MOD-", END_DONE, USUAL, "refused", "Did you mean `MODE`?" },
    { "what does not fit what serves", "set api staging memory=8Gi", END_DONE, USUAL, "refused", "at least 2 CPUs" },
    { "more at the least than at the most", "set api staging min-instances=21", END_DONE, USUAL, "refused",
      "a maximum of 20" },
    { "what serves is gone", "set api staging cpu=2", END_DONE, "{'revisions':[]}", "refused", "did not tell" },
    { "Cloud Run is silent", "set api staging cpu=2", END_GAVE_UP, NULL, "refused", "did not tell" },
};

/* Nobody knows what serves: whoever asked hears it, and nobody else. */
static const struct told_row unknown_rows[] = {
    { "an image without a digest", "set api staging cpu=2", END_DONE, TAGGED, "refused",
      "so it cannot be kept: bring a version by `deploy` first. Nothing was done." },
    { "in a dry run", "set api staging cpu=2 --dry-run", END_DONE, TAGGED, "refused", "cannot be kept" },
    { "Cloud Run is silent about the service", "set api staging cpu=2", END_GAVE_UP, NULL, "refused", "did not tell" },
};

static void check_becomes(const struct told_row *row, const char *reading)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct request request = decision_request(fixture, row->line);
    struct operation operation = { .id = "D7",
                                   .outside_id = "birth-00000000000000d7",
                                   .kind = "deploy",
                                   .state = "pinning",
                                   .target = "api/staging",
                                   .source = "slack",
                                   .requester = request.principal };
    struct event event = { .kind = EVENT_READING,
                           .name = reading,
                           .end = row->end,
                           .body = row->body ? decision_json(fixture, row->body) : NULL };
    struct outcome begun, out;
    struct deploy_body *body = ARENA_NEW(fixture->arena, struct deploy_body);
    struct question question;
    const void *arguments;
    struct card card = { 0 };
    struct error err;

    outcome_init(&begun, fixture->arena, "D7", operation.outside_id);
    assert_true(verb_set.asks(&fixture->view, &request, &question, &arguments, &err));
    verb_set.begin(&fixture->view, &request, &question, arguments, &begun);
    *body = *(const struct deploy_body *)begun.body;
    machine_deploy.card(&fixture->view, &operation, body, &card);
    assert_null(card.title); /* perhaps nothing changes */
    body->image = IMAGE;
    outcome_init(&out, fixture->arena, "D7", operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    if (row->result)
        assert_string_equal(out.result ? out.result : "it goes on", row->result);
    else
        assert_null(out.result);
    assert_true(!row->result || out.is_forgotten);
    operation.result = out.result;
    machine_deploy.card(&fixture->view, &operation, out.body ? out.body : body, &card);
    assert_true((card.title != NULL) == (row->result == NULL)); /* no channel hears of what changes nothing */
    if (!out.reply || !strstr(out.reply->text, row->says))
        fail_msg("%s", out.reply ? out.reply->text : "no reply");
}

static void check_told(void **state)
{
    check_becomes(*state, "tuned");
}

static void check_unknown(void **state)
{
    check_becomes(*state, "service");
}

/* A restart has been answered by then, and has a card. */
static void check_restart_fails_in_public(void **state)
{
    static const struct deploy_tune restart = { .verb = "restart" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, 0, 5, JUDGED);
    struct operation operation = deploy_operation_in("pinning");
    struct event event = {
        .kind = EVENT_READING, .name = "service", .end = END_DONE, .body = decision_json(fixture, TAGGED)
    };
    struct outcome out;

    (void)state;
    body->tune = &restart;
    body->keeps_image = true;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    assert_string_equal(out.result, "failed");
    assert_false(out.is_forgotten);
    assert_non_null(strstr(out.summary, "bring a version by `deploy` first"));
}

/* A lock on deploys holds it, a deploy of the same version is another thing, and a failed one leaves the image good. */
static void check_bad_with(const struct deploy_tune *tune)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, 0, 5, JUDGED);
    struct operation operation = deploy_operation_in("baking");
    struct event event = {
        .kind = EVENT_READING, .name = "measure", .end = END_DONE, .body = decision_json(fixture, ILL)
    };
    struct outcome out;

    body->tune = tune;
    deploy_body_judged(fixture, body);
    body->keeps_image = true;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    assert_non_null(out.bad);
    assert_string_equal(out.bad->revision, OURS);
    assert_null(out.bad->image);
}

static void check_bad_is_the_revision_alone(void **state)
{
    static const struct deploy_tune restart = { .verb = "restart" };

    (void)state;
    check_bad_with(&restart);
    check_bad_with(NULL); /* a deploy of settings alone */
}

/* Whose code it is does not matter to its settings, and is not asked: perhaps nobody knows of which commit it was
 * built. */
static void check_consent_without_authors(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(
        "github: { token: t }\n" CONFIGURATION
        "    - { require: { approvals: { from: release-manager, exclude_authors: true } }, for: [set] }\n");
    struct request request = decision_request(fixture, "set api staging cpu=2");
    struct operation operation = { .id = "D7",
                                   .outside_id = "birth-00000000000000d7",
                                   .kind = "deploy",
                                   .state = "pinning",
                                   .target = "api/staging",
                                   .source = "slack",
                                   .requester = request.principal };
    struct event event = {
        .kind = EVENT_READING, .name = "tuned", .end = END_DONE, .body = decision_json(fixture, USUAL)
    };
    struct deploy_body *body = ARENA_NEW(fixture->arena, struct deploy_body);
    struct outcome begun, out;
    struct question question;
    const void *arguments;
    struct error err;

    (void)state;
    outcome_init(&begun, fixture->arena, "D7", operation.outside_id);
    assert_true(verb_set.asks(&fixture->view, &request, &question, &arguments, &err));
    verb_set.begin(&fixture->view, &request, &question, arguments, &begun);
    *body = *(const struct deploy_body *)begun.body;
    body->image = IMAGE;
    outcome_init(&out, fixture->arena, "D7", operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    if (out.result)
        fail_msg("%s", out.summary);
    assert_string_equal(out.state, APPROVAL_STATE);
}

static void check_lock_on_deploys_holds_it(void **state)
{
    static const char *const lines[] = { "restart api staging", "set api staging cpu=2" };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
        const struct operation lock = {
            .id = "D4",
            .kind = "lock",
            .state = "holding",
            .requester = { .system = "slack", .id = "U9", .team = "T1" },
            .body = decision_json(fixture, "{'service':'api','environment':'staging','reason':'x','blocks':'deploy'}")
        };
        struct outcome out;

        fixture->operations = &lock;
        fixture->operations_count = 1;
        deploy_assert_says(decision_answer(fixture, i ? &verb_set : &verb_restart, lines[i], &out), "REFUSED");
        assert_false(out.begins);
    }
}

static void check_older_records_have_none(void **state)
{
    cJSON *body = json_object();

    (void)state;
    assert_int_equal(machine_deploy.schema, 3);
    assert_int_equal(machine_deploy.upgrades[1].from_schema, 2);
    assert_ptr_equal(machine_deploy.upgrades[1].upgrade(body), body);
    cJSON_Delete(body);
}

int main(void)
{
    const struct CMUnitTest rest[] = {
        cmocka_unit_test(check_journalled),
        cmocka_unit_test(check_bad_is_the_revision_alone),
        cmocka_unit_test(check_restart_fails_in_public),
        cmocka_unit_test(check_consent_without_authors),
        cmocka_unit_test(check_lock_on_deploys_holds_it),
        cmocka_unit_test(check_older_records_have_none),
    };

    return ROWS(word_rows, check_words) + ROWS(fit_rows, check_fits) + ROWS(told_rows, check_told) +
           ROWS(unknown_rows, check_unknown) +
           cmocka_run_group_tests(rest, NULL, NULL);
}
