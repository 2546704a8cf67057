/* Do two denies say the same? Thing by thing, names in whatever order. */
#include "reference_internal.h"

#include <string.h>

static size_t count_name(const char **list, size_t count, const char *name)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++)
        found += reference_same(list[i], name);
    return found;
}

static bool are_names_same(const char **a, size_t a_count, const char **b, size_t b_count)
{
    for (size_t i = 0; i < a_count; i++)
        if (count_name(a, a_count, a[i]) != count_name(b, b_count, a[i]))
            return false;
    return a_count == b_count;
}

static size_t count_label(const struct rule_place *on, const struct shape_pair *label)
{
    size_t found = 0;

    for (size_t i = 0; i < on->labels_count; i++)
        found += reference_same(on->labels[i].key, label->key) && reference_same(on->labels[i].value, label->value);
    return found;
}

static bool are_labels_same(const struct rule_place *a, const struct rule_place *b)
{
    for (size_t i = 0; i < a->labels_count; i++)
        if (count_label(a, &a->labels[i]) != count_label(b, &a->labels[i]))
            return false;
    return a->labels_count == b->labels_count;
}

static bool is_place_same(const struct rule_place *a, const struct rule_place *b)
{
    return are_names_same(a->service, a->service_count, b->service, b->service_count) &&
           are_names_same(a->environment, a->environment_count, b->environment, b->environment_count) &&
           are_names_same(a->database, a->database_count, b->database, b->database_count) &&
           are_names_same(a->runbook, a->runbook_count, b->runbook, b->runbook_count) && are_labels_same(a, b);
}

static bool is_time_same(const struct rule_when *a, const struct rule_when *b)
{
    return are_names_same(a->source, a->source_count, b->source, b->source_count) &&
           are_names_same(a->during, a->during_count, b->during, b->during_count) &&
           (a->incident_at_least == b->incident_at_least || reference_same(a->incident_at_least, b->incident_at_least));
}

bool reference_is_same_deny(const struct rule_settings *a, const struct rule_settings *b)
{
    static const struct rule_place everywhere;
    static const struct rule_when always;

    return are_names_same(a->deny, a->deny_count, b->deny, b->deny_count) &&
           are_names_same(a->to, a->to_count, b->to, b->to_count) &&
           are_names_same(a->break_glass, a->break_glass_count, b->break_glass, b->break_glass_count) &&
           is_place_same(a->on ? a->on : &everywhere, b->on ? b->on : &everywhere) &&
           is_time_same(a->when ? a->when : &always, b->when ? b->when : &always) &&
           (a->reason == b->reason || reference_same(a->reason, b->reason));
}
