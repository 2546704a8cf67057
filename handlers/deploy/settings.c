/* settings.c - `--set-env NAME=VALUE`: settings that a deploy changes, alone or together with the image. */
#include "handlers/deploy/arguments.h"

#include "bot/model/card.h"

#include <string.h>

#define ENV_MAX 50
#define NAME_MAX_BYTES 200
#define VALUE_MAX_BYTES (32 * 1024) /* of Cloud Run */
#define QUOTED_BYTES 60

static bool is_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];

        if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && c != '_' && !(i > 0 && c >= '0' && c <= '9'))
            return false;
    }
    return name.len > 0 && name.len <= NAME_MAX_BYTES;
}

/* Cloud Run sets these itself, and refuses a revision that does. */
bool deploy_is_reserved_setting(const char *name)
{
    static const char *const reserved[] = { "PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION" };

    for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
        if (strcmp(reserved[i], name) == 0)
            return true;
    return strncmp(name, "X_GOOGLE_", strlen("X_GOOGLE_")) == 0;
}

static bool is_there(const struct deploy_arguments *arguments, const char *name)
{
    for (size_t i = 0; i < arguments->env_count; i++)
        if (strcmp(arguments->env[i].key, name) == 0)
            return true;
    return false;
}

/* Sentences name names, never values. */
static bool read_one(const char *text, struct arena *arena, struct deploy_arguments *arguments, struct error *err)
{
    struct str rest = str_of(text), name = str_take_until(&rest, '=');
    const char *key = arena_copy(arena, name);

    if (!strchr(text, '=') || !is_name(name))
        return error_set(err, ERR_INVALID,
                         "`--set-env` takes NAME=VALUE, with a name of letters, digits and `_`. Nothing was done.");
    if (deploy_is_reserved_setting(key))
        return error_set(err, ERR_INVALID, "`%s` is set by Cloud Run itself. Nothing was done.",
                         card_quote(name, QUOTED_BYTES, arena));
    if (is_there(arguments, key))
        return error_set(err, ERR_INVALID, "`%s` is set twice. Nothing was done.",
                         card_quote(name, QUOTED_BYTES, arena));
    if (arguments->env_count == ENV_MAX || rest.len > VALUE_MAX_BYTES)
        return error_set(err, ERR_INVALID, "At most %d settings of %d KiB each go into one deploy. Nothing was done.",
                         ENV_MAX, VALUE_MAX_BYTES / 1024);
    *ARENA_PUSH(arena, arguments->env, arguments->env_count) = (struct shape_pair){ key, arena_copy(arena, rest) };
    return true;
}

bool deploy_read_settings(const struct typed *typed, struct arena *arena, struct deploy_arguments *arguments,
                          struct error *err)
{
    const char *const *values = NULL, *image = typed_option(typed, "image");
    size_t count = typed_list(typed, "set-env", &values);

    for (size_t i = 0; i < count; i++)
        if (!read_one(values[i], arena, arguments, err))
            return false;
    if (image && strcmp(image, "unchanged") != 0)
        return error_set(
            err, ERR_INVALID,
            "`--image` is `unchanged` or is left out: name another image as the version. Nothing was done.");
    if (image && count == 0)
        return error_set(err, ERR_INVALID,
                         "`--image unchanged` changes nothing without `--set-env NAME=VALUE`. Nothing was done.");
    arguments->keeps_image = image != NULL;
    return true;
}
