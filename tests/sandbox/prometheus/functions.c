#include "prometheus/functions.h"

#include "prometheus/buckets.h"
#include "prometheus/replace.h"

#include <math.h>
#include <string.h>

#define NEAR_EDGE 1.1 /* a first or last sample this many intervals from the edge still speaks for all up to it */

static struct labels without_name(const struct function_call *call, struct labels labels)
{
    const char *const name[] = { LABEL_NAME };

    return labels_without(call->evaluation->arena, labels, name, 1);
}

static void add_element(const struct function_call *call, struct labels labels, double number, struct value *value)
{
    *ARENA_PUSH(call->evaluation->arena, value->at, value->count) =
        (struct element){ .labels = labels, .value = number };
}

/* ---- over a range ---- */

/* One number for a range of samples; false: none. */
typedef bool (*range_fn)(const struct element *element, const struct value *range, double *ret_number);

static bool over_ranges(const struct function_call *call, range_fn of_range, struct value *value)
{
    const struct value *range = &call->args[0];

    for (size_t i = 0; i < range->count; i++) {
        double number = 0;

        if (of_range(&range->at[i], range, &number))
            add_element(call, without_name(call, range->at[i].labels), number, value);
    }
    return true;
}

/* What was counted between the first and the last sample: a fall is a restart from zero. */
static double counted(const struct element *element)
{
    double sum = element->samples[element->samples_count - 1].value - element->samples[0].value;

    for (size_t i = 1; i < element->samples_count; i++) {
        if (element->samples[i].value < element->samples[i - 1].value)
            sum += element->samples[i - 1].value;
    }
    return sum;
}

/* Prometheus' extrapolation: the samples' change is stretched towards the edges of the range, but at most by half an
 * interval where samples are missing, and a counter never to before it was zero. */
static bool extrapolate(const struct element *element, const struct value *range, bool is_counter, double *ret_change)
{
    const struct sample *first = &element->samples[0], *last = &element->samples[element->samples_count - 1];
    double sampled_s = (double)(last->at_ms - first->at_ms) / 1000;
    double interval_s = sampled_s / (double)(element->samples_count - 1);
    double before_s = (double)(first->at_ms - (range->range_end_ms - range->range_ms)) / 1000;
    double after_s = (double)(range->range_end_ms - last->at_ms) / 1000;
    double change = 0;

    if (element->samples_count < 2)
        return false; /* and nothing above has been used */
    change = is_counter ? counted(element) : last->value - first->value;
    if (before_s >= interval_s * NEAR_EDGE)
        before_s = interval_s / 2;
    if (is_counter && change > 0 && first->value >= 0)
        before_s = fmin(before_s, sampled_s * (first->value / change));
    if (after_s >= interval_s * NEAR_EDGE)
        after_s = interval_s / 2;
    *ret_change = change * ((sampled_s + before_s + after_s) / sampled_s);
    return true;
}

static bool increase_of(const struct element *element, const struct value *range, double *ret_number)
{
    return extrapolate(element, range, true, ret_number);
}

static bool rate_of(const struct element *element, const struct value *range, double *ret_number)
{
    if (!extrapolate(element, range, true, ret_number))
        return false;
    *ret_number /= (double)range->range_ms / 1000;
    return true;
}

static bool delta_of(const struct element *element, const struct value *range, double *ret_number)
{
    return extrapolate(element, range, false, ret_number);
}

static bool irate_of(const struct element *element, const struct value *range, double *ret_number)
{
    const struct sample *last = &element->samples[element->samples_count - 1];

    (void)range;
    if (element->samples_count < 2)
        return false;
    *ret_number = last->value < last[-1].value ? last->value : last->value - last[-1].value;
    *ret_number /= (double)(last->at_ms - last[-1].at_ms) / 1000;
    return true;
}

static bool sum_of(const struct element *element, const struct value *range, double *ret_number)
{
    (void)range;
    *ret_number = 0;
    for (size_t i = 0; i < element->samples_count; i++)
        *ret_number += element->samples[i].value;
    return true;
}

static bool average_of(const struct element *element, const struct value *range, double *ret_number)
{
    sum_of(element, range, ret_number);
    *ret_number /= (double)element->samples_count;
    return true;
}

static bool count_of(const struct element *element, const struct value *range, double *ret_number)
{
    (void)range;
    *ret_number = (double)element->samples_count;
    return true;
}

static bool least_of(const struct element *element, const struct value *range, double *ret_number)
{
    (void)range;
    *ret_number = element->samples[0].value;
    for (size_t i = 1; i < element->samples_count; i++)
        *ret_number = fmin(*ret_number, element->samples[i].value);
    return true;
}

static bool most_of(const struct element *element, const struct value *range, double *ret_number)
{
    (void)range;
    *ret_number = element->samples[0].value;
    for (size_t i = 1; i < element->samples_count; i++)
        *ret_number = fmax(*ret_number, element->samples[i].value);
    return true;
}

#define OVER_RANGES(function, of_range)                                                                                \
    static bool function(const struct function_call *call, struct value *value)                                        \
    {                                                                                                                  \
        return over_ranges(call, of_range, value);                                                                     \
    }
OVER_RANGES(call_rate, rate_of)
OVER_RANGES(call_increase, increase_of)
OVER_RANGES(call_delta, delta_of)
OVER_RANGES(call_irate, irate_of)
OVER_RANGES(call_sum_over_time, sum_of)
OVER_RANGES(call_avg_over_time, average_of)
OVER_RANGES(call_count_over_time, count_of)
OVER_RANGES(call_min_over_time, least_of)
OVER_RANGES(call_max_over_time, most_of)

/* As `offset` does, and so the only one of these that keeps the name. */
static bool call_last_over_time(const struct function_call *call, struct value *value)
{
    for (size_t i = 0; i < call->args[0].count; i++) {
        const struct element *element = &call->args[0].at[i];

        add_element(call, element->labels, element->samples[element->samples_count - 1].value, value);
    }
    return true;
}

/* ---- the others ---- */

static bool call_vector(const struct function_call *call, struct value *value)
{
    add_element(call, (struct labels){ 0 }, call->args[0].number, value);
    return true;
}

static bool call_scalar(const struct function_call *call, struct value *value)
{
    value->number = call->args[0].count == 1 ? call->args[0].at[0].value : NAN;
    return true;
}

static bool call_time(const struct function_call *call, struct value *value)
{
    value->number = (double)call->evaluation->at_ms / 1000;
    return true;
}

static bool call_abs(const struct function_call *call, struct value *value)
{
    for (size_t i = 0; i < call->args[0].count; i++)
        add_element(call, without_name(call, call->args[0].at[i].labels), fabs(call->args[0].at[i].value), value);
    return true;
}

static bool names_once(const struct query *selector, const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < selector->matchers_count; i++)
        count += strcmp(selector->matchers[i].name, name) == 0;
    return count == 1;
}

/* 1 when there is nothing, with the labels that the selector itself says it would have had. */
static bool call_absent(const struct function_call *call, struct value *value)
{
    const struct query *selector = call->query->parts[0];
    struct labels labels = { 0 };

    if (call->args[0].count > 0)
        return true;
    for (size_t i = 0; selector->kind == QUERY_SELECTOR && i < selector->matchers_count; i++) {
        const struct matcher *matcher = &selector->matchers[i];

        if (matcher->kind == MATCH_EQUAL && strcmp(matcher->name, LABEL_NAME) != 0 &&
            names_once(selector, matcher->name))
            labels = labels_with(call->evaluation->arena, labels, matcher->name, matcher->value);
    }
    add_element(call, labels, 1, value);
    return true;
}

static bool call_histogram_quantile(const struct function_call *call, struct value *value)
{
    buckets_quantiles(call->evaluation, call->args[0].number, &call->args[1], value);
    return true;
}

static bool call_label_replace(const struct function_call *call, struct value *value)
{
    return replace_label(call->evaluation, call->args, value, call->err);
}

/* clang-format off */
static const struct function functions[] = {
    { "rate",               TYPE_VECTOR, 1, { TYPE_RANGE },               call_rate },
    { "increase",           TYPE_VECTOR, 1, { TYPE_RANGE },               call_increase },
    { "delta",              TYPE_VECTOR, 1, { TYPE_RANGE },               call_delta },
    { "irate",              TYPE_VECTOR, 1, { TYPE_RANGE },               call_irate },
    { "sum_over_time",      TYPE_VECTOR, 1, { TYPE_RANGE },               call_sum_over_time },
    { "avg_over_time",      TYPE_VECTOR, 1, { TYPE_RANGE },               call_avg_over_time },
    { "count_over_time",    TYPE_VECTOR, 1, { TYPE_RANGE },               call_count_over_time },
    { "min_over_time",      TYPE_VECTOR, 1, { TYPE_RANGE },               call_min_over_time },
    { "max_over_time",      TYPE_VECTOR, 1, { TYPE_RANGE },               call_max_over_time },
    { "last_over_time",     TYPE_VECTOR, 1, { TYPE_RANGE },               call_last_over_time },
    { "histogram_quantile", TYPE_VECTOR, 2, { TYPE_SCALAR, TYPE_VECTOR }, call_histogram_quantile },
    { "absent",             TYPE_VECTOR, 1, { TYPE_VECTOR },              call_absent },
    { "abs",                TYPE_VECTOR, 1, { TYPE_VECTOR },              call_abs },
    { "vector",             TYPE_VECTOR, 1, { TYPE_SCALAR },              call_vector },
    { "scalar",             TYPE_SCALAR, 1, { TYPE_VECTOR },              call_scalar },
    { "time",               TYPE_SCALAR, 0, { TYPE_SCALAR },              call_time },
    { "label_replace",      TYPE_VECTOR, 5, { TYPE_VECTOR, TYPE_STRING, TYPE_STRING, TYPE_STRING, TYPE_STRING }, call_label_replace },
};
/* clang-format on */

const struct function *function_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
        if (strcmp(name, functions[i].name) == 0)
            return &functions[i];
    }
    return NULL;
}
