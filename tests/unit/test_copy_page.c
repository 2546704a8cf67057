/* Where a copy of the journal goes on: each entry once, in its order, whatever the file ends with and the store still
 * has. */
#include "tests/unit/rows.h"

#include "bot/audit/copy_page.h"
#include "bot/base/ed25519.h"
#include "bot/model/journal.h"

#include <stdio.h>
#include <string.h>

#define ENTRIES_MAX 400
#define AT_MS(n) (INT64_C(1795212000000) + (n)*1000)

static const struct row {
    const char *name;
    int64_t first, last; /* that the store has; 0: none */
    int64_t confirmed;   /* the highest commit; an entry's is its number */
    bool is_known;       /* the file ends with entry `end` */
    int64_t end;
    const char *head;    /* of that; NULL: as the store has it */
    int64_t clock_ms;    /* by so much the ids' clock is behind that of the entries */
    int64_t from, count; /* what is written: so many from that number on */
    int64_t missing;
    bool is_foreign;
} rows[] = {
    { "an empty file gets all", 1, 250, 400, false, 0, NULL, 0, 1, 250, 0, false },
    { "all that there is", 41, 60, 400, false, 0, NULL, 0, 41, 20, 0, false },
    { "a file goes on behind its last entry", 1, 250, 400, true, 200, NULL, 0, 201, 50, 0, false },
    { "and waits when there is no more", 1, 250, 400, true, 250, NULL, 0, 0, 0, 0, false },
    { "only what is confirmed is copied", 1, 250, 220, true, 200, NULL, 0, 201, 20, 0, false },
    { "what the file begins with may be before the first", 1, 3, 400, true, 0, "", 0, 1, 3, 0, false },
    { "nothing yet", 0, 0, 400, true, 0, "", 0, 0, 0, 0, false },
    { "a clock that was set is no gap", 1, 250, 400, true, 200, NULL, 3600 * 1000, 201, 50, 0, false },
    { "nor one that was set forward", 1, 250, 400, true, 200, NULL, -3600 * 1000, 201, 50, 0, false },
    { "exactly what follows is left", 201, 250, 400, true, 200, NULL, 0, 201, 50, 0, false },
    { "what the store has no more is missing", 211, 250, 400, true, 200, NULL, 0, 211, 40, 10, false },
    { "another journal: its entry is another one", 1, 250, 400, true, 200, "00", 0, 0, 0, 0, true },
    { "another journal: what follows does not follow", 201, 250, 400, true, 200, "00", 0, 0, 0, 0, true },
    { "an older store: the file has more than it", 1, 150, 400, true, 200, "00", 0, 0, 0, 0, true },
};

static struct {
    struct arena *arena;
    struct store_entry entries[ENTRIES_MAX];
    const char *hashes[ENTRIES_MAX + 1];
    size_t count;
} world;

static void make_store(const struct row *row)
{
    world.arena = arena_create();
    world.count = 0;
    world.hashes[0] = "";
    for (int64_t n = 1; n <= (row->last ? row->last : 200); n++) {
        cJSON *entry = json_object(), *core = json_set(entry, "core", json_object());

        json_set_int(core, "n", n);
        json_set_int(core, "at", AT_MS(n));
        json_set_string(entry, "previous", world.hashes[n - 1]);
        json_set_int(entry, "seq", n);
        world.hashes[n] = arena_strdup(world.arena, journal_hash(entry, world.arena).text);
        json_set_string(entry, "hash", world.hashes[n]);
        if (row->last && n >= row->first)
            world.entries[world.count++] =
                (struct store_entry){ arena_printf(world.arena, "%lld-0", (long long)(AT_MS(n) - row->clock_ms)),
                                      str_of(json_print_in(world.arena, entry)) };
        cJSON_Delete(entry);
    }
}

/* As XRANGE does. */
static size_t range(const char *from, const struct store_entry **ret_first)
{
    bool is_behind = from[0] == '(';
    int64_t ms = strcmp(from, "-") == 0 ? 0 : strtoll(from + is_behind, NULL, 10);
    size_t at = 0, left;

    while (at < world.count && strtoll(world.entries[at].id, NULL, 10) < ms + is_behind)
        at++;
    *ret_first = &world.entries[at];
    left = world.count - at;
    return left < COPY_PAGE_ENTRIES ? left : COPY_PAGE_ENTRIES;
}

static struct copy_end end_of(const struct row *row)
{
    struct copy_end end = { .is_known = row->is_known, .n = row->end, .at_ms = row->end > 0 ? AT_MS(row->end) : 0 };

    snprintf(end.head, sizeof(end.head), "%s",
             row->head         ? row->head
             : row->end <= 200 ? world.hashes[row->end]
                               : world.hashes[row->last]);
    return end;
}

struct written {
    int64_t from, count, missing;
    bool is_foreign;
};

/* A few rounds: as many as reading all of it twice takes. */
static struct written copy(struct copy_page *page, int64_t confirmed)
{
    struct written written = { 0, 0, 0, false };

    for (int round = 0; round < 12 && !written.is_foreign; round++) {
        const struct store_entry *first;
        size_t count = range(copy_page_from(page), &first);
        enum copy_page_result result = copy_page_read(page, first, count, confirmed);

        written.is_foreign = result == COPY_PAGE_FOREIGN;
        if (result != COPY_PAGE_GOOD)
            continue;
        copy_page_add(page, NULL, 0);
        written.missing += page->missing_count;
        copy_page_sign(page, &(struct copy_signer){ .pem = NULL });
        for (size_t i = 0; i < page->count; i++) {
            int64_t n = json_find_int(page->entries[i], "core.n", 0);

            if (written.count == 0)
                written.from = n;
            assert_int_equal(n, written.from + written.count);
            written.count++;
        }
        copy_page_written(page);
    }
    return written;
}

static void check_row(void **state)
{
    const struct row *row = *state;
    struct copy_page page;
    struct copy_end end;
    struct written written;

    make_store(row);
    end = end_of(row);
    copy_page_init(&page);
    copy_page_begin(&page, &end);
    written = copy(&page, row->confirmed);
    assert_int_equal(written.is_foreign, row->is_foreign);
    assert_int_equal(written.from, row->from);
    assert_int_equal(written.count, row->count);
    assert_int_equal(written.missing, row->missing);
    copy_page_finish(&page);
    arena_destroy(world.arena);
}

/* What the file ends with may be anybody's, until the store has shown the same: nothing vouches for it before. */
static void an_end_that_was_not_met_is_not_signed(void **state)
{
    const struct row row = { .first = 1, .last = 250, .is_known = true, .end = 200 };
    struct copy_signer signer = { .birth = "b1", .instance = "one", .every_ms = 1, .now_ms = AT_MS(9000) };
    struct copy_page page;
    struct copy_end end;
    char *pem, *public;
    struct error err;

    (void)state;
    make_store(&row);
    end = end_of(&row);
    assert_true(ed25519_generate(world.arena, &pem, &public, &err));
    signer.pem = pem;
    copy_page_init(&page);
    for (int is_last = 0; is_last < 2; is_last++) {
        copy_page_begin(&page, &end);
        signer.is_last = is_last;
        assert_int_equal(copy_page_read(&page, world.entries, COPY_PAGE_ENTRIES, 50), COPY_PAGE_GOOD);
        copy_page_add(&page, NULL, 0);
        copy_page_sign(&page, &signer);
        assert_int_equal(page.lines.len, 0);
        assert_null(page.begin_line);
        assert_int_equal(copy_page_read(&page, &world.entries[150], COPY_PAGE_ENTRIES, 400), COPY_PAGE_GOOD);
        copy_page_add(&page, NULL, 0);
        copy_page_sign(&page, &signer);
        assert_non_null(page.begin_line);
    }
    copy_page_finish(&page);
    arena_destroy(world.arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = { cmocka_unit_test(an_end_that_was_not_met_is_not_signed) };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
