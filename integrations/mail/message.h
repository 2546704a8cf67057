/* message.h - a mail as it goes over the wire: headers and text. (RFC 5322, 2045, 2047, 3834)
 *
 * All of it is ASCII in lines of at most 78 bytes (but where an address is longer) that end with CRLF: the text is quoted-printable, a subject that is not plain
 * is encoded words. Nothing that people wrote can end a header: line ends and control characters become spaces. Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_MAIL_MESSAGE_H
#define OPSGATE_INTEGRATIONS_MAIL_MESSAGE_H

#include "bot/base/buf.h"
#include "bot/model/mail.h"

#define MAIL_MESSAGE_MAX_BYTES (96 * 1024)

/* `from` and the addresses of the mail are good ones (mail_address_is_good); `id` is the effect's: the same mail has the same
 * Message-ID. False with ERR_TOO_LARGE, or ERR_INVALID when there is no such instant. */
bool mail_message_add(struct buf *out, const struct mail_delivery *mail, const char *from, const char *id,
                      struct error *err);

#endif
