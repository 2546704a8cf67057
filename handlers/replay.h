/* replay.h - `dead retry ID`, `dead drop ID`, `events replay ID`: what was kept is decided once more, or goes. */
#ifndef OPSGATE_HANDLERS_REPLAY_H
#define OPSGATE_HANDLERS_REPLAY_H

#include "bot/model/verb.h"

extern const struct verb verb_dead, verb_events;
extern const struct machine machine_replay;

#endif
