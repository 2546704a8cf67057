/* GitHub's answers about the checks of a commit and the authors of commits: green is only what all said to be, whoever
 * is called an author has a login, and every end has words. */
#include "tests/fuzz/fuzz_answers.h"

#include "bot/model/checks.h"
#include "bot/model/settings.h"
#include "integrations/github/authors.h"
#include "integrations/github/checks.h"

#include <string.h>

#define SHA "70e4b6c9d315f8a2701c4be59d3260f8a1c7e4b6"
#define ASK_SINCE(base)                                                                                                \
    "{\"repository\":\"acme/platform\",\"sha\":\"" SHA "\",\"head\":\"" SHA "\",\"base\":\"" base "\"}"
#define ASK ASK_SINCE("1111111111111111111111111111111111111111")
#define ASK_FIRST ASK_SINCE("") /* nothing serves */

static const int statuses[10] = { 200, 200, 0, 400, 401, 403, 404, 429, 500, 301 };

static struct exchange_step run(exchange_fn step, const char *ask, struct str input, struct arena *arena)
{
    static const struct github_app app = { .id = 12345 };
    static const struct github_settings github = { .api_url = "https://api.github.com", .app = &app };
    static const struct settings settings = { .github = &github };
    static const struct http_header link = {
        "link", "<https://api.github.com/repositories/42/commits/x/check-runs?page=2>; rel=\"next\""
    };
    struct http_answer *answers = arena_alloc(arena, FUZZ_ANSWERS_MAX * sizeof(*answers));
    size_t count = fuzz_answers(input, statuses, arena, answers);
    struct exchange exchange = { .settings = &settings, .answers = answers, .unix_ms = 1795168800000, .arena = arena };
    struct exchange_step next;
    struct error err;

    exchange.args = json_parse_in(arena, str_of(ask), &err);
    for (size_t i = 0; i < count; i++) { /* an odd length has one more page */
        answers[i].headers = &link;
        answers[i].header_count = answers[i].body.len % 2;
    }
    while ((next = step(&exchange)).next == NEXT_CALL && exchange.answer_count < count)
        exchange.answer_count++;
    MUST(next.next == NEXT_CALL || next.next == NEXT_DONE || (next.error && next.error[0]));
    return next;
}

static void check_checks(struct str input, struct arena *arena)
{
    struct exchange_step step = run(github_checks_read, ASK, input, arena);
    struct checks_read read;
    struct error err;

    if (step.next != NEXT_DONE)
        return;
    MUST(shape_from_json(&checks_read_shape, step.result, arena, &read, &err));
    MUST((read.state == CHECKED_NOTHING) == (read.count == 0));
    MUST((read.state == CHECKED_RED) == (read.failed > 0));
    MUST((read.state == CHECKED_GREEN) == (read.count > 0 && read.failed == 0 && read.pending == 0));
    MUST(read.names_count <= CHECKS_NAMED_MAX);
    MUST((read.names_count > 0) == (read.failed > 0 || read.pending > 0));
    for (size_t i = 0; i < read.names_count; i++)
        MUST(read.names[i][0] && !strchr(read.names[i], '`') && !strchr(read.names[i], '\n'));
}

static void check_authors(const char *ask, struct str input, struct arena *arena)
{
    struct exchange_step step = run(github_authors_read, ask, input, arena);
    struct authors_read read;
    struct error err;

    if (step.next != NEXT_DONE)
        return;
    MUST(shape_from_json(&authors_read_shape, step.result, arena, &read, &err));
    MUST(read.is_known == !read.unknown);
    MUST(read.is_known || (read.unknown[0] && read.logins_count == 0));
    MUST(read.logins_count <= AUTHORS_COMMITS_MAX);
    for (size_t i = 0; i < read.logins_count; i++) {
        MUST(read.logins[i][0] && !strpbrk(read.logins[i], " :/`\n"));
        MUST(i == 0 || strcmp(read.logins[i - 1], read.logins[i]) < 0);
    }
    MUST(read.commits_count <= COMMITS_TOLD_MAX);
    for (size_t i = 0; i < read.commits_count; i++) {
        const struct source_commit *commit = &read.commits[i];

        MUST(strlen(commit->sha) == strlen(SHA) && strspn(commit->sha, "0123456789abcdef") == strlen(SHA));
        MUST(!commit->message || !strpbrk(commit->message, "`*\n"));
        MUST(!commit->author || !strpbrk(commit->author, "`*\n"));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct str input = fuzz_input(data, size);

    check_checks(input, arena);
    check_authors(ASK, input, arena);
    check_authors(ASK_FIRST, input, arena);
    return 0;
}
