#include "integrations/google/log_mask.h"

#include "bot/base/buf.h"

#include <ctype.h>
#include <string.h>

#define MASK "***"
#define READ_MAX_BYTES 2048 /* of a line: more is cut before it is looked through */
#define TOKEN_BYTES 12      /* what follows a known beginning: a shorter one is a word */
#define LONG_BYTES 32       /* letters and digits mixed in one run: a key */
#define BASE64_BYTES 40     /* likewise, with what else stands in base64 */
#define SLASH_BYTES 16      /* of base64 one in 64 is a slash; of a path far more */
#define LOCAL_BYTES 100     /* before the "@": RFC 5321 takes 64 */
#define BASIC_BYTES 8       /* base64 of a user and a password */
#define KEY_BEGINS "-----BEGIN "
#define KEY_ENDS "-----END "
#define KEY_MARK "-----"

/* What stands before a secret, in lower case; whatever is in front of it: `dbPassword`, `X-Auth-Token`. */
static const struct {
    const char *name;
    bool takes_line; /* a header's: words, commas and semicolons belong to it */
} names[] = {
    { "authorization", true },  { "cookie", true },        { "password", false },    { "password_confirmation", false },
    { "password_hash", false }, { "passwordhash", false }, { "passwd", false },      { "passphrase", false },
    { "pwd", false },           { "secret", false },       { "secret_key", false },  { "secretkey", false },
    { "token", false },         { "jwt", false },          { "credential", false },  { "credentials", false },
    { "api_key", false },       { "api-key", false },      { "apikey", false },      { "access_key", false },
    { "accesskey", false },     { "accountkey", false },   { "private_key", false }, { "privatekey", false },
    { "signature", false },     { "sig", false },          { "session", false },     { "session_id", false },
    { "session-id", false },    { "sessionid", false },
};
/* How tokens begin. */
static const char *const beginnings[] = { "xoxb-",
                                          "xoxp-",
                                          "xapp-",
                                          "xoxa-",
                                          "xoxe",
                                          "ghp_",
                                          "gho_",
                                          "ghs_",
                                          "ghu_",
                                          "ghr_",
                                          "npm_",
                                          "github_pat_",
                                          "glpat-",
                                          "ya29.",
                                          "AIza",
                                          "AKIA",
                                          "ASIA",
                                          "sk_live_",
                                          "sk-",
                                          "rk_live_",
                                          "SG.",
                                          "eyJ",
                                          "hooks.slack.com/services/",
                                          "whsec_" };

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-';
}

static bool is_secret_char(char c)
{
    return is_word(c) || strchr(".+/=~%", c) != NULL;
}

static bool is_base64(char c)
{
    return isalnum((unsigned char)c) || c == '+' || c == '/' || c == '=';
}

static size_t run_of(struct str text, bool (*is_in)(char c))
{
    size_t len = 0;

    while (len < text.len && text.at[len] && is_in(text.at[len]))
        len++;
    return len;
}

static struct str behind(struct str text, size_t len)
{
    return (struct str){ text.at + len, text.len - len };
}

static bool begins(struct str text, const char *with)
{
    size_t len = strlen(with);

    return text.len >= len && str_equal_nocase((struct str){ text.at, len }, str_of(with));
}

/* ---- what is a secret ---- */

static size_t skip(struct str *text, const char *chars)
{
    size_t len = 0;

    while (len < text->len && text->at[len] && strchr(chars, text->at[len]))
        len++;
    *text = behind(*text, len);
    return len;
}

/* Up to the quote that ends it: one with as many backslashes before it as the first has. */
static size_t quoted_of(struct str text, size_t escapes)
{
    size_t backslashes = 0;

    for (size_t i = 1; i < text.len; i++) {
        if (text.at[i] == text.at[0] && backslashes == escapes)
            return i + 1;
        backslashes = text.at[i] == '\\' ? backslashes + 1 : 0;
    }
    return text.len;
}

/* Up to the end of the line, or of what quotes all of it. */
static size_t line_of(struct str text)
{
    bool is_digest = begins(text, "digest ");
    size_t len = 0;

    while (len < text.len && (unsigned char)text.at[len] >= 0x20 &&
           (is_digest || (text.at[len] != '"' && text.at[len] != '\'')))
        len++;
    return len;
}

/* The bytes that follow a name with what stands between: what is quoted, a word, or a line. */
static size_t value_of(struct str text, bool takes_line, size_t escapes)
{
    size_t len = 0;

    if (text.len > 0 && (text.at[0] == '"' || text.at[0] == '\''))
        return quoted_of(text, escapes);
    if (takes_line)
        return line_of(text);
    while (len < text.len && !isspace((unsigned char)text.at[len]) && !strchr(",;&\"'})]<", text.at[len]))
        len++;
    return len;
}

/* What joins a name and its value: `=`, `": "`, `]=`, `=>`, `%3D`, `>`. False: it is no name of one. */
static bool take_joint(struct str *text, size_t *ret_escapes)
{
    size_t escapes;

    *ret_escapes = 0;
    if (str_take_prefix(text, ">"))
        return true;
    skip(text, "\"' ]\\");
    if (begins(*text, "%3d") || begins(*text, "%3a")) {
        *text = behind(*text, strlen("%3d"));
        return true;
    }
    if (text->len == 0 || (text->at[0] != ':' && text->at[0] != '='))
        return false;
    *text = behind(*text, 1);
    skip(text, "=> ");
    escapes = skip(text, "\\");
    *ret_escapes = escapes;
    return true;
}

/* `password=hunter2`, `"api_key": "x"`, `Authorization: Bearer x`: how much of it is name, and how much value. */
static bool is_named(struct str text, size_t *ret_name, size_t *ret_value)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct str rest = text;
        size_t escapes;

        if (!begins(text, names[i].name))
            continue;
        rest = behind(text, strlen(names[i].name));
        if (!take_joint(&rest, &escapes))
            continue;
        *ret_name = text.len - rest.len;
        *ret_value = value_of(rest, names[i].takes_line, escapes);
        return *ret_value > 0;
    }
    return false;
}

/* "dXNlcjpwYXNz" behind "Basic", and no word: small letters before large ones, or a "=". */
static size_t basic_of(struct str text)
{
    size_t len = run_of(text, is_base64);

    for (size_t i = 1; len >= BASIC_BYTES && i < len; i++)
        if (text.at[i] == '=' || (islower((unsigned char)text.at[i - 1]) && isupper((unsigned char)text.at[i])))
            return len;
    return 0;
}

static size_t token_of(struct str text)
{
    size_t len;

    if (begins(text, "bearer ")) {
        len = run_of(behind(text, strlen("bearer ")), is_secret_char);
        return len >= TOKEN_BYTES ? strlen("bearer ") + len : 0;
    }
    if (begins(text, "basic ")) {
        len = basic_of(behind(text, strlen("basic ")));
        return len > 0 ? strlen("basic ") + len : 0;
    }
    for (size_t i = 0; i < ARRAY_LEN(beginnings); i++) {
        if (text.len < strlen(beginnings[i]) || memcmp(text.at, beginnings[i], strlen(beginnings[i])) != 0)
            continue;
        len = run_of(text, is_secret_char);
        return len >= strlen(beginnings[i]) + TOKEN_BYTES ? len : 0;
    }
    return 0;
}

/* "-----BEGIN PRIVATE KEY-----", and all that follows, to the end of its end. */
static size_t pem_of(struct str text)
{
    const char *end, *mark;

    if (!begins(text, KEY_BEGINS))
        return 0;
    end = memmem(text.at, text.len, KEY_ENDS, strlen(KEY_ENDS));
    if (!end)
        return text.len;
    end += strlen(KEY_ENDS);
    mark = memmem(end, (size_t)(text.at + text.len - end), KEY_MARK, strlen(KEY_MARK));
    return mark ? (size_t)(mark - text.at) + strlen(KEY_MARK) : text.len;
}

/* "user:password@" behind "://"; a password may have an "@". */
static size_t login_of(struct str text)
{
    size_t len = 0;

    for (size_t i = 0; i < text.len && !isspace((unsigned char)text.at[i]) && !strchr("/?#\"'<>", text.at[i]); i++)
        if (text.at[i] == '@')
            len = i + 1;
    return len;
}

/* "@", or as an address has it. */
static size_t at_of(struct str text)
{
    return text.len > 0 && text.at[0] == '@' ? 1 : begins(text, "%40") ? strlen("%40") : 0;
}

static size_t address_of(struct str text)
{
    size_t local = 0, at, host;
    bool has_dot = false;

    while (local < text.len && local < LOCAL_BYTES && at_of(behind(text, local)) == 0 &&
           (is_word(text.at[local]) || strchr(".+%", text.at[local])))
        local++;
    at = at_of(behind(text, local));
    if (local == 0 || at == 0)
        return 0;
    for (host = local + at; host < text.len && (is_word(text.at[host]) || text.at[host] == '.'); host++)
        has_dot = has_dot || text.at[host] == '.';
    return has_dot ? host : 0;
}

static bool is_mixed(struct str run)
{
    bool has_upper = false, has_lower = false, has_digit = false;

    for (size_t i = 0; i < run.len; i++) {
        has_upper = has_upper || isupper((unsigned char)run.at[i]);
        has_lower = has_lower || islower((unsigned char)run.at[i]);
        has_digit = has_digit || isdigit((unsigned char)run.at[i]);
    }
    return has_upper && has_lower && has_digit;
}

/* A run of 32 letters and digits or more that is no lower-case hexadecimal id: those are requests', traces' and
 * images'. Or one of base64, which may have a slash, and is no path. */
static size_t key_of(struct str text)
{
    struct str word = { text.at, 0 }, base64 = { text.at, 0 };
    size_t slashes = 0;

    if (!isalnum((unsigned char)text.at[0])) /* not each of a thousand dashes begins one */
        return 0;
    word.len = run_of(text, is_word);
    base64.len = run_of(text, is_base64);
    for (size_t i = 0; i < base64.len; i++)
        slashes += base64.at[i] == '/';
    if (base64.len >= BASE64_BYTES && slashes <= base64.len / SLASH_BYTES && is_mixed(base64))
        return base64.len;
    return word.len >= LONG_BYTES && is_mixed(word) ? word.len : 0;
}

/* ---- the line ---- */

static size_t secret_at_word(struct str text)
{
    size_t len = token_of(text);

    if (len == 0)
        len = address_of(text);
    return len > 0 ? len : key_of(text);
}

static void add_plain(struct buf *buf, struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        buf_putc(buf, (char)((unsigned char)text.at[i] < 0x20 ? ' ' : text.at[i]));
}

/* One step: what stands at the front, masked or not. Gives how many bytes that was. */
static size_t add_front(struct buf *buf, struct str text, bool is_at_word, bool is_in_address)
{
    size_t name, len;

    if (is_in_address && (len = login_of(text)) > 0) {
        buf_puts(buf, MASK "@");
        return len;
    }
    if ((len = pem_of(text)) > 0) {
        buf_puts(buf, MASK);
        return len;
    }
    if (is_named(text, &name, &len)) {
        add_plain(buf, (struct str){ text.at, name });
        buf_puts(buf, MASK);
        return name + len;
    }
    if (is_at_word && (len = secret_at_word(text)) > 0) {
        buf_puts(buf, MASK);
        return len;
    }
    add_plain(buf, (struct str){ text.at, 1 });
    return 1;
}

static const char *cut(struct str text, size_t max_bytes, struct arena *arena)
{
    size_t len = text.len;

    if (len <= max_bytes)
        return arena_copy(arena, text);
    for (len = max_bytes; len > 0 && ((unsigned char)text.at[len] & 0xc0) == 0x80;)
        len--;
    return arena_printf(arena, "%.*s…", (int)len, text.at);
}

const char *log_mask(struct str line, size_t max_bytes, struct arena *arena)
{
    AUTO_BUF struct buf masked = BUF(4 * READ_MAX_BYTES);
    struct str rest = str_trim(line);
    bool is_at_word = true, is_in_address = false;

    if (rest.len > READ_MAX_BYTES)
        rest.len = READ_MAX_BYTES;
    while (rest.len > 0 && masked.len <= max_bytes) { /* what is cut off need not be looked through */
        size_t len = add_front(&masked, rest, is_at_word, is_in_address);
        char last = rest.at[len - 1];

        is_at_word = !is_word(last) || last == '-' || last == '_';
        rest = behind(rest, len);
        is_in_address = str_ends_with(buf_str(&masked), "://") || str_ends_with(buf_str(&masked), ":\\/\\/");
    }
    return cut(buf_str(&masked), max_bytes, arena);
}
