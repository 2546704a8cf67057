/* notes.c - what an instance's data_dir has of acts without the store, and how they are handed over
 * (bot/without_store/last_owner.h, bot/without_store/adoption.h): a note survives its process, and is one input once a
 * store is there. */
#include "tests/simulation/scenario_internal.h"

#include "bot/base/time.h"

#include <string.h>

#include <utlist.h>

#define LOOK_EVERY_MS (2 * SECOND_MS)

struct note {
    struct instance *instance;
    struct arena *arena;
    struct without_store_act act; /* as it was written last */
    unsigned actor;               /* the life that acts */
    bool is_adopted;
    struct note *next;
};

static struct note *find(const struct instance *instance, const char *id)
{
    struct note *note;

    LL_FOREACH(instance->notes, note)
    if (strcmp(note->act.id, id) == 0)
        return note;
    return NULL;
}

static void copy_act(struct note *note, const struct without_store_act *act)
{
    AUTO_JSON cJSON *json = shape_to_json(&without_store_act_shape, act, SHAPE_WHOLE);
    struct error ignored;

    shape_from_json(&without_store_act_shape, json, note->arena, &note->act, &ignored);
}

bool notes_write(void *ctx, struct without_store_act *act, struct arena *arena, struct error *err)
{
    struct instance *instance = ctx;
    struct scenario *s = instance->scenario;
    struct note *note = find(instance, act->id);

    if (!s->is_calm && scenario_draw(s, 0, 9) < 4) {
        scenario_count(s, FAULT_NOTE_FAILED);
        if (note)
            note->actor = 0; /* its lock is let go all the same */
        return error_set(err, ERR_UNAVAILABLE, "the disk is full");
    }
    if (!note) {
        note = xcalloc(1, sizeof(*note));
        note->instance = instance;
        note->arena = arena_create();
        note->actor = instance->actor;
        LL_APPEND(instance->notes, note);
        act->name = arena_printf(arena, "W%d", ++instance->notes_count);
    }
    copy_act(note, act);
    story_tell(s->story, instance->name, "notes %s of %s: %s", act->name ? act->name : "what it did", act->operation,
               act->result ? act->result : "begun");
    ledger_noted(s->ledger, instance->name, act);
    return true;
}

/* ---- handed over ---- */

static void on_accepted(void *arg, enum store_status status, const enum accept_result *results, size_t count)
{
    struct note *note = arg;

    if (status == STORE_OK && count == 1 && results[0] != ACCEPT_FULL)
        note->is_adopted = true;
    note->instance->is_handing_over = false;
}

/* One whose process is dead has told all that it ever will. */
static struct note *next_over(const struct instance *instance)
{
    struct note *note;

    LL_FOREACH(instance->notes, note)
    if (!note->is_adopted && (note->act.result || note->actor != instance->actor))
        return note;
    return NULL;
}

static void hand_over(struct instance *instance, struct note *note)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct store *store = sim_link_store(instance->link);
    const char *key = without_store_key(&note->act, arena);
    struct store_item item = { .keys = &key, .key_count = 1, .is_safe = true };

    item.bytes = str_of(without_store_item(&note->act, engine_status(instance->engine).store_unix_ms, arena));
    instance->is_handing_over = true;
    store->accept(store->ctx, &item, 1, on_accepted, note);
}

struct look {
    struct instance *instance;
    unsigned actor;
};

static void on_look(void *arg)
{
    struct look *look = arg;
    struct instance *instance = look->instance;
    struct note *note = NULL;

    if (instance->actor == look->actor && engine_knows_store(instance->engine, 0) && !instance->is_handing_over)
        note = next_over(instance);
    if (note)
        hand_over(instance, note);
    if (instance->actor == look->actor)
        notes_start(instance);
    free(look);
}

void notes_start(struct instance *instance)
{
    struct look *look = xcalloc(1, sizeof(*look));

    *look = (struct look){ instance, instance->actor };
    scheduler_after(instance->scenario->scheduler, LOOK_EVERY_MS, instance->actor, on_look, look, free);
}

void notes_free(struct instance *instance)
{
    struct note *note, *next;

    LL_FOREACH_SAFE(instance->notes, note, next)
    {
        arena_destroy(note->arena);
        free(note);
    }
    instance->notes = NULL;
}
