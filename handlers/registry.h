/* registry.h - every verb and every machine there is; the only list of them. */
#ifndef OPSGATE_HANDLERS_REGISTRY_H
#define OPSGATE_HANDLERS_REGISTRY_H

#include "bot/model/verb.h"

extern const struct verb *const verbs[];       /* NULL-terminated, in the order help shows them */
extern const struct machine *const machines[]; /* NULL-terminated */

#endif
