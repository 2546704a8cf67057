/* copy.h - the journal, copied off the store into a file that any collector can follow (audit.copy).
 *
 * Whoever owns the store appends each entry once it is confirmed, on its replicas too where they are waited for: oldest
 * first, the very lines of `opsgate audit export`. It goes on behind the file's last entry, whatever happened
 * meanwhile: a crash, another owner, a full disk, a file that was moved away or cut. So a file has no gap, and two
 * owners' files have entries both. With audit.signing_key checkpoints stand between them (bot/model/checkpoint.h).
 *
 * A file that ends with another journal than the store's is set aside (FILE.<unix ms>), and begun anew. Trouble is
 * logged, counted, told, and tried again; nothing waits for it. Loop thread only; the file is written on the pool.
 */
#ifndef OPSGATE_AUDIT_COPY_H
#define OPSGATE_AUDIT_COPY_H

#include "bot/model/settings_audit.h"
#include "bot/shell/clock.h"
#include "bot/shell/loop.h"
#include "bot/shell/store_redis.h"

struct audit_copy;

struct audit_copy_options { /* all borrowed */
    struct loop *loop;
    struct clock *clock;
    struct store_redis *store;
    const struct audit_settings *settings; /* until audit_copy_reconfigure */
    const char *instance;
    /* Whose the store is, and its highest confirmed commit, while we own it. False: we do not. */
    bool (*owned)(void *ctx, const char **ret_birth, int64_t *ret_seq);
    void *ctx;
};

struct audit_copy *audit_copy_start(const struct audit_copy_options *options);
void audit_copy_reconfigure(struct audit_copy *copy, const struct audit_settings *settings);
/* The last entries and a checkpoint, as long as that takes no longer than deadline_ms; then on_done, once, later. */
void audit_copy_finish(struct audit_copy *copy, int64_t deadline_ms, void (*on_done)(void *arg), void *arg);
void audit_copy_cancel(struct audit_copy *copy); /* after the store is gone; NULL is fine */

struct audit_copy_status {                            /* borrowed until the next turn */
    const char *file;                                 /* NULL: none is configured */
    const char *trouble;                              /* NULL: none */
    bool is_writing;                                  /* we own the store; else another instance writes its own */
    int64_t n;                                        /* number of the last entry in it, as far as it is known */
    int64_t checkpoint_n, checkpoint_at_ms;           /* the newest that this process wrote; 0: none */
    uint64_t entries, checkpoints, failures, missing; /* since the start; missing: the store had them no more */
};
struct audit_copy_status audit_copy_status(const struct audit_copy *copy); /* NULL: zeroed */

#endif
