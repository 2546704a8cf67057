#include "handlers/image.h"

#include <string.h>

#define PREFIX "sha256:"
#define DIGITS 12

const char *image_short(const char *image, struct arena *arena)
{
    const char *digest = image ? strstr(image, PREFIX) : NULL, *slash = image ? strrchr(image, '/') : NULL;
    const char *name = slash ? slash + 1 : image;

    if (!digest)
        return NULL;
    digest += strlen(PREFIX);
    if (name > digest)
        name = image;
    return arena_printf(arena, "%.*s%.*s", (int)(digest - name), name, DIGITS, digest);
}

const char *version_short(const char *version, struct arena *arena)
{
    if (strncmp(version, PREFIX, strlen(PREFIX)) != 0)
        return version;
    return arena_printf(arena, "%.*s", (int)strlen(PREFIX) + DIGITS, version);
}
