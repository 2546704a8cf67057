#include "bot/model/paths.h"

#include <string.h>

static const struct shape_field group_rows[] = {
    ROW_STRING(paths_group, name, .flags = SHAPE_REQUIRED),
    ROW_STRINGS(paths_group, paths, .flags = SHAPE_REQUIRED),
};
static const struct shape group_shape = SHAPE("a group of paths", paths_group, group_rows);

static const struct shape_field ask_rows[] = {
    ROW_STRING(paths_ask, repository, .flags = SHAPE_REQUIRED),
    ROW_STRING(paths_ask, base, .flags = SHAPE_REQUIRED),
    ROW_STRING(paths_ask, head, .flags = SHAPE_REQUIRED),
    ROW_OBJECTS(paths_ask, groups, &group_shape, .flags = SHAPE_REQUIRED, .max = PATHS_GROUPS_MAX),
};
const struct shape paths_ask_shape = SHAPE("paths that are asked about", paths_ask, ask_rows);

static const struct shape_field read_rows[] = {
    ROW_STRING(paths_read, relation, .flags = SHAPE_NONZERO),
    ROW_STRING(paths_read, unknown, .flags = SHAPE_NONZERO),
    ROW_STRINGS(paths_read, touched),
};
const struct shape paths_read_shape = SHAPE("paths that were touched", paths_read, read_rows);

/* ---- patterns ---- */

/* Places in the pattern where a match may stand by now. */
struct places {
    bool is_at[PATH_PATTERN_MAX_BYTES + 1];
};

static bool is_double(const char *at)
{
    return at[0] == '*' && at[1] == '*';
}

/* A double star with its '/', that begins a pattern or follows a '/': whole directories, or none. */
static bool is_directories(const char *pattern, size_t at)
{
    return is_double(pattern + at) && pattern[at + 2] == '/' && (at == 0 || pattern[at - 1] == '/');
}

/* With every place that is reached from there by stars that stand for nothing. */
static void stand_at(struct places *places, const char *pattern, size_t at)
{
    places->is_at[at] = true;
    while (pattern[at] == '*') {
        at += is_directories(pattern, at) ? 3 : is_double(pattern + at) ? 2 : 1;
        places->is_at[at] = true;
    }
}

static void take_byte(struct places *next, const char *pattern, size_t at, char byte)
{
    if (is_directories(pattern, at)) {
        next->is_at[at] = true;
        if (byte == '/')
            stand_at(next, pattern, at + 3);
    } else if (is_double(pattern + at) || (pattern[at] == '*' && byte != '/')) {
        stand_at(next, pattern, at);
    } else if (pattern[at] != '*' && (pattern[at] == byte || (pattern[at] == '?' && byte != '/'))) {
        stand_at(next, pattern, at + 1);
    }
}

bool path_matches(const char *pattern, struct str path)
{
    size_t len = strlen(pattern);
    struct places places = { 0 };

    if (len > PATH_PATTERN_MAX_BYTES)
        return true; /* of which nobody can tell */
    stand_at(&places, pattern, 0);
    for (size_t i = 0; i < path.len; i++) {
        struct places next = { 0 };

        for (size_t at = 0; at < len; at++)
            if (places.is_at[at])
                take_byte(&next, pattern, at, path.at[i]);
        places = next;
    }
    return path.len > 0 &&
           (places.is_at[len] || (len > 3 && strcmp(pattern + len - 3, "/**") == 0 && places.is_at[len - 3]));
}

const char *path_pattern_fault(const char *pattern)
{
    if (!pattern || !pattern[0])
        return "it is empty";
    if (strlen(pattern) > PATH_PATTERN_MAX_BYTES)
        return "it is longer than 200 bytes";
    if (pattern[0] == '/')
        return "no path begins with a /: they count from the repository's root";
    if (pattern[0] == '!')
        return "nothing can be taken out with a !: say what counts";
    if (pattern[strlen(pattern) - 1] == '/')
        return "files are matched, not directories: end it with /**";
    return NULL;
}
