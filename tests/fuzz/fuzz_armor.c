/* Input: answers of Cloud Armor or Cloud Logging, one after the other, each begun by a digit that picks its status and
 * ended by a NUL or by the end. Whatever they say, each exchange ends; a line is one line, and no longer than it may
 * be. */
#include "tests/fuzz/fuzz_answers.h"

#include "bot/model/armor.h"
#include "bot/model/logs.h"
#include "bot/model/settings.h"
#include "handlers/protection/range.h"
#include "integrations/google/armor.h"
#include "integrations/google/log_mask.h"
#include "integrations/google/logging.h"

#include <string.h>

#define PLACE "{\"project\":\"p\",\"policy\":\"w\"}"
#define BLOCK                                                                                                          \
    "{\"place\":" PLACE ",\"priority\":9000,\"range\":\"203.0.113.7/32\",\"description\":\"[m]\",\"mark\":\"m\"}"
#define LOOK "{\"project\":\"p\",\"region\":\"r\",\"service\":\"s\",\"since_ms\":1,\"max\":50}"
#define LINE_MAX_BYTES 310

static const int statuses[10] = { 200, 200, 200, 200, 200, 404, 403, 412, 503, 0 };

static void check_policy(const cJSON *json, struct arena *arena)
{
    struct network range;
    struct armor_seen seen;
    struct error err;

    MUST(shape_from_json(&armor_seen_shape, json, arena, &seen, &err));
    MUST(network_parse(STR_LIT("203.0.113.7/32"), &range, &err));
    range_in_vain(&seen, 9000, &range, arena);
    for (size_t i = 0; i < seen.rules_count; i++)
        MUST(seen.rules[i].ranges_count <= ARMOR_RANGES_MAX);
}

static void check_lines(const cJSON *json, struct arena *arena)
{
    struct logs_found found;
    struct error err;

    MUST(shape_from_json(&logs_found_shape, json, arena, &found, &err));
    MUST(found.lines_count <= 50 && found.left_out >= 0);
    for (size_t i = 0; i < found.lines_count; i++)
        MUST(strlen(found.lines[i].text) <= LINE_MAX_BYTES && !strpbrk(found.lines[i].text, "\r\n\t"));
}

static const struct {
    exchange_fn step;
    const char *args;
    void (*check)(const cJSON *json, struct arena *arena); /* its result; or NULL */
} asked[] = {
    { armor_read, "{\"place\":" PLACE "}", check_policy },
    { armor_read, "{\"place\":" PLACE ",\"operation\":\"../x\"}", check_policy },
    { armor_block_add, BLOCK, NULL },
    { armor_block_remove, BLOCK, NULL },
    { armor_ddos_switch, "{\"place\":" PLACE ",\"is_on\":true}", NULL },
    { armor_doctor, PLACE, NULL },
    { logging_read, LOOK, check_lines },
    { logging_doctor, LOOK, NULL },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct settings settings = { .google = { .compute_url = "https://compute",
                                                          .logging_url = "https://logging" } };
    AUTO(arena) struct arena *arena = arena_create();
    struct http_answer answers[FUZZ_ANSWERS_MAX];
    size_t count = fuzz_answers(fuzz_input(data, size), statuses, arena, answers);
    struct error err;

    log_mask(fuzz_input(data, size), 300, arena);
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        struct exchange exchange = {
            .settings = &settings, .answers = answers, .unix_ms = INT64_C(1700100000000), .arena = arena
        };

        exchange.args = json_parse_in(arena, str_of(asked[i].args), &err);
        MUST(exchange.args);
        for (exchange.answer_count = 0; exchange.answer_count <= count; exchange.answer_count++) {
            struct exchange_step step = asked[i].step(&exchange);

            if (step.next == NEXT_DONE && asked[i].check)
                asked[i].check(step.result, arena);
            else if (step.next == NEXT_AGAIN || step.next == NEXT_NEVER)
                MUST(step.error && step.error[0]);
            if (step.next != NEXT_CALL)
                break;
        }
    }
    return 0;
}
