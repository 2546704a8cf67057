#include "handlers/incident/markdown.h"

#include "handlers/plain.h"

#include "bot/base/buf.h"

#include <string.h>

#define TEXT_MAX_BYTES (64 * 1024)
#define URL_MAX_BYTES 500

/* ---- escaping ---- */

static bool is_of_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Entities where they are: not every reader of Markdown knows a backslash before them, and all of them know these.
 * Within a word a '_' means nothing, and names are full of them. */
static void add_char(struct buf *out, char c, char next)
{
    bool is_in_word = c == '_' && out->len > 0 && is_of_word(out->at[out->len - 1]) && is_of_word(next);

    if (c == '<')
        buf_puts(out, "&lt;");
    else if (c == '>')
        buf_puts(out, "&gt;");
    else if (c == '&')
        buf_puts(out, "&amp;");
    else if ((unsigned char)c < 0x20 || c == 0x7f)
        buf_putc(out, ' ');
    else if (!is_in_word && strchr("\\`*_[]|~", c))
        buf_addf(out, "\\%c", c);
    else
        buf_putc(out, c);
}

const char *markdown_text(const struct settings *settings, const char *text, struct arena *arena)
{
    AUTO_BUF struct buf out = BUF(TEXT_MAX_BYTES);

    for (const char *c = plain_text(settings, text, arena); *c; c++)
        add_char(&out, c[0], c[1]);
    return arena_copy(arena, buf_str(&out));
}

/* ---- links ---- */

static bool is_of_the_web(const char *url)
{
    struct str text = str_of(url);

    if (text.len > URL_MAX_BYTES || (!str_starts_with(text, "https://") && !str_starts_with(text, "http://")))
        return false;
    for (; *url; url++)
        if ((unsigned char)*url <= 0x20 || (unsigned char)*url >= 0x7f || strchr("()<>[]|\\\"'`*", *url))
            return false;
    return true;
}

const char *markdown_link(const char *text, const char *url, struct arena *arena)
{
    return url && is_of_the_web(url) ? arena_printf(arena, "[%s](%s)", text, url) : text;
}
