#include "integrations/mail/send.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/mail.h"
#include "bot/model/settings.h"
#include "integrations/mail/message.h"

#include <string.h>

#define CALL_MS (50 * SECOND_MS) /* of the attempt's minute: servers look for spam before they answer */
#define LATER_MS MINUTE_MS       /* greylisting wants some minutes, and none of ours is that urgent */
#define LOGIN_LATER_MS (5 * MINUTE_MS)
#define LOST_LATER_MS (3 * MINUTE_MS) /* a server that is slow to answer may be less so then */
#define WORDS_MAX_BYTES 300
#define CLOSING 421

/* Ours for EHLO, where the address has no path that says another: the sender's host. */
static const char *address_of(const struct exchange *exchange)
{
    const struct smtp_settings *smtp = exchange->settings->smtp;
    const char *host = strstr(smtp->url, "://"), *path = host ? strchr(host + 3, '/') : NULL;

    if (path && path[1])
        return smtp->url;
    return arena_printf(exchange->arena, "%s%s%s", smtp->url, path ? "" : "/", strrchr(smtp->from, '@') + 1);
}

struct http_call mail_call(const struct exchange *exchange, const struct http_mail *envelope, struct str message)
{
    const struct smtp_settings *smtp = exchange->settings->smtp;

    return (struct http_call){ .method = envelope->to_count > 0 ? "MAIL" : "EHLO",
                               .url = address_of(exchange),
                               .mail = envelope,
                               .body = message,
                               .timeout_ms = CALL_MS,
                               .credential = smtp->username ? HTTP_SMTP : HTTP_NO_CREDENTIAL };
}

const char *mail_words(const struct exchange *exchange, const struct http_answer *answer)
{
    AUTO_FREE char *words = utf8_repair(answer->failure ? str_of(answer->failure) : str_trim(answer->body));

    return *words           ? card_quote(str_of(words), WORDS_MAX_BYTES, exchange->arena)
           : answer->status ? arena_printf(exchange->arena, "%d", answer->status)
                            : "no answer";
}

/* RFC 4954, 6 */
bool mail_is_login_refused(int status)
{
    return status == 530 || status == 534 || status == 535 || status == 538;
}

/* The text went out, and no answer came: it is sent once more, as the same mail, and not for ever. */
static struct exchange_step judge_lost(const struct exchange *exchange, const char *words)
{
    struct exchange_step step;

    if (exchange->is_in_doubt)
        return exchange_never(
            exchange, "nobody knows whether it arrived: the mail server did not answer its text, again (%s)", words);
    step = exchange_again(exchange, "the mail server did not answer its text: %s", words);
    step.after_ms = LOST_LATER_MS;
    return step;
}

static struct exchange_step judge(const struct exchange *exchange, const struct http_answer *answer)
{
    const char *words = mail_words(exchange, answer);
    struct exchange_step step;

    if (answer->status == 250 && answer->body.len == 0)
        return exchange_done(exchange, json_object());
    if (answer->status == 250)
        return exchange_never(exchange, "the mail server took it, but not for everybody: %s", words);
    if (answer->status >= 500 && !mail_is_login_refused(answer->status))
        return exchange_never(exchange, "the mail server refuses it: %s", words);
    if (answer->status == 0 && answer->was_sent)
        return judge_lost(exchange, words);
    if (answer->status == 0 || answer->status == CLOSING) {
        step = exchange_again(exchange, "the mail server: %s", words);
        step.is_outage = true;
    } else if (mail_is_login_refused(answer->status)) {
        step = exchange_again(exchange, "the mail server refuses the login of smtp.username: %s", words);
        step.after_ms = LOGIN_LATER_MS;
        step.refusal = REFUSAL_CREDENTIAL;
    } else {
        step = exchange_again(exchange, "the mail server does not take it now: %s", words);
        step.after_ms = LATER_MS;
    }
    return step;
}

/* NULL: all is well. */
static const char *what_is_wrong(const struct exchange *exchange, const struct mail_delivery *mail)
{
    const struct smtp_settings *smtp = exchange->settings->smtp;

    if (!smtp)
        return "the configuration has no section smtp any more";
    if (!mail_address_is_good(smtp->from))
        return "smtp.from is no address";
    if (mail->to_count == 0 || mail->to_count > MAIL_TO_MAX)
        return "a mail goes to 1 to 50 addresses";
    for (size_t i = 0; i < mail->to_count; i++)
        if (!mail_address_is_good(mail->to[i]))
            return "one of its recipients is no address";
    return strlen(mail->text) > MAIL_TEXT_MAX_BYTES ? "its text is too long" : NULL;
}

struct exchange_step mail_send(const struct exchange *exchange)
{
    struct http_mail *envelope = ARENA_NEW(exchange->arena, struct http_mail);
    AUTO_BUF struct buf message = BUF(MAIL_MESSAGE_MAX_BYTES);
    struct mail_delivery mail;
    const char *wrong;
    struct error err;

    if (exchange->answer_count > 0)
        return judge(exchange, &exchange->answers[exchange->answer_count - 1]);
    if (!shape_from_json(&mail_delivery_shape, exchange->args, exchange->arena, &mail, &err))
        return exchange_never(exchange, "the mail: %s", err.message);
    wrong = what_is_wrong(exchange, &mail);
    if (wrong)
        return exchange_never(exchange, "the mail: %s", wrong);
    if (!mail_message_add(&message, &mail, exchange->settings->smtp->from, exchange->effect_id, &err))
        return exchange_never(exchange, "the mail: %s", err.message);
    *envelope = (struct http_mail){ .from = exchange->settings->smtp->from, .to = mail.to, .to_count = mail.to_count };
    return exchange_call(mail_call(exchange, envelope, str_of(arena_copy(exchange->arena, buf_str(&message)))));
}
