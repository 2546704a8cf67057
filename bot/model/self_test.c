#include "bot/model/self_test.h"

#include "bot/model/cloud_run.h"
#include "bot/model/settings.h"

#include <string.h>

static const struct shape_field rows[] = {
    ROW_STRING(self_test_ask, of, .flags = SHAPE_REQUIRED),
    ROW_JSON(self_test_ask, args, .flags = SHAPE_NONZERO),
};
const struct shape self_test_ask_shape = SHAPE("a self-test", self_test_ask, rows);

struct list {
    const struct settings *settings;
    struct arena *arena;
    struct self_test *tests;
    size_t count;
};

/* Once each, however many services it is for. */
static void add(struct list *list, const char *subject, const char *of, cJSON *args)
{
    arena_defer(list->arena, (void (*)(void *))cJSON_Delete, args);
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->tests[i].subject, subject) == 0)
            return;
    if (list->count < SELF_TESTS_MAX)
        *ARENA_PUSH(list->arena, list->tests, list->count) = (struct self_test){ subject, { of, args } };
}

static void add_repositories(struct list *list)
{
    const struct github_settings *github = list->settings->github;

    for (size_t i = 0; github && (github->app || github->token) && i < list->settings->services_count; i++) {
        const char *repository = list->settings->services[i].repository;
        cJSON *args = json_object();

        if (!repository) {
            cJSON_Delete(args);
            continue;
        }
        json_set_string(args, "repository", repository);
        json_set_bool(args, "is_app", github->app != NULL);
        json_set_bool(args, "needs_checks", policy_settings_ask_for_checks(&list->settings->policy));
        add(list, arena_printf(list->arena, "GitHub %s", repository), "github", args);
    }
}

static void add_project(struct list *list, const struct cloud_run_driver *driver)
{
    const struct run_place place = { .project = driver->project,
                                     .region = driver->region ? driver->region : driver->regions[0],
                                     .service = driver->service };

    add(list, arena_printf(list->arena, "Google Cloud %s", driver->project), "google",
        shape_to_json(&run_place_shape, &place, SHAPE_WHOLE));
}

static void add_services(struct list *list)
{
    for (size_t i = 0; i < list->settings->services_count; i++)
        for (size_t k = 0; k < list->settings->services[i].environments_count; k++) {
            const struct cloud_run_driver *driver = list->settings->services[i].environments[k].driver.cloud_run;

            if (driver && (driver->region || driver->regions_count > 0))
                add_project(list, driver);
        }
}

const struct self_test *self_tests(const struct settings *settings, struct arena *arena, size_t *ret_count)
{
    struct list list = { .settings = settings, .arena = arena };

    if (settings->slack.bot_token)
        add(&list, "Slack", "slack", json_object());
    if (settings->pagerduty && settings->pagerduty->api_token)
        add(&list, "PagerDuty", "pagerduty", json_object());
    if (settings->smtp)
        add(&list, "mail", "mail", json_object());
    add_services(&list);
    add_repositories(&list);
    *ret_count = list.count;
    return list.tests;
}
