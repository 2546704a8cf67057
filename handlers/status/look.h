/* look.h - begins a look at places. */
#ifndef OPSGATE_HANDLERS_STATUS_LOOK_H
#define OPSGATE_HANDLERS_STATUS_LOOK_H

#include "bot/model/outcome.h"
#include "bot/model/view.h"
#include "handlers/place.h"
#include "handlers/status/body.h"

/* Adds a sight for each region of a place that Cloud Run runs, until there are `max`; how many the place has. */
size_t look_add(const struct view *view, const struct place *place, size_t max, struct status_body *body);

/* Asks, and answers later. `body` has its sights, and lives in the view's arena. */
void look_begin(const struct view *view, struct status_body *body, struct outcome *out);

#endif
