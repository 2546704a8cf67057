/* How it is known that a version is irreversible: by a word, by the text of its release, by what was said of its image.
 */
#include "tests/unit/deploy_fixture.h"

#include "handlers/deploy/deploying.h"
#include "handlers/deploy/irreversible.h"
#include "handlers/rollback/rollback.h"

#define CONFIGURATION DECISION_CONFIGURATION "  irreversible_glass: [release-manager]\n"

static struct deploy_body pin(struct decision_fixture *fixture, bool keeps_image, bool is_marked, bool is_typed,
                              struct outcome *out)
{
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, 0);
    struct operation operation = deploy_operation_in("pinning");
    struct event event = { .kind = EVENT_READING,
                           .name = keeps_image ? "service" : "digest",
                           .from = "engine",
                           .body = decision_json(fixture, keeps_image ? "{'serving':'api-2','image':'" IMAGE "'}"
                                                                      : "{'image':'" IMAGE "'}") };

    body->image = NULL;
    body->keeps_image = keeps_image;
    body->is_marked = is_marked;
    body->is_irreversible = is_typed;
    outcome_init(out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, out);
    return *(const struct deploy_body *)out->body;
}

static struct deploy_body pinned(struct decision_fixture *fixture, bool keeps_image, struct outcome *out)
{
    return pin(fixture, keeps_image, false, false, out);
}

static struct deploy_body pinned_marked(struct decision_fixture *fixture, bool is_typed, struct outcome *out)
{
    return pin(fixture, false, true, is_typed, out);
}

static void what_was_said_of_the_image_before_counts(void **state)
{
    static struct target_version left = { .image = IMAGE, .revision = "api-2", .is_irreversible = true, .at_ms = 2 };
    static struct target_version stack[] = { { .image = IMAGE, .revision = "api-2", .is_irreversible = true },
                                             { .image = "other@sha256:1", .revision = "api-3" } };
    struct target target = { .name = "api/staging", .bad = &left, .bad_count = 1 };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct outcome out;

    (void)state;
    assert_false(pinned(fixture, false, &out).is_irreversible);
    fixture->targets = &target;
    fixture->targets_count = 1;
    assert_true(pinned(fixture, false, &out).is_irreversible);
    target = (struct target){ .name = "api/staging", .good = stack, .good_count = 2 };
    assert_true(pinned(fixture, false, &out).is_irreversible);
    target.good_count = 1; /* it serves: what brings it once more changes nothing that had not been changed */
    assert_false(pinned(fixture, false, &out).is_irreversible);
    assert_false(pinned(fixture, true, &out).is_irreversible);
    assert_false(pinned_marked(fixture, false, &out).is_irreversible); /* nor does what its release says */
    assert_true(pinned_marked(fixture, true, &out).is_irreversible);   /* but for what a person says */
    target.doubt = "D9";                                               /* nobody knows what serves */
    assert_true(pinned(fixture, false, &out).is_irreversible);
    target.good_count = 0;
    target.good = NULL;
    assert_true(pinned_marked(fixture, false, &out).is_irreversible);
    fixture->targets_count = 0; /* nothing was ever there */
    assert_true(pinned_marked(fixture, false, &out).is_irreversible);
}

#define DIGEST "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define WITH_RELEASES                                                                                                  \
    "slack:\n"                                                                                                         \
    "  bot_token: xoxb-1\n"                                                                                            \
    "  signing_secrets: [secret]\n"                                                                                    \
    "  team: T1\n"                                                                                                     \
    "automation: { as: \"github-app:12345\" }\n"                                                                       \
    "github: { token: ghp_1, webhook_secrets: [secret] }\n"                                                            \
    "services:\n"                                                                                                      \
    "  - name: api\n"                                                                                                  \
    "    repository: acme/platform\n"                                                                                  \
    "    artifact: { image: \"us-docker.pkg.dev/acme/images/api:{version}\" }\n"                                       \
    "    environments:\n"                                                                                              \
    "      - name: staging\n"                                                                                          \
    "        driver: { cloud_run: { project: acme, region: us-central1, service: api-service } }\n"                    \
    "        strategy: all-at-once\n"                                                                                  \
    "        release: { on: github-release, tags: \"v*\", irreversible: \"NO WAY BACK\" }\n"                           \
    "      - name: production\n"                                                                                       \
    "        driver: { cloud_run: { project: acme, region: us-central1, service: api-prod } }\n"                       \
    "        strategy: all-at-once\n"                                                                                  \
    "policy:\n"                                                                                                        \
    "  roles: [{ name: developer, members: [\"slack:U1\"] }]\n"                                                        \
    "  rules: [{ allow: \"*\", to: developer }]\n"                                                                     \
    "  irreversible_glass: [developer]\n"

static void asks_for_its_release(struct decision_fixture *fixture, const char *line, const char *name, const char *ref,
                                 bool may_be_missing)
{
    struct outcome out;

    decision_answer(fixture, line[0] == 'r' ? &verb_rollback : &verb_deploy, line, &out);
    assert_int_equal(out.readings_count, 1);
    assert_string_equal(out.readings[0].name, name);
    if (!ref) {
        assert_null(json_find(out.readings[0].args, "marker"));
        return;
    }
    assert_string_equal(json_find_string(out.readings[0].args, "ref"), ref);
    assert_string_equal(json_find_string(out.readings[0].args, "marker"), "NO WAY BACK");
    assert_int_equal(out.readings[0].deadline_ms, DEPLOY_PIN_DEADLINE_MS); /* it is no matter of taste */
    assert_int_equal(json_find_bool(out.readings[0].args, "may_be_missing", false), may_be_missing);
}

static void the_text_of_a_release_is_looked_at(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_RELEASES);

    (void)state;
    asks_for_its_release(fixture, "deploy api staging release:v1.5.0", "release", "v1.5.0", false);
    asks_for_its_release(fixture, "deploy api staging v1.5.0", "marker", "v1.5.0", true);
    asks_for_its_release(fixture, "deploy api staging v1.5.0@" DIGEST, "marker", "v1.5.0",
                         true); /* as regions get it */
    asks_for_its_release(fixture, "deploy api staging release:v1.5.0@" DIGEST, "release", "v1.5.0", false);
    asks_for_its_release(fixture, "deploy api staging v1.5.0 --irreversible", "commit", NULL,
                         0); /* it is said already */
    asks_for_its_release(fixture, "deploy api staging v1.5.0 --reversible", "commit", NULL, 0);
    asks_for_its_release(fixture, "deploy api staging nightly-7", "commit", NULL,
                         0); /* no release that would roll out */
    asks_for_its_release(fixture, "rollback api staging --to v1.5.0", "marker", "v1.5.0", true);
    asks_for_its_release(fixture, "rollback api staging --to v1.5.0 --reversible", "commit", NULL, 0);
    asks_for_its_release(fixture, "rollback api staging --to v1.5.0 --irreversible", "commit", NULL, 0);
    asks_for_its_release(fixture, "deploy api staging branch:main", "commit", NULL, 0);
    asks_for_its_release(fixture, "deploy api staging " DIGEST, "digest", NULL, 0);   /* an image has no text */
    asks_for_its_release(fixture, "deploy api production v1.5.0", "commit", NULL, 0); /* no release rolls out there */
}

static const struct marker_row {
    const char *name, *reading, *body;
    bool is_irreversible;
} marker_rows[] = {
    { "words in its text", "release", "{'tag':'v1.4.2','is_marked':true}", .is_irreversible = true },
    { "no such words", "release", "{'tag':'v1.4.2'}", .is_irreversible = false },
    { "words in that of its tag", "marker", "{'tag':'v1.4.2','is_marked':true}", .is_irreversible = true },
    { "a tag without a release", "marker", "{'missing':true}", .is_irreversible = false },
};

/* Then what comes next is the commit, or the image. */
static void check_marker(void **state)
{
    const struct marker_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_RELEASES);
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, 0);
    struct operation operation = deploy_operation_in("pinning");
    struct event event = {
        .kind = EVENT_READING, .name = row->reading, .from = "engine", .body = decision_json(fixture, row->body)
    };
    struct outcome out;

    body->source = "acme/platform";
    body->image = NULL;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), "- ?commit");
    assert_int_equal(((const struct deploy_body *)out.body)->is_marked, row->is_irreversible);
}

/* ---- GitHub does not tell ---- */

static const struct untold_row {
    const char *name, *body;
    enum event_end end;
    const char *why;
} untold_rows[] = {
    { "nobody tells in time", NULL, END_GAVE_UP, "no answer in time" },
    { "GitHub refuses to tell", NULL, END_FAILED, "it was refused without a reason" },
    { "an answer of another kind", "{'is_marked':'yes'}", END_DONE, "the answer made no sense" },
    { "an answer without the tag", "{'is_marked':false}", END_DONE, "the answer made no sense" },
};

/* A deploy of a bare tag, from its first answer on. */
struct pinning {
    struct decision_fixture *fixture;
    struct operation operation;
    const struct deploy_body *body;
    struct outcome out;
};

static struct pinning pinning_of(struct decision_fixture *fixture)
{
    struct pinning pinning = { fixture, deploy_operation_in("pinning"), NULL, { 0 } };
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, AT_ONCE);

    body->source = "acme/platform";
    body->irreversible_release = "v1.4.2";
    body->image = NULL;
    pinning.body = body;
    return pinning;
}

static const char *hears(struct pinning *pinning, const char *reading, enum event_end end, const char *answer)
{
    struct event event = { .kind = EVENT_READING,
                           .name = reading,
                           .from = "engine",
                           .end = end,
                           .body = answer ? decision_json(pinning->fixture, answer) : NULL };

    outcome_init(&pinning->out, pinning->fixture->arena, pinning->operation.id, pinning->operation.outside_id);
    machine_deploy.on_event(&pinning->fixture->view, &pinning->operation, pinning->body, &event, &pinning->out);
    pinning->body = pinning->out.body;
    return deploy_outcome_text(&pinning->out, pinning->fixture->arena);
}

/* GitHub tells nothing, and the registry does. */
static const char *hears_of_the_image_alone(struct pinning *pinning, const struct untold_row *row)
{
    assert_string_equal(hears(pinning, "marker", row->end, row->body), "- ?commit");
    assert_string_equal(hears(pinning, "commit", END_GAVE_UP, NULL), "- ?digest");
    return hears(pinning, "digest", END_DONE, "{'image':'" IMAGE "'}");
}

#define UNTOLD                                                                                                         \
    "GitHub did not tell whether its release `v1.4.2` is irreversible: %s. Nothing was changed. Say it yourself, and " \
    "it is not asked: `deploy api staging v1.4.2 --irreversible`, if it may be; else `deploy api staging v1.4.2 "      \
    "--reversible`."

/* It could be irreversible, so it is not rolled out as if it were not; and how to go on is said. */
static void check_untold(void **state)
{
    const struct untold_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_RELEASES);
    struct pinning pinning = pinning_of(fixture);

    assert_string_equal(hears_of_the_image_alone(&pinning, row), "failed =failed");
    assert_string_equal(pinning.out.summary, arena_printf(fixture->arena, UNTOLD, row->why));
}

/* What was there before is known without GitHub, with its mark: a way back is never held for want of it. */
static void what_is_on_record_needs_no_github(void **state)
{
    static struct target_version was = { .version = "v1.4.2", .image = IMAGE, .revision = "api-2" };

    (void)state;
    for (int i = 0; i < 4; i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_RELEASES);
        struct pinning pinning = pinning_of(fixture);
        struct target target = { .name = "api/staging" };
        struct outcome out;

        was.is_irreversible = i % 2;
        *(i < 2 ? &target.good : &target.bad) = &was;
        *(i < 2 ? &target.good_count : &target.bad_count) = 1;
        target.doubt = "D9"; /* nobody knows that it serves */
        fixture->targets = &target;
        fixture->targets_count = 1;
        decision_answer(fixture, &verb_deploy, "deploy api staging v1.4.2", &out);
        assert_int_equal(out.readings[0].deadline_ms, 5 * SECOND_MS); /* so it is not waited for long, either */
        assert_string_equal(hears_of_the_image_alone(&pinning, &untold_rows[0]), "queued");
        assert_int_equal(pinning.body->is_irreversible, i % 2);
        assert_null(pinning.body->irreversible_untold);
        assert_true(json_find_bool(pinning.out.journal[0].body, "irreversible_by_record", false));
    }
}

/* Its tag was moved: what the record knows by that name is another image, so GitHub is asked once more, for longer. */
static void what_was_moved_is_asked_for_once_more(void **state)
{
    static struct target_version other = { .version = "v1.4.2", .image = "other@sha256:1", .revision = "api-2" };
    struct target target = { .name = "api/staging", .good = &other, .good_count = 1 };

    (void)state;
    for (int is_told = 0; is_told < 2; is_told++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_RELEASES);
        struct pinning pinning = pinning_of(fixture);

        fixture->targets = &target;
        fixture->targets_count = 1;
        assert_string_equal(hears_of_the_image_alone(&pinning, &untold_rows[0]), "- ?marker");
        assert_int_equal(pinning.out.readings[0].deadline_ms, DEPLOY_PIN_DEADLINE_MS);
        if (is_told) {
            assert_string_equal(hears(&pinning, "marker", END_DONE, "{'tag':'v1.4.2','is_marked':true}"), "queued");
            assert_true(pinning.body->is_irreversible);
        } else {
            assert_string_equal(hears(&pinning, "marker", END_GAVE_UP, NULL), "failed =failed");
        }
    }
}

/* Without an image no record knows it, so nothing else is looked for. */
static void without_an_image_nobody_else_knows(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_RELEASES);
    struct pinning pinning = pinning_of(fixture);
    struct deploy_body body = *pinning.body;

    (void)state;
    body.repository = "";
    pinning.body = &body;
    assert_string_equal(hears(&pinning, "marker", END_GAVE_UP, NULL), "failed =failed");
}

/* From the first moment on, and not for longer than it is so. */
static void the_card_names_what_goes_on(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_RELEASES);
    struct pinning pinning = pinning_of(fixture);

    (void)state;
    assert_string_equal(
        irreversible_asked_text(&fixture->view, &pinning.operation, pinning.body),
        "whether its release `v1.4.2` is irreversible; `deploy api staging v1.4.2 --irreversible`, if it "
        "may be, or `deploy api staging v1.4.2 --reversible` goes on without that");
    hears(&pinning, "marker", END_DONE, "{'missing':true}");
    assert_null(irreversible_asked_text(&fixture->view, &pinning.operation, pinning.body));
}

/* One that waits for GitHub's word is not the same as one that need not. */
static void what_waits_for_github_stops_nobody_who_need_not(void **state)
{
    static const struct {
        const char *line;
        bool is_told, goes_on;
    } asked[] = {
        { "deploy api staging v1.4.2", false, false },
        { "deploy api staging v1.4.2 --irreversible", false, true },
        { "deploy api staging v1.4.2 --reversible", false, true },
        { "deploy api staging v1.4.2 --reversible", true, false },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_RELEASES);
        struct pinning pinning = pinning_of(fixture);
        struct deploy_body body = *pinning.body;
        struct outcome out;
        const char *answer;
        cJSON *json;

        body.is_release_told = asked[i].is_told;
        pinning.operation.id = "D1000";
        json = shape_to_json(&deploy_body_shape, &body, SHAPE_WHOLE);
        arena_defer(fixture->arena, (void (*)(void *))cJSON_Delete, json);
        pinning.operation.body = json;
        fixture->operations = &pinning.operation;
        fixture->operations_count = 1;
        answer = decision_answer(fixture, &verb_deploy, asked[i].line, &out);
        assert_int_equal(strstr(answer, "D1000 does that already") == NULL, asked[i].goes_on);
    }
}

/* Whoever types them again asks for the same, and not for a slower or a safer thing. */
static void words_to_ask_again_leave_nothing_out(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_RELEASES);
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, BLUE_GREEN);

    (void)state;
    body->is_now = body->is_reversible = true;
    body->reason = body->break_glass = "a fire";
    assert_string_equal(
        deploy_words(&fixture->view, "api/staging", body),
        "deploy api staging v1.4.2 --strategy blue-green --now --reversible --reason ... --break-glass ...");
}

static void both_words_contradict(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_RELEASES);
    struct outcome out;

    (void)state;
    deploy_assert_says(
        decision_answer(fixture, &verb_deploy, "deploy api staging v1.5.0 --reversible --irreversible", &out),
        "`--irreversible` and `--reversible` contradict");
    deploy_assert_says(decision_answer(fixture, &verb_rollback, "rollback api staging --reversible", &out),
                       "`--reversible` belongs to `--to VERSION`");
}

static void whoever_asks_is_told(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_RELEASES);
    struct outcome out;

    (void)state;
    deploy_assert_says(decision_answer(fixture, &verb_deploy, "deploy api production v1.5.0 --irreversible", &out),
                       "It is irreversible: from its first traffic on nothing takes that back but `rollback api "
                       "production --break-glass TEXT` by `developer`.");
    assert_true(((const struct deploy_body *)out.body)->is_irreversible);
    assert_null(strstr(decision_answer(fixture, &verb_deploy, "deploy api production v1.5.0", &out), "irreversible"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "what was said of the image before counts", what_was_said_of_the_image_before_counts, NULL, NULL, NULL },
        { "the text of a release is looked at", the_text_of_a_release_is_looked_at, NULL, NULL, NULL },
        { "whoever asks is told", whoever_asks_is_told, NULL, NULL, NULL },
        { "what is on record needs no GitHub", what_is_on_record_needs_no_github, NULL, NULL, NULL },
        { "what was moved is asked for once more", what_was_moved_is_asked_for_once_more, NULL, NULL, NULL },
        { "without an image nobody else knows", without_an_image_nobody_else_knows, NULL, NULL, NULL },
        { "the card names what goes on", the_card_names_what_goes_on, NULL, NULL, NULL },
        { "what waits for GitHub stops nobody who need not", what_waits_for_github_stops_nobody_who_need_not, NULL,
          NULL, NULL },
        { "words to ask again leave nothing out", words_to_ask_again_leave_nothing_out, NULL, NULL, NULL },
        { "both words contradict", both_words_contradict, NULL, NULL, NULL },
    };

    return ROWS(marker_rows, check_marker) + ROWS(untold_rows, check_untold) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
