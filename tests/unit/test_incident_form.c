/* The form that declares an incident: what stands in it already, what it types, and where it says what is wrong. */
#include "tests/unit/incident_texts.h"

#include "bot/model/exchange.h"
#include "bot/model/modal.h"
#include "handlers/incident/typed.h"

#define PEOPLE                                                                                                         \
    DECISION_CONFIGURATION                                                                                             \
    "people: [{ name: ann, slack: U1 }]\n"                                                                             \
    "incidents:\n"                                                                                                     \
    "  severities:\n"                                                                                                  \
    "    - { name: P1, about: users cannot work }\n"                                                                   \
    "    - { name: P2 }\n"
#define TYPES                                                                                                          \
    PEOPLE                                                                                                             \
    "  types:\n"                                                                                                       \
    "    - { name: outage, severity: P2 }\n"                                                                           \
    "    - { name: breach, about: data left us, severity: P1, private: true }\n"

#define MESSAGE "C0GENERAL/1700000000.000100"

struct asking {
    struct decision_fixture *fixture;
    struct request request;
    struct outcome out;
};

/* As the engine asks it. */
static void decide(struct asking *asking)
{
    struct decision_fixture *fixture = asking->fixture;
    struct question question;
    const void *arguments;
    struct error err;

    outcome_init(&asking->out, fixture->arena, "D20", "birth-1");
    if (!verb_incident.asks(&fixture->view, &asking->request, &question, &arguments, &err))
        fail_msg("%s", err.message);
    verb_incident.begin(&fixture->view, &asking->request, &question, arguments, &asking->out);
}

static struct asking typed(struct decision_fixture *fixture, const char *line)
{
    struct asking asking = { .fixture = fixture, .request = decision_request(fixture, line) };

    asking.request.channel = "C0OPS";
    decide(&asking);
    return asking;
}

static const struct modal_field *find(const struct asking *asking, const char *name)
{
    const struct modal *form = asking->out.form;

    assert_non_null(form);
    for (size_t i = 0; i < form->fields_count; i++)
        if (strcmp(form->fields[i].name, name) == 0)
            return &form->fields[i];
    return NULL;
}

/* "P1|outage|API down|yes": what stands in each field at first, in their order; "-": nothing. */
static const char *initials(const struct asking *asking)
{
    const char *text = "";

    assert_non_null(asking->out.form);
    for (size_t i = 0; i < asking->out.form->fields_count; i++) {
        const char *initial = asking->out.form->fields[i].initial;

        text = arena_printf(asking->fixture->arena, "%s%s%s", text, i > 0 ? "|" : "", initial ? initial : "-");
    }
    return text;
}

/* Each field as it is filled in, "" where it is left empty; then what the form types is decided. */
static struct asking sent(const struct asking *shown, const char *const *filled)
{
    const struct modal *form = shown->out.form;
    struct asking asking = { .fixture = shown->fixture, .request = shown->request };
    struct modal_value values[MODAL_FIELDS_MAX];
    struct error err;

    for (size_t i = 0; i < form->fields_count; i++)
        values[i] = (struct modal_value){ .name = form->fields[i].name,
                                          .is_option = form->fields[i].is_option,
                                          .is_flag = form->fields[i].kind == MODAL_CHECK,
                                          .value = filled[i] };
    asking.request.about = NULL; /* what is sent has none */
    if (!modal_read(form->command, values, form->fields_count, shown->fixture->arena, &asking.request, &err))
        fail_msg("%s", err.message);
    decide(&asking);
    return asking;
}

/* ---- what stands in it ---- */

static const struct initial_row {
    const char *name, *configuration, *line, *initials;
    int64_t field; /* what is wrong, of one that was sent so */
} initial_rows[] = {
    { "nothing was typed", PEOPLE, "incident declare", "-|-|-", 1 },
    { "a title without a severity", PEOPLE, "incident declare API down", "-|API down|-", 1 },
    { "a severity without a title", PEOPLE, "incident declare p2", "P2|-|-", 2 },
    { "a severity that there is not", PEOPLE, "incident declare P9 API down", "-|API down|-", 1 },
    { "a private one", PEOPLE, "incident declare --private API down", "-|API down|yes", 1 },
    { "a type without a title", TYPES, "incident declare breach", "P1|breach|-|yes", 3 },
    { "a type that was said behind its severity", TYPES, "incident declare P2 outage", "P2|outage|-|-", 3 },
    { "marks are none in it", PEOPLE, "incident declare *API* `down`", "-|API 'down'|-", 1 },
};

static void check_initial(void **state)
{
    const struct initial_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(row->configuration);
    struct asking asking = typed(fixture, row->line);
    struct error err;

    assert_string_equal(initials(&asking), row->initials);
    assert_string_equal(asking.out.form->command, "incident declare");
    assert_string_equal(asking.out.form->channel, "C0OPS");
    assert_true(asking.out.reply->is_misuse); /* what is said where it cannot be opened */
    assert_int_equal(asking.out.reply->field, row->field);
    if (!modal_check(asking.out.form, &err))
        fail_msg("%s", err.message);
}

static void check_choices(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TYPES);
    struct asking asking = typed(fixture, "incident declare");
    const struct modal_field *severity = find(&asking, "severity"), *type = find(&asking, "type");

    (void)state;
    assert_int_equal(severity->choices_count, 2);
    assert_string_equal(severity->choices[0].label, "P1: users cannot work");
    assert_string_equal(severity->choices[0].value, "P1");
    assert_string_equal(severity->choices[1].label, "P2");
    assert_true(severity->is_optional); /* a type has one */
    assert_int_equal(type->choices_count, 2);
    assert_string_equal(type->choices[1].label, "breach: data left us");
    assert_true(type->is_optional);
    assert_false(find(&asking, "title")->is_optional);
    decision_destroy(TAKE(fixture));
    fixture = decision_create(PEOPLE);
    asking = typed(fixture, "incident declare");
    assert_null(find(&asking, "type"));
    assert_false(find(&asking, "severity")->is_optional);
}

static void check_only_declaring(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PEOPLE);

    (void)state;
    assert_null(typed(fixture, "incident update").out.form);
    assert_null(typed(fixture, "incident declare P1 API down").out.form);
    assert_null(typed(fixture, "incident list").out.form);
}

/* ---- what comes of it ---- */

static const struct sent_row {
    const char *name;
    const char *filled[4]; /* severity, type, title, private */
    const char *answer;    /* how it begins */
    const char *severity, *type, *title;
    bool is_private;
    int64_t field;
    const char *said; /* there */
} sent_rows[] = {
    { "all of it",
      { "P2", "outage", "API is down", "" },
      "*D20* is open, P2: API is down.",
      "P2",
      "outage",
      "API is down",
      false,
      0,
      NULL },
    { "a type gives its severity",
      { "", "outage", "API is down", "" },
      "*D20* is open, P2",
      "P2",
      "outage",
      "API is down",
      false,
      0,
      NULL },
    { "a type may be private",
      { "P2", "breach", "list leaked", "" },
      "*D20* is open, P2, and private",
      "P2",
      "breach",
      "list leaked",
      true,
      0,
      NULL },
    { "so may any",
      { "P1", "", "list leaked", "yes" },
      "*D20* is open, P1, and private",
      "P1",
      NULL,
      "list leaked",
      true,
      0,
      NULL },
    { "a title that begins like a severity",
      { "P1", "", "P2 is not enough", "" },
      "*D20* is open, P1: P2 is not enough",
      "P1",
      NULL,
      "P2 is not enough",
      false,
      0,
      NULL },
    { "a title of marks alone",
      { "P1", "", "***", "" },
      "What is it?",
      NULL,
      NULL,
      NULL,
      false,
      3,
      "Say in a few words what it is, such as: API down" },
    { "neither a severity nor a type",
      { "", "", "API is down", "" },
      "How bad is it?",
      NULL,
      NULL,
      NULL,
      false,
      1,
      "Choose how bad it is, or a type, which has a severity of its own." },
};

static void check_sent(void **state)
{
    const struct sent_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(TYPES);
    struct asking shown = typed(fixture, "incident declare");
    const struct incident_body *body;
    struct asking asking;

    asking = sent(&shown, row->filled);
    if (strncmp(asking.out.reply->text, row->answer, strlen(row->answer)) != 0)
        fail_msg("%s\n  instead of\n%s", asking.out.reply->text, row->answer);
    assert_int_equal(asking.out.begins, row->severity != NULL);
    assert_int_equal(asking.out.reply->field, row->field);
    assert_string_equal(asking.out.reply->field_text ? asking.out.reply->field_text : "-", row->said ? row->said : "-");
    body = asking.out.body;
    if (!row->severity)
        return;
    assert_string_equal(body->severity, row->severity);
    assert_string_equal(body->title, row->title);
    assert_int_equal(body->is_private, row->is_private);
    assert_string_equal(body->type ? body->type : "-", row->type ? row->type : "-");
}

/* ---- from a message ---- */

static struct asking from_message(struct decision_fixture *fixture, const char *text)
{
    static struct request_message message;
    struct asking asking = { .fixture = fixture, .request = decision_request(fixture, "incident declare") };

    message = (struct request_message){ .channel = "C0GENERAL", .ts = "1700000000.000100", .text = text };
    asking.request.about = &message;
    asking.request.channel = "C0GENERAL";
    decide(&asking);
    return asking;
}

static void check_message(void **state)
{
    static const struct {
        const char *text, *title;
    } rows[] = {
        { "API is *down*\nsince 14:02", "API is down" },
        { "\n  \n`500`s everywhere ", "'500's everywhere" },
        { "slack:U1 broke it, says slack:U77\nagain", "@ann broke it, says slack:U77" },
        { NULL, NULL },
        { "***\n\n", NULL },
    };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PEOPLE);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct asking asking = from_message(fixture, rows[i].text);
        const char *title = find(&asking, "title")->initial;

        assert_string_equal(title ? title : "-", rows[i].title ? rows[i].title : "-");
        assert_string_equal(asking.out.form->command, "incident declare --message=" MESSAGE);
        assert_string_equal(asking.out.form->channel, "C0GENERAL");
    }
}

/* Its link is asked for, and nothing else of it: it may stand where others may not read. */
static void check_from_message(void **state)
{
    static const char *const filled[] = { "P1", "API is down", "since *14:02*", "" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PEOPLE);
    struct asking shown = from_message(fixture, "API is down\nsince 14:02"), asking = sent(&shown, filled);
    const struct incident_body *body = asking.out.body;
    const struct wanted_reading *reading = NULL;

    (void)state;
    assert_true(asking.out.begins);
    assert_string_equal(body->title, "API is down");
    assert_int_equal(body->messages_count, 1);
    assert_string_equal(body->messages[0].id, MESSAGE);
    assert_string_equal(body->messages[0].by, "@{slack:U1}");
    assert_true(body->messages[0].is_origin);
    assert_string_equal(find(&shown, "known")->initial, "API is down\nsince 14:02");
    assert_string_equal(body->timeline[1].kind, "note");
    assert_string_equal(body->timeline[1].text, "since 14:02");
    for (size_t i = 0; i < asking.out.readings_count; i++)
        if (strcmp(asking.out.readings[i].kind, READING_SLACK_MESSAGE) == 0)
            reading = &asking.out.readings[i];
    assert_non_null(reading);
    assert_string_equal(reading->name, "message:" MESSAGE);
    assert_string_equal(json_find_string(reading->args, "channel"), "C0GENERAL");
    assert_string_equal(json_find_string(reading->args, "ts"), "1700000000.000100");
    assert_false(json_find_bool(reading->args, "with_text", false));
}

/* Asked anew, as by a title that is none, it goes on with the same message; and what is no message is a title. */
static void check_typed_message(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PEOPLE);
    static const char *const titles[] = { "--message=",       "--message=C1",   "--message=C1/x",
                                          "--message=c1/1.1", "--message=C1/1", "--message=C1/1.1/2" };
    struct asking asking = typed(fixture, "incident declare --message=" MESSAGE " P1");

    (void)state;
    assert_string_equal(asking.out.form->command, "incident declare --message=" MESSAGE);
    for (size_t i = 0; i < ARRAY_LEN(titles); i++) {
        asking = typed(fixture, arena_printf(fixture->arena, "incident declare P1 %s", titles[i]));
        assert_true(asking.out.begins);
        assert_string_equal(((const struct incident_body *)asking.out.body)->title, titles[i]);
        assert_int_equal(((const struct incident_body *)asking.out.body)->messages_count, 0);
    }
}

/* ---- a note ---- */

/* D12 in C12, D13 nowhere yet: from a message there, somebody notes it. */
static void check_note(void **state)
{
    static const char *const filled[] = { "D13", "it *grows*" };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PEOPLE);
    const struct incident_body one = { .title = "API down", .severity = "P1", .channel = "C12" },
                               two = { .title = "web slow", .severity = "P2" };
    const struct operation open[] = { an_incident(fixture, "D12", INCIDENT_OPEN, &one),
                                      an_incident(fixture, "D13", INCIDENT_OPEN, &two) };
    struct request_message message = { .channel = "C12", .ts = "1700000000.000100", .text = "db-1 is *full*\nit grows" };
    struct asking asking = { .fixture = fixture, .request = decision_request(fixture, "incident note") }, back;
    const struct asked *asked;
    struct question question;
    const void *arguments;
    struct error err;

    (void)state;
    decide(&asking); /* none is open */
    assert_null(asking.out.form);
    assert_true(asking.out.reply->is_refusal);
    fixture->operations = open;
    fixture->operations_count = 2;
    asking.request.about = &message;
    asking.request.channel = "C12";
    asking.request.reply_to.is_for_one = true;
    decide(&asking);
    assert_string_equal(find(&asking, "incident")->initial, "D12");
    assert_int_equal(find(&asking, "incident")->choices_count, 2);
    assert_string_equal(find(&asking, "text")->initial, message.text);
    assert_int_equal(asking.out.reply->field, 2);
    back = asking;
    back.request.about = NULL;
    assert_true(modal_read(asking.out.form->command,
                           (struct modal_value[]){ { .name = "incident", .value = filled[0] },
                                                   { .name = "text", .value = filled[1] } },
                           2, fixture->arena, &back.request, &err));
    assert_true(verb_incident.asks(&fixture->view, &back.request, &question, &arguments, &err));
    asked = arguments;
    assert_string_equal(question.operation, "D13");
    assert_string_equal(asked->one.message, "C12/1700000000.000100");
    assert_string_equal(asked->one.text, "it grows");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_choices),      cmocka_unit_test(check_only_declaring), cmocka_unit_test(check_message),
        cmocka_unit_test(check_from_message), cmocka_unit_test(check_note), cmocka_unit_test(check_typed_message),
    };

    return ROWS(initial_rows, check_initial) + ROWS(sent_rows, check_sent) + cmocka_run_group_tests(tests, NULL, NULL);
}
