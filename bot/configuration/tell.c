#include "bot/configuration/tell.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- paths ---- */

static void path_add(const struct walk_path *path, struct buf *buf)
{
    if (!path)
        return;
    path_add(path->parent, buf);
    if (path->key)
        buf_addf(buf, "%s%s", buf->len > 0 ? "." : "", path->key);
    else if (path->name)
        buf_addf(buf, "[%.63s]", path->name);
    else
        buf_addf(buf, "[%zu]", path->index);
}

static const char *path_text(struct walk *walk, const struct walk_path *path)
{
    AUTO_BUF struct buf buf = BUF(1000);

    path_add(path, &buf);
    return arena_copy(walk->arena, buf_str(&buf));
}

const struct walk_path *walk_path_key(struct walk *walk, const struct walk_path *parent, const char *key)
{
    struct walk_path *path = ARENA_NEW(walk->arena, struct walk_path);

    *path = (struct walk_path){ .parent = parent, .key = key };
    return path;
}

const struct walk_path *walk_path_element(struct walk *walk, const struct walk_path *parent,
                                          const struct yaml_node *node, size_t index)
{
    struct walk_path *path = ARENA_NEW(walk->arena, struct walk_path);
    const struct yaml_node *name = node->kind == YAML_MAPPING ? yaml_find(node, "name") : NULL;

    *path = (struct walk_path){ .parent = parent, .index = index };
    if (name && name->kind == YAML_SCALAR && name->text[0] && !strstr(name->text, "${"))
        path->name = name->text;
    return path;
}

/* ---- telling ---- */

/* What is no good text already need not be no good path too. */
static bool is_settled(const struct walk *walk, struct yaml_place place)
{
    for (size_t i = 0; i < walk->settled && place.line > 0; i++)
        if (walk->errors->items[i].line == place.line && walk->errors->items[i].column == place.column)
            return true;
    return false;
}

/* Messages quote what was found, perhaps cut within a character or with a line break: one line of good text comes out.
 */
static const char *one_line(const char *message, struct arena *arena)
{
    char *line = arena_strdup(arena, message);
    bool is_text = utf8_is_valid(str_of(line));

    for (char *at = line; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f || (!is_text && (unsigned char)*at >= 0x80))
            *at = '?';
    return line;
}

void walk_wrong_at(struct walk *walk, struct yaml_place place, const char *path, const char *message)
{
    struct configuration_errors *errors = walk->errors;

    if (is_settled(walk, place))
        return;
    if (errors->count == CONFIGURATION_ERRORS_MAX) {
        errors->left_out++;
        return;
    }
    *ARENA_PUSH(errors->arena, errors->items, errors->count) = (struct configuration_error){
        .line = place.line,
        .column = place.column,
        .path = one_line(path, errors->arena),
        .message = one_line(message, errors->arena),
    };
}

void walk_wrong_here(struct walk *walk, struct yaml_place place, const struct walk_path *path, const char *fmt, ...)
{
    char message[600];
    va_list args;

    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    walk_wrong_at(walk, place, path_text(walk, path), message);
}

static const struct walk_spot *find_spot(const struct walk *walk, const void *owner, const char *key, size_t index)
{
    for (size_t i = 0; i < walk->spots_count; i++) {
        const struct walk_spot *spot = &walk->spots[i];

        if (spot->owner == owner && spot->index == index && strcmp(spot->key, key) == 0)
            return spot;
    }
    return NULL;
}

bool walk_has(const struct walk *walk, const void *owner, const char *key)
{
    return find_spot(walk, owner, key, 0) != NULL;
}

static bool is_settled_inside(const struct walk *walk, const char *path)
{
    for (size_t i = 0; i < walk->settled; i++) {
        struct str rest = str_of(walk->errors->items[i].path);

        if (str_take_prefix(&rest, path) && (str_starts_with(rest, ".") || str_starts_with(rest, "[")))
            return true;
    }
    return false;
}

bool walk_is_good(struct walk *walk, const void *owner, const char *key)
{
    const struct walk_spot *spot = find_spot(walk, owner, key, 0);

    return spot && !is_settled(walk, spot->place) && !is_settled_inside(walk, path_text(walk, spot->path));
}

bool walk_is_unread(struct walk *walk, const void *owner, const char *key)
{
    return walk_has(walk, owner, key) && !walk_is_good(walk, owner, key);
}

static struct walk_spot nearest_spot(const struct walk *walk, const void *owner, const char *key, long element)
{
    const struct walk_spot *spot = find_spot(walk, owner, key, (size_t)(element + 1));

    if (!spot)
        spot = find_spot(walk, owner, key, 0);
    if (!spot)
        spot = find_spot(walk, owner, WALK_SELF, 0);
    return spot ? *spot : (struct walk_spot){ .place = { 1, 1 } };
}

/* Stars in place of what stands between quotes, but for single characters: those are ours. */
static void hide_quoted(char *message)
{
    char *open = strchr(message, '\''), *close;

    for (; open && (close = strchr(open + 1, '\'')); open = strchr(close + 1, '\''))
        if (close - open > 2)
            memset(open + 1, '*', (size_t)(close - open - 1));
}

void walk_wrong(struct walk *walk, const void *owner, const char *key, long element, const char *fmt, ...)
{
    struct walk_spot spot = nearest_spot(walk, owner, key, element);
    char message[600];
    va_list args;

    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    if (spot.is_filled)
        hide_quoted(message);
    walk_wrong_at(walk, spot.place, path_text(walk, spot.path), message);
}

void walk_warn(struct walk *walk, const void *owner, const char *key, long element, const char *fmt, ...)
{
    struct walk_spot spot = nearest_spot(walk, owner, key, element);
    const char *path = path_text(walk, spot.path); /* of the file itself: "" */
    char message[400];
    va_list args;

    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    *ARENA_PUSH(walk->arena, walk->warnings, walk->warnings_count) =
        arena_printf(walk->arena, "%s:%d:%d: %s: %s", walk->source->path, spot.place.line, spot.place.column,
                     path[0] ? path : key, message);
}

struct walk_spot *walk_remember(struct walk *walk, const void *owner, const char *key, size_t index,
                                const struct yaml_node *node, const struct walk_path *path)
{
    struct walk_spot *spot = ARENA_PUSH(walk->arena, walk->spots, walk->spots_count);
    bool is_filled = node->kind == YAML_SCALAR && strstr(node->text, "${");

    *spot = (struct walk_spot){ owner, key, index, node->place, path, is_filled };
    return spot;
}
