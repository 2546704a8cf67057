#include "form.h"

#include "bot/base/digest.h"

#include <ctype.h>
#include <string.h>

#define FORM_MAX_BYTES (1 << 20)

static bool add_unescaped(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.at[i];

        if (byte == '+') {
            byte = ' ';
        } else if (byte == '%') {
            if (text.len - i < 3 || !hex_decode((struct str){ text.at + i + 1, 2 }, &byte, 1) || byte == 0)
                return false;
            i += 2;
        }
        buf_putc(out, (char)byte);
    }
    return true;
}

static bool decode_pair(cJSON *fields, struct str pair)
{
    AUTO_BUF struct buf name = BUF(FORM_MAX_BYTES), value = BUF(FORM_MAX_BYTES);
    struct str rest = pair;

    if (!add_unescaped(&name, str_take_until(&rest, '=')) || !add_unescaped(&value, rest))
        return false;
    json_set_string(fields, buf_text(&name), buf_text(&value));
    return true;
}

cJSON *form_decode(struct str body)
{
    AUTO_JSON cJSON *fields = json_object();

    while (body.len > 0) {
        struct str pair = str_take_until(&body, '&');

        if (!str_is_empty(pair) && !decode_pair(fields, pair))
            return NULL;
    }
    return TAKE(fields);
}

static void add_escaped(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (isalnum((unsigned char)*text) || strchr("*-._", *text))
            buf_putc(out, *text);
        else if (*text == ' ')
            buf_putc(out, '+');
        else
            buf_addf(out, "%%%02X", (unsigned char)*text);
    }
}

char *form_encode(const cJSON *fields)
{
    AUTO_BUF struct buf out = BUF(FORM_MAX_BYTES);

    JSON_EACH(field, fields) {
        if (out.len > 0)
            buf_putc(&out, '&');
        add_escaped(&out, field->string);
        buf_putc(&out, '=');
        add_escaped(&out, cJSON_IsString(field) ? field->valuestring : "");
    }
    buf_puts(&out, "");
    return buf_take(&out);
}
