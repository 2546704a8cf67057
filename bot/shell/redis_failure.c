#include "bot/shell/redis_failure.h"

#include <hiredis/hiredis.h>

/* What an error's first word means. Any other: the same command meets it again.
 *
 * NOT_NOW is said of a script, too: Redis asks all this before a script begins, and again before its first write, but
 * never after it. */
static const struct redis_failure failures[] = {
    { "NOSCRIPT", REDIS_NOT_NOW, FOLLOW_AGAIN }, /* flushed: it did not run */
    { "LOADING", REDIS_NOT_NOW, FOLLOW_AGAIN },  /* it did not run */
    { "OOM", REDIS_NO_MEMORY, FOLLOW_NOTHING },
    { "READONLY", REDIS_NOT_NOW, FOLLOW_RECONNECT }, /* a replica now; the name may lead to the new master */
    { "MASTERDOWN", REDIS_NOT_NOW, FOLLOW_RECONNECT },
    { "UNBLOCKED", REDIS_UNAVAILABLE, FOLLOW_RECONNECT }, /* became a replica while we waited there */
    { "MISCONF", REDIS_NOT_NOW, FOLLOW_NOTHING },         /* its disk refuses writes */
    { "NOREPLICAS", REDIS_NOT_NOW, FOLLOW_NOTHING },
    { "BUSY", REDIS_NOT_NOW, FOLLOW_NOTHING }, /* someone's script does not end */
    { "NOAUTH", REDIS_NOT_NOW, FOLLOW_RECONNECT },
    { "CLUSTERDOWN", REDIS_NOT_NOW, FOLLOW_NOTHING },
};

struct redis_failure redis_failure_of(const redisReply *reply)
{
    struct str rest = { reply->str, (size_t)reply->len };
    struct str word = str_take_word(&rest);

    for (size_t i = 0; i < ARRAY_LEN(failures); i++)
        if (str_is(word, failures[i].word))
            return failures[i];
    return (struct redis_failure){ NULL, REDIS_REFUSED, FOLLOW_NOTHING };
}
