/* checks.h - what GitHub says of one commit: are its checks green? and of a range: who wrote it? (REST API, 2022-11-28)
 *
 * READING_CHECKS: args checks_ask; result checks_read. Check runs and commit statuses are two lists, and both count; what
 * opsgate itself reported does not.
 * READING_AUTHORS: args authors_ask; result authors_read, with what the comparison tells besides.
 */
#ifndef OPSGATE_MODEL_CHECKS_H
#define OPSGATE_MODEL_CHECKS_H

#include "bot/base/shape.h"
#include "bot/model/source.h"

struct checks_ask {
    const char *repository; /* "acme/platform" */
    const char *sha;        /* 40 hex digits */
};
extern const struct shape checks_ask_shape;

enum checked {
    CHECKED_NOTHING, /* nobody has reported anything yet */
    CHECKED_PENDING, /* none failed, and some are not done */
    CHECKED_RED,
    CHECKED_GREEN,
};
#define CHECKS_NAMED_MAX 5
struct checks_read {
    int64_t state; /* enum checked */
    int64_t count; /* check runs and statuses together */
    int64_t failed, pending; /* how many of them */
    const char **names; /* RED: of the first that failed; PENDING: of the first that are not done. CHECKS_NAMED_MAX at most */
    size_t names_count;
};
extern const struct shape checks_read_shape;

struct authors_ask {
    const char *repository;
    const char *base; /* 40 hex digits: what serves; "": nothing is known to, and the last commit alone is told of, with
                       * what it merged */
    const char *head; /* what shall */
};
extern const struct shape authors_ask_shape;

#define AUTHORS_COMMITS_MAX 250 /* of which GitHub tells in one comparison */
#define COMMITS_TOLD_MAX 5
struct authors_read {
    bool is_known;       /* false: of some commit nobody can tell whose it is */
    const char *unknown; /* why not */
    const char **logins; /* each once, in order */
    size_t logins_count;
    int64_t commits_total; /* that it brings, also where not all of their authors are known */
    struct source_commit *commits; /* the newest of them, newest first; COMMITS_TOLD_MAX at most */
    size_t commits_count;
    const char *relation; /* of the head to the base: "ahead", "behind", "identical", "diverged"; NULL: GitHub did not tell */
};
extern const struct shape authors_read_shape;

#endif
