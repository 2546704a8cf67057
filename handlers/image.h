/* image.h - an image as people are shown it. Pure. */
#ifndef OPSGATE_HANDLERS_IMAGE_H
#define OPSGATE_HANDLERS_IMAGE_H

#include "bot/base/arena.h"

/* "api@sha256:1a2b3c4d5e6f": enough to tell two apart. NULL for one that is not pinned. */
const char *image_short(const char *image, struct arena *arena);

/* "sha256:1a2b3c4d5e6f"; a version that is no digest stays as it is. */
const char *version_short(const char *version, struct arena *arena);

#endif
