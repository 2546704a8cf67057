/* labels.h - the names and values that tell one series from another.
 *
 * Sorted by name, each name once, no empty value: two sets are equal when they look equal. The metric's own name is the
 * label "__name__". A set owns nothing: names and values live in the arena of a query, or in the store. Pure.
 */
#ifndef SANDBOX_PROMETHEUS_LABELS_H
#define SANDBOX_PROMETHEUS_LABELS_H

#include "tree.h"

#include "bot/base/arena.h"

#define LABEL_NAME "__name__"

struct label {
    const char *name, *value;
};

struct labels {
    const struct label *at;
    size_t count;
};

/* The value, or "" when there is no such label: to PromQL that is the same. */
const char *labels_get(struct labels labels, const char *name);
bool labels_equal(struct labels a, struct labels b);
int labels_compare(struct labels a, struct labels b); /* an order for answers; nothing depends on which */

/* A new set, in the arena: with the label set to `value` ("" removes it); of the given names only; without them. */
struct labels labels_with(struct arena *arena, struct labels labels, const char *name, const char *value);
struct labels labels_only(struct arena *arena, struct labels labels, const char *const *names, size_t count);
struct labels labels_without(struct arena *arena, struct labels labels, const char *const *names, size_t count);

char *labels_print(struct arena *arena, struct labels labels); /* {code="200", service="api"}, for messages */
cJSON *labels_show(struct labels labels);                      /* {"code":"200",...}, as the API shows them */

#endif
