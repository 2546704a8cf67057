/* mail.h - args of EFFECT_MAIL: a short plain text to a few addresses.
 *
 * What it says is as it was recorded, the instant too: a second try is the same mail, by its Message-ID and its Date.
 */
#ifndef OPSGATE_MODEL_MAIL_H
#define OPSGATE_MODEL_MAIL_H

#include "bot/base/shape.h"

#define MAIL_LANE "mail"
#define MAIL_TO_MAX 50
#define MAIL_SUBJECT_MAX_BYTES 200 /* what is longer is cut */
#define MAIL_TEXT_MAX_BYTES (16 * 1024)
#define MAIL_ADDRESS_MAX_BYTES 254 /* RFC 5321, 4.5.3.1.3 */

struct mail_delivery {
    const char **to; /* addresses; 1 to MAIL_TO_MAX */
    size_t to_count;
    const char *subject, *text; /* any UTF-8; lines of the text end with \n */
    int64_t at_ms;              /* unix: its Date */
};
extern const struct shape mail_delivery_shape;

/* "ops@example.com": a local part and a host of the characters that stand in an address without quotes (RFC 5321, 4.1.2,
 * the dot-string), so that nothing in it can end a header's line or an SMTP command. */
bool mail_address_is_good(const char *address);

#endif
