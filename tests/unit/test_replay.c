/* What was kept is decided once more, or goes: the words, and each way the operation can take. */
#include "tests/unit/decision_fixture.h"

#include "bot/model/exchange.h"
#include "bot/model/replay.h"
#include "handlers/replay.h"

static const struct word_row {
    const char *name;
    const struct verb *verb;
    const char *line, *error; /* NULL: it is understood */
} word_rows[] = {
    { "a dead letter is put back", &verb_dead, "retry 1795212000000-5", NULL },
    { "or dropped", &verb_dead, "drop 1795212000000-5", NULL },
    { "or all of them are", &verb_dead, "drop all", NULL },
    { "not all of them are put back", &verb_dead, "retry all",
      "`all` is no id of the store's, like `1795212000000-5`: `opsgate dead list` has them." },
    { "nor all that was ever told", &verb_events, "replay all",
      "`all` is no id of the store's, like `1795212000000-5`: `opsgate events list` has them." },
    { "the store's last number", &verb_dead, "drop 18446744073709551615-0", NULL },
    { "a delivery is decided once more", &verb_events, "replay 1795212000000-5", NULL },
    { "a delivery is not dropped", &verb_events, "drop 1-1", "`events` knows no `drop`." },
    { "nothing is done to nothing", &verb_dead, "retry",
      "`dead` takes what to do, and the id of what it is to be done to." },
    { "one at a time", &verb_dead, "retry 1-1 1-2",
      "`dead` takes what to do, and the id of what it is to be done to." },
    { "a range is no id", &verb_dead, "drop -",
      "`-` is no id of the store's, like `1795212000000-5`: `opsgate dead list` has them." },
    { "nor is half of one", &verb_dead, "drop 1795212000000",
      "`1795212000000` is no id of the store's, like `1795212000000-5`: `opsgate dead list` has them." },
    { "nor is more than one", &verb_dead, "drop 1-1-1",
      "`1-1-1` is no id of the store's, like `1795212000000-5`: `opsgate dead list` has them." },
    { "nor is a number that no store counts to", &verb_dead, "drop 123456789012345678901-1",
      "`123456789012345678901-1` is no id of the store's, like `1795212000000-5`: `opsgate dead list` has them." },
    { "nor is the number after its last", &verb_dead, "drop 18446744073709551616-1",
      "`18446744073709551616-1` is no id of the store's, like `1795212000000-5`: `opsgate dead list` has them." },
    { "nor one with a zero before it", &verb_dead, "drop 01795212000000-5",
      "`01795212000000-5` is no id of the store's, like `1795212000000-5`: `opsgate dead list` has them." },
    { "before neither of its numbers", &verb_dead, "retry 1795212000000-05",
      "`1795212000000-05` is no id of the store's, like `1795212000000-5`: `opsgate dead list` has them." },
    { "words of people are quoted", &verb_dead, "*`burn` 1-1", "`dead` knows no ` 'burn'`." },
};

static bool ask(struct decision_fixture *fixture, const struct verb *verb, const char *line, const void **ret_arguments,
                struct error *err)
{
    struct request *request = ARENA_NEW(fixture->arena, struct request);
    struct question question;

    request->verb = verb->name;
    request->principal = (struct principal){ .system = "local", .id = "ann" };
    request->source = "local";
    assert_true(request_split(str_of(line), fixture->arena, request, err));
    if (!verb->asks(&fixture->view, request, &question, ret_arguments, err))
        return false;
    assert_string_equal(question.verb, verb->name);
    assert_string_equal(question.source, "local");
    assert_null(question.operation);
    return true;
}

static void check_words(void **state)
{
    const struct word_row *row = *state;
    struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    const void *arguments;
    struct error err;

    assert_int_equal(ask(fixture, row->verb, row->line, &arguments, &err), !row->error);
    if (row->error)
        assert_string_equal(err.message, row->error);
    decision_destroy(fixture);
}

/* ---- its ways ---- */

static const struct way_row {
    const char *name;
    const struct verb *verb;
    const char *line;
    enum event_end looked;
    const char *looked_body;
    bool goes_on; /* an effect puts it back */
    enum event_end put_back;
    const char *result, *summary, *dropped, *journal;
} way_rows[] = {
    { "put back, and the letter goes", &verb_dead, "retry 1-5", END_DONE, "{'is_there':true,'source':'github'}", true,
      END_DONE, "done", "Dead letter `1-5` of github is put back: it is decided like anything that arrives.", "1-5",
      "dead.retried" },
    { "a delivery stays when it is put back", &verb_events, "replay 1-5", END_DONE,
      "{'is_there':true,'source':'pagerduty','is_told':true}", true, END_DONE, "done",
      "Delivery `1-5` of pagerduty is put back: it is decided like anything that arrives.", NULL, "delivery.replayed" },
    { "dropped", &verb_dead, "drop 1-5", END_DONE, "{'is_there':true,'source':'github'}", false, END_DONE, "done",
      "Dead letter `1-5` of github is dropped. What it said is not kept any more.", "1-5", "dead.dropped" },
    { "what is not there is not dropped", &verb_dead, "drop 1-5", END_DONE, "{'is_there':false}", false, END_DONE,
      "failed", "Dead letter `1-5` is not kept. Nothing was done.", NULL, NULL },
    { "what is not there is not put back", &verb_events, "replay 1-5", END_DONE, "{'is_there':false}", false, END_DONE,
      "failed", "Delivery `1-5` is not kept any more. Nothing was done.", NULL, NULL },
    { "what a person asked for is not asked for again in their name", &verb_events, "replay 1-5", END_DONE,
      "{'is_there':true,'source':'slack','kind':'command','is_told':false}", false, END_DONE, "failed",
      "Delivery `1-5` of slack is nothing that another system told: only that is decided once more. Nothing was done.",
      NULL, NULL },
    { "nor is what nobody can say more of", &verb_events, "replay 1-5", END_DONE, "{'is_there':true}", false, END_DONE,
      "failed", "Delivery `1-5` is nothing that another system told: only that is decided once more. Nothing was done.",
      NULL, NULL },
    { "a store that says nothing", &verb_dead, "drop 1-5", END_GAVE_UP, NULL, false, END_DONE, "failed",
      "The store did not say whether it keeps `1-5`: no word. Nothing was done.", NULL, NULL },
    { "a letter that could not be put back stays", &verb_dead, "retry 1-5", END_DONE, "{'is_there':true}", true,
      END_FAILED, "failed", "Dead letter `1-5` was not put back: no word.", NULL, NULL },
};

/* What the operation makes of an event, in the state and with the body that `out` left; `out` is what it wants now. */
static void hear(struct decision_fixture *fixture, const struct event *event, struct outcome *out)
{
    struct operation operation = { .id = "D7", .kind = "replay", .state = out->state };
    const void *body = out->body;

    outcome_init(out, fixture->arena, "D7", "outside");
    machine_replay.on_event(&fixture->view, &operation, body, event, out);
}

static void check_way(void **state)
{
    const struct way_row *row = *state;
    struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct request request = { .verb = row->verb->name };
    struct event looked = { .kind = EVENT_READING, .name = "kept", .end = row->looked, .error = "no word" };
    struct event put_back = { .kind = EVENT_EFFECT, .name = "replay", .end = row->put_back, .error = "no word" };
    struct outcome out;
    const void *arguments;
    struct error err;

    assert_true(ask(fixture, row->verb, row->line, &arguments, &err));
    outcome_init(&out, fixture->arena, "D7", "outside");
    row->verb->begin(&fixture->view, &request, NULL, arguments, &out);
    assert_true(out.begins);
    assert_string_equal(out.readings[0].kind, READING_KEPT);
    assert_string_equal(json_find_string(out.readings[0].args, "id"), "1-5");
    looked.body = row->looked_body ? decision_json(fixture, row->looked_body) : NULL;
    hear(fixture, &looked, &out);
    assert_int_equal(out.effects_count, row->goes_on);
    if (row->goes_on) {
        assert_string_equal(out.effects[0].kind, EFFECT_REPLAY);
        assert_string_equal(json_find_string(out.effects[0].args, "operation"), "D7");
        assert_null(out.drops_dead);
        assert_null(out.result);
        hear(fixture, &put_back, &out);
    }
    assert_string_equal(out.result, row->result);
    assert_string_equal(out.summary, row->summary);
    assert_string_equal(out.drops_dead ? out.drops_dead : "-", row->dropped ? row->dropped : "-");
    assert_int_equal(out.journal_count, row->journal ? 1 : 0);
    if (row->journal)
        assert_string_equal(out.journal[0].kind, row->journal);
    decision_destroy(fixture);
}

/* What fills the store is taken away even when it is full: it goes before all that waits. */
static void check_lanes(void **state)
{
    static const struct {
        const struct verb *verb;
        const char *line;
        bool is_safe;
    } rows[] = {
        { &verb_dead, "drop 1-5", true },      { &verb_dead, "drop all", true }, { &verb_dead, "retry 1-5", false },
        { &verb_events, "replay 1-5", false }, { &verb_dead, "", false },
    };
    AUTO(arena) struct arena *arena = arena_create();
    struct error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct request request = { .verb = rows[i].verb->name };

        assert_true(request_split(str_of(rows[i].line), arena, &request, &err));
        assert_int_equal(verb_goes_first(rows[i].verb, &request), rows[i].is_safe);
    }
}

static void check_drops_all(void **state)
{
    struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct request request = { .verb = "dead" };
    struct outcome out;
    const void *arguments;
    struct error err;

    (void)state;
    assert_true(ask(fixture, &verb_dead, "drop all", &arguments, &err));
    outcome_init(&out, fixture->arena, "D7", "outside");
    verb_dead.begin(&fixture->view, &request, NULL, arguments, &out);
    assert_true(out.begins && out.drops_all_dead);
    assert_null(out.drops_dead);
    assert_int_equal(out.readings_count, 0);
    assert_string_equal(out.result, "done");
    assert_string_equal(out.summary, "All dead letters are dropped. What they said is not kept any more.");
    assert_string_equal(out.journal[0].kind, "dead.dropped");
    assert_true(json_find_bool(out.journal[0].body, "all", false));
    decision_destroy(fixture);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(word_rows) + ARRAY_LEN(way_rows) + 2];
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LEN(word_rows); i++)
        tests[count++] = (struct CMUnitTest){ .name = word_rows[i].name,
                                              .test_func = check_words,
                                              .initial_state = (void *)&word_rows[i] };
    for (size_t i = 0; i < ARRAY_LEN(way_rows); i++)
        tests[count++] = (struct CMUnitTest){ .name = way_rows[i].name,
                                              .test_func = check_way,
                                              .initial_state = (void *)&way_rows[i] };
    tests[count++] = (struct CMUnitTest){ .name = "dropping goes before all that waits", .test_func = check_lanes };
    tests[count++] =
        (struct CMUnitTest){ .name = "all of them go at once, and nothing is looked at", .test_func = check_drops_all };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
