/* thread.h - what an operation has to say to people besides its card: under that, in the channel for deployments. Pure. */
#ifndef OPSGATE_HANDLERS_THREAD_H
#define OPSGATE_HANDLERS_THREAD_H

#include "bot/model/card.h"
#include "bot/model/outcome.h"
#include "bot/model/view.h"

void thread_post(const struct view *view, struct reply reply, struct outcome *out); /* nothing, where no card is shown */

#endif
