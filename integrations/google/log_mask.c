#include "integrations/google/log_mask.h"

#include "bot/base/buf.h"

#include <ctype.h>
#include <string.h>

#define MASK "***"
#define READ_MAX_BYTES 4096 /* of a line: more is cut before it is looked through */
#define TOKEN_BYTES 12      /* what follows a known beginning: a shorter one is a word */
#define LONG_BYTES 32       /* letters and digits mixed in one run: a key */

/* What stands before a secret, in lower case. */
static const char *const names[] = { "authorization", "proxy-authorization",
                                     "password",      "passwd",
                                     "pwd",           "secret",
                                     "token",         "api_key",
                                     "api-key",       "apikey",
                                     "x-api-key",     "cookie",
                                     "set-cookie",    "access_key",
                                     "signature",     "session",
                                     "private_key" };
/* How tokens begin. */
static const char *const beginnings[] = { "xoxb-", "xoxp-",    "xapp-", "xoxa-",       "ghp_",
                                          "gho_",  "ghs_",     "ghu_",  "github_pat_", "glpat-",
                                          "ya29.", "AIza",     "AKIA",  "ASIA",        "sk_live_",
                                          "sk-",   "rk_live_", "SG.",   "eyJ",         "hooks.slack.com/services/",
                                          "whsec_" };

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-';
}

static bool is_secret_char(char c)
{
    return is_word(c) || strchr(".+/=~%", c) != NULL;
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

/* The bytes that follow a name with ':' or '=': up to the end of what is quoted, of a word, or of "Bearer ...". */
static size_t value_of(struct str text)
{
    size_t len = 0;
    char quote;

    if (text.len == 0)
        return 0;
    quote = text.at[0] == '"' || text.at[0] == '\'' ? text.at[0] : '\0';
    if (quote) {
        const char *end = memchr(text.at + 1, quote, text.len - 1);

        return end ? (size_t)(end - text.at) + 1 : text.len;
    }
    if (begins(text, "bearer ") || begins(text, "basic ") || begins(text, "digest "))
        len = (size_t)((const char *)memchr(text.at, ' ', text.len) - text.at) + 1;
    while (len < text.len && !isspace((unsigned char)text.at[len]) && !strchr(",;&\"'})]", text.at[len]))
        len++;
    return len;
}

/* `password=hunter2`, `"api_key": "x"`, `Authorization: Bearer x`: how much of it is name, and how much value. */
static bool is_named(struct str text, size_t *ret_name, size_t *ret_value)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        size_t name = strlen(names[i]);
        struct str rest;

        if (!begins(text, names[i]))
            continue;
        rest = behind(text, name);
        while (rest.len > 0 && (rest.at[0] == '"' || rest.at[0] == '\'' || rest.at[0] == ' ' || rest.at[0] == '\\'))
            rest = behind(rest, 1);
        if (rest.len == 0 || (rest.at[0] != ':' && rest.at[0] != '='))
            continue;
        rest = behind(rest, 1);
        while (rest.len > 0 && (rest.at[0] == ' ' || rest.at[0] == '\\'))
            rest = behind(rest, 1);
        *ret_name = text.len - rest.len;
        *ret_value = value_of(rest);
        return *ret_value > 0;
    }
    return false;
}

static size_t token_of(struct str text)
{
    size_t len;

    if (begins(text, "bearer ")) {
        len = run_of(behind(text, strlen("bearer ")), is_secret_char);
        return len >= TOKEN_BYTES ? strlen("bearer ") + len : 0;
    }
    for (size_t i = 0; i < ARRAY_LEN(beginnings); i++) {
        if (text.len < strlen(beginnings[i]) || memcmp(text.at, beginnings[i], strlen(beginnings[i])) != 0)
            continue;
        len = run_of(text, is_secret_char);
        return len >= strlen(beginnings[i]) + TOKEN_BYTES ? len : 0;
    }
    return 0;
}

/* "user:password@" behind "://". */
static size_t login_of(struct str text)
{
    for (size_t i = 0; i < text.len && !isspace((unsigned char)text.at[i]) && !strchr("/?#\"'<>", text.at[i]); i++)
        if (text.at[i] == '@')
            return i + 1;
    return 0;
}

static size_t address_of(struct str text)
{
    size_t local = 0, host;
    bool has_dot = false;

    while (local < text.len && (is_word(text.at[local]) || text.at[local] == '.' || text.at[local] == '+'))
        local++;
    if (local == 0 || local >= text.len || text.at[local] != '@')
        return 0;
    for (host = local + 1; host < text.len && (is_word(text.at[host]) || text.at[host] == '.'); host++)
        has_dot = has_dot || text.at[host] == '.';
    return has_dot ? host : 0;
}

/* A run of 32 letters and digits or more that is no lower-case hexadecimal id: those are requests', traces' and
 * images'. */
static size_t key_of(struct str text)
{
    size_t len = run_of(text, is_word);
    bool has_upper = false, has_lower = false, has_digit = false;

    for (size_t i = 0; i < len; i++) {
        has_upper = has_upper || isupper((unsigned char)text.at[i]);
        has_lower = has_lower || islower((unsigned char)text.at[i]);
        has_digit = has_digit || isdigit((unsigned char)text.at[i]);
    }
    return len >= LONG_BYTES && has_upper && has_lower && has_digit ? len : 0;
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
    if (is_at_word && is_named(text, &name, &len)) {
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
    while (rest.len > 0) {
        size_t len = add_front(&masked, rest, is_at_word, is_in_address);
        char last = rest.at[len - 1];

        is_at_word = !is_word(last) || last == '-' || last == '_';
        rest = behind(rest, len);
        is_in_address = str_ends_with(buf_str(&masked), "://");
    }
    return cut(buf_str(&masked), max_bytes, arena);
}
