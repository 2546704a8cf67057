/* Several requests as one operation: the order, how many at once, and what becomes of the rest. */
#include "tests/unit/decision_fixture.h"

#include "handlers/deploy/deploy.h"
#include "handlers/group/group.h"
#include "handlers/group/members.h"

/* A group of a, b and c, each `deploy NAME staging`; "b>a" in needs: b needs a. */
struct group_test {
    struct decision_fixture *fixture;
    struct group_body body;
    struct operation operation;
    struct outcome out;
};

static const char *const names[] = { "a", "b", "c" };

static void set_needs(struct group_test *t, const char *needs)
{
    for (const char *at = needs; (at = strchr(at, '>')) != NULL; at++) {
        struct group_member *member = &t->body.members[at[-1] - 'a'];

        *ARENA_PUSH(t->fixture->arena, member->needs, member->needs_count) = names[at[1] - 'a'];
    }
}

static void begin(struct group_test *t, const char *needs, int64_t max_parallel, enum group_on_failure on_failure)
{
    struct arena *arena = t->fixture->arena;

    t->body =
        (struct group_body){ .title = "Deploy all to staging", .max_parallel = max_parallel, .on_failure = on_failure };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct group_member member = { .name = names[i], .verb = "deploy" };

        *ARENA_PUSH(arena, member.words, member.words_count) = names[i];
        *ARENA_PUSH(arena, member.words, member.words_count) = "{pinned}";
        *ARENA_PUSH(arena, t->body.members, t->body.members_count) = member;
    }
    set_needs(t, needs);
    outcome_init(&t->out, arena, "D7", "birth-07");
    group_begin(&t->fixture->view, &t->body, &t->out);
    t->operation = (struct operation){ .id = "D7", .kind = "group" };
}

static const char *asked(struct group_test *t)
{
    const char *text = "";

    for (size_t i = 0; i < t->out.requests_count; i++)
        text = arena_printf(t->fixture->arena, "%s%s%s", text, i > 0 ? " " : "", t->out.requests[i].name);
    if (t->out.result)
        text = arena_printf(t->fixture->arena, "%s%s%s", text, text[0] ? " " : "", t->out.result);
    return text;
}

static void tell(struct group_test *t, struct event event)
{
    const void *body = t->out.body;

    outcome_init(&t->out, t->fixture->arena, "D7", "birth-07");
    machine_group.on_event(&t->fixture->view, &t->operation, body, &event, &t->out);
    if (!t->out.body)
        t->out.body = body;
}

/* "a+" began, "a!" refused, "a=done" ended; "abort" by a person, which "a-" refused. */
static void happen(struct group_test *t, const char *what)
{
    struct request request = { .id = "r2", .source = "local", .principal = { .system = "slack", .id = "U2" } };
    struct event event = { .kind = EVENT_MESSAGE, .from = "engine" };
    const char *result = strchr(what, '=');

    if (strcmp(what, "abort") == 0) {
        tell(t, (struct event){ .kind = EVENT_REQUEST, .name = "abort", .request = &request });
        return;
    }
    event.name = result ? MESSAGE_CHILD_ENDED : what[1] == '+' ? MESSAGE_CHILD_BEGUN : MESSAGE_CHILD_REFUSED;
    event.body = decision_json(
        t->fixture, arena_printf(t->fixture->arena,
                                 "{'name':'%s%c','operation':'D%c','text':'no\\nnot you','result':'%s','summary':'so'}",
                                 what[1] == '-' ? "abort " : "", what[0], what[0], result ? result + 1 : ""));
    tell(t, event);
}

static const struct row {
    const char *name, *needs;
    int64_t max_parallel;
    enum group_on_failure on_failure;
    const char *steps[16]; /* what happens, and what is asked for then */
} rows[] = {
    { "all at once where nothing needs another", "", 3, GROUP_STOP, { "", "a b c" } },
    { "no more than allowed", "", 2, GROUP_STOP, { "", "a b", "a+", "", "a=done", "c" } },
    { "in the order of what they need",
      "a>b b>c",
      3,
      GROUP_STOP,
      { "", "c", "c=done", "b", "b=done", "a", "a=done", "done" } },
    { "one that fails stops the rest", "", 1, GROUP_STOP, { "", "a", "a+", "", "a=failed", "failed" } },
    { "those that run are waited for", "", 2, GROUP_STOP, { "", "a b", "a=failed", "", "b=done", "failed" } },
    { "or the others go on", "", 1, GROUP_CONTINUE, { "", "a", "a=failed", "b", "b=done", "c", "c=done", "failed" } },
    { "but not what needs it", "b>a", 1, GROUP_CONTINUE, { "", "a", "a=failed", "c", "c=done", "failed" } },
    { "a refusal is a failure", "", 1, GROUP_STOP, { "", "a", "a!", "failed" } },
    { "an end that comes twice changes nothing", "", 1, GROUP_STOP, { "", "a", "a=done", "b", "a=failed", "" } },
    { "an unknown member changes nothing", "", 1, GROUP_STOP, { "", "a", "x=done", "" } },
    { "abort asks those that run, and begins nothing more",
      "",
      2,
      GROUP_STOP,
      { "", "a b", "a+", "", "abort", "abort a", "a=aborted", "", "b=done", "aborted" } },
    { "who begins only after the abort is aborted too",
      "",
      2,
      GROUP_STOP,
      { "", "a b", "a+", "", "abort", "abort a", "b+", "abort b", "a=aborted", "", "b=aborted", "aborted" } },
    { "whose abort was refused goes on, and is asked by the next who aborts",
      "",
      2,
      GROUP_STOP,
      { "", "a b", "a+", "", "b+", "", "abort", "abort a abort b", "b-", "", "abort", "abort b", "a=aborted", "",
        "b=aborted", "aborted" } },
    { "a refused abort of one that has ended changes nothing",
      "",
      2,
      GROUP_STOP,
      { "", "a b", "a+", "", "b+", "", "abort", "abort a abort b", "a=done", "", "a-", "", "abort", "", "b=aborted",
        "aborted" } },
    { "a second abort asks nobody again", "", 1, GROUP_STOP, { "", "a", "a+", "", "abort", "abort a", "abort", "" } },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct group_test t = { .fixture = decision_create(DECISION_CONFIGURATION) };

    begin(&t, row->needs, row->max_parallel, row->on_failure);
    assert_string_equal(asked(&t), row->steps[1]);
    for (size_t i = 2; i < ARRAY_LEN(row->steps) && row->steps[i]; i += 2) {
        happen(&t, row->steps[i]);
        if (strcmp(asked(&t), row->steps[i + 1]) != 0)
            fail_msg("after %s: wanted '%s', found '%s'", row->steps[i], row->steps[i + 1], asked(&t));
    }
    decision_destroy(t.fixture);
}

/* Who only sees the end has to know which did not begin, and why. What a refusal said is not for the journal. */
static const struct end_row {
    const char *name, *needs;
    enum group_on_failure on_failure;
    const char *happens[6], *summary;
} end_rows[] = {
    { "one failed",
      "",
      GROUP_STOP,
      { "a+", "a=failed" },
      "0 done, 1 failed, 2 not begun: a failed; b, c: nothing more begins once one has failed" },
    { "one was turned away",
      "",
      GROUP_STOP,
      { "a=done", "b!" },
      "1 done, 1 failed, 1 not begun: b was turned away; c: nothing more begins once one has failed" },
    { "the others go on, but what needs it",
      "b>a",
      GROUP_CONTINUE,
      { "a!", "c=done" },
      "1 done, 1 failed, 1 not begun: a was turned away; b: it needs a, which is not done" },
    { "each for its own reason",
      "b>a c>b",
      GROUP_CONTINUE,
      { "a+", "a=failed" },
      "0 done, 1 failed, 2 not begun: a failed; b: it needs a, which is not done; c: it needs b, which is not done" },
    { "several failed",
      "",
      GROUP_CONTINUE,
      { "a+", "a=failed", "b!", "c+", "c=failed" },
      "0 done, 3 failed, 0 not begun: a failed; b was turned away; c failed" },
};

static void check_end(void **state)
{
    const struct end_row *row = *state;
    struct group_test t = { .fixture = decision_create(DECISION_CONFIGURATION) };

    begin(&t, row->needs, 1, row->on_failure);
    for (size_t i = 0; i < ARRAY_LEN(row->happens) && row->happens[i]; i++)
        happen(&t, row->happens[i]);
    assert_string_equal(t.out.summary, row->summary);
    decision_destroy(t.fixture);
}

/* A sentence, not a list. */
static void of_many_a_few_are_named(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct group_member members[20];
    struct group_body body = { .members = members, .members_count = ARRAY_LEN(members) };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        members[i] = (struct group_member){ .name = arena_printf(arena, "m%zu", i),
                                            .state = i < 8 ? MEMBER_FAILED : MEMBER_SKIPPED,
                                            .summary = "m0 was turned away" };
    assert_string_equal(members_shortfall(&body, arena),
                        "m0 was turned away; m1 was turned away; m2 was turned away; m3 was turned away; m4 was turned "
                        "away; and 3 more; m8, m9, m10, m11, m12 and 7 more: m0 was turned away");
    members[0].operation = members[1].operation = members[2].operation = "D9";
    members[0].result = "superseded";
    members[1].result = "failed"; /* the third one's is of an older record */
    assert_string_equal(members_shortfall(&(struct group_body){ .members = members, .members_count = 4 }, arena),
                        "m0 was superseded; m1 failed; m2 failed; m3 was turned away");
    members[0].summary = members[8].summary = NULL; /* of an older record */
    assert_non_null(strstr(members_shortfall(&body, arena), "m9, m10, m11, m12, m13 and 6 more"));
}

static void who_aborted_is_no_part_of_the_core_journal(void **state)
{
    struct group_test t = { .fixture = decision_create(DECISION_CONFIGURATION) };

    (void)state;
    begin(&t, "", 1, GROUP_STOP);
    happen(&t, "a+");
    happen(&t, "abort");
    assert_int_equal(t.out.journal_count, 1);
    assert_null(json_find(t.out.journal[0].body, "principal"));
    assert_string_equal(json_find_string(t.out.journal[0].personal, "principal"), "U2");
    happen(&t, "a=aborted");
    assert_string_equal(t.out.result, "aborted");
    assert_null(strstr(t.out.summary, "U2"));
    assert_null(((const struct group_body *)t.out.body)->stop); /* of what is kept of it neither */
    decision_destroy(t.fixture);
}

static void check_asked_by(const struct group_test *t, const char *name)
{
    const struct wanted_request *asked = &t->out.requests[0];

    assert_int_equal(t->out.requests_count, 1);
    assert_string_equal(asked->name, name);
    assert_string_equal(asked->requester->id, "U2");
    assert_string_equal(asked->source, "local");
    assert_string_equal(asked->request_id, "r2");
}

/* The body goes to the store and comes back. */
static void keep(struct group_test *t)
{
    AUTO_JSON cJSON *kept = shape_to_json(&group_body_shape, t->out.body, SHAPE_WHOLE);
    struct group_body *again = ARENA_NEW(t->fixture->arena, struct group_body);
    struct error err;

    assert_true(shape_from_json(&group_body_shape, kept, t->fixture->arena, again, &err));
    t->out.body = again;
}

static void aborts_in_the_name_of_who_aborts(void **state)
{
    struct group_test t = { .fixture = decision_create(DECISION_CONFIGURATION) };
    struct card card = { .title = NULL };

    (void)state;
    t.operation.requester = (struct principal){ .system = "slack", .id = "U1" };
    begin(&t, "", 2, GROUP_STOP);
    assert_null(t.out.requests[0].requester);
    happen(&t, "a+");
    happen(&t, "abort");
    check_asked_by(&t, "abort a");
    keep(&t);
    happen(&t, "b+"); /* asked for before, and begun only now */
    check_asked_by(&t, "abort b");
    happen(&t, "b-");
    keep(&t);
    machine_group.card(&t.fixture->view, &t.operation, t.out.body, &card);
    assert_int_equal(card.actions_count, 1); /* for somebody who may */
    assert_string_equal(card.steps[1].text, "b, Db: runs, not aborted: no");
    assert_int_equal(card.steps[1].mark, STEP_NOW);
    happen(&t, "b=done");
    machine_group.card(&t.fixture->view, &t.operation, t.out.body, &card);
    assert_string_equal(card.steps[card.steps_count - 2].text, "b, Db: done");
    assert_int_equal(card.actions_count, 1); /* none more */
    decision_destroy(t.fixture);
}

/* The body as schema 1 wrote it of a group that was aborted: a runs, b was asked for and has not begun, c waits. */
#define BODY_1                                                                                                         \
    "{'title':'t','tag':{'image':'','tag':''},'max_parallel':2,'on_failure':1,'stopped_by':'%s','members':["           \
    "{'name':'a','verb':'deploy','state':2,'operation':'Da'},{'name':'b','verb':'deploy','state':1},"                  \
    "{'name':'c','verb':'deploy','state':0}]}"

static void begin_from_1(struct group_test *t, const char *stopped_by)
{
    const struct upgrade *upgrade = &machine_group.upgrades[0];
    struct group_body *body = ARENA_NEW(t->fixture->arena, struct group_body);
    cJSON *old = decision_json(t->fixture, arena_printf(t->fixture->arena, BODY_1, stopped_by));
    AUTO_JSON cJSON *today = NULL;
    struct error err;

    assert_int_equal(upgrade->from_schema, 1);
    assert_int_equal(machine_group.schema, 2);
    today = upgrade->upgrade(json_copy(old));
    assert_true(shape_from_json(&group_body_shape, today, t->fixture->arena, body, &err));
    t->operation = (struct operation){ .id = "D7", .kind = "group" };
    outcome_init(&t->out, t->fixture->arena, "D7", "birth-07");
    t->out.body = body;
}

static void an_abort_that_schema_1_wrote_still_holds(void **state)
{
    struct group_test t = { .fixture = decision_create(DECISION_CONFIGURATION) };

    (void)state;
    begin_from_1(&t, "@{slack:U2}");
    happen(&t, "b+");
    assert_string_equal(asked(&t), "abort b");
    assert_string_equal(t.out.requests[0].requester->system, "slack");
    assert_string_equal(t.out.requests[0].requester->id, "U2");
    assert_string_equal(t.out.requests[0].source, "slack");
    assert_string_equal(t.out.state, "stopping");
    happen(&t, "a=done");
    assert_string_equal(asked(&t), ""); /* c does not begin */
    happen(&t, "b=aborted");
    assert_string_equal(asked(&t), "aborted");
    decision_destroy(t.fixture);
}

static void what_names_nobody_aborts_nothing(void **state)
{
    struct group_test t = { .fixture = decision_create(DECISION_CONFIGURATION) };

    (void)state;
    begin_from_1(&t, "");
    assert_null(((const struct group_body *)t.out.body)->stop);
    happen(&t, "a=done");
    assert_string_equal(asked(&t), "c");
    decision_destroy(t.fixture);
}

static void refuses_a_circle(void **state)
{
    struct group_test t = { .fixture = decision_create(DECISION_CONFIGURATION) };

    (void)state;
    begin(&t, "a>b b>c c>a", 1, GROUP_STOP);
    assert_false(t.out.begins);
    assert_true(t.out.reply->is_refusal);
    assert_non_null(strstr(t.out.reply->text, "circle: a, b, c, a"));
    decision_destroy(t.fixture);
}

static void pins_once_for_all(void **state)
{
    struct group_test t = { .fixture = decision_create(DECISION_CONFIGURATION) };
    struct group_body body;

    (void)state;
    begin(&t, "", 3, GROUP_STOP);
    body = t.body;
    body.version = "v1";
    body.tag = (struct registry_tag){ .image = "host/api", .tag = "v1" };
    outcome_init(&t.out, t.fixture->arena, "D7", "birth-07");
    group_begin(&t.fixture->view, &body, &t.out);
    assert_int_equal(t.out.requests_count, 0);
    tell(&t, (struct event){ .kind = EVENT_READING,
                             .name = "digest",
                             .body = decision_json(t.fixture, "{'image':'host/api@sha256:12'}") });
    assert_string_equal(asked(&t), "a b c");
    assert_string_equal(t.out.requests[2].words[1], "v1@sha256:12");
    decision_destroy(t.fixture);
}

static void ends_when_it_cannot_pin(void **state)
{
    struct group_test t = { .fixture = decision_create(DECISION_CONFIGURATION) };
    struct group_body body;

    (void)state;
    begin(&t, "", 3, GROUP_STOP);
    body = t.body;
    body.version = "v1";
    body.tag = (struct registry_tag){ .image = "host/api", .tag = "v1" };
    outcome_init(&t.out, t.fixture->arena, "D7", "birth-07");
    group_begin(&t.fixture->view, &body, &t.out);
    tell(&t, (struct event){ .kind = EVENT_READING, .name = "digest", .end = END_FAILED, .error = "no such tag" });
    assert_string_equal(asked(&t), "failed");
    assert_non_null(strstr(t.out.summary, "no such tag"));
    decision_destroy(t.fixture);
}

/* A release's image is built after the release; so it is waited for, here as in a single place. */
static void waits_for_its_image(void **state)
{
    struct group_test t = { .fixture = decision_create(DECISION_CONFIGURATION) };
    struct card card = { .title = NULL };
    struct group_body body;

    (void)state;
    begin(&t, "", 3, GROUP_STOP);
    body = t.body;
    body.version = "v1";
    body.tag = (struct registry_tag){ .image = "host/api", .tag = "v1" };
    body.image_until_ms = t.fixture->view.now_ms + 60000;
    outcome_init(&t.out, t.fixture->arena, "D7", "birth-07");
    group_begin(&t.fixture->view, &body, &t.out);
    assert_true(json_find_bool(t.out.readings[0].args, "may_be_missing", false));
    tell(&t, (struct event){
                 .kind = EVENT_READING, .name = "digest", .body = decision_json(t.fixture, "{'missing':true}") });
    assert_string_equal(asked(&t), "");
    assert_string_equal(t.out.timers[0].name, "poll");
    keep(&t);
    machine_group.card(&t.fixture->view, &t.operation, t.out.body, &card);
    assert_non_null(strstr(card.fields[1].value, "waiting for the image `v1`"));
    tell(&t, (struct event){ .kind = EVENT_TIMER, .name = "poll" });
    assert_int_equal(t.out.readings_count, 1);
    tell(&t, (struct event){ .kind = EVENT_READING, .name = "digest", .end = END_GAVE_UP });
    assert_int_equal(t.out.timers_count, 1);
    tell(&t, (struct event){ .kind = EVENT_READING,
                             .name = "digest",
                             .body = decision_json(t.fixture, "{'image':'host/api@sha256:12'}") });
    assert_string_equal(asked(&t), "a b c");
    tell(&t, (struct event){ .kind = EVENT_TIMER, .name = "poll" }); /* late */
    assert_int_equal(t.out.readings_count, 0);
    decision_destroy(t.fixture);
}

static void an_image_that_never_comes_ends_it(void **state)
{
    struct group_test t = { .fixture = decision_create(DECISION_CONFIGURATION) };
    struct group_body body;

    (void)state;
    begin(&t, "", 3, GROUP_STOP);
    body = t.body;
    body.version = "v1";
    body.tag = (struct registry_tag){ .image = "host/api", .tag = "v1" };
    body.image_until_ms = t.fixture->view.now_ms - 1;
    outcome_init(&t.out, t.fixture->arena, "D7", "birth-07");
    group_begin(&t.fixture->view, &body, &t.out);
    tell(&t, (struct event){
                 .kind = EVENT_READING, .name = "digest", .body = decision_json(t.fixture, "{'missing':true}") });
    assert_string_equal(asked(&t), "failed");
    assert_non_null(strstr(t.out.summary, "no image tagged `v1` appeared in host/api"));
    decision_destroy(t.fixture);
}

/* Each child is asked with the true value; whoever looks at the group sees none, not even one that looks like our mark.
 */
static void settings_reach_the_members_and_nobody_else(void **state)
{
    static const struct {
        const char *typed, *asked;
    } typed[] = {
        { "--set-env TOKEN=very-secret", "--set-env=TOKEN=very-secret" },
        { "--set-env TOKEN=a=very-secret={kept}", "--set-env=TOKEN=a=very-secret={kept}" },
        { "--set-env TOKEN={kept}", "--set-env=TOKEN={kept}" },
        { "--set-env TOKEN=", "--set-env=TOKEN=" },
    };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(typed); i++) {
        AUTO_JSON cJSON *shown = NULL, *kept = NULL;
        AUTO_FREE char *text = NULL;
        struct group_body again;
        struct outcome out;
        struct error err;

        decision_answer(fixture, &verb_deploy, arena_printf(fixture->arena, "deploy all staging %s", typed[i].typed),
                        &out);
        assert_string_equal(out.kind, "group");
        assert_string_equal(out.requests[0].words[2], typed[i].asked);
        shown = shape_to_json(&group_body_shape, out.body, SHAPE_MASKED);
        text = json_print(shown);
        assert_null(strstr(text, "very-secret"));
        assert_null(strstr(out.reply->text, "very-secret"));
        kept = shape_to_json(&group_body_shape, out.body, SHAPE_WHOLE);
        assert_true(shape_from_json(&group_body_shape, kept, fixture->arena, &again, &err));
        assert_int_equal(again.env_count, 1);
    }
}

static void card_says_when_it_was_asked_for(void **state)
{
    struct group_test t = { .fixture = decision_create(DECISION_CONFIGURATION) };
    struct card card = { .title = NULL };

    (void)state;
    begin(&t, "", 3, GROUP_STOP);
    t.operation.created_at_ms = DECISION_NOW_MS;
    machine_group.card(&t.fixture->view, &t.operation, t.out.body, &card);
    assert_string_equal(card.title, "Deploy all to staging");
    assert_int_equal(card.steps_count, 3);
    assert_string_equal(card.footer, "asked @{date:1795212000000}");
    decision_destroy(t.fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_a_circle),
        cmocka_unit_test(pins_once_for_all),
        cmocka_unit_test(ends_when_it_cannot_pin),
        cmocka_unit_test(of_many_a_few_are_named),
        cmocka_unit_test(who_aborted_is_no_part_of_the_core_journal),
        cmocka_unit_test(settings_reach_the_members_and_nobody_else),
        cmocka_unit_test(card_says_when_it_was_asked_for),
        cmocka_unit_test(aborts_in_the_name_of_who_aborts),
        cmocka_unit_test(an_abort_that_schema_1_wrote_still_holds),
        cmocka_unit_test(what_names_nobody_aborts_nothing),
        cmocka_unit_test(waits_for_its_image),
        cmocka_unit_test(an_image_that_never_comes_ends_it),
    };

    return ROWS(rows, check_row) + ROWS(end_rows, check_end) + cmocka_run_group_tests(tests, NULL, NULL);
}
