#include "bot/model/alert.h"

#include <string.h>

static const struct shape_field alert_rows[] = {
    ROW_STRING(alert, fingerprint, .flags = SHAPE_REQUIRED), ROW_BOOL(alert, is_firing),
    ROW_INT(alert, starts_at_ms, .flags = SHAPE_NONZERO),    ROW_INT(alert, ends_at_ms, .flags = SHAPE_NONZERO),
    ROW_STRING(alert, url, .flags = SHAPE_NONZERO),          ROW_MAP(alert, labels, .flags = SHAPE_NONZERO),
    ROW_MAP(alert, annotations, .flags = SHAPE_NONZERO),
};
const struct shape alert_shape = SHAPE("an alert", alert, alert_rows);

static const struct shape_field group_rows[] = {
    ROW_STRING(alert_group, key, .flags = SHAPE_REQUIRED),
    ROW_BOOL(alert_group, is_firing),
    ROW_STRING(alert_group, receiver, .flags = SHAPE_NONZERO),
    ROW_STRING(alert_group, reason, .flags = SHAPE_NONZERO),
    ROW_STRING(alert_group, url, .flags = SHAPE_NONZERO),
    ROW_MAP(alert_group, labels, .flags = SHAPE_NONZERO),
    ROW_MAP(alert_group, common_labels, .flags = SHAPE_NONZERO),
    ROW_MAP(alert_group, common_annotations, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(alert_group, alerts, &alert_shape, .flags = SHAPE_NONZERO),
    ROW_INT(alert_group, alerts_missing, .flags = SHAPE_NONZERO),
    ROW_BOOL(alert_group, is_cut, .flags = SHAPE_NONZERO),
};
const struct shape alert_group_shape = SHAPE("a group of alerts", alert_group, group_rows);

static const char *find(const struct shape_pair *pairs, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(pairs[i].key, name) == 0)
            return pairs[i].value;
    return NULL;
}

const char *alert_group_label(const struct alert_group *group, const char *name)
{
    const char *value = find(group->labels, group->labels_count, name);

    return value ? value : find(group->common_labels, group->common_labels_count, name);
}
