/* Schedules: what is due is run once, whatever the clock does and whoever was away; what people are told, and say. */
#include "tests/unit/watch_fixture.h"

#include "handlers/runbook/runbook.h"
#include "handlers/schedule/schedule.h"
#include "handlers/schedule/scheduling.h"

#define BEGIN                                                                                                          \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1, channels: { deployments: \"#deployments\", "     \
    "alerts: \"#alerts\" } }\n"                                                                                        \
    "policy:\n"                                                                                                        \
    "  roles: [{ name: lead, members: [\"slack:U2\", \"slack:U3\"] }]\n"                                               \
    "  rules: [{ allow: \"*\", to: [everyone, \"schedule:nightly\"] }]\n"                                              \
    "runbooks:\n"
#define RUNBOOK(more)                                                                                                  \
    "  - name: backup\n"                                                                                               \
    "    args: [{ name: what, pattern: \"*\", default: all }]\n"                                                       \
    "    schedule: { name: nightly, cron: \"0 2 * * *\", zone: Europe/Berlin, owner: lead, args: { what: db }" more    \
    " }\n"                                                                                                             \
    "    steps: [{ run: [backup, \"{what}\"] }]\n"
#define FIRST_DUE (DECISION_NOW_MS + 3 * HOUR_MS) /* 2026-11-21T01:00:00Z */

static struct watch_story story_of(const char *configuration)
{
    struct watch_story story;

    watch_begin(&story, decision_create(configuration), &machine_schedules);
    return story;
}

static void finish(struct watch_story *story)
{
    decision_destroy(story->fixture);
}

static const struct schedule_kept *kept(const struct watch_story *story)
{
    return &((const struct schedules_body *)story->body)->list[0];
}

static void pass(struct watch_story *story, int64_t ms)
{
    story->fixture->view.now_ms += ms;
    watch_hear(story, (struct event){ .kind = EVENT_TIMER, .name = "due" });
}

static void hear(struct watch_story *story, const char *name, const char *json)
{
    watch_hear(story,
               (struct event){
                   .kind = EVENT_MESSAGE, .name = name, .from = "D7", .body = decision_json(story->fixture, json) });
}

/* What was said aloud by the last event, each message a line. */
static const char *said(const struct watch_story *story)
{
    const char *text = "";

    for (size_t i = 0; i < story->out.effects_count; i++)
        text = arena_printf(story->fixture->arena, "%s%s: %s\n", text,
                            json_find_string(story->out.effects[i].args, "channel"),
                            json_find_string(story->out.effects[i].args, "reply.text"));
    return text;
}

static void assert_says(const struct watch_story *story, const char *part)
{
    if (!strstr(said(story), part))
        fail_msg("wanted '%s' in '%s'", part, said(story));
}

static void assert_runs(const struct watch_story *story, const char *name)
{
    if (!name) {
        assert_int_equal(story->out.requests_count, 0);
        return;
    }
    assert_int_equal(story->out.requests_count, 1);
    assert_string_equal(story->out.requests[0].name, name);
}

static void reload(struct watch_story *story, struct decision_fixture *next)
{
    story->fixture->view.settings = next->view.settings;
    story->fixture->view.policy = next->view.policy;
    hear(story, MESSAGE_OWNER, "{}");
}

#define FIRST "nightly@2026-11-21T01:00:00.000Z"
#define ENDED(result) "{'name':'" FIRST "','operation':'D7','result':'" result "','summary':'it was so.'}"

/* ---- due ---- */

static void what_is_due_is_asked_for_once(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(""));
    const struct wanted_request *request;

    (void)state;
    assert_true(story.out.begins);
    assert_int_equal(kept(&story)->next_ms, FIRST_DUE);
    pass(&story, 3 * HOUR_MS - 1);
    assert_runs(&story, NULL);
    assert_int_equal(story.out.timers[0].at_ms, FIRST_DUE);
    pass(&story, 1);
    assert_runs(&story, FIRST);
    request = &story.out.requests[0];
    assert_string_equal(request->verb, "run");
    assert_int_equal(request->words_count, 2);
    assert_string_equal(request->words[0], "backup");
    assert_string_equal(request->words[1], "what=db");
    assert_string_equal(request->requester->system, "schedule");
    assert_string_equal(request->requester->id, "nightly");
    assert_string_equal(request->source, "schedule");
    assert_string_equal(request->request_id, FIRST);
    assert_int_equal(kept(&story)->next_ms, FIRST_DUE + DAY_MS);
    pass(&story, 0);
    assert_runs(&story, NULL);
    finish(&story);
}

static void it_looks_at_the_clock_each_minute(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(""));

    (void)state;
    pass(&story, 0);
    assert_int_equal(story.out.timers[0].at_ms, story.fixture->view.now_ms + MINUTE_MS);
    assert_int_equal(story.out.journal_count, 0); /* which nobody needs to read of */
    finish(&story);
}

/* ---- what became of it ---- */

static void a_good_end_is_a_line_and_calls_nobody(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(", channel: \"#ops\""));

    (void)state;
    pass(&story, 3 * HOUR_MS);
    hear(&story, MESSAGE_CHILD_BEGUN, "{'name':'" FIRST "','operation':'D7'}");
    assert_string_equal(kept(&story)->runs[0].operation, "D7");
    hear(&story, MESSAGE_CHILD_ENDED, ENDED("done"));
    assert_string_equal(said(&story),
                        "#ops: the schedule *nightly* is done (*D7*): it was so. It is next Sun 22 Nov 2026 "
                        "02:00 Europe/Berlin, in 24 h.\n");
    assert_string_equal(kept(&story)->runs[0].result, "done");
    finish(&story);
}

static void a_bad_end_calls_the_owner(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(""));

    (void)state;
    pass(&story, 3 * HOUR_MS);
    hear(&story, MESSAGE_CHILD_ENDED, ENDED("failed"));
    assert_says(&story, "#alerts: @{slack:U2}, @{slack:U3}: the schedule *nightly* failed (*D7*): it was so.");
    hear(&story, MESSAGE_CHILD_ENDED, ENDED("failed"));
    assert_string_equal(said(&story), ""); /* a second time */
    finish(&story);
}

static void a_refusal_calls_the_owner(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(""));

    (void)state;

    pass(&story, 3 * HOUR_MS);
    hear(&story, MESSAGE_CHILD_REFUSED, "{'name':'" FIRST "','text':'*Denied*: everything is halted.'}");
    assert_says(&story, "@{slack:U2}, @{slack:U3}: the schedule *nightly* was due Sat 21 Nov 2026 02:00 Europe/Berlin, "
                        "and was refused: everything is halted. It is next");
    assert_string_equal(kept(&story)->runs[0].result, "refused");
    finish(&story);
}

static void who_waits_for_somebody_says_so_once(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(""));
    struct operation run = { .id = "D7", .kind = "runbook", .state = "held" };

    (void)state;
    pass(&story, 3 * HOUR_MS);
    run.body = decision_json(story.fixture, "{'runbook':'backup','steps':[],'at':0,'digest':'x','approvals':{},"
                                            "'held':'a freeze'}");
    story.fixture->operations = &run;
    story.fixture->operations_count = 1;
    hear(&story, MESSAGE_CHILD_BEGUN, "{'name':'" FIRST "','operation':'D7'}");
    assert_says(&story, "waits for somebody (*D7*): it is held: a freeze; `retry D7` asks again.");
    hear(&story, MESSAGE_RUN_WAITS, "{'name':'" FIRST "'}");
    assert_string_equal(said(&story), "");
    hear(&story, MESSAGE_CHILD_ENDED, ENDED("done"));
    assert_null(kept(&story)->runs[0].waits);
    finish(&story);
}

static void what_nobody_asked_for_is_nothing(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(""));

    (void)state;
    hear(&story, MESSAGE_CHILD_ENDED, ENDED("done"));
    hear(&story, MESSAGE_CHILD_REFUSED, "{'text':'no'}");
    hear(&story, MESSAGE_RUN_WAITS, "{}");
    assert_int_equal(story.out.effects_count, 0);
    assert_int_equal(kept(&story)->runs_count, 0);
    finish(&story);
}

/* ---- missed ---- */

static void of_many_due_times_one_is_run_and_late_is_said(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(""));

    (void)state;
    pass(&story, 3 * DAY_MS);
    assert_runs(&story, "nightly@2026-11-23T01:00:00.000Z");
    assert_says(&story,
                "was due 3 times since Sat 21 Nov 2026 02:00 Europe/Berlin, and opsgate did not run then: it is "
                "run now, once, 2 days late.");
    assert_int_equal(kept(&story)->runs[0].passed, 3);
    finish(&story);
}

static void a_restart_is_not_late(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(", missed: skip"));

    (void)state;
    pass(&story, 3 * HOUR_MS + 4 * MINUTE_MS);
    assert_runs(&story, FIRST);
    assert_string_equal(said(&story), "");
    finish(&story);
}

static void what_is_to_be_skipped_is_told_and_not_run(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(", missed: skip"));

    (void)state;
    pass(&story, 4 * HOUR_MS);
    assert_runs(&story, NULL);
    assert_says(&story, "@{slack:U2}, @{slack:U3}: the schedule *nightly* was due Sat 21 Nov");
    assert_string_equal(kept(&story)->runs[0].result, "missed");
    assert_int_equal(kept(&story)->next_ms, FIRST_DUE + DAY_MS);
    finish(&story);
}

/* ---- the clock ---- */

static void a_clock_set_forward_is_one_run_and_set_back_it_is_none(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(""));

    (void)state;
    story.fixture->view.shift_ms = 30 * DAY_MS;
    pass(&story, MINUTE_MS);
    assert_runs(&story, "nightly@2026-12-20T01:00:00.000Z");
    hear(&story, MESSAGE_CHILD_ENDED, "{'name':'nightly@2026-12-20T01:00:00.000Z','operation':'D7','result':'done'}");
    story.fixture->view.shift_ms = 0;
    pass(&story, MINUTE_MS);
    assert_runs(&story, NULL);
    assert_says(&story, "goes by the clock again");
    assert_int_equal(kept(&story)->next_ms, FIRST_DUE);
    pass(&story, 3 * HOUR_MS);
    assert_runs(&story, FIRST);
    finish(&story);
}

static void a_clock_set_back_a_little_repeats_nothing(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(""));

    (void)state;
    pass(&story, 3 * HOUR_MS);
    hear(&story, MESSAGE_CHILD_ENDED, ENDED("done"));
    story.fixture->view.shift_ms = -2 * HOUR_MS;
    pass(&story, MINUTE_MS);
    assert_runs(&story, NULL);
    pass(&story, 2 * HOUR_MS); /* 02:00 comes once more */
    assert_runs(&story, NULL);
    assert_int_equal(kept(&story)->next_ms, FIRST_DUE + DAY_MS);
    finish(&story);
}

static void what_was_reckoned_by_a_clock_far_ahead_is_reckoned_anew(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(""));
    AUTO_DECISION struct decision_fixture *next = decision_create(
        BEGIN "  - { name: backup, schedule: { name: nightly, cron: \"0 1 * * *\" }, steps: [{ run: [x] }] }\n");

    (void)state;
    story.fixture->view.shift_ms = 300 * DAY_MS;
    reload(&story, next);
    story.fixture->view.shift_ms = 0;
    pass(&story, MINUTE_MS);
    assert_says(&story, "goes by the clock again");
    assert_int_equal(kept(&story)->next_ms, FIRST_DUE);
    pass(&story, 0);
    assert_string_equal(said(&story), "");
    pass(&story, 3 * HOUR_MS);
    assert_runs(&story, FIRST);
    finish(&story);
}

/* ---- beside the last run ---- */

static void beside_its_last_run_it_is_left_out(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(""));

    (void)state;
    pass(&story, 3 * HOUR_MS);
    hear(&story, MESSAGE_CHILD_BEGUN, "{'name':'" FIRST "','operation':'D7'}");
    pass(&story, DAY_MS);
    assert_runs(&story, NULL);
    assert_says(&story, "was due Sun 22 Nov 2026 02:00 Europe/Berlin, and was left out: D7, due Sat 21 Nov 2026 02:00 "
                        "Europe/Berlin, is still at work.");
    assert_string_equal(kept(&story)->runs[1].result, "skipped");
    hear(&story, MESSAGE_CHILD_ENDED, ENDED("done"));
    assert_string_equal(kept(&story)->runs[0].result, "done");
    assert_runs(&story, NULL);
    finish(&story);
}

static void or_it_waits_and_is_run_behind_it(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(", overlap: queue"));

    (void)state;
    pass(&story, 3 * HOUR_MS);
    pass(&story, DAY_MS);
    assert_runs(&story, NULL);
    pass(&story, DAY_MS);
    assert_runs(&story, NULL);
    hear(&story, MESSAGE_CHILD_ENDED, ENDED("failed"));
    assert_runs(&story, "nightly@2026-11-23T01:00:00.000Z"); /* once for both */
    assert_int_equal(kept(&story)->runs[1].passed, 2);
    finish(&story);
}

static void ten_runs_are_kept(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(""));

    (void)state;
    pass(&story, 3 * HOUR_MS);
    for (int i = 0; i < 15; i++)
        pass(&story, DAY_MS);
    assert_int_equal(kept(&story)->runs_count, SCHEDULE_RUNS_KEPT);
    assert_int_equal(kept(&story)->runs[9].due_ms, FIRST_DUE + 15 * DAY_MS);
    finish(&story);
}

static void one_at_work_is_known_however_often_it_was_due_since(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(""));

    (void)state;
    pass(&story, 3 * HOUR_MS);
    hear(&story, MESSAGE_CHILD_BEGUN, "{'name':'" FIRST "','operation':'D7'}");
    for (int i = 0; i < 15; i++) {
        pass(&story, DAY_MS);
        assert_runs(&story, NULL);
    }
    assert_int_equal(kept(&story)->runs_count, SCHEDULE_RUNS_KEPT);
    hear(&story, MESSAGE_CHILD_ENDED, ENDED("failed"));
    assert_says(&story, "the schedule *nightly* failed (*D7*)");
    pass(&story, DAY_MS);
    assert_runs(&story, "nightly@2026-12-07T01:00:00.000Z");
    finish(&story);
}

/* ---- another configuration ---- */

static void another_owner_goes_on_with_what_is_due(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(""));

    (void)state;
    story.fixture->view.now_ms += 3 * HOUR_MS + SECOND_MS;
    hear(&story, MESSAGE_OWNER, "{}");
    assert_runs(&story, FIRST);
    hear(&story, MESSAGE_OWNER, "{}");
    assert_runs(&story, NULL);
    finish(&story);
}

static void other_times_count_from_now_on(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(""));
    AUTO_DECISION struct decision_fixture *next = decision_create(
        BEGIN "  - { name: backup, schedule: { name: nightly, cron: \"30 2 * * *\" }, steps: [{ run: [x] }] }\n"
              "  - { name: weekly, schedule: { cron: \"0 9 * * mon\" }, steps: [{ run: [x] }] }\n");

    (void)state;
    pass(&story, 3 * HOUR_MS);
    reload(&story, next);
    assert_runs(&story, NULL);
    assert_int_equal(kept(&story)->next_ms, FIRST_DUE + 90 * MINUTE_MS); /* 02:30 UTC */
    assert_int_equal(kept(&story)->runs_count, 1);
    assert_int_equal(((const struct schedules_body *)story.body)->list_count, 2);
    finish(&story);
}

/* The timer that was being decided when the old owner died comes before all else. */
static void what_is_in_no_configuration_any_more_is_not_run(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(""));
    AUTO_DECISION struct decision_fixture *next =
        decision_create("slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1 }\nrunbooks: [{ name: backup, "
                        "steps: [{ run: [x] }] }]\n");

    (void)state;
    story.fixture->view.settings = next->view.settings;
    story.fixture->view.policy = next->view.policy;
    pass(&story, 3 * HOUR_MS);
    assert_runs(&story, NULL);
    pass(&story, 3 * DAY_MS);
    assert_runs(&story, NULL);
    finish(&story);
}

/* Its timer came before the message that tells of the new file. */
static void what_is_due_and_in_the_file_no_more_is_left(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(""));
    AUTO_DECISION struct decision_fixture *next =
        decision_create("slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1 }\n"
                        "runbooks: [{ name: backup, schedule: { name: weekly, cron: \"0 9 * * mon\" }, steps: [{ run: [x] }] }]\n");

    (void)state;
    story.fixture->view.settings = next->view.settings;
    story.fixture->view.policy = next->view.policy;
    pass(&story, 3 * HOUR_MS);
    assert_runs(&story, NULL);
    assert_int_equal(story.out.timers[0].at_ms, story.fixture->view.now_ms + MINUTE_MS); /* and not again and again */
    finish(&story);
}

static void without_any_it_ends(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(""));
    AUTO_DECISION struct decision_fixture *next = decision_create(
        "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1 }\nrunbooks: [{ name: backup, steps: [{ "
        "run: [x] }] }]\n");
    struct outcome out;

    (void)state;
    reload(&story, next);
    assert_string_equal(story.out.result, "done");
    outcome_init(&out, story.fixture->arena, "L1", "birth-00000000000000f1");
    machine_schedules.stand(&next->view, &out);
    assert_false(out.begins);
    finish(&story);
}

/* ---- people ---- */

/* As the engine does it: what stands decides. */
static const char *type(struct watch_story *story, const char *line)
{
    struct operation standing = { .id = "L1", .kind = machine_schedules.kind, .state = "watching" };
    struct request request = decision_request(story->fixture, line);
    struct question question;
    const void *arguments;
    const char *text;
    struct error err;

    standing.body = shape_to_json(&schedules_body_shape, story->body, SHAPE_WHOLE);
    arena_defer(story->fixture->arena, (void (*)(void *))cJSON_Delete, (cJSON *)(uintptr_t)standing.body);
    story->fixture->operations = &standing;
    story->fixture->operations_count = 1;
    if (!verb_schedules.asks(&story->fixture->view, &request, &question, &arguments, &err))
        return arena_printf(story->fixture->arena, "MISUSED %s", err.message);
    if (question.operation) {
        watch_hear(
            story,
            (struct event){ .kind = EVENT_REQUEST, .name = "schedules", .request = &request, .arguments = arguments });
    } else {
        outcome_init(&story->out, story->fixture->arena, "L2", "birth-00000000000000f2");
        verb_schedules.begin(&story->fixture->view, &request, &question, arguments, &story->out);
    }
    text = story->out.reply->text;
    for (size_t i = 0; i < story->out.reply->lines_count; i++)
        text = arena_printf(story->fixture->arena, "%s\n%s", text, story->out.reply->lines[i]);
    story->fixture->operations_count = 0;
    return text;
}

static void a_long_end_is_cut_with_a_mark(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(BEGIN RUNBOOK(""));
    const struct schedule_kept kept = { .name = "nightly", .zone = "UTC" };
    struct schedule_run run = { .due_ms = DECISION_NOW_MS, .result = "failed" };
    const char *words;

    (void)state;
    run.summary = arena_printf(fixture->arena, "%0300d", 1);
    words = schedule_run_words(&fixture->view, &kept, &run);
    assert_true(str_ends_with(str_of(words), "00…"));
    run.summary = "it was so";
    assert_true(str_ends_with(str_of(schedule_run_words(&fixture->view, &kept, &run)), ": it was so"));
}

static const struct typed_row {
    const char *name, *line, *answer;
} typed_rows[] = {
    { "all", "schedules",
      "Run by themselves (the last ten of one: `schedules NAME`):\n"
      "*nightly* runs `backup`: next Sat 21 Nov 2026 02:00 Europe/Berlin, in 3 h. It never was due yet." },
    { "one", "schedules nightly",
      "*nightly* (`0 2 * * *`): next Sat 21 Nov 2026 02:00 Europe/Berlin, in 3 h. It never was due yet." },
    { "a slip", "schedules nigtly", "MISUSED There is no schedule `nigtly`. Did you mean `nightly`?" },
    { "nothing like it", "schedules x", "MISUSED There is no schedule `x`. Nothing was done" },
    { "a slip in a pause acts on nothing", "schedules pause nigtly",
      "MISUSED There is no schedule `nigtly`. Did you mean" },
    { "a pause of nothing", "schedules pause", "MISUSED Which schedule?" },
    { "a word too many", "schedules nightly now", "MISUSED Of a schedule it takes the name alone" },
    { "a time without `for`", "schedules pause nightly 2d", "MISUSED What follows the name is `for` and a time" },
    { "no time", "schedules pause nightly for ever", "MISUSED A pause takes from 1m to 90d" },
    { "too long a time", "schedules pause nightly for 91d", "MISUSED A pause takes from 1m to 90d" },
    { "too short a time", "schedules pause nightly for 1s", "MISUSED A pause takes from 1m to 90d" },
    { "a resume with a time", "schedules resume nightly for 2d", "MISUSED What follows the name" },
    { "an option", "schedules --all", "MISUSED" },
    { "a resume of what is not paused", "schedules resume nightly",
      "The schedule *nightly* is not paused. It is next" },
    { "a pause", "schedules pause nightly",
      "The schedule *nightly* is paused by @{slack:U1} until somebody resumes it. `schedules resume nightly` takes that back." },
    { "a pause for a time", "schedules pause nightly for 2d",
      "The schedule *nightly* is paused by @{slack:U1}, until Sun 22 Nov 2026 23:00 Europe/Berlin." },
};

static void check_typed(void **state)
{
    const struct typed_row *row = *state;
    struct watch_story story = story_of(BEGIN RUNBOOK(""));
    const char *answer = type(&story, row->line);

    if (!str_starts_with(str_of(answer), row->answer))
        assert_string_equal(answer, row->answer);
    finish(&story);
}

static void nothing_of_a_paused_one_is_run_or_made_up_for(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(""));

    (void)state;
    type(&story, "schedules pause nightly");
    pass(&story, 3 * DAY_MS);
    assert_runs(&story, NULL);
    assert_string_equal(said(&story), "");
    type(&story, "schedules resume nightly");
    assert_int_equal(kept(&story)->next_ms, FIRST_DUE + 3 * DAY_MS);
    pass(&story, 0);
    assert_runs(&story, NULL);
    pass(&story, 3 * HOUR_MS);
    assert_runs(&story, "nightly@2026-11-24T01:00:00.000Z");
    finish(&story);
}

static void a_pause_ends_by_itself(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(""));

    (void)state;
    type(&story, "schedules pause nightly for 1d");
    pass(&story, DAY_MS - 1);
    assert_runs(&story, NULL);
    assert_true(kept(&story)->is_paused);
    pass(&story, 1);
    assert_runs(&story, NULL);
    assert_says(&story, "is at work again: the pause by @{slack:U1} is over");
    pass(&story, 3 * HOUR_MS);
    assert_runs(&story, "nightly@2026-11-22T01:00:00.000Z");
    finish(&story);
}

static void who_may_pause_it_policy_says(void **state)
{
    struct watch_story story = story_of(BEGIN RUNBOOK(""));
    struct request request = decision_request(story.fixture, "schedules pause nightly");
    struct question question;
    const void *arguments;
    struct error err;

    (void)state;
    assert_true(verb_schedules.asks(&story.fixture->view, &request, &question, &arguments, &err));
    assert_string_equal(question.verb, "schedules");
    assert_string_equal(question.runbook, "backup");
    assert_false(verb_schedules.only_looks(arguments));
    finish(&story);
}

int main(void)
{
    static const struct CMUnitTest stories[] = {
        cmocka_unit_test(what_is_due_is_asked_for_once),
        cmocka_unit_test(it_looks_at_the_clock_each_minute),
        cmocka_unit_test(a_good_end_is_a_line_and_calls_nobody),
        cmocka_unit_test(a_bad_end_calls_the_owner),
        cmocka_unit_test(a_refusal_calls_the_owner),
        cmocka_unit_test(who_waits_for_somebody_says_so_once),
        cmocka_unit_test(what_nobody_asked_for_is_nothing),
        cmocka_unit_test(of_many_due_times_one_is_run_and_late_is_said),
        cmocka_unit_test(a_restart_is_not_late),
        cmocka_unit_test(what_is_to_be_skipped_is_told_and_not_run),
        cmocka_unit_test(a_clock_set_forward_is_one_run_and_set_back_it_is_none),
        cmocka_unit_test(a_clock_set_back_a_little_repeats_nothing),
        cmocka_unit_test(what_was_reckoned_by_a_clock_far_ahead_is_reckoned_anew),
        cmocka_unit_test(a_long_end_is_cut_with_a_mark),
        cmocka_unit_test(beside_its_last_run_it_is_left_out),
        cmocka_unit_test(or_it_waits_and_is_run_behind_it),
        cmocka_unit_test(ten_runs_are_kept),
        cmocka_unit_test(one_at_work_is_known_however_often_it_was_due_since),
        cmocka_unit_test(another_owner_goes_on_with_what_is_due),
        cmocka_unit_test(other_times_count_from_now_on),
        cmocka_unit_test(what_is_in_no_configuration_any_more_is_not_run),
        cmocka_unit_test(what_is_due_and_in_the_file_no_more_is_left),
        cmocka_unit_test(without_any_it_ends),
        cmocka_unit_test(nothing_of_a_paused_one_is_run_or_made_up_for),
        cmocka_unit_test(a_pause_ends_by_itself),
        cmocka_unit_test(who_may_pause_it_policy_says),
    };

    return ROWS(typed_rows, check_typed) + cmocka_run_group_tests_name("schedules", stories, NULL, NULL);
}
