#include "prometheus/replace.h"

#include "prometheus/matcher.h"

#include "bot/base/buf.h"

#include <ctype.h>

#define GROUPS_MAX 9
#define VALUE_MAX_BYTES 4096

/* What the parentheses took; the first ones are the anchor's own. */
struct groups {
    const char *value;
    regmatch_t at[1 + 1 + GROUPS_MAX];
};

static void add_group(struct buf *out, const struct groups *groups, int number)
{
    const regmatch_t *group = &groups->at[1 + number];

    if (group->rm_so >= 0)
        buf_add(out, groups->value + group->rm_so, (size_t)(group->rm_eo - group->rm_so));
}

static void expand(struct buf *out, const char *replacement, const struct groups *groups)
{
    for (const char *at = replacement; *at; at++) {
        bool in_braces = at[0] == '$' && at[1] == '{';
        const char *digit = at + (in_braces ? 2 : 1);

        if (at[0] == '$' && at[1] == '$') {
            buf_putc(out, *at++);
        } else if (at[0] == '$' && isdigit((unsigned char)*digit) && (!in_braces || digit[1] == '}')) {
            add_group(out, groups, *digit - '0');
            at = in_braces ? digit + 1 : digit;
        } else {
            buf_putc(out, *at);
        }
    }
}

static bool is_label_name(const char *name)
{
    for (const char *at = name; *at; at++) {
        if (!isalpha((unsigned char)*at) && *at != '_' && !(at > name && isdigit((unsigned char)*at)))
            return false;
    }
    return *name;
}

static struct labels replaced(struct arena *arena, struct labels labels, const struct value *args, const regex_t *regex)
{
    AUTO_BUF struct buf out = BUF(VALUE_MAX_BYTES);
    struct groups groups = { .value = labels_get(labels, args[3].text) };

    if (regexec(regex, groups.value, ARRAY_LEN(groups.at), groups.at, 0) != 0)
        return labels;
    expand(&out, args[2].text, &groups);
    return labels_with(arena, labels, args[1].text, arena_copy(arena, buf_str(&out)));
}

bool replace_label(struct evaluation *evaluation, const struct value *args, struct value *value, struct error *err)
{
    struct matcher matcher = { .kind = MATCH_REGEX, .value = args[4].text };

    if (!matcher_compile(&matcher, evaluation->arena))
        return error_set(err, ERR_INVALID, "invalid regular expression in label_replace(): %.80s", args[4].text);
    if (!is_label_name(args[1].text))
        return error_set(err, ERR_INVALID, "invalid destination label name in label_replace(): %.80s", args[1].text);
    for (size_t i = 0; i < args[0].count; i++)
        *ARENA_PUSH(evaluation->arena, value->at, value->count) = (struct element){
            .labels = replaced(evaluation->arena, args[0].at[i].labels, args, matcher.regex),
            .value = args[0].at[i].value,
        };
    return true;
}
