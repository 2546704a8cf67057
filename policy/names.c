#include "policy/names.h"

#include <string.h>

uint64_t hash_bytes(const void *bytes, size_t len, uint64_t hash)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ at[i]) * UINT64_C(1099511628211);
    return hash;
}

size_t hash_room(size_t count)
{
    size_t room = 16;

    while (room < count * 2)
        room *= 2;
    return room;
}

void names_init(struct names *names, size_t max, struct arena *arena)
{
    names->count = 0;
    names->room = hash_room(max);
    names->list = arena_alloc(arena, (max + 1) * sizeof(*names->list));
    names->slots = arena_alloc(arena, names->room * sizeof(*names->slots));
}

/* The slot of this name, or the free one where it belongs. */
static size_t *slot_of(const struct names *names, const char *name)
{
    size_t at = hash_bytes(name, strlen(name), HASH_BEGIN) & (names->room - 1);

    while (names->slots[at] && strcmp(names->list[names->slots[at] - 1], name) != 0)
        at = (at + 1) & (names->room - 1);
    return &names->slots[at];
}

size_t names_add(struct names *names, const char *name)
{
    size_t *slot = slot_of(names, name);

    if (!*slot) {
        names->list[names->count++] = name;
        *slot = names->count;
    }
    return *slot - 1;
}

size_t names_find(const struct names *names, const char *name)
{
    size_t *slot = name ? slot_of(names, name) : NULL;

    return slot && *slot ? *slot - 1 : NAMES_NONE;
}
