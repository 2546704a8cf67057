/* difference.h - two tables of rights, and what changed for whom, in sentences: "developer may `deploy` in
 * api/production: freely → with a reason". Rules that only moved, or say the same otherwise, make none. Pure.
 *
 * What changes for everyone is not said again of each role. Verbs that only one of the tables knows are passed over: a
 * newer binary has more of them, and that is nobody's change of the policy.
 */
#ifndef OPSGATE_POLICY_DIFFERENCE_H
#define OPSGATE_POLICY_DIFFERENCE_H

#include "policy/rights.h"

#define DIFFERENCE_LINES_MAX 20 /* of each list; then "and 3 more" */

struct difference { /* sentences without a full stop, in the arena */
    const char **rights; /* they name roles and places */
    size_t rights_count;
    const char **people; /* they name who came into a role of the file, or left it */
    size_t people_count;
};
struct difference rights_difference(const struct rights *before, const struct rights *now, struct arena *arena);

/* Appends "and N more" in place of what lies beyond the limit. */
const char **difference_shown(const char **lines, size_t count, struct arena *arena, size_t *ret_count);

#endif
