/* batch_shared.c - decisions that share a commit.
 *
 * A fact that is journalled and makes nobody act costs the store more for its commit than for its writes. So what
 * several such decisions of one turn write, one after another, is one commit: all of it happens, or nothing. It is
 * closed by the first decision that changes more than that, and goes with it, or when it is large enough, or at the end
 * of the turn. Whatever is decided while it is open counts as of the same seq, e->seq + 1.
 *
 * Nobody shares while inputs are decided under a trying mark. That is so, too, after the store found a commit invalid:
 * what shared it is then decided again, one by one, so that only the one that did it becomes a dead letter.
 */
#include "bot/engine/internal.h"

#define SHARED_DECISIONS_MAX 32 /* the first of them waits for all */
#define SHARED_WRITES_MAX (STORE_WRITES_MAX / 8)
#define SHARED_BYTES_MAX (64 * 1024)

struct shared_batch {
    struct batch batch; /* in an arena of its own: what the decisions needed besides is let go */
    const char *first;  /* input */
    size_t decisions, bytes;
};

/* It uses up its input, and nothing is changed but the journal and who is to be answered. */
static bool is_plain(const struct store_write *write)
{
    switch (write->place) {
    case STORE_PERSONAL:
    case STORE_JOURNAL:
    case STORE_EFFECTS:
    case STORE_INBOX:
    case STORE_INBOX_SAFE:
        return true;
    case STORE_META:
        return strncmp(write->field, "kept:", 5) == 0;
    default:
        return false;
    }
}

static bool are_plain(const struct batch *b)
{
    for (size_t i = 0; i < b->count; i++)
        if (!is_plain(&b->writes[i]))
            return false;
    return true;
}

static struct store_write *find_cursor(const struct batch *b, enum store_place place)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->writes[i].verb == STORE_CURSOR && b->writes[i].place == place)
            return &b->writes[i];
    return NULL;
}

/* A later cursor takes the place of an earlier one: before whatever is trimmed up to it. */
static void add(struct shared_batch *shared, struct store_write write)
{
    struct batch *b = &shared->batch;
    struct store_write *cursor = write.verb == STORE_CURSOR ? find_cursor(b, write.place) : NULL;

    shared->bytes += write.value.len;
    write.field = arena_strdup(b->arena, write.field);
    write.value.at = arena_copy(b->arena, write.value);
    if (cursor)
        *cursor = write;
    else
        *ARENA_PUSH(b->arena, b->writes, b->count) = write;
}

static void join(struct shared_batch *shared, const struct batch *b)
{
    struct batch *whole = &shared->batch;

    for (size_t i = 0; i < b->count; i++)
        add(shared, b->writes[i]);
    if (b->has_journal && !whole->has_journal)
        memcpy(whole->journal_before, b->journal_before, sizeof(whole->journal_before));
    whole->has_journal = whole->has_journal || b->has_journal;
    if (shared->decisions++ == 0)
        shared->first = arena_strdup(whole->arena, b->input->id);
}

static bool is_large(const struct shared_batch *shared)
{
    return shared->decisions >= SHARED_DECISIONS_MAX || shared->batch.count >= SHARED_WRITES_MAX ||
           shared->bytes >= SHARED_BYTES_MAX;
}

bool batch_share(struct batch *b)
{
    struct engine *e = b->engine;
    bool is_plain_fact = b->input && are_plain(b);

    if (!e->shared) {
        if (!is_plain_fact || trying_is_careful(e))
            return false;
        e->shared = xcalloc(1, sizeof(*e->shared));
        batch_init(&e->shared->batch, e, arena_create(), NULL);
    }
    join(e->shared, b);
    arena_destroy(b->arena);
    if (!is_plain_fact || is_large(e->shared))
        batch_send_shared(e);
    return true;
}

void batch_send_shared(struct engine *e)
{
    AUTO_FREE struct shared_batch *shared = TAKE(e->shared);

    if (shared)
        batch_send(&shared->batch, shared->first, shared->decisions);
}

void batch_drop_shared(struct engine *e)
{
    AUTO_FREE struct shared_batch *shared = TAKE(e->shared);

    if (shared)
        arena_destroy(shared->batch.arena);
}
