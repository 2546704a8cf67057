/* ended.c - the last operations that ended: kept to be looked at, until newer ones take their places; all of them while
 * a legal hold stands. */
#include "bot/engine/internal.h"

#include "bot/model/settings.h"

#include <string.h>

#define DROPPED_AT_ONCE 16 /* of those that are too many, with one commit */

static int by_end(const struct ended_operation *a, const struct ended_operation *b)
{
    return (a->record.ended_at_ms < b->record.ended_at_ms) - (a->record.ended_at_ms > b->record.ended_at_ms);
}

static struct ended_operation *find(const struct engine *e, const char *id)
{
    struct ended_operation *found = NULL;

    if (id)
        HASH_FIND_STR(e->kept_by_id, id, found);
    return found;
}

static void forget(struct engine *e, struct ended_operation *ended)
{
    HASH_DEL(e->kept_by_id, ended);
    DL_DELETE(e->kept, ended);
    arena_destroy(ended->arena);
    free(ended);
}

static void keep(struct engine *e, const struct operation *record, struct arena *arena)
{
    struct ended_operation *ended = xcalloc(1, sizeof(*ended)), *older = find(e, record->id);

    if (older)
        forget(e, older);
    ended->record = *record;
    ended->arena = arena;
    DL_INSERT_INORDER(e->kept, ended, by_end);
    HASH_ADD_KEYPTR(hh, e->kept_by_id, ended->record.id, strlen(ended->record.id), ended);
}

bool ended_put(struct engine *e, const char *text, struct error *err)
{
    struct arena *arena = arena_create();
    struct operation record;

    if (!records_read_operation(e, text, arena, &record, err)) {
        arena_destroy(arena);
        return false;
    }
    keep(e, &record, arena);
    return true;
}

static size_t kept_at_most(const struct engine *e)
{
    const struct settings *settings = e->config.settings;

    return settings->audit.hold_count > 0 ? SIZE_MAX : (size_t)settings->retention.operations;
}

void ended_take(struct batch *b, struct live_operation *live)
{
    struct engine *e = b->engine;

    members_forget(e, live);
    HASH_DEL(e->operations, live);
    keep(e, &live->record, live->arena);
    free(live);
    for (int i = 0; i < DROPPED_AT_ONCE && HASH_COUNT(e->kept_by_id) > kept_at_most(e); i++) {
        struct ended_operation *oldest = e->kept->prev; /* the head's prev is the tail */

        batch_drop(b, STORE_ENDED, oldest->record.id);
        forget(e, oldest);
    }
}

void ended_clear(struct engine *e)
{
    while (e->kept)
        forget(e, e->kept);
}

const struct operation *ended_find(const void *engine, const char *id)
{
    const struct ended_operation *ended = find(engine, id);

    return ended ? &ended->record : NULL;
}

size_t ended_list(const void *engine, const struct operation **list, size_t max)
{
    const struct engine *e = engine;
    const struct ended_operation *ended;
    size_t count = 0;

    DL_FOREACH(e->kept, ended) {
        if (count < max)
            list[count] = &ended->record;
        count++;
    }
    return count;
}
