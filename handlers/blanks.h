/* blanks.h - {name} in a text of the configuration, filled in with what people typed. Pure.
 *
 * The text becomes a word of a program's argv, which no shell reads; but the program may hand it on to one. So a value
 * is refused, and never bent, when it is empty, begins with '-', or holds anything but letters, digits and `._-/:@+`.
 */
#ifndef OPSGATE_HANDLERS_BLANKS_H
#define OPSGATE_HANDLERS_BLANKS_H

#include "bot/base/arena.h"
#include "bot/base/error.h"

struct blank {
    const char *name, *value;
    bool is_configured; /* the value stands in the configuration itself: whoever wrote that meant it as it is */
};

bool blanks_is_harmless(const char *value);

/* Braces that hold none of these names stay as they are. ERR_INVALID names the blank, and what is wrong with its value.
 */
bool blanks_fill(const char *text, const struct blank *blanks, size_t count, struct arena *arena,
                 const char **ret_filled, struct error *err);

/* Each of them: a list as long, in the arena. */
bool blanks_fill_all(const char *const *texts, size_t texts_count, const struct blank *blanks, size_t count,
                     struct arena *arena, const char ***ret_filled, struct error *err);

#endif
