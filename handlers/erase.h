/* erase.h - `erase PERSON`: what the journal keeps of a person beside its entries goes, and the chain stays whole. */
#ifndef OPSGATE_HANDLERS_ERASE_H
#define OPSGATE_HANDLERS_ERASE_H

#include "bot/model/verb.h"

extern const struct verb verb_erase;
extern const struct machine machine_erase;

#endif
