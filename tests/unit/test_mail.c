/* A mail as it goes over the wire, whatever people wrote into it; and what a mail server's answers mean. */
#include "tests/unit/rows.h"
#include "tests/unit/scripted_exchange.h"

#include "bot/base/time.h"
#include "bot/model/mail.h"
#include "integrations/mail/message.h"
#include "integrations/mail/send.h"

#define AT_MS INT64_C(1795212000000) /* 2026-11-20T22:00:00Z, a Friday */
#define TEN "abcdefghi "
#define LOCAL64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* ---- addresses ---- */

static const struct address_row {
    const char *name, *address;
    bool is_good;
} address_rows[] = {
    { "the usual one", "ops@example.com", true },
    { "one with dots, a tag and digits", "first.last+on-call@mx1.example.co.uk", true },
    { "a host without dots", "root@localhost", true },
    { "the longest local part", LOCAL64 "@example.com", true },
    { "and one more", LOCAL64 "a@example.com", false },
    { "none", NULL, false },
    { "an empty one", "", false },
    { "no host", "ops@", false },
    { "no local part", "@example.com", false },
    { "no at", "example.com", false },
    { "two ats", "a@b@example.com", false },
    { "two dots", "a..b@example.com", false },
    { "a dot at the end", "a.@example.com", false },
    { "a host with a dot at the end", "a@example.com.", false },
    { "a name beside it", "Ops <ops@example.com>", false },
    { "a line end, and a header behind it", "ops@example.com\r\nBcc: x@example.com", false },
    { "a command behind it", "ops@example.com>\r\nRCPT TO:<x@example.com", false },
    { "two of them", "a@example.com,b@example.com", false },
    { "a space", "a b@example.com", false },
    { "letters beyond ASCII", "\xc3\xbc@example.com", false },
    { "a NUL is its end", "ops@example.com\0\r\n", true },
};

static void check_address(void **state)
{
    const struct address_row *row = *state;

    assert_int_equal(mail_address_is_good(row->address), row->is_good);
}

static void check_long_address(void **state)
{
    AUTO_BUF struct buf address = BUF(1000);

    (void)state;
    buf_puts(&address, "a@");
    while (address.len < MAIL_ADDRESS_MAX_BYTES - 1)
        buf_puts(&address, address.len % 2 ? "b" : "c");
    buf_puts(&address, "d");
    assert_true(mail_address_is_good(buf_text(&address)));
    buf_puts(&address, "d");
    assert_false(mail_address_is_good(buf_text(&address)));
}

/* ---- the message ---- */

#define HEADERS                                                                                                        \
    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"  \
    "Auto-Submitted: auto-generated\r\n\r\n"

static const struct message_row {
    const char *name, *subject, *text;
    const char *subject_line; /* all of it, with its folds; NULL: not looked at */
    const char *body;         /* NULL: not looked at */
} message_rows[] = {
    { "plain words stay as they are", "Broken glass", "one\ntwo\n", "Subject: Broken glass\r\n", "one\r\ntwo\r\n" },
    { "a last line without an end gets one", "s", "one", NULL, "one\r\n" },
    { "a line end in a subject is a space", "a\r\nBcc: x@example.com", "", "Subject: a  Bcc: x@example.com\r\n", "" },
    { "so is every control character",
      "a\x01"
      "b\x7f"
      "c\td",
      "", "Subject: a b c d\r\n", NULL },
    { "letters beyond ASCII are an encoded word",
      "R\xc3\xbc"
      "ckrolle",
      "", "Subject: =?UTF-8?B?UsO8Y2tyb2xsZQ==?=\r\n", NULL },
    { "what looks like an encoded word is encoded", "=?UTF-8?B?eA==?=", "",
      "Subject: =?UTF-8?B?PT9VVEYtOD9CP2VBPT0/PQ==?=\r\n", NULL },
    { "bytes that are no UTF-8 are question marks",
      "a\xff"
      "b",
      "\xfe\n", "Subject: a?b\r\n", "?\r\n" },
    { "a long one is several words", TEN TEN TEN TEN TEN TEN TEN "end", "",
      "Subject: =?UTF-8?B?YWJjZGVmZ2hpIGFiY2RlZmdoaSBhYmNkZWZnaGkgYWJjZGVmZ2hpIGFi?=\r\n"
      " =?UTF-8?B?Y2RlZmdoaSBhYmNkZWZnaGkgYWJjZGVmZ2hpIGVuZA==?=\r\n",
      NULL },
    { "an empty subject is one", "", "x", "Subject: \r\n", NULL },
    { "what is not ASCII is quoted, and so is the mark", "s", "\xc3\xbc = 1\n", NULL, "=C3=BC =3D 1\r\n" },
    { "a space at the end of a line is quoted", "s", "a \nb\t\nc ", NULL, "a=20\r\nb=09\r\nc=20\r\n" },
    { "line ends of others become ours", "s", "a\r\nb\rc\n", NULL, "a\r\nb\r\nc\r\n" },
    { "a long line goes on in the next", "s", TEN TEN TEN TEN TEN TEN TEN TEN "end\n", NULL,
      TEN TEN TEN TEN TEN TEN TEN "abcde=\r\nfghi end\r\n" },
    { "and is never cut in a quoted byte", "s", TEN TEN TEN TEN TEN TEN TEN "abc\xc3\xbc\n", NULL,
      TEN TEN TEN TEN TEN TEN TEN "abc=\r\n=C3=BC\r\n" },
    { "a control character is quoted", "s", "\x1b[2J\n", NULL, "=1B[2J\r\n" },
    { "a dot alone is the transport's to double", "s", ".\n.x\n", NULL, ".\r\n.x\r\n" },
};

static void write_message(struct buf *out, const char *subject, const char *text)
{
    const char *to[] = { "a@example.com", "b@example.com" };
    struct mail_delivery mail = { to, 2, subject, text, AT_MS };
    struct error err = { 0 };

    if (!mail_message_add(out, &mail, "opsgate@mail.example.com", "birth-00000000000000e1", &err))
        fail_msg("%s", err.message);
}

/* What every message must be, whatever is in it. */
static void assert_sound(struct str message)
{
    while (message.len > 0) {
        struct str line = str_take_until(&message, '\n');

        assert_true(line.len > 0 && line.len <= 79 && line.at[line.len - 1] == '\r');
        for (size_t i = 0; i + 1 < line.len; i++)
            assert_true(line.at[i] >= ' ' && line.at[i] <= '~');
    }
}

static void check_message(void **state)
{
    const struct message_row *row = *state;
    AUTO_BUF struct buf out = BUF(MAIL_MESSAGE_MAX_BYTES);
    const char *body;

    write_message(&out, row->subject, row->text);
    assert_sound(buf_str(&out));
    assert_true(str_starts_with(buf_str(&out),
                                "Date: Fri, 20 Nov 2026 22:00:00 +0000\r\nFrom: opsgate <opsgate@mail.example.com>\r\n"
                                "To: a@example.com,\r\n b@example.com\r\n"
                                "Message-ID: <birth-00000000000000e1@mail.example.com>\r\nSubject:"));
    body = strstr(buf_text(&out), HEADERS);
    assert_non_null(body);
    if (row->subject_line) {
        AUTO_FREE char *subject = str_copy(
            (struct str){ strstr(buf_text(&out), "Subject:"), (size_t)(body - strstr(buf_text(&out), "Subject:")) });

        assert_string_equal(subject, row->subject_line);
    }
    if (row->body)
        assert_string_equal(body + strlen(HEADERS), row->body);
}

/* Cut between characters, and still within bounds. */
static void check_long_subject(void **state)
{
    AUTO_BUF struct buf subject = BUF(10000), out = BUF(MAIL_MESSAGE_MAX_BYTES), other = BUF(MAIL_MESSAGE_MAX_BYTES);

    (void)state;
    buf_puts(&subject, "x");
    while (subject.len < 3000)
        buf_puts(&subject, "\xe2\x82\xac");
    write_message(&out, buf_text(&subject), "");
    assert_sound(buf_str(&out));
    buf_puts(&subject, "and more");
    write_message(&other, buf_text(&subject), "");
    assert_string_equal(buf_text(&out), buf_text(&other));
}

static void check_bounds(void **state)
{
    AUTO_BUF struct buf out = BUF(MAIL_MESSAGE_MAX_BYTES);
    const char *to[] = { "a@example.com" };
    struct mail_delivery mail = { to, 1, "s", "t", -1 };
    struct error err;

    (void)state;
    assert_false(mail_message_add(&out, &mail, "a@b", "id", &err));
    mail.at_ms = INT64_MAX;
    assert_false(mail_message_add(&out, &mail, "a@b", "id", &err));
}

/* ---- the exchange ---- */

#define ARGS "{'to':['a@example.com'],'subject':'s','text':'t','at_ms':1795212000000}"
#define CALL "MAIL smtp://mail.example.com:587/example.com"
#define ANSWERS(code, words)                                                                                           \
    {                                                                                                                  \
        {                                                                                                              \
            CALL, .body = { "Message-ID: <birth-00000000000000e1@example.com>" }, .status = (code), .answer = (words)  \
        }                                                                                                              \
    }

static const struct scripted_row rows[] = {
    { "what is taken is sent", mail_send, ARGS, .calls = ANSWERS(250, NULL), .next = NEXT_DONE, .result = "{}" },
    { "what is taken for some only is not sent again, and told", mail_send, ARGS,
      .calls = ANSWERS(250, "550 5.1.1 no such user"), .next = NEXT_NEVER,
      .error = "not for everybody: 550 5.1.1 no such" },
    { "a refusal that passes is tried again, in a while", mail_send, ARGS,
      .calls = ANSWERS(451, "451 4.7.1 greylisted"), .next = NEXT_AGAIN, .error = "451 4.7.1 greylisted",
      .after_ms = MINUTE_MS },
    { "a full mailbox, too", mail_send, ARGS, .calls = ANSWERS(452, ""), .next = NEXT_AGAIN, .error = "452",
      .after_ms = MINUTE_MS },
    { "a refusal that stays is final", mail_send, ARGS, .calls = ANSWERS(554, "554 5.7.1 spam\r\n\x1b[2J"),
      .next = NEXT_NEVER, .error = "refuses it: 554 5.7.1 spam   [2J" },
    { "a server that closes is away", mail_send, ARGS, .calls = ANSWERS(421, "421 closing"), .next = NEXT_AGAIN,
      .error = "421 closing", .is_outage = true },
    { "so is one that is not there", mail_send, ARGS, .calls = { { CALL, .is_unsent = true } }, .next = NEXT_AGAIN,
      .error = "connection refused", .is_outage = true },
    { "also when an earlier answer was lost", mail_send, ARGS, .calls = { { CALL, .is_unsent = true } },
      .is_in_doubt = true, .next = NEXT_AGAIN, .error = "connection refused", .is_outage = true },
    { "one that does not answer the text is asked once more, in a while", mail_send, ARGS, .calls = ANSWERS(0, NULL),
      .next = NEXT_AGAIN, .error = "did not answer its text", .after_ms = 3 * MINUTE_MS },
    { "and not a second time", mail_send, ARGS, .calls = ANSWERS(0, NULL), .is_in_doubt = true, .next = NEXT_NEVER,
      .error = "nobody knows whether it arrived" },
    { "what is taken then is sent", mail_send, ARGS, .calls = ANSWERS(250, NULL), .is_in_doubt = true,
      .next = NEXT_DONE, .result = "{}" },
    { "a login that is refused is tried seldom", mail_send, ARGS, .calls = ANSWERS(535, "535 5.7.8 no"),
      .next = NEXT_AGAIN, .error = "login", .after_ms = 5 * MINUTE_MS },
    { "an answer of another kind is no success", mail_send, ARGS, .calls = ANSWERS(354, "354 go on"),
      .next = NEXT_AGAIN, .error = "354", .after_ms = MINUTE_MS },
    { "nobody to send it to", mail_send, "{'to':[],'subject':'s','text':'t'}", .next = NEXT_NEVER, .error = "1 to 50" },
    { "an address that is none", mail_send, "{'to':['a@example.com','b@example.com>'],'subject':'s','text':'t'}",
      .next = NEXT_NEVER, .error = "no address" },
    { "no text at all", mail_send, "{'to':['a@example.com'],'subject':'s'}", .next = NEXT_NEVER, .error = "text" },
    { "args that are none", mail_send, "[]", .next = NEXT_NEVER, .error = "the mail" },

    { "the doctor: a server that answers", mail_doctor, "{}",
      .calls = { { "EHLO smtp://mail.example.com:587/example.com", .status = 250,
                   .answer = "220 hi\r\n250 SIZE 1000\r\n" } },
      .next = NEXT_DONE,
      .result = "{'findings':[{'mark':'good','subject':'Mail','text':'it answers, and asks for no login'}]}" },
    { "the doctor: one that does not greet us", mail_doctor, "{}",
      .calls = { { "EHLO smtp://mail.example.com:587/example.com", .status = 554, .answer = "554 not you" } },
      .next = NEXT_DONE,
      .result =
          "{'findings':[{'mark':'bad','subject':'Mail','text':'it does not greet us: 554 not you','mend':'does it take mail "
          "from this machine^s address?'}]}" },
    { "the doctor: one that takes none just now", mail_doctor, "{}",
      .calls = { { "EHLO smtp://mail.example.com:587/example.com", .status = 421, .answer = "421 too busy" } },
      .next = NEXT_DONE,
      .result =
          "{'findings':[{'mark':'unreachable','subject':'Mail','text':'it takes no mail just now: 421 too busy',"
          "'mend':'ask again in some minutes; if it lasts, ask those who run it why'}]}" },
    { "the doctor: one that is away", mail_doctor, "{}",
      .calls = { { "EHLO smtp://mail.example.com:587/example.com" } }, .next = NEXT_AGAIN,
      .error = "connection refused", .is_outage = true },
};

static void run_mail(void **state)
{
    static const struct smtp_settings smtp = { .url = "smtp://mail.example.com:587", .from = "opsgate@example.com" };
    static const struct settings settings = { .smtp = &smtp };

    run_scripted_with(*state, &settings);
}

static const struct scripted_row login_rows[] = {
    { "a login goes along, and the address^s own name", mail_send, ARGS,
      .calls = { { "MAIL smtps://mail.example.com/ops.example.com", .status = 250, .signature = "other " } },
      .next = NEXT_DONE, .result = "{}" },
    { "the doctor: a login that is taken", mail_doctor, "{}",
      .calls = { { "EHLO smtps://mail.example.com/ops.example.com", .status = 250, .signature = "other ",
                   .answer = "250-mail\r\n250-auth PLAIN\r\n250 OK\r\n" } },
      .next = NEXT_DONE,
      .result = "{'findings':[{'mark':'good','subject':'Mail','text':'it answers, and takes the login'}]}" },
    { "the doctor: one that nobody is asked for", mail_doctor, "{}",
      .calls = { { "EHLO smtps://mail.example.com/ops.example.com", .status = 250,
                   .answer = "250-AUTHOR\r\n250 OK AUTH\r\n" } },
      .next = NEXT_DONE,
      .result =
          "{'findings':[{'mark':'bad','subject':'Mail','text':'it offers no login here, and smtp.username is set','mend':'use "
          "its port for submission (587 or 465), or remove smtp.username and smtp.password'}]}" },
    { "the doctor: one that is refused", mail_doctor, "{}",
      .calls = { { "EHLO smtps://mail.example.com/ops.example.com", .status = 535, .answer = "535 no" } },
      .next = NEXT_DONE,
      .result =
          "{'findings':[{'mark':'bad','subject':'Mail','text':'it refuses the login: 535 no','mend':'correct smtp.username and "
          "smtp.password'}]}" },
};

static void run_login(void **state)
{
    static const struct smtp_settings smtp = { .url = "smtps://mail.example.com/ops.example.com",
                                               .from = "opsgate@example.com",
                                               .username = "u",
                                               .password = "p" };
    static const struct settings settings = { .smtp = &smtp };

    run_scripted_with(*state, &settings);
}

/* A reload took the section away while a mail waited; and the mail that is for too many. */
static void check_never(void **state)
{
    static const struct smtp_settings smtp = { .url = "smtp://mail.example.com:587", .from = "opsgate@example.com" };
    AUTO(arena) struct arena *arena = arena_create();
    struct settings settings = { .smtp = NULL };
    struct exchange exchange = { .settings = &settings, .effect_id = "e", .arena = arena };
    struct exchange_step step;
    struct error err;
    AUTO_JSON cJSON *many = json_object();
    cJSON *to;

    (void)state;
    exchange.args = json_parse_in(arena, str_of("{\"to\":[\"a@b\"],\"subject\":\"s\",\"text\":\"t\"}"), &err);
    step = mail_send(&exchange);
    assert_int_equal(step.next, NEXT_NEVER);
    assert_non_null(strstr(step.error, "no section smtp"));

    settings.smtp = &smtp;
    to = json_set(many, "to", json_array());
    for (int i = 0; i < 300; i++)
        json_add_string(to, "a@example.com");
    json_set_string(many, "subject", "s");
    json_set_string(many, "text", "t");
    exchange.args = many;
    step = mail_send(&exchange);
    assert_int_equal(step.next, NEXT_NEVER);
    assert_non_null(strstr(step.error, "1 to 50"));
}

/* Nobody but http_out says so: the doctor tells it from a server that is away. */
static void check_no_tls(void **state)
{
    static const struct smtp_settings smtp = { .url = "smtp://mail.example.com",
                                               .from = "ops@example.com",
                                               .username = "u" };
    static const struct settings settings = { .smtp = &smtp };
    AUTO(arena) struct arena *arena = arena_create();
    const struct http_answer answer = { .is_mail = true, .failure = HTTP_MAIL_NO_TLS };
    const struct exchange exchange = { .settings = &settings, .answers = &answer, .answer_count = 1, .arena = arena };
    struct exchange_step step = mail_doctor(&exchange);
    AUTO_FREE char *found = step.result ? json_print(step.result) : NULL;

    (void)state;
    assert_int_equal(step.next, NEXT_DONE);
    assert_non_null(strstr(found, HTTP_MAIL_NO_TLS));
    assert_non_null(strstr(found, "STARTTLS (587)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_long_address), cmocka_unit_test(check_long_subject), cmocka_unit_test(check_bounds),
        cmocka_unit_test(check_never),        cmocka_unit_test(check_no_tls),
    };

    (void)run_scripted;
    return ROWS(address_rows, check_address) + ROWS(message_rows, check_message) + ROWS(rows, run_mail) +
           ROWS(login_rows, run_login) + cmocka_run_group_tests(tests, NULL, NULL);
}
