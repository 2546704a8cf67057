/* Who signed in: what an instance hands in is an event of the one who did it, and what is none is refused. */
#include "tests/unit/rows.h"

#include "bot/doors/decode.h"
#include "bot/model/session_told.h"

static bool decode(const char *body, struct arena *arena, struct decoded *ret_decoded, struct error *err)
{
    struct inbox_item item = { .v = INBOX_VERSION,
                               .source = SESSION_SOURCE,
                               .kind = SESSION_KIND,
                               .received_at = 5,
                               .request_id = "session:host-1:5:1",
                               .body = body };

    return decode_item(&item, arena, ret_decoded, err);
}

static void check_event(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const struct session_told told = { .name = SESSION_SIGNED_IN,
                                       .by = "https://slack.com",
                                       .who = { .system = "slack", .id = "U1", .team = "T1", .name = "ann" } };
    AUTO_JSON cJSON *json = shape_to_json(&session_told_shape, &told, SHAPE_WHOLE);
    struct decoded decoded;
    struct error err;

    (void)state;
    assert_true(decode(json_print_in(arena, json), arena, &decoded, &err));
    assert_int_equal(decoded.kind, DECODED_EVENT);
    assert_string_equal(decoded.event.source, "opsgate");
    assert_string_equal(decoded.event.name, "dashboard.signed_in");
    assert_string_equal(decoded.event.subject, "https://slack.com");
    assert_string_equal(decoded.event.id, "session:host-1:5:1");
    assert_true(principal_equal(&decoded.event.principal, &told.who));
    assert_string_equal(decoded.event.principal.name, "ann");
    assert_int_equal(decoded.event.occurred_at_ms, 5);
}

static const struct bad_row {
    const char *name, *body;
} bad_rows[] = {
    { "no JSON", "{" },
    { "nobody", "{\"name\":\"dashboard.signed_in\",\"by\":\"link\"}" },
    { "nothing that happened", "{\"by\":\"link\",\"who\":{\"system\":\"local\",\"id\":\"ann\"}}" },
    { "by nothing", "{\"name\":\"dashboard.signed_in\",\"who\":{\"system\":\"local\",\"id\":\"ann\"}}" },
};

static void check_bad(void **state)
{
    const struct bad_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct decoded decoded;
    struct error err = { .code = 0 };

    assert_false(decode(row->body, arena, &decoded, &err));
    assert_int_equal(err.code, ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(check_event) };

    return ROWS(bad_rows, check_bad) + cmocka_run_group_tests(tests, NULL, NULL);
}
