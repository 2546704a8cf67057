/* The post-mortem of an incident: whole, of one that nobody touched, with hostile words, too long; and how it is handed
 * over. */
#include "tests/unit/incident_texts.h"

#include "tests/golden/golden.h"

#include "bot/model/delivery.h"
#include "bot/model/request.h"
#include "bot/model/slack_channel.h"
#include "handlers/incident/markdown.h"

#include <string.h>

#define OPENED_MS AGO(2 * HOUR_MS)
#define UNIX_ENTRY(after_ms) (OPENED_MS + DAY_MS + (after_ms)) /* the clock was set by a day since it was opened */

static const char *text_of(struct decision_fixture *fixture, const struct operation *operation,
                           const struct incident_body *body)
{
    return incident_post_mortem(&fixture->view, operation, body, fixture->arena);
}

/* ---- all that there may be ---- */

static struct incident_page pages[] = {
    { .id = "Q1ABC",
      .url = "https://acme.pagerduty.com/incidents/Q1ABC",
      .title = "5xx on api",
      .number = 4711,
      .status = "resolved" },
    { .id = "Q2ABC", .title = "latency on api" },
};
static struct incident_alerts alerts[] = {
    { .key = "{}:{alertname=\"High_5xx\"}", .title = "High_5xx api", .is_firing = true },
    { .key = "{}:{alertname=\"Slow\"}" },
};
static struct incident_entry timeline[] = {
    { UNIX_ENTRY(0), "opened", "PagerDuty", "5xx on api", NULL, NULL },
    { UNIX_ENTRY(5 * MINUTE_MS + 12 * SECOND_MS), "acknowledged", "@{slack:U1}", NULL, NULL, NULL },
    { UNIX_ENTRY(6 * MINUTE_MS), "severity", "@{slack:U7}", "*P2* is *P1* now: everybody sees it", NULL, NULL },
    { UNIX_ENTRY(20 * MINUTE_MS), "update", "@{slack:U1}", "rolling back `v1.4.2`, see @{date:1795212000000}", NULL, NULL },
    { UNIX_ENTRY(30 * MINUTE_MS), "resolved", "PagerDuty", NULL, NULL, NULL },
    { UNIX_ENTRY(32 * MINUTE_MS), "reopened", "PagerDuty", NULL, NULL, NULL },
    { UNIX_ENTRY(33 * MINUTE_MS), "acknowledged", "@{slack:U7}", NULL, NULL, NULL },
    { UNIX_ENTRY(40 * MINUTE_MS), "no-channel", NULL, "it is archived", NULL, NULL },
    { UNIX_ENTRY(70 * MINUTE_MS), "resolved", "@{slack:U1}", "rolled back", NULL, NULL },
};
static const struct incident_body whole = {
    .title = "API down",
    .severity = "P1",
    .lead = "@{slack:U1}",
    .opened_at_ms = OPENED_MS,
    .acknowledged_at_ms = OPENED_MS + 33 * MINUTE_MS, /* the second time */
    .reopened_at_ms = OPENED_MS + 32 * MINUTE_MS,
    .resolved_at_ms = OPENED_MS + 70 * MINUTE_MS,
    .updated_at_ms = OPENED_MS + 20 * MINUTE_MS,
    .update = "rolling back",
    .channel = "C1",
    .channel_name = "inc-20261121-api-down",
    .pages = pages,
    .pages_count = ARRAY_LEN(pages),
    .alerts = alerts,
    .alerts_count = ARRAY_LEN(alerts),
    .timeline = timeline,
    .timeline_count = ARRAY_LEN(timeline),
    .cut = 1,
};

static struct operation a_change(const struct decision_fixture *fixture, const char *id, const char *kind,
                                 int64_t asked_ms, int64_t ended_ms, const char *body)
{
    return (struct operation){ .id = id,
                               .kind = kind,
                               .target = "api/production",
                               .state = "baking",
                               .requester = { .system = "slack", .id = "U1" },
                               .created_at_ms = asked_ms,
                               .ended_at_ms = ended_ms,
                               .result = ended_ms > 0 ? "done" : NULL,
                               .summary = ended_ms > 0 ? "`v1.4.2` serves *api*" : NULL,
                               .body = decision_json(fixture, body) };
}

static void check_whole(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(INCIDENT_CONFIGURATION);
    struct operation operation = an_incident(fixture, "D12", INCIDENT_RESOLVED, &whole);
    struct operation live[] = {
        a_change(fixture, "D13", "deploy", OPENED_MS + 80 * MINUTE_MS, 0,
                 "{'version':'v1.5.0'}"), /* it was resolved by then */
        a_change(fixture, "D14", "deploy", OPENED_MS - HOUR_MS, 0, "{'version':'v1.4.3'}"),
        a_change(fixture, "D15", "lock", OPENED_MS, 0, "{}"),
    };
    struct operation ended[] = {
        a_change(fixture, "D11", "rollback", OPENED_MS + 20 * MINUTE_MS, OPENED_MS + 21 * MINUTE_MS,
                 "{'version':'v1.4.1'}"),
        a_change(fixture, "D10", "deploy", OPENED_MS - 10 * MINUTE_MS, OPENED_MS - MINUTE_MS,
                 "{'version':'v1.4.2','trigger':{'what':'release `v1.4.2` of acme/platform'}}"),
        a_change(fixture, "D8", "deploy", OPENED_MS - 3 * HOUR_MS, OPENED_MS - 119 * MINUTE_MS, "{}"),
        a_change(fixture, "D7", "deploy", OPENED_MS - 3 * HOUR_MS, OPENED_MS - 121 * MINUTE_MS, "{}"), /* over before */
    };

    (void)state;
    fixture->view.shift_ms = DAY_MS;
    fixture->operations = live;
    fixture->operations_count = ARRAY_LEN(live);
    fixture->ended = ended;
    fixture->ended_count = ARRAY_LEN(ended);
    golden_check("incident-post-mortem.md", text_of(fixture, &operation, &whole));
}

static void check_bare(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(INCIDENT_CONFIGURATION);
    const struct incident_body body = { .title = "API down", .severity = "P1", .opened_at_ms = OPENED_MS };
    struct operation operation = an_incident(fixture, "D12", INCIDENT_OPEN, &body);

    (void)state;
    golden_check("incident-post-mortem-bare.md", text_of(fixture, &operation, &body));
}

/* ---- words of others ---- */

static const struct text_row {
    const char *name, *text, *expected;
} text_rows[] = {
    { "plain", "API down", "API down" },
    { "somebody of people", "by @{slack:U1}, @{pagerduty:PANN}", "by @ann, @ann" },
    { "somebody unknown", "@{slack:U9} @{github:an_n}", "slack:U9 github:an_n" },
    { "an instant", "@{date:1795212000000} @{time:1795212000000}", "2026-11-20 22:00 UTC 22:00:00 UTC" },
    { "marks of ours", "*D12* is `v1.0`", "D12 is v1.0" },
    { "no mark within code", "`@{slack:U1}*`", "@{slack:U1}\\*" },
    { "a mark that does not end", "@{slack:U1", "@ann" },
    { "a mark of nothing", "@{}", ":" },
    { "a cell's end", "a | b \\| c", "a \\| b \\\\\\| c" },
    { "a line's end", "a\n| b\r# c\x1b[2J", "a \\| b # c \\[2J" },
    { "HTML", "<script>alert(1)</script> &lt;b&gt;", "&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt;b&amp;gt;" },
    { "links and pictures", "![x](http://e) [y](z)", "!\\[x\\](http://e) \\[y\\](z)" },
    { "emphasis and a fence", "a_b_ _c_ ~~c~~ ~~~", "a_b\\_ \\_c\\_ \\~\\~c\\~\\~ \\~\\~\\~" },
    { "blanks around it", "  x  ", "x" },
};

static void check_text(void **state)
{
    const struct text_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(INCIDENT_CONFIGURATION);

    assert_string_equal(markdown_text(&fixture->configuration->settings, row->text, fixture->arena), row->expected);
}

static const struct link_row {
    const char *name, *url, *expected;
} link_rows[] = {
    { "an address of the web", "https://a.example/x?y=1#z", "[4711](https://a.example/x?y=1#z)" },
    { "none", NULL, "4711" },
    { "a script", "javascript:alert(1)", "4711" },
    { "one that ends the link", "https://a.example/)(x", "4711" },
    { "one that ends the cell", "https://a.example/|x", "4711" },
    { "a blank", "https://a.example/ x", "4711" },
};

static void check_link(void **state)
{
    const struct link_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(INCIDENT_CONFIGURATION);

    assert_string_equal(markdown_link("4711", row->url, fixture->arena), row->expected);
}

/* Each line stays one, each row of a table has its cells, and nothing opens a tag. */
static void check_hostile(void **state)
{
    static const char evil[] = "a | b <img src=x> \\";
    AUTO_DECISION struct decision_fixture *fixture = decision_create(INCIDENT_CONFIGURATION);
    struct incident_page page = { .id = evil, .url = "javascript:1", .title = evil, .status = evil };
    struct incident_alerts group = { .key = evil };
    struct incident_entry entry = { OPENED_MS, evil, evil, evil, evil, NULL };
    const struct incident_body body = { .title = evil,
                                        .severity = evil,
                                        .lead = evil,
                                        .opened_at_ms = OPENED_MS,
                                        .update = evil,
                                        .channel_problem = evil,
                                        .pages = &page,
                                        .pages_count = 1,
                                        .alerts = &group,
                                        .alerts_count = 1,
                                        .timeline = &entry,
                                        .timeline_count = 1 };
    struct operation operation = an_incident(fixture, "D12", INCIDENT_OPEN, &body);
    struct operation change = a_change(fixture, "D11", "deploy", OPENED_MS, AGO(0), "{'version':'a | <b> \\\\'}");
    const char *text;
    struct str rest;

    (void)state;
    change.summary = change.target = evil;
    fixture->ended = &change;
    fixture->ended_count = 1;
    text = text_of(fixture, &operation, &body);
    assert_null(strchr(text, '<'));
    rest = str_of(text);
    while (rest.len > 0) {
        struct str line = str_take_until(&rest, '\n');
        size_t cells = 0;

        for (size_t i = 0; i < line.len; i++) {
            if (line.at[i] == '\\')
                i++; /* whatever follows is no end of a cell */
            else
                cells += line.at[i] == '|';
        }
        if (cells > 0 && !str_starts_with(line, "| "))
            fail_msg("a bar in \"" STR_FMT "\"", STR_ARG(line));
        if (str_starts_with(line, "| D11"))
            assert_int_equal(cells, 6);
        else if (str_starts_with(line, "| 20"))
            assert_int_equal(cells, 4);
    }
}

/* ---- too long ---- */

static void check_long_timeline(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(INCIDENT_CONFIGURATION);
    static struct incident_entry many[INCIDENT_TIMELINE_MAX];
    struct incident_body body = whole;
    struct operation operation;
    char words[INCIDENT_TEXT_MAX_BYTES];
    const char *text;

    (void)state;
    memset(words, 'w', sizeof(words) - 1);
    words[sizeof(words) - 1] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(many); i++)
        many[i] = (struct incident_entry){ OPENED_MS, "note", "@{slack:U1}", words, NULL, NULL };
    body.timeline = many;
    body.timeline_count = ARRAY_LEN(many);
    body.cut = 40;
    operation = an_incident(fixture, "D12", INCIDENT_RESOLVED, &body);
    text = text_of(fixture, &operation, &body);
    assert_in_range(strlen(text), SLACK_UPLOAD_MAX_BYTES - 4 * sizeof(words), SLACK_UPLOAD_MAX_BYTES);
    assert_in(text, " more entries are left out here: `opsgate ops show D12` has them all.\n");
    assert_in(text, "\n## Contributing changes\n"); /* what comes behind it is there */
    assert_string_equal(text + strlen(text) - strlen("- [ ]\n- [ ]\n"), "- [ ]\n- [ ]\n");
}

static void check_many_changes(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(INCIDENT_CONFIGURATION);
    static struct operation ended[1000];
    struct operation operation = an_incident(fixture, "D12", INCIDENT_RESOLVED, &whole);
    const char *text;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ended); i++)
        ended[i] = a_change(fixture, "D11", "deploy", OPENED_MS, OPENED_MS + 1, "{'version':'v1.4.1'}");
    fixture->ended = ended;
    fixture->ended_count = ARRAY_LEN(ended);
    text = text_of(fixture, &operation, &whole);
    assert_in_range(strlen(text), 1, SLACK_UPLOAD_MAX_BYTES);
    assert_in(text, " more began later: `opsgate ops list` has them.\n");
    assert_in(text, "\nThere may have been more: opsgate keeps the last 1000 operations that have ended.\n");
    assert_in(text, "| acknowledged |"); /* the timeline has its room */
    assert_in(text, "\n## Action items\n");
}

/* Nothing that we know of makes it so long. */
static void check_absurdly_long(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(INCIDENT_CONFIGURATION);
    struct incident_page page = { .id = "Q1" };
    struct incident_body body = whole;
    struct operation operation;
    char words[60 * 1024];
    const char *text;

    (void)state;
    memset(words, 'w', sizeof(words) - 1);
    words[sizeof(words) - 1] = '\0';
    page.title = body.update = words;
    body.pages = &page;
    body.pages_count = 1;
    operation = an_incident(fixture, "D12", INCIDENT_RESOLVED, &body);
    text = text_of(fixture, &operation, &body);
    assert_in_range(strlen(text), 1, SLACK_UPLOAD_MAX_BYTES);
    assert_in(text, "\n\n_The rest was too long for one file._\n");
}

/* ---- handed over ---- */

static struct outcome hand_over(struct decision_fixture *fixture, struct incident_body *body, const char *source)
{
    static struct request request;
    static struct event event;
    struct operation operation = an_incident(fixture, "D12", INCIDENT_RESOLVED, body);
    struct outcome out;
    struct deciding d = { .view = &fixture->view,
                          .operation = &operation,
                          .id = "D12",
                          .state = INCIDENT_RESOLVED,
                          .body = body,
                          .event = &event,
                          .out = &out };

    request = (struct request){ .source = source };
    event = (struct event){ .kind = source ? EVENT_REQUEST : EVENT_TIMER, .request = source ? &request : NULL };
    outcome_init(&out, fixture->arena, "D12", "birth-1");
    incident_upload_post_mortem(&d);
    return out;
}

static void check_upload(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(INCIDENT_CONFIGURATION);
    struct incident_body body = whole;
    struct slack_upload args;
    struct outcome out;
    struct error err;

    (void)state;
    out = hand_over(fixture, &body, "slack");
    assert_string_equal(reply_text(fixture, &out),
                        "The post-mortem of *D12* comes as a file in #inc-20261121-api-down.");
    assert_int_equal(out.effects_count, 1);
    assert_string_equal(out.effects[0].kind, EFFECT_UPLOAD);
    assert_string_equal(out.effects[0].lane, "slack:C1");
    assert_string_equal(out.effects[0].tag, "upload:1");
    assert_true(shape_from_json(&slack_upload_shape, out.effects[0].args, fixture->arena, &args, &err));
    assert_string_equal(args.channel, "C1");
    assert_string_equal(args.filename, "post-mortem-D12-1.md");
    assert_int_equal(strncmp(args.content, "# D12: API down\n", 16), 0);
    out = hand_over(fixture, &body, NULL); /* nobody waits for an answer */
    assert_null(out.reply);
    assert_true(shape_from_json(&slack_upload_shape, out.effects[0].args, fixture->arena, &args, &err));
    assert_string_equal(args.filename, "post-mortem-D12-2.md");
}

static void check_without_channel(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(INCIDENT_CONFIGURATION);
    struct incident_body body = whole;
    struct outcome out;

    (void)state;
    body.channel = body.channel_name = NULL;
    body.channel_problem = "Slack does not let opsgate make one";
    out = hand_over(fixture, &body, "slack");
    assert_int_equal(out.effects_count, 0);
    assert_int_equal(body.post_mortems, 0);
    assert_string_equal(
        reply_text(fixture, &out),
        "REFUSED *D12* has no channel to put a file in: Slack does not let opsgate make one. On opsgate's "
        "host, `opsgate run incident postmortem D12` prints the post-mortem.");
    out = hand_over(fixture, &body, NULL);
    assert_int_equal(out.effects_count, 0);
}

/* What `opsgate run` prints is the file. */
static void check_on_the_host(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(INCIDENT_CONFIGURATION);
    struct incident_body body = whole;
    struct operation operation = an_incident(fixture, "D12", INCIDENT_RESOLVED, &body);
    char words[INCIDENT_TEXT_MAX_BYTES] = { 0 };
    struct outcome out;
    const char *text;

    (void)state;
    memset(words, '&', sizeof(words) - 1); /* five times as long in Markdown */
    body.update = words;
    out = hand_over(fixture, &body, "local");
    text = arena_printf(fixture->arena, "%s\n", reply_text(fixture, &out));
    assert_string_equal(text, text_of(fixture, &operation, &body));
    assert_int_equal(out.effects_count, 1); /* there is a channel */
    body.channel = NULL;
    out = hand_over(fixture, &body, "local");
    assert_int_equal(out.effects_count, 0);
    assert_in(reply_text(fixture, &out), "\n## Timeline (UTC)\n");
}

static const struct ended_row {
    const char *name;
    enum event_end end;
    const char *error, *said; /* NULL: nothing */
    bool is_recorded;
} ended_rows[] = {
    { "uploaded", END_DONE, NULL, NULL, true },
    { "failed", END_FAILED, "Slack says missing_scope: files:write",
      "The post-mortem could not be uploaded: Slack says missing_scope: files:write. On opsgate's host, `opsgate run "
      "incident postmortem D12` prints it.",
      false },
    { "failed with a sentence that has its end, and words of others", END_GAVE_UP, "No *answer*.",
      "The post-mortem could not be uploaded: No  answer . On opsgate's host, `opsgate run incident postmortem D12` "
      "prints it.",
      false },
    { "nobody knows why", END_UNKNOWN, NULL,
      "The post-mortem could not be uploaded: nobody knows why. On opsgate's host, `opsgate run incident postmortem D12` "
      "prints it.",
      false },
};

static void check_ended(void **state)
{
    const struct ended_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(INCIDENT_CONFIGURATION);
    struct incident_body *body = incident_own_body(&whole, fixture->arena);
    struct operation operation = an_incident(fixture, "D12", INCIDENT_RESOLVED, body);
    struct event event = { .kind = EVENT_EFFECT, .name = "upload:2", .end = row->end, .error = row->error };
    struct outcome out;
    struct deciding d = { .view = &fixture->view,
                          .operation = &operation,
                          .id = "D12",
                          .state = INCIDENT_RESOLVED,
                          .body = body,
                          .event = &event,
                          .out = &out };
    struct message_delivery said;
    struct error err;

    body->post_mortems = 3; /* another one is on its way */
    outcome_init(&out, fixture->arena, "D12", "birth-1");
    incident_upload_ended(&d);
    assert_int_equal(body->timeline_count, whole.timeline_count + row->is_recorded);
    if (row->is_recorded)
        assert_string_equal(body->timeline[whole.timeline_count].text, "post-mortem-D12-2.md");
    assert_int_equal(out.effects_count, row->said ? 1 : 0);
    if (!row->said)
        return;
    assert_true(shape_from_json(&message_delivery_shape, out.effects[0].args, fixture->arena, &said, &err));
    assert_string_equal(said.channel, "C1");
    assert_string_equal(said.reply.text, row->said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_whole),        cmocka_unit_test(check_bare),
        cmocka_unit_test(check_hostile),      cmocka_unit_test(check_long_timeline),
        cmocka_unit_test(check_many_changes), cmocka_unit_test(check_absurdly_long),
        cmocka_unit_test(check_upload),       cmocka_unit_test(check_without_channel),
        cmocka_unit_test(check_on_the_host),
    };

    return ROWS(text_rows, check_text) + ROWS(link_rows, check_link) + ROWS(ended_rows, check_ended) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
