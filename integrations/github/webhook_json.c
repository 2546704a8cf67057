#include "integrations/github/webhook_json.h"

#include "bot/base/json.h"

#include <string.h>

#define NUMBER_MAX_BYTES 60 /* cJSON reads no more than 63 */

/* ---- the check ---- */

struct checker {
    const char *start, *at, *end;
    int depth, max_depth;
    const char *wrong; /* NULL: nothing yet */
};

static bool fail(struct checker *checker, const char *wrong)
{
    if (!checker->wrong)
        checker->wrong = wrong;
    return false;
}

static char peek(const struct checker *checker) /* '\0' at the end: never a part of JSON */
{
    return checker->at < checker->end ? *checker->at : '\0';
}

static bool eat(struct checker *checker, char c)
{
    if (peek(checker) != c || checker->at == checker->end)
        return false;
    checker->at++;
    return true;
}

static void skip_space(struct checker *checker)
{
    while (checker->at < checker->end &&
           (*checker->at == ' ' || *checker->at == '\n' || *checker->at == '\t' || *checker->at == '\r'))
        checker->at++;
}

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int check_hex4(struct checker *checker) /* -1: it is none */
{
    int value = 0;

    if (checker->end - checker->at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_of(checker->at[i]);

        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    checker->at += 4;
    return value;
}

static bool check_unicode(struct checker *checker) /* behind "\u" */
{
    int unit = check_hex4(checker);

    if (unit < 0)
        return fail(checker, "a malformed \\u");
    if (unit == 0)
        return fail(checker, "a NUL");
    if (unit >= 0xDC00 && unit <= 0xDFFF)
        return fail(checker, "half a surrogate pair");
    if (unit < 0xD800 || unit > 0xDBFF)
        return true;
    if (!eat(checker, '\\') || !eat(checker, 'u'))
        return fail(checker, "half a surrogate pair");
    unit = check_hex4(checker);
    return (unit >= 0xDC00 && unit <= 0xDFFF) || fail(checker, "half a surrogate pair");
}

static bool check_string(struct checker *checker)
{
    if (!eat(checker, '"'))
        return fail(checker, "a string was expected");
    for (;;) {
        unsigned char c;

        checker->at += json_plain_len(checker->at, checker->end);
        if (checker->at == checker->end)
            break;
        c = (unsigned char)*checker->at++;
        if (c == '"')
            return true;
        if (c < ' ')
            return fail(checker, "a control character in a string");
        if (eat(checker, 'u')) {
            if (!check_unicode(checker))
                return false;
        } else if (checker->at == checker->end || !memchr("\"\\/bfnrt", *checker->at++, 8)) {
            return fail(checker, "an unknown escape");
        }
    }
    return fail(checker, "a string that does not end");
}

static bool check_digits(struct checker *checker)
{
    const char *before = checker->at;

    while (peek(checker) >= '0' && peek(checker) <= '9')
        checker->at++;
    return checker->at > before || fail(checker, "a malformed number");
}

static bool check_number(struct checker *checker)
{
    const char *before = checker->at;

    (void)eat(checker, '-');
    if (!eat(checker, '0') && !check_digits(checker))
        return false;
    if (eat(checker, '.') && !check_digits(checker))
        return false;
    if (eat(checker, 'e') || eat(checker, 'E')) {
        if (!eat(checker, '+'))
            (void)eat(checker, '-');
        if (!check_digits(checker))
            return false;
    }
    return checker->at - before <= NUMBER_MAX_BYTES || fail(checker, "a number of more digits than any");
}

static bool check_word(struct checker *checker)
{
    static const char *const words[] = { "true", "false", "null" };

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        size_t len = strlen(words[i]);

        if ((size_t)(checker->end - checker->at) >= len && memcmp(checker->at, words[i], len) == 0) {
            checker->at += len;
            return true;
        }
    }
    return fail(checker, checker->at == checker->end ? "an end where a value was expected" : "no JSON value");
}

static bool check_value(struct checker *checker);

static bool check_item(struct checker *checker, bool is_member)
{
    skip_space(checker);
    if (is_member) {
        if (!check_string(checker))
            return false;
        skip_space(checker);
        if (!eat(checker, ':'))
            return fail(checker, "a ':' was expected");
    }
    if (!check_value(checker))
        return false;
    skip_space(checker);
    return true;
}

static bool check_items(struct checker *checker, char close)
{
    checker->at++;
    if (++checker->depth > checker->max_depth)
        return fail(checker, "nesting deeper than any");
    skip_space(checker);
    if (eat(checker, close)) {
        checker->depth--;
        return true;
    }
    do {
        if (!check_item(checker, close == '}'))
            return false;
    } while (eat(checker, ','));
    checker->depth--;
    return eat(checker, close) || fail(checker, "a ',' or the end of a list or object was expected");
}

static bool check_value(struct checker *checker)
{
    char c;

    skip_space(checker);
    c = peek(checker);
    if (c == '{')
        return check_items(checker, '}');
    if (c == '[')
        return check_items(checker, ']');
    if (c == '"')
        return check_string(checker);
    return c == '-' || (c >= '0' && c <= '9') ? check_number(checker) : check_word(checker);
}

bool webhook_json_check(struct str text, int max_depth, struct error *err)
{
    struct checker checker = { .start = text.at, .at = text.at, .max_depth = max_depth };

    if (text.len == 0)
        return error_set(err, ERR_INVALID, "JSON: empty");
    checker.end = text.at + text.len;
    if (!utf8_is_valid(text))
        return error_set(err, ERR_INVALID, "JSON: not valid UTF-8");
    if (check_value(&checker)) {
        skip_space(&checker);
        if (checker.at < checker.end)
            (void)fail(&checker, "something behind the value");
    }
    if (!checker.wrong)
        return true;
    return error_set(err, ERR_INVALID, "JSON: %s at byte %zu", checker.wrong, (size_t)(checker.at - checker.start));
}

/* ---- the walk ---- */

static struct str from(struct str text, size_t at)
{
    return at > 0 ? (struct str){ text.at + at, text.len - at } : text; /* no arithmetic on the NULL of an empty one */
}

static size_t spaces(struct str text)
{
    size_t len = 0;

    while (len < text.len &&
           (text.at[len] == ' ' || text.at[len] == '\n' || text.at[len] == '\t' || text.at[len] == '\r'))
        len++;
    return len;
}

static size_t string_len(struct str text) /* with its quotes */
{
    size_t len = 1;

    while (len < text.len) {
        len += json_plain_len(text.at + len, text.at + text.len);
        if (len < text.len && text.at[len] == '"')
            return len + 1;
        len += len < text.len && text.at[len] == '\\' ? 2 : 1;
    }
    return text.len;
}

static size_t value_len(struct str text)
{
    size_t len = 0;
    int depth = 0;

    if (text.len > 0 && text.at[0] == '"')
        return string_len(text);
    while (len < text.len) {
        char c = text.at[len];

        if (c == '"') {
            len += string_len(from(text, len));
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}' || c == ']' || spaces(from(text, len)) > 0))
            break;
        depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
        len++;
        if (depth == 0 && (c == '}' || c == ']'))
            break;
    }
    return len;
}

struct webhook_walk webhook_walk(struct str value)
{
    value = from(value, spaces(value));
    if (value.len == 0 || (value.at[0] != '{' && value.at[0] != '['))
        return (struct webhook_walk){ 0 };
    return (struct webhook_walk){ .rest = from(value, 1), .is_object = value.at[0] == '{' };
}

bool webhook_walk_next(struct webhook_walk *walk, struct str *ret_key, struct str *ret_value)
{
    struct str rest = from(walk->rest, spaces(walk->rest)), key = { 0 };
    size_t len;

    if (rest.len == 0 || rest.at[0] == '}' || rest.at[0] == ']')
        return false;
    if (rest.at[0] == ',')
        rest = from(rest, 1 + spaces(from(rest, 1)));
    if (walk->is_object) {
        len = string_len(rest);
        if (len < 2)
            return false; /* no checked text has that */
        key = (struct str){ rest.at + 1, len - 2 };
        rest = from(rest, len + spaces(from(rest, len)));
        rest = rest.len > 0 ? from(rest, 1) : rest;
        rest = from(rest, spaces(rest));
    }
    len = value_len(rest);
    if (len == 0)
        return false; /* nor that */
    *ret_key = key;
    *ret_value = (struct str){ rest.at, len };
    walk->rest = from(rest, len);
    return true;
}

struct str webhook_json_member(struct str object, const char *key)
{
    struct webhook_walk walk = webhook_walk(object);
    struct str name, value;

    while (walk.is_object && webhook_walk_next(&walk, &name, &value))
        if (str_is(name, key))
            return value;
    return (struct str){ 0 };
}

bool webhook_json_plain(struct str raw, struct str *ret_text)
{
    if (raw.len < 2 || raw.at[0] != '"' || memchr(raw.at, '\\', raw.len))
        return false;
    *ret_text = (struct str){ raw.at + 1, raw.len - 2 };
    return true;
}
