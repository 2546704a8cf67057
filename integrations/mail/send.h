/* send.h - EFFECT_MAIL over the configured mail server. (SMTP; carried by bot/shell/http_out_mail.h)
 *
 * One call, and its answer is a code of SMTP's: 4xx passes and is tried again, and so is a login that is refused, but seldom, as
 * it locks accounts; 5xx is final. A mail that was taken for some of its recipients only is not sent again: it ends as a
 * failure that names the others. Pure. Spec: RFC 5321, 4.2; RFC 4954, 6
 */
#ifndef OPSGATE_INTEGRATIONS_MAIL_SEND_H
#define OPSGATE_INTEGRATIONS_MAIL_SEND_H

#include "bot/model/exchange.h"

struct smtp_settings;

struct exchange_step mail_send(const struct exchange *exchange);

/* For `opsgate doctor`: connects, starts TLS and logs in as the mails do, and sends none. Ends with findings. No args. */
struct exchange_step mail_doctor(const struct exchange *exchange);

/* The call that both make. */
struct http_call mail_call(const struct exchange *exchange, const struct http_mail *envelope, struct str message);
/* What the server said, or why it said nothing, fit for one line of a sentence. */
const char *mail_words(const struct exchange *exchange, const struct http_answer *answer);
bool mail_is_login_refused(int status);

#endif
