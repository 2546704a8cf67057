/* Whoever reads how it ended in one region is told what to type for that region: without it, it would be all of them.
 */
#include "tests/unit/rollback_fixture.h"

#include "bot/base/time.h"
#include "handlers/deploy/body.h"
#include "handlers/deploy/deploy.h"
#include "handlers/place.h"

#define REGION "api/production/us-east1"

static void check_option(void **state)
{
    static const struct {
        const char *target, *option;
    } cases[] = {
        { "api/production/us-east1", " --region us-east1" },
        { "api/production", "" },
        { "api/production/", "" },
        { "api", "" },
        { "", "" },
        { NULL, "" },
    };
    AUTO(arena) struct arena *arena = arena_create();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(place_region_option(cases[i].target, arena), cases[i].option);
}

#define REFUSED                                                                                                        \
    {                                                                                                                  \
        .kind = EVENT_READING, .name = "service", .end = END_FAILED, .error = "403"                                    \
    }
#define SEEN_IT                                                                                                        \
    {                                                                                                                  \
        .kind = EVENT_READING, .name = "service", .end = END_DONE                                                      \
    }
#define UNHEALTHY                                                                                                      \
    {                                                                                                                  \
        .kind = EVENT_READING, .name = "health", .end = END_DONE                                                       \
    }
#define SHARED                                                                                                         \
    "{'is_settled':true,'is_ready':true,'serving':'api-42','wanted':[" SHARE("api-50", 25) "," SHARE("api-42", 75) "]}"

static const struct row {
    const char *name, *state;
    struct event event;
    const char *body;    /* of the event, or NULL */
    const char *says[2]; /* its end, in one region and in the only one */
} deploy_rows[] = {
    { "a deploy that changed nothing",
      "looking",
      REFUSED,
      NULL,
      { "ask again: `deploy api production v1.6.0 --region us-east1`.",
        "ask again: `deploy api production v1.6.0`." } },
    { "one whose revision is not healthy",
      "checking",
      UNHEALTHY,
      "{'is_healthy':false,'problem':'500'}",
      { "ask again: `deploy api production v1.6.0 --region us-east1`.",
        "ask again: `deploy api production v1.6.0`." } },
    { "one beside a share that is bad",
      "looking",
      SEEN_IT,
      SHARED,
      { "`rollback api production --region us-east1` gives", "`rollback api production` gives" } },
    { "one that gives way",
      "queued",
      { .kind = EVENT_MESSAGE, .name = MESSAGE_YIELD },
      "{'by':'D9'}",
      { "ask again: `deploy api production v1.6.0 --region us-east1`.",
        "ask again: `deploy api production v1.6.0`." } },
};

static void check_deploy(void **state)
{
    static const char *const names[] = { REGION, "api/production" };
    const struct row *row = *state;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct target target = { .name = names[i], .bad = bad, .bad_count = 1 };
        struct operation operation = {
            .id = "D7",
            .kind = "deploy",
            .schema = DEPLOY_SCHEMA,
            .state = row->state,
            .target = names[i],
            .requester = { "slack", "U1", "T1", "ann" },
        };
        struct deploy_body body = {
            .service = "api",
            .environment = "production",
            .version = "v1.6.0",
            .image = "x@sha256:1",
            .repository = "x",
            .place = { "acme", "us-east1", "api-prod" },
            .revision = "api-prod-7",
            .tag = "d7",
            .uri = "https://d7---api",
            .state_deadline_at_ms = DECISION_NOW_MS,
        };
        struct event event = row->event;
        struct outcome out;

        fixture->targets = &target;
        fixture->targets_count = 1;
        event.body = row->body ? decision_json(fixture, row->body) : NULL;
        outcome_init(&out, fixture->arena, "D7", "birth-07");
        machine_deploy.on_event(&fixture->view, &operation, &body, &event, &out);
        assert_non_null(out.summary);
        if (!strstr(out.summary, row->says[i]))
            assert_string_equal(out.summary, row->says[i]);
    }
}

static const struct way_back_row {
    const char *name, *state;
    struct event event;
    const char *body; /* of the event, or NULL */
    enum memory memory;
    bool is_adopted;     /* done without a store */
    const char *says[2]; /* its end or its reply, in one region and in the only one */
} way_back_rows[] = {
    { "somebody else's split",
      "looking",
      SEEN_IT,
      ALL("api-41"),
      TRIED,
      false,
      { "To go back from there: `rollback api production --region us-east1`.",
        "To go back from there: `rollback api production`." } },
    { "no good version below what serves",
      "looking",
      SEEN_IT,
      "{'wanted':[" SHARE("api-41", 100) "],'observed':[]}",
      FRESH,
      false,
      { "name one: `rollback api production --region us-east1 --to VERSION`",
        "name one: `rollback api production --to VERSION`" } },
    { "one that is not stopped half-way",
      "returning",
      { .kind = EVENT_REQUEST, .name = "abort" },
      NULL,
      TRIED,
      false,
      { "To go forward again: `deploy api production v1.5.0 --region us-east1`.",
        "To go forward again: `deploy api production v1.5.0`." } },
    { "one whose process died",
      "verifying",
      SEEN_IT,
      ALL("api-50"),
      TRIED,
      true,
      { "To go back: `rollback api production --region us-east1`", "To go back: `rollback api production`" } },
};

static void check_way_back(void **state)
{
    static const char *const names[] = { REGION, "api/production" };
    const struct way_back_row *row = *state;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
        struct operation operation = an_operation(row->state);
        struct rollback_body body = remembered(row->memory);
        struct rollback_act act = { .name = "W1", .id = "birth-1", .began_at_ms = DECISION_NOW_MS - HOUR_MS };
        struct request request = decision_request(fixture, "abort D1050");
        struct event event = row->event;
        struct outcome out;
        const char *text;

        operation.target = names[i];
        body.state_deadline_at_ms = DECISION_NOW_MS;
        body.act = row->is_adopted ? &act : NULL;
        event.request = &request;
        event.body = row->body ? decision_json(fixture, row->body) : NULL;
        outcome_init(&out, fixture->arena, operation.id, "birth-50");
        machine_rollback.on_event(&fixture->view, &operation, &body, &event, &out);
        text = out.reply ? out.reply->text : out.summary;
        assert_non_null(text);
        if (!strstr(text, row->says[i]))
            assert_string_equal(text, row->says[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "the option of a target", check_option, NULL, NULL, NULL },
    };
    int failed = ROWS(deploy_rows, check_deploy) + ROWS(way_back_rows, check_way_back);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
