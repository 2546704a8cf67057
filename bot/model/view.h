/* view.h - what a handler may see of the world: borrowed, and only during one decision. */
#ifndef OPSGATE_MODEL_VIEW_H
#define OPSGATE_MODEL_VIEW_H

#include "bot/model/operation.h"
#include "bot/model/target.h"

struct settings;
struct policy;
struct verb;

struct view {
    const struct settings *settings;
    const struct policy *policy;
    const struct verb *const *verbs; /* NULL-terminated */
    int64_t now_ms;                  /* store's clock */
    int64_t clock_jumps;             /* grows, durably, when that clock is known to have jumped: time that was measured
                                      * from before tells nothing */
    struct arena *arena;             /* of this decision */
    const void *ctx;                 /* the engine's own */
    const struct operation *(*find_operation)(const void *ctx, const char *id);   /* a live one, or NULL */
    const struct operation *(*find_ended)(const void *ctx, const char *id);       /* one of the last 1,000, or NULL */
    const struct target *(*find_target)(const void *ctx, const char *name);       /* NULL: never touched */
    /* Live operations, oldest first; returns how many there are, fills at most max. */
    size_t (*list_operations)(const void *ctx, const struct operation **list, size_t max);
    size_t (*list_ended)(const void *ctx, const struct operation **list, size_t max); /* the last, newest first; likewise */
};

#endif
