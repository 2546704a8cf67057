/* What policy wants to know of a pinned version before it goes anywhere: is its commit green, who wrote what it brings,
 * and where is it good already? */
#include "tests/unit/deploy_fixture.h"

#include "handlers/deploy/deploying.h"
#include "handlers/deploy/evidence.h"

#include "bot/model/checks.h"

#define SHA "70e4b6c9d315f8a2701c4be59d3260f8a1c7e4b6"
#define OTHER_SHA "1111111111111111111111111111111111111111"
#define GREEN "    - { require: { checks: green }, for: deploy }\n"
#define GREEN_AND_V9 "    - { require: { checks: green, version: \"v9.*\" }, for: deploy }\n"
#define BY_OTHERS                                                                                                      \
    "    - { require: { approvals: { count: 1, from: release-manager, exclude_authors: true } }, for: deploy }\n"
#define BY_ANYBODY "    - { require: { approvals: { count: 1, from: release-manager } }, for: deploy }\n"
#define HEALTHY "    - { require: { healthy_in: { environment: production, for: 1h } }, for: deploy }\n"

enum {
    NO_COMMIT = 1,
    NO_SOURCE = 2,
    SERVES_OURS = 4,    /* a commit that is on record serves */
    SERVES_STRANGE = 8, /* something serves whose operation nobody remembers */
    READ_NOW = 16,      /* its checks were green a minute ago */
    READ_LONG_AGO = 32,
    LAST_LOOK = 64, /* the deadline of the wait is over */
    LOOKED_OFTEN = 128,
    AUTHORS_KNOWN = 256, /* zoe alone, since what serves now */
    AUTHORS_SINCE_OTHER = 512,
    BOB_APPROVED = 1024,
    HELD_BY_OTHER = 2048,
    AUTHORS_ASKED = 4096,
    FIVE_MINUTES = 8192,
    OLD_COMMIT = 16384,
    HAD_BEGUN = 32768, /* one was seen by an earlier look */
    IN_DOUBT_NOW = 65536,
    ONE_WAS_BAD = 131072, /* the only one that was ever there */
    HALF_A_MINUTE = 262144,
};

/* The fixture's, with GitHub. */
static char *configuration(const char *rule)
{
    AUTO_FREE char *rest = deploy_with_rule(rule);
    AUTO_BUF struct buf text = BUF(8000);

    buf_puts(&text, "github: { token: t }\npeople:\n  - { name: zoe, github: zoe }\n"
                    "  - { name: bob, github: bob, slack: U2 }\n"); /* an author whom somebody knows */
    buf_puts(&text, rest);
    return xstrdup(buf_text(&text));
}

static void give_serving(struct decision_fixture *fixture, unsigned is)
{
    struct target_version *good = ARENA_NEW(fixture->arena, struct target_version);
    struct operation *before = ARENA_NEW(fixture->arena, struct operation);
    struct target *target = ARENA_NEW(fixture->arena, struct target);

    *good = (struct target_version){ .version = "v1.4.1",
                                     .image = "us-docker.pkg.dev/acme/images/api@sha256:0001",
                                     .revision = "api-old",
                                     .operation = is & SERVES_STRANGE ? "D1" : "D1000",
                                     .at_ms = DECISION_NOW_MS - HOUR_MS };
    *before = (struct operation){ .id = "D1000",
                                  .kind = "deploy",
                                  .body = decision_json(fixture, "{'commit':{'sha':'" OTHER_SHA "'}}") };
    *target = (struct target){ .name = "api/staging", .holder = is & HELD_BY_OTHER ? "D1041" : "D1042" };
    if (is & (SERVES_OURS | SERVES_STRANGE)) {
        target->good = good;
        target->good_count = 1;
    }
    if (is & ONE_WAS_BAD) {
        target->bad = good;
        target->bad_count = 1;
    }
    target->doubt = is & IN_DOUBT_NOW ? "D1041" : NULL;
    fixture->ended = before;
    fixture->ended_count = 1;
    fixture->targets = target;
    fixture->targets_count = 1;
}

static struct deploy_checks *checks_made(struct decision_fixture *fixture, unsigned is)
{
    struct deploy_checks *checks = ARENA_NEW(fixture->arena, struct deploy_checks);

    checks->since_ms = DECISION_NOW_MS - (is & LAST_LOOK ? 30 : is & FIVE_MINUTES ? 5 : 3) * MINUTE_MS;
    if (is & HALF_A_MINUTE)
        checks->since_ms = DECISION_NOW_MS - 30 * SECOND_MS;
    checks->has_begun = is & HAD_BEGUN;
    checks->until_ms = checks->since_ms + 30 * MINUTE_MS;
    checks->looks = is & LOOKED_OFTEN ? 40 : 0;
    if (is & (READ_NOW | READ_LONG_AGO)) {
        checks->state = CHECKED_GREEN;
        checks->read_at_ms = DECISION_NOW_MS - (is & READ_NOW ? 1 : 6) * MINUTE_MS;
    }
    return checks;
}

static struct deploy_body *body_made(struct decision_fixture *fixture, const char *state, unsigned is)
{
    static const char *zoe[] = { "zoe" };
    static struct approval bob[] = { { { "slack", "U2", "T1", "bob" }, DECISION_NOW_MS - MINUTE_MS } };
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, AT_ONCE);
    struct source_commit *commit = ARENA_NEW(fixture->arena, struct source_commit);
    struct deploy_authors *authors = ARENA_NEW(fixture->arena, struct deploy_authors);

    commit->sha = SHA;
    commit->at_ms = is & OLD_COMMIT ? DECISION_NOW_MS - 14 * MINUTE_MS : 0;
    *authors = (struct deploy_authors){ is & AUTHORS_SINCE_OTHER ? SHA : OTHER_SHA, !(is & AUTHORS_ASKED), zoe, 1 };
    body->image = strcmp(state, "pinning") == 0 ? NULL : IMAGE;
    body->source = is & NO_SOURCE ? NULL : "acme/platform";
    body->commit = is & NO_COMMIT ? NULL : commit;
    body->github_checks = strcmp(state, "pinning") == 0 ? NULL : checks_made(fixture, is);
    if (is & (AUTHORS_KNOWN | AUTHORS_SINCE_OTHER | AUTHORS_ASKED))
        body->authors = authors;
    if (is & BOB_APPROVED) {
        body->approvals.given = bob;
        body->approvals.given_count = 1;
        body->approvals.used_at_ms = DECISION_NOW_MS - MINUTE_MS;
    }
    return body;
}

/* ---- one event ---- */

#define DIGEST EVENT_READING, "digest", END_DONE, "{'image':'" IMAGE "'}"
#define CHECKS(json) EVENT_READING, "checks", END_DONE, json
#define ALL_GREEN CHECKS("{'state':3,'count':4}")
#define ONE_RED CHECKS("{'state':2,'count':4,'failed':1,'pending':2,'names':['unit <!here> `tests`']}")
#define SEVEN_RED CHECKS("{'state':2,'count':9,'failed':7,'names':['a','b','c','d','e']}")
#define TWO_RUN CHECKS("{'state':1,'count':4,'pending':2,'names':['build','lint']}")
#define NONE_YET CHECKS("{'state':0,'count':0}")
#define NO_ANSWER EVENT_READING, "checks", END_GAVE_UP, NULL
#define NOT_ALLOWED EVENT_READING, "checks", END_FAILED, NULL
#define POLL EVENT_TIMER, "poll", END_DONE, NULL
#define TOLD EVENT_OUTSIDE, "check_suite.completed", END_DONE, NULL
#define GRANTED EVENT_MESSAGE, MESSAGE_GRANTED, END_DONE, NULL
#define AUTHORS(json) EVENT_READING, "authors", END_DONE, json
#define ZOE AUTHORS("{'is_known':true,'logins':['zoe']}")
#define NOBODY_KNOWS AUTHORS("{'is_known':false,'unknown':'it brings 251 commits'}")
#define AUTHORS_FAILED EVENT_READING, "authors", END_FAILED, NULL

static const struct row {
    const char *name, *rule, *state;
    unsigned is;
    enum event_kind kind;
    const char *event;
    enum event_end end;
    const char *body, *outcome, *says;
} rows[] = {
    { "nobody asks GitHub what no rule asks for", NULL, "pinning", 0, DIGEST, "queued", NULL },
    { "green is read before anything else", GREEN, "pinning", 0, DIGEST, "awaiting-checks ?checks", NULL },
    { "but not for one that is refused anyway", GREEN_AND_V9, "pinning", 0, DIGEST, "refused =refused", "v9.*" },
    { "an image of no commit is not green", GREEN, "pinning", NO_COMMIT, DIGEST, "refused =refused",
      "policy asks for green checks (test.yaml:40), and of which commit the image was built is not known" },
    { "nor one of no repository", GREEN, "pinning", NO_SOURCE | NO_COMMIT, DIGEST, "refused =refused",
      "the service names no `repository` on GitHub" },

    { "all green goes on", GREEN, "awaiting-checks", 0, ALL_GREEN, "queued", NULL },
    { "and to people, where they are asked", GREEN BY_ANYBODY, "awaiting-checks", 0, ALL_GREEN,
      "awaiting-approval !slack.message ?commits ?serves @unapproved+4h @ask+10m", NULL },
    { "not all are done", GREEN, "awaiting-checks", 0, TWO_RUN, "awaiting-checks @poll+10s", NULL },
    { "none is there yet", GREEN, "awaiting-checks", 0, NONE_YET, "awaiting-checks @poll+10s", NULL },
    { "it is asked less often with time", GREEN, "awaiting-checks", LOOKED_OFTEN, TWO_RUN, "awaiting-checks @poll+30s",
      NULL },
    { "and not for ever", GREEN, "awaiting-checks", LAST_LOOK, TWO_RUN, "refused =refused",
      "those of commit `70e4b6c9d315` were not within 30 min: 2 of 4 are not done: `build`, `lint`. Nothing was changed." },
    { "one that had begun is waited for, whatever GitHub forgets", GREEN, "awaiting-checks", FIVE_MINUTES | HAD_BEGUN,
      NONE_YET, "awaiting-checks @poll+10s", NULL },
    { "where none was set up none is waited for", GREEN, "awaiting-checks", FIVE_MINUTES, NONE_YET, "refused =refused",
      "GitHub knows no check of `70e4b6c9d315`: `checks: green` cannot be met there (test.yaml:40). Nothing was changed." },
    { "of an old commit none comes any more", GREEN, "awaiting-checks", OLD_COMMIT, NONE_YET, "refused =refused",
      "GitHub knows no check of" },
    { "unless it was just pushed, which its age does not tell", GREEN, "awaiting-checks", OLD_COMMIT | HALF_A_MINUTE,
      NONE_YET, "awaiting-checks @poll+10s", NULL },
    { "but one that runs does", GREEN, "awaiting-checks", OLD_COMMIT, TWO_RUN, "awaiting-checks @poll+10s", NULL },
    { "one that failed is the end", GREEN, "awaiting-checks", 0, ONE_RED, "refused =refused", "1 of 4 failed: `unit" },
    { "of many five are named", GREEN, "awaiting-checks", 0, SEVEN_RED, "refused =refused",
      "7 of 9 failed: `a`, `b`, `c`, `d`, `e` and 2 more" },
    { "a GitHub that is down ends nothing", GREEN, "awaiting-checks", 0, NO_ANSWER, "awaiting-checks @poll+10s", NULL },
    { "but in time", GREEN, "awaiting-checks", LAST_LOOK, NO_ANSWER, "refused =refused", "GitHub did not tell" },
    { "one that says no does", GREEN, "awaiting-checks", 0, NOT_ALLOWED, "refused =refused", "cannot be read: " },
    { "an answer that makes no sense is none", GREEN, "awaiting-checks", 0, CHECKS("{'state':'fine'}"),
      "awaiting-checks @poll+10s", NULL },
    { "whatever they are, when no rule asks any more", NULL, "awaiting-checks", 0, ONE_RED, "queued", NULL },
    { "it is looked at again", GREEN, "awaiting-checks", 0, POLL, "awaiting-checks ?checks", NULL },
    { "and when GitHub says so", GREEN, "awaiting-checks", 0, TOLD, "awaiting-checks ?checks", NULL },
    { "but not once they are green", GREEN, "awaiting-checks", READ_NOW, TOLD, "nothing", NULL },

    { "fresh ones are believed at the start", GREEN, "queued", READ_NOW, GRANTED, "looking !github.deployment ?service ?commits", NULL },
    { "old ones are read once more", GREEN, "queued", READ_LONG_AGO, GRANTED, "queued ?checks", NULL },
    { "also when no rule asked for them then", GREEN, "queued", 0, GRANTED, "queued ?checks", NULL },
    { "and not when none does any more", NULL, "queued", READ_LONG_AGO, GRANTED, "looking !github.deployment ?service ?commits", NULL },
    { "still green it starts", GREEN, "queued", READ_LONG_AGO, ALL_GREEN, "looking !github.deployment ?service ?commits", NULL },
    { "turned red it does not", GREEN, "queued", READ_LONG_AGO, ONE_RED, "refused =refused", "1 of 4 failed" },
    { "run again they are waited for", GREEN, "queued", READ_LONG_AGO, TWO_RUN, "awaiting-checks @poll+10s", NULL },
    { "an answer that comes before its turn is nobody's", GREEN, "queued", READ_LONG_AGO | HELD_BY_OTHER, ALL_GREEN,
      "nothing", NULL },
    { "likewise one about authors", BY_OTHERS, "queued", AUTHORS_KNOWN | HELD_BY_OTHER, ZOE, "nothing", NULL },

    { "who wrote it is read when an author cannot approve", BY_OTHERS, "pinning", SERVES_OURS, DIGEST, "- ?authors",
      NULL },
    { "after the checks", GREEN BY_OTHERS, "awaiting-checks", SERVES_OURS, ALL_GREEN, "- ?authors", NULL },
    { "then people are asked", GREEN BY_OTHERS, "awaiting-checks", SERVES_OURS | READ_NOW | AUTHORS_ASKED, ZOE,
      "awaiting-approval !slack.message ?way-back @unapproved+4h @ask+10m", NULL },
    { "what serves is of nobody knows what commit", BY_OTHERS, "pinning", SERVES_STRANGE, DIGEST, "refused =refused",
      "which commit serves api/staging now is not on record" },
    { "it says who can do something about that", BY_OTHERS, "pinning", SERVES_STRANGE, DIGEST, "refused =refused",
      "can take `exclude_authors` out of the rule (test.yaml:" },
    { "what serves is in doubt", BY_OTHERS, "pinning", SERVES_OURS | IN_DOUBT_NOW, DIGEST, "refused =refused",
      "what serves api/staging is in doubt since D1041: `rollback` settles that" },
    { "where nothing was ever deployed its own author is asked for", BY_OTHERS, "pinning", 0, DIGEST, "- ?authors",
      NULL },
    { "also where what was deployed was never good", BY_OTHERS, "pinning", ONE_WAS_BAD, DIGEST, "- ?authors", NULL },
    { "whose author alone could approve it", BY_OTHERS, "awaiting-checks", SERVES_OURS | AUTHORS_ASKED,
      AUTHORS("{'is_known':true,'logins':['bob']}"), "refused =refused",
      "nobody who could approve is known: nobody else is in role release-manager." },
    { "or by one whom nobody knows", BY_OTHERS, "awaiting-checks", SERVES_OURS | AUTHORS_ASKED,
      AUTHORS("{'is_known':true,'logins':['mallory']}"), "refused =refused",
      "as long as one of them is nobody whom the policy knows, as `mallory` is" },
    { "nor is anybody of an image of no commit", BY_OTHERS, "pinning", SERVES_OURS | NO_COMMIT, DIGEST,
      "refused =refused", "of which commit the image was built is not known" },
    { "authors whom nobody knows", BY_OTHERS, "awaiting-checks", SERVES_OURS | AUTHORS_ASKED, NOBODY_KNOWS,
      "refused =refused", "the authors are not known, so nobody's counts: it brings 251 commits" },
    { "or whom GitHub does not tell", BY_OTHERS, "awaiting-checks", SERVES_OURS | AUTHORS_ASKED, AUTHORS_FAILED,
      "refused =refused", "so nobody's counts" },
    { "an answer that nobody asked for changes nothing", BY_OTHERS, "awaiting-checks", SERVES_OURS, ZOE, "nothing",
      NULL },
    { "at the start they are believed as long as the same serves", BY_OTHERS, "queued",
      SERVES_OURS | AUTHORS_KNOWN | BOB_APPROVED, GRANTED, "looking !github.deployment ?service ?commits", NULL },
    { "and read once more when it does not", BY_OTHERS, "queued", SERVES_OURS | AUTHORS_SINCE_OTHER | BOB_APPROVED,
      GRANTED, "- ?authors", NULL },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_FREE char *text = configuration(row->rule);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct operation operation = deploy_operation_in(row->state);
    struct event event = { .kind = row->kind,
                           .name = row->event,
                           .end = row->end,
                           .body = row->body ? decision_json(fixture, row->body) : NULL };
    struct outcome out;

    give_serving(fixture, row->is);
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body_made(fixture, row->state, row->is), &event, &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), row->outcome);
    if (row->says)
        deploy_assert_says(out.summary, row->says);
    assert_int_equal(out.releases,
                     strcmp(row->state, "queued") == 0 && row->outcome[0] == 'a'); /* gives the target back */
    assert_int_equal(out.claims != NULL, strcmp(row->outcome, "queued") == 0);
}

/* ---- where it is good ---- */

#define TWO_REGIONS                                                                                                    \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1 }\n"                                              \
    "services:\n"                                                                                                      \
    "  - name: api\n"                                                                                                  \
    "    artifact: { image: \"us-docker.pkg.dev/acme/images/api:{version}\" }\n"                                       \
    "    environments:\n"                                                                                              \
    "      - name: staging\n"                                                                                          \
    "        driver: { cloud_run: { project: acme, regions: [us-east1, us-west1], service: api-service } }\n"          \
    "        strategy: all-at-once\n"

#define THIS IMAGE
#define SAME_DIGEST "mirror.example/api@sha256:9f86d081884c7d659a2feaa0c55ad015"
#define ANOTHER "us-docker.pkg.dev/acme/images/api@sha256:0001"

static const struct good_row {
    const char *name;
    const char *east, *west; /* images, oldest first, a comma between */
    int64_t east_min, west_min;
    bool is_in_doubt;
    int64_t since_min; /* -1: it is not */
} good_rows[] = {
    { "in both regions: since the younger one", THIS, THIS, 90, 30, false, 30 },
    { "whichever that is", THIS, THIS, 20, 30, false, 20 },
    { "by its digest, wherever it came from", SAME_DIGEST, THIS, 90, 30, false, 30 },
    { "in one alone it is not", THIS, NULL, 90, 0, false, -1 },
    { "nor with another in the second", THIS, ANOTHER, 90, 90, false, -1 },
    { "nor when another came after it", THIS "," ANOTHER, THIS, 90, 90, false, -1 },
    { "nor when nobody knows what runs there now", THIS, THIS, 90, 90, true, -1 },
    { "nor where nothing ever was", NULL, NULL, 0, 0, false, -1 },
};

static struct target good_target(struct decision_fixture *fixture, const char *name, const char *images, int64_t min,
                                 bool is_in_doubt)
{
    struct target target = { .name = name, .doubt = is_in_doubt ? "D7" : NULL };
    struct str rest = str_of(images);

    while (rest.len > 0) {
        const char *image = arena_copy(fixture->arena, str_take_until(&rest, ','));

        *ARENA_PUSH(fixture->arena, target.good, target.good_count) = (struct target_version){
            .version = "v1", .image = image, .operation = "D1", .at_ms = DECISION_NOW_MS - min * MINUTE_MS
        };
    }
    return target;
}

static void check_good(void **state)
{
    const struct good_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TWO_REGIONS);
    struct target targets[] = { good_target(fixture, "api/staging/us-east1", row->east, row->east_min,
                                            row->is_in_doubt),
                                good_target(fixture, "api/staging/us-west1", row->west, row->west_min, false) };
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, AT_ONCE);
    struct facts facts = { 0 };

    fixture->targets = targets;
    fixture->targets_count = ARRAY_LEN(targets);
    fixture->view.shift_ms = 5000; /* the store's clock is what policy compares with */
    evidence_tell(&fixture->view, "queued", body, &facts);
    assert_int_equal(facts.health_count, 1);
    assert_string_equal(facts.health[0].environment, "staging");
    assert_int_equal(facts.health[0].since_ms,
                     row->since_min < 0 ? 0 : DECISION_NOW_MS + 5000 - row->since_min * MINUTE_MS);
    body->image = NULL;
    facts = (struct facts){ 0 };
    evidence_tell(&fixture->view, "pinning", body, &facts); /* not pinned yet: nothing is known */
    assert_int_equal(facts.health_count, 0);
}

/* A version that is good nowhere else is refused by the rule, and one that is goes on. */
static void check_healthy_rule(void **state)
{
    AUTO_FREE char *text = deploy_with_rule(HEALTHY);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct operation operation = deploy_operation_in("pinning");
    struct event event = { EVENT_READING, "digest", .body = decision_json(fixture, "{'image':'" IMAGE "'}") };
    struct target target = good_target(fixture, "api/production", THIS, 61, false);
    struct outcome out;

    (void)state;
    for (int is_good = 0; is_good < 2; is_good++) {
        outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
        machine_deploy.on_event(&fixture->view, &operation, body_made(fixture, "pinning", 0), &event, &out);
        assert_string_equal(deploy_outcome_text(&out, fixture->arena), is_good ? "queued" : "refused =refused");
        fixture->targets = &target;
        fixture->targets_count = 1;
    }
}

/* ---- which commit an image is of ---- */

#define BY_BRANCH "{'commit':{'sha':'" SHA "'},'image_tag':'" SHA "'}"
#define BY_DIGEST "{'commit':{'sha':'" OTHER_SHA "'},'image_tag':'sha256:9f86'}"
#define BY_DIGEST_PROVED "{'commit':{'sha':'" OTHER_SHA "'},'image_tag':'sha256:9f86','built_of':'" SHA "'}"

static const struct commit_row {
    const char *name, *image_tag, *commit, *built_of; /* of what is deployed */
    const char *before; /* of the operation that brought the same image elsewhere; or NULL */
    const char *found;
} commit_rows[] = {
    { "as GitHub told it of the tag that was asked for", "v1.4.2", SHA, NULL, NULL, SHA },
    { "of a digest GitHub's word about the name beside it proves nothing", "sha256:9f86", SHA, NULL, NULL, NULL },
    { "but what was deployed before does", "sha256:9f86", OTHER_SHA, NULL, BY_BRANCH, SHA },
    { "unless that was by its digest, too", "sha256:9f86", NULL, NULL, BY_DIGEST, NULL },
    { "and had been before", "sha256:9f86", NULL, NULL, BY_DIGEST_PROVED, SHA },
    { "once known it is not forgotten", "sha256:9f86", NULL, SHA, NULL, SHA },
    { "settings alone leave the image that serves", NULL, NULL, NULL, BY_BRANCH, SHA },
};

static void check_commit(void **state)
{
    const struct commit_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct target target = good_target(fixture, "api/production", THIS "," ANOTHER, 61, false);
    struct operation before = { .id = "D1", .body = row->before ? decision_json(fixture, row->before) : NULL };
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, AT_ONCE);
    struct source_commit commit = { .sha = row->commit };

    fixture->targets = &target;
    fixture->targets_count = 1;
    fixture->ended = &before;
    fixture->ended_count = row->before ? 1 : 0;
    body->image_tag = row->image_tag;
    body->commit = row->commit ? &commit : NULL;
    body->built_of = row->built_of;
    deploy_assert_says(evidence_commit(&fixture->view, body), row->found);
    body->image = "us-docker.pkg.dev/acme/images/api@sha256:0002"; /* which nobody deployed */
    body->built_of = NULL;
    deploy_assert_says(evidence_commit(&fixture->view, body),
                       row->commit && !strstr(row->image_tag, "sha256") ? row->commit : NULL);
}

/* What serves by a way back, or by its digest, is of the commit that it was of before. */
static void check_serving_commit(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct target targets[] = { good_target(fixture, "api/staging", THIS, 90, false),
                                good_target(fixture, "api/production", ANOTHER "," THIS, 61, false) };
    struct operation ended[] = { { .id = "D1", .body = decision_json(fixture, BY_BRANCH) },
                                 { .id = "D2", .body = decision_json(fixture, "{}") } };

    (void)state;
    fixture->targets = targets;
    fixture->targets_count = ARRAY_LEN(targets);
    fixture->ended = ended;
    fixture->ended_count = ARRAY_LEN(ended);
    targets[1].good[1].operation = "D2";
    assert_string_equal(evidence_serving_commit(&fixture->view, "api", "api/production"), SHA);
    targets[1].doubt = "D9";
    assert_null(evidence_serving_commit(&fixture->view, "api", "api/production"));
    assert_null(evidence_serving_commit(&fixture->view, "api", "api/nowhere"));
}

/* ---- who wrote it ---- */

static void check_authors_as_people_write_them(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture =
        decision_create("people:\n  - { name: zoe, github: Zoe }\n" DECISION_CONFIGURATION);
    struct deploy_body *body = body_made(fixture, "queued", AUTHORS_KNOWN);
    struct facts facts = { 0 };

    (void)state;
    evidence_tell(&fixture->view, "queued", body, &facts);
    assert_true(facts.are_authors_known);
    assert_int_equal(facts.authors_count, 1);
    assert_string_equal(facts.authors[0].system, "github");
    assert_string_equal(facts.authors[0].id, "Zoe");
    body = body_made(fixture, "queued", AUTHORS_ASKED); /* GitHub has not told yet */
    facts = (struct facts){ 0 };
    evidence_tell(&fixture->view, "queued", body, &facts);
    assert_false(facts.are_authors_known);
}

/* ---- its card ---- */

static void check_card(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_checks checks = { .since_ms = DECISION_NOW_MS,
                                    .until_ms = DECISION_NOW_MS + 30 * MINUTE_MS,
                                    .undone = "1 of 2 is not done: `build`" };
    struct deploy_body body = { .github_checks = &checks };
    const char *text = deploy_checks_text(&fixture->view, &body);

    (void)state;
    deploy_assert_says(text, card_time(DECISION_NOW_MS + 30 * MINUTE_MS, fixture->arena));
    deploy_assert_says(text, "at the latest: 1 of 2 is not done: `build`");
    checks.undone = NULL;
    assert_true(str_ends_with(str_of(deploy_checks_text(&fixture->view, &body)), "at the latest"));
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(good_rows) + ARRAY_LEN(commit_rows) + 4];
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[count++] = (struct CMUnitTest){ .name = rows[i].name,
                                              .test_func = check_row,
                                              .initial_state = (void *)(uintptr_t)&rows[i] };
    for (size_t i = 0; i < ARRAY_LEN(good_rows); i++)
        tests[count++] = (struct CMUnitTest){ .name = good_rows[i].name,
                                              .test_func = check_good,
                                              .initial_state = (void *)(uintptr_t)&good_rows[i] };
    for (size_t i = 0; i < ARRAY_LEN(commit_rows); i++)
        tests[count++] = (struct CMUnitTest){ .name = commit_rows[i].name,
                                              .test_func = check_commit,
                                              .initial_state = (void *)(uintptr_t)&commit_rows[i] };
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(check_healthy_rule);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(check_serving_commit);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(check_authors_as_people_write_them);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(check_card);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
