/* operation_words.h - operations in the words of people: what they type for one, which that is, and how one is said to
 * stand. Pure. */
#ifndef OPSGATE_HANDLERS_OPERATION_WORDS_H
#define OPSGATE_HANDLERS_OPERATION_WORDS_H

#include "bot/model/event.h"
#include "bot/model/operation.h"
#include "bot/model/request.h"
#include "bot/model/settings.h"
#include "bot/model/view.h"

/* "D14", also where "d14" was typed; NULL: the word names no operation. What is configured by such a name keeps it. */
const char *operation_typed(const struct settings *settings, const char *word, struct arena *arena);

/* The one of that id, live or among the last that ended; NULL: there is none. */
const struct operation *operation_find(const struct view *view, const char *id);
/* Whatever a person asks about by its number is found by this. NULL: there is none, or none that whoever asks may know
 * of: what is said of the one is said of the other. */
const struct operation *operation_find_seen(const struct view *view, const struct request *request, const char *id);

/* "stuck", its result, "paused at 25 %", "held at 25 %"; else the state that its machine is in. */
const char *operation_standing(const struct operation *operation, struct arena *arena);

/* "api/production" of what changes it, or locks or reviews what is there; "everything" of a halt, and of a lock of all; NULL:
 * it has no place. */
const char *operation_place(const struct operation *operation, struct arena *arena);

/* What the event of one that was asked for tells under `key`, "summary" of its end, "text" of its refusal: the first line, to
 * stand in a sentence, without its marks, its full stop, and the word Denied. */
const char *operation_told(const struct event *event, const char *key, struct arena *arena);

/* One line more of who did what to it, for a card's footer: `acts` (or NULL) and behind it "21:00 @{slack:U1} approved
 * it"; who NULL: opsgate. */
const char *operation_acts_with(const struct view *view, const char *acts, const struct principal *who,
                                const char *what);

/* Whoever asked for it: "@{slack:U1}"; "the release `v1.7.0` of acme/platform", "the schedule `nightly`", where that
 * began it. */
const char *operation_asked_by(const struct operation *operation, struct arena *arena);

#endif
