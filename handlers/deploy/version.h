/* version.h - what people call a version, read from a word. Pure.
 *
 *     v1.4.2, tag:v1.4.2        a tag of the image, taken as it is now
 *     branch:main               the commit at its head, and the image that its build made
 *     sha:3f2a9c1, 40 digits    a commit, likewise
 *     release:v1.5.0, :latest   a release on GitHub, and the image with its tag
 *     sha256:..., image:sha256  an image, by digest
 *     v1.4.2@sha256:...         an image by digest, and its name for people: what buttons and groups say
 */
#ifndef OPSGATE_HANDLERS_DEPLOY_VERSION_H
#define OPSGATE_HANDLERS_DEPLOY_VERSION_H

#include "bot/base/arena.h"
#include "bot/model/settings_service.h"

enum version_kind { VERSION_TAG, VERSION_BRANCH, VERSION_SHA, VERSION_RELEASE, VERSION_IMAGE };

struct version {
    enum version_kind kind; /* of the part before '@' */
    const char *text;       /* "branch:main", "v1.4.2": in the shortest form that means the same */
    const char *name;       /* the part behind the prefix: "main", "v1.4.2", "3f2a9c1", "latest" */
    const char *digest;     /* "sha256:...", when it is given; or NULL */
};

/* ERR_INVALID says what a version looks like. */
bool version_read(const char *word, struct arena *arena, struct version *ret_version, struct error *err);

bool version_is_tag(const char *text);    /* of an image: [A-Za-z0-9_][A-Za-z0-9._-]{0,127} */
bool version_is_ref(const char *text);    /* of a repository: a branch, a git tag */
bool version_is_digest(const char *text); /* "sha256:" and 64 lower-case hex digits */

/* Has GitHub to be asked before anybody knows which image that is? */
bool version_needs_github(const struct version *version);

/* What GitHub is asked for: "heads/main", "tags/v1.4.2", "3f2a9c1"; NULL: nothing that it would know. */
const char *version_ref(const struct version *version, struct arena *arena);

/* The tag of the image that a build of this commit made, by artifact.branch_tag. */
const char *version_tag_of_commit(const char *branch_tag, const char *sha, struct arena *arena);

#endif
