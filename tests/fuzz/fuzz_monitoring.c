/* Input: Cloud Monitoring's answers, one after the other, each begun by a digit that picks its status and ended by a
 * NUL or by the end. Whatever it says, a measurement ends, and what it calls known is a number that can be. */
#include "tests/fuzz/fuzz_answers.h"

#include "bot/model/measure.h"
#include "bot/model/settings.h"
#include "integrations/google/monitoring.h"

#include <math.h>

#define NOW_MS INT64_C(1700100000000)
#define ARGS                                                                                                           \
    "{\"canary\":\"a\",\"baseline\":\"b\",\"window_ms\":120000,\"from_ms\":1700099580000,\"block_ms\":15000,"          \
    "\"slow_s\":0.15,\"slow_vs_s\":0.4,\"place\":{\"project\":\"p\",\"region\":\"r\",\"service\":\"s\"}}"

static const int statuses[10] = { 200, 200, 200, 200, 200, 200, 403, 401, 503, 0 };

static void check_value(const struct measure_value *value)
{
    MUST(isfinite(value->value) && value->value >= 0);
    MUST(value->is_known || value->value == 0);
}

static void check_count(const struct measure_value *value, const struct measure_value *of)
{
    check_value(value);
    MUST(value->value == floor(value->value));
    MUST(!value->is_known || (of->is_known && value->value <= of->value));
}

static void check_counts(const struct measure_counts *counts)
{
    check_count(&counts->requests, &counts->requests);
    check_count(&counts->errors, &counts->requests);
    check_count(&counts->slow, &counts->requests);
    check_count(&counts->slow_vs, &counts->requests);
}

static void check_revision(const struct measured_revision *revision)
{
    check_value(&revision->requests);
    check_value(&revision->errors);
    check_value(&revision->p50_s);
    check_value(&revision->p95_s);
    check_value(&revision->recent);
    MUST(revision->errors.value <= revision->requests.value);
}

static void check_result(const cJSON *json, struct arena *arena)
{
    struct measured measured;
    struct error err;
    int64_t until_ms = 0;

    MUST(shape_from_json(&measured_shape, json, arena, &measured, &err));
    check_revision(&measured.canary);
    check_revision(&measured.baseline);
    for (size_t i = 0; i < measured.blocks_count; i++) {
        const struct measure_block *block = &measured.blocks[i];

        MUST(block->from_ms >= until_ms && block->to_ms == block->from_ms + 60000 && block->from_ms % 60000 == 0);
        MUST(block->to_ms <= NOW_MS - 240000);
        check_counts(&block->canary);
        check_counts(&block->baseline);
        until_ms = block->to_ms;
    }
    MUST(measured.bound_s == 0 || measured.bound_s >= 0.15);
    MUST(measured.at_ms == NOW_MS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct settings settings = { .google = { .monitoring_url = "https://monitoring" },
                                              .metrics = { .google_cloud_monitoring = true } };
    AUTO(arena) struct arena *arena = arena_create();
    struct http_answer answers[FUZZ_ANSWERS_MAX];
    size_t count = fuzz_answers(fuzz_input(data, size), statuses, arena, answers);
    struct error err;
    struct exchange exchange = { .settings = &settings, .answers = answers, .unix_ms = NOW_MS, .arena = arena };

    exchange.args = json_parse_in(arena, str_of(ARGS), &err);
    MUST(exchange.args);
    for (exchange.answer_count = 0; exchange.answer_count <= count; exchange.answer_count++) {
        struct exchange_step step = monitoring_measure(&exchange);

        if (step.next == NEXT_DONE)
            check_result(step.result, arena);
        else if (step.next != NEXT_CALL)
            MUST(step.error && step.error[0]);
        if (step.next != NEXT_CALL)
            break;
    }
    return 0;
}
