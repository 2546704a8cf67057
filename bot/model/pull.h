/* pull.h - a pull request as GitHub has it now, and what opsgate writes there: a reaction, a comment. (GitHub REST API,
 * 2022-11-28)
 *
 * READING_PULL: args pull_ask; result pull_read.
 * EFFECT_REACTION: args reaction_made; result {existed}. EFFECT_COMMENT: args comment_made; result {comment}.
 */
#ifndef OPSGATE_MODEL_PULL_H
#define OPSGATE_MODEL_PULL_H

#include "bot/base/shape.h"

struct pull_ask {
    const char *repository; /* "acme/platform" */
    int64_t number;
    const char *comment; /* GitHub's id, in digits, of one on it that is asked for besides; NULL: none is */
};
extern const struct shape pull_ask_shape;

#define PULL_LINE_MAX_BYTES 200
struct pull_comment {
    const char *author;  /* login of whoever wrote it; NULL: it was a program, or nobody can tell */
    const char *line;    /* the first, whole; NULL: it is longer than PULL_LINE_MAX_BYTES, or no text */
    int64_t at_ms;       /* unix; when it was written */
    bool is_edited;      /* since then, by its author or by whoever else may */
};

struct pull_read {
    const char *state;                 /* "open", "closed" */
    bool is_merged, is_draft;
    bool is_public;                    /* or GitHub did not tell: whoever reads along may be anybody */
    bool is_fork;                      /* the head is in another repository, or in none any more */
    const char *head_sha, *head_branch, *base_branch;
    int64_t head_at_ms; /* unix; when the branch came to be at head_sha: the later of its push, by GitHub's clock, and of the
                         * commit, by its author's word. 0: closed or a fork, and not asked for */
    bool is_push_known; /* GitHub told of the push; else there is only the author's word */
    const struct pull_comment *comment; /* NULL: none was asked for, GitHub knows none, or on something else */
};
extern const struct shape pull_read_shape;

struct reaction_made {
    const char *repository;
    const char *comment; /* GitHub's id, in digits */
    const char *content; /* "eyes", "rocket", "-1" */
};
extern const struct shape reaction_made_shape;

#define COMMENT_TEXT_MAX_BYTES 4000
struct comment_made {
    const char *repository;
    int64_t number; /* of the pull request, or issue */
    const char *text; /* Markdown, COMMENT_TEXT_MAX_BYTES at most; whatever somebody else wrote stands in a code block */
};
extern const struct shape comment_made_shape;

#endif
