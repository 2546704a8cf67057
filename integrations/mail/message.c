#include "integrations/mail/message.h"

#include "bot/base/digest.h"
#include "bot/base/time.h"

#include <string.h>
#include <time.h>

#define LINE_MAX_BYTES 76 /* without CRLF (RFC 2045, 6.7) */
#define WORD_MAX_BYTES 42 /* what one encoded word stands for: 56 of base64, 68 in all (RFC 2047, 2: at most 75) */
#define PLAIN_SUBJECT_MAX_BYTES 66 /* on the line behind "Subject: " */

/* ---- headers ---- */

static bool add_date(struct buf *out, int64_t at_ms, struct error *err)
{
    static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    time_t seconds = (time_t)(at_ms / SECOND_MS);
    struct tm at;

    if (at_ms < 0 || at_ms / DAY_MS > 365 * 8000 || !gmtime_r(&seconds, &at))
        return error_set(err, ERR_INVALID, "a mail of no time");
    buf_addf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n", days[at.tm_wday], at.tm_mday, months[at.tm_mon],
             at.tm_year + 1900, at.tm_hour, at.tm_min, at.tm_sec);
    return true;
}

/* One line of valid UTF-8, and not too long. The caller frees. */
static char *flat(const char *text, size_t max_bytes)
{
    char *copy = utf8_repair(str_of(text));
    size_t len = strlen(copy);

    if (len > max_bytes) {
        for (len = max_bytes; len > 0 && ((unsigned char)copy[len] & 0xc0) == 0x80; len--)
            ;
        copy[len] = '\0';
    }
    for (char *c = copy; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = ' ';
    return copy;
}

static bool is_plain(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] > '~')
            return false;
    return text.len <= PLAIN_SUBJECT_MAX_BYTES && !str_contains(text, "=?");
}

/* So much of it as one word takes, and whole characters. */
static struct str take_some(struct str *rest)
{
    struct str some = { rest->at, rest->len < WORD_MAX_BYTES ? rest->len : WORD_MAX_BYTES };

    while (some.len < rest->len && ((unsigned char)rest->at[some.len] & 0xc0) == 0x80)
        some.len--;
    *rest = (struct str){ rest->at + some.len, rest->len - some.len };
    return some;
}

static void add_subject(struct buf *out, const char *subject)
{
    AUTO_FREE char *text = flat(subject, MAIL_SUBJECT_MAX_BYTES);
    struct str rest = str_trim(str_of(text));

    buf_puts(out, "Subject:");
    if (is_plain(rest)) {
        buf_addf(out, " " STR_FMT "\r\n", STR_ARG(rest));
        return;
    }
    while (rest.len > 0) {
        buf_puts(out, " =?UTF-8?B?");
        base64_add(out, take_some(&rest));
        buf_puts(out, "?=\r\n"); /* the next word begins with a space, so its line goes on with this one */
    }
}

static void add_recipients(struct buf *out, const struct mail_delivery *mail)
{
    buf_puts(out, "To:");
    for (size_t i = 0; i < mail->to_count; i++)
        buf_addf(out, " %s%s\r\n", mail->to[i], i + 1 < mail->to_count ? "," : "");
}

/* What may stand in a Message-ID of an id: ours has nothing else. */
static void add_message_id(struct buf *out, const char *id, const char *from)
{
    buf_puts(out, "Message-ID: <");
    for (const char *c = id; *c; c++)
        buf_putc(out, (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ? *c : '-');
    buf_addf(out, "%s>\r\n", strrchr(from, '@'));
}

/* ---- the text ---- */

static bool stands_for_itself(const char *at)
{
    if (*at == ' ' || *at == '\t') /* at the end of a line it would be lost on the way */
        return at[1] != '\n' && at[1] != '\0';
    return *at > ' ' && *at <= '~' && *at != '=';
}

/* RFC 2045, 6.7. A "From " or a dot at the start of a line is the transport's to care for. */
static void add_quoted(struct buf *out, const char *text)
{
    size_t len = 0; /* of the line */

    for (const char *at = text; *at; at++) {
        size_t needs = stands_for_itself(at) ? 1 : 3;

        if (*at == '\n') {
            buf_puts(out, "\r\n");
            len = 0;
            continue;
        }
        if (len + needs > LINE_MAX_BYTES - 1) { /* one is for the = that says that the line goes on */
            buf_puts(out, "=\r\n");
            len = 0;
        }
        if (needs == 1)
            buf_putc(out, *at);
        else
            buf_addf(out, "=%02X", (unsigned)(unsigned char)*at);
        len += needs;
    }
    if (len > 0)
        buf_puts(out, "\r\n");
}

static void add_text(struct buf *out, const char *text)
{
    AUTO_FREE char *copy = utf8_repair(str_of(text));
    char *end = copy;

    for (const char *c = copy; *c; c++) /* a line ends with \n, whoever wrote it */
        if (*c != '\r')
            *end++ = *c;
        else if (c[1] != '\n')
            *end++ = '\n';
    *end = '\0';
    add_quoted(out, copy);
}

bool mail_message_add(struct buf *out, const struct mail_delivery *mail, const char *from, const char *id,
                      struct error *err)
{
    if (!add_date(out, mail->at_ms, err))
        return false;
    buf_addf(out, "From: opsgate <%s>\r\n", from);
    add_recipients(out, mail);
    add_message_id(out, id, from);
    add_subject(out, mail->subject);
    buf_puts(out, "MIME-Version: 1.0\r\n"
                  "Content-Type: text/plain; charset=utf-8\r\n"
                  "Content-Transfer-Encoding: quoted-printable\r\n"
                  "Auto-Submitted: auto-generated\r\n" /* no vacation answers (RFC 3834) */
                  "\r\n");
    add_text(out, mail->text);
    return buf_check(out, err);
}
