/* Webhooks as they come (SOURCE-body-NAME.json), and the event that each is read as: the same whether it was stored raw
 * or typed. */
#include "tests/golden/golden.h"

#include "integrations/alertmanager/group.h"
#include "integrations/pagerduty/webhook.h"

#include <string.h>

typedef bool (*decode_fn)(const struct inbox_item *item, struct arena *arena, struct outside_event *ret_event,
                          struct error *err);
typedef bool (*type_fn)(struct str body, struct arena *arena, const char **ret_text, struct error *err);

static const struct source {
    const char *name;
    const char *raw, *typed; /* kinds */
    decode_fn decode;
    type_fn type;
} pagerduty = { "pagerduty", PAGERDUTY_EVENT_KIND, PAGERDUTY_TYPED_KIND, pagerduty_webhook_decode,
                pagerduty_webhook_type },
  alertmanager = { "alertmanager", ALERTMANAGER_GROUP_KIND, ALERTMANAGER_TYPED_KIND, alertmanager_group_decode,
                   alertmanager_group_type };

static const struct row {
    const char *name; /* SOURCE-body-NAME.json -> SOURCE-event-NAME.json */
    const struct source *source;
} rows[] = {
    { "triggered", &pagerduty }, { "acknowledged", &pagerduty }, { "merged", &pagerduty },
    { "bare", &pagerduty },      { "annotated", &pagerduty },    { "status-update", &pagerduty },
    { "responder", &pagerduty }, { "bridge", &pagerduty },       { "fields", &pagerduty },
    { "role", &pagerduty },      { "task", &pagerduty },         { "action", &pagerduty },
    { "workflow", &pagerduty },  { "service", &pagerduty },      { "service-fields", &pagerduty },
    { "ping", &pagerduty },      { "firing", &alertmanager },    { "resolved", &alertmanager },
};

static char *event_text(const struct outside_event *event)
{
    AUTO_JSON cJSON *json = json_object();

    json_set_string(json, "id", event->id);
    json_set_string(json, "source", event->source);
    json_set_string(json, "name", event->name);
    json_set_string(json, "subject", event->subject);
    json_set_string(json, "meaning", event->meaning);
    json_set_string(json, "principal", event->principal.id);
    json_set_string(json, "principal_name", event->principal.name);
    json_set_int(json, "occurred_at_ms", event->occurred_at_ms);
    json_set_int(json, "received_at_ms", event->received_at_ms);
    json_set(json, "body", json_copy(event->body));
    return cJSON_Print(json);
}

static char *decoded(const struct source *source, const char *kind, const char *body, struct arena *arena)
{
    struct inbox_item item = { .kind = kind, .body = body, .received_at = INT64_C(1795212345000) };
    struct outside_event event;
    struct error err;

    if (!source->decode(&item, arena, &event, &err))
        fail_msg("%s: %s", kind, err.message);
    return event_text(&event);
}

static void the_event_is_what_the_file_says(void **state)
{
    const struct row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf body = BUF(GOLDEN_MAX_BYTES), shown = BUF(GOLDEN_MAX_BYTES);
    AUTO_FREE char *raw = NULL, *typed = NULL;
    const char *stored = NULL;
    struct error err;

    golden_read(arena_printf(arena, SOURCE_DIR "/tests/golden/%s-body-%s.json", row->source->name, row->name), &body);
    assert_true(row->source->type(buf_str(&body), arena, &stored, &err));
    raw = decoded(row->source, row->source->raw, buf_text(&body), arena);
    typed = decoded(row->source, row->source->typed, stored, arena);
    assert_string_equal(raw, typed);
    buf_addf(&shown, "%s\n", raw);
    golden_check(arena_printf(arena, "%s-event-%s.json", row->source->name, row->name), buf_text(&shown));
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(rows)];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[i] = (struct CMUnitTest){ .name = rows[i].name,
                                        .test_func = the_event_is_what_the_file_says,
                                        .initial_state = (void *)(uintptr_t)&rows[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
