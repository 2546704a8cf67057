/* From what GitHub told to the deploys that are asked for: every row of the machine, with answers that are late, twice
 * or of somebody else. */
#include "tests/unit/trigger_story.h"

#include "bot/model/checks.h"
#include "bot/model/delivery.h"
#include "handlers/group/group.h"
#include "handlers/trigger/places.h"

#define RELEASE_LINE                                                                                                   \
    "trigger release --repository=acme/platform --subject=acme/platform/releases/991 --id=991 --tag=v1.5.0 "           \
    "--initiator=mia --at=1795211990000"
#define PUSH_LINE                                                                                                      \
    "trigger push --repository=acme/platform --branch=main --sha=" TRIGGER_SHA " --initiator=mia --at=1795211990000"
#define OLD_RELEASE_LINE "trigger release --repository=acme/platform --tag=v1.5.0 --at=1795211000000"
#define OLD_PUSH_LINE "trigger push --repository=acme/platform --branch=main --sha=" TRIGGER_SHA " --at=1795211000000"
#define RELEASED "{'tag':'v1.5.0','name':'Faster carts','url':'https://github.com/acme/platform/releases/v1.5.0'}"
#define COMMIT "{'sha':'" TRIGGER_SHA "'}"

/* Lines of what was said. */
static const char *said(const struct story *story)
{
    const struct outcome *out = &story->out;
    struct message_delivery message;
    const char *text;
    struct error err;

    assert_int_equal(out->effects_count, 1);
    assert_true(shape_from_json(&message_delivery_shape, out->effects[0].args, story->fixture->arena, &message, &err));
    assert_string_equal(message.channel, "#deployments");
    text = message.reply.text;
    for (size_t i = 0; i < message.reply.lines_count; i++)
        text = arena_printf(story->fixture->arena, "%s\n%s", text, message.reply.lines[i]);
    return text;
}

static void confirm(struct story *story, struct decision_fixture *fixture)
{
    begin(story, fixture, RELEASE_LINE);
    assert_string_equal(wants(story), "confirming ?release");
    answered(story, "release", RELEASED);
    assert_string_equal(wants(story), "- ?commit");
    answered(story, "commit", COMMIT);
}

#define ASKED "asking [deploy api,web production release:v1.5.0 --wait=2700s --by=L7]"

static void a_release_is_one_group_for_an_environment(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct story story;

    (void)state;
    confirm(&story, fixture);
    assert_string_equal(wants(&story), ASKED);
    told(&story, MESSAGE_CHILD_BEGUN, "{'name':'production','operation':'D12'}");
    assert_string_equal(wants(&story), "following");
    told(&story, MESSAGE_CHILD_BEGUN, "{'name':'production','operation':'D13'}"); /* twice */
    assert_string_equal(wants(&story), "-");
    told(&story, MESSAGE_CHILD_ENDED,
         "{'name':'production','operation':'D12','result':'done','summary':'all 2 are done'}");
    assert_string_equal(wants(&story), "done =done forgotten");
}

static void what_policy_refuses_is_said_with_what_to_type(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct story story;

    (void)state;
    confirm(&story, fixture);
    told(&story, MESSAGE_CHILD_REFUSED,
         "{'name':'production','text':'*Denied*: the window is closed (opsgate.yaml:7).'}");
    assert_string_equal(wants(&story), "refused !slack.message =refused forgotten");
    assert_string_equal(
        said(&story),
        "*The release `v1.5.0` of acme/platform*, by @{github:mia} does not roll out.\n"
        "*api/production*: Denied: the window is closed (opsgate.yaml:7). Whoever may asks for it: `deploy api production "
        "release:v1.5.0`.\n"
        "*web/production*: Denied: the window is closed (opsgate.yaml:7). Whoever may asks for it: `deploy web production "
        "release:v1.5.0`.");
}

static void one_that_is_refused_later_is_said_too(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct story story;

    (void)state;
    begin(&story, fixture, PUSH_LINE);
    answered(&story, "commit", COMMIT);
    told(&story, MESSAGE_CHILD_BEGUN, "{'name':'staging','operation':'D12'}");
    told(&story, MESSAGE_CHILD_ENDED,
         "{'name':'staging','operation':'D12','result':'refused','summary':'`main` is older than the `v1.6.0`'}");
    assert_string_equal(said(&story),
                        "*The push of `70e4b6c9d315` to `main` of acme/platform*, by @{github:mia} does not "
                        "roll out to *api/staging*.\n*api/staging*: `main` is older than the `v1.6.0`. "
                        "Whoever may asks for it: `deploy api staging sha:" TRIGGER_SHA "`.");
    assert_string_equal(story.out.result, "done");
}

static void a_member_that_is_refused_is_said_at_once(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct operation group = { .id = "D12", .kind = "group", .state = "failed" };
    struct story story;

    (void)state;
    confirm(&story, fixture);
    told(&story, MESSAGE_CHILD_BEGUN, "{'name':'production','operation':'D12'}");
    told(&story, MESSAGE_MEMBER_REFUSED, "{'name':'production','member':'web','text':'it is *locked*'}");
    assert_non_null(
        strstr(said(&story), "does not roll out to *web/production*.\n*web/production*: it is locked. Whoever"));
    assert_null(story.out.result);
    told(&story, MESSAGE_MEMBER_REFUSED, "{'name':'production','member':'cat','text':'it is locked'}");
    assert_int_equal(story.out.effects_count, 0);
    group.body = decision_json(fixture, "{'members':[{'name':'api','state':4},{'name':'web','state':5},{'state':5},7,"
                                        "{'name':'cart','state':5}]}");
    fixture->ended = &group;
    fixture->ended_count = 1;
    told(&story, MESSAGE_CHILD_ENDED,
         "{'name':'production','operation':'D12','result':'failed','summary':'0 done, 1 failed, 2 not begun'}");
    assert_non_null(strstr(said(&story),
                           "is not all rolled out: *D12*, to *production*, ended: 0 done, 1 failed, 2 not "
                           "begun.\nNot begun: web, cart."));
    assert_string_equal(story.out.result, "done");
}

/* ---- is it so? ---- */

static const struct confirm_row {
    const char *name, *line, *reading, *answer; /* answer NULL: refused; "": none in time */
    const char *wanted, *says;                  /* says NULL: nothing */
} confirm_rows[] = {
    { "a release that is a draft by now", RELEASE_LINE, "release", "{'tag':'v1.5.0','is_draft':true}",
      "refused !slack.message =refused forgotten", "does not roll out: it is a draft by now." },
    { "one that is a pre-release by now", RELEASE_LINE, "release", "{'tag':'v1.5.0','is_prerelease':true}",
      "refused !slack.message =refused forgotten", "it is a pre-release by now" },
    { "published when it was told to be", RELEASE_LINE, "release", "{'tag':'v1.5.0','published_at_ms':1795211990000}",
      "- ?commit", NULL },
    { "published later: whoever told it made up a date", RELEASE_LINE, "release",
      "{'tag':'v1.5.0','published_at_ms':1795211991000}", "refused !slack.message =refused forgotten",
      "does not roll out: GitHub knows it as published at another time." },
    { "changed last before that", RELEASE_LINE, "release",
      "{'tag':'v1.5.0','published_at_ms':1795111990000,'updated_at_ms':1795211980000}",
      "refused !slack.message =refused forgotten", "published at another time" },
    { "published before, and made a full one then", RELEASE_LINE, "release",
      "{'tag':'v1.5.0','published_at_ms':1795111990000,'updated_at_ms':1795211990000}", "- ?commit", NULL },
    { "of which GitHub does not say when it was changed", RELEASE_LINE, "release",
      "{'tag':'v1.5.0','published_at_ms':1795111990000}", "- ?commit", NULL },
    { "published once more since", RELEASE_LINE, "release",
      "{'tag':'v1.5.0','published_at_ms':1795211999000,'updated_at_ms':1795211999000}",
      "refused !slack.message =refused forgotten", "published at another time" },
    { "another one under its tag", RELEASE_LINE, "release", "{'tag':'V1.5.0'}",
      "refused !slack.message =refused forgotten", "another release by its tag" },
    { "one that is gone", OLD_RELEASE_LINE, "release", NULL, "refused !slack.message =refused forgotten",
      "GitHub does not confirm it: GitHub said no" },
    { "one that GitHub does not know yet", RELEASE_LINE, "release", NULL, "- @again !slack.message",
      "waits: GitHub has not confirmed it yet (GitHub said no), and is asked again until it is 60 min old." },
    { "one that we may not see", OLD_RELEASE_LINE, "release", "403", "- @again !slack.message",
      "waits: GitHub has not" },
    { "an answer that is none", RELEASE_LINE, "release", "[]", "- @again !slack.message", NULL },
    { "no answer in time", RELEASE_LINE, "release", "", "- @again !slack.message", NULL },
    { "no answer until it is too old", "trigger release --repository=acme/platform --tag=v1.5.0 --at=1795208000000",
      "release", "", "failed !slack.message =failed forgotten",
      "GitHub did not confirm it within automation.max_event_age (60 min): GitHub said no" },
    { "the head of the branch is what was pushed", PUSH_LINE, "commit", COMMIT,
      "asking [deploy api staging sha:" TRIGGER_SHA " --wait=1800s --by=L7]", NULL },
    { "the branch has gone on", PUSH_LINE, "commit", "{'sha':'" TRIGGER_OTHER_SHA "'}", "- ?order", NULL },
    { "it is before the head", PUSH_LINE, "order", "{'relation':'ahead'}",
      "asking [deploy api staging sha:" TRIGGER_SHA " --wait=1800s --by=L7]", NULL },
    { "it is not on the branch any more", PUSH_LINE, "order", "{'relation':'diverged'}", "refused =refused forgotten",
      NULL },
    { "nor behind its end", PUSH_LINE, "order", "{'relation':'behind'}", "refused =refused forgotten", NULL },
    { "GitHub cannot tell", PUSH_LINE, "order", "{'is_known':false}", "refused !slack.message =refused forgotten",
      "GitHub does not tell whether its branch contains that commit" },
    { "the branch is gone", OLD_PUSH_LINE, "commit", NULL, "refused !slack.message =refused forgotten",
      "GitHub does not confirm it" },
};

static void check_confirm(void **state)
{
    const struct confirm_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct story story;

    begin(&story, fixture, row->line);
    if (row->answer && strcmp(row->answer, "403") == 0)
        hear(&story, (struct event){ .kind = EVENT_READING,
                                     .name = row->reading,
                                     .end = END_FAILED,
                                     .error = "GitHub said no.",
                                     .is_refusal = true });
    else
        read_as(&story, row->reading, row->answer, !row->answer ? END_FAILED : row->answer[0] ? END_DONE : END_GAVE_UP);
    assert_string_equal(wants(&story), row->wanted);
    if (row->says && !strstr(said(&story), row->says))
        assert_string_equal(said(&story), row->says);
}

/* What happened is in the future then, and would be young for as long. */
static void it_ends_though_the_clock_was_set_back(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct story story;

    (void)state;
    begin(&story, fixture, RELEASE_LINE);
    fixture->view.shift_ms -= 4 * HOUR_MS;
    fixture->view.now_ms += 4 * MINUTE_MS;
    read_as(&story, "release", NULL, END_FAILED);
    assert_string_equal(wants(&story), "- @again !slack.message");
    fixture->view.now_ms += 2 * MINUTE_MS;
    read_as(&story, "release", NULL, END_FAILED);
    assert_string_equal(story.out.result, "refused");

    begin(&story, fixture, RELEASE_LINE);
    fixture->view.now_ms += 61 * MINUTE_MS;
    read_as(&story, "release", NULL, END_GAVE_UP);
    assert_string_equal(story.out.result, "failed");
}

static void it_is_asked_again_from_where_it_was(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct story story;

    (void)state;
    begin(&story, fixture, RELEASE_LINE);
    answered(&story, "release", RELEASED);
    read_as(&story, "commit", NULL, END_GAVE_UP);
    assert_string_equal(wants(&story), "- @again !slack.message");
    hear(&story, (struct event){ .kind = EVENT_TIMER, .name = "again" });
    assert_string_equal(wants(&story), "- ?commit");
    read_as(&story, "commit", NULL, END_GAVE_UP);
    assert_string_equal(wants(&story), "- @again"); /* it was said */
}

/* ---- it came too late ---- */

static void what_came_too_late_is_said_and_nothing_else(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct story story;

    (void)state;
    begin(&story, fixture, "trigger release --repository=acme/platform --tag=v1.5.0 --at=1795201200000 --late");
    assert_string_equal(wants(&story), "late @say");
    hear(&story, (struct event){ .kind = EVENT_TIMER, .name = "say" });
    assert_string_equal(wants(&story), "refused !slack.message =refused forgotten");
    assert_string_equal(
        said(&story), "*The release `v1.5.0` of acme/platform* does not roll out: it was found 3 h after it happened, "
                      "and automation acts on nothing that is older than 60 min (automation.max_event_age).\n"
                      "*api/production*: Whoever may asks for it: `deploy api production release:v1.5.0`.\n"
                      "*web/production*: Whoever may asks for it: `deploy web production release:v1.5.0`.");
}

/* ---- once ---- */

static struct target_version good = { .version = "v1.5.0", .image = "i", .operation = "D3" };

static const struct there_row {
    const char *name, *target, *doubt;
    const char *kind, *body; /* of a live operation at api/production; NULL: none */
    const char *wanted;
    const char *commit; /* of what serves; NULL: the release's, "": not known */
} there_rows[] = {
    { "made anew under its tag", "api/production", NULL, NULL, NULL, ASKED, TRIGGER_OTHER_SHA },
    { "of which commit what serves is, is not known", "api/production", NULL, NULL, NULL, ASKED, "" },
    { "it serves at one of them", "api/production", NULL, NULL, NULL,
      "asking [deploy web production release:v1.5.0 --wait=2700s --by=L7]", NULL },
    { "in doubt it does not serve", "api/production", "D9", NULL, NULL, ASKED, NULL },
    { "a deploy brings it", "x/y", NULL, "deploy", "{'wanted':'release:v1.5.0','version':'v1.5.0'}",
      "asking [deploy web production release:v1.5.0 --wait=2700s --by=L7]", NULL },
    { "one that is aborted does not", "x/y", NULL, "deploy",
      "{'wanted':'release:v1.5.0','version':'v1.5.0','program':{'stopping':'x'}}", ASKED, NULL },
    { "by its name", "x/y", NULL, "deploy", "{'version':'v1.5.0'}",
      "asking [deploy web production release:v1.5.0 --wait=2700s --by=L7]", NULL },
    { "one that goes back does not", "x/y", NULL, "deploy",
      "{'wanted':'release:v1.5.0','version':'v1.5.0','returning':'bad'}", ASKED, NULL },
    { "one of another commit does not", "x/y", NULL, "deploy",
      "{'wanted':'release:v1.5.0','version':'v1.5.0','trigger':{'sha':'" TRIGGER_OTHER_SHA "'}}", ASKED, NULL },
    { "a rollback does not", "x/y", NULL, "rollback", "{'version':'v1.5.0'}", ASKED, NULL },
};

static void check_there(void **state)
{
    const struct there_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct target target = { .name = row->target, .good = &good, .good_count = 1, .doubt = row->doubt };
    struct operation operation = { .id = "D4", .kind = row->kind, .target = "api/production", .state = "baking" };
    struct operation ended = { .id = "D3", .kind = "deploy" };
    struct story story;

    ended.body = decision_json(fixture, !row->commit     ? "{'commit':{'sha':'" TRIGGER_SHA "'}}"
                                        : row->commit[0] ? "{'commit':{'sha':'" TRIGGER_OTHER_SHA "'}}"
                                                         : "{}");
    fixture->ended = &ended;
    fixture->ended_count = 1;
    operation.body = row->body ? decision_json(fixture, row->body) : NULL;
    fixture->targets = &target;
    fixture->targets_count = 1;
    fixture->operations = &operation;
    fixture->operations_count = row->kind ? 1 : 0;
    confirm(&story, fixture);
    assert_string_equal(wants(&story), row->wanted);
}

static void nothing_is_left_to_do(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct target targets[] = { { .name = "api/production", .good = &good, .good_count = 1 },
                                { .name = "web/production", .good = &good, .good_count = 1 } };
    struct operation ended = { .id = "D3", .kind = "deploy" };
    struct story story;

    (void)state;
    ended.body = decision_json(fixture, "{'commit':{'sha':'" TRIGGER_SHA "'}}");
    fixture->ended = &ended;
    fixture->ended_count = 1;
    fixture->targets = targets;
    fixture->targets_count = 2;
    confirm(&story, fixture);
    assert_string_equal(wants(&story), "refused =refused forgotten");
    begin(&story, fixture, "trigger release --repository=acme/platform --tag=v1.5.0 --at=1795201200000 --late");
    hear(&story, (struct event){ .kind = EVENT_TIMER, .name = "say" });
    assert_string_equal(wants(&story), "refused =refused forgotten");
}

/* It serves at one of them: nobody is asked to bring it there once more. */
static void what_came_too_late_is_said_of_the_others(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct target target = { .name = "api/production", .good = &good, .good_count = 1 };
    struct operation ended = { .id = "D3", .kind = "deploy" };
    struct story story;

    (void)state;
    ended.body = decision_json(fixture, "{'commit':{'sha':'" TRIGGER_SHA "'}}");
    fixture->ended = &ended;
    fixture->targets = &target;
    fixture->ended_count = fixture->targets_count = 1;
    begin(&story, fixture, "trigger release --repository=acme/platform --tag=v1.5.0 --at=1795201200000 --late");
    hear(&story, (struct event){ .kind = EVENT_TIMER, .name = "say" });
    assert_string_equal(wants(&story), "refused !slack.message =refused forgotten");
    assert_null(strstr(said(&story), "api/production"));
    assert_non_null(strstr(said(&story), "*web/production*: Whoever may asks for it"));
}

/* Nobody else would say it: the deploy that was to bring it was refused before it had its target. */
static void what_another_was_to_bring_and_did_not_is_said(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct operation live = { .id = "D4", .kind = "deploy", .target = "api/production", .state = "awaiting-approval" },
                     ended = { .id = "D4", .kind = "deploy", .target = "api/production", .state = "refused" };
    struct story story;

    (void)state;
    live.body = ended.body = decision_json(fixture, "{'wanted':'release:v1.5.0'}");
    ended.result = "refused";
    fixture->operations = &live;
    fixture->operations_count = 1;
    confirm(&story, fixture);
    told(&story, MESSAGE_CHILD_BEGUN, "{'name':'production','operation':'D12'}");
    assert_string_equal(wants(&story), "following @look");
    told(&story, MESSAGE_CHILD_ENDED, "{'name':'production','operation':'D12','result':'done','summary':'x'}");
    assert_string_equal(wants(&story), "following @look");
    hear(&story, (struct event){ .kind = EVENT_TIMER, .name = "look" });
    assert_string_equal(wants(&story), "following @look");
    fixture->operations_count = 0;
    fixture->ended = &ended;
    fixture->ended_count = 1;
    hear(&story, (struct event){ .kind = EVENT_TIMER, .name = "look" });
    assert_string_equal(wants(&story), "done !slack.message =done forgotten");
    assert_non_null(strstr(said(&story), "*api/production*: D4, which was to bring it, has ended: refused. Whoever"));
}

static void what_another_brought_is_not_said(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct operation live[] = { { .id = "D4", .kind = "deploy", .target = "api/production", .state = "baking" },
                                { .id = "D5", .kind = "deploy", .target = "web/production", .state = "baking" } };
    struct operation ended[] = { { .id = "D4", .kind = "deploy", .state = "done", .result = "done" },
                                 { .id = "D5", .kind = "deploy", .state = "done", .result = "done" } };
    struct story story;

    (void)state;
    live[0].body = live[1].body = decision_json(fixture, "{'wanted':'release:v1.5.0'}");
    fixture->operations = live;
    fixture->operations_count = 2;
    confirm(&story, fixture);
    assert_string_equal(wants(&story), "following @look");
    fixture->operations_count = 0;
    fixture->ended = ended;
    fixture->ended_count = 2;
    hear(&story, (struct event){ .kind = EVENT_TIMER, .name = "look" });
    assert_string_equal(wants(&story), "refused =refused forgotten");
}

static void places_are_bounded(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct trigger_body body = { .repository = "a/b" };
    const struct trigger_place place = { .service = "api", .environment = "production" };

    (void)state;
    for (size_t i = 0; i < TRIGGER_PLACES_MAX; i++)
        assert_true(places_add(&fixture->view, &body, &place));
    assert_false(places_add(&fixture->view, &body, &place));
    assert_int_equal(body.places_count, TRIGGER_PLACES_MAX);
}

static void what_is_cut_is_said(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct trigger_body *cut = ARENA_NEW(fixture->arena, struct trigger_body);
    struct story story;

    (void)state;
    begin(&story, fixture, PUSH_LINE);
    *cut = *story.body;
    cut->is_cut = true;
    story.body = cut;
    answered(&story, "commit", COMMIT);
    told(&story, MESSAGE_CHILD_BEGUN, "{'name':'staging','operation':'D12'}");
    assert_non_null(
        strstr(said(&story), "does not roll out everywhere.\nMore than 100 places take it: the rest was not"));
}

/* Two services in one repository: the release of one is no wrong version of the other. */
static void a_tag_of_another_service_is_nothing(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct story story;

    (void)state;
    begin(&story, fixture, "trigger release --repository=acme/kit --tag=kit/v1.5.0 --at=1795211990000");
    assert_int_equal(story.body->places_count, 1);
    assert_string_equal(story.body->places[0].service, "kit");
    begin(&story, fixture, "trigger release --repository=acme/kit --tag=spring --at=1795201200000 --late");
    assert_int_equal(story.body->places_count, 1);
    assert_int_equal(story.body->places[0].state, PLACE_REFUSED);
    hear(&story, (struct event){ .kind = EVENT_TIMER, .name = "say" });
    assert_string_equal(wants(&story), "refused !slack.message =refused forgotten");
}

/* ---- several regions ---- */

#define GEO_LINE "trigger release --repository=acme/geo --tag=v1.5.0 --initiator=mia --at=1795211990000"
#define GEO_ASKED "asking [deploy geo production release:v1.5.0 --wait=1800s --by=L7]"

static void begin_geo(struct story *story, struct decision_fixture *fixture)
{
    begin(story, fixture, GEO_LINE);
    answered(story, "release", RELEASED);
    answered(story, "commit", COMMIT);
}

static void a_region_that_is_refused_is_said(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct operation group = { .id = "D12", .kind = "group", .state = "running" };
    struct story story;

    (void)state;
    fixture->operations = &group;
    fixture->operations_count = 1;
    begin_geo(&story, fixture);
    assert_string_equal(wants(&story), GEO_ASKED);
    told(&story, MESSAGE_CHILD_BEGUN, "{'name':'production','operation':'D12'}");
    told(&story, MESSAGE_MEMBER_REFUSED, "{'name':'production','member':'europe-west1','text':'it is *locked*'}");
    assert_non_null(strstr(said(&story), "*geo/production*: europe-west1: it is locked. Whoever"));
    told(&story, MESSAGE_CHILD_ENDED,
         "{'name':'production','operation':'D12','result':'failed','summary':'`v1.5.0` could not be pinned'}");
    assert_non_null(strstr(said(&story), "is not all rolled out: *D12*, to *production*, ended: `v1.5.0` could not"));
}

/* What serves in all of them is what a change is measured by; where they differ it is not known. */
static void regions_serve_one_commit_or_none(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    const struct trigger_place place = { .service = "geo", .environment = "production" };
    struct target_version other = { .version = "v1.4.0", .image = "j", .operation = "D2" };
    struct target targets[] = { { .name = "geo/production/us-central1", .good = &good, .good_count = 1 },
                                { .name = "geo/production/europe-west1", .good = &good, .good_count = 1 } };
    struct operation ended[] = { { .id = "D3", .kind = "deploy" }, { .id = "D2", .kind = "deploy" } };

    (void)state;
    ended[0].body = decision_json(fixture, "{'built_of':'" TRIGGER_SHA "'}");
    ended[1].body = decision_json(fixture, "{'built_of':'" TRIGGER_OTHER_SHA "'}");
    fixture->ended = ended;
    fixture->ended_count = 2;
    fixture->targets = targets;
    fixture->targets_count = 2;
    assert_string_equal(places_serving_commit(&fixture->view, &place), TRIGGER_SHA);
    targets[1].good = &other;
    assert_null(places_serving_commit(&fixture->view, &place));
    fixture->targets_count = 1;
    assert_null(places_serving_commit(&fixture->view, &place));
}

/* It is left out where it is there, or on its way, in all of them. */
static void one_region_is_not_all(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct target target = { .name = "geo/production/us-central1", .good = &good, .good_count = 1 };
    struct operation ended = { .id = "D3", .kind = "deploy" };
    struct operation operation = { .id = "D4", .kind = "deploy", .target = "geo/production/us-central1", .state = "x" };
    struct story story;

    (void)state;
    operation.body = decision_json(fixture, "{'version':'v1.5.0'}");
    fixture->operations = &operation;
    fixture->operations_count = 1;
    begin_geo(&story, fixture);
    assert_string_equal(wants(&story), GEO_ASKED);
    ended.body = decision_json(fixture, "{'built_of':'" TRIGGER_SHA "'}");
    fixture->ended = &ended;
    fixture->ended_count = 1;
    fixture->targets = &target;
    fixture->targets_count = 1;
    operation.target = "geo/production/europe-west1";
    begin_geo(&story, fixture);
    assert_string_equal(wants(&story), "following @look");
}

/* ---- only where something changed ---- */

#define MONO_LINE "trigger release --repository=acme/mono --tag=api/v1.5.0 --initiator=mia --at=1795211990000"

static const struct paths_row {
    const char *name, *commit; /* of what serves; NULL: not known */
    const char *answer;        /* "": none in time; NULL: refused; of GitHub, when it is asked */
    const char *wanted;
} paths_rows[] = {
    { "not known what serves: touched", NULL, NULL,
      "asking [deploy mono production release:api/v1.5.0 --wait=1800s --by=L7]" },
    { "touched", TRIGGER_OTHER_SHA, "{'relation':'ahead','touched':['mono/production']}",
      "asking [deploy mono production release:api/v1.5.0 --wait=1800s --by=L7]" },
    { "untouched", TRIGGER_OTHER_SHA, "{'relation':'ahead','touched':[]}", "refused =refused forgotten" },
    { "GitHub cannot compare: touched", TRIGGER_OTHER_SHA, NULL,
      "asking [deploy mono production release:api/v1.5.0 --wait=1800s --by=L7]" },
    { "no answer in time: touched", TRIGGER_OTHER_SHA, "",
      "asking [deploy mono production release:api/v1.5.0 --wait=1800s --by=L7]" },
};

static void check_paths(void **state)
{
    const struct paths_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct target_version serving = { .version = "v1.4.0", .image = "i", .operation = "D3" };
    struct target target = { .name = "mono/production", .good = &serving, .good_count = 1 };
    struct operation ended = { .id = "D3", .kind = "deploy", .state = "done", .result = "done" };
    struct story story;

    ended.body = row->commit ? decision_json(fixture, "{'commit':{'sha':'" TRIGGER_OTHER_SHA "'}}") : NULL;
    fixture->targets = &target;
    fixture->targets_count = 1;
    fixture->ended = &ended;
    fixture->ended_count = 1;
    begin(&story, fixture, MONO_LINE);
    answered(&story, "release", "{'tag':'api/v1.5.0'}");
    answered(&story, "commit", COMMIT);
    if (row->commit) {
        assert_string_equal(wants(&story), "comparing ?paths " TRIGGER_OTHER_SHA);
        read_as(&story, "paths " TRIGGER_OTHER_SHA, row->answer,
                !row->answer     ? END_FAILED
                : row->answer[0] ? END_DONE
                                 : END_GAVE_UP);
    }
    assert_string_equal(wants(&story), row->wanted);
}

/* A revert changes nothing of what serves; but what it takes back is on its way there. */
static const struct moving_row {
    const char *name, *kind, *target, *body;
    bool is_moving;
} moving_rows[] = {
    { "a deploy bakes there", "deploy", "mono/production", "{'version':'v1.4.1'}", true },
    { "of one of its regions", "deploy", "mono/production/us-central1", "{}", true },
    { "a rollback", "rollback", "mono/production", "{}", true },
    { "a lock", "lock", "mono/production", "{}", false },
    { "a deploy elsewhere", "deploy", "mono/productions", "{}", false },
    { "a group that is about to", "group", NULL, "{'members':[{'words':['mono','production','v1'],'state':0}]}", true },
    { "a group that has", "group", NULL, "{'members':[{'words':['mono','production','v1'],'state':3}]}", false },
    { "a group of others", "group", NULL, "{'members':[{'words':['mono','pre','v1'],'state':0},{},7]}", false },
    { "another trigger", "trigger", NULL, "{'places':[{'service':'mono','environment':'production'}]}", true },
    { "one that has asked", "trigger", NULL,
      "{'places':[{'service':'mono','environment':'production','state':6},{'service':'mono'}]}", false },
};

static void check_moving(void **state)
{
    const struct moving_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct target_version serving = { .version = "v1.4.0", .image = "i", .operation = "D3" };
    struct target target = { .name = "mono/production", .good = &serving, .good_count = 1 };
    struct operation ended = { .id = "D3", .kind = "deploy", .state = "done", .result = "done" };
    struct operation operation = { .id = "D8", .kind = row->kind, .target = row->target, .state = "baking" };
    struct story story;

    ended.body = decision_json(fixture, "{'commit':{'sha':'" TRIGGER_OTHER_SHA "'}}");
    operation.body = decision_json(fixture, row->body);
    fixture->targets = &target;
    fixture->targets_count = 1;
    fixture->ended = &ended;
    fixture->ended_count = 1;
    fixture->operations = &operation;
    fixture->operations_count = 1;
    begin(&story, fixture, MONO_LINE);
    answered(&story, "release", "{'tag':'api/v1.5.0'}");
    answered(&story, "commit", COMMIT);
    assert_string_equal(wants(&story), row->is_moving
                                           ? "asking [deploy mono production release:api/v1.5.0 --wait=1800s --by=L7]"
                                           : "comparing ?paths " TRIGGER_OTHER_SHA);
}

static void what_comes_in_another_state_changes_nothing(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct story story;

    (void)state;
    confirm(&story, fixture);
    answered(&story, "release", RELEASED);
    assert_string_equal(wants(&story), "-");
    answered(&story, "commit", COMMIT);
    assert_string_equal(wants(&story), "-");
    told(&story, MESSAGE_CHILD_ENDED, "{'name':'elsewhere','operation':'D1','result':'done'}");
    assert_string_equal(wants(&story), "-");
    told(&story, MESSAGE_CHILD_BEGUN, "{}");
    assert_string_equal(wants(&story), "-");
    told(&story, "member.waits", "{'name':'production','is_waiting':true}");
    assert_string_equal(wants(&story), "-");
}

static void nobody_listens_any_more(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct story story;

    (void)state;
    begin(&story, fixture, "trigger release --repository=acme/gone --tag=v1.5.0");
    assert_false(story.out.begins);
    assert_true(story.out.reply->is_refusal);
}

static void a_member_of_a_group_finds_its_trigger(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TRIGGER_CONFIGURATION);
    struct operation operations[3] = { { .id = "L7", .kind = "trigger" },
                                       { .id = "D12", .kind = "group", .parent = "L7" },
                                       { .id = "D13", .kind = "deploy", .parent = "D12" } };
    const struct trigger_body *found;
    struct operation alone = { .id = "D14", .kind = "deploy" };
    struct story story;

    (void)state;
    confirm(&story, fixture);
    operations[0].body = story.operation.body;
    fixture->operations = operations;
    fixture->operations_count = 3;
    found = trigger_of(&fixture->view, &operations[2]);
    assert_non_null(found);
    assert_string_equal(found->sha, TRIGGER_SHA);
    assert_string_equal(found->title, "Faster carts");
    assert_null(trigger_of(&fixture->view, &alone));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_release_is_one_group_for_an_environment),
        cmocka_unit_test(what_policy_refuses_is_said_with_what_to_type),
        cmocka_unit_test(one_that_is_refused_later_is_said_too),
        cmocka_unit_test(a_member_that_is_refused_is_said_at_once),
        cmocka_unit_test(it_ends_though_the_clock_was_set_back),
        cmocka_unit_test(it_is_asked_again_from_where_it_was),
        cmocka_unit_test(what_came_too_late_is_said_and_nothing_else),
        cmocka_unit_test(what_came_too_late_is_said_of_the_others),
        cmocka_unit_test(nothing_is_left_to_do),
        cmocka_unit_test(what_another_was_to_bring_and_did_not_is_said),
        cmocka_unit_test(what_another_brought_is_not_said),
        cmocka_unit_test(places_are_bounded),
        cmocka_unit_test(what_is_cut_is_said),
        cmocka_unit_test(a_tag_of_another_service_is_nothing),
        cmocka_unit_test(a_region_that_is_refused_is_said),
        cmocka_unit_test(one_region_is_not_all),
        cmocka_unit_test(regions_serve_one_commit_or_none),
        cmocka_unit_test(what_comes_in_another_state_changes_nothing),
        cmocka_unit_test(nobody_listens_any_more),
        cmocka_unit_test(a_member_of_a_group_finds_its_trigger),
    };

    return cmocka_run_group_tests(tests, NULL, NULL) + ROWS(confirm_rows, check_confirm) +
           ROWS(there_rows, check_there) + ROWS(paths_rows, check_paths) + ROWS(moving_rows, check_moving);
}
