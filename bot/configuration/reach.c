#include "bot/configuration/reach.h"

#include <limits.h>
#include <string.h>

/* All that a way to it consists of. A merge key could bring any of it. */
static const char *const needed[] = { "data_dir", "local_socket", "store", "<<" };

static bool is_needed(const char *key)
{
    for (size_t i = 0; i < ARRAY_LEN(needed); i++)
        if (strcmp(needed[i], key) == 0)
            return true;
    return false;
}

/* One that nobody knows counts as the one that was probably meant: what it says would be passed over. */
static bool may_mean_needed(const char *key)
{
    const char *names[64], *nearest;
    size_t count = 0;

    if (is_needed(key) || shape_find(&settings_shape, str_of(key)))
        return is_needed(key);
    for (size_t i = 0; i < settings_shape.count && count < ARRAY_LEN(names); i++)
        if (settings_shape.fields[i].name)
            names[count++] = settings_shape.fields[i].name;
    nearest = str_nearest(str_of(key), names, count);
    return nearest && is_needed(nearest);
}

/* What YAML itself complains of has a place, and no path: it is about the key within whose lines it stands. */
static bool is_in_needed_lines(const struct yaml_node *root, int line)
{
    for (size_t i = 0; i < root->children_count; i++) {
        int first = root->children[i]->key_place.line;
        int next = i + 1 < root->children_count ? root->children[i + 1]->key_place.line : INT_MAX;

        if (may_mean_needed(root->children[i]->key) && line >= first && (line < next || line == first))
            return true;
    }
    return false;
}

static bool is_of_needed_path(const struct walk *walk, const char *path)
{
    return may_mean_needed(arena_copy(walk->arena, (struct str){ path, strcspn(path, ".[") }));
}

bool reach_is_good(const struct walk *walk, const struct yaml_node *root, size_t of_yaml)
{
    const struct configuration_errors *errors = walk->errors;

    if (root->kind != YAML_MAPPING || errors->left_out > 0)
        return false;
    for (size_t i = 0; i < errors->count; i++)
        if (i < of_yaml ? is_in_needed_lines(root, errors->items[i].line)
                        : is_of_needed_path(walk, errors->items[i].path))
            return false;
    return true;
}
