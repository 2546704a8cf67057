/* Answers of the public status page: nothing is told to an incident that is resolved, and every end has words. The
 * first letter picks the exchange. */
#include "tests/fuzz/fuzz_answers.h"

#include "bot/model/settings.h"
#include "bot/model/statuspage.h"
#include "integrations/exchanges.h"

#include <string.h>

static const int statuses[10] = { 200, 201, 0, 422, 401, 403, 404, 420, 500, 429 };
static const struct {
    const char *kind, *args;
} asked[] = {
    { "statuspage.open", "{\"name\":\"n\",\"body\":\"b\",\"components\":{\"c1\":\"operational\"}}" },
    { "statuspage.update",
      "{\"incident\":\"i1\",\"status\":\"monitoring\",\"body\":\"b\",\"asked_at_ms\":1795168790000,"
      "\"components\":{\"c1\":\"operational\"}}" },
    { "statuspage.incident", "{\"incident\":\"i1\"}" },
};

static void check_call(size_t which, const struct http_call *call, const struct http_answer *before,
                       struct arena *arena)
{
    struct error ignored;

    MUST(str_starts_with(str_of(call->url), "https://api.statuspage.io/v1/pages/pg1/incidents"));
    for (const char *c = call->url; *c; c++)
        MUST(*c > ' ' && *c < 0x7f);
    MUST(!before || call->wait_ms >= 1000);
    if (which == 1 && before)
        MUST(!str_is(str_of(json_find_string(json_parse_in(arena, before->body, &ignored), "status")), "resolved"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct statuspage_settings page = { .page = "pg1" };
    static const struct settings settings = { .statuspage = &page };
    AUTO(arena) struct arena *arena = arena_create();
    struct str input = fuzz_input(data, size);
    size_t which = input.len > 0 ? (unsigned char)(input.at[0] - 'a') % ARRAY_LEN(asked) : 0;
    struct str rest = input.len > 0 ? (struct str){ input.at + 1, input.len - 1 } : input;
    const struct exchange_row *row = exchanges_find(asked[which].kind);
    struct http_answer answers[FUZZ_ANSWERS_MAX];
    size_t count = fuzz_answers(rest, statuses, arena, answers);
    struct exchange exchange = { .settings = &settings,
                                 .effect_id = "birth-1",
                                 .operation_id = "birth-a1",
                                 .answers = answers,
                                 .unix_ms = 1795168800000,
                                 .arena = arena };
    struct statuspage_told told;
    struct exchange_step step;
    struct error err;

    exchange.args = json_parse_in(arena, str_of(asked[which].args), &err);
    MUST(exchange.args && row);
    while ((step = row->step(&exchange)).next == NEXT_CALL) {
        check_call(which, &step.call, exchange.answer_count > 0 ? &answers[exchange.answer_count - 1] : NULL, arena);
        if (exchange.answer_count == count)
            return 0;
        exchange.answer_count++;
    }
    if (step.next == NEXT_DONE)
        MUST(shape_from_json(&statuspage_told_shape, step.result, arena, &told, &err));
    else
        MUST(step.error && step.error[0]);
    return 0;
}
