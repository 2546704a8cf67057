/* judge_words.h - each test of the judge in words, with its numbers. Only for judge.c. */
#ifndef OPSGATE_HANDLERS_DEPLOY_JUDGE_WORDS_H
#define OPSGATE_HANDLERS_DEPLOY_JUDGE_WORDS_H

#include "bot/base/arena.h"
#include "handlers/deploy/body.h"

struct judge_words { /* what they are made of */
    const struct deploy_limits *limits;
    const struct measured *measured; /* NULL: no answer */
    struct deploy_judging known;
    struct judge_plan plan;
    const char *what; /* that is counted: "requests", "probes" */
    struct arena *arena;
};

const struct judge_sum *judge_sum_of(const struct judge_words *words, enum judge_test test);
const char *judge_broken_text(const struct judge_words *words, enum judge_test test);
const char *judge_fine_text(const struct judge_words *words, enum judge_test test); /* NULL: nothing worth a word */
const char *judge_unknown_text(const struct judge_words *words, enum judge_test test);
const char *judge_too_few_text(const struct judge_words *words, double requests, const char *whose);

#endif
