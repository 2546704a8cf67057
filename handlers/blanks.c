#include "handlers/blanks.h"

#include "bot/base/buf.h"

#include <string.h>

#define FILLED_MAX_BYTES (16 * 1024)

static bool has_only_harmless(const char *value)
{
    static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:@+";

    return strspn(value, harmless) == strlen(value);
}

bool blanks_is_harmless(const char *value)
{
    return value && value[0] && value[0] != '-' && has_only_harmless(value);
}

static bool check_value(const struct blank *blank, struct error *err)
{
    if (!blank->value || !blank->value[0])
        return error_set(err, ERR_INVALID, "{%s} is empty", blank->name);
    if (blank->is_configured)
        return true;
    if (blank->value[0] == '-')
        return error_set(err, ERR_INVALID, "{%s} begins with `-`, and a program could take it for an option",
                         blank->name);
    return has_only_harmless(blank->value) ||
           error_set(err, ERR_INVALID, "{%s} holds other characters than letters, digits and `._-/:@+`", blank->name);
}

static bool add_blank(struct buf *out, struct str *rest, const struct blank *blanks, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(blanks[i].name);

        if (rest->len < len + 2 || rest->at[len + 1] != '}' || memcmp(rest->at + 1, blanks[i].name, len) != 0)
            continue;
        if (!check_value(&blanks[i], err))
            return false;
        buf_puts(out, blanks[i].value);
        *rest = (struct str){ rest->at + len + 2, rest->len - len - 2 };
        return true;
    }
    buf_putc(out, *rest->at); /* a brace of its own */
    *rest = (struct str){ rest->at + 1, rest->len - 1 };
    return true;
}

bool blanks_fill(const char *text, const struct blank *blanks, size_t count, struct arena *arena,
                 const char **ret_filled, struct error *err)
{
    AUTO_BUF struct buf out = BUF(FILLED_MAX_BYTES);
    struct str rest = str_of(text);

    while (rest.len > 0) {
        if (*rest.at == '{') {
            if (!add_blank(&out, &rest, blanks, count, err))
                return false;
            continue;
        }
        buf_putc(&out, *rest.at);
        rest = (struct str){ rest.at + 1, rest.len - 1 };
    }
    *ret_filled = arena_copy(arena, buf_str(&out));
    return buf_check(&out, err);
}

bool blanks_fill_all(const char *const *texts, size_t texts_count, const struct blank *blanks, size_t count,
                     struct arena *arena, const char ***ret_filled, struct error *err)
{
    const char **filled = arena_alloc(arena, (texts_count + 1) * sizeof(*filled));

    for (size_t i = 0; i < texts_count; i++)
        if (!blanks_fill(texts[i], blanks, count, arena, &filled[i], err))
            return false;
    *ret_filled = filled;
    return true;
}
