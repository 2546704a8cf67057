#include "integrations/prometheus/blocks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WHOLE_MAX 9007199254740992.0 /* 2^53: above it not every whole number is one of a double */

/* ---- labels ---- */

enum query_part blocks_part(const struct answer_sample *sample)
{
    const char *text = json_find_string(sample->labels, QUERY_PART);
    enum query_part part = 0;

    while (part < PART_COUNT && !(text && strcmp(text, query_part_text(part)) == 0))
        part++;
    return part;
}

bool blocks_is_of(const struct answer_sample *sample, const struct measure_ask *ask, const char *revision)
{
    const char *text = json_find_string(sample->labels, ask->names.revision_label);

    return text_equal(text, revision);
}

/* ---- which are over ---- */

struct blocks_span blocks_span(const struct measure_ask *ask, int64_t now_ms)
{
    const struct blocks_span none = { .count = 0 };
    int64_t block_ms = ask->block_ms, until_ms, from_ms;

    if (ask->from_ms <= 0 || block_ms <= 0)
        return none;
    until_ms = (now_ms - ask->lag_ms) / block_ms * block_ms;
    if (ask->from_ms > until_ms - block_ms)
        return none;
    from_ms = (ask->from_ms + block_ms - 1) / block_ms * block_ms;
    if (from_ms < until_ms - MEASURE_BLOCKS_MAX * block_ms)
        from_ms = until_ms - MEASURE_BLOCKS_MAX * block_ms;
    return (struct blocks_span){ from_ms, block_ms, (size_t)((until_ms - from_ms) / block_ms) };
}

/* ---- bounds ---- */

struct bound {
    double value;
    const char *text;
    bool is_canary, is_baseline;
};

static int by_value(const void *a, const void *b)
{
    const struct bound *left = a, *right = b;

    return (left->value > right->value) - (left->value < right->value);
}

static struct bound *read_bounds(const struct measure_ask *ask, const struct answer_samples *samples,
                                 struct arena *arena, size_t *ret_count)
{
    struct bound *bounds = NULL;

    for (size_t i = 0; i < samples->count; i++) {
        const struct answer_sample *sample = &samples->at[i];
        struct bound bound = {
            .text = json_find_string(sample->labels, QUERY_BOUND),
            .is_canary = blocks_is_of(sample, ask, ask->canary),
            .is_baseline = blocks_is_of(sample, ask, ask->baseline),
        };

        if (blocks_part(sample) == PART_BOUND && bound.text && (bound.is_canary || bound.is_baseline) &&
            answer_parse_number(bound.text, &bound.value) && !isnan(bound.value))
            *ARENA_PUSH(arena, bounds, *ret_count) = bound;
    }
    if (*ret_count > 0)
        qsort(bounds, *ret_count, sizeof(*bounds), by_value);
    return bounds;
}

/* Those of one value, from `at` on: who has it, and how it is written. */
static size_t join(const struct bound *bounds, size_t at, size_t count, struct bound *ret_who,
                   struct query_bound *written, struct arena *arena)
{
    const char **texts = NULL;
    size_t texts_count = 0, end = at;

    for (; end < count && bounds[end].value <= bounds[at].value; end++) {
        bool is_new = true;

        ret_who->is_canary |= bounds[end].is_canary;
        ret_who->is_baseline |= bounds[end].is_baseline;
        for (size_t i = 0; i < texts_count; i++)
            is_new = is_new && strcmp(texts[i], bounds[end].text) != 0;
        if (is_new)
            *ARENA_PUSH(arena, texts, texts_count) = bounds[end].text;
    }
    *written = (struct query_bound){ texts, texts_count };
    return end;
}

struct blocks_bound blocks_bound(const struct measure_ask *ask, double slow_s, const struct answer_samples *samples,
                                 struct arena *arena)
{
    const struct blocks_bound none = { .value = 0 };
    size_t count = 0;
    struct bound *bounds = read_bounds(ask, samples, arena, &count), have = { .value = 0 };

    for (size_t i = 0; i < count; i++) {
        have.is_canary |= bounds[i].is_canary;
        have.is_baseline |= bounds[i].is_baseline;
    }
    for (size_t at = 0; slow_s > 0 && at < count;) {
        struct bound who = { .value = bounds[at].value };
        struct blocks_bound found = { .value = who.value };

        at = join(bounds, at, count, &who, &found.written, arena);
        if (who.value < slow_s || who.is_canary != have.is_canary || who.is_baseline != have.is_baseline)
            continue;
        return isfinite(who.value) || !isfinite(slow_s) ? found : none;
    }
    return none;
}

/* ---- what was counted ---- */

struct tally { /* of one revision in one block; a part that was not told is NAN */
    double parts[PART_COUNT];
};

static bool put(struct tally *tally, enum query_part part, double value, struct error *err)
{
    if (!isnan(tally->parts[part]))
        return error_set(err, ERR_INVALID, "%s of a block twice", query_part_text(part));
    tally->parts[part] = value;
    return true;
}

static bool take(const struct measure_ask *ask, const struct blocks_span *span, const struct answer_sample *sample,
                 struct tally (*tallies)[2], struct error *err)
{
    int64_t since_ms = sample->number.at_ms - span->from_ms;
    enum query_part part = blocks_part(sample);
    size_t block;

    if (part == PART_COUNT || since_ms <= 0 || since_ms % span->block_ms != 0 ||
        since_ms / span->block_ms > (int64_t)span->count)
        return error_set(err, ERR_INVALID, "it answers what was not asked");
    block = (size_t)(since_ms / span->block_ms) - 1;
    if (!sample->number.value.is_known)
        return true;
    if (blocks_is_of(sample, ask, ask->canary) && !put(&tallies[block][0], part, sample->number.value.value, err))
        return false;
    return !blocks_is_of(sample, ask, ask->baseline) || put(&tallies[block][1], part, sample->number.value.value, err);
}

static struct measure_value known(double value)
{
    return (struct measure_value){ .is_known = true, .value = value };
}

/* Counters count in whole numbers, and a sum of differences is off by rounding at most. */
static struct measure_value whole(double value, double max)
{
    double nearest = nearbyint(value);

    return !isnan(value) && nearest >= 0 && nearest <= max ? known(nearest)
                                                           : (struct measure_value){ .is_known = false };
}

static struct measure_value slow_of(const struct tally *tally, enum query_part fast, double requests)
{
    struct measure_value all = whole(tally->parts[PART_IN_ALL], WHOLE_MAX),
                         quick = whole(tally->parts[fast], all.is_known ? all.value : 0);

    return all.is_known && quick.is_known ? measure_slow(requests, all.value, all.value - quick.value)
                                          : (struct measure_value){ .is_known = false };
}

static struct measure_counts counts_of(const struct tally *tally)
{
    struct measure_counts counts = { .requests = whole(tally->parts[PART_REQUESTS], WHOLE_MAX) };

    if (!counts.requests.is_known)
        return counts;
    counts.errors = whole(tally->parts[PART_ERRORS], counts.requests.value);
    counts.slow = slow_of(tally, PART_FAST, counts.requests.value);
    counts.slow_vs = slow_of(tally, PART_FAST_VS, counts.requests.value);
    return counts;
}

bool blocks_decode(const struct measure_ask *ask, const struct blocks_span *span, const struct answer_samples *samples,
                   struct arena *arena, struct measured *measured, struct error *err)
{
    struct tally(*tallies)[2] = arena_alloc(arena, span->count * sizeof(*tallies));

    for (size_t i = 0; i < span->count; i++)
        for (size_t part = 0; part < PART_COUNT; part++)
            tallies[i][0].parts[part] = tallies[i][1].parts[part] = NAN;
    for (size_t i = 0; i < samples->count; i++)
        if (!take(ask, span, &samples->at[i], tallies, err))
            return false;
    for (size_t i = 0; i < span->count; i++) {
        struct measure_block block = {
            .from_ms = span->from_ms + (int64_t)i * span->block_ms,
            .to_ms = span->from_ms + (int64_t)(i + 1) * span->block_ms,
            .canary = counts_of(&tallies[i][0]),
            .baseline = counts_of(&tallies[i][1]),
        };

        if (block.canary.requests.is_known || block.baseline.requests.is_known)
            *ARENA_PUSH(arena, measured->blocks, measured->blocks_count) = block;
    }
    return true;
}
