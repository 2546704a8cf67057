/* session.h - who signed in or left is handed in to the owner, as a fact (bot/model/session_told.h). */
#ifndef OPSGATE_DOOR_SESSION_H
#define OPSGATE_DOOR_SESSION_H

#include "bot/doors/ingress.h"
#include "bot/model/session_told.h"

/* Borrowed. Nobody waits for it: what the store does not take stands in the log alone, which says so. */
void door_tell_session(struct ingress *ingress, const struct session_told *told);

#endif
