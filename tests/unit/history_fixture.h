/* history_fixture.h - ends as targets keep them, made by hand: for the tests of handlers/history/. */
#ifndef OPSGATE_TESTS_UNIT_HISTORY_FIXTURE_H
#define OPSGATE_TESTS_UNIT_HISTORY_FIXTURE_H

#include "tests/unit/decision_fixture.h"

#include "bot/base/time.h"
#include "handlers/history/history.h"

#define AGO(ms) (DECISION_NOW_MS - (ms))
#define HISTORY_RULES                                                                                                  \
    "    - { allow: history, to: developer }\n"                                                                        \
    "    - { allow: history, to: release-manager, on: { environment: production } }\n"

/* Asked `took` before it ended, served for all of that, of a commit an hour older than that. */
static inline struct target_end an_end(const char *operation, const char *version, enum target_end_how how,
                                       int64_t ended_ago_ms)
{
    int64_t ended_at_ms = AGO(ended_ago_ms);
    bool has_served = how != ENDED_UNTOUCHED;

    return (struct target_end){
        .operation = operation,
        .version = version,
        .how = how,
        .asked_at_ms = ended_at_ms - 10 * MINUTE_MS,
        .ended_at_ms = ended_at_ms,
        .serves_at_ms = has_served ? ended_at_ms - 8 * MINUTE_MS : 0,
        .commit_at_unix_ms = ended_at_ms - HOUR_MS,
        .left_at_ms = how == ENDED_BACK ? ended_at_ms : how == ENDED_LEFT ? ended_at_ms + 5 * MINUTE_MS : 0,
    };
}

static inline struct target_end a_way_back(const char *operation, const char *version, const char *left,
                                           int64_t ended_ago_ms)
{
    return (struct target_end){ .operation = operation,
                                .version = version,
                                .is_way_back = true,
                                .how = ENDED_GOOD,
                                .asked_at_ms = AGO(ended_ago_ms) - 3 * SECOND_MS,
                                .ended_at_ms = AGO(ended_ago_ms),
                                .serves_at_ms = AGO(ended_ago_ms),
                                .left = left };
}

static inline void assert_in(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no \"%s\" in\n%s", part, text);
}

static inline void assert_not_in(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("\"%s\" in\n%s", part, text);
}

static inline struct decision_fixture *history_create(const struct target *targets, size_t count)
{
    struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION HISTORY_RULES);

    fixture->targets = targets;
    fixture->targets_count = count;
    return fixture;
}

#endif
