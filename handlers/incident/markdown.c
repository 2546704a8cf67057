#include "handlers/incident/markdown.h"

#include "handlers/person.h"

#include "bot/base/buf.h"
#include "bot/model/card.h"

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

static void add(struct buf *out, const char *text)
{
    for (; *text; text++)
        add_char(out, text[0], text[1]);
}

/* ---- marks ---- */

/* What stands behind "@{", with its end: an instant, or a person. */
static void take_mark(struct buf *out, const struct settings *settings, struct str *rest, struct arena *arena)
{
    struct str id = str_take_until(rest, '}'), system;
    struct card_instant instant;
    const char *name;

    if (card_instant_read(id, &instant)) {
        buf_addf(out, "%s UTC", instant.text);
        return;
    }
    system = str_take_until(&id, ':');
    name = person_name(settings, arena_copy(arena, system), arena_copy(arena, id));
    if (name)
        add(out, arena_printf(arena, "@%s", name));
    else
        add(out, arena_printf(arena, STR_FMT ":" STR_FMT, STR_ARG(system), STR_ARG(id)));
}

const char *markdown_text(const struct settings *settings, const char *text, struct arena *arena)
{
    AUTO_BUF struct buf out = BUF(TEXT_MAX_BYTES);
    struct str rest = str_trim(str_of(text));
    bool is_code = false;

    while (rest.len > 0) {
        if (str_take_prefix(&rest, "`")) {
            is_code = !is_code;
        } else if (!is_code && str_take_prefix(&rest, "@{")) {
            take_mark(&out, settings, &rest, arena);
        } else if (is_code || !str_take_prefix(&rest, "*")) {
            add_char(&out, rest.at[0], rest.len > 1 ? rest.at[1] : '\0');
            rest = (struct str){ rest.at + 1, rest.len - 1 };
        }
    }
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
