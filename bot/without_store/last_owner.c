#include "bot/without_store/last_owner.h"

#include "bot/log.h"
#include "bot/without_store/without_store_file.h"

#include <string.h>

#include <utlist.h>

struct held { /* an act that has not ended */
    char *act;
    struct without_store_hold hold;
    struct held *next;
};

struct last_owner {
    const char *data_dir;
    struct held *held;
};

struct last_owner *last_owner_create(const char *data_dir)
{
    struct last_owner *owner = xcalloc(1, sizeof(*owner));

    owner->data_dir = data_dir;
    without_store_reserve(data_dir);
    return owner;
}

static void let_go(struct last_owner *owner, struct held *held)
{
    LL_DELETE(owner->held, held);
    without_store_let_go(&held->hold);
    free(held->act);
    free(held);
}

void last_owner_destroy(struct last_owner *owner)
{
    if (!owner)
        return;
    while (owner->held)
        let_go(owner, owner->held);
    free(owner);
}

static struct held *find(const struct last_owner *owner, const char *act)
{
    struct held *held;

    LL_FOREACH(owner->held, held)
    if (strcmp(held->act, act) == 0)
        return held;
    return NULL;
}

static bool begin(struct last_owner *owner, struct without_store_act *act, struct arena *arena, struct error *err)
{
    struct without_store_hold hold;
    struct held *held;

    if (!without_store_take(owner->data_dir, &hold, err))
        return false;
    act->name = arena_strdup(arena, hold.name);
    act->host = without_store_host(arena);
    act->is_locked = hold.is_locked;
    if (!without_store_write(owner->data_dir, act, err)) {
        without_store_let_go(&hold);
        return false;
    }
    held = xcalloc(1, sizeof(*held));
    held->act = xstrdup(act->id);
    held->hold = hold;
    LL_PREPEND(owner->held, held);
    log_warn("without_store.begun", LOG_STR("act", act->name), LOG_STR("operation", act->operation),
             LOG_STR("target", act->target), LOG_STR("why", act->why));
    return true;
}

/* Written or not, nobody is at work on it any more: whoever finds it without an end looks what became of it. */
static bool end(struct last_owner *owner, const struct without_store_act *act, struct error *err)
{
    struct held *held = find(owner, act->id);
    bool is_written = without_store_write(owner->data_dir, act, err);

    if (held)
        let_go(owner, held);
    without_store_reserve(owner->data_dir);
    log_warn("without_store.ended", LOG_STR("act", act->name), LOG_STR("operation", act->operation),
             LOG_STR("result", act->result), LOG_STR("text", act->summary));
    return is_written;
}

bool last_owner_note(struct last_owner *owner, struct without_store_act *act, struct arena *arena, struct error *err)
{
    return act->result ? end(owner, act, err) : begin(owner, act, arena, err);
}
