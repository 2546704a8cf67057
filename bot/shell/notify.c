#include "bot/shell/notify.h"

#include "bot/base/mem.h"
#include "bot/base/str.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct notify {
    int fd;
    struct sockaddr_un to;
    socklen_t to_len;
};

struct notify *notify_open(void)
{
    const char *name = getenv("NOTIFY_SOCKET");
    size_t len = name ? strlen(name) : 0;
    struct notify *notify;
    int fd;

    if (len < 2 || len >= sizeof(notify->to.sun_path) || (name[0] != '/' && name[0] != '@'))
        return NULL;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return NULL;
    notify = xcalloc(1, sizeof(*notify));
    notify->fd = fd;
    notify->to.sun_family = AF_UNIX;
    memcpy(notify->to.sun_path, name, len);
    if (name[0] == '@')
        notify->to.sun_path[0] = '\0';
    notify->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    return notify;
}

void notify_close(struct notify *notify)
{
    if (!notify)
        return;
    close(notify->fd);
    free(notify);
}

bool notify_send(struct notify *notify, const char *lines)
{
    size_t len = strlen(lines);

    return !notify || sendto(notify->fd, lines, len, MSG_NOSIGNAL, (const struct sockaddr *)&notify->to,
                             notify->to_len) == (ssize_t)len;
}

int64_t notify_watchdog_ms(void)
{
    struct error ignored;
    int64_t pid, us;

    if (!parse_int(str_of(getenv("WATCHDOG_USEC")), 1, INT64_MAX, &us, &ignored))
        return 0;
    if (parse_int(str_of(getenv("WATCHDOG_PID")), 1, INT32_MAX, &pid, &ignored) && pid != getpid())
        return 0; /* it is somebody else whom they watch */
    return us / 1000;
}
