/* PagerDuty's answers to a change event, and to the doctor's: one call each, whatever is answered; and the end has
 * words. The first character picks which. */
#include "tests/fuzz/fuzz_answers.h"

#include "bot/model/finding.h"
#include "bot/model/settings.h"
#include "integrations/pagerduty/change_event.h"

#include <string.h>

#define KEY "0123456789abcdef0123456789abcdef"
#define EVENT                                                                                                          \
    "{\"target\":\"api/production\",\"summary\":\"Rolling out api v1\",\"at_ms\":1795168800000,"                       \
    "\"operation\":\"D1\",\"state\":\"began\",\"service\":\"api\"}"

static const int statuses[10] = { 202, 200, 0, 400, 401, 403, 404, 429, 500, 503 };

static void check_call(const struct http_call *call)
{
    MUST(strcmp(call->url, "https://events.pagerduty.com/v2/change/enqueue") == 0);
    MUST(call->credential == HTTP_NO_CREDENTIAL && call->is_untaken_on_5xx);
}

static void check_end(bool is_doctor, const struct exchange_step *step, const struct http_answer *answer,
                      struct arena *arena)
{
    struct findings found;
    struct error err;

    MUST(step->next == NEXT_DONE || (step->error && step->error[0]));
    MUST(is_doctor || (step->next == NEXT_DONE) == (answer->status >= 200 && answer->status <= 299));
    MUST(answer->status != 429 || (step->next == NEXT_AGAIN && step->after_ms > 0 && step->is_outage));
    MUST(answer->status < 500 || step->next == NEXT_AGAIN);
    if (is_doctor && step->next == NEXT_DONE)
        MUST(shape_from_json(&findings_shape, step->result, arena, &found, &err) && found.findings_count == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct pagerduty_settings pagerduty = { .events_url = "https://events.pagerduty.com/" };
    static struct environment_settings environment = { .name = "production", .pagerduty_integration_key = KEY };
    static struct service_settings service = { .name = "api", .environments = &environment, .environments_count = 1 };
    static const struct settings settings = { .pagerduty = &pagerduty, .services = &service, .services_count = 1 };
    AUTO(arena) struct arena *arena = arena_create();
    struct str input = fuzz_input(data, size);
    bool is_doctor = input.len > 0 && input.at[0] == 'd';
    struct str rest = input.len > 0 ? (struct str){ input.at + 1, input.len - 1 } : input;
    exchange_fn send = is_doctor ? pagerduty_doctor_changes : pagerduty_change_event_send;
    struct http_answer answers[FUZZ_ANSWERS_MAX];
    size_t count = fuzz_answers(rest, statuses, arena, answers);
    struct exchange exchange = { .settings = &settings, .answers = answers, .unix_ms = 1795168800000, .arena = arena };
    struct exchange_step step;
    struct error err;

    exchange.args = json_parse_in(arena, str_of(EVENT), &err);
    step = send(&exchange);
    MUST(step.next == NEXT_CALL);
    check_call(&step.call);
    if (count == 0)
        return 0;
    exchange.answer_count = 1;
    step = send(&exchange);
    MUST(step.next != NEXT_CALL); /* one call, and never another */
    check_end(is_doctor, &step, &answers[0], arena);
    return 0;
}
