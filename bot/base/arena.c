#include "bot/base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CHUNK_BYTES 4096
#define ALIGNMENT _Alignof(max_align_t)

struct chunk {
    struct chunk *next;
    size_t used, room;
    _Alignas(max_align_t) char bytes[];
};

struct deferred {
    struct deferred *next;
    void (*release)(void *);
    void *value;
};

struct arena {
    struct chunk *chunks;
    struct deferred *deferred;
};

struct arena *arena_create(void)
{
    return xcalloc(1, sizeof(struct arena));
}

void arena_destroy(struct arena *arena)
{
    if (!arena)
        return;
    for (struct deferred *d = arena->deferred; d; d = d->next)
        d->release(d->value);
    for (struct chunk *chunk = arena->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        explicit_bzero(chunk->bytes, chunk->used); /* a token, an address that lets one answer: nobody finds it later */
        free(chunk);
    }
    free(arena);
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    size_t rounded = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct chunk *chunk = arena->chunks;
    void *memory;

    if (!chunk || chunk->room - chunk->used < rounded) {
        size_t room = rounded > CHUNK_BYTES ? rounded : CHUNK_BYTES;

        chunk = xcalloc(1, sizeof(*chunk) + room);
        chunk->room = room;
        chunk->next = arena->chunks;
        arena->chunks = chunk;
    }
    memory = chunk->bytes + chunk->used;
    chunk->used += rounded;
    return memory;
}

char *arena_copy(struct arena *arena, struct str text)
{
    char *copy = arena_alloc(arena, text.len + 1);

    if (text.len > 0)
        memcpy(copy, text.at, text.len);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return text ? arena_copy(arena, str_of(text)) : NULL;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
    va_list args, again;
    char *text;
    int len;

    va_start(args, fmt);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    text = arena_alloc(arena, (size_t)(len < 0 ? 0 : len) + 1);
    if (len > 0)
        vsnprintf(text, (size_t)len + 1, fmt, again);
    va_end(again);
    return text;
}

void arena_defer(struct arena *arena, void (*release)(void *), void *value)
{
    struct deferred *d = ARENA_NEW(arena, struct deferred);

    *d = (struct deferred){ arena->deferred, release, value };
    arena->deferred = d;
}

void *arena_push(struct arena *arena, void *array_pointer, size_t *count, size_t element_bytes)
{
    char *array;
    bool is_full = (*count & (*count - 1)) == 0; /* room is the next power of two: full at 0, 1, 2, 4, 8... */

    memcpy(&array, array_pointer, sizeof(array));
    if (is_full) {
        char *grown = arena_alloc(arena, element_bytes * (*count ? *count * 2 : 1));

        if (*count > 0)
            memcpy(grown, array, element_bytes * *count);
        array = grown;
        memcpy(array_pointer, &array, sizeof(array));
    }
    return array + element_bytes * (*count)++;
}
