/* places.h - where what happened rolls out: every service of the repository whose release rule takes it. Pure. */
#ifndef OPSGATE_HANDLERS_TRIGGER_PLACES_H
#define OPSGATE_HANDLERS_TRIGGER_PLACES_H

#include "handlers/trigger/trigger.h"

struct environment_settings;

/* Sets body->places, at most TRIGGER_PLACES_MAX; one that would listen, but cannot take it, is PLACE_REFUSED from the start. */
void places_find(const struct view *view, struct trigger_body *body);

/* It serves there already, or an operation on its way brings it (*ret_by, of several regions the first; else NULL): words for
 * that; NULL: neither. */
#define PLACES_SERVES "it serves there already"
const char *places_why_left_out(const struct view *view, const struct trigger_body *body,
                                const struct trigger_place *place, const char **ret_by);

/* It is one target: neither several regions, nor a place that is not configured any more. */
bool places_is_one_target(const struct view *view, const struct trigger_place *place);

/* The commit that serves there, of several regions in all of them; NULL: not known, or not the same one. */
const char *places_serving_commit(const struct view *view, const struct trigger_place *place);

/* An operation other than `own_id` changes what serves there, or is about to. */
bool places_is_moving(const struct view *view, const char *own_id, const struct trigger_place *place);

/* The rule that a place listens by, as it is configured now; or NULL. */
const struct release_settings *places_rule(const struct view *view, const struct trigger_place *place);

size_t places_count(const struct trigger_body *body, enum place_state state);
/* Adds one; false: there are too many. `body->places` lives in the view's arena. */
bool places_add(const struct view *view, struct trigger_body *body, const struct trigger_place *place);

#endif
