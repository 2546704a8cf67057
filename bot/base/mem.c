#include "bot/base/mem.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

static void *or_die(void *memory)
{
    if (memory)
        return memory;
    fputs("opsgate: out of memory\n", stderr);
    abort();
}

void *xcalloc(size_t count, size_t size)
{
    return or_die(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *old, size_t size)
{
    return or_die(realloc(old, size ? size : 1));
}

char *xstrdup(const char *text)
{
    return text ? or_die(strdup(text)) : NULL;
}

void wipe_and_free(void *memory)
{
    if (memory)
        explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

void *wipe_and_realloc(void *old, size_t size)
{
    size_t had = old ? malloc_usable_size(old) : 0;
    void *grown = malloc(size);

    if (grown && had > 0)
        memcpy(grown, old, had < size ? had : size);
    if (grown)
        wipe_and_free(old);
    return grown;
}
