/* Input: Prometheus' answers, one after the other, each begun by a digit that picks its status and ended by a NUL or by
 * the end. Whatever it says, a measurement ends, and what it calls known is a number. */
#include "tests/fuzz/fuzz_answers.h"

#include "bot/model/measure.h"
#include "bot/model/settings.h"
#include "integrations/prometheus/measure.h"

#include <math.h>

#define ARGS                                                                                                           \
    "{\"canary\":\"a\",\"window_ms\":60000,\"queries\":[{\"name\":\"q\",\"query\":\"up{r=\\\"{revision}\\\"}\"}]}"

static const int statuses[10] = { 200, 200, 200, 200, 200, 200, 400, 401, 503, 0 };

static void check_value(const struct measure_value *value)
{
    MUST(isfinite(value->value));
    MUST(value->is_known || value->value == 0);
}

static void check_result(const cJSON *json, struct arena *arena)
{
    struct measured measured;
    struct error err;

    MUST(shape_from_json(&measured_shape, json, arena, &measured, &err));
    check_value(&measured.canary.requests);
    check_value(&measured.canary.errors);
    check_value(&measured.canary.p50_s);
    check_value(&measured.canary.p95_s);
    check_value(&measured.canary.recent);
    MUST(measured.canary.requests.is_known || !measured.canary.errors.is_known);
    MUST(measured.queries_count == 1);
    check_value(&measured.queries[0]);
    MUST(measured.at_ms > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct settings settings = { .metrics = { .prometheus = "http://prometheus:9090" } };
    AUTO(arena) struct arena *arena = arena_create();
    struct http_answer answers[FUZZ_ANSWERS_MAX];
    size_t count = fuzz_answers(fuzz_input(data, size), statuses, arena, answers);
    struct error err;
    struct exchange exchange = { .settings = &settings, .answers = answers, .unix_ms = 1, .arena = arena };

    exchange.args = json_parse_in(arena, str_of(ARGS), &err);
    MUST(exchange.args);
    for (exchange.answer_count = 0; exchange.answer_count <= count; exchange.answer_count++) {
        struct exchange_step step = prometheus_measure(&exchange);

        if (step.next == NEXT_DONE)
            check_result(step.result, arena);
        else if (step.next != NEXT_CALL)
            MUST(step.error && step.error[0]);
        if (step.next != NEXT_CALL)
            break;
    }
    return 0;
}
