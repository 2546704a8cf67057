/* program_feed.h - what a program writes, as it is told to people: slowly into the thread, its last lines kept. Pure.
 *
 * Part of the body of whatever runs programs; its members stand beside the others in the record (PROGRAM_FEED_ROWS).
 */
#ifndef OPSGATE_HANDLERS_PROGRAM_FEED_H
#define OPSGATE_HANDLERS_PROGRAM_FEED_H

#include "bot/model/outcome.h"
#include "bot/model/program.h"
#include "bot/model/view.h"

#define PROGRAM_FEED_POSTS_MAX 20 /* messages with output; then it is not told there any more */

struct program_feed {
    int64_t from_byte, dropped_bytes;        /* of its output: told so far; not kept */
    bool is_tailing;                         /* nothing more is posted, only its last lines are of interest */
    bool is_last_look;                       /* it has ended, and what this look does not bring is not waited for */
    int64_t posts, late_posts, posted_at_ms; /* messages with output; those of them after its end */
    bool is_posting;                         /* one is on its way: its effect's tag is PROGRAM_FEED_POSTED */
    const char **tail;                       /* its last lines */
    size_t tail_count;
};

#define PROGRAM_FEED_ROW(T, key, kind, ctype)                                                                          \
    {                                                                                                                  \
        .name = #key, .type = kind, .offset = SHAPE_AT(struct T, ctype, feed.key), .flags = SHAPE_NONZERO              \
    }
#define PROGRAM_FEED_ROWS(T)                                                                                           \
    PROGRAM_FEED_ROW(T, from_byte, SHAPE_INT, int64_t), PROGRAM_FEED_ROW(T, dropped_bytes, SHAPE_INT, int64_t),        \
        PROGRAM_FEED_ROW(T, is_tailing, SHAPE_BOOL, bool), PROGRAM_FEED_ROW(T, is_last_look, SHAPE_BOOL, bool),        \
        PROGRAM_FEED_ROW(T, posts, SHAPE_INT, int64_t), PROGRAM_FEED_ROW(T, late_posts, SHAPE_INT, int64_t),           \
        PROGRAM_FEED_ROW(T, posted_at_ms, SHAPE_INT, int64_t), PROGRAM_FEED_ROW(T, is_posting, SHAPE_BOOL, bool),      \
    {                                                                                                                  \
        .name = "tail", .type = SHAPE_STRINGS, .offset = SHAPE_AT(struct T, const char **, feed.tail),                 \
        .count_offset = SHAPE_AT(struct T, size_t, feed.tail_count), .flags = SHAPE_NONZERO                            \
    }

#define PROGRAM_FEED_POSTED "posted"

struct program_feed_teller {
    const struct view *view;
    const char *operation; /* "D7" */
    const char *program;   /* its name, harmless */
    bool is_quiet;         /* nothing is posted */
};

/* argv[0] without its directory, made harmless. */
const char *program_feed_name(const char *path, struct arena *arena);

/* Posts what came and may be posted now, keeps the last lines, and moves from_byte on over what is done with: what
 * cannot be posted yet is looked at again. */
void program_feed_tell(struct program_feed *feed, const struct program_feed_teller *teller,
                       const struct program_progress *progress, struct outcome *out);

/* Of one that has ended. False: there is more to tell, so it is looked at once more. */
bool program_feed_is_over(struct program_feed *feed, const struct program_progress *progress);

/* "`NAME` exited with status 3", with what was too much to keep. */
const char *program_feed_ended(const struct program_progress *progress, const char *program, int64_t timeout_ms,
                               struct arena *arena);
/* "; its last line was `no disk`", or "" */
const char *program_feed_last_words(const struct program_feed *feed, struct arena *arena);

#endif
