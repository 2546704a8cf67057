#include "bot/configuration/fill.h"

#include <libgen.h>
#include <string.h>

struct filler {
    const struct configuration_source *source;
    struct arena *arena;
};

static bool fill_variable(struct filler *filler, const char *name, struct buf *out, struct error *err)
{
    const char *value = filler->source->find_variable(filler->source->arg, name);

    if (!value || !value[0])
        return error_set(err, ERR_NOT_FOUND, "environment variable %.100s is %s", name, value ? "empty" : "not set");
    buf_puts(out, value);
    return true;
}

static const char *beside_the_file(struct filler *filler, const char *path)
{
    char *copy;

    if (path[0] == '/' || !filler->source->path)
        return path;
    copy = arena_strdup(filler->arena, filler->source->path);
    return arena_printf(filler->arena, "%s/%s", dirname(copy), path);
}

static bool fill_file(struct filler *filler, const char *path, struct buf *out, struct error *err)
{
    AUTO_SECRET char *text = NULL;
    size_t len;

    if (!filler->source->read_file(filler->source->arg, beside_the_file(filler, path), &text, &len, err))
        return false;
    if (len > 0 && text[len - 1] == '\n')
        len--;
    if (len > 0 && text[len - 1] == '\r')
        len--;
    if (str_is_empty(str_trim((struct str){ text, len }))) /* blanks are no secret, either */
        return error_set(err, ERR_INVALID, "the file %.150s is empty", path);
    buf_add(out, text, len);
    return true;
}

/* ${NAME}, as shells and compose files have it: no secret, however secret the key. */
static bool is_variable(const char *text, struct str inside)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

    for (size_t i = 0; i < inside.len; i++)
        if (!memchr(letters, inside.at[i], sizeof(letters) - 1))
            return false;
    return inside.len > 0 && strlen(text) == inside.len + strlen("${}");
}

static bool not_known(const char *text, struct str inside, struct error *err)
{
    int len = (int)(inside.len < 60 ? inside.len : 60);

    if (is_variable(text, inside))
        return error_set(err, ERR_INVALID, "a variable of the environment is written ${env:%.*s}", len, inside.at);
    return error_set(err, ERR_INVALID, "expected ${env:NAME} or ${file:PATH}, found '${%.*s}'", len, inside.at);
}

static bool fill_one(struct filler *filler, const char *text, struct str inside, struct buf *out, struct error *err)
{
    static const struct {
        const char *prefix;
        bool (*fill)(struct filler *, const char *, struct buf *, struct error *);
    } rows[] = { { "env:", fill_variable }, { "file:", fill_file } };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str rest = inside;

        if (str_take_prefix(&rest, rows[i].prefix) && rest.len > 0)
            return rows[i].fill(filler, arena_copy(filler->arena, rest), out, err);
    }
    return not_known(text, inside, err);
}

bool configuration_fill(const struct configuration_source *source, struct arena *arena, const char *text,
                        struct filled *ret_filled, struct error *err)
{
    struct filler filler = { source, arena };
    AUTO_BUF struct buf out = BUF(4 * CONFIGURATION_SECRET_MAX_BYTES);
    const char *at = text, *open, *close;

    while ((open = strstr(at, "${"))) {
        close = strchr(open, '}');
        if (!close)
            return error_set(err, ERR_INVALID, "'${' without its '}'");
        buf_add(&out, at, (size_t)(open - at));
        if (!fill_one(&filler, text, (struct str){ open + 2, (size_t)(close - open - 2) }, &out, err))
            return false;
        at = close + 1;
    }
    if (at == text) {
        *ret_filled = (struct filled){ str_of(text), false };
        return true;
    }
    buf_puts(&out, at);
    if (!buf_check(&out, err))
        return false;
    if (!utf8_is_valid(buf_str(&out)))
        return error_set(err, ERR_INVALID, "what is filled in is not valid UTF-8 text");
    *ret_filled = (struct filled){ str_of(arena_copy(arena, buf_str(&out))), true };
    return true;
}
