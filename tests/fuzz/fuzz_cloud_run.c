/* Input: Cloud Run's answers, one after the other, each begun by a digit that picks its status and ended by a NUL or by
 * the end. Whatever it says, each exchange ends, and a PATCH always names an etag. */
#include "tests/fuzz/fuzz_answers.h"

#include "bot/model/settings.h"
#include "integrations/google/cloud_run.h"

#include <string.h>

#define PLACE "\"place\":{\"project\":\"acme\",\"region\":\"r\",\"service\":\"api\"}"
#define IMAGE "gcr.io/a/b@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

static const struct {
    exchange_fn step;
    const char *args;
    bool is_first_try;
} targets[] = {
    { cloud_run_read, "{\"project\":\"acme\",\"region\":\"r\",\"service\":\"api\"}", true },
    { cloud_run_new_revision,
      "{" PLACE ",\"image\":\"" IMAGE "\",\"revision\":\"api-d1\",\"tag\":\"d1\",\"version\":\"v\"}", true },
    { cloud_run_new_revision, "{" PLACE ",\"image\":\"" IMAGE "\",\"revision\":\"api-d1\",\"tag\":\"d1\"}", false },
    { cloud_run_traffic,
      "{" PLACE
      ",\"expected\":[{\"revision\":\"a\",\"percent\":100}],\"wanted\":[{\"revision\":\"b\",\"percent\":100}]}",
      false },
    { cloud_run_new_revision,
      "{" PLACE ",\"image\":\"" IMAGE "\",\"revision\":\"api-d1\",\"tag\":\"d1\",\"env\":{\"A\":\"1\",\"B\":\"\"}}",
      true },
    { cloud_run_untag, "{" PLACE ",\"tags\":[\"d1\",\"t\"]}", false },
    { cloud_run_read_revisions, "{" PLACE ",\"revisions\":[\"a\",\"b\"]}", false },
    { cloud_run_read_template, "{\"project\":\"acme\",\"region\":\"r\",\"service\":\"api\"}", true },
    { cloud_run_new_revision,
      "{" PLACE ",\"image\":\"" IMAGE "\",\"revision\":\"api-d1\",\"tag\":\"d1\",\"is_irreversible\":true}", true },
    { cloud_run_scale, "{" PLACE ",\"min\":1,\"max\":9}", false },
    { cloud_run_new_revision,
      "{" PLACE ",\"image\":\"" IMAGE
      "\",\"revision\":\"api-d1\",\"tag\":\"d1\",\"removed\":[\"A\",\"B\"],\"resources\":{\"cpu\":\"2\",\"memory\":\"4Gi\","
      "\"concurrency\":4,\"timeout_s\":60,\"has_min\":true,\"max_instances\":9}}",
      true },
};

static const int statuses[10] = { 200, 200, 200, 404, 409, 412, 401, 429, 500, 0 };

static void check_step(const struct exchange_step *step)
{
    if (step->next == NEXT_CALL)
        MUST(step->call.url &&
             (strcmp(step->call.method, "PATCH") != 0 || str_contains(step->call.body, "\"etag\":\"")));
    if (step->next == NEXT_AGAIN || step->next == NEXT_NEVER)
        MUST(step->error && step->error[0]);
    if (step->next == NEXT_DONE)
        MUST(cJSON_IsObject(step->result));
}

static void run(size_t target, const struct http_answer *answers, size_t count)
{
    static const struct settings settings = { .google = { .run_url = "https://run.googleapis.com" } };
    AUTO(arena) struct arena *arena = arena_create();
    struct error err;
    struct exchange exchange = { .settings = &settings,
                                 .effect_id = "b-e",
                                 .operation_id = "b-o",
                                 .answers = answers,
                                 .is_first_try = targets[target].is_first_try,
                                 .arena = arena };

    exchange.args = json_parse_in(arena, str_of(targets[target].args), &err);
    MUST(exchange.args);
    for (exchange.answer_count = 0; exchange.answer_count <= count; exchange.answer_count++) {
        struct exchange_step step = targets[target].step(&exchange);

        check_step(&step);
        if (step.next != NEXT_CALL)
            return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct http_answer answers[FUZZ_ANSWERS_MAX];
    size_t count = fuzz_answers(fuzz_input(data, size), statuses, arena, answers);

    for (size_t i = 0; i < ARRAY_LEN(targets); i++)
        run(i, answers, count);
    return 0;
}
