/* asset.h - a file that is built into the program, so that the program needs none beside it.
 *
 * CMake's opsgate_embed(TARGET NAME FILE...) (embed.cmake) makes `const struct asset NAME[]` of files, in the order in
 * which it names them, and `const size_t NAME_count`; whoever uses them declares both. They are read-only, and live as long as
 * the program.
 */
#ifndef OPSGATE_BASE_ASSET_H
#define OPSGATE_BASE_ASSET_H

#include "bot/base/str.h"

struct asset {
    const char *name; /* "index.html" */
    const char *type; /* its Content-Type */
    struct str text;  /* terminated, too */
};

#endif
