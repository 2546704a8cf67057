/* Changes that others told of: kept in their order and within bounds, in the timeline of what is open, in an assessment
 * and in a post-mortem. */
#include "tests/unit/incident_texts.h"
#include "tests/unit/watch_fixture.h"

#include "bot/doors/decode.h"
#include "bot/model/change.h"
#include "bot/model/slack_channel.h"
#include "handlers/watch/changes.h"

#define TOKENS "api: { tokens: [{ name: ci, secret: sixteen-letters-or-more }] }\n"
#define CONFIGURATION INCIDENT_CONFIGURATION TOKENS
#define EVIL "a | *b* `c` @{slack:U1} <img src=x>\\n# d"

static struct outside_event told(struct decision_fixture *fixture, const char *json)
{
    const struct inbox_item item = { .v = INBOX_VERSION,
                                     .source = CHANGE_SOURCE,
                                     .kind = "change",
                                     .received_at = view_unix_ms(&fixture->view),
                                     .body = json };
    struct decoded decoded;
    struct error err;

    if (!decode_item(&item, fixture->arena, &decoded, &err))
        fail_msg("%s", err.message);
    return decoded.event;
}

/* `more`: further members, each behind its comma. */
static struct outside_event a_told(struct decision_fixture *fixture, const char *title, int64_t unix_ms,
                                   const char *more)
{
    return told(fixture,
                arena_printf(fixture->arena, "{\"token\":\"ci\",\"id\":\"%s\",\"title\":\"%s\",\"at_ms\":%lld%s}",
                             title, title, (long long)unix_ms, more));
}

static void tell(struct watch_story *story, const struct outside_event *event)
{
    watch_hear(story, (struct event){ .kind = EVENT_OUTSIDE, .name = event->name, .outside = event });
}

static const struct changes_watch *kept(const struct watch_story *story)
{
    return story->body;
}

/* ---- what is kept ---- */

static void check_stands(void **state)
{
    AUTO_DECISION struct decision_fixture *none = decision_create(INCIDENT_CONFIGURATION),
                                          *fixture = decision_create(CONFIGURATION);
    struct watch_story story;

    (void)state;
    watch_begin(&story, none, &machine_changes_watch);
    assert_false(story.out.begins);
    watch_begin(&story, fixture, &machine_changes_watch);
    assert_true(story.out.begins);
    watch_hear(&story, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_OWNER });
    assert_null(story.out.result);
    story.fixture = none; /* a new configuration */
    watch_hear(&story, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_OWNER });
    assert_string_equal(story.out.result, "done");
}

/* A token was lost, and is taken out: what it told is there as long as it would have been. */
static void check_stays(void **state)
{
    AUTO_DECISION struct decision_fixture *none = decision_create(INCIDENT_CONFIGURATION),
                                          *fixture = decision_create(CONFIGURATION);
    struct outside_event event = a_told(fixture, "flag on", DECISION_NOW_MS, "");
    struct watch_story story;

    (void)state;
    watch_begin(&story, fixture, &machine_changes_watch);
    tell(&story, &event);
    story.fixture = none;
    watch_hear(&story, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_OWNER });
    assert_null(story.out.result);
    assert_int_equal(kept(&story)->list_count, 1);
    none->view.now_ms += DAY_MS;
    watch_hear(&story, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_OWNER });
    assert_string_equal(story.out.result, "done");
}

static void check_kept(void **state)
{
    static const struct {
        const char *title;
        int64_t ago_ms;
    } rows[] = { { "b", HOUR_MS }, { "d", 0 }, { "a", 3 * HOUR_MS }, { "c", HOUR_MS }, { "old", DAY_MS + 1 } };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct watch_story story;
    const char *all = "";

    (void)state;
    fixture->view.shift_ms = 5 * DAY_MS; /* the clock was set */
    watch_begin(&story, fixture, &machine_changes_watch);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct outside_event event =
            a_told(fixture, rows[i].title, view_unix_ms(&fixture->view) - rows[i].ago_ms,
                   ",\"service\":\"api\",\"environment\":\"production\",\"by\":\"ann\",\"url\":\"https://ci/1\"");

        tell(&story, &event);
    }
    for (size_t i = 0; i < kept(&story)->list_count; i++)
        all = arena_printf(fixture->arena, "%s%s", all, kept(&story)->list[i].title);
    assert_string_equal(all, "abcd");
    {
        struct outside_event event =
            a_told(fixture, "b", view_unix_ms(&fixture->view) - HOUR_MS,
                   ",\"service\":\"api\",\"environment\":\"production\",\"by\":\"ann\",\"url\":\"https://ci/1\"");

        tell(&story, &event); /* once more, by hand */
    }
    assert_int_equal(kept(&story)->list_count, 4);
    assert_int_equal(kept(&story)->list[0].at_ms, AGO(3 * HOUR_MS)); /* steady */
    assert_string_equal(changes_text(&kept(&story)->list[0], fixture->arena), "a, api/production");
    assert_string_equal(changes_who(&kept(&story)->list[0], fixture->arena), "ann, told by ci");
    fixture->view.now_ms += 22 * HOUR_MS;
    tell(&story, &(struct outside_event){ .source = "api", .name = "another" }); /* none of a change */
    assert_int_equal(kept(&story)->list_count, 4);
    {
        struct outside_event event = a_told(fixture, "e", view_unix_ms(&fixture->view), "");

        tell(&story, &event);
    }
    assert_int_equal(kept(&story)->list_count, 4); /* "a" is a day old */
    assert_string_equal(changes_who(&kept(&story)->list[3], fixture->arena), "ci");
    assert_string_equal(changes_text(&kept(&story)->list[3], fixture->arena), "e");
}

/* As long as they may be, as many as are kept: the store takes it. */
static void check_bounds(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    AUTO_BUF struct buf more = BUF(4096);
    struct watch_story story;
    AUTO_JSON cJSON *json = NULL;
    AUTO_FREE char *text = NULL;

    (void)state;
    buf_puts(&more, ",\"url\":\"https://ci/");
    for (int i = 0; i < 400; i++)
        buf_puts(&more, "\\\"");
    buf_puts(&more, "\",\"by\":\"");
    for (int i = 0; i < 200; i++)
        buf_puts(&more, "\\\"");
    buf_puts(&more, "\"");
    watch_begin(&story, fixture, &machine_changes_watch);
    for (int i = 0; i < CHANGES_KEPT + 7; i++) {
        struct outside_event event = a_told(fixture, arena_printf(fixture->arena, "%d%0*d", 1000 + i, 300, 0),
                                            DECISION_NOW_MS + i, buf_text(&more));

        tell(&story, &event);
    }
    assert_int_equal(kept(&story)->list_count, CHANGES_KEPT);
    assert_true(str_starts_with(str_of(kept(&story)->list[0].title), "1007")); /* the oldest went */
    json = shape_to_json(&changes_watch_shape, kept(&story), SHAPE_WHOLE);
    text = json_print(json);
    assert_true(strlen(text) < 400 * 1024); /* STORE_VALUE_MAX_BYTES, quoted or not */
}

/* ---- who hears of it ---- */

static void check_hears(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    const struct incident_body body = { .title = "API down", .severity = "P1" },
                               hidden = { .title = "API down", .severity = "P1", .is_private = true };
    struct outside_event event = a_told(fixture, "x", DECISION_NOW_MS, "");
    struct operation rows[] = {
        an_incident(fixture, "D1", INCIDENT_OPEN, &body),
        an_incident(fixture, "D2", INCIDENT_ACKNOWLEDGED, &body),
        an_incident(fixture, "D3", INCIDENT_OPEN, &hidden),
        an_incident(fixture, "D4", INCIDENT_RESOLVED, &body),
        an_incident(fixture, "D5", INCIDENT_CLOSED, &body),
        an_incident(fixture, "D6", INCIDENT_OPEN, &body),
        { .id = "D7", .kind = "deploy", .state = "baking" },
        { .id = "L1", .kind = "watch.changes", .state = "watching" },
    };
    const char *heard = "";

    (void)state;
    rows[5].is_stuck = true;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (incident_hears_change(&fixture->view, &rows[i], &event))
            heard = arena_printf(fixture->arena, "%s %s", heard, rows[i].id);
        assert_int_equal(changes_watch_hears(&fixture->view, &rows[i], &event), i == ARRAY_LEN(rows) - 1);
    }
    assert_string_equal(heard, " D1 D2 D3");
}

/* The listeners in their order: what keeps them comes first, whatever else there is. */
static void check_listed(void **state)
{
    const struct listener *first = NULL;

    (void)state;
    for (const struct listener *l = listeners; l->source && !first; l++)
        if (strcmp(l->source, CHANGE_SOURCE) == 0)
            first = l;
    assert_non_null(first);
    assert_true(first->concerns == changes_watch_hears);
    assert_true(first[1].concerns == incident_hears_change);
    assert_true(first->keeps_late &&
                first[1].keeps_late); /* nobody decided for an hour, and it was taken all the same */
}

/* ---- the timeline ---- */

static struct incident_body *hear(struct decision_fixture *fixture, struct operation *operation,
                                  const struct incident_body *body, const struct outside_event *outside,
                                  struct outcome *out)
{
    const struct event event = { .kind = EVENT_OUTSIDE, .name = outside->name, .outside = outside };

    outcome_init(out, fixture->arena, operation->id, "birth-1");
    machine_incident.on_event(&fixture->view, operation, body, &event, out);
    return (struct incident_body *)(uintptr_t)(out->body ? out->body : body);
}

static void check_timeline(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    const struct incident_body before = { .title = "API down", .severity = "P1", .opened_at_ms = AGO(HOUR_MS) };
    struct operation operation = an_incident(fixture, "D12", INCIDENT_OPEN, &before);
    struct outside_event now = a_told(fixture, "flag on", DECISION_NOW_MS, ",\"url\":\"https://ci/1\""),
                         earlier =
                             a_told(fixture, EVIL, AGO(30 * MINUTE_MS), ",\"service\":\"api\",\"by\":\"" EVIL "\"");
    const struct incident_body *body;
    struct outside_event marks;
    struct outcome out;

    (void)state;
    body = hear(fixture, &operation, &before, &now, &out);
    assert_int_equal(body->timeline_count, 1);
    assert_string_equal(body->timeline[0].kind, "change");
    assert_string_equal(body->timeline[0].who, "ci");
    assert_string_equal(body->timeline[0].text, "flag on: https://ci/1");
    assert_int_equal(out.journal_count, 1);
    assert_string_equal(out.journal[0].kind, "incident.change");
    body = hear(fixture, &operation, body, &earlier, &out);
    assert_string_equal(body->timeline[1].text,
                        "a |  b  'c'  {slack:U1} <img src=x> # d, api, made @{date:1795210200000}");
    assert_string_equal(body->timeline[1].who, "a |  b  'c'  {slack:U1} <img src=x> # d, told by ci");
    marks = a_told(fixture, "**", DECISION_NOW_MS, ",\"by\":\"``*\"");
    body = hear(fixture, &operation, body, &marks, &out);
    assert_string_equal(body->timeline[2].text, "a change without words");
    assert_string_equal(body->timeline[2].who, "'', told by ci");
    assert_int_equal(out.effects_count, 0); /* nobody is disturbed */
    operation.state = INCIDENT_RESOLVED;    /* it was resolved between */
    assert_int_equal(hear(fixture, &operation, body, &now, &out)->timeline_count, 3);
}

/* `opsgate events replay`: whatever time has passed, and whatever else is told with the same words. */
static void check_once(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    const struct incident_body before = { .title = "API down", .severity = "P1", .opened_at_ms = AGO(HOUR_MS) };
    struct operation operation = an_incident(fixture, "D12", INCIDENT_OPEN, &before);
    struct outside_event first = a_told(fixture, "flag on", DECISION_NOW_MS, ""), another = first, elsewhere = first;
    struct incident_body *body;
    struct outcome out;

    (void)state;
    another.body =
        decision_json(fixture, arena_printf(fixture->arena, "{'token':'ci','id':'8','title':'flag on','at_ms':%lld}",
                                            (long long)DECISION_NOW_MS));
    elsewhere.body =
        decision_json(fixture, arena_printf(fixture->arena, "{'token':'cd','id':'8','title':'flag on','at_ms':%lld}",
                                            (long long)DECISION_NOW_MS));
    body = hear(fixture, &operation, &before, &first, &out);
    body = hear(fixture, &operation, body, &another, &out);
    body = hear(fixture, &operation, body, &elsewhere, &out);
    assert_int_equal(body->timeline_count, 3);
    fixture->view.now_ms += HOUR_MS;
    body = hear(fixture, &operation, body, &first, &out);
    body = hear(fixture, &operation, body, &elsewhere, &out);
    assert_int_equal(body->timeline_count, 3);
    assert_int_equal(out.journal_count, 0);
}

static void check_storm(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    const struct incident_body before = { .title = "API down", .severity = "P1", .opened_at_ms = AGO(HOUR_MS) };
    struct operation operation = an_incident(fixture, "D12", INCIDENT_OPEN, &before);
    const struct incident_body *body = &before;
    struct outcome out;

    (void)state;
    for (int i = 0; i < 200; i++) {
        struct outside_event event = a_told(fixture, arena_printf(fixture->arena, "x%d", i), DECISION_NOW_MS, "");

        body = hear(fixture, &operation, body, &event, &out);
    }
    assert_int_equal(body->timeline_count, 50);
    assert_string_equal(body->timeline[48].text, "x48");
    assert_in(body->timeline[49].text, "more changes are told than stand here");
    assert_int_equal(body->cut, 0);
}

/* ---- the assessment ---- */

struct scene {
    struct decision_fixture *fixture;
    struct operation live[2]; /* the incident, and what keeps the changes */
    struct incident_body body;
    struct watch_story watch;
};

static struct scene *scene_of(struct decision_fixture *fixture)
{
    struct scene *scene = ARENA_NEW(fixture->arena, struct scene);

    scene->fixture = fixture;
    scene->body = (struct incident_body){ .title = "API down", .severity = "P1", .opened_at_ms = AGO(MINUTE_MS) };
    watch_begin(&scene->watch, fixture, &machine_changes_watch);
    return scene;
}

static void told_in(struct scene *scene, const char *title, int64_t ago_ms, const char *more)
{
    struct outside_event event = a_told(scene->fixture, title, AGO(ago_ms), more);

    tell(&scene->watch, &event);
}

static void show(struct scene *scene)
{
    AUTO_JSON cJSON *json = shape_to_json(&changes_watch_shape, scene->watch.body, SHAPE_WHOLE);

    scene->live[0] = an_incident(scene->fixture, "D12", INCIDENT_OPEN, &scene->body);
    scene->live[1] = (struct operation){ .id = "L1",
                                         .kind = "watch.changes",
                                         .state = "watching",
                                         .body = json_parse_in(scene->fixture->arena,
                                                               str_of(json_print_in(scene->fixture->arena, json)),
                                                               &(struct error){ .code = 0 }) };
    scene->fixture->operations = scene->live;
    scene->fixture->operations_count = 2;
}

/* Its lines under "Changed". */
static const char *assessed(struct scene *scene)
{
    struct incident_span span = { AGO(2 * HOUR_MS), DECISION_NOW_MS, true };
    struct outcome out;
    struct deciding d = { .view = &scene->fixture->view, .id = "D12", .state = INCIDENT_OPEN, .body = &scene->body };
    struct incident_changes changes;
    struct reply reply;
    const char *all = "";

    show(scene);
    outcome_init(&out, scene->fixture->arena, "D12", "birth-1");
    d.operation = &scene->live[0];
    d.out = &out;
    changes = incident_changes(d.view, &span);
    reply = incident_assessment(&d, NULL, &changes);
    for (size_t i = 0; i < reply.lines_count && !str_starts_with(str_of(reply.lines[i]), "*Places*"); i++)
        all = arena_printf(scene->fixture->arena, "%s%s\n", all, reply.lines[i]);
    return all;
}

static void check_assessed(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct scene *scene = scene_of(fixture);
    struct operation ended = { .id = "D9",
                               .kind = "deploy",
                               .target = "web/production",
                               .state = "done",
                               .requester = { .system = "slack", .id = "U1" },
                               .created_at_ms = AGO(20 * MINUTE_MS),
                               .ended_at_ms = AGO(20 * MINUTE_MS),
                               .result = "done",
                               .body = decision_json(fixture, "{'version':'v2'}") };
    const char *services[] = { "api" };
    struct incident_alerts alerts = { .key = "k", .title = "5xx", .services = services, .services_count = 1 };

    (void)state;
    assert_string_equal(assessed(scene),
                        "*Changed* in the last 2 h: nothing by opsgate, no deploy, no rollback, no lock; "
                        "and nobody told of a change.\n");
    told_in(scene, "over", 121 * MINUTE_MS, "");
    told_in(scene, "drop column", 30 * MINUTE_MS, ",\"service\":\"api\",\"environment\":\"production\",\"by\":\"ann\"");
    told_in(scene, "flag on", 10 * MINUTE_MS, ",\"url\":\"https://ci/1\"");
    scene->body.alerts = &alerts;
    scene->body.alerts_count = 1;
    fixture->ended = &ended;
    fixture->ended_count = 1;
    assert_string_equal(assessed(scene),
                        "*About*: `api`\n"
                        "*Changed* in the last 2 h:\n"
                        "drop column, api/production, by ann, told by ci, 30 min ago\n"
                        "flag on, by ci, 10 min ago: https://ci/1\n"
                        "D9: deploy of v2, web/production, by @{slack:U1}, 20 min ago: done 20 min ago\n");
}

static void check_many(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct scene *scene = scene_of(fixture);
    const char *text;

    (void)state;
    for (int i = 1; i <= 12; i++)
        told_in(scene, arena_printf(fixture->arena, "change-%02d", i), i * MINUTE_MS, "");
    text = assessed(scene);
    assert_in(text, "change-01");
    assert_in(text, "change-08");
    assert_not_in(text, "change-09");
    assert_in(text, "and 4 more: `history` has those of opsgate's own");
}

/* ---- the post-mortem ---- */

static void check_post_mortem(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct scene *scene = scene_of(fixture);
    const char *text;

    (void)state;
    show(scene);
    text = incident_post_mortem(&fixture->view, &scene->live[0], &scene->body, fixture->arena);
    assert_not_in(text, "What others told");
    told_in(scene, "over", 4 * HOUR_MS, "");
    told_in(scene, "drop column", 90 * MINUTE_MS, ",\"service\":\"api\",\"by\":\"ann\",\"url\":\"https://ci/812\"");
    told_in(scene, EVIL, 80 * MINUTE_MS, "");
    show(scene);
    text = incident_post_mortem(&fixture->view, &scene->live[0], &scene->body, fixture->arena);
    assert_in(text, "\nWhat others told opsgate of, within the same time:\n\n"
                    "| made (UTC) | what | by |\n| --- | --- | --- |\n"
                    "| 2026-11-20 20:30:00 | [drop column, api](https://ci/812) | ann, told by ci |\n"
                    "| 2026-11-20 20:40:00 | a \\| ");
    assert_not_in(text, "<img");
    assert_not_in(text, "over");
}

/* As many as are kept, as long as they may be: all of the rest has its room. */
static void check_long_post_mortem(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct scene *scene = scene_of(fixture);
    const char *text;

    (void)state;
    for (int i = 0; i < CHANGES_KEPT; i++)
        told_in(scene, arena_printf(fixture->arena, "%d%0*d", 1000 + i, 196, 0), HOUR_MS, "");
    show(scene);
    text = incident_post_mortem(&fixture->view, &scene->live[0], &scene->body, fixture->arena);
    assert_in_range(strlen(text), 1, SLACK_UPLOAD_MAX_BYTES);
    assert_in(text, " more were told later.\n");
    assert_true(str_ends_with(str_of(text), "\n## Action items\n\n- [ ]\n- [ ]\n- [ ]\n"));
}

/* ---- for whoever has a token ---- */

static void check_for_tokens(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    const struct incident_body body = { .title = "API down", .severity = "P1", .opened_at_ms = AGO(HOUR_MS) },
                               hidden = { .title = "a leak", .severity = "P1", .is_private = true };
    struct operation live[] = { an_incident(fixture, "D1", INCIDENT_OPEN, &body),
                                an_incident(fixture, "D2", INCIDENT_OPEN, &hidden),
                                { .id = "D3", .kind = "deploy", .state = "baking" } },
                     ended[] = { an_incident(fixture, "D4", INCIDENT_CLOSED, &body),
                                 an_incident(fixture, "D5", INCIDENT_CLOSED, &hidden) };
    static const char *const none[] = { "D2", "D3", "D5", "D6", "d1", "", "1" };

    (void)state;
    fixture->operations = live;
    fixture->operations_count = ARRAY_LEN(live);
    fixture->ended = ended;
    fixture->ended_count = ARRAY_LEN(ended);
    assert_string_equal(incident_post_mortem_for_tokens(&fixture->view, "D1"),
                        incident_post_mortem(&fixture->view, &live[0], &body, fixture->arena));
    assert_in(incident_post_mortem_for_tokens(&fixture->view, "D4"), "# D4: API down\n");
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        assert_null(incident_post_mortem_for_tokens(&fixture->view, none[i]));
}

/* A backup or an export changes nothing that users meet. */
static void check_databases(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    const struct {
        const char *kind, *body, *says;
    } rows[] = {
        { "backup", "{'plan':{'action':'restore'},'has_overwritten':true}", "restore, main" },
        { "backup", "{'plan':{'action':'restore'}}", NULL },
        { "backup", "{'plan':{'action':'create'}}", NULL },
        { "runbook", "{'is_failover':true}", "failover, main" },
        { "runbook", "{}", NULL },
        { "failover", "{}", "failover, main" },
    };
    const struct incident_span span = { .from_ms = DECISION_NOW_MS - HOUR_MS, .until_ms = DECISION_NOW_MS };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct operation operation = { .id = "D1",
                                       .kind = rows[i].kind,
                                       .state = "following",
                                       .target = "main",
                                       .created_at_ms = DECISION_NOW_MS - MINUTE_MS,
                                       .body = decision_json(fixture, rows[i].body) };
        struct incident_changes changes;

        fixture->operations = &operation;
        fixture->operations_count = 1;
        changes = incident_changes(&fixture->view, &span);
        assert_int_equal(changes.count, rows[i].says ? 1 : 0);
        if (rows[i].says)
            assert_string_equal(incident_change_text(changes.list[0], fixture->arena), rows[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "it is at work where there are tokens", check_stands, NULL, NULL, NULL },
        { "what was told outlives its token", check_stays, NULL, NULL, NULL },
        { "what is told is kept in its order, for a day", check_kept, NULL, NULL, NULL },
        { "the newest of them are kept, and fit into a record", check_bounds, NULL, NULL, NULL },
        { "whatever is not resolved hears of it", check_hears, NULL, NULL, NULL },
        { "what keeps them hears first", check_listed, NULL, NULL, NULL },
        { "it stands in the timeline, quoted, and nobody is disturbed", check_timeline, NULL, NULL, NULL },
        { "told once more by hand it stands there once", check_once, NULL, NULL, NULL },
        { "very many of them leave room for people", check_storm, NULL, NULL, NULL },
        { "an assessment has them among opsgate's own, those of its services first", check_assessed, NULL, NULL, NULL },
        { "what was done to a database is one when it changed something", check_databases, NULL, NULL, NULL },
        { "of many an assessment shows the newest", check_many, NULL, NULL, NULL },
        { "a post-mortem has those of its time", check_post_mortem, NULL, NULL, NULL },
        { "and room for all the rest", check_long_post_mortem, NULL, NULL, NULL },
        { "a token reads the post-mortem of what is not private", check_for_tokens, NULL, NULL, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
