/* `incident`: what people type, which incident they mean, and what nobody said. */
#include "tests/unit/incident_texts.h"

#define CONFIGURATION                                                                                                  \
    DECISION_CONFIGURATION                                                                                             \
    "people:\n"                                                                                                        \
    "  - { name: ann, slack: U1 }\n"                                                                                   \
    "  - { name: Eve, slack: U7 }\n"                                                                                   \
    "  - { name: Eve, github: eve }\n"                                                                                 \
    "incidents:\n"                                                                                                     \
    "  severities:\n"                                                                                                  \
    "    - { name: P1, about: users cannot work, acknowledge: 15m }\n"                                                 \
    "    - { name: P2 }\n"

/* D3 is a deploy, D12 an incident with a channel, D14 one without; D9 is closed. */
enum world { EMPTY, ONE, TWO };

struct asking {
    struct decision_fixture *fixture;
    struct question question;
    const struct incident_arguments *arguments;
    struct outcome out;
    const char *answer; /* "-": the incident that is named answers */
};

static const struct operation *operations_of(const struct decision_fixture *fixture)
{
    struct incident_body api = {
        .title = "API down", .severity = "P1", .channel = "C12", .channel_name = "inc-api", .opened_at_ms = AGO(HOUR_MS)
    };
    struct incident_body web = { .title = "web slow", .severity = "P2", .opened_at_ms = AGO(MINUTE_MS) };
    struct operation *list = arena_alloc(fixture->arena, 3 * sizeof(*list));

    list[0] = (struct operation){ .id = "D3", .kind = "deploy", .state = "baking" };
    list[1] = an_incident(fixture, "D12", INCIDENT_OPEN, &api);
    list[2] = an_incident(fixture, "D14", INCIDENT_ACKNOWLEDGED, &web);
    return list;
}

static const struct operation *ended_of(const struct decision_fixture *fixture)
{
    struct incident_body old = { .title = "old", .severity = "P2", .channel = "C9", .opened_at_ms = AGO(DAY_MS) };
    struct operation *list = arena_alloc(fixture->arena, sizeof(*list));

    list[0] = an_incident(fixture, "D9", INCIDENT_CLOSED, &old);
    list[0].summary = "P2, resolved after 5 min";
    return list;
}

/* As the engine asks it: a live one that is named answers itself, and begin() is not called. */
static struct asking ask_among(struct decision_fixture *fixture, const struct operation *list, size_t count,
                               const char *line, const char *channel)
{
    struct request request = decision_request(fixture, line);
    struct asking asking = { .fixture = fixture };
    const struct operation *live;
    const void *arguments;
    struct error err;

    fixture->operations = list;
    fixture->operations_count = count;
    fixture->ended = ended_of(fixture);
    fixture->ended_count = 1;
    request.channel = channel;
    outcome_init(&asking.out, fixture->arena, "D20", "birth-1");
    if (!verb_incident.asks(&fixture->view, &request, &asking.question, &arguments, &err)) {
        asking.answer =
            arena_printf(fixture->arena, "%s%s", err.code == ERR_NOT_FOUND ? "NOT FOUND " : "MISUSED ", err.message);
        return asking;
    }
    asking.arguments = arguments;
    live = asking.question.operation ? decision_find_operation(fixture, asking.question.operation) : NULL;
    asking.answer = "-";
    if (!live) {
        verb_incident.begin(&fixture->view, &request, &asking.question, arguments, &asking.out);
        asking.answer = reply_text(fixture, &asking.out);
    }
    return asking;
}

static struct asking ask(struct decision_fixture *fixture, enum world world, const char *line, const char *channel)
{
    return ask_among(fixture, operations_of(fixture), world == EMPTY ? 1 : world == ONE ? 2 : 3, line, channel);
}

/* ---- what a line means ---- */

static const struct meaning_row {
    const char *name;
    enum world world;
    const char *line, *channel;
    const char *operation; /* that is asked */
    enum incident_deed deed;
    const char *text, *severity, *lead;
} meaning_rows[] = {
    { "an incident by its number", TWO, "incident ack D12", NULL, "D12", DEED_ACKNOWLEDGE, .text = NULL },
    { "in small letters", TWO, "incident ack d14", NULL, "D14", DEED_ACKNOWLEDGE, .text = NULL },
    { "the number first", TWO, "incident D12 ack", NULL, "D12", DEED_ACKNOWLEDGE, .text = NULL },
    { "the whole word", TWO, "incident acknowledge D12", NULL, "D12", DEED_ACKNOWLEDGE, .text = NULL },
    { "in capitals", TWO, "incident ACK D12", NULL, "D12", DEED_ACKNOWLEDGE, .text = NULL },
    { "the one whose channel it is", TWO, "incident ack", "C12", "D12", DEED_ACKNOWLEDGE, .text = NULL },
    { "a number says more than a channel", TWO, "incident ack D14", "C12", "D14", DEED_ACKNOWLEDGE, .text = NULL },
    { "the only one", ONE, "incident ack", "C0GENERAL", "D12", DEED_ACKNOWLEDGE, .text = NULL },
    { "I lead", ONE, "incident lead", NULL, "D12", DEED_LEAD, .text = NULL },
    { "me is I", ONE, "incident lead me", NULL, "D12", DEED_LEAD, .text = NULL },
    { "somebody else leads", ONE, "incident lead D12 slack:U2", NULL, "D12", DEED_LEAD, .lead = "slack:U2" },
    { "by a name of people", ONE, "incident lead @ann", NULL, "D12", DEED_LEAD, .lead = "slack:U1" },
    { "an update", ONE, "incident update half of the pods are back", NULL, "D12", DEED_UPDATE,
      .text = "half of the pods are back" },
    { "whatever it looks like", ONE, "incident update D12 rolled back with --force, it's better", NULL, "D12",
      DEED_UPDATE, .text = "rolled back with --force, it's better" },
    { "marks in it are none", ONE, "incident note @{slack:U9} says *now*", NULL, "D12", DEED_NOTE,
      .text = " {slack:U9} says now" },
    { "a severity", ONE, "incident severity p2", NULL, "D12", DEED_SEVERITY, .severity = "P2" },
    { "and why", ONE, "incident severity D12 P2 fewer users", NULL, "D12", DEED_SEVERITY, .text = "fewer users",
      .severity = "P2" },
    { "resolved", ONE, "incident resolve", NULL, "D12", DEED_RESOLVE, .text = NULL },
    { "by what", ONE, "incident resolve rolled back", NULL, "D12", DEED_RESOLVE, .text = "rolled back" },
    { "reopened", ONE, "incident reopen D12 it is back", NULL, "D12", DEED_REOPEN, .text = "it is back" },
    { "closed", ONE, "incident close", NULL, "D12", DEED_CLOSE, .text = NULL },
    { "a post-mortem", ONE, "incident postmortem", NULL, "D12", DEED_POST_MORTEM, .text = NULL },
};

static const char *or_none(const char *text)
{
    return text ? text : "-";
}

static void check_meaning(void **state)
{
    const struct meaning_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct asking asking = ask(fixture, row->world, row->line, row->channel);
    const struct principal *lead;

    assert_string_equal(asking.answer, "-");
    assert_string_equal(asking.question.operation, row->operation);
    assert_int_equal(asking.arguments->deed, row->deed);
    assert_string_equal(or_none(asking.arguments->text),
                        or_none(row->text ? arena_copy(fixture->arena, str_trim(str_of(row->text))) : NULL));
    assert_string_equal(or_none(asking.arguments->severity), or_none(row->severity));
    lead = asking.arguments->lead;
    assert_string_equal(lead ? principal_text(lead, fixture->arena) : "-", or_none(row->lead));
    assert_string_equal(asking.question.verb, row->deed == DEED_ACKNOWLEDGE ? "acknowledge" : "incident");
    assert_int_equal(asking.question.is_safe_direction, row->deed == DEED_ACKNOWLEDGE);
}

/* ---- what is answered without any ---- */

static const struct answer_row {
    const char *name;
    enum world world;
    const char *line, *channel, *answer; /* how it begins */
} answer_rows[] = {
    { "none is open", EMPTY, "incident ack", NULL,
      "REFUSED No incident is open. `incident declare` opens one. Nothing was done." },
    { "several are", TWO, "incident resolve rolled back", "C0GENERAL",
      "REFUSED Which one? Name it, as in `incident resolve D12`. Nothing was done. Open are:\n"
      "*D12*, P1: API down\n*D14*, P2: web slow" },
    { "several, and no severity either", TWO, "incident severity P9", NULL, "REFUSED Which one? Name it" },
    { "a number that is none", ONE, "incident ack D99", NULL,
      "NOT FOUND `D99` is no incident that you can see, or it ended long ago: `incident list`" },
    { "one of a deploy", ONE, "incident ack D3", NULL, "NOT FOUND D3 is no incident, but a deploy:" },
    { "one that is closed", ONE, "incident ack D9", NULL,
      "REFUSED *D9* is closed: P2, resolved after 5 min (@{date:1795212000000}). Nothing was done.\n"
      "Is it back? `incident declare P2 old` opens a new one." },
    { "in a channel of one that is closed", ONE, "incident update x", "C9", "REFUSED *D9* is closed" },
    { "the post-mortem of one that is closed", ONE, "incident postmortem", "C9",
      "# D9: old\n\n| | |\n| --- | --- |\n| Severity | P2 |\n" },
    { "it is shown", ONE, "incident show", NULL, "*D12*, P1: API down\nnobody works on it yet" },
    { "by its number alone", TWO, "incident d12", NULL, "*D12*, P1: API down\nnobody works on it yet" },
    { "also one that is closed", TWO, "incident show D9", NULL, "*D9*, P2: old\nclosed\nSeverity: P2" },
    { "no severity", ONE, "incident declare API down", NULL,
      "REFUSED How bad is it? `API` is no severity. Say it before the title: `incident declare P1 API down`. Nothing "
      "was done.\n`P1`: users cannot work\n`P2`" },
    { "no such severity to declare", ONE, "incident declare P9 web slow", NULL,
      "REFUSED How bad is it? `P9` is no severity. Say it before the title: `incident declare P1 web slow`." },
    { "nothing at all", ONE, "incident declare", NULL,
      "REFUSED How bad is it? Say it before the title: `incident declare P1 API down`. Nothing was done.\n" },
    { "no title", ONE, "incident declare P1", NULL,
      "REFUSED What is it? Say it as in `incident declare P1 API down`. Nothing was done." },
    { "nothing for the public", ONE, "incident public D12", NULL,
      "REFUSED What is the public to read? Say it as in `incident public D12 We are looking into errors at checkout`. "
      "Nothing was done." },
    { "nothing behind the status", ONE, "incident public identified:", NULL, "REFUSED What is the public to read?" },
    { "a title of marks", ONE, "incident declare P1 ***", NULL, "REFUSED What is it?" },
    { "no such severity", ONE, "incident severity P9", NULL,
      "REFUSED How bad is it now? `P9` is no severity. Say it as in `incident severity D12 P2`. Nothing was done.\n"
      "`P1`: users cannot work\n`P2`" },
    { "no update", ONE, "incident update", NULL,
      "REFUSED What is new? Say it as in `incident update D12 half of it is back`." },
    { "no note", ONE, "incident note D12", NULL,
      "REFUSED What is to be noted? Say it as in `incident note D12 restarted db-1 at 14:03`." },
    { "a deed that is none, mistyped", ONE, "incident reslove", NULL,
      "MISUSED I do not know `incident reslove`. Did you mean `incident resolve`? Nothing was done." },
    { "another one", ONE, "incident frobnicate `x`", NULL,
      "MISUSED I do not know `incident frobnicate`. `incident declare` opens one, `help incident` tells the rest." },
    { "words too many", ONE, "incident ack D12 now", NULL,
      "MISUSED `incident ack` takes an incident's number, such as `D12`, and no `now`. Nothing was done." },
    { "words where none are taken", ONE, "incident list all", NULL,
      "MISUSED `incident list` takes no words, and no `all`" },
    { "a number too many", ONE, "incident D12 list", NULL, "MISUSED `incident list` is about no incident" },
    { "two who lead", ONE, "incident lead ann bob", NULL,
      "MISUSED One person leads: name one, as in `incident lead D12 @ann`." },
    { "nobody leads", ONE, "incident lead @nobody", NULL, "MISUSED I do not know who `@nobody` is: mention them" },
    { "one of two leads", ONE, "incident lead Eve", NULL, "MISUSED Who? 2 people are called `Eve`:" },
    { "too short a time", ONE, "incident stats 3h", NULL, "MISUSED `incident stats` takes a time from 1d to 365d" },
};

static void check_answer(void **state)
{
    const struct answer_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct asking asking = ask(fixture, row->world, row->line, row->channel);

    if (strncmp(asking.answer, row->answer, strlen(row->answer)) != 0)
        fail_msg("%s\n  instead of\n%s", asking.answer, row->answer);
    assert_false(asking.out.begins);
}

/* ---- others ---- */

static void check_declared(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct asking asking = ask(fixture, EMPTY, "incident declare p1 the API's down, *badly*", NULL);
    const struct incident_body *body = asking.out.body;

    (void)state;
    assert_string_equal(asking.answer, "*D20* is open, P1: the API's down, badly. Its channel is on its way. "
                                       "`incident ack D20` says that you work on it.");
    assert_true(asking.out.begins);
    assert_string_equal(asking.out.kind, "incident");
    assert_string_equal(asking.out.state, INCIDENT_OPEN);
    assert_null(asking.out.target);
    assert_string_equal(body->severity, "P1");
    assert_string_equal(body->title, "the API's down, badly");
    assert_int_equal(body->opened_at_ms, DECISION_NOW_MS);
    assert_string_equal(body->timeline[0].kind, "opened");
    assert_string_equal(body->timeline[0].who, "@{slack:U1}");
    assert_string_equal(asking.out.journal[0].kind, "incident.opened");
    assert_null(asking.question.operation);
    assert_int_equal(asking.out.timers[0].at_ms, DECISION_NOW_MS + 15 * MINUTE_MS);
}

/* Of a press or a line whose answer was lost people make a second: the problem is one. */
static void check_declared_again(void **state)
{
    static const struct {
        const char *name, *line, *state, *who;
        int64_t ago_ms;
        bool is_private, is_another;
    } rows[] = {
        { "at once", "incident declare P1 search down", INCIDENT_OPEN, "U1", 0, .is_another = false },
        { "who works on it already", "incident declare P1 search down", INCIDENT_ACKNOWLEDGED, "U1", MINUTE_MS,
          .is_another = false },
        { "at the last moment", "incident declare p1 search down", INCIDENT_OPEN, "U1", 5 * MINUTE_MS - 1,
          .is_another = false },
        { "later", "incident declare P1 search down", INCIDENT_OPEN, "U1", 5 * MINUTE_MS, .is_another = true },
        { "once it is over", "incident declare P1 search down", INCIDENT_RESOLVED, "U1", MINUTE_MS, .is_another = true },
        { "somebody else", "incident declare P1 search down", INCIDENT_OPEN, "U2", 0, .is_another = true },
        { "of another severity", "incident declare P2 search down", INCIDENT_OPEN, "U1", 0, .is_another = true },
        { "in other words", "incident declare P1 search is down", INCIDENT_OPEN, "U1", 0, .is_another = true },
        { "of a type", "incident declare breach P1 search down", INCIDENT_OPEN, "U1", 0, .is_another = true },
        { "in private", "incident declare --private P1 search down", INCIDENT_OPEN, "U1", 0, .is_another = true },
        { "in private again", "incident declare --private P1 search down", INCIDENT_OPEN, "U1", 0, .is_private = true,
          .is_another = false },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_DECISION struct decision_fixture *fixture =
            decision_create(CONFIGURATION "  types: [{ name: breach, severity: P1, about: of data }]\n");
        struct incident_body body = { .title = "search down",
                                      .severity = "P1",
                                      .is_private = rows[i].is_private,
                                      .opened_at_ms = DECISION_NOW_MS - rows[i].ago_ms };
        struct operation first = an_incident(fixture, "D16", rows[i].state, &body);
        struct asking asking;

        first.requester = (struct principal){ .system = "slack", .id = rows[i].who, .team = "T1" };
        asking = ask_among(fixture, &first, 1, rows[i].line, NULL);
        if (asking.out.begins != rows[i].is_another)
            fail_msg("%s: %s", rows[i].name, asking.answer);
        if (!rows[i].is_another)
            assert_in(asking.answer, "*D16* is open already");
    }
}

/* A title is a channel's name, too, and stands where nobody is called by it. */
static void check_title_of_people(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct asking asking = ask(fixture, EMPTY, "incident declare P1 slack:U1, slack:U77 and slack:U1's build", NULL);
    const struct incident_body *body = asking.out.body;

    (void)state;
    assert_string_equal(body->title, "@ann, slack:U77 and @ann's build");
}

/* Nothing is cut without a word. */
static void check_length(void **state)
{
    static const struct {
        const char *line;
        size_t max_bytes;
        const char *too_long;
    } rows[] = {
        { "incident declare P1 ", INCIDENT_TITLE_MAX_BYTES,
          "MISUSED A title has 200 bytes at most, and this one 201: shorten it, and tell the rest with `incident "
          "note`. Nothing was done." },
        { "incident update D12 ", INCIDENT_TEXT_MAX_BYTES,
          "MISUSED 1500 bytes are told at once, and these are 1501: say it in parts. Nothing was done." },
    };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char *most = arena_printf(fixture->arena, "%s%0*d", rows[i].line, (int)rows[i].max_bytes, 7);
        const struct incident_arguments *arguments = ask(fixture, ONE, most, NULL).arguments;

        assert_int_equal(strlen(arguments->text), rows[i].max_bytes);
        assert_string_equal(ask(fixture, ONE, arena_printf(fixture->arena, "%s7", most), NULL).answer,
                            rows[i].too_long);
    }
}

static void check_without_section(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);

    (void)state;
    assert_in(ask(fixture, EMPTY, "incident declare P1 x", NULL).answer, "add a section `incidents`");
    assert_string_equal(ask(fixture, ONE, "incident ack", NULL).answer, "-"); /* what is open goes on */
}

static void check_list_and_stats(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);

    (void)state;
    assert_in(ask(fixture, TWO, "incident", NULL).answer, "*D14*");
    assert_in(ask(fixture, TWO, "incident list", NULL).answer, "*D14*");
    assert_int_equal(ask(fixture, TWO, "incident stats", NULL).arguments->days, 30);
    assert_int_equal(ask(fixture, TWO, "incident stats 90d", NULL).arguments->days, 90);
}

static void check_show_names_channel(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);

    (void)state;
    assert_in(ask(fixture, TWO, "incident show D12", NULL).answer, "\nChannel: #inc-api");
    assert_not_in(ask(fixture, TWO, "incident show D14", NULL).answer, "Channel"); /* it has none */
}

static void check_goes_first(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct request ack = decision_request(fixture, "incident ack D12"),
                   close = decision_request(fixture, "incident close");

    (void)state;
    assert_true(verb_goes_first(&verb_incident, &ack));
    assert_false(verb_goes_first(&verb_incident, &close));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_declared),       cmocka_unit_test(check_title_of_people),
        cmocka_unit_test(check_length),         cmocka_unit_test(check_without_section),
        cmocka_unit_test(check_list_and_stats), cmocka_unit_test(check_show_names_channel),
        cmocka_unit_test(check_goes_first),     cmocka_unit_test(check_declared_again),
    };

    return ROWS(meaning_rows, check_meaning) + ROWS(answer_rows, check_answer) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
