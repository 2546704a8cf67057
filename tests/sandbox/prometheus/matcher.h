/* matcher.h - one condition of a selector: a label and what its value must, or must not, be.
 *
 * Regular expressions are POSIX extended ones, anchored at both ends. Their size is bounded: a nest of counted repeats
 * would take all memory. Pure; any thread.
 */
#ifndef SANDBOX_PROMETHEUS_MATCHER_H
#define SANDBOX_PROMETHEUS_MATCHER_H

#include "bot/base/arena.h"

#include <regex.h>

enum match_kind { MATCH_EQUAL, MATCH_NOT_EQUAL, MATCH_REGEX, MATCH_NOT_REGEX };

struct matcher {
    enum match_kind kind;
    const char *name, *value;
    regex_t *regex; /* in the arena; NULL for = and != */
};

bool matcher_compile(struct matcher *matcher, struct arena *arena); /* false: no regular expression we take */
bool matcher_takes(const struct matcher *matcher, const char *value);

#endif
