/* One mail told to a server, by what it answers: whom it takes, and what it means when it says no, or says nonsense. */
#include "tests/unit/rows.h"

#include "bot/shell/smtp_dialogue.h"

#include <string.h>

#define TURNS_MAX 8

static const struct row {
    const char *name;
    struct {
        const char *hears, *says; /* what the server answers, and what is said to that; says NULL: it waits for more */
    } turns[TURNS_MAX];
    int status; /* at the end; 0: `words` is the failure; -1: it is not over */
    const char *words;
} rows[] = {
    { "a mail for two",
      { { "250 ok\r\n", "RCPT TO:<a@example.com>\r\n" },
        { "250 2.1.5 ok\r\n", "RCPT TO:<b@example.com>\r\n" },
        { "251 forwarded\r\n", "DATA\r\n" },
        { "354 go on\r\n", "Subject: x\r\n\r\n..dot\r\n...two\r\nend\r\n.\r\n" },
        { "250 taken\r\n", "QUIT\r\n" } },
      250,
      "" },
    { "one of two is not taken",
      { { "250 ok\r\n", "RCPT TO:<a@example.com>\r\n" },
        { "550-5.1.1 no such\r\n550 5.1.1 user a\r\n", "RCPT TO:<b@example.com>\r\n" },
        { "250 ok\r\n", "DATA\r\n" },
        { "354\r\n", "Subject: x\r\n\r\n..dot\r\n...two\r\nend\r\n.\r\n" },
        { "250\r\n", "QUIT\r\n" } },
      250,
      "550-5.1.1 no such\r\n550 5.1.1 user a" },
    { "nobody is taken, for good",
      { { "250 ok\r\n", "RCPT TO:<a@example.com>\r\n" },
        { "550 a\r\n", "RCPT TO:<b@example.com>\r\n" },
        { "553 b\r\n", "QUIT\r\n" } },
      550,
      "550 a\n553 b" },
    { "nobody is taken, but one may be later",
      { { "250 ok\r\n", "RCPT TO:<a@example.com>\r\n" },
        { "550 a\r\n", "RCPT TO:<b@example.com>\r\n" },
        { "451 b\r\n", "QUIT\r\n" } },
      451,
      "550 a\n451 b" },
    { "nor is it the other way round",
      { { "250 ok\r\n", "RCPT TO:<a@example.com>\r\n" },
        { "451 a\r\n", "RCPT TO:<b@example.com>\r\n" },
        { "550 b\r\n", "QUIT\r\n" } },
      451,
      "451 a\n550 b" },
    { "the sender is refused", { { "530 5.7.0 log in first\r\n", "QUIT\r\n" } }, 530, "530 5.7.0 log in first" },
    { "the text is not wanted",
      { { "250\r\n", "RCPT TO:<a@example.com>\r\n" },
        { "250\r\n", "RCPT TO:<b@example.com>\r\n" },
        { "250\r\n", "DATA\r\n" },
        { "554 no\r\n", "QUIT\r\n" } },
      554,
      "554 no" },
    { "a yes where a go-on belongs is none",
      { { "250\r\n", "RCPT TO:<a@example.com>\r\n" },
        { "250\r\n", "RCPT TO:<b@example.com>\r\n" },
        { "250\r\n", "DATA\r\n" },
        { "250 ok\r\n", "" } },
      0,
      "it does not speak SMTP" },
    { "nor a go-on where a yes belongs", { { "354 go on\r\n", "" } }, 0, "it does not speak SMTP" },
    { "the text is refused, and it is not a word of a recipient",
      { { "250\r\n", "RCPT TO:<a@example.com>\r\n" },
        { "250\r\n", "RCPT TO:<b@example.com>\r\n" },
        { "550 b\r\n", "DATA\r\n" },
        { "354 go\r\n", "Subject: x\r\n\r\n..dot\r\n...two\r\nend\r\n.\r\n" },
        { "452 full\r\n", "QUIT\r\n" } },
      452,
      "452 full" },
    { "it closes: nothing is said to that", { { "421 4.3.2 shutting down\r\n", "" } }, 421, "421 4.3.2 shutting down" },
    { "it closes between recipients",
      { { "250\r\n", "RCPT TO:<a@example.com>\r\n" },
        { "250\r\n", "RCPT TO:<b@example.com>\r\n" },
        { "421 bye\r\n", "" } },
      421,
      "421 bye" },
    { "an answer in pieces",
      { { "25", NULL }, { "0 o", NULL }, { "k\r\n", "RCPT TO:<a@example.com>\r\n" } },
      -1,
      NULL },
    { "lines with LF alone", { { "250-a\n250 b\n", "RCPT TO:<a@example.com>\r\n" } }, -1, NULL },
    { "something else than SMTP", { { "HTTP/1.1 400 Bad Request\r\n", "" } }, 0, "it does not speak SMTP" },
    { "a code that is none", { { "2500 ok\r\n", "" } }, 0, "it does not speak SMTP" },
    { "an empty line", { { "\r\n", "" } }, 0, "it does not speak SMTP" },
    { "an answer of two codes", { { "250-a\r\n550 b\r\n", "" } }, 0, "it does not speak SMTP" },
    { "two answers at once", { { "250 a\r\n250 b\r\n", "" } }, 0, "it answers what was not asked" },
    { "the beginning of a second one", { { "250 a\r\n2", "" } }, 0, "it answers what was not asked" },
};

static void check_row(void **state)
{
    static const char *const to[] = { "a@example.com", "b@example.com" };
    static const struct http_mail mail = { "ops@example.com", to, 2 };
    const struct row *row = *state;
    struct smtp_dialogue dialogue;

    smtp_dialogue_begin(&dialogue, &mail, STR_LIT("Subject: x\r\n\r\n.dot\r\n..two\r\nend"));
    assert_string_equal(buf_text(&dialogue.out), "MAIL FROM:<ops@example.com>\r\n");
    for (size_t i = 0; i < TURNS_MAX && row->turns[i].hears; i++) {
        buf_clear(&dialogue.out);
        smtp_dialogue_take(&dialogue, str_of(row->turns[i].hears));
        assert_string_equal(buf_text(&dialogue.out), row->turns[i].says ? row->turns[i].says : "");
    }
    assert_int_equal(dialogue.step == SMTP_OVER, row->status >= 0);
    if (row->status > 0) {
        assert_int_equal(dialogue.status, row->status);
        assert_null(dialogue.failure);
        assert_string_equal(buf_text(&dialogue.words), row->words);
    } else if (row->status == 0) {
        assert_string_equal(dialogue.failure, row->words);
    }
    smtp_dialogue_finish(&dialogue);
}

static void an_endless_answer_ends(void **state)
{
    static const char *const to[] = { "a@example.com" };
    static const struct http_mail mail = { "ops@example.com", to, 1 };
    struct smtp_dialogue dialogue;

    (void)state;
    smtp_dialogue_begin(&dialogue, &mail, STR_LIT("x"));
    for (int i = 0; i < 100000 && dialogue.step != SMTP_OVER; i++)
        smtp_dialogue_take(&dialogue, STR_LIT("250-on and on\r\n"));
    assert_string_equal(dialogue.failure, "its answer is larger than we take");
    smtp_dialogue_finish(&dialogue);
}

/* However much is said about one who is not taken, it does not look as if all were. */
static void a_long_refusal_is_one(void **state)
{
    static const char *const to[] = { "a@example.com", "b@example.com", "c@example.com" };
    static const struct http_mail mail = { "ops@example.com", to, 3 };
    AUTO_BUF struct buf refusal = BUF(16 * 1024);
    struct smtp_dialogue dialogue;

    (void)state;
    while (refusal.len < 12000)
        buf_puts(&refusal, "550-no such user, and much to say about that\r\n");
    buf_puts(&refusal, "550 5.1.1 no\r\n");
    smtp_dialogue_begin(&dialogue, &mail, STR_LIT("x"));
    smtp_dialogue_take(&dialogue, STR_LIT("250\r\n"));
    smtp_dialogue_take(&dialogue, buf_str(&refusal));
    smtp_dialogue_take(&dialogue, buf_str(&refusal));
    smtp_dialogue_take(&dialogue, STR_LIT("250\r\n"));
    smtp_dialogue_take(&dialogue, STR_LIT("354\r\n"));
    smtp_dialogue_take(&dialogue, STR_LIT("250\r\n"));
    assert_int_equal(dialogue.step, SMTP_OVER);
    assert_int_equal(dialogue.status, 250);
    assert_int_equal(dialogue.taken_count, 1);
    assert_true(str_starts_with(buf_str(&dialogue.words), "550-no such user"));
    assert_false(dialogue.words.failed);
    smtp_dialogue_finish(&dialogue);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(an_endless_answer_ends),
                                        cmocka_unit_test(a_long_refusal_is_one) };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
