/* status.h - `status`: what runs where, what is on its way, and what was last brought there, as opsgate's records have
 * it. */
#ifndef OPSGATE_HANDLERS_STATUS_H
#define OPSGATE_HANDLERS_STATUS_H

#include "bot/model/verb.h"

extern const struct verb verb_status;

#endif
