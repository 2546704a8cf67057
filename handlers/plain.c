#include "handlers/plain.h"

#include "handlers/person.h"

#include "bot/base/buf.h"
#include "bot/model/card.h"

#define TEXT_MAX_BYTES (64 * 1024)

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
        buf_addf(out, "@%s", name);
    else
        buf_addf(out, STR_FMT ":" STR_FMT, STR_ARG(system), STR_ARG(id));
}

static void take_char(struct buf *out, struct str *rest)
{
    unsigned char c = (unsigned char)rest->at[0];

    buf_putc(out, c < 0x20 || c == 0x7f ? ' ' : rest->at[0]);
    *rest = (struct str){ rest->at + 1, rest->len - 1 };
}

const char *plain_text(const struct settings *settings, const char *text, struct arena *arena)
{
    AUTO_BUF struct buf out = BUF(TEXT_MAX_BYTES);
    struct str rest = str_trim(str_of(text));
    bool is_code = false;

    while (rest.len > 0) {
        if (str_take_prefix(&rest, "`"))
            is_code = !is_code;
        else if (!is_code && str_take_prefix(&rest, "@{"))
            take_mark(&out, settings, &rest, arena);
        else if (is_code || !str_take_prefix(&rest, "*"))
            take_char(&out, &rest);
    }
    return arena_copy(arena, buf_str(&out));
}
