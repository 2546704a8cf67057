/* GitHub's answers about deployments and their statuses: only one that bears our operation's id is ours, nothing is
 * made while it is not known what is there, and every end has words; and so has what is read of one that anybody made.
 */
#include "tests/fuzz/fuzz_answers.h"

#include "bot/model/settings.h"
#include "integrations/github/deployment.h"
#include "integrations/github/deployment_read.h"

#include <string.h>

#define OURS "birth-00000000000000a1"
#define SHA "70e4b6c9d315f8a2701c4be59d3260f8a1c7e4b6"
#define OF                                                                                                             \
    "{\"of\":{\"repository\":\"acme/platform\",\"sha\":\"" SHA                                                         \
    "\",\"environment\":\"production\",\"task\":\"deploy\","                                                           \
    "\"operation\":\"" OURS "\"}"
#define MAKE OF ",\"name\":\"D1\",\"service\":\"api\",\"version\":\"v1\"}"
#define LOOK "{\"repository\":\"acme/platform\",\"deployment\":31337}"
#define TELL OF ",\"state\":\"success\",\"description\":\"D1: api v1 serves\"}"

static const int statuses[10] = { 200, 201, 0, 202, 401, 403, 404, 422, 500, 409 };

static bool is_made(const struct http_call *call)
{
    return strcmp(call->method, "POST") == 0;
}

/* Whatever GitHub says: what was looked for is not made while a look has not been answered well. */
static void check(exchange_fn step, const char *ask, const char *name, bool is_first_try, struct str input)
{
    static const struct github_settings github = { .api_url = "https://api.github.com", .token = "ghp_1" };
    static const struct settings settings = { .github = &github };
    static const struct http_header link = {
        "link", "<https://api.github.com/repositories/42/deployments?page=2>; rel=\"next\""
    };
    AUTO(arena) struct arena *arena = arena_create();
    struct http_answer answers[FUZZ_ANSWERS_MAX];
    size_t count = fuzz_answers(input, statuses, arena, answers), made = 0;
    struct exchange exchange = { .settings = &settings,
                                 .effect_id = "birth-00000000000000e1",
                                 .operation_id = OURS,
                                 .answers = answers,
                                 .unix_ms = 1795168800000,
                                 .is_first_try = is_first_try,
                                 .arena = arena };
    struct exchange_step next;
    struct error err;

    exchange.args = json_parse_in(arena, str_of(ask), &err);
    for (size_t i = 0; i < count; i++) { /* an odd length has one more page */
        answers[i].headers = &link;
        answers[i].header_count = answers[i].body.len % 2;
    }
    while ((next = step(&exchange)).next == NEXT_CALL && exchange.answer_count < count) {
        made += is_made(&next.call);
        MUST(made <= 1);
        MUST(!is_made(&next.call) || exchange.answer_count == 0 || answers[exchange.answer_count - 1].status == 200);
        exchange.answer_count++;
    }
    MUST(next.next == NEXT_CALL || next.next == NEXT_DONE || (next.error && next.error[0]));
    MUST(next.next != NEXT_DONE || json_find_int(next.result, name, 0) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str input = fuzz_input(data, size);

    check(github_deployment_make, MAKE, "deployment", true, input);
    check(github_deployment_make, MAKE, "deployment", false, input);
    check(github_deployment_status_make, TELL, "status", true, input);
    check(github_deployment_status_make, TELL, "status", false, input);
    check(github_deployment_read, LOOK, "created_at_ms", false, input);
    return 0;
}
