#include "integrations/slack/mrkdwn.h"

#include "bot/base/mem.h"
#include "bot/base/time.h"
#include "bot/model/card.h"
#include "integrations/slack/typed_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ELLIPSIS "…"
#define FENCE "```"
#define PIECE_BEGINS "&<>`*@" /* the rows of take_piece */
#define MENTION_MAX_BYTES 128
#define DATE_MAX_BYTES 96 /* "<!date^1795242914^{date_short_pretty} {time}|2026-11-21 06:35 UTC>" */

struct writer {
    bool is_plain;         /* no markup in the result */
    bool is_block;         /* within fences: nothing is a mark, and nothing may end them */
    bool is_bold, is_code; /* marks that are open now */
};

/* How one piece of the text is written: a mark, a mention, an escaped character, an "@" that is none. */
struct piece {
    struct str from; /* what it takes of the text */
    struct str to;   /* what is written, between `before` and `after` */
    const char *before, *after;
    char date[DATE_MAX_BYTES]; /* is written before all of that */
};

static struct piece as(struct str from, const char *to)
{
    return (struct piece){ .from = from, .to = str_of(to), .before = "", .after = "" };
}

static struct str first_character(struct str text)
{
    size_t len = 1;

    while (len < text.len && len < 4 && ((unsigned char)text.at[len] & 0xc0) == 0x80)
        len++;
    return (struct str){ text.at, len };
}

/* What stands at the front and is written as it is; most of a text is. */
static struct str plain_at(struct str text)
{
    size_t len = 0;

    while (len < text.len && !memchr(PIECE_BEGINS, text.at[len], strlen(PIECE_BEGINS)))
        len++;
    return (struct str){ text.at, len };
}

/* Whole characters of it, as many as fit. */
static struct str that_fits(struct str text, size_t max_bytes)
{
    struct str rest = text;

    while (rest.len > 0) {
        struct str first = first_character(rest);

        if ((size_t)(first.at + first.len - text.at) > max_bytes)
            break;
        rest = (struct str){ rest.at + first.len, rest.len - first.len };
    }
    return (struct str){ text.at, (size_t)(rest.at - text.at) };
}

static bool is_name(struct str id) /* as other systems and Unix write users */
{
    for (size_t i = 0; i < id.len; i++)
        if (!slack_id_is_valid((struct str){ id.at + i, 1 }) && !memchr(".-_", id.at[i], 3))
            return false;
    return id.len > 0;
}

/* "@{slack:U012AB3CD}" at the front: a mention; "@{slack-group:S0ENG}": of a whole group; "@{slack-channel:C012AB3CD}":
 * of a channel; of another system: the bare id. False when it is no such mark. */
static bool mention_at(struct str text, bool is_plain, struct piece *ret_piece)
{
    struct str rest = { text.at, text.len < MENTION_MAX_BYTES ? text.len : MENTION_MAX_BYTES };
    struct str id, system;
    bool is_slack, is_group, is_channel;

    if (!str_take_prefix(&rest, "@{") || !str_contains(rest, "}"))
        return false;
    id = str_take_until(&rest, '}');
    system = str_take_until(&id, ':');
    is_group = str_is(system, "slack-group");
    is_channel = str_is(system, "slack-channel");
    is_slack = is_group || is_channel || str_is(system, "slack");
    if (!(is_slack ? slack_id_is_valid(id) : is_name(system) && is_name(id)))
        return false;
    *ret_piece = (struct piece){
        .from = { text.at, (size_t)(rest.at - text.at) },
        .to = id,
        .before = !is_slack    ? ""
                  : is_plain   ? is_channel ? "#" : "@"
                  : is_group   ? "<!subteam^"
                  : is_channel ? "<#"
                               : "<@",
        .after = is_slack && !is_plain ? ">" : "",
    };
    return true;
}

/* "@{time:1795242914748}" at the front: in the reader's own time zone, where markup is read. */
static bool instant_at(struct str text, bool is_plain, struct piece *ret_piece)
{
    struct str rest = { text.at, text.len < MENTION_MAX_BYTES ? text.len : MENTION_MAX_BYTES };
    struct card_instant instant;

    if (!str_take_prefix(&rest, "@{") || !str_contains(rest, "}") ||
        !card_instant_read(str_take_until(&rest, '}'), &instant))
        return false;
    *ret_piece =
        (struct piece){ .from = { text.at, (size_t)(rest.at - text.at) }, .to = { "", 0 }, .before = "", .after = "" };
    if (is_plain)
        snprintf(ret_piece->date, sizeof(ret_piece->date), "%s UTC", instant.text);
    else
        snprintf(ret_piece->date, sizeof(ret_piece->date), "<!date^%" PRId64 "^%s|%s UTC>", instant.unix_ms / SECOND_MS,
                 instant.has_date ? "{date_short_pretty} {time}" : "{time_secs}", instant.text);
    return true;
}

static struct piece take_piece(struct writer *writer, struct str text)
{
    struct str first = first_character(text);
    struct piece piece;

    switch (text.at[0]) {
    case '&':
        return as(first, "&amp;");
    case '<':
        return as(first, "&lt;");
    case '>':
        return as(first, "&gt;");
    case '`':
        if (writer->is_block)
            return as(first, "'");
        writer->is_code = !writer->is_code;
        return as(first, writer->is_plain ? "" : "`");
    case '*':
        if (writer->is_code || writer->is_block)
            return as(first, "*");
        writer->is_bold = !writer->is_bold;
        return as(first, writer->is_plain ? "" : "*");
    case '@':
        if (!writer->is_code && !writer->is_block &&
            (instant_at(text, writer->is_plain, &piece) || mention_at(text, writer->is_plain, &piece)))
            return piece;
        break;
    default:
        break;
    }
    return (struct piece){ .from = first, .to = first, .before = "", .after = "" };
}

static size_t piece_length(const struct piece *piece)
{
    return strlen(piece->date) + strlen(piece->before) + piece->to.len + strlen(piece->after);
}

static void close_marks(struct buf *out, const struct writer *writer)
{
    if (writer->is_code && !writer->is_plain)
        buf_putc(out, '`');
    if (writer->is_bold && !writer->is_plain)
        buf_putc(out, '*');
}

static bool write_piece(struct buf *out, struct writer *writer, struct str *rest, size_t max_bytes)
{
    struct writer before = *writer;
    struct piece piece = take_piece(writer, *rest);

    if (piece_length(&piece) > max_bytes - out->len) {
        *writer = before;
        return false;
    }
    buf_puts(out, piece.date);
    buf_puts(out, piece.before);
    buf_add_str(out, piece.to);
    buf_puts(out, piece.after);
    *rest = (struct str){ rest->at + piece.from.len, rest->len - piece.from.len };
    return true;
}

/* Writes pieces, and what is plain between them, as long as they fit into max_bytes; false when some did not. */
static bool write_pieces(struct buf *out, struct writer *writer, struct str text, size_t max_bytes)
{
    while (text.len > 0) {
        struct str plain = plain_at(text);
        struct str fits = plain.len <= max_bytes - out->len ? plain : that_fits(plain, max_bytes - out->len);

        buf_add_str(out, fits);
        if (fits.len < plain.len)
            return false;
        text = (struct str){ text.at + plain.len, text.len - plain.len };
        if (text.len > 0 && !write_piece(out, writer, &text, max_bytes))
            return false;
    }
    return true;
}

static void add(struct buf *buf, struct str text, size_t max_bytes, struct writer start)
{
    AUTO_BUF struct buf out = BUF(max_bytes);
    struct writer writer = start;

    if (!write_pieces(&out, &writer, text, max_bytes)) {
        buf_clear(&out);
        writer = start;
        write_pieces(&out, &writer, text, max_bytes - strlen(ELLIPSIS "*`"));
        buf_puts(&out, ELLIPSIS);
        close_marks(&out, &writer);
    }
    buf_add_str(buf, buf_str(&out));
}

void slack_mrkdwn_add(struct buf *buf, struct str text, size_t max_bytes)
{
    add(buf, text, max_bytes, (struct writer){ .is_plain = false });
}

void slack_plain_add(struct buf *buf, struct str text, size_t max_bytes)
{
    add(buf, text, max_bytes, (struct writer){ .is_plain = true });
}

void slack_block_add(struct buf *buf, struct str text, size_t max_bytes)
{
    buf_puts(buf, FENCE "\n");
    add(buf, text, max_bytes - strlen(FENCE "\n\n" FENCE), (struct writer){ .is_block = true });
    buf_puts(buf, "\n" FENCE);
}
