/* walk.h - from a tree with positions to structs, by their shapes; and back to positions, for what is
 * found wrong later.
 */
#ifndef OPSGATE_CONFIGURATION_WALK_H
#define OPSGATE_CONFIGURATION_WALK_H

#include "bot/configuration/configuration.h"
#include "bot/configuration/yaml.h"

struct walk_path { /* where in the file; the whole has a NULL parent */
    const struct walk_path *parent;
    const char *key;  /* of a mapping, or NULL: */
    const char *name; /* an element that has a name, else */
    size_t index;
};
struct walk_spot {     /* a member that stands in the file */
    const void *owner; /* the struct it is a member of */
    const char *key;
    size_t index; /* + 1, of a list's element; 0: the member itself */
    struct yaml_place place;
    const struct walk_path *path;
    bool is_filled; /* from the environment or a file: what errors quote of it is hidden */
};

struct walk {
    const struct configuration_source *source;
    struct configuration_errors *errors;
    struct arena *arena; /* of the configuration */
    struct zones zones;
    struct walk_spot *spots;
    size_t spots_count;
    const char **warnings;
    size_t warnings_count;
    size_t settled; /* errors of the passes before this one: where they stand nothing more is told */
};

/* Fills `settings` from the tree; everything wrong is in walk->errors afterwards. */
void walk_settings(struct walk *walk, const struct yaml_node *root, struct settings *settings);
/* Likewise a file that is a list of such structs, an array in the arena. */
void *walk_list(struct walk *walk, const struct shape *of, const struct yaml_node *root, size_t *ret_count);

/* Wrong, or warned about: about a member of `owner`, by its key; element is -1 for the member itself.
 * Without such a member in the file, the owner's own place is told; the owner NULL: the file. */
void walk_wrong(struct walk *walk, const void *owner, const char *key, long element, const char *fmt, ...)
    PRINTF_LIKE(5, 6);
void walk_warn(struct walk *walk, const void *owner, const char *key, long element, const char *fmt, ...)
    PRINTF_LIKE(5, 6);

/* Does it stand in the file, perhaps misspelt? Of something that could not be read nobody says that it is missing. */
bool walk_has(const struct walk *walk, const void *owner, const char *key);
bool walk_is_good(struct walk *walk, const void *owner, const char *key); /* and was nothing wrong with it, or inside of it? */
/* It stands there, and something was wrong: what the struct says is not what was meant, so nothing follows from it. */
bool walk_is_unread(struct walk *walk, const void *owner, const char *key);
void walk_wrong_at(struct walk *walk, struct yaml_place place, const char *path, const char *message);

#endif
