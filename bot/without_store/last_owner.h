/* last_owner.h - the notes of what this instance does for a running operation while no store answers.
 *
 * The engine decides it (bot/engine/store_away.c); here it gets its number, its lock and its lines in
 * data_dir/without-store.jsonl, as what people do by hand without a store (bot/without_store/without_store_file.h), and is handed over
 * like that (bot/without_store/adoption.h). Calls fsync on the loop: it happens once in an outage. Loop thread only.
 */
#ifndef OPSGATE_LAST_OWNER_H
#define OPSGATE_LAST_OWNER_H

#include "bot/base/arena.h"
#include "bot/model/without_store.h"

struct last_owner;

/* Also puts some room aside in that file: when the store stands still because the disk is full, a note still finds a
 * place. As far as the file system can. `data_dir` is borrowed. */
struct last_owner *last_owner_create(const char *data_dir);
void last_owner_destroy(struct last_owner *owner);

/* engine_config.note */
bool last_owner_note(struct last_owner *owner, struct without_store_act *act, struct arena *arena, struct error *err);

#endif
