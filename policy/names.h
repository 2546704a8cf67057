/* names.h - from a name to its number, looked up. Filled once, in an arena; the names are borrowed. Only for files in
 * policy/. */
#ifndef OPSGATE_POLICY_NAMES_H
#define OPSGATE_POLICY_NAMES_H

#include "bot/base/arena.h"

#include <stdint.h>

#define NAMES_NONE SIZE_MAX

struct names {
    const char **list; /* by number */
    size_t count;
    size_t *slots; /* open-addressed: a number + 1; 0: free */
    size_t room;   /* a power of two, at most half full */
};

void names_init(struct names *names, size_t max, struct arena *arena); /* takes as many, and not more */
size_t names_add(struct names *names, const char *name);               /* its number: the same for the same name */
size_t names_find(const struct names *names, const char *name);        /* NAMES_NONE; also for NULL */

/* FNV-1a: names come from files and records that are trusted, so nobody aims at it. */
#define HASH_BEGIN UINT64_C(14695981039346656037)
uint64_t hash_bytes(const void *bytes, size_t len, uint64_t hash);
size_t hash_room(size_t count); /* for so many: a power of two, at most half full */

#endif
