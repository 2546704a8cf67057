#include "prometheus/aggregate.h"

#include <math.h>
#include <strings.h>

struct group {
    struct labels labels;
    double sum, least, most;
    size_t count;
};

static double sum_of(const struct group *group)
{
    return group->sum;
}

static double average_of(const struct group *group)
{
    return group->sum / (double)group->count;
}

static double least_of(const struct group *group)
{
    return group->least;
}

static double most_of(const struct group *group)
{
    return group->most;
}

static double count_of(const struct group *group)
{
    return (double)group->count;
}

static const struct aggregator {
    const char *name;
    double (*result)(const struct group *group);
} rows[] = {
    { "sum", sum_of }, { "avg", average_of }, { "min", least_of }, { "max", most_of }, { "count", count_of },
};

const struct aggregator *aggregator_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (strcasecmp(name, rows[i].name) == 0)
            return &rows[i];
    }
    return NULL;
}

static struct labels group_labels(struct arena *arena, const struct grouping *grouping, struct labels labels)
{
    const char *const name[] = { LABEL_NAME };

    if (!grouping->given || grouping->named)
        return labels_only(arena, labels, grouping->names, grouping->count);
    return labels_without(arena, labels_without(arena, labels, name, 1), grouping->names, grouping->count);
}

static struct group *find_group(struct group *groups, size_t count, struct labels labels)
{
    for (size_t i = 0; i < count; i++) {
        if (labels_equal(groups[i].labels, labels))
            return &groups[i];
    }
    return NULL;
}

void aggregate(struct evaluation *evaluation, const struct query *query, const struct value *vector,
               struct value *value)
{
    struct group *groups = NULL;
    size_t groups_count = 0;

    for (size_t i = 0; i < vector->count; i++) {
        struct labels labels = group_labels(evaluation->arena, &query->grouping, vector->at[i].labels);
        struct group *group = find_group(groups, groups_count, labels);
        double number = vector->at[i].value;

        if (!group) {
            group = ARENA_PUSH(evaluation->arena, groups, groups_count);
            *group = (struct group){ .labels = labels, .least = NAN, .most = NAN };
        }
        group->sum += number;
        group->least = fmin(group->least, number); /* a NaN loses against any number, as in Prometheus */
        group->most = fmax(group->most, number);
        group->count++;
    }
    for (size_t i = 0; i < groups_count; i++)
        *ARENA_PUSH(evaluation->arena, value->at, value->count) =
            (struct element){ .labels = groups[i].labels, .value = query->aggregator->result(&groups[i]) };
}
