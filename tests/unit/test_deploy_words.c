/* The words of `deploy`: versions, settings, what is proposed, several services and several regions at once. */
#include "tests/unit/decision_fixture.h"

#include "bot/base/time.h"
#include "bot/model/exchange.h"
#include "handlers/deploy/body.h"
#include "handlers/deploy/deploy.h"
#include "handlers/deploy/version.h"
#include "handlers/group/group.h"

#define HEX64 "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define DIGEST "sha256:" HEX64
#define SHA40 "8c1f2e6b94d7a03f5e1c8b62d09a47f3e5b1c0d7"

#define WORLD                                                                                                          \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1 }\n"                                              \
    "github: { app: { id: 1, private_key: key } }\n"                                                                   \
    "services:\n"                                                                                                      \
    "  - name: api\n"                                                                                                  \
    "    repository: acme/platform\n"                                                                                  \
    "    artifact: { image: \"us-docker.pkg.dev/acme/images/api:{version}\", branch_tag: \"git-{short_sha}\" }\n"      \
    "    environments:\n"                                                                                              \
    "      - { name: dev, driver: { cloud_run: { project: acme, region: r, service: api-dev } } }\n"                   \
    "      - { name: staging, driver: { cloud_run: { project: acme, region: r, service: api-staging } } }\n"           \
    "      - { name: production, driver: { cloud_run: { project: acme, region: r, service: api-prod } } }\n"           \
    "      - { name: wide, driver: { cloud_run: { project: acme, regions: [east, west], service: api-wide } } }\n"     \
    "      - { name: edge, driver: { github_actions: { workflow: deploy.yml, inputs: { v: \"{version}\" } } } }\n"     \
    "  - name: web\n"                                                                                                  \
    "    needs: [api, db]\n"                                                                                           \
    "    artifact: { image: \"us-docker.pkg.dev/acme/images/web:{version}\", wait: 10m }\n"                            \
    "    environments:\n"                                                                                              \
    "      - name: staging\n"                                                                                          \
    "        driver: { cloud_run: { project: acme, region: r, service: web } }\n"                                      \
    "        default_version: tag:main\n"                                                                              \
    "databases: [{ name: db, cloud_sql: { project: acme, instance: db } }]\n"                                          \
    "policy: { rules: [{ allow: \"*\", to: everyone }] }\n"

/* ---- versions ---- */

static const struct version_row {
    const char *word, *text, *ref;
    const char *digest;
    bool needs_github;
} versions[] = {
    { "v1.4.2", "v1.4.2", "tags/v1.4.2", NULL, false },
    { "tag:v1.4.2", "v1.4.2", "tags/v1.4.2", NULL, false },
    { "3f2a9c1", "3f2a9c1", "tags/3f2a9c1", NULL, false }, /* seven digits are a tag until they say otherwise */
    { "branch:feature/x", "branch:feature/x", "heads/feature/x", NULL, true },
    { "sha:3f2a9c1", "sha:3f2a9c1", "3f2a9c1", NULL, true },
    { SHA40, "sha:" SHA40, SHA40, NULL, false },
    { "sha:" SHA40, "sha:" SHA40, SHA40, NULL, false },
    { "release:v1.5.0", "release:v1.5.0", "tags/v1.5.0", NULL, true },
    { DIGEST, DIGEST, NULL, DIGEST, false },
    { "image:" DIGEST, DIGEST, NULL, DIGEST, false },
    { "v1.4.2@" DIGEST, "v1.4.2", "tags/v1.4.2", DIGEST, false },
    { "sha:3f2a9c1@" DIGEST, "sha:3f2a9c1", "3f2a9c1", DIGEST, false },
    { "branch:main@" DIGEST, "branch:main", "heads/main", DIGEST, false },
    { "branch:", NULL, NULL, NULL, false },
    { "branch:-x", NULL, NULL, NULL, false },
    { "branch:a..b", NULL, NULL, NULL, false },
    { "branch:a b", NULL, NULL, NULL, false },
    { "branch:../../x", NULL, NULL, NULL, false },
    { "branch:a?b=c", NULL, NULL, NULL, false },
    { "branch:a\x01", NULL, NULL, NULL, false },
    { "sha:3F2A9C1", NULL, NULL, NULL, false },
    { "sha:3f2a9c", NULL, NULL, NULL, false },
    { "release:", NULL, NULL, NULL, false },
    { "image:v1", NULL, NULL, NULL, false },
    { "v1@sha256:9f86", NULL, NULL, NULL, false },
    { "@" DIGEST, NULL, NULL, NULL, false },
    { DIGEST "@" DIGEST, NULL, NULL, NULL, false },
    { "v1@v2@" DIGEST, NULL, NULL, NULL, false },
    { "", NULL, NULL, NULL, false },
};

static void versions_are_read(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        const struct version_row *row = &versions[i];
        struct version version;
        struct error err;
        bool is_read = version_read(row->word, arena, &version, &err);

        if (is_read != (row->text != NULL))
            fail_msg("%s: %s", row->word, is_read ? version.text : err.message);
        if (!is_read)
            continue;
        assert_string_equal(version.text, row->text);
        if (row->ref)
            assert_string_equal(version_ref(&version, arena), row->ref);
        else
            assert_null(version_ref(&version, arena));
        assert_true(str_equal(str_of(version.digest), str_of(row->digest)));
        assert_int_equal(version_needs_github(&version), row->needs_github);
    }
    assert_string_equal(version_tag_of_commit("a-{sha}", SHA40, arena), "a-" SHA40);
    assert_string_equal(version_tag_of_commit("{short_sha}-b", SHA40, arena), "8c1f2e6-b");
}

/* ---- one place ---- */

static const struct words_row {
    const char *name, *line, *answer; /* its beginning */
    const char *reading;              /* kind of the first one, and its ref or tag; NULL: nothing begins */
} words[] = {
    { "a branch is asked of GitHub", "deploy api staging branch:main", "*D7*: deploying `branch:main`",
      "github.commit heads/main" },
    { "a release too", "deploy api staging release:latest", "*D7*", "github.release latest" },
    { "a tag's commit is good to know", "deploy api staging v1", "*D7*", "github.commit tags/v1" },
    { "a digest under a name", "deploy api staging v1@" DIGEST, "*D7*: deploying `v1`", "github.commit tags/v1" },
    { "a service without a repository has tags alone", "deploy web staging v1", "*D7*", "registry.digest v1" },
    { "a branch of one makes no sense", "deploy web staging branch:main",
      "MISUSED `branch:main` is a name on GitHub, and `web` is not connected to it", NULL },
    { "settings alone", "deploy api staging --set-env A=1 --set-env B=x=y", "*D7*: deploying other settings (`A`, `B`)",
      "run.service" },
    { "and said so", "deploy api staging --image unchanged --set-env A=", "*D7*: deploying other settings (`A`)",
      "run.service" },
    { "settings with a version", "deploy api staging v1 --set-env A=1",
      "*D7*: deploying `v1` with other settings (`A`)", "github.commit tags/v1" },
    { "a name that is none", "deploy api staging --set-env 1A=very-secret", "MISUSED `--set-env` takes NAME=VALUE",
      NULL },
    { "no value", "deploy api staging --set-env very-secret", "MISUSED `--set-env` takes NAME=VALUE", NULL },
    { "one of Cloud Run's own", "deploy api staging --set-env PORT=1", "MISUSED `PORT` is set by Cloud Run itself",
      NULL },
    { "one twice", "deploy api staging --set-env A=1 --set-env A=2", "MISUSED `A` is set twice", NULL },
    { "unchanged and a version", "deploy api staging v1 --image unchanged --set-env A=1",
      "MISUSED `--image unchanged` and", NULL },
    { "unchanged and nothing else", "deploy api staging --image unchanged",
      "MISUSED `--image unchanged` changes nothing", NULL },
    { "another image", "deploy api staging --image x", "MISUSED `--image` is `unchanged`", NULL },
    { "settings of a workflow", "deploy api edge v1 --set-env A=1", "MISUSED `--set-env` is for services on Cloud Run",
      NULL },
    { "a wait", "deploy api staging v1 --wait 15m", "*D7*", "github.commit tags/v1" },
    { "a wait that is none", "deploy api staging v1 --wait soon", "MISUSED `--wait` takes a duration", NULL },
    { "a wait for ever", "deploy api staging v1 --wait 3d", "MISUSED `--wait` takes a duration", NULL },
    { "a region of several", "deploy api wide v1 --region west", "*D7*: deploying `v1` of *api* to *wide* in west",
      "github.commit tags/v1" },
    { "a region that is not there", "deploy api wide v1 --region mars",
      "MISUSED `api/wide` has no region `mars`, but `east, west`", NULL },
    { "a region of one", "deploy api staging v1 --region west", "MISUSED `api/staging` has no regions", NULL },
    { "a workflow", "deploy api edge v1", "*D7*: deploying `v1` of *api* to *edge*.", "github.commit tags/v1" },
    { "a rule of groups for one alone", "deploy api staging v1 --on-failure stop", "MISUSED `--max-parallel` and",
      NULL },
    { "likewise", "deploy api staging v1 --max-parallel 2", "MISUSED `--max-parallel` and", NULL },
    { "no version, and nothing to propose", "deploy api production", "MISUSED Which version? `api/production`", NULL },
};

static void check_words(void **state)
{
    const struct words_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WORLD);
    struct outcome out;
    const char *answer = decision_answer(fixture, &verb_deploy, row->line, &out), *asked;

    if (strncmp(answer, row->answer, strlen(row->answer)) != 0)
        assert_string_equal(answer, row->answer);
    assert_null(strstr(answer, "very-secret"));
    assert_int_equal(out.begins, row->reading != NULL);
    if (!row->reading)
        return;
    assert_int_equal(out.readings_count, 1);
    asked = json_find_string(out.readings[0].args, "ref");
    if (!asked)
        asked = json_find_string(out.readings[0].args, "tag");
    assert_string_equal(
        arena_printf(fixture->arena, "%s%s%s", out.readings[0].kind, asked ? " " : "", asked ? asked : ""),
        row->reading);
    assert_string_equal(out.state, "pinning");
}

static void waits_and_regions_are_in_the_plan(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WORLD);
    struct outcome out;
    const struct deploy_body *body;

    (void)state;
    decision_answer(fixture, &verb_deploy, "deploy api wide v1 --region west --wait 15m", &out);
    body = out.body;
    assert_string_equal(out.target, "api/wide/west");
    assert_string_equal(body->place.region, "west");
    assert_int_equal(body->artifact_deadline_at_ms, DECISION_NOW_MS + 15 * MINUTE_MS);
    decision_answer(fixture, &verb_deploy, "deploy web staging", &out);
    body = out.body;
    assert_int_equal(body->artifact_deadline_at_ms, DECISION_NOW_MS + 10 * MINUTE_MS);
    decision_answer(fixture, &verb_deploy, "deploy web staging --wait 0s", &out);
    body = out.body;
    assert_int_equal(body->artifact_deadline_at_ms, 0);
}

/* ---- proposals ---- */

static void what_the_one_before_runs_is_proposed(void **state)
{
    static struct target_version dev[] = { { "v9", "us-docker.pkg.dev/acme/images/api@" DIGEST, "r9", "D1",
                                             DECISION_NOW_MS - 3 * HOUR_MS, NULL, NULL, false } },
                                 staging[] = { { "v1", "us-docker.pkg.dev/acme/images/api@" DIGEST, "r1", "D2",
                                                 DECISION_NOW_MS - 2 * HOUR_MS, NULL, NULL, false } };
    struct target targets[] = { { .name = "api/dev", .good = dev, .good_count = 1 },
                                { .name = "api/staging", .good = staging, .good_count = 1 } };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WORLD);
    struct outcome out;
    const char *answer;

    (void)state;
    fixture->targets = targets;
    fixture->targets_count = 2;
    answer = decision_answer(fixture, &verb_deploy, "deploy api production", &out);
    assert_string_equal(answer, "api/staging runs `v1` (sha256:9f86d081884c, since 2 h). Deploy it to *production*?\n"
                                "Nothing was done yet. Another one: `deploy api production VERSION`.");
    assert_false(out.begins);
    assert_int_equal(out.reply->actions_count, 1);
    assert_string_equal(out.reply->actions[0].command, "deploy api production v1@" DIGEST);
    assert_int_equal(out.reply->actions[0].style, ACTION_PRIMARY);
    answer = decision_answer(fixture, &verb_deploy, "deploy api staging", &out); /* never what it runs itself */
    assert_non_null(strstr(answer, "api/dev runs `v9`"));
    answer =
        decision_answer(fixture, &verb_deploy, "deploy api wide", &out); /* several regions: one image all the same */
    assert_non_null(strstr(answer, "api/staging runs `v1`"));
    answer = decision_answer(fixture, &verb_deploy, "deploy api wide --region west", &out); /* and not to all of them */
    assert_non_null(strstr(answer, "`deploy api wide VERSION --region west`"));
    assert_string_equal(out.reply->actions[0].command, "deploy api wide v1@" DIGEST " --region west");
    targets[1].doubt = "D9"; /* who ended there has left open what runs */
    answer = decision_answer(fixture, &verb_deploy, "deploy api production", &out);
    assert_non_null(strstr(answer, "api/dev runs `v9`"));
    targets[0].doubt = "D8";
    answer = decision_answer(fixture, &verb_deploy, "deploy api production", &out);
    assert_non_null(strstr(answer, "MISUSED Which version? `api/production`"));
}

/* ---- several ---- */

static const char *members_of(const struct group_body *body, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < body->members_count; i++) {
        const struct group_member *member = &body->members[i];

        text = arena_printf(arena, "%s%s%s:", text, i ? " | " : "", member->name);
        for (size_t k = 0; k < member->words_count; k++)
            text = arena_printf(arena, "%s %s", text, member->words[k]);
        for (size_t k = 0; k < member->needs_count; k++)
            text = arena_printf(arena, "%s <%s", text, member->needs[k]);
    }
    return text;
}

static const struct several_row {
    const char *name, *line, *answer;
    const char *members; /* NULL: nothing begins */
} several[] = {
    { "all, with what they need first", "deploy all staging v1", "*D7*: Deploy all services to staging: 2",
      "api: api staging v1 | web: web staging v1 <api <db" },
    { "a list", "deploy web,api staging v1 --reason \"--x y\"", "*D7*: Deploy web,api to staging: 2",
      "web: web staging v1 --reason=--x y <api <db | api: api staging v1 --reason=--x y" },
    { "those without it are left out, and said", "deploy all production v1",
      "*D7*: Deploy all services to production: 1", "api: api production v1" },
    { "settings of all", "deploy all staging --set-env A=1", "*D7*",
      "api: api staging --set-env=A={kept} | web: web staging --set-env=A={kept} <api <db" },
    { "one without a version", "deploy all staging", "MISUSED Which version? `api/staging` has no default_version",
      NULL },
    { "no environment", "deploy all", "MISUSED Which environment?", NULL },
    { "one that nobody has", "deploy all moon v1", "MISUSED No service has an environment `moon`", NULL },
    { "a service that is not there", "deploy api,wbe staging v1", "MISUSED There is no service `wbe`", NULL },
    { "nothing between two commas", "deploy api,,web staging v1", "MISUSED There is no service ``", NULL },
    { "one twice", "deploy api,api staging v1", "REFUSED api is named twice", NULL },
    { "too many at once", "deploy all staging v1 --max-parallel 1000", "MISUSED `--max-parallel`", NULL },
    { "none at once", "deploy all staging v1 --max-parallel 0", "MISUSED `--max-parallel`", NULL },
    { "a rule that is none", "deploy all staging v1 --on-failure panic",
      "MISUSED `--on-failure` is `stop` or `continue`", NULL },
    { "regions, one after the other, with one image", "deploy api wide v1", "*D7*: Deploy api v1 to wide in 2 regions",
      "east: api wide {pinned} --region=east | west: api wide {pinned} --region=west <east" },
    { "settings of all regions", "deploy api wide --set-env A=1", "*D7*",
      "east: api wide --region=east --set-env=A={kept} | west: api wide --region=west --set-env=A={kept} <east" },
    { "a branch could be another one in each", "deploy api wide branch:main",
      "MISUSED `api/wide` runs in several regions", NULL },
};

static void check_several(void **state)
{
    const struct several_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WORLD);
    struct outcome out;
    const char *answer = decision_answer(fixture, &verb_deploy, row->line, &out);

    if (strncmp(answer, row->answer, strlen(row->answer)) != 0)
        assert_string_equal(answer, row->answer);
    assert_int_equal(out.begins, row->members != NULL);
    if (!row->members)
        return;
    assert_string_equal(out.kind, "group");
    assert_string_equal(members_of(out.body, fixture->arena), row->members);
}

static void a_group_says_what_is_left_out_and_pins_once(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WORLD);
    struct outcome out;
    const struct group_body *body;

    (void)state;
    assert_non_null(strstr(decision_answer(fixture, &verb_deploy, "deploy all production v1", &out),
                           "Left out, for want of "
                           "that environment: web."));
    decision_answer(fixture, &verb_deploy, "deploy api wide sha:" SHA40, &out);
    body = out.body;
    assert_string_equal(body->tag.tag, "git-8c1f2e6");
    assert_string_equal(out.state, "pinning");
    assert_int_equal(body->max_parallel, 1);
    decision_answer(fixture, &verb_deploy, "deploy all staging v1 --on-failure continue --max-parallel 3", &out);
    body = out.body;
    assert_true(body->on_failure == GROUP_CONTINUE && body->max_parallel == 3);
}

static const char *long_line(struct decision_fixture *fixture, const char *line) /* 60,000 digits for the `#` */
{
    struct str rest = str_of(line), before = str_take_until(&rest, '#');

    return arena_printf(fixture->arena, "%.*s%060000d%s", (int)before.len, before.at, 7, rest.at);
}

/* Every member gets a copy, and all of it is kept by one commit. */
static void what_is_too_long_for_many_is_cut_or_refused(void **state)
{
    static const char *const refused[] = { "deploy all staging #", "deploy all staging v1 --wait #m",
                                           "deploy all staging v1 --strategy #", "deploy api wide v1 --wait #m" };
    static const char *const cut[] = { "deploy all staging v1 --reason #", "deploy api wide v1 --reason #" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WORLD);
    struct outcome out;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        assert_int_equal(
            strncmp(decision_answer(fixture, &verb_deploy, long_line(fixture, refused[i]), &out), "MISUSED", 7), 0);
    for (size_t i = 0; i < ARRAY_LEN(cut); i++) {
        decision_answer(fixture, &verb_deploy, long_line(fixture, cut[i]), &out);
        assert_true(out.begins);
        assert_true(strlen(members_of(out.body, fixture->arena)) < 1000);
        assert_non_null(strstr(members_of(out.body, fixture->arena), "--reason=000"));
    }
}

static void values_are_not_in_what_is_shown(void **state)
{
    static const char *const lines[] = { "deploy api staging --set-env A=secret --set-env=B=secret",
                                         "deploy api staging v1 --set-env \"A=secret\" --reason x",
                                         "deploy api staging --set-env secret" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WORLD);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct request request = decision_request(fixture, lines[i]);
        const char *text = request_text_shown(&request, verb_deploy.options, verb_deploy.options_count, fixture->arena);

        assert_null(strstr(text, "secret"));
        assert_non_null(strstr(text, "***"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_are_read),
        cmocka_unit_test(what_is_too_long_for_many_is_cut_or_refused),
        cmocka_unit_test(waits_and_regions_are_in_the_plan),
        cmocka_unit_test(what_the_one_before_runs_is_proposed),
        cmocka_unit_test(a_group_says_what_is_left_out_and_pins_once),
        cmocka_unit_test(values_are_not_in_what_is_shown),
    };

    return ROWS(words, check_words) + ROWS(several, check_several) + cmocka_run_group_tests(tests, NULL, NULL);
}
