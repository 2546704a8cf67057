/* unreadable.h - what was genuine and cannot be read: it goes into the store all the same, and becomes a dead letter there.
 *
 * Its sender would drop it, or repeat it for days: so people get it, with what was wrong with it. As it came, wherever the
 * store can hold that: a later version may read it. Else what is left of it: {"why", "bytes", "sha256", "head"}. Pure; any
 * thread.
 */
#ifndef OPSGATE_UNREADABLE_H
#define OPSGATE_UNREADABLE_H

#include "bot/model/inbox.h"
#include "bot/model/outside_event.h"

#define UNREADABLE_KIND "unreadable" /* inbox_item.kind: what is left of it */

/* Can an item hold it as it came? It is text, and quoted once more there. */
bool unreadable_fits(struct str body);
const char *unreadable_rest(struct str body, const char *why, struct arena *arena);

/* Always ERR_INVALID, with what was wrong: so the owner sets it aside. For bot/doors/decode.c. */
bool unreadable_decode(const struct inbox_item *item, struct arena *arena, struct outside_event *ret_event,
                       struct error *err);

#endif
