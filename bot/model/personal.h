/* personal.h - what the journal keeps of a person, beside its entries: which entries those are.
 *
 * READING_PERSONAL (args personal_query; result personal_found) looks through a page of the journal, oldest first.
 */
#ifndef OPSGATE_MODEL_PERSONAL_H
#define OPSGATE_MODEL_PERSONAL_H

#include "bot/base/shape.h"

#define PERSONAL_PAGE 500 /* entries that one reading looks through: fewer than a commit may write */

struct personal_query {
    const char **persons; /* "slack:U012AB3CD", "slack:T0OTHER01/U012AB3CD": one person in all systems */
    size_t persons_count;
    const char *after; /* id of the last entry that was looked at; NULL: from the beginning */
    const char **held; /* those whom a legal hold keeps: what is of them, too, is told apart */
    size_t held_count;
};
extern const struct shape personal_query_shape;

struct personal_entry {
    int64_t n, at_ms;
    const char *operation; /* or NULL */
    const char **about;    /* those of the query's `held` whom it is of, or names */
    size_t about_count;
};
struct personal_found {
    struct personal_entry *entries; /* that have something beside them, of or about one of them */
    size_t entries_count;
    const char *after; /* NULL: that was the last page */
    const char **held; /* as it was asked with */
    size_t held_count;
};
extern const struct shape personal_found_shape;

/* Are these values, {system, principal, ...}, of one of them? */
bool personal_is_by(const cJSON *values, const char *const *persons, size_t count);
/* Or do they name one by an id that nothing else is called by, as Slack's and PagerDuty's are? */
bool personal_is_of(const cJSON *values, const char *const *persons, size_t count);

#endif
