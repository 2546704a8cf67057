/* `logs`: its words, and what was found as whoever asked reads it: in an answer, or in a thread. */
#include "tests/unit/decision_fixture.h"
#include "tests/unit/rows.h"

#include "handlers/logs/logs.h"
#include "handlers/logs/looking.h"

#include <string.h>

/* clang-format off */
#define CONFIGURATION \
    DECISION_CONFIGURATION \
    "    - { allow: logs, to: [developer, release-manager] }\n"
/* clang-format on */

static const struct word_row {
    const char *name, *line, *says;
} word_rows[] = {
    { "a time that is none", "logs api production --since soon", "`--since` takes" },
    { "no time at all", "logs api production --since 0s", "`--since` takes" },
    { "a time that cannot be counted", "logs api production --since 99999999999999999999h", "`--since` takes" },
    { "longer ago than a day", "logs api production --since 25h", "`--since` takes" },
    { "an id with a quote", "logs api production --request 'x\"'", "is no id of a request" },
    { "an id with a backslash", "logs api production --request 'x\\'", "is no id of a request" },
    { "an id of letters that look like others", "logs api production --request r\xd0\xb5q", "is no id of a request" },
    { "no id at all", "logs api production --request ''", "write `--request" },
    { "no text at all", "logs api production --grep ''", "write `--grep" },
    { "a text of two lines", "logs api production --grep 'a\nb'", "on one line" },
    { "a slip of an option", "logs api production --error", "--errors" },
    { "a word too many", "logs api production now", "I do not know what" },
};

static void check_words(void **state)
{
    const struct word_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct request request = decision_request(fixture, row->line);
    struct question question;
    const void *arguments;
    struct error err;

    assert_false(verb_logs.asks(&fixture->view, &request, &question, &arguments, &err));
    if (!strstr(err.message, row->says))
        fail_msg("no '%s' in: %s", row->says, err.message);
}

/* ---- one look ---- */

struct play {
    struct decision_fixture *fixture;
    struct operation operation;
    const struct logs_body *body;
    struct outcome out;
};

static void take(struct play *play)
{
    const void *body = decision_take(play->fixture, &play->operation, &play->out, &logs_body_shape);

    play->body = body ? body : play->body;
}

static struct play play_line(const char *line, const char *channel)
{
    struct play play = { .fixture = decision_create(CONFIGURATION) };
    struct request request = decision_request(play.fixture, line);
    const struct operation shown = { .id = "D3", .kind = "deploy", .card_channel = "C0DEPLOYS", .result = "done" };
    struct question question;
    const void *arguments;
    struct error err;

    request.channel = channel;
    play.fixture->ended = &shown;
    play.fixture->ended_count = 1;
    outcome_init(&play.out, play.fixture->arena, "L7", "birth-00000000000000d7");
    if (!verb_logs.asks(&play.fixture->view, &request, &question, &arguments, &err))
        fail_msg("%s", err.message);
    verb_logs.begin(&play.fixture->view, &request, &question, arguments, &play.out);
    play.fixture->ended_count = 0;
    play.operation =
        (struct operation){ .id = "L7", .kind = "logs", .source = "slack", .requester = request.principal };
    take(&play);
    return play;
}

static void send(struct play *play, struct event event, const char *body)
{
    event.body = body ? decision_json(play->fixture, body) : NULL;
    outcome_init(&play->out, play->fixture->arena, "L7", "birth-00000000000000d7");
    machine_logs.on_event(&play->fixture->view, &play->operation, play->body, &event, &play->out);
    take(play);
}

static void find(struct play *play, const char *found)
{
    send(play, (struct event){ .kind = EVENT_READING, .name = "logs", .end = END_DONE }, found);
}

static const char *told(const struct play *play)
{
    const char *text = play->out.reply ? play->out.reply->text : "nothing";

    for (size_t i = 0; play->out.reply && i < play->out.reply->lines_count; i++)
        text = arena_printf(play->fixture->arena, "%s\n%s", text, play->out.reply->lines[i]);
    return text;
}

#define LINE(text) "{'at_ms':1795211990000,'severity':'ERROR','text':'" text "'}"

static const struct told_row {
    const char *name, *found, *says;
} told_rows[] = {
    { "nothing", "{}", "nothing was written" },
    { "one line", "{'lines':[" LINE("it broke") "]}", "@{time:1795211990000} *ERROR* it broke" },
    { "marks of ours are none in what somebody wrote", "{'lines':[" LINE("*a* `b` @{slack:U1} @{time:1}") "]}",
      "*ERROR*  a  'b'  {slack:U1}  {time:1}" },
    { "nor those of a severity", "{'lines':[{'at_ms':1,'severity':'*@{slack:U1}','text':'x'}]}", "  {slack:U1} x" },
    { "what is masked is said so", "{'lines':[" LINE("password=***") "]}", "password=[secret]" },
    { "what was left out is counted", "{'lines':[" LINE("x") "],'left_out':150,'has_more':true}",
      "More than 150 older ones were left out" },
    { "what was not looked through is told", "{'lines':[" LINE("x") "],'has_more':true}", "there may be older ones" },
    { "of nothing, too", "{'has_more':true}", "there may be older ones" },
};

static void check_told(void **state)
{
    const struct told_row *row = *state;
    struct play play = play_line("logs api production", "C0ELSEWHERE");

    find(&play, row->found);
    if (!strstr(told(&play), row->says))
        fail_msg("no '%s' in: %s", row->says, told(&play));
    assert_string_equal(play.operation.result, "done");
    assert_true(play.out.is_forgotten);
    assert_int_equal(play.out.effects_count, 0);
    decision_destroy(play.fixture);
}

/* ---- in a thread ---- */

static struct play play_thread(void)
{
    struct play play = play_line("logs api production --errors", "C0DEPLOYS");

    find(&play, "{'lines':[" LINE("it broke") "]}");
    assert_string_equal(play.operation.state, "posting");
    send(&play, (struct event){ .kind = EVENT_TIMER, .name = "post" }, NULL);
    assert_int_equal(play.out.effects_count, 0); /* its message comes first */
    assert_null(play.out.reply);
    return play;
}

static void lines_follow_under_their_message(void **state)
{
    struct play play = play_thread();

    (void)state;
    play.operation.card_ts = "1.2";
    send(&play, (struct event){ .kind = EVENT_TIMER, .name = "post" }, NULL);
    assert_int_equal(play.out.effects_count, 1);
    assert_string_equal(play.out.effects[0].lane, "slack:C0DEPLOYS");
    assert_true(json_find_bool(play.out.effects[0].args, "is_in_thread", false));
    send(&play, (struct event){ .kind = EVENT_EFFECT, .name = "posted", .end = END_DONE }, NULL);
    assert_non_null(strstr(told(&play), "they stand in the thread here"));
    assert_string_equal(play.operation.result, "done");
    decision_destroy(play.fixture);
}

static void without_a_message_they_are_told_to_whoever_asked(void **state)
{
    struct play play = play_thread();

    (void)state;
    play.fixture->view.now_ms += MINUTE_MS;
    send(&play, (struct event){ .kind = EVENT_TIMER, .name = "post" }, NULL);
    assert_int_equal(play.out.effects_count, 0);
    assert_non_null(strstr(told(&play), "did not take a message in time"));
    assert_non_null(strstr(told(&play), "it broke"));
    decision_destroy(play.fixture);
}

static void what_the_thread_does_not_take_likewise(void **state)
{
    struct play play = play_thread();

    (void)state;
    play.operation.card_ts = "1.2";
    send(&play, (struct event){ .kind = EVENT_TIMER, .name = "post" }, NULL);
    send(&play,
         (struct event){ .kind = EVENT_EFFECT, .name = "posted", .end = END_FAILED, .error = "channel_not_found" },
         NULL);
    assert_non_null(strstr(told(&play), "channel_not_found"));
    assert_non_null(strstr(told(&play), "it broke"));
    decision_destroy(play.fixture);
}

static void what_cannot_be_read_says_why(void **state)
{
    struct play play = play_line("logs api production", NULL);

    (void)state;
    send(&play,
         (struct event){ .kind = EVENT_READING, .name = "logs", .end = END_FAILED, .error = "logging.logEntries.list" },
         NULL);
    assert_non_null(strstr(told(&play), "could not be read: logging.logEntries.list"));
    assert_string_equal(play.operation.result, "failed");
    decision_destroy(play.fixture);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(lines_follow_under_their_message),
        cmocka_unit_test(without_a_message_they_are_told_to_whoever_asked),
        cmocka_unit_test(what_the_thread_does_not_take_likewise),
        cmocka_unit_test(what_cannot_be_read_says_why),
    };

    return ROWS(word_rows, check_words) + ROWS(told_rows, check_told) + cmocka_run_group_tests(others, NULL, NULL);
}
