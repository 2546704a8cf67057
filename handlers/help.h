/* help.h - `help`: what this person can ask for, from the verbs' own entries. */
#ifndef OPSGATE_HANDLERS_HELP_H
#define OPSGATE_HANDLERS_HELP_H

#include "bot/model/verb.h"

extern const struct verb verb_help;

#endif
