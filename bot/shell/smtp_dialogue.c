#include "bot/shell/smtp_dialogue.h"

#include <string.h>

#define REPLY_MAX_BYTES (16 * 1024)
#define WORDS_MAX_BYTES (4 * 1024)
#define COMMAND_MAX_BYTES 1024 /* addresses have 254 */
#define TAKEN 250
#define CLOSING 421
#define NONSENSE "it does not speak SMTP"

static void end(struct smtp_dialogue *d, int status, const char *failure)
{
    d->step = SMTP_OVER;
    d->status = status;
    d->failure = failure;
    buf_clear(&d->out);
    if (status != CLOSING && !failure)
        buf_puts(&d->out, "QUIT\r\n");
}

/* What does not fit is cut off; the first words never are wholly: they tell that somebody was refused. */
static void add_words(struct smtp_dialogue *d, struct str words)
{
    size_t room = WORDS_MAX_BYTES - 1 - d->words.len;

    if (d->words.len > 0 && room > 0) {
        buf_putc(&d->words, '\n');
        room--;
    }
    buf_add(&d->words, words.at, words.len < room ? words.len : room);
}

static void end_with(struct smtp_dialogue *d, int status, struct str words)
{
    buf_clear(&d->words);
    add_words(d, words);
    end(d, status, NULL);
}

/* A line that begins with a dot gets another (RFC 5321, 4.5.2), and one that is a dot alone is the end. */
static void add_message(struct smtp_dialogue *d)
{
    struct str rest = d->message;

    while (rest.len > 0) {
        const char *end_of_line = memmem(rest.at, rest.len, "\r\n", 2);
        size_t len = end_of_line ? (size_t)(end_of_line - rest.at) : rest.len;

        if (rest.at[0] == '.')
            buf_putc(&d->out, '.');
        buf_add(&d->out, rest.at, len);
        buf_puts(&d->out, "\r\n");
        len = end_of_line ? len + 2 : len;
        rest = (struct str){ rest.at + len, rest.len - len };
    }
    buf_puts(&d->out, ".\r\n");
}

static void ask_for_next(struct smtp_dialogue *d)
{
    if (d->at < d->mail->to_count) {
        d->step = SMTP_TO;
        buf_addf(&d->out, "RCPT TO:<%s>\r\n", d->mail->to[d->at]);
    } else if (d->taken_count > 0) {
        d->step = SMTP_DATA;
        buf_puts(&d->out, "DATA\r\n");
    } else {
        end(d, d->status, NULL);
    }
}

/* When none is taken, a refusal that passes is worth another try, whatever the others are. */
static void take_recipient(struct smtp_dialogue *d, int code, struct str words)
{
    if (code < 400) {
        d->taken_count++;
    } else {
        if (d->status == 0 || code / 100 == 4)
            d->status = code;
        add_words(d, words);
    }
    d->at++;
    ask_for_next(d);
}

/* What is neither what was hoped for nor a refusal has no meaning there. */
static bool is_expected(enum smtp_step step, int code)
{
    if (code >= 400)
        return true;
    return step == SMTP_DATA ? code == 354 : code / 100 == 2;
}

static void take_reply(struct smtp_dialogue *d, int code, struct str words)
{
    if (!is_expected(d->step, code)) {
        end(d, 0, NONSENSE);
        return;
    }
    if (code == CLOSING || (code >= 400 && d->step != SMTP_TO)) {
        end_with(d, code, words);
        return;
    }
    switch (d->step) {
    case SMTP_FROM:
        ask_for_next(d);
        return;
    case SMTP_TO:
        take_recipient(d, code, words);
        return;
    case SMTP_DATA:
        d->step = SMTP_TEXT;
        add_message(d);
        return;
    case SMTP_TEXT:
        end(d, TAKEN, NULL); /* its words are the recipients' that were not taken */
        return;
    case SMTP_OVER:
        return;
    }
}

/* "250-size ok": the code, or 0 when that is no line of a reply. */
static int code_of(struct str line, bool *ret_is_last)
{
    struct error ignored;
    int64_t code;

    if (line.len < 3 || !parse_int((struct str){ line.at, 3 }, 200, 599, &code, &ignored) ||
        (line.len > 3 && line.at[3] != ' ' && line.at[3] != '-'))
        return 0;
    *ret_is_last = line.len == 3 || line.at[3] == ' ';
    return (int)code;
}

/* A reply is lines of one code. Nothing may stand behind it: we have not asked for more (and what slipped in before TLS
 * could else answer what is asked inside). */
static void take_whole(struct smtp_dialogue *d)
{
    struct str heard = buf_str(&d->heard), rest = heard;
    int code = 0;

    while (memchr(rest.at, '\n', rest.len)) {
        struct str line = str_trim(str_take_until(&rest, '\n'));
        bool is_last = false;
        int here = code_of(line, &is_last);

        if (here == 0 || (code != 0 && here != code)) {
            end(d, 0, NONSENSE);
            return;
        }
        code = here;
        if (!is_last)
            continue;
        if (rest.len > 0) {
            end(d, 0, "it answers what was not asked");
            return;
        }
        take_reply(d, code, str_trim(heard));
        buf_clear(&d->heard);
        return;
    }
}

void smtp_dialogue_begin(struct smtp_dialogue *dialogue, const struct http_mail *mail, struct str message)
{
    *dialogue = (struct smtp_dialogue){ .mail = mail,
                                        .message = message,
                                        .step = SMTP_FROM,
                                        .out = BUF(2 * message.len + COMMAND_MAX_BYTES),
                                        .words = BUF(WORDS_MAX_BYTES),
                                        .heard = BUF(REPLY_MAX_BYTES) };
    buf_addf(&dialogue->out, "MAIL FROM:<%s>\r\n", mail->from);
}

void smtp_dialogue_take(struct smtp_dialogue *dialogue, struct str bytes)
{
    if (dialogue->step == SMTP_OVER)
        return;
    buf_add_str(&dialogue->heard, bytes);
    if (dialogue->heard.failed)
        end(dialogue, 0, "its answer is larger than we take");
    else
        take_whole(dialogue);
}

void smtp_dialogue_end(struct smtp_dialogue *dialogue)
{
    end(dialogue, 0, NULL);
}

void smtp_dialogue_finish(struct smtp_dialogue *dialogue)
{
    buf_finish(&dialogue->out);
    buf_finish(&dialogue->words);
    buf_finish(&dialogue->heard);
}
