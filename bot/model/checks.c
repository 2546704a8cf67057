#include "bot/model/checks.h"

static const struct shape_field ask_rows[] = {
    ROW_STRING(checks_ask, repository, .flags = SHAPE_REQUIRED),
    ROW_STRING(checks_ask, sha, .flags = SHAPE_REQUIRED),
};
const struct shape checks_ask_shape = SHAPE("a commit whose checks are asked for", checks_ask, ask_rows);

static const struct shape_field read_rows[] = {
    ROW_INT(checks_read, state, .flags = SHAPE_REQUIRED),    ROW_INT(checks_read, count),
    ROW_INT(checks_read, failed, .flags = SHAPE_NONZERO),    ROW_INT(checks_read, pending, .flags = SHAPE_NONZERO),
    ROW_STRINGS(checks_read, names, .flags = SHAPE_NONZERO),
};
const struct shape checks_read_shape = SHAPE("the checks of a commit", checks_read, read_rows);

static const struct shape_field authors_ask_rows[] = {
    ROW_STRING(authors_ask, repository, .flags = SHAPE_REQUIRED),
    ROW_STRING(authors_ask, base, .flags = SHAPE_REQUIRED),
    ROW_STRING(authors_ask, head, .flags = SHAPE_REQUIRED),
};
const struct shape authors_ask_shape = SHAPE("commits whose authors are asked for", authors_ask, authors_ask_rows);

static const struct shape_field authors_rows[] = {
    ROW_BOOL(authors_read, is_known),
    ROW_STRING(authors_read, unknown, .flags = SHAPE_NONZERO),
    ROW_STRINGS(authors_read, logins, .flags = SHAPE_NONZERO),
    ROW_INT(authors_read, commits_total, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(authors_read, commits, &source_commit_shape, .flags = SHAPE_NONZERO),
    ROW_STRING(authors_read, relation, .flags = SHAPE_NONZERO),
};
const struct shape authors_read_shape = SHAPE("the authors of commits", authors_read, authors_rows);
