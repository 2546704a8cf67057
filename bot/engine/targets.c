/* targets.c - who may change what: claims, the line that waits, and the versions that were good. */
#include "bot/engine/internal.h"

static struct target read_target(struct batch *b, const char *name)
{
    struct live_target *live = records_find_target(b->engine, name);
    struct target target = { .name = name, .schema = STORE_SCHEMA };

    return live ? live->record : (target.name = arena_strdup(b->arena, name), target);
}

static void write_target(struct batch *b, const struct target *target)
{
    const char *text = batch_print(b, &target_shape, target);
    struct error err;

    batch_put(b, STORE_TARGETS, target->name, text);
    engine_must(records_put_target(b->engine, text, &err) != NULL, b->engine, "target", &err);
}

static void grant(struct batch *b, const char *operation, const char *target)
{
    cJSON *body = json_object();

    json_set_string(body, "target", target);
    wishes_message(b, "engine", operation, MESSAGE_GRANTED, body);
    batch_journal(b, "target.granted", operation, NULL, body, NULL);
    cJSON_Delete(body);
}

static bool holds(const struct target *target, const char *operation)
{
    return target->holder && strcmp(target->holder, operation) == 0;
}

void targets_claim(struct batch *b, const char *operation, const char *name)
{
    struct target target = read_target(b, name);

    if (holds(&target, operation))
        return;
    if (target.holder && !PLANTED(TARGET_SHARED)) {
        const char **waiting = NULL;
        size_t count = 0;

        for (size_t i = 0; i < target.waiting_count; i++)
            *ARENA_PUSH(b->arena, waiting, count) = arena_strdup(b->arena, target.waiting[i]);
        *ARENA_PUSH(b->arena, waiting, count) = operation;
        target.waiting = waiting;
        target.waiting_count = count;
    } else {
        target.holder = operation;
        grant(b, operation, name);
    }
    write_target(b, &target);
}

void targets_release(struct batch *b, const char *operation, const char *name)
{
    struct target target = read_target(b, name);
    const char **waiting = NULL, *next = NULL;
    size_t count = 0;
    bool was_holder = holds(&target, operation);

    if (!records_find_target(b->engine, name))
        return;
    for (size_t i = 0; i < target.waiting_count; i++) {
        const char *id = arena_strdup(b->arena, target.waiting[i]);

        if (strcmp(id, operation) == 0)
            continue;
        if (was_holder && !next)
            next = id;
        else
            *ARENA_PUSH(b->arena, waiting, count) = id;
    }
    target.waiting = waiting;
    target.waiting_count = count;
    if (was_holder)
        target.holder = next;
    write_target(b, &target);
    if (next)
        grant(b, next, arena_strdup(b->arena, name));
}

void targets_add_good(struct batch *b, const char *name, const struct target_version *version)
{
    struct target target = read_target(b, name);
    struct target_version *good = NULL;
    size_t count = 0,
           first = target.good_count >= TARGET_VERSIONS_MAX ? target.good_count - TARGET_VERSIONS_MAX + 1 : 0;

    for (size_t i = first; i < target.good_count; i++)
        *ARENA_PUSH(b->arena, good, count) = target.good[i];
    *ARENA_PUSH(b->arena, good, count) = *version;
    target.good = good;
    target.good_count = count;
    target.doubt = NULL;
    write_target(b, &target);
}

void targets_doubt(struct batch *b, const char *operation, const char *name)
{
    struct target target = read_target(b, name);

    target.doubt = operation;
    write_target(b, &target);
}
