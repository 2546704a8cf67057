#include "bot/api/series.h"

#include "bot/api/rollout.h"
#include "handlers/deploy/deploy.h"

#include <stdio.h>
#include <string.h>

#include <utlist.h>

struct one {
    char operation[32];
    struct figures points[SERIES_POINTS_MAX]; /* a ring: the next goes to count % SERIES_POINTS_MAX */
    size_t count;
    struct one *prev, *next;
};

struct series {
    struct one *list; /* the one that was looked at last is last */
    size_t count;
};

struct series *series_create(void)
{
    return xcalloc(1, sizeof(struct series));
}

static void drop(struct series *series, struct one *one)
{
    DL_DELETE(series->list, one);
    series->count--;
    free(one);
}

void series_destroy(struct series *series)
{
    while (series && series->list)
        drop(series, series->list);
    free(series);
}

static struct one *find(const struct series *series, const char *operation)
{
    struct one *one;

    DL_FOREACH(series->list, one)
        if (strcmp(one->operation, operation) == 0)
            return one;
    return NULL;
}

static struct one *find_or_make(struct series *series, const char *operation)
{
    struct one *one = find(series, operation);

    if (one) {
        DL_DELETE(series->list, one);
        DL_APPEND(series->list, one);
        return one;
    }
    if (series->count == SERIES_MAX)
        drop(series, series->list);
    one = xcalloc(1, sizeof(*one));
    snprintf(one->operation, sizeof(one->operation), "%s", operation);
    DL_APPEND(series->list, one);
    series->count++;
    return one;
}

void series_take(struct series *series, const struct operation *operation, struct arena *arena)
{
    struct figures figures;
    struct one *one;

    if (json_find_int(operation->body, "measured.at_ms", 0) == 0 || !figures_of(operation, arena, &figures))
        return;
    one = find_or_make(series, operation->id);
    if (one->count > 0 && one->points[(one->count - 1) % SERIES_POINTS_MAX].at_ms >= figures.at_ms)
        return;
    one->points[one->count++ % SERIES_POINTS_MAX] = figures;
}

cJSON *series_json(const struct series *series, const char *operation)
{
    const struct one *one = find(series, operation);
    cJSON *list = json_array();
    size_t first = one && one->count > SERIES_POINTS_MAX ? one->count - SERIES_POINTS_MAX : 0;

    for (size_t i = first; one && i < one->count; i++)
        json_add(list, figures_json(&one->points[i % SERIES_POINTS_MAX]));
    return list;
}
