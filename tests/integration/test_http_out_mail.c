/* Mails to a server that does what its script says: it takes them, refuses, stalls, closes, or talks nonsense; and the
 * password that does not go out in the clear. */
#include "bot/shell/http_out.h"
#include "tests/integration/raw.h"

#include <netdb.h>
#include <stdlib.h>

#define GREETS "220 mail.example.com ESMTP\r\n"
#define CLOSES "" /* in place of an answer */
#define SILENT ((const char *)1)
#define SLOW '~' /* before an answer: it comes later than a connection may take to be made */
#define SLOW_MS 2000
#define CONNECT_MS 1500 /* less than that, and on a slow machine still enough to connect */
#define ANSWERS_MAX 12
#define MESSAGE "Subject: x\r\n\r\n.one\r\n"

/* ---- the server: one connection at a time, an answer for each line, and one for each whole message ---- */

struct server {
    struct loop *loop;
    uv_poll_t accepting, *poll;
    int fd, peer, port, accepted;
    const char *const *answers; /* the greeting first */
    struct loop_timer *slow;
    size_t at;
    bool is_in_message, is_late;
    struct buf heard, line;
};

static void free_poll(uv_handle_t *poll)
{
    free(poll);
}

static void close_peer(struct server *server)
{
    loop_timer_cancel(TAKE(server->slow));
    if (server->peer < 0)
        return;
    uv_poll_stop(server->poll);
    uv_close((uv_handle_t *)server->poll, free_poll);
    close(server->peer);
    server->peer = -1;
}

static void answer(struct server *server);

static void on_slow(void *arg)
{
    struct server *server = arg;

    server->slow = NULL;
    answer(server);
}

static void answer(struct server *server)
{
    const char *says = server->answers[server->at] ? server->answers[server->at] : SILENT;

    if (says == SILENT)
        return;
    if (*says == SLOW && !server->is_late) {
        server->is_late = true;
        server->slow = loop_timer_start(server->loop, SLOW_MS, on_slow, server);
        return;
    }
    says += server->is_late ? 1 : 0;
    server->is_late = false;
    server->at++;
    if (!*says) {
        close_peer(server);
        return;
    }
    server->is_in_message = strncmp(says, "354", 3) == 0;
    assert_true(send(server->peer, says, strlen(says), MSG_NOSIGNAL) > 0);
}

static void on_peer(uv_poll_t *poll, int status, int events)
{
    struct server *server = poll->data;
    char byte;
    ssize_t got = 0;

    (void)status, (void)events;
    while (server->peer >= 0 && (got = recv(server->peer, &byte, 1, MSG_DONTWAIT)) == 1) {
        buf_putc(&server->heard, byte);
        buf_putc(&server->line, byte);
        if (byte != '\n')
            continue;
        if (!server->is_in_message || str_is(buf_str(&server->line), ".\r\n")) {
            server->is_in_message = false;
            answer(server);
        }
        buf_clear(&server->line);
    }
    if (got == 0)
        close_peer(server);
}

static void on_accept(uv_poll_t *poll, int status, int events)
{
    struct server *server = poll->data;

    (void)status, (void)events;
    assert_true(server->peer < 0);
    server->peer = accept4(server->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    server->accepted++;
    server->at = 0;
    server->poll = xcalloc(1, sizeof(*server->poll));
    uv_poll_init(loop_uv(server->loop), server->poll, server->peer);
    server->poll->data = server;
    uv_poll_start(server->poll, UV_READABLE, on_peer);
    answer(server);
}

static void server_start(struct server *server, struct loop *loop)
{
    struct sockaddr_in here = { .sin_family = AF_INET };
    socklen_t len = sizeof(here);

    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *server = (struct server){ .loop = loop, .peer = -1, .heard = BUF(1 << 20), .line = BUF(1 << 20) };
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->fd, (struct sockaddr *)&here, len), 0);
    assert_int_equal(listen(server->fd, 8), 0);
    getsockname(server->fd, (struct sockaddr *)&here, &len);
    server->port = ntohs(here.sin_port);
    uv_poll_init(loop_uv(loop), &server->accepting, server->fd);
    server->accepting.data = server;
    uv_poll_start(&server->accepting, UV_READABLE, on_accept);
}

/* ---- the sender ---- */

struct fixture {
    struct loop *loop;
    struct resolve *resolve;
    struct http_out *out;
    struct server server;
    struct http_mail mail;
    bool is_done, was_sent, is_mail;
    int count, status, asked, may_send_times;
    char failure[256];
    struct buf body;
};

static int to_loopback(const char *host, struct resolve_addresses *ret_addresses)
{
    (void)host;
    snprintf(ret_addresses->text[0], sizeof(ret_addresses->text[0]), "127.0.0.1");
    ret_addresses->count = 1;
    return 0;
}

static int begin(void **state)
{
    struct fixture *fixture = xcalloc(1, sizeof(*fixture));
    struct error err;

    fixture->loop = loop_create(&err);
    fixture->resolve = resolve_create(&(struct resolve_options){ .loop = fixture->loop, .lookup = to_loopback });
    /* whatever is said of a proxy is for HTTP */
    fixture->out = http_out_create(&(struct http_out_options){ .loop = fixture->loop,
                                                               .resolve = fixture->resolve,
                                                               .connect_ms = CONNECT_MS,
                                                               .proxy = "http://127.0.0.1:1" },
                                   &err);
    server_start(&fixture->server, fixture->loop);
    fixture->body = BUF(1 << 16);
    fixture->may_send_times = 1000;
    *state = fixture;
    return 0;
}

static int finish(void **state)
{
    struct fixture *fixture = *state;

    http_out_destroy(fixture->out);
    resolve_destroy(fixture->resolve);
    close_peer(&fixture->server);
    uv_poll_stop(&fixture->server.accepting);
    uv_close((uv_handle_t *)&fixture->server.accepting, NULL);
    close(fixture->server.fd);
    loop_run_once(fixture->loop);
    loop_destroy(fixture->loop);
    buf_finish(&fixture->server.heard);
    buf_finish(&fixture->server.line);
    buf_finish(&fixture->body);
    free(fixture);
    return 0;
}

static void on_done(void *arg, const struct http_answer *answer)
{
    struct fixture *fixture = arg;

    fixture->is_done = true;
    fixture->count++;
    fixture->status = answer->status;
    fixture->was_sent = answer->was_sent;
    fixture->is_mail = answer->is_mail;
    assert_int_equal(answer->failure != NULL, answer->status == 0);
    snprintf(fixture->failure, sizeof(fixture->failure), "%s", answer->failure ? answer->failure : "");
    buf_clear(&fixture->body);
    buf_add_str(&fixture->body, answer->body);
}

static bool may_send(void *arg)
{
    struct fixture *fixture = arg;

    return fixture->asked++ < fixture->may_send_times;
}

static struct http_out_call *start_to(struct fixture *fixture, const char *scheme, const char *host,
                                      const char *const *answers, const char *login, int64_t timeout_ms)
{
    static const char *const to[] = { "a@example.com", "b@example.com" };
    struct http_header header = { "Authorization", login };
    struct http_out_call *call;
    struct error err;
    char url[200];

    if (!fixture->mail.from)
        fixture->mail = (struct http_mail){ "ops@example.com", to, 2 };
    fixture->server.answers = answers;
    snprintf(url, sizeof(url), "%s://%s:%d/me.example.com", scheme, host, fixture->server.port);
    call = http_out_start(fixture->out,
                          &(struct http_call){ .method = "MAIL",
                                               .url = url,
                                               .mail = &fixture->mail,
                                               .headers = &header,
                                               .header_count = login ? 1 : 0,
                                               .body = STR_LIT(MESSAGE),
                                               .timeout_ms = timeout_ms },
                          on_done, fixture, &err);
    assert_non_null(call);
    http_out_ask_first(call, may_send, fixture);
    return call;
}

static void mail_to(struct fixture *fixture, const char *scheme, const char *host, const char *const *answers,
                    const char *login)
{
    start_to(fixture, scheme, host, answers, login, RAW_WAIT_MS);
    raw_wait(fixture->loop, &fixture->is_done);
    assert_int_equal(fixture->count, 1);
    assert_true(fixture->is_mail);
}

static bool heard(const struct fixture *fixture, const char *text)
{
    return str_contains(buf_str(&fixture->server.heard), text);
}

/* ---- what becomes of it ---- */

static const struct row {
    const char *name;
    const char *answers[ANSWERS_MAX];
    int status;
    const char *failure, *body; /* of it; NULL: not looked at */
    bool was_sent;
} rows[] = {
    { "a mail is taken",
      { GREETS, "250-hi\r\n250 SIZE 1000\r\n", "250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 ok\r\n" },
      250,
      NULL,
      "",
      true },
    { "one of two recipients is not",
      { GREETS, "250 hi\r\n", "250 ok\r\n", "550 no a\r\n", "250 ok\r\n", "354 go\r\n", "250 ok\r\n" },
      250,
      NULL,
      "550 no a",
      true },
    { "a server that knows HELO alone",
      { GREETS, "502 what?\r\n", "250 hi\r\n", "250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 ok\r\n" },
      250,
      NULL,
      "",
      true },
    { "the sender is refused for now",
      { GREETS, "250 hi\r\n", "451 greylisted\r\n" },
      451,
      NULL,
      "451 greylisted",
      false },
    { "the recipients are refused for good",
      { GREETS, "250 hi\r\n", "250 ok\r\n", "550 a\r\n", "550 b\r\n" },
      550,
      NULL,
      "550 a\n550 b",
      false },
    { "the text is refused",
      { GREETS, "250 hi\r\n", "250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "554 spam\r\n" },
      554,
      NULL,
      "554 spam",
      true },
    { "nobody is greeted", { "554 not you\r\n" }, 554, NULL, "554 not you", false },
    { "a server that is about to close", { "421 too busy\r\n" }, 421, NULL, "421 too busy", false },
    { "one that is slow to greet",
      { "~" GREETS, "~250 hi\r\n", "250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "~250 ok\r\n" },
      250,
      NULL,
      "",
      true },
    { "one that says no after a while", { "~554 not you\r\n" }, 554, NULL, "554 not you", false },
    { "a server that closes at once", { CLOSES }, 0, NULL, NULL, false },
    { "one that closes behind EHLO", { GREETS, CLOSES }, 0, NULL, NULL, false },
    { "one that closes behind MAIL",
      { GREETS, "250 hi\r\n", CLOSES },
      0,
      "it closed the connection before it had answered",
      NULL,
      false },
    { "one that closes behind the text: it may have it",
      { GREETS, "250 hi\r\n", "250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", CLOSES },
      0,
      "it closed the connection before it had answered",
      NULL,
      true },
    { "something else than SMTP",
      { GREETS, "250 hi\r\n", "HTTP/1.1 400 Bad Request\r\n" },
      0,
      "it does not speak SMTP",
      NULL,
      false },
    { "two answers to one question",
      { GREETS, "250 hi\r\n", "250 ok\r\n250 ok\r\n" },
      0,
      "it answers what was not asked",
      NULL,
      false },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    void *made;
    struct fixture *fixture;

    begin(&made);
    fixture = made;
    mail_to(fixture, "smtp", "127.0.0.1", row->answers, NULL);
    assert_int_equal(fixture->status, row->status);
    if (row->failure)
        assert_string_equal(fixture->failure, row->failure);
    if (row->body)
        assert_string_equal(buf_text(&fixture->body), row->body);
    assert_int_equal(fixture->was_sent, row->was_sent);
    assert_int_equal(heard(fixture, "..one\r\n.\r\n"), row->was_sent);
    if (row->status >= 250 && row->was_sent)
        assert_true(heard(fixture, "O me.example.com\r\nMAIL FROM:<ops@example.com>\r\n"));
    finish(&made);
}

static void a_server_that_says_nothing_is_given_up(void **state)
{
    static const char *const silent[] = { GREETS,       "250 hi\r\n", "250 ok\r\n", "250 ok\r\n",
                                          "250 ok\r\n", "354 go\r\n", NULL };
    struct fixture *fixture = *state;

    start_to(fixture, "smtp", "127.0.0.1", silent, NULL, 3000);
    raw_wait(fixture->loop, &fixture->is_done);
    assert_int_equal(fixture->status, 0);
    assert_string_equal(fixture->failure, "no answer within 3000 ms");
    assert_true(fixture->was_sent);
}

/* What curl itself would have waited for, with the loop: the loop turns meanwhile. */
static void the_loop_turns_while_a_server_thinks(void **state)
{
    static const char *const silent[] = { GREETS,       "250 hi\r\n", "250 ok\r\n", "250 ok\r\n",
                                          "250 ok\r\n", "354 go\r\n", NULL };
    struct fixture *fixture = *state;

    start_to(fixture, "smtp", "127.0.0.1", silent, NULL, 2 * RAW_WAIT_MS);
    while (!heard(fixture, "\r\n.\r\n"))
        raw_turn(fixture->loop, -1, 0);
    for (int i = 0; i < 100; i++)
        raw_turn(fixture->loop, -1, 0);
    assert_false(fixture->is_done);
    assert_true(send(fixture->server.peer, "250 ok\r\n", 8, MSG_NOSIGNAL) == 8);
    raw_wait(fixture->loop, &fixture->is_done);
    assert_int_equal(fixture->status, 250);
}

static void a_cancelled_mail_is_silent(void **state)
{
    static const char *const silent[] = { GREETS, "250 hi\r\n", NULL };
    struct fixture *fixture = *state;
    struct http_out_call *call = start_to(fixture, "smtp", "127.0.0.1", silent, NULL, RAW_WAIT_MS);

    while (!heard(fixture, "MAIL FROM"))
        raw_turn(fixture->loop, -1, 0);
    http_out_cancel(call);
    while (fixture->server.peer >= 0) /* it is closed */
        raw_turn(fixture->loop, -1, 0);
    assert_int_equal(fixture->count, 0);
}

static void a_server_that_is_not_there(void **state)
{
    struct fixture *fixture = *state;
    struct error err;

    fixture->mail.from = "ops@example.com";
    assert_non_null(http_out_start(
        fixture->out,
        &(struct http_call){
            .method = "EHLO", .url = "smtp://127.0.0.1:1/x", .mail = &fixture->mail, .timeout_ms = RAW_WAIT_MS },
        on_done, fixture, &err));
    raw_wait(fixture->loop, &fixture->is_done);
    assert_int_equal(fixture->status, 0);
    assert_false(fixture->was_sent);
}

/* ---- the lease ---- */

static void whoever_may_not_send_any_more_does_not(void **state)
{
    static const char *const answers[] = { GREETS,       "250 hi\r\n", "250 ok\r\n", "250 ok\r\n",
                                           "250 ok\r\n", "354 go\r\n", "250 ok\r\n", NULL };
    struct fixture *fixture = *state;

    fixture->may_send_times = 0;
    mail_to(fixture, "smtp", "127.0.0.1", answers, NULL);
    assert_string_equal(fixture->failure, HTTP_OUT_HELD_BACK);
    assert_false(fixture->was_sent);
    assert_false(heard(fixture, "MAIL FROM"));
}

static void nor_the_text_when_the_lease_ends_meanwhile(void **state)
{
    static const char *const answers[] = { GREETS,       "250 hi\r\n", "250 ok\r\n", "250 ok\r\n",
                                           "250 ok\r\n", "354 go\r\n", "250 ok\r\n", NULL };
    struct fixture *fixture = *state;

    fixture->may_send_times = 1;
    mail_to(fixture, "smtp", "127.0.0.1", answers, NULL);
    assert_string_equal(fixture->failure, HTTP_OUT_HELD_BACK);
    assert_false(fixture->was_sent);
    assert_true(heard(fixture, "DATA\r\n"));
    assert_false(heard(fixture, "Subject"));
}

/* ---- the login ---- */

#define LOGIN "opsgate secret words"

static void the_password_does_not_leave_without_tls(void **state)
{
    static const char *const answers[] = { GREETS, "250-hi\r\n250 AUTH PLAIN\r\n", "334 \r\n", "235 ok\r\n", NULL };
    struct fixture *fixture = *state;

    mail_to(fixture, "smtp", "mail.example.com", answers, LOGIN);
    assert_int_equal(fixture->status, 0);
    assert_string_equal(fixture->failure, HTTP_MAIL_NO_TLS);
    assert_false(heard(fixture, "AUTH"));
    assert_false(heard(fixture, "MAIL"));
}

static void nor_when_tls_is_offered_and_then_refused(void **state)
{
    static const char *const answers[] = { GREETS, "250-hi\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n", "454 not now\r\n",
                                           "334 \r\n", NULL };
    struct fixture *fixture = *state;

    mail_to(fixture, "smtp", "mail.example.com", answers, LOGIN);
    assert_int_equal(fixture->status, 454);
    assert_false(heard(fixture, "AUTH"));
}

/* What stands behind the go-on of STARTTLS was put there by somebody else: it is no TLS. */
static void nor_to_somebody_who_only_claims_tls(void **state)
{
    static const char *const answers[] = { GREETS, "250-hi\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n",
                                           "220 go\r\n250 AUTH PLAIN\r\n", NULL };
    struct fixture *fixture = *state;

    mail_to(fixture, "smtp", "mail.example.com", answers, LOGIN);
    assert_int_equal(fixture->status, 0);
    assert_false(heard(fixture, "AUTH"));
}

static void to_this_machine_itself_it_does(void **state)
{
    static const char *const answers[] = { GREETS,       "250-hi\r\n250 AUTH PLAIN\r\n",
                                           "334 \r\n",   "235 ok\r\n",
                                           "250 ok\r\n", "250 ok\r\n",
                                           "250 ok\r\n", "354 go\r\n",
                                           "250 ok\r\n", NULL };
    struct fixture *fixture = *state;

    mail_to(fixture, "smtp", "localhost", answers, LOGIN);
    assert_int_equal(fixture->status, 250);
    assert_true(heard(fixture, "AUTH PLAIN\r\nAG9wc2dhdGUAc2VjcmV0IHdvcmRz\r\n")); /* \0 opsgate \0 secret words */
}

static void a_login_that_is_refused_is_told(void **state)
{
    static const char *const answers[] = { GREETS, "250-hi\r\n250 AUTH PLAIN\r\n", "334 \r\n", "535 5.7.8 no\r\n",
                                           NULL };
    struct fixture *fixture = *state;

    mail_to(fixture, "smtp", "127.0.0.1", answers, LOGIN);
    assert_int_equal(fixture->status, 535);
    assert_string_equal(buf_text(&fixture->body), "535 5.7.8 no");
}

static void also_when_that_takes_a_while(void **state)
{
    static const char *const answers[] = { GREETS, "250-hi\r\n250 AUTH PLAIN\r\n", "334 \r\n", "~535 5.7.8 no\r\n",
                                           NULL };
    struct fixture *fixture = *state;

    mail_to(fixture, "smtp", "127.0.0.1", answers, LOGIN);
    assert_int_equal(fixture->status, 535);
    assert_string_equal(buf_text(&fixture->body), "535 5.7.8 no");
}

static void without_a_login_a_server_without_tls_will_do(void **state)
{
    static const char *const answers[] = { GREETS,       "250 hi\r\n", "250 ok\r\n", "250 ok\r\n",
                                           "250 ok\r\n", "354 go\r\n", "250 ok\r\n", NULL };
    struct fixture *fixture = *state;

    mail_to(fixture, "smtp", "mail.example.com", answers, NULL);
    assert_int_equal(fixture->status, 250);
}

static void tls_at_once_takes_nothing_else(void **state)
{
    static const char *const answers[] = { GREETS, NULL };
    struct fixture *fixture = *state;

    mail_to(fixture, "smtps", "127.0.0.1", answers, LOGIN);
    assert_int_equal(fixture->status, 0);
    assert_false(fixture->was_sent);
}

/* ---- a look, and no mail ---- */

static void a_look_greets_and_sends_nothing(void **state)
{
    static const char *const answers[] = { GREETS, "250-hi\r\n250 AUTH PLAIN\r\n", "334 \r\n", "235 ok\r\n", NULL };
    struct fixture *fixture = *state;

    fixture->mail.from = "ops@example.com";
    mail_to(fixture, "smtp", "127.0.0.1", answers, LOGIN);
    assert_int_equal(fixture->status, 250);
    assert_true(str_contains(buf_str(&fixture->body), "250 AUTH PLAIN\r\n"));
    while (fixture->server.peer >= 0)
        raw_turn(fixture->loop, -1, 0);
    assert_true(heard(fixture, "QUIT\r\n"));
    assert_false(heard(fixture, "MAIL"));
}

static void an_envelope_with_a_line_end_goes_nowhere(void **state)
{
    static const char *const bad[] = { "a@example.com>\r\nRCPT TO:<x@example.com", "", "a b@example.com",
                                       "\xc3\xbc@example.com" };
    struct fixture *fixture = *state;
    struct error err;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct http_mail mail = { "ops@example.com", &bad[i], 1 }, from = { bad[i], NULL, 0 };
        struct http_call call = { .method = "MAIL", .url = "smtp://127.0.0.1:1/x", .mail = &mail };

        assert_null(http_out_start(fixture->out, &call, on_done, fixture, &err));
        call.mail = &from;
        assert_null(http_out_start(fixture->out, &call, on_done, fixture, &err));
    }
    assert_null(http_out_start(fixture->out,
                               &(struct http_call){ .method = "MAIL",
                                                    .url = "http://127.0.0.1/",
                                                    .mail = &(struct http_mail){ "a@b", NULL, 0 } },
                               on_done, fixture, &err));
    assert_null(http_out_start(fixture->out, &(struct http_call){ .method = "GET", .url = "smtp://127.0.0.1/" },
                               on_done, fixture, &err));
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int main(void)
{
    struct CMUnitTest of_rows[ARRAY_LEN(rows)];
    const struct CMUnitTest tests[] = {
        WITH(a_server_that_says_nothing_is_given_up),
        WITH(the_loop_turns_while_a_server_thinks),
        WITH(a_cancelled_mail_is_silent),
        WITH(a_server_that_is_not_there),
        WITH(whoever_may_not_send_any_more_does_not),
        WITH(nor_the_text_when_the_lease_ends_meanwhile),
        WITH(the_password_does_not_leave_without_tls),
        WITH(nor_when_tls_is_offered_and_then_refused),
        WITH(nor_to_somebody_who_only_claims_tls),
        WITH(to_this_machine_itself_it_does),
        WITH(a_login_that_is_refused_is_told),
        WITH(also_when_that_takes_a_while),
        WITH(without_a_login_a_server_without_tls_will_do),
        WITH(tls_at_once_takes_nothing_else),
        WITH(a_look_greets_and_sends_nothing),
        WITH(an_envelope_with_a_line_end_goes_nowhere),
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        of_rows[i] = (struct CMUnitTest){ .name = rows[i].name,
                                          .test_func = check_row,
                                          .initial_state = (void *)(uintptr_t)&rows[i] };
    return cmocka_run_group_tests(of_rows, NULL, NULL) + cmocka_run_group_tests(tests, NULL, NULL);
}
