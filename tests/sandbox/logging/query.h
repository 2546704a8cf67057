/* query.h - the Logging query language, as far as people use it for what a service wrote: comparisons of fields by = !=
 * : > >= < <=, texts that stand anywhere in an entry, AND (also left out), OR, NOT, parentheses. Spec:
 * https://cloud.google.com/logging/docs/view/logging-query-language
 */
#ifndef SANDBOX_LOGGING_QUERY_H
#define SANDBOX_LOGGING_QUERY_H

#include "tree.h"

/* False with err: it is no query. Else *ret_fits says whether the entry does; entry NULL: only its words are checked.
 */
bool query_fits(const char *query, const cJSON *entry, bool *ret_fits, struct error *err);

#endif
