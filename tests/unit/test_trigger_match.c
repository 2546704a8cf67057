/* Which of what GitHub tells begins a trigger, and where: the listeners, with every rule of a configuration. */
#include "tests/unit/trigger_fixture.h"

#include "bot/model/listener.h"
#include "handlers/trigger/asked.h"
#include "handlers/trigger/listen.h"
#include "handlers/trigger/match.h"
#include "handlers/trigger/places.h"

#define RELEASE(repository, tag, more)                                                                                 \
    "{'about':{'action':'published','repository':'" repository "'},'id':'991','tag':'" tag "'," more "}"
#define FULL "'is_draft':false,'is_prerelease':false"
#define PRE "'is_draft':false,'is_prerelease':true"
#define PUSH(ref, deleted, forced, after)                                                                              \
    "{'about':{'repository':'acme/platform'},'ref':'" ref "','before':'0','is_created':false,'is_deleted':" deleted    \
    ",'is_forced':" forced ",'after':'" after "'}"
#define RUN(path, event, fork, more)                                                                                   \
    "{'about':{'action':'completed','repository':'acme/platform'},'id':'7','attempt':1,'number':3,'status':"           \
    "'completed','branch':'main','sha':'" TRIGGER_SHA "','path':'" path "','event':'" event                            \
    "','is_from_fork':" fork more "}"
#define CI ".github/workflows/ci.yml"
#define SUCCESS ",'conclusion':'success'"
#define DEPLOYMENT_AS(sha, environment, task, more, outer)                                                             \
    "{'about':{'action':'created','repository':'acme/shop'},'deployment':{'id':'31337','sha':'" sha                    \
    "','ref':'main','task':'" task "','environment':'" environment                                                     \
    "','is_transient':false,'is_production':false,'created_at_ms':1795211990000" more "}" outer "}"
#define DEPLOYMENT(environment, more) DEPLOYMENT_AS(TRIGGER_SHA, environment, "deploy", more, "")

static const struct row {
    const char *name, *event, *body;
    const char *places; /* NULL: nothing is asked for */
} rows[] = {
    /* ---- releases ---- */
    { "a release rolls out wherever its repository is listened to", "release.published",
      RELEASE("acme/platform", "v1.5.0", FULL), "api/production v1.5.0, web/production v1.5.0" },
    { "GitHub takes a name in any case", "release.released", RELEASE("ACME/platform", "v1.5.0", FULL),
      "api/production v1.5.0, web/production v1.5.0" },
    { "another repository's is nobody's", "release.published", RELEASE("acme/other", "v1.5.0", FULL), NULL },
    { "a pre-release is not a release", "release.prereleased", RELEASE("acme/platform", "v1.5.0", PRE), NULL },
    { "some listen to pre-releases alone", "release.prereleased", RELEASE("acme/mono", "v1.5.0-rc.1", PRE),
      "mono/pre v1.5.0-rc.1" },
    { "and not when it is released", "release.released", RELEASE("acme/mono", "v1.5.0", FULL), NULL },
    { "a draft is nothing", "release.published",
      RELEASE("acme/platform", "v1.5.0", "'is_draft':true,'is_prerelease':false"), NULL },
    { "a tag that the pattern does not take", "release.published", RELEASE("acme/platform", "release-5", FULL), NULL },
    { "a tag that is no version is told", "release.published", RELEASE("acme/platform", "v1.5.x", FULL),
      "api/production: `v1.5.x` is no version by semver.org (release.format), web/production: `v1.5.x` is no version by "
      "semver.org (release.format)" },
    { "unless any tag is one", "release.published", RELEASE("acme/mono", "nightly-3", FULL), "mono/any nightly-3" },
    { "a prefix is no part of the version", "release.published", RELEASE("acme/mono", "api/v1.5.0", FULL),
      "mono/production v1.5.0" },
    { "both kinds", "release.prereleased", RELEASE("acme/mono", "api/v1.5.0-rc.1", PRE),
      "mono/production v1.5.0-rc.1" },
    { "another's prefix", "release.published", RELEASE("acme/mono", "web/v1.5.0", FULL), NULL },
    { "a prefix alone", "release.published", RELEASE("acme/mono", "api/", FULL), NULL },
    { "a tag that would be a command", "release.published", RELEASE("acme/platform", "v1.0.0; rm -rf", FULL),
      "api/production: `v1.0.0; rm -rf` is no version by semver.org (release.format), web/production: `v1.0.0; rm -rf` is "
      "no version by semver.org (release.format)" },
    { "a tag that would be a path", "release.published", RELEASE("acme/mono", "nightly/../../x", FULL), NULL },
    { "a tag that git does not know", "release.published", RELEASE("acme/mono", "nightly..3", FULL),
      "mono/any: its tag is no name that git knows" },
    { "a tag that would be a mention", "release.published", RELEASE("acme/mono", "nightly@{slack:U1}", FULL),
      "mono/any: its tag is no name that git knows" },
    { "one called latest", "release.published", RELEASE("acme/mono", "v.latest", FULL), NULL },

    /* ---- pushes ---- */
    { "a push to the branch", "push", PUSH("refs/heads/main", "false", "false", TRIGGER_SHA),
      "api/staging sha:70e4b6c9d315" },
    { "to another branch", "push", PUSH("refs/heads/maintenance", "false", "false", TRIGGER_SHA), NULL },
    { "to a tag of that name", "push", PUSH("refs/tags/main", "false", "false", TRIGGER_SHA), NULL },
    { "a branch is told with its case", "push", PUSH("refs/heads/Main", "false", "false", TRIGGER_SHA), NULL },
    { "a deleted branch", "push", PUSH("refs/heads/main", "true", "false", TRIGGER_SHA), NULL },
    { "a forced push is a push", "push", PUSH("refs/heads/main", "false", "true", TRIGGER_SHA),
      "api/staging sha:70e4b6c9d315" },
    { "a commit that is none", "push", PUSH("refs/heads/main", "false", "false", "--late"), NULL },

    /* ---- workflows ---- */
    { "a workflow that succeeded on the branch", "workflow_run.completed", RUN(CI, "push", "false", SUCCESS),
      "api/canary sha:70e4b6c9d315" },
    { "with a ref behind its path", "workflow_run.completed",
      RUN(CI "@refs/heads/main", "workflow_dispatch", "false", SUCCESS), "api/canary sha:70e4b6c9d315" },
    { "one that failed", "workflow_run.completed", RUN(CI, "push", "false", ",'conclusion':'failure'"), NULL },
    { "one that was cancelled", "workflow_run.completed", RUN(CI, "push", "false", ",'conclusion':'cancelled'"), NULL },
    { "without a conclusion", "workflow_run.completed", RUN(CI, "push", "false", ""), NULL },
    { "a fork's branch of that name", "workflow_run.completed", RUN(CI, "push", "true", SUCCESS), NULL },
    { "a pull request's", "workflow_run.completed", RUN(CI, "pull_request", "false", SUCCESS), NULL },
    { "another workflow", "workflow_run.completed", RUN(".github/workflows/xci.yml", "push", "false", SUCCESS), NULL },
    /* ---- deployments ---- */
    { "a deployment somebody made", "deployment.created", DEPLOYMENT("staging", ""), "shop/staging sha:70e4b6c9d315" },
    { "as GitHub calls its environment, in any case", "deployment.created", DEPLOYMENT("LIVE", ""),
      "shop/production sha:70e4b6c9d315" },
    { "whose name here is not GitHub's", "deployment.created", DEPLOYMENT("production", ""), NULL },
    { "several services in it", "deployment.created", DEPLOYMENT("live-eu", ""),
      "cart/production sha:70e4b6c9d315, till/production sha:70e4b6c9d315" },
    { "its flags are GitHub's own matter", "deployment.created",
      DEPLOYMENT("staging", ",'is_transient':true,'is_production':true"), "shop/staging sha:70e4b6c9d315" },
    { "another task", "deployment.created", DEPLOYMENT_AS(TRIGGER_SHA, "staging", "migrate", "", ""), NULL },
    { "a way back of ours", "deployment.created",
      DEPLOYMENT_AS(TRIGGER_SHA, "staging", "rollback", ",'payload':{'opsgate':'birth-1'}", ""), NULL },
    { "ours by its payload", "deployment.created", DEPLOYMENT("staging", ",'payload':{'opsgate':'birth-1'}"), NULL },
    { "ours, in a text", "deployment.created",
      DEPLOYMENT("staging", ",'payload':'{\\u0022opsgate\\u0022:\\u0022birth-1\\u0022}'"), NULL },
    { "ours by our App", "deployment.created", DEPLOYMENT("staging", ",'app_id':'12345'"), NULL },
    { "another App's", "deployment.created", DEPLOYMENT("staging", ",'app_id':'15368','payload':'x'"),
      "shop/staging sha:70e4b6c9d315" },
    { "what a job of Actions shows of itself", "deployment.created",
      DEPLOYMENT_AS(TRIGGER_SHA, "staging", "deploy", "", ",'workflow_run_id':'7'"), NULL },
    { "of a commit that is none", "deployment.created", DEPLOYMENT_AS("--late", "staging", "deploy", "", ""), NULL },

    { "a workflow that only begins", "workflow_run.requested", RUN(CI, "push", "false", SUCCESS), NULL },
};

static bool asks(const struct view *view, const struct outside_event *event, struct wanted_request *ret_request)
{
    for (const struct listener *l = listeners; l->source; l++)
        if (l->asks && outside_event_is(event, l->source, l->name) && l->asks(view, event, ret_request))
            return true;
    return false;
}

static const char *places_text(const struct trigger_body *body, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < body->places_count; i++) {
        const struct trigger_place *place = &body->places[i];

        text = arena_printf(arena, "%s%s%s/%s%s%s", text, i ? ", " : "", place->service, place->environment,
                            place->text ? ": " : " ", place->text ? place->text : place->called);
    }
    return text;
}

/* What the engine makes of a wanted request, read back as the verb reads it. */
static struct trigger_body read_back(struct decision_fixture *fixture, const struct wanted_request *want)
{
    struct request request = {
        .source = "github", .verb = want->verb, .words = want->words, .words_count = want->words_count
    };
    struct trigger_body body;
    struct error err;

    assert_string_equal(want->verb, "trigger");
    if (!asked_read(&request, fixture->arena, &body, &err))
        fail_msg("%s", err.message);
    places_find(&fixture->view, &body);
    return body;
}

static struct outside_event event_of(struct decision_fixture *fixture, const struct row *row)
{
    return (struct outside_event){ .id = "g1",
                                   .source = "github",
                                   .name = row->event,
                                   .subject = "acme/platform/x",
                                   .principal = { .system = "github", .id = "mia" },
                                   .occurred_at_ms = DECISION_NOW_MS - 1000,
                                   .body = decision_json(fixture, row->body) };
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct outside_event event = event_of(fixture, row);
    struct wanted_request want = { 0 };
    struct trigger_body body;
    bool is_asked = asks(&fixture->view, &event, &want);

    assert_int_equal(is_asked, row->places != NULL);
    if (!is_asked)
        return;
    assert_string_equal(principal_text(want.requester, fixture->arena), "github-app:12345");
    body = read_back(fixture, &want);
    assert_string_equal(places_text(&body, fixture->arena), row->places);
    assert_string_equal(body.initiator.id, "mia");
    assert_int_equal(body.happened_at_ms, DECISION_NOW_MS - 1000);
}

/* ---- in whose name ---- */

static const struct name_row {
    const char *name, *github, *automation;
    const char *expected; /* NULL: nobody's, and nothing begins */
} name_rows[] = {
    { "the App's", "app: { id: 12345, private_key: k }", "", "github-app:12345" },
    { "another App's", "app: { id: 12345, private_key: k }", "automation: { as: \"github-app:7\" }\n", "github-app:7" },
    { "a token's", "token: t",
      "api: { tokens: [{ name: releases, secret: 0123456789abcdef0123456789abcdef }] }\n"
      "automation: { as: \"token:releases\" }\n",
      "token:releases" },
    { "nobody is named", "token: t", "", NULL },
};

static void check_name(void **state)
{
    const struct name_row *row = *state;
    char text[500];
    AUTO_DECISION struct decision_fixture *fixture = NULL;
    struct principal who;

    snprintf(text, sizeof(text),
             "slack: { bot_token: x, signing_secrets: [s] }\ngithub: { %s }\n%sservices: []\npolicy: { rules: [] }\n",
             row->github, row->automation);
    fixture = decision_create(text);
    assert_int_equal(trigger_principal(fixture->view.settings, fixture->arena, &who), row->expected != NULL);
    if (row->expected)
        assert_string_equal(principal_text(&who, fixture->arena), row->expected);
}

/* ---- the words ---- */

static const struct word_row {
    const char *name, *source, *line;
    bool is_read;
} word_rows[] = {
    { "a release", "github", "trigger release --repository=acme/platform --tag=v1", true },
    { "a tag that looks like an option", "github", "trigger release --repository=acme/platform --tag=--late", true },
    { "no kind", "github", "trigger --repository=acme/platform", false },
    { "another kind", "github", "trigger rollback --repository=acme/platform", false },
    { "two kinds", "github", "trigger release push --repository=acme/platform", false },
    { "no repository", "github", "trigger release --tag=v1", false },
    { "a time that is none", "github", "trigger release --repository=a/b --at=soon", false },
    { "an option of others", "github", "trigger release --repository=a/b --now", false },
    { "typed in Slack", "slack", "trigger release --repository=acme/platform --tag=v1", false },
    { "typed on the host", "local", "trigger release --repository=acme/platform --tag=v1", false },
    { "by the API", "api", "trigger release --repository=acme/platform --tag=v1", false },
};

static void check_words(void **state)
{
    const struct word_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct request request = decision_request(fixture, row->line);
    struct question question;
    const void *arguments;
    struct error err;

    request.source = row->source;
    assert_int_equal(verb_trigger.asks(&fixture->view, &request, &question, &arguments, &err), row->is_read);
}

/* What came too late is said, whatever it is; nobody would know otherwise that nothing was done. But of alerts: those that
 * still fire are told again and again; and of a Home tab, which is looked at when it is opened. */
static void whatever_begins_something_hears_late(void **state)
{
    (void)state;
    for (const struct listener *l = listeners; l->source; l++)
        assert_int_equal(l->hears_late, l->asks != NULL && strcmp(l->source, "alertmanager") != 0 &&
                                            strcmp(l->source, "slack") != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(whatever_begins_something_hears_late) };

    return cmocka_run_group_tests(tests, NULL, NULL) + ROWS(rows, check_row) + ROWS(name_rows, check_name) +
           ROWS(word_rows, check_words);
}
