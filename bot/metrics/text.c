#include "bot/metrics/text.h"

#include <math.h>
#include <stdio.h>

static const char *const type_names[] = {
    [METRIC_GAUGE] = "gauge", [METRIC_COUNTER] = "counter", [METRIC_HISTOGRAM] = "histogram"
};

void metric_head(struct buf *buf, const char *name, enum metric_type type, const char *help)
{
    buf_addf(buf, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type_names[type]);
}

static void add_escaped(struct buf *buf, const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            buf_puts(buf, "\\n");
        else if (*text == '"' || *text == '\\')
            buf_addf(buf, "\\%c", *text);
        else
            buf_putc(buf, *text);
    }
}

static void add_value(struct buf *buf, double value)
{
    if (value == floor(value) && fabs(value) < 1e15)
        buf_addf(buf, " %.0f\n", value); /* a large counter keeps its last digits */
    else
        buf_addf(buf, " %.12g\n", value);
}

void metric_labelled(struct buf *buf, const char *name, const struct metric_label *labels, size_t count, double value)
{
    buf_puts(buf, name);
    for (size_t i = 0; i < count; i++) {
        buf_addf(buf, "%s%s=\"", i == 0 ? "{" : ",", labels[i].name);
        add_escaped(buf, labels[i].value ? labels[i].value : "");
        buf_puts(buf, i + 1 == count ? "\"}" : "\"");
    }
    add_value(buf, value);
}

void metric_gauge(struct buf *buf, const char *name, const char *help, double value)
{
    metric_head(buf, name, METRIC_GAUGE, help);
    metric_labelled(buf, name, NULL, 0, value);
}

void metric_counter(struct buf *buf, const char *name, const char *help, double value)
{
    metric_head(buf, name, METRIC_COUNTER, help);
    metric_labelled(buf, name, NULL, 0, value);
}

/* ---- histograms ---- */

struct series { /* of one histogram */
    struct buf *buf;
    const char *name;
    struct metric_label own; /* name "": it has none */
};

/* NAME_SUFFIX{own, le}: what comes behind a name is written as a name of its own. */
static void add_series(const struct series *series, const char *suffix, const char *le, double value)
{
    struct metric_label labels[2];
    size_t count = 0;

    if (series->own.name[0])
        labels[count++] = series->own;
    if (le)
        labels[count++] = (struct metric_label){ "le", le };
    buf_puts(series->buf, series->name);
    metric_labelled(series->buf, suffix, labels, count, value);
}

static void add_buckets(const struct series *series, const struct histogram *histogram)
{
    uint64_t so_far = 0;
    char bound[32];

    for (size_t i = 0; i < HISTOGRAM_BOUNDS; i++) {
        so_far += histogram->buckets[i];
        snprintf(bound, sizeof(bound), "%g", histogram_bounds_s[i]);
        add_series(series, "_bucket", bound, (double)so_far);
    }
    add_series(series, "_bucket", "+Inf", (double)histogram->count);
}

void metric_histograms(struct buf *buf, const char *name, const char *help, const char *label,
                       const struct histograms *histograms)
{
    if (histograms->count == 0)
        return;
    metric_head(buf, name, METRIC_HISTOGRAM, help);
    for (size_t i = 0; i < histograms->count; i++) {
        const struct histogram *histogram = &histograms->list[i];
        const struct series series = { buf, name, { label, histogram->name } };

        add_buckets(&series, histogram);
        add_series(&series, "_sum", NULL, histogram->sum_s);
        add_series(&series, "_count", NULL, (double)histogram->count);
    }
}
