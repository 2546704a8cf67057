#include "bot/cli/text.h"

#include "bot/base/buf.h"
#include "bot/model/card.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX_BYTES (1 << 20)

static const char *id_in(const struct person_settings *person, const char *system)
{
    const struct {
        const char *system, *id;
    } ids[] = {
        { "slack", person->slack },
        { "github", person->github },
        { "pagerduty", person->pagerduty },
        { "local", person->local },
    };

    for (size_t i = 0; i < ARRAY_LEN(ids); i++)
        if (strcmp(ids[i].system, system) == 0)
            return ids[i].id;
    return NULL;
}

/* A number, or their id once more, says nothing without the system that it is of. */
static bool is_a_name(const struct principal *principal)
{
    const char *name = principal->name;

    return name && name[strspn(name, "0123456789")] && (!principal->id || strcmp(name, principal->id) != 0);
}

static const char *find_name(const struct settings *settings, const struct principal *principal)
{
    for (size_t i = 0; i < settings->people_count; i++) {
        const char *id = id_in(&settings->people[i], principal->system);

        if (id && strcmp(id, principal->id) == 0 && settings->people[i].name)
            return settings->people[i].name;
    }
    return is_a_name(principal) ? principal->name : NULL;
}

const char *cli_person(const struct settings *settings, const struct principal *principal, struct arena *arena)
{
    const char *name = find_name(settings, principal);

    return name ? name : principal_text(principal, arena);
}

/* What stands behind "@{", with its end: an instant, or a person. */
static const char *take_mark(const struct settings *settings, struct str *rest, struct arena *arena)
{
    struct str id = str_take_until(rest, '}'), system;
    struct principal principal = { NULL };
    struct card_instant instant;
    const char *name;

    if (card_instant_read(id, &instant))
        return arena_printf(arena, "%s UTC", instant.text);
    system = str_take_until(&id, ':');
    principal.system = arena_copy(arena, system);
    principal.id = arena_copy(arena, id);
    name = find_name(settings, &principal);
    return name ? arena_printf(arena, "@%s", name) : principal_text(&principal, arena);
}

/* A terminal obeys them: what came from outside must not steer it. */
static bool is_control(char c)
{
    return ((unsigned char)c < 0x20 && c != '\n') || c == 0x7f;
}

const char *cli_plain(const struct settings *settings, const char *text, struct arena *arena)
{
    AUTO_BUF struct buf plain = BUF(TEXT_MAX_BYTES);
    struct str rest = str_of(text);
    bool is_code = false;

    while (rest.len > 0) {
        if (str_take_prefix(&rest, "`")) {
            is_code = !is_code;
        } else if (!is_code && str_take_prefix(&rest, "@{")) {
            buf_puts(&plain, take_mark(settings, &rest, arena));
        } else if (is_code || !str_take_prefix(&rest, "*")) {
            buf_putc(&plain, is_control(rest.at[0]) ? ' ' : rest.at[0]);
            rest = (struct str){ rest.at + 1, rest.len - 1 };
        }
    }
    return arena_copy(arena, buf_str(&plain));
}

static bool begins_character(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

const char *cli_cell(const struct settings *settings, const char *text, size_t columns, struct arena *arena)
{
    AUTO_BUF struct buf cell = BUF(TEXT_MAX_BYTES);
    const char *plain = cli_plain(settings, text, arena);
    size_t width = 0, kept = 0;

    for (const char *c = plain; *c; c++)
        width += begins_character(*c);
    for (const char *c = plain; *c; c++) {
        kept += begins_character(*c);
        if (width > columns && kept == columns)
            break;
        buf_putc(&cell, *c == '\n' ? ' ' : *c);
    }
    if (width > columns)
        buf_puts(&cell, "…");
    for (; width < columns; width++)
        buf_putc(&cell, ' ');
    return arena_copy(arena, buf_str(&cell));
}

void cli_print_row(const char *before, int columns, const char *text)
{
    struct str rest = str_of(text);
    int at = columns;

    printf("%-*s", columns, before);
    if ((int)strlen(before) >= columns)
        printf("\n%*s", columns, "");
    for (struct str word = str_take_word(&rest); word.len > 0; word = str_take_word(&rest)) {
        bool is_first = at == columns;

        if (!is_first && at + 1 + (int)word.len > CLI_PAGE_COLUMNS) {
            printf("\n%*s", columns, "");
            at = columns;
            is_first = true;
        }
        printf("%s" STR_FMT, is_first ? "" : " ", STR_ARG(word));
        at += (int)word.len + !is_first;
    }
    putchar('\n');
}
