#include "bot/cli/local_socket.h"

#include "bot/base/arena.h"
#include "bot/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TIMEOUT_MS 25000

struct asking {
    struct loop *loop;
    http_out_done_fn on_answer;
    void *arg;
};

/* The library that speaks HTTP names an address that nobody typed: what is wrong with the path is asked of the path. */
static bool check_socket(const char *path, struct error *err)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd, code;

    if (strlen(path) >= sizeof(address.sun_path))
        return error_set(err, ERR_INVALID, "%s: a socket's path has at most %zu bytes", path,
                         sizeof(address.sun_path) - 1);
    memcpy(address.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_errno(err, "a socket");
    code = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ? 0 : errno;
    close(fd);
    return code == 0 || error_set(err, ERR_UNAVAILABLE, "cannot reach opsgate at %s: %s%s", path, strerror(code),
                                  code == EACCES ? "" : ": is `opsgate serve` running?");
}

static void on_done(void *arg, const struct http_answer *answer)
{
    struct asking *asking = arg;

    asking->on_answer(asking->arg, answer);
    loop_stop(asking->loop);
}

bool local_socket_ask(const char *socket_path, const char *path, struct str body, http_out_done_fn on_answer, void *arg,
                      struct error *err)
{
    static const struct http_header headers[] = { { "Content-Type", "application/json" } };
    AUTO(loop) struct loop *loop = check_socket(socket_path, err) ? loop_create(err) : NULL;
    struct http_out_options options = { .loop = loop, .unix_path = socket_path };
    AUTO(http_out) struct http_out *out = loop ? http_out_create(&options, err) : NULL;
    struct asking asking = { loop, on_answer, arg };
    AUTO(arena) struct arena *arena = arena_create();
    struct http_call call = { .method = "POST",
                              .url = arena_printf(arena, "http://localhost%s", path),
                              .headers = headers,
                              .header_count = ARRAY_LEN(headers),
                              .body = body,
                              .timeout_ms = TIMEOUT_MS };

    if (!out || !http_out_start(out, &call, on_done, &asking, err))
        return false;
    loop_run(loop);
    return true;
}
