/* person.h - somebody as the configuration's `people` calls them, where a principal is asked for. Pure. */
#ifndef OPSGATE_HANDLERS_PERSON_H
#define OPSGATE_HANDLERS_PERSON_H

#include "bot/model/settings.h"

/* "slack:U1" for "ann" or "@ann", when exactly one of them has that name; whatever holds a colon stays as it is. NULL with
 * err: ERR_NOT_FOUND when nobody has it, ERR_CONFLICT when several do, who are named by their ids. */
const char *person_by_name(const struct settings *settings, const char *text, struct arena *arena, struct error *err);

/* The other way: the name that `people` gives whoever has that id there, "slack" and "U1"; NULL: none. */
const char *person_name(const struct settings *settings, const char *system, const char *id);

#endif
