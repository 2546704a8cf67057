/* targets_copy.h - a copy of the targets' records in data_dir, and of who is in which group, for the day on which no store
 * answers.
 *
 * `opsgate run rollback ... --without-store` reads there which version was good. Written by the owner alone, some seconds
 * after they changed, and now and then to say that they have not; never read while a store answers. Loop thread only.
 */
#ifndef OPSGATE_TARGETS_COPY_H
#define OPSGATE_TARGETS_COPY_H

#include "bot/engine/engine.h"
#include "bot/shell/loop.h"

struct targets_copy;

struct targets_copy *targets_copy_start(struct loop *loop, const struct engine *engine, const char *data_dir);
void targets_copy_cancel(struct targets_copy *copy); /* writes what is new; before the engine is destroyed */

#endif
