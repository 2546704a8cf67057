/* held.h - legal holds (audit.hold): what of a person's record nobody may erase. Pure. */
#ifndef OPSGATE_HANDLERS_HELD_H
#define OPSGATE_HANDLERS_HELD_H

#include "bot/model/personal.h"
#include "bot/model/settings.h"

struct held_person {
    const char **ids; /* "slack:U012AB3CD", "github:octocat": one person in all systems */
    size_t count;
};

/* Of "slack:U012AB3CD", or a name of `people`: whoever stands there has all ids of theirs. ERR_INVALID: it is neither,
 * with the nearest name; or several are called so. */
bool held_find_person(const struct settings *settings, const char *text, struct arena *arena,
                      struct held_person *ret_person, struct error *err);

/* The hold that all of this person is under; NULL: none. */
const struct hold_settings *held_person_by(const struct settings *settings, const struct held_person *person,
                                           struct arena *arena);
/* All ids of all whom holds name; what of a person's record is of these, too, is theirs. */
const char **held_ids(const struct settings *settings, struct arena *arena, size_t *ret_count);
/* The hold that this entry of theirs is under, theirs or that of another one whom it is about; NULL: none. */
const struct hold_settings *held_entry_by(const struct settings *settings, const struct held_person *person,
                                          const struct personal_entry *entry, struct arena *arena);

#endif
