/* status.h - `status`: what opsgate last deployed where, and what is on its way. Its own records, not Cloud Run's. */
#ifndef OPSGATE_HANDLERS_STATUS_H
#define OPSGATE_HANDLERS_STATUS_H

#include "bot/model/verb.h"

extern const struct verb verb_status;

#endif
