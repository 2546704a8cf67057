/* trying.c - after an unclean exit, inputs are decided one at a time under a durable mark: what crashes its owner again and
 * again becomes a dead letter instead of an outage. */
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

bool trying_has_killed_enough(const struct engine *e, const char *input)
{
    const struct crash_count *count = find(e, input);

    return count && (count->own >= TRYING_MAX_OWN || count->n >= TRYING_MAX);
}

static void on_marked(void *arg, enum store_status status)
{
    struct engine *e = arg;

    if (--e->marks_in_flight > 0)
        return;
    if (status != STORE_OK)
        e->marked[0] = '\0';
    engine_wake(e);
}

bool trying_may_decide(struct engine *e, const struct input *input)
{
    const struct crash_count *count = find(e, input->id);
    char value[80];

    if (!trying_is_careful(e) || strcmp(e->marked, input->id) == 0)
        return true;
    snprintf(value, sizeof(value), "{\"n\":%lld,\"own\":%lld}", (long long)(count ? count->n : 0) + 1,
             (long long)(count ? count->own : 0));
    snprintf(e->marked, sizeof(e->marked), "%s", input->id);
    e->marks_in_flight++;
    e->config.store->mark_trying(e->config.store->ctx, e->nonce, input->id, str_of(value), on_marked, e);
    return false;
}
