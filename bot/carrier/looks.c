#include "bot/carrier/looks.h"

#include "bot/base/str.h"
#include "bot/engine/pace.h"

#include <string.h>

/* Slack's tiers 2 and 3: more than twenty, and more than fifty a minute. */
static const struct effect_limit limits[] = {
    { "conversations.list", .per_minute = 16, .burst = 4 },
    { "conversations.history", .per_minute = 40, .burst = 10 },
    { "conversations.replies", .per_minute = 40, .burst = 10 },
};

struct looks {
    struct pace *pace;
};

struct looks *looks_create(void)
{
    struct looks *looks = xcalloc(1, sizeof(*looks));

    looks->pace = pace_create();
    return looks;
}

void looks_destroy(struct looks *looks)
{
    if (!looks)
        return;
    pace_destroy(looks->pace);
    free(looks);
}

static const struct effect_limit *find(const char *limit)
{
    for (size_t i = 0; limit && i < ARRAY_LEN(limits); i++)
        if (strcmp(limits[i].name, limit) == 0)
            return &limits[i];
    return NULL;
}

int64_t looks_take(struct looks *looks, const char *limit, bool is_further, int64_t mono_ms)
{
    const struct effect_limit *found = find(limit);
    int64_t free_mono;

    if (!found)
        return 0;
    free_mono = is_further ? mono_ms : pace_free_mono(looks->pace, limit, found, false, mono_ms);
    if (free_mono > mono_ms)
        return free_mono - mono_ms;
    pace_take(looks->pace, limit, found, mono_ms);
    return 0;
}

void looks_answered(struct looks *looks, const char *limit, const struct http_answer *answer, int64_t mono_ms)
{
    if (!find(limit))
        return;
    pace_give_back(looks->pace, limit, mono_ms);
    if (answer->status == 429)
        pace_hit(looks->pace, limit, http_answer_retry_after_ms(answer), mono_ms);
}
