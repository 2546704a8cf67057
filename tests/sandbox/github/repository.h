/* repository.h - one repository: its commits, the names that point at them, its releases, its workflows and runs.
 *
 * A commit has at most one parent, which is all that a change log needs. Trees are kept as the sandbox thinks of them;
 * commits.c and releases.c show them as GitHub does. Times are unix milliseconds.
 */
#ifndef SANDBOX_GITHUB_REPOSITORY_H
#define SANDBOX_GITHUB_REPOSITORY_H

#include "tree.h"

#define SHA_CHARS 40

struct repository {
    struct repository *next;
    int64_t id;
    char *full_name;       /* "acme/platform" */
    bool is_not_installed; /* the App may not see it */
    bool is_public;
    cJSON *commits;        /* array: {sha, parent?, message, author, at_ms, no_account?}, older before newer */
    cJSON *branches;       /* array: {name, sha} */
    cJSON *tags;           /* array: {name, sha, object?, message?, at_ms}; `object`: an annotated tag's own sha */
    cJSON *releases;       /* array: {id, tag, name, body, target, draft, prerelease, author, published_at_ms} */
    cJSON *workflows;      /* array, see actions.h */
    cJSON *runs;           /* array, see actions.h; older before newer */
    cJSON *check_runs;     /* array: {id, sha, name, status, conclusion?, app, at_ms} */
    cJSON *statuses;       /* array: {id, sha, context, state, at_ms} */
    cJSON *pulls, *comments, *pushes; /* arrays, see pulls.h */
};

struct commit_seed {
    const char *sha;    /* NULL makes one */
    const char *branch; /* moves on to the new commit, or begins there */
    const char *from;   /* where a new branch leaves: any ref; NULL for a commit without a parent */
    const char *message, *author;
    int64_t at_ms;
};

struct release_seed {
    int64_t id;
    const char *tag, *name, *body, *target, *author;
    bool draft, prerelease;
    int64_t published_at_ms; /* 0 for a draft */
};

struct compared {
    const cJSON *base, *head, *merge_base; /* borrowed commits */
    cJSON *ahead;                          /* shas as texts, oldest first; the caller's */
    int64_t ahead_by, behind_by;
};

struct repository *repository_create(int64_t id, const char *full_name);
void repository_destroy(struct repository *repository);

const cJSON *repository_commit(struct repository *repository, const struct commit_seed *seed);
void repository_set_branch(struct repository *repository, const char *name, const char *sha);
void repository_set_tag(struct repository *repository, const char *name, const char *sha, const char *message,
                        int64_t now_ms); /* a message makes it an annotated tag */
cJSON *repository_release(struct repository *repository, const struct release_seed *seed);

cJSON *repository_branch(const struct repository *repository, const char *name);
cJSON *repository_tag(const struct repository *repository, const char *name);
cJSON *repository_find_release(const struct repository *repository, const char *tag);

/* The commit that a name means: a whole sha, refs/..., heads/..., tags/..., a tag, a branch, or the beginning of exactly
 * one sha. NULL when there is none, or more than one. */
const cJSON *repository_resolve(const struct repository *repository, const char *ref);
bool repository_compare(const struct repository *repository, const char *base, const char *head,
                        struct compared *ret_compared); /* false: a ref is unknown, or they have nothing in common */

bool is_sha(const char *text); /* 40 hex digits in lower case */

#endif
