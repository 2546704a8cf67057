/* seed.h - where the chance of a test begins, so that the same tree gets the same answer. Only for tests.
 *
 * SEED=N in the environment plays a run again; SEED=new hunts, and the test prints what it took; without it, it is 1.
 */
#ifndef OPSGATE_TESTS_SEED_H
#define OPSGATE_TESTS_SEED_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline uint64_t seed_of_run(void)
{
    const char *text = getenv("SEED");

    if (text && strcmp(text, "new") == 0)
        return (uint64_t)time(NULL);
    return text ? strtoull(text, NULL, 10) : 1;
}

#endif
