/* paths.h - what lies between two commits: which groups of paths does it touch? (GitHub REST API, 2022-11-28)
 *
 * READING_PATHS: args paths_ask; result paths_read. The patterns are judged where the answer is read, so no list of files
 * travels. What cannot be told for certain counts as touched: a rollout too many is harmless, one too few is not.
 */
#ifndef OPSGATE_MODEL_PATHS_H
#define OPSGATE_MODEL_PATHS_H

#include "bot/base/shape.h"
#include "bot/base/str.h"

#define PATH_PATTERN_MAX_BYTES 200

struct paths_group {
    const char *name;   /* the asker's own: "api/production" */
    const char **paths; /* patterns; one that matches is enough */
    size_t paths_count;
};

#define PATHS_GROUPS_MAX 100
struct paths_ask {
    const char *repository; /* "acme/platform" */
    const char *base;       /* 40 hex digits: what serves */
    const char *head;       /* what shall */
    struct paths_group *groups;
    size_t groups_count;
};
extern const struct shape paths_ask_shape;

struct paths_read {
    const char *relation; /* of the head to the base: "ahead", "behind", "identical", "diverged"; NULL: GitHub did not tell */
    const char *unknown;  /* why not all that lies between them is known, and so every group is touched; NULL: it is */
    const char **touched; /* names of groups, in the order of the question */
    size_t touched_count;
};
extern const struct shape paths_read_shape;

/* '*' is any bytes up to a '/', '?' one but a '/', '**' any bytes at all; a leading or inner double star with its '/' may
 * stand for nothing, and "api" matches "api" with a slash and a double star behind it: it may be a link, or a submodule.
 * Everything else is itself. In time linear in either. */
bool path_matches(const char *pattern, struct str path);

/* Could it match any path of a repository? NULL, or why not: "a path does not begin with /". */
const char *path_pattern_fault(const char *pattern);

#endif
