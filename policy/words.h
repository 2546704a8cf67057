/* words.h - what sentences about decisions are made of, written without allocation. Only for files in policy/. */
#ifndef OPSGATE_POLICY_WORDS_H
#define OPSGATE_POLICY_WORDS_H

#include "bot/model/question.h"
#include "policy/compiled.h"

struct sentence { /* a longer one is cut */
    char *at;
    size_t room, len;
};
#define SENTENCE(array) ((struct sentence){ (array), sizeof(array), 0 })

void say(struct sentence *sentence, const char *fmt, ...) PRINTF_LIKE(2, 3);

void say_names(struct sentence *sentence, const char **names, size_t count); /* "manager, oncall" */
void say_each_of(struct sentence *sentence, const char **names, size_t count); /* "manager or oncall" */
/* "a release-manager", "slack:U1", "manager or engineering", "a, b, c, d, e, f or 3 more" */
void say_any_of(struct sentence *sentence, const char **names, size_t count);
void say_what(struct sentence *sentence, const struct question *question);  /* "deploy of api in production" */
void say_doing(struct sentence *sentence, const struct question *question); /* "deploy api in production" */
bool word_is_noun(const char *verb); /* "locks" cannot be done, but asked for */
/* "Wed 22:00 UTC, in 3 h"; a week or more ahead: "2026-12-20 00:00 Europe/Berlin, in 29 days". zone NULL: UTC. */
void say_when(struct sentence *sentence, const struct zone *zone, int64_t at_ms, int64_t now_ms);
void say_windows(struct sentence *sentence, const struct compiled_windows *windows); /* "Wed 22:00-24:00 UTC or Sat UTC" */

#endif
