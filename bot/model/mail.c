#include "bot/model/mail.h"

#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define ATOM LETTERS DIGITS "!#$%&'*+-/=?^_`{|}~"
#define LOCAL_MAX_BYTES 64

static const struct shape_field rows[] = {
    ROW_STRINGS(mail_delivery, to, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(mail_delivery, subject, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(mail_delivery, text, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_INT(mail_delivery, at_ms),
};
const struct shape mail_delivery_shape = SHAPE("a mail to send", mail_delivery, rows);

/* Words of those characters with single dots between them. */
static bool is_dotted(struct str text, const char *characters)
{
    while (text.len > 0) {
        struct str word = str_take_until(&text, '.');

        if (word.len == 0)
            return false;
        for (size_t i = 0; i < word.len; i++)
            if (!word.at[i] || !strchr(characters, word.at[i]))
                return false;
    }
    return true;
}

bool mail_address_is_good(const char *address)
{
    struct str host = str_of(address), local = str_take_until(&host, '@');

    return address && strlen(address) <= MAIL_ADDRESS_MAX_BYTES && local.len > 0 && local.len <= LOCAL_MAX_BYTES &&
           host.len > 0 && !str_ends_with(local, ".") && !str_ends_with(host, ".") && is_dotted(local, ATOM) &&
           is_dotted(host, LETTERS DIGITS "-");
}
