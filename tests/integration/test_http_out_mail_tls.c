/* Mails inside TLS, from the first byte or by STARTTLS: the password goes in there, and only to whom the certificate
 * names. */
#include "bot/shell/http_out.h"
#include "tests/integration/websocket_server.h"

#include <netdb.h>

#define HOST "mail.example.com"

static struct {
    struct ws_server server;
    char folder[64], certificate[96], key[96];
    struct loop *loop;
    struct resolve *resolve;
    struct http_out *out;
    bool is_done, was_sent;
    int status;
    char failure[256];
} world;

/* ---- the server, in its own process ---- */

static void say(struct ws_peer *peer, const char *text)
{
    ws_give(peer, text, strlen(text));
}

static bool read_line(struct ws_peer *peer, char *line, size_t size)
{
    size_t len = 0;

    while (len + 1 < size && ws_take(peer, line + len, 1)) {
        line[len + 1] = '\0';
        if (line[len++] == '\n')
            return true;
    }
    return false;
}

/* What it hears, and whether inside TLS, is reported. */
static bool hear(struct ws_peer *peer, char *line, size_t size)
{
    if (!read_line(peer, line, size)) {
        ws_report(peer, "gone");
        return false;
    }
    line[strcspn(line, "\r\n")] = '\0';
    ws_report(peer, "%s: %s", peer->ssl ? "tls" : "plain", line);
    return true;
}

static bool is(const char *line, const char *start)
{
    return strncmp(line, start, strlen(start)) == 0;
}

/* Everything is taken. In more pieces than one, and several in one record, so that TLS holds what no poll tells of. */
static void serve(struct ws_peer *peer, bool offers_tls)
{
    char line[1024];

    while (hear(peer, line, sizeof(line))) {
        if (is(line, "EHLO") && offers_tls && !peer->ssl)
            say(peer, "250-" HOST "\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n");
        else if (is(line, "EHLO"))
            say(peer, "250-" HOST "\r\n250 AUTH PLAIN\r\n");
        else if (is(line, "STARTTLS"))
            return;
        else if (is(line, "AUTH"))
            say(peer, "334 \r\n");
        else if (is(line, "AG")) /* what was asked for */
            say(peer, "235 ok\r\n");
        else if (is(line, "MAIL")) {
            say(peer, "250-o");
            say(peer, "k\r\n250 ok\r\n");
        } else if (is(line, "DATA")) {
            say(peer, "354 go\r\n");
            while (hear(peer, line, sizeof(line)) && strcmp(line, ".") != 0)
                ;
            say(peer, "250 taken\r\n");
        } else
            say(peer, is(line, "QUIT") ? "221 bye\r\n" : "250 ok\r\n");
    }
    _exit(0);
}

static void tls_at_once(struct ws_peer *peer)
{
    say(peer, "220 " HOST "\r\n");
    serve(peer, false);
}

static void starttls(struct ws_peer *peer)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

    say(peer, "220 " HOST "\r\n");
    serve(peer, true);
    say(peer, "220 go\r\n");
    if (SSL_CTX_use_certificate_file(tls, world.certificate, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls, world.key, SSL_FILETYPE_PEM) != 1)
        _exit(5);
    peer->ssl = SSL_new(tls);
    SSL_set_fd(peer->ssl, peer->fd);
    if (SSL_accept(peer->ssl) != 1) {
        ws_report(peer, "tls refused");
        _exit(0);
    }
    serve(peer, false);
}

/* ---- the sender ---- */

static int to_loopback(const char *host, struct resolve_addresses *ret_addresses)
{
    (void)host;
    snprintf(ret_addresses->text[0], sizeof(ret_addresses->text[0]), "127.0.0.1");
    ret_addresses->count = 1;
    return 0;
}

static void on_done(void *arg, const struct http_answer *answer)
{
    (void)arg;
    world.is_done = true;
    world.status = answer->status;
    world.was_sent = answer->was_sent;
    snprintf(world.failure, sizeof(world.failure), "%s", answer->failure ? answer->failure : "");
}

static int make_certificate(void **state)
{
    char command[1024];

    (void)state;
    snprintf(world.folder, sizeof(world.folder), "/tmp/test_http_out_mail.XXXXXX");
    assert_non_null(mkdtemp(world.folder));
    snprintf(world.certificate, sizeof(world.certificate), "%s/c.pem", world.folder);
    snprintf(world.key, sizeof(world.key), "%s/k.pem", world.folder);
    snprintf(command, sizeof(command),
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout %s -out %s -days 2 "
             "-subj /CN=" HOST " -addext subjectAltName=DNS:" HOST " 2>/dev/null",
             world.key, world.certificate);
    assert_int_equal(system(command), 0);
    return 0;
}

static int remove_certificate(void **state)
{
    (void)state;
    unlink(world.certificate);
    unlink(world.key);
    rmdir(world.folder);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    http_out_destroy(world.out);
    resolve_destroy(world.resolve);
    ws_server_end(&world.server);
    loop_destroy(world.loop);
    return 0;
}

struct wanted {
    const char *scheme, *host;
    ws_script_fn script;
    bool has_login, knows_ca;
};

static void mail_to(const struct wanted *wanted)
{
    static const char *const to[] = { "a@example.com" };
    struct http_mail mail = { "ops@example.com", to, 1 };
    struct http_header header = { "Authorization", "opsgate secret" };
    struct error err;
    char url[200];

    world.is_done = false;
    ws_server_begin(&world.server, wanted->script, wanted->script == tls_at_once ? world.certificate : NULL, world.key);
    world.loop = loop_create(&err);
    world.resolve = resolve_create(&(struct resolve_options){ .loop = world.loop, .lookup = to_loopback });
    world.out = http_out_create(&(struct http_out_options){ .loop = world.loop,
                                                            .resolve = world.resolve,
                                                            .connect_ms = RAW_WAIT_MS,
                                                            .ca_file = wanted->knows_ca ? world.certificate : NULL },
                                &err);
    snprintf(url, sizeof(url), "%s://%s:%d/me.example.com", wanted->scheme, wanted->host, world.server.port);
    assert_non_null(http_out_start(world.out,
                                   &(struct http_call){ .method = "MAIL",
                                                        .url = url,
                                                        .mail = &mail,
                                                        .headers = &header,
                                                        .header_count = wanted->has_login ? 1 : 0,
                                                        .body = STR_LIT("Subject: x\r\n\r\nhello\r\n"),
                                                        .timeout_ms = RAW_WAIT_MS },
                                   on_done, NULL, &err));
    raw_wait(world.loop, &world.is_done);
}

static void assert_taken_inside_tls(void)
{
    if (world.status != 250)
        fail_msg("%d %s", world.status, world.failure);
    ws_server_wait(&world.server, world.loop, "tls: AG9wc2dhdGUAc2VjcmV0\n", 1); /* \0 opsgate \0 secret */
    ws_server_wait(&world.server, world.loop, "tls: hello\n", 1);
    ws_server_wait(&world.server, world.loop, "tls: QUIT\n", 1);
}

/* Not even its name was told. */
static void assert_nothing_was_told(const char *failure)
{
    assert_int_equal(world.status, 0);
    assert_false(world.was_sent);
    if (!strstr(world.failure, failure))
        fail_msg("no '%s' in: %s", failure, world.failure);
    ws_server_wait(&world.server, world.loop, "tls refused\n", 1);
    assert_int_equal(ws_server_count(&world.server, "AUTH"), 0);
    assert_int_equal(ws_server_count(&world.server, "MAIL"), 0);
}

static void a_mail_goes_inside_tls_from_the_first_byte(void **state)
{
    (void)state;
    mail_to(&(struct wanted){ "smtps", HOST, tls_at_once, true, true });
    assert_taken_inside_tls();
}

static void and_by_starttls(void **state)
{
    (void)state;
    mail_to(&(struct wanted){ "smtp", HOST, starttls, true, true });
    ws_server_wait(&world.server, world.loop, "plain: STARTTLS\n", 1);
    assert_taken_inside_tls();
    assert_int_equal(ws_server_count(&world.server, "plain: AUTH"), 0);
}

static void tls_is_taken_where_it_is_offered_without_a_password_too(void **state)
{
    (void)state;
    mail_to(&(struct wanted){ "smtp", HOST, starttls, false, true });
    assert_int_equal(world.status, 250);
    ws_server_wait(&world.server, world.loop, "tls: hello\n", 1);
}

static void a_certificate_that_nobody_vouches_for_is_none(void **state)
{
    (void)state;
    mail_to(&(struct wanted){ "smtps", HOST, tls_at_once, true, false });
    assert_nothing_was_told("certificate");
}

static void nor_is_it_by_starttls(void **state)
{
    (void)state;
    mail_to(&(struct wanted){ "smtp", HOST, starttls, true, false });
    assert_nothing_was_told("certificate");
}

static void nor_does_a_mail_without_a_password_fall_back(void **state)
{
    (void)state;
    mail_to(&(struct wanted){ "smtp", HOST, starttls, false, false });
    assert_nothing_was_told("certificate");
}

/* TLS is whole then, and it is the name that is wrong. */
static void another_hosts_certificate_is_none(void **state)
{
    (void)state;
    mail_to(&(struct wanted){ "smtp", "other.example.com", starttls, true, true });
    assert_int_equal(world.status, 0);
    assert_false(world.was_sent);
    assert_int_equal(ws_server_count(&world.server, "AUTH"), 0);
}

#define WITH(test) cmocka_unit_test_teardown(test, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(a_mail_goes_inside_tls_from_the_first_byte),
        WITH(and_by_starttls),
        WITH(tls_is_taken_where_it_is_offered_without_a_password_too),
        WITH(a_certificate_that_nobody_vouches_for_is_none),
        WITH(nor_is_it_by_starttls),
        WITH(nor_does_a_mail_without_a_password_fall_back),
        WITH(another_hosts_certificate_is_none),
    };

    return cmocka_run_group_tests(tests, make_certificate, remove_certificate);
}
