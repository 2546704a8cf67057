/* plain.h - what a card says, for a reader that knows no marks. Pure. */
#ifndef OPSGATE_HANDLERS_PLAIN_H
#define OPSGATE_HANDLERS_PLAIN_H

#include "bot/model/settings.h"

/* A text with the marks of card.h, on one line: a person becomes "@ann", by `people`, or their id, an instant its date
 * in UTC; *bold* and `code` lose their marks, and control characters become spaces. */
const char *plain_text(const struct settings *settings, const char *text, struct arena *arena);

#endif
