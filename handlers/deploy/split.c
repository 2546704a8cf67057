#include "handlers/deploy/split.h"

#include "bot/model/card.h"

#include <inttypes.h>
#include <string.h>

#define NAME_BYTES 80

static void add(struct split *split, const char *revision, int64_t percent, const char *tag, struct arena *arena)
{
    if (percent > 0)
        *ARENA_PUSH(arena, split->shares, split->count) =
            (struct run_share){ .revision = revision, .percent = percent, .tag = tag };
}

static int64_t sum_of(const struct run_share *shares, size_t count)
{
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += shares[i].percent;
    return sum;
}

/* Who has lost most by rounding down gets the next percent. */
static size_t most_deserving(const int64_t *remainders, size_t count)
{
    size_t best = 0;

    for (size_t i = 1; i < count; i++)
        if (remainders[i] > remainders[best])
            best = i;
    return best;
}

static void share_out(struct split *split, int64_t percent, const struct run_share *among, size_t count,
                      struct arena *arena)
{
    int64_t *parts = arena_alloc(arena, (count + 1) * sizeof(*parts));
    int64_t *remainders = arena_alloc(arena, (count + 1) * sizeof(*remainders));
    int64_t sum = sum_of(among, count), left = percent;

    if (sum <= 0)
        return;
    for (size_t i = 0; i < count; i++) {
        parts[i] = percent * among[i].percent / sum;
        remainders[i] = percent * among[i].percent % sum;
        left -= parts[i];
    }
    for (; left > 0; left--) {
        size_t i = most_deserving(remainders, count);

        parts[i]++;
        remainders[i] = -1;
    }
    for (size_t i = 0; i < count; i++)
        add(split, among[i].revision, parts[i], NULL, arena);
}

struct split split_with(const struct deploy_body *body, int64_t percent, struct arena *arena)
{
    struct split split = { NULL, 0 };

    add(&split, body->revision, percent, body->tag, arena);
    share_out(&split, 100 - percent, body->before, body->before_count, arena);
    return split;
}

struct split split_before(const struct deploy_body *body, struct arena *arena)
{
    struct split split = { NULL, 0 };

    for (size_t i = 0; i < body->before_count; i++)
        add(&split, body->before[i].revision, body->before[i].percent, NULL, arena);
    return split;
}

struct split split_asked(const struct run_service *service, struct arena *arena)
{
    struct split split = { NULL, 0 };

    for (size_t i = 0; i < service->wanted_count; i++)
        add(&split, service->wanted[i].revision, service->wanted[i].percent, NULL, arena);
    return split;
}

bool split_equal(struct split a, struct split b)
{
    return run_split_equal(a.shares, a.count, b.shares, b.count);
}

/* What is not ours is shared among those of before as they shared it, but for rounding: by a percent. */
static bool keeps_ratio(struct split split, struct split before, int64_t ours)
{
    int64_t sum = sum_of(before.shares, before.count);

    for (size_t i = 0; i < before.count; i++) {
        int64_t off = split_percent(split, before.shares[i].revision) * sum - before.shares[i].percent * (100 - ours);

        if (off > sum || off < -sum)
            return false;
    }
    return true;
}

bool split_is_between(struct split split, const struct deploy_body *body)
{
    struct split before = { body->before, body->before_count };

    for (size_t i = 0; i < split.count; i++)
        if (split.shares[i].percent > 0 && strcmp(split.shares[i].revision, body->revision) != 0 &&
            split_percent(before, split.shares[i].revision) == 0)
            return false;
    return split.count > 0 && keeps_ratio(split, before, split_percent(split, body->revision));
}

int64_t split_percent(struct split split, const char *revision)
{
    int64_t percent = 0;

    for (size_t i = 0; revision && i < split.count; i++)
        if (strcmp(split.shares[i].revision, revision) == 0)
            percent += split.shares[i].percent;
    return percent;
}

const char *split_text(struct split split, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < split.count; i++)
        text = arena_printf(arena, "%s%s`%s` %" PRId64 " %%", text, i ? ", " : "",
                            card_quote(str_of(split.shares[i].revision), NAME_BYTES, arena), split.shares[i].percent);
    return split.count ? text : "nothing";
}
