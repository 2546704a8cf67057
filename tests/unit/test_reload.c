/* `reload`: its words, and what people are told of what came of it. */
#include "tests/unit/decision_fixture.h"
#include "tests/unit/rows.h"

#include "bot/model/exchange.h"
#include "handlers/reload.h"

static const struct row {
    const char *name;
    enum event_end end;
    const char *body; /* of the reading; NULL: none */
    const char *result, *summary;
    const char *reply; /* whole, its lines joined; NULL: none but the summary */
} rows[] = {
    { "rights changed", END_DONE,
      "{'rights':['developer may `deploy`: freely → not at all'],'people':['slack:U1 is now in the role oncall']}",
      "done", "reloaded. Who may do what has changed.",
      "*D7*: reloaded. Who may do what has changed.\ndeveloper may `deploy`: freely → not at all\nslack:U1 is now in the role oncall" },
    { "nobody's did", END_DONE, "{}", "done", "reloaded. Nobody's rights have changed.",
      "*D7*: reloaded. Nobody's rights have changed." },
    { "the same file", END_DONE, "{'is_same':true}", "done",
      "the file says what it said before, so nothing has changed.",
      "*D7*: the file says what it said before, so nothing has changed." },
    { "too much to be compared", END_DONE, "{'are_rights_unknown':true}", "done",
      "reloaded. The policy is too large for its rights to be compared.",
      "*D7*: reloaded. The policy is too large for its rights to be compared." },
    { "what waits for the next start", END_DONE, "{'is_same':true,'at_next_start':['store.url']}", "done",
      "the file says what it said before, so nothing has changed.",
      "*D7*: the file says what it said before, so nothing has changed.\n`store.url` differs, and takes effect when "
      "opsgate is started again: until then it is as it was." },
    { "a bad file", END_DONE, "{'errors':['o.yaml:3:1: unknown *key*','o.yaml:9:2: *no*']}", "failed",
      "Not reloaded, so nothing has changed.",
      "*D7*: not reloaded, so nothing has changed:\no.yaml:3:1: unknown  key \no.yaml:9:2:  no " },
    { "no answer", END_GAVE_UP, NULL, "failed", "The file was not read: no word.", NULL },
    { "an answer that nobody understands", END_DONE, "{'errors':7}", "failed", NULL, NULL },
};

static const char *reply_of(const struct outcome *out, struct arena *arena)
{
    const char *text = out->reply->text;

    for (size_t i = 0; i < out->reply->lines_count; i++)
        text = arena_printf(arena, "%s\n%s", text, out->reply->lines[i]);
    return text;
}

static void begin(struct decision_fixture *fixture, struct outcome *out)
{
    struct request request = decision_request(fixture, "reload");
    struct question question;
    const void *arguments;
    struct error err;

    outcome_init(out, fixture->arena, "D7", "birth-00000000000000d7");
    assert_true(verb_reload.asks(&fixture->view, &request, &question, &arguments, &err));
    assert_string_equal(question.verb, "reload");
    assert_false(question.is_safe_direction);
    verb_reload.begin(&fixture->view, &request, &question, arguments, out);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct event event = { .kind = EVENT_READING, .name = "configuration", .end = row->end, .error = "no word" };
    struct operation operation = { .id = "D7", .kind = "reload", .state = "reading" };
    struct outcome out;
    const void *body;

    begin(fixture, &out);
    assert_true(out.begins);
    assert_string_equal(out.readings[0].kind, READING_CONFIGURATION);
    body = out.body;
    event.body = row->body ? decision_json(fixture, row->body) : NULL;
    outcome_init(&out, fixture->arena, "D7", "birth-00000000000000d7");
    machine_reload.on_event(&fixture->view, &operation, body, &event, &out);
    assert_string_equal(out.result, row->result);
    if (row->summary)
        assert_string_equal(out.summary, row->summary);
    if (row->reply)
        assert_string_equal(reply_of(&out, fixture->arena), row->reply);
    else
        assert_null(out.reply);
}

static void check_more_words(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct request request = decision_request(fixture, "reload other.yaml");
    struct question question;
    const void *arguments;
    struct error err;

    (void)state;
    assert_false(verb_reload.asks(&fixture->view, &request, &question, &arguments, &err));
    assert_string_equal(err.message, "`reload` takes nothing more: it reads the file that opsgate was started with.");
}

int main(void)
{
    const struct CMUnitTest tests[] = { { "no other file is read", check_more_words, NULL, NULL, NULL } };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
