/* In which order `ops show` tells what one commit journalled: first what was found, then where that led, then what it
 * called off. */
#include "tests/unit/rows.h"

#include "bot/cli/ops.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct order_row {
    const char *name, *journal, *told; /* kinds and when; the kinds as they are told */
} order_rows[] = {
    { "as it came", "request.accepted 1, operation.begun 1, deploy.pinned 2",
      "request.accepted operation.begun deploy.pinned" },
    { "what was judged is told before what followed", "operation.ended 5, deploy.judged 5",
      "deploy.judged operation.ended" },
    { "what that called off is told behind it", "operation.ended 5, effect.ended 5, deploy.judged 5",
      "deploy.judged operation.ended effect.ended" },
    { "another moment is another commit", "operation.moved 5, effect.ended 6, deploy.judged 6",
      "operation.moved effect.ended deploy.judged" },
    { "two steps in one moment stay two", "operation.moved 5, operation.moved 5, deploy.judged 5",
      "operation.moved deploy.judged operation.moved" },
    { "a target was given by somebody else", "operation.moved 5, target.granted 5, deploy.allowed 5",
      "operation.moved target.granted deploy.allowed" },
    { "nothing was journalled", "", "" },
};

static cJSON *journal_of(const char *list)
{
    cJSON *journal = json_array();
    char kind[40];
    int at, length = 0;

    for (; sscanf(list, "%39s %d%n", kind, &at, &length) == 2; list += strspn(list, ", ")) {
        cJSON *entry = json_object();

        json_set_string(entry, "kind", kind);
        json_set_int(entry, "at", at);
        json_add(journal, entry);
        list += length;
    }
    return journal;
}

/* What is printed, by way of a file in place of standard output: the journal's entries, or an operation's row. */
static void print_to(FILE *file, const cJSON *journal, const struct operation *operation)
{
    static const struct settings settings = { .people_count = 0 };
    AUTO(arena) struct arena *arena = arena_create();
    int kept;

    fflush(stdout);
    kept = dup(STDOUT_FILENO);
    assert_true(kept >= 0 && dup2(fileno(file), STDOUT_FILENO) >= 0);
    if (operation)
        cli_ops_print_row(operation, &settings, arena);
    else
        cli_ops_print_entries(&settings, journal, arena);
    fflush(stdout);
    assert_true(dup2(kept, STDOUT_FILENO) >= 0);
    close(kept);
}

static void check_order(void **state)
{
    const struct order_row *row = *state;
    AUTO_JSON cJSON *journal = journal_of(row->journal);
    char line[200], kind[40], told[400] = "";
    FILE *file = tmpfile();

    assert_non_null(file);
    print_to(file, journal, NULL);
    rewind(file);
    while (fgets(line, sizeof(line), file)) {
        assert_int_equal(sscanf(line, "%*s %39s", kind), 1);
        snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s%s", *told ? " " : "", kind);
    }
    fclose(file);
    assert_string_equal(told, row->told);
}

static const struct word_row {
    const char *name, *kind, *who, *text, *told; /* what is told behind the instant */
    const char *verb;
} word_rows[] = {
    { "an incident's: who, and what they wrote", "incident.update", "@{slack:U1}", "half of *it* is back",
      "incident.update    slack:U1: half of it is back", NULL },
    { "who did it alone", "incident.closed", "@{slack:U1}", NULL, "incident.closed    slack:U1", NULL },
    { "nobody, and what happened", "incident.channel", NULL, "#inc-1", "incident.channel   #inc-1", NULL },
    { "of other kinds these are not its own words", "deploy.pinned", "@{slack:U1}", "x", "deploy.pinned     ", NULL },
    { "what was asked for, as it was typed", "request.accepted", NULL, "incident note {x}",
      "request.accepted   incident note {x}", "incident" },
    { "what opsgate asked of itself, without its JSON", "request.accepted", NULL,
      "incident-told {\"title\":\"API down\"}", "request.accepted   incident-told", "incident-told" },
};

static void check_words(void **state)
{
    const struct word_row *row = *state;
    AUTO_JSON cJSON *journal = json_array();
    cJSON *entry = json_add(journal, json_object());
    char line[200];
    FILE *file = tmpfile();

    assert_non_null(file);
    json_set_string(entry, "kind", row->kind);
    json_set_string(entry, "who", row->who);
    json_set_string(entry, "text", row->text);
    json_set_string(json_set(entry, "body", json_object()), "verb", row->verb);
    print_to(file, journal, NULL);
    rewind(file);
    assert_non_null(fgets(line, sizeof(line), file));
    fclose(file);
    line[strcspn(line, "\n")] = '\0';
    assert_string_equal(line + strlen("  1970-01-01T00:00:00.000Z  "), row->told);
}

static void a_block_tells_its_address_and_its_end(void **state)
{
    AUTO_JSON cJSON *journal = json_array();
    cJSON *entry = json_add(journal, json_object()), *body = json_set(entry, "body", json_object());
    char line[200] = "";
    FILE *file = tmpfile();

    (void)state;
    json_set_string(entry, "kind", "block.blocked");
    json_set_string(body, "range", "203.0.113.7/32");
    json_set_int(body, "until_ms", 3600000);
    print_to(file, journal, NULL);
    rewind(file);
    assert_non_null(fgets(line, sizeof(line), file));
    fclose(file);
    assert_non_null(strstr(line, "block.blocked      203.0.113.7/32, until 1970-01-01T01:00:00.000Z\n"));
}

/* ---- a row of the list ---- */

static const struct list_row {
    const char *name, *kind, *body, *told;
} list_rows[] = {
    { "which address", "protection", "{'verb':'block','protection':'edge','range':'203.0.113.7/32'}",
      "D7       block      203.0.113.7/32 " },
    { "or which protection", "protection", "{'verb':'ddos','protection':'edge'}", "D7       ddos       edge " },
    { "which runbook", "runbook", "{'runbook':'reset'}", "D7       runbook    reset " },
    { "a restart is one", "deploy", "{'tune':{'verb':'restart'}}", "D7       restart    -" },
    { "a scaling, too", "adjust", "{'verb':'scale','range':{'min':1}}", "D7       scale      -" },
    { "a deploy", "deploy", "{}", "D7       deploy     -" },
};

static void check_list(void **state)
{
    const struct list_row *row = *state;
    AUTO_FREE char *text = xstrdup(row->body);
    AUTO_JSON cJSON *body = NULL;
    struct operation operation = { .id = "D7", .kind = row->kind, .state = "begun",
                                   .requester = { "slack", "U1", NULL } };
    char line[300] = "";
    FILE *file = tmpfile();
    struct error err;

    for (char *c = text; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    assert_true(json_parse(str_of(text), &body, &err));
    operation.body = body;
    print_to(file, NULL, &operation);
    rewind(file);
    assert_non_null(fgets(line, sizeof(line), file));
    fclose(file);
    if (!str_starts_with(str_of(line), row->told))
        assert_string_equal(line, row->told);
}

int main(void)
{
    static const struct CMUnitTest others[] = { cmocka_unit_test(a_block_tells_its_address_and_its_end) };

    return ROWS(list_rows, check_list) + cmocka_run_group_tests_name("others", others, NULL, NULL) +
           ROWS(order_rows, check_order) + ROWS(word_rows, check_words);
}
