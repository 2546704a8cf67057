/* A deploy that something on GitHub began: its link is believed of a living trigger alone, and whoever did it there
 * does not consent to it. */
#include "tests/unit/deploy_fixture.h"
#include "tests/unit/trigger_fixture.h"

#include "handlers/deploy/evidence.h"
#include "handlers/deploy/triggered.h"
#include "handlers/trigger/trigger.h"

#define PEOPLE                                                                                                         \
    TRIGGER_CONFIGURATION "people:\n"                                                                                  \
                          "  - { name: mia, slack: U1, github: mia }\n"                                                \
                          "  - { name: bob, slack: U2, github: bob }\n"

/* What is decided, in a line. */
static const char *line_of(const struct outcome *out, struct arena *arena)
{
    const char *ref = out->readings_count > 0 ? json_find_string(out->readings[0].args, "ref") : NULL;

    if (out->result)
        return arena_printf(arena, "%s: %s", out->result, out->summary);
    return arena_printf(arena, "%s: %s%s%s%s", out->state ? out->state : "-", out->claims ? "claims " : "",
                        out->claims ? out->claims : "", ref ? out->readings[0].kind : "",
                        ref ? arena_printf(arena, " %s", ref) : "");
}

/* ---- the link ---- */

#define TRIGGER_BODY                                                                                                   \
    "{'repository':'acme/platform','tag':'v1.5.0','sha':'" TRIGGER_SHA                                                 \
    "','subject':'acme/platform/releases/991','initiator':{'system':'github','id':'mia'}}"

static const struct link_row {
    const char *name, *by, *source;
    bool is_good;
    const char *what; /* NULL: it is nobody's on GitHub */
} link_rows[] = {
    { "a living trigger's", "L7", "github", true, "release `v1.5.0` of acme/platform" },
    { "none at all", NULL, "slack", true, NULL },
    { "typed in Slack", "L7", "slack", false, NULL },
    { "by the API", "L7", "api", false, NULL },
    { "of one that is over", "L8", "github", false, NULL },
    { "of one that nobody knows", "L9", "github", false, NULL },
    { "of another operation", "D12", "github", false, NULL },
    { "of nothing", "", "github", false, NULL },
};

static void check_link(void **state)
{
    const struct link_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct operation operations[] = {
        { .id = "L7", .kind = "trigger", .body = decision_json(fixture, TRIGGER_BODY) },
        { .id = "L8", .kind = "trigger", .body = decision_json(fixture, TRIGGER_BODY), .ended_at_ms = 1 },
        { .id = "D12", .kind = "deploy", .body = decision_json(fixture, "{}") },
    };
    const struct request request = { .source = row->source };
    const struct deploy_trigger *trigger = NULL;
    struct error err;

    fixture->operations = operations;
    fixture->operations_count = ARRAY_LEN(operations);
    assert_int_equal(triggered_read(&fixture->view, &request, row->by, &trigger, &err), row->is_good);
    if (!row->what) {
        assert_null(trigger);
        return;
    }
    assert_string_equal(trigger->what, row->what);
    assert_string_equal(trigger->sha, TRIGGER_SHA);
    assert_string_equal(trigger->initiator.id, "mia");
}

/* ---- consent ---- */

static const struct own_row {
    const char *name, *initiator;
    struct principal by;
    bool is_own;
    const char *author; /* of the release; NULL: not told */
} own_rows[] = {
    { "by their name on GitHub", "mia", { .system = "github", .id = "mia" }, true, NULL },
    { "in Slack", "mia", { .system = "slack", .id = "U1", .team = "T1" }, true, NULL },
    { "GitHub knows no case", "Mia", { .system = "slack", .id = "U1", .team = "T1" }, true, NULL },
    { "somebody else", "mia", { .system = "slack", .id = "U2", .team = "T1" }, false, NULL },
    { "whom nobody knows", "eve", { .system = "slack", .id = "U2", .team = "T1" }, false, NULL },
    { "published by a program, made by them",
      "github-actions[bot]",
      { .system = "slack", .id = "U1", .team = "T1" },
      true,
      "mia" },
    { "made by a program", "mia", { .system = "slack", .id = "U1", .team = "T1" }, true, "github-actions[bot]" },
    { "made by somebody else", "github-actions[bot]", { .system = "slack", .id = "U2", .team = "T1" }, false, "Mia" },
    { "nobody is told", "", { .system = "slack", .id = "U2", .team = "T1" }, false, NULL },
};

static void check_own(void **state)
{
    const struct own_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PEOPLE);
    const struct deploy_trigger trigger = { .what = "w",
                                            .initiator = { .system = "github", .id = row->initiator },
                                            .author = row->author };
    const struct deploy_body body = { .trigger = &trigger }, person = { .trigger = NULL };
    const struct approval_fact given[] = { { row->by, 1 } };
    struct facts facts = { .approvals = given, .approvals_count = 1 };

    assert_int_equal(triggered_by(&fixture->view, &body, &row->by), row->is_own);
    triggered_leave_out_own(&fixture->view, &body, &facts);
    assert_int_equal(facts.approvals_count, row->is_own ? 0 : 1);
    facts = (struct facts){ .approvals = given, .approvals_count = 1 };
    triggered_leave_out_own(&fixture->view, &person, &facts);
    assert_int_equal(facts.approvals_count, 1);
}

/* ---- it was made again by somebody else ---- */

static const struct remade_row {
    const char *name, *trigger; /* that lives */
    bool is_own;                /* of Bob, who consented */
} remade_rows[] = {
    { "Bob published it again",
      "{'repository':'acme/platform','tag':'v1.5.0','initiator':{'system':'github','id':'Bob'}}", true },
    { "Bob made it, a program published it",
      "{'repository':'Acme/Platform','tag':'v1.5.0','author':'bob','initiator':{'system':'github','id':'ci'}}", true },
    { "another release of his",
      "{'repository':'acme/platform','tag':'v1.6.0','initiator':{'system':'github','id':'bob'}}", false },
    { "of another repository", "{'repository':'acme/other','tag':'v1.5.0','initiator':{'system':'github','id':'bob'}}",
      false },
    { "a deployment of his",
      "{'kind':3,'repository':'acme/platform','tag':'v1.5.0','initiator':{'system':'github','id':'bob'}}", false },
};

static void check_remade(void **state)
{
    const struct remade_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PEOPLE);
    const struct deploy_trigger trigger = { .what = "w",
                                            .release = "v1.5.0",
                                            .initiator = { .system = "github", .id = "mia" } };
    const struct deploy_body body = { .source = "acme/platform", .trigger = &trigger };
    const struct principal bob = { .system = "slack", .id = "U2", .team = "T1" };
    struct operation operations[] = { { .id = "L8", .kind = "trigger", .body = decision_json(fixture, row->trigger) } };

    fixture->operations = operations;
    fixture->operations_count = ARRAY_LEN(operations);
    assert_int_equal(triggered_by(&fixture->view, &body, &bob), row->is_own);
}

/* Its trigger may be gone, or never have come: GitHub names whoever made the release as it is now. */
static void who_made_it_again_is_kept(void **state)
{
    static const struct {
        const char *author;
        bool is_new;
    } answers[] = { { "bob", true }, { "Bob", false }, { "carol", true }, { "mia", false }, { "Author", false } };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PEOPLE);
    const struct principal bob = { .system = "slack", .id = "U2", .team = "T1" };
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, AT_ONCE);
    const struct deploy_trigger first = { .what = "w",
                                          .release = "v1.5.0",
                                          .sha = TRIGGER_SHA,
                                          .author = "author",
                                          .initiator = { .system = "github", .id = "mia" } };
    struct operation operation = deploy_operation_in("awaiting-approval");
    size_t known = 0;

    (void)state;
    body->source = "acme/platform";
    body->trigger = &first;
    assert_false(triggered_by(&fixture->view, body, &bob));
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        const char *answer = arena_printf(fixture->arena, "{'tag':'v1.5.0','author':'%s'}", answers[i].author);
        struct event event = { .kind = EVENT_READING,
                               .name = "release-again",
                               .from = "engine",
                               .end = END_DONE,
                               .body = decision_json(fixture, answer) };
        struct outcome out;

        outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
        machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
        assert_string_equal(line_of(&out, fixture->arena), "-: github.commit tags/v1.5.0");
        body = (struct deploy_body *)out.body;
        known += answers[i].is_new;
        assert_int_equal(body->trigger->authors_count, known);
        assert_int_equal(body->acts_count, known);
    }
    assert_true(triggered_by(&fixture->view, body, &bob));
    assert_int_equal(first.authors_count, 0); /* the record's own is not ours to change */
    deploy_assert_says(body->acts[0].what,
                       "found that its release was made again by bob: their consent does not count");
}

/* ---- tags ---- */

static const struct tag_row {
    const char *name, *prefix, *tag, *version;
} tag_rows[] = {
    { "without a prefix", NULL, "v1.5.0", "v1.5.0" },
    { "with it", "api/", "api/v1.5.0", "v1.5.0" },
    { "without it, as a person may type it", "api/", "v1.5.0", "v1.5.0" },
    { "another's", "api/", "web/v1.5.0", "web/v1.5.0" },
    { "nothing else", "api/", "api/", "api/" },
};

static void check_tag(void **state)
{
    const struct tag_row *row = *state;

    assert_string_equal(triggered_strip(row->prefix, row->tag), row->version);
}

/* ---- is it still what began it? ---- */

#define DIGEST "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define THERE "{'image':'us-docker.pkg.dev/acme/images/api@" DIGEST "'}"
#define COMMIT_IS(sha) "{'sha':'" sha "'}"

enum { LONG_AGO = 0, JUST_TOLD = 1, IN_A_REGION = 2, IS_THERE = 4, BY_A_PUSH = 8 };

static const struct again_row {
    const char *name, *state;
    unsigned is;
    const char *reading, *answer; /* reading NULL: its timer; answer NULL: GitHub says no */
    const char *line;             /* its beginning */
} again_rows[] = {
    { "its image came late: the release is asked for", "awaiting-artifact", LONG_AGO, "digest", THERE,
      "-: github.release v1.5.0" },
    { "then the tag", "awaiting-artifact", IS_THERE, "release-again", "{'tag':'v1.5.0'}",
      "-: github.commit tags/v1.5.0" },
    { "both are as they were", "awaiting-artifact", IS_THERE, "commit-again", COMMIT_IS(TRIGGER_SHA),
      "queued: claims api/staging" },
    { "the tag was moved meanwhile", "awaiting-artifact", IS_THERE, "commit-again", COMMIT_IS(TRIGGER_OTHER_SHA),
      "failed: `v1.5.0` was moved since it began this: it was commit 70e4b6c9d315 then, and is 111111111111 now" },
    { "the release is gone", "awaiting-artifact", IS_THERE, "release-again", NULL,
      "failed: GitHub does not say any more that release `v1.5.0` is as it was: why" },
    { "it is a pre-release by now", "awaiting-artifact", IS_THERE, "release-again",
      "{'tag':'v1.5.0','is_prerelease':true}",
      "failed: release `v1.5.0` is not what began this any more: it is a pre-release" },
    { "it is a draft by now", "awaiting-artifact", IS_THERE, "release-again", "{'tag':'v1.5.0','is_draft':true}",
      "failed: release `v1.5.0` is not what began this any more: it is a draft" },
    { "an image that is told twice", "awaiting-artifact", IS_THERE, "digest", THERE, "-:" },
    { "its image was there at once", "pinning", JUST_TOLD, "digest", THERE, "queued: claims api/staging" },
    { "of a push nothing can be moved", "awaiting-artifact", BY_A_PUSH, "digest", THERE, "queued: claims api/staging" },
    { "a release by another kind while it is pinned", "pinning", LONG_AGO, "release",
      "{'tag':'v1.5.0','is_prerelease':true}",
      "failed: release `v1.5.0` is not what began this any more: it is a pre-release" },
    { "without its commit nothing is pinned", "pinning", LONG_AGO, "commit", NULL, "failed: `v1.5.0` could not be" },
    { "a region asks for the release by its tag", "pinning", IN_A_REGION, "marker", "{'tag':'v1.5.0'}",
      "-: github.commit tags/v1.5.0" },
    { "a region whose release is gone", "pinning", IN_A_REGION, "marker", NULL, "failed: `v1.5.0@" },
    { "a region whose tag was moved", "pinning", IN_A_REGION, "commit", COMMIT_IS(TRIGGER_OTHER_SHA),
      "failed: `v1.5.0` was moved since it began this" },
    { "people's consent is there: the release is asked for", "awaiting-approval", IS_THERE, NULL, "{}",
      "-: github.release v1.5.0" },
    { "and it is as it was", "awaiting-approval", IS_THERE, "commit-again", COMMIT_IS(TRIGGER_SHA),
      "queued: claims api/staging" },
    { "its tag was moved while they thought about it", "awaiting-approval", IS_THERE, "commit-again",
      COMMIT_IS(TRIGGER_OTHER_SHA), "failed: `v1.5.0` was moved since it began this" },
};

static void check_again(void **state)
{
    const struct again_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, AT_ONCE);
    struct deploy_trigger trigger = { .what = "release `v1.5.0` of acme/platform",
                                      .sha = TRIGGER_SHA,
                                      .release = row->is & BY_A_PUSH ? NULL : "v1.5.0",
                                      .initiator = { .system = "github", .id = "mia" } };
    struct operation operation = deploy_operation_in(row->state);
    struct event event = { .kind = row->reading ? EVENT_READING : EVENT_TIMER,
                           .name = row->reading ? row->reading : "ask",
                           .from = "engine",
                           .end = row->answer ? END_DONE : END_FAILED,
                           .error = row->answer ? NULL : "why" };
    struct outcome out;

    body->source = "acme/platform";
    body->trigger = &trigger;
    body->version = row->is & IN_A_REGION ? "v1.5.0@" DIGEST : "v1.5.0";
    body->wanted = row->is & IN_A_REGION ? NULL : "release:v1.5.0";
    body->image = row->is & IS_THERE ? body->image : NULL;
    body->told_at_ms = row->is & JUST_TOLD ? fixture->view.now_ms : 0;
    body->artifact_deadline_at_ms = fixture->view.now_ms + HOUR_MS;
    event.body = row->answer ? decision_json(fixture, row->answer) : NULL;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    deploy_assert_says(line_of(&out, fixture->arena), row->line);
}

/* ---- one image for all regions ---- */

/* It was pinned by a tag, and a digest tells no commit; but this digest is of the very release. */
static void a_region_knows_its_commit(void **state)
{
    const struct deploy_trigger trigger = { .what = "w", .sha = TRIGGER_SHA, .release = "v1.5.0" };
    const struct version pinned = { .kind = VERSION_TAG, .name = "v1.5.0", .text = "v1.5.0", .digest = DIGEST },
                         named = { .kind = VERSION_RELEASE, .name = "v1.5.0", .text = "release:v1.5.0" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body body = { .service = "api", .image_tag = DIGEST, .repository = "r", .trigger = &trigger },
                       person = body, single = body;

    (void)state;
    person.trigger = NULL;
    triggered_plan(&pinned, &body);
    triggered_plan(&pinned, &person);
    triggered_plan(&named, &single);
    assert_string_equal(evidence_commit(&fixture->view, &body), TRIGGER_SHA);
    assert_null(evidence_commit(&fixture->view, &person));
    assert_null(evidence_commit(&fixture->view, &single));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_region_knows_its_commit),
                                        cmocka_unit_test(who_made_it_again_is_kept) };

    return cmocka_run_group_tests(tests, NULL, NULL) + ROWS(again_rows, check_again) + ROWS(link_rows, check_link) +
           ROWS(own_rows, check_own) + ROWS(remade_rows, check_remade) + ROWS(tag_rows, check_tag);
}
