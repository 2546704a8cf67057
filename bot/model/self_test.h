/* self_test.h - are the credentials that opsgate holds still good? What is asked, again and again, while it serves.
 *
 * READING_SELF_TEST: args self_test_ask; result: findings (bot/model/finding.h), by the very exchanges of `opsgate doctor`
 * (integrations/self_test.c), which ask by reading only. No secret is in args. Pure.
 */
#ifndef OPSGATE_MODEL_SELF_TEST_H
#define OPSGATE_MODEL_SELF_TEST_H

#include "bot/base/shape.h"

#define SELF_TESTS_MAX 64 /* the others are not asked */

struct settings;

struct self_test_ask {
    const char *of;    /* "slack", "github", "google", "pagerduty", "mail" */
    const cJSON *args; /* of its exchange */
};
extern const struct shape self_test_ask_shape;

struct self_test {
    const char *subject; /* "Slack", "GitHub acme/platform": what people call it */
    struct self_test_ask ask;
};

/* One for each system that is configured, each repository and each project; in the arena. */
const struct self_test *self_tests(const struct settings *settings, struct arena *arena, size_t *ret_count);

#endif
