/* GitHub's comparison judged by patterns of paths: each group that is told was asked about, all of them where something
 * is not known, and every end has words. The first line of an input is a pattern of its own. */
#include "tests/fuzz/fuzz_answers.h"

#include "bot/model/paths.h"
#include "bot/model/settings.h"
#include "integrations/github/paths.h"

#include <string.h>

#define HEAD "70e4b6c9d315f8a2701c4be59d3260f8a1c7e4b6"
#define BASE "1111111111111111111111111111111111111111"

static const int statuses[10] = { 200, 200, 0, 400, 401, 403, 404, 429, 500, 301 };

static cJSON *ask_with(const char *pattern)
{
    const char *patterns[] = { pattern };
    struct paths_group groups[] = { { "all", (const char *[]){ "**" }, 1 }, { "mine", patterns, 1 } };
    const struct paths_ask ask = { "acme/platform", BASE, HEAD, groups, ARRAY_LEN(groups) };

    return shape_to_json(&paths_ask_shape, &ask, SHAPE_WHOLE);
}

/* In the order of the question, each once. */
static void check_touched(const struct paths_read *read)
{
    static const char *const names[] = { "all", "mine" };
    size_t at = 0;

    for (size_t i = 0; i < read->touched_count; i++, at++) {
        while (at < ARRAY_LEN(names) && strcmp(names[at], read->touched[i]) != 0)
            at++;
        MUST(at < ARRAY_LEN(names));
    }
    MUST(!read->unknown || (read->unknown[0] && read->touched_count == ARRAY_LEN(names)));
    MUST(read->touched_count == 0 || strcmp(read->touched[0], "all") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct github_settings github = { .api_url = "https://api.github.com" };
    static const struct settings settings = { .github = &github };
    AUTO(arena) struct arena *arena = arena_create();
    struct str input = fuzz_input(data, size), line = str_take_until(&input, '\n');
    AUTO_JSON cJSON *ask = ask_with(utf8_is_valid(line) ? arena_copy(arena, line) : "api/**");
    struct http_answer answers[FUZZ_ANSWERS_MAX];
    size_t count = fuzz_answers(input, statuses, arena, answers);
    struct exchange exchange = {
        .settings = &settings, .answers = answers, .unix_ms = 1795168800000, .arena = arena, .args = ask
    };
    struct exchange_step step;
    struct paths_read read;
    struct error err;

    while ((step = github_paths_read(&exchange)).next == NEXT_CALL && exchange.answer_count < count)
        exchange.answer_count++;
    MUST(step.next == NEXT_CALL || step.next == NEXT_DONE || (step.error && step.error[0]));
    if (step.next != NEXT_DONE)
        return 0;
    MUST(shape_from_json(&paths_read_shape, step.result, arena, &read, &err));
    check_touched(&read);
    return 0;
}
