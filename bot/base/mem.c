#include "bot/base/mem.h"

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
