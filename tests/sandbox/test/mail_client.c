#include "mail_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define WAIT_S 60

static int connect_to(const struct sandbox *sandbox)
{
    AUTO_JSON cJSON *state = sandbox_get(sandbox, "state");
    const char *url = json_find_string(state, "mail.url");
    struct sockaddr_in at = { .sin_family = AF_INET };
    struct timeval limit = { .tv_sec = WAIT_S };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_non_null(url);
    assert_true(text_starts(url, "smtp://127.0.0.1:"));
    at.sin_port = htons((uint16_t)strtoul(url + strlen("smtp://127.0.0.1:"), NULL, 10));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

char *mail_talk(const struct sandbox *sandbox, const char *said)
{
    int fd = connect_to(sandbox);
    struct buf heard = BUF(65536);
    char bytes[4096];
    ssize_t got;

    assert_int_equal(send(fd, said, strlen(said), MSG_NOSIGNAL), (ssize_t)strlen(said));
    assert_int_equal(send(fd, "QUIT\r\n", 6, MSG_NOSIGNAL), 6);
    while ((got = recv(fd, bytes, sizeof bytes, 0)) > 0)
        buf_add(&heard, bytes, (size_t)got);
    close(fd);
    return heard.at ? buf_take(&heard) : xstrdup("");
}
