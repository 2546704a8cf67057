#include "prometheus/evaluate.h"

#include "prometheus/aggregate.h"
#include "prometheus/binary.h"
#include "prometheus/functions.h"

static bool touch(struct evaluation *evaluation, size_t samples, struct error *err)
{
    evaluation->touched += samples + 1;
    return evaluation->touched <= SAMPLES_TOUCHED_MAX ||
           error_set(err, ERR_TOO_LARGE, "query processing would load too many samples into memory in query execution");
}

/* ---- selectors ---- */

static bool selects(const struct query *query, struct labels labels)
{
    for (size_t i = 0; i < query->matchers_count; i++) {
        if (!matcher_takes(&query->matchers[i], labels_get(labels, query->matchers[i].name)))
            return false;
    }
    return true;
}

static uint64_t marks_of(const struct query *query)
{
    uint64_t marks = 0;

    for (size_t i = 0; i < query->matchers_count; i++) {
        const struct matcher *matcher = &query->matchers[i];

        if (matcher->kind == MATCH_EQUAL && *matcher->value) /* "" is a label that is not there */
            marks |= label_mark(matcher->name, matcher->value);
    }
    return marks;
}

static void add_selections(const struct store *store, const struct query *query, struct arena *arena,
                           struct selections *selections)
{
    struct selection selection = { .query = query };
    uint64_t marks = marks_of(query);

    for (size_t i = 0; i < query->parts_count; i++)
        add_selections(store, query->parts[i], arena, selections);
    if (query->kind != QUERY_SELECTOR)
        return;
    for (const struct series *series = store->series; series; series = series->next) {
        if ((series->marks & marks) == marks && selects(query, series->labels))
            *ARENA_PUSH(arena, selection.series, selection.count) = series;
    }
    *ARENA_PUSH(arena, selections->at, selections->count) = selection;
}

struct selections select_series(const struct store *store, const struct query *query, struct arena *arena)
{
    struct selections selections = { 0 };

    add_selections(store, query, arena, &selections);
    return selections;
}

static const struct selection *selection_of(const struct evaluation *evaluation, const struct query *query)
{
    const struct selection *selection = evaluation->selections.at;

    while (selection->query != query)
        selection++;
    return selection;
}

/* The newest sample of the lookback, unless the series has ended with it. */
static void add_instant(struct evaluation *evaluation, const struct series *series, int64_t at_ms, struct value *value)
{
    size_t count = 0;
    const struct sample *samples = series_between(series, at_ms - LOOKBACK_MS, at_ms, &count);

    if (count > 0 && !sample_is_stale(samples[count - 1].value))
        *ARENA_PUSH(evaluation->arena, value->at, value->count) =
            (struct element){ .labels = series->labels, .value = samples[count - 1].value };
}

static void add_range(struct evaluation *evaluation, const struct series *series, struct value *value)
{
    size_t count = 0, kept = 0;
    const struct sample *samples =
        series_between(series, value->range_end_ms - value->range_ms, value->range_end_ms, &count);
    struct sample *copies = NULL;

    for (size_t i = 0; i < count; i++)
        kept += !sample_is_stale(samples[i].value);
    if (kept == 0)
        return;
    if (kept < count) {
        copies = arena_alloc(evaluation->arena, kept * sizeof *copies);
        for (size_t i = 0, to = 0; i < count; i++) {
            if (!sample_is_stale(samples[i].value))
                copies[to++] = samples[i];
        }
    }
    *ARENA_PUSH(evaluation->arena, value->at, value->count) =
        (struct element){ .labels = series->labels, .samples = copies ? copies : samples, .samples_count = kept };
}

static bool evaluate_selector(struct evaluation *evaluation, const struct query *query, struct value *value,
                              struct error *err)
{
    const struct selection *selection = selection_of(evaluation, query);
    int64_t at_ms = evaluation->at_ms - query->offset_ms;

    value->range_ms = query->range_ms;
    value->range_end_ms = at_ms;
    for (size_t i = 0; i < selection->count; i++) {
        if (query->type == TYPE_RANGE)
            add_range(evaluation, selection->series[i], value);
        else
            add_instant(evaluation, selection->series[i], at_ms, value);
        if (!touch(evaluation, value->count ? value->at[value->count - 1].samples_count : 0, err))
            return false;
    }
    return true;
}

/* ---- the tree ---- */

static void negate(struct evaluation *evaluation, const struct value *operand, struct value *value)
{
    const char *const name[] = { LABEL_NAME };

    value->number = -operand->number;
    for (size_t i = 0; i < operand->count; i++)
        *ARENA_PUSH(evaluation->arena, value->at, value->count) =
            (struct element){ .labels = labels_without(evaluation->arena, operand->at[i].labels, name, 1),
                              .value = -operand->at[i].value };
}

/* Two elements that look the same could not be told apart in the answer. */
static bool check_unique(struct evaluation *evaluation, const struct value *value, struct error *err)
{
    for (size_t i = 0; i < value->count; i++) {
        for (size_t j = i + 1; j < value->count; j++) {
            if (labels_equal(value->at[i].labels, value->at[j].labels))
                return error_set(err, ERR_CONFLICT, "vector cannot contain metrics with the same labelset");
        }
        if (!touch(evaluation, value->count, err))
            return false;
    }
    return true;
}

bool evaluate(struct evaluation *evaluation, const struct query *query, struct value *ret_value, struct error *err)
{
    struct value *parts = arena_alloc(evaluation->arena, (query->parts_count + 1) * sizeof *parts);
    struct value value = { .type = query->type };

    for (size_t i = 0; i < query->parts_count; i++) {
        if (!evaluate(evaluation, query->parts[i], &parts[i], err))
            return false;
    }
    switch (query->kind) {
    case QUERY_NUMBER:
        value.number = query->number;
        break;
    case QUERY_STRING:
        value.text = query->text;
        break;
    case QUERY_SELECTOR:
        if (!evaluate_selector(evaluation, query, &value, err))
            return false;
        break;
    case QUERY_MINUS:
        negate(evaluation, &parts[0], &value);
        break;
    case QUERY_BINARY:
        if (!binary(evaluation, query, &parts[0], &parts[1], &value, err))
            return false;
        break;
    case QUERY_AGGREGATE:
        aggregate(evaluation, query, &parts[0], &value);
        break;
    case QUERY_CALL:
        if (!query->function->call(&(struct function_call){ evaluation, query, parts, err }, &value))
            return false;
        break;
    }
    if (value.type == TYPE_VECTOR &&
        (query->kind == QUERY_MINUS || query->kind == QUERY_CALL || query->kind == QUERY_BINARY) &&
        !check_unique(evaluation, &value, err))
        return false;
    *ret_value = value;
    return true;
}
