/* What a blue-green deploy took the place of: how it comes into reach and stays there, and how it is let go. */
#include "tests/unit/deploy_fixture.h"

#include "handlers/deploy/keep.h"

#include <inttypes.h>

/* ---- the deploy's part ---- */

static struct deploy_body *keeping_body(struct decision_fixture *fixture, unsigned is, bool is_given)
{
    struct deploy_body *body = deploy_body_made(fixture, 0, is & ABORTED ? 100 : 0, BLUE_GREEN | is);

    body->keep_ms = HOUR_MS;
    body->kept_tag = is_given ? "d1042-old" : "d1041";
    body->is_tag_given = is_given;
    return body;
}

static void decide_deploy(struct decision_fixture *fixture, const char *state, const struct deploy_body *body,
                          struct event event, struct outcome *out)
{
    struct operation operation = deploy_operation_in(state);

    outcome_init(out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, out);
}

#define ON(revision, tag) "{'revision':'" revision "','percent':0,'tag':'" tag "'}"
#define LOOKED(serving, wanted)                                                                                        \
    "{'etag':'e','is_settled':true,'is_ready':true,'serving':'" serving "','wanted':[{'revision':'" serving            \
    "','percent':100}" wanted "],'observed':[]}"

static void check_tag(void **state)
{
    static const struct {
        const char *service, *tag;
        bool is_given;
    } cases[] = {
        { LOOKED("api-service-d7-0000b7", "," ON("api-service-d7-0000b7", "d7")), "d7", false },
        { LOOKED("api-handmade", ""), "d1042-old", true },
        { LOOKED("api-handmade", "," ON("api-handmade", "stable")), "d1042-old", true }, /* theirs may go any time */
        { LOOKED("api-handmade", "," ON("api-service-d7-0000b7", "d7")), "d1042-old", true },
        { LOOKED("api-handmade", "," ON("api-handmade", "d9-old")), "d9-old",
          false }, /* it served, was left, and came back */
        { LOOKED("api-handmade", "," ON("api-handmade", "d-old")), "d1042-old", true },
        { LOOKED("api-handmade", "," ON("api-handmade", "d9-older")), "d1042-old", true },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct deploy_body *body = deploy_body_made(fixture, 0, 0, BLUE_GREEN);
        const struct deploy_body *after;
        struct outcome out;

        body->keep_ms = HOUR_MS;
        decide_deploy(fixture, "looking", body,
                      (struct event){ .kind = EVENT_READING,
                                      .name = "service",
                                      .end = END_DONE,
                                      .body = decision_json(fixture, cases[i].service) },
                      &out);
        after = out.body;
        assert_string_equal(deploy_outcome_text(&out, fixture->arena), "creating !run.revision ?kept");
        assert_string_equal(after->kept_tag, cases[i].tag);
        assert_int_equal(after->is_tag_given, cases[i].is_given);
    }
}

static void check_told(void **state)
{
    static const struct {
        enum event_end end;
        const char *body;
        bool is_known;
        int64_t instances;
    } cases[] = {
        { END_DONE, "{'revisions':[{'revision':'api-old','min_instances':2}]}", true, 2 },
        { END_DONE, "{'revisions':[{'revision':'api-old'}]}", true, 0 },
        { END_DONE, "{'revisions':[]}", false, 0 },
        { END_DONE, "{'revisions':7}", false, 0 },
        { END_GAVE_UP, "{}", false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        const struct deploy_body *after;
        struct outcome out;

        decide_deploy(fixture, "starting", keeping_body(fixture, 0, true),
                      (struct event){ .kind = EVENT_READING,
                                      .name = "kept",
                                      .end = cases[i].end,
                                      .body = decision_json(fixture, cases[i].body) },
                      &out);
        after = out.body;
        assert_string_equal(deploy_outcome_text(&out, fixture->arena), "-");
        assert_int_equal(after->is_minimum_known, cases[i].is_known);
        assert_int_equal(after->kept_instances, cases[i].instances);
    }
}

static void assert_args(struct decision_fixture *fixture, const struct outcome *out, const char *path,
                        const char *expected)
{
    const cJSON *found = json_find(out->effects[0].args, path);
    AUTO_FREE char *text = found ? json_print(found) : NULL;

    if (!expected)
        assert_null(found);
    else if (!found || !cJSON_Compare(found, decision_json(fixture, expected), true))
        fail_msg("%s: %s", path, text ? text : "(none)");
}

/* It comes with the switch, which still is whole; one that it had already is left as it stands. */
static void check_switch(void **state)
{
    (void)state;
    for (int is_given = 0; is_given < 2; is_given++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct outcome out;

        decide_deploy(fixture, "checking", keeping_body(fixture, 0, is_given),
                      (struct event){ .kind = EVENT_READING,
                                      .name = "health",
                                      .end = END_DONE,
                                      .body = decision_json(fixture, "{'is_healthy':true}") },
                      &out);
        assert_string_equal(out.effects[0].kind, EFFECT_TRAFFIC);
        assert_args(fixture, &out, "expected", "[{'revision':'api-old','percent':100}]");
        assert_args(fixture, &out, "wanted",
                    is_given ? "[{'revision':'" OURS "','percent':100,'tag':'d1042'},"
                               "{'revision':'api-old','percent':0,'tag':'d1042-old'}]"
                             : "[{'revision':'" OURS "','percent':100,'tag':'d1042'}]");
        assert_args(fixture, &out, "remove_tags", "['d1039']");
    }
}

/* What was given goes back with the traffic. */
static void check_return(void **state)
{
    (void)state;
    for (int is_given = 0; is_given < 2; is_given++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct deploy_body *body = keeping_body(fixture, ABORTED, is_given);
        struct outcome out;

        body->returning = "it was aborted";
        decide_deploy(fixture, "returning", body,
                      (struct event){ .kind = EVENT_READING,
                                      .name = "service",
                                      .end = END_DONE,
                                      .body = decision_json(fixture, SERVES(ALL_OURS)) },
                      &out);
        assert_string_equal(out.effects[0].kind, EFFECT_RETURN);
        assert_args(fixture, &out, "wanted", "[{'revision':'api-old','percent':100}]");
        assert_args(fixture, &out, "remove_tags", is_given ? "['d1042-old']" : NULL);
    }
}

static const struct leave_row {
    const char *name, *state, *event, *body; /* of the request, or of the message */
    const char *wants, *says;                /* its reply; or NULL */
    bool begins_keep;
} leave_rows[] = {
    { "called good, it first hands over what served before", "watching", "promote", NULL, "handing-over",
      "is good; what served before is kept", true },
    { "handed over, it is good", "handing-over", MESSAGE_CHILD_BEGUN, "{'name':'keep','operation':'D1043'}",
      "done =done good", NULL, false },
    { "not taken, it is good all the same", "handing-over", MESSAGE_CHILD_REFUSED, "{'name':'keep','text':'no'}",
      "done =done good", NULL, false },
    { "called good again, it is only good once", "handing-over", "promote", NULL, "nothing",
      "cannot `promote` now: it is good, and about to end", false },
    { "there is nothing to pause any more", "handing-over", "pause", NULL, "nothing", "has all traffic already",
      false },
    { "it is still taken back", "handing-over", "abort", NULL, "returning ?service ~traffic bad",
      "its traffic goes back to `api-old`", false },
    { "a rollback still takes its target", "handing-over", MESSAGE_YIELD, "{'by':'D1044'}",
      "aborted ~revision ~traffic ~return =aborted bad", NULL, false },
    { "what comes late is harmless", "returning", MESSAGE_CHILD_BEGUN, "{'name':'keep','operation':'D1043'}", "nothing",
      NULL, false },
};

static struct event event_of(const struct leave_row *row, struct decision_fixture *fixture)
{
    static const struct control_arguments any = { .operation = "D1042", .look = CONTROL_ANY_LOOK };
    static const struct request request = { .id = "r2",
                                            .source = "slack",
                                            .principal = { "slack", "U2", "T1", "ben" } };

    if (row->body)
        return (struct event){
            .kind = EVENT_MESSAGE, .name = row->event, .from = "engine", .body = decision_json(fixture, row->body)
        };
    return (struct event){ .kind = EVENT_REQUEST, .name = row->event, .request = &request, .arguments = &any };
}

static void check_leave(void **state)
{
    const struct leave_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = keeping_body(fixture, ABORTED, true);
    struct outcome out;

    body->is_aborted = false;
    decide_deploy(fixture, row->state, body, event_of(row, fixture), &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), row->wants);
    assert_int_equal(out.requests_count, row->begins_keep ? 1 : 0);
    if (row->says)
        deploy_assert_says(out.reply->text, row->says);
    if (row->begins_keep) {
        assert_string_equal(out.requests[0].verb, "keep");
        deploy_assert_says(out.requests[0].words[0],
                           "\"revision\":\"api-old\",\"tag\":\"d1042-old\",\"keep_ms\":3600000");
    }
}

/* ---- it is asked for ---- */

static void check_asked(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = deploy_operation_in("watching");
    struct keep_body body = { .service = "api",
                              .environment = "staging",
                              .place = { "acme", "us-central1", "api-service" },
                              .revision = "api-old",
                              .tag = "d1041",
                              .keep_ms = HOUR_MS };
    const struct keep_body *begun;
    struct outcome out, begins;
    struct question question;
    struct request request;
    const void *arguments;
    struct error err;

    (void)state;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    keep_ask(&operation, &body, &out);
    request = (struct request){ .verb = out.requests[0].verb,
                                .source = out.requests[0].source,
                                .words = out.requests[0].words,
                                .words_count = out.requests[0].words_count };
    assert_true(verb_keep.asks(&fixture->view, &request, &question, &arguments, &err));
    outcome_init(&begins, fixture->arena, "D1043", "birth-1");
    verb_keep.begin(&fixture->view, &request, &question, arguments, &begins);
    begun = begins.body;
    assert_true(begins.begins);
    assert_string_equal(begins.target, "api/staging");
    assert_null(begins.claims);
    assert_string_equal(deploy_outcome_text(&begins, fixture->arena), "keeping @over+1h");
    assert_string_equal(begun->revision, "api-old");
    request.words = (const char *[]){ "{\"target\":7}" };
    assert_false(verb_keep.asks(&fixture->view, &request, &question, &arguments, &err));
    request.words = (const char *[]){ "[" };
    assert_false(verb_keep.asks(&fixture->view, &request, &question, &arguments, &err));
}

static void check_not_typed(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct outcome out;

    (void)state;
    assert_string_equal(decision_answer(fixture, &verb_keep, "keep {}", &out),
                        "MISUSED Nobody asks for that: a blue-green deploy does by itself. Nothing was done.");
    assert_true(verb_keep.is_internal);
}

/* ---- its machine ---- */

#define STILL LOOKED("api-new", "," ON("api-old", "d1041"))

static const struct row {
    const char *name, *state;
    enum event_kind kind;
    const char *event;
    enum event_end end;
    const char *body;
    const char *wants, *summary;
    int64_t over_for_ms; /* since its time was over */
} rows[] = {
    { "its time is over: the target is asked for", "keeping", EVENT_TIMER, "over", .wants = "queued claims" },
    { "its turn: it looks", "queued", EVENT_MESSAGE, MESSAGE_GRANTED, .body = "{}", .wants = "looking ?service" },
    { "the tag is there: it goes", "looking", EVENT_READING, "service", .body = STILL,
      .wants = "untagging !run.untag" },
    { "it serves again: it stays", "looking", EVENT_READING, "service",
      .body = LOOKED("api-old", "," ON("api-old", "d1041")), .wants = "done =done",
      .summary = "`api-old` serves again, so it keeps its tag `d1041`" },
    { "a part of the traffic is enough", "looking", EVENT_READING, "service",
      .body = "{'etag':'e','serving':'api-new','wanted':[{'revision':'api-new','percent':99},{'revision':'api-old',"
              "'percent':1,'tag':'d1041'}],'observed':[]}",
      .wants = "done =done", .summary = "serves again" },
    { "somebody took it away", "looking", EVENT_READING, "service", .body = LOOKED("api-new", ""),
      .wants = "done =done", .summary = "has the tag `d1041` no more: nothing was changed" },
    { "somebody moved it", "looking", EVENT_READING, "service", .body = LOOKED("api-new", "," ON("api-9", "d1041")),
      .wants = "done =done", .summary = "has the tag `d1041` no more: nothing was changed" },
    { "others' tags are not its own", "looking", EVENT_READING, "service",
      .body = LOOKED("api-new", "," ON("api-old", "stable")), .wants = "done =done", .summary = "nothing was changed" },
    { "Cloud Run does not answer: others may have the target meanwhile", "looking", EVENT_READING, "service",
      END_GAVE_UP, .wants = "keeping @over+1m ~untag releases" },
    { "likewise when it refuses", "looking", EVENT_READING, "service", END_FAILED,
      .wants = "keeping @over+1m ~untag releases" },
    { "an answer that is none", "looking", EVENT_READING, "service", .body = "{'wanted':7}",
      .wants = "keeping @over+1m ~untag releases" },
    { "after a day of that it gives up, and says so", "looking", EVENT_READING, "service", END_GAVE_UP,
      .wants = "failed !slack.message =failed", .over_for_ms = DAY_MS,
      .summary = "--project acme --region us-central1 --remove-tags d1041" },
    { "the tag is gone", "untagging", EVENT_EFFECT, "untag", .body = "{'changed':true}", .wants = "done =done",
      .summary = "is out of reach now: its tag `d1041` is gone" },
    { "somebody was faster", "untagging", EVENT_EFFECT, "untag", .body = "{'changed':false}", .wants = "done =done",
      .summary = "somebody changed `api-old` or its tag `d1041`, so they were left alone" },
    { "no try got through", "untagging", EVENT_EFFECT, "untag", END_GAVE_UP,
      .wants = "keeping @over+1m ~untag releases" },
    { "nobody knows whether it did: it looks again", "untagging", EVENT_EFFECT, "untag", END_UNKNOWN,
      .wants = "keeping @over+1m ~untag releases" },
    { "a rollback comes: it only waits, and stands in no way", "keeping", EVENT_MESSAGE, MESSAGE_YIELD,
      .body = "{'by':'D9'}", .wants = "nothing" },
    { "a rollback comes: it gives way in the line", "queued", EVENT_MESSAGE, MESSAGE_YIELD, .body = "{'by':'D9'}",
      .wants = "keeping @over+1m ~untag releases" },
    { "a rollback comes: it gives way while it changes", "untagging", EVENT_MESSAGE, MESSAGE_YIELD,
      .body = "{'by':'D9'}", .wants = "keeping @over+1m ~untag releases" },
    { "what comes late is harmless: a turn", "keeping", EVENT_MESSAGE, MESSAGE_GRANTED, .body = "{}",
      .wants = "nothing" },
    { "what comes late is harmless: an answer", "keeping", EVENT_READING, "service", .body = STILL,
      .wants = "nothing" },
    { "what comes late is harmless: an end", "keeping", EVENT_EFFECT, "untag", END_CANCELLED, .wants = "nothing" },
    { "it gave way while it changed, and the change arrived", "keeping", EVENT_EFFECT, "untag",
      .body = "{'changed':true}", .wants = "done =done", .summary = "is out of reach now" },
    { "somebody wants it kept no longer", "keeping", EVENT_REQUEST, "abort", .wants = "queued claims" },
    { "it goes already", "untagging", EVENT_REQUEST, "abort", .wants = "nothing" },
    { "there is nothing to promote", "keeping", EVENT_REQUEST, "promote", .wants = "nothing" },
};

static const char *wants_text(const struct outcome *out, struct arena *arena)
{
    return arena_printf(arena, "%s%s%s", deploy_outcome_text(out, arena), out->claims ? " claims" : "",
                        out->releases ? " releases" : "");
}

static void check_row(void **state)
{
    static const struct request request = { .id = "r2",
                                            .source = "slack",
                                            .principal = { "slack", "U2", "T1", "ben" } };
    static const struct control_arguments any = { .operation = "D1043", .look = CONTROL_ANY_LOOK };
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    bool is_over = strcmp(row->state, "keeping") != 0;
    struct keep_body body = { .service = "api",
                              .environment = "staging",
                              .place = { "acme", "us-central1", "api-service" },
                              .revision = "api-old",
                              .tag = "d1041",
                              .keep_ms = HOUR_MS,
                              .until_ms = DECISION_NOW_MS,
                              .over_at_ms = is_over ? DECISION_NOW_MS - row->over_for_ms : 0 };
    struct operation operation = { .id = "D1043",
                                   .outside_id = "birth-1",
                                   .kind = "keep",
                                   .state = row->state,
                                   .target = "api/staging",
                                   .created_at_ms = DECISION_NOW_MS - HOUR_MS };
    struct event event = { .kind = row->kind,
                           .name = row->event,
                           .end = row->end,
                           .from = "engine",
                           .request = &request,
                           .arguments = &any,
                           .body = row->body ? decision_json(fixture, row->body) : NULL };
    struct outcome out;

    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_keep.on_event(&fixture->view, &operation, &body, &event, &out);
    assert_string_equal(wants_text(&out, fixture->arena), row->wants);
    if (row->summary)
        deploy_assert_says(out.summary, row->summary);
    assert_int_equal(out.reply != NULL, row->kind == EVENT_REQUEST);
    if (strstr(row->wants, "run.untag")) {
        assert_string_equal(out.effects[0].lane, "target:api/staging");
        assert_args(fixture, &out, "tags", "['d1041']");
        assert_string_equal(json_find_string(out.effects[0].args, "revision"), "api-old");
    }
}

/* It served again in between, was left again, and is kept anew, by the same tag. */
static void check_kept_twice(void **state)
{
    static const struct {
        const char *state, *revision, *tag;
        int64_t until_ms; /* from now */
        bool is_over, takes_over;
    } cases[] = {
        { "keeping", "api-old", "d1041", 40 * MINUTE_MS, false, true },
        { "keeping", "api-old", "d1041", -MINUTE_MS, false, true }, /* its timer comes */
        { "queued", "api-old", "d1041", MINUTE_MS, true, true },
        { "queued", "api-old", "d1041", -MINUTE_MS, true, false },
        { "queued", "api-old", "d1041", 0, true, true }, /* the later one of two */
        { "keeping", "api-other", "d1041", MINUTE_MS, false, false },
        { "keeping", "api-old", "d7", MINUTE_MS, false, false },
        { "done", "api-old", "d1041", MINUTE_MS, false, false },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct keep_body body = { .revision = "api-old",
                                  .tag = "d1041",
                                  .until_ms = DECISION_NOW_MS,
                                  .over_at_ms = DECISION_NOW_MS };
        struct operation operations[] = {
            { .id = "D1043", .kind = "keep", .state = "looking", .target = "api/staging" },
            { .id = "D1047", .kind = "keep", .state = cases[i].state, .target = "api/staging" },
        };
        struct event event = { .kind = EVENT_READING, .name = "service", .end = END_DONE };
        struct outcome out;

        if (strcmp(cases[i].state, "done") == 0)
            operations[1].ended_at_ms = DECISION_NOW_MS;
        operations[1].body = decision_json(
            fixture, arena_printf(fixture->arena,
                                  "{'revision':'%s','tag':'%s','until_ms':%" PRId64 ",'over_at_ms':%" PRId64 "}",
                                  cases[i].revision, cases[i].tag, DECISION_NOW_MS + cases[i].until_ms,
                                  cases[i].is_over ? DECISION_NOW_MS : 0));
        operations[0].body = operations[1].body; /* it does not look at itself */
        fixture->operations = operations;
        fixture->operations_count = ARRAY_LEN(operations);
        event.body = decision_json(fixture, STILL);
        outcome_init(&out, fixture->arena, "D1043", "birth-1");
        machine_keep.on_event(&fixture->view, &operations[0], &body, &event, &out);
        assert_string_equal(wants_text(&out, fixture->arena),
                            cases[i].takes_over ? "done =done" : "untagging !run.untag");
        if (cases[i].takes_over)
            deploy_assert_says(out.summary, "D1047 keeps `api-old` on, by the same tag");
    }
}

/* ---- what others make of it ---- */

static void check_seen(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct operation operation = { .id = "D1043", .kind = "keep", .state = "keeping", .target = "api/staging" };

    (void)state;
    operation.body = decision_json(fixture, "{'revision':'api-old','until_ms':1795215600000}");
    fixture->operations = &operation;
    fixture->operations_count = 1;
    assert_true(keep_is_at(&fixture->view, "api/staging", "api-old"));
    assert_false(keep_is_at(&fixture->view, "api/staging", "api-older"));
    assert_false(keep_is_at(&fixture->view, "api/production", "api-old"));
    assert_string_equal(keep_standing(&operation, fixture->arena),
                        "keeps `api-old` in reach until @{date:1795215600000}");
    operation.state = "queued";
    assert_string_equal(keep_standing(&operation, fixture->arena), "queued");
    operation.result = "done";
    operation.ended_at_ms = 1;
    assert_false(keep_is_at(&fixture->view, "api/staging", "api-old"));
}

/* A later deploy, whatever its strategy, takes no tag away that is kept; and what nobody keeps any more it does. */
static void check_later_deploy(void **state)
{
    (void)state;
    for (int is_kept = 0; is_kept < 2; is_kept++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct operation operation = { .id = "D1041", .kind = "keep", .state = "keeping", .target = "api/staging" };
        const struct deploy_body *after;
        struct outcome out;

        operation.body = decision_json(fixture, "{'revision':'api-handmade'}");
        fixture->operations = &operation;
        fixture->operations_count = (size_t)is_kept;
        decide_deploy(
            fixture, "looking", deploy_body_made(fixture, 0, 0, AT_ONCE),
            (struct event){ .kind = EVENT_READING,
                            .name = "service",
                            .end = END_DONE,
                            .body = decision_json(fixture, LOOKED("api-new", "," ON("api-handmade", "d1040-old"))) },
            &out);
        after = out.body;
        assert_int_equal(after->remove_tags_count, is_kept ? 0 : 1);
        assert_null(after->kept_tag);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "the tag is one of ours that it has, or is given", check_tag, NULL, NULL, NULL },
        { "how warm it will be is told by Cloud Run, or not known", check_told, NULL, NULL, NULL },
        { "a tag comes with the switch", check_switch, NULL, NULL, NULL },
        { "and goes with the way back", check_return, NULL, NULL, NULL },
        { "what is asked for is what is kept", check_asked, NULL, NULL, NULL },
        { "nobody types it", check_not_typed, NULL, NULL, NULL },
        { "what is kept once more is left to who keeps it longer", check_kept_twice, NULL, NULL, NULL },
        { "one that keeps is found, and told in words", check_seen, NULL, NULL, NULL },
        { "a later deploy leaves it alone", check_later_deploy, NULL, NULL, NULL },
    };

    return ROWS(leave_rows, check_leave) + ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
