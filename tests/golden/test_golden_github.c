/* What GitHub's own bodies become: made up by its documentation, whole. Each comes three ways: as JSON, as a form, and
 * so large that only its typed form is stored. The event must be the same. */
#include "tests/golden/golden.h"

#include "integrations/github/webhook.h"
#include "integrations/github/webhook_signature.h"
#include "integrations/url.h"

#include <string.h>

#define DELIVERY "72d3162e-cc78-11e3-81ab-4c9367dc0958"

static const struct row {
    const char *body, *event;
} rows[] = {
    { "release-published", "release" },
    { "release-released", "release" },
    { "release-unpublished", "release" },
    { "release-prerelease-draft-published", "release" },
    { "deployment-created", "deployment" },
    { "deployment-status-created", "deployment_status" },
    { "workflow-run-completed", "workflow_run" },
    { "workflow-run-from-a-fork", "workflow_run" },
    { "check-suite-completed", "check_suite" },
    { "push", "push" },
    { "push-branch-deleted", "push" },
    { "issue-comment-created", "issue_comment" },
    { "pull-request-closed", "pull_request" },
    { "installation-created", "installation" },
};

static void read_body(const char *name, struct buf *body)
{
    AUTO_BUF struct buf path = BUF(4096);

    buf_addf(&path, SOURCE_DIR "/tests/golden/github-body-%s.json", name);
    golden_read(buf_text(&path), body);
}

static cJSON *event_shown(const struct outside_event *event)
{
    cJSON *shown = json_object();

    json_set_string(shown, "id", event->id);
    json_set_string(shown, "source", event->source);
    json_set_string(shown, "name", event->name);
    json_set_string(shown, "subject", event->subject);
    json_set_string(shown, "meaning", event->meaning);
    json_set(shown, "principal", shape_to_json(&principal_shape, &event->principal, SHAPE_WHOLE));
    json_set_int(shown, "occurred_at_ms", event->occurred_at_ms);
    json_set_int(shown, "received_at_ms", event->received_at_ms);
    json_set_bool(shown, "is_caught_up", event->is_caught_up);
    json_set(shown, "body", json_copy(event->body));
    return shown;
}

/* Through the door and out of the inbox; the caller frees. */
static char *through(const char *event_name, const char *content_type, struct str body, const char *kind)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct github_webhook webhook = { .event = event_name,
                                      .delivery = "72D3162E-cc78-11e3-81ab-4c9367dc0958",
                                      .hook_id = "5550001",
                                      .content_type = content_type,
                                      .body = body };
    struct github_webhook_door door;
    struct outside_event event;
    struct error err = { 0 };

    if (!github_webhook_accept(&webhook, arena, &door, &err))
        fail_msg("%s", err.message);
    assert_int_equal(door.is, GITHUB_WANTED);
    assert_string_equal(door.keys[0], "github:" DELIVERY);
    assert_string_equal(door.kind, kind);
    if (!github_webhook_decode(
            &(struct inbox_item){ .kind = door.kind, .body = door.body, .received_at = 1795168800000 }, arena, &event,
            &err))
        fail_msg("%s", err.message);
    {
        AUTO_JSON cJSON *shown = event_shown(&event);
        AUTO_FREE char *text = cJSON_Print(shown);
        AUTO_BUF struct buf lines = BUF(GOLDEN_MAX_BYTES);

        buf_addf(&lines, "%s\n", text);
        return buf_take(&lines);
    }
}

static void check_body(void **state)
{
    const struct row *row = *state;
    AUTO_BUF struct buf body = BUF(GOLDEN_MAX_BYTES), form = BUF(4 * GOLDEN_MAX_BYTES), large = BUF(GOLDEN_MAX_BYTES),
                        name = BUF(200);
    AUTO_FREE char *shown = NULL, *from_form = NULL, *from_large = NULL;

    read_body(row->body, &body);
    shown = through(row->event, "application/json; charset=utf-8", buf_str(&body), GITHUB_WEBHOOK_KIND);
    buf_addf(&name, "github-event-%s.json", row->body);
    golden_check(buf_text(&name), shown);

    buf_puts(&form, "payload=");
    url_add_encoded(&form, buf_str(&body));
    from_form = through(row->event, "application/x-www-form-urlencoded", buf_str(&form), GITHUB_WEBHOOK_KIND);
    assert_string_equal(from_form, shown);

    buf_puts(&large, "{\"what nobody wants\":\"");
    for (int i = 0; i < INBOX_BODY_MAX_BYTES; i++)
        buf_putc(&large, 'x');
    buf_puts(&large, "\",");
    buf_add(&large, body.at + 1, body.len - 1);
    from_large = through(row->event, "application/json", buf_str(&large), GITHUB_EVENT_KIND);
    assert_string_equal(from_large, shown);
}

static void a_ping_is_told_and_not_stored(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf body = BUF(GOLDEN_MAX_BYTES);
    struct github_webhook_door door;
    struct error err;

    (void)state;
    read_body("ping", &body);
    assert_true(github_webhook_accept(
        &(struct github_webhook){
            .event = "ping", .delivery = DELIVERY, .content_type = "application/json", .body = buf_str(&body) },
        arena, &door, &err));
    assert_int_equal(door.is, GITHUB_PING);
    assert_null(door.body);
}

/* From GitHub's documentation, "Validating webhook deliveries". */
static void the_documented_signature_is_good(void **state)
{
    static const char *const secrets[] = { "another", "It's a Secret to Everybody" };
    struct github_webhook_secrets both = { secrets, ARRAY_LEN(secrets) };
    struct error err;

    (void)state;
    assert_true(github_webhook_signature_check(
        &both, STR_LIT("Hello, World!"), "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        &err));
    assert_string_equal(github_webhook_signature_make(secrets[1], STR_LIT("Hello, World!")).text,
                        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(rows) + 2] = {
        cmocka_unit_test(a_ping_is_told_and_not_stored),
        cmocka_unit_test(the_documented_signature_is_good),
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[i + 2] = (struct CMUnitTest){ .name = rows[i].body,
                                            .test_func = check_body,
                                            .initial_state = (void *)(uintptr_t)&rows[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
