#include "handlers/runbook/arguments.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "handlers/blanks.h"
#include "handlers/deploy/version.h"
#include "bot/base/network.h"

#include <inttypes.h>
#include <string.h>

#define QUOTED_BYTES 60
#define VALUE_MAX_BYTES 200
#define CHOICES_SHOWN 10

static const char *quoted(const char *text, struct arena *arena)
{
    return card_quote(str_of(text), QUOTED_BYTES, arena);
}

/* With its stars, which are no marks between backticks. */
static const char *pattern_shown(const char *pattern, struct arena *arena)
{
    char *text = arena_strdup(arena, quoted(pattern, arena));

    for (size_t i = 0; text[i]; i++)
        if (pattern[i] == '*')
            text[i] = '*';
    return text;
}

/* ---- types ---- */

/* As it is written: "04" is one number to some programs and another to others. */
static bool is_integer(const struct runbook_arg *arg, const char *value, struct arena *arena)
{
    int64_t number;
    struct error ignored;

    return parse_int(str_of(value), arg->min, arg->max, &number, &ignored) &&
           strcmp(value, arena_printf(arena, "%" PRId64, number)) == 0;
}

static bool is_version(const struct runbook_arg *arg, const char *value, struct arena *arena)
{
    struct version version;
    struct error ignored;

    (void)arg;
    return version_read(value, arena, &version, &ignored);
}

static bool is_duration(const struct runbook_arg *arg, const char *value, struct arena *arena)
{
    int64_t ms;
    struct error ignored;

    (void)arg, (void)arena;
    return duration_parse(str_of(value), &ms, &ignored) && ms > 0;
}

static bool is_cidr(const struct runbook_arg *arg, const char *value, struct arena *arena)
{
    (void)arg, (void)arena;
    return network_is_range(str_of(value));
}

static const struct {
    const char *name, *expected;
    bool (*is_good)(const struct runbook_arg *arg, const char *value, struct arena *arena);
} types[] = {
    { "integer", "a whole number", is_integer },
    { "version", "a version such as `v1.4.2` or `branch:main`", is_version },
    { "duration", "a duration such as `30s` or `1h30m`", is_duration },
    { "cidr", "a range of addresses by its first one, such as `10.1.0.0/16`", is_cidr },
};

static size_t find_type(const struct runbook_arg *arg)
{
    for (size_t i = 0; arg->type && i < ARRAY_LEN(types); i++)
        if (strcmp(types[i].name, arg->type) == 0)
            return i;
    return ARRAY_LEN(types);
}

/* ---- one value ---- */

static bool is_choice(const struct runbook_arg *arg, const char *value)
{
    for (size_t i = 0; i < arg->one_of_count; i++)
        if (strcmp(arg->one_of[i], value) == 0)
            return true;
    return false;
}

static const char *choices(const struct runbook_arg *arg, struct arena *arena)
{
    const char *text = "one of ";

    for (size_t i = 0; i < arg->one_of_count && i < CHOICES_SHOWN; i++)
        text = arena_printf(arena, "%s%s`%s`", text, i ? ", " : "", quoted(arg->one_of[i], arena));
    return arg->one_of_count > CHOICES_SHOWN
               ? arena_printf(arena, "%s and %zu more", text, arg->one_of_count - CHOICES_SHOWN)
               : text;
}

static const char *pattern_expected(const char *pattern, struct arena *arena)
{
    const char *fits =
        strcmp(pattern, "*") == 0
            ? ""
            : arena_printf(arena, ", that fits `%s`%s", pattern_shown(pattern, arena),
                           strchr(pattern, '*') ? " (`*` is anything)" : "");

    return arena_printf(arena, "one word of letters, digits and `._-/:@+`, with no `-` in front%s", fits);
}

const char *runbook_value_expected(const struct runbook_arg *arg, struct arena *arena)
{
    size_t type = find_type(arg);

    if (arg->one_of_count > 0)
        return choices(arg, arena);
    if (arg->pattern)
        return pattern_expected(arg->pattern, arena);
    if (type == ARRAY_LEN(types))
        return "nothing: its type is not known";
    if (types[type].is_good == is_integer)
        return arena_printf(arena, "a whole number from %" PRId64 " to %" PRId64, arg->min, arg->max);
    return types[type].expected;
}

static bool is_good(const struct runbook_arg *arg, const char *value, struct arena *arena)
{
    bool is_default = arg->otherwise && strcmp(arg->otherwise, value) == 0;
    size_t type = find_type(arg);

    if (!value[0] || strlen(value) > VALUE_MAX_BYTES)
        return false;
    if (arg->one_of_count > 0)
        return is_choice(arg, value);
    if (arg->pattern)
        return str_fits(str_of(value), arg->pattern, false) && (is_default || blanks_is_harmless(value));
    return type < ARRAY_LEN(types) && types[type].is_good(arg, value, arena);
}

bool runbook_value_check(const struct runbook_arg *arg, const char *value, struct arena *arena, struct error *err)
{
    const char *nearest = arg->one_of_count > 0 ? str_nearest(str_of(value), arg->one_of, arg->one_of_count) : NULL;

    if (is_good(arg, value, arena))
        return true;
    return error_set(err, ERR_INVALID, "`%s` cannot be `%s`: expected %s%s%s%s", arg->name, quoted(value, arena),
                     runbook_value_expected(arg, arena), nearest ? "; did you mean `" : "", nearest ? nearest : "",
                     nearest ? "`?" : "");
}

/* ---- all of them ---- */

struct reading {
    const struct runbook_settings *runbook;
    struct arena *arena;
    struct shape_pair *values; /* for each argument; value NULL: not given yet */
};

static bool usage_error(const struct reading *r, struct error *err, const char *what, const char *quote,
                        const char *rest)
{
    return error_set(err, ERR_INVALID, "%s `%s`%s Nothing was done: `%s`.", what, quote, rest,
                     runbook_usage(r->runbook, r->arena));
}

bool runbook_has_choice(const struct runbook_settings *runbook, const char *word)
{
    for (size_t i = 0; i < runbook->args_count; i++)
        if (is_choice(&runbook->args[i], word))
            return true;
    return false;
}

static bool unknown_key(const struct reading *r, const char *key, struct error *err)
{
    const char **names = NULL, *nearest;
    size_t count = 0;

    for (size_t i = 0; i < r->runbook->args_count; i++)
        *ARENA_PUSH(r->arena, names, count) = r->runbook->args[i].name;
    if (!key[0])
        return usage_error(r, err, "There is no name before the", "=", ": a name and its value are one word, `NAME=VALUE`.");
    nearest = str_nearest(str_of(key), names, count);
    return usage_error(r, err, "There is no argument", quoted(key, r->arena),
                       nearest ? arena_printf(r->arena, ". Did you mean `%s`?", nearest) : ".");
}

static bool take_value(const struct reading *r, size_t at, const char *value, struct error *err)
{
    if (r->values[at].value)
        return usage_error(r, err, "It was given twice:", r->runbook->args[at].name, ".");
    if (!runbook_value_check(&r->runbook->args[at], value, r->arena, err)) {
        const char *why = arena_strdup(r->arena, err->message);

        return error_set(err, ERR_INVALID, "%s Nothing was done.",
                         str_ends_with(str_of(why), "?") ? why : arena_printf(r->arena, "%s.", why));
    }
    r->values[at].value = value;
    return true;
}

static bool take_word(const struct reading *r, const char *word, struct error *err)
{
    const char *equals = runbook_has_choice(r->runbook, word) ? NULL : strchr(word, '=');
    const char *key = equals ? arena_copy(r->arena, (struct str){ word, (size_t)(equals - word) }) : NULL;

    for (size_t i = 0; i < r->runbook->args_count; i++)
        if (key ? strcmp(key, r->runbook->args[i].name) == 0 : !r->values[i].value)
            return take_value(r, i, key ? equals + 1 : word, err);
    return key ? unknown_key(r, key, err)
               : usage_error(r, err, "I do not know what this means:", quoted(word, r->arena), ".");
}

static bool fill_rest(const struct reading *r, struct error *err)
{
    for (size_t i = 0; i < r->runbook->args_count; i++) {
        const struct runbook_arg *arg = &r->runbook->args[i];

        if (!r->values[i].value)
            r->values[i].value = arg->otherwise;
        if (!r->values[i].value)
            return usage_error(r, err, "What is", arg->name,
                               arena_printf(r->arena, "? Expected %s%s%s.", runbook_value_expected(arg, r->arena),
                                            arg->about ? ": " : "", arg->about ? quoted(arg->about, r->arena) : ""));
    }
    return true;
}

bool runbook_arguments_read(const struct runbook_settings *runbook, const char *const *words, size_t words_count,
                            struct arena *arena, struct shape_pair **ret_values, struct error *err)
{
    struct reading r = { runbook, arena, arena_alloc(arena, (runbook->args_count + 1) * sizeof(*r.values)) };

    for (size_t i = 0; i < runbook->args_count; i++)
        r.values[i] = (struct shape_pair){ .key = runbook->args[i].name };
    for (size_t i = 0; i < words_count; i++) /* what is named first, so that the rest is known by its order */
        if (strchr(words[i], '=') && !runbook_has_choice(runbook, words[i]) && !take_word(&r, words[i], err))
            return false;
    for (size_t i = 0; i < words_count; i++)
        if ((!strchr(words[i], '=') || runbook_has_choice(runbook, words[i])) && !take_word(&r, words[i], err))
            return false;
    *ret_values = r.values;
    return fill_rest(&r, err);
}

/* ---- usage ---- */

static const char *short_expected(const struct runbook_arg *arg, struct arena *arena)
{
    const char *text = "";

    if (arg->one_of_count == 0 && arg->type && find_type(arg) < ARRAY_LEN(types) &&
        types[find_type(arg)].is_good == is_integer)
        return arena_printf(arena, "%" PRId64 "..%" PRId64, arg->min, arg->max);
    if (arg->one_of_count == 0)
        return arg->pattern ? pattern_shown(arg->pattern, arena) : arg->type;
    for (size_t i = 0; i < arg->one_of_count && i < CHOICES_SHOWN; i++)
        text = arena_printf(arena, "%s%s%s", text, i ? "|" : "", quoted(arg->one_of[i], arena));
    return arg->one_of_count > CHOICES_SHOWN ? arena_printf(arena, "%s|...", text) : text;
}

const char *runbook_usage(const struct runbook_settings *runbook, struct arena *arena)
{
    const char *text = arena_printf(arena, "run %s", runbook->name);

    for (size_t i = 0; i < runbook->args_count; i++) {
        const struct runbook_arg *arg = &runbook->args[i];

        text = arena_printf(arena, "%s %s%s=%s%s", text, arg->otherwise ? "[" : "", arg->name,
                            short_expected(arg, arena), arg->otherwise ? "]" : "");
    }
    return text;
}
