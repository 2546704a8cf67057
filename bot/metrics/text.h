/* text.h - the text that Prometheus reads: exposition format 0.0.4. Pure.
 *
 *     metric_head(&buf, "opsgate_effects_ended_total", METRIC_COUNTER, "Effects that ended, by kind and end.");
 *     metric_labelled(&buf, "opsgate_effects_ended_total", labels, 2, 7);
 *
 * A name's head stands once, before all its values. Values of labels may hold any text; names are ours and are not
 * checked. https://prometheus.io/docs/instrumenting/exposition_formats/
 */
#ifndef OPSGATE_METRICS_TEXT_H
#define OPSGATE_METRICS_TEXT_H

#include "bot/base/buf.h"
#include "bot/base/histogram.h"

enum metric_type { METRIC_GAUGE, METRIC_COUNTER, METRIC_HISTOGRAM };

struct metric_label {
    const char *name, *value; /* value NULL: "" */
};

void metric_head(struct buf *buf, const char *name, enum metric_type type, const char *help);
void metric_labelled(struct buf *buf, const char *name, const struct metric_label *labels, size_t count, double value);

/* Head and the one value. */
void metric_gauge(struct buf *buf, const char *name, const char *help, double value);
void metric_counter(struct buf *buf, const char *name, const char *help, double value);

/* Head, and all of them, told apart by `label`; "": there is one, without a label. Nothing when nothing was counted. */
void metric_histograms(struct buf *buf, const char *name, const char *help, const char *label,
                       const struct histograms *histograms);

#endif
