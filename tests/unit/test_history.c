/* `history`: the ends that targets keep, the newest first, for whoever may see them. */
#include "tests/unit/history_fixture.h"

static struct target_end production[5], staging[1];
static struct target targets[] = {
    { .name = "api/production", .ends = production, .ends_count = 5 },
    { .name = "api/staging", .ends = staging, .ends_count = 1 },
};
static const struct operation ended[] = {
    { .id = "D5", .kind = "deploy", .requester = { .system = "slack", .id = "U7", .team = "T1", .name = "ann" } },
};

static void fill(void)
{
    production[0] = an_end("D1", "v1.0.0", ENDED_GOOD, 5 * DAY_MS);
    production[1] = an_end("D2", "v1.1.0", ENDED_BACK, 4 * DAY_MS);
    production[2] = an_end("D4", "v1.2.0", ENDED_LEFT, 3 * DAY_MS);
    production[3] = a_way_back("D5", "v1.0.0", "D4", 3 * DAY_MS - 5 * MINUTE_MS);
    production[4] = an_end("D6", "v1.3.0", ENDED_UNTOUCHED, HOUR_MS);
    staging[0] = an_end("D3", "main", ENDED_IN_DOUBT, 2 * HOUR_MS);
}

static void check_lines(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = history_create(targets, 2);
    struct outcome out;
    const char *text;

    (void)state;
    fill();
    fixture->ended = ended;
    fixture->ended_count = 1;
    text = decision_answer(fixture, &verb_history, "history api production", &out);
    assert_in(text, "*api* in *production*: all 5 on record, newest first.\n"
                    "D6 `v1.3.0`: ended before anything of it served · @{date:");
    assert_in(text, "\nD5 back to `v1.0.0`: from what D4 had brought · @{date:");
    assert_in(text, "}, after 3 s · asked by @{slack:U7}\n"); /* of the others the record is gone */
    assert_in(text, "\nD4 `v1.2.0`: good, and rolled back @{date:");
    assert_in(text, "\nD2 `v1.1.0`: taken back, after 8 min with traffic · ");
    assert_in(text, "\nD1 `v1.0.0`: good · ");
    assert_not_in(text, "D3");
    assert_false(out.begins);
}

static void check_last(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = history_create(targets, 2);
    struct outcome out;
    const char *text;

    (void)state;
    fill();
    text = decision_answer(fixture, &verb_history, "history api production --last 2", &out);
    assert_in(text, "the last 2 of 5 on record");
    assert_in(text, "\nD5 ");
    assert_not_in(text, "\nD4 ");
}

/* What runs is told first, however long ago it was asked for. */
static void check_running(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = history_create(targets, 2);
    struct operation operations[] = {
        { .id = "D9",
          .kind = "deploy",
          .state = "checking",
          .target = "api/production",
          .created_at_ms = AGO(10 * DAY_MS),
          .body = decision_json(fixture, "{'version':'v2.0.0'}") },
        { .id = "D10", .kind = "lock", .state = "held", .target = "api/production", .created_at_ms = AGO(1) },
        { .id = "D11", .kind = "deploy", .state = "checking", .target = "api/staging", .created_at_ms = AGO(1) },
        { .id = "L1",
          .kind = "adjust",
          .state = "looking",
          .target = "api/production",
          .body = decision_json(fixture, "{'verb':'scale','is_dry_run':true}") },
        { .id = "L2",
          .kind = "deploy",
          .state = "pinning",
          .target = "api/production",
          .body = decision_json(fixture, "{'version':'unchanged','tune':{'verb':'set','is_dry_run':true}}") },
    };
    struct outcome out;
    const char *text;

    (void)state;
    fill();
    fixture->operations = operations;
    fixture->operations_count = ARRAY_LEN(operations);
    text = decision_answer(fixture, &verb_history, "history api production --last 1", &out);
    assert_in(text, "newest first.\nD9 `v2.0.0`: on its way, checking, for 10 days");
    assert_not_in(text, "D10");
    assert_not_in(text, "D11");
    assert_not_in(text, "L1"); /* they only look */
    assert_not_in(text, "L2");
}

/* In the App's name, but somebody on GitHub is who did it. */
static void check_trigger(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = history_create(targets, 2);
    struct operation deploy = { .id = "D6",
                                .kind = "deploy",
                                .requester = { .system = "github-app", .id = "12345" },
                                .body = decision_json(fixture, "{'service':'api','environment':'production',"
                                                               "'version':'v1','repository':'r','trigger':{'what':"
                                                               "'release `v1.3.0` of acme/platform','initiator':"
                                                               "{'system':'github','id':'mia'}}}") };
    struct outcome out;

    (void)state;
    fill();
    fixture->ended = &deploy;
    fixture->ended_count = 1;
    assert_in(decision_answer(fixture, &verb_history, "history api production --last 1", &out),
              " · asked by the release `v1.3.0` of acme/platform, by ");
}

static void check_several(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = history_create(targets, 2);
    struct outcome out;
    const char *text;

    (void)state;
    fill();
    text = decision_answer(fixture, &verb_history, "history api", &out);
    assert_in(text, "*api*: all 6 on record");
    assert_in(text, "\napi/staging · D3 `main`: failed; what serves since is not known · ");
    assert_in(text, "\napi/production · D6 ");
    text = decision_answer(fixture, &verb_history, "history", &out);
    assert_in(text, "everything: all 6 on record");
    text = decision_answer(fixture, &verb_history, "history production", &out);
    assert_in(text, "everything in *production*: all 5 on record");
}

static void check_nothing(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = history_create(NULL, 0);
    struct outcome out;

    (void)state;
    assert_string_equal(decision_answer(fixture, &verb_history, "history api staging", &out),
                        "No deploy or rollback of *api* in *staging* is on record yet.");
    assert_string_equal(decision_answer(fixture, &verb_history, "history staging", &out),
                        "No deploy or rollback of anything in *staging* is on record yet.");
    assert_string_equal(decision_answer(fixture, &verb_history, "history", &out),
                        "No deploy or rollback of anything is on record yet.");
}

static void check_adopted(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = history_create(targets, 2);
    struct outcome out;

    (void)state;
    fill();
    fixture->view.adoption = 1;
    fixture->view.adopted_at_ms = AGO(2 * HOUR_MS);
    assert_in(decision_answer(fixture, &verb_history, "history api staging", &out),
              "The store was adopted 2 h ago (@{date:");
}

/* Words from outside are harmless, and a member that no row knows of does not end the answer. */
static void check_hostile(void **state)
{
    static struct target_end odd[2];
    static const struct target one = { .name = "api/staging", .ends = odd, .ends_count = 2 };
    AUTO_DECISION struct decision_fixture *fixture = history_create(&one, 1);
    struct outcome out;
    const char *text;

    (void)state;
    odd[0] = an_end("D1", "`*<!channel>", ENDED_GOOD, HOUR_MS);
    odd[1] = an_end("D2", NULL, ENDED_GOOD, 2 * HOUR_MS);
    odd[1].how = 77;
    odd[1].asked_at_ms = AGO(-DAY_MS); /* after its end */
    text = decision_answer(fixture, &verb_history, "history api staging", &out);
    assert_in(text, "\nD1 `' <!channel>`: good");
    assert_in(text, "\nD2 a version: ");
    assert_in(text, "after 0 ms");
}

/* ---- who may see what ---- */

static struct question asked_by(struct decision_fixture *fixture, const char *user, const char *line,
                                const char **ret_answer)
{
    struct request request = decision_request(fixture, line);
    const struct verb *verb = verb_find(fixture->view.verbs, request.verb);
    struct question question;
    const void *arguments;
    struct outcome out;
    struct error err;

    request.principal.id = user;
    outcome_init(&out, fixture->arena, "L7", "birth-00000000000000d7");
    if (!verb->asks(&fixture->view, &request, &question, &arguments, &err))
        fail_msg("%s", err.message);
    verb->begin(&fixture->view, &request, &question, arguments, &out);
    *ret_answer = out.reply->text;
    for (size_t i = 0; i < out.reply->lines_count; i++)
        *ret_answer = arena_printf(fixture->arena, "%s\n%s", *ret_answer, out.reply->lines[i]);
    return question;
}

static void check_policy(void **state)
{
    static const char *const lines[] = { "history", "dora" };
    AUTO_DECISION struct decision_fixture *fixture = history_create(targets, 2);
    struct question question;
    const char *text;

    (void)state;
    fill();
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        question = asked_by(fixture, "U2", lines[i], &text); /* production alone */
        assert_string_equal(question.verb, "history");
        assert_string_equal(question.environment, "production");
        assert_in(text, "2 more places are not shown to you by the policy.");
        assert_not_in(text, "api/staging");
        question = asked_by(fixture, "U1", lines[i], &text);
        assert_not_in(text, "not shown");
        question = asked_by(fixture, "U9", lines[i], &text); /* nobody: refused, by the place that is asked about */
        assert_string_equal(question.service, "api");
        assert_in(text, "4 more places are not shown to you by the policy.");
        assert_not_in(text, "D1");
    }
    question = asked_by(fixture, "U2", "history api staging", &text);
    assert_string_equal(question.environment, "staging");
}

static const struct words_row {
    const char *name, *line, *answer;
} words_rows[] = {
    { "a service that is not there", "history apy", "MISUSED There is no service or environment `apy`." },
    { "an environment that the service has not", "history api preview", "MISUSED " },
    { "a third word", "history api production v1.2.0", "MISUSED I do not know what `v1.2.0` means" },
    { "none at all", "history api --last 0", "MISUSED `--last` takes a number from 1 to 50." },
    { "too many", "history api --last 51", "MISUSED `--last` takes a number from 1 to 50." },
    { "no number", "history api --last many", "MISUSED `--last` takes a number from 1 to 50." },
    { "an option of the other one", "history api --days 3", "MISUSED " },
    { "a day that never was", "dora --days -1", "MISUSED `--days` takes a number from 1 to 365." },
    { "more than a number holds", "dora --days 99999999999999999999", "MISUSED `--days` takes a number" },
};

static void check_words(void **state)
{
    const struct words_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = history_create(NULL, 0);
    const struct verb *verb = row->line[0] == 'd' ? &verb_dora : &verb_history;
    struct outcome out;

    assert_in(decision_answer(fixture, verb, row->line, &out), row->answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "each end is a line, newest first", check_lines, NULL, NULL, NULL },
        { "as many as asked for", check_last, NULL, NULL, NULL },
        { "what is on its way stands above", check_running, NULL, NULL, NULL },
        { "what a release began, that release asked for", check_trigger, NULL, NULL, NULL },
        { "of a service, of an environment, of all", check_several, NULL, NULL, NULL },
        { "nothing ended there", check_nothing, NULL, NULL, NULL },
        { "an adopted store may have a gap, and says so", check_adopted, NULL, NULL, NULL },
        { "odd records are told all the same, harmless", check_hostile, NULL, NULL, NULL },
        { "only what policy shows is told, and how much it hides", check_policy, NULL, NULL, NULL },
    };

    return ROWS(words_rows, check_words) + cmocka_run_group_tests(tests, NULL, NULL);
}
