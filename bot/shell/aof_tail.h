/* aof_tail.h - where an append-only file ends well, if a redis-server died in the middle of a write.
 *
 * What one script writes stands there between MULTI and EXEC. When the file ends inside one of the commands between them,
 * Redis 7.0.15 cuts off that command alone (aof-load-truncated) and appends behind an open MULTI: the load after the next
 * executes half a script that never happened, with whatever followed. (valkey-io/valkey#4342.) So the whole transaction
 * has to go before a redis-server sees it, as it does by itself where the file ends between two commands.
 *
 * Reads as redis-server does: of a number line the digits count, lines that begin with '#' are notes, and the two bytes
 * behind a word are not looked at. Pure; any thread.
 */
#ifndef OPSGATE_SHELL_AOF_TAIL_H
#define OPSGATE_SHELL_AOF_TAIL_H

#include "bot/base/str.h"

#define AOF_LINE_MAX 127 /* as redis-server has it */

/* Zeroed, it is at the beginning of a file, whose bytes are fed in pieces of any size. All of it is its own. */
struct aof_tail {
    int64_t at, whole_at;          /* bytes fed; and of them up to the last command that is in no open transaction */
    int64_t words_left, text_left; /* of the command; of the word, with the two bytes behind it */
    char line[AOF_LINE_MAX], name[8];
    size_t line_len, name_len; /* a name is as long as it says; only its beginning is kept */
    bool is_name, is_open, is_strange;
};

/* False once it is no append-only file, or not from here on: there is no use in more. */
bool aof_tail_feed(struct aof_tail *tail, struct str bytes);

/* How many bytes stand for themselves, of `size`, when the file ends here. All of them when something strange came: an RDB,
 * rubbish. redis-server refuses to start on that, or knows how to read it. */
int64_t aof_tail_whole(const struct aof_tail *tail, int64_t size);

#endif
