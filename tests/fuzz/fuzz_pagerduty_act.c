/* Answers about incidents that are acted on, who is on call, users: whatever PagerDuty says, nothing is written but
 * from a state that allows it, as an address that ends no header's line, and every end has words. The first letter
 * picks the exchange. */
#include "tests/fuzz/fuzz_answers.h"

#include "bot/model/pagerduty_act.h"
#include "bot/model/pagerduty_people.h"
#include "bot/model/settings.h"
#include "integrations/exchanges.h"

#include <string.h>

static const int statuses[10] = { 200, 201, 0, 400, 401, 403, 404, 429, 500, 402 };
#define OF "\"of\":{\"incident\":\"PINC1\",\"by\":\"slack:U1\",\"asked_at_ms\":1795168790000}"
static const struct {
    const char *kind, *args;
    const struct shape *result;
} asked[] = {
    /* a new one at the end: the files of the corpus name theirs by its letter */
    { "pagerduty.status", "{" OF ",\"intent\":\"acknowledge\"}", &pagerduty_acted_shape },
    { "pagerduty.status", "{" OF ",\"intent\":\"resolve\"}", &pagerduty_acted_shape },
    { "pagerduty.status", "{" OF ",\"intent\":\"reopen\"}", &pagerduty_acted_shape },
    { "pagerduty.change", "{" OF ",\"title\":\"x\",\"priority\":\"P1\"}", &pagerduty_acted_shape },
    { "pagerduty.assign", "{" OF ",\"level\":2}", &pagerduty_acted_shape },
    { "pagerduty.snooze", "{" OF ",\"seconds\":60}", &pagerduty_acted_shape },
    { "pagerduty.note", "{" OF ",\"text\":\"x\"}", &pagerduty_noted_shape },
    { "pagerduty.tell", "{" OF ",\"text\":\"x\"}", &pagerduty_noted_shape },
    { "pagerduty.trigger", "{\"of\":{},\"service\":\"PSVC1\",\"title\":\"x\"}", &pagerduty_acted_shape },
    { "pagerduty.oncall", "{\"service\":\"PSVC1\"}", &pagerduty_oncall_shape },
    { "pagerduty.user", "{\"email\":\"ann@example.com\"}", &pagerduty_user_read_shape },
};

static bool is_write(const struct http_call *call)
{
    return strcmp(call->method, "GET") != 0;
}

static void check_call(const struct http_call *call)
{
    bool has_from = false;

    MUST(str_starts_with(str_of(call->url), "https://api.pagerduty.com/"));
    for (const char *c = call->url; *c; c++)
        MUST(*c > ' ' && *c < 0x7f);
    for (size_t i = 0; i < call->header_count; i++) {
        has_from = has_from || strcmp(call->headers[i].name, "From") == 0;
        for (const char *c = call->headers[i].value; *c; c++)
            MUST(*c >= ' ' && *c < 0x7f);
    }
    MUST(has_from == is_write(call));
}

/* What is acknowledged was triggered, in the answer just before. */
static void check_write(const char *args, const struct http_answer *before, const struct http_call *call,
                        struct arena *arena)
{
    const cJSON *json;
    struct error ignored;

    if (!strstr(args, "acknowledge") || !is_write(call) || before->status < 200 || before->status > 299)
        return;
    json = json_parse_in(arena, before->body, &ignored);
    MUST(str_is(str_of(json_find_string(json, "incident.status")), "triggered"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct person_settings people[] = { { .slack = "U1", .pagerduty = "PUSER01" } };
    static const struct pagerduty_settings pagerduty = { .api_url = "https://api.pagerduty.com",
                                                         .from = "ops@example.com" };
    static const struct settings settings = { .pagerduty = &pagerduty, .people = people, .people_count = 1 };
    AUTO(arena) struct arena *arena = arena_create();
    struct str input = fuzz_input(data, size);
    size_t which = input.len > 0 ? (unsigned char)(input.at[0] - 'a') % ARRAY_LEN(asked) : 0;
    struct str rest = input.len > 0 ? (struct str){ input.at + 1, input.len - 1 } : input;
    const struct exchange_row *row = exchanges_find(asked[which].kind);
    struct http_answer answers[FUZZ_ANSWERS_MAX];
    size_t count = fuzz_answers(rest, statuses, arena, answers);
    struct exchange exchange = {
        .settings = &settings, .effect_id = "birth-1", .answers = answers, .unix_ms = 1795168800000, .arena = arena
    };
    struct exchange_step step;
    struct error err;

    exchange.args = json_parse_in(arena, str_of(asked[which].args), &err);
    MUST(exchange.args && row);
    for (;;) {
        step = row->step(&exchange);
        if (step.next != NEXT_CALL)
            break;
        check_call(&step.call);
        if (exchange.answer_count > 0)
            check_write(asked[which].args, &answers[exchange.answer_count - 1], &step.call, arena);
        if (exchange.answer_count == count)
            return 0;
        exchange.answer_count++;
    }
    if (step.next == NEXT_DONE) {
        void *result = arena_alloc(arena, asked[which].result->size);

        MUST(shape_from_json(asked[which].result, step.result, arena, result, &err));
    } else {
        MUST(step.error && step.error[0]);
    }
    return 0;
}
