#include "bot/shell/http_out_mail.h"

#include "bot/shell/smtp_dialogue.h"

#include <string.h>

#define GREETING_MAX_BYTES (16 * 1024)
#define PROBED 250 /* nothing was to be sent: the greeting was all */

struct http_out_mail {
    struct http_out_call *call;
    struct http_mail envelope;
    struct buf greeting; /* every line until the login is over */
    struct smtp_dialogue dialogue;
    struct mail_poll *poll;
    size_t sent; /* of the dialogue's `out` */
    int status;  /* of a refusal before the dialogue, or of a probe; else 0 */
};

struct mail_poll {
    uv_poll_t poll; /* outlives the call: freed when libuv has let go */
    struct http_out_mail *mail;
};

/* ---- to curl ---- */

static bool is_plain(const char *text)
{
    for (const char *c = text; c && *c; c++)
        if (*c <= ' ' || *c > '~' || *c == '<' || *c == '>')
            return false;
    return text && *text;
}

bool http_out_mail_check(const struct http_call *from, struct error *err)
{
    if (!is_plain(from->mail->from))
        return error_set(err, ERR_INVALID, "mail: the sender's address is malformed");
    for (size_t i = 0; i < from->mail->to_count; i++)
        if (!is_plain(from->mail->to[i]))
            return error_set(err, ERR_INVALID, "mail: a recipient's address is malformed");
    return true;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the type is curl's */
static size_t take_greeting(char *at, size_t size, size_t count, void *arg)
{
    struct http_out_mail *mail = arg;

    buf_add(&mail->greeting, at, size * count);
    if (!mail->greeting.failed)
        return size * count;
    mail->call->our_failure = "its greeting is larger than we take";
    return 0;
}

static bool is_on_this_machine(const struct http_out_call *call)
{
    struct resolve_addresses literal;

    return resolve_literal(call->host, &literal) &&
           (str_starts_with(str_of(literal.text[0]), "127.") || strcmp(literal.text[0], "::1") == 0);
}

static long wanted_tls(const struct http_out_call *call, bool has_login)
{
    if (is_on_this_machine(call))
        return CURLUSESSL_NONE;
    return has_login ? CURLUSESSL_ALL : CURLUSESSL_TRY; /* which leaves out only what is not offered */
}

/* The credential is "USERNAME PASSWORD", and no header goes anywhere. */
static bool set_login(struct http_out_call *call, const struct http_call *from)
{
    for (size_t i = 0; i < from->header_count; i++) {
        struct str password = str_of(from->headers[i].value), username = str_take_until(&password, ' ');

        if (strcmp(from->headers[i].name, "Authorization") != 0)
            continue;
        curl_easy_setopt(call->easy, CURLOPT_USERNAME, arena_copy(call->arena, username));
        curl_easy_setopt(call->easy, CURLOPT_PASSWORD, arena_copy(call->arena, password));
        return true;
    }
    return false;
}

static struct http_mail copy_envelope(const struct http_mail *from, struct arena *arena)
{
    const char **to = arena_alloc(arena, (from->to_count + 1) * sizeof(*to));

    for (size_t i = 0; i < from->to_count; i++)
        to[i] = arena_strdup(arena, from->to[i]);
    return (struct http_mail){ .from = arena_strdup(arena, from->from), .to = to, .to_count = from->to_count };
}

void http_out_mail_prepare(struct http_out_call *call, const struct http_call *from)
{
    struct http_out_mail *mail = xcalloc(1, sizeof(*mail));
    bool has_login;

    call->mail = mail;
    mail->call = call;
    mail->envelope = copy_envelope(from->mail, call->arena);
    mail->greeting = BUF(GREETING_MAX_BYTES);
    has_login = set_login(call, from);
    curl_easy_setopt(call->easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(call->easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(call->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)call->timeout_ms); /* the login is a part of it */
    curl_easy_setopt(call->easy, CURLOPT_PROXY, "");                                 /* it speaks HTTP */
    curl_easy_setopt(call->easy, CURLOPT_USE_SSL, wanted_tls(call, has_login));
    curl_easy_setopt(call->easy, CURLOPT_HEADERFUNCTION, take_greeting);
    curl_easy_setopt(call->easy, CURLOPT_HEADERDATA, mail);
}

/* ---- the dialogue, over curl's connection ---- */

static void on_event(uv_poll_t *poll, int status, int events);

static void wait_for(struct http_out_mail *mail, int events)
{
    uv_poll_start(&mail->poll->poll, events, on_event);
}

/* True: all of `out` has left. False: the connection takes no more now, or is broken (*ret_failure). */
static bool send_out(struct http_out_mail *mail, const char **ret_failure)
{
    struct smtp_dialogue *dialogue = &mail->dialogue;

    while (mail->sent < dialogue->out.len) {
        size_t sent = 0;
        CURLcode code =
            curl_easy_send(mail->call->easy, dialogue->out.at + mail->sent, dialogue->out.len - mail->sent, &sent);

        if (code != CURLE_OK) {
            if (code != CURLE_AGAIN)
                *ret_failure = "the connection broke";
            return false;
        }
        mail->sent += sent;
        if (dialogue->step == SMTP_TEXT)
            mail->call->body_at += sent;
    }
    buf_clear(&dialogue->out);
    mail->sent = 0;
    return true;
}

/* Whatever was true of the lease when it was connected may have changed: the text has not left yet. */
static bool is_held_back(const struct http_out_mail *mail)
{
    const struct http_out_call *call = mail->call;

    return mail->dialogue.step == SMTP_TEXT && call->body_at == 0 && call->may_send &&
           !call->may_send(call->may_send_arg);
}

static bool receive(struct http_out_mail *mail, const char **ret_failure)
{
    char bytes[4096];
    size_t got = 0;
    CURLcode code = curl_easy_recv(mail->call->easy, bytes, sizeof(bytes), &got);

    if (code == CURLE_AGAIN)
        return false;
    if (code != CURLE_OK || got == 0) {
        *ret_failure = "it closed the connection before it had answered";
        return false;
    }
    smtp_dialogue_take(&mail->dialogue, (struct str){ bytes, got });
    return true;
}

/* Until there is nothing to do but to wait. TLS may hold bytes that no poll tells of, so it is asked until it has none.
 */
static void go_on(struct http_out_mail *mail)
{
    const char *failure = NULL;

    while (mail->dialogue.step != SMTP_OVER && !failure) {
        if (is_held_back(mail)) {
            failure = HTTP_OUT_HELD_BACK;
        } else if (!send_out(mail, &failure)) {
            if (!failure) {
                wait_for(mail, UV_WRITABLE);
                return;
            }
        } else if (!receive(mail, &failure) && !failure) {
            wait_for(mail, UV_READABLE);
            return;
        }
    }
    if (!failure) {
        failure = mail->dialogue.failure;
        send_out(mail, &(const char *){ NULL }); /* QUIT: whether it arrives is all the same */
    }
    http_out_end_call(mail->call, failure);
}

static void on_event(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events; /* an error shows when it is read or written */
    go_on(CONTAINER_OF(poll, struct mail_poll, poll)->mail);
}

static bool start_poll(struct http_out_mail *mail)
{
    struct mail_poll *poll;
    curl_socket_t fd = CURL_SOCKET_BAD;

    if (curl_easy_getinfo(mail->call->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK || fd == CURL_SOCKET_BAD)
        return false;
    poll = xcalloc(1, sizeof(*poll));
    if (uv_poll_init_socket(loop_uv(mail->call->out->options.loop), &poll->poll, fd) != 0) {
        free(poll);
        return false;
    }
    poll->mail = mail;
    mail->poll = poll;
    return true;
}

/* ---- how it ended ---- */

/* A refusal in words, while it was greeted or logged in. */
static bool take_refusal(struct http_out_mail *mail)
{
    long status = 0;

    curl_easy_getinfo(mail->call->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 400 || status > 599 || mail->call->our_failure)
        return false;
    mail->status = (int)status;
    return true;
}

static const char *failure_of(const struct http_out_call *call, CURLcode code)
{
    if (code == CURLE_USE_SSL_FAILED)
        return HTTP_MAIL_NO_TLS;
    if (code == CURLE_LOGIN_DENIED)
        return "it offers no way to log in that is known here";
    return call->failure[0] ? call->failure : curl_easy_strerror(code);
}

bool http_out_mail_connected(struct http_out_call *call, CURLcode code)
{
    struct http_out_mail *mail = call->mail;
    bool is_out;

    if (code != CURLE_OK) {
        if (!take_refusal(mail) && !call->our_failure)
            call->our_failure = failure_of(call, code);
        return false;
    }
    if (!start_poll(mail)) {
        call->our_failure = "the connection broke";
        return false;
    }
    smtp_dialogue_begin(&mail->dialogue, &mail->envelope, call->body);
    if (mail->envelope.to_count == 0) {
        mail->status = PROBED;
        smtp_dialogue_end(&mail->dialogue);
        send_out(mail, &(const char *){ NULL });
        return false;
    }
    is_out = send_out(mail, &call->our_failure); /* at once: until it is used, it is an idle connection to curl */
    if (call->our_failure)
        return false;
    wait_for(mail, is_out ? UV_READABLE : UV_WRITABLE);
    return true;
}

/* "535 5.7.8 wrong" of everything that was said before. */
static struct str last_line(struct str text)
{
    struct str line = { 0 };

    text = str_trim(text);
    while (text.len > 0)
        line = str_take_until(&text, '\n');
    return str_trim(line);
}

struct http_answer http_out_mail_answer(const struct http_out_call *call, const char *failure)
{
    const struct http_out_mail *mail = call->mail;
    struct http_answer answer = { .is_mail = true, .failure = failure, .was_sent = call->body_at > 0 };

    if (failure)
        return answer;
    answer.status = mail->status ? mail->status : mail->dialogue.status;
    answer.body = mail->status == PROBED ? buf_str(&mail->greeting)
                  : mail->status         ? last_line(buf_str(&mail->greeting))
                                         : buf_str(&mail->dialogue.words);
    return answer;
}

static void free_poll(uv_handle_t *poll)
{
    free(CONTAINER_OF(poll, struct mail_poll, poll));
}

void http_out_mail_free(struct http_out_call *call)
{
    struct http_out_mail *mail = call->mail;

    if (!mail)
        return;
    if (mail->poll) {
        uv_poll_stop(&mail->poll->poll); /* at once: curl closes the descriptor now, and its number may come again */
        uv_close((uv_handle_t *)&mail->poll->poll, free_poll);
    }
    smtp_dialogue_finish(&mail->dialogue);
    buf_finish(&mail->greeting);
    free(TAKE(call->mail));
}
