/* trying.c - after an unclean exit, inputs are decided one at a time under a durable mark: what crashes its owner again
 * and again becomes a dead letter instead of an outage. */
#include "bot/engine/internal.h"

#include <stdio.h>
#include <string.h>

bool trying_is_careful(const struct engine *e)
{
    return !e->took_cleanly && engine_mono(e) - e->owner_since_mono < CAREFUL_MS;
}

static struct crash_count *find(const struct engine *e, const char *input)
{
    struct crash_count *count = NULL;

    HASH_FIND_STR(e->crashes, input, count);
    return count;
}

static struct crash_count *get(struct engine *e, const char *input)
{
    struct crash_count *count = find(e, input);

    if (count)
        return count;
    count = xcalloc(1, sizeof(*count));
    count->input = xstrdup(input);
    HASH_ADD_KEYPTR(hh, e->crashes, count->input, strlen(count->input), count);
    return count;
}

bool trying_has_killed_enough(const struct engine *e, const char *input)
{
    const struct crash_count *count = find(e, input);

    return count && (count->own >= TRYING_MAX_OWN || count->n >= TRYING_MAX);
}

bool trying_kills_on(const struct engine *e, const char *input)
{
    const struct crash_count *count = find(e, input);

    return count && (count->own > TRYING_MAX_OWN || count->n > TRYING_MAX);
}

static void on_marked(void *arg, enum store_status status)
{
    struct engine *e = arg;

    if (--e->marks_in_flight > 0)
        return;
    if (status != STORE_OK) {
        if (e->marked[0] != '\0')
            get(e, e->marked)->may_come_late = true;
        e->marked[0] = '\0';
    }
    engine_wake(e);
}

bool trying_may_decide(struct engine *e, const char *input)
{
    const struct crash_count *count;
    char value[80];

    if (!trying_is_careful(e) || strcmp(e->marked, input) == 0)
        return true;
    count = get(e, input);
    snprintf(value, sizeof(value), "{\"n\":%lld,\"own\":%lld}", (long long)count->n + 1, (long long)count->own);
    snprintf(e->marked, sizeof(e->marked), "%s", input);
    e->marks_in_flight++;
    e->config.store->mark_trying(e->config.store->ctx, e->nonce, input, str_of(value), on_marked, e);
    return false;
}

/* When the careful time is over: marks that came late, or whose inputs are gone, belong to nothing any more. */
void trying_clean_up(struct engine *e)
{
    struct crash_count *count, *next;
    struct batch b;

    if (!e->crashes || trying_is_careful(e) || e->commits_count > 0)
        return;
    batch_init(&b, e, arena_create(), NULL);
    HASH_ITER(hh, e->crashes, count, next) {
        if (b.count < STORE_WRITES_MAX / 2)
            batch_drop(&b, STORE_TRYING, count->input);
        HASH_DEL(e->crashes, count);
        free(count->input);
        free(count);
    }
    e->marked[0] = '\0';
    batch_commit(&b);
}
