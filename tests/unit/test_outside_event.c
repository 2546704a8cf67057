/* What is told from outside: which name is which, and what of it people wrote. */
#include "tests/unit/rows.h"

#include "bot/model/outside_event.h"

#include <string.h>

static const struct is_row {
    const char *name, *source, *called;
    bool is_it;
} is_rows[] = {
    { "by its whole name", "github", "release.published", true },
    { "by its name without the action", "github", "release", true },
    { "whatever its source tells", "github", NULL, true },
    { "another action is not", "github", "release.released", false },
    { "a name that only begins alike is not", "github", "rel", false },
    { "nor one that goes on", "github", "release.published.twice", false },
    { "nor the same of another source", "pagerduty", "release.published", false },
};

static void check_is(void **state)
{
    const struct is_row *row = *state;
    struct outside_event event = { .source = "github", .name = "release.published" };

    assert_int_equal(outside_event_is(&event, row->source, row->called), row->is_it);
}

static const struct text_row {
    const char *name, *source, *body, *text; /* NULL: none */
} text_rows[] = {
    { "a release's name", "github", "{\"name\":\"Faster cart\",\"body\":\"Notes\"}", "Faster cart" },
    { "a title before a name", "github", "{\"title\":\"Ship it\",\"name\":\"CI\"}", "Ship it" },
    { "nothing but what its source writes", "github", "{\"incident\":{\"title\":\"Down\"}}", NULL },
    { "an incident's title", "pagerduty", "{\"incident\":{\"title\":\"Down\"}}", "Down" },
    { "a note before the title", "pagerduty", "{\"incident\":{\"title\":\"Down\"},\"note\":{\"text\":\"On it\"}}",
      "On it" },
    { "a summary of alerts", "alertmanager", "{\"common_annotations\":{\"summary\":\"Errors\"}}", "Errors" },
    { "a change's title", "api", "{\"title\":\"Flag on\"}", "Flag on" },
    { "empty is nothing", "github", "{\"name\":\"\"}", NULL },
    { "what is no text is nothing", "github", "{\"name\":7,\"title\":{}}", NULL },
    { "no body", "github", "null", NULL },
    { "marks and lines are gone", "github", "{\"title\":\"*a*\\nb\"}", " a  b" },
};

static void check_text(void **state)
{
    const struct text_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct error err;
    struct outside_event event = { .source = row->source, .body = json_parse_in(arena, str_of(row->body), &err) };
    const char *text = outside_event_text(&event, arena);

    assert_string_equal(text ? text : "(none)", row->text ? row->text : "(none)");
}

static void what_is_long_is_cut(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_JSON cJSON *body = json_object();
    struct outside_event event = { .source = "github", .body = body };
    char text[2000];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    json_set_string(body, "title", text);
    assert_int_equal(strlen(outside_event_text(&event, arena)), OUTSIDE_EVENT_TEXT_MAX_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_is_long_is_cut) };

    return ROWS(is_rows, check_is) + ROWS(text_rows, check_text) + cmocka_run_group_tests(tests, NULL, NULL);
}
