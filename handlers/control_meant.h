/* control_meant.h - which running operations somebody means who names a place. Pure.
 *
 * A place has one target, and whoever holds it is meant. A service in several regions has a target in each, and often one
 * operation (a group) that takes care of all of them: that one is not the holder of anything. To stop something, all that is
 * under way there is meant, the group in place of its members, so that it begins no other; to let something go on, one
 * operation has to be named.
 */
#ifndef OPSGATE_HANDLERS_CONTROL_MEANT_H
#define OPSGATE_HANDLERS_CONTROL_MEANT_H

#include "bot/model/view.h"
#include "handlers/place.h"

enum control_reach {
    CONTROL_ONE, /* the holder; several of them are an error that lists them */
    CONTROL_ALL_HOLDERS,
    CONTROL_ALL_AND_PARENTS, /* a group of this place instead of its members, also while none of them runs */
};

struct control_meant {
    const struct operation **operations;
    size_t count;
};

/* At least one, in the view's arena. False: the error says what is under way there, if anything, and what to type.
 * `region` NULL: all of the place's. */
bool control_find_meant(const struct view *view, const char *verb, const struct place *place, const char *region,
                        enum control_reach reach, struct control_meant *ret_meant, struct error *err);

/* Of the first member that has one, as policy is asked when the group begins; each of them is judged by itself later. */
bool control_find_place_of_group(const struct view *view, const struct operation *group,
                                 const struct service_settings **ret_service,
                                 const struct environment_settings **ret_environment);

#endif
