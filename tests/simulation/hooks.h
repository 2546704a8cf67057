/* hooks.h - GitHub tells the house of releases and of runs; and who in the house listens to that. */
#ifndef OPSGATE_SIMULATION_HOOKS_H
#define OPSGATE_SIMULATION_HOOKS_H

#include "bot/model/listener.h"

#define HOOKS_SENDER "octocat" /* may ring the bell */

extern const struct listener hooks_listeners[2];

#endif
