#include "tests/fuzz/fuzz.h"

#include "integrations/github/deliveries.h"
#include "integrations/github/webhook.h"

#include <string.h>

#define NOW_MS INT64_C(1795168800000)

static struct exchange_step run(exchange_fn step, const char *args, struct str answer, struct arena *arena)
{
    const struct http_header link = { "link", "<https://api.github.com/x?per_page=100&cursor=v1_1>; rel=\"next\"" };
    struct http_answer answers[32];
    struct exchange exchange = { .answers = answers, .unix_ms = NOW_MS, .arena = arena };
    struct error err;
    struct exchange_step next;

    exchange.args = json_parse_in(arena, str_of(args), &err);
    while ((next = step(&exchange)).next == NEXT_CALL) {
        MUST(exchange.answer_count < ARRAY_LEN(answers));
        answers[exchange.answer_count++] =
            (struct http_answer){ .status = 200, .headers = &link, .header_count = 1, .body = answer };
    }
    MUST(next.next == NEXT_DONE || (next.error && utf8_is_valid(str_of(next.error))));
    return next;
}

/* A page, again and again: each delivery is missed once at most, and what was found is not found again. */
static void check_list(struct str page, struct arena *arena)
{
    struct exchange_step step = run(github_deliveries_list,
                                    "{\"log\":{\"repository\":\"acme/platform\",\"hook_id\":\"5\"},"
                                    "\"known\":{\"since_ms\":1,\"watermark_ms\":1795168000000}}",
                                    page, arena);
    struct github_deliveries_found found, again;
    struct error err;

    if (step.next != NEXT_DONE)
        return;
    MUST(shape_from_json(&github_deliveries_found_shape, step.result, arena, &found, &err));
    for (size_t i = 0; i < found.missed_count; i++)
        for (size_t k = 0; k < i; k++)
            MUST(strcmp(found.missed[i].guid, found.missed[k].guid) != 0 && found.missed[k].at_ms <= NOW_MS);
    MUST(found.known.watermark_ms >= INT64_C(1795168000000) && found.known.watermark_ms <= NOW_MS + HOUR_MS);
    github_deliveries_decide(found.missed, found.missed_count, true, &found.known, NOW_MS, arena, &again);
    MUST(again.missed_count == 0);
}

static void check_delivery(struct str answer, struct arena *arena)
{
    struct exchange_step step =
        run(github_delivery_read, "{\"log\":{},\"id\":\"9\"}", answer, arena);
    struct github_delivery_item item;
    struct outside_event event;
    struct error err;

    if (step.next != NEXT_DONE)
        return;
    MUST(shape_from_json(&github_delivery_item_shape, step.result, arena, &item, &err));
    if (!item.is_wanted)
        return;
    MUST(strlen(item.body) <= INBOX_BODY_MAX_BYTES && strncmp(item.key, "github:", 7) == 0);
    if (github_webhook_decode(&(struct inbox_item){ .kind = item.kind, .body = item.body }, arena, &event, &err))
        MUST(event.is_caught_up && strcmp(event.id, item.delivery) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) struct arena *arena = arena_create();

    check_list(fuzz_input(data, size), arena);
    check_delivery(fuzz_input(data, size), arena);
    return 0;
}
