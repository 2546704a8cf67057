/* say.h - what those that watch have to say aloud, since nobody asked: in the channel for alerts. */
#ifndef OPSGATE_HANDLERS_WATCH_SAY_H
#define OPSGATE_HANDLERS_WATCH_SAY_H

#include "bot/model/outcome.h"
#include "bot/model/view.h"

void watch_say(const struct view *view, struct outcome *out, const char *text);

#endif
