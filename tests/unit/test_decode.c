/* Every kind of item that a door stores is read by its codec, as a request or as an event; and nothing else is. */
#include "tests/unit/rows.h"

#include "bot/base/file.h"
#include "bot/doors/decode.h"

#include <string.h>

#define ASKED(body_) .body = body_, .kind_is = DECODED_REQUEST
#define TOLD(file_, name_) .file = file_, .kind_is = DECODED_EVENT, .says = name_

static const struct row {
    const char *name, *source, *kind;
    const char *body, *file; /* of tests/golden, as its sender sends it */
    const char *wrap;        /* around the file's text: "%s" */
    enum decoded_kind kind_is;
    const char *says; /* verb, or name */
} rows[] = {
    { "a command of this host", "local", "run", ASKED("{\"uid\":0,\"user\":\"ann\",\"words\":[\"status\"]}"),
      .says = "status" },
    { "a slash command", "slack", "command",
      ASKED("team_id=T1&channel_id=C1&user_id=U1&command=%2Fdeploy&text=api+staging&trigger_id=1.2.a"),
      .says = "deploy" },
    { "whoever asks how it is used asks for help", "slack", "command",
      ASKED("team_id=T1&channel_id=C1&user_id=U1&command=%2Fdeploy&text=--help&trigger_id=1.2.a"), .says = "help" },
    { "a webhook of GitHub's", "github", "webhook", TOLD("github-body-release-published.json", "release.published"),
      .wrap = "{\"event\":\"release\",\"delivery\":\"72d3162e-cc78-11e3-81ab-4c9367dc0958\",\"payload\":%s}" },
    { "an event of PagerDuty's", "pagerduty", "event", TOLD("pagerduty-body-triggered.json", "incident.triggered") },
    { "a group of Alertmanager's", "alertmanager", "group", TOLD("alertmanager-body-firing.json", "alerts.firing") },
    { "a change of others", "api", "change", "{\"token\":\"ci\",\"id\":\"7\",\"title\":\"x\"}",
      .kind_is = DECODED_EVENT, .says = "change.told" },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct inbox_item item = { .v = INBOX_VERSION,
                               .source = row->source,
                               .kind = row->kind,
                               .received_at = 1795212000000,
                               .request_id = "r1",
                               .body = row->body };
    AUTO_FREE char *text = NULL;
    struct decoded decoded = { .kind = DECODED_NOTHING };
    struct error err;

    if (row->file) {
        if (!file_read(arena_printf(arena, SOURCE_DIR "/tests/golden/%s", row->file), 1 << 20, &text, &err))
            fail_msg("%s", err.message);
        item.body = text;
        if (row->wrap) {
            const char *mark = strstr(row->wrap, "%s");

            item.body = arena_printf(arena, "%.*s%s%s", (int)(mark - row->wrap), row->wrap, text, mark + 2);
        }
    }
    if (!decode_item(&item, arena, &decoded, &err))
        fail_msg("%s", err.message);
    assert_int_equal(decoded.kind, row->kind_is);
    if (row->kind_is == DECODED_REQUEST) {
        assert_string_equal(decoded.request.verb, row->says);
        assert_string_equal(decoded.request.id, "r1");
    } else {
        assert_string_equal(decoded.event.source, row->source);
        assert_string_equal(decoded.event.name, row->says);
        assert_true(decoded.event.id && decoded.event.id[0]);
        assert_int_equal(decoded.event.received_at_ms, 1795212000000);
    }
}

static const struct bad_row {
    const char *name, *source, *kind, *body, *error; /* error: a part of it */
} bad_rows[] = {
    { "a kind that nobody knows", "github", "gossip", "{}", "nothing here reads 'gossip' of 'github'" },
    { "a source that nobody knows", "carrier-pigeon", "webhook", "{}", "nothing here reads 'webhook'" },
    { "one system's kind is not another's", "slack", "group", "{}", "nothing here reads 'group' of 'slack'" },
    { "a webhook that is no JSON", "github", "webhook", "{", "" },
    { "an event without anything in it", "pagerduty", "event", "{}", "" },
    { "a group without anything in it", "alertmanager", "group", "{}", "" },
    { "typed ones likewise", "github", "event", "{}", "" },
    { "of PagerDuty too", "pagerduty", "typed-event", "[]", "" },
    { "and of Alertmanager", "alertmanager", "typed-group", "null", "" },
    { "a change without anything in it", "api", "change", "{}", "" },
    { "a message without anything in it", "slack", "message", "{}", "" },
    { "a fact without anything in it", "slack", "event", "{}", "" },
    { "a modal without anything in it", "slack", "view", "{}", "" },
    { "a shortcut without anything in it", "slack", "shortcut", "{}", "" },
    { "a button without anything in it", "slack", "action", "{}", "" },
};

static void check_bad_row(void **state)
{
    const struct bad_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct inbox_item item = { .v = INBOX_VERSION, .source = row->source, .kind = row->kind, .body = row->body };
    struct decoded decoded = { .kind = DECODED_NOTHING };
    struct error err;

    assert_false(decode_item(&item, arena, &decoded, &err));
    assert_int_equal(err.code, ERR_INVALID);
    assert_non_null(strstr(err.message, row->error));
    assert_int_equal(decoded.kind, DECODED_NOTHING); /* written only on success */
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(bad_rows)];
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[count++] =
            (struct CMUnitTest){ .name = rows[i].name, .test_func = check_row, .initial_state = (void *)&rows[i] };
    for (size_t i = 0; i < ARRAY_LEN(bad_rows); i++)
        tests[count++] = (struct CMUnitTest){ .name = bad_rows[i].name,
                                              .test_func = check_bad_row,
                                              .initial_state = (void *)&bad_rows[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
