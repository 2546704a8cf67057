#include "bot/model/source.h"

static const struct shape_field ask_rows[] = {
    ROW_STRING(source_ask, repository, .flags = SHAPE_REQUIRED),
    ROW_STRING(source_ask, ref, .flags = SHAPE_REQUIRED),
    ROW_BOOL(source_ask, may_be_missing, .flags = SHAPE_NONZERO),
    ROW_STRING(source_ask, marker, .flags = SHAPE_NONZERO),
};
const struct shape source_ask_shape = SHAPE("a name in a repository", source_ask, ask_rows);

static const struct shape_field commit_rows[] = {
    ROW_STRING(source_commit, sha, .flags = SHAPE_REQUIRED),
    ROW_STRING(source_commit, message, .flags = SHAPE_NONZERO),
    ROW_STRING(source_commit, author, .flags = SHAPE_NONZERO),
    ROW_STRING(source_commit, url, .flags = SHAPE_NONZERO),
    ROW_INT(source_commit, at_ms, .flags = SHAPE_NONZERO),
};
const struct shape source_commit_shape = SHAPE("a commit", source_commit, commit_rows);

static const struct shape_field release_rows[] = {
    ROW_STRING(source_release, tag, .flags = SHAPE_REQUIRED),
    ROW_STRING(source_release, name, .flags = SHAPE_NONZERO),
    ROW_STRING(source_release, url, .flags = SHAPE_NONZERO),
    ROW_STRING(source_release, author, .flags = SHAPE_NONZERO),
    ROW_BOOL(source_release, is_draft, .flags = SHAPE_NONZERO),
    ROW_BOOL(source_release, is_prerelease, .flags = SHAPE_NONZERO),
    ROW_INT(source_release, published_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(source_release, updated_at_ms, .flags = SHAPE_NONZERO),
    ROW_BOOL(source_release, is_marked, .flags = SHAPE_NONZERO),
};
const struct shape source_release_shape = SHAPE("a release", source_release, release_rows);
