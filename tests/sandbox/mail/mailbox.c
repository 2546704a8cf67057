#include "mail/mailbox.h"

#include "bot/base/digest.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <string.h>

#define MAILS_MAX 200
#define LINE_MAX_BYTES 998
#define TEXT_MAX_BYTES (256 * 1024)
#define WORD_MAX_BYTES 75

struct mailbox *mailbox_create(void)
{
    struct mailbox *mailbox = xcalloc(1, sizeof *mailbox);

    mailbox->mails = json_array();
    return mailbox;
}

void mailbox_destroy(struct mailbox *mailbox)
{
    if (!mailbox)
        return;
    cJSON_Delete(mailbox->mails);
    free(mailbox->username);
    free(mailbox->password);
    free(mailbox);
}

/* ---- is it one? ---- */

static bool check_lines(struct str raw, struct error *err)
{
    while (raw.len > 0) {
        struct str line = str_take_until(&raw, '\n');

        if (line.len == 0 || line.at[line.len - 1] != '\r' || memchr(line.at, '\r', line.len - 1))
            return error_set(err, ERR_INVALID, "5.6.0 a line that does not end with CRLF");
        if (line.len - 1 > LINE_MAX_BYTES)
            return error_set(err, ERR_INVALID, "5.6.0 a line of more than 998 bytes");
        for (size_t i = 0; i + 1 < line.len; i++)
            if ((signed char)line.at[i] <= 0)
                return error_set(err, ERR_INVALID, "5.6.3 a byte that needs 8BITMIME, which was not offered");
    }
    return true;
}

/* Headers by their names in lower case; *raw is what stands behind the empty line. */
static bool take_headers(struct str *raw, cJSON *headers, struct error *err)
{
    char name[64] = "";

    while (raw->len > 0) {
        struct str line = str_take_until(raw, '\n'), value;
        AUTO_FREE char *text = NULL;

        line.len--; /* CR */
        if (line.len == 0)
            return true;
        if (*line.at == ' ' || *line.at == '\t') { /* the line before goes on */
            text = text_format("%s" STR_FMT, tree_text_or(headers, name, ""), STR_ARG(line));
            tree_set_text(headers, name, text);
            continue;
        }
        value = line;
        line = str_take_until(&value, ':');
        if (value.at == NULL || line.len == 0 || line.len >= sizeof name || memchr(line.at, ' ', line.len))
            return error_set(err, ERR_INVALID, "5.6.0 a header without a name");
        for (size_t i = 0; i < line.len; i++)
            name[i] = (char)tolower((unsigned char)line.at[i]);
        name[line.len] = '\0';
        if (tree_get(headers, name))
            return error_set(err, ERR_INVALID, "5.6.0 two headers called %s", name);
        text = str_copy(str_trim(value));
        json_set_string(headers, name, text);
    }
    return true; /* no text */
}

static bool check_headers(const cJSON *headers, struct error *err)
{
    static const char *const wanted[] = { "date", "from", "message-id" };

    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        if (!tree_text(headers, wanted[i]))
            return error_set(err, ERR_INVALID, "5.6.0 no %s", wanted[i]);
    return true;
}

/* ---- as it is read ---- */

/* "=?UTF-8?B?...?=" to what it stands for. */
static bool add_word(struct buf *out, struct str *rest)
{
    const char *end = rest->len > 10 ? memmem(rest->at + 10, rest->len - 10, "?=", 2) : NULL;
    unsigned char bytes[WORD_MAX_BYTES] = { 0 };
    size_t len = end ? (size_t)(end - rest->at) - 10 : 0;
    int got;

    if (!str_starts_with(*rest, "=?UTF-8?B?") || !end || len % 4 != 0 || len + 12 > WORD_MAX_BYTES)
        return false;
    got = EVP_DecodeBlock(bytes, (const unsigned char *)rest->at + 10, (int)len);
    for (const char *c = end; got > 0 && c > rest->at + 10 && c[-1] == '='; c--)
        got--;
    if (got > 0)
        buf_add(out, bytes, (size_t)got);
    *rest = (struct str){ end + 2, rest->len - len - 12 };
    return got >= 0;
}

static char *decode_words(const char *text)
{
    struct buf out = BUF(TEXT_MAX_BYTES);
    struct str rest = str_of(text);
    bool is_behind_word = false;

    while (rest.len > 0) {
        struct str ahead = str_trim(rest); /* white space between two words is none */

        if (is_behind_word && str_starts_with(ahead, "=?"))
            rest = (struct str){ ahead.at, rest.len - (size_t)(ahead.at - rest.at) };
        is_behind_word = add_word(&out, &rest);
        if (is_behind_word)
            continue;
        buf_putc(&out, *rest.at);
        rest = (struct str){ rest.at + 1, rest.len - 1 };
    }
    return out.at ? buf_take(&out) : xstrdup("");
}

static char *decode_quoted(struct str text)
{
    struct buf out = BUF(TEXT_MAX_BYTES);

    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte;

        if (text.at[i] == '\r')
            continue;
        if (text.at[i] != '=' || i + 2 >= text.len) {
            buf_putc(&out, text.at[i]);
            continue;
        }
        if (hex_decode((struct str){ text.at + i + 1, 2 }, &byte, 1)) /* not "=\r\n", where the line goes on */
            buf_putc(&out, (char)byte);
        i += 2;
    }
    return out.at ? buf_take(&out) : xstrdup("");
}

bool mailbox_take(struct mailbox *mailbox, const char *from, const cJSON *to, struct str raw, int64_t now_ms,
                  struct error *err)
{
    AUTO_JSON cJSON *headers = json_object();
    AUTO_FREE char *subject = NULL, *text = NULL, *all = str_copy(raw);
    struct str rest = raw;
    cJSON *mail;

    if (!check_lines(raw, err) || !take_headers(&rest, headers, err) || !check_headers(headers, err))
        return false;
    subject = decode_words(tree_text_or(headers, "subject", ""));
    text =
        tree_has_text(headers, "content-transfer-encoding", "quoted-printable") ? decode_quoted(rest) : str_copy(rest);
    mail = json_add(mailbox->mails, json_object());
    json_set_int(mail, "n", ++mailbox->last_n);
    json_set_int(mail, "at_ms", now_ms);
    json_set_string(mail, "from", from);
    json_set(mail, "to", json_copy(to));
    json_set_string(mail, "message_id", tree_text(headers, "message-id"));
    json_set_string(mail, "date", tree_text(headers, "date"));
    json_set_string(mail, "subject", subject);
    json_set_string(mail, "text", text);
    json_set(mail, "headers", TAKE(headers));
    json_set_string(mail, "raw", all);
    tree_keep_last(mailbox->mails, MAILS_MAX);
    return true;
}

bool mailbox_change(struct mailbox *mailbox, const cJSON *value, struct error *err)
{
    const char *username = tree_text(value, "username"), *password = tree_text(value, "password");

    if (!cJSON_IsObject(value) || !username != !password)
        return error_set(err, ERR_INVALID, "'username' and 'password', or neither");
    free(mailbox->username);
    free(mailbox->password);
    mailbox->username = username ? xstrdup(username) : NULL;
    mailbox->password = password ? xstrdup(password) : NULL;
    return true;
}

cJSON *mailbox_state(const struct mailbox *mailbox)
{
    cJSON *state = json_object();

    json_set(state, "mails", json_copy(mailbox->mails));
    json_set_bool(state, "login", mailbox->username != NULL);
    return state;
}
