/* fuzz_answers.h - an input as answers to calls, one after the other: a digit that picks the status, then the body, up
 * to a NUL or to the end. */
#ifndef OPSGATE_TESTS_FUZZ_FUZZ_ANSWERS_H
#define OPSGATE_TESTS_FUZZ_FUZZ_ANSWERS_H

#include "tests/fuzz/fuzz.h"

#include "bot/model/http.h"

#define FUZZ_ANSWERS_MAX 6

/* `statuses` has one for each digit; 0 is no answer. */
static inline size_t fuzz_answers(struct str input, const int statuses[10], struct arena *arena,
                                  struct http_answer answers[FUZZ_ANSWERS_MAX])
{
    size_t count = 0;

    while (input.len > 0 && count < FUZZ_ANSWERS_MAX) {
        struct str part = str_take_until(&input, '\0');
        int status = part.len > 0 && part.at[0] >= '0' && part.at[0] <= '9' ? statuses[part.at[0] - '0'] : statuses[0];

        if (part.len > 0)
            part = (struct str){ part.at + 1, part.len - 1 };
        answers[count++] = (struct http_answer){ .status = status, .body = { arena_copy(arena, part), part.len } };
    }
    return count;
}

#endif
