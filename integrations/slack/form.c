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

/* Messages count the fields instead of quoting them: names are outside bytes too. `wrong` NULL: nothing yet. */
static bool add_field(struct slack_form *form, const char *name, const char *value, const char *wrong,
                      struct arena *arena, struct error *err)
{
    if (!wrong && slack_form_find(form, name))
        wrong = "has the name of an earlier one";
    if (!wrong && form->count == SLACK_FORM_MAX_FIELDS)
        wrong = "is one too many";
    if (wrong)
        return error_set(err, ERR_INVALID, "form: field %zu %s", form->count + 1, wrong);
    *ARENA_PUSH(arena, form->fields, form->count) = (struct slack_form_field){ name, value };
    return true;
}

static bool add_pair(struct slack_form *form, struct str pair, struct arena *arena, struct error *err)
{
    struct str raw_name = str_take_until(&pair, '='), name = { "", 0 }, value = { "", 0 };
    const char *wrong = decode_text(raw_name, arena, &name);

    if (!wrong)
        wrong = decode_text(pair, arena, &value);
    return add_field(form, name.at, value.at, wrong, arena, err);
}

bool slack_form_decode(struct str body, struct arena *arena, struct slack_form *ret_form, struct error *err)
{
    struct slack_form form = { NULL, 0 };

    while (body.len > 0) {
        struct str pair = str_take_until(&body, '&');

        if (pair.len > 0 && !add_pair(&form, pair, arena, err))
            return false;
    }
    *ret_form = form;
    return true;
}

/* ---- Socket Mode's way ---- */

static const char *field_text(const cJSON *value) /* NULL: it is none */
{
    if (cJSON_IsBool(value))
        return cJSON_IsTrue(value) ? "true" : "false";
    return cJSON_GetStringValue(value);
}

bool slack_form_read(const cJSON *object, struct arena *arena, struct slack_form *ret_form, struct error *err)
{
    struct slack_form form = { NULL, 0 };

    if (!cJSON_IsObject(object))
        return error_set(err, ERR_INVALID, "form: expected an object");
    JSON_EACH(member, object) {
        const char *value = field_text(member);

        if (cJSON_IsNull(member))
            continue;
        if (!add_field(&form, member->string, value, value ? NULL : "is no text", arena, err))
            return false;
    }
    *ret_form = form;
    return true;
}

static void add_encoded(struct buf *out, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.*";

    for (; *text; text++)
        if (strchr(plain, *text))
            buf_putc(out, *text);
        else if (*text == ' ')
            buf_putc(out, '+');
        else
            buf_addf(out, "%%%02X", (unsigned char)*text);
}

const char *slack_form_encode(const struct slack_form *form, struct arena *arena)
{
    AUTO_BUF struct buf out = BUF(SIZE_MAX / 2);

    for (size_t i = 0; i < form->count; i++) {
        if (i > 0)
            buf_putc(&out, '&');
        add_encoded(&out, form->fields[i].name);
        buf_putc(&out, '=');
        add_encoded(&out, form->fields[i].value);
    }
    return arena_copy(arena, buf_str(&out));
}

const char *slack_form_find(const struct slack_form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++)
        if (strcmp(form->fields[i].name, name) == 0)
            return form->fields[i].value;
    return NULL;
}
