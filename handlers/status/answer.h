/* answer.h - what people read: of one place, and of all. Pure.
 *
 * Both set the outcome's reply. What was found stands in the body's sights; a body without
 * sights: it is opsgate's record alone.
 */
#ifndef OPSGATE_HANDLERS_STATUS_ANSWER_H
#define OPSGATE_HANDLERS_STATUS_ANSWER_H

#include "bot/model/outcome.h"
#include "bot/model/view.h"
#include "handlers/status/body.h"

void answer_place(const struct view *view, const char *name, const struct status_body *body, struct outcome *out);
bool answer_shows_any(const struct status_body *body, const char *target); /* of its regions */
void answer_overview(const struct view *view, const struct status_body *body, struct outcome *out);

#endif
