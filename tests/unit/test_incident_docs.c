/* docs/incidents.md: the configuration that it shows is good, and all of it is built; what it quotes is what is said.
 */
#include "tests/unit/incident_texts.h"
#include "tests/unit/page.h"

#include "handlers/watch/changes.h"
#include "integrations/api/change.h"

#define PAGE "docs/incidents.md"

/* The first block of yaml under a heading, behind what it needs. */
static char *shown_configuration(const char *heading, const char *before)
{
    AUTO_FREE char *page = fixture_load(SOURCE_DIR "/" PAGE);
    char *section = strstr(page, heading), *begin = section ? strstr(section, "```yaml\n") : NULL,
         *end = begin ? strstr(begin, "\n```\n") : NULL;
    AUTO_BUF struct buf text = BUF(PAGE_MAX_BYTES);

    if (!end)
        fail_msg("%s shows no configuration under %s", PAGE, heading);
    buf_puts(&text, before);
    begin += strlen("```yaml\n");
    buf_add(&text, begin, (size_t)(end + 1 - begin));
    return buf_take(&text);
}

static void check_configuration(void **state)
{
    AUTO_FREE char *text = shown_configuration("\n## Configure it\n", FIXTURE_SLACK);
    struct configuration *configuration = fixture_good(text);

    (void)state;
    if (configuration->warnings_count > 0)
        fail_msg("%s", configuration->warnings[0]);
    assert_int_equal(configuration->settings.incidents->severities_count, 3);
    assert_int_equal(configuration->settings.incidents->types_count, 1);
    configuration_destroy(configuration);
}

static void check_status_page(void **state)
{
    AUTO_FREE char *text = shown_configuration("\n## What the public reads\n", DECISION_CONFIGURATION);
    struct configuration *configuration = fixture_good(text);

    (void)state;
    assert_true(configuration->settings.incidents->severities[0].status_page);
    assert_non_null(configuration->settings.statuspage->opening);
    configuration_destroy(configuration);
}

static void check_tokens(void **state)
{
    AUTO_FREE char *text = shown_configuration("\n## What others changed\n", FIXTURE_SLACK);
    struct configuration *configuration = fixture_good(text);

    (void)state;
    assert_string_equal(configuration->settings.api.tokens[0].name, "ci");
    configuration_destroy(configuration);
}

static void check_limits(void **state)
{
    (void)state;
    assert_int_equal(API_CHANGE_TITLE_MAX_BYTES, 200);
    page_assert_says(PAGE, "what was changed, 200 bytes at most");
    assert_int_equal(CHANGES_KEPT, 200);
    assert_int_equal(CHANGES_KEPT_MS, DAY_MS);
    page_assert_says(PAGE, "kept for a day, the newest 200 of all");
    assert_int_equal(API_CHANGE_BODY_MAX_BYTES, 16 * 1024);
    page_assert_says(PAGE, "more than 16 KiB");
    assert_int_equal(INCIDENT_PAGES_MAX, 20);
    page_assert_says(PAGE, "20 pages at most are followed");
    assert_int_equal(INCIDENT_TIMELINE_MAX, 300);
    page_assert_says(PAGE, "the first 300 entries");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(check_configuration), cmocka_unit_test(check_status_page),
                                        cmocka_unit_test(check_tokens), cmocka_unit_test(check_limits) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
