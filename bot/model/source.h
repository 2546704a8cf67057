/* source.h - what GitHub says of a version: the commit behind a name, and the releases. (GitHub REST API, 2022-11-28)
 *
 * READING_COMMIT: args source_ask; result source_commit. A name that is not there ends the reading as NEVER.
 * READING_RELEASE: args source_ask with `ref` a tag, or "latest"; result source_release.
 */
#ifndef OPSGATE_MODEL_SOURCE_H
#define OPSGATE_MODEL_SOURCE_H

#include "bot/base/shape.h"

struct source_ask {
    const char *repository; /* "acme/platform" */
    const char *ref;        /* branch, tag, or sha (7 to 40 hex digits) */
    bool may_be_missing;    /* a commit or a release that GitHub does not know is an answer then: {missing: true}; of a
                             * repository that may not be seen nobody knows */
    const char *marker;     /* of a release: words that its text may have; NULL: none is looked for */
};
extern const struct shape source_ask_shape;

struct source_commit {
    const char *sha;     /* 40 hex digits */
    const char *message; /* first line */
    const char *author;  /* login, or NULL */
    const char *url;     /* for people */
    int64_t at_ms;       /* unix, when it was committed, by whoever did; 0: not known */
};
extern const struct shape source_commit_shape;

struct source_release {
    const char *tag, *name, *url;
    const char *author;     /* login of who made it, which need not be who published it; or NULL */
    bool is_draft, is_prerelease;
    int64_t published_at_ms, updated_at_ms; /* unix; 0: GitHub did not say */
    bool is_marked; /* the marker that was asked for stands in its text */
};
extern const struct shape source_release_shape;

#endif
