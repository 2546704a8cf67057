#include "integrations/mail/send.h"

#include "bot/model/finding.h"
#include "bot/model/settings.h"

#include <string.h>

#define SUBJECT "Mail"

/* Among the lines of its greeting: "250-AUTH PLAIN LOGIN". */
static bool offers_login(struct str greeting)
{
    while (greeting.len > 0) {
        struct str line = str_take_until(&greeting, '\n'), word = line;

        if (line.len > 4)
            word = str_take_word(&(struct str){ line.at + 4, line.len - 4 });
        if (str_equal_nocase(word, STR_LIT("AUTH")))
            return true;
    }
    return false;
}

static struct finding find(const struct exchange *exchange, const struct http_answer *answer)
{
    const struct smtp_settings *smtp = exchange->settings->smtp;
    struct finding found = { FINDING_BAD, SUBJECT, NULL, NULL };

    if (answer->status == 0) { /* no TLS */
        found.text = arena_printf(exchange->arena, "%s: %s", smtp->url, mail_words(exchange, answer));
        found.mend = "use the server's port with STARTTLS (587), or smtps:// with the one that begins with TLS (465)";
    } else if (mail_is_login_refused(answer->status)) {
        found.text = arena_printf(exchange->arena, "it refuses the login: %s", mail_words(exchange, answer));
        found.mend = "correct smtp.username and smtp.password";
    } else if (answer->status >= 400 && answer->status < 500) { /* it says itself that this passes */
        found.mark = FINDING_AWAY;
        found.text = arena_printf(exchange->arena, "it takes no mail just now: %s", mail_words(exchange, answer));
        found.mend = "ask again in some minutes; if it lasts, ask those who run it why";
    } else if (answer->status != 250) {
        found.text = arena_printf(exchange->arena, "it does not greet us: %s", mail_words(exchange, answer));
        found.mend = "does it take mail from this machine's address?";
    } else if (smtp->username && !offers_login(answer->body)) {
        found.text = "it offers no login here, and smtp.username is set";
        found.mend = "use its port for submission (587 or 465), or remove smtp.username and smtp.password";
    } else {
        found.mark = FINDING_GOOD;
        found.text = smtp->username ? "it answers, and takes the login" : "it answers, and asks for no login";
    }
    return found;
}

struct exchange_step mail_doctor(const struct exchange *exchange)
{
    struct http_mail *envelope = ARENA_NEW(exchange->arena, struct http_mail);
    const struct http_answer *answer = exchange->answers;
    struct findings found = { 0 };
    struct exchange_step step;

    if (exchange->answer_count == 0) {
        envelope->from = exchange->settings->smtp->from;
        return exchange_call(mail_call(exchange, envelope, (struct str){ 0 }));
    }
    if (answer->status == 0 && !(answer->failure && strcmp(answer->failure, HTTP_MAIL_NO_TLS) == 0)) {
        step = exchange_again(exchange, "%s: %s", exchange->settings->smtp->url, mail_words(exchange, answer));
        step.is_outage = true;
        return step;
    }
    findings_add(&found, exchange->arena, find(exchange, answer));
    return findings_done(exchange, &found);
}
