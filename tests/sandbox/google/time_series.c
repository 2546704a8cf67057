#include "google/time_series.h"

#include "run/minutes.h"

#include "bot/base/time.h"

#include <string.h>

#define RESOURCE_TYPE "cloud_run_revision"

/* clang-format off */
static const struct metric metrics[] = {
    { "run.googleapis.com/request_count",     "INT64",        "1",  false },
    { "run.googleapis.com/request_latencies", "DISTRIBUTION", "ms", true },
};

static const struct {
    const char *code, *class_;
} codes[TRAFFIC_CODES] = { { "200", "2xx" }, { "500", "5xx" }, { "503", "5xx" } };
/* clang-format on */

const struct metric *metric_find(const char *type)
{
    for (size_t i = 0; i < ARRAY_LEN(metrics); i++) {
        if (text_is(metrics[i].type, type))
            return &metrics[i];
    }
    return NULL;
}

/* ---- labels ---- */

struct source { /* one series before it is reduced */
    const struct series_ask *ask;
    const struct service *service;
    const struct revision *revision;
    struct str location;
    size_t code;
    struct arena *arena;
};

static const char *project_of(const struct source *s)
{
    return s->ask->project;
}

static const char *metric_of(const struct source *s)
{
    return s->ask->metric->type;
}

static const char *resource_of(const struct source *s)
{
    (void)s;
    return RESOURCE_TYPE;
}

static const char *location_of(const struct source *s)
{
    return arena_copy(s->arena, s->location);
}

static const char *service_of(const struct source *s)
{
    return s->service->id;
}

static const char *revision_of(const struct source *s)
{
    return s->revision->name;
}

static const char *code_of(const struct source *s)
{
    return codes[s->code].code;
}

static const char *class_of(const struct source *s)
{
    return codes[s->code].class_;
}

/* clang-format off */
static const struct label {
    const char *selector, *part, *name; /* part: of the TimeSeries whose `labels` have that name; NULL: it is no label */
    const char *(*value)(const struct source *source);
} labels[] = {
    { "metric.type",                        NULL,       NULL,                  metric_of },
    { "resource.type",                      NULL,       NULL,                  resource_of },
    { "resource.labels.project_id",         "resource", "project_id",          project_of },
    { "resource.labels.location",           "resource", "location",            location_of },
    { "resource.labels.service_name",       "resource", "service_name",        service_of },
    { "resource.labels.configuration_name", "resource", "configuration_name",  service_of },
    { "resource.labels.revision_name",      "resource", "revision_name",       revision_of },
    { "metric.labels.response_code",        "metric",   "response_code",       code_of },
    { "metric.labels.response_code_class",  "metric",   "response_code_class", class_of },
};
/* clang-format on */

static const struct label *find_label(const char *selector)
{
    for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
        if (text_is(labels[i].selector, selector))
            return &labels[i];
    }
    return NULL;
}

bool series_is_label(const char *selector)
{
    const struct label *label = find_label(selector);

    return label && label->part;
}

bool series_is_selector(const char *selector)
{
    return find_label(selector);
}

static const char *look_up(void *arg, const char *selector)
{
    const struct label *label = find_label(selector);

    return label ? label->value(arg) : NULL;
}

/* ---- groups ---- */

struct group {
    const char *values[GROUP_FIELDS_MAX];
    struct minute_count **windows; /* oldest first; NULL: nothing was counted in it */
};

struct collection {
    const struct series_ask *ask;
    struct arena *arena;
    struct group *groups;
    size_t count;
};

static struct group *find_group(struct collection *c, struct source *source)
{
    struct group wanted = { .windows = NULL };

    for (size_t i = 0; i < c->ask->groups_count; i++)
        wanted.values[i] = look_up(source, c->ask->groups[i]);
    for (size_t g = 0; g < c->count; g++) {
        size_t same = 0;

        while (same < c->ask->groups_count && text_is(c->groups[g].values[same], wanted.values[same]))
            same++;
        if (same == c->ask->groups_count)
            return &c->groups[g];
    }
    wanted.windows = arena_alloc(c->arena, (c->ask->windows + 1) * sizeof(struct minute_count *));
    *ARENA_PUSH(c->arena, c->groups, c->count) = wanted;
    return &c->groups[c->count - 1];
}

static void add_count(struct minute_count *sum, const struct minute_count *more)
{
    sum->requests += more->requests;
    sum->sum_ms += more->sum_ms;
    sum->squares_ms += more->squares_ms;
    for (size_t i = 0; i <= MINUTE_BOUNDS; i++)
        sum->latencies[i] += more->latencies[i];
}

static bool is_dropped(const struct series_ask *ask, const char *service, int64_t end_ms)
{
    JSON_EACH(drop, ask->dropped) {
        if ((!tree_text(drop, "service") || tree_has_text(drop, "service", service)) &&
            end_ms > tree_int(drop, "from_ms", 0) && end_ms <= tree_int(drop, "until_ms", 0))
            return true;
    }
    return false;
}

static void collect_source(struct collection *c, struct source *source)
{
    const struct series_ask *ask = c->ask;

    for (const struct minute *minute = source->revision->minutes; minute; minute = minute->older) {
        int64_t before_end = (ask->end_ms - minute->end_ms) / ask->period_ms;
        struct minute_count **window = NULL;

        if (minute->codes[source->code].requests == 0 || minute->end_ms > ask->end_ms ||
            minute->end_ms > ask->visible_until_ms || before_end >= (int64_t)ask->windows ||
            is_dropped(ask, source->service->id, minute->end_ms))
            continue;
        window = &find_group(c, source)->windows[(int64_t)ask->windows - 1 - before_end];
        *window = *window ? *window : ARENA_NEW(c->arena, struct minute_count);
        add_count(*window, &minute->codes[source->code]);
    }
}

/* ---- as JSON ---- */

static void set_count(cJSON *object, const char *name, int64_t value)
{
    tree_set_textf(object, name, "%lld", (long long)value);
}

/* Zeros at the end are left out. */
static cJSON *bucket_counts(const struct minute_count *count)
{
    cJSON *list = json_array();
    size_t used = MINUTE_BOUNDS + 1;

    while (used > 0 && count->latencies[used - 1] == 0)
        used--;
    for (size_t i = 0; i < used; i++) {
        AUTO_FREE char *text = text_format("%u", count->latencies[i]);

        json_add_string(list, text);
    }
    return list;
}

static cJSON *distribution_value(const struct minute_count *count)
{
    cJSON *value = json_object(), *buckets = NULL;
    double mean = count->sum_ms / (double)count->requests;

    set_count(value, "count", count->requests);
    json_set_double(value, "mean", mean);
    json_set_double(value, "sumOfSquaredDeviation", count->squares_ms - mean * count->sum_ms);
    buckets = json_set(json_set(value, "bucketOptions", json_object()), "exponentialBuckets", json_object());
    json_set_int(buckets, "numFiniteBuckets", MINUTE_BOUNDS - 1);
    json_set_double(buckets, "growthFactor", MINUTE_BOUND_GROWTH);
    json_set_double(buckets, "scale", MINUTE_BOUND_FIRST);
    json_set(value, "bucketCounts", bucket_counts(count));
    return value;
}

static cJSON *point(const struct series_ask *ask, size_t window, const struct minute_count *count)
{
    cJSON *made = json_object(), *interval = json_set(made, "interval", json_object()),
          *value = json_set(made, "value", json_object());
    int64_t end_ms = ask->end_ms - (int64_t)(ask->windows - 1 - window) * ask->period_ms;

    tree_set_textf(interval, "startTime", "%.19sZ", time_format(end_ms - ask->period_ms).text); /* whole seconds */
    tree_set_textf(interval, "endTime", "%.19sZ", time_format(end_ms).text);
    if (ask->metric->is_distribution)
        json_set(value, "distributionValue", distribution_value(count));
    else
        set_count(value, "int64Value", count->requests);
    return made;
}

static cJSON *series_of(const struct series_ask *ask, const struct group *group)
{
    cJSON *series = json_object(), *metric = json_set(series, "metric", json_object()),
          *resource = json_set(series, "resource", json_object()), *points = NULL;
    cJSON *metric_labels = json_set(metric, "labels", json_object()),
          *resource_labels = json_set(resource, "labels", json_object());

    json_set_string(resource_labels, "project_id", ask->project);
    for (size_t i = 0; i < ask->groups_count; i++) {
        const struct label *label = find_label(ask->groups[i]);

        json_set_string(text_is(label->part, "metric") ? metric_labels : resource_labels, label->name,
                        group->values[i]);
    }
    if (!metric_labels->child)
        cJSON_DeleteItemFromObjectCaseSensitive(metric, "labels");
    json_set_string(metric, "type", ask->metric->type);
    json_set_string(resource, "type", RESOURCE_TYPE);
    json_set_string(series, "metricKind", "DELTA");
    json_set_string(series, "valueType", ask->metric->value_type);
    points = json_set(series, "points", json_array());
    for (size_t i = ask->windows; i-- > 0;) {
        if (group->windows[i])
            json_add(points, point(ask, i, group->windows[i]));
    }
    return series;
}

/* ---- all of it ---- */

static bool take_place(struct source *source)
{
    struct str rest = str_of(source->service->parent);
    struct str project;

    if (!str_take_prefix(&rest, "projects/"))
        return false;
    project = str_take_until(&rest, '/');
    source->location = rest;
    return str_take_prefix(&source->location, "locations/") && str_is(project, source->ask->project);
}

cJSON *series_collect(const struct run *run, const struct series_ask *ask, struct arena *arena)
{
    struct collection c = { .ask = ask, .arena = arena };
    cJSON *list = json_array();

    for (const struct service *service = run->services; service; service = service->next) {
        for (const struct revision *revision = service->revisions; revision; revision = revision->older) {
            for (size_t code = 0; code < TRAFFIC_CODES; code++) {
                struct source source = { ask, service, revision, { NULL, 0 }, code, arena };

                if (take_place(&source) && filter_matches(ask->filter, look_up, &source))
                    collect_source(&c, &source);
            }
        }
    }
    for (size_t i = 0; i < c.count; i++)
        json_add(list, series_of(ask, &c.groups[i]));
    return list;
}
