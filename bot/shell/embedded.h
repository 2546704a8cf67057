/* embedded.h - the private redis-server: a child of ours on a unix socket in data_dir, every write fsynced.
 *
 *   data_dir/opsgate.lock   flock(2) of ours: one opsgate on one data_dir
 *   data_dir/redis.lock     flock(2) that the child inherits and holds for its whole life, longer than ours if we are
 * killed data_dir/redis/         0700: redis.sock, redis.log, appendonlydir/
 *
 * At start, a redis.lock that is taken means that the child of a killed opsgate lives on: it is adopted when its socket
 * answers and it is the one who holds the lock, else stopped. So never two write one file. Refuses file systems that
 * lose what was fsynced (overlay, tmpfs, ramfs) unless that is accepted. Loop thread only.
 */
#ifndef OPSGATE_SHELL_EMBEDDED_H
#define OPSGATE_SHELL_EMBEDDED_H

#include "bot/shell/aof_mend.h"
#include "bot/shell/loop.h"

#include <sys/types.h>

#define EMBEDDED_READY_MS 60000 /* for loading its file */
#define EMBEDDED_ADOPT_MS 5000  /* for an orphan to answer anything */
#define EMBEDDED_STOP_MS 5000   /* for each way of stopping: SHUTDOWN, TERM, KILL */
#define EMBEDDED_MEMORY_BYTES (INT64_C(256) * 1024 * 1024)

struct embedded_options {
    struct loop *loop;          /* borrowed */
    const char *data_dir;       /* exists; copied */
    const char *redis_server;   /* NULL: "redis-server" from PATH */
    int64_t maxmemory_bytes;    /* 0: EMBEDDED_MEMORY_BYTES */
    int64_t ready_ms, adopt_ms; /* 0: the defaults */
    bool is_ephemeral_accepted; /* take a file system that forgets */
    /* Once, later: err is NULL when it answers commands. After an error only embedded_destroy makes sense. */
    void (*on_ready)(void *arg, bool was_adopted, const struct error *err);
    /* It was ready and is gone without our stop; `story` ends with the last lines of its log. Destroy it; starting
     * another is the owner's to decide. */
    void (*on_died)(void *arg, const char *story);
    void *arg;
};

struct embedded;
/* NULL with err, and no callback ever: ERR_CONFLICT when another opsgate uses data_dir, ERR_INVALID for a file system
 * that forgets, ERR_NOT_FOUND without redis-server, ERR_INTERNAL when the system refuses. */
struct embedded *embedded_start(const struct embedded_options *options, struct error *err);

/* unix://...: short enough for a socket whatever data_dir's length. Borrowed, valid in this process while it lives. */
const char *embedded_url(const struct embedded *embedded);
pid_t embedded_pid(const struct embedded *embedded); /* 0 when there is none (yet) */
/* What was cut off its append-only file before it was started, since it ended in half a transaction: aof_mend.h. Known
 * from on_ready on, whatever that says; bytes is 0 when there was nothing, or it was adopted. */
const struct aof_cut *embedded_cut(const struct embedded *embedded);

/* SHUTDOWN (which flushes and fsyncs), then SIGTERM, then SIGKILL, until redis.lock is free; then on_stopped, later. */
void embedded_stop(struct embedded *embedded, loop_fn on_stopped, void *arg);

/* Silence. A child that was not stopped lives on: the next start adopts it. NULL is fine. */
void embedded_destroy(struct embedded *embedded);
AUTO_DEFINE(embedded)

/* For command line tools: the url under which an embedded store of data_dir is reached, whether it runs or not. */
#define EMBEDDED_URL_MAX 128
bool embedded_url_of(const char *data_dir, char *ret_url, size_t room, struct error *err);

#endif
