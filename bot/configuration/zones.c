#include "bot/configuration/zones.h"

#include "bot/base/file.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#define DIRECTORY "/usr/share/zoneinfo"
#define NAMES DIRECTORY "/tzdata.zi" /* the whole database as text, of which we take the names */
#define ZONE_MAX_BYTES (64 * 1024)   /* the largest is some 4 KiB */
#define NAMES_MAX_BYTES (4 * 1024 * 1024)

struct found {
    const char *name;
    const struct zone *zone; /* NULL: there is none */
};
struct database {
    struct arena *arena;
    struct found *found;
    size_t found_count;
    const char **names; /* for who mistyped one */
    size_t names_count;
    bool has_names;
};
struct handle { /* what a finder sees: it may be asked, and remembers */
    struct database *database;
};

/* Every zone begins with a capital, and nothing else in there does; without a dot and with single slashes no name leads
 * out. */
static bool is_name(struct str name)
{
    if (name.len < 2 || name.len > 60 || !isupper((unsigned char)name.at[0]) || str_ends_with(name, "/") ||
        str_contains(name, "//"))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!isalnum((unsigned char)name.at[i]) && !memchr("_+-/", name.at[i], 4))
            return false;
    return true;
}

static const struct zone *read_zone(const char *name, struct arena *arena)
{
    AUTO_FREE char *bytes = NULL;
    struct error ignored; /* a folder, unreadable, something else: none that can be used */
    size_t len;

    if (!is_name(str_of(name)) ||
        !file_read_bytes(arena_printf(arena, DIRECTORY "/%s", name), ZONE_MAX_BYTES, &bytes, &len, &ignored))
        return NULL;
    return zone_read((struct str){ bytes, len }, name, arena, &ignored);
}

static const struct zone *find(const void *ctx, const char *name)
{
    struct database *database = ((const struct handle *)ctx)->database;
    struct found fresh;

    for (size_t i = 0; i < database->found_count; i++)
        if (strcmp(database->found[i].name, name) == 0)
            return database->found[i].zone;
    fresh = (struct found){ arena_strdup(database->arena, name), read_zone(name, database->arena) };
    *ARENA_PUSH(database->arena, database->found, database->found_count) = fresh;
    return fresh.zone;
}

/* "Z NAME ..." begins a zone there, "L TARGET NAME" is another name of one. */
static void read_names(struct database *database)
{
    AUTO_FREE char *text = NULL;
    struct error ignored; /* without the list nobody is told what they meant */
    struct str rest;

    database->has_names = true;
    if (!file_read(NAMES, NAMES_MAX_BYTES, &text, &ignored))
        return;
    rest = str_of(text);
    while (rest.len > 0) {
        struct str line = str_take_until(&rest, '\n'), kind = str_take_word(&line), name = str_take_word(&line);

        if (str_is(kind, "L"))
            name = str_take_word(&line);
        if ((str_is(kind, "Z") || str_is(kind, "L")) && is_name(name) && memchr(name.at, '/', name.len))
            *ARENA_PUSH(database->arena, database->names, database->names_count) = arena_copy(database->arena, name);
    }
}

/* "Berlin" is meant for "Europe/Berlin". */
static const char *nearest(const void *ctx, struct str name)
{
    struct database *database = ((const struct handle *)ctx)->database;

    if (!database->has_names)
        read_names(database);
    for (size_t i = 0; i < database->names_count && !memchr(name.at, '/', name.len); i++)
        if (str_equal_nocase(str_of(strrchr(database->names[i], '/') + 1), name))
            return database->names[i];
    return str_nearest(name, database->names, database->names_count);
}

struct zones zones_create(struct arena *arena)
{
    struct handle *handle = ARENA_NEW(arena, struct handle);

    handle->database = ARENA_NEW(arena, struct database);
    handle->database->arena = arena;
    return (struct zones){
        .find = find,
        .ctx = handle,
        .nearest = nearest,
        .problem = access(DIRECTORY "/Etc/UTC", R_OK) == 0 ? NULL
                                                           : "this machine has no tz database in " DIRECTORY
                                                             "; install the package tzdata",
    };
}
