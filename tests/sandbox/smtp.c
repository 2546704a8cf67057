#include "smtp.h"

#include "world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1000
#define MESSAGE_MAX_BYTES (1024 * 1024)
#define RECIPIENTS_MAX 100

struct smtp {
    struct world *world;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t acceptor;
    int listener, port;
    bool is_ending;
    struct session *sessions;
};

struct session { /* one connection; its thread frees it */
    struct smtp *smtp;
    int fd;
    bool is_greeted, is_logging_in, is_logged_in, is_over;
    char *from;
    cJSON *to;
    struct buf message, heard;
    struct session *next;
};

struct answer {
    int code; /* 0: the connection is closed without a word */
    char text[400];
};

static struct answer say(int code, const char *text)
{
    struct answer answer = { .code = code };

    snprintf(answer.text, sizeof answer.text, "%s", text);
    return answer;
}

/* ---- commands; with the world's lock ---- */

static void forget_mail(struct session *s)
{
    free(TAKE(s->from));
    cJSON_Delete(TAKE(s->to));
    buf_clear(&s->message);
}

static struct answer on_connect(struct session *s, const char *argument)
{
    (void)s, (void)argument;
    return say(220, "sandbox ESMTP");
}

static struct answer on_ehlo(struct session *s, const char *argument)
{
    if (!*argument)
        return say(501, "5.5.4 EHLO needs a name");
    forget_mail(s);
    s->is_greeted = true;
    return say(250, s->smtp->world->mailbox->username ? "AUTH PLAIN" : "SIZE 1048576");
}

/* "PLAIN AHVzZXIAc2VjcmV0": \0 user \0 password; or "PLAIN" alone, and the rest when it is asked for. */
static struct answer on_auth(struct session *s, const char *argument)
{
    const struct mailbox *mailbox = s->smtp->world->mailbox;
    unsigned char plain[LINE_MAX_BYTES] = { 0 };
    size_t len = strlen(argument), user_len;

    s->is_logging_in = false;
    if (!mailbox->username)
        return say(503, "5.5.1 nobody has to log in here");
    if (strcasecmp(argument, "PLAIN") == 0) {
        s->is_logging_in = true;
        return say(334, "");
    }
    if (!text_starts(argument, "PLAIN ") || (len - 6) % 4 != 0 ||
        EVP_DecodeBlock(plain, (const unsigned char *)argument + 6, (int)(len - 6)) < 0)
        return say(501, "5.5.2 AUTH PLAIN, please");
    user_len = strlen((const char *)plain + 1);
    if (plain[0] != '\0' || !text_is((const char *)plain + 1, mailbox->username) ||
        !text_is((const char *)plain + user_len + 2, mailbox->password))
        return say(535, "5.7.8 wrong user or password");
    s->is_logged_in = true;
    return say(235, "2.7.0 welcome");
}

/* "FROM:<ops@example.com>" to what stands within; NULL: that is none. The caller frees. */
static char *address_of(const char *argument, const char *before)
{
    size_t len = strlen(before), end = strcspn(argument, ">");

    if (strncasecmp(argument, before, len) != 0 || argument[end] != '>' || end <= len || argument[end + 1])
        return NULL;
    return str_copy((struct str){ argument + len, end - len });
}

static struct answer on_mail(struct session *s, const char *argument)
{
    AUTO_FREE char *address = address_of(argument, "FROM:<");

    if (!s->is_greeted || s->from)
        return say(503, "5.5.1 first EHLO, then one MAIL");
    if (s->smtp->world->mailbox->username && !s->is_logged_in)
        return say(530, "5.7.0 log in first");
    if (!address || !strchr(address, '@'))
        return say(501, "5.1.7 that is no address");
    s->from = TAKE(address);
    s->to = json_array();
    return say(250, "2.1.0 ok");
}

static struct answer on_rcpt(struct session *s, const char *argument)
{
    AUTO_FREE char *address = address_of(argument, "TO:<");

    if (!s->from)
        return say(503, "5.5.1 MAIL first");
    if (!address || !strchr(address, '@'))
        return say(501, "5.1.3 that is no address");
    if (cJSON_GetArraySize(s->to) >= RECIPIENTS_MAX)
        return say(452, "4.5.3 too many recipients");
    json_add_string(s->to, address);
    return say(250, "2.1.5 ok");
}

static struct answer on_data(struct session *s, const char *argument)
{
    (void)argument;
    if (!s->to || cJSON_GetArraySize(s->to) == 0)
        return say(503, "5.5.1 MAIL and RCPT first");
    return say(354, "go on");
}

static struct answer on_text(struct session *s, const char *argument)
{
    struct world *world = s->smtp->world;
    struct error err;

    (void)argument;
    if (s->message.failed)
        return say(552, "5.3.4 too large");
    if (!mailbox_take(world->mailbox, s->from, s->to, buf_str(&s->message), world_now_ms(), &err))
        return say(550, err.message);
    return say(250, "2.0.0 taken");
}

static struct answer on_reset(struct session *s, const char *argument)
{
    (void)argument;
    forget_mail(s);
    return say(250, "2.0.0 ok");
}

static struct answer on_noop(struct session *s, const char *argument)
{
    (void)s, (void)argument;
    return say(250, "2.0.0 ok");
}

static struct answer on_quit(struct session *s, const char *argument)
{
    (void)argument;
    s->is_over = true;
    return say(221, "2.0.0 bye");
}

static const struct command {
    const char *verb;
    struct answer (*serve)(struct session *s, const char *argument);
} commands[] = {
    { "CONNECT", on_connect }, { "EHLO", on_ehlo }, { "HELO", on_ehlo }, { "AUTH", on_auth },
    { "MAIL", on_mail },       { "RCPT", on_rcpt }, { "DATA", on_data }, { "TEXT", on_text },
    { "RSET", on_reset },      { "NOOP", on_noop }, { "QUIT", on_quit },
};

static const struct command *find_command(const char *verb)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (strcasecmp(verb, commands[i].verb) == 0)
            return &commands[i];
    return NULL;
}

/* As serve_in_world of server.c does it: a fault may come before, instead of, or after what the command does. */
static struct answer serve(struct session *s, const struct command *command, const char *argument)
{
    struct world *world = s->smtp->world;
    const char *path = strcmp(command->verb, "AUTH") == 0 ? "" : argument; /* a password is for nobody's log */
    struct request request = { .method = command->verb, .path = path, .now_ms = world_now_ms() };
    struct answer answer = say(250, "2.0.0 ok");
    struct fault fault;
    int64_t n;

    world_lock(world);
    n = calls_begin(&world->calls, "mail", &request);
    fault = faults_take(&world->faults, "mail", command->verb, path);
    world_touch(world);
    world_sleep(world, request.now_ms + world->latency_ms + (fault.kind->waits_before ? fault.value : 0));
    if (fault.kind->happens && !fault.kind->pretends)
        answer = command->serve(s, argument);
    if (fault.kind->answer == ANSWER_STATUS)
        answer = say((int)fault.value, "a fault on demand");
    else if (fault.kind->answer == ANSWER_NOTHING)
        answer = say(0, "");
    else if (fault.kind->answer != ANSWER_TRUE)
        answer = say(1, "what?");
    world_touch(world);
    if (fault.kind->waits_after)
        world_sleep(world, world_now_ms() + fault.value);
    calls_end(&world->calls, n,
              &(struct call_end){ .status = answer.code,
                                  .applied = strcmp(command->verb, "TEXT") == 0 && fault.kind->happens,
                                  .fault = text_is(fault.kind->name, "none") ? NULL : fault.kind->name,
                                  .now_ms = world_now_ms() });
    world_touch(world);
    world_unlock(world);
    return answer;
}

/* ---- a connection's thread ---- */

static bool send_answer(struct session *s, const struct answer *answer, bool is_ehlo)
{
    AUTO_FREE char *line = is_ehlo && answer->code == 250 ? text_format("250-sandbox\r\n250 %s\r\n", answer->text)
                                                          : text_format("%d %s\r\n", answer->code, answer->text);

    return answer->code != 0 && send(s->fd, line, strlen(line), MSG_NOSIGNAL) == (ssize_t)strlen(line);
}

static bool run(struct session *s, const char *verb, const char *argument, int *ret_code)
{
    const struct command *command = find_command(verb);
    struct answer answer = command ? serve(s, command, argument) : say(502, "5.5.1 no such command here");

    *ret_code = answer.code;
    return send_answer(s, &answer, command && command->serve == on_ehlo) && !s->is_over;
}

/* A line with its CRLF, or what there is of it; false: the peer has gone. The caller clears it. */
static bool read_line(struct session *s, struct buf *line)
{
    char c;

    while (recv(s->fd, &c, 1, 0) == 1) {
        buf_putc(line, c);
        if (c == '\n')
            return true;
    }
    return false;
}

static bool read_message(struct session *s)
{
    AUTO_BUF struct buf line = BUF(MESSAGE_MAX_BYTES);

    buf_clear(&s->message);
    while (read_line(s, &line)) {
        struct str text = buf_str(&line);

        if (str_is(text, ".\r\n"))
            return true;
        if (*text.at == '.')
            text = (struct str){ text.at + 1, text.len - 1 };
        buf_add_str(&s->message, text);
        buf_clear(&line);
    }
    return false;
}

static bool attend_line(struct session *s, struct str line)
{
    AUTO_FREE char *verb = NULL, *argument = NULL;
    struct str rest = str_trim(line);
    int code;

    if (s->is_logging_in) {
        argument = text_format("PLAIN " STR_FMT, STR_ARG(rest));
        return run(s, "AUTH", argument, &code);
    }
    verb = str_copy(str_take_until(&rest, ' '));
    argument = str_copy(str_trim(rest));
    if (strcasecmp(verb, "CONNECT") == 0 || strcasecmp(verb, "TEXT") == 0) /* ours alone */
        *verb = '?';
    if (!run(s, verb, argument, &code))
        return false;
    if (strcasecmp(verb, "DATA") != 0 || code != 354)
        return true;
    if (!read_message(s) || !run(s, "TEXT", "", &code))
        return false;
    forget_mail(s);
    return true;
}

static void *run_session(void *arg)
{
    struct session *s = arg, **at;
    struct smtp *smtp = s->smtp;
    int code;
    bool goes_on = run(s, "CONNECT", "", &code);

    while (goes_on && read_line(s, &s->heard)) {
        goes_on = !s->heard.failed && attend_line(s, buf_str(&s->heard));
        buf_clear(&s->heard);
    }
    pthread_mutex_lock(&smtp->lock);
    for (at = &smtp->sessions; *at != s; at = &(*at)->next)
        ;
    *at = s->next;
    close(s->fd);
    pthread_cond_broadcast(&smtp->changed);
    pthread_mutex_unlock(&smtp->lock);
    forget_mail(s);
    buf_finish(&s->message);
    buf_finish(&s->heard);
    free(s);
    return NULL;
}

static void add_session(struct smtp *smtp, int fd)
{
    struct session *s = xcalloc(1, sizeof *s);
    pthread_t thread;

    *s = (struct session){ .smtp = smtp, .fd = fd, .message = BUF(MESSAGE_MAX_BYTES), .heard = BUF(LINE_MAX_BYTES) };
    pthread_mutex_lock(&smtp->lock);
    s->next = smtp->sessions;
    smtp->sessions = s;
    if (pthread_create(&thread, NULL, run_session, s) != 0)
        abort();
    pthread_detach(thread);
    if (smtp->is_ending)
        shutdown(fd, SHUT_RDWR);
    pthread_mutex_unlock(&smtp->lock);
}

static void *run_acceptor(void *arg)
{
    struct smtp *smtp = arg;
    int fd;

    while ((fd = accept(smtp->listener, NULL, NULL)) >= 0 || errno == EINTR || errno == ECONNABORTED)
        if (fd >= 0)
            add_session(smtp, fd);
    return NULL;
}

/* ---- the port ---- */

static bool listen_somewhere(struct smtp *smtp, struct error *err)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    socklen_t len = sizeof at;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    smtp->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (smtp->listener < 0 || bind(smtp->listener, (struct sockaddr *)&at, len) != 0 ||
        listen(smtp->listener, 64) != 0 || getsockname(smtp->listener, (struct sockaddr *)&at, &len) != 0)
        return error_errno(err, "a port for mail");
    smtp->port = ntohs(at.sin_port);
    return true;
}

struct smtp *smtp_create(struct world *world, struct error *err)
{
    struct smtp *smtp = xcalloc(1, sizeof *smtp);

    smtp->world = world;
    if (!listen_somewhere(smtp, err)) {
        if (smtp->listener >= 0)
            close(smtp->listener);
        free(smtp);
        return NULL;
    }
    pthread_mutex_init(&smtp->lock, NULL);
    pthread_cond_init(&smtp->changed, NULL);
    if (pthread_create(&smtp->acceptor, NULL, run_acceptor, smtp) != 0)
        abort();
    return smtp;
}

void smtp_destroy(struct smtp *smtp)
{
    if (!smtp)
        return;
    shutdown(smtp->listener, SHUT_RDWR); /* wakes the acceptor */
    pthread_join(smtp->acceptor, NULL);
    pthread_mutex_lock(&smtp->lock);
    smtp->is_ending = true;
    for (struct session *s = smtp->sessions; s; s = s->next)
        shutdown(s->fd, SHUT_RDWR);
    while (smtp->sessions)
        pthread_cond_wait(&smtp->changed, &smtp->lock);
    pthread_mutex_unlock(&smtp->lock);
    close(smtp->listener);
    pthread_cond_destroy(&smtp->changed);
    pthread_mutex_destroy(&smtp->lock);
    free(smtp);
}

int smtp_port(const struct smtp *smtp)
{
    return smtp->port;
}
