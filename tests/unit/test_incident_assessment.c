/* The first assessment of an incident: whom it asks, what it says, once; what may mend it, and for whom it is. */
#include "tests/unit/incident_texts.h"

#include "tests/unit/page.h"

#include "bot/model/alert.h"
#include "bot/model/delivery.h"
#include "bot/model/effect.h"
#include "bot/model/exchange.h"
#include "handlers/status/body.h"
#include "handlers/status/status.h"

#define RUN(name) "driver: { cloud_run: { project: acme, region: us-central1, service: " name " } }\n"
#define CANARY "        strategy: { canary: { steps: [5%, 100%], bake: 5m } }\n"
#define SERVICE(name, more)                                                                                            \
    "  - name: " name "\n" more "    artifact: { image: \"us-docker.pkg.dev/acme/images/api:{version}\" }\n"           \
    "    environments:\n"
#define HEAD                                                                                                           \
    "slack:\n"                                                                                                         \
    "  bot_token: xoxb-1\n"                                                                                            \
    "  signing_secrets: [secret]\n"                                                                                    \
    "  team: T1\n"                                                                                                     \
    "  channels: { deployments: \"#deployments\", incidents: \"#incidents\" }\n"                                       \
    "metrics: { prometheus: \"http://prometheus:9090\" }\n"                                                            \
    "incidents:\n"                                                                                                     \
    "  severities: [{ name: P1, escalate: [{ after: 1h, to: developer }] }]\n"                                         \
    "policy: { roles: [{ name: developer, members: [\"slack:U1\"] }], rules: [{ allow: incident, to: developer }] }\n" \
    "services:\n"
#define CONFIGURATION                                                                                                  \
    HEAD SERVICE("web", "") "      - name: production\n        " RUN("web-prod")                                       \
        CANARY SERVICE("api", "    pagerduty_service: PSVC001\n") "      - name: production\n        " RUN("api-prod") \
            CANARY "        analysis: { error_rate: 0.5%, metrics: { requests: hits_total } }\n"

#define WIDE                                                                                                           \
    HEAD SERVICE("wide", "") "      - name: world\n        driver: { cloud_run: { project: acme, regions: "            \
                             "[a, b, c, d, e, f, g, h, i], service: w } }\n" CANARY                                    \
                             "  - name: tool\n    environments:\n"                                                     \
                             "      - { name: production, driver: { program: { deploy: [x, \"{version}\"] } } }\n"

#define SHARE(revision, percent) "{'revision':'" revision "','percent':" #percent "}"
#define SERVES(shares)                                                                                                 \
    "{'is_settled':true,'is_ready':true,'uri':'https://x.run.app','serving':'d4','image':'r.io/api@sha256:01','"       \
    "wanted':[" shares "],'observed':[" shares "]}"
#define HEALTHY "{'status':200,'is_healthy':true}"
#define ILL "{'status':503,'is_healthy':false,'problem':'it answered 503'}"
#define KNOWN(value) "{'is_known':true,'value':" #value "}"
#define MEASURED(errors)                                                                                                \
    "{'canary':{'requests':" KNOWN(1000) ",'errors':" KNOWN(0) ",'p50_s':{},'p95_s':{}},'baseline':{'requests':" KNOWN( \
        100) ",'errors':" KNOWN(errors) ",'p50_s':{},'p95_s':{}},'at_ms':1795211996000}"

/* ---- the world ---- */

static struct target_version good[] = {
    { "v1.3.0", "img/api@sha256:ccc", "d3", "D3", AGO(30 * HOUR_MS), NULL, NULL, false },
    { "v1.4.0", "img/api@sha256:ddd", "d4", "D4", AGO(3 * HOUR_MS), NULL, NULL, false },
};
static struct target targets[] = {
    { .name = "api/production", .good = good, .good_count = 2 },
    { .name = "web/production", .good = good, .good_count = 2 },
};

struct story {
    struct decision_fixture *fixture;
    struct operation operation;
    struct incident_body *body;
    struct outcome out;
    struct operation live[4], ended[4];
};

static struct operation a_change(const struct story *story, const char *id, const char *kind, const char *target,
                                 int64_t ended_ms, const char *body)
{
    return (struct operation){ .id = id,
                               .kind = kind,
                               .schema = 2,
                               .target = target,
                               .state = "baking",
                               .requester = { .system = "slack", .id = "U2" },
                               .created_at_ms = (ended_ms ? ended_ms : DECISION_NOW_MS) - 2 * MINUTE_MS,
                               .ended_at_ms = ended_ms,
                               .result = ended_ms ? "done" : NULL,
                               .body = decision_json(story->fixture, body) };
}

/* Live, on its way to `target` with 5 % of the traffic. */
static void add_canary(struct story *story, const char *id, struct target *target)
{
    struct operation *canary = &story->live[story->fixture->operations_count++];

    *canary = a_change(
        story, id, "deploy", target->name, 0,
        arena_printf(
            story->fixture->arena,
            "{'service':'api','environment':'production','version':'v1.5.0','repository':'acme/api','revision':'d7',"
            "'strategy':1,'previous':'d4','approvals':{'given':[{'by':{'system':'slack','id':'U3'},'at_ms':1}]}}"));
    target->holder = id;
}

/* Done, and what serves there; or, by its version, something of before. */
static void add_ended(struct story *story, const char *id, const char *target, int64_t ago_ms)
{
    story->ended[story->fixture->ended_count++] = a_change(
        story, id, "deploy", target, AGO(ago_ms),
        "{'service':'api','environment':'production','version':'v1.4.0','repository':'acme/api','strategy':1,'revision':'d7'}");
}

static struct story begin(struct decision_fixture *fixture)
{
    struct incident_body *body = ARENA_NEW(fixture->arena, struct incident_body);
    struct story story = { .fixture = fixture, .body = body };

    *body = (struct incident_body){
        .title = "API down", .severity = "P1", .opened_at_ms = AGO(SECOND_MS), .wants_channel = true
    };
    story.operation = an_incident(fixture, "D12", INCIDENT_OPEN, body);
    for (size_t i = 0; i < ARRAY_LEN(targets); i++)
        targets[i].holder = targets[i].doubt = NULL;
    fixture->targets = targets;
    fixture->targets_count = ARRAY_LEN(targets);
    return story;
}

static void page(struct story *story, const char *service)
{
    *ARENA_PUSH(story->fixture->arena, story->body->pages, story->body->pages_count) = (struct incident_page){
        .id = "P1", .number = 12, .title = "API is down", .service = service, .status = "triggered"
    };
}

static void hear(struct story *story, enum event_kind kind, const char *name, enum event_end end, const char *json)
{
    AUTO_JSON cJSON *stored = shape_to_json(&incident_body_shape, story->body, SHAPE_WHOLE);
    struct event event = {
        .kind = kind, .name = name, .end = end, .body = json ? decision_json(story->fixture, json) : NULL
    };
    struct error err;

    story->fixture->operations = story->live;
    story->fixture->ended = story->ended;
    story->body = ARENA_NEW(story->fixture->arena, struct incident_body); /* as the store gives it back */
    if (!shape_from_json(
            &incident_body_shape,
            json_parse_in(story->fixture->arena, str_of(json_print_in(story->fixture->arena, stored)), &err),
            story->fixture->arena, story->body, &err))
        fail_msg("%s", err.message);
    outcome_init(&story->out, story->fixture->arena, "D12", "birth-1");
    machine_incident.on_event(&story->fixture->view, &story->operation, story->body, &event, &story->out);
    if (story->out.body)
        story->body = (struct incident_body *)story->out.body;
}

static void get_channel(struct story *story)
{
    hear(story, EVENT_EFFECT, "step:channel", END_DONE, "{'channel':'C12','name':'inc-api-down','is_private':false}");
}

static void answer(struct story *story, const char *reading, const char *json)
{
    hear(story, EVENT_READING, reading, json ? END_DONE : END_GAVE_UP, json);
}

/* What is asked, in its order. */
static const char *asked(const struct story *story)
{
    const char *all = "";

    for (size_t i = 0; i < story->out.readings_count; i++)
        all = arena_printf(story->fixture->arena, "%s%s ", all, story->out.readings[i].name);
    return all;
}

/* The assessment: its lines, then a line for each button: "[LABEL] COMMAND: CONFIRM". NULL: none is told. */
static const char *told(const struct story *story)
{
    struct arena *arena = story->fixture->arena;
    struct message_delivery delivery;
    const char *all;
    struct error err;

    for (size_t i = 0; i < story->out.effects_count; i++) {
        if (strcmp(story->out.effects[i].kind, EFFECT_MESSAGE) != 0 ||
            !strstr(json_find_string(story->out.effects[i].args, "reply.text"), "ssessment"))
            continue;
        assert_true(shape_from_json(&message_delivery_shape, story->out.effects[i].args, arena, &delivery, &err));
        all = arena_printf(arena, "%s> %s\n", delivery.channel, delivery.reply.text);
        for (size_t k = 0; k < delivery.reply.lines_count; k++)
            all = arena_printf(arena, "%s%s\n", all, delivery.reply.lines[k]);
        for (size_t k = 0; k < delivery.reply.actions_count; k++)
            all = arena_printf(arena, "%s[%s] %s: %s\n", all, delivery.reply.actions[k].label,
                               delivery.reply.actions[k].command, delivery.reply.actions[k].confirm);
        return all;
    }
    return NULL;
}

/* ---- whole ---- */

static void check_whole(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture);

    (void)state;
    page(&story, "PSVC001");
    add_canary(&story, "D7", &targets[0]);
    get_channel(&story);
    assert_string_equal(asked(&story), "assess:service.0 assess:metrics.0 assess:service.1 ");
    assert_non_null(story.body->looking);
    assert_string_equal(story.body->looking->sights[0].target, "api/production"); /* that it is about, first */
    assert_null(told(&story));
    answer(&story, "assess:service.0", SERVES(SHARE("d4", 95) "," SHARE("d7", 5)));
    assert_string_equal(asked(&story), "assess:health.0 assess:metrics.0 ");
    answer(&story, "assess:health.0", ILL);
    answer(&story, "assess:metrics.0", MEASURED(12));
    answer(&story, "assess:service.1", SERVES(SHARE("d4", 100)));
    assert_null(told(&story));
    answer(&story, "assess:health.1", HEALTHY);
    assert_string_equal(
        told(&story),
        "C12> *First assessment of D12*, as opsgate knows it:\n"
        "*Fires*: PagerDuty #12 API is down (triggered)\n"
        "*About*: `api`\n"
        "*Changed* in the last 2 h:\n"
        "D7: deploy of v1.5.0, api/production, by @{slack:U2}, approved by @{slack:U3}, 2 min ago: baking\n"
        "*Not well*: `api/production`: 5 % on `v1.5.0` of D7, which is not good yet; not healthy: it answered 503; "
        "`v1.5.0` in 5 min: about 100 requests, 12.00 % errors, p50 –, p95 –\n"
        "*Well*, as far as Cloud Run, health and numbers tell: `web/production`\n"
        "*On call*: nobody that opsgate knows of\n" /* whoever the ladder names is not */
        "*May mend it*: `api/production` back from `v1.5.0` to `v1.4.0`: what D7 brought is left.\n"
        "[Roll back api production] rollback api production --from D7: api/production goes back from v1.5.0 to "
        "v1.4.0. It aborts D7.\n");
    assert_null(story.body->looking);
    assert_string_equal(story.body->timeline[story.body->timeline_count - 1].kind, "assessed");
}

/* No schedule is in the policy: who is on call for the page's service is what PagerDuty told. */
static void check_on_call(void **state)
{
    static const char *ann_and_zoe[] = { "@{slack:U2}", "Zoe" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture);

    (void)state;
    get_channel(&story);
    story.body->on_call = ann_and_zoe;
    story.body->on_call_count = ARRAY_LEN(ann_and_zoe);
    hear(&story, EVENT_TIMER, "assess", END_DONE, NULL);
    assert_in(told(&story), "*On call*: @{slack:U2}, Zoe\n");
}

/* What could not be asked has not said that all is well. */
static void check_unasked(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture);

    (void)state;
    get_channel(&story);
    answer(&story, "assess:service.0",
           "{'is_settled':true,'is_ready':true,'serving':'d4','wanted':[" SHARE("d4", 100) "],'observed':[" SHARE(
               "d4", 100) "]}"); /* without an address */
    hear(&story, EVENT_TIMER, "assess", END_DONE, NULL);
    assert_in(told(&story),
              "*Could not be read*: `web/production` (Cloud Run: now; health: not asked, no address in time)");
    assert_not_in(told(&story), "*Well*");
}

/* Of more than a thousand that have ended the first are not kept. */
static void check_cut(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct operation *ended = arena_alloc(fixture->arena, INCIDENT_ENDED_KEPT * sizeof(*ended));
    struct story story = begin(fixture);

    (void)state;
    for (size_t i = 0; i < INCIDENT_ENDED_KEPT; i++)
        ended[i] = a_change(&story, "D9", i == 0 ? "deploy" : "incident", NULL, AGO(MINUTE_MS), "{}");
    fixture->ended_count = INCIDENT_ENDED_KEPT;
    fixture->ended = ended;
    for (int is_empty = 0; is_empty < 2; is_empty++) {
        const struct incident_span span = { .from_ms = AGO(INCIDENT_CHANGES_BEFORE_MS), .until_ms = DECISION_NOW_MS };
        struct incident_changes changes = incident_changes(&fixture->view, &span);
        struct deciding d = { .view = &fixture->view,
                              .id = "D12",
                              .state = INCIDENT_OPEN,
                              .body = story.body,
                              .operation = &story.operation };
        struct reply reply = incident_assessment(&d, NULL, &changes);

        assert_string_equal(reply.lines[0], is_empty ? "*Changed* in the last 2 h: nothing that is on record."
                                                     : "*Changed* in the last 2 h:");
        assert_string_equal(reply.lines[is_empty ? 1 : 2],
                            "There may have been more: opsgate keeps the last 1000 operations that have ended.");
        ended[0].kind = "incident";
    }
}

/* Who is on the way back need not be helped, and nobody is told that nothing can be done. */
static void check_goes_back(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture);

    (void)state;
    add_canary(&story, "D7", &targets[0]);
    add_ended(&story, "D4", "api/production", HOUR_MS);
    story.live[0].state = "returning";
    get_channel(&story);
    hear(&story, EVENT_TIMER, "assess", END_DONE, NULL);
    assert_in(told(&story), "*May mend it*: `api/production` is on its way back already, by D7.\n");
    assert_not_in(told(&story), "[Roll back");
    assert_not_in(told(&story), "None of this");
}

/* ---- once, and again ---- */

static void check_once(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture);

    (void)state;
    get_channel(&story);
    hear(&story, EVENT_TIMER, "assess", END_DONE, NULL); /* nobody has answered in time */
    assert_in(told(&story), "*Could not be read*: `web/production` (Cloud Run: no answer in 0 ms");
    assert_in(told(&story), "nothing by opsgate");
    assert_not_in(told(&story), "*Well*");
    answer(&story, "assess:service.0", SERVES(SHARE("d4", 100))); /* too late */
    assert_null(told(&story));
    get_channel(&story); /* told twice */
    assert_string_equal(asked(&story), "");
    assert_null(story.body->looking);
}

static void check_resolved(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture);

    (void)state;
    story.operation.state = INCIDENT_RESOLVED;
    get_channel(&story);
    assert_null(story.body->looking); /* nobody needs it any more */
}

static void check_without_channel(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture);

    (void)state;
    hear(&story, EVENT_EFFECT, "step:channel", END_FAILED, NULL);
    assert_non_null(story.body->looking);
    hear(&story, EVENT_TIMER, "assess", END_DONE, NULL);
    assert_in(told(&story), "#incidents> *First assessment of D12*");
}

static void ask(struct story *story, const char *expected)
{
    struct request request = decision_request(story->fixture, "incident assess");
    struct incident_arguments arguments = { .deed = DEED_ASSESS };
    struct event event = { .kind = EVENT_REQUEST, .name = "incident", .request = &request, .arguments = &arguments };

    outcome_init(&story->out, story->fixture->arena, "D12", "birth-1");
    machine_incident.on_event(&story->fixture->view, &story->operation, story->body, &event, &story->out);
    assert_string_equal(reply_text(story->fixture, &story->out), expected);
    if (story->out.body)
        story->body = (struct incident_body *)story->out.body;
}

static void check_asked(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture);

    (void)state;
    ask(&story, "REFUSED *D12* is assessed once its channel is there. Nothing was done.");
    get_channel(&story);
    ask(&story, "REFUSED *D12* is being assessed: it comes in a moment. Nothing was done.");
    hear(&story, EVENT_TIMER, "assess", END_DONE, NULL);
    ask(&story, "*D12* is assessed anew: what is found comes in #inc-api-down within seconds.");
    hear(&story, EVENT_TIMER, "assess", END_DONE, NULL);
    assert_in(told(&story), "*Assessment of D12*");
}

/* ---- what may mend it ---- */

enum {
    CANARY_API = 1,
    CANARY_WEB = 2,
    DONE_API = 4,
    DONE_WEB = 8,
    OLD_API = 16,
    PAGED = 32,
    EARLY = 64,
    IN_DOUBT = 128,
    MIDWAY = 256,
    GOES_BACK = 512
};

static const struct mend_row {
    const char *name;
    unsigned is;
    const char *buttons; /* their commands */
} mend_rows[] = {
    { "nothing changed", 0, "" },
    { "a canary", CANARY_API, "rollback api production --from D7;" },
    { "a deploy that is done, and serves", DONE_API, "rollback api production --from D4;" },
    { "one that ended long ago", OLD_API, "" },
    { "something newer serves than what ended", DONE_API | MIDWAY, "" },
    { "the newest first", DONE_API | CANARY_WEB,
      "rollback web production --from D8;rollback api production --from D4;" },
    { "but that of its services before all", DONE_API | CANARY_WEB | PAGED,
      "rollback api production --from D4;rollback web production --from D8;" },
    { "one for each place", CANARY_API | DONE_API, "rollback api production --from D7;" },
    { "what has no traffic yet is only held", CANARY_API | EARLY, "pause D7;" },
    { "a way back is on its way", DONE_API | CANARY_WEB | GOES_BACK, "rollback web production --from D8;" },
    { "what waits does not hide what serves", CANARY_API | EARLY | DONE_API, "rollback api production --from D4;" },
    { "one that left open what serves", DONE_API | IN_DOUBT, "rollback api production --from d7;" },
};

static void check_mends(void **state)
{
    const struct mend_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture);
    struct incident_changes changes;
    struct reply reply = { .text = "" };
    struct deciding d;
    const char *buttons = "";

    if (row->is & CANARY_API)
        add_canary(&story, "D7", &targets[0]);
    if (row->is & EARLY)
        story.live[0].state = "checking";
    if (row->is & CANARY_WEB)
        add_canary(&story, "D8", &targets[1]);
    if (row->is & (DONE_API | OLD_API))
        add_ended(&story, row->is & MIDWAY ? "D2" : "D4", "api/production", row->is & OLD_API ? 3 * HOUR_MS : HOUR_MS);
    if (row->is & GOES_BACK)
        story.live[fixture->operations_count++] = a_change(&story, "D9", "rollback", "api/production", 0, "{}");
    if (row->is & PAGED)
        page(&story, "PSVC001");
    if (row->is & IN_DOUBT) {
        story.ended[0].result = "failed";
        targets[0].doubt = "D4";
    }
    fixture->operations = story.live;
    fixture->ended = story.ended;
    d = (struct deciding){ .view = &fixture->view, .id = "D12", .state = INCIDENT_OPEN, .body = story.body };
    changes = incident_changes(&fixture->view, &(struct incident_span){ .from_ms = AGO(INCIDENT_CHANGES_BEFORE_MS),
                                                                        .until_ms = DECISION_NOW_MS,
                                                                        .has_holds = true });
    incident_offer_mends(&d, &changes, &reply);
    for (size_t i = 0; i < reply.actions_count; i++)
        buttons = arena_printf(fixture->arena, "%s%s;", buttons, reply.actions[i].command);
    assert_string_equal(buttons, row->buttons);
}

/* What no button can say stands in words. */
static void check_irreversible(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture);
    struct target_version marked[2] = { good[0], good[1] };

    (void)state;
    marked[1].is_irreversible = true;
    targets[0].good = marked;
    add_ended(&story, "D4", "api/production", HOUR_MS);
    get_channel(&story);
    hear(&story, EVENT_TIMER, "assess", END_DONE, NULL);
    targets[0].good = good;
    assert_in(told(&story),
              "*May mend it*: `api/production` back from `v1.4.0` to `v1.3.0`. But `v1.4.0` is irreversible");
    assert_not_in(told(&story), "[Roll back");
}

/* What is on its way is not aborted for a version that nobody knows: a rollback would be refused. */
static void check_nothing_before(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture);

    (void)state;
    targets[0].good = &good[1];
    targets[0].good_count = 1;
    add_canary(&story, "D7", &targets[0]);
    story.live[0].state = "checking";
    add_ended(&story, "D4", "api/production", HOUR_MS);
    get_channel(&story);
    hear(&story, EVENT_TIMER, "assess", END_DONE, NULL);
    targets[0].good = good;
    targets[0].good_count = 2;
    assert_not_in(told(&story), "[Roll back");
    assert_in(told(&story), "[Pause D7, api production] pause D7");
}

/* ---- many places, and none that anybody can be asked about ---- */

static void check_wide(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WIDE);
    struct target elsewhere[] = {
        { .name = "wide/world/c", .good = good, .good_count = 2 },
        { .name = "tool/production", .good = good, .good_count = 2, .doubt = "D6" },
    };
    struct story story = begin(fixture);

    (void)state;
    fixture->targets = elsewhere;
    fixture->targets_count = ARRAY_LEN(elsewhere);
    add_ended(&story, "D4", "wide/world/c", HOUR_MS);
    add_ended(&story, "D6", "tool/production", HOUR_MS);
    story.ended[1].body = decision_json(fixture, "{'service':'tool','environment':'production','version':'v1.5.0',"
                                                 "'repository':'','program':{'argv':['x']}}");
    get_channel(&story);
    assert_int_equal(story.body->looking->sights_count, 8);
    hear(&story, EVENT_TIMER, "assess", END_DONE, NULL);
    assert_in(told(&story), "1 more place was not looked at: `status SERVICE ENVIRONMENT` shows one.\n");
    assert_in(told(&story), "*Not well*: `tool/production`: D6 left open which version serves there\n");
    assert_in(told(&story),
              "[Roll back wide world c] rollback wide world --region c --from D4: wide/world/c goes back from "
              "v1.4.0 to v1.3.0.\n");
    assert_in(
        told(&story),
        "[Roll back tool production] rollback tool production --from D6: tool/production goes back from v1.5.0 to v1.4.0");
}

/* Three look at most: who comes fourth is told what is known without. */
static void check_storm(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture);

    (void)state;
    for (size_t i = 0; i < 3; i++)
        story.live[i] = (struct operation){ .id = i == 0   ? "D1"
                                                  : i == 1 ? "D2"
                                                           : "D3",
                                            .kind = "incident",
                                            .state = INCIDENT_OPEN,
                                            .body = decision_json(fixture, "{'looking':{}}") };
    fixture->operations_count = 3;
    get_channel(&story);
    assert_string_equal(asked(&story), "");
    assert_null(story.body->looking);
    assert_in(told(&story),
              "*Places* were not looked at: other incidents are being assessed just now. `incident assess "
              "D12` looks.\n");
    story.live[1].result = "done"; /* and one less */
    story.live[1].ended_at_ms = DECISION_NOW_MS;
    ask(&story, "*D12* is assessed anew: what is found comes in #inc-api-down within seconds.");
    assert_non_null(story.body->looking);
}

static void check_many_changes(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct operation ended[10];
    struct story story = begin(fixture);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ended); i++)
        ended[i] = a_change(&story, arena_printf(fixture->arena, "D%zu", i + 20), i == 9 ? "lock" : "deploy",
                            i == 9 ? NULL : "api/staging", AGO((int64_t)i * MINUTE_MS), "{'environment':'staging'}");
    get_channel(&story);
    fixture->ended_count = 0;
    hear(&story, EVENT_TIMER, "assess", END_DONE, NULL); /* nothing, and then a lot */
    ask(&story, "*D12* is assessed anew: what is found comes in #inc-api-down within seconds.");
    memcpy(story.ended, &ended[6], sizeof(story.ended));
    fixture->ended_count = ARRAY_LEN(story.ended);
    hear(&story, EVENT_TIMER, "assess", END_DONE, NULL);
    assert_in(told(&story), "D26: deploy, api/staging, by @{slack:U2}, 8 min ago: done 6 min ago\nD27: ");
    assert_in(told(&story), "D29: lock of staging, by @{slack:U2}, 11 min ago: done 9 min ago\n");
    assert_in(told(&story), "None of this can be taken back by a button: ");
}

/* ---- which services ---- */

static struct shape_pair of_api[] = { { "alertname", "Slow" }, { "service", "api" } };
static struct shape_pair of_web[] = { { "service", "web" } };
static struct shape_pair of_another[] = { { "service", "billing" } };
static struct alert each[] = {
    { .is_firing = true, .labels = of_another, .labels_count = 1 },
    { .is_firing = true, .labels = of_web, .labels_count = 1 },
    { .is_firing = true, .labels = of_web, .labels_count = 1 },
    { .is_firing = false, .labels = of_api, .labels_count = 2 },
};

static void check_labels(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    const struct settings *settings = &fixture->configuration->settings;
    const struct alert_group grouped = { .common_labels = of_api, .common_labels_count = 2 };
    const struct alert_group apart = { .alerts = each, .alerts_count = ARRAY_LEN(each) };
    const char **services = NULL;
    size_t count = 0;

    (void)state;
    incident_services_of(settings, &apart, fixture->arena, &services, &count); /* ours, that fire, once */
    assert_int_equal(count, 1);
    assert_string_equal(services[0], "web");
    incident_services_of(settings, &grouped, fixture->arena, &services, &count);
    assert_int_equal(count, 2);
    assert_string_equal(services[1], "api");
}

static void check_alerts(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    static const char *const services[] = { "api" };
    struct story story = begin(fixture);

    (void)state;
    *ARENA_PUSH(fixture->arena, story.body->alerts, story.body->alerts_count) = (struct incident_alerts){
        .key = "{}", .title = "HighErrors", .is_firing = true, .services = (const char **)services, .services_count = 1
    };
    get_channel(&story);
    assert_string_equal(story.body->looking->sights[0].target, "api/production");
    hear(&story, EVENT_TIMER, "assess", END_DONE, NULL);
    assert_in(told(&story), "*Fires*: HighErrors\n*About*: `api`\n");
}

static void check_unknown_service(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct story story = begin(fixture);

    (void)state;
    page(&story, "PSVC999");
    get_channel(&story);
    assert_string_equal(story.body->looking->sights[0].target, "web/production"); /* as the file has it */
    hear(&story, EVENT_TIMER, "assess", END_DONE, NULL);
    assert_not_in(told(&story), "*About*");
}

static void check_page(void **state)
{
    (void)state;
    assert_int_equal(STATUS_PLACES_MAX, 8);
    page_assert_says("docs/incidents.md", "eight at most are looked at");
    assert_int_equal(INCIDENT_CHANGES_BEFORE_MS, 2 * HOUR_MS);
    page_assert_says("docs/incidents.md", "is running or ended within two hours");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_whole),
        cmocka_unit_test(check_once),
        cmocka_unit_test(check_resolved),
        cmocka_unit_test(check_without_channel),
        cmocka_unit_test(check_asked),
        cmocka_unit_test(check_irreversible),
        cmocka_unit_test(check_alerts),
        cmocka_unit_test(check_unknown_service),
        cmocka_unit_test(check_wide),
        cmocka_unit_test(check_storm),
        cmocka_unit_test(check_many_changes),
        cmocka_unit_test(check_labels),
        cmocka_unit_test(check_page),
        cmocka_unit_test(check_on_call),
        cmocka_unit_test(check_unasked),
        cmocka_unit_test(check_cut),
        cmocka_unit_test(check_goes_back),
        cmocka_unit_test(check_nothing_before),
    };
    struct CMUnitTest mends[ARRAY_LEN(mend_rows)];

    for (size_t i = 0; i < ARRAY_LEN(mend_rows); i++)
        mends[i] = (struct CMUnitTest){ .name = mend_rows[i].name,
                                        .test_func = check_mends,
                                        .initial_state = (void *)&mend_rows[i] };
    return cmocka_run_group_tests(tests, NULL, NULL) + cmocka_run_group_tests(mends, NULL, NULL);
}
