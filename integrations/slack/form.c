#include "integrations/slack/form.h"

#include <string.h>

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte that an escape stands for, -1 when it is malformed. */
static int take_escape(struct str *rest)
{
    int high = rest->len >= 2 ? hex_value(rest->at[0]) : -1;
    int low = rest->len >= 2 ? hex_value(rest->at[1]) : -1;

    if (high < 0 || low < 0)
        return -1;
    *rest = (struct str){ rest->at + 2, rest->len - 2 };
    return high << 4 | low;
}

/* One name or value, decoded; what is wrong with it, or NULL. */
static const char *decode_text(struct str raw, struct arena *arena, struct str *ret_text)
{
    char *text = arena_alloc(arena, raw.len + 1);
    size_t len = 0;

    while (raw.len > 0) {
        int c = (unsigned char)raw.at[0];

        raw = (struct str){ raw.at + 1, raw.len - 1 };
        if (c == '+')
            c = ' ';
        else if (c == '%')
            c = take_escape(&raw);
        if (c < 0)
            return "holds a malformed %-escape";
        if (c == 0)
            return "holds a NUL byte";
        text[len++] = (char)c;
    }
    *ret_text = (struct str){ text, len };
    return utf8_is_valid(*ret_text) ? NULL : "is not valid UTF-8";
}

/* Messages count the fields instead of quoting them: names are outside bytes too. */
static bool add_field(struct slack_form *form, struct str pair, struct arena *arena, struct error *err)
{
    struct str raw_name = str_take_until(&pair, '='), name, value;
    const char *wrong = decode_text(raw_name, arena, &name);

    if (!wrong)
        wrong = decode_text(pair, arena, &value);
    if (!wrong && slack_form_find(form, name.at))
        wrong = "has the name of an earlier one";
    if (!wrong && form->count == SLACK_FORM_MAX_FIELDS)
        wrong = "is one too many";
    if (wrong)
        return error_set(err, ERR_INVALID, "form: field %zu %s", form->count + 1, wrong);
    *ARENA_PUSH(arena, form->fields, form->count) = (struct slack_form_field){ name.at, value.at };
    return true;
}

bool slack_form_decode(struct str body, struct arena *arena, struct slack_form *ret_form, struct error *err)
{
    struct slack_form form = { NULL, 0 };

    while (body.len > 0) {
        struct str pair = str_take_until(&body, '&');

        if (pair.len > 0 && !add_field(&form, pair, arena, err))
            return false;
    }
    *ret_form = form;
    return true;
}

const char *slack_form_find(const struct slack_form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++)
        if (strcmp(form->fields[i].name, name) == 0)
            return form->fields[i].value;
    return NULL;
}
