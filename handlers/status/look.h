/* look.h - begins a look at places: one by itself, or within another operation. */
#ifndef OPSGATE_HANDLERS_STATUS_LOOK_H
#define OPSGATE_HANDLERS_STATUS_LOOK_H

#include "bot/model/event.h"
#include "bot/model/outcome.h"
#include "bot/model/view.h"
#include "handlers/place.h"
#include "handlers/status/body.h"

/* Adds a sight for each region of a place that Cloud Run runs, until there are `max`; how many the place has. */
size_t look_add(const struct view *view, const struct place *place, size_t max, struct status_body *body);

/* Adds the sight of a place that a program deploys, and whose driver names one to be asked. */
void look_add_program(const struct view *view, const struct place *place, struct status_body *body);

/* Asks, and answers later. `body` has its sights, and lives in the view's arena. */
void look_begin(const struct view *view, struct status_body *body, struct outcome *out);

/* ---- within an operation of another kind: its record keeps the body, and its timer goes at body->answer_at_ms ---- */

/* Asks; the names of its readings begin with `prefix`. */
void look_ask(const struct view *view, const char *prefix, struct status_body *body, struct outcome *out);
/* One of them ended; or it is time, and what has not answered is silent. Gives the body as it is then, in the view's
 * arena. */
struct status_body *look_take(const struct view *view, const char *prefix, const struct status_body *body,
                              const struct event *event, struct outcome *out);
bool look_is_over(const struct status_body *body); /* nothing is waited for any more */

#endif
