#include "bot/doors/rates.h"

#include "bot/base/time.h"

#include <string.h>

#include <uthash.h>

#define HOUR_US (HOUR_MS * 1000)

struct somebody {
    char *who;
    int64_t until_us;  /* all that they asked is worked off by then, one in every `each_us` */
    UT_hash_handle hh; /* in the order in which they asked last */
};

struct rates {
    int64_t each_us; /* 0: no limit */
    struct somebody *people;
};

struct rates *rates_create(int64_t per_hour)
{
    struct rates *rates = xcalloc(1, sizeof(*rates));

    rates_change(rates, per_hour);
    return rates;
}

void rates_change(struct rates *rates, int64_t per_hour)
{
    rates->each_us = per_hour > 0 ? HOUR_US / per_hour : 0;
}

static void forget(struct rates *rates, struct somebody *somebody)
{
    HASH_DEL(rates->people, somebody);
    free(somebody->who);
    free(somebody);
}

void rates_destroy(struct rates *rates)
{
    if (!rates)
        return;
    while (rates->people)
        forget(rates, rates->people);
    free(rates);
}

static void remember(struct rates *rates, const char *who, int64_t until_us)
{
    struct somebody *somebody = xcalloc(1, sizeof(*somebody));

    if (HASH_COUNT(rates->people) >= RATES_PEOPLE_MAX)
        forget(rates, rates->people); /* the first one is who has not asked for longest */
    somebody->who = xstrdup(who);
    somebody->until_us = until_us;
    HASH_ADD_KEYPTR(hh, rates->people, somebody->who, strlen(somebody->who), somebody);
}

/* By when one more of `who` would be worked off. */
static int64_t next_us(const struct rates *rates, const struct somebody *known, int64_t now_us)
{
    return (known && known->until_us > now_us ? known->until_us : now_us) + rates->each_us;
}

static struct somebody *find(const struct rates *rates, const char *who)
{
    struct somebody *known;

    HASH_FIND_STR(rates->people, who, known);
    return known;
}

int64_t rates_wait(const struct rates *rates, const char *who, int64_t mono_ms)
{
    int64_t now_us = mono_ms * 1000, over_us = next_us(rates, find(rates, who), now_us) - now_us - HOUR_US;

    return rates->each_us > 0 && over_us > 0 ? over_us / 1000 + 1 : 0;
}

void rates_count(struct rates *rates, const char *who, int64_t mono_ms)
{
    struct somebody *known = find(rates, who);
    int64_t until_us = next_us(rates, known, mono_ms * 1000);

    if (rates->each_us == 0)
        return;
    if (known)
        forget(rates, known); /* and to the end of the line */
    remember(rates, who, until_us);
}

void rates_take_back(struct rates *rates, const char *who)
{
    struct somebody *known = find(rates, who);

    if (known)
        known->until_us -= rates->each_us;
}
