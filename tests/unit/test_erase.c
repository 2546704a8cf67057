/* A person is erased from the journal: who is meant, what goes, and what a legal hold keeps. */
#include "tests/unit/decision_fixture.h"

#include "bot/model/exchange.h"
#include "bot/model/personal.h"
#include "handlers/erase.h"

#include <string.h>

#define PEOPLE                                                                                                         \
    DECISION_CONFIGURATION                                                                                             \
    "people:\n"                                                                                                        \
    "  - { name: ann, slack: U012AB3CD, github: octoann }\n"                                                           \
    "  - { name: bob, slack: U0456EFGH }\n"
#define HOLD(what) PEOPLE "audit: { hold: [{ " what ", reason: \"case 7\" }] }\n"

static const struct row {
    const char *name, *configuration, *line;
    const char *error;   /* of the words; or NULL */
    const char *refusal; /* of the request; or NULL */
    const char *erased;  /* of the entries below, by number */
    const char *summary;
} rows[] = {
    { "all of a person's", PEOPLE, "ann --confirm ann", NULL, NULL, "1 2 3", "Erased: 3 entries" },
    { "by one of their ids", PEOPLE, "github:OctoAnn --confirm github:OctoAnn", NULL, NULL, "1 2 3", "Erased: 3" },
    { "somebody whom nobody knows", PEOPLE, "slack:U9 --confirm slack:U9", NULL, NULL, "1 2 3", "Erased: 3" },
    { "a dry run erases nothing", PEOPLE, "ann --dry-run", NULL, NULL, "", "Nothing was erased: 3 entries" },
    { "a hold on the person refuses all", HOLD("person: ann"), "slack:U012AB3CD --confirm slack:U012AB3CD", NULL,
      "case 7", "", NULL },
    { "by any of their ids", HOLD("person: \"github:octoann\""), "ann --confirm ann", NULL, "case 7", "", NULL },
    { "but a dry run tells of it", HOLD("person: ann"), "ann --dry-run", NULL, NULL, "",
      "Nothing was erased: 0 entries of the journal would not tell any more who it was and what they said. 3 are under "
      "legal hold and stay" },
    { "a hold on another one does not", HOLD("person: \"slack:U7\""), "ann --confirm ann", NULL, NULL, "1 2 3",
      "Erased: 3" },
    { "but what is of that one as well stays", HOLD("person: bob"), "ann --confirm ann", NULL, NULL, "1 2",
      "1 is under legal hold and stays" },
    { "a hold on an operation keeps its entries", HOLD("operation: D7"), "ann --confirm ann", NULL, NULL, "1 3",
      "1 is under legal hold and stays" },
    { "a hold since a day keeps what is later", HOLD("since: \"2026-11-20\""), "ann --confirm ann", NULL, NULL, "1",
      "2 are under legal hold and stay" },
    { "one until a time what is before", HOLD("until: \"2026-11-20T12:00:00Z\""), "ann --confirm ann", NULL, NULL, "3",
      "2 are under legal hold and stay" },
    { "one on a person in a time both", HOLD("person: bob, until: \"2026-11-20\""), "ann --confirm ann", NULL, NULL,
      "1 2 3", "Erased: 3" },
    { "an id that Slack gives nobody is refused", PEOPLE, "slack:u012ab3cd --dry-run",
      "`slack:u012ab3cd` is nobody: ids of slack are in capitals and digits", NULL, NULL, NULL },
    { "nobody is guessed", PEOPLE, "anne --dry-run", "nobody of `people` is called `anne`. Did you mean `ann`?", NULL,
      NULL, NULL },
    { "nothing goes by one word", PEOPLE, "ann", "This cannot be taken back.", NULL, NULL, NULL },
    { "nor by another word", PEOPLE, "ann --confirm bob", "`--confirm` takes the same once more: `ann`", NULL, NULL,
      NULL },
    { "one at a time", PEOPLE, "ann bob --dry-run", "`erase` takes one person", NULL, NULL, NULL },
};

static bool ask(struct decision_fixture *fixture, const char *line, struct request *request, struct question *question,
                const void **ret_arguments, struct error *err)
{
    *request = (struct request){ .verb = "erase", .principal = { .system = "local", .id = "root" }, .source = "local" };
    assert_true(request_split(str_of(line), fixture->arena, request, err));
    return verb_erase.asks(&fixture->view, request, question, ret_arguments, err);
}

/* What bob has said of ann is of both. */
static struct personal_entry entry_of(const struct personal_query *query, int64_t n, int64_t at_ms)
{
    static const char *bob[] = { "slack:U0456EFGH" };
    struct personal_entry entry = { .n = n, .at_ms = at_ms, .operation = n == 2 ? "D7" : NULL };

    for (size_t i = 0; i < query->held_count && n == 3; i++)
        if (strcmp(query->held[i], bob[0]) == 0) {
            entry.about = bob;
            entry.about_count = 1;
        }
    return entry;
}

static struct personal_query asked(struct decision_fixture *fixture, const struct outcome *out)
{
    struct personal_query query;
    struct error err;

    assert_string_equal(out->readings[0].kind, READING_PERSONAL);
    assert_true(shape_from_json(&personal_query_shape, out->readings[0].args, fixture->arena, &query, &err));
    return query;
}

static void hear(struct decision_fixture *fixture, const struct personal_found *found, struct outcome *out)
{
    struct operation operation = { .id = "D7", .kind = "erase", .state = "looking" };
    struct event event = { .kind = EVENT_READING, .name = "page", .end = END_DONE };
    AUTO_JSON cJSON *json = shape_to_json(&personal_found_shape, found, SHAPE_WHOLE);
    const void *body = out->body;

    event.body = json;
    outcome_init(out, fixture->arena, "D7", "outside");
    machine_erase.on_event(&fixture->view, &operation, body, &event, out);
}

static void add_erased(const struct outcome *out, struct buf *erased)
{
    for (size_t i = 0; i < out->erases_count; i++)
        buf_addf(erased, "%s%lld", erased->len > 0 ? " " : "", (long long)out->erases[i]);
    assert_int_equal(out->journal_count, out->erases_count > 0);
}

/* Two pages: on the 19th, on the 20th in D7; on the 20th at noon. */
static void check_erased(struct decision_fixture *fixture, const struct row *row, struct outcome *out)
{
    AUTO_BUF struct buf erased = BUF(100);
    struct personal_query query = asked(fixture, out);
    struct personal_entry entries[] = { entry_of(&query, 1, 1795046400000), entry_of(&query, 2, 1795132800001) };
    struct personal_entry last = entry_of(&query, 3, 1795176000000);
    cJSON *left;

    hear(fixture, &(struct personal_found){ entries, 2, "5-1", query.held, query.held_count }, out);
    add_erased(out, &erased);
    assert_null(out->result);
    assert_string_equal(asked(fixture, out).after, "5-1");
    hear(fixture, &(struct personal_found){ &last, 1, NULL, query.held, query.held_count }, out);
    add_erased(out, &erased);
    assert_string_equal(buf_text(&erased), row->erased);
    if (!out->summary || !strstr(out->summary, row->summary))
        fail_msg("%s", out->summary ? out->summary : "it goes on");
    left = shape_to_json(machine_erase.body, out->body, SHAPE_WHOLE);
    assert_null(json_find(left, "persons"));
    cJSON_Delete(left);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    struct decision_fixture *fixture = decision_create(row->configuration);
    struct request request;
    struct question question;
    const void *arguments;
    struct outcome out;
    struct error err;

    outcome_init(&out, fixture->arena, "D7", "outside");
    if (!ask(fixture, row->line, &request, &question, &arguments, &err)) {
        if (!row->error || !strstr(err.message, row->error))
            fail_msg("%s", err.message);
    } else {
        assert_null(row->error);
        verb_erase.begin(&fixture->view, &request, &question, arguments, &out);
        if (row->refusal)
            assert_true(!out.begins && out.reply->is_refusal && strstr(out.reply->text, row->refusal));
        else
            check_erased(fixture, row, &out);
    }
    decision_destroy(fixture);
}

/* A page that was looked through before a hold was configured does not tell what is of whom it holds. */
static void a_page_of_other_holds_is_looked_at_again(void **state)
{
    struct decision_fixture *fixture = decision_create(HOLD("person: bob"));
    struct personal_entry entry = { .n = 3, .at_ms = 1795176000000 };
    struct request request;
    struct question question;
    const void *arguments;
    struct outcome out;
    struct error err;

    (void)state;
    outcome_init(&out, fixture->arena, "D7", "outside");
    assert_true(ask(fixture, "ann --confirm ann", &request, &question, &arguments, &err));
    verb_erase.begin(&fixture->view, &request, &question, arguments, &out);
    hear(fixture, &(struct personal_found){ &entry, 1, NULL, NULL, 0 }, &out);
    assert_int_equal(out.erases_count, 0);
    assert_null(out.result);
    assert_null(asked(fixture, &out).after);
    decision_destroy(fixture);
}

/* ---- whose an entry is ---- */

static const struct whose_row {
    const char *name, *values, *person;
    bool is_theirs;
} whose_rows[] = {
    { "who asked", "{'system':'slack','principal':'U012AB3CD'}", "slack:U012AB3CD", true },
    { "on GitHub, however it is written", "{'system':'github','principal':'OctoAnn'}", "github:octoann", true },
    { "not somebody of that id elsewhere", "{'system':'github','principal':'U012AB3CD'}", "local:U012AB3CD", false },
    { "of another workspace: the journal has the id alone", "{'system':'slack','principal':'U012AB3CD'}",
      "slack:T0OTHER01/U012AB3CD", true },
    { "who is named there likewise", "{'system':'slack','principal':'U2','text':'for <@U012AB3CD>'}",
      "slack:T0OTHER01/U012AB3CD", true },
    { "who is named in what another one said", "{'system':'slack','principal':'U2','text':'for <@U012AB3CD>'}",
      "slack:U012AB3CD", true },
    { "anywhere in it", "{'who':[{'id':'U012AB3CD'}]}", "slack:U012AB3CD", true },
    { "but not by a word that may mean another thing", "{'system':'slack','principal':'U2','text':'ann'}", "local:ann",
      false },
    { "nobody", "{}", "slack:U012AB3CD", false },
};

static void check_whose(void **state)
{
    const struct whose_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct error err;
    char *text = arena_strdup(arena, row->values);

    for (char *at = text; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    assert_int_equal(personal_is_of(json_parse_in(arena, str_of(text), &err), &row->person, 1), row->is_theirs);
}

int main(void)
{
    static const struct CMUnitTest tests[] = { cmocka_unit_test(a_page_of_other_holds_is_looked_at_again) };

    return ROWS(rows, check_row) + ROWS(whose_rows, check_whose) + cmocka_run_group_tests(tests, NULL, NULL);
}
