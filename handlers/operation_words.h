/* operation_words.h - operations in the words of people: what they type for one, and how one is said to stand. Pure. */
#ifndef OPSGATE_HANDLERS_OPERATION_WORDS_H
#define OPSGATE_HANDLERS_OPERATION_WORDS_H

#include "bot/model/operation.h"
#include "bot/model/settings.h"

/* "D14", also where "d14" was typed; NULL: the word names no operation. What is configured by such a name keeps it. */
const char *operation_typed(const struct settings *settings, const char *word, struct arena *arena);

/* "stuck", its result, "paused at 25 %", "held at 25 %"; else the state that its machine is in. */
const char *operation_standing(const struct operation *operation, struct arena *arena);

/* "api/production" of what changes it, or locks or reviews what is there; "everything" of a halt, and of a lock of all; NULL:
 * it has no place. */
const char *operation_place(const struct operation *operation, struct arena *arena);

/* Whoever asked for it: "@{slack:U1}"; "the release `v1.7.0` of acme/platform", where that began it. */
const char *operation_asked_by(const struct operation *operation, struct arena *arena);

#endif
