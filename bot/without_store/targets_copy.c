#include "bot/without_store/targets_copy.h"

#include "bot/base/time.h"
#include "bot/log.h"
#include "bot/without_store/without_store_file.h"

#include <string.h>

#define COPY_EVERY_MS (2 * SECOND_MS)
#define STILL_TRUE_EVERY_MS                                                                                            \
    MINUTE_MS /* unchanged: people are told its age, and an hour without a deploy makes none of it */
#define TARGETS_MAX 5000

struct targets_copy {
    struct loop *loop;
    const struct engine *engine;
    const char *data_dir;
    struct loop_timer *timer;
    uint64_t changes; /* of what was written last */
    int64_t written_mono;
};

static struct target_version *dated(const struct target_version *versions, size_t count, int64_t shift_ms,
                                    struct arena *arena)
{
    struct target_version *copies = arena_alloc(arena, count * sizeof(*copies));

    for (size_t i = 0; i < count; i++) {
        copies[i] = versions[i];
        copies[i].at_ms += shift_ms;
    }
    return copies;
}

static void add_memberships(const struct engine *engine, struct target_list *list, struct arena *arena)
{
    const struct membership *known = engine_memberships(engine, &list->memberships_count);

    list->memberships = arena_alloc(arena, list->memberships_count * sizeof(*known));
    if (list->memberships_count > 0)
        memcpy(list->memberships, known, list->memberships_count * sizeof(*known));
}

/* Whoever reads it has its host's clock and no other. */
static bool write_list(struct targets_copy *copy, const struct target **targets, size_t count)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct engine_status status = engine_status(copy->engine);
    struct target_list list = { .at_ms = status.store_unix_ms,
                                .targets = arena_alloc(arena, count * sizeof(struct target)),
                                .targets_count = count };
    struct error err;

    add_memberships(copy->engine, &list, arena);
    for (size_t i = 0; i < count; i++) {
        struct target *target = &list.targets[i];

        *target = *targets[i];
        target->good = dated(target->good, target->good_count, status.shift_ms, arena);
        target->bad = dated(target->bad, target->bad_count, status.shift_ms, arena);
        target->ends = NULL; /* of no use on the way back */
        target->ends_count = 0;
    }
    if (targets_file_write(copy->data_dir, &list, &err))
        return true;
    log_error("targets.copy", LOG_STR("error", err.message));
    return false;
}

static void write_if_new(struct targets_copy *copy)
{
    AUTO_FREE const struct target **targets = xcalloc(TARGETS_MAX, sizeof(struct target *));
    uint64_t changes;
    size_t count = engine_targets(copy->engine, targets, TARGETS_MAX, &changes);
    struct engine_status status = engine_status(copy->engine);
    bool is_old = loop_now_ms(copy->loop) - copy->written_mono >= STILL_TRUE_EVERY_MS;

    if (status.phase != ENGINE_OWNER || count == 0)
        return;
    if (changes == copy->changes &&
        !(is_old && status.is_lease_good)) /* without a lease nobody knows that it is still true */
        return;
    if (!write_list(copy, targets, count < TARGETS_MAX ? count : TARGETS_MAX))
        return;
    copy->changes = changes;
    copy->written_mono = loop_now_ms(copy->loop);
}

static void on_timer(void *arg)
{
    struct targets_copy *copy = arg;

    write_if_new(copy);
    copy->timer = loop_timer_start(copy->loop, COPY_EVERY_MS, on_timer, copy);
}

struct targets_copy *targets_copy_start(struct loop *loop, const struct engine *engine, const char *data_dir)
{
    struct targets_copy *copy = xcalloc(1, sizeof(*copy));

    *copy = (struct targets_copy){ .loop = loop, .engine = engine, .data_dir = data_dir };
    copy->timer = loop_timer_start(loop, COPY_EVERY_MS, on_timer, copy);
    return copy;
}

void targets_copy_cancel(struct targets_copy *copy)
{
    if (!copy)
        return;
    write_if_new(copy);
    loop_timer_cancel(copy->timer);
    free(copy);
}
