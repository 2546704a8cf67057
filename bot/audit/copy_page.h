/* copy_page.h - where a copy of the journal stands, and the lines that follow: whatever page of the store's journal is
 * read, each entry is written once, and in its order. Pure.
 *
 *     copy_page_begin(&page, &end);                       as the file ends
 *     read a page of the journal from copy_page_from()
 *     copy_page_read(); copy_page_add() what stands beside page.asked; copy_page_sign(); write page.lines
 *     copy_page_written();                                or _begin, or nothing: then the same is read again
 */
#ifndef OPSGATE_AUDIT_COPY_PAGE_H
#define OPSGATE_AUDIT_COPY_PAGE_H

#include "bot/audit/copy_file.h"
#include "bot/base/arena.h"
#include "bot/base/json.h"
#include "bot/engine/store.h"

#define COPY_PAGE_ENTRIES 100
#define COPY_PAGE_BYTES (1024 * 1024) /* no further entry is taken beyond */
#define COPY_CHECKPOINT_ENTRIES 1000

struct copy_page {
    /* Where the copy ends. */
    bool is_known; /* else it takes whatever entry comes first */
    int64_t n, at_ms;
    char head[65];
    int64_t checkpoint_at_ms, behind; /* its newest checkpoint, 0: none is known; entries behind it */
    /* Where the store is read. */
    bool is_synced;     /* the last entry was met there: `id` is its id */
    bool is_from_start; /* looked for from its very beginning: it did not stand where its time is */
    char id[48];        /* read on behind this one; "": see copy_page_from */
    char from[64];
    /* What follows, until it is written. */
    struct arena *arena;
    const cJSON **entries, **beside; /* beside: NULL, or what stands there */
    size_t count;
    int64_t *asked; /* numbers of those that had something beside them */
    size_t asked_count;
    char id_next[48];
    bool has_more;                            /* the store has more that may be read now */
    int64_t missing_from, missing_count;      /* before the first of them */
    const char *begin_line, *checkpoint_line; /* NULL: none. With its end; without */
    struct buf lines;
    int64_t n_next, behind_next, checkpoint_at_ms_next;
    bool is_over; /* the last lines that this process writes */
};

struct copy_signer {
    const char *pem; /* NULL: nothing is signed */
    const char *birth, *instance;
    int64_t every_ms, now_ms;
    bool is_last; /* this instance stops */
};

void copy_page_init(struct copy_page *page);
void copy_page_finish(struct copy_page *page);
void copy_page_begin(struct copy_page *page, const struct copy_end *end);
void copy_page_forget(struct copy_page *page); /* as of a file that is not there */

const char *copy_page_from(struct copy_page *page); /* for XRANGE */

enum copy_page_result {
    COPY_PAGE_GOOD,    /* count of them follow, perhaps none */
    COPY_PAGE_SKIPPED, /* the copy's last entry was not met yet: read on, from copy_page_from */
    COPY_PAGE_FOREIGN, /* it is none of this journal */
};
/* Of the store's entries those that are of a commit up to `seq`. */
enum copy_page_result copy_page_read(struct copy_page *page, const struct store_entry *entries, size_t count,
                                     int64_t seq);
void copy_page_add(struct copy_page *page, const struct store_entry *beside, size_t count); /* of page->asked */
void copy_page_sign(struct copy_page *page, const struct copy_signer *signer);
void copy_page_written(struct copy_page *page);

#endif
