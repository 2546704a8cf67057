#include "bot/metrics/counters.h"

#include "bot/base/mem.h"

#include <stdio.h>
#include <string.h>

#include <uthash.h>

#define WORD_MAX 48

struct counter {
    char words[2][WORD_MAX]; /* the key: both, with zeros behind them */
    uint64_t count;
    UT_hash_handle hh;
};

static struct counter *find(struct counters *counters, const struct counter *key)
{
    struct counter *found;

    HASH_FIND(hh, counters->by_words, key->words, sizeof(key->words), found);
    return found;
}

static struct counter *find_or_make(struct counters *counters, const char *first, const char *second)
{
    struct counter key = { .count = 0 }, *counter;

    snprintf(key.words[0], WORD_MAX, "%s", first);
    snprintf(key.words[1], WORD_MAX, "%s", second);
    counter = find(counters, &key);
    if (counter)
        return counter;
    if (HASH_COUNT(counters->by_words) >= COUNTERS_MAX - 1 && strcmp(first, "other") != 0)
        return find_or_make(counters, "other", "");
    counter = xcalloc(1, sizeof(*counter));
    *counter = key;
    HASH_ADD(hh, counters->by_words, words, sizeof(counter->words), counter);
    return counter;
}

void counters_add(struct counters *counters, const char *first, const char *second)
{
    find_or_make(counters, first, second ? second : "")->count++;
}

void counters_clear(struct counters *counters)
{
    struct counter *counter, *next;

    HASH_ITER(hh, counters->by_words, counter, next) {
        HASH_DEL(counters->by_words, counter);
        free(counter);
    }
}

static int by_words(const struct counter *one, const struct counter *other)
{
    int order = strcmp(one->words[0], other->words[0]);

    return order ? order : strcmp(one->words[1], other->words[1]);
}

void counters_write(struct counters *counters, struct buf *buf, const char *name, enum metric_type type,
                    const char *help, const char *first, const char *second)
{
    struct counter *counter, *next;

    metric_head(buf, name, type, help);
    HASH_SORT(counters->by_words, by_words);
    HASH_ITER(hh, counters->by_words, counter, next) {
        const struct metric_label labels[] = { { first, counter->words[0] }, { second, counter->words[1] } };

        metric_labelled(buf, name, labels, second ? 2 : 1, (double)counter->count);
    }
}
