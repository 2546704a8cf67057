#include "bot/carrier/program_output.h"

#include <string.h>

#define MASK "***"
#define ESCAPE 0x1b
#define BELL 0x07
#define ESCAPE_MAX_BYTES 4096 /* a longer sequence is none */
#define INCOMPLETE SIZE_MAX

/* ---- characters: what terminals and cunning put in is taken out ---- */

struct clean { /* the raw bytes without it */
    char *text;
    size_t len;
    size_t *from; /* where each byte of the text began, raw; one more at the end */
};

static unsigned char byte_at(struct str text, size_t at)
{
    return (unsigned char)text.at[at];
}

/* How long the string of ESC ] ... BEL or ESC P ... ESC \ is; a line's end breaks it off. */
static size_t string_length(struct str text)
{
    for (size_t i = 2; i < text.len && i < ESCAPE_MAX_BYTES; i++) {
        if (byte_at(text, i) == BELL)
            return i + 1;
        if (byte_at(text, i) == '\n')
            return 1;
        if (byte_at(text, i) == ESCAPE)
            return i + 1 == text.len ? INCOMPLETE : text.at[i + 1] == '\\' ? i + 2 : 1;
    }
    return text.len < ESCAPE_MAX_BYTES ? INCOMPLETE : 1;
}

/* Parameters and intermediate bytes up to the final one (ECMA-48, 5.4). */
static size_t control_length(struct str text, size_t at, unsigned char first_final)
{
    for (; at < text.len && at < ESCAPE_MAX_BYTES; at++) {
        unsigned char c = byte_at(text, at);

        if (c >= first_final && c <= 0x7e)
            return at + 1;
        if (c < 0x20 || c > 0x7e)
            return at;
    }
    return text.len < ESCAPE_MAX_BYTES ? INCOMPLETE : 1;
}

static size_t escape_length(struct str text)
{
    if (text.len < 2)
        return INCOMPLETE;
    if (strchr("]P^_X", text.at[1]) && text.at[1])
        return string_length(text);
    return text.at[1] == '[' ? control_length(text, 2, 0x40) : control_length(text, 1, 0x30);
}

/* Of the character at the front; 0: no valid one begins here. */
static size_t character_length(struct str text)
{
    unsigned char first = byte_at(text, 0);
    size_t len = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;

    for (size_t i = 1; i < len && i < text.len; i++)
        if ((byte_at(text, i) & 0xc0) != 0x80)
            return 0;
    if (len > text.len)
        return INCOMPLETE;
    return len > 1 && !utf8_is_valid((struct str){ text.at, len }) ? 0 : len;
}

/* Invisible, or turns the direction of what follows. */
static bool is_deceptive(struct str character)
{
    static const struct {
        const char *first, *last;
    } ranges[] = {
        { "\u200b", "\u200f" },
        { "\u2028", "\u202e" },
        { "\u2060", "\u206f" },
        { "\ufeff", "\ufeff" },
    };

    if (character.len == 2)
        return memcmp(character.at, "\xc2\x80", 2) >= 0 && memcmp(character.at, "\xc2\x9f", 2) <= 0;
    for (size_t i = 0; character.len == 3 && i < ARRAY_LEN(ranges); i++)
        if (memcmp(character.at, ranges[i].first, 3) >= 0 && memcmp(character.at, ranges[i].last, 3) <= 0)
            return true;
    return false;
}

struct token { /* the next thing: how much it takes, and what becomes of it */
    size_t len;
    struct str becomes;
};

static const struct str nothing = { "", 0 };

/* A bare carriage return is how progress is shown: each such state is a line. */
static struct token carriage_return(struct str text)
{
    if (text.len == 1)
        return (struct token){ INCOMPLETE, nothing };
    return (struct token){ 1, text.at[1] == '\n' ? nothing : STR_LIT("\n") };
}

static struct token character(struct str text)
{
    size_t len = character_length(text);
    struct str whole = { text.at, len };

    if (len == 0)
        return (struct token){ 1, STR_LIT("?") };
    return (struct token){ len, len == INCOMPLETE || is_deceptive(whole) ? nothing : whole };
}

static struct token next_token(struct str text)
{
    unsigned char c = byte_at(text, 0);

    if (c == ESCAPE)
        return (struct token){ escape_length(text), nothing };
    if (c == '\r')
        return carriage_return(text);
    if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
        return (struct token){ 1, nothing };
    return character(text);
}

static void add_clean(struct clean *clean, struct str text, size_t raw_at)
{
    for (size_t i = 0; i < text.len; i++) {
        clean->from[clean->len] = raw_at;
        clean->text[clean->len++] = text.at[i];
    }
}

static struct clean clean_of(struct str raw, bool is_end, struct arena *arena)
{
    struct clean clean = { .text = arena_alloc(arena, raw.len + 1),
                           .from = arena_alloc(arena, (raw.len + 1) * sizeof(size_t)) };
    size_t at = 0;

    while (at < raw.len) {
        struct token token = next_token((struct str){ raw.at + at, raw.len - at });

        if (token.len == INCOMPLETE) {
            if (!is_end)
                break;
            token = (struct token){ 1, byte_at(raw, at) >= 0x80 ? STR_LIT("?") : nothing };
        }
        add_clean(&clean, token.becomes, at);
        at += token.len;
    }
    clean.from[clean.len] = at;
    return clean;
}

/* ---- secrets ---- */

static struct str from(const struct clean *clean, size_t at)
{
    return (struct str){ clean->text + at, clean->len - at };
}

static bool may_become_secret(const struct secrets *secrets, struct str text)
{
    for (size_t i = 0; i < secrets->count; i++)
        if (secrets->texts[i].len > text.len && memcmp(secrets->texts[i].at, text.at, text.len) == 0)
            return true;
    return false;
}

/* ---- pieces ---- */

struct piece {
    char *text;
    size_t len, max_bytes;
    size_t at;                  /* of the clean text: taken so far */
    size_t line_at, line_bytes; /* where the last whole line ended: in the clean text, in the piece */
    bool is_full;
};

static bool add(struct piece *piece, struct str text, size_t taken)
{
    if (piece->len + text.len > piece->max_bytes) {
        piece->is_full = true;
        return false;
    }
    memcpy(piece->text + piece->len, text.at, text.len);
    piece->len += text.len;
    piece->at += taken;
    if (str_is(text, "\n")) {
        piece->line_at = piece->at;
        piece->line_bytes = piece->len;
    }
    return true;
}

/* False: no more goes in, or what comes next may be the beginning of a secret. */
static bool add_next(struct piece *piece, const struct clean *clean, const struct program_output *output)
{
    struct str rest = from(clean, piece->at);
    size_t len = secrets_begin(output->secrets, rest);

    if (may_become_secret(output->secrets, rest)) {
        if (!output->is_end)
            return false;
        if (output->is_cut)
            len = rest.len;
    }
    if (len > 0)
        return add(piece, STR_LIT(MASK), len);
    len = character_length(rest);
    return add(piece, (struct str){ rest.at, len }, len);
}

const char *program_output_take(const struct program_output *output, struct arena *arena, size_t *ret_taken)
{
    struct clean clean = clean_of(output->raw, output->is_end, arena);
    struct piece piece = { .text = arena_alloc(arena, output->text_max_bytes + 1),
                           .max_bytes = output->text_max_bytes };
    bool is_window_full = output->raw.len >= PROGRAM_WINDOW_BYTES; /* more of the line would not be seen next time */

    while (piece.at < clean.len && add_next(&piece, &clean, output))
        continue;
    if (piece.at < clean.len || !output->is_end) {
        if (piece.line_bytes > 0 || (!piece.is_full && !is_window_full)) {
            piece.at = piece.line_at;
            piece.len = piece.line_bytes;
        }
    }
    piece.text[piece.len] = '\0';
    *ret_taken = clean.from[piece.at];
    return piece.text;
}

/* ---- the tail ---- */

static size_t longest(const struct secrets *secrets)
{
    return secrets->count > 0 ? secrets->texts[0].len : 0;
}

/* Where the text may begin: behind its first line, or where no secret can be cut. */
static struct str skip_beginning(struct str raw, const struct secrets *secrets)
{
    struct str rest = raw;

    str_take_until(&rest, '\n');
    if (rest.len > 0)
        return rest;
    return raw.len > longest(secrets) ? (struct str){ raw.at + longest(secrets), raw.len - longest(secrets) }
                                      : (struct str){ raw.at + raw.len, 0 };
}

static const char *from_character(const char *text)
{
    while (((unsigned char)*text & 0xc0) == 0x80)
        text++;
    return text;
}

const char *program_output_tail(const struct program_output *output, struct arena *arena)
{
    struct program_output whole = *output;
    const char *text;
    size_t taken, len;

    if (output->begins_anywhere)
        whole.raw = skip_beginning(output->raw, output->secrets);
    whole.text_max_bytes = whole.raw.len; /* a mask is shorter than any secret */
    text = program_output_take(&whole, arena, &taken);
    len = strlen(text);
    if (len <= output->text_max_bytes)
        return text;
    text += len - output->text_max_bytes;
    return strchr(text, '\n') && strchr(text, '\n')[1] ? strchr(text, '\n') + 1 : from_character(text);
}
