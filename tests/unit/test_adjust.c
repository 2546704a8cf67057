/* `scale` and `traffic`: their words, and every row of their machine. */
#include "tests/unit/decision_fixture.h"

#include "handlers/adjust/adjust.h"
#include "handlers/adjust/body.h"
#include "handlers/review.h"

#include <string.h>

/* clang-format off */
#define CONFIGURATION                                                                                                  \
    DECISION_CONFIGURATION                                                                                             \
    "    - { allow: [scale, traffic], to: [developer, release-manager] }\n"
#define BOUNDED                                                                                                        \
    "        strategy: all-at-once\n"                                                                                  \
    "        scaling: { min: { to: 5 }, max: { from: 2, to: 50 } }\n        default_version"
/* clang-format on */

/* ---- words ---- */

static const struct word_row {
    const char *name, *line;
    const char *error; /* NULL: it begins */
    int64_t min, max;
    bool only_tells;
} word_rows[] = {
    { "a range", "scale api staging 2 20", NULL, 2, 20, false },
    { "of the only service that has the environment", "scale staging 2 20", NULL, 2, 20, false },
    { "nothing at the least", "scale api staging 0 1", NULL, 0, 1, false },
    { "both alike", "scale api staging 7 7", NULL, 7, 7, false },
    { "neither bound", "scale api staging unset", NULL, 0, 0, false },
    { "no maximum", "scale api staging 3 unset", NULL, 3, 0, false },
    { "how it stands", "scale api staging", NULL, 0, 0, true },
    { "the wrong way round", "scale api staging 20 2", "the minimum comes first", 0, 0, false },
    { "one number alone", "scale api staging 20", "How many instances?", 0, 0, false },
    { "three of them", "scale api staging 1 2 3", "How many instances?", 0, 0, false },
    { "no maximum of nothing", "scale api staging 0 0", "no maximum number", 0, 0, false },
    { "less than nothing", "scale api staging -1 5", "no minimum number", 0, 0, false },
    { "a slip of a nought", "scale api staging 10 10000", "from 1 to 1000", 0, 0, false },
    { "words", "scale api staging two 20", "no minimum number", 0, 0, false },
    { "more than an int64", "scale api staging 1 99999999999999999999", "no maximum number", 0, 0, false },
    { "a slip in the place", "scale api stagign 2 20", "Did you mean `staging`?", 0, 0, false },
    { "an option that is not known", "scale api staging 2 20 --now", "`--now`", 0, 0, false },
    { "a region where there are none", "scale api staging 2 20 --region us-east1", "has no regions", 0, 0, false },
    { "a glass without a reason", "scale api staging 2 20 --break-glass ' '", "takes a reason", 0, 0, false },
    { "a glass", "scale api staging 2 20 --break-glass 'a fire'", NULL, 2, 20, false },
    { "a split", "traffic api staging api-a=10 api-b=90", NULL, 0, 0, false },
    { "how it is split", "traffic api staging", NULL, 0, 0, true },
    { "for that no glass is broken", "traffic api staging --break-glass 'a fire'", NULL, 0, 0, true },
    { "less than all", "traffic api staging api-a=10 api-b=80", "Together that is 90 %", 0, 0, false },
    { "more than all", "traffic api staging api-a=100 api-b=1", "Together that is 101 %", 0, 0, false },
    { "one twice", "traffic api staging api-a=50 api-a=50", "named twice", 0, 0, false },
    { "LATEST", "traffic api staging LATEST=100", "Name the revision", 0, 0, false },
    { "a revision without a share", "traffic api staging api-a", "no REVISION=PERCENT", 0, 0, false },
    { "a share that is none", "traffic api staging api-a=all", "no REVISION=PERCENT", 0, 0, false },
    { "below nothing", "traffic api staging api-a=-10 api-b=110", "no REVISION=PERCENT", 0, 0, false },
    { "a name that is no revision's", "traffic api staging ../x=100", "no REVISION=PERCENT", 0, 0, false },
};

static void check_words(void **state)
{
    const struct word_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct request request = decision_request(fixture, row->line);
    const struct verb *verb = verb_find(verbs, request.verb);
    const struct adjust_body *body;
    struct question question;
    const void *arguments;
    struct outcome out;
    struct error err;

    outcome_init(&out, fixture->arena, "D7", "birth-00000000000000d7");
    if (!verb->asks(&fixture->view, &request, &question, &arguments, &err)) {
        if (!row->error || !strstr(err.message, row->error))
            fail_msg("%s", err.message);
        return;
    }
    assert_null(row->error);
    assert_string_equal(question.verb, row->only_tells ? "status" : request.verb);
    assert_int_equal(question.takes_no_glass, row->only_tells);
    assert_true(!row->only_tells || !question.break_glass);
    verb->begin(&fixture->view, &request, &question, arguments, &out);
    assert_true(out.begins);
    assert_null(out.claims);
    assert_null(out.reply); /* whoever asks is answered with what was seen */
    body = out.body;
    assert_int_equal(body->range.min, row->min);
    assert_int_equal(body->range.max, row->max);
    assert_int_equal(body->only_tells, row->only_tells);
    assert_int_equal(out.readings_count, 1);
    assert_int_equal(out.effects_count, 0);
}

static void check_bounds(void **state)
{
    static const struct {
        const char *line, *error;
    } cases[] = {
        { "scale api staging 5 50", NULL },
        { "scale api staging 6 50", "A min of 6 is not for `api/staging`" },
        { "scale api staging 1 51", "from 2 to 50" },
        { "scale api staging 1 1", "from 2 to 50" },
        { "scale api staging unset", "has to have a maximum" },
    };
    AUTO_BUF struct buf text = BUF(65536);
    const char *at = strstr(CONFIGURATION, "        strategy: all-at-once\n        default_version");

    (void)state;
    buf_addf(&text, "%.*s" BOUNDED "%s", (int)(at - CONFIGURATION), CONFIGURATION,
             at + strlen("        strategy: all-at-once\n        default_version"));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(buf_text(&text));
        struct request request = decision_request(fixture, cases[i].line);
        struct question question;
        const void *arguments;
        struct error err = { 0 };
        bool is_good = verb_scale.asks(&fixture->view, &request, &question, &arguments, &err);

        if (is_good != !cases[i].error || (!is_good && !strstr(err.message, cases[i].error)))
            fail_msg("%s: %s", cases[i].line, err.message);
    }
}

/* Regions are changed one by one, and other drivers not at all: each says what to do instead. */
static void check_elsewhere(void **state)
{
    static const char configuration[] =
        "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1 }\n"
        "services:\n"
        "  - name: api\n"
        "    artifact: { image: \"us-docker.pkg.dev/acme/images/api:{version}\" }\n"
        "    environments:\n"
        "      - { name: production, driver: { cloud_run: { project: acme, regions: [europe-west1, us-central1], "
        "service: api } } }\n"
        "  - name: jobs\n"
        "    environments: [{ name: production, driver: { program: { deploy: [x, \"{version}\"] } } }]\n"
        "policy:\n"
        "  roles: [{ name: developer, members: [\"slack:U1\"] }]\n"
        "  rules: [{ allow: \"*\", to: developer }]\n";
    static const struct {
        const char *line, *error;
    } cases[] = {
        { "scale api production 1 2", "name one with `--region`, such as `--region europe-west1`" },
        { "scale api production 1 2 --region us-central1", NULL },
        { "scale api production 1 2 --region mars", "has no region `mars`" },
        { "traffic api production", "--region" },
        { "restart api production", "--region" },
        { "set api production cpu=1 --region us-central1", NULL },
        { "scale jobs production 1 2", "changed by a program: write a runbook for it" },
        { "traffic jobs production", "write a runbook for it" },
        { "restart jobs production", "write a runbook for it" },
        { "set jobs production A=1", "write a runbook for it" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(configuration);
        struct request request = decision_request(fixture, cases[i].line);
        const struct verb *verb = verb_find(verbs, request.verb);
        struct question question;
        const void *arguments;
        struct outcome out;
        struct error err = { 0 };
        bool is_good = verb->asks(&fixture->view, &request, &question, &arguments, &err);

        if (is_good != !cases[i].error || (!is_good && !strstr(err.message, cases[i].error)))
            fail_msg("%s: %s", cases[i].line, err.message);
        if (!is_good)
            continue;
        outcome_init(&out, fixture->arena, "D7", "birth-00000000000000d7");
        verb->begin(&fixture->view, &request, &question, arguments, &out);
        assert_string_equal(out.target, "api/production/us-central1");
    }
}

/* ---- the machine ---- */

#define SERVICE(scaling, wanted, more)                                                                                 \
    "{'etag':'e','is_settled':true,'is_ready':true,'serving':'api-a','wanted':[" wanted "],'observed':[" wanted "]"    \
    ",'annotations':{}" scaling more "}"
#define RANGE(min, max) ",'min_instances':" #min ",'max_instances':" #max
#define SHARE(revision, percent) "{'revision':'" revision "','percent':" #percent "}"
#define ALL_A SHARE("api-a", 100)
#define SPLIT(settled, wanted, observed)                                                                               \
    "{'etag':'e','is_settled':" settled ",'is_ready':false,'serving':'api-a','wanted':[" wanted "],'observed':["       \
    observed "],'annotations':{}}"
#define READY(revision) "{'revision':'" revision "','is_ready':true}"
#define FOUND(list) "{'revisions':[" list "]}"

enum {
    TRAFFIC = 1,
    DRY = 2,
    TELLS = 4,
    HALTED = 8,
    LOCKED_ALL = 16,
    APPROVALS = 32,
    FAILED = 64,
    LATE = 128,
    CONFIRMED = 256,
    HELD_BY_OTHER = 512,
    DENIED = 1024,
    LESS = 2048, /* it takes capacity away */
    GRANTED = 4096,
    KNOWN_BAD = 8192,
    IRREVERSIBLE = 16384,
    PASSED = 32768, /* between the two there was one that is irreversible */
    YIELDS = 65536,
    GLASS = 131072,  /* somebody came with one, and has the role */
    BROKEN = 262144, /* and it was broken before */
    NO_ROLE = 524288,
};

#define REASON "carol has a fever"
#define FREEZE(who) "    - { deny: [scale, traffic], reason: a freeze, break_glass: " who " }\n"
#define RULE "test.yaml:37" /* where it stands */
#define PAST "broken glass: that is announced, and a review stays open"

static const struct row {
    const char *name, *state;
    unsigned is;
    enum event_kind kind;
    const char *event;
    enum event_end end;
    const char *body;
    const char *moves_to, *effect, *result; /* or NULL */
    const char *says;                       /* part of the reply or the end, or NULL */
} rows[] = {
    /* looking: scale */
    { "what it was and becomes is told, and changed", "looking", 0, EVENT_READING, "service", END_DONE,
      SERVICE(RANGE(2, 20), ALL_A, ""), "changing", EFFECT_SCALE, NULL,
      "api/staging: 2–20 → 10–100; back: `scale api staging 2 20`" },
    { "what had no bounds goes back to none", "looking", 0, EVENT_READING, "service", END_DONE, SERVICE("", ALL_A, ""),
      "changing", EFFECT_SCALE, NULL, "not set → 10–100; back: `scale api staging unset`" },
    { "a lower maximum of the revision is told", "looking", 0, EVENT_READING, "service", END_DONE,
      SERVICE(RANGE(2, 20), ALL_A, ",'own_max':40"), "changing", EFFECT_SCALE, NULL, "maximum of 40 of its own" },
    { "the same is nothing to do", "looking", 0, EVENT_READING, "service", END_DONE, SERVICE(RANGE(10, 100), ALL_A, ""),
      NULL, NULL, "done", "nothing to do" },
    { "a fixed number is left alone", "looking", 0, EVENT_READING, "service", END_DONE,
      SERVICE(RANGE(2, 20), ALL_A, ",'is_scaled_by_hand':true"), NULL, NULL, "refused", "MANUAL" },
    { "also where it has that range", "looking", 0, EVENT_READING, "service", END_DONE,
      SERVICE(RANGE(10, 100), ALL_A, ",'is_scaled_by_hand':true"), NULL, NULL, "refused", "MANUAL" },
    { "a dry run tells of a lock", "looking", DRY | LOCKED_ALL, EVENT_READING, "service", END_DONE,
      SERVICE(RANGE(2, 20), ALL_A, ""), NULL, NULL, "done", "locked" },
    { "a dry run changes nothing", "looking", DRY, EVENT_READING, "service", END_DONE, SERVICE(RANGE(2, 20), ALL_A, ""),
      NULL, NULL, "done", "Would change api/staging: 2–20 → 10–100" },
    { "how it stands", "looking", TELLS, EVENT_READING, "service", END_DONE,
      SERVICE(RANGE(2, 20), ALL_A, ",'own_max':40"), NULL, NULL, "done", "instances of the service 2–20" },
    { "Cloud Run is silent", "looking", 0, EVENT_READING, "service", END_GAVE_UP, NULL, NULL, NULL, "refused",
      "did not tell" },
    { "Cloud Run talks nonsense", "looking", 0, EVENT_READING, "service", END_DONE, "{'wanted':7}", NULL, NULL,
      "refused", "did not tell" },
    { "policy denies it", "looking", DENIED, EVENT_READING, "service", END_DONE, SERVICE(RANGE(2, 20), ALL_A, ""), NULL,
      NULL, "refused", "a freeze" },
    { "unless its glass is broken", "looking", DENIED | GLASS, EVENT_READING, "service", END_DONE,
      SERVICE(RANGE(2, 20), ALL_A, ""), "changing", EFFECT_SCALE, NULL, PAST },
    { "by somebody with the role", "looking", DENIED | GLASS | NO_ROLE, EVENT_READING, "service", END_DONE,
      SERVICE(RANGE(2, 20), ALL_A, ""), NULL, NULL, "refused", "a freeze" },
    { "a glass that nothing needs", "looking", GLASS, EVENT_READING, "service", END_DONE,
      SERVICE(RANGE(2, 20), ALL_A, ""), "changing", EFFECT_SCALE, NULL, "No glass was needed, and none was broken" },
    { "a dry run breaks none", "looking", DENIED | GLASS | DRY, EVENT_READING, "service", END_DONE,
      SERVICE(RANGE(2, 20), ALL_A, ""), NULL, NULL, "done", "policy allows it, past the rule " RULE " by a broken glass" },
    { "no glass passes a lock", "looking", LOCKED_ALL | GLASS, EVENT_READING, "service", END_DONE,
      SERVICE(RANGE(2, 20), ALL_A, ""), NULL, NULL, "refused", "No glass passes a lock or a halt" },
    { "it is announced before people are asked", "looking", DENIED | GLASS | APPROVALS, EVENT_READING, "service",
      END_DONE, SERVICE(RANGE(2, 20), ALL_A, ""), APPROVAL_STATE, NULL, NULL, PAST },
    { "and once", APPROVAL_STATE, DENIED | GLASS | BROKEN, EVENT_TIMER, "unapproved", END_DONE, NULL, "changing",
      EFFECT_SCALE, NULL, NULL },
    { "a deny of later is passed by it, too", APPROVAL_STATE, DENIED | GLASS, EVENT_TIMER, "unapproved", END_DONE, NULL,
      "changing", EFFECT_SCALE, NULL, NULL },
    { "also one that came while it waited for the target", "queued", TRAFFIC | DENIED | GLASS, EVENT_MESSAGE,
      MESSAGE_GRANTED, END_DONE, "{}", "changing", EFFECT_TRAFFIC, NULL, NULL },
    { "not without one", "queued", TRAFFIC | DENIED, EVENT_MESSAGE, MESSAGE_GRANTED, END_DONE, "{}", NULL, NULL,
      "refused", "a freeze" },
    { "a halt lets it grow", "looking", HALTED, EVENT_READING, "service", END_DONE, SERVICE(RANGE(2, 20), ALL_A, ""),
      "changing", EFFECT_SCALE, NULL, NULL },
    { "and keeps it from shrinking", "looking", HALTED | LESS, EVENT_READING, "service", END_DONE,
      SERVICE(RANGE(2, 20), ALL_A, ""), NULL, NULL, "refused", "halted" },
    { "a lock of all changes holds it", "looking", LOCKED_ALL, EVENT_READING, "service", END_DONE,
      SERVICE(RANGE(2, 20), ALL_A, ""), NULL, NULL, "refused", "locked" },
    { "it waits for people", "looking", APPROVALS, EVENT_READING, "service", END_DONE, SERVICE(RANGE(2, 20), ALL_A, ""),
      APPROVAL_STATE, NULL, NULL, "once people consent" },
    { "nobody did in time", APPROVAL_STATE, APPROVALS, EVENT_TIMER, "unapproved", END_DONE, NULL, NULL, NULL, "refused",
      "nobody gave" },

    /* changing, verifying */
    { "the change was taken", "changing", 0, EVENT_EFFECT, "change", END_DONE, "{'changed':true}", "verifying", NULL,
      NULL, NULL },
    { "nobody knows whether it was", "changing", 0, EVENT_EFFECT, "change", END_GAVE_UP, NULL, "verifying", NULL, NULL,
      NULL },
    { "it was never tried", "changing", 0, EVENT_EFFECT, "change", END_CANCELLED, NULL, NULL, NULL, "failed",
      "it was not changed" },
    { "it is seen", "verifying", 0, EVENT_READING, "service", END_DONE, SERVICE(RANGE(10, 100), ALL_A, ""), NULL, NULL,
      "done", "2–20 → 10–100" },
    { "though its answer was lost", "verifying", FAILED, EVENT_READING, "service", END_DONE,
      SERVICE(RANGE(10, 100), ALL_A, ""), NULL, NULL, "done", NULL },
    { "it was not made", "verifying", FAILED, EVENT_READING, "service", END_DONE, SERVICE(RANGE(2, 20), ALL_A, ""),
      NULL, NULL, "failed", "It is as it was: 2–20" },
    { "somebody else was faster", "verifying", FAILED, EVENT_READING, "service", END_DONE,
      SERVICE(RANGE(7, 70), ALL_A, ""), NULL, NULL, "failed", "somebody else changed it: it is at 7–70" },
    { "silence is asked again", "verifying", 0, EVENT_READING, "service", END_GAVE_UP, NULL, "*", NULL, NULL, NULL },
    { "not for ever", "verifying", LATE, EVENT_READING, "service", END_GAVE_UP, NULL, NULL, NULL, "failed",
      "did not show" },
    { "a late answer of looking changes nothing", "changing", 0, EVENT_READING, "service", END_DONE,
      SERVICE(RANGE(2, 20), ALL_A, ""), NULL, NULL, NULL, NULL },
    { "a way back does not concern it", "changing", 0, EVENT_MESSAGE, MESSAGE_YIELD, END_DONE, "{'by':'D9'}", NULL,
      NULL, NULL, NULL },

    /* traffic */
    { "its revisions are looked at", "looking", TRAFFIC, EVENT_READING, "service", END_DONE, SERVICE("", ALL_A, ""),
      "comparing", NULL, NULL, NULL },
    { "the same split is nothing to do", "looking", TRAFFIC, EVENT_READING, "service", END_DONE,
      SERVICE("", SHARE("api-a", 90) "," SHARE("api-b", 10), ""), NULL, NULL, "done", "nothing to do" },
    { "a tag is no revision", "looking", TRAFFIC, EVENT_READING, "service", END_DONE,
      SERVICE("", ALL_A ",{'revision':'api-x','percent':0,'tag':'api-b'}", ""), NULL, NULL, "refused",
      "`api-b` is a tag" },
    { "what is being changed is let be", "looking", TRAFFIC, EVENT_READING, "service", END_DONE,
      "{'etag':'e','is_settled':false,'is_ready':false,'wanted':[" ALL_A "],'observed':[" ALL_A "],'annotations':{}}",
      NULL, NULL, "refused", "being changed just now" },
    { "how it is split is told all the same", "looking", TRAFFIC | TELLS, EVENT_READING, "service", END_DONE,
      "{'etag':'e','is_settled':false,'is_ready':false,'wanted':[" ALL_A "],'observed':[" ALL_A "],'annotations':{}}",
      NULL, NULL, "done", "being changed just now" },
    { "good ones: the target is asked for", "comparing", TRAFFIC, EVENT_READING, "revisions", END_DONE,
      FOUND(READY("api-a") "," READY("api-b")), "queued", NULL, NULL, "back: `traffic api staging api-a=100" },
    { "one that is not there", "comparing", TRAFFIC, EVENT_READING, "revisions", END_DONE, FOUND(READY("api-a")), NULL,
      NULL, "refused", "has no revision `api-b`" },
    { "one that is not ready", "comparing", TRAFFIC, EVENT_READING, "revisions", END_DONE,
      FOUND(READY("api-a") ",{'revision':'api-b','is_ready':false,'problem':'it crashes'}"), NULL, NULL, "refused",
      "it crashes" },
    { "one that was left as bad", "comparing", TRAFFIC | KNOWN_BAD, EVENT_READING, "revisions", END_DONE,
      FOUND(READY("api-a") "," READY("api-b")), NULL, NULL, "refused", "left as bad by D3" },
    { "unless it is named once more", "comparing", TRAFFIC | KNOWN_BAD | CONFIRMED, EVENT_READING, "revisions",
      END_DONE, FOUND(READY("api-a") "," READY("api-b")), "queued", NULL, NULL, NULL },
    { "what no older code can follow keeps its traffic", "comparing", TRAFFIC | IRREVERSIBLE, EVENT_READING,
      "revisions", END_DONE, FOUND(READY("api-a") "," READY("api-b")), NULL, NULL, "refused", "irreversible" },
    { "a rollout has it in its hands", "comparing", TRAFFIC | HELD_BY_OTHER, EVENT_READING, "revisions", END_DONE,
      FOUND(READY("api-a") "," READY("api-b")), NULL, NULL, "refused", "D2 is at work" },
    { "a halt holds traffic", "comparing", TRAFFIC | HALTED, EVENT_READING, "revisions", END_DONE,
      FOUND(READY("api-a") "," READY("api-b")), NULL, NULL, "refused", "halted" },
    { "granted, it is changed", "queued", TRAFFIC, EVENT_MESSAGE, MESSAGE_GRANTED, END_DONE, "{}", "changing",
      EFFECT_TRAFFIC, NULL, NULL },
    { "what was left as bad meanwhile gets none", "queued", TRAFFIC | KNOWN_BAD, EVENT_MESSAGE, MESSAGE_GRANTED,
      END_DONE, "{}", NULL, NULL, "refused", "left as bad by D3" },
    { "nor is it changed past a lock of meanwhile", "queued", TRAFFIC | LOCKED_ALL, EVENT_MESSAGE, MESSAGE_GRANTED,
      END_DONE, "{}", NULL, NULL, "refused", "locked" },
    { "nor back past what no older code can follow", "comparing", TRAFFIC | PASSED, EVENT_READING, "revisions",
      END_DONE, FOUND(READY("api-a") "," READY("api-b")), NULL, NULL, "refused", "`v1.5` is irreversible" },
    { "a way back cuts it off", "changing", TRAFFIC, EVENT_MESSAGE, MESSAGE_YIELD, END_DONE, "{'by':'D9'}", NULL, NULL,
      NULL, NULL },
    { "and waits for nothing but its end", "changing", TRAFFIC | YIELDS, EVENT_EFFECT, "change", END_UNKNOWN, NULL,
      NULL, NULL, "superseded", "D9 takes the traffic" },
    { "which may be that it was never tried", "changing", TRAFFIC | YIELDS, EVENT_EFFECT, "change", END_CANCELLED, NULL,
      NULL, NULL, "superseded", "nothing was changed" },
    { "a way back goes first", "queued", TRAFFIC, EVENT_MESSAGE, MESSAGE_YIELD, END_DONE, "{'by':'D9'}", NULL, NULL,
      "superseded", "D9 goes first" },
    { "the split is seen", "verifying", TRAFFIC, EVENT_READING, "service", END_DONE,
      SERVICE("", SHARE("api-a", 90) "," SHARE("api-b", 10), ""), NULL, NULL, "done", "`api-b` 10 %" },
    { "what is asked for there is not yet so", "verifying", TRAFFIC, EVENT_READING, "service", END_DONE,
      SPLIT("true", SHARE("api-a", 90) "," SHARE("api-b", 10), ALL_A), "*", NULL, NULL, NULL },
    { "and fails when it never is", "verifying", TRAFFIC | LATE, EVENT_READING, "service", END_DONE,
      SPLIT("true", SHARE("api-a", 90) "," SHARE("api-b", 10), ALL_A), NULL, NULL, "failed", "has not made it so" },
    { "nor is it done while Cloud Run is at it", "verifying", TRAFFIC | LATE, EVENT_READING, "service", END_DONE,
      SPLIT("false", SHARE("api-a", 90) "," SHARE("api-b", 10), ALL_A), NULL, NULL, "failed", "still at it" },
};

static void add_target(struct decision_fixture *fixture, const struct row *row)
{
    static struct target_version good[] = { { .version = "v2", .revision = "api-b", .operation = "D1" },
                                            { .version = "v1", .revision = "api-a", .operation = "D2" } };
    static struct target_version irreversible[] = {
        { .version = "v2", .revision = "api-b", .operation = "D1" },
        { .version = "v1", .revision = "api-a", .operation = "D2", .is_irreversible = true }
    };
    static struct target_version passed[] = {
        { .version = "v1", .revision = "api-b", .operation = "D0" },
        { .version = "v1.5", .revision = "api-x", .operation = "D1", .is_irreversible = true },
        { .version = "v2", .revision = "api-a", .operation = "D2" },
    };
    static struct target_version bad[] = { { .version = "v2", .revision = "api-b", .operation = "D3", .why = "ill" } };
    struct target *target = ARENA_NEW(fixture->arena, struct target);
    struct operation *other = ARENA_NEW(fixture->arena, struct operation);

    *other = (struct operation){ .id = "D2", .kind = "deploy", .state = "baking", .target = "api/staging" };
    *target = (struct target){ .name = "api/staging",
                               .good = row->is & IRREVERSIBLE ? irreversible
                                       : row->is & PASSED     ? passed
                                       : row->is & KNOWN_BAD  ? good + 1
                                                              : good,
                               .good_count = row->is & KNOWN_BAD ? 1 : row->is & PASSED ? 3 : 2,
                               .bad = bad,
                               .bad_count = row->is & KNOWN_BAD ? 1 : 0,
                               .holder = row->is & HELD_BY_OTHER ? "D2" : NULL };
    fixture->targets = target;
    fixture->targets_count = 1;
    if (row->is & HELD_BY_OTHER) {
        fixture->operations = other;
        fixture->operations_count = 1;
    }
}

static void add_hold(struct decision_fixture *fixture, const struct row *row)
{
    struct operation *hold = ARENA_NEW(fixture->arena, struct operation);

    if (!(row->is & (HALTED | LOCKED_ALL)))
        return;
    *hold = (struct operation){ .id = "D4",
                                .kind = row->is & HALTED ? "halt" : "lock",
                                .state = "holding",
                                .requester = { .system = "slack", .id = "U9", .team = "T1" },
                                .body = decision_json(fixture, row->is & HALTED ? "{'reason':'fire'}"
                                                                                : "{'service':'api','environment':"
                                                                                  "'staging','reason':'x','blocks':"
                                                                                  "'all'}") };
    fixture->operations = hold;
    fixture->operations_count = 1;
}

/* Which rule a freeze is. */
static const char *denied_by(const struct decision_fixture *fixture)
{
    const struct question question = {
        .principal = { "slack", "U1", "T1", "ann" }, .verb = "scale", .service = "api", .environment = "staging"
    };
    const struct facts facts = { .unix_ms = DECISION_NOW_MS };

    return policy_decide(fixture->view.policy, &question, &facts, POLICY_INCREASE).denied_by;
}

static struct adjust_body *body_of(struct decision_fixture *fixture, const struct row *row)
{
    static struct run_share wanted[] = { { "api-a", 90, NULL, NULL }, { "api-b", 10, NULL, NULL } };
    static struct run_share before[] = { { "api-a", 100, NULL, NULL } };
    static const char *confirmed[] = { "api-b" };
    struct adjust_body *body = ARENA_NEW(fixture->arena, struct adjust_body);
    bool has_looked = strcmp(row->state, "looking") != 0;

    *body = (struct adjust_body){
        .verb = row->is & TRAFFIC ? "traffic" : "scale",
        .service = "api",
        .environment = "staging",
        .place = { "acme", "us-central1", "api-service" },
        .only_tells = row->is & TELLS,
        .is_dry_run = row->is & DRY,
        .range = row->is & LESS ? (struct adjust_range){ 1, 10 } : (struct adjust_range){ 10, 100 },
        .problem = row->is & FAILED ? "no answer in time" : NULL,
        .state_deadline_at_ms = row->is & LATE ? DECISION_NOW_MS : DECISION_NOW_MS + 60000,
    };
    if (row->is & GLASS)
        body->glass.reason = REASON;
    if (row->is & BROKEN)
        broken_keep(&(struct denies){ &(struct explained_rule){ .identity = denied_by(fixture), .rule = RULE }, 1 },
                    &(struct principal){ .system = "slack", .id = "U1", .team = "T1" }, fixture->arena, &body->glass);
    if (row->is & TRAFFIC) {
        body->wanted = wanted;
        body->wanted_count = ARRAY_LEN(wanted);
        body->confirmed = confirmed;
        body->confirmed_count = row->is & CONFIRMED ? 1 : 0;
    }
    if (has_looked) {
        body->range_before = (struct adjust_range){ 2, 20 };
        body->before = before;
        body->before_count = 1;
        body->serving = "api-a";
        body->yields_to = row->is & YIELDS ? "D9" : NULL;
        body->becomes = row->is & TRAFFIC ? "`api-a` 100 % → `api-a` 90 %, `api-b` 10 %" : "2–20 → 10–100";
        body->back = row->is & TRAFFIC ? "traffic api staging api-a=100" : "scale api staging 2 20";
    }
    return body;
}

static const char *configuration_of(const struct row *row)
{
    if (row->is & NO_ROLE)
        return CONFIGURATION FREEZE("release-manager");
    if (row->is & DENIED && row->is & APPROVALS)
        return CONFIGURATION FREEZE("developer")
            "    - { require: { approvals: { from: release-manager } }, for: [scale, traffic] }\n";
    if (row->is & DENIED)
        return CONFIGURATION FREEZE("developer");
    if (row->is & APPROVALS)
        return CONFIGURATION "    - { require: { approvals: { from: release-manager } }, for: [scale, traffic] }\n"
                             "    - { require: { version: \"v*\" }, for: [scale, traffic] }\n";
    return CONFIGURATION;
}

static bool says(const struct outcome *out, const char *part)
{
    if (out->summary && strstr(out->summary, part))
        return true;
    if (!out->reply)
        return false;
    for (size_t i = 0; i < out->reply->lines_count; i++)
        if (strstr(out->reply->lines[i], part))
            return true;
    return strstr(out->reply->text, part) != NULL;
}

/* What goes on past a freeze that was not passed before is journalled, reviewed, and kept. */
static void check_glass(const struct row *row, const struct adjust_body *before, const struct outcome *out)
{
    bool goes_on = !out->result && (row->is & DENIED) && (row->is & GLASS);
    bool is_new = goes_on && !(row->is & BROKEN);
    size_t noted = 0;

    for (size_t i = 0; i < out->journal_count; i++)
        noted += strcmp(out->journal[i].kind, arena_printf(out->arena, "%s.glass_broken", before->verb)) == 0;
    assert_int_equal(noted, is_new);
    assert_int_equal(out->requests_count, is_new);
    if (goes_on)
        assert_int_equal(((const struct adjust_body *)out->body)->glass.denies_count, 1);
    if (!is_new)
        return;
    assert_string_equal(out->requests[0].verb, verb_review_opened.name);
    assert_non_null(strstr(out->requests[0].words[0], "\"service\":\"api\""));
    assert_non_null(strstr(out->requests[0].words[0], "\"rule\":\"" RULE "\""));
    assert_non_null(strstr(out->requests[0].words[0], REASON));
    assert_null(strstr(json_print_in(out->arena, out->journal[0].body), REASON)); /* that can be erased */
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(configuration_of(row));
    struct operation operation = { .id = "D7",
                                   .outside_id = "birth-00000000000000d7",
                                   .kind = "adjust",
                                   .state = row->state,
                                   .target = "api/staging",
                                   .source = "slack",
                                   .requester = { .system = "slack", .id = "U1", .team = "T1" },
                                   .created_at_ms = DECISION_NOW_MS - 1000 };
    struct event event = { .kind = row->kind,
                           .name = row->event,
                           .end = row->end,
                           .body = row->body ? decision_json(fixture, row->body) : NULL };
    struct adjust_body *body = body_of(fixture, row);
    struct outcome out;
    struct card card = { 0 };

    add_target(fixture, row);
    add_hold(fixture, row);
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_adjust.on_event(&fixture->view, &operation, body, &event, &out);
    if (row->moves_to && strcmp(row->moves_to, "*") == 0)
        assert_true(out.timers_count > 0);
    else if (row->moves_to)
        assert_string_equal(out.state, row->moves_to);
    else if (!row->result)
        assert_null(out.state);
    assert_int_equal(out.effects_count > 0 && strcmp(out.effects[0].kind, EFFECT_MESSAGE) != 0, row->effect != NULL);
    if (row->effect)
        assert_string_equal(out.effects[0].kind, row->effect);
    if (row->result)
        assert_string_equal(out.result ? out.result : "it goes on", row->result);
    else
        assert_null(out.result);
    if (row->says && !says(&out, row->says))
        fail_msg("it says: %s | %s", out.reply ? out.reply->text : "-", out.summary ? out.summary : "-");
    check_glass(row, body, &out);
    if (out.end && (row->is & TRAFFIC))
        assert_string_equal(out.end->version, "to `api-a` 90 %, `api-b` 10 %");
    if (out.state && strcmp(out.state, "queued") == 0)
        assert_string_equal(out.claims, "api/staging");
    operation.state = out.state ? out.state : operation.state;
    operation.result = out.result;
    operation.summary = out.summary;
    machine_adjust.card(&fixture->view, &operation, out.body ? out.body : body, &card);
    assert_true(!card.title || card.status);
}

/* It is refused to nobody when it is typed: all on an older one makes the newer ones unknown. */
static void check_way_back_as_typed(void **state)
{
    static struct run_share all_b[] = { { "api-b", 100, NULL, NULL } };
    static const struct row row = { .state = "looking", .is = TRAFFIC };

    (void)state;
    for (int is_whole = 0; is_whole < 2; is_whole++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
        struct operation operation = { .id = "D7", .kind = "adjust", .state = "looking", .target = "api/staging" };
        struct event event = { .kind = EVENT_READING,
                               .name = "service",
                               .end = END_DONE,
                               .body = decision_json(fixture, SERVICE("", ALL_A, "")) };
        struct adjust_body *body = body_of(fixture, &row);
        struct outcome out;

        if (is_whole)
            body->wanted = all_b, body->wanted_count = 1;
        add_target(fixture, &row);
        outcome_init(&out, fixture->arena, "D7", "birth-00000000000000d7");
        machine_adjust.on_event(&fixture->view, &operation, body, &event, &out);
        assert_string_equal(((const struct adjust_body *)out.body)->back,
                            is_whole ? "traffic api staging api-a=100 --confirm api-a"
                                     : "traffic api staging api-a=100");
    }
}

/* ---- people's consent ---- */

static void check_consent(void **state)
{
    static const struct row waits = { .state = APPROVAL_STATE, .is = APPROVALS };
    static const struct {
        const char *who, *says;
        bool counts;
    } cases[] = { { "U1", "does not count", false }, { "U2", "is approved", true }, { "U3", "does not count", false } };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(configuration_of(&waits));
        struct operation operation = { .id = "D7",
                                       .outside_id = "birth-00000000000000d7",
                                       .kind = "adjust",
                                       .state = APPROVAL_STATE,
                                       .target = "api/staging",
                                       .source = "slack",
                                       .requester = { .system = "slack", .id = "U1", .team = "T1" } };
        struct request request = decision_request(fixture, "approve D7");
        struct event event = { .kind = EVENT_REQUEST, .name = "approve", .request = &request };
        struct outcome out;

        request.principal.id = cases[i].who;
        outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
        machine_adjust.on_event(&fixture->view, &operation, body_of(fixture, &waits), &event, &out);
        if (!says(&out, cases[i].says))
            fail_msg("%s: %s", cases[i].who, out.reply->text);
        assert_int_equal(out.state && strcmp(out.state, "changing") == 0, cases[i].counts);
        assert_int_equal(out.effects_count, cases[i].counts);
    }
}

/* Consent is kept for when it helps. */
static void check_consent_past_a_lock(void **state)
{
    static const struct row waits = { .state = APPROVAL_STATE, .is = APPROVALS | LOCKED_ALL };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(configuration_of(&waits));
    struct operation operation = { .id = "D7",
                                   .kind = "adjust",
                                   .state = APPROVAL_STATE,
                                   .target = "api/staging",
                                   .source = "slack",
                                   .requester = { .system = "slack", .id = "U1", .team = "T1" } };
    struct request request = decision_request(fixture, "approve D7");
    struct event event = { .kind = EVENT_REQUEST, .name = "approve", .request = &request };
    struct outcome out;

    (void)state;
    request.principal.id = "U2";
    add_hold(fixture, &waits);
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_adjust.on_event(&fixture->view, &operation, body_of(fixture, &waits), &event, &out);
    if (!says(&out, "Consent does not help"))
        fail_msg("%s", out.reply->text);
    assert_null(out.state);
    assert_int_equal(out.effects_count, 0);
}

/* Right before every try: what was allowed once may be held by now. */
static void check_asked_before_each_try(void **state)
{
    static const struct row at_work = { .state = "changing", .is = 0 },
                            halted = { .state = "changing", .is = HALTED | LESS },
                            good = { .state = "changing", .is = TRAFFIC },
                            bad = { .state = "changing", .is = TRAFFIC | KNOWN_BAD },
                            named = { .state = "changing", .is = TRAFFIC | KNOWN_BAD | CONFIRMED },
                            broken = { .state = "changing", .is = DENIED | GLASS | BROKEN },
                            later = { .state = "changing", .is = DENIED | GLASS },
                            of_others = { .state = "changing", .is = DENIED | NO_ROLE | GLASS | BROKEN };
    static const struct row *const cases[] = { &at_work, &halted, &good, &bad, &named, &broken, &later, &of_others };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(configuration_of(cases[i]));
        struct operation operation = { .id = "D7",
                                       .kind = "adjust",
                                       .state = "changing",
                                       .target = "api/staging",
                                       .source = "slack",
                                       .requester = { .system = "slack", .id = "U1", .team = "T1" } };
        struct error err;

        add_target(fixture, cases[i]);
        add_hold(fixture, cases[i]);
        assert_int_equal(
            machine_adjust.may_increase(&fixture->view, &operation, body_of(fixture, cases[i]), NULL, &err),
            cases[i] != &halted && cases[i] != &bad && cases[i] != &later && cases[i] != &of_others);
    }
}

int main(void)
{
    const struct CMUnitTest rest[] = {
        cmocka_unit_test(check_bounds),
        cmocka_unit_test(check_elsewhere),
        cmocka_unit_test(check_way_back_as_typed),
        cmocka_unit_test(check_consent),
        cmocka_unit_test(check_consent_past_a_lock),
        cmocka_unit_test(check_asked_before_each_try),
    };

    return ROWS(word_rows, check_words) + ROWS(rows, check_row) + cmocka_run_group_tests(rest, NULL, NULL);
}
