/* private_word.c - `--private`, and what may be meant for it: what was said to all cannot be taken back, so that
 * whoever mistypes it is asked. */
#include "handlers/incident/typed.h"

#define PRIVATE "private"
#define PRIVATE_MIN 4 /* "--priv" is meant for it */

/* Slack's own programs make one dash of two. */
static bool is_option(struct str word)
{
    static const char *const dashes[] = { "--", "\u2014", "\u2013" };

    for (size_t i = 0; i < ARRAY_LEN(dashes); i++)
        if (str_take_prefix(&word, dashes[i]))
            return str_equal_nocase(word, str_of(PRIVATE));
    return false;
}

static bool take_dash(struct str *rest)
{
    static const char *const dashes[] = { "-", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212" };

    for (size_t i = 0; i < ARRAY_LEN(dashes); i++)
        if (str_take_prefix(rest, dashes[i]))
            return true;
    return false;
}

static bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* The letters behind a dash, whatever marks stand around: "private" of "-private", "`--private`," and "--private=x". */
static struct str letters_behind_dash(struct str word)
{
    bool is_behind = false;
    size_t len = 0;

    while (word.len > 0 && !is_letter(word.at[0]) && !(word.at[0] >= '0' && word.at[0] <= '9'))
        if (take_dash(&word))
            is_behind = true;
        else
            word = (struct str){ word.at + 1, word.len - 1 };
    while (is_behind && len < word.len && is_letter(word.at[len]))
        len++;
    return (struct str){ word.at, len };
}

static bool is_like_it(struct str word, struct arena *arena)
{
    char *letters = arena_copy(arena, letters_behind_dash(word));
    struct str meant = str_of(letters);

    str_lower(letters);
    return str_nearest(meant, (const char *const[]){ PRIVATE }, 1) ||
           (meant.len >= PRIVATE_MIN && str_starts_with(str_of(PRIVATE), letters));
}

enum private_word incident_private_word(struct str word, struct arena *arena)
{
    if (is_option(word))
        return PRIVATE_MEANT;
    return is_like_it(word, arena) ? PRIVATE_PERHAPS : PRIVATE_NOT;
}
