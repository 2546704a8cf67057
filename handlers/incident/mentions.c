/* mentions.c - whom somebody mentions in what they type: the doors make "slack:U1" of that, and people read a name. */
#include "handlers/incident/internal.h"

#include "handlers/person.h"

#include <string.h>

#define MENTION "slack:" /* of a person, where somebody typed or wrote it */
#define ID_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static struct str mention_at(struct str text)
{
    struct str id = text;

    if (!str_take_prefix(&id, MENTION) || id.len == 0 || !strchr("UW", id.at[0]))
        return (struct str){ text.at, 0 };
    for (text.len -= id.len; id.len > 0 && strchr(ID_CHARACTERS, id.at[0]); text.len++)
        id = (struct str){ id.at + 1, id.len - 1 };
    return text;
}

/* "slack:U1" as it is shown; NULL: as it stands. */
typedef const char *(*shown_fn)(const struct settings *settings, const char *mention, struct arena *arena);

static const char *as_mark(const struct settings *settings, const char *mention, struct arena *arena)
{
    (void)settings;
    return arena_printf(arena, "@{%s}", mention);
}

static const char *as_name(const struct settings *settings, const char *mention, struct arena *arena)
{
    const char *name = person_name(settings, "slack", mention + strlen(MENTION));

    return name ? arena_printf(arena, "@%s", name) : NULL;
}

static const char *with_mentions(const struct settings *settings, const char *text, shown_fn shown, struct arena *arena)
{
    const char *out = "", *from = text, *at = text;

    while (at && *at) {
        struct str mention = at == text || at[-1] == ' ' ? mention_at(str_of(at)) : (struct str){ at, 0 };
        const char *instead = mention.len > 0 ? shown(settings, arena_copy(arena, mention), arena) : NULL;

        if (instead) {
            out = arena_printf(arena, "%s%.*s%s", out, (int)(at - from), from, instead);
            from = at + mention.len;
        }
        at += mention.len > 0 ? mention.len : 1;
    }
    return text ? arena_printf(arena, "%s%s", out, from) : NULL;
}

const char *incident_mentions(const char *text, struct arena *arena)
{
    return with_mentions(NULL, text, as_mark, arena);
}

const char *incident_names(const struct settings *settings, const char *text, struct arena *arena)
{
    return with_mentions(settings, text, as_name, arena);
}
