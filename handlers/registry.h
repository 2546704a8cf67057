/* registry.h - every verb, every machine and every listener there is; the only list of them. */
#ifndef OPSGATE_HANDLERS_REGISTRY_H
#define OPSGATE_HANDLERS_REGISTRY_H

#include "bot/model/listener.h"
#include "bot/model/verb.h"

extern const struct verb *const verbs[];       /* NULL-terminated, in the order help shows them */
extern const struct machine *const machines[]; /* NULL-terminated */
extern const struct listener listeners[];      /* ends with one without a source */

/* Whose operation it is; NULL: none of ours, or of another schema. */
const struct machine *machine_find(const struct operation *operation);
/* How it looks to people now. False: it has no card, or nothing here can read it. */
bool machine_card(const struct view *view, const struct operation *operation, struct card *ret_card);

#endif
