/* fuzz.h - what a fuzz target is: one function that takes any bytes, and does not crash, leak or hang.
 *
 * clang links it with libFuzzer (-fsanitize=fuzzer,address,undefined); gcc with replay_main.c, which runs files through
 * it.
 */
#ifndef OPSGATE_TESTS_FUZZ_FUZZ_H
#define OPSGATE_TESTS_FUZZ_FUZZ_H

#include "bot/base/arena.h"
#include "bot/base/buf.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input, or what a cursor took of it: "must hold" whatever comes. */
#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

static inline struct str fuzz_input(const uint8_t *data, size_t size)
{
    return (struct str){ (const char *)data, size };
}

#endif
