/* subject.h - a random policy, compiled, with members, and as the reference sees it. Only for tests. */
#ifndef OPSGATE_TESTS_POLICY_SUBJECT_H
#define OPSGATE_TESTS_POLICY_SUBJECT_H

#include "random.h"
#include "reference.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define POLICIES 40000
#define QUESTIONS 25 /* to each */

extern uint64_t seed;   /* of this run */
extern size_t policies; /* how many it looks at: POLICIES, or what somebody wants */
extern const enum policy_stage stages[3];
extern const char *const stage_names[3];
extern const char *const verdict_names[3]; /* by enum verdict */

struct subject {
    struct random random;
    struct random_policy *written;
    const struct policy *policy;
    const struct members *members;
    struct reference_world world;
};
struct subject subject_begin(size_t number, struct arena *arena); /* the number-th of this seed */
void subject_compile(struct subject *subject); /* once more, after what is written has changed */
struct decision subject_decide(const struct subject *subject, const struct question *question,
                               const struct facts *facts, enum policy_stage stage);

int test_properties(void); /* properties.c: how many failed */

#endif
