/* listen.h - rows of listeners[] (registry.c): which of what GitHub tells begins a trigger. Pure.
 *
 * They see the event alone: whether some rule listens to it, and no more. That it is still so is asked by the trigger.
 */
#ifndef OPSGATE_HANDLERS_TRIGGER_LISTEN_H
#define OPSGATE_HANDLERS_TRIGGER_LISTEN_H

#include "bot/model/listener.h"

bool trigger_release_asks(const struct view *view, const struct outside_event *event, struct wanted_request *ret_request);
bool trigger_push_asks(const struct view *view, const struct outside_event *event, struct wanted_request *ret_request);
bool trigger_run_asks(const struct view *view, const struct outside_event *event, struct wanted_request *ret_request);
bool trigger_deployment_asks(const struct view *view, const struct outside_event *event,
                             struct wanted_request *ret_request);

struct trigger_body;
/* What is the same for each of them: GitHub's words about who did it, where, when. */
void trigger_listen_about(const struct outside_event *event, struct trigger_body *body);

#endif
