/* `.deploy` on a pull request: which comments are heard, what GitHub must say of them, and the one answer that they
 * get. */
#include "tests/unit/rows.h"
#include "tests/unit/trigger_fixture.h"

#include "bot/model/effect.h"
#include "bot/model/exchange.h"
#include "bot/model/pull.h"
#include "handlers/trigger/comment.h"
#include "handlers/trigger/trigger.h"

#define PLACE(name, service, comments)                                                                                 \
    "      - name: " name "\n"                                                                                         \
    "        driver: { cloud_run: { project: acme, region: us-central1, service: " service " } }\n"                    \
    "        strategy: all-at-once\n" comments
#define CONFIGURATION                                                                                                             \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1 }\n"                                                         \
    "github: { webhook_secrets: [secret], app: { id: 12345, private_key: k } }\n"                                                 \
    "services:\n" TRIGGER_SERVICE("api", "acme/platform") PLACE("staging", "api-s", "        comments: true\n")                   \
        PLACE("production", "api-p", "        comments: false\n") PLACE(                                                          \
            "preview", "api-v", "        comments: { command: \"/ship\" }\n") TRIGGER_SERVICE("web", "Acme/Platform")             \
            PLACE("staging", "web-s", "        comments: true\n") TRIGGER_SERVICE("other", "acme/other") PLACE(                   \
                "staging", "other-s",                                                                                             \
                "") "policy: { roles: [{ name: developer, members: [\"github:mia\"] }], rules: [{ allow: deploy, to: developer, " \
                    "on: { environment: staging }, when: { during: \"Mon 01:00-01:05 UTC\" } }] }\n"

/* ---- which are heard ---- */

#define SENDER "mia"
#define EVENT_AS(number, state, pull, body, author, type, more)                                                        \
    "{'about':{'action':'created','repository':'acme/platform','sender':'" SENDER                                      \
    "'},'association':'MEMBER','id':'3300000001','body':'" body "','author':'" author "','author_type':'" type         \
    "','number':" number ",'is_pull_request':" pull ",'state':'" state "'" more "}"
#define SAID(body) EVENT_AS("128", "open", "true", body, "mia", "User", "")

static const struct heard_row {
    const char *name, *event;
    bool is_heard;
} heard_rows[] = {
    { "a command", SAID(".deploy staging"), true },
    { "with lines behind it", SAID(".deploy staging\\r\\nfor the demo"), true },
    { "a service is named", SAID(".deploy staging api"), true },
    { "alone: it is answered how to ask", SAID(".deploy"), true },
    { "a tab behind it", SAID(".deploy\\tstaging"), true },
    { "what it does not take is answered", SAID(".deploy staging --now"), true },
    { "another place's command", SAID("/ship preview"), true },
    { "a longer word", SAID(".deployment staging"), false },
    { "another word", SAID(".rollback staging"), false },
    { "a quote", SAID("> .deploy staging"), false },
    { "a code block", SAID("```\\n.deploy staging\\n```"), false },
    { "a code block by its margin", SAID("    .deploy staging"), false },
    { "a margin of one", SAID(" .deploy staging"), false },
    { "in the second line", SAID("please\\n.deploy staging"), false },
    { "behind an empty line", SAID("\\r\\n.deploy staging"), false },
    { "in code", SAID("`.deploy staging`"), false },
    { "an issue", EVENT_AS("128", "open", "false", ".deploy staging", "mia", "User", ""), false },
    { "a closed one", EVENT_AS("128", "closed", "true", ".deploy staging", "mia", "User", ""), false },
    { "no number", EVENT_AS("0", "open", "true", ".deploy staging", "mia", "User", ""), false },
    { "a bot", EVENT_AS("128", "open", "true", ".deploy staging", "mia", "Bot", ""), false },
    { "a program in somebody's name",
      EVENT_AS("128", "open", "true", ".deploy staging", "mia", "User", ",'app_id':'7'"), false },
    { "told by another than its author", EVENT_AS("128", "open", "true", ".deploy staging", "ann", "User", ""), false },
};

static struct outside_event comment_event(struct decision_fixture *fixture, const char *body)
{
    return (struct outside_event){ .id = "g1",
                                   .source = "github",
                                   .name = "issue_comment.created",
                                   .subject = "acme/platform/pulls/128",
                                   .principal = { .system = "github", .id = SENDER },
                                   .occurred_at_ms = DECISION_NOW_MS - 10000,
                                   .body = decision_json(fixture, body) };
}

static void check_heard(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    const struct heard_row *row = *state;
    struct outside_event event = comment_event(fixture, row->event);
    struct wanted_request request = { 0 };

    assert_int_equal(trigger_comment_asks(&fixture->view, &event, &request), row->is_heard);
    if (!row->is_heard)
        return;
    assert_string_equal(request.verb, "trigger");
    assert_null(request.requester); /* in the name of who wrote it */
    for (size_t i = 0; i < request.words_count; i++)
        assert_null(strstr(request.words[i], "staging")); /* nothing of what was written travels */
}

/* On a public repository anybody may write: whom policy gives nothing costs a line of the journal. */
static void a_stranger_is_not_answered(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct outside_event event =
        comment_event(fixture, EVENT_AS("128", "open", "true", ".deploy staging", "eve", "User", ""));
    struct wanted_request request = { 0 };

    (void)state;
    event.principal.id = "eve";
    assert_false(trigger_comment_asks(&fixture->view, &event, &request));
    assert_string_equal(request.why_not, "whoever wrote it may deploy nowhere");
}

#define WITH_POLICY(policy)                                                                                            \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1 }\n"                                              \
    "github: { webhook_secrets: [secret], app: { id: 12345, private_key: k } }\n"                                      \
    "services:\n" TRIGGER_SERVICE("api", "acme/platform") PLACE("staging", "api-s", "        comments: true\n")        \
        PLACE("test", "api-t", "") "policy: " policy "\n"
#define MIA_DEVELOPS "{ name: developer, members: [\"github:mia\"] }"
#define EVE_DEVELOPS "{ name: developer, members: [\"github:eve\"] }"
#define A_TEAM_DEVELOPS "{ name: developer, members: [\"github-team:acme/eng\"] }"
#define A_TEAM_OF_OTHERS "{ name: contractor, members: [\"github-team:acme/contractors\"] }"

/* Of a group that was never read nobody knows who is in it; nor that they are not. */
static const struct stranger_row {
    const char *name, *configuration;
    bool is_heard;
} stranger_rows[] = {
    { "a role of theirs", WITH_POLICY("{ roles: [" MIA_DEVELOPS "], rules: [{ allow: deploy, to: developer }] }"),
      true },
    { "another one's", WITH_POLICY("{ roles: [" EVE_DEVELOPS "], rules: [{ allow: deploy, to: developer }] }"), false },
    { "a team that was never read",
      WITH_POLICY("{ roles: [" A_TEAM_DEVELOPS "], rules: [{ allow: deploy, to: developer }] }"), true },
    { "that may do something else",
      WITH_POLICY("{ roles: [" A_TEAM_DEVELOPS "], rules: [{ allow: status, to: developer }] }"), false },
    { "a deny for a team that was never read",
      WITH_POLICY("{ roles: [" MIA_DEVELOPS ", " A_TEAM_OF_OTHERS
                  "], rules: [{ allow: deploy, to: developer }, { deny: deploy, to: contractor }] }"),
      true },
    { "a deny for them",
      WITH_POLICY("{ roles: [" MIA_DEVELOPS
                  "], rules: [{ allow: deploy, to: developer }, { deny: deploy, to: developer }] }"),
      false },
    { "a deny for all",
      WITH_POLICY("{ roles: [" MIA_DEVELOPS "], rules: [{ allow: deploy, to: developer }, { deny: deploy }] }"),
      false },
    { "a deny for all, elsewhere",
      WITH_POLICY("{ roles: [" MIA_DEVELOPS
                  "], rules: [{ allow: deploy, to: developer }, { deny: deploy, on: { environment: test } }] }"),
      true },
};

static void check_stranger(void **state)
{
    const struct stranger_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(row->configuration);
    struct outside_event event = comment_event(fixture, SAID(".deploy staging"));
    struct wanted_request request = { 0 };

    assert_int_equal(trigger_comment_asks(&fixture->view, &event, &request), row->is_heard);
    if (!row->is_heard)
        assert_string_equal(request.why_not, "whoever wrote it may deploy nowhere");
}

static void nor_are_more_than_can_be_looked_into(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct outside_event event = comment_event(fixture, SAID(".deploy staging"));
    struct operation operations[20];
    struct wanted_request request = { 0 };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(operations); i++)
        operations[i] = (struct operation){ .id = arena_printf(fixture->arena, "L%zu", i + 1),
                                            .kind = "trigger",
                                            .state = "confirming",
                                            .body = decision_json(fixture, "{'kind':4,'repository':'ACME/platform'}") };
    fixture->operations = operations;
    fixture->operations_count = ARRAY_LEN(operations) - 1;
    assert_true(trigger_comment_asks(&fixture->view, &event, &request));
    fixture->operations_count = ARRAY_LEN(operations);
    request = (struct wanted_request){ 0 };
    assert_false(trigger_comment_asks(&fixture->view, &event, &request));
    assert_string_equal(request.why_not, "too many comments there wait for an answer");
    operations[0].body = decision_json(fixture, "{'repository':'acme/platform'}");
    request = (struct wanted_request){ 0 };
    assert_true(trigger_comment_asks(&fixture->view, &event, &request));
}

/* ---- what GitHub must say ---- */

#define LINE                                                                                                           \
    "trigger comment --repository=acme/platform --subject=acme/platform/pulls/128 --id=3300000001 --initiator=mia "    \
    "--at=1795211990000 --number=128"
#define OURS "'is_public':false,'is_fork':false"
#define ASKED_AT "1795211990000"
#define PULL_AS(state, where, head_at, author, line, comment_more)                                                     \
    "{'state':'" state "'," where ",'head_sha':'" TRIGGER_SHA                                                          \
    "','head_branch':'cart','base_branch':'main','head_at_ms':" head_at ",'comment':{'author':'" author                \
    "','line':'" line "','at_ms':" ASKED_AT comment_more "}}"
#define PULL(line) PULL_AS("open", OURS, "1795211989000", "mia", line, "")
#define PUBLIC(line) PULL_AS("open", "'is_public':true,'is_fork':false", "1795211989000", "mia", line, "")
#define NOTHING "-1 | Nothing was deployed: "
#define TAKERS "`.deploy staging api`, `/ship preview api`, `.deploy staging web`."

static const struct pull_row {
    const char *name, *pull;
    const char *wants; /* requests in brackets; the state */
    const char *says;  /* reactions and the answer; NULL: neither */
} pull_rows[] = {
    { "its head, wherever it is meant", PULL(".deploy staging"),
      "asking [deploy api,web staging sha:" TRIGGER_SHA " --wait=0s --by=L7]", NULL },
    { "one service of them", PULL(".deploy staging web"),
      "asking [deploy web staging sha:" TRIGGER_SHA " --wait=0s --by=L7]", NULL },
    { "with another command in another place", PULL("/ship preview"),
      "asking [deploy api preview sha:" TRIGGER_SHA " --wait=0s --by=L7]", NULL },
    { "letters of a login have no case", PULL_AS("open", OURS, "1", "Mia", ".deploy staging web", ""),
      "asking [deploy web staging sha:" TRIGGER_SHA " --wait=0s --by=L7]", NULL },
    { "a place with another command", PULL(".deploy preview"), "refused",
      NOTHING "no such place takes that from a comment. These do: " TAKERS },
    { "a place that takes none", PULL(".deploy production"), "refused",
      NOTHING "no such place takes that from a comment. These do: " TAKERS },
    { "a service of another repository", PULL(".deploy staging other"), "refused",
      NOTHING "no such place takes that from a comment. These do: " TAKERS },
    { "hostile words are not repeated", PULL(".deploy @acme/everyone"), "refused",
      NOTHING "no such place takes that from a comment. These do: " TAKERS },
    { "nowhere", PULL(".deploy"), "refused",
      NOTHING "ask `.deploy ENVIRONMENT` or `.deploy ENVIRONMENT SERVICE`, and nothing else." },
    { "an option", PULL(".deploy staging --now"), "refused",
      NOTHING "ask `.deploy ENVIRONMENT` or `.deploy ENVIRONMENT SERVICE`, and nothing else." },
    { "an option in front", PULL(".deploy --break-glass staging"), "refused",
      NOTHING "ask `.deploy ENVIRONMENT` or `.deploy ENVIRONMENT SERVICE`, and nothing else." },
    { "a version", PULL(".deploy staging api v1.5.0"), "refused",
      NOTHING "ask `.deploy ENVIRONMENT` or `.deploy ENVIRONMENT SERVICE`, and nothing else." },
    { "a fork", PULL_AS("open", "'is_public':false,'is_fork':true", "0", "mia", ".deploy staging", ""), "refused",
      NOTHING
      "its head is in another repository, and of forks nothing is deployed. Push it to a branch of this one, and ask "
      "there." },
    { "closed by now", PULL_AS("closed", OURS, "0", "mia", ".deploy staging", ""), "refused",
      NOTHING "this pull request is closed. Reopen it, and ask again." },
    { "pushed in the same second", PULL_AS("open", OURS, ASKED_AT, "mia", ".deploy staging", ""), "refused",
      NOTHING "its head was pushed after you asked, or in the same second. Look at it, and ask again." },
    { "pushed nobody knows when", PULL_AS("open", OURS, "0", "mia", ".deploy staging", ""), "refused",
      NOTHING "its head was pushed after you asked, or in the same second. Look at it, and ask again." },
    { "edited, by whomever", PULL_AS("open", OURS, "1", "mia", ".deploy staging", ",'is_edited':true"), "refused",
      NOTHING "your comment was edited. Ask again in a new one." },
    { "of another author: it was made up", PULL_AS("open", OURS, "1", "ann", ".deploy staging", ""), "refused", NULL },
    { "no command: it was made up", PULL("hello"), "refused", NULL },
    { "no comment: it was made up",
      "{'state':'open','is_public':false,'is_fork':false,'head_sha':'" TRIGGER_SHA
      "','head_branch':'cart','base_branch':'main','head_at_ms':1}",
      "refused", NULL },
};

struct story {
    struct decision_fixture *fixture;
    struct operation operation;
    const struct trigger_body *body;
    struct outcome out; /* of the last event */
};

static void keep(struct story *story) /* as the engine does */
{
    struct trigger_body *body = ARENA_NEW(story->fixture->arena, struct trigger_body);
    struct error err;
    cJSON *json;

    if (story->out.state)
        story->operation.state = story->out.state;
    if (!story->out.body)
        return;
    json = shape_to_json(&trigger_body_shape, story->out.body, SHAPE_WHOLE);
    arena_defer(story->fixture->arena, (void (*)(void *))cJSON_Delete, json);
    assert_true(shape_from_json(&trigger_body_shape, json, story->fixture->arena, body, &err));
    story->body = body;
    story->operation.body = json;
}

static void begin(struct story *story, struct decision_fixture *fixture, const char *line)
{
    struct request request = decision_request(fixture, line);
    struct question question;
    const void *arguments;
    struct error err;

    *story = (struct story){ .fixture = fixture, .operation = trigger_operation(fixture) };
    request.source = "github";
    request.principal = (struct principal){ .system = "github", .id = SENDER };
    if (!verb_trigger.asks(&fixture->view, &request, &question, &arguments, &err))
        fail_msg("%s", err.message);
    outcome_init(&story->out, fixture->arena, "L7", "birth-00000000000000f7");
    verb_trigger.begin(&fixture->view, &request, &question, arguments, &story->out);
    keep(story);
    assert_string_equal(story->operation.state, "confirming");
    assert_int_equal(story->out.readings_count, 1);
    assert_string_equal(story->out.readings[0].kind, READING_PULL);
}

static void hear(struct story *story, struct event event)
{
    outcome_init(&story->out, story->fixture->arena, "L7", "birth-00000000000000f7");
    machine_trigger.on_event(&story->fixture->view, &story->operation, story->body, &event, &story->out);
    keep(story);
}

static void answered(struct story *story, const char *json)
{
    hear(story, (struct event){ .kind = EVENT_READING, .name = "pull", .body = decision_json(story->fixture, json) });
}

static void told(struct story *story, const char *message, const char *json)
{
    hear(story, (struct event){ .kind = EVENT_MESSAGE, .name = message, .body = decision_json(story->fixture, json) });
}

static const char *wants(const struct story *story)
{
    struct arena *arena = story->fixture->arena;
    const char *text = story->out.state ? story->out.state : "-";

    for (size_t i = 0; i < story->out.requests_count; i++) {
        text = arena_printf(arena, "%s [%s", text, story->out.requests[i].verb);
        assert_null(story->out.requests[i].requester); /* as the trigger itself */
        for (size_t k = 0; k < story->out.requests[i].words_count; k++)
            text = arena_printf(arena, "%s %s", text, story->out.requests[i].words[k]);
        text = arena_printf(arena, "%s]", text);
    }
    return text;
}

static const char *says(const struct story *story)
{
    struct arena *arena = story->fixture->arena;
    const char *text = NULL;

    for (size_t i = 0; i < story->out.effects_count; i++) {
        const struct wanted_effect *effect = &story->out.effects[i];
        bool is_reaction = strcmp(effect->kind, EFFECT_REACTION) == 0;
        const char *words = json_find_string(effect->args, is_reaction ? "content" : "text");

        assert_string_equal(effect->lane, "github:comments:acme/platform");
        assert_string_equal(json_find_string(effect->args, "repository"), "acme/platform");
        if (is_reaction)
            assert_string_equal(json_find_string(effect->args, "comment"), "3300000001");
        else
            assert_int_equal(json_find_int(effect->args, "number", 0), 128);
        text = text ? arena_printf(arena, "%s | %s", text, words) : words;
    }
    return text;
}

static void check_says(const struct story *story, const char *wanted)
{
    const char *found = says(story);

    if (wanted)
        assert_string_equal(found ? found : "(nothing)", wanted);
    else
        assert_null(found);
}

static void check_pull(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    const struct pull_row *row = *state;
    struct story story;

    begin(&story, fixture, LINE);
    answered(&story, row->pull);
    assert_string_equal(wants(&story), row->wants);
    check_says(&story, row->says);
}

/* ---- what becomes of it ---- */

#define BEGUN "{'name':'staging','operation':'D12'}"
#define REFUSED "{'name':'staging','text':'Denied: only a `release-manager` may. @{slack:U1} ``` x'}"

static void it_is_seen_answered_and_done(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story;

    (void)state;
    begin(&story, fixture, LINE);
    answered(&story, PULL(".deploy staging"));
    told(&story, MESSAGE_CHILD_BEGUN, BEGUN);
    assert_string_equal(story.operation.state, "following");
    check_says(&story, "eyes | **D12** deploys `70e4b6c9d315` to **staging** (api, web).");
    told(&story, MESSAGE_CHILD_BEGUN, BEGUN);
    check_says(&story, NULL); /* once */
    told(&story, MESSAGE_CHILD_ENDED, "{'name':'staging','operation':'D12','result':'done','summary':'Done.'}");
    check_says(&story, "rocket");
    assert_string_equal(story.out.result, "done");
}

static void what_fails_is_only_reacted_to(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story;

    (void)state;
    begin(&story, fixture, LINE);
    answered(&story, PULL(".deploy staging"));
    told(&story, MESSAGE_CHILD_BEGUN, BEGUN);
    told(&story, MESSAGE_CHILD_ENDED, "{'name':'staging','operation':'D12','result':'failed','summary':'x'}");
    check_says(&story, "-1");
}

static void what_policy_says_is_told_where_nobody_reads_along(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story;

    (void)state;
    begin(&story, fixture, LINE);
    answered(&story, PULL(".deploy staging"));
    told(&story, MESSAGE_CHILD_REFUSED, REFUSED);
    assert_non_null(strstr(says(&story), "-1 | Nothing was deployed to **staging**:\n\n```"));
    assert_non_null(strstr(says(&story), "release-manager"));
    assert_non_null(strstr(says(&story), " slack:U1 ")); /* GitHub knows no "@{slack:U1}" */
    assert_non_null(
        strstr(says(&story),
               "\n\nWhoever may asks again in a new comment, or in Slack: `/deploy api staging sha:" TRIGGER_SHA "`."));
    assert_string_equal(story.out.result, "refused");

    begin(&story, fixture, LINE);
    answered(&story, PUBLIC(".deploy staging"));
    told(&story, MESSAGE_CHILD_REFUSED, REFUSED);
    check_says(
        &story,
        "-1 | Nothing was deployed to **staging**. Why, and who may, is not told in public: `/ops explain deploy "
        "api staging` in Slack tells whoever asks. Whoever may asks again in a new comment, or in Slack: "
        "`/deploy api staging sha:" TRIGGER_SHA "`.");
}

static void one_that_was_found_late_is_answered(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story;

    (void)state;
    begin(&story, fixture, LINE " --late");
    answered(&story, PULL(".deploy staging"));
    assert_string_equal(wants(&story), "refused");
    assert_non_null(strstr(says(&story), "opsgate acts on nothing that is older than"));

    begin(&story, fixture, LINE); /* the event says that it is new, and GitHub that the comment is not */
    fixture->view.now_ms += 2 * HOUR_MS;
    answered(&story, PULL(".deploy staging"));
    assert_string_equal(wants(&story), "refused");
    assert_non_null(strstr(says(&story), "Ask again"));
}

static void github_is_asked_again_until_it_is_too_late(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct event gone = { .kind = EVENT_READING, .name = "pull", .end = END_GAVE_UP };
    struct story story;

    (void)state;
    begin(&story, fixture, LINE);
    hear(&story, gone);
    assert_int_equal(story.out.timers_count, 1);
    check_says(&story, NULL);
    hear(&story, (struct event){ .kind = EVENT_TIMER, .name = "again" });
    assert_int_equal(story.out.readings_count, 1);
    fixture->view.now_ms += 2 * HOUR_MS;
    hear(&story, gone);
    assert_string_equal(story.out.result, "failed");
    assert_non_null(strstr(says(&story), "-1 | Nothing was deployed")); /* who can read along is not known */
    assert_null(strstr(says(&story), "confirm"));
}

static void nobody_types_it(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct request request = decision_request(fixture, LINE);
    struct question question;
    const void *arguments;
    struct error err;

    (void)state;
    assert_false(verb_trigger.asks(&fixture->view, &request, &question, &arguments, &err));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stranger_is_not_answered),
        cmocka_unit_test(nor_are_more_than_can_be_looked_into),
        cmocka_unit_test(it_is_seen_answered_and_done),
        cmocka_unit_test(what_fails_is_only_reacted_to),
        cmocka_unit_test(what_policy_says_is_told_where_nobody_reads_along),
        cmocka_unit_test(one_that_was_found_late_is_answered),
        cmocka_unit_test(github_is_asked_again_until_it_is_too_late),
        cmocka_unit_test(nobody_types_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL) + ROWS(heard_rows, check_heard) + ROWS(pull_rows, check_pull) +
           ROWS(stranger_rows, check_stranger);
}
