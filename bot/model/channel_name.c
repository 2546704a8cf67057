#include "bot/model/channel_name.h"

#include "bot/base/buf.h"
#include "bot/base/time.h"

#include <string.h>

#define ALLOWED "abcdefghijklmnopqrstuvwxyz0123456789-_"
#define WORST "incident"
#define RAW_MAX_BYTES (64 * 1024)
#define DATE_CHARS 10 /* "2026-11-22" */

/* Latin letters with marks, of Unicode's blocks Latin-1 Supplement and Latin Extended-A; both cases are folded. */
static const struct {
    const char *letters; /* UTF-8, with blanks between them */
    const char *plain;
} letters[] = {
    { "ä Ä æ Æ", "ae" },
    { "ö Ö ø Ø œ Œ", "oe" },
    { "ü Ü", "ue" },
    { "ß", "ss" },
    { "å Å", "aa" },
    { "þ Þ", "th" },
    { "à á â ã ā ă ą À Á Â Ã Ā Ă Ą", "a" },
    { "ç ć ĉ ċ č Ç Ć Ĉ Ċ Č", "c" },
    { "ď đ ð Ď Đ Ð", "d" },
    { "è é ê ë ē ĕ ė ę ě È É Ê Ë Ē Ĕ Ė Ę Ě", "e" },
    { "ĝ ğ ġ ģ Ĝ Ğ Ġ Ģ", "g" },
    { "ĥ ħ Ĥ Ħ", "h" },
    { "ì í î ï ĩ ī ĭ į ı Ì Í Î Ï Ĩ Ī Ĭ Į İ", "i" },
    { "ĵ Ĵ", "j" },
    { "ķ Ķ", "k" },
    { "ĺ ļ ľ ŀ ł Ĺ Ļ Ľ Ŀ Ł", "l" },
    { "ñ ń ņ ň Ñ Ń Ņ Ň", "n" },
    { "ò ó ô õ ō ŏ ő Ò Ó Ô Õ Ō Ŏ Ő", "o" },
    { "ŕ ŗ ř Ŕ Ŗ Ř", "r" },
    { "ś ŝ ş š ș Ś Ŝ Ş Š Ș", "s" },
    { "ţ ť ŧ ț Ţ Ť Ŧ Ț", "t" },
    { "ù ú û ũ ū ŭ ů ű ų Ù Ú Û Ũ Ū Ŭ Ů Ű Ų", "u" },
    { "ŵ Ŵ", "w" },
    { "ý ÿ ŷ Ý Ÿ Ŷ", "y" },
    { "ź ż ž Ź Ż Ž", "z" },
};

/* The letter at the front of `rest`, as Slack takes it; NULL: it takes none such. */
static const char *take_letter(struct str *rest)
{
    for (size_t i = 0; i < ARRAY_LEN(letters); i++) {
        struct str list = str_of(letters[i].letters);

        while (list.len > 0) {
            struct str letter = str_take_until(&list, ' ');

            if (rest->len < letter.len || memcmp(rest->at, letter.at, letter.len) != 0)
                continue;
            *rest = (struct str){ rest->at + letter.len, rest->len - letter.len };
            return letters[i].plain;
        }
    }
    return NULL;
}

static void end_word(struct buf *out)
{
    if (out->len > 0 && buf_text(out)[out->len - 1] != '-')
        buf_putc(out, '-');
}

/* Words with one hyphen between them; accents that stand alone behind a letter (decomposed Unicode) go without one. */
static void add_words(struct buf *out, struct str text)
{
    while (text.len > 0) {
        unsigned char c = (unsigned char)text.at[0];
        const char *plain = c >= 0x80 ? take_letter(&text) : NULL;
        bool is_mark = (c == 0xCC) || (c == 0xCD && text.len > 1 && (unsigned char)text.at[1] < 0xB0);

        if (plain) {
            buf_puts(out, plain);
            continue;
        }
        if (c >= 'A' && c <= 'Z')
            buf_putc(out, (char)(c - 'A' + 'a'));
        else if (c < 0x80 && c != '-' && strchr(ALLOWED, c))
            buf_putc(out, (char)c);
        else if (c != '\'' && !is_mark)
            end_word(out);
        text = is_mark && text.len > 1 ? (struct str){ text.at + 2, text.len - 2 }
                                       : (struct str){ text.at + 1, text.len - 1 };
    }
}

static bool has_letter(const char *name)
{
    return strcspn(name, "abcdefghijklmnopqrstuvwxyz0123456789") < strlen(name);
}

static const char *words_of(struct arena *arena, const char *text)
{
    AUTO_BUF struct buf out = BUF(RAW_MAX_BYTES);

    add_words(&out, str_of(text));
    return arena_copy(arena, buf_str(&out));
}

static const char *date_of(struct arena *arena, int64_t at_ms)
{
    AUTO_BUF struct buf date = BUF(DATE_CHARS);
    struct time_text at = time_format(at_ms);

    for (size_t i = 0; i < DATE_CHARS; i++)
        if (at.text[i] != '-')
            buf_putc(&date, at.text[i]);
    return arena_copy(arena, buf_str(&date));
}

/* Cut to `max` bytes, and no hyphen at either end. */
static struct str cut(struct str name, size_t max)
{
    while (name.len > 0 && name.at[0] == '-')
        name = (struct str){ name.at + 1, name.len - 1 };
    name.len = name.len < max ? name.len : max;
    while (name.len > 0 && name.at[name.len - 1] == '-')
        name.len--;
    return name;
}

static const char *value_of(struct arena *arena, const struct channel_name_parts *parts, struct str key,
                            const char *slug)
{
    if (str_is(key, "date"))
        return date_of(arena, parts->at_ms);
    if (str_is(key, "slug"))
        return slug;
    return str_is(key, "id") ? parts->id : str_is(key, "severity") ? parts->severity : NULL;
}

static const char *fill(struct arena *arena, const struct channel_name_parts *parts, const char *slug)
{
    AUTO_BUF struct buf filled = BUF(RAW_MAX_BYTES);
    struct str rest = str_of(parts->pattern);

    while (rest.len > 0) {
        buf_add_str(&filled, str_take_until(&rest, '{'));
        if (rest.len > 0)
            buf_add_str(&filled, str_of(value_of(arena, parts, str_take_until(&rest, '}'), slug)));
    }
    return words_of(arena, buf_text(&filled));
}

const char *channel_name(struct arena *arena, const struct channel_name_parts *parts)
{
    const char *slug = words_of(arena, parts->slug), *name;
    size_t others = strlen(fill(arena, parts, "x")) - 1; /* with the hyphens that stand beside it */

    if (!has_letter(slug))
        slug = words_of(arena, parts->id);
    slug = arena_copy(arena, cut(str_of(slug), others < CHANNEL_NAME_MAX ? CHANNEL_NAME_MAX - others : 0));
    name = arena_copy(arena, cut(str_of(fill(arena, parts, slug)), CHANNEL_NAME_MAX));
    return has_letter(name) ? name : WORST;
}

const char *channel_name_numbered(struct arena *arena, const char *name, int number)
{
    const char *suffix = arena_printf(arena, "-%d", number);
    struct str front = cut(str_of(name), CHANNEL_NAME_MAX - (number > 1 ? strlen(suffix) : 0));

    return number > 1 ? arena_printf(arena, STR_FMT "%s", STR_ARG(front), suffix) : arena_copy(arena, front);
}

bool channel_name_is_good(const char *name)
{
    size_t len = name ? strlen(name) : 0;

    return len > 0 && len <= CHANNEL_NAME_MAX && strspn(name, ALLOWED) == len && has_letter(name);
}
