/* reload.h - `reload`: the configuration's file is read again by the instance that decides; who asked is told how rights
 * changed, or everything that is wrong with the file, by line and column. Others read theirs on SIGHUP. */
#ifndef OPSGATE_HANDLERS_RELOAD_H
#define OPSGATE_HANDLERS_RELOAD_H

#include "bot/model/verb.h"

extern const struct verb verb_reload;
extern const struct machine machine_reload;

#endif
