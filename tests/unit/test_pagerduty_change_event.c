/* A change event as it is sent: once, with the key of its place; what is answered to it; and what the doctor makes of that. */
#include "tests/unit/rows.h"
#include "tests/unit/scripted_exchange.h"

#include "integrations/pagerduty/change_event.h"

#define ENQUEUE "POST https://events.eu.pagerduty.com/v2/change/enqueue"
#define KEY "0123456789abcdef0123456789abcdef"
#define DATABASE_KEY "fedcba9876543210fedcba9876543210"
#define OF(target) "{'target':'" target "','summary':'Rolling out api v1','at_ms':1795212000000,'operation':'D7','state':'began','service':'api'}"
#define EVENT OF("api/production")
#define INVALID(error) "{'status':'invalid event','message':'Event object is invalid','errors':['" error "']}"
#define FOUND(mark, text, mend)                                                                                        \
    "{'findings':[{'mark':" mark ",'subject':'PagerDuty changes','text':'" text "'" mend "}]}"

/* clang-format off */
static const struct scripted_row rows[] = {
    { "it is taken", pagerduty_change_event_send, EVENT, .is_first_try = true,
      .calls = { { ENQUEUE, { "'routing_key':'" KEY "'", "'summary':'Rolling out api v1'", "'timestamp':'2026-11-20T22:00:00.000Z'",
                              "'custom_details':{'service':'api','operation':'D7','state':'began'}" },
                   .not_body = "links", .status = 202, .answer = "{'status':'success'}", .signature = "none" } },
      .next = NEXT_DONE },
    { "whatever else it says", pagerduty_change_event_send, EVENT, .calls = { { ENQUEUE, .status = 200, .answer = "<html>" } },
      .next = NEXT_DONE },
    { "of one region of a place", pagerduty_change_event_send, OF("web/production/us-east1"),
      .calls = { { ENQUEUE, { KEY }, .status = 202 } }, .next = NEXT_DONE },
    { "of a database, with its own key", pagerduty_change_event_send, OF("main-db"),
      .calls = { { ENQUEUE, { DATABASE_KEY }, .status = 202 } }, .next = NEXT_DONE },
    { "what it refuses is never sent again", pagerduty_change_event_send, EVENT,
      .calls = { { ENQUEUE, .status = 400, .answer = INVALID("Invalid routing key") } }, .next = NEXT_NEVER,
      .error = "PagerDuty refuses the change event: Event object is invalid: Invalid routing key; is the "
               "pagerduty_integration_key of api/production that of" },
    { "without a reason, too", pagerduty_change_event_send, EVENT, .calls = { { ENQUEUE, .status = 400, .answer = "[]" } },
      .next = NEXT_NEVER, .error = "no reason given" },
    { "a limit is waited for as it says", pagerduty_change_event_send, EVENT,
      .calls = { { ENQUEUE, .status = 429, .header = { "retry-after", "7" } } }, .next = NEXT_AGAIN, .error = "limits",
      .after_ms = 7000, .is_outage = true },
    { "or for half a minute", pagerduty_change_event_send, EVENT, .calls = { { ENQUEUE, .status = 429 } }, .next = NEXT_AGAIN,
      .error = "limits", .after_ms = 30000, .is_outage = true },
    { "what fails there is sent again", pagerduty_change_event_send, EVENT, .calls = { { ENQUEUE, .status = 503 } },
      .next = NEXT_AGAIN, .error = "PagerDuty", .is_outage = true },
    { "no answer says that there was none", pagerduty_change_event_send, EVENT, .calls = { { ENQUEUE } }, .next = NEXT_AGAIN,
      .error = "PagerDuty", .is_outage = true },
    { "a place without a key", pagerduty_change_event_send, OF("api/staging"), .next = NEXT_NEVER,
      .error = "no pagerduty_integration_key for api/staging" },
    { "a place that is gone", pagerduty_change_event_send, OF("nope/production"), .next = NEXT_NEVER,
      .error = "no pagerduty_integration_key for nope/production" },
    { "one that makes no sense", pagerduty_change_event_send, "{'target':'api/production'}", .next = NEXT_NEVER, .error = "summary" },

    { "the doctor sends none, and asks all the same", pagerduty_doctor_changes, "{'target':'api/production'}",
      .calls = { { ENQUEUE, { KEY }, .not_body = "summary", .status = 400, .answer = INVALID("payload.summary is missing") } },
      .next = NEXT_DONE,
      .result = FOUND("'open'", "the Events API answers for api/production; whose its key is, nothing tells but a change", "") },
    { "and finds a key that is none", pagerduty_doctor_changes, "{'target':'api/production'}",
      .calls = { { ENQUEUE, .status = 400, .answer = INVALID("Invalid routing key") } }, .next = NEXT_DONE,
      .result = FOUND("'bad'", "the key of api/production is none of theirs: Event object is invalid: Invalid routing key",
                      ",'mend':'pagerduty_integration_key: the service^s Integrations, Events API v2, Integration Key; of the "
                      "same region as pagerduty.events_url'") },
    { "and an address where it is not", pagerduty_doctor_changes, "{'target':'api/production'}",
      .calls = { { ENQUEUE, .status = 404, .answer = "nginx" } }, .next = NEXT_NEVER, .error = "404" },
    { "and one that does not answer", pagerduty_doctor_changes, "{'target':'api/production'}", .calls = { { ENQUEUE } },
      .next = NEXT_AGAIN, .error = "PagerDuty", .is_outage = true },
};
static const struct scripted_row unconfigured[] = {
    { "without PagerDuty none is sent", pagerduty_change_event_send, EVENT, .next = NEXT_NEVER, .error = "section `pagerduty`" },
};
/* clang-format on */

static void run(void **state)
{
    static const struct pagerduty_settings pagerduty = { .events_url = "https://events.eu.pagerduty.com/" };
    static const char *regions[] = { "us-east1", "us-west1" };
    static const struct cloud_run_driver run = { .regions = regions, .regions_count = 2 };
    static struct environment_settings api[] = { { .name = "staging" },
                                                 { .name = "production", .pagerduty_integration_key = KEY } },
                                       web[] = { { .name = "production",
                                                   .driver = { .cloud_run = &run },
                                                   .pagerduty_integration_key = KEY } };
    static struct service_settings services[] = { { .name = "api", .environments = api, .environments_count = 2 },
                                                  { .name = "web", .environments = web, .environments_count = 1 } };
    static struct database_settings database = { .name = "main-db", .pagerduty_integration_key = DATABASE_KEY };
    struct settings settings = script_settings;

    settings.pagerduty = &pagerduty;
    settings.services = services;
    settings.services_count = ARRAY_LEN(services);
    settings.databases = &database;
    settings.databases_count = 1;
    run_scripted_with(*state, &settings);
}

int main(void)
{
    return ROWS(rows, run) + RUN_SCRIPTED(unconfigured);
}
