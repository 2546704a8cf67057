/* explain.h - `explain VERB...`: what each rule has to do with that request, for the person who asks. It only looks. */
#ifndef OPSGATE_HANDLERS_EXPLAIN_H
#define OPSGATE_HANDLERS_EXPLAIN_H

#include "bot/model/verb.h"

extern const struct verb verb_explain;

#endif
