#include "bot/shell/listen.h"

#include "bot/base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024
#define INHERITED_FIRST_FD 3 /* sd_listen_fds(3) */

struct endpoint {
    struct sockaddr_storage address;
    socklen_t len;
};

static bool parse_port(struct str text, in_port_t *ret_port, struct error *err)
{
    int64_t port;

    if (!parse_int(text, 0, 65535, &port, err))
        return error_wrap(err, "port");
    *ret_port = htons((uint16_t)port);
    return true;
}

static bool parse_v6(struct str host, in_port_t port, struct endpoint *ret_endpoint)
{
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&ret_endpoint->address;
    char text[INET6_ADDRSTRLEN];

    snprintf(text, sizeof(text), STR_FMT, STR_ARG(host));
    v6->sin6_family = AF_INET6;
    v6->sin6_port = port;
    ret_endpoint->len = sizeof(*v6);
    return inet_pton(AF_INET6, text, &v6->sin6_addr) == 1;
}

static bool parse_v4(struct str host, in_port_t port, struct endpoint *ret_endpoint)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&ret_endpoint->address;
    char text[INET_ADDRSTRLEN];

    snprintf(text, sizeof(text), STR_FMT, STR_ARG(host));
    v4->sin_family = AF_INET;
    v4->sin_port = port;
    ret_endpoint->len = sizeof(*v4);
    if (str_is(host, "localhost"))
        v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else if (str_is_empty(host) || str_is(host, "*"))
        v4->sin_addr.s_addr = htonl(INADDR_ANY);
    else
        return inet_pton(AF_INET, text, &v4->sin_addr) == 1;
    return true;
}

static bool parse_tcp(const char *address, struct endpoint *ret_endpoint, struct error *err)
{
    const char *colon = strrchr(address, ':');
    struct str host;
    in_port_t port = 0;

    if (!colon)
        return error_set(err, ERR_INVALID, "expected host:port, [v6]:port or a path");
    if (!parse_port(str_of(colon + 1), &port, err))
        return false;
    host = (struct str){ address, (size_t)(colon - address) };
    if (str_starts_with(host, "[") && str_ends_with(host, "]")) {
        if (parse_v6((struct str){ host.at + 1, host.len - 2 }, port, ret_endpoint))
            return true;
    } else if (parse_v4(host, port, ret_endpoint)) {
        return true;
    }
    return error_set(err, ERR_INVALID, "'" STR_FMT "' is no address of this machine; give a literal one",
                     STR_ARG(host));
}

static bool parse_path(const char *path, struct endpoint *ret_endpoint, struct error *err)
{
    struct sockaddr_un *local = (struct sockaddr_un *)&ret_endpoint->address;

    if (strlen(path) >= sizeof(local->sun_path))
        return error_set(err, ERR_INVALID, "a socket's path has at most %zu bytes", sizeof(local->sun_path) - 1);
    local->sun_family = AF_UNIX;
    memcpy(local->sun_path, path, strlen(path) + 1);
    ret_endpoint->len = sizeof(*local);
    return true;
}

static int open_socket(int family)
{
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* A socket file outlives its process: it is in the way only until somebody finds that nobody listens. */
static bool remove_stale(const char *path, const struct endpoint *endpoint, struct error *err)
{
    struct stat at;
    int fd, rc;

    if (lstat(path, &at) != 0)
        return errno == ENOENT || error_errno(err, "lstat");
    if (!S_ISSOCK(at.st_mode))
        return error_set(err, ERR_CONFLICT, "exists, and is no socket");
    fd = open_socket(AF_UNIX);
    if (fd < 0)
        return error_errno(err, "socket");
    rc = connect(fd, (const struct sockaddr *)&endpoint->address, endpoint->len) == 0 ? 0 : errno;
    close(fd);
    if (rc != ECONNREFUSED)
        return error_set(err, ERR_CONFLICT, "another process listens there");
    return unlink(path) == 0 || error_errno(err, "unlink");
}

static bool bind_and_listen(int fd, const struct endpoint *endpoint, struct error *err)
{
    static const int on = 1;

    if (endpoint->address.ss_family == AF_UNIX)
        fchmod(fd, 0600); /* before bind: the file is born with this mode */
    else
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (endpoint->address.ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (bind(fd, (const struct sockaddr *)&endpoint->address, endpoint->len) != 0)
        return errno == EADDRINUSE ? error_set(err, ERR_CONFLICT, "somebody else listens there already")
                                   : error_errno(err, "bind");
    return listen(fd, BACKLOG) == 0 || error_errno(err, "listen");
}

bool listen_open(const char *address, int *ret_fd, struct error *err)
{
    struct endpoint endpoint = { .len = 0 };
    bool is_path = address[0] == '/';
    int fd;

    if (!(is_path ? parse_path(address, &endpoint, err) : parse_tcp(address, &endpoint, err)) ||
        (is_path && !remove_stale(address, &endpoint, err)))
        return error_wrap(err, "listen %s", address);
    fd = open_socket(endpoint.address.ss_family);
    if (fd < 0)
        return error_errno(err, "listen %s", address);
    if (!bind_and_listen(fd, &endpoint, err)) {
        close(fd);
        return error_wrap(err, "listen %s", address);
    }
    *ret_fd = fd;
    return true;
}

bool listen_share(const char *path, const char *group, struct error *err)
{
    const struct group *found = getgrnam(group);

    if (!found)
        return error_set(err, ERR_INVALID, "no such group '%s'", group);
    if (chown(path, (uid_t)-1, found->gr_gid) != 0 || chmod(path, 0660) != 0)
        return error_errno(err, "%s for group '%s'", path, group);
    return true;
}

static bool number_from_environment(const char *name, int64_t *ret_number)
{
    struct error ignored;

    return parse_int(str_of(getenv(name)), 0, INT32_MAX - INHERITED_FIRST_FD, ret_number, &ignored);
}

int listen_inherited_count(void)
{
    int64_t pid, count;

    if (!number_from_environment("LISTEN_PID", &pid) || pid != getpid() ||
        !number_from_environment("LISTEN_FDS", &count))
        return 0;
    return (int)count;
}

bool listen_inherited(int index, int *ret_fd, struct error *err)
{
    int fd = INHERITED_FIRST_FD + index, is_listening = 0;
    socklen_t len = sizeof(is_listening);

    if (index < 0 || index >= listen_inherited_count())
        return error_set(err, ERR_NOT_FOUND, "no socket %d was handed to this process", index);
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &len) != 0 || !is_listening)
        return error_set(err, ERR_INVALID, "descriptor %d, handed to this process, is no listening socket", fd);
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0)
        return error_errno(err, "descriptor %d", fd);
    *ret_fd = fd;
    return true;
}

int listen_port(int fd)
{
    struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
    socklen_t len = sizeof(address);

    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return 0;
    if (address.ss_family == AF_INET)
        return ntohs(((struct sockaddr_in *)&address)->sin_port);
    if (address.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return 0;
}
