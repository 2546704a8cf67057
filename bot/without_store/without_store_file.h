/* without_store_file.h - data_dir/without-store.jsonl: what was done while the store was down, until the store knows it.
 *
 * One JSON object a line, appended and fsynced: {act} when something begins, {id, note, ...} as it goes on, {act} again before
 * traffic is asked to change and when it has ended, {id, adopted} once an inbox accepted it. Never rewritten: it is a journal.
 * And data_dir/targets.json, a copy of the targets' records for exactly this use: a little old at worst, and never read while
 * a store answers.
 *
 * Who acts has a number, and holds a lock on the byte of that number in the file (an open file description's, fcntl(2)): it
 * goes with the process, however that ends. So on this host a dead process is known at once.
 */
#ifndef OPSGATE_WITHOUT_STORE_FILE_H
#define OPSGATE_WITHOUT_STORE_FILE_H

#include "bot/base/time.h"
#include "bot/model/membership.h"
#include "bot/model/without_store.h"

struct without_store_hold {
    int fd; /* close it when the act is over */
    bool is_locked; /* false: this file system has no locks */
    char name[16];  /* "W3" */
};
/* A number that no other act of the file has. */
bool without_store_take(const char *data_dir, struct without_store_hold *ret_hold, struct error *err);
void without_store_let_go(struct without_store_hold *hold);
const char *without_store_host(struct arena *arena); /* what this host is called */
/* Room behind the file's end, for what will be written when the disk is full. Not every file system can: then there is none. */
void without_store_reserve(const char *data_dir);

bool without_store_write(const char *data_dir, const struct without_store_act *act, struct error *err);
bool without_store_note(const char *data_dir, const char *id, const char *note, const cJSON *more, struct error *err);
bool without_store_adopted(const char *data_dir, const char *id, struct error *err);

/* Those not adopted yet, oldest first, in the arena; a line that cannot be read (a torn last one) is passed over and
 * counted. No file: none. */
struct without_store_acts {
    struct without_store_act *acts;
    size_t count, unreadable;
    int64_t last_number; /* of all that the file has ever had */
};
bool without_store_read(const char *data_dir, struct arena *arena, struct without_store_acts *ret_acts,
                        struct error *err);

/* Of those, what is over by its last word: it told its end, or its process is dead. That is known of one that was locked on
 * this host; what came from elsewhere is taken for dead when no rollback takes that long. */
#define WITHOUT_STORE_DEAD_AFTER_MS (30 * MINUTE_MS)
bool without_store_read_over(const char *data_dir, const char *host, int64_t now_ms, struct arena *arena,
                             struct without_store_acts *ret_acts, struct error *err);

struct target_list {
    int64_t at_ms; /* unix: as the owner knew them then; 0: there is no copy */
    struct target *targets;
    size_t targets_count;
    struct membership *memberships; /* who is in which group, as it was last read; by the store's clock */
    size_t memberships_count;
};
extern const struct shape target_list_shape;
bool targets_file_write(const char *data_dir, const struct target_list *list, struct error *err);
bool targets_file_read(const char *data_dir, struct arena *arena, struct target_list *ret_list, struct error *err);

#endif
