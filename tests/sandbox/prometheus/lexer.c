#include "prometheus/lexer.h"

#include "bot/base/buf.h"
#include "bot/base/time.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define STRING_MAX_BYTES 4096

static const struct {
    const char *name;
    int64_t ms;
} units[] = {
    { "y", 365 * DAY_MS }, { "w", 7 * DAY_MS }, { "d", DAY_MS },    { "h", HOUR_MS },
    { "ms", 1 },           { "m", MINUTE_MS },  { "s", SECOND_MS },
};

bool lexer_fail(const struct lexer *lexer, size_t at, struct error *err, const char *fmt, ...)
{
    int line = 1, column = 1;
    char what[200];
    va_list args;

    for (size_t i = 0; i < at && lexer->text[i]; i++) {
        column = lexer->text[i] == '\n' ? 1 : column + 1;
        line += lexer->text[i] == '\n';
    }
    va_start(args, fmt);
    (void)vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    return error_set(err, ERR_INVALID, "%d:%d: parse error: %s", line, column, what);
}

bool lexer_unexpected(const struct lexer *lexer, const char *where, struct error *err)
{
    const struct token *token = &lexer->token;

    if (token->kind == TOKEN_END)
        return lexer_fail(lexer, token->at, err, "unexpected end of input%s", where);
    return lexer_fail(lexer, token->at, err, "unexpected %s \"%.60s\"%s",
                      token->kind == TOKEN_WORD     ? "identifier"
                      : token->kind == TOKEN_NUMBER ? "number"
                      : token->kind == TOKEN_STRING ? "string"
                                                    : "character",
                      token->text, where);
}

bool lexer_is(const struct lexer *lexer, const char *sign_or_word)
{
    const struct token *token = &lexer->token;

    return (token->kind == TOKEN_SIGN && strcmp(token->text, sign_or_word) == 0) ||
           (token->kind == TOKEN_WORD && strcasecmp(token->text, sign_or_word) == 0);
}

/* Takes one "30s" off the front, of a unit smaller than the last one's. */
static bool take_part(struct str *rest, int64_t *total_ms, int64_t *smaller_than_ms)
{
    size_t digits = 0;
    int64_t count = 0;
    struct error err;

    while (digits < rest->len && isdigit((unsigned char)rest->at[digits]))
        digits++;
    if (!parse_int((struct str){ rest->at, digits }, 0, 1000000000, &count, &err))
        return false;
    *rest = (struct str){ rest->at + digits, rest->len - digits };
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (!str_take_prefix(rest, units[i].name))
            continue;
        if (units[i].ms >= *smaller_than_ms || count > 100 * 365 * DAY_MS / units[i].ms)
            return false;
        *smaller_than_ms = units[i].ms;
        *total_ms += count * units[i].ms;
        return true;
    }
    return false;
}

bool promql_duration(struct str text, int64_t *ret_ms)
{
    int64_t total_ms = 0, smaller_than_ms = INT64_MAX;

    if (str_is_empty(text))
        return false;
    while (!str_is_empty(text)) {
        if (!take_part(&text, &total_ms, &smaller_than_ms))
            return false;
    }
    *ret_ms = total_ms;
    return true;
}

static struct str word_at(const struct lexer *lexer, const char *more)
{
    const char *from = lexer->text + lexer->at;
    size_t len = 0;

    while (isalnum((unsigned char)from[len]) || from[len] == '_' || (from[len] && strchr(more, from[len])))
        len++;
    return (struct str){ from, len };
}

static bool read_number(struct lexer *lexer, struct error *err)
{
    struct token *token = &lexer->token;
    struct str word = word_at(lexer, ".");
    char *end = NULL;

    token->text = arena_copy(lexer->arena, word);
    if (promql_duration(word, &token->length_ms)) {
        token->kind = TOKEN_DURATION;
        lexer->at += word.len;
        return true;
    }
    token->kind = TOKEN_NUMBER;
    token->number = strtod(word.at, &end); /* takes the sign of an exponent too, which no word has */
    lexer->at = (size_t)(end - lexer->text);
    if (end == word.at || isalnum((unsigned char)*end) || *end == '_' || *end == '.')
        return lexer_fail(lexer, token->at, err, "bad number or duration syntax: \"%.60s\"", token->text);
    return true;
}

/* What stands behind a backslash; -1 when nothing may. */
static int unescape(const char **at)
{
    static const char names[] = "abfnrtv\\'\"", values[] = "\a\b\f\n\r\t\v\\'\"";
    const char *found = **at ? strchr(names, **at) : NULL;
    char hex[3] = { 0 };

    if (found) {
        (*at)++;
        return (unsigned char)values[found - names];
    }
    if (**at != 'x' || !isxdigit((unsigned char)(*at)[1]) || !isxdigit((unsigned char)(*at)[2]))
        return -1;
    memcpy(hex, *at + 1, 2);
    *at += 3;
    return (int)strtol(hex, NULL, 16);
}

static bool read_string(struct lexer *lexer, struct error *err)
{
    const char *at = lexer->text + lexer->at;
    char quote = *at++;
    AUTO_BUF struct buf out = BUF(STRING_MAX_BYTES);

    while (*at != quote) {
        int byte = (unsigned char)*at;

        if (!byte || (byte == '\n' && quote != '`'))
            return lexer_fail(lexer, lexer->token.at, err, "unterminated quoted string");
        at++;
        if (byte == '\\' && quote != '`' && (byte = unescape(&at)) <= 0)
            return lexer_fail(lexer, lexer->token.at, err, "unknown escape sequence '\\%c'", *at ? *at : ' ');
        buf_putc(&out, (char)byte);
    }
    if (out.failed)
        return lexer_fail(lexer, lexer->token.at, err, "a string of more than %d bytes", STRING_MAX_BYTES);
    lexer->token.kind = TOKEN_STRING;
    lexer->token.text = arena_copy(lexer->arena, buf_str(&out));
    lexer->at = (size_t)(at + 1 - lexer->text);
    return true;
}

static bool read_sign(struct lexer *lexer, struct error *err)
{
    static const char *const signs[] = { "=~", "!~", "!=", "==", "<=", ">=", "=", "<", ">", "+", "-", "*",
                                         "/",  "%",  "^",  "(",  ")",  "[",  "]", "{", "}", ",", "@", ":" };
    const char *from = lexer->text + lexer->at;

    for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
        if (strncmp(from, signs[i], strlen(signs[i])) != 0)
            continue;
        lexer->token.kind = TOKEN_SIGN;
        lexer->token.text = signs[i];
        lexer->at += strlen(signs[i]);
        return true;
    }
    return lexer_fail(lexer, lexer->at, err, "unexpected character: '%c'", isprint((unsigned char)*from) ? *from : '?');
}

static void skip_blanks(struct lexer *lexer)
{
    while (lexer->text[lexer->at] && (strchr(" \t\r\n", lexer->text[lexer->at]) || lexer->text[lexer->at] == '#')) {
        if (lexer->text[lexer->at] == '#') /* a comment, to the end of its line */
            lexer->at += strcspn(lexer->text + lexer->at, "\n");
        else
            lexer->at++;
    }
}

static bool begins_number(const char *text)
{
    return isdigit((unsigned char)text[0]) || (text[0] == '.' && isdigit((unsigned char)text[1]));
}

bool lexer_next(struct lexer *lexer, struct error *err)
{
    const char *from = NULL;

    skip_blanks(lexer);
    from = lexer->text + lexer->at;
    lexer->token = (struct token){ .kind = TOKEN_END, .at = lexer->at, .text = "" };
    if (!*from)
        return true;
    if (begins_number(from))
        return read_number(lexer, err);
    if (strchr("\"'`", *from))
        return read_string(lexer, err);
    if (!isalpha((unsigned char)*from) && *from != '_' && !(*from == ':' && isalpha((unsigned char)from[1])))
        return read_sign(lexer, err);
    lexer->token.kind = TOKEN_WORD;
    lexer->token.text = arena_copy(lexer->arena, word_at(lexer, ":"));
    lexer->at += strlen(lexer->token.text);
    return true;
}

bool lexer_start(struct lexer *lexer, struct arena *arena, const char *text, struct error *err)
{
    *lexer = (struct lexer){ .arena = arena, .text = text };
    return lexer_next(lexer, err);
}
