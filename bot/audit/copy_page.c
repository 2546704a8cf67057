#include "bot/audit/copy_page.h"

#include "bot/base/time.h"
#include "bot/model/checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LINES_MAX_BYTES (16 * 1024 * 1024)
#define CLOCK_DIFFERS_MS (10 * MINUTE_MS) /* an entry's own time, and that of its id */

static void clear_next(struct copy_page *page)
{
    arena_destroy(page->arena);
    page->arena = arena_create();
    page->entries = page->beside = NULL;
    page->asked = NULL;
    page->count = page->asked_count = 0;
    page->missing_from = page->missing_count = 0;
    page->begin_line = page->checkpoint_line = NULL;
    page->has_more = page->is_over = false;
    buf_clear(&page->lines);
}

void copy_page_init(struct copy_page *page)
{
    *page = (struct copy_page){ .lines = BUF(LINES_MAX_BYTES) };
    clear_next(page);
}

void copy_page_finish(struct copy_page *page)
{
    arena_destroy(page->arena);
    buf_finish(&page->lines);
}

void copy_page_forget(struct copy_page *page)
{
    copy_page_begin(page, &(struct copy_end){ .is_known = false });
}

void copy_page_begin(struct copy_page *page, const struct copy_end *end)
{
    page->is_known = end->is_known;
    page->n = end->n;
    page->at_ms = end->at_ms;
    snprintf(page->head, sizeof(page->head), "%s", end->head);
    page->checkpoint_at_ms = end->checkpoint_at_ms;
    page->behind = end->behind;
    page->is_synced = page->is_from_start = false;
    page->id[0] = '\0';
    clear_next(page);
}

/* Ids begin with the store's time, as entries have it, unless somebody set its clock. */
const char *copy_page_from(struct copy_page *page)
{
    int64_t about_ms = page->at_ms - CLOCK_DIFFERS_MS;

    if (page->id[0])
        snprintf(page->from, sizeof(page->from), "(%s", page->id);
    else if (page->is_known && !page->is_from_start && about_ms > 0)
        snprintf(page->from, sizeof(page->from), "%" PRId64, about_ms);
    else
        snprintf(page->from, sizeof(page->from), "-");
    return page->from;
}

/* ---- a page of the store's ---- */

static const char *text_of(const cJSON *json, const char *name)
{
    const char *text = json_find_string(json, name);

    return text ? text : "";
}

static enum copy_page_result look_from_start(struct copy_page *page)
{
    page->is_from_start = true;
    page->id[0] = '\0';
    return COPY_PAGE_SKIPPED;
}

static void take(struct copy_page *page, const cJSON *entry, const char *id)
{
    int64_t n = json_find_int(entry, "core.n", 0);

    *ARENA_PUSH(page->arena, page->entries, page->count) = entry;
    if (json_find_string(entry, "personal"))
        *ARENA_PUSH(page->arena, page->asked, page->asked_count) = n;
    snprintf(page->id_next, sizeof(page->id_next), "%s", id);
}

struct place { /* what the next entry follows */
    int64_t n;
    const char *head;
};

static struct place last_place(const struct copy_page *page)
{
    const cJSON *last = page->count > 0 ? page->entries[page->count - 1] : NULL;

    return last ? (struct place){ json_find_int(last, "core.n", 0), text_of(last, "hash") }
                : (struct place){ page->n, page->head };
}

/* One entry behind the copy's end. Whoever tampered with the store is copied as well: verify tells of it. */
static enum copy_page_result take_following(struct copy_page *page, const cJSON *entry, const char *id)
{
    struct place last = last_place(page);
    int64_t n = json_find_int(entry, "core.n", 0);

    if (page->is_known && page->count == 0 &&
        (n <= last.n || (n == last.n + 1 && strcmp(text_of(entry, "previous"), last.head) != 0)))
        return COPY_PAGE_FOREIGN;
    if (page->is_known && n > last.n + 1 && page->missing_count == 0) {
        page->missing_from = last.n + 1;
        page->missing_count = n - last.n - 1;
    }
    take(page, entry, id);
    return COPY_PAGE_GOOD;
}

/* Before the copy's last entry was met. */
static enum copy_page_result look_for_last(struct copy_page *page, const cJSON *entry, const char *id)
{
    int64_t n = json_find_int(entry, "core.n", 0);

    if (n > page->n) {
        if (!page->is_from_start && page->n > 0)
            return look_from_start(page);
        page->is_synced = true;
        return take_following(page, entry, id);
    }
    if (n == page->n && strcmp(text_of(entry, "hash"), page->head) != 0)
        return COPY_PAGE_FOREIGN;
    page->is_synced = n == page->n;
    snprintf(page->id, sizeof(page->id), "%s", id);
    return COPY_PAGE_GOOD;
}

static enum copy_page_result read_entry(struct copy_page *page, const cJSON *entry, const char *id)
{
    if (!page->is_known || page->is_synced)
        return take_following(page, entry, id);
    return look_for_last(page, entry, id);
}

/* All that there is was read, and the copy's last entry is not among it. */
static enum copy_page_result not_met(struct copy_page *page, bool is_end)
{
    bool is_empty = page->is_from_start && !page->id[0];

    if (!is_end)
        return COPY_PAGE_SKIPPED;
    if (!page->is_from_start)
        return look_from_start(page);
    return is_empty || page->n == 0 ? COPY_PAGE_GOOD : COPY_PAGE_FOREIGN;
}

enum copy_page_result copy_page_read(struct copy_page *page, const struct store_entry *entries, size_t count,
                                     int64_t seq)
{
    size_t bytes = 0, read = 0;
    struct error ignored;

    clear_next(page);
    for (; read < count && bytes < COPY_PAGE_BYTES; read++) {
        const cJSON *entry = json_parse_in(page->arena, entries[read].value, &ignored);
        enum copy_page_result result;

        if (json_find_int(entry, "seq", 0) > seq)
            return COPY_PAGE_GOOD; /* not confirmed yet */
        if (!entry)
            continue; /* the next one shows that it is missing */
        result = read_entry(page, entry, entries[read].id);
        if (result != COPY_PAGE_GOOD)
            return result;
        bytes += entries[read].value.len;
    }
    page->has_more = read < count || count == COPY_PAGE_ENTRIES;
    if (page->is_known && !page->is_synced)
        return not_met(page, count < COPY_PAGE_ENTRIES);
    return COPY_PAGE_GOOD;
}

void copy_page_add(struct copy_page *page, const struct store_entry *beside, size_t count)
{
    size_t at = 0;
    struct error ignored;

    page->beside = arena_alloc(page->arena, (page->count + 1) * sizeof(page->beside[0]));
    for (size_t i = 0; i < page->count && at < count; i++) {
        if (json_find_int(page->entries[i], "core.n", 0) != page->asked[at])
            continue;
        page->beside[i] = beside[at].value.len > 0 ? json_parse_in(page->arena, beside[at].value, &ignored) : NULL;
        at++;
    }
}

/* ---- lines ---- */

static const char *checkpoint_of(const struct copy_page *page, const struct copy_signer *signer, const char *why,
                                 struct place of)
{
    const struct checkpoint checkpoint = { .store = signer->birth,
                                           .head = of.head,
                                           .instance = signer->instance,
                                           .why = why,
                                           .n = of.n,
                                           .at_ms = signer->now_ms };
    struct error ignored; /* the key was checked with the file */

    return checkpoint_line(&checkpoint, signer->pem, page->arena, &ignored);
}

static void add_line(struct copy_page *page, const char *line)
{
    buf_puts(&page->lines, line);
    buf_putc(&page->lines, '\n');
}

static void add_checkpoint(struct copy_page *page, const struct copy_signer *signer, const char *why, struct place of)
{
    const char *line = checkpoint_of(page, signer, why, of);

    if (!line)
        return;
    add_line(page, line);
    page->checkpoint_line = line;
    page->checkpoint_at_ms_next = signer->now_ms;
    page->behind_next = 0;
}

static void begin_signed(struct copy_page *page, const struct copy_signer *signer)
{
    const cJSON *first = page->count > 0 ? page->entries[0] : NULL;
    struct place before = { page->n, page->head };
    const char *line;

    if (first)
        before = (struct place){ json_find_int(first, "core.n", 1) - 1, text_of(first, "previous") };
    line = checkpoint_of(page, signer, CHECKPOINT_BEGIN, before);
    page->begin_line = line ? arena_printf(page->arena, "%s\n", line) : NULL;
}

void copy_page_sign(struct copy_page *page, const struct copy_signer *signer)
{
    struct place last = last_place(page);
    bool is_met =
        page->is_synced || page->count > 0; /* else it is the file alone that says so: nobody vouches for it */

    page->n_next = last.n;
    page->behind_next = page->behind;
    page->checkpoint_at_ms_next = page->checkpoint_at_ms;
    page->is_over = signer->is_last && !page->has_more;
    if (signer->pem && is_met)
        begin_signed(page, signer);
    for (size_t i = 0; i < page->count; i++) {
        add_line(page, journal_line(page->entries[i], page->beside[i], page->arena));
        if (signer->pem && ++page->behind_next >= COPY_CHECKPOINT_ENTRIES)
            add_checkpoint(
                page, signer, "entries",
                (struct place){ json_find_int(page->entries[i], "core.n", 0), text_of(page->entries[i], "hash") });
    }
    if (!signer->pem || !is_met || page->has_more)
        return;
    if (page->is_over)
        add_checkpoint(page, signer, "stop", last);
    else if (signer->now_ms - page->checkpoint_at_ms_next >= signer->every_ms ||
             signer->now_ms < page->checkpoint_at_ms_next)
        add_checkpoint(page, signer, "time", last);
}

void copy_page_written(struct copy_page *page)
{
    const cJSON *last = page->count > 0 ? page->entries[page->count - 1] : NULL;

    if (last) {
        page->is_known = page->is_synced = true;
        page->n = json_find_int(last, "core.n", 0);
        page->at_ms = json_find_int(last, "core.at", 0);
        snprintf(page->head, sizeof(page->head), "%s", text_of(last, "hash"));
        memcpy(page->id, page->id_next, sizeof(page->id));
    }
    page->checkpoint_at_ms = page->checkpoint_at_ms_next;
    page->behind = page->behind_next;
    page->count = 0;
    page->checkpoint_line = NULL;
}
