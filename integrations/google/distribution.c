#include "integrations/google/distribution.h"

#include <math.h>

/* ---- bounds ---- */

static double number(const cJSON *json, const char *path)
{
    const cJSON *found = json_find(json, path);

    return cJSON_IsNumber(found) ? found->valuedouble : NAN;
}

/* What is left out is zero. */
static double number_or_zero(const cJSON *json, const char *path)
{
    return json_find(json, path) ? number(json, path) : 0;
}

static double *rising(struct arena *arena, size_t count)
{
    return arena_alloc(arena, count * sizeof(double));
}

static size_t exponential(const cJSON *json, struct arena *arena, double **ret_uppers)
{
    int64_t count = json_find_int(json, "numFiniteBuckets", 0) + 1;
    double growth = number(json, "growthFactor"), scale = number(json, "scale");

    if (count < 2 || count > DISTRIBUTION_BUCKETS_MAX)
        return 0;
    *ret_uppers = rising(arena, (size_t)count);
    for (int64_t i = 0; i < count; i++)
        (*ret_uppers)[i] = scale * pow(growth, (double)i);
    return (size_t)count;
}

static size_t linear(const cJSON *json, struct arena *arena, double **ret_uppers)
{
    int64_t count = json_find_int(json, "numFiniteBuckets", 0) + 1;
    double width = number(json, "width"), offset = number_or_zero(json, "offset");

    if (count < 2 || count > DISTRIBUTION_BUCKETS_MAX)
        return 0;
    *ret_uppers = rising(arena, (size_t)count);
    for (int64_t i = 0; i < count; i++)
        (*ret_uppers)[i] = offset + width * (double)i;
    return (size_t)count;
}

static size_t explicit(const cJSON *json, struct arena *arena, double **ret_uppers)
{
    const cJSON *bounds = json_find(json, "bounds");
    size_t count = (size_t)cJSON_GetArraySize(bounds), i = 0;

    if (!cJSON_IsArray(bounds) || count < 1 || count > DISTRIBUTION_BUCKETS_MAX)
        return 0;
    *ret_uppers = rising(arena, count);
    JSON_EACH(bound, bounds)
        (*ret_uppers)[i++] = cJSON_IsNumber(bound) ? bound->valuedouble : NAN;
    return count;
}

static size_t decode_bounds(const cJSON *options, struct arena *arena, double **ret_uppers)
{
    static const struct {
        const char *name;
        size_t (*decode)(const cJSON *json, struct arena *arena, double **ret_uppers);
    } kinds[] = { { "exponentialBuckets", exponential }, { "linearBuckets", linear }, { "explicitBuckets", explicit } };
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LEN(kinds) && count == 0; i++)
        if (json_find(options, kinds[i].name))
            count = kinds[i].decode(json_find(options, kinds[i].name), arena, ret_uppers);
    for (size_t i = 0; i < count; i++)
        if (!isfinite((*ret_uppers)[i]) || (i > 0 && !((*ret_uppers)[i] > (*ret_uppers)[i - 1])))
            return 0;
    return count;
}

/* ---- counts ---- */

/* int64 come as texts. */
static bool decode_counts(const cJSON *json, struct distribution *distribution)
{
    const cJSON *counts = json_find(json, "bucketCounts");
    size_t i = 0;

    if (counts && (!cJSON_IsArray(counts) || (size_t)cJSON_GetArraySize(counts) > distribution->buckets))
        return false;
    JSON_EACH(count, counts) {
        struct error ignored;
        int64_t value = 0;

        if (cJSON_IsNumber(count) && count->valuedouble >= 0 && count->valuedouble <= 9007199254740992.0)
            value = (int64_t)count->valuedouble;
        else if (!cJSON_IsString(count) ||
                 !parse_int(str_of(count->valuestring), 0, INT64_C(1) << 53, &value, &ignored))
            return false;
        distribution->counts[i++] = (double)value;
    }
    return true;
}

bool distribution_decode(const cJSON *json, struct arena *arena, struct distribution *ret_distribution,
                         struct error *err)
{
    struct distribution distribution = { .buckets = 0 };
    double *uppers = NULL;
    size_t count;

    if (!cJSON_IsObject(json))
        return error_set(err, ERR_INVALID, "a distribution that is none");
    count = decode_bounds(json_find(json, "bucketOptions"), arena, &uppers);
    if (count == 0)
        return error_set(err, ERR_INVALID, "a distribution without buckets");
    distribution.buckets = count + 1;
    distribution.uppers = uppers;
    distribution.counts = arena_alloc(arena, distribution.buckets * sizeof(double));
    if (!decode_counts(json, &distribution))
        return error_set(err, ERR_INVALID, "a distribution that counts nothing");
    if (distribution_total(&distribution) != (double)json_find_int(json, "count", 0))
        return error_set(err, ERR_INVALID, "a distribution whose buckets are not all of it");
    *ret_distribution = distribution;
    return true;
}

/* ---- asked ---- */

double distribution_bound(const struct distribution *distribution, double limit)
{
    for (size_t i = 0; i + 1 < distribution->buckets; i++)
        if (distribution->uppers[i] > 0 && distribution->uppers[i] >= limit)
            return distribution->uppers[i];
    return 0;
}

double distribution_above(const struct distribution *distribution, double bound)
{
    double sum = 0;

    for (size_t i = 0; i < distribution->buckets; i++)
        if (i + 1 == distribution->buckets || distribution->uppers[i] > bound)
            sum += distribution->counts[i];
    return sum;
}

double distribution_total(const struct distribution *distribution)
{
    double sum = 0;

    for (size_t i = 0; i < distribution->buckets; i++)
        sum += distribution->counts[i];
    return sum;
}

bool distribution_add(struct distribution *sum, const struct distribution *more, struct arena *arena)
{
    if (sum->buckets == 0) {
        *sum = (struct distribution){ more->buckets, more->uppers, arena_alloc(arena, more->buckets * sizeof(double)) };
    }
    if (sum->buckets != more->buckets)
        return false;
    for (size_t i = 0; i + 1 < sum->buckets; i++)
        if (sum->uppers[i] < more->uppers[i] || sum->uppers[i] > more->uppers[i])
            return false;
    for (size_t i = 0; i < sum->buckets; i++)
        sum->counts[i] += more->counts[i];
    return true;
}

bool distribution_quantile(const struct distribution *distribution, double quantile, double *ret_value)
{
    double rank = quantile * distribution_total(distribution), below = 0;

    for (size_t i = 0; i < distribution->buckets; i++) {
        double count = distribution->counts[i];

        if (count > 0 && below + count >= rank) {
            double lower = i > 0 ? distribution->uppers[i - 1] : 0;
            double upper = i + 1 < distribution->buckets ? distribution->uppers[i] : lower;

            *ret_value = fmax(0, lower + (upper - lower) * ((rank - below) / count));
            return true;
        }
        below += count;
    }
    return false;
}
