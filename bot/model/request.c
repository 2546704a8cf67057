#include "bot/model/request.h"

#include "bot/model/card.h"

#include <assert.h>
#include <string.h>

#define HELP_VERB "help"
#define OPTION_QUOTED_BYTES 60
#define DIGITS_SHOWN 6 /* of what may be no secret: 100000Mi */
#define UNIT_BYTES 2

static const struct shape_field reply_address_rows[] = {
    ROW_STRING(reply_address, door, .flags = SHAPE_NONZERO),
    ROW_STRING(reply_address, instance, .flags = SHAPE_NONZERO),
    ROW_STRING(reply_address, connection, .flags = SHAPE_NONZERO),
    ROW_STRING(reply_address, url, .flags = SHAPE_NONZERO | SHAPE_SECRET),
    { .name = "inline_until_ms", .type = SHAPE_INT, .offset = offsetof(struct reply_address, inline_until_ms) },
    ROW_STRING(reply_address, channel, .flags = SHAPE_NONZERO),
    ROW_STRING(reply_address, thread, .flags = SHAPE_NONZERO),
    ROW_STRING(reply_address, user, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_BOOL(reply_address, is_for_one, .flags = SHAPE_NONZERO),
};
const struct shape reply_address_shape = SHAPE("a reply address", reply_address, reply_address_rows);

static const struct shape_field message_rows[] = {
    ROW_STRING(request_message, channel, .flags = SHAPE_REQUIRED),
    ROW_STRING(request_message, ts, .flags = SHAPE_REQUIRED),
    ROW_STRING(request_message, thread, .flags = SHAPE_NONZERO),
    ROW_STRING(request_message, user, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(request_message, text, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
};
const struct shape request_message_shape = SHAPE("a message that is asked about", request_message, message_rows);

/* Behind a letter or a digit a ' is an apostrophe: what people tell each other is full of them. */
static bool is_apostrophe(char c, struct str before)
{
    unsigned char last = before.len > 0 ? (unsigned char)before.at[before.len - 1] : ' ';

    return c == '\'' &&
           (last >= 0x80 || (last >= '0' && last <= '9') || ((last | 0x20) >= 'a' && (last | 0x20) <= 'z'));
}

/* Takes one word off the front, its quotes resolved, into `word`. */
static bool take_quoted(struct str *rest, struct buf *word, struct error *err)
{
    char quote = 0;

    for (; rest->len > 0; *rest = (struct str){ rest->at + 1, rest->len - 1 }) {
        char c = rest->at[0];

        if (!quote && (c == ' ' || (c >= '\t' && c <= '\r')))
            return true;
        if (!quote && (c == '"' || c == '\'') && !is_apostrophe(c, buf_str(word))) {
            quote = c;
        } else if (quote && c == quote) {
            quote = 0;
        } else if (quote == '"' && c == '\\' && rest->len > 1) {
            *rest = (struct str){ rest->at + 1, rest->len - 1 };
            buf_putc(word, rest->at[0]);
        } else {
            buf_putc(word, c);
        }
    }
    return !quote || error_set(err, ERR_INVALID, "a %c quote does not end: close it, or leave it out", quote);
}

bool request_split(struct str line, struct arena *arena, struct request *request, struct error *err)
{
    struct str rest = str_trim(line);
    const char **words = NULL;
    uint64_t quoted = 0;
    size_t count = 0;

    while (rest.len > 0) {
        AUTO_BUF struct buf word = BUF(line.len);
        bool is_quoted = rest.at[0] == '"' || rest.at[0] == '\'';

        if (count == REQUEST_WORDS_MAX)
            return error_set(err, ERR_INVALID, "more than %d words: put a long text in \"quotes\"", REQUEST_WORDS_MAX);
        if (!take_quoted(&rest, &word, err))
            return false;
        quoted |= (uint64_t)is_quoted << count;
        *ARENA_PUSH(arena, words, count) = arena_copy(arena, buf_str(&word));
        rest = str_trim(rest);
    }
    request->words = words;
    request->words_count = count;
    request->quoted_words = quoted;
    return true;
}

/* ---- how is it used? ---- */

static bool is_quoted(const struct request *request, size_t i)
{
    return request->quoted_words & (UINT64_C(1) << i);
}

static bool is_help_option(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* `help` itself is a name like any other, unless nothing else stands there. */
static bool asks_for_help(const struct request *request)
{
    if (request->words_count == 1 && !is_quoted(request, 0) && strcmp(request->words[0], "help") == 0)
        return true;
    for (size_t i = 0; i < request->words_count; i++)
        if (!is_quoted(request, i) && is_help_option(request->words[i]))
            return true;
    return false;
}

void request_turn_to_help(struct request *request, struct arena *arena)
{
    bool is_general = is_help_option(request->verb);
    const char **words = NULL;
    size_t count = 0;

    if (!is_general && !asks_for_help(request))
        return;
    if (!is_general)
        *ARENA_PUSH(arena, words, count) = request->verb;
    request->text = is_general ? HELP_VERB : arena_printf(arena, "%s %s", HELP_VERB, request->verb);
    request->verb = HELP_VERB;
    request->words = words;
    request->words_count = count;
    request->quoted_words = 0;
}

/* ---- words and options ---- */

static const struct verb_option *find_option(const struct typed *typed, struct str name)
{
    for (size_t i = 0; i < typed->options_count; i++)
        if (str_is(name, typed->options[i].name))
            return &typed->options[i];
    return NULL;
}

static bool unknown_option(const struct typed *typed, struct str name, struct arena *arena, struct error *err)
{
    const char *quoted = card_quote(name, OPTION_QUOTED_BYTES, arena), *names[REQUEST_OPTIONS_MAX], *nearest, *all = "";
    size_t count = 0;

    for (size_t i = 0; i < typed->options_count; i++) {
        if (typed->options[i].is_internal)
            continue;
        all = arena_printf(arena, "%s%s`--%s`", all, count ? ", " : "", typed->options[i].name);
        names[count++] = typed->options[i].name;
    }
    nearest = str_nearest(name, names, count);
    if (nearest)
        return error_set(err, ERR_INVALID, "I do not know the option `--%s`. Did you mean `--%s`? Nothing was done.",
                         quoted, nearest);
    if (count == 0)
        return error_set(err, ERR_INVALID, "I do not know the option `--%s`: `%s` takes none. Nothing was done.",
                         quoted, typed->verb);
    return error_set(err, ERR_INVALID, "I do not know the option `--%s` here, only %s. Nothing was done.", quoted, all);
}

static bool is_option(const struct request *request, size_t i)
{
    return i < request->words_count && strncmp(request->words[i], "--", 2) == 0 && !is_quoted(request, i);
}

/* Reads the option at *i, and leaves *i at the last word that belongs to it. */
static bool read_option(const struct request *request, size_t *i, struct typed *typed, struct arena *arena,
                        struct error *err)
{
    struct str rest = str_of(request->words[*i] + 2), name = str_take_until(&rest, '=');
    const struct verb_option *option = find_option(typed, name);
    const char *value = strchr(request->words[*i], '=');

    if (!option)
        return unknown_option(typed, name, arena, err);
    if (typed->values[option - typed->options] && !option->is_repeatable)
        return error_set(err, ERR_INVALID, "`--%s` stands there twice. Nothing was done.", option->name);
    if (!option->takes_value && value)
        return error_set(err, ERR_INVALID, "`--%s` takes no value. Nothing was done.", option->name);
    if (value)
        value++;
    else if (option->takes_value && *i + 1 < request->words_count && !is_option(request, *i + 1))
        value = request->words[++*i];
    if (option->takes_value && (!value || !value[0]))
        return error_set(err, ERR_INVALID, "`--%s` needs a value: write `--%s \"...\"`. Nothing was done.",
                         option->name, option->name);
    typed->values[option - typed->options] = value ? value : "";
    if (option->is_repeatable)
        *ARENA_PUSH(arena, typed->lists[option - typed->options], typed->lists_count[option - typed->options]) = value;
    return true;
}

/* `--reason hot fix` must not become the version `fix`. */
static bool behind_value(const char *word, const char *option, struct arena *arena, struct error *err)
{
    struct str rest = str_of(option + 2), name = str_take_until(&rest, '=');

    return error_set(err, ERR_INVALID,
                     "I do not know what `%s` means behind the value of `--" STR_FMT
                     "`: options stand last, and a value of several words in quotes. Nothing was done.",
                     card_quote(str_of(word), OPTION_QUOTED_BYTES, arena), STR_ARG(name));
}

bool request_read(const struct request *request, const struct verb_option *options, size_t options_count,
                  struct arena *arena, struct typed *ret_typed, struct error *err)
{
    struct typed typed = { .verb = request->verb, .options = options, .options_count = options_count };
    const char *last = NULL; /* option that took a value */

    assert(options_count <= REQUEST_OPTIONS_MAX);
    for (size_t i = 0; i < request->words_count; i++) {
        if (is_option(request, i)) {
            size_t at = i;

            if (!read_option(request, &i, &typed, arena, err))
                return false;
            if (i > at || strchr(request->words[at], '='))
                last = request->words[at];
        } else if (last) {
            return behind_value(request->words[i], last, arena, err);
        } else {
            typed.words[typed.words_count++] = request->words[i];
        }
    }
    *ret_typed = typed;
    return true;
}

/* ---- what people and journals see ---- */

/* Is the value in words[i] a secret one: `--set-env=A=1` itself, or what follows `--set-env`? */
static bool is_secret_value(const struct typed *typed, const struct request *request, size_t i)
{
    const char *word = request->words[i];
    bool has_value = is_option(request, i) && strchr(word, '=');
    struct str rest = str_of(has_value                            ? word + 2
                             : i > 0 && is_option(request, i - 1) ? request->words[i - 1] + 2
                                                                  : "");
    const struct verb_option *option = find_option(typed, str_take_until(&rest, '='));

    return option && option->is_secret && (has_value || !strchr(request->words[i - 1], '='));
}

/* `--set-env=NAME=VALUE` and `NAME=VALUE` up to the sign before the value. */
static const char *without_value(const char *word, bool is_option_too, struct arena *arena)
{
    const char *sign = strchr(word, '=');

    if (sign && is_option_too)
        sign = strchr(sign + 1, '=');
    return sign ? arena_printf(arena, "%.*s***", (int)(sign + 1 - word), word) : "***";
}

/* In lower case numbers are shown: cpu=2, memory=4Gi, api-00042-abc=10. Anything else may be a secret with a slip in
 * its name. */
static bool names_setting(const char *word)
{
    const char *sign = strncmp(word, "--", 2) == 0 ? NULL : strchr(word, '=');
    size_t digits = sign ? strspn(sign + 1, "0123456789.") : 0;

    if (!sign)
        return false;
    return strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == (size_t)(sign - word) || digits == 0 ||
           digits > DIGITS_SHOWN || strlen(sign + 1) > digits + UNIT_BYTES;
}

static const char *text_hiding(const struct request *request, const struct verb_option *options, size_t options_count,
                               bool hides_settings, struct arena *arena)
{
    const struct typed typed = { .options = options, .options_count = options_count };
    const char *text = request->verb;
    bool has_secrets = false;

    for (size_t i = 0; i < request->words_count; i++) {
        const char *word = request->words[i];
        bool is_secret = is_secret_value(&typed, request, i) || (hides_settings && names_setting(word));

        has_secrets = has_secrets || is_secret;
        text = arena_printf(arena, "%s %s", text, is_secret ? without_value(word, is_option(request, i), arena) : word);
    }
    return has_secrets ? text : request->text;
}

const char *request_text_shown(const struct request *request, const struct verb_option *options, size_t options_count,
                               struct arena *arena)
{
    return text_hiding(request, options, options_count, false, arena);
}

const char *request_text_without_values(const struct request *request, const struct verb_option *options,
                                        size_t options_count, struct arena *arena)
{
    return text_hiding(request, options, options_count, true, arena);
}

size_t typed_list(const struct typed *typed, const char *name, const char *const **ret_values)
{
    const struct verb_option *option = find_option(typed, str_of(name));

    if (!option)
        return 0;
    *ret_values = typed->lists[option - typed->options];
    return typed->lists_count[option - typed->options];
}

const char *typed_option(const struct typed *typed, const char *name)
{
    const struct verb_option *option = find_option(typed, str_of(name));

    return option ? typed->values[option - typed->options] : NULL;
}
