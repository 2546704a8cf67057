/* aof_mend.h - before a redis-server is started on its append-only file: half a transaction at the end is cut off.
 *
 * aof_tail.h tells why, and what is half. What is cut off was never acknowledged: redis-server answers behind its fsync. It
 * is kept beside the file, as NAME.cut, until something is cut the next time. Dying anywhere in between does no harm: the
 * file is as it was, or mended, and the next call does the rest. Blocks, for as long as reading the file once takes.
 */
#ifndef OPSGATE_SHELL_AOF_MEND_H
#define OPSGATE_SHELL_AOF_MEND_H

#include "bot/base/error.h"

#include <stdint.h>

#define AOF_KEPT_MAX_BYTES (INT64_C(16) * 1024 * 1024) /* of what was cut; the rest is gone */
#define AOF_PATH_BYTES 4096

struct aof_cut {
    int64_t bytes, at_byte; /* how many, and from where on; 0: nothing was wrong */
    char path[AOF_PATH_BYTES];
    char kept_in[AOF_PATH_BYTES]; /* "": the disk had no room for it */
};

/* The last file that the manifest in DIRECTORY/appendonlydir names: of several, redis-server itself takes no other that
 * breaks off. Nothing there is fine: redis-server tells what it misses. Whoever calls has seen to it that no redis-server
 * of ours runs; one of somebody else's that has the file open is ERR_CONFLICT. ERR_INTERNAL when the file cannot be read,
 * or not be cut: do not start a redis-server on it then. */
bool aof_mend(const char *directory, struct aof_cut *ret_cut, struct error *err);

#endif
