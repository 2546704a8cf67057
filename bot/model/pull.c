#include "bot/model/pull.h"

static const struct shape_field ask_rows[] = {
    ROW_STRING(pull_ask, repository, .flags = SHAPE_REQUIRED),
    ROW_INT(pull_ask, number, .flags = SHAPE_REQUIRED),
    ROW_STRING(pull_ask, comment, .flags = SHAPE_NONZERO),
};
const struct shape pull_ask_shape = SHAPE("a pull request that is asked for", pull_ask, ask_rows);

static const struct shape_field told_rows[] = {
    ROW_STRING(pull_comment, author, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(pull_comment, line, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_INT(pull_comment, at_ms, .flags = SHAPE_REQUIRED),
    ROW_BOOL(pull_comment, is_edited, .flags = SHAPE_NONZERO),
};
static const struct shape told_shape = SHAPE("a comment on it", pull_comment, told_rows);

static const struct shape_field read_rows[] = {
    ROW_STRING(pull_read, state, .flags = SHAPE_REQUIRED),
    ROW_BOOL(pull_read, is_merged, .flags = SHAPE_NONZERO),
    ROW_BOOL(pull_read, is_draft, .flags = SHAPE_NONZERO),
    ROW_BOOL(pull_read, is_public, .otherwise = "true"),
    ROW_BOOL(pull_read, is_fork, .otherwise = "true"),
    ROW_STRING(pull_read, head_sha, .flags = SHAPE_REQUIRED),
    ROW_STRING(pull_read, head_branch, .flags = SHAPE_REQUIRED),
    ROW_STRING(pull_read, base_branch, .flags = SHAPE_REQUIRED),
    ROW_INT(pull_read, head_at_ms, .flags = SHAPE_NONZERO),
    ROW_BOOL(pull_read, is_push_known, .flags = SHAPE_NONZERO),
    ROW_OPTION(pull_read, comment, &told_shape, .flags = SHAPE_NONZERO),
};
const struct shape pull_read_shape = SHAPE("a pull request", pull_read, read_rows);

static const struct shape_field reaction_rows[] = {
    ROW_STRING(reaction_made, repository, .flags = SHAPE_REQUIRED),
    ROW_STRING(reaction_made, comment, .flags = SHAPE_REQUIRED),
    ROW_STRING(reaction_made, content, .flags = SHAPE_REQUIRED),
};
const struct shape reaction_made_shape = SHAPE("a reaction", reaction_made, reaction_rows);

static const struct shape_field comment_rows[] = {
    ROW_STRING(comment_made, repository, .flags = SHAPE_REQUIRED),
    ROW_INT(comment_made, number, .flags = SHAPE_REQUIRED),
    ROW_STRING(comment_made, text, .flags = SHAPE_REQUIRED, .max = COMMENT_TEXT_MAX_BYTES),
};
const struct shape comment_made_shape = SHAPE("a comment", comment_made, comment_rows);
