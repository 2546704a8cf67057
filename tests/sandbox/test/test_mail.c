/* The mail server refuses what a strict one refuses, in an order of its own, and keeps what it takes as people read it.
 */
#include "mail_client.h"
#include "stage.h"

#include <stdio.h>
#include <string.h>

#define HELLO "EHLO me\r\n"
#define ENVELOPE HELLO "MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n"
#define HEADERS "Date: Fri, 20 Nov 2026 22:00:00 +0000\r\nFrom: a@example.com\r\nMessage-ID: <1@example.com>\r\n"
#define MAIL(rest) ENVELOPE HEADERS rest "\r\n.\r\n"

/* ---- what it says ---- */

static const struct row {
    const char *name, *said, *hears; /* the end of what it answers, but for its word to QUIT */
} rows[] = {
    { "it greets", HELLO, "220 sandbox ESMTP\r\n250-sandbox\r\n250 SIZE 1048576\r\n" },
    { "nothing without a greeting", "MAIL FROM:<a@example.com>\r\n", "503 5.5.1 first EHLO, then one MAIL\r\n" },
    { "a greeting has a name", "EHLO\r\n", "501 5.5.4 EHLO needs a name\r\n" },
    { "a sender is an address", HELLO "MAIL FROM:a@example.com\r\n", "501 5.1.7 that is no address\r\n" },
    { "one sender", HELLO "MAIL FROM:<a@b>\r\nMAIL FROM:<a@b>\r\n", "503 5.5.1 first EHLO, then one MAIL\r\n" },
    { "a recipient comes behind a sender", HELLO "RCPT TO:<a@b>\r\n", "503 5.5.1 MAIL first\r\n" },
    { "and is an address", HELLO "MAIL FROM:<a@b>\r\nRCPT TO:<ab>\r\n", "501 5.1.3 that is no address\r\n" },
    { "no text to nobody", HELLO "MAIL FROM:<a@b>\r\nDATA\r\n", "503 5.5.1 MAIL and RCPT first\r\n" },
    { "what is not known", "STARTTLS\r\n", "502 5.5.1 no such command here\r\n" },
    { "nor what is the log's alone", "TEXT\r\n", "502 5.5.1 no such command here\r\n" },
    { "a login that nobody asked for", HELLO "AUTH PLAIN AGEAYg==\r\n", "503 5.5.1 nobody has to log in here\r\n" },
    { "a mail", MAIL("Subject: x\r\n\r\nhi"), "354 go on\r\n250 2.0.0 taken\r\n" },
    { "a line without CR", MAIL("\r\na\nb"), "550 5.6.0 a line that does not end with CRLF\r\n" },
    { "a CR within a line", MAIL("\r\na\rb"), "550 5.6.0 a line that does not end with CRLF\r\n" },
    { "a byte that is not ASCII", MAIL("\r\n\xc3\xbc"),
      "550 5.6.3 a byte that needs 8BITMIME, which was not offered\r\n" },
    { "no date", ENVELOPE "From: a@b\r\nMessage-ID: <1@b>\r\n\r\n.\r\n", "550 5.6.0 no date\r\n" },
    { "two senders", MAIL("From: b@b\r\n"), "550 5.6.0 two headers called from\r\n" },
    { "a header without a name", MAIL("no name\r\n"), "550 5.6.0 a header without a name\r\n" },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_FREE char *answer = NULL, *end = text_format("%s221 2.0.0 bye\r\n", row->hears);
    void *stage = NULL;

    stage_set_up(&stage);
    answer = mail_talk(&((const struct stage *)stage)->sandbox, row->said);
    if (!str_ends_with(str_of(answer), end))
        fail_msg("no %s at the end of\n%s", end, answer);
    stage_tear_down(&stage);
}

/* ---- what it keeps ---- */

static void a_mail_is_kept_as_people_read_it(void **state)
{
    const struct stage *stage = *state;
    AUTO_FREE char *answer =
        mail_talk(&stage->sandbox, MAIL("Subject: =?UTF-8?B?UsO8Y2s=?=\r\n =?UTF-8?B?cm9sbGU=?= now\r\n"
                                        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
                                        "..=C3=BC =3D 1=20\r\nlong=\r\ner"));
    AUTO_JSON cJSON *world = sandbox_get(&stage->sandbox, "state");
    const cJSON *mails = json_find(world, "mail.mails"), *mail = cJSON_GetArrayItem(mails, 0);

    assert_non_null(strstr(answer, "250 2.0.0 taken"));
    assert_int_equal(cJSON_GetArraySize(mails), 1);
    assert_string_equal(tree_text(mail, "from"), "a@example.com");
    assert_string_equal(cJSON_GetArrayItem(tree_get(mail, "to"), 0)->valuestring, "b@example.com");
    assert_string_equal(tree_text(mail, "subject"), "R\xc3\xbc"
                                                    "ckrolle now");
    assert_string_equal(tree_text(mail, "text"), ".\xc3\xbc = 1 \nlonger\n");
    assert_string_equal(tree_text(mail, "message_id"), "<1@example.com>");
}

static void two_mails_over_one_connection(void **state)
{
    const struct stage *stage = *state;
    AUTO_FREE char *answer = mail_talk(
        &stage->sandbox,
        MAIL("\r\none") "MAIL FROM:<a@example.com>\r\nRCPT TO:<c@example.com>\r\nDATA\r\n" HEADERS "\r\ntwo\r\n.\r\n");
    AUTO_JSON cJSON *world = sandbox_get(&stage->sandbox, "state");

    (void)answer;
    assert_int_equal(cJSON_GetArraySize(json_find(world, "mail.mails")), 2);
}

/* ---- a login ---- */

static void whoever_sends_may_have_to_log_in(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *changed =
        sandbox_post(&stage->sandbox, "world", "{\"mail\":{\"username\":\"u\",\"password\":\"p\"}}");
    AUTO_FREE char *without = mail_talk(&stage->sandbox, HELLO "MAIL FROM:<a@b>\r\n");
    AUTO_FREE char *wrong = mail_talk(&stage->sandbox, HELLO "AUTH PLAIN AHUAeA==\r\n");
    AUTO_FREE char *right = mail_talk(&stage->sandbox, HELLO "AUTH PLAIN AHUAcA==\r\nMAIL FROM:<a@b>\r\n");
    AUTO_FREE char *in_two = mail_talk(&stage->sandbox, HELLO "AUTH PLAIN\r\nAHUAcA==\r\nMAIL FROM:<a@b>\r\n");
    AUTO_FREE char *garbage = mail_talk(&stage->sandbox, HELLO "AUTH PLAIN ****\r\nAUTH PLAIN AA==\r\n");

    assert_non_null(strstr(without, "250 AUTH PLAIN\r\n530 5.7.0"));
    assert_non_null(strstr(wrong, "535 5.7.8"));
    assert_non_null(strstr(right, "235 2.7.0 welcome\r\n250 2.1.0 ok"));
    assert_non_null(strstr(in_two, "334 \r\n235 2.7.0 welcome\r\n250 2.1.0 ok"));
    assert_non_null(strstr(garbage, "501 5.5.2 AUTH PLAIN, please\r\n535 5.7.8"));
}

/* ---- faults ---- */

static void faults_come_at_any_command(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *later = sandbox_post(
        &stage->sandbox, "faults", "{\"service\":\"mail\",\"match\":\"RCPT\",\"fault\":\"status\",\"value\":451}");
    AUTO_FREE char *refused = mail_talk(&stage->sandbox, MAIL("\r\nhi"));
    AUTO_JSON cJSON *cut =
        sandbox_post(&stage->sandbox, "faults", "{\"service\":\"mail\",\"match\":\"TEXT\",\"fault\":\"drop_after\"}");
    AUTO_FREE char *dropped = mail_talk(&stage->sandbox, MAIL("\r\nhi"));
    AUTO_JSON cJSON *world = sandbox_get(&stage->sandbox, "state");

    assert_non_null(strstr(refused, "451 a fault on demand\r\n503"));
    assert_null(strstr(dropped, "taken"));
    assert_int_equal(cJSON_GetArraySize(json_find(world, "mail.mails")), 1); /* it was taken all the same */
}

int main(int argc, char **argv)
{
    struct CMUnitTest of_rows[ARRAY_LEN(rows)];
    const struct CMUnitTest tests[] = {
        STORY(a_mail_is_kept_as_people_read_it),
        STORY(two_mails_over_one_connection),
        STORY(whoever_sends_may_have_to_log_in),
        STORY(faults_come_at_any_command),
    };

    if (argc != 2)
        return 2;
    stage_program = argv[1];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        of_rows[i] = (struct CMUnitTest){ .name = rows[i].name,
                                          .test_func = check_row,
                                          .initial_state = (void *)(uintptr_t)&rows[i] };
    return cmocka_run_group_tests(of_rows, NULL, NULL) + cmocka_run_group_tests(tests, NULL, NULL);
}
