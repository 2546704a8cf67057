#include "bot/without_store/adoption.h"

#include "bot/base/time.h"
#include "bot/log.h"
#include "bot/without_store/without_store_file.h"

#include <string.h>

#define LOOK_EVERY_MS (2 * SECOND_MS)

struct adoption {
    struct adoption_options options;
    struct loop_timer *timer;
    struct arena *arena; /* of what is being accepted; NULL: nothing is */
    const char **ids;
    size_t count;
};

static void look(void *arg);

static void look_again(struct adoption *adoption)
{
    adoption->timer = loop_timer_start(adoption->options.loop, LOOK_EVERY_MS, look, adoption);
}

struct adoption *adoption_start(const struct adoption_options *options)
{
    struct adoption *adoption = xcalloc(1, sizeof(*adoption));

    adoption->options = *options;
    look_again(adoption);
    return adoption;
}

void adoption_cancel(struct adoption *adoption)
{
    if (!adoption)
        return;
    loop_timer_cancel(adoption->timer);
    arena_destroy(adoption->arena);
    free(adoption);
}

static void on_accepted(void *arg, enum store_status status, const enum accept_result *results, size_t count)
{
    struct adoption *adoption = arg;

    for (size_t i = 0; status == STORE_OK && i < count && i < adoption->count; i++) {
        struct error err;

        if (results[i] == ACCEPT_FULL)
            continue;
        log_info("without_store.adopted", LOG_STR("act", adoption->ids[i]));
        if (!without_store_adopted(adoption->options.data_dir, adoption->ids[i], &err))
            log_error("without_store.file", LOG_STR("error", err.message)); /* again, and found to be a duplicate */
    }
    arena_destroy(TAKE(adoption->arena));
    look_again(adoption);
}

static struct store_item item_of(struct arena *arena, const struct without_store_act *act, int64_t now_ms)
{
    const char **keys = ARENA_NEW(arena, const char *);

    keys[0] = without_store_key(act, arena);
    return (struct store_item){
        .keys = keys, .key_count = 1, .is_safe = true, .bytes = str_of(without_store_item(act, now_ms, arena))
    };
}

/* What is ready to be handed over, as items; false: nothing. */
static bool gather(struct adoption *adoption, struct store_item *items, size_t max, int64_t now_ms)
{
    struct without_store_acts acts;
    struct error err;

    adoption->count = 0;
    adoption->ids = arena_alloc(adoption->arena, max * sizeof(const char *));
    if (!without_store_read_over(adoption->options.data_dir, without_store_host(adoption->arena), now_ms,
                                 adoption->arena, &acts, &err)) {
        log_error("without_store.file", LOG_STR("error", err.message));
        return false;
    }
    for (size_t i = 0; i < acts.count && adoption->count < max; i++) {
        adoption->ids[adoption->count] = acts.acts[i].id;
        items[adoption->count++] = item_of(adoption->arena, &acts.acts[i], now_ms);
    }
    return adoption->count > 0;
}

static void look(void *arg)
{
    struct adoption *adoption = arg;
    int64_t now_ms = adoption->options.store_unix_ms(adoption->options.ctx);
    struct store_item items[16];

    adoption->timer = NULL;
    adoption->arena = arena_create();
    if (now_ms == 0 || !gather(adoption, items, ARRAY_LEN(items), now_ms)) {
        arena_destroy(TAKE(adoption->arena));
        look_again(adoption);
        return;
    }
    adoption->options.store->accept(adoption->options.store->ctx, items, adoption->count, on_accepted, adoption);
}

bool adoption_decode(const struct inbox_item *item, struct arena *arena, struct request *ret_request, struct error *err)
{
    return without_store_request(item, arena, ret_request, err);
}
