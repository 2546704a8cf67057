/* arena.h - memory for one piece of work, let go all at once.
 *
 * A decision, a parsed record and the configuration each live in an arena of their own; nothing in it is freed alone. What
 * was in it is wiped when it goes: it may have been a secret.
 * Not safe for two threads at once.
 */
#ifndef OPSGATE_BASE_ARENA_H
#define OPSGATE_BASE_ARENA_H

#include "bot/base/str.h"

#include <stddef.h>

struct arena;

struct arena *arena_create(void);
void arena_destroy(struct arena *arena); /* NULL is fine; runs what arena_defer left, newest first */
AUTO_DEFINE(arena)

void *arena_alloc(struct arena *arena, size_t bytes); /* zeroed, aligned for any type, never NULL */
char *arena_copy(struct arena *arena, struct str text); /* terminated */
char *arena_strdup(struct arena *arena, const char *text); /* NULL gives NULL */
char *arena_printf(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);
void arena_defer(struct arena *arena, void (*release)(void *), void *value); /* release(value) when the arena goes */

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))

/* Appends room for one more element to a growing array that lives in the arena: old elements stay valid where they were
 * until the next append. Returns the new element, zeroed. */
void *arena_push(struct arena *arena, void *array_pointer, size_t *count, size_t element_bytes);
#define ARENA_PUSH(arena, array, count)                                                                                \
    ((__typeof__((array)[0]) *)arena_push((arena), &(array), &(count), sizeof((array)[0])))

#endif
