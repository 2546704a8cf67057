/* told.h - what a trigger says aloud in the channel for deployments, since nobody asked and nobody gets an answer. */
#ifndef OPSGATE_HANDLERS_TRIGGER_TOLD_H
#define OPSGATE_HANDLERS_TRIGGER_TOLD_H

#include "handlers/trigger/triggering.h"

/* Nothing is begun at all: why, and for each place what a person may type. */
void told_nothing(struct triggering *t, const char *why);
/* GitHub has not confirmed it yet, and is asked again. */
void told_waiting(struct triggering *t);
/* What became of each place, when all are answered: said when something was not begun, or several were. */
void told_places(struct triggering *t);
void told_group_end(struct triggering *t, const struct trigger_place *place); /* and some of it is not done */
/* One that was begun has ended without coming to its target: what to type. */
void told_refused(struct triggering *t, const struct trigger_place *place);

#endif
