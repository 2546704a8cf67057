/* Very many incidents at once: #incidents is told how many wait for their channels, once, and when none does any more.
 */
#include "tests/unit/incident_texts.h"

#include "bot/model/effect.h"

#define CONFIGURATION                                                                                                  \
    "slack:\n"                                                                                                         \
    "  bot_token: xoxb-1\n"                                                                                            \
    "  signing_secrets: [secret]\n"                                                                                    \
    "  team: T1\n"                                                                                                     \
    "  channels: { incidents: \"#incidents\", alerts: \"#alerts\" }\n"                                                 \
    "policy: { roles: [], rules: [] }\n"                                                                               \
    "incidents: { severities: [{ name: P1 }] }\n"
#define OTHERS_MAX 400
#define MANY_WAIT(count, time)                                                                                         \
    count " incidents wait for their channels: of these Slack takes 20 a minute at most, so it takes " time            \
          " at least. They go on meanwhile; what is said of them here comes late, many in one message. `incident "     \
          "list` has all of them now."
#define OVER "No incident waits for its channel any more."

struct storm {
    struct decision_fixture *fixture;
    struct operation operations[OTHERS_MAX]; /* D1, D2 ... */
    struct incident_body body;               /* of D500 */
    struct operation own;
    struct outcome out;
};

static struct storm *storm_create(void)
{
    struct storm *storm = xcalloc(1, sizeof(*storm));

    storm->fixture = decision_create(CONFIGURATION);
    storm->fixture->operations = storm->operations;
    return storm;
}

static void storm_finish(struct storm **storm)
{
    decision_destroy((*storm)->fixture);
    free(*storm);
}
#define AUTO_STORM __attribute__((cleanup(storm_finish)))

static void add(struct storm *storm, struct incident_body body)
{
    size_t n = storm->fixture->operations_count;

    body.title = "API down";
    body.severity = "P1";
    body.opened_at_ms = DECISION_NOW_MS;
    storm->operations[n] =
        an_incident(storm->fixture, arena_printf(storm->fixture->arena, "D%zu", n + 1), INCIDENT_OPEN, &body);
    storm->fixture->operations_count++;
}

static void others_wait(struct storm *storm, size_t count)
{
    while (count-- > 0)
        add(storm, (struct incident_body){ .wants_channel = true });
}

static const char *said(const struct storm *storm)
{
    const char *all = "";

    for (size_t i = 0; i < storm->out.effects_count; i++) {
        const struct wanted_effect *effect = &storm->out.effects[i];
        const char *text = json_find_string(effect->args, "reply.text");

        if (strcmp(effect->kind, EFFECT_MESSAGE) != 0 || (!strstr(text, "wait for") && !strstr(text, "any more")))
            continue;
        assert_string_equal(json_find_string(effect->args, "channel"), "#incidents");
        all = arena_printf(storm->fixture->arena, "%s%s%s", all, effect->goes_first ? "FIRST " : "", text);
    }
    return all;
}

static void begin(struct storm *storm, bool is_private)
{
    struct incident_body *body = ARENA_NEW(storm->fixture->arena, struct incident_body);

    *body = (struct incident_body){ .title = "API down", .severity = "P1", .is_private = is_private };
    outcome_init(&storm->out, storm->fixture->arena, "D500", "birth-1");
    incident_begin(&storm->fixture->view, body, "PagerDuty", &storm->out);
    storm->body = *body;
}

static void hear(struct storm *storm, const struct event *event)
{
    const struct incident_body *after;

    storm->own = an_incident(storm->fixture, "D500", INCIDENT_OPEN, &storm->body);
    outcome_init(&storm->out, storm->fixture->arena, "D500", "birth-1");
    machine_incident.on_event(&storm->fixture->view, &storm->own, &storm->body, event, &storm->out);
    if ((after = storm->out.body) != NULL)
        storm->body = *after;
}

/* So long later it looks. */
static void look(struct storm *storm, int64_t after_ms)
{
    storm->fixture->view.now_ms += after_ms;
    hear(storm, &(struct event){ .kind = EVENT_TIMER, .name = "held-back" });
}

static int64_t looks_at(const struct storm *storm)
{
    for (size_t i = 0; i < storm->out.timers_count; i++)
        if (strcmp(storm->out.timers[i].name, "held-back") == 0)
            return storm->out.timers[i].at_ms;
    return 0;
}

/* ---- who speaks ---- */

static void check_few(void **state)
{
    AUTO_STORM struct storm *storm = storm_create();

    (void)state;
    others_wait(storm, 8);
    add(storm, (struct incident_body){ .wants_channel = true, .channel = "C1" }); /* it has one */
    add(storm, (struct incident_body){ .channel_problem = "restricted" });        /* it gets none */
    add(storm, (struct incident_body){ .wants_channel = true, .is_private = true });
    begin(storm, false);
    assert_int_equal(storm->body.held_at_ms, 0);
    assert_int_equal(looks_at(storm), 0);
}

static void check_tenth(void **state)
{
    AUTO_STORM struct storm *storm = storm_create();

    (void)state;
    others_wait(storm, 9);
    begin(storm, false);
    assert_int_equal(looks_at(storm), DECISION_NOW_MS + 30 * SECOND_MS);
    assert_string_equal(said(storm), "");
}

static void check_eleventh(void **state)
{
    AUTO_STORM struct storm *storm = storm_create();

    (void)state;
    others_wait(storm, 9);
    add(storm, (struct incident_body){ .wants_channel = true, .held_at_ms = 7 }); /* it speaks for all */
    begin(storm, false);
    assert_int_equal(looks_at(storm), 0);
}

static void check_private(void **state)
{
    AUTO_STORM struct storm *storm = storm_create();

    (void)state;
    others_wait(storm, 20);
    begin(storm, true);
    assert_int_equal(looks_at(storm), 0);
}

/* ---- what is said ---- */

static void check_story(void **state)
{
    AUTO_STORM struct storm *storm = storm_create();

    (void)state;
    others_wait(storm, 9);
    begin(storm, false);
    others_wait(storm, 120); /* meanwhile */
    look(storm, 30 * SECOND_MS);
    assert_string_equal(said(storm), "FIRST " MANY_WAIT("130", "7 min"));
    assert_int_equal(looks_at(storm), storm->fixture->view.now_ms + MINUTE_MS);
    others_wait(storm, 129);
    look(storm, MINUTE_MS);
    assert_string_equal(said(storm), ""); /* once */
    others_wait(storm, 1);
    look(storm, MINUTE_MS);
    assert_string_equal(said(storm), "FIRST " MANY_WAIT("260", "13 min")); /* but of twice as many */
    storm->fixture->operations_count = 3;
    look(storm, MINUTE_MS);
    assert_string_equal(said(storm), "");
    storm->fixture->operations_count = 0;
    storm->body.channel = "C500";
    look(storm, MINUTE_MS);
    assert_string_equal(said(storm), OVER);
    assert_int_equal(looks_at(storm), 0);
    assert_int_equal(storm->body.held_at_ms + storm->body.held_told, 0);
}

/* They had their channels before it was to be said. */
static void check_soon_over(void **state)
{
    AUTO_STORM struct storm *storm = storm_create();

    (void)state;
    others_wait(storm, 9);
    begin(storm, false);
    storm->fixture->operations_count = 5;
    look(storm, 30 * SECOND_MS);
    assert_string_equal(said(storm), "");
    assert_int_equal(looks_at(storm), 0);
}

/* ---- it is closed before the others have theirs ---- */

static void close_it(struct storm *storm)
{
    struct deciding d = { .view = &storm->fixture->view,
                          .operation = &storm->own,
                          .id = "D500",
                          .state = INCIDENT_RESOLVED,
                          .body = &storm->body,
                          .out = &storm->out };

    storm->own = an_incident(storm->fixture, "D500", INCIDENT_RESOLVED, &storm->body);
    outcome_init(&storm->out, storm->fixture->arena, "D500", "birth-1");
    incident_close(&d, "@{slack:U1}");
}

static void check_handed_on(void **state)
{
    AUTO_STORM struct storm *storm = storm_create();

    (void)state;
    add(storm, (struct incident_body){ .wants_channel = true, .channel = "C1" });
    others_wait(storm, 20);
    begin(storm, false);
    look(storm, 30 * SECOND_MS);
    close_it(storm);
    assert_int_equal(storm->out.messages_count, 1);
    assert_string_equal(storm->out.messages[0].to, "D2");
    assert_string_equal(storm->out.messages[0].name, "held-back");
    storm->body = (struct incident_body){ .title = "x", .severity = "P1", .opened_at_ms = 5, .wants_channel = true };
    hear(storm, &(struct event){
                    .kind = EVENT_MESSAGE, .name = "held-back", .body = decision_json(storm->fixture, "{'told':21}") });
    assert_int_equal(looks_at(storm), storm->fixture->view.now_ms + 30 * SECOND_MS);
    look(storm, 30 * SECOND_MS);
    assert_string_equal(said(storm), ""); /* that was said */
    storm->fixture->operations_count = 1;
    storm->body.channel = "C500";
    look(storm, MINUTE_MS);
    assert_string_equal(said(storm), OVER);
}

static void check_last(void **state)
{
    AUTO_STORM struct storm *storm = storm_create();

    (void)state;
    others_wait(storm, 20);
    begin(storm, false);
    look(storm, 30 * SECOND_MS);
    storm->fixture->operations_count = 0;
    close_it(storm);
    assert_int_equal(storm->out.messages_count, 0);
    assert_in(said(storm), OVER);
}

/* ---- how it is said: words together, what has lines or buttons alone ---- */

static void check_joins(void **state)
{
    AUTO_STORM struct storm *storm = storm_create();
    struct deciding d = { .view = &storm->fixture->view, .id = "D500", .body = &storm->body, .out = &storm->out };
    const char *lines[] = { "a line" };

    (void)state;
    outcome_init(&storm->out, storm->fixture->arena, "D500", "birth-1");
    incident_announce(&d, "words");
    incident_announce_first(&d, "many wait for");
    incident_say_reply(&d, (struct reply){ .text = "First assessment", .lines = lines, .lines_count = 1 });
    assert_true(storm->out.effects[0].can_join && !storm->out.effects[0].goes_first);
    assert_true(!storm->out.effects[1].can_join && storm->out.effects[1].goes_first);
    assert_false(storm->out.effects[2].can_join);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_few),       cmocka_unit_test(check_tenth), cmocka_unit_test(check_eleventh),
        cmocka_unit_test(check_private),   cmocka_unit_test(check_story), cmocka_unit_test(check_soon_over),
        cmocka_unit_test(check_handed_on), cmocka_unit_test(check_last),  cmocka_unit_test(check_joins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
