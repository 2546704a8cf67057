/* Input: what a mail server says, in pieces that end at a NUL. Whatever it is, the dialogue ends or waits for more,
 * says only what SMTP has, and its end is one that the exchange can judge. */
#include "tests/fuzz/fuzz.h"

#include "bot/model/settings.h"
#include "bot/shell/smtp_dialogue.h"
#include "integrations/mail/send.h"

#include <string.h>

static const char *const to[] = { "a@example.com", "b@example.com", "c@example.com" };
static const struct http_mail mail = { "ops@example.com", to, ARRAY_LEN(to) };
static const struct smtp_settings smtp = { .url = "smtp://mail.example.com:587", .from = "ops@example.com" };
static const struct settings settings = { .smtp = &smtp };

static void check_said(const struct smtp_dialogue *d)
{
    static const char *const commands[] = { "MAIL FROM:<", "RCPT TO:<", "DATA\r\n", "QUIT\r\n", "Subject: x\r\n" };
    struct str said = buf_str(&d->out);
    bool is_one = said.len == 0;

    for (size_t i = 0; i < ARRAY_LEN(commands) && !is_one; i++)
        is_one = str_starts_with(said, commands[i]);
    MUST(is_one && !d->out.failed);
}

static void check_end(const struct smtp_dialogue *d, struct arena *arena)
{
    struct http_answer answer = { .is_mail = true, .failure = d->failure, .status = d->status };
    struct exchange exchange = {
        .settings = &settings, .effect_id = "e", .answers = &answer, .answer_count = 1, .arena = arena
    };
    struct exchange_step step;

    MUST((d->status == 0) == (d->failure != NULL));
    MUST(d->status == 0 || d->status == 250 || (d->status >= 400 && d->status <= 599));
    MUST(d->status != 250 || d->taken_count > 0);
    answer.body = buf_str(&d->words);
    step = mail_send(&exchange);
    MUST(step.next != NEXT_CALL);
    MUST((step.next == NEXT_DONE) == (d->status == 250 && d->taken_count == ARRAY_LEN(to)));
    MUST(step.next == NEXT_DONE || (step.error && step.error[0] && utf8_is_valid(str_of(step.error))));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct str rest = fuzz_input(data, size);
    struct smtp_dialogue dialogue;

    smtp_dialogue_begin(&dialogue, &mail, STR_LIT("Subject: x\r\n\r\n.\r\n"));
    check_said(&dialogue);
    while (rest.len > 0 && dialogue.step != SMTP_OVER) {
        buf_clear(&dialogue.out);
        smtp_dialogue_take(&dialogue, str_take_until(&rest, '\0'));
        check_said(&dialogue);
    }
    if (dialogue.step == SMTP_OVER)
        check_end(&dialogue, arena);
    smtp_dialogue_finish(&dialogue);
    return 0;
}
