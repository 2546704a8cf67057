/* yaml.h - a YAML file as a tree with the position of everything in it. (YAML 1.2, by libfyaml)
 *
 * Only what a configuration needs: one document of mappings, lists and scalars with scalar keys. Anchors, aliases,
 * merge keys and tags are refused: what a rule says stands where it stands, and no file can blow up. Keys given twice
 * are errors too. Scalars stay text; what they mean is for the shape to say. Pure; safe on any thread.
 */
#ifndef OPSGATE_CONFIGURATION_YAML_H
#define OPSGATE_CONFIGURATION_YAML_H

#include "bot/base/arena.h"

#define YAML_DEPTH_MAX 32
#define YAML_KEYS_MAX 1000 /* in one mapping */

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAPPING };

struct yaml_place {
    int line, column; /* from 1; columns count characters */
};
struct yaml_node {
    enum yaml_kind kind;
    struct yaml_place place;
    struct yaml_place key_place; /* of its key, when it is a mapping's value */
    const char *key;             /* likewise, else NULL */
    const char *text;            /* SCALAR, terminated, no NUL inside */
    bool is_plain;               /* SCALAR: without quotes, so that ~ and null mean nothing */
    struct yaml_node **children; /* LIST, MAPPING */
    size_t children_count;
};

/* Called for each thing that is wrong, in the order of the file; `message` is borrowed. */
typedef void (*yaml_wrong_fn)(void *arg, struct yaml_place place, const char *message);

/* The tree, in the arena, or NULL when the text is no document at all. Wrong things that leave a usable tree (a key
 * given twice, a tag) are told too, so that the rest can be looked at. */
struct yaml_node *yaml_parse(struct str text, struct arena *arena, yaml_wrong_fn wrong, void *arg);

const char *yaml_kind_name(const struct yaml_node *node); /* "a mapping", "nothing": for errors */
bool yaml_is_nothing(const struct yaml_node *node);       /* key without a value, ~ or null */
const struct yaml_node *yaml_find(const struct yaml_node *mapping, const char *key); /* NULL: not there */

#endif
