#include "integrations/slack/typed_text.h"

#include <string.h>

#define ID_MAX_BYTES 64

bool slack_id_is_valid(struct str id)
{
    for (size_t i = 0; i < id.len; i++)
        if (!((id.at[i] >= 'A' && id.at[i] <= 'Z') || (id.at[i] >= 'a' && id.at[i] <= 'z') ||
              (id.at[i] >= '0' && id.at[i] <= '9')))
            return false;
    return id.len > 0 && id.len <= ID_MAX_BYTES;
}

static struct str skip(struct str text, size_t bytes)
{
    return (struct str){ text.at + bytes, text.len - bytes };
}

/* ---- plain text ---- */

static bool is_in_word(char c) /* of a letter or digit, of any script; quotes and dashes (U+20xx) are none */
{
    unsigned char byte = (unsigned char)c;

    return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') ||
           (byte >= 0x80 && byte != 0xe2);
}

static bool is_after_blank(const struct buf *out)
{
    return out->len == 0 || strchr(" \t\r\n", out->at[out->len - 1]) != NULL;
}

/* The character that an entity at the front stands for, and the entity's length; 0 without one. */
static size_t entity_at(struct str text, char *ret_char)
{
    static const struct {
        const char *entity;
        char means;
    } rows[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' } };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (str_starts_with(text, rows[i].entity)) {
            *ret_char = rows[i].means;
            return strlen(rows[i].entity);
        }
    }
    return 0;
}

enum where { ANYWHERE, NOT_WITHIN_WORD, AT_WORD_START };

static const struct typography {
    const char *from, *to;
    enum where where;
} typography[] = {
    { "\u201c", "\"", ANYWHERE },       /* “ */
    { "\u201d", "\"", ANYWHERE },       /* ” */
    { "\u2018", "'", ANYWHERE },        /* ‘ */
    { "\u2019", "'", NOT_WITHIN_WORD }, /* ’, which is an apostrophe too */
    { "\u2014", "--", AT_WORD_START },  /* — */
    { "\u2013", "--", AT_WORD_START },  /* – */
    { "\u00a0", " ", ANYWHERE },        /* no-break space */
};

static bool applies(const struct typography *row, const struct buf *out, struct str rest)
{
    bool goes_on = rest.len > 0 && is_in_word(rest.at[0]);

    if (row->where == NOT_WITHIN_WORD)
        return !goes_on || out->len == 0 || !is_in_word(out->at[out->len - 1]);
    return row->where == ANYWHERE || (is_after_blank(out) && goes_on);
}

static const struct typography *typography_at(const struct buf *out, struct str text)
{
    for (size_t i = 0; i < ARRAY_LEN(typography); i++)
        if (str_starts_with(text, typography[i].from) &&
            applies(&typography[i], out, skip(text, strlen(typography[i].from))))
            return &typography[i];
    return NULL;
}

static void add_plain(struct buf *out, struct str text)
{
    while (text.len > 0) {
        const struct typography *row = typography_at(out, text);
        char c = text.at[0];
        size_t entity = entity_at(text, &c);

        if (row)
            buf_puts(out, row->to);
        else
            buf_putc(out, c);
        text = skip(text, row ? strlen(row->from) : entity ? entity : 1);
    }
}

/* ---- references: what stands between < and > ---- */

/* One word whatever it holds: entities decoded, what would end or quote a word percent-encoded. */
static void add_as_word(struct buf *out, struct str text)
{
    while (text.len > 0) {
        char c = text.at[0];
        size_t entity = entity_at(text, &c);

        if ((unsigned char)c <= ' ' || c == '"' || c == '\'' || c == '\\')
            buf_addf(out, "%%%02X", (unsigned)(unsigned char)c);
        else
            buf_putc(out, c);
        text = skip(text, entity ? entity : 1);
    }
}

static bool add_id(struct buf *out, struct str inside)
{
    static const struct {
        const char *mark, *becomes;
    } rows[] = { { "@", "slack:" }, { "#", "" }, { "!subteam^", "slack-group:" }, { "!", "@" } };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str rest = inside, id;

        if (!str_take_prefix(&rest, rows[i].mark))
            continue;
        id = str_take_until(&rest, '|');
        if (!slack_id_is_valid(id))
            continue;
        buf_puts(out, rows[i].becomes);
        buf_add_str(out, id);
        return true;
    }
    return false;
}

/* Slack makes links of whatever looks like a host, and keeps what was typed as the label. */
static bool is_typed_without_scheme(struct str link, struct str label)
{
    if (!str_take_prefix(&link, "http://") && !str_take_prefix(&link, "https://"))
        return false;
    if (str_ends_with(link, "/") && !str_ends_with(label, "/"))
        link.len--;
    return label.len > 0 && str_equal(link, label);
}

static bool add_link(struct buf *out, struct str inside)
{
    struct str label = inside, link = str_take_until(&label, '|'), address = link;

    if (str_take_prefix(&address, "mailto:") || str_take_prefix(&address, "tel:"))
        add_as_word(out, address);
    else if (str_contains(link, "://"))
        add_as_word(out, is_typed_without_scheme(link, label) ? label : link);
    else
        return false;
    return true;
}

/* The length of <...> at the front of text, 0 when there is none that ends. */
static size_t reference_length(struct str text)
{
    for (size_t i = 1; i < text.len; i++) {
        if (text.at[i] == '>')
            return i + 1;
        if (text.at[i] == '<' || text.at[i] == '\n')
            return 0;
    }
    return 0;
}

struct str slack_typed_text(struct str text, struct arena *arena)
{
    AUTO_BUF struct buf out = BUF(4 * text.len + 16); /* "<#C|>" shrinks, a quote in a link takes three */

    while (text.len > 0) {
        const char *next = memchr(text.at, '<', text.len);
        size_t plain = next ? (size_t)(next - text.at) : text.len, reference;
        struct str inside;

        add_plain(&out, (struct str){ text.at, plain });
        text = skip(text, plain);
        if (text.len == 0)
            break;
        reference = reference_length(text);
        inside = (struct str){ text.at + 1, reference ? reference - 2 : 0 };
        if (reference == 0 || (!add_id(&out, inside) && !add_link(&out, inside))) {
            buf_putc(&out, '<'); /* it means itself */
            reference = 1;
        }
        text = skip(text, reference);
    }
    return (struct str){ arena_copy(arena, buf_str(&out)), out.len };
}
