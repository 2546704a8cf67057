/* fill.h - ${env:NAME} and ${file:PATH} in a text, filled in. */
#ifndef OPSGATE_CONFIGURATION_FILL_H
#define OPSGATE_CONFIGURATION_FILL_H

#include "bot/configuration/configuration.h"

struct filled {
    struct str text; /* borrowed from the arena, or the text as it was; terminated */
    bool is_filled;  /* something came from outside: not to be shown */
};

/* ERR_NOT_FOUND or ERR_INVALID name the variable or file, never what is in it. */
bool configuration_fill(const struct configuration_source *source, struct arena *arena, const char *text,
                        struct filled *ret_filled, struct error *err);

#endif
