/* `help` lists what this person can ask for, from the verbs' own entries. */
#include "tests/unit/decision_fixture.h"

#include "handlers/help.h"

#define WITH_ONE_WHO_MAY_ALL                                                                                           \
    DECISION_CONFIGURATION                                                                                             \
    "    - { allow: [deploy, rollback, pause, resume, promote, abort, retry, approve, review, failover, "              \
    "lock, unlock, halt, unhalt, dead, events, reload, history, incident, scale, set, restart, "                       \
    "traffic, run, backup, maintenance, rotate, schedules, logs, block, unblock, blocks, ddos, erase], to: \"slack:U3\" }\n"

static const struct row {
    const char *name, *person, *line;
    const char *has[12], *has_not;
} rows[] = {
    { "a developer sees what the rules allow, and that there is more",
      "U1",
      "help",
      { "`deploy [SERVICE", "`rollback [", "`approve ", "`review ", "`lock ", "`unlock ", "`locks", "`halt ", "`unhalt",
        "`status [", "`help [VERB]`", "There is more that no rule allows to you: `help VERB` tells of any." },
      "`reload`" },
    { "whom a rule allows everything is not told that there is more",
      "U3",
      "help",
      { "`deploy [SERVICE", "`reload`", "`help [VERB]`", "`incident", "`history [",
        "`dora [" }, /* which rules call history, too */
      "There is more" },
    { "somebody without a role sees what everyone may, and that there is more",
      "U9",
      "help",
      { "`status [", "`help [VERB]`", "There is more that no rule allows to you: `help VERB` tells of any." },
      "`deploy" },
    { "one verb is explained",
      "U1",
      "help deploy",
      { "*deploy*: bring a version", "Usage: `deploy [SERVICE" },
      "No rule" },
    { "and that nobody allows it here",
      "U9",
      "help deploy",
      { "*deploy*: bring",
        "No rule allows it to you anywhere: a rule of the policy has to name you or a role of yours." },
      "There is more" },
    { "a slip gets the nearest verb, and its usage, not the whole list",
      "U1",
      "help deply",
      { "I do not know `deply`. Did you mean `deploy`?", "Usage: `deploy [SERVICE" },
      "`status [" },
    { "what rules call it with some words leads to the verb",
      "U1",
      "help restore",
      { "I do not know `restore`. Did you mean `backup`?", "Usage: `backup create|list|restore" },
      "`restart" },
    { "what opsgate itself asks for is no verb to anybody",
      "U1",
      "help adopted",
      { "There is no verb `adopted`.", "`deploy [SERVICE" },
      "the record" },
    { "an unknown verb is told so, harmless, and gets the whole list",
      "U1",
      "help *frobnicate*",
      { "There is no verb ` frobnicate `.", "`deploy [SERVICE", "`status [" },
      NULL },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WITH_ONE_WHO_MAY_ALL);
    struct request request = decision_request(fixture, row->line);
    AUTO_BUF struct buf all = BUF(10000);
    struct question question;
    struct outcome out;
    const void *arguments;
    struct error err;

    request.principal.id = row->person;
    outcome_init(&out, fixture->arena, "D7", "birth-d7");
    assert_true(verb_help.asks(&fixture->view, &request, &question, &arguments, &err));
    verb_help.begin(&fixture->view, &request, &question, arguments, &out);
    assert_false(out.begins || out.reply->is_refusal);
    buf_puts(&all, out.reply->text);
    for (size_t i = 0; i < out.reply->lines_count; i++)
        buf_addf(&all, "\n%s", out.reply->lines[i]);
    for (size_t i = 0; i < ARRAY_LEN(row->has) && row->has[i]; i++)
        if (!strstr(buf_text(&all), row->has[i]))
            fail_msg("no %s in\n%s", row->has[i], buf_text(&all));
    if (row->has_not && strstr(buf_text(&all), row->has_not))
        fail_msg("%s in\n%s", row->has_not, buf_text(&all));
}

static void check_entries(void **state)
{
    (void)state;
    for (const struct verb *const *verb = verbs; *verb; verb++) {
        assert_true((*verb)->asks && (*verb)->begin);
        if (strncmp((*verb)->usage, (*verb)->name, strlen((*verb)->name)) != 0 || !(*verb)->summary[0])
            fail_msg("%s", (*verb)->name);
    }
    for (const struct machine *const *machine = machines; *machine; machine++)
        assert_true((*machine)->on_event && (*machine)->body && (*machine)->schema >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = { { "every verb's usage begins with its name", check_entries, NULL, NULL,
                                          NULL } };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
