/* GitHub's answers about a pull request, a reaction and a comment: what is told of a head is whole, nothing is made
 * twice in one go, and every end has words. */
#include "tests/fuzz/fuzz_answers.h"

#include "bot/model/pull.h"
#include "bot/model/settings.h"
#include "integrations/github/pull.h"

#include <string.h>

#define PULL "{\"repository\":\"acme/platform\",\"number\":128}"
#define PULL_AND_COMMENT "{\"repository\":\"acme/platform\",\"number\":128,\"comment\":\"3300000001\"}"
#define REACTION "{\"repository\":\"acme/platform\",\"comment\":\"3300000001\",\"content\":\"rocket\"}"
#define COMMENT "{\"repository\":\"acme/platform\",\"number\":128,\"text\":\"D12 deploys it.\"}"
#define SHA_DIGITS 40

static const int statuses[10] = { 200, 201, 0, 400, 401, 403, 404, 429, 500, 422 };

static struct exchange_step run(exchange_fn step, const char *ask, struct str input, struct arena *arena)
{
    static const struct github_settings github = { .api_url = "https://api.github.com" };
    static const struct settings settings = { .github = &github };
    static const struct http_header link = { "link",
                                             "<https://api.github.com/repositories/42/x?page=2>; rel=\"next\"" };
    struct http_answer *answers = arena_alloc(arena, FUZZ_ANSWERS_MAX * sizeof(*answers));
    size_t count = fuzz_answers(input, statuses, arena, answers), posts = 0;
    struct exchange exchange = { .settings = &settings,
                                 .effect_id = "birth-00000000000000e1",
                                 .answers = answers,
                                 .unix_ms = 1795168800000,
                                 .arena = arena };
    struct exchange_step next;
    struct error err;

    exchange.args = json_parse_in(arena, str_of(ask), &err);
    for (size_t i = 0; i < count; i++) { /* an odd length has one more page */
        answers[i].headers = &link;
        answers[i].header_count = answers[i].body.len % 2;
    }
    while ((next = step(&exchange)).next == NEXT_CALL) {
        MUST(strncmp(next.call.url, "https://api.github.com/", 23) == 0);
        posts += strcmp(next.call.method, "POST") == 0;
        MUST(posts <= 1);
        if (exchange.answer_count == count)
            return next;
        exchange.answer_count++;
    }
    MUST(next.next == NEXT_DONE || (next.error && next.error[0]));
    return next;
}

static void check_comment(const struct pull_comment *comment)
{
    MUST(comment->at_ms > 0);
    MUST(!comment->line || (strlen(comment->line) <= PULL_LINE_MAX_BYTES && !strchr(comment->line, '\n')));
}

static void check_pull(const char *ask, struct str input, struct arena *arena)
{
    struct exchange_step step = run(github_pull_read, ask, input, arena);
    struct pull_read read;
    struct error err;

    if (step.next != NEXT_DONE)
        return;
    MUST(shape_from_json(&pull_read_shape, step.result, arena, &read, &err));
    MUST(strcmp(read.state, "open") == 0 || strcmp(read.state, "closed") == 0);
    MUST(strlen(read.head_sha) == SHA_DIGITS && strspn(read.head_sha, "0123456789abcdef") == SHA_DIGITS);
    MUST(read.head_branch[0] && read.base_branch[0]);
    MUST((read.head_at_ms > 0) == (strcmp(read.state, "open") == 0 && !read.is_fork));
    MUST(!read.is_push_known || read.head_at_ms > 0);
    if (read.comment)
        check_comment(read.comment);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct str input = fuzz_input(data, size);

    check_pull(PULL, input, arena);
    check_pull(PULL_AND_COMMENT, input, arena);
    run(github_reaction_make, REACTION, input, arena);
    run(github_comment_make, COMMENT, input, arena);
    return 0;
}
