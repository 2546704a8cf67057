/* tell.h - where in the file something stands, and what is told about it.
 *
 * The walk remembers a spot for every member that it reads; walk_wrong and its like (walk.h) find it
 * again by owner and key. Only for walk.c.
 */
#ifndef OPSGATE_CONFIGURATION_TELL_H
#define OPSGATE_CONFIGURATION_TELL_H

#include "bot/configuration/walk.h"

#define WALK_SELF "" /* key of the spot of a struct itself */

/* One step further down, in the arena. An element that has a name is called by it. */
const struct walk_path *walk_path_key(struct walk *walk, const struct walk_path *parent, const char *key);
const struct walk_path *walk_path_element(struct walk *walk, const struct walk_path *parent,
                                          const struct yaml_node *node, size_t index);

struct walk_spot *walk_remember(struct walk *walk, const void *owner, const char *key, size_t index,
                                const struct yaml_node *node, const struct walk_path *path);
void walk_wrong_here(struct walk *walk, struct yaml_place place, const struct walk_path *path, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

#endif
