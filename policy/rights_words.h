/* rights_words.h - one cell of a table of rights in words: how far one may, and on which conditions. Only for files in policy/.
 */
#ifndef OPSGATE_POLICY_RIGHTS_WORDS_H
#define OPSGATE_POLICY_RIGHTS_WORDS_H

#include "policy/compiled.h"
#include "policy/decide.h"
#include "policy/rights.h"

struct rights_side { /* each rule of `policy` and, under the same number, what it is made of */
    const struct policy *policy;
    const struct members *members;
    const struct rule_settings **rules;
    size_t rules_count;
};

/* "green checks", "a version like v*.*.*". */
const char *rights_need_word(const struct need *need, struct arena *arena);

/* `best`: what rests on a condition gives, and withholds nothing; `all`: every rule, as if its condition held. */
const char *rights_words_of(const struct rights_side *best, const struct rights_side *all,
                            const struct question *question, struct arena *arena);

#endif
