#include "prometheus/matcher.h"

#include "tree.h"

#include <math.h>
#include <string.h>

#define REGEX_MAX_BYTES 1000
#define REGEX_REPEATS_MAX 1000 /* Go's limit */

static void free_regex(void *arg)
{
    regex_t *regex = arg;

    regfree(regex);
}

/* The product of a pattern's counted repeats: "(a{100}){100}" is 10000. */
static double count_repeats(const char *pattern)
{
    double product = 1;

    for (const char *at = strchr(pattern, '{'); at; at = strchr(at + 1, '{')) {
        size_t skip = strcspn(at, ",}");
        double low = strtod(at + 1, NULL), high = at[skip] == ',' ? strtod(at + skip + 1, NULL) : 0;

        product *= fmax(1, fmax(low, high));
    }
    return product;
}

bool matcher_compile(struct matcher *matcher, struct arena *arena)
{
    AUTO_FREE char *anchored = text_format("^(%s)$", matcher->value);
    regex_t *regex = NULL;

    if (matcher->kind == MATCH_EQUAL || matcher->kind == MATCH_NOT_EQUAL)
        return true;
    regex = ARENA_NEW(arena, regex_t);
    if (strlen(anchored) > REGEX_MAX_BYTES || count_repeats(anchored) > REGEX_REPEATS_MAX ||
        regcomp(regex, anchored, REG_EXTENDED) != 0)
        return false;
    arena_defer(arena, free_regex, regex);
    matcher->regex = regex;
    return true;
}

bool matcher_takes(const struct matcher *matcher, const char *value)
{
    bool same = matcher->regex ? regexec(matcher->regex, value, 0, NULL, 0) == 0 : strcmp(matcher->value, value) == 0;

    return same == (matcher->kind == MATCH_EQUAL || matcher->kind == MATCH_REGEX);
}
